"""Groups the segments of a block into the loops of the guide."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from edi_lint.engine import Block, BlockKind
from edi_lint.grammar import LoopNode, SegmentNode
from edi_lint.x12 import Segment

_OUTERMOST = {
    BlockKind.TRANSACTION: "ST_LOOP",
    BlockKind.BILLING: "2000A",
    BlockKind.SUBSCRIBER: "2000B",
    BlockKind.PATIENT: "2000C",
    BlockKind.CLAIM: "2300",
}
"""The loop that a block holds one of, even where bytes are lost and it begins in the middle."""


class Loop:
    """One occurrence of a loop: its own segments in file order, and the loops inside it.

    `indexes` are those of its segments in the block, `tags` their tags.
    """

    __slots__ = ("block", "indexes", "loops", "node", "tags")

    def __init__(self, node: LoopNode, block: Block) -> None:
        self.node = node
        self.block = block
        self.indexes: list[int] = []
        self.tags: list[str] = []
        self.loops: list[Loop] = []

    @property
    def id(self) -> str:
        return self.node.id

    def first(self, tag: str, *qualifiers: str) -> Segment | None:
        """The first segment of the tag, with one of the qualifiers in element 01 if any given."""
        if tag not in self.tags:
            return None
        return next(self.all(tag, *qualifiers), None)

    def all(self, tag: str, *qualifiers: str) -> Iterator[Segment]:
        if tag in self.tags:
            for own, index in zip(self.tags, self.indexes, strict=True):
                if own == tag:
                    segment = self.block.segment(index)
                    if not qualifiers or segment.value(1) in qualifiers:
                        yield segment

    def inner(self, *ids: str) -> Iterator[Loop]:
        """The loops directly inside this one, with one of the ids, in file order."""
        return (loop for loop in self.loops if loop.node.id in ids)

    def span(self) -> tuple[int, int]:
        """Indexes of the first and the last segment in it, those of inner loops included."""
        inner = [loop.span() for loop in self.loops]
        return (
            min(self.indexes[:1] + [first for first, _ in inner]),
            max(self.indexes[-1:] + [last for _, last in inner]),
        )


def loop_tree(block: Block) -> Loop | None:
    """The outermost loop of a block; None where no guide has such a loop.

    A segment without a place of its own goes to the loop that was open where it stands, and so
    does one whose place is outside the outermost loop. The tree is made once for each block.
    """
    if block.loops is None:
        block.loops = _tree(block)
    return block.loops if isinstance(block.loops, Loop) else None


def _tree(block: Block) -> Loop | bool:
    transaction = block.context.transaction
    if transaction is None or transaction.grammar is None:
        return False
    nodes = transaction.grammar.nodes
    outermost = _outermost(block, nodes)
    if outermost is None:
        return False
    steps = _steps(outermost)
    root = Loop(steps.root, block)
    stack = [root]
    here = root.node
    for index, number in enumerate(block.nodes):
        if not number:
            stack[-1].tags.append(block.segment(index).tag)
            stack[-1].indexes.append(index)
            continue
        tag, depth, opens = steps.known.get((here, number)) or steps.find(here, nodes[number])
        loop = stack[depth]
        if opens is not None:
            del stack[depth + 1 :]
            for node in opens:
                inner = Loop(node, block)
                loop.loops.append(inner)
                stack.append(inner)
                loop = inner
            here = loop.node
        loop.tags.append(tag)
        loop.indexes.append(index)
    return root


class _Step(NamedTuple):
    """What a segment does to the open loops: those deeper than `depth` close, and `opens` open.

    None for `opens`: it goes to the loop at that depth, and what is open stays open.
    """

    tag: str
    depth: int
    opens: tuple[LoopNode, ...] | None


class _Steps:
    """The steps in the tree under one outermost loop, each worked out once.

    They are `known` by the innermost loop that is open and the index of the segment's node.
    """

    def __init__(self, root: LoopNode) -> None:
        self.root = root
        self.known: dict[tuple[LoopNode, int], _Step] = {}

    def find(self, here: LoopNode, node: LoopNode | SegmentNode | None) -> _Step:
        assert isinstance(node, SegmentNode)
        step = self.known[here, node.index] = self._step(here, node)
        return step

    def _step(self, here: LoopNode, node: SegmentNode) -> _Step:
        loop, outside = node.loop, len(self.root.path) - 1
        if self.root not in loop.path:
            return _Step(node.tag, len(here.path) - 1 - outside, None)
        if node is not loop.opener and loop in here.path:
            return _Step(node.tag, len(loop.path) - 1 - outside, None)
        anew = node is loop.opener and loop is not self.root
        around = loop.path[:-1] if anew else loop.path
        kept = sum(a is b for a, b in zip(here.path, around, strict=False))
        return _Step(node.tag, kept - 1 - outside, loop.path[kept:])


_steps = cache(_Steps)
"""The steps under an outermost loop, the same for every block."""


def _outermost(block: Block, nodes: tuple[LoopNode | SegmentNode | None, ...]) -> LoopNode | None:
    """The loop around a block's first segment with a place in it; any of that id without one."""
    id_ = _OUTERMOST.get(block.kind)
    for index in block.nodes:
        if isinstance(node := nodes[index], SegmentNode):
            for loop in node.loop.path:
                if loop.id == id_:
                    return loop
    return next((n for n in nodes if isinstance(n, LoopNode) and n.id == id_), None)
