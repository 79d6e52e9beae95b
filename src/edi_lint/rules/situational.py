"""What one segment of a claim makes necessary, or forbids, in another: SIT001 to SIT006."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.claims import Claim, Paperwork, ServiceLine
from edi_lint.engine import Part, SegmentPlace, Segments, Texts
from edi_lint.findings import Severity
from edi_lint.rules.base import FREQUENCY, ClaimRule, Hit, LineRule, Rule
from edi_lint.rules.examples import Example

POINTERS = frozenset(str(n) for n in range(1, 13))
"""What SV107 may hold; the guide's own list, so that any other value is STR002's."""
QUALIFIERS_AND_POINTERS = Texts((Part("2300", "HI", 0), Part("2400", "SV1", 7)))
"""How a claim's diagnoses are coded, and which of them a line points to."""
DIAGNOSES = frozenset({"ABK", "BK", "ABF", "BF"})
"""HI01-1 of the segment that holds a claim's diagnoses."""
SENT_SEPARATELY = frozenset({"BM", "EL", "EM", "FT", "FX"})
"""PWK02: the documents follow by mail, electronically, by e-mail, file transfer or fax."""
ON_REQUEST = "AA"
"""PWK02: the documents stay with the provider until the payer asks for them."""
RESUBMISSIONS = frozenset({"7", "8"})
"""CLM05-3: replacement and void of a claim that the payer has."""

PAPERWORK = Segments(SegmentPlace("PWK", read=(2,), filled=(5, 6)))
"""What the rules about a PWK look at: how the documents are sent, and if they have a number."""

TWO_DIAGNOSES = ("HI*ABK:G8918*ABF:M75121",)


class DiagnosisPointers(LineRule):
    """A line's diagnosis pointers (SV107) name diagnoses that the claim has, each of them once.

    A pointer to nothing leaves the line without the reason it was done for, and a clearinghouse
    that publishes its edits rejects the claim. Status 477 is the one to expect in a 277CA. A claim
    without diagnoses is a fault of its own, and nothing is said of its pointers.
    """

    code = "SIT001"
    name = "diagnosis-pointers"
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

    trigger = QUALIFIERS_AND_POINTERS

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        qualifiers, pointers = texts
        filled = {str(n) for n, qualifier in enumerate(qualifiers, start=1) if qualifier}
        meant = [p for p in pointers if p in POINTERS]
        return not filled.issuperset(meant) or len(set(meant)) < len(meant)

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        diagnoses = line.claim.diagnoses
        if line.sv1 is None or not diagnoses or _diagnoses_scattered(line.claim):
            return
        known = {str(d.position) for d in diagnoses}
        pointers = line.sv1.components(7)
        for component, pointer in enumerate(pointers, start=1):
            if pointer not in POINTERS:
                continue
            if pointer not in known:
                message = f"pointer {pointer} names no diagnosis: the claim has {len(diagnoses)}"
                yield Hit(line.sv1, 7, component, message)
            elif pointer in pointers[: component - 1]:
                message = f"pointer {pointer} stands twice on this line"
                yield Hit(line.sv1, 7, component, message)


