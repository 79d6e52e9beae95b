"""The engine that lets the compiled kernel read what follows the guide.

It is the reference engine with one thing added: after each segment, where nothing is left to be
reported, the kernel takes the walk over, reads on for as long as it can, and gives it back. Every
fault is still found and worded in one place. What the kernel needs to know and what it gives back
is the state of `Walker` and `Numbering`, and columns of segments, blocks and alarms.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar, cast

from edi_lint.engine import _kernel, result
from edi_lint.engine.identity import PROFESSIONAL
from edi_lint.engine.moves import moves_of
from edi_lint.engine.numbering import Numbering
from edi_lint.engine.reference import Alike, Engine
from edi_lint.engine.result import (
    Block,
    BlockKind,
    ClaimMark,
    Context,
    FaultCode,
    PassedOver,
    TransactionSet,
)
from edi_lint.engine.tables import KINDS, LEVEL_NUMBERS, Tables
from edi_lint.engine.triggers import ABOVE, Alarms, TextPart, TriggerSet, key_of, texts_of
from edi_lint.engine.walker import Frame
from edi_lint.grammar import Grammar, LoopNode, grammar_for
from edi_lint.x12 import Delimiters, Segment

CHUNK = 512 * 1024

_LONGEST_CONTROL = 9
_LONGEST_NAME = 40

_FULL, _NEW_MOVE = _kernel.Stop["full"], _kernel.Stop["new move"]
_VALUE, _ALARM_COLUMNS = _kernel.Alarm["value"], _kernel.ALARM_WIDTH
_COLUMN = _kernel.Column
_KIND, _FIRST, _ALARM = _COLUMN["kind"], _COLUMN["first"], _COLUMN["first alarm"]
_ORDINAL, _CLAIM = _COLUMN["first ordinal"], _COLUMN["claim number"]
_BILLING, _SUBSCRIBER = _COLUMN["billing"], _COLUMN["subscriber"]
_PATIENT, _SET = _COLUMN["patient"], _COLUMN["set"]
_SEEN, _SET_NUMBER = _COLUMN["all seen"], _COLUMN["set number"]
_COLUMNS = len(_COLUMN)
_BILLING_KIND, _SUBSCRIBER_KIND = _kernel.Level["billing"], _kernel.Level["subscriber"]
_PATIENT_KIND, _CLAIM_KIND = _kernel.Level["patient"], _kernel.Level["claim"]
_CARRIED, _ABSENT = _kernel.Around["carried"], _kernel.Around["absent"]
_SILENT = Alarms()


@dataclass(slots=True)
class Pool:
    """Kernels for what one consumer watches; an engine borrows one for each guide it meets.

    `watches` says by guide what is watched. None: nothing, and every block is wanted. With
    `wanted_keys` the shares that are watched go off for claims with one of these keys.
    """

    watches: dict[str, TriggerSet] | None = None
    wanted_keys: Collection[int] = ()
    idle: dict[str, list[Tables]] = field(default_factory=dict)

    def borrow(self, grammar: Grammar) -> Tables:
        idle = self.idle.setdefault(grammar.guide, [])
        if idle:
            return idle.pop()
        watch = self.watches.get(grammar.guide) if self.watches is not None else None
        tables = Tables(moves_of(grammar), watch)
        if self.wanted_keys:
            tables.kernel.want(self.wanted_keys)
        return tables

    def has_room(self) -> bool:
        """Whether the kernel has room for all that is watched; a user's rules may be too many."""
        for guide, watch in (self.watches or {}).items():
            if len(watch.triggers) + len(watch.values) <= _SURELY_FIT:
                continue
            if grammar := grammar_for(guide):
                try:
                    self.give_back(self.borrow(grammar))
                except _kernel.TableFull:
                    return False
        return True

    def give_back(self, tables: Tables) -> None:
        self.idle[tables.grammar.guide].append(tables)


_UNWATCHED = Pool()
_SURELY_FIT = 150
"""So many triggers and values need no look; those that ship are fewer."""


