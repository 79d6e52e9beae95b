"""`fix` and `split` of folders and globs: each result in its place, one report, bad files named."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint.files.resources import schema

OUTBOUND = ROOT / "examples" / "outbound.837"
CLEAN = FIXTURES / "valid" / "minimal.837"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `in` with a file to fix in each of two folders, a clean one, an 835, and a text."""
    (tmp_path / "in" / "sub").mkdir(parents=True)
    for name in ("in/a.837", "in/sub/a.837"):
        shutil.copy(OUTBOUND, tmp_path / name)
    shutil.copy(CLEAN, tmp_path / "in" / "clean.837")
    shutil.copy(FIXTURES / "other" / "835.edi", tmp_path / "in" / "835.edi")
    (tmp_path / "in" / "bad.837").write_text("no claims here")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# fix


@pytest.fixture
def fix(commands: Callable[[str], Cli]) -> Cli:
    return commands("fix")


FIXED = edi_lint.fix(OUTBOUND).content()


def test_a_folder_is_fixed_into_another_one(fix: Cli, place: Path) -> None:
    before = content(place / "in")
    ran = fix("in", "-o", "out/new", "--log", "fixes.jsonl")
    assert ran.status == 2  # bad.837 is none
    assert content(place / "in") == before
    assert content(place / "out" / "new") == {
        "a.837": FIXED,
        "sub/a.837": FIXED,
        "clean.837": CLEAN.read_bytes(),
    }
    assert ran.err.splitlines() == [
        "edi-lint: in/a.837: 1 finding fixed",
        "edi-lint: in/bad.837: no ISA segment: this is not an X12 interchange",
        "edi-lint: in/sub/a.837: 1 finding fixed",
        "edi-lint: 4 files: 2 changed, 1 without anything to fix, 1 not fixed, 1 skipped, as they "
        "have no 837P",
        "  MOD005 Modifier repeated on one line (2)",
        "  left: 12 errors, 2 warnings",
    ]
    entries = [json.loads(line) for line in Path("fixes.jsonl").read_text().splitlines()]
    assert [entry["path"] for entry in entries] == ["in/a.837", "in/sub/a.837"]
    described = json.loads(schema("change-log.schema.json"))
    for entry in entries:
        jsonschema.validate(entry, described)


def test_a_folder_is_fixed_in_place(fix: Cli, place: Path) -> None:
    (place / "in" / "bad.837").unlink()
    ran = fix("in", "--in-place")
    assert ran.status == 0
    assert content(place / "in")["sub/a.837"] == content(place / "in")["a.837"] == FIXED
    again = fix("in", "--in-place")
    assert "3 files: 0 changed, 3 without anything to fix" in again.err


def test_the_difference_of_several_is_shown_and_nothing_written(fix: Cli, place: Path) -> None:
    before = content(place)
    ran = fix("--diff", "in/*.837", "in/sub")
    assert ran.status == 2
    assert ran.out.count("+++ ") == 2
    (place / "in" / "bad.837").unlink()
    del before["in/bad.837"]
    assert fix("--diff", "in").status == 1
    assert fix("--diff", "in/clean.837", "in/cl*").status == 0
    assert content(place) == before


def test_fail_on_looks_at_all_of_them(fix: Cli, place: Path) -> None:
    (place / "in" / "bad.837").unlink()
    assert fix("in", "-o", "out", "--fail-on", "error").status == 1
    assert fix("in/clean.837", "in/cl*", "-o", "out2", "--fail-on", "error").status == 0


def test_a_single_file_goes_to_a_folder_under_its_name(fix: Cli, place: Path) -> None:
    (place / "out").mkdir()
    assert fix("in/a.837", "-o", "out").status == 0
    assert content(place / "out") == {"a.837": FIXED}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in"], "5 inputs: name a folder for the results with --output, or use --in-place"),
        (["in", "-o", "in"], "in: is inside of in, whose files are the inputs"),
        (["in", "-o", "in/out"], "in/out: is inside of in"),
        (["in", "-o", "in/a.837"], "takes a folder where there are several inputs"),
        (["in/a.837", "in/sub/a.837", "-o", "out"], "both results would be called a.837"),
        (["in/a.837", "in/clean.837", "-o", "in"], "in/a.837: the result of in/a.837 would"),
        (["in", "-", "-o", "out"], "- is standard input; it cannot be one of several inputs"),
        (["in", "--in-place", "-o", "out"], "--in-place does not go with --output"),
        (["in", "-o", "out", "--log", "in/a.837"], "--log needs a file of its own"),
        (["empty"], "no file in this folder ends in"),
    ],
)
def test_what_cannot_be_done_is_said_first(
    fix: Cli, place: Path, arguments: list[str], said: str
) -> None:
    (place / "empty").mkdir()
    before = content(place)
    ran = fix(*arguments)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
    assert content(place) == before


