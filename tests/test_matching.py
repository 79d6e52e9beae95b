"""Which sent claim or set an answer is about: what must agree, what must not, and what is unsure."""

from __future__ import annotations

import io

import pytest

from conftest import ROOT
from edi_lint.ledger.sent_sets import SentClaim, SentSet, sent_sets
from edi_lint.tracing.claim_spans import claim_spans
from edi_lint.tracing.matching import (
    AnsweredSet,
    AnsweredValues,
    Candidate,
    MatchedClaim,
    NamedPlace,
    match_claim,
    match_set,
)
from edi_lint.tracing.model import Confidence, Status
from edi_lint.tracing.routes import LOOK, route_of, status_of
from edi_lint.tracing.sent_values import sent_values

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
AGAIN = OUTBOUND.replace(b"000000416", b"000000999").replace(b"HI20260626A", b"HI20260626B")
LATER = AGAIN.replace(b"20260626*1730", b"20260720*0900")
FIRST = AnsweredValues(
    "HI-26-0611", "609.50", ("20260615",), "LKH205518840", "1002456386", day="20260701"
)
"""What an answer says of the first claim."""


def sets_of(*files: bytes) -> list[SentSet]:
    every = (sent_sets(io.BytesIO(data), f"{n}.837") for n, data in enumerate(files))
    found = [one for some in every for one in some if isinstance(one, SentSet)]
    return found


def candidates(*files: bytes) -> list[Candidate]:
    found = []
    for n, data in enumerate(files):
        stream = io.BytesIO(data)
        every = list(sent_sets(io.BytesIO(data), f"{n}.837", lambda *_: True))
        for claim in (one for one in every if isinstance(one, SentClaim)):
            (spans,) = claim_spans(stream, claim.set, [claim.start])
            found.append(Candidate(claim, sent_values(stream, claim, spans)))
    return found


def matched(answer: AnsweredValues, *files: bytes) -> MatchedClaim:
    return match_claim(answer, candidates(*(files or (OUTBOUND,))))


def test_a_number_and_a_value_make_a_match_exact() -> None:
    found = matched(FIRST)
    assert found.match.confidence is Confidence.EXACT
    assert found.match.by == ("claim", "charge", "dates", "member", "provider")
    assert found.claim is not None
    assert found.claim.id == "HI-26-0611"


@pytest.mark.parametrize("value", ["charge", "dates", "member", "npi"])
def test_one_value_is_enough_and_none_is_only_likely(value: str) -> None:
    only = AnsweredValues("HI-26-0611", day="20260701")._replace(**{value: getattr(FIRST, value)})
    assert matched(only).match.confidence is Confidence.EXACT
    assert matched(AnsweredValues("HI-26-0611")).match.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("value", "other"), [("charge", "610"), ("dates", ("20260601",)), ("member", "XYZ")]
)
def test_a_value_that_differs_makes_it_likely_if_two_agree(value: str, other: object) -> None:
    found = matched(FIRST._replace(**{value: other}))
    assert found.match.confidence is Confidence.LIKELY
    alone = AnsweredValues("HI-26-0611", npi=FIRST.npi)._replace(**{value: other})
    assert matched(alone).match.confidence is Confidence.NONE


def test_a_reused_number_is_not_the_claim_with_other_values() -> None:
    other = FIRST._replace(charge="12", dates=("20250101",), member="ELSE")
    assert matched(other).match.confidence is Confidence.NONE


@pytest.mark.parametrize("answered", ["hi-26-0611", " HI-26-0611", "HI-26-06"])
def test_another_form_of_the_number_is_likely(answered: str) -> None:
    data = OUTBOUND.replace(b"HI-26-0611", b"hi-26-0611") if answered.islower() else OUTBOUND
    found = matched(FIRST._replace(claim=answered.upper()), data)
    assert found.match.confidence is Confidence.LIKELY
    assert found.claim is not None
    assert found.claim.id.upper() == "HI-26-0611"


def test_a_cut_number_that_nothing_supports_is_none() -> None:
    assert matched(AnsweredValues("HI-26-06")).match.confidence is Confidence.NONE


def test_two_claims_that_agree_are_ambiguous_unless_the_batch_tells() -> None:
    found = matched(FIRST, OUTBOUND, AGAIN)
    assert (found.match.confidence, found.match.candidates) == (Confidence.AMBIGUOUS, 2)
    assert found.claim is None
    assert [claim.set.path for claim in found.others] == ["0.837", "1.837"]
    told = matched(FIRST._replace(batch="HI20260626B"), OUTBOUND, AGAIN)
    assert told.match.confidence is Confidence.EXACT
    assert told.match.by[-1] == "batch"
    assert told.claim is not None
    assert told.claim.set.path == "1.837"


