"""Calls the rules, each only where what it looks at occurs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from edi_lint.claims import Claim, ServiceLine
from edi_lint.codes.answers import Days
from edi_lint.engine import (
    CLAIM_LOOP,
    COUNTED,
    LINE_LOOP,
    SILENT,
    Alarms,
    Block,
    Lasting,
    SegmentPlace,
    Segments,
    Shape,
    Shared,
    TextPart,
    Texts,
    Together,
    Trigger,
    ValuePlace,
    Values,
    window,
)
from edi_lint.findings import Severity
from edi_lint.grammar import Grammar
from edi_lint.rules.base import (
    ClaimRule,
    Hit,
    LineRule,
    Look,
    Rule,
    SegmentRule,
    Speaks,
    ValueRule,
)
from edi_lint.rules.parts import CODE, At, Said, Spot
from edi_lint.rules.resubmission import Resubmission, ResubmissionRule
from edi_lint.rules.run import Run
from edi_lint.rules.runner import Question, Reading, remember
from edi_lint.rules.segment_edits import replace_value
from edi_lint.x12 import Segment

Found = tuple[Rule, Hit, Severity]
"""A hit with its rule and the severity that it has for the claim's payer."""

_REMEMBERED = 200_000
_LOUD = COUNTED + 1
"""The verdict on a value, or a segment, of which rules may speak."""
_SPEAK_TO_ANY = (Speaks.TO_ALL, Speaks.SOFTER_ELSEWHERE)


@dataclass(slots=True)
class _Judged:
    """A place that rules judge the values of, and values met there of which they say nothing."""

    place: ValuePlace
    rules: list[ValueRule]
    unjudged: list[Callable[[str], bool]]
    harmless: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _LookedAt:
    """Segments that rules look at, and what they have said of texts met there before."""

    place: SegmentPlace
    looks: list[tuple[SegmentRule, Look]]
    known: dict[Together, list[tuple[SegmentRule, Said]]] = field(default_factory=dict)

    def said(self, texts: Together) -> list[tuple[SegmentRule, Said]]:
        """What rules say of these texts; judged once."""
        found = self.known.get(texts)
        if found is None:
            whole = [":".join(components) for components in texts]
            judged = [(rule, said) for rule, look in self.looks for said in look.judge(*whole)]
            found = remember(self.known, texts, judged)
        return found