def test_a_result_that_cannot_be_written_leaves_the_others(fix: Cli, place: Path) -> None:
    (place / "out" / "a.837").mkdir(parents=True)
    ran = fix("in", "-o", "out")
    assert ran.status == 2
    assert "out/a.837: " in ran.err
    assert sorted(content(place / "out")) == ["clean.837", "sub/a.837"]


def test_results_are_as_private_as_their_own_input(fix: Cli, place: Path) -> None:
    (place / "in" / "a.837").chmod(0o600)
    (place / "in" / "clean.837").chmod(0o644)
    fix("in", "-o", "out", "--log", "fixes.jsonl")
    modes = [Path(name).stat().st_mode & 0o777 for name in ("out/a.837", "out/clean.837")]
    assert modes == [0o600, 0o644]
    assert Path("fixes.jsonl").stat().st_mode & 0o777 == 0o600


# split


@pytest.fixture
def split(commands: Callable[[str], Cli]) -> Cli:
    return commands("split")


def claims(folder: Path) -> list[str]:
    found = []
    for data in content(folder).values():
        found += [line.split("*")[1] for line in data.decode().split("~") if "CLM*" in line]
    return sorted(found)


def test_a_folder_is_split_into_two(split: Cli, place: Path) -> None:
    before = content(place / "in")
    ran = split("in", "--clean", "out/clean", "--held", "out/held")
    assert ran.status == 2  # bad.837 is none
    assert content(place / "in") == before
    assert sorted(content(place / "out")) == [
        *("clean/a.837", "clean/clean.837", "clean/sub/a.837", "held/a.837", "held/sub/a.837")
    ]
    paths = ("in/a.837", "in/sub/a.837", "in/clean.837")
    assert claims(place / "out") == sorted(c.id for path in paths for c in edi_lint.read(path))
    assert "edi-lint: 3 files: 8 of 11 claims held" in ran.err
    assert "  1 not split\n  1 skipped, as they have no 837P\n" in ran.err
    (place / "in" / "bad.837").unlink()
    assert split("in", "--clean", "out/clean").status == 1
    assert split("in/clean.837", "in/cl*", "--clean", "out/clean").status == 0


def test_the_reports_of_several_are_one(split: Cli, place: Path) -> None:
    for name in ("all.csv", "all.json", "all.txt"):
        split("in", "--held", "held", "--report", name)
    rows = list(csv.DictReader(io.StringIO(Path("all.csv").read_text())))
    assert {row["path"] for row in rows} == {"in/a.837", "in/sub/a.837"}
    document = json.loads(Path("all.json").read_text())
    jsonschema.validate(document, json.loads(schema("held-reports.schema.json")))
    one = json.loads(schema("held-report.schema.json"))
    for report in document["files"]:
        jsonschema.validate(report, one)
    assert document["total"]["held_claims"] == 8 == len({(r["path"], r["position"]) for r in rows})
    assert [entry["path"] for entry in document["not_split"]] == ["in/bad.837"]
    text = Path("all.txt").read_text()
    assert "in/a.837: 4 of 5 claims held" in text and "3 files: 8 of 11 claims held" in text


def test_a_file_that_cannot_be_written_leaves_both_of_its_results_out(
    split: Cli, place: Path
) -> None:
    (place / "held" / "a.837").mkdir(parents=True)
    ran = split("in", "--clean", "clean", "--held", "held")
    assert ran.status == 2
    assert sorted(content(place / "clean")) == ["clean.837", "sub/a.837"]
    assert sorted(content(place / "held")) == ["sub/a.837"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in"], "name a file with --clean, --held, or both"),
        (["in", "--clean", "in"], "in: is inside of in, whose files are the inputs"),
        (["in", "--clean", "in/a.837"], "--clean takes a folder"),
        (["in", "--clean", "out", "--held", "out"], "each output needs a folder of its own"),
        (["in", "--clean", "out", "--report", "in/a.837"], "is one of the inputs"),
        (["in", "--clean", "out", "--report", "out/a.837"], "is one of the inputs"),
        (["in/a.837", "in/sub/a.837", "--held", "out"], "both results would be called a.837"),
        (["in", "-", "--held", "out"], "- is standard input"),
    ],
)
def test_what_cannot_be_split_is_said_first(
    split: Cli, place: Path, arguments: list[str], said: str
) -> None:
    before = content(place)
    ran = split(*arguments)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
    assert content(place) == before
