"""A progress bar is for people who wait: on a terminal, after a second, and never in a pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pytest

from conftest import ROOT
from edi_lint.cli import progress
from edi_lint.cli.inputs import STANDARD_INPUT, opened
from edi_lint.run import check_files
from edi_lint.settings import Settings

OUTBOUND = ROOT / "examples" / "outbound.837"

IMPATIENT = """
import sys, threading
from edi_lint.cli import main, progress
progress.PATIENCE, progress._BETWEEN = float(sys.argv.pop(1)), 0
class Drawn(threading.Timer):
    def start(self):
        super().start()
        self.join()
if not progress.PATIENCE:
    threading.Timer = Drawn
sys.exit(main())
"""


def on_a_terminal(
    patience: float,
    *arguments: object,
    command: str = "check",
    stdout: int | IO[bytes] | None = None,
    **environment: str,
) -> str:
    """What a command writes to standard error where that is a terminal, and standard output a file
    or what is given.
    """
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    line = [sys.executable, "-c", IMPATIENT, str(patience), command, *map(str, arguments)]
    env = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | environment
    with (
        TemporaryFile() as file,
        subprocess.Popen(line, stdout=stdout or file, stderr=theirs, env=env) as process,
    ):
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 4096):
                shown += piece
        except OSError:  # Linux tells so that the other side is closed
            pass
        process.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def test_work_that_takes_long_has_a_bar_that_goes_again() -> None:
    shown = on_a_terminal(0, OUTBOUND, "no-such-file.837")
    assert "linting" in shown
    cleared = shown.rindex("\x1b[2K")
    assert "linting" not in shown[cleared:]
    assert "no-such-file.837: No such file" in shown[cleared:]
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h")


@pytest.mark.parametrize(
    ("command", "verb", "told"),
    [
        ("annotate", "annotating", ""),
        ("extract", "extracting", ""),
        ("fix", "fixing", "edi-lint: 1 finding fixed"),
        ("redact", "redacting", "edi-lint: redacted"),
        ("rewrite", "rewriting", "edi-lint: before this is sent"),
        ("split", "splitting", "edi-lint: 4 of 5 claims held"),
    ],
)
def test_work_on_one_file_shows_that_it_goes_on(
    command: str, verb: str, told: str, tmp_path: Path
) -> None:
    options = {
        "rewrite": ["--template", "resend", "--control-number", "9"],
        "split": ["--held", tmp_path / "held.837"],
    }.get(command, [])
    shown = on_a_terminal(0, OUTBOUND, *options, command=command)
    assert verb in shown
    cleared = shown.rindex("\x1b[2K")
    assert verb not in shown[cleared:]
    assert told in shown[cleared:]
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    assert on_a_terminal(60, OUTBOUND, *options, command=command).startswith(told)


@pytest.mark.parametrize("command", ["annotate", "extract"])
def test_what_a_pager_shows_is_not_drawn_over(command: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as pager:
        assert on_a_terminal(0, OUTBOUND, command=command, stdout=pager.stdin) == ""
        assert pager.stdin is not None
        pager.stdin.close()


@pytest.mark.parametrize(
    ("patience", "options", "environment"),
    [(60, [], {}), (0, ["--quiet"], {}), (0, [], {"TERM": "dumb"})],
)
def test_short_quiet_and_dumb_have_none(
    patience: float, options: list[str], environment: dict[str, str]
) -> None:
    shown = on_a_terminal(patience, *options, OUTBOUND, **environment)
    assert shown.partition("edi-lint: 2 HCPCS codes not judged")[0] == ""


def test_a_pipe_gets_no_bar(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(progress, "PATIENCE", 0)
    with progress.bar([str(OUTBOUND)], quiet=False) as bar:
        bar.advance(10)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("jobs", [1, 2])
def test_all_bytes_are_told_once(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setattr(check_files, "_WORTH_IT", 1)
    content = OUTBOUND.read_bytes()
    names = [str(tmp_path / f"{n}.837") for n in range(5)]
    for name in names:
        Path(name).write_bytes(content)
    told: list[int] = []
    add: Callable[[int], None] = told.append
    reports = list(check_files.check_files(names, Settings(), jobs, opened, STANDARD_INPUT, add))
    assert len(reports) == 5
    assert sum(told) == 5 * len(content)


def test_the_slices_of_a_large_file_are_told(tmp_path: Path) -> None:
    content = OUTBOUND.read_bytes()
    path = tmp_path / "a.837"
    count = check_files.LARGE // len(content) + 1
    with path.open("wb") as stream:
        for number in range(count):
            stream.write(content.replace(b"000000416", b"%09d" % (number + 1)))
    told: list[int] = []
    settings = Settings(select=("ENV",))
    list(check_files.check_files([str(path)], settings, 2, opened, STANDARD_INPUT, told.append))
    assert len(told) > 2
    assert sum(told) == path.stat().st_size
