"""`rewrite` refuses what a receiver would, and says which errors are left; `--fail-on`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint.findings import Severity
from edi_lint.ledger.database import Ledger
from edi_lint.settings import LedgerError, Settings
from edi_lint.transform.rewrite import RewriteError, rewrite
from envelopes import file, one_set

VALID, FAULTY = FIXTURES / "valid", FIXTURES / "faulty"
MINIMAL = (VALID / "minimal.837").read_bytes()
OUTBOUND = ROOT / "examples" / "outbound.837"
PARTIES = ("ZZ*HARBORINFUSION", "ZZ*CLEARBRIDGE", "T")
NUMBER = "payer_claim_control_number"


@pytest.fixture(params=["shipped", "own"])
def resend(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A template that changes nothing: ours, and one that runs in a process of its own."""
    if request.param == "shipped":
        return "resend"
    mine = tmp_path / "mine.x12.j2"
    mine.write_text("{{ segments }}")
    return str(mine)


# control numbers that are in use


@pytest.mark.parametrize("whole", [False, True])
def test_the_number_of_the_input_is_refused(resend: str, whole: bool) -> None:
    with pytest.raises(RewriteError, match=r"control number 101 is the number of an interchange"):
        rewrite(MINIMAL, resend, control_number=101, whole=whole)
    assert rewrite(MINIMAL, resend, control_number=102, whole=whole).numbers == [102]


def test_the_whole_file_may_keep_its_own_number() -> None:
    assert rewrite(MINIMAL, "resend", whole=True).content() == MINIMAL


def two(first: int, second: int, receiver: bytes = b"") -> bytes:
    """Two interchanges of those numbers, the second to another receiver if one is given."""
    one = MINIMAL.replace(b"000000101", b"%09d" % first)
    other = MINIMAL.replace(b"000000101", b"%09d" % second).replace(b"HI-10001", b"HI-10002")
    return one + (other.replace(b"ZZ*CLEARBRIDGE    ", receiver) if receiver else other)


def test_no_interchange_gets_the_number_of_another_one_of_the_input(resend: str) -> None:
    with pytest.raises(RewriteError, match="control number 11 is"):
        rewrite(two(10, 11), resend, control_number=11)
    with pytest.raises(RewriteError, match="control number 11 is"):
        rewrite(two(11, 500), resend, control_number=10)  # by counting on
    with pytest.raises(RewriteError, match="control number 11 is"):
        rewrite(two(10, 11), resend, claims=["HI-10001"], control_number=11)  # of one left out
    assert rewrite(two(10, 11), resend, control_number=12).numbers == [12, 13]


def test_another_receiver_has_numbers_of_its_own() -> None:
    source = two(10, 900, b"ZZ*SOMEBODYELSE   ")
    assert rewrite(source, "resend", control_number=900, claims=["HI-10001"]).numbers == [900]
    with pytest.raises(RewriteError, match="control number 900 is"):
        rewrite(source, "resend", control_number=899)


def test_the_next_number_is_behind_all_of_the_input(tmp_path: Path) -> None:
    settings = Settings(ledger=str(tmp_path / "ledger.db"))
    assert rewrite(two(10, 11), "resend", settings=settings).numbers == [12, 13]
    assert rewrite(two(40, 20), "resend", settings=settings).numbers == [41, 42]


def test_where_counting_begins_again_numbers_of_the_input_are_left_out(tmp_path: Path) -> None:
    settings = Settings(ledger=str(tmp_path / "ledger.db"))
    assert rewrite(two(999_999_999, 1), "resend", settings=settings).numbers == [2, 3]


def test_what_is_no_number_does_not_matter() -> None:
    source = MINIMAL.replace(b"000000101", b"00000010A")
    assert rewrite(source, "resend", control_number=10).numbers == [10]


# numbers that a ledger gave out


def test_a_number_that_the_users_own_ledger_gave_out_is_refused() -> None:
    given = rewrite(MINIMAL, "resend").numbers[0]
    with pytest.raises(LedgerError, match=rf"control number {given} is not free"):
        rewrite(MINIMAL, "resend", control_number=given)
    assert rewrite(MINIMAL, "resend", control_number=given + 1).numbers == [given + 1]
    assert rewrite(MINIMAL, "resend").numbers == [given + 2]


def test_a_number_that_the_settings_ledger_gave_out_is_refused(tmp_path: Path) -> None:
    name = str(tmp_path / "team.db")
    given = Ledger(name).next_number(*PARTIES, above=700)
    with pytest.raises(LedgerError, match="control number 701 is not free"):
        rewrite(MINIMAL, "resend", control_number=given, settings=Settings(ledger=name))
    assert rewrite(MINIMAL, "resend", control_number=given).numbers == [given]  # another's ledger


