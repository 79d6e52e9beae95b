"""What fits together on a service line, and between lines: SIT009 to SIT011, SIT013, SIT015."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from edi_lint.claims import Claim, Reference, ServiceLine
from edi_lint.engine import Repeated, TextPart, Texts
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_day
from edi_lint.rules.base import ClaimRule, Hit, LineRule, Rule
from edi_lint.rules.examples import DATE, LINE, Example
from edi_lint.rules.service_days import SERVICE_DAY

SERVICE_DATE = TextPart("2400", "DTP", 3, qualifier="472")
AUTHORIZATION, REFERRAL = "G1", "9F"
"""REF01 of a prior authorization number and of a referral number."""


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
    source = (
        "CMS 2019 alpha-numeric HCPCS file: A4306 was added on 1993-01-01; that a payer takes no "
        "service after the transaction's date, and status 187, are general knowledge; pyx12 4.0.0 "
        "misses it (tested)"
    )
    help = "Correct the date of service, or send the claim when the service has begun."
    valid = (
        Example(line=(*LINE, "DTP*472*D8*20260110")),
        Example(line=(*LINE, "DTP*472*RD8*20260110-20260131")),
        Example(line=("SV1*HC:A4223*120*UN*1***1", "DTP*472*D8*19921231"), claim=("HI*BK:72210",)),
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

    trigger = SERVICE_DAY

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        made, service = texts
        latest = f"{self.run.as_of:%Y%m%d}" if self.run.as_of else "".join(made)
        first = "".join(service)[:8]
        added = (p.added for p in self.run.packs.values() if p.added)
        return latest < first or any(first < f"{day:%Y%m%d}" for day in added)

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        first, _, dtp = line.service_dates
        if first is None or dtp is None:
            return
        sent, grouped = self.run.sent(line.claim), line.claim.group_date
        pack = self.run.packs.get(line.code.upper())
        begins = f"the service begins on {safe_day(first)}"
        if sent is not None and first > sent:
            when = "the day of --as-of" if self.run.as_of else "when the claim was made"
            message = f"{begins}, after {safe_day(sent)}, {when}"
            severity = self.severity
            if not self.run.as_of and grouped is not None and first <= grouped:
                message += f" (BHT04); by GS04 it was made on {safe_day(grouped)}"
                severity = Severity.WARNING
            yield Hit(dtp, 3, 0, message, severity=severity)
        elif pack is not None and pack.added is not None and first < pack.added:
            message = f"{begins}; {line.code} was added on {pack.added}"
            yield Hit(dtp, 3, 0, message)


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

    trigger = Texts(
        tuple(
            TextPart(loop, "REF", 1, qualifier=qualifier)
            for loop in ("2300", "2400")
            for qualifier in (AUTHORIZATION, REFERRAL)
        )
    )

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return all(texts[:2]) or all(texts[2:])

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        if line is line.claim.lines[0]:
            yield from _mistaken(line.claim.references(AUTHORIZATION, REFERRAL))
        own = line.references(AUTHORIZATION, REFERRAL)
        yield from _mistaken(own)
        for qualifier in (AUTHORIZATION, REFERRAL):
            for numbers in _by_payer(own, qualifier).values():
                if len(numbers) > 1:
                    message = f"{len(numbers)} REF {qualifier} for one payer on this line"
                    yield Hit(numbers[1].segment, 0, 0, message)


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

    trigger = Repeated((TextPart("2400", "SV1", 1, 2, 6), SERVICE_DATE))

    def check(self, claim: Claim) -> Iterator[Hit]:
        met: dict[tuple[object, ...], ServiceLine] = {}
        codes = Counter(line.code for line in claim.lines)
        for line in claim.lines:
            said = _says(line) if codes[line.code] > 1 else None
            if said is None or line.sv1 is None:
                continue
            first = met.setdefault(said, line)
            if first is not line:
                message = (
                    f"this line says the same as line {first.number}: code, modifiers, dates, "
                    "charge, place of service and rendering provider"
                )
                yield Hit(line.sv1, 0, 0, message, line=line.number)


def _mistaken(numbers: tuple[Reference, ...]) -> Iterator[Hit]:
    """Referral numbers that are the same payer's authorization number too."""
    authorizations = _by_payer(numbers, AUTHORIZATION)
    for payer, referrals in _by_payer(numbers, REFERRAL).items():
        known = {a.number for a in authorizations.get(payer, ())}
        for referral in referrals:
            if referral.number and referral.number in known:
                message = "the referral number (REF 9F) is the prior authorization number (REF G1)"
                yield Hit(referral.segment, 2, 0, message)


def _by_payer(numbers: tuple[Reference, ...], qualifier: str) -> dict[str, list[Reference]]:
    """The numbers with a qualifier, by the payer that they are for; empty: the destination."""
    found: dict[str, list[Reference]] = defaultdict(list)
    for number in numbers:
        if number.qualifier == qualifier:
            found[number.payer].append(number)
    return found


def _says(line: ServiceLine) -> tuple[object, ...] | None:
    """All that tells a line from others; None where its code, date or charge cannot be read."""
    dtp, sv1, charge = line.service_dates.segment, line.sv1, line.charge
    if dtp is None or sv1 is None or charge is None or not line.code or not dtp.value(3):
        return None
    rendering = line.rendering_provider
    return (
        tuple(sv1.components(1)[1:6]),
        line.description,
        dtp.value(3),
        charge,
        line.place_of_service,
        tuple(rendering.segment.values[1:]) if rendering else (),
        line.drug.code if line.drug else "",
    )


RULES: tuple[type[Rule], ...] = (
    ServiceDate,
    AuthorizationNumbers,
    DuplicateLine,
)
