"""Where a segment of an answer belongs in its guide, also where the receiver did not follow it.

The place is the guide's own where there is one. Otherwise it is the nearest place of the segment's
tag: in the innermost loop around the last segment that has one, first with the segment's qualifier
and then with any other.
"""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.engine.moves import Head, Moves
from edi_lint.grammar import Grammar, LoopNode, SegmentNode

_MOST_PLACES = 20_000
"""Answers of one guide need a few hundred; more come from damage, and are looked up again."""


class Placing:
    """The place of each segment of a set, one after the other."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._moves = Moves(grammar)
        self._known: dict[tuple[int, Head], SegmentNode | None] = {}
        (start,) = grammar.nodes_by_tag["ST"]
        self.start = start

    def find(self, here: SegmentNode, head: Head) -> SegmentNode | None:
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
