"""Sent files are scanned for headers and claims: what an engine finds in them, without a parse."""

from __future__ import annotations

import io
from itertools import islice

import pytest

from conftest import ROOT
from edi_lint.engine import BlockKind, open_engine
from edi_lint.engine.survey import Survey
from edi_lint.findings.file_result import FileResult
from edi_lint.ledger import sent_sets as scanning
from edi_lint.ledger.keys import KeyForm, WantedClaims, form_of
from edi_lint.ledger.sent_sets import SentClaim, SentSet, sent_sets
from edi_lint.run.drive import Linter
from edi_lint.tracing.claim_spans import claim_spans
from edi_lint.tracing.judged import blocks_in, findings_in, stretches
from edi_lint.tracing.sent_values import sent_values
from edi_lint.x12 import NotX12Error
from edi_lint.x12.encoding import single_bytes

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
FILES = sorted((ROOT / "tests" / "fixtures").rglob("*.837"))
FORMS = {
    "as it is": OUTBOUND,
    "a segment a line, CRLF": OUTBOUND.replace(b"\n", b"\r\n"),
    "one line": OUTBOUND.replace(b"\n", b""),
    "other delimiters": OUTBOUND.replace(b"*", b"|").replace(b"~\n", b"\x1d"),
    "two interchanges": OUTBOUND + OUTBOUND.replace(b"*", b"|"),
    "UTF-16": OUTBOUND.decode().encode("utf-16"),
}


def scanned(data: bytes) -> tuple[list[SentSet], list[SentClaim]]:
    found = list(sent_sets(single_bytes(io.BytesIO(data)), "sent.837", lambda *_: True))
    sets = [one for one in found if isinstance(one, SentSet)]
    return sets, [one for one in found if isinstance(one, SentClaim)]


def engine_claims(data: bytes) -> list[tuple[int, int, str]]:
    found = {}
    for block in open_engine(single_bytes(io.BytesIO(data)), lenient=True).blocks():
        if block.kind is BlockKind.CLAIM and block.claim and block.rest_of is None:
            found.setdefault(block.standing, (block.starts[0], block.claim.number, block.claim.id))
    return list(found.values())


@pytest.mark.parametrize("name", FORMS)
def test_the_scan_finds_the_claims_that_an_engine_finds(name: str) -> None:
    _, claims = scanned(FORMS[name])
    assert [(c.start, c.number, c.id) for c in claims] == engine_claims(FORMS[name])
    assert len(claims) == (10 if name == "two interchanges" else 5)


def test_the_scan_finds_the_claims_of_every_sound_fixture() -> None:
    differing = []
    for path in FILES:
        data = path.read_bytes()
        file = FileResult(path.name)
        try:
            for block in open_engine(io.BytesIO(data), lenient=True).blocks():
                file.count(block)
        except NotX12Error:
            continue
        _, claims = scanned(data)
        if file.checked == file.transactions > 0:
            mine = [(c.start, c.id) for c in claims]
            theirs = [(start, id_) for start, _, id_ in engine_claims(data) if id_]
            if mine != theirs:
                differing.append(path.name)
    assert len(FILES) > 20
    assert differing == []


@pytest.mark.parametrize("window", [400, 1000, 3333])
def test_windows_have_no_say(window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = scanned(OUTBOUND * 3)
    monkeypatch.setattr(scanning, "WINDOW", window)
    for mine, theirs in zip(scanned(OUTBOUND * 3), whole, strict=True):
        assert len(mine) == len(theirs)
        for one, other in zip(mine, theirs, strict=True):
            assert one.header == other.header if isinstance(one, SentSet) else one[1:] == other[1:]


def test_a_set_knows_its_envelopes() -> None:
    (first, second), _ = scanned(FORMS["two interchanges"])
    assert (first.control_number, first.reference, first.sent) == (
        "0001",
        "HI20260626A",
        "20260626",
    )
    assert first.interchange.value(13) == "000000416"
    assert (first.group.value(2), first.group.value(6)) == ("HARBORINFUSION", "416")
    assert (first.interchange.ordinal, second.interchange.ordinal) == (1, 2)
    assert first.stop == second.interchange.at == len(OUTBOUND)


def test_a_cut_before_a_claim_is_the_survey_s() -> None:
    sets, claims = scanned(OUTBOUND)
    survey = Survey(sets[0].delimiters)
    for claim, spans in zip(
        claims, claim_spans(io.BytesIO(OUTBOUND), sets[0], [c.start for c in claims]), strict=True
    ):
        mine = spans.stretches[-1].cut
        theirs = survey.find(OUTBOUND, 0, claim.at)
        assert theirs is not None
        assert mine == theirs._replace(group=theirs.group._replace(segments=0))


def test_what_is_found_of_one_claim_is_what_is_found_of_it_in_the_whole_file() -> None:
    linter = Linter()
    sets, claims = scanned(OUTBOUND)
    whole = {
        f.location: f.code
        for _, found in linter.judged_blocks(io.BytesIO(OUTBOUND), FileResult("-"))
        for f in found
    }
    for claim in claims:
        (spans,) = claim_spans(io.BytesIO(OUTBOUND), sets[0], [claim.start])
        wanted = stretches([], [spans])
        large = 1 << 40
        mine = {
            f.location: f.code
            for _, found in findings_in(linter, io.BytesIO(OUTBOUND), "-", large, wanted)
            for f in found
            if f.location.claim_number == claim.number
        }
        assert mine == {p: c for p, c in whole.items() if p.claim_number == claim.number}
        blocks = list(islice(blocks_in(io.BytesIO(OUTBOUND), large, wanted), 20))
        assert [b for b in blocks if b.starts[:1].tolist() == [claim.start]]


def test_the_values_of_a_claim_are_those_of_its_loops() -> None:
    sets, claims = scanned(OUTBOUND)
    (spans,) = claim_spans(io.BytesIO(OUTBOUND), sets[0], [claims[0].start])
    values = sent_values(io.BytesIO(OUTBOUND), claims[0], spans)
    assert (str(values.charge), values.days) == ("609.5", ("20260615", "20260615"))
    assert (values.members, values.npis) == ({"LKH205518840"}, {"1002456386"})
    assert values.payers == {"LAKESHORE MUTUAL HEALTH", "LKSH1"}
    assert [(line.number, line.procedure, line.reference) for line in values.lines] == [
        ("1", "A4306", "HI260611L1"),
        ("2", "J2795", "HI260611L2"),
    ]


# claim numbers


@pytest.mark.parametrize(
    ("answered", "sent", "form"),
    [
        ("AB-12345678", "AB-12345678", KeyForm.SAME),
        ("AB-12345678 ", "AB-12345678", KeyForm.TRIMMED),
        ("AB-12345678", "ab-12345678", KeyForm.UPPER),
        ("12345", "00012345", KeyForm.ZEROS),
        ("ABCDEFGHIJKLMNOPQRST", "ABCDEFGHIJKLMNOPQRSTUVW", KeyForm.CUT_TO_20),
        ("ABCDEFGH", "ABCDEFGHIJ", KeyForm.CUT),
        ("ABCDEFG", "ABCDEFGHIJ", None),
        ("0", "0", None),
        ("", "", None),
        ("12345", "12346", None),
        ("ABCDEFGHIJKL", "ABCDEFGHIJ", None),
    ],
)
def test_the_forms_of_a_claim_number(answered: str, sent: str, form: KeyForm | None) -> None:
    assert form_of(answered, sent) is form
    wanted = WantedClaims([answered])
    assert wanted.may_be(sent.encode()) or form is None
