"""`edi-lint extract`: print the service lines with given codes, each with its claim's context."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import Inputs, expand, opened, reason
from edi_lint.cli.options import OUTPUT, Config, Output, Paths, settings_file, settings_of
from edi_lint.cli.output import Failure, destination, overwrites, tell, write_as_private_as
from edi_lint.cli.progress import working
from edi_lint.cli.terminal import wants_colour
from edi_lint.findings.file_result import is_refused, remark
from edi_lint.findings.masking import Phi
from edi_lint.ledger.ledger_files import files_of

if TYPE_CHECKING:
    from edi_lint.transform.extract import ExtractedLine

TABLE_WIDTH = 120
"""Columns of a table that does not go to a terminal."""

_LONGEST_PROCEDURE = 48
_CODE = 5
"""Characters of a HCPCS or CPT code; what is longer may be a code of another list."""


class LinesFormat(StrEnum):
    """How the lines are printed."""

    TABLE = "table"
    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


def extract(
    paths: Paths,
    hcpcs: Annotated[
        list[str] | None,
        typer.Option(
            "--hcpcs",
            metavar="CODE",
            help="A code to look for instead of A4306; you can give several.",
        ),
    ] = None,
    format_: Annotated[
        LinesFormat | None,
        typer.Option(
            "--format",
            help="parquet needs pyarrow, the extra edi-lint[parquet].  [default: table on a "
            "terminal, csv elsewhere]",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Output = None,
    phi: Annotated[
        Phi | None,
        typer.Option(
            "--phi",
            help="none: claims by their place, ST02/n. ids: claim numbers. all: also patient, "
            "member id, birth date, notes, attachment, reference and authorization numbers.  "
            "[default: ids]",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Print the A4306 service lines with the facts of their claims.

    In CSV a text that a spreadsheet would run as a formula starts with an apostrophe. JSON Lines
    follow schemas/extract.schema.json.

    Exit status: 0 also when no line matched, 2 when an input could not be read or is not X12, a
    named file has no 837P, or no input has one.

    \b
    Examples:
      edi-lint extract --format table outbound/
      edi-lint extract --format csv -o a4306.csv outbound/*.837
      edi-lint extract --hcpcs A4305 --hcpcs A4306 --format jsonl outbound.837
    """
    from edi_lint.transform.extract import default_codes

    codes = _codes(hcpcs) if hcpcs else default_codes()
    inputs = expand(paths)
    write_as_private_as(inputs)
    settings = settings_of(settings_file(config), phi=phi)
    taken = [*inputs, *files_of(settings.ledger)] if output else inputs
    if output is not None and overwrites(output, taken):
        raise Failure(f"{output}: is one of the inputs; name another file for --output")
    run = _Extraction(inputs, codes, settings.phi)
    pieces = _rendered(run, _format(format_, output), output)
    with destination(output) as stream, working("extracting", printing=output is None):
        stream.writelines(pieces)
    if run.found == 0 and run.checked:
        tell(f"no service line has {_either(codes)}")
    if run.refused or not run.checked:
        raise typer.Exit(2)


class _Extraction:
    """Goes through the inputs; what cannot be read, or is not an 837P, is named on standard error
    and passed over.

    `refused` counts the inputs that make the run end with status 2, `checked` the sets of an 837P.
    """

    def __init__(self, inputs: Inputs, codes: frozenset[str], phi: Phi) -> None:
        self.inputs = inputs
        self.codes = codes
        self.phi = phi
        self.refused = 0
        self.checked = 0
        self.found = 0

    def lines(self) -> Iterator[ExtractedLine]:
        from edi_lint.findings.file_result import FileResult
        from edi_lint.transform.extract import extract
        from edi_lint.x12 import NotX12Error

        for path in self.inputs:
            file = FileResult(path)
            try:
                with opened(path) as stream:
                    for line in extract(stream, self.codes, path=path, phi=self.phi, file=file):
                        self.found += 1
                        yield line
            except NotX12Error as problem:
                file.error = str(problem)
            except OSError as problem:
                file.error = reason(problem)
            self.checked += file.checked
            if said := remark(file):
                tell(said)
            self.refused += is_refused(file, path in self.inputs.found)


def _rendered(run: _Extraction, format_: LinesFormat, output: Path | None) -> Iterator[bytes]:
    """Raises Failure for Parquet without pyarrow, or to a terminal."""
    if format_ is LinesFormat.PARQUET:
        return _parquet(run, output)
    return (piece.encode() for piece in _text(run, format_, output))


def _parquet(run: _Extraction, output: Path | None) -> Iterator[bytes]:
    if output is None and sys.stdout is not None and sys.stdout.isatty():
        raise Failure("--format parquet is nothing to read on a terminal; name a file: --output")
    try:
        from edi_lint.reporters import lines_parquet
    except ImportError:
        raise Failure(
            "--format parquet needs pyarrow, which is not installed: "
            "pip install 'edi-lint[parquet]'"
        ) from None
    return lines_parquet.render(run.lines(), run.phi)


def _text(run: _Extraction, format_: LinesFormat, output: Path | None) -> Iterator[str]:
    if format_ is LinesFormat.CSV:
        from edi_lint.reporters import lines_csv

        return lines_csv.render(run.lines(), run.phi)
    if format_ is LinesFormat.JSONL:
        from edi_lint.reporters import lines_jsonl

        return lines_jsonl.render(run.lines(), run.phi)
    from edi_lint.reporters import lines_table

    if output is not None:
        return lines_table.render(run.lines(), run.phi, TABLE_WIDTH, colour=False)
    width = shutil.get_terminal_size((TABLE_WIDTH, 24)).columns
    return lines_table.render(run.lines(), run.phi, width, wants_colour(sys.stdout))


def _format(chosen: LinesFormat | None, output: Path | None) -> LinesFormat:
    if chosen is not None:
        return chosen
    return LinesFormat.TABLE if output is None and sys.stdout.isatty() else LinesFormat.CSV


def _codes(given: list[str]) -> frozenset[str]:
    """Raises Failure for what cannot be a procedure code, such as several in one."""
    from edi_lint.settings import nearest
    from edi_lint.transform.extract import default_codes

    for code in given:
        if not (code.isascii() and code.isalnum() and len(code) <= _LONGEST_PROCEDURE):
            raise Failure(
                f"--hcpcs {code}: a code is letters and digits; for several codes give --hcpcs "
                "several times"
            )
        if len(code) < _CODE:
            near = nearest(code.upper(), sorted(default_codes()))
            hint = f"; did you mean {near}?" if near else ""
            raise Failure(f"--hcpcs {code}: a procedure code has {_CODE} characters{hint}")
    return frozenset(code.upper() for code in given)


def _either(codes: frozenset[str]) -> str:
    return " or ".join(sorted(codes))
