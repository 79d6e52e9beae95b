"""edi-lint and pyx12's validator answer alike, but for the exceptions that are listed with reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from conftest import FIXTURES, faulty_fixtures, valid_fixtures
from edi_lint.crosscheck.compare import AnswerComparison, compare
from edi_lint.crosscheck.exceptions import EXCEPTIONS
from edi_lint.crosscheck.pyx12_answers import Pyx12Refused, Pyx12Report, pyx12_answers
from edi_lint.crosscheck.report import render
from mutants import mutants
from recorded import Recorded, digest

BASES = (
    "minimal", "many", "dependent", "cob", "medicare-gy", "drug-lin", "4010", "replacement",
    "three-claims",
)  # fmt: skip
MUTANTS_OF_EACH = 170
SEED = 11

compared = cache(compare)
recorded = Recorded(pyx12_answers)


@pytest.fixture(autouse=True, scope="module")
def pyx12_is_asked_once() -> Iterator[None]:
    """Of files that it was asked about before, the record has its answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edi_lint.crosscheck.compare.pyx12_answers", recorded)
        yield


def explained(name: str, comparison: AnswerComparison) -> None:
    """Fail on a difference without a reason."""
    for difference in comparison.differences:
        assert difference.exception is not None, f"{name}: unexplained {difference}"


def single_faults(base: str) -> Iterator[tuple[str, bytes]]:
    data = (FIXTURES / "valid" / f"{base}.837").read_bytes()
    for mutant in mutants(f"{base}.837", data, MUTANTS_OF_EACH, SEED):
        yield f"{base} {mutant.kind} {mutant.ordinal} {mutant.detail}", mutant.data


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.stem)
def test_a_fixture_is_answered_alike(path: Path) -> None:
    explained(path.name, compared(path.read_bytes()))


def test_the_corpus_is_answered_alike(corpus: list[Path]) -> None:
    comparisons = {path.name: compared(path.read_bytes()) for path in corpus}
    for name, comparison in comparisons.items():
        explained(name, comparison)
    assert sum(not c.refused for c in comparisons.values()) >= 100


@pytest.mark.parametrize("base", BASES)
def test_single_faults_are_answered_alike(base: str) -> None:
    comparisons = [(name, compared(data)) for name, data in single_faults(base)]
    assert len(comparisons) == MUTANTS_OF_EACH
    for name, comparison in comparisons:
        explained(name, comparison)


MINIMAL = (FIXTURES / "valid" / "minimal.837").read_bytes()


CAUSES: list[tuple[bytes, bytes, set[str]]] = [
    (b"\nN4*", b"\n   N4*", {"indented"}),
    (b"\nN", b"\n\tN", {"indented", "lost-place"}),
    (b"SBR*P", b"SB\nR*P", {"line-break", "line-break-theirs", "lost-place"}),
    (b"SBR*P", b"SBR*\nP", {"line-break", "line-break-theirs", "lost-place"}),
    (b"HI*ABK", b"HI*AB\r\nK", {"line-break", "line-break-theirs", "lost-place"}),
    (b"NM1*PR*2*L", b"NM1*PR*2*\nL", set()),
    (b"***1:2~", b"***1:2\n~", set()),
    (b"***1:2~", b"***1:2**~", {"trailing-separators"}),
    (b"*MIRELA*T**", b"*MIRELA*  **", {"spaces-alone"}),
    (b"HI*", b"SBR*S*18*******CI~\nHI*", {"entered-early", "lost-place"}),
    (b"******CI", b"*****CI", {"shifted", "elements-of-shifted"}),
]
"""A change of the minimal file, and the exceptions that its differences are put down to."""


@pytest.mark.parametrize(("old", "new", "names"), CAUSES)
def test_a_difference_is_put_down_to_what_it_is(old: bytes, new: bytes, names: set[str]) -> None:
    assert old in MINIMAL
    comparison = compare(MINIMAL.replace(old, new))
    explained(str(new), comparison)
    found = {d.exception.name for d in comparison.differences if d.exception}
    assert found == names


def test_a_segment_far_too_early_is_one_fault() -> None:
    segments = (FIXTURES / "valid" / "drug-lin.837").read_bytes().splitlines(keepends=True)
    at = next(n for n, segment in enumerate(segments) if segment.startswith(b"HI*"))
    segments.insert(at - 5, segments.pop(at))
    explained("HI in 2000B", compare(b"".join(segments)))


def test_a_wrapped_file_is_compared_without_its_line_breaks() -> None:
    """A line break is no trailing separator, and a wrapped file has none that means something."""
    line = FAULTY.replace(b"\n", b"")
    for column in (80, 133, 256):
        wrapped = b"\n".join(line[at : at + column] for at in range(0, len(line), column))
        comparison = compare(wrapped)
        assert (comparison.agreed, comparison.differences) == (1, ())
        assert comparison.repaired


