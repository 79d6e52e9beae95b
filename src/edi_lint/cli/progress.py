"""A progress bar on standard error: on a terminal, and only for work that takes over a second.

Commands that read each input once show how much of it they have read. Those that read it as often
as it takes show that they work, and for how long they have.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn, TaskID

    from edi_lint.findings.report import Report

PATIENCE = 1.0
"""Seconds of work before there is a bar."""
_BETWEEN = 0.1
"""Seconds from one drawing to the next."""


class Bar:
    """How far the work is, in bytes. `rich` is imported when it is drawn for the first time."""

    def __init__(self, total: int | None) -> None:
        """`total` is None where it is not known how much there is to read."""
        self._total = total
        self._done = 0
        self._next = time.monotonic() + PATIENCE
        self._drawn: tuple[Progress, TaskID] | None = None
        self._shown = False

    def advance(self, count: int) -> None:
        """So many bytes more have been dealt with."""
        self._done += count
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _BETWEEN
        progress, task = self._drawn = self._drawn or self._made()
        if not self._shown:
            self._shown = True
            progress.start()
        progress.update(task, completed=min(self._done, self._total or self._done))
        progress.refresh()

    def hide(self) -> None:
        """Take the bar away, so that something else can be printed in its place."""
        if self._shown and self._drawn:
            self._shown = False
            self._drawn[0].stop()

    def hidden_after(self, reports: Iterable[Report]) -> Iterator[Report]:
        """The same reports; the bar is away while one is dealt with."""
        for report in reports:
            self.hide()
            yield report
        self.hide()

    def _made(self) -> tuple[Progress, TaskID]:
        from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn

        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        progress = _drawing("linting", *columns, auto_refresh=False)
        return progress, progress.add_task("", total=self._total)


class _NoBar(Bar):
    """Where nobody would see it."""

    def advance(self, count: int) -> None:
        del count


@contextmanager
def bar(inputs: Sequence[str], quiet: bool) -> Iterator[Bar]:
    """A bar for reading the inputs; it is gone at the end, however that comes."""
    if quiet or not _is_seen():
        yield _NoBar(None)
        return
    made = Bar(_size(inputs))
    try:
        yield made
    finally:
        made.hide()


@contextmanager
def working(what: str, printing: bool = False) -> Iterator[None]:
    """A bar that moves while the block is at work; it is gone at the end, however that comes.

    With `printing` the block writes to standard output, and unless that is a file there is none:
    what is written is shown on the terminal, or by a pager.
    """
    if not _is_seen() or (printing and not _is_kept()):
        yield
        return
    import threading

    drawn: list[Progress] = []
    timer = threading.Timer(PATIENCE, _draw, (what, drawn))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        for progress in drawn:
            progress.stop()


def _draw(what: str, drawn: list[Progress]) -> None:
    from rich.progress import BarColumn, TimeElapsedColumn

    progress = _drawing(what, BarColumn(), TimeElapsedColumn())
    task = progress.add_task("", total=None)
    progress.tasks[task].start_time = time.monotonic() - PATIENCE
    drawn.append(progress)
    progress.start()


def _drawing(what: str, *columns: ProgressColumn, auto_refresh: bool = True) -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    return Progress(
        what,
        *columns,
        console=console,
        transient=True,
        auto_refresh=auto_refresh,
        redirect_stdout=False,
    )


def _is_seen() -> bool:
    """Whether there is somebody before a terminal that can draw."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return is_terminal and os.environ.get("TERM") != "dumb"


def _is_kept() -> bool:
    """Whether what is printed goes to a file."""
    return sys.stdout is not None and stat.S_ISREG(os.fstat(sys.stdout.fileno()).st_mode)


def _size(inputs: Sequence[str]) -> int | None:
    """Bytes in all the inputs; None where one of them has no size before it is read."""
    total = 0
    for path in inputs:
        try:
            size = os.stat(path).st_size  # noqa: PTH116 - a text may hold a zero byte
        except (OSError, ValueError):
            return None
        total += size
    return total or None
