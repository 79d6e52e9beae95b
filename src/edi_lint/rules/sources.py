"""Where the sources of rules, packs, profiles and answers can be read, and when they were.

A source is a text that names pages, standards or "general knowledge". What it names that has an
address is data: `sources.txt`. A rule may also name addresses of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pkgutil import get_data
from typing import NamedTuple
from urllib.parse import urlsplit

NO_ADDRESS = "No address: X12 sells the standard and its guides; general knowledge has no page."
"""What is said of a source of which nothing can be opened."""
_READ = date(2026, 11, 30)
"""The day on which the addresses were read that rules name themselves."""


class SourcePage(NamedTuple):
    """A page, and the day on which it was read; None where it is only named."""

    address: str
    read: date | None

    @property
    def words(self) -> str:
        """The day as it is shown behind the address."""
        return f"read {self.read}" if self.read else "not opened again"


def pages_of(source: str, addresses: Iterable[str] = ()) -> tuple[SourcePage, ...]:
    """The pages that a source names, those that are named by address first.

    The front page of a site is left out where a page of it is named by address.
    """
    own = [SourcePage(address, _READ) for address in addresses]
    sites = {urlsplit(page.address).netloc for page in own}
    read = [page for words, page in named() if words in source]
    known = [page for page in read if urlsplit(page.address).netloc not in sites]
    return tuple(dict.fromkeys((*own, *known)))


@cache
def named() -> tuple[tuple[str, SourcePage], ...]:
    """The lines of the file: the words of a source, and its page."""
    text = (get_data(__package__, "sources.txt") or b"").decode("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    fields = ([part.strip() for part in line.split(" | ")] for line in lines)
    return tuple(
        (words, SourcePage(address, None if day == "-" else date.fromisoformat(day)))
        for words, address, day in fields
    )
