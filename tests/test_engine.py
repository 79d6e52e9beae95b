"""The engine places segments, reports one fault for one fault, and never fails on any input."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, valid_fixtures
from edi_lint.engine import Block, BlockKind, Engine
from edi_lint.engine.elements import acceptor, check
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.x12 import CHUNK, NotX12Error, Segment
from mutants import mutants

PLAIN = Example().file()


def blocks(data: bytes) -> list[Block]:
    return list(Engine(io.BytesIO(data)).blocks())


def faults(data: bytes) -> list[str]:
    """Each fault as CODE TAG, in the order found."""
    return [f"{f.code.name} {f.segment.tag}" for b in blocks(data) for f in b.faults]


def without(data: bytes, *segments: bytes) -> bytes:
    """The file without some of its segments; SE01 goes along."""
    for segment in segments:
        start = data.index(b"\n" + segment) + 1
        data = data[:start] + data[data.index(b"\n", start) + 1 :]
    count = data[data.index(b"ST*") : data.index(b"GE*")].count(b"~")
    start = data.index(b"SE*") + 3
    return data[:start] + str(count).encode() + data[data.index(b"*", start) :]


def test_every_segment_of_a_valid_file_has_its_place() -> None:
    for path in valid_fixtures():
        for block in blocks(path.read_bytes()):
            if block.context.transaction:
                assert 0 not in block.nodes, (path.name, block.segments)


def test_blocks_hold_every_segment_once_and_in_order() -> None:
    for path in valid_fixtures():
        data = path.read_bytes()
        segments = [s for b in blocks(data) for s in b.segments]
        assert [s.start for s in segments] == sorted(s.start for s in segments)
        assert all(data[s.start : s.end] == s.raw for s in segments)
        assert len(segments) == sum(len(b) for b in blocks(data))


def test_a_claim_knows_the_levels_around_it() -> None:
    data = (FIXTURES / "valid" / "dependent.837").read_bytes()
    claim = next(b for b in blocks(data) if b.kind is BlockKind.CLAIM)
    context = claim.context
    assert context.billing and context.subscriber and context.patient
    levels = [b.segment(0).value(3) for b in (context.billing, context.subscriber, context.patient)]
    assert levels == ["20", "22", "23"]


@pytest.mark.parametrize(
    ("missing", "fault"),
    [
        (b"BHT", "SEGMENT_MISSING NM1"),
        (b"NM1*41", "SEGMENT_MISSING PER"),
        (b"HL*1", "SEGMENT_MISSING NM1"),
        (b"NM1*85", "SEGMENT_MISSING N3"),
        (b"N3*1", "SEGMENT_MISSING N4"),
        (b"HL*2", "SEGMENT_MISSING SBR"),
        (b"SBR", "SEGMENT_MISSING NM1"),
        (b"NM1*PR", "LOOP_MISSING CLM"),
        (b"CLM", "SEGMENT_MISSING HI"),
        (b"HI", "SEGMENT_MISSING LX"),
        (b"LX", "SEGMENT_MISSING SV1"),
        (b"SV1", "SEGMENT_MISSING DTP"),
        (b"DTP", "SEGMENT_MISSING SE"),
    ],
)
def test_a_missing_segment_is_one_fault(missing: bytes, fault: str) -> None:
    assert faults(without(PLAIN, missing)) == [fault]


def test_a_missing_claim_line_is_a_missing_loop() -> None:
    assert faults(without(PLAIN, b"LX", b"SV1", b"DTP")) == ["LOOP_MISSING SE"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"SBR*P", b"SBX*P", "SEGMENT_UNRECOGNIZED SBX"),
        (b"CLM*EX", b"CLX*EX", "SEGMENT_UNRECOGNIZED CLX"),
        (b"NM1*85", b"NM1*8X", "BAD_CODE NM1"),
        (b"REF*EI", b"REF*QQ", "BAD_CODE REF"),
        (b"HL*2*1*22", b"HL*2*1*29", "BAD_CODE HL"),
        (b"LX*1~\n", b"LX*1~\nLX*1~\n", "SEGMENT_REPEATS LX"),
        (b"BHT*0019", b"ZZZ*1~\nBHT*0019", "SEGMENT_UNRECOGNIZED ZZZ"),
        (b"LX*1", b"PRV*BI*PXC*207Q00000X~\nLX*1", "SEGMENT_ORDER PRV"),
        (b"HI*ABK", b"~HI*ABK", "EMPTY_SEGMENT "),
    ],
)
def test_a_spoilt_segment_is_one_fault(old: bytes, new: bytes, fault: str) -> None:
    data = PLAIN.replace(old, new, 1)
    assert [f for f in faults(data) if not f.startswith("SE_COUNT")] == [fault]


@pytest.mark.parametrize("tag", [b"CLM*", b"HL*", b"LX*", b"SBR*", b"NM1*IL", b"HI*ABK", b"SV1*"])
@pytest.mark.parametrize("base", ["three-claims", "dependent", "medicare-gy", "drug-lin", "many"])
def test_a_missing_segment_anywhere_is_one_fault(base: str, tag: bytes) -> None:
    """Whichever claim, level or line it is of: what follows is read as if it had been there."""
    segments = (FIXTURES / "valid" / f"{base}.837").read_bytes().split(b"~\n")
    for number, segment in enumerate(segments):
        if segment.startswith(tag):
            data = b"~\n".join(segments[:number] + segments[number + 1 :])
            found = [f for f in faults(data) if not f.startswith("SE_COUNT")]
            assert len(found) == 1 or (len(found) == 2 and segment[:2] == b"HL"), (segment, found)


def test_a_whole_missing_level_is_one_fault() -> None:
    segments = (FIXTURES / "valid" / "dependent.837").read_bytes().split(b"~\n")
    first = next(n for n, s in enumerate(segments) if s.startswith(b"HL*2"))
    last = next(n for n, s in enumerate(segments) if s.startswith(b"HL*3"))
    data = b"~\n".join(segments[:first] + segments[last:])
    assert faults(data) == ["SEGMENT_MISSING HL", "SE_COUNT SE"]
    claim = next(b for b in blocks(data) if b.kind is BlockKind.CLAIM)
    assert claim.context.subscriber is None


def test_a_missing_line_number_does_not_hide_a_wrong_child_flag() -> None:
    data = (FIXTURES / "valid" / "three-claims.837").read_bytes()
    wrong = data.replace(b"HL*3*1*22*0", b"HL*3*1*22*1").replace(b"LX*1~\n", b"", 1)
    found = [f for f in faults(wrong) if not f.startswith("SE_COUNT")]
    assert found == ["SEGMENT_MISSING SV1", "HL_CHILD HL"]


def below(*claims: int) -> bytes:
    """The plain file with a subscriber more for each number, and so many claims below it."""
    text = PLAIN.decode()
    level = text[text.index("HL*2*") : text.index("CLM*")]
    claim = text[text.index("CLM*") : text.index("SE*")]
    added = "".join(
        level.replace("HL*2*", f"HL*{number}*") + claim * count
        for number, count in enumerate(claims, 3)
    )
    return without(text.replace("SE*", f"{added}SE*", 1).encode())


def test_a_subscriber_without_a_claim_is_a_fault() -> None:
    assert faults(below(1, 2, 1)) == []
    assert faults(below(0, 1)) == ["CLAIM_OF_LEVEL HL"]
    assert faults(below(1, 0, 0, 1, 0)) == ["CLAIM_OF_LEVEL HL"] * 3
    announced = below(1).replace(b"HL*3*1*22*0", b"HL*3*1*22*1")
    assert faults(announced) == ["HL_CHILD HL"]


def test_a_set_without_a_claim_is_a_fault() -> None:
    claim = [line for line in PLAIN.split(b"\n") if line[:3] in (b"CLM", b"HI*", b"LX*", b"SV1")]
    none = without(PLAIN, *claim, b"DTP*472")
    assert faults(none) == ["CLAIM_OF_SET HL"]
    assert faults(none.replace(b"X222A1", b"X098A1").replace(b"005010", b"004010"))[-1:] != [
        "CLAIM_OF_SET HL"
    ]
    unclosed = none[: none.index(b"SE*")] + none[none.index(b"GE*") :]
    assert faults(unclosed) == ["CLAIM_OF_SET HL", "SE_MISSING GE"]


@pytest.mark.parametrize("damaged", [b"CLN*", b"CLM EX", b""])
def test_what_became_of_a_damaged_claim_is_said_once(damaged: bytes) -> None:
    found = faults(PLAIN.replace(b"CLM*", damaged, 1) if damaged else without(PLAIN, b"CLM*"))
    assert len([f for f in found if f.startswith("CLAIM_OF")]) == 0
    assert found


@pytest.mark.parametrize("chunk", [1, 64, 700])
def test_the_size_of_chunks_changes_no_fault(chunk: int) -> None:
    """Not even where recovery looks at the segment that comes next."""
    data = (FIXTURES / "valid" / "dependent.837").read_bytes()
    for mutant in mutants("dependent", data, 118, 2):
        read = Engine(io.BytesIO(mutant.data), chunk).blocks()
        found = [(f.code, f.segment.start, f.element) for b in read for f in b.faults]
        whole = [
            (f.code, f.segment.start, f.element) for b in blocks(mutant.data) for f in b.faults
        ]
        assert found == whole, mutant.kind


def test_loops_of_one_position_stand_in_any_order() -> None:
    names = [b"NM1*%s*1*A*B~\n" % role for role in (b"DQ", b"82", b"DN")]
    data = PLAIN.replace(b"LX*1", b"".join(names) + b"LX*1")
    assert faults(data) == ["SE_COUNT SE"]


def test_the_order_of_other_payers_providers_is_free() -> None:
    data = (FIXTURES / "valid" / "cob.837").read_bytes()
    loops = b"NM1*85*2~\nREF*G2*A1~\nNM1*DQ*1~\nREF*G2*A2~\nNM1*82*1~\nREF*G2*A3~\n"
    changed = data.replace(b"LX*1~", loops + b"LX*1~", 1)
    assert [f for f in faults(changed) if not f.startswith("SE_COUNT")] == []


def test_an_interchange_cut_off_by_the_next_is_one_fault() -> None:
    cut = PLAIN[: PLAIN.index(b"NM1*85") + 9]
    assert faults(cut + b"\n" + PLAIN.replace(b"000000001", b"000000002")) == ["UNTERMINATED ISA"]


@pytest.mark.parametrize("after", [b"\x1a", b"\r\n\x1a\r\n", b" " * 1_100_000])
def test_blanks_after_the_end_are_no_fault(after: bytes) -> None:
    assert faults(PLAIN + after) == []


@pytest.mark.parametrize(
    "value", [b"CLM*   *", b"HL*2* *22", b"HL*A*1*22", b"HL*5555555555*1*22", b"LX*-2"]
)
def test_a_value_that_is_no_value_is_a_fault(value: bytes) -> None:
    old = {b"C": b"CLM*EX-1*", b"H": b"HL*2*1*22", b"L": b"LX*1"}[value[:1]]
    assert len(faults(PLAIN.replace(old, value, 1))) == 1


def test_a_run_of_terminators_is_one_fault() -> None:
    assert faults(PLAIN.replace(b"LX*1~", b"LX*1~" + b"~" * 5000)) == ["EMPTY_SEGMENT "]


def test_single_faults_seldom_give_more_than_one_fault() -> None:
    """A floor under what recovery reaches: 95 of 100 mutants give at most one fault."""
    several = total = 0
    for base in ("minimal", "many", "dependent", "cob", "medicare-gy"):
        data = (FIXTURES / "valid" / f"{base}.837").read_bytes()
        for mutant in mutants(base, data, 120, 5):
            total += 1
            several += len(faults(mutant.data)) > 1
    assert total == 600
    assert several <= total * 0.05


def test_line_breaks_and_delimiters_change_no_fault() -> None:
    data = without(PLAIN, b"HI")
    expected = faults(data)
    bare = data.replace(b"\n", b"")
    assert faults(bare) == expected
    assert faults(data.replace(b"\n", b"\r\n")) == expected
    assert faults(bare.translate(bytes.maketrans(b"*:^~", b"|>!\n"))) == expected
    wrapped = b"\n".join(bare[n : n + 80] for n in range(0, len(bare), 80))
    assert [f for f in faults(wrapped) if "LINE_BREAK" not in f] == expected


def test_a_set_that_is_no_837p_is_skipped() -> None:
    kinds = {b.kind for b in blocks((FIXTURES / "other" / "835.edi").read_bytes())}
    assert BlockKind.SKIPPED in kinds
    assert BlockKind.CLAIM not in kinds
    result = Linter().check(FIXTURES / "other" / "mixed.837").files[0]
    assert result.claims >= 1
    assert [(s.type, s.count) for s in result.skipped_sets()] == [("835", 1)]


def test_what_the_acceptor_takes_has_no_fault() -> None:
    """The quick expression and the exact check agree wherever the expression says yes."""
    taken = 0
    for base in ("many", "cob", "4010"):
        data = (FIXTURES / "valid" / f"{base}.837").read_bytes()
        for mutant in mutants(base, data, 50, 3):
            for block in blocks(mutant.data):
                transaction = block.context.transaction
                if transaction is None or transaction.grammar is None:
                    continue
                for segment in block.segments:
                    node = transaction.grammar.segment_node(segment.node)
                    if node and acceptor(node.spec, segment.delimiters).match(segment.raw):
                        taken += 1
                        assert check(node.spec, segment) == [], segment.raw
    assert taken > 5_000


@given(
    st.text(alphabet="A1 :*^~.-/é\x01", max_size=30),
    st.sampled_from(["SV1", "NM1", "N4", "DTP", "CLM", "PWK", "HL"]),
)
def test_the_acceptor_is_never_wrong(tail: str, tag: str) -> None:
    block = next(b for b in blocks(PLAIN) if b.kind is BlockKind.CLAIM)
    assert block.context.transaction and block.context.transaction.grammar
    raw = f"{tag}*{tail}".encode("latin-1").replace(b"~", b"")
    for node in block.context.transaction.grammar.segment_nodes():
        if node.tag == tag and acceptor(node.spec, block.delimiters).match(raw):
            window = type(block.window)(raw, 0, 1, 0)
            assert check(node.spec, Segment(window, 0, len(raw), block.delimiters)) == []


def lints(data: bytes) -> None:
    """Linting ends with a report, whatever the bytes are; every finding lies inside the file."""
    report = Linter().check(data)
    for finding in report.findings:
        place = finding.location
        assert 0 <= place.byte_start <= place.byte_end <= len(data)
        assert place.line >= 1
        assert place.column >= 1


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_damaged_file_is_linted_all_the_same(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(valid_fixtures()), label="file")
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8), label="times")):
        at = data.draw(st.integers(0, len(damaged) - 1))
        length = data.draw(st.integers(0, 40))
        damaged[at : at + length] = data.draw(st.binary(max_size=12))
    lints(bytes(damaged))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_segments_in_any_order_are_linted_all_the_same(cuts: list[int], random: object) -> None:
    segments = (FIXTURES / "valid" / "many.837").read_bytes().split(b"~\n")[:-1]
    inner = segments[2:-2]
    for cut in cuts:
        cut %= len(inner)
        inner = inner[cut:] + inner[:cut] if cut % 3 else inner[:cut] + inner[cut + 1 :]
    lints(b"~\n".join([*segments[:2], *inner, *segments[-2:]]) + b"~\n")


def test_the_corpus_is_linted_without_failure(corpus: list[Path]) -> None:
    linter = Linter()
    for number, path in enumerate(corpus):
        report = linter.check(path)
        result = report.files[0]
        assert bool(result.error) != bool(result.interchanges), path.name
        if number % 4 == 0:
            lints(path.read_bytes())


def test_memory_is_bounded_by_the_largest_claim() -> None:
    head, rest = PLAIN.split(b"CLM*", 1)
    claim, tail = rest.split(b"SE*", 1)
    claims = b"".join(b"CLM*%d" % n + claim[4:] for n in range(4_000))
    engine = Engine(io.BytesIO(head + claims + b"SE*" + tail), CHUNK // 10)
    largest = max(len(engine.reader.window.data) for _ in engine.blocks())
    assert len(claims) > CHUNK
    assert largest < CHUNK // 2


def test_an_input_without_interchange_is_an_error() -> None:
    with pytest.raises(NotX12Error, match="begins with ST"):
        blocks(b"ST*837*0001~SE*2*0001~")
    with pytest.raises(NotX12Error, match="is empty"):
        blocks(b"")
