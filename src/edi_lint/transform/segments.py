"""The segments of one claim as a rewrite template sees, changes and prints them.

A template works on values; here they become bytes. What it leaves alone keeps every byte, line
breaks inside a segment included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import jinja2

from edi_lint.claims import Claim
from edi_lint.findings import Edit
from edi_lint.grammar import LoopNode, SegmentNode
from edi_lint.x12 import Delimiters, Segment, Window

_PLACE = re.compile(r"([A-Z][A-Z0-9]{1,2})(\d\d)(?:-(\d{1,2}))?")
_PRINTED = re.compile("\x02([0-9]{1,9})\x03")
_MARKS = "\x02{}\x03"


class MissingValue(jinja2.UndefinedError):
    """The template asks for a field that the claim's data has no value for."""


class ValueRefused(jinja2.TemplateError):
    """A value that cannot go where the template puts it. Its words do not repeat the value."""


class MisuseProblem(jinja2.TemplateError):
    """The template asks for a change that makes no sense, whatever the values are."""


class Field(str):
    """A value of the user's data; `name` is its field, for messages."""

    name: str

    def __new__(cls, text: str, name: str) -> Field:
        made = super().__new__(cls, text)
        made.name = name
        return made


class DataFields:
    """`data` in a template, and each of `rows`: fields, as attributes or by `data["a name"]`.

    Where a claim has several rows, `data` refuses to choose between them.
    """

    __slots__ = ("_fields", "_rows")

    def __init__(self, fields: Mapping[str, str], rows: int = 1) -> None:
        self._fields = {name: Field(value, name) for name, value in fields.items()}
        self._rows = rows

    def __getattr__(self, name: str) -> Field | jinja2.StrictUndefined:
        return self._held().get(name) or _missing(name)

    def __getitem__(self, name: object) -> Field | jinja2.StrictUndefined:
        return self._held().get(str(name)) or _missing("a field that the template asks for")

    def __contains__(self, name: object) -> bool:
        return name in self._held()

    def _held(self) -> dict[str, Field]:
        if self._rows > 1:
            raise ValueRefused(
                f"the data has {self._rows} rows for the claim, and the template takes one"
            )
        return self._fields


def _missing(name: str) -> jinja2.StrictUndefined:
    hint = f"no value for {name}; give it with --data or --set"
    return jinja2.StrictUndefined(hint=hint, name=name, exc=MissingValue)


class ClaimSegment:
    """One segment for a template: of the file as it stands, changed, or new.

    `origin` is its index among the claim's segments, None where it is new. Printing it puts a
    mark into the output that stands for the segment.
    """

    __slots__ = ("_number", "_segment", "_sheet", "origin")

    def __init__(self, sheet: Sheet, segment: Segment, origin: int | None) -> None:
        self._sheet = sheet
        self._segment = segment
        self._number = sheet.register(self)
        self.origin = origin

    @property
    def tag(self) -> str:
        return self._segment.tag

    @property
    def view(self) -> Segment:
        """The segment itself, for what stands outside of templates."""
        return self._segment

    @property
    def loop(self) -> str:
        """The loop it is in, such as 2300 or 2400; empty where the guide has no place."""
        node = self._node
        return node.loop.id if node else ""

    @property
    def values(self) -> tuple[str, ...]:
        """Tag and elements."""
        return tuple(self._segment.values)

    def value(self, element: Any, component: Any = 0) -> str:
        """An element, or one component of it, from 1; empty where there is none."""
        if not isinstance(element, int) or not isinstance(component, int):
            raise MisuseProblem("value takes numbers: value(2) is REF02, value(5, 3) is CLM05-3")
        return self._segment.value(element, component)

    def __str__(self) -> str:
        return _MARKS.format(self._number)

    @property
    def _node(self) -> SegmentNode | None:
        return self._sheet.grammar.segment_node(self._segment.node)


class SegmentRow(tuple[ClaimSegment, ...]):
    """Segments in a row; printing them prints each."""

    __slots__ = ()

    def __str__(self) -> str:
        return "".join(map(str, self))


