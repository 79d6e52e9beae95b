"""Situations: rules that are data. "X is there, so Y must, or must not, be."

A row says when it speaks, what it then requires or forbids, and what it says. The rows that ship
are in files of `rows/` and are read from `situations.json`, which `scripts/compile_situations.py`
makes of it; a user's own come from files (`situations_file`). `situation_rule` makes a rule of a
row: from there on it is a rule like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from edi_lint.claims.views import amount
from edi_lint.engine import Shape
from edi_lint.files import resources
from edi_lint.files.printable import in_one_line
from edi_lint.findings import Applicability, Response, Severity
from edi_lint.findings.masking import is_listed, shown_text
from edi_lint.packs.profiles import Profile, stated_filing
from edi_lint.rules.base import ClaimRule, LineRule, Rule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import (
    CODE,
    FILING,
    FILING_TEXT,
    IS_MEDICARE,
    PROFILE,
    SENT,
    At,
    Derived,
    Part,
    Remedy,
    RemoveSegments,
    Said,
    Source,
    Write,
    first_of,
)
from edi_lint.rules.run import Run

COMPILED = "situations.json"

PAYER_CLASSES: Mapping[str, frozenset[str]] = {
    "medicare": frozenset({"MB"}),
    "medicare-advantage": frozenset({"16"}),
    "medicaid": frozenset({"MC"}),
    "tricare": frozenset({"CH"}),
    "workers-compensation": frozenset({"WC"}),
    "automobile": frozenset({"AM"}),
    "commercial": frozenset({"12", "13", "14", "15", "17", "BL", "CI", "DS", "HM", "LI", "LM"}),
}
"""Classes of payers, by the claim filing indicator (SBR09) that a claim is judged by. Whether a
payer is `medicare` its profile may decide."""
MEDICARE = "medicare"
OTHERS = "others"
"""In a row's severities: every payer that is not named there."""
SILENT = "silent"
ANY_PACK = "any"
SENT_DAY = "sent"
"""In a comparison: the day on which the claim was sent, --as-of or BHT04."""

_PART = re.compile(
    r"(?P<every>every )?(?P<loop>HEADER|[12]\d{3}[A-Z]{0,2}) (?P<tag>[A-Z][A-Z0-9]{1,2})"
    r"(?:\[(?P<qualifier>[A-Z0-9]{1,3}(?:\|[A-Z0-9]{1,3})*)\])?(?P<element>\d\d)"
    r"(?:-(?P<first>\d{1,2})(?:\.\.(?P<last>\d{1,2}))?)?",
    re.ASCII,
)
_SLOT = re.compile(r"\{([^{}]*)\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_RANGE = ".."
_SEGMENT = " segment"
"""Behind the part in `at`: the finding points to its whole segment."""
_LINES = "24"
"""The beginning of the loops that are inside a service line, its own included."""


class SituationCondition(NamedTuple):
    """What is asked of one part: a test, and what the value is compared with.

    `operand` is a text for is, is_not, before, after, more_than and less_than (which may name
    another part), a list for in, not_in and none_in (where `A0425..A0436` is a range), a number for
    longer_than, a text of characters for contains, and a boolean for filled. `payer` and `pack`
    name payer classes or profiles, and rule packs, in place of a part.
    """

    part: str
    test: str
    operand: Any


Alternatives = tuple[SituationCondition, ...]
"""Conditions of which one is enough."""


class SituationCase(NamedTuple):
    """What a row requires or forbids, where, and what it says of it.

    `at` names the part that the finding points to; empty: the one that is not as it should be.
    `whole` means its segment. An empty `severity` is the row's.
    """

    when: tuple[Alternatives, ...]
    require: tuple[Alternatives, ...]
    forbid: tuple[Alternatives, ...]
    at: str
    whole: bool
    also: str
    message: str
    severity: Mapping[str, str]
    response: Mapping[str, Any]
    fix: Mapping[str, Any]

    @property
    def conditions(self) -> Iterator[SituationCondition]:
        """All of them, in the order of the file."""
        for alternatives in (*self.when, *self.require, *self.forbid):
            yield from alternatives

    @property
    def places(self) -> list[str]:
        """The parts that a finding may point to."""
        if self.at:
            return [self.at]
        return [c.part for alternatives in (*self.require, *self.forbid) for c in alternatives]


class Situation(NamedTuple):
    """A row. `docs/how-to/situations.md` and `schemas/situations.schema.json` describe the keys."""

    code: str
    name: str
    fault: str
    checks: str
    why: str
    level: int
    severity: Mapping[str, str]
    source: str
    addresses: tuple[str, ...]
    no_status: str
    conflict: str
    parts: Mapping[str, str]
    when: tuple[Alternatives, ...]
    cases: tuple[SituationCase, ...]
    help: str
    response: Mapping[str, Any]
    passes: tuple[Mapping[str, Any], ...]
    fails: tuple[Mapping[str, Any], ...]

    @property
    def conditions(self) -> Iterator[SituationCondition]:
        """All conditions of the row and its cases."""
        for alternatives in self.when:
            yield from alternatives
        for case in self.cases:
            yield from case.conditions

    @property
    def severities(self) -> Iterator[Mapping[str, str]]:
        yield self.severity
        yield from (case.severity for case in self.cases if case.severity)


def part_of(text: str, shape: Shape = Shape.TEXT) -> Part:
    """The part that a text names, such as `2300 CLM05-3`, `2300 REF[F8]01`, `2400 SV101-3..6`, or
    `every 2320 SBR09`. Raises ValueError for any other text."""
    found = _PART.fullmatch(text)
    if found is None:
        raise ValueError(text)
    first, last = found["first"], found["last"]
    return Part(
        found["loop"],
        found["tag"],
        int(found["element"]),
        int(first) if first else 0,
        int(last or first) if first else 0,
        found["qualifier"] or "",
        shape,
        every=bool(found["every"]),
    )


def slots(message: str) -> list[str]:
    """The names of the parts whose values a message shows."""
    return _SLOT.findall(message)


# --- what a condition asks ------------------------------------------------------------------------


def _texts(value: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], str]]:
    """Each text of a value, with the indexes by which an `At` finds it."""
    if isinstance(value, str):
        yield path, value
        return
    for index, one in enumerate(value):
        yield from _texts(one, (*path, index))


