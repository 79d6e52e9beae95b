"""Groups the segments of a block into the loops of the guide."""

from __future__ import annotations

from collections.abc import Iterator

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

    `tags` holds the tag of each of `segments`.
    """

    __slots__ = ("loops", "node", "segments", "tags")

    def __init__(self, node: LoopNode) -> None:
        self.node = node
        self.segments: list[Segment] = []
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
            for own, segment in zip(self.tags, self.segments, strict=True):
                if own == tag and (not qualifiers or segment.value(1) in qualifiers):
                    yield segment

    def inner(self, *ids: str) -> Iterator[Loop]:
        """The loops directly inside this one, with one of the ids, in file order."""
        return (loop for loop in self.loops if loop.node.id in ids)

    def add(self, tag: str, segment: Segment) -> None:
        self.tags.append(tag)
        self.segments.append(segment)


def loop_tree(block: Block) -> Loop | None:
    """The outermost loop of a block; None where no guide has such a loop.

    A segment without a place of its own goes to the loop that was open where it stands, one that
    belongs further out to a loop of its own. The tree is made once for each block.
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
    root = Loop(outermost)
    stack = [root]
    for segment in block.segments:
        node = nodes[segment.node]
        if not isinstance(node, SegmentNode):
            stack[-1].add(segment.tag, segment)
            continue
        loop = node.loop
        opens = node is loop.opener and not (loop is root.node and not root.segments)
        if not opens:
            if stack[-1].node is loop:
                stack[-1].add(node.spec.tag, segment)
                continue
            open_ = next((o for o in reversed(stack) if o.node is loop), None)
            if open_ is not None:
                open_.add(node.spec.tag, segment)
                continue
        if outermost not in loop.path:
            if opens or not root.loops or root.loops[-1].node is not loop:
                root.loops.append(Loop(loop))
            root.loops[-1].add(node.spec.tag, segment)
            continue
        _enter(stack, loop, opens)
        stack[-1].add(node.spec.tag, segment)
    return root


def _outermost(block: Block, nodes: tuple[LoopNode | SegmentNode | None, ...]) -> LoopNode | None:
    """The loop around a block's first segment with a place in it; any of that id without one."""
    id_ = _OUTERMOST.get(block.kind)
    for index in block.nodes:
        if isinstance(node := nodes[index], SegmentNode):
            for loop in node.loop.path:
                if loop.id == id_:
                    return loop
    return next((n for n in nodes if isinstance(n, LoopNode) and n.id == id_), None)


def _enter(stack: list[Loop], node: LoopNode, anew: bool) -> None:
    """Close and open loops until a new occurrence of `node` is the innermost one."""
    path = node.path
    keep = path[:-1] if anew else path
    while len(stack) > 1 and stack[-1].node not in keep:
        stack.pop()
    here = path.index(stack[-1].node) + 1
    for loop_node in path[here:]:
        inner = Loop(loop_node)
        stack[-1].loops.append(inner)
        stack.append(inner)
