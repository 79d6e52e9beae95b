"""Names one element of a file as findings name it: `0001#33:DTP03`, `000000905/1:GS03`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Self

from edi_lint.findings import Location
from edi_lint.x12 import Segment

if TYPE_CHECKING:
    from edi_lint.engine import Block
    from edi_lint.engine.result import Context

_WRITTEN = re.compile(
    r"(?:(?P<path>[^/#:]+(?:/[^/#:]+){0,2})(?:#(?P<ordinal>[0-9]{1,9}))?):"
    r"(?P<tag>[A-Z][A-Z0-9]{1,2})(?P<element>[0-9]{2})(?:-(?P<component>[0-9]{1,2}))?",
    re.ASCII,
)
_DEPTHS = {"ISA": 1, "IEA": 1, "GS": 2, "GE": 2}
"""How many envelopes a segment outside of transaction sets is in: its interchange, its group."""
MOST_ENVELOPES = 3
"""A segment of a transaction set is in the set, its group and its interchange."""


class WrongPlace(ValueError):
    """A text that names no element; its words say how one is named."""


class ElementPlace(NamedTuple):
    """One element, or component, of one segment.

    `path` are control numbers, the innermost last: ST02, before it GS06, before that ISA13; as many
    as are needed. `ordinal` counts segments of the set from ST = 1, as IK302 of a 999 does; it is 0
    for ISA, GS, GE and IEA, which are named by their own number. `element` counts from 1,
    `component` too (0: the whole element).
    """

    path: tuple[str, ...]
    ordinal: int
    tag: str
    element: int
    component: int = 0

    @classmethod
    def read(cls, text: str) -> Self:
        """The place that a text names. Raises WrongPlace."""
        match = _WRITTEN.fullmatch(text)
        if match is None:
            raise WrongPlace(_HOW)
        path = tuple(match["path"].split("/"))
        place = cls(
            path,
            int(match["ordinal"] or 0),
            match["tag"],
            int(match["element"]),
            int(match["component"] or 0),
        )
        in_set = match["ordinal"] is not None
        if in_set == (place.tag in _DEPTHS) or len(path) > place.depth:
            raise WrongPlace(_HOW)
        if not place.element or (in_set and not place.ordinal) or match["component"] == "0":
            raise WrongPlace("segments, elements and components count from 1")
        return place

    @classmethod
    def of(cls, location: Location, depth: int = 1) -> Self | None:
        """The element that a finding is about, named by so many control numbers, or by all.

        None where it is about none, or where an envelope has no number that can be shown.
        """
        match = re.fullmatch(r"([A-Z0-9]{2,3})([0-9]{2})(?:-([0-9]{2}))?", location.element)
        if match is None or match[2] == "00":
            return None
        most = _DEPTHS.get(match[1], MOST_ENVELOPES)
        numbers = (location.interchange, location.group, location.transaction)[:most]
        path = numbers[-depth:]
        if not all(path) or (most == MOST_ENVELOPES and not location.segment_ordinal):
            return None
        ordinal = location.segment_ordinal if most == MOST_ENVELOPES else 0
        return cls(path, ordinal, match[1], int(match[2]), int(match[3] or 0))

    @property
    def depth(self) -> int:
        """How many envelopes name it at most."""
        return _DEPTHS.get(self.tag, MOST_ENVELOPES)

    @property
    def envelope(self) -> str:
        """What its last number is the number of."""
        return ("interchange", "group", "set")[self.depth - 1]

    @property
    def element_name(self) -> str:
        """DTP03 or SV101-04."""
        component = f"-{self.component:02}" if self.component else ""
        return f"{self.tag}{self.element:02}{component}"

    def __str__(self) -> str:
        ordinal = f"#{self.ordinal}" if self.ordinal else ""
        return f"{'/'.join(self.path)}{ordinal}:{self.element_name}"

    def fits(self, context: Context) -> bool:
        """Whether its control numbers are those around a block."""
        return self.path == numbers_of(context)[: self.depth][-len(self.path) :]

    def segment_in(self, block: Block) -> Segment | None:
        """Its segment, where that is in a block whose numbers fit, whatever its tag is."""
        if self.depth < MOST_ENVELOPES:
            found = (s for s in block.segments if s.tag == self.tag and not s.ordinal)
            return next(found, None)
        index = self.ordinal - block.first_ordinal
        is_in = block.first_ordinal > 0 and 0 <= index < len(block)
        return block.segment(index) if is_in else None


_HOW = (
    "a place is the set's number (ST02), # and the segment's number in it, : and the element, such "
    "as 0001#33:DTP03 or 0001#33:SV101-04, with the interchange and the group before it where "
    "several sets have that number, 000000905/1/0001#33:DTP03; of an envelope it is its own number "
    "and the element, such as 000000905:ISA06 or 1:GS03"
)


def numbers_of(context: Context) -> tuple[str, ...]:
    """ISA13, GS06 and ST02 around a block, empty for an envelope that is not there."""
    around = (context.interchange, context.group, context.transaction)
    return tuple(one.control_number if one is not None else "" for one in around)
