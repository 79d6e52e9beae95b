"""Where the files of ledgers are; opening one is the business of `edi_lint.ledger.database`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from edi_lint.codes.tables import TableError, data_folder
from edi_lint.settings import DEFAULT_LEDGER, SQLITE_ENDINGS, LedgerError

_FILE = "ledger.sqlite3"
_IS_LIKE_A_URL = re.compile(
    r"(sqlite|postgres|mysql|mariadb|mssql|oracle)[a-z0-9+]*:", re.IGNORECASE
)


def database_file(name: str) -> Path | None:
    """The file of a ledger that is named by a path, or by default; None for a URL.

    Raises LedgerError without a data folder for the default one.
    """
    if "://" in name:
        return None
    if _IS_LIKE_A_URL.match(name):
        raise LedgerError(
            "the ledger is neither a file nor a URL: in a URL :// follows the database, as in "
            "postgresql+psycopg://user@host/database"
        )
    if name != DEFAULT_LEDGER:
        return Path(name)
    try:
        return data_folder() / _FILE
    except TableError as problem:
        raise LedgerError(str(problem)) from None


def files_of(*names: str) -> Iterator[str]:
    """The paths of these ledgers' files, of the default one's, and of those that SQLite makes
    beside them. A database that is not a file has none.
    """
    for name in (*names, DEFAULT_LEDGER):
        try:
            file = str(database_file(name) or "") if name else ""
        except LedgerError:  # without a data folder there is no default one
            continue
        if name.lower().startswith("sqlite") and "://" in name:
            file = name.partition(":///")[2].partition("?")[0]
        if file:
            yield from (file + ending for ending in SQLITE_ENDINGS)
