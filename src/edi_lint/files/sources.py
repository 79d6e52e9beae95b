"""Opens what a program gives to be read: a path, bytes, or a binary stream."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from edi_lint.x12.errors import EdiLintError

Source = str | Path | bytes | bytearray | memoryview | BinaryIO
"""What is read: a path, the bytes themselves, or a binary stream."""


class ReadError(EdiLintError, OSError):
    """The input cannot be read: `errno`, `strerror` and `filename` are the system's."""


_ISA = 106
"""So many characters an ISA segment has."""


def is_path(source: Source) -> bool:
    """Whether this is the path of an input."""
    return isinstance(source, str | os.PathLike) and not _is_content(source)


def _is_content(source: object) -> bool:
    """Whether a text is an interchange by itself: as a path it would appear in messages."""
    return isinstance(source, str) and len(source) >= _ISA and source.lstrip().startswith("ISA")


def name_of(source: Source) -> str:
    """What an input is called: its path; `-` where it has none."""
    return os.fspath(cast(Any, source)) if is_path(source) else "-"


def stream_of(source: Source) -> BinaryIO:
    """Bytes or a stream as a stream that can be read. Raises ReadError."""
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if _is_content(source):
        raise ReadError(errno.EINVAL, "a text that is not a path: pass the bytes of the file")
    if isinstance(source, io.TextIOBase):
        raise ReadError(errno.EINVAL, "a text stream: open it in binary mode")
    if not callable(getattr(source, "read", None)):
        kind = type(source).__name__
        raise ReadError(errno.EINVAL, f"neither a path, bytes nor a binary stream, but {kind}")
    stream = cast(BinaryIO, source)
    if getattr(stream, "closed", False):
        raise ReadError(errno.EBADF, "the stream is closed")
    if not getattr(stream, "readable", lambda: True)():
        raise ReadError(errno.EBADF, "the stream is not open for reading")
    return stream


@contextmanager
def opened(source: Source) -> Iterator[BinaryIO]:
    """An input as a stream; a path is opened, and closed again. Raises OSError."""
    if not is_path(source):
        yield stream_of(source)
        return
    path = name_of(source)
    if "\0" in path:
        raise ReadError(errno.EINVAL, "the path has a NUL in it")
    with open_input(path) as stream:
        yield stream


def open_input(path: str | Path) -> BinaryIO:
    """A file or a pipe that is named, as a stream. Raises OSError, whose `strerror` says what is
    wrong: also for a socket, and for a device, which may never end.
    """
    found = os.stat(path)  # noqa: PTH116 - a text may hold a zero byte
    if stat.S_ISSOCK(found.st_mode):
        raise OSError(errno.ENXIO, "is a socket, not a file")
    stream = Path(path).open("rb")  # noqa: SIM115 - the caller closes it
    is_device = stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode)
    if is_device and not stream.isatty() and not _is_nothing(found):
        stream.close()
        raise OSError(errno.ENXIO, "is a device, not a file; it may never end")
    return stream


def _is_nothing(found: os.stat_result) -> bool:
    """Whether this is the device that has no bytes, /dev/null."""
    return found.st_rdev == os.stat(os.devnull).st_rdev  # noqa: PTH116
