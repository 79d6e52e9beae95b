"""Rows of CSV that are safe to open and to print: UTF-8, line feeds, no text that a spreadsheet
would run, or a terminal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from edi_lint.findings.masking import printable

_FORMULA = ("=", "+", "-", "@", "\t")


def row(cells: Iterable[object]) -> str:
    """One row with its line feed; None is an empty cell."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def text(value: str | None) -> str:
    """A cell with a text: one that a spreadsheet would run as a formula gets an apostrophe, and
    what does not print becomes a middle dot."""
    if value is None:
        return ""
    value = "\t".join(map(printable, value.split("\t")))
    return f"'{value}" if value.startswith(_FORMULA) else value
