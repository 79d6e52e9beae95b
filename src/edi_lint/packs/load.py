"""Loads rule packs and payer profiles, shipped ones and a user's, and checks their shape.

The shape is that of `schemas/pack.schema.json` and `profile.schema.json`; here it is checked
without a schema library, since every run loads these files. For the same reason they are read from
`compiled.json`, which `scripts/compile_packs.py` makes of the YAML files: importing PyYAML and
reading two small files with it takes as long as linting a small claim file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from edi_lint import resources
from edi_lint.packs.profiles import (
    NO_PROFILE,
    Elsewhere,
    Filing,
    Limit,
    Listed,
    Match,
    Policy,
    Profile,
)

Value = TypeVar("Value")

_SILENT = "silent"
_SEVERITIES = ("error", "warning", "info", _SILENT)
_VERDICTS = ("covered", "never", "review")
_OVERFLOW = ("rest", "all")
_MANY = 16
"""More names than this are not listed in a message."""
_LONGEST = {"months": 120, "days": 3660}


class _Form(NamedTuple):
    """What a text must look like, as the schema has it, and in words."""

    pattern: str
    words: str


_NAME = _Form("[a-z0-9][a-z0-9-]*", "lower-case letters, digits and hyphens")
_RULE = _Form("[A-Z]{3}[0-9]{3}", "a rule's code, such as DOC001")
_CODE = _Form("[A-Z0-9]{5}", "a HCPCS code, such as A4306")
_FILING_INDICATOR = _Form("[A-Z0-9]{2}", "a value of SBR09, such as MB")
_TRANSMISSION = _Form("AA|BM|EL|EM|FT|FX", "a value of PWK02: AA, BM, EL, EM, FT or FX")
_FREQUENCY = _Form("[A-Z0-9]", "a value of CLM05-3, such as 1")
_REPORT_TYPE = _Form("[A-Z0-9]{2}", "a value of PWK01, such as B3")
_PLACE = _Form("[0-9]{2}", "a place of service, such as 12")
_NPI = _Form("[0-9]{10}", "an NPI, ten digits")
_KINDS = {bool: "true or false", str: "text", int: "a whole number"}


class PackError(ValueError):
    """A pack or profile does not have its shape; the message names the file and the key."""


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


@cache
def packs() -> tuple[Pack, ...]:
    """Every pack that ships with the package."""
    shipped = sorted(_shipped().items())
    return tuple(_pack(_Mapping(d, name)) for name, d in shipped if name.endswith(".pack.yaml"))


@cache
def profiles() -> tuple[Profile, ...]:
    """Every payer profile that ships with the package."""
    ending = ".profile.yaml"
    shipped = [_Mapping(d, name) for name, d in _shipped().items() if name.endswith(ending)]
    found: dict[str, Profile] = {}
    for top in sorted(shipped, key=lambda top: ("extends" in top.data, top.file)):
        profile = _profile(top, found)
        found[profile.name] = profile
    return tuple(found.values())


def read_pack(text: str, name: str) -> Pack:
    """The pack in a YAML text, or JSON where the name ends in .json.

    `name` is what a message calls the file. Raises PackError.
    """
    return _pack(_Mapping.of_file(text, name))


def read_profile(text: str, name: str) -> Profile:
    """The payer profile in a text, as `read_pack` reads a pack. Raises PackError."""
    return _profile(_Mapping.of_file(text, name), {p.name: p for p in profiles()})


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


def _profile(top: _Mapping, bases: Mapping[str, Profile]) -> Profile:
    base = _base(top, bases)
    medicare = top.optional("medicare", bool)
    profile = Profile(
        name=top.text("name", _NAME),
        title=top.text("title"),
        match=_match(top.mapping("match")),
        medicare=base.medicare if medicare is None else medicare,
        severities={**base.severities, **_severities(top)},
        policies={**base.policies, **_policies(top)},
        transmissions=_listed(top, "transmissions", _TRANSMISSION) or base.transmissions,
        frequencies=_listed(top, "frequencies", _FREQUENCY) or base.frequencies,
        filing=_filing(top) or base.filing,
        overflow=_overflow(top) or base.overflow,
        sources=top.texts("sources", least=1),
    )
    top.refuse_others()
    return profile


def _base(top: _Mapping, bases: Mapping[str, Profile]) -> Profile:
    """The profile whose facts hold where this one says nothing."""
    name = top.optional("extends", str)
    if name is None:
        return NO_PROFILE
    if name not in bases:
        raise top.fault("extends", f"must name a built-in profile{nearest(name, bases)}")
    return bases[name]


def nearest(name: str, known: Collection[str]) -> str:
    """The end of a message that a name is none of the known ones.

    It names the nearest, or all where none is near and they are not too many.
    """
    import difflib

    near = difflib.get_close_matches(name, sorted(known), 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(sorted(known))}" if len(known) <= _MANY else ""


def _match(match: _Mapping) -> Match:
    read = Match(
        filing_indicators=frozenset(match.some_texts("filing_indicators", _FILING_INDICATOR)),
        payer_ids=frozenset(match.some_texts("payer_ids")),
        payer_names=match.some_texts("payer_names"),
        first=match.day("first"),
        last=match.day("last"),
    )
    if read.first and read.last and read.last < read.first:
        raise match.fault("last", "must not be before first")
    match.refuse_others()
    return read


def _severities(top: _Mapping) -> dict[str, str | None]:
    if "severities" not in top:
        return {}
    mapping = top.mapping("severities")
    said = {rule: mapping.one_of(rule, _SEVERITIES) for rule in mapping.keys_of(_RULE)}
    return {rule: None if name == _SILENT else name for rule, name in said.items()}


def _policies(top: _Mapping) -> dict[str, Policy]:
    if "policies" not in top:
        return {}
    mapping = top.mapping("policies")
    return {code: _policy(mapping.mapping(code)) for code in mapping.keys_of(_CODE)}


def _policy(policy: _Mapping) -> Policy:
    judged = "verdict" in policy
    for key in ("reason", "citation"):
        if key in policy and not judged:
            raise policy.fault(key, "goes with a verdict, which is missing")
    read = Policy(
        verdict=policy.one_of("verdict", _VERDICTS) if judged else "",
        reason=policy.text("reason") if judged else "",
        citation=policy.text("citation") if judged else "",
        authorization=_demanded(policy),
        elsewhere=_elsewhere(policy),
        units_per_day=_limit(policy, "units_per_day"),
        suppliers=_listed(policy, "suppliers", _NPI),
        report_types=_listed(policy, "report_types", _REPORT_TYPE),
    )
    policy.refuse_others()
    return read


def _demanded(policy: _Mapping) -> str:
    if "authorization" not in policy:
        return ""
    mapping = policy.mapping("authorization")
    citation = mapping.text("citation")
    mapping.refuse_others()
    return citation


def _elsewhere(policy: _Mapping) -> Elsewhere | None:
    if "elsewhere" not in policy:
        return None
    mapping = policy.mapping("elsewhere")
    places = frozenset(mapping.texts("places", least=1, form=_PLACE))
    elsewhere = Elsewhere(places, mapping.text("payer"), mapping.text("citation"))
    mapping.refuse_others()
    return elsewhere


def _listed(above: _Mapping, key: str, form: _Form) -> Listed | None:
    if key not in above:
        return None
    mapping = above.mapping(key)
    accepted = frozenset(mapping.texts("accepted", least=1, form=form))
    listed = Listed(accepted, mapping.text("citation"))
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
    given = [unit for unit in _LONGEST if unit in mapping]
    if len(given) != 1:
        raise mapping.fault("", "must give months or days, one of them")
    (unit,) = given
    number = mapping.optional(unit, int) or 0
    if not 1 <= number <= _LONGEST[unit]:
        raise mapping.fault(unit, f"must be from 1 to {_LONGEST[unit]}")
    filing = Filing(
        months=number if unit == "months" else 0,
        days=number if unit == "days" else 0,
        rolls=mapping.optional("rolls_to_workday", bool) or False,
        citation=mapping.text("citation"),
    )
    mapping.refuse_others()
    return filing


def _overflow(top: _Mapping) -> str:
    if "overflow" not in top:
        return ""
    mapping = top.mapping("overflow")
    lists = mapping.one_of("lists", _OVERFLOW)
    mapping.text("citation")
    mapping.refuse_others()
    return lists


class _Mapping:
    """A mapping of the file, asked for its keys one by one; a fault is named by file and key."""

    def __init__(self, data: Any, file: str, path: str = "") -> None:
        self.file = file
        self.path = path
        if not isinstance(data, dict):
            raise self.fault("", "must hold keys with values")
        for key in data:
            if not isinstance(key, str):
                raise self.fault("", f"has the key {key}, which must be text{_hint(key)}")
        self.data = data
        self.known: set[str] = set()

    @classmethod
    def of_file(cls, text: str, file: str) -> _Mapping:
        try:
            data = _json(text, file) if file.endswith(".json") else _yaml(text, file)
        except RecursionError:
            raise PackError(f"{file}: is nested too deeply") from None
        return cls(data, file)

    def mapping(self, key: str) -> _Mapping:
        return _Mapping(self._value(key), self.file, self._name(key))

    def text(self, key: str, form: _Form | None = None) -> str:
        value = self._value(key)
        if not isinstance(value, str) or not value:
            raise self.fault(key, f"must be text{_hint(value)}")
        if form and not re.fullmatch(form.pattern, value):
            raise self.fault(key, f"must be {form.words}")
        return value

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in choices:
            raise self.fault(key, f"must be one of {', '.join(choices)}")
        return value

    def keys_of(self, form: _Form) -> tuple[str, ...]:
        """The keys of a mapping whose keys are no names of ours."""
        for key in self.data:
            if not re.fullmatch(form.pattern, key):
                raise self.fault(key, f"is a key that must be {form.words}")
        return tuple(self.data)

    def texts(self, key: str, least: int = 0, form: _Form | None = None) -> tuple[str, ...]:
        values = self._value(key)
        if not isinstance(values, list):
            raise self.fault(key, "must be a list")
        for value in values:
            if not isinstance(value, str) or not value:
                raise self.fault(key, f"must be a list of texts{_hint(value)}")
            if form and not re.fullmatch(form.pattern, value):
                raise self.fault(key, f"holds {value}, which must be {form.words}")
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

    def some_texts(self, key: str, form: _Form | None = None) -> tuple[str, ...]:
        """A list of texts that may be absent, not empty where it is there."""
        return self.texts(key, least=1, form=form) if key in self else ()

    def number(self, key: str) -> int | float:
        value = self._value(key)
        if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
            raise self.fault(key, "must be a number above 0")
        return value

    def day(self, key: str) -> date | None:
        """A date that may be absent, as YYYY-MM-DD (YAML reads that as a date)."""
        if key not in self:
            return None
        text = str(self.data[key])
        try:
            if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            raise self.fault(key, "must be a date, YYYY-MM-DD") from None

    def refuse_others(self) -> None:
        """Raise on a key that was not asked for: it is misspelt, or would do nothing."""
        for key in self.data:
            if key not in self.known:
                raise self.fault(key, f"is not known here{nearest(key, self.known)}")

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


def _yaml(text: str, file: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise PackError(f"{file}{where}: is not YAML") from None
    except ValueError:  # 2026-02-30 looks like a date and is none
        raise PackError(f"{file}: holds a date that does not exist, or too long a number") from None


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise PackError(f"{file}, line {problem.lineno}: is not JSON") from None
    except ValueError:
        raise PackError(f"{file}: holds too long a number") from None


def _hint(value: object) -> str:
    """What YAML made of a value that was meant as text: 03 and NO need quotes."""
    if isinstance(value, bool | int | float):
        return f": put {str(value).lower()} in quotes, as it stands in the code list"
    return ""
