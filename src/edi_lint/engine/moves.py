"""The grammar as moves: how to get from one segment of the guide to the next.

The strict way is the guide's: from the current place on, the first node in guide order that takes
the segment's tag and qualifier, in the current loop or in the nearest loop around it. Which node
that is depends on the current node alone, so each answer is computed once (`Move`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from edi_lint.grammar import Grammar, LoopNode, SegmentNode
from edi_lint.grammar.model import Usage
from edi_lint.x12 import Delimiters

Head = tuple[bytes, bytes]
"""A segment's tag, and the value that tells its place in the guide."""
Node = LoopNode | SegmentNode


class Move(NamedTuple):
    """How to get from one node to the next.

    `closed` lists, for each loop that is left, innermost first, its required children that have
    had their last chance; `passed` the required children of the remaining loop that are passed
    over; `opens` the loops that are entered, outermost first.
    """

    target: SegmentNode
    closed: tuple[tuple[Node, ...], ...]
    passed: tuple[Node, ...]
    opens: tuple[LoopNode, ...]

    @property
    def left_out(self) -> tuple[Node, ...]:
        """Those passed over that cannot come any more: loops of one position have no order."""
        if not self.passed:
            return ()
        position = (self.opens[0] if self.opens else self.target).position
        return tuple(n for n in self.passed if n.position < position)

    def halves(self, here: SegmentNode) -> int:
        """How many addresses have only one of their two segments, by the move from this node."""
        if self.target is here:
            return 0
        half = here.tag == "N3" and other_half(here) not in (None, self.target)
        wanted = other_half(self.target) if self.target.tag == "N4" else None
        return half + (wanted is not None and wanted is not here)

    def quick(self) -> QuickMove:
        """The same by node indexes, for `Walker.quick`."""
        counted = self.opens[0] if self.opens else self.target
        below = (*(o.index for o in self.opens[1:]), self.target.index)
        return QuickMove(
            self.target,
            tuple(tuple(n.index for n in required) for required in self.closed),
            tuple(n.index for n in self.passed),
            counted.index,
            counted.repeat,
            tuple(zip(self.opens, below, strict=False)),
            followers(self.target),
        )


class QuickMove(NamedTuple):
    """A `Move` as numbers: `counted` is the node that is counted in the loop that stays open.

    `opens` pairs each loop that is entered with the index of what is counted in it. `followers` is
    what must come next (`followers`).
    """

    target: SegmentNode
    closed: tuple[tuple[int, ...], ...]
    passed: tuple[int, ...]
    counted: int
    repeat: int
    opens: tuple[tuple[LoopNode, int], ...]
    followers: frozenset[Head]


class LoopEntry(NamedTuple):
    """A move into `loop` past its opener. `outermost` is the loop or the first wrapper around it;
    `before` is what the loop around that requires to come before it.
    """

    move: Move
    loop: LoopNode
    outermost: LoopNode
    before: tuple[Node, ...]

    @property
    def opener(self) -> SegmentNode:
        assert self.loop.opener is not None
        return self.loop.opener


_KEY_KEPT = 32
_MOVES_KEPT = 20_000
"""No sound file needs as many; in a few places that it looks at the guide takes any text."""


