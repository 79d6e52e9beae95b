"""Amounts that must agree with each other, and units that must be possible: BAL001 and BAL003."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from edi_lint.claims import Claim, ServiceLine
from edi_lint.claims.views import amount
from edi_lint.engine import Balance, Part
from edi_lint.findings import Response, Severity
from edi_lint.packs import Pack
from edi_lint.rules.base import ClaimRule, Hit, PackRule, Rule
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


class WholeSystems(PackRule):
    """A line for A4306 counts systems: units (UN), a whole number of them, more than none.

    One unit is one system, since the descriptor names no other: neither milliliters nor hours nor
    days. Minutes (MJ) belong to anesthesia, and of a system nobody can deliver a part. For other
    codes zero, fractions and minutes may be right, and nothing is said. Status 476 is the one to
    expect in a 277CA.
    """

    code = "BAL003"
    name = "whole-units"
    level = 3
    severity = Severity.ERROR
    response = Response(stc=("A7", "476"))
    source = (
        "CMS 2019 HCPCS file: the descriptor, from which the unit follows; status 476 is general "
        "knowledge"
    )
    help = "Write UN in SV103 and, in SV104, how many systems were supplied."
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*2***1",)),
        Example(line=("SV1*HC:A4306*120*UN*2.0***1",)),
        Example(line=("SV1*HC:00400*120*MJ*45***1",)),
        Example(line=("SV1*HC:A4221*120*UN*1.5***1",)),
    )
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*0***1",), at="SV104"),
        Example(line=("SV1*HC:A4306*120*UN*1.5***1",), at="SV104"),
        Example(line=("SV1*HC:A4306*120*UN*-1***1",), at="SV104"),
        Example(line=("SV1*HC:A4306*120*MJ*60***1",), at="SV103"),
    )

    def check(self, line: ServiceLine, pack: Pack) -> Iterator[Hit]:
        if line.sv1 is None:
            return
        basis, units = line.unit_basis, line.units
        if basis != pack.unit_basis:
            if basis in _BASES:
                message = f"{line.code} is counted in {pack.unit_basis}, not in {basis}"
                yield Hit(line.sv1, 3, 0, message)
        elif units is not None and (units <= 0 or units != units.to_integral_value()):
            message = f"{units:f} units of {line.code}: it must be a whole number, more than 0"
            yield Hit(line.sv1, 4, 0, message)


_BASES = frozenset({"MJ", "UN"})
"""What SV103 may hold; the guide's own list, so that any other value is STR002's."""


def _sum_of_lines(claim: Claim) -> Decimal | None:
    """The sum of every SV102, of an SV1 out of place too; None where one cannot be read."""
    if any(line.sv1 is None for line in claim.lines):
        return None
    charges = [amount(s.value(2)) for s in claim.placed("SV1")]
    known = [c for c in charges if c is not None]
    return sum(known, Decimal()) if charges and len(known) == len(charges) else None


RULES: tuple[type[Rule], ...] = (ClaimTotal, WholeSystems)
