"""Reads the claims of an input one after the other."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from edi_lint.claims.views import Claim
from edi_lint.engine import BlockKind, open_engine


def claims(source: str | Path | bytes | BinaryIO) -> Iterator[Claim]:
    """Every claim of a path, bytes or a binary stream, in file order.

    Raises OSError for a file that cannot be read, NotX12Error for an input that is no X12.
    """
    if isinstance(source, str | Path):
        with Path(source).open("rb") as stream:
            yield from claims(stream)
        return
    stream_ = io.BytesIO(source) if isinstance(source, bytes) else source
    for block in open_engine(stream_).blocks():
        if block.kind is BlockKind.CLAIM:
            yield Claim(block)
