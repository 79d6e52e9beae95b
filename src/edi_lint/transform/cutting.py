"""Cuts claims out of a file: the smallest file that shows the same findings.

What stands around the claims comes along. Then segments go, service lines and other loops first,
as long as every finding stays and none comes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from edi_lint.claims import Claim
from edi_lint.edits import apply
from edi_lint.edits.apply import recount
from edi_lint.edits.carving import ChosenClaim, carve
from edi_lint.engine import Block, PassedOver, open_engine
from edi_lint.files.original import Original
from edi_lint.findings import Edit
from edi_lint.run.drive import Linter
from edi_lint.transform.choice import Choice, Plan
from edi_lint.x12 import NotX12Error, Segment

_ENVELOPES = frozenset({"ISA", "GS", "ST", "BHT", "SE", "GE", "IEA", "HL", "CLM"})
"""Without these the file would not be read as what it is."""
_LOOPS = ("LX", "SBR", "NM1")
"""What begins a loop that can go as a whole, as far as the next of these or of a level."""
_MOST_TRIED = 20_000_000
"""So many bytes are linted to find out what can go; what was not tried by then stays."""


class CutError(Exception):
    """Nothing was cut out; `problems` say why, each in a line. They contain no protected data."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def cut(original: Original, claims: Sequence[str], linter: Linter) -> bytes:
    """A file with these claims alone, as small as it shows what is found of them.

    A claim is named by CLM01 or by ST02/n, the n-th claim of that set. Raises CutError, and what
    `original` raises.
    """
    choice = Choice(Plan(tuple(dict.fromkeys(claims))), linter.settings.phi)
    last: tuple[tuple[int, ...], bool] = ((), False)

    def choose(block: Block | PassedOver) -> ChosenClaim | None:
        nonlocal last
        assert isinstance(block, Block)
        if block.standing != last[0]:
            assert block.claim is not None
            assert block.context.transaction is not None
            place = f"{block.context.transaction.control_number}/{block.claim.number}"
            last = (block.standing, choice.rows(Claim(block), place) is not None)
        return ChosenClaim() if last[1] else None

    try:
        with original.open() as stream:
            edits = list(carve(stream, choose))
    except NotX12Error as problem:
        raise CutError(str(problem)) from None
    if problems := choice.problems():
        raise CutError(*problems)
    with original.open() as stream:
        data = b"".join(apply(stream, edits))
    return _smallest(data, linter)


Mark = tuple[str, str, str, str]
"""A finding's code, severity, segment and element."""


def _smallest(data: bytes, linter: Linter) -> bytes:
    """The file without every stretch that nothing found in it hangs on."""
    wanted, tried = _marks(data, linter), 0
    for stretches in (_loops, _singles):
        segments = _segments(data)
        for start, end in reversed(list(stretches(segments))):
            tried += len(data)
            if tried > _MOST_TRIED:
                return data
            without = _without(data, segments, start, end)
            if _marks(without, linter) == wanted:
                data, segments = without, _segments(without)
    return data


def _marks(data: bytes, linter: Linter) -> list[Mark]:
    found = linter.check(data).findings
    places = ((f, f.location) for f in found)
    return sorted((f.code, str(f.severity), at.segment, at.element) for f, at in places)


def _segments(data: bytes) -> list[Segment]:
    return [s for block in open_engine(io.BytesIO(data)).blocks() for s in block.segments]


def _loops(segments: list[Segment]) -> Iterator[tuple[int, int]]:
    """From the first byte of each loop to that of what follows it."""
    start = None
    for segment in segments:
        begins = segment.tag in _LOOPS
        if start is not None and (begins or segment.tag in _ENVELOPES):
            yield start, segment.start
            start = None
        if begins:
            start = segment.start


def _singles(segments: list[Segment]) -> Iterator[tuple[int, int]]:
    """From the first byte of each segment to that of the next."""
    start = None
    for segment in segments:
        if start is not None:
            yield start, segment.start
        start = None if segment.tag in _ENVELOPES else segment.start


def _without(data: bytes, segments: list[Segment], start: int, end: int) -> bytes:
    """The file without some of its segments, its set counted again."""
    count = sum(start <= s.start < end for s in segments)
    trailer = next((s for s in segments if s.tag == "SE" and s.start >= end), None)
    edits = [Edit(start, end, "")]
    if trailer is not None and trailer.value(1).isdecimal():
        edits.append(recount(trailer, int(trailer.value(1)) - count))
    return b"".join(apply(io.BytesIO(data), edits))
