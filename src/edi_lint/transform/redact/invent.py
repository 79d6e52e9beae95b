"""Invents a word in the place of another: a keyed permutation of all words of one shape.

Nothing is remembered: the same word always gives the same invented one, two words never give one,
and no word gives itself where its shape has another to give. What a rule can see in a word by
itself (a check digit, the form of a Medicare number, a word that is read in notes) is as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable
from functools import lru_cache
from hashlib import blake2b
from itertools import groupby, product
from math import gcd, prod
from typing import NamedTuple

from edi_lint.codes.npi import check_digit
from edi_lint.codes.patterns import NO_ZIP, mbi_fault

_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
# Bytes above 0x7F as Latin-1 has them, but for the two that read as blanks and the two that are
# no letters. Those of the first row are also what follows the first byte of a letter in UTF-8.
_HIGH = "".join(chr(c) for c in range(0x80, 0xC0) if c not in (0x85, 0xA0))
_UPPER = "".join(chr(c) for c in range(0xC0, 0xDF) if c != 0xD7)
_LOWER = "".join(chr(c) for c in range(0xDF, 0x100) if c != 0xF7)

_DIGEST = 24
"""Bytes of a hash: more than half of the longest word can tell apart."""
_LONGEST = 32
"""A longer word is several, so that numbers stay small."""
_WORDS_KEPT = 8_192
_MOST_STEPS = 1_000
"""No kind of word is so rare among those of its shape that more steps are likely."""

_ALONE = frozenset({"00", "000", "0000", "99"})
"""Figures that rules take for no number of a person, or for a modifier: no others are like them."""
_CLIA = re.compile(r"\d\dD\d{7}", re.ASCII)
_LETTER_RUN = re.compile("[A-Z]+")
_HEADER = "ISA"
"""No invented word may look like the beginning of an interchange."""


class _LetterRun(NamedTuple):
    """Some characters of one alphabet, and how many ways there are to choose them."""

    alphabet: str
    length: int
    ways: int


class _ValueShape(NamedTuple):
    """The alphabets of a word, and what the permutation of its words is made of.

    `rounds` copy hashes that hold the key and the shape already; `left` and `right` multiply to the
    number of words.
    """

    runs: tuple[_LetterRun, ...]
    rounds: tuple[Callable[[], blake2b], Callable[[], blake2b]]
    left: int
    right: int
    step: int


class Inventor:
    """Invents words under one key.

    `read` are words, in upper case, that rules read in texts: no other word becomes one of them.
    `modifiers` are pairs of characters that are published as modifiers: a pair is one before and
    after, or not. `delimiters` are characters that no word may hold, for they divide values.
    """

    def __init__(
        self,
        key: bytes,
        read: Collection[str] = (),
        modifiers: Collection[str] = (),
        delimiters: str = "",
    ) -> None:
        self._key = key
        self._read = frozenset(read)
        self._modifiers = frozenset(modifiers)
        self._alphabets = tuple(
            _without(alphabet, delimiters.upper() + delimiters.lower())
            for alphabet in (_DIGITS, _LETTERS, _HIGH, _UPPER, _LOWER)
        )
        self._delimiters = frozenset(delimiters)
        self._divided = any(c.isalnum() for c in delimiters)
        characters = "".join(self._alphabets) + self._alphabets[1].lower()
        self.words = re.compile(f"[{re.escape(characters)}]+")
        self._shape = lru_cache(maxsize=1024)(self._new_shape)
        self._special = lru_cache(maxsize=64)(self._new_shape_of)
        self.word: Callable[[str], str] = lru_cache(maxsize=_WORDS_KEPT)(self._word)

    def all_of(self, text: str, again: int = 0) -> str:
        """A text with every word replaced, all else as it is; `again` asks for another one."""
        if text.isalnum() and text.isascii() and not self._divided:
            return self.other(text, again) if again else self.word(text)
        return self.words.sub(lambda match: self.other(match[0], again), text)

    def may_stand(self, text: str) -> bool:
        """Whether no delimiter is in a text."""
        return self._delimiters.isdisjoint(text)

    def other(self, word: str, again: int = 0) -> str:
        """The word that comes after `again` others have been turned down."""
        made = self.word(word)
        while again:
            made = self.word(made)
            again -= 1
        return made

    def _word(self, word: str) -> str:
        if len(word) > _LONGEST:
            parts = (word[n : n + _LONGEST] for n in range(0, len(word), _LONGEST))
            return "".join(map(self.word, parts))
        upper = word.upper() if word.isascii() else word.translate(_TO_UPPER)
        if self._divided:
            made = self._walk(upper, lambda _: True)
        elif upper in self._read:
            made = self._turned_in(upper)
        elif word.isascii() and word.isdecimal():
            made = self._figures(word)
        else:
            made = self._letters(upper)
        if upper == word:
            return made
        return "".join(
            m.translate(_TO_LOWER) if w != u else m
            for m, w, u in zip(made, word, upper, strict=True)
        )

    def _turned_in(self, word: str) -> str:
        """Another of the words that are read, of the same length; the word where it is alone."""
        like = sorted(w for w in self._read if _pattern(w) == _pattern(word))
        label = b"read" + _pattern(word).encode()
        step = 1 + self._number(label) % (len(like) - 1) if len(like) > 1 else 0
        return like[(like.index(word) + step) % len(like)]

    def _figures(self, word: str) -> str:
        if word in _ALONE:
            return word
        if len(word) == 10:
            return self._ten_digits(word)
        if len(word) in (5, 9) and word.startswith(NO_ZIP):
            return NO_ZIP + self.word(word[len(NO_ZIP) :])
        kind = _kind_of_figures(word, self._modifiers)
        return self._walk(word, lambda made: _kind_of_figures(made, self._modifiers) == kind)

    def _ten_digits(self, word: str) -> str:
        """An NPI with its check digit stays one, and so does a number that fails that check.

        The last digit is written as its distance from the check digit.
        """
        kind = _is_telephone(word)
        if word[0] not in "12":
            first = "03456789"
            alphabets = (first, *[_DIGITS] * 9)
            return self._walk(word, lambda made: _is_telephone(made) == kind, b"10", alphabets)
        off = (int(word[9]) - check_digit(word[:9])) % 10
        last = _DIGITS[1:] if off else "0"

        made = self._walk(
            word[:9] + str(off),
            lambda made: _is_telephone(made) == kind,
            b"npi" if off else b"good npi",
            ("12", *[_DIGITS] * 8, last),
        )
        return made[:9] + str((check_digit(made[:9]) + int(made[9])) % 10)

    def _letters(self, word: str) -> str:
        if len(word) == 11 and mbi_fault(word) is None:
            alphabets = tuple(
                _MBI_LETTERS if c in _LETTERS else _DIGITS[n == 0 :] for n, c in enumerate(word)
            )
            label = b"mbi" + _pattern(word).encode()
            return self._walk(word, lambda _: True, label, alphabets)
        if len(word) == 10 and word[2] == "D" and _CLIA.fullmatch(word):
            alphabets = tuple("D" if c == "D" else _DIGITS for c in word)
            return self._walk(word, lambda _: True, b"clia", alphabets)
        kind = self._kind_of_letters(word)
        is_mixed = not word.isalpha()
        return self._walk(
            word,
            lambda made: (
                made not in self._read
                and _HEADER not in made
                and self._kind_of_letters(made) == kind
                and not (is_mixed and self._holds_read(made))
            ),
        )

    def _holds_read(self, word: str) -> bool:
        """Whether some of its letters are a word that is read, with digits beside it."""
        return not self._read.isdisjoint(_LETTER_RUN.findall(word))

    def _kind_of_letters(self, word: str) -> Hashable:
        """What a rule may see in a word that is more than digits."""
        length = len(word)
        if length == 2:
            return word in self._modifiers
        if length == 10:
            return word[-1] == "X", word[2] == "D" and bool(_CLIA.fullmatch(word))
        return length == 11 and mbi_fault(word) is None

    # the permutation

    def _walk(
        self,
        word: str,
        takes: Callable[[str], bool],
        label: bytes = b"",
        alphabets: tuple[str, ...] = (),
    ) -> str:
        """The next word that is taken; among those that are the walk is a permutation too."""
        shape = self._special(label, alphabets) if alphabets else self._shape(_pattern(word))
        made = word
        for _ in range(_MOST_STEPS):
            made = self._next(made, shape)
            if takes(made):
                break
        return made

    def _new_shape(self, pattern: str) -> _ValueShape:
        digits, letters, high, upper, lower = self._alphabets
        known = {"9": digits, "A": letters, "\x80": high, "\xc0": upper, "\xdf": lower}
        alphabets = tuple(known.get(c, c) for c in pattern)
        return self._new_shape_of(pattern.encode(), alphabets)

    def _new_shape_of(self, label: bytes, alphabets: tuple[str, ...]) -> _ValueShape:
        runs = []
        for alphabet, same in groupby(alphabets):
            length = len(list(same))
            runs.append(_LetterRun(alphabet, length, len(alphabet) ** length))
        right = prod(len(alphabet) for alphabet in alphabets[len(alphabets) // 2 :])
        whole = prod(run.ways for run in runs)
        step = 1 + self._number(b"step" + label) % max(whole - 1, 1)
        while gcd(step, whole) > 1:
            step += 1
        rounds = (self._hash(b"first" + label).copy, self._hash(b"second" + label).copy)
        return _ValueShape(tuple(runs), rounds, whole // right, right, step)

    @staticmethod
    def _next(word: str, shape: _ValueShape) -> str:
        """A step on the one cycle of E⁻¹(E(x) + step), E a Feistel network: no word is its own.

        There and back makes four rounds.
        """
        runs, (first, second), left, right, step = shape
        number = at = 0
        for alphabet, length, ways in runs:
            number = number * ways + _number_of(word[at : at + length], alphabet)
            at += length
        x, y = divmod(number, right)
        x = (x + _round(first(), y)) % left
        y = (y + _round(second(), x)) % right
        x, y = divmod((x * right + y + step) % (left * right), right)
        y = (y - _round(second(), x)) % right
        number = (x - _round(first(), y)) % left * right + y
        if len(runs) == 1:
            return _word_of(number, *runs[0][:2])
        made = ""
        for alphabet, length, ways in reversed(runs):
            number, part = divmod(number, ways)
            made = _word_of(part, alphabet, length) + made
        return made

    def _hash(self, label: bytes) -> blake2b:
        return blake2b(label + b"\0", digest_size=_DIGEST, key=self._key)

    def _number(self, label: bytes) -> int:
        return int.from_bytes(self._hash(label).digest(), "big")


def _without(alphabet: str, characters: str) -> str:
    rest = "".join(c for c in alphabet if c not in characters)
    return alphabet if rest == alphabet else rest


def _round(hashed: blake2b, value: int) -> int:
    hashed.update(b"%x" % value)
    return int.from_bytes(hashed.digest(), "big")


def _number_of(word: str, alphabet: str) -> int:
    """A word as a number, its characters being digits to the base of the alphabet's length."""
    if alphabet is _DIGITS:
        return int(word)
    if alphabet is _LETTERS:
        return int(word.translate(_AS_DIGITS), 26)
    number = 0
    for character in word:
        number = number * len(alphabet) + alphabet.index(character)
    return number


