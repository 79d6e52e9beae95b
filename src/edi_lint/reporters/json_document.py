"""The findings document as JSON (`schemas/findings.schema.json`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from edi_lint.files.spool import temporary_file, write_all
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report, document_head, severities
from edi_lint.reporters.json_text import json_text
from edi_lint.reporters.reporter import Asked, Reporter

_IN_MEMORY = 4 * 1024 * 1024
_COPIED = 256 * 1024


class JsonDocument(Reporter):
    """The document, indented, with a line feed at its end.

    The findings wait in a temporary file until it is known what was read, which comes first.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._waiting = _Waiting()

    def add(self, report: Report) -> Iterator[bytes]:
        with_claim = self.asked.phi is not Phi.NONE
        for finding in report.findings:
            text = json_text(finding.json(with_claim, self.asked.phi), indent=1)
            mark = b",\n  " if self._waiting else b"\n  "
            self._waiting.write(mark + text.replace("\n", "\n  ").encode())
        yield from ()

    def end(self) -> Iterator[bytes]:
        tally, hidden, waiting = self.asked.tally, self.asked.hidden, self._waiting
        head = {**document_head(), "files": [f.json() for f in tally.files]}
        yield _open(json_text(head, indent=1), "]")
        yield b'"findings": ['
        yield from waiting
        yield b"\n ],\n " if waiting else b"],\n "
        end = {
            "summary": severities(tally.counts)
            | (hidden.summary() if hidden else {})
            | ({"hcpcs_not_judged": tally.unjudged} if tally.unjudged else {}),
            **(hidden.json() if hidden else {}),
        }
        yield json_text(end, indent=1).removeprefix("{\n ").encode() + b"\n"


class _Waiting:
    """Bytes that are written now and read later: in memory, in a temporary file when many."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._file: BinaryIO | None = None

    def write(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > _IN_MEMORY:
            self._file = self._file or temporary_file()
            write_all(self._file, self._pieces)
            self._pieces.clear()
            self._size = 0

    def __bool__(self) -> bool:
        return bool(self._pieces) or self._file is not None

    def __iter__(self) -> Iterator[bytes]:
        if self._file is not None:
            self._file.seek(0)
            while piece := self._file.read(_COPIED):
                yield piece
        yield from self._pieces


def _open(text: str, last: str) -> bytes:
    """A JSON object without its end, so that more can follow."""
    return (text.rpartition(last)[0] + last + ",\n ").encode()
