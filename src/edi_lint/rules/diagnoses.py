"""Diagnosis codes looked up in ICD-10-CM by the day of service: COD004."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from edi_lint.claims import dates_of
from edi_lint.codes import hcpcs, icd10cm
from edi_lint.codes.answers import Days, Reach, Standing
from edi_lint.engine import plain_number
from edi_lint.findings import Applicability, Response, Severity
from edi_lint.findings.masking import safe_day
from edi_lint.rules.base import ClaimRule, Rule
from edi_lint.rules.examples import LINE, Example
from edi_lint.rules.parts import CODE, SERVICE, SERVICE_DAY, At, Part, Said, Write
from edi_lint.rules.service_days import is_early
from edi_lint.rules.situational import DIAGNOSES, POINTERS_OF_LINE

TENTH_REVISION = date(2015, 10, 1)
"""Services from this day on are coded in ICD-10-CM, earlier ones in ICD-9-CM."""

_MOST = 12
"""Diagnoses in an HI segment."""
_CODE = re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}", re.ASCII)
_DOTTED = re.compile(r"[A-Z][0-9][0-9A-Z]\.[0-9A-Z]{0,4}", re.ASCII | re.IGNORECASE)


def _qualifier(tenth: bool, position: int) -> str:
    """The guide's HI qualifier of a diagnosis; STR002 judges those that are none of these."""
    return ("A" if tenth else "") + ("BK" if position == 1 else "BF")


class _CodedDiagnosis(NamedTuple):
    """A diagnosis of a claim; `position` counts from 1 in its HI."""

    qualifier: str
    code: str
    position: int


class _DatedLine(NamedTuple):
    """What of a service line says when its diagnoses count."""

    code: str
    pointers: frozenset[str]
    day: date | None


def _good_days(code: str) -> Days | None:
    """The days on which nothing is to be said of a code, as it is written."""
    known = icd10cm.good_days(code) if _CODE.fullmatch(code) else None
    if known is None or known.first is None:
        return known
    return Days(max(known.first, TENTH_REVISION), known.last)


