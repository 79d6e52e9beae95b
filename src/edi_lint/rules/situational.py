"""What one segment makes necessary, or forbids, in another: SIT001, SIT006-008, SIT012, SIT016.

Rules about documents are in `paperwork`, rules about single lines in `service_lines`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import ClassVar

from edi_lint.claims import Claim, Payer
from edi_lint.engine import Both, Texts, ValuePlace, Values, plain_number
from edi_lint.engine import TextPart as TextPlace
from edi_lint.findings import Severity
from edi_lint.rules.base import FREQUENCY, ClaimRule, Hit, LineRule, Rule
from edi_lint.rules.examples import LINE, Example
from edi_lint.rules.parts import At, Derived, Part, Said
from edi_lint.rules.run import Run
from edi_lint.rules.segment_edits import remove_segments
from edi_lint.x12 import Segment

POINTERS = frozenset(str(n) for n in range(1, 13))
"""What SV107 may hold; the guide's own list, so that any other value is STR002's."""
QUALIFIERS_AND_POINTERS = Texts((TextPlace("2300", "HI", 0), TextPlace("2400", "SV1", 7)))
"""How a claim's diagnoses are coded, and which of them a line points to."""
DIAGNOSES = "ABK|BK|ABF|BF"
"""HI01-1 of the segment that holds a claim's diagnoses."""
QUALIFIERS = Part("2300", "HI", 0, qualifier=DIAGNOSES, only=True)
"""How a claim's diagnoses are coded; empty where several HI hold some, so that it is unclear what a
pointer counts."""
POINTERS_OF_LINE = Part("2400", "SV1", 7, 1, 12)
"""SV107: the diagnoses that a line points to."""
_MOST = 12
"""Diagnoses in an HI segment."""
RESUBMISSIONS = frozenset({"7", "8"})
"""CLM05-3: replacement and void of a claim that the payer has."""
ORIGINAL = "1"
"""CLM05-3 of a new claim."""
SELF = "18"
"""SBR02: the subscriber is the patient."""

USUAL_FREQUENCIES = RESUBMISSIONS | {ORIGINAL}
"""CLM05-3 that a professional claim has, where no payer profile says otherwise."""

TWO_DIAGNOSES = ("HI*ABK:G8918*ABF:M75121",)
PATIENT = (
    "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*EXAMPLE*CHILD~\nN3*2 EXAMPLE WAY~\n"
    "N4*EXAMPLE CITY*OH*43215~\nDMG*D8*20100101*F~\n"
)
PATIENT_COUNTED = (("SE*23*", "SE*29*"),)
ADJUDICATED = (
    "SBR*S*18*******CI",
    "AMT*D*100",
    "OI***Y***Y",
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
)
ADJUSTED = ("SVD*PAYER2*100*HC:A4306**1", "CAS*PR*2*20", "DTP*573*D8*20260108")


def _positions(qualifiers: tuple[str, ...], codes: tuple[str, ...]) -> list[str]:
    """The numbers of the elements of an HI that hold a diagnosis, by what a pointer calls them."""
    both = zip_longest(qualifiers, codes, fillvalue="")
    return [str(n) for n, filled in enumerate(both, start=1) if any(filled)][:_MOST]


def _may_be_wrong(run: Run, qualifiers: tuple[str, ...], pointers: tuple[str, ...]) -> bool:
    """Whether a pointer is not surely one of a diagnosis, or appears twice."""
    filled = {str(n) for n, qualifier in enumerate(qualifiers, start=1) if qualifier}
    meant = [p for p in map(plain_number, pointers) if p in POINTERS]
    return not filled.issuperset(meant) or len(set(meant)) < len(meant)


