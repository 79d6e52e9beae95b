"""What modifiers say beside a code, other lines or a payer: MOD008 to MOD012, and MOD014.

No rule here offers to add or remove KX, GA, GX, GY, GZ or EY: each is the supplier's own statement.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from itertools import accumulate

from edi_lint.claims import Dates, dates_of
from edi_lint.findings import Applicability, Response, Severity
from edi_lint.packs import Pack
from edi_lint.packs.profiles import Profile
from edi_lint.rules.base import ClaimRule, PackRule, Rule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.modifier_order import OVERFLOW
from edi_lint.rules.modifiers import ATTESTING, DENIALS, FIRST_MODIFIER, without
from edi_lint.rules.parts import (
    CODES,
    ENCOUNTER,
    LINE_INDEX,
    MODIFIERS,
    PACK,
    PROFILE,
    SERVICE,
    At,
    Change,
    Derived,
    Part,
    Said,
)
from edi_lint.rules.run import Run

_NO_ORDER, _WITH_UPGRADE = "EY", "GK"
_UPGRADE = frozenset({"GA", "GZ"})


class PointlessModifier(PackRule):
    """A line for A4306 has no modifier that says nothing about it.

    New, used or rented (NU, UE, RR) and the month of a rental (KH to KJ) are said of equipment, a
    side (RT, LT) of procedures and devices that have one, the way of giving (JA, JB) of the drug. A
    disposable system is a supply without a side. A modifier that does not fit its code is what
    denials by reason 4 are about; none that names A4306 was found, hence a warning.
    """

    code = "MOD008"
    name = "pointless-modifier"
    fault = "Modifier that says nothing about A4306"
    level = 6
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    response = Response(carc="4")
    source = (
        "CMS 2019 HCPCS file: type of service 9, no price, no side (by inference); Noridian, "
        "external infusion pump article, for JB; the rule's pack names the source of each"
    )
    help = "Take the modifier off the line, or correct the code if equipment or a drug is meant."
    valid = (
        Example(line=("SV1*HC:A4306:GY*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:E0781:RR:LT*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:NU*120*UN*1***1",), filing="CI"),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306:NU:GY*120*UN*1***1",),
            filing="MB",
            at="SV101-03",
            fixed=(("SV1*HC:A4306:NU:GY*120*UN*1***1", "SV1*HC:A4306:GY*120*UN*1***1"),),
        ),
        Example(
            line=("SV1*HC:A4306:GY:LT:::PUMP*120*UN*1***1",),
            filing="MB",
            at="SV101-04",
            fixed=(
                (
                    "SV1*HC:A4306:GY:LT:::PUMP*120*UN*1***1",
                    "SV1*HC:A4306:GY::::PUMP*120*UN*1***1",
                ),
            ),
        ),
        Example(line=("SV1*HC:A4306:GY:JB*120*UN*1***1",), filing="MB", at="SV101-04"),
    )

    modifiers = MODIFIERS

    def judge(self, pack: Pack, procedure: str, modifiers: tuple[str, ...]) -> Iterator[Said]:
        for index, modifier in enumerate(modifiers):
            if modifier not in pack.pointless_modifiers:
                continue
            reason = pack.pointless_modifiers[modifier].text
            fix = Change(
                without,
                FIRST_MODIFIER + index,
                words=f"remove {modifier}",
                applicability=Applicability.SUGGESTED,
            )
            message = f"modifier {modifier} says nothing about {procedure}: {reason}"
            yield At("modifiers", index, fix=fix), message


class OrderMissing(ClaimRule):
    """Lines with EY, no practitioner's order, and lines without it are on claims of their own.

    The equipment contractors process a claim of lines without an order by other rules, and do not
    take both on one claim. One finding is made, on the first line with EY.
    """

    needs = frozenset({"2400 SV1"})
    code = "MOD009"
    name = "ey-beside-ordered-lines"
    fault = "EY beside lines without EY"
    level = 6
    severity = Severity.ERROR
    response = Response(carc="4")
    speaks = Speaks.MEDICARE_ONLY
    no_status = (
        "Only the contractor compares the lines of a claim; it returns the claim as unprocessable "
        "in the 835."
    )
    source = "Noridian, DME MAC: the pages on EY; CGS, the same"
    addresses = ("https://med.noridianmedicare.com/es/web/jddme/topics/modifiers/ey",)
    help = "Move the lines with EY to a claim of their own; both claims then need their own totals."
    valid = (
        Example(
            line=("SV1*HC:A4306:EY*60*UN*1***1", "LX*2", "SV1*HC:A4223:EY:GA*60*UN*1***1"),
            filing="MB",
        ),
        Example(
            line=("SV1*HC:A4306:EY*60*UN*1***1", "LX*2", "SV1*HC:A4223*60*UN*1***1"), filing="CI"
        ),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4223*60*UN*1***1", "LX*2", "SV1*HC:A4306:EY*60*UN*1***1"),
            filing="MB",
            at="SV101-03",
        ),
        Example(
            line=(
                "SV1*HC:A4306:SC:EY*40*UN*1***1",
                "LX*2",
                "SV1*HC:A4223:EY*40*UN*1***1",
                "LX*3",
                "SV1*HC:A4221*40*UN*1***1",
            ),
            filing="MB",
            at="SV101-04",
        ),
    )

    modifiers = MODIFIERS.unless(lambda modifier: modifier != _NO_ORDER)

    def judge(self, modifiers: tuple[tuple[str, ...], ...]) -> Iterator[Said]:
        without_order = [line for line, own in enumerate(modifiers) if _NO_ORDER in own]
        if without_order and len(without_order) < len(modifiers):
            first = without_order[0]
            ordered = next(line for line, own in enumerate(modifiers) if _NO_ORDER not in own)
            message = (
                f"{len(without_order)} of the claim's {len(modifiers)} lines have modifier EY: "
                "they belong on a claim of their own"
            )
            place = At("modifiers", first, modifiers[first].index(_NO_ORDER))
            place.also = At("modifiers", ordered)
            yield place, message


class _Upgrades:
    """The days of a claim's lines with an upgrade."""

    def __init__(self, modifiers: tuple[tuple[str, ...], ...], services: tuple[str, ...]) -> None:
        both = zip(modifiers, services, strict=True)
        dates = [dates_of(day) for own, day in both if not _UPGRADE.isdisjoint(own)]
        days = sorted((d.first, d.last) for d in dates if d.first and d.last)
        self._any = bool(dates)
        self._unread = len(days) < len(dates)
        self._first = [first for first, _ in days]
        self._last = list(accumulate((last for _, last in days), max))
        """The last day of all that begin so early."""

    def meet(self, dates: Dates) -> bool:
        """Whether one of them has, or may have, a day in common with these."""
        if not (dates.first and dates.last):
            return self._any
        begun = bisect_right(self._first, dates.last)
        return self._unread or (begun > 0 and self._last[begun - 1] >= dates.first)


