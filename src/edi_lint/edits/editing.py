"""Sets single elements of a file to values; every other byte stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from edi_lint.edits.compare import FindingComparison, FindingTally
from edi_lint.edits.edited_file import EditedFile
from edi_lint.edits.element_place import MOST_ENVELOPES, ElementPlace, WrongPlace, numbers_of
from edi_lint.engine import Block, open_engine
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.findings import Edit, Finding, Severity
from edi_lint.findings.file_result import remark
from edi_lint.findings.masking import printable, shown_number, shown_tag
from edi_lint.findings.store import Findings
from edi_lint.grammar import ElementSpec, SegmentNode, envelope_node
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.x12 import NotX12Error, Segment
from edi_lint.x12.errors import EdiLintError

_PADDED = frozenset({2, 4, 6, 8})
"""The elements of ISA that are filled up with spaces."""
_OF_DELIMITERS = frozenset({11, 16})
"""The elements of ISA that say what the delimiters are."""
_CONTROL_NUMBERS = {("ISA", 13): "interchange", ("GS", 6): "group", ("ST", 2): "transaction"}
MAX_SHOWN = 5


class EditError(EdiLintError):
    """Nothing was set; the message says where, why and what to do. It repeats no value."""


class Editing(EditedFile):
    """A file in which single elements have other values, not yet written.

    `places` are the places of these elements. `gone` and `new` count the findings, by code,
    that only the original has, and that only the result has. `still` are findings of the
    result about an element that was set.
    """

    error = EditError

    def __init__(self, original: Original, places: tuple[str, ...]) -> None:
        super().__init__(original)
        self.places = places
        self.gone: dict[str, int] = {}
        self.new: dict[str, int] = {}
        self.still: list[Finding] = []
        self._renamed: dict[tuple[str, str], str] = {}

    def _known(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        return _AsBefore(findings, self._renamed) if self._renamed else findings


class _AsBefore:
    """Findings of the result, in envelopes by the control numbers that the original has."""

    def __init__(self, findings: Iterable[Finding], renamed: Mapping[tuple[str, str], str]) -> None:
        self._findings = findings
        self._renamed = renamed

    def __iter__(self) -> Iterator[Finding]:
        return map(self._placed, self._findings)

    def _placed(self, finding: Finding) -> Finding:
        place, was = finding.location, self._renamed
        return finding._replace(
            location=replace(
                place,
                interchange=was.get(("interchange", place.interchange), place.interchange),
                group=was.get(("group", place.group), place.group),
                transaction=was.get(("transaction", place.transaction), place.transaction),
            )
        )


@dataclass(slots=True)
class _SetElement:
    """An element that is to be set: where that is, and what it is to say."""

    place: ElementPlace
    value: str
    segment: Segment | None = None
    specs: tuple[ElementSpec, ...] | None = None
    """What the guide says of the segment's elements; None where it has no place for it."""
    around: dict[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict)
    """Which envelopes of the file the place may mean, and the control numbers of each."""
    is_skipped: bool = False

    @property
    def lead(self) -> str:
        return f"{printable(str(self.place))}: "

    def full_names(self) -> list[ElementPlace]:
        """The place, named by all envelopes around it; the element too where it has components."""
        named = [self.place._replace(path=path) for path in self.around.values()]
        return [*named, *(place._replace(component=0) for place in named)]


def edit(
    source: Source,
    values: Mapping[str, str],
    settings: Settings | None = None,
) -> Editing:
    """Set elements of an input to values, and lint it before and after.

    `values` map places (`0001#33:DTP03`) to values; an empty one takes the value away. What is
    suppressed, or is in a baseline, counts as in `fix`. Raises EditError, and then nothing was set,
    and StoreError where temporary files cannot be written.
    """
    settings = replace(settings or Settings(), baseline=None)
    if not values:
        raise EditError("name an element and its value")
    targets = [_SetElement(_place(text), value) for text, value in values.items()]
    original = Original(source, EditError)
    editing = Editing(original, tuple(str(target.place) for target in targets))
    linter = Linter(settings)
    before = editing._lint(linter)
    if original.encoding is not None:
        raise EditError(
            f"{original.name}: the file is in {original.encoding.words}, and edit changes files of "
            "one byte for each character: fix writes such a file"
        )
    if not editing.file.checked:
        raise EditError(remark(editing.file))
    _find(original, targets)
    edits = _edits(targets)
    for target in targets:
        _note_number(editing, target)
    if edits:
        editing._edit(edits)
    editing.remaining = editing._lint(linter) if edits else before
    _compare(editing, targets, before)
    if edits:
        editing._judge(settings, before)
    return editing


