"""Counts what passes: files, and findings of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from edi_lint.findings import Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.report import Report, reaches
from edi_lint.findings.store import Kind
from edi_lint.reporters.words import count
from edi_lint.run.unchecked import any_refused

NOT_JUDGED = "not judged for want of a release (COD001): edi-lint codes load takes one"


class Tally:
    """What the reports of a run add up to, as far as they have been passed on."""

    def __init__(self) -> None:
        self.files: list[FileResult] = []
        self.counts: Counter[Kind] = Counter()

    def count(self, reports: Iterable[Report]) -> Iterator[Report]:
        """The same reports, each of them counted, whether or not a reader takes all of it."""
        for report in reports:
            self.files.append(report.file)
            self.counts += report.findings.counts
            yield report

    def reaches(self, severity: Severity | None) -> bool:
        """Whether a finding was as bad as that, or worse; None: no."""
        return reaches(self.counts, severity)

    @property
    def unjudged(self) -> int:
        """How many HCPCS codes were not judged for want of a release."""
        return len(set().union(*(file.unjudged for file in self.files)))

    def not_judged(self) -> str:
        """The same in words, with the remedy; empty where all were judged."""
        return f"{count(self.unjudged, 'HCPCS code')} {NOT_JUDGED}" if self.unjudged else ""

    @property
    def checked(self) -> int:
        """How many transaction sets were checked, over all files."""
        return sum(file.checked for file in self.files)

    def nothing_checked(self) -> str:
        """Why nothing at all was checked."""
        if self.files and all(file.error for file in self.files):
            return "nothing was checked, because no input could be read"
        return "nothing was checked, because no input contains an 837P"

    @property
    def is_refused(self) -> bool:
        """Whether something could not be checked that should have been (ENV011)."""
        return any_refused(self.counts)