class CompiledEngine(Engine):
    """Reads one input and yields its blocks in file order, as `Engine` does.

    With a pool that watches, only blocks come out that have faults or alarms, or that the
    reference engine had a part in; `silent_claims` and `silent_lines` count what was passed over.
    """

    name: ClassVar[str] = "kernel"
    reads_ahead: ClassVar[bool] = True

    def __init__(
        self,
        stream: BinaryIO,
        chunk: int | None = None,
        pool: Pool | None = None,
        *,
        lenient: bool = False,
    ) -> None:
        super().__init__(stream, chunk or CHUNK, lenient=lenient)
        self._pool = pool or _UNWATCHED
        self._borrowed: dict[str, Tables] = {}
        self._delimiters: dict[str, Delimiters] = {}

    key_hash = staticmethod(_kernel.key_hash)
    repeated = staticmethod(_kernel.repeated)
    divided = staticmethod(_kernel.divided)

    def blocks(self) -> Iterator[Block]:
        """Every block of the input that is wanted."""
        try:
            yield from super().blocks()
        finally:
            for tables in self._borrowed.values():
                self._pool.give_back(tables)
            self._borrowed.clear()

    @property
    def has_triggers(self) -> bool:
        return self._pool.watches is not None

    # giving the walk away and taking it back

    def _read_ahead(self) -> Iterator[Block]:
        walker, delimiters = self.walker, self.reader.delimiters
        if walker is None or delimiters is None or self._unterminated or not walker.quiet:
            return
        if self.block is None or delimiters.clashes() or self.reader.position >= self.stop_at:
            return
        tables = self._tables(walker.grammar, delimiters)
        if not self._load(tables):
            return
        run = _KernelRun(self, tables)
        finished = run.read()
        if run.segments:
            self._take_back(tables)
        yield from finished

    def _tables(self, grammar: Grammar, delimiters: Delimiters) -> Tables:
        tables = self._borrowed.get(grammar.guide)
        if tables is None:
            tables = self._borrowed[grammar.guide] = self._pool.borrow(grammar)
            self._delimiters.pop(grammar.guide, None)
        if self._delimiters.get(grammar.guide) != delimiters:
            tables.read_with(delimiters)
            self._delimiters[grammar.guide] = delimiters
        return tables

    def _load(self, tables: Tables) -> bool:
        walker, numbering = self.walker, self._numbering
        assert walker is not None
        slots = tables.slots
        frames = [
            (
                frame.loop.index,
                [(slots[index], count) for index, count in frame.counts.items()],
                bool(frame.line),
            )
            for frame in walker.frames
        ]
        self._load_set(tables)
        for index, part, nodes in tables.above:
            tables.kernel.set_part(index, *self._above(part, nodes))
        subscriber = numbering.subscriber
        child = 0
        if subscriber is not None:
            value = subscriber.value(4)
            child = ord(value) if value in ("0", "1") else 1
        numbers = (
            self._ordinal,
            self._claims,
            numbering.levels,
            numbering.lines,
            _only(numbering.ids.get("2000A")),
            _only(numbering.ids.get("2000B")),
            child,
            numbering.children,
            numbering.claims_before,
        )
        loaded: bool = tables.kernel.load(
            walker.node.index,
            frames,
            walker.before,
            numbers,
            FaultCode.SPACE_BEFORE_SEGMENT in self._warned,
            self._wrapped and FaultCode.LINE_BREAK_INSIDE in self._warned,
        )
        return loaded

    def _above(self, part: TextPart, nodes: frozenset[int]) -> tuple[bytes, int]:
        """The text of a part above the claims that come next, and in how many segments it is."""
        level = ABOVE[part.loop]
        block: Block | None = getattr(self.context, level)
        if self.block is not None and self.block.kind is _KINDS_ABOVE[level]:
            block = self.block.rest_of or self.block
        if block is None:
            return b"", 0
        found = block.of_nodes(nodes)
        if len(found) != 1:
            return b"", len(found)
        segment = block.made_view(found[0])
        if segment is None:
            start, end = block.starts[found[0]], block.ends[found[0]]
            # a block that is not complete may have a window that ends before it does
            window = self.reader.window if block is self.block else block.window
            segment = Segment(window, start, end, block.delimiters)
        texts = part.texts(segment.values, segment.delimiters.texts[1])
        key = key_of((texts,))[:-1]
        # a text that contains the mark looks like several texts
        return (key, 1) if texts_of(key) == (texts,) else (b"", 2)

    def _load_set(self, tables: Tables) -> None:
        """Tell the kernel of the set that is open, and whether it may go on to the next one."""
        group, transaction = self.context.group, self.context.transaction
        assert group is not None and transaction is not None
        control = transaction.control_number
        above = 0
        more = (
            group.header is not None
            and transaction.header is not None
            and transaction.type == "837"
            and transaction.guide == group.guide
            and group.guide in tables.grammar.answers
            and control.isascii()
            and control.isdecimal()
            and len(control) <= _LONGEST_CONTROL
            and len(transaction.type) + len(transaction.guide) <= _LONGEST_NAME
            and not any(tag == "ST" for tag, _ in self._unsound)
        )
        if more:
            above = self._set_numbers.room_after(len(control), int(control))
        texts = (transaction.type, control, transaction.guide)
        type_, number, guide = (text.encode("latin-1") for text in texts)
        tables.kernel.open_set(type_, number, guide, more, self._sets, above)

    def _take_back(self, tables: Tables) -> None:
        """Put the reference engine where the kernel has come to."""
        kernel = tables.kernel
        if kernel.sets_passed:
            assert self.walker is not None and self.context.transaction is not None
            self._sets = kernel.sets
            last = kernel.set_number
            digits = len(self.context.transaction.control_number)
            self._set_numbers.add_run(digits, last - kernel.sets_passed + 1, last)
            self.walker = self._new_walker(self.walker.grammar)
            self._numbering = Numbering()
            self._claims = 0
        self._was_empty = False
        if not kernel.in_set:
            self._leave_set()
            return
        walker, numbering, block = self.walker, self._numbering, self.block
        assert walker is not None and block is not None
        index, frames, before, numbers, subscriber_at = kernel.state()
        node = tables.grammar.segment_node(index)
        assert node is not None
        walker.node, walker.before = node, before
        walker.begin_segment()
        walker.frames = [self._frame(tables, depth, *f) for depth, f in enumerate(frames)]
        self._level = walker.level()
        ordinal, claims, levels, lines, billing, subscriber, child, children, before_it = numbers
        if claims != self._claims:
            numbering.begin_claim()
        if lines != numbering.lines:
            numbering.lines = numbering.last_line = lines
        if levels != numbering.levels:
            numbering.levels = numbering.last_level = levels
            numbering.doubtful = False
            for loop, number in (("2000A", billing), ("2000B", subscriber)):
                if number > 0:
                    numbering.ids[loop] = frozenset({str(number)})
                elif number == 0:
                    numbering.ids.pop(loop, None)
        numbering.children = bool(children)
        numbering.claims_before = before_it
        if child == 0:
            numbering.subscriber = None
        elif subscriber_at >= 0:
            level = block if block.kind is BlockKind.SUBSCRIBER else self.context.subscriber
            assert level is not None
            level = level.rest_of or level
            numbering.subscriber = level.segment(0)
        self._ordinal, self._claims = ordinal, claims

    def _frame(
        self,
        tables: Tables,
        depth: int,
        loop: int,
        counts: list[tuple[int, int]],
        line: int,
        old: bool,
    ) -> Frame:
        """The frame at a depth: the one that was there before the run, or one that it opened."""
        assert self.walker is not None and self.block is not None
        node = tables.grammar.nodes[loop]
        assert isinstance(node, LoopNode)
        frame = self.walker.frames[depth] if old else Frame(node)
        frame.counts = {node.children[slot].index: count for slot, count in counts}
        if line > 0:
            frame.line = str(line)
        if not old and node.id == "2300":
            frame.claim = self.block.claim
        return frame


