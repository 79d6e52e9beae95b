"""Writes a compiled grammar, and what is watched, into the tables of the kernel.

The moves and the element checks are the reference engine's own (`walker.Moves`,
`elements.Checker`), turned into numbers; they are added when a file first needs them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from edi_lint.engine import _kernel
from edi_lint.engine.elements import Checker, characters
from edi_lint.engine.moves import Moves, QuickMove, followers
from edi_lint.engine.result import BlockKind
from edi_lint.engine.triggers import (
    ABOVE,
    LINE_LOOP,
    Balance,
    Lasting,
    Repeated,
    SegmentPlace,
    Segments,
    Shape,
    SharedParts,
    SharedValues,
    Sums,
    TextPart,
    Texts,
    Trigger,
    TriggerAnswers,
    TriggerSet,
    Twice,
    ValuePlace,
    Values,
    texts_of,
)
from edi_lint.grammar import ElementSpec, LoopNode, SegmentNode, Usage
from edi_lint.grammar.model import SegmentSpec, SyntaxNote
from edi_lint.x12 import Delimiters

_LEVELS = {"2000A": "billing", "2000B": "subscriber", "2000C": "patient", "2300": "claim"}
KINDS = {
    _kernel.Level["header"]: BlockKind.TRANSACTION,
    _kernel.Level["billing"]: BlockKind.BILLING,
    _kernel.Level["subscriber"]: BlockKind.SUBSCRIBER,
    _kernel.Level["patient"]: BlockKind.PATIENT,
    _kernel.Level["claim"]: BlockKind.CLAIM,
    _kernel.Level["trailer"]: BlockKind.TRAILER,
}
"""What the kernel calls the kinds of blocks."""
LEVEL_NUMBERS = {kind: number for number, kind in KINDS.items()}

_ROLES = {"HL": "level", "LX": "line", "ST": "header", "SE": "trailer"}
_CHECKER = Checker(Delimiters(b"*", b":", b"^", b"~"))
_DIGITS = re.compile(r"\[0-9\]\{(\d+)\}")

_PLACES = {**ABOVE, LINE_LOOP: "line"}
"""Where the parts of a loop stand; of others in the claim."""

Row = tuple[int, int, int, int, int, int, int]
Watched = tuple[int, int, int, int, int, int, int, bytes, int]


class Tables:
    """One kernel, filled for a guide and a watch as far as files have needed it."""

    def __init__(self, moves: Moves, watch: TriggerSet | None) -> None:
        self.moves = moves
        self.grammar = moves.grammar
        self.kernel = _kernel.Kernel()
        self.slots = [0] * len(self.grammar.nodes)
        self._specs: dict[int, int] = {}
        self._codes: dict[tuple[object, ...], int] = {}
        self._known: set[int] = set()
        self._watches: dict[int, list[Watched]] = {}
        self._shapes: dict[Shape, int] = {}
        self._shape(Shape.TEXT)  # the kernel's number 0
        self.above: list[tuple[int, TextPart, frozenset[int]]] = []
        """Parts above claims: number, part, and the nodes that it may stand in."""
        for node in self.grammar.nodes:
            if isinstance(node, LoopNode):
                self._loop(node)
        self._tags()
        if watch is not None:
            self._watch(watch)

    def read_with(self, delimiters: Delimiters) -> None:
        """Tell the kernel what each byte means under these delimiters."""
        self.kernel.read_with(byte_classes(delimiters), delimiters.component[0])

    def add_move(self, node: int, tag: bytes, qualifier: bytes, second: bytes) -> bool:
        """Add the strict move from a node, if the guide has one and the tables have room."""
        head = qualifier + b"\n" + second if self.kernel.second_key else qualifier
        from_ = self.grammar.segment_node(node)
        found = self.moves.find(from_, tag, head) if from_ is not None else None
        if found is None or from_ is None or found.halves(from_):
            return False
        move = found.quick()
        try:
            if move.target.index not in self._known:
                self.kernel.set_node(move.target.index, self._spec(move.target.spec))
                self.kernel.set_followers(move.target.index, sorted(followers(move.target)))
                self.kernel.watch(move.target.index, self._watches.get(move.target.index, []))
                self._known.add(move.target.index)
            self._add(node, tag, qualifier, second, move)
        except _kernel.TableFull:
            return False
        return True

    def _add(self, node: int, tag: bytes, qualifier: bytes, second: bytes, move: QuickMove) -> None:
        slots = self.slots
        self.kernel.add_move(
            node,
            tag,
            qualifier,
            second,
            move.target.index,
            [[slots[n] for n in required] for required in move.closed],
            [slots[n] for n in move.passed],
            slots[move.counted],
            move.repeat,
            [(loop.index, slots[inner]) for loop, inner in move.opens],
        )

    # the guide

    def _loop(self, loop: LoopNode) -> None:
        for slot, child in enumerate(loop.children):
            self.slots[child.index] = slot
        level = _kernel.Level[_LEVELS[loop.id]] if loop.id in _LEVELS else 0
        self.kernel.add_loop(loop.index, len(loop.children), level, loop.id == LINE_LOOP)

    def _tags(self) -> None:
        for tag in self.grammar.keys:
            if tag in self.grammar.envelope:
                continue
            element, component, second = self.grammar.byte_keys.get(tag.encode(), (0, 0, False))
            role = _kernel.Role[_ROLES[tag]] if tag in _ROLES else 0
            self.kernel.add_tag(tag.encode(), element, component, second, role)
        root = self.grammar.transaction
        assert root.opener is not None
        self.kernel.set_header(root.opener.index, root.index, self.slots[root.opener.index])

    def _spec(self, spec: SegmentSpec) -> int:
        key = id(spec)
        if key not in self._specs:
            rows = []
            before: ElementSpec | None = None
            for element in spec.elements:
                rows.append(self._field(element, before))
                before = element
            notes = [_note(n) for n in spec.notes]
            first = self.kernel.add_fields(rows)
            self._specs[key] = self.kernel.add_spec(first, len(rows), _needed(spec.elements), notes)
        return self._specs[key]

    def _field(self, spec: ElementSpec, before: ElementSpec | None) -> Row:
        """An element as a row of the kernel's table: kind, use, least, most, place, extra."""
        kind, place, extra = "never", 0, 0
        if spec.is_composite:
            inner = []
            last: ElementSpec | None = None
            for component in spec.components:
                inner.append(self._field(component, last))
                last = component
            if inner:
                kind, place, extra = "composite", self.kernel.add_fields(inner), len(inner)
        elif spec.number == "1251":
            dated = before is not None and before.number == "1250"
            if dated and not spec.pattern and spec.codes is None and spec.kind == "AN":
                kind = "formatted"
        elif spec.codes is not None:
            kind, place = "coded", self._code_table(spec)
        elif spec.pattern is not None:
            digits = _DIGITS.fullmatch(spec.pattern.pattern)
            if digits and spec.kind == "AN":
                kind, extra = "digits", int(digits[1])
        elif spec.kind == "R":
            kind = "decimal"
        elif spec.kind[:1] == "N":
            kind = "numeric"
        elif spec.kind in ("AN", "ID"):
            kind = "text"
        elif spec.kind in ("DT", "TM"):
            kind = "date" if spec.kind == "DT" else "time"
        use = _kernel.Use[spec.usage.value]
        needed = _needed(spec.components)
        return _kernel.Field[kind], use, max(spec.shortest, 1), spec.longest, place, extra, needed

    def _code_table(self, spec: ElementSpec) -> int:
        """The codes of the guide that the reference engine finds nothing wrong with."""
        key = (spec.codes, spec.kind, spec.shortest, spec.longest, spec.pattern)
        if key not in self._codes:
            self._codes[key] = self.kernel.add_codes(_fitting_codes(spec))
        return self._codes[key]

    # what is watched

    def _watch(self, watch: TriggerSet) -> None:
        if watch.answers is not None:
            self.kernel.ask_with(_asker(watch.answers))
        for number, place in enumerate(watch.values, start=value_number(0)):
            if isinstance(place, SegmentPlace):
                self.kernel.add_look(number, self._elements(place))
                for node in self._standing(place):
                    self._see(node, "look", number)
            else:
                self._see_values((place,), "value", number)
        parts: dict[TextPart, int] = {}
        for trigger in watch.triggers:
            self._trigger(trigger, parts)

    def _trigger(self, trigger: Trigger, parts: dict[TextPart, int]) -> None:
        kernel = self.kernel
        if isinstance(trigger, Segments):
            elements = self._elements(trigger.place)
            beside = [self._part(parts, part) for part in trigger.beside]
            number = kernel.add_trigger(_kernel.On["segments"], False, elements, beside)
            for node in self._standing(trigger.place):
                self._see(node, "segment", number)
        elif isinstance(trigger, Balance):
            number = kernel.add_sum()
            kernel.add_trigger(_kernel.On["sum"], False, [number])
            self._see_parts("total", number, trigger.total)
            self._see_parts("term", number, trigger.terms)
        elif isinstance(trigger, Sums):
            self._sums(trigger)
        elif isinstance(trigger, Lasting):
            number = kernel.add_trigger(_kernel.On["lasting"], trigger.of_line, [])
            self._see_values(trigger.places, "lasting", number)
            self._see_parts("day", number, trigger.day)
        elif isinstance(trigger, Values | Twice | SharedValues):
            kind, watched = _OF_VALUES[type(trigger)]
            number = kernel.add_trigger(_kernel.On[kind], False, [])
            self._see_values(trigger.places, watched, number)
        else:
            numbers = [self._part(parts, part) for part in trigger.parts]
            if isinstance(trigger, SharedParts):
                numbers.insert(0, trigger.needed)
            kernel.add_trigger(_kernel.On[_OF_PARTS[type(trigger)]], trigger.of_line, numbers)

    def _sums(self, trigger: Sums) -> None:
        whole, by_lines = self.kernel.add_sum(), self.kernel.add_sum()
        line = self.kernel.add_sum(True)
        self.kernel.add_trigger(_kernel.On["sums"], False, [whole, by_lines, line])
        self._see_parts("total", whole, trigger.total)
        self._see_parts("total", by_lines, trigger.line_needed)
        for number in (whole, by_lines):
            self._see_parts("once", number, trigger.once)
            self._see_parts("needed", number, trigger.needed)
            self._see_parts("optional", number, *trigger.optional)
        self._see_parts("same", by_lines, *trigger.same)
        self._see_parts("total", line, trigger.line_total)
        self._see_parts("needed", line, trigger.line_needed)
        self._see_parts("optional", line, *trigger.line_optional)

    def _see_parts(self, kind: str, number: int, *parts: TextPart) -> None:
        for part in parts:
            for node in self._nodes(part):
                self._see(node, kind, number, part.element)

    def _elements(self, place: SegmentPlace) -> list[tuple[int, int]]:
        """What of a segment counts, as the kernel takes it."""
        return [
            (element, _kernel.FILLED if shape is None else self._shape(shape))
            for element, shape in place.looks
        ]

    def _shape(self, shape: Shape) -> int:
        """The kernel's number of a shape."""
        if shape not in self._shapes:
            self._shapes[shape] = self.kernel.add_shape(
                shape.rest, shape.first, shape.longest, shape.folded.encode()
            )
        return self._shapes[shape]

    def _standing(self, place: ValuePlace | SegmentPlace) -> list[SegmentNode]:
        nodes = self.grammar.nodes_by_tag.get(place.tag, ())
        nodes = [n for n in nodes if not place.loops or n.loop.id in place.loops]
        if isinstance(place, ValuePlace) and place.qualifier:
            allowed = {*place.qualifier.split("|")}
            nodes = [n for n in nodes if not n.key_codes.isdisjoint(allowed)]
        return nodes

    def _see_values(self, places: tuple[ValuePlace, ...], kind: str, number: int) -> None:
        for place in places:
            row = (
                _kernel.Watched[kind],
                number,
                place.element,
                place.component,
                0,
                place.when_element,
                place.when_component,
                place.when_value.encode(),
                self._shape(place.shape),
            )
            for node in self._standing(place):
                self._watches.setdefault(node.index, []).append(row)

    def _part(self, parts: dict[TextPart, int], part: TextPart) -> int:
        if part not in parts:
            place = _kernel.Place[_PLACES.get(part.loop, "claim")]
            number = parts[part] = self.kernel.add_part(place)
            first = part.first if part.element else -max(part.first, 1)
            nodes = self._nodes(part)
            for node in nodes:
                self._see(
                    node,
                    "part",
                    number,
                    part.element,
                    first,
                    part.last,
                    self._shape(part.shape),
                )
            if part.above:
                self.above.append((number, part, frozenset(node.index for node in nodes)))
        return parts[part]

    def _nodes(self, part: TextPart) -> list[SegmentNode]:
        nodes = [
            node
            for node in self.grammar.nodes_by_tag.get(part.tag, ())
            if node.loop.id == part.loop
            and (not part.qualifier or not node.key_codes.isdisjoint(part.qualifiers))
        ]
        if part.qualifier and any(not node.key_codes <= {*part.qualifiers} for node in nodes):
            raise ValueError(f"{part.tag} {part.qualifier} has no place of its own in the guide")
        return nodes

    def _see(
        self,
        node: SegmentNode,
        kind: str,
        number: int,
        element: int = 0,
        first: int = 0,
        last: int = 0,
        shape: int = 0,
    ) -> None:
        row = (_kernel.Watched[kind], number, element, first, last, 0, 0, b"", shape)
        self._watches.setdefault(node.index, []).append(row)


