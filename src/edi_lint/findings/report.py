"""The outcome of linting one input: what was read of it, and what was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from edi_lint.engine import engine_class
from edi_lint.files.version import VERSION
from edi_lint.findings.file_result import FileResult, refusal
from edi_lint.findings.finding import Severity
from edi_lint.findings.masking import Phi, printable
from edi_lint.findings.store import Findings, Kind
from edi_lint.x12.errors import EdiLintError


class HiddenFindings(Protocol):
    """What the settings keep out of a report; `edi_lint.settings.hidden` has the one there is."""

    def summary(self) -> dict[str, int]:
        """How many findings were hidden, by what hid them."""

    def json(self) -> dict[str, Any]:
        """What the findings document says beside its summary."""


@dataclass(slots=True)
class Report:
    """The outcome of a run over one input; `hidden` is what the settings keep out of it.

    `fail_on` is the mildest severity that the input should not have; None: it may have any.
    """

    file: FileResult
    findings: Findings = field(default_factory=Findings)
    hidden: HiddenFindings | None = None
    fail_on: Severity | None = Severity.ERROR

    @property
    def ok(self) -> bool:
        """Whether all of the input was checked, and nothing as bad as `fail_on` was found.

        False where a transaction set was skipped because it is not an 837P.
        """
        return self.file.is_whole and not reaches(self.findings.counts, self.fail_on)

    @property
    def files(self) -> list[FileResult]:
        """As in the findings document, which may tell of several inputs."""
        return [self.file]

    def summary(self) -> dict[str, int]:
        """How many findings of each severity."""
        return severities(self.findings.counts)

    def json(self, phi: Phi = Phi.IDS) -> dict[str, Any]:
        """The findings document, version 1 (`schemas/findings.schema.json`)."""
        return {
            **document_head(),
            "files": [self.file.json()],
            "findings": [f.json(phi is not Phi.NONE, phi) for f in self.findings],
            "summary": self.summary()
            | (self.hidden.summary() if self.hidden else {})
            | ({"hcpcs_not_judged": n} if (n := len(self.file.unjudged)) else {}),
            **(self.hidden.json() if self.hidden else {}),
        }


def document_head() -> dict[str, Any]:
    """What a findings document begins with."""
    tool = {"name": "edi-lint", "version": VERSION, "engine": engine_class().name}
    return {"version": 1, "tool": tool}


def reaches(counts: Iterable[Kind], threshold: Severity | None) -> bool:
    """Whether one of these kinds of findings is as bad as a threshold, or worse; None: no."""
    if threshold is None:
        return False
    return any(severity.rank <= threshold.rank for _, _, severity in counts)


def severities(counts: Counter[Kind]) -> dict[str, int]:
    """How many findings of each severity, by how many of each kind."""
    found = {s.value: 0 for s in Severity}
    for (_, _, severity), count in counts.items():
        found[severity.value] += count
    return found


class Not837PError(EdiLintError):
    """The input is X12 and has no 837P; the message says what it has instead.

    `report` is what was read and found of it; None where nobody looked for findings.
    """

    def __init__(self, file: FileResult, report: Report | None = None) -> None:
        super().__init__(f"{printable(file.path)}: {refusal(file)}")
        self.report = report
