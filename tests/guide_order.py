"""Decides whether segments follow each other as the guide wants, and nothing else.

It shares no code with the engine: a plain reading of the grammar, loop by loop, as a judge of what
the engine says. Children of one position may come in any order; the innermost loop that takes a
segment gets it.
"""

from __future__ import annotations

from functools import cache
from itertools import groupby

from edi_lint.grammar import Grammar, LoopNode, SegmentNode

Segments = list[str]
Node = LoopNode | SegmentNode

_ENVELOPE = ("ISA", "TA1", "GS", "GE", "IEA")


class OutOfOrderError(Exception):
    """The segments do not fit; the message says which node is missing or one too many."""


def fits(grammar: Grammar, segments: Segments) -> bool:
    """Whether these segments, from ST to SE, are in the guide's order and complete."""
    try:
        return _loop(grammar.transaction, segments, 0) == len(segments)
    except OutOfOrderError:
        return False


@cache
def takes(node: SegmentNode, segment: str) -> bool:
    """Whether a segment is one of the node, by its tag and its qualifier."""
    elements = segment.split("*")
    if elements[0] != node.tag:
        return False
    if node.key is None:
        return True
    element, component = node.key
    value = elements[element] if element < len(elements) else ""
    parts = value.split(":")
    first = parts[component - 1] if 0 < component <= len(parts) else value
    second = elements[2] if len(elements) > 2 else ""
    return first in node.key_codes and (not node.second_codes or second in node.second_codes)


def _loop(loop: LoopNode, segments: Segments, at: int) -> int:
    """The index behind a loop that begins at `at`."""
    opener, groups = _children(loop)
    if opener is not None:
        if at >= len(segments) or not takes(opener, segments[at]):
            raise OutOfOrderError(f"no {opener.tag}")
        at += 1
    for group in groups:
        at = _any_order(group, segments, at)
    return at


@cache
def _children(loop: LoopNode) -> tuple[SegmentNode | None, list[list[Node]]]:
    """The segment that opens a loop, and the other children by their positions."""
    children = [c for c in loop.children if isinstance(c, LoopNode) or c.tag not in _ENVELOPE]
    opener = children[0] if isinstance(children[0], SegmentNode) else None
    rest = children[1:] if opener else children
    return opener, [list(group) for _, group in groupby(rest, key=lambda c: c.position)]


def _any_order(group: list[Node], segments: Segments, at: int) -> int:
    counts = dict.fromkeys((n.index for n in group), 0)
    while at < len(segments):
        node = next((n for n in group if _begins(n, segments[at])), None)
        if node is None:
            break
        at = _loop(node, segments, at) if isinstance(node, LoopNode) else at + 1
        counts[node.index] += 1
    for node in group:
        count = counts[node.index]
        if (node.required and not count) or (node.repeat and count > node.repeat):
            raise OutOfOrderError(f"{count} times {node.index}")
    return at


@cache
def _begins(node: Node, segment: str) -> bool:
    if isinstance(node, SegmentNode):
        return takes(node, segment)
    first = node.children[0]
    if isinstance(first, SegmentNode):
        return takes(first, segment)
    return any(_begins(child, segment) for child in node.children)
