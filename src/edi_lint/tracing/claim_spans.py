"""Finds what is around claims of a set: its levels, and where an engine can begin to read them.

A set is read once, from its ST to the last claim that is wanted, and only for the tags HL, CLM and
SE. What a claim says is then read from its own spans alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from edi_lint.engine.survey import NOWHERE, Cut, Mark
from edi_lint.ledger.sent_sets import WINDOW, SentHeader, SentSet, places_of

Span = tuple[int, int]
"""File offsets, half-open."""

_LEVELS = {b"20": "billing", b"22": "subscriber", b"23": "patient"}
_OPEN = ("interchange", "group", "set", "billing", "subscriber", "patient", "last")
_TAGS = (b"HL", b"CLM", b"SE")
_MOST = 1024 * 1024
"""So many bytes of a span are read; what is further on is not compared."""


class Stretch(NamedTuple):
    """From a cut to an offset in the segment behind what is meant: an engine that reads that one
    knows that what comes before is complete.
    """

    cut: Cut
    stop: int


class ClaimSpans(NamedTuple):
    """A claim and what is around it.

    `start` is the offset of its CLM. `stretches` are what an engine has to read to judge it: its
    billing provider, its subscriber and the claim, each from a cut to an offset. `claim` is the
    claim's own span, `around` are those of its billing provider, subscriber and patient, as far as
    they are there.
    """

    start: int
    stretches: tuple[Stretch, ...]
    claim: Span
    around: tuple[Span, ...]


def claim_spans(stream: BinaryIO, of: SentSet, starts: Sequence[int]) -> Iterator[ClaimSpans]:
    """The claims of a set whose CLM is at one of these offsets, in their order."""
    if starts:
        yield from _SetWalk(of).read(stream, sorted(starts))


def set_cut(of: SentSet) -> Cut:
    """The place before a set."""
    header = of.header
    interchange, group = _mark(of.interchange), _mark(of.group)
    return Cut(
        *(header.at, header.line, header.line_start, 0, 0, 0, False, interchange, group),
        *(NOWHERE,) * 5,
        *(of.interchange.ordinal, of.group.ordinal, header.ordinal - 1, 0, 0, 0, 0, 0),
    )


def segments_in(stream: BinaryIO, span: Span, of: SentSet) -> list[list[str]]:
    """The elements of the segments in a span, the tag first."""
    stream.seek(span[0])
    data = stream.read(min(span[1] - span[0], _MOST))
    separator, _, _, terminator = of.delimiters.texts
    text = data.translate(None, of.delimiters.line_breaks).decode("latin-1")
    padding = of.delimiters.padding.decode("latin-1")
    parts = (part.lstrip(padding) for part in text.split(terminator))
    return [part.split(separator) for part in parts if part]


def _mark(header: SentHeader) -> Mark:
    if not header.values:
        return NOWHERE
    return Mark(header.at, header.end, header.line, header.line_start, 0, 0, 0)


class _SetWalk:
    """Counts and remembers what is open in a set, as `engine.survey` does in a whole file."""

    def __init__(self, of: SentSet) -> None:
        self._set = of
        header = of.header
        self._open = dict.fromkeys(_OPEN, NOWHERE)
        self._open["interchange"], self._open["group"] = _mark(of.interchange), _mark(of.group)
        self._last = "set"
        self._open["set"] = _mark(header)
        self._counts = [0, 0, 0, 0, 0]
        """Billing levels, subscribers, claims of the subscriber, patients, claims of a patient."""
        self._level_cuts: dict[str, Cut] = {}
        self._segments = self._levels = self._claims = 0
        self._line, self._line_start, self._counted = header.line, header.line_start, header.at

    def read(self, stream: BinaryIO, starts: Sequence[int]) -> Iterator[ClaimSpans]:
        of, delimiters = self._set, self._set.delimiters
        wanted = iter(starts)
        start = next(wanted)
        cut: Cut | None = None
        data, base = b"", of.header.at
        ended = False
        while not ended:
            stream.seek(base + len(data))
            more = stream.read(min(WINDOW, max(of.stop + WINDOW - base - len(data), 0)))
            ended = not more
            data += more
            stop = len(data) if ended else data.rfind(delimiters.terminator) + 1
            for place, tag in places_of(data, _TAGS, delimiters, 0, stop):
                at = place
                while at and data[at - 1] in delimiters.padding:
                    at -= 1
                end = data.find(delimiters.terminator, place)
                end = len(data) if end < 0 else end
                if cut is not None:
                    yield self._spans(cut, start, base + at)
                    cut, found = None, next(wanted, None)
                    if found is None:
                        return
                    start = found
                if tag == b"SE" or base + place >= of.stop > 0:
                    return
                self._count(data, base, base + at)
                if tag == b"CLM" and base + place == start:
                    self._close(base + at)
                    cut = self._cut(base + at)
                self._pass(tag, data[place:end].split(delimiters.element), base + at)
            self._count(data, base, base + stop)
            data, base = data[stop:], base + stop
        if cut is not None:
            yield self._spans(cut, start, base + len(data))

    def _spans(self, cut: Cut, start: int, end: int) -> ClaimSpans:
        around = tuple(
            (mark.at, mark.end)
            for mark in (cut.billing, cut.subscriber, cut.patient)
            if mark is not NOWHERE
        )
        marks = {"billing": cut.billing, "subscriber": cut.subscriber}
        levels = (Stretch(c, marks[name].end + 1) for name, c in self._level_cuts.items())
        return ClaimSpans(start, (*levels, Stretch(cut, end + 1)), (cut.at, end), around)

    def _cut(self, at: int) -> Cut:
        place = (at, self._line, self._line_start, self._segments, self._levels, self._claims, True)
        of = self._set
        ordinals = of.interchange.ordinal, of.group.ordinal, of.header.ordinal
        return Cut._make((*place, *self._open.values(), *ordinals, *self._counts))

    def _pass(self, tag: bytes, elements: list[bytes], at: int) -> None:
        if tag == b"CLM":
            self._begin("last", at)
            in_patient = self._open["patient"] is not NOWHERE
            self._counts[4 if in_patient else 2] += 1
            self._claims += 1
            return
        code = elements[3].strip() if len(elements) > 3 else b""
        level = _LEVELS.get(code, "")
        if level in ("billing", "subscriber"):
            self._close(at)
            if level == "billing":
                self._level_cuts.clear()
            self._level_cuts[level] = self._cut(at)
        if level:
            self._begin(level, at)
            first = {"billing": 0, "subscriber": 1, "patient": 3}[level]
            self._counts[first] += 1
            for below in range(first + 1, 5):
                self._counts[below] = 0
        else:
            self._close(at)
            self._last = ""
        self._levels += 1

    def _begin(self, name: str, at: int) -> None:
        self._close(at)
        for below in _OPEN[_OPEN.index(name) + 1 :]:
            self._open[below] = NOWHERE
        counts = (self._segments, self._levels, self._claims)
        self._open[name] = Mark(at, at, self._line, self._line_start, *counts)
        self._last = name

    def _close(self, at: int) -> None:
        if self._last:
            self._open[self._last] = self._open[self._last]._replace(end=at)

    def _count(self, data: bytes, base: int, offset: int) -> None:
        """Count segments and lines up to an offset at which one has ended."""
        first, last = max(self._counted - base, 0), offset - base
        if last <= first:
            return
        self._segments += data.count(self._set.delimiters.terminator, first, last)
        newline = data.rfind(b"\n", first, last)
        if newline >= 0:
            self._line += data.count(b"\n", first, last)
            self._line_start = base + newline + 1
        self._counted = offset
