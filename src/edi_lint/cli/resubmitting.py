"""Writes what goes next of sent files: claims to send again, claims to fix first, and a log.

What was answered is found elsewhere; a command that knows it calls `resubmit`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edi_lint.cli.output import Failure, Together, make_folder, overwrites
from edi_lint.files.paths import is_folder, is_there
from edi_lint.findings.masking import printable
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.words import count, counts

if TYPE_CHECKING:
    from edi_lint.settings import Settings
    from edi_lint.transform.claim_data import Data
    from edi_lint.transform.next_file import AnsweredClaim, FilePart, NextClaim, NextFiles


@dataclass(frozen=True, slots=True)
class NextOutputs:
    """The outputs that are named: for claims that go again, for those to fix first, for the log."""

    ready: Path | None = None
    held: Path | None = None
    log: Path | None = None


@dataclass(slots=True)
class Resubmitted:
    """What was written: for each sent file its claims, and the files by what is in them."""

    claims: dict[str, list[NextClaim]] = field(default_factory=dict)
    ready: list[Path] = field(default_factory=list)
    held: list[Path] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    """What to report on standard error."""


def resubmit(
    answered: Mapping[str, Sequence[AnsweredClaim]],
    wanted: NextOutputs,
    settings: Settings,
    *,
    unmatched: Iterable[Mapping[str, Any]] = (),
    data: Data | None = None,
    names: Mapping[str, Sequence[str]] | None = None,
    control_number: int | None = None,
    inputs: Sequence[str] = (),
) -> Resubmitted:
    """Write what goes next of sent files, by their paths and what was answered about their claims.

    The log lists `unmatched`, the rejections of no claim that is known, after the claims. `names`
    are the files in which the claims are that `data` may name. With several interchanges an output
    is a folder, which gets a file for each. All outputs appear together, or none; an output for
    which there is nothing does not appear, and one that is there from before goes. An answer that
    the ledger of the settings knows as acted on lists its claim, and answers whose claims were
    written to `ready` are noted there. Raises Failure.
    """
    from edi_lint.x12.errors import EdiLintError

    _refuse_outputs(wanted, [*inputs, *answered, *files_of(settings.ledger)])
    result = Resubmitted()
    try:
        _resubmit(result, answered, wanted, settings, unmatched, data, names or {}, control_number)
    except EdiLintError as problem:
        raise Failure(*str(problem).splitlines()) from None
    return result


def _resubmit(
    result: Resubmitted,
    answered: Mapping[str, Sequence[AnsweredClaim]],
    wanted: NextOutputs,
    settings: Settings,
    unmatched: Iterable[Mapping[str, Any]],
    data: Data | None,
    names: Mapping[str, Sequence[str]],
    control_number: int | None,
) -> None:
    from edi_lint.ledger.database import Ledger
    from edi_lint.transform.fix_data import by_file, fixed_values
    from edi_lint.transform.next_file import Written, next_files

    ledger = Ledger(settings.ledger) if settings.ledger else None
    keys = [claim.key for claims in answered.values() for claim in claims if claim.key]
    acted = ledger.acted_on(keys) if ledger else set()
    values = by_file(fixed_values(data), names) if data else {}
    made: dict[str, NextFiles] = {}
    for path, claims in answered.items():
        known = (c._replace(is_resent=c.is_resent or c.key in acted) for c in claims)
        one = next_files(
            path,
            known,
            {place: one.value for place, one in values.get(path, {}).items()},
            owners={place: one.claim for place, one in values.get(path, {}).items()},
            ready=wanted.ready is not None,
            control_number=control_number,
            settings=settings,
        )
        if one.is_worse:
            raise Failure(
                f"{printable(path)}: refused: in the file to send again are errors that its claims "
                f"did not have: {counts(one.new_errors)}"
            )
        if control_number is not None:
            control_number += len(one.numbers)
        made[path] = one
        result.claims[path] = one.claims
    with Together() as outputs:
        held = {path: one.held for path, one in made.items()}
        ready = {path: one.ready for path, one in made.items()}
        result.held = _write(outputs, held, wanted.held, "--held")
        if wanted.log is not None:
            log = outputs.stream(wanted.log)
            for path, one in made.items():
                for claim in one.claims:
                    entry = {"path": printable(path)} | claim.entry(one, settings.phi)
                    log.write(json_text(entry).encode() + b"\n")
            for rejection in unmatched:
                log.write(json_text(rejection).encode() + b"\n")
        result.ready = _write(outputs, ready, wanted.ready, "--resubmit", keeps=ledger is not None)
    if ledger is not None and wanted.ready is not None:
        every = [claim for one in made.values() for claim in one.claims]
        ledger.act_on(c.answer.key for c in every if c.written is Written.READY and c.answer.key)
    result.said = _summary(made, wanted, result)


def _write(
    outputs: Together,
    made: Mapping[str, Sequence[FilePart]],
    target: Path | None,
    option: str,
    *,
    keeps: bool = False,
) -> list[Path]:
    """Write interchanges to a file, or each to one of its own in a folder. Raises Failure.

    With `keeps` a file that is there from before is refused: its claims may not be sent yet, and
    no run writes them again.
    """
    if target is None:
        return []
    parts = [(path, n, part) for path, some in made.items() for n, part in enumerate(some, 1)]
    if is_folder(target) or (len(parts) > 1 and not target.suffix and not is_there(target)):
        make_folder(target)
        names = [_name(path, n, len(made[path])) for path, n, _ in parts]
        if len(set(names)) < len(names):
            raise Failure(f"{option} {target}: sent files of the same name; trace them one by one")
        files = [target / name for name in names]
    elif len(parts) > 1:
        raise Failure(
            f"{option} {target}: claims of {len(parts)} interchanges, and receivers refuse a file "
            "with more than one; name a folder, which gets a file for each"
        )
    else:
        files = [target]
    for file in files if keeps else ():
        if is_there(file):
            raise Failure(
                f"{option} {file}: is there from before, and the ledger knows its claims as "
                "written; send it, or move it away, and run the command again"
            )
    for file, (*_, part) in zip(files, parts, strict=False):
        outputs.stream(file).writelines(part.chunks())
    if not parts and not is_folder(target):
        outputs.leave_out(outputs.open(target))
    return files[: len(parts)]


def _name(path: str, number: int, of: int) -> str:
    """The name of a file for an interchange of a sent file: that file's own, numbered if needed."""
    sent = Path(path)
    return sent.name if of == 1 else f"{sent.stem}-{number}{sent.suffix}"


