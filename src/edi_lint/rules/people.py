"""Persons and organisations, and how they go together: SIT023, SIT024 and SIT027."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from edi_lint.claims import dates_of, day
from edi_lint.engine import SegmentPlace, Shape
from edi_lint.findings import Response, Severity
from edi_lint.packs.profiles import Profile
from edi_lint.rules.base import ClaimRule, LineRule, Look, Rule, SegmentRule
from edi_lint.rules.examples import DATE, LINE, Example
from edi_lint.rules.parts import (
    IS_MEDICARE,
    LINE_INDEX,
    MODIFIERS,
    PROFILE,
    SENT,
    At,
    Derived,
    Part,
    Said,
    Source,
)
from edi_lint.rules.run import Run

_PERSON, _ORGANISATION = "1", "2"
_EITHER = ("1000A", "2010AA", "2010BA", "2310B", "2310C", "2420A", "2420B", "2420C")
_PEOPLE = ("2010CA", "2310A", "2310D", "2420D", "2420E", "2420F")
"""Loops in which the guide has people only: an organisation there is STR002's."""
_STEDI = "https://www.stedi.com/changelog/"


_NAMED_AS_A_PERSON = Response(stc=("A8", "505"))


def _judge_person(kind: str, first: str) -> Iterator[Said]:
    yield from _judge_name(kind if kind == _PERSON else "", first, "", "")


def _judge_name(kind: str, first: str, middle: str, suffix: str) -> Iterator[Said]:
    if kind == _PERSON and not first:
        message = "a person (NM102 1) has no first name (NM104)"
        yield At("NM104", response=Response(stc=("A7", "125"))), message
    if kind == _ORGANISATION and (first or middle or suffix):
        element = "NM104" if first else "NM105" if middle else "NM107"
        message = f"an organisation (NM102 2) has a person's name in {element}"
        yield At(element, response=_NAMED_AS_A_PERSON), message


class PersonName(SegmentRule):
    """A person has a first name, and an organisation has none.

    A clearinghouse rejects a person (NM102 1) without a first name (NM104). X12 has answered that
    somebody who has one name only is sent just so: as a person with a last name. So the finding is
    a warning, and NM102 2 is never the remedy. An organisation (NM102 2) with a first or middle
    name or a suffix is rejected by the same clearinghouse, and by Medicare (edits A8:505 and
    A8:514). The billing provider is shared by the claims of several payers, hence a warning for
    everybody. Other payers' loops (2330) repeat what those payers have, and are not judged.
    """

    code = "SIT023"
    name = "person-name"
    fault = "Name does not go with the kind of person"
    level = 4
    severity = Severity.WARNING
    response = Response(stc=("A7", "125"))
    other_responses = (_NAMED_AS_A_PERSON,)
    source = (
        "a clearinghouse's published edits (STEDI, 2026-04-13 and the edit on organisations); X12, "
        "request for interpretation 1611, on people with one name; CMS edits A8:505 and A8:514 as "
        "stupidedi cites them"
    )
    addresses = (
        _STEDI + "claim-edit-missing-first-name",
        _STEDI + "new-claim-edit-invalid-name-for-non-person-entity",
        "http://rfi.x12.org/Request/Details/1611",
    )
    help = (
        "Add the first name. If the person has one name only, leave the segment as it is. For an "
        "organisation write the whole name in NM103."
    )
    valid = (
        Example(),
        Example(claim=("HI*ABK:G8918", "NM1*82*1*EXAMPLE*PROVIDER****XX*1234567893")),
        Example(claim=("HI*ABK:G8918", "NM1*82*2*EXAMPLE CLINIC*****XX*1234567893")),
    )
    invalid = (
        Example(
            change=(("NM1*IL*1*EXAMPLE*PERSON*", "NM1*IL*1*EXAMPLE**"),),
            at="NM104",
        ),
        Example(
            change=(("INFUSION SUPPLY*****XX", "INFUSION SUPPLY*PAT****XX"),),
            at="NM104",
        ),
        Example(
            claim=("HI*ABK:G8918", "NM1*82*2*EXAMPLE CLINIC****JR*XX*1234567893"),
            at="NM107",
        ),
    )
    looks = (
        Look(SegmentPlace("NM1", _EITHER, read=(2,), filled=(4, 5, 7)), _judge_name),
        Look(SegmentPlace("NM1", _PEOPLE, read=(2,), filled=(4,)), _judge_person),
    )