class UpgradeMissing(ClaimRule):
    """A line with GK comes with a line of the same date with GA or GZ.

    GK marks the item that would have been necessary, next to the upgrade that is expected to be
    denied: GA or GZ on the line before. Without that line GK says nothing. Lines whose dates
    cannot be read count as of the same date.
    """

    needs = frozenset({"2400 SV1"})
    code = "MOD010"
    name = "gk-without-upgrade"
    fault = "GK without GA or GZ"
    level = 6
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    source = "CMS 2019 HCPCS file: the meaning of GK; Noridian, DME MAC: the article on KB and 99"
    help = "Send the upgrade on the line before with GA or GZ, or take GK off."
    valid = (
        Example(
            line=("SV1*HC:E0784:GA*60*UN*1***1", "LX*2", "SV1*HC:E0781:GK*60*UN*1***1"),
            filing="MB",
        ),
        Example(
            line=("SV1*HC:E0781:GK*60*UN*1***1", "LX*2", "SV1*HC:E0784:GZ*60*UN*1***1"),
            filing="MB",
        ),
        Example(line=("SV1*HC:E0781:GK*120*UN*1***1",), filing="CI"),
    )
    invalid = (
        Example(line=("SV1*HC:E0781:RR:GK*120*UN*1***1",), filing="MB", at="SV101-04"),
        Example(
            line=("SV1*HC:E0781:GK*60*UN*1***1", "LX*2", "SV1*HC:E0784:GY*60*UN*1***1"),
            filing="MB",
            at="SV101-03",
        ),
        Example(
            line=(
                "SV1*HC:E0781:GK*60*UN*1***1",
                "DTP*472*D8*20260105",
                "LX*2",
                "SV1*HC:E0784:GA*60*UN*1***1",
                "DTP*472*D8*20251205",
            ),
            filing="MB",
            at="SV101-03",
        ),
    )

    modifiers = MODIFIERS.unless(lambda modifier: modifier != _WITH_UPGRADE)
    services = SERVICE

    def judge(
        self, modifiers: tuple[tuple[str, ...], ...], services: tuple[str, ...]
    ) -> Iterator[Said]:
        upgrades = _Upgrades(modifiers, services)
        for line, own in enumerate(modifiers):
            if _WITH_UPGRADE in own and not upgrades.meet(dates_of(services[line])):
                message = "modifier GK without a line of the same date that has GA or GZ"
                yield At("modifiers", line, own.index(_WITH_UPGRADE)), message