def _refuse_outputs(wanted: NextOutputs, taken: Sequence[str]) -> None:
    """Raises Failure where an output would overwrite an input, a ledger or another output."""
    outputs = [one for one in (wanted.ready, wanted.held, wanted.log) if one is not None]
    for n, output in enumerate(outputs):
        if overwrites(output, taken):
            raise Failure(f"{output}: is one of the inputs or a ledger; name another file")
        if overwrites(output, outputs[:n]):
            raise Failure(f"{output}: is named twice; each output needs a place of its own")


def _summary(made: Mapping[str, NextFiles], wanted: NextOutputs, result: Resubmitted) -> list[str]:
    """How many claims go again, wait and are listed, and where they are."""
    from edi_lint.transform.next_file import Written

    every = [claim for one in made.values() for claim in one.claims]
    lines = []
    said = (
        (Written.READY, "to be sent again", wanted.ready, result.ready),
        (Written.HELD, "to be fixed first", wanted.held, result.held),
    )
    for written, words, target, files in said:
        number = sum(claim.written is written for claim in every)
        where = ", ".join(map(str, files)) if files else "not written"
        if number:
            lines.append(f"{count(number, 'claim')} {words} ({where})")
        elif target is not None:
            lines.append(f"no claim {words}, so {target} is not written")
    listed: dict[str, int] = {}
    for claim in every:
        if claim.written is Written.LISTED:
            listed[claim.reason] = listed.get(claim.reason, 0) + 1
    lines += [f"{count(number, 'claim')} not written: {why}" for why, number in listed.items()]
    numbers = [number for one in made.values() for number in one.numbers]
    if numbers and wanted.ready is not None:
        shown = ", ".join(f"{number:09}" for number in numbers)
        lines.append(f"{'control number' if len(numbers) == 1 else 'control numbers'} {shown}")
    remaining = sum((one.remaining for one in made.values()), Counter[str]())
    if remaining:
        shown = counts(dict(sorted(remaining.items())))
        lines.append(f"claims that go again as they were, with errors: {shown}")
    return lines
