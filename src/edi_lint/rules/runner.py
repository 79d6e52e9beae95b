"""Asks a rule about claims and lines by the texts of its parts, each combination once.

`Question` is a rule in a run. It reads off the parts which triggers call the rule, judges each
distinct combination of their texts once, finding or none, and turns a verdict's places into
segments only where it is shown. A rule may be a class or data: all that counts is its `parts`,
`arguments` and `judge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from edi_lint.claims import Claim, ServiceLine
from edi_lint.claims.loops import Loop
from edi_lint.codes.answers import Days
from edi_lint.engine import (
    CLAIM_LOOP,
    LINE_LOOP,
    Block,
    Lasting,
    SegmentPlace,
    Segments,
    Texts,
    Together,
    Trigger,
    Twice,
    ValuePlace,
    Values,
)
from edi_lint.grammar import Grammar
from edi_lint.rules.base import ClaimRule, Hit, LineRule
from edi_lint.rules.parts import (
    LINE_INDEX,
    PACK,
    At,
    ByLine,
    Noticed,
    Part,
    Said,
    Source,
    Spot,
    TextsOfParts,
)
from edi_lint.rules.run import Run
from edi_lint.x12 import Segment

_REMEMBERED = 50_000
_MOST_ELEMENTS = 12
"""Elements of an HI, the segment whose elements are looked at one by one."""
_GROUP = "GS"
_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


def remember(known: dict[_Key, _Answer], key: _Key, answer: _Answer) -> _Answer:
    """Keep an answer for when the key comes again; once too many are kept, start afresh."""
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = answer
    return answer


class _Stretches:
    """Where segments stand in a claim that follows the guide: in the claim itself, in each line."""

    def __init__(self, block: Block, grammar: Grammar) -> None:
        self._block = block
        self._grammar = grammar
        self._bounds = (0, *block.of_nodes(grammar.by_tag["LX"]), len(block))
        self._by_node: dict[int, dict[int, list[int]]] = {}

    def standing(self, part: Part, number: int) -> list[Segment]:
        """The segments of the part's tag in its loop; `number` is 0, or that of a line from 1."""
        by_node = self._by_node.get(number)
        if by_node is None:
            by_node = self._by_node[number] = {}
            begin, end = self._bounds[number : number + 2]
            for index, node in enumerate(self._block.nodes[begin:end], begin):
                by_node.setdefault(node, []).append(index)
        met = by_node.keys() & _nodes_of(self._grammar, part)
        if not met:
            return []
        indexes = [index for node in met for index in by_node[node]]
        return [self._block.segment(index) for index in sorted(indexes)]


_NODES: dict[tuple[str, int], frozenset[int]] = {}


def _nodes_of(grammar: Grammar, part: Part) -> frozenset[int]:
    """The places in the guide of the segments that a part may stand in."""
    key = grammar.guide, part.segment
    if key not in _NODES:
        place = part.place
        nodes = map(grammar.segment_node, grammar.by_tag.get(place.tag, ()))
        standing = (n.index for n in nodes if n is not None and n.loop.id == place.loop)
        _NODES[key] = frozenset(standing)
    return _NODES[key]


