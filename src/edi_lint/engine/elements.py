"""Checks the elements of one segment against the guide: presence, length, type, codes, notes.

`check` is exact. `acceptor` builds one regular expression for a segment that matches only what
`check` finds nothing wrong with, so that most segments need no further look.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from edi_lint.engine.numbering import plain_number
from edi_lint.engine.result import FaultCode
from edi_lint.grammar import ElementSpec, Usage
from edi_lint.grammar.model import SegmentSpec, SyntaxNote
from edi_lint.x12 import Delimiters, Segment

_EXPLAINS_A_NOTE = frozenset({FaultCode.ELEMENT_MISSING, FaultCode.NOT_USED})

EARLIEST_YEAR = 1800
"""As pyx12 does, an earlier year is taken for a typing error."""

_NUMERIC = re.compile(r"-?[0-9]+")
_DECIMAL = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
# X12.6's extended character set, as 5010 and 4010 have it.
_EXTENDED_5010 = r"""A-Za-z0-9!"&'()*+,\-./:;?= %~@\[\]_{}\\|<>^`#$"""
_EXTENDED_4010 = r"""A-Za-z0-9!"&'()*+,\-./:;?= %~@\[\]_{}\\|<>#$"""
_OUTSIDE_5010 = re.compile(f"[^{_EXTENDED_5010}]")
_OUTSIDE_4010 = re.compile(f"[^{_EXTENDED_4010}]")


class ElementFault(NamedTuple):
    """A fault within one segment; positions from 1, 0 where they do not apply."""

    code: FaultCode
    element: int
    component: int = 0
    repeat: int = 0
    number: int = 0


def check(spec: SegmentSpec, segment: Segment) -> list[ElementFault]:
    """Every fault of the segment's elements: at most one for each element or component."""
    return check_values(spec, segment.values, segment.delimiters)


def check_values(
    spec: SegmentSpec, values: list[str], delimiters: Delimiters
) -> list[ElementFault]:
    """`check` of a segment that has this tag and these elements."""
    last = len(values) - 1
    found: list[ElementFault] = []
    while last and values[last] == "":
        last -= 1
    if last == 0:
        return _nothing_there(spec)
    if last > len(spec.elements):
        found.append(ElementFault(FaultCode.TOO_MANY_ELEMENTS, len(spec.elements) + 1))
    check_ = Checker(delimiters)
    for position, element in enumerate(spec.elements, start=1):
        value = values[position] if position <= last else ""
        format_ = ""
        if position <= last and element.number == "1251":
            format_ = _format(spec.elements[position - 2], values[position - 1])
        if not value and not _is_asked_for(element, values):
            continue
        found.extend(check_.element(element, position, value, format_))
    faulty = {f.element for f in found if f.code in _EXPLAINS_A_NOTE}
    for note in spec.notes:
        broken = _broken_note(note, values)
        if broken and not faulty.intersection(note.positions):
            found.append(broken)
            faulty.add(broken.element)
    if last < len(values) - 1 and not faulty.intersection(range(last + 1, len(values))):
        found.append(ElementFault(FaultCode.TRAILING_SEPARATOR, len(values) - 1))
    return found


def _is_asked_for(element: ElementSpec, values: list[str]) -> bool:
    """Whether the guide asks for an element beside the values that its segment has."""
    if element.only_when is None:
        return True
    position, value = element.only_when
    return position < len(values) and values[position] == value


def broken_values(segment: Segment) -> Iterator[tuple[int, int, int]]:
    """Element, component and repeat of each value of a segment that contains a line break.

    A component or repeat is named only where the element has several. Element 0 is the tag.
    """
    delimiters, raw = segment.delimiters, segment.raw
    breaks = delimiters.line_breaks
    for written, value in enumerate(raw.split(delimiters.element)):
        if not any(c in value for c in breaks):
            continue
        element = segment.shift.as_meant(written) if segment.shift else written
        repeats = value.split(delimiters.repetition) if delimiters.repetition else [value]
        for repeat, occurrence in enumerate(repeats, start=1):
            parts = occurrence.split(delimiters.component)
            for component, part in enumerate(parts, start=1):
                if any(c in part for c in breaks):
                    within = component if len(parts) > 1 else 0
                    yield element, within, repeat if len(repeats) > 1 else 0


