"""The shape of a compiled implementation guide: loops, segments, elements, components.

Specifications are named tuples because a run makes hundreds of them: a frozen dataclass takes
several times as long to make.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple


class Usage(StrEnum):
    """How the guide wants a loop, segment, element or component used."""

    REQUIRED = "R"
    SITUATIONAL = "S"
    NOT_USED = "N"


class ElementSpec(NamedTuple):
    """One element, or one component of a composite element.

    `kind` is X12's data type (AN, ID, N0, R, DT, TM, B), empty for a composite. Lengths count
    characters; for N and R they leave out the sign and the decimal point. `codes` is None where
    any value may be. `repeat` is how often the element may occur (0: without limit). `only_when`
    names an element of the segment and a value: the guide requires this one only beside it.
    """

    name: str
    usage: Usage
    number: str
    kind: str = ""
    shortest: int = 0
    longest: int = 0
    codes: frozenset[str] | None = None
    pattern: re.Pattern[str] | None = None
    components: tuple[ElementSpec, ...] = ()
    is_composite: bool = False
    repeat: int = 1
    only_when: tuple[int, str] | None = None


class SyntaxNote(NamedTuple):
    """A relational condition between elements, such as P0506: P, R, E, C or L and positions."""

    kind: str
    positions: tuple[int, ...]

    def __str__(self) -> str:
        return self.kind + "".join(f"{p:02}" for p in self.positions)


class SegmentSpec(NamedTuple):
    """What a segment consists of, wherever it stands."""

    tag: str
    elements: tuple[ElementSpec, ...]
    notes: tuple[SyntaxNote, ...]


@dataclass(eq=False)
class SegmentNode:
    """One place of the guide at which a segment stands.

    `index` numbers the nodes of a grammar, loops and segments alike, in the guide's order.
    `key` is where the qualifier stands that tells this node from others of its tag, as
    (element, component), both from 1 (component 0: the element itself), and `key_codes` the
    qualifiers that mean this node. Without a key the tag alone decides. `second_codes`, where
    there are any, are what the element after the key must hold as well.
    """

    index: int
    tag: str
    name: str
    usage: Usage
    position: int
    repeat: int
    loop: LoopNode
    build: Callable[[], SegmentSpec] = field(repr=False)
    key: tuple[int, int] | None = None
    key_codes: frozenset[str] = frozenset()
    second_codes: frozenset[str] = frozenset()

    @cached_property
    def spec(self) -> SegmentSpec:
        """What the segment consists of; built when first asked for, as a file uses few nodes."""
        return self.build()

    @cached_property
    def required(self) -> bool:
        return self.usage is Usage.REQUIRED


@dataclass(eq=False)
class LoopNode:
    """A loop of the guide. Its first child opens it, unless that is a loop too (a wrapper)."""

    index: int
    id: str
    name: str
    usage: Usage
    position: int
    repeat: int
    loop: LoopNode | None
    children: tuple[LoopNode | SegmentNode, ...] = field(default=(), repr=False)

    @cached_property
    def required(self) -> bool:
        return self.usage is Usage.REQUIRED

    @cached_property
    def opener(self) -> SegmentNode | None:
        """The segment that opens the loop; None for a wrapper, which its inner loops open."""
        first = self.children[0]
        return first if isinstance(first, SegmentNode) else None

    @cached_property
    def path(self) -> tuple[LoopNode, ...]:
        """From the transaction set down to this loop."""
        return (*self.loop.path, self) if self.loop else (self,)


@dataclass(eq=False)
class Grammar:
    """One compiled guide. `nodes[0]` is None, so that 0 can mean «not placed»."""

    guide: str
    answers: frozenset[str]
    nodes: tuple[LoopNode | SegmentNode | None, ...]
    transaction: LoopNode
    envelope: Mapping[str, SegmentNode]

    def segment_node(self, index: int) -> SegmentNode | None:
        node = self.nodes[index]
        return node if isinstance(node, SegmentNode) else None

    def segment_nodes(self) -> Iterator[SegmentNode]:
        return (n for n in self.nodes if isinstance(n, SegmentNode))

    @cached_property
    def nodes_by_tag(self) -> Mapping[str, list[SegmentNode]]:
        """Tag -> its nodes, in the guide's order."""
        found: dict[str, list[SegmentNode]] = {}
        for node in self.segment_nodes():
            found.setdefault(node.tag, []).append(node)
        return found

    @cached_property
    def by_tag(self) -> Mapping[str, frozenset[int]]:
        """Tag -> the indexes of its nodes."""
        nodes = self.nodes_by_tag.items()
        return {tag: frozenset(node.index for node in of_tag) for tag, of_tag in nodes}

    @cached_property
    def keys(self) -> Mapping[str, tuple[int, int] | None]:
        """Tag -> where its qualifier stands, the same for every node of the tag that has one."""
        found: dict[str, tuple[int, int] | None] = {}
        for node in self.segment_nodes():
            found[node.tag] = node.key or found.get(node.tag)
        return found

    @cached_property
    def all_tags(self) -> frozenset[str]:
        """The tags of every segment, those of the envelope included."""
        return frozenset(self.keys) | frozenset(self.envelope)

    @cached_property
    def byte_keys(self) -> Mapping[bytes, tuple[int, int, bool]]:
        """Tags that have a qualifier: its element and component, and if a second key follows."""
        double = {n.tag for n in self.segment_nodes() if n.second_codes}
        return {t.encode(): (*k, t in double) for t, k in self.keys.items() if k}

    @cached_property
    def qualifiers(self) -> Mapping[str, frozenset[str]]:
        """Tag -> every qualifier that some node of the tag takes."""
        found: dict[str, frozenset[str]] = {}
        for node in self.segment_nodes():
            found[node.tag] = found.get(node.tag, frozenset()) | node.key_codes
        return found
