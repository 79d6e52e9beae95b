"""The formats of a trace that are not text or JSON: CSV, workbook, SARIF and the page."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import edi_lint
from edi_lint.findings.masking import Phi
from edi_lint.reporters import trace_page, trace_xlsx
from test_formats import SARIF_SCHEMA
from test_trace import (
    ACCEPTED,
    OUTBOUND,
    PROTECTED,
    REJECTED,
    acknowledgment,
    answer,
    status_answer,
)
from test_trace import trace_in as trace_in

TraceIn = Callable[..., tuple[int, str, str]]
BOTH = status_answer(REJECTED, ACCEPTED) + acknowledgment("IK3*DMG*97*2010*8", "IK4*2*1251*8*EWAN")


@pytest.fixture
def page(trace_in: TraceIn, tmp_path: Path) -> Callable[..., str]:
    def make(data: bytes, *options: object) -> str:
        trace_in(data, "--output-format", "html=t.html", *options)
        return (tmp_path / "t.html").read_text()

    return make


def test_csv_has_a_row_for_each_answer(trace_in: TraceIn) -> None:
    _, out, _ = trace_in(BOTH, "--output-format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    rejected = [r for r in rows if r["claim"] == "HI-26-0615" and r["codes"] == "A7:562:82"]
    (row,) = rejected
    assert (row["status"], row["route"], row["element"]) == ("rejected", "new-claim", "NM109")
    assert row["rules_found"] == "COD005"
    sent, answered = OUTBOUND.read_bytes(), BOTH
    assert sent[int(row["byte_start"]) : int(row["byte_end"])] == b"1002513427"
    at = slice(int(row["answer_byte_start"]), int(row["answer_byte_end"]))
    assert answered[at].startswith(b"STC*A7:562:82")
    assert {r["kind"] for r in rows} >= {"claim", "set"}


def test_csv_lists_what_has_no_match_and_no_answer(trace_in: TraceIn) -> None:
    _, out, _ = trace_in(
        status_answer(ACCEPTED).replace(b"HI-26-0611", b"=1+1"),
        *("--output-format", "csv", "--unanswered", 0),
    )
    rows = list(csv.DictReader(io.StringIO(out)))
    kinds = [row["kind"] for row in rows]
    assert "unmatched" in kinds
    assert "'=1+1" in [row["claim"] for row in rows]


def test_a_workbook_has_the_rows_of_the_csv_file(trace_in: TraceIn, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    forms = ("--output-format", "csv=t.csv", "--output-format", "xlsx=t.xlsx")
    trace_in(BOTH, *forms)
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    of_book = [[str(c) if c is not None else "" for c in r] for r in sheet.values]
    assert of_book == list(csv.reader(io.StringIO((tmp_path / "t.csv").read_text())))


def test_a_workbook_needs_a_file_and_has_an_end(
    trace_in: TraceIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openpyxl")
    status, _, err = trace_in(BOTH, "--output-format", "xlsx")
    assert (status, "name a file" in err) == (2, True)
    monkeypatch.setattr(trace_xlsx, "MOST_ROWS", 1)
    status, _, err = trace_in(BOTH, "--output-format", "xlsx=t.xlsx")
    assert (status, "write csv instead" in err) == (2, True)
    assert not (tmp_path / "t.xlsx").exists()


def test_sarif_points_at_what_was_sent_and_relates_the_answer(trace_in: TraceIn) -> None:
    _, out, _ = trace_in(BOTH, "--output-format", "sarif")
    log = json.loads(out)
    assert [*Draft7Validator(SARIF_SCHEMA).iter_errors(log)] == []
    (run,) = log["runs"]
    (result,) = [r for r in run["results"] if r["ruleId"] == "277CA A7:562:82"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], result["level"]) == (result["ruleId"], "error")
    region = result["locations"][0]["physicalLocation"]["region"]
    start = region["byteOffset"]
    assert OUTBOUND.read_bytes()[start : start + region["byteLength"]] == b"1002513427"
    related = result["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"]["uri"] == "answer.txt"
    start = related["region"]["byteOffset"]
    assert BOTH[start:].startswith(b"STC*A7:562:82")
    assert "HI-26" not in out
    assert "HI-26" in trace_in(BOTH, "--output-format", "sarif", "--phi", "ids")[1]


def test_sarif_says_what_has_no_match(trace_in: TraceIn) -> None:
    data = status_answer(ACCEPTED).replace(b"HI-26-0611", b"NOBODY")
    log = json.loads(trace_in(data, "--output-format", "sarif")[1])
    assert [*Draft7Validator(SARIF_SCHEMA).iter_errors(log)] == []
    assert "no-match" in [r["ruleId"] for r in log["runs"][0]["results"]]


def test_the_page_shows_the_sent_segment_beside_the_answer_s(page: Callable[..., str]) -> None:
    text = page(BOTH)
    assert "<mark>1002513427</mark>" in text
    assert "STC*A7:562:82*" in text
    assert "COD005: edi-lint check finds it there" in text
    assert re.search(r"edi-lint edit --diff sent.837 --at [\w/]*0001#103:NM109 --value VALUE", text)
    assert re.search(r'<a href="#(claim-[^"]+)">HI-26-0615</a>', text)


def test_the_page_says_what_it_leaves_out(
    page: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_page, "MOST_CLAIMS", 1)
    text = page(BOTH)
    assert "not on this page; the CSV file has all" in text
    assert "HI-26-0615" in text


def test_no_format_has_protected_data(trace_in: TraceIn, tmp_path: Path) -> None:
    forms = ("csv=t.csv", "xlsx=t.xlsx", "sarif=t.sarif", "html=t.html")
    options = [o for form in forms for o in ("--output-format", form)]
    damaged = BOTH.replace(
        b"STC*A7:562:82*20260628*U*", b"STC*EWAN:RHIAN*19630830*PLOVER*BELLAMONT"
    )
    for data, phi in product((BOTH, damaged), Phi):
        if phi is Phi.ALL:
            continue
        trace_in(data, *options, "--phi", phi.value, "--scores", "--unanswered", 0)
        for form in ("csv", "sarif", "html"):
            text = (tmp_path / f"t.{form}").read_text()
            assert PROTECTED.findall(text) == [], form
            assert phi is not Phi.NONE or "HI-26" not in text.replace("HI-26-0", "HI-26")


def test_what_a_damaged_answer_has_in_the_place_of_codes_is_masked() -> None:
    data = status_answer(REJECTED).replace(b"STC*A7:562:82", b"STC*EWAN:RHIAN:PLOVER")
    document = edi_lint.trace([data], [OUTBOUND]).json(Phi.IDS)
    assert PROTECTED.findall(json.dumps(document)) == []


def test_a_stretch_that_is_no_segment_is_masked(page: Callable[..., str]) -> None:
    data = answer(
        "AK1*HC*416",
        "AK2*837*0001",
        "IK3*EWAN*97*PLOVER*8",
        "IK5*R*5",
        kind="FA",
        guide="005010X231A1",
    )
    assert PROTECTED.findall(page(data)) == []


def test_the_page_in_a_browser(browser: Any, page: Callable[..., str], tmp_path: Path) -> None:
    """It loads nothing, fits, filters, and links and keys land; axe finds nothing serious."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here")
    page(BOTH)
    for scheme, width in (("light", 1280), ("dark", 390), ("light", 360)):
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        opened = context.new_page()
        requests: list[str] = []
        bad: list[str] = []
        opened.on("request", lambda request, seen=requests: seen.append(request.url))
        opened.on("console", lambda message, seen=bad: seen.append(message.text))
        opened.goto((tmp_path / "t.html").as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        opened.keyboard.press("n")
        assert opened.evaluate("document.activeElement.id") == opened.evaluate(
            "document.querySelector('#details article').id"
        )
        opened.click("[data-show=rejected]")
        assert opened.locator("#details article[data-status=rejected]:visible").count() == 0
        assert opened.locator("#claims [data-status=rejected]:visible").count() == 0
        name = opened.evaluate("document.querySelector('article[data-status=rejected]').id")
        opened.evaluate("location.hash = 'details'")
        opened.evaluate(f"location.hash = '{name}'")
        opened.locator(f"#{name}:focus").wait_for()
        assert (len(requests), bad) == (1, [])
        found = axe.Axe().run(opened).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
        context.close()


def test_the_page_saves_the_claims_that_it_shows(
    browser: Any, page: Callable[..., str], tmp_path: Path
) -> None:
    page(BOTH)
    context = browser.new_context(accept_downloads=True)
    opened = context.new_page()
    opened.goto((tmp_path / "t.html").as_uri())
    saved = []
    for _ in range(2):
        with opened.expect_download() as waiting:
            opened.click("#claims button:has-text('CSV')")
        text = Path(waiting.value.path()).read_text()
        saved.append([row["Status"] for row in csv.DictReader(io.StringIO(text))])
        opened.click("[data-show=rejected]")
    context.close()
    assert "rejected" in saved[0]
    assert saved[1] == [status for status in saved[0] if status != "rejected"]


def test_the_page_counts_every_answer(
    page: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_page, "MOST_LISTED", 1)
    assert re.search(r"Answers read</dt><dd><span class=\"big\">2<", page(BOTH))
