"""Counts what passes: files, and findings of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from edi_lint.findings import Severity
from edi_lint.linting import FileResult, Report
from edi_lint.store import Kind


class Tally:
    """What the reports of a run add up to, as far as they have been passed on."""

    def __init__(self) -> None:
        self.files: list[FileResult] = []
        self.counts: Counter[Kind] = Counter()

    def count(self, reports: Iterable[Report]) -> Iterator[Report]:
        """The same reports, each of them counted when it was dealt with."""
        for report in reports:
            yield report
            self.files.append(report.file)
            self.counts += report.findings.counts

    def reaches(self, severity: Severity) -> bool:
        """Whether a finding was as bad as that, or worse."""
        return reaches(self.counts, severity)


def reaches(counts: Iterable[Kind], severity: Severity) -> bool:
    """Whether one of these kinds of findings is as bad as that, or worse."""
    return any(found.rank <= severity.rank for _, _, found in counts)