def _is_contradicted(modifiers: Collection[str]) -> bool:
    """Whether KX is beside a modifier for a denial, of which MOD001 speaks."""
    return ATTESTING in modifiers and not DENIALS.isdisjoint(modifiers)


class NothingToAttest(PackRule):
    """KX on a Medicare line for A4306 attests requirements that no known policy sets.

    KX is the supplier's statement that the requirements of a coverage policy are met. No policy
    with requirements for A4306 was found: the external pump policies name E0779, E0780, E0781 and
    E0791, and a single-use system is not durable equipment. Whether the claims edits for external
    infusion pumps take A4306 in was not found either, hence a warning. Silent where MOD001 speaks.
    """

    code = "MOD011"
    name = "kx-nothing-to-attest"
    fault = "KX without requirements to attest"
    level = 6
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    source = (
        "CMS 2019 HCPCS file: coverage code C, not priced for Part B; 42 CFR 414.202; Noridian, "
        "enteral nutrition article: KX is an attestation"
    )
    addresses = (
        "https://med.noridianmedicare.com/web/jadme/article-detail/-/view/6547796/enteral-and-parenteral-modifiers-proper-use-1",
    )
    conflict = (
        "Articles about A4306 say that Medicare covers it by a local policy and that KX attests "
        "it; Noridian's article of 2023 demands KX, GA or GZ on claims for external infusion pumps "
        "and their supplies, without a word seen on A4306. No policy that names A4306 was found, "
        "so KX is questioned and not refused."
    )
    help = (
        "Find the policy whose requirements KX attests. Without one, say who pays if Medicare "
        "does not: GA, GX, GY or GZ."
    )
    valid = (
        Example(line=("SV1*HC:A4306:GY*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:E0781:KX*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:KX*120*UN*1***1",), filing="CI"),
    )
    invalid = (Example(line=("SV1*HC:A4306:KX*120*UN*1***1",), filing="MB", at="SV101-03"),)

    modifiers = MODIFIERS

    def judge(self, pack: Pack, procedure: str, modifiers: tuple[str, ...]) -> Iterator[Said]:
        if _is_contradicted(modifiers):
            return
        for index, modifier in enumerate(modifiers):
            if modifier in pack.attesting_modifiers:
                message = f"modifier {modifier} on {procedure}: no policy is known that it attests"
                yield At("modifiers", index), message
                return


