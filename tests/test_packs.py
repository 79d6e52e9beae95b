"""Packs and payer profiles: what ships has its schema's shape, and a wrong shape is named."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from edi_lint.files import resources
from edi_lint.packs import PackError, load, packs, profiles
from edi_lint.packs.users import read_pack, read_profile

PACKS = Path(load.__file__).parent


def schema(name: str) -> Any:
    return json.loads(resources.schema(name))


def shipped(name: str) -> Any:
    return as_json(yaml.safe_load(resources.pack(name)))


def as_json(data: Any) -> Any:
    """Dates as texts, which YAML does not write so and JSON does."""
    return json.loads(json.dumps(data, default=str))


SHIPPED_PACKS = sorted(path.name for path in PACKS.glob("*.pack.yaml"))
SHIPPED_PROFILES = sorted(path.name for path in PACKS.glob("*.profile.yaml"))
SHIPPED = [
    *((name, "pack.schema.json") for name in SHIPPED_PACKS),
    *((name, "profile.schema.json") for name in SHIPPED_PROFILES),
]


@pytest.mark.parametrize("name", ["pack.schema.json"])
def test_a_schema_is_valid_and_closed_and_describes_every_key(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    waiting = [schema(name)]
    while waiting:
        part = waiting.pop()
        waiting += [part["items"]] if "items" in part else []
        waiting += part.get("$defs", {}).values()
        if "object" in part.get("type", "") and "propertyNames" not in part:
            assert part["additionalProperties"] is False
            optional = {"rules", "only_with", "descriptors"}
            assert set(part["required"]) == set(part["properties"]) - optional
            assert all(p["description"] for p in part["properties"].values())
            waiting += part["properties"].values()


@pytest.mark.parametrize(("name", "schema_name"), SHIPPED)
def test_what_ships_has_the_shape_of_its_schema(name: str, schema_name: str) -> None:
    jsonschema.Draft202012Validator(schema(schema_name)).validate(shipped(name))


def test_every_pack_and_profile_is_loaded() -> None:
    assert [f"{p.name}.pack.yaml" for p in packs()] == SHIPPED_PACKS
    assert sorted(f"{p.name}.profile.yaml" for p in profiles()) == SHIPPED_PROFILES


def test_what_is_loaded_is_what_the_yaml_files_say() -> None:
    told = "run python scripts/compile_packs.py"
    assert packs() == tuple(read_pack(resources.pack(n).decode(), n) for n in SHIPPED_PACKS), told
    read = (read_profile(resources.pack(n).decode(), n) for n in SHIPPED_PROFILES)
    assert {p.name: p for p in profiles()} == {p.name: p for p in read}, told


def test_a_pack_explains_what_it_lists() -> None:
    for pack in packs():
        listed = pack.liability_modifiers | pack.attesting_modifiers | pack.order_modifiers
        assert set(pack.modifier_meanings) == listed
        assert not listed & set(pack.pointless_modifiers)
        assert set(pack.report_type_names) == pack.report_types
        assert pack.code not in pack.neighbours
        assert set(pack.descriptors) == pack.codes
        assert pack.flow_rate is None or pack.flow_rate.otherwise in pack.neighbours


def test_a_pack_may_have_no_flow_rate() -> None:
    data = {**PACK, "flow_rate": None}
    jsonschema.validate(data, schema("pack.schema.json"))
    assert read_pack(yaml.safe_dump(data), "mine.pack.yaml").flow_rate is None


def test_what_is_no_second_item_beside_a_code_bills_it_twice() -> None:
    (pack,) = packs()
    twice = {code for code, n in pack.neighbours.items() if n.is_unbundled}
    per_diems = {code for code in twice if code.startswith("S")}
    assert twice - per_diems == {
        *("A4220", "A4222", "E0779", "E0780", "E0781", "E0782", "E0783", "E0785", "E0786", "E0791"),
    }
    assert len(per_diems) == 50
    assert per_diems >= {"S9325", "S9326", "S9327", "S9328", "S9329", "S9494", "S9590"}
    assert not per_diems & {"S9208", "S9340", "S9378", "S9561"}


def without(data: dict[str, Any], path: str) -> dict[str, Any]:
    return changed(data, path, None)


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with the value at a dotted path put there, or taken out for None."""
    out = copy.deepcopy(data)
    *above, key = path.split(".")
    place = out
    for step in above:
        place = place[step]
    if value is None:
        del place[key]
    else:
        place[key] = value
    return out


