"""Values with a form or a list of their own: STR011, COD005 to COD009."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from edi_lint.codes.npi import npi_fault
from edi_lint.codes.patterns import MEMBER, NO_ZIP
from edi_lint.engine import SegmentPlace, Shape, ValuePlace
from edi_lint.engine.identity import CURRENT_GUIDE
from edi_lint.findings import Applicability, Edit, Response, Severity
from edi_lint.grammar import grammar_for
from edi_lint.packs.profiles import MEDICARE, stated_filing
from edi_lint.rules.base import ClaimRule, Look, Rule, SegmentRule, ValueRule
from edi_lint.rules.examples import MEDICARE_MEMBER, Example
from edi_lint.rules.parts import (
    FILING,
    FILING_TEXT,
    SENT,
    At,
    Change,
    Derived,
    Part,
    Said,
)
from edi_lint.rules.run import Run
from edi_lint.x12 import Segment

_PROCEDURE = re.compile(r"\d{5}|\d{4}[AFMTU]|[A-Z]\d{4}", re.ASCII)
"""A code's form: CPT's five digits, or four and a letter of one of its other lists; else a letter
and four digits."""
# Expressions are compiled when first used: most files need none of these.
_TAXONOMY = "[A-Z0-9]{9}X"
_LETTERS = "AC-HJKMNP-RT-Y"
"""Those of a Medicare number, as a range of characters."""
_MEMBER = "[1-9][L][L0-9][0-9][L][L0-9][0-9][L][L][0-9][0-9]".replace("L", _LETTERS)
PO_BOX = (
    r"\b(?:P\.? ?O\.? ?BOX|POST OFFICE BOX|LOCK ?BOX|LOCK ?BIN"
    r"|(?:PMB|PRIVATE MAIL ?BOX)(?= ?#?\d))\b"
)
_PROCEDURE_LENGTH = 5
_SHORT_ZIP, _FULL_ZIP = 5, 9
_ZIP_START = Shape(((b"123456789", b"9"),), longest=3)
_ONLY_NUMBER_SINCE = date(2020, 1, 1)
"""From then on Medicare takes no other number than the one of today's cards."""

_STATES = frozenset({
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA",
    "KS", "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM",
    "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA",
    "WV", "WI", "WY", "AS", "GU", "MP", "PR", "VI", "FM", "MH", "PW", "AA", "AE", "AP",
})  # fmt: skip
"""USPS codes of the states, the District of Columbia, territories, the states in free association
and the armed forces."""


