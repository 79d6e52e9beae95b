"""What a rule says does not depend on where it is asked.

Engines call a rule only where its parts give a reason, and remember of which texts nothing is to be
said. Here each rule is compared, over mutants of its own examples, with the same rule asked of
every claim and line and judged anew each time, on both engines.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from agreement import running
from conftest import run_for
from edi_lint import rules
from edi_lint.findings import Severity
from edi_lint.findings.report import Report
from edi_lint.rules import CATALOGUE, calls
from edi_lint.rules.base import ClaimRule, Hit, LineRule, Rule, SegmentRule, ValueRule
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import At, Part, Said
from edi_lint.rules.runner import Call, Question, Reading
from edi_lint.run.drive import Linter
from edi_lint.run.read_claims import claims
from edi_lint.settings import Settings

MUTANTS = int(os.environ.get("EDI_LINT_MUTANTS", "4"))
"""Of each example; more after a change of what asks the rules."""
ENGINES = ("python", "python", "kernel")
"""On which a rule is asked everywhere, and where it is called."""
Change = Callable[..., None]
JUDGING = (ClaimRule, LineRule, SegmentRule, ValueRule)
RULES = [rule for rule in CATALOGUE if issubclass(rule, JUDGING)]
VALUES = ("", "1", "8", "0", "00", "-5", "ZZ", "zz", "MB", "CI", "X9999", "D8", " ", "AA", "A:B")
DAYS = ("20191231", "20251231", "20260105", "20260111", "20260102-20260106", "20231", "")
_BODY = ("BHT*", "SE*")


class AskedEverywhere(Question):
    """A rule that is asked of every claim or line, and of nothing remembers what it said."""

    def _calls(self) -> Iterator[Call]:
        place = Part("2400", "SV1", 1) if self.of_line else Part("2300", "CLM", 1)
        yield self._together((place,), lambda texts: True)

    def hits(self, reading: Reading) -> list[Hit]:
        return self.hits_anyway(reading)


def mutants(
    data: bytes, rng: Random, pool: dict[str, list[str]], kinds: Iterator[Change]
) -> Iterator[bytes]:
    """The file itself, then with one to three changes of values, presence, order or loops."""
    yield data
    for _ in range(MUTANTS):
        segments = data.decode("latin-1").replace("\n", "").split("~")[:-1]
        first = next(n for n, s in enumerate(segments) if s.startswith(_BODY[0]))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            last = next(n for n, s in enumerate(segments) if s.startswith(_BODY[1]))
            index = rng.randrange(first, last)
            next(kinds)(segments, index, last, rng, pool)
        last = next(n for n, s in enumerate(segments) if s.startswith(_BODY[1]))
        segments[last] = f"SE*{last - first + 2}*0001"
        yield "".join(f"{segment}~\n" for segment in segments).encode("latin-1", "replace")


def _value(
    segments: list[str], index: int, last: int, rng: Random, pool: dict[str, list[str]]
) -> None:
    """Another value of an element: of an example, a day, or anything."""
    elements = segments[index].split("*")
    at = rng.randrange(1, len(elements)) if len(elements) > 1 else 0
    same = [s.split("*")[at] for s in pool.get(elements[0], ()) if s.count("*") >= at]
    dated = elements[0] in ("DTP", "BHT", "DMG")
    elements[at] = rng.choice([*same, *(DAYS if dated else VALUES)]) if at else elements[0]
    segments[index] = "*".join(elements)


def _segment(
    segments: list[str], index: int, last: int, rng: Random, pool: dict[str, list[str]]
) -> None:
    """Another segment of the same tag, of an example."""
    segments[index] = rng.choice(pool.get(segments[index].split("*")[0], [segments[index]]))


def _absent(segments: list[str], index: int, *_: Any) -> None:
    if not segments[index].startswith(_BODY):
        del segments[index]


def _twice(segments: list[str], index: int, *_: Any) -> None:
    segments.insert(index, segments[index])


def _moved(segments: list[str], index: int, last: int, rng: Random, *_: Any) -> None:
    if not segments[index].startswith(_BODY):
        segment = segments.pop(index)
        segments.insert(max(2, min(last - 1, index + rng.choice((-4, -1, 1, 4)))), segment)


def _line_twice(segments: list[str], index: int, last: int, rng: Random, *_: Any) -> None:
    """The last line once more, so that two lines say the same."""
    begins = max((n for n, s in enumerate(segments) if s.startswith("LX*")), default=last)
    segments[last:last] = segments[begins:last]


def _without_line_number(segments: list[str], index: int, *_: Any) -> None:
    begins = [n for n, s in enumerate(segments) if s.startswith("LX*")]
    if begins:
        del segments[begins[index % len(begins)]]


_CHANGES = (_value, _segment, _value, _absent, _twice, _value, _moved, _line_twice)
_CHANGES += (_without_line_number,)


def inputs(rule: type[Rule]) -> Iterator[tuple[str, bytes]]:
    """Mutants of a rule's examples, each with the payer profile that is in force."""
    examples = (*rule.valid, *rule.invalid)
    pool: dict[str, list[str]] = {}
    for example in examples:
        for segment in example.file().decode("latin-1").replace("\n", "").split("~"):
            pool.setdefault(segment.split("*")[0], []).append(segment)
    rng = Random(rule.code)
    kinds = cycle(_CHANGES)  # in turn, so that each rule's examples suffer all of them
    for example in examples:
        for mutant in mutants(example.file(), rng, pool, kinds):
            yield example.profile_file, mutant


