"""How often Python is asked and looks at a claim: numbers that do not vary with the machine.

A claim that leaves the kernel costs many times one that does not, and no finding shows it. A rule
that is asked of too many claims turns these tests red. The bounds are a tenth above what was
counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import NamedTuple

import pytest

from benchmarks.generate import Shape, generate
from edi_lint.engine import BlockKind, engine_class, tables
from edi_lint.engine.triggers import TriggerAnswers
from edi_lint.findings.file_result import FileResult
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

SIZE = 1_000_000
DAY = re.compile(rb"(?<=\*472\*D8\*)\d{8}")


class Effort(NamedTuple):
    """What a linter did for a file, for each 1,000 claims."""

    visits: float
    asks: float


class Counted:
    """Lints files and counts the claims that come out of the kernel, and what it asks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asks = 0
        make = tables._asker

        def counting(answers: TriggerAnswers) -> Callable[[int, bytes], int]:
            ask = make(answers)

            def counted(number: int, key: bytes) -> int:
                self.asks += 1
                return ask(number, key)

            return counted

        monkeypatch.setattr(tables, "_asker", counting)
        self.linter = Linter()

    def effort(self, data: bytes) -> Effort:
        result, before = FileResult(""), self.asks
        blocks = self.linter.judged_blocks(BytesIO(data), result)
        visits = sum(block.kind is BlockKind.CLAIM for block, _ in blocks)
        thousands = result.claims / 1000
        assert thousands > 1
        return Effort(visits / thousands, (self.asks - before) / thousands)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    if engine_class().__name__ != "CompiledEngine":
        pytest.skip("the reference engine looks at every claim")
    return Counted(monkeypatch)


def generated(faults: float = 0.0) -> bytes:
    out = BytesIO()
    generate(out, Shape(SIZE, faults=faults))
    return out.getvalue()


def spread(data: bytes, first: date, days: int) -> bytes:
    """The same claims with services on so many days."""
    seen = 0

    def another(_: re.Match[bytes]) -> bytes:
        nonlocal seen
        seen += 1
        return f"{first + timedelta(days=seen * 7 % days):%Y%m%d}".encode()

    return DAY.sub(another, data)


def test_few_clean_claims_are_looked_at(counted: Counted) -> None:
    effort = counted.effort(generated())
    assert effort.visits < 176
    assert effort.asks < 12_000


def test_days_of_a_year_cost_no_more(counted: Counted) -> None:
    effort = counted.effort(spread(generated(), date(2025, 8, 1), 300))
    assert effort.visits < 176
    assert effort.asks < 12_000


@pytest.mark.parametrize("first", [date(2022, 10, 1), date(2025, 8, 1)])
def test_a_code_that_is_good_on_the_day_is_asked_about_once(counted: Counted, first: date) -> None:
    counted.linter = Linter(Settings(select=("COD001", "COD003", "COD004")))
    effort = counted.effort(spread(generated(), first, 300))
    assert effort.visits < 105  # those with A4306, of which a rule looks at the whole line
    assert effort.asks < 1700


def test_what_was_asked_is_not_asked_again(counted: Counted) -> None:
    data = generated(faults=1.0)
    assert counted.effort(data).asks < 9_500
    assert counted.effort(data).asks == 0
