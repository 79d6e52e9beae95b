"""Recognises a segment that has one element separator too many, or too few.

The elements after it then are one place away from their own: many faults, of which none is the
one that was made. Such a segment is read as it is meant wherever that is clear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from edi_lint.engine.elements import ElementFault, check_values
from edi_lint.engine.result import FaultCode
from edi_lint.grammar.model import SegmentSpec
from edi_lint.x12 import Delimiters, Segment, Shift

BEARABLE = frozenset({FaultCode.TRAILING_SPACE, FaultCode.TRAILING_SEPARATOR})
_ABSENT = frozenset({FaultCode.ELEMENT_MISSING, FaultCode.CONDITION_MISSING})
"""Faults beside which every value that is there fits its place."""
_LONGEST = 40
"""Elements of a segment that is looked at; the guide has none with more than half as many."""
_AMOUNT = re.compile(r"-?[0-9]*\.[-.0-9]*", re.ASCII)
_LONGEST_VALUE = 80
"""Characters of a value in which a separator may be missing."""
_MANY = 3
TEXTS = frozenset({"19", "93", "166", "352", "449", "933", "1035", "1036", "1037"})
"""Data elements that contain words: city, names, addresses, descriptions, messages."""


class ShiftedReading(NamedTuple):
    """How a segment is most likely meant; `is_sure`: it fits the guide so, and in no other way."""

    shift: Shift
    is_sure: bool


def reading(
    spec: SegmentSpec, segment: Segment, found: list[ElementFault]
) -> ShiftedReading | None:
    """How a segment with these faults is meant; None where nothing tells of a shift."""
    codes = [f.code for f in found if f.code not in BEARABLE]
    faults = len(codes)
    values = segment.values
    if not faults or len(values) > _LONGEST:
        return None
    delimiters = segment.delimiters
    last = max(n for n, value in enumerate(values) if value or not n)
    lacks_its_end = _ABSENT.issuperset(codes) and all(f.element > last for f in found)
    # what is missing behind all that is there was not pushed out of its place
    emptied = [] if lacks_its_end else list(_of_empty(values))
    fitting = [s for s in emptied if _faults(spec, s, values, delimiters) == 0]
    if fitting:
        # a stray separator makes a gap of its own more likely than a usual one longer
        alone = [s for s in fitting if values[s.at - 1] != ""]
        likely = alone if len(alone) == 1 else fitting
        return ShiftedReading(likely[0], len(likely) == 1)
    if faults > 1:
        joined = [s for s in _of_parts(spec, values) if _faults(spec, s, values, delimiters) == 0]
        if joined:
            return ShiftedReading(joined[0], len(joined) == 1)
    cuts = list(islice(_fitting_cuts(spec, values, found, delimiters), 2))
    if faults > 1 or codes == [FaultCode.NOT_USED]:
        in_gaps = [s for s in _in_gaps(values) if _faults(spec, s, values, delimiters) == 0]
        if in_gaps:
            return ShiftedReading(in_gaps[-1], len(in_gaps) == 1)
        others = [s for s in _anywhere(values) if _faults(spec, s, values, delimiters) == 0]
        if len(others) == 1:
            return ShiftedReading(cuts[0], False) if cuts else ShiftedReading(others[0], True)
    if len(cuts) == 1:
        return ShiftedReading(cuts[0], True)
    if faults >= _MANY and emptied:
        left, shift = min((_faults(spec, s, values, delimiters), s) for s in emptied)
        if left == 1:
            return ShiftedReading(shift, False)
    return None


def heads(values: list[str], key: int) -> Iterator[Shift]:
    """The ways to read a segment that change its element `key`, by which the guide places it."""
    yield from (s for s in _of_empty(values[: _LONGEST + 1]) if s.at <= key)
    yield from (s for s in _anywhere(values[: key + 1]) if s.at <= key)
    for at in range(1, min(key + 1, len(values))):
        yield from _cuts(values, at)


def _faults(spec: SegmentSpec, shift: Shift, values: list[str], delimiters: Delimiters) -> int:
    found = check_values(spec, shift.read(values), delimiters)
    return sum(f.code not in BEARABLE for f in found)


def _fitting_cuts(
    spec: SegmentSpec, values: list[str], found: list[ElementFault], delimiters: Delimiters
) -> Iterator[Shift]:
    """Where a separator is missing inside a value, if both its parts and what follows then fit.

    What is before the value has no fault, and what is behind it fits one place further on. A
    segment that only lacks elements is not cut.
    """
    if all(f.code in _ABSENT for f in found if f.code not in BEARABLE):
        return
    faulty = min(f.element for f in found if f.code not in BEARABLE)
    for at in range(1, min(faulty + 1, len(values))):
        behind = check_values(spec, Shift(at + 1, -1).read(values), delimiters)
        if all(f.element in (at, at + 1) for f in behind if f.code not in BEARABLE):
            for cut in _cuts(values, at):
                if _faults(spec, cut, values, delimiters) == 0:
                    yield cut


def _cuts(values: list[str], at: int) -> Iterator[Shift]:
    """One separator too few inside a value, at each place in it.

    An amount is not cut: nobody knows which two numbers it would be.
    """
    length = len(values[at])
    if length <= _LONGEST_VALUE and not _AMOUNT.fullmatch(values[at]):
        yield from (Shift(at, -1, cut=cut) for cut in range(1, length))


def _of_empty(values: list[str]) -> Iterator[Shift]:
    """One separator too many beside an empty element: the last of each row of empty ones."""
    for at in range(1, len(values) - 1):
        if values[at] == "" and values[at + 1] != "":
            yield Shift(at, 1)


def _of_parts(spec: SegmentSpec, values: list[str]) -> Iterator[Shift]:
    """One separator too many inside a value."""
    for at in range(1, len(values) - 1):
        first, second = values[at : at + 2]
        if first and second:
            is_text = at <= len(spec.elements) and spec.elements[at - 1].number in TEXTS
            spaced = first.endswith(" ") or second.startswith(" ")
            yield Shift(at, 1, " " if is_text and not spaced else "")


def _in_gaps(values: list[str]) -> Iterator[Shift]:
    """One separator too few in a row of empty elements."""
    for at in range(2, len(values)):
        if values[at] != "" and values[at - 1] == "":
            yield Shift(at, -1)


def _anywhere(values: list[str]) -> Iterator[Shift]:
    """One separator too few between two values."""
    for at in range(1, len(values)):
        if values[at] != "" and (at == 1 or values[at - 1] != ""):
            yield Shift(at, -1)
