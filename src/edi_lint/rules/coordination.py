"""What a claim says of the payers beside the destination payer: SIT033 and SIT044."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi_lint.claims import dates_of, day
from edi_lint.claims.views import amount
from edi_lint.codes.answers import Days
from edi_lint.engine import Shape
from edi_lint.findings import Severity
from edi_lint.rules.balancing import DATED, SECONDARY
from edi_lint.rules.base import ClaimRule, Rule
from edi_lint.rules.examples import DATE, LINE, Example
from edi_lint.rules.parts import SENT, SERVICE_DAY, At, Derived, Part, Said, other_payer
from edi_lint.rules.run import Run

_STEDI = "https://www.stedi.com/changelog/"
_ORDER = "PSTABCDEFGH"
"""The payers' order (SBR01): primary, secondary, tertiary, then the fourth to the eleventh."""
_OTHER = "2320"
_NOT_JUDGED = Shape.FILLED


def is_before(order: str, own: str) -> bool:
    """Whether a payer comes before another, by their SBR01; not where either is unknown."""
    ranks = [_ORDER.find(one) if one else -1 for one in (order, own)]
    return -1 < ranks[0] < ranks[1]


def _may_lack(run: Run, own: str, order: str, paid: str, bypassed: str, dated: str) -> bool:
    """Whether something may be missing of a payer that comes first, by what an engine sees."""
    del run
    return is_before(order, own) and not bypassed and not (paid and dated)


def _is_late(run: Run, text: str, sent: date | None) -> bool:
    del run
    adjudicated = day(text)
    return bool(adjudicated and sent and adjudicated > sent)


def _good_days(text: str) -> Days | None:
    """On which days a service may have begun that was adjudicated on a day."""
    adjudicated = day(text)
    return Days(None, adjudicated) if adjudicated else Days(None, None)


def _dates(loop: str) -> Part:
    return Part(loop, "DTP", 3, qualifier="573", every=True)


_PAYER = (
    "OI***Y***Y",
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
)
_JUDGED = ("SVD*PAYER2*100*HC:A4306**1", "CAS*CO*45*20", DATED)


