"""The fuzz target for what writes a file: fix, split, redact, rewrite, annotate and extract.

Whatever the bytes are, nothing but the errors that are meant for users is raised; a fixed file is
as it was where nothing was applied, and fixing it again changes nothing; the parts of a split add
up; a redacted file has the length and the findings of the original; both engines write the same
bytes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch
from zlib import crc32

import edi_lint
from agreement import running
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation
from edi_lint.transform.extract import extract

ENGINES = ("python", "kernel")
TEMPLATES = ("resend", "replacement", "void", "new-claim")
THRESHOLDS = ("error", "warning", "info", None)
PAGES = ("text", "markdown", "html")


def linted(data: bytes) -> Report:
    """The report on some bytes."""
    return Linter(Settings(phi=Phi.ALL)).check(data)


def errors(data: bytes) -> int:
    """How many errors are found in some bytes."""
    return linted(data).summary()["error"]


def fixed(data: bytes, turn: int) -> list[bytes]:
    """What fix writes, which is never worse and changes no more when it is fixed again."""
    unsafe = bool(turn % 2)
    made = edi_lint.fix(data, unsafe=unsafe)
    content = made.content()
    if not made.applied and not made.recounted:
        assert content == data, "nothing was applied, and the bytes are others"
    if not made.new_errors:
        again = edi_lint.fix(content, unsafe=unsafe)
        if not again.new_errors:
            assert again.content() == content, "fixing again changes something"
        if not unsafe:
            assert errors(content) <= errors(data), "fixed, there are more errors"
    return [content]


def parted(data: bytes, turn: int) -> list[bytes]:
    """The two files of split, which add up to the whole: claims, lines and charges."""
    made = edi_lint.split(data, fail_on=THRESHOLDS[turn % len(THRESHOLDS)])
    parts = [made.clean_content(), made.held_content()]
    if made.is_worse:
        return parts
    whole, clean, held = made.whole, made.clean, made.held
    for name in ("claims", "service_lines", "charges", "unread"):
        one, both = getattr(whole, name), getattr(clean, name) + getattr(held, name)
        assert one == both, f"{name}: {one} became {both}"
    for part, content in zip((clean, held), parts, strict=True):
        if content:
            file = Linter().check(content).file
            assert not file.error, file.error
            assert file.claims == part.claims, f"{part.claims} claims read as {file.claims}"
    return parts


def redacted(data: bytes, turn: int) -> list[bytes]:
    """The redacted file: as long as the original, and the same findings where it says so."""
    made = edi_lint.redact(data, f"a key of fuzz {turn % 3}")
    content = made.content()
    assert len(content) == len(data), "another length"
    if made.is_same:
        before, after = linted(data), linted(content)
        assert _kinds(before) == _kinds(after), "other findings"
    return [content]


def _kinds(report: Report) -> list[tuple[str, int, int]]:
    return [(f.code, f.location.byte_start, f.location.byte_end) for f in report.findings]


def rewritten(data: bytes, turn: int) -> list[bytes]:
    """The rewritten file, which can be read and has no new errors where it says so."""
    made = edi_lint.rewrite(
        data, TEMPLATES[turn % len(TEMPLATES)], whole=bool(turn // 4 % 2), control_number=7
    )
    content = made.content()
    if content and not made.new_errors:
        assert not Linter().check(content).file.error
    return [content]


def annotated(data: bytes, turn: int) -> list[bytes]:
    """The page of annotate."""
    name = PAGES[turn % len(PAGES)]
    template, path = templates.load("annotate", name, autoescape=name == "html" or None)
    with Annotation(io.BytesIO(data), "-", Settings()) as annotation:
        return ["".join(annotation.render(template, path)).encode()]


def extracted(data: bytes, turn: int) -> list[bytes]:
    """The rows of extract; each says where its line is."""
    codes = None if turn % 2 else ("A4306", "E0781", "99213", "J2795")
    lines = list(extract(data, codes, phi=Phi.ALL))
    for line in lines:
        assert 0 <= line.byte_start < line.byte_end <= len(data)
    return [repr(line).encode() for line in lines]


Target = Callable[[bytes, int], list[bytes]]
TARGETS: dict[str, Target] = {
    "fix": fixed,
    "split": parted,
    "redact": redacted,
    "rewrite": rewritten,
    "annotate": annotated,
    "extract": extracted,
}


class _Noon(datetime):
    """A clock that says the same to both engines: new envelopes have the time, also in seconds."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:
        del tz
        return datetime(2026, 1, 5, 12)


def check_command(name: str, data: bytes, turn: int | None = None) -> None:
    """Raise AssertionError where something does not hold, or whatever else goes wrong.

    `turn` chooses options; by default the bytes do.
    """
    turn = crc32(data) if turn is None else turn
    found = []
    for engine in ENGINES:
        with (
            TemporaryDirectory() as data_folder,
            running(engine),
            patch("edi_lint.transform.rewrite.datetime", _Noon),
            patch.dict(os.environ, {"EDI_LINT_DATA": data_folder}),
        ):
            try:
                found.append((TARGETS[name](data, turn), ""))
            except edi_lint.EdiLintError as refusal:
                found.append(([], str(refusal).replace(data_folder, "")))
    assert found[0] == found[1], f"the engines differ: {name}"


def strange(data: bytes, rng: Random) -> bytes:
    """The file as no program should send it, in one of several ways."""
    return rng.choice(_STRANGE)(data, rng)


def _flip(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << rng.randrange(8),)) + data[at + 1 :]


def _nothing(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes(rng.choice((1, 3, 600))) + data[at:]


_STRANGE: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flip,
    _nothing,
    lambda data, rng: data[: rng.randrange(len(data))],
    lambda data, rng: b"\xef\xbb\xbf" + data,
    lambda data, rng: data.decode("latin-1").encode(rng.choice(("utf-16", "utf-16-be", "utf-32"))),
    lambda data, rng: data + data,
    lambda data, rng: data + b"\r\n" * rng.randrange(3) + data[: rng.randrange(len(data))],
    lambda data, rng: data.replace(b"~", b"~" + rng.choice((b"\n", b"\r\n", b" ", b"~"))),
    lambda data, rng: data.replace(data[103:104], rng.choice((b"0", b"A", b"\x00", b"\x1f"))),
)


def inputs(corpus: list[bytes], longest: int, rng: Random) -> Iterator[bytes]:
    """Mutations of mutations of some files, without end."""
    from fuzz.mutations import cross, mutate

    while True:
        data = rng.choice(corpus)
        for _ in range(rng.choice((1, 1, 1, 2, 4, 10))):
            data = mutate(data, longest, rng.getrandbits(32))
        if rng.random() < 0.1:
            data = cross(data, rng.choice(corpus), longest, rng.getrandbits(32))
        if data and rng.random() < 0.15:
            data = strange(data, rng)[:longest]
        yield data
