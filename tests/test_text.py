"""Findings for people: claim by claim, fit for a terminal of any width, in colour or without."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint import __version__
from edi_lint.cli.formats import Format
from edi_lint.findings.masking import Phi
from edi_lint.reporters.reporter import Asked
from edi_lint.reporters.tally import Tally
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

OUTBOUND = ROOT / "examples" / "outbound.837"
SNAPSHOTS = Path(__file__).parent / "snapshots"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printed(format_: Format, *paths: Path, phi: Phi = Phi.IDS, **asked: object) -> str:
    """What a run over files prints, whose paths are shortened to their names."""
    tally = Tally()
    reporter = format_.reporter(Asked(phi, tally, **asked))  # type: ignore[arg-type]
    linter = Linter(Settings(phi=phi, parties=True))
    reports = [linter.check(path.read_bytes(), path.name) for path in paths]
    pieces = list(reporter.begin())
    for report in tally.count(iter(reports)):
        pieces += reporter.add(report)
    return b"".join([*pieces, *reporter.end()]).decode()


@pytest.mark.parametrize(
    ("name", "format_", "asked"),
    [
        ("check.txt", Format.TEXT, {"statistics": True}),
        ("check-80-columns.txt", Format.TEXT, {"width": 80, "colour": True}),
        ("check-without-phi.txt", Format.TEXT, {"phi": Phi.NONE}),
        ("check-concise.txt", Format.CONCISE, {}),
        ("check.csv", Format.CSV, {}),
        ("check.github.txt", Format.GITHUB, {"phi": Phi.NONE}),
        ("check.gitlab.json", Format.GITLAB, {"phi": Phi.NONE}),
        ("check.junit.xml", Format.JUNIT, {"phi": Phi.NONE}),
        ("check.sarif", Format.SARIF, {"phi": Phi.NONE}),
    ],
)
def test_a_format_looks_as_it_did(
    name: str, format_: Format, asked: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "EDI_LINT_FINGERPRINT_KEY"):
        monkeypatch.delenv(variable, raising=False)
    shown = printed(format_, OUTBOUND, FIXTURES / "faulty" / "wrong-se01.837", **asked)  # type: ignore[arg-type]
    shown = shown.replace(__version__, "VERSION")
    snapshot = SNAPSHOTS / name
    if os.environ.get("EDI_LINT_RENEW_SNAPSHOTS"):
        snapshot.write_text(shown, "utf-8")
    assert shown == snapshot.read_text("utf-8")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    paths = [OUTBOUND, *sorted((FIXTURES / "faulty").glob("*.837"))]
    lines = printed(Format.TEXT, *paths, width=width, colour=True).splitlines()
    assert len(lines) > 300
    assert [line for line in lines if len(COLOUR.sub("", line)) > width] == []


def test_colours_are_all_that_a_terminal_adds_to_a_wide_line() -> None:
    plain = printed(Format.TEXT, OUTBOUND)
    coloured = printed(Format.TEXT, OUTBOUND, colour=True)
    assert plain != coloured
    assert COLOUR.sub("", coloured) == plain


@pytest.mark.parametrize("width", [0, 50, 80])
def test_the_caret_stands_under_the_element_at_any_width(width: int) -> None:
    report = edi_lint.check(OUTBOUND)
    lines = printed(Format.TEXT, OUTBOUND, width=width).splitlines()
    carets = [n for n, line in enumerate(lines) if re.fullmatch(r" +\| +\^+", line)]
    for n, finding in zip(carets, report.findings, strict=True):
        start, end = finding.caret
        at = lines[n].index("^")
        assert lines[n - 1][at : at + end - start] == finding.excerpt[start:end]


def test_findings_stand_under_their_claim_which_is_named_once(
    commands: Callable[[str], Cli],
) -> None:
    lines = commands("check")(OUTBOUND).out.splitlines()
    claims = [line for line in lines if line.startswith("claim ")]
    assert claims == [f"claim HI-26-06{n} (0001/{n - 10})" for n in (12, 13, 14, 15)]


def test_help_is_not_repeated_within_a_claim() -> None:
    path = FIXTURES / "faulty" / "two-faulty-claims.837"
    report = edi_lint.check(path)
    shown = printed(Format.TEXT, path)
    pairs = {(f.location.claim, f.help) for f in report.findings}
    assert shown.count("= help: ") == len(pairs)


def test_of_many_files_only_the_sum_is_told() -> None:
    skipped = FIXTURES / "other" / "835.edi"
    few = printed(Format.TEXT, *[OUTBOUND] * 19, skipped)
    assert few.count("outbound.837: 1 interchange") == 19
    many = printed(Format.TEXT, *[OUTBOUND] * 20, skipped)
    assert "outbound.837: 1 interchange" not in many
    assert "21 files: 21 interchanges, 21 transaction sets, 100 claims" in many
    assert "835.edi: " in many
    assert "835.edi: 1 interchange, 1 transaction set, 0 claims" in many


def test_statistics_are_by_rule_payer_and_submitter() -> None:
    shown = printed(Format.TEXT, OUTBOUND, statistics=True, quiet=True)
    tables = shown[shown.index("By rule") :]
    report = edi_lint.check(OUTBOUND)
    errors, warnings = report.summary()["error"], report.summary()["warning"]
    for title in ("By payer", "By submitter"):
        rows = tables.partition(f"{title}\n")[2].partition("\n\n")[0].splitlines()[1:]
        numbers = [[int(n) for n in row.split()[:3]] for row in rows]
        assert [sum(column) for column in zip(*numbers, strict=True)] == [errors, warnings, 0]
    assert "MEDICARE DME REGION B (MDCRB)" in tables
    assert tables.endswith("  HARBORINFUSION\n")


def test_a_payer_that_is_a_person_is_not_named() -> None:
    data = OUTBOUND.read_bytes()
    data = data.replace(b"NM1*PR*2*MEDICARE DME REGION B", b"NM1*PR*1*QUILLFEATHER")
    payers = {f.location.payer for f in Linter(Settings(parties=True)).check(data).findings}
    assert payers
    assert not any("QUILL" in payer for payer in payers)
