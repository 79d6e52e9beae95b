"""Baselines: what they accept, what they hold, and what is told of them."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import edi_lint
from benchmarks.generate import Shape, generate
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures
from edi_lint.files import spool
from edi_lint.run import check_files, parallel
from edi_lint.settings import Settings, SettingsError
from edi_lint.settings.baseline import Baseline, BaselineError, Recorder

OUTBOUND = ROOT / "examples" / "outbound.837"
BASELINE_SCHEMA = json.loads((ROOT / "schemas" / "baseline.schema.json").read_text())
FINDINGS_SCHEMA = json.loads((ROOT / "schemas" / "findings.schema.json").read_text())


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: Callable[[str], Cli]) -> Cli:
    """`edi-lint check` in a folder with a file, a.837."""
    (tmp_path / "a.837").write_bytes(OUTBOUND.read_bytes())
    monkeypatch.chdir(tmp_path)
    return commands("check")


def accepted(path: Path) -> dict[str, dict[str, int]]:
    data = json.loads(path.read_text())
    jsonschema.validate(data, BASELINE_SCHEMA)
    found: dict[str, dict[str, int]] = data["findings"]
    return found


def left(source: Path | bytes, baseline: Path) -> list[str]:
    return [f.code for f in edi_lint.check(source, Settings(baseline=baseline)).findings]


def changed(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for before, after in changes:
        assert before in data
        data = data.replace(before, after, 1)
    return data


# writing and using one


def test_what_is_accepted_is_not_told_again(check: Cli, tmp_path: Path) -> None:
    codes = Counter(f.code for f in edi_lint.check("a.837").findings)
    ran = check("a.837", "--write-baseline", "b.json")
    count = codes.total()
    assert ran == (0, "", f"edi-lint: b.json: {count} findings accepted\n")
    found = accepted(tmp_path / "b.json")
    assert {code: sum(n.values()) for code, n in found.items()} == codes
    ran = check("a.837", "--baseline", "b.json")
    assert ran.status == 0
    assert ran.err.startswith(f"edi-lint: findings not shown: {count} in b.json\nedi-lint: 2 HCPCS")
    assert "No findings." in ran.out
    assert check("a.837", "--baseline", "b.json", "--quiet") == (0, "", "")


def test_the_settings_name_one_too(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json")
    (tmp_path / "edi-lint.toml").write_text('baseline = "b.json"')
    assert check("a.837").status == 0
    (tmp_path / "empty.json").write_bytes(Recorder(None, None).content())
    assert check("a.837", "--baseline", "empty.json").status == 1


def test_a_new_finding_is_told(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json")
    data = changed(OUTBOUND.read_bytes(), (b"CLM*HI-26-0611*609.5*", b"CLM*HI-26-0611*610*"))
    assert left(data, tmp_path / "b.json") == ["BAL001"]


def test_the_same_finding_of_another_claim_is_new(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json")
    data = changed(OUTBOUND.read_bytes(), (b"CLM*HI-26-0612*", b"CLM*HI-26-0999*"))
    found = edi_lint.check(data, Settings(baseline=tmp_path / "b.json")).findings
    assert {f.location.claim for f in found} == {"HI-26-0999"}


def test_a_finding_stays_accepted_where_its_lines_move(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json")
    data = OUTBOUND.read_bytes().replace(b"\n", b"\r\n\r\n")
    assert left(data, tmp_path / "b.json") == []
    first = data.index(b"HL*2*"), data.index(b"HL*3*")
    without = data[: first[0]] + data[first[1] :]
    found = edi_lint.check(without, Settings(baseline=tmp_path / "b.json")).findings
    assert {f.code for f in found} <= {"ENV005", "STR006"}  # what the cut itself has spoilt


def test_a_finding_outside_of_claims_is_known_by_its_segment(check: Cli, tmp_path: Path) -> None:
    valid = (FIXTURES / "valid" / "three-claims.837").read_bytes()
    n4 = re.search(rb"N4\*[A-Z ]+\*OH\*", valid)
    assert n4 is not None
    spoilt = changed(valid, (n4[0], n4[0][:-3] + b"QQQ*"))
    (tmp_path / "a.837").write_bytes(spoilt)
    check("a.837", "--write-baseline", "b.json")
    assert sum(sum(n.values()) for n in accepted(tmp_path / "b.json").values()) > 0
    assert left(spoilt.replace(b"~\n", b"~\n\n"), tmp_path / "b.json") == []
    other = changed(spoilt, (n4[0][:-3] + b"QQQ*", b"N4*ELSEWHERE*QQQ*"))
    assert left(other, tmp_path / "b.json") != []


def test_a_second_equal_finding_is_new(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json")
    line = b"SV1*HC:A4223:GY*24*UN*2***1~"
    data = changed(OUTBOUND.read_bytes(), (line, line.replace(b"GY", b"KX:GY")))
    found = edi_lint.check(data, Settings(baseline=tmp_path / "b.json")).findings
    assert [(f.code, f.location.service_line) for f in found] == [("MOD001", "2")]


@pytest.mark.parametrize("phi", ["none", "all"])
def test_it_does_not_matter_how_much_is_shown(check: Cli, phi: str) -> None:
    check("a.837", "--write-baseline", "b.json")
    assert check("a.837", "--baseline", "b.json", "--phi", phi).status == 0


@pytest.mark.parametrize("path", faulty_fixtures(), ids=lambda p: p.stem)
def test_every_kind_of_finding_is_known_again(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.json"
    target.write_bytes(Recorder(None, None).content())
    findings = edi_lint.check(path, Settings(baseline=target)).findings
    recorder = Recorder(target, None)
    for finding in findings:
        recorder.add(finding)
    assert len(recorder) == len(findings) == len(edi_lint.check(path).findings)
    target.write_bytes(recorder.content())
    assert left(path, target) == []


# what stands in it


def test_it_holds_no_claim_number_and_no_text_of_a_claim(check: Cli, tmp_path: Path) -> None:
    data = OUTBOUND.read_bytes()
    check("a.837", "--write-baseline", "b.json")
    text = (tmp_path / "b.json").read_text()
    values = {v.decode() for v in re.split(rb"[*:~\n^]", data) if len(v) > 6}
    assert "HI-26-0612" in values
    assert [v for v in values if v in text] == []
    words = set(re.findall(r"[A-Za-z]{3,}[0-9]*", re.sub(r'"[0-9a-f]{16,64}"', "", text)))
    assert words - {"version", "key", "findings"} == set(accepted(tmp_path / "b.json"))


def test_the_key_is_random_and_kept_when_the_file_is_renewed(check: Cli, tmp_path: Path) -> None:
    for name in ("b.json", "c.json"):
        check("a.837", "--write-baseline", name)
    first, other = accepted(tmp_path / "b.json"), accepted(tmp_path / "c.json")
    assert first["MOD001"] != other["MOD001"]
    before = (tmp_path / "b.json").read_bytes()
    check("a.837", "--write-baseline", "b.json")
    assert (tmp_path / "b.json").read_bytes() == before


def test_a_suppressed_finding_is_not_accepted(check: Cli, tmp_path: Path) -> None:
    (tmp_path / "edi-lint.toml").write_text(
        '[[suppressions]]\nrule = "MOD001"\nreason = "x"\nexpires = 9999-12-31\n'
    )
    check("a.837", "--write-baseline", "b.json")
    assert "MOD001" not in accepted(tmp_path / "b.json")


def test_it_appears_whole_or_not_at_all(check: Cli, tmp_path: Path) -> None:
    ran = check("a.837", "no.837", "--write-baseline", "b.json")
    assert ran.status == 2
    assert (
        "b.json: not written, because it would lack the inputs that could not be checked;"
        in ran.err
    )
    assert [p.name for p in tmp_path.iterdir()] == ["a.837"]


# expiry


def test_it_hides_on_its_last_day_and_not_after(check: Cli, tmp_path: Path) -> None:
    write = ("a.837", "--write-baseline", "b.json", "--baseline-expires", "2026-06-30")
    late = check(*write, "--as-of", "2026-07-01")
    assert (late.status, "is past" in late.err) == (2, True)
    check(*write, "--as-of", "2026-06-01")
    assert json.loads((tmp_path / "b.json").read_text())["expires"] == "2026-06-30"
    accepted(tmp_path / "b.json")
    assert check("a.837", "--baseline", "b.json", "--as-of", "2026-06-30").status == 0
    ran = check("a.837", "--baseline", "b.json", "--as-of", "2026-07-01", "--quiet")
    assert ran.status == 1
    assert ran.err == (
        "edi-lint: warning: b.json: expired on 2026-06-30 and hides nothing any more; fix what "
        "it lists, or renew it: edi-lint check PATHS --write-baseline b.json\n"
    )
    ran = check("a.837", "--write-baseline", "b.json", "--baseline-expires", "9999-12-31")
    assert check("a.837", "--baseline", "b.json").status == 0


# what is told


def test_what_was_not_found_again_is_told_with_how_to_renew(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json")
    (tmp_path / "a.837").write_bytes(changed(OUTBOUND.read_bytes(), (b":KX:GY*", b":GY*")))
    ran = check("a.837", "--baseline", "b.json")
    assert ran.err.splitlines()[1] == (
        "edi-lint: warning: b.json: 1 finding of it not found again; if every file it was made "
        "of was linted, renew it: edi-lint check PATHS --write-baseline b.json"
    )
    assert check("a.837", "--baseline", "b.json", "--quiet").err == ""
    for options in (("--ignore", "MOD"), ("--level", "5"), ("no.837",)):
        assert "not found again" not in check("a.837", "--baseline", "b.json", *options).err


def test_the_document_tells_the_same(check: Cli, tmp_path: Path) -> None:
    check("a.837", "--write-baseline", "b.json", "--baseline-expires", "9999-12-31")
    (tmp_path / "a.837").write_bytes(changed(OUTBOUND.read_bytes(), (b":KX:GY*", b":GY*")))
    ran = check("a.837", "--baseline", "b.json", "--output-format", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, FINDINGS_SCHEMA)
    count = document["summary"]["accepted"]
    assert count > 0 and document["findings"] == []
    assert document["baseline"] == {
        "path": "b.json",
        "accepted": count,
        "stale": 1,
        "expires": "9999-12-31",
        "expired": False,
    }
    report = edi_lint.check("a.837", Settings(baseline=Path("b.json")))
    assert report.json() == document


# mistakes


def test_there_is_none(check: Cli) -> None:
    ran = check("a.837", "--baseline", "b.json")
    told = "edi-lint: b.json: no such baseline; make it with --write-baseline b.json\n"
    assert ran == (2, "", told)
    with pytest.raises(SettingsError):
        edi_lint.check("a.837", Settings(baseline=Path("b.json")))


GOOD: dict[str, Any] = {"version": 1, "key": "0" * 64, "findings": {"MOD001": {"0" * 16: 1}}}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("no JSON", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "without version 1"),
        (GOOD | {"version": 2}, "without version 1"),
        (GOOD | {"keys": 1}, "with an unknown key, keys"),
        (GOOD | {"key": "ab"}, "without a key of 64 hexadecimal digits"),
        (GOOD | {"key": "x" * 64}, "without a key of 64 hexadecimal digits"),
        (GOOD | {"expires": 1}, "with an expiry that is not a date"),
        (GOOD | {"expires": "soon"}, "with an expiry that is not a date"),
        (GOOD | {"findings": []}, "without counts of findings by rule and fingerprint"),
        (GOOD | {"findings": {"MOD001": []}}, "without counts of findings by rule and"),
        (GOOD | {"findings": {"MOD001": {"0": 0}}}, "without counts of findings by rule and"),
        (GOOD | {"findings": {"MOD001": {"0": True}}}, "without counts of findings by rule and"),
    ],
)
def test_what_is_no_baseline_is_neither_read_nor_overwritten(
    check: Cli, tmp_path: Path, content: str | dict[str, Any], why: str
) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    (tmp_path / "b.json").write_text(text)
    for option in ("--baseline", "--write-baseline"):
        ran = check("a.837", option, "b.json")
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith(
            f"edi-lint: b.json: not a baseline of this version of edi-lint: {why}"
        )
    assert (tmp_path / "b.json").read_text() == text


def test_a_file_beyond_the_limit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(Recorder(None, None).content())
    monkeypatch.setattr("edi_lint.settings.baseline._LARGEST", 10)
    with pytest.raises(BaselineError, match="larger than"):
        Baseline.read(path, Settings().today())


def test_an_input_is_not_overwritten_by_one(check: Cli, tmp_path: Path) -> None:
    assert check("a.837", "--write-baseline", "a.837").status == 2
    assert (tmp_path / "a.837").read_bytes() == OUTBOUND.read_bytes()
    check("a.837", "--write-baseline", "b.json")
    ran = check("a.837", "--baseline", "b.json", "-o", "b.json")
    assert (ran.status, "is one of the inputs" in ran.err) == (2, True)
    accepted(tmp_path / "b.json")


def test_options_that_do_not_go_together_are_refused(check: Cli) -> None:
    ran = check("a.837", "--baseline-expires", "9999-06-30")
    assert ran == (2, "", "edi-lint: --baseline-expires goes with --write-baseline\n")
    ran = check("a.837", "--write-baseline", "b.json", "-o", "x")
    assert ran == (2, "", "edi-lint: --write-baseline prints no findings; leave out --output\n")
    ran = check("a.837", "--write-baseline", "b.json", "--baseline-expires", "June")
    assert ran == (2, "", "edi-lint: --baseline-expires June: not a date; write it as 2026-12-31\n")


# several jobs, and many findings


def test_any_number_of_jobs_accepts_and_hides_the_same(
    check: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_files, "LARGE", 4_000)
    monkeypatch.setattr(parallel, "LARGE", 4_000)
    monkeypatch.setattr(check_files, "_WORTH_IT", 0)
    monkeypatch.setattr(parallel, "_SMALLEST", 30_000)
    monkeypatch.setattr(spool, "IN_MEMORY", 10)
    monkeypatch.setattr(spool, "_PIECE", 5)
    stream = io.BytesIO()
    generate(stream, Shape(200_000, faults=0.3))
    (tmp_path / "large.837").write_bytes(stream.getvalue())
    check("large.837", "a.837", "--write-baseline", "b.json", "--jobs", "1")
    alone = (tmp_path / "b.json").read_bytes()
    assert sum(sum(n.values()) for n in accepted(tmp_path / "b.json").values()) > 50
    check("large.837", "a.837", "--write-baseline", "b.json", "--jobs", "2")
    assert (tmp_path / "b.json").read_bytes() == alone
    spoilt = re.sub(rb"(CLM\*[^*]+\*)\d", rb"\g<1>9", stream.getvalue())
    (tmp_path / "large.837").write_bytes(spoilt)
    runs = [check("large.837", "a.837", "--baseline", "b.json", "--jobs", jobs) for jobs in (1, 2)]
    assert runs[0] == runs[1]
    assert "BAL001" in runs[0].out and "not shown" in runs[0].err
