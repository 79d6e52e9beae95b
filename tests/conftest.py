"""What several tests need: the fixtures of this project, and the public corpus where it is there."""

from __future__ import annotations

import gc
import io
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from hypothesis import settings

from edi_lint.cli import main
from edi_lint.rules.run import Run
from edi_lint.run.drive import Linter
from edi_lint.run.judge import run_of
from edi_lint.settings import Settings
from edi_lint.transform.rendering import Event, first_pass

pytest.register_assert_rewrite("agreement")
settings.register_profile("no deadline", deadline=None)  # no test is about time
settings.load_profile("no deadline")

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
CORPUS = Path(os.environ.get("EDI_LINT_CORPUS") or ROOT.parent / "shared" / "corpus")


@pytest.fixture(autouse=True, scope="session")
def garbage_is_collected_seldom() -> Iterator[None]:
    """A worker's tests share what was imported and cached: going through it takes a tenth of the time.

    The command line, which many tests run in this process, would choose for a short run of its own.
    """
    gc.freeze()
    gc.set_threshold(50_000, 10, 20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gc, "set_threshold", lambda *counts: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def no_loaded_codes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Releases that a developer loaded for real change no test."""
    os.environ["EDI_LINT_DATA"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(autouse=True)
def no_ledger_of_another_test() -> Iterator[None]:
    """A ledger that a test made in the data folder is not there for the next one."""
    yield
    for file in Path(os.environ["EDI_LINT_DATA"]).glob("ledger.sqlite3*"):
        file.unlink()


def corpus_files() -> list[Path]:
    """The public sample files, sorted; empty where the corpus is not on this machine."""
    return sorted(f for f in CORPUS.glob("*/*") if f.is_file())


LARGE_SAMPLE = 100_000
"""Two public files are larger, in bytes: all others together take less time than they do."""


def small_corpus_files() -> list[Path]:
    """The public sample files but for the large ones."""
    return [f for f in corpus_files() if f.stat().st_size < LARGE_SAMPLE]


@pytest.fixture
def corpus() -> list[Path]:
    """The public sample files; the test is skipped without them."""
    files = corpus_files()
    if not files:
        pytest.skip("the public corpus is not beside this checkout (set EDI_LINT_CORPUS)")
    return files


def valid_fixtures() -> list[Path]:
    return sorted((FIXTURES / "valid").glob("*.837"))


def faulty_fixtures() -> list[Path]:
    return sorted((FIXTURES / "faulty").glob("*.837"))


@cache
def linter_for(profile: str) -> Linter:
    """A linter that judges every claim by a payer profile in YAML; empty: by the built-in ones."""
    with TemporaryDirectory() as folder:
        return Linter(_settings(profile, Path(folder)))


@cache
def run_for(profile: str) -> Run:
    """What rules may ask where such a profile is in force."""
    with TemporaryDirectory() as folder:
        return run_of(_settings(profile, Path(folder)))


def _settings(profile: str, folder: Path) -> Settings:
    if not profile:
        return Settings()
    path = folder / "example.yaml"
    path.write_text(profile, encoding="utf-8")
    return Settings(profile=str(path))


class Ran(NamedTuple):
    """How a command ended and what it printed."""

    status: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def commands(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[[str], Cli]:
    """Gives, for a command's name, what runs it with arguments and, if given, standard input."""

    def command(name: str) -> Cli:
        def run(*arguments: object, stdin: bytes = b"") -> Ran:
            monkeypatch.setattr(sys, "argv", ["edi-lint", name, *map(str, arguments)])
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            try:
                status = main()
            except SystemExit as stop:
                status = int(stop.code or 0)
            return Ran(status, *capfd.readouterr())

        return run

    return command


@pytest.fixture
def templates_run_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's own rewrite templates run in this process, as shipped ones do: half a second less.

    For tests of what a template makes; of many cases leave some without it. Limits, and how a
    process of its own ends, are tried in tests/test_confined.py.
    """

    def run_here(*given: Any) -> Iterator[Event]:
        stream, template, plan, settings, _, name = given
        return first_pass(stream, template, plan, settings, name)

    monkeypatch.setattr("edi_lint.transform.rewrite._first_pass", run_here)


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium that is installed on this machine."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"no Chromium on this machine (looked for {', '.join(BROWSERS)})")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()
