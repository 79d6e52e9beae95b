"""Recovery after a misplaced, missing or doubled segment: one finding, and a true one.

Every segment of files that cover the whole guide is deleted, doubled and swapped with the next.
Where `guide_order`, which shares nothing with the engine, says that the result does not fit the
guide, exactly one finding must come.
"""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import guide_order
import whole_guide
from agreement import Both
from conftest import FIXTURES, Cli
from edi_lint.engine import Block, BlockKind, Engine, open_engine
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.grammar import SegmentNode, grammar_for
from edi_lint.rules import CATALOGUE
from edi_lint.rules.doubt import all_places
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.affected import affected

FULL = os.environ.get("EDI_LINT_ENGINES") == "full"
"""Whether to try every place; CONTRIBUTING.md has the command."""
GRAMMAR = grammar_for("005010X222A1")
assert GRAMMAR is not None
SPARSE = (
    "certificate", "cob", "dependent", "drug-lin", "family", "medicare-gy", "minimal",
    "replacement", "three-claims",
)  # fmt: skip
"""Fixtures with few segments, as most files have them: the same damage looks different there."""


def sparse(name: str) -> list[str]:
    """The transaction set of a fixture, ST to SE."""
    text = (FIXTURES / "valid" / f"{name}.837").read_text(encoding="ascii")
    segments = [s.strip() for s in text.split("~") if s.strip()]
    first = next(n for n, s in enumerate(segments) if s.startswith("ST*"))
    last = next(n for n, s in enumerate(segments) if s.startswith("SE*"))
    return segments[first : last + 1]


FILES = {
    "subscriber": whole_guide.segments_of_subscriber(),
    "patient": whole_guide.segments_of_patient(),
    **{name: sparse(name) for name in SPARSE},
}


class Damage(NamedTuple):
    """A file in which one thing was done to the segment at an index."""

    kind: str
    base: str
    index: int
    segments: list[str]

    def __str__(self) -> str:
        before = FILES[self.base]
        around = " | ".join(s[:28] for s in before[self.index - 1 : self.index + 3])
        return f"{self.kind} {self.base} {self.index}: {around}"


def damages(kind: str) -> Iterator[Damage]:
    """Every place at which this can be done between ST and SE, where the result cannot fit."""
    for base in FILES:
        yield from damages_of(kind, base)


def damages_of(kind: str, base: str) -> Iterator[Damage]:
    """Those of one file; of the large ones moves in one place of eight, unless all are asked for.

    What the patient's file has among the same neighbours as the subscriber's is a sample too.
    """
    assert GRAMMAR is not None
    segments = FILES[base]
    known = {*pairwise(FILES["subscriber"])} if base == "patient" and not FULL else set()
    is_move = kind.startswith("move")
    step = 8 if is_move and base not in SPARSE and not FULL else 1
    for index in range(1, len(segments) - 1, step):
        if index % 4 and known.issuperset(pairwise(segments[index - 1 : index + 3])):
            continue
        changed = list(segments)
        if kind == "delete":
            del changed[index]
        elif kind == "double":
            changed.insert(index, changed[index])
        elif is_move:
            place = index + int(kind.removeprefix("move"))
            if not 0 < place < len(segments) - 1:
                continue
            changed.insert(place, changed.pop(index))
        elif index + 2 < len(segments):
            changed[index : index + 2] = reversed(changed[index : index + 2])
        if not guide_order.fits(GRAMMAR, changed):
            yield Damage(kind, base, index, changed)


@cache
def linter() -> Linter:
    """One without the rules that a file with every segment, or a family's, does not fit."""
    return Linter(Settings(ignore=(whole_guide.CONTRADICTS_ITSELF, "SIT037")))


def findings(segments: list[str]) -> list[Finding]:
    return list(linter().check(whole_guide.data(segments)).findings)


def said(found: list[Finding]) -> Counter[tuple[str, str]]:
    return Counter((f.code, f.message) for f in found)