class Moves:
    """The strict moves of one grammar, each computed when it is first needed."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.known: dict[tuple[int, bytes, bytes], Move] = {}
        self.quick: dict[tuple[int, bytes, bytes], QuickMove] = {}
        self._nowhere: set[tuple[int, bytes, bytes]] = set()
        self._by_tag: dict[tuple[int, str], tuple[Move, ...]] = {}

    def find(self, node: SegmentNode, tag: bytes, qualifier: bytes) -> Move | None:
        """The strict move, None where the guide has no place for the segment from here on."""
        key = (node.index, tag, qualifier)
        move = self.known.get(key)
        if move is None and key not in self._nowhere:
            text, value = tag.decode("latin-1"), qualifier.decode("latin-1")
            move = next(self.search(node, lambda n: node_takes(n, text, value)), None)
            if len(tag) + len(qualifier) > _KEY_KEPT:
                return move
            if move is None and len(self._nowhere) < _MOVES_KEPT:
                self._nowhere.add(key)
            elif move is not None and len(self.known) < _MOVES_KEPT:
                self.known[key] = move
                if not (twins(move.target) or move.halves(node)):
                    self.quick[key] = move.quick()
        return move

    def by_tag(self, node: SegmentNode, tag: str) -> tuple[Move, ...]:
        """The moves to any segment of a tag, whatever its qualifier, nearest first."""
        if tag not in self.grammar.keys:
            return ()
        key = (node.index, tag)
        if key not in self._by_tag:
            self._by_tag[key] = tuple(self.search(node, lambda n: n.tag == tag))
        return self._by_tag[key]

    def search(self, node: SegmentNode, takes: Callable[[SegmentNode], bool]) -> Iterator[Move]:
        """Every move from `node` to a segment that `takes` accepts, nearest first."""
        closed: list[tuple[Node, ...]] = []
        loop: LoopNode | None = node.loop
        here: Node = node
        while loop is not None:
            for child in loop.children:
                if child.position < here.position:
                    continue
                if isinstance(child, LoopNode):
                    for opens in _entries(child, takes):
                        passed = required_children(loop, here.position, child.position, here)
                        passed += _earlier_siblings(loop, child, here)
                        yield Move(first_segment(opens[-1]), tuple(closed), passed, opens)
                elif not takes(child):
                    continue
                elif child is not loop.opener:
                    passed = required_children(loop, here.position, child.position, here)
                    yield Move(child, tuple(closed), passed, ())
                elif loop.loop is not None:
                    rest = required_children(loop, here.position, None, here)
                    yield Move(child, (*closed, rest), (), (loop,))
            closed.append(required_children(loop, here.position, None, here))
            here = loop
            loop = loop.loop


@cache
def other_half(node: SegmentNode) -> SegmentNode | None:
    """Of the two segments of an address that need not be there the other one.

    The guide has N3 and N4 one by one where an address may be left out; it is sent whole or not.
    """
    other = {"N3": "N4", "N4": "N3"}.get(node.tag)
    if other is None or node.required:
        return None
    return next((s for s in segments_of(node.loop) if s.tag == other and not s.required), None)


@cache
def moves_of(grammar: Grammar) -> Moves:
    """The moves of a grammar, the same for every file."""
    return Moves(grammar)


def node_takes(node: SegmentNode, tag: str, qualifier: str) -> bool:
    """Whether a segment is one of the node, by its tag and its qualifier."""
    if node.tag != tag or node.key is None:
        return node.tag == tag
    first, _, second = qualifier.partition("\n")
    return first in node.key_codes and (not node.second_codes or second in node.second_codes)


def head_of(grammar: Grammar, raw: bytes, delimiters: Delimiters) -> Head:
    """A segment's tag, and the value that tells its place in the guide (empty: the tag tells).

    The few tags with a second key have both values, with a line feed between.
    """
    parts = raw.split(delimiters.element, 2)
    tag = parts[0]
    key = grammar.byte_keys.get(tag)
    if key is None or len(parts) == 1:
        return tag, b""
    element, component, second = key
    value = parts[1]
    if element > 1:
        parts = raw.split(delimiters.element, element + 1)
        value = parts[element] if len(parts) > element else b""
    if component:
        value = value.partition(delimiters.component)[0]
    if second:
        value += b"\n" + (parts[2].partition(delimiters.element)[0] if len(parts) > 2 else b"")
    return tag, value


def _entries(
    loop: LoopNode, takes: Callable[[SegmentNode], bool]
) -> Iterator[tuple[LoopNode, ...]]:
    """The chains of loops that a segment opens when it opens `loop`, wrappers looked through."""
    if loop.opener is not None:
        if takes(loop.opener):
            yield (loop,)
        return
    for child in loop.children:
        if isinstance(child, LoopNode):
            for inner in _entries(child, takes):
                yield (loop, *inner)


def loops_from(parent: LoopNode, position: int) -> Iterator[tuple[tuple[LoopNode, ...], LoopNode]]:
    """Child loops from a position on that have an opener, with the wrappers around each."""
    for child in parent.children:
        if isinstance(child, LoopNode) and child.position >= position:
            if child.opener is not None:
                yield (), child
            else:
                for outer, loop in loops_from(child, 0):
                    yield (child, *outer), loop


def moves_past_opener(
    loop: LoopNode, takes: Callable[[SegmentNode], bool], skipping: bool
) -> Iterator[Move]:
    """Ways into a loop by a later segment, or by a loop inside it."""
    opener = loop.opener
    assert opener is not None
    for child in loop.children:
        passed = required_children(loop, opener.position, child.position, opener)
        if passed and not skipping:
            return
        if isinstance(child, LoopNode):
            for opens in _entries(child, takes):
                yield Move(first_segment(opens[-1]), (), passed, (loop, *opens))
        elif child is not opener and takes(child):
            yield Move(child, (), passed, (loop,))


def segments_of(loop: LoopNode) -> Iterator[SegmentNode]:
    """The loop's own segments but for its opener."""
    return (c for c in loop.children if isinstance(c, SegmentNode) and c is not loop.opener)


