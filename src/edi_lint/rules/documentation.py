"""What a claim says about documents that support a line of a rule pack: DOC001, DOC002, DOC005."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import zip_longest

from edi_lint.claims.views import dates_of
from edi_lint.codes.answers import Standing
from edi_lint.engine import plain_number
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import DIAGNOSIS, safe_code
from edi_lint.packs import Pack
from edi_lint.packs.profiles import Profile
from edi_lint.rules.base import PackRule, Rule
from edi_lint.rules.examples import Example
from edi_lint.rules.notes import says_something
from edi_lint.rules.parts import (
    IS_MEDICARE,
    LEADS,
    MODIFIERS,
    PACK,
    PROFILE,
    SERVICE,
    At,
    Derived,
    Part,
    Said,
    other_payer,
)
from edi_lint.rules.run import Run
from edi_lint.rules.situational import DIAGNOSES

_TAKES_TWO_TYPES = (
    "policies:",
    "  A4306:",
    '    report_types: {accepted: [AS, B3], citation: "the plan\'s manual, page 7"}',
)


_DENIED = frozenset({"GX", "GY", "GZ"})
"""Modifiers of a line that Medicare is expected to deny."""


def _is_documented(
    run: Run,
    pack: Pack | None,
    paperwork: tuple[str, ...],
    authors: tuple[str, ...],
    notes: tuple[str, ...],
    references: tuple[str, ...],
    payers: tuple[str, ...],
) -> bool:
    """Whether a claim or a line by itself points to documentation."""
    del run
    return pack is not None and (
        bool(paperwork)
        or any(
            author in pack.notes and (not note or says_something(note.upper(), pack))
            for author, note in zip(authors, notes, strict=True)
        )
        or any(
            qualifier in pack.references and not other_payer(payer)
            for qualifier, payer in zip(references, payers, strict=True)
        )
    )


def _documenting(loop: str) -> Derived:
    return Derived(
        _is_documented,
        PACK,
        Part(loop, "PWK", 1, every=True),
        Part(loop, "NTE", 1, every=True),
        Part(loop, "NTE", 2, every=True),
        Part(loop, "REF", 1, every=True),
        Part(loop, "REF", 4, every=True),
    )


class NoDocumentation(PackRule):
    """A line for A4306, or its claim, points to documentation.

    Missing documentation is the first reason named for denials of this code. What counts: a PWK,
    whatever it announces; a note of the provider (NTE, not TPO, which others write); an answered
    form (LQ); a prior authorization or referral number (REF G1 or 9F) of the destination payer,
    not one that REF04 gives to another. A note counts only if it says something of the drug, the
    rate, the duration, the order or the treatment. A medical record number (REF EA), the
    description of SV101-7, K3 and the certification segments CR3 and CRC name no document that a
    payer could ask for.

    Most payers ask for documents only when they review a claim, so this is information; a payer's
    profile that wants documents makes it a warning. Nothing is said to Medicare of a line with GY,
    GX or GZ, which is to be denied, and of facilities, where the system is part of another payment.
    """

    needs = frozenset(
        {
            "2300 NTE",
            "2300 PWK",
            "2300 REF 9F",
            "2300 REF G1",
            "2400 NTE",
            "2400 PWK",
            "2400 REF 9F",
            "2400 REF G1",
            "2440 LQ",
        }
    )
    code = "DOC001"
    name = "no-documentation"
    fault = "Documentation missing"
    level = 6
    severity = Severity.INFO
    response = Response(carc="50", rarc=("M127", "N102"))
    source = "pyx12 4.0.0 maps for where documentation belongs; Noridian, denial pages for CARC 50"
    help = (
        "Announce the order or the medical record with PWK, or say in NTE what the order says: "
        "drug, rate, duration, and what was tried before."
    )
    valid = (
        Example(claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918")),
        Example(claim=("PWK*M1*AA", "HI*ABK:G8918")),
        Example(claim=("NTE*ADD*DRUG AND RATE PER ORDER", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306:GY*120*UN*1***1",), filing="MB"),
        Example(clm="CLM*EX-1*120***22:B:1*Y*A*Y*Y"),
        Example(claim=("REF*G1*AUTH1", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*OD*EL***AC*EX1OD")),
        Example(
            line=(
                "SV1*HC:A4306*120*UN*1***1",
                "DTP*472*D8*20260105",
                "NTE*ADD*DRUG AND RATE PER ORDER",
            )
        ),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260105", "REF*9F*REFERRAL1")),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260105", "LQ*AS*FORM1", "FRM*1*Y")
        ),
        Example(line=("SV1*HC:A4223*120*UN*1***1",)),
    )
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",), at="SV101-02"),
        Example(claim=("REF*EA*RECORD1", "HI*ABK:G8918"), at="SV101-02"),
        Example(claim=("NTE*ADD*THANK YOU", "HI*ABK:G8918"), at="SV101-02"),
        Example(
            line=(
                "SV1*HC:A4306*120*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*G1*AUTH2**2U:PAYER2",
                "NTE*TPO*REVIEWED",
            ),
            at="SV101-02",
        ),
    )

    of_claim = _documenting("2300")
    of_line = _documenting("2400")
    forms = Part("2440", "LQ", 1, each="2440")
    answers = Part("2440", "FRM", 1, every=True, each="2440")
    modifiers = MODIFIERS
    is_medicare = IS_MEDICARE
    own_place = Part("2400", "SV1", 5)
    place = Part("2300", "CLM", 5, 1, 1)

    def judge(
        self,
        pack: Pack,
        procedure: str,
        modifiers: tuple[str, ...],
        is_medicare: bool,
        own_place: str,
        place: str,
        of_claim: bool,
        of_line: bool,
        forms: tuple[str, ...],
        answers: tuple[tuple[str, ...], ...],
    ) -> Iterator[Said]:
        if is_medicare and not _DENIED.isdisjoint(modifiers):
            return
        if (own_place or place) in pack.facility_places:
            return
        answered = (form for form, given in zip(forms, answers, strict=True) if given)
        if of_claim or of_line or not pack.forms.isdisjoint(answered):
            return
        message = f"neither the {procedure} line nor its claim points to documentation"
        yield At("procedure"), message


class ReportType(PackRule):
    """The report type (PWK01) of a claim for A4306 is one that documents this code.

    The payer sorts what arrives by its report type; documents of another kind than the order, the
    record or the report that supports the line end up where nobody looks for them. A payer's
    profile may say which types the payer takes for the code; these count then. Of a claim's own
    PWKs the finding is made once, however many of its lines are for A4306. Reason 250 is the one
    to expect for an attachment of the wrong kind.
    """

    code = "DOC002"
    name = "report-type"
    fault = "Report type that does not document A4306"
    level = 6
    severity = Severity.WARNING
    response = Response(carc="250")
    source = (
        "pyx12 4.0.0 maps: the report types; which of them document A4306 is a choice of this "
        "rule's pack, after PGBA's examples M1, OD, P5 and PY; reason 250 is general knowledge"
    )
    help = (
        "Choose the report type that names the document: B3 for the order, M1 for the medical "
        "record, OB for the operative note, OZ where none fits."
    )
    valid = (
        Example(claim=("PWK*B3*FX***AC*EX1B3", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*OZ*EL***AC*EX1OZ")),
        Example(
            claim=("PWK*DA*FX***AC*EX1DA", "HI*ABK:G8918"),
            line=("SV1*HC:A4223*120*UN*1***1",),
        ),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "LX*2",
                "SV1*HC:A4223*60*UN*1***1",
                "PWK*DA*FX***AC*EX1DA",
            ),
        ),
        Example(claim=("PWK*AS*FX***AC*EX1AS", "HI*ABK:G8918"), profile=_TAKES_TWO_TYPES),
    )
    invalid = (
        Example(claim=("PWK*DA*FX***AC*EX1DA", "HI*ABK:G8918"), at="PWK01"),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "PWK*DA*FX***AC*EX1DA"), at="PWK01"),
        Example(
            claim=("PWK*DA*FX***AC*EX1DA", "HI*ABK:G8918"),
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
            at="PWK01",
        ),
        Example(
            claim=("PWK*NN*FX***AC*EX1NN", "HI*ABK:G8918"), profile=_TAKES_TWO_TYPES, at="PWK01"
        ),
    )

    leads = LEADS
    of_claim = Part("2300", "PWK", 1, every=True)
    of_line = Part("2400", "PWK", 1, every=True)
    profile = PROFILE

    def judge(
        self,
        pack: Pack,
        procedure: str,
        leads: bool,
        of_claim: tuple[str, ...],
        of_line: tuple[str, ...],
        profile: Profile,
    ) -> Iterator[Said]:
        policy = profile.policies.get(procedure.upper())
        listed = policy.report_types if policy else None
        types = listed.values if listed else pack.report_types
        announced = [(At("of_claim", n), said) for n, said in enumerate(of_claim) if leads]
        announced += [(At("of_line", n), said) for n, said in enumerate(of_line)]
        for place, report_type in announced:
            if _is_report_type(report_type) and report_type not in types:
                message = f"report type {report_type} is none that documents {procedure}"
                if listed:
                    message += f" for {profile.title} ({listed.citation})"
                yield place, message


class Unspecific(PackRule):
    """A line for A4306 points to a diagnosis that is more than a symptom or an unspecified one.

    Lack of specificity is among the reasons named for denials of this code. A code counts as
    unspecified when its title says so, as a symptom when it is of ICD-10-CM's chapter for them (R00
    to R99). One that is neither is enough. Nothing is said where a code that is pointed to is none
    on the date of service, or no ICD-10-CM code: COD004 looks at these.
    """

    code = "DOC005"
    name = "unspecific-diagnosis"
    fault = "Diagnosis unspecific"
    level = 6
    severity = Severity.INFO
    source = (
        "ICD-10-CM, the releases held, for titles and chapters; that it leads to denials is a "
        "requirement of this product, without a payer's page"
    )
    help = (
        "Point to the condition that the infusion treats, as specific as the record allows: site, "
        "side, acute or chronic."
    )
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",)),
        Example(claim=("HI*ABK:R52*ABF:G8918",), line=("SV1*HC:A4306*120*UN*1***1:2",)),
        Example(claim=("HI*ABK:R52*ABF:G8918",), line=("SV1*HC:A4223*120*UN*1***1",)),
    )
    invalid = (
        Example(claim=("HI*ABK:R52",), at="SV107"),
        Example(
            claim=("HI*ABK:G8918*ABF:R52*ABF:M549",),
            line=("SV1*HC:A4306*120*UN*1***2:3",),
            at="SV107",
        ),
    )

    qualifiers = Part("2300", "HI", 0, qualifier=DIAGNOSES)
    codes = Part("2300", "HI", 0, 2, qualifier=DIAGNOSES)
    pointers = Part("2400", "SV1", 7)
    service = SERVICE

    def judge(
        self,
        pack: Pack,
        procedure: str,
        qualifiers: tuple[str, ...],
        codes: tuple[str, ...],
        pointers: str,
        service: str,
    ) -> Iterator[Said]:
        del pack
        diagnoses = dict(enumerate(zip_longest(qualifiers, codes, fillvalue=""), start=1))
        known = {str(n): diagnosis for n, diagnosis in diagnoses.items() if any(diagnosis)}
        pointed = [known[p] for p in map(plain_number, pointers.split(":")) if p in known]
        day = dates_of(service).first
        if pointed and all(_is_unspecific(*diagnosis, day) for diagnosis in pointed):
            said = " and ".join(safe_code(DIAGNOSIS, code) for _, code in pointed)
            message = f"{procedure} points to {said} alone: a symptom, or unspecified"
            yield At("pointers", also=At("qualifiers", whole=True)), message


def _is_unspecific(qualifier: str, code: str, day: date | None) -> bool:
    """Whether a diagnosis is one of ICD-10-CM, and a symptom or an unspecified one."""
    from edi_lint.codes import icd10cm

    if qualifier not in _ICD_10_CM:
        return False
    found = icd10cm.look_up(code, day)
    return found.standing is Standing.VALID and (found.unspecified or found.symptom)


_ICD_10_CM = ("ABK", "ABF")
"""HI qualifiers of ICD-10-CM diagnoses."""


def _is_report_type(value: str) -> bool:
    """Whether PWK01 has the form of a code at all; STR001, STR002 and ENV008 judge the others."""
    return len(value) == 2 and value.isascii() and value.isalnum()


RULES: tuple[type[Rule], ...] = (NoDocumentation, ReportType, Unspecific)
