"""Lints inputs in several processes: whole files, and slices of a large one.

A large file is cut where a survey of its tags says that it can be; each slice is linted by an
engine that was led to the cut. A slice counts only where the slice before it has ended in the very
state that it began with, and is linted again together with that one where it has not: so findings
do not depend on the number of processes.
"""

from __future__ import annotations

import multiprocessing
import os
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from threading import Thread
from typing import Any, BinaryIO, NamedTuple

from edi_lint.engine.slices import Seen
from edi_lint.engine.survey import Cut, survey
from edi_lint.files.spool import StoreError
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import internal_error
from edi_lint.findings.report import Report
from edi_lint.findings.store import Findings
from edi_lint.rules.losses import NOTHING_LOST
from edi_lint.run.check_file import LARGE, Done, Opener, WorkerError, check_file, ignored, unread
from edi_lint.run.claim_hashes import Keys
from edi_lint.run.drive import Linter
from edi_lint.run.slices import Slice, check_slice
from edi_lint.settings import Settings
from edi_lint.x12 import NotX12Error
from edi_lint.x12.delimiters import Delimiters, read_isa

_SMALLEST, _LARGEST = 2 * 1024 * 1024, 8 * 1024 * 1024
MOST_JOBS = 64
_MISFITS = 3
"""After so many slices that do not follow, the rest of the file is not cut."""
_SLICES_EACH = 4
_BATCH_BYTES, _BATCH_FILES = 1024 * 1024, 64
_WINDOW = 1024 * 1024
_HEAD = 4096