class DiagnosisPointers(LineRule):
    """A line's diagnosis pointers (SV107) name diagnoses that the claim has, each of them once.

    A pointer to nothing leaves the line without the reason it was done for, and a clearinghouse
    that publishes its edits rejects the claim. Status 477 is the one to expect in a 277CA. A claim
    without diagnoses is a fault of its own, and nothing is said of its pointers.
    """

    needs = frozenset({"2300 HI ABK", "2300 HI BK"})
    code = "SIT001"
    name = "diagnosis-pointers"
    fault = "Diagnosis pointer without a diagnosis, or repeated"
    level = 4
    severity = Severity.ERROR
    source = "a clearinghouse's published edits (STEDI); status 477 is general knowledge"
    help = "Point to a diagnosis of the claim's HI segment, or add the diagnosis that is meant."
    valid = (
        Example(claim=TWO_DIAGNOSES, line=("SV1*HC:A4306*120*UN*1***2:1",)),
        Example(claim=TWO_DIAGNOSES, line=("SV1*HC:A4306*120*UN*1***1",)),
    )
    invalid = (
        Example(claim=TWO_DIAGNOSES, line=("SV1*HC:A4306*120*UN*1***1:3",), at="SV107-02"),
        Example(claim=TWO_DIAGNOSES, line=("SV1*HC:A4306*120*UN*1***12",), at="SV107-01"),
        Example(claim=TWO_DIAGNOSES, line=("SV1*HC:A4306*120*UN*1***1:2:1",), at="SV107-03"),
    )

    qualifiers = QUALIFIERS
    pointers = POINTERS_OF_LINE
    doubtful = Derived(_may_be_wrong, qualifiers, pointers).when(bool)
    codes = Part("2300", "HI", 0, 2, qualifier=DIAGNOSES, only=True)

    def judge(
        self, qualifiers: tuple[str, ...], codes: tuple[str, ...], pointers: tuple[str, ...]
    ) -> Iterator[Said]:
        known = _positions(qualifiers, codes)
        if not known:
            return
        meant = [plain_number(p) for p in pointers]
        for index, pointer in enumerate(meant):
            if pointer not in POINTERS:
                continue
            if pointer not in known:
                message = f"pointer {pointer} names no diagnosis: the claim has {len(known)}"
                yield At("pointers", index, also=At("qualifiers", whole=True)), message
            elif pointer in meant[:index]:
                message = f"pointer {pointer} appears twice on this line"
                yield At("pointers", index, also=At("pointers", meant.index(pointer))), message


class Frequency(ClaimRule):
    """The claim frequency (CLM05-3) is one that the payer takes: 1, 7 and 8 unless it lists others.

    A clearinghouse that publishes its edits rejects a professional claim with any other frequency;
    some payers' guides take more. Where a payer profile lists the codes, any other is an error.
    That Medicare takes neither 7 nor 8 is PAY002's to say.
    """

    code = "SIT008"
    name = "frequency"
    fault = "Claim frequency that the payer does not take"
    level = 4
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI); pyx12 4.0.0 takes any character (tested); "
        "status 535 of a 277CA is general knowledge"
    )
    help = (
        "Send 1 for a new claim, 7 to replace and 8 to void one that the payer has. List what a "
        "payer takes besides in its profile (frequencies)."
    )
    valid = (
        Example(),
        Example(clm="CLM*EX-1*120***12:B:8*Y*A*Y*Y", claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918")),
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="MB",
        ),
    )
    invalid = (
        Example(clm="CLM*EX-1*120***12:B:6*Y*A*Y*Y", at="CLM05-03"),
        Example(clm="CLM*EX-1*120***12:B:6*Y*A*Y*Y", filing="MB", at="CLM05-03"),
    )

    trigger = FREQUENCY

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        frequency, filing = ("".join(text) for text in texts)
        if frequency in RESUBMISSIONS and False not in self.run.profiles.is_medicare(filing):
            return False
        lists = (p.frequencies for p in self.run.profiles.for_filing(filing))
        taken = (listed.values for listed in lists if listed)
        return not all(frequency in some for some in (USUAL_FREQUENCIES, *taken))

    def check(self, claim: Claim) -> Iterator[Hit]:
        frequency, taken = claim.frequency, self.run.profile(claim).frequencies
        if claim.clm is None or not _is_frequency(frequency):
            return
        if frequency in RESUBMISSIONS and self.run.is_medicare(claim):
            return
        if frequency in (taken.values if taken else USUAL_FREQUENCIES):
            return
        if taken is None:
            message = f"frequency {frequency} is none that is usual in a professional claim"
            yield Hit(claim.clm, 5, 3, message)
        else:
            message = f"frequency {frequency}; the payer takes {', '.join(sorted(taken.values))}"
            yield Hit(claim.clm, 5, 3, message, severity=Severity.ERROR)


