"""A trace as SARIF 2.1.0: a result at the place in the sent 837P, the answer as related location.

What was answered is the rule: `277CA A7:562:82` with what it means and what to do. Good news is
left out. An answer that is about nothing in the sent files is a result at its own place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edi_lint.files.version import VERSION
from edi_lint.findings import Severity
from edi_lint.findings.masking import Phi, printable
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.sarif import (
    HEAD,
    LEVELS,
    RUN,
    byte_region,
    file_location,
    sarif_place,
)
from edi_lint.tracing.model import Trace, TracedClaim, TracedEvent, Unmatched

_UNMATCHED = "no-match"


def pieces(trace: Trace, phi: Phi) -> Iterator[bytes]:
    """The log, result by result."""
    log = _Log(trace, phi)
    head = json_text(HEAD, indent=1).removesuffix("\n}")
    run = json_text(RUN, indent=1).removeprefix("{\n").removesuffix("\n}")
    yield f'{head},\n "runs": [{{\n{run},\n "results": ['.encode()
    apart = b"\n"
    for result in log.results():
        yield apart + json_text(result).encode()
        apart = b",\n"
    tail = {"tool": {"driver": log.driver()}, "invocations": [log.invocation()]}
    yield b"\n ],\n" + json_text(tail, indent=1).removeprefix("{\n").encode() + b"]\n}\n"


class _Log:
    def __init__(self, trace: Trace, phi: Phi) -> None:
        self._trace = trace
        self._phi = phi
        self._rules: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}

    def results(self) -> Iterator[dict[str, Any]]:
        for of in (*self._trace.interchanges, *self._trace.sets):
            for event in of.events:
                if event.severity is not Severity.INFO:
                    yield self._result(event, of.sent.path, {"status": of.status.value})
        for claim in self._trace.claims:
            for event in claim.events:
                if event.is_direct and event.severity is not Severity.INFO:
                    yield self._result(event, claim.sent.set.path, self._of_claim(claim, event))
        for one in self._trace.unmatched:
            yield self._unmatched(one)

    def driver(self) -> dict[str, Any]:
        return {
            "name": "edi-lint",
            "version": VERSION,
            "semanticVersion": VERSION,
            "rules": list(self._rules.values()),
        }

    def invocation(self) -> dict[str, Any]:
        """What could not be read, and what is said of whole answers."""
        trace = self._trace
        notes = [("error", said) for said in trace.problems]
        notes += [("warning", said) for said in trace.remarks]
        return {
            "executionSuccessful": not trace.problems,
            "toolExecutionNotifications": [
                {"level": level, "message": {"text": printable(said)}} for level, said in notes
            ],
        }

    def _of_claim(self, claim: TracedClaim, event: TracedEvent) -> dict[str, Any]:
        return {
            "status": claim.status.value,
            "route": "already-resent" if claim.is_resent else claim.route,
            "match": claim.match.confidence.value,
            "position": claim.position,
            "rules": [rule.json() for rule in event.rules],
        }

    def _result(self, event: TracedEvent, path: str, properties: dict[str, Any]) -> dict[str, Any]:
        code = f"{event.kind} {' '.join(event.codes) or event.code}".strip()
        means = event.means or f"The answer says: {properties['status']}."
        answer = self._trace.answers[event.answer].path
        artifact = file_location(path)
        result: dict[str, Any] = {
            "ruleId": code,
            "ruleIndex": self._rule(code, means, event.do),
            "level": LEVELS[event.severity],
            "message": {"text": f"{means} {event.do}".strip()},
            "locations": [
                sarif_place(event.place.location, artifact, self._phi)
                if event.place
                else {"physicalLocation": {"artifactLocation": artifact}}
            ],
            "relatedLocations": [_answer(answer, event, f"{event.segment} of the answer")],
            "properties": properties,
        }
        return result

    def _unmatched(self, one: Unmatched) -> dict[str, Any]:
        said = (
            f"It may be about {one.candidates} of what was sent."
            if one.candidates
            else "It is about nothing in the sent files."
        )
        words = "An answer has no match."
        place = _answer(self._trace.answers[one.answer].path, one)
        return {
            "ruleId": _UNMATCHED,
            "ruleIndex": self._rule(_UNMATCHED, words, "Name all files that were sent."),
            "level": LEVELS[Severity.WARNING],
            "message": {"text": f"{words} {said}"},
            "locations": [place],
        }

    def _rule(self, code: str, means: str, do: str) -> int:
        """The index of what was answered among the rules of the log."""
        if code not in self._numbers:
            self._numbers[code] = len(self._numbers)
            described = {"id": code, "shortDescription": {"text": means}}
            self._rules[code] = described | ({"help": {"text": do}} if do else {})
        return self._numbers[code]


def _answer(path: str, at: TracedEvent | Unmatched, words: str = "") -> dict[str, Any]:
    """A place of an answer file, by bytes."""
    region = byte_region(at.byte_start, at.byte_end)
    physical = {"artifactLocation": file_location(path), "region": region}
    named = {"id": 1, "message": {"text": words}} if words else {}
    return {**named, "physicalLocation": physical}
