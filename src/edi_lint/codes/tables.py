"""Code tables as files: one line of JSON that says what the table is, then its text, compressed.

Tables of this package lie beside this module; releases that the user loaded lie in the user's data
folder. Knows nothing of what the text of a table means.
"""

from __future__ import annotations

import json
import os
import zlib
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from edi_lint.files import resources
from edi_lint.x12.errors import EdiLintError

FOLDER = "EDI_LINT_DATA"
"""The environment variable that names the user's data folder."""
SUFFIX = ".table"
_FORMAT = 1


class TableError(EdiLintError, ValueError):
    """A code table cannot be read; the message names the file and the remedy."""


class TableSource(NamedTuple):
    """What a table was made from, and the SHA-256 of that in hexadecimal."""

    name: str
    sha256: str


class Release(NamedTuple):
    """An issue of a code set, and the days, both included, for which it is known to be the whole.

    `rows` is the number of codes that may be sent on a claim.
    """

    name: str
    first: date
    last: date
    rows: int

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


class CodeTableFile:
    """A table: its header at hand, its text decompressed when asked for.

    `kind` is the code set: `icd10cm`, `hcpcs`, `modifiers`, `places` or `states`. `rows` counts
    the codes in it. `releases` are the whole issues that it holds, oldest first; none when it is a
    selection or has no dates, as `note` says. `extra` is what the code set's own module keeps in
    the header. `sha256` is that of the text.
    """

    def __init__(self, where: str, content: bytes) -> None:
        self.where = where
        head, _, self._packed = content.partition(b"\n")
        try:
            header = json.loads(head)
            if header["format"] != _FORMAT:
                raise ValueError
            self.kind: str = header["table"]
            self.title: str = header["title"]
            self.rows: int = header["rows"]
            self.note: str = header["note"]
            self.releases = tuple(_release(r) for r in header["releases"])
            self.sources = tuple(TableSource(*s) for s in header["sources"])
            self.sha256: str = header["sha256"]
            self.extra: dict[str, Any] = header["extra"]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise TableError(
                f"{where}: not a code table of this version of edi-lint; load the release again "
                "with `edi-lint codes load`, or remove the file"
            ) from None

    @cached_property
    def text(self) -> str:
        """The table's text. Raises TableError when the file is damaged."""
        try:
            return zlib.decompress(self._packed).decode()
        except (zlib.error, UnicodeDecodeError):
            raise TableError(
                f"{self.where}: the code table is damaged; load the release again with "
                "`edi-lint codes load`, or remove the file"
            ) from None

    @cached_property
    def entries(self) -> dict[str, list[str]]:
        """The fields after the code, by code, of a table of lines with tabs. Raises TableError."""
        rows = (line.split("\t") for line in self.text.splitlines())
        return {code: fields for code, *fields in rows}

    def release_for(self, day: date) -> Release | None:
        """The whole issue that this table holds for a day."""
        return next((r for r in self.releases if r.covers(day)), None)


def packed(
    kind: str,
    title: str,
    rows: int,
    text: str,
    sources: list[TableSource],
    releases: list[Release] | None = None,
    note: str = "",
    extra: dict[str, Any] | None = None,
) -> bytes:
    """The file of a table, the same bytes for the same arguments."""
    from hashlib import sha256

    header = {
        "format": _FORMAT,
        "table": kind,
        "title": title,
        "rows": rows,
        "note": note,
        "releases": [[r.name, str(r.first), str(r.last), r.rows] for r in releases or ()],
        "sources": sources,
        "sha256": sha256(text.encode()).hexdigest(),
        "extra": extra or {},
    }
    return json.dumps(header).encode() + b"\n" + zlib.compress(text.encode(), 9)


@cache
def shipped(kind: str) -> CodeTableFile:
    """The table of a code set that comes with this package."""
    name = kind + SUFFIX
    return CodeTableFile(name, resources.codes(name))


@cache
def loaded(kind: str) -> tuple[CodeTableFile, ...]:
    """The releases of a code set that the user loaded, oldest first. Raises TableError.

    The data folder is looked at once; `loaded.cache_clear()` has it looked at again.
    """
    try:
        folder = data_folder()
    except TableError:
        return ()  # nothing can have been loaded where there is no folder for it
    try:
        files = sorted(f for f in folder.iterdir() if f.match(f"{kind}-*{SUFFIX}"))
        return tuple(CodeTableFile(str(file), file.read_bytes()) for file in files)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    except OSError as problem:
        raise TableError(
            f"{problem.filename or folder}: loaded code tables cannot be read: {problem.strerror}; "
            f"let this user read it, or name another data folder with {FOLDER}"
        ) from None


def loaded_name(kind: str, first: date) -> str:
    """What the file of a loaded release is called in the data folder: its date sorts."""
    return f"{kind}-{first}{SUFFIX}"


def data_folder() -> Path:
    """The folder of what the user loaded; it need not be there.

    `EDI_LINT_DATA` names it; otherwise it is `edi-lint` in `%LOCALAPPDATA%` on Windows, and in
    `$XDG_DATA_HOME` or `~/.local/share` elsewhere. Raises TableError for a user without a home.
    """
    if named := os.environ.get(FOLDER):
        return Path(named)
    if os.name == "nt" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "edi-lint"
    home = os.environ.get("XDG_DATA_HOME", "")
    # The XDG specification has relative paths ignored.
    if home.startswith("/"):
        return Path(home) / "edi-lint"
    try:
        return Path("~/.local/share/edi-lint").expanduser()
    except RuntimeError:
        raise TableError(
            f"you have no home folder to keep code tables in; name a folder with {FOLDER}"
        ) from None


def make_data_folder(folder: Path) -> None:
    """Make it for nobody but the user; one that is the user's and that others may enter is closed
    to them. Raises TableError.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if os.name == "posix" and found.st_mode & 0o077 and found.st_uid == os.geteuid():
            folder.chmod(0o700)
    except OSError as problem:
        raise TableError(f"{folder}: cannot be made: {problem.strerror}") from None


def _release(values: list[Any]) -> Release:
    name, first, last, rows = values
    return Release(name, date.fromisoformat(first), date.fromisoformat(last), rows)