def _nothing_there(spec: SegmentSpec) -> list[ElementFault]:
    """A segment without any data lacks the first thing that it needs, and that says it all."""
    for position, element in enumerate(spec.elements, start=1):
        if element.usage is Usage.REQUIRED:
            return [ElementFault(FaultCode.ELEMENT_MISSING, position)]
    return [ElementFault(FaultCode.ELEMENT_MISSING, 1)]


class Checker:
    """Checks elements under one set of delimiters."""

    def __init__(self, delimiters: Delimiters) -> None:
        self.component = delimiters.component.decode("latin-1")
        self.repetition = delimiters.repetition.decode("latin-1")
        self.outside = _outside(delimiters)

    def element(
        self, spec: ElementSpec, position: int, value: str, format_: str
    ) -> Iterator[ElementFault]:
        if value == "":
            if spec.usage is Usage.REQUIRED:
                yield ElementFault(FaultCode.ELEMENT_MISSING, position)
            return
        if spec.usage is Usage.NOT_USED:
            yield ElementFault(FaultCode.NOT_USED, position)
            return
        occurrences = value.split(self.repetition) if self.repetition else [value]
        if spec.repeat and len(occurrences) > spec.repeat:
            yield ElementFault(FaultCode.TOO_MANY_REPETITIONS, position, number=spec.repeat)
            return
        for number, occurrence in enumerate(occurrences, start=1):
            repeat = number if len(occurrences) > 1 else 0
            if spec.is_composite:
                yield from self.composite(spec, position, repeat, occurrence)
            elif self.component in occurrence:
                yield ElementFault(FaultCode.BAD_CHARACTER, position, 0, repeat)
            else:
                code, limit = self.value(spec, occurrence, format_)
                if code:
                    yield ElementFault(code, position, 0, repeat, limit)

    def composite(
        self, spec: ElementSpec, position: int, repeat: int, value: str
    ) -> Iterator[ElementFault]:
        parts = value.split(self.component)
        last = len(parts)
        while last and parts[last - 1] == "":
            last -= 1
        if last == 0 and spec.usage is Usage.REQUIRED:
            yield ElementFault(FaultCode.ELEMENT_MISSING, position)
            return
        lacking = [
            n
            for n, c in enumerate(spec.components[: len(parts)], start=1)
            if n > last and c.usage is Usage.REQUIRED
        ]
        if last < len(parts) and not (last and lacking):
            yield ElementFault(FaultCode.TRAILING_SEPARATOR, position, len(parts), repeat)
        if last == 0:
            return
        if last > len(spec.components):
            number = len(spec.components) + 1
            yield ElementFault(FaultCode.TOO_MANY_COMPONENTS, position, number, repeat)
        for number, component in enumerate(spec.components, start=1):
            part = parts[number - 1] if number <= last else ""
            code: FaultCode | None = None
            limit = 0
            if part == "":
                if component.usage is Usage.REQUIRED:
                    code = FaultCode.ELEMENT_MISSING
            elif component.usage is Usage.NOT_USED:
                code = FaultCode.NOT_USED
            else:
                format_ = ""
                if component.number == "1251" and number > 1:
                    format_ = _format(spec.components[number - 2], parts[number - 2])
                code, limit = self.value(component, part, format_)
            if code:
                yield ElementFault(code, position, number, repeat, limit)

    def value(self, spec: ElementSpec, value: str, format_: str) -> tuple[FaultCode | None, int]:
        """What is wrong with a value that is there, the most telling fault first."""
        if spec.kind in ("AN", "ID"):
            if self.outside.search(value):
                return FaultCode.BAD_CHARACTER, 0
            if value[-1] == " " and not value.strip(" ") and spec.number[:1] != "I":
                missing = spec.usage is Usage.REQUIRED
                return FaultCode.ELEMENT_MISSING if missing else FaultCode.TRAILING_SPACE, 0
            if value[-1] == " " and len(value.rstrip(" ")) >= spec.shortest:
                return FaultCode.TRAILING_SPACE, 0
        if spec.codes is not None and value not in spec.codes:
            is_number = spec.kind[:1] == "N"
            if not (is_number and plain_number(value) in spec.codes):
                return FaultCode.BAD_CODE, 0
        if format_:
            code = date_fault(format_, value)
            if code:
                return code, 0
        counted = value
        if spec.kind == "R" or spec.kind[:1] == "N":
            if not (_DECIMAL if spec.kind == "R" else _NUMERIC).fullmatch(value):
                return FaultCode.BAD_CHARACTER, 0
            counted = value.replace("-", "").replace(".", "")
        elif spec.kind == "DT":
            if not is_date(value):
                return FaultCode.BAD_DATE, 0
        elif spec.kind == "TM" and not is_time(value):
            return FaultCode.BAD_TIME, 0
        if len(counted) < spec.shortest:
            return FaultCode.TOO_SHORT, spec.shortest
        if len(counted) > spec.longest:
            return FaultCode.TOO_LONG, spec.longest
        if spec.pattern and not spec.pattern.search(value):
            return FaultCode.BAD_PATTERN, 0
        return None, 0


