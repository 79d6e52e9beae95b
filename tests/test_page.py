"""The annotated page in a real Chromium: keyboard, filters, links, paper, no script of the file's."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conftest import FIXTURES, ROOT
from edi_lint.findings.masking import Phi
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation
from test_annotate import protected

MINIMAL = FIXTURES / "valid" / "minimal.837"
OUTBOUND = ROOT / "examples" / "outbound.837"
SERIOUS = {"serious", "critical"}
NASTY = {
    "script": "<script>window.hacked=1</script>",
    "image": '"><img src=x onerror=window.hacked=1>',
    "end of a script": "</script><script>window.hacked=1</script>",
    "end of a noscript": "</noscript></pre><svg onload=window.hacked=1>",
    "link": "javascript:window.hacked=1",
    "template": "{{ 7*7 }}${7*7}",
    "unicode": "\u202eevil\u2028\u00e9\u0416".encode().decode("latin-1"),
    "control bytes": "a\x00b\x08c\x1b[2Jd\x7f",
    "entity": "&lt;b&gt;&#60;script&#62;&amp",
}


@cache
def html(data: bytes, phi: Phi = Phi.IDS) -> str:
    compiled, path = templates.load("annotate", "html")
    with Annotation(io.BytesIO(data), "a.837", Settings(phi=phi)) as made:
        return "".join(made.render(compiled, path))


class Watched:
    """A page that is open, with everything that must not happen on it."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.bad: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: self.bad.append(m.text))
        page.on("pageerror", lambda e: self.bad.append(str(e)))
        page.on("dialog", lambda d: (self.bad.append(d.message), d.dismiss()))
        page.on("request", lambda r: self.requests.append(r.url))

    def js(self, script: str) -> Any:
        return self.page.evaluate(script)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def until(self, condition: str) -> None:
        """Wait for what comes true within seconds; the page's own policy forbids Playwright's way."""
        for _ in range(100):
            if self.js(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {condition}")

    @property
    def focused(self) -> str:
        return self.js("document.activeElement.id")

    @property
    def status(self) -> str:
        return self.page.inner_text("#status")

    def visible(self, selector: str) -> list[str]:
        return self.js(
            f"[...document.querySelectorAll({selector!r})].filter(e => e.checkVisibility()).map(e => e.id)"
        )


Open = Callable[..., Watched]


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a file; at the end nothing bad has happened on it."""
    with contextlib.ExitStack() as stack:
        opened: list[Watched] = []

        def open_(
            data: bytes | Path, fragment: str = "", phi: Phi = Phi.IDS, **options: Any
        ) -> Watched:
            source = data if isinstance(data, bytes) else data.read_bytes()
            path = tmp_path / f"page{len(opened)}.html"
            path.write_text(html(source, phi), "utf-8")
            options.setdefault("viewport", {"width": 1280, "height": 900})
            context = browser.new_context(reduced_motion="reduce", **options)
            stack.callback(context.close)
            context.set_default_timeout(10_000)
            watched = Watched(context.new_page())
            opened.append(watched)
            watched.page.goto(path.as_uri() + fragment)
            if options.get("java_script_enabled", True):
                watched.page.wait_for_selector("html[data-ready]", state="attached")
            return watched

        yield open_
        for watched in opened:
            assert watched.bad == []
            assert len(watched.requests) == 1


def large(count: int = 250) -> bytes:
    """A file of several pages: 250 claims, HI-1 to HI-250, every tenth with a modifier twice."""
    lines = MINIMAL.read_text().splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("HL*2*"))
    last = next(n for n, line in enumerate(lines) if line.startswith("SE*"))
    claims = []
    for n in range(1, count + 1):
        text = "\n".join(lines[first:last]).replace("HL*2*1*", f"HL*{n + 1}*1*")
        text = text.replace("HI-10001", f"HI-{n}").replace("HI10001L1", f"HI{n}L1")
        claims.append(text.replace("HC:A4306", "HC:A4306:SC:SC") if n % 10 == 0 else text)
    size = (last - first) * count + first - 1
    tail = [f"SE*{size}*0001~", *lines[last + 1 :]]
    data = "\n".join([*lines[:first], *claims, *tail]) + "\n"
    assert len(data) > 100_000
    return data.encode()


LARGE = large()


def test_the_page_of_a_large_file_has_the_claims_of_one_page_only(open_page: Open) -> None:
    page = open_page(LARGE)
    assert page.page.locator(".pager").first.inner_text().split("\n")[0] != ""
    assert "Page 1 of" in page.page.locator(".pager").first.inner_text()
    assert 10 < page.js("document.querySelectorAll('.sec').length") < 250
    page.press("]")
    assert "Page 2 of" in page.page.locator(".pager").first.inner_text()
    page.press("[")
    assert "Page 1 of" in page.page.locator(".pager").first.inner_text()


# what comes from the file is text


PLACES = (b"OKONMARA", b"HI-10001", b"ROPIVACAINE 0.2", b"0001*005010X222A1", b"HC:A4306")


def in_x12(text: str) -> bytes:
    return text.encode("latin-1").replace(b"*", b"_").replace(b"~", b"_")


def does_nothing(page: Watched, text: str) -> None:
    """What was put into the data is text on its page, also where it is searched for."""
    page.press("n", "/")
    page.page.fill("#search", text[:12])
    page.press("Enter")
    assert page.js("window.hacked") is None
    assert page.js("document.querySelectorAll('img, svg, iframe').length") == 0
    assert page.js("document.scripts.length") == 2 + page.js(
        "document.querySelectorAll('.page').length"
    )
    assert page.js("[...document.links].every(a => /^(#|https:)/.test(a.getAttribute('href')))")


def is_shown(page: Watched, text: str) -> bool:
    return text.replace("*", "_") in page.js("document.getElementById('main').textContent")


PLAIN = [text for text in NASTY.values() if text.isprintable() and text.isascii()]
"""Those that look the same in HTML."""


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_markup_in_the_data_does_nothing(open_page: Open, text: str) -> None:
    data = MINIMAL.read_bytes()
    for place in PLACES:
        data = data.replace(place, in_x12(text), 1)
    for phi in (Phi.IDS, Phi.ALL):
        page = open_page(data, phi=phi)
        does_nothing(page, text)
        assert phi is Phi.IDS or text not in PLAIN or is_shown(page, text)


def test_markup_in_the_data_of_a_large_file_does_nothing(open_page: Open) -> None:
    """Each text in a claim of its own, all on the first page."""
    places = (b"OKONMARA", b"HI-%d*", b"ROPIVACAINE 0.2", b"HC:A4306")
    data = LARGE
    for number, text in enumerate(NASTY.values(), 1):
        start = data.index(b"HL*%d*" % (number + 1))
        for place in places:
            wanted = place % number if b"%d" in place else place
            at = data.index(wanted, start)
            end = at + len(wanted) - wanted.endswith(b"*")
            data = data[:at] + in_x12(text) + data[end:]
    data = data.replace(b"0001*005010X222A1", in_x12("".join(PLAIN)), 1)
    page = open_page(data, phi=Phi.ALL)
    for text in NASTY.values():
        does_nothing(page, text)
        page.press("Escape")
        assert text not in PLAIN or is_shown(page, text)


def test_no_script_and_no_handler_but_the_pages_own_can_run(open_page: Open) -> None:
    page = open_page(OUTBOUND)
    page.js(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.hacked = 1'}))"
    )
    page.js("document.body.setAttribute('onclick', 'window.hacked = 1')")
    page.page.click("h1")
    assert page.js("window.hacked") is None
    refused = [m for m in page.bad if "Content Security Policy" in m]
    assert len(refused) == len(page.bad) >= 2
    page.bad.clear()


def test_protected_data_stays_hidden_unless_asked_for(open_page: Open) -> None:
    for data, source in ((LARGE, MINIMAL), (OUTBOUND.read_bytes(), OUTBOUND)):
        values = set(protected(source))
        hidden = html(data)
        assert not [v for v in values if v in hidden]
        page = open_page(data)
        page.press("e")
        shown = page.js("document.documentElement.outerHTML")
        assert not [v for v in values if v in shown]
        everything = html(data, Phi.ALL)
        assert not [v for v in values if v not in everything]


# the keyboard


@pytest.mark.parametrize("keys", ["np", "jk"])
def test_findings_one_after_the_other(open_page: Open, keys: str) -> None:
    page = open_page(OUTBOUND)
    assert page.status == "8 findings"
    page.press(keys[0])
    assert (page.focused, page.status) == ("f1", "1 of 8")
    page.press(keys[0], keys[0], keys[1])
    assert (page.focused, page.status) == ("f2", "2 of 8")
    assert page.js("location.hash") == "#f2"
    page.press(keys[1], keys[1])
    assert page.focused == "f8"


def test_the_next_finding_may_be_on_another_page(open_page: Open) -> None:
    page = open_page(LARGE)
    total = int(page.status.split()[0])
    page.press("k")
    assert page.focused == f"f{total}"
    assert "Page 1 of" not in page.page.locator(".pager").first.inner_text()


def test_help_opens_and_closes(open_page: Open) -> None:
    page = open_page(OUTBOUND)
    page.press("?")
    assert page.page.is_visible("#help")
    page.press("Escape")
    assert not page.page.is_visible("#help")


def test_the_tree_is_one_stop_with_arrows_inside(open_page: Open) -> None:
    page = open_page(LARGE)
    assert page.js("document.querySelectorAll('#tree [tabindex=\"0\"]').length") == 1
    page.press("t", "End")
    assert page.js("document.activeElement.textContent").startswith("Page")
    page.press("ArrowRight", "ArrowDown")
    assert page.js("document.activeElement.getAttribute('href')")[:2] == "#c"
    place = page.js("document.activeElement.getAttribute('href')")
    page.press("Enter")
    assert page.js("location.hash") == place
    assert page.js("document.querySelector('.sec.now').id") == place[1:]
    page.press("t", "ArrowLeft", "ArrowLeft")
    assert page.js("document.activeElement.closest('details').open") is False


def test_the_whole_page_can_be_walked_with_tab(open_page: Open) -> None:
    page = open_page(OUTBOUND)
    page.press("Tab")
    assert page.js("document.activeElement.className") == "skip"
    page.press("Enter", "Tab")
    assert page.js("document.activeElement.tagName") == "SUMMARY"
    page.press("Enter")
    assert page.js("document.activeElement.parentElement.open") is True
    assert page.js("getComputedStyle(document.activeElement).outlineStyle") == "solid"


# filters and search


def test_filters_by_severity_rule_and_claim(open_page: Open) -> None:
    page = open_page(OUTBOUND)
    page.page.click(".sev[data-severity=error]")
    assert page.status == "2 (8 in all) findings"
    assert len(page.visible(".finding")) == 2
    page.page.click(".sev[data-severity=error]")
    page.page.select_option("#rule", "MOD005")
    assert len(page.visible(".finding")) == 1
    assert page.visible(".sec") == ["c4"]
    page.page.locator("h1").click()
    page.press("Escape", "n")
    assert page.status == "1 of 8"
    page.page.fill("#claim", "0613")
    page.until("document.querySelectorAll('.sec:not([hidden])').length === 1")
    assert page.visible(".sec") == ["c3"]
    page.page.click("#clear")
    assert len(page.visible(".finding")) == 8


def listed(page: Watched) -> dict[str, list[str]]:
    """What the lists show: claims with findings, rules with their counts, service lines, tree."""
    return page.js(
        """Object.fromEntries([".claims th a", ".rules .number, .rules > div > details > summary code",
          "#matched td a[href^='#c']:not([data-to])", "#tree li[data-place] > a"].map(of => [of.split(" ")[0],
          [...document.querySelectorAll(of)].filter(e => e.checkVisibility()).map(e => e.textContent)]))"""
    )


def test_filters_filter_every_list(open_page: Open) -> None:
    page = open_page(OUTBOUND)
    everything = listed(page)
    assert [len(names) for names in everything.values()] == [4, 16, 5, 5]
    page.page.fill("#claim", "HI-26-0614")
    page.until("document.querySelectorAll('.sec:not([hidden])').length === 1")
    rules = ["BAL001", "SIT001", "MOD005"]
    assert listed(page) == {
        ".claims": ["HI-26-0614"],
        ".rules": [text for code in rules for text in ("1 finding", code)],
        "#matched": ["HI-26-0614"],
        "#tree": ["HI-26-0614"],
    }
    assert page.page.is_hidden("#nothing")
    page.page.fill("#claim", "nosuchclaim")
    page.until("!document.getElementById('nothing').hidden")
    assert [*listed(page).values()] == [[], [], [], []]
    assert page.visible("main h2") == ["file"]
    page.page.click("#clear")
    assert listed(page) == everything


def test_filters_of_a_large_file_filter_every_list(open_page: Open) -> None:
    page = open_page(LARGE)
    page.page.select_option("#rule", "MOD005")
    assert listed(page)[".rules"] == ["25 findings", "MOD005"]
    page.js(
        "document.querySelectorAll('#tree details[data-page]').forEach(e => { e.open = true; })"
    )
    assert len(listed(page)["#tree"]) == 25
    assert page.page.locator(".rules .count:visible").get_attribute("href") in (
        page.js("[...document.querySelectorAll('#c10 .finding')].map(e => '#' + e.id)")
    )


def test_filters_of_a_large_file(open_page: Open) -> None:
    page = open_page(LARGE)
    page.page.fill("#claim", "HI-140")
    page.until("document.querySelectorAll('.sec:not([hidden])').length === 1")
    assert page.visible(".sec") == ["c140"]
    page.page.click("#clear")
    page.page.select_option("#rule", "MOD005")
    assert page.status == "25 (" + page.status.split("(")[1]
    page.page.locator("h1").click()
    page.press("n")
    assert page.js("document.activeElement.closest('.sec').id") == "c10"


@pytest.mark.parametrize("data", [OUTBOUND.read_bytes(), LARGE], ids=["small", "large"])
def test_search_goes_from_match_to_match(open_page: Open, data: bytes) -> None:
    page = open_page(data)
    page.press("/")
    assert page.focused == "search"
    word = "HI-26-0614" if data != LARGE else "HI-147"
    page.page.keyboard.type(word)
    page.press("Enter")
    assert word in page.js("document.querySelector('.hit').textContent")
    assert page.page.inner_text("#hits").startswith("1 of")
    assert page.js("CSS.highlights.get('search').size") > 0
    page.press("Escape")
    assert page.page.input_value("#search") == ""
    page.press("/")
    page.page.keyboard.type("no such thing")
    page.press("Enter")
    assert page.page.inner_text("#hits") == "0 matches"


# links into the page


@pytest.mark.parametrize("data", [OUTBOUND.read_bytes(), LARGE], ids=["small", "large"])
def test_a_link_to_a_finding_opens_what_is_around_it(open_page: Open, data: bytes) -> None:
    number = 8 if data != LARGE else 15
    page = open_page(data, f"#f{number}")
    assert page.focused == f"f{number}"
    box = page.page.locator(f"#f{number}").bounding_box()
    assert 0 <= box["y"] < 900
    page.js("location.hash = '#f2'")
    page.until("document.activeElement.id === 'f2'")


LANDS = """([first, last, height]) => {
    const lost = [];
    const link = document.body.appendChild(document.createElement("a"));
    for (let n = first; n <= last; n++) {
        link.href = `#f${n}`;
        link.click();
        const { top } = document.getElementById(`f${n}`).getBoundingClientRect();
        if (!(top >= 0 && top < height)) lost.push([n, Math.round(top)]);
    }
    link.remove();
    return lost;
}"""
"""Follows the links to some findings; gives those that land outside of the window, and where."""


@pytest.mark.parametrize("width", [390, 1280, 1440])
@pytest.mark.parametrize("data", [OUTBOUND.read_bytes(), LARGE], ids=["small", "large"])
def test_every_link_to_a_finding_lands_on_it(open_page: Open, data: bytes, width: int) -> None:
    page = open_page(data, viewport={"width": width, "height": 900})
    total = page.js("JSON.parse(document.getElementById('data').textContent).found.length")
    assert page.page.evaluate(LANDS, [1, total, 900]) == []
    page.page.evaluate("scrollTo(0, 0)")
    for number in range(1, 10):  # the keys, from the top of the page
        page.press("n" if number > 1 else "p")
        page.press(*["n"] * (number == 1))
        box = page.page.locator(":focus").bounding_box()
        assert box
        assert 0 <= box["y"] < 900, number


@pytest.mark.parametrize("width", [390, 1280, 1440])
@pytest.mark.parametrize("data", [OUTBOUND.read_bytes(), LARGE], ids=["small", "large"])
def test_a_page_that_opens_at_a_finding_lands_on_it(
    open_page: Open, data: bytes, width: int
) -> None:
    page = open_page(data, viewport={"width": width, "height": 900})
    url = page.page.url
    for number in (1, 5, 8) if data != LARGE else (100, 522):
        page.page.goto("about:blank")
        page.page.goto(f"{url}#f{number}")
        page.page.wait_for_selector("html[data-ready]", state="attached")
        page.page.wait_for_timeout(100)
        box = page.page.locator(f"#f{number}").bounding_box()
        assert box
        assert 0 <= box["y"] < 900, number
    page.requests[1:] = []


def test_a_finding_taller_than_the_window_is_shown_from_its_beginning(open_page: Open) -> None:
    page = open_page(OUTBOUND, viewport={"width": 390, "height": 200})
    assert page.page.evaluate(LANDS, [1, 8, 200]) == []


@pytest.mark.slow
def test_every_link_into_a_file_of_a_megabyte_lands(open_page: Open) -> None:
    page = open_page(large(2_100))
    total = page.js("JSON.parse(document.getElementById('data').textContent).found.length")
    step = 50  # findings that follow each other are near each other
    for first in range(1, total, 20 * step):
        assert page.page.evaluate(LANDS, [first, min(total, first + step), 900]) == []


def test_a_link_to_a_service_line_of_a_large_file(open_page: Open) -> None:
    page = open_page(LARGE, "#c120")
    assert page.js("document.querySelector('.sec.now').id") == "c120"
    page.js("document.querySelector('#tree li[data-place=\"120\"] .lines a').click()")
    assert (
        page.js("document.querySelector('#' + location.hash.slice(1) + ' code').textContent")
        == "LX*1"
    )


def test_a_large_file_is_drawn_as_a_small_one(open_page: Open) -> None:
    large_page, small_page = open_page(LARGE, phi=Phi.ALL), open_page(MINIMAL, phi=Phi.ALL)
    for page in (large_page, small_page):
        page.press("e")
    texts = [
        p.js(
            "[...document.querySelectorAll('#c1 .els tr:not(:last-child)')].map(r => r.textContent)"
        )
        for p in (large_page, small_page)
    ]
    assert len(texts[0]) > 30
    assert texts[0][1:] == [t.replace("HI10001L1", "HI1L1") for t in texts[1][1:]]


# without scripts, in the dark, on paper, on a telephone


def test_everything_can_be_read_without_scripts(open_page: Open) -> None:
    page = open_page(OUTBOUND, java_script_enabled=False).page
    assert not page.is_visible("#tools")
    text = page.text_content("main")
    assert "modifier SC appears twice on this line" in text
    assert "SV1*HC:A4306:SC*415*UN*1***1:3" in text
    assert "Procedure Modifier 1" in text
    closed = page.locator(".row > details:not([open]) > summary")
    before = closed.count()
    closed.first.click()
    assert closed.count() == before - 1
    page.click('#tree a[href="#c4"]')
    assert page.url.endswith("#c4")


def test_the_segments_of_a_large_file_can_be_read_without_scripts(open_page: Open) -> None:
    text = open_page(LARGE, java_script_enabled=False).page.text_content("main")
    assert text.count("CLM*HI-") == 250
    assert text.count("modifier SC appears twice on this line") == 25


@pytest.mark.parametrize(
    ("data", "scheme"),
    [(OUTBOUND.read_bytes(), "light"), (OUTBOUND.read_bytes(), "dark"), (LARGE, "dark")],
    ids=["small-light", "small-dark", "large-dark"],
)
def test_axe_finds_nothing_serious(open_page: Open, data: bytes, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe here")
    page = open_page(data, color_scheme=scheme, bypass_csp=True)
    if data == LARGE:  # axe takes minutes for a whole page of it
        page.page.fill("#claim", "HI-100")
        page.until("document.querySelectorAll('.sec:not([hidden])').length === 1")
        page.js("document.querySelectorAll('.sec[hidden]').forEach(e => e.remove())")
        page.page.locator("h1").click()
    colours_alone = scheme == "dark" and data != LARGE  # all else is the same by day and by night
    options = {"runOnly": ["color-contrast"]} if colours_alone else None
    for keys in (["e", "n"],) if colours_alone or data == LARGE else ([], ["e", "n"], ["?"]):
        page.press(*keys)
        found = axe.Axe().run(page.page, options=options).response["violations"]
        serious = [v for v in found if v["impact"] in SERIOUS]
        assert [(v["id"], [n["html"] for n in v["nodes"][:3]]) for v in serious] == []


def test_light_and_dark_follow_the_system(open_page: Open) -> None:
    colours = [
        open_page(MINIMAL, color_scheme=scheme).js(
            "getComputedStyle(document.body).backgroundColor"
        )
        for scheme in ("light", "dark")
    ]
    assert colours == ["rgb(251, 250, 248)", "rgb(21, 24, 27)"]


@pytest.mark.parametrize("data", [OUTBOUND.read_bytes(), LARGE], ids=["small", "large"])
def test_a_narrow_window_has_nothing_to_scroll_sideways(open_page: Open, data: bytes) -> None:
    page = open_page(data, viewport={"width": 390, "height": 800})
    page.press("e", "n")
    assert page.js("document.documentElement.scrollWidth") == 390


def test_on_paper_there_are_the_findings_and_no_controls(open_page: Open) -> None:
    page = open_page(OUTBOUND)
    paper = page.page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert 2 <= paper.count(b"/Type /Page\n") <= 12
    page.page.emulate_media(media="print")
    assert not page.page.is_visible("#tools")
    assert not page.page.is_visible("#tree")
    assert len(page.visible(".finding")) == 8
