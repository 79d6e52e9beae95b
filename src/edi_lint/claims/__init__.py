"""Typed views of claims: what a segment says, under its field's name, and where it says it.

Views read the engine's blocks lazily and copy nothing; each knows the segments it came from.
"""

from edi_lint.claims.loops import Loop, loop_tree
from edi_lint.claims.parts import LinesOfBlocks
from edi_lint.claims.views import (
    Claim,
    Condition,
    Dates,
    Diagnosis,
    Drug,
    Form,
    Note,
    Paperwork,
    Payer,
    Person,
    Provider,
    Reference,
    ServiceLine,
    Subscriber,
    dates_of,
    day,
)

__all__ = [
    "Claim",
    "Condition",
    "Dates",
    "Diagnosis",
    "Drug",
    "Form",
    "LinesOfBlocks",
    "Loop",
    "Note",
    "Paperwork",
    "Payer",
    "Person",
    "Provider",
    "Reference",
    "ServiceLine",
    "Subscriber",
    "dates_of",
    "day",
    "loop_tree",
]
