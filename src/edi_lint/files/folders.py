"""Which files of a folder are inputs; a file that is named by itself is one whatever its name."""

from __future__ import annotations

import os
from collections.abc import Set
from pathlib import Path

from edi_lint.files.paths import is_file, is_there

ENDINGS = frozenset({".837", ".837p", ".edi", ".x12", ".txt", ".dat", ".clm"})
"""In a folder, files with these endings are read."""
_ANYTHING = frozenset({".txt", ".dat"})
"""Endings of which only files with an ISA in their beginning are read in a folder."""
_OTHERS = frozenset(
    {"", ".277", ".277ca", ".835", ".837d", ".837i", ".997", ".999", ".ack", ".in", ".out", ".ta1"}
)
"""Endings, or none, of which only files that begin with an ISA are read in a folder: claims without
an ending are not missed, and of what else is there the run says that it was skipped."""
_REPOSITORIES = frozenset({".git", ".hg", ".svn"})
"""Folders that are not looked into."""
_HEAD = 4096
_MARKS = b" \t\r\n\xef\xbb\xbf\xff\xfe\0"
"""What may be in front of an ISA: white space, and byte order marks."""


def inputs_below(folder: Path) -> tuple[list[str], list[str]]:
    """The files to read, and those that would be if they were not pipes or devices, which might
    never end. A folder in it that cannot be opened counts as a file to read.
    """
    found: list[str] = []
    endless: list[str] = []
    for root, folders, files in os.walk(folder, onerror=lambda e: found.append(str(e.filename))):
        folders[:] = (name for name in folders if name not in _REPOSITORIES)
        for path in (Path(root, name) for name in files):
            if _is_endless(path):
                if _has_ending(path, ENDINGS):
                    endless.append(str(path))
            elif is_input(path):
                found.append(str(path))
    return sorted(found), sorted(endless)


def is_input(path: Path) -> bool:
    """Whether a file of a folder is to be read: a plain text of another kind is passed over."""
    if not _has_ending(path, ENDINGS | _OTHERS) or _is_endless(path):
        return False
    ending = path.suffix.lower()
    if ending not in _ANYTHING | _OTHERS:
        return True
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError:
        return ending in _ANYTHING  # reading it reports what is wrong
    if ending in _OTHERS:
        return head.lstrip(_MARKS).replace(b"\0", b"").startswith(b"ISA")
    return b"ISA" in head or b"ISA" in head.replace(b"\0", b"")


def _has_ending(path: Path, endings: Set[str]) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in endings


def _is_endless(path: Path) -> bool:
    """Whether it is a pipe or a device."""
    return is_there(path) and not is_file(path)
