"""What the assessments of a run add up to, and what earlier runs came to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from edi_lint.batch_report.assessment import Assessment, RuleSum, Sum
from edi_lint.claims.views import amount
from edi_lint.findings import Severity
from edi_lint.findings.masking import printable
from edi_lint.findings.report import document_head, reaches
from edi_lint.findings.store import Kind
from edi_lint.transform.split import money
from edi_lint.x12.errors import EdiLintError

NAME = "report.json"
"""The file of a report's folder that the next report goes on from."""
MOST_RUNS = 400
"""So many runs a report remembers: more than a year of nights."""
_LONGEST = 256 * 1024 * 1024


class PreviousError(EdiLintError, ValueError):
    """What was named as an earlier report is none; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier report came to; `rules` counts the claims by rule."""

    generated: datetime
    files: int
    total: Sum
    rules: dict[str, int]

    def json(self) -> dict[str, Any]:
        return {
            "generated": self.generated.isoformat(),
            "files": self.files,
            **_sum(self.total),
            "rules": self.rules,
        }


@dataclass(slots=True)
class BatchReport:
    """What the assessments of a run add up to. `history` has earlier runs, the latest last."""

    fail_on: Severity | None
    generated: datetime
    history: list[Past] = field(default_factory=list)
    files: list[Assessment] = field(default_factory=list)
    total: Sum = field(default_factory=Sum)
    rules: dict[Kind, RuleSum] = field(default_factory=dict)
    days: dict[str, Sum] = field(default_factory=dict)
    submitters: dict[str, Sum] = field(default_factory=dict)
    payers: dict[str, Sum] = field(default_factory=dict)

    def add(self, assessment: Assessment) -> None:
        """One input more."""
        self.files.append(assessment)
        for kind, rule in assessment.rules.items():
            self.rules.setdefault(kind, RuleSum()).add(rule)
        for group, one in assessment.groups.items():
            self.total.add(one)
            self.days.setdefault(group.day, Sum()).add(one)
            self.submitters.setdefault(group.submitter, Sum()).add(one)
            self.payers.setdefault(group.payer, Sum()).add(one)
        assessment.groups = {}  # they are counted, and there may be many files

    def findings(self) -> dict[str, int]:
        """How many findings of each severity."""
        found = {s.value: 0 for s in Severity}
        for (_, _, severity), rule in self.rules.items():
            found[severity.value] += rule.findings
        return found

    @property
    def reaches(self) -> bool:
        """Whether a finding is as bad as the threshold, or worse."""
        return reaches(self.rules, self.fail_on)

    @property
    def checked(self) -> int:
        """How many transaction sets were checked, over all files."""
        return sum(one.file.checked for one in self.files)

    @property
    def ok(self) -> bool:
        """Whether all of every input was checked, and nothing as bad as `fail_on` was found.

        False where a file has no 837P or a set that is not one, and for no files at all.
        """
        return (
            bool(self.files) and all(one.file.is_whole for one in self.files) and not self.reaches
        )

    def past(self) -> Past:
        """This run, as a later report remembers it."""
        claims: dict[str, int] = {}
        for (code, _, _), rule in sorted(self.rules.items()):
            claims[code] = claims.get(code, 0) + rule.claims
        return Past(self.generated, len(self.files), self.total, claims)

    def json(self) -> dict[str, Any]:
        """The document of `schemas/batch-report.schema.json`, version 1."""
        return {
            **document_head(),
            "generated": self.generated.isoformat(),
            "fail_on": self.fail_on.value if self.fail_on else "never",
            "total": {**_sum(self.total), "findings": self.findings()},
            "rules": [
                {
                    "code": code,
                    "name": name,
                    "severity": severity.value,
                    "findings": rule.findings,
                    "claims": rule.claims,
                    "charges": money(rule.charges),
                }
                for (code, name, severity), rule in worst_rules(self.rules)
            ],
            "payers": [{"payer": name, **_sum(one)} for name, one in worst(self.payers)],
            "submitters": [
                {"submitter": name, **_sum(one)} for name, one in worst(self.submitters)
            ],
            "days": [{"day": day, **_sum(one)} for day, one in sorted(self.days.items())],
            "files": [_file(one) for one in self.files],
            "history": [past.json() for past in self.history],
        }


def worst(sums: dict[str, Sum]) -> list[tuple[str, Sum]]:
    """Those with the most charges at risk first, then by claims at risk, charges and name."""

    def order(item: tuple[str, Sum]) -> tuple[Any, ...]:
        name, one = item
        return -one.charges_at_risk, -one.claims_at_risk, -one.charges, name

    return sorted(sums.items(), key=order)


def worst_rules(rules: dict[Kind, RuleSum]) -> list[tuple[Kind, RuleSum]]:
    """Errors first, then those with the most charges, claims and findings."""

    def order(item: tuple[Kind, RuleSum]) -> tuple[Any, ...]:
        (code, _, severity), rule = item
        return severity.rank, -rule.charges, -rule.claims, -rule.findings, code

    return sorted(rules.items(), key=order)


def now() -> datetime:
    """The time at which a report is made, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def history(path: Path) -> list[Past]:
    """The runs that an earlier report remembers, itself the last; `path` is its folder or its
    JSON. Raises PreviousError.
    """
    file = path / NAME if path.is_dir() else path
    try:
        with file.open("rb") as stream:
            data = stream.read(_LONGEST + 1)
    except OSError as problem:
        raise PreviousError(f"{file}: {problem.strerror}") from None
    try:
        if len(data) > _LONGEST:
            raise ValueError
        document = json.loads(data)
        if document["version"] != 1:
            raise ValueError
        own = {
            "generated": document["generated"],
            "files": len(document["files"]),
            **document["total"],
            "rules": _claims(document["rules"]),
        }
        return [_past(one) for one in (*document["history"], own)][-MOST_RUNS:]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise PreviousError(
            f"{file}: not a report that edi-lint wrote; name its folder, or its {NAME}"
        ) from None


def _past(data: dict[str, Any]) -> Past:
    generated = datetime.fromisoformat(data["generated"])
    if generated.tzinfo is None:
        raise ValueError
    total = Sum(
        _whole(data["claims"]),
        _amount(data["charges"]),
        _whole(data["unread_charges"]),
        _whole(data["claims_at_risk"]),
        _amount(data["charges_at_risk"]),
    )
    rules = {printable(code): _whole(claims) for code, claims in data["rules"].items()}
    return Past(generated, _whole(data["files"]), total, rules)


def _claims(rules: Iterable[dict[str, Any]]) -> dict[str, int]:
    claims: dict[str, int] = {}
    for rule in rules:
        claims[rule["code"]] = claims.get(rule["code"], 0) + _whole(rule["claims"])
    return claims


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError
    return value


def _amount(value: Any) -> Decimal:
    found = amount(value)
    if found is None:
        raise ValueError
    return found


def _sum(one: Sum) -> dict[str, Any]:
    return {
        "claims": one.claims,
        "charges": money(one.charges),
        "unread_charges": one.unread,
        "claims_at_risk": one.claims_at_risk,
        "charges_at_risk": money(one.charges_at_risk),
    }


def _file(one: Assessment) -> dict[str, Any]:
    document = {
        **one.file.json(),
        **_sum(one.total),
        "findings": one.findings(),
        "suppressed": sum(one.file.suppressed.values()),
        "accepted": one.accepted,
    }
    return document | ({"page": one.page} if one.page else {})