def _word_of(number: int, alphabet: str, length: int) -> str:
    if alphabet is _DIGITS:
        return str(number).zfill(length)
    made = ""
    if alphabet is _LETTERS:
        while length > 1:
            number, pair = divmod(number, 26 * 26)
            made = _PAIRS[pair] + made
            length -= 2
    base = len(alphabet)
    for _ in range(length):
        number, index = divmod(number, base)
        made = alphabet[index] + made
    return made


_PAIRS = list(map("".join, product(_LETTERS, repeat=2)))
_AS_DIGITS = {ord(c): d for c, d in zip(_LETTERS, "0123456789abcdefghijklmnop", strict=True)}
_TO_UPPER = {ord(c.lower()): c for c in _LETTERS}
_TO_LOWER = {ord(c): c.lower() for c in _LETTERS}
_PATTERN = str.maketrans(
    _DIGITS + _LETTERS + _HIGH + _UPPER + _LOWER,
    "9" * 10 + "A" * 26 + "\x80" * len(_HIGH) + "\xc0" * len(_UPPER) + "\xdf" * len(_LOWER),
)
_UTF8 = re.compile("[\xc0-\xff][\x80-\xbf]+")


def _pattern(word: str) -> str:
    """The kind of each character; the first byte of a letter in UTF-8 stays as it is."""
    if word.isascii():
        return word.translate(_PATTERN)
    pattern = list(word.translate(_PATTERN))
    for match in _UTF8.finditer(word):
        pattern[match.start()] = match[0][0]
    return "".join(pattern)


def _kind_of_figures(word: str, modifiers: Collection[str]) -> Hashable:
    """What a rule may see in digits: whether they can be parts of the numbers of persons."""
    length = len(word)
    if length in (1, 8):
        return None
    if length == 5:
        return word.startswith(NO_ZIP)
    if length == 2:
        return word in modifiers, word in _ALONE
    if length == 3:
        return word == "666" or word[0] == "9", word[0] in "01", word in _ALONE
    if length == 4:
        return word in _ALONE
    if length == 9:
        return _is_social_security(word), word.startswith(NO_ZIP)
    if length > 10:
        of_country = length == 11 and word[0] == "1" and _is_telephone(word[1:])
        return of_country, word[0] in "01", {*word[:3]} <= {*"01"}
    return length in (6, 7) and _is_telephone(word)


def _is_social_security(word: str) -> bool:
    area, group, serial = word[:3], word[3:5], word[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _is_telephone(word: str) -> bool:
    """Whether area and exchange, as far as the digits have them, begin as they must."""
    exchange = word[3:4] if len(word) != 7 else "2"
    return word[0] not in "01" and exchange not in "01"
