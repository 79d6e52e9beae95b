"""Finds the grammar node of each segment of a transaction set, and recovers after a fault.

The strict way is the guide's: from the current place on, the first node in guide order that takes
the segment's tag and qualifier, in the current loop or in the nearest loop around it. Which node
that is depends on the current node alone, so each answer is computed once (`Move`). What the
strict way cannot place goes through `_recover`, so that one fault gives one finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from edi_lint.engine.result import ClaimMark, Fault, FaultCode
from edi_lint.grammar import Grammar, LoopNode, SegmentNode
from edi_lint.x12 import Segment

Node = LoopNode | SegmentNode


@dataclass(frozen=True, slots=True)
class Move:
    """How to get from one node to the next.

    `closed` lists, for each loop that is left, innermost first, its required children that have
    had their last chance; `passed` the required children of the remaining loop that are passed
    over; `opens` the loops that are entered, outermost first.
    """

    target: SegmentNode
    closed: tuple[tuple[Node, ...], ...]
    passed: tuple[Node, ...]
    opens: tuple[LoopNode, ...]


@dataclass(slots=True)
class Frame:
    """One open loop: how often each child stood so far, and what seems to be missing."""

    loop: LoopNode
    counts: dict[int, int] = field(default_factory=dict)
    missing: list[tuple[Node, Segment]] = field(default_factory=list)
    claim: ClaimMark | None = None
    line: str = ""

    def count(self, node: Node) -> int:
        return self.counts.get(node.index, 0)

    def full(self, node: Node) -> bool:
        return bool(node.repeat) and self.count(node) >= node.repeat


class Moves:
    """The strict moves of one grammar, each computed when it is first needed."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self._known: dict[tuple[int, str, str], Move] = {}

    def find(self, node: SegmentNode, tag: str, qualifier: str) -> Move | None:
        """The strict move, None where the guide has no place for the segment from here on."""
        key = (node.index, tag, qualifier)
        known = self._known.get(key)
        if known is None:
            known = next(self.search(node, lambda n: _takes(n, tag, qualifier)), None)
            if known is not None:
                self._known[key] = known
        return known

    def search(self, node: SegmentNode, takes: Callable[[SegmentNode], bool]) -> Iterator[Move]:
        """Every move from `node` to a segment that `takes` accepts, nearest first."""
        closed: list[tuple[Node, ...]] = []
        loop: LoopNode | None = node.loop
        here: Node = node
        while loop is not None:
            for child in loop.children:
                if child.position < here.position:
                    continue
                passed = _required(loop, here.position, child.position, here)
                if isinstance(child, SegmentNode):
                    if not takes(child):
                        continue
                    if child is loop.opener:
                        if loop.loop is None:
                            continue
                        rest = _required(loop, here.position, None, here)
                        yield Move(child, (*closed, rest), (), (loop,))
                    else:
                        yield Move(child, tuple(closed), passed, ())
                else:
                    for opens in _entries(child, takes):
                        target = opens[-1].opener
                        assert target is not None
                        yield Move(target, tuple(closed), passed, opens)
            closed.append(_required(loop, here.position, None, here))
            here = loop
            loop = loop.loop


def _takes(node: SegmentNode, tag: str, qualifier: str) -> bool:
    if node.tag != tag or node.key is None:
        return node.tag == tag
    first, _, second = qualifier.partition("\n")
    return first in node.key_codes and (not node.second_codes or second in node.second_codes)


def _entries(
    loop: LoopNode, takes: Callable[[SegmentNode], bool]
) -> Iterator[tuple[LoopNode, ...]]:
    """The chains of loops that a segment opens when it opens `loop`, wrappers looked through."""
    if loop.opener is not None:
        if takes(loop.opener):
            yield (loop,)
        return
    for child in loop.children:
        if isinstance(child, LoopNode):
            for inner in _entries(child, takes):
                yield (loop, *inner)


