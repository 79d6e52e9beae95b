"""What waits in temporary files: long rows of plain values, and bytes.

Each file belongs to nobody else and goes with the process that made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO, Generic, TypeVar, cast

from edi_lint.x12.errors import EdiLintError

IN_MEMORY = 1_000
"""So many items are held in memory; above that they go to a temporary file."""

_PIECE = 500
_PIECES_READ = 3

Item = TypeVar("Item")


class StoreError(EdiLintError, RuntimeError):
    """Nothing can be written to the folder for temporary files."""

    def __init__(self, problem: OSError) -> None:
        import tempfile

        folder = tempfile.gettempdir()
        super().__init__(
            f"{folder}: cannot write there what waits to be printed: {problem.strerror}; make "
            "room, or name another folder in TMPDIR"
        )


def temporary_file() -> BinaryIO:
    """A file that is gone when it is closed. Raises StoreError where none can be made."""
    import tempfile

    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError as problem:
        raise StoreError(problem) from None


def write_all(file: BinaryIO, pieces: Iterable[bytes]) -> None:
    """Write to a temporary file, and to the disk. Raises StoreError where the disk is full.

    What goes wrong while the pieces are made is raised as it is.
    """
    for piece in pieces:
        try:
            file.write(piece)
        except OSError as problem:
            raise StoreError(problem) from None
    try:
        file.flush()
    except OSError as problem:
        raise StoreError(problem) from None


class Spool(Generic[Item]):
    """A row that grows at its end; what is in it is read any number of times, in any order.

    It holds plain values; many of them go to a temporary file of its own. Raises StoreError where
    that cannot be written.
    """

    def __init__(self) -> None:
        self._latest: list[Item] = []
        self._file: BinaryIO | None = None
        self._pieces: list[int] = []
        self._read: dict[int, list[Item]] = {}

    def append(self, item: Item) -> None:
        self._latest.append(item)
        if len(self._latest) == IN_MEMORY:
            self._put_away()

    def extend(self, items: Iterable[Item]) -> None:
        for item in items:
            self.append(item)

    def _put_away(self) -> None:
        import pickle

        if self._file is None:
            self._file = temporary_file()
        at = self._file.seek(0, 2)
        for first in range(0, IN_MEMORY, _PIECE):
            piece = pickle.dumps(self._latest[first : first + _PIECE], protocol=5)
            self._pieces.append(at)
            at += len(piece)
            write_all(self._file, [piece])
        self._latest = []

    def __len__(self) -> int:
        return len(self._pieces) * _PIECE + len(self._latest)

    def __getitem__(self, index: int) -> Item:
        """The item that was added after so many others; some pieces stay in memory."""
        number, within = divmod(index, _PIECE)
        if number >= len(self._pieces):
            return self._latest[index - len(self._pieces) * _PIECE]
        piece = self._read.pop(number, None)
        if piece is None:
            piece = self._load(number)
            if len(self._read) == _PIECES_READ:
                del self._read[next(iter(self._read))]
        self._read[number] = piece
        return piece[within]

    def __iter__(self) -> Iterator[Item]:
        for number in range(len(self._pieces)):
            yield from self._load(number)
        yield from self._latest

    def _load(self, number: int) -> list[Item]:
        import pickle

        assert self._file is not None
        self._file.seek(self._pieces[number])
        return cast("list[Item]", pickle.load(self._file))

    def close(self) -> None:
        """Remove the temporary file."""
        if self._file is not None:
            self._file.close()
