"""Lets an engine begin in the middle of a file, with what is open there carried over.

`resume` leads an engine through the segments that open what is open at a cut: the envelopes, the
header of the set, the levels, the last claim before the cut. `snapshot` tells all that an engine's
further course depends on. Where the snapshot of an engine that has read up to a cut is the same as
that of one resumed there, what the two would do from there on is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from edi_lint.engine.control_numbers import ControlNumbers
from edi_lint.engine.course import Shadow
from edi_lint.engine.identity import PROFESSIONAL, kind_of_guide
from edi_lint.engine.reference import Engine
from edi_lint.engine.result import Block, BlockKind, Fault
from edi_lint.engine.survey import NOWHERE, Cut, Mark
from edi_lint.engine.walker import Walker
from edi_lint.grammar import LoopNode, grammar_for


class NotResumedError(RuntimeError):
    """What the survey saw before a cut is not what an engine reads there."""


class Seen(NamedTuple):
    """Control numbers met before: of interchanges, of groups and sets in what is open."""

    interchanges: ControlNumbers
    groups: ControlNumbers
    sets: ControlNumbers

    @classmethod
    def nothing(cls) -> Seen:
        return cls(ControlNumbers(), ControlNumbers(), ControlNumbers())


class Numbers(NamedTuple):
    """The control numbers of a slice: those met in what was open at first, and in what is at last.

    `new_interchange` and `new_group` say whether the two are not the same interchange or group.
    """

    first: Seen
    last: Seen
    new_interchange: bool
    new_group: bool

    def clash(self, seen: Seen) -> bool:
        """Whether one of them was met before the slice."""
        return not (
            seen.interchanges.isdisjoint(self.first.interchanges)
            and seen.groups.isdisjoint(self.first.groups)
            and seen.sets.isdisjoint(self.first.sets)
        )

    def after(self, seen: Seen) -> Seen:
        """What is met before the next slice, if `seen` was before this one."""
        return Seen(
            seen.interchanges.joined(self.last.interchanges),
            self.last.groups if self.new_interchange else seen.groups.joined(self.last.groups),
            self.last.sets if self.new_group else seen.sets.joined(self.last.sets),
        )


class NumberWatch:
    """Watches which control numbers an engine meets from now on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._groups, self._sets = engine._group_numbers, engine._set_numbers

    def numbers(self) -> Numbers:
        engine = self._engine
        interchanges = engine._interchange_numbers
        groups, sets = engine._group_numbers, engine._set_numbers
        return Numbers(
            Seen(interchanges, self._groups, self._sets),
            Seen(interchanges, groups, sets),
            groups is not self._groups,
            sets is not self._sets,
        )


def resume(engine: Engine, cut: Cut, seen: Seen) -> None:
    """Bring a fresh engine to a cut; the blocks on the way are of no interest to anybody.

    Raises NotResumedError where the file is not what the survey took it for.
    """
    engine._interchanges = cut.interchanges - 1
    engine.reader.delimiters = None
    _through(engine, cut.interchange)
    engine._groups = cut.groups - 1
    _through(engine, cut.group)
    if cut.sets > cut.in_set:
        _judge_group(engine)
    if cut.in_set:
        engine._sets = cut.sets - 1
        _through(engine, cut.set)
        for mark in (cut.billing, cut.subscriber, cut.patient, cut.last):
            if mark != NOWHERE:
                engine._ordinal = mark.segments
                engine._claims = mark.claims
                engine._numbering.levels = engine._numbering.last_level = mark.levels
                _through(engine, mark)
        if engine.walker is not None:
            _set_counts(engine.walker, cut)
    else:
        engine._sets = cut.sets
    engine.reader.jump(cut.at, cut.line, cut.line_start)
    nothing = ControlNumbers()
    engine._interchange_numbers = nothing.joined(seen.interchanges)
    engine._group_numbers = nothing.joined(seen.groups)
    engine._set_numbers = nothing.joined(seen.sets)
    engine.silent_sets = engine.silent_claims = 0
    engine.silent_lines = engine.silent_matches = 0


def _judge_group(engine: Engine) -> None:
    """Take the group for judged by the sets before, as it is if all are what GS08 says."""
    group = engine.context.group
    if group is None or group.header is None:
        return
    kind = kind_of_guide(group.guide)
    if kind == PROFESSIONAL:
        fits = group.header.value(1) == "HC" and grammar_for(group.guide) is not None
        engine.group_fits = fits
    elif not kind:
        engine.group_fits = False


def _through(engine: Engine, mark: Mark) -> None:
    """Read from a mark to its end."""
    if mark == NOWHERE:
        raise NotResumedError
    engine.reader.jump(mark.at, mark.line, mark.line_start)
    engine.stop_at = mark.end
    for _ in engine.blocks():
        pass
    reader = engine.reader
    if reader.position != mark.end or reader.delimiters is None or reader.closed:
        raise NotResumedError


