"""Extracted service lines as CSV: a header, one row a line, UTF-8, line feeds.

A text that a spreadsheet would run as a formula gets an apostrophe in front; amounts, byte
offsets and dates, which cannot be one, stay as they are, a negative amount too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edi_lint.findings.masking import Phi
from edi_lint.reporters.csv_cells import row, text
from edi_lint.transform.extract import ExtractedLine

COLUMNS = (
    "file",
    "claim",
    "position",
    "line",
    "payer",
    "payer_id",
    "claim_filing_indicator",
    "frequency",
    "code",
    "modifiers",
    "units",
    "unit_basis",
    "charge",
    "first_date",
    "last_date",
    "place_of_service",
    "diagnoses",
    "documentation",
    "prior_authorization",
    "ordering_provider_npi",
    "byte_start",
    "byte_end",
)
PROTECTED_COLUMNS = (
    "patient_name",
    "member_id",
    "birth_date",
    "notes",
    "attachment_control_numbers",
    "reference_numbers",
    "prior_authorization_numbers",
)
"""These follow the others with `Phi.ALL`, and are not there at all without."""

_LIST = "; "
_TEXTS = ("NTE", "SV1")


def render(lines: Iterable[ExtractedLine], phi: Phi) -> Iterator[str]:
    """The header, then a row for each line. Lists are joined: modifiers and diagnoses with `:`."""
    everything = phi is Phi.ALL
    yield row(COLUMNS + PROTECTED_COLUMNS if everything else COLUMNS)
    for line in lines:
        yield row(_cells(line) + _protected_cells(line) if everything else _cells(line))


def _cells(line: ExtractedLine) -> tuple[object, ...]:
    return (
        text(line.file),
        text(line.claim),
        text(line.position),
        text(line.line),
        text(line.payer),
        text(line.payer_id),
        text(line.filing_indicator),
        text(line.frequency),
        text(line.code),
        text(":".join(line.modifiers)),
        line.units,
        text(line.unit_basis),
        line.charge,
        line.first_date,
        line.last_date,
        text(line.place_of_service),
        text(":".join(line.diagnoses)),
        text(_LIST.join(f"{d.what} {d.level}" for d in line.documentation)),
        line.prior_authorization,
        text(line.ordering_provider_npi),
        line.byte_start,
        line.byte_end,
    )


def _protected_cells(line: ExtractedLine) -> tuple[object, ...]:
    return (
        text(line.patient_name),
        text(line.member_id),
        line.birth_date,
        text(_LIST.join(_values(line, *_TEXTS))),
        text(_LIST.join(_values(line, "PWK"))),
        text(_LIST.join(_reference_numbers(line))),
        text(_LIST.join(line.prior_authorization_numbers or ())),
    )


def _values(line: ExtractedLine, *segments: str) -> Iterator[str]:
    return (d.value for d in line.documentation if d.segment in segments and d.value)


def _reference_numbers(line: ExtractedLine) -> Iterator[str]:
    """Each with its REF01, since a line may have several kinds."""
    refs = (d for d in line.documentation if d.segment == "REF")
    return (f"{d.qualifier} {d.value}" for d in refs)
