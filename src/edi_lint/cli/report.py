"""`edi-lint report`: a folder with an index over many files, as a page and as JSON."""

from __future__ import annotations

import json
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, expand, opened
from edi_lint.cli.options import (
    OUTPUT,
    AsOf,
    Config,
    Ignore,
    Level,
    Paths,
    PhiOption,
    Profile,
    Select,
    Situations,
    Threshold,
    choice,
    settings_file,
    settings_of,
)
from edi_lint.cli.output import Failure, folder, overwrites, tell, write_as_private_as
from edi_lint.cli.progress import bar
from edi_lint.files.paths import is_file, is_there
from edi_lint.findings.masking import printable
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from edi_lint.batch_report.assessment import Assessment
    from edi_lint.batch_report.pool import Pages
    from edi_lint.batch_report.report import BatchReport, Past
    from edi_lint.findings import Severity
    from edi_lint.settings import Settings

_INDEX = "index.html"
_PAGES = "pages"


def report(
    paths: Paths,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="Write index.html, report.json and pages/ to this folder.",
            rich_help_panel=OUTPUT,
        ),
    ],
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER|FILE",
            help="Show the trend since an earlier report: its folder, or its report.json. It may "
            "be the folder that is written to.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="The heading of the page.", rich_help_panel=OUTPUT)
    ] = "Batch report",
    page_limit: Annotated[
        float,
        typer.Option(
            min=0,
            metavar="MB",
            help="Make an annotated page for each file with findings of up to this size in "
            "megabytes; 0 makes none.",
            rich_help_panel=OUTPUT,
        ),
    ] = 1.0,
    fail_on: Annotated[
        Threshold | None,
        typer.Option(
            help="A claim is at risk by a finding of this severity or worse.  [default: error]"
        ),
    ] = None,
    select: Select = None,
    ignore: Ignore = None,
    level: Level = None,
    profile: Profile = None,
    rules: Situations = None,
    as_of: AsOf = None,
    phi: PhiOption = None,
    config: Config = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Work on N files at once.  [default: the processors]",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print no summary.", rich_help_panel=OUTPUT)
    ] = False,
) -> None:
    """Report on many files: what is at risk, as a page and as JSON.

    A claim is at risk if `split` would hold it. The page counts claims and charges at risk by rule,
    payer, submitter and day, and links to an annotated page for each file with findings. It loads
    nothing, and its tables can be sorted and saved as CSV. The folder's other files stay. All of
    it appears, or nothing.

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 a file could not be read or is not
    X12, a named file has no 837P, no input has one, or nothing could be written.

    \b
    Examples:
      edi-lint report outbound/ --output reports/2026-11-26
      edi-lint report outbound/ --output reports/today --previous reports/yesterday
      edi-lint report outbound/*.837 --output night --page-limit 0 --fail-on warning
    """
    from edi_lint.batch_report.assessment import note_unchecked
    from edi_lint.batch_report.pool import Pages
    from edi_lint.batch_report.report import BatchReport, now
    from edi_lint.findings.file_result import is_refused, remark
    from edi_lint.run.check_files import processors

    file = settings_file(config)
    settings = settings_of(
        file,
        rules=rules,
        select=select,
        ignore=ignore,
        level=level,
        profile=profile,
        as_of=as_of,
        phi=phi,
    )
    if not isfinite(page_limit):
        raise Failure("--page-limit takes a number of megabytes; 0 writes no pages")
    title = printable(title)
    threshold = choice(fail_on, file, "fail-on", file.fail_on, Threshold.ERROR).severity
    if output.suffix.lower() in (".html", ".htm", ".json") and not is_there(output):
        raise Failure(
            f"--output {output}: is the name of a file, and report writes a folder; name one, such "
            f"as {output.with_suffix('')}"
        )
    inputs = expand(paths)
    for name in (_INDEX, "report.json"):
        if overwrites(output / name, [*inputs, *files_of(settings.ledger)]):
            raise Failure(f"{output / name}: is one of the inputs; name another folder")
    if (output / _PAGES).is_symlink():
        raise Failure(f"{output / _PAGES}: is a link; remove it, or name another folder")
    write_as_private_as(inputs)
    before = _history(previous)
    old_pages = _pages_of(output)
    made = BatchReport(threshold, now(), before)
    refused = False
    with bar(inputs, quiet) as progress, folder(output) as staged, folder(output / _PAGES) as pages:
        limit = Pages(pages, int(page_limit * 1_000_000)) if page_limit else None
        assessed = _assessed(
            inputs, settings, threshold, jobs or processors(), limit, progress.advance
        )
        for assessment in assessed:
            is_found = assessment.file.path in inputs.found
            note_unchecked(assessment, is_found)
            if is_refused(assessment.file, is_found):
                progress.hide()
                refused = True
                tell(remark(assessment.file))
            made.add(assessment)
        _write(made, title, staged)
    _remove(old_pages - {one.page for one in made.files}, output / _PAGES)
    if not quiet:
        tell(*_summary(made, output))
    if not made.checked and not refused:
        tell("nothing was checked, because no input contains an 837P")
    if refused or not made.checked:
        raise typer.Exit(2)
    if made.reaches:
        raise typer.Exit(1)


