"""Words that summaries of several commands have."""

from __future__ import annotations

from edi_lint.findings import Finding
from edi_lint.findings.masking import Phi


def shown(finding: Finding, phi: Phi) -> str:
    """A finding in a line: rule, claim, place and message."""
    place = finding.location
    where = place.element or place.segment
    if place.claim and phi is not Phi.NONE:
        where = f"claim {place.claim}, {where}"
    elif place.claim_number:
        where = f"claim {place.transaction}/{place.claim_number}, {where}"
    return f"{finding.code} {where}: {finding.message}"


def counts(by_code: dict[str, int]) -> str:
    """How many findings of which rules."""
    return ", ".join(f"{code} ({n})" for code, n in by_code.items())


def count(number: int, what: str) -> str:
    """A number of things, in the plural where it is not one."""
    return f"{number} {what}{'' if number == 1 else 's'}"