def test_the_files_contain_every_segment_of_the_guide_and_no_fault() -> None:
    """ISA, GS and their trailers are no part of what is damaged here."""
    assert GRAMMAR is not None
    seen: set[int] = set()
    for name in ("subscriber", "patient"):
        segments = FILES[name]
        assert guide_order.fits(GRAMMAR, segments)
        assert findings(segments) == []
        for block in Engine(whole_guide.stream(segments)).blocks():
            seen |= set(block.nodes)
    nodes = [n for n in GRAMMAR.nodes if isinstance(n, SegmentNode) and n.index not in seen]
    assert {n.tag for n in nodes} == {"ISA", "TA1", "GS", "GE", "IEA"}


@pytest.mark.parametrize(("kind", "share"), [("delete", 0.98), ("double", 0.98), ("swap", 0.95)])
def test_damage_of_one_segment_is_one_finding(kind: str, share: float) -> None:
    """And nothing is said to be missing that is in the file."""
    before = {name: said(findings(segments)) for name, segments in FILES.items()}
    cases = list(damages(kind))
    others: list[str] = []
    for damage in cases:
        found = findings(damage.segments)
        new = said(found) - before[damage.base]
        if new.total() != 1:
            others.append(f"{damage}\n    {list(new)}")
        for code, message in new:
            absent = missing(message) if code == "STR001" else ()
            deleted = FILES[damage.base][damage.index].split("*")[0] if kind == "delete" else ""
            assert not absent or deleted in absent, (str(damage), message)
    assert len(cases) > (400 if FULL else 350)
    assert len(cases) - len(others) >= share * len(cases), "\n".join(others)


@pytest.mark.parametrize(
    ("places", "share"),
    [(2, 0.99), (3, 0.96), (5, 0.97), (8, 0.96), (-2, 0.99), (-3, 0.98), (-5, 0.98), (-8, 0.98)],
)
def test_a_segment_that_was_moved_is_one_finding(places: int, share: float) -> None:
    """By some places, down or up: it is in the wrong place, and not missing from the right one."""
    before = {name: said(findings(segments)) for name, segments in FILES.items()}
    cases = [
        damage
        for number, damage in enumerate(damages(f"move{places}"))
        if FULL or number % 2 == 0 or damage.base not in SPARSE
    ]
    others: list[str] = []
    for damage in cases:
        new = said(findings(damage.segments)) - before[damage.base]
        if new.total() != 1 or any(c == "STR001" and missing(m) for c, m in new):
            others.append(f"{damage}\n    {list(new)}")
    assert len(cases) > 150
    assert len(cases) - len(others) >= share * len(cases), "\n".join(others)


OPENERS = [
    "CLM*C9*100***12:B:1*Y*A*Y*Y", "HL*9**20*1", "HL*9*1*22*0", "HL*9*2*23*0", "LX*9", "SBR*S*18*GRP9******CI",
    "NM1*82*1*POE*BOB****XX*1002516668", "NM1*77*2*LAKE CLINIC*****XX*1002456386",
    "NM1*85*2*ACME SUPPLY*****XX*1002167124", "NM1*PR*2*LAKESHORE MUTUAL*****PI*LKSH1", "LQ*UT*01.02",
    "LIN**N4*99999010101",
]  # fmt: skip


def strays() -> Iterator[Damage]:
    """A segment that opens a loop, and nothing of that loop behind it, in a sample of places."""
    assert GRAMMAR is not None
    for base, segments in FILES.items():
        step = (4 if FULL else 6) if base in SPARSE else (9 if FULL else 23)
        for number, stray in enumerate(OPENERS):
            for index in range(1 + number % 4, len(segments), step):
                changed = [*segments[:index], stray, *segments[index:]]
                if not guide_order.fits(GRAMMAR, changed):
                    yield Damage("stray", base, index, changed)


def test_a_segment_that_opens_a_loop_by_mistake_is_one_finding() -> None:
    """It opens no claim, no level and no line, and none of the segments after it is judged by it."""
    before = {name: said(findings(segments)) for name, segments in FILES.items()}
    others: list[str] = []
    cases = list(strays())
    for damage in cases:
        new = said(findings(damage.segments)) - before[damage.base]
        if new.total() != 1:
            others.append(f"{damage}\n    {list(new)}")
    assert len(cases) > 500
    assert len(cases) - len(others) >= 0.99 * len(cases), "\n".join(others)