class Reading:
    """The values of parts in one claim, or in one of its service lines, each read once."""

    def __init__(self, claim: Claim, line: ServiceLine | None = None, index: int = -1) -> None:
        self.claim = claim
        self.line = line
        self.index = index
        self._values: dict[int, Any] = {}
        self._segments: dict[int, list[Segment]] = {}
        self._lines: list[Reading] | None = None
        self._around = self
        block, grammar = claim.block, claim.transaction.grammar
        # where an engine has seen all of it, the segments are where the guide wants them
        known = line is None and block.alarms is not None and grammar is not None
        self._stretches = _Stretches(block, grammar) if known and grammar else None

    @property
    def lines(self) -> list[Reading]:
        """The readings of the claim's lines."""
        if self._lines is None:
            self._lines = [Reading(self.claim, n, i) for i, n in enumerate(self.claim.lines)]
            for reading in self._lines:
                reading._around = self
        return self._lines

    def of_line(self, line: ServiceLine) -> Reading:
        """The reading of one line; of a line that is not among the claim's, a new one."""
        lines = self.lines
        index = line.index
        if index < len(lines) and lines[index].line is line:
            return lines[index]
        reading = Reading(self.claim, line, index)
        reading._around = self
        return reading

    def __getitem__(self, part: Part) -> Any:
        try:
            return self._values[part.number]
        except KeyError:
            value = self._values[part.number] = self._read(part)
            return value

    def _read(self, part: Part) -> Any:
        if part.of_line:
            if self.line is None:
                return ByLine(line.of_own(part) for line in self._around.lines)
            return self._around[part] if part.each_line else self.of_own(part)
        # what belongs to the claim is the same object for each of its lines
        return self.of_own(part) if self._around is self else self._around[part]

    def of_own(self, part: Part) -> Any:
        """The value by the segments of this claim or line alone."""
        if part.number == LINE_INDEX.number:
            return self.index
        if part.each:
            groups = [_of_part(part, loop) for loop in self._loops(part)]
            return tuple(self._value(part, segments) for segments in groups)
        return self._value(part, self.segments(part))

    def _value(self, part: Part, segments: list[Segment]) -> Any:
        """The value by the segments that the part may stand in."""
        if part.every:
            return tuple([part.read(segment) for segment in segments])
        if not segments or (part.only and len(segments) > 1):
            return part.nothing
        return part.read(segments[0])

    def segments(self, part: Part) -> list[Segment]:
        """The segments that a part of this claim, or of this line, may stand in."""
        found = self._segments.get(part.segment)
        if found is None:
            found = self._segments[part.segment] = self._standing(part)
        return found

    def _standing(self, part: Part) -> list[Segment]:
        claim, place = self.claim, part.place
        stretches = self._around._stretches
        if part.above:
            segments = claim.above(place.loop, place.tag)
        elif stretches is not None and part.of_line:
            segments = stretches.standing(part, self.index + 1) if self.line else []
        elif stretches is not None and place.loop != _GROUP:
            segments = stretches.standing(part, 0)
        elif place.loop == CLAIM_LOOP:
            segments = claim.own(place.tag)
        elif place.loop == _GROUP:
            header = claim.group.header
            segments = [header] if header is not None else []
        elif not part.of_line:
            segments = claim.standing(place.tag, (place.loop,))
        elif self.line is None:
            segments = []
        elif place.loop == LINE_LOOP:
            segments = self.line.own(place.tag)
        else:
            loops = _within(self.line.loop, place.loop)
            segments = [s for loop in loops for s in loop.all(place.tag)]
        if place.qualifier:
            return [s for s in segments if s.value(1, 1) in place.qualifiers]
        return segments

    def _loops(self, part: Part) -> list[Loop]:
        """The loops of this claim, or of this line, that a part has one value for each of."""
        level = self.line.loop if part.of_line and self.line else self.claim.loop
        return list(level.inner(part.each))

    def spot(self, part: Part, at: At) -> Spot | None:
        """Where a place is; None where its segment is not there."""
        path, reading = at.path, self if part.of_line else self._around
        if part.of_line and (part.each_line or self.line is None):
            lines = self._around.lines
            index, path = (path[0], path[1:]) if path else (0, ())
            if index >= len(lines):
                return None
            reading = lines[index]
        number = reading.line.number if reading.line is not None else ""
        if part.each:
            group, path = path[0], path[1:]
            segments = _of_part(part, reading._loops(part)[group])
        else:
            segments = reading.segments(part)
        index = 0
        if part.every and path:
            index, path = path[0], path[1:]
        if index >= len(segments):
            return None
        return Spot(segments[index], *_element_of(part, at, path), number)


