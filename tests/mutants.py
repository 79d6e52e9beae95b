"""Makes files with exactly one fault each out of a good 837P file, the same ones every time.

A mutant is known by its kind. Kinds that start with "envelope-" touch ISA, GS, ST, SE, GE or IEA;
all others touch one thing between ST and SE, and where they add or remove segments SE01 goes along.
Nothing here knows the implementation guide beyond the tables below, and a mutant is not promised
to be wrong: a segment moved to another allowed place is still a good file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

# Tries per turn: a kind may draw a mutant that was there before, or the file unchanged.
TRIES: Final = 12

# Facts of X12 005010 and of 005010X222A1, by segment ID; element positions are from 1.
NUMERIC: Final = {
    "AMT": (2,),
    "CAS": (3, 4),
    "CLM": (2,),
    "CR1": (2, 6),
    "CTP": (4,),
    "HCP": (2, 3),
    "LX": (1,),
    "MOA": (1, 2),
    "PAT": (8,),
    "QTY": (2,),
    "SV1": (2, 4),
    "SV5": (3, 4),
    "SVD": (2, 5, 6),
}
CODES: Final = {
    "AMT": (1,),
    "BHT": (1, 2, 6),
    "CAS": (1,),
    "CLM": (6, 7, 8, 9, 10),
    "CRC": (1, 2, 3),
    "DMG": (1, 3),
    "DTP": (1, 2),
    "HL": (3, 4),
    "NM1": (1, 2, 8),
    "NTE": (1,),
    "OI": (3, 4, 6),
    "PAT": (1, 5),
    "PER": (1, 3, 5, 7),
    "PRV": (1, 2),
    "PWK": (1, 2, 5),
    "REF": (1,),
    "SBR": (1, 2, 5, 9),
    "SV1": (3, 9, 11, 12),
}
# Real codes of element 01, each right in some place of the guide.
QUALIFIERS: Final = {
    "AMT": ("F5", "D", "A8", "EAF", "T", "F4"),
    "DTP": ("472", "431", "454", "304", "439", "435", "096", "471", "573", "607"),
    "HI": ("BK", "ABK", "BF", "ABF", "BP", "BG"),
    "NM1": ("41", "40", "85", "87", "IL", "PR", "QC", "DN", "82", "77", "DQ", "PW", "45"),
    "PRV": ("BI", "PE"),
    "PWK": ("OZ", "B4", "77", "M1"),
    "REF": ("EI", "SY", "0B", "1G", "G2", "LU", "D9", "F8", "G1", "9F", "EA", "6R", "2U", "Y4"),
    "SBR": ("P", "S", "T", "U"),
}
UNUSED: Final = {
    "AMT": (3,),
    "CLM": (3, 4, 13, 16, 19),
    "DMG": (4, 6, 7),
    "N4": (5, 6),
    "NM1": (6, 10, 11, 12),
    "PAT": (2, 3, 4),
    "PER": (9,),
    "PRV": (4, 6),
    "PWK": (3, 4, 7, 9),
    "REF": (3,),
    "SBR": (6, 7, 8),
    "SV1": (6, 8, 10, 13, 21),
}
# Elements of a segment, and components of its composites, that the guide's tables list.
WIDTH: Final = {
    "AMT": 3,
    "BHT": 6,
    "CLM": 20,
    "DMG": 11,
    "DTP": 3,
    "HI": 12,
    "HL": 4,
    "LX": 1,
    "N3": 2,
    "N4": 7,
    "NM1": 12,
    "NTE": 2,
    "PAT": 9,
    "PER": 9,
    "PRV": 6,
    "PWK": 9,
    "REF": 4,
    "SBR": 9,
    "SV1": 21,
}
COMPONENTS: Final = {
    "CLM": {5: 3, 11: 5},
    "CTP": {5: 15},
    "HI": dict.fromkeys(range(1, 13), 9),
    "REF": {4: 6},
    "SV1": {1: 8, 7: 4},
    "SVD": {3: 8},
}
DATES: Final = {"BHT": (4,), "DMG": (2,), "DTP": (3,), "PAT": (6,)}
# How often a segment may stand at one place, where that is more than once.
LIMITS: Final = {"K3": 10, "LX": 50, "NM1": 2, "PER": 2, "PWK": 10, "REF": 3}
# Syntax notes: of each pair of elements, the second may not be empty where the first is not.
TOGETHER: Final = {
    "CAS": ((3, 2),),
    "CR1": ((1, 2), (6, 5)),
    "CTP": ((4, 5), (5, 4)),
    "DMG": ((1, 2), (2, 1)),
    "HCP": ((9, 10), (11, 12)),
    "NM1": ((8, 9), (9, 8)),
    "PAT": ((5, 6), (6, 5), (7, 8)),
    "PER": ((3, 4), (4, 3), (5, 6), (6, 5), (7, 8)),
    "PRV": ((2, 3), (3, 2)),
    "PWK": ((5, 6), (6, 5)),
    "REF": ((1, 2),),
    "SV1": ((3, 4), (4, 3)),
}
# Segments of the guide to put where they do not belong.
STRAYS: Final = (
    ("BHT", "0019", "00", "STRAY1", "20260105", "0930", "CH"),
    ("HL", "9", "1", "22", "0"),
    ("SBR", "S", "18", "", "", "", "", "", "", "CI"),
    ("DMG", "D8", "19800229", "F"),
    ("N3", "9 STRAY STREET"),
    ("N4", "STRAYTOWN", "OH", "43004"),
    ("PER", "IC", "STRAY PERSON", "TE", "6145550100"),
    ("REF", "G1", "STRAYAUTH"),
    ("DTP", "472", "D8", "20260105"),
    ("LX", "1"),
    ("PRV", "BI", "PXC", "207Q00000X"),
    ("AMT", "F5", "12.5"),
)
LOOP_TAILS: Final = frozenset({"N3", "N4", "REF", "PER", "DMG", "PRV"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one fault.

    base    -- name of the file it was made of
    kind    -- what was done, one of `KINDS`
    ordinal -- segment in its transaction set at which it was done, ST being 1; 0 outside ST..SE
    detail  -- transaction set, segment ID and what was done to it, for a failing test to print
    data    -- the file
    """

    base: str
    kind: str
    ordinal: int
    detail: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Segment:
    """Elements with the segment ID as element 0, and the line break or space before it."""

    lead: bytes
    elements: tuple[bytes, ...]

    @property
    def tag(self) -> str:
        return self.elements[0].decode("latin-1")

    def filled(self, first: int = 1) -> list[int]:
        """Positions from `first` on that hold something."""
        return [n for n in range(first, len(self.elements)) if self.elements[n]]

    def get(self, position: int) -> bytes:
        """What stands at a position, empty also beyond the segment's end."""
        return self.elements[position] if position < len(self.elements) else b""

    def put(self, position: int, value: bytes) -> _Segment:
        """The segment with another value at a position, padded with empty elements up to it."""
        elements = list(self.elements)
        elements += [b""] * (position + 1 - len(elements))
        elements[position] = value
        return replace(self, elements=tuple(elements))


