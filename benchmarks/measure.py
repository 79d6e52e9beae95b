"""Runs whole processes and says what they took: edi-lint, pyx12's x12valid, and the generator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE_VARIABLE = "EDI_LINT_ENGINE"


class Failed(Exception):
    """A command that could not do its work; `str()` says which and how it ended."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end: seconds, and the most memory in MB that it held resident.

    Processes that it started are in `cpu`; `peak` is the biggest single process, not their sum.
    """

    wall: float
    cpu: float
    peak: float
    status: int
    out: bytes = field(repr=False)
    err: bytes = field(repr=False)


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command to its end, its output kept in files so that no pipe holds it up."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        # Linux counts ru_maxrss in KiB, macOS in bytes.
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
        cpu = usage.ru_utime + usage.ru_stime
        return Run(wall, cpu, peak, process.returncode, out.read(), err.read())


def generate(path: Path, megabytes: float, options: Sequence[str] = ()) -> Path:
    """Write a file in a process of its own: what this one holds would count as its children's."""
    module = [sys.executable, "-m", "benchmarks.generate"]
    done = run([*module, str(path), "--mb", str(megabytes), *options], ROOT)
    if done.status:
        raise Failed(f"benchmarks.generate ended with {done.status}: {_last_line(done)}")
    return path


@dataclass(frozen=True, slots=True)
class EdiLint:
    """How `edi-lint check` is run: on which engine, with which options, in how many processes."""

    engine: str
    options: tuple[str, ...] = ()
    jobs: int = 1

    def check(self, path: Path) -> tuple[Run, dict[str, int]]:
        """The run, and the number of findings of each severity."""
        command = [*_EDI_LINT, "check", str(path), "--output-format", "json", *self.options]
        command += ["--jobs", str(self.jobs)]
        done = run(command, path.parent, {ENGINE_VARIABLE: self.engine})
        if done.status not in (0, 1) or not done.out:
            raise Failed(f"edi-lint check ended with {done.status}: {_last_line(done)}")
        summary: dict[str, int] = json.loads(done.out)["summary"]
        return done, summary


_EDI_LINT = (sys.executable, "-m", "edi_lint")


def engine_version(engine: str) -> str | None:
    """What `edi-lint --version` prints on that engine; None where it is not there."""
    done = run([*_EDI_LINT, "--version"], Path.cwd(), {ENGINE_VARIABLE: engine})
    printed = done.out.decode().strip()
    return printed if done.status == 0 and f"(engine: {engine})" in printed else None


def x12valid(path: Path) -> Run:
    """pyx12's validator, which must accept the file.

    It exits with 1 whatever it thinks, so what it prints decides. It writes an acknowledgement
    beside its input, which is removed.
    """
    script = Path(sysconfig.get_path("scripts")) / "x12valid"
    done = run([str(script), str(path)], path.parent)
    path.with_name(path.name + ".997").unlink(missing_ok=True)
    if not done.err.decode().rstrip().endswith(": OK"):
        raise Failed(f"x12valid does not accept the file: {_last_line(done)}")
    return done


def x12valid_version() -> str:
    """What `x12valid --version` prints."""
    script = Path(sysconfig.get_path("scripts")) / "x12valid"
    return run([str(script), "--version"], Path.cwd()).out.decode().strip()


def _last_line(done: Run) -> str:
    lines = (done.err or done.out).decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no output"


def aligned(table: Sequence[Sequence[str]]) -> str:
    """Rows of cells as text: headings first, three columns to the left, the others to the right."""
    widths = [max(len(line[n]) for line in table) for n in range(len(table[0]))]
    lines = []
    for line in table:
        left = [cell.ljust(width) for cell, width in zip(line[:3], widths[:3], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(line[3:], widths[3:], strict=True)]
        lines.append("  ".join([*left, *right]).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)
