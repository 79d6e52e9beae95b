"""What differs between two files, as a unified diff with a segment to a line, PHI masked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import BinaryIO, NamedTuple

from edi_lint.engine import Block, open_engine
from edi_lint.findings.masking import Phi, printable
from edi_lint.run.masked_segments import values_as_written
from edi_lint.x12 import Segment

CONTEXT = 3
"""So many segments that are the same stand around what differs."""

_AHEAD = 200
"""So many segments of each file are compared at a time once they differ."""

_LONGEST = 1_000
"""A hunk of so many lines ends, and the next one goes on where it did."""


class _SegmentOfBlock(NamedTuple):
    """A segment's bytes, and its block, by which it is known what of it may be shown."""

    raw: bytes
    segment: Segment
    block: Block


class _Line(NamedTuple):
    """A segment that both files have (a space), or the first (-) or the second (+) alone."""

    mark: str
    placed: _SegmentOfBlock

    def text(self, phi: Phi) -> str:
        segment = self.placed.segment
        values = values_as_written(segment, self.placed.block, phi)
        return self.mark + printable(segment.delimiters.texts[0].join(values)) + "\n"


def render(
    before: BinaryIO, after: BinaryIO, name: str, phi: Phi, became: str = "fixed"
) -> Iterator[str]:
    """The lines of the diff, in bounded memory; none where the segments are the same.

    Numbers in it count segments of the file from 1. What stands between segments is not compared.
    """
    head = f"--- {printable(name)}\n+++ {printable(name)} ({became})\n"
    for ranges, lines in _hunks(_lines(_segments(before), _segments(after))):
        yield head + ranges + "".join(line.text(phi) for line in lines)
        head = ""


def _segments(stream: BinaryIO) -> Iterator[_SegmentOfBlock]:
    for block in open_engine(stream, lenient=True).blocks():
        for segment in block.segments:
            yield _SegmentOfBlock(segment.raw, segment, block)


def _lines(left: Iterator[_SegmentOfBlock], right: Iterator[_SegmentOfBlock]) -> Iterator[_Line]:
    """Both files side by side, looking ahead only where they differ."""
    old: deque[_SegmentOfBlock] = deque()
    new: deque[_SegmentOfBlock] = deque()
    while True:
        _fill(old, left, 1)
        _fill(new, right, 1)
        if old and new and old[0].raw == new[0].raw:
            yield _Line(" ", old.popleft())
            new.popleft()
        elif old or new:
            more = _fill(old, left, _AHEAD) | _fill(new, right, _AHEAD)
            yield from _apart(old, new, more)
        else:
            return


def _fill(ahead: deque[_SegmentOfBlock], segments: Iterator[_SegmentOfBlock], number: int) -> bool:
    """Read ahead to so many segments; False at the end of the file."""
    ahead.extend(islice(segments, max(0, number - len(ahead))))
    return len(ahead) >= number


def _apart(old: deque[_SegmentOfBlock], new: deque[_SegmentOfBlock], more: bool) -> Iterator[_Line]:
    """What differs in the segments ahead; what differs at their end waits if there are more."""
    matcher = SequenceMatcher(None, [s.raw for s in old], [s.raw for s in new], autojunk=False)
    for kind, i, i_end, j, j_end in matcher.get_opcodes():
        if kind == "equal":
            for _ in range(i, i_end):
                yield _Line(" ", old.popleft())
                new.popleft()
            continue
        if more and (i or j) and not (i_end - i < len(old) and j_end - j < len(new)):
            return
        for _ in range(i, i_end):
            yield _Line("-", old.popleft())
        for _ in range(j, j_end):
            yield _Line("+", new.popleft())


def _hunks(lines: Iterator[_Line]) -> Iterator[tuple[str, Sequence[_Line]]]:
    """What differs, with what is the same around it."""
    context: deque[_Line] = deque(maxlen=CONTEXT)
    hunk: list[_Line] = []
    at = [1, 1]
    same = 0
    for line in lines:
        if line.mark == " " and not hunk:
            if len(context) == CONTEXT:
                _pass_by([context[0]], at)
            context.append(line)
            continue
        hunk = hunk or list(context)
        hunk.append(line)
        same = same + 1 if line.mark == " " else 0
        if same > 2 * CONTEXT or len(hunk) >= _LONGEST:
            behind = max(0, same - CONTEXT)
            yield _hunk(hunk[: len(hunk) - behind], at)
            rest = hunk[len(hunk) - behind :]
            _pass_by(rest[:-CONTEXT], at)
            context = deque(rest[-CONTEXT:], CONTEXT)
            hunk, same = [], 0
    if hunk:
        yield _hunk(hunk[: len(hunk) - max(0, same - CONTEXT)], at)


def _hunk(lines: Sequence[_Line], at: list[int]) -> tuple[str, Sequence[_Line]]:
    """One hunk that begins at these segments of the two files; moves them behind it."""
    starts = list(at)
    _pass_by(lines, at)
    ranges = [f"{_start(a, b)},{b - a}" for a, b in zip(starts, at, strict=True)]
    return f"@@ -{ranges[0]} +{ranges[1]} @@\n", lines


def _start(start: int, end: int) -> int:
    """An empty range is named by the line before it."""
    return start if end > start else start - 1


def _pass_by(lines: Sequence[_Line], at: list[int]) -> None:
    at[0] += sum(line.mark != "+" for line in lines)
    at[1] += sum(line.mark != "-" for line in lines)
