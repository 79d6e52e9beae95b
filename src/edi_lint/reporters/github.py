"""Findings as GitHub's workflow commands, which show them beside the lines of a pull request.

GitHub shows ten errors and ten warnings of a step; what is beyond stays in the log. SARIF has no
such limit.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from edi_lint.findings import Finding, Severity
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.reporter import Reporter
from edi_lint.rules.catalogue import fault_of

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = _MESSAGE | str.maketrans({":": "%3A", ",": "%2C"})


class Github(Reporter):
    """Paths are as seen from the repository, GITHUB_WORKSPACE, or from the current folder."""

    def add(self, report: Report) -> Iterator[bytes]:
        root = os.environ.get("GITHUB_WORKSPACE", "")
        path = _safe(places.clean(places.relative(report.file.path, root)))
        for finding in report.findings:
            yield self._finding(finding, path)

    def _finding(self, finding: Finding, path: str) -> bytes:
        place = finding.location
        properties = {
            "file": path,
            "line": place.line,
            "endLine": place.end_line,
            "title": f"{finding.code} {fault_of(finding.code, finding.name)}",
            "col": place.column,
            "endColumn": place.end_column,
        }
        if place.end_line != place.line:
            del properties["col"], properties["endColumn"]
        said = f"{places.message_with_place(finding, self.asked.phi)}\n{finding.help}"
        return _command(_COMMANDS[finding.severity], properties, said)


def _command(name: str, properties: dict[str, object], message: str) -> bytes:
    """One command; file, place and title in the properties, everything escaped as GitHub does."""
    if properties["file"] == places.STANDARD_INPUT:
        properties = {"title": properties["title"]}
    said = ",".join(f"{key}={str(value).translate(_PROPERTY)}" for key, value in properties.items())
    return f"::{name} {said}::{_safe(message).translate(_MESSAGE)}\n".encode()


def _safe(text: str) -> str:
    """Text safe for a terminal, its line breaks kept, as they are escaped."""
    return "\n".join(map(printable, text.split("\n")))
