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
from typing import ClassVar

from edi_lint.claims import ServiceLine
from edi_lint.codes import modifiers
from edi_lint.codes.answers import Standing
from edi_lint.engine import Part, Texts
from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.findings.masking import MODIFIER, safe_code
from edi_lint.rules.base import Hit, LineRule, Rule, Speaks, replace_value
from edi_lint.rules.examples import Example
from edi_lint.x12 import Segment

FIRST_MODIFIER = 3
"""The component of SV101 that holds the first modifier."""
LAST_MODIFIER = 6
"""The component of SV101 that holds the fourth; SV101-7 is the description."""
MODIFIERS = Texts((Part("2400", "SV1", 1, FIRST_MODIFIER, LAST_MODIFIER),))
"""What the rules about modifiers look at."""

_INVALID_COMBINATION = Response(carc="4", rarc=("N519",))
"""Noridian's denial pages: a modifier that is missing, or inconsistent with the others."""

_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)


class _Form(LineRule):
    """What the two looks at the form of modifiers have in common."""

    code = "STR012"
    name = "modifier-form"
    level = 2
    severity = Severity.ERROR
    response = Response(stc=("A7", "453"))
    source = "pyx12 4.0.0 maps: two characters; CEDI for status 453; gaps are general knowledge"
    help = "Write each modifier as published, the first one in SV101-3 and the others behind it."


class _InDescription(_Form):
    """The description, SV101-7, is no modifier."""

    trigger = Texts((Part("2400", "SV1", 1, LAST_MODIFIER + 1, LAST_MODIFIER + 1),))

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        description = "".join(texts[0])
        if not _MODIFIER.fullmatch(description):
            return False
        return modifiers.look_up(description).standing is not Standing.UNKNOWN

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        if line.sv1 is not None and self.concerns((line.description,)):
            message = (
                f"the description, SV101-7, is {line.description}: a fifth modifier has no place"
            )
            yield Hit(line.sv1, 1, LAST_MODIFIER + 1, message, severity=Severity.WARNING)


