"""What a rule says does not depend on where it is asked.

Engines call a rule only where its parts give a reason, and remember of which texts nothing is to be
said. Here each rule is compared, over mutants of its own examples, with the same rule asked of
every claim and line and judged anew each time, on both engines.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from agreement import running
from edi_lint import rules
from edi_lint.findings import Severity
from edi_lint.findings.report import Report
from edi_lint.rules import CATALOGUE, calls
from edi_lint.rules.base import ClaimRule, Hit, LineRule, Rule, SegmentRule, ValueRule
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import At, Part, Said
from edi_lint.rules.runner import Call, Question, Reading
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

MUTANTS = int(os.environ.get("EDI_LINT_MUTANTS", "8"))
"""Of each example; more after a change of what asks the rules."""
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


def mutants(data: bytes, rng: Random, pool: dict[str, list[str]]) -> Iterator[bytes]:
    """The file itself, then with one to three changes of values, presence, order or loops."""
    yield data
    for _ in range(MUTANTS):
        segments = data.decode("latin-1").replace("\n", "").split("~")[:-1]
        first = next(n for n, s in enumerate(segments) if s.startswith(_BODY[0]))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            last = next(n for n, s in enumerate(segments) if s.startswith(_BODY[1]))
            index = rng.randrange(first, last)
            _CHANGES[rng.randrange(len(_CHANGES))](segments, index, last, rng, pool)
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


_CHANGES = (_value, _value, _value, _segment, _absent, _twice, _moved, _line_twice)
_CHANGES += (_without_line_number,)


def inputs(rule: type[Rule]) -> Iterator[tuple[str, bytes]]:
    """Mutants of a rule's examples, each with the payer profile that is in force."""
    examples = (*rule.valid, *rule.invalid)
    pool: dict[str, list[str]] = {}
    for example in examples:
        for segment in example.file().decode("latin-1").replace("\n", "").split("~"):
            pool.setdefault(segment.split("*")[0], []).append(segment)
    rng = Random(rule.code)
    for example in examples:
        for mutant in mutants(example.file(), rng, pool):
            yield example.profile_file, mutant


def linters(
    rule: type[Rule], profile: str, folder: Path, patch: pytest.MonkeyPatch
) -> list[Linter]:
    """Those on each engine that ask the rule everywhere, then those that ask where it is called."""
    path = folder / "example.yaml"
    path.write_text(profile, encoding="utf-8")
    settings = Settings(select=(rule.code,), profile=str(path) if profile else "")
    made = []
    for question in (AskedEverywhere, Question):
        patch.setattr(calls, "Question", question)
        for engine in ("python", "kernel"):
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
        for number, linter in enumerate(known[profile]):
            with running(("python", "kernel")[number % 2]):
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
