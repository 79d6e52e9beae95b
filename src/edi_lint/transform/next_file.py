"""Makes of a sent file and what a receiver answered about its claims the file that goes next.

What may go at once, and what was rejected and is fixed, goes into a new file for each interchange;
what a person must fix first waits in another one. Every claim that was answered is in one of them,
or is listed. Nothing of how answers are read or matched is known here.
"""

from __future__ import annotations

import io
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import BinaryIO, NamedTuple

from edi_lint.claims import Claim
from edi_lint.edits import apply
from edi_lint.edits.apply import CHUNK
from edi_lint.edits.carving import ChosenClaim, carve
from edi_lint.edits.editing import edit
from edi_lint.edits.element_place import ElementPlace
from edi_lint.edits.fixing import fix
from edi_lint.engine import Block, BlockKind, PassedOver, open_engine
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.files.spool import temporary_file, write_all
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult, remark
from edi_lint.findings.masking import shown_claim, shown_number
from edi_lint.findings.store import Findings
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.affected import affected
from edi_lint.transform.rewrite import Rewriting, rewrite
from edi_lint.x12 import NotX12Error
from edi_lint.x12.errors import EdiLintError

RESEND, NEW_CLAIM = "resend", "new-claim"
"""The routes that write: the claim as it is, and as a new one once its fault is gone."""
MAX_REASONS = 5


class NextFileError(EdiLintError):
    """No next file was made; the message says why and what to do. It holds no protected data."""


class Written(StrEnum):
    """Where a claim that was answered is."""

    READY = "ready"
    HELD = "held"
    LISTED = "listed"


class AnsweredClaim(NamedTuple):
    """What is to become of a claim of a sent file.

    `start` is the file offset of its CLM. `route` is RESEND, NEW_CLAIM, or another one, by which a
    claim is only listed. `rules` are the codes of the rules behind the answer, and `elements` the
    elements (SV101-04) that it names; both may be empty. `is_resent` says that a copy was sent
    after the answer, or that the answer was acted on before.
    """

    start: int
    route: str
    rules: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    is_resent: bool = False


class NextClaim(NamedTuple):
    """What became of a claim: where it is written and why. `findings` are some that hold it."""

    start: int
    id: str
    transaction: str
    number: int
    written: Written
    reason: str
    findings: tuple[Finding, ...] = ()


class FilePart(NamedTuple):
    """An interchange to be written as a file: a stretch of a file that waits on disk."""

    stream: BinaryIO
    start: int
    end: int

    def chunks(self) -> Iterator[bytes]:
        """Its bytes in pieces."""
        at = self.start
        while at < self.end:
            self.stream.seek(at)
            piece = self.stream.read(min(CHUNK, self.end - at))
            at += len(piece)
            yield piece

    def content(self) -> bytes:
        """It as a whole, where it fits in memory."""
        return b"".join(self.chunks())


@dataclass(slots=True)
class NextFiles:
    """What goes next of one sent file; nothing is written yet.

    `claims` are those that were answered, in file order. `ready` and `held` are files of one
    interchange each; `numbers` are the control numbers of the ready ones. `new_errors` counts by
    code the errors of the ready ones that the claims did not have: then nothing should be sent.
    `remaining` are errors that claims which go as they are have, as they had when they were sent.
    """

    claims: list[NextClaim] = field(default_factory=list)
    ready: list[FilePart] = field(default_factory=list)
    held: list[FilePart] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    new_errors: dict[str, int] = field(default_factory=dict)
    remaining: Findings = field(default_factory=Findings)

    @property
    def is_worse(self) -> bool:
        """Whether the ready files should not be sent."""
        return bool(self.new_errors)


def next_files(
    source: Source,
    answered: Iterable[AnsweredClaim],
    values: Mapping[str, str] | None = None,
    *,
    control_number: int | None = None,
    settings: Settings | None = None,
) -> NextFiles:
    """Make the files that go next.

    A claim of the route RESEND is ready. One of the route NEW_CLAIM is ready when, after the
    automatic fixes and with `values` set (places to values, as in `edi_lint.edit`), no error is
    found about it, nothing of the rules or at the elements that the answer is about, and it is
    not what was sent; else it is held. A rejection that no rule explains needs a value that is set
    in the claim. Ready files have the control numbers from `control_number` on, or those that the
    ledger gives out.

    Raises NextFileError, and whatever `edit`, `fix` and `rewrite` raise: then nothing was made.
    """
    settings = replace(settings or Settings(), suppressions=(), baseline=None)
    work = _NextFile(Original(source, NextFileError), settings)
    by_start = {claim.start: claim for claim in sorted(answered)}
    return work.made(by_start, values or {}, control_number)


