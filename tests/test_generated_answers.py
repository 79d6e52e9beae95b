"""The generator of answers: its answers are sound, and what it calls true is."""

from __future__ import annotations

import pytest

from benchmarks.answers import renumbered, sent_sets, write_answers
from conftest import ROOT
from edi_lint.responses import read_answers

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
FILES = {name: (data, truth) for name, data, truth in write_answers(OUTBOUND, seed=3)}


def test_the_sets_of_a_file_are_read() -> None:
    (one,) = sent_sets(OUTBOUND)
    assert len(one.claims) == 5
    assert all(OUTBOUND[c.start : c.start + 4] == b"CLM*" for c in one.claims)
    assert all(OUTBOUND.count(b"~\n") > line.ordinal for c in one.claims for line in c.lines)


@pytest.mark.parametrize("name", FILES)
def test_an_answer_says_what_is_true(name: str) -> None:
    data, truth = FILES[name]
    answers = read_answers(data)
    assert (answers.unplaced, answers.problems, answers.skipped) == (0, [], [])
    found: list[tuple[str, ...]] = []
    for interchange in answers.interchanges:
        for batch in interchange.batches:
            found += [(claim.claim,) for p in batch.providers for claim in p.claims]
        for group in interchange.groups:
            found += [(str(e.ordinal),) for one in group.sets for e in one.errors]
    assert len(found) == len(truth)
    if name.startswith("277ca"):
        assert [claim for (claim,) in found] == [answer.claim for answer in truth]


def test_new_numbers_are_of_many_forms() -> None:
    made = renumbered(b"~CLM*1*2~CLM*3*4~" * 400, 5, [b"TAKEN"])
    numbers = [part.partition(b"*")[0] for part in made.split(b"~CLM*")[1:]]
    assert numbers.count(b"TAKEN") > 10
    assert {n[:4] for n in numbers} >= {b"0000", b"acct", b"HI-2", b"PRAC", b"TAKE"}