class ProcedureCode(ValueRule):
    """A HCPCS or CPT code (SV101-2, SVD03-2 where SV101-1, SVD03-1 is HC) has a form of its lists.

    A code has five characters: five digits; four digits and A, F, M, T or U; or a letter and four
    digits, all in upper case. Medicare's front end for medical equipment (edit
    X222.351.2400.SV101-2.020) and a clearinghouse that publishes its edits reject anything else.
    Whether the code exists is another question. Spaces after the code are ENV009's.
    """

    code = "STR011"
    name = "procedure-code-form"
    fault = "Procedure code malformed"
    level = 2
    severity = Severity.ERROR
    response = Response(stc=("A7", "507"))
    source = (
        "CEDI, published lists of its top edits; a clearinghouse's published edits (STEDI); the "
        "forms are those of the lists of CMS and the AMA (general knowledge)"
    )
    help = "Write the code in SV101-2 as published, and modifiers in SV101-3 to SV101-6."
    fix_safety = "Codes are published in upper case; no other code differs from it in case alone."
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",)),
        Example(line=("SV1*HC:99213*120*UN*1***1",)),
        Example(line=("SV1*HC:0071A*120*UN*1***1",)),
        Example(line=("SV1*WK:1234-5678-90*120*UN*1***1",)),
    )
    invalid = (
        Example(
            line=("SV1*HC:a4306*120*UN*1***1",),
            at="SV101-02",
            fixed=(("SV1*HC:a4306*120*UN*1***1", "SV1*HC:A4306*120*UN*1***1"),),
        ),
        Example(line=("SV1*HC:A4306GY*120*UN*1***1",), at="SV101-02"),
        Example(line=("SV1*HC:A43-6*120*UN*1***1",), at="SV101-02"),
        Example(line=("SV1*HC:A43O6*120*UN*1***1",), at="SV101-02"),
        Example(line=("SV1*HC:4306B*120*UN*1***1",), at="SV101-02"),
        Example(
            line=(
                "SV1*HC:A4306*120*UN*1***1",
                "DTP*472*D8*20260105",
                "SVD*OTHER1*80*HC:a4306**1",
                "DTP*573*D8*20260107",
            ),
            at="SVD03-02",
            fixed=(("SVD*OTHER1*80*HC:a4306**1", "SVD*OTHER1*80*HC:A4306**1"),),
        ),
    )
    places = (
        ValuePlace("SV1", 1, 2, when_element=1, when_component=1, when_value="HC"),
        ValuePlace("SVD", 3, 2, when_element=3, when_component=1, when_value="HC"),
    )

    def judge(self, value: str) -> str | None:
        code = value.rstrip(" ")
        if _PROCEDURE.fullmatch(code):
            return None
        if self.corrected(value):
            return f"procedure code {value} is not in upper case"
        if len(code) != _PROCEDURE_LENGTH:
            return f"the procedure code has {len(code)} characters; it must have 5"
        return (
            "no procedure code has this form: five digits, four digits and A, F, M, T or U, "
            "or a letter and four digits"
        )

    def corrected(self, value: str) -> str | None:
        upper = value.upper() if value.isascii() else ""
        return upper if upper != value and _PROCEDURE.fullmatch(upper) else None


class ProviderIdentifier(ValueRule):
    """A provider's NPI (NM109 where NM108 is XX) has ten digits, begins with 1 or 2 and checks.

    The last digit is computed from the others, so that a mistyped number is seen before anyone
    looks it up. Receivers answer with status 562. The number is judged in every loop that names a
    provider; whether it belongs to that provider cannot be seen in the file.
    """

    code = "COD005"
    name = "npi"
    fault = "NPI wrong"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "562"))
    source = (
        "CMS, 2004: the Luhn sum over 80840 and the NPI; CEDI for status 562; pyx12 4.0.0 misses "
        "it (tested)"
    )
    help = "Look the provider's number up in the NPI registry; compare digit by digit."
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567893")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER")),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567898"),
            at="NM109",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*123456789"),
            at="NM109",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*9234567893"),
            at="NM109",
        ),
        Example(change=(("*XX*1234567893", "*XX*1234567839"),), at="NM109"),
    )
    places = (ValuePlace("NM1", 9, when_element=8, when_value="XX"),)

    def judge(self, value: str) -> str | None:
        fault = npi_fault(value.rstrip(" "))
        return f"the NPI {fault}" if fault else None


class Taxonomy(ValueRule):
    """A provider taxonomy code (PRV03 where PRV02 is PXC) is ten characters, the last one an X.

    A clearinghouse that publishes its edits rejects any other. Whether the code is in the list
    cannot be seen here: it is not free to ship.
    """

    code = "COD006"
    name = "taxonomy-form"
    fault = "Taxonomy code malformed"
    level = 5
    severity = Severity.WARNING
    source = "a clearinghouse's published edits (STEDI)"
    help = "Look the code up in the NUCC's list; write its ten characters in PRV03."
    valid = (Example(claim=("HI*ABK:G8918", "NM1*82*1*EXAMPLE*PROVIDER", "PRV*PE*PXC*207X00000X")),)
    invalid = (
        Example(
            claim=("HI*ABK:G8918", "NM1*82*1*EXAMPLE*PROVIDER", "PRV*PE*PXC*207X00000"),
            at="PRV03",
        ),
        Example(
            claim=("HI*ABK:G8918", "NM1*82*1*EXAMPLE*PROVIDER", "PRV*PE*PXC*2070000000"),
            at="PRV03",
        ),
        Example(
            claim=("HI*ABK:G8918", "NM1*82*1*EXAMPLE*PROVIDER", "PRV*PE*PXC*207x00000x"),
            at="PRV03",
        ),
    )
    places = (ValuePlace("PRV", 3, when_element=2, when_value="PXC"),)

    def judge(self, value: str) -> str | None:
        code = value.rstrip(" ")
        if re.fullmatch(_TAXONOMY, code):
            return None
        if len(code) != len("207X00000X"):
            return f"the taxonomy code has {len(code)} characters; it must have 10"
        return "the taxonomy code is not ten upper-case letters and digits that end in X"


