"""Who sends a claim, and who is to pay it: for suppressions and for statistics."""

from __future__ import annotations

from edi_lint.claims.loops import loop_tree
from edi_lint.engine import Block, BlockKind
from edi_lint.x12 import Segment


def submitters(block: Block) -> tuple[str, ...]:
    """ISA06 and GS02: who sends the interchange, and for whom the group is sent."""
    interchange, group = block.context.interchange, block.context.group
    headers = (interchange and (interchange.header, 6), group and (group.header, 2))
    return tuple(h[0].value(h[1]).strip() for h in headers if h and h[0])


def payer(block: Block) -> Segment | None:
    """NM1 of 2010BB, for a subscriber's level and the patients and claims below it."""
    level = subscriber(block)
    tree = loop_tree(level) if level else None
    inner = next(tree.inner("2010BB"), None) if tree else None
    return inner.first("NM1") if inner else None


def subscriber(block: Block) -> Block | None:
    """The subscriber's level that a block is, or stands below; None for any other block."""
    if block.kind is BlockKind.SUBSCRIBER:
        return block
    if block.kind in (BlockKind.PATIENT, BlockKind.CLAIM):
        return block.context.subscriber
    return None