def _is_in(text: str, listed: tuple[str, ...]) -> bool:
    for one in listed:
        first, range_, last = one.partition(_RANGE)
        if text == one or (range_ and len(text) == len(first) and first <= text <= last):
            return True
    return False


def _first_day(text: str) -> date | None:
    """The day that a date, or the beginning of a period, names."""
    return first_of((text,))


def _compare_days(text: str, other: date | None, earlier: bool) -> bool | None:
    """Whether a day is before, or after, another one; None where either cannot be read."""
    own = _first_day(text)
    if own is None or other is None:
        return None
    return own < other if earlier else own > other


def _compare_numbers(text: str, other: Decimal | None, more: bool) -> bool | None:
    own = amount(text)
    if own is None or other is None:
        return None
    return own > other if more else own < other


Values = Mapping[str, Any]
"""What the parts of a row contain, by name."""


def _holds(condition: SituationCondition, text: str, values: Values) -> bool | None:
    """Whether a text is as the condition says; None where it cannot be compared."""
    test, operand = condition.test, condition.operand
    if test == "filled":
        return bool(text.strip()) is operand
    if test == "none_in":  # of all texts together, see `_is_met`
        return _is_in(text, operand)
    if test == "longer_than":
        return len(text) > int(operand)
    if test == "contains":
        return not set(operand).isdisjoint(text)
    if test == "not_in":
        return not _is_in(text, operand)
    if test == "is_not":
        return text != _one_text(operand, values)
    if not text:
        return None
    if test == "in":
        return _is_in(text, operand)
    if test == "is":
        return text == _one_text(operand, values)
    if test in ("before", "after"):
        return _compare_days(text, _day(operand, values), test == "before")
    return _compare_numbers(text, _number(operand, values), test == "more_than")


def _one_text(operand: str, values: Values) -> str:
    """The operand itself, or the text of the part that it names."""
    if operand not in values:
        return operand
    return next((text for _, text in _texts(values[operand])), "")


def _day(operand: str, values: Values) -> date | None:
    if operand == SENT_DAY:
        sent: date | None = values[SENT_DAY]
        return sent
    if _DAY.fullmatch(operand):
        return date.fromisoformat(operand)
    return first_of(tuple(text for _, text in _texts(values[operand])))


