"""Redacts an input: invented values in the place of protected ones, findings as before.

A redacted file is as long as its original and every byte of it stands where it stood, so that
findings can be compared by place. Dates move by the first number of weeks, in the key's order, by
which no finding changes; the result waits in a temporary file.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO

from edi_lint.edits.apply import CHUNK, as_stream
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.files.spool import StoreError, temporary_file
from edi_lint.findings.file_result import FileResult, remark
from edi_lint.findings.store import Findings
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.cutting import CutError, cut
from edi_lint.transform.redact.calendar import birth_shift, shifts
from edi_lint.transform.redact.reading import KnownWords
from edi_lint.transform.redact.same import FindingDifference, differences, mark
from edi_lint.transform.redact.segments import Manner, Tools, read_as_meant, redacted
from edi_lint.x12 import NotX12Error, Shift
from edi_lint.x12.encoding import Encoding
from edi_lint.x12.errors import EdiLintError

__all__ = ["FindingDifference", "RedactError", "Redaction", "redact"]

SHORTEST_KEY = 8
MAX_SHOWN = 10
_TRIES = 12
_TRIED = 2_000_000
"""So many numbers of weeks are tried, more as long as fewer bytes than these are gone through."""
_NOT_AS_WRITTEN = frozenset({"ENV012", "ENV013"})
_MOST_MEANT = 100_000
"""So many segments with a stray separator, or without a terminator, are read as they are meant."""
_SALT = b"edi-lint redact"
_ITERATIONS = 100_000


class RedactError(EdiLintError):
    """Nothing was redacted; `problems` say why and what to do, each in a line. They contain no
    protected data."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Redaction:
    """A redacted input, not yet written.

    `is_dated` says whether dates moved; where they could not, only births did. `changed` counts
    the findings, by rule, that are not as before, and `examples` are some of them. `file` says what
    was read of the input.
    """

    def __init__(
        self,
        result: BinaryIO,
        days: int,
        found: list[FindingDifference],
        count: dict[str, int],
        file: FileResult,
        encoding: Encoding | None,
    ) -> None:
        self._result = result
        self._encoding = encoding
        self.file = file
        self.is_dated = days != 0
        self.examples = found
        self.changed = count

    @property
    def is_same(self) -> bool:
        """Whether dates moved and the findings are those of the original."""
        return self.is_dated and not self.changed

    def chunks(self) -> Iterator[bytes]:
        """The result in pieces."""
        self._result.seek(0)
        encoding = self._encoding
        if encoding is not None:
            yield encoding.byte_order_mark
        while data := self._result.read(CHUNK):
            yield data if encoding is None else encoding.encoded(data)

    def content(self) -> bytes:
        """The result as a whole, for files that fit in memory."""
        return b"".join(self.chunks())


def redact(
    source: Source,
    key: str | None = None,
    settings: Settings | None = None,
    *,
    claims: Sequence[str] = (),
) -> Redaction:
    """Replace what is protected in an input by invented values of the same shape.

    One value is always replaced by the same one, in all inputs that are redacted under one `key`;
    without a key under one that nobody knows. `settings` say what rules read, which stays, and
    which findings are compared; what they suppress, or have in a baseline, is compared too. With
    `claims`, named by CLM01 or by ST02/n, the result is the smallest file of these claims that
    shows what is found of them. Raises RedactError, and then nothing was redacted, StoreError where
    temporary files cannot be written, and PackError.
    """
    secret = _secret(key)
    settings = replace(settings or Settings(), suppressions=(), baseline=None)
    linter = Linter(settings)
    original = Original(source, RedactError)
    if claims:
        try:
            original = Original(cut(original, claims, linter), RedactError)
        except CutError as problem:
            raise RedactError(*problem.problems) from None
    try:
        return _redacted(_Redacting(original, secret, linter), secret)
    except NotX12Error as problem:
        raise RedactError(f"{original.name}: {problem}") from None