class _SentClaim(NamedTuple):
    """A claim of the sent file, and the segments of its set that are its own or around it."""

    start: int
    id: str
    transaction: str
    number: int
    envelopes: tuple[str, ...]
    ordinals: tuple[range, ...]
    content: tuple[bytes, ...]


class _NextFile:
    """Makes what goes next of one file."""

    def __init__(self, original: Original, settings: Settings) -> None:
        self._original = original
        self._settings = settings
        self._linter = Linter(settings)

    def made(
        self, answered: dict[int, AnsweredClaim], values: Mapping[str, str], number: int | None
    ) -> NextFiles:
        with self._original.open() as stream:
            sent = _claims_of(stream, answered)
        if unknown := len(answered.keys() - {claim.start for claim in sent.values()}):
            name = self._original.name
            raise NextFileError(f"{name}: no claim starts at {unknown} of the places")
        asked = {position: answered[claim.start] for position, claim in sent.items()}
        new = [p for p, one in asked.items() if one.route == NEW_CLAIM and not one.is_resent]
        with self._original.open() as stream:
            before = self._about(stream, asked)
        changed = self._changed(new, values) if new else self._copy()
        starts = _starts(changed)
        after = self._about(changed, asked)
        changed.seek(0)
        now = _claims_of(changed, {starts[p]: answered[sent[p].start] for p in sent})
        result = NextFiles()
        places = [ElementPlace.read(text) for text in values]
        where: dict[Written, list[int]] = {written: [] for written in Written}
        for position, claim in sent.items():
            one = asked[position]
            touched = any(_is_in(place, claim) for place in places)
            same = now[position].content == claim.content
            found = after.get(position, [])
            written, reason, shown = _decided(
                one, before.get(position, []), found, touched=touched, same=same
            )
            where[written].append(starts[position])
            result.claims.append(NextClaim(*claim[:4], written, reason, tuple(shown[:MAX_REASONS])))
        self._write_ready(result, changed, where[Written.READY], number)
        if where[Written.HELD]:
            result.held = _interchanges(_only(changed, where[Written.HELD]))
        return result

    def _copy(self) -> BinaryIO:
        with self._original.open() as stream:
            return _stored(iter(lambda: stream.read(CHUNK), b""))

    def _changed(self, new: list[int], values: Mapping[str, str]) -> BinaryIO:
        """The file with the values set, its automatic fixes, and these claims as new ones."""
        content = self._copy()
        if values:
            editing = edit(content, values, self._settings)
            if editing.is_worse:
                codes = ", ".join(editing.new_errors)
                raise NextFileError(
                    f"{self._original.name}: with these values there are errors that the sent file "
                    f"does not have: {codes}; correct the values"
                )
            content = _stored(editing.chunks())
        fixing = fix(content, replace(self._settings, ledger=""))
        if fixing.is_worse:
            codes = ", ".join(fixing.new_errors)
            raise NextFileError(f"{self._original.name}: its automatic fixes uncover {codes}")
        content = _stored(fixing.chunks())
        starts = _starts(content)
        content.seek(0)
        made = rewrite(
            content,
            NEW_CLAIM,
            starts=[starts[p] for p in new],
            whole=True,
            settings=self._settings,
        )
        return _stored(made.chunks())

    def _about(self, stream: BinaryIO, asked: Mapping[int, object]) -> dict[int, list[Finding]]:
        """What is found about each of the claims, by its position; infos apart."""
        stream.seek(0)
        findings = Findings()
        file = FileResult(self._original.name)
        try:
            found = affected(
                self._linter, stream, file, lambda f: f.severity is not Severity.INFO, findings
            )
        except NotX12Error as problem:
            raise NextFileError(f"{self._original.name}: {problem}") from None
        if not file.checked:
            raise NextFileError(remark(file))
        stream.seek(0)
        return {
            position: [findings.added(n) for _, n in found.reasons(block)]
            for position, block in _claim_blocks(stream)
            if position in asked
        }

    def _write_ready(
        self, result: NextFiles, changed: BinaryIO, starts: list[int], number: int | None
    ) -> None:
        """Write the ready claims, as they are by now, into new envelopes."""
        if not starts:
            return
        changed.seek(0)
        made: Rewriting = rewrite(
            changed, RESEND, starts=starts, control_number=number, settings=self._settings
        )
        result.ready = _interchanges(_stored(made.chunks()))
        result.numbers = made.numbers
        result.new_errors = made.new_errors
        result.remaining = made.remaining