class PlaceOfService(ValueRule):
    """The place of service (CLM05-1, SV105) is a code of the published list.

    A 999 answers with IK403 7. The list is the guide's own as far as pyx12 has it, which CMS
    keeps; so this rule speaks where STR002 would. A single digit is suggested with its leading
    zero.
    """

    code = "COD007"
    name = "place-of-service"
    fault = "Place of service code unknown"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "249"), ik304="8", ik403="7")
    source = "pyx12 4.0.0 code list, tested with it; CMS's list is the authority"
    help = "Use a code of CMS's list of places of service: 12 is the home, 11 the office."
    applicability = Applicability.SUGGESTED
    valid = (
        Example(clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y"),
        Example(line=("SV1*HC:A4306*120*UN*1*12**1",)),
    )
    invalid = (
        Example(clm="CLM*EX-1*120***98:B:1*Y*A*Y*Y", at="CLM05-01"),
        Example(line=("SV1*HC:A4306*120*UN*1*98**1",), at="SV105"),
        Example(
            line=("SV1*HC:A4306*120*UN*1*4**1",),
            at="SV105",
            fixed=(("SV1*HC:A4306*120*UN*1*4**1", "SV1*HC:A4306*120*UN*1*04**1"),),
        ),
    )
    places = (ValuePlace("CLM", 5, 1), ValuePlace("SV1", 5))

    def judge(self, value: str) -> str | None:
        if value.rstrip(" ") in _places_of_service():
            return None
        shown = f" {value}" if len(value) <= 2 and value.isalnum() else ""
        return f"place of service{shown} is not in the published list"

    def corrected(self, value: str) -> str | None:
        padded = value.zfill(2)
        return padded if padded != value and padded in _places_of_service() else None


@cache
def _places_of_service() -> frozenset[str]:
    """The list of the current guide, the one that its SV105 has."""
    grammar = grammar_for(CURRENT_GUIDE)
    assert grammar is not None
    node = grammar.segment_node(min(grammar.by_tag["SV1"]))
    assert node is not None
    return node.spec.elements[4].codes or frozenset()


def _judge_address(state: str, country: str, zip_: str) -> Iterator[Said]:
    """What is wrong with state and ZIP code of any address."""
    state, zip_ = state.rstrip(" "), zip_.rstrip(" ")
    if not _is_us(country):
        if zip_ and country.rstrip(" ") != "CA":
            message = "a postal code (N403) is sent for the US and Canada only"
            yield At("N403", severity=Severity.WARNING), message
        return
    if state not in _STATES and not _is_zip(zip_) and (zip_ or not state):
        place, severity = ("N402", Severity.ERROR) if state else ("N404", Severity.WARNING)
        message = "the address has neither a state nor a ZIP code of the US, and no country (N404)"
        yield At(place, severity=severity), message
        return
    if state and state not in _STATES:
        yield At("N402"), "N402 is not a state or territory of the US"
    elif not state and _is_zip(zip_):
        message = "N402 is empty in an address with a ZIP code of the US"
        yield At("N402", severity=Severity.WARNING), message
    if zip_ and not _is_zip(zip_):
        words = "write the ZIP code without the dash"
        fix = Change(_without_dash, words=words, applicability=Applicability.SUGGESTED)
        yield At("N403", fix=fix), "N403 is not a US ZIP code, which has 5 or 9 digits"


def _judge_zip_start(country: str, zip_: str, zip_start: str) -> Iterator[Said]:
    """No ZIP code begins with three zeros."""
    if _is_us(country) and zip_start == NO_ZIP and _is_zip(zip_.rstrip(" ")):
        yield At("N403"), "N403 begins with 000; no ZIP code does"


def _judge_full_zip(country: str, zip_: str) -> Iterator[Said]:
    """Where a service is billed or given the ZIP code has nine digits, by which it is priced."""
    zip_ = zip_.rstrip(" ")
    if country in ("", "US") and zip_ in ("", "9" * _SHORT_ZIP):
        found = f"has {len(zip_)} digits" if zip_ else "is missing"
        yield At("N403"), f"the ZIP code (N403) {found}; it must have 9 in this address"


def _judge_missing_zip(state: str, country: str, zip_: str) -> Iterator[Said]:
    """In the other loops with an address, a state asks for a ZIP code."""
    if _is_us(country) and state.rstrip(" ") and not zip_.rstrip(" "):
        message = "N403 is empty in an address with a state of the US"
        yield At("N403", severity=Severity.WARNING), message


def _judge_street(*street: str) -> Iterator[Said]:
    """The billing address is a place where services are given, not a box."""
    for element, text in enumerate(street, start=1):
        if re.search(PO_BOX, text, re.IGNORECASE):
            kinds = "a post office box, a lockbox or a private mailbox"
            yield At(f"N3{element:02}"), f"the billing provider's address is {kinds}"


def _is_us(country: str) -> bool:
    """Whether N404 says that the address is in the US; an empty one does."""
    return country.rstrip(" ") in ("", "US")


def _is_zip(form: str) -> bool:
    return form in ("9" * _SHORT_ZIP, "9" * _FULL_ZIP)


def _without_dash(segment: Segment) -> Edit | None:
    """A ZIP code of nine digits without the dash of its printed form."""
    start, end = segment.span(3)
    zip_ = segment.value(3)
    if Shape.FORM.of(zip_.rstrip(" ")) != "99999-9999" or end - start != len(zip_):
        return None
    return Edit(start + _SHORT_ZIP, start + _SHORT_ZIP + 1, "")


class UsAddress(SegmentRule):
    """Addresses in the US have a state and a ZIP code of 5 or 9 digits, the billing one a street.

    Looked at is an address whose country (N404) is empty or US. Where a service is billed (2010AA)
    or given (2310C, 2420C) the ZIP code has 9 digits, by which it is priced. The billing
    provider's street (N3 in 2010AA) is not a post office box, a lockbox, a lock bin or a private
    mailbox (PMB): a clearinghouse that publishes its edits rejects them. A rural route's box (RR 2
    BOX 5) is an address like any other, and a post office box is welcome in the pay-to address.
    That a state needs a ZIP code, and the other way round, is general knowledge, hence a warning.
    An address with neither, and without a country, is one finding that asks for the country: an
    error where it names a state that is not of the US, because the same clearinghouse rejects it.
    A postal code with a country other than US and Canada is a warning, because the same
    clearinghouse rejects it (status 500). STR002 is silent about a state of this rule.
    """

    code = "COD008"
    name = "us-address"
    fault = "US address incomplete or wrong"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "126"))
    source = (
        "a clearinghouse's published edits (STEDI) for the billing address; the guide for ZIP "
        "codes of nine digits (general knowledge); pyx12 4.0.0 misses both (tested)"
    )
    addresses = ("https://www.stedi.com/changelog/claim-repair-and-edit-incomplete-zip-code",)
    help = (
        "Write the two letters of the state in N402 and the ZIP code without a dash in N403, with "
        "all nine digits where a service is billed or given. A post office box goes into the "
        "pay-to address (2010AB); the billing address names a street."
    )

    valid = (
        Example(),
        Example(change=(("N3*2 EXAMPLE WAY", "N3*PO BOX 12"),)),
        Example(change=(("N3*1 EXAMPLE WAY", "N3*RR 2 BOX 5"),)),
        Example(change=(("N3*1 EXAMPLE WAY", "N3*1 SHIPO BOXWOOD WAY"),)),
        Example(change=(("OH*43215~", "ON*K1A0B1*CA~"),)),
        Example(change=(("OH*43215~", "PR*00901~"),)),
    )
    invalid = (
        Example(change=(("OH*43215~", "ON*43215~"),), at="N402"),
        Example(change=(("OH*43215~", "XX*43215~"),), at="N402"),
        Example(change=(("OH*43215~", "OH*432151~"),), at="N403"),
        Example(
            change=(("OH*43215~", "OH*43215-1234~"),),
            at="N403",
            fixed=(("N4*EXAMPLE CITY*OH*43215-1234", "N4*EXAMPLE CITY*OH*432151234"),),
        ),
        Example(change=(("OH*432151234~", "OH*44101~"),), at="N403"),
        Example(change=(("CITY*OH*43215~", "CITY**43215~"),), at="N402"),
        Example(change=(("CITY*OH*43215~", "CITY*OH~"),), at="N403"),
        Example(change=(("CITY*OH*43215~", "CITY**69001*FR~"),), at="N403"),
        Example(change=(("OH*43215~", "OH*00000~"),), at="N403"),
        Example(change=(("OH*43215~", "ON*K1A0B1~"),), at="N402"),
        Example(change=(("CITY*OH*43215~", "CITY~"),), at="N404"),
        Example(change=(("N3*1 EXAMPLE WAY", "N3*P.O. Box 12"),), at="N301"),
        Example(change=(("N3*1 EXAMPLE WAY", "N3*LOCK BIN 7"),), at="N301"),
        Example(change=(("N3*1 EXAMPLE WAY", "N3*2 EXAMPLE WAY*PMB 12"),), at="N302"),
        Example(change=(("N3*1 EXAMPLE WAY", "N3*SUITE 2*LOCKBOX 12"),), at="N302"),
    )
    looks = (
        Look(SegmentPlace("N4", read=(2, 4), formed=(3,)), _judge_address),
        Look(
            SegmentPlace("N4", read=(4,), formed=(3,), shaped=((3, _ZIP_START),)), _judge_zip_start
        ),
        Look(
            SegmentPlace("N4", ("2010AA", "2310C", "2420C"), read=(4,), formed=(3,)),
            _judge_full_zip,
        ),
        Look(
            SegmentPlace(
                "N4",
                (
                    *("2010AB", "2010AC", "2010BA", "2010BB", "2010CA", "2310E", "2310F"),
                    *("2330A", "2330B", "2420E", "2420G", "2420H"),
                ),
                read=(2, 4),
                formed=(3,),
            ),
            _judge_missing_zip,
        ),
        Look(SegmentPlace("N3", ("2010AA",), read=(1, 2)), _judge_street),
    )


