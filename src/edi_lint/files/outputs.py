"""Files that results are written to; trouble in writing says where the result was to go."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from edi_lint.x12.errors import EdiLintError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BUFFER = 256 * 1024


class OutputError(EdiLintError, RuntimeError):
    """A result cannot be written; the message names the file and the reason."""


class _NamedFile(io.FileIO):
    """A file whose trouble in writing says where it is to go."""

    def __init__(self, handle: int, output: Path) -> None:
        super().__init__(handle, "r+")
        self._output = output

    def write(self, data: ReadableBuffer) -> int:
        try:
            return super().write(data)
        except OSError as problem:
            raise OutputError(f"{self._output}: cannot write: {problem.strerror}") from None


def named_stream(handle: int, output: Path) -> BinaryIO:
    """A stream to an open file, which can be read again; it raises OutputError in writing."""
    return io.BufferedRandom(_NamedFile(handle, output), _BUFFER)


def new_file(path: Path, mode: int = 0o777) -> BinaryIO:
    """A stream to a new file, which can be read again; it raises OutputError in writing.

    `mode` is the most that others may do with it. Raises OSError where it cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    return named_stream(os.open(path, flags, 0o666 & mode), path)


def widest_mode(inputs: Iterable[str | Path]) -> int:
    """The most that others may do with what is made of these inputs (- is standard input): what
    they may with each of them. Its owner may always read and write.
    """
    mode = 0o777
    for path in inputs:
        with suppress(OSError, ValueError):
            found = os.fstat(0) if path == "-" else os.stat(path)  # noqa: PTH116 - see is_there
            if stat.S_ISREG(found.st_mode):
                mode &= found.st_mode & 0o777 | 0o600
    return mode
