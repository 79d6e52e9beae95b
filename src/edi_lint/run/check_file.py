"""Lints one input by its name: what goes wrong with it is part of its report."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import BinaryIO

from edi_lint.files.spool import StoreError
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import internal_error
from edi_lint.findings.report import Report
from edi_lint.run.drive import Linter
from edi_lint.x12 import NotX12Error
from edi_lint.x12.errors import EdiLintError

Opener = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens an input by its name; raises OSError with the reason where it cannot."""

Done = Callable[[int], None]
"""Takes the number of bytes that have just been dealt with."""

LARGE = 8 * 1024 * 1024
"""A file of so many bytes is cut into slices."""


class WorkerError(EdiLintError, RuntimeError):
    """A process that was to lint ended without an answer."""


def ignored(count: int) -> None:
    """Where nobody asks how far the work is."""
    del count


def check_file(linter: Linter, path: str, opener: Opener) -> Report:
    """The report for one path; what goes wrong is in its `file.error`.

    Whoever prints it adds what could not be checked: `unchecked.note_unchecked`.
    """
    try:
        with opener(path) as stream:
            return linter.lint(stream, path)
    except NotX12Error as problem:
        return Report(FileResult(path, error=str(problem)))
    except OSError as problem:
        return unread(path, problem)
    except StoreError:
        raise
    except Exception as problem:
        from edi_lint.codes.tables import TableError

        if isinstance(problem, TableError):
            raise
        return Report(FileResult(path, error=internal_error(problem)))


def unread(path: str, problem: OSError) -> Report:
    """The report for an input that could not be read."""
    return Report(FileResult(path, error=problem.strerror or type(problem).__name__))
