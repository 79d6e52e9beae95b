"""From a trace to what is to become of each claim of each sent file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from edi_lint.findings.masking import Phi, printable
from edi_lint.tracing.model import Confidence, Status, Trace, TracedClaim, Unmatched
from edi_lint.transform.next_file import NEW_CLAIM, RESEND, AnsweredClaim, Written

_WRITTEN = (RESEND, NEW_CLAIM)
AMBIGUOUS, UNMATCHED = "ambiguous", "unmatched"
"""The routes of a rejection that may mean several sent claims, and of one that means none."""
_WHY = {
    AMBIGUOUS: "rejections that several sent claims or sets may be meant by",
    UNMATCHED: "rejections of nothing that is in the sent files",
}


def answered_claims(trace: Trace, likely: bool = False) -> dict[str, list[AnsweredClaim]]:
    """The claims by sent file.

    A claim of which the match is only likely is listed, unless `likely` says otherwise.
    """
    found: dict[str, list[AnsweredClaim]] = {}
    for claim in trace.claims:
        if claim.status is Status.REJECTED or claim.route in _WRITTEN:
            found.setdefault(claim.sent.set.path, []).append(_answered(claim, likely))
    return found


def listed_rejections(trace: Trace, phi: Phi) -> Iterator[dict[str, Any]]:
    """The rejections of no claim that is known, as the log lists them
    (`schemas/change-log.schema.json`)."""
    for one in trace.unmatched:
        if one.is_rejection:
            route = _route(one)
            path = printable(trace.answers[one.answer].path)
            named = one.json(phi)
            del named["confidence"]
            yield named | {
                "answer": path,
                "written": Written.LISTED.value,
                "route": route,
                "reason": _WHY[route],
            }


def _route(rejection: Unmatched) -> str:
    return AMBIGUOUS if rejection.candidates else UNMATCHED


def counted_rejections(trace: Trace) -> list[str]:
    """How many rejections are of no claim that is known, and why."""
    counted = Counter(_route(one) for one in trace.unmatched if one.is_rejection)
    return [f"{number} not written: {_WHY[route]}" for route, number in counted.items()]


def _answered(claim: TracedClaim, likely: bool) -> AnsweredClaim:
    route = claim.route
    is_sure = claim.match.confidence is Confidence.EXACT or (
        likely and claim.match.confidence is Confidence.LIKELY
    )
    if route in _WRITTEN and not is_sure:
        route = f"match only {claim.match.confidence.value} (--likely writes it)"
    rejected = [e for e in claim.events if e.status is Status.REJECTED and e.is_direct]
    rules = _once(code for e in rejected for code in (*(r.code for r in e.rules), *e.leads))
    elements = _once(element for e in rejected for element in e.elements)
    return AnsweredClaim(claim.sent.start, route, rules, elements, claim.is_resent, claim.key)


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def names_of(trace: Trace) -> dict[str, list[str]]:
    """In which sent files each claim is, by CLM01 and by ST02/n."""
    found: dict[str, list[str]] = {}
    for claim in trace.claims:
        for name in (claim.sent.id, claim.position):
            files = found.setdefault(name, [])
            if claim.sent.set.path not in files:
                files.append(claim.sent.set.path)
    return found
