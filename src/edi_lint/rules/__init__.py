"""The rules: one module for each family, and the catalogue of all of them in order."""

from edi_lint.rules import (
    balancing,
    codes,
    diagnoses,
    documentation,
    duplicates,
    envelope,
    modifiers,
    payers,
    procedures,
    situational,
    structure,
)
from edi_lint.rules.base import Rule

FAMILIES = ("ENV", "STR", "BAL", "SIT", "COD", "MOD", "DOC", "PAY")
"""The beginnings of rule codes, in the order of the catalogue."""

CATALOGUE: tuple[type[Rule], ...] = tuple(
    sorted(
        (
            *envelope.RULES,
            *structure.RULES,
            *balancing.RULES,
            *situational.RULES,
            *duplicates.RULES,
            *codes.RULES,
            *procedures.RULES,
            *diagnoses.RULES,
            *modifiers.RULES,
            *documentation.RULES,
            *payers.RULES,
        ),
        key=lambda rule: (FAMILIES.index(rule.code[:3]), rule.code),
    )
)

__all__ = ["CATALOGUE", "FAMILIES", "Rule"]
