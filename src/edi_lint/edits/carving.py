"""Leaves claims out of a file, which stays valid: what stood around them goes, numbers follow.

Of what is kept every byte stays that has no reason to change. The edits come in file order, and of
a file no more is held than what stands around one claim, and what was kept under one subscriber.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple, Protocol

from edi_lint.edits.apply import put, recount
from edi_lint.engine import Alike, Block, BlockKind, FaultCode, PassedOver, open_engine
from edi_lint.findings import Edit
from edi_lint.x12 import Segment

_KINDS = (
    BlockKind.INTERCHANGE,
    BlockKind.GROUP,
    BlockKind.TRANSACTION,
    BlockKind.BILLING,
    BlockKind.SUBSCRIBER,
    BlockKind.PATIENT,
)
"""What stands around claims, each inside the one before; a rank is an index into these."""
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}
_INTERCHANGE, _GROUP, _SET, _BILLING, _SUBSCRIBER, _PATIENT = range(len(_KINDS))
_NONE = len(_KINDS)
"""The rank of what stands around nothing."""
_PATIENT_CODE = "23"
_TRAILERS = {"IEA": _INTERCHANGE, "GE": _GROUP, "SE": _SET}


class ChosenClaim(NamedTuple):
    """A claim is kept, with these edits in it, in order; `more` says by how many segments it
    grows."""

    edits: Iterable[Edit] = ()
    more: int = 0


class Envelopes(Protocol):
    """Changes what stands around the claims of a new file."""

    def edits(self, block: Block) -> list[Edit]:
        """The edits, in order, on an envelope that is kept, but for the counts in trailers."""


def carve(
    stream: BinaryIO,
    choose: Callable[[Block | PassedOver], ChosenClaim | None],
    *,
    alike: Alike | None = None,
    others: bool = False,
    envelopes: Envelopes | None = None,
) -> Iterator[Edit]:
    """The edits, in order, that leave out the claims for which `choose` says None.

    With `alike`, which is to say where all claims of a subscriber are kept unchanged or all are
    left out, `choose` is asked about runs of such subscribers too, where the engine makes them.
    `others` keeps what has no claim at all: sets that are no 837P, levels without claims, TA1,
    bytes outside of interchanges.
    """
    carving = Carving(others, envelopes)
    engine = open_engine(stream)
    for block in engine.blocks_and_runs(alike) if alike else engine.blocks():
        wanted = isinstance(block, PassedOver) or block.kind is BlockKind.CLAIM
        chosen = choose(block) if wanted else None
        yield from carving.take(block, chosen)
    yield from carving.end(engine.reader.bytes_read)


class _CarvedPiece:
    """The bytes from the start of a block to where the next one starts.

    A run is a piece without a rank, with the block of what is around it.
    Of what stands around claims: `segments` are its own, `inside` counts the sets kept of a group,
    or the groups of an interchange, `gone` those left out, `has_claims` says whether any was in
    it. Of a level `number` is HL01 in the result and `was` in the original; of a subscriber
    `childless` says that patients were left out.
    """

    __slots__ = (
        "block", "childless", "end", "gone", "has_claims", "inside", "is_kept", "number", "rank",
        "segments", "start", "was",
    )  # fmt: skip

    def __init__(self, block: Block, start: int, rank: int) -> None:
        self.block = block
        self.rank = rank
        self.start = self.end = start
        self.segments = len(block)
        self.inside = self.gone = 0
        self.is_kept = self.has_claims = self.childless = False
        header = rank < _NONE and _tag(block) == "HL"
        self.number = self.was = block.segment(0).value(1) if header else ""


class Carving:
    """Carves block by block, for callers who go through the blocks themselves, as `carve` does.

    What stands around claims waits until one inside it is kept.
    """

    def __init__(self, others: bool, envelopes: Envelopes | None = None) -> None:
        self._others = others
        self._envelopes = envelopes
        self._open: list[_CarvedPiece] = []
        self._last: _CarvedPiece | None = None
        self._at = 0
        """Where the bytes end whose fate is sealed."""
        self._waiting: list[Edit] | None = None
        """Edits from a subscriber on whose child flag is not known yet."""
        self._growth = 0
        """By how many segments the open set has grown."""
        self._level = 0
        """The last HL01 in the open set of the result."""
        self._renumbers = False
        """Whether a level of the open set was left out."""

    def take(self, block: Block | PassedOver, chosen: ChosenClaim | None) -> Iterator[Edit]:
        """The next block; `chosen` is for a claim, or for all claims of a run, which have no edits
        of their own.
        """
        if isinstance(block, PassedOver):
            self._reach(block.start)
            yield from self._passed(block, chosen is not None)
            return
        start = _start(block)
        if start is None:
            return
        if self._last is None:
            start = 0 if self._others else start
        self._reach(start)
        if self._goes_on(block):
            return
        piece = _CarvedPiece(block, start, _rank(block))
        if block.kind is BlockKind.CLAIM:
            yield from self._claimed(piece, chosen)
        elif piece.rank < _NONE:
            yield from self._close(piece.rank)
            self._open.append(piece)
            if piece.rank == _SET:
                self._growth = self._level = 0
                self._renumbers = False
        elif block.kind is BlockKind.TRAILER and _tag(block) in _TRAILERS:
            yield from self._trailer(piece)
        else:
            yield from self._other(piece)
        self._last = piece

    def end(self, size: int) -> Iterator[Edit]:
        """What is left to do behind the last block, in a file of so many bytes."""
        if self._last is not None:
            self._last.end = size
        yield from self._close(_INTERCHANGE)
        if self._last is not None and not self._last.is_kept and self._at < size:
            yield Edit(self._at, size, "")

    # one block, or a run

    def _reach(self, start: int) -> None:
        """The next piece starts here, and so the last one ends."""
        if self._last is not None:
            self._last.end = start
            if self._last.is_kept:
                self._at = start

    def _passed(self, run: PassedOver, stays: bool) -> Iterator[Edit]:
        """Whole subscribers: all are kept, or all left out."""
        yield from self._close(_SUBSCRIBER)
        for around in self._open:
            around.has_claims = True
        piece = _CarvedPiece(self._open[-1].block, run.start, _NONE)
        if stays:
            yield from self._keep(piece)
            yield from self._levels(run)
        else:
            self._growth -= run.segments
            self._renumbers = True
        self._last = piece

    def _levels(self, run: PassedOver) -> Iterator[Edit]:
        """HL01 and HL02 in a run that is kept."""
        if not self._renumbers:
            self._level = int(next(run.viewed(run.levels[-1:])).value(1))
            return
        billing = self._open[-1].was, self._open[-1].number
        subscriber = billing
        for level in run.viewed(run.levels):
            self._level += 1
            was, number = level.value(1), str(self._level)
            above = subscriber if level.value(3) == _PATIENT_CODE else billing
            if number != was:
                yield put(level, 1, number)
            if above[0] != above[1]:
                yield put(level, 2, above[1])
            if above is billing:
                subscriber = was, number

    def _goes_on(self, block: Block) -> bool:
        """Whether a block goes on with the piece before it, which was too long for one block, or
        has bytes behind it that are no segments.
        """
        last = self._last
        if last is None or last.block.kind is not block.kind:
            return False
        if block.kind is BlockKind.CLAIM:
            same = last.block.standing == block.standing
            if same and not last.is_kept:
                self._growth -= len(block)
            return same
        is_level = last.rank >= _SET and last.rank < _NONE
        level = is_level and (block.rest_of is not None or _tag(block) not in ("HL", "ST", "BHT"))
        if level:
            last.segments += len(block)
        return level

    def _claimed(self, piece: _CarvedPiece, chosen: ChosenClaim | None) -> Iterator[Edit]:
        for around in self._open:
            around.has_claims = True
        if chosen is None:
            self._growth -= piece.segments
            return
        yield from self._keep(piece)
        yield from self._sent(chosen.edits)
        self._growth += chosen.more

    def _trailer(self, piece: _CarvedPiece) -> Iterator[Edit]:
        rank = _TRAILERS[_tag(piece.block)]
        yield from self._close(rank + 1)
        header = self._open[-1] if self._open and self._open[-1].rank == rank else None
        if header is None:  # of a set that is not an 837P, or there is no header
            if self._others:
                yield from self._keep(piece)
                yield from self._enveloped(piece)
        elif header.is_kept or (self._others and not header.has_claims):
            yield from self._keep(piece)
            yield from self._sent(self._trailer_edits(piece.block, header))
            self._open.pop()
        else:
            yield from self._close(rank)

    def _trailer_edits(self, block: Block, header: _CarvedPiece) -> Iterator[Edit]:
        """The count and the number of a trailer, which may both be behind its end."""
        trailer = block.segment(0)
        counted = list(self._counted(trailer, header))
        yield from counted
        for edit in self._envelopes.edits(block) if self._envelopes is not None else ():
            written = counted[0].text if counted else ""
            separator = trailer.delimiters.texts[0]
            if written.startswith(separator) and edit.byte_start == counted[0].byte_start:
                edit = edit._replace(text=edit.text.removeprefix(separator))
            yield edit

    def _counted(self, trailer: Segment, header: _CarvedPiece) -> Iterator[Edit]:
        """The count of a trailer; in a file that keeps its numbers only where that changes."""
        changed, count = header.gone, header.inside
        if header.rank == _SET:
            changed, count = self._growth, trailer.ordinal + self._growth
        if (changed or self._envelopes is not None) and trailer.value(1) != str(count):
            yield recount(trailer, count)

    def _other(self, piece: _CarvedPiece) -> Iterator[Edit]:
        """What is neither a claim nor around one."""
        begins = piece.block.kind is BlockKind.SKIPPED and piece.block.first_ordinal == 1
        if begins:
            yield from self._close(_SET)
            self._count(_SET, stays=self._others)
        if self._others:
            yield from self._keep(piece)
            if begins:
                yield from self._enveloped(piece)

    # keeping, and closing what is open

    def _keep(self, piece: _CarvedPiece) -> Iterator[Edit]:
        """Keep a piece and what is open around it."""
        yield from self._keep_open(len(self._open))
        yield from self._commit(piece)

    def _keep_open(self, number: int) -> Iterator[Edit]:
        """Keep the outermost of what is open, so many of them."""
        for around in self._open[:number]:
            if not around.is_kept:
                yield from self._commit(around)
                self._at = around.end

    def _commit(self, piece: _CarvedPiece) -> Iterator[Edit]:
        piece.is_kept = True
        if piece.start > self._at:
            yield from self._sent([Edit(self._at, piece.start, "")])
        if piece.rank == _PATIENT:
            yield from self._settled()
        if piece.rank == _SUBSCRIBER and piece.was and piece.block.segment(0).value(4) == "1":
            self._waiting = []
        if piece.was:
            yield from self._sent(self._numbered(piece))
        if piece.rank <= _SET:
            self._count(piece.rank, stays=True)
            yield from self._enveloped(piece)

    def _numbered(self, piece: _CarvedPiece) -> Iterator[Edit]:
        """HL01 and HL02 of a level, where one before it was left out."""
        header = piece.block.segment(0)
        if self._renumbers:
            piece.number = str(self._level + 1)
            if piece.number != piece.was:
                yield put(header, 1, piece.number)
        parent = next((p for p in reversed(self._open) if p.rank < piece.rank), None)
        if parent is not None and parent.number != parent.was:
            yield put(header, 2, parent.number)
        self._level = int(piece.number[:12]) if piece.number.isdecimal() else self._level + 1

    def _enveloped(self, piece: _CarvedPiece) -> Iterator[Edit]:
        if self._envelopes is not None:
            yield from self._sent(self._envelopes.edits(piece.block))

    def _close(self, rank: int) -> Iterator[Edit]:
        """Close what is open from a rank on; what nothing was kept of is left out."""
        if self._others:
            for number, piece in enumerate(self._open, start=1):
                if piece.rank >= rank and not piece.is_kept and not piece.has_claims:
                    yield from self._keep_open(number)
        while self._open and self._open[-1].rank >= rank:
            piece = self._open.pop()
            if piece.is_kept:
                if piece.rank == _SUBSCRIBER:
                    yield from self._settled(piece)
            elif piece.rank <= _SET:
                self._count(piece.rank, stays=False)
            else:
                self._growth -= piece.segments
                self._renumbers = True
                if piece.rank == _PATIENT and self._open[-1].rank == _SUBSCRIBER:
                    self._open[-1].childless = True

    def _settled(self, subscriber: _CarvedPiece | None = None) -> Iterator[Edit]:
        """Let out what has waited for the child flag of a subscriber, at the end of that one."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        if subscriber is not None and subscriber.childless:
            waiting.append(put(subscriber.block.segment(0), 4, "0"))
            waiting.sort(key=lambda edit: edit.byte_start)
        yield from waiting

    def _sent(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        if self._waiting is None:
            yield from edits
        else:
            self._waiting.extend(edits)

    def _count(self, rank: int, stays: bool) -> None:
        """Count a set in its group, or a group in its interchange."""
        around = next((p for p in self._open if p.rank == rank - 1), None)
        if around is not None:
            around.inside += stays
            around.gone += not stays


def _start(block: Block) -> int | None:
    """Where a block begins; None for one that only tells of what is missing, or of padding, which
    goes where the interchange before it goes.
    """
    if len(block):
        return block.starts[0]
    outside = (f for f in block.faults if f.code is FaultCode.BYTES_OUTSIDE)
    return next((fault.segment.start for fault in outside), None)


def _rank(block: Block) -> int:
    """Which of _KINDS the block is; TA1 is none, and neither are bytes outside."""
    if not len(block) or (block.kind is BlockKind.INTERCHANGE and _tag(block) != "ISA"):
        return _NONE
    return _RANKS.get(block.kind, _NONE)


def _tag(block: Block) -> str:
    return block.segment(0).tag if len(block) else ""
