"""Redacts an input segment by segment: every byte keeps its place, so that nothing moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import BinaryIO

from edi_lint.transform.redact.calendar import Calendar
from edi_lint.transform.redact.invent import Inventor
from edi_lint.transform.redact.places import UNKNOWN, Content, Place, known_tags, places
from edi_lint.transform.redact.reading import Reading
from edi_lint.x12 import Delimiters
from edi_lint.x12.reader import pieces

_MOST_TRIES = 30
_SEGMENTS_KEPT = 16_384
_LONGEST_KEPT = 200


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


def redacted(stream: BinaryIO, manner: Manner) -> Iterator[bytes]:
    """The redacted input in pieces, as long together as the input and with the same line breaks.

    Memory holds one segment of the input, and of what was replaced no more than a bounded part.
    Raises NotX12Error at the end of an input without any ISA.
    """
    delimiters: Delimiters | None = None
    redact: Callable[[bytes], bytes] = bytes
    for piece in pieces(stream):
        if piece.delimiters is None:
            yield _outside(piece.data, manner)
            continue
        if piece.delimiters is not delimiters:
            if piece.delimiters != delimiters:
                redact = _Segments(piece.delimiters, manner).redact
            delimiters = piece.delimiters
        start, end = piece.start - piece.begin, piece.end - piece.begin
        yield piece.data[:start] + redact(piece.raw) + piece.data[end:]


def _outside(data: bytes, manner: Manner) -> bytes:
    """What belongs to no segment: all words are replaced."""
    return manner.outside.all_of(data.decode("latin-1")).encode("latin-1")


class _Segments:
    """Redacts the segments of interchanges with the same delimiters."""

    def __init__(self, delimiters: Delimiters, manner: Manner) -> None:
        self._delimiters = delimiters
        self._element, self._component, self._repetition, _ = delimiters.texts
        self._inventor = manner.inventor("".join(delimiters.texts))
        self._calendar = Calendar(self._inventor, manner.days, manner.births)
        self._reading = manner.reading
        self._known = lru_cache(maxsize=_SEGMENTS_KEPT)(self._redacted)

    def redact(self, raw: bytes) -> bytes:
        """A segment redacted; line breaks inside it stay where they are."""
        breaks = self._delimiters.line_breaks
        if len(raw) > _LONGEST_KEPT:
            redact = self._redacted
        else:
            redact = self._known
        if b"\n" not in raw and b"\r" not in raw:
            return redact(raw)
        made = iter(redact(raw.translate(None, breaks)))
        return bytes(byte if byte in breaks else next(made) for byte in raw)

    def _redacted(self, raw: bytes) -> bytes:
        values = raw.decode("latin-1").split(self._element)
        tag = values[0]
        made = [self._tag(tag)]
        of_tag = places(tag) if tag in known_tags() else ()
        for position, value in enumerate(values[1:], start=1):
            place = of_tag[position - 1] if position <= len(of_tag) else UNKNOWN
            made.append(self._value(values, position, value, place) if value else value)
        return self._element.join(made).encode("latin-1")

    def _tag(self, tag: str) -> str:
        if tag in known_tags():
            return tag
        return self._until(self._inventor.all_of, tag, lambda made: made not in known_tags())

    def _value(self, values: Sequence[str], position: int, value: str, place: Place) -> str:
        if values[0] == "ISA":
            return self._part(values, position, value, place)
        if self._repetition and self._repetition in value:
            parts = value.split(self._repetition)
            return self._repetition.join(
                self._occurrence(values, position, part, place) for part in parts
            )
        return self._occurrence(values, position, value, place)

    def _occurrence(self, values: Sequence[str], position: int, value: str, place: Place) -> str:
        if not place.components and self._component not in value:
            return self._part(values, position, value, place)
        parts = value.split(self._component)
        if not place.components and place.keeps("".join(parts)):
            return value
        of_parts = place.components or (place,)
        return self._component.join(
            self._part(values, position, part, of_parts[n] if n < len(of_parts) else UNKNOWN)
            if part
            else part
            for n, part in enumerate(parts)
        )

    def _part(self, values: Sequence[str], position: int, value: str, place: Place) -> str:
        """One element, repetition or component."""
        if place.keeps(value) or value in self._reading.ids:
            return value
        content = place.content
        if content is Content.DAY or content is Content.BIRTH:
            is_time = values[position - 1] == "TM"
            return self._calendar.element(value, is_time, content is Content.BIRTH)
        if content is Content.TEXT:
            return self._reading.text(value, self._inventor, self._calendar)
        if content is Content.STREET:
            return self._reading.street(value, self._inventor)
        if position == 3 and values[0] == "NM1" and values[1] == "PR":
            return self._reading.payer(value, self._inventor)
        return self._until(self._inventor.all_of, value, lambda made: not place.keeps(made))

    @staticmethod
    def _until(make: Callable[[str, int], str], value: str, takes: Callable[[str], bool]) -> str:
        """What is made of a value at the first try that is taken."""
        made = value
        for again in range(_MOST_TRIES):
            made = make(value, again)
            if takes(made):
                break
        return made