PACK = shipped("a4306.pack.yaml")
PACK_FAULTS = [
    pytest.param(without(PACK, "sources"), "sources is missing", id="no sources"),
    pytest.param(changed(PACK, "sources", []), "sources must hold at least 1", id="empty sources"),
    pytest.param(changed(PACK, "codes", []), "codes must hold at least 1", id="no codes"),
    pytest.param(changed(PACK, "codes", "A4306"), "codes must be a list", id="no list"),
    pytest.param(changed(PACK, "name", ["a4306"]), "name must be text", id="no text"),
    pytest.param(without(PACK, "modifiers.order"), "modifiers.order is missing", id="no order"),
    pytest.param(changed(PACK, "modifiers", ["KX"]), "modifiers must hold keys", id="no mapping"),
    pytest.param(
        changed(PACK, "documentation.report_types", ["B3", 3]),
        "documentation.report_types must be a list of texts: put 3 in quotes",
        id="an unquoted number",
    ),
    pytest.param(
        changed(PACK, "modifiers.orders", ["EY"]), "modifiers.orders is not known", id="misspelt"
    ),
    pytest.param(changed(PACK, "flow_rate.below", "50"), "flow_rate.below must be", id="no number"),
    pytest.param(
        changed(PACK, "neighbours", [{**PACK["neighbours"][0], "relation": "friend"}]),
        "neighbours[1].relation must be one of sibling,",
        id="unknown relation",
    ),
    pytest.param(
        changed(PACK, "diagnosis", [*PACK["diagnosis"], {"text": "Be specific."}]),
        f"diagnosis[{len(PACK['diagnosis']) + 1}].source is missing",
        id="a statement without its source",
    ),
    pytest.param(
        changed(PACK, "modifiers.pointless", [{**PACK["modifiers"]["pointless"][0], "why": "no"}]),
        "modifiers.pointless[1].why is not known here",
        id="misspelt in a list",
    ),
    pytest.param(changed(PACK, "neighbours", {}), "neighbours must be a list", id="no neighbours"),
    pytest.param(["A4306"], "must hold keys with values", id="a list"),
]


@pytest.mark.parametrize(("data", "message"), PACK_FAULTS)
def test_a_pack_of_the_wrong_shape_is_refused_by_file_and_key(data: Any, message: str) -> None:
    with pytest.raises(PackError) as refused:
        read_pack(yaml.safe_dump(data), "mine.pack.yaml")
    assert str(refused.value).startswith(f"mine.pack.yaml: {message}")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema("pack.schema.json"))


def test_what_is_no_yaml_is_refused_by_line() -> None:
    with pytest.raises(PackError, match=r"mine\.pack\.yaml, line 2: is not YAML"):
        read_pack("name: a\n\tcodes: [b", "mine.pack.yaml")


