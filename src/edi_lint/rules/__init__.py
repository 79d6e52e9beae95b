"""The rules: one module for each family, and the catalogue of all of them in order."""

from edi_lint.rules import envelope, modifiers, structure
from edi_lint.rules.base import Rule

CATALOGUE: tuple[type[Rule], ...] = (
    *envelope.RULES,
    *structure.RULES,
    *modifiers.RULES,
)

__all__ = ["CATALOGUE", "Rule"]
