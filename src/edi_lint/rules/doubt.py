"""What of a claim is in doubt because a segment is missing or misplaced, and who keeps silent.

A sum is wrong, or a provider absent, where a segment that counts is in another place: the fault of
the place is reported, and what follows from it is not. So a rule says in `needs` which segments
have to be in their places for it to speak (`Rule.needs`). It is silent where a placement fault in
the claim, or in a level above it, is about one of these. All other rules speak.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache

from edi_lint.engine import Block, BlockKind, Fault, FaultCode
from edi_lint.engine.moves import first_segment, head_of, node_takes
from edi_lint.engine.result import ABSENT, MISPLACED
from edi_lint.engine.walker import LEVELS
from edi_lint.grammar import Grammar, LoopNode, SegmentNode
from edi_lint.rules.base import Hit, Rule

_FAR = 30
"""Segments behind which a misplaced one of a level above is missing from no claim."""
_DOUBTFUL = ABSENT | MISPLACED | {FaultCode.LOOP_REPEATS}


class Doubt:
    """The places of the guide that are in doubt for one claim.

    `places` are loop and tag, and the qualifier where there is one: `2400 SV1`, `2400 REF G1`.
    `unnamed` are the file offsets of segments in a
    loop whose NM1 is missing, so that nobody knows whose they are.
    """

    def __init__(self, places: frozenset[str], unnamed: frozenset[int]) -> None:
        self.places = places
        self.unnamed = unnamed

    def silences(self, rule: Rule, hit: Hit) -> bool:
        """Whether the hit may be no more than what follows from a fault of the place."""
        if hit.segment.start in self.unnamed:
            return True
        return not self.places.isdisjoint(rule.needs)


def doubt_of(block: Block) -> Doubt | None:
    """What is in doubt in a block, None where each segment has its place."""
    context = block.context
    blocks = [b for b in (context.billing, context.subscriber, context.patient, block) if b]
    faults = [(b, f) for b in blocks for f in b.faults if f.code in _DOUBTFUL]
    beside = [f for b in blocks for f in b.strays]
    robbed = [index for b in blocks for index in b.robbed]
    grammar = context.transaction.grammar if context.transaction else None
    if not (faults or beside or robbed) or grammar is None:
        return None
    places = _of_nodes(robbed, grammar)
    unnamed: set[int] = set()
    for fault in beside:
        places |= _possible(fault, grammar)
    for holder, fault in faults:
        index = fault.segment.ordinal - holder.first_ordinal
        if fault.code is FaultCode.SEGMENT_REPEATS and _is_copy(holder, index):
            continue
        places |= _empty(fault, grammar)
        if fault.code in MISPLACED and block.first_ordinal - fault.segment.ordinal <= _FAR:
            places |= _possible(fault, grammar)
        if fault.code in MISPLACED and _lines_begin_anew(holder, index, grammar):
            places |= {"2300 CLM", "2400 REF 6R", "2400 SV1"}
        if fault.code is FaultCode.SEGMENT_MISSING:
            unnamed.update(_without_name(fault, holder, index, grammar))
    return Doubt(frozenset(places), frozenset(unnamed))


def _is_copy(block: Block, index: int) -> bool:
    """Whether a segment is the one before it once more, so that it is missing nowhere."""
    return 0 < index < len(block) and block.segment(index).raw == block.segment(index - 1).raw


def _of_nodes(indexes: Iterable[int], grammar: Grammar) -> set[str]:
    """The places of segments by their nodes."""
    nodes = (grammar.segment_node(index) for index in indexes)
    return set().union(*(all_places(node) for node in nodes if node is not None))


def _empty(fault: Fault, grammar: Grammar) -> set[str]:
    """The places that something is missing from, or is to be moved to."""
    places = _of_nodes(fault.behind, grammar)
    for index in (fault.node, *fault.others):
        node = grammar.nodes[index]
        if isinstance(node, LoopNode) and fault.code in ABSENT | {FaultCode.LOOP_REPEATS}:
            node = first_segment(node)
        if isinstance(node, SegmentNode):
            places |= all_places(node)
    return places


def _possible(fault: Fault, grammar: Grammar) -> set[str]:
    """The places that a misplaced segment may have; of one of a name, that of its NM1 too."""
    segment = fault.segment
    tag, first = (p.decode("latin-1") for p in head_of(grammar, segment.raw, segment.delimiters))
    qualifier = first.partition("\n")[0]
    places: set[str] = set()
    for node in grammar.segment_nodes():
        if not node_takes(node, tag, first):
            continue
        opener = node.loop.opener
        if node is opener:
            places |= all_places(node)
        else:
            places |= {f"{node.loop.id} {tag}", f"{node.loop.id} {tag} {qualifier}"}
        if opener is not None and opener.tag == "NM1":
            places.add(f"{node.loop.id} NM1")
    return places


@cache
def all_places(node: SegmentNode) -> frozenset[str]:
    """The place of a segment; of one that opens a loop, all places in that loop.

    A level does not count those of the levels and claims below it.
    """
    return frozenset(_places(node) if node is not node.loop.opener else _below(node.loop))


def _places(node: SegmentNode) -> Iterator[str]:
    yield f"{node.loop.id} {node.tag}"
    yield from (f"{node.loop.id} {node.tag} {code}" for code in node.key_codes)


def _lines_begin_anew(block: Block, index: int, grammar: Grammar) -> bool:
    """Whether lines are numbered from 1 again after a misplaced segment: a CLM may be missing."""
    if block.kind is not BlockKind.CLAIM or index < 0:
        return False
    lines = block.of_nodes(grammar.by_tag["LX"])
    after = bisect_right(lines, index)
    return 0 < after < len(lines) and block.segment(lines[after]).value(1) == "1"


def _below(loop: LoopNode) -> Iterator[str]:
    for child in loop.children:
        if isinstance(child, SegmentNode):
            yield from _places(child)
        elif child.id not in LEVELS:
            yield from _below(child)


def _without_name(fault: Fault, block: Block, index: int, grammar: Grammar) -> Iterator[int]:
    """The offsets of segments of a loop whose NM1 is missing, from the fault's segment on."""
    opener = grammar.segment_node(fault.node)
    if opener is None or opener.tag != "NM1" or opener is not opener.loop.opener or index < 0:
        return
    for at in range(index, len(block)):
        node = grammar.segment_node(block.nodes[at])
        if node is not None and opener.loop not in node.loop.path:
            return
        yield block.starts[at]