def _may_miss_form(run: Run, filing: str, member: str) -> bool:
    """Whether a payer that may be Medicare has a member id without the form of its numbers."""
    del run
    return stated_filing(filing) in ("", MEDICARE) and _misses_form(member)


def _are_medicare(run: Run, ids: tuple[str, ...]) -> tuple[bool, ...]:
    """Which ids are those of contractors of Medicare."""
    return tuple(map(run.profiles.is_medicare_id, ids))


class MedicareMember(ClaimRule):
    """The member id of a payer whose SBR says MB has the form of a Medicare number.

    Medicare's front end for medical equipment rejects any other with status 164. The number (MBI)
    has 11 characters, each of a kind of its own: a digit from 1 to 9, a letter, a letter or digit,
    a digit, a letter, a letter or digit, a digit, two letters, two digits; the letters S, L, I, O,
    B and Z are not used. Looked at are the destination payer (2010BA NM109 with the SBR of 2000B)
    and each other payer (2330A NM109 with the SBR of its 2320); where that states none, a payer
    with the id of a contractor of Medicare's counts too. Before 2020 an older number could
    stand there too, and nothing is said of claims from then.
    """

    code = "COD009"
    name = "medicare-member-id"
    fault = "Medicare number malformed"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "164"))
    source = (
        "CEDI, edit X222.121.2010BA.NM109.020; since when Medicare takes no other number is "
        "general knowledge"
    )
    help = (
        "Copy the number from the patient's Medicare card: 11 characters without dashes, none of "
        "them S, L, I, O, B or Z. If the payer is not Medicare Part B, correct SBR09."
    )

    valid = (
        Example(filing="MB"),
        Example(filing="CI"),
        Example(
            filing="MB",
            change=(
                (MEDICARE_MEMBER, "123456789A"),
                ("*20260110*1200*CH", "*20190110*1200*CH"),
                ("D8*20260105", "D8*20190105"),
            ),
        ),
        Example(
            claim=(
                "HI*ABK:G8918",
                "SBR*S*18*******MB",
                "OI***Y***Y",
                "NM1*IL*1*EXAMPLE*PERSON****MI*4XK8RT2WN56",
                "NM1*PR*2*MEDICARE*****PI*MDCRB",
            )
        ),
    )
    invalid = (
        Example(filing="MB", change=((MEDICARE_MEMBER, "1EG4-TE5-MK73"),), at="NM109"),
        Example(filing="MB", change=((MEDICARE_MEMBER, "123456789A"),), at="NM109"),
        Example(filing="MB", change=((MEDICARE_MEMBER, "1SG4TE5MK73"),), at="NM109"),
        Example(
            claim=(
                "HI*ABK:G8918",
                "SBR*S*18*******MB",
                "OI***Y***Y",
                "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
                "NM1*PR*2*MEDICARE*****PI*MDCRB",
            ),
            at="NM109",
        ),
    )
    doubtful = Derived(_may_miss_form, FILING_TEXT, Part("2010BA", "NM1", 9, shape=MEMBER)).unless(
        operator.not_
    )
    may_be_medicare = Part("2320", "SBR", 9, every=True).unless(
        lambda filing: stated_filing(filing) not in ("", MEDICARE)
    )
    sent = SENT
    filing = FILING
    stated = FILING_TEXT
    qualifier = Part("2010BA", "NM1", 8)
    member = Part("2010BA", "NM1", 9, shape=MEMBER)
    stated_by_others = Part("2320", "SBR", 9, each="2320")
    qualifiers = Part("2330A", "NM1", 8, each="2320")
    members = Part("2330A", "NM1", 9, each="2320", shape=MEMBER)
    known_by_id = Derived(_are_medicare, Part("2330B", "NM1", 9, each="2320"))

    def judge(
        self,
        sent: date | None,
        filing: str,
        stated: str,
        qualifier: str,
        member: str,
        stated_by_others: tuple[str, ...],
        qualifiers: tuple[str, ...],
        members: tuple[str, ...],
        known_by_id: tuple[bool, ...],
    ) -> Iterator[Said]:
        if sent is not None and sent < _ONLY_NUMBER_SINCE:
            return
        said = "the member id has not the form of a Medicare number; by"
        if filing == MEDICARE and qualifier == "MI" and _misses_form(member):
            by = "SBR09" if stated_filing(stated) else "its id"
            yield At("member"), f"{said} {by} the payer is MB"
        for n, text in enumerate(map(stated_filing, stated_by_others)):
            is_medicare = text == MEDICARE or (not text and known_by_id[n])
            if is_medicare and qualifiers[n] == "MI" and _misses_form(members[n]):
                by = "SBR09" if text else "its id"
                yield At("members", n), f"{said} {by} the payer is MB"


def _misses_form(member: str) -> bool:
    """Whether a member id, or its shape, has not the form of a Medicare number."""
    return bool(member) and not re.fullmatch(_MEMBER, member.rstrip(" "))


RULES: tuple[type[Rule], ...] = (
    ProcedureCode,
    ProviderIdentifier,
    Taxonomy,
    PlaceOfService,
    UsAddress,
    MedicareMember,
)
