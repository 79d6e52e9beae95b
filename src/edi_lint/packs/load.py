"""Loads the rule packs and the payer matching that ship with the package, and checks their shape.

The shape is that of `schemas/pack.schema.json` and `schemas/payers.schema.json`; here it is checked
without a schema library, since every run loads these files. For the same reason they are read from
`compiled.json`, which `scripts/compile_packs.py` makes of the YAML files: importing PyYAML and
reading two small files with it takes as long as linting a small claim file.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

from edi_lint import resources
from edi_lint.claims import Payer


class PackError(ValueError):
    """A pack or payer file does not have its shape; the message names the file and the key."""


class Pack(NamedTuple):
    """What is true of a HCPCS code: `schemas/pack.schema.json` describes the file.

    `liability_modifiers` say who pays when Medicare does not; `attesting_modifiers` claim that a
    coverage policy was met, and `order_modifiers` that there is no order. What documents the code:
    `report_types` are values of PWK01, `references` qualifiers of REF, `notes` values of NTE01,
    `forms` of LQ01.
    """

    name: str
    codes: frozenset[str]
    descriptor: str
    liability_modifiers: frozenset[str]
    attesting_modifiers: frozenset[str]
    order_modifiers: frozenset[str]
    report_types: frozenset[str]
    references: frozenset[str]
    notes: frozenset[str]
    forms: frozenset[str]
    sources: tuple[str, ...]


class Payers(NamedTuple):
    """Which payers are Medicare fee-for-service: `schemas/payers.schema.json`.

    `medicare` holds the claim filing indicators (SBR09) that say so, `refused_by_medicare` the
    claim frequencies (CLM05-3) that Medicare does not take.
    """

    medicare: frozenset[str]
    refused_by_medicare: frozenset[str]
    sources: tuple[str, ...]

    def is_medicare(self, payer: Payer) -> bool:
        """Whether the SBR of the payer says Medicare fee-for-service."""
        return payer.filing_indicator in self.medicare


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack that ships with the package."""
    shipped = sorted(_shipped().items())
    return tuple(_pack(_Mapping(d, name)) for name, d in shipped if name.endswith(".pack.yaml"))


@cache
def payers() -> Payers:
    """The payer matching that ships with the package."""
    name = "payers.yaml"
    return _payers(_Mapping(_shipped()[name], name))


def read_pack(text: str, name: str) -> Pack:
    """The pack in a YAML text; `name` is what a message calls the file. Raises PackError."""
    return _pack(_Mapping.of_file(text, name))


def read_payers(text: str, name: str) -> Payers:
    """The payer matching in a YAML text, as `read_pack` reads a pack. Raises PackError."""
    return _payers(_Mapping.of_file(text, name))


@cache
def _shipped() -> dict[str, Any]:
    """What stands in the YAML files beside this, by their names."""
    shipped: dict[str, Any] = json.loads(resources.pack("compiled.json"))
    return shipped


def _pack(top: _Mapping) -> Pack:
    modifiers = top.mapping("modifiers")
    documentation = top.mapping("documentation")
    pack = Pack(
        name=top.text("name"),
        codes=frozenset(top.texts("codes", least=1)),
        descriptor=top.text("descriptor"),
        liability_modifiers=frozenset(modifiers.texts("liability")),
        attesting_modifiers=frozenset(modifiers.texts("attesting")),
        order_modifiers=frozenset(modifiers.texts("order")),
        report_types=frozenset(documentation.texts("report_types")),
        references=frozenset(documentation.texts("references")),
        notes=frozenset(documentation.texts("notes")),
        forms=frozenset(documentation.texts("forms")),
        sources=top.texts("sources", least=1),
    )
    for mapping in (top, modifiers, documentation):
        mapping.refuse_others()
    return pack


def _payers(top: _Mapping) -> Payers:
    medicare = top.mapping("medicare")
    read = Payers(
        medicare=frozenset(medicare.texts("filing_indicators", least=1)),
        refused_by_medicare=frozenset(medicare.texts("refused_frequencies")),
        sources=medicare.texts("sources", least=1),
    )
    for mapping in (top, medicare):
        mapping.refuse_others()
    return read


class _Mapping:
    """A mapping of the file, asked for its keys one by one; a fault is named by file and key."""

    def __init__(self, data: Any, file: str, path: str = "") -> None:
        self.file = file
        self.path = path
        if not isinstance(data, dict):
            raise self.fault("", "must hold keys with values")
        self.data = data
        self.known: set[str] = set()

    @classmethod
    def of_file(cls, text: str, file: str) -> _Mapping:
        import yaml

        try:
            return cls(yaml.safe_load(text), file)
        except yaml.YAMLError as problem:
            mark = getattr(problem, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            raise PackError(f"{file}{where}: is not YAML") from None

    def mapping(self, key: str) -> _Mapping:
        return _Mapping(self._value(key), self.file, self._name(key))

    def text(self, key: str) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value:
            raise self.fault(key, f"must be text{_hint(value)}")
        return value

    def texts(self, key: str, least: int = 0) -> tuple[str, ...]:
        values = self._value(key)
        if not isinstance(values, list):
            raise self.fault(key, "must be a list")
        for value in values:
            if not isinstance(value, str) or not value:
                raise self.fault(key, f"must be a list of texts{_hint(value)}")
        if len(values) < least:
            raise self.fault(key, f"must hold at least {least}")
        return tuple(values)

    def refuse_others(self) -> None:
        """Raise on a key that was not asked for: it is misspelt, or would do nothing."""
        for key in self.data:
            if key not in self.known:
                raise self.fault(str(key), f"is not known here; known: {', '.join(self.known)}")

    def fault(self, key: str, message: str) -> PackError:
        name = self._name(key)
        return PackError(f"{self.file}: {name} {message}" if name else f"{self.file}: {message}")

    def _value(self, key: str) -> Any:
        self.known.add(key)
        if key not in self.data:
            raise self.fault(key, "is missing")
        return self.data[key]

    def _name(self, key: str) -> str:
        return ".".join(part for part in (self.path, key) if part)


def _hint(value: object) -> str:
    """What YAML made of a value that was meant as text: 03 and NO need quotes."""
    if isinstance(value, bool | int | float):
        return f": put {str(value).lower()} in quotes, as it stands in the code list"
    return ""
