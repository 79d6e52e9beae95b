"""Finds the grammar node of each segment of a transaction set, and recovers after a fault.

The strict way is the guide's: from the current place on, the first node in guide order that takes
the segment's tag and qualifier, in the current loop or in the nearest loop around it. Which node
that is depends on the current node alone, so each answer is computed once (`Move`). What the
strict way cannot place goes through `_recover`, so that one fault gives one finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from edi_lint.engine.result import ClaimMark, Fault, FaultCode
from edi_lint.grammar import Grammar, LoopNode, SegmentNode
from edi_lint.x12 import Segment

Node = LoopNode | SegmentNode


class Move(NamedTuple):
    """How to get from one node to the next.

    `closed` lists, for each loop that is left, innermost first, its required children that have
    had their last chance; `passed` the required children of the remaining loop that are passed
    over; `opens` the loops that are entered, outermost first.
    """

    target: SegmentNode
    closed: tuple[tuple[Node, ...], ...]
    passed: tuple[Node, ...]
    opens: tuple[LoopNode, ...]

    def quick(self) -> QuickMove:
        """The same by node indexes, for `Walker.quick`."""
        counted = self.opens[0] if self.opens else self.target
        below = (*(o.index for o in self.opens[1:]), self.target.index)
        return QuickMove(
            self.target,
            tuple(tuple(n.index for n in required) for required in self.closed),
            tuple(n.index for n in self.passed),
            counted.index,
            counted.repeat,
            tuple(zip(self.opens, below, strict=False)),
        )


class QuickMove(NamedTuple):
    """A `Move` as numbers: `counted` is the node that is counted in the loop that stays open.

    `opens` pairs each loop that is entered with the index of what is counted in it.
    """

    target: SegmentNode
    closed: tuple[tuple[int, ...], ...]
    passed: tuple[int, ...]
    counted: int
    repeat: int
    opens: tuple[tuple[LoopNode, int], ...]


class _Entry(NamedTuple):
    """A move into `loop` past its opener. `outermost` is the loop or the first wrapper around it;
    `before` is what the loop around that requires to stand before it.
    """

    move: Move
    loop: LoopNode
    outermost: LoopNode
    before: tuple[Node, ...]

    @property
    def opener(self) -> SegmentNode:
        assert self.loop.opener is not None
        return self.loop.opener


@dataclass(slots=True)
class Frame:
    """One open loop: how often each child stood so far, and what seems to be missing."""

    loop: LoopNode
    counts: dict[int, int] = field(default_factory=dict)
    missing: tuple[tuple[Node, Segment], ...] = ()
    told: frozenset[int] = frozenset()
    claim: ClaimMark | None = None
    line: str = ""

    def count(self, node: Node) -> int:
        return self.counts.get(node.index, 0)

    def full(self, node: Node) -> bool:
        return bool(node.repeat) and self.count(node) >= node.repeat


LEVELS = frozenset({"ST_LOOP", "2000A", "2000B", "2000C", "2300"})
"""Loops that begin a block of their own."""

_KEY_KEPT = 32
_MOVES_KEPT = 20_000
"""No sound file needs as many; in a few places that it looks at the guide takes any text."""
_STRAYS_KEPT = 20
_TAG_KEPT = 16


class Moves:
    """The strict moves of one grammar, each computed when it is first needed."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.known: dict[tuple[int, bytes, bytes], Move] = {}
        self.quick: dict[tuple[int, bytes, bytes], QuickMove] = {}
        self._by_tag: dict[tuple[int, str], tuple[Move, ...]] = {}

    def find(self, node: SegmentNode, tag: bytes, qualifier: bytes) -> Move | None:
        """The strict move, None where the guide has no place for the segment from here on."""
        key = (node.index, tag, qualifier)
        move = self.known.get(key)
        if move is None:
            text, value = tag.decode("latin-1"), qualifier.decode("latin-1")
            move = next(self.search(node, lambda n: _takes(n, text, value)), None)
            if move is not None and len(qualifier) <= _KEY_KEPT and len(self.known) < _MOVES_KEPT:
                self.known[key] = move
                self.quick[key] = move.quick()
        return move

    def by_tag(self, node: SegmentNode, tag: str) -> tuple[Move, ...]:
        """The moves to any segment of a tag, whatever its qualifier, nearest first."""
        if tag not in self.grammar.keys:
            return ()
        key = (node.index, tag)
        if key not in self._by_tag:
            self._by_tag[key] = tuple(self.search(node, lambda n: n.tag == tag))
        return self._by_tag[key]

    def search(self, node: SegmentNode, takes: Callable[[SegmentNode], bool]) -> Iterator[Move]:
        """Every move from `node` to a segment that `takes` accepts, nearest first."""
        closed: list[tuple[Node, ...]] = []
        loop: LoopNode | None = node.loop
        here: Node = node
        while loop is not None:
            for child in loop.children:
                if child.position < here.position:
                    continue
                if isinstance(child, LoopNode):
                    for opens in _entries(child, takes):
                        passed = _required(loop, here.position, child.position, here)
                        passed += _earlier_siblings(loop, child, here)
                        yield Move(_first_segment(opens[-1]), tuple(closed), passed, opens)
                elif not takes(child):
                    continue
                elif child is not loop.opener:
                    passed = _required(loop, here.position, child.position, here)
                    yield Move(child, tuple(closed), passed, ())
                elif loop.loop is not None:
                    rest = _required(loop, here.position, None, here)
                    yield Move(child, (*closed, rest), (), (loop,))
            closed.append(_required(loop, here.position, None, here))
            here = loop
            loop = loop.loop


