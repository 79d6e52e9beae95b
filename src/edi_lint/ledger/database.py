"""The ledger: which interchange control numbers were given out and which interchanges were sent.

A database that several processes, and a team, may use at the same time; any that SQLAlchemy knows.
It holds numbers, days, P or T, and keyed hashes of senders, receivers, contents and answers:
nothing that could be read of a claim. The key is random and is in the ledger, so whoever has the
ledger can test guesses of a sender's or receiver's id; a content is beyond guessing.
"""

from __future__ import annotations

import hmac
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    IntegrityError,
    SQLAlchemyError,
)
from sqlalchemy.pool import NullPool

from edi_lint.codes.tables import TableError, make_data_folder
from edi_lint.files.paths import is_there
from edi_lint.findings.masking import printable
from edi_lint.ledger.envelopes import LARGEST, Parties, SentInterchange
from edi_lint.ledger.ledger_files import database_file
from edi_lint.settings import DEFAULT_LEDGER, LedgerError

VERSION = 2
"""Of the tables; a ledger of a later version is refused, one of an earlier one made a later one
when something is written to it that it has no table for."""
_FIRST = 1

_WAIT = 60
"""Seconds to wait for another process that writes."""
_TRIES = 20
"""How often something is tried that another process was faster with."""
_MANY = 1_000
_AT_ONCE = 500
"""So many values are asked for in one statement."""
_SHORT = 8

_KEY_BYTES = 32
TABLES = sa.MetaData()
"""Those of a ledger; `edi_lint.ledger.sent_index` adds some."""
_HEAD = sa.Table(
    "edi_lint_ledger",
    TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("key", sa.LargeBinary(_KEY_BYTES), nullable=False),
)


def _parties() -> tuple[sa.Column[str], ...]:
    """Sender, receiver and usage, which every number belongs to."""
    return (
        sa.Column("sender", sa.String(64), primary_key=True),
        sa.Column("receiver", sa.String(64), primary_key=True),
        sa.Column("usage", sa.String(1), primary_key=True),
    )


_GIVEN = sa.Table(
    "edi_lint_given", TABLES, *_parties(), sa.Column("last", sa.Integer, nullable=False)
)
"""The last number that was given out."""
_SENT = sa.Table(
    "edi_lint_sent",
    TABLES,
    *_parties(),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.String(64), nullable=False),
    sa.Column("recorded", sa.DateTime, nullable=False),
)
"""Interchanges that were sent; `recorded` is in UTC."""

_ACTED = sa.Table(
    "edi_lint_acted",
    TABLES,
    sa.Column("answer", sa.String(64), primary_key=True),
    sa.Column("recorded", sa.DateTime, nullable=False),
)
"""Answers about a claim that were acted on: the claim was written to be sent again. A ledger that
was made before has no such table until something is noted in it."""

_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
"""What the journal of a SQLite file ends with where it names a file of several journals."""
_HIDDEN = 6
"""The place in PRAGMA table_xinfo that says whether a column is hidden or worked out."""

_NO_FILES: dict[str, Any] = {"local_infile": False}
_DRIVERS: dict[str, dict[str, Any]] = {
    "sqlite": {},
    "sqlite+pysqlite": {},
    "postgresql": {},
    "postgresql+psycopg": {},
    "postgresql+psycopg2": {},
    "postgresql+pg8000": {},
    "mysql": {"local_infile": 0},
    "mysql+mysqldb": {"local_infile": 0},
    "mysql+pymysql": _NO_FILES,
    "mysql+mysqlconnector": {"allow_local_infile": False},
    "mariadb": {"local_infile": 0},
    "mariadb+mysqldb": {"local_infile": 0},
    "mariadb+pymysql": _NO_FILES,
    "mariadb+mysqlconnector": {"allow_local_infile": False},
    "mariadb+mariadbconnector": _NO_FILES,
    "mssql+pymssql": {},
    "oracle+oracledb": {},
}
"""The databases that a ledger may be in, and what their drivers are given besides the URL: no
server is to ask for a file of the user's."""
_PARAMETERS = frozenset(
    {
        *(
            "user",
            "password",
            "host",
            "port",
            "unix_socket",
            "charset",
            "client_encoding",
            "connect_timeout",
        ),
        *("application_name", "target_session_attrs", "channel_binding", "service_name"),
        *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "ssl_ca", "ssl_cert", "ssl_key"),
        *("ssl_check_hostname", "ssl_verify_cert", "ssl_verify_identity", "ssl_mode"),
    }
)
"""What may come after the ? of a URL: nothing that names a file to send, or a module to load."""

