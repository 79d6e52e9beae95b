"""Which way a claim takes after an answer, and where it stands: data with sources (routes.yaml)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pkgutil import get_data
from typing import Any, NamedTuple

from edi_lint.tracing.model import Status

LOOK = "look"
"""A person has to decide."""


class RouteRow(NamedTuple):
    """A row of the table; empty, or None, is whatever an answer says.

    `only` says that the row counts only where the ledger or the sent files show that the
    interchange arrived before.
    """

    answer: str
    statuses: tuple[str, ...]
    codes: tuple[str, ...]
    names: bool | None
    route: str
    only: str
    source: str
    confidence: str

    def fits(self, answer: str, status: str, code: str, is_named: bool, arrived: bool) -> bool:
        """Whether the row is about an answer."""
        return (
            self.answer == answer
            and (not self.statuses or status in self.statuses)
            and (not self.codes or code in self.codes)
            and (self.names is None or self.names == is_named)
            and (not self.only or arrived)
        )


def route_of(
    answer: str, status: str, code: str = "", *, is_named: bool = True, arrived: bool = False
) -> str:
    """The route of a claim by an answer: TA1, 999 or 277CA, its status and its code.

    `is_named` says that an error names the claim, `arrived` that the interchange with this number
    and this content was sent before.
    """
    for row in _table().rows:
        if row.fits(answer, status, code, is_named, arrived):
            return row.route
    return LOOK


def status_of(answer: str, status: str) -> Status:
    """Where a claim stands by an answer; received where the code is not known."""
    return _table().statuses.get((answer, status), Status.RECEIVED)


class _Table(NamedTuple):
    rows: tuple[RouteRow, ...]
    statuses: dict[tuple[str, str], Status]


@cache
def _table() -> _Table:
    import yaml

    data: dict[str, Any] = yaml.safe_load(get_data(__package__, "routes.yaml") or b"")
    statuses = {
        (answer, code): Status(status)
        for answer, codes in data["statuses"].items()
        for code, status in codes.items()
    }
    return _Table(tuple(_rows(data["routes"])), statuses)


def _rows(rows: Iterable[dict[str, Any]]) -> Iterable[RouteRow]:
    for row in rows:
        yield RouteRow(
            row["answer"],
            tuple(row.get("statuses", ())),
            tuple(row.get("codes", ())),
            row.get("names"),
            row["route"],
            row.get("only", ""),
            row["source"],
            row["confidence"],
        )
