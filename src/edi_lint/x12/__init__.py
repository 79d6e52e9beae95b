"""X12 syntax: delimiters, byte-exact segments, and bytes that are no segment. Knows no claims."""

from edi_lint.x12.delimiters import Delimiters
from edi_lint.x12.reader import BYTE_ORDER_MARK, CHUNK, PADDING, NotX12Error, Piece, Reader, pieces
from edi_lint.x12.segment import Segment, Shift, Window

__all__ = [
    "BYTE_ORDER_MARK",
    "CHUNK",
    "PADDING",
    "Delimiters",
    "NotX12Error",
    "Piece",
    "Reader",
    "Segment",
    "Shift",
    "Window",
    "pieces",
]
