"""Loads rule packs and payer profiles, shipped ones and a user's, and checks their shape.

The shape is that of `schemas/pack.schema.json` and `profile.schema.json`; here it is checked
without a schema library, since every run loads these files. For the same reason they are read from
`compiled.json`, which `scripts/compile_packs.py` makes of the YAML files: importing PyYAML and
reading two small files with it takes as long as linting a small claim file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
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

RELATIONS = {
    "sibling": "the same item with the other flow rate",
    "other-pump": "another device for the same infusion",
    "pump-supply": "belongs to another device",
    "inclusive": "its own payment covers the system",
    "companion": "may stand beside it",
    "insulin": "for insulin",
    "confused": "another thing altogether",
    "facility": "billed by a facility",
}
"""How a neighbouring code stands to those of a pack, in words."""

_UNBUNDLED = frozenset({"other-pump", "pump-supply", "inclusive"})


class PackError(ValueError):
    """A pack or profile does not have its shape; the message names the file and the key."""


class Statement(NamedTuple):
    """Something true of a code, in our own words, and where it was read."""

    text: str
    source: str


class CommonError(NamedTuple):
    """What is commonly written of a code, what the record says instead, and where it says so."""

    statement: str
    correction: str
    source: str


class FlowRate(NamedTuple):
    """The code is for less than `below` ml per hour; from there on it is `otherwise`."""

    below: int
    otherwise: str
    source: str


class Neighbour(NamedTuple):
    """A code near those of the pack; `meaning` is what billing both on one date says.

    `relation` is one of RELATIONS.
    """

    code: str
    descriptor: str
    relation: str
    meaning: str
    source: str

    @property
    def is_unbundled(self) -> bool:
        """Whether billing both for one date of service bills one infusion twice."""
        return self.relation in _UNBUNDLED


class Pack(NamedTuple):
    """What is true of a HCPCS code: `schemas/pack.schema.json` describes the file.

    `descriptor_notes` are what the official record adds to the descriptor. `flow_rate` is None for
    codes without one. `unit_basis` is the SV103 of a line, `unit_meaning` what one unit is.
    `neighbours` are by code. `facility_places` says of places of service why a facility's claim
    holds the item already.

    `liability_modifiers` say who pays when Medicare does not; `attesting_modifiers` claim that a
    coverage policy was met, and `order_modifiers` that there is no order. `modifier_meanings` holds
    all three in our own words, `pointless_modifiers` why each says nothing of this code.

    What documents the code: `report_types` are values of PWK01, with names of our own in
    `report_type_names`, `references` qualifiers of REF, `notes` values of NTE01, `forms` of LQ01.
    `note_contents` holds for each topic that a note should speak of the words by which it is seen
    to: in upper case, to be looked for with no letter beside them, in what earlier topics left.
    """

    name: str
    codes: frozenset[str]
    descriptor: str
    descriptor_notes: tuple[Statement, ...]
    common_errors: tuple[CommonError, ...]
    flow_rate: FlowRate | None
    unit_basis: str
    unit_meaning: str
    unit_source: str
    neighbours: dict[str, Neighbour]
    facility_places: dict[str, Statement]
    liability_modifiers: frozenset[str]
    attesting_modifiers: frozenset[str]
    order_modifiers: frozenset[str]
    modifier_meanings: dict[str, str]
    pointless_modifiers: dict[str, Statement]
    report_types: frozenset[str]
    report_type_names: dict[str, str]
    references: frozenset[str]
    notes: frozenset[str]
    forms: frozenset[str]
    note_contents: dict[str, tuple[str, ...]]
    documentation_advice: tuple[Statement, ...]
    diagnosis_hints: tuple[Statement, ...]
    sources: tuple[str, ...]


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
    units = top.mapping("units")
    pack = Pack(
        name=top.text("name"),
        codes=frozenset(top.texts("codes", least=1)),
        descriptor=top.text("descriptor"),
        descriptor_notes=top.each("descriptor_notes", _statement),
        common_errors=top.each("common_errors", _common_error),
        flow_rate=top.or_none("flow_rate", _flow_rate),
        unit_basis=units.text("basis"),
        unit_meaning=units.text("meaning"),
        unit_source=units.text("source"),
        neighbours={n.code: n for n in top.each("neighbours", _neighbour)},
        facility_places=dict(pair for ps in top.each("facility_places", _places) for pair in ps),
        liability_modifiers=frozenset(modifiers.texts("liability")),
        attesting_modifiers=frozenset(modifiers.texts("attesting")),
        order_modifiers=frozenset(modifiers.texts("order")),
        modifier_meanings=dict(modifiers.each("meanings", _named("modifier", "meaning"))),
        pointless_modifiers=dict(
            pair for ps in modifiers.each("pointless", _pointless) for pair in ps
        ),
        report_types=frozenset(documentation.texts("report_types")),
        report_type_names=dict(documentation.each("report_type_names", _named("type", "name"))),
        references=frozenset(documentation.texts("references")),
        notes=frozenset(documentation.texts("notes")),
        forms=frozenset(documentation.texts("forms")),
        note_contents=dict(documentation.each("note_contents", _topic)),
        documentation_advice=documentation.each("advice", _statement),
        diagnosis_hints=top.each("diagnosis", _statement),
        sources=top.texts("sources", least=1),
    )
    for mapping in (top, modifiers, documentation, units):
        mapping.refuse_others()
    return pack


def _statement(entry: _Mapping) -> Statement:
    return Statement(entry.text("text"), entry.text("source"))


def _common_error(entry: _Mapping) -> CommonError:
    return CommonError(entry.text("statement"), entry.text("correction"), entry.text("source"))


def _flow_rate(entry: _Mapping) -> FlowRate:
    return FlowRate(entry.count("below"), entry.text("otherwise"), entry.text("source"))


def _neighbour(entry: _Mapping) -> Neighbour:
    relation = entry.text("relation")
    if relation not in RELATIONS:
        raise entry.fault("relation", f"must be one of {', '.join(RELATIONS)}")
    return Neighbour(
        entry.text("code"),
        entry.text("descriptor"),
        relation,
        entry.text("meaning"),
        entry.text("source"),
    )


def _places(entry: _Mapping) -> list[tuple[str, Statement]]:
    statement = Statement(entry.text("meaning"), entry.text("source"))
    return [(place, statement) for place in entry.texts("places", least=1)]


def _pointless(entry: _Mapping) -> list[tuple[str, Statement]]:
    statement = Statement(entry.text("reason"), entry.text("source"))
    return [(modifier, statement) for modifier in entry.texts("modifiers", least=1)]


def _named(key: str, value: str) -> Callable[[_Mapping], tuple[str, str]]:
    return lambda entry: (entry.text(key), entry.text(value))


def _topic(entry: _Mapping) -> tuple[str, tuple[str, ...]]:
    return entry.text("topic"), entry.texts("words", least=1)


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

    def or_none(self, key: str, read: Callable[[_Mapping], Value]) -> Value | None:
        """What `read` makes of the mapping at a key that may be null."""
        return None if self._value(key) is None else self._read(self.mapping(key), read)

    def each(self, key: str, read: Callable[[_Mapping], Value]) -> tuple[Value, ...]:
        """What `read` makes of each mapping in the list at a key."""
        values = self._value(key)
        if not isinstance(values, list):
            raise self.fault(key, "must be a list")
        name = self._name(key)
        return tuple(
            self._read(_Mapping(value, self.file, f"{name}[{n}]"), read)
            for n, value in enumerate(values, 1)
        )

    def count(self, key: str) -> int:
        value = self._value(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.fault(key, "must be a whole number from 1")
        return value

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

    @staticmethod
    def _read(entry: _Mapping, read: Callable[[_Mapping], Value]) -> Value:
        made = read(entry)
        entry.refuse_others()
        return made

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
