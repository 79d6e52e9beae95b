"""Lints what answers are about, and only that: sets that a 999 names, and claims.

A file of a few megabytes is linted whole, so that rules that compare claims can speak too. Of a
larger one an engine is led to each claim; what compares claims is not known then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO

from edi_lint.engine import Block, BlockKind, Engine, open_engine
from edi_lint.engine.slices import NotResumedError, Seen, resume
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import Phi
from edi_lint.ledger.sent_sets import SentHeader, SentSet
from edi_lint.rules.losses import NOTHING_LOST, Losses
from edi_lint.run.check_file import LARGE
from edi_lint.run.drive import Linter
from edi_lint.run.locating import Target, caret_of, locate
from edi_lint.run.masked_segments import values_as_written
from edi_lint.tracing.claim_spans import ClaimSpans, Stretch, set_cut
from edi_lint.tracing.model import SentPlace
from edi_lint.x12 import NotX12Error, Segment
from edi_lint.x12.encoding import SingleBytes

_NEAR = 64 * 1024
"""Stretches so near to each other are linted as one: an engine reads so much at once anyway."""


def stretches(sets: Iterable[SentSet], claims: Iterable[ClaimSpans]) -> list[Stretch]:
    """Where these sets and claims are, in file order, what is near to each other together."""
    wanted = [Stretch(set_cut(one), one.stop or sys.maxsize) for one in sets]
    wanted += [stretch for spans in claims for stretch in spans.stretches]
    wanted.sort(key=lambda stretch: (stretch.cut.at, -stretch.stop))
    joined: list[Stretch] = []
    for one in wanted:
        if joined and one.cut.at <= joined[-1].stop + _NEAR:
            joined[-1] = joined[-1]._replace(stop=max(joined[-1].stop, one.stop))
        else:
            joined.append(one)
    return joined


def findings_in(
    linter: Linter, stream: BinaryIO, path: str, size: int, wanted: Sequence[Stretch]
) -> Iterator[tuple[Block, list[Finding]]]:
    """What is found in these stretches, and in more of the file, with the block of each."""
    stream.seek(0)
    if size <= LARGE:
        with suppress(NotX12Error):
            yield from linter.judged_blocks(stream, FileResult(path))
        return
    for stretch in wanted:
        engine = _led_to(stream, stretch, linter.open_engine)
        losses = Losses(engine.context, NOTHING_LOST)
        yield from linter.run_blocks(engine, FileResult(path), losses)


def blocks_in(stream: BinaryIO, size: int, wanted: Sequence[Stretch]) -> Iterator[Block]:
    """Every block of these stretches, and more of the file."""
    stream.seek(0)
    if size <= LARGE:
        with suppress(NotX12Error):
            yield from open_engine(stream, lenient=True).blocks()
        return
    for stretch in wanted:
        yield from _led_to(stream, stretch, open_engine).blocks()


def _led_to(stream: BinaryIO, stretch: Stretch, opener: Callable[[BinaryIO], Engine]) -> Engine:
    """An engine at a cut; at the beginning, where the file is not what it was taken for."""
    engine = opener(stream)
    try:
        resume(engine, stretch.cut, Seen.nothing())
    except NotResumedError:
        stream.seek(0)
        engine = opener(stream)
    engine.stop_at = stretch.stop
    return engine


def header_block(stream: BinaryIO, of: SentSet, header: SentHeader) -> Block | None:
    """The block that an ISA or ST of a set is in; None where an engine does not read it there."""
    if header is of.interchange:
        engine = open_engine(stream, lenient=True)
        engine.reader.jump(header.at, header.line, header.line_start)
    else:
        engine = _led_to(stream, Stretch(set_cut(of), header.end + 1), open_engine)
    engine.stop_at = header.end + 1
    blocks = [*engine.blocks(), engine.block]
    found = (b for b in blocks if b is not None and len(b) and b.starts[0] == header.start)
    return next(found, None)


def place_in(
    block: Block,
    segment: Segment,
    phi: Phi,
    element: int = 0,
    component: int = 0,
    repeat: int = 0,
) -> SentPlace:
    """A segment of a block, or a part of it, and how it may be shown."""
    target = Target(segment, element, component, repeat)
    line = _line_of(block, segment)
    claim = block.claim if block.kind is BlockKind.CLAIM else None
    location = locate(target, block, claim, line)
    values = values_as_written(segment, block, phi)
    text = segment.delimiters.texts[0].join(values)
    return SentPlace(location, text, caret_of(values, target, segment))


def missing_before(place: SentPlace, tag: str, loop: str) -> SentPlace:
    """The place of a segment that is missing: of no width, before the one that is there."""
    at = place.location
    location = replace(
        at,
        byte_end=at.byte_start,
        segment=tag,
        element="",
        loop=loop,
        end_line=at.line,
        end_column=at.column,
    )
    return SentPlace(location, place.excerpt, (0, 0))


def _line_of(block: Block, segment: Segment) -> str:
    """LX01 of the service line that a segment of a claim is in; empty outside of lines."""
    if block.kind is not BlockKind.CLAIM:
        return ""
    line = ""
    for one in block.segments:
        if one.start > segment.start:
            break
        if one.tag == "LX":
            line = one.value(1)
    return line


def in_file(place: SentPlace, stream: BinaryIO) -> SentPlace:
    """A place with the byte range that it has in a file of another encoding."""
    if not isinstance(stream, SingleBytes):
        return place
    encoding, at = stream.encoding, place.location
    start, end = encoding.original(at.byte_start), encoding.original(at.byte_end)
    return place._replace(location=replace(at, byte_start=start, byte_end=end))
