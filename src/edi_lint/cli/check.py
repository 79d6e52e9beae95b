"""`edi-lint check`: lint files and print what was found."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, expand, opened, reason
from edi_lint.cli.options import Ignore, Level, Output, Paths, PhiOption, Select, rule_choice
from edi_lint.cli.output import Failure, destination, same_file, write
from edi_lint.privacy import Phi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edi_lint.linting import Report


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"


class Threshold(StrEnum):
    """From which severity on findings make the exit status 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"


def check(
    paths: Paths,
    select: Select = None,
    ignore: Ignore = None,
    level: Level = 7,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="Print findings as text or as JSON.")
    ] = Format.TEXT,
    output: Output = None,
    fail_on: Annotated[
        Threshold,
        typer.Option(help="Exit with 1 when there is a finding of this severity or worse."),
    ] = Threshold.ERROR,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Print how often each rule found something.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print findings only, no summary.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 when a transaction set is no 837P.")
    ] = False,
    phi: PhiOption = Phi.IDS,
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE",
            help="Judge every claim by this payer profile: a built-in one, or a file of your own."
            "  [default: the one that each claim matches]",
        ),
    ] = None,
    pack: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A rule pack of your own; may be given several times."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="Lint in N processes at once, also inside one large file.  [default: the "
            "processors]",
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
    """Lint 837P files; read only.

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the work could not be done.
    """
    from edi_lint.batch import check_files, processors
    from edi_lint.findings import Severity
    from edi_lint.reporters.tally import Tally
    from edi_lint.settings import Settings

    settings = Settings(
        rule_choice(select),
        rule_choice(ignore),
        level,
        phi,
        profile=profile or "",
        packs=tuple(pack or ()),
    )
    inputs = expand(paths)
    taken = [*inputs, *map(str, settings.packs), *filter(None, [profile])]
    if output is not None and any(same_file(path, output) for path in taken):
        raise Failure(f"{output}: is one of the inputs; name another file for --output")
    if cross_check:
        _cross_check(inputs, output)
        return
    reports = check_files(inputs, settings, jobs or processors(), opened, STANDARD_INPUT)
    reports = _told(reports)
    tally = Tally()
    with destination(output) as stream:
        if output_format is Format.JSON:
            from edi_lint.reporters import json_document

            for piece in json_document.render(reports, phi, tally):
                stream.write(piece)
        else:
            from edi_lint.reporters import text

            colour = output is None and text.wants_colour(sys.stdout)
            for line in text.render(reports, phi, tally, colour, statistics, quiet):
                stream.write(line.encode())
    skipped = [f.path for f in tally.files if f.skipped] if strict else []
    for path in skipped:
        print(f"edi-lint: {path}: a transaction set is no 837P (--strict)", file=sys.stderr)
    if skipped or any(f.error for f in tally.files):
        raise typer.Exit(2)
    if fail_on is not Threshold.NEVER and tally.reaches(Severity(fail_on.value)):
        raise typer.Exit(1)


def _told(reports: Iterator[Report]) -> Iterator[Report]:
    """The same reports; what could not be read is told when it comes. Raises Failure."""
    from edi_lint.batch import WorkerError
    from edi_lint.store import StoreError

    try:
        for report in reports:
            if report.file.error:
                print(f"edi-lint: {report.file.path}: {report.file.error}", file=sys.stderr)
            yield report
    except (WorkerError, StoreError) as problem:
        raise Failure(str(problem)) from None


def _cross_check(inputs: list[str], output: Path | None) -> None:
    """Print where pyx12's validator and ours differ, file by file."""
    from edi_lint.crosscheck.compare import compare
    from edi_lint.crosscheck.report import render

    text = []
    unexplained = False
    for path in inputs:
        try:
            with opened(path) as stream:
                data = stream.read()
        except OSError as problem:
            raise Failure(f"{path}: {reason(problem)}") from None
        comparison = compare(data)
        unexplained = unexplained or any(d.exception is None for d in comparison.differences)
        text.append(render(path, comparison))
    write("".join(text).encode(), output)
    if unexplained:
        raise typer.Exit(1)
