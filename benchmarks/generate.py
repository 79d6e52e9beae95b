"""Writes a big 837P file (005010X222A1) of invented claims; the same arguments, the same bytes.

`python -m benchmarks.generate OUT --mb 20` writes clean claims: they satisfy the implementation
guide and the whole rule catalogue. Memory stays flat however big the file is.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import BinaryIO

from benchmarks.claims import ClaimWriter
from benchmarks.faults import spoil
from benchmarks.population import DAYS, SENT, Population

GUIDE = "005010X222A1"
SENDER, RECEIVER = "CEDARGATE", "FERNBRIDGE"
DEFAULT_DELIMITERS = "*:^~"
_IN_DATA = frozenset(" .,/-")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file is to look like.

    size           -- bytes, before line breaks; the file ends with the claim that reaches it
    delimiters     -- element, component and repetition separator, segment terminator
    line_breaks    -- "none", "segment" (after each one) or "wrapped" (every 80 characters)
    claims_per_set -- about how many claims a transaction set holds
    faults         -- the share of claims that get one fault each, 0 to 1
    """

    size: int
    seed: int = 1
    delimiters: str = DEFAULT_DELIMITERS
    line_breaks: str = "none"
    crlf: bool = False
    claims_per_set: int = 3000
    interchanges: int = 1
    faults: float = 0.0


class _Output:
    """Turns segments into bytes with the delimiters and line breaks asked for."""

    width = 80

    def __init__(self, stream: BinaryIO, shape: Shape) -> None:
        self.stream = stream
        self.written = 0
        self.segments = 0
        element, component, _, terminator = tuple(shape.delimiters)
        self._table = str.maketrans("*:~", element + component + terminator)
        self._unchanged = shape.delimiters == DEFAULT_DELIMITERS
        self._break = "\r\n" if shape.crlf else "\n"
        self._end = "~" + self._break if shape.line_breaks == "segment" else "~"
        self._wrapped = shape.line_breaks == "wrapped"
        self._column = 0

    def write(self, segments: Sequence[str]) -> None:
        text = "~".join(segments) + "~"
        self.written += len(text)
        self.segments += len(segments)
        if self._end != "~":
            text = text.replace("~", self._end)
        if not self._unchanged:
            text = text.translate(self._table)
        if self._wrapped:
            text = self._wrap(text)
        self.stream.write(text.encode("ascii"))

    def _wrap(self, text: str) -> str:
        first = self.width - self._column
        lines = [text[:first]]
        lines += [text[n : n + self.width] for n in range(first, len(text), self.width)]
        self._column = (self._column + len(text)) % self.width
        wrapped = self._break.join(lines)
        return wrapped if self._column or not text else wrapped + self._break


