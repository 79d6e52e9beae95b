"""Compile pyx12's implementation-guide maps into the grammar files of `schemas/`.

Run `python scripts/compile_grammar.py` after a change of pyx12 or of the overlay, and commit what
it writes; `--check` writes nothing and exits 1 when a committed file is not what pyx12's maps and
`schemas/grammar-overlay.yaml` give today.  No other code reads pyx12's XML.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.resources
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import defusedxml.ElementTree
import yaml

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
OVERLAY = SCHEMAS / "grammar-overlay.yaml"

# guide -> (file's name, map of the set, map of the envelope, GS08/ST03 values that it answers to)
GUIDES = {
    "005010X222A1": (
        "837p",
        "837.5010.X222.A1.xml",
        "x12.control.00501.xml",
        ["005010X222A1", "005010X222", "005010X222A2"],
    ),
    "004010X098A1": (
        "837p",
        "837.4010.X098.A1.xml",
        "x12.control.00401.xml",
        ["004010X098A1", "004010X098"],
    ),
    "005010X231A1": (
        "999",
        "999.5010X231.A1.xml",
        "x12.control.00501.xml",
        ["005010X231A1", "005010X231"],
    ),
    "005010X214": ("277", "277.5010.X214.xml", "x12.control.00501.xml", ["005010X214"]),
}

Json = dict[str, Any]


def map_bytes(name: str) -> bytes:
    """The bytes of one of pyx12's map files."""
    return importlib.resources.files("pyx12").joinpath("map", name).read_bytes()


def parse_map(name: str) -> Element:
    root: Element = defusedxml.ElementTree.fromstring(map_bytes(name))
    return root


def text(node: Element, tag: str) -> str:
    return (node.findtext(tag) or "").strip()


def data_elements() -> dict[str, tuple[str, int, int]]:
    """Data element number -> (type, shortest, longest)."""
    return {
        e.attrib["ele_num"]: (
            e.attrib["data_type"],
            int(e.attrib["min_len"]),
            int(e.attrib["max_len"]),
        )
        for e in parse_map("dataele.xml").iter("data_ele")
    }


def code_sets(used: set[str]) -> dict[str, list[str]]:
    """External code lists by pyx12's name for them: code numbers only, no descriptions."""
    return {
        text(s, "id"): sorted({c.text or "" for c in s.iterfind("version/code")})
        for s in parse_map("codes.xml").iter("codeset")
        if text(s, "id") in used
    }


class Compiler:
    """Turns one guide's XML into plain data, sharing the segments that stand in several loops."""

    def __init__(self, guide: str, overlay: list[Json]) -> None:
        self.types = data_elements()
        self.overlay = [o for o in overlay if guide in o["guides"]]
        self.used_overlay: set[int] = set()
        self.segments: list[Json] = []
        self.index: dict[str, int] = {}
        self.sets: set[str] = set()

    def corrected(self, path: str, node: Json) -> Json:
        """`node` with the overlay's corrections for `path` applied."""
        for number, correction in enumerate(self.overlay):
            where: Json = correction.get("where", {})
            if re.fullmatch(correction["path"], path) and all(
                node.get(k) == v for k, v in where.items()
            ):
                removed = [k for k in correction.get("remove", []) if k in node]
                changed = {k: v for k, v in correction.get("set", {}).items() if node.get(k) != v}
                if removed or changed:
                    self.used_overlay.add(number)
                node = {k: v for k, v in node.items() if k not in removed} | changed
        if "set" in node:
            self.sets.add(node["set"])
        return node

    def element(self, xml: Element, path: str) -> Json:
        node: Json = {"name": text(xml, "name"), "usage": text(xml, "usage")}
        node["number"] = text(xml, "data_ele")
        if xml.tag == "composite":
            parts = xml.findall("element")
            node["components"] = [
                self.element(e, f"{path}-{n:02}") for n, e in enumerate(parts, start=1)
            ]
            if text(xml, "repeat"):
                node["repeat"] = int(text(xml, "repeat"))
            return self.corrected(path, node)
        kind, shortest, longest = self.types[node["number"]]
        node |= {"type": kind, "min": shortest, "max": longest}
        codes = xml.find("valid_codes")
        if codes is not None:
            if codes.get("external"):
                node["set"] = codes.get("external")
            if len(codes):
                node["codes"] = [c.text or "" for c in codes]
        if text(xml, "regex"):
            node["pattern"] = text(xml, "regex")
        return self.corrected(path, node)

    def segment(self, xml: Element, path: str) -> Json:
        tag = xml.attrib["xid"]
        fields = sorted(
            [*xml.findall("element"), *xml.findall("composite")], key=lambda e: int(text(e, "seq"))
        )
        body: Json = {
            "tag": tag,
            "elements": [
                self.element(e, f"{path}/{tag}{n:02}") for n, e in enumerate(fields, start=1)
            ],
            "syntax": [s.text for s in xml.findall("syntax")],
        }
        key = json.dumps(body)
        if key not in self.index:
            self.index[key] = len(self.segments)
            self.segments.append(body)
        use = text(xml, "max_use")
        node: Json = {
            "segment": self.index[key],
            "tag": tag,
            "name": text(xml, "name"),
            "usage": text(xml, "usage"),
            "position": int(text(xml, "pos")),
            "repeat": 0 if use in ("", ">1") else int(use),
        }
        return self.corrected(f"{path}/{tag}", node)

    def loop(self, xml: Element, path: str) -> Json:
        use = text(xml, "repeat")
        node: Json = {
            "loop": xml.attrib["xid"],
            "name": text(xml, "name"),
            "usage": text(xml, "usage"),
            "position": int(text(xml, "pos")),
            "repeat": 0 if use in ("", ">1") else int(use),
        }
        node = self.corrected(path, node)
        node["children"] = list(self.children(xml, path))
        return node

    def children(self, xml: Element, path: str) -> Iterator[Json]:
        """Within one position what has a second key, then loops, then segments; no empty loops."""
        found: list[Json] = []
        for tag, build in (("loop", self.loop), ("segment", self.segment)):
            for child in xml.findall(tag):
                here = f"{path}/{child.attrib['xid']}" if tag == "loop" else path
                found.append(build(child, here))
        found.sort(key=lambda n: (n["position"], not n.get("second_key")))
        return (n for n in found if n.get("children") != [])


