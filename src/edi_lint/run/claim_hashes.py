"""Holds the hashed keys of the claims of an input, and finds those that came more than once.

Few are held in memory; of a large input they wait in a temporary file, divided by their first bits,
so that one part at a time can be looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import BinaryIO

from edi_lint.engine import engine_class
from edi_lint.files.spool import temporary_file, write_all

IN_MEMORY = 65_536
"""So many keys are held in memory, eight bytes each."""
PARTS = 64
"""Into so many parts keys are divided when there are more."""


class Keys:
    """The keys of one input; the temporary file belongs to nobody else and goes with the process.

    Raises StoreError where the temporary file cannot be written.
    """

    def __init__(self) -> None:
        self._latest = array("Q")
        self._file: BinaryIO | None = None
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(PARTS)]

    def extend(self, keys: Iterable[int]) -> None:
        self._latest.extend(keys)
        if len(self._latest) >= IN_MEMORY:
            self._put_away()

    def _put_away(self) -> None:
        if self._file is None:
            self._file = temporary_file()
        at = self._file.seek(0, 2)
        parts = engine_class().divided(self._latest)
        for places, part in zip(self._places, parts, strict=True):
            places.append((at, len(part)))
            at += len(part) * part.itemsize
        write_all(self._file, (part.tobytes() for part in parts))
        self._latest = array("Q")

    def repeated(self) -> frozenset[int]:
        """Keys that came more than once."""
        find = engine_class().repeated
        if self._file is None:
            return frozenset(find(self._latest))
        self._put_away()
        found: set[int] = set()
        for places in self._places:
            part = array("Q")
            for at, count in places:
                self._file.seek(at)
                part.frombytes(self._file.read(count * part.itemsize))
            found.update(find(part))
        return frozenset(found)