@pytest.mark.parametrize("stray", [s for s in OPENERS if s.startswith(("CLM", "HL", "LX"))])
@pytest.mark.parametrize("base", ["subscriber", "patient", "cob", "three-claims"])
def test_a_stray_opener_in_a_line_opens_nothing(stray: str, base: str) -> None:
    before = linter().check(whole_guide.data(FILES[base])).file
    for place in line_places(base):
        segments = [*FILES[base][:place], stray, *FILES[base][place:]]
        if segments[place + 1].startswith(("HL*", "LX*", "CLM*")):
            continue  # of two in a row either may be the one too many
        report = linter().check(whole_guide.data(segments))
        assert [f.code for f in report.findings] == ["ENV007"], place
        assert report.findings[0].location.segment_ordinal == place + 1
        assert (report.file.claims, report.file.service_lines) == (
            before.claims,
            before.service_lines,
        )


PROVIDERS = [
    ("NM1*82*1*POE*BOB****XX*1002516668", "2310B"),
    ("NM1*82*1*POE*BOB****XX*1002516668|PRV*PE*PXC*207Q00000X", "2310B"),
    ("NM1*82*1*POE*BOB****XX*1002516668|REF*G2*X1", "2310B"),
    ("NM1*DN*1*POE*BOB****XX*1002516668", "2310A"),
    ("NM1*DQ*1*POE*BOB****XX*1002516668", "2310D"),
    ("NM1*77*2*LAKE CLINIC*****XX*1002456386|N3*77 LAKE RD|N4*FAIRMEAD*OH*450990188", "2310C"),
    ("NM1*77*2*LAKE CLINIC*****XX*1002456386|N3*77 LAKE RD|N4*FAIRMEAD*OH*450990188|REF*G2*L9", "2310C"),
]  # fmt: skip
OTHER_PAYER = """\
SBR*S*18*GRP9******CI|OI***Y***Y|NM1*IL*1*BELLAMONT*RHIAN****MI*SM1
NM1*PR*2*SALTMARSH MUTUAL*****PI*SMM01"""


@pytest.mark.parametrize(("provider", "loop"), PROVIDERS)
def test_a_provider_of_the_claim_behind_another_payer_comes_too_late(
    provider: str, loop: str
) -> None:
    """Its name tells it from a provider of that payer (2330), which has none."""
    other = OTHER_PAYER.replace("\n", "|")
    segments = in_file(claim=f"{CLAIM}|{other}|{provider}")
    assert told(segments) == [("ENV007", provider.split("|")[0])]
    message = findings(segments)[0].message
    assert f"loop {loop}" in message and "too late" in message
    Both(Settings()).agree(whole_guide.data(segments), provider)


def test_a_provider_of_another_payer_has_no_name() -> None:
    """Where the claim has its own, what is too much of the second is said of its elements."""
    other = OTHER_PAYER.replace("\n", "|")
    named = "NM1*82*1*POE*BOB****XX*1002516668"
    segments = in_file(claim=f"{CLAIM}|{named}|{other}|{named}|REF*G2*X1")
    assert {f.code for f in findings(segments)} == {"STR003"}
    assert told(in_file(claim=f"{CLAIM}|{named}|{other}|NM1*82*1|REF*G2*X1")) == []


def missing(message: str) -> set[str]:
    """The tags of segments that a message says are missing; empty where it is about an element."""
    if " loop " not in message and not message.startswith("loop "):
        return set()
    return set(re.findall(r"\b(?:opened by )?([A-Z][A-Z0-9]{1,2})\b(?= |\))", message))


# the kinds by name

