"""Lints inputs by their names, in one process or in several."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from edi_lint.findings.report import Report
from edi_lint.run.check_file import LARGE, Done, Opener, check_file, ignored
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

_WORTH_IT = 1024 * 1024
"""With less than so much to read, starting processes takes longer than it saves."""


class _Counting:
    """Opens inputs as another opener does, and tells how much is read of them."""

    def __init__(self, opener: Opener, done: Done) -> None:
        self._opener = opener
        self._done = done

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        with self._opener(path) as stream:
            yield stream if self._done is ignored else cast(BinaryIO, _Counted(stream, self._done))


class _Counted:
    """A stream that tells how much is read of it; what is read once more is not told again."""

    def __init__(self, stream: BinaryIO, done: Done) -> None:
        self._stream = stream
        self._done = done
        self._position = self._furthest = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._position += len(data)
        if self._position > self._furthest:
            self._done(self._position - self._furthest)
            self._furthest = self._position
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = self._stream.seek(offset, whence)
        return self._position

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_files(
    paths: Sequence[str],
    settings: Settings,
    jobs: int,
    opener: Opener,
    standard_input: str,
    done: Done = ignored,
) -> Iterator[Report]:
    """A report for each path, in the order of the paths, the same for any number of jobs.

    `standard_input` is the path that means it; it is read in this process. `done` takes bytes
    that have been dealt with, in this process. Raises `packs.PackError` at once, WorkerError and
    `store.StoreError` on the way.
    """
    linter = Linter(settings)
    sizes = [_size(path) if path != standard_input else 0 for path in paths]
    if jobs == 1 or sum(sizes) < _WORTH_IT or (len(paths) == 1 and sizes[0] < LARGE):
        counting = _Counting(opener, done)
        return (check_file(linter, path, counting.opened) for path in paths)
    from edi_lint.run import parallel

    return parallel.check_files(paths, sizes, linter, jobs, opener, standard_input, done)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
