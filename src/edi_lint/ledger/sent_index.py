"""The ledger's index of sent files: where the sets and claims are that answers name.

It holds paths, byte offsets, counts, and keyed hashes of control numbers and claim numbers. What
they say is read again from the files, and an entry counts only while its file is unchanged.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import sqlalchemy as sa

from edi_lint.ledger.database import TABLES, Ledger
from edi_lint.ledger.keys import index_keys
from edi_lint.ledger.sent_sets import (
    SentClaim,
    SentHeader,
    SentSet,
    claim_at,
    elements_at,
    sent_sets,
)
from edi_lint.x12.delimiters import LOOKED_AT, read_isa
from edi_lint.x12.encoding import SingleBytes, single_bytes

_AT_ONCE = 500
_ROWS = 50_000
"""So many claims are sorted and written together: neighbours in the index are near on the disk."""
_SEGMENT = 1024
_HEADERS = ("interchange", "group", "header")
_PLACES = ("at", "start", "end", "ordinal", "line", "line_start")

_FILES = sa.Table(
    "edi_lint_sent_file",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("path", sa.String(1000), nullable=False, unique=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified", sa.BigInteger, nullable=False),
)
"""Sent files; `modified` in nanoseconds."""
_SETS = sa.Table(
    "edi_lint_sent_set",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("file", sa.Integer, nullable=False, index=True),
    sa.Column("interchange", sa.BigInteger, nullable=False, index=True),
    sa.Column("group", sa.BigInteger, nullable=False, index=True),
    sa.Column("reference", sa.BigInteger, nullable=False, index=True),
    *(
        sa.Column(f"{header}_{place}", sa.BigInteger, nullable=False)
        for header in _HEADERS
        for place in _PLACES
    ),
    sa.Column("begin", sa.BigInteger, nullable=False),
    sa.Column("claims", sa.Integer, nullable=False),
    sa.Column("stop", sa.BigInteger, nullable=False),
)
"""Sets by keyed hashes of ISA13, GS06 and BHT03, and where their headers are."""
_CLAIMS = sa.Table(
    "edi_lint_sent_claim",
    TABLES,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("set", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("start", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Claims by a keyed hash of CLM01, as `keys.index_keys` has it."""


class FileState(NamedTuple):
    """By what a file is known to be unchanged."""

    path: str
    size: int
    modified: int

    @classmethod
    def of(cls, path: str) -> FileState | None:
        """Of a file; None where it has none, such as standard input."""
        try:
            found = Path(path).stat()
        except (OSError, ValueError):
            return None
        return cls(os.path.abspath(path), found.st_size, found.st_mtime_ns)  # noqa: PTH100


class IndexedFile(NamedTuple):
    """A file that the index has: its number there, and its path as it is asked for."""

    id: int
    path: str


