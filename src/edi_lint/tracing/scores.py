"""Counts for each rule how often receivers agreed with it."""

from __future__ import annotations

from collections.abc import Iterable

from edi_lint.tracing.model import RuleScore, Status, TracedClaim


def scores_of(claims: Iterable[TracedClaim]) -> list[RuleScore]:
    """Hit: a receiver rejected what the rule finds. Missed: it rejected something that leads to the
    rule, which finds nothing there. False: the rule finds an error in a claim that was accepted.
    """
    hit: dict[str, int] = {}
    missed: dict[str, int] = {}
    false: dict[str, int] = {}
    for claim in claims:
        if claim.status is Status.ACCEPTED:
            for code in claim.errors:
                false[code] = false.get(code, 0) + 1
        if claim.status is not Status.REJECTED:
            continue
        found: dict[str, bool] = {}
        for event in claim.events:
            if event.status is not Status.REJECTED:
                continue
            for rule in event.rules:
                found[rule.code] = found.get(rule.code, False) or rule.found
        for code, is_found in found.items():
            counts = hit if is_found else missed
            counts[code] = counts.get(code, 0) + 1
    codes = sorted({*hit, *missed, *false})
    return [RuleScore(c, hit.get(c, 0), missed.get(c, 0), false.get(c, 0)) for c in codes]
