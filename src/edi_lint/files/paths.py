"""What is at a path: nothing that one may see is nothing, where `Path` of 3.11 would raise."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def is_there(path: str | Path) -> bool:
    """Whether anything is at the path."""
    return _mode(path) != 0


def is_folder(path: str | Path) -> bool:
    """Whether a folder is at the path."""
    return stat.S_ISDIR(_mode(path))


def is_file(path: str | Path) -> bool:
    """Whether a regular file is at the path."""
    return stat.S_ISREG(_mode(path))


def leads_into(path: str | Path, folder: str | Path) -> bool:
    """Whether the path, links followed, is inside the folder."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def is_named_pipe(path: str | Path) -> bool:
    """Whether a pipe with a name of its own is at the path, not one that the shell has opened."""
    return stat.S_ISFIFO(_mode(path)) and os.path.lexists(os.path.realpath(path))


def _mode(path: str | Path) -> int:
    """What the system says of the path, links followed; 0 where it says nothing."""
    try:
        return os.stat(path).st_mode  # noqa: PTH116 - a text may hold a zero byte
    except (OSError, ValueError):
        return 0
