"""`edi-lint redact`: the same file with invented values in the place of protected ones."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, collect_garbage
from edi_lint.cli.many import refuse_folder
from edi_lint.cli.options import (
    AsOf,
    Config,
    File,
    Output,
    Profile,
    listed,
    settings_file,
    settings_of,
)
from edi_lint.cli.output import Failure, destination, failure, overwrites, tell, write_as_private_as
from edi_lint.cli.progress import working
from edi_lint.findings.file_result import remark
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.words import counts

if TYPE_CHECKING:
    from edi_lint.transform.redact import FindingDifference, Redaction

KEY_VARIABLE = "EDI_LINT_KEY"
"""The environment variable that a key can be in; a command line can be seen by others."""


def redact(
    file: File,
    output: Output = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="TEXT",
            envvar=KEY_VARIABLE,
            help="A key of at least 8 characters that nobody can guess. With the same key, other "
            "files get the same invented values.  [default: a new key that nobody knows]",
        ),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID,…",
            help="Cut these claims out, by CLM01 or ST02/n (n-th claim of a set): the smallest "
            "file that shows the same findings.",
        ),
    ] = None,
    profile: Profile = None,
    as_of: AsOf = None,
    config: Config = None,
) -> None:
    """Replace protected data by invented values of the same shape.

    Names, addresses, ids, dates and free text are replaced. Codes, amounts and counts stay, every
    byte stays in its place, and the result has the findings of the original. edi-lint reports any
    difference on standard error. docs/redact.md says what stays and why.

    Exit status: 0 written, with the findings of the original; 1 written, and some finding is
    another or dates could not move; 2 not possible, and then nothing is written.

    \b
    Examples:
      edi-lint redact outbound.837 -o redacted.837
      edi-lint redact --claims HI-26-0612 outbound.837 -o question.837
    """
    from edi_lint.files.spool import StoreError
    from edi_lint.transform.redact import RedactError
    from edi_lint.transform.redact import redact as redacted

    refuse_folder(file, "redact")
    settings = settings_of(settings_file(config), profile=profile, as_of=as_of)
    if output is not None and overwrites(output, [file]):
        raise Failure(f"{output}: is the input, which is never overwritten; name another file")
    if output is not None and overwrites(output, files_of(settings.ledger)):
        raise Failure(f"{output}: is a ledger; name another file")
    write_as_private_as([file])
    collect_garbage()
    try:
        source = sys.stdin.buffer if file == STANDARD_INPUT else file
        with working("redacting"):
            result = redacted(source, key, settings, claims=listed(claims, "--claims"))
        with destination(output) as stream:
            stream.writelines(result.chunks())
    except (RedactError, StoreError) as problem:
        raise failure(problem) from None
    tell(*_summary(result))
    if said := remark(result.file):
        tell(said)
    if not result.is_same:
        raise typer.Exit(1)


def _summary(result: Redaction) -> list[str]:
    """What was kept, and what could not be."""
    if result.is_same:
        return ["redacted; findings are those of the original"]
    lines = ["redacted"]
    if not result.is_dated:
        lines.append("dates stay as they were, births apart: no shift keeps the findings")
    if result.changed:
        lines.append(f"findings that differ: {counts(dict(sorted(result.changed.items())))}")
        lines += map(_shown, result.examples)
    return lines


def _shown(difference: FindingDifference) -> str:
    """A finding of one of the two files, by rule and place alone."""
    finding = difference.finding
    place = finding.location
    where = place.element or place.segment or "the file"
    came = "came" if difference.is_new else "is gone"
    at = f"line {place.line}, column {place.column}"
    return f"{finding.code} {finding.severity} {came}: {at}, {where}"