def _asker(answers: TriggerAnswers) -> Callable[[int, bytes], int]:
    """What the kernel asks about a key that it does not know."""

    def ask(number: int, key: bytes) -> int:
        texts = texts_of(key)
        if number < _kernel.FIRST_VALUE:
            return answers.of_trigger(number, texts)
        return answers.of_value(number - _kernel.FIRST_VALUE, texts)

    return ask


_OF_VALUES: dict[type, tuple[str, str]] = {
    Values: ("values", "choice"),
    Twice: ("twice", "twice"),
    SharedValues: ("shared values", "shared"),
}
_OF_PARTS: dict[type, str] = {
    Texts: "texts",
    Repeated: "repeated",
    SharedParts: "shared parts",
}


def value_number(index: int) -> int:
    """What the kernel calls a watched value, apart from the numbers of triggers."""
    return _kernel.FIRST_VALUE + index


@cache
def _fitting_codes(spec: ElementSpec) -> list[bytes]:
    """The codes of an element, as the guide lists them, that the kernel can look for."""
    return [
        code.encode()
        for code in sorted(spec.codes or ())
        if len(code) <= _kernel.LONGEST_PACKED
        and code.isalnum()
        and _CHECKER.value(spec, code, "")[0] is None
    ]


@lru_cache(maxsize=64)
def byte_classes(delimiters: Delimiters) -> bytes:
    """The class of each of the 256 bytes under these delimiters."""
    byte = _kernel.Byte
    allowed = characters(delimiters)
    classes = bytearray(256)
    for n in range(256):
        one = bytes((n,))
        if one == delimiters.terminator:
            classes[n] = byte["terminator"]
        elif one == delimiters.element:
            classes[n] = byte["separator"]
        elif one == delimiters.component:
            classes[n] = byte["component"]
        elif chr(n) not in allowed:
            classes[n] = byte["outside"]
        if not one.isdigit():
            classes[n] |= byte["no digit"]
        if one in delimiters.line_breaks:
            classes[n] |= byte["break"]
        if one in delimiters.padding:
            classes[n] |= byte["padding"]
            if one in b" \t":
                classes[n] |= byte["blank"]
    return bytes(classes)


def _needed(specs: tuple[ElementSpec, ...]) -> int:
    """The position of the last one that must be there, 0 where none must."""
    required = (n for n, s in enumerate(specs, start=1) if s.usage is Usage.REQUIRED)
    return max(required, default=0)


def _note(note: SyntaxNote) -> tuple[int, int, int]:
    first, *rest = note.positions
    return _kernel.Note[note.kind], 1 << first, sum(1 << position for position in rest)