def _element_of(part: Part, at: At, path: tuple[int, ...]) -> tuple[int, int]:
    """Element and component of a text of a part, 0 for the whole of either."""
    place = part.place
    if at.whole:
        return 0, 0
    if path and not place.element:
        return path[0] + 1, place.first or 1
    if path:
        return place.element, (place.first or 1) + path[0]
    return place.element, 0 if part.is_several else place.first


def _of_part(part: Part, loop: Loop) -> list[Segment]:
    """The segments of a part in a loop or, where it is in one inside that, in all of those."""
    place = part.place
    loops = [loop] if loop.id == place.loop else list(_within(loop, place.loop))
    segments = [s for each in loops for s in each.all(place.tag)]
    if place.qualifier:
        return [s for s in segments if s.value(1, 1) in place.qualifiers]
    return segments


def _within(loop: Loop, id_: str) -> Iterator[Loop]:
    for inner in loop.loops:
        if inner.id == id_:
            yield inner
        else:
            yield from _within(inner, id_)


class Call(NamedTuple):
    """A trigger that may call a rule, and whether texts met there give a reason to ask it.

    For a `Lasting` trigger `window` says on which days a value gives none.
    """

    trigger: Trigger
    concerns: Callable[[Together], bool]
    window: Callable[[str], Days | None] | None = None


