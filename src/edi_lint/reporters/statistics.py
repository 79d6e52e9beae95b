"""How often each rule found something, and what was found for each payer and submitter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from edi_lint.claims.money import dollars
from edi_lint.claims.views import EXACT
from edi_lint.findings import Finding, Location, Severity
from edi_lint.findings.masking import printable
from edi_lint.reporters.colours import BOLD, OF_SEVERITY, Paint
from edi_lint.rules.catalogue import fault_of

_OTHERS = "(outside of claims, or no payer is named)"
_UNNAMED = "(no submitter is named)"

MOST_ROWS = 20
"""So many rows a table has; what further ones would say is added up in one line."""

_SEVERITIES = ("errors", "warnings", "info")
_CLAIMS = ("claims", "charges")


@dataclass(slots=True)
class StatisticsRow:
    """Findings by severity, the claims that they are in, and what these charge (CLM02).

    A claim counts once, although its findings may come in several rows.
    """

    findings: list[int]
    claims: int = 0
    charges: Decimal = Decimal(0)
    last: tuple[object, ...] = ()

    def count(self, severity: Severity, path: str, place: Location) -> None:
        self.findings[severity.rank] += 1
        envelopes = (path, place.interchange, place.group, place.transaction)
        claim = (*envelopes, place.claim_number, place.claim)
        if place.claim_number and claim != self.last:
            self.last = claim
            self.claims += 1
            self.charges = EXACT.add(self.charges, Decimal(place.charge or 0))

    def add(self, other: StatisticsRow) -> None:
        self.findings = [a + b for a, b in zip(self.findings, other.findings, strict=True)]
        self.claims += other.claims
        self.charges = EXACT.add(self.charges, other.charges)


class Statistics:
    """Counts findings as they pass, in file order. Memory holds a row for each rule, payer and
    submitter.
    """

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._rules: dict[tuple[str, str, Severity], StatisticsRow] = {}
        self._payers: dict[str, StatisticsRow] = {}
        self._submitters: dict[str, StatisticsRow] = {}

    def count(self, finding: Finding) -> None:
        place, severity = finding.location, finding.severity
        rule = self._rules.setdefault((finding.code, finding.name, severity), _empty())
        payer = self._payers.setdefault(place.payer or _OTHERS, _empty())
        submitter = self._submitters.setdefault(place.submitter or _UNNAMED, _empty())
        for row in (rule, payer, submitter):
            row.count(severity, finding.path, place)

    def text(self) -> str:
        """The three tables, an empty line between two; empty where nothing was found."""
        if not self._rules:
            return ""
        tables = (
            ("By rule", self._of_rules()),
            ("By payer", self._of_parties(self._payers)),
            ("By submitter", self._of_parties(self._submitters)),
        )
        return "\n".join(
            self._paint(title, BOLD) + "\n" + "".join(f"{row}\n" for row in rows)
            for title, rows in tables
        )

    def _of_rules(self) -> Iterator[str]:
        """Those with the most findings first. A claim counts with each rule, so no sum is given."""
        ordered = sorted(self._rules.items(), key=lambda one: (-sum(one[1].findings), one[0][0]))
        rows = [((str(sum(row.findings)), *_of_claims(row)), key) for key, row in ordered]
        shown = [cells for cells, _ in rows[:MOST_ROWS]]
        titles, *lines = _aligned([("findings", *_CLAIMS), *shown])
        yield titles
        for line, (_, (code, name, severity)) in zip(lines, rows, strict=False):
            padding = " " * (len(Severity.WARNING) - len(severity.value))
            tone = self._paint(severity.value, OF_SEVERITY[severity]) + padding
            yield f"{line}  {code}  {tone}  {fault_of(code, name)}"
        if more := ordered[MOST_ROWS:]:
            number = sum(sum(row.findings) for _, row in more)
            yield f"{number:>{len('findings')}}  in {len(more)} more"

    def _of_parties(self, found: dict[str, StatisticsRow]) -> Iterator[str]:
        """Those with the most errors first, then warnings."""
        ordered = sorted(found.items(), key=lambda one: ([-n for n in one[1].findings], one[0]))
        shown = ordered[:MOST_ROWS]
        if more := ordered[MOST_ROWS:]:
            total = _empty()
            for _, row in more:
                total.add(row)
            shown.append((f"{len(more)} more", total))
        cells = [(*map(str, row.findings), *_of_claims(row)) for _, row in shown]
        titles, *lines = _aligned([(*_SEVERITIES, *_CLAIMS), *cells])
        yield titles
        for line, (party, _) in zip(lines, shown, strict=True):
            yield f"{line}  {printable(party)}"


def _empty() -> StatisticsRow:
    return StatisticsRow([0] * len(_SEVERITIES))


def _of_claims(row: StatisticsRow) -> tuple[str, str]:
    return str(row.claims), dollars(row.charges)


def _aligned(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{c:>{w}}" for c, w in zip(row, widths, strict=True)) for row in rows]
