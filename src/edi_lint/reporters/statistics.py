"""How often each rule found something, and what was found for each payer and submitter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from edi_lint.findings import Finding, Severity
from edi_lint.findings.masking import printable
from edi_lint.reporters.colours import BOLD, OF_SEVERITY, Paint

_OTHERS = "(outside of claims, or no payer is named)"
_UNNAMED = "(no submitter is named)"

MOST_ROWS = 20
"""So many rows a table has; what further ones would say is added up in one line."""

_Party = tuple[str, Severity]


class Statistics:
    """Counts findings as they pass. Memory holds a counter for each rule, payer and submitter."""

    def __init__(self, paint: Paint) -> None:
        self._paint = paint
        self._rules: Counter[tuple[str, str, Severity]] = Counter()
        self._payers: Counter[_Party] = Counter()
        self._submitters: Counter[_Party] = Counter()

    def count(self, finding: Finding) -> None:
        place, severity = finding.location, finding.severity
        self._rules[finding.code, finding.name, severity] += 1
        self._payers[place.payer or _OTHERS, severity] += 1
        self._submitters[place.submitter or _UNNAMED, severity] += 1

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
        rows = sorted(self._rules.items(), key=lambda row: (-row[1], row[0][0]))
        width = len(str(rows[0][1]))
        for (code, name, severity), count in rows[:MOST_ROWS]:
            padding = " " * (len(Severity.WARNING) - len(severity.value))
            tone = self._paint(severity.value, OF_SEVERITY[severity]) + padding
            yield f"{count:>{width}}  {code}  {tone}  {name}"
        if more := rows[MOST_ROWS:]:
            yield f"{sum(count for _, count in more):>{width}}  in {len(more)} more"

    def _of_parties(self, counts: Counter[_Party]) -> Iterator[str]:
        """Those with the most errors first, then warnings."""
        found: dict[str, list[int]] = {}
        for (party, severity), count in counts.items():
            found.setdefault(party, [0, 0, 0])[severity.rank] = count
        rows = sorted(found.items(), key=lambda row: ([-n for n in row[1]], row[0]))
        titles = ("errors", "warnings", "info")
        shown = rows[:MOST_ROWS]
        if more := rows[MOST_ROWS:]:
            sums = [sum(numbers[n] for _, numbers in more) for n in range(len(titles))]
            shown.append((f"{len(more)} more", sums))
        widths = [
            max(len(title), *(len(str(row[1][n])) for row in shown))
            for n, title in enumerate(titles)
        ]
        yield "  ".join(f"{title:>{w}}" for title, w in zip(titles, widths, strict=True))
        for party, numbers in shown:
            cells = "  ".join(f"{n:>{w}}" for n, w in zip(numbers, widths, strict=True))
            yield f"{cells}  {printable(party)}"
