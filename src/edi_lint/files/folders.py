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


def inputs_below(folder: Path) -> list[str]:
    """The files to read; a folder in it that cannot be opened stands for itself."""
    found: list[str] = []
    for root, _, files in os.walk(folder, onerror=lambda e: found.append(str(e.filename))):
        found.extend(str(path) for name in files if is_input(path := Path(root, name)))
    return sorted(found)


def is_input(path: Path) -> bool:
    """Whether a file of a folder is to be read: a plain text of another kind is passed over."""
    ending = path.suffix.lower()
    if path.name.startswith(".") or ending not in ENDINGS:
        return False
    if is_there(path) and not is_file(path):
        return False  # a pipe or a device, which might never end
    if ending not in _ANYTHING:
        return True
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            return b"ISA" in head or b"ISA" in head.replace(b"\0", b"")
    except OSError:
        return True  # reading it reports what is wrong
