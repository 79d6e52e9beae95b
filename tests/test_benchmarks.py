"""Generated claim files are clean, or spoilt where faults are asked for; the table gets printed."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.__main__ import main as benchmark
from benchmarks.generate import Shape, generate
from benchmarks.measure import Failed, x12valid
from edi_lint.crosscheck.pyx12_answers import pyx12_answers
from edi_lint.findings.report import Report
from edi_lint.run.drive import Linter

SHAPES = {
    "plain": Shape(300_000),
    "another seed": Shape(150_000, seed=7),
    "a line for each segment": Shape(100_000, seed=2, line_breaks="segment"),
    "CR LF": Shape(100_000, seed=3, line_breaks="segment", crlf=True),
    "odd delimiters": Shape(100_000, seed=4, delimiters="|>!;"),
    "several interchanges": Shape(100_000, seed=5, interchanges=4),
    "many small sets": Shape(100_000, seed=6, claims_per_set=5),
}
WRAPPED = Shape(100_000, line_breaks="wrapped")


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
    report = pyx12_answers(data)
    assert (report.answers, report.other) == (frozenset(), ())


def test_wrapped_lines_are_all_that_is_said_of_a_wrapped_file() -> None:
    data = file_of(WRAPPED)
    assert max(map(len, data.split(b"\n"))) == 80
    assert data.replace(b"\n", b"") == file_of(Shape(100_000))
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


def test_the_table_says_what_was_measured_and_what_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = tmp_path / "numbers.json"
    sizes = ["--size", "0.04", "--x12valid-size", "0.02", "--large", "0.06"]
    benchmark(["--quick", *sizes, "--json", str(numbers)])
    rows = {row["job"]: row for row in json.loads(numbers.read_text())["rows"]}
    table = capsys.readouterr().out
    for job, row in rows.items():
        line = next(line for line in table.splitlines() if line.startswith(job))
        assert row["available"] is not ("not available" in line)
        if row["findings"] and "fault" not in job:
            assert row["findings"]["error"] == 0
    reference = next(row for job, row in rows.items() if "reference engine" in job)
    assert reference["goal"] == ">= 10x"
    assert reference["available"]


def test_a_file_that_x12valid_does_not_accept_is_no_measure(tmp_path: Path) -> None:
    path = tmp_path / "faulty.837"
    path.write_bytes(file_of(Shape(20_000, faults=1)))
    with pytest.raises(Failed, match="does not accept"):
        x12valid(path)
    assert list(tmp_path.iterdir()) == [path]
