"""Files for comparing engines: long ones, ones in other delimiters and line breaks, damaged ones.

Unlike `mutants`, the damage here knows nothing of segments' meaning and may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from random import Random

from edi_lint.grammar import ElementSpec, Usage
from edi_lint.grammar.model import SegmentSpec
from edi_lint.x12 import Delimiters

SETS_OF_DELIMITERS = (
    b"*:^~", b"|>!\n", b"\x1d\x1f\x1c\x1e", b"\x01\x02\x03\x04", b"~^:*", b"+:!'", b"*\\^\r",
    b"\t:^~", b"*,;\n", b"<>&%",
)  # fmt: skip
"""Element, component, repetition, terminator."""
ODD_BYTES = b'*:^~|>!\n\r\t \x00\x01\x1a\x1c\x1e\x1f\x7f\xa0\xe9\xff-.+,0159AaZXCI"\\'


# line breaks and delimiters


def segments_of(data: bytes) -> list[bytes]:
    """The segments of a file in the delimiters of its first ISA, without line breaks."""
    terminator = data[105:106]
    return [s.strip(b"\r\n") for s in data.split(terminator)[:-1]]


def joined(segments: Sequence[bytes], terminator: bytes = b"~", line_break: bytes = b"\n") -> bytes:
    return b"".join(s + terminator + line_break for s in segments)


def with_delimiters(data: bytes, delimiters: bytes) -> bytes:
    """The file in other delimiters, without line breaks; values lose what is a delimiter now."""
    bare = joined(segments_of(data), line_break=b"").translate(
        bytes.maketrans(delimiters, b"." * 4) if delimiters != b"*:^~" else None
    )
    plain = joined(segments_of(data), line_break=b"")
    table = bytes.maketrans(b"*:^~", delimiters)
    old = set(b"*:^~")
    return bytes(
        table[before] if before in old else after for before, after in zip(plain, bare, strict=True)
    )


LINE_BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda bare: bare,
    "LF": lambda bare: _after_each(bare, b"\n"),
    "CRLF": lambda bare: _after_each(bare, b"\r\n"),
    "blank lines": lambda bare: _after_each(bare, b"\n\n\r\n"),
    "indented": lambda bare: _after_each(bare, b"\n  "),
    "tabs": lambda bare: _after_each(bare, b"\t"),
    "wrapped": lambda bare: b"\n".join(bare[n : n + 80] for n in range(0, len(bare), 80)),
    "wrapped CRLF": lambda bare: b"\r\n".join(bare[n : n + 76] for n in range(0, len(bare), 76)),
    "a blank": lambda bare: bare.replace(bare[105:106], bare[105:106] + b" ", 9),
}
"""Ways to lay out a file that has no line breaks."""


def _after_each(bare: bytes, what: bytes) -> bytes:
    return bare.replace(bare[105:106], bare[105:106] + what)


# long files


def grown(sources: Sequence[bytes], times: int) -> bytes:
    """One transaction set with the levels and claims of all sources, and the subscribers of each
    `times` over; HL01, HL02 and CLM01 are numbered anew.
    """
    first = segments_of(sources[0])
    head = first[: next(n for n, s in enumerate(first) if s.startswith(b"HL*"))]
    body: list[bytes] = []
    level = claims = 0
    for source in sources:
        segments = segments_of(source)
        starts = [n for n, s in enumerate(segments) if s.startswith((b"HL*", b"SE*", b"GS*"))]
        billing = subscriber = 0
        levels = [segments[a:b] for a, b in pairwise(starts) if segments[a].startswith(b"HL*")]
        for repeat in range(times):
            for own in levels:
                _, _, _, code, child = [*own[0].split(b"*"), b""][:5]
                if code == b"20" and repeat and len({o[0].split(b"*")[3] for o in levels}) > 1:
                    continue
                level += 1
                if code == b"20":
                    billing, above = level, b""
                elif code == b"22":
                    subscriber, above = level, b"%d" % billing
                else:
                    above = b"%d" % subscriber
                body.append(b"HL*%d*%s*%s*%s" % (level, above, code, child))
                for segment in own[1:]:
                    if segment.startswith(b"CLM*"):
                        claims += 1
                        _, _, rest = segment.split(b"*", 2)
                        segment = b"CLM*C%d*%s" % (claims, rest)
                    body.append(segment)
    st = next(n for n, s in enumerate(head) if s.startswith(b"ST*"))
    count = len(head) - st + len(body) + 1
    number = head[st].split(b"*")[2]
    group, interchange = head[1].split(b"*")[6], head[0].split(b"*")[13]
    trailer = [b"SE*%d*%s" % (count, number), b"GE*1*" + group, b"IEA*1*" + interchange]
    return joined([*head, *body, *trailer])


def in_sets(data: bytes, count: int, first: int = 1, width: int = 4, step: int = 1) -> bytes:
    """The transaction set of a file `count` times over; ST02 and SE02 go up by `step`."""
    segments = segments_of(data)
    st = next(n for n, s in enumerate(segments) if s.startswith(b"ST*"))
    se = max(n for n, s in enumerate(segments) if s.startswith(b"SE*"))
    body: list[bytes] = []
    for number in range(first, first + count * step, step):
        header, trailer = segments[st].split(b"*"), segments[se].split(b"*")
        header[2] = trailer[2] = b"%0*d" % (width, number)
        body += [b"*".join(header), *segments[st + 1 : se], b"*".join(trailer)]
    ge = b"GE*%d*%s" % (count, segments[se + 1].split(b"*")[2])
    return joined([*segments[:st], *body, ge, *segments[se + 2 :]])


# segments


def likely(spec: SegmentSpec, rng: Random, delimiters: Delimiters) -> bytes:
    """A segment much as the specification has it, without line breaks in it."""
    count = rng.choice((len(spec.elements), rng.randrange(1, len(spec.elements) + 1)))
    values = [_element(e, rng, delimiters) for e in spec.elements[:count]]
    raw = delimiters.element.join([spec.tag.encode(), *_without_tail(values, rng)])
    return raw.translate(None, b"\r\n" + delimiters.terminator)


def _without_tail(values: list[bytes], rng: Random) -> list[bytes]:
    """Mostly without empty values at the end; now and then with one too many."""
    if rng.random() < 0.9:
        while values and not values[-1]:
            values.pop()
    return [*values, b"X"] if rng.random() < 0.02 else values


def _element(spec: ElementSpec, rng: Random, delimiters: Delimiters) -> bytes:
    filled = {Usage.REQUIRED: 0.98, Usage.SITUATIONAL: 0.6, Usage.NOT_USED: 0.03}
    if rng.random() > filled[spec.usage]:
        return b""
    if not spec.is_composite:
        return _value(spec, rng)
    count = rng.randrange(1, len(spec.components) + 1) if spec.components else 0
    parts = [_element(c, rng, delimiters) for c in spec.components[:count]]
    return delimiters.component.join(_without_tail(parts, rng))


def _value(spec: ElementSpec, rng: Random) -> bytes:
    if spec.codes and rng.random() < 0.75:
        return rng.choice(sorted(spec.codes)).encode()
    if rng.random() < 0.15:
        return rng.choice(VALUES)
    if rng.random() < 0.06:
        return bytes(rng.choices(ODD_BYTES, k=rng.randrange(1, 5)))
    if spec.number == "1251" or spec.kind in ("DT", "TM"):
        return rng.choice(DATES_AND_TIMES)
    if spec.kind == "R":
        digits = b"%d" % rng.randrange(10 ** rng.randrange(1, 19))
        return rng.choice((b"", b"", b"-")) + digits + rng.choice((b"", b".", b".5", b".123456"))
    if spec.kind[:1] == "N":
        return rng.choice((b"", b"", b"-")) + b"1" * rng.randrange(1, spec.longest + 2)
    lengths = (1, spec.shortest, spec.shortest - 1, spec.longest, spec.longest + 1)
    return bytes(rng.choices(b"ABZ09 .-/", k=max(rng.choice(lengths), 0)))


DATES_AND_TIMES = (
    b"20240229", b"20230229", b"19000229", b"20000229", b"20240101-20240131", b"20240131-20240101",
    b"20240229-20240229", b"240229", b"230229", b"500101", b"490101", b"17991231", b"18000101",
    b"20240431", b"20240430", b"202401011200", b"0000", b"2359", b"2400", b"1260", b"235959",
    b"235960", b"2359599", b"23595999", b"23595960",
)  # fmt: skip


# damage


def damaged(data: bytes, rng: Random) -> bytes:
    """The file with one to three things done to it."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        if len(data) > 110:
            data = rng.choice(DAMAGE)(data, rng)
    return data


