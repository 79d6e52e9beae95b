"""Segments of a block as they may be shown, everything protected in them masked."""

from __future__ import annotations

from edi_lint.claims import parties
from edi_lint.engine import Block
from edi_lint.engine.identity import CURRENT_GUIDE
from edi_lint.findings.masking import Phi, visible_values
from edi_lint.grammar import Grammar, SegmentNode, envelope_node, grammar_for
from edi_lint.x12 import Segment

ENVELOPE_TAGS = frozenset({"ISA", "GS", "GE", "IEA", "TA1", "ST", "SE"})


def grammar_of(block: Block) -> Grammar | None:
    return block.context.transaction.grammar if block.context.transaction else None


def payer_shown(block: Block) -> str:
    """Name and id of a claim's payer (2010BB), what is protected masked; empty without one."""
    nm1 = parties.payer(block)
    shown = [*(shown_values(nm1, block, Phi.IDS) if nm1 else ()), *[""] * 10]
    name, number = shown[3], shown[9]
    return f"{name} ({number})" if number else name


def shown_values(segment: Segment, block: Block, phi: Phi) -> list[str]:
    """Tag and elements of a segment of a block with everything protected masked."""
    grammar = grammar_of(block)
    node = grammar.segment_node(segment.node) if grammar and segment.node else None
    if segment.node == 0 and segment.tag in ENVELOPE_TAGS:
        node = envelope_node(segment.tag) or _st_node(segment)
    return visible_values(segment, node, phi)


def values_as_written(segment: Segment, block: Block, phi: Phi) -> list[str]:
    """`shown_values` of a segment at the places as they are written, whatever its `shift`."""
    values = shown_values(segment, block, phi)
    shift = segment.shift
    if shift is None:
        return values
    return shift.written(values, segment.written)


def _st_node(segment: Segment) -> SegmentNode | None:
    """What an ST may show in a set that follows no guide of ours."""
    current = grammar_for(CURRENT_GUIDE)
    assert current is not None
    return current.transaction.opener if segment.tag == "ST" else None