def _set_counts(walker: Walker, cut: Cut) -> None:
    """Loops that have been there before, of which the engine has seen the last one only."""
    counts = {"2000A": cut.billings, "2000B": cut.subscribers, "2000C": cut.patients}
    for frame in walker.frames:
        for child in frame.loop.children:
            if not isinstance(child, LoopNode):
                continue
            count = counts.get(child.id, 0)
            if child.id == "2300":
                below_patient = frame.loop.id == "2000C"
                count = cut.patient_claims if below_patient else cut.subscriber_claims
            if count:
                frame.counts[child.index] = count


def snapshot(engine: Engine) -> tuple[Any, ...]:
    """All that decides what an engine does next, but for control numbers met before.

    Made of plain values, so that it can be sent between processes and compared; nothing of it
    changes when the engine reads on.
    """
    context, reader = engine.context, engine.reader
    interchange, group = context.interchange, context.group
    envelope = (
        interchange and (interchange.ordinal, interchange.header and interchange.header.raw),
        group and (group.ordinal, group.guide, group.header and group.header.raw),
        [_level(b) for b in context[3:]],
        (engine._interchanges, engine._groups, engine._sets),
        sorted(code.name for code in engine._warned),
        (engine.group_fits, engine._without_isa, engine._damaged_st),
        sorted(engine._unsound),
        (engine._wrapped, engine._unterminated, engine._was_empty),
        (reader.position - engine._gap_stop <= 2, engine._gap_is_padding),
        (reader.position, reader.closed, reader.too_long, reader.delimiters),
        reader.window.locate(reader.position),
    )
    if context.transaction is None:
        return envelope
    transaction, block = context.transaction, engine.block
    inside = (
        (transaction.ordinal, transaction.header and transaction.header.raw),
        (engine._ordinal, engine._claims),
        block
        and (
            _range(block),
            block.nodes.tolist(),
            sorted(block.apart),
            block.claim,
            _doubtful(block),
        ),
        block and block.rest_of and _range(block.rest_of),
    )
    return (*envelope, inside, engine.walker and _walk(engine, engine.walker))


def _range(block: Block | None) -> tuple[Any, ...] | None:
    if block is None:
        return None
    ends = block.starts[:1].tolist(), block.ends[-1:].tolist()
    return block.kind.name, block.first_ordinal, len(block), *ends


def _level(block: Block | None) -> tuple[Any, ...] | None:
    """A level that is open: what is wrong in it decides what is said of the claims below it."""
    return None if block is None else (_range(block), _doubtful(block))


def _doubtful(block: Block) -> tuple[Any, ...]:
    return _faults(block.faults), _faults(block.strays), block.robbed


def _faults(faults: Iterable[Fault]) -> list[tuple[Any, ...]]:
    return [
        (
            f.code.name,
            f.segment.start,
            f.node,
            f.element,
            f.component,
            f.repeat,
            f.number,
            f.line,
            f.others,
            f.unsure,
            f.count,
            f.behind,
        )
        for f in faults
    ]


def _walk(engine: Engine, walker: Walker) -> tuple[Any, ...]:
    numbering = engine._numbering
    subscriber = numbering.subscriber
    in_claim = engine.block is not None and engine.block.kind is BlockKind.CLAIM
    frames = [
        (
            frame.loop.index,
            sorted(frame.counts.items()),
            [(node.index, segment.start) for node, segment in frame.missing],
            sorted(frame.reported),
            frame.claim,
            frame.line,
            sorted((code.name, index, count) for (code, index), count in frame.repeated.items()),
            [(f.code.name, f.node, f.segment.start, f.count) for f in frame.untold.values()],
        )
        for frame in walker.frames
    ]
    return (
        (walker.node.index, walker.before, frames),
        (tuple(walker.unplaced), tuple(walker.strays), tuple(walker.older_strays)),
        [walker.frames.index(f) for f in walker.spoilt if f in walker.frames],
        [(node.index, fault.code.name, fault.segment.start) for node, fault in walker.pending],
        walker.shadow and _shadow(walker.shadow),
        ([(n, node.index, told) for n, node, told in walker.late], walker.early),
        (numbering.levels, numbering.last_level, numbering.unsure, numbering.misplaced),
        in_claim
        and (numbering.lines, numbering.last_line, numbering.unsure_lines, numbering.may_restart),
        [sorted(numbering.ids.get(loop, ())) for loop in ("2000A", "2000B")],
        (subscriber and subscriber.start, numbering.children),
        (subscriber and numbering.claims_before, numbering.doubtful),
    )


def _shadow(shadow: Shadow) -> tuple[Any, ...]:
    return shadow.node.index, shadow.root.index, shadow.placed, shadow.sure
