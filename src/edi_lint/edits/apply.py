"""Applies byte edits to a stream: what no edit touches is copied as it is, in bounded memory."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from edi_lint.findings import Edit
from edi_lint.x12 import Segment

CHUNK = 256 * 1024


class EditConflict(ValueError):
    """Edits that overlap, come out of order, or reach past the end of the original."""


class Copy:
    """A copy of an original with edits in it, made as the edits come.

    They come sorted by position. Two may touch but not overlap; two insertions at one place keep
    their order. The stream is read from where it stands.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._position = 0

    def take(self, edits: Iterable[Edit]) -> Iterator[bytes]:
        """What comes of the original up to the end of the last of these. Raises EditConflict."""
        for edit in edits:
            if edit.byte_start < self._position or edit.byte_end < edit.byte_start:
                raise EditConflict(f"the edit at byte {edit.byte_start} overlaps the one before it")
            yield from _take(self._stream, edit.byte_start - self._position)
            for _ in _take(self._stream, edit.byte_end - edit.byte_start):
                pass
            if edit.text:
                yield edit.text.encode("latin-1")
            self._position = edit.byte_end

    def rest(self) -> Iterator[bytes]:
        """What is left of the original."""
        while data := self._stream.read(CHUNK):
            yield data


def apply(stream: BinaryIO, edits: Iterable[Edit]) -> Iterator[bytes]:
    """The original with its edits applied, in pieces, as `Copy` makes it. Raises EditConflict."""
    copy = Copy(stream)
    yield from copy.take(edits)
    yield from copy.rest()


def put(segment: Segment, element: int, text: str) -> Edit:
    """The edit that makes an element say `text`, behind the separators that are lacking there."""
    return Edit(*segment.span(element), segment.separators_before(element) + text)


def recount(trailer: Segment, count: int) -> Edit:
    """The edit that makes SE01, GE01 or IEA01 say `count`."""
    return put(trailer, 1, str(count))


def as_stream(chunks: Iterable[bytes]) -> BinaryIO:
    """A readable stream of pieces that are made as it is read, to lint a result unwritten."""
    return io.BufferedReader(_Chunks(chunks), CHUNK)


def _take(stream: BinaryIO, length: int) -> Iterator[bytes]:
    while length:
        data = stream.read(min(length, CHUNK))
        if not data:
            raise EditConflict("an edit reaches past the end of the file")
        length -= len(data)
        yield data


class _Chunks(io.RawIOBase):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        length = min(len(buffer), len(self._rest))
        buffer[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length
