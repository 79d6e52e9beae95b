"""A trace as CSV: a header, then a row for each answer; safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import Phi
from edi_lint.reporters.csv_cells import row, text
from edi_lint.reporters.trace_rows import COLUMNS, rows
from edi_lint.tracing.model import Trace


def pieces(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """The file, row by row; `trace_rows.COLUMNS` says what is in it."""
    yield row(COLUMNS).encode()
    for cells in rows(trace, phi):
        yield row(text(c) if isinstance(c, str) else c for c in cells).encode()
