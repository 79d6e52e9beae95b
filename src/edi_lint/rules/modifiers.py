"""Modifiers of a service line, their form and which exclude each other: STR012, MOD001 to MOD005.

A tool never adds or removes KX, GA, GX, GY, GZ or EY: each is the supplier's own statement.
Exact duplicates are the exception.

Each contradictory pair belongs to one rule, and a rule speaks once for a line however many of its
pairs stand there: KX with GA and GZ is MOD001 once (KX with both) and MOD002 once (GA with GZ),
since taking KX away would leave the second fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from edi_lint.codes import modifiers
from edi_lint.codes.answers import Standing
from edi_lint.findings import Edit, Response, Severity
from edi_lint.findings.masking import MODIFIER, safe_code
from edi_lint.rules.base import LineRule, Rule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import MODIFIERS, At, Change, Part, Said, Write
from edi_lint.x12 import Segment

FIRST_MODIFIER = 3
"""The component of SV101 that holds the first modifier."""
ATTESTING = "KX"
"""Says that the requirements of a coverage policy are met."""
DENIALS = frozenset({"GA", "GY", "GZ"})
"""Each says that a denial is expected, which KX contradicts (MOD001)."""
LAST_MODIFIER = 6
"""The component of SV101 that holds the fourth; SV101-7 is the description."""
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)


def _is_formed(modifier: str) -> bool:
    return bool(_MODIFIER.fullmatch(modifier))


def _is_text(description: str) -> bool:
    """Whether a description is none of the modifiers that are published."""
    if not _MODIFIER.fullmatch(description):
        return True
    return modifiers.look_up(description).standing is Standing.UNKNOWN


class ModifierForm(LineRule):
    """Modifiers are two upper-case letters or digits each, in SV101-3 to SV101-6 without a gap.

    Receivers read the slots in order. One that stops at an empty slot loses the modifiers after it,
    and answers a value that is not a modifier with status 453. A gap is one finding, however wide.
    A description (SV101-7) that is a published modifier gets a warning: it is read as text, and the
    modifier is lost. Spaces after a modifier are ENV009's.
    """

    code = "STR012"
    name = "modifier-form"
    fault = "Modifier malformed, or a gap before it"
    level = 2
    severity = Severity.ERROR
    response = Response(stc=("A7", "453"))
    source = "pyx12 4.0.0 maps: two characters; CEDI for status 453; gaps are general knowledge"
    help = "Write each modifier as published, the first one in SV101-3 and the others behind it."
    fix_safety = (
        "Modifiers are published in upper case. Closing a gap keeps every modifier, their order, "
        "and the description in SV101-7. What is not a modifier in any case is left alone."
    )
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",)),
        Example(line=("SV1*HC:A4306:SC:59*120*UN*1***1",)),
        Example(line=("SV1*HC:A4306:SC::::ELASTOMERIC PUMP*120*UN*1***1",)),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306:sC*120*UN*1***1",),
            at="SV101-03",
            fixed=(("SV1*HC:A4306:sC*120*UN*1***1", "SV1*HC:A4306:SC*120*UN*1***1"),),
        ),
        Example(
            line=("SV1*HC:A4306:::SC:CG*120*UN*1***1",),
            at="SV101-03",
            fixed=(("SV1*HC:A4306:::SC:CG*120*UN*1***1", "SV1*HC:A4306:SC:CG*120*UN*1***1"),),
        ),
        Example(
            line=("SV1*HC:A4306:SC::CG::ELASTOMERIC PUMP*120*UN*1***1",),
            at="SV101-04",
            fixed=(
                (
                    "SV1*HC:A4306:SC::CG::ELASTOMERIC PUMP*120*UN*1***1",
                    "SV1*HC:A4306:SC:CG:::ELASTOMERIC PUMP*120*UN*1***1",
                ),
            ),
        ),
        Example(line=("SV1*HC:A4306:SC:CG:CR:59:76*120*UN*1***1",), at="SV101-07"),
        Example(line=("SV1*HC:A4306:G*120*UN*1***1",), at="SV101-03"),
        Example(line=("SV1*HC:A4306:S-*120*UN*1***1",), at="SV101-03"),
    )

    modifiers = MODIFIERS.unless(_is_formed)
    description = Part("2400", "SV1", 1, LAST_MODIFIER + 1, LAST_MODIFIER + 1).unless(_is_text)

    def judge(self, modifiers: tuple[str, ...], description: str) -> Iterator[Said]:
        for index, modifier in enumerate(modifiers):
            if modifier and not _MODIFIER.fullmatch(modifier.rstrip(" ")):
                yield _misshapen(index, modifier)
        if "" in modifiers:
            index = modifiers.index("")
            slot = FIRST_MODIFIER + index
            message = f"modifier slot SV101-{slot} is empty and a later one is filled"
            fix = Change(_closed, words="move the later modifiers up")
            yield At("modifiers", index, fix=fix), message
        if not _is_text(description):
            message = f"the description, SV101-7, is {description}: a fifth modifier has no place"
            yield At("description", severity=Severity.WARNING), message


class DuplicateModifier(LineRule):
    """No modifier appears twice on one line.

    Medicare's front end for medical equipment rejects the claim (edit X222.351.2400.SV101-3.040).
    """

    code = "MOD005"
    name = "duplicate-modifier"
    fault = "Modifier repeated on one line"
    level = 6
    severity = Severity.ERROR
    speaks = Speaks.SOFTER_ELSEWHERE
    response = Response(stc=("A7", "453"))
    source = "CEDI, top ten edits of August 2019"
    addresses = (
        "https://www.ngscedi.com/ngs/portal/ngscedi/top%2010%20cedi%20edits%20for%20august%202019/!ut/p/z0/hY07D4IwFIX_Sh0YzW2JMToiEgRlx7uYKqXURwu0gP57QXcdzvCdnAcg5ICa90pyp4zm95GPuDytkoOf7PY0jWPGaLCI6CZKQhZvGaSAvwPjgro2DQaAF6OdeDrItbQXUagPa-fRyjyER7UYLOG6IKIfXfs1POpMTRglU4GMcpaUpiW8k511xKdsPV34bRZmErDmrporXRrI__fqG55fQzB7A0K-5Qs!/",
    )
    help = "Send each modifier once."
    fix_safety = (
        "The same modifier twice says what it says once; the others keep their order, and the "
        "description in SV101-7 its place."
    )
    valid = (Example(line=("SV1*HC:A4306:GX:GY*120*UN*1***1",), filing="MB"),)
    invalid = (
        Example(
            line=("SV1*HC:A4306:GY:GY*120*UN*1***1",),
            filing="MB",
            at="SV101-04",
            fixed=(("SV1*HC:A4306:GY:GY*120*UN*1***1", "SV1*HC:A4306:GY*120*UN*1***1"),),
        ),
        Example(
            line=("SV1*HC:A4306:SC:SC:CG::ELASTOMERIC PUMP*120*UN*1***1",),
            at="SV101-04",
            fixed=(
                (
                    "SV1*HC:A4306:SC:SC:CG::ELASTOMERIC PUMP*120*UN*1***1",
                    "SV1*HC:A4306:SC:CG:::ELASTOMERIC PUMP*120*UN*1***1",
                ),
            ),
        ),
    )

    modifiers = MODIFIERS

    def judge(self, modifiers: tuple[str, ...]) -> Iterator[Said]:
        for index, modifier in enumerate(modifiers):
            if modifier and modifier in modifiers[:index]:
                shown = safe_code(MODIFIER, modifier)
                fix = Change(without, FIRST_MODIFIER + index, words=f"remove the second {shown}")
                first = At("modifiers", modifiers.index(modifier))
                message = f"modifier {shown} appears twice on this line"
                yield At("modifiers", index, fix=fix, also=first), message


def _misshapen(index: int, modifier: str) -> Said:
    """What is said of a modifier that is none as written; a fix where only its case is wrong."""
    upper = modifier.upper() if modifier.isascii() else modifier
    if _MODIFIER.fullmatch(upper):
        place = At("modifiers", index, fix=Write(upper, f"write {upper}"))
        return place, f"modifier {modifier} is not in upper case"
    message = f"SV101-{FIRST_MODIFIER + index} is not a modifier, which is two letters or digits"
    return At("modifiers", index), message


def _closed(sv1: Segment) -> Edit:
    """The edit that moves the modifiers behind an empty slot up."""
    slots = sv1.components(1)[FIRST_MODIFIER - 1 : LAST_MODIFIER]
    gap = slots.index("")
    filled = [s for s in slots if s]
    if _is_described(sv1):
        filled += [""] * (len(slots) - len(filled))
        last = LAST_MODIFIER
    else:
        last = FIRST_MODIFIER + max(n for n, s in enumerate(slots) if s)
    start = sv1.span(1, FIRST_MODIFIER + gap)[0]
    return Edit(start, sv1.span(1, last)[1], separator(sv1).join(filled[gap:]))


def without(sv1: Segment, component: int) -> Edit:
    """The edit that takes out a modifier behind the first with the separator before it."""
    start = sv1.span(1, component - 1)[1]
    if not _is_described(sv1):
        return Edit(start, sv1.span(1, component)[1], "")
    later = [*sv1.components(1)[component:LAST_MODIFIER], ""]
    text = "".join(separator(sv1) + modifier for modifier in later)
    return Edit(start, sv1.span(1, LAST_MODIFIER)[1], text)


def _is_described(sv1: Segment) -> bool:
    """Whether components follow the modifiers, which must keep their place."""
    return len(sv1.components(1)) > LAST_MODIFIER


def separator(segment: Segment) -> str:
    return segment.delimiters.component.decode("latin-1")


RULES: tuple[type[Rule], ...] = (
    ModifierForm,
    DuplicateModifier,
)
