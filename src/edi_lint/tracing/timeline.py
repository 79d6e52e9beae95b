"""From all that was answered about a claim to one status and one route.

A payer's word counts over a clearinghouse's, both over what was said of a whole set or interchange,
and the later over the earlier. What one answer says together is as bad as its worst part.
"""

from __future__ import annotations

from collections.abc import Sequence

from edi_lint.findings import Severity
from edi_lint.tracing.model import Status, TracedAnswer, TracedClaim, TracedEvent
from edi_lint.tracing.routes import route_of


def conclude(claim: TracedClaim, answers: Sequence[TracedAnswer]) -> None:
    """Order a claim's events, and say where it stands, how bad that is, and where it goes."""
    claim.events.sort(key=lambda event: (event.date, _rank(event, answers), event.answer))
    deciding = max(claim.events, key=lambda event: _weight(event, answers), default=None)
    if deciding is None:
        return
    claim.status = deciding.status
    severity = min((e.severity for e in claim.events), key=lambda s: s.rank)
    is_rejected = claim.status is Status.REJECTED
    claim.severity = (
        Severity.ERROR if is_rejected else max(severity, Severity.WARNING, key=_rank_of)
    )
    if not is_rejected and severity is Severity.INFO:
        claim.severity = Severity.INFO
    if any(event.message for event in claim.events) and not is_rejected:
        claim.severity = Severity.WARNING
    same = [e for e in claim.events if e.kind == deciding.kind and e.answer == deciding.answer]
    named = any(e.is_direct for e in same)
    code = next((c.partition("=")[2] for c in deciding.codes if c.startswith("TA105")), "")
    of_payer = (r.route for r in claim.payer_routes if deciding.code in r.categories)
    if deciding.kind == "277CA" and (route := next(of_payer, "")):
        claim.route = route
        return
    claim.route = route_of(
        deciding.kind, deciding.code, code, is_named=named, arrived=claim.has_arrived
    )


def _rank_of(severity: Severity) -> int:
    return severity.rank


def _rank(event: TracedEvent, answers: Sequence[TracedAnswer]) -> int:
    """How much an answer's word counts: a payer's over a clearinghouse's, both over a set's."""
    if event.kind != "277CA":
        return {"TA1": 0}.get(event.kind, 1)
    return 3 if answers[event.answer].source == "payer" else 2


def _weight(event: TracedEvent, answers: Sequence[TracedAnswer]) -> tuple[int, str, str, bool]:
    rank = _rank(event, answers)
    when = answers[event.answer].date, answers[event.answer].time
    return rank, *when, event.status is Status.REJECTED