def _loops_from(
    parent: LoopNode, position: int
) -> Iterator[tuple[tuple[LoopNode, ...], LoopNode]]:
    """Child loops from a position on that have an opener, with the wrappers around each."""
    for child in parent.children:
        if isinstance(child, LoopNode) and child.position >= position:
            if child.opener is not None:
                yield (), child
            else:
                for outer, loop in _loops_from(child, 0):
                    yield (child, *outer), loop


def _first_segment(node: Node) -> SegmentNode:
    while isinstance(node, LoopNode):
        node = node.children[0]
    return node


def _required(
    loop: LoopNode, start: int, stop: int | None, current: Node
) -> tuple[Node, ...]:
    """Required children from position `start` up to `stop` (None: to the end), `current` apart."""
    return tuple(
        c
        for c in loop.children
        if c.required
        and c is not current
        and c.position >= start
        and (stop is None or c.position < stop)
    )


class Walker:
    """Places the segments of one transaction set, one after the other."""

    def __init__(self, moves: Moves, report: Callable[[Fault], None]) -> None:
        self.moves = moves
        self.grammar = moves.grammar
        self.report = report
        root = self.grammar.transaction
        assert root.opener is not None
        self.node: SegmentNode = root.opener
        self.frames: list[Frame] = [Frame(root, {self.node.index: 1})]
        self.unplaced: list[tuple[str, str]] = []
        self.before: bytes = b""

    # what the engine asks for

    @property
    def claim(self) -> ClaimMark | None:
        return next((f.claim for f in reversed(self.frames) if f.claim), None)

    @property
    def line(self) -> str:
        return next((f.line for f in reversed(self.frames) if f.line), "")

    def place(self, tag: str, qualifier: str, segment: Segment) -> SegmentNode | None:
        """The node of a segment, None where it has none; reports what is wrong about the place."""
        move = self.moves.find(self.node, tag, qualifier)
        if move is not None:
            if move.opens and self._is_duplicate(move, segment):
                self._fault(FaultCode.SEGMENT_REPEATS, segment, move.target, move.target.repeat)
                return move.target
            self._go(move, segment)
            return move.target
        return self._recover(tag, qualifier, segment)

    def flush(self) -> None:
        """Report what is missing so far: nothing that follows could still make up for it."""
        for frame in self.frames:
            if frame.missing:
                self._report_missing(frame)

    def close(self, segment: Segment) -> None:
        """The set ends without an SE: report what its open loops still lack, at `segment`."""
        self._pop_to(0, segment)
        self.flush()

    # moving

    def _go(self, move: Move, segment: Segment) -> None:
        for required in move.closed:
            self._leave(required, segment)
        frame = self.frames[-1]
        for node in move.passed:
            if not frame.count(node):
                self._miss(frame, node, segment)
        for loop in move.opens:
            frame = self._open(loop, segment)
        self._count(frame, move.target, segment, FaultCode.SEGMENT_REPEATS)
        self.node = move.target
        self.unplaced.clear()

    def _open(self, loop: LoopNode, segment: Segment) -> Frame:
        self._count(self.frames[-1], loop, segment, FaultCode.LOOP_REPEATS)
        self.frames.append(Frame(loop))
        return self.frames[-1]

    def _leave(self, required: tuple[Node, ...], segment: Segment) -> None:
        frame = self.frames[-1]
        for node in required:
            if not frame.count(node):
                self._miss(frame, node, segment)
        self._report_missing(frame)
        self.frames.pop()

    def _count(self, frame: Frame, node: Node, segment: Segment, code: FaultCode) -> None:
        count = frame.counts.get(node.index, 0) + 1
        frame.counts[node.index] = count
        if node.repeat and count > node.repeat:
            self._fault(code, segment, node, node.repeat)

    # what is missing

    def _miss(self, frame: Frame, node: Node, segment: Segment) -> None:
        """Note a required child as missing, unless an unplaced segment stands where it should."""
        opener = _first_segment(node)
        for index, (tag, _) in enumerate(self.unplaced):
            if tag == opener.tag or tag not in self.grammar.keys:
                del self.unplaced[index]
                return
        frame.missing.append((node, segment))

    def _report_missing(self, frame: Frame) -> None:
        for node, segment in frame.missing:
            is_loop = isinstance(node, LoopNode)
            code = FaultCode.LOOP_MISSING if is_loop else FaultCode.SEGMENT_MISSING
            fault = Fault(code, segment, node.index)
            fault.claim, fault.line = self._owner(frame)
            self.report(fault)
        frame.missing.clear()

    def _owner(self, frame: Frame) -> tuple[ClaimMark | None, str]:
        """The claim and line that an open loop belongs to."""
        upto = self.frames[: self.frames.index(frame) + 1]
        claim = next((f.claim for f in reversed(upto) if f.claim), None)
        return claim, next((f.line for f in reversed(upto) if f.line), "")

    def _fault(
        self, code: FaultCode, segment: Segment, node: Node | None = None, number: int = 0
    ) -> None:
        fault = Fault(code, segment, node.index if node else 0, number=number)
        fault.claim, fault.line = self.claim, self.line
        self.report(fault)

    # recovering

    def _is_duplicate(self, move: Move, segment: Segment) -> bool:
        """Whether the segment opening a loop is the one just read once more, by mistake.

        Two equal loops in a row can be right where nothing but their first segment is required;
        where the second would leave the first incomplete, or be one too many, it is a duplicate.
        """
        if self.node is not move.target or segment.raw != self.before:
            return False
        incomplete = any(not self.frames[-1].count(n) for n in move.closed[0])
        return incomplete or self.frames[-2].full(move.opens[0])

    def _recover(self, tag: str, qualifier: str, segment: Segment) -> SegmentNode | None:
        def takes(node: SegmentNode) -> bool:
            return _takes(node, tag, qualifier)

        if self.unplaced:
            entered = self._enter_without_opener(takes, segment, stood_in=True)
            if entered:
                return entered
        return (
            self._out_of_order(takes, segment)
            or self._enter_without_opener(takes, segment, stood_in=False)
            or self._too_many(takes, segment)
            or self._not_placed(tag, qualifier, segment)
        )

    def _out_of_order(
        self, takes: Callable[[SegmentNode], bool], segment: Segment
    ) -> SegmentNode | None:
        """A segment or loop that should have stood earlier in a loop that is still open."""
        for depth in range(len(self.frames) - 1, 0, -1):
            frame = self.frames[depth]
            for child in frame.loop.children:
                if frame.full(child) or child is frame.loop.opener:
                    continue
                if isinstance(child, SegmentNode) and takes(child):
                    frame.counts[child.index] = frame.count(child) + 1
                    frame.missing = [m for m in frame.missing if m[0] is not child]
                    self._fault(FaultCode.SEGMENT_ORDER, segment, child)
                    return child
                if isinstance(child, LoopNode) and child.opener and takes(child.opener):
                    frame.missing = [m for m in frame.missing if m[0] is not child]
                    self._fault(FaultCode.SEGMENT_ORDER, segment, child.opener)
                    self._pop_to(depth, segment)
                    self._open(child, segment).counts[child.opener.index] = 1
                    self.node = child.opener
                    return child.opener
        return None

    def _pop_to(self, depth: int, segment: Segment) -> None:
        here: Node = self.node
        while len(self.frames) > depth + 1:
            loop = self.frames[-1].loop
            self._leave(_required(loop, here.position, None, here), segment)
            here = loop

    def _enter_without_opener(
        self, takes: Callable[[SegmentNode], bool], segment: Segment, stood_in: bool
    ) -> SegmentNode | None:
        """Enter a loop by a later segment of it: the segment that opens the loop is missing.

        Only where that explains the segment well: the loop is required and not there yet, or the
        segment is one that the loop requires (or comes before those) and nothing else required
        is left out. `stood_in`: an unplaced segment before this one is taken for the opener.
        """
        best: tuple[int, Move, LoopNode] | None = None
        for order, (move, loop) in enumerate(self._openerless(takes)):
            assert loop.opener is not None
            if stood_in and not self._replaced(loop.opener):
                continue
            frame = self.frames[len(self.frames) - 1 - len(move.closed)]
            wanted = loop.required and not frame.count(loop)
            skipped = move.passed
            needed = any(c.required and c is not loop.opener for c in loop.children)
            if not wanted and (skipped or not needed or frame.full(loop)):
                continue
            rank = order if wanted else order + 1000
            if best is None or rank < best[0]:
                best = (rank, move, loop)
        if best is None:
            return None
        _, move, loop = best
        for required in move.closed:
            self._leave(required, segment)
        for opened in move.opens:
            frame = self._open(opened, segment)
            if opened is loop:
                assert loop.opener is not None
                frame.counts[loop.opener.index] = 1
                if not self._replaced(loop.opener):
                    frame.missing.append((loop.opener, segment))
                for node in move.passed:
                    frame.missing.append((node, segment))
        self._count(self.frames[-1], move.target, segment, FaultCode.SEGMENT_REPEATS)
        self.node = move.target
        self.unplaced.clear()
        return move.target

    def _openerless(
        self, takes: Callable[[SegmentNode], bool]
    ) -> Iterator[tuple[Move, LoopNode]]:
        """Moves into a loop past its opener; `passed` is what else is skipped inside it."""
        closed: list[tuple[Node, ...]] = []
        here: Node = self.node
        for frame in reversed(self.frames):
            for outer, loop in _loops_from(frame.loop, here.position):
                opener = loop.opener
                assert opener is not None
                for inner in loop.children:
                    skipped = _required(loop, opener.position, inner.position, opener)
                    if isinstance(inner, SegmentNode):
                        if inner is not opener and takes(inner):
                            skipped = tuple(s for s in skipped if s is not inner)
                            yield Move(inner, tuple(closed), skipped, (*outer, loop)), loop
                    else:
                        for opens in _entries(inner, takes):
                            target = opens[-1].opener
                            assert target is not None
                            opened = (*outer, loop, *opens)
                            yield Move(target, tuple(closed), skipped, opened), loop
            closed.append(_required(frame.loop, here.position, None, here))
            here = frame.loop

    def _replaced(self, opener: SegmentNode) -> bool:
        """Whether an unplaced segment may be the opener with its tag or qualifier spoilt."""
        return any(tag == opener.tag or tag not in self.grammar.keys for tag, _ in self.unplaced)

    def _too_many(
        self, takes: Callable[[SegmentNode], bool], segment: Segment
    ) -> SegmentNode | None:
        """One more of what an open loop has its full number of, out of its place besides."""
        for frame in reversed(self.frames[1:]):
            for child in frame.loop.children:
                if isinstance(child, LoopNode) or child is frame.loop.opener:
                    continue
                if takes(child):
                    self._fault(FaultCode.SEGMENT_REPEATS, segment, child, child.repeat)
                    return child
        return None

    def _not_placed(self, tag: str, qualifier: str, segment: Segment) -> SegmentNode | None:
        """Nothing takes the segment: its qualifier, its place, or its tag is wrong.

        A wrong qualifier does not hide a segment that the guide wants right here: that one is
        placed, and the check of its elements reports the qualifier.
        """
        known = qualifier.partition("\n")[0] in self.grammar.qualifiers.get(tag, ())
        fitting = [] if known else list(self.moves.search(self.node, lambda n: n.tag == tag))
        wanted = next((m for m in fitting if self._is_wanted(m)), None)
        if wanted is not None:
            self._go(wanted, segment)
            return wanted.target
        self.unplaced.append((tag, qualifier))
        if fitting and fitting[0].target.key:
            element, component = fitting[0].target.key
            fault = Fault(FaultCode.BAD_CODE, segment, 0, element, component)
            fault.claim, fault.line = self.claim, self.line
            self.report(fault)
        elif tag in self.grammar.keys:
            self._fault(FaultCode.SEGMENT_UNEXPECTED, segment)
        else:
            self._fault(FaultCode.SEGMENT_UNRECOGNIZED, segment)
        return None

    def _is_wanted(self, move: Move) -> bool:
        """Whether the move ends at something required that is not there yet."""
        frame = self.frames[len(self.frames) - 1 - len(move.closed)]
        node: Node = move.opens[0] if move.opens else move.target
        return node.required and not frame.count(node)
