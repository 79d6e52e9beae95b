"""The mutant generator gives the same single faults every time, of every kind, and no others."""

from collections import Counter

import pytest

from mutants import KINDS, Mutant, mutants

# Invented people and numbers; two claims, the second for a dependent, and a paperwork line.
SEGMENTS = """\
ISA*00*          *00*          *ZZ*WILLOWBILLING  *ZZ*EASTPLAN       *260105*0930*^*00501*000000042*0*T*:
GS*HC*WILLOWBILLING*EASTPLAN*20260105*0930*7*X*005010X222A1
ST*837*0001*005010X222A1
BHT*0019*00*B2026A*20260105*0930*CH
NM1*41*2*WILLOW BILLING*****46*WB4417
PER*IC*ODA FENWICK*TE*6145550100*EM*ODA@WILLOW.EXAMPLE
NM1*40*2*EAST PLAN*****46*EP0001
HL*1**20*1
PRV*BI*PXC*207Q00000X
NM1*85*2*WILLOW CLINIC*****XX*1234567893
N3*12 ALDER LANE*SUITE 4
N4*GAHANNA*OH*432300000
REF*EI*311234567
HL*2*1*22*1
SBR*P********CI
NM1*IL*1*TARN*MIRA*B***MI*EP55501
N3*8 BIRCH ROAD
N4*GAHANNA*OH*43230
DMG*D8*19790412*F
NM1*PR*2*EAST PLAN*****PI*EP0001
CLM*W1001*185.5***11:B:1*Y*A*Y*Y
DTP*431*D8*20260102
PWK*OZ*BM***AC*W1001A
REF*D9*777001
HI*ABK:J0390*ABF:R509
LX*1
SV1*HC:99213:25*125.5*UN*1***1:2
DTP*472*D8*20260104
LX*2
SV1*HC:87880*60*UN*1***1
DTP*472*RD8*20260104-20260105
HL*3*2*23*0
PAT*19
NM1*QC*1*TARN*PIP
N3*8 BIRCH ROAD
N4*GAHANNA*OH*43230
DMG*D8*20150909*M
CLM*W1002*90***11:B:1*Y*A*Y*Y
HI*ABK:Z23
LX*1
SV1*HC:90471*90*UN*1***1
DTP*472*D8*20260104
SE*41*0001
GE*1*7
IEA*1*000000042
""".splitlines()

BASE = "".join(f"{segment}~\n" for segment in SEGMENTS).encode()
COUNT = 600


def made(data: bytes = BASE, count: int = COUNT, seed: int = 1) -> list[Mutant]:
    return list(mutants("base", data, count, seed))


def body(data: bytes) -> list[bytes]:
    """The segments from ST to SE."""
    segments = [segment.strip() for segment in data.split(b"~")]
    return segments[segments.index(b"ST*837*0001*005010X222A1") :][:-3]


def test_the_base_counts_its_own_segments() -> None:
    assert body(BASE)[-1] == f"SE*{len(body(BASE))}*0001".encode()


def test_the_same_arguments_give_the_same_mutants_in_the_same_order() -> None:
    assert made() == made()


def test_a_shorter_run_is_the_start_of_a_longer_one() -> None:
    assert made(count=150) == made()[:150]


@pytest.mark.parametrize("other", ["seed", "name"])
def test_another_seed_or_name_gives_other_mutants(other: str) -> None:
    name, seed = ("base", 2) if other == "seed" else ("other", 1)
    again = [mutant.data for mutant in mutants(name, BASE, COUNT, seed)]
    assert again != [mutant.data for mutant in made()]


def test_all_mutants_differ_from_the_base_and_from_each_other() -> None:
    files = [mutant.data for mutant in made()]
    assert len(files) == COUNT
    assert len({BASE, *files}) == COUNT + 1


def test_mutants_spread_evenly_over_all_kinds() -> None:
    assert len(KINDS) >= 40
    first_round = [mutant.kind for mutant in made()][: len(KINDS)]
    assert first_round == list(KINDS)
    rounds = Counter(mutant.kind for mutant in made())
    assert max(rounds.values()) <= COUNT // len(KINDS) + 4


def test_mutants_spread_over_positions() -> None:
    ordinals = {mutant.ordinal for mutant in made() if not mutant.kind.startswith("envelope-")}
    assert ordinals == set(range(2, 41))


def test_a_kind_that_touches_one_segment_leaves_all_others_alone() -> None:
    for mutant in made():
        if mutant.kind in {"empty-element", "wrong-code", "bad-date", "hl02", "control-character"}:
            pairs = zip(body(BASE), body(mutant.data), strict=True)
            changed = [n for n, (old, new) in enumerate(pairs, 1) if old != new]
            assert changed == [mutant.ordinal], mutant


def test_segments_that_come_or_go_are_counted_in_se01() -> None:
    seen = set()
    for mutant in made():
        if mutant.kind in {"delete-segment", "stray-segment", "repeat-segment", "delete-loop"}:
            seen.add(mutant.kind)
            segments = body(mutant.data)
            assert segments[-1] == f"SE*{len(segments)}*0001".encode(), mutant
    assert len(seen) == 4


def test_only_envelope_kinds_touch_envelopes() -> None:
    for mutant in made():
        if mutant.kind.startswith("envelope-"):
            continue
        old, new = BASE.split(b"~\n"), mutant.data.split(b"~\n")
        assert (new[:3], new[-3:]) == (old[:3], old[-3:]), mutant


def test_se01_keeps_its_width() -> None:
    padded = BASE.replace(b"SE*41*", b"SE*0041*")
    deleted = next(m for m in made(padded) if m.kind == "delete-segment")
    assert b"SE*0040*" in deleted.data


@pytest.mark.parametrize("line_break", [b"", b"\n", b"\r\n"])
def test_line_breaks_are_kept(line_break: bytes) -> None:
    data = BASE.replace(b"\n", line_break)
    stray = next(m for m in made(data) if m.kind == "stray-segment")
    assert stray.data.count(b"~" + line_break) == len(SEGMENTS) + 1
    assert stray.data.endswith(b"~" + line_break)


def test_delimiters_come_from_isa() -> None:
    data = BASE.translate(bytes.maketrans(b"*:~", b"|>!"))
    odd = [(m.kind, m.data) for m in made(data)]
    assert len({kind for kind, _ in odd}) == len(KINDS)
    component = next(data for kind, data in odd if kind == "component-in-element")
    assert component.count(b">") == data.count(b">") + 1


@pytest.mark.parametrize("data", [b"", b"UNB+UNOA:1'", b"ISA*00*", BASE.replace(b"ST*", b"XX*")])
def test_a_file_without_transaction_set_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"no ISA|fewer than 16|no ST"):
        next(mutants("base", data, 1, 1))