class _Levels(ClaimRule):
    """What the classes of SIT016 have in common."""

    needs = frozenset(
        {
            "2310A NM1",
            "2310B NM1",
            "2310C NM1",
            "2310D NM1",
            "2330B DTP",
            "2420A NM1",
            "2420C NM1",
            "2420D NM1",
            "2420F NM1",
            "2430 DTP",
        }
    )
    code = "SIT016"
    name = "claim-and-line-level"
    fault = "Provider or date at the wrong level"
    level = 4
    severity = Severity.WARNING
    source = "a clearinghouse's published edits (STEDI)"
    help = (
        "Name the referring provider on the claim (2310A), and on a line only where it has "
        "another. Give a payer's adjudication date with the lines alone where lines were "
        "adjudicated."
    )


class _ReferringOfLine(_Levels):
    """The referring provider of a line without one of the claim."""

    trigger = Values((ValuePlace("NM1", 1, loops=("2420F",)),))

    def check(self, claim: Claim) -> Iterator[Hit]:
        if claim.referring_providers:
            return
        for line in claim.lines:
            for provider in list(line.referring_providers)[:1]:
                message = "a referring provider of this line, and none of the claim (2310A)"
                yield Hit(provider.segment, 0, 0, message, line=line.number)


class OnBothLevels(_Levels):
    """Referring provider and adjudication date are at the level where the guide has them.

    A line's referring provider (2420F) is the exception to the claim's (2310A) and means nothing
    without it. A payer's adjudication date (DTP 573) appears once: with the claim (2330B) where the
    payer judged the claim as a whole, with each line (2430) where it judged lines. A clearinghouse
    that publishes its edits rejects both.
    """

    valid = (
        Example(
            claim=("HI*ABK:G8918", "NM1*DN*1*EXAMPLE*PROVIDER****XX*1234567893"),
            line=(*LINE, "NM1*DN*1*EXAMPLE*OTHER****XX*1234567893"),
        ),
        Example(claim=("HI*ABK:G8918", *ADJUDICATED), line=(*LINE, *ADJUSTED)),
        Example(
            claim=("HI*ABK:G8918", *ADJUDICATED, "DTP*573*D8*20260108"),
            line=(*LINE, "SVD*PAYER3*100*HC:A4306**1", "CAS*PR*2*20", "DTP*573*D8*20260109"),
        ),
    )
    invalid = (
        Example(line=(*LINE, "NM1*DN*1*EXAMPLE*OTHER****XX*1234567893"), at="NM1"),
        Example(
            claim=("HI*ABK:G8918", *ADJUDICATED, "DTP*573*D8*20260109"),
            line=(*LINE, *ADJUSTED),
            at="DTP",
            fixed=(("DTP*573*D8*20260109", ""),),
        ),
    )

    also: ClassVar[tuple[type[Rule], ...]] = (_ReferringOfLine,)
    trigger = Both(TextPlace("2330B", "DTP", 1), TextPlace("2430", "DTP", 1))

    def check(self, claim: Claim) -> Iterator[Hit]:
        by_line = frozenset(_dated_payers(claim))
        for payer in claim.other_payers:
            date = _adjudication_date(payer)
            if date is not None and payer.id in by_line:
                message = "the payer's adjudication date is with the claim and with lines"
                fix = remove_segments(
                    (date,), "remove the claim's date and keep those of the lines"
                )
                yield Hit(date, 0, 0, message, fix)


