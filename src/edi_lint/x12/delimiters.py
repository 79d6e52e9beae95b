"""Reads an interchange's delimiters from its ISA segment, a well-formed one or not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

ISA_LENGTH = 106
"""Bytes of an ISA segment with its terminator: X12.5 gives every element a fixed width."""

_SEPARATORS_AT = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_SEARCHED = 400
LOOKED_AT = 8192
"""Bytes from an ISA on that may tell what its delimiters are."""
_DAMAGED_ISA = re.compile(
    rb"(?P<s>[^A-Za-z0-9\s]).{10}(?P=s)..(?P=s).{10}(?P=s)..(?P=s).{15}(?P=s)..(?P=s).{15}(?P=s)"
    rb"[0-9]{6}(?P=s)[0-9]{4}(?P=s)(?P<r>.)(?P=s)(?P<v>[0-9]{5})(?P=s).{9}(?P=s).(?P=s).(?P=s)"
    rb"(?P<c>[^A-Za-z0-9\s])(?P<t>.)",
    re.S,
)
"""An ISA from the separator behind ISA01 on, up to its terminator."""
_LONGEST_START = 9
"""Bytes of the damaged ISA before that separator, at most; `ISA*00` has six."""
_HEADERS = re.compile(
    rb"(?<![A-Za-z0-9])(GS(?=(?P<g>[^A-Za-z0-9\s])[A-Za-z0-9]{1,4}(?P=g))|ST(?=(?P<t>[^A-Za-z0-9\s])"
    rb"[0-9]{3}(?P=t)))(.)",
    re.S,
)
_LINE_ENDS = (b"\r", b"\n")
_ENOUGH = 3
_NEAR = 20
_SPACES = (b" ", b"\t", b"\r", b"\n")
_BLANKS = (b" ", b"\t")
_VERSION_WITH_REPETITION = b"00402"


@dataclass(frozen=True)
class Delimiters:
    """One byte each. `repetition` is empty before version 00402, where ISA11 is not a delimiter.

    ISA12 gives the version. Where GS08 names a 5010 guide, ISA11 is one, whatever ISA12 says.

    `sound` is False where ISA names a delimiter that cannot be one, or that the segments after it
    do not use: they are read without it, or with the one that they use.
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

    def refusal(self, text: str) -> str:
        """Why a text cannot be an element's value here, as what comes after "the value"; empty
        where it can. The words do not repeat the text.
        """
        uses = "element separator", "component separator", "repetition separator"
        for delimiter, use in zip(self.texts, (*uses, "segment terminator"), strict=True):
            if delimiter and delimiter in text:
                return f"contains {delimiter!r}, the {use} of this interchange"
        if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
            return "contains a line break or a control character"
        if any(ord(c) > 255 for c in text):
            return "contains a character that X12 has no byte for"
        return ""

    def clashes(self) -> bool:
        """Whether two of the delimiters are the same byte, or one can stand in ordinary data."""
        if not self.sound:
            return True
        all_ = [d for d in (self.element, self.component, self.repetition, self.terminator) if d]
        return len(set(all_)) < len(all_) or any(d.isalnum() or d == b" " for d in all_)


class Header(NamedTuple):
    """An ISA: its delimiters, where it ends, and where what follows it starts."""

    delimiters: Delimiters
    end: int
    stop: int


def read_isa(data: bytes, at: int) -> Header | None:
    """The ISA that starts at `at`; it ends at its terminator.

    Where GS follows without a terminator, that of GS counts, and the index is where it should be.
    None when no ISA can be made out there. A header that is not 106 bytes long is read by
    counting its 16 element separators, or else by looking for the segment that follows it. A
    delimiter that is damaged in the ISA is taken from the segments that follow, LOOKED_AT bytes
    from `at` on.
    """
    found = _as_written(data, at)
    if found is None:
        return None
    delimiters, end = found
    after = _until_trailer(data[end : at + LOOKED_AT], delimiters.element)
    terminator = used_terminator(after, delimiters.element, delimiters.terminator)
    stop = end + (data[end : end + 1] == delimiters.terminator)
    if terminator != delimiters.terminator:
        end, stop = _true_end(data, end, delimiters.element, terminator)
        delimiters = replace(delimiters, terminator=terminator, sound=False)
    component = used_component(after, delimiters)
    if component != delimiters.component:
        delimiters = replace(delimiters, component=component, sound=False)
    if delimiters.repetition in (delimiters.component, delimiters.terminator):
        delimiters = replace(delimiters, repetition=b"", sound=False)
    return Header(delimiters, end, stop)


def used_terminator(data: bytes, separator: bytes, named: bytes) -> bytes:
    """The byte that ends the segments of these bytes: `named`, if any of them ends with it."""
    tags = re.compile(rb"([^A-Za-z0-9 ])[\r\n\t ]*[A-Z][A-Z0-9]{1,2}" + re.escape(separator), re.S)
    ends = Counter(found[1] for found in tags.finditer(data) if found[1] != separator)
    used, most = ends.most_common(1)[0] if ends else (named, 0)
    if (named, used) == (b"\n", b"\r") and b"\r\n" in data:
        return named  # CR before LF is a line end
    return used if most >= _ENOUGH and 2 * ends[named] < most else named


