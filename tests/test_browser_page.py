"""The page that checks files in the browser: built, opened from the disk, with no network."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import edi_lint
from conftest import FIXTURES, ROOT
from edi_lint.findings.masking import Phi
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from test_annotate import protected
from test_page import SERIOUS, large

OUTBOUND = ROOT / "examples" / "outbound.837"
DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(text, (c) => c.charCodeAt(0))], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
}"""


class Opened:
    """The page in a browser without a network, and what must not happen on it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.bad: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: self.bad.append(m.text))
        page.on("pageerror", lambda e: self.bad.append(str(e)))
        page.on("request", lambda r: self.requests.append(r.url))

    def until(self, condition: str, seconds: int = 60) -> None:
        for _ in range(10 * seconds):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never came true: {condition}; {self.page.inner_text('main')[:500]}")

    def drop(self, name: str, data: bytes, seconds: int = 60) -> None:
        self.page.evaluate(DROP, [name, data.decode("latin-1")])
        self.page.wait_for_timeout(50)
        self.until(
            "document.getElementById('work').hidden && (!document.getElementById('result').hidden"
            " || !document.getElementById('problem').hidden)",
            seconds,
        )

    def saved(self, button: str) -> tuple[str, bytes]:
        with self.page.expect_download() as download:
            self.page.click(button)
        return download.value.suggested_filename, Path(download.value.path()).read_bytes()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "edi-lint.html"
    command = [sys.executable, ROOT / "scripts" / "build_page.py", path]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode == 2:  # no npm, or no registry
        pytest.skip(ran.stderr.strip())
    assert ran.returncode == 0, ran.stderr
    return path


@pytest.fixture(scope="module")
def page(browser: Any, built: Path) -> Iterator[Opened]:
    """One page for all tests, since starting it takes seconds."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    opened = Opened(context.new_page())
    opened.page.goto(built.as_uri())
    opened.until("document.documentElement.dataset.ready === 'true'", 120)
    yield opened
    context.close()
    assert opened.bad == []
    assert {url.split(":")[0] for url in opened.requests} == {"file", "blob"}
    assert sum(url.startswith("file:") for url in opened.requests) == 1


def test_the_page_may_connect_to_nothing(built: Path) -> None:
    policy = built.read_text("utf-8").split('Content-Security-Policy" content="')[1].split('"')[0]
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src" not in policy
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy


def test_two_builds_are_the_same(built: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    subprocess.run([sys.executable, ROOT / "scripts" / "build_page.py", again], check=True)
    assert again.read_bytes() == built.read_bytes()


def test_a_package_with_another_hash_is_refused(built: Path, tmp_path: Path) -> None:
    (tmp_path / "pyodide-314.0.7.tgz").write_bytes(b"something else")
    command = [sys.executable, ROOT / "scripts" / "build_page.py", tmp_path / "a.html"]
    ran = subprocess.run([*command, "--cache", tmp_path], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "is not the package whose hash is pinned" in ran.stderr
    assert not (tmp_path / "a.html").exists()


def test_an_example_shows_the_findings_of_check(page: Opened) -> None:
    page.page.click("[data-example='0']")
    page.until("!document.getElementById('result').hidden")
    assert page.page.inner_text("#verdict") == "4 of 5 claims have errors, $1,723.00."
    wanted = [f.code for f in Linter(Settings()).check(OUTBOUND).findings]
    assert page.page.locator("#list [data-rule]").all_inner_texts() == wanted


def test_the_list_is_filtered(page: Opened) -> None:
    page.drop("outbound.837", OUTBOUND.read_bytes())
    page.page.fill("#filter", "mod005")
    assert page.page.locator(".finding:visible").count() == 1
    assert page.page.locator("#list h3:visible").all_inner_texts() == ["Claim HI-26-0614"]
    page.page.fill("#filter", "")
    page.page.click(".sev[data-severity=error]")
    assert page.page.locator(".finding:visible").count() == 2
    page.page.click(".sev[data-severity=error]")


def test_a_finding_is_shown_in_the_explained_file(page: Opened) -> None:
    page.drop("outbound.837", OUTBOUND.read_bytes())
    for number in (8, 3):
        page.page.click(f"[data-finding='{number}']")
        page.until("document.getElementById('frame').src.startsWith('blob:')")
        frame = page.page.frame_locator("#frame")
        frame.locator(f"#f{number}:focus").wait_for()
        box = frame.locator(f"#f{number}").bounding_box()
        assert box
        assert 0 <= box["y"] < 900
        page.page.click("#tab-list")
    page.page.click("#tab-file")
    name, data = page.saved("[data-save='annotated']")
    assert name == "outbound.html"
    assert b"4 of 5 claims have errors" in data


def test_a_file_opened_meanwhile_is_the_one_explained(page: Opened) -> None:
    other = OUTBOUND.read_bytes().replace(b"HI-26-0615", b"HI-26-9915")
    for data in (OUTBOUND.read_bytes(), other) * 5:
        page.drop("outbound.837", data)
        page.page.click("#tab-file")
        page.page.wait_for_timeout(10)
    page.page.click("#tab-file")
    frame = page.page.frame_locator("#frame")
    frame.locator("html[data-ready]").wait_for(state="attached")
    assert frame.get_by_text("HI-26-9915").count() > 0
    assert frame.get_by_text("HI-26-0615").count() == 0
    assert page.bad == []


def test_fixed_and_redacted_files_are_those_of_the_commands(page: Opened) -> None:
    page.drop("outbound.837", OUTBOUND.read_bytes())
    page.page.click("#tab-fixed")
    page.until("document.getElementById('applied').children.length === 1")
    name, data = page.saved("[data-save='fixed']")
    assert (name, data) == ("outbound-fixed.837", edi_lint.fix(OUTBOUND).content())
    page.page.click("#tab-redacted")
    page.until("document.getElementById('redacted-words').textContent !== ''")
    assert "has the findings of the original" in page.page.inner_text("#redacted-words")
    name, data = page.saved("[data-save='redacted']")
    assert name == "outbound-redacted.837"
    codes = [[f.code for f in edi_lint.check(one).findings] for one in (data, OUTBOUND)]
    assert codes[0] == codes[1]
    assert not [v for v in protected(OUTBOUND) if v in data.decode("latin-1")]


def test_findings_are_saved_as_check_writes_them(page: Opened) -> None:
    page.drop("outbound.837", OUTBOUND.read_bytes())
    name, data = page.saved("[data-save='json']")
    assert name == "outbound-findings.json"
    document = json.loads(data)
    wanted = edi_lint.check(OUTBOUND).json(Phi.IDS)
    assert document["findings"] == [f | {"path": "outbound.837"} for f in wanted["findings"]]
    name, data = page.saved("[data-save='csv']")
    assert name == "outbound-findings.csv"
    assert data.count(b"\r\noutbound.837,") == 8 or data.count(b"\noutbound.837,") == 8


def test_protected_data_is_shown_only_when_asked_for(page: Opened) -> None:
    page.drop("outbound.837", OUTBOUND.read_bytes())
    hidden = {}
    for is_shown in (False, True):
        page.page.set_checked("#shows-all", is_shown)
        page.drop("outbound.837", OUTBOUND.read_bytes())
        page.page.click("#tab-file")
        page.page.frame_locator("#frame").locator("html[data-ready]").wait_for(state="attached")
        hidden[is_shown] = page.page.frames[1].evaluate("document.body.textContent")
    page.page.set_checked("#shows-all", False)
    assert not [v for v in protected(OUTBOUND) if v in hidden[False]]
    assert [v for v in protected(OUTBOUND) if v in hidden[True]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"name,amount\n", "not"),
        (OUTBOUND.read_bytes().replace(b"005010X222A1", b"005010X221A1"), ""),
    ],
    ids=["empty", "text", "another guide"],
)  # fmt: skip
def test_what_cannot_be_checked_is_said(page: Opened, data: bytes, said: str) -> None:
    page.drop("some.txt", data)
    if page.page.is_visible("#problem"):
        assert said in page.page.inner_text("#problem")
        assert "internal error" not in page.page.inner_text("#problem")
    else:
        assert "passed" not in page.page.inner_text("#verdict")


