"""Finds the sets and claims of a sent file by a search for their first bytes, without a parse.

A file is read once, in windows of a megabyte: first where ISA, GS, ST, BHT and CLM are, then
what those segments say. Whether a set is sound is not asked here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from edi_lint.x12.delimiters import LOOKED_AT, Delimiters, read_isa

WINDOW = 1024 * 1024
_LONGEST = 1024 * 1024
"""A longer stretch without a terminator is not a segment."""
_MOST_PADDING = 80
_LONGEST_NUMBER = 64
"""A CLM01 has 38 characters at most."""
_TAGS = (b"GS", b"ST", b"BHT", b"CLM")


class SentHeader(NamedTuple):
    """An ISA, GS or ST: its elements (its tag is the first), and where it is.

    `at` is where the segment before it has ended, `start` where it begins, `end` where it has
    ended, its terminator included.
    `ordinal` counts from 1 in what is around it. `line` is the physical line of `at`, which begins
    at `line_start`.
    """

    values: tuple[str, ...] = ()
    at: int = 0
    start: int = 0
    end: int = 0
    ordinal: int = 0
    line: int = 1
    line_start: int = 0

    def value(self, element: int) -> str:
        """An element without its padding; empty where it is not there."""
        return self.values[element].strip() if element < len(self.values) else ""


@dataclass(slots=True, eq=False)
class SentSet:
    """A transaction set 837 in a sent file. `stop` is known once the set was read: where it ends.

    `claims` counts the claims that were read of it so far.
    """

    path: str
    delimiters: Delimiters
    interchange: SentHeader
    group: SentHeader
    header: SentHeader
    begin: SentHeader = field(default_factory=SentHeader)
    claims: int = 0
    stop: int = 0

    @property
    def control_number(self) -> str:
        """ST02."""
        return self.header.value(2)

    @property
    def reference(self) -> str:
        """BHT03, which a 277CA returns in 2200B TRN02."""
        return self.begin.value(3)

    @property
    def sent(self) -> str:
        """The day it was made, CCYYMMDD: GS04, else ISA09; empty where neither is a day."""
        day = self.group.value(4)
        if re.fullmatch(r"(19|20)\d{6}", day):
            return day
        day = self.interchange.value(9)
        return f"20{day}" if re.fullmatch(r"\d{6}", day) else ""

    @property
    def made(self) -> tuple[str, str]:
        """The day and the time (GS05) that it was made."""
        return self.sent, self.group.value(5)


class SentClaim(NamedTuple):
    """A claim of a sent set: `number` counts in the set from 1, its CLM is at `start` to `end`.

    `values` are the CLM segment's elements, its tag first; `at` is where the segment before it has
    ended.
    """

    set: SentSet
    number: int
    at: int
    start: int
    end: int
    values: tuple[str, ...]

    @property
    def id(self) -> str:
        """CLM01."""
        return self.values[1] if len(self.values) > 1 else ""

    @property
    def charge(self) -> str:
        """CLM02."""
        return self.values[2].strip() if len(self.values) > 2 else ""

    @property
    def frequency(self) -> str:
        """CLM05-3."""
        component = self.set.delimiters.texts[1]
        parts = self.values[5].split(component) if len(self.values) > 5 else []
        return parts[2] if len(parts) > 2 else ""


SentThing = SentSet | SentClaim
Wanted = Callable[[SentSet, bytes], bool]
"""Whether a claim of a set is wanted, by its CLM01."""


def places_of(
    data: bytes, tags: Iterable[bytes], delimiters: Delimiters, at: int, stop: int
) -> list[tuple[int, bytes]]:
    """Where segments with these tags begin, in their order, each with its tag."""
    found = []
    for tag in tags:
        begins, place = tag + delimiters.element, at
        while (place := data.find(begins, place, stop)) >= 0:
            if data[place - 1 : place] == delimiters.terminator or begins_segment(
                data, place, delimiters
            ):
                found.append((place, tag))
            place += len(begins)
    found.sort()
    return found


def begins_segment(data: bytes, at: int, delimiters: Delimiters) -> bool:
    """Whether a segment may begin there: at the start, or behind a terminator and padding."""
    before = data[max(at - _MOST_PADDING, 0) : at].rstrip(delimiters.padding)
    return before.endswith(delimiters.terminator) if before else at < _MOST_PADDING


def sent_sets(stream: BinaryIO, path: str, wanted: Wanted | None = None) -> Iterator[SentThing]:
    """The sets of a file, each when its header was read, and the claims whose CLM01 is wanted.

    Without `wanted` no claim is looked for. When a set is given its BHT was not read yet.
    Memory holds two windows of the file.
    """
    yield from _SentReader(path, wanted).read(stream)


class _SentReader:
    """Follows the headers of a file, window by window."""

    def __init__(self, path: str, wanted: Wanted | None) -> None:
        self._path = path
        self._wanted = wanted
        self._tags = _TAGS if wanted else _TAGS[:3]
        self._delimiters: Delimiters | None = None
        self._interchange = self._group = SentHeader()
        self._set: SentSet | None = None
        self._interchanges = self._groups = self._sets = 0
        self._line, self._line_start, self._counted = 1, 0, 0

    def read(self, stream: BinaryIO) -> Iterator[SentThing]:
        data, base, ended = b"", 0, False
        while not ended:
            more = stream.read(WINDOW)
            ended = not more
            data += more
            done = yield from self._window(data, base, ended)
            self._count_lines(data, base, base + done)
            data, base = data[done:], base + done
        if self._set is not None:
            self._set.stop = base + len(data)

    def _window(self, data: bytes, base: int, ended: bool) -> Generator[SentThing, None, int]:
        """Read what is whole in a window; returns how many bytes that were."""
        at = 0
        while True:
            isa = self._next_isa(data, at)
            if isa >= 0 and not ended and len(data) - isa < LOOKED_AT:
                yield from self._inside(data, base, at, isa)
                return isa
            stop = isa if isa >= 0 else len(data)
            if isa < 0 and not ended:
                stop = self._whole(data, at)
            yield from self._inside(data, base, at, stop)
            if isa < 0:
                return stop
            at = self._open(data, base, isa)

    def _whole(self, data: bytes, at: int) -> int:
        """How far whole segments reach."""
        if self._delimiters is None:
            return max(at, len(data) - 2)
        end = data.rfind(self._delimiters.terminator, at) + 1
        return end if end or len(data) - at < _LONGEST else len(data)

    def _next_isa(self, data: bytes, at: int) -> int:
        """Where the next interchange begins; -1 for nowhere."""
        while (at := data.find(b"ISA", at)) >= 0:
            is_near_end = len(data) - at < LOOKED_AT
            is_tag = self._begins(data, at) and not data[at + 3 : at + 4].isalnum()
            if is_tag and (is_near_end or read_isa(data, at) is not None):
                return at
            at += 3
        return -1

    def _begins(self, data: bytes, at: int) -> bool:
        """Whether a segment may begin there."""
        if self._delimiters is None:
            return not data[at - 1 : at].isalnum() if at else True
        return begins_segment(data, at, self._delimiters)

    def _open(self, data: bytes, base: int, at: int) -> int:
        """An interchange begins; returns where what follows its ISA does."""
        isa = read_isa(data, at)
        if isa is None:
            return at + 3
        if self._set is not None:
            self._set.stop = base + at
        self._set, self._group, self._groups, self._sets = None, SentHeader(), 0, 0
        self._delimiters = isa.delimiters
        self._interchanges += 1
        self._count_lines(data, base, base + at)
        raw = data[at : isa.end].translate(None, isa.delimiters.line_breaks)
        values = tuple(raw.decode("latin-1").split(isa.delimiters.texts[0]))
        self._interchange = SentHeader(
            values,
            base + at,
            base + at,
            base + isa.stop,
            self._interchanges,
            self._line,
            self._line_start,
        )
        return isa.stop

    def _inside(self, data: bytes, base: int, at: int, stop: int) -> Iterator[SentThing]:
        """The headers and claims between two places of an interchange, in their order."""
        if self._delimiters is None or at >= stop:
            return
        for place, tag in places_of(data, self._tags, self._delimiters, at, stop):
            if tag == b"CLM":
                if self._set is None or self._wanted is None:
                    continue
                self._set.claims += 1
                first = place + 4
                end = data.find(self._delimiters.element, first, first + _LONGEST_NUMBER)
                if self._wanted(self._set, data[first : end if end >= 0 else first]):
                    yield claim_at(data, base, place, self._set, self._set.claims)
            else:
                made = self._header(data, base, place, tag)
                if made is not None:
                    yield made

    def _header(self, data: bytes, base: int, place: int, tag: bytes) -> SentSet | None:
        assert self._delimiters is not None
        values, end = elements_at(data, place, self._delimiters)
        at = segment_end_before(data, place, self._delimiters)
        if tag == b"BHT":
            if self._set is not None and not self._set.begin.values:
                self._set.begin = SentHeader(values, base + at, base + place, base + end)
            return None
        if self._set is not None:
            self._set.stop, self._set = base + place, None
        self._count_lines(data, base, base + at)
        line = self._line, self._line_start
        if tag == b"GS":
            self._groups, self._sets = self._groups + 1, 0
            self._group = SentHeader(
                values, base + at, base + place, base + end, self._groups, *line
            )
            return None
        self._sets += 1
        header = SentHeader(values, base + at, base + place, base + end, self._sets, *line)
        if header.value(1) != "837":
            return None
        around = self._interchange, self._group
        self._set = SentSet(self._path, self._delimiters, *around, header)
        return self._set

    def _count_lines(self, data: bytes, base: int, offset: int) -> None:
        """Know the physical line of an offset, and where it begins."""
        first, last = max(self._counted - base, 0), offset - base
        newline = data.rfind(b"\n", first, last)
        if newline >= 0:
            self._line += data.count(b"\n", first, last)
            self._line_start = base + newline + 1
        self._counted = max(self._counted, offset)


def claims_of(stream: BinaryIO, of: SentSet) -> Iterator[SentClaim]:
    """All claims of a set, of a stream in single bytes."""
    data, base, number = b"", of.header.at, 0
    while base + len(data) < of.stop:
        stream.seek(base + len(data))
        more = stream.read(min(WINDOW, of.stop - base - len(data)))
        data += more
        is_end = not more or base + len(data) >= of.stop
        stop = len(data) if is_end else data.rfind(of.delimiters.terminator) + 1
        for place, _ in places_of(data, (b"CLM",), of.delimiters, 0, stop):
            number += 1
            yield claim_at(data, base, place, of, number)
        data, base = data[stop:], base + stop
        if not more:
            return


def claim_at(data: bytes, base: int, place: int, of: SentSet, number: int) -> SentClaim:
    """The claim whose CLM begins at an index of bytes that begin at the offset `base`."""
    values, end = elements_at(data, place, of.delimiters)
    at = segment_end_before(data, place, of.delimiters)
    return SentClaim(of, number, base + at, base + place, base + end - 1, values)


def elements_at(data: bytes, place: int, delimiters: Delimiters) -> tuple[tuple[str, ...], int]:
    """A segment's elements, and where the one after it may begin."""
    end = data.find(delimiters.terminator, place, place + _LONGEST)
    end = end if end >= 0 else min(len(data), place + 512)
    raw = data[place:end].translate(None, delimiters.line_breaks)
    return tuple(raw.decode("latin-1").split(delimiters.texts[0])), end + 1


def segment_end_before(data: bytes, place: int, delimiters: Delimiters) -> int:
    """Where the segment before the one at `place` has ended, its terminator included."""
    while place and data[place - 1] in delimiters.padding:
        place -= 1
    return place
