"""Findings: what is wrong, where to the byte, and what of a claim may be shown with it."""

from edi_lint.findings.finding import (
    Applicability,
    Edit,
    Finding,
    Fix,
    Location,
    Response,
    Severity,
)

__all__ = [
    "Applicability",
    "Edit",
    "Finding",
    "Fix",
    "Location",
    "Response",
    "Severity",
]
