"""Finds places at which a large file can be cut, and what is open around them.

The survey reads nothing but tags: it counts segments, levels and claims, and notes where the
envelopes and levels that are open begin. An engine that is led through those (`slices`) stands
where one would that had read everything before the cut, if the file is sound; whether it does is
compared afterwards, so that nothing depends on the survey being right.
"""

from __future__ import annotations

from typing import NamedTuple

from edi_lint.engine.choice import engine_class
from edi_lint.engine.reference import Engine
from edi_lint.x12 import Delimiters


class Mark(NamedTuple):
    """A segment that opens something. Offsets are of the file.

    `at` is where the segment before it has ended, `end` where what it opens goes over into
    something else. `line` and `line_start` are of the physical line that `at` is on. `segments`,
    `levels` and `claims` count what the transaction set has before it.
    """

    at: int
    end: int
    line: int
    line_start: int
    segments: int
    levels: int
    claims: int


NOWHERE = Mark(-1, -1, 0, 0, 0, 0, 0)


class Cut(NamedTuple):
    """A place before an ST, an HL or a CLM, and what is open there.

    The counts are of interchanges in the file, groups in the interchange, sets in the group,
    billing levels in the set, subscribers below the billing level, claims and patients below the
    subscriber, claims below the patient.
    """

    at: int
    line: int
    line_start: int
    segments: int
    levels: int
    claims: int
    in_set: bool
    interchange: Mark
    group: Mark
    set: Mark
    billing: Mark
    subscriber: Mark
    patient: Mark
    last: Mark
    interchanges: int
    groups: int
    sets: int
    billings: int
    subscribers: int
    subscriber_claims: int
    patients: int
    patient_claims: int


class Survey:
    """Reads a file's tags, window by window, under the delimiters of its first interchange."""

    def __init__(self, delimiters: Delimiters) -> None:
        self._terminator = delimiters.terminator
        self._separator = delimiters.element
        self._padding = delimiters.padding
        self._breaks = delimiters.line_breaks
        self._tags = {
            tag + delimiters.element: tag for tag in (b"ISA", b"GS", b"ST", b"SE", b"HL", b"CLM")
        }
        self.position = 0
        self._line, self._line_start = 1, 0
        self._in_set = False
        self._open = dict.fromkeys(_OPEN, NOWHERE)
        self._last = ""
        self._counts = dict.fromkeys(_COUNTS, 0)
        self._segments = self._levels = self._claims = 0

    def find(self, data: bytes, base: int, wanted: int) -> Cut | None:
        """Read a window that begins at the file offset `base`, from `position` on.

        Returns the first cut at or after the offset `wanted`, and stays there; None when the
        window ends before. Its last segment may be incomplete and is read again with the next.
        """
        while True:
            at = self.position - base
            end = data.find(self._terminator, at)
            if end < 0:
                return None
            raw = data[at:end].lstrip(self._padding).translate(None, self._breaks)
            tag = self._tags.get(raw[:3]) or self._tags.get(raw[:4])
            if tag and self.position >= wanted:
                if tag == b"ST" and not self._in_set and self._counts["sets"]:
                    return self._cut()
                if tag in (b"HL", b"CLM") and self._in_set and self._last:
                    return self._cut()
            self._pass(tag or b"", raw, base + end + 1)
            newline = data.rfind(b"\n", at, end + 1)
            if newline >= 0:
                self._line += data.count(b"\n", at, end + 1)
                self._line_start = base + newline + 1
            self.position = base + end + 1

    def _cut(self) -> Cut:
        self._close(self.position)
        place = (self.position, self._line, self._line_start)
        passed = (self._segments, self._levels, self._claims)
        opens, counts = self._open.values(), self._counts.values()
        return Cut._make((*place, *passed, self._in_set, *opens, *counts))

    def _pass(self, tag: bytes, raw: bytes, stop: int) -> None:
        counts = self._counts
        if tag == b"ISA":
            self._begin("interchange", "interchanges", stop)
            self._in_set = False
        elif tag == b"GS":
            self._begin("group", "groups", stop)
            self._in_set = False
        elif tag == b"ST":
            self._segments = self._levels = self._claims = 0
            self._begin("set", "sets", stop)
            self._in_set = True
        elif tag == b"HL" and self._in_set:
            level = _LEVELS.get(b"".join(raw.split(self._separator, 4)[3:4]), "")
            if level:
                self._begin(level, level + "s", stop)
            else:
                self._close(self.position)
                self._last = ""
            self._levels += 1
        elif tag == b"CLM" and self._in_set:
            self._begin("last", "", stop)
            below_patient = self._open["patient"] is not NOWHERE
            counts["patient_claims" if below_patient else "subscriber_claims"] += 1
            self._claims += 1
        self._segments += 1
        if tag == b"SE":
            self._close(self.position)
            self._in_set = False
            self._last = ""

    def _begin(self, name: str, count: str, stop: int) -> None:
        """Something opens with this segment, and whatever is below it is closed."""
        self._close(self.position)
        names = list(self._open)
        for below in names[names.index(name) + 1 :]:
            self._open[below] = NOWHERE
        if count:
            self._counts[count] += 1
            names = list(self._counts)
            for below in names[names.index(count) + 1 :]:
                self._counts[below] = 0
        self._open[name] = Mark(
            self.position,
            stop,
            self._line,
            self._line_start,
            self._segments,
            self._levels,
            self._claims,
        )
        self._last = name

    def _close(self, at: int) -> None:
        if self._last and self._last not in ("interchange", "group"):
            self._open[self._last] = self._open[self._last]._replace(end=at)


class CompiledSurvey:
    """The same by the compiled kernel."""

    def __init__(self, delimiters: Delimiters) -> None:
        from edi_lint.engine import _kernel

        self._survey = _kernel.Survey(
            delimiters.terminator[0],
            delimiters.element[0],
            delimiters.padding,
            delimiters.line_breaks,
        )

    @property
    def position(self) -> int:
        return self._survey.position

    def find(self, data: bytes, base: int, wanted: int) -> Cut | None:
        found = self._survey.find(data, base, wanted)
        if found is None:
            return None
        place, in_set, marks, counts = found
        return Cut._make((*place, in_set, *(Mark(*m) for m in marks), *counts))


def survey(delimiters: Delimiters) -> Survey | CompiledSurvey:
    """A survey that goes with the engine that runs."""
    return Survey(delimiters) if engine_class() is Engine else CompiledSurvey(delimiters)


_OPEN = ("interchange", "group", "set", "billing", "subscriber", "patient", "last")
_COUNTS = (
    "interchanges",
    "groups",
    "sets",
    "billings",
    "subscribers",
    "subscriber_claims",
    "patients",
    "patient_claims",
)
_LEVELS = {b"20": "billing", b"22": "subscriber", b"23": "patient"}