class _File:
    """One file on its way out: envelopes, levels and the claims in them."""

    def __init__(self, stream: BinaryIO, shape: Shape) -> None:
        self.shape = shape
        self.rng = Random(shape.seed)
        self.people = Population(self.rng)
        self.out = _Output(stream, shape)
        self.claims = ClaimWriter(self.people, shape.seed * 10**7)

    def write(self) -> None:
        for number in range(1, self.shape.interchanges + 1):
            self._interchange(number, self.shape.size * number // self.shape.interchanges)

    def _interchange(self, number: int, until: int) -> None:
        day = DAYS[SENT]
        control = self.shape.seed * 1000 % 10**8 + number
        self.out.write(
            [
                f"ISA*00*          *00*          *ZZ*{SENDER:15}*ZZ*{RECEIVER:15}"
                f"*{day[2:]}*1230*{self.shape.delimiters[2]}*00501*{control:09}*0*P*:",
                f"GS*HC*{SENDER}*{RECEIVER}*{day}*1230*{control}*X*{GUIDE}",
            ]
        )
        sets = 0
        while sets == 0 or self.out.written < until:
            sets += 1
            self._transaction_set(sets, f"{control}S{sets}", until)
        self.out.write([f"GE*{sets}*{control}", f"IEA*1*{control:09}"])

    def _transaction_set(self, number: int, batch: str, until: int) -> None:
        out, before = self.out, self.out.segments
        out.write(
            [
                f"ST*837*{number:04}*{GUIDE}",
                f"BHT*0019*00*{batch}*{DAYS[SENT]}*1230*CH",
                "NM1*41*2*CEDARGATE BILLING*****46*CG4420",
                "PER*IC*BILLING OFFICE*TE*8005550142*EX*123",
                "NM1*40*2*FERNBRIDGE EXCHANGE*****46*FB01",
            ]
        )
        left, level = self.shape.claims_per_set, 0
        while left > 0 and (level == 0 or out.written < until):
            wanted = min(left, 5 + int(self.rng.random() * 55))
            level, written = self._billing_provider(level, wanted, until)
            left -= written
        out.write([f"SE*{out.segments - before + 1}*{number:04}"])

    def _billing_provider(self, level: int, wanted: int, until: int) -> tuple[int, int]:
        """Loop 2000A: the last HL number used, and how many claims it got."""
        claims, random = self.claims, self.rng.random
        level += 1
        top = level
        taxonomy, provider = self.people.billing[int(random() * len(self.people.billing))]
        segments = [f"HL*{level}**20*1", *taxonomy, *provider]
        count = 0
        while count < wanted and (count == 0 or self.out.written < until):
            cover = claims.coverage()
            level += 1
            segments.append(f"HL*{level}*{top}*22*{1 if cover.dependent else 0}")
            claims.subscriber(cover, segments)
            if cover.dependent:
                level += 1
                segments.append(f"HL*{level}*{level - 1}*23*0")
                claims.patient(segments)
            for _ in range(1 if random() < 0.85 else 2):
                at = len(segments)
                claims.claim(cover, segments)
                count += 1
                if self.shape.faults and random() < self.shape.faults:
                    claim = segments[at:]
                    spoil(claim, self.rng)
                    segments[at:] = claim
            self.out.write(segments)
            segments = []
        return level, count


def generate(stream: BinaryIO, shape: Shape) -> None:
    """Write a file of that shape."""
    _File(stream, shape).write()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.generate",
        description="Write a big 837P file (005010X222A1) of invented claims. The same arguments "
        "give the same bytes. The claims are clean: they satisfy the implementation guide and "
        "every rule of the catalogue; about 600 bytes and 26 segments each, half of all segments "
        "distinct, 2 % of the service lines for A4306.",
        epilog="Example: python -m benchmarks.generate /tmp/claims.837 --mb 20 --faults 0.02",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the file to write")
    parser.add_argument(
        "--mb", type=float, default=20, help="size in millions of bytes (default 20)"
    )
    parser.add_argument("--seed", type=int, default=1, help="another seed, other claims")
    parser.add_argument(
        "--line-breaks",
        choices=("none", "segment", "wrapped"),
        default="none",
        help="after each segment, or every 80 characters wherever that falls (default none)",
    )
    parser.add_argument("--crlf", action="store_true", help="line breaks are CR LF, not LF")
    parser.add_argument(
        "--claims-per-set", type=int, default=3000, metavar="N", help="default 3000"
    )
    parser.add_argument("--interchanges", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument(
        "--delimiters",
        type=_delimiters,
        default=DEFAULT_DELIMITERS,
        metavar="FOUR",
        help="element, component and repetition separator and segment terminator "
        f"(default {DEFAULT_DELIMITERS})",
    )
    parser.add_argument(
        "--faults",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="put one fault of a mixed list into this share of the claims, 0 to 1 (default 0)",
    )
    given = parser.parse_args(arguments)
    shape = Shape(
        size=round(given.mb * 1e6),
        seed=given.seed,
        delimiters=given.delimiters,
        line_breaks=given.line_breaks,
        crlf=given.crlf,
        claims_per_set=given.claims_per_set,
        interchanges=given.interchanges,
        faults=given.faults,
    )
    with given.out.open("wb") as stream:
        generate(stream, shape)


def _delimiters(text: str) -> str:
    if len(text) != 4 or len(set(text)) != 4 or not text.isascii():
        raise argparse.ArgumentTypeError("needs four different ASCII characters")
    if any(c.isalnum() or c in _IN_DATA or not c.isprintable() for c in text):
        raise argparse.ArgumentTypeError("a delimiter may not be a character of the data")
    return text


if __name__ == "__main__":
    main()
