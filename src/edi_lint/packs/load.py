"""Loads rule packs and payer profiles, shipped ones and a user's, and checks their shape.

The shape is that of `schemas/pack.schema.json` and `profile.schema.json`; here it is checked
without a schema library, since every run loads these files. For the same reason they are read from
`compiled.json`, which `scripts/compile_packs.py` makes of the YAML files: importing PyYAML and
reading two small files with it takes as long as linting a small claim file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

from edi_lint.files import resources
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
from edi_lint.x12.errors import EdiLintError

Value = TypeVar("Value")

_SILENT = "silent"
_SEVERITIES = ("error", "warning", "info", _SILENT)
_VERDICTS = ("covered", "never", "review")
_OVERFLOW = ("rest", "all")
_MANY = 16
"""More names than this are not listed in a message."""
_LONGEST = {"months": 120, "days": 3660}


class _TextForm(NamedTuple):
    """What a text must look like, as the schema has it, and in words."""

    pattern: str
    words: str


_NAME = _TextForm("[a-z0-9][a-z0-9-]*", "lower-case letters, digits and hyphens")
_RULE = _TextForm("[A-Z]{3}[0-9]{3}", "a rule's code, such as DOC001")
_CODE = _TextForm("[A-Z0-9]{5}", "a HCPCS code, such as A4306")
_FILING_INDICATOR = _TextForm("[A-Z0-9]{2}", "a value of SBR09, such as MB")
_TRANSMISSION = _TextForm("AA|BM|EL|EM|FT|FX", "a value of PWK02: AA, BM, EL, EM, FT or FX")
_FREQUENCY = _TextForm("[A-Z0-9]", "a value of CLM05-3, such as 1")
_REPORT_TYPE = _TextForm("[A-Z0-9]{2}", "a value of PWK01, such as B3")
_PLACE = _TextForm("[0-9]{2}", "a place of service, such as 12")
_NPI = _TextForm("[0-9]{10}", "an NPI, ten digits")
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


class PackError(EdiLintError, ValueError):
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


class FlowRateLimit(NamedTuple):
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
    holds the item already. `added` is the first day on which the codes could be billed; None where
    the pack does not say.

    `liability_modifiers` say who pays when Medicare does not; `attesting_modifiers` claim that a
    coverage policy was met, and `order_modifiers` that nobody ordered it. `modifier_meanings` holds
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
    flow_rate: FlowRateLimit | None
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
    rules: tuple[str, ...] = ()
    """Files of situations for lines with a code of the pack, beside its own file."""
    added: date | None = None


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
    """What is in the YAML files beside this, by their names."""
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
        added=None if top._value("added") is None else top.day("added"),
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
        rules=top.some_texts("rules"),
        sources=top.texts("sources", least=1),
    )
    for mapping in (top, modifiers, documentation, units):
        mapping.refuse_others()
    return pack


def _statement(entry: _Mapping) -> Statement:
    return Statement(entry.text("text"), entry.text("source"))


def _common_error(entry: _Mapping) -> CommonError:
    return CommonError(entry.text("statement"), entry.text("correction"), entry.text("source"))


def _flow_rate(entry: _Mapping) -> FlowRateLimit:
    return FlowRateLimit(entry.count("below"), entry.text("otherwise"), entry.text("source"))


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


def _profile(top: _Mapping, bases: Mapping[str, Profile]) -> Profile:
    base = _base(top, bases)
    medicare = top.optional("medicare", bool)
    profile = Profile(
        name=top.text("name", _NAME),
        title=top.text("title"),
        matches=_matches(top),
        medicare=base.medicare if medicare is None else medicare,
        severities={**base.severities, **_severities(top)},
        policies={**base.policies, **_policies(top)},
        transmissions=_listed(top, "transmissions", _TRANSMISSION) or base.transmissions,
        frequencies=_listed(top, "frequencies", _FREQUENCY) or base.frequencies,
        filing=_filing(top) or base.filing,
        overflow=_overflow(top) or base.overflow,
        sources=top.texts("sources", least=1),
        rules=top.some_texts("rules"),
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


def _matches(top: _Mapping) -> tuple[Match, ...]:
    if top.is_list("match"):
        return top.each("match", _match, least=1)
    return (_match(top.mapping("match")),)


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


def _listed(above: _Mapping, key: str, form: _TextForm) -> Listed | None:
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

    def or_none(self, key: str, read: Callable[[_Mapping], Value]) -> Value | None:
        """What `read` makes of the mapping at a key that may be null."""
        return None if self._value(key) is None else self._read(self.mapping(key), read)

    def is_list(self, key: str) -> bool:
        """Whether there is a list at a key."""
        return isinstance(self.data.get(key), list)

    def each(
        self, key: str, read: Callable[[_Mapping], Value], least: int = 0
    ) -> tuple[Value, ...]:
        """What `read` makes of each mapping in the list at a key."""
        values = self._value(key)
        if not isinstance(values, list):
            raise self.fault(key, "must be a list")
        if len(values) < least:
            raise self.fault(key, f"must hold at least {least}")
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

    def text(self, key: str, form: _TextForm | None = None) -> str:
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

    def keys_of(self, form: _TextForm) -> tuple[str, ...]:
        """The keys of a mapping whose keys are no names of ours."""
        for key in self.data:
            if not re.fullmatch(form.pattern, key):
                raise self.fault(key, f"is a key that must be {form.words}")
        return tuple(self.data)

    def texts(self, key: str, least: int = 0, form: _TextForm | None = None) -> tuple[str, ...]:
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

    def some_texts(self, key: str, form: _TextForm | None = None) -> tuple[str, ...]:
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
        return f": put {str(value).lower()} in quotes, as the code list has it"
    return ""
