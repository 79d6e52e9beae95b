"""Findings as CSV: a header, one row a finding, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings import Finding
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.csv_cells import row, text
from edi_lint.reporters.reporter import Reporter

COLUMNS = (
    "path",
    "line",
    "column",
    "code",
    "name",
    "severity",
    "level",
    "message",
    "help",
    "claim",
    "position",
    "service_line",
    "loop",
    "segment",
    "element",
    "segment_ordinal",
    "interchange",
    "group",
    "transaction",
    "response",
    "fix",
    "byte_start",
    "byte_end",
)
"""`position` is ST02/n, the n-th claim of the set; `response` what a receiver would answer;
`fix` says whether a fix is automatic or suggested, empty where there is none."""


class Csv(Reporter):
    """Without claim numbers the column `claim` stays empty."""

    def begin(self) -> Iterator[bytes]:
        yield row(COLUMNS).encode()

    def add(self, report: Report) -> Iterator[bytes]:
        path = text(report.file.path)
        for finding in report.findings:
            yield row((path, *self._cells(finding))).encode()

    def _cells(self, finding: Finding) -> tuple[object, ...]:
        place = finding.location
        return (
            place.line,
            place.column,
            finding.code,
            finding.name,
            finding.severity.value,
            finding.level,
            text(finding.message),
            text(finding.help),
            text(place.claim) if self.asked.phi is not Phi.NONE else "",
            text(places.position(place)),
            text(place.service_line),
            place.loop,
            text(place.segment),
            text(place.element),
            place.segment_ordinal or None,
            text(place.interchange),
            text(place.group),
            text(place.transaction),
            places.answer(finding),
            finding.fix.applicability.value if finding.fix else "",
            place.byte_start,
            place.byte_end,
        )
