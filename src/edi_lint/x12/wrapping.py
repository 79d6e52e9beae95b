"""Whether a file is wrapped: broken into lines of one length, wherever its segments end."""

from __future__ import annotations

from edi_lint.x12.delimiters import Delimiters
from edi_lint.x12.segment import Window

WRAP_SEARCHED = 4096
"""Bytes from an ISA on by which a file counts as wrapped or not."""

_LEAST_LINES = 2


def is_wrapped(window: Window, at: int, delimiters: Delimiters) -> bool:
    """Whether the interchange whose ISA is at the file offset `at` is wrapped at a fixed column.

    At least half of its first lines are as long as the very first one, and one of these ends
    inside a segment. The window has WRAP_SEARCHED bytes from `at` on, or all that there are.
    """
    if b"\n" not in delimiters.line_breaks:
        return False
    begin = at - window.base
    data = window.data[begin : begin + WRAP_SEARCHED]
    before = window.data[max(window.line_start - window.base, 0) : begin].rpartition(b"\n")[2]
    lines = [line.rstrip(b"\r") for line in data.split(b"\n")[:-1]]
    if len(lines) < _LEAST_LINES:
        return False
    for width in (len(lines[0]), len(before) + len(lines[0])):
        long = [line for line in lines[1:] if len(line) == width]
        enough = len(long) + 1 >= max(_LEAST_LINES, (len(lines) + 1) // 2)
        if enough and any(_ends_inside(line, delimiters) for line in (lines[0], *long)):
            return True
    return False


def _ends_inside(line: bytes, delimiters: Delimiters) -> bool:
    return not line.rstrip(delimiters.padding).endswith(delimiters.terminator)
