"""Codes looked up by the day of service: COD001, COD003 and COD004 beyond their examples."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

import edi_lint
from conftest import Cli
from edi_lint.codes import hcpcs, tables
from edi_lint.codes.tables import Release, TableSource, loaded_name, packed
from edi_lint.findings import Applicability, Finding
from edi_lint.rules import procedures, service_days
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter

OURS = ("COD001", "COD003", "COD004")

Said = tuple[str, str, str]
"""Code, severity and element of a finding."""


def findings(example: Example, linter: Linter | None = None) -> list[Finding]:
    """What our rules find with this linter, or with one that has read nothing."""
    return [f for f in (linter or Linter()).check(example.file()).findings if f.code in OURS]


def said(example: Example) -> list[Said]:
    return [(f.code, f.severity.value, f.location.element) for f in findings(example)]


def diagnosed(hi: str, day: str = "20260105") -> Example:
    """A claim with these diagnoses and one line, which points to the first."""
    return Example(claim=(hi,), line=("SV1*HC:A4223*120*UN*1***1", f"DTP*472*D8*{day}"))


def line(procedure: str, day: str = "20260105", filing: str = "CI") -> Example:
    dated = (f"SV1*HC:{procedure}*120*UN*1***1", f"DTP*472*D8*{day}")
    return Example(line=dated, filing=filing)


# --- COD004: which day decides --------------------------------------------------------------------
def test_a_diagnosis_is_judged_on_the_days_of_the_lines_that_point_to_it() -> None:
    lines = (
        "SV1*HC:A4223*60*UN*1***1",
        "DTP*472*D8*20210901",
        "LX*2",
        "SV1*HC:A4223*60*UN*1***2",
        "DTP*472*D8*20260105",
    )
    early_to_the_first = Example(claim=("HI*ABK:M545*ABF:M5450",), line=lines)
    assert said(early_to_the_first) == []
    exchanged = Example(claim=("HI*ABK:M5450*ABF:M545",), line=lines)
    assert said(exchanged) == [("COD004", "error", "HI01-02"), ("COD004", "error", "HI02-02")]


def test_a_diagnosis_that_no_line_points_to_is_judged_on_the_first_day_of_the_claim() -> None:
    assert said(diagnosed("HI*ABK:G8918*ABF:M545", "20210901")) == []
    assert said(diagnosed("HI*ABK:G8918*ABF:M545")) == [("COD004", "error", "HI02-02")]


@pytest.mark.parametrize(
    ("day", "severity"),
    [
        ("20201231", "warning"),
        ("20210101", "error"),
        ("20230930", "warning"),
        ("20231001", "error"),
        ("20270331", "error"),
        ("20270401", "warning"),
    ],
)
def test_where_no_release_is_held_a_finding_is_a_warning_that_says_so(
    day: str, severity: str
) -> None:
    (finding,) = findings(diagnosed("HI*ABK:Q99Z9", day))
    assert finding.severity.value == severity
    told = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    assert (f"no release for {told}" in finding.message) == (severity == "warning")


@pytest.mark.parametrize("day", ["20151001", "20180501", "20220105", "20270401", "20400101"])
def test_a_code_of_every_release_is_good_on_any_day_of_icd_10_cm(day: str) -> None:
    assert said(diagnosed("HI*ABK:G8918", day)) == []


@pytest.mark.parametrize(
    ("hi", "day", "expected"),
    [
        ("HI*BK:7231", "20150930", []),
        ("HI*BK:7231", "20151001", [("COD004", "error", "HI01-01")]),
        ("HI*ABK:G8918*BF:7231*BF:7232", "20260105", [("COD004", "error", "HI02-01")]),
        ("HI*ABK:G8918*ABF:Q99Z9", "20150930", [("COD004", "warning", "HI01-01")]),
    ],
)
def test_the_revision_fits_the_day_and_is_told_once(
    hi: str, day: str, expected: list[Said]
) -> None:
    assert said(diagnosed(hi, day)) == expected


def test_a_day_before_the_procedure_code_existed_says_nothing_of_diagnoses() -> None:
    assert said(line("A4306", "19921231")) == []


# --- COD004: one fault, one finding ---------------------------------------------------------------
def test_a_dot_is_one_finding_whatever_else_is_wrong_and_its_fix_removes_the_dot_alone() -> None:
    for code, words in (("M54.50", "with a dot"), ("M54.5", "a category"), ("m54.50", "a dot")):
        (finding,) = findings(diagnosed(f"HI*ABK:{code}"))
        assert words in finding.message
        assert finding.fix is not None
        assert finding.fix.applicability is Applicability.AUTOMATIC
        assert finding.fix.edits[0].text == code.replace(".", "")


def test_a_dot_in_another_place_is_not_removed() -> None:
    (finding,) = findings(diagnosed("HI*ABK:M5.450"))
    assert finding.fix is None


def test_lower_case_is_a_warning_with_a_suggested_fix() -> None:
    (finding,) = findings(diagnosed("HI*ABK:m5450"))
    assert finding.severity.value == "warning"
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.SUGGESTED


def test_a_bad_code_sent_twice_is_one_bad_code_and_one_duplicate() -> None:
    found = findings(diagnosed("HI*ABK:Q99Z9*ABF:G8918*ABF:Q99Z9"))
    assert [f.location.element for f in found] == ["HI01-02", "HI03-02"]
    assert "the same as that of HI01" in found[1].message


def test_the_principal_diagnosis_is_answered_with_a_status_of_its_own() -> None:
    found = findings(diagnosed("HI*ABK:Q99Z9*ABF:Q99Z8"))
    assert [f.response.stc for f in found] == [("A7", "254"), ("A7", "255")]


@pytest.mark.parametrize("code", ["JOHN DOE", "123456789", "G", "G8918000", "²³", "G89|18=A"])
def test_what_is_no_code_at_all_is_not_repeated(code: str) -> None:
    (finding,) = findings(diagnosed(f"HI*ABK:{code}"))
    assert code not in finding.message


def test_condition_codes_and_procedures_of_anesthesia_are_no_diagnoses() -> None:
    claim = ("HI*ABK:G8918", "HI*BP:33414", "HI*BG:A1*BG:A1")
    assert said(Example(claim=claim)) == []


# --- COD003 ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("procedure", "day", "filing", "expected"),
    [
        ("A4306:GY:GD", "20260105", "MB", [("COD003", "error", "SV101-04")]),
        ("A4306:GY:GD", "20260105", "16", [("COD003", "warning", "SV101-04")]),
        ("A4223:GD", "20260105", "MB", [("COD003", "warning", "SV101-03")]),
        ("A4223:GD", "20191231", "MB", []),
        ("A4306:GY:ZQ", "20220105", "MB", [("COD003", "error", "SV101-04")]),
        ("A4306:GY:ZQ", "20400105", "MB", [("COD003", "warning", "SV101-04")]),
        ("A4306:ZQ:ZQ", "20260105", "CI", [("COD003", "warning", "SV101-03")]),
        ("A4306:U1:UD:CA", "20260105", "MB", []),
        ("A4306:RH", "20260105", "CI", [("COD003", "warning", "SV101-03")]),
        ("A4223:RH", "20260105", "CI", []),
        ("A0428:RH:XE", "20100105", "CI", []),
        ("A4306:zq", "20260105", "CI", []),
    ],
)
def test_modifiers(procedure: str, day: str, filing: str, expected: list[Said]) -> None:
    example = line(procedure, day, filing)
    assert [s for s in said(example) if s[0] == "COD003"] == expected


# --- COD001 with a loaded release -----------------------------------------------------------------
@pytest.fixture
def a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A release of the first quarter of 2026 in the user's data folder."""
    first = date(2026, 1, 1)
    rows = (
        "A4305\t1993-01-01\t-",
        "A4306\t1993-01-01\t-",
        "GY\t2002-01-01\t-",
        "J9998\t2026-01-15\t-",
        "J9999\t1990-01-01\t2026-01-31",
    )
    text = "\n".join(rows) + "\n"
    release = Release("January 2026", first, date(2026, 3, 31), len(rows))
    content = packed(hcpcs.KIND, "release", len(rows), text, [TableSource("test", "")], [release])
    (tmp_path / loaded_name(hcpcs.KIND, first)).write_bytes(content)
    monkeypatch.setenv("EDI_LINT_DATA", str(tmp_path))
    tables.loaded.cache_clear()
    yield
    tables.loaded.cache_clear()


