"""What a terminal is given: colours, links, lines of its width."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import ROOT, Cli
from edi_lint.cli.app import Commands
from edi_lint.cli.terminal import When, choose_colour, wants_colour, wants_links
from edi_lint.reporters.places import file_url

OUTBOUND = ROOT / "examples" / "outbound.837"
VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE")


class Stream:
    def __init__(self, is_terminal: bool) -> None:
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    choose_colour(When.AUTO)


@pytest.mark.parametrize(
    ("set_", "when", "is_terminal", "wanted"),
    [
        ({}, When.AUTO, True, True),
        ({}, When.AUTO, False, False),
        ({"TERM": "dumb"}, When.AUTO, True, False),
        ({"NO_COLOR": "1"}, When.AUTO, True, False),
        ({"NO_COLOR": ""}, When.AUTO, True, True),
        ({"FORCE_COLOR": "1"}, When.AUTO, False, True),
        ({"FORCE_COLOR": "0"}, When.AUTO, False, False),
        ({"FORCE_COLOR": ""}, When.AUTO, False, False),
        ({"CLICOLOR_FORCE": "1"}, When.AUTO, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, When.AUTO, False, False),
        ({"NO_COLOR": "1"}, When.ALWAYS, False, True),
        ({"FORCE_COLOR": "1"}, When.NEVER, True, False),
    ],
)
def test_who_decides_on_colours(
    set_: dict[str, str],
    when: When,
    is_terminal: bool,
    wanted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in set_.items():
        monkeypatch.setenv(name, value)
    choose_colour(when)
    stream = Stream(is_terminal)
    assert wants_colour(stream) is wanted  # type: ignore[arg-type]
    assert wants_links(stream) is (wanted and is_terminal)  # type: ignore[arg-type]
    choose_colour(When.AUTO)


@pytest.mark.parametrize(
    "arguments",
    [["--color", "always", "check", OUTBOUND], ["check", "--color=always", OUTBOUND]],
    ids=["before", "behind"],
)
def test_color_is_an_option_of_all_commands(
    arguments: list[object], commands: Callable[[str], Cli]
) -> None:
    first, *rest = arguments
    assert "\x1b[1;31merror" in commands(str(first))(*rest).out
    assert "\x1b[" not in commands("check")(OUTBOUND).out
    assert "\x1b[" not in commands("--color")("always", "check", "--color", "never", OUTBOUND).out


def test_a_link_to_a_file_steers_no_terminal(tmp_path: Path) -> None:
    link = file_url(str(tmp_path / "a \x1b]8;;b\n%.837"))
    assert re.fullmatch(r"file://[!-~]+/a%20%1B%5D8%3B%3Bb%0A%25\.837", link)


@pytest.mark.parametrize("name", ["", *Commands.names])
@pytest.mark.parametrize("columns", [80, 132])
def test_help_is_as_wide_as_the_terminal(name: str, columns: int) -> None:
    lines = on_a_terminal([name, "-h"] if name else ["-h"], columns).splitlines()
    widest = max(len(line) for line in lines if "edi-lint " not in line)
    assert columns - 30 < widest <= columns


def on_a_terminal(arguments: list[str], columns: int) -> str:
    """What a command prints on a terminal of so many columns."""
    main, other = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    command = [sys.executable, "-m", "edi_lint", *arguments]
    with subprocess.Popen(command, stdout=other, stdin=other, env=environment) as running:
        os.close(other)
        printed = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError:  # Linux says so that the other side is closed
                break
            if not piece:
                break
            printed += piece
        running.wait(60)
    os.close(main)
    return printed.decode().replace("\r\n", "\n")


def test_a_result_with_protected_data_on_a_terminal_is_spoken_of(tmp_path: Path) -> None:
    said = "--output FILE keeps it in a file"
    for arguments in (["fix"], ["rewrite", "--template", "resend", "--control-number", "999"]):
        main, other = pty.openpty()
        command = [sys.executable, "-m", "edi_lint", *arguments, str(OUTBOUND)]
        with subprocess.Popen(command, stdout=other, stderr=subprocess.PIPE, text=True) as running:
            os.close(other)
            assert said in running.communicate(timeout=60)[1]
        os.close(main)
        piped = subprocess.run(command, capture_output=True, text=True, check=False)
        assert said not in piped.stderr


def test_options_are_in_groups(commands: Callable[[str], Cli]) -> None:
    help_ = commands("check")("-h").out
    titles = re.findall(r"^(\S.*):$", help_, re.MULTILINE)
    assert titles[:2] == ["Arguments", "Options"]
    assert {"Output", "Baseline", "Ledger", "Watch a folder"} < set(titles)
    assert titles[-1] == "General options"
    longest = max(len(part.splitlines()) for part in help_.split("\n\n"))
    assert longest <= 24


def test_check_without_paths_checks_the_current_folder() -> None:
    folder = ROOT / "examples"
    command = [sys.executable, "-m", "edi_lint", "check"]
    piped = subprocess.run(
        command, cwd=folder, input="", capture_output=True, text=True, check=False
    )
    assert piped.returncode == 2
    assert piped.stderr == (
        "edi-lint: name what to check: - is standard input, . is the current folder\n"
    )
    main, other = pty.openpty()
    here = subprocess.run(command, cwd=folder, stdin=other, capture_output=True, check=False)
    named = subprocess.run([*command, "."], cwd=folder, capture_output=True, check=False)
    for end in (main, other):
        os.close(end)
    assert here.returncode == named.returncode == 1
    assert here.stdout == named.stdout
    assert b"outbound.837" in here.stdout


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version(option: str, commands: Callable[[str], Cli]) -> None:
    ran = commands(option)()
    assert (ran.status, ran.out.split()[0]) == (0, "edi-lint")


def test_help_is_a_command_too(commands: Callable[[str], Cli]) -> None:
    assert commands("help")().out == commands("--help")().out
    assert commands("help")("split").out == commands("split")("-h").out
    assert "edi-lint split" in commands("help")("split").out
