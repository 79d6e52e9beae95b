"""Every command, transcript and Python example of the README is tried, from a copy of the tree's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from documents import RENEW, fences, furnish, renew, run, transcript, try_commands

README = ROOT / "README.md"
FENCES = fences(README.read_text("utf-8"))


def of_kind(kind: str) -> list[str]:
    return [fence.text for fence in FENCES if fence.kind == kind]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return furnish(tmp_path)


@pytest.mark.parametrize("command", [c for text in of_kind("sh") for c in text.splitlines() if c])
def test_a_command_of_the_readme_works(command: str, place: Path) -> None:
    try_commands(command, place)


@pytest.mark.parametrize("told", of_kind("console"))
def test_a_transcript_of_the_readme_is_what_is_printed(told: str, place: Path) -> None:
    printed = transcript(told, place)
    if RENEW:
        renew(README, told, printed)
        return
    assert told == printed


@pytest.mark.parametrize("example", of_kind("python"))
def test_a_python_example_of_the_readme_runs(example: str, place: Path) -> None:
    (place / "example.py").write_text(example, "utf-8")
    result = run("python example.py", place)
    assert result.returncode == 0, result.stderr
    assert "HI-26-0612" in result.stdout
