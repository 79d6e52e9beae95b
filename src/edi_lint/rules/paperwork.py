"""Documents that a claim announces, forms it should not carry: SIT002 to SIT005, SIT014."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi_lint.claims.views import dates_of
from edi_lint.engine import Shape, Shared, SharedValues, ValuePlace
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_number
from edi_lint.rules.base import (
    ClaimRule,
    EarlierClaim,
    LineRule,
    Rule,
    SharedRule,
    Speaks,
    ValueRule,
)
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import LINE_INDEX, SERVICE, At, Part, RemoveSegments, Said

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

_SENT_IN_2023 = (("*20260110*1200*CH", "*20230210*1200*CH"),)
"""A change of examples: a date of creation less than a year after the services."""


class ControlNumber(ValueRule, SharedRule):
    """An attachment control number (PWK06) has at most 50 characters, and belongs to one claim.

    The number is on the documents' cover sheet too and is what they are matched by; one that is
    cut short on its way matches nothing, and one that two claims of a file have matches either. In
    one claim it may stand several times. A claim that comes twice as a whole is SIT017's. The map
    has room for 80 characters, beyond which ENV008 speaks, as it does of characters that X12 does
    not have; blanks around the number are ENV009's.
    """

    code = "SIT004"
    name = "control-number"
    fault = "Attachment control number too long or shared"
    level = 4
    severity = Severity.ERROR
    response = Response(stc=("A7", "489"))
    source = (
        "CGS Part B, cope20093: the maximum length of PWK06 is 50, one claim per cover sheet; "
        "pyx12 4.0.0 maps: 80"
    )
    help = (
        "Give the documents a control number of at most 50 characters that no other claim has, and "
        "write the same number on their cover sheet."
    )

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
    places = (ValuePlace("PWK", 6, shape=Shape.LENGTH),)
    shares = (SharedValues((ValuePlace("PWK", 6, 0, 5, 0, "AC"),)),)

    def judge(self, value: str) -> str | None:
        if LONGEST_CONTROL_NUMBER < len(value) <= _ROOM_FOR_CONTROL_NUMBER:
            return (
                f"the attachment control number has {len(value)} characters, more than "
                f"{LONGEST_CONTROL_NUMBER}"
            )
        return None

    def shared(self, share: Shared, earlier: EarlierClaim) -> str:
        del share
        return (
            "the attachment control number is also that of documents of claim "
            f"{earlier.number} of set {safe_number(earlier.transaction)}"
        )


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

    # one PWK by itself gives no cause to ask: only several do
    several_of_claim = Part("2300", "PWK", 1).unless(lambda text: True)
    several_of_line = Part("2400", "PWK", 1).unless(lambda text: True)
    line = LINE_INDEX
    of_claim = Part("2300", "PWK", 1, every=True)
    sent_of_claim = Part("2300", "PWK", 2, every=True)
    of_line = Part("2400", "PWK", 1, every=True)
    sent_of_line = Part("2400", "PWK", 2, every=True)

    def judge(
        self,
        line: int,
        of_claim: tuple[str, ...],
        sent_of_claim: tuple[str, ...],
        of_line: tuple[str, ...],
        sent_of_line: tuple[str, ...],
    ) -> Iterator[Said]:
        if not line:
            yield from _beyond_the_first("of_claim", of_claim, sent_of_claim, "claim")
        yield from _beyond_the_first("of_line", of_line, sent_of_line, "line")


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
    addresses = ("https://ngscedi.com/web/ngscedi/w/top-10-edits-in-december-2022",)
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

    answered = Part("2440", "LQ", 1, every=True).unless(lambda form: form not in FORMS)
    forms = Part("2440", "LQ", 1, each="2440")
    answers = Part("2440", "FRM", 1, every=True, each="2440")
    types = Part("2400", "PWK", 1, every=True)
    sent = Part("2400", "PWK", 2, every=True).unless(lambda by: by not in CERTIFICATES_BY)
    certifications = Part("2400", "CR3", 1).unless(lambda said: said not in CERTIFICATIONS)
    services = SERVICE

    def judge(
        self,
        forms: tuple[tuple[str, ...], ...],
        answers: tuple[tuple[tuple[str, ...], ...], ...],
        types: tuple[tuple[str, ...], ...],
        sent: tuple[tuple[str, ...], ...],
        certifications: tuple[str, ...],
        services: tuple[str, ...],
    ) -> Iterator[Said]:
        for line, service in enumerate(services):
            day = dates_of(service).first
            if day is None or day < CERTIFICATES_ENDED:
                continue
            for n, (form, given) in enumerate(zip(forms[line], answers[line], strict=True)):
                if form in FORMS:
                    places = [At("answers", line, n, answer) for answer in range(len(given))]
                    what = "a form that is answered in the claim"
                    yield _ended(At("forms", line, n), "LQ", what, Severity.ERROR, *places)
            for n, pwk in enumerate(zip(types[line], sent[line], strict=True)):
                if _is_cmn_indicator(*pwk):
                    what = "a CMN indicator"
                    yield _ended(At("types", line, n), "PWK", what, Severity.WARNING)
            if certifications[line] in CERTIFICATIONS:
                what = "a CMN's certification"
                yield _ended(At("certifications", line), "CR3", what, Severity.WARNING)


def _beyond_the_first(
    part: str, types: tuple[str, ...], sent: tuple[str, ...], level: str
) -> Iterator[Said]:
    """What is said of the second PWK of a claim or line, where there is one."""
    both = enumerate(zip(types, sent, strict=True))
    announcing = [n for n, pwk in both if not _is_cmn_indicator(*pwk)]
    if len(announcing) > 1:
        message = f"{len(announcing)} PWK on this {level}; Medicare considers only the first"
        also = At(part, announcing[0], whole=True)
        yield At(part, announcing[1], whole=True, also=also), message


def _is_cmn_indicator(report_type: str, transmission: str) -> bool:
    return report_type == CERTIFICATE and transmission in CERTIFICATES_BY


def _ended(place: At, tag: str, what: str, severity: Severity, *answers: At) -> Said:
    message = f"{what}, for a date of service from {CERTIFICATES_ENDED} on"
    place.whole = True
    fix = RemoveSegments(f"remove the {tag} and what belongs to it", place, *answers)
    return At(place.part, *place.path, whole=True, severity=severity, fix=fix), message


RULES: tuple[type[Rule], ...] = (
    ControlNumber,
    SeveralPaperwork,
    EndedCertificates,
)