def find(xml: Element, *path: str) -> Element:
    for name in path:
        xml = next(e for e in xml if e.get("xid") == name)
    return xml


def extended(sets: dict[str, list[str]], additions: list[Json]) -> dict[str, list[str]]:
    """The code lists with the overlay's additions, each of which must be missing in pyx12's."""
    for addition in additions:
        known = sets.get(addition["set"], [])
        already = sorted(set(known) & set(addition["add"]))
        if already:
            raise SystemExit(f"{OVERLAY.name}: {already} are in pyx12's {addition['set']} already")
        sets[addition["set"]] = sorted({*known, *addition["add"]})
    return sets


def compile_guide(
    guide: str, overlay: list[Json], additions: list[Json]
) -> tuple[Json, list[Json]]:
    """The grammar of one guide, and the corrections that were needed for it."""
    _, map_name, control_name, answers = GUIDES[guide]
    compiler = Compiler(guide, overlay)
    control = parse_map(control_name)
    places = {
        "ISA": ("ISA_LOOP", "ISA"),
        "TA1": ("ISA_LOOP", "TA1"),
        "GS": ("ISA_LOOP", "GS_LOOP", "GS"),
        "GE": ("ISA_LOOP", "GS_LOOP", "GE"),
        "IEA": ("ISA_LOOP", "IEA"),
    }
    envelope = {tag: compiler.segment(find(control, *path), "") for tag, path in places.items()}
    body = compiler.loop(find(parse_map(map_name), "ISA_LOOP", "GS_LOOP", "ST_LOOP"), "ST_LOOP")
    sources = sorted({map_name, control_name, "dataele.xml", "codes.xml"})
    grammar = {
        "guide": guide,
        "answers": answers,
        "source": {
            "package": "pyx12",
            "version": importlib.metadata.version("pyx12"),
            "files": {n: hashlib.sha256(map_bytes(n)).hexdigest() for n in sources},
            "corrections": OVERLAY.name,
        },
        "code_sets": extended(
            code_sets(compiler.sets), [a for a in additions if a["set"] in compiler.sets]
        ),
        "envelope": envelope,
        "segments": compiler.segments,
        "transaction": body,
    }
    return grammar, [compiler.overlay[n] for n in sorted(compiler.used_overlay)]


def written(grammar: Json) -> str:
    """JSON with one shared segment, and one loop child, to a line: a diff shows what changed."""

    def line(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=True)

    def loop(node: Json, indent: str) -> str:
        head = line({k: v for k, v in node.items() if k != "children"})[:-1]
        inner = indent + " "
        children = (
            inner + (loop(c, inner) if "children" in c else line(c)) for c in node["children"]
        )
        return head + ',"children":[\n' + ",\n".join(children) + f"\n{indent}]}}"

    parts = [f'"{key}":{line(grammar[key])}' for key in ("guide", "answers", "source")]
    for key in ("code_sets", "envelope"):
        rows = ",\n ".join(f'"{k}":{line(v)}' for k, v in grammar[key].items())
        parts.append(f'"{key}":{{\n {rows}\n}}')
    rows = ",\n ".join(line(s) for s in grammar["segments"])
    parts.append(f'"segments":[\n {rows}\n]')
    parts.append(f'"transaction":{loop(grammar["transaction"], "")}')
    return "{" + ",\n".join(parts) + "}\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args().check
    everything = yaml.safe_load(OVERLAY.read_text())
    overlay = everything["corrections"]
    needed: list[Json] = []
    stale = []
    for guide, (name, *_) in GUIDES.items():
        grammar, used = compile_guide(guide, overlay, everything["code_sets"])
        needed += used
        target = SCHEMAS / f"{name}.{guide}.json"
        text_ = written(grammar)
        if check:
            if not target.exists() or target.read_text() != text_:
                stale.append(target.name)
        else:
            target.write_text(text_)
    idle = [o["path"] for o in overlay if o not in needed]
    for name in stale:
        print(f"{name} is out of date: run python scripts/compile_grammar.py", file=sys.stderr)
    for path in idle:
        print(f"{OVERLAY.name}: the correction of {path} changes nothing", file=sys.stderr)
    return 1 if stale or idle else 0


if __name__ == "__main__":
    sys.exit(main())
