"""`edi-lint check` as its users run it: output, exit status, choice of rules, privacy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import edi_lint
from conftest import FIXTURES, ROOT, faulty_fixtures, valid_fixtures
from edi_lint.findings import Severity
from edi_lint.findings.masking import Phi
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

VALID = str(FIXTURES / "valid" / "minimal.837")
BALANCE = str(FIXTURES / "faulty" / "balance.837")
WARNED = str(FIXTURES / "faulty" / "no-liability-modifier-medicare.837")
SCHEMA = json.loads((ROOT / "schemas" / "findings.schema.json").read_text())


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "edi_lint", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, check=False)


def document(*arguments: str) -> dict[str, object]:
    return json.loads(run("check", "--output-format", "json", *arguments).stdout)


# exit status


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ((VALID,), 0),
        ((BALANCE,), 1),
        ((WARNED,), 0),
        ((WARNED, "--fail-on", "warning"), 1),
        ((BALANCE, "--fail-on", "never"), 0),
        ((BALANCE, "--ignore", "BAL"), 0),
        ((BALANCE, "--select", "ENV,STR"), 0),
        ((BALANCE, "--level", "2"), 0),
        ((BALANCE, "--level", "3"), 1),
        (("no-such-file.837",), 2),
        ((str(FIXTURES / "other" / "not-x12.txt"),), 2),
        ((VALID, "no-such-file.837"), 2),
        ((str(FIXTURES / "other" / "835.edi"),), 2),
        ((str(FIXTURES / "other" / "835.edi"), "--fail-on", "never"), 2),
        ((str(FIXTURES / "other" / "mixed.837"),), 0),
        ((str(FIXTURES / "other" / "mixed.837"), "--strict"), 2),
        ((str(FIXTURES / "other" / "835.edi"), "--strict"), 2),
        ((VALID, "--fail-on", "nonsense"), 2),
        ((VALID, "--select", "NOPE"), 2),
        ((), 2),
    ],
)
def test_exit_status(arguments: tuple[str, ...], status: int) -> None:
    result = run("check", *arguments)
    assert result.returncode == status, result.stderr
    assert b"Traceback" not in result.stderr


def test_an_unreadable_file_does_not_stop_the_others() -> None:
    result = run("check", "no-such-file.837", BALANCE)
    assert b"no-such-file.837: No such file" in result.stderr
    assert b"BAL001" in result.stdout


def test_a_file_that_is_no_x12_is_one_clear_error() -> None:
    result = run("check", str(FIXTURES / "other" / "not-x12.txt"))
    assert result.returncode == 2
    assert result.stdout.startswith(b"error[ENV011]: no 837P could be checked: no ISA segment")
    assert result.stderr.count(b"\n") == 1
    assert b"no ISA segment" in result.stderr


def test_a_misspelt_rule_is_told_the_nearest() -> None:
    assert b"did you mean BAL001?" in run("check", "--select", "BAL01X", VALID).stderr


# inputs


def test_standard_input_folders_and_globs(tmp_path: Path) -> None:
    data = Path(BALANCE).read_bytes()
    (tmp_path / "a.837").write_bytes(data)
    (tmp_path / "b.edi").write_bytes(data)
    (tmp_path / "notes.md").write_bytes(b"not read")
    assert b"--> -:21:14 " in run("check", "-", stdin=data).stdout
    assert len(document(str(tmp_path))["files"]) == 2  # type: ignore[arg-type]
    assert len(document(str(tmp_path / "*.edi"))["files"]) == 1  # type: ignore[arg-type]


def test_a_folder_is_read_for_what_is_x12_by_its_beginning(tmp_path: Path) -> None:
    data = Path(BALANCE).read_bytes()
    answer = (FIXTURES / "other" / "835.edi").read_bytes()
    (tmp_path / "BATCH17").write_bytes(b"\r\n" + data)
    (tmp_path / "answer.835").write_bytes(answer)
    (tmp_path / "LICENSE").write_bytes(b"free for all, says ISA*")
    (tmp_path / "notes.999").write_bytes(b"not X12")
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / ".git" / "objects" / "a1").write_bytes(data)
    files = document(str(tmp_path))["files"]
    assert [Path(file["path"]).name for file in files] == ["BATCH17", "answer.835"]  # type: ignore[attr-defined]
    assert "skipped" in run("check", str(tmp_path)).stdout.decode().split("answer.835: ")[1]


def test_output_never_overwrites_an_input(tmp_path: Path) -> None:
    copy = tmp_path / "a.837"
    copy.write_bytes(Path(BALANCE).read_bytes())
    result = run("check", str(copy), "-o", str(copy))
    assert result.returncode == 2
    assert copy.read_bytes() == Path(BALANCE).read_bytes()


def test_output_goes_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    assert run("check", BALANCE, "-o", str(target)).stdout == b""
    assert "BAL001" in target.read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["report.txt"]


# what is printed


def test_text_shows_the_segment_with_a_caret_under_the_element() -> None:
    lines = run("check", BALANCE).stdout.decode().splitlines()
    segment = next(n for n, line in enumerate(lines) if "| CLM*" in line)
    start = lines[segment + 1].index("^")
    width = lines[segment + 1].count("^")
    assert lines[segment][start : start + width] == "395"
    assert lines[0] == "claim HI-10001 (0001/1)"
    assert lines[1].startswith("error[BAL001]: ")
    assert lines[2].startswith(f"   --> {BALANCE}:21:14 · CLM02 ")


def test_a_long_segment_is_cut_around_the_caret() -> None:
    data = Example(claim=("HI*" + "*".join(f"ABF:M48{n}" for n in range(10, 22)),)).file()
    data = data.replace(b"ABF:M4821", b"ABF:M4821:X").replace(b"HI*ABF:", b"HI*ABK:")
    lines = run("check", "-", stdin=data).stdout.decode().splitlines()
    segment = next(n for n, line in enumerate(lines) if "| …" in line)
    assert lines[segment + 1].index("^") < 120
    assert lines[segment][lines[segment + 1].index("^")] == "x"


def test_statistics_count_by_rule() -> None:
    result = run("check", "--statistics", "-q", str(FIXTURES / "faulty" / "two-faulty-claims.837"))
    lines = result.stdout.decode().splitlines()
    fault = "Claim total differs from the sum of its lines"
    assert f"       1       1  $390.00  BAL001  error    {fault}" in lines
    assert lines[-1] == "     2         0     0       2  $805.00  HARBORINFUSION"


def test_the_total_says_what_the_claims_with_findings_charge() -> None:
    text = run("check", str(FIXTURES / "faulty" / "two-faulty-claims.837")).stdout.decode()
    assert "Found 2 errors; claims with findings: 2 of 3, $805.00.\n" in text


def test_a_skipped_set_is_named_with_its_type() -> None:
    text = run("check", str(FIXTURES / "other" / "835.edi")).stdout.decode()
    what = "1 transaction set 835 (claim payment, remittance advice, 005010X221A1)"
    assert f"error[ENV011]: no 837P could be checked: the file has {what}" in text
    assert f"skipped: {what}" in text
    assert document(str(FIXTURES / "other" / "835.edi"))["files"][0]["skipped"] == [  # type: ignore[index]
        {"type": "835", "guide": "005010X221A1", "count": 1}
    ]


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.stem)
def test_the_findings_document_follows_its_schema(path: Path) -> None:
    report = edi_lint.check(path)
    jsonschema.validate(report.json(), SCHEMA)
    data = path.read_bytes()
    for finding in report.findings:
        place = finding.location
        line = data.split(b"\n")[place.line - 1]
        assert data.count(b"\n", 0, place.byte_start) == place.line - 1
        assert line[place.column - 1 :][:3] == data[place.byte_start :][:3].split(b"\n")[0]


def test_the_printed_document_follows_the_schema_too() -> None:
    jsonschema.validate(document(BALANCE, "no-such-file.837"), SCHEMA)


def test_findings_point_at_the_bytes_they_name() -> None:
    report = edi_lint.check(BALANCE)
    place = report.findings[0].location
    assert Path(BALANCE).read_bytes()[place.byte_start : place.byte_end] == b"395"
    assert (place.element, place.loop, place.claim) == ("CLM02", "2300", "HI-10001")
    assert (place.segment_ordinal, place.transaction) == (19, "0001")


def test_every_structural_finding_says_what_a_receiver_answers() -> None:
    for path in faulty_fixtures():
        for finding in edi_lint.check(path).findings:
            if finding.code.startswith(("ENV", "STR0")) and finding.code < "STR007":
                assert finding.response.json(), (path.name, finding.code)


def test_valid_files_have_no_error() -> None:
    for path in valid_fixtures():
        errors = [f for f in edi_lint.check(path).findings if f.severity is Severity.ERROR]
        assert errors == [], path.name


# privacy


PERSONAL = (
    "ZEBEDEE", "QUILLFEATHER", "SECRETSTREET", "SECRETTOWN", "MEMB99ID77", "19590607", "SECRETNOTE",
    "REFNUMBER1",
)  # fmt: skip
PERSON = Example(
    claim=("REF*EA*REFNUMBER1", "NTE*ADD*SECRETNOTE", "HI*ABK:G8918"),
    change=(
        ("NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0001", "NM1*IL*1*QUILLFEATHER*ZEBEDEE****MI*MEMB99ID77"),
        ("N3*2 EXAMPLE WAY", "N3*2 SECRETSTREET"),
        ("N4*EXAMPLE CITY*OH*43215~\nDMG*D8*19600101", "N4*SECRETTOWN*OH*43215~\nDMG*D8*19590607"),
    ),
).file()  # fmt: skip


@pytest.mark.parametrize("phi", ["none", "ids"])
def test_no_fault_brings_personal_data_to_light(phi: str) -> None:
    """Damage each segment in turn, so that each is shown in some finding."""
    segments = PERSON.split(b"~\n")[:-1]
    shown = ""
    for number, segment in enumerate(segments[2:-2], start=2):
        for spoilt in (
            segment + b"*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X",
            segment.replace(b"*", b"*\x07", 3),
            b"Q" + segment,
            segment + b"~\n" + segment,
        ):
            data = b"~\n".join([*segments[:number], spoilt, *segments[number + 1 :]]) + b"~\n"
            report = Linter(Settings(phi=Phi(phi))).check(data)
            shown += json.dumps(report.json()) + "".join(f.excerpt for f in report.findings)
    assert len(shown) > 50_000
    for secret in PERSONAL:
        assert secret not in shown


def test_claim_numbers_are_left_out_on_request(tmp_path: Path) -> None:
    data = Example(clm="CLM*ACCT-4711*999***12:B:1*Y*A*Y*Y").file()
    (tmp_path / "a.837").write_bytes(data)
    shown = run("check", str(tmp_path / "a.837")).stdout
    hidden = run("check", str(tmp_path / "a.837"), "--phi", "none")
    assert b"ACCT-4711" in shown
    assert b"ACCT-4711" not in hidden.stdout + hidden.stderr
    assert "ACCT-4711" not in json.dumps(document(str(tmp_path / "a.837"), "--phi", "none"))


def test_everything_is_shown_on_request() -> None:
    data = PERSON.replace(b"NTE*ADD*SECRETNOTE", b"NTE*ADD*SECRETNOTE*X")
    assert b"SECRETNOTE" in run("check", "-", "--phi", "all", stdin=data).stdout


def test_an_internal_error_holds_no_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    from edi_lint import cli
    from edi_lint.run import drive

    def fails(*_: object) -> None:
        raise RuntimeError("QUILLFEATHER")

    monkeypatch.setattr(drive.Linter, "lint", fails)
    monkeypatch.setattr(sys, "argv", ["edi-lint", "check", VALID])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    printed = "".join(capsys.readouterr())
    assert "internal error: RuntimeError" in printed
    assert "QUILLFEATHER" not in printed


# cross-check


def test_cross_check_prints_differences_with_their_reasons() -> None:
    result = run("check", "--cross-check", str(FIXTURES / "faulty" / "missing-bht.837"))
    assert b"only edi-lint set 1/1/1, segment 2 NM1: IK304 3" in result.stdout
    assert b"lost-place: After a fault of place" in result.stdout
    assert result.returncode == 0


# Python


def test_reading_gives_claims_with_their_lines() -> None:
    claims = list(edi_lint.read(FIXTURES / "valid" / "many.837"))
    assert len(claims) == 13
    assert all(line.claim is claim for claim in claims for line in claim.lines)
    assert {line.code for claim in claims for line in claim.lines} >= {"A4306", "E0431"}


# what users' trials brought to light


def test_an_element_that_slid_out_of_place_stays_hidden() -> None:
    """NM102 is lost, so that the last name stands where a code belongs."""
    data = PERSON.replace(b"NM1*IL*1*QUILLFEATHER", b"NM1*IL*QUILLFEA")
    shown = run("check", "-", stdin=data).stdout
    assert b"NM1*IL*xxxxxxxx" in shown
    assert b"QUILLFEA" not in shown


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"LX*1~", b"LX*ZEBEDEE QUILL~"),
        (b"ST*837*0001", b"ST*837*QUILLFEATHER"),
        (b"N4*SECRETTOWN*OH", b"N4*SECRETTOWN*QZ"),
        (b"*F~", b"*Q~"),
        (b"ST*837*0001*005010X222A1", b"ST*ZEBEDEE QUILL*0001*QUILLFEATHER"),
    ],
)
def test_no_number_or_code_gives_a_name_away(old: bytes, new: bytes) -> None:
    result = run("check", "-", stdin=PERSON.replace(old, new, 1))
    for hidden in (b"ZEBEDEE", b"QUILL", b"is QZ", b"is Q,"):
        assert hidden not in result.stdout


def test_output_follows_a_link_and_keeps_the_mode(tmp_path: Path) -> None:
    target, link = tmp_path / "report.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    run("check", BALANCE, "-o", str(link))
    assert link.is_symlink()
    assert "BAL001" in target.read_text()
    assert target.stat().st_mode & 0o777 == 0o600


def test_output_to_a_device_leaves_it_a_device() -> None:
    assert run("check", BALANCE, "-o", "/dev/null").returncode == 1
    assert not Path("/dev/null").is_file()


def test_a_full_disk_is_a_clear_error() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    result = run("check", BALANCE, "-o", "/dev/full")
    assert result.returncode == 2
    assert b"cannot write" in result.stderr
    assert not Path("/dev/full").is_file()


def test_an_empty_path_is_no_folder() -> None:
    result = run("check", "")
    assert result.returncode == 2
    assert b"a path is empty" in result.stderr


def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "a.837").write_bytes(Path(VALID).read_bytes())
    closed.chmod(0)
    try:
        if closed.stat() and list_or_none(closed) is not None:
            pytest.skip("this user may open any folder")
        result = run("check", str(tmp_path))
        assert result.returncode == 2
        assert b"Permission denied" in result.stderr
    finally:
        closed.chmod(0o755)


def list_or_none(folder: Path) -> list[Path] | None:
    try:
        return list(folder.iterdir())
    except PermissionError:
        return None


def test_strict_says_why() -> None:
    result = run("check", "--strict", str(FIXTURES / "other" / "mixed.837"))
    assert result.returncode == 2
    assert b"mixed.837: ENV011: skipped 1 transaction set 835" in result.stderr


def test_findings_before_a_break_are_kept() -> None:
    data = Path(FIXTURES / "faulty" / "kx-with-gy.837").read_bytes()
    cut = data[: data.index(b"DTP*472") + 5]
    more = data.index(b"SE*")
    two_lines = data[:more] + b"LX*2~\nSV1*HC:A4223*1*U"
    assert b"MOD001" in run("check", "-", stdin=two_lines).stdout
    assert b"breaks off" in run("check", "-", stdin=cut).stdout
