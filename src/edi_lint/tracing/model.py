"""What a trace found: claims, sets and interchanges with what was answered about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from edi_lint.findings import Location, Severity
from edi_lint.findings.masking import (
    Phi,
    printable,
    shown_claim,
    shown_guide,
    shown_line,
    shown_number,
)
from edi_lint.findings.report import document_head
from edi_lint.ledger.sent_sets import SentClaim, SentHeader, SentSet
from edi_lint.packs.profiles import PayerRoute


class Confidence(StrEnum):
    """How sure a match is. Only what is exact, or likely and asked for, is written."""

    EXACT = "exact"
    LIKELY = "likely"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class Status(StrEnum):
    """Where a claim stands after all that was answered about it."""

    UNANSWERED = "unanswered"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    FORWARDED = "forwarded"


class AnswerMatch(NamedTuple):
    """Which sent claim or set an answer is about, and `by` what; `candidates` counts the rest."""

    confidence: Confidence
    by: tuple[str, ...] = ()
    candidates: int = 0


class RuleFound(NamedTuple):
    """A rule that leads to an answer, and whether linting the claim today finds it there."""

    code: str
    found: bool

    def json(self) -> dict[str, Any]:
        return {"code": self.code, "found": self.found}


class SentPlace(NamedTuple):
    """A place of a sent file, and the segment there as it may be shown, with what is meant."""

    location: Location
    excerpt: str = ""
    caret: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class TracedAnswer:
    """An answer file's set, or a TA1: what it is, from whom, and what of it has no place."""

    path: str
    type: str
    guide: str = ""
    interchange: str = ""
    date: str = ""
    source: str = ""
    batch: str = ""
    transaction: str = ""
    unplaced: int = 0
    time: str = ""

    def json(self) -> dict[str, Any]:
        return {
            "path": printable(self.path),
            "type": self.type,
            "guide": shown_guide(self.guide),
            "interchange": shown_number(self.interchange),
            "date": self.date,
            "source": self.source,
            "answers_to": {
                "batch": printable(self.batch),
                "transaction": shown_number(self.transaction),
            },
            "unplaced": self.unplaced,
        }


@dataclass(slots=True)
class TracedEvent:
    """One thing that was answered about a claim, a set or an interchange.

    `answer` is an index into the answers, the byte range is of that answer's file. `codes` are as
    `edi-lint rule --response` takes them. `rules` are those behind the answer; `leads` all that may
    be. `elements` are those that the answer names in the claim.
    """

    answer: int
    byte_start: int
    byte_end: int
    segment: str
    codes: tuple[str, ...]
    date: str = ""
    status: Status = Status.RECEIVED
    severity: Severity = Severity.INFO
    service_line: str = ""
    amount: str = ""
    means: str = ""
    do: str = ""
    basis: str = ""
    place: SentPlace | None = None
    rules: tuple[RuleFound, ...] = ()
    leads: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    message: str = ""
    is_direct: bool = True
    """Whether the answer names the claim, or what is around it, as at fault."""
    kind: str = ""
    code: str = ""
    """TA1, 999 or 277CA, and what decides there: TA104, IK501 or the category in STC01."""

    def json(self, phi: Phi) -> dict[str, Any]:
        place = self.place.location.json(phi is not Phi.NONE) if self.place else None
        return {
            "answer": self.answer,
            "byte_start": self.byte_start,
            "byte_end": self.byte_end,
            "segment": self.segment,
            "date": self.date,
            "codes": list(self.codes),
            "service_line": shown_line(self.service_line) or None,
            "amount": self.amount or None,
            "means": self.means,
            "do": self.do,
            "basis": self.basis,
            "note": self.message,
            "location": place,
            "rules": [rule.json() for rule in self.rules],
        }