def _outside(delimiters: Delimiters) -> re.Pattern[str]:
    """What finds a character that X12 has no place for."""
    return _OUTSIDE_5010 if len(delimiters.repetition) == 1 else _OUTSIDE_4010


def characters(delimiters: Delimiters) -> list[str]:
    """The characters that may stand in a value: X12's own but for the delimiters in use."""
    outside = _outside(delimiters)
    used = delimiters.element + delimiters.component + delimiters.repetition
    return [chr(c) for c in range(256) if not outside.match(chr(c)) and c not in used]


def _format(spec: ElementSpec, value: str) -> str:
    """A date's format qualifier, empty where the guide does not take it: that says it all."""
    return value if spec.codes is None or value in spec.codes else ""


def date_fault(format_: str, value: str) -> FaultCode | None:
    """What is wrong with a date or time under a format qualifier (element 1250)."""
    if format_ in ("D8", "D6"):
        good = len(value) == int(format_[1]) and is_date(value)
        return None if good else FaultCode.BAD_DATE
    if format_ == "RD8":
        first, dash, last = value.partition("-")
        if not (dash and len(first) == len(last) == 8 and is_date(first) and is_date(last)):
            return FaultCode.BAD_DATE
        return FaultCode.DATE_RANGE_REVERSED if last < first else None
    if format_ == "DT":
        good = len(value) == 12 and is_date(value[:8]) and is_time(value[8:])
        return None if good else FaultCode.BAD_DATE
    if format_ == "TM":
        return None if is_time(value) else FaultCode.BAD_TIME
    return None


@lru_cache(maxsize=4096)
def is_date(value: str) -> bool:
    """CCYYMMDD, or YYMMDD with X12's pivot at 50, naming a day that exists."""
    if not (value.isascii() and value.isdigit()):
        return False
    if len(value) == 6:
        value = ("20" if value < "50" else "19") + value
    if len(value) != 8 or int(value[:4]) < EARLIEST_YEAR:
        return False
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


def is_time(value: str) -> bool:
    """HHMM, HHMMSS, or HHMMSS with one or two digits of decimal seconds."""
    if not (value.isascii() and value.isdigit()) or len(value) not in (4, 6, 7, 8):
        return False
    return value[:2] <= "23" and value[2:4] <= "59" and value[4:6] <= "59"


def _broken_note(note: SyntaxNote, values: list[str]) -> ElementFault | None:
    """What a syntax note finds: P paired, R required, E exclusive, C and L conditional."""
    absent = [p for p in note.positions if p >= len(values) or values[p] == ""]
    present = [p for p in note.positions if p not in absent]
    first, *others = note.positions
    if note.kind == "P" and present and absent:
        return ElementFault(FaultCode.CONDITION_MISSING, absent[0])
    if note.kind == "R" and not present:
        return ElementFault(FaultCode.CONDITION_MISSING, first)
    if note.kind == "E" and len(present) > 1:
        return ElementFault(FaultCode.CONDITION_EXCLUDED, present[-1])
    if note.kind == "C" and first in present and len(absent) > 0:
        return ElementFault(FaultCode.CONDITION_MISSING, absent[0])
    if note.kind == "L" and first in present and absent == others:
        return ElementFault(FaultCode.CONDITION_MISSING, others[0])
    return None


def acceptor(spec: SegmentSpec, delimiters: Delimiters) -> re.Pattern[bytes]:
    """An expression over a segment's bytes that matches only segments without any fault.

    It may fail to match a good segment (a leap day, a date range); `check` then decides.
    """
    return re.compile(_Acceptor(delimiters).segment(spec), re.S)


_DAY = rb"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"
_MINUTE = rb"(?:[01][0-9]|2[0-3])[0-5][0-9]"
_NEVER = rb"(?!)"


