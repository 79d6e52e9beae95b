"""Modifiers of procedure codes: those of HCPCS Level II, and the numbers of those of CPT.

The list is complete to the day that its table names, and holds what is known to have come since;
whether a modifier may go with a code, or with another one, is not known here.
"""

from __future__ import annotations

from datetime import date

from edi_lint.codes import hcpcs
from edi_lint.codes.answers import CodeStanding, Standing, days
from edi_lint.codes.tables import shipped

KIND = "modifiers"
TITLE = "modifiers of HCPCS Level II and CPT"
COMPLETE_UNTIL = date(2026, 6, 30)
"""To this day hardly a modifier is missing: CMS's file of April 2026 has 383 and this table 382 of
that kind. CMS adds some each year."""

CPT = "1"
_STATES_DEFINE = frozenset({*(f"U{n}" for n in range(1, 10)), "UA", "UB", "UC", "UD"})
_PLACES = frozenset("DEGHIJNPRSX")


def look_up(modifier: str, day: date | None = None) -> CodeStanding:
    """How a modifier stands on a day; without a day, whether it is listed.

    A release of HCPCS that the user loaded decides about Level II, where it covers the day. That a
    modifier is unknown is sure only then, or up to COMPLETE_UNTIL. Raises TableError when a loaded
    release cannot be read.
    """
    entry = shipped(KIND).entries.get(modifier)
    answer = None if entry and entry[0] == CPT else hcpcs.loaded_answer(modifier, day)
    if answer is not None and answer.standing is not Standing.UNKNOWN:
        return answer
    if entry is not None:
        _, first, last, _ = entry
        valid = days(first, last)
        standing = valid.standing(day)
        sure = standing is not Standing.VALID or day is None or day <= COMPLETE_UNTIL
        return CodeStanding(standing, sure, *valid)
    # CMS's file holds no modifiers of CPT, which begin with a digit.
    is_known = answer is not None and answer.sure and not modifier[:1].isdigit()
    return CodeStanding(Standing.UNKNOWN, is_known or (day is not None and day <= COMPLETE_UNTIL))


def meaning(modifier: str) -> str | None:
    """What a modifier says, in our words, for those that the rules are about; None for others."""
    entry = shipped(KIND).entries.get(modifier)
    return None if entry is None or entry[3] == "-" else entry[3]


def is_defined_by_states(modifier: str) -> bool:
    """Whether each state's Medicaid gives the modifier its meaning: U1 to U9, UA to UD."""
    return modifier in _STATES_DEFINE


def is_ambulance_pair(modifier: str) -> bool:
    """Whether it may be where an ambulance came from and went to, a letter for each.

    Such pairs stand on ambulance lines (A0021 to A0999) and are in no list.
    """
    return len(modifier) == 2 and _PLACES.issuperset(modifier)
