"""edi-lint and pyx12's validator answer alike, but for the exceptions that are listed with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import FIXTURES, faulty_fixtures, valid_fixtures
from edi_lint.crosscheck.compare import Comparison, compare
from edi_lint.crosscheck.exceptions import EXCEPTIONS
from mutants import mutants

BASES = (
    "minimal", "many", "dependent", "cob", "medicare-gy", "drug-lin", "4010", "replacement",
    "three-claims",
)  # fmt: skip
MUTANTS_OF_EACH = 170
SEED = 11

_needed: Counter[str] = Counter()


def explained(name: str, comparison: Comparison) -> None:
    """Fail on a difference without a reason; remember which reasons were needed."""
    for difference in comparison.differences:
        assert difference.exception is not None, f"{name}: unexplained {difference}"
        _needed[difference.exception.name] += 1


def single_faults(base: str) -> Iterator[tuple[str, bytes]]:
    data = (FIXTURES / "valid" / f"{base}.837").read_bytes()
    for mutant in mutants(f"{base}.837", data, MUTANTS_OF_EACH, SEED):
        yield f"{base} {mutant.kind} {mutant.ordinal} {mutant.detail}", mutant.data


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.stem)
def test_a_fixture_is_answered_alike(path: Path) -> None:
    explained(path.name, compare(path.read_bytes()))


def test_the_corpus_is_answered_alike(corpus: list[Path]) -> None:
    comparisons = {path.name: compare(path.read_bytes()) for path in corpus}
    for name, comparison in comparisons.items():
        explained(name, comparison)
    assert sum(not c.refused for c in comparisons.values()) >= 50


@pytest.mark.parametrize("base", BASES)
def test_single_faults_are_answered_alike(base: str) -> None:
    comparisons = [(name, compare(data)) for name, data in single_faults(base)]
    assert len(comparisons) == MUTANTS_OF_EACH
    for name, comparison in comparisons:
        explained(name, comparison)


def test_a_set_that_is_no_claim_set_is_skipped() -> None:
    data = (FIXTURES / "valid" / "many.837").read_bytes()
    explained("ST01 of set 2 is 83", compare(data.replace(b"ST*837*0002", b"ST*83*0002")))


def test_other_payers_providers_stand_in_any_order() -> None:
    data = (FIXTURES / "valid" / "cob.837").read_bytes()
    loops = b"NM1*85*2~\nREF*G2*A1~\nNM1*DQ*1~\nREF*G2*A2~\n"
    explained("2330G before 2330F", compare(data.replace(b"LX*1~", loops + b"LX*1~", 1)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"*CH~", b"*31~"),
        (b"HI*", b"REF*4N*9~\nHI*"),
        (b"***1", b"***01"),
    ],
)
def test_what_the_overlay_corrects_is_explained(old: bytes, new: bytes) -> None:
    data = (FIXTURES / "valid" / "minimal.837").read_bytes()
    assert data.count(old) >= 1
    comparison = compare(data.replace(old, new, 1))
    assert comparison.differences
    explained(str(new), comparison)


def test_valid_files_get_no_answer_from_either() -> None:
    for path in valid_fixtures():
        comparison = compare(path.read_bytes())
        if not comparison.refused and path.stem != "certificate":
            assert comparison == Comparison(), path.name


def test_every_exception_is_needed() -> None:
    """Runs last in this file: the tests above have filled `_needed`."""
    ran = len(BASES) * MUTANTS_OF_EACH
    assert ran >= 1000
    if not _needed:
        pytest.skip("needs the other tests of this file in the same run")
    assert {e.name for e in EXCEPTIONS} - set(_needed) == set()
