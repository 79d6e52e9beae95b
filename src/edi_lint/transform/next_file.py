"""Makes of a sent file and what a receiver answered about its claims the file that goes next.

What may go at once, and what was rejected and is fixed, goes into a new file for each interchange;
what a person must fix first waits in another one. Every claim that was answered is in one of them,
or is listed. Nothing of how answers are read or matched is known here.
"""

from __future__ import annotations

import io
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Any, BinaryIO, NamedTuple

from edi_lint.claims import Claim
from edi_lint.edits import apply
from edi_lint.edits.apply import CHUNK
from edi_lint.edits.carving import ChosenClaim, carve
from edi_lint.edits.editing import edit
from edi_lint.edits.element_place import ElementPlace
from edi_lint.edits.fixing import fix
from edi_lint.edits.numbering import NewNumbers, NoNumber, from_number
from edi_lint.engine import Block, BlockKind, PassedOver, open_engine
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.files.spool import Spool, temporary_file, write_all
from edi_lint.findings import Edit, Finding, Severity
from edi_lint.findings.file_result import FileResult, remark
from edi_lint.findings.masking import Phi, printable, shown_claim, shown_number, shown_tag
from edi_lint.findings.store import Findings
from edi_lint.run.drive import Linter
from edi_lint.run.masked_segments import values_as_written
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.affected import affected
from edi_lint.transform.choice import Plan
from edi_lint.transform.rendering import (
    KIND,
    Rendered,
    RenderingOutcome,
    RewriteError,
    UsedNumbers,
    first_pass,
    note_number,
)
from edi_lint.transform.rewrite import NEXT, new_numbers
from edi_lint.x12 import NotX12Error, Segment
from edi_lint.x12.errors import EdiLintError

RESEND, NEW_CLAIM = "resend", "new-claim"
"""The routes that write: the claim as it is, and as a new one once its fault is gone."""
RESENT = "already-resent"
"""In place of the route of a claim that was sent again before."""
MAX_REASONS = 5


class NextFileError(EdiLintError):
    """No next file was made; the message says why and what to do. It contains no protected data."""


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
    after the answer, or that the answer was acted on before. `key` names the answer and the claim
    in it, for the ledger; the same whenever the answer is read.
    """

    start: int
    route: str
    rules: tuple[str, ...] = ()
    elements: tuple[str, ...] = ()
    is_resent: bool = False
    key: str = ""


class NextClaim(NamedTuple):
    """What became of a claim: where it is written and why.

    `start` is where it starts in the file with all changes, `interchange` counts its one from 1.
    `part` is the index of its file among `ready` or `held`, -1 where it is only listed. `codes` are
    those of the findings that hold it, `findings` are some of them. `entry` is for the log
    (`schemas/change-log.schema.json`): which segments of the claim, and around it, are others now.
    """

    answer: AnsweredClaim
    id: str
    transaction: str
    number: int
    written: Written
    reason: str
    start: int
    interchange: int
    part: int
    codes: tuple[str, ...]
    findings: tuple[Finding, ...]
    changes: list[dict[str, Any]]

    def entry(self, result: NextFiles, phi: Phi) -> dict[str, Any]:
        """What the log says of it."""
        entry: dict[str, Any] = {"claim": self.id} if phi is not Phi.NONE and self.id else {}
        entry |= {
            "transaction": self.transaction,
            "claim_number": self.number,
            "written": self.written.value,
            "route": self.answer.route,
            "reason": self.reason,
        }
        if self.codes:
            entry["rules"] = list(self.codes)
        if self.written is Written.READY and result.numbers:
            entry["interchange"] = f"{result.numbers[self.part]:09}"
        return entry | {"changes": self.changes}


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
    `remaining` counts by code the claims that go as they are with an error that they had before.
    """

    claims: list[NextClaim] = field(default_factory=list)
    ready: list[FilePart] = field(default_factory=list)
    held: list[FilePart] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    new_errors: dict[str, int] = field(default_factory=dict)
    remaining: Counter[str] = field(default_factory=Counter)

    @property
    def is_worse(self) -> bool:
        """Whether the ready files should not be sent."""
        return bool(self.new_errors)


