"""Loads rule packs and payer profiles, shipped ones and a user's.

The shape is that of `schemas/pack.schema.json` and `profile.schema.json`. A user's file is read
by `edi_lint.packs.users` and checked by `edi_lint.packs.shapes`. What ships needs no check, and is
read from `compiled.json`, which `scripts/compile_packs.py` makes of the YAML files: importing
PyYAML and reading two small files with it takes as long as linting a small claim file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
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
    PayerRoute,
    Policy,
    Profile,
    Use,
)
from edi_lint.x12.errors import EdiLintError

Value = TypeVar("Value")

_SILENT = "silent"
_MANY = 16
"""More names than this are not listed in a message."""

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
    """The pack's code is for less than `below` ml per hour; from there on it is `otherwise`."""

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

    `code` leads `codes`, each of which has its words in `descriptors`. `descriptor_notes` are what
    the official record adds to the descriptor. `flow_rate` is None for codes without one.
    `unit_basis` is the SV103 of a line, `unit_meaning` what one unit is. `neighbours` are by code.
    `facility_places` says of places of service why a facility's claim includes the item already.
    `added` is the first day on which the codes could be billed; None where the pack does not say.

    `liability_modifiers` say who pays when Medicare does not; `attesting_modifiers` claim that a
    coverage policy was met, and `order_modifiers` that nobody ordered it. `modifier_meanings` holds
    all three in our own words, `pointless_modifiers` why each says nothing of this code.

    What documents the code: `report_types` are values of PWK01, with names of our own in
    `report_type_names`, `references` qualifiers of REF, `notes` values of NTE01, `forms` of LQ01.
    `note_contents` holds for each topic that a note should speak of the words by which it is seen
    to: in upper case, to be looked for with no letter beside them, in what earlier topics left.
    """

    name: str
    code: str
    codes: frozenset[str]
    descriptors: dict[str, str]
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
    note_conditions: dict[str, tuple[str, ...]]
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
    return tuple(make_pack(data) for name, data in shipped if name.endswith(".pack.yaml"))


@cache
def profiles() -> tuple[Profile, ...]:
    """Every payer profile that ships with the package."""
    ending = ".profile.yaml"
    shipped = [(name, data) for name, data in _shipped().items() if name.endswith(ending)]
    found: dict[str, Profile] = {}
    for _, data in sorted(shipped, key=lambda each: ("extends" in each[1], each[0])):
        profile = make_profile(data, found)
        found[profile.name] = profile
    return tuple(found.values())


@cache
def _shipped() -> dict[str, Any]:
    """What is in the YAML files beside this, by their names."""
    shipped: dict[str, Any] = json.loads(resources.pack("compiled.json"))
    return shipped


def make_pack(data: Mapping[str, Any]) -> Pack:
    """The pack in data that has its shape."""
    modifiers, documentation, units = data["modifiers"], data["documentation"], data["units"]
    flow_rate = data["flow_rate"]
    return Pack(
        name=data["name"],
        code=data["codes"][0],
        codes=frozenset(data["codes"]),
        descriptors=dict.fromkeys(data["codes"], data["descriptor"]) | data.get("descriptors", {}),
        descriptor_notes=_each(Statement, data["descriptor_notes"]),
        common_errors=_each(CommonError, data["common_errors"]),
        flow_rate=None if flow_rate is None else FlowRateLimit(**flow_rate),
        unit_basis=units["basis"],
        unit_meaning=units["meaning"],
        unit_source=units["source"],
        neighbours={n["code"]: Neighbour(**n) for n in data["neighbours"]},
        facility_places={
            place: Statement(entry["meaning"], entry["source"])
            for entry in data["facility_places"]
            for place in entry["places"]
        },
        added=_day(data["added"]),
        liability_modifiers=frozenset(modifiers["liability"]),
        attesting_modifiers=frozenset(modifiers["attesting"]),
        order_modifiers=frozenset(modifiers["order"]),
        modifier_meanings={m["modifier"]: m["meaning"] for m in modifiers["meanings"]},
        pointless_modifiers={
            modifier: Statement(entry["reason"], entry["source"])
            for entry in modifiers["pointless"]
            for modifier in entry["modifiers"]
        },
        report_types=frozenset(documentation["report_types"]),
        report_type_names={n["type"]: n["name"] for n in documentation["report_type_names"]},
        references=frozenset(documentation["references"]),
        notes=frozenset(documentation["notes"]),
        forms=frozenset(documentation["forms"]),
        note_contents={t["topic"]: tuple(t["words"]) for t in documentation["note_contents"]},
        note_conditions={
            t["topic"]: tuple(t["only_with"])
            for t in documentation["note_contents"]
            if t.get("only_with")
        },
        documentation_advice=_each(Statement, documentation["advice"]),
        diagnosis_hints=_each(Statement, data["diagnosis"]),
        rules=tuple(data.get("rules", ())),
        sources=tuple(data["sources"]),
    )


def _each(kind: Callable[..., Value], entries: Iterable[Mapping[str, Any]]) -> tuple[Value, ...]:
    return tuple(kind(**entry) for entry in entries)


def _day(said: Any) -> date | None:
    """A day as YAML or JSON has it; None where there is none."""
    return None if said is None else date.fromisoformat(str(said))


def make_profile(data: Mapping[str, Any], bases: Mapping[str, Profile]) -> Profile:
    """The profile in data that has its shape, and extends one of `bases` or none."""
    base = bases[data["extends"]] if data.get("extends") is not None else NO_PROFILE
    matches = data["match"] if isinstance(data["match"], list) else [data["match"]]
    medicare, filing, overflow = map(data.get, ("medicare", "filing", "overflow"))
    grades = data.get("severities") or {}
    return Profile(
        name=data["name"],
        title=data["title"],
        matches=tuple(map(_match, matches)),
        medicare=base.medicare if medicare is None else medicare,
        severities={
            **base.severities,
            **{c: None if g == _SILENT else g for c, g in grades.items()},
        },
        policies={
            **base.policies,
            **{code: _policy(policy) for code, policy in (data.get("policies") or {}).items()},
        },
        transmissions=_listed(data.get("transmissions")) or base.transmissions,
        frequencies=_listed(data.get("frequencies")) or base.frequencies,
        filing=_filing(filing) if filing else base.filing,
        routes=(*map(_route, data.get("routes") or ()), *base.routes),
        overflow=overflow["lists"] if overflow else base.overflow,
        sources=tuple(data["sources"]),
        rules=tuple(data.get("rules") or ()),
    )


def _match(match: Mapping[str, Any]) -> Match:
    return Match(
        filing_indicators=frozenset(match.get("filing_indicators") or ()),
        payer_ids=frozenset(match.get("payer_ids") or ()),
        payer_names=tuple(match.get("payer_names") or ()),
        first=_day(match.get("first")),
        last=_day(match.get("last")),
    )


def _route(route: Mapping[str, Any]) -> PayerRoute:
    return PayerRoute(frozenset(route["categories"]), route["route"], route["citation"])


def _policy(policy: Mapping[str, Any]) -> Policy:
    authorization, elsewhere, limit = map(
        policy.get, ("authorization", "elsewhere", "units_per_day")
    )
    return Policy(
        verdict=policy.get("verdict") or "",
        reason=policy.get("reason") or "",
        citation=policy.get("citation") or "",
        authorization=authorization["citation"] if authorization else "",
        elsewhere=(
            Elsewhere(frozenset(elsewhere["places"]), elsewhere["payer"], elsewhere["citation"])
            if elsewhere
            else None
        ),
        units_per_day=Limit(Decimal(str(limit["limit"])), limit["citation"]) if limit else None,
        suppliers=_listed(policy.get("suppliers")),
        report_types=_listed(policy.get("report_types")),
        use=_use(policy.get("use")),
    )


def _use(entry: Mapping[str, Any] | None) -> Use | None:
    return Use(frozenset(entry["diagnoses"]), tuple(entry["words"])) if entry else None


def _listed(entry: Mapping[str, Any] | None) -> Listed | None:
    return Listed(frozenset(entry["accepted"]), entry["citation"]) if entry else None


def _filing(filing: Mapping[str, Any]) -> Filing:
    return Filing(
        months=filing.get("months") or 0,
        days=filing.get("days") or 0,
        rolls=filing.get("rolls_to_workday") or False,
        citation=filing["citation"],
    )


def nearest(name: str, known: Collection[str]) -> str:
    """The end of a message that a name is none of the known ones.

    It names the nearest, or all where none is near and they are not too many.
    """
    import difflib

    near = difflib.get_close_matches(name, sorted(known), 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(sorted(known))}" if len(known) <= _MANY else ""
