"""What is billed beside a line, where, and how much of it: SVC001 to SVC003."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from edi_lint.claims.views import amount, dates_of
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_amount
from edi_lint.packs import Pack
from edi_lint.packs.profiles import Policy, Profile
from edi_lint.rules.base import LineRule, PackRule, Rule
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import (
    CODE,
    CODES,
    LINE_INDEX,
    PACK,
    PROFILE,
    SERVICE,
    At,
    Derived,
    Part,
    Said,
)
from edi_lint.rules.payers import HCPCS, POLICY, where_stated
from edi_lint.rules.run import Run

MOST_DATES = 200
"""So many different dates of a claim's lines, each with its code, are compared with each other."""

_TWO = 2
"""So many lines are enough to know that one of them is another than the line asked about."""

_ONE_A_DAY = (
    "policies:",
    "  A4306:",
    '    units_per_day: {limit: 1, citation: "the plan\'s manual, page 12"}',
)


Counted = Mapping[tuple[date, date], tuple[int, Decimal]]
"""By the first and the last day of lines with a code: the index of the first line, all units."""
Neighbours = Mapping[tuple[str, str], list[int]]
"""By code and date of service (DTP03): the indexes of the first two lines with both."""


def _neighbours(
    run: Run,
    pack: Pack | None,
    codes: tuple[str, ...],
    qualifiers: tuple[str, ...],
    services: tuple[str, ...],
) -> Neighbours:
    """The lines with a code that the pack speaks of, of at most MOST_DATES codes and dates."""
    del run
    found: dict[tuple[str, str], list[int]] = {}
    spoken_of = pack.neighbours if pack else {}
    for line, code in enumerate(map(str.upper, codes)):
        if code in spoken_of and qualifiers[line] == HCPCS:
            key = (code, services[line])
            if len(found) >= MOST_DATES and key not in found:
                continue
            lines = found.setdefault(key, [])
            if len(lines) < _TWO:
                lines.append(line)
    return found


SERVICES = Part("2400", "DTP", 3, qualifier="472", each_line=True)
NEAR = Derived(_neighbours, PACK, CODES, Part("2400", "SV1", 1, 1, 1, each_line=True), SERVICES)
"""The lines of the claim with codes that the pack of a line speaks of."""


def _beside(near: Neighbours, line: int, service: str) -> dict[str, int]:
    """The codes of other lines with a day in common, each with the index of one such line."""
    found: dict[str, int] = {}
    own = dates_of(service)
    for (code, days), lines in near.items():
        if code not in found and lines != [line] and own.meets(dates_of(days)):
            found[code] = next(n for n in lines if n != line)
    return found


def _facility_place(run: Run, pack: Pack | None, own: str, of_claim: str) -> str:
    """The place of service of a line where it is one that the pack speaks of; else empty."""
    del run
    place = own or of_claim
    return place if pack is not None and place in pack.facility_places else ""


def _first_without_place(
    run: Run, pack: Pack | None, codes: tuple[str, ...], places: tuple[str, ...]
) -> int:
    """The index of the first line with a code of the pack that has no place of its own, or -1."""
    del run
    own = pack.codes if pack else ()
    lines = enumerate(zip(codes, places, strict=True))
    return next((n for n, (code, place) in lines if code.upper() in own and not place), -1)


def _counted(
    run: Run,
    own: str,
    codes: tuple[str, ...],
    qualifiers: tuple[str, ...],
    bases: tuple[str, ...],
    units: tuple[str, ...],
    services: tuple[str, ...],
) -> Counted:
    """The units of a code by their days, at most MOST_DATES."""
    del run
    found: dict[tuple[date, date], tuple[int, Decimal]] = {}
    for line, code in enumerate(codes):
        if code.upper() != own.upper() or qualifiers[line] != HCPCS or bases[line] != "UN":
            continue
        dates, count = dates_of(services[line]), amount(units[line])
        if dates.first and dates.last and count is not None and count > 0:
            days = dates.first, dates.last
            if len(found) >= MOST_DATES and days not in found:
                continue
            leader, before = found.get(days, (line, Decimal()))
            found[days] = leader, before + count
    return found


