"""What rules read in words: it stays in notes, and in the names by which payers are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache
from itertools import product
from typing import Any

from edi_lint.packs import Pack
from edi_lint.packs.profiles import NAMES_ANOTHER, NAMES_MEDICARE, says_medicare
from edi_lint.rules.codes import PO_BOX
from edi_lint.rules.flow_rates import WORDS as RATE_WORDS
from edi_lint.rules.flow_rates import flow_rates
from edi_lint.rules.modifier_order import LIST, OVERFLOW, is_published, listed, possible
from edi_lint.rules.notes import PERSONAL, topics_missing
from edi_lint.run.judge import run_of
from edi_lint.settings import Settings
from edi_lint.transform.redact.calendar import Calendar
from edi_lint.transform.redact.invent import Inventor

_MOST_TRIES = 30
_LONGEST_NOTE = 2_000
"""No element has room for as much; of a longer text nothing is left."""

_WORDS = RATE_WORDS | frozenset({
    # before what belongs to a person: DOC004
    *("BIRTH", "BIRTHDATE", "BIRTHDAY", "BORN", "CELL", "DATE", "DOB", "FAX", "IS", "MOBILE"),
    *("NO", "NUM", "NUMBER", "OF", "ON", "PH", "PHONE", "SECURITY", "SOCIAL", "SS", "SSN", "TEL"),
    "TELEPHONE",
    # before modifiers: MOD006
    *("KB", "MOD", "MODIFIER", "MODIFIERS", "MODS", "OVERFLOW"),
    # before a box: COD008
    *("BOX", "LOCKBOX", "OFFICE", "PO", "POST"),
})  # fmt: skip
"""Words that rules read, beside those of the rule packs in force."""

_LETTERS = re.compile("[A-Z]+")
_RUN = re.compile("[A-Z]+|[0-9]+", re.ASCII)
_FIXED = (
    # a quantity: of a drug, or how long
    re.compile(
        r"(?<![\w.,/-])\d{1,4}(?:\.\d{1,3})?\s*"
        r"(?:ML|MLS|CC|CCS|MG|MCG|PCT|HRS?|HOURS?|DAYS?|WKS?|WEEKS?|%)(?![A-Z0-9])",
        re.ASCII,
    ),
    # the 1 before a telephone number
    re.compile(r"(?<![\w.-])1(?=[- .]\(?[2-9]\d\d)", re.ASCII),
    re.compile(r"\bD\.O\.B", re.ASCII),
)
_PO_BOX = re.compile(PO_BOX, re.IGNORECASE)
_ASCII_UPPER = {ord(c): chr(ord(c) - 32) for c in "abcdefghijklmnopqrstuvwxyz"}

Span = tuple[int, int, str]
"""Where something is in a text, and what is there afterwards."""


@cache
def _published_modifiers() -> frozenset[str]:
    pairs = map("".join, product("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", repeat=2))
    return frozenset(filter(is_published, pairs)) - OVERFLOW


class KnownWords:
    """What rules read in words under some settings. Raises PackError for their packs and profiles.

    `words` are in upper case. `ids` are those of payers and suppliers that payer profiles name.
    """

    def __init__(self, settings: Settings) -> None:
        about = run_of(settings)
        packs = {pack.name: pack for pack in about.packs.values()}
        self._packs: tuple[Pack, ...] = tuple(packs.values())
        profiles = about.profiles.all
        matches = [match for p in profiles for match in p.matches]
        self._payers = [name.upper() for match in matches for name in match.payer_names]
        self.ids = frozenset(
            id_
            for profile in profiles
            for ids in (
                *(match.payer_ids for match in profile.matches),
                *(p.suppliers.values for p in profile.policies.values() if p.suppliers),
            )
            for id_ in ids
        )
        contents = [w for p in self._packs for ws in p.note_contents.values() for w in ws]
        self.words = _WORDS.union(
            word for text in contents for word in _LETTERS.findall(text) if len(word) > 1
        )
        phrases = sorted((w for w in contents if not w.isalpha()), key=len, reverse=True)
        either = "|".join(map(re.escape, phrases)) or r"(?!)"
        self._fixed = (*_FIXED, re.compile(f"(?<![A-Z])(?:{either})(?![A-Z])"))
        self.modifiers = _published_modifiers()

    def text(self, text: str, inventor: Inventor, calendar: Calendar) -> str:
        """Free text of which is left what rules read, saying the same to them."""
        if len(text) > _LONGEST_NOTE:
            return inventor.all_of(text)
        upper = text.translate(_ASCII_UPPER)
        fixed = [m.span() for form in self._fixed for m in form.finditer(upper)]
        fixed += [span for rate in flow_rates(text) for span in rate.spans]
        fixed += [(named.start, named.end) for named in possible(text)]
        if listed(text) and (match := LIST.fullmatch(text.upper())):
            fixed.append(match.span("list"))
        spans = [(start, end, text[start:end]) for start, end in fixed]
        spans += calendar.text(text)
        return self._until_same(
            lambda again: _around(text, spans, lambda part: self._words(part, inventor, again)),
            text,
            self._said,
        )

    def _words(self, text: str, inventor: Inventor, again: int) -> str:
        """A part of a text without the words that are not read."""

        def other(match: re.Match[str]) -> str:
            word = match[0]
            upper = word.translate(_ASCII_UPPER)
            if upper in self.words or (upper in self.modifiers and upper.isalpha()):
                return word
            runs = _RUN.findall(upper)
            if len(runs) > 1 and not self.words.isdisjoint(runs):
                return _RUN.sub(lambda run: self._run(word, run, inventor, again), upper)
            return inventor.other(word, again)

        return inventor.words.sub(other, text)

    def _run(self, word: str, run: re.Match[str], inventor: Inventor, again: int) -> str:
        """The letters or the digits of a word that holds a word that is read."""
        part = word[slice(*run.span())]
        return part if run[0] in self.words else inventor.other(part, again)

    def _said(self, text: str) -> Any:
        """What rules take from a text."""
        upper = text.upper()
        return (
            [(r.number, r.most, r.is_limit) for r in flow_rates(text)],
            [topics_missing(upper, pack) for pack in self._packs],
            [(what, m.span()) for what, form in PERSONAL for m in form.finditer(text)],
            listed(text),
            [named.modifiers for named in possible(text)],
        )

    def street(self, text: str, inventor: Inventor) -> str:
        """A line of an address; that it is a post office box stays."""
        spans = [(*m.span(), m[0]) for m in _PO_BOX.finditer(text)]
        return self._until_same(
            lambda again: _around(text, spans, lambda part: inventor.all_of(part, again)),
            text,
            lambda made: bool(_PO_BOX.search(made)),
        )

    def payer(self, name: str, inventor: Inventor) -> str:
        """A payer's name, of which is left what payer profiles ask for, and whether it says that
        it is Medicare.
        """
        upper = name.translate(_ASCII_UPPER)
        spans: list[Span] = []
        for pattern in self._known_by(upper):
            at = 0
            for part in filter(None, re.split(r"[*?]", pattern)):
                start = upper.find(part, at)
                if start >= 0:
                    at = start + len(part)
                    spans.append((start, at, name[start:at]))
        for words in (NAMES_MEDICARE, NAMES_ANOTHER):
            spans += [(*m.span(), name[slice(*m.span())]) for m in words.finditer(upper)]
        return self._until_same(
            lambda again: _around(name, spans, lambda part: inventor.all_of(part, again)),
            name,
            lambda made: (self._known_by(made), says_medicare(made)),
        )

    def _known_by(self, name: str) -> list[str]:
        return [p for p in self._payers if fnmatchcase(name.upper(), p)]

    @staticmethod
    def _until_same(make: Callable[[int], str], text: str, said: Callable[[str], Any]) -> str:
        """What is made of a text at the first try at which it says what the text says."""
        meant = said(text)
        made = text
        for again in range(_MOST_TRIES):
            made = make(again)
            if said(made) == meant:
                break
        return made


def _around(text: str, spans: Iterable[Span], other: Callable[[str], str]) -> str:
    """The text with the spans as they say, and everything around them replaced."""
    made = []
    at = 0
    for start, end, new in sorted(spans):
        if start < at:
            if end <= at:
                continue
            new, start = new[at - start :], at
        made += [other(text[at:start]), new]
        at = end
    made.append(other(text[at:]))
    return "".join(made)
