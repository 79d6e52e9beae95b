"""Says which claims may have lost a segment to the block beside them, or have one of it too many.

A misplaced segment near the edge of a claim or level may belong to what is before or behind it.
Where that lacks such a segment, what is said of the stray one is about both.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import takewhile

from edi_lint.engine import Block, BlockKind, Fault
from edi_lint.engine.moves import head_of, node_takes
from edi_lint.engine.result import MISPLACED, NEAR
from edi_lint.engine.walker import LEVELS
from edi_lint.grammar import Grammar, LoopNode, SegmentNode, grammar_for

_Head = tuple[str, str]
"""The tag of a stray segment, and the value that tells its place in the guide."""


class StraySegments:
    """Misplaced segments near the edges of blocks, noted in file order, then asked for by claim.

    Remembered of each is the byte at the edge, the number of the finding, and its tag.
    """

    def __init__(self) -> None:
        self._behind = _Edges()
        """Edges behind which there is a stray segment."""
        self._before = _Edges()
        self._block: Block | None = None
        self._misplaced: dict[int, Fault] = {}
        """The last block, and by their first bytes the faults of its misplaced segments."""

    def note(self, block: Block, at: int, number: int) -> None:
        """Note the finding of this number if it is about a stray segment that begins at a byte."""
        if block is not self._block:
            self._block = block
            self._misplaced = {f.segment.start: f for f in block.faults if f.code in MISPLACED}
        fault = self._misplaced.get(at)
        index = bisect_left(block.starts, at)
        grammar = _grammar(block)
        if fault is None or grammar is None or index >= len(block) or block.starts[index] != at:
            return
        if fault.behind and index == 0:
            self._behind.note(block.starts[0], number, _ANY)
        is_last = index == len(block) - 1
        if (block.nodes[index] and not is_last) or _is_copy(block, index):
            return
        segment = fault.segment
        tag, value = (
            p.decode("latin-1") for p in head_of(grammar, segment.raw, segment.delimiters)
        )
        head = tag, value[:_VALUE_KEPT]
        distance = index
        for part in _chain(block) if not block.nodes[index] else ():
            distance += len(part) if part is not block else 0
            if distance > NEAR:
                break
            self._behind.note(part.starts[0], number, head)
        if len(block) - index <= NEAR:
            self._before.note(block.ends[-1], number, head)

    def beside(self, claim: Block) -> Iterator[int]:
        """The numbers of the findings about segments that a claim, or a level above it, lacks."""
        context = claim.context
        below: list[Block] = []
        for part in (claim, context.patient, context.subscriber, context.billing):
            if part is None:
                continue
            if below and not _follows(part, below[-1]):
                below.clear()
            below.append(part)
            end = part.ends[-1]
            for number, head in self._behind.between(end, end + _GAP):
                if _may_lack(part, head, at_end=True):
                    yield number
            start = part.starts[0]
            for number, head in self._before.between(start - _GAP, start):
                if any(_may_lack(b, head, at_end=False) for b in below):
                    yield number

    def are_near(self, start: int, end: int) -> bool:
        """Whether there is any right before or behind a stretch of the file."""
        behind = self._behind.between(end - 1, end + _GAP)
        before = self._before.between(start - _GAP, start)
        return any(True for _ in behind) or any(True for _ in before)


class _Edges:
    """Bytes in ascending order, each with the number of a finding and a segment's head."""

    def __init__(self) -> None:
        self._places, self._numbers, self._heads = array("q"), array("I"), array("I")
        self._known: dict[_Head, int] = {}

    def note(self, place: int, number: int, head: _Head) -> None:
        at = bisect_left(self._places, place)
        self._places.insert(at, place)
        self._numbers.insert(at, number)
        self._heads.insert(at, self._known.setdefault(head, len(self._known)))

    def between(self, start: int, end: int) -> Iterator[tuple[int, _Head]]:
        """Number and head of those from a byte on, up to another."""
        heads = list(self._known)
        for at in range(bisect_left(self._places, start), bisect_left(self._places, end)):
            yield self._numbers[at], heads[self._heads[at]]


