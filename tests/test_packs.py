"""Packs and payer matching: what ships has its schema's shape, and a wrong shape is named."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from edi_lint import resources
from edi_lint.packs import PackError, load, packs, payers, read_pack, read_payers

PACKS = Path(load.__file__).parent


def schema(name: str) -> Any:
    return json.loads(resources.schema(name))


def shipped(name: str) -> Any:
    return yaml.safe_load(resources.pack(name))


SHIPPED = [(path.name, "pack.schema.json") for path in sorted(PACKS.glob("*.pack.yaml"))]
SHIPPED.append(("payers.yaml", "payers.schema.json"))


@pytest.mark.parametrize("name", sorted({schema for _, schema in SHIPPED}))
def test_a_schema_is_valid_and_closed_and_describes_every_key(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    waiting = [schema(name)]
    while waiting:
        part = waiting.pop()
        waiting += [part["items"]] if "items" in part else []
        waiting += part.get("$defs", {}).values()
        if "object" in part.get("type", ""):
            assert part["additionalProperties"] is False
            assert set(part["required"]) == set(part["properties"])
            assert all(p["description"] for p in part["properties"].values())
            waiting += part["properties"].values()


@pytest.mark.parametrize(("name", "schema_name"), SHIPPED)
def test_what_ships_has_the_shape_of_its_schema(name: str, schema_name: str) -> None:
    jsonschema.Draft202012Validator(schema(schema_name)).validate(shipped(name))


def test_every_pack_is_loaded() -> None:
    assert [p.name for p in packs()] == [n.removesuffix(".pack.yaml") for n, _ in SHIPPED[:-1]]
    assert payers().medicare == {"MB"}


def test_what_is_loaded_is_what_the_yaml_files_say() -> None:
    texts = {name: resources.pack(name).decode() for name, _ in SHIPPED}
    told = "run python scripts/compile_packs.py"
    assert packs() == tuple(read_pack(texts[n], n) for n, _ in SHIPPED[:-1]), told
    assert payers() == read_payers(texts["payers.yaml"], "payers.yaml"), told


def test_a_pack_explains_what_it_lists() -> None:
    for pack in packs():
        listed = pack.liability_modifiers | pack.attesting_modifiers | pack.order_modifiers
        assert set(pack.modifier_meanings) == listed
        assert not listed & set(pack.pointless_modifiers)
        assert set(pack.report_type_names) == pack.report_types
        assert not pack.codes & set(pack.neighbours)
        assert pack.flow_rate is None or pack.flow_rate.otherwise in pack.neighbours


def test_a_pack_may_have_no_flow_rate() -> None:
    data = {**PACK, "flow_rate": None}
    jsonschema.validate(data, schema("pack.schema.json"))
    assert read_pack(yaml.safe_dump(data), "mine.pack.yaml").flow_rate is None


def test_what_is_no_second_item_beside_a_code_bills_it_twice() -> None:
    (pack,) = packs()
    twice = {code for code, n in pack.neighbours.items() if n.is_unbundled}
    assert twice == {
        *("A4220", "A4222", "E0779", "E0780", "E0781", "E0782", "E0783", "E0785", "E0786", "E0791"),
        *("S9326", "S9327", "S9328"),
    }


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


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "medicare is missing"),
        ({"medicare": {"filing_indicators": ["MB"]}}, "medicare.refused_frequencies is missing"),
        (
            {"medicare": {"filing_indicators": ["MB"], "refused_frequencies": [7]}},
            "medicare.refused_frequencies must be a list of texts: put 7 in quotes",
        ),
        (
            {"medicare": {"filing_indicators": ["MB"], "refused_frequencies": []}},
            "medicare.sources is missing",
        ),
    ],
)
def test_payers_of_the_wrong_shape_are_refused_by_file_and_key(data: Any, message: str) -> None:
    with pytest.raises(PackError) as refused:
        read_payers(yaml.safe_dump(data), "payers.yaml")
    assert str(refused.value).startswith(f"payers.yaml: {message}")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema("payers.schema.json"))
