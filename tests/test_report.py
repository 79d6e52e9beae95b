"""`edi-lint report` adds up what many files hold and what is at risk, as a page and as JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edi_lint
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, small_corpus_files, valid_fixtures
from edi_lint.batch_report.assessment import MOST_PAYERS, OTHERS, Assessment, RuleSum, assess
from edi_lint.batch_report.pool import assess_files, opened
from edi_lint.batch_report.report import MOST_RUNS, PreviousError, history
from edi_lint.files import resources
from edi_lint.findings import Severity
from edi_lint.reporters.batch_page import _percent
from edi_lint.reporters.plots import HEIGHT, WIDTH, Plot, PlotColumn, columns, line
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.split import SplitError, split
from test_annotate import protected

EXAMPLES = ROOT / "examples"
RESUBMIT = (EXAMPLES / "resubmit.837").read_bytes()
OUTBOUND = EXAMPLES / "outbound.837"
SCHEMA = json.loads(resources.schema("batch-report.schema.json"))


@pytest.fixture
def report(commands: Callable[[str], Cli]) -> Cli:
    return commands("report")


def document(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    jsonschema.validate(read, SCHEMA, format_checker=jsonschema.FormatChecker())
    return read


def page(folder: Path) -> str:
    return (folder / "index.html").read_text("utf-8")


# the numbers


@pytest.mark.parametrize("fail_on", ["error", "warning", None])
@pytest.mark.parametrize(
    "path", [*valid_fixtures(), *faulty_fixtures(), OUTBOUND], ids=lambda p: p.name
)
def test_what_is_at_risk_is_what_split_holds(path: Path, fail_on: str | None) -> None:
    agrees_with_split(path, fail_on)


def test_what_is_at_risk_in_public_files_is_what_split_holds(corpus: list[Path]) -> None:
    for path in small_corpus_files():
        agrees_with_split(path, "error")


LINTER = Linter(Settings())


def agrees_with_split(path: Path, fail_on: str | None) -> None:
    threshold = Severity(fail_on) if fail_on else None
    made = assess(LINTER, str(path), opened, threshold)
    try:
        divided = split(path, fail_on=threshold)
    except SplitError as refusal:
        is_unsplit = "no valid file can be made" in str(refusal)
        assert made.file.error or not made.file.checked or is_unsplit
        return
    assert made.total.charges == divided.whole.charges
    assert made.total.unread == divided.whole.unread
    assert made.total.charges_at_risk == divided.held.charges
    if not divided.stray:
        assert made.file.claims == divided.whole.claims
    by_rule = {(r.code, r.severity): (r.claims, r.findings) for r in divided.rules() if r.claims}
    ours = {
        (code, severity): (rule.claims, rule.findings)
        for (code, _, severity), rule in made.rules.items()
        if rule.claims and threshold and severity.rank <= threshold.rank
    }
    assert ours == by_rule
    for name in ("claims", "charges", "unread", "claims_at_risk", "charges_at_risk"):
        assert sum(getattr(one, name) for one in made.groups.values()) == getattr(made.total, name)


def test_findings_are_those_of_check() -> None:
    for path in [*faulty_fixtures(), OUTBOUND]:
        made = assess(LINTER, str(path), opened, Severity.ERROR)
        checked = LINTER.check(path)
        assert made.findings() == checked.summary()
        assert made.file == checked.file


def test_payers_submitters_and_days_are_those_of_the_files() -> None:
    made = edi_lint.report([OUTBOUND, EXAMPLES / "resubmit.837"])
    found = made.json()
    jsonschema.validate(found, SCHEMA)
    assert {p["payer"]: (p["claims"], p["claims_at_risk"]) for p in found["payers"]} == {
        "LAKESHORE MUTUAL HEALTH (LKSH1)": (3, 1),
        "MEDICARE DME REGION B (MDCRB)": (2, 2),
        "NORTHGATE BLUE (NGBL2)": (2, 1),
    }
    assert sum(d["claims"] for d in found["days"]) == 7
    assert all(d["day"].startswith("2026-0") for d in found["days"])
    assert [s["submitter"] for s in found["submitters"]] == ["HARBORINFUSION"]


def test_a_date_that_is_none_and_a_payer_that_is_missing_are_told_apart(tmp_path: Path) -> None:
    data = OUTBOUND.read_bytes()
    path = tmp_path / "a.837"
    path.write_bytes(re.sub(rb"(ISA(?:\*[^*]*){8}\*)\d{6}", rb"\g<1>261399", data))
    (day,) = edi_lint.report([path]).json()["days"]
    assert day["day"] == ""


def test_suppressed_findings_and_those_of_a_baseline_put_nothing_at_risk(
    tmp_path: Path, report: Cli, commands: Callable[[str], Cli]
) -> None:
    shutil.copy(OUTBOUND, tmp_path / "a.837")
    baseline = tmp_path / "accepted.json"
    check = commands("check")
    check("--select", "MOD001", "--write-baseline", baseline, tmp_path / "a.837")
    (tmp_path / "edi-lint.toml").write_text(
        'baseline = "accepted.json"\n'
        '[[suppressions]]\nrule = "COD005"\nreason = "asked"\nexpires = 2099-01-01\n'
    )
    config = tmp_path / "edi-lint.toml"
    assert report(tmp_path / "a.837", "-o", tmp_path / "out", "--config", config).status == 1
    (file,) = document(tmp_path / "out")["files"]
    assert (file["suppressed"], file["accepted"]) == (1, 1)
    codes = {rule["code"] for rule in document(tmp_path / "out")["rules"]}
    assert not codes & {"COD005", "MOD001"}
    assert "1 suppressed; 1 in the baseline" in page(tmp_path / "out")


def test_any_number_of_jobs_gives_the_same(tmp_path: Path) -> None:
    paths = [str(path) for path in [*faulty_fixtures(), OUTBOUND, tmp_path / "missing.837"]]

    def made(jobs: int) -> list[tuple[Any, ...]]:
        found: Iterator[Assessment] = assess_files(paths, Settings(), Severity.ERROR, jobs)
        return [(a.file, a.total, a.groups, a.rules) for a in found]

    assert made(1) == made(3)


# the command


def test_a_report_says_what_it_wrote_and_ends_as_check_does(report: Cli, tmp_path: Path) -> None:
    ran = report(EXAMPLES, "-o", tmp_path / "out")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.splitlines() == [
        "edi-lint: 2 files, 7 claims, $3,151.50",
        "  at risk: 4 claims, $1,723.00",
        f"  {tmp_path / 'out' / 'index.html'}",
    ]
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"index.html", "report.json", "pages"}
    found = document(tmp_path / "out")
    assert found["total"]["charges_at_risk"] == "1723.00"
    assert found["history"] == []
    assert report(EXAMPLES / "resubmit.837", "-q", "-o", tmp_path / "b") == (0, "", "")
    never = report(OUTBOUND, "--fail-on", "never", "-q", "-o", tmp_path / "c")
    assert never.status == 0
    assert document(tmp_path / "c")["total"]["claims_at_risk"] == 0
    assert "(--fail-on never)" in page(tmp_path / "c")


def test_what_cannot_be_read_is_told_and_the_others_are_there(report: Cli, tmp_path: Path) -> None:
    (tmp_path / "bad.837").write_text("no claims")
    ran = report(tmp_path / "bad.837", OUTBOUND, tmp_path / "none.837", "-o", tmp_path / "out")
    assert ran.status == 2
    assert "bad.837: no ISA segment" in ran.err
    assert "none.837: No such file or directory" in ran.err
    assert "3 files, 2 not read, 5 claims" in ran.err
    errors = [bool(file.get("error")) for file in document(tmp_path / "out")["files"]]
    assert errors == [True, False, True]
    assert "not read: no ISA segment" in page(tmp_path / "out")


def test_standard_input_is_reported_without_a_page(report: Cli, tmp_path: Path) -> None:
    assert report("-", "-o", tmp_path / "out", stdin=OUTBOUND.read_bytes()).status == 1
    (file,) = document(tmp_path / "out")["files"]
    assert (file["path"], file["claims"]) == ("-", 5)
    assert "page" not in file
    assert not (tmp_path / "out" / "pages").exists()


def test_each_file_in_which_something_was_found_has_its_page(report: Cli, tmp_path: Path) -> None:
    odd = tmp_path / "in" / "größe #1 <b>&.837"
    odd.parent.mkdir()
    shutil.copy(OUTBOUND, odd)
    shutil.copy(EXAMPLES / "resubmit.837", odd.parent)
    report(odd.parent, "-o", tmp_path / "out")
    pages = {f["path"]: f.get("page", "") for f in document(tmp_path / "out")["files"]}
    assert pages[str(odd.parent / "resubmit.837")] == ""
    made = tmp_path / "out" / "pages" / pages[str(odd)]
    assert "MOD001" in made.read_text("utf-8")
    assert f'href="pages/{made.name}"' in page(tmp_path / "out")
    assert "&lt;b&gt;&amp;.837" in page(tmp_path / "out")


def test_no_page_is_made_for_a_file_over_the_limit(report: Cli, tmp_path: Path) -> None:
    for limit in ("0", "0.003"):
        report(OUTBOUND, "-o", tmp_path / limit, "--page-limit", limit)
        assert not (tmp_path / limit / "pages").exists()
        assert "A file without a link has no page here" in page(tmp_path / limit)
    report(OUTBOUND, "-o", tmp_path / "out", "--page-limit", "0.004")
    assert (tmp_path / "out" / "pages").exists()


def test_a_later_report_takes_the_place_of_the_earlier(report: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report(OUTBOUND, EXAMPLES / "resubmit.837", *faulty_fixtures()[:3], "-o", out)
    (out / "notes.txt").write_text("mine")
    (out / "pages" / "mine.html").write_text("mine")
    report(OUTBOUND, "-o", out)
    assert (out / "notes.txt").read_text() == "mine"
    assert {p.name for p in (out / "pages").iterdir()} == {"1-outbound.837.html", "mine.html"}


def test_nothing_is_written_where_it_cannot_all_be(report: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = report(OUTBOUND, "-o", tmp_path / "file")
    assert (ran.status, "not a folder" in ran.err) == (2, True)
    own = tmp_path / "in"
    own.mkdir()
    shutil.copy(OUTBOUND, own / "index.html")
    ran = report(own / "index.html", "-o", own)
    assert (ran.status, "is one of the inputs" in ran.err) == (2, True)
    assert (own / "index.html").read_bytes() == OUTBOUND.read_bytes()
    if os.geteuid() != 0:
        own.chmod(0o500)
        assert report(OUTBOUND, "-o", own / "deeper").status == 2
        own.chmod(0o700)
    assert [p.name for p in own.iterdir()] == ["index.html"]


@pytest.mark.parametrize("limit", ["inf", "nan"])
def test_a_limit_is_a_number(report: Cli, tmp_path: Path, limit: str) -> None:
    ran = report(OUTBOUND, "-o", tmp_path / "out", "--page-limit", limit)
    assert (ran.status, "--page-limit" in ran.err) == (2, True)


def test_a_title_that_is_no_text_is_shown_as_far_as_it_is(report: Cli, tmp_path: Path) -> None:
    report(OUTBOUND, "-o", tmp_path / "out", "--title", "Night \udcff")
    assert "Night ·" in page(tmp_path / "out")


def test_amounts_of_many_digits_are_added_up_exactly(report: Cli, tmp_path: Path) -> None:
    """Charges may have more digits than arithmetic has by default."""
    made, charges = [], ["9" * 29, "-" + "9" * 29, "0.01", "9" * 28, "0.55"]
    for number, charge in enumerate(charges):
        made.append(tmp_path / f"{number}.837")
        made[-1].write_bytes(RESUBMIT.replace(b"*409*", f"*{charge}*".encode()))
        assert made[-1].read_bytes() != RESUBMIT
    ran = report(*made, "-o", tmp_path / "out")
    assert ran.status == 1
    assert document(tmp_path / "out")["total"]["charges"] == "10000000000000000000000002049.56"


# trend


def test_the_trend_goes_on_from_the_report_that_is_named(report: Cli, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in "abc")
    report(OUTBOUND, "-o", first)
    assert "Trend" not in page(first)
    report(EXAMPLES / "resubmit.837", "-o", second, "--previous", first)
    report(OUTBOUND, "-o", third, "--previous", second / "report.json")
    found = document(third)
    assert [run["claims_at_risk"] for run in found["history"]] == [4, 0]
    assert found["history"][0]["rules"]["MOD001"] == 1
    assert "Found in the run before, but not in this one:" in page(second)
    assert "MOD001" in page(second)
    assert '<td class="n" data-head="Change">new</td>' in page(third)
    assert page(third).count("<figure>") == 2


def test_a_report_can_go_on_from_the_folder_it_is_written_to(report: Cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for runs in range(3):
        report(OUTBOUND, "-o", out, *(["--previous", out] if runs else []))
        assert len(document(out)["history"]) == runs
    assert '<td class="n" data-head="Change">same</td>' in page(out)


def test_only_so_many_runs_are_remembered(tmp_path: Path) -> None:
    found = edi_lint.report([OUTBOUND]).json()
    past = {k: v for k, v in found["total"].items() if k != "findings"}
    past |= {"generated": "2026-11-01T00:00:00+00:00", "files": 1, "rules": {}}
    found["history"] = [past] * (MOST_RUNS + 5)
    (tmp_path / "report.json").write_text(json.dumps(found))
    assert len(history(tmp_path)) == MOST_RUNS


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2}', "[" * 100_000, '{"version": 1, "generated": "x"}', "null"],
    ids=["empty", "list", "object", "version", "nested", "time", "null"],
)
def test_what_is_no_report_is_refused(report: Cli, tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(PreviousError, match="not a report that edi-lint wrote"):
        history(tmp_path)
    ran = report(OUTBOUND, "-o", tmp_path / "out", "--previous", tmp_path)
    assert (ran.status, "--previous" in ran.err) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("claims", -1),
        ("claims", "1"),
        ("charges", "x"),
        ("charges", "NaN"),
        ("charges", "1E9999"),
        ("charges_at_risk", "Infinity"),
        ("claims_at_risk", True),
        ("charges", None),
    ],
)
def test_a_report_with_a_wrong_number_is_refused(tmp_path: Path, key: str, value: object) -> None:
    found = edi_lint.report([OUTBOUND]).json()
    found["total"][key] = value
    (tmp_path / "report.json").write_text(json.dumps(found))
    with pytest.raises(PreviousError):
        history(tmp_path)


def test_a_report_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(PreviousError, match="No such file"):
        history(tmp_path / "none")


# what is shown


def test_neither_page_nor_json_holds_protected_data(report: Cli, tmp_path: Path) -> None:
    report(*valid_fixtures(), OUTBOUND, "-o", tmp_path / "out", "--fail-on", "info")
    shown = page(tmp_path / "out") + (tmp_path / "out" / "report.json").read_text()
    for path in [*valid_fixtures(), OUTBOUND]:
        assert not [value for value in protected(path) if value in shown]
    assert "HI-26-0612" not in shown


def test_pages_show_what_was_asked_for(report: Cli, tmp_path: Path) -> None:
    for phi, is_there in (("none", False), ("ids", True)):
        report(OUTBOUND, "-o", tmp_path / phi, "--phi", phi)
        (made,) = (tmp_path / phi / "pages").iterdir()
        assert ("HI-26-0612" in made.read_text()) == is_there


def test_the_page_begins_with_what_is_at_risk_and_why(report: Cli, tmp_path: Path) -> None:
    report(OUTBOUND, "-o", tmp_path / "a")
    page = (tmp_path / "a" / "index.html").read_text()
    assert (
        '<p class="headline error">4 of 5 claims (80.0 %) are at risk: $1,723.00 of $2,332.50.</p>'
        in page
    )
    causes = page.split("Most of it comes from")[1].split("</p>")[0]
    assert re.findall(r'href="#rule-(\w+)"', causes) == ["BAL001", "SIT001", "COD005"]
    assert 'id="rule-BAL001"' in page
    report(FIXTURES / "valid" / "minimal.837", "-o", tmp_path / "b")
    clean = (tmp_path / "b" / "index.html").read_text()
    assert '<p class="headline clean">Nothing was found in 1 claim, $385.00.</p>' in clean


def test_each_rule_leads_to_its_payers_and_files(report: Cli, tmp_path: Path) -> None:
    report(OUTBOUND, "-o", tmp_path / "a")
    page = (tmp_path / "a" / "index.html").read_text()
    row = page.split('id="rule-MOD005"')[1].split("</details>")[0]
    assert 'NORTHGATE BLUE (NGBL2)</td><td class="n">1</td><td class="n">$480.00' in row
    assert 'href="pages/1-outbound.837.html"' in row


def test_payers_beyond_the_most_are_counted_together() -> None:
    rule = RuleSum()
    for number in range(MOST_PAYERS + 5):
        rule.count(f"payer {number}", Decimal(10))
    assert len(rule.payers) == MOST_PAYERS + 1
    assert rule.payers[OTHERS] == (5, Decimal(50))
    assert rule.claims == MOST_PAYERS + 5


def test_the_page_in_a_browser(browser: Any, report: Cli, tmp_path: Path) -> None:
    """It loads nothing, and axe finds nothing serious; markup in data is text."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here")
    nasty = b"<img src=x onerror=alert(1)></table>"
    data = OUTBOUND.read_bytes().replace(b"LAKESHORE MUTUAL HEALTH", nasty)
    (tmp_path / "a.837").write_bytes(data.replace(b"*260610*", b"*260611*"))
    (tmp_path / "bad.837").write_text("x")
    for _ in range(2):
        given = [tmp_path, *faulty_fixtures(), "-o", tmp_path / "out"]
        report(*given, *(["--previous", tmp_path / "out"] if (tmp_path / "out").exists() else []))
    for scheme, width in product(("light", "dark"), (1280, 390, 360)):
        options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
        context = browser.new_context(**options)
        opened_page = context.new_page()
        requests: list[str] = []
        bad: list[str] = []
        opened_page.on("request", lambda request, seen=requests: seen.append(request.url))
        opened_page.on("console", lambda message, seen=bad: seen.append(message.text))
        opened_page.goto((tmp_path / "out" / "index.html").as_uri())
        assert opened_page.evaluate("document.documentElement.scrollWidth") <= width
        assert nasty.decode() in opened_page.inner_text("#payers")
        assert opened_page.locator("figure svg").count() >= 3
        assert (len(requests), bad) == (1, [])
        found = axe.Axe().run(opened_page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
        opened_page.click("#files a")
        assert opened_page.title().endswith("annotated")
        context.close()


def test_tables_are_sorted_filtered_and_saved(
    browser: Any, report: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also rows that are folded away; and the saved table is safe to open in a spreadsheet."""
    monkeypatch.chdir(tmp_path)
    data = OUTBOUND.read_bytes()
    for number in range(30):
        (tmp_path / f"b{number:02}.837").write_bytes(data)
    (tmp_path / "=1+1.837").write_bytes(data.replace(b"A4306:SC:SC", b"A4306:SC"))
    report(".", "-o", tmp_path / "out")
    page = browser.new_context(accept_downloads=True).new_page()
    page.goto((tmp_path / "out" / "index.html").as_uri())

    def names() -> list[str]:
        found = page.eval_on_selector_all("#files tbody th", "all => all.map(e => e.textContent)")
        return [name.strip() for name in found]

    before = names()
    page.click("#files th:has-text('File') button")
    assert names() == sorted(before) and len(before) == 31
    page.click("#files th:has-text('Warnings') button")
    assert names()[-1] == "=1+1.837"
    assert page.get_attribute("#files th:has-text('Warnings')", "aria-sort") == "descending"
    page.fill("#files input", "B1")
    assert page.inner_text("#files [role=status]").strip() == "10 of 31"
    page.fill("#files input", "1.837")
    with page.expect_download() as waiting:
        page.click("#files button:has-text('CSV')")
    saved = waiting.value
    rows = list(csv.reader(io.StringIO(Path(saved.path()).read_text())))
    assert saved.suggested_filename == "files.csv"
    assert rows[0] == ["File", "Errors", "Warnings", "Info", "Claims", "At risk", "Charges at risk"]
    assert rows[1] == ["b01.837", "6", "2", "0", "5", "4", "1723"]
    assert rows[-1][0] == "'=1+1.837"
    page.context.close()


# plots


def inside(plot: Plot) -> bool:
    boxes = all(
        b.x >= 0 and b.y >= 0 and b.x + b.width <= WIDTH + 0.2 and b.y + b.height <= HEIGHT
        for b in plot.boxes
    )
    dots = all(0 <= dot.x <= WIDTH and 0 <= dot.y <= HEIGHT for dot in plot.dots)
    return boxes and dots and all(0 <= tick.at <= HEIGHT for tick in plot.ticks)


amounts = st.decimals(min_value=0, max_value=10**12, places=2)


@given(st.lists(amounts, min_size=1, max_size=400))
def test_lines_stay_inside(values: list[Decimal]) -> None:
    plot = line("x", [(f"2026-01-{n}", value) for n, value in enumerate(values)])
    assert inside(plot)
    assert 2 <= len(plot.ticks) <= 6
    assert 1 <= len(plot.labels) <= 7


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=62))
def test_columns_stay_inside(values: list[tuple[Decimal, Decimal]]) -> None:
    shown = [PlotColumn(str(n), min(pair), max(pair)) for n, pair in enumerate(values)]
    plot = columns("x", shown, ("risk", "rest"))
    assert inside(plot)


def test_the_axis_has_round_numbers() -> None:
    plot = line("x", [("a", Decimal("1723")), ("b", Decimal("9300000"))])
    assert [tick.text for tick in plot.ticks] == ["0", "5M", "10M"]
    assert [t.text for t in line("x", [("a", Decimal("8.6"))], " %").ticks] == [
        *("0 %", "5 %", "10 %"),
    ]


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, "0 %"),
        (0, 9, "0.0 %"),
        (1, 3, "33.3 %"),
        (1, 100_000, "< 0.1 %"),
        (99_999, 100_000, "> 99.9 %"),
        (9, 9, "100.0 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_all(part: int, whole: int, words: str) -> None:
    assert _percent(part, whole) == words