def damages(data: bytes, count: int, seed: int) -> Iterator[bytes]:
    rng = Random(seed)
    for _ in range(count):
        yield damaged(data, rng)


def _at(data: bytes, rng: Random) -> int:
    """A place behind the ISA, or now and then inside it."""
    return rng.randrange(0 if rng.random() < 0.03 else 106, len(data))


def _insert_byte(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + bytes((rng.choice(ODD_BYTES),)) + data[at:]


def _delete_byte(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + data[at + 1 :]


def _replace_byte(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + bytes((rng.choice(ODD_BYTES),)) + data[at + 1 :]


def _double_byte(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + data[at : at + 1] * rng.choice((2, 3, 80)) + data[at + 1 :]


def _insert_delimiter(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    delimiters = data[3:4] + data[104:106] + data[82:83]
    return data[:at] + bytes((rng.choice(delimiters),)) + data[at:]


def _byte_at_edge(data: bytes, rng: Random) -> bytes:
    """A byte right before or behind a delimiter."""
    delimiters = data[3:4] + data[104:106]
    edges = [n for n in range(106, len(data)) if data[n] in delimiters]
    if not edges:
        return data
    at = rng.choice(edges) + rng.choice((0, 1))
    return data[:at] + bytes((rng.choice(ODD_BYTES),)) + data[at:]


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: _at(data, rng)]


def _cut_out(data: bytes, rng: Random) -> bytes:
    at = _at(data, rng)
    return data[:at] + data[at + rng.randrange(1, 200) :]


def _random_value(data: bytes, rng: Random) -> bytes:
    """Another value in the place of one element."""
    separator, terminator = data[3:4], data[105:106]
    at = data.find(separator, _at(data, rng)) + 1
    end = min(
        (e for e in (data.find(separator, at), data.find(terminator, at)) if e >= 0), default=0
    )
    if not at or not end:
        return data
    return data[:at] + rng.choice(VALUES).replace(b":", data[104:105]) + data[end:]


VALUES = (
    b"", b" ", b"0", b"1", b"01", b"-1", b"-0", b"-.5", b"5.", b".5", b".", b"-", b"1.2345",
    b"1.23456", b"123456789012", b"1234567890123", b"99999999999999999999", b"1" * 41, b"1E5",
    b"+5", b"1 ", b"20240229", b"20230229", b"19000229", b"20000229", b"240229", b"17991231",
    b"20241301", b"20240101-20240131", b"20240131-20240101", b"20240229-20240229", b"D8", b"RD8",
    b"D6", b"TM", b"DT", b"HC", b"HC:A4306", b"HC:a4306", b"HC:A4306:GY:GY", b"HC:A4306:KX:GA",
    b"HC:99213:25:59:RT:LT:TEXT", b"HC:99213::25", b"HC:99213::::::", b"HC::25", b"XX", b"ZZ",
    b"1:2", b"1:1", b"2:3:4:5", b"1:", b":1", b"12", b"13", b"11:B:7", b"11:B:8", b"11:B:1",
    b"11:B", b"ABK:G8918", b"ABF:G8918", b"BK:1234", b"BP:12345", b":G8918", b"X" * 7, b"X" * 8,
    b"X" * 60, b"X" * 61, b"X" * 80, b"X" * 300, b"X" * 600, b"X" * 2100, b"A*" * 45, b"AA", b"AC",
    b"1234567893", b"1234567890", b"2400", b"2359", b"23595", b"235960", b"12345678",
)  # fmt: skip
"""What elements are given: amounts, dates, codes and composites that are good in some place."""


def _of_segments(
    change: Callable[[list[bytes], int, Random], None],
) -> Callable[[bytes, Random], bytes]:
    """Damage to the list of segments, at an index behind the ISA."""

    def damage(data: bytes, rng: Random) -> bytes:
        terminator = data[105:106]
        head, rest = data[:106], data[106:].split(terminator)
        if len(rest) > 3:
            change(rest, rng.randrange(len(rest) - 1), rng)
        return head + terminator.join(rest)

    return damage


def _drop(segments: list[bytes], at: int, rng: Random) -> None:
    del segments[at : at + rng.choice((1, 1, 1, 2, 5))]


def _twice(segments: list[bytes], at: int, rng: Random) -> None:
    segments[at:at] = segments[at : at + rng.choice((1, 1, 2, 3, 6))]


def _swap(segments: list[bytes], at: int, rng: Random) -> None:
    other = rng.randrange(len(segments) - 1)
    segments[at], segments[other] = segments[other], segments[at]


def _next(segments: list[bytes], at: int, rng: Random) -> None:
    del rng
    segments[at], segments[at + 1] = segments[at + 1], segments[at]


def _copy(segments: list[bytes], at: int, rng: Random) -> None:
    segments.insert(at, segments[rng.randrange(len(segments) - 1)])


def _move(segments: list[bytes], at: int, rng: Random) -> None:
    segments.insert(rng.randrange(len(segments)), segments.pop(at))


def _empty(segments: list[bytes], at: int, rng: Random) -> None:
    segments[at:at] = [
        rng.choice((b"", b" ", b"\n", b"NTE", b"ZZZ*1", b"K3*", b"HI"))
    ] * rng.choice((1, 2))


def _tag(segments: list[bytes], at: int, rng: Random) -> None:
    segments[at] = (
        rng.choice((b"LX", b"HL", b"CLM", b"SE", b"ST", b"NM1", b"X", b"")) + segments[at][3:]
    )


DAMAGE: tuple[Callable[[bytes, Random], bytes], ...] = (
    _insert_byte, _delete_byte, _replace_byte, _double_byte, _insert_delimiter, _byte_at_edge,
    _truncate, _cut_out, _random_value, _random_value, _random_value,
    *map(_of_segments, (_drop, _twice, _swap, _next, _copy, _move, _empty, _tag)),
)  # fmt: skip