def _decided(
    one: AnsweredClaim,
    before: list[Finding],
    after: list[Finding],
    *,
    touched: bool,
    same: bool,
) -> tuple[Written, str, list[Finding]]:
    """Where a claim goes, why, and the findings that hold it.

    `touched` says that a value of it was set, `same` that it is what was sent.
    """
    if one.is_resent:
        return Written.LISTED, "already-resent", []
    if one.route == RESEND:
        return Written.READY, "goes again as it is", []
    if one.route != NEW_CLAIM:
        return Written.LISTED, one.route, []

    def is_answered(finding: Finding) -> bool:
        place = finding.location
        return finding.code in one.rules or place.element in one.elements

    holding = [f for f in after if f.severity is Severity.ERROR or is_answered(f)]
    if holding:
        codes = ", ".join(dict.fromkeys(f.code for f in holding))
        return Written.HELD, f"to be fixed first: {codes}", holding
    if not touched and not any(map(is_answered, before)):
        return Written.HELD, "no rule explains the answer; set the value that it is about", []
    if same:
        return Written.HELD, "it is what was sent; set the value that the answer is about", []
    return Written.READY, "its fault is gone", []


def _is_in(place: ElementPlace, claim: _SentClaim) -> bool:
    """Whether a place is in a claim, or in what is around it."""
    in_set = place.path == claim.envelopes[-len(place.path) :]
    return in_set and any(place.ordinal in ordinals for ordinals in claim.ordinals)


# the claims of a file


def _claim_blocks(stream: BinaryIO) -> Iterator[tuple[int, Block]]:
    """The first block of each claim, and which of the file's claims it is, from 0."""
    position, last = -1, (0, 0, 0, 0)
    for block in open_engine(stream).blocks():
        if block.kind is BlockKind.CLAIM and block.standing != last:
            position, last = position + 1, block.standing
            yield position, block


def _starts(stream: BinaryIO) -> array[int]:
    """Where each claim of a file starts."""
    stream.seek(0)
    return array("q", (block.starts[0] for _, block in _claim_blocks(stream)))


def _claims_of(stream: BinaryIO, wanted: Mapping[int, object]) -> dict[int, _SentClaim]:
    """The claims that start at these places, by their position in the file."""
    return {
        position: _sent_claim(block)
        for position, block in _claim_blocks(stream)
        if block.starts[0] in wanted
    }


def _sent_claim(block: Block) -> _SentClaim:
    claim, context = Claim(block), block.context
    around = (context.header, context.billing, context.subscriber, context.patient)
    blocks = [block, *(one for one in around if one is not None)]
    numbers = (context.interchange, context.group, context.transaction)
    return _SentClaim(
        block.starts[0],
        shown_claim(claim.id),
        shown_number(claim.transaction.control_number),
        claim.number,
        tuple(one.control_number if one else "" for one in numbers),
        tuple(range(b.first_ordinal, b.first_ordinal + len(b)) for b in blocks),
        tuple(segment.raw for b in blocks for segment in b.segments if segment.tag != "HL"),
    )


def _only(stream: BinaryIO, starts: list[int]) -> BinaryIO:
    """A valid file of these claims alone, which keeps its control numbers."""
    chosen = array("q", sorted(starts))

    def choose(block: Block | PassedOver) -> ChosenClaim | None:
        assert isinstance(block, Block), "runs are not asked for"
        at = bisect_left(chosen, block.starts[0])
        return ChosenClaim() if at < len(chosen) and chosen[at] == block.starts[0] else None

    stream.seek(0)
    edits = list(carve(stream, choose))
    stream.seek(0)
    return _stored(apply(stream, edits))


def _interchanges(stream: BinaryIO) -> list[FilePart]:
    """The interchanges of a file, each by itself: receivers refuse a file with two."""
    stream.seek(0)
    blocks = open_engine(stream).blocks()
    starts = [b.starts[0] for b in blocks if b.kind is BlockKind.INTERCHANGE and len(b)]
    ends = [*starts[1:], stream.seek(0, io.SEEK_END)]
    return [FilePart(stream, start, end) for start, end in zip(starts, ends, strict=True)]


def _stored(pieces: Iterable[bytes]) -> BinaryIO:
    """The pieces in a temporary file, to be read from its start. Raises StoreError."""
    made = temporary_file()
    write_all(made, pieces)
    made.seek(0)
    return made
