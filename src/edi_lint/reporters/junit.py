"""Findings as JUnit XML: a test suite for each file, a test case for each finding.

What makes the run fail is a failure; a milder finding is a test case that passes and says what was
found. What could not be checked (ENV011) is an error, or where it does not make the run fail a
skipped test case. A file without findings is a test case that passes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import CODE
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.reporter import Reporter


class Junit(Reporter):
    """Names of test cases differ within a suite: readers take equal ones for the same test."""

    def begin(self) -> Iterator[bytes]:
        yield b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="edi-lint">\n'

    def add(self, report: Report) -> Iterator[bytes]:
        path = printable(report.file.path)
        findings = report.findings
        outcomes: Counter[str] = Counter()
        for (code, _, severity), count in findings.counts.items():
            outcomes[self._kind(code, severity)] += count
        attributes = {
            "name": path,
            "tests": len(findings) or 1,
            "failures": outcomes["failure"],
            "errors": outcomes["error"],
            "skipped": outcomes["skipped"],
            "time": 0,
        }
        yield _element("testsuite", attributes, 1, close=False)
        if not findings:
            yield _case("no findings", path, 0)
        yield from self._cases(findings, path)
        yield b"  </testsuite>\n"

    def end(self) -> Iterator[bytes]:
        yield b"</testsuites>\n"

    def _cases(self, findings: Iterable[Finding], path: str) -> Iterator[bytes]:
        name, equal = "", 1
        for finding in findings:
            before, name = name, _name(finding)
            equal = equal + 1 if name == before else 1
            numbered = name if equal == 1 else f"{name} #{equal}"
            yield _case(numbered, path, finding.location.line, self._outcome(finding, path))

    def _kind(self, code: str, severity: Severity) -> str:
        """The element that a finding is in a test case."""
        if code == CODE:
            return "error" if severity is Severity.ERROR else "skipped"
        return "failure" if self.asked.fails(severity) else "system-out"

    def _outcome(self, finding: Finding, path: str) -> bytes:
        said = "\n".join(self._lines(finding, path))
        kind, message = self._kind(finding.code, finding.severity), printable(finding.message)
        if kind == "system-out":
            return _element(kind, {}, 3, said)
        attributes = {"type": finding.severity.value, "message": message}
        return _element(kind, {"message": message} if kind == "skipped" else attributes, 3, said)

    def _lines(self, finding: Finding, path: str) -> Iterator[str]:
        place = finding.location
        yield f"{path}:{place.line}:{place.column}: {finding.severity.value}[{finding.code}]"
        yield printable(places.told(finding, self.asked.phi))
        yield f"help: {printable(finding.help)}"
        if answer := places.answer(finding):
            yield f"receiver: {answer}"


def _name(finding: Finding) -> str:
    place = finding.location
    where = places.element(place)
    return f"{finding.code} {finding.name} at {place.line}:{place.column}" + (
        f", {where}" if where else ""
    )


def _case(name: str, path: str, line: int, inside: bytes = b"") -> bytes:
    attributes = {"name": name, "classname": path, "file": path, "line": line, "time": 0}
    if not line:
        del attributes["line"]
    if not inside:
        return _element("testcase", attributes, 2)
    return _element("testcase", attributes, 2, close=False) + inside + b"    </testcase>\n"


def _element(
    name: str, attributes: Mapping[str, object], depth: int, text: str = "", close: bool = True
) -> bytes:
    said = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    end = f">{escape(text)}</{name}>" if text else "/>"
    return f"{'  ' * depth}<{name}{said}{end if close else '>'}\n".encode()