class Sheet:
    """One claim being rewritten: its segments, and every segment that its template makes."""

    def __init__(self, claim: Claim) -> None:
        assert claim.transaction.grammar is not None
        self.grammar = claim.transaction.grammar
        self.delimiters: Delimiters = claim.block.delimiters
        self.loop: LoopNode = claim.loop.node
        self.window: Window = claim.block.window
        self._made: list[ClaimSegment] = []
        self.originals = [
            Segment(self.window, s.start, s.end, self.delimiters, s.node, s.ordinal)
            for s in claim.segments
        ]
        self.segments = SegmentRow(
            ClaimSegment(self, segment, n) for n, segment in enumerate(self.originals)
        )

    def register(self, segment: ClaimSegment) -> int:
        self._made.append(segment)
        return len(self._made) - 1

    # what templates call

    def new(self, tag: str, *values: Any) -> ClaimSegment:
        """`segment("REF", "F8", number)`: a new segment; a list makes a composite element.

        It goes where the template prints it. Elements at the end that are empty are left out.
        """
        return ClaimSegment(self, self._segment(tag, values), None)

    def _segment(self, tag: str, values: Sequence[Any], node: int = 0) -> Segment:
        if str(tag) not in _tags(self.loop):
            raise MisuseProblem(f"no segment of a claim is called {_shown(tag)}")
        texts = [
            self._composite(value, f"{tag}{n:02}")
            if isinstance(value, list | tuple)
            else self._text(value, f"{tag}{n:02}")
            for n, value in enumerate(values, start=1)
        ]
        while texts and not texts[-1]:
            texts.pop()
        if not texts:
            raise MisuseProblem(f"{tag} has no element with a value")
        separator = self.delimiters.element.decode("latin-1")
        return self._view(separator.join([tag, *texts]).encode("latin-1"), node)

    def _composite(self, values: Sequence[Any], place: str) -> str:
        texts = [self._text(v, f"{place}-{n}") for n, v in enumerate(values, start=1)]
        while texts and not texts[-1]:
            texts.pop()
        return self.delimiters.component.decode("latin-1").join(texts)

    def _view(self, raw: bytes, node: int) -> Segment:
        return Segment(Window(raw, 0, 1, 0), 0, len(raw), self.delimiters, node)

    def set_element(self, segment: ClaimSegment, place: str, value: Any) -> ClaimSegment:
        """The segment with one element (CLM01) or component (CLM05-3) changed."""
        tag, element, component = _parsed(place)
        if segment.tag != tag:
            raise MisuseProblem(f"a {_shown(segment.tag)} segment has no element {place}")
        old = segment._segment
        raw = old.replaced(element, component, self._text(value, place))
        if raw == old.raw:
            return segment
        return ClaimSegment(self, self._view(raw, old.node), segment.origin)

    def place(
        self, segments: SegmentRow, tag: str, values: Sequence[Any], line: str = ""
    ) -> SegmentRow:
        """The segments with one of loop 2300, or of a service line, put where the guide wants it.

        Where the guide allows one and one is there, its place is taken; where it allows several,
        one that is the same stays alone. Else the new one comes after the last segment of the claim
        itself, or of the line itself, that the guide does not want behind it.
        """
        made = self._segment(tag, values)
        begin, end, loop = self._stretch(segments, line)
        around = segments[begin:end]
        node = self._node_of(made, loop)
        standing = [n for n, s in enumerate(around) if s._segment.node == node.index]
        if node.repeat == 1 and len(standing) > 1:
            raise MisuseProblem(f"the claim has {len(standing)} {node.tag} segments of this kind")
        if any(around[n]._segment.values == made.values for n in standing):
            return segments
        view = self._view(made.raw, node.index)
        if node.repeat == 1 and standing:
            at = begin + standing[0]
            new = ClaimSegment(self, view, segments[at].origin)
            return SegmentRow((*segments[:at], new, *segments[at + 1 :]))
        if node.repeat and len(standing) >= node.repeat:
            where = f"line {_shown_number(line)}" if line else "the claim"
            raise ValueRefused(
                f"{where} has {len(standing)} {node.tag} segments already, as many as the guide "
                "allows"
            )
        at = begin + self._place_after(around, node)
        return SegmentRow((*segments[:at], ClaimSegment(self, view, None), *segments[at:]))

    def _stretch(self, segments: SegmentRow, line: str) -> tuple[int, int, LoopNode]:
        """The segments of the claim, or of a line by its LX01, and the loop they are in."""
        if not line:
            return 0, len(segments), self.loop
        heads = [n for n, s in enumerate(segments) if s.tag == "LX"]
        for head, following in pairwise((*heads, len(segments))):
            node = segments[head]._node
            if segments[head].value(1) == line and node is not None:
                return head, following, node.loop
        raise ValueRefused(f"the claim has no service line {_shown_number(line)}")

    def drop(self, segments: SegmentRow, tag: str, qualifier: str | None) -> SegmentRow:
        """The segments without those of loop 2300 with the tag and, if given, qualifier."""

        def dropped(segment: ClaimSegment) -> bool:
            node = segment._node
            return (
                node is not None
                and node.loop is self.loop
                and segment.tag == tag
                and qualifier in (None, segment.value(1))
            )

        return SegmentRow(s for s in segments if not dropped(s))

    # where and what

    def _node_of(self, made: Segment, loop: LoopNode) -> SegmentNode:
        """The place of a loop that takes a new segment."""
        for node in loop.children:
            if isinstance(node, SegmentNode) and node.tag == made.tag and _takes(node, made):
                return node
        raise MisuseProblem(
            f"loop {loop.id} of {self.grammar.guide} has no place for this {made.tag}"
        )

    def _place_after(self, segments: Sequence[ClaimSegment], node: SegmentNode) -> int:
        """How many segments stand before the place of a new one."""
        place = 0
        for n, segment in enumerate(segments, start=1):
            standing = segment._node
            if standing is None:
                continue
            if standing.loop is not node.loop or standing.position > node.position:
                break
            place = n
        return place

    def _text(self, value: Any, place: str) -> str:
        """A value as text, refused where it would break the segment."""
        if isinstance(value, jinja2.Undefined):
            return str(value)
        what = value.name if isinstance(value, Field) else "the value"
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValueRefused(f"{what} for {place} is neither text nor a whole or decimal number")
        text = str(value)
        if refusal := self.delimiters.refusal(text):
            raise ValueRefused(f"{what} for {place} {refusal}")
        return text

    # what comes out

    def printed(self, text: str) -> list[ClaimSegment]:
        """The segments that a template's output stands for. Raises MisuseProblem."""
        if _PRINTED.sub("", text).strip():
            raise MisuseProblem(
                "the template prints text that is not a segment: print segments, one by one in a "
                'loop or all at once, and make new ones with segment("REF", …)'
            )
        numbers = [int(n) for n in _PRINTED.findall(text)]
        if any(n >= len(self._made) for n in numbers):
            raise MisuseProblem("the template prints a mark that stands for no segment")
        segments = [self._made[n] for n in numbers]
        heads = [n for n, s in enumerate(segments) if s.tag == self.originals[0].tag == "CLM"]
        if self.originals[0].tag == "CLM" and heads != [0]:
            raise MisuseProblem(
                "the template must print the claim's CLM segment first, and only once"
            )
        if not segments:
            raise MisuseProblem("the template prints no segment")
        return segments

    def edits(self, segments: Sequence[ClaimSegment]) -> list[Edit]:
        """The edits on the file that make the claim's segments these ones."""
        placed = _in_order(segments)
        origins = [s.origin for s in placed if s.origin is not None]
        if origins != sorted(origins):
            return [self._rewritten(placed)]
        edits: list[Edit] = []
        following = 0
        waiting = ""
        style = self._gap_after(0)
        for segment in placed:
            if segment.origin is None:
                waiting += segment.text + style
                continue
            original = self.originals[segment.origin]
            if segment.origin > following:
                start = self.originals[following].start
                edits.append(Edit(start, original.start, ""))
            if waiting:
                edits.append(Edit(original.start, original.start, waiting))
                waiting = ""
            if segment.text != original.raw.decode("latin-1"):
                edits.append(Edit(original.start, original.end, segment.text))
            following = segment.origin + 1
            style = self._gap_after(segment.origin)
        if waiting or following < len(self.originals):
            text = waiting.removesuffix(style)
            start = self.originals[0].start
            if following:
                start = self.originals[following - 1].end
                text = style + text if text else ""
            edits.append(Edit(start, self.originals[-1].end, text))
        return edits

    def _rewritten(self, placed: Sequence[_PrintedSegment]) -> Edit:
        """One edit for the whole claim, where its segments stand in another order."""
        gaps = [self._gap_after(s.origin or 0) for s in placed[:-1]]
        text = "".join(s.text + gap for s, gap in zip(placed, [*gaps, ""], strict=True))
        return Edit(self.originals[0].start, self.originals[-1].end, text)

    def _gap_after(self, index: int) -> str:
        """Terminator and white space as they follow a segment; behind the last, as before it."""
        for n in (index, *range(index - 1, -1, -1)):
            if n + 1 < len(self.originals):
                start, end = self.originals[n].end, self.originals[n + 1].start
                gap = self.window.data[start - self.window.base : end - self.window.base]
                terminator = self.delimiters.terminator
                if gap[:1] == terminator and not gap[1:].strip(self.delimiters.padding):
                    return gap.decode("latin-1")
        return self.delimiters.terminator.decode("latin-1")