def _number(operand: str, values: Values) -> Decimal | None:
    return amount(_one_text(operand, values))


def _names_payer(condition: SituationCondition, payer: frozenset[str]) -> bool:
    return payer.isdisjoint(condition.operand) is (condition.test == "not_in")


def _is_met(alternatives: Alternatives, values: Values) -> bool:
    """Whether one of the conditions holds of one of its part's texts; `none_in` of all of them."""
    for condition in alternatives:
        if condition.part in (_PAYER, _PACK):
            if _names_payer(condition, values[condition.part]):
                return True
            continue
        holds = any(_holds(condition, text, values) for _, text in _texts(values[condition.part]))
        if holds is not (condition.test == "none_in"):
            return True
    return False


_Place = tuple[str, tuple[int, ...]]
"""A part, and the indexes of one of its texts."""


def _unmet(alternatives: Alternatives, values: Values) -> list[_Place]:
    """Where a requirement is not met: each text of a part for which it does not hold.

    Where a part has several texts each has to be as required; of alternatives one is enough.
    """
    places: list[_Place] = []
    for condition in alternatives:
        if condition.test == "none_in":
            if _is_met((condition,), values):
                return []
            places.append((condition.part, ()))
            continue
        failing = [
            (condition.part, path)
            for path, text in _texts(values[condition.part])
            if _holds(condition, text, values) is False
        ]
        if not failing:
            return []
        places += failing
    return places


def _met(alternatives: Alternatives, values: Values) -> list[_Place]:
    """Where what is forbidden is."""
    places: list[_Place] = []
    for condition in alternatives:
        if condition.test == "none_in":
            places += [(condition.part, ())] if _is_met((condition,), values) else []
            continue
        places += [
            (condition.part, path)
            for path, text in _texts(values[condition.part])
            if _holds(condition, text, values)
        ]
    return places


# --- a rule of a row ------------------------------------------------------------------------------

_PAYER, _PACK = "payer", "pack"


def _speaking_to(row: Situation) -> tuple[Alternatives, ...]:
    """That the payer is one to whom the row speaks, where it does not speak to all."""
    severities = list(row.severities)
    if any(graded.get(OTHERS, SILENT) != SILENT for graded in severities):
        return ()
    names = dict.fromkeys(n for graded in severities for n in graded if graded[n] != SILENT)
    return ((SituationCondition(_PAYER, "in", (*names, row.code)),),)


def _payer(run: Run, filing: str, profile: Profile, is_medicare: bool) -> frozenset[str]:
    del run
    found = {name for name, filings in PAYER_CLASSES.items() if filing in filings}
    found.discard(MEDICARE)
    medicare = [MEDICARE] if is_medicare else []
    return frozenset({*found, *medicare, profile.name, *profile.severities})


def _pack_names(run: Run, codes: str | tuple[str, ...]) -> frozenset[str]:
    """The packs that a line's code, or one of a claim's lines, belongs to."""
    listed = (codes,) if isinstance(codes, str) else codes
    names = {run.packs[code.upper()].name for code in listed if code.upper() in run.packs}
    return frozenset({*names, ANY_PACK} if names else ())


def _absent_ones(row: Situation) -> set[str]:
    """The parts of which the row may say that they are absent."""
    return {c.part for c in row.conditions if c.test == "filled"}


def _needed(part: Part) -> Iterator[str]:
    place = part.place
    for qualifier in place.qualifier.split("|"):
        yield f"{place.loop} {place.tag} {qualifier}".strip()


class _CaseHolds:
    """Whether the conditions of a case are met, and what it requires or forbids may be wrong.

    Equal for equal cases, so that a part with it can be shared.
    """

    def __init__(
        self,
        when: tuple[Alternatives, ...],
        require: tuple[Alternatives, ...],
        forbid: tuple[Alternatives, ...],
        names: tuple[str, ...],
    ) -> None:
        self.when = when
        self.require = require
        self.forbid = forbid
        self.names = names

    def __call__(self, run: Run, *values: Any) -> bool:
        del run
        known = dict(zip(self.names, values, strict=True))
        if not all(_is_met(alternatives, known) for alternatives in self.when):
            return False
        if not self.require and not self.forbid:
            return True
        return any(_unmet(a, known) for a in self.require) or any(
            _met(a, known) for a in self.forbid
        )