_KINDS_ABOVE = {
    "header": BlockKind.TRANSACTION,
    "billing": BlockKind.BILLING,
    "subscriber": BlockKind.SUBSCRIBER,
    "patient": BlockKind.PATIENT,
}


class _KernelRun:
    """One stretch that the kernel reads, and the blocks that come out of it."""

    def __init__(self, engine: CompiledEngine, tables: Tables) -> None:
        assert engine.walker is not None and engine.block is not None
        self.engine = engine
        self.tables = tables
        self.kernel = tables.kernel
        self.rows = tables.kernel.blocks.cast("B").cast("q")
        self.reader = engine.reader
        self.segments = 0
        self.made: dict[int, Block] = {}
        self.sets: dict[int, TransactionSet] = {}

    def read(self) -> list[Block]:
        """Let the kernel read as far as it can; returns the blocks that ended and are wanted."""
        finished: list[Block] = []
        while True:
            why = self._stretch()
            finished += self._finished()
            if why != _FULL or not self.kernel.in_set:
                return finished

    def _stretch(self) -> int:
        engine, kernel, window = self.engine, self.kernel, self.reader.window
        assert engine.block is not None
        kind = LEVEL_NUMBERS.get(engine.block.kind, 0)
        block = engine.block
        kernel.limit_blocks(result.LONGEST_BLOCK, result.LARGEST_BLOCK)
        begins = block.starts[0] if block.starts else -1
        kernel.begin(self.reader.position, kind, block.first_ordinal, len(block), begins)
        upto = min(engine.stop_at - window.base, len(window.data))
        while True:
            why: int = kernel.run(window.data, window.base, upto)
            if why != _NEW_MOVE or not self.tables.add_move(*kernel.wanted):
                return why

    # what came out

    def _finished(self) -> list[Block]:
        """The blocks that ended in this stretch; the last one goes on as the engine's."""
        engine, kernel = self.engine, self.kernel
        segments, count, wanted = kernel.result
        self.reader.position = kernel.position
        self.segments += segments
        if not segments:
            return []
        assert engine.block is not None
        self.made.clear()
        self.sets.clear()
        engine.keys.extend(kernel.keys[: kernel.n_found_keys])
        if engine.has_triggers:
            engine.silent_claims += kernel.silent_claims
            engine.silent_lines += kernel.silent_lines
            engine.silent_matches += kernel.silent_matches
            engine.silent_sets += kernel.silent_sets
        self.made[0] = engine.block
        engine._settle(engine.block)
        self._go_on(engine.block)
        finished = [engine.block] if count > 1 else []
        complete = count - 1 if kernel.in_set else count
        if engine._alike is not None:
            finished += cast("Iterator[Block]", self._passed_over(engine._alike, complete, count))
        else:
            numbers = kernel.wanted_blocks[:wanted] if engine.has_triggers else range(1, complete)
            finished += [self._block(number) for number in numbers]
        last = self._block(count - 1)
        last.alarms = None
        engine.block, engine.context = last, last.context
        self.reader.keep_from = last.starts[0]
        return finished

    def _passed_over(self, alike: Alike, complete: int, count: int) -> Iterator[Block | PassedOver]:
        """The blocks from the second on that are complete, subscribers that are alike as runs."""
        kinds = self.rows[_KIND : count * _COLUMNS : _COLUMNS].tolist()
        firsts = self.rows[_FIRST : count * _COLUMNS : _COLUMNS].tolist()
        starts = self.kernel.starts
        first: Block | None = None
        number = begin = 1
        while number < complete:
            end = _whole_subscriber(kinds, number)
            if end and first is None:
                first = self._block(number)
            if end and first and alike(first, starts[firsts[number]], starts[firsts[end]]):
                number = end
                continue
            if begin < number:
                yield self._run(kinds[begin:number], firsts[begin : number + 1])
            if kinds[number] == _BILLING_KIND:
                first = None
            yield self._block(number)
            number = begin = number + 1
        if begin < number:
            yield self._run(kinds[begin:number], firsts[begin : number + 1])

    def _run(self, kinds: list[int], firsts: list[int]) -> PassedOver:
        """The run of blocks of these kinds, by their first segments and that of the next block."""
        starts, ends = self.kernel.starts, self.kernel.ends
        levels: list[tuple[int, int]] = []
        claims: list[tuple[int, int]] = []
        for kind, first in zip(kinds, firsts, strict=False):
            (claims if kind == _CLAIM_KIND else levels).append((starts[first], ends[first]))
        window, delimiters = self.reader.window, self.made[0].delimiters
        first, last = firsts[0], firsts[-1]
        return PassedOver(
            window, delimiters, starts[first], starts[last], last - first, levels, claims
        )

    def _go_on(self, block: Block) -> None:
        """Add to the block that was open the segments that the kernel found in it."""
        end = self._row(1)[_FIRST]
        block.starts.extend(self.kernel.starts[:end])
        block.ends.extend(self.kernel.ends[:end])
        block.nodes.extend(self.kernel.nodes[:end])

    def _block(self, number: int) -> Block:
        if number not in self.made:
            self.made[number] = self._make(number)
        return self.made[number]

    def _make(self, number: int) -> Block:
        kernel, first = self.kernel, self.made[0]
        row, following = self._row(number), self._row(number + 1)
        start, end = row[_FIRST], following[_FIRST]
        around = first.context
        context = Context(
            around.interchange,
            around.group,
            self._transaction(row[_SET], around.transaction),
            self._header(row[_SET]) if row[_SET] != number else None,
            self._level(row[_BILLING], around.billing),
            self._level(row[_SUBSCRIBER], around.subscriber),
            self._level(row[_PATIENT], around.patient),
        )
        block = Block(
            KINDS[row[_KIND]],
            context,
            first.delimiters,
            self.reader.window,
            row[_ORDINAL],
            None,
            kernel.starts[start:end],
            kernel.ends[start:end],
            kernel.nodes[start:end],
        )
        if row[_SET] == _CARRIED:
            block.strays = first.strays_before(block.first_ordinal)
        if block.kind is BlockKind.CLAIM:
            block.claim = ClaimMark(row[_CLAIM], block.segment(0).value(1))
        if row[_SEEN] and self.engine.has_triggers:
            block.alarms = self._alarms(row[_ALARM], following[_ALARM], -start)
        return block

    def _row(self, number: int) -> list[int]:
        return self.rows[number * _COLUMNS : (number + 1) * _COLUMNS].tolist()

    def _level(self, level: int, carried: Block | None) -> Block | None:
        if level == _CARRIED:
            return carried
        if level == _ABSENT:
            return None
        block = self._block(level)
        return block.rest_of or block

    def _header(self, header: int) -> Block | None:
        """The header of the set that the block of this index begins, or that was open before."""
        first = self.made[0]
        if header != _CARRIED:
            first = self._block(header)
        elif first.kind is not BlockKind.TRANSACTION:
            return first.context.header
        return first.rest_of or first

    def _transaction(self, header: int, carried: TransactionSet | None) -> TransactionSet | None:
        if header == _CARRIED:
            return carried
        if header not in self.sets:
            kernel, row = self.kernel, self._row(header)
            index, delimiters = row[_FIRST], self.made[0].delimiters
            start, end, node = kernel.starts[index], kernel.ends[index], kernel.nodes[index]
            segment = Segment(self.reader.window, start, end, delimiters, node, 1)
            type_, control, guide = segment.values[1:4]
            self.sets[header] = TransactionSet(
                row[_SET_NUMBER],
                control,
                type_,
                guide,
                self.tables.grammar,
                segment,
                PROFESSIONAL,
            )
        return self.sets[header]

    def _alarms(self, begin: int, end: int, offset: int) -> Alarms:
        """The alarms that went off in a block.

        `begin` and `end` bound the block's alarms; `offset` is what to add to an index of the run
        to have one of the block.
        """
        if begin == end:
            return _SILENT
        values: list[int] = []
        triggers: list[tuple[int, int, int]] = []
        rows = self.kernel.alarms[begin * _ALARM_COLUMNS : end * _ALARM_COLUMNS].tolist()
        for at in range(0, len(rows), _ALARM_COLUMNS):
            kind, what, line, verdict = rows[at : at + _ALARM_COLUMNS]
            if kind == _VALUE:
                values.append(what + offset)
            else:
                triggers.append((what, line, verdict))
        return Alarms(tuple(dict.fromkeys(values)), tuple(triggers))


def _whole_subscriber(kinds: list[int], number: int) -> int:
    """The number of the block behind a subscriber and all that is below it.

    0 where the block of this number is not a subscriber, where a level has no claim, or where the
    end has not been read.
    """
    if kinds[number] != _SUBSCRIBER_KIND:
        return 0
    end = number + 1
    while end < len(kinds) and kinds[end] in (_PATIENT_KIND, _CLAIM_KIND):
        if kinds[end] == kinds[end - 1] == _PATIENT_KIND:
            return 0
        end += 1
    return end if end < len(kinds) and kinds[end - 1] == _CLAIM_KIND else 0


def _only(numbers: frozenset[str] | None) -> int:
    """The number that a level surely has; 0 without a level, -1 where it is unclear."""
    if not numbers:
        return 0
    number, *others = numbers
    good = not others and number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if good and str(int(number)) == number and int(number) > 0 else -1
