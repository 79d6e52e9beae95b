"""`edi-lint rewrite`: claims through a Jinja template into a new valid 837P."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, collect_garbage
from edi_lint.cli.many import refuse_folder
from edi_lint.cli.options import (
    LEDGER,
    OUTPUT,
    AsOf,
    Config,
    FailOnLeft,
    Ledger,
    Output,
    PhiOption,
    Threshold,
    listed,
    rule_choice,
    settings_file,
    settings_of,
)
from edi_lint.cli.output import (
    Failure,
    Together,
    failure,
    folder,
    overwrites,
    tell,
    warn_of_terminal,
    write,
    write_as_private_as,
)
from edi_lint.cli.progress import working
from edi_lint.findings import Finding, Severity
from edi_lint.findings.masking import Phi
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.words import count, counts, shown

MOST_SHOWN = 10

CHOICE = "Which claims"
DATA = "What becomes of them"

if TYPE_CHECKING:
    from edi_lint.settings import Settings
    from edi_lint.transform.rewrite import Rewriting


def rewrite(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="The 837P file; - is standard input.", show_default=False
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="The name of a template that comes with edi-lint, or the path of your own.",
            rich_help_panel=DATA,
        ),
    ] = "replacement",
    list_: Annotated[
        bool,
        typer.Option(
            "--list",
            help="List the templates that come with edi-lint, and do nothing else.",
            rich_help_panel=DATA,
        ),
    ] = False,
    show: Annotated[
        str | None,
        typer.Option(
            "--show",
            metavar="NAME",
            help="Print a shipped template, to begin your own from, and do nothing else.",
            rich_help_panel=DATA,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Fields by claim: CSV with a column claim, or a JSON or YAML object of claims.",
            rich_help_panel=DATA,
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A field for a single claim.", rich_help_panel=DATA
        ),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID,…",
            help="Only these claims, by CLM01 or ST02/n (n-th claim of a set).",
            rich_help_panel=CHOICE,
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            metavar="CODES",
            help="Only claims with a finding of these rules: codes or their first letters.",
            rich_help_panel=CHOICE,
        ),
    ] = None,
    hcpcs: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE,…",
            help="Only claims with a service line of these codes.",
            rich_help_panel=CHOICE,
        ),
    ] = None,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole/--only",
            help="Write the whole file with the chosen claims changed, or a new file with only the "
            "chosen claims.",
            rich_help_panel=CHOICE,
        ),
    ] = False,
    control_number: Annotated[
        str | None,
        typer.Option(
            metavar="next|NUMBER",
            help="The interchange control number of the result: the ledger's next one, or your "
            "own; further interchanges get the numbers after it. edi-lint refuses a number that "
            "the input has or the ledger gave out. It records yours in the ledger that you name "
            "here or in the settings, or in the one in your data folder if there is one.  "
            "[default: next; with --whole the file keeps its own]",
            rich_help_panel=LEDGER,
        ),
    ] = None,
    ledger: Ledger = None,
    paperwork: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write a cover sheet for each document of the chosen claims that goes by fax or "
            "mail into this folder.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Output = None,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Write a JSON object for each changed claim, one on each line.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Write the result even if it has more errors, or lacks service lines.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    fail_on: FailOnLeft = None,
    as_of: AsOf = None,
    phi: PhiOption = None,
    config: Config = None,
) -> None:
    """Rewrite claims through a template, to send them again.

    The result is a new file with the chosen claims, their levels and envelopes, and new control
    numbers, dates and times. All other bytes stay as they are. It is written only if it has no more
    errors than before. Without --claims, --with and --hcpcs every claim is chosen, or every one
    in --data, which must then be all.

    The errors that the chosen claims still have are printed on standard error.

    Exit status: 0 written; 1 written, and the result has a finding at or above --fail-on; 2 refused
    or not possible, and then nothing is written.

    \b
    Examples:
      edi-lint rewrite adjudicated.837 --data numbers.csv -o replacements.837
      edi-lint rewrite rejected.837 --template new-claim --with COD005 -o again.837
      edi-lint rewrite held.837 --template resend -o again.837 --log changes.jsonl
      edi-lint rewrite --list
      edi-lint rewrite --show starter -o mine.x12.j2
    """
    if list_:
        _list()
        return
    if show is not None:
        write(_shipped(show), output)
        return
    from edi_lint.files.spool import StoreError
    from edi_lint.findings.report import reaches
    from edi_lint.settings import LedgerError
    from edi_lint.transform.claim_data import DataProblem, read_data
    from edi_lint.transform.rewrite import RewriteError
    from edi_lint.transform.rewrite import rewrite as rewritten

    if file is None:
        raise Failure("name the file to rewrite; - is standard input")
    refuse_folder(file, "rewrite")
    settings = settings_of(settings_file(config), phi=phi, as_of=as_of, ledger=ledger)
    number = _number(control_number)
    taken = [file, template, data, *files_of(_ledger(settings, number, whole))]
    for written in filter(None, (output, log)):
        if overwrites(written, taken):
            raise Failure(f"{written}: the output would overwrite an input; name another file")
    warn_of_terminal(output)
    write_as_private_as(filter(None, (file, data)))
    if log is not None and overwrites(log, [output]):
        raise Failure(f"{log}: the change log and the result cannot be the same file")
    collect_garbage()
    try:
        with working("rewriting"):
            result = rewritten(
                sys.stdin.buffer if file == STANDARD_INPUT else file,
                template,
                read_data(data, settings.phi is not Phi.NONE) if data else None,
                claims=listed(claims, "--claims"),
                having=rule_choice(listed(with_, "--with")),
                hcpcs=listed(hcpcs, "--hcpcs"),
                values=_values(set_),
                whole=whole,
                control_number=number,
                settings=settings,
                log=log is not None,
            )
        if result.is_worse and not force:
            raise Failure(*_worse(result, settings.phi))
        if warned := _warned(result, settings.phi):
            tell("before this is sent:", *warned)
        with Together() as files, ExitStack() as staged:
            sheets = []
            if paperwork:
                sheets = _write_sheets(result, staged.enter_context(folder(paperwork)), paperwork)
            if log is not None:
                entries = (json_text(entry).encode() + b"\n" for entry in result.log)
                files.stream(log).writelines(entries)
            stream = files.stream(output)
            stream.writelines(result.chunks())
            stream.flush()
    except (RewriteError, DataProblem, StoreError, LedgerError) as problem:
        raise failure(problem) from None
    tell(*_summary(result, settings.phi), *sheets)
    if result.remark:
        tell(result.remark)
    threshold = (fail_on or Threshold.NEVER).severity
    if threshold and reaches([*result.counts, *result.findings.counts], threshold):
        raise typer.Exit(1)


def _ledger(settings: Settings, number: int | str | None, whole: bool) -> str:
    """The ledger that is asked for numbers or about them; empty where none is."""
    from edi_lint.settings import DEFAULT_LEDGER

    if settings.ledger or (number is None and whole):
        return settings.ledger
    if number is None or number == "next":
        return DEFAULT_LEDGER
    from edi_lint.ledger.database import in_use

    return in_use("")


def _list() -> None:
    from edi_lint.transform.templates import summaries

    for name, summary in summaries("rewrite"):
        print(f"{name:16} {summary}")


def _shipped(name: str) -> bytes:
    """The text of a shipped template. Raises Failure where there is none of that name."""
    from edi_lint.settings import nearest
    from edi_lint.transform.templates import names, source_of

    known = names("rewrite")
    if name not in known:
        near = nearest(name, known)
        hint = f"; did you mean {near}?" if near else ""
        raise Failure(f"--show {name}: is not one of {', '.join(known)}{hint}")
    return source_of("rewrite", name)


def _write_sheets(result: Rewriting, staged: Path, folder: Path) -> list[str]:
    """Write the cover sheets, which will go from where they are staged to the folder; what is to be
    told of them."""
    from edi_lint.transform.paperwork import CoverSheets

    sheets, written = CoverSheets(), 0
    for sheet in sheets.of(result.claims()):
        write(sheet.html.encode(), staged / sheet.name)
        written += 1
    words = f"{count(written, 'cover sheet')} in {folder}"
    if sheets.unnumbered:
        words += f"; none for {count(sheets.unnumbered, 'document')} without a control number"
    return [words]


def _number(given: str | None) -> int | str | None:
    if given is None or given == "next":
        return given
    if not given.isascii() or not given.isdecimal() or not 1 <= int(given[:10]) <= 999_999_999:
        raise Failure("--control-number takes next, or a number from 1 to 999999999")
    return int(given)


def _values(given: list[str] | None) -> dict[str, str]:
    values: dict[str, str] = {}
    for part in given or []:
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Failure("--set takes NAME=VALUE, such as payer_claim_control_number=2614077003")
        if not value.strip():
            raise Failure(f"--set {name}: the value is missing")
        if name in values:
            raise Failure(f"--set {name}: given twice")
        values[name] = value
    return values


def _warned(result: Rewriting, phi: Phi) -> list[str]:
    """What to look at before the result is sent."""
    lines = []
    for severity, new in (("errors", result.new_errors), ("warnings", result.new_warnings)):
        if new:
            lines.append(f"{severity} that the original does not have: {counts(new)}")
    lines += [f"  {shown(f, phi)}" for f in result.warnings]
    if result.routes:
        lines.append("as in the original:")
        lines += [f"  {shown(f, phi)}" for f in result.routes]
    for (code, name, severity), number in sorted(result.findings.counts.items()):
        if severity is not Severity.INFO:
            lines.append(f"{severity.value} {code} {name} ({number})")
            first = _first_of(result.findings, severity)
            lines += [f"  {shown(f, phi)}" for f in first if f.code == code]
    return lines


def _summary(result: Rewriting, phi: Phi) -> list[str]:
    """What was done, in a line, and what is left."""
    same = result.selected - result.changed
    text = f"{count(result.changed, 'claim')} rewritten"
    if same:
        text += f", {same} copied unchanged"
    if result.numbers:
        numbers = ", ".join(f"{n:09}" for n in result.numbers[:MOST_SHOWN])
        more = " and more" if len(result.numbers) > MOST_SHOWN else ""
        text += f"; control number {numbers}{more}"
    lines = [text]
    for (code, name, severity), number in sorted(result.findings.counts.items()):
        if severity is Severity.INFO:
            lines.append(f"info {code} {name} ({number})")
    if result.remaining:
        by_code = {code: n for (code, _, _), n in sorted(result.remaining.counts.items())}
        lines.append(f"errors left in the chosen claims: {counts(by_code)}")
        lines += [f"  {_placed(f, phi)}" for f in islice(result.remaining, MOST_SHOWN)]
        if len(result.remaining) > MOST_SHOWN:
            lines.append(f"  and {len(result.remaining) - MOST_SHOWN} more: edi-lint check")
    if others := result.remaining_errors - len(result.remaining):
        lines.append(f"the rest of the file has {count(others, 'error')}: edi-lint check")
    return lines


def _placed(finding: Finding, phi: Phi) -> str:
    """A finding of the result in a line, with its place in it."""
    place = finding.location
    return f"line {place.line}, column {place.column}: {shown(finding, phi)}"


def _worse(result: Rewriting, phi: Phi) -> list[str]:
    """Why the result is refused."""
    lines = []
    if result.new_errors:
        lines.append(f"new errors: {counts(result.new_errors)}")
    shown_findings = [*result.examples, *_first_of(result.findings, Severity.ERROR)]
    lines += [shown(finding, phi) for finding in shown_findings]
    why = (
        "the result has more errors than the original"
        if result.new_errors
        else "the result lacks something"
    )
    head = f"refused: {why} (--force writes it anyway)"
    return [head, *lines]


def _first_of(findings: Iterable[Finding], severity: Severity) -> list[Finding]:
    """The first of those findings that are this bad."""
    return list(islice((f for f in findings if f.severity is severity), MOST_SHOWN))