def _place(text: str) -> ElementPlace:
    try:
        return ElementPlace.read(text)
    except WrongPlace as problem:
        raise EditError(f"{printable(text)}: {problem}") from None


# where the elements are


def _find(original: Original, targets: Sequence[_SetElement]) -> None:
    """Find the segment of each target. Raises EditError."""
    try:
        with original.open() as stream:
            for block in open_engine(stream, lenient=True).blocks():
                for target in targets:
                    if target.place.fits(block.context):
                        _look(target, block)
    except NotX12Error as problem:
        raise EditError(f"{original.name}: {problem}") from None
    for target in targets:
        _refuse_place(target)
    known: dict[tuple[int, str], _SetElement] = {}
    for target in targets:
        assert target.segment is not None
        here = (target.segment.start, target.place.element_name)
        if here in known:
            raise EditError(f"{target.lead}is also {known[here].place}; give one value for it")
        known[here] = target


def _look(target: _SetElement, block: Block) -> None:
    """Note the envelope that a block is in, and its segment if that is meant."""
    place = target.place
    envelope = block.standing[: place.depth]
    if not envelope[-1]:
        return
    target.around.setdefault(envelope, numbers_of(block.context)[: place.depth])
    segment = place.segment_in(block)
    if segment is None or target.segment is not None:
        return
    transaction = block.context.transaction
    target.is_skipped = transaction is not None and transaction.grammar is None
    grammar = transaction.grammar if transaction else None
    node: SegmentNode | None = grammar.segment_node(segment.node) if grammar else None
    node = node or envelope_node(segment.tag)
    target.segment = segment
    target.specs = node.spec.elements if node else None


def _refuse_place(target: _SetElement) -> None:
    """Raises EditError where the place means no segment, or several, or one of another tag."""
    place, segment, envelope = target.place, target.segment, target.place.envelope
    number = printable(place.path[-1])
    if not target.around:
        around = "/".join(map(printable, place.path))
        raise EditError(f"{target.lead}the file has no {envelope} {around}")
    if len(target.around) > 1:
        paths = list(target.around.values())
        named = [str(place._replace(path=path)) for path in paths]
        ways = list(dict.fromkeys(named))
        if len(ways) < len(named) or not all(shown_number(n) for path in paths for n in path):
            raise EditError(
                f"{target.lead}{len(named)} {envelope}s of the file have this number and no other "
                "number tells them apart: give each one of its own first, in an editor"
            )
        more = " or …" if len(ways) > MAX_SHOWN else ""
        shown = " or ".join(ways[:MAX_SHOWN])
        raise EditError(
            f"{target.lead}{len(ways)} {envelope}s have this number; name one: {shown}{more}"
        )
    if segment is None:
        what = f"segment {place.ordinal}" if place.ordinal else place.tag
        raise EditError(
            f"{target.lead}{envelope} {number} has no {what}; check prints where segments are now"
        )
    if target.is_skipped:
        raise EditError(f"{target.lead}set {number} is not an 837P, and edit changes no other")
    if segment.tag != place.tag:
        tag = shown_tag(segment) or "another one"
        raise EditError(
            f"{target.lead}segment {place.ordinal} is {tag}, not {place.tag}; check prints where "
            "segments are now"
        )
    if segment.shift is not None:
        raise EditError(
            f"{target.lead}a separator is missing in this segment, or one too many: its elements "
            "are not where they should be; fix that first (edi-lint fix --unsafe --diff)"
        )


# what the elements say


def _edits(targets: Sequence[_SetElement]) -> list[Edit]:
    """The edits that set the values, one for each segment that changes. Raises EditError."""
    edits: dict[int, Edit] = {}
    raws: dict[int, Segment] = {}
    for target in targets:
        segment = target.segment
        assert segment is not None
        value = _checked(target, segment)
        changed = raws.get(segment.start, segment)
        raw = changed.replaced(target.place.element, target.place.component, value)
        if segment.delimiters.element not in raw:
            raise EditError(
                f"{target.lead}{target.place.tag} would have no element left; take the segment out "
                "with a rewrite template"
            )
        raws[segment.start] = segment.with_bytes(raw)
        if raw != segment.raw:
            edits[segment.start] = Edit(segment.start, segment.end, raw.decode("latin-1"))
        else:
            edits.pop(segment.start, None)
    return [edits[start] for start in sorted(edits)]


