"""What is billed beside a line, where, and how much of it: SVC001 to SVC003."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from edi_lint.claims import Claim, Dates, ServiceLine
from edi_lint.engine import TextPart, Texts
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_amount
from edi_lint.packs import Pack
from edi_lint.packs.profiles import Limit
from edi_lint.rules.base import Hit, LineRule, OldPackRule, Rule
from edi_lint.rules.examples import Example

HCPCS = "HC"
"""SV101-1: the code is a HCPCS code, of Level I or II."""

MOST_DATES = 200
"""So many different dates of a claim's lines, each with its code, are compared with each other."""

_TWO = 2
"""So many lines are enough to know that one of them is another than the line asked about."""

_ONE_A_DAY = (
    "policies:",
    "  A4306:",
    '    units_per_day: {limit: 1, citation: "the plan\'s manual, page 12"}',
)


class Unbundled(OldPackRule):
    """A4306 does not appear beside another pump, a pump's supplies or a per diem of the same date.

    An external or implantable pump, or supplies that belong to one (A4222, A4220), say that
    something else gave the drug; the per diems of home infusion (S9326 to S9328) hold equipment and
    supplies already. Either way one infusion is billed twice, and one of the two is denied as
    bundled. The dates of both lines must be known and have a day in common.
    """

    needs = frozenset({"2400 DTP 472", "2400 SV1"})
    code = "SVC001"
    name = "unbundled"
    fault = "A4306 beside a service that includes it"
    level = 6
    severity = Severity.WARNING
    response = Response(carc="97")
    source = (
        "CMS 2019 HCPCS file: the descriptors; the reading of both together is general knowledge; "
        "the rule's pack names the source of each code"
    )
    help = "Bill what was used: the disposable system, or the pump or per diem."
    valid = (
        Example(line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4221*60*UN*1***1")),
        Example(line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:E0784*60*UN*1***1")),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
                "LX*2",
                "SV1*HC:E0781*60*UN*1***1",
                "DTP*472*RD8*20251201-20260104",
            )
        ),
        Example(line=("SV1*HC:A4305*60*UN*1***1", "LX*2", "SV1*HC:E0781*60*UN*1***1")),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:E0781:RR*60*UN*1***1"),
            at="SV101-02",
        ),
        Example(
            line=(
                "SV1*HC:A4222*40*UN*1***1",
                "LX*2",
                "SV1*HC:A4306*40*UN*1***1",
                "LX*3",
                "SV1*HC:E0783*40*UN*1***1",
            ),
            at="SV101-02",
        ),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
                "LX*2",
                "SV1*HC:S9326*60*UN*3***1",
                "DTP*472*RD8*20260104-20260106",
            ),
            at="SV101-02",
        ),
    )

    def check(self, line: ServiceLine, pack: Pack) -> Iterator[Hit]:
        beside = [c for c in _beside(line, pack) if pack.neighbours[c].is_unbundled]
        if line.sv1 is not None and beside:
            codes = " and ".join(beside)
            message = f"{line.code} beside {codes} on the same date: one infusion billed twice"
            yield Hit(line.sv1, 1, 2, message)


class FacilityPlace(OldPackRule):
    """The place of service of A4306 is none where the facility's own payment holds the system.

    In a hospital's outpatient departments (19, 22) the code is packaged and never paid by itself;
    an inpatient stay (21) is paid as a whole; an ambulatory surgical center (24) has the system
    within its payment, and reports a qualifying pump as C9804. That other payers than Medicare do
    the same is general knowledge, hence a warning. The finding is made where the place is: at
    SV105, or once at CLM05-1 for the lines that have none of their own.
    """

    code = "SVC002"
    name = "facility-place"
    fault = "A4306 in a facility whose payment already includes it"
    level = 6
    severity = Severity.WARNING
    response = Response(carc="97")
    source = (
        "CMS OPPS Addendum B, April 2026: status indicator N, and H1 for C9804; inpatient stays "
        "and packaging in surgical centers are general knowledge"
    )
    help = (
        "Correct the place if the patient had the system elsewhere, such as at home (12); "
        "otherwise leave the item to the facility."
    )
    valid = (
        Example(clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y"),
        Example(clm="CLM*EX-1*120***22:B:1*Y*A*Y*Y", line=("SV1*HC:A4306*120*UN*1*12**1",)),
        Example(clm="CLM*EX-1*120***22:B:1*Y*A*Y*Y", line=("SV1*HC:A4223*120*UN*1***1",)),
    )
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*1*19**1",), at="SV105"),
        Example(
            clm="CLM*EX-1*120***22:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
            at="CLM05-01",
        ),
        Example(
            clm="CLM*EX-1*120***24:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:C9804*60*UN*1***1"),
            at="CLM05-01",
        ),
        Example(clm="CLM*EX-1*120***21:B:1*Y*A*Y*Y", at="CLM05-01"),
    )

    def check(self, line: ServiceLine, pack: Pack) -> Iterator[Hit]:
        place, sv1, clm = line.place_of_service, line.sv1, line.claim.clm
        if place not in pack.facility_places or sv1 is None or clm is None:
            return
        message = f"place of service {place}: {pack.facility_places[place].text}"
        again = [c for c in _beside(line, pack) if pack.neighbours[c].relation == "facility"]
        if again:
            message += f"; {' and '.join(again)} on the same date is the system already"
        if sv1.value(5):
            yield Hit(sv1, 5, 0, message)
        elif line is _first_without_place(line.claim, pack):
            yield Hit(clm, 5, 1, message)


