"""Where a segment of an answer belongs in its guide, also where the receiver did not follow it.

The place is the guide's own where there is one. Otherwise it is the nearest place of the segment's
tag: in the innermost loop around the last segment that has one, first with the segment's qualifier
and then with any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.engine.moves import Head, Moves, head_of
from edi_lint.grammar import Grammar, LoopNode, SegmentNode
from edi_lint.x12 import Delimiters

_OLD_TAGS = {b"AK3": b"IK3", b"AK4": b"IK4", b"AK5": b"IK5"}
"""Segments of a 997 that a 999 calls otherwise."""
_PATIENT_LEVELS = frozenset({b"22", b"23"})
_MOST_PLACES = 20_000
"""Answers of one guide need a few hundred; more come from damage, and are looked up again."""


class Placing:
    """The place of each segment of a set, one after the other."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._moves = Moves(grammar)
        self._known: dict[tuple[int, Head], SegmentNode | None] = {}
        (start,) = grammar.nodes_by_tag["ST"]
        self._start = self._here = start

    def begin(self) -> None:
        """Begin a set: the next segment is the one after its ST."""
        self._here = self._start

    def next(self, raw: bytes, delimiters: Delimiters) -> SegmentNode | None:
        """The place of the set's next segment, its bytes without line breaks; None if it has none.

        The segments of a 997 have those of a 999; levels 22 and 23 of a 277CA are a patient's.
        """
        tag = raw[:3]
        if tag in _OLD_TAGS:
            raw = _OLD_TAGS[tag] + raw[3:]
        head = head_of(self.grammar, raw, delimiters)
        if head[0] == b"HL" and head[1] in _PATIENT_LEVELS:
            head = (b"HL", b"PT")
        node = self._find(self._here, head)
        self._here = node or self._here
        return node

    def _find(self, here: SegmentNode, head: Head) -> SegmentNode | None:
        """The place of a segment after one at `here`; None where no loop has its tag."""
        key = (here.index, head)
        if key in self._known:
            return self._known[key]
        move = self._moves.find(here, *head)
        found = move.target if move else self._nearest(here, *head)
        if len(self._known) < _MOST_PLACES:
            self._known[key] = found
        return found

    def _nearest(self, here: SegmentNode, tag: bytes, qualifier: bytes) -> SegmentNode | None:
        name, value = tag.decode("latin-1"), qualifier.decode("latin-1")
        for loop in reversed(here.loop.path):
            nodes = [node for node in _segments(loop) if node.tag == name]
            if nodes:
                return next((node for node in nodes if value in node.key_codes), nodes[0])
        return None


def _segments(loop: LoopNode) -> Iterator[SegmentNode]:
    """The segments of a loop and of the loops in it, in the guide's order."""
    for child in loop.children:
        if isinstance(child, LoopNode):
            yield from _segments(child)
        else:
            yield child
