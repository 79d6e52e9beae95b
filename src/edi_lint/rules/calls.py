"""Calls the rules, each only where what it looks at occurs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

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


class Values:
    """Runs the value rules over blocks, judging each distinct value once."""

    def __init__(self, rules: list[Rule]) -> None:
        self._rules = [r for r in rules if isinstance(r, ValueRule)]
        self._known: dict[str, dict[str, str | None]] = {r.code: {} for r in self._rules}
        self._nodes: dict[str, dict[int, list[ValuePlace]]] = {}
        self.places = tuple(dict.fromkeys(p for r in self._rules for p in r.places))

    def hits(self, block: Block, engine: Engine, upto: int) -> Iterator[tuple[Rule, Hit]]:
        """What is wrong with the values in the first `upto` segments of a block."""
        transaction = block.context.transaction
        assert transaction is not None and transaction.grammar is not None
        wanted = self._wanted(transaction.grammar)
        alarmed = None if block.alarms is None else frozenset(block.alarms.values)
        if alarmed is not None and not alarmed:
            return
        line: Segment | None = None
        for index, number in enumerate(block.nodes[:upto]):
            places = wanted.get(number)
            if places is None:
                continue
            if not places:
                line = block.segments[index]
            elif alarmed is None or index in alarmed:
                segment = block.segments[index]
                for place in places:
                    hits = self._at(place, segment)
                    if not hits and alarmed is not None:
                        value = segment.value(place.element, place.component)
                        guide = transaction.grammar.guide
                        engine.learn_value(guide, self.places.index(place), value)
                    for rule, hit in hits:
                        yield rule, replace(hit, line=line.value(1)) if line else hit

    def _wanted(self, grammar: Grammar) -> dict[int, list[ValuePlace]]:
        """The values to judge by grammar node; nothing at LX, which says on which line they are."""
        if grammar.guide not in self._nodes:
            found: dict[int, list[ValuePlace]] = {}
            for node in grammar.segment_nodes():
                places = [p for p in self.places if p.tag == node.tag]
                if places or node.tag == "LX":
                    found[node.index] = places
            self._nodes[grammar.guide] = found
        return self._nodes[grammar.guide]

    def _at(self, place: ValuePlace, segment: Segment) -> list[tuple[Rule, Hit]]:
        value = segment.value(place.element, place.component)
        if not value or (
            place.when_element
            and segment.value(place.when_element, place.when_component) != place.when_value
        ):
            return []
        judged = ((r, self._judge(r, value)) for r in self._rules if place in r.places)
        return [(r, _of_value(r, place, segment, value, m)) for r, m in judged if m is not None]

    def _judge(self, rule: ValueRule, value: str) -> str | None:
        known = self._known[rule.code]
        if value not in known:
            if len(known) > _REMEMBERED:
                known.clear()
            known[value] = rule.judge(value)
        return known[value]


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

    def on_claim(self, claim: Claim) -> Iterator[tuple[Rule, Hit]]:
        """What the rules about a claim find."""
        for asked in self._of_claim:
            for rule in self._concerned(asked, claim, None):
                yield from self._call(rule, claim, None)

    def on_lines(self, claim: Claim, lines: tuple[ServiceLine, ...]) -> Iterator[tuple[Rule, Hit]]:
        """What the rules about service lines and packs find."""
        for line in lines:
            for asked in self._of_line:
                for rule in self._concerned(asked, claim, line):
                    yield from self._call(rule, claim, line)
            yield from self._on_pack(claim, line)

    def alarmed(self, claim: Claim, engine: Engine, alarms: Alarms) -> Iterator[tuple[Rule, Hit]]:
        """What the rules find whose triggers went off; the engine learns which did for nothing."""
        guide = _guide(claim)
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
            for texts in _texts(asked.trigger, claim, line) or ():
                if not asked.concerned(texts):
                    engine.learn_texts(guide, number, texts)
            for rule in self._concerned(asked, claim, line):
                yield from self._call(rule, claim, line)

    def _concerned(
        self, asked: _Asked, claim: Claim, line: ServiceLine | None
    ) -> list[ClaimRule | LineRule]:
        """The rules of a trigger that may have something to say of a claim or line."""
        texts = _texts(asked.trigger, claim, line)
        if texts is None:
            return asked.rules
        if len(texts) == 1:
            return asked.concerned(texts[0])
        found = [asked.concerned(t) for t in texts]
        return [r for r in asked.rules if any(r in concerned for concerned in found)]

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
        return [trigger.texts(s.values, separator) for s in claim.by_tag.get(trigger.tag, ())]
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


def _guide(claim: Claim) -> str:
    """The guide that the claim is read by."""
    grammar = claim.transaction.grammar
    assert grammar is not None
    return grammar.guide