HEAD = """\
ST*837*0001*005010X222A1|BHT*0019*00*B1*20260610*1015*CH|NM1*41*2*ACME BILLING*****46*ACME1
PER*IC*DESK*TE*3305550100|NM1*40*2*LAKESHORE*****46*LKSH1|HL*1**20*1
NM1*85*2*ACME SUPPLY*****XX*1002167124|N3*1 ELM ST|N4*FAIRMEAD*OH*450990188|REF*EI*697100158"""
SUBSCRIBER = """\
HL*2*1*22*0|SBR*P*18*******CI|NM1*IL*1*BELLAMONT*RHIAN****MI*LKH205518840
N3*140 SAXIFRAGE AVE|N4*FAIRMEAD*OH*450990188|DMG*D8*19710625*F
NM1*PR*2*LAKESHORE MUTUAL*****PI*LKSH1"""
CLAIM = "CLM*C1*100***12:B:1*Y*A*Y*Y|HI*ABK:M75121"
LINES = """\
LX*1|SV1*HC:99213*100*UN*1***1|DTP*472*D8*20260602
LX*2|SV1*HC:99214*0*UN*1***1|DTP*472*D8*20260603"""


def cut(text: str) -> list[str]:
    return [s for line in text.splitlines() for s in line.split("|")]


def in_file(claim: str = CLAIM, lines: str = LINES, subscriber: str = SUBSCRIBER) -> list[str]:
    """A set with one claim."""
    return [*cut(HEAD), *cut(subscriber), *cut(claim), *cut(lines), "SE*0*0001"]


def told(segments: list[str]) -> list[tuple[str, str]]:
    """Code and segment of each finding."""
    return [(f.code, segments[f.location.segment_ordinal - 1]) for f in findings(segments)]


def line_places(base: str) -> list[int]:
    """The indexes behind each segment of a service line; of the large files a third of them."""
    inside, places = False, []
    for index, segment in enumerate(FILES[base]):
        if segment.startswith(("LX*", "HL*", "CLM*", "SE*")):
            inside = segment.startswith("LX*")
        if inside and not segment.startswith("LX*"):
            places.append(index + 1)
    return places if FULL or base in SPARSE else places[::3]


@pytest.mark.parametrize(
    "stray", ["HI*ABK:M75121", "DMG*D8*19710625*F", "BHT*0019*00*X*20260610*1015*CH"]
)
@pytest.mark.parametrize("base", ["subscriber", "patient", "cob", "three-claims"])
def test_a_stray_segment_in_a_line_opens_no_claim(stray: str, base: str) -> None:
    """Wherever in the line: one ENV007, and the claims and lines are those that there were."""
    before = linter().check(whole_guide.data(FILES[base]))
    for place in line_places(base):
        segments = [*FILES[base][:place], stray, *FILES[base][place:]]
        report = linter().check(whole_guide.data(segments))
        new = [f for f in report.findings if f.code != "SIT008"]
        assert [f.code for f in new] == ["ENV007"], (place, [f.message for f in new])
        assert new[0].location.segment_ordinal == place + 1
        assert new[0].fix is None
        assert report.file.claims == before.file.claims
        assert report.file.service_lines == before.file.service_lines


DATES = "DTP*431*D8*20260601|DTP*454*D8*20260601|DTP*304*D8*20260601|DTP*435*D8*20260601"
COPIES = [
    ("claim", "HI*ABK:M75121", DATES),
    ("claim", "REF*EA*MR1", DATES),
    ("claim", "NTE*ADD*A NOTE", f"{DATES}|AMT*F5*10|REF*EA*MR1"),
    ("claim", "NM1*DN*1*POE*BOB****XX*1002516668", f"{DATES}|REF*EA*MR1"),
    ("line", "NTE*ADD*A NOTE", "DTP*463*D8*20260601|QTY*FL*2|REF*G1*AUTH1|REF*6R*L1"),
    ("line", "HCP*02*80*40*RPORG1", "REF*G1*AUTH1|REF*6R*L1|AMT*T*5|K3*SOMETHING"),
    ("line", "LIN**N4*00409120730", "REF*G1*AUTH1|REF*6R*L1|AMT*T*5|K3*SOMETHING"),
    ("line", "LQ*UT*01.02", "REF*G1*AUTH1|REF*6R*L1|AMT*T*5|K3*SOMETHING"),
]


