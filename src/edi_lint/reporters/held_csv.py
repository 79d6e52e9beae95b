"""The claims of the report about held claims as CSV: a header, then a row for each reason."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings.masking import Phi, printable
from edi_lint.reporters.csv_cells import row, text
from edi_lint.transform.split import HeldClaim, Reason, Splitting, money

COLUMNS = (
    "claim", "position", "transaction", "charge", "payer_id", "about", "code", "name", "severity",
    "message", "segment_ordinal", "segment", "element", "line", "column", "path",
)  # fmt: skip


def render(splitting: Splitting, phi: Phi) -> Iterator[str]:
    """With `Phi.NONE` the column `claim` is empty. Totals are left to the other formats."""
    yield header()
    yield from rows(splitting, phi)


def header() -> str:
    return row(COLUMNS)


def rows(splitting: Splitting, phi: Phi) -> Iterator[str]:
    """The rows of a file."""
    for claim in splitting.held_claims():
        for reason in claim.reasons:
            yield row((*_cells(claim, reason, phi), text(printable(splitting.name))))


def _cells(claim: HeldClaim, reason: Reason, phi: Phi) -> tuple[object, ...]:
    finding, place = reason.finding, reason.finding.location
    return (
        "" if phi is Phi.NONE else text(claim.id),
        text(claim.position),
        text(claim.transaction),
        None if claim.charge is None else money(claim.charge),
        text(claim.payer_id),
        reason.scope.value,
        finding.code,
        finding.name,
        finding.severity.value,
        text(finding.message),
        place.segment_ordinal or None,
        place.segment,
        place.element,
        place.line,
        place.column,
    )
