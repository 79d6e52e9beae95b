"""Takes the code blocks of Markdown pages, and runs what they hold as a reader would."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from conftest import ROOT
from edi_lint.cli import main

RENEW = bool(os.environ.get("EDI_LINT_RENEW_SNAPSHOTS"))
_FENCE = re.compile(r"^```(\w*)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Fence(NamedTuple):
    """A code block: its language, the name of the file that it is, or an empty one, and its text."""

    kind: str
    title: str
    text: str


def fences(text: str) -> list[Fence]:
    """The code blocks of a page, in order; those between ci markers, which CI runs, left out."""
    text = re.sub(r"<!-- ci:(\w+) -->.*?<!-- /ci:\1 -->", "", text, flags=re.DOTALL)
    return [Fence(*found) for found in _FENCE.findall(text)]


def furnish(place: Path, source: Path | None = None) -> Path:
    """Give a folder the examples and answers, and an `edi-lint` on the path; with `source` its Python code."""
    if not (place / "examples").exists():
        shutil.copytree(ROOT / "examples", place / "examples")
        shutil.copytree(ROOT / "answers", place / "answers")
    binaries = place / "bin"
    binaries.mkdir()
    path = f'PYTHONPATH="{source}" ' if source else ""
    commands = {
        "edi-lint": f'{path}exec "{sys.executable}" -m edi_lint "$@"',
        "python": f'{path}exec "{sys.executable}" "$@"',
        "pytest": f'{path}exec "{sys.executable}" -m pytest "$@"',
    }
    for name, line in commands.items():
        (binaries / name).write_text(f"#!/bin/sh\n{line}\n")
        (binaries / name).chmod(0o755)
    return place


def environment(place: Path) -> dict[str, str]:
    """What a command sees that is run there."""
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONUTF8": "1", "COLUMNS": "80"}


def run(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of shell there."""
    return subprocess.run(
        ["bash", "-c", command],
        cwd=place,
        env=environment(place),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )


_OF_SHELLS = set("|&;<>()$`\\{}~")
"""What a shell would do more with than to find files and to take quotes away."""
_OF_ONE_SHELL = re.compile(r"^(cd|export|source|set) |&$|\\$|<<", re.MULTILINE)
"""What the lines after it depend on."""


def run_here(command: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a line in this process if it is one plain `edi-lint`, else in a shell: half a second less.

    Prefer `run` once for each page: what a shell and a new process make of a line is tried there.
    """
    plain = re.sub(r"(?<=\S)#", r"\\#", command)  # inside a word it begins no comment
    words = [] if _OF_SHELLS & set(command) else shlex.split(plain, comments=True)
    if words[:1] != ["edi-lint"]:
        return run(command, place)
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "12")
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(place))
        stack.enter_context(patch.dict(os.environ, environment(place)))
        arguments = [found for word in words for found in _matching(word, place)]
        stack.enter_context(patch.object(sys, "argv", arguments))
        stack.enter_context(patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO())))
        stack.enter_context(patch.object(sys, "stdout", out))
        stack.enter_context(patch.object(sys, "stderr", err))
        try:
            status = main()
        except SystemExit as stop:
            status = int(stop.code or 0)
    printed, told = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(command, status, printed, told)


def _matching(word: str, place: Path) -> list[str]:
    """The files that a word with a wildcard names, or else the word itself."""
    found = sorted(str(p.relative_to(place)) for p in place.glob(word)) if "*" in word else []
    return found or [word]


def try_commands(commands: str, place: Path, *, shell: bool = False) -> None:
    """Commands, one to a line of one shell, each end with 0 or 1, and tell nothing of Python. Those
    that run tests end with 0.

    Unless `shell` is asked for, lines that need none run in this process.
    """
    lines = commands.splitlines()
    if shell or _OF_ONE_SHELL.search(commands):
        highest = {line: 0 if line.startswith("pytest ") else 1 for line in lines}
        checked = "".join(f"{line}\n[ $? -le {highest[line]} ] || exit 99\n" for line in lines)
        results = [run(checked, place)]
    else:
        results = [run_here(line, place) for line in lines]
    for result in results:
        assert result.returncode in (0, 1), f"{commands}\n{result.stdout}\n{result.stderr}"
        assert "Traceback" not in result.stderr


def transcript(text: str, place: Path, *, shell: bool = False) -> str:
    """What a transcript should be: its commands, each with what is printed now."""
    printed = ""
    for line in text.splitlines():
        if line.startswith("$ "):
            result = run(line[2:], place) if shell else run_here(line[2:], place)
            assert result.returncode in (0, 1), f"{line}\n{result.stderr}"
            printed += f"{line}\n{result.stdout}{result.stderr}"
    return printed


def renew(page: Path, old: str, new: str) -> None:
    """Put what is printed now in the place of what a page says."""
    page.write_text(page.read_text("utf-8").replace(old, new), "utf-8")
