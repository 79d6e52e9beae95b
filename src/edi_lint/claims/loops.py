"""Groups the segments of a block into the loops of the guide."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from edi_lint.engine import LINE_LOOP, Block, BlockKind
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


Nodes = tuple[LoopNode | SegmentNode | None, ...]


class _LoopShape:
    """What a loop looks like wherever the same nodes stand in the same order.

    `indexes` are those of its own segments by their tags, from the beginning of that stretch.
    """

    __slots__ = ("indexes", "loops", "node")

    def __init__(self, node: LoopNode) -> None:
        self.node = node
        self.indexes: dict[str, list[int]] = {}
        self.loops: list[_LoopShape] = []


Inner = list[tuple[_LoopShape, int]]


class Loop:
    """One occurrence of a loop: its own segments in file order, and the loops inside it."""

    __slots__ = ("_at", "_inner", "_loops", "_shape", "block", "node")

    def __init__(
        self,
        shape: _LoopShape,
        block: Block,
        at: int = 0,
        inner: list[tuple[_LoopShape, int]] | None = None,
    ) -> None:
        """`at` is the index in the block that the shape begins at.

        `inner` are the loops inside it with theirs, where they are not those of the shape alone.
        """
        self.node = shape.node
        self.block = block
        self._shape = shape
        self._at = at
        self._inner = inner
        self._loops: list[Loop] | None = None

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def loops(self) -> list[Loop]:
        """The loops directly inside this one, in file order, made once."""
        if self._loops is None:
            block, at = self.block, self._at
            if self._inner is None:
                self._loops = [Loop(shape, block, at) for shape in self._shape.loops]
            else:
                self._loops = [Loop(shape, block, begin) for shape, begin in self._inner]
        return self._loops

    def first(self, tag: str, *qualifiers: str) -> Segment | None:
        """The first segment of the tag, with one of the qualifiers in element 01 if any given."""
        for index in self._shape.indexes.get(tag, ()):
            segment = self.block.segment(self._at + index)
            if not qualifiers or segment.value(1) in qualifiers:
                return segment
        return None

    def all(self, tag: str, *qualifiers: str) -> list[Segment]:
        """The segments of the tag, with one of the qualifiers in element 01 if any given."""
        indexes = self._shape.indexes.get(tag)
        if indexes is None:
            return []
        segments = [self.block.segment(self._at + index) for index in indexes]
        return [s for s in segments if s.value(1) in qualifiers] if qualifiers else segments

    def inner(self, *ids: str) -> Iterator[Loop]:
        """The loops directly inside this one, with one of the ids, in file order."""
        return (loop for loop in self.loops if loop.node.id in ids)

    def span(self) -> tuple[int, int]:
        """Indexes of the first and the last segment in it, those of inner loops included."""
        inner = [loop.span() for loop in self.loops]
        own = self._shape.indexes.values()
        return (
            min([self._at + held[0] for held in own] + [first for first, _ in inner]),
            max([self._at + held[-1] for held in own] + [last for _, last in inner]),
        )


def loop_tree(block: Block) -> Loop | None:
    """The outermost loop of a block; None where no guide has such a loop.

    A segment without a place of its own goes to the loop that was open where it stands, and so
    does one whose place is outside the outermost loop; one that is misplaced goes to none. The tree
    is made once for each block.
    """
    if block.loops is None:
        block.loops = _tree(block)
    return block.loops if isinstance(block.loops, Loop) else None


def _tree(block: Block) -> Loop | bool:
    """The tree of a block, from the shapes of what comes before its lines and of each line.

    An LX leaves nothing open but the outermost loop, so what follows hangs on nothing before it.
    """
    transaction = block.context.transaction
    if transaction is None or transaction.grammar is None:
        return False
    nodes, numbers = transaction.grammar.nodes, block.nodes
    outermost = _outermost(block, nodes)
    if outermost is None:
        return False
    steps = _steps(outermost)
    begins = [i for i, number in enumerate(numbers) if number == steps.line] if steps.line else []
    bounds = pairwise((0, *begins, len(numbers)))
    head, *lines = [_stretch(block, begin, end, steps, nodes) for begin, end in bounds]
    if any(line.indexes for line in lines):
        return Loop(_shape(block, 0, len(numbers), steps, nodes), block, 0)
    inner: Inner = [(shape, 0) for shape in head.loops]
    for line, begin in zip(lines, begins, strict=True):
        inner += [(shape, begin) for shape in line.loops]
    return Loop(head, block, 0, inner)


def _stretch(block: Block, begin: int, end: int, steps: _Steps, nodes: Nodes) -> _LoopShape:
    """The outermost loop as if nothing else stood in it; remembered where every segment has a
    place."""
    numbers = block.nodes[begin:end]
    key = numbers.tobytes()
    shape = steps.shapes.get(key)
    if shape is None:
        shape = _shape(block, begin, end, steps, nodes)
        if 0 not in numbers:
            if len(steps.shapes) >= _REMEMBERED:
                steps.shapes.clear()
            steps.shapes[key] = shape
    return shape


_REMEMBERED = 1000
"""How many shapes are kept for each outermost loop."""


def _shape(block: Block, begin: int, end: int, steps: _Steps, nodes: Nodes) -> _LoopShape:
    root = _LoopShape(steps.root)
    stack = [root]
    here = root.node
    known = steps.known[here]
    for index, number in enumerate(block.nodes[begin:end]):
        if number:
            tag, depth, opens = known.get(number) or steps.find(here, nodes[number])
            shape = stack[depth]
            if opens is not None:
                del stack[depth + 1 :]
                for node in opens:
                    inner = _LoopShape(node)
                    shape.loops.append(inner)
                    stack.append(inner)
                    shape = inner
                here = shape.node
                known = steps.known[here]
        elif begin + index in block.apart:
            continue
        else:
            tag, shape = block.segment(begin + index).tag, stack[-1]
        held = shape.indexes.get(tag)
        if held is None:
            shape.indexes[tag] = [index]
        else:
            held.append(index)
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
    `shapes` are by the nodes of what they stand for; `line` is the node that begins a service line
    (0: none).
    """

    def __init__(self, root: LoopNode) -> None:
        self.root = root
        self.known: defaultdict[LoopNode, dict[int, _Step]] = defaultdict(dict)
        self.shapes: dict[bytes, _LoopShape] = {}
        self.line = 0
        for loop in root.children:
            if isinstance(loop, LoopNode) and loop.id == LINE_LOOP and loop.opener:
                self.line = loop.opener.index

    def find(self, here: LoopNode, node: LoopNode | SegmentNode | None) -> _Step:
        assert isinstance(node, SegmentNode)
        step = self.known[here][node.index] = self._step(here, node)
        return step

    def _step(self, here: LoopNode, node: SegmentNode) -> _Step:
        loop, outside = node.loop, len(self.root.path) - 1
        if self.root not in loop.path:
            return _Step(node.tag, len(here.path) - 1 - outside, None)
        if node is not loop.opener and loop in here.path:
            return _Step(node.tag, len(loop.path) - 1 - outside, None)
        anew = node is loop.opener and loop is not self.root
        around = loop.path[:-1] if anew else loop.path
        shared = sum(a is b for a, b in zip(here.path, around, strict=False))
        return _Step(node.tag, shared - 1 - outside, loop.path[shared:])


_steps = cache(_Steps)
"""The steps under an outermost loop, the same for every block."""


def _outermost(block: Block, nodes: Nodes) -> LoopNode | None:
    """The loop around a block's first segment with a place in it; any of that id without one."""
    id_ = _OUTERMOST.get(block.kind, "")
    for index in block.nodes:
        if isinstance(node := nodes[index], SegmentNode) and (loop := _around(node.loop, id_)):
            return loop
    return next((n for n in nodes if isinstance(n, LoopNode) and n.id == id_), None)


@cache
def _around(inner: LoopNode, id_: str) -> LoopNode | None:
    """The loop of that id that a loop is in, or is itself."""
    return next((loop for loop in inner.path if loop.id == id_), None)