@pytest.mark.parametrize("before", [1, 2, 3])
@pytest.mark.parametrize(("level", "stray", "others"), COPIES)
def test_a_segment_before_those_that_the_guide_has_first_is_told_once(
    level: str, stray: str, others: str, before: int
) -> None:
    """It is the one that is out of its place, however many follow that it should follow."""
    parts = others.split("|")
    parts.insert(before - 1, stray)
    added = "|".join(parts)
    if level == "claim":
        segments = in_file(claim=CLAIM.replace("|HI", f"|{added}|HI"))
    else:
        first, second = LINES.splitlines()
        segments = in_file(lines=f"{first}|{added}\n{second}")
    found = told(segments)
    assert [code for code, _ in found] == ["ENV007"]
    assert before == 3 or found[0][1] == stray, "of two in the wrong order either is out of place"
    report = linter().check(whole_guide.data(segments))
    assert (report.file.claims, report.file.service_lines) == (1, 2)
    Both(Settings()).agree(whole_guide.data(segments), stray)


@pytest.mark.parametrize("stray", ["PAT*19", "PAT*01", "REF*G1*AUTH1", "PRV*PE*PXC*207Q00000X"])
def test_a_misplaced_segment_is_not_judged_by_a_place_that_it_may_not_have(stray: str) -> None:
    """A PAT of a patient's level, in a claim of the subscriber's: PAT01 is not used in 2000B."""
    first, second = LINES.splitlines()
    for segments in (
        in_file(claim=f"{CLAIM}|{stray}"),
        in_file(lines=f"{first}|NM1*DK*1*POE*BOB****XX*1002516668|{stray}\n{second}"),
    ):
        found = told(segments)
        assert len(found) <= 1, found
        assert all(code == "ENV007" for code, _ in found)


@pytest.mark.parametrize("behind", ["REF*6R*L1", "NTE*ADD*RIDE", "REF*6R*L1|NTE*ADD*RIDE"])
@pytest.mark.parametrize(
    "stray", ["CR1*LB*140**A*DH*12", "CR1*LB*140**A*DH*12|CRC*07*Y*01", "CRC*07*Y*01"]
)
def test_segments_of_a_line_that_come_too_late_are_told_once(behind: str, stray: str) -> None:
    first, second = LINES.splitlines()
    segments = in_file(lines=f"{first}|{behind}|{stray}\n{second}")
    assert told(segments) == [("ENV007", stray.split("|")[0])]


def test_a_stray_segment_that_is_there_twice_is_told_twice() -> None:
    """Only what the guide has behind it goes along."""
    first, second = LINES.splitlines()
    for stray in ("HI*ABK:M75121", "CR1*LB*140**A*DH*12", "N3*9 OAK ST"):
        segments = in_file(lines=f"{first}|NM1*82*1*POE*BOB|{stray}|{stray}\n{second}")
        assert [c for c, _ in told(segments)].count("ENV007") == 2, stray


@pytest.mark.parametrize(
    ("provider", "loop"),
    [
        ("NM1*DN*1*POE*BOB****XX*1002516668", "2310A"),
        ("NM1*82*1*POE*BOB****XX*1002516668", "2310B"),
        ("NM1*82*1*POE*BOB****XX*1002516668|PRV*PE*PXC*207Q00000X", "2310B"),
        ("NM1*DQ*1*POE*BOB****XX*1002516668|REF*G2*X1", "2310D"),
    ],
)
@pytest.mark.parametrize(
    "after", ["", "NM1*77*2*LAKE CLINIC*****XX*1002456386|N3*77 LAKE RD|N4*FAIRMEAD*OH*450990188"]
)
@pytest.mark.parametrize(
    "address", ["N3*9 OAK ST|N4*FAIRMEAD*OH*45099", "N3*9 OAK ST", "N4*FAIRMEAD*OH*45099"]
)
def test_an_address_behind_a_provider_that_takes_none(
    provider: str, loop: str, after: str, address: str
) -> None:
    """4010's habit: the address is misplaced, no other provider is missing, none is one too many."""
    for level in ("claim", "line"):
        added = "|".join(filter(None, (provider, address, after)))
        if level == "claim":
            segments = in_file(claim=f"{CLAIM}|{added}")
        else:
            first, second = LINES.splitlines()
            segments = in_file(lines=f"{first}|{added}\n{second}")
        first_of_address = address.split("|")[0]
        assert told(segments) == [("ENV007", first_of_address)], (level, added)
        in_line = {"2310A": "2420F", "2310B": "2420A", "2310D": "2420D"}[loop]
        place = loop if level == "claim" else in_line
        assert f"has no place in loop {place}" in findings(segments)[0].message


