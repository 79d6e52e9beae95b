"""A file with edits in it that is not yet written, linted before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import BinaryIO

from edi_lint.edits.apply import CHUNK, apply
from edi_lint.edits.compare import FindingComparison, compare_fixed
from edi_lint.files.original import Original
from edi_lint.files.spool import temporary_file, write_all
from edi_lint.findings import Edit, Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.store import Findings
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.x12 import NotX12Error
from edi_lint.x12.errors import EdiLintError


class EditedFile:
    """A file with edits in it, not yet written.

    `remaining` are the findings of the result. `new_errors` says how many errors of each code there
    are in claims that have more than before, `examples` are some of them; such a result should not
    be sent. `file` says what was read of the result. What goes wrong is raised as `error`.
    """

    error: type[EdiLintError] = EdiLintError

    def __init__(self, original: Original) -> None:
        self._original = original
        self._result: BinaryIO | None = None
        self.file = FileResult(original.name)
        self.remaining = Findings()
        self.new_errors: dict[str, int] = {}
        self.examples: list[Finding] = []

    @property
    def is_changed(self) -> bool:
        """Whether the result differs from the original."""
        return self._result is not None

    @property
    def is_worse(self) -> bool:
        """Whether the result should not be sent."""
        return bool(self.new_errors)

    @contextmanager
    def before(self) -> Iterator[BinaryIO]:
        """The original. Raises an error when it is not what it was any more."""
        with self._original.open() as stream:
            yield stream

    @contextmanager
    def after(self) -> Iterator[BinaryIO]:
        """The result. Raises an error when the original is not what it was any more."""
        with self._original.open() as stream:
            if self._result is not None:
                self._result.seek(0)
                stream = self._result
            yield stream

    def chunks(self) -> Iterator[bytes]:
        """The result in pieces. Raises an error when the original changes meanwhile."""
        with self.after() as stream:
            while data := stream.read(CHUNK):
                yield data

    def content(self) -> bytes:
        """The result as a whole, for files that fit in memory."""
        return b"".join(self.chunks())

    def _edit(self, edits: Iterable[Edit]) -> None:
        """Apply edits, in order, to what there is."""
        with self.after() as stream:
            self._write(apply(stream, edits))

    def _write(self, pieces: Iterable[bytes]) -> None:
        """Make these pieces the result. Raises StoreError."""
        made = temporary_file()
        write_all(made, pieces)
        self._result = made

    def _lint(self, linter: Linter) -> Findings:
        """What is found in the result as it is by now."""
        with self.after() as stream:
            try:
                report = linter.lint(stream, self._original.name)
            except NotX12Error as problem:
                raise self.error(f"{self._original.name}: {problem}") from None
        self.file = report.file
        return report.findings

    def _judge(self, settings: Settings, before: Findings) -> None:
        """Note what is worse in the result by all rules, also those that are not in force.

        `before` are the findings of the original by the settings.
        """
        compared = self._compared(settings, before)
        self.new_errors = compared.new(Severity.ERROR)
        self.examples = compared.examples[Severity.ERROR]

    def _compared(self, settings: Settings, before: Findings) -> FindingComparison:
        every = replace(settings, select=(), ignore=(), level=7, suppressions=())
        if every == settings:
            return compare_fixed(before, self._known(self.remaining))
        linter = Linter(every)
        with self.before() as stream:
            before = linter.lint(stream).findings
        return compare_fixed(before, self._known(self._lint(linter)))

    def _known(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        """Findings of the result, in envelopes by the control numbers that the original has.

        They can be gone through several times.
        """
        return findings
