"""Turns the PATHS of a command line into inputs: files, folders, globs, `-` for standard input."""

from __future__ import annotations

import errno
import gc
import glob
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from edi_lint.cli.output import Failure, tell
from edi_lint.files.folders import ENDINGS, inputs_below
from edi_lint.files.paths import is_file, is_folder, is_named_pipe, is_there
from edi_lint.files.rereadable import rereadable
from edi_lint.files.sources import open_input

STANDARD_INPUT = "-"

_SHORT = 256 * 1024
"""A file of so many bytes is read before garbage comes to matter."""
_USUAL = 10_000


class Inputs(list[str]):
    """Inputs in their order, none twice. `found` are those that nobody named: files of a folder or
    of a glob.
    """

    found: frozenset[str] = frozenset()


def expand(paths: list[str]) -> Inputs:
    """The inputs that PATHS mean, in the order given, folders and globs sorted, none twice.

    A glob or a folder that contains nothing to read is an input itself: `opened` says what is
    wrong. Pipes and devices of a folder or a glob are named on standard error and not read. Raises
    Failure for an empty path.
    """
    named: set[str] = set()
    every: list[str] = []
    endless: list[str] = []
    for path in paths:
        if not path:
            raise Failure("a path is empty; . is the current folder")
        found, passed = found_at(path)
        if not found:
            named.add(path)
            tell_of_pipe(path)
        every += found or [path]
        endless += passed
    for path in dict.fromkeys(endless):
        tell(f"{path}: is a pipe or a device, not a file; it was not read")
    inputs = Inputs(dict.fromkeys(every))
    inputs.found = frozenset(inputs) - named
    return inputs


def tell_of_pipe(path: str) -> None:
    """Say that a pipe is read: without anybody who writes to it, it is waited for without end."""
    if is_named_pipe(path):
        tell(f"{path}: is a pipe; reading what is written to it")


def found_at(path: str) -> tuple[list[str], list[str]]:
    """The files that a folder or a glob contains, and its pipes and devices; nothing for a file."""
    if path == STANDARD_INPUT:
        return [], []
    if is_folder(path):
        return inputs_below(Path(path))
    return _glob(path) if _is_glob(path) else ([], [])


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """An input as a stream. Raises OSError, whose `strerror` says what is wrong and what to do."""
    if path == STANDARD_INPUT:
        collect_garbage()
        yield sys.stdin.buffer
        return
    if is_folder(path):
        os.scandir(path).close()
        endings = ", ".join(sorted(ENDINGS))
        raise OSError(errno.EISDIR, f"no file in this folder ends in {endings}; name the files")
    if _is_glob(path):
        raise OSError(errno.ENOENT, "matches no file")
    with open_input(path) as stream:
        if os.fstat(stream.fileno()).st_size > _SHORT:
            collect_garbage()
        yield stream


class Reopened:
    """Opens inputs as `opened` does, and again also what can be read once only, like a pipe."""

    def __init__(self) -> None:
        self._read: dict[str, BinaryIO] = {}

    @contextmanager
    def __call__(self, path: str) -> Iterator[BinaryIO]:
        if stream := self._read.get(path):
            stream.seek(0)
            yield stream
            return
        with opened(path) as stream:
            if path == STANDARD_INPUT or not stream.seekable():
                stream = self._read[path] = rereadable(stream)
            yield stream


def collect_garbage() -> None:
    """Collect what is made from now on: the views of some hundred claims at a time.

    What was looked at when others were collected is so too before long: each claim's views keep
    the window of the file, half a megabyte, that they are on.
    """
    if gc.get_threshold()[0] > _USUAL:
        gc.freeze()
        gc.set_threshold(_USUAL, 2, 2)


def reason(problem: OSError) -> str:
    """Why an input could not be read, in the words of the system."""
    return problem.strerror or type(problem).__name__


def _is_glob(path: str) -> bool:
    return glob.has_magic(path) and not is_there(path)


def _glob(pattern: str) -> tuple[list[str], list[str]]:
    """What a glob matches: files, and pipes and devices."""
    matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - absolute patterns too
    files = [match for match in matches if is_file(match)]
    return files, [m for m in matches if is_there(m) and not is_file(m) and not is_folder(m)]
