"""What a code table answers when it is asked for a code on a day."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Standing(StrEnum):
    """How a code stands on the day that was asked for."""

    VALID = "valid"
    """It may be sent."""
    HEADER = "header"
    """A category of ICD-10-CM that has longer codes: not billable itself."""
    NOT_YET = "not yet"
    """It came later."""
    ENDED = "ended"
    """It was valid before."""
    UNKNOWN = "unknown"
    """The table has no such code."""


class Reach(StrEnum):
    """Where the day lies among the releases held."""

    HELD = "held"
    BEFORE = "before"
    """Before the oldest."""
    BETWEEN = "between"
    """After one, and before a later one."""
    AFTER = "after"
    """After the newest."""
    NO_DAY = "no day"
    """No day was asked for."""


class CodeStanding(NamedTuple):
    """How a code stands on a day, and how far that can be relied on.

    `sure` is false where a release that is not held could say otherwise; a finding that rests on
    it must be no more than a warning. `first` and `last` are the first and the last day on which
    the code is known to be valid, both included; None where that is open or not known.
    """

    standing: Standing
    sure: bool
    first: date | None = None
    last: date | None = None


class Days(NamedTuple):
    """The days on which a code is valid, both included; None where that is open or not known."""

    first: date | None
    last: date | None

    def standing(self, day: date | None) -> Standing:
        """How the code stands on a day; without a day, whether it ever was valid."""
        if day is None:
            return Standing.VALID
        if self.first is not None and day < self.first:
            return Standing.NOT_YET
        if self.last is not None and day > self.last:
            return Standing.ENDED
        return Standing.VALID


def days(first: str, last: str) -> Days:
    """Days as tables write them: YYYY-MM-DD, or - for what is open or not known."""
    return Days(_day(first), _day(last))


def _day(text: str) -> date | None:
    return None if text == "-" else date.fromisoformat(text)
