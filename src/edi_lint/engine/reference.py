"""The reference engine: exact, in plain Python, one segment after the other.

Follows the envelopes (ISA, GS, ST and their trailers), hands the segments of each 837P to a
`Walker`, checks every element, and cuts the file into blocks.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice
from typing import BinaryIO, ClassVar, cast

from edi_lint.engine import result
from edi_lint.engine.control_numbers import ControlNumbers
from edi_lint.engine.elements import acceptor, broken_values, check, check_values
from edi_lint.engine.fused import end_of_fused
from edi_lint.engine.identity import (
    AHEAD,
    CURRENT_GUIDE,
    KINDS,
    OLD_GUIDE,
    Labels,
    contradictions,
    identify,
    written_as,
)
from edi_lint.engine.moves import Head, head_of, moves_of, node_takes
from edi_lint.engine.numbering import Numbering, plain_number
from edi_lint.engine.result import (
    OF_SUBSCRIBER,
    PLACEMENT,
    Block,
    BlockKind,
    ClaimMark,
    Context,
    Fault,
    FaultCode,
    FunctionalGroup,
    Interchange,
    PassedOver,
    TransactionSet,
)
from edi_lint.engine.shifts import heads, reading
from edi_lint.engine.triggers import CLAIM_LOOP
from edi_lint.engine.walker import Frame, Walker
from edi_lint.grammar import Grammar, SegmentNode, grammar_for
from edi_lint.grammar.model import SegmentSpec
from edi_lint.x12 import (
    BYTE_ORDER_MARK,
    CHUNK,
    PADDING,
    Delimiters,
    NotX12Error,
    Reader,
    Segment,
    Shift,
)
from edi_lint.x12.delimiters import names_5010, read_without_isa
from edi_lint.x12.encoding import SingleBytes, foreign
from edi_lint.x12.wrapping import WRAP_SEARCHED, is_wrapped

Alike = Callable[[Block, int, int], bool]
"""Whether a subscriber, from one file offset to another, may be passed over in a run.