@dataclass(frozen=True, slots=True)
class _File:
    """An X12 file cut at its delimiters; `_write` puts the same bytes together again."""

    head: bytes
    element: bytes
    component: bytes
    terminator: bytes
    segments: tuple[_Segment, ...]
    tail: bytes
    transactions: tuple[tuple[int, int], ...]  # indexes of ST and SE in segments

    def body(self) -> Iterator[int]:
        """Indexes of the segments between ST and SE."""
        for st, se in self.transactions:
            yield from range(st + 1, se)

    def tagged(self, *tags: str) -> list[int]:
        """Indexes of the segments with one of these IDs."""
        return [i for i, segment in enumerate(self.segments) if segment.tag in tags]


@dataclass(frozen=True, slots=True)
class _Change:
    """One mutation: where, what, and the segments or, where they cannot say it, the bytes after."""

    index: int
    detail: str
    segments: tuple[_Segment, ...] = ()
    data: bytes = b""


_Maker = Callable[[_File, Random], _Change | None]
_MAKERS: dict[str, _Maker] = {}


def _kind(name: str) -> Callable[[_Maker], _Maker]:
    """Registers a maker; the order in this file is the order in which kinds are cycled."""

    def register(maker: _Maker) -> _Maker:
        _MAKERS[name] = maker
        return maker

    return register


