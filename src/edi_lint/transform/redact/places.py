"""What stays: codes, amounts and counts, where the guide has them and where they look like it.

Everything else is replaced. A place is known by tag, element and component alone, whatever loop
it is in, so that a segment in the wrong place, or of a broken file, is treated like any other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from functools import cache
from typing import NamedTuple

from edi_lint.codes.patterns import REMARK
from edi_lint.engine.elements import is_time
from edi_lint.engine.identity import CURRENT_GUIDE, OLD_GUIDE
from edi_lint.grammar import ElementSpec, Grammar, grammar_for


class Content(Enum):
    """What a place holds that is not kept: how it is replaced."""

    WORDS = auto()
    """Identifiers, and whatever is not known."""
    NAME = auto()
    TEXT = auto()
    """Free text, in which rules read."""
    DAY = auto()
    BIRTH = auto()
    STREET = auto()


DATES = frozenset({Content.DAY, Content.BIRTH})


class RedactedPlace(NamedTuple):
    """An element or component: which of its values stay, and what to do with the others."""

    codes: frozenset[str] = frozenset()
    form: re.Pattern[str] | None = None
    is_time: bool = False
    content: Content = Content.WORDS
    components: tuple[RedactedPlace, ...] = ()

    def keeps(self, value: str) -> bool:
        """Whether a value stays."""
        bare = value.strip(" ").upper()
        if bare in self.codes or (len(bare) == 1 and f"0{bare}" in self.codes):
            return True
        if self.form is not None and self.form.fullmatch(bare):
            return True
        return self.is_time and is_time(value)


UNKNOWN = RedactedPlace()
"""A place that no guide has: nothing stays."""


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


_AMOUNT = _form(r"-?(?:\d{1,7}(?:\.\d{0,4})?|\.\d{1,4})")
"""An amount, a quantity or a count. Longer numbers may be identifiers in the wrong place."""
_CONTROL_NUMBER = _form(r"(?!(?:1[89]\d\d|200\d)(?:0\d|1[0-2])(?:[0-2]\d|3[01])(?!\d))\d{1,9}")
"""A control number; not eight digits that may be a birth."""

BY_DATA_ELEMENT = {
    "I12": _CONTROL_NUMBER,
    "28": _CONTROL_NUMBER,
    "329": _CONTROL_NUMBER,
    "I11": _form(r"00\d{3}"),
    "479": _form(r"HC|HP|HB|HN|HS|HR|HI|FA|BE|RA"),
    "143": _form(r"\d{3}"),
    "1005": _form(r"\d{4}"),
    "480": _form(r"\d{6}(?:X\d{3}(?:[A-Z]\d)?)?"),
    "1705": _form(r"\d{6}(?:X\d{3}(?:[A-Z]\d)?)?"),
    "628": _form(r"\d{1,6}"),
    "734": _form(r"\d{1,6}"),
    # procedures: HCPCS and CPT, NDC with and without dashes
    "234": _form(r"(?=.*\d{3})[A-Z0-9]{5}(?:[A-Z0-9]{2})?|\d{11}|\d{5}-\d{4}-\d{2}"),
    "1339": _form(r"[A-Z0-9]{2}"),
    # diagnoses of both revisions, procedures of anesthesia, condition codes, forms
    "1271": _form(
        r"[A-Z]\d[A-Z0-9]{0,2}\.?[A-Z0-9]{0,4}|\d{2,3}\.?\d{0,2}|\d{5}|[A-Z]\d|\d{2,3}\.\d{2}[A-Z]?"
    ),
    "1325": _form(r"[A-Z0-9]"),
    "1034": _form(r"[A-Z]?\d{1,3}"),
    "100": _form(r"USD|CAD"),
    "350": _form(r"\d{1,2}[A-Z]?"),
}
"""Data elements that hold codes or control numbers though the guide lists none, and their form."""

_TAXONOMY = _form(r"[0-9A-Z]{9}X")
_KEPT_IN = {
    ("PRV", 3): _TAXONOMY,
    # after 87 it is the guide that the set follows
    ("REF", 2): _form(r"\d{6}X\d{3}(?:[A-Z]\d)?"),
    **{("MOA", n): REMARK for n in range(3, 8)},
}
"""Elements that hold codes of lists that the guide does not name."""

_DELIMITERS_OF_ISA = ((11, _form(".?")), (16, _form(".?")))
_TEXTS = frozenset({"352", "449", "61"})
"""Data elements that hold free text."""
_STREET = "166"
_NAME = "1035"
_BIRTHS = frozenset({("DMG", 2)})


@cache
def places(tag: str) -> tuple[RedactedPlace, ...]:
    """What the elements of a segment hold; empty for a tag that neither guide has."""
    specs = {id(s): s for grammar in _grammars() for s in _specs(grammar, tag)}
    columns = _columns(list(specs.values()))
    return tuple(_place(tag, n, column) for n, column in enumerate(columns, start=1))


@cache
def listed_codes() -> Mapping[str, frozenset[str]]:
    """By data element of type ID, the codes that a guide lists for it anywhere.

    One in the wrong place is still a code, and rules see it as one.
    """
    found: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for grammar in _grammars():
        for node in (*grammar.segment_nodes(), *grammar.envelope.values()):
            for spec in node.spec.elements:
                for part in spec.components if spec.is_composite else (spec,):
                    if part.kind == "ID" and part.codes:
                        found[part.number] |= part.codes
    return found


@cache
def _grammars() -> tuple[Grammar, ...]:
    found = (grammar_for(guide) for guide in (CURRENT_GUIDE, OLD_GUIDE))
    return tuple(grammar for grammar in found if grammar is not None)


@cache
def dated_tags() -> frozenset[str]:
    """Tags of segments with an element for dates."""
    tags = {tag for grammar in _grammars() for tag in (*grammar.by_tag, *grammar.envelope)}
    return frozenset(tag for tag in tags if any(place.content in DATES for place in places(tag)))


def _specs(grammar: Grammar, tag: str) -> Iterable[tuple[ElementSpec, ...]]:
    for index in grammar.by_tag.get(tag, ()):
        node = grammar.segment_node(index)
        if node is not None:
            yield node.spec.elements
    if tag in grammar.envelope:
        yield grammar.envelope[tag].spec.elements


def _columns(rows: Sequence[Sequence[ElementSpec]]) -> list[list[ElementSpec]]:
    """The specs of each position, of all rows that reach so far."""
    longest = max(map(len, rows), default=0)
    return [[row[n] for row in rows if n < len(row)] for n in range(longest)]


def _place(tag: str, element: int, specs: Sequence[ElementSpec]) -> RedactedPlace:
    composites = [spec.components for spec in specs if spec.is_composite]
    components = tuple(_simple(tag, 0, column) for column in _columns(composites))
    simple = [spec for spec in specs if not spec.is_composite]
    return _simple(tag, element, simple)._replace(components=components)


def _simple(tag: str, element: int, specs: Sequence[ElementSpec]) -> RedactedPlace:
    numbers = {spec.number for spec in specs}
    kinds = {spec.kind for spec in specs}
    forms = {form for number, form in BY_DATA_ELEMENT.items() if number in numbers}
    if "R" in kinds or any(kind[:1] == "N" for kind in kinds):
        forms.add(_AMOUNT)
    if (tag, element) in _KEPT_IN:
        forms.add(_KEPT_IN[tag, element])
    if tag == "ISA":
        forms.update(form for n, form in _DELIMITERS_OF_ISA if n == element)
    return RedactedPlace(
        frozenset().union(
            *(spec.codes or () for spec in specs),
            *(listed_codes()[spec.number] for spec in specs if spec.kind == "ID"),
        ),
        _form("|".join(sorted(f"(?:{form.pattern})" for form in forms))) if forms else None,
        "TM" in kinds,
        _content(tag, element, numbers, kinds),
    )


def _content(tag: str, element: int, numbers: set[str], kinds: set[str]) -> Content:
    if "DT" in kinds or "1251" in numbers:
        return Content.BIRTH if (tag, element) in _BIRTHS else Content.DAY
    if numbers & _TEXTS:
        return Content.TEXT
    if _STREET in numbers:
        return Content.STREET
    return Content.NAME if _NAME in numbers else Content.WORDS
