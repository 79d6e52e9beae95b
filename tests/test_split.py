"""`edi-lint split` puts every claim in one of two valid files, and writes all of it or nothing."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, small_corpus_files, valid_fixtures
from edi_lint.crosscheck.pyx12_answers import pyx12_answers
from edi_lint.files import resources
from edi_lint.findings import Severity
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform import split as splitting_module
from edi_lint.transform.split import SplitError, money, split
from envelopes import file, one_set, recounted, single
from test_affected import FAMILY, at, changed, clm
from test_carving import claim_bytes

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
SETS = file(((FAMILY, single("V1", "V2")), (single("W1"),)), one_set("X1"))
FAULTY = changed(SETS, clm("P1", "1"), clm("T1", "1"), clm("W1", "1"))
"""Three claims whose CLM02 is not the sum of their lines."""


@pytest.fixture
def run(commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.837").write_bytes(FAULTY)
    return commands("split")


OUTPUTS = ["--clean", "clean.837", "--held", "held.837", "--report", "held.json"]


def written(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def held(data: bytes, fail_on: Severity | None = Severity.ERROR) -> list[str]:
    return [claim.id for claim in split(data, fail_on=fail_on).held_claims()]


# which claims are held


def test_a_claim_with_an_error_is_held_and_its_neighbours_are_not() -> None:
    assert held(FAULTY) == ["P1", "T1", "W1"]


def test_an_envelope_holds_what_is_in_it() -> None:
    assert held(at(SETS, 1, "SE*", "SE*9")) == ["S1", "S2", "P1", "P2", "Q1", "T1", "U1"]
    assert held(changed(SETS, ("GE*2*1", "GE*3*1"))) == [
        "S1", "S2", "P1", "P2", "Q1", "T1", "U1", "V1", "V2",
    ]  # fmt: skip


def test_a_threshold_says_what_holds() -> None:
    warned = changed(SETS, ("PWK*OB*EL***AC*ORDERV1~\n", ""))
    warned = recounted(warned)
    assert held(warned) == []
    assert held(warned, Severity.WARNING) == ["U1"]
    assert {"U1", "V1"} <= {*held(warned, Severity.INFO)}
    assert held(FAULTY, None) == []


def test_what_is_suppressed_or_accepted_holds_nothing(run: Cli, tmp_path: Path) -> None:
    settings = tmp_path / "edi-lint.toml"
    settings.write_text(
        '[[suppressions]]\nrule = "BAL001"\nclaim = "T1"\nreason = "known"\nexpires = 2999-01-01\n'
    )
    assert run("in.837", *OUTPUTS, "--phi", "ids").status == 1
    report = json.loads((tmp_path / "held.json").read_text())
    assert [claim["claim"] for claim in report["claims"]] == ["P1", "W1"]
    settings.unlink()
    command = [sys.executable, "-m", "edi_lint", "check", "in.837", "--write-baseline", "base.json"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    settings.write_text('baseline = "base.json"\n')
    ran = run("in.837", *OUTPUTS)
    assert (ran.status, (tmp_path / "clean.837").read_bytes()) == (0, FAULTY)
    assert not (tmp_path / "held.837").exists()


def test_what_has_expired_is_told_as_check_does(
    run: Cli, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    check = commands("check")
    check("in.837", "--write-baseline", "base.json", "--baseline-expires", "2030-01-01")
    (tmp_path / "edi-lint.toml").write_text(
        'baseline = "base.json"\n[[suppressions]]\nrule = "BAL001"\nclaim = "T1"\n'
        'reason = "known"\nexpires = 2030-01-01\n'
    )
    ran = run("in.837", *OUTPUTS, "--as-of", "2030-01-02")
    assert ran.status == 1
    warnings = [line for line in ran.err.splitlines() if "warning:" in line]
    told = check("in.837", "--as-of", "2030-01-02").err.splitlines()
    assert len(warnings) == 2
    assert warnings == [line for line in told if "warning:" in line]


def test_only_the_chosen_rules_hold(run: Cli) -> None:
    assert run("in.837", *OUTPUTS, "--select", "MOD").status == 0
    assert run("in.837", *OUTPUTS, "--ignore", "BAL001").status == 0
    assert run("in.837", *OUTPUTS, "--fail-on", "never").status == 0
    assert run("in.837", *OUTPUTS).status == 1


# what is in the files


def every_file() -> list[Path]:
    return [*valid_fixtures(), *faulty_fixtures(), *small_corpus_files()]


@pytest.mark.parametrize("path", every_file(), ids=lambda path: path.name)
def test_of_any_file_each_claim_is_in_one_part_and_no_error_is_new(path: Path) -> None:
    data = path.read_bytes()
    try:
        result = split(data)
    except SplitError:
        report = Linter().check(data)
        assert not report.file.checked or any(f.code == "ENV001" for f in report.findings)
        return
    clean, rest = claim_bytes(result.clean_content()), claim_bytes(result.held_content())
    together = claim_bytes(data)
    assert sorted(clean + rest) == sorted(together)
    for part in (clean, rest):
        left = iter(together)
        assert all(claim in left for claim in part), "the order is kept"
    assert result.adds_up
    assert result.whole.charges == result.clean.charges + result.held.charges
    assert (result.new_errors, result.remaining, result.examples) == ({}, {}, [])
    found = Linter().check(result.clean_content()).findings
    assert not clean or not [f for f in found if f.severity is Severity.ERROR]


@pytest.mark.parametrize("fail_on", [Severity.WARNING, Severity.INFO])
def test_with_any_threshold_nothing_as_bad_is_left_in_the_clean_file(fail_on: Severity) -> None:
    for path in (*valid_fixtures(), *faulty_fixtures()):
        data = path.read_bytes()
        if Linter().check(data).file.error:
            continue
        result = split(data, fail_on=fail_on)
        assert (path.name, result.remaining, result.new_errors) == (path.name, {}, {})


def test_pyx12_has_nothing_to_say_about_either_file() -> None:
    many = next(p for p in valid_fixtures() if p.stem == "many").read_bytes()
    many = re.sub(rb"(CLM\*[^*]+\*)\d", rb"\g<1>9", many, count=1)
    for data in (FAULTY, changed(SETS, clm("V2", "1")), many):
        result = split(data)
        for part in (result.clean_content(), result.held_content()):
            report = pyx12_answers(part)
            assert (report.answers, report.other) == (frozenset(), ())


def test_what_has_no_claim_goes_with_the_held_ones() -> None:
    other = FAULTY.replace(b"GE*1*2~", b"ST*835*0002~\nBPR*I*0*C*NON~\nSE*3*0002~\nGE*2*2~")
    result = split(other)
    assert b"ST*835" in result.held_content()
    assert b"ST*835" not in result.clean_content()
    assert result.adds_up


def test_stray_bytes_alone_are_no_file() -> None:
    result = split(SETS + b"\nsome stray bytes\n", fail_on=None)
    assert (result.held.size, result.held_content(), result.clean.claims) == (0, b"", 11)
    assert result.stray == len("some stray bytes\n")


def test_padding_goes_where_its_interchange_goes() -> None:
    padded = split(SETS + b"\0" * 100, fail_on=None)
    assert (padded.stray, padded.held.size, padded.clean.claims) == (0, 0, 11)
    assert padded.clean_content().endswith(b"\0" * 100)


def test_stray_bytes_that_are_in_neither_file_are_told(run: Cli, tmp_path: Path) -> None:
    (tmp_path / "in.837").write_bytes(SETS + b"\nsome stray bytes\n")
    ran = run("in.837", *OUTPUTS, "--fail-on", "never")
    assert ran.status == 0
    assert "in neither file: 17 bytes outside of segments" in ran.err


# the report


def test_the_report_follows_its_schema_and_adds_up(run: Cli, tmp_path: Path) -> None:
    schema = json.loads(resources.schema("held-report.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for data in (FAULTY, OUTBOUND, SETS, at(SETS, 1, "GS*HC", "GS*HX")):
        (tmp_path / "in.837").write_bytes(data)
        for phi in ("none", "ids", "all"):
            run("in.837", *OUTPUTS, "--phi", phi)
            report = json.loads((tmp_path / "held.json").read_text())
            jsonschema.Draft202012Validator(schema).validate(report)
            for name in ("claims", "service_lines", "unread_charges"):
                assert report["input"][name] == report["clean"][name] + report["held"][name]
            amounts = [Decimal(report[part]["charges"]) for part in ("input", "clean", "held")]
            assert amounts[0] == amounts[1] + amounts[2]
            assert len(report["claims"]) == report["held"]["claims"]
            assert report["adds_up"] is True


def test_the_report_says_whose_fault_it_is(run: Cli, tmp_path: Path) -> None:
    data = at(FAULTY, 1, "DMG*D8*20100101*M", "DMG*D8*20101301*M")
    (tmp_path / "in.837").write_bytes(data)
    run("in.837", *OUTPUTS)
    claims_held = json.loads((tmp_path / "held.json").read_text())["claims"]
    about = {c["claim"]: [r["about"] for r in c["reasons"]] for c in claims_held}
    assert about == {
        "P1": ["claim", "patient"],
        "P2": ["patient"],
        "T1": ["claim"],
        "W1": ["claim"],
    }
    assert claims_held[0]["position"] == "0001/3"
    assert claims_held[0]["charge"] == "1.00"
    assert claims_held[0]["payer_id"] == "PAYER1"


def test_as_csv_a_row_is_a_reason_and_no_formula(run: Cli, tmp_path: Path) -> None:
    (tmp_path / "in.837").write_bytes(changed(FAULTY, ("CLM*P1*", "CLM*=P1*")))
    run("in.837", "--held", "h.837", "--report", "held.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "held.csv").read_text())))
    assert [(row["claim"], row["code"]) for row in rows] == [
        ("'=P1", "BAL001"), ("T1", "BAL001"), ("W1", "BAL001"),
    ]  # fmt: skip


def test_as_text_the_report_shows_that_it_adds_up(run: Cli, tmp_path: Path) -> None:
    run("in.837", "--held", "h.837", "--report", "held.txt")
    text = (tmp_path / "held.txt").read_text()
    assert text.startswith("in.837: 3 of 11 claims held\n")
    assert "add up to those of the input; transaction sets with claims of both: 1." in text
    assert "P1 (0001/3): $1.00, payer PAYER1\n  error[BAL001]" in text


def test_without_phi_no_claim_number_is_told(run: Cli, tmp_path: Path) -> None:
    names = ("P1", "T1", "W1")
    data = FAULTY
    for name in names:
        data = data.replace(f"CLM*{name}*".encode(), f"CLM*SECRET{name}*".encode())
    (tmp_path / "in.837").write_bytes(data)
    for report in ("r.json", "r.csv", "r.txt"):
        ran = run("in.837", "--clean", "c.837", "--report", report, "--phi", "none")
        text = (tmp_path / report).read_text()
        assert "0001/3" in text
        for secret in ("SECRET", "EXAMPLE WAY", "MEMBER0001", "19600101"):
            assert secret not in text + ran.err


def test_charges_of_many_digits_add_up_to_the_last() -> None:
    """Arithmetic keeps 28 digits unless it is told otherwise."""
    content = OUTBOUND.replace(b"*480*", b"*" + b"9" * 29 + b"*")
    result = split(content)
    assert money(result.whole.charges) == "1" + "0" * 25 + "1851.50"
    assert money(result.held.charges) == "1" + "0" * 25 + "1242.00"
    assert result.adds_up


def test_a_charge_that_cannot_be_read_is_counted() -> None:
    result = split(changed(SETS, clm("P1", "free")))
    assert (result.whole.unread, result.held.unread, result.clean.unread) == (1, 1, 0)
    assert [(c.id, c.charge) for c in result.held_claims()] == [("P1", None)]
    assert [money(Decimal(n)) for n in ("1", "1.5", "1.005", "-0")] == [
        "1.00", "1.50", "1.005", "-0.00",
    ]  # fmt: skip


def test_of_many_reasons_some_are_told_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splitting_module, "MAX_REASONS", 1)
    data = at(FAULTY, 1, "DMG*D8*20100101*M", "DMG*D8*20101301*M")
    first = next(split(data).held_claims())
    assert (first.findings, [r.scope.value for r in first.reasons]) == (2, ["claim"])


# all or nothing


def test_where_nothing_is_held_no_held_file_is_left(run: Cli, tmp_path: Path) -> None:
    (tmp_path / "in.837").write_bytes(SETS)
    (tmp_path / "held.837").write_bytes(b"of yesterday")
    ran = run("in.837", *OUTPUTS)
    assert ran.status == 0
    assert sorted(written(tmp_path)) == ["clean.837", "held.json", "in.837"]
    assert "held: nothing, so held.837 is not written" in ran.err
    assert (tmp_path / "clean.837").read_bytes() == SETS


def test_where_nothing_is_clean_no_clean_file_is_left(run: Cli, tmp_path: Path) -> None:
    (tmp_path / "in.837").write_bytes(changed(SETS, ("IEA*2*", "IEA*3*"), ("IEA*1*", "IEA*3*")))
    (tmp_path / "clean.837").write_bytes(b"of yesterday")
    assert run("in.837", *OUTPUTS).status == 1
    assert sorted(written(tmp_path)) == ["held.837", "held.json", "in.837"]


def test_standard_input_is_split_too(run: Cli, tmp_path: Path) -> None:
    assert run("-", *OUTPUTS, stdin=FAULTY).status == 1
    by_pipe = written(tmp_path)
    assert run("in.837", *OUTPUTS).status == 1
    by_name = written(tmp_path)
    assert by_pipe["clean.837"] == by_name["clean.837"]
    assert by_pipe["held.837"] == by_name["held.837"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["in.837"], "name a file with --clean, --held, or both"),
        (["in.837", "--report", "r.json"], "name a file with --clean, --held, or both"),
        (["in.837", "--clean", "in.837"], "in.837: is one of the inputs"),
        (["in.837", "--held", "./in.837"], "in.837: is one of the inputs"),
        (["in.837", "--clean", "a", "--held", "./a"], "a: is named twice"),
        (["in.837", "--clean", "a", "--report", "a"], "a: is named twice"),
        (["in.837", "--clean", "no/a"], "no/a: cannot write there: No such file"),
        (["in.837", "--clean", "."], "in.837: is one of the inputs; name another file"),
        (["in.837", "--clean", "a", "--held", "/dev/full"], "/dev/full: not a file"),
        (["in.837", "--clean", "a", "--held", "b", "--report", "/dev/full"], "No space left"),
        (["none.837", "--clean", "a"], "none.837: cannot read: No such file"),
        (["text", "--clean", "a"], "text: no ISA segment"),
        (["in.837", "--clean", "a", "--select", "XYZ"], "XYZ: no rule's code begins like this"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(
    run: Cli, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    (tmp_path / "text").write_text("no claims here")
    before = written(tmp_path)
    ran = run(*arguments)
    assert (ran.status, ran.out, written(tmp_path)) == (2, "", before)
    assert reason in ran.err
    assert ran.err.count("\n") == 1


def test_a_full_disk_leaves_everything_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "in.837").write_bytes(FAULTY)
    (tmp_path / "clean.837").write_bytes(b"of yesterday")
    before = written(tmp_path)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))

    command = [sys.executable, "-B", "-m", "edi_lint", "split", "in.837", *OUTPUTS]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=limited
    )
    assert (ran.returncode, written(tmp_path)) == (2, before)
    assert "cannot write: File too large" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_told(run: Cli, tmp_path: Path) -> None:
    before = written(tmp_path)
    tmp_path.chmod(0o500)
    ran = run("in.837", *OUTPUTS)
    tmp_path.chmod(0o700)
    assert (ran.status, written(tmp_path)) == (2, before)
    assert "cannot write there: Permission denied" in ran.err


@pytest.mark.parametrize("moment", ["_divide", "_claim"])
def test_an_input_that_changes_meanwhile_is_noticed(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    real = getattr(splitting_module._Splitter, moment)

    def changes(self: object, *arguments: object) -> object:
        (tmp_path / "in.837").write_bytes(FAULTY + b"\n")
        return real(self, *arguments)

    monkeypatch.setattr(splitting_module._Splitter, moment, changes)
    ran = run("in.837", *OUTPUTS)
    assert (ran.status, sorted(written(tmp_path))) == (2, ["in.837"])
    assert ran.err.endswith("in.837: the file changed while it was read; try again\n")


def test_what_came_out_worse_is_refused_unless_forced(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = splitting_module._Side.end

    def breaks(self: splitting_module._Side, size: int) -> None:
        real(self, size)
        self._file.seek(0)
        data = self._file.read().replace(b"SE*", b"SE*9", 1)
        self._file.seek(0)
        self._file.write(data)

    monkeypatch.setattr(splitting_module._Side, "end", breaks)
    ran = run("in.837", *OUTPUTS)
    assert (ran.status, sorted(written(tmp_path))) == (2, ["in.837"])
    assert "refused" in ran.err
    assert "errors that the input does not have: ENV005 (2)" in ran.err
    assert "left in the clean file: ENV005 (1)" in ran.err
    ran = run("in.837", *OUTPUTS, "--force")
    assert (ran.status, len(written(tmp_path))) == (1, 4)
    assert "--force" in ran.err


KILLED = """
import json, os, signal, sys, tempfile
from pathlib import Path