@dataclass(slots=True)
class TracedClaim:
    """A sent claim and what was answered about it, in the order of dates.

    `start` and `end` are those of its CLM segment in the bytes of the file. `key` names the answer
    that rejects it, and the claim in that answer, for the ledger. `is_resent` says that a copy was
    sent after the answer.
    """

    sent: SentClaim
    match: AnswerMatch
    start: int = 0
    end: int = 0
    status: Status = Status.RECEIVED
    severity: Severity = Severity.INFO
    route: str = ""
    payer_claim_number: str = ""
    events: list[TracedEvent] = field(default_factory=list)
    is_resent: bool = False
    has_arrived: bool = False
    """Whether the ledger knows its interchange as sent before, with the same content."""
    key: str = ""
    payer_routes: tuple[PayerRoute, ...] = ()
    """What the payer's profile says of routes; they count before the others."""
    procedures: frozenset[str] = frozenset()
    """SV101-2 of its lines, where that was asked for."""
    errors: tuple[str, ...] = ()
    """Rules that find an error in it, where that was asked for."""

    @property
    def position(self) -> str:
        """ST02/n, the n-th claim of its set."""
        return f"{shown_number(self.sent.set.control_number)}/{self.sent.number}"

    def shown(self, phi: Phi) -> str:
        """Its number where that may be shown, else its position."""
        return (shown_claim(self.sent.id) if phi is not Phi.NONE else "") or self.position

    def json(self, phi: Phi) -> dict[str, Any]:
        number = self.payer_claim_number if phi is Phi.ALL else None
        named = {"claim": shown_claim(self.sent.id)} if phi is not Phi.NONE else {}
        frequency = self.sent.frequency
        return named | {
            "sent": {
                "path": printable(self.sent.set.path),
                "position": self.position,
                "byte_start": self.start,
                "byte_end": self.end,
                "frequency": frequency if len(frequency) == 1 and frequency.isalnum() else "",
            },
            "status": self.status.value,
            "severity": self.severity.value,
            "route": self.route,
            "already_resent": self.is_resent,
            "payer_claim_control_number": number or None,
            "match": {"confidence": self.match.confidence.value, "by": list(self.match.by)},
            "events": [event.json(phi) for event in self.events],
            "lines": [],
        }


@dataclass(slots=True)
class TracedSet:
    """A sent set, or a whole interchange where `header` is its ISA, and what was answered."""

    sent: SentSet
    header: SentHeader
    match: AnswerMatch
    status: Status = Status.RECEIVED
    severity: Severity = Severity.INFO
    events: list[TracedEvent] = field(default_factory=list)

    @property
    def is_interchange(self) -> bool:
        return self.header.value(0) == "ISA"

    def json(self, phi: Phi) -> dict[str, Any]:
        number = self.header.value(13 if self.is_interchange else 2)
        name = "interchange" if self.is_interchange else "transaction"
        return {
            "sent": {"path": printable(self.sent.path), name: shown_number(number)},
            "status": self.status.value,
            "severity": self.severity.value,
            "match": {"confidence": self.match.confidence.value, "by": list(self.match.by)},
            "events": [event.json(phi) for event in self.events],
        }


class Unmatched(NamedTuple):
    """Something in an answer that is about nothing that is known to have been sent, or about one
    of several."""

    answer: int
    byte_start: int
    byte_end: int
    segment: str
    candidates: int
    claim: str = ""
    places: tuple[str, ...] = ()
    is_rejection: bool = False

    def json(self, phi: Phi) -> dict[str, Any]:
        found: dict[str, Any] = {
            "answer": self.answer,
            "byte_start": self.byte_start,
            "byte_end": self.byte_end,
            "segment": self.segment,
            "confidence": Confidence.AMBIGUOUS.value if self.candidates else Confidence.NONE.value,
            "candidates": self.candidates,
            "sent": [printable(place) for place in self.places],
        }
        return found | ({"claim": shown_claim(self.claim)} if phi is not Phi.NONE else {})