def _checked(target: _SetElement, segment: Segment) -> str:
    """The value as it is written. Raises EditError where it, or its place, is not possible."""
    place, value = target.place, target.value
    if refusal := segment.delimiters.refusal(value):
        is_composite = segment.delimiters.texts[1] in value
        remedy = "; set one component at a time, such as SV101-02" if is_composite else ""
        raise EditError(f"{target.lead}the value {refusal}{remedy}")
    if place.tag == "ISA":
        return _isa_value(target, value)
    _refuse_beyond(target, segment)
    spec = _spec(target)
    parts = segment.components(place.element)
    if not place.component and spec is not None and spec.is_composite and len(parts) > 1 and value:
        raise EditError(
            f"{target.lead}{place.element_name} has {len(parts)} components; name one, such as "
            f"{place.element_name}-02"
        )
    return value


def _spec(target: _SetElement) -> ElementSpec | None:
    """What the guide says of the element, None where it has no place for it."""
    specs = target.specs or ()
    return specs[target.place.element - 1] if target.place.element <= len(specs) else None


def _refuse_beyond(target: _SetElement, segment: Segment) -> None:
    """Raises EditError for an element or component that is neither there nor in the guide."""
    place, spec = target.place, _spec(target)
    if spec is None and place.element >= len(segment.written):
        known = len(target.specs) if target.specs else len(segment.written) - 1
        whose = f"in the guide {place.tag}" if target.specs else f"this {place.tag}"
        raise EditError(f"{target.lead}{whose} has {known} elements")
    if place.component and place.component > len(segment.components(place.element)):
        known = len(spec.components) if spec is not None and spec.is_composite else 0
        if place.component > known:
            element = f"{place.tag}{place.element:02}"
            has = f"{known} components" if known else "no components"
            raise EditError(f"{target.lead}in the guide {element} has {has}")
    if (
        place.component == 1
        and spec is not None
        and not spec.is_composite
        and len(segment.components(place.element)) == 1
    ):
        element = f"{place.tag}{place.element:02}"
        raise EditError(f"{target.lead}in the guide {element} has no components")
    repetition = segment.delimiters.texts[2]
    if place.component and repetition and repetition in segment.value(place.element):
        raise EditError(
            f"{target.lead}{place.tag}{place.element:02} occurs several times here, and no place "
            "names one of them; set the whole element"
        )


def _isa_value(target: _SetElement, value: str) -> str:
    """A value of ISA, as wide as it must be."""
    place, spec = target.place, _spec(target)
    if spec is None or place.component:
        raise EditError(f"{target.lead}ISA has 16 elements without components")
    if place.element in _OF_DELIMITERS:
        raise EditError(
            f"{target.lead}ISA{place.element} is a delimiter of the whole interchange; edit "
            "changes values between delimiters"
        )
    if place.element in _PADDED and len(value) <= spec.longest:
        return value.ljust(spec.longest)
    if len(value) != spec.longest:
        has = "at most" if place.element in _PADDED else "exactly"
        raise EditError(f"{target.lead}{place.element_name} has {has} {spec.longest} characters")
    return value


# what became of it


def _note_number(editing: Editing, target: _SetElement) -> None:
    """Have the result compared by the number that an envelope had."""
    place = target.place
    name = _CONTROL_NUMBERS.get((place.tag, place.element))
    if name is not None and target.segment is not None:
        editing._renamed[name, target.value] = target.segment.value(place.element)


def _compare(editing: Editing, targets: Sequence[_SetElement], before: Findings) -> None:
    """Note which findings went, which came, and which are still there where a value was set."""
    after = FindingTally(_mark, editing._known(editing.remaining))
    editing.gone = _only_in(before, after)
    came = FindingTally(_mark, before)
    editing.new = _only_in(editing._known(editing.remaining), came)
    set_there = {place for target in targets for place in target.full_names()}
    for finding in editing._known(editing.remaining):
        if ElementPlace.of(finding.location, MOST_ENVELOPES) in set_there:
            editing.still.append(finding)


def _only_in(findings: Iterable[Finding], others: FindingTally) -> dict[str, int]:
    """How many of the findings, by code, are not among others."""
    comparison = FindingComparison(others)
    for finding in findings:
        comparison.add(finding)
    counts = Counter[str]()
    for severity in Severity:
        counts.update(comparison.new(severity))
    return dict(sorted(counts.items()))


def _mark(finding: Finding) -> tuple[object, ...]:
    """What stays the same of a finding where values were set elsewhere."""
    place = finding.location
    where = (place.interchange, place.group, place.transaction, place.segment_ordinal)
    return (finding.code, *where, place.segment, place.element, finding.message)
