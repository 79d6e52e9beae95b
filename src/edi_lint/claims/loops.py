"""Groups the segments of a block into the loops of the guide."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.engine import Block
from edi_lint.grammar import LoopNode
from edi_lint.x12 import Segment


class Loop:
    """One occurrence of a loop: its own segments in file order, and the loops inside it."""

    __slots__ = ("loops", "node", "segments")

    def __init__(self, node: LoopNode) -> None:
        self.node = node
        self.segments: list[Segment] = []
        self.loops: list[Loop] = []

    @property
    def id(self) -> str:
        return self.node.id

    def first(self, tag: str, *qualifiers: str) -> Segment | None:
        """The first segment of the tag, with one of the qualifiers in element 01 if any given."""
        return next(self.all(tag, *qualifiers), None)

    def all(self, tag: str, *qualifiers: str) -> Iterator[Segment]:
        for segment in self.segments:
            if segment.tag == tag and (not qualifiers or segment.value(1) in qualifiers):
                yield segment

    def inner(self, *ids: str) -> Iterator[Loop]:
        """The loops directly inside this one, with one of the ids, in file order."""
        return (loop for loop in self.loops if loop.id in ids)


def loop_tree(block: Block) -> Loop | None:
    """The outermost loop of a block; None where none of its segments has a place in the guide.

    A segment without a place of its own goes to the loop that was open where it stands.
    """
    transaction = block.context.transaction
    if transaction is None or transaction.grammar is None:
        return None
    grammar = transaction.grammar
    segments = block.segments
    first = next((n for s in segments if (n := grammar.segment_node(s.node))), None)
    if first is None:
        return None
    root = Loop(first.loop)
    while root.node.opener is None and root.node.loop is not None:
        root = Loop(root.node.loop)
    stack = [root]
    for segment in segments:
        node = grammar.segment_node(segment.node)
        if node is None:
            stack[-1].segments.append(segment)
            continue
        opens = node is node.loop.opener and not (node.loop is root.node and not root.segments)
        open_ = next((o for o in reversed(stack) if o.node is node.loop), None)
        if open_ is not None and not opens:
            open_.segments.append(segment)
            continue
        path = node.loop.path
        keep = path[:-1] if opens else path
        while len(stack) > 1 and stack[-1].node not in keep:
            stack.pop()
        for loop_node in path[path.index(stack[-1].node) + 1 if stack[-1].node in path else 0 :]:
            inner = Loop(loop_node)
            stack[-1].loops.append(inner)
            stack.append(inner)
        stack[-1].segments.append(segment)
    return root
