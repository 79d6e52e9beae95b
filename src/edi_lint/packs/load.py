"""Loads rule packs and payer profiles, shipped ones and a user's, and checks their shape.

The shape is that of `schemas/pack.schema.json` and `profile.schema.json`; here it is checked
without a schema library, since every run loads these files. For the same reason they are read from
`compiled.json`, which `scripts/compile_packs.py` makes of the YAML files: importing PyYAML and
reading two small files with it takes as long as linting a small claim file.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from edi_lint import resources
from edi_lint.packs.profiles import Filing, Limit, Listed, Match, Policy, Profile

Value = TypeVar("Value")

_SILENT = "off"
_SEVERITIES = ("error", "warning", "info", _SILENT)
_VERDICTS = ("covered", "never", "review")
_KINDS = {bool: "true or false", str: "text", int: "a whole number"}


class PackError(ValueError):
    """A pack or profile does not have its shape; the message names the file and the key."""


class Pack(NamedTuple):
    """What is true of a HCPCS code: `schemas/pack.schema.json` describes the file.

    `added` is the first day on which the codes could be billed; None where the pack does not say.
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
    added: date | None = None


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack that ships with the package."""
    shipped = sorted(_shipped().items())
    return tuple(_pack(_Mapping(d, name)) for name, d in shipped if name.endswith(".pack.yaml"))


@cache
def profiles() -> tuple[Profile, ...]:
    """Every payer profile that ships with the package."""
    shipped = sorted(_shipped().items())
    ending = ".profile.yaml"
    return tuple(_profile(_Mapping(d, name)) for name, d in shipped if name.endswith(ending))


def read_pack(text: str, name: str) -> Pack:
    """The pack in a YAML text; `name` is what a message calls the file. Raises PackError."""
    return _pack(_Mapping.of_file(text, name))


def read_profile(text: str, name: str) -> Profile:
    """The payer profile in a YAML text, as `read_pack` reads a pack. Raises PackError."""
    return _profile(_Mapping.of_file(text, name))


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
        added=top.day("added"),
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


def _profile(top: _Mapping) -> Profile:
    profile = Profile(
        name=top.text("name"),
        title=top.text("title"),
        match=_match(top.mapping("match")),
        medicare=top.optional("medicare", bool),
        severities=_severities(top),
        policies=_policies(top),
        transmissions=_listed(top, "transmissions"),
        frequencies=_listed(top, "frequencies"),
        filing=_filing(top),
        overflow=top.optional("overflow", str) or "rest",
        sources=top.texts("sources", least=1),
    )
    top.refuse_others()
    return profile


def _match(match: _Mapping) -> Match:
    read = Match(
        filing_indicators=frozenset(match.some_texts("filing_indicators")),
        payer_ids=frozenset(match.some_texts("payer_ids")),
        payer_names=match.some_texts("payer_names"),
        first=match.day("first"),
        last=match.day("last"),
    )
    match.refuse_others()
    return read


def _severities(top: _Mapping) -> dict[str, str | None]:
    if "severities" not in top:
        return {}
    mapping = top.mapping("severities")
    found: dict[str, str | None] = {}
    for rule in mapping.data:
        said = mapping.text(rule)
        if said not in _SEVERITIES:
            raise mapping.fault(rule, f"must be one of {', '.join(_SEVERITIES)}")
        found[rule] = None if said == _SILENT else said
    return found


def _policies(top: _Mapping) -> dict[str, Policy]:
    if "policies" not in top:
        return {}
    mapping = top.mapping("policies")
    return {code: _policy(mapping.mapping(code)) for code in mapping.data}


def _policy(policy: _Mapping) -> Policy:
    verdict = policy.optional("verdict", str) or ""
    if verdict and verdict not in _VERDICTS:
        raise policy.fault("verdict", f"must be one of {', '.join(_VERDICTS)}")
    read = Policy(
        verdict=verdict,
        reason=policy.optional("reason", str) or "",
        citation=policy.text("citation") if verdict else policy.optional("citation", str) or "",
        authorization=policy.optional("authorization", str) or "",
        units_per_day=_limit(policy, "units_per_day"),
        suppliers=_listed(policy, "suppliers"),
        report_types=_listed(policy, "report_types"),
    )
    policy.refuse_others()
    return read


def _listed(above: _Mapping, key: str) -> Listed | None:
    if key not in above:
        return None
    mapping = above.mapping(key)
    listed = Listed(frozenset(mapping.texts("accepted", least=1)), mapping.text("citation"))
    mapping.refuse_others()
    return listed


def _limit(above: _Mapping, key: str) -> Limit | None:
    if key not in above:
        return None
    mapping = above.mapping(key)
    limit = Limit(Decimal(str(mapping.number("limit"))), mapping.text("citation"))
    mapping.refuse_others()
    return limit


def _filing(top: _Mapping) -> Filing | None:
    if "filing" not in top:
        return None
    mapping = top.mapping("filing")
    months = mapping.optional("months", int) or 0
    days = mapping.optional("days", int) or 0
    if (months > 0) == (days > 0):
        raise mapping.fault("months", "or days must be given, one of them, as a whole number")
    filing = Filing(months, days, mapping.text("citation"))
    mapping.refuse_others()
    return filing


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

    def __contains__(self, key: str) -> bool:
        self.known.add(key)
        return key in self.data

    def optional(self, key: str, kind: type[Value]) -> Value | None:
        """The value of a key that may be absent, of that kind."""
        if key not in self:
            return None
        value = self.data[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fault(key, f"must be {_KINDS[kind]}{_hint(value) if kind is str else ''}")
        return value

    def some_texts(self, key: str) -> tuple[str, ...]:
        """A list of texts that may be absent, not empty where it is there."""
        return self.texts(key, least=1) if key in self else ()

    def number(self, key: str) -> int | float:
        value = self._value(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise self.fault(key, "must be a number above 0")
        return value

    def day(self, key: str) -> date | None:
        """A date that may be absent, as YYYY-MM-DD (YAML reads that as a date)."""
        if key not in self:
            return None
        try:
            return date.fromisoformat(str(self.data[key]))
        except ValueError:
            raise self.fault(key, "must be a date, YYYY-MM-DD") from None

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
