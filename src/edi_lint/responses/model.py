"""What an answer file says, with the byte range of each thing in it.

Byte ranges are half-open and of the answer file. Values are as they are written, blanks around them
left out; amounts and counts too, since a receiver may write them wrong. An empty text, or 0 for an
ordinal, says that the answer does not have the value. Member ids are protected data: nothing here
shows them in its `repr`, and nothing may print them.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ElementError:
    """An IK4 or AK4: the place in the segment, all from 1, and the code of IK403."""

    byte_start: int
    byte_end: int
    element: int
    component: int = 0
    repeat: int = 0
    data_element: str = ""
    code: str = ""


@dataclass(slots=True)
class ErrorContext:
    """A CTX: what names the business unit (`CLM01`, with `value`), or SITUATIONAL TRIGGER and the
    segment, by tag, ordinal and loop, whose content made the faulty one necessary."""

    byte_start: int
    byte_end: int
    name: str
    value: str = field(default="", repr=False)
    tag: str = ""
    ordinal: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repeat: int = 0


@dataclass(slots=True)
class SegmentError:
    """An IK3 or AK3: the segment's tag, its ordinal in the set (ST is 1), and the code of IK304.

    `loop` is a hint only: receivers leave it out or name another one.
    """

    byte_start: int
    byte_end: int
    tag: str
    ordinal: int
    loop: str
    code: str
    contexts: list[ErrorContext] = field(default_factory=list)
    elements: list[ElementError] = field(default_factory=list)


@dataclass(slots=True)
class SetAnswer:
    """An AK2 with what follows: what became of a transaction set (IK501) and why (IK502 to 506)."""

    byte_start: int
    byte_end: int
    set_type: str
    control_number: str
    guide: str = ""
    errors: list[SegmentError] = field(default_factory=list)
    status: str = ""
    codes: tuple[str, ...] = ()


@dataclass(slots=True)
class GroupAnswer:
    """An AK1 with what follows: what became of a functional group (AK901) and why (AK905 to 909).

    `function` is GS01 and `control_number` GS06 of the group that is answered; `sender` and
    `receiver` are GS02 and GS03 of the answer. `sent`, `received` and `accepted` count sets.
    """

    byte_start: int
    byte_end: int
    function: str
    control_number: str
    guide: str = ""
    sets: list[SetAnswer] = field(default_factory=list)
    status: str = ""
    sent: int = 0
    received: int = 0
    accepted: int = 0
    codes: tuple[str, ...] = ()
    sender: str = ""
    receiver: str = ""


@dataclass(slots=True)
class InterchangeAnswer:
    """A TA1: number, date (YYMMDD) and time of the interchange, what became of it, and why."""

    byte_start: int
    byte_end: int
    control_number: str
    date: str
    time: str
    status: str
    code: str


@dataclass(slots=True)
class AnswerStatus:
    """An STC: the codes of STC01, 10 and 11 (`A7:562:82`), its day, what is to be done (STC03, WQ
    or U) and the amount (STC04)."""

    byte_start: int
    byte_end: int
    codes: tuple[str, ...]
    date: str = ""
    action: str = ""
    amount: str = ""


@dataclass(slots=True)
class LineAnswer:
    """A service line (2220D): `reference` is REF*FJ, which is REF*6R of the 837P's line."""

    byte_start: int
    byte_end: int
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    charge: str = ""
    revenue: str = ""
    units: str = ""
    reference: str = ""
    dates: tuple[str, ...] = ()
    statuses: list[AnswerStatus] = field(default_factory=list)


@dataclass(slots=True)
class ClaimAnswer:
    """A claim (2200D): `claim` is TRN02, which is CLM01 of the 837P.

    `payer_claim_number` is REF*1K, `clearinghouse_number` REF*D9; `charge` is STC04 of the first
    status.
    """

    byte_start: int
    byte_end: int
    claim: str
    statuses: list[AnswerStatus] = field(default_factory=list)
    payer_claim_number: str = ""
    clearinghouse_number: str = ""
    dates: tuple[str, ...] = ()
    member_id: str = field(default="", repr=False)
    provider_npi: str = ""
    charge: str = ""
    lines: list[LineAnswer] = field(default_factory=list)


@dataclass(slots=True)
class AnswerTotal:
    """A QTY or AMT: `kind` is its qualifier (90, QA, YU accepted; AA, QC, YY rejected)."""

    byte_start: int
    byte_end: int
    kind: str
    value: str


@dataclass(slots=True)
class ProviderAnswer:
    """A billing provider's level (2000C) and its claims; `reference` is TRN02 of 2200C."""

    byte_start: int
    byte_end: int
    npi: str = ""
    reference: str = ""
    statuses: list[AnswerStatus] = field(default_factory=list)
    totals: list[AnswerTotal] = field(default_factory=list)
    claims: list[ClaimAnswer] = field(default_factory=list)


@dataclass(slots=True)
class BatchAnswer:
    """A 277CA's set. `batch` is TRN02 of 2200B, which is BHT03 of the 837P's set.

    `reference` and `date` are its own BHT03 and BHT04; `source` says who answers: payer,
    clearinghouse, or empty; `payer` is that one's id.
    """

    byte_start: int
    byte_end: int
    control_number: str
    guide: str = ""
    date: str = ""
    reference: str = ""
    source: str = ""
    payer: str = ""
    batch: str = ""
    statuses: list[AnswerStatus] = field(default_factory=list)
    totals: list[AnswerTotal] = field(default_factory=list)
    providers: list[ProviderAnswer] = field(default_factory=list)


@dataclass(slots=True)
class AnswerInterchange:
    """An interchange of answers: ISA13, who sent it and to whom (ISA06, ISA08), its day
    (CCYYMMDD) and time, and what it contains in order."""

    byte_start: int
    byte_end: int
    control_number: str
    sender: str
    receiver: str
    date: str = ""
    time: str = ""
    acknowledgments: list[InterchangeAnswer] = field(default_factory=list)
    groups: list[GroupAnswer] = field(default_factory=list)
    batches: list[BatchAnswer] = field(default_factory=list)


@dataclass(slots=True)
class SkippedSet:
    """A set that is not read: `type` is ST01, `guide` ST03 or GS08."""

    byte_start: int
    byte_end: int
    type: str
    guide: str
    control_number: str = ""


@dataclass(slots=True)
class Answers:
    """What an answer file says. `kinds` are TA1, 999, 997 and 277CA in the order of their coming.

    `unplaced` counts the segments of answers that have no place in their guide; `problems` say in
    words why a file, or a part of it, could not be read.
    """

    path: str
    kinds: list[str] = field(default_factory=list)
    interchanges: list[AnswerInterchange] = field(default_factory=list)
    skipped: list[SkippedSet] = field(default_factory=list)
    unplaced: int = 0
    problems: list[str] = field(default_factory=list)
