"""A trace as a table: a row for each thing that was answered, and for what nobody answered.

CSV files and workbooks have these rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import Phi, printable, shown_claim, shown_line, shown_number
from edi_lint.tracing.model import (
    Confidence,
    Trace,
    TracedClaim,
    TracedEvent,
    TracedSet,
    Unanswered,
    Unmatched,
)

COLUMNS = (
    "kind",
    "claim",
    "position",
    "path",
    "status",
    "severity",
    "route",
    "match",
    "match_by",
    "answer",
    "answer_path",
    "answer_date",
    "source",
    "codes",
    "service_line",
    "amount",
    "means",
    "do",
    "note",
    "element",
    "line",
    "segment_ordinal",
    "byte_start",
    "byte_end",
    "rules_found",
    "rules_silent",
    "answer_segment",
    "answer_byte_start",
    "answer_byte_end",
    "candidates",
    "days",
)
"""`kind` is claim, set, interchange, unmatched or unanswered. `severity` is that of the answer.
`rules_found` find the fault today, `rules_silent` lead to such an answer but find nothing there."""

Cells = dict[str, str | int | None]


def rows(trace: Trace, phi: Phi) -> Iterator[tuple[str | int | None, ...]]:
    """A row for each answer about a claim, a set or an interchange; then what has no match, and
    claims that nobody has answered. A cell without a value is None or empty."""
    for cells in _cells(trace, phi):
        yield tuple(cells.get(column) for column in COLUMNS)


def _cells(trace: Trace, phi: Phi) -> Iterator[Cells]:
    for of in (*trace.interchanges, *trace.sets):
        for event in of.events:
            yield _set(of) | _event(event, trace)
    for claim in trace.claims:
        for event in claim.events:
            yield _claim(claim, phi) | _event(event, trace)
    for unmatched in trace.unmatched:
        yield _unmatched(unmatched, trace, phi)
    for unanswered in trace.unanswered:
        yield _unanswered(unanswered, phi)


def _claim(claim: TracedClaim, phi: Phi) -> Cells:
    return {
        "kind": "claim",
        "claim": shown_claim(claim.sent.id) if phi is not Phi.NONE else "",
        "position": claim.position,
        "path": printable(claim.sent.set.path),
        "status": claim.status.value,
        "route": "already-resent" if claim.is_resent else claim.route,
        "match": claim.match.confidence.value,
        "match_by": " ".join(claim.match.by),
    }


def _set(of: TracedSet) -> Cells:
    number = of.header.value(13 if of.is_interchange else 2)
    return {
        "kind": "interchange" if of.is_interchange else "set",
        "position": shown_number(number),
        "path": printable(of.sent.path),
        "status": of.status.value,
        "match": of.match.confidence.value,
        "match_by": " ".join(of.match.by),
    }


def _event(event: TracedEvent, trace: Trace) -> Cells:
    answer = trace.answers[event.answer]
    cells: Cells = {
        "severity": event.severity.value,
        "answer": event.kind,
        "answer_path": printable(answer.path),
        "answer_date": event.date,
        "source": answer.source,
        "codes": " ".join(event.codes) or event.code,
        "service_line": shown_line(event.service_line),
        "amount": event.amount,
        "means": event.means,
        "do": event.do,
        "note": event.message,
        "rules_found": " ".join(rule.code for rule in event.rules if rule.found),
        "rules_silent": " ".join(rule.code for rule in event.rules if not rule.found),
        "answer_segment": event.segment,
        "answer_byte_start": event.byte_start,
        "answer_byte_end": event.byte_end,
    }
    if event.place is not None:
        place = event.place.location
        cells |= {
            "element": place.element or place.segment,
            "line": place.line,
            "segment_ordinal": place.segment_ordinal or None,
            "byte_start": place.byte_start,
            "byte_end": place.byte_end,
        }
    return cells


def _unmatched(one: Unmatched, trace: Trace, phi: Phi) -> Cells:
    return {
        "kind": "unmatched",
        "claim": shown_claim(one.claim) if phi is not Phi.NONE else "",
        "path": " ".join(map(printable, one.places)),
        "status": "rejected" if one.is_rejection else "",
        "match": (Confidence.AMBIGUOUS if one.candidates else Confidence.NONE).value,
        "answer": trace.answers[one.answer].type,
        "answer_path": printable(trace.answers[one.answer].path),
        "answer_segment": one.segment,
        "answer_byte_start": one.byte_start,
        "answer_byte_end": one.byte_end,
        "candidates": one.candidates,
    }


def _unanswered(one: Unanswered, phi: Phi) -> Cells:
    return {
        "kind": "unanswered",
        "claim": shown_claim(one.claim) if phi is not Phi.NONE else "",
        "position": one.position,
        "path": printable(one.path),
        "status": "unanswered",
        "days": one.days,
    }
