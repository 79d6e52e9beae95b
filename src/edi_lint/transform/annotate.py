"""Explains a file segment by segment, with what was found in it, through a Jinja template.

The file is read twice: once to lint it, once to show it. Findings and service lines of a rule pack
wait between the two in a temporary file, so memory holds one claim at a time, however large the
file is; and since every finding is known before the first segment is shown, each stands where it
belongs, even one that the linter could only make much later (a wrong HL04, say).

What a template sees (the contract; names are only ever added):

`file`      a `FileView`: name, size and what was counted in it.
`summary`   how many findings of each severity: `summary.error`, `.warning`, `.info`.
`findings`  every finding, in the order of the file, as `FindingView`.
`lines`     every service line whose code belongs to a rule pack (A4306), as `LineView`.
`rows`      the file from start to end as `Row`, one for each segment and for each stretch of bytes
            outside every interchange. Every finding is in exactly one row: at an element of it, or
            at the row as a whole.
`phi`       what is shown of protected data: `none`, `ids` or `all`.
`version`   of edi-lint.

`findings` and `lines` can be walked as often as wanted, `rows` once. Do not ask for their length:
`summary` and `file` know it. All text is safe for a terminal, and is escaped where the template
makes HTML. Values are masked by `phi` before a template sees them.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Generic, TypeVar

import jinja2

from edi_lint import __version__
from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import Block, BlockKind, FaultCode, TransactionSet, open_engine
from edi_lint.engine.reference import CURRENT_GUIDE, OLD_GUIDE
from edi_lint.findings import Finding, Severity
from edi_lint.grammar import ElementSpec, LoopNode, SegmentNode, grammar_for
from edi_lint.linting import FileResult, Linter, Skipped
from edi_lint.packs import packs
from edi_lint.privacy import Phi, printable, shown_number, visible_values
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.x12 import Segment


@dataclass(frozen=True, slots=True)
class FileView:
    """The file as a whole. `skipped` are the transaction sets that are no 837P."""

    name: str
    bytes: int
    interchanges: int
    groups: int
    transactions: int
    claims: int
    service_lines: int
    matched_lines: int
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding. `number` counts from 1 in the order of the file, for anchors and references.

    `element` is a reference designator (SV101-04), empty for the segment as a whole. `claim` is
    empty where `phi` hides it; `claim_number` counts the claims of the transaction set from 1 and
    is 0 outside of claims. `fix` says what a fix would do and `applicability` whether it may
    be done unasked; both are empty without one. `answers` are the codes that a receiver would send,
    as texts such as `IK304 8`.
    """

    number: int
    code: str
    name: str
    severity: str
    level: int
    message: str
    help: str
    fix: str
    applicability: str
    answers: tuple[str, ...]
    line: int
    column: int
    byte_start: int
    byte_end: int
    ordinal: int
    segment: str
    element: str
    loop: str
    transaction: str
    claim: str
    claim_number: int
    service_line: str


@dataclass(frozen=True, slots=True)
class LineView:
    """A service line whose code belongs to a rule pack, which calls the code `descriptor`.

    `number` is LX01, `claim` CLM01 (empty where `phi` hides it), `claim_number` counts the claims
    of the transaction set from 1. `line` is the physical line of its first segment, `byte_start`
    where in the file that begins.
    """

    code: str
    descriptor: str
    modifiers: tuple[str, ...]
    charge: str
    units: str
    number: str
    claim: str
    claim_number: int
    transaction: str
    line: int
    byte_start: int


@dataclass(frozen=True, slots=True)
class Opening:
    """An envelope or a loop that begins. `kind` is interchange, group, set or loop.

    `id` is the control number or the loop's id. A claim's loop has `claim`, CLM01 (empty where
    `phi` hides it), and `claim_number`, which counts from 1 within the transaction set and is 0
    for every other loop; a service line's has `service_line`, LX01. `note` is what else there is
    to say: the guide of a transaction set, and that it is skipped.
    """

    kind: str
    id: str
    name: str
    depth: int
    claim: str = ""
    claim_number: int = 0
    service_line: str = ""
    note: str = ""


