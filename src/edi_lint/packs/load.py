"""Loads the rule packs and the payer matching that ship with the package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from edi_lint import resources
from edi_lint.claims import Payer


@dataclass(frozen=True, slots=True)
class Pack:
    """What is true of a HCPCS code: `schemas/pack.schema.json` describes the file.

    `liability_modifiers` say who pays when Medicare does not; `attesting_modifiers` claim that a
    coverage policy was met, and `order_modifiers` that there is no order. `report_types` are the
    PWK01 values that document the code, `references` the REF qualifiers that do.
    """

    name: str
    codes: frozenset[str]
    descriptor: str
    liability_modifiers: frozenset[str]
    attesting_modifiers: frozenset[str]
    order_modifiers: frozenset[str]
    report_types: frozenset[str]
    references: frozenset[str]
    sources: tuple[str, ...]


class Payers:
    """Tells which payers are Medicare fee-for-service: `schemas/payers.schema.json`."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.medicare = frozenset(data["medicare"]["filing_indicators"])

    def is_medicare(self, payer: Payer) -> bool:
        """Whether the SBR of the payer says Medicare fee-for-service."""
        return payer.filing_indicator in self.medicare


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack that ships with the package."""
    folder = resources.pack("")
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".pack.yaml"))
    return tuple(_pack(yaml.safe_load(folder.joinpath(n).read_text("utf-8"))) for n in names)


@cache
def payers() -> Payers:
    return Payers(yaml.safe_load(resources.pack("payers.yaml").read_text("utf-8")))


def _pack(data: dict[str, Any]) -> Pack:
    modifiers = data["modifiers"]
    documentation = data["documentation"]
    return Pack(
        name=data["name"],
        codes=frozenset(data["codes"]),
        descriptor=data["descriptor"],
        liability_modifiers=frozenset(modifiers["liability"]),
        attesting_modifiers=frozenset(modifiers["attesting"]),
        order_modifiers=frozenset(modifiers["order"]),
        report_types=frozenset(documentation["report_types"]),
        references=frozenset(documentation["references"]),
        sources=tuple(data["sources"]),
    )