def mutants(name: str, data: bytes, count: int, seed: int) -> Iterator[Mutant]:
    """Up to `count` different mutants of one file, its kinds taken in turn.

    The same arguments always give the same mutants in the same order. There are fewer than `count`
    where a whole round of kinds finds nothing new. Raises ValueError where `data` has no ISA or no
    ST with its SE.
    """
    file = _read(data)
    rng = Random(f"{seed}/{name}")
    seen = {data}
    made = 0
    while made < count:
        before = made
        for kind, maker in _MAKERS.items():
            mutant = _draw(name, kind, maker, file, rng, seen)
            if mutant is None:
                continue
            seen.add(mutant.data)
            yield mutant
            made += 1
            if made == count:
                return
        if made == before:
            return


def _draw(
    name: str, kind: str, maker: _Maker, file: _File, rng: Random, seen: set[bytes]
) -> Mutant | None:
    """One mutant of a kind that was not there before, or None where none is found."""
    for _ in range(TRIES):
        change = maker(file, rng)
        if change is None:
            return None
        data = change.data or _write(file, _recounted(file, kind, change))
        if data not in seen:
            transaction, ordinal = _place(file, change.index)
            tag = file.segments[change.index].tag
            return Mutant(name, kind, ordinal, f"{transaction} {tag} {change.detail}", data)
    return None


# Reading and writing


def _read(data: bytes) -> _File:
    """Cuts a file at the delimiters its first ISA declares."""
    start = data.find(b"ISA")
    if start < 0:
        raise ValueError("no ISA segment")
    element = data[start + 3 : start + 4]
    fields = data[start:].split(element, 16)
    if len(fields) < 17 or len(fields[16]) < 2:
        raise ValueError("the ISA segment has fewer than 16 elements")
    component, terminator = fields[16][:1], fields[16][1:2]
    *pieces, tail = data[start:].split(terminator)
    segments = tuple(_segment(piece, element) for piece in pieces)
    transactions = _transactions(segments)
    if not transactions:
        raise ValueError("no ST segment with its SE")
    return _File(data[:start], element, component, terminator, segments, tail, transactions)


def _segment(piece: bytes, element: bytes) -> _Segment:
    body = piece.lstrip(b"\r\n\t ")
    return _Segment(piece[: len(piece) - len(body)], tuple(body.split(element)))


def _transactions(segments: Sequence[_Segment]) -> tuple[tuple[int, int], ...]:
    """Indexes of each ST and the SE that ends it."""
    found: list[tuple[int, int]] = []
    st: int | None = None
    for index, segment in enumerate(segments):
        if segment.tag == "ST":
            st = index
        elif segment.tag == "SE" and st is not None:
            found.append((st, index))
            st = None
    return tuple(found)


def _write(file: _File, segments: Sequence[_Segment]) -> bytes:
    texts = [segment.lead + file.element.join(segment.elements) for segment in segments]
    return file.head + b"".join(text + file.terminator for text in texts) + file.tail


def _recounted(file: _File, kind: str, change: _Change) -> tuple[_Segment, ...]:
    """The segments after a change, SE01 moved by as many segments as came or went."""
    grown = len(change.segments) - len(file.segments)
    if not grown or kind.startswith("envelope-"):
        return change.segments
    se = next(se for st, se in file.transactions if st <= change.index <= se)
    segments = list(change.segments)
    trailer = segments[se + grown]
    number = trailer.get(1)
    if number.isdigit():
        value = f"{int(number) + grown:0{len(number) if number[:1] == b'0' else 1}d}"
        segments[se + grown] = trailer.put(1, value.encode())
    return tuple(segments)


def _place(file: _File, index: int) -> tuple[str, int]:
    """ "interchange/group/transaction set", 0 where outside, and the ordinal within the last."""
    ordinals = {"ISA": 0, "GS": 0, "ST": 0}
    below = {"ISA": ("GS", "ST"), "GS": ("ST",), "ST": ()}
    for segment in file.segments[: index + 1]:
        if segment.tag in ordinals:
            ordinals[segment.tag] += 1
            ordinals.update(dict.fromkeys(below[segment.tag], 0))
    inside = [st for st, se in file.transactions if st <= index <= se]
    transaction = ordinals["ST"] if inside else 0
    ordinal = index - inside[0] + 1 if inside else 0
    return f"{ordinals['ISA']}/{ordinals['GS']}/{transaction}", ordinal


