"""Walks segments through the grammar: places every segment, and says what structure is broken.

Nothing here knows rules, payers or words for people; see `result` for what comes out.
"""

from edi_lint.engine.choice import EngineError, engine_class, open_engine, watching
from edi_lint.engine.reference import Engine
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
from edi_lint.engine.watch import (
    CLAIM_LOOP,
    LINE_LOOP,
    Alarms,
    Balance,
    Part,
    Repeated,
    SegmentPlace,
    Segments,
    Shape,
    Shared,
    SharedParts,
    SharedValues,
    Texts,
    Trigger,
    Twice,
    ValuePlace,
    Values,
    Watch,
)

__all__ = [
    "CLAIM_LOOP",
    "LINE_LOOP",
    "Alarms",
    "Balance",
    "Block",
    "BlockKind",
    "ClaimMark",
    "Context",
    "Engine",
    "EngineError",
    "Fault",
    "FaultCode",
    "FunctionalGroup",
    "Interchange",
    "Part",
    "Repeated",
    "SegmentPlace",
    "Segments",
    "Shape",
    "Shared",
    "SharedParts",
    "SharedValues",
    "Texts",
    "TransactionSet",
    "Trigger",
    "Twice",
    "ValuePlace",
    "Values",
    "Watch",
    "engine_class",
    "open_engine",
    "watching",
]
