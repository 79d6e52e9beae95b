"""A progress bar on standard error: on a terminal, and only for work that takes over a second."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from edi_lint.linting import Report

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
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
        progress = Progress(
            "linting", *columns, console=console, transient=True, auto_refresh=False
        )
        return progress, progress.add_task("", total=self._total)


class _NoBar(Bar):
    """Where nobody would see it."""

    def advance(self, count: int) -> None:
        del count


@contextmanager
def bar(inputs: Sequence[str], quiet: bool) -> Iterator[Bar]:
    """A bar for reading the inputs; it is gone at the end, however that comes."""
    wanted = not quiet and sys.stderr is not None and sys.stderr.isatty()
    if not wanted or os.environ.get("TERM") == "dumb":
        yield _NoBar(None)
        return
    made = Bar(_size(inputs))
    try:
        yield made
    finally:
        made.hide()


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
