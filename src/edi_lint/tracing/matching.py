"""Decides which sent claim an answer is about, and how sure that is.

A number alone decides nothing where another value speaks against it. Time only
excludes: an answer cannot be about a claim that was sent after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from edi_lint.ledger.keys import KeyForm, form_of
from edi_lint.ledger.sent_sets import SentClaim, SentSet
from edi_lint.tracing.model import AnswerMatch, Confidence
from edi_lint.tracing.sent_values import Days, SentValues, amount, days_of, together

_OWN = frozenset({"charge", "dates", "member"})
"""Values that are the claim's own; a provider or payer is the same in many claims."""


class AnsweredValues(NamedTuple):
    """What an answer repeats of a claim: empty, or None, where it says nothing.

    `charge` is an amount as X12 writes it, `dates` the texts of DTP segments. `batch` is what the
    answer says the claim's BHT03 was. `day` is that of the answer, CCYYMMDD.
    """

    claim: str
    charge: str = ""
    dates: tuple[str, ...] = ()
    member: str = ""
    npi: str = ""
    payers: tuple[str, ...] = ()
    batch: str = ""
    day: str = ""


class Candidate(NamedTuple):
    """A sent claim whose number an answer may mean, and what it says."""

    claim: SentClaim
    values: SentValues


class MatchedClaim(NamedTuple):
    """The claim that an answer is about, None where that is not known; `others` may be meant too.

    `later` are claims of that number that were sent after the answer.
    """

    match: AnswerMatch
    claim: SentClaim | None = None
    others: tuple[SentClaim, ...] = ()
    later: tuple[SentClaim, ...] = ()


class _Graded(NamedTuple):
    candidate: Candidate
    confidence: Confidence
    by: tuple[str, ...]


def match_claim(answer: AnsweredValues, candidates: Iterable[Candidate]) -> MatchedClaim:
    """Which of the candidates an answer is about."""
    graded: list[_Graded] = []
    later: list[SentClaim] = []
    for candidate in _distinct(candidates):
        form = form_of(answer.claim, candidate.claim.id)
        if form is None:
            continue
        if is_after(candidate.claim.set, answer.day):
            later.append(candidate.claim)
        elif (one := _graded(answer, candidate, form)) is not None:
            graded.append(one)
    best = [one for one in graded if one.confidence is Confidence.EXACT] or graded
    if len(best) > 1 and answer.batch:
        best = [one for one in best if one.candidate.claim.set.reference == answer.batch] or best
    if not best:
        return MatchedClaim(AnswerMatch(Confidence.NONE), later=tuple(later))
    if len(best) > 1:
        claims = tuple(one.candidate.claim for one in best)
        by = best[0].by
        match = AnswerMatch(Confidence.AMBIGUOUS, by, len(claims))
        return MatchedClaim(match, None, claims, tuple(later))
    (one,) = best
    claim = one.candidate.claim
    by = one.by
    if answer.batch and claim.set.reference == answer.batch:
        by = (*by, "batch")
    match = AnswerMatch(one.confidence, by, len(graded) - 1)
    others = tuple(g.candidate.claim for g in graded if g is not one)
    again = (o for o in others if is_sent_again(o.set, claim.set, answer.day))
    return MatchedClaim(match, claim, others, (*later, *again))


def is_after(sent: SentSet, day: str) -> bool:
    """Whether a set was made on a later day than an answer; clocks of a day are not compared."""
    return bool(day and sent.sent) and sent.sent > day


def is_sent_again(copy: SentSet, original: SentSet, day: str) -> bool:
    """Whether a set with a copy of a claim was made after an answer to the original of that day.

    On the answer's own day a copy counts that was made after the original.
    """
    if is_after(copy, day):
        return True
    return copy is not original and bool(day) and copy.sent == day and copy.made > original.made


def _graded(answer: AnsweredValues, candidate: Candidate, form: KeyForm) -> _Graded | None:
    """How sure it is that the candidate is meant; None where it is not."""
    agree, differ = _compare(answer, candidate.values)
    own = len(agree & _OWN)
    by = (form.words, *(name for name in _NAMES if name in agree))
    if not differ:
        if form is KeyForm.SAME:
            confidence = Confidence.EXACT if agree else Confidence.LIKELY
            return _Graded(candidate, confidence, by)
        needed = 2 if form >= KeyForm.CUT_TO_20 else 1
        return _Graded(candidate, Confidence.LIKELY, by) if len(agree) >= needed else None
    if form <= KeyForm.ZEROS and own >= 2 and len(differ) == 1:
        return _Graded(candidate, Confidence.LIKELY, by)
    return None


_NAMES = ("charge", "dates", "member", "provider", "payer")