FAULTY = MINIMAL.replace(b"***1:2~", b"***1:13~")
"""With one code that neither side has in its list."""


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + FAULTY,
        b"BATCH 17\n" + FAULTY,
        FAULTY.replace(b"*00501*", b"*00502*"),
        FAULTY.replace(b"005010X222A1", b"005010X222A3"),
        FAULTY.replace(b"*005010X222A1~", b"*005010X223A2~", 1),
        FAULTY.replace(b"GS*HC*", b"GS*HP*"),
        FAULTY.replace(b"GS*HC*", b"GX*HC*"),
        FAULTY.replace(b"ST*837*", b"ST*873*"),
        FAULTY.replace(b"*ZZ*", b"*ZZ* ", 1),
        FAULTY + b"\0" * 40,
        FAULTY.translate(bytes.maketrans(b"*~", b"|\n")).replace(b"\n\n", b"\n"),
        FAULTY
        + FAULTY.translate(bytes.maketrans(b"*:~", b"|>!")).replace(b"000000101", b"000000102"),
    ],
    ids=lambda data: data[:4].decode("latin-1"),
)
def test_what_only_the_envelope_hides_is_compared_in_a_copy(data: bytes) -> None:
    """ST01 837 is 837, and a byte order mark or a wrong ISA12 is no fault of a claim."""
    comparison = compare(data)
    assert not comparison.refused
    assert comparison.agreed == data.count(b"1:13") + data.count(b"1>13")
    explained("envelope", comparison)
    assert render("x", comparison).count("NOT EXPLAINED") == 0


def test_sets_in_copies_keep_their_numbers() -> None:
    data = (FIXTURES / "valid" / "many.837").read_bytes().replace(b"*00501*", b"*00502*")
    at = data.index(b"ST*837*0002")
    claim = data.index(b"CLM*", at)
    changed = data[:claim] + data[claim:].replace(b"HI*ABK:", b"HI*ABX:", 1)
    comparison = compare(changed)
    assert comparison.repaired
    assert {d.answer.transaction for d in comparison.differences} <= {"1/1/2"}
    assert "was compared in a copy" in render("many", comparison)


def test_what_holds_no_837p_has_nothing_to_compare() -> None:
    other = (FIXTURES / "other" / "835.edi").read_bytes()
    comparison = compare(other)
    assert comparison.refused
    assert "nothing to compare" in render("835.edi", comparison)
    assert compare(b"not X12").refused


def loops_of_other_payers() -> bytes:
    """Loop 2330G before loop 2330F."""
    data = (FIXTURES / "valid" / "cob.837").read_bytes()
    loops = b"NM1*85*2~\nREF*G2*A1~\nNM1*DQ*1~\nREF*G2*A2~\n"
    return data.replace(b"LX*1~", loops + b"LX*1~", 1)


def test_other_payers_providers_stand_in_any_order() -> None:
    explained("2330G before 2330F", compared(loops_of_other_payers()))


CORRECTED = [
    (b"*CH~", b"*31~"),
    (b"HI*", b"REF*4N*9~\nHI*"),
    (b"***1:2~", b"***01:2~"),
]


@pytest.mark.parametrize(("old", "new"), CORRECTED)
def test_what_the_overlay_corrects_is_explained(old: bytes, new: bytes) -> None:
    assert old in MINIMAL
    comparison = compare(MINIMAL.replace(old, new, 1))
    assert comparison.differences
    explained(str(new), comparison)


def test_valid_files_get_no_answer_from_either() -> None:
    for path in valid_fixtures():
        comparison = compared(path.read_bytes())
        assert not comparison.refused
        if path.stem != "certificate":
            assert replace(comparison, repaired="") == AnswerComparison(), path.name


def test_every_exception_is_needed(corpus: list[Path]) -> None:
    """The record names a file for each; the others are only gone through where that is not enough."""
    assert len(BASES) * MUTANTS_OF_EACH >= 1000
    changed = [MINIMAL.replace(old, new) for old, new, _ in CAUSES]
    changed += [MINIMAL.replace(old, new, 1) for old, new in CORRECTED]
    files = [p.read_bytes() for p in (*valid_fixtures(), *faulty_fixtures(), *corpus)]
    faults = [data for base in BASES for _, data in single_faults(base)]
    inputs = {digest(data): data for data in (*files, *faults, *changed, loops_of_other_payers())}
    first = [d for d in recorded.witnesses.values() if d in inputs]
    needed_by: dict[str, str] = {}
    for name in (*first, *inputs):
        if len(needed_by) == len(EXCEPTIONS) and recorded.mode != "record":
            break
        for difference in compared(inputs[name]).differences:
            if difference.exception is not None:
                needed_by.setdefault(difference.exception.name, name)
    assert {e.name for e in EXCEPTIONS} - needed_by.keys() == set()
    if recorded.mode == "record":
        recorded.write(needed_by)


# the record


def test_the_record_is_of_the_pyx12_that_is_installed() -> None:
    """Else pyx12 is asked about each file, and this takes a minute more than it must."""
    has_some = recorded.known or recorded.mode == "record"
    assert has_some, "run: EDI_LINT_PYX12=record pytest -n 0 tests/test_differential.py"


@pytest.mark.parametrize("file", [MINIMAL, FAULTY, FAULTY.replace(b"ISA", b"ISB", 1)])
def test_an_answer_of_the_record_is_pyx12s_own(file: bytes) -> None:
    def both(ask: Callable[[bytes], Pyx12Report]) -> object:
        try:
            report = ask(file)
        except Pyx12Refused as refusal:
            return str(refusal)
        return report.answers, report.guides

    fresh = Recorded(pyx12_answers, "record")
    both(fresh)
    fresh.mode, fresh.known = "", json.loads(json.dumps(fresh.asked))
    assert both(fresh) == both(pyx12_answers)


def test_a_stale_answer_is_found() -> None:
    stale = Recorded(pyx12_answers, "ask")
    stale.known = {digest(FAULTY): {"answers": [], "guides": {}}}
    with pytest.raises(AssertionError, match="another answer"):
        stale(FAULTY)