class _SituationJudge:
    """Judges the parts of a row; nothing but its arguments decides."""

    def __init__(self, row: Situation, names: tuple[str, ...], kind: type[Rule]) -> None:
        self.row = row
        self.names = names
        self.together = [_together(row, case) for case in row.cases]
        """For each case the parts that stand together in segments it looks at one by one."""

    def __call__(self, *values: Any) -> Iterator[Said]:
        known = dict(zip(self.names, values, strict=True))
        if not all(_is_met(alternatives, known) for alternatives in self.row.when):
            return
        for case, together in zip(self.row.cases, self.together, strict=True):
            for place, one in _each(known, together):
                yield from self._judge(case, one, place, together)

    def _judge(
        self, case: SituationCase, known: Values, place: tuple[int, ...], together: tuple[str, ...]
    ) -> Iterator[Said]:
        if not all(_is_met(alternatives, known) for alternatives in case.when):
            return
        severities = case.severity or self.row.severity
        severity = _severity_of(severities, known.get(_PAYER, frozenset()), self.row.code)
        if severity is None:
            return
        found = [at for alternatives in case.require for at in _unmet(alternatives, known)]
        found += [at for alternatives in case.forbid for at in _met(alternatives, known)]
        shown: set[tuple[str, tuple[int, ...]]] = set()
        for part, path in found:
            at = case.at or part
            path = path if part == at else path[: _depth(known[at])]
            if (at, path) in shown:
                continue
            shown.add((at, path))
            message = _worded(self.row, case.message, known, part, path)
            if at in together:
                path = (*place, *path)
            where = At(
                at,
                *path,
                whole=case.whole,
                also=case.also,
                severity=severity,
                response=response_of(case.response) if case.response else None,
                fix=_remedy(self.row, case.fix, known) if case.fix else None,
            )
            yield where, message


def _each(
    known: dict[str, Any], together: tuple[str, ...]
) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """The values once for each segment of which a case looks at every one, and where that is."""
    if not together:
        yield (), known
        return
    first = known[together[0]]
    paths: list[tuple[int, ...]]
    if any(isinstance(value, tuple) for value in first):  # a tuple for each line of the claim
        paths = [(line, index) for line, values in enumerate(first) for index in range(len(values))]
    else:
        paths = [(index,) for index in range(len(first))]
    for path in paths:
        own = {name: known[name] for name in together}
        for index in path:
            own = {name: value[index] for name, value in own.items()}
        yield path, known | own


def _together(row: Situation, case: SituationCase) -> tuple[str, ...]:
    """The parts of a case that are in the same segments, of which it looks at every one."""
    parts = {
        name: part_of(row.parts[name])
        for name in (*(c.part for c in case.conditions), *case.places)
        if name in row.parts
    }
    own = {n: p.place for n, p in parts.items() if p.every}
    kinds = {(p.loop, p.tag, p.qualifier) for p in own.values()}
    return tuple(own) if len(kinds) == 1 else ()


def _depth(value: Any) -> int:
    """How many indexes name a text of a value."""
    depth = 0
    while isinstance(value, tuple):
        depth, value = depth + 1, value[0] if value else ""
    return depth


def _severity_of(
    severities: Mapping[str, str], payer: frozenset[str], code: str
) -> Severity | None:
    """The severity for a payer, the worst of those that name it; None for silence.

    Where the payer's profile gives the row a severity, the row speaks, and the profile decides.
    """
    named = [severities[name] for name in payer if name in severities]
    names = named or [severities.get(OTHERS, SILENT)]
    worst = [Severity(name) for name in names if name != SILENT]
    if not worst and code in payer:
        return _worst([severities])
    return min(worst, key=lambda s: s.rank, default=None)


def _remedy(row: Situation, fix: Mapping[str, Any], values: Values) -> Remedy:
    """What is suggested: no row writes anything unasked."""
    words = _worded(row, fix["words"], values, "", ())
    if "remove" in fix:
        return RemoveSegments(words, *(At(name, whole=True) for name in fix["remove"]))
    return Write(_one_text(fix["write"], values), words, Applicability.SUGGESTED)