import edi_lint.files.outputs as output
from edi_lint.cli import main

output._BUFFER = 1500
seen = at = 0

def stepwise(owner, name):
    real = getattr(owner, name)
    def call(*arguments, **named):
        global seen
        seen += 1
        if seen == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)
    setattr(owner, name, call)

for owner, name in (
    (tempfile, "mkstemp"), (os, "fsync"), (Path, "chmod"), (Path, "replace"), (Path, "unlink"),
    (output._NamedFile, "write"),
):
    stepwise(owner, name)
def run():
    try:
        return main()
    except SystemExit as end:
        return end.code

names, killed = sys.argv.pop(1).split(","), True
out = os.dup(1)
os.dup2(2, 1)
run()  # what is loaded once need not be loaded at each step
os.dup2(out, 1)
seen = 0
while killed:
    at += 1
    for name in names:
        Path(name).write_bytes(b"of yesterday")
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        os._exit(run())
    status = os.waitpid(child, 0)[1]
    killed = os.WIFSIGNALED(status)
    print(json.dumps([killed, [Path(name).read_text() for name in names]]), flush=True)
"""


def test_killed_at_any_write_each_file_is_whole_and_clean_never_without_held(
    tmp_path: Path,
) -> None:
    names = ("held.837", "held.json", "clean.837")
    (tmp_path / "in.837").write_bytes(FAULTY)
    command = [sys.executable, "-c", KILLED, ",".join(names), "split", "in.837", *OUTPUTS]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    steps = [json.loads(line) for line in ran.stdout.splitlines()]
    killed, whole = steps[-1]
    assert not killed, ran.stderr
    assert len(steps) > 15
    result = split(FAULTY)
    assert whole[0].encode() == result.held_content()
    assert whole[2].encode() == result.clean_content()
    states = set()
    for _, contents in steps:
        is_new = tuple(now == then for now, then in zip(contents, whole, strict=True))
        assert all(n or c == "of yesterday" for n, c in zip(is_new, contents, strict=True))
        states.add(is_new)
    new, old = True, False
    assert states == {(old, old, old), (new, old, old), (new, new, old), (new, new, new)}
    assert (tmp_path / "in.837").read_bytes() == FAULTY


# from Python


def test_from_python_both_files_are_given() -> None:
    result = edi_lint.split(OUTBOUND, Settings())
    assert (result.clean.claims, result.held.claims, result.is_worse) == (1, 4, False)
    assert len(claim_bytes(result.clean_content())) == 1
    assert edi_lint.split(OUTBOUND, fail_on=None).held_content() == b""
    assert edi_lint.split(io.BytesIO(OUTBOUND)).held_content() == result.held_content()


@pytest.mark.parametrize("fixture", ["minimal", "dependent"])
@pytest.mark.parametrize("engine", ["python", "kernel"])
def test_a_claim_that_is_one_too_many_is_held_and_not_the_one_before_it(
    fixture: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "kernel":
        pytest.importorskip("edi_lint.engine._kernel")
    monkeypatch.setenv("EDI_LINT_ENGINE", engine)
    data = (FIXTURES / "valid" / f"{fixture}.837").read_bytes()
    start = data.rindex(b"CLM*")
    claim, end = data[start:].split(b"SE*")[0], data.index(b"SE*", start)
    claims = [re.sub(rb"CLM\*[^*]*", b"CLM*N%d" % n, claim) for n in range(1, 103)]
    many = data[:start] + b"".join(claims) + data[end:]
    settings = Settings(select=("STR",))
    found = [f.location.claim for f in Linter(settings).lint(many).findings]
    assert found == ["N101", "N102"]
    held = split(many, settings).held_claims()
    assert [(claim.id, len(claim.reasons)) for claim in held] == [("N101", 1), ("N102", 1)]
