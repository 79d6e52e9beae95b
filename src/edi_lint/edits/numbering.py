"""New control numbers, date and time for the envelopes of a file that is to be sent again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from edi_lint.edits.apply import put
from edi_lint.engine import Block
from edi_lint.findings import Edit
from edi_lint.ledger.envelopes import LARGEST, Parties, parties
from edi_lint.x12 import Segment

_DATES = {6: "%y%m%d", 8: "%Y%m%d"}
_TIMES = {4: "%H%M", 6: "%H%M%S", 8: "%H%M%S00"}


Giver = Callable[[Parties | None, bool], int]
"""Gives a control number, 1 to LARGEST, between these parties, None where the ISA does not name
them; the flag says whether it is for an interchange (ISA13), or for a group alone.
"""


class NoNumber(Exception):
    """No control number is left to give; the message says why."""


class NewNumbers:
    """Gives every interchange, functional group and transaction set that it sees a number.

    `give` gives the numbers for ISA13. The first group of an interchange has its number (GS06),
    each further one a number of its own. ST02 counts from 0001 in its group, and BHT03 is ISA13 and
    ST02, so that it never comes twice. `given` are the numbers of the interchanges. Dates and times
    (ISA09 and 10, GS04 and 05, BHT04 and 05) become `now`, as long as they were.
    """

    def __init__(self, give: Giver, now: datetime) -> None:
        self._give = give
        self._now = now
        self.given: list[int] = []
        self._parties: Parties | None = None
        self._groups = 0
        self._group = ""
        self._sets = 0

    def edits(self, block: Block) -> list[Edit]:
        """The edits, in order, on the envelope segments that a block begins with.

        One that is there twice is changed alike.
        """
        edits: list[Edit] = []
        made: list[Edit] = []
        before: Segment | None = None
        for index in range(len(block)):
            segment = block.segment(index)
            change = _CHANGES.get(segment.tag)
            if change is None:
                break
            if before is not None and segment.raw == before.raw:
                by = segment.start - before.start
                made = [Edit(e.byte_start + by, e.byte_end + by, e.text) for e in made]
            else:
                made = change(self, segment)
            before = segment
            edits += made
        return edits

    def _isa(self, isa: Segment) -> list[Edit]:
        self._parties = parties(isa)
        self.given.append(self._give(self._parties, True))
        self._groups = 0
        return [
            *self._moment(isa, 9, 10),
            *_changed(isa, 13, self._interchange),
        ]

    @property
    def _interchange(self) -> str:
        return f"{self.given[-1]:09}" if self.given else ""

    def _gs(self, gs: Segment) -> list[Edit]:
        self._groups += 1
        self._sets = 0
        first = self._groups == 1 and self.given
        self._group = str(self.given[-1] if first else self._give(self._parties, False))
        return [*self._moment(gs, 4, 5), *_changed(gs, 6, self._group)]

    def _st(self, st: Segment) -> list[Edit]:
        self._sets += 1
        return _changed(st, 2, self._set)

    @property
    def _set(self) -> str:
        return f"{self._sets:04}"

    def _bht(self, bht: Segment) -> list[Edit]:
        number = f"{self._interchange}{self._set}"
        if self._groups > 1:
            number = f"{self._interchange}{self._groups:02}{self._set}"
        return [*_changed(bht, 3, number), *self._moment(bht, 4, 5)]

    def _se(self, se: Segment) -> list[Edit]:
        return _changed(se, 2, self._set)

    def _ge(self, ge: Segment) -> list[Edit]:
        return _changed(ge, 2, self._group)

    def _iea(self, iea: Segment) -> list[Edit]:
        return _changed(iea, 2, self._interchange)

    def _moment(self, segment: Segment, day: int, time: int) -> list[Edit]:
        """A date and a time where the segment has them; one of an odd length becomes a usual."""
        edits = []
        for element, forms, usual in ((day, _DATES, 8), (time, _TIMES, 4)):
            value = segment.value(element)
            if value:
                form = forms.get(len(value), forms[usual])
                edits += _changed(segment, element, self._now.strftime(form))
        return edits


_CHANGES: dict[str, Callable[[NewNumbers, Segment], list[Edit]]] = {
    "ISA": NewNumbers._isa,
    "GS": NewNumbers._gs,
    "ST": NewNumbers._st,
    "BHT": NewNumbers._bht,
    "SE": NewNumbers._se,
    "GE": NewNumbers._ge,
    "IEA": NewNumbers._iea,
}


def from_number(first: int) -> Giver:
    """What gives `first` and the numbers behind it. It raises NoNumber."""
    numbers = count(first)

    def give(_: Parties | None, __: bool) -> int:
        number = next(numbers)
        if number > LARGEST:
            raise NoNumber(f"the control numbers from {first} on end at {LARGEST}")
        return number

    return give


def _changed(segment: Segment, element: int, value: str) -> list[Edit]:
    if segment.value(element) == value:
        return []
    return [put(segment, element, value)]