class Judges:
    """Runs the rules about values and segments over blocks, judging each distinct value once."""

    def __init__(self, rules: list[Rule]) -> None:
        of_values = [r for r in rules if isinstance(r, ValueRule)]
        of_segments = [r for r in rules if isinstance(r, SegmentRule)]
        unjudged = [rule.unjudged for rule in rules if rule.unjudged]
        places = [*(p for r in of_values for p in r.places), *(place for place, _ in unjudged)]
        values = tuple(dict.fromkeys(places))
        looks = [(r, look) for r in of_segments for look in r.looks]
        segments = tuple(dict.fromkeys(look.place for _, look in looks))
        self.places: tuple[ValuePlace | SegmentPlace, ...] = (*values, *segments)
        self._known: dict[ValueRule, dict[str, str | None]] = {r: {} for r in of_values}
        self.unjudged: set[str] = set()
        """Values met so far that a rule cannot judge for want of data."""
        judged = [
            _Judged(
                place,
                [r for r in of_values if place in r.places],
                [is_unjudged for other, is_unjudged in unjudged if other == place],
            )
            for place in values
        ]
        looked_at = [
            _LookedAt(place, [pair for pair in looks if pair[1].place == place])
            for place in segments
        ]
        self._jobs: list[_Judged | _LookedAt] = [*judged, *looked_at]
        self._nodes: dict[str, dict[int, list[_Judged | _LookedAt]]] = {}

    def verdict(self, number: int, texts: Together) -> int:
        """Whether rules may speak of these texts at the place of that index."""
        job = self._jobs[number]
        if isinstance(job, _LookedAt):
            return _LOUD if job.said(texts) else SILENT
        ((key,),) = texts
        self._note_unjudged(job, key)
        said = any(self._judge(rule, job.place, key, key) for rule in job.rules)
        return _LOUD if said else SILENT

    def hits(self, block: Block, upto: int) -> Iterator[tuple[Rule, Hit]]:
        """What is wrong with the first `upto` segments of a block."""
        if block.alarms is not None and not block.alarms.values:
            return
        grammar = _grammar(block)
        wanted = self._wanted(grammar)
        nodes = block.nodes
        if block.alarms is None:
            indexes = [index for index, node in enumerate(nodes) if node in wanted]
        else:
            indexes = list(block.alarms.values)
        lines = _LineOrdinals(block, grammar)
        for index in indexes:
            if index >= upto:
                return
            segment = block.segment(index)
            for job in wanted[nodes[index]]:
                if isinstance(job, _Judged):
                    hits = self._of_value(job, segment)
                else:
                    hits = self._of_segment(job, segment)
                for rule, hit in hits:
                    yield rule, hit._replace(line=lines.at(index))

    def _wanted(self, grammar: Grammar) -> dict[int, list[_Judged | _LookedAt]]:
        """What is judged at each grammar node."""
        if grammar.guide not in self._nodes:
            found: dict[int, list[_Judged | _LookedAt]] = {}
            for job in self._jobs:
                for node in grammar.by_tag.get(job.place.tag, ()):
                    placed = grammar.segment_node(node)
                    if placed and (not job.place.loops or placed.loop.id in job.place.loops):
                        found.setdefault(node, []).append(job)
            self._nodes[grammar.guide] = found
        return self._nodes[grammar.guide]

    def _of_value(self, job: _Judged, segment: Segment) -> list[tuple[Rule, Hit]]:
        value = value_at(job.place, segment)
        if not value:
            return []
        key = job.place.shape.of(value)
        hits: list[tuple[Rule, Hit]] = []
        if key not in job.harmless:
            self._note_unjudged(job, key)
            said = [(r, self._judge(r, job.place, key, value)) for r in job.rules]
            hits = [(r, _misvalued(r, job.place, segment, value, m)) for r, m in said if m]
            if not hits and len(job.harmless) < _REMEMBERED:
                job.harmless.add(key)
        return hits

    def _note_unjudged(self, job: _Judged, value: str) -> None:
        if any(is_unjudged(value) for is_unjudged in job.unjudged):
            self.unjudged.add(value)

    def _judge(self, rule: ValueRule, place: ValuePlace, key: str, value: str) -> str | None:
        if place.shape is not Shape.TEXT:
            return rule.judge(value)
        known = self._known[rule]
        if key not in known:
            return remember(known, key, rule.judge(value))
        return known[key]

    def _of_segment(self, job: _LookedAt, segment: Segment) -> list[tuple[Rule, Hit]]:
        known = job.said(_looks(job.place, segment))
        return [(rule, _said_of(segment, *said)) for rule, said in known]


def value_at(place: ValuePlace, segment: Segment) -> str:
    """The value of a segment that is to be judged; empty where there is none."""
    depends = place.when_element > 0
    if depends and segment.value(place.when_element, place.when_component) != place.when_value:
        return ""
    return segment.value(place.element, place.component)


def _said_of(segment: Segment, at: At, message: str) -> Hit:
    """The hit in a segment; its place is named as in N403."""
    element = int(at.part[-2:])
    spot = Spot(segment, element, 0)
    fix = at.fix.fix(spot, lambda _: spot) if at.fix else None
    return Hit(segment, element, 0, message, fix, severity=at.severity, response=at.response)


def _looks(place: SegmentPlace, segment: Segment) -> Together:
    return Segments(place).texts(segment.values, segment.delimiters.texts[1])


class _LineOrdinals:
    """The numbers of the service lines that the segments of a block are on."""

    def __init__(self, block: Block, grammar: Grammar) -> None:
        self._block = block
        self._lxs = grammar.by_tag["LX"]

    def at(self, index: int) -> str:
        """The number of the line that a segment is on; empty outside of lines."""
        lxs = self._block.of_nodes(self._lxs)
        before = bisect_right(lxs, index)
        return self._block.segment(lxs[before - 1]).value(1) if before else ""


def _misvalued(
    rule: ValueRule, place: ValuePlace, segment: Segment, value: str, message: str
) -> Hit:
    meant = rule.corrected(value)
    fix = None
    if meant is not None:
        words = f"write {meant}"
        fix = replace_value(
            segment, place.element, place.component, meant, words, rule.applicability
        )
    return Hit(segment, place.element, place.component, message, fix)