def _worded(row: Situation, message: str, values: Values, part: str, path: tuple[int, ...]) -> str:
    """The message, with what its slots may show."""

    def shown(found: re.Match[str]) -> str:
        name = found[1]
        value = values[name]
        for index in path if name == part or _depth(value) == len(path) else path[: _depth(value)]:
            value = value[index] if not isinstance(value, str) and index < len(value) else value
        place = part_of(row.parts[name]).place
        texts = (text for _, text in _texts(value) if text)
        first = place.first
        return " ".join(
            shown_text(place.loop, place.tag, place.element, first, text) for text in texts
        )

    return _SLOT.sub(shown, message)


def _parts(row: Situation) -> dict[str, Part]:
    """The row's parts; of each no more is read than what decides, where it is not shown."""
    tests: dict[str, set[str]] = {name: set() for name in row.parts}
    shown = {name for case in row.cases for name in slots(case.message)}
    shown |= {case.fix["write"] for case in row.cases if "write" in case.fix}
    for condition in row.conditions:
        tests.setdefault(condition.part, set()).add(condition.test)
        if isinstance(condition.operand, str):
            shown.add(condition.operand)
    marks = "".join(str(c.operand) for c in row.conditions if c.test == "contains")
    shapes = {
        name: Shape.TEXT if name in shown else _shape(asked, any(map(str.isalnum, marks)))
        for name, asked in tests.items()
    }
    return {name: part_of(text, shapes[name]) for name, text in row.parts.items()}


def _shape(tests: set[str], asks_of_letters: bool) -> Shape:
    """What of a part's text decides the tests."""
    if tests <= {"filled"}:
        return Shape.FILLED
    if tests <= {"longer_than"}:
        return Shape.LENGTH
    return Shape.FORM if tests <= {"contains"} and not asks_of_letters else Shape.TEXT


def situation_rule(row: Situation) -> type[Rule]:
    """The rule that a row is: about service lines where its place is in one, else about claims."""
    parts = _parts(row)
    asked_of = row._replace(when=(*_speaking_to(row), *row.when))
    places = [parts[name] for case in row.cases for name in case.places]
    kind = LineRule if all(p.place.loop.startswith(_LINES) for p in places) else ClaimRule
    asked = {c.part for c in asked_of.conditions}
    asked |= {c.operand for c in row.conditions if isinstance(c.operand, str)}
    if any(set(severity) != {OTHERS} for severity in row.severities):
        asked.add(_PAYER)
    knows: dict[str, Source] = {_PAYER: PAYER, _PACK: PACK_NAMES, SENT_DAY: SENT}
    sources = dict(parts) | {name: source for name, source in knows.items() if name in asked}
    declared: dict[str, Source] = dict(sources)
    declared |= _narrowing(asked_of, kind, sources)
    names = tuple(sources)
    attributes: dict[str, Any] = {
        "__doc__": f"{row.checks}\n\n{row.why}" if row.why else row.checks,
        "__module__": __name__,
        "code": row.code,
        "name": row.name,
        "fault": row.fault,
        "level": row.level,
        "severity": _worst(row.severities),
        "speaks": _speaks(row.severity),
        "source": row.source,
        "addresses": row.addresses,
        "help": row.help,
        "no_status": row.no_status,
        "conflict": row.conflict,
        "response": response_of(row.response),
        "valid": tuple(_example(e) for e in row.passes),
        "invalid": tuple(_example(e) for e in row.fails),
        "needs": frozenset(n for name in _absent_ones(row) for n in _needed(parts[name])),
        "parts": declared,
        "arguments": names,
        "judge": staticmethod(_SituationJudge(row, names, kind)),
        "situation": row,
    }
    made: type[Rule] = type(_class_name(row), (kind,), attributes)
    return made


def _class_name(row: Situation) -> str:
    return "".join(word.capitalize() for word in row.name.split("-"))


def _used(group: tuple[Alternatives, ...], sources: Mapping[str, Source]) -> tuple[str, ...]:
    """The names of the parts that some conditions ask about, or compare with."""
    names: dict[str, None] = {}
    for condition in (c for alternatives in group for c in alternatives):
        names[condition.part] = None
        if _names(condition, sources):
            names[condition.operand] = None
    return tuple(names)


