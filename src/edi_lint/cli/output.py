"""Where results go: standard output or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


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
    when the block raises, nothing of it remains.
    """
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    folder = output.parent
    try:
        handle, name = tempfile.mkstemp(prefix=f".{output.name}.", dir=folder)
    except OSError as problem:
        raise Failure(f"{output}: cannot write there: {problem.strerror}") from None
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(output)
    except OSError as problem:
        temporary.unlink(missing_ok=True)
        raise Failure(f"{output}: cannot write: {problem.strerror}") from None
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