class _TriggeredCall(NamedTuple):
    """Who is called by a trigger, and whether texts met there give a reason to ask."""

    question: Question
    concerns: Callable[..., bool]
    window: Callable[[str], Days | None] | None = None


@dataclass(slots=True)
class _Trigger:
    """A trigger, whom it calls, and which of them speak of texts met before."""

    trigger: Trigger
    calls: list[_TriggeredCall] = field(default_factory=list)
    known: dict[Together, list[_TriggeredCall]] = field(default_factory=dict)

    def concerned(self, texts: Together) -> list[_TriggeredCall]:
        """The calls that may come of these texts where they stand together."""
        found = self.known.get(texts)
        if found is None:
            found = remember(self.known, texts, [c for c in self.calls if c.concerns(texts)])
        return found

    def window(self, text: str) -> int:
        """The verdict on a value: on which days no call may come of it."""
        good = [call.window(text) for call in self.calls if call.window]
        if None in good:
            return _LOUD
        first = max((days.first for days in good if days and days.first), default=None)
        last = min((days.last for days in good if days and days.last), default=None)
        return window(first, last) if first or last else SILENT

    def among(self, texts: list[Together] | None) -> list[_TriggeredCall]:
        """The calls that may come of a claim or line where these texts stand."""
        if texts is None:
            return self.calls
        if len(texts) == 1:
            return self.concerned(texts[0])
        found = [self.concerned(t) for t in texts]
        return [c for c in self.calls if any(c in concerned for concerned in found)]


