"""Compare the grammar of the 837P with other definitions, and report what nobody has decided.

`python scripts/compare_grammar.py` prints the differences that `scripts/grammar/decided.txt` does
not have, and those there that are no more; `--write` adds the former for somebody to decide. The
other definitions are pyx12's maps of the 837I (005010X223) and of 004010X098A1, loop by loop where
both have it, and stupidedi's definition of the same guide (`scripts/grammar/`).

A difference is a line: the other definition, the place, what differs, ours and theirs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import compile_grammar

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "schemas" / "837p.005010X222A1.json"
FACTS = ROOT / "scripts" / "grammar" / "stupidedi-x222a1.txt"
DECIDED = ROOT / "scripts" / "grammar" / "decided.txt"
OTHERS = {
    "837I": ("837Q3.I.5010.X223.A1.xml", "x12.control.00501.xml"),
    "4010": ("837.4010.X098.A1.xml", "x12.control.00401.xml"),
}
"""pyx12's maps, by what they are called here."""

Json = dict[str, Any]
Key = tuple[str, str, str]
"""A segment: loop, tag and qualifiers; of a loop the tag is empty."""


def read_map(name: str, control: str) -> Json:
    """The grammar of another map, without corrections."""
    compile_grammar.GUIDES["other"] = ("other", name, control, [])
    grammar, _ = compile_grammar.compile_guide("other", [], [])
    del compile_grammar.GUIDES["other"]
    return grammar


def places(grammar: Json) -> dict[Key, tuple[Json, Json]]:
    """The loops and segments of a grammar, the first where several have one key."""
    found: dict[Key, tuple[Json, Json]] = {}

    def walk(node: Json, loop: str) -> None:
        if "children" in node:
            found.setdefault((node["loop"], "", ""), (node, {}))
            for child in node["children"]:
                walk(child, node["loop"])
            return
        body = grammar["segments"][node["segment"]]
        found.setdefault((loop, node["tag"], qualifiers(body)), (node, body))

    walk(grammar["transaction"], "")
    return found


def qualifiers(body: Json) -> str:
    """The codes by which a segment differs from others of its tag, as facts write them."""
    elements = body["elements"]
    if not elements:
        return "-"
    first = (elements[0].get("components") or [elements[0]])[0]
    if body["tag"] == "HL":
        first = elements[2]
    is_key = first.get("type") == "ID" and first["usage"] == "R" and first.get("codes")
    return ",".join(sorted(first["codes"])) if is_key and len(first["codes"]) < 6 else "-"


def differences() -> Iterator[str]:
    """Every difference, a line each."""
    ours = places(json.loads(OURS.read_text("utf-8")))
    for name, (map_name, control) in OTHERS.items():
        theirs = places(read_map(map_name, control))
        for key in sorted(ours.keys() & theirs.keys()):
            for what, own, other in compare(ours[key], theirs[key]):
                yield f"{name} | {' '.join(filter(None, key))} | {what} | {own} | {other}"
    yield from facts(ours)


def compare(ours: tuple[Json, Json], theirs: tuple[Json, Json]) -> Iterator[tuple[str, str, str]]:
    """What differs in a loop or a segment and its elements; names never count."""
    (node, body), (other_node, other_body) = ours, theirs
    for field in ("usage", "repeat"):
        if node[field] != other_node[field]:
            yield field, str(node[field]), str(other_node[field])
    pairs = zip(body.get("elements", ()), other_body.get("elements", ()), strict=False)
    for number, (element, other) in enumerate(pairs, start=1):
        yield from compare_elements(f"{number:02}", element, other)


def compare_elements(name: str, ours: Json, theirs: Json) -> Iterator[tuple[str, str, str]]:
    for field in ("usage", "min", "max", "repeat", "codes"):
        own, other = (shown(one.get(field)) for one in (ours, theirs))
        if own != other:
            yield f"{name} {field}", own, other
    if ours["usage"] != theirs["usage"] and "N" in (ours["usage"], theirs["usage"]):
        return
    pairs = zip(ours.get("components", ()), theirs.get("components", ()), strict=False)
    for number, (component, other) in enumerate(pairs, start=1):
        yield from compare_elements(f"{name}-{number:02}", component, other)


def shown(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(sorted(value))
    return "-" if value is None else str(value)


def facts(ours: Mapping[Key, tuple[Json, Json]]) -> Iterator[str]:
    """What stupidedi's definition has otherwise."""
    for line in FACTS.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        loop, tag, codes, usage, repeat, elements = line.split()
        found = ours.get((loop, tag, codes)) or ours.get((loop, tag, "-"))
        place = f"stupidedi | {loop} {tag} {codes}"
        if found is None:
            yield f"{place} | segment | - | {usage}"
            continue
        node, body = found
        if node["usage"] != usage:
            yield f"{place} | usage | {node['usage']} | {usage}"
        if str(node["repeat"]) != repeat:
            yield f"{place} | repeat | {node['repeat']} | {repeat}"
        for number, element in enumerate(body["elements"], start=1):
            other = elements[number - 1 : number] or "-"
            if element["usage"] != other:
                yield f"{place} | {number:02} usage | {element['usage']} | {other}"


def decided() -> dict[str, str]:
    """The decision on each difference, by its line. A heading is a decision on what is below it."""
    found: dict[str, str] = {}
    why = ""
    for line in DECIDED.read_text("utf-8").splitlines() if DECIDED.exists() else ():
        if line.startswith("## "):
            why = line[3:]
        elif line and not line.startswith("#"):
            found[line] = why
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="add what is not decided to the list")
    given = parser.parse_args()
    known, found = decided(), list(dict.fromkeys(differences()))
    new = [line for line in found if line not in known]
    gone = [line for line in known if line not in found]
    if given.write:
        with DECIDED.open("a", encoding="utf-8") as file:
            file.write("\n## NOT DECIDED\n" + "".join(f"{line}\n" for line in new))
        return 0
    for line in new:
        print(f"not decided: {line}")
    for line in gone:
        print(f"no difference any more: {line}")
    return 1 if new or gone or "" in known.values() else 0


if __name__ == "__main__":
    sys.exit(main())
