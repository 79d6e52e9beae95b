"""Receivers' answers: what is read of them, also where they are damaged."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import edi_lint
from conftest import CORPUS
from edi_lint.responses import Answers, BatchAnswer, ClaimAnswer, SetAnswer, read_answers
from edi_lint.x12.reader import pieces

ISA = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*SENDER         *260615*0915*^*00501*"
    "000000021*0*P*:~"
)
TA1 = "TA1*000000007*260610*0915*R*024~"
ACK = (
    "GS*FA*PAYER*SENDER*20260615*0915*1*X*005010X231A1~ST*999*0001*005010X231A1~"
    "AK1*HC*17*005010X222A1~AK2*837*0001*005010X222A1~IK3*DTP*33*2400*8~CTX*CLM01:HI-26-0615~"
    "CTX*SITUATIONAL TRIGGER*CLM*19*2300*5:3~IK4*3*1251*8*2026061~IK5*R*5*I5~"
    "AK2*837*0002*005010X222A1~IK5*A~AK9*P*2*2*1~SE*11*0001~GE*1*1~"
)
CLAIMS = (
    "GS*HN*PAYER*SENDER*20260615*0915*2*X*005010X214~ST*277*0001*005010X214~"
    "BHT*0085*08*ANSWER1*20260615*0915*TH~HL*1**20*1~NM1*PR*2*PAYER*****PI*P1~TRN*1*X~"
    "DTP*050*D8*20260615~DTP*009*D8*20260615~HL*2*1*21*1~NM1*41*2*SENDER*****46*S1~TRN*2*BATCH1~"
    "STC*A1:19:PR*20260615*WQ*200~QTY*90*1~QTY*AA*1~AMT*YU*100~AMT*YY*100~HL*3*2*19*1~"
    "NM1*85*2*SUPPLY*****XX*1002456386~TRN*1*0~STC*A1:19*20260615*WQ*200~QTY*QA*1~QTY*QC*1~"
    "AMT*YU*100~AMT*YY*100~HL*4*3*PT~NM1*QC*1*DOE*JANE****MI*MEMBER77~TRN*2*HI-26-0614~"
    "STC*A2:20*20260615*WQ*100~REF*1K*PCN1~DTP*472*D8*20260601~HL*5*3*PT~"
    "NM1*QC*1*ROE*RICHARD****MI*MEMBER78~TRN*2*HI-26-0615~"
    "STC*A7:562:82*20260615*U*100******A7:128:85~REF*D9*CH1~DTP*472*RD8*20260601-20260602~"
    "SVC*HC:A4306:GY*100***UN*1~STC*A7:453*20260615*U~REF*FJ*L1~DTP*472*D8*20260601~SE*38*0001~"
    "GE*1*2~"
)
IEA = "IEA*2*000000021~"
WHOLE = (ISA + TA1 + ACK + CLAIMS + IEA).encode()


def only_batch(data: bytes) -> BatchAnswer:
    answers = read_answers(data)
    (batch,) = [b for i in answers.interchanges for b in i.batches]
    return batch


def claims_of(answers: Answers) -> Iterator[ClaimAnswer]:
    for interchange in answers.interchanges:
        for batch in interchange.batches:
            for provider in batch.providers:
                yield from provider.claims


def sets_of(answers: Answers) -> Iterator[SetAnswer]:
    for interchange in answers.interchanges:
        for group in interchange.groups:
            yield from group.sets


def test_a_file_may_have_every_kind_of_answer() -> None:
    answers = read_answers(WHOLE)
    assert (answers.kinds, answers.unplaced, answers.problems) == (["TA1", "999", "277CA"], 0, [])
    (interchange,) = answers.interchanges
    assert (interchange.control_number, interchange.date, interchange.sender) == (
        "000000021",
        "20260615",
        "PAYER",
    )
    (ta1,) = interchange.acknowledgments
    assert (ta1.control_number, ta1.status, ta1.code) == ("000000007", "R", "024")
    assert WHOLE[ta1.byte_start : ta1.byte_end] == TA1.encode()[:-1]


def test_a_999_names_segment_and_element() -> None:
    answers = read_answers(WHOLE)
    rejected, accepted = sets_of(answers)
    assert (rejected.control_number, rejected.status, rejected.codes) == ("0001", "R", ("5", "I5"))
    assert (accepted.status, accepted.errors) == ("A", [])
    (error,) = rejected.errors
    assert (error.tag, error.ordinal, error.loop, error.code) == ("DTP", 33, "2400", "8")
    unit, trigger = error.contexts
    assert (unit.name, unit.value) == ("CLM01", "HI-26-0615")
    assert (trigger.name, trigger.tag, trigger.ordinal) == ("SITUATIONAL TRIGGER", "CLM", 19)
    assert (trigger.loop, trigger.element, trigger.component) == ("2300", 5, 3)
    (element,) = error.elements
    assert (element.element, element.data_element, element.code) == (3, "1251", "8")
    ((group,),) = [i.groups for i in answers.interchanges]
    assert (group.control_number, group.status) == ("17", "P")
    assert (group.sent, group.received, group.accepted) == (2, 2, 1)


def test_a_277ca_names_batch_claims_and_lines() -> None:
    batch = only_batch(WHOLE)
    assert (batch.batch, batch.source, batch.payer) == ("BATCH1", "payer", "P1")
    assert [(t.kind, t.value) for t in batch.totals] == [
        ("90", "1"),
        ("AA", "1"),
        ("YU", "100"),
        ("YY", "100"),
    ]
    (provider,) = batch.providers
    assert (provider.npi, len(provider.totals)) == ("1002456386", 4)
    good, bad = provider.claims
    assert (good.claim, good.payer_claim_number, good.member_id) == (
        "HI-26-0614",
        "PCN1",
        "MEMBER77",
    )
    assert [s.codes for s in bad.statuses] == [("A7:562:82", "A7:128:85")]
    assert (bad.clearinghouse_number, bad.dates) == ("CH1", ("20260601-20260602",))
    (line,) = bad.lines
    assert (line.procedure, line.modifiers, line.reference) == ("A4306", ("GY",), "L1")
    assert [s.codes for s in line.statuses] == [("A7:453",)]


def test_no_member_is_in_a_repr() -> None:
    shown = repr(read_answers(WHOLE))
    assert "MEMBER7" not in shown
    assert "DOE" not in shown


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("HL*4*3*PT~", "HL*4*3*22~"),
        ("HL*4*3*PT~", "HL*4*3*23~"),
        ("STC*A2:20*", "STC*A9:999:ZZ*"),
        ("REF*1K*PCN1~", "REF*QQ*X~REF*1K*PCN1~"),
        ("NM1*QC*1*DOE*JANE****MI*MEMBER77~", ""),
        ("DTP*472*D8*20260601~HL", "HL"),
        ("STC*A1:19*20260615*WQ*200~", ""),
        ("TRN*1*0~", ""),
    ],
)
def test_a_claim_is_read_where_the_guide_is_not_followed(old: str, new: str) -> None:
    text = WHOLE.decode()
    assert text.count(old) == 1
    answers = read_answers(text.replace(old, new).encode())
    assert [c.claim for c in claims_of(answers)] == ["HI-26-0614", "HI-26-0615"]
    assert answers.unplaced == 0


def test_what_has_no_place_is_counted() -> None:
    data = WHOLE.replace(b"REF*1K*PCN1~", b"REF*1K*PCN1~ZZZ*1~SV1*HC:A4306~")
    assert read_answers(data).unplaced == 2


def test_a_997_is_read_as_a_999() -> None:
    data = WHOLE.decode()
    for old, new in (("IK3*", "AK3*"), ("IK4*", "AK4*"), ("IK5*", "AK5*"), ("ST*999", "ST*997")):
        data = data.replace(old, new)
    answers = read_answers(data.encode())
    assert answers.kinds == ["TA1", "997", "277CA"]
    read = [one.errors for one in sets_of(answers)]
    assert read == [one.errors for one in sets_of(read_answers(WHOLE))]


@pytest.mark.parametrize("guide", ["005010X212", "005010X213", "005010X364"])
def test_another_277_is_named_and_skipped(guide: str) -> None:
    answers = read_answers((ISA + CLAIMS.replace("005010X214", guide) + IEA).encode())
    assert [(s.type, s.guide) for s in answers.skipped] == [("277", guide)]
    assert answers.problems == [f"no TA1, 999, 997 or 277CA is in this file, but 277 {guide}"]


def test_what_is_no_answer_is_said() -> None:
    assert read_answers(b"").problems == ["no ISA segment: this is not an X12 interchange"]
    claim = ISA + "GS*HC*A*B*20260610*0915*1*X*005010X222A1~ST*837*0001*NAME~SE*1*0001~" + IEA
    (said,) = read_answers(claim.encode()).problems
    assert said == "no TA1, 999, 997 or 277CA is in this file, but 837"


def test_the_library_raises_where_there_is_no_answer() -> None:
    assert edi_lint.answers(WHOLE) == read_answers(WHOLE)
    with pytest.raises(edi_lint.NoAnswersError, match="not an X12 interchange"):
        edi_lint.answers(b"nothing")


def test_an_answer_without_isa_is_read(tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_bytes((ACK + CLAIMS).encode())
    answers = read_answers(path)
    assert (answers.path, answers.kinds) == (str(path), ["999", "277CA"])
    assert answers.problems == [
        "the ISA is missing or damaged: who answers, and when, is not known"
    ]


def test_a_status_under_the_source_alone_is_a_claims() -> None:
    data = (
        ISA + "GS*HN*P*S*20260615*0915*2*X*005010X214~ST*277*0001*005010X214~"
        "BHT*0085*08*A1*20260615*0915*TH~HL*1**20*1~TRN*2*CLM001*1512345678~"
        "STC*A1:19:PR*20260615*WQ*250~SE*6*0001~GE*1*2~" + IEA
    )
    (claim,) = claims_of(read_answers(data.encode()))
    assert (claim.claim, claim.charge, claim.statuses[0].codes) == ("CLM001", "250", ("A1:19:PR",))


def test_damaged_answers_are_read_without_losing_a_segment() -> None:
    """Whatever happens to a byte or a segment: no error, and every segment is read or counted."""
    draw = random.Random(20261201)
    segments = WHOLE.split(b"~")[:-1]
    for _ in range(600):
        kind = draw.choice(("cut", "byte", "drop", "double", "swap", "separator"))
        made = list(segments)
        at = draw.randrange(1, len(made))
        if kind == "drop":
            del made[at]
        elif kind == "double":
            made.insert(at, made[at])
        elif kind == "swap":
            other = draw.randrange(1, len(made))
            made[at], made[other] = made[other], made[at]
        data = b"~".join(made) + b"~"
        if kind == "cut":
            data = data[: draw.randrange(len(data))]
        elif kind == "byte":
            place = draw.randrange(len(data))
            data = data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :]
        elif kind == "separator":
            data = data.replace(b":", draw.choice((b"|", b">", b"\\")))
        answers = read_answers(data)
        if kind in ("drop", "double"):
            claims, sets = list(claims_of(answers)), list(sets_of(answers))
            assert len(claims) >= 2 or b"TRN*2*HI" in segments[at]
            assert len(sets) >= 2 or b"AK2" in segments[at]


# the corpus


def read_corpus() -> list[Answers]:
    folders = ("999", "ta1", "277ca")
    return [read_answers(f) for d in folders for f in sorted((CORPUS / d).iterdir())]


@pytest.mark.usefixtures("corpus")
def test_every_answer_of_the_corpus_is_read_or_refused_with_a_reason() -> None:
    found = read_corpus()
    kinds = Counter(kind for answers in found for kind in answers.kinds)
    assert kinds == {"999": 16, "TA1": 10, "277CA": 7}
    refused = [a for a in found if not a.kinds]
    assert len(refused) == 2
    assert all("277 005010X364" in a.problems[-1] for a in refused)
    assert sum(len(list(claims_of(a))) for a in found) == 9
    assert sum(len(list(sets_of(a))) for a in found) == 26
    assert sum(len(s.errors) for a in found for s in sets_of(a)) == 9
    assert sum(a.unplaced for a in found) == 2


@pytest.mark.usefixtures("corpus")
def test_every_segment_of_the_corpus_is_what_its_range_says() -> None:
    for answers in read_corpus():
        data = Path(answers.path).read_bytes()
        starts = {p.start: p.raw for p in pieces(data)} if b"ISA" in data else {}
        for claim in claims_of(answers):
            assert starts[claim.byte_start][:3] == b"TRN"
            assert claim.claim.encode() in starts[claim.byte_start]
        for one in sets_of(answers):
            assert starts[one.byte_start][:3] in (b"AK2", b"IK5", b"AK5")
