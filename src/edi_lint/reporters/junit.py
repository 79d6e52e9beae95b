"""Findings as JUnit XML: a test suite for each file, a test case for each claim.

A claim with a finding that makes the run fail is a failure; with milder findings it passes, and
says what was found. What was found outside of claims is a test case of its own. What could not be
checked (ENV011) is an error, or where it does not make the run fail a skipped test case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import groupby
from typing import NamedTuple

from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import CODE
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.reporter import Reporter
from edi_lint.rules.catalogue import fault_of

MOST_CLEAN = 10_000
"""So many claims of a file without findings have test cases of their own."""

MOST_SHOWN = 200
"""So many findings of a claim are shown; the others are counted."""

_OUTSIDE = "outside of claims"


class _Case(NamedTuple):
    """A test case: the element inside it (empty where it simply passes), and where that is."""

    name: str
    kind: str = ""
    line: int = 0
    message: str = ""
    severity: str = ""
    text: str = ""


class Junit(Reporter):
    """Names of test cases differ within a suite: readers take equal ones for the same test."""

    def begin(self) -> Iterator[bytes]:
        yield b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="edi-lint">\n'

    def add(self, report: Report) -> Iterator[bytes]:
        path = printable(report.file.path)
        kinds = Counter(case.kind for case in self._cases(report))
        attributes = {
            "name": path,
            "tests": kinds.total(),
            "failures": kinds["failure"],
            "errors": kinds["error"],
            "skipped": kinds["skipped"],
            "time": 0,
        }
        yield _element("testsuite", attributes, 1, close=False)
        names: Counter[str] = Counter()
        is_unique = report.file.transactions <= 1
        for case in self._cases(report):
            if case.line and not is_unique:
                names[case.name] += 1
                if (number := names[case.name]) > 1:
                    case = case._replace(name=f"{case.name} #{number}")
            yield _written(case, path)
        yield b"  </testsuite>\n"

    def end(self) -> Iterator[bytes]:
        yield b"</testsuites>\n"

    def _cases(self, report: Report) -> Iterator[_Case]:
        """Claims with findings, what is outside of claims, then claims without findings."""
        path, found = report.file.path, 0
        for group in _by_claim(report.findings):
            found += 1
            yield self._case(path, group)
        outside = (f for f in report.findings if not f.location.claim_number)
        is_said = False
        for finding in outside:
            if finding.code == CODE:
                yield self._case(path, [finding], _name(finding))
            elif not is_said:
                is_said = True
                others = (f for f in report.findings if not f.location.claim_number)
                yield self._case(path, (f for f in others if f.code != CODE), _OUTSIDE)
        clean = 0 if self.asked.is_part else max(0, report.file.claims - found)
        for number in range(1, min(clean, MOST_CLEAN) + 1):
            yield _Case(f"claim without findings, {number} of {clean}")
        if clean > MOST_CLEAN:
            yield _Case(f"{clean - MOST_CLEAN} more claims without findings")
        if not report.findings and not clean:
            yield _Case("no findings")

    def _case(self, path: str, findings: Iterable[Finding], name: str = "") -> _Case:
        """The test case of what was found together; of many findings the first are shown."""
        texts, count, worst = [], 0, None
        for finding in findings:
            count += 1
            if worst is None or finding.severity.rank < worst.severity.rank:
                worst = finding
            if count <= MOST_SHOWN:
                texts.append("\n".join(self._lines(finding, printable(path))))
        assert worst is not None, "a test case is about a finding"
        kind = self._kind(worst.code, worst.severity)
        more = f" (and {count - 1} more)" if count > 1 else ""
        texts += [f"and {count - MOST_SHOWN} more"] if count > MOST_SHOWN else []
        place = worst.location
        claim, position = places.claim(place, self.asked.phi), places.position(place)
        if position and position not in claim:
            claim = f"{claim} ({position})"
        message, severity = printable(worst.message) + more, worst.severity.value
        return _Case(name or claim, kind, place.line, message, severity, "\n\n".join(texts))

    def _kind(self, code: str, severity: Severity) -> str:
        """The element that a finding is in a test case."""
        if code == CODE:
            return "error" if severity is Severity.ERROR else "skipped"
        return "failure" if self.asked.fails(severity) else "system-out"

    def _lines(self, finding: Finding, path: str) -> Iterator[str]:
        place = finding.location
        yield f"{path}:{place.line}:{place.column}: {finding.severity.value}[{finding.code}]"
        yield printable(places.message_with_place(finding, self.asked.phi))
        yield f"help: {printable(finding.help)}"
        if answer := places.answer(finding):
            yield f"receiver: {answer}"


def _by_claim(findings: Iterable[Finding]) -> Iterator[Iterator[Finding]]:
    """The findings of each claim; of two sets with one number, the later one begins where the
    segments are counted from the start again.
    """
    number, before = 0, (0, 0)

    def key(finding: Finding) -> tuple[int, str, str, str, int]:
        nonlocal number, before
        place = finding.location
        segment = (place.segment_ordinal, place.byte_start - finding.caret[0])
        number += segment[0] < before[0] or (segment[0] == before[0] and segment != before)
        before = segment
        return number, place.interchange, place.group, place.transaction, place.claim_number

    inside = (f for f in findings if f.location.claim_number)
    return (group for _, group in groupby(inside, key=key))


def _name(finding: Finding) -> str:
    place = finding.location
    where = places.element(place)
    return (
        f"{finding.code} {fault_of(finding.code, finding.name)} at {place.line}:{place.column}"
        + (f", {where}" if where else "")
    )


def _written(case: _Case, path: str) -> bytes:
    attributes = {"name": case.name, "classname": path, "file": path, "line": case.line, "time": 0}
    if not case.line:
        del attributes["line"]
    if not case.kind:
        return _element("testcase", attributes, 2)
    said = {"failure": {"type": case.severity, "message": case.message}}
    said |= {"error": said["failure"], "skipped": {"message": case.message}, "system-out": {}}
    inside = _element(case.kind, said[case.kind], 3, case.text)
    return _element("testcase", attributes, 2, close=False) + inside + b"    </testcase>\n"


def _element(
    name: str, attributes: Mapping[str, object], depth: int, text: str = "", close: bool = True
) -> bytes:
    said = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
    end = f">{escape(text)}</{name}>" if text else "/>"
    return f"{'  ' * depth}<{name}{said}{end if close else '>'}\n".encode()
