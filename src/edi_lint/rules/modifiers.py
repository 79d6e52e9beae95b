"""Modifiers of a service line, and which of them exclude each other: MOD001 to MOD012.

A tool never adds or removes KX, GA, GX, GY, GZ or EY: each is the supplier's own statement.
Exact duplicates are the exception.
"""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.claims import ServiceLine
from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.rules.base import Hit, LineRule, Rule, Speaks
from edi_lint.rules.examples import Example

FIRST_MODIFIER = 3
"""The component of SV101 that holds the first modifier."""


class DuplicateModifier(LineRule):
    """No modifier stands twice on one line.

    Medicare's front end for medical equipment rejects the claim (edit X222.351.2400.SV101-3.040).
    """

    code = "MOD005"
    name = "duplicate-modifier"
    level = 6
    severity = Severity.ERROR
    speaks = Speaks.SOFTER_ELSEWHERE
    response = Response(stc=("A7", "453"))
    source = "CEDI, top ten edits of August 2019"
    help = "Send each modifier once."
    fix_safety = "The same modifier twice says what it says once; nothing else is touched."
    valid = (Example(line=("SV1*HC:A4306:GX:GY*120*UN*1***1",), filing="MB"),)
    invalid = (
        Example(
            line=("SV1*HC:A4306:GY:GY*120*UN*1***1",),
            filing="MB",
            at="SV101-04",
            fixed=("SV1*HC:A4306:GY*120*UN*1***1",),
        ),
    )

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        modifiers = line.modifiers
        if line.sv1 is None or len(set(modifiers)) == len(modifiers):
            return
        for index, modifier in enumerate(modifiers):
            if modifier and modifier in modifiers[:index]:
                component = FIRST_MODIFIER + index
                start, end = line.sv1.span(1, component)
                edit = Edit(start - 1, end, "")
                fix = Fix(Applicability.AUTOMATIC, f"remove the second {modifier}", (edit,))
                message = f"modifier {modifier} stands twice on this line"
                yield Hit(line.sv1, 1, component, message, fix)


RULES: tuple[type[Rule], ...] = (DuplicateModifier,)
