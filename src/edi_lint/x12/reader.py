"""Cuts a byte stream into segments, keeping every byte and only a bounded part in memory."""

from __future__ import annotations

import io
import re
from collections.abc import Generator, Iterator
from typing import BinaryIO, NamedTuple

from edi_lint.x12.delimiters import (
    ISA_LENGTH,
    LOOKED_AT,
    Delimiters,
    read_isa,
    read_without_isa,
)
from edi_lint.x12.errors import EdiLintError
from edi_lint.x12.segment import Window

CHUNK = 256 * 1024
MAX_SEGMENT = 1024 * 1024
"""A longer stretch without a terminator is not a segment: the longest 837P one is under 4 KB."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some editors put before UTF-8."""

_BLANK = b" \t\r\n\x0b\x0c\x1a"
"""What may stand outside interchanges without being data; DOS ended files with 1A."""

PADDING = _BLANK + b"\0"
"""What fills a file up to the end of a block behind its last interchange."""


_HEADER_OR_TRAILER = re.compile(b"ISA|IEA")

Cut = tuple[int, int, int, bytes | None]
"""Start, end and stop of a segment as file offsets, and its bytes (None: no segment)."""


class NotX12Error(EdiLintError, ValueError):
    """The input holds no ISA segment, so there is nothing that could be read."""


class Piece(NamedTuple):
    """A stretch of the input; the pieces of an input, joined, are the input.

    `begin:stop` is everything, `start:end` the segment without white space before it and without
    its terminator. `delimiters` is None where the bytes are no segment.
    """

    data: bytes
    begin: int
    start: int
    end: int
    stop: int
    delimiters: Delimiters | None

    @property
    def raw(self) -> bytes:
        return self.data[self.start - self.begin : self.end - self.begin]


