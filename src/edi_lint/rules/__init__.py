"""The rules: one module for each family, and the catalogue of all of them in order."""

from edi_lint.rules import (
    amounts,
    balancing,
    codes,
    coordination,
    diagnoses,
    documentation,
    duplicates,
    envelope,
    identifiers,
    modifier_order,
    modifier_use,
    modifiers,
    notes,
    paperwork,
    payers,
    people,
    procedures,
    resubmission,
    service_lines,
    services,
    situational,
    situations,
    structure,
    unclassified,
)
from edi_lint.rules.base import Rule

FAMILIES = ("ENV", "STR", "BAL", "SIT", "COD", "MOD", "DOC", "SVC", "PAY", "RES")
"""The beginnings of rule codes, in the order of the catalogue."""

CATALOGUE: tuple[type[Rule], ...] = tuple(
    sorted(
        (
            *envelope.RULES,
            *structure.RULES,
            *balancing.RULES,
            *amounts.RULES,
            *situational.RULES,
            *situations.shipped(),
            *people.RULES,
            *coordination.RULES,
            *duplicates.RULES,
            *paperwork.RULES,
            *service_lines.RULES,
            *codes.RULES,
            *identifiers.RULES,
            *procedures.RULES,
            *diagnoses.RULES,
            *modifiers.RULES,
            *modifier_order.RULES,
            *modifier_use.RULES,
            *documentation.RULES,
            *notes.RULES,
            *services.RULES,
            *unclassified.RULES,
            *payers.RULES,
            *resubmission.RULES,
        ),
        key=lambda rule: (FAMILIES.index(rule.code[:3]), rule.code),
    )
)

__all__ = ["CATALOGUE", "FAMILIES", "Rule"]