def test_no_ledger_is_made_for_a_number_of_the_users_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("EDI_LINT_DATA", str(tmp_path / "data"))
    for _ in range(2):
        assert rewrite(MINIMAL, "resend", control_number=403).numbers == [403]
    assert not (tmp_path / "data").exists()


def test_the_command_refuses_them_and_writes_nothing(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    run, output = commands("rewrite"), tmp_path / "out.837"
    options = (VALID / "minimal.837", "--template", "resend", "-o", output)
    ran = run(*options, "--control-number", 101)
    assert (ran.status, output.exists()) == (2, False)
    assert "TA1 025" in ran.err
    assert run(*options, "--control-number", "next").status == 0
    output.unlink()
    ran = run(*options, "--control-number", 102)
    assert (ran.status, output.exists()) == (2, False)
    assert "102 is not free" in ran.err


def test_the_users_own_ledger_is_not_overwritten(commands: Callable[[str], Cli]) -> None:
    assert commands("rewrite")(VALID / "minimal.837", "--template", "resend").status == 0
    from edi_lint.ledger.database import database_file

    ledger = database_file("default")
    assert ledger is not None
    before = ledger.read_bytes()
    options = ("--template", "resend", "--control-number", 900, "-o", ledger)
    assert commands("rewrite")(VALID / "minimal.837", *options).status == 2
    assert ledger.read_bytes() == before


# a claim without CLM05

CLM05 = [
    ("*385***12:B:1*Y", "*385****Y", "CLM05"),
    ("*385***12:B:1*Y*A*Y*Y", "*385", "CLM05"),
    ("*12:B:1*", "*::1*", "CLM05-01"),
    ("*12:B:1*", "*12:B*", "CLM05-03"),
    ("*12:B:1*", "*12*", "CLM05-03"),
    ("*12:B:1*", "*:B*", "CLM05"),
]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("old", "new", "lacking"), CLM05)
def test_a_claim_without_clm05_is_refused(
    old: str, new: str, lacking: str, resend: str, whole: bool, request: pytest.FixtureRequest
) -> None:
    if whole:
        request.getfixturevalue("templates_run_here")
    source = MINIMAL.replace(old.encode(), new.encode())
    assert source != MINIMAL
    with pytest.raises(
        RewriteError, match=rf"HI-10001 .*no payer takes a claim without {lacking};"
    ):
        rewrite(source, resend, whole=whole, control_number=7)


def test_a_template_that_sets_only_the_frequency_does_not_make_it_good() -> None:
    source = MINIMAL.replace(b"*12:B:1*", b"**")
    with pytest.raises(RewriteError, match="without CLM05-01"):
        rewrite(source, "replacement", values={NUMBER: "P1"}, control_number=7)


def test_a_template_may_add_it(tmp_path: Path) -> None:
    mine = tmp_path / "mine.x12.j2"
    mine.write_text(
        '{{ segments | set_element("CLM05-1", "12") | set_element("CLM05-2", "B")'
        ' | set_element("CLM05-3", "1") }}'
    )
    source = MINIMAL.replace(b"*12:B:1*", b"**")
    assert rewrite(source, str(mine), whole=True).content() == MINIMAL


def test_a_claim_that_is_not_chosen_may_lack_it() -> None:
    source = file(one_set("A", "B")).replace(b"*12:B:1*", b"**", 1)
    assert rewrite(source, "resend", claims=["B"], control_number=900).selected == 1
    with pytest.raises(RewriteError, match="claim A "):
        rewrite(source, "resend", control_number=900)


# what is left in the result


