"""Calls the rules, each only where what it looks at occurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import (
    CLAIM_LOOP,
    Alarms,
    Balance,
    Block,
    Engine,
    Part,
    Segments,
    Texts,
    Trigger,
    ValuePlace,
)
from edi_lint.grammar import Grammar
from edi_lint.packs import Pack, Payers
from edi_lint.rules.base import ClaimRule, Hit, LineRule, PackRule, Rule, ValueRule, replace_value
from edi_lint.x12 import Segment

Together = tuple[tuple[str, ...], ...]
"""Texts that decide together, part by part, each part as its components."""

_REMEMBERED = 200_000
_PROCEDURE = Texts((Part("2400", "SV1", 1, 2, 2),))
"""The procedure code, SV101-2: what decides whether a line belongs to a pack."""


@dataclass(slots=True)
class _Judged:
    """A place that rules judge the values of, and values met there of which they say nothing.

    `number` is the index of the place in `Values.places`.
    """

    place: ValuePlace
    number: int
    rules: list[ValueRule]
    harmless: set[str] = field(default_factory=set)

    def value(self, segment: Segment) -> str:
        """The value of a segment that is to be judged; empty where there is none."""
        place = self.place
        depends = place.when_element > 0
        if depends and segment.value(place.when_element, place.when_component) != place.when_value:
            return ""
        return segment.value(place.element, place.component)


class Values:
    """Runs the value rules over blocks, judging each distinct value once."""

    def __init__(self, rules: list[Rule]) -> None:
        of_values = [r for r in rules if isinstance(r, ValueRule)]
        self.places = tuple(dict.fromkeys(p for r in of_values for p in r.places))
        self._known: dict[str, dict[str, str | None]] = {r.code: {} for r in of_values}
        self._judged = [
            _Judged(place, number, [r for r in of_values if place in r.places])
            for number, place in enumerate(self.places)
        ]
        self._nodes: dict[str, dict[int, list[_Judged]]] = {}

    def hits(self, block: Block, engine: Engine, upto: int) -> Iterator[tuple[Rule, Hit]]:
        """What is wrong with the values in the first `upto` segments of a block."""
        if block.alarms is not None and not block.alarms.values:
            return
        grammar = _grammar(block)
        wanted = self._wanted(grammar)
        nodes = block.nodes
        if block.alarms is None:
            indexes = [index for index, node in enumerate(nodes) if node in wanted]
        else:
            indexes = list(block.alarms.values)
        for index in indexes:
            if index >= upto:
                return
            segment = block.segment(index)
            for judged in wanted[nodes[index]]:
                value = judged.value(segment)
                hits = self._hits(judged, segment, value) if value else []
                if not hits and block.alarms is not None:
                    engine.learn_value(grammar.guide, judged.number, value)
                for rule, hit in hits:
                    yield rule, hit._replace(line=_line_at(block, index))

    def _wanted(self, grammar: Grammar) -> dict[int, list[_Judged]]:
        """What is judged at each grammar node."""
        if grammar.guide not in self._nodes:
            found: dict[int, list[_Judged]] = {}
            for judged in self._judged:
                for node in grammar.by_tag.get(judged.place.tag, ()):
                    found.setdefault(node, []).append(judged)
            self._nodes[grammar.guide] = found
        return self._nodes[grammar.guide]

    def _hits(self, judged: _Judged, segment: Segment, value: str) -> list[tuple[Rule, Hit]]:
        if value in judged.harmless:
            return []
        said = [(r, self._judge(r, value)) for r in judged.rules]
        hits: list[tuple[Rule, Hit]] = [
            (r, _of_value(r, judged.place, segment, value, m)) for r, m in said if m is not None
        ]
        if not hits and len(judged.harmless) < _REMEMBERED:
            judged.harmless.add(value)
        return hits

    def _judge(self, rule: ValueRule, value: str) -> str | None:
        known = self._known[rule.code]
        if value not in known:
            if len(known) > _REMEMBERED:
                known.clear()
            known[value] = rule.judge(value)
        return known[value]


def _line_at(block: Block, index: int) -> str:
    """The number of the service line that a segment of a block is on; empty outside of lines."""
    lines = _grammar(block).by_tag["LX"]
    before = (n for n in range(index, -1, -1) if block.nodes[n] in lines)
    lx = next(before, None)
    return block.segment(lx).value(1) if lx is not None else ""


def _of_value(
    rule: ValueRule, place: ValuePlace, segment: Segment, value: str, message: str
) -> Hit:
    meant = rule.mend(value)
    fix = None
    if meant is not None:
        words = f"write {meant}"
        fix = replace_value(segment, place.element, place.component, meant, words)
    return Hit(segment, place.element, place.component, message, fix)


@dataclass(slots=True)
class _Asked:
    """A trigger, the rules that it calls, and which of them speak of texts met before."""

    trigger: Trigger
    rules: list[ClaimRule | LineRule] = field(default_factory=list)
    known: dict[Together, list[ClaimRule | LineRule]] = field(default_factory=dict)

    def concerned(self, texts: Together) -> list[ClaimRule | LineRule]:
        """The rules that may have something to say where these texts stand together."""
        found = self.known.get(texts)
        if found is None:
            if len(self.known) > _REMEMBERED:
                self.known.clear()
            found = self.known[texts] = [r for r in self.rules if r.concerns(*texts)]
        return found

    def among(self, texts: list[Together] | None) -> list[ClaimRule | LineRule]:
        """The rules that may have something to say of a claim or line where these texts stand."""
        if texts is None:
            return self.rules
        if len(texts) == 1:
            return self.concerned(texts[0])
        found = [self.concerned(t) for t in texts]
        return [r for r in self.rules if any(r in concerned for concerned in found)]


class Calls:
    """Runs the rules about claims, lines and packs over claims."""

    def __init__(self, rules: list[Rule], packs: Mapping[str, Pack], payers: Payers) -> None:
        self._packs = packs
        self._payers = payers
        self._pack_rules = [r for r in rules if isinstance(r, PackRule)]
        self._asked: list[_Asked] = []
        for rule in rules:
            if isinstance(rule, ClaimRule | LineRule):
                self._add(rule)
        self._of_line = [a for a in self._asked if a.trigger.of_line]
        self._of_claim = [a for a in self._asked if not a.trigger.of_line]
        self.triggers = (*(a.trigger for a in self._asked), _PROCEDURE)

    def _add(self, rule: ClaimRule | LineRule) -> None:
        asked = next((a for a in self._asked if a.trigger == rule.trigger), None)
        if asked is None:
            asked = _Asked(rule.trigger)
            self._asked.append(asked)
        asked.rules.append(rule)

    def matches(self, claim: Claim) -> int:
        """How many lines have a code of a pack."""
        lines, alarms = claim.lines, claim.block.alarms
        if self._pack_rules and alarms is not None:
            own = len(self._asked)
            lines = tuple(lines[index] for number, index in alarms.triggers if number == own)
        return sum(1 for line in lines if line.code.upper() in self._packs)

    def on_claim(self, claim: Claim) -> Iterator[tuple[Rule, Hit]]:
        """What the rules about a claim find."""
        for asked in self._of_claim:
            for rule in asked.among(_texts(asked.trigger, claim, None)):
                yield from self._call(rule, claim, None)

    def on_lines(self, claim: Claim, lines: tuple[ServiceLine, ...]) -> Iterator[tuple[Rule, Hit]]:
        """What the rules about service lines and packs find."""
        for line in lines:
            for asked in self._of_line:
                for rule in asked.among(_texts(asked.trigger, claim, line)):
                    yield from self._call(rule, claim, line)
            yield from self._on_pack(claim, line)

    def alarmed(self, claim: Claim, engine: Engine, alarms: Alarms) -> Iterator[tuple[Rule, Hit]]:
        """What the rules find whose triggers went off; the engine learns which did for nothing."""
        guide = _grammar(claim.block).guide
        for number, index in alarms.triggers:
            line = claim.lines[index] if index >= 0 else None
            if number == len(self._asked):
                assert line is not None
                matches = line.code.upper() in self._packs
                if matches and self._pack_rules:
                    yield from self._on_pack(claim, line)
                else:
                    engine.learn_texts(guide, number, ((line.code,),), counts=matches)
                continue
            asked = self._asked[number]
            texts = _texts(asked.trigger, claim, line)
            for together in texts or ():
                if not asked.concerned(together):
                    engine.learn_texts(guide, number, together)
            for rule in asked.among(texts):
                yield from self._call(rule, claim, line)

    def _call(
        self, rule: ClaimRule | LineRule, claim: Claim, line: ServiceLine | None
    ) -> Iterator[tuple[Rule, Hit]]:
        if isinstance(rule, ClaimRule):
            for hit in rule.check(claim):
                if self._is_silent(rule, claim):
                    return
                yield rule, hit
        elif line is not None:
            for hit in rule.check(line):
                if self._is_silent(rule, claim):
                    return
                yield rule, _on_line(hit, line)

    def _on_pack(self, claim: Claim, line: ServiceLine) -> Iterator[tuple[Rule, Hit]]:
        pack = self._packs.get(line.code.upper())
        if pack is not None:
            for rule in self._pack_rules:
                for hit in rule.check(line, pack):
                    if self._is_silent(rule, claim):
                        break
                    yield rule, _on_line(hit, line)

    def _is_silent(self, rule: Rule, claim: Claim) -> bool:
        """Whether the rule says nothing to this payer; asked of hits, not of every claim."""
        return rule.medicare_only and not self._payers.is_medicare(claim.payer)


def _texts(trigger: Trigger, claim: Claim, line: ServiceLine | None) -> list[Together] | None:
    """What a trigger looks at: once for a claim or line, or once for each of its segments.

    None where that cannot be told, and every rule has to be asked.
    """
    separator = claim.block.delimiters.texts[1]
    if isinstance(trigger, Segments):
        return [trigger.texts(s.values, separator) for s in claim.all(trigger.tag)]
    if isinstance(trigger, Balance):
        return None
    found = []
    for part in trigger.parts:
        level = claim if part.loop == CLAIM_LOOP or line is None else line
        segments = level.own(part.tag)
        if len(segments) > 1:
            return None
        found.append(part.texts(segments[0].values, separator) if segments else ())
    return [tuple(found)]


def _on_line(hit: Hit, line: ServiceLine) -> Hit:
    """The hit with the number of its line; a segment before the line's own is the claim's."""
    if hit.segment.start < line.byte_range[0]:
        return hit
    return Hit(hit.segment, hit.element, hit.component, hit.message, hit.fix, line.number)


def _grammar(block: Block) -> Grammar:
    """What the block is read by."""
    transaction = block.context.transaction
    assert transaction is not None and transaction.grammar is not None
    return transaction.grammar
