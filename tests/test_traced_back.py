"""What pyx12 answers to single faults leads back to what edi-lint finds, and generated answers to
the claims that they are about.

EDI_LINT_ALL_ANSWERS=1 tries every single fault; without it one in eight.
"""

from __future__ import annotations

import io
import logging
import os
import re
from pathlib import Path

import pytest

import edi_lint
from benchmarks.answers import renumbered, write_answers
from benchmarks.generate import main as generate
from edi_lint.responses import read_answers
from edi_lint.tracing.model import Confidence
from single_faults import FAULTS
from single_faults.model import Case, edited

CASES = FAULTS if os.environ.get("EDI_LINT_ALL_ANSWERS") else FAULTS[::8]
OTHERS = {
    "group-names-another-guide": "pyx12 reads the set by GS08, as an institutional claim",
    "every-label-of-another-kind": "pyx12 reads the set by its labels, as another kind of set",
    "no-se": "pyx12 misses the SE at the GE, which is in no set",
}
"""Cases in which pyx12 answers about something else, and why."""


def pyx12_answer(data: bytes) -> bytes:
    """The 999 that pyx12's validator writes."""
    from pyx12.errors import EngineError
    from pyx12.params import ParamsBase
    from pyx12.x12n_document import x12n_document

    logging.disable(logging.CRITICAL)
    written = io.StringIO()
    try:
        x12n_document(ParamsBase(), io.StringIO(data.decode("latin-1")), written, None)
    except EngineError:
        return b""
    finally:
        logging.disable(logging.NOTSET)
    return written.getvalue().encode("latin-1")


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.name) for c in CASES if c.name not in OTHERS]
)
def test_an_answer_leads_back_to_what_is_found_there(case: Case, tmp_path: Path) -> None:
    data, _ = edited(case)
    answer = pyx12_answer(data)
    if b"IK3*" not in answer:
        return
    sent = tmp_path / "sent.837"
    sent.write_bytes(data)
    trace = edi_lint.trace([answer], [sent])
    found = {finding.code for finding in edi_lint.check(data).findings}
    events = {
        (event.byte_start, event.segment): event
        for one in (*trace.claims, *trace.sets)
        for event in one.events
        if event.segment in ("IK3", "IK4")
    }
    assert len(events) >= answer.count(b"IK3*")
    for event in events.values():
        assert event.place is not None
        rules = {rule.code for rule in event.rules if rule.found}
        assert rules, event.codes
        assert rules <= found


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two sent files, with some claim numbers in both."""
    folder = tmp_path_factory.mktemp("sent")
    files = []
    taken: list[bytes] = []
    for seed in (11, 12):
        path = folder / f"{seed}.837"
        generate([str(path), "--mb", "0.05", "--seed", str(seed)])
        data = renumbered(path.read_bytes(), seed, taken)
        taken = re.findall(rb"~CLM\*([^*]+)\*", data)[:40]
        path.write_bytes(data)
        files.append(path)
    first, second = files
    return first, second


def test_generated_answers_lead_to_the_claims_that_they_are_about(sent: tuple[Path, Path]) -> None:
    counts = dict.fromkeys(Confidence, 0)
    total = 0
    for name, data, truth in write_answers(sent[1].read_bytes(), seed=7):
        if not name.startswith("277ca"):
            continue
        batches = [b for i in read_answers(data).interchanges for b in i.batches]
        answered = [c for b in batches for p in b.providers for c in p.claims]
        trace = edi_lint.trace([data], sent)
        claims = {e.byte_start: c for c in trace.claims for e in c.events if e.is_direct}
        for one, true in zip(answered, truth, strict=True):
            total += 1
            claim = claims.get(one.statuses[0].byte_start)
            if claim is not None:
                assert (claim.sent.set.path, claim.sent.start) == (str(sent[1]), true.start), name
                counts[claim.match.confidence] += 1
    assert total > 500
    assert sum(counts.values()) >= 0.98 * total
    assert counts[Confidence.EXACT] > 0.8 * total


def test_answers_about_another_file_lead_nowhere(sent: tuple[Path, Path]) -> None:
    for name, data, _ in write_answers(sent[1].read_bytes(), seed=7):
        trace = edi_lint.trace([data], sent[:1])
        assert [c.sent.id for c in trace.claims] == [], name
        assert trace.sets == [], name
