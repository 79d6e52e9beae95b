"""Documents that a claim announces, forms it should not carry: SIT002 to SIT005, SIT014."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import ClassVar

from edi_lint.claims import Claim, Paperwork, ServiceLine
from edi_lint.engine import (
    SegmentPlace,
    Segments,
    Shape,
    Shared,
    SharedValues,
    TextPart,
    Texts,
    ValuePlace,
    Values,
)
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_number
from edi_lint.rules.base import (
    ClaimRule,
    EarlierClaim,
    Hit,
    LineRule,
    Rule,
    SharedRule,
    Speaks,
    ValueRule,
)
from edi_lint.rules.examples import Example
from edi_lint.rules.segment_edits import remove_segments
from edi_lint.x12 import Segment

SENT_SEPARATELY = frozenset({"BM", "EL", "EM", "FT", "FX"})
"""PWK02: the documents follow by mail, electronically, by e-mail, file transfer or fax."""
ON_REQUEST = "AA"
"""PWK02: the documents stay with the provider until the payer asks for them."""
CERTIFICATE = "CT"
"""PWK01 of a certification, and with one of `CERTIFICATES_BY` of the CMN indicator."""
CERTIFICATES_BY = frozenset({"AB", "AD", "AF", "AG", "NS"})
"""PWK02 of a line's CMN indicator, which announces no documents."""
FORMS = frozenset({"AS", "UT"})
"""LQ01 of a form that is answered in the claim."""
CERTIFICATIONS = frozenset({"I", "R", "S"})
"""CR301: initial, renewed or revised certification."""
CERTIFICATES_ENDED = date(2023, 1, 1)
"""The first date of service for which Medicare takes no CMN and no DIF."""

LONGEST_CONTROL_NUMBER = 50
"""Characters of PWK06 that payers take; the guide's map has room for 80."""
_ROOM_FOR_CONTROL_NUMBER = 80

PAPERWORK = Segments(SegmentPlace("PWK", read=(2,), filled=(5, 6)), (TextPart("2000B", "SBR", 9),))
"""What the rules about a PWK look at: how the documents are sent, and if they have a number; then
the claim filing indicator of the destination payer."""

_SENT_IN_2023 = (("*20260110*1200*CH", "*20230210*1200*CH"),)
"""A change of examples: a date of creation less than a year after the services."""


class _AttachmentNumber(Rule):
    """What the two looks at attachment control numbers have in common."""

    code = "SIT004"
    name = "control-number"
    fault = "Attachment control number too long or shared"
    level = 4
    severity = Severity.ERROR
    source = (
        "CGS Part B, cope20093: the maximum length of PWK06 is 50, one claim per cover sheet; "
        "pyx12 4.0.0 maps: 80"
    )
    help = (
        "Give the documents a control number of at most 50 characters that no other claim has, and "
        "write the same number on their cover sheet."
    )


class _NumberOfAnotherClaim(_AttachmentNumber, SharedRule):
    """An attachment control number appears in only one claim of a file."""

    shares = (SharedValues((ValuePlace("PWK", 6, 0, 5, 0, "AC"),)),)

    def shared(self, share: Shared, earlier: EarlierClaim) -> str:
        del share
        return (
            "the attachment control number is also that of documents of claim "
            f"{earlier.number} of set {safe_number(earlier.transaction)}"
        )