class DiagnosisCode(ClaimRule):
    """A diagnosis is a billable code of ICD-10-CM on the date of service, without a dot, sent once.

    A code is looked up in the release of the date of service of each line that points to it, where
    none does in that of the claim's first service: codes come and go each October, and one that has
    become a category with longer codes is billable no more. Where no release is held for that
    date, the nearest one is asked and the finding is a warning that says so. ICD-10-CM (ABK, ABF)
    is for services from 2015-10-01 on, and a warning before; ICD-9-CM (BK, BF) is for earlier ones,
    and nothing else is known of it here. A code in lower case is a warning. Which qualifier belongs
    where is STR002's.
    """

    code = "COD004"
    name = "diagnosis-code"
    fault = "Diagnosis code wrong, not billable or repeated"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "255"))
    source = (
        "CDC/NCHS, ICD-10-CM, the releases held (`edi-lint codes` lists them); a clearinghouse's "
        "published edits (STEDI) for duplicates and for the day on which ICD-10-CM replaced "
        "ICD-9-CM; the guide for codes without a dot; statuses 254 and 255 and upper case are "
        "general knowledge"
    )
    addresses = (
        "https://www.stedi.com/changelog/claim-edit-duplicate-diagnosis-codes",
        "https://www.stedi.com/changelog/claim-edit-icd-10-diagnosis-code-with-pre-implementation-service-date",
        "https://www.stedi.com/changelog/claim-edit-icd-9-qualifier-after-the-icd-10-transition-date",
    )
    help = (
        "Send the code as ICD-10-CM of the date of service lists it, to the last character and "
        "without a dot; where a diagnosis is taken out, correct the pointers in SV107."
    )
    fix_safety = (
        "The dot behind the third character is how a code is printed, and no part of it; nothing "
        "else of the code is changed."
    )
    valid = (
        Example(claim=("HI*ABK:G8918*ABF:M75121",)),
        Example(claim=("HI*ABK:M545",), line=(*LINE, "DTP*472*D8*20210901")),
        Example(claim=("HI*BK:7231",), line=(*LINE, "DTP*472*D8*20150930")),
        Example(claim=("HI*ABK:G8918",), line=(*LINE, "DTP*472*D8*20151001")),
    )
    invalid = (
        Example(
            claim=("HI*ABK:G89.18",),
            at="HI01-02",
            fixed=(("HI*ABK:G89.18", "HI*ABK:G8918"),),
        ),
        Example(claim=("HI*ABK:M545",), at="HI01-02"),
        Example(
            claim=("HI*ABK:G8918*ABF:M5450",), line=(*LINE, "DTP*472*D8*20210901"), at="HI02-02"
        ),
        Example(claim=("HI*ABK:G8918*ABF:Q99Z9",), at="HI02-02"),
        Example(claim=("HI*ABK:7231",), at="HI01-02"),
        Example(claim=("HI*ABK:G8918*ABF:M75121*ABF:G8918",), at="HI03-02"),
        Example(claim=("HI*BK:7231",), at="HI01-01"),
        Example(claim=("HI*ABK:G8918",), line=(*LINE, "DTP*472*D8*20150930"), at="HI01-01"),
        Example(claim=("HI*ABK:g8918",), at="HI01-02"),
    )
    qualifiers = Part("2300", "HI", 0, qualifier=DIAGNOSES).unless(
        lambda qualifier: qualifier not in ("BK", "BF")
    )
    codes = Part("2300", "HI", 0, 2, qualifier=DIAGNOSES).within(_good_days, SERVICE_DAY, once=True)
    services = SERVICE
    pointers = POINTERS_OF_LINE
    procedures = CODE

    def judge(
        self,
        qualifiers: tuple[str, ...],
        codes: tuple[str, ...],
        services: tuple[str, ...],
        pointers: tuple[tuple[str, ...], ...],
        procedures: tuple[str, ...],
    ) -> Iterator[Said]:
        both = zip_longest(qualifiers[:_MOST], codes[:_MOST], fillvalue="")
        diagnoses = [_CodedDiagnosis(*said, n) for n, said in enumerate(both, start=1)]
        lines = [
            _DatedLine(
                code, frozenset(map(plain_number, filter(None, pointed))), dates_of(text).first
            )
            for code, pointed, text in zip(procedures, pointers, services, strict=True)
        ]
        dated = [line for line in lines if not _is_misdated(line)]
        tenth = _of_revision(diagnoses, tenth=True)
        yield from _repeated(tenth)
        yield from _ninth_revision(_of_revision(diagnoses, tenth=False), dated)
        if any(is_early(line.day) for line in dated):
            yield from _too_early(tenth, dated)
        yield from _looked_up(tenth, dated)


def _of_revision(diagnoses: list[_CodedDiagnosis], tenth: bool) -> list[_CodedDiagnosis]:
    """The diagnoses of a claim that are coded in ICD-10-CM, or in ICD-9-CM."""
    return [d for d in diagnoses if d.code and d.qualifier == _qualifier(tenth, d.position)]


def _repeated(diagnoses: list[_CodedDiagnosis]) -> Iterator[Said]:
    """A diagnosis is sent once in a claim."""
    known: dict[str, int] = {}
    for diagnosis in diagnoses:
        first = known.setdefault(diagnosis.code, diagnosis.position)
        if first != diagnosis.position:
            place = _at(diagnosis)
            place.also = At("codes", first - 1)
            yield place, f"the diagnosis code is the same as that of HI{first:02}"


def _ninth_revision(diagnoses: list[_CodedDiagnosis], lines: list[_DatedLine]) -> Iterator[Said]:
    """ICD-9-CM (BK and BF) is not for services from 2015-10-01 on; said once."""
    for diagnosis in diagnoses:
        day = max((d for d in _days(diagnosis, lines) if d), default=None)
        if day is not None and day >= TENTH_REVISION:
            message = (
                f"{diagnosis.qualifier} says ICD-9-CM; a service of {safe_day(day)} is coded in "
                f"ICD-10-CM (A{diagnosis.qualifier})"
            )
            yield _at(diagnosis, part="qualifiers"), message
            return


def _days(diagnosis: _CodedDiagnosis, lines: list[_DatedLine]) -> Sequence[date | None]:
    """The days of service that a diagnosis is for, in order; None alone where none is known."""
    pointer = str(diagnosis.position)
    days = {line.day for line in lines if pointer in line.pointers}
    every = {line.day for line in lines}
    return sorted(d for d in days if d) or [min((d for d in every if d), default=None)]