def linters(
    rule: type[Rule], profile: str, folder: Path, patch: pytest.MonkeyPatch
) -> list[Linter]:
    """One that asks the rule everywhere, then those on each engine that ask where it is called."""
    path = folder / "example.yaml"
    path.write_text(profile, encoding="utf-8")
    settings = Settings(select=(rule.code,), profile=str(path) if profile else "")
    made = []
    for question, engine in zip((AskedEverywhere, Question, Question), ENGINES, strict=True):
        patch.setattr(calls, "Question", question)
        with running(engine):
            made.append(Linter(settings))
    return made


def said(report: Report) -> list[tuple[str, str, int, int, str]]:
    return sorted(
        (f.code, f.severity.value, f.location.byte_start, f.location.byte_end, f.message)
        for f in report.findings
    )


def differences(
    rule: type[Rule], folder: Path, patch: pytest.MonkeyPatch
) -> tuple[int, list[bytes]]:
    """How many findings there were, and inputs on which they depend on where the rule is asked."""
    known: dict[str, list[Linter]] = {}
    count, found = 0, []
    for profile, data in inputs(rule):
        if profile not in known:
            known[profile] = linters(rule, profile, folder, patch)
        answers = []
        for engine, linter in zip(ENGINES, known[profile], strict=True):
            with running(engine):
                answers.append(said(linter.check(data)))
        count += len(answers[0])
        if any(answer != answers[0] for answer in answers):
            found.append(data)
    return count, found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_says_the_same_wherever_it_is_asked(
    rule: type[Rule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, found = differences(rule, tmp_path, monkeypatch)
    assert found == []
    assert count >= len(rule.invalid)


class DischargeBeforeAdmission(ClaimRule):
    """The discharge is not before the admission."""

    code = "SIT099"
    name = "planted"
    fault = "Planted"
    level = 4
    severity = Severity.WARNING
    source = "a test"
    help = "Correct one of the two."
    valid = (Example(),)
    invalid = (
        Example(claim=("DTP*435*D8*20260107", "DTP*096*D8*20260105", "HI*ABK:G8918")),
        Example(claim=("DTP*435*D8*20260111", "DTP*096*D8*20260102", "HI*ABK:G8918")),
    )
    discharge = Part("2300", "DTP", 3, qualifier="096")
    admission = Part("2300", "DTP", 3, qualifier="435")

    def judge(self, admission: str, discharge: str) -> Iterator[Said]:
        if discharge and discharge < admission:
            yield At("discharge"), "discharged before admitted"


class WronglyExempt(DischargeBeforeAdmission):
    """Asked only of one admission."""

    admission = DischargeBeforeAdmission.admission.unless(lambda day: day != "20260107")


class Impure(DischargeBeforeAdmission):
    """Judges by what it met before, and not by its parts alone."""

    met: ClassVar[list[str]] = []

    def judge(self, admission: str, discharge: str) -> Iterator[Said]:
        self.met.append(admission)
        if len(self.met) % 2:
            yield from super().judge(admission, discharge)


@pytest.mark.parametrize("planted", [WronglyExempt, Impure])
def test_a_planted_rule_that_says_too_little_is_found(
    planted: type[Rule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "CATALOGUE", (*CATALOGUE, planted))
    count, found = differences(planted, tmp_path, monkeypatch)
    assert count and found


def test_the_same_rule_without_the_fault_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "CATALOGUE", (*CATALOGUE, DischargeBeforeAdmission))
    count, found = differences(DischargeBeforeAdmission, tmp_path, monkeypatch)
    assert count and found == []


def texted_rules(count: int) -> tuple[type[Rule], ...]:
    """Rules about texts, each with a part and a trigger that no other rule has."""
    tags = ("REF", "DTP", "PWK", "NTE", "CRC", "HI", "AMT", "CN1", "CLM", "K3")

    def rule(number: int) -> type[Rule]:
        where = ("2300", "2400")[number % 2]
        part = Part(
            where, tags[number // 2 % 9 if where == "2300" else number // 2 % 4], 1 + number // 18
        )
        body = {"code": f"XX{number:03}", "looked_at": part.unless(lambda text: text != "ZZ")}
        return type(f"Planted{number}", (DischargeBeforeAdmission,), body)

    return tuple(rule(number) for number in range(count))


@pytest.mark.parametrize("count", [50, 300])
def test_many_more_rules_than_ship_run_on_both_engines(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty more fit into the kernel's tables; where they do not fit, all rules are asked."""
    monkeypatch.setattr(rules, "CATALOGUE", (*CATALOGUE, *texted_rules(count)))
    example = DischargeBeforeAdmission.invalid[0].file()
    answers = []
    for engine in ("python", "kernel"):
        with running(engine):
            linter = Linter(Settings())
            report = linter.check(example)
            answers.append(said(report))
            assert report.file.claims == 1
    assert answers[0] == answers[1]
    assert (linter.judge.make_pool() is not None) == (count == 50)


# parts and places


def reading(example: Example) -> Reading:
    (claim,) = claims(example.file())
    return Reading(claim)


TWO_LINES = (
    *("SV1*HC:A4306:SC:GY*60*UN*1***1:2", "DTP*472*D8*20260105", "REF*6R*L1", "LX*2"),
    *("SV1*HC:A4223*60*UN*1***1", "DTP*472*D8*20260106", "REF*6R*L2"),
)
PAYERS = (
    *("SBR*S*18*******CI", "OI***Y***Y", "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER2"),
    *("NM1*PR*2*OTHER*****PI*PAYER2", "SBR*T*18*******MB", "OI***Y***Y"),
    *("NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER3", "NM1*PR*2*THIRD*****PI*PAYER3"),
)


@pytest.mark.parametrize(
    ("part", "of_claim", "of_second_line"),
    [
        (Part("2300", "CLM", 5, 1, 1), "12", "12"),
        (Part("2300", "CLM", 5), "12:B:1", "12:B:1"),
        (Part("2400", "SV1", 1, 3, 6), (("SC", "GY"), ()), ()),
        (Part("2400", "SV1", 1, 2, 2), ("A4306", "A4223"), "A4223"),
        (Part("2400", "SV1", 1, 2, 2, each_line=True), ("A4306", "A4223"), ("A4306", "A4223")),
        (Part("2400", "REF", 2, qualifier="6R", every=True), (("L1",), ("L2",)), ("L2",)),
        (Part("2300", "REF", 2, qualifier="F8"), "", ""),
        (Part("2320", "SBR", 9, every=True), ("CI", "MB"), ("CI", "MB")),
        (Part("2330A", "NM1", 9, each="2320"), ("MEMBER2", "MEMBER3"), ("MEMBER2", "MEMBER3")),
        (Part("2300", "HI", 0, 2), ("G8918", "R52"), ("G8918", "R52")),
        (Part("2000B", "SBR", 9), "CI", "CI"),
        (Part("GS", "GS", 1), "HC", "HC"),
        (Part("2320", "SBR", 9, only=True), "", ""),
    ],
    ids=repr,
)
def test_the_value_of_a_part(part: Part, of_claim: Any, of_second_line: Any) -> None:
    of_all = reading(Example(claim=("HI*ABK:G8918*ABF:R52", *PAYERS), line=TWO_LINES))
    assert of_all[part] == of_claim
    assert of_all.of_line(of_all.claim.lines[1])[part] == of_second_line


@pytest.mark.parametrize(
    ("part", "at", "text", "line"),
    [
        (Part("2300", "CLM", 5, 1, 1), At("x"), "12", ""),
        (Part("2400", "SV1", 1, 3, 6), At("x", 0, 1), "GY", "1"),
        (Part("2400", "SV1", 2), At("x", 1), "60", "2"),
        (Part("2330A", "NM1", 9, each="2320"), At("x", 1), "MEMBER3", ""),
        (Part("2320", "SBR", 9, every=True), At("x", 1), "MB", ""),
        (Part("2300", "HI", 0, 2), At("x", 1), "R52", ""),
    ],
    ids=lambda value: "" if isinstance(value, At) else repr(value),
)
def test_a_place_by_the_indexes_of_its_text(part: Part, at: At, text: str, line: str) -> None:
    of_all = reading(Example(claim=("HI*ABK:G8918*ABF:R52", *PAYERS), line=TWO_LINES))
    spot = of_all.spot(part, at)
    assert spot is not None and spot.line == line
    assert spot.segment.value(spot.element, spot.component) == text
    assert of_all.spot(Part("2300", "K3", 1), At("x")) is None


def test_a_verdict_is_judged_once_for_each_combination_of_texts() -> None:
    asked: list[str] = []

    class Counted(DischargeBeforeAdmission):
        """Counts how often it is asked."""

        def judge(self, admission: str, discharge: str) -> Iterator[Said]:
            asked.append(admission)
            yield from super().judge(admission, discharge)

    run = run_for("")
    question = Question(Counted(run), run)
    for _ in range(3):
        for example in Counted.invalid:
            assert len(question.hits(reading(example))) == 1
    assert len(asked) == 2


def test_a_finding_has_its_second_place() -> None:
    """Of a repeated line the first one, of another payer's order the payer that has it too."""
    line = (*TWO_LINES[:4], *TWO_LINES[:2])
    report = Linter(Settings(select=("SIT011",))).check(Example(line=line).file())
    (finding,) = report.findings
    assert finding.location.service_line == "2"
    assert finding.related is not None and finding.related.service_line == "1"
    assert finding.related.segment == "SV1"