class ControlNumber(_AttachmentNumber, ValueRule):
    """An attachment control number (PWK06) has at most 50 characters, and belongs to one claim.

    The number is on the documents' cover sheet too and is what they are matched by; one that is
    cut short on its way matches nothing, and one that two claims of a file have matches either. In
    one claim it may stand several times. A claim that comes twice as a whole is SIT017's. The map
    has room for 80 characters, beyond which ENV008 speaks, as it does of characters that X12 does
    not have; blanks around the number are ENV009's.
    """

    valid = (
        Example(claim=(f"PWK*B3*FX***AC*{'EX1B3' * 10}", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*B3*EL***AC*EX1-B3/2")),
        Example(
            claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918"),
            line=("SV1*HC:A4306*120*UN*1***1", "PWK*OB*FX***AC*EX1B3"),
        ),
    )
    invalid = (
        Example(claim=(f"PWK*B3*FX***AC*{'EX1B3' * 10}X", "HI*ABK:G8918"), at="PWK06"),
        Example(line=("SV1*HC:A4306*120*UN*1***1", f"PWK*B3*EL***AC*{'EX1B3' * 16}"), at="PWK06"),
        Example(
            claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918"),
            more=(
                *("CLM*EX-2*90***12:B:1*Y*A*Y*Y", "PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918", "LX*1"),
                *("SV1*HC:A4306*90*UN*1***1", "DTP*472*D8*20260106"),
            ),
            at="PWK06",
        ),
    )
    also: ClassVar[tuple[type[Rule], ...]] = (_NumberOfAnotherClaim,)

    places = (ValuePlace("PWK", 6, shape=Shape.LENGTH),)

    def judge(self, value: str) -> str | None:
        if LONGEST_CONTROL_NUMBER < len(value) <= _ROOM_FOR_CONTROL_NUMBER:
            return (
                f"the attachment control number has {len(value)} characters, more than "
                f"{LONGEST_CONTROL_NUMBER}"
            )
        return None


class SeveralPaperwork(LineRule):
    """A Medicare claim announces documents with one PWK, and so does each of its service lines.

    Medicare's contractors consider only the first PWK of a claim and the first of a line; what the
    others announce is not waited for. A line's CMN indicator (PWK01 CT with PWK02 AB, AD, AF, AG or
    NS) announces nothing and is not counted. The claim's own are named with its first line.
    """

    needs = frozenset({"2300 PWK", "2400 PWK"})
    code = "SIT005"
    name = "several-paperwork"
    fault = "Several PWK on a Medicare claim or line"
    level = 4
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    source = "CGS Part B, cope20093: only the first PWK of the claim or line is considered"
    help = (
        "Send all documents of a claim, or of a line, together under one control number, and "
        "announce them with one PWK."
    )
    valid = (
        Example(
            claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918"),
            line=("SV1*HC:A4306:GY*120*UN*1***1", "PWK*M1*FX***AC*EX1M1"),
            filing="MB",
        ),
        Example(
            line=(
                "SV1*HC:A4306:GY*60*UN*1***1",
                "PWK*B3*FX***AC*EX1B3",
                "LX*2",
                "SV1*HC:A4223:GY*60*UN*1***1",
                "PWK*B3*FX***AC*EX1B3",
            ),
            filing="MB",
        ),
        Example(
            claim=("PWK*B3*FX***AC*EX1B3", "PWK*M1*FX***AC*EX1M1", "HI*ABK:G8918"), filing="CI"
        ),
    )
    invalid = (
        Example(
            claim=("PWK*B3*FX***AC*EX1B3", "PWK*M1*FX***AC*EX1M1", "HI*ABK:G8918"),
            line=("SV1*HC:A4306:GY*60*UN*1***1", "LX*2", "SV1*HC:A4223:GY*60*UN*1***1"),
            filing="MB",
            at="PWK",
        ),
        Example(
            line=(
                "SV1*HC:A4306:GY*120*UN*1***1",
                "PWK*B3*FX***AC*EX1B3",
                "PWK*M1*FX***AC*EX1M1",
                "PWK*P5*AA",
            ),
            filing="MB",
            at="PWK",
        ),
    )

    trigger = Texts((TextPart("2300", "PWK", 1), TextPart("2400", "PWK", 1)))

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        """Never by what one PWK says: the trigger goes off by itself where there are several."""
        del texts
        return False

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        if line is line.claim.lines[0]:
            yield from _beyond_the_first(line.claim.paperwork, "claim")
        yield from _beyond_the_first(line.paperwork, "line")


class EndedCertificates(ClaimRule):
    """A Medicare line for a date of service from 2023 on carries no CMN and no DIF.

    Certificates of medical necessity and DME information forms ended with 2022. Medicare's front
    end rejects a claim that still answers one (LQ and FRM, loop 2440), hence an error; the CMN
    indicator (PWK01 CT with PWK02 AB, AD, AF, AG or NS) and the certification (CR3) that went with
    them say nothing any more, hence a warning.
    """

    code = "SIT014"
    name = "ended-certificates"
    fault = "Certificate that ended in 2023"
    level = 4
    severity = Severity.ERROR
    speaks = Speaks.MEDICARE_ONLY
    response = Response(stc=("A7", "698"))
    source = (
        "CEDI, top ten edits of December 2022: X222.492.2440.LQ02.030; that PWK CT and CR3 belong "
        "to certificates: pyx12 4.0.0 maps"
    )
    help = (
        "Leave LQ and FRM, the CMN indicator and CR3 out. Announce the order or the medical record "
        "with a PWK where the payer should see it."
    )
    valid = (
        Example(
            line=(
                "SV1*HC:A4306:GY*120*UN*1***1",
                "PWK*CT*FX***AC*EX1CT",
                "DTP*472*D8*20260105",
            ),
            filing="MB",
        ),
        Example(
            line=(
                "SV1*HC:E0781*120*UN*1***1",
                "PWK*CT*AD",
                "CR3*I*MO*12",
                "DTP*472*RD8*20221231-20230130",
                "LQ*UT*09.03",
                "FRM*1*Y",
            ),
            filing="MB",
            change=_SENT_IN_2023,
        ),
        Example(
            line=(
                "SV1*HC:E0781*120*UN*1***1",
                "DTP*472*D8*20260105",
                "LQ*UT*09.03",
                "FRM*1*Y",
            ),
            filing="16",
        ),
    )
    invalid = (
        Example(
            line=(
                "SV1*HC:E0781*120*UN*1***1",
                "DTP*472*D8*20230101",
                "LQ*UT*09.03",
                "FRM*1*Y",
                "FRM*2**5",
            ),
            filing="MB",
            change=_SENT_IN_2023,
            at="LQ",
            fixed=(("LQ*UT*09.03", ""), ("FRM*1*Y", ""), ("FRM*2**5", "")),
        ),
        Example(
            line=("SV1*HC:E0781*120*UN*1***1", "PWK*CT*AB", "DTP*472*D8*20260105"),
            filing="MB",
            at="PWK",
            fixed=(("PWK*CT*AB", ""),),
        ),
        Example(
            line=("SV1*HC:E0781*120*UN*1***1", "CR3*I*MO*12", "DTP*472*D8*20260105"),
            filing="MB",
            at="CR3",
            fixed=(("CR3*I*MO*12", ""),),
        ),
    )

    trigger = Values(
        (
            ValuePlace("LQ", 1, loops=("2440",)),
            ValuePlace("CR3", 1, loops=("2400",)),
            ValuePlace("PWK", 2, when_element=1, when_value=CERTIFICATE, loops=("2400",)),
        )
    )

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return not (FORMS | CERTIFICATIONS | CERTIFICATES_BY).isdisjoint(texts[0])

    def check(self, claim: Claim) -> Iterator[Hit]:
        for line in claim.lines:
            day = line.service_dates.first
            if day is None or day < CERTIFICATES_ENDED:
                continue
            for form in line.forms:
                if form.qualifier in FORMS and form.segment.node:
                    what = "a form that is answered in the claim"
                    segments = (form.segment, *form.answers)
                    yield _ended(segments, what, line, Severity.ERROR)
            for pwk in (p.segment for p in line.paperwork if _is_cmn_indicator(p)):
                yield _ended((pwk,), "a CMN indicator", line, Severity.WARNING)
            cr3 = line.certification
            if cr3 is not None and cr3.node and cr3.value(1) in CERTIFICATIONS:
                yield _ended((cr3,), "a CMN's certification", line, Severity.WARNING)


def _paperwork(claim: Claim) -> Iterator[tuple[Paperwork, str]]:
    """Every PWK of a claim with the number of its service line, empty for the claim's own."""
    for paperwork in claim.paperwork:
        yield paperwork, ""
    for line in claim.lines:
        for paperwork in line.paperwork:
            yield paperwork, line.number


def _beyond_the_first(paperwork: tuple[Paperwork, ...], level: str) -> Iterator[Hit]:
    """The hit on the second PWK of a claim or line, where there is one."""
    announcing = [p.segment for p in paperwork if not _is_cmn_indicator(p)]
    if len(announcing) > 1:
        message = f"{len(announcing)} PWK on this {level}; Medicare considers only the first"
        yield Hit(announcing[1], 0, 0, message)


def _is_cmn_indicator(paperwork: Paperwork) -> bool:
    return (
        paperwork.report_type == CERTIFICATE
        and paperwork.transmission in CERTIFICATES_BY
        and paperwork.segment.node > 0
    )


def _ended(segments: tuple[Segment, ...], what: str, line: ServiceLine, severity: Severity) -> Hit:
    message = f"{what}, for a date of service from {CERTIFICATES_ENDED} on"
    fix = remove_segments(segments, f"remove the {segments[0].tag} and what belongs to it")
    return Hit(segments[0], 0, 0, message, fix, line.number, severity)


RULES: tuple[type[Rule], ...] = (
    ControlNumber,
    SeveralPaperwork,
    EndedCertificates,
)
