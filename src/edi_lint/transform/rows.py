"""Turns segments into the rows that a template sees: every element named, findings in place."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.codes.sets import set_name
from edi_lint.engine import OUTSIDE, Block, TransactionSet
from edi_lint.engine.identity import CURRENT_GUIDE, OLD_GUIDE
from edi_lint.findings.masking import (
    Phi,
    printable,
    shown_claim,
    shown_guide,
    shown_number,
    shown_type,
    visible_values,
)
from edi_lint.grammar import (
    ElementSpec,
    Grammar,
    LoopNode,
    SegmentNode,
    answer_kind,
    grammar_for,
    response_grammar,
)
from edi_lint.responses.placing import Placing
from edi_lint.transform import meanings
from edi_lint.transform.views import Element, FindingView, Opening, RowView
from edi_lint.x12 import Segment


class Rows:
    """Turns segments into rows, one after the other; knows which loops are open."""

    def __init__(self, phi: Phi) -> None:
        self._phi = phi
        self._loops: tuple[LoopNode, ...] = ()
        self._interchange: object = None
        self._group: object = None
        self._set: TransactionSet | None = None
        self._placings: dict[str, Placing] = {}
        self._placing: Placing | None = None
        """Where the segments of the open set belong, if it is a receiver's answer."""
        self._position = 0
        self._line = 1

    def outside(self, segment: Segment, findings: list[FindingView]) -> RowView:
        """The row of bytes outside every interchange."""
        line = self.line_of(segment)
        return RowView("outside", line, 0, segment.start, segment.end, findings=findings)

    def segment(self, segment: Segment, block: Block, findings: list[FindingView]) -> RowView:
        """The row of a segment."""
        opens = [*self.envelopes_opened(block)]
        node = self.node_of(segment, block)
        visible = visible_values(segment, node, self._phi)
        opens += self._loops_opened(visible, node, block)
        grammar = self._grammar
        loop = None
        if block.context.transaction is not None and grammar is not None:
            loop = node.loop if node else next(iter(self._loops[-1:]), None)
        if loop is not None and is_wrapper(loop):
            loop = None
        row = RowView(
            "segment",
            self.line_of(segment),
            segment.ordinal,
            segment.start,
            segment.end,
            printable(visible[0]),
            node.name if node else "",
            printable(segment.delimiters.element.decode("latin-1").join(visible)),
            loop.id if loop else "",
            loop.name if loop else "",
            depth(loop),
            tuple(opens),
            block.context.transaction is not None and grammar is None,
            _elements(segment, node, visible),
        )
        _attach(row, node, findings)
        return row

    def node_of(self, segment: Segment, block: Block) -> SegmentNode | None:
        """What the guide says of a segment; of answers too, whose segments must come in order."""
        node = node_of(segment, block)
        if node is None and self._placing is not None and block.context.transaction is not None:
            node = self._placing.next(segment.raw, segment.delimiters)
        return node

    @property
    def _grammar(self) -> Grammar | None:
        """The guide by which the open set is shown."""
        if self._placing is not None:
            return self._placing.grammar
        return self._set.grammar if self._set else None

    def _place_answers(self, transaction: TransactionSet, guide: str) -> None:
        """Begin to place the segments of a set, if it is a receiver's answer."""
        self._placing = None
        kind = answer_kind(transaction.type, guide) if transaction.grammar is None else ""
        if kind:
            if kind not in self._placings:
                self._placings[kind] = Placing(response_grammar(kind))
            self._placing = self._placings[kind]
            self._placing.begin()

    def line_of(self, segment: Segment) -> int:
        """The physical line, counted on from the last one asked for."""
        window, start = segment.window, segment.start
        if window.base <= self._position <= start:
            passed = window.data[self._position - window.base : start - window.base]
            self._line += passed.count(b"\n")
        else:
            self._line = segment.locate()[0]
        self._position = start
        return self._line

    def envelopes_opened(self, block: Block) -> Iterator[Opening]:
        """The interchange, group and set that begin with a block, outermost first."""
        interchange, group = block.context.interchange, block.context.group
        transaction = block.context.transaction
        if interchange is not None and interchange is not self._interchange:
            self._interchange = interchange
            number = shown_number(interchange.control_number)
            yield Opening("interchange", number, "Interchange", 0)
        if group is not None and group is not self._group:
            self._group = group
            note = "" if group.header else "its GS segment is missing"
            yield Opening(
                "group", shown_number(group.control_number), "Functional group", 0, note=note
            )
        if transaction is not None and transaction is not self._set:
            self._set, self._loops = transaction, ()
            guide = transaction.guide
            self._place_answers(transaction, guide or (group.guide if group else ""))
            if not guide and group and self._grammar is not None:
                guide = group.guide
            note = " ".join(filter(None, (shown_type(transaction.type), shown_guide(guide))))
            if self._placing is not None:
                note += f", {set_name(transaction.type, guide, transaction.kind)}"
            elif transaction.grammar is None:
                note += ", skipped: this is not an 837P"
            elif transaction.header is None:
                note += ", its ST segment is missing"
            yield Opening(
                "set", shown_number(transaction.control_number), "Transaction set", 0, note=note
            )

    def _loops_opened(
        self, visible: list[str], node: SegmentNode | None, block: Block
    ) -> Iterator[Opening]:
        if node is None or block.context.transaction is None:
            return
        loop = node.loop
        opens = node is loop.opener
        if self._grammar is None or (loop in self._loops and not opens):
            return
        stays = loop.path[:-1] if opens else loop.path
        new = [n for n in loop.path if n not in stays or n not in self._loops]
        self._loops = loop.path
        for each in new:
            if not is_wrapper(each):
                yield self._loop_opening(each, visible, block)

    def _loop_opening(self, loop: LoopNode, visible: list[str], block: Block) -> Opening:
        claim, number, line = "", 0, ""
        if loop.id == "2300" and block.claim is not None:
            number = block.claim.number
            claim = shown_claim(block.claim.id) if self._phi is not Phi.NONE else ""
        elif loop.id == "2400" and visible[0] == "LX" and len(visible) > 1:
            line = printable(visible[1])
        return Opening("loop", loop.id, loop.name, depth(loop), claim, number, line)


