"""Reads the claims of an input one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from edi_lint.claims.views import Claim
from edi_lint.engine import BlockKind, open_engine
from edi_lint.engine.result import LONGEST_BLOCK
from edi_lint.files.sources import Source, name_of, opened
from edi_lint.findings.file_result import ClaimTooLongError, FileResult, unreadable
from edi_lint.findings.masking import shown_number
from edi_lint.findings.report import Not837PError
from edi_lint.x12.encoding import single_bytes


def claims(source: Source) -> Iterator[Claim]:
    """Every claim of a path, bytes or a binary stream, in file order.

    Raises ReadError for an input that cannot be read, NotX12Error for one that is not X12,
    ClaimTooLongError for a claim that is longer than one block, and at the end Not837PError for one
    without any 837P.
    """
    try:
        with opened(source) as stream:
            yield from _claims(single_bytes(stream), name_of(source))
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