class Calls:
    """Runs the rules about claims, lines and packs over claims."""

    def __init__(self, rules: list[Rule], run: Run, shares: tuple[Shared, ...] = ()) -> None:
        """`shares` come before the triggers of the rules; what goes off there is not for us."""
        self._run = run
        self._ours = len(shares)
        self._resubmission_rules = [r for r in rules if isinstance(r, ResubmissionRule)]
        self._triggers: list[_Trigger] = []
        self._answers: list[list[_TriggeredCall]] = []
        self._verdicts: dict[tuple[int, ...], int] = {}
        self._latest: Reading | None = None
        for rule in rules:
            if isinstance(rule, ClaimRule | LineRule):
                question = Question(rule, run)
                for call in question.calls:
                    trigger = self._triggers[self._number_of(call.trigger)]
                    trigger.calls.append(_TriggeredCall(question, call.concerns, call.window))
        # whether a line belongs to a pack decides how it is counted
        self._packs = self._number_of(Texts((CODE.place,)))
        self._counts_all = not self._asks_of_every_pack()
        numbered = list(enumerate(self._triggers))
        self._of_line = [(n, t) for n, t in numbered if t.trigger.of_line]
        self._of_claim = [(n, t) for n, t in numbered if not t.trigger.of_line]
        self.triggers = (*shares, *(t.trigger for t in self._triggers))

    def _number_of(self, trigger: Trigger) -> int:
        """The number of a trigger among ours, which is added where it is new."""
        # Triggers are tuples, and equal to one of another kind that has the same parts.
        for number, known in enumerate(self._triggers):
            if type(known.trigger) is type(trigger) and known.trigger == trigger:
                return number
        self._triggers.append(_Trigger(trigger))
        return len(self._triggers) - 1

    def _asks_of_every_pack(self) -> bool:
        """Whether each line with a code of a pack makes the trigger of codes go off."""
        trigger = self._triggers[self._packs]
        return all(trigger.concerned(((code,),)) for code in self._run.packs)

    def matches(self, claim: Claim) -> int:
        """How many lines have a code of a pack."""
        lines, alarms = claim.lines, claim.block.alarms
        if not self._counts_all and alarms is not None:
            own = self._ours + self._packs
            lines = tuple(lines[index] for number, index, _ in alarms.triggers if number == own)
        return sum(1 for line in lines if line.code.upper() in self._run.packs)

    def matches_of(self, sv1s: list[Segment]) -> int:
        """How many of these segments have a code of a pack."""
        return sum(1 for sv1 in sv1s if sv1.value(1, 2).upper() in self._run.packs)

    def on_claim(self, claim: Claim) -> Iterator[Found]:
        """What the rules about a claim find."""
        called: dict[int, _TriggeredCall] = {}
        for _, trigger in self._of_claim:
            for call in trigger.among(_texts(trigger.trigger, claim, None)):
                called[id(call.question)] = call
        for _, trigger in self._of_line:
            if any(not _is_of_line(call) for call in trigger.calls):
                for line in claim.lines:
                    for call in trigger.among(_texts(trigger.trigger, claim, line)):
                        called.setdefault(id(call.question), call)
        for call in called.values():
            if not _is_of_line(call):
                yield from self._call(call, claim, None)

    def on_lines(self, claim: Claim, lines: tuple[ServiceLine, ...]) -> Iterator[Found]:
        """What the rules about service lines and packs find."""
        of_every: dict[int, _TriggeredCall] = {}
        for _, trigger in self._of_claim:
            if any(map(_is_of_line, trigger.calls)):
                for call in trigger.among(_texts(trigger.trigger, claim, None)):
                    of_every[id(call.question)] = call
        for line in lines:
            called = dict(of_every)
            for _, trigger in self._of_line:
                for call in trigger.among(_texts(trigger.trigger, claim, line)):
                    called.setdefault(id(call.question), call)
            for call in called.values():
                if _is_of_line(call):
                    yield from self._call(call, claim, line)

    def verdict(self, number: int, texts: Together) -> int:
        """Who may have something to say where the trigger of that index meets these texts."""
        number -= self._ours
        if isinstance(self._triggers[number].trigger, Lasting):
            return self._triggers[number].window(texts[0][0])
        calls = self._triggers[number].concerned(texts)
        counts = number == self._packs and "".join(texts[0]).upper() in self._run.packs
        if not calls:
            return COUNTED if counts else SILENT
        key = tuple(map(id, calls))
        if key not in self._verdicts:
            self._answers.append(calls)
            self._verdicts[key] = COUNTED + len(self._answers)
        return self._verdicts[key]

    def alarmed(self, claim: Claim, alarms: Alarms) -> Iterator[Found]:
        """What the rules find whose triggers went off."""
        called: dict[tuple[int, int], tuple[_TriggeredCall, ServiceLine | None]] = {}
        for number, index, verdict in alarms.triggers:
            line = claim.lines[index] if index >= 0 else None
            number -= self._ours
            if number < 0:
                continue
            if verdict > COUNTED:
                calls = self._answers[verdict - COUNTED - 1]
            else:
                trigger = self._triggers[number]
                calls = trigger.among(_texts(trigger.trigger, claim, line))
            for call in calls:
                about = id(call.question)
                if not _is_of_line(call):
                    called.setdefault((about, -1), (call, None))
                elif line is not None:
                    called.setdefault((about, index), (call, line))
                else:
                    for at, each in enumerate(claim.lines):
                        called.setdefault((about, at), (call, each))
        for call, line in called.values():
            yield from self._call(call, claim, line)

    def on_resubmission(self, made: Resubmission) -> Iterator[Found]:
        """What the rules about rewritten claims find."""
        for rule in self._resubmission_rules:
            yield from self.found_by(rule, rule.check(made), made.claim)

    def _call(
        self, call: _TriggeredCall, claim: Claim, line: ServiceLine | None
    ) -> Iterator[Found]:
        question = call.question
        if self._is_heard(question.rule, claim):
            reading = self._reading(claim)
            if line is not None:
                reading = reading.of_line(line)
            yield from self.found_by(question.rule, question.hits(reading), claim)

    def _reading(self, claim: Claim) -> Reading:
        """The texts of a claim, read once for all rules."""
        if self._latest is None or self._latest.claim is not claim:
            self._latest = Reading(claim)
        return self._latest

    def found_by(self, rule: Rule, hits: Iterable[Hit], claim: Claim) -> Iterator[Found]:
        """The hits that the claim's payer hears of; asked of hits, not of every claim."""
        for hit in hits:
            severity = self._severity(rule, hit, claim)
            if severity is None:
                continue
            is_own = hit.segment.start >= claim.block.starts[0]
            if is_own or _is_first_below(claim, hit.segment):
                yield rule, hit, severity

    def _is_heard(self, rule: Rule, claim: Claim) -> bool:
        """Whether the claim's payer may hear of what the rule finds."""
        if rule.speaks in _SPEAK_TO_ANY or rule.code in self._run.profiles.graded:
            return True
        return rule.speaks is Speaks.MEDICARE_ONLY and self._run.is_medicare(claim)

    def _severity(self, rule: Rule, hit: Hit, claim: Claim) -> Severity | None:
        """How bad a hit is for the claim's payer; None where nothing is to be said."""
        severity: Severity | None = hit.severity or rule.severity
        if rule.speaks is Speaks.BY_PROFILE:
            severity = None
        elif rule.speaks is not Speaks.TO_ALL and not self._run.is_medicare(claim):
            softer = rule.speaks is Speaks.SOFTER_ELSEWHERE
            severity = max(severity, Severity.WARNING, key=lambda s: s.rank) if softer else None
        return self._run.graded(rule.code, severity, claim)


