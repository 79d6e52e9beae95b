"""Recognises a segment whose terminator is missing, so that the next one is read as its end."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import NamedTuple

from edi_lint.engine.elements import check_values
from edi_lint.engine.shifts import BEARABLE
from edi_lint.grammar import SegmentNode
from edi_lint.grammar.model import SegmentSpec
from edi_lint.x12 import Delimiters

Follows = Callable[[SegmentNode, bytes, bytes], SegmentNode | None]
"""The node of a segment after the segment at a node, by its tag and its bytes; None where it may
not come next."""

_TAG_LENGTHS = (3, 2)


class _Joint(NamedTuple):
    """A place in a segment at which another one may begin: where the first ends, where the second
    begins, its tag, and whether a line break is between them."""

    end: int
    begin: int
    tag: bytes
    broken: bool


def end_of_fused(
    node: SegmentNode,
    raw: bytes,
    delimiters: Delimiters,
    tags: Container[str],
    breaks_tell: bool,
    follows: Follows,
) -> int | None:
    """The index in `raw` where the segment at a node ends, if its terminator is missing.

    A tag behind a line break is enough where line breaks tell anything (`breaks_tell`), if the
    segment that it begins may come next. Without one, both segments must fit the guide, and in
    no other way.
    """
    certain: list[int] = []
    for joint in _joints(raw, delimiters, tags):
        rest = raw[joint.begin :]
        following = follows(node, joint.tag, _plain(rest, delimiters))
        if following is None:
            continue
        if joint.broken and breaks_tell:
            return joint.end
        if _fits(node.spec, raw[: joint.end], delimiters) and (
            _fits(following.spec, rest, delimiters)
            or end_of_fused(following, rest, delimiters, tags, breaks_tell, follows)
        ):
            certain.append(joint.end)
    return certain[0] if len(certain) == 1 else None


def _joints(raw: bytes, delimiters: Delimiters, tags: Container[str]) -> Iterator[_Joint]:
    """Where an element after the tag ends in a known tag."""
    separator, blanks = delimiters.element, delimiters.padding
    first = raw.find(separator)
    at = raw.find(separator, first + 1)
    while first >= 0 and at >= 0:
        for length in _TAG_LENGTHS:
            begin = at - length
            tag = raw[begin:at]
            if begin <= first or not tag.isalnum() or tag.decode("latin-1") not in tags:
                continue
            before = raw[first + 1 : begin].rstrip(blanks)
            end = first + 1 + len(before)
            broken = any(c in raw[end:begin] for c in delimiters.line_breaks)
            if before or broken:
                yield _Joint(end, begin, tag, broken)
        first, at = at, raw.find(separator, at + 1)


def _plain(raw: bytes, delimiters: Delimiters) -> bytes:
    return raw.translate(None, delimiters.line_breaks)


def _fits(spec: SegmentSpec, raw: bytes, delimiters: Delimiters) -> bool:
    values = _plain(raw, delimiters).decode("latin-1").split(delimiters.texts[0])
    return all(f.code in BEARABLE for f in check_values(spec, values, delimiters))