class Reader:
    """Reads segments one after the other from a binary stream.

    `window` holds what is in memory. A caller that needs a run of segments together sets
    `keep_from` to the offset where the run starts: every later window begins there or before.
    A caller that has read on by itself, within the window and the interchange, sets `position` to
    where it stopped. `chunk` is how many bytes to read at once, at least.
    """

    def __init__(self, stream: BinaryIO, chunk: int = CHUNK, *, lenient: bool = False) -> None:
        """`lenient`: read interchanges whose ISA is damaged or missing, too."""
        self._stream = stream
        self._lenient = lenient
        self.head = b""
        """The first bytes of the input, LOOKED_AT at most."""
        self.missing = ""
        """How an interchange began that has no sound ISA: with a damaged ISA, a GS or an ST."""
        self.chunk = chunk
        self._ended = False
        self.window = Window(b"", 0, 1, 0)
        self.keep_from = 0
        self.delimiters: Delimiters | None = None
        self.bytes_read = 0
        self.position = 0
        self.closed = False
        """Whether the last segment was the IEA of its interchange."""
        self.too_long = False
        """Whether `position` is inside what is too long for a segment."""
        self.indented = False
        """Set when blanks stood before the last segment; whoever cares clears it."""

    def __iter__(self) -> Iterator[Cut]:
        """Yield (start, end, stop, raw): file offsets and the bytes of each segment.

        raw is None for bytes that belong to no segment. A last segment without its terminator
        has end == stop. White space between segments is passed over. An iteration that was left
        goes on where it was left.
        """
        position = self.position
        if self.closed:
            self.delimiters = None
        while True:
            if self.delimiters is None:
                found = yield from self._between(position)
                if found is None:
                    return
                position = found
            done = yield from self._inside(position)
            if done is None:
                return
            position = done
            self.delimiters = None

    def _between(self, position: int) -> Generator[Cut, None, int | None]:
        """Pass over what comes before the next ISA; return its offset, None at the end."""
        self.missing = ""
        if self._lenient:
            found = yield from self._without_isa(position)
            if found is not None:
                return found
        while True:
            data, base = self.window.data, self.window.base
            at = data.find(b"ISA", position - base)
            while at >= 0:
                if self._too_little(at):
                    break
                isa = read_isa(data, at)
                if isa:
                    yield from self._gaps(position, base + at)
                    self.delimiters = isa.delimiters
                    self.position = base + isa.stop
                    self.closed = self.too_long = False
                    yield base + at, base + isa.end, self.position, data[at : isa.end]
                    return self.position
                at = data.find(b"ISA", at + 3)
            if self._ended:
                yield from self._gaps(position, base + len(data))
                return None
            stop = base + (at if at >= 0 else max(position - base, len(data) - 2))
            if stop - position > MAX_SEGMENT:
                yield from self._gaps(position, position + MAX_SEGMENT)
                position += MAX_SEGMENT
            else:
                self._load(position)

    def _without_isa(self, position: int) -> Generator[Cut, None, int | None]:
        """Begin an interchange without a sound ISA; return where it goes on, None for no such."""
        self.look_ahead(position, LOOKED_AT)
        data, base = self.window.data, self.window.base
        at = position - base
        data = data[at : at + LOOKED_AT]
        found = read_without_isa(data)
        if found is None:
            return None
        start, header, tag = found
        at = data.find(b"ISA", 0, start + 3)
        while at >= 0:
            if read_isa(data, at):
                return None
            at = data.find(b"ISA", at + 3, start + 3)
        yield from self._gaps(position, position + start)
        self.missing, self.delimiters = tag, header.delimiters
        self.position = position + header.stop
        self.closed = self.too_long = False
        if tag == "ISA":
            end = position + header.end
            yield position + start, end, self.position, data[start : header.end]
        return self.position

    def _gaps(self, position: int, stop: int) -> Iterator[Cut]:
        """What stands outside interchanges, in stretches that no chunk has a say in."""
        while position < stop:
            end = min(position + MAX_SEGMENT, stop)
            base = self.window.base
            if self.window.data[position - base : end - base].strip(_BLANK):
                yield self._gap(position, end)
            position = end

    def _gap(self, start: int, stop: int) -> Cut:
        data, base = self.window.data, self.window.base
        raw = data[start - base : stop - base]
        if not raw.strip():
            return start, stop, stop, None
        begin = start + len(raw) - len(raw.lstrip())
        return begin, start + len(raw.rstrip()), stop, None

    def _inside(self, position: int) -> Generator[Cut, None, int | None]:
        """Yield the segments of one interchange; return where it ended, None at the end."""
        assert self.delimiters is not None
        terminator, padding = self.delimiters.terminator, self.delimiters.padding
        searched = position
        while True:
            data, base = self.window.data, self.window.base
            at = position - base
            end = data.find(terminator, searched - base)
            if end < 0:
                if self._is_header(at):
                    return position
                if self._ended:
                    raw = data[at:].lstrip(padding)
                    start = base + len(data) - len(raw)
                    raw = raw.rstrip(padding + (PADDING if raw[:3] == b"IEA" else _BLANK))
                    if raw:
                        end = start + len(raw)
                        self.position = base + len(data)
                        yield start, end, end, None if self.too_long else raw
                    return None
                searched = base + len(data)
                if len(data) - at > MAX_SEGMENT:
                    self.position = position + MAX_SEGMENT
                    self.too_long = True
                    yield self._gap(position, self.position)
                    position = self.position
                else:
                    self._load(position)
                continue
            if end - at > MAX_SEGMENT:
                self.position = position + MAX_SEGMENT
                self.too_long = True
                yield self._gap(position, self.position)
                position = self.position
                continue
            if self.too_long:
                position = searched = self.position = base + end + 1
                self.too_long = False
                yield self._gap(base + at, position)
                continue
            raw = data[at:end]
            if b"ISA" in raw and self._too_little(end):
                self._load(position)
                continue
            if raw[:1] in padding and raw:
                lead = raw
                raw = raw.lstrip(padding)
                if len(lead) - len(raw) > 1 or lead[0] in b" \t":
                    lead = lead[: len(lead) - len(raw)]
                    self.indented = b" " in lead or b"\t" in lead
            if raw[:3] == b"ISA" and self._is_header(end - len(raw)):
                return base + end - len(raw)
            if len(raw) >= ISA_LENGTH and b"ISA" in raw:
                cut = self._cut_off(end - len(raw), end)
                if cut is not None:
                    self.position = cut[2]
                    yield cut
                    return cut[2]
            position = searched = self.position = base + end + 1
            self.closed = raw[:3] == b"IEA" and not raw[3:4].isalnum()
            yield base + end - len(raw), base + end, position, raw
            position = searched = self.position
            if self.closed:
                return position

    def run(self) -> bytes:
        """The whole segments in the window that the next one begins, passed over at once.

        They end before what may be the header or the trailer of an interchange.
        """
        if self.delimiters is None or self.closed or self.too_long:
            return b""
        data, at = self.window.data, self.position - self.window.base
        ends = _HEADER_OR_TRAILER.search(data, at)
        end = min(ends.start() if ends else len(data), at + MAX_SEGMENT)
        stop = data.rfind(self.delimiters.terminator, at, end) + 1
        if stop <= at:
            return b""
        self.position += stop - at
        return data[at:stop]

    def jump(self, position: int, line: int, line_start: int) -> None:
        """Go on at another file offset, whose physical line and its start are given.

        Only for a stream that can be sought in, and between two segments.
        """
        self._stream.seek(position)
        self._ended = self.closed = self.too_long = False
        self.window = Window(b"", position, line, line_start)
        self.position = self.keep_from = position

    def _is_header(self, at: int) -> bool:
        """Whether an interchange begins at an index of the window, white space left out."""
        data = self.window.data
        while at < len(data) and data[at] in _BLANK:
            at += 1
        if data[at : at + 3] != b"ISA" or self._too_little(at):
            return False
        return read_isa(data, at) is not None

    def _too_little(self, at: int) -> bool:
        """Whether more of the input must be read to tell an ISA at an index of the window."""
        return not self._ended and len(self.window.data) - at < LOOKED_AT

    def _cut_off(self, start: int, end: int) -> Cut | None:
        """The rest of a segment that a whole ISA follows without a terminator in between."""
        assert self.delimiters is not None
        data, base = self.window.data, self.window.base
        at = data.find(b"ISA", start + 1, end)
        header = read_isa(data, at) if at >= 0 else None
        if header is None or header.end - at != ISA_LENGTH - 1:
            return None
        raw = data[start:at].rstrip(self.delimiters.padding + _BLANK)
        stop = base + start + len(raw)
        return base + start, stop, stop, raw

    def look_ahead(self, start: int, length: int) -> None:
        """Have `length` bytes from the file offset `start` on in the window, or all there are."""
        while not self._ended and self.window.base + len(self.window.data) < start + length:
            self._load(start)

    def ahead(self, limit: int) -> Iterator[bytes]:
        """The segments after the last one that was yielded, as far as they end within `limit`
        bytes. What is read for it stays in the window.
        """
        if self.delimiters is None:
            return
        terminator, padding = self.delimiters.terminator, self.delimiters.padding
        breaks = self.delimiters.line_breaks
        position, stop = self.position, self.position + limit
        while True:
            data, base = self.window.data, self.window.base
            end = data.find(terminator, position - base, stop - base)
            if end >= 0:
                yield data[position - base : end].lstrip(padding).translate(None, breaks)
                position = base + end + 1
            elif self._ended or base + len(data) >= stop:
                return
            else:
                self._load(self.position)

    def _load(self, position: int) -> None:
        """Read more; keep what starts at `position` or at `keep_from`, whichever is first."""
        old = self.window
        keep = min(position, self.keep_from)
        keep = max(keep, old.base)
        kept = old.data[keep - old.base :]
        more = self._stream.read(max(self.chunk, len(kept)))
        self._ended = not more
        self.bytes_read += len(more)
        if len(self.head) < LOOKED_AT:
            self.head += more[: LOOKED_AT - len(self.head)]
        newline = old.data.rfind(b"\n", 0, keep - old.base)
        self.window = Window(
            data=kept + more,
            base=keep,
            line=old.line + old.data.count(b"\n", 0, keep - old.base),
            line_start=old.line_start if newline < 0 else old.base + newline + 1,
        )


