"""Amounts that must agree with each other: BAL001."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi_lint.claims import Claim
from edi_lint.claims.views import amount
from edi_lint.engine import Balance, Part
from edi_lint.findings import Severity
from edi_lint.rules.base import ClaimRule, Hit, Rule
from edi_lint.rules.examples import Example


class ClaimTotal(ClaimRule):
    """The claim's total charge (CLM02) is the sum of its service lines' charges (SV102).

    A clearinghouse that publishes its edits rejects a claim whose amounts do not agree: nobody
    after the sender can tell whether the total, a line, or a line that got lost is wrong. Nothing
    is said where an amount is missing or no number; that is a fault of its own.
    """

    code = "BAL001"
    name = "claim-total"
    level = 3
    severity = Severity.ERROR
    source = "a clearinghouse's published edits (STEDI)"
    help = "Correct CLM02 or the line charge that is wrong; look for a line that was left out."
    valid = (
        Example(
            clm="CLM*EX-1*120.50***12:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*80*UN*1***1", "LX*2", "SV1*HC:A4223*40.5*UN*1***1"),
        ),
        Example(clm="CLM*EX-1*0***12:B:1*Y*A*Y*Y", line=("SV1*HC:A4306*0*UN*1***1",)),
    )
    invalid = (
        Example(
            clm="CLM*EX-1*130***12:B:1*Y*A*Y*Y", line=("SV1*HC:A4306*120*UN*1***1",), at="CLM02"
        ),
        Example(
            clm="CLM*EX-1*120***12:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*80*UN*1***1", "LX*2", "SV1*HC:A4223*40.01*UN*1***1"),
            at="CLM02",
        ),
    )

    trigger = Balance(Part("2300", "CLM", 2), Part("2400", "SV1", 2))

    def check(self, claim: Claim) -> Iterator[Hit]:
        total = _sum_of_lines(claim)
        if claim.clm is None or claim.charge is None or total is None or claim.charge == total:
            return
        message = f"CLM02 is {claim.charge:f}; the charges of the service lines sum to {total:f}"
        yield Hit(claim.clm, 2, 0, message)


def _sum_of_lines(claim: Claim) -> Decimal | None:
    """The sum of every SV102, of an SV1 out of place too; None where one cannot be read."""
    if any(line.sv1 is None for line in claim.lines):
        return None
    charges = [amount(s.value(2)) for s in claim.placed("SV1")]
    known = [c for c in charges if c is not None]
    return sum(known, Decimal()) if charges and len(known) == len(charges) else None


RULES: tuple[type[Rule], ...] = (ClaimTotal,)