# segments and their elements


def in_order(block: Block) -> Iterator[tuple[bool, Segment]]:
    """A block's segments, and what stands outside of all, as (is it outside, where)."""
    gaps = [f.segment for f in block.faults if f.code in OUTSIDE]
    items = [(False, s) for s in block.segments] + [(True, g) for g in gaps]
    if gaps:
        items.sort(key=lambda item: item[1].start)
    return iter(items)


def node_of(segment: Segment, block: Block) -> SegmentNode | None:
    """What the guide says of a segment. Envelopes are known even around what is not an 837P."""
    transaction, interchange = block.context.transaction, block.context.interchange
    if transaction is not None and transaction.grammar is not None:
        return transaction.grammar.segment_node(segment.node)
    header = interchange.header if interchange is not None else None
    old = header is not None and header.value(12) < "00402"
    grammar = grammar_for(OLD_GUIDE if old else CURRENT_GUIDE)
    assert grammar is not None
    if transaction is None:
        return grammar.envelope.get(segment.tag)
    if segment.tag not in ("ST", "SE"):
        return None
    return next(n for n in grammar.segment_nodes() if n.tag == segment.tag)


def _elements(segment: Segment, node: SegmentNode | None, visible: list[str]) -> list[Element]:
    component = segment.delimiters.component.decode("latin-1")
    found = []
    for position, (value, shown) in enumerate(
        zip(segment.values[1:], visible[1:], strict=True), start=1
    ):
        if not value.strip():
            continue
        spec = spec_of(node, position)
        element = _element(visible[0], f"{position:02}", spec)
        found.append(element)
        if spec is not None and spec.is_composite:
            parts = zip(value.split(component), shown.split(component), strict=True)
            for number, (part, shown_part) in enumerate(parts, start=1):
                if part.strip():
                    place = f"{position:02}-{number:02}"
                    inner_spec = spec_of(node, position, number)
                    inner = _element(visible[0], place, inner_spec)
                    _show(inner, inner_spec, part, shown_part)
                    element.components.append(inner)
            if spec.number == meanings.CLAIM_STATUS:
                _explain(element.components)
        else:
            _show(element, spec, value, shown)
    return found


def _explain(components: list[Element]) -> None:
    """Say what the category and the status of an STC mean, where they may be shown."""
    values = tuple("" if c.is_masked else c.value for c in components[:3])
    for component, words in zip(components, meanings.of_status(values), strict=False):
        component.meaning = words


def _element(tag: str, position: str, spec: ElementSpec | None) -> Element:
    return Element(position, f"{printable(tag[:3])}{position}", spec.name if spec else "")


def _show(element: Element, spec: ElementSpec | None, value: str, shown: str) -> None:
    element.value, element.is_masked = printable(shown), value != shown
    if spec is not None and not element.is_masked:
        element.meaning = meanings.meaning(spec.number, value)


def spec_of(node: SegmentNode | None, position: int, component: int = 0) -> ElementSpec | None:
    specs = node.spec.elements if node else ()
    if component and 0 < position <= len(specs):
        specs, position = specs[position - 1].components, component
    return specs[position - 1] if 0 < position <= len(specs) else None


def _attach(row: RowView, node: SegmentNode | None, findings: list[FindingView]) -> None:
    """Put each finding at the element it names, or at the row where it names none of it."""
    for finding in findings:
        place = finding.element.removeprefix(finding.segment)
        position, _, component = place.partition("-")
        if (
            finding.segment == row.tag[:3]
            and finding.byte_start >= row.byte_start
            and place != finding.element
            and position.isdecimal()
        ):
            element = _at(row.elements, row.tag, node, int(position))
            if component.isdecimal() and (element.components or not element.value):
                element = _at(element.components, row.tag, node, int(position), int(component))
            element.findings.append(finding)
        else:
            row.findings.append(finding)


def _at(
    elements: list[Element], tag: str, node: SegmentNode | None, position: int, component: int = 0
) -> Element:
    """The element or component at a place, put there empty where the file has none."""
    place = f"{position:02}-{component:02}" if component else f"{position:02}"
    for element in elements:
        if element.position == place:
            return element
    element = _element(tag, place, spec_of(node, position, component))
    elements.append(element)
    elements.sort(key=lambda e: [int(n) for n in e.position.split("-")])
    return element


def is_wrapper(loop: LoopNode) -> bool:
    """Whether a loop only groups others: the set as a whole, its header and its detail.

    These are called by words, the loops that people speak of by numbers.
    """
    return not loop.id[:1].isdecimal()


def depth(loop: LoopNode | None) -> int:
    """How many loops stand around what is in a loop, wrappers not counted."""
    return sum(not is_wrapper(n) for n in loop.path) if loop else 0