def pieces(source: bytes | BinaryIO) -> Iterator[Piece]:
    """Every byte of the input, in order: segments with what stands around them.

    Raises NotX12Error at the end of an input in which no ISA was found.
    """
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    return _pieces(Reader(stream), in_runs=False)


def runs(stream: BinaryIO) -> Iterator[Piece]:
    """Every byte of the input, in order, as `pieces` cuts it, but many segments at once.

    The raw bytes of a run have a terminator between segments; no header of an interchange is in a
    run. An interchange may lack its ISA. Raises NotX12Error at the end of an input without any.
    """
    return _pieces(Reader(stream, lenient=True), in_runs=True)


def _pieces(reader: Reader, in_runs: bool) -> Iterator[Piece]:
    position = 0
    seen = False
    for start, end, stop, raw in reader:
        seen = seen or raw is not None
        window = reader.window
        delimiters = None if raw is None else reader.delimiters
        data = window.data[position - window.base : stop - window.base]
        yield Piece(data, position, start, end, stop, delimiters)
        position = reader.keep_from = stop
        if in_runs and delimiters is not None and (data := reader.run()):
            position += len(data)
            yield Piece(data, stop, stop, position - 1, position, delimiters)
            reader.keep_from = position
    rest = reader.window.data[position - reader.window.base :]
    if rest:
        end = position + len(rest)
        yield Piece(rest, position, end, end, end, None)
    if not seen:
        raise NotX12Error("no ISA segment: this is not an X12 interchange")