class EarlierPayers(ClaimRule):
    """A payer that comes before the destination payer says what it paid, and when.

    The destination payer works out its share from what the payers before it paid. Each of them has
    the day of its decision (DTP*573) at the claim or on the lines. One that decided, as that day,
    loop 2430 or adjustments (CAS) show, has its payment too (AMT*D of loop 2320, zero where it paid
    nothing). The day is neither after the claim was sent nor before the service. SVD02 is not
    negative. What is left to pay (AMT*EAF) is said at the claim or on the lines, not at both.

    A payer that was not asked is marked by AMT*A8, which is the whole charge (CLM02); it has
    neither payment nor day. Payers behind the destination payer, such as a supplemental plan, have
    neither. Whose place is unknown (SBR01 U) is not judged. Adjustments (CAS) may be at both
    levels: the guide's own sum adds those of the claim to those of the lines.
    """

    needs = frozenset({"2320 AMT D", "2320 AMT A8", "2320 SBR", "2330B DTP 573", "2430 DTP 573"})
    code = "SIT033"
    name = "earlier-payers"
    fault = "Payment or decision of an earlier payer missing, or contradictory"
    level = 4
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI) on coordination of benefits: payment, day of "
        "decision, negative payment, non-covered amount and remaining liability"
    )
    addresses = (
        _STEDI + "claim-edit-missing-previous-payer-paid-amount-in-cob-claims",
        _STEDI + "claim-edit-missing-other-payer-adjudication-date-in-cob-claims",
        _STEDI + "claim-edit-invalid-paid-amount",
        _STEDI + "claim-edit-non-covered-amount-doesnt-match-the-claim-charge-in-cob-claims",
        _STEDI + "claim-edit-duplicate-remaining-patient-liability",
    )
    help = (
        "Copy payment and day from that payer's remittance: AMT*D to loop 2320, DTP*573 to loop "
        "2330B or to each loop 2430. If the payer was not asked, write AMT*A8 with the charge of "
        "the claim."
    )
    valid = (
        Example(),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*100", *_PAYER),
            line=(*LINE, DATE, *_JUDGED),
            change=SECONDARY,
        ),
        Example(
            claim=(
                *("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*CO*45*20", "AMT*D*100", *_PAYER),
                DATED,
            ),
            change=SECONDARY,
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*A8*120", *_PAYER), change=SECONDARY
        ),
        Example(claim=("HI*ABK:G8918", "SBR*S*18*******CI", *_PAYER)),
        Example(claim=("HI*ABK:G8918", "SBR*U*18*******CI", *_PAYER), change=SECONDARY),
    )
    invalid = (
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", *_PAYER),
            change=SECONDARY,
            at="NM1",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*CO*45*20", *_PAYER, DATED),
            change=SECONDARY,
            at="SBR",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", *_PAYER),
            line=(*LINE, DATE, *_JUDGED),
            change=SECONDARY,
            at="SBR",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "CAS*CO*45*20", "AMT*D*100", *_PAYER),
            change=SECONDARY,
            at="NM1",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*100", *_PAYER),
            line=(*LINE, DATE, *_JUDGED[:2], "DTP*573*D8*20260201"),
            change=SECONDARY,
            at="DTP03",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*100", *_PAYER),
            line=(*LINE, DATE, *_JUDGED[:2], "DTP*573*D8*20260101"),
            change=SECONDARY,
            at="DTP03",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*-20", *_PAYER),
            line=(*LINE, DATE, "SVD*PAYER2*-20*HC:A4306**1", "CAS*CO*45*140", DATED),
            change=SECONDARY,
            at="SVD02",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*A8*100", *_PAYER),
            change=SECONDARY,
            at="AMT02",
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*100", "AMT*EAF*20", *_PAYER),
            line=(*LINE, DATE, *_JUDGED, "AMT*EAF*20"),
            change=SECONDARY,
            at="AMT02",
        ),
    )

    own = Part("2000B", "SBR", 1)
    charge = Part("2300", "CLM", 2)
    orders = Part(_OTHER, "SBR", 1, each=_OTHER)
    paid = Part(_OTHER, "AMT", 2, qualifier="D", each=_OTHER)
    bypassed = Part(_OTHER, "AMT", 2, qualifier="A8", each=_OTHER)
    adjusted = Part(_OTHER, "CAS", 1, each=_OTHER)
    remaining = Part(_OTHER, "AMT", 2, qualifier="EAF", each=_OTHER)
    ids = Part("2330B", "NM1", 9, each=_OTHER)
    dates = Part("2330B", "DTP", 3, qualifier="573", each=_OTHER)
    line_ids = Part("2430", "SVD", 1, each="2430")
    line_payments = Part("2430", "SVD", 2, each="2430")
    line_dates = Part("2430", "DTP", 3, qualifier="573", each="2430")
    line_remaining = Part("2430", "AMT", 2, qualifier="EAF", each="2430")
    services = Part("2400", "DTP", 3, qualifier="472")
    sent = SENT

    may_lack = Derived(
        _may_lack,
        own,
        Part(_OTHER, "SBR", 1),
        Part(_OTHER, "AMT", 2, qualifier="D", shape=_NOT_JUDGED),
        Part(_OTHER, "AMT", 2, qualifier="A8", shape=_NOT_JUDGED),
        Part("2330B", "DTP", 3, qualifier="573", shape=_NOT_JUDGED),
    ).unless(lambda lacks: not lacks)
    has_bypassed = Part(_OTHER, "AMT", 2, qualifier="A8", shape=_NOT_JUDGED).unless(
        lambda filled: not filled
    )
    has_remaining = Part(_OTHER, "AMT", 2, qualifier="EAF", shape=_NOT_JUDGED).unless(
        lambda filled: not filled
    )
    is_negative = Part("2430", "SVD", 2, every=True, shape=Shape.AMOUNT).unless(
        lambda shape: not shape.startswith("-")
    )
    is_late = Derived(_is_late, _dates("2330B"), SENT).unless(lambda late: not late)
    is_late_on_line = Derived(_is_late, _dates("2430"), SENT).unless(lambda late: not late)
    after_service = Part("2330B", "DTP", 3, qualifier="573").within(_good_days, SERVICE_DAY)
    after_service_of_line = Part("2430", "DTP", 3, qualifier="573").within(_good_days, SERVICE_DAY)

    def judge(
        self,
        own: str,
        charge: str,
        orders: tuple[str, ...],
        paid: tuple[str, ...],
        bypassed: tuple[str, ...],
        adjusted: tuple[str, ...],
        remaining: tuple[str, ...],
        ids: tuple[str, ...],
        dates: tuple[str, ...],
        line_ids: tuple[tuple[str, ...], ...],
        line_payments: tuple[tuple[str, ...], ...],
        line_dates: tuple[tuple[str, ...], ...],
        line_remaining: tuple[tuple[str, ...], ...],
        services: tuple[str, ...],
        sent: date | None,
    ) -> Iterator[Said]:
        first = min((d.first for text in services if (d := dates_of(text)).first), default=None)
        judged = {payer for line in line_ids for payer in line}
        for number, order in enumerate(orders):
            if bypassed[number]:
                if amount(bypassed[number]) != amount(charge):
                    message = "AMT*A8, of a payer that was not asked, is not the charge (CLM02)"
                    yield At("bypassed", number, also=At("charge")), message
                continue
            if is_before(order, own):
                decided = dates[number] or adjusted[number] or ids[number] in judged
                if decided and not paid[number]:
                    message = f"no payment (AMT*D) of the payer before this one (SBR01 {order})"
                    yield At("orders", number, whole=True), message
                if not dates[number] and ids[number] not in judged:
                    message = f"no day of decision (DTP*573) of the payer before (SBR01 {order})"
                    yield At("ids", number, whole=True), message
            if fault := _fault_of_day(dates[number], first, sent):
                yield At("dates", number), f"the other payer decided {fault}"
        for line, service in enumerate(services):
            begun = dates_of(service).first
            for index, text in enumerate(line_dates[line]):
                if fault := _fault_of_day(text, begun, sent):
                    yield At("line_dates", line, index), f"the other payer decided {fault}"
            for index, text in enumerate(line_payments[line]):
                if text.startswith("-"):
                    message = "the other payer's payment (SVD02) is negative"
                    yield At("line_payments", line, index), message
            for index, text in enumerate(line_remaining[line]):
                payer = line_ids[line][index]
                if text and payer in ids and remaining[ids.index(payer)]:
                    message = "what is left to pay (AMT*EAF) appears on the claim and on this line"
                    place = At("line_remaining", line, index)
                    place.also = At("remaining", ids.index(payer))
                    yield place, message


