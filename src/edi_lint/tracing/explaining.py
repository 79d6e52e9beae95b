"""Shows in the sent files what answers are about, and which rules find it there."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import BinaryIO, NamedTuple

from edi_lint.claims import Claim
from edi_lint.engine import Block, BlockKind
from edi_lint.files.printable import printable
from edi_lint.findings import Finding, Severity
from edi_lint.ledger.keys import normal
from edi_lint.ledger.sent_sets import SentClaim, SentHeader, SentSet
from edi_lint.packs.profiles import PayerRoute
from edi_lint.responses.model import ElementError, SegmentError
from edi_lint.rules import CATALOGUE
from edi_lint.rules.answers import AnswerError, book, read, read_answers
from edi_lint.run.drive import Linter
from edi_lint.run.judge import is_current, run_of
from edi_lint.settings import Settings
from edi_lint.tracing.answer_items import MISSING, SetItem, claim_named
from edi_lint.tracing.claim_spans import ClaimSpans, Stretch, claim_spans
from edi_lint.tracing.judged import (
    blocks_in,
    findings_in,
    header_block,
    in_file,
    missing_before,
    place_in,
    stretches,
)
from edi_lint.tracing.model import AnswerMatch, RuleFound, SentPlace, Status, TracedEvent
from edi_lint.tracing.routes import status_of
from edi_lint.tracing.sent_folder import SentFolder
from edi_lint.x12 import NotX12Error, Segment
from edi_lint.x12.encoding import single_bytes

MOST_RULES = 3
"""So many rules are named for an answer."""


class AnswerWords(NamedTuple):
    """What codes mean and what to do, on what basis, and the rules that lead there."""

    means: str
    do: str
    basis: str
    leads: tuple[str, ...]


@lru_cache(maxsize=10_000)
def words_of(codes: tuple[str, ...]) -> AnswerWords:
    """What is known of codes that were answered together."""
    means: list[str] = []
    do: list[str] = []
    basis = ""
    leads: dict[str, None] = {}
    for code in codes:
        try:
            asked = read_answers(code)
        except AnswerError:
            continue
        reading = read(asked, CATALOGUE)
        for lead in reading.leads:
            leads[lead.rule.code] = None
        category = book().categories.get(asked[0].category)
        if category is not None and status_of("277CA", asked[0].category) is not Status.REJECTED:
            means.append(f"{category.means[:1].upper()}{category.means[1:]}.")
            do.append(category.route)
            continue
        for entry in reading.entries[:1]:
            means.append(entry.means)
            do.append(entry.do)
            basis = basis or entry.confidence
        if category is not None:
            if not reading.entries:
                means.append(f"{category.means[:1].upper()}{category.means[1:]}.")
            do.append(category.route)
    return AnswerWords(_joined(means), _joined(do), basis, tuple(leads))


def _joined(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(" ".join(text.split()) for text in texts if text))


class WantedError(NamedTuple):
    """An IK3 of a set: where it shows in the set, and whose claims it is about, is to be found.

    `is_off` says that another segment is at its ordinal: then its place is in the claim that it
    names.
    """

    item: SetItem
    match: AnswerMatch
    error: SegmentError
    element: ElementError | None
    event: TracedEvent
    is_off: bool = False


@dataclass(slots=True)
class Explanations:
    """What is to be shown of sent files, for which events."""

    headers: list[tuple[TracedEvent, SentSet, SentHeader]] = field(default_factory=list)
    claims: dict[SentClaim, list[TracedEvent]] = field(default_factory=dict)
    errors: dict[SentSet, list[WantedError]] = field(default_factory=dict)


class _ErrorPlace(NamedTuple):
    """A segment that an error names, and what around claims it is in."""

    place: SentPlace
    tag: str
    claim: int
    level: int
    """Where the level begins that it is in; -1 outside of levels, 0 in a claim."""


class _LintedFile:
    """What was seen of one file."""

    def __init__(self) -> None:
        self.of_claims: dict[tuple[int, int], list[Finding]] = {}
        """Findings by the start of the set and the number of the claim."""
        self.of_levels: dict[int, list[Finding]] = {}
        """Findings about what is around claims, by where that begins."""
        self.by_ordinal: dict[tuple[int, int], list[Finding]] = {}
        """Findings by the start of the set and the ordinal of the segment."""


class Explainer:
    """Reads the sent files once more where something is to be shown of them."""

    def __init__(self, settings: Settings, folder: SentFolder) -> None:
        self._phi = settings.phi
        self._linter = Linter(settings)
        self._folder = folder
        self.problems: list[str] = []
        self.named: list[tuple[WantedError, SentSet, tuple[int, ...]]] = []
        """Each error, with the numbers of the claims that it is about."""
        self.routes: dict[SentClaim, tuple[PayerRoute, ...]] = {}
        """What the payer's profile says of routes."""
        self._about = run_of(settings)
        self.errors: dict[SentClaim, tuple[str, ...]] = {}
        """Rules that find an error in a claim that is shown."""

    def explain(self, wanted: Explanations) -> None:
        """Find the places and rules of all events that are wanted."""
        paths = dict.fromkeys(s.path for _, s, _ in wanted.headers)
        paths |= dict.fromkeys(s.path for s in wanted.errors)
        paths |= dict.fromkeys(c.set.path for c in wanted.claims)
        for path in paths:
            try:
                with self._folder.opener(path) as stream:
                    self._explain_file(single_bytes(stream), path, wanted)
            except OSError as problem:
                reason = problem.strerror or type(problem).__name__
                self.problems.append(f"{printable(path)}: {reason}")
            except NotX12Error as problem:
                self.problems.append(f"{printable(path)}: {problem}")

    def _explain_file(self, stream: BinaryIO, path: str, wanted: Explanations) -> None:
        for event, of, header in wanted.headers:
            if of.path == path and (block := header_block(stream, of, header)) is not None:
                event.place = in_file(place_in(block, block.segment(0), self._phi), stream)
        claims = {c: e for c, e in wanted.claims.items() if c.set.path == path}
        errors = {s: e for s, e in wanted.errors.items() if s.path == path}
        if not claims and not errors:
            return
        size = stream.seek(0, 2)
        to_read = stretches(errors, _spans(stream, claims))
        seen = _LintedFile()
        for block, findings in findings_in(self._linter, stream, path, size, to_read):
            _note(seen, block, findings)
        self._show(stream, size, to_read, claims, errors, seen)

    def _show(
        self,
        stream: BinaryIO,
        size: int,
        to_read: Sequence[Stretch],
        claims: dict[SentClaim, list[TracedEvent]],
        errors: dict[SentSet, list[WantedError]],
        seen: _LintedFile,
    ) -> None:
        by_start = {claim.start: claim for claim in claims}
        by_set = {of.header.start: of for of in errors}
        by_ordinal = {
            of: sorted((e for e in some if not e.is_off), key=lambda e: e.error.ordinal)
            for of, some in errors.items()
        }
        off: dict[tuple[SentSet, str], list[WantedError]] = {}
        for of, some in errors.items():
            for one in some:
                if one.is_off:
                    off.setdefault((of, normal(claim_named(one.error))), []).append(one)
        placed: dict[tuple[int, int], list[tuple[WantedError, _ErrorPlace]]] = {}
        levels: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        for block in blocks_in(stream, size, to_read):
            if not len(block):
                continue
            claim = by_start.pop(block.starts[0], None)
            if claim is not None:
                if block.kind is BlockKind.CLAIM and is_current(block):
                    self.routes[claim] = self._about.profile(Claim(block)).routes
                for event in claims[claim]:
                    self._explain_claim(event, claim, block, seen, stream)
            elif block.kind is not BlockKind.CLAIM and by_start:
                # a set without levels has its claims in no block of their own
                for index, start in enumerate(block.starts):
                    if claim := by_start.pop(start, None):
                        for event in claims[claim]:
                            event.place = place_in(block, block.segment(index), self._phi)
            of_set = by_set.get(_set_start(block))
            if of_set is None:
                continue
            begin = of_set.header.start
            if block.kind is BlockKind.CLAIM and block.claim is not None:
                levels.setdefault(begin, []).append((block.claim.number, _around(block)))
                for one in off.get((of_set, normal(block.claim.id)), ()):
                    segment = _nearest(block, one.error)
                    found = self._error_place(one, block, segment, stream)
                    placed.setdefault((begin, id(one)), []).append((one, found))
            if not block.first_ordinal:
                continue
            first, some = block.first_ordinal, by_ordinal[of_set]
            at = bisect_left(some, first, key=lambda e: e.error.ordinal)
            for one in islice(some, at, None):
                index = one.error.ordinal - first
                if index >= len(block):
                    break
                found = self._error_place(one, block, block.segment(index), stream)
                placed.setdefault((begin, id(one)), []).append((one, found))
        for start, of in by_set.items():
            for one in errors[of]:
                found_places = placed.get((start, id(one)), [])
                place = found_places[0][1] if found_places else None
                self._explain_error(one, of, place, levels.get(start, []), seen)

    def _explain_claim(
        self,
        event: TracedEvent,
        claim: SentClaim,
        block: Block,
        seen: _LintedFile,
        stream: BinaryIO,
    ) -> None:
        """The place and the rules of what an answer says of a claim."""
        entity = _entity(event.codes)
        loops = _LOOPS.get(entity, ())
        key = _set_start(block), claim.number
        own = seen.of_claims.get(key, [])
        around = [f for start in _around(block) for f in seen.of_levels.get(start, ())]
        self.errors[claim] = tuple(
            dict.fromkeys(f.code for f in (*own, *around) if f.severity is Severity.ERROR)
        )
        found = [
            f
            for f in (*own, *around)
            if f.code in event.leads
            and (not event.service_line or f.location.service_line in ("", event.service_line))
        ]
        found.sort(key=lambda f: (f.location.loop not in loops, event.leads.index(f.code)))
        if found and loops and any(f.location.loop in loops for f in found):
            found = [f for f in found if f.location.loop in loops]
        if found:
            best = found[0]
            event.place = SentPlace(best.location, best.excerpt, best.caret)
            codes = dict.fromkeys(f.code for f in found)
            event.rules = tuple(RuleFound(code, True) for code in list(codes)[:MOST_RULES])
            event.elements = tuple(
                dict.fromkeys(f.location.element for f in found if f.location.element)
            )
        else:
            event.rules = tuple(RuleFound(code, False) for code in event.leads[:MOST_RULES])
            segment_of = _segment_of(block, event.service_line, entity)
            event.place = place_in(*segment_of, self._phi)
        event.place = in_file(event.place, stream)

    def _error_place(
        self, one: WantedError, block: Block, segment: Segment, stream: BinaryIO
    ) -> _ErrorPlace:
        element = one.element
        at = (element.element, element.component, element.repeat) if element else (0, 0, 0)
        place = place_in(block, segment, self._phi, *at)
        if one.error.code in MISSING or segment.tag != one.error.tag:
            place = missing_before(place, one.error.tag, one.error.loop)
        claim = block.claim.number if block.kind is BlockKind.CLAIM and block.claim else 0
        level = -1
        if block.kind in (BlockKind.BILLING, BlockKind.SUBSCRIBER, BlockKind.PATIENT):
            level = (block.rest_of or block).starts[0]
        return _ErrorPlace(in_file(place, stream), segment.tag, claim, level)

    def _explain_error(
        self,
        one: WantedError,
        of: SentSet,
        place: _ErrorPlace | None,
        claims: Sequence[tuple[int, tuple[int, ...]]],
        seen: _LintedFile,
    ) -> None:
        event, error, element = one.event, one.error, one.element
        numbers: tuple[int, ...] = ()
        if place is not None:
            event.place = place.place
            if place.claim:
                numbers = (place.claim,)
            elif place.level >= 0:
                numbers = tuple(number for number, around in claims if place.level in around)
            else:
                numbers = tuple(number for number, _ in claims)
        found = _found_at(one, of, seen)
        found = sorted(found, key=lambda f: (f.severity.rank, f.code not in event.leads))
        if found:
            codes = dict.fromkeys(f.code for f in found)
            event.rules = tuple(RuleFound(code, True) for code in list(codes)[:MOST_RULES])
            event.leads = tuple(codes)
        else:
            event.rules = tuple(RuleFound(code, False) for code in event.leads[:MOST_RULES])
        if element is not None:
            component = f"-{element.component:02}" if element.component else ""
            event.elements = (f"{error.tag}{element.element:02}{component}",)
        self.named.append((one, of, numbers))


