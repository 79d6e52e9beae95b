"""Findings as SARIF 2.1.0, which code scanning and editors read.

X12 is read as bytes, so the log declares ISO-8859-1: each byte is a character, and byte offsets,
character offsets and columns are those of the file. No text of the file is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_lint.files import version
from edi_lint.findings import Edit, Finding, Fix, Location, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.reporters import places
from edi_lint.reporters.identity import VERSION, Identities
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.reporter import Asked, Reporter
from edi_lint.rules.base import Rule
from edi_lint.rules.catalogue import rule_named
from edi_lint.run import unchecked

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
"""The published schema of the format."""

_BASE = "SRCROOT"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
HEAD = {"$schema": SCHEMA, "version": "2.1.0"}
RUN = {
    "columnKind": "unicodeCodePoints",
    "defaultEncoding": "ISO-8859-1",
    "originalUriBaseIds": {
        _BASE: {"description": {"text": "The folder in which edi-lint ran."}},
    },
}


class Sarif(Reporter):
    """One run. Results come first, because only then it is known which rules have to be told of."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._rules: dict[str, int] = {}
        self._files = 0
        self._refused: dict[int, str] = {}
        self._apart = b"\n"

    def begin(self) -> Iterator[bytes]:
        head = json_text(HEAD, indent=1).removesuffix("\n}")
        run = json_text(RUN, indent=1).removeprefix("{\n").removesuffix("\n}")
        yield f'{head},\n "runs": [{{\n{run},\n "results": ['.encode()

    def add(self, report: Report) -> Iterator[bytes]:
        artifact = file_location(report.file.path) | {"index": self._files}
        if said := unchecked.refused(report):
            self._refused[self._files] = said
        self._files += 1
        identities = Identities()
        for finding in report.findings:
            result = self._result(finding, artifact, identities.of(finding))
            yield self._apart + json_text(result).encode()
            self._apart = b",\n"

    def end(self) -> Iterator[bytes]:
        files = self.asked.tally.files
        tail = {
            "tool": {"driver": self._driver()},
            "artifacts": [_artifact(file) for file in files],
            "invocations": [_invocation(files, self._refused)],
        }
        yield b"\n ],\n" + json_text(tail, indent=1).removeprefix("{\n").encode()
        yield b"]\n}\n"

    def _result(
        self, finding: Finding, artifact: dict[str, Any], fingerprint: str
    ) -> dict[str, Any]:
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": self._rules.setdefault(finding.code, len(self._rules)),
            "level": LEVELS[finding.severity],
            "message": {"text": places.message_with_place(finding, self.asked.phi)},
            "locations": [self._place(finding.location, artifact)],
            "partialFingerprints": {f"ediLint/{VERSION}": fingerprint},
            "properties": _properties(finding),
        }
        if finding.related is not None:
            words = {"text": places.in_words(finding.related, self.asked.phi)}
            place = self._place(finding.related, artifact)
            result["relatedLocations"] = [{"id": 1, "message": words, **place}]
        if fix := finding.shown_fix(self.asked.phi):
            result["fixes"] = [_fix(fix, artifact)]
        return result

    def _place(self, place: Location, artifact: dict[str, Any]) -> dict[str, Any]:
        return sarif_place(place, artifact, self.asked.phi)

    def _driver(self) -> dict[str, Any]:
        known = {code: rule for code in self._rules if (rule := rule_named(code))}
        return {
            "name": "edi-lint",
            "version": version.VERSION,
            "semanticVersion": version.VERSION,
            "rules": [_rule(known[code]) for code in self._rules],
        }


def sarif_place(place: Location, artifact: dict[str, Any], phi: Phi) -> dict[str, Any]:
    """A place of a file, also in the words of X12, from the claim down to the element."""
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
        **byte_region(place.byte_start, place.byte_end),
    }
    inside = filter(
        None,
        (
            places.claim(place, phi),
            f"loop {place.loop}" if place.loop else "",
            places.service_line(place),
            place.element or place.segment,
        ),
    )
    name = " / ".join(inside)
    logical = {"logicalLocations": [{"fullyQualifiedName": name}]} if name else {}
    return {"physicalLocation": {"artifactLocation": artifact, "region": region}, **logical}


def _rule(rule: type[Rule]) -> dict[str, Any]:
    """The rule's page, so that whoever reads the log needs nothing else."""
    from edi_lint.reporters import rule_page
    from edi_lint.reporters.document import is_followed
    from edi_lint.rules.sources import pages_of

    pages = pages_of(rule.source, rule.addresses)
    followed = next((page.address for page in pages if is_followed(page.address)), "")
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.fault},
        "fullDescription": {"text": f"{rule.title()}\n{rule.why()}".rstrip()},
        "help": {"text": rule.help, "markdown": rule_page.markdown_page(rule)},
        **({"helpUri": followed} if followed else {}),
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {"snipLevel": rule.level, "tags": ["X12", "837P", f"SNIP {rule.level}"]},
    }


def _properties(finding: Finding) -> dict[str, Any]:
    place = finding.location
    said = {
        "interchange": place.interchange,
        "group": place.group,
        "transaction": place.transaction,
        "segmentOrdinal": place.segment_ordinal,
        "response": finding.response.json(),
    }
    return {"snipLevel": finding.level} | {name: value for name, value in said.items() if value}


def _fix(fix: Fix, artifact: dict[str, Any]) -> dict[str, Any]:
    replacements = [_replacement(edit) for edit in fix.edits]
    return {
        "description": {"text": f"{fix.message} ({fix.applicability.value})"},
        "artifactChanges": [{"artifactLocation": artifact, "replacements": replacements}],
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    replacement: dict[str, Any] = {"deletedRegion": byte_region(edit.byte_start, edit.byte_end)}
    if edit.text:
        replacement["insertedContent"] = {"text": edit.text}
    return replacement


def byte_region(start: int, end: int) -> dict[str, int]:
    length = end - start
    return {
        "charOffset": start,
        "charLength": length,
        "byteOffset": start,
        "byteLength": length,
    }


def file_location(path: str) -> dict[str, Any]:
    uri, is_relative = places.uri(path)
    return {"uri": uri, "uriBaseId": _BASE} if is_relative else {"uri": uri}


def _artifact(file: FileResult) -> dict[str, Any]:
    artifact: dict[str, Any] = {"location": file_location(file.path), "roles": ["analysisTarget"]}
    if file.path == places.STANDARD_INPUT:
        artifact["roles"].append("standardStream")
    if not file.error:
        artifact |= {"length": file.bytes, "mimeType": "application/EDI-X12"}
    return artifact


def _invocation(files: list[FileResult], refused: dict[int, str]) -> dict[str, Any]:
    """How the run went: what could not be checked is a notification beside its result."""
    notifications = [
        {
            "level": "error",
            "message": {"text": said},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": file_location(files[index].path) | {"index": index}
                    }
                }
            ],
        }
        for index, said in refused.items()
    ]
    return {
        "executionSuccessful": not notifications and any(file.checked for file in files),
        "toolExecutionNotifications": notifications,
    }
