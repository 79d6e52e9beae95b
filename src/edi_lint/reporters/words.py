"""Words that several summaries have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edi_lint.findings import Finding
from edi_lint.findings.masking import Phi

if TYPE_CHECKING:
    from edi_lint.transform.split import Splitting


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


def why_more_errors(new_errors: dict[str, int], examples: list[Finding], phi: Phi) -> list[str]:
    """Why a file is refused that has more errors than the one it was made from."""
    head = "refused: the result has more errors than the original (--force writes it anyway)"
    lines = [head, f"new errors: {counts(new_errors)}"]
    return [*lines, *(shown(finding, phi) for finding in examples)]


def count(number: int, what: str) -> str:
    """A number of things, in the plural where it is not one."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def why_worse(result: Splitting, phi: Phi) -> list[str]:
    """Why a split is refused: its result has errors that the input does not have."""
    lines = ["refused: the result has more errors than the input (--force writes it anyway)"]
    if result.new_errors:
        lines.append(f"errors that the input does not have: {counts(result.new_errors)}")
    if result.remaining:
        lines.append(f"left in the clean file: {counts(result.remaining)}")
    if not result.adds_up:
        lines.append("claims, service lines, sets or charges of both do not add up to the input's")
    return [*lines, *(shown(finding, phi) for finding in result.examples)]
