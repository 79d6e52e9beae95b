"""Tells in what encoding a file is, and reads one with several bytes a character as single bytes.

X12.6 gives one byte to each character. What was saved as UTF-16 or UTF-32 has the same characters,
so that it can be read anyway: each offset in what is read is one of a character.
"""

from __future__ import annotations

import errno
import io
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from edi_lint.x12.reader import NotX12Error

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HEAD = 16
_UNREADABLE = 0x1A
"""SUB, which stands for a character that no single byte carries: it is in no X12 character set."""
_PLAIN = frozenset(b"\t\r\n" + bytes(range(0x20, 0x7F)))


class Encoding(NamedTuple):
    """How many bytes a character takes, which of them is its value below 256, and how many bytes
    of a byte order mark come before the first one.
    """

    name: str
    width: int
    at: int
    mark: int

    def original(self, offset: int) -> int:
        """The offset in the file of a character, or of the end of the last one."""
        return self.mark + offset * self.width

    def single(self, offset: int) -> int:
        """The number of the character at an offset of the file."""
        return max(offset - self.mark, 0) // self.width

    def encoded(self, data: bytes) -> bytes:
        """Single bytes in this encoding, without a mark."""
        out = bytearray(len(data) * self.width)
        out[self.at :: self.width] = data
        return bytes(out)

    @property
    def byte_order_mark(self) -> bytes:
        """The mark of the file, empty where it has none."""
        return _MARKS[_KINDS.index(self)] if self.mark else b""

    @property
    def words(self) -> str:
        mark = "with" if self.mark else "without"
        return f"{self.name} ({mark} a byte order mark)"


_KINDS = (
    Encoding("UTF-32 little-endian", 4, 0, 4),
    Encoding("UTF-32 big-endian", 4, 3, 4),
    Encoding("UTF-16 little-endian", 2, 0, 2),
    Encoding("UTF-16 big-endian", 2, 1, 2),
)
_MARKS = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\xff\xfe", b"\xfe\xff")
_CHARACTERS = 3
"""Without a mark, so many plain characters in a row tell the encoding."""


def encoding_of(head: bytes) -> Encoding | None:
    """The encoding of a file that begins with these bytes; None for one byte a character."""
    for kind, mark in zip(_KINDS, _MARKS, strict=True):
        if head.startswith(mark):
            return kind
    for kind in _KINDS:
        begins = head[: _CHARACTERS * kind.width]
        single = begins[kind.at :: kind.width]
        if len(begins) == _CHARACTERS * kind.width and kind.encoded(single) == begins:
            return kind._replace(mark=0) if _PLAIN.issuperset(single) else None
    return None


def _no_single_byte(encoding: Encoding, offset: int) -> NotX12Error:
    return NotX12Error(
        f"the file is in {encoding.name}, and no single byte carries the character at byte "
        f"{offset}; replace it, or save the file as ASCII"
    )


