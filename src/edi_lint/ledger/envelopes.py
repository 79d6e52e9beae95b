"""Reads the interchanges of an input: who sends which number to whom, and what stands for the rest.

Knows nothing of what is inside: an interchange is its ISA, and a digest of all its bytes in which
white space between segments and line breaks within them do not count.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from edi_lint.engine import Block, BlockKind, Context
from edi_lint.engine.result import Interchange as Envelope
from edi_lint.x12 import Reader, Segment
from edi_lint.x12.encoding import single_bytes

LARGEST = 999_999_999
"""The highest control number: ISA13 has nine digits."""

_USAGES = frozenset({"P", "T"})
_NUMBER = re.compile("[0-9]{1,9}")


class Parties(NamedTuple):
    """Between whom control numbers are counted.

    `sender` and `receiver` are qualifier and id (ISA05 and 06, ISA07 and 08) without padding, as in
    ZZ*HARBOR. `usage` is ISA15: P for production, T for a test.
    """

    sender: str
    receiver: str
    usage: str


def parties(header: Segment) -> Parties | None:
    """Those of an ISA; None where it does not say who sends to whom, and for what use."""
    value = header.value
    sender, receiver = value(6).rstrip(), value(8).rstrip()
    if not (sender and receiver and value(15) in _USAGES):
        return None
    return Parties(f"{value(5)}*{sender}", f"{value(7)}*{receiver}", value(15))


class SentInterchange(NamedTuple):
    """By what a receiver knows an interchange again.

    The first three are those of `Parties`. `number` is ISA13. `content` is a SHA-256, 32 bytes, of
    the interchange from ISA to IEA.
    """

    sender: str
    receiver: str
    usage: str
    number: int
    content: bytes


class InputInterchange(NamedTuple):
    """An interchange of an input, which counts from 1: its ISA, and its IEA where it has one."""

    ordinal: int
    header: Segment
    trailer: Segment | None
    content: bytes

    @property
    def sent(self) -> SentInterchange | None:
        """None where ISA does not say who sends which number to whom: other rules tell of it."""
        between, number = parties(self.header), self.header.value(13)
        if between is None or not _NUMBER.fullmatch(number):
            return None
        return SentInterchange(*between, int(number), self.content)

    @property
    def block(self) -> Block:
        """The ISA as an engine would give it."""
        header = self.header
        envelope = Envelope(self.ordinal, header.value(13), header, header.start)
        block = Block(BlockKind.INTERCHANGE, Context(envelope), header.delimiters, header.window, 0)
        block.starts.append(header.start)
        block.ends.append(header.end)
        block.nodes.append(0)
        return block


class _OpenInterchange:
    """An interchange of which not everything was read yet."""

    def __init__(self, ordinal: int, header: Segment) -> None:
        self.ordinal = ordinal
        self._header = header
        self._digest = hashlib.sha256(header.raw)
        delimiters = header.delimiters
        self._breaks, self._padding = delimiters.line_breaks, delimiters.padding
        self._terminator = delimiters.terminator
        blanks = b"[" + re.escape(self._padding) + b"]+" if self._padding else b"(?!)"
        self._between = re.compile(re.escape(self._terminator) + blanks)

    def add(self, segments: bytes) -> None:
        """Bytes from the start of a segment to the end of one, the last terminator left out."""
        data = segments.translate(None, self._breaks).lstrip(self._padding)
        self._digest.update(self._terminator)
        self._digest.update(self._between.sub(lambda _: self._terminator, data))

    def pass_over(self, reader: Reader) -> None:
        """Add what is in memory of the segments that neither end the interchange nor begin one."""
        data, base = reader.window.data, reader.window.base
        at = reader.position - base
        stop = len(data)
        for tag in (b"ISA", b"IEA"):
            found = data.find(tag, at, stop)
            stop = found if found >= 0 else stop
        stop = data.rfind(self._terminator, at, stop)
        if stop >= 0:
            self.add(data[at:stop])
            reader.position = base + stop + 1

    def read(self, trailer: Segment | None = None) -> InputInterchange:
        return InputInterchange(self.ordinal, self._header, trailer, self._digest.digest())


def interchanges(stream: BinaryIO) -> Iterator[InputInterchange]:
    """The interchanges of a stream in their order, each once all of it was read.

    Memory holds a few hundred KB of the input. An interchange without its end reaches to the next
    one, or to the end of the input. A stream without any gives nothing.
    """
    reader = Reader(single_bytes(stream))
    reading: _OpenInterchange | None = None
    delimiters, ordinal = None, 0
    for start, end, stop, raw in reader:
        reader.keep_from = stop
        if reader.delimiters is None:
            continue
        if reader.delimiters is not delimiters:  # an ISA: each has its own
            if reading is not None:
                yield reading.read()
            delimiters, ordinal = reader.delimiters, ordinal + 1
            reading = _OpenInterchange(ordinal, Segment(reader.window, start, end, delimiters))
        elif reading is not None:
            base = reader.window.base
            reading.add(reader.window.data[start - base : stop - base] if raw is None else raw)
        if reading is None:
            continue
        if reader.closed:
            yield reading.read(Segment(reader.window, start, end, delimiters))
            reading = None
        elif not reader.too_long:
            reading.pass_over(reader)
            reader.keep_from = reader.position
    if reading is not None:
        yield reading.read()