# payer profiles


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Every part of a schema that is a mapping."""
    if isinstance(part, dict):
        yield part
        for inner in part.values():
            yield from parts(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from parts(inner)


def test_the_schema_of_profiles_is_valid_and_closed_and_describes_every_key() -> None:
    whole = schema("profile.schema.json")
    jsonschema.Draft202012Validator.check_schema(whole)
    objects = [part for part in parts(whole) if part.get("type") == "object"]
    assert len(objects) > 8
    for part in objects:
        assert part["additionalProperties"] is False
        assert all(p.get("description") for p in part.get("properties", {}).values())


PROFILE = {
    "name": "lakeshore",
    "title": "Lakeshore Mutual",
    "extends": "commercial",
    "match": {
        "filing_indicators": ["CI"],
        "payer_ids": ["LKSH1"],
        "payer_names": ["*LAKESHORE*"],
        "first": "2026-01-01",
        "last": "2026-12-31",
    },
    "medicare": False,
    "severities": {"DOC001": "error", "PAY005": "silent"},
    "policies": {
        "A4306": {
            "verdict": "never",
            "reason": "use after an operation is investigational",
            "citation": "medical policy 7.01, 2026",
            "authorization": {"citation": "manual, page 40"},
            "elsewhere": {"places": ["22"], "payer": "the facility", "citation": "manual, page 41"},
            "units_per_day": {"limit": 2, "citation": "manual, page 42"},
            "suppliers": {"accepted": ["1002167124"], "citation": "list of suppliers, 2026"},
            "report_types": {"accepted": ["B3", "03"], "citation": "manual, page 43"},
        }
    },
    "transmissions": {"accepted": ["AA", "FX"], "citation": "manual, page 44"},
    "frequencies": {"accepted": ["1", "7", "8"], "citation": "manual, page 45"},
    "filing": {"days": 180, "rolls_to_workday": True, "citation": "manual, page 3"},
    "overflow": {"lists": "all", "citation": "manual, page 46"},
    "sources": ["provider manual, 2026"],
}
A4306 = "policies.A4306"
PROFILE_FAULTS = [
    (without(PROFILE, "name"), "name is missing"),
    (without(PROFILE, "match"), "match is missing"),
    (changed(PROFILE, "name", "Lakeshore Mutual"), "name must be lower-case letters, digits"),
    (changed(PROFILE, "sources", []), "sources must hold at least 1"),
    (changed(PROFILE, "titel", "x"), "titel is not known here; did you mean title?"),
    (changed(PROFILE, "medicare", "no"), "medicare must be true or false"),
    (changed(PROFILE, "match.payer_id", ["X"]), "match.payer_id is not known here; did you mean"),
    (changed(PROFILE, "match.payer_ids", []), "match.payer_ids must hold at least 1"),
    (changed(PROFILE, "match.filing_indicators", ["MBX"]), "match.filing_indicators holds MBX,"),
    (changed(PROFILE, "match.first", "1 January"), "match.first must be a date, YYYY-MM-DD"),
    (changed(PROFILE, "match.first", 20260101), "match.first must be a date, YYYY-MM-DD"),
    (changed(PROFILE, "severities.DOC001", "fatal"), "severities.DOC001 must be one of error,"),
    (changed(PROFILE, "severities.DOC", "error"), "severities.DOC is a key that must be a rule's"),
    (changed(PROFILE, "policies.4306", {}), "policies.4306 is a key that must be a HCPCS code"),
    (changed(PROFILE, f"{A4306}.verdict", "no"), f"{A4306}.verdict must be one of covered,"),
    (without(PROFILE, f"{A4306}.citation"), f"{A4306}.citation is missing"),
    (without(PROFILE, f"{A4306}.reason"), f"{A4306}.reason is missing"),
    (without(PROFILE, f"{A4306}.verdict"), f"{A4306}.reason goes with a verdict"),
    (changed(PROFILE, f"{A4306}.authorization", {}), f"{A4306}.authorization.citation is missing"),
    (without(PROFILE, f"{A4306}.elsewhere.citation"), f"{A4306}.elsewhere.citation is missing"),
    (changed(PROFILE, f"{A4306}.elsewhere.places", ["1"]), f"{A4306}.elsewhere.places holds 1,"),
    (without(PROFILE, f"{A4306}.units_per_day.citation"), f"{A4306}.units_per_day.citation is"),
    (changed(PROFILE, f"{A4306}.units_per_day.limit", 0), f"{A4306}.units_per_day.limit must be"),
    (without(PROFILE, f"{A4306}.suppliers.citation"), f"{A4306}.suppliers.citation is missing"),
    (changed(PROFILE, f"{A4306}.suppliers.accepted", ["12"]), f"{A4306}.suppliers.accepted holds"),
    (without(PROFILE, f"{A4306}.report_types.citation"), f"{A4306}.report_types.citation is"),
    (changed(PROFILE, f"{A4306}.report_types.accepted", ["B33"]), f"{A4306}.report_types.accept"),
    (without(PROFILE, "transmissions.citation"), "transmissions.citation is missing"),
    (changed(PROFILE, "transmissions.accepted", ["ES"]), "transmissions.accepted holds ES, which"),
    (without(PROFILE, "frequencies.citation"), "frequencies.citation is missing"),
    (changed(PROFILE, "frequencies.accepted", [1]), "frequencies.accepted must be a list of texts"),
    (changed(PROFILE, "frequencies.accepted", ["17"]), "frequencies.accepted holds 17, which must"),
    (without(PROFILE, "filing.citation"), "filing.citation is missing"),
    (without(PROFILE, "filing.days"), "filing must give months or days, one of them"),
    (changed(PROFILE, "filing.months", 6), "filing must give months or days, one of them"),
    (changed(PROFILE, "filing.days", 0), "filing.days must be from 1 to 3660"),
    (changed(PROFILE, "filing.days", "90"), "filing.days must be a whole number"),
    (changed(PROFILE, "filing.days", 9999), "filing.days must be from 1 to 3660"),
    (without(PROFILE, "overflow.citation"), "overflow.citation is missing"),
    (changed(PROFILE, "overflow.lists", "some"), "overflow.lists must be one of rest, all"),
    (["lakeshore"], "must hold keys with values"),
]


@pytest.mark.parametrize(("data", "message"), PROFILE_FAULTS)
def test_a_profile_of_the_wrong_shape_is_refused_by_file_and_key(data: Any, message: str) -> None:
    with pytest.raises(PackError) as refused:
        read_profile(json.dumps(data), "mine.json")
    assert str(refused.value).startswith(f"mine.json: {message}")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema("profile.schema.json"))


def test_a_profile_says_the_same_in_yaml_and_in_json() -> None:
    jsonschema.validate(PROFILE, schema("profile.schema.json"))
    read = read_profile(json.dumps(PROFILE), "mine.json")
    assert read == read_profile(yaml.safe_dump(PROFILE), "mine.yaml")
    (match,) = read.matches
    assert match.first == date(2026, 1, 1)
    assert read.severities == {"DOC001": "error", "PAY005": None}
    assert read.policies["A4306"].citation == "medical policy 7.01, 2026"
    assert (read.filing.days, read.filing.rolls, read.overflow) == (180, True, "all")


def test_a_profile_may_be_for_several_kinds_of_claims() -> None:
    several = changed(PROFILE, "match", [{"payer_ids": ["LKSH1"]}, {"payer_names": ["*LAKE*"]}])
    jsonschema.validate(several, schema("profile.schema.json"))
    read = read_profile(json.dumps(several), "mine.json")
    assert [(sorted(m.payer_ids), m.payer_names) for m in read.matches] == [
        (["LKSH1"], ()), ([], ("*LAKE*",)),
    ]  # fmt: skip
    for wrong, message in (
        ([], "match must hold at least 1"),
        ([{"payer_id": ["LKSH1"]}], "match[1].payer_id is not known here"),
        (["LKSH1"], "match[1] must hold keys with values"),
    ):
        with pytest.raises(PackError) as refused:
            read_profile(json.dumps(changed(PROFILE, "match", wrong)), "mine.json")
        assert str(refused.value).startswith(f"mine.json: {message}")
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed(PROFILE, "match", wrong), schema("profile.schema.json"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "policies: {99213: {}}",
            "policies has the key 99213, which must be text: put 99213 in quotes",
        ),
        ("first: 2026-02-30", "mine.yaml: contains a date that does not exist"),
        ("[" * 5000, "mine.yaml, line 1: is nested too deeply"),
        ("a: {b: c}}", "mine.yaml, line 1: is not YAML"),
        ("extends: medicair", "extends must name a built-in profile; did you mean medicare?"),
        ("extends: x", "extends must name a built-in profile; known: anthem, commercial,"),
    ],
)
def test_what_a_schema_does_not_see_is_refused_too(text: str, message: str) -> None:
    whole = f"name: mine\ntitle: mine\nmatch: {{}}\nsources: [x]\n{text}"
    alone = not text[0].islower() or text.startswith("a:")
    with pytest.raises(PackError) as refused:
        read_profile(text if alone else whole, "mine.yaml")
    assert message in str(refused.value)


def test_a_profile_has_what_it_extends_and_says_the_rest_itself() -> None:
    text = """
        {name: mine, title: mine, extends: medicare-dme, match: {}, sources: [x],
         severities: {DOC001: error},
         policies: {A4306: {authorization: {citation: x}}},
         transmissions: {accepted: [FX], citation: x}}
    """
    base = next(p for p in profiles() if p.name == "medicare-dme")
    read = read_profile(text, "mine.yaml")
    assert (read.medicare, read.filing, read.overflow) == (True, base.filing, base.overflow)
    assert read.severities == {**base.severities, "DOC001": "error"}
    assert read.transmissions.values == {"FX"}
    assert read.policies["A4305"] == base.policies["A4305"]
    assert read.policies["A4306"].elsewhere is None
    assert [match.filing_indicators for match in read.matches] == [frozenset()]


# any value anywhere


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value in data; of a list only the first and the last one."""
    yield path
    if isinstance(data, dict):
        for key, value in data.items():
            yield from places(value, (*path, key))
    elif isinstance(data, list) and data:
        for index in {0, len(data) - 1}:
            yield from places(data[index], (*path, index))