class SentIndex:
    """The index in a ledger. Every method raises LedgerError."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._is_there = False
        if ledger.is_there:
            with ledger.reading() as connection:
                self._is_there = sa.inspect(connection).has_table(_CLAIMS.name)

    def known(self, paths: Iterable[str]) -> dict[str, IndexedFile]:
        """Those of the files that are in the index, and were not changed since."""
        if not self._is_there:
            return {}
        states = {state.path: (path, state) for path in paths if (state := FileState.of(path))}
        found: dict[str, IndexedFile] = {}
        names = iter(states)
        with self._ledger.reading() as connection:
            while some := list(islice(names, _AT_ONCE)):
                for row in connection.execute(sa.select(_FILES).where(_FILES.c.path.in_(some))):
                    path, state = states[row.path]
                    if (row.size, row.modified) == state[1:]:
                        found[path] = IndexedFile(row.id, path)
        return found

    def sets(
        self,
        files: Sequence[IndexedFile],
        interchanges: Iterable[str],
        groups: Iterable[str],
        references: Iterable[str],
    ) -> dict[int, list[sa.Row[Any]]]:
        """Rows of the sets with one of these ISA13, GS06 (without leading zeros) or BHT03, by the
        number of their file.
        """
        wanted = {
            "interchange": [self._key("interchange", n) for n in interchanges],
            "group": [self._key("group", n) for n in groups],
            "reference": [self._key("reference", n) for n in references],
        }
        ids = {one.id for one in files}
        found: dict[int, dict[int, sa.Row[Any]]] = {}
        with self._ledger.reading() as connection:
            for name, keys in wanted.items():
                for at in range(0, len(keys), _AT_ONCE):
                    some = _SETS.c[name].in_(keys[at : at + _AT_ONCE])
                    for row in connection.execute(sa.select(_SETS).where(some)):
                        if row.file in ids:
                            found.setdefault(row.file, {})[row.id] = row
        return {file: list(rows.values()) for file, rows in found.items()}

    def claims(
        self, files: Sequence[IndexedFile], numbers: Iterable[str]
    ) -> dict[int, list[tuple[sa.Row[Any], sa.Row[Any]]]]:
        """Rows of the claims that answers with these numbers may mean, each with its set's row, by
        the number of their file.
        """
        keys = sorted({self._key("claim", key) for key in numbers if key})
        ids = {one.id for one in files}
        claims: list[sa.Row[Any]] = []
        sets: dict[int, sa.Row[Any]] = {}
        with self._ledger.reading() as connection:
            for at in range(0, len(keys), _AT_ONCE):
                some = _CLAIMS.c.key.in_(keys[at : at + _AT_ONCE])
                claims += connection.execute(sa.select(_CLAIMS).where(some)).all()
            wanted = sorted({row.set for row in claims})
            for at in range(0, len(wanted), _AT_ONCE):
                some = _SETS.c.id.in_(wanted[at : at + _AT_ONCE])
                sets |= {row.id: row for row in connection.execute(sa.select(_SETS).where(some))}
        found: dict[int, list[tuple[sa.Row[Any], sa.Row[Any]]]] = {}
        seen: set[tuple[int, int]] = set()
        for row in sorted(claims, key=lambda row: (row.set, row.number)):
            of = sets.get(row.set)
            if of is not None and of.file in ids and (row.set, row.number) not in seen:
                seen.add((row.set, row.number))
                found.setdefault(of.file, []).append((row, of))
        return found

    def record(self, path: str, stream: BinaryIO) -> int:
        """Put the sets and claims of a file into the index, in the place of what it has of the
        file; how many claims that were. Nothing is kept of a file that is not of single bytes.
        """
        state = FileState.of(path)
        read = single_bytes(stream)
        if state is None or isinstance(read, SingleBytes):
            return 0
        return self._ledger.write(lambda connection: self._record(connection, state, read))

    def _record(self, connection: sa.Connection, state: FileState, stream: BinaryIO) -> int:
        self._ledger.migrate(connection)
        old = connection.scalar(sa.select(_FILES.c.id).where(_FILES.c.path == state.path))
        if old is not None:
            sets = sa.select(_SETS.c.id).where(_SETS.c.file == old)
            connection.execute(sa.delete(_CLAIMS).where(_CLAIMS.c.set.in_(sets)))
            connection.execute(sa.delete(_SETS).where(_SETS.c.file == old))
            connection.execute(sa.delete(_FILES).where(_FILES.c.id == old))
        added = connection.execute(sa.insert(_FILES).values(**state._asdict()))
        (file,) = added.inserted_primary_key or (0,)
        first = 1 + (connection.scalar(sa.select(sa.func.max(_SETS.c.id))) or 0)
        stream.seek(0)
        numbers: dict[SentSet, int] = {}
        rows: list[dict[str, int]] = []
        count = 0
        for one in sent_sets(stream, state.path, lambda *_: True):
            if isinstance(one, SentSet):
                numbers[one] = first + len(numbers)
                continue
            count += 1
            for key in index_keys(one.id):
                if key:
                    row = {"set": numbers[one.set], "number": one.number}
                    row |= {"key": self._key("claim", key), "at": one.at, "start": one.start}
                    rows.append(row)
            if len(rows) >= _ROWS:
                _insert_claims(connection, rows)
                rows = []
        _insert_claims(connection, rows)
        for of, number in numbers.items():
            connection.execute(sa.insert(_SETS).values(id=number, file=file, **self._row(of)))
        self._is_there = True
        return count

    def _row(self, of: SentSet) -> dict[str, int]:
        row = {
            "interchange": self._key("interchange", of.interchange.value(13).lstrip("0")),
            "group": self._key("group", of.group.value(6).lstrip("0")),
            "reference": self._key("reference", of.reference),
        }
        headers = (of.interchange, of.group, of.header)
        for name, header in zip(_HEADERS, headers, strict=True):
            row |= {f"{name}_{place}": getattr(header, place) for place in _PLACES}
        return row | {"begin": of.begin.start, "claims": of.claims, "stop": of.stop}

    def _key(self, what: str, text: str) -> int:
        """A keyed hash as a number that every database has."""
        return int(self._ledger.keyed(what, text.encode("latin-1", "replace"))[:15], 16)


def _insert_claims(connection: sa.Connection, rows: list[dict[str, int]]) -> None:
    rows.sort(key=lambda row: row["key"])
    unique = {(row["key"], row["set"], row["number"]): row for row in rows}
    every = iter(unique.values())
    while some := list(islice(every, 1_000)):
        connection.execute(sa.insert(_CLAIMS), some)


class StaleEntryError(Exception):
    """What the index says of a file is not what is there."""


def read_set(stream: BinaryIO, path: str, row: sa.Row[Any]) -> SentSet:
    """The set of a row, read again from its file. Raises StaleEntryError."""
    stream.seek(row.interchange_start)
    isa = read_isa(stream.read(LOOKED_AT), 0)
    if isa is None:
        raise StaleEntryError
    values = row._mapping
    headers = []
    for name, tag in zip(_HEADERS, ("ISA", "GS", "ST"), strict=True):
        places = [int(values[f"{name}_{place}"]) for place in _PLACES]
        if name == "group" and not places[2]:
            headers.append(SentHeader())
            continue
        stream.seek(places[1])
        elements, _ = elements_at(stream.read(_SEGMENT), 0, isa.delimiters)
        if elements[0] != tag:
            raise StaleEntryError
        headers.append(SentHeader(elements, *places))
    begin = SentHeader()
    if row.begin:
        stream.seek(row.begin)
        elements, end = elements_at(stream.read(_SEGMENT), 0, isa.delimiters)
        begin = SentHeader(elements, row.begin, row.begin, row.begin + end)
    interchange, group, header = headers
    return SentSet(path, isa.delimiters, interchange, group, header, begin, row.claims, row.stop)


def read_claim(stream: BinaryIO, of: SentSet, row: sa.Row[Any]) -> SentClaim:
    """The claim of a row, read again from its file. Raises StaleEntryError."""
    stream.seek(row.start)
    claim = claim_at(stream.read(_SEGMENT), row.start, 0, of, row.number)
    if claim.values[0] != "CLM":
        raise StaleEntryError
    return claim._replace(at=row.at)
