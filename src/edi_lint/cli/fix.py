"""`edi-lint fix`: the file with its fixes applied."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, Inputs, collect_garbage, expand
from edi_lint.cli.many import (
    is_many,
    is_other,
    names,
    ready,
    refuse_in_place,
    refuse_nothing,
    results,
    single,
)
from edi_lint.cli.options import (
    OUTPUT,
    AsOf,
    Config,
    FailOnLeft,
    Ignore,
    Ledger,
    Level,
    Paths,
    PhiOption,
    Profile,
    Select,
    Situations,
    Threshold,
    settings_file,
    settings_of,
)
from edi_lint.cli.output import (
    Failure,
    Together,
    destination,
    overwrites,
    tell,
    warn_of_terminal,
    write_as_private_as,
)
from edi_lint.cli.progress import working
from edi_lint.files.paths import is_folder
from edi_lint.findings.file_result import remark
from edi_lint.findings.masking import printable
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.words import count, counts, why_more_errors

if TYPE_CHECKING:
    from edi_lint.edits.fixing import Fixing
    from edi_lint.findings import Severity
    from edi_lint.settings import Settings


def fix(
    paths: Paths,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER",
            help="Write the result to this file, or the results of several inputs to this folder, "
            "where each has its name; a file appears whole or not at all.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place", help="Write the result to the file itself.", rich_help_panel=OUTPUT
        ),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff",
            help="Print what would change, and write nothing.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    unsafe: Annotated[
        bool,
        typer.Option("--unsafe", help="Apply suggested fixes too, which change what a claim says."),
    ] = False,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Write a JSON object for each fix, one on each line.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Write the result even if it has more errors than the input.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    fail_on: FailOnLeft = None,
    select: Select = None,
    ignore: Ignore = None,
    level: Level = None,
    profile: Profile = None,
    rules: Situations = None,
    as_of: AsOf = None,
    ledger: Ledger = None,
    phi: PhiOption = None,
    config: Config = None,
) -> None:
    """Apply the automatic fixes; all other bytes stay as they are.

    Automatic fixes never change what a claim says. fix writes the whole file with correct segment
    counts, and only if the result has no new errors.

    For several inputs, a folder or a glob, name a folder for the results, or use --in-place. fix
    names each file that it cannot fix, does not write it, and goes on with the others. In a folder
    or a glob it skips files without an 837P.

    Exit status: 0 done, even if some findings need a decision of yours; 1 with --fail-on when
    such a finding is left, with --diff when something would change; 2 if a file was refused or
    could not be fixed, and then nothing of it is written.

    \b
    Examples:
      edi-lint fix --diff outbound.837
      edi-lint fix outbound.837 -o fixed.837 --log fixes.jsonl
      edi-lint fix --in-place --select STR,ENV outbound.837
      edi-lint fix outbound/ -o fixed/ --log fixes.jsonl
    """
    for path in paths if in_place else ():
        if not is_folder(path):
            refuse_in_place(path)
    inputs = expand(paths)
    if in_place and (output is not None or diff):
        raise Failure(f"--in-place does not go with {'--diff' if diff else '--output'}")
    if log is not None and diff:
        raise Failure("--log needs a file of its own, and does not go with --diff")
    settings = settings_of(
        settings_file(config),
        rules=rules,
        select=select,
        ignore=ignore,
        level=level,
        profile=profile,
        as_of=as_of,
        ledger=ledger,
        phi=phi,
    )
    threshold = (fail_on or Threshold.NEVER).severity
    run = _Fixes(settings, unsafe, diff, in_place, force, threshold)
    targets: dict[str, Path | None]
    if is_many(inputs):
        targets = _several(paths, inputs, output, in_place, diff)
    else:
        (file,) = inputs
        if is_folder(file):
            refuse_nothing(file)
        if not (diff or in_place):
            warn_of_terminal(output)
        targets = {file: Path(file) if in_place else single(output, file)}
    if diff and output is not None and overwrites(output, inputs):
        raise Failure(f"{output}: is the input; --in-place overwrites it")
    ledgers = [*files_of(settings.ledger)] if output or log else []
    _refuse_outputs(targets, output, in_place, log, ledgers)
    write_as_private_as(inputs)
    collect_garbage()
    with ExitStack() as stack:
        if diff:
            run.shown = stack.enter_context(destination(output))
        outputs = stack.enter_context(Together())
        log_stream = outputs.stream(log) if log is not None else None
        if is_many(inputs):
            run.all(targets, inputs, log_stream)
        else:
            run.single(*targets.popitem(), outputs, log_stream)
    for lines in run.said if not is_many(inputs) else [run.total()]:
        tell(*lines)
    if run.refused or not run.done:
        raise typer.Exit(2)
    if (diff and run.changed) or run.reaches:
        raise typer.Exit(1)


def _several(
    paths: list[str], inputs: Inputs, output: Path | None, in_place: bool, diff: bool
) -> dict[str, Path | None]:
    """Where the results of several inputs go; None for what is only shown. Raises Failure."""
    if in_place:
        return {file: Path(file) for file in inputs}
    if diff:
        return dict.fromkeys(inputs)
    if output is None:
        raise Failure(
            f"{count(len(inputs), 'input')}: name a folder for the results with --output, or use "
            "--in-place, or --diff to look first"
        )
    return dict(results(output, "--output", paths, names(paths)))


def _refuse_outputs(
    targets: dict[str, Path | None],
    output: Path | None,
    in_place: bool,
    log: Path | None,
    ledgers: list[str],
) -> None:
    """Raises Failure where an output would overwrite an input, a ledger or the other output."""
    written = {target for target in targets.values() if target is not None}
    for target in written:
        if not in_place and overwrites(target, targets):
            raise Failure(f"{target}: is the input; --in-place overwrites it")
        if overwrites(target, ledgers):
            raise Failure(f"{target}: is a ledger; name another file")
    if log is not None and overwrites(log, [*targets, *written]):
        raise Failure("--log needs a file of its own, and does not go with --diff")
    if log is not None and overwrites(log, ledgers):
        raise Failure(f"{log}: is a ledger; name another file")
    del output


class _Fixes:
    """Fixes inputs one after the other, and adds up what was done."""

    def __init__(
        self,
        settings: Settings,
        unsafe: bool,
        diff: bool,
        in_place: bool,
        force: bool,
        threshold: Severity | None,
    ) -> None:
        self._settings = settings
        self._unsafe, self._diff, self._in_place, self._force = unsafe, diff, in_place, force
        self._threshold = threshold
        self._fixed: Counter[tuple[str, str]] = Counter()
        self._remaining: Counter[str] = Counter()
        self.done = self.changed = self.refused = self.skipped = 0
        self.reaches = False
        self.shown: BinaryIO | None = None
        """Where it goes what would change."""
        self.said: list[list[str]] = []
        """What to report about a single input once its result is there."""

    def single(
        self, file: str, target: Path | None, outputs: Together, log: BinaryIO | None
    ) -> None:
        """Fix the only input; its result and the log appear together. Raises Failure."""
        result = self._result(file)
        self._write(result, target, outputs)
        self._log(result, log)
        self.said.append(_summary(result, self._diff))
        if said := remark(result.file):
            self.said.append([said])

    def all(self, targets: Mapping[str, Path | None], inputs: Inputs, log: BinaryIO | None) -> None:
        """Fix each input; reports what cannot be fixed, and passes it over."""
        for file, target in targets.items():
            write_as_private_as([file])
            try:
                if is_other(file, inputs):
                    self.skipped += 1
                    continue
                result = self._result(file)
                if target is not None and not self._in_place and not self._diff:
                    ready(target)
                with Together() as outputs:
                    self._write(result, target, outputs)
            except Failure as failure:
                self.refused += 1
                tell(*failure.lines)
                continue
            self._log(result, log, file)
            if said := remark(result.file):
                tell(said)
            if number := len(result.applied) + len(result.renumbered):
                verb = "to be fixed" if self._diff else "fixed"
                tell(f"{file}: {count(number, 'finding')} {verb}")
        write_as_private_as(inputs)

    def _result(self, file: str) -> Fixing:
        """The input with its fixes, shown where that is asked for. Raises Failure."""
        from edi_lint.edits.fixing import FixError, fix
        from edi_lint.files.spool import StoreError
        from edi_lint.settings import LedgerError

        source = sys.stdin.buffer if file == STANDARD_INPUT else file
        try:
            with working("fixing"):
                result = fix(source, self._settings, unsafe=self._unsafe, reserve=not self._diff)
            if self._diff:
                self._show(result, file)
            if result.is_worse and not self._force:
                raise Failure(
                    *why_more_errors(result.new_errors, result.examples, self._settings.phi)
                )
        except (FixError, StoreError, LedgerError) as problem:
            raise Failure(str(problem)) from None
        return result

    def _show(self, result: Fixing, file: str) -> None:
        from edi_lint.reporters import segment_diff

        assert self.shown is not None, "what would change goes somewhere"
        with result.before() as before, result.after() as after:
            for piece in segment_diff.render(before, after, file, self._settings.phi):
                self.shown.write(piece.encode())
        self.shown.flush()

    def _write(self, result: Fixing, target: Path | None, outputs: Together) -> None:
        from edi_lint.edits.fixing import FixError
        from edi_lint.findings.report import reaches, severities

        try:
            if not self._diff and (result.is_changed or not self._in_place):
                outputs.stream(target).writelines(result.chunks())
        except FixError as problem:
            raise Failure(str(problem)) from None
        self.done += 1
        self.changed += result.is_changed
        self._fixed.update(_by_rule(result))
        self._remaining.update(severities(result.remaining.counts))
        if self._threshold and reaches(result.remaining.counts, self._threshold):
            self.reaches = True

    def _log(self, result: Fixing, log: BinaryIO | None, file: str = "") -> None:
        """Write the entries of a result; those of several name their file."""
        if log is None:
            return
        named = {"path": printable(file)} if file else {}
        for entry in result.log.entries(self._settings.phi):
            log.write(json_text(named | entry).encode() + b"\n")

    def total(self) -> list[str]:
        """What was done with several inputs."""
        verb = "to be changed" if self._diff else "changed"
        same = self.done - self.changed
        parts = [f"{count(self.done + self.refused, 'file')}: {self.changed} {verb}"]
        parts += [f"{same} without anything to fix"] if same else []
        parts += [f"{self.refused} not fixed"] if self.refused else []
        parts += [f"{self.skipped} skipped, as they have no 837P"] if self.skipped else []
        lines = [", ".join(parts)]
        lines += _titled(self._fixed)
        if remaining := ", ".join(
            count(n, s) if s != "info" else f"{n} {s}" for s, n in self._remaining.items() if n
        ):
            lines.append(f"left: {remaining}")
        return lines


def _summary(result: Fixing, diff: bool) -> list[str]:
    """What was done, by rule, and what is left."""
    number = len(result.applied) + len(result.renumbered)
    lines = [f"{count(number, 'finding')} {'to be fixed' if diff else 'fixed'}"]
    lines += _titled(_by_rule(result))
    if result.recounted:
        lines.append(f"counts set in {count(result.recounted, 'trailer')}")
    if result.new_errors:
        lines.append(f"errors that the original does not have: {counts(result.new_errors)}")
    if result.remaining:
        lines.append(f"left: {_count_remaining(result)}")
    return lines


def _titled(by_rule: Counter[tuple[str, str]]) -> list[str]:
    """How many findings of each rule, by the rule's title."""
    from edi_lint.rules.catalogue import fault_of

    return [f"{code} {fault_of(code, name)} ({n})" for (code, name), n in sorted(by_rule.items())]


def _by_rule(result: Fixing) -> Counter[tuple[str, str]]:
    """How many findings of each rule were fixed, by code and name."""
    by_rule = Counter((found.code, found.name) for found in result.renumbered)
    for (code, name, _), number in result.applied.counts.items():
        by_rule[code, name] += number
    return by_rule


def _count_remaining(result: Fixing) -> str:
    from edi_lint.findings.report import severities

    words = severities(result.remaining.counts).items()
    text = ", ".join(count(n, s) if s != "info" else f"{n} {s}" for s, n in words if n)
    if result.suggestions:
        text += f"; {result.suggestions} with a suggested fix (--diff --unsafe shows them)"
    return text