@dataclass(slots=True)
class Element:
    """An element, or one component of a composite: one that holds something or has a finding.

    `position` is `01` or `01-04`, `designator` SV101-04. `name` is the guide's, empty where it has
    none. `value` is masked as `phi` wants, and `is_masked` says so. `meaning` is what the value
    stands for where edi-lint has words for it. A composite has its components in `components` and
    no value of its own.
    """

    position: str
    designator: str
    name: str
    value: str = ""
    is_masked: bool = False
    meaning: str = ""
    components: list[Element] = field(default_factory=list)
    findings: list[FindingView] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """One segment, or bytes that are none.

    `kind` is `segment`; `outside` for bytes outside every interchange, of which only the range is
    told; `end` for what was found at the end of the file. `line` is the physical line, `ordinal`
    counts from ST = 1 (0 outside a transaction set), byte ranges are half-open. `name` is the
    segment's in the guide, empty where it has no place there; `text` the whole segment, masked.
    `loop` and `loop_name` say where it stands, `depth` how deep, 0 for envelopes. `opens` lists
    what begins with it, outermost first. `is_skipped`: it belongs to a transaction set that is no
    837P, whose elements have no names.
    """

    kind: str
    line: int
    ordinal: int
    byte_start: int
    byte_end: int
    tag: str = ""
    name: str = ""
    text: str = ""
    loop: str = ""
    loop_name: str = ""
    depth: int = 0
    opens: tuple[Opening, ...] = ()
    is_skipped: bool = False
    elements: list[Element] = field(default_factory=list)
    findings: list[FindingView] = field(default_factory=list)

    @property
    def all_findings(self) -> list[FindingView]:
        """Those of the row and of its elements, in the order in which they are shown."""
        found = list(self.findings)
        for element in self.elements:
            found += element.findings
            for component in element.components:
                found += component.findings
        return found


class Annotation:
    """A file that has been linted and can be shown. `stream` must be seekable.

    Use it as a context manager, or call `close`: it keeps temporary files.
    Raises NotX12Error for an input without any interchange, OSError for one that cannot be read.
    """

    def __init__(self, stream: BinaryIO, path: str, settings: Settings) -> None:
        self.phi = settings.phi
        self.counts = dict.fromkeys((s.value for s in Severity), 0)
        self._stream = stream
        self._findings = _Stored(_finding_view)
        self._lines = _Stored(_line_view)
        self._result = FileResult(path)
        try:
            self._survey(Linter(settings))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Annotation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary files."""
        self._findings.close()
        self._lines.close()

    def render(self, template: jinja2.Template, path: str) -> Iterator[str]:
        """The template's output in pieces. Raises templates.TemplateProblem."""
        variables = {
            "file": self.file,
            "summary": dict(self.counts),
            "findings": self.findings,
            "lines": self.lines,
            "rows": self.rows(),
            "phi": self.phi.value,
            "version": __version__,
        }
        return templates.generate(template, path, variables)

    @property
    def file(self) -> FileView:
        """What was counted in the file."""
        result = self._result
        skipped = [
            Skipped(printable(s.type), printable(s.guide), s.count) for s in result.skipped_sets()
        ]
        return FileView(
            printable(result.path),
            result.bytes,
            result.interchanges,
            result.groups,
            result.transactions,
            result.claims,
            result.service_lines,
            result.matched_lines,
            tuple(skipped),
        )

    @property
    def findings(self) -> Views[FindingView]:
        """Every finding in the order of the file."""
        return Views(self._findings.walk)

    @property
    def lines(self) -> Views[LineView]:
        """Every service line whose code belongs to a rule pack."""
        return Views(self._lines.walk)

    def rows(self) -> Iterator[Row]:
        """The file from start to end. Two such walks cannot go on at the same time."""
        self._stream.seek(0)
        found = _Queue(self._findings.walk())
        rows = _Rows(self.phi)
        for block in open_engine(self._stream).blocks():
            for is_outside, segment in _in_order(block):
                if is_outside:
                    yield rows.outside(segment, found.take(segment.end))
                else:
                    yield rows.segment(segment, block, found.take(segment.end + 1))
        rest = found.take(self._result.bytes + 1)
        if rest:
            yield Row("end", rest[0].line, 0, rest[0].byte_start, rest[0].byte_start, findings=rest)

    def _survey(self, linter: Linter) -> None:
        """The first reading: lint, and put aside what was found."""
        self._stream.seek(0)
        for block, findings in linter.blocks(self._stream, self._result):
            for finding in findings:
                self.counts[finding.severity.value] += 1
                self._findings.add(finding.location.byte_start, _finding(finding, self.phi))
            if block.kind is BlockKind.CLAIM:
                for line in Claim(block).lines:
                    pack = next((p for p in packs() if line.code in p.codes), None)
                    if pack is not None:
                        self._lines.add(*_line(line, pack.descriptor, self.phi))


View = TypeVar("View")


class Views(Generic[View]):
    """What a template may walk as often as it wants, and nothing else."""

    def __init__(self, walk: Callable[[], Iterator[View]]) -> None:
        self._walk = walk

    def __iter__(self) -> Iterator[View]:
        return self._walk()