class ModifierForm(_Form):
    """Modifiers are two upper-case letters or digits each, in SV101-3 to SV101-6 without a gap.

    Receivers read the slots in order, and one that stops at an empty slot loses what stands
    behind it; what is no modifier is answered with status 453. One finding speaks of a gap however
    wide it is. A description (SV101-7) that is a published modifier is warned of: it is read as
    text, and the modifier is lost. Spaces after a modifier are ENV009's.
    """

    trigger = MODIFIERS
    also: ClassVar[tuple[type[Rule], ...]] = (_InDescription,)
    fix_safety = (
        "Modifiers are published in upper case. Closing a gap keeps every modifier, their order, "
        "and the description in SV101-7. What is no modifier in any case is left alone."
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

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return any(not _MODIFIER.fullmatch(m) for m in texts[0])

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        if line.sv1 is None:
            return
        own = line.modifiers
        for component, modifier in enumerate(own, start=FIRST_MODIFIER):
            if modifier and not _MODIFIER.fullmatch(modifier.rstrip(" ")):
                yield _misshapen(line.sv1, component, modifier)
        if "" in own:
            component = FIRST_MODIFIER + own.index("")
            message = f"modifier slot SV101-{component} is empty and a later one is filled"
            fix = Fix(Applicability.AUTOMATIC, "move the later modifiers up", (_closed(line.sv1),))
            yield Hit(line.sv1, 1, component, message, fix)


class _Exclusive(LineRule):
    """Base of the rules by which one modifier excludes others; one hit for a line at most."""

    trigger = MODIFIERS
    level = 6
    severity = Severity.ERROR
    speaks = Speaks.SOFTER_ELSEWHERE
    help = "Send the one that is true. Only the supplier knows which: no tool changes it."
    modifier: ClassVar[str]
    excludes: ClassVar[tuple[str, ...]]

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return bool(self.clashing(texts[0]))

    @classmethod
    def clashing(cls, modifiers: tuple[str, ...]) -> list[str]:
        """The modifiers of a line that may not stand beside this rule's own."""
        if cls.modifier not in modifiers:
            return []
        return [m for m in cls.excludes if m in modifiers]

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        clashing = self.clashing(line.modifiers)
        if line.sv1 is None or not clashing:
            return
        component = FIRST_MODIFIER + line.modifiers.index(self.modifier)
        message = f"modifier {self.modifier} excludes {' and '.join(clashing)} on the same line"
        yield Hit(line.sv1, 1, component, message)


class RequirementsMet(_Exclusive):
    """KX does not stand with GA, GY or GZ on one line.

    KX says that the requirements of a coverage policy are met; GA, GY and GZ each say that
    Medicare is expected not to pay. A line with both is denied as unprocessable.
    """

    code = "MOD001"
    name = "kx-with-denial-modifier"
    response = _INVALID_COMBINATION
    source = "Noridian, DME MAC: modifier pages and the enteral nutrition article"
    conflict = (
        "Articles about A4306 name KX, GA and GY side by side as its usual modifiers. The "
        "contractor, which is followed, does not take KX with either of them on one line."
    )
    valid = (
        Example(line=("SV1*HC:A4306:KX*120*UN*1***1",)),
        Example(line=("SV1*HC:A4306:GX:GY*120*UN*1***1",), filing="MB"),
        Example(
            line=("SV1*HC:A4306:GY*60*UN*1***1", "LX*2", "SV1*HC:A4223:KX*60*UN*1***1"),
            filing="MB",
        ),
    )
    invalid = (
        Example(line=("SV1*HC:A4306:KX:GA*120*UN*1***1",), filing="MB", at="SV101-03"),
        Example(line=("SV1*HC:A4306:GY:KX*120*UN*1***1",), filing="MB", at="SV101-04"),
        Example(line=("SV1*HC:A4306:KX:GZ*120*UN*1***1",), filing="CI", at="SV101-03"),
    )
    modifier = "KX"
    excludes = ("GA", "GY", "GZ")


class NoticeAndNoNotice(_Exclusive):
    """GA does not stand with GZ on one line.

    GA says that the patient signed a notice of the expected denial, GZ that there is none. Both
    for one item are an invalid combination, and the line is denied as unprocessable.
    """

    code = "MOD002"
    name = "ga-with-gz"
    response = _INVALID_COMBINATION
    source = "Medicare Claims Processing Manual (100-04), chapter 23, section 20.9.1.1"
    valid = (
        Example(line=("SV1*HC:A4306:GA*120*UN*1***1",), filing="MB"),
        Example(
            line=("SV1*HC:A4306:GA*60*UN*1***1", "LX*2", "SV1*HC:A4306:GZ*60*UN*1***1"),
            filing="MB",
        ),
    )
    invalid = (Example(line=("SV1*HC:A4306:GZ:GA*120*UN*1***1",), filing="MB", at="SV101-04"),)
    modifier = "GA"
    excludes = ("GZ",)


class ExcludedAndUnnecessary(_Exclusive):
    """GY does not stand with GA or GZ on one line.

    GY says that Medicare has no benefit for the item, GA and GZ that the item is expected to be
    denied as not necessary: the one denial needs no notice and the other is about one. With GZ the
    line is unprocessable; with GA it contradicts itself. The voluntary notice that may go with GY
    is GX.
    """

    code = "MOD003"
    name = "gy-with-ga-or-gz"
    response = _INVALID_COMBINATION
    source = (
        "a Medicare compliance newsletter of 2002 (GY with GZ); PGBA: a notice is not acceptable "
        "for statutory exclusions (GY with GA)"
    )
    conflict = (
        "Articles about A4306 name KX, GA and GY side by side as its usual modifiers. The "
        "contractors keep GA for denials as not necessary, and for statutory exclusions the "
        "voluntary notice GX. The contractors are followed."
    )
    valid = (
        Example(line=("SV1*HC:A4306:GY*120*UN*1***1",), filing="MB"),
        Example(line=("SV1*HC:A4306:GX:GY*120*UN*1***1",), filing="MB"),
    )
    invalid = (
        Example(line=("SV1*HC:A4306:GY:GZ*120*UN*1***1",), filing="MB", at="SV101-03"),
        Example(line=("SV1*HC:A4306:GA:GY*120*UN*1***1",), filing="MB", at="SV101-04"),
    )
    modifier = "GY"
    excludes = ("GA", "GZ")


class VoluntaryNotice(_Exclusive):
    """GX does not stand with EY, GA, GL or GZ on one line.

    GX reports a notice given of the supplier's own will, for an item that Medicare never covers;
    the others are about items that it could have covered. The claim is returned. The instruction
    was seen in its text for institutional claims.
    """

    code = "MOD004"
    name = "gx-with-covered-modifier"
    source = "CMS change request 6563, in a summary"
    valid = (Example(line=("SV1*HC:A4306:GX:GY*120*UN*1***1",), filing="MB"),)
    invalid = (
        Example(line=("SV1*HC:A4306:GX:GA*120*UN*1***1",), filing="MB", at="SV101-03"),
        Example(line=("SV1*HC:A4306:EY:GX*120*UN*1***1",), filing="MB", at="SV101-04"),
        Example(line=("SV1*HC:A4306:GX:GL*120*UN*1***1",), filing="MB", at="SV101-03"),
        Example(line=("SV1*HC:A4306:GX:GZ*120*UN*1***1",), filing="MB", at="SV101-03"),
    )
    modifier = "GX"
    excludes = ("EY", "GA", "GL", "GZ")


class DuplicateModifier(LineRule):
    """No modifier stands twice on one line.

    Medicare's front end for medical equipment rejects the claim (edit X222.351.2400.SV101-3.040).
    """

    trigger = MODIFIERS
    code = "MOD005"
    name = "duplicate-modifier"
    level = 6
    severity = Severity.ERROR
    speaks = Speaks.SOFTER_ELSEWHERE
    response = Response(stc=("A7", "453"))
    source = "CEDI, top ten edits of August 2019"
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

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        modifiers = [m for m in texts[0] if m]
        return len(set(modifiers)) < len(modifiers)

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        modifiers = line.modifiers
        if line.sv1 is None or len(set(modifiers)) == len(modifiers):
            return
        for index, modifier in enumerate(modifiers):
            if modifier and modifier in modifiers[:index]:
                component = FIRST_MODIFIER + index
                edit, shown = without(line.sv1, component), safe_code(MODIFIER, modifier)
                fix = Fix(Applicability.AUTOMATIC, f"remove the second {shown}", (edit,))
                message = f"modifier {shown} stands twice on this line"
                yield Hit(line.sv1, 1, component, message, fix)


def _misshapen(sv1: Segment, component: int, modifier: str) -> Hit:
    """The hit for a modifier that is none as written; a fix where only its case is wrong."""
    upper = modifier.upper() if modifier.isascii() else modifier
    if _MODIFIER.fullmatch(upper):
        fix = replace_value(sv1, 1, component, upper, f"write {upper}")
        return Hit(sv1, 1, component, f"modifier {modifier} is not in upper case", fix)
    return Hit(sv1, 1, component, f"SV101-{component} is no modifier: two letters or digits")


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


EXCLUSIVE: tuple[type[_Exclusive], ...] = (
    RequirementsMet,
    NoticeAndNoNotice,
    ExcludedAndUnnecessary,
    VoluntaryNotice,
)
"""The rules that say which modifiers exclude which."""

RULES: tuple[type[Rule], ...] = (
    ModifierForm,
    RequirementsMet,
    NoticeAndNoNotice,
    ExcludedAndUnnecessary,
    VoluntaryNotice,
    DuplicateModifier,
)