class SingleBytes(io.RawIOBase):
    """A stream of several bytes a character, read as one of single bytes, its mark left out.

    A character beyond U+00FF is read as SUB (1A), which is an error in every element; with `strict`
    NotX12Error is raised.
    """

    def __init__(self, stream: BinaryIO, encoding: Encoding, *, strict: bool = False) -> None:
        self.source = stream
        self.encoding = encoding
        self._strict = strict
        self._position = 0
        self._is_behind_mark = False

    def over(self, source: BinaryIO) -> BinaryIO:
        """The same over another stream of the same bytes, from their start."""
        return cast(BinaryIO, SingleBytes(source, self.encoding, strict=self._strict))

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.source.seekable()

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if not self._is_behind_mark:
            self._whole(self.encoding.mark)
            self._is_behind_mark = True
        data = self._single(self._whole(len(view) * self.encoding.width))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            length = self.source.seek(0, io.SEEK_END) - self.encoding.mark
            offset += -(-length // self.encoding.width)
        self.source.seek(self.encoding.original(offset))
        self._position, self._is_behind_mark = offset, True
        return offset

    def _whole(self, length: int) -> bytes:
        """So many bytes, or all that are left, but whole characters."""
        data = self.source.read(length)
        while len(data) % self.encoding.width and (more := self.source.read(1)):
            data += more
        return data

    def _single(self, data: bytes) -> bytes:
        width, at = self.encoding.width, self.encoding.at
        single = data[at::width]
        if self.encoding.encoded(single) == data:
            return single
        units = (data[n : n + width] for n in range(0, len(data), width))
        out = bytes(
            unit[at] if self.encoding.encoded(unit[at : at + 1]) == unit else _UNREADABLE
            for unit in units
        )
        if self._strict:
            lost = (n for n, byte in enumerate(out) if byte == _UNREADABLE)
            raise _no_single_byte(
                self.encoding, self.encoding.original(self._position + next(lost))
            )
        return out


class _Ahead(io.RawIOBase):
    """A stream that cannot be read again, of which the first bytes were read before."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head = head
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        if not head:
            return self._stream.read(size)
        if 0 <= size < len(head):
            self._head = head[size:]
            return head[:size]
        return head if size >= 0 else head + self._stream.read()


def single_bytes(stream: BinaryIO, *, strict: bool = False) -> BinaryIO:
    """The stream from where it is, as one of single bytes where it begins in another encoding.

    What comes back then is a SingleBytes. Raises OSError for a stream that gives no bytes.
    """
    if isinstance(stream, SingleBytes):
        return stream
    is_seekable = hasattr(stream, "seekable") and stream.seekable()
    start = stream.tell() if is_seekable else 0
    head = stream.read(_HEAD)
    if not isinstance(head, bytes):
        raise OSError(errno.EINVAL, "a stream that gives no bytes: open it in binary mode")
    while head and len(head) < _HEAD and (more := stream.read(_HEAD - len(head))):
        head += more
    if is_seekable:
        stream.seek(start)
    else:
        stream = cast(BinaryIO, _Ahead(head, stream))
    encoding = None if start else encoding_of(head)
    if encoding is None:
        return stream
    return cast(BinaryIO, SingleBytes(stream, encoding, strict=strict))


_EBCDIC = (b"\xc9\xe2\xc1", b"\xc7\xe2\x5c", b"\xe2\xe3\x5c")
"""ISA, GS* and ST* in EBCDIC."""
_OTHERS = (
    (b"\x1f\x8b", "compressed with gzip; unpack it first (gunzip)"),
    (b"PK\x03\x04", "a ZIP archive; unpack it first (unzip)"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"BZh", "compressed with bzip2; unpack it first (bunzip2)"),
    (b"\xfd7zXZ\0", "compressed with xz; unpack it first (unxz)"),
    (b"\x28\xb5\x2f\xfd", "compressed with Zstandard; unpack it first (unzstd)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive; unpack it first"),
    (b"-----BEGIN PGP", "encrypted or signed with PGP; decrypt it first (gpg --decrypt)"),
    (b"-----BEGIN PKCS7", "encrypted or signed (PKCS #7); decrypt it first"),
    (b"%PDF", "a PDF"),
    (b"<?xml", "XML"),
    (b"UNA", "EDIFACT, not X12"),
    (b"UNB+", "EDIFACT, not X12"),
)
_PGP_PACKET = frozenset(b"\x84\x85\x86\xa3\xc1\xc3\x8c\x8d")
"""First bytes of an encrypted PGP message that is not armored (RFC 9580, 4.2 and 5)."""
_PGP_VERSIONS = frozenset(b"\x03\x04\x06")


def foreign(head: bytes) -> str:
    """What a file that is not X12 is, by its first bytes, and what to do; empty where unknown."""
    if head.startswith(_EBCDIC):
        return (
            "the file is in EBCDIC, as mainframes write it; convert it to ASCII first (a transfer "
            "in text mode does, or iconv -f IBM1047 -t ASCII)"
        )
    for begins, words in _OTHERS:
        if head.startswith(begins):
            return f"the file is {words}"
    if head[:1] and head[0] in _PGP_PACKET and _PGP_VERSIONS.intersection(head[1:4]):
        return "the file seems to be encrypted with PGP; decrypt it first (gpg --decrypt)"
    return ""
