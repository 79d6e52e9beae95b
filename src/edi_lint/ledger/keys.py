"""Compares the ids that answers repeat with those that were sent: the one place that normalises.

Receivers return a claim number (CLM01) trimmed, in upper case, without leading zeros, or cut: a
receiver need only store 20 characters of it (X12 RFI 525). Each such form is a weaker match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum

STORED = 20
"""A receiver must store so many characters of CLM01; a longer one may come back cut."""
SHORTEST_CUT = 8
"""A number that was cut to less says too little."""


class KeyForm(IntEnum):
    """How a number in an answer is the one that was sent; the first that fits counts."""

    SAME = 0
    TRIMMED = 1
    UPPER = 2
    ZEROS = 3
    CUT_TO_20 = 4
    CUT = 5

    @property
    def words(self) -> str:
        """The form, as a reason of a match names it."""
        return _WORDS[self]


_WORDS = {
    KeyForm.SAME: "claim",
    KeyForm.TRIMMED: "claim trimmed",
    KeyForm.UPPER: "claim in upper case",
    KeyForm.ZEROS: "claim without leading zeros",
    KeyForm.CUT_TO_20: "claim cut to 20 characters",
    KeyForm.CUT: "claim cut",
}


def form_of(answered: str, sent: str) -> KeyForm | None:
    """In which form an answer repeats a claim number; None where it is another number.

    A number of nothing but zeros is none: payers write it where they never got one (RFI 535).
    """
    if not normal(answered) or not normal(sent):
        return None
    if answered == sent:
        return KeyForm.SAME
    a, s = answered.strip(), sent.strip()
    if a == s:
        return KeyForm.TRIMMED
    a, s = a.upper(), s.upper()
    if a == s:
        return KeyForm.UPPER
    if normal(a) == normal(s):
        return KeyForm.ZEROS
    if len(s) > STORED and a == s[:STORED].rstrip():
        return KeyForm.CUT_TO_20
    if SHORTEST_CUT <= len(a) < len(s) and s.startswith(a):
        return KeyForm.CUT
    return None


def normal(number: str) -> str:
    """A claim number trimmed, in upper case and without leading zeros; empty for no number."""
    return number.strip().upper().lstrip("0")


class WantedClaims:
    """Tells at once whether a claim number may be one of many that answers name."""

    def __init__(self, answered: Iterable[str]) -> None:
        self._normal: set[bytes] = set()
        self._cut: set[bytes] = set()
        for number in answered:
            if key := normal(number):
                self._normal.add(key.encode("latin-1", "replace"))
                upper = number.strip().upper()
                if len(upper) >= SHORTEST_CUT:
                    self._cut.add(upper.encode("latin-1", "replace"))
        self._lengths = sorted({len(key) for key in self._cut})

    def __bool__(self) -> bool:
        return bool(self._normal)

    def may_be(self, sent: bytes) -> bool:
        """Whether a CLM01 as it was sent is one of them in one of the forms."""
        upper = sent.strip().upper()
        if upper.lstrip(b"0") in self._normal:
            return True
        longest = len(upper)
        return any(upper[:n].rstrip() in self._cut for n in self._lengths if n < longest)


def index_keys(sent: str) -> Iterator[str]:
    """What a claim number is filed under: whole, and where it is long also cut to 20."""
    yield normal(sent)
    upper = sent.strip().upper()
    if len(upper) > STORED:
        yield normal(upper[:STORED])
