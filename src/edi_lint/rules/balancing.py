"""Amounts that must agree with each other or make sense, and units: BAL001 to BAL004."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from edi_lint.claims import Claim, Payer, ServiceLine
from edi_lint.claims.loops import Loop
from edi_lint.claims.views import amount
from edi_lint.engine import Balance, Shape, Sums, TextPart
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_amount
from edi_lint.packs import Pack
from edi_lint.rules.base import ClaimRule, Hit, PackRule, Rule
from edi_lint.rules.examples import DATE, LINE, Example
from edi_lint.rules.parts import At, Noticed, Part, Said
from edi_lint.x12 import Segment

ADJUSTMENTS = (3, 6, 9, 12, 15, 18)
"""The elements of a CAS that hold amounts."""
_BASES = frozenset({"MJ", "UN"})
"""What SV103 may hold; the guide's own list, so that any other value is STR002's."""
CHARGEABLE = "CH"
"""BHT06: the transaction set holds claims that are to be paid."""

DATED = "DTP*573*D8*20260108"
SECONDARY = (("SBR*P*18*", "SBR*S*18*"),)
_PAYER = ("OI***Y***Y", "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002", "NM1*PR*2*OTHER*****PI*PAYER2")


class ClaimTotal(ClaimRule):
    """The claim's total charge (CLM02) is the sum of its service lines' charges (SV102).

    A clearinghouse that publishes its edits rejects a claim whose amounts do not agree: nobody
    after the sender can tell whether the total, a line, or a line that got lost is wrong. Nothing
    is said where an amount is missing or no number; that is a fault of its own.
    """

    needs = frozenset({"2300 CLM", "2400 SV1"})
    code = "BAL001"
    name = "claim-total"
    fault = "Claim total differs from the sum of its lines"
    level = 3
    severity = Severity.ERROR
    response = Response(stc=("A7", "400"))
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

    total = Part("2300", "CLM", 2)
    charges = Part("2400", "SV1", 2, every=True)
    unbalanced = Noticed(Balance(TextPart("2300", "CLM", 2), TextPart("2400", "SV1", 2)))

    def judge(self, total: str, charges: tuple[tuple[str, ...], ...]) -> Iterator[Said]:
        total_, sum_ = amount(total), _sum_of_lines(charges)
        if total_ is not None and sum_ is not None and total_ != sum_:
            message = (
                f"CLM02 is {safe_amount(total_)}; the charges of the service lines sum to "
                f"{safe_amount(sum_)}"
            )
            yield At("total"), message


class WholeSystems(PackRule):
    """A line for A4306 counts systems: units (UN), a whole number of them, more than none.

    One unit is one system, since the descriptor names no other: neither milliliters nor hours nor
    days. Minutes (MJ) belong to anesthesia, and of a system nobody can deliver a part. For other
    codes zero, fractions and minutes may be right, and nothing is said. Status 476 is the one to
    expect in a 277CA.
    """

    code = "BAL003"
    name = "whole-units"
    fault = "Units of A4306 not a whole number of systems"
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

    basis = Part("2400", "SV1", 3)
    units = Part("2400", "SV1", 4)

    def judge(self, pack: Pack, procedure: str, basis: str, units: str) -> Iterator[Said]:
        counted = amount(units)
        if basis != pack.unit_basis:
            if basis in _BASES:
                yield At("basis"), f"{procedure} is counted in {pack.unit_basis}, not in {basis}"
        elif counted is not None and _is_no_count(counted):
            count = f"{safe_amount(counted)} units of {procedure}"
            yield At("units"), f"{count}: it must be a whole number, more than 0"


class ChargeAmounts(ClaimRule):
    """No line charges less than nothing (SV102), and a claim to be paid charges something (CLM02).

    A charge is what the provider asks for, and a correction is a replacement or void of the claim,
    never a negative line: a clearinghouse that publishes its edits rejects it. The same one rejects
    a total of zero where BHT06 is CH. That can be meant, say for a claim that only reports codes,
    hence a warning; a line of zero is common and says nothing.
    """

    code = "BAL002"
    name = "charge-amounts"
    fault = "Charge negative or zero"
    level = 3
    severity = Severity.ERROR
    response = Response(stc=("A7", "178"))
    source = "a clearinghouse's published edits (STEDI); pyx12 4.0.0 misses them (tested)"
    addresses = (
        "https://www.stedi.com/changelog/new-claim-edit-zero-charge-claims",
        "https://www.stedi.com/site/changelog/claim-edit-negative-line-item-charge-amount",
    )
    help = (
        "Charge what the service costs. To take back what was billed, send a replacement or void "
        "of the claim; to report without a charge, send a set of encounters (BHT06 RP)."
    )
    valid = (
        Example(line=(*LINE, "LX*2", "SV1*HC:A4223*0*UN*1***1")),
        Example(
            clm="CLM*EX-1*0***12:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*0*UN*1***1",),
            change=(("*1200*CH", "*1200*RP"),),
        ),
    )
    invalid = (
        Example(
            clm="CLM*EX-1*100***12:B:1*Y*A*Y*Y",
            line=(*LINE, "LX*2", "SV1*HC:A4223*-20*UN*1***1"),
            at="SV102",
        ),
        Example(
            clm="CLM*EX-1*0.00***12:B:1*Y*A*Y*Y", line=("SV1*HC:A4306*0*UN*1***1",), at="CLM02"
        ),
    )

    signs = Part("2400", "SV1", 2, shape=Shape.FORM).unless(lambda form: not form.startswith("-"))
    size = Part("2300", "CLM", 2, shape=Shape.AMOUNT).unless(lambda size: "9" in size)
    charges = Part("2400", "SV1", 2)
    total = Part("2300", "CLM", 2)
    purpose = Part("HEADER", "BHT", 6)

    def judge(self, charges: tuple[str, ...], total: str, purpose: str) -> Iterator[Said]:
        for line, charge in enumerate(map(amount, charges)):
            if charge is not None and charge < 0:
                message = f"the line charge is negative: {safe_amount(charge)}"
                yield At("charges", line), message
        if amount(total) == 0 and purpose == CHARGEABLE:
            message = "CLM02 is zero, and BHT06 CH says that the claim is to be paid"
            yield At("total", severity=Severity.WARNING), message


class OtherPayersBalance(ClaimRule):
    """What another payer paid and adjusted adds up to what was charged.

    The next payer works out from these amounts what is left to pay, and rejects a claim whose
    coordination of benefits does not add up. Each other payer counts that says what it paid (AMT*D
    of loop 2320).

    Where it adjudicated lines (loop 2430 with its id in SVD01), the charge of each such line
    (SV102) is its payment (SVD02) and its adjustments (CAS of 2430), and AMT*D is the sum of SVD02
    less the adjustments of the claim (CAS of 2320). Where it adjudicated the claim as a whole,
    CLM02 is AMT*D and the adjustments of 2320.

    While a line does not add up nothing is said of AMT*D, and nothing of CLM02 while it is not the
    sum of the lines (BAL001). Approved, allowed and other AMT take no part. Nothing is said either
    where an amount cannot be read, or of payers with the same id. Where amounts are off and the
    SVD01 of a line is the id of no payer of the claim, the rule reports that.
    """

    needs = frozenset(
        {
            "2300 CLM",
            "2320 AMT",
            "2320 CAS",
            "2320 SBR",
            "2330B NM1",
            "2400 SV1",
            "2430 CAS",
            "2430 SVD",
        }
    )
    code = "BAL004"
    name = "other-payers-balance"
    fault = "Other payer's amounts do not add up"
    level = 3
    severity = Severity.WARNING
    source = (
        "general knowledge of the guide's section 1.4.4; X12's interpretations 1294 (a claim with "
        "lines adjudicated), 1115 (a claim adjudicated as a whole) and 2168; STEDI's edit of lines"
    )
    help = (
        "Copy payment and adjustments from the other payer's remittance: those of lines to loop "
        "2430, those of the claim to 2320, none of them to both, and the id of its loop 2330B to "
        "SVD01."
    )
    valid = (
        Example(
            claim=(
                "HI*ABK:G8918",
                "SBR*P*18*******CI",
                "CAS*PR*1*15**2*5.5",
                "AMT*D*59.5",
                "AMT*EAF*20.5",
                *_PAYER,
            ),
            line=(
                *("SV1*HC:A4306*80*UN*1***1", DATE, "SVD*PAYER2*50*HC:A4306**1"),
                *("CAS*CO*45*20**97*8", "CAS*PR*2*2", DATED),
                *("LX*2", "SV1*HC:A4223*40*UN*1***1", DATE, "SVD*PAYER2*30*HC:A4223**1"),
                *("CAS*CO*45*10", DATED),
            ),
            change=SECONDARY,
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*CO*45*20", "AMT*D*100.00", *_PAYER),
            change=SECONDARY,
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*CO*45*30", *_PAYER), change=SECONDARY
        ),
    )
    invalid = (
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*100", *_PAYER),
            line=(*LINE, DATE, "SVD*PAYER2*100*HC:A4306**1", "CAS*CO*45*10", DATED),
            change=SECONDARY,
            at="SVD02",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*PR*1*15", "AMT*D*100", *_PAYER),
            line=(*LINE, DATE, "SVD*PAYER2*100*HC:A4306**1", "CAS*CO*45*20", DATED),
            change=SECONDARY,
            at="AMT02",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*CO*45*10", "AMT*D*100", *_PAYER),
            change=SECONDARY,
            at="AMT02",
        ),
    )

    whole_claim = "all amounts of a payer count, and which are its own the loops alone tell"
    unbalanced = Noticed(
        Sums(
            once=TextPart("2320", "SBR", 1),
            same=(TextPart("2330B", "NM1", 9), TextPart("2430", "SVD", 1)),
            total=TextPart("2300", "CLM", 2),
            needed=TextPart("2320", "AMT", 2, qualifier="D"),
            optional=tuple(TextPart("2320", "CAS", n) for n in ADJUSTMENTS),
            line_total=TextPart("2400", "SV1", 2),
            line_needed=TextPart("2430", "SVD", 2),
            line_optional=tuple(TextPart("2430", "CAS", n) for n in ADJUSTMENTS),
        )
    )

    def check(self, claim: Claim) -> Iterator[Hit]:
        if not claim.all("AMT"):
            return
        payers = Counter(payer.id for payer in claim.other_payers)
        adjudications = list(_adjudications(claim))
        for payer in claim.other_payers:
            paid = _paid(payer)
            if paid is None or payer.loop is None or not payer.id or payers[payer.id] > 1:
                continue
            own = [a for a in adjudications if a.payer == payer.id]
            if own:
                hits = list(_by_lines(payer.loop, paid, own))
            else:
                hits = list(_as_a_whole(claim, payer.loop, paid))
            strangers = [a for a in adjudications if a.payer and a.payer not in payers]
            if hits and strangers:
                message = "SVD01 is the id of no other payer of the claim (NM109 of loop 2330B)"
                yield Hit(strangers[0].svd, 1, 0, message, line=strangers[0].line.number)
                return
            yield from hits


def _is_no_count(units: Decimal | None) -> bool:
    """Whether it is a number, but none of whole things."""
    return units is not None and (units <= 0 or units != units.to_integral_value())


class _Adjudication(NamedTuple):
    """What one payer says of a line: payments and adjustments, None where one cannot be read.

    `svd` is the first of its segments.
    """

    payer: str
    line: ServiceLine
    svd: Segment
    payment: Decimal | None
    adjustment: Decimal | None


def _adjudications(claim: Claim) -> Iterator[_Adjudication]:
    """For each line and each payer that adjudicated it, all of its loops 2430 together."""
    for line in claim.lines:
        loops: dict[str, list[Loop]] = {}
        for loop in line.loop.inner("2430"):
            svd = loop.first("SVD")
            if svd is not None and svd.node:
                loops.setdefault(svd.value(1), []).append(loop)
        for payer, own in loops.items():
            svds = [s for loop in own for s in loop.all("SVD")]
            payment = _sum(amount(s.value(2)) for s in svds)
            yield _Adjudication(payer, line, svds[0], payment, _adjustments(own))


def _by_lines(loop: Loop, paid: Segment, own: list[_Adjudication]) -> Iterator[Hit]:
    """What does not add up for a payer that adjudicated lines; `paid` is the AMT*D in its loop."""
    payments = _sum(a.payment for a in own)
    adjustments, paid_amount = _adjustments([loop]), amount(paid.value(2))
    agree = True
    for line_adjudication in own:
        _, line, svd, payment, adjustment = line_adjudication
        if payment is None or adjustment is None or line.charge is None:
            agree = False
        elif line.charge != payment + adjustment:
            agree = False
            message = (
                f"SV102 is {safe_amount(line.charge)}; what the payer paid (SVD02) and adjusted "
                f"(CAS) of the line sums to {safe_amount(payment + adjustment)}"
            )
            yield Hit(svd, 2, 0, message, line=line.number)
    if not agree or payments is None or adjustments is None or paid_amount is None:
        return
    if paid_amount != payments - adjustments:
        message = (
            f"AMT*D is {safe_amount(paid_amount)}; the payments of the lines (SVD02) less the "
            f"adjustments of the claim (CAS) are {safe_amount(payments - adjustments)}"
        )
        yield Hit(paid, 2, 0, message)


def _as_a_whole(claim: Claim, loop: Loop, paid: Segment) -> Iterator[Hit]:
    """What does not add up for a payer that adjudicated the claim without its lines."""
    adjustments, paid_amount = _adjustments([loop]), amount(paid.value(2))
    charge = claim.charge
    if charge is None or adjustments is None or paid_amount is None:
        return
    charges = ((line.sv1.value(2),) if line.sv1 else () for line in claim.lines)
    if charge != paid_amount + adjustments and charge == _sum_of_lines(charges):
        message = (
            f"CLM02 is {safe_amount(charge)}; what the payer paid (AMT*D) and adjusted (CAS) of "
            f"the claim sums to {safe_amount(paid_amount + adjustments)}"
        )
        yield Hit(paid, 2, 0, message)


def _paid(payer: Payer) -> Segment | None:
    """The AMT*D of another payer; None where there is none, or more than the guide has."""
    amounts = payer.loop.all("AMT", "D") if payer.loop else ()
    placed = [s for s in amounts if s.node]
    return placed[0] if len(placed) == 1 else None


def _adjustments(loops: list[Loop]) -> Decimal | None:
    """The sum of all amounts in the CAS of some loops; None where one cannot be read."""
    given = (
        (s.value(n - 1), s.value(n)) for loop in loops for s in loop.all("CAS") for n in ADJUSTMENTS
    )
    return _sum(amount(text) for reason, text in given if reason or text)


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of amounts; None where one of them is."""
    total = Decimal()
    for number in amounts:
        if number is None:
            return None
        total += number
    return total


def _sum_of_lines(charges: Iterable[tuple[str, ...]]) -> Decimal | None:
    """The sum of the charges of lines, each that of its SV1; None where one cannot be read."""
    by_line = list(charges)
    return _sum(amount(text) for texts in by_line for text in texts) if all(by_line) else None


RULES: tuple[type[Rule], ...] = (ClaimTotal, ChargeAmounts, WholeSystems, OtherPayersBalance)
