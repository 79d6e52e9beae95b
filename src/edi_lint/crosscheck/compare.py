"""Compares what edi-lint and pyx12's validator answer to one file, answer by answer.

An answer is what a 999 says: transaction set, segment ordinal, IK304, element, IK403. Each answer
that only one of the two gives is a difference, and each difference is looked up in
`edi_lint.crosscheck.exceptions`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

from edi_lint.crosscheck.exceptions import EXCEPTIONS, Exemption
from edi_lint.crosscheck.pyx12_answers import Pyx12Answer, Pyx12Refused, pyx12_answers
from edi_lint.crosscheck.repair import repaired, set_name
from edi_lint.crosscheck.sides import Sides
from edi_lint.engine import Block, Engine, FaultCode
from edi_lint.findings import Response
from edi_lint.rules.structural import describe
from edi_lint.x12 import NotX12Error, Segment


@dataclass(frozen=True, slots=True)
class AnswerDifference:
    """An answer that one side gives. `exception` is None where nobody has explained it."""

    answer: Pyx12Answer
    ours: bool
    exception: Exemption | None


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """`refused` says why pyx12 could not read the file; there is nothing to compare then.

    `repaired` says why copies with new envelopes were compared; empty where the file itself was.
    """

    agreed: int = 0
    differences: tuple[AnswerDifference, ...] = ()
    refused: str = ""
    repaired: str = ""


@dataclass(slots=True)
class OurAnswers:
    """What our engine answers, with what a comparison needs to know of each set (by its key)."""

    answers: set[Pyx12Answer] = field(default_factory=set)
    segments: dict[str, dict[int, Segment]] = field(default_factory=dict)
    loops: dict[str, dict[int, str]] = field(default_factory=dict)
    codes: dict[Pyx12Answer, set[FaultCode]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    guides: dict[str, str] = field(default_factory=dict)
    wrapped: bool = False
    """Whether the file is wrapped at a fixed column."""


def compare(data: bytes) -> AnswerComparison:
    """Both validators on one file, and what each difference is put down to.

    What pyx12 does not read as the sets that are there, only for its envelopes, is compared on
    copies with new ones.
    """
    ours = our_answers(data)
    why = ""
    try:
        report = pyx12_answers(data)
        if report.guides == ours.guides and not ours.wrapped:
            return _compared(ours, report.answers)
        why = "it takes the sets for others than they are"
        if ours.wrapped:
            why = "it takes the line breaks of a wrapped file for data"
    except Pyx12Refused as refusal:
        why = str(refusal)
    copies = repaired(data)
    if not copies:
        return AnswerComparison(refused=why)
    agreed = 0
    found: list[AnswerDifference] = []
    for name, copy in copies.items():
        try:
            theirs = pyx12_answers(copy).answers
        except Pyx12Refused as refusal:
            return AnswerComparison(refused=str(refusal))
        comparison = _compared(our_answers(copy), theirs)
        agreed += comparison.agreed
        for difference in comparison.differences:
            answer = replace(difference.answer, transaction=name)
            found.append(replace(difference, answer=answer))
    return AnswerComparison(agreed, tuple(found), repaired=why)


def _compared(ours: OurAnswers, theirs: frozenset[Pyx12Answer]) -> AnswerComparison:
    agreed = 0
    found: list[AnswerDifference] = []
    for transaction in sorted({a.transaction for a in ours.answers | theirs}):
        sides = Sides(
            frozenset(a for a in ours.answers if a.transaction == transaction),
            frozenset(a for a in theirs if a.transaction == transaction),
            ours.segments.get(transaction, {}),
            ours.loops.get(transaction, {}),
            ours.codes,
            ours.unread.get(transaction),
        )
        mine, other = {_key(a): a for a in sides.ours}, {_key(a): a for a in sides.theirs}
        agreed += len(mine.keys() & other.keys())
        for key, answer in sorted((mine | other).items()):
            if not (key in mine and key in other):
                found.append(
                    AnswerDifference(answer, key in mine, _exempt(answer, key in mine, sides))
                )
    return AnswerComparison(agreed, tuple(found))


def our_answers(data: bytes) -> OurAnswers:
    """What our engine answers; nothing for an input that is not X12."""
    out = OurAnswers()
    try:
        for block in Engine(io.BytesIO(data)).blocks():
            breaks = (f for f in block.faults if f.code is FaultCode.LINE_BREAK_INSIDE)
            out.wrapped = out.wrapped or any(breaks)
            if block.context.transaction is not None:
                _add(block, out)
    except NotX12Error:
        return OurAnswers()
    return out


def _add(block: Block, out: OurAnswers) -> None:
    transaction = set_name(block)
    assert block.context.transaction is not None
    grammar = block.context.transaction.grammar
    out.guides[transaction] = grammar.guide if grammar else ""
    for segment in block.segments:
        out.segments.setdefault(transaction, {})[segment.ordinal] = segment
        node = grammar.segment_node(segment.node) if grammar else None
        out.loops.setdefault(transaction, {})[segment.ordinal] = node.loop.id if node else ""
    for fault in block.faults:
        response = describe(fault, block.context).response
        if fault.code is FaultCode.EMPTY_SEGMENT:
            out.unread[transaction] = fault.segment.ordinal
        if response.ik304:
            place = (fault.element, fault.component)
            answer = _answer(transaction, fault.segment.ordinal, fault.segment.tag, response, place)
            out.answers.add(answer)
            out.codes.setdefault(answer, set()).add(fault.code)


def _answer(
    transaction: str, ordinal: int, tag: str, response: Response, place: tuple[int, int]
) -> Pyx12Answer:
    element = ""
    if response.ik403:
        element = f"{place[0]:02}" + (f"-{place[1]}" if place[1] else "")
    return Pyx12Answer(transaction, ordinal, tag, response.ik304, element, response.ik403)


def _key(answer: Pyx12Answer) -> tuple[int, str, str, str]:
    return (answer.ordinal, answer.ik304, answer.element, answer.ik403)


def _exempt(answer: Pyx12Answer, ours: bool, sides: Sides) -> Exemption | None:
    return next((e for e in EXCEPTIONS if e.ours is ours and e.applies(answer, sides)), None)