# What makers share


def _pick(rng: Random, choices: Sequence[int]) -> int | None:
    return rng.choice(choices) if choices else None


def _swapped_in(file: _File, index: int, *segments: _Segment) -> tuple[_Segment, ...]:
    """The file's segments with these in the place of one."""
    return (*file.segments[:index], *segments, *file.segments[index + 1 :])


def _set(file: _File, index: int, position: int, value: bytes, detail: str) -> _Change:
    """A change of one element."""
    segment = file.segments[index].put(position, value)
    return _Change(index, f"{position:02d} {detail}", _swapped_in(file, index, segment))


def _insert(file: _File, index: int, elements: Sequence[bytes], detail: str) -> _Change:
    """A new segment before one of the file, with a line break like that one's."""
    here = file.segments[index]
    new = _Segment(here.lead, tuple(elements))
    return _Change(index, detail, _swapped_in(file, index, new, here))


def _encoded(elements: Sequence[str]) -> list[bytes]:
    return [element.encode("latin-1") for element in elements]


def _sites(file: _File, table: Mapping[str, Sequence[int]], filled: bool) -> list[tuple[int, int]]:
    """Segment index and position of all body elements that a table names, filled or empty."""
    sites = []
    for index in file.body():
        segment = file.segments[index]
        for position in table.get(segment.tag, ()):
            if (position in segment.filled()) is filled:
                sites.append((index, position))
    return sites


def _all_filled(file: _File) -> list[tuple[int, int]]:
    """Segment index and position of all body elements that hold something."""
    return [(i, n) for i in file.body() for n in file.segments[i].filled()]


def _simple(file: _File) -> list[tuple[int, int]]:
    """As `_all_filled`, without composites."""
    return [
        (i, n) for i, n in _all_filled(file) if file.component not in file.segments[i].elements[n]
    ]


def _composites(file: _File) -> list[tuple[int, int]]:
    """As `_all_filled`, composites only."""
    return [(i, n) for i, n in _all_filled(file) if file.component in file.segments[i].elements[n]]


def _at(
    file: _File, rng: Random, sites: Sequence[tuple[int, int]], edit: Callable[[bytes], bytes]
) -> _Change | None:
    """Edits one element of several."""
    if not sites:
        return None
    index, position = rng.choice(sites)
    old = file.segments[index].get(position)
    return _set(file, index, position, edit(old), "edited")


# Segments


@_kind("delete-segment")
def _delete_segment(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, list(file.body()))
    return None if index is None else _Change(index, "deleted", _swapped_in(file, index))


@_kind("duplicate-segment")
def _duplicate_segment(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, list(file.body()))
    return None if index is None else _insert(file, index, file.segments[index].elements, "twice")


@_kind("swap-segments")
def _swap_segments(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, [i for i in file.body() if file.segments[i + 1].tag != "SE"])
    if index is None:
        return None
    return _moved(file, index, index + 1)


@_kind("move-segment")
def _move_segment(file: _File, rng: Random) -> _Change | None:
    st, se = rng.choice(file.transactions)
    if se - st < 3:
        return None
    return _moved(file, rng.randrange(st + 1, se), rng.randrange(st + 1, se))


def _moved(file: _File, index: int, target: int) -> _Change:
    """Elements of one segment moved to another place; line breaks stay where they are."""
    rows = [segment.elements for segment in file.segments]
    rows.insert(target, rows.pop(index))
    segments = tuple(
        replace(old, elements=row) for old, row in zip(file.segments, rows, strict=True)
    )
    return _Change(index, f"moved by {target - index}", segments)


@_kind("unknown-segment")
def _unknown_segment(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, list(file.body()))
    return None if index is None else _insert(file, index, [b"ZZ1", b"A", b"1"], "after a new ZZ1")


@_kind("stray-segment")
def _stray_segment(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, list(file.body()))
    stray = rng.choice(STRAYS)
    return None if index is None else _insert(file, index, _encoded(stray), f"after {stray[0]}")