@pytest.mark.parametrize(
    ("segments", "codes"),
    [
        (in_file(lines=f"{LINES}|N3*9 OAK ST|N4*FAIRMEAD*OH*45099"), ("77", "DK", "PW", "45")),
        (in_file(claim=f"{CLAIM}|N3*9 OAK ST|N4*FAIRMEAD*OH*45099"), ("77", "PW", "45")),
    ],
)
def test_an_address_without_its_name_names_the_choice(
    segments: list[str], codes: tuple[str, ...]
) -> None:
    """And nothing is said of the address itself, since nobody knows whose it is."""
    assert told(segments) == [("STR001", "N3*9 OAK ST")]
    message = findings(segments)[0].message
    assert re.findall(r"NM1 (\w\w) \(", message) == list(codes)


@pytest.mark.parametrize(
    ("segments", "told_at"),
    [
        (in_file(subscriber=SUBSCRIBER.replace("|DMG*D8*19710625*F", "").replace("N3*140", "DMG*D8*19710625*F|N3*140")), "N3*140 SAXIFRAGE AVE"),
        (in_file(lines=LINES.replace("SV1*HC:99213*100*UN*1***1|DTP*472*D8*20260602", "DTP*472*D8*20260602|SV1*HC:99213*100*UN*1***1")), "SV1*HC:99213*100*UN*1***1"),
        (in_file(lines=LINES.replace("LX*2|SV1*HC:99214*0*UN*1***1", "SV1*HC:99214*0*UN*1***1|LX*2")), "LX*2"),
        (in_file(lines=LINES.replace("LX*1|SV1*HC:99213*100*UN*1***1", "SV1*HC:99213*100*UN*1***1|LX*1")), "LX*1"),
        (in_file(subscriber=SUBSCRIBER.replace("HL*2*1*22*0|SBR*P*18*******CI", "SBR*P*18*******CI|HL*2*1*22*0")), "HL*2*1*22*0"),
    ],
    ids=["DMG before N3", "DTP before SV1", "LX after SV1", "the first LX after SV1", "SBR before HL"],
)  # fmt: skip
def test_what_is_further_on_is_not_missing(segments: list[str], told_at: str) -> None:
    assert told(segments) == [("ENV007", told_at)]


def test_an_address_that_is_parted_is_one_segment_out_of_order() -> None:
    """N4 behind DMG is the one that comes too late; DMG has its place."""
    address = "N4*FAIRMEAD*OH*450990188|DMG*D8*19710625*F"
    turned = SUBSCRIBER.replace(address, "|".join(reversed(address.split("|"))))
    (found,) = findings(in_file(subscriber=turned))
    assert found.code == "ENV007" and found.location.segment == "N4"
    assert "appears too late" in found.message


def test_loops_of_one_position_have_no_order() -> None:
    payer = "NM1*PR*2*LAKESHORE MUTUAL*****PI*LKSH1"
    turned = SUBSCRIBER.replace(f"\n{payer}", "").replace("NM1*IL", f"{payer}|NM1*IL")
    assert told(in_file(subscriber=turned)) == []


# what must not be lost with it

PUMP = "SV1*HC:A4306:GY:GY*385*UN*1***1"