def _nearest(block: Block, error: SegmentError) -> Segment:
    """The segment of a claim that an error means whose ordinal is of another one: of its tag, and
    the nearest to its ordinal; else the CLM."""
    found = [segment for segment in block.segments if segment.tag == error.tag]
    return min(found or block.segments[:1], key=lambda s: abs(s.ordinal - error.ordinal))


def _found_at(one: WantedError, of: SentSet, seen: _LintedFile) -> list[Finding]:
    """What is found where an error is: at the element; else about the segment as a whole.

    A receiver that knows no place for a segment with a wrong value misses it at the next one; and
    one that reads on behind a lost separator or terminator finds errors that are none.
    """
    error, element = one.error, one.element
    start = of.header.start
    place = one.event.place
    is_moved = one.is_off and place is not None
    ordinal = place.location.segment_ordinal if is_moved and place else error.ordinal
    here = seen.by_ordinal.get((start, ordinal), [])
    if element is not None:
        name = f"{error.tag}{element.element:02}"
        found = [f for f in here if f.location.element.partition("-")[0] == name]
    else:
        found = [f for f in here if f.response.ik304 == error.code]
    found = found or [f for f in here if element is None or not f.location.element]
    if not found and error.code in MISSING:
        before = seen.by_ordinal.get((start, error.ordinal - 1), [])
        found = [f for f in before if f.location.segment == error.tag]
    if not found:
        ordinals = range(error.ordinal - _NEAR, error.ordinal + 2)
        near = (f for n in ordinals for f in seen.by_ordinal.get((start, n), ()))
        found = [
            f
            for f in near
            if (f.code == SEPARATOR and f.location.segment_ordinal == error.ordinal)
            or f.code == TERMINATOR
        ]
    return found


