"""What the fix of a finding makes of the segments it is about: before and after, masked alike."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from edi_lint.engine import Block
from edi_lint.findings import Edit
from edi_lint.findings.masking import Phi, printable, visible_values
from edi_lint.grammar import SegmentNode
from edi_lint.transform.rows import node_of
from edi_lint.transform.views import ChangeView
from edi_lint.x12 import Segment, Window


def changes(edits: Sequence[Edit], block: Block, phi: Phi) -> tuple[ChangeView, ...]:
    """Each segment of a block that a fix changes, adds or removes, in the order of the file.

    Empty where an edit is outside of the block.
    """
    within: dict[int, list[Edit]] = {}
    for edit in edits:
        index = bisect_right(block.starts, edit.byte_start) - 1
        if index < 0 or edit.byte_start > block.ends[index]:
            return ()
        within.setdefault(index, []).append(edit)
    found: list[ChangeView] = []
    for index, of_segment in sorted(within.items()):
        found += _of_segment(block.segment(index), sorted(of_segment), block, phi)
    return tuple(found)


def _of_segment(segment: Segment, edits: list[Edit], block: Block, phi: Phi) -> list[ChangeView]:
    node = node_of(segment, block)
    before = _shown(segment, node, phi)
    raw, at = b"", segment.start
    for edit in edits:
        if edit.byte_end > segment.end:
            return [ChangeView(before, "")]
        raw += _bytes(segment, at, edit.byte_start) + edit.text.encode("latin-1", "replace")
        at = edit.byte_end
    raw += _bytes(segment, at, segment.end)
    first, *added = raw.split(segment.delimiters.terminator)
    after = _shown(_made(first, segment), node, phi)
    is_changed = first != segment.raw
    found = [ChangeView(before, after, before == after)] if is_changed else []
    for text in added:
        made = _made(text.lstrip(bytes(segment.delimiters.padding)), segment)
        found.append(ChangeView("", _shown(made, _place_for(made, node), phi)))
    return found


def _bytes(segment: Segment, start: int, end: int) -> bytes:
    base = segment.window.base
    return segment.window.data[start - base : end - base]


def _made(raw: bytes, like: Segment) -> Segment:
    """A segment of its own bytes, read with the delimiters of another one."""
    return Segment(Window(raw, 0, 1, 0), 0, len(raw), like.delimiters, like.node)


def _place_for(segment: Segment, beside: SegmentNode | None) -> SegmentNode | None:
    """The place that an added segment has in the loop of its neighbour, by tag and qualifier."""
    for node in beside.loop.children if beside else ():
        if (
            isinstance(node, SegmentNode)
            and node.tag == segment.tag
            and (node.key is None or segment.value(*node.key) in node.key_codes)
        ):
            return node
    return None


def _shown(segment: Segment, node: SegmentNode | None, phi: Phi) -> str:
    values = visible_values(segment, node, phi)
    return printable(segment.delimiters.element.decode("latin-1").join(values))