class _Stored(Generic[View]):
    """Views kept in a temporary file, in the order of their place in the input."""

    def __init__(self, view: Callable[[int, dict[str, Any]], View]) -> None:
        self._view = view
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._places = array("q")
        self._offsets = array("q")

    def add(self, place: int, data: dict[str, Any]) -> None:
        self._places.append(place)
        self._offsets.append(self._file.tell())
        self._file.write(json.dumps(data).encode() + b"\n")

    def walk(self) -> Iterator[View]:
        """What stands at the same place comes in the order in which it was added."""
        order = array("q", sorted(range(len(self._places)), key=self._places.__getitem__))
        for number, index in enumerate(order, start=1):
            self._file.seek(self._offsets[index])
            yield self._view(number, json.loads(self._file.readline()))

    def close(self) -> None:
        self._file.close()


class _Queue:
    """Findings in file order, handed out as the walk over the segments reaches them."""

    def __init__(self, findings: Iterator[FindingView]) -> None:
        self._findings = findings
        self._next = next(findings, None)

    def take(self, before: int) -> list[FindingView]:
        """Those that begin before a byte of the file and were not yet taken."""
        taken = []
        while self._next is not None and self._next.byte_start < before:
            taken.append(self._next)
            self._next = next(self._findings, None)
        return taken


class _Rows:
    """Turns segments into rows, one after the other; knows which loops are open."""

    def __init__(self, phi: Phi) -> None:
        self._phi = phi
        self._loops: tuple[LoopNode, ...] = ()
        self._interchange: object = None
        self._group: object = None
        self._set: TransactionSet | None = None
        self._position = 0
        self._line = 1

    def outside(self, segment: Segment, findings: list[FindingView]) -> Row:
        """The row of bytes outside every interchange."""
        line = self._line_of(segment)
        return Row("outside", line, 0, segment.start, segment.end, findings=findings)

    def segment(self, segment: Segment, block: Block, findings: list[FindingView]) -> Row:
        """The row of a segment."""
        node = _node(segment, block)
        visible = visible_values(segment, node, self._phi)
        opens = [*self._envelopes_opened(block), *self._loops_opened(visible, node, block)]
        grammar = self._set.grammar if self._set else None
        loop = None
        if block.context.transaction is not None and grammar is not None:
            loop = node.loop if node else next(iter(self._loops[-1:]), None)
        if loop is not None and _is_wrapper(loop):
            loop = None
        row = Row(
            "segment",
            self._line_of(segment),
            segment.ordinal,
            segment.start,
            segment.end,
            printable(visible[0]),
            node.name if node else "",
            printable(segment.delimiters.element.decode("latin-1").join(visible)),
            loop.id if loop else "",
            loop.name if loop else "",
            _depth(loop),
            tuple(opens),
            block.context.transaction is not None and grammar is None,
            _elements(segment, node, visible),
        )
        _attach(row, node, findings)
        return row

    def _line_of(self, segment: Segment) -> int:
        """The physical line, counted on from the last one asked for."""
        window, start = segment.window, segment.start
        if window.base <= self._position <= start:
            passed = window.data[self._position - window.base : start - window.base]
            self._line += passed.count(b"\n")
        else:
            self._line = segment.locate()[0]
        self._position = start
        return self._line

    def _envelopes_opened(self, block: Block) -> Iterator[Opening]:
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
            guide = transaction.guide or (group.guide if group else "")
            note = printable(" ".join(filter(None, (transaction.type, guide))))
            if transaction.grammar is None:
                note += ", skipped: this is no 837P"
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
        if self._set is None or self._set.grammar is None or (loop in self._loops and not opens):
            return
        stays = loop.path[:-1] if opens else loop.path
        new = [n for n in loop.path if n not in stays or n not in self._loops]
        self._loops = loop.path
        for each in new:
            if not _is_wrapper(each):
                yield self._loop_opening(each, visible, block)

    def _loop_opening(self, loop: LoopNode, visible: list[str], block: Block) -> Opening:
        claim, number, line = "", 0, ""
        if loop.id == "2300" and block.claim is not None:
            number = block.claim.number
            claim = printable(block.claim.id) if self._phi is not Phi.NONE else ""
        elif loop.id == "2400" and visible[0] == "LX" and len(visible) > 1:
            line = printable(visible[1])
        return Opening("loop", loop.id, loop.name, _depth(loop), claim, number, line)


# segments and their elements


def _in_order(block: Block) -> Iterator[tuple[bool, Segment]]:
    """A block's segments, and what stands outside of all, as (is it outside, where)."""
    gaps = [f.segment for f in block.faults if f.code is FaultCode.BYTES_OUTSIDE]
    items = [(False, s) for s in block.segments] + [(True, g) for g in gaps]
    if gaps:
        items.sort(key=lambda item: item[1].start)
    return iter(items)


