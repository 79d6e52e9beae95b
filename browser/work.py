"""What the page asks of edi-lint; it runs in Pyodide, in a worker of the browser.

Each function answers with a JSON document, HTML or the bytes of a file. A file is opened once, and
what is asked later is about that file. Problems are raised as `EdiLintError`.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import edi_lint
from edi_lint.findings.masking import Phi
from edi_lint.reporters.document import as_html
from edi_lint.reporters.findings_csv import Csv
from edi_lint.reporters.reporter import Asked
from edi_lint.reporters.rule_page import document
from edi_lint.reporters.tally import Tally
from edi_lint.rules import CATALOGUE
from edi_lint.run import unchecked
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation

MOST_LISTED = 500
"""So many findings the list shows; the annotated page and the files to save have all of them."""
EVERY = 0.1
"""Seconds between two words about progress."""
SHOWN = (
    "number", "code", "severity", "message", "help", "fix", "applicability", "line", "element",
    "segment", "loop", "claim", "claim_number", "service_line",
)  # fmt: skip
"""What the list shows of a finding."""

_opened: _Opened | None = None


class _Watched(io.BytesIO):
    """A file in memory that says how much of `total` bytes was read; a pass begins at 0 again."""

    def __init__(self, data: bytes, progress: Callable[..., None]) -> None:
        super().__init__(data)
        self._progress = progress
        self._next = 0.0
        self.expect(0)

    def expect(self, passes: int) -> None:
        """What comes next reads the file so many times."""
        self._read, self._total = 0, passes * len(self.getbuffer())

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        self._count(len(data))
        return data

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self._count(count)
        return count

    def _count(self, count: int) -> None:
        self._read += count
        now = time.monotonic()
        if now >= self._next:
            self._next = now + EVERY
            self._progress(min(self._read, self._total), self._total)


class _Opened:
    """The file that was opened, linted once."""

    def __init__(self, data: bytes, name: str, phi: Phi, progress: Callable[..., None]) -> None:
        self.data, self.name = data, name
        self.settings = Settings(phi=phi)
        self.stream = _Watched(data, progress)
        self.stream.expect(2)  # what occurs twice in the file is looked for first
        self.annotation = Annotation(self.stream, name, self.settings)


def open_file(data: Any, name: str, shows_all: bool, progress: Callable[..., None]) -> str:
    """Lint a file. The answer has its counts, its claims and the first of its findings."""
    global _opened
    if _opened is not None:
        _opened.annotation.close()
        _opened = None
    opened = _Opened(data.to_bytes(), name, Phi.ALL if shows_all else Phi.IDS, progress)
    _opened = opened
    annotation = opened.annotation
    overview = annotation.overview()
    titles = {rule.code: rule.title for rule in annotation.rules()}
    listed: list[dict[str, Any]] = []
    for finding in annotation.findings:
        if len(listed) == MOST_LISTED:
            break
        listed.append({key: getattr(finding, key) for key in SHOWN})
    return json.dumps(
        {
            "name": annotation.file.name,
            "bytes": annotation.file.bytes,
            "service_lines": annotation.file.service_lines,
            "counts": annotation.counts,
            "skipped": [asdict(one) for one in annotation.file.skipped],
            "total": _amount(overview.total),
            "by_severity": {name: _amount(one) for name, one in overview.by_severity.items()},
            "outside": overview.outside,
            "findings": listed,
            "titles": titles,
        }
    )


def _amount(amount: Any) -> dict[str, Any]:
    return {"claims": amount.claims, "dollars": amount.dollars, "unread": amount.unread}


def annotated() -> bytes:
    """The page of `edi-lint annotate` of the opened file."""
    opened = _file()
    opened.stream.expect(1)
    template, path = templates.load("annotate", "html")
    return "".join(opened.annotation.render(template, path)).encode()


def findings(output_format: str) -> bytes:
    """All findings of the opened file, as `edi-lint check --output-format json` or `csv`."""
    opened = _file()
    report = Linter(opened.settings).lint(opened.data, opened.name)
    report.findings.extend(unchecked.findings(report.file))
    if output_format == "json":
        return json.dumps(report.json(opened.settings.phi), indent=1).encode()
    made = Csv(Asked(opened.settings.phi, Tally()))
    return b"".join((*made.begin(), *made.add(report), *made.end()))


def fixed() -> tuple[str, bytes]:
    """What the automatic fixes of the opened file come to, and the fixed file."""
    opened = _file()
    fixing = edi_lint.fix(opened.data, opened.settings, reserve=False)
    words = {
        "applied": [
            {"code": f.code, "message": f.message, "fix": f.fix.message if f.fix else "",
             "line": f.location.line, "claim": f.location.claim}
            for f, _ in zip(fixing.applied, range(MOST_LISTED), strict=False)
        ],
        "count": len(fixing.applied),
        "remaining": len(fixing.remaining),
        "suggestions": fixing.suggestions,
        "is_worse": fixing.is_worse,
        "is_changed": fixing.is_changed,
    }  # fmt: skip
    return json.dumps(words), fixing.content()


def redacted() -> tuple[str, bytes]:
    """Whether the redacted file lints as the opened one does, and the redacted file."""
    opened = _file()
    redaction = edi_lint.redact(opened.data, None, opened.settings)
    words = {
        "is_same": redaction.is_same,
        "is_dated": redaction.is_dated,
        "changed": redaction.changed,
    }
    return json.dumps(words), redaction.content()


def rule(code: str) -> str:
    """The page of a rule, as HTML."""
    found = next(rule for rule in CATALOGUE if rule.code == code)
    return as_html(document(found))


def rules() -> str:
    """Code, severity and title of every rule."""
    return json.dumps([[rule.code, rule.severity.value, rule.title()] for rule in CATALOGUE])


def _file() -> _Opened:
    if _opened is None:
        raise edi_lint.EdiLintError("no file is open")
    return _opened


def last_problem() -> str:
    """What the last error says if it is one that edi-lint foresees; empty for any other."""
    problem = getattr(sys, "last_exc", None)
    known = isinstance(problem, edi_lint.EdiLintError)
    return str(problem) if known else ""