def _compare(answer: AnsweredValues, sent: SentValues) -> tuple[set[str], set[str]]:
    """Which values agree and which differ, of those that both sides have."""
    agree: set[str] = set()
    differ: set[str] = set()

    def note(name: str, same: bool) -> None:
        (agree if same else differ).add(name)

    charge = amount(answer.charge) if answer.charge else None
    if charge is not None and sent.charge is not None:
        note("charge", charge == sent.charge)
    days = together([d for text in answer.dates if (d := days_of(text))])
    if days and sent.days:
        note("dates", _overlap(days, sent.days))
    if answer.member and sent.members:
        note("member", answer.member.strip().upper() in sent.members)
    if answer.npi and sent.npis:
        note("provider", answer.npi.strip() in sent.npis)
    if sent.payers.intersection(payer.strip().upper() for payer in answer.payers if payer):
        agree.add("payer")
    return agree, differ


def _overlap(one: Days, other: Days) -> bool:
    """Whether two periods share their first day, or one is in the other."""
    return (one[0] >= other[0] and one[1] <= other[1]) or (
        other[0] >= one[0] and other[1] <= one[1]
    )


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, those once that are the same claim of the same interchange: a copied file."""
    found: dict[tuple[object, ...], Candidate] = {}
    for one in candidates:
        of = one.claim.set
        sent = of.interchange.values[5:9], of.interchange.value(13), of.group.value(6)
        key = (sent, of.control_number, of.reference, one.claim.number, one.claim.values)
        found.setdefault(key, one)
    return list(found.values())


class AnsweredSet(NamedTuple):
    """What a 999 says of a set: AK101, AK102, AK202, and whose group the answer is in (GS02, GS03).

    `tags` are the segments that it names as being there: IK302, IK301, and the claim (CLM01) that a
    CTX names, if any.
    """

    function: str
    group: str
    number: str
    sender: str
    receiver: str
    tags: tuple[tuple[int, str, str], ...] = ()
    day: str = ""


class NamedPlace(StrEnum):
    """What proves that a segment which an answer names is one of a set: its tag at its place, or at
    least its claim; or nothing."""

    SEGMENT = "segment"
    CLAIM = "claim"
    NOWHERE = ""


class MatchedSet(NamedTuple):
    """The set that a 999 is about, None where that is not known."""

    match: AnswerMatch
    set: SentSet | None = None
    others: tuple[SentSet, ...] = ()


def match_set(
    answer: AnsweredSet,
    candidates: Sequence[SentSet],
    proof: Callable[[SentSet, int, str, str], NamedPlace],
) -> MatchedSet:
    """Which of the sets a 999 is about; `proof` says whether a set has a segment that it names, by
    ordinal, tag and claim. Where a receiver counts segments otherwise, the claims must be there.
    """
    graded: list[tuple[SentSet, Confidence, tuple[str, ...]]] = []
    for sent in distinct_sets(candidates):
        group = sent.group
        if group.value(6) != answer.group or _differs(group.value(1), answer.function):
            continue
        if answer.number and sent.control_number != answer.number:
            continue
        if is_after(sent, answer.day):
            continue
        proven = {proof(sent, *named) for named in answer.tags}
        if NamedPlace.NOWHERE in proven:
            continue
        by = ["group", "transaction"] if answer.number else ["group"]
        swapped = (group.value(2), group.value(3)) == (answer.receiver, answer.sender)
        is_counted = proven == {NamedPlace.SEGMENT}
        by += ["parties"] * swapped + ["segments"] * is_counted
        by += ["claims"] * (NamedPlace.CLAIM in proven)
        sure = is_counted or (swapped and not proven)
        graded.append((sent, Confidence.EXACT if sure else Confidence.LIKELY, tuple(by)))
    best = [one for one in graded if "parties" in one[2]] or graded
    if not best:
        return MatchedSet(AnswerMatch(Confidence.NONE))
    if len(best) > 1:
        sets = tuple(one[0] for one in best)
        return MatchedSet(AnswerMatch(Confidence.AMBIGUOUS, best[0][2], len(sets)), None, sets)
    ((sent, confidence, by_),) = best
    return MatchedSet(AnswerMatch(confidence, by_, len(graded) - 1), sent)


def _differs(one: str, other: str) -> bool:
    return bool(one and other and one != other)


def distinct_sets(sets: Iterable[SentSet]) -> list[SentSet]:
    """The sets, those once that are in a copied file: the same envelopes, BHT and length."""
    found: dict[tuple[object, ...], SentSet] = {}
    for one in sets:
        length = one.stop - one.header.start
        key = (one.interchange.values, one.group.values, one.header.values, one.begin.values)
        found.setdefault((*key, length), one)
    return list(found.values())
