"""The engine that lets the compiled kernel read what follows the guide.

It is the reference engine with one thing added: after each segment, where nothing is left to be
reported, the kernel takes the walk over, reads on for as long as it can, and gives it back. Every
fault is still found and worded in one place. What the kernel needs to know and what it gives back
is the state of `Walker` and `Numbering`, and columns of segments, blocks and alarms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar

from edi_lint.engine import _kernel
from edi_lint.engine.reference import Engine, element_faults
from edi_lint.engine.result import Block, BlockKind, ClaimMark, Context, FaultCode
from edi_lint.engine.tables import KINDS, LEVEL_NUMBERS, Tables, key_of, value_number
from edi_lint.engine.walker import Frame, moves_of
from edi_lint.engine.watch import Alarms, Watch
from edi_lint.grammar import Grammar, LoopNode
from edi_lint.x12 import Delimiters

CHUNK = 512 * 1024

_FULL, _NEW_MOVE = _kernel.Stop["full"], _kernel.Stop["new move"]
_FAULT, _VALUE = _kernel.Alarm["fault"], _kernel.Alarm["value"]
_KIND, _FIRST, _ORDINAL, _CLAIM, _BILLING, _SUBSCRIBER, _PATIENT, _ALARM, _SEEN = range(9)
"""Columns of the kernel's blocks: kind, first segment, its ordinal, number of the claim, blocks of
the levels around it, first alarm, and whether all of it was seen and found without fault."""
_CARRIED, _NONE = -1, -2
"""A level around a block: as it was when the run began; there is none."""


@dataclass(slots=True)
class Pool:
    """Kernels for what one consumer watches; an engine borrows one for each guide it meets.

    `watches` says by guide what is watched. None: nothing, and every block is wanted.
    """

    watches: dict[str, Watch] | None = None
    idle: dict[str, list[Tables]] = field(default_factory=dict)

    def borrow(self, grammar: Grammar) -> Tables:
        idle = self.idle.setdefault(grammar.guide, [])
        if idle:
            return idle.pop()
        watch = self.watches.get(grammar.guide) if self.watches is not None else None
        return Tables(moves_of(grammar), watch)

    def give_back(self, tables: Tables) -> None:
        self.idle[tables.grammar.guide].append(tables)


_UNWATCHED = Pool()


class CompiledEngine(Engine):
    """Reads one input and yields its blocks in file order, as `Engine` does.

    With a pool that watches, only blocks come out that have faults or alarms, or that the
    reference engine had a part in; `silent_claims` and `silent_lines` count what was passed over.
    """

    name: ClassVar[str] = "kernel"
    reads_ahead: ClassVar[bool] = True

    def __init__(
        self, stream: BinaryIO, chunk: int | None = None, pool: Pool | None = None
    ) -> None:
        super().__init__(stream, chunk or CHUNK)
        self._pool = pool or _UNWATCHED
        self._borrowed: dict[str, Tables] = {}
        self._delimiters: dict[str, Delimiters] = {}

    def blocks(self) -> Iterator[Block]:
        """Every block of the input that is wanted."""
        try:
            yield from super().blocks()
        finally:
            for tables in self._borrowed.values():
                self._pool.give_back(tables)
            self._borrowed.clear()

    @property
    def watching(self) -> bool:
        return self._pool.watches is not None

    def learn_value(self, guide: str, index: int, value: str) -> None:
        """Nothing is to be said of this value at the place with that index in `Watch.values`."""
        self._borrowed[guide].kernel.learn(value_number(index), value.encode("latin-1"), False)

    def learn_texts(
        self, guide: str, index: int, texts: tuple[tuple[str, ...], ...], counts: bool = False
    ) -> None:
        """Nothing is to be said where the trigger with that index meets these texts."""
        self._borrowed[guide].kernel.learn(index, key_of(texts), counts)

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
        run = _Run(self, tables)
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
        )
        loaded: bool = tables.kernel.load(
            walker.node.index,
            frames,
            walker.before,
            numbers,
            FaultCode.SPACE_BEFORE_SEGMENT in self._warned,
            FaultCode.LINE_BREAK_INSIDE in self._warned,
        )
        return loaded

    def _take_back(self, tables: Tables) -> None:
        """Put the reference engine where the kernel has come to."""
        walker, numbering, block = self.walker, self._numbering, self.block
        assert walker is not None and block is not None
        index, frames, last, numbers, (subscriber_at, _) = tables.kernel.state()
        node = tables.grammar.segment_node(index)
        assert node is not None
        walker.node, walker.before = node, last
        walker.duplicate, walker.lost = False, ""
        walker.frames = [self._frame(tables, depth, *f) for depth, f in enumerate(frames)]
        self._level = walker.level()
        ordinal, claims, levels, lines, billing, subscriber, child, children = numbers
        if claims != self._claims:
            numbering.begin_claim()
        if lines != numbering.lines:
            numbering.lines = numbering.last_line = lines
        if levels != numbering.levels:
            numbering.levels = numbering.last_level = levels
            for loop, number in (("2000A", billing), ("2000B", subscriber)):
                if number > 0:
                    numbering.ids[loop] = frozenset({str(number)})
                elif number == 0:
                    numbering.ids.pop(loop, None)
        numbering.children = bool(children)
        if child == 0:
            numbering.subscriber = None
        elif subscriber_at >= 0:
            level = block if block.kind is BlockKind.SUBSCRIBER else self.context.subscriber
            assert level is not None
            numbering.subscriber = level.segment(0)
        self._ordinal, self._claims = ordinal, claims
        self._was_empty = False

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


class _Run:
    """One stretch that the kernel reads, and the blocks that come out of it."""

    def __init__(self, engine: CompiledEngine, tables: Tables) -> None:
        assert engine.walker is not None and engine.block is not None
        self.engine = engine
        self.tables = tables
        self.kernel = tables.kernel
        self.reader = engine.reader
        self.line = engine.walker.line
        self.segments = 0
        self.made: dict[int, Block] = {}

    def read(self) -> list[Block]:
        """Let the kernel read as far as it can; returns the blocks that ended and are wanted."""
        finished: list[Block] = []
        while True:
            why = self._stretch()
            finished += self._finished()
            if why != _FULL:
                return finished

    def _stretch(self) -> int:
        engine, kernel, window = self.engine, self.kernel, self.reader.window
        assert engine.block is not None
        kind = LEVEL_NUMBERS.get(engine.block.kind, 0)
        kernel.begin(self.reader.position, kind, engine.block.first_ordinal)
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
        engine.silent_claims += kernel.silent_claims
        engine.silent_lines += kernel.silent_lines
        engine.silent_matches += kernel.silent_matches
        self.made[0] = engine.block
        engine._settle(engine.block)
        self._go_on(engine.block)
        finished = [engine.block] if count > 1 else []
        numbers = kernel.wanted_blocks[:wanted] if engine.watching else range(1, count - 1)
        finished += [self._block(number) for number in numbers]
        last = self._block(count - 1)
        last.alarms = None
        engine.block, engine.context = last, last.context
        self.reader.keep_from = last.starts[0]
        return finished

    def _go_on(self, block: Block) -> None:
        """Add to the block that was open the segments that the kernel found in it."""
        end = self.kernel.blocks[1, _FIRST]
        block.starts.extend(self.kernel.starts[:end])
        block.ends.extend(self.kernel.ends[:end])
        block.nodes.extend(self.kernel.nodes[:end])
        self._faults(block, 0, len(block) - end)

    def _block(self, number: int) -> Block:
        if number not in self.made:
            self.made[number] = self._make(number)
        return self.made[number]

    def _make(self, number: int) -> Block:
        row = self.kernel.blocks
        start, end = row[number, _FIRST], row[number + 1, _FIRST]
        kind = KINDS[row[number, _KIND]]
        block = Block(
            kind,
            self._context(number),
            self.made[0].delimiters,
            self.reader.window,
            row[number, _ORDINAL],
            None,
            self.kernel.starts[start:end],
            self.kernel.ends[start:end],
            self.kernel.nodes[start:end],
        )
        if kind is BlockKind.CLAIM:
            block.claim = ClaimMark(row[number, _CLAIM], block.segment(0).value(1))
        alarms = self._faults(block, number, -start)
        if row[number, _SEEN] and self.engine.watching:
            block.alarms = alarms
        return block

    def _context(self, number: int) -> Context:
        context = self.made[0].context
        return Context(
            context.interchange,
            context.group,
            context.transaction,
            self._level(number, _BILLING, context.billing),
            self._level(number, _SUBSCRIBER, context.subscriber),
            self._level(number, _PATIENT, context.patient),
        )

    def _level(self, number: int, column: int, carried: Block | None) -> Block | None:
        level = self.kernel.blocks[number, column]
        if level == _CARRIED:
            return carried
        return None if level == _NONE else self._block(level)

    def _faults(self, block: Block, number: int, offset: int) -> Alarms:
        """Report what the kernel would not accept; return the other alarms.

        `offset` is what to add to an index of the run to have one of the block.
        """
        values: list[int] = []
        triggers: list[tuple[int, int]] = []
        rows = self.kernel.alarms
        for n in range(self.kernel.blocks[number, _ALARM], self.kernel.blocks[number + 1, _ALARM]):
            kind, what, line = rows[n, 0], rows[n, 1], rows[n, 2]
            if kind == _FAULT:
                self._check(block, what + offset, line)
            elif kind == _VALUE:
                values.append(what + offset)
            else:
                triggers.append((what, line))
        return Alarms(tuple(dict.fromkeys(values)), tuple(triggers))

    def _check(self, block: Block, index: int, line: int) -> None:
        segment = block.segment(index)
        node = self.tables.grammar.segment_node(segment.node)
        assert node is not None
        for fault in element_faults(node, segment):
            fault.claim = block.claim
            fault.line = self.line if line < 0 else str(line) if line else ""
            block.faults.append(fault)


def _only(numbers: frozenset[str] | None) -> int:
    """The number that a level surely has; 0 where there is no level, -1 where it is unclear."""
    if not numbers:
        return 0
    number, *others = numbers
    good = not others and number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if good and str(int(number)) == number and int(number) > 0 else -1