class UnclearLiability(PackRule):
    """A Medicare line for A4306 says who pays when Medicare does not: GA, GX, GY or GZ.

    A single-use system lasts less than the three years that Medicare asks of durable equipment,
    so that a denial is to be expected; without one of these modifiers it is open who owes the
    amount. That Medicare never pays A4306 is not certain (its coverage code is C, carrier
    judgment), hence a warning. Silent with KX, which MOD001 and MOD011 look at, with EY, and with
    99 or KB, whose further modifiers are in a note; and where the system is bundled into another
    payment, of which no notice can make the patient liable: to Part B, and in facilities. An
    encounter, which a plan reports and nobody pays (BHT06 RP), is not judged either.
    """

    code = "MOD012"
    name = "liability-modifier-missing"
    fault = "Liability modifier missing"
    level = 6
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    response = Response(carc="96", rarc=("N130",))
    source = (
        "42 CFR 414.202 (durable equipment, by inference); Noridian, liability modifier pages; CMS "
        "2019 HCPCS file: coverage code C"
    )
    conflict = (
        "That Medicare never covers A4306, so that GY is right, follows from what durable "
        "equipment is; an article of the contractors (A52507) is said to state it, but was not "
        "found word for word. Against it stand the coverage code (C, carrier judgment, where A9274 "
        "has S) and Noridian's list of items never covered, whose visible part does not name "
        "A4306. So no modifier is proposed; a payer's profile may make this an error, or silence "
        "it."
    )
    help = (
        "Decide what is true and say it: GY (no benefit; GX beside it for a voluntary notice), GA "
        "(a notice was signed), or GZ (none was). No tool decides this."
    )
    valid = (
        Example(line=("SV1*HC:A4306:GX:GY*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:GA*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:GZ*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:EY*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:KX*120*UN*1***1",), filing="MB"),
        Example(
            line=("SV1*HC:A4306:CG:SC:CR:99*120*UN*1***1", "DTP*472*D8*20260105", "NTE*ADD*GY"),
            filing="MB",
        ),
        Example(line=("SV1*HC:A4306*120*UN*1***1",), filing="16"),
        Example(
            clm="CLM*EX-1*120***11:B:1*Y*A*Y*Y",
            filing="MB",
            change=(("NM1*PR*2*EXAMPLE PAYER*", "NM1*PR*2*MEDICARE PART B EXAMPLE*"),),
        ),
        Example(clm="CLM*EX-1*120***22:B:1*Y*A*Y*Y", filing="MB"),
        Example(filing="MB", change=(("*1200*CH", "*1200*RP"),)),
    )
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",), filing="MB", at="SV101-02"),
        Example(line=("SV1*HC:A4306:SC*120*UN*1***1",), filing="MB", at="SV101-02"),
    )

    modifiers = MODIFIERS
    profile = PROFILE
    own_place = Part("2400", "SV1", 5)
    place = Part("2300", "CLM", 5, 1, 1)
    encounter = ENCOUNTER

    def judge(
        self,
        pack: Pack,
        procedure: str,
        modifiers: tuple[str, ...],
        profile: Profile,
        own_place: str,
        place: str,
        encounter: bool,
    ) -> Iterator[Said]:
        if encounter or profile.name == _PART_B or (own_place or place) in pack.facility_places:
            return
        if _answered(pack).isdisjoint(modifier.upper() for modifier in modifiers):
            wanted = ", ".join(sorted(pack.liability_modifiers))
            message = f"{procedure} to Medicare without any of {wanted}: who pays is open"
            yield At("procedure"), message


def _answered(pack: Pack) -> frozenset[str]:
    """Modifiers that answer, or may hide the answer, who pays if Medicare does not."""
    answers = pack.liability_modifiers | pack.attesting_modifiers | pack.order_modifiers
    return answers | OVERFLOW


_NO_BENEFIT = "GY"
_GIVEN = re.compile("J[0-9]{4}|A422[1-3]|K0552", re.ASCII)
"""Drugs, and supplies for an infusion: catheter, bags and cassettes, syringes."""
_SUPPLIERS_PROFILE, _PART_B = "medicare-dme", "medicare-part-b"