def _names(condition: SituationCondition, sources: Mapping[str, Source]) -> bool:
    """Whether the condition compares with another part."""
    is_text = isinstance(condition.operand, str) and condition.test != "contains"
    return is_text and condition.operand in sources


def _is_open(part: Part) -> bool:
    """Whether a part may hold more texts than a guide's list has."""
    place = part.place
    if place.shape is Shape.FILLED:
        return False
    return not is_listed(place.loop, place.tag, place.element, place.first)


def _narrowing(
    row: Situation, kind: type[Rule], sources: Mapping[str, Source]
) -> dict[str, Source]:
    """Parts that say where the row is asked: for each case those that may give it a reason.

    What an engine sees of each claim or line is one condition, and what the case requires belongs
    to it where that is seen too. Who the payer is belongs to it only where nothing else does:
    payers and codes together are too many to remember. Nothing narrows a row whose parts an engine
    sees, where they may hold few texts: then each verdict is remembered. Of the segments of which a
    case looks at every one, each by itself may give a reason. A row with a case that nothing
    narrows is asked everywhere.
    """

    def is_seen(name: str) -> bool:
        source = sources[name]
        if not isinstance(source, Part):
            return name != _PACK or kind is LineRule
        if source.every or source.place.element == 0:
            return False
        return not source.of_line or (kind is LineRule and source.place.loop == "2400")

    closed = {name for name, part in _parts(row).items() if not _is_open(part)}
    if all(map(is_seen, sources)) and closed.issuperset(row.parts):
        return {}
    # whether a part is filled is one of two answers, however many texts it may hold
    presence = {_presence(n): part_of(text, Shape.FILLED) for n, text in row.parts.items()}
    sources = {**sources, **presence}
    closed |= set(presence)
    found: dict[str, Source] = {}
    for number, case in enumerate(row.cases):
        narrowed = _case_narrowing(row, case, sources, is_seen, closed)
        if not narrowed:
            return {}
        for name, source in narrowed.items():
            found[f"_case_{number}_{name}"] = source
    return found


def _case_narrowing(
    row: Situation,
    case: SituationCase,
    sources: Mapping[str, Source],
    is_seen: Callable[[str], bool],
    closed: set[str],
) -> dict[str, Source]:
    """What may give a case a reason; nothing where an engine can see no part of that."""
    conditions = _by_presence((*row.when, *case.when))
    require, forbid = _by_presence(case.require), _by_presence(case.forbid)
    wrong = _used((*require, *forbid), sources)
    is_whole = closed.issuperset(wrong) and all(map(is_seen, wrong))
    seen = tuple(a for a in conditions if all(map(is_seen, _used((a,), sources))))
    asked = tuple(
        a
        for a in seen
        if closed.issuperset(_used((a,), sources)) or all(_selects(c, sources) for c in a)
    )
    if not any(_selects(c, sources) for a in asked for c in a):
        of_payer = tuple(a for a in seen if any(c.part == _PAYER for c in a))
        asked = tuple(dict.fromkeys((*asked, *of_payer)))
        if not any(c.test == "filled" or c.part == _PAYER for a in asked for c in a):
            # rather many texts to remember than every claim to look at
            is_whole = all(map(is_seen, wrong))
            asked = asked if is_whole else seen
    ruled = (require, forbid) if is_whole else ((), ())
    whole = {"holds": _holding(asked, *ruled, sources)}
    speaks_to = [a[0].operand for a in conditions if _is_of_payers(a)]
    if speaks_to and not any(c.part == _PAYER for a in asked for c in a):
        # who the payer is would be too much to remember beside codes: what SBR09 leaves open is not
        whole = {"holds": _holding(asked, *ruled, sources, speaks_to[0])}
    if is_whole and (asked or case.forbid):
        return whole
    together = _of_one_segment(row, case, sources)
    inside = {*together, *(n for n in sources if _is_above(sources[n]))}
    is_judged = bool(together) and inside.issuperset(wrong)
    if asked and not is_judged:
        return whole
    if together:
        of_segment = tuple(a for a in conditions if inside.issuperset(_used((a,), sources)))
        if together.intersection((*_used(of_segment, sources), *(wrong if is_judged else ()))):
            ruled = (require, forbid) if is_judged else ((), ())
            return {"segment": _holding(of_segment, *ruled, sources)}
    if asked:
        return whole
    for alternatives in conditions:
        by_text = [c for c in alternatives if c.test != "none_in" and not _names(c, sources)]
        looks = [sources[c.part] for c in by_text]
        if len(looks) == len(alternatives) and all(isinstance(s, Part) for s in looks):
            return {
                str(number): sources[condition.part].unless(_Exempt(condition))
                for number, condition in enumerate(alternatives)
            }
    # what is required is absent from most claims, so that this narrows least
    return whole if is_whole else {}