@cache
def moves_of(grammar: Grammar) -> Moves:
    """The moves of a grammar, the same for every file."""
    return Moves(grammar)


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


def _loops_from(parent: LoopNode, position: int) -> Iterator[tuple[tuple[LoopNode, ...], LoopNode]]:
    """Child loops from a position on that have an opener, with the wrappers around each."""
    for child in parent.children:
        if isinstance(child, LoopNode) and child.position >= position:
            if child.opener is not None:
                yield (), child
            else:
                for outer, loop in _loops_from(child, 0):
                    yield (child, *outer), loop


def _moves_past_opener(
    loop: LoopNode, takes: Callable[[SegmentNode], bool], skipping: bool
) -> Iterator[Move]:
    """Ways into a loop by a later segment, or by a loop inside it."""
    opener = loop.opener
    assert opener is not None
    for child in loop.children:
        passed = _required(loop, opener.position, child.position, opener)
        if passed and not skipping:
            return
        if isinstance(child, LoopNode):
            for opens in _entries(child, takes):
                yield Move(_first_segment(opens[-1]), (), passed, (loop, *opens))
        elif child is not opener and takes(child):
            yield Move(child, (), passed, (loop,))


def _segments_of(loop: LoopNode) -> Iterator[SegmentNode]:
    """The loop's own segments but for its opener."""
    return (c for c in loop.children if isinstance(c, SegmentNode) and c is not loop.opener)


def _first_segment(node: Node) -> SegmentNode:
    while isinstance(node, LoopNode):
        node = node.children[0]
    return node


@cache
def _required(loop: LoopNode, start: int, stop: int | None, current: Node) -> tuple[Node, ...]:
    """Required children from position `start` up to `stop` (None: to the end), `current` apart."""
    return tuple(
        c
        for c in loop.children
        if c.required
        and c is not current
        and c.position >= start
        and (stop is None or c.position < stop)
    )


def _earlier_siblings(loop: LoopNode, child: LoopNode, here: Node) -> tuple[Node, ...]:
    """Required loops that share the position of `child` and come before it in the guide."""
    before = loop.children[: loop.children.index(child)]
    return tuple(
        n
        for n in before
        if isinstance(n, LoopNode) and n.required and n.position == child.position and n is not here
    )