def first_segment(node: Node) -> SegmentNode:
    while isinstance(node, LoopNode):
        node = node.children[0]
    return node


@cache
def required_children(
    loop: LoopNode, start: int, stop: int | None, current: Node
) -> tuple[Node, ...]:
    """Required children from position `start` up to `stop` (None: to the end), `current` apart."""
    return tuple(
        c
        for c in loop.children
        if c.required
        and c is not current
        and c.position >= start
        and (stop is None or c.position < stop)
    )


@cache
def followers(opener: SegmentNode) -> frozenset[Head]:
    """What may come right after the opener of a loop, or an N3, where that can be said.

    Of NM1 and PRV tag and qualifier, of others the tag (`follower`). Empty for any other segment.
    Where something else comes next, either of both is wrong, or a segment between them is missing.
    """
    loop = opener.loop
    if opener.tag == "N3" and other_half(opener) is not None:
        return frozenset({follower(b"N4", b"")})
    needed = required_children(loop, opener.position, None, opener)
    if opener is not loop.opener or not (needed or opener.tag == "NM1"):
        return frozenset()
    first = min((n.position for n in needed), default=None)
    return frozenset(
        follower(node.tag.encode(), code.encode())
        for node in _nodes_after(opener, first)
        for code in (node.key_codes or ("",))
    )


def _nodes_after(opener: SegmentNode, first: int | None) -> Iterator[SegmentNode]:
    """The segments that may come after the opener; `first` is where the loop requires something."""
    here: Node = opener
    loop: LoopNode | None = opener.loop
    while loop is not None:
        for child in loop.children:
            again = child is here and isinstance(child, LoopNode)
            if child.position < here.position or (child is here and not again):
                continue
            if first is not None and child.position > first:
                return
            if not again or child.repeat != 1:
                yield from _first_segments(child)
        if first is not None:
            return
        if loop.opener is not None and loop.repeat != 1 and loop is not opener.loop:
            yield loop.opener
        here, loop = loop, loop.loop


def follower(tag: bytes, qualifier: bytes) -> Head:
    """A segment as `followers` names it."""
    return tag, qualifier if tag in (b"NM1", b"PRV") else b""


def _first_segments(node: Node) -> Iterator[SegmentNode]:
    """The segments by which a node may begin."""
    if isinstance(node, SegmentNode):
        yield node
    elif node.opener is not None:
        yield node.opener
    else:
        for child in node.children:
            yield from _first_segments(child)


@cache
def twins(node: SegmentNode) -> tuple[SegmentNode, ...]:
    """Segments of other loops with the same tag and qualifier, of which this one is easily taken
    for one, though they have more elements.

    A provider of the claim (2310) and one of another payer (2330) differ in nothing else; nor does
    PAT of a patient from that of a subscriber but for PAT01.
    """
    found: list[SegmentNode] = []
    outer = node.loop.loop if node is node.loop.opener else None
    while outer is not None:
        for child in outer.children:
            other = child.opener if isinstance(child, LoopNode) else None
            if other is not None and child not in node.loop.path and _is_twin(node, other):
                found.append(other)
        outer = outer.loop
    if node.tag == "PAT":
        found += (
            other
            for child in node.loop.children
            if isinstance(child, LoopNode)
            for other in segments_of(child)
            if _is_twin(node, other)
        )
    return tuple(found)


def _is_twin(node: SegmentNode, other: SegmentNode) -> bool:
    alike = other.tag == node.tag and (not node.key or bool(other.key_codes & node.key_codes))
    return alike and bool(_unused(node) - _unused(other))


def _unused(node: SegmentNode) -> set[int]:
    elements = enumerate(node.spec.elements, start=1)
    return {n for n, element in elements if element.usage is Usage.NOT_USED}


def _earlier_siblings(loop: LoopNode, child: LoopNode, here: Node) -> tuple[Node, ...]:
    """Required loops that share the position of `child` and come before it in the guide."""
    before = loop.children[: loop.children.index(child)]
    return tuple(
        n
        for n in before
        if isinstance(n, LoopNode) and n.required and n.position == child.position and n is not here
    )
