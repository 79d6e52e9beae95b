"""Temporary files and folders beside outputs, and removing those whose process was killed.

Whoever writes one holds a lock on it. The system lets go of the lock when the process ends, however
that comes, so one that has our name, is the user's own and is not locked is used by nobody.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_ENDING = ".edi-lint"
_FILE = re.compile(r"\..+\.[a-z0-9_]{8}\.edi-lint", re.DOTALL)
_FOLDER = re.compile(r"\.edi-lint\.[a-z0-9_]{8}")
_LONGEST = 200
"""Bytes of a name that a temporary name repeats; most systems take 255 in all."""
_swept: set[str] = set()


def private_file(target: Path) -> tuple[Path, int, int | None]:
    """A new file beside the target that nobody else may read: its path, a handle to read and write,
    and one that holds its lock until it is closed. Raises OSError.
    """
    name = os.fsdecode(os.fsencode(target.name)[:_LONGEST])
    while True:
        handle, path = tempfile.mkstemp(prefix=f".{name}.", suffix=_ENDING, dir=target.parent)
        lock = os.dup(handle)
        if _is_kept(lock, path):
            return Path(path), handle, lock
        os.close(handle)
        os.close(lock)


@contextmanager
def private_folder(near: Path) -> Iterator[Path]:
    """A new folder in another one, for as long as the context. Raises OSError."""
    while True:
        path = tempfile.mkdtemp(prefix=".edi-lint.", dir=near)
        lock = None if sys.platform == "win32" else os.open(path, os.O_RDONLY)
        if lock is None or _is_kept(lock, path):
            break
        os.close(lock)
    try:
        yield Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs of this user left in a folder; once for each folder and process."""
    if sys.platform == "win32" or str(folder) in _swept:
        return
    _swept.add(str(folder))
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _FILE.fullmatch(entry.name) or _FOLDER.fullmatch(entry.name):
                with suppress(OSError):
                    _remove(entry)


def _remove(entry: os.DirEntry[str]) -> None:
    """Remove a file, or a folder with nothing but files in it, that is ours and nobody uses."""
    if sys.platform == "win32":
        return
    found = entry.stat(follow_symlinks=False)
    is_folder = stat.S_ISDIR(found.st_mode)
    is_named = (_FOLDER if is_folder else _FILE).fullmatch(entry.name)
    if found.st_uid != os.geteuid() or not is_named:
        return
    if not is_folder and not stat.S_ISREG(found.st_mode):
        return
    handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # raises where somebody uses it
        if not _is_same(handle, entry.path):
            return
        if is_folder:
            with os.scandir(entry.path) as inside:
                if all(one.is_file(follow_symlinks=False) for one in inside):
                    shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)  # noqa: PTH108 - the path of an entry
    finally:
        os.close(handle)


def _is_kept(lock: int, path: str) -> bool:
    """Lock what was made; False where somebody has taken it for a leftover in the meantime."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError:  # not every file system can, and then nobody removes anything there
        return True
    return _is_same(lock, path)


def _is_same(handle: int, path: str) -> bool:
    """Whether what is open is what the path leads to."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(handle), os.stat(path, follow_symlinks=False))  # noqa: PTH116
    return False