def check_files(
    paths: Sequence[str],
    sizes: Sequence[int],
    linter: Linter,
    jobs: int,
    opener: Opener,
    standard_input: str,
    done: Done = ignored,
) -> Iterator[Report]:
    """As `run.check_files`, in `jobs` processes; `sizes` are of the files, in bytes.

    `linter` lints in this process; those of the others are made from its settings.
    """
    jobs = min(jobs, MOST_JOBS, len(paths) + sum(sizes) // _SMALLEST)
    with processes(jobs, _start, linter.settings, opener) as pool:
        crew = _Crew(pool, jobs, linter, opener, standard_input, done)
        yield from crew.reports(paths, sizes)


@contextmanager
def processes(jobs: int, start: Callable[..., None], *given: Any) -> Iterator[ProcessPoolExecutor]:
    """Processes that each begin with `start(*given)`; they end with the block, and with this one.

    Raises WorkerError where one of them has ended without an answer.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    with ProcessPoolExecutor(jobs, context, _begin, (start, given)) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise WorkerError(
                "a process that was linting was ended from outside (out of memory?); --jobs 1 "
                "does without others"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


# in the processes

_LINTER: Linter
_OPENER: Opener


def _begin(start: Callable[..., None], given: tuple[Any, ...]) -> None:
    start(*given)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _start(settings: Settings, opener: Opener) -> None:
    global _LINTER, _OPENER
    _LINTER, _OPENER = Linter(settings), opener


def _end_with(sentinel: int) -> None:
    """End when the parent has ended, however it did: nobody waits for the work any more."""
    wait([sentinel])
    os._exit(1)


def _check_batch(paths: list[str]) -> list[tuple[FileResult, list[Finding]]]:
    reports = (check_file(_LINTER, path, _OPENER) for path in paths)
    return [(report.file, list(report.findings)) for report in reports]


def _check_slice(path: str, cut: Cut | None, stop: int | None, seen: Seen) -> Slice:
    with _OPENER(path) as stream:
        return check_slice(_LINTER, stream, path, cut, stop, seen, [], array("Q"))


class _Pending(NamedTuple):
    """A slice that is being linted: from a cut (None: the beginning) to a stop (None: the end)."""

    cut: Cut | None
    stop: int | None
    result: Future[Slice]


class _Crew:
    """The processes, and what they have to do."""

    def __init__(
        self,
        pool: ProcessPoolExecutor,
        jobs: int,
        linter: Linter,
        opener: Opener,
        standard_input: str,
        done: Done,
    ) -> None:
        self.pool = pool
        self.jobs = jobs
        self.linter = linter
        self.opener = opener
        self.standard_input = standard_input
        self.done = done

    def reports(self, paths: Sequence[str], sizes: Sequence[int]) -> Iterator[Report]:
        """The reports in order; small files go out in batches, a few batches ahead."""
        waiting: deque[Future[list[tuple[FileResult, list[Finding]]]]] = deque()
        batch: list[str] = []
        bytes_ = 0
        for path, size in zip(paths, sizes, strict=True):
            alone = path == self.standard_input or size >= LARGE
            if batch and (alone or bytes_ + size > _BATCH_BYTES or len(batch) == _BATCH_FILES):
                waiting.append(self.pool.submit(_check_batch, batch))
                batch, bytes_ = [], 0
            if alone:
                while waiting:
                    yield from self._made(waiting.popleft())
                if size >= LARGE:
                    yield self._in_slices(path, size)
                else:
                    yield check_file(self.linter, path, self.opener)
                continue
            while len(waiting) > 4 * self.jobs:
                yield from self._made(waiting.popleft())
            batch.append(path)
            bytes_ += size
        if batch:
            waiting.append(self.pool.submit(_check_batch, batch))
        while waiting:
            yield from self._made(waiting.popleft())

    def _made(self, future: Future[list[tuple[FileResult, list[Finding]]]]) -> Iterator[Report]:
        for file, findings in future.result():
            self.done(file.bytes)
            yield Report(file, Findings(findings))

    def _in_slices(self, path: str, size: int) -> Report:
        """One large file, cut into slices."""
        try:
            with self.opener(path) as stream:
                before = os.fstat(stream.fileno())
                delimiters = _delimiters(stream.read(_HEAD))
                if delimiters is None:
                    return check_file(self.linter, path, self.opener)
                report = self._joined(path, size, stream, delimiters)
                after = os.fstat(stream.fileno())
        except OSError as problem:
            return unread(path, problem)
        except (BrokenProcessPool, StoreError):
            raise
        except NotX12Error:
            return _changed(path)
        except Exception as problem:
            from edi_lint.codes.tables import TableError

            if isinstance(problem, TableError):
                raise
            return Report(FileResult(path, error=internal_error(problem)))
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return _changed(path)
        return report

    def _joined(self, path: str, size: int, stream: BinaryIO, delimiters: Delimiters) -> Report:
        """Lint the slices while the survey goes on, and join those that fit to each other."""
        step = min(max(size // (self.jobs * _SLICES_EACH), _SMALLEST), _LARGEST)
        submitted = self._submitted(path, stream, delimiters, step)
        waiting: deque[_Pending] = deque()
        result = FileResult(path)
        findings = Findings()
        keys = Keys()
        part: Slice | None = None
        seen = seen_before = Seen.nothing()
        lost = NOTHING_LOST
        last: _Pending | None = None
        misfits = 0
        while True:
            while len(waiting) <= self.jobs and (new := next(submitted, None)):
                waiting.append(new)
            if not waiting:
                break
            here = waiting.popleft()
            following = here.result.result()
            if part is not None and last is not None:
                if following.follows(part, seen):
                    result.add(part.result)
                    findings.extend(part.settled(lost))
                    keys.extend(part.keys)
                    lost = part.losses.after(lost)
                else:
                    seen = seen_before
                    misfits += 1
                    if misfits == _MISFITS:
                        break
                    here = self._pending(path, last.cut, here.stop, seen)
                    following = here.result.result()
            self.done((here.stop or size) - (here.cut.at if here.cut else 0))
            part, last, seen_before = following, here, seen
            seen = part.numbers.after(seen)
        assert part is not None and last is not None
        if misfits == _MISFITS:
            for one in waiting:
                one.result.cancel()
            stream.seek(0)
            part = check_slice(
                self.linter, stream, path, last.cut, None, seen, findings, keys, lost
            )
        else:
            findings.extend(part.settled(lost))
            keys.extend(part.keys)
        result.add(part.result)
        result.bytes = size
        for _, found in self.linter.compare(stream, keys, result):
            findings.extend(found)
        return Report(result, findings)

    def _submitted(
        self, path: str, stream: BinaryIO, delimiters: Delimiters, step: int
    ) -> Iterator[_Pending]:
        """Slices as the survey finds them, each of them handed to the processes."""
        before: Cut | None = None
        for cut in _cuts(stream, delimiters, step):
            yield self._pending(path, before, cut.at, Seen.nothing())
            before = cut
        yield self._pending(path, before, None, Seen.nothing())

    def _pending(self, path: str, cut: Cut | None, stop: int | None, seen: Seen) -> _Pending:
        return _Pending(cut, stop, self.pool.submit(_check_slice, path, cut, stop, seen))


def _changed(path: str) -> Report:
    return Report(FileResult(path, error="the file was changed while it was read; lint it again"))


def _delimiters(head: bytes) -> Delimiters | None:
    at = head.find(b"ISA")
    isa = read_isa(head, at) if at >= 0 else None
    return isa.delimiters if isa else None


def _cuts(stream: BinaryIO, delimiters: Delimiters, step: int) -> Iterator[Cut]:
    """Places to cut a file, at least `step` bytes from each other."""
    surveyed = survey(delimiters)
    stream.seek(0)
    data, base, wanted = b"", 0, step
    while True:
        more = stream.read(_WINDOW)
        if not more:
            return
        data, base = data[surveyed.position - base :] + more, surveyed.position
        while (cut := surveyed.find(data, base, wanted)) is not None:
            yield cut
            wanted = cut.at + step