def _is_copy(block: Block, index: int) -> bool:
    """Whether a segment is the one before it once more, so that it is missing nowhere."""
    return index > 0 and block.segment(index).raw == block.segment(index - 1).raw


def _chain(block: Block) -> Iterator[Block]:
    """A block, and the levels above it as far as nothing is between."""
    context = block.context
    yield block
    for level in (context.patient, context.subscriber, context.billing):
        if level is None or level is block:
            continue
        if not _follows(level, block):
            return
        yield level
        block = level


def _follows(level: Block, block: Block) -> bool:
    """Whether a block comes right behind a level."""
    return 0 <= block.starts[0] - level.ends[-1] < _GAP


def _may_lack(block: Block, head: _Head, at_end: bool) -> bool:
    """Whether a block may have lost such a segment, at its end or at its beginning."""
    grammar = _grammar(block)
    if head == _ANY or grammar is None:
        return head == _ANY
    own = next((grammar.segment_node(n) for n in block.nodes if n), None)
    level = _level(own.loop) if own is not None else None
    if level is None or level.id != _LOOPS.get(block.kind):
        return False
    nodes = _candidates(grammar.guide, level.index, head)
    if not nodes:
        return False
    present = set(_nodes_at(block, grammar, at_end))
    return any(_is_lacking(node, present, block, grammar) for node in nodes)


def _is_lacking(node: SegmentNode, present: set[int], block: Block, grammar: Grammar) -> bool:
    """Whether a block has room for one more segment of a node, and the loop for it."""
    if node.tag == "LX":
        services = block.of_nodes(grammar.by_tag["SV1"])
        return len(block.of_nodes(grammar.by_tag["LX"])) < len(services)
    loops = list(takewhile(lambda loop: loop.id not in _LOOKED_AT, reversed(node.loop.path)))
    if any(loop.opener and loop.opener.index not in present for loop in loops[1:]):
        return False
    opener = node.loop.opener
    if loops and node is not opener and opener and opener.index not in present:
        return False
    return (
        node.index not in present
        or (node is not opener and node.repeat != 1)
        or any(loop.repeat != 1 for loop in loops)
    )


def _nodes_at(block: Block, grammar: Grammar, at_end: bool) -> Iterable[int]:
    """The nodes of a block; of a claim those of the claim itself and its first or last line."""
    lines = block.of_nodes(grammar.by_tag["LX"]) if block.kind is BlockKind.CLAIM else []
    if not lines:
        return block.nodes
    if at_end:
        return [*block.nodes[: lines[0]], *block.nodes[lines[-1] :]]
    return block.nodes[: lines[1] if len(lines) > 1 else None]


@lru_cache(maxsize=1024)
def _candidates(guide: str, level: int, head: _Head) -> tuple[SegmentNode, ...]:
    """The nodes that take such a segment in the level or claim of this index."""
    grammar = grammar_for(guide)
    assert grammar is not None
    return tuple(
        node
        for node in grammar.segment_nodes()
        if node_takes(node, *head) and (loop := _level(node.loop)) and loop.index == level
    )


def _level(loop: LoopNode) -> LoopNode | None:
    """The level or claim that a loop is in."""
    return next((inner for inner in reversed(loop.path) if inner.id in LEVELS), None)


def _grammar(block: Block) -> Grammar | None:
    return block.context.transaction.grammar if block.context.transaction else None


_ANY: _Head = ("", "")
"""Segments of the block before come behind the edge."""
_VALUE_KEPT = 16
_GAP = 8
"""Bytes between two blocks, such as line breaks; the shortest block is longer."""
_LOOPS = {
    BlockKind.TRANSACTION: "ST_LOOP",
    BlockKind.BILLING: "2000A",
    BlockKind.SUBSCRIBER: "2000B",
    BlockKind.PATIENT: "2000C",
    BlockKind.CLAIM: "2300",
}
_LOOKED_AT = LEVELS | {"2400"}
"""Levels, claims and lines, of which the one at the edge is looked at by itself."""
