"""A trace as one page of HTML that loads nothing: claims by status and money, and for each claim
the segment that was sent beside the answer's. It can be read without its scripts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from markupsafe import Markup

from edi_lint.claims.money import dollars
from edi_lint.files import resources
from edi_lint.files.version import VERSION
from edi_lint.findings import Severity
from edi_lint.findings.masking import Phi, is_charge, printable, shown_number
from edi_lint.reporters.places import edit_command
from edi_lint.reporters.trace_text import (
    ROUTES,
    as_finding,
    counted_file,
    day_in_words,
    rules_in_words,
)
from edi_lint.reporters.words import count
from edi_lint.tracing.answer_segments import answer_segments
from edi_lint.tracing.model import Confidence, Status, Trace, TracedClaim, TracedEvent, TracedSet
from edi_lint.tracing.sent_folder import Opener
from edi_lint.tracing.sent_values import amount
from edi_lint.transform import templates
from edi_lint.transform.shell import source_hash

MOST_CLAIMS = 2_000
"""So many claims the page shows, the worst first; the rest is counted, and is in other formats."""
MOST_LISTED = 200
"""So many answers without a claim, and claims without an answer, are listed."""
_SHOWN = 50
"""So many rows of a table are shown at once; the others are folded away."""


class ShownEvent(NamedTuple):
    """An answer, and the command that fixes its place.

    `before`, `marked` and `after` are the parts of the segment that was sent.
    """

    severity: str
    codes: str
    means: str
    do: str
    note: str
    command: str
    rules: str
    place: str
    before: str
    marked: str
    after: str
    answer: str
    answer_place: str


class ShownPart(NamedTuple):
    """A claim, a set or an interchange; `anchor` is where links lead to."""

    anchor: str
    name: str
    position: str
    path: str
    status: str
    severity: str
    charge: str
    route: str
    what_next: str
    match: str
    events: list[ShownEvent]


class StatusSum(NamedTuple):
    """How many claims have a status, and what they charge."""

    status: str
    claims: int
    charges: str


def pieces(trace: Trace, phi: Phi, opener: Opener) -> Iterator[bytes]:
    """The page. `opener` opens the answer files again, whose segments are shown."""
    template, path = templates.load("trace", "index", autoescape=True)
    style = _asset("report", "report.css") + _asset("trace", "trace.css")
    scripts = [_asset("report", "report.js"), _asset("trace", "trace.js")]
    variables = _variables(trace, phi, opener) | {
        "version": VERSION,
        "style": Markup(style),
        "scripts": [Markup(script) for script in scripts],
        "policy": f"default-src 'none'; style-src {source_hash(style)}; "
        f"script-src {' '.join(map(source_hash, scripts))}; base-uri 'none'; form-action 'none'",
    }
    for piece in templates.generate(template, path, variables):
        yield piece.encode()


def _asset(kind: str, name: str) -> str:
    return resources.templates(kind).joinpath(name).read_text("utf-8")


def _variables(trace: Trace, phi: Phi, opener: Opener) -> dict[str, Any]:
    claims = sorted(trace.claims, key=_worst_first)[:MOST_CLAIMS]
    sets = [of for of in (*trace.interchanges, *trace.sets) if of.severity is not Severity.INFO]
    events = [e for of in sets for e in of.events]
    events += [e for claim in claims for e in claim.events]
    segments = answer_segments(trace.answers, events, opener, phi)
    unmatched = trace.unmatched
    return {
        "headline": _headline(trace),
        "answers": len(trace.answers),
        "sums": _sums(trace.claims),
        "sets": [_set(n, of, trace, segments) for n, of in enumerate(sets[:MOST_LISTED], 1)],
        "more_sets": max(len(sets) - MOST_LISTED, 0),
        "claims": [_claim(claim, trace, segments, phi) for claim in claims],
        "more_claims": len(trace.claims) - len(claims),
        "unmatched": [
            (
                one.json(phi).get("claim", ""),
                f"{one.segment}, bytes {one.byte_start} to {one.byte_end}",
                printable(trace.answers[one.answer].path),
                count(one.candidates, "candidate") if one.candidates else "nothing that was sent",
            )
            for one in unmatched[:MOST_LISTED]
        ],
        "more_unmatched": max(len(unmatched) - MOST_LISTED, 0),
        "unanswered": [
            (one.json(phi).get("claim") or one.position, printable(one.path), one.days)
            for one in trace.unanswered[:MOST_LISTED]
        ],
        "more_unanswered": max(len(trace.unanswered) - MOST_LISTED, 0),
        "scores": trace.scores,
        "remarks": [printable(said) for said in (*trace.problems, *trace.remarks)],
        "phi": phi.value,
        "shown": _SHOWN,
    }


def _worst_first(claim: TracedClaim) -> tuple[bool, bool, int, str, int, int]:
    """Rejected claims first, those before others that the answer itself names."""
    of = claim.sent.set
    is_named = any(e.is_direct and e.severity is Severity.ERROR for e in claim.events)
    is_rejected = claim.status is Status.REJECTED
    return (
        not is_rejected,
        not is_named,
        claim.severity.rank,
        of.path,
        of.header.start,
        claim.sent.number,
    )


def _charge(claim: TracedClaim) -> Decimal | None:
    """CLM02, where it is an amount that may be shown."""
    charge = amount(claim.sent.charge)
    return charge if charge is not None and is_charge(charge) else None


def _sums(claims: Sequence[TracedClaim]) -> list[StatusSum]:
    sums: dict[str, tuple[int, Decimal]] = {}
    for claim in claims:
        number, charges = sums.get(claim.status.value, (0, Decimal(0)))
        sums[claim.status.value] = number + 1, charges + (_charge(claim) or 0)
    return [StatusSum(status, n, dollars(charges)) for status, (n, charges) in sums.items()]


def _headline(trace: Trace) -> tuple[str, str]:
    """The first sentence, and its colour."""
    rejected = [c for c in trace.claims if c.status is Status.REJECTED]
    if rejected:
        charges = dollars(sum((_charge(c) or Decimal(0) for c in rejected), Decimal(0)))
        of = count(len(trace.claims), "claim")
        is_one = len(rejected) == 1
        return f"{len(rejected)} of {of} {'is' if is_one else 'are'} rejected: {charges}", "error"
    if any(trace.severities()[s] for s in ("error", "warning")):
        return "No claim is rejected, but something needs a look", "warning"
    return "Nothing was rejected", "clean"


def _claim(
    claim: TracedClaim, trace: Trace, segments: dict[tuple[str, int], str], phi: Phi
) -> ShownPart:
    charge = _charge(claim)
    route = "already-resent" if claim.is_resent else claim.route
    match = claim.match.confidence
    return ShownPart(
        f"claim-{claim.sent.set.header.start}-{claim.position.replace('/', '-')}",
        claim.shown(phi),
        claim.position,
        printable(claim.sent.set.path),
        claim.status.value,
        claim.severity.value,
        dollars(charge) if charge is not None else "",
        route,
        ROUTES.get(route, route),
        "" if match is Confidence.EXACT else match.value,
        [_event(e, trace, segments, claim.sent.set.path) for e in claim.events if e.is_direct],
    )


def _set(
    number: int, of: TracedSet, trace: Trace, segments: dict[tuple[str, int], str]
) -> ShownPart:
    kind = "Interchange" if of.is_interchange else "Transaction set"
    control = shown_number(of.header.value(13 if of.is_interchange else 2))
    return ShownPart(
        f"set-{number}",
        f"{kind} {control}",
        control,
        printable(of.sent.path),
        of.status.value,
        of.severity.value,
        *("", "", "", ""),
        [_event(e, trace, segments, of.sent.path) for e in of.events],
    )


def _event(
    event: TracedEvent, trace: Trace, segments: dict[tuple[str, int], str], path: str
) -> ShownEvent:
    answer, place = trace.answers[event.answer], event.place
    start, stop = place.caret if place else (0, 0)
    excerpt = place.excerpt if place else ""
    where = ""
    if place is not None:
        at = place.location
        loop = f" in loop {at.loop}" if at.loop else ""
        where = f"{at.element or at.segment}{loop}, line {at.line} of {printable(path)}"
    command = ""
    if place is not None and event.severity is not Severity.INFO:
        command = edit_command(as_finding(event, path), counted_file(trace, path))
    origin = filter(None, (answer.source, day_in_words(event.date)))
    span = f"bytes {event.byte_start} to {event.byte_end}"
    return ShownEvent(
        event.severity.value,
        f"{event.kind} {', '.join(event.codes) or event.code}".strip(),
        event.means,
        event.do,
        event.message,
        command,
        rules_in_words(event),
        where,
        excerpt[:start],
        excerpt[start:stop],
        excerpt[stop:],
        segments.get((answer.path, event.byte_start), ""),
        ", ".join((printable(answer.path), span, *origin)),
    )
