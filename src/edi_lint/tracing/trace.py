"""From answers and sent files to a trace: each claim with what was answered, where, and what next.

Sent files are scanned once. Then each answer is matched, what was rejected is linted and shown in
the sent file, and what was said of a claim at several times becomes one status and one route.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from edi_lint.files.printable import printable
from edi_lint.findings import Severity
from edi_lint.findings.masking import is_charge, safe_answer, safe_code
from edi_lint.ledger.keys import normal
from edi_lint.ledger.sent_index import SentIndex
from edi_lint.ledger.sent_sets import SentClaim, SentSet
from edi_lint.responses.model import Answers, ElementError, SegmentError
from edi_lint.settings import Settings
from edi_lint.tracing.answer_items import (
    MISSING,
    AnsweredStatus,
    BatchItem,
    ClaimItem,
    InterchangeItem,
    ListedAnswers,
    SetItem,
    shown_code,
)
from edi_lint.tracing.explaining import Explainer, Explanations, WantedError, words_of
from edi_lint.tracing.lines import match_line
from edi_lint.tracing.matching import (
    Candidate,
    MatchedClaim,
    NamedPlace,
    distinct_sets,
    is_after,
    match_claim,
    match_set,
)
from edi_lint.tracing.model import (
    AnswerMatch,
    Confidence,
    Status,
    Trace,
    TracedClaim,
    TracedEvent,
    TracedSet,
    Unanswered,
    Unmatched,
)
from edi_lint.tracing.scores import scores_of
from edi_lint.tracing.sent_folder import Opener, SentFolder, WantedSets, number_of
from edi_lint.tracing.sent_values import amount
from edi_lint.tracing.timeline import conclude

_MOST_PLACES = 10
_MOST_EVENTS = 100
"""So many errors of a claim's set are noted of the claim."""
_DAY = re.compile(r"20[1-9]\d[01]\d[0-3]\d", re.ASCII)
"""A day of an answer; an older one may be a birth."""


@dataclass(frozen=True, slots=True)
class TraceWishes:
    """What a trace is asked for besides.

    `unanswered` lists claims without an answer for so many days; None: none. `scores` counts for
    each rule how often receivers agreed. `procedures` says that claims are to be told apart by
    those of their lines.
    """

    unanswered: int | None = None
    scores: bool = False
    procedures: tuple[str, ...] = ()


def trace(
    answers: Iterable[Answers],
    sent: Sequence[str],
    opener: Opener,
    settings: Settings,
    wishes: TraceWishes | None = None,
    index: SentIndex | None = None,
) -> Trace:
    """Trace answers to what is in the sent files; `index` may know where in them to look."""
    return _Tracer(answers, opener, settings, wishes or TraceWishes(), index).trace(sent)