def test_the_same_file_twice_is_one_claim() -> None:
    assert matched(FIRST, OUTBOUND, OUTBOUND).match.confidence is Confidence.EXACT


def test_a_claim_that_was_sent_after_the_answer_is_no_candidate() -> None:
    found = matched(FIRST, OUTBOUND, LATER)
    assert found.match.confidence is Confidence.EXACT
    assert found.claim is not None
    assert found.claim.set.path == "0.837"
    assert [claim.set.path for claim in found.later] == ["1.837"]
    assert matched(FIRST, LATER).match.confidence is Confidence.NONE


def test_clocks_of_the_same_day_are_not_compared() -> None:
    assert matched(FIRST._replace(day="20260626")).match.confidence is Confidence.EXACT
    assert matched(FIRST._replace(day="20260625")).match.confidence is Confidence.NONE


def test_a_copy_of_the_answer_s_day_that_was_made_later_was_sent_again() -> None:
    copy = AGAIN.replace(b"20260626*1730", b"20260626*1900")
    told = matched(FIRST._replace(day="20260626", batch="HI20260626A"), OUTBOUND, copy)
    assert [claim.set.path for claim in told.later] == ["1.837"]


# sets

ACK = AnsweredSet("HC", "416", "0001", "CLEARBRIDGE", "HARBORINFUSION", day="20260627")


def proof(sent: SentSet, ordinal: int, tag: str, claim: str) -> NamedPlace:
    lines = OUTBOUND.split(b"~\n")[2:]
    if lines[ordinal - 1].split(b"*")[0].decode() == tag:
        return NamedPlace.SEGMENT
    return NamedPlace.CLAIM if claim and claim.encode() in OUTBOUND else NamedPlace.NOWHERE


def test_a_set_is_found_by_its_group_and_number() -> None:
    found = match_set(ACK, sets_of(OUTBOUND), proof)
    assert found.match.confidence is Confidence.EXACT
    assert found.match.by == ("group", "transaction", "parties")
    assert match_set(ACK._replace(group="417"), sets_of(OUTBOUND), proof).set is None
    assert match_set(ACK._replace(number="0002"), sets_of(OUTBOUND), proof).set is None
    assert match_set(ACK._replace(function="HS"), sets_of(OUTBOUND), proof).set is None


def test_other_parties_are_only_likely_unless_segments_prove_the_file() -> None:
    foreign = ACK._replace(sender="SOMEONE")
    assert match_set(foreign, sets_of(OUTBOUND), proof).match.confidence is Confidence.LIKELY
    proven = foreign._replace(tags=((103, "NM1", ""), (100, "PWK", "")))
    found = match_set(proven, sets_of(OUTBOUND), proof)
    assert found.match == (Confidence.EXACT, ("group", "transaction", "segments"), 0)
    refuted = ACK._replace(tags=((103, "DTP", ""),))
    assert match_set(refuted, sets_of(OUTBOUND), proof).match.confidence is Confidence.NONE
    counted = ACK._replace(tags=((103, "DTP", "HI-26-0615"),))
    found = match_set(counted, sets_of(OUTBOUND), proof)
    assert found.match.confidence is Confidence.LIKELY
    assert found.match.by[-1] == "claims"


def test_a_group_number_used_again_is_ambiguous() -> None:
    found = match_set(ACK, sets_of(OUTBOUND, AGAIN), proof)
    assert (found.match.confidence, len(found.others)) == (Confidence.AMBIGUOUS, 2)


# routes


@pytest.mark.parametrize(
    ("answer", "route"),
    [
        (("277CA", "A7"), "new-claim"),
        (("277CA", "A3"), "new-claim"),
        (("277CA", "A2"), "wait"),
        (("277CA", "A4"), LOOK),
        (("277CA", "F1"), LOOK),
        (("999", "R"), "new-claim"),
        (("999", "E"), "wait"),
        (("TA1", "R", "001"), "resend"),
        (("TA1", "E", "001"), "wait"),
        (("TA1", "R", "025"), "resend"),
    ],
)
def test_the_first_row_that_fits_is_the_route(answer: tuple[str, ...], route: str) -> None:
    assert route_of(*answer) == route


def test_a_claim_that_no_error_names_goes_again_and_one_that_arrived_does_not() -> None:
    assert route_of("999", "R", is_named=False) == "resend"
    assert route_of("TA1", "R", "025", arrived=True) == "none"


def test_a_code_that_nobody_knows_is_only_received() -> None:
    assert status_of("277CA", "A7") is Status.REJECTED
    assert status_of("277CA", "Z9") is Status.RECEIVED
