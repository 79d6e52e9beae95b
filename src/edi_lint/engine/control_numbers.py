"""Remembers control numbers in little room, as long as most of them follow each other."""

from __future__ import annotations

from bisect import bisect_right

_LONGEST = 9


class ControlNumbers:
    """The control numbers met so far; a run of consecutive ones takes the room of one.

    A number is its text: 0001 and 1 are two.
    """

    def __init__(self) -> None:
        self._runs: dict[int, list[tuple[int, int]]] = {}
        """By the number of digits: first and last of each run, in order, apart from each other."""
        self._others: set[str] = set()

    def __contains__(self, text: str) -> bool:
        if not _is_number(text):
            return text in self._others
        runs = self._runs.get(len(text), [])
        at = bisect_right(runs, (int(text), _ABOVE)) - 1
        return at >= 0 and int(text) <= runs[at][1]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ControlNumbers):
            return NotImplemented
        return self._runs == other._runs and self._others == other._others

    __hash__ = None  # type: ignore[assignment]

    def add(self, text: str) -> None:
        if _is_number(text):
            self.add_run(len(text), int(text), int(text))
        else:
            self._others.add(text)

    def add_run(self, digits: int, first: int, last: int) -> None:
        """Add all numbers of so many digits from `first` to `last`."""
        runs = self._runs.setdefault(digits, [])
        start = bisect_right(runs, (first, _ABOVE)) - 1
        if start < 0 or runs[start][1] < first - 1:
            start += 1
        end = start
        while end < len(runs) and runs[end][0] <= last + 1:
            first, last = min(first, runs[end][0]), max(last, runs[end][1])
            end += 1
        runs[start:end] = [(first, last)]

    def room_after(self, digits: int, number: int) -> int:
        """The last number that can be reached from `number` by ones without meeting one again."""
        runs = self._runs.get(digits, [])
        at = bisect_right(runs, (number, _ABOVE))
        if at and runs[at - 1][1] > number:
            return number
        return runs[at][0] - 1 if at < len(runs) else 10**digits - 1

    def isdisjoint(self, other: ControlNumbers) -> bool:
        """Whether none is in both."""
        if not self._others.isdisjoint(other._others):
            return False
        return not any(
            run[0] <= last and first <= run[1]
            for digits, runs in other._runs.items()
            for first, last in runs
            for run in self._near(digits, first, last)
        )

    def _near(self, digits: int, first: int, last: int) -> list[tuple[int, int]]:
        """The runs that may overlap with one."""
        runs = self._runs.get(digits, [])
        start = max(bisect_right(runs, (first, _ABOVE)) - 1, 0)
        return runs[start : bisect_right(runs, (last, _ABOVE))]

    def joined(self, other: ControlNumbers) -> ControlNumbers:
        """Those of both."""
        both = ControlNumbers()
        for numbers in (self, other):
            both._others |= numbers._others
            for digits, runs in numbers._runs.items():
                for first, last in runs:
                    both.add_run(digits, first, last)
        return both


_ABOVE = 10**_LONGEST


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _LONGEST
