"""The file that a new one is made from: read several times, and the same each time."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from edi_lint.files.paths import is_file, is_folder, is_there
from edi_lint.files.rereadable import READ_AHEAD, copy_of
from edi_lint.files.sources import Source, is_path, name_of, open_input, opened, stream_of
from edi_lint.x12.encoding import Encoding, SingleBytes, single_bytes

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Original:
    """An input that is read several times: a path, bytes, or a stream, which is copied.

    It may be open several times at once, each time from its start.
    What goes wrong is raised as `error`, a kind of exception that is made of one message.
    """

    def __init__(self, source: Source, error: type[Exception] = OSError) -> None:
        self.name = name_of(source)
        self.encoding: Encoding | None = None
        """Where it is not one byte a character: what `open` gives is. Known once it was open."""
        self._error = error
        self._path = Path(self.name) if is_path(source) else None
        self._file: BinaryIO | None = None
        self._state: tuple[int, ...] = ()
        try:
            if isinstance(source, bytes):
                self._file = io.BytesIO(source)
            elif self._path is None:
                self._file = copy_of(stream_of(source))
            elif is_there(self._path) and not is_file(self._path) and not is_folder(self._path):
                with open_input(self._path) as stream:
                    self._file = copy_of(stream)
        except OSError as problem:
            raise self._unreadable(problem) from None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The original from its start, in single bytes.

        Raises an error if it is not what it was before, and NotX12Error on the way where it
        has a character that a single byte does not carry.
        """
        if self._file is not None:
            view = cast(BinaryIO, io.BufferedReader(_View(self._file), READ_AHEAD))
            yield self._single_bytes(view)
            return
        try:
            with opened(str(self._path)) as stream:
                self._compare(stream)
                yield self._single_bytes(stream)
                self._compare(stream)
        except OSError as problem:
            raise self._unreadable(problem) from None

    def _single_bytes(self, stream: BinaryIO) -> BinaryIO:
        read = single_bytes(stream, strict=True)
        if not isinstance(read, SingleBytes):
            return stream
        self.encoding = read.encoding
        return cast(BinaryIO, io.BufferedReader(read, READ_AHEAD))

    def _unreadable(self, problem: OSError) -> Exception:
        reason = problem.strerror or type(problem).__name__
        return self._error(f"{self.name}: cannot read: {reason}")

    def _compare(self, stream: BinaryIO) -> None:
        now = os.fstat(stream.fileno())
        state = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
        if self._state not in ((), state):
            raise self._error(f"{self._path}: the file changed while it was read; try again")
        self._state = state


class _View(io.RawIOBase):
    """A stream over a file that has others too: it reads on from where it itself has come to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._file.seek(self._position)
        view = memoryview(buffer)
        data = self._file.read(len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset = self._file.seek(offset, whence)
        self._position = offset
        return offset
