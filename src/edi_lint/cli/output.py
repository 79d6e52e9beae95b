"""Where results go: standard output or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from edi_lint.paths import is_file, is_there


class Failure(Exception):
    """The work could not be done; the message says what, where and what to do. Exit status 2."""


def write(data: bytes, output: Path | None) -> None:
    """Write a result to `output`, or to standard output when that is None. Raises Failure."""
    with destination(output) as stream:
        stream.write(data)


@contextmanager
def destination(output: Path | None) -> Iterator[BinaryIO]:
    """A stream to `output`, or to standard output when that is None. Raises Failure.

    A file is written beside its final name, flushed to disk and renamed when the block is done;
    when the block raises, nothing of it remains. A link is followed, and a file that is there
    keeps its mode. A device or a pipe is written to directly.
    """
    if output is None:
        with _standard_output() as stream:
            yield stream
        return
    target = Path(os.path.realpath(output))
    if is_there(target) and not is_file(target):
        with _special(output) as stream:
            yield stream
        return
    import tempfile

    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as problem:
        raise Failure(f"{output}: cannot write there: {problem.strerror}") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mode = target.stat().st_mode & 0o777 if is_there(target) else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(target)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise Failure(f"{output}: cannot write: {problem.strerror}") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def folder(target: Path) -> Iterator[Path]:
    """A folder to write files to, which go to `target` when the block is done. Raises Failure.

    When the block raises, nothing of them remains. What else `target` holds stays.
    """
    import tempfile

    if is_there(target) and not target.is_dir():
        raise Failure(f"{target}: cannot write there: it is no folder")
    near = next(p for p in (target, *target.absolute().parents) if is_there(p))
    try:
        staged = tempfile.TemporaryDirectory(prefix=".edi-lint.", dir=near)
    except OSError as problem:
        raise Failure(f"{target}: cannot write there: {problem.strerror}") from None
    with staged as name:
        yield Path(name)
        try:
            target.mkdir(parents=True, exist_ok=True)
            for file in sorted(Path(name).iterdir()):
                file.replace(target / file.name)
        except OSError as problem:
            raise Failure(f"{target}: cannot write: {problem.strerror}") from None


@contextmanager
def _standard_output() -> Iterator[BinaryIO]:
    """Standard output; a reader that goes away is its own affair, any other trouble is ours."""
    if sys.stdout is None:
        raise Failure("standard output is closed")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as problem:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Failure(f"standard output: cannot write: {problem.strerror}") from None


@contextmanager
def _special(output: Path) -> Iterator[BinaryIO]:
    """A device or a pipe, which can only be written as it is."""
    try:
        with output.open("wb") as stream:
            yield stream
    except OSError as problem:
        raise Failure(f"{output}: cannot write: {problem.strerror}") from None


def same_file(left: str, right: Path) -> bool:
    """Whether writing `right` would overwrite the input `left`."""
    try:
        return Path(left).samefile(right)
    except OSError:
        return False


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
