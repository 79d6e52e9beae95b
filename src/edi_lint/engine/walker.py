"""Finds the grammar node of each segment of a transaction set, and recovers after a fault.

What the strict way (`moves`) places without a fault is there. What it does not goes through
`_recover`, which tries every way to read the segment, and takes the one after which the segments
that follow fit best (`course`): so that one fault gives one finding, and a true one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from edi_lint.engine.course import ALONG, FAULT, Course, Open, Shadow
from edi_lint.engine.elements import check_values
from edi_lint.engine.moves import (
    Head,
    LoopEntry,
    Move,
    Moves,
    Node,
    first_segment,
    follower,
    followers,
    head_of,
    loops_from,
    moves_past_opener,
    node_takes,
    required_children,
    segments_of,
    twins,
)
from edi_lint.engine.result import NEAR, ClaimMark, Fault, FaultCode
from edi_lint.engine.triggers import CLAIM_LOOP, LINE_LOOP
from edi_lint.grammar import LoopNode, SegmentNode
from edi_lint.x12 import Segment


@dataclass(slots=True)
class Frame:
    """One open loop: how often each child stood so far, and what seems to be missing."""

    loop: LoopNode
    counts: dict[int, int] = field(default_factory=dict)
    missing: tuple[tuple[Node, Segment], ...] = ()
    reported: frozenset[int] = frozenset()
    claim: ClaimMark | None = None
    line: str = ""
    repeated: dict[tuple[FaultCode, int], int] = field(default_factory=dict)
    """How often each child stood too often: the kind of fault and the child's index."""
    untold: dict[tuple[FaultCode, int], Fault] = field(default_factory=dict)
    """One fault for all that stood too often after those that were reported one by one."""

    def count(self, node: Node) -> int:
        return self.counts.get(node.index, 0)

    def full(self, node: Node) -> bool:
        return bool(node.repeat) and self.count(node) >= node.repeat


_NUMBERED = frozenset({"HL", "CLM", "LX", "SE"})
LEVELS = frozenset({"ST_LOOP", "2000A", "2000B", "2000C", "2300"})
"""Loops that begin a block of their own."""

REPEATS_TOLD = 10
"""So many of one kind that appear too often in one loop are reported one by one."""

_STRAYS_KEPT = 20
_TAG_KEPT = 16


class _WayToRead(NamedTuple):
    """One way to read a segment: what it and the following segments cost, and how to do it.

    Of two that cost the same the one of the lower rank is taken.
    """

    cost: int
    rank: int
    read: Callable[[], SegmentNode | None]


# Ranks. "Is it further on or further back?" comes before "is something missing?".
_ALONG, _NEXT_IS_LATE, _REPEATS, _OUT_OF_ORDER, _LEVEL_IS_LATE, _MISSING = range(6)
_NO_OPENER, _FURTHER_OFF, _STRAY, _BEFORE_IS_EARLY = range(6, 10)


class _Misplaced(NamedTuple):
    """A segment in the wrong place: how to report it, and where the guide has it.

    `depth` is that of the frame in which it counts, 0 for none.
    """

    rank: int
    read: Callable[[], SegmentNode | None]
    shadow: Shadow | None
    depth: int = 0
    node: Node | None = None


