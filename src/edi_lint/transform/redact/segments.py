"""Redacts an input segment by segment: every byte keeps its place, so that nothing moves."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import getitem
from typing import BinaryIO

from edi_lint.engine import FaultCode, open_engine
from edi_lint.findings.masking import is_tag
from edi_lint.transform.redact.calendar import Calendar
from edi_lint.transform.redact.invent import Inventor
from edi_lint.transform.redact.places import (
    DATES,
    UNKNOWN,
    Content,
    RedactedPlace,
    dated_tags,
    places,
)
from edi_lint.transform.redact.reading import KnownWords
from edi_lint.x12 import BYTE_ORDER_MARK, Delimiters, Shift
from edi_lint.x12.reader import runs

_MOST_TRIES = 30
_SEGMENTS_KEPT = 4_096
_VALUES_KEPT = 512
_LONGEST_KEPT = 200
"""So many segments, and values of each place, are kept with what they became, none longer."""

_INVENTORS_KEPT = 4

PAYER = "PR"
"""NM101 of a payer."""
TIME = "TM"
"""The format qualifier of a time without a day."""


class Tools:
    """What all redactions under one key share: what rules read, and who invents words."""

    def __init__(self, key: bytes, reading: KnownWords) -> None:
        self._key = key
        self.reading = reading
        self._inventors: dict[str, Inventor] = {}

    def inventor(self, delimiters: str = "") -> Inventor:
        """Who invents words that hold none of these characters; he is kept with what he knows."""
        if delimiters not in self._inventors:
            if len(self._inventors) == _INVENTORS_KEPT:
                self._inventors.clear()
            reading = self.reading
            made = Inventor(self._key, reading.words, reading.modifiers, delimiters)
            self._inventors[delimiters] = made
        return self._inventors[delimiters]


@dataclass(frozen=True)
class Manner:
    """How a run redacts: with which tools, and by how many days dates and births move.

    `meant` has, by file offset in rising order, the segments that do not mean what they say: those
    with a separator too many or too few, and those before which the terminator is missing (None).
    """

    tools: Tools
    days: int
    births: int
    meant: Mapping[int, Shift | None]


def read_as_meant(stream: BinaryIO, most: int) -> dict[int, Shift | None]:
    """The segments of an input that are not read as written, `most` of them at most."""
    found: dict[int, Shift | None] = {}
    for block in open_engine(stream, lenient=True).blocks():
        for fault in block.faults:
            if fault.code is FaultCode.SHIFTED:
                found[fault.segment.start] = fault.segment.shift
            elif fault.code is FaultCode.TERMINATOR_MISSING:
                found.setdefault(fault.segment.start)
        if len(found) >= most:
            break
    return dict(sorted(found.items()))


def redacted(stream: BinaryIO, manner: Manner, dates_alone: bool = False) -> Iterator[bytes]:
    """The redacted input in pieces, as long together as the input and with the same line breaks.

    With `dates_alone` nothing but the elements for dates is touched, which shows by which days they
    can move. Memory holds a chunk of the input, and of what was replaced no more than a bounded
    part. Raises NotX12Error at the end of an input without any ISA.
    """
    delimiters: Delimiters | None = None
    segments: _SegmentRedactor | None = None
    starts = list(manner.meant)
    for piece in runs(stream):
        if piece.delimiters is None:
            yield piece.data if dates_alone else _outside(piece.data, manner)
            continue
        if segments is None or piece.delimiters != delimiters:
            delimiters = piece.delimiters
            segments = _SegmentRedactor(delimiters, manner, dates_alone)
        start, end = piece.start - piece.begin, piece.end - piece.begin
        yield piece.data[:start]
        first, last = bisect_left(starts, piece.start), bisect_left(starts, piece.end)
        position = piece.start
        for n in range(first, last):
            at = starts[n]
            yield segments.all_of(piece.raw[position - piece.start : at - piece.start])
            shift = manner.meant[at]
            position = at
            if shift is not None:
                stop = segments.end(piece.raw, at - piece.start) + piece.start
                position = min(stop, starts[n + 1]) if n + 1 < last else stop
                yield segments.shifted(piece.raw[at - piece.start : position - piece.start], shift)
        yield segments.all_of(piece.raw[position - piece.start :]) + piece.data[end:]


def _outside(data: bytes, manner: Manner) -> bytes:
    """What belongs to no segment: all words are replaced. A byte order mark is none."""
    before, mark, rest = data.partition(BYTE_ORDER_MARK)
    if mark and not before.strip():
        return before + mark + _outside(rest, manner)
    return manner.tools.inventor().all_of(data.decode("latin-1")).encode("latin-1")


class _SegmentRedactor:
    """Redacts the segments of interchanges with the same delimiters."""

    def __init__(self, delimiters: Delimiters, manner: Manner, dates_alone: bool) -> None:
        self._dates_alone = dates_alone
        self._dated = dated_tags()
        self._element, self._component, self._repetition, self._terminator = delimiters.texts
        self._padding = delimiters.padding.decode("latin-1")
        self._no_breaks = dict.fromkeys(delimiters.line_breaks)
        self._inventor = manner.tools.inventor("".join(delimiters.texts))
        self._calendar = Calendar(self._inventor, manner.days, manner.births)
        self._reading = manner.tools.reading
        self._columns: dict[tuple[str, bool, bool], list[_Memory]] = {}
        self._known = _Memory(self._redact, _SEGMENTS_KEPT)

    def all_of(self, data: bytes) -> bytes:
        """One segment or several, with terminators between them, redacted."""
        text = data.decode("latin-1")
        if text.startswith("ISA"):
            return self._redact(text).encode("latin-1")
        known = self._known
        made = [known[segment] for segment in text.split(self._terminator)]
        return self._terminator.join(made).encode("latin-1")

    def end(self, data: bytes, at: int) -> int:
        """Where the segment that starts at an index ends, without its terminator."""
        end = data.find(self._terminator.encode("latin-1"), at)
        return len(data) if end < 0 else end

    def shifted(self, data: bytes, shift: Shift) -> bytes:
        """One segment that has a separator too many or too few, redacted as it is meant."""

        def of_segment(segment: str) -> str:
            values = segment.split(self._element)
            made = self._values(shift.read(values))
            return self._element.join(shift.written(made, values))

        return self._around_breaks(data.decode("latin-1"), of_segment).encode("latin-1")

    def _redact(self, segment: str) -> str:
        """A segment redacted; line breaks before it and inside it stay where they are."""
        if segment[:1].isalnum() and "\n" not in segment and "\r" not in segment:
            return self._redacted(segment)
        return self._around_breaks(segment, self._redacted)

    def _around_breaks(self, segment: str, redact: _Replace) -> str:
        bare = segment.lstrip(self._padding)
        before = segment[: len(segment) - len(bare)]
        made = iter(redact(bare.translate(self._no_breaks)))
        return before + "".join(c if ord(c) in self._no_breaks else next(made) for c in bare)

    def _redacted(self, segment: str) -> str:
        return self._element.join(self._values(segment.split(self._element)))

    def _values(self, values: list[str]) -> list[str]:
        """Tag and elements, redacted."""
        tag = values[0]
        is_dated = tag in self._dated
        if self._dates_alone and not is_dated:
            return values
        kind = (tag, tag == "NM1" and values[1:2] == [PAYER], is_dated and TIME in values)
        columns = self._columns.get(kind)
        if columns is None:
            if not is_tag(tag):
                return list(map(self._inventor.all_of, values))  # all of it
            columns = self._columns[kind] = self._new_columns(*kind)
        made = list(map(getitem, columns, values))
        if len(values) > len(columns):
            others = values[len(columns) :]
            made += others if self._dates_alone else map(self._inventor.all_of, others)
        return made

    def _new_columns(self, tag: str, of_payer: bool, with_time: bool) -> list[_Memory]:
        """For the tag and each place behind it, what its values become."""
        replace: list[_Replace] = [str]
        replace += [self._made(tag, of_payer, with_time, place) for place in places(tag)]
        return [_Memory(each, _VALUES_KEPT) for each in replace]

    def _made(self, tag: str, of_payer: bool, with_time: bool, place: RedactedPlace) -> _Replace:
        """What replaces the values of one place."""
        if self._dates_alone and place.content not in DATES:
            return str
        if tag == "ISA":
            return self._part(place, with_time)
        if of_payer and place.content is Content.NAME:
            return lambda value: self._reading.payer(value, self._inventor)
        element = self._part(place, with_time)
        parts = [self._part(part, with_time) for part in place.components]
        other = self._part(UNKNOWN, with_time)
        component, repetition = self._component, self._repetition

        def of_occurrence(value: str) -> str:
            if not parts and component not in value:
                return element(value)
            of_parts = parts or [element]
            values = value.split(component)
            if not parts and place.keeps("".join(values)):
                return value
            return component.join(
                of_parts[n](v) if n < len(of_parts) else other(v) for n, v in enumerate(values)
            )

        def of_element(value: str) -> str:
            if repetition and repetition in value:
                return repetition.join(map(of_occurrence, value.split(repetition)))
            return of_occurrence(value)

        return of_element

    def _part(self, place: RedactedPlace, with_time: bool) -> _Replace:
        """What replaces one element, repetition or component of a place."""
        other = self._other(place, with_time)
        keeps, ids = place.keeps, self._reading.ids

        def of_part(value: str) -> str:
            return value if keeps(value) or value in ids else other(value)

        return other if place == UNKNOWN and not ids else of_part

    def _other(self, place: RedactedPlace, with_time: bool) -> _Replace:
        inventor, calendar, reading = self._inventor, self._calendar, self._reading
        if place in (UNKNOWN, _ANY_NAME):
            return inventor.all_of
        match place.content:
            case Content.DAY | Content.BIRTH:
                is_birth = place.content is Content.BIRTH
                return lambda value: calendar.element(value, with_time, is_birth)
            case Content.TEXT:
                return lambda value: reading.text(value, inventor, calendar)
            case Content.STREET:
                return lambda value: reading.street(value, inventor)
        return lambda value: _not_kept(value, inventor, place)


_Replace = Callable[[str], str]
_ANY_NAME = UNKNOWN._replace(content=Content.NAME)


class _Memory(dict[str, str]):
    """What values become, as far as they were met lately: at most so many, and none that is long.

    What is empty stays empty.
    """

    def __init__(self, replace: _Replace, most: int) -> None:
        self._replace = replace
        self._most = most

    def __missing__(self, value: str) -> str:
        made = self._replace(value) if value else value
        if len(value) <= _LONGEST_KEPT:
            if len(self) >= self._most:
                self.clear()
            self[value] = made
        return made


def _not_kept(value: str, inventor: Inventor, place: RedactedPlace) -> str:
    """Another value, at the first try at which it is none that the place would keep."""
    made = inventor.all_of(value)
    again = 0
    while place.keeps(made) and again < _MOST_TRIES:
        again += 1
        made = inventor.all_of(value, again)
    return made
