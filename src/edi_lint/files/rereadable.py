"""Streams that can be read again, also those that are read once only, like a pipe."""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING, BinaryIO, cast

from edi_lint.files.sources import ReadError
from edi_lint.files.spool import temporary_file, write_all

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

READ_AHEAD = 256 * 1024


def rereadable(stream: BinaryIO) -> BinaryIO:
    """The stream, or where it cannot be read again one that can: all that is read is copied."""
    return stream if stream.seekable() else cast(BinaryIO, RereadableStream(stream))


def copy_of(stream: BinaryIO) -> BinaryIO:
    """All that a stream has from here on, to be read again. Raises StoreError, OSError."""
    copy = cast(BinaryIO, RereadableStream(stream))
    copy.seek(0, io.SEEK_END)
    copy.seek(0)
    return copy


class RereadableStream(io.RawIOBase):
    """A stream that is read once, and a temporary file with all that was read of it.

    Raises StoreError where that cannot be written, ReadError for a stream that gives no bytes.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream: BinaryIO | None = stream
        self._copy = temporary_file()
        self._copied = 0
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes; with a negative size all that are left."""
        if size < 0:
            return b"".join(iter(lambda: self.read(READ_AHEAD), b""))
        if self._position < self._copied:
            self._copy.seek(self._position)
            data = self._copy.read(min(size, self._copied - self._position))
        else:
            data = self._read_on(size)
        self._position += len(data)
        return data

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _read_on(self, size: int) -> bytes:
        """Bytes that were never read before; after its end the stream is asked no more."""
        if self._stream is None or size == 0:
            return b""
        data = self._stream.read(size)
        if not isinstance(data, bytes):
            raise ReadError(errno.EINVAL, "a stream that gives no bytes: open it in binary mode")
        if not data:
            self._stream = None
            return data
        self._copy.seek(0, io.SEEK_END)
        write_all(self._copy, [data])
        self._copied += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            self._copy_until(None)
            offset += self._copied
        self._copy_until(offset)
        self._position = offset
        return offset

    def _copy_until(self, offset: int | None) -> None:
        """Copy up to an offset, or all there is."""
        while (offset is None or self._copied < offset) and self._read_on(READ_AHEAD):
            pass
