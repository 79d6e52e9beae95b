"""Makes of one input another one that still gets past the ISA, mostly.

The bytes of an input are the file itself, so that seeds are claim files and a finding can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import islice
from random import Random

from damage import DAMAGE, LINE_BREAKS, SETS_OF_DELIMITERS, damaged, with_delimiters
from edi_lint.grammar import grammar_for
from mutants import mutants

_ISA = 106
GUIDES = ("005010X222A1", "004010X098A1")

RawMutation = Callable[[bytes, int], bytes]


def mutate(data: bytes, largest: int, seed: int, raw: RawMutation | None = None) -> bytes:
    """Another input of at most `largest` bytes; the same seed gives the same one.

    `raw` is the fuzzer's own mutation, of bytes that it knows nothing about.
    """
    rng = Random(seed)
    kind = rng.random()
    if raw is not None and (kind < 0.15 or len(data) <= _ISA):
        return raw(data, largest)
    if len(data) <= _ISA:
        return damaged(data + bytes(_ISA), rng)[:largest]
    if kind < 0.6:
        data = damaged(data, rng)
    elif kind < 0.75:
        data = _word(data, rng)
    elif kind < 0.82:
        data = _mutant(data, rng)
    elif kind < 0.92:
        data = _again(data, rng)
    elif kind < 0.96:
        data = with_delimiters(data, rng.choice(SETS_OF_DELIMITERS))
        data = rng.choice(list(LINE_BREAKS.values()))(data)
    else:
        for _ in range(rng.randrange(2, 40)):
            if len(data) > _ISA + 4:
                data = rng.choice(DAMAGE)(data, rng)
    return data[:largest]


def cross(one: bytes, other: bytes, largest: int, seed: int) -> bytes:
    """The head of one file with the tail of another, or one file behind the other."""
    rng = Random(seed)
    if rng.random() < 0.3 or min(len(one), len(other)) <= _ISA:
        return (one + other)[:largest]
    if one[3:4] + one[104:106] != other[3:4] + other[104:106]:
        other = other.translate(
            bytes.maketrans(other[3:4] + other[105:106], one[3:4] + one[105:106])
        )
    ends = [n for n in range(_ISA - 1, len(one)) if one[n] == one[105]]
    begins = [n for n in range(_ISA - 1, len(other)) if other[n] == other[105]]
    if not begins:
        return (one + other)[:largest]
    head = one[: rng.choice(ends) + 1]
    tail = other[rng.choice(begins) + 1 :]
    return (head + tail)[:largest]


@cache
def words() -> tuple[bytes, ...]:
    """Tags, qualifiers and other codes of the guides."""
    found: set[str] = {"ISA", "GS", "ST", "SE", "GE", "IEA", "TA1", *GUIDES}
    for guide in GUIDES:
        grammar = grammar_for(guide)
        assert grammar is not None
        for node in grammar.segment_nodes():
            found.add(node.tag)
            for element in node.spec.elements:
                for part in (element, *element.components):
                    if part.codes and len(part.codes) < 200:
                        found |= part.codes
    return tuple(sorted(word.encode() for word in found))


def dictionary() -> str:
    """The words as libFuzzer reads them, with tags as they begin a segment."""
    tags = [word + b"*" for word in words() if 2 <= len(word) <= 3 and word.isalnum()]
    more = [b"*D8*", b"*RD8*", b"SV1*HC:A4306:", b"~\n", b"**", b"::", b"\r\n", b"\x00"]
    return "".join(f'"{_escaped(word)}"\n' for word in (*words(), *tags, *more))


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _word(data: bytes, rng: Random) -> bytes:
    """A word of the guide in the place of an element, of a component, or of a tag."""
    separators = {data[3], data[104], data[105]}
    places = [n for n in range(_ISA - 1, len(data) - 1) if data[n] in separators]
    if not places:
        return data
    at = rng.choice(places) + 1
    end = at
    while end < len(data) and data[end] not in separators:
        end += 1
    return data[:at] + rng.choice(words()) + data[end:]


def _mutant(data: bytes, rng: Random) -> bytes:
    """A change that knows what segments mean; the data as it is where it has no set."""
    try:
        made = mutants("", data, 40, rng.randrange(1 << 16))
        mutant = next(islice(made, rng.randrange(40), None), None)
    except ValueError:
        return data
    return mutant.data if mutant else data


def _again(data: bytes, rng: Random) -> bytes:
    """Some segments in a row several times, there or somewhere else."""
    terminator = data[105:106]
    segments = data[_ISA:].split(terminator)
    at = rng.randrange(len(segments))
    some = segments[at : at + rng.choice((1, 1, 2, 4, 8))]
    to = at if rng.random() < 0.5 else rng.randrange(len(segments))
    segments[to:to] = some * rng.choice((1, 1, 2, 3, 12, 60))
    return data[:_ISA] + terminator.join(segments)