class Question:
    """A rule in a run, and what it has said of each combination of its parts' texts."""

    def __init__(self, rule: ClaimRule | LineRule, run: Run) -> None:
        self.rule = rule
        self.of_line = isinstance(rule, LineRule)
        self._run = run
        self._parts = rule.parts
        declared = list(self._parts.values())
        self._conditions = [s for s in declared if s.condition is not None]
        self._exemptions = [s for s in declared if s.exemption or s.window]
        self._noticed = [s for s in declared if isinstance(s, Noticed)]
        self._arguments = [self._parts[name] for name in rule.arguments]
        asked = (*self._conditions, *self._arguments)
        self._bases = tuple(dict.fromkeys(base for s in asked for base in s.bases(run)))
        self._known: dict[tuple[Any, ...], tuple[Said, ...]] = {}
        gates = (base for s in self._conditions for base in s.bases(run))
        self._gates = tuple(dict.fromkeys(gates))
        self._passed: dict[tuple[Any, ...], bool] = {}
        self.calls = tuple(self._calls())

    # what is said

    def verdict(self, texts: TextsOfParts) -> tuple[Said, ...]:
        """What the rule says where its parts hold these texts; judged once for each combination."""
        if not self._passes(texts):
            return ()
        key = tuple([texts[base] for base in self._bases])
        found = self._known.get(key)
        if found is None:
            found = remember(self._known, key, self._judge(texts))
        return found

    def _judge(self, texts: TextsOfParts) -> tuple[Said, ...]:
        return tuple(self.rule.judge(*[s.value(self._run, texts) for s in self._arguments]))

    def _passes(self, texts: TextsOfParts) -> bool:
        """Whether all conditions hold; nothing else of the claim is read for it."""
        if not self._gates:
            return True
        key = tuple([texts[base] for base in self._gates])
        found = self._passed.get(key)
        if found is None:
            found = remember(self._passed, key, self._holds(self._conditions, texts))
        return found

    def _checked(self, reading: Reading) -> list[Hit]:
        """The hits of a rule that needs a whole claim."""
        if isinstance(self.rule, ClaimRule):
            return list(self.rule.check(reading.claim))
        line = reading.line
        return [hit._replace(line=line.number) for hit in self.rule.check(line)] if line else []

    def hits(self, reading: Reading) -> list[Hit]:
        """The rule's hits in a claim or line; a place that is not there makes none."""
        if self.rule.whole_claim:
            return self._checked(reading) if self._passes(reading) else []
        return self._shown(self.verdict(reading), reading)

    def hits_anyway(self, reading: Reading) -> list[Hit]:
        """The same, judged anew, whatever is known.

        Asked of every claim and line, this is what has to come of the calls.
        """
        if self.rule.whole_claim:
            return self._checked(reading)
        run = self._run
        if not self._holds(self._conditions, reading):
            return []
        said = self.rule.judge(*[s.value(run, reading) for s in self._arguments])
        return self._shown(tuple(said), reading)

    def _shown(self, said: tuple[Said, ...], reading: Reading) -> list[Hit]:
        return [hit for at, message in said if (hit := self._hit(at, message, reading))]

    def _hit(self, at: At, message: str, reading: Reading) -> Hit | None:
        def find(at: At) -> Spot | None:
            return reading.spot(self._place(at), at)

        spot = find(at)
        if spot is None:
            return None
        fix = at.fix.fix(spot, find) if at.fix else None
        also = find(at.also) if at.also else None
        place = (spot.segment, spot.element, spot.component)
        return Hit(*place, message, fix, spot.line, at.severity, at.response, also)

    def _place(self, at: At) -> Part:
        part = self._parts.get(at.part)
        if not isinstance(part, Part):
            raise TypeError(
                f"{self.rule.code} names the place {at.part}, which is not a part of it"
            )
        return part

    # when it is asked

    def _calls(self) -> Iterator[Call]:
        """The triggers that call the rule, read off its parts."""
        watched = [call for source in self._exemptions for call in self._exempting(source)]
        watched += [Call(s.trigger, lambda texts: True) for s in self._noticed]
        if watched and None not in watched:
            yield from filter(None, watched)
            return
        native = [s for s in self._conditions if self._is_native(s)]
        if PACK in native:
            # lines with a code of a pack are few: with what else must hold, the keys would be many
            native = [s for s in native if s == PACK]
        bases = dict.fromkeys(base for s in native for base in s.bases(self._run))
        if bases:
            yield self._together(tuple(bases), lambda texts: self._holds(native, texts))
        elif self._arguments and not watched and all(map(self._is_native, self._arguments)):
            yield self._together(self._bases, lambda texts: bool(self.verdict(texts)))
        else:
            always = (Part("2400", "SV1", 1),) if self.of_line else (Part("2300", "CLM", 1),)
            yield self._together(always, lambda texts: True)

    def _holds(self, conditions: list[Source], texts: TextsOfParts) -> bool:
        return all(
            s.condition(s.value(self._run, texts)) for s in conditions if s.condition is not None
        )

    def _is_native(self, source: Source) -> bool:
        """Whether an engine sees all that a part depends on."""
        return all(map(self._is_seen, source.bases(self._run)))

    def _is_seen(self, part: Part) -> bool:
        if part.every or part.each_line or part == LINE_INDEX or part.place.loop == _GROUP:
            return False
        return not part.of_line or (self.of_line and part.place.loop == LINE_LOOP)

    def _together(self, bases: tuple[Part, ...], concerns: Callable[[TextsOfParts], bool]) -> Call:
        def asked(texts: Together) -> bool:
            return concerns({b: b.of_segment(t) for b, t in zip(bases, texts, strict=True)})

        return Call(Texts(tuple(base.place for base in bases)), asked)

    def _exempting(self, source: Source) -> Iterator[Call | None]:
        """What calls the rule where a part is not exempt; None where no engine can see that."""
        call = self._unless(source) if source.exemption else self._within(source)
        yield call
        if source.once:
            if call is not None and isinstance(call.trigger, Values | Lasting):
                yield Call(Twice(call.trigger.places), lambda texts: True)
            else:
                yield None

    def _unless(self, source: Source) -> Call | None:
        if not isinstance(source, Part):
            return self._unless_derived(source)
        if source.each or source.each_line or source == LINE_INDEX or source.place.loop == _GROUP:
            return None
        if source.place.element == 0 and not source.of_line and not source.above:
            return _of_elements(source)
        if self._is_of_segments(source):
            return _of_values(source) if source.is_exempt("") else _of_segments(source, (source,))
        if source.every or (source.of_line and source.place.loop != LINE_LOOP):
            return None
        return self._together((source,), lambda texts: not source.is_exempt(texts[source]))

    def _within(self, source: Source) -> Call:
        """What calls the rule where a text of a part is not good on a day of service."""
        if not isinstance(source, Part) or source.every or source.each or source.day is None:
            raise TypeError(f"{source} has no places of which an engine could tell the days")
        trigger = Lasting(_places(source), source.day.place, self.of_line)
        return Call(trigger, lambda texts: True, source.window)

    def _unless_derived(self, source: Source) -> Call | None:
        bases = source.bases(self._run)
        if self._is_native(source):
            return self._together(
                bases, lambda texts: not source.is_exempt(source.value(self._run, texts))
            )
        parts = tuple(base for base in bases if base.every)
        beside = tuple(base for base in bases if not base.every)
        kinds = {part.place[:2] for part in parts}
        of_segments = len(kinds) == 1 and all(map(self._is_of_segments, parts))
        if of_segments and all(b.above and self._is_seen(b) for b in beside):
            return _of_segments(source, parts, beside, self._run)
        return None

    def _is_of_segments(self, part: Part) -> bool:
        """Whether an engine sees each segment of a part by itself."""
        if not part.every or part.above or (part.of_line and self.of_line):
            return False
        return not (part.each or part.each_line or part.is_several)