def _node(segment: Segment, block: Block) -> SegmentNode | None:
    """What the guide says of a segment. Envelopes are known even around what is no 837P."""
    transaction, interchange = block.context.transaction, block.context.interchange
    if transaction is not None and transaction.grammar is not None:
        return transaction.grammar.segment_node(segment.node)
    old = interchange is not None and interchange.header.value(12) < "00402"
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
        spec = _spec(node, position)
        element = _element(visible[0], f"{position:02}", spec)
        found.append(element)
        if spec is not None and spec.is_composite:
            parts = zip(value.split(component), shown.split(component), strict=True)
            for number, (part, shown_part) in enumerate(parts, start=1):
                if part.strip():
                    place = f"{position:02}-{number:02}"
                    inner = _element(visible[0], place, _spec(node, position, number))
                    _show(inner, part, shown_part)
                    element.components.append(inner)
        else:
            _show(element, value, shown)
    return found


def _element(tag: str, position: str, spec: ElementSpec | None) -> Element:
    return Element(position, f"{printable(tag[:3])}{position}", spec.name if spec else "")


def _show(element: Element, value: str, shown: str) -> None:
    element.value, element.is_masked = printable(shown), value != shown
    if element.designator == "SV101-02":
        element.meaning = next((p.descriptor for p in packs() if value in p.codes), "")


def _spec(node: SegmentNode | None, position: int, component: int = 0) -> ElementSpec | None:
    specs = node.spec.elements if node else ()
    if component and 0 < position <= len(specs):
        specs, position = specs[position - 1].components, component
    return specs[position - 1] if 0 < position <= len(specs) else None


def _attach(row: Row, node: SegmentNode | None, findings: list[FindingView]) -> None:
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
    element = _element(tag, place, _spec(node, position, component))
    elements.append(element)
    elements.sort(key=lambda e: [int(n) for n in e.position.split("-")])
    return element


def _is_wrapper(loop: LoopNode) -> bool:
    """Whether a loop only groups others: the set as a whole, its header and its detail.

    These are called by words, the loops that people speak of by numbers.
    """
    return not loop.id[:1].isdecimal()


def _depth(loop: LoopNode | None) -> int:
    return sum(not _is_wrapper(n) for n in loop.path) if loop else 0


# findings and service lines, on their way through the temporary file


def _finding(finding: Finding, phi: Phi) -> dict[str, Any]:
    place, fix = finding.location, finding.fix
    answers = (
        f"{name.upper()} {code}"
        for name, value in finding.response.json().items()
        for code in _answered(name, value)
    )
    texts = {
        "message": finding.message,
        "help": finding.help,
        "fix": fix.message if fix else "",
        "segment": place.segment,
        "element": place.element,
        "transaction": place.transaction,
        "claim": place.claim if phi is not Phi.NONE else "",
        "service_line": place.service_line,
    }
    return {name: printable(text) for name, text in texts.items()} | {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "level": finding.level,
        "applicability": fix.applicability.value if fix else "",
        "answers": list(answers),
        "line": place.line,
        "column": place.column,
        "byte_start": place.byte_start,
        "byte_end": place.byte_end,
        "ordinal": place.segment_ordinal,
        "loop": place.loop,
        "claim_number": place.claim_number,
    }


def _answered(name: str, value: str | list[str]) -> list[str]:
    """A category and a status are one answer, several remark codes are several."""
    if isinstance(value, str):
        return [value]
    return [":".join(value)] if name == "stc" else value


def _finding_view(number: int, data: dict[str, Any]) -> FindingView:
    return FindingView(**data | {"number": number, "answers": tuple(data["answers"])})


def _line(line: ServiceLine, descriptor: str, phi: Phi) -> tuple[int, dict[str, Any]]:
    """Where a service line begins, and what is shown of it."""
    block, sv1 = line.claim.block, line.sv1
    assert sv1 is not None
    first = line.lx or sv1
    values = visible_values(sv1, _node(sv1, block), phi) + [""] * 4
    number = visible_values(line.lx, _node(line.lx, block), phi)[1:2] if line.lx else []
    procedure = values[1].split(sv1.delimiters.component.decode("latin-1"))
    return first.start, {
        "code": line.code,
        "descriptor": descriptor,
        "modifiers": [printable(m) for m in procedure[2:6] if m],
        "charge": printable(values[2]),
        "units": printable(values[4]),
        "number": printable("".join(number)),
        "claim": printable(line.claim.id) if phi is not Phi.NONE else "",
        "claim_number": line.claim.number,
        "transaction": shown_number(line.claim.transaction.control_number),
        "line": first.locate()[0],
        "byte_start": first.start,
    }


def _line_view(_: int, data: dict[str, Any]) -> LineView:
    return LineView(**data | {"modifiers": tuple(data["modifiers"])})


_IN_MEMORY = 1024 * 1024