class Walker:
    """Places the segments of one transaction set, one after the other.

    `report` takes the faults; `peek` gives tag and qualifier of the segment after the present one.
    """

    def __init__(
        self,
        moves: Moves,
        report: Callable[[Fault], None],
        peek: Callable[[], tuple[bytes, bytes]],
    ) -> None:
        self.moves = moves
        self.grammar = moves.grammar
        self.report = report
        self.peek = peek
        root = self.grammar.transaction
        assert root.opener is not None
        self.node: SegmentNode = root.opener
        self.frames: list[Frame] = [Frame(root, {self.node.index: 1})]
        self.unplaced: list[tuple[str, str]] = []
        self.strays: list[tuple[str, str]] = []
        self.older_strays: list[tuple[str, str]] = []
        self.spoilt: list[Frame] = []
        self.pending: list[tuple[Node, Fault]] = []
        self.before: bytes = b""
        self.duplicate = False
        self.lost = ""
        self.aside: LoopNode | None = None

    # what the engine asks for

    @property
    def claim(self) -> ClaimMark | None:
        return next((f.claim for f in reversed(self.frames) if f.claim), None)

    @property
    def line(self) -> str:
        return next((f.line for f in reversed(self.frames) if f.line), "")

    @property
    def quiet(self) -> bool:
        """Whether nothing so far can still lead to a fault or take one back."""
        return not (
            self.unplaced
            or self.pending
            or self.spoilt
            or self.strays
            or self.older_strays
            or self.aside is not None
            or any(frame.missing for frame in self.frames)
        )

    def level(self) -> Frame:
        """The innermost open loop that is a hierarchical level, a claim, or the set itself."""
        for frame in reversed(self.frames):
            if frame.loop.id in LEVELS:
                return frame
        return self.frames[0]

    def quick(self, tag: bytes, qualifier: bytes, raw: bytes) -> SegmentNode | None:
        """Place a segment that follows as the guide has it and leaves nothing to report.

        Does nothing and returns None for any other; `place` then decides.
        """
        move = self.moves.quick.get((self.node.index, tag, qualifier))
        if move is None or self.unplaced or self.aside is not None or self.pending:
            return None
        target, closed, passed, counted, repeat, opens = move
        frames = self.frames
        depth = -1
        for required in closed:
            frame = frames[depth]
            counts = frame.counts
            if frame.missing:
                return None
            for index in required:
                if index not in counts:
                    return None
            depth -= 1
        frame = frames[depth]
        counts = frame.counts
        if frame.missing:
            return None
        for index in passed:
            if index not in counts:
                return None
        count = counts.get(counted, 0) + 1
        if (repeat and count > repeat) or (opens and target is self.node and raw == self.before):
            return None
        if closed:
            del frames[depth + 1 :]
        counts[counted] = count
        for loop, inner in opens:
            frames.append(Frame(loop, {inner: 1}))
        self.node = target
        self.duplicate = False
        self.lost = ""
        return target

    def place(
        self, tag: bytes, qualifier: bytes, segment: Segment, raw: bytes
    ) -> SegmentNode | None:
        """The node of a segment, None where it has none; reports what is wrong about the place."""
        move = self.moves.find(self.node, tag, qualifier)
        self.duplicate = False
        self.lost = ""
        if move is not None:
            if move.opens and self._is_duplicate(move, raw):
                self.duplicate = True
                self._fault(FaultCode.SEGMENT_REPEATS, segment, move.target, move.target.repeat)
                return move.target
            if move.opens and self._comes_late(move, segment):
                return move.target
            self.aside = None
            self._go(move, segment)
            return move.target
        return self._recover(tag.decode("latin-1"), qualifier.decode("latin-1"), segment)

    def flush(self, below: Frame | None = None) -> None:
        """Report what is missing so far, outside the frame `below` and what it holds.

        Nothing that follows could still make up for it. What stood somewhere else instead has
        been reported there, if it was not further away than in the level before.
        """
        for frame in self.frames:
            if frame is below:
                break
            self._give_up(frame)
        for node, fault in self.pending:
            first = _first_segment(node)
            for strays in (self.older_strays, self.strays):
                stray = next((s for s in strays if _takes(first, *s)), None)
                if stray is not None:
                    strays.remove(stray)
                    break
            else:
                self.report(fault)
        self.pending.clear()
        self.spoilt.clear()
        self.older_strays, self.strays = self.strays, []

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
        frame = self.frames[-1]
        if frame.missing:
            frame.missing = tuple(m for m in frame.missing if m[0] is not loop)
        self._count(frame, loop, segment, FaultCode.LOOP_REPEATS)
        self.frames.append(Frame(loop))
        return self.frames[-1]

    def _leave(self, required: tuple[Node, ...], segment: Segment) -> None:
        frame = self.frames[-1]
        for node in required:
            if not frame.count(node):
                self._miss(frame, node, segment)
        self._give_up(frame)
        self.frames.pop()

    def _count(self, frame: Frame, node: Node, segment: Segment, code: FaultCode) -> None:
        count = frame.counts.get(node.index, 0) + 1
        frame.counts[node.index] = count
        if node.repeat and count > node.repeat:
            self._fault(code, segment, node, node.repeat)

    # what is missing

    def _miss(self, frame: Frame, node: Node, segment: Segment) -> None:
        """Note a required child as missing, unless an unplaced segment stands where it should."""
        if node.index in frame.told or any(m[0] is node for m in frame.missing):
            return
        opener = _first_segment(node)
        for index, (tag, _) in enumerate(self.unplaced):
            if tag == opener.tag or tag not in self.grammar.keys:
                del self.unplaced[index]
                return
        if any(f is frame for f in self.spoilt):
            self.spoilt = [f for f in self.spoilt if f is not frame]
            return
        frame.missing = (*frame.missing, (node, segment))

    def _give_up(self, frame: Frame) -> None:
        """What the frame lacks becomes faults; a segment that comes late may take one back."""
        for node, segment in frame.missing:
            is_loop = isinstance(node, LoopNode)
            code = FaultCode.LOOP_MISSING if is_loop else FaultCode.SEGMENT_MISSING
            fault = Fault(code, segment, node.index)
            fault.claim, fault.line = self._owner(frame)
            self.pending.append((node, fault))
            frame.told |= {node.index}
        frame.missing = ()

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

    def _is_duplicate(self, move: Move, raw: bytes) -> bool:
        """Whether the segment opening a loop is the one just read once more, by mistake.

        Two equal loops in a row can be right where nothing but their first segment is required;
        where the second would leave the first incomplete, or be one too many, it is a duplicate.
        """
        if self.node is not move.target or raw != self.before:
            return False
        incomplete = any(not self.frames[-1].count(n) for n in move.closed[0])
        return incomplete or self.frames[-2].full(move.opens[0])

    def _comes_late(self, move: Move, segment: Segment) -> bool:
        """Whether the segment is the opener that a loop was entered without just before."""
        for frame in reversed(self.frames):
            if frame.loop is move.opens[-1]:
                late = [
                    m
                    for m in frame.missing
                    if m[0] is move.target and segment.ordinal - m[1].ordinal == 1
                ]
                if late:
                    frame.missing = tuple(m for m in frame.missing if m is not late[0])
                    self._fault(FaultCode.SEGMENT_ORDER, segment, move.target)
                    if frame is self.frames[-1]:
                        self.node = move.target
                return bool(late)
        return False

    def _recover(self, tag: str, qualifier: str, segment: Segment) -> SegmentNode | None:
        def takes(node: SegmentNode) -> bool:
            return _takes(node, tag, qualifier)

        if self.aside is not None:
            inside = self._inside_aside(takes)
            if inside is not None:
                return inside
            self.aside = None
        if tag not in self.grammar.keys:
            return self._not_placed(tag, qualifier, segment)
        wanted = self._wanted_here(tag, qualifier)
        if wanted is not None:
            self._go(wanted, segment)
            return wanted.target
        entry = self._entry(takes, stood_in=True) if self.unplaced else None
        entry = entry or self._level_below(takes) or self._foreseen(takes)
        if entry is not None:
            return self._enter(entry, segment)
        return (
            self._out_of_order(takes, segment)
            or self._enter_without_opener(takes, segment)
            or self._too_many(takes, segment)
            or self._not_placed(tag, qualifier, segment)
        )

    def _inside_aside(self, takes: Callable[[SegmentNode], bool]) -> SegmentNode | None:
        """A segment of the loop that is read aside, or of one like it that fits better."""
        assert self.aside is not None
        siblings = self.aside.loop.children if self.aside.loop else ()
        alike = (n for n in siblings if isinstance(n, LoopNode) and n is not self.aside)
        for loop in (self.aside, *alike):
            same = loop.position == self.aside.position and loop.opener is not None
            inside = next(filter(takes, _segments_of(loop)), None) if same else None
            if inside is not None:
                self.aside = loop
                return inside
        return None

    def _wanted_here(self, tag: str, qualifier: str) -> Move | None:
        """The move to something required here that the segment would be but for its qualifier.

        Its elements are checked afterwards and tell that the qualifier is wrong. Not where the
        next segment is the one that is wanted.
        """
        first = qualifier.partition("\n")[0]
        if first in self.grammar.qualifiers.get(tag, ()):
            return None
        for move in self.moves.by_tag(self.node, tag):
            if self._is_wanted(move):
                following = self.moves.find(self.node, *self.peek())
                return None if following and following.target is move.target else move
        return None

    def _level_below(self, takes: Callable[[SegmentNode], bool]) -> _Entry | None:
        """An HL whose level lies below one that is missing altogether, if it goes on like that."""
        for entry in self._entries_without_opener(takes, skipping=True):
            if entry.opener.tag == "HL" and entry.move.target.tag == "HL":
                goes_on = self.moves.find(entry.move.target, *self.peek())
                return entry if goes_on and self._possible(entry) else None
        return None

    def _out_of_order(
        self, takes: Callable[[SegmentNode], bool], segment: Segment
    ) -> SegmentNode | None:
        """A segment or loop that should have stood earlier in a loop that is still open.

        The place stays where it was; what follows in such a loop is taken from `aside`.
        """
        for depth in range(len(self.frames) - 1, 0, -1):
            frame = self.frames[depth]
            for child in frame.loop.children:
                if frame.full(child) or child is frame.loop.opener:
                    continue
                if isinstance(child, SegmentNode) and takes(child):
                    frame.counts[child.index] = frame.count(child) + 1
                    frame.missing = tuple(m for m in frame.missing if m[0] is not child)
                    self._fault(FaultCode.SEGMENT_ORDER, segment, child)
                    self.unplaced.append((child.tag, ""))
                    return child
                if isinstance(child, LoopNode) and child.opener and takes(child.opener):
                    frame.counts[child.index] = frame.count(child) + 1
                    frame.missing = tuple(m for m in frame.missing if m[0] is not child)
                    self._fault(FaultCode.SEGMENT_ORDER, segment, child.opener)
                    self.aside = child
                    return child.opener
        for entry in self.pending:
            first = _first_segment(entry[0])
            if takes(first):
                self.pending.remove(entry)
                self._fault(FaultCode.SEGMENT_ORDER, segment, first)
                self.aside = first.loop
                return first
        return None

    def _pop_to(self, depth: int, segment: Segment) -> None:
        here: Node = self.node
        while len(self.frames) > depth + 1:
            loop = self.frames[-1].loop
            self._leave(_required(loop, here.position, None, here), segment)
            here = loop

    def _foreseen(self, takes: Callable[[SegmentNode], bool]) -> _Entry | None:
        """The loop without opener that the next segment speaks for.

        It would go on from there, and could not go on from the present place.
        """
        tag, qualifier = self.peek()
        if not tag or self.moves.find(self.node, tag, qualifier):
            return None
        likely: _Entry | None = None
        for entry in self._entries_without_opener(takes, skipping=True):
            if self._possible(entry) and self.moves.find(entry.move.target, tag, qualifier):
                if not entry.move.passed:
                    return entry
                if entry.opener.tag == "HL" and likely is None:
                    likely = entry
        return likely

    def _enter_without_opener(
        self, takes: Callable[[SegmentNode], bool], segment: Segment
    ) -> SegmentNode | None:
        entry = self._entry(takes, stood_in=False)
        if entry is None:
            return None
        tag, qualifier = self.peek()
        if self.moves.find(self.node, tag, qualifier) and not self.moves.find(
            entry.move.target, tag, qualifier
        ):
            return None
        return self._enter(entry, segment)

    def _entry(self, takes: Callable[[SegmentNode], bool], stood_in: bool) -> _Entry | None:
        """The loop that the segment most likely belongs to, its opener missing.

        Only one that explains the segment well: the loop is required and not there yet, or the
        segment is one that the loop requires (or comes before those). `stood_in`: an unplaced
        segment before this one is taken for the opener.
        """
        best: _Entry | None = None
        for entry in self._entries_without_opener(takes):
            if (stood_in and not self._replaced(entry.opener)) or not self._possible(entry):
                continue
            frame = self._parent(entry)
            if entry.loop.required and not frame.count(entry.outermost):
                return entry
            if best is None and (stood_in or self._explains(entry)):
                best = entry
        return best

    def _parent(self, entry: _Entry) -> Frame:
        return self.frames[len(self.frames) - 1 - len(entry.move.closed)]

    def _possible(self, entry: _Entry) -> bool:
        """Whether there is room for the loop, and nothing else required would be left out."""
        if self._parent(entry).full(entry.loop):
            return False
        left = zip(reversed(self.frames), entry.move.closed, strict=False)
        return not (
            self._lacks(self._parent(entry), entry.before)
            or any(self._lacks(frame, required) for frame, required in left)
        )

    def _enter(self, best: _Entry, segment: Segment) -> SegmentNode:
        """Enter a loop by a later segment of it and report its opener as missing."""
        if best.opener.tag == "NM1" and not best.loop.required:
            return self._set_aside(best, segment)
        self.lost = best.loop.id
        for required in best.move.closed:
            self._leave(required, segment)
        for opened in best.move.opens:
            frame = self._open(opened, segment)
            if opened is best.loop:
                frame.counts[best.opener.index] = 1
                if not self._replaced(best.opener):
                    frame.missing = (*frame.missing, (best.opener, segment))
                if best.move.target.tag != "HL":
                    passed = ((node, segment) for node in best.move.passed)
                    frame.missing = (*frame.missing, *passed)
        self._count(self.frames[-1], best.move.target, segment, FaultCode.SEGMENT_REPEATS)
        self.node = best.move.target
        self.unplaced.clear()
        return best.move.target

    def _set_aside(self, entry: _Entry, segment: Segment) -> SegmentNode:
        """Take a segment for part of a name loop without NM1, and let the place be.

        Such loops look alike (N3 and N4 stand in many), so the file most likely goes on as if the
        loop had not been there.
        """
        if not self._replaced(entry.opener):
            self._fault(FaultCode.SEGMENT_MISSING, segment, entry.opener)
        self.unplaced.clear()
        self.aside = entry.loop
        return entry.move.target

    def _lacks(self, frame: Frame, required: tuple[Node, ...]) -> bool:
        return any(not frame.count(n) for n in required)

    def _explains(self, entry: _Entry) -> bool:
        """Whether a loop that need not be there is a likely place for the segment.

        One that is open already begins anew by a segment that it requires; any other by a segment
        that may stand before what it requires.
        """
        others = [c for c in entry.loop.children if c.required and c is not entry.opener]
        if any(f.loop is entry.loop for f in self.frames):
            return entry.move.target in others or any(o in others for o in entry.move.opens)
        return bool(others)

    def _entries_without_opener(
        self, takes: Callable[[SegmentNode], bool], skipping: bool = False
    ) -> Iterator[_Entry]:
        """Moves into a loop past its opener; `skipping`: past more that the loop requires too."""
        closed: list[tuple[Node, ...]] = []
        here: Node = self.node
        for frame in reversed(self.frames):
            for outer, loop in _loops_from(frame.loop, here.position):
                outermost = outer[0] if outer else loop
                before = _required(frame.loop, here.position, outermost.position, here)
                for move in _moves_past_opener(loop, takes, skipping):
                    opens = (*outer, *move.opens)
                    yield _Entry(
                        Move(move.target, tuple(closed), move.passed, opens),
                        loop,
                        outermost,
                        before,
                    )
            closed.append(_required(frame.loop, here.position, None, here))
            here = frame.loop

    def _replaced(self, opener: SegmentNode) -> bool:
        """Whether an unplaced segment may be the opener with its tag or qualifier spoilt."""
        return any(tag == opener.tag or tag not in self.grammar.keys for tag, _ in self.unplaced)

    def _too_many(
        self, takes: Callable[[SegmentNode], bool], segment: Segment
    ) -> SegmentNode | None:
        """One more of what an open loop has its full number of, out of its place besides."""
        child = next(filter(takes, _segments_of(self.frames[-1].loop)), None)
        if child is not None:
            self._fault(FaultCode.SEGMENT_REPEATS, segment, child, child.repeat)
        return child

    def _not_placed(self, tag: str, qualifier: str, segment: Segment) -> SegmentNode | None:
        """Nothing takes the segment: its qualifier, its place, or its tag is wrong."""
        first = qualifier.partition("\n")[0]
        known = first in self.grammar.qualifiers.get(tag, ())
        fitting = () if known else self.moves.by_tag(self.node, tag)
        stray = (tag[:_TAG_KEPT], qualifier[:_TAG_KEPT])
        self.unplaced = [*self.unplaced[-_STRAYS_KEPT:], stray]
        self.strays = [*self.strays[-_STRAYS_KEPT:], stray]
        if fitting and fitting[0].target.key:
            element, component = fitting[0].target.key
            code = FaultCode.BAD_CODE if first else FaultCode.ELEMENT_MISSING
            fault = Fault(code, segment, 0, element, component)
            fault.claim, fault.line = self.claim, self.line
            self.report(fault)
        elif tag in self.grammar.keys:
            self._fault(FaultCode.SEGMENT_UNEXPECTED, segment)
        else:
            self._fault(FaultCode.SEGMENT_UNRECOGNIZED, segment)
            self.spoilt = [*self.spoilt[-_STRAYS_KEPT:], self.frames[-1]]
        return None

    def _is_wanted(self, move: Move) -> bool:
        """Whether the move ends at something required that is not there yet."""
        frame = self.frames[len(self.frames) - 1 - len(move.closed)]
        node: Node = move.opens[0] if move.opens else move.target
        return node.required and not frame.count(node)