def used_component(data: bytes, delimiters: Delimiters) -> bytes:
    """The byte that parts the components of these segments; the named one, if they do not tell."""
    separator = re.escape(delimiters.element)
    composites = re.compile(
        separator.join((rb"(?:SV1|SVC)", rb"[A-Z]{2}(.)")) + rb"|"
        + separator.join((rb"HI", rb"A?B[KF](.)")) + rb"|"
        + separator.join((rb"CLM", rb"[^~\r\n]{1,38}?", rb"[0-9.]+", b"", b"", rb"[0-9]{2}(.)")),
        re.S,
    )  # fmt: skip
    found = {b"".join(groups) for groups in _groups(composites, data)}
    if len(found) != 1:
        return delimiters.component
    (used,) = found
    taken = (delimiters.element, delimiters.terminator, b" ")
    if used == delimiters.component or used.isalnum() or used in taken or used in _LINE_ENDS:
        return delimiters.component
    return used


def _groups(pattern: re.Pattern[bytes], data: bytes) -> Iterator[tuple[bytes, ...]]:
    return (tuple(g or b"" for g in found.groups()) for found in pattern.finditer(data))


def _until_trailer(data: bytes, separator: bytes) -> bytes:
    """The bytes up to the IEA, after which other delimiters may be used."""
    end = data.find(b"IEA" + separator)
    return data if end < 0 else data[:end]


def _true_end(data: bytes, end: int, separator: bytes, terminator: bytes) -> tuple[int, int]:
    """Where an ISA ends whose terminator is damaged, lost, or not at its place, and what follows
    it starts.
    """
    follows = re.compile(rb"[\r\n\t ]*(?:GS|TA1|IEA)" + re.escape(separator))
    if follows.match(data, end):
        end = len(data[:end].rstrip(b" \t"))  # a blank is in the place of the terminator
        return end, end
    if follows.match(data, end + 1):
        return end, end + 1 + (data[end + 1 : end + 2] == terminator)
    at = data.find(terminator, end, end + _NEAR)
    return (at, at + 1) if at >= 0 else (end, end + 1)


def read_without_isa(data: bytes) -> tuple[int, Header, str] | None:
    """Where an interchange without a sound ISA begins in bytes that are outside of all others.

    Returns the index at which it begins; its header, which is empty without any ISA;
    and the tag that it begins with: ISA (damaged), GS or ST. None where there is none. No more than
    the first _SEARCHED bytes may come before it.
    """
    damaged = _DAMAGED_ISA.search(data, 0, _SEARCHED + ISA_LENGTH)
    if damaged is not None:
        return _damaged_isa(data, damaged)
    for found in _HEADERS.finditer(data, 0, _SEARCHED):
        delimiters = _used(data[found.start() :], found[4])
        if delimiters is not None:
            start = found.start()
            return start, Header(delimiters, start, start), found[1].decode("ascii")
    return None


def _damaged_isa(data: bytes, found: re.Match[bytes]) -> tuple[int, Header, str]:
    before = data[max(found.start() - _LONGEST_START, 0) : found.start()]
    start = found.start() - len(re.split(rb"[\r\n\t]", before)[-1].lstrip(b"\xef\xbb\xbf \0\x1a"))
    separator, repetition, component, terminator = found["s"], found["r"], found["c"], found["t"]
    if found["v"] < _VERSION_WITH_REPETITION or repetition.isalnum():
        repetition = b""
    end = found.end() - 1
    after = _until_trailer(data[end:], separator)
    used = used_terminator(after, separator, terminator)
    stop = end + 1
    if used != terminator:
        end, stop = _true_end(data, end, separator, used)
    delimiters = Delimiters(separator, component, repetition, used, False)
    delimiters = replace(delimiters, component=used_component(after, delimiters))
    return start, Header(delimiters, end, stop), "ISA"


def _used(data: bytes, separator: bytes) -> Delimiters | None:
    """The delimiters of segments that begin with a GS or an ST, by what follows it."""
    data = _until_trailer(data[:LOOKED_AT], separator)
    terminator = used_terminator(data, separator, b"")
    if not terminator or data.find(terminator) < 0:
        return None
    repetition = b"" if b"004010" in data[:_SEARCHED] else b"^"
    if repetition in (separator, terminator):
        repetition = b""
    delimiters = Delimiters(separator, b":", repetition, terminator)
    component = used_component(data, delimiters)
    if component in (separator, terminator):
        return None
    return replace(
        delimiters, component=component, repetition=b"" if component == b"^" else repetition
    )


def _as_written(data: bytes, at: int) -> tuple[Delimiters, int] | None:
    """The delimiters of the ISA that starts at `at`, and the index of its terminator."""
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
    elif repetition.isspace() or repetition in (separator, component, terminator):
        repetition, sound = b"", False
    return Delimiters(separator, component, repetition, terminator, sound), end
