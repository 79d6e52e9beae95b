"""What a file's claims come to: how many have errors, what they charge, which are the worst."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from edi_lint.claims.money import dollars
from edi_lint.claims.views import EXACT
from edi_lint.findings import Severity
from edi_lint.transform.views import ClaimView, FindingView

MOST = 200
"""So many claims are listed, the worst ones; a page with all of a large file would be the file."""


_RANK = {severity.value: severity.rank for severity in Severity}


@dataclass(slots=True)
class Amount:
    """How many claims, what they charge, and how many charges are not an amount."""

    claims: int = 0
    charge: Decimal = Decimal(0)
    unread: int = 0

    def add(self, charge: Decimal | None) -> None:
        self.claims += 1
        self.charge = EXACT.add(self.charge, charge or 0)
        self.unread += charge is None

    @property
    def dollars(self) -> str:
        return dollars(self.charge)


@dataclass(slots=True)
class Overview:
    """The claims of a file by the worst severity that was found in each.

    `total` has all of them, `by_severity` those whose worst finding is an error, a warning or an
    info. `outside` counts the findings outside of claims: in envelopes, providers, subscribers.
    `worst` are at most `MOST` claims, the worst and then the most expensive first.
    """

    total: Amount = field(default_factory=Amount)
    by_severity: dict[str, Amount] = field(default_factory=lambda: {s: Amount() for s in _RANK})
    outside: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_RANK, 0))
    worst: list[ClaimView] = field(default_factory=list)

    @property
    def found(self) -> int:
        """How many claims something was found in."""
        return sum(amount.claims for amount in self.by_severity.values())


def overview(entries: Iterable[dict[str, Any]], findings: Iterator[FindingView]) -> Overview:
    """Add up the claims of a file. `entries` are its claims as they were stored, in file order."""
    made = Overview()
    made.worst = heapq.nsmallest(MOST, _claims(entries, findings, made), key=_order)
    return made


def _claims(
    entries: Iterable[dict[str, Any]],
    findings: Iterator[FindingView],
    made: Overview,
) -> Iterator[ClaimView]:
    """The claims in which something was found; all of them are added to what is made."""
    finding = next(findings, None)
    for entry in entries:
        while finding is not None and finding.byte_start < entry["start"]:
            made.outside[finding.severity] += 1
            finding = next(findings, None)
        counts: Counter[str] = Counter()
        worst, fixes = None, 0
        while finding is not None and finding.byte_start <= entry["end"]:
            counts[finding.severity] += 1
            fixes += finding.applicability == "automatic"
            if worst is None or _RANK[finding.severity] < _RANK[worst.severity]:
                worst = finding
            finding = next(findings, None)
        charge = Decimal(entry["charge"]) if entry["charge"] else None
        made.total.add(charge)
        if worst is not None:
            made.by_severity[worst.severity].add(charge)
            yield ClaimView(
                entry["place"],
                entry["id"],
                entry["claim_number"],
                entry["transaction"],
                entry["payer"],
                charge,
                tuple((name, counts[name]) for name in _RANK if counts[name]),
                worst,
                fixes,
            )
    while finding is not None:
        made.outside[finding.severity] += 1
        finding = next(findings, None)


def _order(claim: ClaimView) -> tuple[Any, ...]:
    return _RANK[claim.worst.severity], -(claim.charge or 0), claim.place