_YEAR = Shape(longest=4)
_BIRTH = ("DMG", 2)
_OLDEST = 150
"""Nobody gets so old: the limit that a clearinghouse publishes, in years."""


def _may_be_wrong(run: Run, insured: str, patient: str, service: str, made: str) -> bool:
    """Whether a year of birth leaves room for a fault, by years alone."""
    sent = str(run.as_of.year) if run.as_of else made
    latest = min((year for year in (service, sent) if year), default="")
    if not latest.isdigit():
        return False
    earliest = f"{int(latest) - _OLDEST:04}"
    return any(year and not earliest < year < latest for year in (insured, patient))


class BirthDate(LineRule):
    """A birth date is not after the service or the day of the claim, nor 150 years before it.

    A clearinghouse that publishes its edits rejects a birth date after BHT04 and an age of 150
    years and more. That nobody is treated before birth goes without a source; a service that takes
    several days is compared by its last one, so that a newborn's passes. Looked at are the insured
    person (2010BA) and the patient (2010CA).
    """

    code = "SIT024"
    name = "birth-date"
    fault = "Birth date after the service, or 150 years ago"
    level = 4
    severity = Severity.WARNING
    response = Response(stc=("A7", "158"))
    source = (
        "a clearinghouse's published edits (STEDI, 2025-12-11) for the day of the claim and the "
        "age; the comparison with the service is general knowledge"
    )
    addresses = (_STEDI + "new-claim-edit-invalid-date-of-birth",)
    help = "Correct DMG02 (CCYYMMDD), or the date of service."
    valid = (
        Example(),
        Example(change=(("DMG*D8*19600101", "DMG*D8*20260105"),)),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*RD8*20260103-20260106"),
            change=(("DMG*D8*19600101", "DMG*D8*20260105"),),
        ),
        Example(change=(("DMG*D8*19600101", "DMG*D8*18760112"),)),
    )
    invalid = (
        Example(change=(("DMG*D8*19600101", "DMG*D8*20260106"),), at="DMG02"),
        Example(change=(("DMG*D8*19600101", "DMG*D8*20260111"),), at="DMG02"),
        Example(change=(("DMG*D8*19600101", "DMG*D8*18600101"),), at="DMG02"),
        Example(
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4305*60*UN*1***1"),
            change=(("DMG*D8*19600101", "DMG*D8*20260106"),),
            at="DMG02",
        ),
    )

    insured = Part("2010BA", *_BIRTH)
    patient = Part("2010CA", *_BIRTH)
    services = Part("2400", "DTP", 3, qualifier="472", each_line=True)
    line = LINE_INDEX
    sent = SENT
    doubtful = Derived(
        _may_be_wrong,
        Part("2010BA", *_BIRTH, shape=_YEAR),
        Part("2010CA", *_BIRTH, shape=_YEAR),
        Part("2400", "DTP", 3, qualifier="472", shape=_YEAR),
        Part("HEADER", "BHT", 4, shape=_YEAR),
    ).when(bool)

    def judge(
        self, insured: str, patient: str, services: tuple[str, ...], line: int, sent: date | None
    ) -> Iterator[Said]:
        for place, text in (("insured", insured), ("patient", patient)):
            born = day(text)
            if born is None:
                continue
            found = [_fault_of_birth(born, service, sent) for service in services]
            first = next((index for index, fault in enumerate(found) if fault), -1)
            if first == line:
                yield At(place), f"the birth date is {found[line]}"


def _fault_of_birth(born: date, service: str, sent: date | None) -> str:
    """What is wrong with a day of birth, for a line's service; empty where nothing is."""
    last = dates_of(service).last
    if sent and born > sent:
        return "after the day of the claim"
    if last and born > last:
        return "after the service"
    latest = last or sent
    if latest and (latest.year - _OLDEST, latest.month, latest.day) >= (
        born.year,
        born.month,
        born.day,
    ):
        return f"{_OLDEST} years or more before the service"
    return ""


_PARITY = Shape(((b"02468", b"0"), (b"13579", b"1")), longest=8)
"""Which of the first digits of a number are odd: what two equal numbers share, and few others."""
_NPI = ("NM1", 9)


def _may_be_the_same(run: Run, one: str, other: str) -> bool:
    del run
    return bool(one) and one == other


def _similar(loop: str) -> Derived:
    """Whether a provider of the claim may be the billing provider."""
    return Derived(
        _may_be_the_same,
        Part(loop, *_NPI, shape=_PARITY),
        Part("2010AA", *_NPI, shape=_PARITY),
    ).unless(lambda same: not same)


