"""Prints how fast edi-lint is beside x12valid, on this machine, in one run: `python -m benchmarks`.

Reports only: no time is judged, and the exit status is 0 however slow a run was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import (
    EdiLint,
    Failed,
    Run,
    aligned,
    engine_version,
    generate,
    x12valid,
    x12valid_version,
)
from benchmarks.shapes import add_options, print_shapes

KERNEL, PYTHON = "kernel", "python"
STRUCTURE = ("--select", "ENV", "--select", "STR")
_EVERYTHING_ROW = ("check, everything on, kernel", ">= 100x", ())
_STRUCTURE_ROW = ("ENV and STR only, kernel", ">= 1000x", STRUCTURE)
COLD_MEGABYTES = 0.01
VARIANTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("2 % of claims with a fault", ("--faults", "0.02")),
    ("line break after each segment", ("--line-breaks", "segment")),
    ("wrapped at 80 columns", ("--line-breaks", "wrapped")),
    ("CR LF after each segment", ("--line-breaks", "segment", "--crlf")),
    ("delimiters | > ^ !", ("--delimiters", "|>^!")),
    ("20 interchanges", ("--interchanges", "20")),
    ("sets of 5 claims", ("--claims-per-set", "5")),
)
NOTES = """\
x: MB/s of edi-lint over MB/s of x12valid, each a whole process with its start. x12valid needs
  minutes for 20 MB, so it is timed on a file of {pace:g} MB; with --full on one of {size:g} MB.
same file: the time of x12valid over that of edi-lint, both on the {pace:g} MB file. The start of a
  process weighs more there, so that this ratio is lower where edi-lint is fast.
peak MB: resident memory, mapped pages of files included, of the biggest process; with --jobs it
  is not the sum of them all.
