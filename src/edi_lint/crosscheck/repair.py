"""Copies whose envelopes pyx12 can read, of files that it cannot read only for theirs.

Each 837P becomes a file with an interchange and a group of its own, under the guide by which our
engine reads it; its segments are the file's, without the line breaks of a file that is wrapped at a
fixed column. What is not an 837P is left out.
"""

from __future__ import annotations

import io

from edi_lint.engine import Block, Engine, FaultCode, TransactionSet
from edi_lint.x12 import Delimiters, NotX12Error


def repaired(data: bytes) -> dict[str, bytes]:
    """Each 837P of a file with new envelopes, by the set's numbers in the file; maybe none."""
    sets: dict[str, list[Block]] = {}
    is_wrapped = False
    try:
        for block in Engine(io.BytesIO(data)).blocks():
            breaks = (f for f in block.faults if f.code is FaultCode.LINE_BREAK_INSIDE)
            is_wrapped = is_wrapped or any(breaks)
            transaction = block.context.transaction
            if transaction is not None and transaction.grammar is not None:
                sets.setdefault(set_name(block), []).append(block)
    except NotX12Error:
        return {}
    return {name: _alone(blocks, is_wrapped) for name, blocks in sets.items()}


def _alone(blocks: list[Block], is_wrapped: bool) -> bytes:
    """A set as a file of its own, with the delimiters of the set where pyx12 can read with them."""
    delimiters, transaction = blocks[0].delimiters, blocks[0].context.transaction
    assert transaction is not None
    segments = [s.raw for block in blocks for s in block.segments if s.ordinal > 1]
    if is_wrapped:
        segments = [raw.translate(None, delimiters.line_breaks) for raw in segments]
    table = _table(delimiters, b"".join(segments))
    named = Delimiters(
        delimiters.element.translate(table),
        delimiters.component.translate(table),
        delimiters.repetition.translate(table),
        delimiters.terminator.translate(table),
    )
    before, behind = _envelope(transaction, named)
    inside = (segment.translate(table) + named.terminator for segment in segments)
    return b"".join((before, *inside, behind))


def _table(delimiters: Delimiters, text: bytes) -> bytes:
    """What puts a mark that the text has nowhere in the place of a delimiter that is not one."""
    table = bytearray(range(256))
    every = (delimiters.element, delimiters.component, delimiters.repetition, delimiters.terminator)
    used = {*text, *b"".join(every)}
    free = (mark for mark in b"*:^~|!>+&=;<" if mark not in used)
    for delimiter in every:
        if delimiter and (delimiter.isalnum() or delimiter in b" -"):
            table[delimiter[0]] = next(free, delimiter[0])
    return bytes(table)


def set_name(block: Block) -> str:
    """The numbers of interchange, group and set that a block is in: 1/1/2."""
    context = block.context
    parts = (context.interchange, context.group, context.transaction)
    return "/".join(str(part.ordinal) for part in parts if part)


def _envelope(transaction: TransactionSet, delimiters: Delimiters) -> tuple[bytes, bytes]:
    """The segments before those of a set, ST included, and those behind it."""
    assert transaction.grammar is not None
    guide = transaction.grammar.guide
    modern = guide.startswith("005")
    separator, terminator = delimiters.element, delimiters.terminator
    repetition = delimiters.repetition if len(delimiters.repetition) == 1 else b"^"
    control = transaction.control_number.encode("latin-1") or b"0001"

    def segment(*elements: bytes) -> bytes:
        return separator.join(elements) + terminator

    isa = (
        *(b"ISA", b"00", b" " * 10, b"00", b" " * 10, b"ZZ", b"SENDER".ljust(15), b"ZZ"),
        *(b"RECEIVER".ljust(15), b"260101", b"1200", repetition if modern else b"U"),
        *(b"00501" if modern else b"00401", b"000000001", b"0", b"P", delimiters.component),
    )
    named = guide.encode()
    gs = (b"GS", b"HC", b"SENDER", b"RECEIVER", b"20260101", b"1200", b"1", b"X", named)
    st = (b"ST", b"837", control, named) if modern else (b"ST", b"837", control)
    header = segment(*isa) + segment(*gs) + segment(*st)
    return header, segment(b"GE", b"1", b"1") + segment(b"IEA", b"1", b"000000001")