def _redacted(run: _Redacting, secret: bytes) -> Redaction:
    first, *others = shifts(secret)
    result = run.same_by(first)
    if result is not None:
        return result
    if run.can_move(first):
        return run.moved_by(first)
    tried = others[: max(_TRIES, _TRIED // run.size)]
    return run.moved_by(next(filter(run.can_move, tried), 0))


def _secret(key: str | None) -> bytes:
    """The key of all that is invented, slow to be had from guesses. Raises RedactError."""
    if key is None:
        return os.urandom(32)
    if len(key) < SHORTEST_KEY:
        raise RedactError(
            f"the key has {len(key)} characters; give one of at least {SHORTEST_KEY} that nobody "
            "guesses, for whoever guesses it can undo the redaction"
        )
    from hashlib import pbkdf2_hmac  # Python in a browser has no OpenSSL, and so not this

    return pbkdf2_hmac("sha256", key.encode(), _SALT, _ITERATIONS)


class _Redacting:
    """What the tries at one input have in common."""

    def __init__(self, original: Original, secret: bytes, linter: Linter) -> None:
        self._original = original
        self._secret = secret
        self._tools = Tools(secret, KnownWords(linter.settings))
        self._linter = linter
        with original.open() as stream:
            self._before, self.file = self._findings(stream)
            self.size = stream.tell()
        if not self.file.checked:
            raise RedactError(remark(self.file))
        self._meant: Mapping[int, Shift | None] = {}
        if any(code in _NOT_AS_WRITTEN for code, _, _ in self._before.counts):
            with original.open() as stream:
                self._meant = read_as_meant(stream, _MOST_MEANT)

    def same_by(self, days: int) -> Redaction | None:
        """The input with dates moved by so many days; None at the first finding that differs."""
        made = temporary_file()
        with self._original.open() as stream:
            copy = as_stream(_copied(redacted(stream, self._manner(days)), made))
            if not self._is_same(copy):
                return None
            while copy.read(CHUNK):
                pass
        return Redaction(made, days, [], {}, self.file, self._original.encoding)

    def can_move(self, days: int) -> bool:
        """Whether findings stay what they were where dates, and dates alone, move by so much."""
        with self._original.open() as stream:
            return self._is_same(as_stream(redacted(stream, self._manner(days), dates_alone=True)))

    def moved_by(self, days: int) -> Redaction:
        """The input with dates moved by so many days, and what is found in it that was not."""
        made = temporary_file()
        with self._original.open() as stream:
            for _ in _copied(redacted(stream, self._manner(days)), made):
                pass
        made.seek(0)
        examples: list[FindingDifference] = []
        count: dict[str, int] = {}
        for difference in differences(self._before, self._findings(made)[0]):
            code = difference.finding.code
            count[code] = count.get(code, 0) + 1
            if len(examples) < MAX_SHOWN:
                examples.append(difference)
        return Redaction(made, days, examples, count, self.file, self._original.encoding)

    def _manner(self, days: int) -> Manner:
        return Manner(self._tools, days, days or birth_shift(self._secret), self._meant)

    def _is_same(self, stream: BinaryIO) -> bool:
        """Whether the same is found as before; read no further than to the first difference."""
        at = 0
        for _, found in self._linter.judged_blocks(stream, FileResult(self._original.name)):
            end = at + len(found)
            if end > len(self._before):
                return False
            expected = map(self._before.added, range(at, end))
            if Counter(map(mark, found)) != Counter(map(mark, expected)):
                return False
            at = end
        return at == len(self._before)

    def _findings(self, stream: BinaryIO) -> tuple[Findings, FileResult]:
        try:
            report = self._linter.lint(stream, self._original.name)
        except NotX12Error as problem:
            raise RedactError(f"{self._original.name}: {problem}") from None
        return report.findings, report.file


def _copied(pieces: Iterable[bytes], file: BinaryIO) -> Iterator[bytes]:
    """The pieces as they come, each written to a file before. Raises StoreError."""
    for piece in pieces:
        try:
            file.write(piece)
        except OSError as problem:
            raise StoreError(problem) from None
        yield piece
