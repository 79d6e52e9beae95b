"""Reads the claims of an input one after the other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from edi_lint.claims.views import Claim
from edi_lint.engine import BlockKind, open_engine
from edi_lint.engine.result import LONGEST_BLOCK
from edi_lint.findings.file_result import ClaimTooLongError, FileResult, Not837PError, unreadable
from edi_lint.findings.masking import shown_number


def claims(source: str | Path | bytes | BinaryIO) -> Iterator[Claim]:
    """Every claim of a path, bytes or a binary stream, in file order.

    Raises ReadError for an input that cannot be read, NotX12Error for one that is not X12,
    ClaimTooLongError for a claim that is longer than one block, and at the end Not837PError for one
    without any 837P.
    """
    try:
        if isinstance(source, str | Path):
            with Path(source).open("rb") as stream:
                yield from _claims(stream, str(source))
        else:
            yield from _claims(io.BytesIO(source) if isinstance(source, bytes) else source, "-")
    except OSError as problem:
        raise unreadable(problem) from None


def _claims(stream: BinaryIO, path: str) -> Iterator[Claim]:
    file = FileResult(path)
    for block in open_engine(stream, lenient=True).blocks():
        file.count(block)
        if block.kind is BlockKind.CLAIM:
            claim = Claim(block)
            if block.goes_on:
                place = f"{shown_number(claim.transaction.control_number)}/{claim.number}"
                raise ClaimTooLongError(
                    f"claim {place} is longer than {LONGEST_BLOCK:,} segments or a million bytes"
                )
            yield claim
    if not file.checked:
        raise Not837PError(file)