Made = TypeVar("Made")


class EarlierInterchange(NamedTuple):
    """What the ledger knows of a number: whether it was sent with the same content, and since when.

    `recorded` is a day in UTC.
    """

    same: bool
    recorded: date


class LedgerEntry(NamedTuple):
    """An interchange that was recorded as sent, as far as the ledger can say.

    `between` is a short digest of sender and receiver: it says which entries are of the same two.
    `recorded` is a time in UTC.
    """

    number: int
    usage: str
    between: str
    recorded: datetime


class _Beaten(Exception):
    """Another process was faster; trying again will do."""


def in_use(name: str) -> str:
    """The ledger that is named; else `default` where that is there already, or empty."""
    if name:
        return name
    try:
        file = database_file(DEFAULT_LEDGER)
    except LedgerError:
        return ""
    return DEFAULT_LEDGER if file is not None and is_there(file) else ""


class Ledger:
    """A ledger, made where there is none yet; without `make` one that is not there knows nothing.

    `name` is a path for SQLite, a URL of SQLAlchemy, or `default` for the one in the user's data
    folder. Between its calls no connection to a SQLite ledger is open. Every method raises
    LedgerError.
    """

    def __init__(self, name: str, make: bool = True) -> None:
        file = database_file(name)
        if file is None:
            url = _url(name)
            self.shown = url.set(query={}).render_as_string(hide_password=True)
            file = _file_of(url)
        else:
            url = sa.URL.create("sqlite", database=os.path.abspath(file))  # noqa: PTH100
            self.shown = str(file)
            if name == DEFAULT_LEDGER and make:
                try:
                    make_data_folder(file.parent)
                except TableError as problem:
                    raise LedgerError(str(problem)) from None
        with self._raise_ours():
            self._engine = _engine(url)
        self._key: bytes | None = None
        unmade = name == DEFAULT_LEDGER or (file is not None and is_there(file.parent))
        if make or file is None or is_there(file) or not unmade:
            self._key = self._opened(file, make)

    def next_number(
        self, sender: str, receiver: str, usage: str, *, above: int = 0, reserve: bool = True
    ) -> int:
        """A control number, 1 to 999999999, that was never given out nor recorded as sent.

        Sender, receiver and usage are those of `SentInterchange`. The first one comes after the
        highest that is recorded, each one after `above`, a number that is known to be in use,
        as long as there are any. What is given out is gone, whatever becomes of who asked; without
        `reserve` it is only told. Raises LedgerError when the numbers are used up.
        """
        parties = self._parties(sender, receiver, usage)
        above = above if above < LARGEST else 0
        if not reserve:
            with self._raise_ours(), self._engine.connect() as connection:
                return self._next(connection, parties, above)[0]
        return self.write(lambda connection: self._given(connection, parties, above))

    def take(self, sender: str, receiver: str, usage: str, number: int) -> None:
        """Note a number of the user's own, so that it is not given out again.

        Raises LedgerError where it was recorded as sent, or numbers up to it were given out.
        """
        parties = self._parties(sender, receiver, usage)
        self.write(lambda connection: self._taken(connection, parties, number))

    def seen(self, sent: SentInterchange) -> EarlierInterchange | None:
        """What is known of the number of an interchange; None where it was not recorded."""
        if self._key is None:
            return None
        parties = self._parties(sent.sender, sent.receiver, sent.usage)
        with self._raise_ours(), self._engine.connect() as connection:
            return self._earlier(connection, parties, sent)

    def record(self, sent: Iterable[SentInterchange]) -> list[EarlierInterchange | None]:
        """Note that interchanges are sent, all of them or none; for each None where that was new.

        Nothing is noted, and what is known returned, where a number was recorded before.
        """
        noted = list(sent)
        return self.write(lambda connection: [self._recorded(connection, one) for one in noted])

    def acted_on(self, answers: Iterable[str]) -> set[str]:
        """Which of these answers, each by a text that names it and the claim, were acted on."""
        if self._key is None:
            return set()
        names = {self.keyed("answer", name.encode()): name for name in answers}
        hashes, found = list(names), set()
        with self._raise_ours(), self._engine.connect() as connection:
            if sa.inspect(connection).has_table(_ACTED.name):
                for at in range(0, len(hashes), _AT_ONCE):
                    some = sa.select(_ACTED.c.answer).where(
                        _ACTED.c.answer.in_(hashes[at : at + _AT_ONCE])
                    )
                    found |= {names[one] for one in connection.scalars(some)}
        return found

    def act_on(self, answers: Iterable[str]) -> None:
        """Note that answers were acted on, all of them or none; one that was noted stays noted."""
        noted = sorted({self.keyed("answer", name.encode()) for name in answers})
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)

        def note(connection: sa.Connection) -> None:
            _ACTED.create(connection, checkfirst=True)
            for at in range(0, len(noted), _AT_ONCE):
                some = noted[at : at + _AT_ONCE]
                known = set(
                    connection.scalars(sa.select(_ACTED.c.answer).where(_ACTED.c.answer.in_(some)))
                )
                rows = [{"answer": one, "recorded": now} for one in some if one not in known]
                if rows:
                    connection.execute(sa.insert(_ACTED), rows)

        self.write(note)

    def entries(self, number: int | None = None) -> Iterator[LedgerEntry]:
        """What was recorded as sent, of all numbers or of one, in the order of the numbers."""
        if self._key is None:
            return
        rows = sa.select(_SENT).order_by(_SENT.c.number, _SENT.c.recorded)
        if number is not None:
            rows = rows.where(_SENT.c.number == number)
        with self._raise_ours(), self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=_MANY).execute(rows):
                between = self.keyed("between", f"{row.sender} {row.receiver}".encode())
                yield LedgerEntry(row.number, row.usage, between[:_SHORT], row.recorded)

    def forget(self, number: int, between: Parties | None = None) -> int:
        """Forget that a number was sent; how many entries that were.

        Only those of one sender, receiver and usage where `between` names them. The number stays
        given out, so `next_number` does not give it again.
        """
        if self._key is None:
            return 0
        mine = _SENT.c.number == number
        if between is not None:
            mine = sa.and_(mine, _of(_SENT, self._parties(*between)))
        return self.write(lambda c: self._forgotten(c, mine, number))

    # the work of one transaction

    def _forgotten(
        self, connection: sa.Connection, mine: sa.ColumnElement[bool], number: int
    ) -> int:
        rows = connection.execute(sa.select(_SENT).where(mine)).all()
        for row in rows:
            parties = {name: getattr(row, name) for name in ("sender", "receiver", "usage")}
            last = connection.scalar(sa.select(_GIVEN.c.last).where(_of(_GIVEN, parties)))
            if last is None:
                connection.execute(sa.insert(_GIVEN).values(**parties, last=number))
            elif last < number:
                raised = sa.update(_GIVEN).where(_of(_GIVEN, parties), _GIVEN.c.last == last)
                if connection.execute(raised.values(last=number)).rowcount != 1:
                    raise _Beaten
        connection.execute(sa.delete(_SENT).where(mine))
        return len(rows)

    def _next(
        self, connection: sa.Connection, parties: dict[str, str], above: int
    ) -> tuple[int, int | None]:
        """The next number, and the last one that was given out."""
        given = sa.select(_GIVEN.c.last).where(_of(_GIVEN, parties)).with_for_update()
        last: int | None = connection.scalar(given)
        start = last
        if last is None:
            highest = sa.select(sa.func.max(_SENT.c.number)).where(_of(_SENT, parties))
            start = (connection.scalar(highest) or 0) % LARGEST
        return self._free(connection, parties, max(start or 0, above) + 1), last

    def _given(self, connection: sa.Connection, parties: dict[str, str], above: int) -> int:
        number, last = self._next(connection, parties, above)
        if last is None:
            connection.execute(sa.insert(_GIVEN).values(**parties, last=number))
            return number
        mine = _of(_GIVEN, parties)
        changed = sa.update(_GIVEN).where(mine, _GIVEN.c.last == last).values(last=number)
        if connection.execute(changed).rowcount != 1:
            raise _Beaten
        return number

    def _taken(self, connection: sa.Connection, parties: dict[str, str], number: int) -> None:
        last: int | None = connection.scalar(sa.select(_GIVEN.c.last).where(_of(_GIVEN, parties)))
        known = sa.select(_SENT.c.number).where(_of(_SENT, parties), _SENT.c.number == number)
        if (last is not None and number <= last) or connection.scalar(known) is not None:
            reason = f"numbers up to {last} were given out" if last else "it was sent before"
            raise LedgerError(
                f"{self.shown}: control number {number} is not free for this sender and receiver: "
                f"{reason}; take a higher one, or next"
            )
        if last is None:
            connection.execute(sa.insert(_GIVEN).values(**parties, last=number))
            return
        mine = sa.and_(_of(_GIVEN, parties), _GIVEN.c.last == last)
        if connection.execute(sa.update(_GIVEN).where(mine).values(last=number)).rowcount != 1:
            raise _Beaten

    def _free(self, connection: sa.Connection, parties: dict[str, str], number: int) -> int:
        """The first number, from `number` on, that was not recorded as sent."""
        column = _SENT.c.number
        while number <= LARGEST:
            taken = sa.select(column).where(_of(_SENT, parties), column >= number)
            numbers = connection.scalars(taken.order_by(column).limit(_MANY)).all()
            for one in numbers:
                if one != number:
                    return number
                number += 1
            if len(numbers) < _MANY and number <= LARGEST:
                return number
        raise LedgerError(
            f"{self.shown}: all control numbers up to {LARGEST} are given out for this sender and "
            "receiver; agree with the receiver on where to begin again, and begin a new ledger"
        )

    def _recorded(
        self, connection: sa.Connection, sent: SentInterchange
    ) -> EarlierInterchange | None:
        parties = self._parties(sent.sender, sent.receiver, sent.usage)
        earlier = self._earlier(connection, parties, sent)
        if earlier is None:
            values = {"number": sent.number, "content": self.keyed("content", sent.content)}
            now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
            connection.execute(sa.insert(_SENT).values(**parties, **values, recorded=now))
        return earlier

    def _earlier(
        self, connection: sa.Connection, parties: dict[str, str], sent: SentInterchange
    ) -> EarlierInterchange | None:
        known = sa.select(_SENT.c.content, _SENT.c.recorded)
        row = connection.execute(
            known.where(_of(_SENT, parties), _SENT.c.number == sent.number)
        ).one_or_none()
        if row is None:
            return None
        content, recorded = row
        same = hmac.compare_digest(content, self.keyed("content", sent.content))
        return EarlierInterchange(same, recorded.date())

    def _parties(self, sender: str, receiver: str, usage: str) -> dict[str, str]:
        return {
            "sender": self.keyed("sender", sender.encode()),
            "receiver": self.keyed("receiver", receiver.encode()),
            "usage": usage,
        }

    @property
    def is_there(self) -> bool:
        """Whether there is a ledger; what is not there knows nothing."""
        return self._key is not None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that only reads. Raises LedgerError; do not call it for a ledger that is
        not there."""
        with self._raise_ours(), self._engine.connect() as connection:
            yield connection

    def keyed(self, what: str, value: bytes) -> str:
        """What stands for a value in the ledger: its hash under the ledger's key, as hex."""
        assert self._key is not None, "a ledger that is to be written is made"
        return hmac.digest(self._key, what.encode() + b"\0" + value, "sha256").hex()

    # the database

    def _opened(self, file: Path | None, make: bool) -> bytes | None:
        """The key of the ledger, whose tables are made where they are not there; None where they
        are not to be made."""
        if file is not None:
            self._refuse_journal_of_others(file)
            if make:
                _make_private_file(file)
        with self._raise_ours(), self._engine.connect() as connection:
            if file is not None:
                self._refuse_programs(connection)
            there = sa.inspect(connection).has_table(_HEAD.name)
            row = connection.execute(sa.select(_HEAD)).one_or_none() if there else None
            if row is not None:
                return self._key_of(row)
        return self.write(self._made) if make else None

    def _refuse_journal_of_others(self, file: Path) -> None:
        """Raises LedgerError where the journal beside a SQLite file names another file, which
        SQLite would remove. Only a transaction on several databases has such a journal.
        """
        with suppress(OSError), Path(os.path.realpath(file) + "-journal").open("rb") as journal:
            journal.seek(-len(_JOURNAL_MAGIC), os.SEEK_END)
            if journal.read() == _JOURNAL_MAGIC:
                raise LedgerError(
                    f"{self.shown}: the journal beside it is not a ledger's; "
                    "restore both from a backup, or name another ledger"
                )

    def _refuse_programs(self, connection: sa.Connection) -> None:
        """Raises LedgerError where a SQLite file has a view, a trigger, or a column that is worked
        out, in place of a table of ours: reading it may take for ever, or all memory."""
        names = ", ".join(f"'{name}'" for name in TABLES.tables)
        others = connection.exec_driver_sql(
            f"SELECT 1 FROM sqlite_master WHERE lower(tbl_name) IN ({names}) "
            "AND (type NOT IN ('table', 'index') OR sql LIKE 'create virtual%') LIMIT 1"
        ).first()
        for name in TABLES.tables:
            columns = (
                connection.exec_driver_sql(f"PRAGMA table_xinfo({name})") if not others else ()
            )
            others = others or next((c for c in columns if c[_HIDDEN]), None)
        if others:
            raise LedgerError(
                f"{self.shown}: has more than the tables of a ledger in their place; restore it "
                "from a backup, or name another ledger"
            )

    def migrate(self, connection: sa.Connection) -> None:
        """Make the tables that a ledger of an earlier version does not have."""
        TABLES.create_all(connection)
        earlier = sa.update(_HEAD).where(_HEAD.c.version < VERSION)
        connection.execute(earlier.values(version=VERSION))

    def _made(self, connection: sa.Connection) -> bytes:
        """Make the tables and the key, or find that another process has made them."""
        TABLES.create_all(connection)
        row = connection.execute(sa.select(_HEAD)).one_or_none()
        if row is not None:
            return self._key_of(row)
        key = os.urandom(_KEY_BYTES)
        connection.execute(sa.insert(_HEAD).values(id=1, version=VERSION, key=key))
        return key

    def _key_of(self, head: sa.Row[Any]) -> bytes:
        if not _FIRST <= head.version <= VERSION:
            raise LedgerError(
                f"{self.shown}: expected a ledger of version {VERSION}, found {head.version}; use "
                "the edi-lint that wrote it, or begin a new ledger"
            )
        if not isinstance(head.key, bytes) or len(head.key) != _KEY_BYTES:
            raise LedgerError(f"{self.shown}: its key is damaged; {_ODD}")
        return head.key

    def write(self, work: Callable[[sa.Connection], Made]) -> Made:
        """What the work makes in a transaction; tried again where another process was faster."""
        until = time.monotonic() + _WAIT
        tries = 0
        with self._raise_ours():
            while True:
                try:
                    with (
                        self._engine.connect().execution_options(writes=True) as connection,
                        connection.begin(),
                    ):
                        return work(connection)
                except (_Beaten, DBAPIError) as problem:
                    tries += 1
                    if tries == _TRIES or time.monotonic() > until or not self._again(problem):
                        raise
                    time.sleep(random.uniform(0, 0.05))

    def _again(self, problem: _Beaten | DBAPIError) -> bool:
        """Whether trying again may do: other databases have many words for having been beaten."""
        if isinstance(problem, _Beaten | IntegrityError):
            return True
        if self._engine.dialect.name == "sqlite":
            return "locked" in str(problem.orig)
        return not problem.connection_invalidated

    @contextmanager
    def _raise_ours(self) -> Iterator[None]:
        """Raises LedgerError for whatever goes wrong with the database."""
        try:
            yield
        except _Beaten:
            raise LedgerError(f"{self.shown}: others write to it all the time; try again") from None
        except ModuleNotFoundError as problem:
            raise LedgerError(
                f"{self.shown}: the Python package {problem.name} is not there; install it, or "
                "name another driver in the URL"
            ) from None
        except DBAPIError as problem:
            raise LedgerError(f"{self.shown}: {_reason(problem)}") from None
        except LedgerError:
            raise
        except (SQLAlchemyError, ValueError, OSError) as problem:
            raise LedgerError(
                f"{self.shown}: cannot be used as a ledger ({type(problem).__name__}); {_URLS}"
            ) from None
        except Exception as problem:  # whatever a driver makes of what a server says
            raise LedgerError(
                f"{self.shown}: answers what no ledger answers ({type(problem).__name__}); {_ODD}"
            ) from None


