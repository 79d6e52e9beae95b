"""Receivers' answers, read and typed: TA1, 999, 997 and 277CA."""

from edi_lint.responses.model import (
    AnswerInterchange,
    Answers,
    AnswerStatus,
    AnswerTotal,
    BatchAnswer,
    ClaimAnswer,
    ElementError,
    ErrorContext,
    GroupAnswer,
    InterchangeAnswer,
    LineAnswer,
    ProviderAnswer,
    SegmentError,
    SetAnswer,
    SkippedSet,
)
from edi_lint.responses.reading import read_answers

__all__ = [
    "AnswerInterchange",
    "AnswerStatus",
    "AnswerTotal",
    "Answers",
    "BatchAnswer",
    "ClaimAnswer",
    "ElementError",
    "ErrorContext",
    "GroupAnswer",
    "InterchangeAnswer",
    "LineAnswer",
    "ProviderAnswer",
    "SegmentError",
    "SetAnswer",
    "SkippedSet",
    "read_answers",
]