def _holding(
    asked: tuple[Alternatives, ...],
    require: tuple[Alternatives, ...],
    forbid: tuple[Alternatives, ...],
    sources: Mapping[str, Source],
    payers: tuple[str, ...] = (),
) -> Source:
    """Whether conditions are met and, where something is required or forbidden, it is wrong.

    With `payers` also whether SBR09 leaves open that the payer is one of these.
    """
    used = _used((*asked, *require, *forbid), sources)
    holds = _CaseHolds(asked, require, forbid, used)
    parts = [sources[n] for n in used]
    if not payers:
        return Derived(holds, *parts).unless(_is_false)
    return Derived(_ForPayers(holds, payers), FILING_TEXT, *parts).unless(_is_false)


class _ForPayers:
    """Whether a case may give a reason for claims with a text in SBR09; equal for equal cases."""

    def __init__(self, holds: _CaseHolds, payers: tuple[str, ...]) -> None:
        self.holds = holds
        self.payers = payers

    def __call__(self, run: Run, filing: str, *values: Any) -> bool:
        return _may_be_of(run, filing, self.payers) and self.holds(run, *values)


def _may_be_of(run: Run, filing: str, payers: tuple[str, ...]) -> bool:
    """Whether a claim with this text in SBR09 may be for one of the payers, by class or profile."""
    stated = stated_filing(filing)
    if not stated or (MEDICARE in payers and True in run.profiles.is_medicare(filing)):
        return True
    classes = (PAYER_CLASSES[name] for name in payers if name in PAYER_CLASSES)
    if any(stated in filings for filings in classes):
        return True
    return any(
        {profile.name, *profile.severities} & {*payers}
        for profile in run.profiles.for_filing(filing)
    )


def _is_of_payers(alternatives: Alternatives) -> bool:
    """Whether the payer must be one of some, and nothing else is enough."""
    return len(alternatives) == 1 and alternatives[0][:2] == (_PAYER, "in")


def _selects(condition: SituationCondition, sources: Mapping[str, Source]) -> bool:
    """Whether few of the values of a part are as a condition says, and it says which."""
    is_listed = condition.test in ("is", "in") and not _names(condition, sources)
    return is_listed and condition.part != _PAYER


def _of_one_segment(row: Situation, case: SituationCase, sources: Mapping[str, Source]) -> set[str]:
    """The parts of a case that are in one segment, of which an engine sees each by itself."""
    together = _together(row, case)
    parts = [sources[name] for name in together]
    is_seen = all(isinstance(p, Part) and p.place.element and not p.is_several for p in parts)
    return {*together, *map(_presence, together)} if is_seen else set()


def _presence(name: str) -> str:
    """The name of whether a part is filled, which no row can have given to a part."""
    return f"{name}?"


def _by_presence(group: tuple[Alternatives, ...]) -> tuple[Alternatives, ...]:
    """The same conditions, in which what is asked of a part's presence is asked of that alone."""
    return tuple(
        tuple(c._replace(part=_presence(c.part)) if c.test == "filled" else c for c in alternatives)
        for alternatives in group
    )


def _is_above(source: Source) -> bool:
    return isinstance(source, Part) and source.above and not source.every


def _is_false(value: bool) -> bool:
    return not value


class _Exempt:
    """Whether a text by itself gives no reason to speak."""

    def __init__(self, condition: SituationCondition) -> None:
        self.condition = condition

    def __call__(self, text: str) -> bool:
        return not _holds(self.condition, text, {})


def response_of(keys: Mapping[str, Any]) -> Response:
    """A response, by its keys in a row."""
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in keys.items()}
    return Response(**values)


def _worst(severities: Iterable[Mapping[str, str]]) -> Severity:
    names = (name for graded in severities for name in graded.values())
    found = (Severity(name) for name in names if name != SILENT)
    return min(found, key=lambda s: s.rank)


