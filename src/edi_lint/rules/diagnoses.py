"""Diagnosis codes looked up in ICD-10-CM by the day of service: COD004."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import ClassVar, NamedTuple

from edi_lint.claims import Claim, Diagnosis, ServiceLine
from edi_lint.codes import hcpcs, icd10cm
from edi_lint.codes.answers import Reach, Standing
from edi_lint.engine import Twice, ValuePlace, Values
from edi_lint.findings import Applicability, Fix, Response, Severity
from edi_lint.findings.masking import safe_day
from edi_lint.rules.base import ClaimRule, Hit, LineRule, Rule
from edi_lint.rules.examples import LINE, Example
from edi_lint.rules.segment_edits import replace_value
from edi_lint.rules.service_days import RECENT, SERVICE_DAY, is_earlier, may_be_earlier
from edi_lint.rules.situational import QUALIFIERS_AND_POINTERS

TENTH_REVISION = date(2015, 10, 1)
"""Services from this day on are coded in ICD-10-CM, earlier ones in ICD-9-CM."""

_MOST = 12
"""Diagnoses in an HI segment."""
_CODE = re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}", re.ASCII)
_DOTTED = re.compile(r"[A-Z][0-9][0-9A-Z]\.[0-9A-Z]{0,4}", re.ASCII | re.IGNORECASE)


def _qualifier(tenth: bool, position: int) -> str:
    """The guide's HI qualifier of a diagnosis; STR002 judges those that are none of these."""
    return ("A" if tenth else "") + ("BK" if position == 1 else "BF")


_CODES = tuple(
    ValuePlace("HI", n, 2, n, 1, _qualifier(tenth=True, position=n)) for n in range(1, _MOST + 1)
)


class _Diagnoses(Rule):
    """What the classes of COD004 have in common."""

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
    help = (
        "Send the code as ICD-10-CM of the date of service lists it, to the last character and "
        "without a dot; where a diagnosis is taken out, correct the pointers in SV107."
    )
    fix_safety = (
        "The dot behind the third character is how a code is printed, and no part of it; nothing "
        "else of the code is changed."
    )


class _RepeatedDiagnosis(_Diagnoses, ClaimRule):
    """A diagnosis is sent once in a claim."""

    trigger = Twice(_CODES)

    def check(self, claim: Claim) -> Iterator[Hit]:
        told: dict[str, int] = {}
        for diagnosis in _of_revision(claim, tenth=True):
            first = told.setdefault(diagnosis.code, diagnosis.position)
            if first != diagnosis.position:
                message = f"the diagnosis code is the same as that of HI{first:02}"
                yield _hit(diagnosis, message)


class _NinthRevision(_Diagnoses, LineRule):
    """ICD-9-CM (BK and BF) is not for services from 2015-10-01 on; told with the first line."""

    trigger = QUALIFIERS_AND_POINTERS

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        qualifiers, _ = texts
        return "BK" in qualifiers or "BF" in qualifiers

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        claim = line.claim
        if line is not claim.lines[0]:
            return
        for diagnosis in _of_revision(claim, tenth=False):
            day = max((d for d in _days(diagnosis, claim) if d), default=None)
            if day is not None and day >= TENTH_REVISION:
                message = (
                    f"{diagnosis.qualifier} says ICD-9-CM; a service of {safe_day(day)} is coded "
                    f"in ICD-10-CM (A{diagnosis.qualifier})"
                )
                yield _hit(diagnosis, message, component=1)
                return


class _OnEarlierLines(_Diagnoses, LineRule):
    """Diagnoses of claims with a service before RECENT; the first such line speaks for all."""

    trigger = SERVICE_DAY

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return may_be_earlier(*texts)

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        claim = line.claim
        if line is not claim.once(is_earlier, lambda: next(filter(is_earlier, claim.lines), None)):
            return
        yield from _too_early(claim)
        yield from _looked_up(claim)


class DiagnosisCode(_Diagnoses, ClaimRule):
    """A diagnosis is a billable code of ICD-10-CM on the date of service, without a dot, sent once.

    A code is looked up in the release of the date of service of each line that points to it, where
    none does in that of the claim's first service: codes come and go each October, and one that has
    become a category with longer codes is billable no more. Where no release is held for that
    date, the nearest one is asked and the finding is a warning that says so. ICD-10-CM (ABK, ABF)
    is for services from 2015-10-01 on, and a warning before; ICD-9-CM (BK, BF) is for earlier ones,
    and nothing else is known of it here. A code in lower case is a warning. Which qualifier belongs
    where is STR002's.
    """

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
    also: ClassVar[tuple[type[Rule], ...]] = (_OnEarlierLines, _RepeatedDiagnosis, _NinthRevision)

    trigger = Values(_CODES)

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        ((code,),) = texts
        return not _CODE.fullmatch(code) or any(
            icd10cm.look_up(code, release.first).standing is not Standing.VALID
            for release in icd10cm.releases()
            if release.last >= RECENT
        )

    def check(self, claim: Claim) -> Iterator[Hit]:
        if not any(map(is_earlier, claim.lines)):
            yield from _looked_up(claim)