class Walker:
    """Places the segments of one transaction set, one after the other.

    `report` takes the faults; `ahead` gives tag and qualifier of the segments after the present
    one, as many as recovery looks at; `previous` the last three before it in the same block;
    `next_head` tag and qualifier of the next one; `first_line` LX01 of the first line that comes
    before another level or claim, empty where none does; `is_next` whether the number of an HL or
    LX is the next one.
    """

    def __init__(
        self,
        moves: Moves,
        report: Callable[[Fault], None],
        ahead: Callable[[], list[Head]],
        previous: Callable[[], list[Segment]],
        next_head: Callable[[], Head],
        first_line: Callable[[], str],
        is_next: Callable[[Segment], bool],
    ) -> None:
        self.moves = moves
        self.grammar = moves.grammar
        self.report = report
        self.ahead = ahead
        self.previous = previous
        self.next_head = next_head
        self.first_line = first_line
        self.is_next = is_next
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
        self.detached = False
        """Whether the last segment belongs to no loop that is open, though its node is known."""
        self.owed: list[Fault] = []
        """Faults of the last segment that belong to what it begins."""
        self.lost = ""
        self.shadow: Shadow | None = None
        """Where the guide has the misplaced segment right before, for those that go along."""
        self.late: list[tuple[int, SegmentNode, bool]] = []
        """Ordinal and node of each segment that comes too late and has been counted, and whether
        that is to be reported."""
        self.early: tuple[int, Head] | None = None
        """A segment that came too early, and the ordinal of the one after which it counts."""
        self.recalled = False
        """Whether the segment before the last one turned out to belong to no loop here."""
        self.robbed: tuple[int, ...] = ()
        """Nodes of segments that come after the last one but belong to what is open before it."""
        self.lines_ahead = 0
        """Lines of the open claim that the last segment counts, though their LX comes after it."""
        self.is_late = False
        """Whether the last segment has been counted before it came."""

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
            or self.shadow is not None
            or self.late
            or self.early is not None
            or any(frame.missing or frame.untold for frame in self.frames)
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
        if move is None or self.unplaced or self.pending:
            return None
        if self.shadow is not None or self.late or self.early is not None:
            return None
        target, closed, passed, counted, repeat, opens, followers = move
        frames = self.frames
        depth = -1
        for required in closed:
            frame = frames[depth]
            counts = frame.counts
            if frame.missing or frame.untold:
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
        if followers and not self._goes_on(tag, followers):
            return None
        if closed:
            del frames[depth + 1 :]
        counts[counted] = count
        for loop, inner in opens:
            frames.append(Frame(loop, {inner: 1}))
        self.node = target
        self.begin_segment()
        return target

    def begin_segment(self) -> None:
        """Forget what was said of the last segment."""
        self.duplicate = self.detached = self.is_late = False
        self.lost = ""
        self.robbed, self.lines_ahead = (), 0

    def place(
        self, tag: bytes, qualifier: bytes, segment: Segment, raw: bytes
    ) -> SegmentNode | None:
        """The node of a segment, None where it has none; reports what is wrong about the place."""
        self.begin_segment()
        node = self._place((tag, qualifier), segment, raw)
        if self.early is not None and self.early[0] <= segment.ordinal:
            move = self.moves.find(self.node, *self.early[1])
            if move is not None and not self._faults(move):
                self._go(move, segment)
            self.early = None
        return node

    def _place(self, head: Head, segment: Segment, raw: bytes) -> SegmentNode | None:
        if self.late and self.late[0][0] <= segment.ordinal:
            _, node, is_reported = self.late.pop(0)
            if node_takes(node, *_text(head)):
                return self._comes_late(node, segment, is_reported)
        move = self.moves.find(self.node, *head)
        if move is not None:
            if move.opens and self._is_duplicate(move, raw):
                self.duplicate = self.detached = True
                around = self.frames[-1 - len(move.closed)]
                self._repeats(FaultCode.SEGMENT_REPEATS, segment, move.target, around)
                return move.target
            if head[0] == b"SE" or not (self._faults(move) or self._is_astray(move, segment)):
                self._go(move, segment)
                self.shadow = self.shadow and self.shadow.past(head, self.node)
                return move.target
        return self._recover(head, move, segment, raw)

    def set_line(self, number: str) -> None:
        """The service line that is open has this number (LX01)."""
        frame = next((f for f in reversed(self.frames) if f.loop.id == LINE_LOOP), None)
        if frame is not None:
            frame.line = number

    def flush(self, below: Frame | None = None) -> None:
        """Report what is missing so far, outside the frame `below` and what it holds.

        Nothing that follows could still make up for it. What stood somewhere else instead has
        been reported there, if it was not further away than in the level before.
        """
        for frame in self.frames:
            if frame is below:
                break
            self._give_up(frame)
            if below is None:
                self._tell(frame)
        for node, fault in self.pending:
            stray = self._strayed(first_segment(node))
            if stray is None:
                self.report(fault)
            else:
                stray[0].remove(stray[1])
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
        self._tell(frame)
        self.frames.pop()

    def _count(self, frame: Frame, node: Node, segment: Segment, code: FaultCode) -> None:
        count = frame.counts.get(node.index, 0) + 1
        frame.counts[node.index] = count
        if node.repeat and count > node.repeat:
            self._repeats(code, segment, node, frame)

    # what appears too often

    def _repeats(self, code: FaultCode, segment: Segment, node: Node, frame: Frame) -> None:
        """Report that a child of a frame appears too often; after some of them only how often.

        A claim or level that is one too many is always reported: it may be sent without the others.
        The finding is its own, and not that of the one before it.
        """
        key = (code, node.index)
        count = frame.repeated[key] = frame.repeated.get(key, 0) + 1
        if isinstance(node, LoopNode) and node.id in LEVELS:
            self.owed.append(Fault(code, segment, node.index, number=node.repeat))
            return
        if count <= REPEATS_TOLD:
            self._fault(code, segment, node, node.repeat)
            return
        fault = Fault(code, segment, node.index, number=node.repeat, count=count - REPEATS_TOLD)
        fault.claim, fault.line = self.claim, self.line
        frame.untold[key] = fault

    def _tell(self, frame: Frame) -> None:
        """Report what stood too often in a frame and was not reported one by one."""
        for fault in frame.untold.values():
            self.report(fault)
        frame.untold.clear()

    # what is missing

    def _miss(self, frame: Frame, node: Node, segment: Segment) -> None:
        """Note a required child as missing, unless an unplaced segment stands where it should."""
        if node.index in frame.reported or any(m[0] is node for m in frame.missing):
            return
        opener = first_segment(node)
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
            frame.reported |= {node.index}
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

    def _faults(self, move: Move) -> bool:
        """Whether a strict move leaves something required out, or makes one too many."""
        depth = len(self.frames) - 1
        for required in move.closed:
            frame = self.frames[depth]
            if any(self._is_new(frame, n) for n in required):
                return True
            depth -= 1
        frame = self.frames[depth]
        counted = move.opens[0] if move.opens else move.target
        return frame.full(counted) or any(self._is_new(frame, n) for n in move.left_out)

    def _is_new(self, frame: Frame, node: Node) -> bool:
        """Whether a required child is missing and that has not been reported."""
        return not frame.count(node) and node.index not in frame.reported

    def _is_astray(self, move: Move, segment: Segment) -> bool:
        """Whether a segment that a strict move places may be of another place, or of none.

        It opens a loop whose next segment does not follow, or it is like the opener of a loop
        further out, whose elements it has; or it is one half of an address.
        """
        if self.late or self.early is not None:
            return False
        if self._twin(move, segment) is not None:
            return True
        if move.halves(self.node):
            return True
        expected = followers(move.target)
        return bool(expected) and not self._goes_on(move.target.tag.encode(), expected)

    def _has_room(self, loop: LoopNode) -> bool:
        """Whether a loop that is in an open one may come once more there."""
        around = next((f for f in self.frames if f.loop is loop.loop), None)
        return around is not None and not around.full(loop)

    def _goes_on(self, tag: bytes, expected: frozenset[Head]) -> bool:
        """Whether one of the expected segments comes next, or nobody can say.

        A claim goes on to its first line.
        """
        head = self.next_head()
        if follower(*head) in expected:
            return tag != b"CLM" or self.first_line() == "1"
        return head[0] != b"SE" and head[0].decode("latin-1") not in self.grammar.keys

    def _twin(self, move: Move, segment: Segment) -> SegmentNode | None:
        """The opener of a loop further out that takes all elements of a segment, as the target of
        the strict move does not.
        """
        for other in twins(move.target):
            values, delimiters = segment.values, segment.delimiters
            if other.tag == "PAT" and any(values[2:]):
                continue
            if not check_values(other.spec, values, delimiters) and check_values(
                move.target.spec, values, delimiters
            ):
                return other
        return None

    def _recover(
        self, head: Head, move: Move | None, segment: Segment, raw: bytes
    ) -> SegmentNode | None:
        tag, qualifier = _text(head)

        def takes(node: SegmentNode) -> bool:
            return node_takes(node, tag, qualifier)

        if tag not in self.grammar.keys:
            return self._not_placed(tag, qualifier, segment, None)
        wanted = self._wanted_here(tag, qualifier) if move is None else None
        if wanted is not None:
            self.shadow = None
            self._go(wanted, segment)
            return wanted.target
        heads = self.ahead()
        here = self._course()
        readings: list[_WayToRead] = []
        twin = self._twin(move, segment) if move is not None else None
        if move is not None and twin is None and not self._faults(move):
            return self._open_or_stray(here, head, move, heads, segment, raw)
        if move is not None:
            readings.append(self._as_strict(here, head, move, heads, segment, raw))
        elif self.shadow is not None:
            readings += self._as_along(here, self.shadow, head, heads, segment)
        readings += self._as_next_late(here, head, heads, segment)
        readings += self._as_early(here, head, heads, segment)
        readings += self._as_without_opener(here, takes, heads, segment)
        if twin is not None:
            more = FAULT * (1 + self._has_room(twin.loop))
            readings = [r._replace(cost=r.cost + more) for r in readings]
        if move is None or twin or head[0] not in (b"HL", b"CLM"):
            readings += self._as_misplaced(here, takes, head, move, heads, segment)
        if move is not None and move.opens and followers(move.target):
            readings += self._as_stray_opener(here, head, heads, segment)
        readings += self._as_before_early(here, head, heads, segment)
        best = min(readings, key=lambda r: (r.cost, r.rank))
        if best.rank == _NO_OPENER:
            late = (r for r in readings if r.rank == _FURTHER_OFF and r.cost <= best.cost + ALONG)
            best = next(late, best)
        return best.read()

    def _open_or_stray(
        self,
        here: Course,
        head: Head,
        move: Move,
        heads: list[Head],
        segment: Segment,
        raw: bytes,
    ) -> SegmentNode | None:
        """Read an opener or half an address that fits, though what follows does not.

        It may be one too many, come too early, or lack what comes later.
        """
        readings = [
            self._as_strict(here, head, move, heads, segment, raw),
            *self._as_early(here, head, heads, segment),
        ]
        if move.opens:
            readings += self._as_stray_opener(here, head, heads, segment)
        if move.halves(self.node):
            readings += self._as_next_late(here, head, heads, segment)
        return min(readings, key=lambda r: (r.cost, r.rank)).read()

    def _as_stray_opener(
        self, here: Course, head: Head, heads: list[Head], segment: Segment
    ) -> Iterator[_WayToRead]:
        """A segment that opens a loop is one too many, where all that follows fits without it."""
        if not heads or here.copy().follow(heads):
            return
        yield _WayToRead(FAULT, _STRAY, lambda: self._not_placed(*_text(head), segment, None))

    def _course(self) -> Course:
        opened = [Open(f.loop, f.counts.copy(), set(f.reported)) for f in self.frames]
        return Course(self.moves, self.node, opened)

    # the strict way, with what it leaves out

    def _as_strict(
        self,
        here: Course,
        head: Head,
        move: Move,
        heads: list[Head],
        segment: Segment,
        raw: bytes,
    ) -> _WayToRead:
        course = here.copy()
        faults = course.go(move)
        missing, unexplained = self._would_miss(move)
        repeats = faults - missing
        own = FAULT * (unexplained + repeats)
        if move.target.tag == "CLM" and self.claim and self.first_line() != "1":
            own += ALONG

        def read() -> SegmentNode:
            self.shadow = None
            if missing:
                self._find_before_opener()
            self._go(move, segment)
            self.duplicate = bool(repeats) and not missing and raw == self.before
            self.detached = self.duplicate
            return move.target

        cost = course.copy().follow(heads)
        if cost > FAULT and self._next_may_be_stray(head, heads, segment):
            cost = min(cost, FAULT + course.follow(heads[1:]))
        return _WayToRead(own + cost, _MISSING if missing else _REPEATS, read)

    def _next_may_be_stray(self, head: Head, heads: list[Head], segment: Segment) -> bool:
        """Of two levels or two lines in a row the one with the right number is none."""
        following = heads[0][0] if heads else b"SE"
        return following != b"SE" and (following != head[0] or self.is_next(segment))

    def _find_before_opener(self) -> None:
        """Where the open loop lacks a segment that comes right before its opener, report that.

        The loop before has taken it, since it may have several.
        """
        frame = self.frames[-1]
        behind = self.previous()
        if len(behind) < 3 or self.node is not frame.loop.opener or frame.missing:
            return
        first, second, opener = behind
        if first.node != second.node or opener.node != self.node.index:
            return
        head = _text(head_of(self.grammar, second.raw, second.delimiters))
        for child in segments_of(frame.loop):
            if child.required and not frame.count(child) and node_takes(child, *head):
                self._make_up(frame, child)
                self._fault(FaultCode.SEGMENT_ORDER, opener, self.node)
                return

    def _would_miss(self, move: Move) -> tuple[int, int]:
        """How many required children a move leaves out, and of how many nothing stands instead."""
        missing: list[tuple[Frame, Node]] = []
        depth = len(self.frames) - 1
        for required in move.closed:
            missing += [(self.frames[depth], n) for n in required]
            depth -= 1
        missing += [(self.frames[depth], n) for n in move.left_out]
        missing = [(f, n) for f, n in missing if self._is_new(f, n)]
        instead = list(self.unplaced)
        spoilt = list(self.spoilt)
        unexplained = 0
        for frame, node in missing:
            opener = first_segment(node)
            other = next((u for u in instead if self._may_be(u[0], opener)), None)
            if other is not None:
                instead.remove(other)
            elif any(f is frame for f in spoilt):
                spoilt = [f for f in spoilt if f is not frame]
            elif self._strayed(opener) is None:
                unexplained += 1
        return len(missing), unexplained

    def _may_be(self, tag: str, opener: SegmentNode) -> bool:
        """Whether an unplaced segment may be this one with its qualifier or tag spoilt."""
        return tag == opener.tag or tag not in self.grammar.keys

    # along with the misplaced segment before it

    def _as_along(
        self, here: Course, shadow: Shadow, head: Head, heads: list[Head], segment: Segment
    ) -> Iterator[_WayToRead]:
        following = shadow.to(head)
        if following is None:
            return

        def read() -> SegmentNode | None:
            self.shadow = following
            return self._goes_along(following, head)

        yield _WayToRead(ALONG + here.copy().follow(heads, following), _ALONG, read)

    def _goes_along(self, shadow: Shadow, head: Head) -> SegmentNode | None:
        """What belongs to a misplaced segment has been reported with it."""
        if not shadow.placed:
            self._note_stray(*_text(head))
            self.detached = True
            return shadow.node if shadow.sure else None
        frame = next((f for f in reversed(self.frames) if f.loop is shadow.node.loop), None)
        if frame is not None:
            self._make_up(frame, shadow.node)
        return shadow.node

    # the next segment, or one soon after it, comes too late

    def _as_next_late(
        self, here: Course, head: Head, heads: list[Head], segment: Segment
    ) -> Iterator[_WayToRead]:
        for distance, other in enumerate(heads[:NEAR], start=1):
            if other[0] == b"SE":
                return
            course = here.copy()
            between = (head, *heads[: distance - 1])
            if not course.is_clean(other) or not all(course.is_clean(h) for h in between):
                continue
            rank = _FURTHER_OFF
            if distance == 1:
                rank = _LEVEL_IS_LATE if other[0] in (b"HL", b"CLM") else _NEXT_IS_LATE
            cost = FAULT + ALONG * (distance > 1) + course.follow(heads[distance:])
            cost += ALONG * self._is_ill_read(other, head, segment)
            yield _WayToRead(cost, rank, self._after(other, head, segment, distance))

    def _is_ill_read(self, other: Head, head: Head, segment: Segment) -> bool:
        """Whether a segment has faulty elements where it would be behind another one."""
        first = self.moves.find(self.node, *other)
        then = self.moves.find(first.target, *head) if first is not None else None
        if then is None:
            return False
        return bool(check_values(then.target.spec, segment.values, segment.delimiters))

    def _after(
        self, other: Head, head: Head, segment: Segment, distance: int
    ) -> Callable[[], SegmentNode | None]:
        """Read a segment as if another one, which comes later, were there already."""

        def read() -> SegmentNode | None:
            self.shadow = None
            level = self.level()
            first = self.moves.find(self.node, *other)
            assert first is not None
            self._go(first, segment)
            if self.level() is level:
                self.robbed = (first.target.index,)
            self.lines_ahead = int(other[0] == b"LX")
            then = self.moves.find(self.node, *head)
            assert then is not None
            self._go(then, segment)
            self.late = [(segment.ordinal + distance, first.target, True)]
            return then.target

        return read

    def _comes_late(self, node: SegmentNode, segment: Segment, is_reported: bool) -> SegmentNode:
        """The segment that has been counted before."""
        self.is_late = True
        if is_reported:
            self._fault(FaultCode.SEGMENT_ORDER, segment, node)
        frame = next((f for f in reversed(self.frames) if f.loop is node.loop), None)
        is_counted = frame is not None and frame.count(node) > 0
        self.detached = not is_counted or not self._is_in_block(node.loop)
        return node

    def _is_in_block(self, loop: LoopNode) -> bool:
        """Whether an open loop belongs to the innermost level or claim, or is that itself."""
        level = self.level().loop
        return loop is level or level in loop.path

    # this one comes too early

    def _as_early(
        self, here: Course, head: Head, heads: list[Head], segment: Segment
    ) -> Iterator[_WayToRead]:
        course = here.copy()
        lowest = len(course.opened)
        for distance, other in enumerate(heads[:NEAR], start=1):
            move = course.find(other)
            if move is None or other[0] == b"SE" or course.go(move):
                return
            lowest = min(lowest, len(course.opened) - len(move.opens))
            move = course.find(head)
            if distance == 1 or move is None:
                continue
            there = course.copy()
            if there.go(move) == 0:
                cost = FAULT + ALONG + there.follow(heads[distance:])
                is_open = len(course.opened) - len(move.closed) <= lowest
                read = self._before(move.target, head, segment, distance, is_open)
                if move.opens:
                    read = self._behind(head, heads[:distance], segment)
                yield _WayToRead(cost, _FURTHER_OFF, read)

    def _behind(
        self, head: Head, others: list[Head], segment: Segment
    ) -> Callable[[], SegmentNode | None]:
        """Read a segment that opens a loop as if some that come later were there already."""

        def read() -> SegmentNode | None:
            self.shadow = None
            self.late = []
            level = self.level()
            for number, other in enumerate((*others, head), start=1):
                move = self.moves.find(self.node, *other)
                assert move is not None
                self._go(move, segment)
                if other[0] == b"CLM":
                    self.lines_ahead = 0
                if number <= len(others):
                    self.late.append((segment.ordinal + number, move.target, False))
                    self.lines_ahead += other[0] == b"LX"
                    if self.level() is level:
                        self.robbed = (*self.robbed, move.target.index)
            fault = Fault(FaultCode.SEGMENT_ORDER, segment, self.node.index, number=1)
            fault.behind = tuple(node.index for _, node, _ in self.late)
            self.owed.append(fault)
            return self.node

        return read

    def _before(
        self, node: SegmentNode, head: Head, segment: Segment, distance: int, is_open: bool
    ) -> Callable[[], SegmentNode | None]:
        """Put a segment aside, to be counted when what comes before it has come.

        `is_open`: the loop that it belongs to is open already.
        """

        def read() -> SegmentNode | None:
            self.shadow = None
            self._fault(FaultCode.SEGMENT_ORDER, segment, node, 1)
            self.detached = not is_open or not self._is_in_block(node.loop)
            self.early = (segment.ordinal + distance, head)
            return node

        return read

    # the one before this one comes too early

    def _as_before_early(
        self, here: Course, head: Head, heads: list[Head], segment: Segment
    ) -> Iterator[_WayToRead]:
        """The segment before had a strict move, and what follows fits where that began.

        It may be the only one of its place, or one comes later that has the place.
        """
        behind = self.previous()[-2:]
        if len(behind) < 2 or not _NUMBERED.isdisjoint((_text(head)[0], self.node.tag)):
            return
        first, early = behind
        node = self.grammar.segment_node(first.node) if first.node else None
        if node is None or early.node != self.node.index:
            return
        came = self.moves.find(node, *head_of(self.grammar, early.raw, early.delimiters))
        if came is None or came.target is not self.node or came.closed or len(came.opens) > 1:
            return
        depth = len(self.frames) - 1 - len(came.opens)
        if depth < 1 or self.frames[depth].loop is not node.loop:
            return
        frame, counted = self.frames[depth], came.opens[0] if came.opens else self.node
        for left in (frame.count(counted), frame.count(counted) - 1):
            course = here.copy()
            del course.opened[depth + 1 :]
            course.opened[depth].counts[counted.index] = left
            if left == 0:
                del course.opened[depth].counts[counted.index]
            course.node = node
            if course.is_clean(head):
                read = self._recall(node, early, frame, counted, left, head, segment)
                yield _WayToRead(FAULT + ALONG + course.follow(heads), _BEFORE_IS_EARLY, read)

    def _recall(
        self,
        node: SegmentNode,
        early: Segment,
        frame: Frame,
        counted: Node,
        left: int,
        head: Head,
        segment: Segment,
    ) -> Callable[[], SegmentNode | None]:
        """Go on from `node`, as if `early` had not come; `left` is the count of what it began."""

        def read() -> SegmentNode | None:
            self._fault(FaultCode.SEGMENT_ORDER, early, self.node, 1)
            while self.frames[-1] is not frame:
                self.frames.pop()
            frame.counts[counted.index] = left
            if left == 0:
                del frame.counts[counted.index]
            self.node, self.shadow, self.recalled = node, None, True
            move = self.moves.find(node, *head)
            assert move is not None
            self._go(move, segment)
            return move.target

        return read

    # the segment that opens its loop is missing

    def _as_without_opener(
        self,
        here: Course,
        takes: Callable[[SegmentNode], bool],
        heads: list[Head],
        segment: Segment,
    ) -> Iterator[_WayToRead]:
        found: list[tuple[int, LoopEntry]] = []
        for entry in self._entries_without_opener(takes, skipping=True):
            if self._may_enter(here, entry, heads):
                found.append((self._cost_of(here, entry, heads), entry))
        if not found:
            return
        least = min(cost for cost, _ in found)
        best = [entry for cost, entry in found if cost == least]
        alike = [e for e in best if e.opener.tag == best[0].opener.tag == "NM1"]
        yield _WayToRead(least, _NO_OPENER, lambda: self._enter(best[0], alike, segment))

    def _may_enter(self, here: Course, entry: LoopEntry, heads: list[Head]) -> bool:
        """Whether a loop without its opener explains the segment.

        No segment opens a claim while one is open, and no address that follows a name which takes
        none speaks for another name.
        """
        if not self._possible(entry):
            return False
        if entry.loop.id == CLAIM_LOOP and any(f.loop.id == CLAIM_LOOP for f in self.frames):
            return False
        if self._replaced(entry.opener):
            return True
        if entry.opener.tag == "HL" and entry.move.target.tag == "HL":
            return bool(heads) and self.moves.find(entry.move.target, *heads[0]) is not None
        present = self.frames[-1].loop
        named = present.opener is not None and present.opener.tag == "NM1"
        if entry.loop.required and not self._parent(entry).count(entry.outermost):
            return True
        if named and entry.opener.tag == "NM1" and not entry.loop.required:
            tag = entry.move.target.tag
            if present.loop is entry.loop.loop and all(s.tag != tag for s in segments_of(present)):
                return False
        return self._explains(entry) or self._foreseen(here, entry, heads)

    def _foreseen(self, here: Course, entry: LoopEntry, heads: list[Head]) -> bool:
        """Whether the next segment speaks for the loop, and not for the present place."""
        if not heads or here.copy().is_clean(heads[0]):
            return False
        return self.moves.find(entry.move.target, *heads[0]) is not None

    def _cost_of(self, here: Course, entry: LoopEntry, heads: list[Head]) -> int:
        course = here.copy()
        known = self._replaced(entry.opener) or self._strayed(entry.opener) is not None
        cost = 0 if known else FAULT
        cost += FAULT * course.enter(entry)
        return cost + course.follow(heads)

    def _enter(self, best: LoopEntry, alike: list[LoopEntry], segment: Segment) -> SegmentNode:
        """Enter a loop by a later segment of it and report its opener as missing.

        `alike` are the loops that explain the segment as well, this one among them.
        """
        self.shadow = None
        self.lost = best.loop.id
        for required in best.move.closed:
            self._leave(required, segment)
        for opened in best.move.opens:
            frame = self._open(opened, segment)
            if opened is best.loop:
                frame.counts[best.opener.index] = 1
                if best.move.target.tag != "HL":
                    passed = ((n, segment) for n in best.move.passed if n is not best.opener)
                    frame.missing = (*frame.missing, *passed)
        self._count(self.frames[-1], best.move.target, segment, FaultCode.SEGMENT_REPEATS)
        self.node = best.move.target
        self._report_opener(best, alike, segment)
        self.unplaced.clear()
        return best.move.target

    def _report_opener(self, best: LoopEntry, alike: list[LoopEntry], segment: Segment) -> None:
        if self._replaced(best.opener):
            return
        stray = self._strayed(best.opener)
        if stray is not None:
            stray[0].remove(stray[1])
            return
        fault = Fault(FaultCode.SEGMENT_MISSING, segment, best.opener.index)
        others = dict.fromkeys(e.opener.index for e in alike if e.loop is not best.loop)
        fault.others = tuple(others)
        self.owed.append(fault)

    def _parent(self, entry: LoopEntry) -> Frame:
        return self.frames[len(self.frames) - 1 - len(entry.move.closed)]

    def _possible(self, entry: LoopEntry) -> bool:
        """Whether there is room for the loop, and nothing else required would be left out."""
        if self._parent(entry).full(entry.loop):
            return False
        left = zip(reversed(self.frames), entry.move.closed, strict=False)
        return not (
            self._lacks(self._parent(entry), entry.before)
            or any(self._lacks(frame, required) for frame, required in left)
        )

    def _lacks(self, frame: Frame, required: tuple[Node, ...]) -> bool:
        return any(not frame.count(n) for n in required)

    def _explains(self, entry: LoopEntry) -> bool:
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
    ) -> Iterator[LoopEntry]:
        """Moves into a loop past its opener; `skipping`: past more that the loop requires too."""
        closed: list[tuple[Node, ...]] = []
        here: Node = self.node
        for frame in reversed(self.frames):
            for outer, loop in loops_from(frame.loop, here.position):
                outermost = outer[0] if outer else loop
                before = required_children(frame.loop, here.position, outermost.position, here)
                for move in moves_past_opener(loop, takes, skipping):
                    opens = (*outer, *move.opens)
                    yield LoopEntry(
                        Move(move.target, tuple(closed), move.passed, opens),
                        loop,
                        outermost,
                        before,
                    )
            closed.append(required_children(frame.loop, here.position, None, here))
            here = frame.loop

    def _replaced(self, opener: SegmentNode) -> bool:
        """Whether an unplaced segment may be the opener with its tag or qualifier spoilt."""
        return any(tag == opener.tag or tag not in self.grammar.keys for tag, _ in self.unplaced)

    # the segment is in the wrong place

    def _as_misplaced(
        self,
        here: Course,
        takes: Callable[[SegmentNode], bool],
        head: Head,
        move: Move | None,
        heads: list[Head],
        segment: Segment,
    ) -> Iterator[_WayToRead]:
        found = [
            *self._of_closed_loop(takes, segment),
            *self._out_of_order(takes, segment, move),
            *self._too_many(takes, segment, move),
        ]
        for reading in found or [self._stray(here, takes, head, heads, segment)]:
            course = here.copy()
            if reading.node is not None and reading.depth:
                course.make_up(reading.depth, reading.node)
            cost = FAULT + course.follow(heads, reading.shadow)
            yield _WayToRead(cost, reading.rank, reading.read)

    def _of_closed_loop(
        self, takes: Callable[[SegmentNode], bool], segment: Segment
    ) -> Iterator[_Misplaced]:
        """A segment of the loops that the one before it has closed by opening another."""
        behind = self.previous()[-2:]
        if len(behind) < 2:
            return
        before, opener = (self.grammar.segment_node(s.node) for s in behind)
        if before is None or opener is None or opener is not opener.loop.opener:
            return
        around = opener.loop.path[:-1]
        here: Node = before
        for loop in reversed(before.loop.path):
            if loop in around:
                return
            for child in loop.children:
                first = child if isinstance(child, SegmentNode) else child.opener
                if first is None or not takes(first) or child is loop.opener:
                    continue
                if child.position >= here.position:
                    yield self._misplaced(child, None, segment, 0)
                    return
            here = loop

    def _out_of_order(
        self, takes: Callable[[SegmentNode], bool], segment: Segment, move: Move | None
    ) -> Iterator[_Misplaced]:
        """A segment or loop that should be elsewhere in a loop that is still open, or missing.

        Not where the strict `move` goes.
        """
        here: Node = self.node
        for depth in range(len(self.frames) - 1, 0, -1):
            frame = self.frames[depth]
            for child in frame.loop.children:
                opener = child if isinstance(child, SegmentNode) else child.opener
                if opener is None or not takes(opener) or frame.full(child):
                    continue
                if move is not None and move.target is opener:
                    if twins(opener):
                        continue
                    return
                if child is frame.loop.opener or (
                    isinstance(child, LoopNode) and child.id in LEVELS
                ):
                    continue
                early = int(child.position > here.position)
                yield self._misplaced(child, frame, segment, early, depth)
                return
            here = frame.loop
        for entry in self.pending:
            if takes(first_segment(entry[0])):
                yield self._misplaced(entry[0], None, segment, 0, pending=entry)
                return

    def _misplaced(
        self,
        child: Node,
        frame: Frame | None,
        segment: Segment,
        early: int,
        depth: int = 0,
        pending: tuple[Node, Fault] | None = None,
    ) -> _Misplaced:
        """Further on (`early`) or further back: `frame` is the open loop that `child` is of."""
        node = first_segment(child)
        own = frame is not None and node is child
        shadow = Shadow(self.moves, node, node.loop, own, sure=True)

        def read() -> SegmentNode:
            if frame is not None:
                self._make_up(frame, child)
            if pending is not None:
                self.pending.remove(pending)
            self._fault(FaultCode.SEGMENT_ORDER, segment, node, early)
            self.shadow = shadow
            self.detached = not own or not self._is_in_block(node.loop)
            if isinstance(child, SegmentNode):
                self.unplaced.append((node.tag, ""))
            return node

        return _Misplaced(_OUT_OF_ORDER, read, shadow, depth, child)

    def _make_up(self, frame: Frame, child: Node) -> None:
        """Count a child of an open loop that is there after all, if not in its place."""
        frame.counts[child.index] = frame.count(child) + 1
        frame.missing = tuple(m for m in frame.missing if m[0] is not child)

    def _too_many(
        self, takes: Callable[[SegmentNode], bool], segment: Segment, move: Move | None
    ) -> Iterator[_Misplaced]:
        """One more of what an open loop has its full number of, out of its place besides.

        Not where the strict `move` goes: that is not a repetition.
        """
        child = next(filter(takes, segments_of(self.frames[-1].loop)), None)
        if child is None or (move is not None and move.target is child and twins(child)):
            return
        shadow = Shadow(self.moves, child, child.loop, placed=True, sure=True)

        def read() -> SegmentNode:
            self.shadow = shadow
            self._repeats(FaultCode.SEGMENT_REPEATS, segment, child, self.frames[-1])
            self.detached = True
            return child

        yield _Misplaced(_STRAY, read, shadow)

    def _stray(
        self,
        here: Course,
        takes: Callable[[SegmentNode], bool],
        head: Head,
        heads: list[Head],
        segment: Segment,
    ) -> _Misplaced:
        """What no open loop takes. What follows may go along with it to where the guide has it."""
        shadows = [
            Shadow(self.moves, node, node.loop, placed=False, sure=False)
            for node in self._elsewhere(takes)
        ]
        shadow = min(shadows, key=lambda s: here.copy().follow(heads, s), default=None)
        return _Misplaced(_STRAY, lambda: self._not_placed(*_text(head), segment, shadow), shadow)

    def _elsewhere(self, takes: Callable[[SegmentNode], bool]) -> list[SegmentNode]:
        """The nodes that take a segment in the loops that are nearest in the guide."""
        path = self.node.loop.path
        best: list[SegmentNode] = []
        nearest = -1
        for node in self.grammar.segment_nodes():
            if takes(node):
                common = sum(a is b for a, b in zip(path, node.loop.path, strict=False))
                if common > nearest:
                    best, nearest = [], common
                if common == nearest:
                    best.append(node)
        return best

    def _not_placed(
        self, tag: str, qualifier: str, segment: Segment, shadow: Shadow | None
    ) -> SegmentNode | None:
        """Nothing takes the segment: its qualifier, its place, or its tag is wrong."""
        first = qualifier.partition("\n")[0]
        known = first in self.grammar.qualifiers.get(tag, ())
        fitting = () if known else self.moves.by_tag(self.node, tag)
        self._note_stray(tag, qualifier)
        self.shadow = shadow
        if fitting and fitting[0].target.key:
            element, component = fitting[0].target.key
            code = FaultCode.BAD_CODE if first else FaultCode.ELEMENT_MISSING
            fault = Fault(code, segment, 0, element, component)
            fault.claim, fault.line = self.claim, self.line
            self.report(fault)
        elif tag in self.grammar.keys:
            self.detached = True
            self._fault(FaultCode.SEGMENT_UNEXPECTED, segment, self.frames[-1].loop)
        else:
            self._fault(FaultCode.SEGMENT_UNRECOGNIZED, segment)
            self.spoilt = [*self.spoilt[-_STRAYS_KEPT:], self.frames[-1]]
        return None

    def _note_stray(self, tag: str, qualifier: str) -> None:
        stray = (tag[:_TAG_KEPT], qualifier[:_TAG_KEPT])
        self.unplaced = [*self.unplaced[-_STRAYS_KEPT:], stray]
        self.strays = [*self.strays[-_STRAYS_KEPT:], stray]

    def _strayed(self, opener: SegmentNode) -> tuple[list[tuple[str, str]], tuple[str, str]] | None:
        """A segment of this node that was reported where it stood instead, and in which list."""
        for strays in (self.older_strays, self.strays):
            for stray in strays:
                if node_takes(opener, *stray):
                    return strays, stray
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
                heads = self.ahead()
                following = self.moves.find(self.node, *heads[0]) if heads else None
                return None if following and following.target is move.target else move
        return None

    def _pop_to(self, depth: int, segment: Segment) -> None:
        here: Node = self.node
        while len(self.frames) > depth + 1:
            loop = self.frames[-1].loop
            self._leave(required_children(loop, here.position, None, here), segment)
            here = loop

    def _is_wanted(self, move: Move) -> bool:
        """Whether the move ends at something required that is not there yet."""
        frame = self.frames[len(self.frames) - 1 - len(move.closed)]
        node: Node = move.opens[0] if move.opens else move.target
        return node.required and not frame.count(node)


def _text(head: Head) -> tuple[str, str]:
    return head[0].decode("latin-1"), head[1].decode("latin-1")
