"""What waits in temporary files: long rows of plain values, an input that can be read once."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Generic, TypeVar, cast

from edi_lint.x12.encoding import SingleBytes
from edi_lint.x12.errors import EdiLintError

_PIECE = 500


class StoreError(EdiLintError, RuntimeError):
    """Nothing can be written to the folder for temporary files."""

    def __init__(self, problem: OSError) -> None:
        import tempfile

        folder = tempfile.gettempdir()
        super().__init__(
            f"{folder}: cannot write there what waits to be printed: {problem.strerror}; make "
            "room, or name another folder in TMPDIR"
        )


class _Kept(io.RawIOBase):
    """A stream that cannot be read again, and a temporary file with all that was read of it."""

    def __init__(self, stream: BinaryIO) -> None:
        import tempfile

        self._stream: BinaryIO | None = stream
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this

    def read(self, size: int = -1) -> bytes:
        if self._stream is None:
            return self._file.read(size)
        data = self._stream.read(size)
        try:
            self._file.write(data)
        except OSError as problem:
            raise StoreError(problem) from None
        return data

    def seekable(self) -> bool:
        """It is, once all of it was read."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """To be read once more, from the beginning."""
        self._stream = None
        return self._file.seek(offset, whence)


def rereadable(stream: BinaryIO) -> BinaryIO:
    """The stream, or where it cannot be read again one that can once all of it was read.

    Nothing was read of it yet.
    """
    if isinstance(stream, SingleBytes):
        return stream.over(rereadable(stream.source))
    is_seekable = hasattr(stream, "seekable") and stream.seekable()
    return stream if is_seekable else cast(BinaryIO, _Kept(stream))


Item = TypeVar("Item")


class Spool(Generic[Item]):
    """A row that grows at its end and is gone through from its beginning, any number of times.

    It holds plain values; many of them go to a temporary file of its own. Raises StoreError where
    that cannot be written.
    """

    def __init__(self) -> None:
        self._latest: list[Item] = []
        self._file: BinaryIO | None = None
        self._pieces: list[int] = []

    def append(self, item: Item) -> None:
        self._latest.append(item)
        if len(self._latest) == _PIECE:
            self._put_away()

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self.append(item)

    def _put_away(self) -> None:
        import pickle
        import tempfile

        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as this
            self._pieces.append(self._file.seek(0, 2))
            pickle.dump(self._latest, self._file, protocol=5)
            self._file.flush()
        except OSError as problem:
            raise StoreError(problem) from None
        self._latest = []

    def __len__(self) -> int:
        return len(self._pieces) * _PIECE + len(self._latest)

    def __iter__(self) -> Iterator[Item]:
        for at in self._pieces:
            import pickle

            assert self._file is not None
            self._file.seek(at)
            yield from pickle.load(self._file)
        yield from self._latest
