"""From a trace to what is to become of each claim of each sent file."""

from __future__ import annotations

from collections.abc import Iterable

from edi_lint.tracing.model import Confidence, Status, Trace, TracedClaim
from edi_lint.transform.next_file import NEW_CLAIM, RESEND, AnsweredClaim

_WRITTEN = (RESEND, NEW_CLAIM)
AMBIGUOUS = "ambiguous"
"""The route of a claim that an answer may mean beside others."""


def answered_claims(
    trace: Trace, likely: bool = False
) -> tuple[dict[str, list[AnsweredClaim]], dict[str, int]]:
    """The claims by sent file, and how many rejections are of no claim that is known, by reason.

    A claim of which the match is only likely is listed, unless `likely` says otherwise.
    """
    found: dict[str, list[AnsweredClaim]] = {}
    for claim in trace.claims:
        if claim.status is Status.REJECTED or claim.route in _WRITTEN:
            found.setdefault(claim.sent.set.path, []).append(_answered(claim, likely))
    left_out: dict[str, int] = {}
    for one in trace.unmatched:
        if one.is_rejection:
            why = (
                "rejections that several sent claims or sets may be meant by"
                if one.candidates
                else "rejections of nothing that is in the sent files"
            )
            left_out[why] = left_out.get(why, 0) + 1
    return found, left_out


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
