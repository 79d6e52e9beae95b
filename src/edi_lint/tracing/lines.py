"""Which service line of a sent claim an answer names."""

from __future__ import annotations

from collections.abc import Sequence

from edi_lint.responses.model import LineAnswer
from edi_lint.tracing.sent_values import SentLine, amount


def match_line(answered: LineAnswer, lines: Sequence[SentLine]) -> str:
    """LX01 of the line; empty where it is not known, or where several may be meant.

    The control number that the line was sent with (REF*6R) decides, returned as REF*FJ; where the
    claim had none, some return LX01. Without it the procedure and the charge must name one line.
    """
    reference = answered.reference.strip()
    if reference:
        for found in (
            [line for line in lines if line.reference == reference],
            [line for line in lines if not line.reference and line.number == reference],
        ):
            if len(found) == 1:
                return found[0].number
    procedure = answered.procedure.strip().upper()
    charge = amount(str(answered.charge or ""))
    found = [line for line in lines if procedure and line.procedure == procedure]
    if charge is not None:
        found = [line for line in found if line.charge == charge]
    modifiers = frozenset(m.upper() for m in answered.modifiers)
    exact = [line for line in found if line.modifiers == modifiers]
    found = exact or found  # receivers drop modifiers
    return found[0].number if len(found) == 1 else ""
