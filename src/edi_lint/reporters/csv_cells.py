"""Rows of CSV that are safe to open: UTF-8, line feeds, no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row(cells: Iterable[object]) -> str:
    """One row with its line feed; None is an empty cell."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def text(value: str | None) -> str:
    """A cell with a text: one that a spreadsheet would run as a formula gets an apostrophe."""
    if value is None:
        return ""
    return f"'{value}" if value.startswith(_FORMULA) else value