def test_a_fault_elsewhere_in_the_claim_is_still_found() -> None:
    """A stray segment in one line says nothing of the modifiers, the codes and sums of the others."""
    lines = (
        f"LX*1|SV1*HC:99213*100*UN*1***1|DTP*472*D8*20260602|{{}}LX*2|{PUMP}|DTP*472*D8*20260602"
    )
    sound = {f.code for f in findings(in_file(lines=lines.format("")))}
    assert {"MOD005", "BAL001"} <= sound
    for stray in ("REF*EI*697100158|", "REF*D9*X|", "HI*ABK:M75121|", "N3*9 OAK ST|"):
        found = {f.code for f in findings(in_file(lines=lines.format(stray)))}
        assert sound - found == set(), stray


@pytest.mark.parametrize(
    "segments",
    [
        in_file(lines=LINES.replace("\nLX*2", "\nHI*ABK:M75121|LX*2")),
        in_file(lines=LINES.replace("\nLX*2", "\nHI*ABK:M75121|LX*3")),
        in_file(lines=LINES.replace("\nLX*2", "\nCRC*07*Y*01|LX*1")),
        in_file(lines=LINES.replace("LX*1|", "")),
        in_file(lines=LINES.replace("\nLX*2", "\nHI*ABK:M75121|LX*7")),
    ],
)
def test_fix_numbers_no_line_and_split_cuts_no_claim_in_doubt(
    segments: list[str], commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    path = tmp_path / "in.837"
    path.write_bytes(whole_guide.data(segments))
    fixed = tmp_path / "fixed.837"
    commands("fix")(path, "--unsafe", "-o", fixed)
    if fixed.exists():
        before, after = (re.findall(rb"(?:LX|HL)\\*[^~]*", f.read_bytes()) for f in (path, fixed))
        assert after == before
    clean, held = tmp_path / "clean.837", tmp_path / "held.837"
    commands("split")(path, "--clean", clean, "--held", held)
    assert not clean.exists()
    assert held.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", ["delete", "double", "swap"])
def test_the_engines_agree_on_damage(kind: str) -> None:
    both = Both(Settings())
    for number, damage in enumerate(damages(kind)):
        if FULL or number % 15 == 0:
            both.agree(whole_guide.data(damage.segments), str(damage))


def test_the_engines_agree_on_strays() -> None:
    both = Both(Settings())
    for number, damage in enumerate(strays()):
        if FULL or number % 8 == 0:
            both.agree(whole_guide.data(damage.segments), str(damage))


def test_what_rules_need_are_places_of_the_guide() -> None:
    places = set().union(*(all_places(n) for n in GRAMMAR.segment_nodes()))
    for rule in CATALOGUE:
        assert rule.needs <= places, (rule, rule.needs - places)


@pytest.mark.parametrize(
    ("base", "start", "held"),
    [
        ("family", "HL*3*", [b"HI-10002"]),
        ("family", "CLM*HI-10002", []),
        ("family", "PAT*19", [b"HI-10002"]),
        ("three-claims", "LX*1", [b"HI-10011"]),
    ],
)
def test_what_is_missing_holds_the_claims_below_it(
    base: str, start: str, held: list[bytes], commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    """The level or claim whose first segment is missing, not the one before it."""
    segments = list(FILES[base])
    del segments[next(n for n, s in enumerate(segments) if s.startswith(start))]
    report = linter().check(whole_guide.data(segments))
    assert [f.code for f in report.findings] == ["STR001"]
    (tmp_path / "in.837").write_bytes(whole_guide.data(segments))
    commands("split")(
        tmp_path / "in.837", "--clean", tmp_path / "clean", "--held", tmp_path / "held"
    )
    clean = re.findall(rb"CLM\*([^*]+)", (tmp_path / "clean").read_bytes())
    every = re.findall(rb"CLM\*([^*]+)", whole_guide.data(segments))
    assert [c for c in every if c not in clean] == held


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        # the last segment of the first claim behind the CLM of the second
        ("CLM*C1*100***12:B:1*Y*A*Y*Y|HI*ABK:M75121|LX*1|SV1*HC:99213*100*UN*1***1",
         "CLM*C2*90***12:B:1*Y*A*Y*Y|DTP*472*D8*20260602|HI*ABK:M75121|LX*1|SV1*HC:99214*90*UN*1***1"
         "|DTP*472*D8*20260603", "ENV007"),
        # the first segment of the second claim before its CLM, or a stray of the first
        ("CLM*C1*100***12:B:1*Y*A*Y*Y|HI*ABK:M75121|LX*1|SV1*HC:99213*100*UN*1***1"
         "|DTP*472*D8*20260602|REF*EA*RECORD1",
         "CLM*C2*90***12:B:1*Y*A*Y*Y|HI*ABK:M75121|LX*1|SV1*HC:99214*90*UN*1***1"
         "|DTP*472*D8*20260603", "ENV007"),
    ],
)  # fmt: skip
def test_split_holds_both_claims_where_a_segment_may_be_of_either(
    first: str, second: str, code: str, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    third = second.replace("C2", "C3").replace("|DTP*472*D8*20260602|HI", "|HI")
    path = tmp_path / "in.837"
    for line_break in (b"\n", b"", b"\r\n"):
        segments = in_file(claim=first, lines=f"{second}\n{third.replace('99214', '99215')}")
        data = whole_guide.data(segments)
        path.write_bytes(data.replace(b"\n", line_break))
        assert [c for c, _ in told(segments)] == [code]
        clean, held = tmp_path / "clean.837", tmp_path / "held.837"
        commands("split")(path, "--clean", clean, "--held", held)
        assert re.findall(rb"CLM\*(\w+)", clean.read_bytes()) == [b"C3"]
        assert re.findall(rb"CLM\*(\w+)", held.read_bytes()) == [b"C1", b"C2"]
        for made in (clean, held):
            made.unlink()


def judged_claims(segments: list[str]) -> list[tuple[bool, tuple[bytes, ...]]]:
    """Each claim with the levels above it, and whether an error is about it."""
    data = whole_guide.data(segments)
    found = affected(linter(), io.BytesIO(data), FileResult("-"), is_error)
    return [
        (found.is_affected(block), tuple(s.raw for part in (*levels(block), block) for s in part.segments))
        for block in open_engine(io.BytesIO(data)).blocks()
        if block.kind is BlockKind.CLAIM
    ]  # fmt: skip


def levels(block: Block) -> list[Block]:
    context = block.context
    return [level for level in (context.billing, context.subscriber, context.patient) if level]


def is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


@pytest.mark.parametrize("base", ["family", "three-claims", "cob"])
@pytest.mark.parametrize(
    "kind", ["delete", "double", "swap", "move-5", "move-3", "move-2", "move2", "move3", "move5"]
)
def test_a_claim_that_no_error_is_about_is_whole(base: str, kind: str) -> None:
    """So `split` lets go no claim that has lost a segment to its neighbour, or has one of it."""
    whole = {segments for _, segments in judged_claims(FILES[base])}
    for damage in damages_of(kind, base):
        clean = {segments for is_held, segments in judged_claims(damage.segments) if not is_held}
        assert clean <= whole, str(damage)


@pytest.mark.parametrize("base", ["dependent", "family"])
@pytest.mark.parametrize("level", ["22", "23"])
@pytest.mark.parametrize("places", [-3, -1, 1, 2, 3, 5])
def test_a_level_in_another_place_is_not_numbered_anew(
    base: str, level: str, places: int, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    """Its number is that of its own place; those around it are not wrong for that."""
    segments = list(FILES[base])
    index = next(
        n for n, s in enumerate(segments) if s.split("*")[:1] == ["HL"] and s.split("*")[3] == level
    )
    segments.insert(index + places, segments.pop(index))
    assert not {"STR006"} & {f.code for f in findings(segments)}
    path, fixed = tmp_path / "in.837", tmp_path / "fixed.837"
    path.write_bytes(whole_guide.data(segments))
    commands("fix")(path, "--unsafe", "-o", fixed)
    result = fixed if fixed.exists() else path
    numbered = [re.findall(rb"HL\*[^~]*", f.read_bytes()) for f in (path, result)]
    assert numbered[0] == numbered[1]
    Both(Settings()).agree(path.read_bytes())