Three numbers are the least, the median and the most of several runs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes in MB and how often each job runs."""

    size: float
    x12valid_size: float
    large: float
    runs: int
    x12valid_runs: int

    @property
    def variant_size(self) -> float:
        return self.size / 4


@dataclass(slots=True)
class Row:
    """One line of the table. `runs` is empty where the job is not available."""

    job: str
    goal: str = ""
    megabytes: float = 0.0
    reached: list[float] = field(default_factory=list)
    unit: str = "x"
    same_file: float | None = None
    runs: list[Run] = field(default_factory=list)
    findings: dict[str, int] = field(default_factory=dict)

    def cells(self) -> tuple[str, ...]:
        if not self.reached:
            return (self.job, self.goal, "not available", *[""] * 6)
        if not self.runs:
            return (self.job, self.goal, _spread(self.reached, self.unit), *[""] * 6)
        walls = [r.wall for r in self.runs]
        return (
            self.job,
            self.goal,
            _spread(self.reached, self.unit),
            "" if self.same_file is None else f"{self.same_file:.3g}x",
            f"{self.megabytes / median(walls):.3g}",
            f"{median(walls):.2f}",
            f"{median(r.cpu for r in self.runs):.2f}",
            f"{max(r.peak for r in self.runs):.0f}",
            "/".join(str(self.findings[s]) for s in ("error", "warning")) if self.findings else "",
        )

    def json(self) -> dict[str, Any]:
        return {
            "job": self.job,
            "goal": self.goal,
            "available": bool(self.reached),
            "megabytes": self.megabytes,
            "unit": self.unit,
            "reached": _summary(self.reached),
            "same_file": self.same_file,
            "runs": [
                {"wall_s": r.wall, "cpu_s": r.cpu, "peak_mb": r.peak, "status": r.status}
                for r in self.runs
            ],
            "findings": self.findings,
        }


HEADINGS = (
    "job",
    "goal",
    "reached",
    "same file",
    "MB/s",
    "wall s",
    "CPU s",
    "peak MB",
    "err/warn",
)


class Bench:
    """The files of one run of the table, and what x12valid does with its own.

    pace -- MB/s of x12valid
    """

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.engines = [e for e in (KERNEL, PYTHON) if engine_version(e)]
        if not self.engines:
            raise Failed("edi-lint does not start with any engine")
        self.best = self.engines[0]
        self.clean = self._file("clean", plan.size)
        self.pace_file = self._file("pace", plan.x12valid_size)
        _say(f"x12valid on {plan.x12valid_size:g} MB")
        self.theirs = [x12valid(self.pace_file) for _ in range(plan.x12valid_runs)]
        self.their_wall = median(r.wall for r in self.theirs)
        self.pace = _megabytes(self.pace_file) / self.their_wall

    def rows(self) -> Iterator[Row]:
        """The table, line by line as it is measured."""
        yield Row(
            f"x12valid, {_megabytes(self.pace_file):.3g} MB",
            megabytes=_megabytes(self.pace_file),
            reached=[1.0],
            same_file=1.0,
            runs=self.theirs,
        )
        for job, goal, options in (_EVERYTHING_ROW, _STRUCTURE_ROW):
            yield self._speed(job, goal, EdiLint(KERNEL, options), self.clean)
        reference = "check, everything on, reference engine"
        yield self._speed(reference, ">= 10x", EdiLint(PYTHON), self.clean)
        yield from self._cold()
        yield from self._large()
        for name, asked in VARIANTS:
            path = self._file("variant", self.plan.variant_size, asked)
            yield self._speed(f"{self.best}: {name}", "", EdiLint(self.best), path, same=False)

    def _speed(self, job: str, goal: str, lint: EdiLint, path: Path, same: bool = True) -> Row:
        row = Row(f"{job}, {_megabytes(path):.3g} MB", goal, _megabytes(path))
        if lint.engine not in self.engines:
            return row
        _say(row.job)
        for _ in range(self.plan.runs):
            done, row.findings = lint.check(path)
            row.runs.append(done)
        row.reached = [row.megabytes / r.wall / self.pace for r in row.runs]
        if same:
            ours = [lint.check(self.pace_file)[0].wall for _ in range(self.plan.runs)]
            row.same_file = self.their_wall / median(ours)
        return row

    def _two_processes(self, path: Path) -> Row:
        size = _megabytes(path)
        row = Row(f"{self.best}: --jobs 2 over --jobs 1, {size:.3g} MB", ">= 1.8x", size)
        _say(row.job)
        for _ in range(self.plan.runs):
            one, _ = EdiLint(self.best).check(path)
            two, row.findings = EdiLint(self.best, jobs=2).check(path)
            row.runs.append(two)
            row.reached.append(one.wall / two.wall)
        return row

    def _cold(self) -> Iterator[Row]:
        """A small file: our time, then how many times as long x12valid takes."""
        path = self._file("small", COLD_MEGABYTES)
        repeats = self.plan.runs * 2 + 1
        theirs = median(x12valid(path).wall for _ in range(repeats))
        size = f"{path.stat().st_size / 1000:.0f} KB"
        for engine in self.engines:
            row = Row(f"{engine}: {size} from cold", "<= 120 ms", _megabytes(path), unit=" ms")
            _say(row.job)
            for _ in range(repeats):
                done, row.findings = EdiLint(engine).check(path)
                row.runs.append(done)
            row.reached = [r.wall * 1000 for r in row.runs]
            yield row
            ratios = [theirs / r.wall for r in row.runs]
            yield Row(f"{engine}: the same file, times x12valid", ">= 2.5x", reached=ratios)

    def _large(self) -> Iterator[Row]:
        """Memory on a small and a large file; what else the start of a process would hide."""
        lint = EdiLint(self.best)
        peaks = []
        path = self.clean
        for name, size in (("clean", self.plan.size), ("large", self.plan.large)):
            path = self.clean if name == "clean" else self._file(name, size)
            row = Row(
                f"{self.best}: peak memory, {_megabytes(path):.3g} MB",
                "<= 100 MB",
                _megabytes(path),
                unit=" MB",
            )
            _say(row.job)
            done, row.findings = lint.check(path)
            row.runs, row.reached = [done], [done.peak]
            peaks.append(done.peak)
            yield row
        yield Row(f"{self.best}: large file over small", "<= 1.25x", reached=[peaks[1] / peaks[0]])
        for job, goal, options in (_EVERYTHING_ROW, _STRUCTURE_ROW):
            yield self._speed(job, goal, EdiLint(KERNEL, options), path, same=False)
        yield self._two_processes(path)
        path.unlink()

    def _file(self, name: str, megabytes: float, options: Sequence[str] = ()) -> Path:
        _say(f"writing {megabytes:g} MB of claims: {name} {' '.join(options)}")
        return generate(self.folder / f"{name}.837", megabytes, options)


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


def _spread(values: Sequence[float], unit: str) -> str:
    """The least, the median and the most; once where there is one value."""
    shown = {n: f"{v:.3g}" for n, v in _summary(values).items()}
    if len(values) == 1:
        return shown["median"] + unit
    return f"{shown['min']} {shown['median']} {shown['max']}{unit}"


def _summary(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {"min": min(values), "median": median(values), "max": max(values)}


def _say(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


def render(rows: Sequence[Row]) -> str:
    """The rows as an aligned table."""
    return aligned([HEADINGS, *(row.cells() for row in rows)])


def plan_of(given: argparse.Namespace) -> Plan:
    """Sizes and repetitions from the options; those that were given win."""
    size = given.size or (2 if given.quick else 20)
    pace = size if given.full else given.x12valid_size or (0.4 if given.quick else 2)
    large = given.large
    if large is None:
        large = 10 if given.quick else 1000 if engine_version(KERNEL) else 100
    runs = given.runs or (1 if given.quick else 3)
    return Plan(size, pace, large, runs, given.x12valid_runs)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Time edi-lint beside x12valid of pyx12 on generated claims and print ratios.",
        epilog="What this version of edi-lint does not have is shown as not available.",
    )
    parser.add_argument("--quick", action="store_true", help="small files, one run, about a minute")
    parser.add_argument(
        "--full", action="store_true", help="time x12valid on the big file too (minutes)"
    )
    parser.add_argument(
        "--runs", type=int, metavar="N", help="runs of each job of ours (default 3)"
    )
    parser.add_argument(
        "--x12valid-runs", type=int, default=1, metavar="N", help="runs of x12valid (default 1)"
    )
    parser.add_argument("--size", type=float, metavar="MB", help="the clean file (default 20)")
    parser.add_argument(
        "--x12valid-size", type=float, metavar="MB", help="the file of x12valid (default 2)"
    )
    parser.add_argument(
        "--large",
        type=float,
        metavar="MB",
        help="the large file for peak memory (default 1000; 100 without the compiled kernel)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here too")
    add_options(parser)
    given = parser.parse_args(arguments)
    if given.shapes is not None:
        print_shapes(given)
        return
    plan = plan_of(given)
    versions = [v for v in map(engine_version, (KERNEL, PYTHON)) if v]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} processors"
    try:
        with tempfile.TemporaryDirectory(prefix="edi-lint-bench-") as folder:
            bench = Bench(plan, Path(folder))
            rows = list(bench.rows())
    except Failed as problem:
        sys.exit(f"benchmarks: {problem}")
    print(f"{'; '.join(versions)}; {x12valid_version()}; {machine}")
    print(f"Speed is given as times x12valid, which did {bench.pace:.3g} MB/s.\n")
    print(render(rows))
    print()
    print(NOTES.format(pace=plan.x12valid_size, size=plan.size))
    if given.json:
        document = {
            "versions": [*versions, x12valid_version()],
            "machine": machine,
            "x12valid_mb_per_s": bench.pace,
            "rows": [row.json() for row in rows],
        }
        given.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
