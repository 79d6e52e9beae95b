"""What fits together on a service line, and between lines: SIT009 to SIT011, SIT013, SIT015."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from edi_lint.claims import day
from edi_lint.claims.views import amount, dates_of
from edi_lint.engine import Repeated, TextPart
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_day
from edi_lint.packs import Pack
from edi_lint.rules.base import ClaimRule, LineRule, Rule
from edi_lint.rules.examples import DATE, LINE, Example
from edi_lint.rules.parts import (
    CODE,
    LINE_INDEX,
    PACK,
    SENT,
    SERVICE,
    SERVICE_DAY,
    At,
    Derived,
    Noticed,
    Part,
    Said,
    other_payer,
)
from edi_lint.rules.run import Run

AUTHORIZATION, REFERRAL = "G1", "9F"
"""REF01 of a prior authorization number and of a referral number."""


def _may_be_misdated(run: Run, sent: date | None, service: str) -> bool:
    """Whether a service begins after the claim was sent, or before some code of a pack existed."""
    first = day(service)
    if first is None:
        return False
    added = (pack.added for pack in run.packs.values() if pack.added)
    return (sent is not None and first > sent) or any(first < each for each in added)


class ServiceDate(LineRule):
    """A service does not begin after the claim was made, nor before its code existed.

    A payer takes no claim for what is yet to come: the line's From date is at most BHT04, or the
    day given with --as-of. A span's To date may be later. For a code of a rule pack the date is
    also judged against the day on which the code was added. Status 187 is the one to expect in a
    277CA.

    Where the functional group (GS04) was made on a later day than BHT04 says, BHT04 may be what is
    wrong, and a service up to that day is a warning.
    """

    needs = frozenset({"2400 DTP 472"})
    code = "SIT009"
    name = "service-date"
    fault = "Service date before the code existed or after the claim was made"
    level = 4
    severity = Severity.ERROR
    response = Response(stc=("A7", "187"))
    source = (
        "CMS 2019 alpha-numeric HCPCS file: A4306 was added on 1993-01-01; that a payer takes no "
        "service after the transaction's date, and status 187, are general knowledge; pyx12 4.0.0 "
        "misses it (tested)"
    )
    help = "Correct the date of service, or send the claim when the service has begun."
    valid = (
        Example(line=(*LINE, "DTP*472*D8*20260110")),
        Example(line=(*LINE, "DTP*472*RD8*20260110-20260131")),
        Example(line=("SV1*HC:A4300*120*UN*1***1", "DTP*472*D8*19921231"), claim=("HI*BK:72210",)),
    )
    invalid = (
        Example(line=(*LINE, "DTP*472*D8*20260111"), at="DTP03"),
        Example(line=(*LINE, "DTP*472*RD8*20260111-20260112"), at="DTP03"),
        Example(line=(*LINE, "DTP*472*D8*19921231"), claim=("HI*BK:72210",), at="DTP03"),
        Example(
            line=(*LINE, "DTP*472*D8*20260111"),
            change=(("*RECEIVER*20260110*", "*RECEIVER*20260112*"),),
            at="DTP03",
        ),
    )

    doubtful = Derived(_may_be_misdated, SENT, SERVICE_DAY).when(bool)
    service = SERVICE
    sent = SENT
    as_of = Derived(lambda run: run.as_of)
    grouped = Part("GS", "GS", 4)
    pack = PACK
    procedure = CODE

    def judge(
        self,
        service: str,
        sent: date | None,
        as_of: date | None,
        grouped: str,
        pack: Pack | None,
        procedure: str,
    ) -> Iterator[Said]:
        first, group_day = dates_of(service).first, day(grouped)
        if first is None:
            return
        begins = f"the service begins on {safe_day(first)}"
        if sent is not None and first > sent:
            when = "the day of --as-of" if as_of else "when the claim was made"
            message = f"{begins}, after {safe_day(sent)}, {when}"
            severity = self.severity
            if not as_of and group_day is not None and first <= group_day:
                message += f" (BHT04); by GS04 it was made on {safe_day(group_day)}"
                severity = Severity.WARNING
            yield At("service", severity=severity), message
        elif pack is not None and pack.added is not None and first < pack.added:
            yield At("service"), f"{begins}; {procedure} was added on {pack.added}"


def _are_both_there(run: Run, *qualifiers: str) -> bool:
    """Whether a claim, or a line, has an authorization number and a referral number."""
    del run
    return all(qualifiers[:2]) or all(qualifiers[2:])


def _numbers(loop: str) -> tuple[Part, Part, Part]:
    """The qualifiers, numbers and payers (REF04) of authorizations and referrals."""
    both = f"{AUTHORIZATION}|{REFERRAL}"
    return (
        Part(loop, "REF", 1, qualifier=both, every=True),
        Part(loop, "REF", 2, qualifier=both, every=True),
        Part(loop, "REF", 4, qualifier=both, every=True),
    )


class AuthorizationNumbers(LineRule):
    """Prior authorization (REF G1) and referral (REF 9F) are two numbers, one of each for a payer.

    The same number under both qualifiers is one of them mistaken for the other, and of two
    authorizations for one payer on a line it is unclear which one counts; a clearinghouse that
    publishes its edits rejects both. A number with REF04 (2U and a payer's id) is that other
    payer's. Several in a claim's own loop are STR004's.
    """

    needs = frozenset({"2300 REF 9F", "2300 REF G1", "2400 REF 9F", "2400 REF G1"})
    code = "SIT010"
    name = "authorization-numbers"
    fault = "Authorization or referral number wrong or repeated"
    level = 4
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI), for the destination payer; for other payers "
        "the same is concluded"
    )
    help = (
        "Send the authorization number with G1 and the referral number with 9F, each once for a "
        "payer; give another payer's number its id in REF04."
    )
    valid = (
        Example(line=(*LINE, DATE, "REF*G1*AUTH1", "REF*9F*REFERRAL1")),
        Example(line=(*LINE, DATE, "REF*G1*AUTH1", "REF*G1*AUTH2**2U:PAYER2")),
        Example(claim=("REF*G1*AUTH1", "HI*ABK:G8918"), line=(*LINE, DATE, "REF*G1*AUTH1")),
    )
    invalid = (
        Example(line=(*LINE, DATE, "REF*G1*AUTH1", "REF*9F*AUTH1"), at="REF02"),
        Example(claim=("REF*9F*AUTH1", "REF*G1*AUTH1", "HI*ABK:G8918"), at="REF02"),
        Example(line=(*LINE, DATE, "REF*G1*AUTH1", "REF*G1*AUTH2"), at="REF"),
        Example(
            line=(*LINE, DATE, "REF*9F*REFERRAL1**2U:PAYER2", "REF*9F*REFERRAL2**2U:PAYER2"),
            at="REF",
        ),
    )

    paired = Derived(
        _are_both_there,
        Part("2300", "REF", 1, qualifier=AUTHORIZATION),
        Part("2300", "REF", 1, qualifier=REFERRAL),
        Part("2400", "REF", 1, qualifier=AUTHORIZATION),
        Part("2400", "REF", 1, qualifier=REFERRAL),
    ).unless(operator.not_)
    line = LINE_INDEX
    qualifiers_of_claim, of_claim, payers_of_claim = _numbers("2300")
    qualifiers, own, payers = _numbers("2400")

    def judge(
        self,
        line: int,
        qualifiers_of_claim: tuple[str, ...],
        of_claim: tuple[str, ...],
        payers_of_claim: tuple[str, ...],
        qualifiers: tuple[str, ...],
        own: tuple[str, ...],
        payers: tuple[str, ...],
    ) -> Iterator[Said]:
        if not line:
            yield from _mistaken("of_claim", of_claim, qualifiers_of_claim, payers_of_claim)
        yield from _mistaken("own", own, qualifiers, payers)
        for qualifier in (AUTHORIZATION, REFERRAL):
            for numbers in _by_payer(qualifier, qualifiers, payers).values():
                if len(numbers) > 1:
                    message = f"{len(numbers)} REF {qualifier} for one payer on this line"
                    yield At("own", numbers[1], whole=True, also=At("own", numbers[0])), message


class DuplicateLine(ClaimRule):
    """No two lines of a claim say the same.

    A payer denies the second line as an exact duplicate (CARC 18) when code, modifiers, dates of
    service, charge, place of service and rendering provider are the same. Lines that differ in
    their drug (LIN03) or description (SV101-7) are not the same. Text counts as it is: one day
    as D8 and the same as RD8 are different.
    """

    needs = frozenset({"2400 DTP 472", "2400 SV1"})
    code = "SIT011"
    name = "duplicate-line"
    fault = "Service line repeated"
    level = 4
    severity = Severity.WARNING
    response = Response(carc="18")
    source = "CARC 18 for exact duplicates: general knowledge"
    help = (
        "Take the second line out, or put its units on the first. If the service was repeated, "
        "say so with the modifier that the payer has for it."
    )
    valid = (
        Example(line=("SV1*HC:A4306*60*UN*1***1", DATE, "LX*2", "SV1*HC:A4306:SC*60*UN*1***1")),
        Example(line=("SV1*HC:A4306*60*UN*1***1", DATE, "LX*2", "SV1*HC:A4306*60*UN*1*11**1")),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "LX*2",
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260106",
            )
        ),
        Example(
            line=(
                "SV1*HC:J3490*60*UN*1***1",
                DATE,
                "LIN**N4*99999000101",
                "CTP****1*ML",
                "LX*2",
                "SV1*HC:J3490*60*UN*1***1",
                DATE,
                "LIN**N4*99999000202",
                "CTP****1*ML",
            )
        ),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "LX*2",
                "SV1*HC:A4306*60*UN*1***1",
                DATE,
                "NM1*82*1*EXAMPLE*PROVIDER****XX*1234567893",
            )
        ),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
            at="SV1",
        ),
        Example(
            line=(
                "SV1*HC:A4306:SC*40*UN*1***1",
                "LX*2",
                "SV1*HC:A4223*40*UN*1***1",
                "LX*3",
                "SV1*HC:A4306:SC*40.00*UN*2*12**1",
            ),
            at="SV1",
        ),
    )

    same = Noticed(
        Repeated((TextPart("2400", "SV1", 1, 2, 6), TextPart("2400", "DTP", 3, qualifier="472")))
    )
    numbers = Part("2400", "LX", 1)
    procedures = Part("2400", "SV1", 1)
    descriptions = Part("2400", "SV1", 1, 7, 7)
    services = SERVICE
    charges = Part("2400", "SV1", 2)
    place = Part("2300", "CLM", 5, 1, 1)
    places = Part("2400", "SV1", 5)
    rendering = Part("2310B", "NM1", 0)
    rendering_of_lines = Part("2420A", "NM1", 0)
    drugs = Part("2410", "LIN", 3)

    def judge(
        self,
        numbers: tuple[str, ...],
        procedures: tuple[str, ...],
        descriptions: tuple[str, ...],
        services: tuple[str, ...],
        charges: tuple[str, ...],
        place: str,
        places: tuple[str, ...],
        rendering: tuple[str, ...],
        rendering_of_lines: tuple[tuple[str, ...], ...],
        drugs: tuple[str, ...],
    ) -> Iterator[Said]:
        met: dict[tuple[object, ...], int] = {}
        for line, (text, service) in enumerate(zip(procedures, services, strict=True)):
            # code and modifiers, with the empty slots that an engine tells apart
            procedure, charge = text.split(":")[1:6], amount(charges[line])
            if not procedure or not procedure[0] or not service or charge is None:
                continue
            said = (
                *(*procedure, service, charge, descriptions[line], places[line] or place),
                *(rendering_of_lines[line] or rendering, drugs[line]),
            )
            first = met.setdefault(said, line)
            if first != line:
                message = (
                    f"this line says the same as line {numbers[first]}: code, modifiers, dates, "
                    "charge, place of service and rendering provider"
                )
                also = At("procedures", first, whole=True)
                yield At("procedures", line, whole=True, also=also), message


def _mistaken(
    part: str, numbers: tuple[str, ...], qualifiers: tuple[str, ...], payers: tuple[str, ...]
) -> Iterator[Said]:
    """Referral numbers that are the same payer's authorization number too."""
    authorizations = _by_payer(AUTHORIZATION, qualifiers, payers)
    for payer, referrals in _by_payer(REFERRAL, qualifiers, payers).items():
        known = {numbers[n]: n for n in reversed(authorizations.get(payer, ()))}
        for n in referrals:
            if numbers[n] and numbers[n] in known:
                message = "the referral number (REF 9F) is the prior authorization number (REF G1)"
                yield At(part, n, also=At(part, known[numbers[n]])), message


def _by_payer(
    qualifier: str, qualifiers: tuple[str, ...], payers: tuple[str, ...]
) -> dict[str, list[int]]:
    """Indexes of numbers with a qualifier, by their payer; an empty one is the destination."""
    found: dict[str, list[int]] = defaultdict(list)
    for n, (said, payer) in enumerate(zip(qualifiers, payers, strict=True)):
        if said == qualifier:
            found[other_payer(payer)].append(n)
    return found


RULES: tuple[type[Rule], ...] = (
    ServiceDate,
    AuthorizationNumbers,
    DuplicateLine,
)
