"""`edi-lint fix`: the file with its fixes applied."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, collect_garbage
from edi_lint.cli.options import (
    OUTPUT,
    AsOf,
    Config,
    FailOnLeft,
    File,
    Ignore,
    Ledger,
    Level,
    Output,
    PhiOption,
    Profile,
    Select,
    Situations,
    Threshold,
    day,
    override,
    rule_choice,
    settings_file,
)
from edi_lint.cli.output import (
    Failure,
    Together,
    destination,
    overwrites,
    tell,
    write_as_private_as,
)
from edi_lint.cli.progress import working
from edi_lint.cli.words import count, counts, shown
from edi_lint.files.paths import is_file, is_there
from edi_lint.findings.file_result import remark
from edi_lint.findings.masking import Phi
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.json_text import json_text

if TYPE_CHECKING:
    from edi_lint.edits.fixing import Fixing


def fix(
    file: File,
    output: Output = None,
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

    Exit status: 0 done, even if some findings need a decision of yours; 1 with --fail-on when
    such a finding is left, with --diff when something would change; 2 refused or not possible, and
    then nothing is written.

    \b
    Examples:
      edi-lint fix --diff outbound.837
      edi-lint fix outbound.837 -o fixed.837 --log fixes.jsonl
      edi-lint fix --in-place --select STR,ENV outbound.837
    """
    from edi_lint.edits.fixing import FixError
    from edi_lint.edits.fixing import fix as fixed
    from edi_lint.files.spool import StoreError
    from edi_lint.findings.report import reaches
    from edi_lint.settings import LedgerError

    if in_place:
        output = _itself(file, output, diff)
    elif output is not None and overwrites(output, [file]):
        raise Failure(f"{output}: is the input; --in-place overwrites it")
    if log is not None and (diff or overwrites(log, [file, output])):
        raise Failure("--log needs a file of its own, and does not go with --diff")
    base = override(settings_file(config).settings, rules=tuple(rules or ()))
    settings = override(
        base,
        select=rule_choice(select, base),
        ignore=rule_choice(ignore, base),
        level=level,
        profile=profile,
        as_of=day(as_of, "--as-of"),
        ledger=ledger,
        phi=phi,
    )
    ledgers = [*files_of(settings.ledger)] if output or log else []
    for written in filter(None, (output, log)):
        if overwrites(written, ledgers):
            raise Failure(f"{written}: is a ledger; name another file")
    write_as_private_as([file])
    collect_garbage()
    try:
        with working("fixing"):
            result = fixed(
                sys.stdin.buffer if file == STANDARD_INPUT else file,
                settings,
                unsafe=unsafe,
                reserve=not diff,
            )
        if diff:
            _show(result, file, output, settings.phi)
        if result.is_worse and not force:
            raise Failure(*_worse(result, settings.phi))
        with Together() as files:
            if log is not None:
                told = result.log.entries(settings.phi)
                files.stream(log).writelines(json_text(one).encode() + b"\n" for one in told)
            if not diff and (result.is_changed or not in_place):
                files.stream(output).writelines(result.chunks())
    except (FixError, StoreError, LedgerError) as problem:
        raise Failure(str(problem)) from None
    tell(*_summary(result, diff))
    if said := remark(result.file):
        tell(said)
    threshold = (fail_on or Threshold.NEVER).severity
    if (diff and result.is_changed) or (threshold and reaches(result.left.counts, threshold)):
        raise typer.Exit(1)


def _itself(file: str, output: Path | None, diff: bool) -> Path:
    """The input as the output. Raises Failure where it cannot be that."""
    if output is not None or diff:
        raise Failure(f"--in-place does not go with {'--diff' if diff else '--output'}")
    if file == STANDARD_INPUT:
        raise Failure("--in-place needs a file; standard input cannot be written to")
    if is_there(file) and not is_file(file):
        raise Failure(f"{file}: not a file; --in-place needs one")
    return Path(file)


def _show(result: Fixing, file: str, output: Path | None, phi: Phi) -> None:
    from edi_lint.reporters import segment_diff

    with destination(output) as stream, result.before() as before, result.after() as after:
        for piece in segment_diff.render(before, after, file, phi):
            stream.write(piece.encode())


def _worse(result: Fixing, phi: Phi) -> list[str]:
    """Why the result is refused."""
    head = "refused: the result has more errors than the original (--force writes it anyway)"
    lines = [head, f"new errors: {counts(result.new_errors)}"]
    return [*lines, *(shown(finding, phi) for finding in result.examples)]


def _summary(result: Fixing, diff: bool) -> list[str]:
    """What was done, by rule, and what is left."""
    number = len(result.applied) + len(result.renumbered)
    lines = [f"{count(number, 'finding')} {'to be fixed' if diff else 'fixed'}"]
    by_rule = Counter((found.code, found.name) for found in result.renumbered)
    for (code, name, _), number in result.applied.counts.items():
        by_rule[code, name] += number
    lines += [f"{code} {name} ({number})" for (code, name), number in sorted(by_rule.items())]
    if result.recounted:
        lines.append(f"counts set in {count(result.recounted, 'trailer')}")
    if result.new_errors:
        lines.append(f"errors that the original does not have: {counts(result.new_errors)}")
    if result.left:
        lines.append(f"left: {_left(result)}")
    return lines


def _left(result: Fixing) -> str:
    from edi_lint.findings.report import severities

    words = severities(result.left.counts).items()
    text = ", ".join(count(n, s) if s != "info" else f"{n} {s}" for s, n in words if n)
    if result.suggestions:
        text += f"; {result.suggestions} with a suggested fix (--diff --unsafe shows them)"
    return text
