"""Every transcript of the README is tried, from a copy of the tree's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT
from documents import RENEW, fences, furnish, renew, transcript

README = ROOT / "README.md"
FENCES = fences(README.read_text("utf-8"))


def of_kind(kind: str) -> list[str]:
    return [fence.text for fence in FENCES if fence.kind == kind]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return furnish(tmp_path)


@pytest.mark.parametrize("told", of_kind("console"))
def test_a_transcript_of_the_readme_is_what_is_printed(told: str, place: Path) -> None:
    printed = transcript(told, place, shell=told == of_kind("console")[0])
    if RENEW:
        renew(README, told, printed)
        return
    assert told == printed


def test_the_readme_is_short() -> None:
    assert len(README.read_text("utf-8").splitlines()) <= 100