_NEAR = 8
"""A terminator that is missing so many segments before an error may be its cause."""
SEPARATOR, TERMINATOR = "ENV012", "ENV013"
"""The rules about a separator, or a terminator, that is missing or too much."""


def _spans(stream: BinaryIO, claims: Iterable[SentClaim]) -> Iterator[ClaimSpans]:
    """Where these claims of a file are."""
    in_sets: dict[SentSet, list[int]] = {}
    for claim in claims:
        in_sets.setdefault(claim.set, []).append(claim.start)
    for of, starts in in_sets.items():
        yield from claim_spans(stream, of, starts)


def _note(seen: _LintedFile, block: Block, findings: Iterable[Finding]) -> None:
    start = _set_start(block)
    for finding in findings:
        if finding.severity is Severity.INFO:
            continue
        place = finding.location
        if place.claim_number:
            seen.of_claims.setdefault((start, place.claim_number), []).append(finding)
        elif len(block):
            first = (block.rest_of or block).starts[0]
            seen.of_levels.setdefault(first, []).append(finding)
        if place.segment_ordinal:
            seen.by_ordinal.setdefault((start, place.segment_ordinal), []).append(finding)


def _set_start(block: Block) -> int:
    transaction = block.context.transaction
    header = transaction.header if transaction else None
    return header.start if header else -1


