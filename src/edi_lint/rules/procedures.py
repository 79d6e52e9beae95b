"""Procedure codes and modifiers looked up by the day of service: COD001 and COD003.

A line before RECENT is looked at by itself, any other one only where its code or a modifier of it
is not known to have been valid ever since.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from edi_lint.claims import dates_of
from edi_lint.codes import hcpcs, modifiers, states
from edi_lint.codes.answers import CodeStanding, Days, Standing
from edi_lint.codes.modifiers import look_up as find_modifier
from edi_lint.codes.tables import loaded
from edi_lint.engine import ValuePlace
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_day
from edi_lint.packs import Pack
from edi_lint.rules.base import LineRule, Rule
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import (
    CODE,
    IS_MEDICARE,
    MODIFIERS,
    PACK,
    SERVICE,
    SERVICE_DAY,
    At,
    Part,
    Said,
)
from edi_lint.rules.service_days import RECENT

_ALWAYS = Days(None, None)
HCPCS = "HC"
"""SV101-1 of codes that these tables are about."""

_LEVEL_II = re.compile(r"[A-CE-V][0-9]{4}", re.ASCII)
"""Level II codes as CMS's releases list them: not those of dentists (D), nor states' (W to Z)."""
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_AMBULANCE = re.compile(r"A0[0-9]{3}", re.ASCII)

LookUp = Callable[[str, date | None], CodeStanding]


def _valid_days(code: str, look_up: LookUp) -> Days | None:
    """The days on which a code is valid, whichever release is asked; None: not up to today."""
    begins = [table.releases[0].first for table in loaded(hcpcs.KIND)]
    answers = (look_up(code, day) for day in (RECENT, *(b for b in begins if b > RECENT)))
    if any(a.standing is not Standing.VALID or a.last is not None for a in answers):
        return None
    # what a release of the user's says of earlier days, another one may contradict
    return Days(RECENT, None) if begins else Days(look_up(code, RECENT).first, None)


def _good_days(code: str) -> Days | None:
    """The days on which a procedure code is not judged, or is valid."""
    return _valid_days(code, hcpcs.look_up) if _LEVEL_II.fullmatch(code) else _ALWAYS


def awaits_release(code: str) -> bool:
    """Whether COD001 cannot judge a code as long as no release of HCPCS is loaded."""
    return bool(_LEVEL_II.fullmatch(code)) and hcpcs.needs_release(code)


class CodeOfDay(LineRule):
    """A HCPCS Level II code is listed on the date of service.

    Medicare's front end for medical equipment rejects a line whose code is not valid on its date
    (edit X222.351.2400.SV101-2.020). A code that CMS's list of July 2026 lacks did not exist from
    2017 to 30 September 2026; one that CMS's files of 2017 to 2019 mark as ended has ended; and
    none was valid before the day on which those files say that it was added. A4306 and the codes it
    is mistaken for are known to be listed in 2020 or April 2026. Whether any other listed code has
    ended since 2019 is known only where a release of that date was loaded (`edi-lint codes load`):
    a check says once how many codes it did not judge for want of one. A code that is missing from
    the lists, on a day that they do not cover, is information. CPT and CDT codes are never judged.
    That A4306 did not exist yet is SIT009's, the form of a code STR011's.
    """

    code = "COD001"
    name = "procedure-code-date"
    fault = "Procedure code not listed on the date of service"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "507"))
    source = (
        "CMS's alpha-numeric HCPCS files of 2017 to 2019 for days, CMS's list of July 2026 for "
        "codes, and releases that the user loaded; CEDI, published lists of its top edits, for "
        "status 507"
    )
    help = (
        "Compare the code and the date of service with CMS's list of that quarter; a code that was "
        "replaced has a successor there."
    )
    valid = (
        Example(line=("SV1*HC:A4305*120*UN*1***1",)),
        Example(line=("SV1*HC:99213*120*UN*1***1",)),
        Example(line=("SV1*HC:A9999*120*UN*1***1",)),
        Example(line=("SV1*HC:A4221*120*UN*1***1", "DTP*472*D8*19970101"), claim=("HI*BK:7231",)),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4221*120*UN*1***1", "DTP*472*D8*19961231"),
            claim=("HI*BK:7231",),
            at="SV101-02",
        ),
        Example(line=("SV1*HC:A9998*120*UN*1***1",), at="SV101-02"),
        Example(line=("SV1*HC:A4466*120*UN*1***1", "DTP*472*D8*20260105"), at="SV101-02"),
        Example(
            line=("SV1*HC:A9998*120*UN*1***1", "DTP*472*D8*20261005"),
            change=(("*20260110*1200*CH", "*20261010*1200*CH"),),
            at="SV101-02",
        ),
    )
    unjudged = (
        ValuePlace("SV1", 1, 2, when_element=1, when_component=1, when_value=HCPCS),
        awaits_release,
    )
    procedure = CODE.within(_good_days, SERVICE_DAY)
    qualifier = Part("2400", "SV1", 1, 1, 1)
    service = SERVICE
    pack = PACK

    def judge(
        self, procedure: str, qualifier: str, service: str, pack: Pack | None
    ) -> Iterator[Said]:
        day = dates_of(service).first
        if day is None or qualifier != HCPCS or not _LEVEL_II.fullmatch(procedure):
            return
        answer = hcpcs.look_up(procedure, day)
        if answer.standing is Standing.VALID:
            return
        if not answer.sure:
            message = f"procedure code {procedure} is not in the lists held, which do not cover"
            at = At("procedure", severity=Severity.INFO, also=At("service"))
            yield at, f"{message} {safe_day(day)}"
            return
        if answer.standing is Standing.NOT_YET and pack is not None:
            return
        message = f"procedure code {procedure} {_not_valid(answer, day)}"
        yield At("procedure", also=At("service")), message


def _not_valid(answer: CodeStanding, day: date) -> str:
    """In words how a code stands that is not valid on a day."""
    if answer.standing is Standing.NOT_YET:
        return f"is not valid yet on {safe_day(day)}; it was added on {answer.first}"
    if answer.standing is Standing.ENDED:
        return f"is no longer valid on {safe_day(day)}; its last day was {answer.last}"
    return f"is not listed on {safe_day(day)}"


def _good_days_of_modifier(modifier: str) -> Days | None:
    """The days on which a modifier of a code of no pack is not judged, or is valid."""
    if not _is_judged(modifier, "", packed=False):
        return _ALWAYS
    return _valid_days(modifier, modifiers.look_up)


class KnownModifier(LineRule):
    """A modifier is listed on the date of service.

    A line with a modifier that Medicare does not know is rejected with status 453. The list is
    complete up to June 2026, as far as can be told: that a later modifier is missing from it is a
    warning, as is anything on a code other than A4306 or for another payer. Nothing is
    said of U1 to UD, which mean what a state says they mean, of letters that name a state, and, on
    other codes than A4306, of pairs that may say where an ambulance came from and went to. The form
    of a modifier is STR012's.
    """

    code = "COD003"
    name = "modifier-date"
    fault = "Modifier not listed on the date of service"
    level = 5
    severity = Severity.WARNING
    response = Response(stc=("A7", "453"))
    source = (
        "CMS's alpha-numeric HCPCS files for modifiers of Level II, complete up to 2022, and what "
        "is known to have come since; releases that the user loaded; numbers of CPT's modifiers; "
        "CEDI, published lists of its top edits, for status 453"
    )
    help = (
        "Compare the modifier and the date of service with CMS's list of that quarter; where a "
        "payer defines modifiers of its own, switch the rule off for it in a profile."
    )
    valid = (
        Example(line=("SV1*HC:A4306:GY:SC:59:U1*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A0428:RH*120*UN*1***1",)),
        Example(line=("SV1*HC:A4223:GD*120*UN*1***1", "DTP*472*D8*20191231")),
        Example(line=("SV1*HC:J1885:JZ*120*UN*1***1", "DTP*472*D8*20230101")),
    )
    invalid = (
        Example(line=("SV1*HC:A4306:GY:GD*120*UN*1***1",), filing="MB", at="SV101-04"),
        Example(line=("SV1*HC:A4306:GY:ZZ*120*UN*1***1",), filing="MB", at="SV101-04"),
        Example(line=("SV1*HC:A4306:RH*120*UN*1***1",), at="SV101-03"),
        Example(line=("SV1*HC:A4223:ZQ*120*UN*1***1",), at="SV101-03"),
        Example(line=("SV1*HC:J1885:JZ*120*UN*1***1", "DTP*472*D8*20221231"), at="SV101-03"),
    )
    modifiers = MODIFIERS.within(_good_days_of_modifier, SERVICE_DAY)
    pack = PACK.unless(lambda pack: pack is None)
    procedure = CODE
    qualifier = Part("2400", "SV1", 1, 1, 1)
    service = SERVICE
    medicare = IS_MEDICARE

    def judge(
        self,
        procedure: str,
        qualifier: str,
        modifiers: tuple[str, ...],
        service: str,
        pack: Pack | None,
        medicare: bool,
    ) -> Iterator[Said]:
        if qualifier != HCPCS:
            return
        day, packed = dates_of(service).first, pack is not None
        for modifier in dict.fromkeys(modifiers):
            if not _is_judged(modifier, procedure, packed):
                continue
            answer = find_modifier(modifier, day)
            if answer.standing is not Standing.VALID:
                strict = packed and answer.sure and medicare
                severity = Severity.ERROR if strict else self.severity
                place = At("modifiers", modifiers.index(modifier), severity=severity)
                yield place, f"modifier {modifier} {_not_known(answer, day)}"


def _is_judged(modifier: str, code: str, packed: bool) -> bool:
    """Whether the list can tell that a modifier of a line with this code is none on a day."""
    if not _MODIFIER.fullmatch(modifier) or modifiers.is_defined_by_states(modifier):
        return False
    is_pair = modifiers.is_ambulance_pair(modifier)
    if is_pair and _AMBULANCE.fullmatch(code):
        return False
    if modifiers.look_up(modifier).standing is not Standing.UNKNOWN:
        return True
    return not states.is_state(modifier) and (packed or not is_pair)


def _not_known(answer: CodeStanding, day: date | None) -> str:
    """In words how a modifier stands that is not known to be valid on a day."""
    if answer.standing is Standing.UNKNOWN and not answer.sure:
        return f"is not known; the list may lack what came after {modifiers.COMPLETE_UNTIL}"
    return _not_valid(answer, day) if day else "is not listed"


RULES: tuple[type[Rule], ...] = (CodeOfDay, KnownModifier)