class _Acceptor:
    """Builds the expression from the last element to the first.

    Each tail is optional as long as nothing required is in it; a look-behind at the end keeps
    separators from trailing.
    """

    def __init__(self, delimiters: Delimiters) -> None:
        self.separator = re.escape(delimiters.element)
        self.component = re.escape(delimiters.component)
        allowed = characters(delimiters)
        self.text = _one_of(allowed)
        self.last = _one_of([c for c in allowed if c != " "])

    def segment(self, spec: SegmentSpec) -> bytes:
        tail, required = b"", False
        for index in range(len(spec.elements) - 1, -1, -1):
            element = spec.elements[index]
            following = spec.elements[index + 1 : index + 2]
            if element.number == "1250" and following and following[0].number == "1251":
                value = b"D8" if element.codes and "D8" in element.codes else _NEVER
            elif element.number == "1251":
                value = _DAY
            else:
                value = self.composite(element) if element.is_composite else self.simple(element)
            tail, required = _joined(element.usage, self.separator, value, tail, required)
        end = b"(?<!" + self.separator + rb")\Z"
        return re.escape(spec.tag.encode()) + self.notes(spec) + tail + end

    def composite(self, spec: ElementSpec) -> bytes:
        if not spec.components:
            return _NEVER
        tail, required = b"", False
        for part in reversed(spec.components[1:]):
            tail, required = _joined(part.usage, self.component, self.simple(part), tail, required)
        first = self.simple(spec.components[0])
        if spec.components[0].usage is not Usage.REQUIRED:
            first = b"(?:" + first + b")?"
        return first + tail + b"(?<!" + self.component + b")"

    def simple(self, spec: ElementSpec) -> bytes:
        low, high = spec.shortest, spec.longest
        if spec.pattern or spec.number == "1251":
            return _NEVER
        if spec.codes is not None:
            fitting = (c for c in spec.codes if low <= len(c) <= high and c.isalnum())
            return b"(?:" + b"|".join(c.encode() for c in sorted(fitting, reverse=True)) + b")"
        if spec.kind[:1] == "N":
            return b"-?[0-9]{%d,%d}" % (low, high)
        if spec.kind == "R":
            return rb"-?(?:[0-9]{1,%d}|[0-9]{0,%d}\.[0-9]{1,2})" % (high, high - 2)
        if spec.kind == "DT":
            return _DAY if high >= 8 else _NEVER
        if spec.kind == "TM":
            return _MINUTE
        return self.text + b"{%d,%d}" % (max(low, 1) - 1, high - 1) + self.last

    def notes(self, spec: SegmentSpec) -> bytes:
        """Look-aheads, one for each syntax note."""
        out = b""
        for note in spec.notes:
            first, *others = (self.present(p) for p in note.positions)
            every = b"".join(b"(?=" + o + b")" for o in others)
            none = b"".join(b"(?!" + o + b")" for o in others)
            either = b"|".join(others)
            if note.kind == "P":
                out += b"(?:(?=" + first + b")" + every + b"|(?!" + first + b")" + none + b")"
            elif note.kind == "R":
                out += b"(?=" + first + b"|" + either + b")"
            elif note.kind == "E":
                out += b"(?:(?!" + first + b")|" + none + b")"
            elif note.kind == "C":
                out += b"(?:(?!" + first + b")|" + every + b")"
            else:
                out += b"(?:(?!" + first + b")|(?=" + either + b"))"
        return out

    def present(self, position: int) -> bytes:
        other = b"[^" + self.separator + b"]"
        skipped = b"(?:" + self.separator + other + b"*){%d}" % (position - 1)
        return skipped + self.separator + other


def _one_of(characters: list[str]) -> bytes:
    return b"[" + b"".join(re.escape(c.encode("latin-1")) for c in characters) + b"]"


def _joined(
    usage: Usage, delimiter: bytes, value: bytes, tail: bytes, tail_required: bool
) -> tuple[bytes, bool]:
    """One more position in front of a tail, and whether anything from here on is required."""
    if usage is Usage.REQUIRED:
        return delimiter + b"(?:" + value + b")" + tail, True
    here = b"" if usage is Usage.NOT_USED else b"(?:" + value + b")?"
    if tail_required:
        return delimiter + here + tail, True
    if not here and not tail:
        return b"", False
    return b"(?:" + delimiter + here + tail + b")?", False
