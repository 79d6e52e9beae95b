"""`edi-lint ledger`: what the ledger knows, and forgetting what never reached a receiver."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import opened, reason
from edi_lint.cli.options import Config, Ledger, settings_file, settings_of
from edi_lint.cli.output import Failure, destination, tell
from edi_lint.files.paths import is_there
from edi_lint.reporters.words import count

if TYPE_CHECKING:
    from edi_lint.ledger.database import Ledger as Database
    from edi_lint.ledger.database import LedgerEntry
    from edi_lint.ledger.envelopes import SentInterchange

_HEAD = f"{'number':<9}  usage  {'recorded (UTC)':<16}  between\n"


class LedgerAction(StrEnum):
    """What to do with the entries."""

    LIST = "list"
    FIND = "find"
    FORGET = "forget"


def ledger(
    action: Annotated[
        LedgerAction,
        typer.Argument(
            metavar="list|find|forget", help="What to do; list by default.", show_default=False
        ),
    ] = LedgerAction.LIST,
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="NUMBER|FILE",
            help="An interchange control number (ISA13), or an X12 file whose interchanges are "
            "meant; - is standard input.",
        ),
    ] = None,
    ledger: Ledger = None,
    config: Config = None,
) -> None:
    """Print what was recorded as sent, find an interchange in it, or forget one.

    The ledger contains no names, so an entry is a control number, P (production) or T (test), a
    time, and a digest that is the same for the same sender and receiver. find NUMBER prints the
    entries of that number; find FILE says of each interchange of the file whether it was sent.
    forget removes entries, as of a file that never reached the receiver: its numbers may be sent
    again, but are not given out again.

    Exit status: 0 done, 1 find or forget found nothing, 2 the ledger or the file cannot be read.

    \b
    Examples:
      edi-lint ledger
      edi-lint ledger find outbound.837 --ledger sent.db
      edi-lint ledger forget 000000416 --ledger sent.db
    """
    from edi_lint.ledger.database import Ledger as Database
    from edi_lint.settings import DEFAULT_LEDGER, LedgerError

    if (what is None) != (action is LedgerAction.LIST):
        raise Failure(
            "edi-lint ledger find and edi-lint ledger forget take a control number or a file; "
            "edi-lint ledger list takes neither"
        )
    settings = settings_of(settings_file(config), ledger=ledger)
    try:
        database = Database(settings.ledger or DEFAULT_LEDGER, make=False)
        if what is None:
            is_found = _print(database.entries())
        elif (number := _number(what)) is not None:
            is_found = _of_number(database, number, action)
        else:
            is_found = _of_file(database, what, action)
    except LedgerError as problem:
        raise Failure(str(problem)) from None
    if not is_found:
        tell(f"{database.shown}: nothing is recorded" + (f" of {what}" if what else ""))
        if what is not None:
            raise typer.Exit(1)


def _number(text: str) -> int | None:
    """A control number; None for what is the name of a file."""
    if not text.isascii() or not text.isdecimal() or len(text) > len("999999999") or is_there(text):
        return None
    return int(text)


def _print(entries: Iterator[LedgerEntry]) -> bool:
    """Print entries, a line each; whether there were any."""
    found = False
    with destination(None) as stream:
        for one in entries:
            if not found:
                stream.write(_HEAD.encode())
            found = True
            line = (
                f"{one.number:09}  {one.usage:<5}  {one.recorded:%Y-%m-%d %H:%M}  {one.between}\n"
            )
            stream.write(line.encode())
    return found


def _of_number(database: Database, number: int, action: LedgerAction) -> bool:
    if action is LedgerAction.FIND:
        return _print(database.entries(number))
    several = {(one.between, one.usage) for one in database.entries(number)}
    if len(several) > 1:
        raise Failure(
            f"{number:09} was sent to several receivers, or as P and as T: name the file whose "
            "entry is to be forgotten"
        )
    return _tell_forgotten(database.forget(number))


def _of_file(database: Database, path: str, action: LedgerAction) -> bool:
    forgotten, found = 0, False
    for sent in _interchanges(path):
        earlier = database.seen(sent)
        found = found or earlier is not None
        if action is LedgerAction.FORGET:
            forgotten += database.forget(sent.number, sent[:3]) if earlier else 0  # type: ignore[arg-type]
        elif earlier is None:
            print(f"{sent.number:09}: not recorded")
        else:
            content = "this" if earlier.same else "other"
            print(f"{sent.number:09}: recorded {earlier.recorded} with {content} content")
    return _tell_forgotten(forgotten) if action is LedgerAction.FORGET and found else found


def _tell_forgotten(forgotten: int) -> bool:
    if forgotten:
        tell(f"{count(forgotten, 'interchange')} forgotten")
    return forgotten > 0


def _interchanges(path: str) -> Iterator[SentInterchange]:
    """By what a receiver would know the interchanges of a file. Raises Failure."""
    from edi_lint.ledger.envelopes import interchanges

    is_empty = True
    try:
        with opened(path) as stream:
            for one in interchanges(stream):
                is_empty = False
                if sent := one.sent:
                    yield sent
    except OSError as problem:
        raise Failure(f"{path}: {reason(problem)}") from None
    if is_empty:
        raise Failure(f"{path}: no ISA segment: this is not an X12 interchange")
