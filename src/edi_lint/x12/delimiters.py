"""Reads an interchange's delimiters from its ISA segment, a well-formed one or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

ISA_LENGTH = 106
"""Bytes of an ISA segment with its terminator: X12.5 gives every element a fixed width."""

_SEPARATORS_AT = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_SEARCHED = 400
_SPACES = (b" ", b"\t", b"\r", b"\n")
_BLANKS = (b" ", b"\t")
_VERSION_WITH_REPETITION = b"00402"


@dataclass(frozen=True)
class Delimiters:
    """One byte each. `repetition` is empty before version 00402, where ISA11 is no delimiter.

    ISA12 gives the version. Where GS08 names a 5010 guide, ISA11 is one, whatever ISA12 says.


    `sound` is False where ISA names a delimiter that cannot be one: it is read without it.
    """

    element: bytes
    component: bytes
    repetition: bytes
    terminator: bytes
    sound: bool = True

    @cached_property
    def texts(self) -> tuple[str, str, str, str]:
        """Element, component, repetition and terminator as text."""
        element, component = self.element.decode("latin-1"), self.component.decode("latin-1")
        repetition, terminator = (
            self.repetition.decode("latin-1"),
            self.terminator.decode("latin-1"),
        )
        return element, component, repetition, terminator

    @cached_property
    def padding(self) -> bytes:
        """White space that may stand between segments without being data."""
        used = self.element + self.component + self.repetition + self.terminator
        return bytes(c for c in b"\r\n\t " if c not in used)

    @cached_property
    def line_breaks(self) -> bytes:
        """CR and LF, as far as they are no delimiters: inside a segment they are not data."""
        return bytes(c for c in self.padding if c in b"\r\n")

    def clashes(self) -> bool:
        """Whether two of the delimiters are the same byte, or one can stand in ordinary data."""
        if not self.sound:
            return True
        all_ = [d for d in (self.element, self.component, self.repetition, self.terminator) if d]
        return len(set(all_)) < len(all_) or any(d.isalnum() or d == b" " for d in all_)


def read_isa(data: bytes, at: int) -> tuple[Delimiters, int] | None:
    """The delimiters of the ISA that starts at `at`, and the index of its terminator.

    Where GS follows without a terminator, that of GS counts, and the index is where it should be.
    None when no ISA can be made out there. A header that is not 106 bytes long is read by
    counting its 16 element separators, or else by looking for the segment that follows it.
    """
    if data[at : at + 3] != b"ISA" or len(data) < at + 5:
        return None
    separator = data[at + 3 : at + 4]
    if separator.isalnum() or separator in b" \r\n" or data.find(separator, at + 4, at + 14) < 0:
        return None
    end = _after_sixteen(data, at, separator)
    late = _late_terminator(data, end, separator) if end is not None else None
    if end is not None and late is not None:
        return _delimiters(data, at, separator, end - 1, late)
    if end is not None:
        learnt = _terminator_of_next(data, end, separator)
        if learnt is not None:
            return _delimiters(data, at, separator, end - 1, learnt)[0], end
    if len(data) >= at + ISA_LENGTH and all(
        data[at + n : at + n + 1] == separator for n in _SEPARATORS_AT
    ):
        return _delimiters(data, at, separator, at + 104, at + 105)
    follower = re.compile(rb"(?=(.)[\r\n\t ]*(?:GS|TA1|IEA)" + re.escape(separator) + b")", re.S)
    if end is not None and (follower.match(data, end) or not data[end + 1 : end + 2].strip()):
        return _delimiters(data, at, separator, end - 1, end)
    nearby = data[at : at + _SEARCHED]
    if not any(tag + separator in nearby for tag in (b"GS", b"TA1", b"IEA")):
        return None
    found = follower.search(data, at + 4, at + _SEARCHED)
    if found is None:
        return None
    end = found.start()
    while end > at + 4 and data[end : end + 1] in b"\r\n\t ":
        end -= 1
    return _delimiters(data, at, separator, end - 1, end)


def _after_sixteen(data: bytes, at: int, separator: bytes) -> int | None:
    position = at
    for _ in range(16):
        position = data.find(separator, position + 1, at + _SEARCHED)
        if position < 0:
            return None
    end = position + 2
    return end if end < len(data) else None


def _late_terminator(data: bytes, at: int, separator: bytes) -> int | None:
    """The index of a terminator that white space parts from ISA16; `at` is its place.

    None where the terminator is at its place. A line break is one itself if no other byte comes
    before the next segment.
    """
    if data[at : at + 1] not in _SPACES:
        return None
    after = rb"[\r\n\t ]*(?:GS|TA1|IEA)" + re.escape(separator)
    found = re.compile(rb"[\r\n\t ]+([^\r\n\t A-Za-z0-9])" + after).match(data, at)
    if found is None and data[at : at + 1] in _BLANKS:
        found = re.compile(rb"[\t ]+([\r\n])" + after).match(data, at)
    return found.start(1) if found else None


def _terminator_of_next(data: bytes, at: int, separator: bytes) -> int | None:
    """The index of the terminator of GS, where GS follows ISA without one; `at` is its place.

    None where ISA has a terminator: a line break is one if GS ends with it too.
    """
    apart = re.escape(separator)
    elements = rb"(?:%b[^%b]{0,80}?){7}%b[0-9A-Z]{2,14}" % (apart, apart, apart)
    ends = rb"([^\r\n\t A-Za-z0-9%b])[\r\n\t ]*(?:ST|GS|TA1)%b" % (apart, apart)
    found = re.compile(rb"[\r\n\t ]*GS" + elements + ends).match(data, at, at + _SEARCHED)
    return found.start(1) if found else None


def names_5010(data: bytes, at: int, separator: bytes) -> bool | None:
    """Whether the GS after the ISA that ends at `at` names a 5010 guide; None without a GS."""
    elements = data[at + 1 : at + _SEARCHED].lstrip().split(separator, 9)
    if len(elements) < 9 or elements[0] != b"GS":
        return None
    return elements[8].startswith(b"005010")


def _delimiters(
    data: bytes, at: int, separator: bytes, component_at: int, end: int
) -> tuple[Delimiters, int]:
    elements = data[at:end].split(separator)
    named = data[component_at : component_at + 1]
    component = b":" if named == separator or named.isalnum() else named
    repetition = b""
    if len(elements) > 12 and (
        elements[12] >= _VERSION_WITH_REPETITION or names_5010(data, end, separator)
    ):
        repetition = elements[11]
    terminator = data[end : end + 1]
    sound = component == named
    if len(repetition) != 1 or repetition.isalnum():
        repetition = b""
    elif repetition in (separator, component, terminator):
        repetition, sound = b"", False
    return Delimiters(separator, component, repetition, terminator, sound), end