class _Tracer:
    """The work of one trace."""

    def __init__(
        self,
        answers: Iterable[Answers],
        opener: Opener,
        settings: Settings,
        wishes: TraceWishes,
        index: SentIndex | None,
    ) -> None:
        self._listed = ListedAnswers(answers)
        self._folder = SentFolder(opener, index)
        self._settings = settings
        self._wishes = wishes
        self._result = Trace(self._listed.answers)
        self._claims: dict[SentClaim, TracedClaim] = {}
        self._sets: dict[tuple[SentSet, str], TracedSet] = {}
        self._values: dict[SentClaim, Candidate] = {}
        self._filed: dict[tuple[str, str], list[SentSet]] = {}
        self._ordinals: dict[str, set[int]] = {}
        self._tags: dict[SentSet, dict[int, str]] = {}
        self._numbers: dict[SentSet, set[str]] = {}
        self._named: set[SentClaim] = set()
        """Claims that answers name by their number: whether they were sent again is known."""
        self._explained = Explanations()

    def trace(self, sent: Sequence[str]) -> Trace:
        items = self._listed
        every: list[SentClaim] = []
        of_claims = [item.values.claim for item in items.of(ClaimItem)]
        self._folder.scan(
            sent, of_claims, self._wanted(), every.append if self._lists_all else None
        )
        self._file_sets()
        for interchange in items.of(InterchangeItem):
            self._of_interchange(interchange)
        for one in items.of(SetItem):
            self._of_set(one)
        meant = [(one, self._folder.meant_by(one.values.claim)) for one in items.of(ClaimItem)]
        for with_lines in (False, True):
            some = [c for one, found in meant if bool(one.lines) is with_lines for c in found]
            self._values |= self._folder.valued(dict.fromkeys(some), with_lines=with_lines)
        for batch in items.of(BatchItem):
            self._of_batch(batch)
        for item, claims in meant:
            self._of_claim(item, claims)
        meant.clear()
        self._values.clear()
        self._listed.items.clear()
        self._find_places()
        for claim in self._claims.values():
            conclude(claim, self._listed.answers)
        for of in self._sets.values():
            of.events.sort(key=lambda event: event.date)
            _note_worst(of)
        self._note_sent_again(sent)
        self._put_together(every)
        return self._result

    def _note_sent_again(self, sent: Sequence[str]) -> None:
        """Mark claims that were sent again after the last answer that rejects them."""
        again: dict[str, list[tuple[SentClaim, str]]] = {}
        for claim in self._claims.values():
            if claim.status is not Status.REJECTED or claim.is_resent:
                continue
            of = max(
                (self._listed.answers[event.answer] for event in claim.events),
                key=lambda answer: (answer.date, answer.time),
            )
            again.setdefault(claim.sent.id, []).append((claim.sent, of.date))
        if any(c not in self._named for some in again.values() for c, _ in some):
            for one in self._folder.sent_after(sent, again):
                self._claims[one].is_resent = True

    def _file_sets(self) -> None:
        """File the sets by the numbers that answers name them by, each set once."""
        for sent in distinct_sets(self._folder.sets):
            group = number_of(sent.group.value(6))
            for key in (
                ("interchange", number_of(sent.interchange.value(13))),
                ("group", group),
                ("set", f"{group}/{sent.control_number}"),
                ("reference", sent.reference),
            ):
                self._filed.setdefault(key, []).append(sent)
        for item in self._listed.of(SetItem):
            name = f"{number_of(item.set.group)}/{item.set.number}"
            wanted = self._ordinals.setdefault(name, set())
            wanted.update(ordinal for ordinal, *_ in item.set.tags)

    def _tag_at(self, sent: SentSet, ordinal: int) -> str:
        """The tag of a segment that answers name; a set is read once for all of them."""
        if sent not in self._tags:
            name = f"{number_of(sent.group.value(6))}/{sent.control_number}"
            self._tags[sent] = self._folder.tags(sent, self._ordinals.get(name, ()))
        return self._tags[sent].get(ordinal, "")

    def _proof(self, sent: SentSet, ordinal: int, tag: str, claim: str) -> NamedPlace:
        """Whether a set has a segment that an answer names."""
        if self._tag_at(sent, ordinal) == tag:
            return NamedPlace.SEGMENT
        if sent not in self._numbers:
            self._numbers[sent] = {normal(c.id) for c in self._folder.claims_of(sent)}
        is_there = normal(claim) in self._numbers[sent]
        return NamedPlace.CLAIM if claim and is_there else NamedPlace.NOWHERE

    @property
    def _lists_all(self) -> bool:
        return self._wishes.unanswered is not None

    def _wanted(self) -> WantedSets:
        """Which sets the answers speak of."""
        items = self._listed
        interchanges = list(items.of(InterchangeItem))
        sets = list(items.of(SetItem))
        batches = [item for item in items.of(BatchItem) if _rejects(item.statuses)]
        rejected = [item for item in sets if item.status.status is Status.REJECTED or item.errors]
        return WantedSets(
            frozenset(number_of(item.number) for item in interchanges),
            frozenset(number_of(item.set.group) for item in sets),
            frozenset(item.reference for item in items.of(BatchItem) if item.reference),
            frozenset(number_of(i.number) for i in interchanges if _rejects((i.status,))),
            frozenset((number_of(item.set.group), item.set.number) for item in rejected),
            frozenset(item.reference for item in batches if item.reference),
        )

    # what is said of more than a claim

    def _of_interchange(self, item: InterchangeItem) -> None:
        found: dict[tuple[object, ...], list[SentSet]] = {}
        for sent in self._filed.get(("interchange", number_of(item.number)), ()):
            header = sent.interchange
            if item.day and header.value(9) and header.value(9) != item.day[-6:]:
                continue
            if is_after(sent, self._listed.answers[item.answer].date):
                continue
            found.setdefault((sent.path, header.at), []).append(sent)
        swapped = [
            sets
            for sets in found.values()
            if (sets[0].interchange.value(6), sets[0].interchange.value(8))
            == (item.sender.strip(), item.receiver.strip())
        ]
        candidates = swapped or list(found.values())
        if len(candidates) != 1:
            self._unmatched(item.answer, item.status, [sets[0].path for sets in candidates])
            return
        by = ("interchange", *(["parties"] if swapped else []), *(["date"] if item.day else []))
        sure = bool(swapped or item.day)
        match = AnswerMatch(Confidence.EXACT if sure else Confidence.LIKELY, by, len(found) - 1)
        first = candidates[0][0]
        event = self._event(item.answer, item.status)
        of = self._set(first, match, of_interchange=True)
        of.events.append(event)
        self._explained.headers.append((event, first, first.interchange))
        if item.status.status is Status.REJECTED:
            has_arrived = "TA105=025" in item.status.codes and self._has_arrived(first)
            for sent in candidates[0]:
                for claim in self._folder.claims_of(sent):
                    self._inherit(claim, match, item.answer, item.status)
                    self._claims[claim].has_arrived = has_arrived

    def _has_arrived(self, of: SentSet) -> bool:
        """Whether the ledger knows this interchange's number as sent with this content."""
        if not self._settings.ledger:
            return False
        from edi_lint.ledger.database import Ledger
        from edi_lint.ledger.envelopes import interchanges

        ledger = Ledger(self._settings.ledger, make=False)
        with self._folder.opener(of.path) as stream:
            for one in interchanges(stream):
                if one.header.start == of.interchange.start and one.sent:
                    earlier = ledger.seen(one.sent)
                    return earlier is not None and earlier.same
        return False

    def _of_set(self, item: SetItem) -> None:
        group = number_of(item.set.group)
        key = ("set", f"{group}/{item.set.number}") if item.set.number else ("group", group)
        matched = match_set(item.set, self._filed.get(key, ()), self._proof)
        if matched.set is None:
            groups = {(sent.path, sent.group.at) for sent in matched.others}
            if not item.set.number and len(groups) == 1:
                match = matched.match._replace(confidence=Confidence.EXACT, candidates=0)
                for sent in matched.others:  # a group whose answer names no set: all of them
                    self._note_set(item, sent, match)
                return
            self._unmatched(item.answer, item.status, [sent.path for sent in matched.others])
            return
        self._note_set(item, matched.set, matched.match)

    def _note_set(self, item: SetItem, sent: SentSet, match: AnswerMatch) -> None:
        of = self._set(sent, match)
        event = self._event(item.answer, item.status)
        of.events.append(event)
        self._explained.headers.append((event, sent, sent.header))
        claims = self._folder.claims_of(sent)
        if item.status.status is Status.REJECTED:
            for claim in claims:
                self._inherit(claim, match, item.answer, item.status)
        for error in item.errors:
            is_off = error.code not in MISSING and self._tag_at(sent, error.ordinal) != error.tag
            for element in error.elements or (None,):
                event = self._error(item, error, element)
                wanted = WantedError(item, match, error, element, event, is_off)
                self._explained.errors.setdefault(sent, []).append(wanted)

    def _error(
        self, item: SetItem, error: SegmentError, element: ElementError | None
    ) -> TracedEvent:
        """What an IK3, or an IK4 in it, says."""
        codes = [f"IK304={shown_code(error.code)}"] if error.code else []
        place = error.byte_start, error.byte_end
        if element is not None:
            codes = [f"IK403={shown_code(element.code)}"] if element.code else codes
            place = element.byte_start, element.byte_end
        segment = "IK3" if element is None else "IK4"
        status = item.status._replace(
            byte_start=place[0], byte_end=place[1], segment=segment, codes=tuple(codes)
        )
        return self._event(item.answer, status)

    def _of_batch(self, item: BatchItem) -> None:
        sets = self._filed.get(("reference", item.reference), [])
        day = self._listed.answers[item.answer].date
        sets = [s for s in sets if item.reference and not is_after(s, day)]
        if len(sets) != 1:
            if not item.has_claims or _rejects(item.statuses):
                for status in item.statuses:
                    self._unmatched(item.answer, status, [s.path for s in sets])
            return
        (sent,) = sets
        self._listed.answers[item.answer].batch = item.reference
        match = AnswerMatch(Confidence.EXACT, ("batch",), 0)
        if item.total > sent.claims:
            self._result.remarks.append(
                f"{self._listed.answers[item.answer].path}: the totals of the batch (2200B) count "
                f"{item.total} claims, and the set that it answers has {sent.claims}"
            )
        of = self._set(sent, match)
        for status in item.statuses:
            event = self._event(item.answer, status)
            of.events.append(event)
            self._explained.headers.append((event, sent, sent.header))
            if status.status is Status.REJECTED and not item.has_claims:
                claims = self._folder.claims_of(sent)
                if item.npi:
                    valued = self._folder.valued(claims)
                    claims = [c for c in claims if item.npi in valued[c].values.npis]
                for claim in claims:
                    self._inherit(claim, match, item.answer, status)

    # what is said of a claim

    def _of_claim(self, item: ClaimItem, claims: Sequence[SentClaim]) -> None:
        candidates = [self._values[claim] for claim in claims if claim in self._values]
        found = match_claim(item.values, candidates)
        if found.claim is None:
            self._claim_unmatched(item, found)
            return
        claim = self._claim(found.claim, found.match)
        claim.is_resent |= bool(found.later)
        self._named.add(found.claim)
        if "batch" in found.match.by:
            self._listed.answers[item.answer].batch = item.values.batch
        claim.payer_claim_number = item.payer_claim_number or claim.payer_claim_number
        for status in item.statuses:
            event = self._event(item.answer, status)
            if status.status is Status.REJECTED:
                event.message = _conflict(item, status)
                claim.key = item.key
            self._add(event, claim)
        for line in item.lines:
            number = match_line(line.answered, self._values[found.claim].values.lines)
            for status in line.statuses:
                event = self._event(item.answer, status)
                event.service_line = number
                if status.status is Status.REJECTED:
                    claim.key = item.key
                self._add(event, claim)

    def _add(self, event: TracedEvent, claim: TracedClaim) -> None:
        """What an answer says of a claim; where it is in the file is looked for if it is bad."""
        claim.events.append(event)
        if event.severity is not Severity.INFO or self._wishes.scores:
            sent = claim.sent
            self._explained.claims.setdefault(sent, []).append(event)

    def _claim_unmatched(self, item: ClaimItem, found: MatchedClaim) -> None:
        places = [f"{c.set.path} {c.set.control_number}/{c.number}" for c in found.others]
        every = (*item.statuses, *(s for line in item.lines for s in line.statuses))
        self._result.unmatched.append(
            Unmatched(
                item.answer,
                item.byte_start,
                item.byte_end,
                "TRN",
                len(found.others),
                item.values.claim,
                tuple(places[:_MOST_PLACES]),
                _rejects(every),
            )
        )

    def _claim(self, sent: SentClaim, match: AnswerMatch) -> TracedClaim:
        """What is traced of a claim; its match is that of the first answer that names it."""
        known = self._claims.get(sent)
        if known is None:
            known = self._claims[sent] = TracedClaim(sent, match, *self._folder.in_file(sent))
        return known

    def _inherit(
        self, sent: SentClaim, match: AnswerMatch, answer: int, status: AnsweredStatus
    ) -> None:
        """A claim shares what is said of its set, its batch or its interchange."""
        claim = self._claim(sent, match)
        event = self._event(answer, status)
        event.is_direct = False
        claim.events.append(event)
        claim.key = claim.key or self._key(sent, answer, status.codes)

    def _key(self, sent: SentClaim, answer: int, codes: tuple[str, ...]) -> str:
        """What names an answer about a set and a claim in it."""
        of = self._listed.answers[answer]
        return "|".join((of.type, of.interchange, of.batch, *codes, str(sent.number), sent.id))

    def _event(self, answer: int, status: AnsweredStatus) -> TracedEvent:
        """What an answer says, in our words."""
        words = words_of(status.codes)
        charge = amount(status.amount)
        day = status.date if _DAY.fullmatch(status.date) else ""
        is_shown = charge is not None and is_charge(charge)
        return TracedEvent(
            answer,
            status.byte_start,
            status.byte_end,
            status.segment,
            tuple(map(safe_answer, status.codes)),
            day or self._listed.answers[answer].date,
            status.status,
            _severity(status),
            amount=status.amount if is_shown else "",
            means=words.means,
            do=words.do,
            basis=words.basis,
            leads=words.leads,
            kind=status.kind,
            code=safe_code("", status.code),
        )

    def _set(self, sent: SentSet, match: AnswerMatch, of_interchange: bool = False) -> TracedSet:
        key = (sent, "ISA" if of_interchange else "ST")
        if key not in self._sets:
            header = sent.interchange if of_interchange else sent.header
            self._sets[key] = TracedSet(sent, header, match)
        return self._sets[key]

    def _unmatched(self, answer: int, status: AnsweredStatus, paths: Sequence[str]) -> None:
        places = tuple(paths[:_MOST_PLACES])
        rejects = status.status is Status.REJECTED
        place = (status.byte_start, status.byte_end, status.segment)
        self._result.unmatched.append(Unmatched(answer, *place, len(paths), "", places, rejects))

    # what is found in the sent files

    def _find_places(self) -> None:
        explainer = Explainer(self._settings, self._folder)
        explainer.explain(self._explained)
        self._result.problems += explainer.problems
        in_sets: dict[SentSet, dict[int, SentClaim]] = {}
        left_out = 0
        for error, sent, numbers in explainer.named:
            if sent not in in_sets:
                in_sets[sent] = {claim.number: claim for claim in self._folder.claims_of(sent)}
            of_set = in_sets[sent]
            named = [of_set[number] for number in numbers if number in of_set]
            if len(named) != 1:
                self._set(sent, error.match).events.append(error.event)
            for claim in named:
                traced = self._claim(claim, error.match)
                if len(traced.events) >= _MOST_EVENTS:
                    left_out += 1
                    continue
                traced.events.append(error.event)
                traced.key = traced.key or self._key(claim, error.item.answer, error.event.codes)
        if left_out:
            self._result.remarks.append(
                f"of a claim {_MOST_EVENTS} errors are shown at most; {left_out} more are left out"
            )
        for claim, routes in explainer.routes.items():
            self._claims[claim].payer_routes = routes
        for claim, codes in explainer.errors.items():
            self._claims[claim].errors = codes

    def _put_together(self, every: list[SentClaim]) -> None:
        result = self._result
        paths = dict.fromkeys(claim.set.path for claim in self._claims)
        order = {path: n for n, path in enumerate(paths)}
        result.claims = sorted(
            self._claims.values(), key=lambda c: (order[c.sent.set.path], c.sent.start)
        )
        if self._wishes.procedures:
            for sent, one in self._folder.valued(self._claims, with_lines=True).items():
                lines = one.values.lines
                self._claims[sent].procedures = frozenset(line.procedure for line in lines)
        result.sets = [of for (_, kind), of in self._sets.items() if kind == "ST"]
        result.interchanges = [of for (_, kind), of in self._sets.items() if kind == "ISA"]
        result.problems += dict.fromkeys(self._folder.problems)
        if without := self._folder.without:
            shown = ", ".join(map(printable, without[:_MOST_PLACES]))
            more = f" and {len(without) - _MOST_PLACES} more" if without[_MOST_PLACES:] else ""
            result.skipped.append(f"no 837 is in these files of --sent: {shown}{more}")
        result.remarks += self._listed.remarks
        result.of_one_set = self._folder.of_one_set
        if self._wishes.unanswered is not None:
            result.unanswered = self._unanswered(every, self._wishes.unanswered)
        if self._wishes.scores:
            result.scores = scores_of(result.claims)

    def _unanswered(self, every: Iterable[SentClaim], days: int) -> list[Unanswered]:
        answered = {(c.sent.set.path, c.sent.start) for c in self._claims.values()}
        today = self._settings.today()
        found = []
        for claim in every:
            sent = _day(claim.set.sent)
            if sent is None or (claim.set.path, claim.start) in answered:
                continue
            passed = (today - sent).days
            if passed >= days:
                position = f"{claim.set.control_number}/{claim.number}"
                found.append(Unanswered(claim.id, claim.set.path, position, passed))
        return found


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _rejects(statuses: Iterable[AnsweredStatus]) -> bool:
    return any(status.status is Status.REJECTED for status in statuses)


def _severity(status: AnsweredStatus) -> Severity:
    if status.status is Status.REJECTED:
        return Severity.ERROR
    return Severity.WARNING if status.kind != "277CA" and status.code != "A" else Severity.INFO


def _note_worst(of: TracedSet) -> None:
    """A set stands where the last answer about it says, and is as bad as the worst."""
    if of.events:
        of.status = of.events[-1].status
        of.severity = min((e.severity for e in of.events), key=lambda s: s.rank)


def _conflict(item: ClaimItem, status: AnsweredStatus) -> str:
    """Where an answer contradicts itself; its category decides."""
    said = []
    if status.action == "WQ":
        said.append("STC03 says accepted (WQ)")
    if item.payer_claim_number:
        said.append("the payer gives a claim number (REF*1K)")
    if not said:
        return ""
    return f"{' and '.join(said)}, but category {status.code} decides: the claim is rejected"
