"""Moves dates, all by the same number of days, so that what stands between them stays.

A date that does not exist stays one that does not exist.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from hashlib import blake2b

from edi_lint.engine.elements import is_date, is_time
from edi_lint.transform.redact.invent import Inventor

WEEK = 7
_MOST_WEEKS = 52
_MOST_TRIES = 50

_DASHED = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)", re.ASCII)
_FIGURES = re.compile(r"\d+", re.ASCII)
_IN_TEXT = re.compile(
    r"(?<![\w/-])(?:(?P<month>\d{1,2})(?P<mark>[-/.])(?P<day>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)"
    r"|(?P<iso>\d{4}-\d\d-\d\d)|(?P<plain>(?:19|20)\d{6}))(?![\w/-])",
    re.ASCII,
)


def shifts(key: bytes) -> list[int]:
    """Numbers of days by which dates can be moved, each some whole weeks, in the key's order."""
    weeks = [n for n in range(-_MOST_WEEKS, _MOST_WEEKS + 1) if n]
    order = sorted(weeks, key=lambda n: blake2b(b"weeks %d" % n, key=key).digest())
    return [n * WEEK for n in order]


def birth_shift(key: bytes) -> int:
    """By how many days births move where other dates stay: to some weeks before."""
    return -abs(shifts(key)[0])


class Calendar:
    """Moves dates by `days`, those of births by `births`."""

    def __init__(self, inventor: Inventor, days: int, births: int) -> None:
        self._inventor = inventor
        self._days = days
        self._births = births

    def element(self, value: str, is_time_alone: bool, is_birth: bool) -> str:
        """The value of an element for dates: of days, ranges of them, or days with a time."""
        days = self._births if is_birth else self._days
        if _DASHED.fullmatch(value):
            moved = self._moved(value.replace("-", ""), days)
            if moved is not None:
                return f"{moved[:4]}-{moved[4:6]}-{moved[6:]}"
        if is_time_alone and is_time(value):
            return value
        if value.isascii() and value.isdecimal():
            return self._figures(value, days)
        parts = re.split(r"(\d+)", value, flags=re.ASCII)
        parts[1::2] = (self._figures(part, days) for part in parts[1::2])
        parts[::2] = map(self._inventor.all_of, parts[::2])
        return "".join(parts)

    def _figures(self, figures: str, days: int) -> str:
        if len(figures) in (6, 8):
            moved = self._moved(figures, days)
            return self._no_date(figures) if moved is None else moved
        if len(figures) == 12 and is_time(figures[8:]):
            moved = self._moved(figures[:8], days)
            return (self._no_date(figures[:8]) if moved is None else moved) + figures[8:]
        return self._no_date(figures)

    def _moved(self, figures: str, days: int) -> str | None:
        """The figures of a day moved; None where they are none, or where a delimiter would stand in
        the result."""
        moved = _moved(figures, days)
        return moved if moved and self._inventor.may_stand(moved) else None

    def _no_date(self, figures: str) -> str:
        """Other figures that are no date either."""
        for again in range(_MOST_TRIES):
            made = self._inventor.all_of(figures, again)
            if _day(made) is None and not is_date(made[:8]):
                return made
        return figures

    def text(self, text: str) -> list[tuple[int, int, str]]:
        """The dates in a text: where each stands, and what it becomes, of the same length."""
        if not self._days or text.isalpha():
            return []
        found = []
        for match in _IN_TEXT.finditer(text):
            made = self._in_text(match)
            if made is not None:
                found.append((*match.span(), made))
        return found

    def _in_text(self, match: re.Match[str]) -> str | None:
        if match["month"]:
            year = match["year"] if len(match["year"]) == 4 else "20" + match["year"]
            moved = self._moved(year + match["month"].zfill(2) + match["day"].zfill(2), self._days)
            if moved is None:
                return None
            month, day = moved[4:6], moved[6:]
            month = month.lstrip("0") if len(match["month"]) == 1 else month
            day = day.lstrip("0") if len(match["day"]) == 1 else day
            made = match["mark"].join((month, day, moved[4 - len(match["year"]) : 4]))
            return made if len(made) == len(match[0]) else None
        moved = self._moved(match[0].replace("-", ""), self._days)
        if moved is None or match["plain"]:
            return moved
        return f"{moved[:4]}-{moved[4:6]}-{moved[6:]}"


def _day(figures: str) -> date | None:
    """The day that CCYYMMDD or YYMMDD says; None where there is none."""
    if len(figures) == 6:
        figures = ("20" if figures < "50" else "19") + figures
    if len(figures) != 8:
        return None
    try:
        return date(int(figures[:4]), int(figures[4:6]), int(figures[6:]))
    except ValueError:
        return None


def _moved(figures: str, days: int) -> str | None:
    """The figures of a day moved; None where they are none.

    Where the calendar ends they stay, and so they do where the rules would take only one of the
    two for a date.
    """
    day = _day(figures)
    if day is None:
        return None
    try:
        moved = day + timedelta(days=days)
    except OverflowError:
        return figures
    made = moved.isoformat().replace("-", "")[8 - len(figures) :]
    same = _day(made) == moved and is_date(made) == is_date(figures)
    return made if same else figures
