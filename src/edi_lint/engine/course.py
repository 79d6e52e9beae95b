"""Tries out how a walk would go on: what a reading of one segment makes of the segments after it.

A fault can often be read in several ways: a segment is missing, or one too many, or in the wrong
place. The right one is the one that the following segments fit best.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from edi_lint.engine.moves import Head, LoopEntry, Move, Moves, Node
from edi_lint.grammar import LoopNode, SegmentNode

FAULT = 2
"""What a fault costs."""
ALONG = 1
"""What a segment costs that goes along with a misplaced one before it."""


class Open(NamedTuple):
    """An open loop: how often each child was there so far, and which missing ones are known."""

    loop: LoopNode
    counts: dict[int, int]
    known: set[int]


class Course:
    """A walk that reports nothing: it only counts what would be faults."""

    __slots__ = ("moves", "node", "opened")

    def __init__(self, moves: Moves, node: SegmentNode, opened: list[Open]) -> None:
        self.moves = moves
        self.node = node
        self.opened = opened

    def copy(self) -> Course:
        """The same walk, to be led on separately."""
        opened = [Open(o.loop, o.counts.copy(), o.known.copy()) for o in self.opened]
        return Course(self.moves, self.node, opened)

    def find(self, head: Head) -> Move | None:
        """The strict move to a segment."""
        return self.moves.find(self.node, *head)

    def go(self, move: Move) -> int:
        """Make a strict move; the number of faults that it makes."""
        faults = move.halves(self.node)
        for required in move.closed:
            faults += self._lacking(self.opened.pop(), required)
        faults += self._lacking(self.opened[-1], move.left_out)
        for loop in move.opens:
            faults += self._count(loop)
            self.opened.append(Open(loop, {}, set()))
        self.node = move.target
        return faults + self._count(move.target)

    def enter(self, entry: LoopEntry) -> int:
        """Go into a loop past its opener; the number of other faults that it makes."""
        faults = 0
        for required in entry.move.closed:
            faults += self._lacking(self.opened.pop(), required)
        for loop in entry.move.opens:
            faults += self._count(loop)
            self.opened.append(Open(loop, {}, set()))
            if loop is entry.loop:
                self.opened[-1].counts[entry.opener.index] = 1
                if entry.move.target.tag != "HL":
                    faults += self._lacking(self.opened[-1], entry.move.passed)
        self.node = entry.move.target
        return faults + self._count(entry.move.target)

    def make_up(self, depth: int, node: Node) -> None:
        """Count a child that is there, if not in its place."""
        opened = self.opened[depth]
        opened.counts[node.index] = opened.counts.get(node.index, 0) + 1

    def is_clean(self, head: Head) -> bool:
        """Go on to a segment; False where it has no place or makes a fault."""
        move = self.find(head)
        return move is not None and self.go(move) == 0

    def follow(self, heads: Iterable[Head], shadow: Shadow | None = None) -> int:
        """What the segments that follow cost, read in the strict way.

        `shadow` is the place of a misplaced segment right before them.
        """
        cost = 0
        for head in heads:
            move = self.find(head)
            if move is not None:
                cost += FAULT * self.go(move)
                shadow = shadow and shadow.past(head, self.node)
                continue
            shadow = shadow.to(head) if shadow else None
            cost += ALONG if shadow else FAULT
        return cost

    def _lacking(self, opened: Open, required: Sequence[Node]) -> int:
        faults = 0
        for node in required:
            if node.index not in opened.counts and node.index not in opened.known:
                opened.known.add(node.index)
                faults += 1
        return faults

    def _count(self, node: Node) -> int:
        counts = self.opened[-1].counts
        count = counts.get(node.index, 0) + 1
        counts[node.index] = count
        return int(bool(node.repeat) and count > node.repeat)


class Shadow(NamedTuple):
    """Where the guide has a misplaced segment, so that those after it that belong to it go along.

    `root` is the loop that they must not leave; `placed` says that the loop is open, so that they
    are read as its own; `sure` that the guide has no other place for the first one.
    """

    moves: Moves
    node: SegmentNode
    root: LoopNode
    placed: bool
    sure: bool

    def to(self, head: Head) -> Shadow | None:
        """The place of the next segment, None where it does not go along."""
        move = self.moves.find(self.node, *head)
        if move is None or self.root not in move.target.loop.path:
            return None
        if move.target is self.node and self.node.repeat == 1:
            return None
        return self._replace(node=move.target)

    def past(self, head: Head, here: SegmentNode) -> Shadow | None:
        """The same after a segment with its place `here`; None where both have come together."""
        following = self.to(head)
        return None if following is None or following.node is here else following
