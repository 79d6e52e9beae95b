"""Lists what answers say, an item for each interchange, set, batch and claim, whatever their kind.

Answer files are read by `edi_lint.responses`; here is what matching needs of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from edi_lint.findings.masking import is_charge, shown_guide, shown_number, shown_type
from edi_lint.responses.model import (
    AnswerInterchange,
    Answers,
    BatchAnswer,
    ClaimAnswer,
    GroupAnswer,
    LineAnswer,
    SegmentError,
)
from edi_lint.tracing.matching import AnsweredSet, AnsweredValues
from edi_lint.tracing.model import Status, TracedAnswer
from edi_lint.tracing.routes import status_of
from edi_lint.tracing.sent_values import amount
from edi_lint.tracing.totals import differences, total_of_claims

_STC = re.compile(r"[A-Z]{1,2}\d{1,2}(:\d{0,3}(:[A-Z0-9]{0,3})?)?", re.ASCII)
_CODE = re.compile(r"[A-Z]?\d{1,3}", re.ASCII)
_LOOP = re.compile(r"\d{4}[A-Z]{0,2}", re.ASCII)
_DAY = re.compile(r"20[1-9]\d[01]\d[0-3]\d", re.ASCII)
MASKED = "x"
"""In the place of a code that does not look like one: it may be anything."""
MISSING = frozenset({"3", "I7"})
"""IK304 of a segment that is not there."""


class AnsweredStatus(NamedTuple):
    """One STC, or what a TA1 or a 999 says: codes as `rule --response` takes them.

    `kind` is TA1, 999 or 277CA, `code` what decides there: TA104, IK501 or the category in STC01.
    """

    byte_start: int
    byte_end: int
    segment: str
    kind: str
    code: str
    codes: tuple[str, ...]
    date: str = ""
    amount: str = ""
    action: str = ""

    @property
    def status(self) -> Status:
        return status_of(self.kind, self.code)


class InterchangeItem(NamedTuple):
    """A TA1; `sender` and `receiver` are those of the interchange that it answers."""

    answer: int
    number: str
    day: str
    time: str
    sender: str
    receiver: str
    status: AnsweredStatus


class SetItem(NamedTuple):
    """An AK2 with what follows, or the AK1 and AK9 of a group without sets: then no number."""

    answer: int
    set: AnsweredSet
    status: AnsweredStatus
    errors: tuple[SegmentError, ...]


class BatchItem(NamedTuple):
    """A status in 2200B, or with `npi` in 2200C, of a 277CA: of all claims of it."""

    answer: int
    reference: str
    npi: str
    statuses: tuple[AnsweredStatus, ...]
    key: str
    has_claims: bool
    total: int = 0
    """How many claims its totals count; 0 where they do not."""


class LineItem(NamedTuple):
    """A service line of a claim that an answer names."""

    answered: LineAnswer
    statuses: tuple[AnsweredStatus, ...]


class ClaimItem(NamedTuple):
    """A claim that a 277CA names. `key` names the answer and the claim in it, for the ledger."""

    answer: int
    byte_start: int
    byte_end: int
    values: AnsweredValues
    statuses: tuple[AnsweredStatus, ...]
    lines: tuple[LineItem, ...]
    payer_claim_number: str
    key: str


Item = InterchangeItem | SetItem | BatchItem | ClaimItem


class ListedAnswers:
    """The items of answers, and the sets that they are in."""

    def __init__(self, every: Iterable[Answers]) -> None:
        self.answers: list[TracedAnswer] = []
        self.items: list[Item] = []
        self.remarks: list[str] = []
        for read in every:
            first = len(self.answers)
            for interchange in read.interchanges:
                self._read(read.path, interchange, "997" if "997" in read.kinds[:1] else "999")
            for answer in self.answers[first:]:
                answer.unplaced = read.unplaced
            if read.kinds and len(self.answers) == first:
                kinds = ", ".join(read.kinds)
                self.remarks.append(f"{read.path}: has a set {kinds} in which nothing is answered")
            if read.unplaced:
                count = f"{read.unplaced} segments have" if read.unplaced > 1 else "1 segment has"
                self.remarks.append(f"{read.path}: {count} no place in an answer")
            if read.skipped and read.kinds:
                others = {f"{shown_type(s.type)} {shown_guide(s.guide)}" for s in read.skipped}
                named = ", ".join(sorted(others))
                self.remarks.append(f"{read.path}: sets that are not read: {named}")

    def of(self, kind: type[Any]) -> Iterator[Any]:
        return (item for item in self.items if isinstance(item, kind))

    def _answer(self, path: str, kind: str, of: AnswerInterchange, **more: Any) -> int:
        more = {
            "interchange": of.control_number,
            "date": shown_day(of.date),
            "time": of.time,
        } | more
        self.answers.append(TracedAnswer(path, kind, **more))
        return len(self.answers) - 1

    def _read(self, path: str, of: AnswerInterchange, kind: str) -> None:
        for one in of.acknowledgments:
            index = self._answer(path, "TA1", of, batch=shown_number(one.control_number))
            status = AnsweredStatus(
                *(one.byte_start, one.byte_end, "TA1", "TA1", shown_status(one.status)),
                (f"TA105={shown_code(one.code)}",) if one.code else (),
                shown_day(of.date),
            )
            parties = of.receiver, of.sender
            item = InterchangeItem(index, one.control_number, one.date, one.time, *parties, status)
            self.items.append(item)
        for group in of.groups:
            index = self._answer(
                path, "999", of, guide=group.guide, batch=shown_number(group.control_number)
            )
            self._read_group(index, group, of)
        for batch in of.batches:
            more = {"guide": batch.guide, "source": batch.source}
            more |= {"date": shown_day(of.date or batch.date)}
            self._read_batch(self._answer(path, "277CA", of, **more), batch, of)
            self.remarks += [f"{path}: {said}" for said in differences(batch)]

    def _read_group(self, index: int, group: GroupAnswer, of: AnswerInterchange) -> None:
        for one in group.sets:
            self.items.append(self._set(index, group, of, one.control_number, one))
        if not group.sets:
            self.items.append(self._set(index, group, of, "", group))

    def _set(
        self, index: int, group: GroupAnswer, of: AnswerInterchange, number: str, one: Any
    ) -> SetItem:
        errors = tuple(getattr(one, "errors", ()))
        for error in errors:
            error.loop = error.loop if _LOOP.fullmatch(error.loop) else ""
        tags = tuple(
            (e.ordinal, e.tag, claim_named(e))
            for e in errors
            if e.code not in MISSING and e.ordinal
        )
        name = "IK502" if number else "AK905"
        codes = tuple(f"{name}={shown_code(code)}" for code in one.codes)
        segment = "AK2" if number else "AK1"
        status = AnsweredStatus(
            *(one.byte_start, one.byte_end, segment, "999", shown_status(one.status)),
            *(codes, shown_day(of.date)),
        )
        of_group = group.function, group.control_number, number
        answered = AnsweredSet(*of_group, *_parties(group, of), tags, of.date)
        return SetItem(index, answered, status, errors)

    def _read_batch(self, index: int, batch: BatchAnswer, of: AnswerInterchange) -> None:
        key = "|".join((of.sender, of.control_number, batch.control_number, batch.reference))
        day = of.date or batch.date
        has_claims = any(provider.claims for provider in batch.providers)
        if statuses := _statuses(batch.statuses):
            total = total_of_claims(batch)
            item = BatchItem(index, batch.batch, "", statuses, key, has_claims, total)
            self.items.append(item)
        for provider in batch.providers:
            if statuses := _statuses(provider.statuses):
                item = BatchItem(
                    index, batch.batch, provider.npi, statuses, key, bool(provider.claims)
                )
                self.items.append(item)
            for claim in provider.claims:
                npi = claim.provider_npi or provider.npi
                self.items.append(self._claim(index, batch, claim, npi, day, key))

    def _claim(
        self,
        index: int,
        batch: BatchAnswer,
        claim: ClaimAnswer,
        npi: str,
        day: str,
        key: str,
    ) -> ClaimItem:
        values = AnsweredValues(
            claim.claim,
            str(claim.charge or ""),
            tuple(claim.dates),
            claim.member_id,
            npi,
            (batch.payer,) if batch.payer else (),
            batch.batch,
            day,
        )
        statuses = _statuses(claim.statuses)
        lines = tuple(LineItem(line, _statuses(line.statuses)) for line in claim.lines)
        every = (*statuses, *(s for line in lines for s in line.statuses))
        codes = ",".join(sorted({code for one in every for code in one.codes}))
        return ClaimItem(
            *(index, claim.byte_start, claim.byte_end, values, statuses, lines),
            claim.payer_claim_number,
            f"{key}|{claim.claim}|{claim.byte_start}|{codes}",
        )


def _statuses(given: Sequence[Any]) -> tuple[AnsweredStatus, ...]:
    """The STC segments, each with all of its codes."""
    return tuple(
        AnsweredStatus(
            *(one.byte_start, one.byte_end, "STC", "277CA"),
            shown_stc(one.codes[0]).partition(":")[0] if one.codes else "",
            *(tuple(map(shown_stc, one.codes)), shown_day(one.date), _shown_amount(one.amount)),
            one.action,
        )
        for one in given
    )


def _parties(group: GroupAnswer, of: AnswerInterchange) -> tuple[str, str]:
    """Who answers, and to whom: GS02 and GS03, where the answer has them, else ISA06 and ISA08."""
    return group.sender or of.sender, group.receiver or of.receiver


def claim_named(error: SegmentError) -> str:
    """The claim (CLM01) that a CTX of an error names; empty without one."""
    return next((c.value for c in error.contexts if c.name.strip().upper() == "CLM01"), "")


def shown_stc(text: str) -> str:
    """An STC code (A7:562:82) as it may be shown."""
    return text if _STC.fullmatch(text) else MASKED


def shown_code(text: str) -> str:
    """A code of a 999 or TA1 as it may be shown."""
    return text if _CODE.fullmatch(text) else MASKED


def shown_status(text: str) -> str:
    """TA104 or IK501 as it may be shown: a letter."""
    return text if len(text) == 1 and text.isascii() and text.isalpha() else ""


def shown_day(text: str) -> str:
    """The day of an answer, CCYYMMDD; empty for what is none, and for what may be a birth."""
    return text if _DAY.fullmatch(text) else ""


def _shown_amount(text: str) -> str:
    value = amount(text) if text else None
    return f"{value:f}" if value is not None and is_charge(value) else ""
