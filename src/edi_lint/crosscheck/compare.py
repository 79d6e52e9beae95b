"""Compares what edi-lint and pyx12's validator answer to one file, answer by answer.

An answer is what a 999 says: transaction set, segment ordinal, IK304, element, IK403. Each answer
that only one of the two gives is a difference, and each difference is looked up in
`edi_lint.crosscheck.exceptions`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from edi_lint.crosscheck.exceptions import EXCEPTIONS, Exemption
from edi_lint.crosscheck.pyx12_answers import Answer, Pyx12Refused, pyx12_answers
from edi_lint.crosscheck.sides import Sides
from edi_lint.engine import Block, Engine, FaultCode
from edi_lint.findings import Response
from edi_lint.rules.structural import describe
from edi_lint.x12 import NotX12Error, Segment


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that one side gives. `exception` is None where nobody has explained it."""

    answer: Answer
    ours: bool
    exception: Exemption | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`refused` says why pyx12 could not read the file; there is nothing to compare then."""

    agreed: int = 0
    differences: tuple[Difference, ...] = ()
    refused: str = ""


@dataclass(slots=True)
class OurAnswers:
    """What our engine answers, with what a comparison needs to know of each set (by its key)."""

    answers: set[Answer] = field(default_factory=set)
    segments: dict[str, dict[int, Segment]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


def compare(data: bytes) -> Comparison:
    """Both validators on one file, and what each difference is put down to."""
    try:
        theirs = pyx12_answers(data).answers
    except Pyx12Refused as refusal:
        return Comparison(refused=str(refusal))
    ours = our_answers(data)
    agreed = 0
    found: list[Difference] = []
    for transaction in sorted({a.transaction for a in ours.answers | theirs}):
        sides = Sides(
            frozenset(a for a in ours.answers if a.transaction == transaction),
            frozenset(a for a in theirs if a.transaction == transaction),
            ours.segments.get(transaction, {}),
            ours.unread.get(transaction),
            bool(ours.skipped),
        )
        mine, other = {_key(a): a for a in sides.ours}, {_key(a): a for a in sides.theirs}
        agreed += len(mine.keys() & other.keys())
        for key, answer in sorted((mine | other).items()):
            if not (key in mine and key in other):
                found.append(Difference(answer, key in mine, _exempt(answer, key in mine, sides)))
    return Comparison(agreed, tuple(found))


def our_answers(data: bytes) -> OurAnswers:
    """What our engine answers; nothing for an input that is no X12."""
    out = OurAnswers()
    try:
        for block in Engine(io.BytesIO(data)).blocks():
            if block.context.transaction is not None:
                _add(block, out)
    except NotX12Error:
        return OurAnswers()
    return out


def _add(block: Block, out: OurAnswers) -> None:
    transaction = _transaction(block)
    assert block.context.transaction is not None
    grammar = block.context.transaction.grammar
    if grammar is None:
        out.skipped.add(transaction)
    for segment in block.segments:
        out.segments.setdefault(transaction, {})[segment.ordinal] = segment
    for fault in block.faults:
        response = describe(fault, block.context).response
        if fault.code is FaultCode.EMPTY_SEGMENT:
            out.unread[transaction] = fault.segment.ordinal
        if response.ik304:
            place = (fault.element, fault.component)
            out.answers.add(
                _answer(transaction, fault.segment.ordinal, fault.segment.tag, response, place)
            )


def _answer(
    transaction: str, ordinal: int, tag: str, response: Response, place: tuple[int, int]
) -> Answer:
    element = ""
    if response.ik403:
        element = f"{place[0]:02}" + (f"-{place[1]}" if place[1] else "")
    return Answer(transaction, ordinal, tag, response.ik304, element, response.ik403)


def _transaction(block: Block) -> str:
    context = block.context
    parts = (context.interchange, context.group, context.transaction)
    return "/".join(str(p.ordinal) for p in parts if p)


def _key(answer: Answer) -> tuple[int, str, str, str]:
    return (answer.ordinal, answer.ik304, answer.element, answer.ik403)


def _exempt(answer: Answer, ours: bool, sides: Sides) -> Exemption | None:
    return next((e for e in EXCEPTIONS if e.ours is ours and e.applies(answer, sides)), None)
