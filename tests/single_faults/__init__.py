"""Single faults: clean files, one edit each, and the findings that each edit must give.

Written from the rule catalogue and the facts behind it, not from the rules' code.
"""

from __future__ import annotations

from single_faults import (
    amounts,
    codes,
    documentation,
    envelope,
    modifiers,
    near_misses,
    other_delimiters,
    payers,
    profiles,
    situations,
    structure,
    together,
)
from single_faults.model import Case

FAULTS: tuple[Case, ...] = (
    *envelope.CASES,
    *structure.CASES,
    *amounts.CASES,
    *situations.CASES,
    *codes.CASES,
    *modifiers.CASES,
    *documentation.CASES,
    *payers.CASES,
    *other_delimiters.CASES,
)
PROFILED: tuple[Case, ...] = profiles.CASES
NEAR_MISSES: tuple[Case, ...] = near_misses.CASES
TOGETHER: tuple[Case, ...] = together.CASES
CASES: tuple[Case, ...] = (*FAULTS, *PROFILED, *NEAR_MISSES, *TOGETHER)