def _unanswered(
    run: Run,
    pack: Pack | None,
    codes: tuple[str, ...],
    modifiers: tuple[tuple[str, ...], ...],
    services: tuple[str, ...],
) -> Mapping[str, tuple[int, list[int]]]:
    """By date of service: the first line with GY of the pack, and drugs and supplies without."""
    del run
    found: dict[str, tuple[int, list[int]]] = {}
    if pack is None:
        return found
    answers = pack.liability_modifiers | OVERFLOW
    lines = list(zip(codes, modifiers, services, strict=True))
    for index, (code, own, day) in enumerate(lines):
        if code.upper() in pack.codes and _NO_BENEFIT in own:
            found.setdefault(day, (index, []))
    for index, (code, own, day) in enumerate(lines):
        if day in found and _GIVEN.fullmatch(code) and answers.isdisjoint(own):
            found[day][1].append(index)
    return found


class LiabilityBeside(PackRule):
    """Drugs and supplies beside A4306 with GY say who pays, too.

    Where the disposable system has no benefit (GY), neither have the drug that it gave nor the
    supplies for it: contractors for medical equipment bill such drugs with GY. A drug (J code) or a
    supply for infusion (A4221 to A4223, K0552) of the same date without GY, GA, GX or GZ
    contradicts the line for the system. That supplies are treated as the drug is read from the same
    text and was not found word for word.
    """

    code = "MOD014"
    name = "liability-beside"
    fault = "Drug or supply beside A4306 with GY, without such a modifier"
    level = 6
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    response = Response(carc="96")
    source = (
        "Noridian, 2023 modifier usage for external infusion pumps, and reminders on drugs used "
        "with external infusion pumps"
    )
    addresses = (
        "https://med.noridianmedicare.com/web/jadme/article-detail/-/view/6547796/2023-modifier-"
        "usage-for-the-external-infusion-pumps-eip-policy",
        "https://med.noridianmedicare.com/web/jddme/article-detail/-/view/2230703/drugs-used-with-"
        "external-infusion-pumps-coverage-and-billing-reminders",
    )
    help = "Add the modifier that is true to the line: GY as for the system, or GA, GX or GZ."
    _beside = (
        "SV1*HC:A4306:GY*60*UN*1***1",
        "DTP*472*D8*20260105",
        "NM1*DK*1*EXAMPLE*DOCTOR****XX*1234567893",
        "LX*2",
    )
    _supplier = (("EXAMPLE PAYER*", "EXAMPLE DME MAC*"),)
    valid = (
        Example(
            line=(*_beside, "SV1*HC:J2795:GY*60*UN*1***1", *_beside[1:3]),
            filing="MB",
            change=_supplier,
        ),
        Example(
            line=(*_beside, "SV1*HC:J2795*60*UN*1***1", "DTP*472*D8*20260106", _beside[2]),
            filing="MB",
            change=_supplier,
        ),
        Example(line=(*_beside, "SV1*HC:J2795*60*UN*1***1", *_beside[1:3])),
    )
    invalid = (
        Example(
            line=(*_beside, "SV1*HC:J2795*60*UN*1***1", *_beside[1:3]),
            filing="MB",
            change=_supplier,
            at="SV101-02",
        ),
        Example(
            line=(*_beside, "SV1*HC:A4222:KX*60*UN*1***1", *_beside[1:3]),
            filing="MB",
            change=_supplier,
            at="SV101-02",
        ),
    )

    service = SERVICE
    codes = CODES
    line = LINE_INDEX
    profile = PROFILE
    unanswered = Derived(
        _unanswered,
        PACK,
        CODES,
        Part("2400", "SV1", 1, 3, 6, each_line=True),
        Part("2400", "DTP", 3, qualifier="472", each_line=True),
    )

    def judge(
        self,
        procedure: str,
        service: str,
        codes: tuple[str, ...],
        line: int,
        profile: Profile,
        unanswered: Mapping[str, tuple[int, list[int]]],
    ) -> Iterator[Said]:
        if profile.name != _SUPPLIERS_PROFILE:
            return
        first, lacking = unanswered.get(service, (-1, []))
        for index in lacking if first == line else ():
            message = f"{codes[index]} beside {procedure} with GY, without GY, GA, GX or GZ"
            yield At("codes", index), message


RULES: tuple[type[Rule], ...] = (
    PointlessModifier,
    OrderMissing,
    UpgradeMissing,
    NothingToAttest,
    UnclearLiability,
    LiabilityBeside,
)
