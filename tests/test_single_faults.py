"""Clean files give no finding; a single fault gives exactly the finding it should, on its bytes.

The cases are in single_faults/, one module a family; a test's id is its case's name.
"""

from collections import Counter

import pytest

from conftest import linter_for
from edi_lint.run.drive import Linter
from single_faults import CASES, FAULTS, NEAR_MISSES, PROFILED, TOGETHER
from single_faults.bases import BASES
from single_faults.model import Base, Case, CaseError, Edit, Seen, edited, file_of, seen

LINTER = Linter()

FAMILIES = {
    "ENV": 9, "STR": 13, "BAL": 4, "SIT": 19, "COD": 9, "MOD": 12, "DOC": 5, "SVC": 3, "PAY": 7
}  # fmt: skip
"""The rules of the catalogue that judge one file by itself: ENV001 to ENV009 and so on."""
OTHERS = {"ENV012", "ENV013", "SIT023", "SIT029", "SIT037", "COD014", "COD015", "COD016"}
"""Rules of these families with numbers behind those of rules about something else."""
WITHOUT_A_FAULT = {"COD001"}
"""Rules that need what no file holds: a release of the whole HCPCS code set."""


def found(data: bytes, profile: str = "") -> list[Seen]:
    """What the linter says of a file, in order of code and place."""
    report = (linter_for(profile) if profile else LINTER).check(data)
    assert report.file.error == ""
    return sorted(seen(f, data) for f in report.findings)


def difference(expected: list[Seen], actual: list[Seen]) -> str:
    """Both sides a finding a line, as tuples; empty where they are the same."""
    missing = Counter(expected) - Counter(actual)
    surplus = Counter(actual) - Counter(expected)
    lines = [f"expected, not found  {tuple(s)}" for s in missing.elements()]
    lines += [f"found, not expected  {tuple(s)}" for s in surplus.elements()]
    return "\n".join(lines)


def by_name(cases: tuple[Case, ...]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


# the cases themselves


def test_no_two_cases_share_a_name() -> None:
    assert [n for n, count in Counter(c.name for c in CASES).items() if count > 1] == []


def test_no_two_cases_are_the_same_file() -> None:
    files: dict[bytes, str] = {}
    for case in CASES:
        data, _ = edited(case)
        profile = repr(case.profile).encode()
        assert files.setdefault(data + profile, case.name) == case.name


def test_the_suite_is_as_large_as_it_says() -> None:
    assert len(FAULTS) >= 220
    assert len(NEAR_MISSES) >= 60
    assert len(TOGETHER) >= 10


def test_every_rule_has_a_fault() -> None:
    rules = {f"{family}{n:03}" for family, last in FAMILIES.items() for n in range(1, last + 1)}
    rules |= OTHERS
    faulty = {f.code for case in (*FAULTS, *PROFILED) for f in case.found}
    assert rules - faulty == WITHOUT_A_FAULT
    assert faulty - rules == set()


def test_a_case_with_more_than_one_edit_or_finding_says_why() -> None:
    lengthy = [c for c in (*FAULTS, *PROFILED) if len(c.edits) > 1 or len(c.found) > 1]
    assert [c.name for c in lengthy if not c.why] == []


@pytest.mark.parametrize("old", ["NO SUCH TEXT", "REF*6R*"])
def test_an_edit_that_does_not_stand_exactly_once_is_refused(old: str) -> None:
    with pytest.raises(CaseError, match="times in the base"):
        edited(Case("wrong", BASES[0], (Edit(old, ""),), ()))


# what is found


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_base_gives_no_finding(base: Base) -> None:
    assert difference([], found(file_of(base))) == ""


@pytest.mark.parametrize("case", by_name(FAULTS))
def test_a_single_fault_gives_its_finding_and_no_other(case: Case) -> None:
    data, expected = edited(case)
    assert difference(list(expected), found(data)) == ""


@pytest.mark.parametrize("case", by_name(NEAR_MISSES))
def test_a_near_miss_gives_no_finding(case: Case) -> None:
    data, _ = edited(case)
    assert difference([], found(data)) == ""


@pytest.mark.parametrize("case", by_name(TOGETHER))
def test_faults_together_give_the_findings_of_each(case: Case) -> None:
    data, expected = edited(case)
    assert difference(list(expected), found(data)) == ""


@pytest.mark.parametrize("case", by_name(PROFILED))
def test_what_only_a_profile_makes_a_fault_is_found_with_it_alone(case: Case) -> None:
    data, expected = edited(case)
    assert case.profile is not None
    assert set(expected).isdisjoint(found(data))
    assert difference(list(expected), found(data, case.profile.file())) == ""
