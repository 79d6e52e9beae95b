"""Extracted service lines as JSON Lines (`schemas/extract.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from edi_lint.findings.masking import Phi
from edi_lint.reporters.json_text import json_text
from edi_lint.transform.extract import DocumentationReference, ExtractedLine


def render(lines: Iterable[ExtractedLine], phi: Phi) -> Iterator[str]:
    """One object a line, each with its line feed; ASCII."""
    for line in lines:
        yield json_text(record(line, phi)) + "\n"


def record(line: ExtractedLine, phi: Phi) -> dict[str, Any]:
    """A line as the schema has it. Amounts are text, so that no digit is lost."""
    out: dict[str, Any] = {
        "file": line.file,
        "claim": line.claim,
        "position": line.position,
        "line": line.line,
        "payer": line.payer,
        "payer_id": line.payer_id,
        "claim_filing_indicator": line.filing_indicator,
        "frequency": line.frequency,
        "code": line.code,
        "modifiers": list(line.modifiers),
        "units": _amount(line.units),
        "unit_basis": line.unit_basis,
        "charge": _amount(line.charge),
        "first_date": _day(line.first_date),
        "last_date": _day(line.last_date),
        "place_of_service": line.place_of_service,
        "diagnoses": list(line.diagnoses),
        "documentation": [_documentation(d, phi) for d in line.documentation],
        "prior_authorization": line.prior_authorization,
        "ordering_provider_npi": line.ordering_provider_npi,
        "byte_start": line.byte_start,
        "byte_end": line.byte_end,
    }
    if phi is Phi.ALL:
        out["patient_name"] = line.patient_name
        out["member_id"] = line.member_id
        out["birth_date"] = _day(line.birth_date)
        out["prior_authorization_numbers"] = list(line.prior_authorization_numbers or ())
    return out


def _documentation(reference: DocumentationReference, phi: Phi) -> dict[str, Any]:
    out: dict[str, Any] = {
        "segment": reference.segment,
        "qualifier": reference.qualifier,
        "level": reference.level,
        "byte_start": reference.byte_start,
    }
    if phi is Phi.ALL:
        out["value"] = reference.value
    return out


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