def _of_revision(claim: Claim, tenth: bool) -> Iterator[Diagnosis]:
    """The diagnoses of a claim that are coded in ICD-10-CM, or in ICD-9-CM."""
    return (d for d in claim.diagnoses if d.code and d.qualifier == _qualifier(tenth, d.position))


def _days(diagnosis: Diagnosis, claim: Claim) -> Sequence[date | None]:
    """The days of service that a diagnosis is for, in order; None alone where none is known."""
    lines = [line for line in claim.lines if not _is_misdated(line)]
    pointer = str(diagnosis.position)
    days = {line.service_dates.first for line in lines if pointer in line.pointers}
    every = {line.service_dates.first for line in lines}
    return sorted(d for d in days if d) or [min((d for d in every if d), default=None)]


def _is_misdated(line: ServiceLine) -> bool:
    """Whether its procedure code did not exist yet, which SIT009 or COD001 says: that is enough."""
    if not is_earlier(line):
        return False
    answer = hcpcs.look_up(line.code, line.service_dates.first)
    return answer.standing is Standing.NOT_YET


def _too_early(claim: Claim) -> Iterator[Hit]:
    """The hit of a claim that codes a service from before ICD-10-CM in it.

    A warning, as no release is held for such a day; samples that circulate do it.
    """
    for diagnosis in _of_revision(claim, tenth=True):
        day = _days(diagnosis, claim)[0]
        if day is not None and day < TENTH_REVISION:
            message = (
                f"{diagnosis.qualifier} says ICD-10-CM; a service of {safe_day(day)} is coded in "
                f"ICD-9-CM ({diagnosis.qualifier[1:]})"
            )
            yield _hit(diagnosis, message, component=1, severity=Severity.WARNING)
            return


def _looked_up(claim: Claim) -> Iterator[Hit]:
    """What is wrong with each of the codes, wherever it stands first."""
    told: set[str] = set()
    for diagnosis in _of_revision(claim, tenth=True):
        days = [d for d in _days(diagnosis, claim) if d is None or d >= TENTH_REVISION]
        if diagnosis.code not in told and days:
            told.add(diagnosis.code)
            yield from _of_one(diagnosis, days)


class _CodeFault(NamedTuple):
    """What is wrong with a code, in words that follow it."""

    severity: Severity
    words: str


def _of_one(diagnosis: Diagnosis, days: list[date | None]) -> Iterator[Hit]:
    sent = diagnosis.code.rstrip(" ")
    dotted = _DOTTED.fullmatch(sent)
    meant = (sent.replace(".", "") if dotted else sent).upper()
    faults = [fault for day in days if (fault := _fault(meant, day))]
    fix = None
    if dotted:
        faults.append(_CodeFault(Severity.ERROR, "is written with a dot, which is not sent"))
        fix = _rewritten(diagnosis, diagnosis.code.replace(".", ""), Applicability.AUTOMATIC)
    elif not faults and sent != meant:
        faults.append(_CodeFault(Severity.WARNING, "is written in lower case"))
        fix = _rewritten(diagnosis, diagnosis.code.upper(), Applicability.SUGGESTED)
    if faults:
        worst = min(faults, key=lambda fault: fault.severity.rank)
        named = f"diagnosis code {sent}" if _CODE.fullmatch(meant) else "the diagnosis code"
        yield _hit(diagnosis, f"{named} {worst.words}", severity=worst.severity, fix=fix)


def _rewritten(diagnosis: Diagnosis, code: str, applicability: Applicability) -> Fix:
    segment, position = diagnosis.segment, diagnosis.position
    return replace_value(segment, position, 2, code, f"write {code.rstrip(' ')}", applicability)


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


def _hit(
    diagnosis: Diagnosis,
    message: str,
    component: int = 2,
    severity: Severity | None = None,
    fix: Fix | None = None,
) -> Hit:
    """A hit on a diagnosis; the principal one is answered with a status of its own."""
    response = Response(stc=("A7", "254")) if diagnosis.position == 1 else None
    return Hit(
        diagnosis.segment,
        diagnosis.position,
        component,
        message,
        fix,
        severity=severity,
        response=response,
    )


RULES: tuple[type[Rule], ...] = (DiagnosisCode,)