def _around(block: Block) -> tuple[int, ...]:
    """Where what is around a claim begins: its levels, and the header of its set."""
    context = block.context
    levels = (context.header, context.billing, context.subscriber, context.patient)
    return tuple(level.starts[0] for level in levels if level is not None and len(level))


def _entity(codes: Iterable[str]) -> str:
    """STC01-3 of the first code that has one."""
    for code in codes:
        parts = code.split(":")
        if len(parts) > 2 and parts[2]:
            return parts[2]
    return ""


_LOOPS = {
    "40": ("1000B",),
    "41": ("1000A",),
    "77": ("2310C", "2420C"),
    "82": ("2310B", "2420A"),
    "85": ("2010AA", "2000A"),
    "87": ("2010AB",),
    "DK": ("2420E",),
    "DN": ("2310A", "2420F"),
    "DQ": ("2310D", "2420D"),
    "IL": ("2010BA", "2000B"),
    "PR": ("2010BB",),
    "QC": ("2010CA", "2010BA"),
}
"""Where the entities of STC01-3 are (FACTS of X12 005010X214)."""


def _segment_of(block: Block, line: str, entity: str) -> tuple[Block, Segment]:
    """The segment that is shown where no rule finds anything: the entity's name, the service line,
    else the claim."""
    if line:
        segments = block.segments
        for n, segment in enumerate(segments):
            if segment.tag == "LX" and segment.value(1) == line:
                after = (s for s in segments[n + 1 : n + 3] if s.tag == "SV1")
                return block, next(after, segment)
    if entity:
        for around in (block, *_levels(block)):
            for segment in around.segments:
                if segment.tag == "NM1" and segment.value(1) in (entity, _SAME.get(entity, "")):
                    return around, segment
    return block, block.segment(0)


_SAME = {"QC": "IL"}
"""A patient who is the subscriber has the subscriber's name."""


def _levels(block: Block) -> Iterator[Block]:
    context = block.context
    for level in (context.patient, context.subscriber, context.billing, context.header):
        if level is not None:
            yield level
