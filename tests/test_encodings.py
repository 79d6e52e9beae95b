"""Files with several bytes a character are linted and fixed; what is no X12 is named."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import ROOT, Cli
from edi_lint import EdiLintError, check, fix, read, redact, rewrite, split
from edi_lint.run.drive import Linter

PLAIN = (ROOT / "examples" / "outbound.837").read_bytes()
CODECS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
LINTER = Linter()


def encoded(codec: str, mark: str = "", text: str = PLAIN.decode()) -> bytes:
    return (mark + text).encode(codec)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_it_is_linted_and_named(codec: str, mark: str) -> None:
    data = encoded(codec, mark)
    first, *others = LINTER.check(data).findings
    assert first.code == "ENV014" and f"UTF-{codec[4:6]}" in first.message
    expected = LINTER.check(PLAIN).findings
    assert [(f.code, f.message, f.location.line, f.location.column) for f in others] == [
        (f.code, f.message, f.location.line, f.location.column) for f in expected
    ]
    for found, meant in zip(others, expected, strict=True):
        place, wanted = found.location, meant.location
        there = data[place.byte_start : place.byte_end]
        assert there.decode(codec).encode() == PLAIN[wanted.byte_start : wanted.byte_end]
        for edit, other in zip(
            found.fix.edits if found.fix else (), meant.fix.edits if meant.fix else (), strict=True
        ):
            there = data[edit.byte_start : edit.byte_end]
            assert there.decode(codec).encode() == PLAIN[other.byte_start : other.byte_end]
    assert LINTER.check(data).file.bytes == len(data)
    assert LINTER.check(io.BytesIO(data)).findings == LINTER.check(data).findings


@pytest.mark.parametrize("codec", CODECS)
def test_every_command_works_on_it(codec: str) -> None:
    data = encoded(codec, "\ufeff")
    assert fix(data).content() == fix(PLAIN).content()
    assert next(f.code for f in fix(data).applied) == "ENV014"
    assert split(data).clean_content() == split(PLAIN).clean_content()
    assert [c.id for c in read(data)] == [c.id for c in read(PLAIN)]
    assert redact(data, "a long key").content() == encoded(
        codec, "\ufeff", redact(PLAIN, "a long key").content().decode()
    )
    resent = [rewrite(d, "resend", whole=True).content() for d in (data, PLAIN)]
    assert resent[0] == resent[1]


def test_the_change_log_has_the_places_of_the_file() -> None:
    data = encoded("utf-16-le", "\ufeff")
    entries = [*fix(data).log.entries("ids")]
    plain = [*fix(PLAIN).log.entries("ids")]
    assert entries[0]["before"] == {"byte_start": 0, "byte_end": len(data)}
    for entry, other in zip(entries[1:], plain, strict=True):
        assert entry["before"] == {k: 2 + 2 * v for k, v in other["before"].items()}
        assert entry["after"] == other["after"]


def test_a_character_without_a_single_byte_is_never_lost() -> None:
    text = PLAIN.decode().replace("NTE*ADD*", "NTE*ADD*\u2013", 1)
    data = encoded("utf-16-le", "", text)
    (found,) = (f for f in LINTER.check(data).findings if f.location.segment == "NTE")
    assert found.severity.value == "error"
    for command in (fix, split, redact, rewrite):
        with pytest.raises(EdiLintError, match="no single byte carries the character at byte"):
            command(data)


def test_each_way_in(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    data = encoded("utf-16-be", "\ufeff")
    (tmp_path / "in.txt").write_bytes(data)
    for path, given in (("-", data), (tmp_path, b""), (tmp_path / "in.txt", b"")):
        result = commands("check")(path, "--output-format", "concise", stdin=given)
        assert result.status == 1 and result.out.count("ENV014") == 1
    assert "UTF-16" in commands("annotate")(tmp_path / "in.txt").out
    assert commands("extract")(tmp_path / "in.txt").status == 0
    out = tmp_path / "report"
    assert commands("report")(tmp_path / "in.txt", "-o", out).status in (0, 1)
    assert "ENV014" in (out / "report.json").read_text()
    assert "UTF-16" in next((out / "pages").iterdir()).read_text()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (gzip.compress(PLAIN), "gzip"),
        (b"PK\x03\x04" + bytes(99), "ZIP"),
        (PLAIN.decode().encode("cp037"), "EBCDIC"),
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA", "PGP"),
        (b"\x85\x02\x0c\x03" + bytes(range(40)), "PGP"),
        (b"BZh91AY", "bzip2"),
        (b"UNA:+.? 'UNB+UNOA:2", "EDIFACT"),
    ],
)
def test_what_is_no_x12_is_named(data: bytes, word: str) -> None:
    assert word in LINTER.check(data).file.error
    with pytest.raises(EdiLintError, match=word):
        check(data)


class Broken(io.RawIOBase):
    """A stream whose disk fails."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


class Texts:
    """Something that gives text."""

    def read(self, size: int = -1) -> str:
        return "ISA*00"


def closed() -> io.BytesIO:
    stream = io.BytesIO(PLAIN)
    stream.close()
    return stream


COMMANDS: list[Callable[..., object]] = [
    check, fix, split, redact, rewrite, lambda source: list(read(source))
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("source", "words"),
    [
        (None, "neither a path, bytes nor a binary stream"),
        (7, "neither a path, bytes nor a binary stream"),
        (io.StringIO("ISA"), "binary mode"),
        (Texts(), "binary mode"),
        (closed(), "closed"),
        (Broken(), "Input/output error"),
        ("a\0b", "NUL"),
    ],
)
def test_what_cannot_be_read_raises(
    command: Callable[..., object], source: object, words: str
) -> None:
    with pytest.raises(EdiLintError, match=words):
        command(source)


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_all_bytes_are_bytes(kind: Callable[[bytes], object]) -> None:
    source = kind(PLAIN)
    assert check(source).findings == check(PLAIN).findings  # type: ignore[arg-type]
    assert fix(source).content() == fix(PLAIN).content()  # type: ignore[arg-type]
