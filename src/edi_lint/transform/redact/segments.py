"""Redacts an input segment by segment: every byte keeps its place, so that nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import BinaryIO

from edi_lint.privacy import is_tag
from edi_lint.transform.redact.calendar import Calendar
from edi_lint.transform.redact.invent import Inventor
from edi_lint.transform.redact.places import DATES, UNKNOWN, Content, Place, dated_tags, places
from edi_lint.transform.redact.reading import Reading
from edi_lint.x12 import Delimiters
from edi_lint.x12.reader import pieces

_MOST_TRIES = 30
_VALUES_KEPT = 1_024
_LONGEST_KEPT = 200
"""Of each place so many values are kept with what they became, none that are longer."""

PAYER = "PR"
"""NM101 of a payer."""
TIME = "TM"
"""The format qualifier of a time without a day."""


@dataclass(frozen=True)
class Manner:
    """How a run redacts: the key, what rules read, and by how many days dates and births move."""

    key: bytes
    reading: Reading
    days: int
    births: int

    def inventor(self, delimiters: str) -> Inventor:
        return Inventor(self.key, self.reading.words, self.reading.modifiers, delimiters)

    @cached_property
    def outside(self) -> Inventor:
        """For what stands in no interchange."""
        return self.inventor("")


def redacted(stream: BinaryIO, manner: Manner, dates_alone: bool = False) -> Iterator[bytes]:
    """The redacted input in pieces, as long together as the input and with the same line breaks.

    With `dates_alone` nothing but the elements for dates is touched, which shows by which days they
    can move. Memory holds one segment of the input, and of what was replaced no more than a bounded
    part. Raises NotX12Error at the end of an input without any ISA.
    """
    delimiters: Delimiters | None = None
    redact: Callable[[bytes], bytes] = bytes
    for piece in pieces(stream):
        if piece.delimiters is None:
            yield piece.data if dates_alone else _outside(piece.data, manner)
            continue
        if piece.delimiters is not delimiters:
            if piece.delimiters != delimiters:
                redact = _Segments(piece.delimiters, manner, dates_alone).redact
            delimiters = piece.delimiters
        start, end = piece.start - piece.begin, piece.end - piece.begin
        yield piece.data[:start] + redact(piece.raw) + piece.data[end:]


def _outside(data: bytes, manner: Manner) -> bytes:
    """What belongs to no segment: all words are replaced."""
    return manner.outside.all_of(data.decode("latin-1")).encode("latin-1")


class _Segments:
    """Redacts the segments of interchanges with the same delimiters."""

    def __init__(self, delimiters: Delimiters, manner: Manner, dates_alone: bool) -> None:
        self._delimiters = delimiters
        self._dates_alone = dates_alone
        self._element, self._component, self._repetition, _ = delimiters.texts
        self._inventor = manner.inventor("".join(delimiters.texts))
        self._calendar = Calendar(self._inventor, manner.days, manner.births)
        self._reading = manner.reading
        self._columns: dict[tuple[str, bool, bool], list[_Column]] = {}

    def redact(self, raw: bytes) -> bytes:
        """A segment redacted; line breaks inside it stay where they are."""
        if b"\n" not in raw and b"\r" not in raw:
            return self._redacted(raw)
        breaks = self._delimiters.line_breaks
        made = iter(self._redacted(raw.translate(None, breaks)))
        return bytes(byte if byte in breaks else next(made) for byte in raw)

    def _redacted(self, raw: bytes) -> bytes:
        if self._dates_alone and raw.partition(self._delimiters.element)[0] not in dated_tags():
            return raw
        values = raw.decode("latin-1").split(self._element)
        tag = values[0]
        kind = (tag, tag == "NM1" and values[1:2] == [PAYER], TIME in values)
        columns = self._columns.get(kind)
        if columns is None:
            if not is_tag(tag):
                return self._unknown(values)
            columns = self._columns[kind] = [_Column(self._made(*kind, p)) for p in places(tag)]
        made = [tag]
        for column, value in zip(columns, values[1:], strict=False):
            made.append(column[value] if value else value)
        if self._dates_alone:
            made += values[len(columns) + 1 :]
        elif len(values) > len(columns) + 1:
            made += map(self._inventor.all_of, values[len(columns) + 1 :])
        return self._element.join(made).encode("latin-1")

    def _unknown(self, values: list[str]) -> bytes:
        """A segment without a tag, of which all is replaced."""
        return self._element.join(map(self._inventor.all_of, values)).encode("latin-1")

    def _made(self, tag: str, of_payer: bool, with_time: bool, place: Place) -> _Replace:
        """What replaces the values of one place."""
        if self._dates_alone and place.content not in DATES:
            return str
        if tag == "ISA":
            return self._part(place, with_time)
        if of_payer and place.content is Content.NAME:
            return lambda value: self._reading.payer(value, self._inventor)
        if place == UNKNOWN and not self._reading.ids:
            return self._inventor.all_of
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
            if value.isalnum() and not parts:
                return element(value)
            if repetition and repetition in value:
                return repetition.join(map(of_occurrence, value.split(repetition)))
            return of_occurrence(value)

        return of_element

    def _part(self, place: Place, with_time: bool) -> _Replace:
        """What replaces one element, repetition or component of a place."""
        other = self._other(place, with_time)

        def of_part(value: str) -> str:
            return value if place.keeps(value) or value in self._reading.ids else other(value)

        return of_part

    def _other(self, place: Place, with_time: bool) -> _Replace:
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
        return lambda value: _until(inventor.all_of, value, lambda made: not place.keeps(made))


_Replace = Callable[[str], str]
_ANY_NAME = UNKNOWN._replace(content=Content.NAME)


class _Column(dict[str, str]):
    """What the values of a place become, as far as they were met lately."""

    def __init__(self, replace: _Replace) -> None:
        self._replace = replace

    def __missing__(self, value: str) -> str:
        made = self._replace(value)
        if len(value) <= _LONGEST_KEPT:
            if len(self) >= _VALUES_KEPT:
                self.clear()
            self[value] = made
        return made


def _until(make: Callable[[str, int], str], value: str, takes: Callable[[str], bool]) -> str:
    """What is made of a value at the first try that is taken."""
    made = value
    for again in range(_MOST_TRIES):
        made = make(value, again)
        if takes(made):
            break
    return made