def _history(previous: Path | None) -> list[Past]:
    from edi_lint.batch_report.report import PreviousError, history

    if previous is None:
        return []
    try:
        return history(previous)
    except PreviousError as problem:
        raise Failure(f"--previous {problem}") from None


def _assessed(
    inputs: list[str],
    settings: Settings,
    fail_on: Severity | None,
    jobs: int,
    pages: Pages | None,
    done: Callable[[int], None],
) -> Iterator[Assessment]:
    """The assessments of all inputs. Raises Failure."""
    from edi_lint.batch_report.pool import assess_files
    from edi_lint.files.spool import StoreError
    from edi_lint.run.check_file import WorkerError
    from edi_lint.settings import SettingsError

    try:
        yield from assess_files(
            inputs, settings, fail_on, jobs, opened, STANDARD_INPUT, pages, done
        )
    except (WorkerError, StoreError, SettingsError) as problem:
        raise Failure(str(problem)) from None
    except OSError as problem:
        raise Failure(f"{_PAGES}: a page cannot be written: {problem.strerror}") from None


def _write(made: BatchReport, title: str, target: Path) -> None:
    from edi_lint.batch_report.report import NAME
    from edi_lint.reporters.batch_page import render

    try:
        document = json_text(made.json(), indent=1) + "\n"
        (target / NAME).write_text(document, encoding="utf-8", newline="")
        with (target / _INDEX).open("w", encoding="utf-8", newline="") as page:
            page.writelines(render(made, title))
    except OSError as problem:
        raise Failure(f"{target}: cannot write: {problem.strerror}") from None


def _pages_of(output: Path) -> set[str]:
    """The pages of the report that the folder holds already; none where it holds no report."""
    from edi_lint.batch_report.report import NAME

    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        if not is_file(output / NAME):
            return set()
        document = json.loads((output / NAME).read_bytes())
        if document["tool"]["name"] == "edi-lint":
            names = {str(one.get("page", "")) for one in document["files"]}
            return {name for name in names if name and name == Path(name).name}
    return set()


def _remove(names: set[str], pages: Path) -> None:
    """Remove pages of the report that was replaced, for nothing leads to them any more."""
    for name in names:
        with suppress(OSError):
            (pages / name).unlink()
    if names:
        with suppress(OSError):
            pages.rmdir()


def _summary(made: BatchReport, output: Path) -> list[str]:
    from edi_lint.claims.money import dollars

    total = made.total
    unread = sum(bool(one.file.error) for one in made.files)
    others = sum(not one.file.checked for one in made.files) - unread
    files = count(len(made.files), "file") + (f", {unread} not read" if unread else "")
    files += f", {others} without an 837P" if others else ""
    return [
        f"{files}, {count(total.claims, 'claim')}, {dollars(total.charges)}",
        f"at risk: {count(total.claims_at_risk, 'claim')}, {dollars(total.charges_at_risk)}",
        f"{output / _INDEX}",
    ]
