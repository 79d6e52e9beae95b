"""Every command, transcript and Python example of the README is tried, from a copy of the tree's files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
RENEW = bool(os.environ.get("EDI_LINT_RENEW_SNAPSHOTS"))


def fences(kind: str) -> list[str]:
    """The code blocks of a kind, those between ci markers apart: .ci/run tries these."""
    text = re.sub(r"<!-- ci:(\w+) -->.*?<!-- /ci:\1 -->", "", README, flags=re.DOTALL)
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the examples, and an `edi-lint` on the path."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    binaries = tmp_path / "bin"
    binaries.mkdir()
    script = binaries / "edi-lint"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edi_lint "$@"\n')
    script.chmod(0o755)
    return tmp_path


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=os.environ | {"PATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("command", [c for b in fences("sh") for c in b.splitlines() if c])
def test_a_command_of_the_readme_works(command: str, place: Path) -> None:
    result = run(command, place)
    assert result.returncode in (0, 1), result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("transcript", fences("console"))
def test_a_transcript_of_the_readme_is_what_is_printed(transcript: str, place: Path) -> None:
    commands = [line[2:] for line in transcript.splitlines() if line.startswith("$ ")]
    printed = ""
    for command in commands:
        result = run(command, place)
        assert result.returncode in (0, 1), result.stderr
        printed += f"$ {command}\n{result.stdout}{result.stderr}"
    if RENEW:
        readme = ROOT / "README.md"
        readme.write_text(readme.read_text(encoding="utf-8").replace(transcript, printed))
        return
    assert transcript == printed


@pytest.mark.parametrize("example", fences("python"))
def test_a_python_example_of_the_readme_runs(example: str, place: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", example], cwd=place, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "HI-26-0612" in result.stdout
