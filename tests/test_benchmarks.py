"""Generated claim files are clean, the same for the same seed, and spoilt where faults are asked for."""

from __future__ import annotations

import io
from collections import Counter

import pytest

from benchmarks.generate import Shape, generate
from edi_lint.crosscheck.pyx12_answers import Pyx12Report, pyx12_answers
from edi_lint.linting import Linter, Report

SHAPES = {
    "plain": Shape(300_000),
    "another seed": Shape(300_000, seed=7),
    "a line for each segment": Shape(150_000, seed=2, line_breaks="segment"),
    "CR LF": Shape(100_000, seed=3, line_breaks="segment", crlf=True),
    "odd delimiters": Shape(150_000, seed=4, delimiters="|>!;"),
    "several interchanges": Shape(150_000, seed=5, interchanges=4),
    "many small sets": Shape(150_000, seed=6, claims_per_set=5),
}
WRAPPED = Shape(300_000, line_breaks="wrapped")


def file_of(shape: Shape) -> bytes:
    out = io.BytesIO()
    generate(out, shape)
    return out.getvalue()


def linted(data: bytes) -> Report:
    report = Linter().check(data)
    assert report.files[0].error == ""
    return report


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_generated_claims_are_clean(shape: Shape) -> None:
    data = file_of(shape)
    report = linted(data)
    assert report.findings == []
    assert report.files[0].matched_lines > 0
    assert report.files[0].interchanges == shape.interchanges
    assert pyx12_answers(data) == Pyx12Report(frozenset(), ())


def test_wrapped_lines_are_all_that_is_said_of_a_wrapped_file() -> None:
    data = file_of(WRAPPED)
    assert max(map(len, data.split(b"\n"))) == 80
    assert data.replace(b"\n", b"") == file_of(SHAPES["plain"])
    report = linted(data)
    assert {(f.code, f.severity.value) for f in report.findings} == {("ENV008", "warning")}


def test_the_same_seed_gives_the_same_file() -> None:
    plain = SHAPES["plain"]
    assert file_of(plain) == file_of(plain)
    assert file_of(plain) != file_of(SHAPES["another seed"])


def test_a_file_has_the_size_asked_for() -> None:
    data = file_of(Shape(500_000, interchanges=3))
    assert 500_000 <= len(data) < 510_000


def test_a_claim_is_as_long_and_as_varied_as_in_real_files() -> None:
    segments = file_of(Shape(2_000_000)).split(b"~")[:-1]
    tags = Counter(s.split(b"*")[0] for s in segments)
    claims = tags[b"CLM"]
    assert 22 < len(segments) / claims < 30
    assert 520 < 2_000_000 / claims < 680
    assert 0.4 < len(set(segments)) / len(segments) < 0.65
    pumps = sum(s.startswith(b"SV1*HC:A4306") for s in segments)
    assert 0.015 < pumps / tags[b"SV1"] < 0.03


def test_faults_are_found() -> None:
    report = linted(file_of(Shape(300_000, faults=0.2)))
    assert report.summary()["error"] > 50
    assert {"COD005", "BAL001", "SIT001", "MOD005", "STR001", "STR011"} <= {
        f.code for f in report.findings
    }