def test_markup_in_a_file_stays_text(page: Opened) -> None:
    nasty = b"<img src=x onerror=document.title=1>"
    page.drop("<b>a</b>.837", OUTBOUND.read_bytes().replace(b"HI-26-0614", nasty))
    assert page.page.locator("#result img, #name b").count() == 0
    page.page.click("#tab-fixed")
    page.until("document.getElementById('fixed-words').textContent !== ''")
    assert page.page.locator("#result img").count() == 0


def test_a_rule_has_its_page(page: Opened) -> None:
    page.drop("outbound.837", OUTBOUND.read_bytes())
    page.page.click("#list [data-rule='MOD005']")
    page.until("document.getElementById('rule').open")
    assert page.page.inner_text("#rule-title").startswith("MOD005")
    assert page.page.evaluate("document.getElementById('rule').scrollTop") == 0
    page.page.keyboard.press("Escape")
    page.page.click("#rules-count")
    assert page.page.locator("#rules-list li").count() > 80


def test_a_large_file_shows_progress_and_can_be_cancelled(page: Opened) -> None:
    data = large(2_000)
    page.page.evaluate(DROP, ["large.837", data.decode()])
    page.until("document.getElementById('bar').hasAttribute('value')")
    page.page.click("#cancel")
    page.until("document.getElementById('work').hidden")
    assert page.page.is_hidden("#result")
    page.drop("small.837", (FIXTURES / "valid" / "minimal.837").read_bytes())
    assert page.page.inner_text("#verdict").startswith("Nothing was found: 1 claim, $385.00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: Opened, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here")
    page.page.emulate_media(color_scheme=scheme)
    page.drop("outbound.837", OUTBOUND.read_bytes())
    found = axe.Axe().run(page.page).response["violations"]
    serious = [v for v in found if v["impact"] in SERIOUS]
    assert [(v["id"], [n["html"] for n in v["nodes"][:3]]) for v in serious] == []


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_nothing_has_to_be_scrolled_sideways(page: Opened, width: int) -> None:
    page.page.set_viewport_size({"width": width, "height": 900})
    page.drop("outbound.837", OUTBOUND.read_bytes())
    for tab in ("list", "file", "fixed", "redacted"):
        page.page.click(f"#tab-{tab}")
        assert page.page.evaluate("document.documentElement.scrollWidth") == width
    page.page.set_viewport_size({"width": 1280, "height": 900})
