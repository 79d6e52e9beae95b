"""Turns the PATHS of a command line into inputs: files, folders, globs, `-` for standard input."""

from __future__ import annotations

import glob
from collections.abc import Iterator
from pathlib import Path

from edi_lint.cli.output import Failure

ENDINGS = frozenset({".837", ".837p", ".edi", ".x12", ".txt", ".dat", ".clm"})
"""In a folder, files with these endings are read; a file named by itself may have any name."""

STANDARD_INPUT = "-"


def expand(paths: list[str]) -> list[str]:
    """The inputs that PATHS mean, in the order given, folders and globs sorted, none twice.

    Raises Failure for a glob or a folder that holds nothing to read.
    """
    found: list[str] = []
    for path in paths:
        if path == STANDARD_INPUT:
            found.append(path)
        elif Path(path).is_dir():
            found.extend(_folder(Path(path)))
        elif not Path(path).exists() and glob.has_magic(path):
            found.extend(_glob(path))
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _folder(folder: Path) -> Iterator[str]:
    files = sorted(
        f
        for f in folder.rglob("*")
        if f.suffix.lower() in ENDINGS and f.is_file() and not f.name.startswith(".")
    )
    if not files:
        endings = ", ".join(sorted(ENDINGS))
        raise Failure(f"{folder}: no file in this folder ends in {endings}; name the files")
    return (str(f) for f in files)


def _glob(pattern: str) -> list[str]:
    files = sorted(f for f in glob.glob(pattern, recursive=True) if Path(f).is_file())
    if not files:
        raise Failure(f"{pattern}: matches no file")
    return files
