"""Cuts a file into pages and sections, each claim a section of its own.

A file that is small comes as rows, every element named. Of a larger one a section holds the text of
its segments and the numbers of their places in a glossary, which names the elements once for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from edi_lint.engine import OUTSIDE, Block, BlockKind
from edi_lint.findings.masking import Phi, printable, shown_claim, shown_number, visible_values
from edi_lint.grammar import ElementSpec, SegmentNode
from edi_lint.transform import meanings
from edi_lint.transform.rows import Rows, depth, is_wrapper
from edi_lint.transform.views import Section
from edi_lint.x12 import Segment

SMALL = 96 * 1024
"""A file of at most so many bytes is a single page, with every element in it."""

PAGE = 32 * 1024
"""A page of a larger file ends with the section that reaches so many bytes."""

MOST_TEXTS = 20_000
"""So many different segments are remembered as they are shown."""


class Cutter:
    """Counts pages and sections as the blocks of a file pass by; both count from 1.

    `is_short` says whether the last block goes into its section as text.
    """

    def __init__(self, size: int) -> None:
        self.page = 0
        self.section = 0
        self.is_short = self._is_large = size > SMALL
        self._page_start = 0
        self._standing: tuple[Any, ...] | None = None

    def see(self, block: Block) -> bool:
        """Move on to a block; True where a section begins with it."""
        start = first_byte(block)
        is_claim = block.kind is BlockKind.CLAIM
        self.is_short = self._is_large and _is_readable(block)
        standing = (self.is_short, *block.standing) if is_claim else (self.is_short,)
        opens = block.kind in (BlockKind.INTERCHANGE, BlockKind.GROUP, BlockKind.TRANSACTION)
        goes_on = standing == self._standing and block.rest_of is None
        if goes_on and not opens and block.kind is not BlockKind.SKIPPED:
            return False
        self._standing = standing
        self.section += 1
        if self.page == 0 or (self._is_large and start - self._page_start >= PAGE):
            self.page += 1
            self._page_start = start
        return True


def first_byte(block: Block) -> int:
    """The file offset at which a block begins, what comes before its segments included."""
    gaps = [f.segment.start for f in block.faults if f.code in OUTSIDE]
    return min([*block.starts[:1], *gaps], default=0)


class Glossary:
    """The places of the guide that a file uses, numbered from 1 as they are met."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._nodes: list[SegmentNode] = []

    def number(self, node: SegmentNode | None) -> int:
        """The number of a place, 0 for none."""
        if node is None:
            return 0
        number = self._numbers.get(id(node))
        if number is None:
            self._nodes.append(node)
            number = self._numbers[id(node)] = len(self._nodes)
        return number

    def json(self) -> dict[str, Any]:
        """For each place tag, name, loop, its name and depth, whether it opens it, and elements.

        An element is its name and the number of its data element, and its components if it has any.
        """
        nodes: list[list[Any]] = [["", "", "", "", 0, False, []]]
        numbers: set[str] = set()
        for node in self._nodes:
            inside = not is_wrapper(node.loop)
            loop = [node.loop.id, node.loop.name, depth(node.loop)] if inside else ["", "", 0]
            elements = [_described(e, numbers) for e in node.spec.elements]
            opens = inside and node is node.loop.opener
            nodes.append([node.tag, node.name, *loop, opens, elements])
        tables = {n: dict(meanings.table(n)) for n in sorted(numbers) if meanings.table(n)}
        return {"nodes": nodes, "meanings": tables}


def _described(element: ElementSpec, numbers: set[str]) -> list[Any]:
    numbers.add(element.number)
    if not element.is_composite:
        return [element.name, element.number]
    parts = [_described(c, numbers) for c in element.components]
    if element.number == meanings.CLAIM_STATUS:
        for part, number in zip(parts, (meanings.CATEGORY, meanings.STATUS), strict=False):
            part[1] = number
            numbers.add(number)
    return [element.name, element.number, parts]


class ShownTexts:
    """Segments as they may be shown. Segments that are alike are masked once."""

    def __init__(self, phi: Phi) -> None:
        self._phi = phi
        self._known: dict[tuple[int, tuple[str, ...], bytes], str] = {}

    def of(self, segment: Segment, node: SegmentNode | None) -> str:
        if segment.shift is not None:
            return self._make(segment, node)
        key = (id(node), segment.delimiters.texts, segment.raw)
        text = self._known.get(key)
        if text is None:
            if len(self._known) >= MOST_TEXTS:
                self._known.clear()
            text = self._known[key] = self._make(segment, node)
        return text

    def _make(self, segment: Segment, node: SegmentNode | None) -> str:
        return printable(segment.delimiters.texts[0].join(visible_values(segment, node, self._phi)))


class Short:
    """Fills a section with the text of its segments."""

    def __init__(self, section: Section) -> None:
        self._section = section
        self._texts: list[str] = []
        self._nodes: list[str] = []
        self._lines: list[int] = []

    def add(
        self, block: Block, rows: Rows, glossary: Glossary, shown: ShownTexts
    ) -> Iterator[Segment]:
        """Take in a block; gives each segment when it is the section's last one."""
        section = self._section
        section.opens += tuple(rows.envelopes_opened(block))
        for segment in block.segments:
            node = rows.node_of(segment, block)
            self._texts.append(shown.of(segment, node))
            self._nodes.append(str(glossary.number(node)))
            self._lines.append(rows.line_of(segment))
            section.first_ordinal = section.first_ordinal or segment.ordinal
            yield segment

    @property
    def last(self) -> int:
        """The index of the segment that was added last."""
        return len(self._texts) - 1

    def close(self) -> None:
        """Write what was taken in into the section."""
        section, lines = self._section, self._lines
        if not lines:
            return
        steps = [after - before for before, after in pairwise(lines)] or [0]
        section.text = "\n".join(self._texts)
        section.nodes = " ".join(self._nodes)
        section.first_line = lines[0]
        section.lines = " ".join(map(str, steps if len(set(steps)) > 1 else steps[:1]))


def _is_readable(block: Block) -> bool:
    """Whether elements can be told apart in a block's text, and nothing but segments is there."""
    marks = (block.delimiters.element + block.delimiters.component).decode("latin-1")
    shown = marks.isprintable() and "·" not in marks
    return shown and not any(f.code in OUTSIDE for f in block.faults)


def begin(number: int, block: Block, place: int, phi: Phi) -> Section:
    """A section that begins with a block, still without segments; `place` is that of a claim."""
    section = Section(number)
    delimiters = block.delimiters
    section.separators = (
        delimiters.element.decode("latin-1"),
        delimiters.component.decode("latin-1"),
    )
    if block.kind is BlockKind.CLAIM and block.claim is not None:
        section.place = place
        section.claim = shown_claim(block.claim.id) if phi is not Phi.NONE else ""
        section.claim_number = block.claim.number
        transaction = block.context.transaction
        section.transaction = shown_number(transaction.control_number) if transaction else ""
    return section
