"""`edi-lint check`: lint files and print what was found."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edi_lint.cli.formats import FindingsFormat, Wanted, completed, print_reports, wanted
from edi_lint.cli.inputs import STANDARD_INPUT, Inputs, Reopened, expand, opened, reason
from edi_lint.cli.options import (
    BASELINE,
    LEDGER,
    LEDGER_VARIABLE,
    OUTPUT,
    RULES,
    WATCH,
    AsOf,
    Claims,
    Config,
    Ignore,
    Level,
    Output,
    Profile,
    Select,
    Situations,
    Threshold,
    choice,
    day,
    listed,
    repeated,
    settings_file,
    settings_of,
    unknown_claims,
)
from edi_lint.cli.output import Failure, tell, write, write_as_private_as
from edi_lint.cli.progress import bar
from edi_lint.files.paths import is_file
from edi_lint.findings.masking import Phi
from edi_lint.ledger.ledger_files import files_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from edi_lint.claims.naming import NamedClaims
    from edi_lint.findings.file_result import FileResult
    from edi_lint.findings.report import Report
    from edi_lint.reporters.tally import Tally
    from edi_lint.run.check_file import Opener
    from edi_lint.run.flow import CheckFlow
    from edi_lint.settings import Settings, SettingsFile
    from edi_lint.watching.service import FolderWatcher


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATHS",
            help="Files, folders or globs; - is standard input.  [default: the current folder]",
            show_default=False,
        ),
    ] = None,
    select: Select = None,
    ignore: Ignore = None,
    level: Level = None,
    claims: Claims = None,
    output_format: Annotated[
        list[str] | None,
        typer.Option(
            "--output-format",
            metavar="FORMAT[=FILE]",
            help="Print findings as text or grouped (four lines each, if they fit), full "
            "(everything), concise (one line each), json, jsonl, csv, sarif, junit, github or "
            "gitlab. Several at once: sarif=out.sarif writes to that file.  [default: text]",
            autocompletion=completed,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Output = None,
    fail_on: Annotated[
        Threshold | None,
        typer.Option(
            help="Exit with 1 if there is a finding of this severity or worse.  [default: error]"
        ),
    ] = None,
    statistics: Annotated[
        bool,
        typer.Option(
            "--statistics",
            help="With text and concise: count findings, claims and charges by rule, payer and "
            "submitter.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            "--quiet", "-q", help="Print findings only, no summary.", rich_help_panel=OUTPUT
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Exit with 2 when a transaction set, or a file of a folder, is not an 837P.",
        ),
    ] = False,
    phi: Annotated[
        Phi | None,
        typer.Option(
            "--phi",
            help="Protected data in the output: none, ids (claim numbers), or all.  [default: "
            "none in sarif, junit, github and gitlab, which are posted elsewhere; ids in others]",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    config: Config = None,
    rules: Situations = None,
    as_of: AsOf = None,
    profile: Profile = None,
    pack: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="A rule pack of your own; you can give several.",
            rich_help_panel=RULES,
        ),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Leave out the findings that this file accepts.",
            rich_help_panel=BASELINE,
        ),
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Instead of printing findings, accept them all in this file.",
            rich_help_panel=BASELINE,
        ),
    ] = None,
    baseline_expires: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="The last day of the baseline that is written.",
            rich_help_panel=BASELINE,
        ),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(
            envvar=LEDGER_VARIABLE,
            metavar="default|FILE|URL",
            help="Report a control number that this ledger knows with other content. The ledger is "
            "the one in your data folder (default), a SQLite file, or the URL of a database.",
            rich_help_panel=LEDGER,
        ),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Record in the ledger, as sent, the interchanges of inputs without a finding at "
            "or above --fail-on.",
            rich_help_panel=LEDGER,
        ),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            help="Keep running: check each file of a folder as soon as it is complete, until "
            "SIGINT or SIGTERM.",
            rich_help_panel=WATCH,
        ),
    ] = False,
    split_to: Annotated[
        Path | None,
        typer.Option(
            "--split-to",
            metavar="FOLDER",
            help="With --watch: move clean claims to FOLDER/clean, held claims with their "
            "reasons to FOLDER/held, and the file to FOLDER/original, or to FOLDER/failed "
            "if it cannot be split.",
            rich_help_panel=WATCH,
        ),
    ] = None,
    settle: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="SECONDS",
            help="With --watch: a file that ends with an IEA is complete when it has not changed "
            "for so long; any other after a minute.",
            rich_help_panel=WATCH,
        ),
    ] = 2.0,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Use N processes, also for one large file.  [default: the processors]",
        ),
    ] = None,
    cross_check: Annotated[
        bool,
        typer.Option(
            "--cross-check",
            help="Instead of findings, print where pyx12's validator answers differently, and why. "
            "Exit with 1 when a difference is not explained.",
        ),
    ] = False,
) -> None:
    """Check 837P files; changes nothing.

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the work could not be done: an input
    could not be read or is not X12, a named file has no 837P, or nothing was checked at all. With
    --watch it is 0 when the watch was stopped.

    \b
    Examples:
      edi-lint check outbound/
      edi-lint check --select MOD,BAL --statistics outbound/*.837
      edi-lint check --output-format sarif=lint.sarif --output-format text outbound/
      gpg -d batch.837.gpg | edi-lint check --phi none -
      edi-lint check --claims HI-26-0614 outbound.837
      edi-lint check --watch incoming/ --split-to done/
    """
    from edi_lint.reporters.reporter import Asked
    from edi_lint.reporters.tally import Tally
    from edi_lint.run.check_files import check_files, processors

    paths = paths or _current_folder()
    file = settings_file(config)
    settings = settings_of(
        file,
        rules=rules,
        select=select,
        ignore=ignore,
        level=level,
        phi=phi,
        as_of=as_of,
        profile=profile,
        packs=tuple(pack or ()),
        baseline=write_baseline or baseline,
        ledger=ledger,
        parties=statistics or None,
    )
    formats = output_format or [
        choice(None, file, "output-format", file.output_format, FindingsFormat.TEXT)
    ]
    chosen = repeated(
        select=select,
        ignore=ignore,
        level=level,
        profile=profile,
        rules=rules,
        as_of=as_of,
        config=config,
    )
    fail_on = choice(fail_on, file, "fail-on", file.fail_on, Threshold.ERROR)
    expires = day(baseline_expires, "--baseline-expires")
    inputs = Inputs() if watch else expand(paths)
    outputs = wanted(formats, output, [*inputs, *_read_besides(file, settings)])
    write_as_private_as(inputs)
    phi_is_said = phi is not None or "phi" in file.keys
    if not phi_is_said and all(one.format.phi is Phi.NONE for one in outputs):
        settings = replace(settings, phi=Phi.NONE)
    if phi is None and config is None and phi_is_said and settings.phi is Phi.IDS:
        _tell_of_claim_numbers(outputs, file)
    writes_baseline = write_baseline is not None
    if record and (writes_baseline or cross_check or not settings.ledger):
        raise Failure(
            "--record goes with --ledger, such as --ledger default, and neither with "
            "--write-baseline nor --cross-check"
        )
    if (cross_check or writes_baseline) and any("=" in name for name in formats):
        raise Failure("--write-baseline and --cross-check print no findings; leave out the formats")
    if split_to is not None and not watch:
        raise Failure(
            "--split-to goes with --watch; edi-lint split splits the files that are there"
        )
    if watch and (writes_baseline or cross_check):
        raise Failure("--watch goes neither with --write-baseline nor with --cross-check")
    _refuse_baseline(writes_baseline, expires, settings.as_of or _today(), output)
    named = _named(claims, record or cross_check or watch or writes_baseline)
    if cross_check:
        _cross_check(inputs, output, strict)
        return
    watcher = _watcher(paths, split_to, settings, fail_on, settle, quiet) if watch else None
    read_again = bool(settings.ledger or named)
    opener = watcher.opened if watcher else Reopened() if read_again else opened
    flow = _flow(
        settings,
        opener,
        fail_on=fail_on.severity,
        strict=strict,
        records=record,
        makes_ledger=record or ledger is not None,
        hides=not writes_baseline,
    )
    tally = Tally()
    with ExitStack() as stack:
        progress = stack.enter_context(bar(inputs, quiet or watch))
        if watcher:
            from edi_lint.cli.watch import flush_after_each, stopped_by_signals

            stack.enter_context(stopped_by_signals(watcher))
            reports = flush_after_each(watcher.reports())
        else:
            reports = check_files(
                inputs, settings, jobs or processors(), opener, STANDARD_INPUT, progress.advance
            )
        reports = progress.hidden_after(flow.follow(reports, inputs.found))
        reports = _tell_refused(reports)
        if write_baseline is not None:
            _accept(reports, write_baseline, expires)
            return
        reports = _only(reports, named, opener, settings.phi) if named else reports
        asked = Asked(
            settings.phi,
            tally,
            flow.hidden,
            fail_on.severity,
            statistics,
            quiet,
            paths=tuple(paths),
            choices=chosen,
            is_part=named is not None,
        )
        print_reports(tally.count(reports), outputs, asked, settings.phi if phi_is_said else None)
    for line in flow.hidden.lines(str(file.path), quiet) if flow.hidden else ():
        tell(line)
    if (words := tally.not_judged()) and not quiet:
        tell(words)
    if flow.ledger and record and not quiet:
        tell(flow.ledger.summary())
    if not watch:  # a watch was stopped, and what came was dealt with
        _exit(tally, fail_on)


def _read_besides(file: SettingsFile, settings: Settings) -> list[str]:
    """The files that a run reads besides its inputs, and so must not write to."""
    read = (file.path, settings.baseline, settings.profile, *settings.packs, *settings.profiles)
    return [*map(str, filter(None, (*read, *settings.rules))), *files_of(settings.ledger)]


def _refuse_baseline(
    is_written: bool, expires: date | None, today: date, output: Path | None
) -> None:
    """Raises Failure for options that do not go with a baseline that is written, or not."""
    if expires is not None and expires < today:
        raise Failure(f"--baseline-expires {expires} is past: nothing would be accepted")
    if expires is not None and not is_written:
        raise Failure("--baseline-expires goes with --write-baseline")
    if is_written and output is not None:
        raise Failure("--write-baseline prints no findings; leave out --output")


def _exit(tally: Tally, fail_on: Threshold) -> None:
    """End with 2 where something was not checked, with 1 where findings reach the threshold."""
    if not tally.checked and not tally.is_refused:
        tell(tally.nothing_checked())
    if not tally.checked or tally.is_refused:
        raise typer.Exit(2)
    if tally.reaches(fail_on.severity):
        raise typer.Exit(1)


def _named(claims: list[str] | None, is_whole: bool) -> NamedClaims | None:
    """The claims that are named; None where all are meant. Raises Failure."""
    if claims is None:
        return None
    if is_whole:
        raise Failure(
            "--claims shows a part of a file; leave out --record, --watch, --write-baseline and "
            "--cross-check, which are about all of it"
        )
    from edi_lint.claims.naming import NamedClaims

    return NamedClaims(listed(claims, "--claims"))


def _only(
    reports: Iterator[Report], named: NamedClaims, opener: Opener, phi: Phi
) -> Iterator[Report]:
    """The same reports with what is about these claims. Raises Failure for a name of no claim."""
    from edi_lint.run.chosen_claims import only_claims

    yield from only_claims(reports, named, opener)
    if named.unknown:
        raise Failure(*unknown_claims(named.unknown, phi))


def _current_folder() -> list[str]:
    """What is checked where no path is named. Raises Failure where an input may be waiting in
    standard input, which is read only where it is named."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise Failure("name what to check: - is standard input, . is the current folder")
    return ["."]


def _watcher(
    paths: list[str],
    split_to: Path | None,
    settings: Settings,
    fail_on: Threshold,
    settle: float,
    quiet: bool,
) -> FolderWatcher:
    """Only who watches a folder imports what that takes. Raises Failure."""
    from edi_lint.cli.watch import watcher_of

    return watcher_of(paths, split_to, settings, fail_on.severity, settle, quiet)


def _flow(settings: Settings, opener: Opener, **options: Any) -> CheckFlow:
    """What the reports of the inputs go through. Raises Failure."""
    from edi_lint.run.flow import CheckFlow
    from edi_lint.settings import LedgerError, SettingsError

    try:
        return CheckFlow(settings, opener, **options)
    except (LedgerError, SettingsError) as problem:
        raise Failure(str(problem)) from None


def _tell_of_claim_numbers(outputs: Iterable[Wanted], file: SettingsFile) -> None:
    """Say that formats which are posted elsewhere show claim numbers for a file that was found."""
    posted = [one.format for one in outputs if one.format.phi is Phi.NONE]
    if posted:
        tell(f'claim numbers are in {", ".join(posted)}: {file.path} has phi = "ids"')


def _today() -> date:
    from datetime import date

    return date.today()


def _tell_refused(reports: Iterator[Report]) -> Iterator[Report]:
    """The same reports; standard error says which of them could not be checked. Raises Failure."""
    from edi_lint.files.spool import StoreError
    from edi_lint.run.check_file import WorkerError
    from edi_lint.run.unchecked import refused
    from edi_lint.settings import LedgerError

    try:
        for report in reports:
            if said := refused(report):
                tell(said)
            yield report
    except (WorkerError, StoreError, LedgerError) as problem:
        raise Failure(str(problem)) from None


def _accept(reports: Iterator[Report], path: Path, expires: date | None) -> None:
    """Write a baseline of all findings. Raises Failure, and then nothing is written."""
    from edi_lint.findings.file_result import CODE
    from edi_lint.run.unchecked import refused
    from edi_lint.settings import SettingsError
    from edi_lint.settings.baseline import Recorder

    try:
        recorder = Recorder(path if is_file(path) else None, expires)
    except SettingsError as problem:
        raise Failure(str(problem)) from None
    complete, checked = True, 0
    for report in reports:
        complete = complete and not refused(report)
        checked += report.file.checked
        for finding in report.findings:
            if finding.code != CODE:
                recorder.add(finding)
    if not complete or not checked:
        raise Failure(
            f"{path}: not written, because it would lack the inputs that could not be checked; "
            "correct them, or leave them out"
        )
    write(recorder.content(), path)
    count = f"{len(recorder)} finding{'' if len(recorder) == 1 else 's'}"
    tell(f"{path}: {count} accepted")


def _cross_check(inputs: Inputs, output: Path | None, strict: bool) -> None:
    """Print where pyx12's validator and ours differ, file by file."""
    from edi_lint.crosscheck.compare import compare
    from edi_lint.crosscheck.report import render
    from edi_lint.findings.file_result import is_refused, remark

    text = []
    unexplained = refused = False
    checked = 0
    for path in inputs:
        file, data = _read(path)
        checked += file.checked
        if is_refused(file, path in inputs.found, strict):
            refused = True
            tell(remark(file))
        if file.error:
            continue
        comparison = compare(data)
        unexplained = unexplained or any(d.exception is None for d in comparison.differences)
        text.append(render(path, comparison))
    write("".join(text).encode(), output)
    if not checked and not refused:
        tell("nothing was checked, because no input contains an 837P")
    if refused or not checked:
        raise typer.Exit(2)
    if unexplained:
        raise typer.Exit(1)


def _read(path: str) -> tuple[FileResult, bytes]:
    """What an input has, and its bytes; its `error` says why it cannot be read."""
    from io import BytesIO

    from edi_lint.engine import open_engine
    from edi_lint.findings.file_result import FileResult
    from edi_lint.x12 import NotX12Error
    from edi_lint.x12.encoding import single_bytes

    file, data = FileResult(path), b""
    try:
        with opened(path) as stream:
            data = single_bytes(stream).read()
        for block in open_engine(BytesIO(data), lenient=True).blocks():
            file.count(block)
    except OSError as problem:
        file.error = reason(problem)
    except NotX12Error as problem:
        file.error = str(problem)
    return file, data