def _is_misdated(line: _DatedLine) -> bool:
    """Whether its procedure code did not exist yet, which SIT009 or COD001 says: that is enough."""
    if not is_early(line.day):
        return False
    return hcpcs.look_up(line.code, line.day).standing is Standing.NOT_YET


def _too_early(diagnoses: list[_CodedDiagnosis], lines: list[_DatedLine]) -> Iterator[Said]:
    """What is said of a claim that codes a service from before ICD-10-CM in it.

    A warning, as no release is held for such a day; samples that circulate do it.
    """
    for diagnosis in diagnoses:
        day = _days(diagnosis, lines)[0]
        if day is not None and day < TENTH_REVISION:
            message = (
                f"{diagnosis.qualifier} says ICD-10-CM; a service of {safe_day(day)} is coded in "
                f"ICD-9-CM ({diagnosis.qualifier[1:]})"
            )
            yield _at(diagnosis, part="qualifiers", severity=Severity.WARNING), message
            return


def _looked_up(diagnoses: list[_CodedDiagnosis], lines: list[_DatedLine]) -> Iterator[Said]:
    """What is wrong with each of the codes, at its first place."""
    known: set[str] = set()
    for diagnosis in diagnoses:
        days = [d for d in _days(diagnosis, lines) if d is None or d >= TENTH_REVISION]
        if diagnosis.code not in known and days:
            known.add(diagnosis.code)
            yield from _of_one(diagnosis, days)


class _CodeFault(NamedTuple):
    """What is wrong with a code, in words that follow it."""

    severity: Severity
    words: str


def _of_one(diagnosis: _CodedDiagnosis, days: list[date | None]) -> Iterator[Said]:
    sent = diagnosis.code.rstrip(" ")
    dotted = _DOTTED.fullmatch(sent)
    meant = (sent.replace(".", "") if dotted else sent).upper()
    faults = [fault for day in days if (fault := _fault(meant, day))]
    fix = None
    if dotted:
        faults.append(_CodeFault(Severity.ERROR, "is written with a dot, which is not sent"))
        fix = _written(diagnosis.code.replace(".", ""), Applicability.AUTOMATIC)
    elif not faults and sent != meant:
        faults.append(_CodeFault(Severity.WARNING, "is written in lower case"))
        fix = _written(diagnosis.code.upper(), Applicability.SUGGESTED)
    if faults:
        worst = min(faults, key=lambda fault: fault.severity.rank)
        named = f"diagnosis code {sent}" if _CODE.fullmatch(meant) else "the diagnosis code"
        yield _at(diagnosis, severity=worst.severity, fix=fix), f"{named} {worst.words}"


def _written(code: str, applicability: Applicability) -> Write:
    return Write(code, f"write {code.rstrip(' ')}", applicability)


def _fault(code: str, day: date | None) -> _CodeFault | None:
    """What is wrong with a code on a day; only a release of that day makes it an error."""
    formed, shown = _CODE.fullmatch(code), safe_day(day) if day else ""
    found = icd10cm.look_up(code if formed else "", day)
    if found.standing is Standing.VALID:
        return None
    if not formed:
        words = "is none of ICD-10-CM: a letter, a digit, and one to five more letters or digits"
    elif found.standing is Standing.HEADER:
        words = "is a category with longer codes, and not billable"
    elif found.standing is Standing.NOT_YET:
        words = f"is not valid yet on {shown}"
    elif found.standing is Standing.ENDED:
        words = f"is no longer valid on {shown}; its last day was {found.last}"
    else:
        words = "is none of ICD-10-CM"
    if found.sure:
        return _CodeFault(Severity.ERROR, words)
    no_day = found.reach is Reach.NO_DAY
    missing = "no date of service" if no_day else f"no release for {shown}"
    return _CodeFault(
        Severity.WARNING, f"{words}, as far as {found.release.name} tells ({missing})"
    )


def _at(
    diagnosis: _CodedDiagnosis,
    part: str = "codes",
    severity: Severity | None = None,
    fix: Write | None = None,
) -> At:
    """The place of a diagnosis; the principal one is answered with a status of its own."""
    response = Response(stc=("A7", "254")) if diagnosis.position == 1 else None
    return At(part, diagnosis.position - 1, severity=severity, fix=fix, response=response)


RULES: tuple[type[Rule], ...] = (DiagnosisCode,)
