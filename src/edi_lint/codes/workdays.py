"""Federal holidays of the United States, for deadlines that roll to the next workday.

Source: 5 U.S.C. 6103, with a holiday on a Saturday kept on the Friday before and one on a Sunday
on the Monday after. Days that a president or a state adds are not here.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

_FIXED = ((1, 1), (7, 4), (11, 11), (12, 25))
_JUNETEENTH = (6, 19)
_JUNETEENTH_SINCE = 2021
_MONDAYS = ((1, 3), (2, 3), (9, 1), (10, 2))
"""Month, and which Monday of it."""
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6


def next_workday(day: date) -> date:
    """The day itself, or the first after it that is neither a weekend nor a federal holiday."""
    while day.weekday() >= _SATURDAY or is_holiday(day):
        day += timedelta(days=1)
    return day


def is_holiday(day: date) -> bool:
    """Whether a federal holiday is kept on the day."""
    return day in _holidays(day.year) or day in _holidays(day.year + 1)


@cache
def _holidays(year: int) -> frozenset[date]:
    """The days on which the holidays of a year are kept; the first may lie in the year before."""
    fixed = [*_FIXED, *([_JUNETEENTH] if year >= _JUNETEENTH_SINCE else [])]
    last_of_may = date(year, 5, 31)
    return frozenset(
        {
            *(_observed(date(year, month, day)) for month, day in fixed),
            *(_nth(year, month, _MONDAY, number) for month, number in _MONDAYS),
            last_of_may - timedelta(days=last_of_may.weekday()),
            _nth(year, 11, _THURSDAY, 4),
        }
    )


def _observed(day: date) -> date:
    """The day on which a holiday of a fixed date is kept."""
    shift = {_SATURDAY: -1, _SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