@pytest.mark.parametrize(
    ("code", "day", "faulty"),
    [
        ("A4306", "20260105", False),
        ("A4305", "20260105", False),
        ("A9998", "20260105", True),
        ("A9998", "20260401", True),
        ("A9998", "20251231", True),
        ("J9998", "20260114", True),
        ("J9998", "20260115", False),
        ("J9999", "20260131", False),
        ("J9999", "20260201", True),
        ("J9999", "20270201", True),
        ("99213", "20260105", False),
        ("0001U", "20260105", False),
        ("D0120", "20260105", False),
        ("W1234", "20260105", False),
    ],
)
@pytest.mark.usefixtures("a_release")
def test_a_whole_release_judges_every_level_ii_code_of_its_days(
    code: str, day: str, faulty: bool
) -> None:
    expected = [("COD001", "error", "SV101-02")] if faulty else []
    assert said(line(code, day)) == expected


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("J9999", "20260105", []),
        ("A9998", "20260105", [("COD001", "error", "SV101-02")]),
        ("A9998", "20170101", [("COD001", "error", "SV101-02")]),
        ("A9998", "20161231", [("COD001", "info", "SV101-02")]),
        ("A9998", "20261001", [("COD001", "info", "SV101-02")]),
        ("A4466", "20161231", []),
        ("A4466", "20170101", [("COD001", "error", "SV101-02")]),
        ("G2012", "20181231", [("COD001", "error", "SV101-02")]),
        ("D9999", "20260105", []),
    ],
)
def test_without_a_release_a_code_is_judged_as_far_as_cms_files_prove(
    code: str, day: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [f for f in said(line(code, day)) if f[0] == "COD001"] == expected


def test_what_awaits_a_release_is_counted_once(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = commands("check")
    data = b"".join(line(code).file() for code in ("J9999", "J9999", "E0445", "A4306"))
    for engine in ("python", "kernel"):
        monkeypatch.setenv("EDI_LINT_ENGINE", engine)
        assert edi_lint.check(data).file.unjudged == {"J9999", "E0445"}
        assert edi_lint.check(line("A4306").file()).file.unjudged == set()
    path = tmp_path / "a.837"
    path.write_bytes(data)
    ran = check(path, "--output-format", "json")
    assert json.loads(ran.out)["summary"]["hcpcs_not_judged"] == 2
    assert ran.err.count("2 HCPCS codes not judged for want of a release") == 1
    assert check(path, "--ignore", "COD001").err == ""


@pytest.mark.usefixtures("a_release")
def test_nothing_awaits_a_release_that_is_loaded() -> None:
    assert edi_lint.check(line("J9999").file()).file.unjudged == set()


# --- when rules are asked -------------------------------------------------------------------------
SEVERAL = (
    *(line(f"{c}:{m}", day, "MB")
      for c in ("A4305", "A4306", "A9998", "A0428", "J9998", "J9999")
      for m in ("GY", "JZ", "ZQ", "GD", "RH")
      for day in ("19921231", "20150930", "20221231", "20240930", "20260105", "20260201")),
    *(diagnosed(hi, day)
      for hi in ("HI*ABK:M545", "HI*ABK:M5450*ABF:M722", "HI*ABK:Q99Z9*ABF:G8918*ABF:G8918")
      for day in ("20150930", "20180101", "20210901", "20220901", "20241001", "20261001", "X")),
)  # fmt: skip


@pytest.mark.usefixtures("a_release")
def test_what_counts_as_recent_changes_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def everything() -> list[list[tuple[str, str]]]:
        linter = Linter()
        return [[(f.code, f.message) for f in findings(example, linter)] for example in SEVERAL]

    usual = everything()
    assert sum(map(len, usual)) > 100
    for recent in (date(2015, 10, 1), date(2021, 6, 1), date(2027, 3, 1)):
        for module in (service_days, procedures):
            monkeypatch.setattr(module, "RECENT", recent)
        assert everything() == usual, recent
