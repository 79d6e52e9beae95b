"""Says whether a file lints worse than the one it was made from, in bounded memory."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from edi_lint.findings import Finding, Severity

MAX_REMEMBERED = 100_000
MAX_SHOWN = 10


@dataclass(slots=True)
class Tally:
    """How many findings of each code a file has, by severity; infos are not counted.

    `marks` are digests of them (at most MAX_REMEMBERED), by which they are known again in the file
    made from it; `unknown` holds those that `known` had no digest of, per code at most MAX_SHOWN.
    """

    errors: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    marks: set[int] = field(default_factory=set)
    known: frozenset[int] = frozenset()
    unknown: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if finding.severity is Severity.INFO:
                continue
            error = finding.severity is Severity.ERROR
            (self.errors if error else self.warnings)[finding.code] += 1
            self._remember(finding)

    def new_errors(self, before: Tally) -> dict[str, int]:
        """The errors that were not there before, by code; empty: the file is no worse.

        Also where as many of the code are gone as have come.
        """
        return self._new(Severity.ERROR, self.errors - before.errors, before)

    def new_warnings(self, before: Tally) -> dict[str, int]:
        """The warnings that were not there before, by code."""
        return self._new(Severity.WARNING, self.warnings - before.warnings, before)

    def _new(self, severity: Severity, more: Counter[str], before: Tally) -> dict[str, int]:
        if len(before.marks) < MAX_REMEMBERED:
            for code, findings in self.unknown.items():
                unknown = sum(finding.severity is severity for finding in findings)
                more[code] = max(more[code], unknown)
        return {code: n for code, n in sorted(more.items()) if n}

    def _remember(self, finding: Finding) -> None:
        mark = _mark(finding)
        if len(self.marks) < MAX_REMEMBERED:
            self.marks.add(mark)
        shown = self.unknown.setdefault(finding.code, [])
        if mark not in self.known and len(shown) < MAX_SHOWN:
            shown.append(finding)


def _mark(finding: Finding) -> int:
    """The same for a finding wherever its claim has moved to, and to whatever envelope."""
    place = finding.location
    parts = (
        finding.code,
        place.claim,
        place.service_line,
        place.segment,
        place.element,
        finding.message,
    )
    return int.from_bytes(hashlib.blake2b("\n".join(parts).encode(), digest_size=8).digest())
