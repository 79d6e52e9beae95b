"""Clean files give no finding; a single fault gives exactly the finding it should, on its bytes."""

import functools

import pytest
from single_faults import CASES
from single_faults.bases import BASES
from single_faults.model import Base, Case, Profile, Seen, edited, file_of, seen

from edi_lint.linting import Linter
from edi_lint.rules import CATALOGUE

LINTER = Linter()
PARAMETERS = [pytest.param(case, id=case.name) for case in CASES]


def found(data: bytes) -> list[Seen]:
    report = LINTER.check(data)
    assert report.file.error == ""
    return sorted(seen(f, data) for f in report.findings)


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_base_gives_no_finding(base: Base) -> None:
    assert found(file_of(base)) == []


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_case_gives_exactly_its_findings(case: Case) -> None:
    data, expected = edited(case)
    assert found(data) == sorted(expected)