def _fault_of_day(text: str, begun: date | None, sent: date | None) -> str:
    """What is wrong with the day of a decision; empty where nothing is."""
    decided = day(text)
    if decided and sent and decided > sent:
        return "after the day of the claim"
    if decided and begun and decided < begun:
        return "before the service"
    return ""


_Stated = tuple[tuple[str, ...], ...]
"""REF04 of each REF of each line."""


def _references(loop: str) -> Part:
    return Part(loop, "REF", 4, every=True).unless(lambda stated: not stated)


class PayersOfReferences(ClaimRule):
    """A number that a line has for another payer names a payer that the claim has.

    A reference of a line, or of a provider of a line, is the destination payer's unless REF04 says
    otherwise: 2U and the id of another payer, as in its loop 2330B. With an id that no such loop
    has, nobody knows whose number it is.
    """

    needs = frozenset({"2330B NM1"})
    code = "SIT044"
    name = "payer-of-a-reference"
    fault = "Number of a payer that the claim does not have"
    level = 4
    severity = Severity.WARNING
    source = "a clearinghouse's description of its interface (STEDI)"
    addresses = ("https://github.com/api-evangelist/stedi",)
    help = (
        "Write in REF04 the id that the payer's loop 2330B has (NM109). Leave REF04 out where the "
        "number is the destination payer's."
    )
    valid = (
        Example(line=(*LINE, DATE, "REF*G1*AUTH1")),
        Example(
            claim=("HI*ABK:G8918", "SBR*S*18*******CI", *_PAYER),
            line=(*LINE, DATE, "REF*G1*AUTH1", "REF*G1*AUTH2**2U:PAYER2"),
        ),
        Example(
            claim=("HI*ABK:G8918", "SBR*S*18*******CI", *_PAYER),
            line=(
                *(*LINE, DATE, "NM1*82*1*EXAMPLE*PROVIDER****XX*1002167124"),
                "REF*G2*PROVIDER7**2U:PAYER2",
            ),
        ),
    )
    invalid = (
        Example(line=(*LINE, DATE, "REF*G1*AUTH1**2U:PAYER2"), at="REF04"),
        Example(
            claim=("HI*ABK:G8918", "SBR*S*18*******CI", *_PAYER),
            line=(
                *(*LINE, DATE, "NM1*82*1*EXAMPLE*PROVIDER****XX*1002167124"),
                "REF*G2*PROVIDER7**2U:PAYER3",
            ),
            at="REF04",
        ),
    )

    payers = Part("2330B", "NM1", 9, each=_OTHER)
    of_lines = _references("2400")
    of_rendering = _references("2420A")
    of_purchased = _references("2420B")
    of_facilities = _references("2420C")
    of_supervising = _references("2420D")
    of_ordering = _references("2420E")
    of_referring = _references("2420F")

    def judge(
        self,
        payers: tuple[str, ...],
        of_lines: _Stated,
        of_rendering: _Stated,
        of_purchased: _Stated,
        of_facilities: _Stated,
        of_supervising: _Stated,
        of_ordering: _Stated,
        of_referring: _Stated,
    ) -> Iterator[Said]:
        references = {
            "of_lines": of_lines,
            "of_rendering": of_rendering,
            "of_purchased": of_purchased,
            "of_facilities": of_facilities,
            "of_supervising": of_supervising,
            "of_ordering": of_ordering,
            "of_referring": of_referring,
        }
        for part, lines in references.items():
            for line, stated in enumerate(lines):
                for index, text in enumerate(stated):
                    payer = other_payer(text)
                    if payer and payer not in payers:
                        message = "REF04 is the id of no other payer of this claim"
                        yield At(part, line, index), message


RULES: tuple[type[Rule], ...] = (EarlierPayers, PayersOfReferences)
