"""Single faults: clean files, one edit each, and the findings that each edit must give."""

from __future__ import annotations

from single_faults import (
    amounts,
    codes,
    documentation,
    envelope,
    modifiers,
    payers,
    profiles,
    situations,
    structure,
)
from single_faults.model import Case

CASES: tuple[Case, ...] = (
    *envelope.CASES,
    *structure.CASES,
    *amounts.CASES,
    *situations.CASES,
    *codes.CASES,
    *modifiers.CASES,
    *documentation.CASES,
    *payers.CASES,
    *profiles.CASES,
)
