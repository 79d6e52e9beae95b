"""The file that a new one is made from: read several times, and the same each time."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from edi_lint.paths import is_file, is_folder, is_there
from edi_lint.store import StoreError


class Original:
    """An input that is read several times: a path, bytes, or a stream, which is copied.

    What goes wrong is raised as `error`, a kind of exception that is made of one message.
    """

    def __init__(
        self, source: str | Path | bytes | BinaryIO, error: type[Exception] = OSError
    ) -> None:
        self.name = str(source) if isinstance(source, str | Path) else "-"
        self._error = error
        self._path = Path(source) if isinstance(source, str | Path) else None
        self._file: BinaryIO | None = None
        self._state: tuple[int, ...] = ()
        if isinstance(source, bytes):
            self._file = io.BytesIO(source)
        elif self._path is None:
            assert not isinstance(source, str | Path)
            self._file = _spooled(source)
        elif is_there(self._path) and not is_file(self._path) and not is_folder(self._path):
            with self._path.open("rb") as stream:
                self._file = _spooled(stream)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The original from its start. Raises an error if it is not what it was before."""
        if self._file is not None:
            self._file.seek(0)
            yield self._file
            return
        assert self._path is not None
        try:
            with self._path.open("rb") as stream:
                self._compare(stream)
                yield stream
                self._compare(stream)
        except OSError as problem:
            reason = problem.strerror or type(problem).__name__
            raise self._error(f"{self._path}: cannot read: {reason}") from None

    def _compare(self, stream: BinaryIO) -> None:
        now = os.fstat(stream.fileno())
        state = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
        if self._state not in ((), state):
            raise self._error(f"{self._path}: the file changed while it was read; try again")
        self._state = state


def _spooled(stream: BinaryIO) -> BinaryIO:
    """A private temporary file, gone when it is closed, with all that a stream holds."""
    import shutil
    import tempfile

    try:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the original
        shutil.copyfileobj(stream, file)
    except OSError as problem:
        raise StoreError(problem) from None
    return cast(BinaryIO, file)
