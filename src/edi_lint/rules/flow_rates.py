"""The flow rates that a free text names: milliliters in an hour, or a volume over some time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"|[A-Z]+|[<>]=?|=[<>]|[^\sA-Z0-9]"
)
_MILLILITERS = {
    **dict.fromkeys(
        ("ML", "MLS", "CC", "CCS", "MILLILITER", "MILLILITERS", "MILLILITRE", "MILLILITRES"), 1
    ),
    **dict.fromkeys(("L", "LITER", "LITERS", "LITRE", "LITRES"), 1000),
}
"""Units of volume, in milliliters."""
_HOURLY = frozenset({"H", "HR", "HOUR", "HOURLY"})
_JOINED = re.compile(r"(?P<volume>MLS?|CCS?)(?P<time>H|HRS?|HOURS?|HOURLY|MIN)")
"""Milliliters and a time in one word: MLHR."""
_MINUTES = {
    **dict.fromkeys(("MIN", "MINS", "MINUTE", "MINUTES"), 1),
    **dict.fromkeys(("H", "HR", "HRS", "HOUR", "HOURS", "HOURLY"), 60),
    **dict.fromkeys(("D", "DAY", "DAYS"), 1440),
}
"""Units of time, in minutes."""
_COUNTS = {
    "A": 1, "AN": 1, "ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "SIX": 6, "SEVEN": 7,
    "EIGHT": 8, "NINE": 9, "TEN": 10, "TWELVE": 12, "FIFTEEN": 15, "TWENTY": 20, "THIRTY": 30,
    "FORTY": 40, "SIXTY": 60, "NINETY": 90,
}  # fmt: skip
_HALF = Decimal("0.5")
_AN_HOUR = 60

_LIMITS = frozenset({
    "<", "<=", "=<", "BELOW", "CAP", "CAPPED", "LE", "LIMIT", "LIMITED", "LT", "LTE", "MAX",
    "MAXIMUM", "MOST", "NTE", "UNDER", "UP",
})  # fmt: skip
"""What makes a limit of the number that comes next."""
_LOWER = frozenset({"FEWER", "LESS", "LOWER", "SLOWER"})
"""The same, before THAN."""
_EXCEEDED = frozenset({"ABOVE", "EXCEED", "EXCEEDING", "EXCEEDS", "OVER"})
"""The same, where a word before denies it."""
_HIGHER = frozenset({"FASTER", "GREATER", "HIGHER", "MORE"})
"""The same, before THAN."""
_DENIES = frozenset({"NEVER", "NO", "NOT", "WITHOUT"})
_BETWEEN = frozenset({
    "A", "AN", "AT", "EQUAL", "EQUALS", "FLOW", "INFUSION", "IS", "OF", "OR", "RATE", "SPEED",
    "THE", "TO", ".", ":", "=", "(", "~", "-", "#",
})  # fmt: skip
"""What may come between those and their number."""
_BEHIND = frozenset({"LIMIT", "MAX", "MAXIMUM", "MOST", "NTE"})
"""What makes a limit of the number that came before."""
_OR_LESS = frozenset({"BELOW", "FEWER", "LESS", "LOWER", "SLOWER", "UNDER"})
"""The same, behind OR or AND."""

_PER = frozenset({"/", "PER", "A", "AN", "EACH", "EVERY", "Q"})
"""What joins a volume and a time without a number, or with one."""
_DURING = frozenset({"DURING", "FOR", "IN", "OVER", "WITHIN"})
"""What joins a volume and a time that has a number."""
_FAR = frozenset({"DURING", "OVER"})
"""The same, also some words behind the volume."""
_ABOUT = frozenset(
    {"ABOUT", "APPROX", "APPROXIMATELY", "OF", "PERIOD", "THE", "TO", "UP", ".", "~", ":"}
)
_AT_LEAST = frozenset({">", ">=", "LEAST", "MINIMUM"})
_SKIPPED = _ABOUT | _AT_LEAST | {"AT", "NO", "NOT", "LESS", "THAN"}
"""What may come before a time, and which of it says that the time is the least."""
_MOST_BETWEEN = 8
_LONGEST = 10
"""A longer number is not a quantity of anything here."""
_NO_CONTENT = frozenset({
    ".", ",", ";", ":", "*", "AFTER", "AGE", "AGED", "AND", "LAST", "LASTED", "LASTS", "PAIN",
    "PAST", "PERSISTS", "POST", "SINCE", "THEN",
})  # fmt: skip
"""What ends the words that a volume is of: 250 ML NORMAL SALINE OVER 90 MIN."""
_GIVEN_AT_ONCE = frozenset({"BOLUS", "DEMAND", "FLUSH", "LOADING", "PRIME", "PUSH"})
"""What is not a flow of the system: a volume that is given at once."""

WORDS = frozenset(
    word
    for words in (
        _MILLILITERS, _MINUTES, _COUNTS, _LIMITS, _LOWER, _EXCEEDED, _HIGHER, _DENIES, _BETWEEN,
        _BEHIND, _OR_LESS, _PER, _DURING, _SKIPPED, _NO_CONTENT, _GIVEN_AT_ONCE,
        {"HALF", "QH", "QHR"},
        *({f"{volume}{time}" for time in _MINUTES} for volume in ("ML", "MLS", "CC", "CCS")),
    )
    for word in words
    if word.isalpha() and len(word) > 1
)  # fmt: skip
"""Every word that is read here, but for single letters."""

_UPPER = {ord(c): ord(c) - 32 for c in "abcdefghijklmnopqrstuvwxyz"}


class FlowRate(NamedTuple):
    """A rate, or a limit of one, in a text: where its parts are, and its ml per hour.

    Of a range `number` is the least and `most` the greatest. `stated` says whether the text gives
    it by the hour, so that the number is the text's own.
    """

    spans: tuple[tuple[int, int], ...]
    number: Decimal
    most: Decimal
    is_limit: bool
    stated: bool

    @property
    def rounded(self) -> Decimal:
        """The number as it is shown: one that was worked out, to the milliliter."""
        return self.number if self.stated else self.number.quantize(Decimal(1))

    def __str__(self) -> str:
        return f"{self.rounded:f}"


def rates(text: str) -> list[FlowRate]:
    """The flow rates in a text; of a range the least. Limits are none."""
    return [rate for rate in flow_rates(text) if not rate.is_limit]


def flow_rates(text: str) -> Iterator[FlowRate]:
    """The flow rates in a text, and limits of them, in order."""
    tokens = _Tokens(text)
    for at, word in enumerate(tokens.words):
        joined = _JOINED.fullmatch(word)
        if word in _MILLILITERS or joined:
            rate = tokens.rate(at, joined)
            if rate is not None:
                yield rate


class _Time(NamedTuple):
    """A time in minutes, where it ends, and whether it is the least time."""

    minutes: Decimal
    end: int
    at_least: bool = False


class _Tokens:
    """A text as words, numbers and marks."""

    def __init__(self, text: str) -> None:
        found = list(_TOKEN.finditer(text.translate(_UPPER)))
        self.words = [m[0] for m in found]
        self._spans = [m.span() for m in found]
        self._is_number = [m["number"] is not None and len(m[0]) <= _LONGEST for m in found]

    def rate(self, unit: int, joined: re.Match[str] | None) -> FlowRate | None:
        """The rate whose unit of volume, or of volume in a time, is the word at an index."""
        before, limited = self._limited_inside(unit)
        if before < 0 or not self._is_number[before]:
            return None
        first = self._first_of_range(before)
        size = _MILLILITERS[joined["volume"] if joined else self.words[unit]]
        behind, within = self._limited_behind(unit + 1)
        if joined:
            begin, time = unit, _Time(Decimal(_MINUTES[joined["time"]]), unit + 1)
        else:
            found = self._time_behind(unit, behind)
            if found is None:
                return None
            begin, time = found
        if time.minutes <= 0:
            return None
        if time.minutes != _AN_HOUR and self._is_given_at_once(first, begin):
            return None
        last, after = self._limited_behind(time.end)
        is_limit = limited or within or after or time.at_least or self._limited_before(first)
        parts = [(self._limit_start(first), max(unit + 1, behind)), (begin, last)]
        spans = tuple((self._spans[a][0], self._spans[b - 1][1]) for a, b in parts)
        stated = time.minutes == _AN_HOUR
        least, most = (self._number(n) * size * _AN_HOUR / time.minutes for n in (first, before))
        return FlowRate(spans, least, max(least, most), is_limit, stated)

    def _number(self, at: int) -> Decimal:
        return Decimal(self.words[at].replace(",", ""))

    def _word(self, at: int) -> str:
        return self.words[at] if 0 <= at < len(self.words) else ""

    def _numbered(self, at: int) -> bool:
        return 0 <= at < len(self.words) and self._is_number[at]

    # the number of the volume

    def _limited_inside(self, unit: int) -> tuple[int, bool]:
        """The index of the number before a unit, and whether a word between makes a limit of it."""
        at = unit - 1
        limited = False
        while at >= 0 and not self._is_number[at] and unit - at <= 4:
            word = self.words[at]
            if word in _BEHIND or word in _OR_LESS:
                limited = True
            elif word not in ("-", "(", ")", "OR", "AND", "+"):
                return -1, False
            at -= 1
        return at, limited

    def _first_of_range(self, number: int) -> int:
        """The index of the least number of a range that ends with a number."""
        ranged = self._word(number - 1) in ("-", "TO") and self._numbered(number - 2)
        return number - 2 if ranged else number

    def _limit_start(self, number: int) -> int:
        """Where what makes a limit of a number begins: at the number, where nothing does."""
        at = number - 1
        while at >= 0 and number - at <= _MOST_BETWEEN and self.words[at] in _BETWEEN:
            at -= 1
        is_compared = self._word(at) == "THAN"
        at -= is_compared
        word = self._word(at)
        if word in (_LOWER if is_compared else _LIMITS):
            return at
        if word in (_HIGHER if is_compared else _EXCEEDED):
            denied = next((n for n in (at - 1, at - 2) if self._word(n) in _DENIES), None)
            return number if denied is None else denied
        return number

    def _limited_before(self, number: int) -> bool:
        return self._limit_start(number) < number

    def _limited_behind(self, at: int) -> tuple[int, bool]:
        """Where what makes a limit of what came before ends, and whether it is there."""
        here = at
        while self._word(here) in ("(", ","):
            here += 1
        if self._word(here) in ("OR", "AND", "&") and self._word(here + 1) in _OR_LESS:
            return here + 2, True
        if self._word(here) == "AT" and self._word(here + 1) == "MOST":
            here += 1
        if self._word(here) not in _BEHIND:
            return at, False
        following = here + 1
        while self._word(following) in _BETWEEN:
            following += 1
        return (at, False) if self._numbered(following) else (here + 1, True)

    # the time

    def _time_behind(self, unit: int, at: int) -> tuple[int, _Time] | None:
        """What says in which time a volume flows, and where it begins.

        Of liters only a time with OVER and the like counts: liters in a minute are oxygen's.
        """
        word = self._word(at)
        is_large = _MILLILITERS.get(self.words[unit], 1) > 1
        if is_large and word not in _DURING - {"FOR"}:
            return self._time_far_behind(at)
        if word in _HOURLY:
            return at, _Time(Decimal(_AN_HOUR), at + 1)
        if word in _PER or word in _DURING:
            time = self._time(at + 1, needed=word in _DURING)
            if time is not None:
                return at, time
        if word[:1] == "Q" and word[1:] in _MINUTES:
            return at, _Time(Decimal(_MINUTES[word[1:]]), at + 1)
        return self._time_far_behind(at)

    def _time_far_behind(self, at: int) -> tuple[int, _Time] | None:
        """The same, some words behind the volume: what it is of."""
        for far in range(at, min(at + _MOST_BETWEEN, len(self.words))):
            word = self.words[far]
            if word in _FAR and (time := self._time(far + 1, needed=True)):
                return far, time
            is_volume = word in _MILLILITERS and self._numbered(far - 1)
            if word in _NO_CONTENT or is_volume or _JOINED.fullmatch(word):
                return None
        return None

    def _time(self, at: int, needed: bool) -> _Time | None:
        """The time that begins at an index; `needed` says whether it has to have a number."""
        at_least = False
        while self._word(at) in _SKIPPED:
            no_less = self.words[at] == "LESS" and self.words[at - 1] in ("NO", "NOT")
            at_least = at_least or no_less or self.words[at] in _AT_LEAST
            at += 1
        count, behind = self._count(at)
        if count is None:
            if needed or self._word(at) not in _MINUTES:
                return None
            return _Time(Decimal(_MINUTES[self.words[at]]), at + 1, at_least)
        while self._word(behind) == "-":
            behind += 1
        of_time = _MINUTES.get(self._word(behind))
        if of_time is None:
            return None
        minutes, end = count * of_time, behind + 1
        more = end + (self._word(end) == "AND")
        if of_time == _AN_HOUR and self._numbered(more) and _MINUTES.get(self._word(more + 1)) == 1:
            minutes, end = minutes + self._number(more), more + 2
        return _Time(minutes, end, at_least)

    def _count(self, at: int) -> tuple[Decimal | None, int]:
        """How many minutes, hours or days; of a range the most. And where the count ends."""
        if self._word(at) in ("A", "AN") and self._numbered(at + 1):
            at += 1
        word = self._word(at)
        if word == "HALF":
            return _HALF, at + 1 + (self._word(at + 1) in ("A", "AN"))
        if word in _COUNTS:
            return Decimal(_COUNTS[word]), at + 1
        if not self._numbered(at):
            return None, at
        number, end = self._number(at), at + 1
        if self._word(end) in ("-", "TO") and self._numbered(end + 1):
            number, end = max(number, self._number(end + 1)), end + 2
        elif self._numbered(end) and self._is_fraction(end):
            number, end = number + self._fraction(end), end + 3
        elif self._is_fraction(at):
            number, end = self._fraction(at), at + 3
        return number, end

    def _is_fraction(self, at: int) -> bool:
        slashed = self._numbered(at) and self._word(at + 1) == "/" and self._numbered(at + 2)
        return slashed and self._number(at + 2) > 0

    def _fraction(self, at: int) -> Decimal:
        return self._number(at) / self._number(at + 2)

    def _is_given_at_once(self, number: int, time: int) -> bool:
        """Whether words around a volume say that it is given at once."""
        begin = number
        while begin > 0 and number - begin < 3 and self.words[begin - 1] not in _NO_CONTENT:
            begin -= 1
        return not _GIVEN_AT_ONCE.isdisjoint(self.words[begin:time])