class SameProvider(ClaimRule):
    """Providers that are named beside each other are different ones.

    A clearinghouse rejects a supervising provider with the number and the name of the rendering
    one. A rendering provider or a service facility that is the billing provider says nothing new:
    the guide wants them only where they differ, and a clearinghouse drops a facility with the
    billing address. That is information, as the same number may stand for several places. A second
    referring provider (NM1*DN) is a warning: the guide calls it the primary care provider (P3).
    """

    code = "SIT027"
    name = "same-provider"
    fault = "Provider named twice"
    level = 4
    severity = Severity.WARNING
    response = Response(stc=("A7", "562"))
    source = (
        "a clearinghouse's published edits (STEDI, 2026-07-14) for the supervising provider, and "
        "its interface description for the facility; the guide, from memory, for the rest"
    )
    addresses = (
        _STEDI + "claim-edit-supervising-provider-matches-the-rendering-provider",
        "https://github.com/api-evangelist/stedi",
    )
    help = (
        "Leave the loop out where it repeats another provider, or write the provider that is "
        "meant. A second referring provider is NM1*P3."
    )
    valid = (
        Example(),
        Example(
            claim=(
                "HI*ABK:G8918",
                "NM1*DN*1*EXAMPLE*FIRST****XX*1234567893",
                "NM1*P3*1*EXAMPLE*SECOND****XX*1002456386",
                "NM1*82*1*EXAMPLE*PROVIDER****XX*1002167124",
                "NM1*DQ*1*EXAMPLE*SENIOR****XX*1002456386",
            )
        ),
        Example(
            claim=(
                "HI*ABK:G8918",
                "NM1*82*1*EXAMPLE*PROVIDER****XX*1002167124",
                "NM1*DQ*1*EXAMPLE*OTHER****XX*1002167124",
            )
        ),
    )
    invalid = (
        Example(
            claim=(
                "HI*ABK:G8918",
                "NM1*82*1*EXAMPLE*PROVIDER****XX*1002167124",
                "NM1*DQ*1*EXAMPLE*PROVIDER****XX*1002167124",
            ),
            at="NM109",
        ),
        Example(
            claim=("HI*ABK:G8918", "NM1*82*1*EXAMPLE*PROVIDER****XX*1234567893"),
            at="NM109",
        ),
        Example(
            claim=(
                "HI*ABK:G8918",
                "NM1*77*2*EXAMPLE INFUSION SUPPLY*****XX*1234567893",
                "N3*1 EXAMPLE WAY",
                "N4*EXAMPLE CITY*OH*432151234",
            ),
            at="NM109",
        ),
        Example(
            claim=(
                "HI*ABK:G8918",
                "NM1*DN*1*EXAMPLE*FIRST****XX*1002167124",
                "NM1*DN*1*EXAMPLE*SECOND****XX*1002456386",
            ),
            at="NM101",
        ),
    )

    billing = Part("2010AA", *_NPI)
    rendering = Part("2310B", *_NPI)
    rendering_last, rendering_first = Part("2310B", "NM1", 3), Part("2310B", "NM1", 4)
    supervising = Part("2310D", *_NPI).unless(lambda npi: not npi)
    supervising_last, supervising_first = Part("2310D", "NM1", 3), Part("2310D", "NM1", 4)
    facility = Part("2310C", *_NPI)
    referring = Part("2310A", "NM1", 1, every=True).unless(lambda kind: True, once=True)
    renders_and_bills = _similar("2310B")
    houses_and_bills = _similar("2310C")

    def judge(
        self,
        billing: str,
        rendering: str,
        rendering_last: str,
        rendering_first: str,
        supervising: str,
        supervising_last: str,
        supervising_first: str,
        facility: str,
        referring: tuple[str, ...],
    ) -> Iterator[Said]:
        rendered = (rendering, rendering_last, rendering_first)
        if supervising and (supervising, supervising_last, supervising_first) == rendered:
            message = "the supervising provider is the rendering provider"
            yield At("supervising", also=At("rendering")), message
        if rendering and rendering == billing:
            message = "the rendering provider has the billing provider's number"
            yield At("rendering", also=At("billing"), severity=Severity.INFO), message
        if facility and facility == billing:
            message = "the service facility has the billing provider's number"
            yield At("facility", also=At("billing"), severity=Severity.INFO), message
        for index, kind in enumerate(referring):
            if kind in referring[:index]:
                message = f"a second NM1*{kind}; the primary care provider is NM1*P3"
                yield At("referring", index), message


