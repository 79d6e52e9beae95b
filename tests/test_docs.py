"""The documentation: its examples run, its generated pages are current, its site loads nothing."""

from __future__ import annotations

import configparser
import html.parser
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT
from documents import RENEW, Fence, fences, furnish, renew, run, transcript, try_commands

DOCS = ROOT / "docs"
GENERATED = ("rules", "reference/commands")
PAGES = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if not str(page.relative_to(DOCS)).startswith(GENERATED)
]
IN_THE_TREE = {"how-to/rule.md"}
"""Pages for people who change edi-lint itself."""
SHOWN = {"text", "jinja", "diff", "x12"}
"""Kinds of blocks that are shown only; tests/test_templates.py runs those of docs/templates.md."""


def name(page: Path) -> str:
    return str(page.relative_to(DOCS))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_examples_of_a_page_work_one_after_the_other(page: Path, tmp_path: Path) -> None:
    if name(page) in IN_THE_TREE:
        place = copy_of_the_tree(tmp_path)
        furnish(place, place / "src")
    else:
        place = furnish(tmp_path)
    shell = True  # for what the page shows first, and for each page about the tree
    for fence in fences(page.read_text("utf-8")):
        try_fence(fence, page, place, shell)
        shell = shell and (fence.kind not in ("sh", "console") or name(page) in IN_THE_TREE)


def try_fence(fence: Fence, page: Path, place: Path, shell: bool) -> None:
    if fence.title:
        loads(fence)
        target = place / fence.title
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(fence.text, "utf-8")
    elif fence.kind == "sh":
        try_commands(fence.text, place, shell=shell)
    elif fence.kind == "console":
        printed = transcript(fence.text, place, shell=shell)
        if RENEW:
            renew(page, fence.text, printed)
        else:
            assert fence.text == printed
    elif fence.kind == "python":
        (place / "example.py").write_text(fence.text, "utf-8")
        result = run("python example.py", place)
        assert result.returncode == 0, result.stderr
    elif fence.kind not in SHOWN:
        loads(fence)


def loads(fence: Fence) -> None:
    """A block of data is data. Raises where it is not, or where nothing tries blocks of its kind."""
    readers: dict[str, Any] = {
        "yaml": yaml.safe_load,
        "toml": tomllib.loads,
        "json": json.loads,
        "jinja": str,
        "python": lambda text: compile(text, "example", "exec"),
        "csv": str,
        "ini": configparser.ConfigParser().read_string,
    }
    readers[fence.kind](fence.text)


def copy_of_the_tree(tmp_path: Path) -> Path:
    place = tmp_path / "edi-lint"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "site", "build", "*.egg-info")
    shutil.copytree(ROOT, place, ignore=ignored)
    return place


def test_every_page_has_a_block_that_is_tried_or_is_known_to_have_none() -> None:
    tried = {"sh", "console", "python"}
    bare = {name(page) for page in PAGES if not tried & {f.kind for f in fences(page.read_text())}}
    assert bare == {
        *(f"answers/{name}" for name in ("999.md", "277ca.md", "835.md", "ta1.md")),
        "engine.md",
        "how-to/browser.md",
        "pack-a4306.md",
        "reference/limits.md",
        "reference/settings.md",
        "templates.md",
    }


def test_no_code_block_escapes() -> None:
    for page in PAGES:
        text = page.read_text("utf-8")
        assert len(re.findall(r"^\s*```", text, re.MULTILINE)) == 2 * len(fences(text)), name(page)


def test_generated_pages_are_current() -> None:
    script = ROOT / "scripts" / "write_docs.py"
    ran = subprocess.run(
        [sys.executable, script, "--check"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_page_that_is_stale_or_that_nothing_makes_is_told(tmp_path: Path) -> None:
    place = copy_of_the_tree(tmp_path)
    (place / "docs" / "rules" / "bal.md").write_text("old")
    (place / "docs" / "reference" / "commands" / "gone.md").write_text("old")
    furnish(place, place / "src")
    ran = run("python scripts/write_docs.py --check", place)
    assert ran.returncode == 1
    assert "docs/rules/bal.md is out of date" in ran.stderr
    assert "docs/reference/commands/gone.md is out of date" in ran.stderr
    assert run("python scripts/write_docs.py", place).returncode == 0
    assert run("python scripts/write_docs.py --check", place).returncode == 0
    assert not (place / "docs" / "reference" / "commands" / "gone.md").exists()


# the manual page


def test_the_manual_page_is_sound_roff() -> None:
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("no groff on this machine")
    ran = subprocess.run(
        [groff, "-man", "-ww", "-Tutf8", "-z", ROOT / "man" / "edi-lint.1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_manual_page_names_every_command_and_variable() -> None:
    from edi_lint.cli.app import Commands

    text = (ROOT / "man" / "edi-lint.1").read_text("utf-8").replace("\\-", "-")
    for command in Commands.names:
        assert f".SS edi-lint {command}" in text
    code = "".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    for variable in {*re.findall(r"\bEDI_LINT_[A-Z_]+", code), "NO_COLOR"}:
        assert variable in text


@pytest.mark.parametrize("section", ["Exit status", "Examples"])
def test_every_command_says(section: str) -> None:
    for page in (DOCS / "reference" / "commands").glob("*.md"):
        if page.name != "index.md":
            assert section in page.read_text("utf-8"), page.name


# the site


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as CI builds it."""
    pytest.importorskip("mkdocs", reason="mkdocs is not installed")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", folder]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder


class Loaded(html.parser.HTMLParser):
    """What a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed"):
            self.urls += [told.get("src") or ""]
        if tag == "link" and told.get("rel") != "canonical":
            self.urls += [told.get("href") or ""]


def test_the_site_loads_nothing_from_elsewhere(built: Path) -> None:
    pages = list(built.rglob("*.html"))
    assert len(pages) > 30
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text("utf-8"))
        assert loaded.urls
        assert not [url for url in loaded.urls if re.match(r"(https?:)?//", url)], page
    for sheet in built.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", sheet.read_text("utf-8"))


def test_every_page_is_in_the_site(built: Path) -> None:
    for page in DOCS.rglob("*.md"):
        assert (built / page.relative_to(DOCS).with_suffix(".html")).exists(), page


def test_the_site_in_a_browser(built: Path, browser: Any) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for path in ("index.html", "reference/api.html", "reference/commands/check.html"):
        page.goto((built / path).as_uri())
        assert page.inner_text("h1")
    page.goto((built / "rules" / "MOD001.html").as_uri())
    assert page.inner_text("h1").startswith("MOD001")
    assert not [url for url in requests if not url.startswith(("file:", "data:", "blob:"))]
    context.close()
