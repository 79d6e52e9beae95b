"""Says where something is: a segment of a block and a part of it become a place in the file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edi_lint.engine import Block, ClaimMark, Fault
from edi_lint.engine.moves import first_segment
from edi_lint.findings import Finding, Location
from edi_lint.findings.masking import is_claim_number, shown_line, shown_number, shown_tag
from edi_lint.run.masked_segments import ENVELOPE_TAGS, grammar_of
from edi_lint.x12 import Segment
from edi_lint.x12.encoding import Encoding


@dataclass(slots=True)
class Target:
    """A segment and what of it is meant."""

    segment: Segment
    element: int
    component: int
    repeat: int = 0
    as_written: bool = False
    """Whether the element counts as it is written, whatever the segment's shift."""

    @property
    def span(self) -> tuple[int, int]:
        """Where it is, as file offsets."""
        if self.as_written:
            return self.segment.span_as_written(self.element)
        return self.segment.span(self.element, self.component, self.repeat)

    @property
    def name(self) -> str:
        """SV101-04; empty for the segment as a whole."""
        if not self.element:
            return ""
        component = f"-{self.component:02}" if self.component else ""
        return f"{shown_tag(self.segment)}{self.element:02}{component}"


def locate(
    target: Target,
    block: Block,
    claim: ClaimMark | None,
    line: str,
    charge: str = "",
) -> Location:
    segment, context = target.segment, block.context
    start, end = target.span
    if not target.element and not segment.raw:
        start = end = segment.start
    row, column = segment.window.locate(start)
    end_row, end_column = segment.window.moved(start, end, row, column)
    grammar = grammar_of(block)
    node = grammar.segment_node(segment.node) if grammar else None
    return Location(
        row,
        column,
        start,
        end,
        shown_number(context.interchange.control_number) if context.interchange else "",
        shown_number(context.group.control_number) if context.group else "",
        shown_number(context.transaction.control_number) if context.transaction else "",
        segment.ordinal,
        shown_tag(segment),
        target.name,
        node.loop.id if node and node.tag not in ENVELOPE_TAGS else "",
        claim.id if claim and is_claim_number(claim.id) else "",
        claim.number if claim else 0,
        shown_line(line),
        end_line=end_row,
        end_column=end_column,
        charge=charge,
    )


def locate_missing(location: Location, fault: Fault, block: Block) -> Location:
    """Where a segment or loop is missing: in its own loop, though another segment is there.

    So a 999 names it too, in IK301 and IK303. The loop stays empty where it may be one of several.
    """
    grammar = grammar_of(block)
    node = grammar.nodes[fault.node] if grammar else None
    if node is None:
        return location
    segment = first_segment(node)
    loop = "" if fault.others else segment.loop.id
    return replace(location, segment=segment.tag, loop=loop)


def caret_of(values: list[str], target: Target, segment: Segment) -> tuple[int, int]:
    """Where the target is in the segment's text, as characters."""
    if target.element == 0:
        return 0, len(values[0])
    start = sum(len(v) + 1 for v in values[: target.element])
    if target.element >= len(values):
        end = sum(len(v) + 1 for v in values) - 1
        return end, end
    end = start + len(values[target.element])
    if target.component:
        separator = segment.delimiters.component.decode("latin-1")
        parts = values[target.element].split(separator)
        start += sum(len(p) + 1 for p in parts[: target.component - 1])
        if target.component > len(parts):
            return end, end
        end = start + len(parts[target.component - 1])
    return start, end


def locate_in_encoding(finding: Finding, encoding: Encoding) -> Finding:
    """A finding in single bytes, with the byte ranges that it has in the file."""
    place, fix = finding.location, finding.fix
    start, end = encoding.original(place.byte_start), encoding.original(place.byte_end)
    if fix is not None:
        edits = (
            e._replace(
                byte_start=encoding.original(e.byte_start), byte_end=encoding.original(e.byte_end)
            )
            for e in fix.edits
        )
        fix = fix._replace(edits=tuple(edits))
    return finding._replace(location=replace(place, byte_start=start, byte_end=end), fix=fix)
