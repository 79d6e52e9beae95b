"""What one segment makes necessary, or forbids, in another: SIT001, SIT006-008, SIT012, SIT016.

Rules about documents are in `paperwork`, rules about single lines in `service_lines`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from itertools import zip_longest

from edi_lint.engine import plain_number
from edi_lint.findings import Response, Severity
from edi_lint.packs.profiles import Profile
from edi_lint.rules.base import ClaimRule, LineRule, Rule
from edi_lint.rules.examples import LINE, Example
from edi_lint.rules.parts import (
    FILING_TEXT,
    IS_MEDICARE,
    PROFILE,
    At,
    Derived,
    Part,
    RemoveSegments,
    Said,
)
from edi_lint.rules.run import Run

POINTERS = frozenset(str(n) for n in range(1, 13))
"""What SV107 may hold; the guide's own list, so that any other value is STR002's."""
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
ADJUDICATION_DATE = "573"
"""DTP01 of the day on which a payer adjudicated."""
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
    response = Response(stc=("A7", "477"))
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


def _may_be_unusual(run: Run, frequency: str, filing: str) -> bool:
    """Whether some payer with a claim filing indicator does not take a frequency."""
    if frequency in RESUBMISSIONS and False not in run.profiles.is_medicare(filing):
        return False
    lists = (profile.frequencies for profile in run.profiles.for_filing(filing))
    taken = (listed.values for listed in lists if listed)
    return not all(frequency in some for some in (USUAL_FREQUENCIES, *taken))


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

    frequency = Part("2300", "CLM", 5, 3, 3)
    unusual = Derived(_may_be_unusual, frequency, FILING_TEXT).when(bool)
    profile = PROFILE
    medicare = IS_MEDICARE

    def judge(self, frequency: str, profile: Profile, medicare: bool) -> Iterator[Said]:
        taken = profile.frequencies
        if not _is_frequency(frequency) or (frequency in RESUBMISSIONS and medicare):
            return
        if frequency in (taken.values if taken else USUAL_FREQUENCIES):
            return
        if taken is None:
            message = f"frequency {frequency} is none that is usual in a professional claim"
            yield At("frequency"), message
        else:
            message = f"frequency {frequency}; the payer takes {', '.join(sorted(taken.values))}"
            yield At("frequency", severity=Severity.ERROR), message


class OnBothLevels(ClaimRule):
    """Referring provider and adjudication date are at the level where the guide has them.

    A line's referring provider (2420F) is the exception to the claim's (2310A) and means nothing
    without it. A payer's adjudication date (DTP 573) appears once: with the claim (2330B) where the
    payer judged the claim as a whole, with each line (2430) where it judged lines. A clearinghouse
    that publishes its edits rejects both.
    """

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

    referring = Part("2310A", "NM1", 1)
    referring_of_lines = Part("2420F", "NM1", 1, every=True).unless(operator.not_)
    payers = Part("2330B", "NM1", 9, each="2320")
    dates = Part("2330B", "DTP", 1, qualifier=ADJUDICATION_DATE, each="2320")
    dated = Part("2330B", "DTP", 1, qualifier=ADJUDICATION_DATE, every=True).unless(operator.not_)
    payers_of_lines = Part("2430", "SVD", 1, each="2430")
    dates_of_lines = Part("2430", "DTP", 1, qualifier=ADJUDICATION_DATE, each="2430")

    def judge(
        self,
        referring: str,
        referring_of_lines: tuple[tuple[str, ...], ...],
        payers: tuple[str, ...],
        dates: tuple[str, ...],
        payers_of_lines: tuple[tuple[str, ...], ...],
        dates_of_lines: tuple[tuple[str, ...], ...],
    ) -> Iterator[Said]:
        by_line: dict[str, tuple[int, int]] = {}
        for line, both in enumerate(zip(payers_of_lines, dates_of_lines, strict=True)):
            for loop, (payer, date) in enumerate(zip(*both, strict=True)):
                if payer and date:
                    by_line.setdefault(payer, (line, loop))
        for n, (payer, date) in enumerate(zip(payers, dates, strict=True)):
            if date and payer in by_line:
                message = "the payer's adjudication date is with the claim and with lines"
                fix = RemoveSegments("remove the claim's date and keep those of the lines")
                also = At("dates_of_lines", *by_line[payer], whole=True)
                yield At("dates", n, whole=True, fix=fix, also=also), message
        for line, roles in enumerate(referring_of_lines):
            if roles and not referring:
                message = "a referring provider of this line, and none of the claim (2310A)"
                yield At("referring_of_lines", line, 0, whole=True), message


def _is_frequency(text: str) -> bool:
    """Whether CLM05-3 has the form of a code at all; STR001, ENV008 and ENV009 judge the others."""
    return len(text) == 1 and text.isascii() and text.isalnum()


OTHER_PAYER = (
    "OI***Y***Y",
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
)
"""The rest of a loop 2320 in examples."""
PAYER1 = "NM1*PR*2*EXAMPLE PAYER*"
MEDICARE_PAYER = "NM1*PR*2*EXAMPLE MEDICARE B*"


PRIMARY, UNKNOWN = "P", "U"
"""SBR01: who pays first, and who pays when nobody knows."""
_ORDER = re.compile("[A-HPSTU]")
"""What SBR01 may hold; the guide's own list, so that any other value is STR002's."""


def _is_order_doubtful(run: Run, own: str, other: str) -> bool:
    """Whether of a payer and another one, which need not be there, none or both are primary."""
    del run
    return PRIMARY not in (own, other) or own == other


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
    addresses = (
        "https://www.stedi.com/changelog/new-claim-edit-missing-primary-payer",
        "https://www.stedi.com/changelog/new-claim-edit-duplicate-payer-responsibility-level-codes",
    )
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

    own = Part("2000B", "SBR", 1)
    others = Part("2320", "SBR", 1, every=True)
    doubtful = Derived(_is_order_doubtful, own, Part("2320", "SBR", 1)).unless(operator.not_)

    def judge(self, own: str, others: tuple[str, ...]) -> Iterator[Said]:
        orders = (own, *others)
        if not all(map(_ORDER.fullmatch, orders)):
            return
        if PRIMARY not in orders and UNKNOWN not in orders:
            message = f"SBR01 is {own}, and no payer of the claim is the primary one (P)"
            yield At("own"), message
        for n, order in enumerate(others):
            if order != UNKNOWN and order in orders[: n + 1]:
                first = orders.index(order)
                also = At("others", first - 1) if first else At("own")
                message = f"SBR01 is {order}, as that of another payer of the claim"
                yield At("others", n, also=also), message


RULES: tuple[type[Rule], ...] = (
    DiagnosisPointers,
    Frequency,
    OnBothLevels,
    PayerOrder,
)
