"""Both sides' answers to one transaction set, as the exceptions look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from edi_lint.crosscheck.pyx12_answers import Pyx12Answer
from edi_lint.engine import FaultCode
from edi_lint.x12 import Segment


@dataclass(slots=True)
class Sides:
    """Both sides' answers to one transaction set, as an exception's condition sees them.

    `segments` are those of the set by their ordinals, as our engine places them, and `loops` the
    loops that it places them in. `faults` are what
    our answers are made of. `unread` is the ordinal from which pyx12 stops reading, None where it
    reads all.
    """

    ours: frozenset[Pyx12Answer]
    theirs: frozenset[Pyx12Answer]
    segments: Mapping[int, Segment]
    loops: Mapping[int, str]
    faults: Mapping[Pyx12Answer, AbstractSet[FaultCode]] = field(default_factory=dict)
    unread: int | None = None
    by_ordinal: dict[tuple[bool, int], list[Pyx12Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for mine, answers in ((True, self.ours), (False, self.theirs)):
            for answer in answers:
                self.by_ordinal.setdefault((mine, answer.ordinal), []).append(answer)

    def is_of(self, answer: Pyx12Answer, *codes: FaultCode) -> bool:
        """Whether one of our answers tells of a fault of one of these kinds."""
        return not self.faults.get(answer, frozenset[FaultCode]()).isdisjoint(codes)

    def tag(self, ordinal: int) -> str | None:
        """The tag of a segment of the set; None without a segment."""
        segment = self.segments.get(ordinal)
        return segment.tag if segment is not None else None

    def value(self, answer: Pyx12Answer) -> str:
        """What is in the element that an answer is about."""
        segment = self.segments.get(answer.ordinal)
        if segment is None or not answer.element:
            return ""
        element, _, component = answer.element.partition("-")
        return segment.value(int(element), int(component or 0))

    def at(self, ordinal: int, ours: bool) -> Iterable[Pyx12Answer]:
        """One side's answers to one segment."""
        return self.by_ordinal.get((ours, ordinal), ())
