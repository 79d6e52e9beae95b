"""Findings as a GitLab code quality report: a JSON array that merge requests show and compare."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from edi_lint.findings import Finding, Severity
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.identity import Identities
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.reporter import Asked, Reporter

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


class Gitlab(Reporter):
    """Paths are as seen from the repository, CI_PROJECT_DIR; elsewhere from the current folder.

    GitLab knows a finding again by its fingerprint alone, so the path is in it.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._apart = b"\n"

    def begin(self) -> Iterator[bytes]:
        yield b"["

    def add(self, report: Report) -> Iterator[bytes]:
        root = os.environ.get("CI_PROJECT_DIR", "")
        path = places.clean(places.relative(report.file.path, root))
        identities = Identities(path)
        for finding in report.findings:
            entry = self._entry(finding, path, identities.of(finding))
            yield self._apart + json_text(entry).encode()
            self._apart = b",\n"

    def end(self) -> Iterator[bytes]:
        yield b"\n]\n"

    def _entry(self, finding: Finding, path: str, fingerprint: str) -> dict[str, Any]:
        place = finding.location
        return {
            "description": places.message_with_place(finding, self.asked.phi),
            "check_name": finding.code,
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": path, "lines": {"begin": place.line, "end": place.end_line}},
        }