class ControlNumberMissing(ClaimRule):
    """Documents sent apart from the claim carry a control number (PWK05 AC, PWK06).

    The payer files what arrives by mail, fax or electronically under the number on its cover
    sheet and looks for the same number in the claim. Without it the documents are never found, and
    the claim is judged as if nothing had been sent. Where one of PWK05 and PWK06 is there without
    the other, STR001 says so. The certificate indicator (PWK01 CT with PWK02 AB, AD, AF, AG or NS)
    announces no documents and needs no number.
    """

    code = "SIT002"
    name = "control-number-missing"
    level = 4
    severity = Severity.ERROR
    source = (
        "the guide's rule for PWK05 and PWK06 (general knowledge); CGS: the attachment control "
        "number is required with PWK02; pyx12 4.0.0 misses it (tested)"
    )
    help = (
        "Write AC in PWK05 and, in PWK06, the control number that stands on the documents' cover "
        "sheet. An invented number helps nobody."
    )
    valid = (
        Example(claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918")),
        Example(claim=("PWK*B3*AA", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*B3*EL***AC*EX1B3")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*CT*AD")),
    )
    invalid = (
        Example(claim=("PWK*B3*FX", "HI*ABK:G8918"), at="PWK06"),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*B3*EL"), at="PWK06"),
    )
    trigger = PAPERWORK

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        transmission, qualifier, number = texts
        return not SENT_SEPARATELY.isdisjoint(transmission) and not qualifier and not number

    def check(self, claim: Claim) -> Iterator[Hit]:
        for paperwork, line in _paperwork(claim):
            pwk = paperwork.segment
            if paperwork.transmission not in SENT_SEPARATELY or pwk.value(5) or pwk.value(6):
                continue
            message = (
                f"documents announced with PWK02 {paperwork.transmission} have no attachment "
                "control number (PWK05 AC and PWK06)"
            )
            yield Hit(pwk, 6, 0, message, line=line)


class ControlNumberUnwanted(ClaimRule):
    """Documents that stay with the provider until asked for (PWK02 AA) carry no control number.

    A control number ties documents on their way to the claim, and with AA none are on their way;
    a clearinghouse that publishes its edits rejects the two together.
    """

    code = "SIT003"
    name = "control-number-unwanted"
    level = 4
    severity = Severity.WARNING
    source = "a clearinghouse's published edits (STEDI); pyx12 4.0.0 misses it (tested)"
    help = (
        "If the documents were sent, say how in PWK02 (BM, EL, EM, FT, FX). If they were not, "
        "leave PWK05 and PWK06 empty."
    )
    valid = (
        Example(claim=("PWK*B3*AA", "HI*ABK:G8918")),
        Example(claim=("PWK*B3*BM***AC*EX1B3", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*CT*NS")),
    )
    invalid = (
        Example(claim=("PWK*B3*AA***AC*EX1B3", "HI*ABK:G8918"), at="PWK06"),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*B3*AA***AC*EX1B3"), at="PWK06"),
    )
    trigger = PAPERWORK

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        transmission, _, number = texts
        return ON_REQUEST in transmission and bool(number)

    def check(self, claim: Claim) -> Iterator[Hit]:
        for paperwork, line in _paperwork(claim):
            if paperwork.transmission == ON_REQUEST and paperwork.control_number:
                message = "an attachment control number stands with PWK02 AA, available on request"
                yield Hit(paperwork.segment, 6, 0, message, line=line)


class OriginalReference(ClaimRule):
    """A replacement (frequency 7) or void (8) names the payer's own number of the claim (REF*F8).

    The payer looks the claim to be replaced up by that number, which it gave in the 835 (CLP07) or
    the 277CA (REF*1K); without it there is nothing to replace. Only a REF*F8 of the claim itself
    (loop 2300) counts: one in loop 2330B is another payer's number. Status 464 is the one to
    expect in a 277CA.
    """

    code = "SIT006"
    name = "original-reference"
    level = 4
    severity = Severity.ERROR
    source = (
        "a clearinghouse's resubmission pages (STEDI); pyx12 4.0.0 misses it (tested); status 464 "
        "is general knowledge"
    )
    help = (
        "Add REF*F8 with the payer's claim control number to the claim. A claim that the payer "
        "never accepted is sent again as new: frequency 1, no REF*F8."
    )
    valid = (
        Example(clm="CLM*EX-1*120***12:B:1*Y*A*Y*Y"),
        Example(clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y", claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918")),
    )
    invalid = (
        Example(clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y", at="CLM05-03"),
        Example(clm="CLM*EX-1*120***12:B:8*Y*A*Y*Y", at="CLM05-03"),
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=(
                "HI*ABK:G8918",
                "SBR*S*18*******CI",
                "OI***Y***Y",
                "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
                "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
                "REF*F8*PAYERCLAIM2",
            ),
            at="CLM05-03",
        ),
    )

    trigger = FREQUENCY

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return not RESUBMISSIONS.isdisjoint(texts[0])

    def check(self, claim: Claim) -> Iterator[Hit]:
        if claim.clm is None or claim.frequency not in RESUBMISSIONS or claim.references("F8"):
            return
        message = (
            f"frequency {claim.frequency} without the payer's claim control number (REF*F8 in "
            "loop 2300)"
        )
        yield Hit(claim.clm, 5, 3, message)


def _diagnoses_scattered(claim: Claim) -> bool:
    """Whether several HI hold diagnoses, so that it is unclear what a pointer counts."""
    return sum(hi.value(1, 1) in DIAGNOSES for hi in claim.all("HI")) > 1


def _paperwork(claim: Claim) -> Iterator[tuple[Paperwork, str]]:
    """Every PWK of a claim with the number of its service line, empty for the claim's own."""
    for paperwork in claim.paperwork:
        yield paperwork, ""
    for line in claim.lines:
        for paperwork in line.paperwork:
            yield paperwork, line.number


RULES: tuple[type[Rule], ...] = (
    DiagnosisPointers,
    ControlNumberMissing,
    ControlNumberUnwanted,
    OriginalReference,
)