def _speaks(severities: Mapping[str, str]) -> Speaks:
    """To whom the rule speaks, where it is as for other rules; else the verdict says it itself."""
    if set(severities) == {MEDICARE}:
        return Speaks.MEDICARE_ONLY
    if severities == {MEDICARE: "error", OTHERS: "warning"}:
        return Speaks.SOFTER_ELSEWHERE
    return Speaks.TO_ALL


def _example(keys: Mapping[str, Any]) -> Example:
    """An example as the row has it: lists where an `Example` has tuples."""
    return Example(**{key: _tuples(value) for key, value in keys.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


PAYER = Derived(_payer, FILING, PROFILE, IS_MEDICARE)
PACK_NAMES = Derived(_pack_names, CODE)


def situation(keys: Mapping[str, Any]) -> Situation:
    """The row of a mapping that has the shape of the schema, as `situations.json` has it."""
    examples = keys["examples"]
    return Situation(
        code=keys["code"],
        name=keys["name"],
        fault=in_one_line(keys["fault"]),
        checks=keys["checks"],
        why=keys.get("why", "").strip(),
        level=keys["level"],
        severity=_graded(keys["severity"]),
        source=keys["source"],
        addresses=tuple(keys.get("addresses", ())),
        no_status=in_one_line(keys.get("no_status", "")),
        conflict=keys.get("conflict", ""),
        parts=dict(keys["parts"]),
        when=tuple(map(_alternatives, keys.get("when", ()))),
        cases=tuple(map(_case, keys["cases"])),
        help=in_one_line(keys["help"]),
        response=dict(keys.get("response", {})),
        passes=tuple(examples["pass"]),
        fails=tuple(examples["fail"]),
    )


def _case(keys: Mapping[str, Any]) -> SituationCase:
    at = keys.get("at", "")
    fix = dict(keys.get("fix") or {})
    if fix:
        fix["words"] = in_one_line(fix["words"])
    return SituationCase(
        when=tuple(map(_alternatives, keys.get("when", ()))),
        require=tuple(map(_alternatives, keys.get("require", ()))),
        forbid=tuple(map(_alternatives, keys.get("forbid", ()))),
        at=at.removesuffix(_SEGMENT),
        whole=at.endswith(_SEGMENT),
        also=keys.get("also", ""),
        message=in_one_line(keys["message"]),
        severity=_graded(keys.get("severity", {})),
        response=dict(keys.get("response") or {}),
        fix=fix,
    )


def _graded(severity: Any) -> dict[str, str]:
    return {OTHERS: severity} if isinstance(severity, str) else dict(severity)


def _alternatives(keys: Mapping[str, Any]) -> Alternatives:
    if "any" in keys:
        return tuple(condition for one in keys["any"] for condition in _alternatives(one))
    ((part, test, operand),) = _read_condition(keys)
    return (SituationCondition(part, test, operand),)


def _read_condition(keys: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The part, the test and the operand of a condition."""
    for name in (_PAYER, _PACK):
        if name in keys:
            yield name, "in", tuple(keys[name])
        elif f"not_{name}" in keys:
            yield name, "not_in", tuple(keys[f"not_{name}"])
    for test, operand in keys.items():
        if "part" in keys and test != "part":
            yield keys["part"], test, _operand(test, operand)


def _operand(test: str, operand: Any) -> Any:
    if isinstance(operand, list):
        return tuple(operand)
    return str(operand) if test in ("more_than", "less_than") else operand


@cache
def shipped() -> tuple[type[Rule], ...]:
    """The rules of the rows that ship."""
    rows = json.loads(resources.situations(COMPILED))
    return tuple(situation_rule(situation(row)) for row in rows)


def exclusions(rules: Iterable[type[Rule]]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Which modifiers exclude which, by the rows that say so: code, modifier, and the others."""
    for rule in rules:
        row: Situation | None = getattr(rule, "situation", None)
        tests = [a[0] for a in row.when if len(a) == 1] if row else []
        if row and len(tests) == 2 and {row.parts.get(c.part) for c in tests} == {_MODIFIERS}:
            own, others = tests
            if (own.test, others.test) == ("is", "in"):
                yield row.code, own.operand, others.operand


_MODIFIERS = "2400 SV101-3..6"
