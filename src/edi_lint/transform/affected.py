"""Says which claims of a file findings are about, in memory that hardly grows with the file.

A finding belongs to the block in which it was reported, not to its byte alone: a segment that is
missing shows at the next one, which may be another claim's. What is found above the claims is about
every claim below. A misplaced segment at the edge of a claim or level may belong to the one beside
it: then it is about both.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from enum import StrEnum
from heapq import merge
from typing import BinaryIO, Protocol

from edi_lint.engine import OUTSIDE, Block, BlockKind, Context, FaultCode, Interchange
from edi_lint.engine.identity import OLD_GUIDE
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.run.drive import Linter
from edi_lint.transform.neighbours import StraySegments


class FindingSink(Protocol):
    """Where wanted findings go: `edi_lint.findings.store.Findings`, or what remembers less."""

    def append(self, finding: Finding, /) -> None: ...

    def __len__(self) -> int: ...


class Scope(StrEnum):
    """What a finding is about; every claim that is in it is affected."""

    CLAIM = "claim"
    PATIENT = "patient"
    SUBSCRIBER = "subscriber"
    BILLING = "billing provider"
    SET = "transaction set"
    GROUP = "functional group"
    INTERCHANGE = "interchange"


def affected(
    linter: Linter,
    stream: BinaryIO,
    result: FileResult,
    wanted: Callable[[Finding], bool],
    sink: FindingSink | None = None,
) -> Affected:
    """Lint a stream and note which claims the findings are about that `wanted` says yes to.

    What was read is counted in `result`; the findings go to `sink`, if given. Raises NotX12Error
    for an input that holds no interchange.
    """
    found = Affected(wanted, sink)
    for block, findings in linter.judged_blocks(stream, result):
        found.take(block, findings)
    return found


class Affected:
    """Which claims of a file wanted findings are about.

    First `take` hears what was found, block by block; then, in another pass over the file with an
    engine that yields every block, each claim's block is asked for. What is remembered of a finding
    is the byte at which that stands which it is about, eight bytes long, and the same is not
    remembered twice. With `sink` every wanted finding is put there and can be asked for too, which
    takes four bytes more and remembers each.
    """

    def __init__(self, wanted: Callable[[Finding], bool], sink: FindingSink | None = None) -> None:
        self._wanted = wanted
        self._sink = sink
        self._runs: list[tuple[array[int], array[int]]] = []
        """Places in ascending order, and the numbers of the findings in `sink`."""
        self._strays = StraySegments()
        self._claim: tuple[int, int, int] = (-1, 0, 0)
        """The set, number and first byte of the last claim."""
        self._level: Block | None = None
        self._of_level: list[int] = []
        """The last level, and numbers of the findings about it."""
        self._interchange: Interchange | None = None
        self._end = 0
        self._old_guide: list[int] = []
        """Numbers of the findings that tell of the old guide."""
        self._asked: Block | None = None
        self._is_clear = False
        """The subscriber asked for last, and whether nothing is about what is around it."""

    # the first pass

    def take(self, block: Block, findings: list[Finding]) -> None:
        """What was found in the next block."""
        self._follow(block)
        for finding in findings:
            if not self._wanted(finding):
                continue
            place = self._place(block, finding)
            number = 0
            if self._sink is not None:
                number = len(self._sink)
                self._sink.append(finding)
            self._strays.note(block, finding.location.byte_start, number)
            if _has(block, finding, _TOLD_ONCE):
                self._old_guide.append(number)
            if place is None:
                continue
            self._note(place, number)
            level = block.rest_of or block
            if level is self._level and place == level.starts[0]:
                self._of_level.append(number)

    def _follow(self, block: Block) -> None:
        """Keep in mind what this block goes on with."""
        if block.context.interchange is not None:
            self._interchange = block.context.interchange
        if not len(block):
            return
        self._end = block.ends[-1]
        if block.kind is BlockKind.CLAIM:
            assert block.claim is not None
            key = (_set_start(block), block.claim.number)
            if self._claim[:2] != key:
                self._claim = (*key, block.starts[0])
        elif block.kind in _LEVELS:
            before, numbers = self._level, self._of_level
            block = block.rest_of or block
            if block is before:
                return
            self._level, self._of_level = block, []
            if before is not None and _goes_on(before, block):
                self._of_level = numbers
                for number in numbers:
                    self._note(block.starts[0], number)

    def _place(self, block: Block, finding: Finding) -> int | None:
        """A byte of what the finding is about; None where that concerns no claim."""
        at, context = finding.location.byte_start, block.context
        if context.interchange is None:
            ended = self._interchange if at < self._end else None
            return ended.start if ended else None
        interchange = context.interchange.start
        if _is_of_interchange(block, finding):
            return interchange
        first = block.rest_of or block
        start = first.starts[0] if len(first) else at
        if context.transaction is not None:
            start_of_set = _set_start(block)
            if finding.code in _ENVELOPE and at >= start_of_set:
                no_group = context.group is None or context.group.header is None
                return interchange if no_group else start_of_set
            if at < start:
                return at
            if _comes_before_levels(block, at):
                return start_of_set
            if block.kind is BlockKind.CLAIM:
                return self._claim[2]
            return start if block.kind in _LEVELS else start_of_set
        if block.kind is BlockKind.INTERCHANGE:
            return interchange if block.segment(0).tag == "ISA" else None
        header = context.group.header if context.group else None
        return header.start if header else interchange

    def _note(self, place: int, number: int) -> None:
        """Remember a place, in the first of the runs that stays in order with it."""
        for places, numbers in self._runs:
            if places[-1] == place and self._sink is None:
                return
            if places[-1] <= place:
                places.append(place)
                numbers.append(number)
                return
        numbers = array("I", (number,))
        self._runs.append((array("q", (place,)), numbers))

    # the second pass

    def is_affected(self, claim: Block) -> bool:
        """Whether a wanted finding is about the claim of this block.

        Where bytes that are no segments part a claim, its first block tells.
        """
        if self._old_guide and _is_old(claim.context):
            return True
        spans = [span for _, span in _spans(claim)]
        return any(self._between(*span) for span in spans) or self._has_lost(claim)

    def is_clear(self, subscriber: Block, start: int, end: int) -> bool:
        """Whether no wanted finding is about the claims from one file offset to another.

        They are those of whole subscribers below the same billing provider as `subscriber`.
        """
        if self._asked is not subscriber:
            self._asked = subscriber
            old = self._old_guide and _is_old(subscriber.context)
            around = (span for scope, span in _spans(subscriber) if scope in _AROUND)
            self._is_clear = not old and not any(self._between(*span) for span in around)
        return (
            self._is_clear
            and not self._between(start, end)
            and not self._strays.are_near(start, end)
        )

    def reasons(self, claim: Block) -> Iterator[tuple[Scope, int]]:
        """Which of the findings in `kept` are about the claim of this block, its own first: what
        they are about, and how many were added before them.
        """
        given = set()
        for scope, span in _spans(claim):
            for number in self._between(*span):
                given.add(number)
                yield scope, number
        for number in self._strays.beside(claim):
            if number not in given:
                given.add(number)
                yield Scope.CLAIM, number
        if self._old_guide and _is_old(claim.context):
            yield from ((Scope.INTERCHANGE, n) for n in self._old_guide if n not in given)

    def _between(self, start: int, end: int) -> array[int]:
        """The numbers of the findings about what stands between two bytes."""
        if len(self._runs) > 1:
            self._merge()
        if not self._runs:
            return array("I")
        places, numbers = self._runs[0]
        first = bisect_left(places, start)
        if first == len(places) or places[first] >= end:
            return array("I")
        return numbers[first : bisect_left(places, end, first)]

    def _has_lost(self, claim: Block) -> bool:
        """Whether a misplaced segment beside the claim, or beside what is above it, may be its."""
        return next(self._strays.beside(claim), None) is not None

    def _merge(self) -> None:
        places, numbers = array("q"), array("I")
        for place, number in merge(*(zip(*run, strict=True) for run in self._runs)):
            places.append(place)
            numbers.append(number)
        self._runs = [(places, numbers)]


def _spans(claim: Block) -> Iterator[tuple[Scope, tuple[int, int]]]:
    """Where the claim of a block stands, and what stands around it, from the inside out."""
    yield Scope.CLAIM, _span(claim)
    context = claim.context
    levels = (
        (Scope.PATIENT, context.patient),
        (Scope.SUBSCRIBER, context.subscriber),
        (Scope.BILLING, context.billing),
    )
    yield from ((scope, _span(level)) for scope, level in levels if level is not None)
    if context.header is not None:
        yield Scope.SET, (_set_start(claim), _span(context.header)[1])
    if context.group is not None and context.group.header is not None:
        yield Scope.GROUP, (context.group.header.start, context.group.header.end)
    if context.interchange is not None:
        header, start = context.interchange.header, context.interchange.start
        yield Scope.INTERCHANGE, (start, header.end if header is not None else start + 1)


def _span(block: Block) -> tuple[int, int]:
    return block.starts[0], block.ends[-1] + 1


def _set_start(block: Block) -> int:
    """Where the set begins that is open: at its ST, or where that is missing at its BHT."""
    transaction, header = block.context.transaction, block.context.header
    if transaction is not None and transaction.header is not None:
        return transaction.header.start
    return (header or block.rest_of or block).starts[0]


def _goes_on(before: Block, block: Block) -> bool:
    """Whether a level goes on in this block, behind bytes that are no segments."""
    outside = any(fault.code in OUTSIDE for fault in before.faults)
    return outside and before.kind is block.kind and block.segment(0).tag != "HL"


def _comes_before_levels(block: Block, at: int) -> bool:
    """Whether a block begins with a segment that should be behind the beginning of a level."""
    grammar = block.context.transaction.grammar if block.context.transaction else None
    if grammar is None or not len(block) or at != block.starts[0]:
        return False
    levels = grammar.by_tag["HL"]
    return any(
        not levels.isdisjoint(fault.behind) for fault in block.faults if fault.segment.start == at
    )


def _is_of_interchange(block: Block, finding: Finding) -> bool:
    """Whether the finding is reported once for the interchange, or is that its end is missing."""
    if finding.location.element or not finding.code.startswith(_FAMILY):
        return False
    return _has(block, finding, _TOLD_ONCE_EACH) or any(
        fault.code is FaultCode.UNTERMINATED
        or (fault.code in _ENDS_MISSING and fault.segment.tag in ("", "ISA"))
        for fault in block.faults
    )


def _has(block: Block, finding: Finding, codes: frozenset[FaultCode]) -> bool:
    """Whether a finding may be one of these faults."""
    at = finding.location.byte_start
    return finding.code.startswith(_FAMILY) and any(
        fault.code in codes and fault.segment.start <= at <= fault.segment.end
        for fault in block.faults
    )


def _is_old(context: Context) -> bool:
    grammar = context.transaction.grammar if context.transaction else None
    return grammar is not None and grammar.guide == OLD_GUIDE


_FAMILY = "ENV"
_ENVELOPE = frozenset({"ENV001", "ENV002", "ENV003", "ENV004", "ENV005", "ENV006", "ENV010"})
"""Rules about envelopes; the others of the family (a segment out of place, syntax, padding) are
also about the segments of a claim."""
_LEVELS = frozenset({BlockKind.BILLING, BlockKind.SUBSCRIBER, BlockKind.PATIENT})
_AROUND = frozenset({Scope.BILLING, Scope.SET, Scope.GROUP, Scope.INTERCHANGE})
_TOLD_ONCE = frozenset({FaultCode.GUIDE_OLD})
"""Told once for a file, of all sets that it is true of."""
_TOLD_ONCE_EACH = frozenset({FaultCode.LINE_BREAK_INSIDE, FaultCode.SPACE_BEFORE_SEGMENT})
_ENDS_MISSING = frozenset({FaultCode.SE_MISSING, FaultCode.GE_MISSING, FaultCode.IEA_MISSING})