def _of_elements(source: Part) -> Call:
    """A call by each element of a segment by itself."""
    if not source.is_exempt(""):
        raise TypeError(f"{source} is to be exempt where an element is empty")
    return Call(Values(_places(source)), lambda texts: not source.is_exempt(texts[0][0]))


def _places(part: Part) -> tuple[ValuePlace, ...]:
    """Where each of the texts of a part is."""
    place = part.place
    one = ValuePlace(
        place.tag,
        place.element,
        place.first,
        loops=(place.loop,),
        shape=place.shape,
        qualifier=place.qualifier,
    )
    if not place.element:
        one = one._replace(component=place.first or 1)
        return tuple(one._replace(element=n) for n in range(1, _MOST_ELEMENTS + 1))
    return tuple(one._replace(component=n) for n in range(place.first, place.last + 1))


def _of_values(part: Part) -> Call:
    """A call by the text of each segment of a tag in a loop by itself, where it is not empty."""
    return Call(Values(_places(part)), lambda texts: not part.is_exempt(texts[0][0]))


def _of_segments(
    source: Source, parts: tuple[Part, ...], beside: tuple[Part, ...] = (), run: Run | None = None
) -> Call:
    """A call by each segment of a tag in a loop by itself, and by parts above the claim.

    The parts are elements of that segment. Without a run the source is the only part.
    """
    place = parts[0].place
    shaped = tuple((part.place.element, part.place.shape) for part in parts)
    standing = SegmentPlace(place.tag, (place.loop,), shaped=shaped)

    def concerns(texts: Together) -> bool:
        own = [_value_in(part, of) for part, of in zip(parts, texts, strict=False)]
        if run is None:
            return not source.is_exempt(own[0])
        others = {b: b.of_segment(t) for b, t in zip(beside, texts[len(parts) :], strict=True)}
        values = {part: (value,) for part, value in zip(parts, own, strict=True)}
        return not source.is_exempt(source.value(run, {**values, **others}))

    return Call(Segments(standing, tuple(b.place for b in beside)), concerns)


def _value_in(part: Part, components: tuple[str, ...]) -> Any:
    """What a part is in one segment, by the components of its element."""
    first, last = part.place.first, part.place.last
    return part.of_segment(components[first - 1 : last] if first else components)
