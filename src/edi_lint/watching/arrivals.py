"""Says which files of a folder are complete, though nobody tells when a writer is done.

A file is complete when it ends as an interchange does and has not changed for a moment. One that
ends otherwise is given much longer: it may be on its way, or broken.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from edi_lint.files.paths import is_there

SETTLED = 2.0
"""Seconds without a change after which a file that ends as it should is complete."""
GIVEN_UP = 60.0
"""Seconds without a change after which any file is."""
_TAIL = 4096
_END = re.compile(rb"IEA([^0-9A-Za-z])\d{1,9}\1[0-9A-Za-z ]{1,15}[^0-9A-Za-z ]\s*\Z")
"""An IEA with its terminator, whatever the delimiters are, and blanks or line breaks behind it."""


class Stamp(NamedTuple):
    """What changes when a file does: its size, its time and, where it was replaced, its number."""

    size: int
    changed: int
    number: int


class Settling:
    """Follows files that are looked at now and then, until they are complete."""

    def __init__(
        self,
        settled: float = SETTLED,
        given_up: float = GIVEN_UP,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settled = settled
        self._given_up = max(settled, given_up)
        self._clock = clock
        self._seen: dict[Path, tuple[Stamp, float]] = {}

    def is_complete(self, path: Path) -> bool:
        """Whether the file is complete, as far as one can see. Raises OSError."""
        stamp, now = stamp_of(path), self._clock()
        known, since = self._seen.get(path, (None, now))
        if known != stamp:
            self._seen[path] = (stamp, now)
            since = now
        still = now - since
        return still >= self._settled and (ends_well(path) or still >= self._given_up)

    def delay(self, path: Path, seconds: float) -> None:
        """Take a file for one that changes in so many seconds for the last time."""
        self._seen[path] = (stamp_of(path), self._clock() + seconds)

    def forget_gone(self) -> None:
        """Remember only the files that are still there."""
        self._seen = {path: seen for path, seen in self._seen.items() if is_there(path)}


def stamp_of(path: Path) -> Stamp:
    """What the system says of a file. Raises OSError."""
    status = path.stat()
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def ends_well(path: Path) -> bool:
    """Whether a file ends with a whole IEA. Raises OSError."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _TAIL))
        return _END.search(stream.read(_TAIL)) is not None


def waiting(folder: Path, is_wanted: Callable[[Path], bool]) -> Iterator[Path]:
    """The files of a folder that are wanted, the one that changed first coming first, without
    those in folders below it and those that vanish meanwhile. Raises OSError.
    """
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            try:
                if entry.is_file() and is_wanted(path):
                    found.append((entry.stat().st_mtime_ns, path))
            except OSError:
                continue
    return (path for _, path in sorted(found))
