"""Turns the PATHS of a command line into inputs: files, folders, globs, `-` for standard input."""

from __future__ import annotations

import errno
import glob
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

ENDINGS = frozenset({".837", ".837p", ".edi", ".x12", ".txt", ".dat", ".clm"})
"""In a folder, files with these endings are read; a file named by itself may have any name."""

STANDARD_INPUT = "-"


def expand(paths: list[str]) -> list[str]:
    """The inputs that PATHS mean, in the order given, folders and globs sorted, none twice.

    A glob or a folder that holds nothing to read stands for itself: `opened` says what is wrong.
    """
    found: list[str] = []
    for path in paths:
        if path == STANDARD_INPUT:
            found.append(path)
        elif Path(path).is_dir():
            found.extend(_folder(Path(path)) or [path])
        elif _is_glob(path):
            found.extend(_glob(path) or [path])
        else:
            found.append(path)
    return list(dict.fromkeys(found))


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """An input as a stream. Raises OSError, whose `strerror` says what is wrong and what to do."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    if Path(path).is_dir():
        endings = ", ".join(sorted(ENDINGS))
        raise OSError(errno.EISDIR, f"no file in this folder ends in {endings}; name the files")
    if _is_glob(path):
        raise OSError(errno.ENOENT, "matches no file")
    with Path(path).open("rb") as stream:
        yield stream


def reason(problem: OSError) -> str:
    """Why an input could not be read, in the words of the system."""
    return problem.strerror or type(problem).__name__


def _is_glob(path: str) -> bool:
    return glob.has_magic(path) and not Path(path).exists()


def _folder(folder: Path) -> list[str]:
    return sorted(
        str(f)
        for f in folder.rglob("*")
        if f.suffix.lower() in ENDINGS and f.is_file() and not f.name.startswith(".")
    )


def _glob(pattern: str) -> list[str]:
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207 - absolute patterns too
    return sorted(f for f in matches if Path(f).is_file())