def next_files(
    source: Source,
    answered: Iterable[AnsweredClaim],
    values: Mapping[str, str] | None = None,
    *,
    owners: Mapping[str, str] | None = None,
    ready: bool = True,
    control_number: int | None = None,
    settings: Settings | None = None,
) -> NextFiles:
    """Make the files that go next.

    A claim of the route RESEND is ready. One of the route NEW_CLAIM is ready when, after the
    automatic fixes and with `values` set (places to values, as in `edi_lint.edit`), no error is
    found about it, nothing of the rules or at the elements that the answer is about, and it is
    not what was sent; else it is held. A rejection that no rule explains needs a value that is set
    in the claim. `owners` name, for a place in `values`, the claim that it must be in or around, by
    CLM01 or by ST02/n. Ready files have the control numbers from `control_number` on, or those that
    the ledger gives out; without `ready` they are not made, and no number is given out.

    Raises NextFileError, and whatever `edit`, `fix` and `rewrite` raise: then nothing was made.
    """
    settings = replace(settings or Settings(), suppressions=(), baseline=None)
    work = _NextFile(Original(source, NextFileError), settings)
    by_start: dict[int, AnsweredClaim] = {}
    for one in answered:
        if by_start.setdefault(one.start, one) is not one:
            raise NextFileError(f"{work._original.name}: a claim is named twice")
    return work.made(by_start, values or {}, owners or {}, ready, control_number)


class _Hold:
    """What is found about a claim that is to be sent as a new one: the codes, and some findings."""

    def __init__(self) -> None:
        self.codes: dict[str, None] = {}
        self.findings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        self.codes[finding.code] = None
        if len(self.findings) < MAX_REASONS:
            self.findings.append(finding)