The block is of it, or of one before it below the same billing provider.
"""

_LEVELS = {
    "ST_LOOP": BlockKind.TRANSACTION,
    "2000A": BlockKind.BILLING,
    "2000B": BlockKind.SUBSCRIBER,
    "2000C": BlockKind.PATIENT,
    "2300": BlockKind.CLAIM,
}
_HL_LEVELS = frozenset({BlockKind.BILLING, BlockKind.SUBSCRIBER, BlockKind.PATIENT})
_SKIPPED_BLOCK = 500
_KEY_PRIME = 2**64 - 59
_WARM_UP = 12
"""Segments of one kind that are checked exactly before an expression is compiled for the rest."""


class _Acceptors:
    """What judges the segments of one guide under one set of delimiters quickly.

    `known` holds, by grammar node, a function that takes a segment without faults. It is made
    once a kind of segment has come often enough to be worth it.
    """

    def __init__(self, delimiters: Delimiters) -> None:
        self.delimiters = delimiters
        self.known: dict[int, Callable[[bytes], object]] = {}
        self._seen: Counter[int] = Counter()

    def saw(self, node: SegmentNode) -> None:
        """Count a segment that no function was there for."""
        self._seen[node.index] += 1
        if self._seen[node.index] == _WARM_UP:
            self.known[node.index] = acceptor(node.spec, self.delimiters).match


class Engine:
    """Reads one input and yields its blocks in file order.

    Raises NotX12Error when the input holds no interchange at all.
    """

    name: ClassVar[str] = "python"
    """The name of this engine, as `--version` and the findings document give it."""
    reads_ahead: ClassVar[bool] = False
    """Whether `_read_ahead` does anything; it is asked after each segment."""

    def __init__(
        self, stream: BinaryIO, chunk: int | None = None, *, lenient: bool = False
    ) -> None:
        """`lenient`: read interchanges whose ISA is damaged or missing, too."""
        self.reader = Reader(stream, chunk or CHUNK, lenient=lenient)
        self._encoding = stream.encoding if isinstance(stream, SingleBytes) else None
        """The encoding of the file, before it was said, where it is not one byte a character."""
        self.stop_at = sys.maxsize
        """The file offset at which to stop: the end of a segment."""
        self.silent_claims = 0
        """Claims that did not come out, since nobody wants to see them; see `open_engine`."""
        self.silent_lines = 0
        self.silent_matches = 0
        self.silent_sets = 0
        self.keys = array("Q")
        """What the claims that were read ahead have that others may share, as hashed keys."""
        self._alike: Alike | None = None
        self.context = Context()
        self.block: Block | None = None
        self.walker: Walker | None = None
        self._level: Frame | None = None
        self._acceptors: dict[tuple[Delimiters, str], _Acceptors] = {}
        self._accept = _Acceptors(_NO_DELIMITERS)
        self._interchanges = 0
        self._groups = 0
        self._has_ta1 = False
        self._sets = 0
        self._ordinal = 0
        self._claims = 0
        self._interchange_numbers = ControlNumbers()
        self._group_numbers = ControlNumbers()
        self._set_numbers = ControlNumbers()
        self._warned: set[FaultCode] = set()
        self.group_fits: bool | None = None
        """Whether GS01 and GS08 fit the sets of the group; None before they could be judged."""
        self._label_faults: list[Fault] = []
        """Faults of GS01 and GS08, which ENV006 may tell of when the first set is known."""
        self._numbering = Numbering()
        self._unsound: set[tuple[str, int]] = set()
        self._wrapped = False
        self._of_interchange = _NO_DELIMITERS
        self._without_isa = False
        self._damaged_st = False
        """Whether the segment before was an ST with a damaged tag."""
        self._unterminated = False
        self._rest: tuple[int, int] | None = None
        """File offsets of the segment to be read next, before which the terminator is missing."""
        self._cut = False
        self._was_empty = False
        self._gap_stop = -1
        self._gap_is_padding = False
        self._last: Segment | None = None

    @staticmethod
    def key_hash(key: bytes) -> int:
        """The number by which an engine of this class gives a key in `keys`; never 0."""
        return int.from_bytes(key) % _KEY_PRIME or 1

    @staticmethod
    def repeated(keys: array[int]) -> Iterable[int]:
        """Keys that stand more than once there."""
        seen: set[int] = set()
        return {key for key in keys if key in seen or seen.add(key)}  # type: ignore[func-returns-value]

    @staticmethod
    def divided(keys: array[int]) -> list[array[int]]:
        """The keys in 64 parts, by their first six bits."""
        parts = [array("Q") for _ in range(64)]
        for key in keys:
            parts[key >> 58].append(key)
        return parts

    # the stream

    def blocks(self) -> Iterator[Block]:
        """Every block of the input; up to `stop_at`, after which another call goes on."""
        for start, end, stop, raw in self.reader:
            if self._encoding is not None and raw is not None:
                bits, self._encoding = 8 * self._encoding.width, None
                segment = self._envelope_segment(start, end)
                yield from self._tell(Fault(FaultCode.ENCODING, segment, number=bits))
            self._cut = self._unterminated
            if raw is None:
                yield from self._bytes_outside(start, end, stop)
            elif not raw and self._was_empty:
                continue
            elif self.walker is not None and raw and raw[:2] not in _ENVELOPE_STARTS:
                self._unterminated = stop == end
                finished = self._in_claims(start, end, raw)
                if finished is not None:
                    yield finished
            else:
                self._unterminated = stop == end
                yield from self._segment(start, end, raw)
            while self._rest is not None:
                (start, end), self._rest = self._rest, None
                yield from self._segment(start, end, self._bytes(start, end))
                self.reader.closed = self.context.interchange is None
            self._was_empty = raw == b""
            if self.reader.indented:
                self.reader.indented = False
                for fault in self._once(FaultCode.SPACE_BEFORE_SEGMENT, start, end):
                    yield from self._tell(fault)
            if self.reads_ahead and self.walker is not None and raw is not None:
                yield from self._read_ahead()
            if self.reader.position >= self.stop_at:
                return
        if self._interchanges == 0:
            raise NotX12Error(_not_x12(self.reader))
        yield from self._end_of_input()

    def blocks_and_runs(self, alike: Alike) -> Iterator[Block | PassedOver]:
        """The blocks of the input as from `blocks`, but runs in place of some that are `alike`."""
        self._alike = alike
        return cast("Iterator[Block | PassedOver]", self.blocks())

    def _read_ahead(self) -> Iterator[Block]:
        """Pass over what follows as the guide has it, and yield the blocks that end there."""
        yield from ()

    def _segment(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        delimiters = self.reader.delimiters
        assert delimiters is not None
        if not raw:
            yield from self._empty_segment(start)
            return
        written, raw = raw, raw.translate(None, delimiters.line_breaks)
        tag = raw.partition(delimiters.element)[0].decode("latin-1")
        handle = _ENVELOPE.get(tag)
        if self.context.interchange is None and tag != "ISA":
            yield from self._interchange_without_isa(tag, start, end)
            if self.reader.missing == "ISA":
                return
        if handle is not None:
            place = self._node_around(tag) if tag != "ISA" and not self._unterminated else None
            cut = self._fused(place, start, end) if place is not None else None
            if cut is not None:
                raw = self._bytes(start, cut).translate(None, delimiters.line_breaks)
            yield from handle(self, start, end if cut is None else cut, raw)
            if cut is not None:
                for fault in self._end_at(cut, end):
                    yield from self._tell(fault)
        elif self.walker is not None:
            finished = self._in_claims(start, end, written)
            if finished is not None:
                yield finished
        elif self.context.transaction is not None:
            yield from self._in_skipped(start, end)
        else:
            yield from self._outside_sets(tag, start, end, raw)

    def _empty_segment(self, start: int) -> Iterator[Block]:
        """Two terminators in a row: nothing to count, but a receiver sees a segment without tag."""
        ordinal = self._ordinal + 1 if self.context.transaction else 0
        segment = self._envelope_segment(start, start, ordinal)
        yield from self._tell(Fault(FaultCode.EMPTY_SEGMENT, segment))

    def _tell(self, fault: Fault) -> Iterator[Block]:
        """Report a fault in the block that is open, else in one of its own."""
        if self.block is not None:
            self._report(fault)
            yield from self._relieved(fault.segment)
            return
        block = self._open(BlockKind.TRAILER, fault.segment.start)
        block.faults.append(fault)
        yield block
        self.block = None

    def _once(self, code: FaultCode, start: int, end: int) -> Iterator[Fault]:
        """A fault of what a reader can bear, once for each interchange."""
        if code not in self._warned and self.reader.delimiters is not None:
            self._warned.add(code)
            ordinal = self._ordinal if self.context.transaction else 0
            yield Fault(code, self._envelope_segment(start, end, ordinal))

    # line breaks

    def _break_faults(self, node: int, segment: Segment) -> Iterator[Fault]:
        """What is to be said of the line breaks in a segment, which are read as if not there.

        Each value that contains one is a fault, unless the file is wrapped at a fixed column.
        Where LF ends segments, CR before it is a line end and in no value.
        """
        raw, delimiters = segment.raw, segment.delimiters
        if not any(c in raw for c in delimiters.line_breaks):
            return
        ended = delimiters.terminator == b"\n" and not any(
            c in raw.rstrip(b"\r") for c in delimiters.line_breaks
        )
        if self._wrapped or ended:
            yield from self._once(FaultCode.LINE_BREAK_INSIDE, segment.start, segment.end)
            return
        for element, component, repeat in broken_values(segment):
            yield Fault(FaultCode.LINE_BREAK, segment, node, element, component, repeat)

    def _in_claims(self, start: int, end: int, raw: bytes) -> Block | None:
        """Place a segment between ST and SE of an 837P; return the block that it ends, if any."""
        walker, block, reader = self.walker, self.block, self.reader
        assert walker is not None and block is not None and reader.delimiters is not None
        broken = b"\n" in raw or b"\r" in raw
        if broken:
            raw = raw.translate(None, reader.delimiters.line_breaks)
        self._ordinal += 1
        finished = None
        segment = None
        node = None
        tag, qualifier = head_of(walker.grammar, raw, reader.delimiters)
        if not self._unterminated:
            top = walker.frames[-1]
            node = walker.quick(tag, qualifier, raw)
            if node is None:
                segment = Segment(reader.window, start, end, reader.delimiters, 0, self._ordinal)
                if self._shift_head(tag, qualifier, segment):
                    raw = reader.delimiters.element.join(
                        v.encode("latin-1") for v in segment.values
                    )
                    tag, qualifier = head_of(walker.grammar, raw, reader.delimiters)
                node = walker.place(tag, qualifier, segment, raw)
                segment.node = node.index if node else 0
                if walker.lost == "2400":
                    self._numbering.lost_line()
                elif walker.shadow is not None and walker.shadow.root.id == CLAIM_LOOP:
                    self._numbering.stray_of_claim()
            if walker.frames[-1] is not top:
                level = walker.level()
                if level is not self._level:
                    walker.flush(below=level)
                    finished = block
                    finished.robbed = walker.robbed
                    self._settle(finished)
                    block = self._begin_block(level, tag, start, end)
                    block.strays = finished.strays_before(block.first_ordinal)
            for _ in range(walker.lines_ahead):
                self._numbering.lost_line()
            if walker.owed:
                self._pay(walker)
            if walker.recalled:
                walker.recalled = False
                block.set_apart(len(block) - 1)
        if finished is None and self._is_full(block, start):
            finished, block = block, self._go_on_in_another(start, end, self._ordinal)
        apart = walker.detached and not self._unterminated
        index = node.index if node is not None and not apart else 0
        accepts = self._accept.known.get(node.index) if node is not None else None
        accepted = accepts is not None and accepts(raw) is not None
        ended: list[Fault] = []
        breaks_tell = broken and not self._wrapped
        if node and not self._unterminated and (breaks_tell or not accepted):
            whole = segment or self._claim_segment(start, end, index)
            is_faulty = breaks_tell or bool(check(node.spec, whole))
            cut = self._fused(node, start, end) if is_faulty else None
            if cut is not None:
                ended = self._end_at(cut, end)
                end = cut
                raw = self._bytes(start, end)
                broken = b"\n" in raw or b"\r" in raw
                raw = raw.translate(None, reader.delimiters.line_breaks)
                accepted = accepts is not None and accepts(raw) is not None
                segment = self._claim_segment(start, end, index)
        if apart:
            block.apart.add(len(block.nodes))
        block.starts.append(start)
        block.ends.append(end)
        block.nodes.append(index)
        if segment is not None and segment.shift is not None:
            segment.node = index
            block.keep(len(block) - 1, segment)
            shifted = _shifted(segment, index, True)
            shifted.claim, shifted.line = walker.claim, walker.line
            self._report(shifted)
        if node is not None:
            if not walker.duplicate and not accepted:
                segment = segment or self._claim_segment(start, end, index)
                if tag == b"LX" and not apart:
                    walker.set_line(segment.value(1))
                misplaced = apart or any(
                    f.code is FaultCode.SEGMENT_ORDER and f.segment is segment
                    for f in block.faults[-2:]
                )
                if not misplaced or not self._fits_elsewhere(tag, qualifier, segment):
                    self._elements(node, segment)
                if segment.shift is not None:
                    block.keep(len(block) - 1, segment)
            if tag in _NUMBERED:
                self._number(node, segment or self._claim_segment(start, end, index), block)
            walker.before = raw
        elif not self._unterminated:
            walker.before = b""
            if tag == b"HL":
                self._numbering.level(segment or self._claim_segment(start, end, 0), "")
        if broken:
            self._breaks(index, segment or self._claim_segment(start, end, index))
        for fault in ended:
            fault.claim, fault.line = walker.claim, walker.line
            self._report(fault)
        return finished

    # missing terminators

    def _fused(self, node: SegmentNode, start: int, end: int) -> int | None:
        """Where the segment at a node ends whose terminator is missing, as a file offset.

        None where no terminator is missing in it.
        """
        delimiters = self.reader.delimiters
        assert delimiters is not None
        raw = self._bytes(start, end)
        tags = self._envelope_grammar().all_tags
        at = end_of_fused(node, raw, delimiters, tags, not self._wrapped, self._following)
        return None if at is None else start + at

    def _following(self, here: SegmentNode, tag: bytes, raw: bytes) -> SegmentNode | None:
        """The node of a segment after the segment at a node, if it may come next."""
        delimiters, walker = self.reader.delimiters, self.walker
        assert delimiters is not None
        if here.tag in _AFTER:
            name = tag.decode("latin-1")
            return self._node_around(name) if name in _AFTER[here.tag] else None
        if walker is None:
            return None
        move = walker.moves.find(here, *head_of(walker.grammar, raw, delimiters))
        return move.target if move else None

    def _node_around(self, tag: str) -> SegmentNode | None:
        """The node of a segment of an envelope, or of a set's first segments."""
        grammar = self._envelope_grammar()
        found = grammar.envelope.get(tag)
        if found is None and tag in _IN_SETS:
            found = grammar.segment_node(min(grammar.by_tag[tag]))
        return found

    def _end_at(self, cut: int, end: int) -> list[Fault]:
        """End a segment where its terminator is missing; what follows it is read next."""
        raw = self._bytes(cut, end)
        assert self.reader.delimiters is not None
        begin = end - len(raw.lstrip(self.reader.delimiters.padding))
        self._rest = begin, end
        ordinal = self._ordinal + 1 if self.context.transaction else 0
        return [Fault(FaultCode.TERMINATOR_MISSING, self._envelope_segment(begin, end, ordinal))]

    def _bytes(self, start: int, end: int) -> bytes:
        base = self.reader.window.base
        return self.reader.window.data[start - base : end - base]

    def _breaks(self, node: int, segment: Segment) -> None:
        """Report the line breaks of a segment of the walk."""
        for fault in self._break_faults(node, segment):
            if self.walker is not None and fault.code is FaultCode.LINE_BREAK:
                fault.claim, fault.line = self.walker.claim, self.walker.line
            self._report(fault)

    def _pay(self, walker: Walker) -> None:
        """Report the faults of a segment in the block that it begins, if it begins one."""
        for fault in walker.owed:
            fault.claim, fault.line = walker.claim, walker.line
            self._report(fault)
        walker.owed.clear()

    def _new_walker(self, grammar: Grammar) -> Walker:
        return Walker(
            moves_of(grammar),
            self._report,
            self._heads_ahead,
            self._behind,
            self._next_head,
            self._first_line,
            lambda segment: self._numbering.is_next(segment),
        )

    def _next_head(self) -> Head:
        """Tag and qualifier of the next segment that is not empty; empty at the end."""
        walker, delimiters = self.walker, self.reader.delimiters
        assert walker is not None and delimiters is not None
        following = filter(None, self.reader.ahead(_LOOK_AHEAD_BYTES))
        return head_of(walker.grammar, next(following, b""), delimiters)

    def _first_line(self) -> str:
        """LX01 of the first line that comes before another level or claim, as far as is looked."""
        assert self.reader.delimiters is not None
        separator = self.reader.delimiters.element
        for raw in islice(self.reader.ahead(_LOOK_AHEAD_BYTES), _LINE_AHEAD):
            tag, _, rest = raw.partition(separator)
            if tag == b"LX":
                return rest.partition(separator)[0].decode("latin-1")
            if tag in _ENDS or tag in _NUMBERED or tag == b"SE":
                break
        return ""

    def _heads_ahead(self) -> list[Head]:
        """Tags and qualifiers of the next segments of the set, SE the last of them."""
        walker, delimiters = self.walker, self.reader.delimiters
        assert walker is not None and delimiters is not None
        heads: list[Head] = []
        for raw in self.reader.ahead(_LOOK_AHEAD_BYTES):
            head = head_of(walker.grammar, raw, delimiters)
            if head[0] in _ENDS or len(heads) == _LOOK_AHEAD:
                break
            if raw:
                heads.append(head)
            if head[0] == b"SE":
                break
        return heads

    def _behind(self) -> list[Segment]:
        """The last segments before the present one in its block, three at most."""
        block, window = self.block, self.reader.window
        if block is None:
            return []
        places = zip(block.starts[-3:], block.ends[-3:], block.nodes[-3:], strict=True)
        ordinal = self._ordinal - len(block.starts[-3:])
        return [
            Segment(window, start, end, block.delimiters, node, n)
            for n, (start, end, node) in enumerate(places, start=ordinal)
        ]

    def _shift_head(self, tag: bytes, qualifier: bytes, segment: Segment) -> bool:
        """Whether a segment that the guide has no place for has one with a separator more or less.

        It must fit the guide so, and in no other way; it is then read as it is meant.
        """
        walker = self.walker
        assert walker is not None
        key = walker.grammar.byte_keys.get(tag)
        if key is None or walker.moves.find(walker.node, tag, qualifier) is not None:
            return False
        fitting: list[Shift] = []
        separator = segment.delimiters.element
        for shift in heads(segment.values, max(key[0], 2 if key[2] else 0)):
            values = shift.read(segment.values)
            raw = separator.join(v.encode("latin-1") for v in values)
            move = walker.moves.find(walker.node, *head_of(walker.grammar, raw, segment.delimiters))
            if move and not check_values(move.target.spec, values, segment.delimiters):
                fitting.append(shift)
        if len(fitting) == 1:
            segment.shift = fitting[0]
        return len(fitting) == 1

    def _claim_segment(self, start: int, end: int, node: int) -> Segment:
        assert self.reader.delimiters is not None
        return Segment(self.reader.window, start, end, self.reader.delimiters, node, self._ordinal)

    def _begin_block(self, level: Frame, tag: bytes, start: int, end: int) -> Block:
        """A hierarchical level or a claim begins with this segment."""
        self._level = level
        kind = _LEVELS[level.loop.id]
        self._enter(kind, level, self._claim_segment(start, end, 0), tag)
        assert self.walker is not None
        if tag != b"HL" and kind in _HL_LEVELS and not self.walker.late:
            self._numbering.lost_level(level.loop.id)
        elif tag == b"HL" and self.walker.lost:
            self._numbering.lost_level(self.walker.lost)
            self._forget(self.walker.lost)
        return self._open(kind, start)

    def _number(self, node: SegmentNode, segment: Segment, block: Block) -> None:
        """What HL, LX and CLM say of themselves: their numbers, checked and remembered."""
        assert self.walker is not None
        if node.tag == "CLM":
            self._name_claim(segment)
        elif self.walker.duplicate:
            return
        elif node.tag == "LX":
            self.walker.set_line(segment.value(1))
            if self.walker.is_late:
                return
            misplaced = any(
                f.code is FaultCode.SEGMENT_ORDER and f.segment.start == segment.start
                for f in block.faults[-_RECENT:]
            )
            self._numbered(self._numbering.line(segment, misplaced))
        else:
            misplaced = any(f.code is FaultCode.SEGMENT_ORDER for f in block.faults)
            misplaced = misplaced or any(late.tag == "HL" for _, late, _ in self.walker.late)
            faults = self._numbering.level(segment, node.loop.id, misplaced, self._claims)
            self._numbered(faults)

    def _name_claim(self, segment: Segment) -> None:
        """Give the claim its CLM01, if it had none when it began."""
        block = self.block
        if block and block.claim and not block.claim.id and self._level is not None:
            block.claim = self._level.claim = ClaimMark(block.claim.number, segment.value(1))

    # blocks

    def _open(self, kind: BlockKind, start: int) -> Block:
        assert self.reader.delimiters is not None
        claim = self.walker.claim if self.walker and kind is BlockKind.CLAIM else None
        self.block = Block(
            kind,
            self.context,
            self.reader.delimiters,
            self.reader.window,
            self._ordinal if self.context.transaction else 0,
            claim,
        )
        self.reader.keep_from = start
        return self.block

    def _is_full(self, block: Block, start: int) -> bool:
        """Whether a segment that begins at a file offset has no room in the block."""
        if len(block) >= result.LONGEST_BLOCK:
            return True
        return len(block) > 0 and start - block.starts[0] >= result.LARGEST_BLOCK

    def _go_on_in_another(self, start: int, end: int, ordinal: int) -> Block:
        """End the open block and go on, with the segment from `start` on, in one that is its rest.

        One fault says so, at that segment, however many blocks follow.
        """
        block, delimiters = self.block, self.reader.delimiters
        assert block is not None and delimiters is not None
        first = block.rest_of or block
        if first is block:
            segment = Segment(self.reader.window, start, end, delimiters, 0, ordinal)
            fault = Fault(FaultCode.BLOCK_TOO_LONG, segment)
            fault.claim = block.claim
            block.faults.append(fault)
        block.goes_on = True
        self._settle(block)
        rest = self._open(block.kind, start)
        rest.first_ordinal, rest.claim, rest.rest_of = ordinal, block.claim, first
        return rest

    def _relieved(self, segment: Segment) -> Iterator[Block]:
        """End the open block where faults about what belongs to no block have become too many."""
        block = self.block
        if block is not None and len(block.faults) >= result.LONGEST_BLOCK:
            self._go_on_in_another(segment.start, segment.end, segment.ordinal)
            yield block

    def _single(self, kind: BlockKind, segment: Segment, faults: list[Fault]) -> Block:
        """A block of one envelope segment."""
        block = self._open(kind, segment.start)
        block.first_ordinal = segment.ordinal
        block.starts.append(segment.start)
        block.ends.append(segment.end)
        block.nodes.append(segment.node)
        block.faults = faults
        block.keep(0, segment)
        return block

    def _flush(self) -> Iterator[Block]:
        if self.block is not None and (len(self.block) or self.block.faults):
            self._settle(self.block)
            yield self.block
        self.block = None

    def _settle(self, block: Block) -> None:
        """The block is complete: its bytes are in the present window, unless that has jumped."""
        if not block.starts or block.starts[0] >= self.reader.window.base:
            block.window = self.reader.window

    def _report(self, fault: Fault) -> None:
        assert self.block is not None
        self.block.faults.append(fault)
        if fault.code in PLACEMENT:
            self._numbering.doubtful = True

    def _enter(self, kind: BlockKind, level: Frame, segment: Segment, tag: bytes) -> None:
        """A hierarchical level or claim begins: what was open below it is closed."""
        context, block = self.context, self.block
        assert self.walker is not None
        if block is not None and block.kind is BlockKind.TRANSACTION:
            context = context._replace(header=block.rest_of or block)
        elif block is not None and block.kind is BlockKind.BILLING:
            context = context._replace(billing=block.rest_of or block)
        elif block is not None and block.kind is BlockKind.SUBSCRIBER:
            context = context._replace(subscriber=block.rest_of or block)
        elif block is not None and block.kind is BlockKind.PATIENT:
            context = context._replace(patient=block.rest_of or block)
        if kind is BlockKind.BILLING:
            context = context._replace(billing=None, subscriber=None, patient=None)
        elif kind is BlockKind.SUBSCRIBER:
            context = context._replace(subscriber=None, patient=None)
        elif kind is BlockKind.PATIENT:
            context = context._replace(patient=None)
        elif kind is BlockKind.CLAIM:
            self._claims += 1
            number = segment.value(1) if tag == b"CLM" else ""
            level.claim = ClaimMark(self._claims, number)
            self._numbering.begin_claim()
        self.context = context

    def _forget(self, loop: str) -> None:
        """A whole level is missing: what is open of its kind belongs to the one before it."""
        if loop == "2000A":
            self.context = self.context._replace(billing=None)
        elif loop == "2000B":
            self.context = self.context._replace(subscriber=None)

    # elements

    def _fits_elsewhere(self, tag: bytes, qualifier: bytes, segment: Segment) -> bool:
        """Whether the guide has a place for a misplaced segment that takes all its elements."""
        assert self.walker is not None
        name, key = tag.decode("latin-1"), qualifier.decode("latin-1")
        return any(
            not check_values(node.spec, segment.values, segment.delimiters)
            for node in self.walker.grammar.segment_nodes()
            if node_takes(node, name, key)
        )

    def _elements(self, node: SegmentNode, segment: Segment) -> None:
        self._accept.saw(node)
        faults = element_faults(node.spec, node.index, segment)
        if node.tag == "CLM":
            self._name_claim(segment)
        for fault in faults:
            if self.walker is not None:
                fault.claim, fault.line = self.walker.claim, self.walker.line
            self._report(fault)

    def _numbered(self, faults: list[Fault]) -> None:
        assert self.walker is not None
        is_old = self.walker.grammar.guide == OLD_GUIDE
        for fault in faults:
            if is_old and fault.code in (FaultCode.CLAIM_OF_LEVEL, FaultCode.CLAIM_OF_SET):
                continue
            if fault.code is FaultCode.LX_NUMBER and self.block is not None:
                fault.unsure = fault.unsure or any(f.code in PLACEMENT for f in self.block.faults)
            if fault.code not in OF_SUBSCRIBER:
                fault.claim, fault.line = self.walker.claim, self.walker.line
            self._report(fault)

    # envelopes

    def _envelope_segment(self, start: int, end: int, ordinal: int = 0) -> Segment:
        assert self.reader.delimiters is not None
        return Segment(self.reader.window, start, end, self.reader.delimiters, 0, ordinal)

    def _envelope_grammar(self) -> Grammar:
        """The grammar that the interchange's envelope follows: GS08 decides, else ISA12."""
        interchange = self.context.interchange
        old = False
        header = interchange.header if interchange is not None else None
        if header is not None:
            at, separator = header.end - header.window.base, header.delimiters.element
            modern = names_5010(header.window.data, at, separator)
            old = not modern and header.value(12) < "00402"
        grammar = grammar_for(OLD_GUIDE if old else CURRENT_GUIDE)
        assert grammar is not None
        return grammar

    def _envelope_elements(self, segment: Segment, delimiting: tuple[int, ...] = ()) -> list[Fault]:
        """Faults in the elements of ISA, GS, GE, IEA or TA1, which have no node of a guide.

        The `delimiting` elements contain delimiters, which are no data.
        """
        spec = self._envelope_grammar().envelope[segment.tag].spec
        faults = element_faults(spec, 0, segment, delimiting)
        return [*faults, *self._break_faults(0, segment)]

    def _isa(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        self.reader.look_ahead(start, WRAP_SEARCHED)
        segment = self._envelope_segment(start, end)
        if self.context.interchange is not None:
            yield from self._break_off(segment, self._cut)
            self.block = None
            self.walker = None
        self._begin_interchange("", segment, segment)
        faults = self._isa_faults(segment, raw)
        number = segment.value(13)
        self.context = Context(Interchange(self._interchanges, number, segment, segment.start))
        self._unsound = _elements_of("ISA", faults)
        if number in self._interchange_numbers:
            faults.append(Fault(FaultCode.ISA_NUMBER_REPEATED, segment, segment.node, 13))
        self._interchange_numbers.add(number)
        yield self._single(BlockKind.INTERCHANGE, segment, faults)
        self.block = None
        if self.reader.position == end:
            yield from self._gs_without_terminator(end)

    def _gs_without_terminator(self, end: int) -> Iterator[Block]:
        """The terminator of ISA is missing, and GS follows; it has told which byte it is."""
        assert self.reader.delimiters is not None
        data = self.reader.window.data[end - self.reader.window.base :]
        begin = end + len(data) - len(data.lstrip(self.reader.delimiters.padding))
        stop = data.find(self.reader.delimiters.terminator)
        segment = self._envelope_segment(begin, end + stop)
        self.reader.position = begin
        yield from self._tell(Fault(FaultCode.TERMINATOR_MISSING, segment))

    def _begin_interchange(self, number: str, header: Segment | None, first: Segment) -> None:
        self._interchanges += 1
        self.context = Context(Interchange(self._interchanges, number, header, first.start))
        self._groups = 0
        self._has_ta1 = False
        self._group_numbers = ControlNumbers()
        self._warned -= {
            FaultCode.LINE_BREAK_INSIDE,
            FaultCode.SPACE_BEFORE_SEGMENT,
            FaultCode.SEGMENT_UNRECOGNIZED,
        }
        self._wrapped = is_wrapped(first.window, first.start, first.delimiters)
        self._of_interchange = first.delimiters
        self._without_isa = False

    def _interchange_without_isa(self, tag: str, start: int, end: int) -> Iterator[Block]:
        """An interchange begins with a damaged ISA, or with a GS or an ST."""
        self.reader.look_ahead(start, WRAP_SEARCHED)
        segment = self._envelope_segment(start, end)
        self._begin_interchange("", None, segment)
        if self.reader.missing == "ISA":
            fault = Fault(FaultCode.ISA_DAMAGED, segment)
            yield self._single(BlockKind.TRAILER, segment, [fault])
        else:
            self._without_isa = True
            block = self._open(BlockKind.TRAILER, start)
            block.faults = [Fault(FaultCode.ISA_MISSING, segment)]
            yield block
        if tag == "ST":
            self._begin_group("", segment.value(3), None)
        self._unsound = set()
        self.block = None

    def _isa_faults(self, segment: Segment, raw: bytes) -> list[Fault]:
        """ISA11 and ISA16 are delimiters, so they are judged as delimiters and not as data."""
        plain = replace(segment.delimiters, component=segment.delimiters.terminator, repetition=b"")
        bare = Segment(segment.window, segment.start, segment.end, plain)
        delimiters = segment.delimiters
        modern = bool(delimiters.repetition) or not delimiters.sound
        own = (11, 16) if modern else (16,)
        faults = self._envelope_elements(bare, own)
        segment.shift = bare.shift
        faults = [
            replace(f, segment=segment)
            for f in faults
            if f.element not in own or f.code in _ALSO_OF_DELIMITERS
        ]
        if not modern and bare.value(12) >= "00402" and bare.value(11).isalnum():
            faults.append(Fault(FaultCode.ISA_REPETITION, segment, segment.node, 11))
        damaged = self._damaged_delimiters(segment, bare.value(16))
        faults += damaged
        explained = len(raw) != _ISA_BYTES or self.reader.position == segment.end
        explained = explained and not replace(delimiters, sound=True).clashes()
        if delimiters.clashes() and not (damaged or explained):
            faults.append(Fault(FaultCode.ISA_DELIMITERS, segment, segment.node))
        if bare.value(16).rstrip(" \t\r\n") != bare.value(16):
            faults.append(Fault(FaultCode.ISA_END, segment, segment.node, 16))
        elif len(raw) != _ISA_BYTES and not any(f.code in _WIDTHS for f in faults):
            faults.append(Fault(FaultCode.ISA_LENGTH, segment, segment.node, number=len(raw) + 1))
        return faults

    def _damaged_delimiters(self, segment: Segment, component: str) -> list[Fault]:
        """Delimiters of the ISA that are not those of the segments after it."""
        delimiters = segment.delimiters
        faults: list[Fault] = []
        others = (delimiters.element, delimiters.terminator, delimiters.repetition)
        named = component[:1].encode("latin-1")
        if named != delimiters.component and named not in others and not named.isalnum():
            faults.append(Fault(FaultCode.ISA_COMPONENT, segment, segment.node, 16))
        at = segment.end - segment.window.base
        is_missing = self.reader.position == segment.end  # `_gs_without_terminator` reports it
        if not is_missing and segment.window.data[at : at + 1] != delimiters.terminator:
            faults.append(Fault(FaultCode.ISA_TERMINATOR, segment, segment.node, 16))
        return faults

    def _iea(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        del raw
        segment = self._envelope_segment(start, end)
        faults = self._envelope_elements(segment)
        faulty = {f.element for f in faults if f.code not in _VALUE_IS_CLEAR}
        interchange = self.context.interchange
        assert interchange is not None
        yield from self._end_group(segment)
        if _differs(segment.value(1), self._groups) and 1 not in faulty:
            faults.append(Fault(FaultCode.IEA_COUNT, segment, segment.node, 1, number=self._groups))
        if self._groups == 0 and not self._has_ta1:
            faults.append(Fault(FaultCode.GROUP_OF_INTERCHANGE, segment, segment.node))
        if (
            interchange.header is not None
            and segment.value(2) != interchange.control_number
            and 2 not in faulty
            and ("ISA", 13) not in self._unsound
        ):
            faults.append(Fault(FaultCode.IEA_NUMBER, segment, segment.node, 2))
        yield self._single(BlockKind.TRAILER, segment, faults)
        self.block = None
        self.context = Context()
        self._last = segment

    def _gs(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        del raw
        segment = self._envelope_segment(start, end)
        group = self.context.group
        if group and group.header and self._sets == 0 and group.header.raw == segment.raw:
            yield self._single(BlockKind.TRAILER, segment, [_repeated(segment)])
            self.block = None
            return
        yield from self._end_group(segment)
        faults = self._envelope_elements(segment)
        self._unsound |= _elements_of("GS", faults)
        number = segment.value(6)
        self._unsound -= {("GS", 6)} - _elements_of("GS", faults)
        self._begin_group(number, segment.value(8), segment)
        self._label_faults = [f for f in faults if _is_of_label(f)]
        faults = [f for f in faults if not _is_of_label(f)]
        plain = plain_number(number)
        if plain in self._group_numbers:
            faults.append(Fault(FaultCode.GS_NUMBER_REPEATED, segment, segment.node, 6))
        self._group_numbers.add(plain)
        yield self._single(BlockKind.GROUP, segment, faults)
        self.block = None

    def _begin_group(self, number: str, guide: str, header: Segment | None) -> None:
        self._groups += 1
        self._sets = 0
        self._set_numbers = ControlNumbers()
        self.group_fits = None
        self._label_faults = []
        group = FunctionalGroup(self._groups, number, guide, header)
        self.context = Context(self.context.interchange, group)

    def _ge(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        if self._is_damaged_gs(raw):
            yield from self._outside_sets("GE", start, end, raw)
            return
        segment = self._envelope_segment(start, end)
        yield from self._end_set(segment)
        faults = self._envelope_elements(segment)
        faulty = {f.element for f in faults if f.code not in _VALUE_IS_CLEAR}
        faults += self._held_faults()
        group = self.context.group
        if group is None:
            faults.append(Fault(FaultCode.GS_MISSING, segment, segment.node))
        else:
            if _differs(segment.value(1), self._sets) and 1 not in faulty:
                faults.append(
                    Fault(FaultCode.GE_COUNT, segment, segment.node, 1, number=self._sets)
                )
            if self._sets == 0:
                faults.append(Fault(FaultCode.SET_OF_GROUP, segment, segment.node))
            if (
                group.header
                and plain_number(segment.value(2)) != plain_number(group.control_number)
                and 2 not in faulty
                and ("GS", 6) not in self._unsound
            ):
                faults.append(Fault(FaultCode.GE_NUMBER, segment, segment.node, 2))
        yield self._single(BlockKind.TRAILER, segment, faults)
        self.block = None
        self.context = Context(self.context.interchange)

    def _st(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        del raw
        segment = self._envelope_segment(start, end, 1)
        open_ = self.context.transaction
        if open_ and open_.header and self._ordinal == 1 and open_.header.raw == segment.raw:
            self._report(_repeated(segment))
            yield from self._relieved(segment)
            return
        yield from self._end_set(segment)
        faults: list[Fault] = []
        if self.context.group is None:
            faults.append(Fault(FaultCode.GS_MISSING, segment))
            self._begin_group("", segment.value(3), None)
        shifted = self._shift_of_header(segment)
        number = segment.value(2)
        self.reader.keep_from = start
        labels = self._begin_set(segment, self._ahead())
        block = self._open(BlockKind.TRANSACTION, start)
        block.faults = faults = [*faults, *shifted]
        block.keep(0, segment)
        transaction = self.context.transaction
        assert transaction is not None
        if number in self._set_numbers:
            faults.append(Fault(FaultCode.ST_NUMBER_REPEATED, segment, 0, 2))
        self._set_numbers.add(number)
        wrong = self._wrong_labels(labels, segment)
        if transaction.grammar is None:
            block.kind = BlockKind.SKIPPED
        else:
            assert self.walker is not None
            segment.node = self.walker.node.index
            self._elements(self.walker.node, segment)
            self._breaks(segment.node, segment)
            self._unsound -= {("ST", 2)}
            self._unsound |= _elements_of("ST", faults)
            told = {f.element for f in wrong if f.segment is segment}
            block.faults = faults = [f for f in faults if f.element not in told]
        told = {f.element for f in wrong if f.segment is not segment}
        faults += wrong
        faults += [f for f in self._held_faults() if f.element not in told]
        block.starts.append(start)
        block.ends.append(end)
        block.nodes.append(segment.node)

    def _shift_of_header(self, segment: Segment) -> list[Fault]:
        """The fault of an ST with one separator too many or too few, from now on read as meant."""
        root = self._envelope_grammar().transaction.opener
        assert root is not None
        faults = element_faults(root.spec, root.index, segment)
        return [f for f in faults if f.code is FaultCode.SHIFTED]

    def _ahead(self) -> Iterator[bytes]:
        """The segments that come next, as far as they can tell what a set is."""
        return self.reader.ahead(AHEAD)

    def _held_faults(self) -> list[Fault]:
        """Faults of GS01 and GS08, at the first set of the group or where it ends without any."""
        faults, self._label_faults = self._label_faults, []
        return faults if self._sets <= 1 else []

    def _begin_set(self, header: Segment | None, segments: Iterable[bytes]) -> Labels:
        """A set begins, with its ST or without, and goes on with these segments."""
        self._sets += 1
        self._ordinal = 1
        self._claims = 0
        interchange, group = self.context.interchange, self.context.group
        assert interchange is not None and group is not None
        assert self.reader.delimiters is not None
        labels = Labels(
            group.header.value(1) if group.header else None,
            group.guide if group.header else None,
            header.value(1) if header else None,
            header.value(3) if header else None,
        )
        version = interchange.header.value(12) if interchange.header else ""
        kind, grammar, named = identify(labels, segments, self.reader.delimiters, version)
        type_, guide = labels.type or "837", labels.guide or ""
        if grammar is None:
            type_, guide = written_as(labels, kind)
        number = header.value(2) if header else ""
        transaction = TransactionSet(self._sets, number, type_, guide, grammar, header, kind, named)
        self.context = Context(interchange, group, transaction)
        self.walker = None
        if grammar is not None:
            self.walker = self._new_walker(grammar)
            key = (self.reader.delimiters, grammar.guide)
            self._accept = self._acceptors.setdefault(key, _Acceptors(self.reader.delimiters))
            self._level = self.walker.frames[0]
            self._numbering = Numbering()
        return labels

    def _wrong_labels(self, labels: Labels, segment: Segment) -> list[Fault]:
        """Where GS01, GS08, ST01 and ST03 do not say what the set is."""
        transaction, group = self.context.transaction, self.context.group
        assert transaction is not None and group is not None
        if transaction.grammar is None:
            return self._of_other_kind(labels, transaction.kind, group.header, segment)
        known = transaction.grammar.answers
        header = group.header
        faults: list[Fault] = []
        group_named = header is not None and group.guide in known
        if header and self.group_fits is None:
            if header.value(1) != "HC":
                faults.append(Fault(FaultCode.GROUP_NOT_HC, header, header.node, 1))
            if not group_named:
                faults.append(Fault(FaultCode.GUIDE_DIFFERS, header, header.node, 8))
            self.group_fits = not faults
            if labels.guide == group.guide in _VARIANTS:
                faults.append(Fault(FaultCode.GUIDE_VARIANT, header, header.node, 8))
        if labels.type not in (None, "837"):
            faults.append(Fault(FaultCode.TYPE_NOT_837, segment, segment.node, 1))
        if transaction.grammar.guide == OLD_GUIDE:
            if FaultCode.GUIDE_OLD not in self._warned:
                self._warned.add(FaultCode.GUIDE_OLD)
                place, element = (header, 8) if header else (segment, 0)
                faults.append(Fault(FaultCode.GUIDE_OLD, place, place.node, element))
        elif labels.guide is None:
            pass
        elif not labels.guide:
            if group_named:
                faults.append(Fault(FaultCode.GUIDE_UNNAMED, segment, segment.node, 3))
        elif labels.guide not in known or (group_named and labels.guide != group.guide):
            faults.append(Fault(FaultCode.GUIDE_DIFFERS, segment, segment.node, 3))
        return faults

    def _of_other_kind(
        self, labels: Labels, kind: str, header: Segment | None, segment: Segment
    ) -> list[Fault]:
        """Where labels call another set a set of claims, or claims another set."""
        wrong = contradictions(labels, kind)
        number = KINDS.index(kind) if kind else 0
        faults = [
            Fault(FaultCode.LABEL_OF_OTHER_KIND, segment, 0, element, number=number)
            for name, element in (("ST01", 1), ("ST03", 3))
            if name in wrong
        ]
        of_group = [element for name, element in (("GS01", 1), ("GS08", 8)) if name in wrong]
        if header is None or not of_group:
            return faults
        if self.group_fits and not faults:
            fault = Fault(FaultCode.GROUP_OF_OTHER_KIND, segment, 0, 3, number=number)
            faults.append(fault)
        elif self.group_fits is None:
            self.group_fits = False
            faults += [
                Fault(FaultCode.LABEL_OF_OTHER_KIND, header, header.node, element, number=number)
                for element in of_group
            ]
        return faults

    def _se(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        transaction = self.context.transaction
        if transaction is None:
            yield from self._outside_sets("SE", start, end, raw)
            return
        self._ordinal += 1
        segment = self._envelope_segment(start, end, self._ordinal)
        faults: list[Fault] = []
        if self.walker is not None:
            self.walker.place(b"SE", b"", segment, raw)
            segment.node = self.walker.node.index
            self.walker.flush()
            self._numbered(self._numbering.end(self._claims, is_last=True))
        yield from self._flush()
        block = self._single(BlockKind.TRAILER, segment, faults)
        if self.walker is not None:
            self._elements(self.walker.node, segment)
            self._breaks(segment.node, segment)
        faulty = {f.element for f in faults if f.code not in _VALUE_IS_CLEAR}
        if ("ST", 2) in self._unsound and segment.value(2) == transaction.control_number:
            # SE02 repeats ST02, so that what is wrong with its length is reported there
            block.faults = faults = [f for f in faults if f.element != 2 or f.code not in _LENGTH]
        if transaction.header is not None:
            if _differs(segment.value(1), self._ordinal) and 1 not in faulty:
                fault = Fault(FaultCode.SE_COUNT, segment, segment.node, 1, number=self._ordinal)
                faults.append(fault)
            if (
                segment.value(2) != transaction.control_number
                and 2 not in faulty
                and ("ST", 2) not in self._unsound
            ):
                faults.append(Fault(FaultCode.SE_NUMBER, segment, segment.node, 2))
        yield block
        self._leave_set()

    def _leave_set(self) -> None:
        self.block = None
        self.walker = None
        self.context = Context(self.context.interchange, self.context.group)

    def _ta1(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        del raw
        segment = self._envelope_segment(start, end)
        self._has_ta1 = True
        if self.context.group is not None:
            yield from self._misplaced_ta1(segment)
            return
        yield self._single(BlockKind.INTERCHANGE, segment, self._envelope_elements(segment))
        self.block = None

    def _misplaced_ta1(self, segment: Segment) -> Iterator[Block]:
        """A TA1 that is in a functional group, which goes on behind it."""
        fault = Fault(FaultCode.SEGMENT_UNEXPECTED, segment)
        if self.block is not None:
            self._report(fault)
            yield from self._relieved(segment)
        else:
            yield self._single(BlockKind.TRAILER, segment, [fault])
            self.block = None

    # what ends too early, and what stands outside

    def _end_set(self, segment: Segment) -> Iterator[Block]:
        """Something begins or ends around a set whose SE did not come."""
        if self.context.transaction is None:
            return
        if self.walker is not None:
            self.walker.close(segment)
            self._numbered(self._numbering.end(self._claims, is_last=True))
        assert self.block is not None
        self._report(Fault(FaultCode.SE_MISSING, segment))
        yield from self._flush()
        self._leave_set()

    def _end_group(self, segment: Segment) -> Iterator[Block]:
        if self.context.group is None:
            return
        yield from self._end_set(segment)
        if self.context.group.header is not None:
            block = self._open(BlockKind.TRAILER, segment.start)
            block.faults = [*self._held_faults(), Fault(FaultCode.GE_MISSING, segment)]
            yield block
        self.block = None
        self.context = Context(self.context.interchange)

    def _break_off(self, segment: Segment, cut: bool) -> Iterator[Block]:
        """The interchange ends without its IEA: one fault, wherever it breaks off."""
        code = FaultCode.IEA_MISSING
        if cut:
            code = FaultCode.UNTERMINATED
        elif self.context.transaction is not None:
            code = FaultCode.SE_MISSING
        elif self.context.group is not None and self.context.group.header is not None:
            code = FaultCode.GE_MISSING
        faults = [*self._held_faults(), Fault(code, segment)]
        group = self.context.group
        in_group = group is not None and group.header is not None
        if self._without_isa and not (self.context.transaction or in_group):
            faults = []  # its ISA is missing, so nobody expects an IEA
        if not faults and self.block is None:
            return
        block = self.block or self._open(BlockKind.TRAILER, segment.start)
        if self.walker is not None:
            self.walker.flush()
            for fault in faults:
                fault.claim, fault.line = self.walker.claim, self.walker.line
        block.faults += faults
        block.window = self.reader.window
        yield block

    def _end_of_input(self) -> Iterator[Block]:
        interchange = self.context.interchange
        if interchange is not None:
            end = self.reader.window.base + len(self.reader.window.data)
            self.reader.delimiters = self._of_interchange
            last = Segment(self.reader.window, end, end, self._of_interchange)
            yield from self._break_off(last, self._unterminated)
            return
        if self._unterminated and self._last is not None:
            block = self._open(BlockKind.TRAILER, self._last.start)
            block.faults = [Fault(FaultCode.LAST_TERMINATOR, self._last)]
        yield from self._flush()

    def _in_skipped(self, start: int, end: int) -> Iterator[Block]:
        self._ordinal += 1
        block = self.block
        if block is None or len(block) >= _SKIPPED_BLOCK:
            yield from self._flush()
            block = self._open(BlockKind.SKIPPED, start)
        block.starts.append(start)
        block.ends.append(end)
        block.nodes.append(0)
        self._settle(block)

    def _outside_sets(self, tag: str, start: int, end: int, raw: bytes) -> Iterator[Block]:
        """A segment inside an interchange but outside every set: its ST may be missing."""
        assert self.reader.delimiters is not None
        if tag == "BHT" and self.context.group is not None:
            yield from self._without_st(start, end, raw)
            return
        segment = self._envelope_segment(start, end)
        code = FaultCode.SEGMENT_UNEXPECTED if _TAG.match(raw) else FaultCode.SEGMENT_UNRECOGNIZED
        if self._is_damaged_st(raw):
            code, self._damaged_st = FaultCode.ST_DAMAGED, True
        elif self._is_damaged_gs(raw):
            code = FaultCode.GS_DAMAGED
            self._begin_group("", "", None)
        faults = [Fault(code, segment), *self._break_faults(0, segment)]
        if code is FaultCode.SEGMENT_UNRECOGNIZED and self._is_in_lower_case(tag):
            if code in self._warned:
                del faults[0]
            self._warned.add(code)
        yield self._single(BlockKind.TRAILER, segment, faults)
        self.block = None

    def _is_in_lower_case(self, tag: str) -> bool:
        """Whether a tag is one of the guide but for its case; reported once outside of a set."""
        return tag != tag.upper() and tag.upper() in self._envelope_grammar().all_tags

    def _is_damaged_st(self, raw: bytes) -> bool:
        """Whether this is an ST but for its tag: a BHT follows it."""
        if self.context.group is None or not _LIKE_ST.search(raw):
            return False
        assert self.reader.delimiters is not None
        return next(self._ahead(), b"").startswith(b"BHT" + self.reader.delimiters.element)

    def _is_damaged_gs(self, raw: bytes) -> bool:
        """Whether this is a GS but for its tag: an ST follows it."""
        assert self.reader.delimiters is not None
        separator = self.reader.delimiters.element
        if self.context.group is not None or raw.count(separator) < _GS_SEPARATORS:
            return False
        return next(self._ahead(), b"").startswith(b"ST" + separator)

    def _without_st(self, start: int, end: int, raw: bytes) -> Iterator[Block]:
        """A set begins with its BHT: its ST is missing."""
        segment = self._envelope_segment(start, end, 1)
        self.reader.keep_from = start
        labels = self._begin_set(None, chain((raw,), self._ahead()))
        transaction = self.context.transaction
        assert transaction is not None
        is_read = transaction.grammar is not None
        block = self._open(BlockKind.TRANSACTION if is_read else BlockKind.SKIPPED, start)
        if not self._damaged_st:
            self._report(Fault(FaultCode.ST_MISSING, segment))
        self._damaged_st = False
        wrong = self._wrong_labels(labels, segment)
        told = {f.element for f in wrong}
        block.faults += wrong
        block.faults += [f for f in self._held_faults() if f.element not in told]
        if is_read:
            block.first_ordinal += 1
            finished = self._in_claims(start, end, raw)
            if finished is not None:
                yield finished
        else:
            yield from self._in_skipped(start, end)

    def _bytes_outside(self, start: int, end: int, stop: int) -> Iterator[Block]:
        """Bytes that are no segment: one fault for a stretch, and no block reaches across it."""
        base = self.reader.window.base
        outside = self.reader.window.data[start - base : end - base]
        closed = self._interchanges > 0 and self.context.interchange is None
        is_padding = closed and not outside.strip(PADDING)
        if outside.strip() in _BEGUN_ISA and not closed and self.context.interchange is None:
            return  # a line break is in the tag of an ISA, which is read from there on as damaged
        follows = self._gap_stop >= 0 and start - self._gap_stop <= 2
        follows = follows and (is_padding or not self._gap_is_padding)
        self._gap_stop, self._gap_is_padding = stop, is_padding
        if follows:
            self.reader.keep_from = stop
            return
        delimiters = self.reader.delimiters or _NO_DELIMITERS
        faults: list[Fault] = []
        if outside.startswith(BYTE_ORDER_MARK) and self.context.interchange is None:
            mark = Segment(self.reader.window, start, start + len(BYTE_ORDER_MARK), delimiters)
            faults.append(Fault(FaultCode.BYTE_ORDER_MARK, mark))
            rest = outside[len(BYTE_ORDER_MARK) :].lstrip()
            start = end - len(rest)
        if start < end:
            segment = Segment(self.reader.window, start, end, delimiters)
            code = FaultCode.PADDING_BEHIND if is_padding else FaultCode.BYTES_OUTSIDE
            faults.append(Fault(code, segment, number=end - start))
        saved, self.reader.delimiters = self.reader.delimiters, delimiters
        if self.block is not None:
            kind = self.block.kind
            self.block.faults += faults
            rest_of = self.block.rest_of
            yield from self._flush()
            following = self._open(kind, stop)
            following.first_ordinal += 1 if self.context.transaction else 0
            following.rest_of = rest_of
        else:
            block = self._open(BlockKind.TRAILER, faults[0].segment.start)
            block.faults = faults
            yield block
            self.block = None
        self.reader.delimiters = saved
        self.reader.keep_from = stop


def element_faults(
    spec: SegmentSpec, index: int, segment: Segment, delimiting: tuple[int, ...] = ()
) -> list[Fault]:
    """What is wrong with the elements of a segment, whoever it belongs to; `index` is its node's.

    A segment that has one separator too many or too few is from now on read as it is meant. What
    the `delimiting` elements contain does not show that.
    """
    found = check(spec, segment)
    faults: list[Fault] = []
    signs = (f.element not in delimiting or f.code in _ALSO_OF_DELIMITERS for f in found)
    if segment.shift is None and any(signs):
        meant = reading(spec, segment, found)
        if meant is not None:
            segment.shift = meant.shift
            found = check(spec, segment)
            faults = [_shifted(segment, index, meant.is_sure)]
    return faults + [
        Fault(f.code, segment, index, f.element, f.component, f.repeat, f.number) for f in found
    ]


def _shifted(segment: Segment, index: int, is_sure: bool) -> Fault:
    """One separator too many or too few; `number` is 1 where it is clear how it is meant."""
    assert segment.shift is not None
    return Fault(FaultCode.SHIFTED, segment, index, segment.shift.at, number=int(is_sure))


def _is_of_label(fault: Fault) -> bool:
    return fault.element in _GROUP_LABELS and fault.code is not FaultCode.SHIFTED


def _elements_of(tag: str, faults: list[Fault]) -> set[tuple[str, int]]:
    """The elements of an envelope segment whose values cannot be relied on."""
    return {(tag, f.element) for f in faults if f.code not in _VALUE_IS_CLEAR}


def _repeated(segment: Segment) -> Fault:
    """The same GS or ST twice in a row."""
    return Fault(FaultCode.SEGMENT_REPEATS, segment, segment.node, number=1)


def _differs(stated: str, counted: int) -> bool:
    return not stated.isdecimal() or int(stated[:12]) != counted


def _not_x12(reader: Reader) -> str:
    """Why an input without any ISA cannot be read, by what it starts with."""
    if reader.bytes_read == 0:
        return "the file is empty"
    found = read_without_isa(reader.head)
    if found is None:
        if other := foreign(reader.head):
            return other
        begins = reader.head.lstrip(BYTE_ORDER_MARK + b" \r\n\t")[:2].decode("latin-1")
        if begins in _BEGINS and not reader.head.strip()[2:3].isalnum():
            return f"no ISA segment: {_BEGINS[begins]}, and its delimiters cannot be made out"
        return "no ISA segment: this is not an X12 interchange"
    begins = _BEGINS[found[2]]
    return (
        f"no ISA segment: {begins}, and no valid file can be made of that; add what is missing "
        "(edi-lint check lints the file as it is)"
    )


_BEGINS = {
    "ISA": "the ISA with which the file begins is damaged",
    "GS": "the file begins with GS",
    "ST": "the file begins with ST",
}
_ENVELOPE_STARTS = frozenset(
    {b"IS", b"IE", b"TA", b"GS", b"GE", b"ST", b"SE"}
    | {letter + line_break for letter in (b"I", b"T", b"G", b"S") for line_break in (b"\n", b"\r")}
)
"""How an envelope's tags begin, a line break in them or not; which one it is, if any, is looked at
afterwards."""

_LOOK_AHEAD = 12
_LOOK_AHEAD_BYTES = 8192
"""How many segments, and bytes, recovery looks ahead."""
_LINE_AHEAD = 100
"""Within how many segments behind a CLM the first service line is looked for."""
_ENDS = frozenset({b"ST", b"GE", b"GS", b"IEA", b"ISA", b"TA1"})
_VALUE_IS_CLEAR = frozenset({FaultCode.LINE_BREAK, FaultCode.SHIFTED})
"""Faults of elements whose values are clear nevertheless."""
_LENGTH = frozenset({FaultCode.TOO_SHORT, FaultCode.TOO_LONG})
_AFTER = {
    "GS": ("ST", "TA1"),
    "TA1": ("GS", "IEA"),
    "ST": ("BHT",),
    "SE": ("ST", "GE"),
    "GE": ("GS", "IEA"),
    "IEA": (),
}
"""What may come next after a segment of an envelope, in a file of claims."""
_IN_SETS = frozenset({"ST", "BHT", "SE"})
_NUMBERED = frozenset({b"HL", b"LX", b"CLM"})
_RECENT = 8
"""The last faults of a block, those of its last segment among them."""
_ISA_BYTES = 105
_BEGUN_ISA = (b"I", b"IS")
_ALSO_OF_DELIMITERS = (FaultCode.ELEMENT_MISSING, FaultCode.LINE_BREAK, FaultCode.SHIFTED)
_WIDTHS = (
    FaultCode.TOO_SHORT, FaultCode.TOO_LONG, FaultCode.ELEMENT_MISSING, FaultCode.SHIFTED,
)  # fmt: skip
_TAG = re.compile(rb"[A-Z][A-Z0-9]{1,2}[^A-Z0-9]")
_LIKE_ST = re.compile(rb"837|[0-9]{6}X[0-9]{3}|^S|^.T", re.I)
_GS_SEPARATORS = 7
"""At least so many separators are in a GS: it has eight elements."""
_GROUP_LABELS = (1, 8)
"""GS01 and GS08, which say what the sets of a group are."""
_VARIANTS = frozenset({"005010X222", "005010X222A2"})
"""Names of the current guide that receivers do not expect."""
_NO_DELIMITERS = Delimiters(b"*", b":", b"^", b"~")
_ENVELOPE = {
    "ISA": Engine._isa,
    "IEA": Engine._iea,
    "GS": Engine._gs,
    "GE": Engine._ge,
    "ST": Engine._st,
    "SE": Engine._se,
    "TA1": Engine._ta1,
}
