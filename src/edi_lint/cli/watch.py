"""`edi-lint check --watch`: what a terminal and a service manager see of a watched folder."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from edi_lint.cli.inputs import collect_garbage
from edi_lint.cli.output import Failure, tell
from edi_lint.files.paths import is_folder
from edi_lint.findings import Severity
from edi_lint.findings.report import Report
from edi_lint.settings import Settings
from edi_lint.watching.service import FolderWatcher, WatchError


def watcher_of(
    paths: list[str],
    target: Path | None,
    settings: Settings,
    fail_on: Severity | None,
    settled: float,
    quiet: bool,
) -> FolderWatcher:
    """What watches the folder of a command line. Raises Failure."""
    if len(paths) != 1 or not is_folder(paths[0]):
        raise Failure("--watch: name one folder to watch, and no file")
    collect_garbage()
    try:
        return FolderWatcher(
            Path(paths[0]),
            settings,
            target=target,
            fail_on=fail_on,
            settled=settled,
            say=_say_nothing if quiet else _say,
            warn=tell,
        )
    except WatchError as problem:
        raise Failure(f"--split-to {problem}") from None


def flush_after_each(reports: Iterator[Report]) -> Iterator[Report]:
    """The same reports; what is printed of one is on its way when the next is asked for."""
    for report in reports:
        yield report
        sys.stdout.flush()


@contextmanager
def stopped_by_signals(watcher: FolderWatcher) -> Iterator[None]:
    """SIGINT and SIGTERM end the watch after the file at hand; a second one ends it at once."""

    def stop(number: int, _: Any) -> None:
        watcher.stop()
        signal.signal(number, before[signal.Signals(number)])

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say(first: str, *more: str) -> None:
    tell(f"{datetime.now():%H:%M:%S} {first}", *more)


def _say_nothing(*lines: str) -> None:
    del lines
