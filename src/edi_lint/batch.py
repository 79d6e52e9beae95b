"""Lints inputs by their names, in one process or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from edi_lint.linting import FileResult, Linter, Report
from edi_lint.privacy import internal_error
from edi_lint.settings import Settings
from edi_lint.store import StoreError

Opener = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens an input by its name; raises OSError with the reason where it cannot."""

LARGE = 8 * 1024 * 1024
"""A file of so many bytes is cut into slices."""

_WORTH_IT = 1024 * 1024
"""With less than so much to read, starting processes takes longer than it saves."""


class WorkerError(RuntimeError):
    """A process that was to lint ended without an answer."""


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_files(
    paths: Sequence[str], settings: Settings, jobs: int, opener: Opener, standard_input: str
) -> Iterator[Report]:
    """A report for each path, in the order of the paths, the same for any number of jobs.

    `standard_input` is the path that means it; it is read in this process. Raises
    `packs.PackError` at once, WorkerError and `store.StoreError` on the way.
    """
    linter = Linter(settings)
    sizes = [_size(path) if path != standard_input else 0 for path in paths]
    if jobs == 1 or sum(sizes) < _WORTH_IT or (len(paths) == 1 and sizes[0] < LARGE):
        return (check_file(linter, path, opener) for path in paths)
    from edi_lint import parallel

    return parallel.check_files(paths, sizes, linter, jobs, opener, standard_input)


def check_file(linter: Linter, path: str, opener: Opener) -> Report:
    """The report for one path; whatever goes wrong is told in it."""
    try:
        with opener(path) as stream:
            return linter.check(stream, path)
    except OSError as problem:
        return unread(path, problem)
    except StoreError:
        raise
    except Exception as problem:
        from edi_lint.codes.tables import TableError

        if isinstance(problem, TableError):
            raise
        return Report(FileResult(path, error=internal_error(problem)))


def unread(path: str, problem: OSError) -> Report:
    """The report for an input that could not be read."""
    return Report(FileResult(path, error=problem.strerror or type(problem).__name__))


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
