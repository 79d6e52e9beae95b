"""Builds a `Grammar` from its compiled file in `schemas/`."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from typing import Any

from edi_lint.files import resources
from edi_lint.grammar.model import (
    ElementSpec,
    Grammar,
    LoopNode,
    SegmentNode,
    SegmentSpec,
    SyntaxNote,
    Usage,
)

# GS08 or ST03 value -> the guide that reads it.  005010X222 and its errata are one grammar.
_ANSWERS = {
    "005010X222A1": "005010X222A1",
    "005010X222": "005010X222A1",
    "005010X222A2": "005010X222A1",
    "004010X098A1": "004010X098A1",
    "004010X098": "004010X098A1",
}

_RESPONSES = {"999": "005010X231A1", "277": "005010X214"}
"""The guide by which receivers' answers of a kind are read; a 997 is read as a 999."""

_USAGE = {usage.value: usage for usage in Usage}

Json = dict[str, Any]


def grammar_for(guide: str) -> Grammar | None:
    """The grammar that reads transaction sets naming `guide` in ST03 or GS08, None for others."""
    name = _ANSWERS.get(guide)
    return _load("837p", name) if name else None


def response_grammar(kind: str) -> Grammar:
    """The grammar of receivers' answers: `999` or `277`."""
    return _load(kind, _RESPONSES[kind])


def answer_kind(type_: str, guide: str) -> str:
    """The kind of receivers' answers that a set is read as, by ST01 and ST03 or GS08; else empty.

    A 277 of another guide than the claim acknowledgment's is none.
    """
    if type_ in ("999", "997"):
        return "999"
    is_277ca = type_ == "277" and (not guide or guide.startswith(_RESPONSES["277"]))
    return "277" if is_277ca else ""


def envelope_node(tag: str) -> SegmentNode | None:
    """What the current guide says of ISA, GS, GE, IEA or TA1; None for other tags."""
    return _load("837p", _ANSWERS["005010X222A1"]).envelope.get(tag)


@cache
def _load(kind: str, guide: str) -> Grammar:
    return _Builder(json.loads(resources.schema(f"{kind}.{guide}.json"))).grammar()


Key = tuple[tuple[int, int] | None, frozenset[str]]


class _Builder:
    """Builds every node at once, and what segments consist of when a node is asked for it."""

    def __init__(self, data: Json) -> None:
        self.data = data
        self.keys: dict[int, Key] = {}
        self.nodes: list[LoopNode | SegmentNode | None] = [None]
        self.sets: dict[str, frozenset[str]] = {}
        self.specs: dict[int, SegmentSpec] = {}

    def grammar(self) -> Grammar:
        transaction = self.loop(self.data["transaction"], None)
        envelope = {
            tag: self.segment(node, transaction) for tag, node in self.data["envelope"].items()
        }
        return Grammar(
            guide=self.data["guide"],
            answers=frozenset(self.data["answers"]),
            nodes=tuple(self.nodes),
            transaction=transaction,
            envelope=envelope,
        )

    def loop(self, data: Json, parent: LoopNode | None) -> LoopNode:
        node = LoopNode(
            index=len(self.nodes),
            id=data["loop"],
            name=data["name"],
            usage=_USAGE[data["usage"]],
            position=data["position"],
            repeat=data["repeat"],
            loop=parent,
        )
        self.nodes.append(node)
        node.children = tuple(
            self.loop(c, node) if "children" in c else self.segment(c, node)
            for c in data["children"]
        )
        return node

    def segment(self, data: Json, parent: LoopNode) -> SegmentNode:
        number = data["segment"]
        if number not in self.keys:
            self.keys[number] = self.key(self.data["segments"][number])
        key, codes = self.keys[number]
        second: frozenset[str] | None = frozenset()
        if data.get("second_key"):
            second = self.codes(self.data["segments"][number]["elements"][1])
        node = SegmentNode(
            index=len(self.nodes),
            tag=data["tag"],
            name=data["name"],
            usage=_USAGE[data["usage"]],
            position=data["position"],
            repeat=data["repeat"],
            loop=parent,
            build=partial(self.spec, number),
            key=key,
            key_codes=codes,
            second_codes=second or frozenset(),
        )
        self.nodes.append(node)
        return node

    def key(self, data: Json) -> Key:
        """Where a segment's qualifier stands, by the guide's own habit, and its values.

        Element 01 when it is a required coded element, the first component of a composite 01, and
        HL03 for HL.
        """
        elements = data["elements"]
        if not elements:
            return None, frozenset()
        first = elements[0]
        if "components" in first:
            inner = first["components"][0] if first["components"] else {}
            if inner.get("type") == "ID" and (codes := self.codes(inner)):
                return (1, 1), codes
        elif (
            first.get("type") == "ID"
            and first["usage"] == Usage.REQUIRED
            and (codes := self.codes(first))
        ):
            return (1, 0), codes
        if data["tag"] == "HL" and (codes := self.codes(elements[2])):
            return (3, 0), codes
        return None, frozenset()

    def codes(self, data: Json) -> frozenset[str] | None:
        """The values that an element or component may hold; None where it is any."""
        codes = data.get("codes")
        listed = frozenset(codes) if codes else None
        if "set" in data:
            listed = (listed or frozenset()) | self.set(data["set"])
        return listed

    def set(self, name: str) -> frozenset[str]:
        """A code list that several elements share."""
        if name not in self.sets:
            self.sets[name] = frozenset(self.data["code_sets"][name])
        return self.sets[name]

    def spec(self, number: int) -> SegmentSpec:
        """What a segment consists of, the same object for every node that shares it."""
        if number not in self.specs:
            self.specs[number] = self.new_spec(self.data["segments"][number])
        return self.specs[number]

    def new_spec(self, data: Json) -> SegmentSpec:
        return SegmentSpec(
            tag=data["tag"],
            elements=tuple(self.element(e) for e in data["elements"]),
            notes=tuple(
                SyntaxNote(s[0], tuple(int(p) for p in re.findall("..", s[1:])))
                for s in data["syntax"]
            ),
        )

    def element(self, data: Json) -> ElementSpec:
        pattern = data.get("pattern")
        components = data.get("components")
        only_when = data.get("only_when")
        return ElementSpec(
            data["name"],
            _USAGE[data["usage"]],
            data["number"],
            data.get("type", ""),
            data.get("min", 0),
            data.get("max", 0),
            self.codes(data),
            re.compile(pattern) if pattern else None,
            tuple([self.element(c) for c in components]) if components else (),
            components is not None,
            data.get("repeat", 1),
            (only_when[0], only_when[1]) if only_when else None,
        )
