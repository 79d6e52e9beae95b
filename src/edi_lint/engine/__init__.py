"""Walks segments through the grammar: places every segment, and says what structure is broken.

Nothing here knows rules, payers or words for people; see `result` for what comes out.
"""

from edi_lint.engine.reference import ENGINE, Engine
from edi_lint.engine.result import (
    Block,
    BlockKind,
    ClaimMark,
    Context,
    Fault,
    FaultCode,
    FunctionalGroup,
    Interchange,
    TransactionSet,
)

__all__ = [
    "ENGINE",
    "Block",
    "BlockKind",
    "ClaimMark",
    "Context",
    "Engine",
    "Fault",
    "FaultCode",
    "FunctionalGroup",
    "Interchange",
    "TransactionSet",
]
