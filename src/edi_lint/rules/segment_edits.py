"""Fixes of the simplest kinds: a value replaced, segments removed, a segment added."""

from __future__ import annotations

from collections.abc import Iterable

from edi_lint.findings import Applicability, Edit, Fix
from edi_lint.x12 import Segment


def replace_value(
    segment: Segment,
    element: int,
    component: int,
    text: str,
    message: str,
    applicability: Applicability = Applicability.AUTOMATIC,
) -> Fix:
    """The fix that puts `text` in the place of one element or component that is there."""
    start, end = segment.span(element, component)
    return Fix(applicability, message, (Edit(start, end, text),))


def remove_segments(segments: Iterable[Segment], message: str) -> Fix:
    """The suggested fix that takes whole segments out, with the line breaks behind them."""
    edits = tuple(Edit(s.start, _start_of_next(s), "") for s in segments)
    return Fix(Applicability.SUGGESTED, message, edits)


def add_segment(behind: Segment, text: str, message: str) -> Fix:
    """The automatic fix that adds a segment behind another one, on a line of its own if that is."""
    raw = behind.window.data
    gap = raw[behind.end - behind.window.base : _start_of_next(behind) - behind.window.base]
    added = gap.decode("latin-1") + text
    edit = Edit(behind.end, behind.end, added)
    return Fix(Applicability.AUTOMATIC, message, (edit,))


def _start_of_next(segment: Segment) -> int:
    """The file offset behind a segment's terminator and the white space that follows it."""
    data, base = segment.window.data, segment.window.base
    end = segment.end - base
    if data[end : end + 1] == segment.delimiters.terminator:
        end += 1
        while data[end : end + 1] and data[end] in segment.delimiters.padding:
            end += 1
    return base + end
