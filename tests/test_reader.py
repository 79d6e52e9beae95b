"""The reader keeps every byte, finds delimiters in any header, and holds a bounded part in memory."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi_lint.rules.examples import Example
from edi_lint.x12 import NotX12Error, Reader, pieces
from edi_lint.x12.delimiters import read_isa

PLAIN = Example().file()
ISA = PLAIN.split(b"~")[0]


def joined(data: bytes) -> bytes:
    """The pieces of an input put together again, whether it is X12 or not."""
    out = []
    try:
        for piece in pieces(data):
            out.append(piece.data)
    except NotX12Error:
        pass
    return b"".join(out)


def tags(data: bytes) -> list[bytes]:
    return [p.raw.split(p.delimiters.element)[0] for p in pieces(data) if p.delimiters and p.raw]


def test_segments_start_and_end_where_they_say() -> None:
    for piece in pieces(PLAIN):
        assert PLAIN[piece.start : piece.end] == piece.raw
        assert piece.begin <= piece.start <= piece.end <= piece.stop


@pytest.mark.parametrize("chunk", [1, 7, 106, 1000])
def test_chunks_make_no_difference(chunk: int) -> None:
    read = [(s, e, r) for s, e, _, r in Reader(io.BytesIO(PLAIN), chunk)]
    assert read == [(s, e, r) for s, e, _, r in Reader(io.BytesIO(PLAIN))]


@pytest.mark.parametrize(
    ("element", "component", "repetition", "terminator", "break_"),
    [
        (b"*", b":", b"^", b"~", b""),
        (b"|", b">", b"!", b"\n", b""),
        (b"*", b":", b"^", b"\r", b"\n"),
        (b"\x1d", b"\x1f", b"\x1e", b"\x1c", b"\r\n"),
        (b"+", b"<", b"%", b"_", b"\r\n"),
        (b"*", b"\\", b"^", b"#", b"\n  "),
    ],
)
def test_any_byte_may_be_a_delimiter(
    element: bytes, component: bytes, repetition: bytes, terminator: bytes, break_: bytes
) -> None:
    table = bytes.maketrans(b"*:^~", element + component + repetition + terminator)
    data = PLAIN.replace(b"\n", b"").translate(table)
    data = data.replace(terminator, terminator + break_)
    assert tags(data) == tags(PLAIN)
    assert joined(data) == data


def test_each_interchange_has_its_own_delimiters() -> None:
    second = PLAIN.translate(bytes.maketrans(b"*~", b"|#"))
    assert tags(PLAIN + second) == tags(PLAIN) * 2
    without_trailer = PLAIN[: PLAIN.rindex(b"IEA")]
    assert tags(without_trailer + second) == tags(PLAIN)[:-1] + tags(PLAIN)


@pytest.mark.parametrize(
    "header",
    [
        ISA.replace(b"SUBMITTER      ", b"SUB"),
        ISA.replace(b"000000001", b"1"),
        ISA.replace(b"*00*          *00*          ", b"*00**00*"),
    ],
)
def test_a_header_of_another_length_is_read(header: bytes) -> None:
    data = PLAIN.replace(ISA, header)
    assert tags(data) == tags(PLAIN)
    assert joined(data) == data


def test_a_header_without_component_separator_is_read() -> None:
    found = read_isa(PLAIN.replace(b"P*:~", b"P~"), 0)
    assert found is not None
    assert found[0].terminator == b"~"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"batch 17\r\n", b"VISA card\n", b"\n\n"])
def test_what_stands_before_the_header_is_passed_over(before: bytes) -> None:
    assert tags(before + PLAIN) == tags(PLAIN)
    assert joined(before + PLAIN) == before + PLAIN


@pytest.mark.parametrize("data", [b"", b"hello", b"ISA", b"ISA*", b"ST*837*1~SE*2*1~", b"\0" * 999])
def test_what_is_no_x12_says_so(data: bytes) -> None:
    with pytest.raises(NotX12Error):
        list(pieces(data))


def test_lines_and_columns_are_physical() -> None:
    data = PLAIN.replace(b"~\n", b"~\r\n\r\n")
    reader = Reader(io.BytesIO(data), 64)
    for start, _, _, raw in reader:
        line, column = reader.window.locate(start)
        assert raw is not None
        assert data.split(b"\n")[line - 1][column - 1 :].startswith(raw[:10])


def test_memory_is_bounded_without_a_terminator() -> None:
    class Endless(io.RawIOBase):
        sent = 0

        def read(self, size: int = -1) -> bytes:
            self.sent += size
            return ISA + b"~" if self.sent == size else b"x" * size if self.sent < 30 << 20 else b""

    reader = Reader(Endless())  # type: ignore[arg-type]
    largest = 0
    for _, _, stop, _ in reader:
        largest = max(largest, len(reader.window.data))
        reader.keep_from = stop
    assert largest < 4 << 20


def test_the_corpus_comes_out_as_it_went_in(corpus: list[Path]) -> None:
    for path in corpus:
        data = path.read_bytes()
        assert joined(data) == data, path.name


@given(st.binary(max_size=300))
def test_any_bytes_come_out_as_they_went_in(data: bytes) -> None:
    assert joined(data) == data


@given(st.lists(st.tuples(st.integers(0, len(PLAIN)), st.binary(max_size=4)), max_size=6))
def test_a_damaged_file_comes_out_as_it_went_in(damage: list[tuple[int, bytes]]) -> None:
    data = PLAIN
    for position, inserted in damage:
        data = data[:position] + inserted + data[position + len(inserted) :]
    assert joined(data) == data