class UnitsADay(LineRule):
    """The units of a code in a day stay within the limit that the payer's profile states.

    What goes beyond is denied for its quantity. No limit for A4306 has been published where we
    looked, so there is none by default. The lines of the claim with the code are added up for each
    day; a line over several days has the limit for each of them. Lines whose dates or units cannot
    be read, and units that are minutes, do not count. The finding is made on the first of the
    lines with the same dates.
    """

    needs = frozenset({"2400 DTP 472", "2400 SV1"})
    trigger = Texts((TextPart("2400", "SV1", 1, 2, 2),))
    code = "SVC003"
    name = "units-a-day"
    fault = "Units above the payer's limit for a day"
    level = 6
    severity = Severity.WARNING
    response = Response(carc="151")
    source = "the payer's profile, which says where the limit was read; Noridian for reason 151"
    help = "Compare SV104 with the order and the delivery; ask the payer before more is supplied."
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",), profile=_ONE_A_DAY),
        Example(line=("SV1*HC:A4306*120*UN*10***1",)),
        Example(line=("SV1*HC:A4223*120*UN*2***1",), profile=_ONE_A_DAY),
        Example(
            line=("SV1*HC:A4306*120*UN*3***1", "DTP*472*RD8*20260103-20260105"),
            profile=_ONE_A_DAY,
        ),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260104",
                "LX*2",
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
            ),
            profile=_ONE_A_DAY,
        ),
    )
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*2***1",), profile=_ONE_A_DAY, at="SV104"),
        Example(
            line=("SV1*HC:A4306:SC*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
            profile=_ONE_A_DAY,
            at="SV104",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*4***1", "DTP*472*RD8*20260103-20260105"),
            profile=_ONE_A_DAY,
            at="SV104",
        ),
    )

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        (code,) = texts[0] or ("",)
        policies = (profile.policies.get(code.upper()) for profile in self.run.profiles.all)
        return any(policy is not None and policy.units_per_day for policy in policies)

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        limit, dates = self._limit(line), line.service_dates
        if line.sv1 is None or limit is None or dates.first is None or dates.last is None:
            return
        days = (dates.last - dates.first).days + 1
        claim, code = line.claim, line.code.upper()
        counted = claim.once((_counted, code), lambda: _counted(claim, code))
        same_days = counted.get((dates.first, dates.last))
        if days < 1 or same_days is None or line is not same_days[0]:
            return
        within = (
            units
            for (first, last), (_, units) in counted.items()
            if dates.first <= first and last <= dates.last
        )
        units = sum(within, Decimal())
        if units > limit.number * days:
            profile = self.run.profile(line.claim)
            message = (
                f"{safe_amount(units)} units of {line.code} in {_in_days(days)}: {profile.title} "
                f"takes {limit.number:f} a day ({limit.citation})"
            )
            yield Hit(line.sv1, 4, 0, message)

    def _limit(self, line: ServiceLine) -> Limit | None:
        """What the claim's payer takes of the line's code in a day, as far as it says so."""
        policy = self.run.profile(line.claim).policies.get(line.code.upper())
        return policy.units_per_day if policy and line.qualifier == HCPCS else None


def _beside(line: ServiceLine, pack: Pack) -> list[str]:
    """The codes that the pack speaks of on other lines with a day in common, each once."""
    claim = line.claim
    near = claim.once((_neighbours, pack.name), lambda: _neighbours(claim, pack))
    found: dict[str, None] = {}
    for (code, first, last), lines in near.items():
        days = Dates(first, last)
        if code not in found and lines != [line] and line.service_dates.meets(days):
            found[code] = None
    return list(found)


def _neighbours(
    claim: Claim, pack: Pack
) -> dict[tuple[str, date | None, date | None], list[ServiceLine]]:
    """The lines with a code that the pack speaks of, at most two of each code and dates.

    They come in the order of the first of each, at most MOST_DATES.
    """
    found: dict[tuple[str, date | None, date | None], list[ServiceLine]] = {}
    for line in claim.lines:
        code = line.code.upper()
        if code in pack.neighbours and line.qualifier == HCPCS:
            dates = line.service_dates
            key = (code, dates.first, dates.last)
            if len(found) >= MOST_DATES and key not in found:
                continue
            lines = found.setdefault(key, [])
            if len(lines) < _TWO:
                lines.append(line)
    return found


def _first_without_place(claim: Claim, pack: Pack) -> ServiceLine | None:
    """The first line with a code of the pack for which the claim's place of service stands."""

    def first() -> ServiceLine | None:
        lines = (n for n in claim.lines if n.code.upper() in pack.codes)
        return next((n for n in lines if n.sv1 and not n.sv1.value(5)), None)

    return claim.once((_first_without_place, pack.name), first)


def _counted(claim: Claim, code: str) -> dict[tuple[date, date], tuple[ServiceLine, Decimal]]:
    """For each first and last day of lines with units of a code, at most MOST_DATES: the first
    line, and all units.
    """
    found: dict[tuple[date, date], tuple[ServiceLine, Decimal]] = {}
    for line in claim.lines:
        dates, units = line.service_dates, line.units
        if line.code.upper() != code or line.qualifier != HCPCS or line.unit_basis != "UN":
            continue
        if dates.first and dates.last and units is not None and units > 0:
            days = dates.first, dates.last
            if len(found) >= MOST_DATES and days not in found:
                continue
            leader, before = found.get(days, (line, Decimal()))
            found[days] = leader, before + units
    return found


def _in_days(days: int) -> str:
    return "one day" if days == 1 else f"{days} days"


RULES: tuple[type[Rule], ...] = (Unbundled, FacilityPlace, UnitsADay)
