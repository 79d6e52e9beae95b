"""`--claims` of `check` and `annotate`: what is about some claims, and nothing of the others."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import edi_lint
from conftest import ROOT, Cli

OUTBOUND = ROOT / "examples" / "outbound.837"
NAMES = [("HI-26-0614",), ("0001/4",), ("HI-26-0614", "0001/4")]


@pytest.fixture
def check(commands: Callable[[str], Cli]) -> Cli:
    return commands("check")


@pytest.mark.parametrize("names", NAMES)
@pytest.mark.parametrize("phi", ["ids", "none"])
def test_the_findings_of_a_claim_are_those_of_the_whole_file(
    check: Cli, names: tuple[str, ...], phi: str
) -> None:
    ran = check(OUTBOUND, "--claims", ",".join(names), "--output-format", "json", "--phi", phi)
    found = json.loads(ran.out)["findings"]
    whole = [f for f in edi_lint.check(OUTBOUND).findings if f.location.claim_number == 4]
    assert [f["code"] for f in found] == [f.code for f in whole]
    assert [f["location"]["byte_start"] for f in found] == [f.location.byte_start for f in whole]
    assert ran.status == 1


def test_a_claim_without_findings_is_there(check: Cli) -> None:
    for path, stdin in ((OUTBOUND, b""), ("-", OUTBOUND.read_bytes())):
        ran = check(path, "--claims", "0001/1", stdin=stdin)
        assert ran.status == 0
        assert ran.err.startswith("edi-lint: 2 HCPCS codes not judged")
        assert "No findings in the claims that were named." in ran.out


@pytest.mark.parametrize("format_", ["text", "json", "junit"])
def test_a_name_of_no_claim_is_not_taken_for_a_clean_one(check: Cli, format_: str) -> None:
    ran = check(OUTBOUND, "--claims", "0001/1,NOPE", "--output-format", format_, "--phi", "ids")
    assert (ran.status, "No findings" in ran.out) == (2, False)
    assert ran.err == "edi-lint: claim NOPE: no claim in the input has that number\n"
    ran = check(OUTBOUND, "--claims", "NOPE", "--phi", "none")
    assert (ran.status, "NOPE" in ran.err) == (2, False)


def test_claims_of_several_files_are_found(check: Cli) -> None:
    other = ROOT / "examples" / "resubmit.837"
    assert check(OUTBOUND, other, "--claims", "HI-26-0588,HI-26-0611").status == 0


def test_junit_has_the_claims_that_were_named_only(check: Cli) -> None:
    ran = check(OUTBOUND, "--claims", "HI-26-0614", "--output-format", "junit")
    assert ran.out.count("<testcase") == 1


@pytest.mark.parametrize(
    "option", [("--record", "--ledger", "a.db"), ("--write-baseline", "a.json"), ("--cross-check",)]
)
def test_what_is_about_a_whole_file_does_not_go_with_it(
    check: Cli, option: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = check(OUTBOUND, "--claims", "HI-26-0614", *option)
    assert (ran.status, "--claims shows a part of a file" in ran.err) == (2, True)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("template", ["text", "html", "markdown", "own"])
def test_annotate_shows_the_claims_that_were_named(
    commands: Callable[[str], Cli], template: str, tmp_path: Path
) -> None:
    annotate = commands("annotate")
    if template == "own":
        own = tmp_path / "own.j2"
        own.write_text(
            "{% for r in rows %}{% if r.tag == 'CLM' %}{{ r.text }} {% endif %}{% endfor %}"
        )
        template = str(own)
    whole = annotate(OUTBOUND, "--template", template)
    part = annotate(OUTBOUND, "--template", template, "--claims", "HI-26-0614")
    assert (whole.status, part.status) == (0, 0)
    assert "HI-26-0614" in part.out and "HI-26-0612" in whole.out
    assert not {f"HI-26-06{n}" for n in (11, 12, 13, 15) if f"HI-26-06{n}" in part.out}
    wrong = annotate(OUTBOUND, "--template", template, "--claims", "NOPE")
    assert (wrong.status, wrong.out) == (2, "")
    assert "no claim" in wrong.err
