"""Findings for people: claim by claim, fit for a terminal of any width, in colour or without."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint import __version__
from edi_lint.cli.formats import FindingsFormat
from edi_lint.findings.masking import Phi
from edi_lint.reporters.reporter import Asked
from edi_lint.reporters.tally import Tally
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

OUTBOUND = ROOT / "examples" / "outbound.837"
SNAPSHOTS = Path(__file__).parent / "snapshots"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def printed(format_: FindingsFormat, *paths: Path, phi: Phi = Phi.IDS, **asked: object) -> str:
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
        ("check.txt", FindingsFormat.TEXT, {"statistics": True}),
        ("check-80-columns.txt", FindingsFormat.TEXT, {"width": 80, "colour": True}),
        ("check-full.txt", FindingsFormat.FULL, {}),
        ("check-without-phi.txt", FindingsFormat.TEXT, {"phi": Phi.NONE}),
        ("check-concise.txt", FindingsFormat.CONCISE, {}),
        ("check.csv", FindingsFormat.CSV, {}),
        ("check.github.txt", FindingsFormat.GITHUB, {"phi": Phi.NONE}),
        ("check.gitlab.json", FindingsFormat.GITLAB, {"phi": Phi.NONE}),
        ("check.junit.xml", FindingsFormat.JUNIT, {"phi": Phi.NONE}),
        ("check.sarif", FindingsFormat.SARIF, {"phi": Phi.NONE}),
    ],
)
def test_a_format_looks_as_it_did(
    name: str, format_: FindingsFormat, asked: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "EDI_LINT_FINGERPRINT_KEY"):
        monkeypatch.delenv(variable, raising=False)
    shown = printed(format_, OUTBOUND, FIXTURES / "faulty" / "wrong-se01.837", **asked)  # type: ignore[arg-type]
    shown = shown.replace(__version__, "VERSION")
    snapshot = SNAPSHOTS / name
    if os.environ.get("EDI_LINT_RENEW_SNAPSHOTS"):
        snapshot.write_text(shown, "utf-8")
    assert shown == snapshot.read_text("utf-8")


STYLES = pytest.mark.parametrize("style", [FindingsFormat.GROUPED, FindingsFormat.FULL])


@STYLES
@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int, style: FindingsFormat) -> None:
    paths = [OUTBOUND, *sorted((FIXTURES / "faulty").glob("*.837"))]
    lines = printed(style, *paths, width=width, colour=True).splitlines()
    assert len(lines) > 300
    wide = [line for line in lines if len(COLOUR.sub("", line)) > width]
    assert [line for line in wide if not re.search(" edi-lint (fix|edit) --diff ", line)] == []


def test_a_finding_takes_four_lines() -> None:
    for path in (OUTBOUND, *sorted((FIXTURES / "faulty").glob("*.837"))):
        report = edi_lint.check(path)
        shown = printed(FindingsFormat.TEXT, path, quiet=True)
        blocks = re.split(r"^(?=(?:error|warning|info)\[)", shown, flags=re.MULTILINE)[1:]
        for block, finding in zip(blocks, report.findings, strict=True):
            lines = block.partition("\n\n")[0].splitlines()
            assert len(lines) == 4 if finding.excerpt else len(lines) <= 3, block


def test_advice_is_never_cut_off() -> None:
    for width in (0, 60, 100):
        shown = printed(FindingsFormat.TEXT, OUTBOUND, width=width)
        text = " ".join(shown.split())
        for finding in edi_lint.check(OUTBOUND).findings:
            first = re.split(r"(?<=[.!?])\s", finding.help)[0]
            assert (finding.fix.message if finding.fix else first) in text


def test_file_and_rule_are_links_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    link = re.compile(r"\x1b\]8;;([^\x1b]*)\x1b\\(.*?)\x1b\]8;;\x1b\\")
    monkeypatch.setenv("EDI_LINT_DOCS", "https://docs.example/edi-lint/")
    for style in (FindingsFormat.GROUPED, FindingsFormat.FULL):
        shown = printed(style, OUTBOUND, links=True)
        links = dict(link.findall(shown))
        page = "https://docs.example/edi-lint/rules/BAL001.html"
        assert links.pop(page) == "error[BAL001]"
        files = [url for url in links if url.startswith("file://")]
        assert len(files) == 1 and files[0].endswith("/outbound.837")
        assert link.sub(r"\2", shown) == printed(style, OUTBOUND)
    for wrong in ("javascript:alert(1)", "https://a\x1b]8;;b", ""):
        monkeypatch.setenv("EDI_LINT_DOCS", wrong)
        assert "error[BAL001]" in printed(FindingsFormat.TEXT, OUTBOUND, links=True)
        assert {
            url[:7] for url, _ in link.findall(printed(FindingsFormat.TEXT, OUTBOUND, links=True))
        } == {"file://"}


def test_a_rule_leads_to_the_repository_where_that_is_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EDI_LINT_DOCS", raising=False)
    places = "edi_lint.reporters.places"
    monkeypatch.setattr(f"{places}.REPOSITORY", "https://github.com/OWNER/edi-lint")
    assert "rules/BAL" not in printed(FindingsFormat.TEXT, OUTBOUND, links=True)
    monkeypatch.setattr(f"{places}.REPOSITORY", "https://github.com/acme/edi-lint")
    page = "https://github.com/acme/edi-lint/blob/main/docs/rules/BAL001.md"
    assert page in printed(FindingsFormat.TEXT, OUTBOUND, links=True)


def test_no_link_has_a_claim_number_or_what_else_is_protected() -> None:
    shown = printed(FindingsFormat.TEXT, OUTBOUND, links=True, phi=Phi.NONE)
    assert "HI-26" not in shown


@pytest.mark.parametrize(
    ("paths", "asked", "command"),
    [
        (["outbound.837"], {}, "edi-lint fix --diff outbound.837"),
        (["outbound.837"] * 2, {}, "edi-lint fix --diff outbound.837"),
        (
            ["outbound.837", "b c.837"],
            {"paths": ("a dir", "x*")},
            "edi-lint fix --diff 'a dir' 'x*'",
        ),
        (
            ["outbound.837"],
            {"choices": ("--select", "MOD,STR")},
            "edi-lint fix --diff --select MOD,STR outbound.837",
        ),
        (["-a.837"], {}, "edi-lint fix --diff -- -a.837"),
        (["-"], {}, "edi-lint fix --diff -"),
        (["a\x1b.837"], {}, "edi-lint fix --diff FILE"),
    ],
)
def test_the_hint_can_be_pasted(paths: list[str], asked: dict[str, object], command: str) -> None:
    tally = Tally()
    reporter = FindingsFormat.TEXT.reporter(Asked(Phi.IDS, tally, **asked))  # type: ignore[arg-type]
    reports = (Linter(Settings()).check(OUTBOUND.read_bytes(), path) for path in paths)
    pieces = [piece for report in tally.count(reports) for piece in reporter.add(report)]
    shown = b"".join([*pieces, *reporter.end()]).decode()
    assert shown.endswith(f"to see what would change: {command}\n")


def test_a_statistic_has_twenty_rows_and_adds_up_the_others() -> None:
    from edi_lint.reporters.colours import Paint
    from edi_lint.reporters.statistics import MOST_ROWS, Statistics

    finding = next(f for f in edi_lint.check(OUTBOUND).findings if f.code == "MOD005")
    statistics = Statistics(Paint(False))
    for number in range(MOST_ROWS + 7):
        place = replace(finding.location, payer=f"PAYER {number:02}", submitter="ONE")
        for _ in range(number + 1):
            statistics.count(finding._replace(location=place, code=f"ABC{number:03}"))
    rules, payers, submitters = statistics.text().split("\n\n")
    assert len(rules.splitlines()) == 2 + MOST_ROWS + 1
    assert rules.splitlines()[-1].split() == ["28", "in", "7", "more"]
    assert payers.splitlines()[-1].split() == ["0", "28", "0", "7", "$3,360.00", "7", "more"]
    assert submitters.splitlines()[-1].split() == ["0", "378", "0", "1", "$480.00", "ONE"]
    assert len(payers.splitlines()) == 2 + MOST_ROWS + 1
    assert len(submitters.splitlines()) == 3


def test_colours_are_all_that_a_terminal_adds_to_a_wide_line() -> None:
    plain = printed(FindingsFormat.FULL, OUTBOUND)
    coloured = printed(FindingsFormat.FULL, OUTBOUND, colour=True)
    assert plain != coloured
    assert COLOUR.sub("", coloured) == plain


@STYLES
@pytest.mark.parametrize("width", [0, 50, 80])
def test_the_caret_is_under_the_element_at_any_width(width: int, style: FindingsFormat) -> None:
    report = edi_lint.check(OUTBOUND)
    lines = printed(style, OUTBOUND, width=width).splitlines()
    carets = [n for n, line in enumerate(lines) if re.match(r" +\| +\^+", line)]
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
    shown = printed(FindingsFormat.FULL, path)
    pairs = {(f.location.claim, f.help) for f in report.findings}
    assert shown.count("= help: ") == len(pairs)


def test_of_many_files_only_the_sum_is_told() -> None:
    skipped = FIXTURES / "other" / "835.edi"
    few = printed(FindingsFormat.TEXT, *[OUTBOUND] * 19, skipped)
    assert few.count("outbound.837: 1 interchange") == 19
    many = printed(FindingsFormat.TEXT, *[OUTBOUND] * 20, skipped)
    assert "outbound.837: 1 interchange" not in many
    assert "21 files: 21 interchanges, 21 transaction sets, 100 claims" in many
    assert "20 files: 20 interchanges, 20 transaction sets, 95 claims" in few
    assert "835.edi: " in many
    assert "835.edi: 1 interchange, 1 transaction set, 0 claims" in many


def test_statistics_are_by_rule_payer_and_submitter() -> None:
    shown = printed(FindingsFormat.TEXT, OUTBOUND, statistics=True, quiet=True)
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
