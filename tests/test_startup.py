"""Starting stays short: what a check of a small file does not import, read or convert."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from conftest import FIXTURES, Cli
from edi_lint.cli.formats import _MADE_BY, FindingsFormat

FILE = FIXTURES / "faulty" / "wrong-pos.837"

HEAVY = {
    "importlib.resources",
    "jinja2",
    "jsonschema",
    "markdown_it",
    "pyarrow",
    "pydantic",
    "pygments",
    "pyx12",
    "rich",
    "sqlalchemy",
    "sqlite3",
    "tempfile",
    "xml",
    "yaml",
}
"""Packages and modules that a check has no use for."""

OTHERS = {
    f"edi_lint.{name}" for name in ("crosscheck", "ledger.database", "transform", "cli.rewrite")
}
"""Parts of this package that only other commands need."""

LISTENING = """
import atexit, sys
opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))
atexit.register(lambda: print(*opened, "modules", *sys.modules, sep="\\n", file=sys.stderr))
from edi_lint.cli import main
sys.exit(main())
"""


def run(*arguments: object) -> tuple[set[str], set[str]]:
    """The modules that a run imports, with the packages above them, and the files that it opens."""
    command = [sys.executable, "-c", LISTENING, *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stderr
    files, _, modules = ran.stderr.partition("\nmodules\n")
    return set(modules.splitlines()), set(files.splitlines())


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--output-format", "json", "--phi", "all"],
        ["--output-format", "sarif=/dev/null", "--output-format", "csv"],
        ["--select", "STR,COD", "--ignore", "MOD", "--fail-on", "warning", "--statistics"],
    ],
    ids=["plain", "json", "several", "choices"],
)
def test_a_check_imports_nothing_it_has_no_use_for(options: list[str]) -> None:
    imported, _ = run("check", *options, FILE)
    assert "edi_lint.run.drive" in imported
    assert imported & (HEAVY | OTHERS) == set()


@pytest.mark.parametrize("format_", FindingsFormat)
def test_a_format_imports_no_other(format_: FindingsFormat) -> None:
    imported, _ = run("check", "--output-format", format_, FILE)
    modules = {m for m in imported if m.startswith("edi_lint.reporters.")}
    every = {f"edi_lint.reporters.{module}" for module, _ in _MADE_BY.values()}
    assert modules & every == {f"edi_lint.reporters.{_MADE_BY[format_][0]}"}


def test_a_check_reads_the_grammar_of_its_file_only_and_no_yaml() -> None:
    _, opened = run("check", FILE)
    assert any(f.endswith("837p.005010X222A1.json") for f in opened)
    assert [f for f in opened if "004010" in f or f.endswith(".yaml")] == []


def test_a_number_is_converted(commands: Callable[[str], Cli]) -> None:
    check = commands("check")
    assert "STR002" not in check("--level", "1", FILE).out
    assert "STR002" in check("--level", "2", FILE).out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--level", "8"], "--level 8: expected a whole number from 1 to 7"),
        (["--level", "two"], "--level two: expected a whole number from 1 to 7"),
        (["--settle", "nan"], "--settle nan: expected a number of at least 0"),
        (
            ["--output-format", "yaml"],
            "--output-format yaml: is not one of text, grouped, full, concise, json",
        ),
        (["--phi", "IDS"], "--phi IDS: is not one of none, ids, all; did you mean ids?"),
        ([], "name what to check"),
    ],
)
def test_a_wrong_value_is_told(
    commands: Callable[[str], Cli], options: list[str], told: str
) -> None:
    ran = commands("check")(*options, *([FILE] if options else []))
    assert ran.status == 2
    assert ran.err.startswith("edi-lint: ")
    assert (told in ran.err, ran.err.count("\n")) == (True, 1)


def test_every_command_is_listed_and_a_misspelt_one_gets_a_suggestion(
    commands: Callable[[str], Cli],
) -> None:
    listed = commands("--help")().out
    for name in ("check", "fix", "extract", "annotate", "rewrite", "rule", "codes"):
        assert f"\n  {name} " in listed
    ran = commands("chek")()
    assert (ran.status, "did you mean edi-lint check?" in ran.err) == (2, True)