class Unbundled(PackRule):
    """A4306 does not appear beside another pump, a pump's supplies or a per diem of the same date.

    An external or implantable pump, or supplies that belong to one (A4222, A4220), say that
    something else gave the drug; the per diems of home infusion (S9325 to S9590) include equipment
    and supplies. Either way one infusion is billed twice, and one of the two is denied as
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
        Example(line=("SV1*HC:A4223*60*UN*1***1", "LX*2", "SV1*HC:E0781*60*UN*1***1")),
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

    line = LINE_INDEX
    service = SERVICE
    near = NEAR
    codes = CODES

    def judge(
        self, pack: Pack, procedure: str, line: int, service: str, near: Neighbours
    ) -> Iterator[Said]:
        beside = _beside(near, line, service)
        unbundled = [code for code in beside if pack.neighbours[code].is_unbundled]
        if unbundled:
            codes = " and ".join(unbundled)
            message = f"{procedure} beside {codes} on the same date: one infusion billed twice"
            yield At("procedure", also=At("codes", beside[unbundled[0]])), message


class FacilityPlace(PackRule):
    """The place of service of A4306 is none where the facility's own payment includes the system.

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

    own = Part("2400", "SV1", 5)
    of_claim = Part("2300", "CLM", 5, 1, 1)
    place = Derived(_facility_place, PACK, own, of_claim).when(bool)
    line = LINE_INDEX
    service = SERVICE
    near = NEAR
    codes = CODES
    first_without_place = Derived(
        _first_without_place, PACK, CODES, Part("2400", "SV1", 5, each_line=True)
    )

    def judge(
        self,
        pack: Pack,
        place: str,
        own: str,
        line: int,
        service: str,
        near: Neighbours,
        first_without_place: int,
    ) -> Iterator[Said]:
        message = f"place of service {place}: {pack.facility_places[place].text}"
        beside = _beside(near, line, service)
        again = [code for code in beside if pack.neighbours[code].relation == "facility"]
        also = At("codes", beside[again[0]]) if again else ""
        if again:
            message += f"; {' and '.join(again)} on the same date is the system already"
        if own:
            yield At("own", also=also), message
        elif line == first_without_place:
            yield At("of_claim", also=also), message


class UnitsADay(LineRule):
    """The units of a code in a day stay within the limit that the payer's profile states.

    What goes beyond is denied for its quantity. No limit for A4306 has been published where we
    looked, so there is none by default. The lines of the claim with the code are added up for each
    day; a line over several days has the limit for each of them. Lines whose dates or units cannot
    be read, and units that are minutes, do not count. The finding is made on the first of the
    lines with the same dates.
    """

    needs = frozenset({"2400 DTP 472", "2400 SV1"})
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

    stated = where_stated(lambda policy: policy.units_per_day)
    procedure = CODE
    policy = POLICY
    profile = PROFILE
    line = LINE_INDEX
    service = SERVICE
    counted = Derived(
        _counted,
        CODE,
        CODES,
        Part("2400", "SV1", 1, 1, 1, each_line=True),
        Part("2400", "SV1", 3, each_line=True),
        Part("2400", "SV1", 4, each_line=True),
        SERVICES,
    )
    units = Part("2400", "SV1", 4)

    def judge(
        self,
        procedure: str,
        policy: Policy | None,
        profile: Profile,
        line: int,
        service: str,
        counted: Counted,
    ) -> Iterator[Said]:
        limit, dates = policy and policy.units_per_day, dates_of(service)
        if not limit or dates.first is None or dates.last is None:
            return
        days = (dates.last - dates.first).days + 1
        same_days = counted.get((dates.first, dates.last))
        if days < 1 or same_days is None or line != same_days[0]:
            return
        within = (
            units
            for (first, last), (_, units) in counted.items()
            if dates.first <= first and last <= dates.last
        )
        units = sum(within, Decimal())
        if units > limit.number * days:
            message = (
                f"{safe_amount(units)} units of {procedure} in {_in_days(days)}: {profile.title} "
                f"takes {limit.number:f} a day ({limit.citation})"
            )
            yield At("units"), message


def _in_days(days: int) -> str:
    return "one day" if days == 1 else f"{days} days"


RULES: tuple[type[Rule], ...] = (Unbundled, FacilityPlace, UnitsADay)