@_kind("misspelt-tag")
def _misspelt_tag(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    tag = file.segments[index].elements[0]
    wrong = rng.choice([tag[:-1] + b"Q", tag[:1], tag + b"X", tag.lower(), b"1" + tag[1:], b""])
    return _set(file, index, 0, wrong, "misspelt")


@_kind("repeat-segment")
def _repeat_segment(file: _File, rng: Random) -> _Change | None:
    """One more of a segment than its place has room for."""
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    here = file.segments[index]
    limit = LIMITS.get(here.tag, 1)
    return _Change(index, f"{limit + 1} times", _swapped_in(file, index, *[here] * (limit + 1)))


@_kind("delete-loop")
def _delete_loop(file: _File, rng: Random) -> _Change | None:
    """NM1 goes with the segments that belong to it."""
    index = _pick(rng, [i for i in file.body() if file.segments[i].tag == "NM1"])
    if index is None:
        return None
    end = index + 1
    while file.segments[end].tag in LOOP_TAILS:
        end += 1
    left = (*file.segments[:index], *file.segments[end:])
    return _Change(index, f"deleted with {end - index - 1} more", left)


@_kind("empty-segment")
def _empty_segment(file: _File, rng: Random) -> _Change | None:
    """A segment ID without elements."""
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    bare = replace(file.segments[index], elements=file.segments[index].elements[:1])
    return _Change(index, "without elements", _swapped_in(file, index, bare))


@_kind("leading-space")
def _leading_space(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    here = file.segments[index]
    indented = replace(here, lead=here.lead + b" ")
    return _Change(index, "indented", _swapped_in(file, index, indented))


@_kind("doubled-terminator")
def _doubled_terminator(file: _File, rng: Random) -> _Change | None:
    """Not a segment: SE01 does not count it."""
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    segments = _swapped_in(file, index, _Segment(b"", (b"",)), file.segments[index])
    return _Change(index, "after two terminators", data=_write(file, segments))


# Elements


@_kind("empty-element")
def _empty_element(file: _File, rng: Random) -> _Change | None:
    return _at(file, rng, _all_filled(file), lambda _: b"")


@_kind("unused-element")
def _unused_element(file: _File, rng: Random) -> _Change | None:
    return _at(file, rng, _sites(file, UNUSED, filled=False), lambda _: b"1")


@_kind("long-element")
def _long_element(file: _File, rng: Random) -> _Change | None:
    length = rng.choice([20, 90, 300])
    return _at(file, rng, _simple(file), lambda old: (old * length)[:length])


@_kind("short-element")
def _short_element(file: _File, rng: Random) -> _Change | None:
    sites = [(i, n) for i, n in _simple(file) if len(file.segments[i].elements[n]) > 1]
    return _at(file, rng, sites, lambda old: old[:1])


@_kind("letter-in-number")
def _letter_in_number(file: _File, rng: Random) -> _Change | None:
    return _at(file, rng, _sites(file, NUMERIC, filled=True), lambda old: old[:-1] + b"O")


@_kind("number-format")
def _number_format(file: _File, rng: Random) -> _Change | None:
    """Signs, separators and exponents in and around a number."""
    forms = [b"-%b", b"+%b", b"$%b", b"%b.", b"%b.00.1", b"1,%b", b"%bE2", b" %b", b".", b"-"]
    form = rng.choice(forms)
    sites = _sites(file, NUMERIC, filled=True)
    return _at(file, rng, sites, lambda old: form.replace(b"%b", old))


@_kind("wrong-code")
def _wrong_code(file: _File, rng: Random) -> _Change | None:
    """A code of the right length that no list holds."""
    return _at(file, rng, _sites(file, CODES, filled=True), lambda old: b"Q" * len(old))


@_kind("wrong-qualifier")
def _wrong_qualifier(file: _File, rng: Random) -> _Change | None:
    """A code of element 01 that belongs to another segment of the same ID."""
    sites = _sites(file, dict.fromkeys(QUALIFIERS, (1,)), filled=True)
    if not sites:
        return None
    index, position = rng.choice(sites)
    segment = file.segments[index]
    rest = segment.elements[position].split(file.component)[1:]
    code = rng.choice(QUALIFIERS[segment.tag])
    value = file.component.join([code.encode(), *rest])
    return _set(file, index, position, value, f"now {code}")


@_kind("lower-case-code")
def _lower_case_code(file: _File, rng: Random) -> _Change | None:
    sites = [
        (i, n)
        for i, n in _sites(file, CODES, filled=True)
        if file.segments[i].elements[n] != file.segments[i].elements[n].lower()
    ]
    return _at(file, rng, sites, bytes.lower)


@_kind("bad-date")
def _bad_date(file: _File, rng: Random) -> _Change | None:
    """Alone or as the end of a range."""
    wrong = rng.choice([b"20261345", b"20250229", b"260105", b"00000000", b"2026-1-5", b"2026010"])
    sites = [
        (i, n)
        for i, n in _sites(file, DATES, filled=True)
        if len(file.segments[i].elements[n]) in (8, 17)
    ]
    return _at(file, rng, sites, lambda old: old[:-8] + wrong)


@_kind("bad-time")
def _bad_time(file: _File, rng: Random) -> _Change | None:
    wrong = rng.choice([b"2561", b"0960", b"93", b"09:30", b"093099", b"9AM0"])
    return _at(file, rng, _sites(file, {"BHT": (5,)}, filled=True), lambda _: wrong)


@_kind("control-character")
def _control_character(file: _File, rng: Random) -> _Change | None:
    control = rng.choice([b"\x07", b"\x1b", b"\x7f", b"\t"])
    return _at(file, rng, _all_filled(file), lambda old: old[:1] + control + old[1:])


@_kind("character-set")
def _character_set(file: _File, rng: Random) -> _Change | None:
    """A character outside the basic and the extended set, in one byte or in UTF-8."""
    odd = rng.choice([b"\xe9", b"\xc3\xa9", b"\xe2\x80\x99", b"`", b"^"])
    return _at(file, rng, _simple(file), lambda old: old[:1] + odd + old[1:])


@_kind("trailing-space")
def _trailing_space(file: _File, rng: Random) -> _Change | None:
    return _at(file, rng, _simple(file), lambda old: old + b" ")


@_kind("leading-space-in-element")
def _leading_space_in_element(file: _File, rng: Random) -> _Change | None:
    return _at(file, rng, _simple(file), lambda old: b" " + old)


@_kind("extra-element")
def _extra_element(file: _File, rng: Random) -> _Change | None:
    """One element more than the segment has in the guide."""
    sites = [i for i in file.body() if file.segments[i].tag in WIDTH]
    index = _pick(rng, sites)
    if index is None:
        return None
    return _set(file, index, WIDTH[file.segments[index].tag] + 1, b"X", "added")


@_kind("trailing-separators")
def _trailing_separators(file: _File, rng: Random) -> _Change | None:
    """Element separators with nothing behind them."""
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    end = len(file.segments[index].elements) + rng.randrange(2)
    return _set(file, index, end, b"", "separators added")


@_kind("drop-trailing-elements")
def _drop_trailing_elements(file: _File, rng: Random) -> _Change | None:
    index = _pick(rng, [i for i in file.body() if len(file.segments[i].elements) > 2])
    if index is None:
        return None
    here = file.segments[index]
    kept = rng.randrange(1, len(here.elements) - 1)
    short = replace(here, elements=here.elements[: kept + 1])
    return _Change(index, f"cut after {kept:02d}", _swapped_in(file, index, short))


@_kind("syntax-note")
def _syntax_note(file: _File, rng: Random) -> _Change | None:
    """Empties the second of two elements that must stand together."""
    sites = [
        (index, kept, emptied)
        for index in file.body()
        for kept, emptied in TOGETHER.get(file.segments[index].tag, ())
        if {kept, emptied} <= set(file.segments[index].filled())
    ]
    if not sites:
        return None
    index, kept, emptied = rng.choice(sites)
    return _set(file, index, emptied, b"", f"emptied beside {kept:02d}")


@_kind("syntax-note-pwk")
def _syntax_note_pwk(file: _File, rng: Random) -> _Change | None:
    """A paperwork segment with PWK05 and no PWK06, or the reverse, after CLM and its dates."""
    index = _pick(rng, [i for i in file.body() if file.segments[i].tag == "CLM"])
    if index is None:
        return None
    at = index + 1
    while file.segments[at].tag == "DTP":
        at += 1
    pwk = rng.choice([("PWK", "OZ", "BM", "", "", "AC"), ("PWK", "OZ", "BM", "", "", "", "A1")])
    return _insert(file, at, _encoded(pwk), f"after PWK without {'06' if pwk[5] else '05'}")


# Components


@_kind("extra-component")
def _extra_component(file: _File, rng: Random) -> _Change | None:
    """One component more than the composite has in the guide."""
    sites = _sites(file, {tag: tuple(sizes) for tag, sizes in COMPONENTS.items()}, filled=True)
    if not sites:
        return None
    index, position = rng.choice(sites)
    segment = file.segments[index]
    parts = segment.elements[position].split(file.component)
    parts += [b""] * (COMPONENTS[segment.tag][position] - len(parts)) + [b"X"]
    return _set(file, index, position, file.component.join(parts), "component added")


@_kind("empty-component")
def _empty_component(file: _File, rng: Random) -> _Change | None:
    return _at_component(file, rng, lambda _: b"")


@_kind("wrong-component")
def _wrong_component(file: _File, rng: Random) -> _Change | None:
    wrong = rng.choice([b"##", b"X" * 60, b"\x07"])
    return _at_component(file, rng, lambda _: wrong)


@_kind("trailing-component-separator")
def _trailing_component_separator(file: _File, rng: Random) -> _Change | None:
    return _at(file, rng, _composites(file), lambda old: old + file.component)


@_kind("component-in-element")
def _component_in_element(file: _File, rng: Random) -> _Change | None:
    """A component separator in an element that is no composite."""
    composite = {(tag, n) for tag, sizes in COMPONENTS.items() for n in sizes}
    sites = [(i, n) for i, n in _simple(file) if (file.segments[i].tag, n) not in composite]
    return _at(file, rng, sites, lambda old: old[:1] + file.component + old[1:])


def _at_component(file: _File, rng: Random, edit: Callable[[bytes], bytes]) -> _Change | None:
    """Edits one filled component of one composite."""
    sites = _composites(file)
    if not sites:
        return None
    index, position = rng.choice(sites)
    parts = file.segments[index].elements[position].split(file.component)
    part = rng.choice([n for n, value in enumerate(parts) if value] or [0])
    parts[part] = edit(parts[part])
    value = file.component.join(parts)
    return _set(file, index, position, value, f"component {part + 1} edited")


# Hierarchy and counters


def _numbers(file: _File, rng: Random, tag: str, position: int, values: str) -> _Change | None:
    """Puts one of several values, separated by blanks, into an element; "-" stands for none."""
    index = _pick(rng, [i for i in file.body() if file.segments[i].tag == tag])
    if index is None:
        return None
    value = rng.choice(values.split()).replace("-", "")
    return _set(file, index, position, value.encode(), f"now {value!r}")


@_kind("hl01")
def _hl01(file: _File, rng: Random) -> _Change | None:
    return _numbers(file, rng, "HL", 1, "0 1 2 3 9 99 01 X -")


@_kind("hl02")
def _hl02(file: _File, rng: Random) -> _Change | None:
    return _numbers(file, rng, "HL", 2, "0 1 2 3 4 99 01 X -")


@_kind("hl03")
def _hl03(file: _File, rng: Random) -> _Change | None:
    return _numbers(file, rng, "HL", 3, "20 22 23 21 99 X -")


@_kind("hl04")
def _hl04(file: _File, rng: Random) -> _Change | None:
    return _numbers(file, rng, "HL", 4, "0 1 2 01 X -")


@_kind("lx01")
def _lx01(file: _File, rng: Random) -> _Change | None:
    return _numbers(file, rng, "LX", 1, "0 1 2 3 4 5 01 99 X -")


# Envelopes


def _envelope(file: _File, rng: Random, tag: str, position: int, values: str) -> _Change | None:
    """As `_numbers`, for a header or trailer."""
    index = _pick(rng, file.tagged(tag))
    if index is None:
        return None
    value = rng.choice(values.split()).replace("-", "")
    return _set(file, index, position, value.encode(), f"now {value!r}")


def _without(file: _File, rng: Random, tag: str) -> _Change | None:
    """Deletes a header or trailer."""
    index = _pick(rng, file.tagged(tag))
    return None if index is None else _Change(index, "deleted", _swapped_in(file, index))


@_kind("envelope-se01")
def _se01(file: _File, rng: Random) -> _Change | None:
    return _envelope(file, rng, "SE", 1, "0 1 5 99 9999 00 X -")


@_kind("envelope-se02")
def _se02(file: _File, rng: Random) -> _Change | None:
    return _envelope(file, rng, "SE", 2, "9998 0 X -")


@_kind("envelope-ge01")
def _ge01(file: _File, rng: Random) -> _Change | None:
    return _envelope(file, rng, "GE", 1, "0 7 99 01 X -")


@_kind("envelope-ge02")
def _ge02(file: _File, rng: Random) -> _Change | None:
    return _envelope(file, rng, "GE", 2, "998 0 X -")


@_kind("envelope-iea01")
def _iea01(file: _File, rng: Random) -> _Change | None:
    return _envelope(file, rng, "IEA", 1, "0 7 99 01 X -")


@_kind("envelope-iea02")
def _iea02(file: _File, rng: Random) -> _Change | None:
    return _envelope(file, rng, "IEA", 2, "999999998 0 X -")


@_kind("envelope-delete-se")
def _delete_se(file: _File, rng: Random) -> _Change | None:
    return _without(file, rng, "SE")


@_kind("envelope-delete-ge")
def _delete_ge(file: _File, rng: Random) -> _Change | None:
    return _without(file, rng, "GE")


@_kind("envelope-delete-iea")
def _delete_iea(file: _File, rng: Random) -> _Change | None:
    return _without(file, rng, "IEA")


@_kind("envelope-delete-st")
def _delete_st(file: _File, rng: Random) -> _Change | None:
    return _without(file, rng, "ST")


@_kind("envelope-delete-gs")
def _delete_gs(file: _File, rng: Random) -> _Change | None:
    return _without(file, rng, "GS")


@_kind("envelope-st")
def _st(file: _File, rng: Random) -> _Change | None:
    position, values = rng.choice([(1, "835 83 X -"), (2, "9997 01 -"), (3, "005010X223A2 X -")])
    return _envelope(file, rng, "ST", position, values)


@_kind("envelope-gs")
def _gs(file: _File, rng: Random) -> _Change | None:
    elements = [(1, "HP HX -"), (4, "20261345 -"), (5, "2561 -"), (6, "997 X -"), (7, "T -")]
    position, values = rng.choice([*elements, (8, "005010X222 004010X098A1 005010X223A2 -")])
    return _envelope(file, rng, "GS", position, values)


@_kind("envelope-isa")
def _isa(file: _File, rng: Random) -> _Change | None:
    """Values of the right width: the segment stays 106 characters long."""
    elements = [(1, "99"), (5, "QQ"), (9, "261345"), (10, "2561"), (12, "00401 00400 00601")]
    position, values = rng.choice([*elements, (13, "999999997"), (14, "2"), (15, "X")])
    return _envelope(file, rng, "ISA", position, values)


@_kind("envelope-isa-width")
def _isa_width(file: _File, rng: Random) -> _Change | None:
    """ISA06 or ISA08 one space longer or shorter than 15."""
    index = _pick(rng, file.tagged("ISA"))
    if index is None:
        return None
    position = rng.choice([6, 8])
    old = file.segments[index].get(position)
    return _set(file, index, position, rng.choice([old + b" ", old[:-1]]), "of another width")


@_kind("envelope-duplicate")
def _duplicate_envelope(file: _File, rng: Random) -> _Change | None:
    """A header or trailer twice in a row."""
    index = _pick(rng, file.tagged("GS", "ST", "SE", "GE", "IEA"))
    return None if index is None else _insert(file, index, file.segments[index].elements, "twice")


@_kind("envelope-truncated")
def _truncated(file: _File, rng: Random) -> _Change | None:
    """The file ends within a segment, or right after one."""
    index = _pick(rng, list(file.body()))
    if index is None:
        return None
    whole = _write(replace(file, tail=b""), file.segments[: index + 1])
    size = len(file.element.join(file.segments[index].elements))
    missing = rng.choice([0, 1, rng.randrange(2, size + 1)])
    return _Change(index, f"cut, {missing} bytes short", data=whole[: len(whole) - missing])


KINDS: Final = tuple(_MAKERS)