class _NextFile:
    """Makes what goes next of one file."""

    def __init__(self, original: Original, settings: Settings) -> None:
        self._original = original
        self._settings = settings
        self._linter = Linter(settings)

    def made(
        self,
        answered: Mapping[int, AnsweredClaim],
        values: Mapping[str, str],
        owners: Mapping[str, str],
        ready: bool,
        number: int | None,
    ) -> NextFiles:
        with self._original.open() as stream:
            asked = {
                position: answered[block.starts[0]]
                for position, block in _claim_blocks(stream)
                if block.starts[0] in answered
            }
        if unknown := len(answered) - len(asked):
            name = self._original.name
            raise NextFileError(f"{name}: no claim starts at {unknown} of the places")
        asked = {p: a if not a.is_resent else a._replace(route=RESENT) for p, a in asked.items()}
        new = [p for p, a in asked.items() if a.route == NEW_CLAIM]
        explained: set[int] = set()
        sent = changed = self._copy()
        if new or values:
            for position, finding in self._found(sent, asked):
                if _is_answered(finding, asked[position]):
                    explained.add(position)
            changed = self._changed(new, values)
        holds: dict[int, _Hold] = {}
        errors: dict[int, frozenset[str]] = {}
        for position, finding in self._found(changed, asked):
            answer, is_error = asked[position], finding.severity is Severity.ERROR
            if answer.route == NEW_CLAIM and (is_error or _is_answered(finding, answer)):
                holds.setdefault(position, _Hold()).add(finding)
            elif answer.route == RESEND and is_error:
                errors[position] = errors.get(position, frozenset()) | {finding.code}
        result = NextFiles()
        candidates = self._decide(
            result, changed, asked, explained, holds, [*values], [owners.get(v, "") for v in values]
        )
        if candidates:
            self._judge_today(result, changed, candidates, errors)
        parts = {
            written: sorted({c.interchange for c in result.claims if c.written is written})
            for written in (Written.READY, Written.HELD)
        }
        result.claims = [
            claim._replace(part=parts[claim.written].index(claim.interchange))
            if claim.written in parts
            else claim
            for claim in result.claims
        ]
        starts = {w: [c.start for c in result.claims if c.written is w] for w in Written}
        if ready and starts[Written.READY]:
            self._write_ready(result, changed, starts[Written.READY], number)
        if starts[Written.HELD]:
            result.held = _interchanges(_only(changed, starts[Written.HELD]))
        return result

    def _copy(self) -> BinaryIO:
        with self._original.open() as stream:
            return _stored(iter(lambda: stream.read(CHUNK), b""))

    def _changed(self, new: list[int], values: Mapping[str, str]) -> BinaryIO:
        """The file with the values set, its automatic fixes, and these claims as new ones."""
        content, name = self._copy(), self._original.name
        if values:
            editing = edit(content, values, self._settings)
            if editing.is_worse:
                raise NextFileError(
                    f"{name}: with these values there are errors that the sent file does not have: "
                    f"{', '.join(editing.new_errors)}; correct the values"
                )
            content = _stored(editing.chunks())
        fixing = fix(content, replace(self._settings, ledger=""))
        if fixing.is_worse:
            raise NextFileError(
                f"{name}: automatic fixes uncover {', '.join(fixing.new_errors)}; correct that "
                "first, with edit"
            )
        content = _stored(fixing.chunks())
        if not new:
            return content
        wanted = set(new)
        starts = array("q", (b.starts[0] for p, b in _claim_blocks(content) if p in wanted))
        return self._as_new(content, starts)

    def _as_new(self, content: BinaryIO, starts: array[int]) -> BinaryIO:
        """The file with the claims that start there put through the template for new claims."""
        content.seek(0)
        template = templates.find(KIND, NEW_CLAIM)
        plan = Plan(among=starts)
        chosen: dict[int, ChosenClaim] = {}
        for event in first_pass(
            content, template, plan, self._settings, self._original.name, judged=False
        ):
            if isinstance(event, RenderingOutcome) and event.problems:
                raise RewriteError(*event.problems)
            if isinstance(event, Rendered) and event.edits:
                chosen[event.start] = ChosenClaim(event.edits, event.more)

        def choose(block: Block | PassedOver) -> ChosenClaim:
            assert isinstance(block, Block), "runs are not asked for"
            return chosen.get(block.starts[0], _AS_IT_IS)

        content.seek(0)
        edits: Spool[Edit] = Spool()
        edits.extend(carve(content, choose, others=True))
        content.seek(0)
        return _stored(apply(content, edits))

    def _found(self, stream: BinaryIO, asked: Container[int]) -> Iterator[tuple[int, Finding]]:
        """What is found about each of the claims, with its position; infos apart."""
        findings, file = Findings(), FileResult(self._original.name)
        stream.seek(0)
        try:
            found = affected(
                self._linter, stream, file, lambda f: f.severity is not Severity.INFO, findings
            )
        except NotX12Error as problem:
            raise NextFileError(f"{self._original.name}: {problem}") from None
        if not file.checked:
            raise NextFileError(remark(file))
        for position, block in _claim_blocks(stream):
            if position in asked:
                for _, number in found.reasons(block):
                    yield position, findings.added(number)

    def _decide(
        self,
        result: NextFiles,
        changed: BinaryIO,
        asked: Mapping[int, AnsweredClaim],
        explained: set[int],
        holds: Mapping[int, _Hold],
        values: list[str],
        owners: list[str],
    ) -> dict[int, int]:
        """Where each claim goes; of those that are ready the index among all, by position."""
        places = [ElementPlace.read(text) for text in values]
        unused = set(range(len(places)))
        candidates: dict[int, int] = {}
        with self._original.open() as stream:
            for (position, sent), (_, now) in zip(
                _claim_blocks(stream), _claim_blocks(changed), strict=True
            ):
                if position not in asked:
                    continue
                touched = {n for n, place in enumerate(places) if _is_about(place, sent)}
                claim = Claim(sent)
                number = shown_number(claim.transaction.control_number)
                names = ("", claim.id, f"{number}/{claim.number}")
                unused -= {n for n in touched if owners[n] in names}
                changes = _changes(sent, now, self._settings.phi)
                hold = holds.get(position, _Hold())
                written, reason = _decided(
                    asked[position],
                    hold,
                    explained=position in explained or bool(touched),
                    same=not changes,
                )
                if written is Written.READY:
                    candidates[position] = len(result.claims)
                result.claims.append(
                    NextClaim(
                        asked[position],
                        shown_claim(claim.id),
                        number,
                        claim.number,
                        written,
                        reason,
                        now.starts[0],
                        sent.standing[0],
                        -1,
                        tuple(hold.codes),
                        tuple(hold.findings),
                        changes if written is not Written.LISTED else [],
                    )
                )
        if unused:
            raise NextFileError(
                f"{self._original.name}: {places[min(unused)]} is not in the claim that the value "
                "is for, nor around it, or no answer is about that claim"
            )
        return candidates

    def _judge_today(
        self,
        result: NextFiles,
        changed: BinaryIO,
        candidates: Mapping[int, int],
        errors: Mapping[int, frozenset[str]],
    ) -> None:
        """Hold what has an error as it would be sent today that it did not have: too late, say."""
        order = list(candidates)
        starts = [result.claims[n].start for n in candidates.values()]
        draft = _only(changed, starts, NewNumbers(from_number(1), datetime.now()))
        holds: dict[int, _Hold] = {}
        for index, finding in self._found(draft, range(len(order))):
            position = order[index]
            known = errors.get(position, frozenset())
            if finding.severity is Severity.ERROR and finding.code not in known:
                holds.setdefault(position, _Hold()).add(finding)
        for position, hold in holds.items():
            number = candidates[position]
            result.claims[number] = result.claims[number]._replace(
                written=Written.HELD,
                reason=f"as it would be sent today: {', '.join(hold.codes)}",
                codes=tuple(hold.codes),
                findings=tuple(hold.findings),
            )
        for position, codes in errors.items():
            if position in candidates and position not in holds:
                result.remaining.update(codes)

    def _write_ready(
        self, result: NextFiles, changed: BinaryIO, starts: list[int], number: int | None
    ) -> None:
        """Write the ready claims, as they are by now, into new envelopes, and lint them."""
        used: UsedNumbers = {}
        changed.seek(0)
        for block in open_engine(changed).blocks():
            note_number(used, block.context.interchange)
        numbers = new_numbers(number or NEXT, self._settings, used)
        assert numbers is not None, "a number or NEXT is wanted"
        try:
            made = _only(changed, starts, numbers)
        except NoNumber as problem:
            raise NextFileError(f"{self._original.name}: {problem}") from None
        result.ready, result.numbers = _interchanges(made), numbers.given
        ready = [claim for claim in result.claims if claim.written is Written.READY]
        found = Counter(
            finding.code
            for index, finding in self._found(made, range(len(ready)))
            if finding.severity is Severity.ERROR and ready[index].answer.route == NEW_CLAIM
        )
        result.new_errors = dict(sorted(found.items()))


