"""Findings one a line, `path:line:column: severity[CODE] message (place)`, for grep and editors."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.colours import Paint
from edi_lint.reporters.reporter import Asked, Reporter
from edi_lint.reporters.statistics import Statistics


class Concise(Reporter):
    """Nothing but findings, so that counting lines counts them; statistics only when asked for."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._paint = Paint(asked.colour)
        self._statistics = Statistics(self._paint) if asked.statistics else None

    def add(self, report: Report) -> Iterator[bytes]:
        path = printable(report.file.path)
        for finding in report.findings:
            place = finding.location
            severity = self._paint.severity(finding.severity, finding.code)
            said = places.message_with_place(finding, self.asked.phi)
            yield f"{path}:{place.line}:{place.column}: {severity} {said}\n".encode()
            if self._statistics:
                self._statistics.count(finding)

    def end(self) -> Iterator[bytes]:
        if self._statistics and (tables := self._statistics.text()):
            yield f"\n{tables}".encode()
