"""Baselines: files of findings that were accepted one day and are not told again.

A baseline holds no claim number and no text of a claim: rule codes, and keyed fingerprints of
what makes a finding the same wherever its bytes move to. The key is in the file: see
`edi_lint.findings.fingerprints` for what that protects from, and what not.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from edi_lint.files.shape import FileShape, ShapeFault, fault_in
from edi_lint.findings import Finding
from edi_lint.findings.fingerprints import fingerprint, new_key
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report
from edi_lint.findings.store import Findings
from edi_lint.settings import SettingsError

VERSION = 1

_LARGEST = 64 * 1024 * 1024
_KEY_DIGITS = 64

Counts = dict[str, Counter[str]]
"""How many findings of each fingerprint, by rule code."""


class BaselineContent(FileShape):
    """What a baseline file has, as `schemas/baseline.schema.json` describes it."""

    version: Literal[1]
    key: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-fA-F]{64}\Z")]
    findings: dict[str, dict[str, Annotated[int, msgspec.Meta(ge=1)]]]
    expires: date | None = None


class BaselineError(SettingsError):
    """A baseline that cannot be read; the message names the file and what to do."""


class Baseline:
    """A baseline that is in use: each of its findings is taken once.

    `accepted` counts those that were found again. An expired one accepts nothing.
    """

    def __init__(self, key: bytes, expires: date | None, counts: Counts, today: date) -> None:
        self.expires = expires
        self.expired = expires is not None and expires < today
        self.accepted = 0
        self._key = key
        self._remaining = counts

    @classmethod
    def read(cls, path: Path, today: date) -> Baseline:
        """The baseline in a file. Raises BaselineError."""
        key, expires, counts = _read(path)
        return cls(key, expires, counts, today)

    def drop(self, report: Report) -> Report:
        """The report without the findings that the baseline has."""
        if self.expired or not report.findings:
            return report
        findings = Findings(f for f in report.findings if not self.takes(f))
        return Report(report.file, findings)

    def stale(self, unasked: set[str]) -> int:
        """How many of its findings were not found again; `unasked` are codes of rules left out."""
        return sum(c.total() for code, c in self._remaining.items() if code not in unasked)

    def takes(self, finding: Finding) -> bool:
        """Whether the baseline has the finding, and then has it no more."""
        if self.expired:
            return False
        of_rule = self._remaining.get(finding.code)
        if not of_rule:
            return False
        made = _identity(self._key, finding)
        if not of_rule[made]:
            return False
        of_rule[made] -= 1
        self.accepted += 1
        return True


class Recorder:
    """Makes a baseline of all findings that it is given.

    It keeps the key of a baseline that is there already, so that what stays is known by the same
    fingerprint and the difference between the two files is that of the findings.
    """

    def __init__(self, before: Path | None, expires: date | None) -> None:
        """Raises BaselineError where `before` is not a baseline, and so not to be overwritten."""
        self.expires = expires
        self._key = _read(before)[0] if before else new_key()
        self._counts: Counts = {}

    def add(self, finding: Finding) -> None:
        of_rule = self._counts.setdefault(finding.code, Counter())
        of_rule[_identity(self._key, finding)] += 1

    def __len__(self) -> int:
        return sum(c.total() for c in self._counts.values())

    def content(self) -> bytes:
        """The file, as `schemas/baseline.schema.json` describes it."""
        data: dict[str, Any] = {"version": VERSION, "key": self._key.hex()}
        if self.expires:
            data["expires"] = self.expires.isoformat()
        data["findings"] = {c: dict(sorted(n.items())) for c, n in sorted(self._counts.items())}
        return (json.dumps(data, indent=1) + "\n").encode()


def _identity(key: bytes, finding: Finding) -> str:
    """The same for a finding wherever it stands: no offset, line, ordinal or path is in it."""
    place = finding.location
    return fingerprint(
        key,
        finding.code,
        place.segment,
        place.element,
        place.loop,
        place.claim,
        place.content,
        finding.message,
    )


def _read(path: Path) -> tuple[bytes, date | None, Counts]:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except FileNotFoundError:
        raise BaselineError(
            f"{path}: no such baseline; make it with --write-baseline {path}"
        ) from None
    except OSError as problem:
        raise BaselineError(f"{path}: cannot read the baseline: {problem.strerror}") from None
    if len(data) > _LARGEST:
        raise _refused(path, f"larger than {_LARGEST >> 20} MB")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise _refused(path, "not JSON") from None
    if fault := fault_in(content, BaselineContent):
        raise _refused(path, _words(fault))
    made = msgspec.convert(content, BaselineContent)
    counts = {code: Counter(of_rule) for code, of_rule in made.findings.items()}
    return bytes.fromhex(made.key), made.expires, counts


def _words(fault: ShapeFault) -> str:
    """What is wrong with the shape of a baseline."""
    if fault.is_unknown:
        return f"with an unknown key, {printable(str(fault.path[-1]))}"
    return _WRONG.get(str(fault.path[0]) if fault.path else "version", _WRONG["findings"])


_WRONG = {
    "version": f"without version {VERSION}",
    "key": f"without a key of {_KEY_DIGITS} hexadecimal digits",
    "expires": "with an expiry that is not a date",
    "findings": "without counts of findings by rule and fingerprint",
}


def _refused(path: Path, why: str) -> BaselineError:
    return BaselineError(
        f"{path}: not a baseline of this version of edi-lint: {why}; move it away and make a new "
        "one with --write-baseline"
    )
