"""The service lines of claims block by block, also where a claim is too long for one block."""

from __future__ import annotations

from array import array

from edi_lint.claims.views import Claim, ServiceLine
from edi_lint.engine import Block


class LinesOfBlocks:
    """Gives the service lines of each claim's blocks, taken in file order.

    A line that begins at the end of one block and goes on in the next one comes whole, with the
    later block. Of one that is longer than a block, what is in the third block and behind it is
    left out.
    """

    def __init__(self) -> None:
        self._begun: Block | None = None
        """The line that the last block ended in, as a block by itself."""

    def take(self, block: Block) -> tuple[ServiceLine, ...]:
        """The lines that end in a block of a claim."""
        begun, self._begun = self._begun, None
        if not block.is_part:
            return Claim(block).lines
        carried = 0
        if block.rest_of is not None:
            if begun is not None and begun.rest_of is block.rest_of:
                carried = len(begun)
                block = _joined(begun, block)
            else:
                starts = _starts_of_lines(block)
                if not starts:
                    return ()
                block = _behind(block, starts[0])
        lines = Claim(block).lines
        if not block.goes_on:
            return lines
        starts = _starts_of_lines(block)
        if not starts or starts[-1] < carried:
            return lines
        self._begun = _behind(block, starts[-1])
        ended = len(lines)
        while ended and lines[ended - 1].byte_range[0] >= block.starts[starts[-1]]:
            ended -= 1
        return lines[:ended]


def _starts_of_lines(block: Block) -> list[int]:
    grammar = block.context.transaction.grammar if block.context.transaction else None
    return block.of_nodes(grammar.by_tag["LX"]) if grammar else []


def _behind(block: Block, first: int) -> Block:
    """The segments of a part of a claim from one on, as a block that goes on with its first."""
    part = _like(block, block.nodes[first:], block.starts[first:], block.ends[first:])
    _keep(part, block, first, 0)
    return part


def _joined(begun: Block, block: Block) -> Block:
    joined = _like(
        block, begun.nodes + block.nodes, begun.starts + block.starts, begun.ends + block.ends
    )
    _keep(joined, begun, 0, 0)
    _keep(joined, block, 0, len(begun))
    return joined


def _like(block: Block, nodes: array[int], starts: array[int], ends: array[int]) -> Block:
    part = Block(
        block.kind, block.context, block.delimiters, block.window, block.first_ordinal, block.claim
    )
    part.nodes, part.starts, part.ends = nodes, starts, ends
    part.rest_of, part.goes_on = block.rest_of or block, block.goes_on
    return part


def _keep(part: Block, block: Block, first: int, at: int) -> None:
    """Have the views of a block's segments from `first` on at `at` and behind it."""
    for index in range(first, len(block)):
        part.keep(at + index - first, block.segment(index))
        if index in block.apart:
            part.apart.add(at + index - first)
