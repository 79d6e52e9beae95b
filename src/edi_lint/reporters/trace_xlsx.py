"""A trace as a workbook of one sheet, with the rows of the CSV file. It needs the extra `xlsx`."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from edi_lint.findings.masking import Phi
from edi_lint.reporters.csv_cells import text
from edi_lint.reporters.trace_rows import COLUMNS, rows
from edi_lint.tracing.model import Trace
from edi_lint.x12.errors import EdiLintError

MOST_ROWS = 1_048_575
"""So many rows a sheet has below its header; a trace of more is refused."""
_WIDE = {"means": 60, "do": 60, "note": 40, "path": 30, "answer_path": 30, "claim": 22}


class WorkbookError(EdiLintError):
    """A workbook cannot be written; the message says why."""


def pieces(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """The workbook, in one piece. Raises WorkbookError for a trace of more rows than a sheet
    has."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("trace")
    sheet.freeze_panes = "C2"
    for number, column in enumerate(COLUMNS):
        sheet.column_dimensions[_letters(number)].width = _WIDE.get(column, 14)
    sheet.append(COLUMNS)
    for number, cells in enumerate(rows(trace, phi)):
        if number == MOST_ROWS:
            raise WorkbookError(f"a sheet has {MOST_ROWS:,} rows; write csv instead")
        sheet.append([text(c) if isinstance(c, str) else c for c in cells])
    made = BytesIO()
    book.save(made)
    yield made.getvalue()


def _letters(column: int) -> str:
    """A column's name, from 0: A, Z, AA."""
    first, last = divmod(column, 26)
    return (chr(64 + first) if first else "") + chr(65 + last)