class _PrintedSegment:
    """A printed segment: its text, and the original that it stands for."""

    __slots__ = ("origin", "text")

    def __init__(self, text: str, origin: int | None) -> None:
        self.text = text
        self.origin = origin


def _in_order(segments: Sequence[ClaimSegment]) -> list[_PrintedSegment]:
    """What was printed; an original printed a second time is a new segment."""
    seen: set[int] = set()
    placed = []
    for segment in segments:
        origin = None if segment.origin in seen else segment.origin
        if origin is not None:
            seen.add(origin)
        placed.append(_PrintedSegment(segment._segment.raw.decode("latin-1"), origin))
    return placed


def filters() -> dict[str, Callable[..., Any]]:
    """The filters of rewrite templates."""
    return {"set_element": set_element, "place": place, "drop": drop}


def tests() -> dict[str, Callable[..., bool]]:
    """The tests of rewrite templates."""
    return {"tagged": tagged, "in_loop": in_loop}


def tagged(segment: Any, tag: str, qualifier: str | None = None) -> bool:
    """`segment is tagged("REF", "F8")`: whether it has the tag and, if given, the qualifier."""
    (one,) = _segments([segment], "tagged")
    return one.tag == tag and qualifier in (None, one.value(1))


def in_loop(segment: Any, loop: str) -> bool:
    """`segment is in_loop("2400")`: whether it is in the loop itself."""
    (one,) = _segments([segment], "in_loop")
    return one.loop == loop