def test_the_errors_of_the_chosen_claims_are_told_with_code_count_and_place(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    output = tmp_path / "again.837"
    ran = commands("rewrite")(
        OUTBOUND, "--template", "resend", "--claims", "HI-26-0614", "--control-number", 900,
        "-o", output,
    )  # fmt: skip
    assert ran.status == 0
    told = re.search(r"errors left in the chosen claims: (.*)\n((?:    .*\n?)*)", ran.err)
    assert told is not None
    checked = edi_lint.check(output)
    errors = [f for f in checked.findings if f.severity is Severity.ERROR]
    assert told[1] == "BAL001 (1), SIT001 (1)"
    places = [f"line {f.location.line}, column {f.location.column}: {f.code} claim" for f in errors]
    lines = told[2].strip("\n").split("\n")
    assert [line.strip()[: len(place)] for line, place in zip(lines, places, strict=True)] == places
    assert "the rest of the file" not in ran.err


def test_in_the_whole_file_those_of_other_claims_are_only_counted(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    ran = commands("rewrite")(
        OUTBOUND, "--template", "resend", "--claims", "HI-26-0614", "--whole", "-o", tmp_path / "o"
    )
    assert "errors left in the chosen claims: BAL001 (1), SIT001 (1)" in ran.err
    assert "HI-26-0615" not in ran.err
    assert "the rest of the file has 4 errors: edi-lint check" in ran.err


def test_an_error_above_the_claim_is_one_of_the_claim(tmp_path: Path) -> None:
    """A billing provider's NPI is every claim's below."""
    source = MINIMAL.replace(b"*XX*1002456386~", b"*XX*1002456387~")
    for whole in (True, False):
        result = rewrite(source, "resend", whole=whole, control_number=900)
        assert [f.location.segment for f in result.remaining] == ["NM1"]
        assert {f.code for f in result.remaining} == {"COD005"}


def test_a_claim_without_errors_says_nothing(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    options = ("--template", "resend", "--whole", "-o", tmp_path / "o")
    assert commands("rewrite")(VALID / "minimal.837", *options).err == (
        "edi-lint: 0 claims rewritten, 1 copied unchanged\n"
    )


def test_many_errors_are_counted_and_some_shown(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    names = [f"C{n}" for n in range(14)]
    source = tmp_path / "in.837"
    source.write_bytes(file(one_set(*names)).replace(b"HI*ABK:G8918", b"HI*ABK:G8919"))
    ran = commands("rewrite")(source, "--template", "resend", "--control-number", 900)
    told = ran.err[ran.err.index("errors left") :]
    assert re.match(r"errors left in the chosen claims: \w+ \(14\)\n", told)
    assert told.count("\n    line ") == 10
    assert "and 4 more: edi-lint check" in told
    hidden = commands("rewrite")(
        source, "--template", "resend", "--control-number", 901, "--phi", "none"
    )
    assert "claim 0001/1, HI" in hidden.err
    assert not any(f"claim {name}," in hidden.err for name in names)


# --fail-on


def worst(path: Path) -> Severity | None:
    found = {f.severity for f in edi_lint.check(path).findings}
    return min(found, key=lambda severity: severity.rank, default=None)


@pytest.mark.parametrize("threshold", ["error", "warning", "info", "never", None])
@pytest.mark.parametrize("command", ["fix", "rewrite", "own"])
@pytest.mark.parametrize(
    "name", ["valid/minimal", "faulty/npi-check-digit", "faulty/kx-on-medicare-a4306"]
)
def test_fail_on_sets_the_exit_status_and_the_result_is_written(
    commands: Callable[[str], Cli],
    tmp_path: Path,
    name: str,
    command: str,
    threshold: str | None,
    request: pytest.FixtureRequest,
) -> None:
    if threshold:
        request.getfixturevalue("templates_run_here")
    output = tmp_path / "out.837"
    options = ["--fail-on", threshold] if threshold else []
    if command != "fix":
        mine = tmp_path / "mine.x12.j2"
        mine.write_text("{{ segments }}")
        options += ["--whole", "--template", str(mine) if command == "own" else "resend"]
    source = FIXTURES / f"{name}.837"
    ran = commands("fix" if command == "fix" else "rewrite")(source, *options, "-o", output)
    found = worst(output)
    rank = {"error": 0, "warning": 1, "info": 2}.get(threshold or "never", -1)
    ranks = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
    expected = 1 if found is not None and ranks[found] <= rank else 0
    assert ran.status == expected


def test_the_settings_threshold_is_that_of_check_alone(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    config = tmp_path / "edi-lint.toml"
    config.write_text('fail-on = "info"\n')
    source = FAULTY / "npi-check-digit.837"
    assert commands("check")(source, "--config", config).status == 1
    assert commands("fix")(source, "--config", config).status == 0
    options = ("--config", config, "--template", "resend", "--whole")
    assert commands("rewrite")(source, *options).status == 0


def test_what_rules_say_of_the_rewriting_counts_too(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    """RES003, an info: no change log is written."""
    source, output = VALID / "replacement.837", tmp_path / "out.837"
    options = (source, "--set", f"{NUMBER}=OTHER9", "--whole", "-o", output, "--fail-on")
    assert commands("rewrite")(*options, "info").status == 1
    assert commands("rewrite")(*options, "warning").status == 0
    assert commands("rewrite")(*options, "info", "--log", tmp_path / "log").status == 0


def test_a_diff_ends_with_1_for_what_is_left_too(commands: Callable[[str], Cli]) -> None:
    source = FAULTY / "npi-check-digit.837"
    assert commands("fix")(source, "--diff").status == 0
    assert commands("fix")(source, "--diff", "--fail-on", "error").status == 1