def refusal(read: Callable[[str, str], Any], data: Any) -> str:
    """Why data is refused; empty where it is not."""
    try:
        read(json.dumps(data), "mine.json")
    except PackError as problem:
        return str(problem)
    return ""


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return value
    out = copy.copy(data)
    out[path[0]] = put(data[path[0]], path[1:], value)
    return out


VALUES = (None, True, 3, 0, 2.5, "", " ", "x", "2026-02-30", "\n", [], {}, [None], [[]], {"": 1})


@pytest.mark.parametrize(
    ("data", "name", "read"),
    [(PACK, "pack.schema.json", read_pack), (PROFILE, "profile.schema.json", read_profile)],
    ids=["pack", "profile"],
)
def test_whatever_stands_anywhere_is_refused_with_its_place_or_fits_the_schema(
    data: Any, name: str, read: Callable[[str, str], Any]
) -> None:
    checker = jsonschema.FormatChecker(["date"])
    validator = jsonschema.Draft202012Validator(schema(name), format_checker=checker)
    refused = 0
    for path in places(data):
        for value in VALUES:
            changed_data = put(data, path, value)
            message = refusal(read, changed_data)
            refused += bool(message)
            assert message or validator.is_valid(changed_data), (path, value)
            key = next((key for key in path if isinstance(key, str)), "")
            assert not message or message.startswith(f"mine.json: {key}"), (path, value)
    assert refused > 500