def set_element(target: Any, position: str, value: Any) -> ClaimSegment | SegmentRow:
    """`segments | set_element("CLM05-3", "7")`: change one element or component.

    On a single segment it changes that one; on segments the one that has the tag, and where
    several have it the template must choose, in a loop.
    """
    if isinstance(target, ClaimSegment):
        return target._sheet.set_element(target, position, value)
    segments = _segments(target, "set_element")
    tag, _, _ = _parsed(position)
    fitting = [n for n, s in enumerate(segments) if s.tag == tag]
    if len(fitting) != 1:
        found = f"{len(fitting)} {tag} segments" if fitting else f"no {tag} segment"
        raise MisuseProblem(f"{position}: the claim has {found}; choose one in a loop")
    changed = set_element(segments[fitting[0]], position, value)
    assert isinstance(changed, ClaimSegment)
    return SegmentRow((*segments[: fitting[0]], changed, *segments[fitting[0] + 1 :]))


def place(target: Any, tag: str, *values: Any, line: Any = "") -> SegmentRow:
    """`segments | place("REF", "F8", number)`: put a segment of loop 2300 at the guide's place.

    With `line="2"` one of the service line with this LX01.
    """
    segments = _segments(target, "place")
    if isinstance(line, jinja2.Undefined) or not isinstance(line, str | int):
        raise MisuseProblem("line is the number of a service line, LX01, as text")
    return segments[0]._sheet.place(segments, tag, values, str(line))


def drop(target: Any, tag: str, qualifier: str | None = None) -> SegmentRow:
    """`segments | drop("REF", "F8")`: leave out segments of loop 2300."""
    segments = _segments(target, "drop")
    return segments[0]._sheet.drop(segments, tag, qualifier)


def _segments(target: Any, name: str) -> SegmentRow:
    if isinstance(target, jinja2.Undefined):
        str(target)
    items = list(target) if isinstance(target, Iterable) and not isinstance(target, str) else []
    if not items or not all(isinstance(s, ClaimSegment) for s in items):
        raise MisuseProblem(f"{name} works on segments")
    return SegmentRow(items)


def _parsed(place: str) -> tuple[str, int, int]:
    match = _PLACE.fullmatch(str(place))
    if match is None or match[2] == "00" or (match[3] and int(match[3]) == 0):
        raise MisuseProblem("a place is written as REF02 or, for a component, as CLM05-3")
    return match[1], int(match[2]), int(match[3] or 0)


def _takes(node: SegmentNode, segment: Segment) -> bool:
    if node.key is None:
        return True
    element, component = node.key
    return segment.value(element, component) in node.key_codes and (
        not node.second_codes or segment.value(element + 1) in node.second_codes
    )


@cache
def _tags(loop: LoopNode) -> frozenset[str]:
    """The tags of every segment that may stand in a claim."""
    found: set[str] = set()
    for child in loop.children:
        found |= _tags(child) if isinstance(child, LoopNode) else {child.tag}
    return frozenset(found)


def _shown_number(text: str) -> str:
    return text if re.fullmatch(r"[0-9]{1,6}", text) else "of that number"


def _shown(tag: object) -> str:
    """A tag as a message may show it."""
    return tag if isinstance(tag, str) and re.fullmatch(r"[A-Z0-9]{1,3}", tag) else "that"
