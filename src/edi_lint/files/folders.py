"""Which files of a folder are inputs; a file that is named by itself is one whatever its name."""

from __future__ import annotations

import os
from pathlib import Path

from edi_lint.files.paths import is_file, is_there

ENDINGS = frozenset({".837", ".837p", ".edi", ".x12", ".txt", ".dat", ".clm"})
"""In a folder, files with these endings are read."""
_ANYTHING = frozenset({".txt", ".dat"})
"""Endings of which only files with an ISA in their beginning are read in a folder."""
_HEAD = 4096


def inputs_below(folder: Path) -> tuple[list[str], list[str]]:
    """The files to read, and those that would be if they were not pipes or devices, which might
    never end. A folder in it that cannot be opened counts as a file to read.
    """
    found: list[str] = []
    endless: list[str] = []
    for root, _, files in os.walk(folder, onerror=lambda e: found.append(str(e.filename))):
        for path in (Path(root, name) for name in files):
            if _is_endless(path):
                if _has_ending(path):
                    endless.append(str(path))
            elif is_input(path):
                found.append(str(path))
    return sorted(found), sorted(endless)


def is_input(path: Path) -> bool:
    """Whether a file of a folder is to be read: a plain text of another kind is passed over."""
    if not _has_ending(path) or _is_endless(path):
        return False
    if path.suffix.lower() not in _ANYTHING:
        return True
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            return b"ISA" in head or b"ISA" in head.replace(b"\0", b"")
    except OSError:
        return True  # reading it reports what is wrong


def _has_ending(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in ENDINGS


def _is_endless(path: Path) -> bool:
    """Whether it is a pipe or a device."""
    return is_there(path) and not is_file(path)