_NO_ORDER = "EY"
_SUPPLIERS_PROFILE = "medicare-dme"
_WITHOUT_NPI = "the line's {} has no NPI (NM109)"


def _each_npi(loop: str) -> Part:
    return Part(loop, *_NPI, each=loop)


def _lacking(loop: str) -> Source:
    """Providers of lines in a loop, exempt where they have an NPI."""
    return Part(loop, *_NPI, every=True, shape=Shape.FILLED).unless(bool)


class LineProviderNumber(ClaimRule):
    """Providers of a service line have an NPI; a rendering one may have another number.

    A front end cannot look up a rendering provider who is only named (status 562). Providers who
    need no NPI, such as drivers, have another number (REF in loop 2420A). Medicare also asks for
    the NPI of the referring, supervising and ordering provider. On a line with EY, no order, the
    supplier names itself as the ordering provider, and nothing is asked of that. SIT015 looks at
    the ordering provider of a line to a DME MAC, and SIT026 at the providers of the claim.
    """

    needs = frozenset({"2420A REF"})
    code = "SIT035"
    name = "line-provider-number"
    fault = "Provider of a line without an NPI"
    level = 4
    severity = Severity.WARNING
    response = Response(stc=("A7", "562"))
    source = (
        "CEDI, top edits of 2011 (status 562 for the rendering provider); Noridian, PECOS edits "
        "(Medicare, ordering provider)"
    )
    addresses = ("http://www.ngscedi.com/News/ngs_070511_Quarter.htm",)
    help = (
        "Add XX in NM108 and the NPI in NM109. For a rendering provider who has none, add the "
        "payer's own number as REF*G2."
    )
    valid = (
        Example(line=(*LINE, DATE, "NM1*82*1*EXAMPLE*PROVIDER****XX*1234567893")),
        Example(line=(*LINE, DATE, "NM1*82*1*EXAMPLE*DRIVER", "REF*G2*DRV100")),
        Example(line=(*LINE, DATE, "NM1*DK*1*EXAMPLE*DOCTOR")),
        Example(
            line=("SV1*HC:A4306:EY*120*UN*1***1", DATE, "NM1*DK*1*EXAMPLE*DOCTOR"), filing="MB"
        ),
    )
    invalid = (
        Example(line=(*LINE, DATE, "NM1*82*1*EXAMPLE*PROVIDER"), at="NM109"),
        Example(
            line=("SV1*HC:A4306:GY*120*UN*1***1", DATE, "NM1*DK*1*EXAMPLE*DOCTOR"),
            filing="MB",
            at="NM109",
        ),
        Example(
            line=("SV1*HC:A4306:GY*120*UN*1***1", DATE, "NM1*DN*1*EXAMPLE*DOCTOR"),
            filing="MB",
            at="NM109",
        ),
    )

    rendering = _each_npi("2420A")
    rendering_number = Part("2420A", "REF", 2, each="2420A")
    supervising = _each_npi("2420D")
    ordering = _each_npi("2420E")
    referring = _each_npi("2420F")
    modifiers = MODIFIERS
    profile = PROFILE
    is_medicare = IS_MEDICARE
    no_rendering, no_supervising = _lacking("2420A"), _lacking("2420D")
    no_ordering, no_referring = _lacking("2420E"), _lacking("2420F")

    def judge(
        self,
        rendering: tuple[tuple[str, ...], ...],
        rendering_number: tuple[tuple[str, ...], ...],
        supervising: tuple[tuple[str, ...], ...],
        ordering: tuple[tuple[str, ...], ...],
        referring: tuple[tuple[str, ...], ...],
        modifiers: tuple[tuple[str, ...], ...],
        profile: Profile,
        is_medicare: bool,
    ) -> Iterator[Said]:
        for line, own in enumerate(modifiers):
            numbers = zip(rendering[line], rendering_number[line], strict=True)
            for index, (npi, number) in enumerate(numbers):
                if not npi and not number:
                    message = "the line's rendering provider has neither an NPI (NM109) nor a REF"
                    yield At("rendering", line, index), message
            if not is_medicare:
                continue
            asked = [("supervising", supervising), ("referring", referring)]
            if _NO_ORDER not in own and profile.name != _SUPPLIERS_PROFILE:
                asked.append(("ordering", ordering))
            for name, values in asked:
                for index, npi in enumerate(values[line]):
                    if not npi:
                        yield At(name, line, index), _WITHOUT_NPI.format(f"{name} provider")


RULES: tuple[type[Rule], ...] = (PersonName, BirthDate, SameProvider, LineProviderNumber)
