"""Findings as JSON Lines, each as `schemas/findings.schema.json` describes a finding."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.reporter import Reporter


class JsonLines(Reporter):
    """Nothing but findings: the JSON document has what was read, and what could not be."""

    def add(self, report: Report) -> Iterator[bytes]:
        with_claim = self.asked.phi is not Phi.NONE
        for finding in report.findings:
            yield json_text(finding.json(with_claim, self.asked.phi)).encode() + b"\n"