class Unanswered(NamedTuple):
    """A claim that nobody has answered for so many days."""

    claim: str
    path: str
    position: str
    days: int

    def json(self, phi: Phi) -> dict[str, Any]:
        named = {"claim": shown_claim(self.claim)} if phi is not Phi.NONE else {}
        sent = {"path": printable(self.path), "position": self.position}
        return named | {"sent": sent, "days": self.days}


class RuleScore(NamedTuple):
    """How often receivers agreed with a rule: it found what they rejected, it did not, and it found
    an error in what they accepted."""

    rule: str
    hit: int
    missed: int
    false: int

    def json(self) -> dict[str, Any]:
        return {"rule": self.rule, "hit": self.hit, "missed": self.missed, "false": self.false}


@dataclass(slots=True)
class Trace:
    """What was answered about what was sent.

    `remarks` are warnings about whole answers, such as totals that do not add up; `problems` say
    what could not be read, `skipped` what nothing was found in. In the sent files `of_one_set` a
    place is named by its set alone.
    """

    answers: list[TracedAnswer] = field(default_factory=list)
    claims: list[TracedClaim] = field(default_factory=list)
    sets: list[TracedSet] = field(default_factory=list)
    interchanges: list[TracedSet] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    unanswered: list[Unanswered] = field(default_factory=list)
    scores: list[RuleScore] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    of_one_set: set[str] = field(default_factory=set)

    def severities(self) -> dict[str, int]:
        """How many claims, sets and interchanges of each severity; what has no match warns."""
        found = {severity.value: 0 for severity in Severity}
        for claim in self.claims:
            found[claim.severity.value] += 1
        for of in (*self.sets, *self.interchanges):
            found[of.severity.value] += 1
        found[Severity.WARNING.value] += len(self.unmatched) + len(self.remarks)
        return found

    def statuses(self) -> dict[str, int]:
        """How many claims of each status."""
        found: dict[str, int] = {}
        for claim in self.claims:
            found[claim.status.value] = found.get(claim.status.value, 0) + 1
        return found

    def json(self, phi: Phi = Phi.IDS) -> dict[str, Any]:
        """The document that `schemas/trace.schema.json` describes."""
        parts = {name: list(items) for name, items in self.parts(phi).items()}
        return self.head() | parts | {"summary": self.summary()}

    def parts(self, phi: Phi = Phi.IDS) -> dict[str, Iterator[dict[str, Any]]]:
        """The lists of the document by name; what is in them is made as it is asked for."""
        return {
            "claims": (claim.json(phi) for claim in self.claims),
            "sets": (one.json(phi) for one in self.sets),
            "interchanges": (one.json(phi) for one in self.interchanges),
            "unmatched": (one.json(phi) for one in self.unmatched),
            "unanswered": (one.json(phi) for one in self.unanswered),
            "scores": (one.json() for one in self.scores),
        }

    def head(self) -> dict[str, Any]:
        """What the document begins with."""
        return document_head() | {"answers": [one.json() for one in self.answers]}

    def summary(self) -> dict[str, Any]:
        """Counts, and what was said of whole answers."""
        return {
            **self.severities(),
            "claims": self.statuses(),
            "unmatched": len(self.unmatched),
            "remarks": [printable(one) for one in self.remarks],
        }


def narrowed(
    trace: Trace, statuses: frozenset[str], names: Sequence[str], procedures: Sequence[str]
) -> tuple[Trace, list[str]]:
    """The trace with the claims alone that are of these statuses, these names (CLM01 or ST02/n) and
    have these procedures, each if given; and the names that no claim has."""
    if not (statuses or names or procedures):
        return trace, []
    unknown = dict.fromkeys(names)
    claims = []
    for claim in trace.claims:
        own = {claim.sent.id, claim.position}
        for name in own & unknown.keys():
            del unknown[name]
        if (
            (not statuses or claim.status.value in statuses)
            and (not names or own & {*names})
            and (not procedures or claim.procedures & {*procedures})
        ):
            claims.append(claim)
    return replace(trace, claims=claims, sets=[], interchanges=[], unmatched=[]), list(unknown)