def _is_frequency(text: str) -> bool:
    """Whether CLM05-3 has the form of a code at all; STR001, ENV008 and ENV009 judge the others."""
    return len(text) == 1 and text.isascii() and text.isalnum()


def _adjudication_date(payer: Payer) -> Segment | None:
    """The DTP 573 of another payer's loop 2330B."""
    inner = next(payer.loop.inner("2330B"), None) if payer.loop else None
    dtp = inner.first("DTP", "573") if inner else None
    return dtp if dtp and dtp.node else None


def _dated_payers(claim: Claim) -> Iterator[str]:
    """The payers (SVD01) whose adjudication of some line is dated (loop 2430, DTP 573)."""
    for line in claim.lines:
        for loop in line.loop.inner("2430"):
            svd = loop.first("SVD")
            if svd is not None and svd.value(1) and loop.first("DTP", "573"):
                yield svd.value(1)


OTHER_PAYER = (
    "OI***Y***Y",
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
)
"""The rest of a loop 2320 in examples."""
PAYER1 = "NM1*PR*2*EXAMPLE PAYER*"
MEDICARE_PAYER = "NM1*PR*2*EXAMPLE MEDICARE B*"


class PayerOrder(ClaimRule):
    """The payers of a claim come in an order: one of them first (SBR01 P), no place taken twice.

    SBR01 of the destination payer (2000B) and of each other payer (2320) says when it pays. A
    clearinghouse that publishes its edits rejects a claim without a primary payer, and one in which
    two are primary, secondary or tertiary: nobody can tell who owes what. SBR01 U, unknown, may
    stand for several.
    """

    needs = frozenset({"2000B SBR", "2320 SBR"})
    code = "SIT018"
    name = "payer-order"
    fault = "Order of payers wrong"
    level = 4
    severity = Severity.WARNING
    source = "a clearinghouse's published edits (STEDI); pyx12 4.0.0 misses it (tested)"
    help = "Write in each SBR01 when that payer pays: P first, S second, T third, then A to H."
    valid = (
        Example(),
        Example(
            claim=("HI*ABK:G8918", "SBR*P*18*******CI", *OTHER_PAYER),
            change=(("SBR*P*18*", "SBR*S*18*"),),
        ),
    )
    invalid = (
        Example(change=(("SBR*P*18*", "SBR*S*18*"),), at="SBR01"),
        Example(claim=("HI*ABK:G8918", "SBR*P*18*******CI", *OTHER_PAYER), at="SBR01"),
    )

    trigger = Texts((TextPlace("2000B", "SBR", 1), TextPlace("2320", "SBR", 1)))

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        orders = ["".join(text) for text in texts if text]
        return PRIMARY not in orders or _taken_twice(orders)

    def check(self, claim: Claim) -> Iterator[Hit]:
        own = claim.above("2000B", "SBR")[:1]
        others = [p.sbr for p in claim.other_payers if p.sbr is not None]
        orders = [sbr.value(1) for sbr in (*own, *others)]
        if not own or not all(_ORDER.fullmatch(order) for order in orders):
            return
        if PRIMARY not in orders and UNKNOWN not in orders:
            message = f"SBR01 is {orders[0]}, and no payer of the claim is the primary one (P)"
            yield Hit(own[0], 1, 0, message)
        for number, sbr in enumerate(others, start=1):
            order = sbr.value(1)
            if order != UNKNOWN and order in orders[:number]:
                yield Hit(sbr, 1, 0, f"SBR01 is {order}, as that of another payer of the claim")


PRIMARY, UNKNOWN = "P", "U"
"""SBR01: who pays first, and who pays when nobody knows."""
_ORDER = re.compile("[A-HPSTU]")
"""What SBR01 may hold; the guide's own list, so that any other value is STR002's."""


def _taken_twice(orders: list[str]) -> bool:
    known = [order for order in orders if order != UNKNOWN]
    return len(set(known)) < len(known)


RULES: tuple[type[Rule], ...] = (
    DiagnosisPointers,
    Frequency,
    OnBothLevels,
    PayerOrder,
)