def _texts(trigger: Trigger, claim: Claim, line: ServiceLine | None) -> list[Together] | None:
    """What a trigger looks at: once for a claim or line, or once for each of its segments.

    None where that cannot be told, and every rule has to be asked.
    """
    separator = claim.block.delimiters.texts[1]
    if isinstance(trigger, Segments | Values) and _is_any_unplaced(trigger, claim):
        return None
    if isinstance(trigger, Segments):
        segments = standing(claim, trigger.place)
        beside = _together(trigger.beside, claim, None) if segments else ()
        if beside is None:
            return None
        return [(*trigger.texts(s.values, separator), *beside) for s in segments]
    if isinstance(trigger, Values):
        values = (
            place.shape.of(value)
            for place in trigger.places
            for segment in standing(claim, place)
            if (value := value_at(place, segment))
        )
        return [((value,),) for value in dict.fromkeys(values)]
    if not isinstance(trigger, Texts):
        return None
    together = _together(trigger.parts, claim, line)
    return None if together is None else [together]


def _is_any_unplaced(trigger: Segments | Values, claim: Claim) -> bool:
    """Whether a segment of the trigger's tags has no place, and may be the claim's or a line's."""
    places = trigger.places if isinstance(trigger, Values) else (trigger.place,)
    tags = {place.tag for place in places if place.loops}
    return any(not segment.node for tag in tags for segment in claim.all(tag))


def _together(
    parts: tuple[TextPart, ...], claim: Claim, line: ServiceLine | None
) -> Together | None:
    """The texts of parts; None where one is in several segments, or may have no place."""
    separator = claim.block.delimiters.texts[1]
    found = []
    for part in parts:
        segments = holding(part, claim, line)
        if len(segments) > 1 or (part.above and not claim.is_placed(part.loop)):
            return None
        found.append(part.texts(segments[0].values, separator) if segments else ())
    return tuple(found)


def standing(claim: Claim, place: ValuePlace | SegmentPlace) -> list[Segment]:
    """The segments of a claim that a place means."""
    segments = claim.standing(place.tag, place.loops)
    if isinstance(place, ValuePlace) and place.qualifier:
        allowed = place.qualifier.split("|")
        return [s for s in segments if s.value(1, 1) in allowed]
    return segments


def holding(part: TextPart, claim: Claim, line: ServiceLine | None) -> list[Segment]:
    """The segments that a part may stand in."""
    if part.above:
        segments = claim.above(part.loop, part.tag)
    elif part.loop not in (CLAIM_LOOP, LINE_LOOP):
        segments = standing(claim, SegmentPlace(part.tag, (part.loop,)))
    else:
        level = claim if part.loop == CLAIM_LOOP or line is None else line
        segments = level.own(part.tag)
    if part.qualifier:
        return [s for s in segments if s.value(1, 1) in part.qualifiers]
    return segments


def _is_of_line(call: _TriggeredCall) -> bool:
    """Whether it is about a service line, whatever its trigger is about."""
    return call.question.of_line


def _is_first_below(claim: Claim, segment: Segment) -> bool:
    """Whether no claim stands between a segment above the claim and the claim itself.

    What is wrong there is said once, however many claims follow.
    """
    begins = claim.block.first_ordinal
    context = claim.block.context
    for level in (context.patient, context.subscriber, context.billing, context.header):
        if level is None:
            continue
        if level.first_ordinal + len(level) != begins:
            return False
        if level.starts[0] <= segment.start:
            return True
        begins = level.first_ordinal
    return False


def _grammar(block: Block) -> Grammar:
    """What the block is read by."""
    transaction = block.context.transaction
    assert transaction is not None and transaction.grammar is not None
    return transaction.grammar