def _is_answered(finding: Finding, answer: AnsweredClaim) -> bool:
    """Whether a finding is about what the answer is about."""
    return finding.code in answer.rules or finding.location.element in answer.elements


def _decided(
    answer: AnsweredClaim, hold: _Hold, *, explained: bool, same: bool
) -> tuple[Written, str]:
    """Where a claim goes, and why.

    `explained` says that a rule found what the answer is about, or that a value was set, `same`
    that the claim is what was sent.
    """
    if answer.route == RESEND:
        return Written.READY, "goes again as it is"
    if answer.route != NEW_CLAIM:
        return Written.LISTED, answer.route
    if hold.codes:
        return Written.HELD, f"to be fixed first: {', '.join(hold.codes)}"
    if not explained:
        return Written.HELD, "no rule explains the answer; set the value that it is about"
    if same:
        return Written.HELD, "it is what was sent; set the value that the answer is about"
    return Written.READY, "its fault is gone"


def _around(block: Block) -> list[Block]:
    """A claim's block, behind those of what is around it in its set."""
    context = block.context
    around = (context.header, context.billing, context.subscriber, context.patient)
    return [*(one for one in around if one is not None), block]


def _is_about(place: ElementPlace, claim: Block) -> bool:
    """Whether a place is in a claim, or in what is around it in its set."""
    return place.fits(claim.context) and any(
        place.segment_in(block) is not None for block in _around(claim)
    )


def _changes(sent: Block, now: Block, phi: Phi) -> list[dict[str, Any]]:
    """Which segments of a claim, and around it, are others now than they were sent."""
    old = [(segment, block) for block in _around(sent) for segment in block.segments]
    new = [(segment, block) for block in _around(now) for segment in block.segments]
    olds, news = [s.raw for s, _ in old], [s.raw for s, _ in new]
    if olds == news:
        return []
    found = []
    for tag, first, last, at, end in SequenceMatcher(None, olds, news, False).get_opcodes():
        if tag == "equal":
            continue
        for before, after in zip_longest(old[first:last], new[at:end]):
            named = (before or after)[0]
            change: dict[str, Any] = {"segment": shown_tag(named)}
            if before is not None:
                segment = before[0]
                place = (segment.start, segment.end, segment.ordinal, _text(before, phi))
                names = ("byte_start", "byte_end", "segment_ordinal", "text")
                change["before"] = dict(zip(names, place, strict=True))
            if after is not None:
                change["after"] = {"text": _text(after, phi)}
            found.append(change)
    return found


def _text(placed: tuple[Segment, Block], phi: Phi) -> str:
    """A segment of a block as it may be shown."""
    segment, block = placed
    values = values_as_written(segment, block, phi)
    return printable(segment.delimiters.texts[0].join(values))


# the claims of a file


def _claim_blocks(stream: BinaryIO) -> Iterator[tuple[int, Block]]:
    """The first block of each claim, and which of the file's claims it is, from 0."""
    stream.seek(0)
    position, last = -1, (0, 0, 0, 0)
    for block in open_engine(stream).blocks():
        if block.kind is BlockKind.CLAIM and block.standing != last:
            position, last = position + 1, block.standing
            yield position, block


def _only(stream: BinaryIO, starts: list[int], numbers: NewNumbers | None = None) -> BinaryIO:
    """A valid file of these claims alone, with new control numbers or the ones it has."""
    chosen = array("q", sorted(starts))

    def choose(block: Block | PassedOver) -> ChosenClaim | None:
        assert isinstance(block, Block), "runs are not asked for"
        at = bisect_left(chosen, block.starts[0])
        return _AS_IT_IS if at < len(chosen) and chosen[at] == block.starts[0] else None

    stream.seek(0)
    edits: Spool[Edit] = Spool()
    edits.extend(carve(stream, choose, envelopes=numbers))
    stream.seek(0)
    return _stored(apply(stream, edits))


_AS_IT_IS = ChosenClaim()


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