def _make_private_file(file: Path) -> None:
    """Make an empty file for SQLite, which nobody but the user may read: its key is secret. What
    hinders that, SQLite says when it opens it."""
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


_ODD = "is it a ledger, and is the server what you take it for? Restore it, or name another one"
_URLS = "expected a path, or a URL such as postgresql+psycopg://user@host/database"
_REMEDIES = {
    "unable to open": "does its folder exist, and may you write there?",
    "readonly": "make it and its folder writable, or name another ledger",
    "locked": "another process keeps it busy; try again when that has ended",
    "not a database": "it is another file, or damaged; restore it, or name another ledger",
    "malformed": "it is damaged; restore it from a backup, or begin a new ledger",
    "disk is full": "make room",
    "": "is it a ledger, and can it be reached?",
}
"""What to do about what the database says; most is what SQLite says."""


def _reason(problem: DBAPIError) -> str:
    """The database's own words, and the remedy."""
    words = printable(str(problem.orig).strip().partition("\n")[0]) or type(problem).__name__
    remedy = next(remedy for said, remedy in _REMEDIES.items() if said in words)
    return f"cannot use this ledger: {words}; {remedy}"


def _url(name: str) -> sa.URL:
    """Raises LedgerError; what is not a URL is not repeated, for it may hold a password."""
    try:
        url = sa.make_url(name)
    except (ArgumentError, ValueError):
        raise LedgerError(f"the ledger's URL cannot be read; {_URLS}") from None
    shown = url.set(query={}).render_as_string(hide_password=True)
    if url.drivername not in _DRIVERS:
        known = ", ".join(sorted(_DRIVERS))
        raise LedgerError(
            f"{shown}: SQLAlchemy knows no such database, or a ledger cannot be in it; known are "
            f"{known}"
        )
    for name in url.query:
        if name not in _PARAMETERS:
            known = ", ".join(sorted(_PARAMETERS))
            raise LedgerError(
                f"{shown}: {printable(name)} may not be in its URL; known are {known}"
            )
    return url


def _file_of(url: sa.URL) -> Path | None:
    """The file that the URL of a SQLite database names; None for other databases."""
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(url.database)


def _of(table: sa.Table, parties: dict[str, str]) -> sa.ColumnElement[bool]:
    """The rows of a sender, receiver and usage."""
    return sa.and_(*(table.c[name] == value for name, value in parties.items()))


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        arguments = _DRIVERS[url.drivername]
        return sa.create_engine(url, pool_pre_ping=True, connect_args=arguments)
    engine = sa.create_engine(url, poolclass=NullPool, connect_args={"timeout": _WAIT})
    sa.event.listen(engine, "connect", _without_own_transactions)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _without_own_transactions(connection: Any, _: object) -> None:
    """Python's driver would begin a transaction only at the first change, too late to be alone."""
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    """Whoever writes is alone from the beginning; SQLite lets the next one in when that ends."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
