"""The compiled kernel and the reference engine differ in nothing."""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, ROOT, valid_fixtures
from damage import (
    LINE_BREAKS,
    ODD_BYTES,
    SETS_OF_DELIMITERS,
    VALUES,
    damaged,
    damages,
    grown,
    in_sets,
    joined,
    likely,
    segments_of,
    with_delimiters,
)
from edi_lint.engine import Engine
from edi_lint.engine.elements import check
from edi_lint.engine.moves import moves_of
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import Phi
from edi_lint.grammar import SegmentNode, grammar_for
from edi_lint.rules import CATALOGUE
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.x12 import Delimiters, NotX12Error, Segment, Window
from mutants import mutants

compiled = pytest.importorskip(
    "edi_lint.engine.compiled", reason="the compiled kernel is not installed"
)
from agreement import Both, agree, running  # noqa: E402
from edi_lint.engine import _kernel  # noqa: E402
from edi_lint.engine.tables import Tables  # noqa: E402

FULL = os.environ.get("EDI_LINT_ENGINES") == "full"
"""Whether to compare for many minutes; CONTRIBUTING.md has the command."""

MUTANTS_OF_EACH, DAMAGES_OF_EACH, EXAMPLES = (400, 400, 2000) if FULL else (60, 6, 20)

SOURCES = [p.read_bytes() for p in valid_fixtures() if p.stem not in ("4010", "odd-delimiters")]
SELECTIONS = (
    Settings(),
    Settings(phi=Phi.ALL),
    Settings(select=("ENV", "STR"), phi=Phi.ALL),
    Settings(ignore=("MOD", "STR011", "COD"), phi=Phi.NONE),
    Settings(level=2, phi=Phi.ALL),
    Settings(select=("BAL", "SIT"), phi=Phi.ALL),
)


LINTERS = [Both(settings) for settings in SELECTIONS]


CHUNKS = (None, 1, 7, 64, 1000)


def agree_in_all(data: bytes, what: object = "", number: int = 0, all_: bool = False) -> None:
    """Compare blocks and reports, with all chunks and selections of rules or those of a turn."""
    if all_ or FULL:
        agree(data, what, *(CHUNKS if all_ else {CHUNKS[number % len(CHUNKS)], 64}))
        for both in LINTERS if all_ else {LINTERS[1], LINTERS[number % len(LINTERS)]}:
            both.agree(data, what)
        return
    agree(data, what, CHUNKS[number % len(CHUNKS)])
    LINTERS[1 if number % 2 else number // 2 % len(LINTERS)].agree(data, what)


# whole files

OTHERS = [(FIXTURES / "valid" / f"{name}.837").read_bytes() for name in ("4010", "odd-delimiters")]


@cache
def long_file(times: int = 2) -> bytes:
    """Every valid fixture's claims and every rule's examples in one transaction set."""
    examples = [e.file() for rule in CATALOGUE for e in (*rule.valid, *rule.invalid)]
    return grown([*SOURCES, *(e for e in examples if e.count(b"ISA*") == 1)], times)


@cache
def good_file(times: int) -> bytes:
    """Claims that nothing is wrong with, so that the kernel reads on and on."""
    return grown(SOURCES, times)


def project_files() -> list[Path]:
    folders = (FIXTURES, ROOT / "examples")
    found = (p for folder in folders for p in sorted(folder.glob("**/*")))
    return [p for p in found if p.suffix in (".837", ".edi", ".txt")]


@pytest.mark.parametrize("path", project_files(), ids=lambda p: p.name)
def test_files_of_the_project(path: Path) -> None:
    agree_in_all(path.read_bytes(), all_=True)


@pytest.mark.parametrize("path", project_files(), ids=lambda p: p.name)
def test_findings_of_each_block(path: Path) -> None:
    """As `annotate` and `rewrite` ask for them: of every block, whether anything is in it."""
    seen_: dict[str, list[object]] = {}
    for name in ("python", "kernel"):
        with running(name):
            found = seen_[name] = []
            try:
                for block, findings in Linter().blocks(path.open("rb"), FileResult("-")):
                    found.append((block.kind, block.starts, findings))
            except NotX12Error as problem:
                found.append(str(problem))
    assert seen_["kernel"] == seen_["python"]


def test_the_corpus(corpus: list[Path]) -> None:
    for number, path in enumerate(corpus):
        data = path.read_bytes()
        if FULL:
            agree_in_all(data, path.name, all_=True)
        elif number % 2:
            LINTERS[1].agree(data, path.name)
        else:
            agree(data, path.name, CHUNKS[number % len(CHUNKS)])


OF_ONE_FILE = ("SIT004", "SIT017", "SIT033", "SIT037")
"""Rules about what claims of several files under one header do not fit: days, numbers, levels."""


def test_a_good_file_has_no_findings_and_the_kernel_reads_all_of_it() -> None:
    with running("kernel"):
        report = Linter(Settings(ignore=(*OF_ONE_FILE, "PAY005"))).check(good_file(2))
    assert report.findings == []
    assert report.files[0].claims == good_file(2).count(b"\nCLM*") > 50


def test_a_long_file_with_faults_of_every_rule() -> None:
    agree_in_all(long_file(2 if FULL else 1), all_=FULL)


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000, 5000, 1 << 20] if FULL else [7, 1000])
def test_windows_end_anywhere(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "CHUNK", chunk)
    data = long_file() if FULL else long_file(1)
    agree(data, "", chunk)
    for both in (Both(Settings(phi=Phi.ALL)), LINTERS[0]) if FULL else (LINTERS[1],):
        both.agree(data, chunk)


def test_several_interchanges_and_sets_in_one_file() -> None:
    data = b"".join([*SOURCES, *OTHERS, *SOURCES[::-1]])
    agree_in_all(data, all_=FULL)
    agree_in_all(data.replace(b"SE*", b"SX*"), all_=FULL)


@pytest.mark.parametrize("seed", range(8 if FULL else 3))
def test_what_other_payers_paid(seed: int) -> None:
    """Sums that agree and sums that are off by a little, of payers and lines that differ."""
    rng = Random(seed)
    files = []
    for _ in range(60):
        lines, paid = rng.randint(1, 3), 0
        below: list[str] = []
        for number in range(lines):
            own = [f"SV1*HC:A4223*{rng.choice(('40', '40.00'))}*UN*1***1", "DTP*472*D8*20260105"]
            own += ["NM1*DN*1*EXAMPLE*OTHER****XX*1234567893"] * (rng.random() < 0.1)
            if rng.random() < 0.6:
                off = rng.choice((0, 0, 0, 0, 5))
                paid += 30 + off
                own += [
                    f"SVD*{rng.choice(('PAYER2', 'PAYER2', 'PAYER2', 'PAYER3'))}*{30 + off}*HC:A4223**1",
                    rng.choice(("CAS*CO*45*10", "CAS*CO*45*4**97*6", "CAS*CO*45*9.99")),
                ]
                own += ["DTP*573*D8*20260108"] * (rng.random() < 0.8)
            below += own if number == 0 else [f"LX*{number + 1}", *own]
        claim = ["HI*ABK:G8918"]
        for payer in rng.choice(
            ((), ("PAYER2",), ("PAYER2",), ("PAYER2", "PAYER3"), ("PAYER2",) * 2)
        ):
            total = paid if paid else 40 * lines
            cut = rng.choice((0, 0, 5))
            claim += ["SBR*S*18*******CI"]
            claim += [f"CAS*CO*45*{cut}"] * (cut > 0)
            claim += [f"AMT*D*{total - rng.choice((cut, cut, cut, 0))}"] * (rng.random() < 0.9)
            claim += ["AMT*EAF*1", "OI***Y***Y", "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002"]
            claim += [f"NM1*PR*2*OTHER*****PI*{payer}"]
            claim += ["DTP*573*D8*20260108"] * (rng.random() < 0.3)
        clm = f"CLM*EX-1*{40 * lines}***12:B:1*Y*A*Y*Y"
        files.append(Example(clm=clm, claim=tuple(claim), line=tuple(below)).file())
    data = grown(files, 1)
    agree(data, seed)
    Both(Settings(select=("BAL", "SIT016"), phi=Phi.ALL)).agree(data, seed)


SETS = (
    in_sets(SOURCES[3], 9), in_sets(SOURCES[5], 9, width=1), in_sets(OTHERS[0], 4),
    in_sets(SOURCES[3], 4, first=999_999_997, width=9), in_sets(SOURCES[3], 4, first=9, step=-1),
    in_sets(SOURCES[3], 4, step=2), in_sets(SOURCES[3], 3) * 2,
)  # fmt: skip


@pytest.mark.parametrize("data", SETS, ids=range(len(SETS)))
def test_many_sets(data: bytes) -> None:
    agree_in_all(data, all_=True)
    for number, changed in enumerate(damages(data, 200 if FULL else 4, 24)):
        agree_in_all(changed, changed, number)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"ST*837*0004", b"ST*837*0003"), (b"ST*837*0004", b"ST*837*0001"), (b"ST*837*0004", b"ST*837*004"),
        (b"ST*837*0002", b"ST*837*0007"), (b"ST*837*0001", b"ST*837*001"), (b"ST*837*0004", b"ST*835*0004"),
        (b"ST*837*0004*005010X222A1", b"ST*837*0004"), (b"ST*837*0004*005010X222A1", b"ST*837*0004*005010X222"),
        (b"ST*837*0004*005010X222A1", b"ST*837*0004*005010X222A1*"), (b"ST*837*0004", b"\n ST*837*0004"),
        (b"ST*837*0004", b"~ST*837*0004"), (b"ST*837*0004", b"S\nT*837*0004"), (b"ST*837*0004", b"REF*EI*1~\nST*837*0004"),
        (b"ST*837*0004", b"GE*3*1~\nGS*HC*A*B*20260101*1200*9*X*005010X222A1~\nST*837*0004"),
        (b"\nSE*", b"\n SE*"), (b"\nSE*", b"\nSX*"), (b"SE*", b"SE*0"), (b"*0005~", b"*0006~"), (b"GS*HC", b"GS*HP"),
        (b"*X*005010X222A1", b"*X*005010X222"), (b"005010X222A1", b"005010X222"), (b"*22*0", b"*22*1"),
    ],
)  # fmt: skip
def test_a_set_unlike_the_one_before(old: bytes, new: bytes) -> None:
    agree_in_all(SETS[0].replace(old, new), old, len(new))
    agree_in_all(SETS[0].replace(old, new, 1), old, len(old))


# damage


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda p: p.stem)
def test_mutants(path: Path) -> None:
    made = mutants(path.name, path.read_bytes(), MUTANTS_OF_EACH, 17)
    for number, mutant in enumerate(made):
        if FULL or number % 10 == len(path.stem) % 10:
            agree_in_all(mutant.data, mutant, number)


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda p: p.stem)
def test_damaged_bytes_and_segments(path: Path) -> None:
    for number, data in enumerate(damages(path.read_bytes(), DAMAGES_OF_EACH, 18)):
        agree_in_all(data, data, number)


def test_one_fault_in_a_long_file() -> None:
    for number, data in enumerate(damages(good_file(2), 300 if FULL else 6, 19)):
        agree_in_all(data, number, number)


def test_mutants_of_a_long_file() -> None:
    for mutant in mutants("long", good_file(1), 600 if FULL else 30, 20):
        LINTERS[1].agree(mutant.data, mutant)
        if FULL:
            agree(mutant.data, mutant, None, 500, 9000)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"*UN*", b"*UM*"), (b"LX*1~", b"LX*1*~"), (b"~\n", b"*~\n"), (b"*472*D8*", b"*472*D8*9"),
        (b"NM1*IL", b"NM1*IX"), (b"HI*", b"REF*ZZ*1~\nHI*"), (b"\nCLM*C", b"\n CLM*C"),
        (b"SV1*HC:", b"SV1*HC: "), (b"HL*", b"HL*0"), (b"*22*0", b"*22*1"), (b"*22*1", b"*22*0"),
        (b"SV1*", b"S\nV1*"), (b"DTP*472", b"SV1*HC:A4306*5*UN*1***1~\nDTP*472"), (b"~\nPWK", b"~~\nPWK"),
        (b"LX*1~\nSV1", b"SV1"), (b"LX*2~\n", b""), (b"\nHI*", b"\nHI*BP:1~\nHI*"), (b"*1***1", b"*1***13"),
        (b"HI*", b"HI\x00*"), (b"LX*", b"LX\x00*"),
    ],
)  # fmt: skip
def test_a_fault_in_every_claim(old: bytes, new: bytes) -> None:
    data = good_file(2 if FULL else 1)
    assert old in data
    agree_in_all(data.replace(old, new), (old, new), len(new))


@pytest.mark.parametrize("name", LINE_BREAKS)
def test_delimiters_and_line_breaks(name: str) -> None:
    rng = Random(21)
    file = good_file(1) if FULL else grown(SOURCES[3:6], 1)
    for number, delimiters in enumerate(SETS_OF_DELIMITERS):
        if not FULL and (number + len(name)) % 2:
            continue
        data = LINE_BREAKS[name](with_delimiters(file, delimiters))
        agree_in_all(data, delimiters, number, all_=FULL)
        for _ in range(4 if FULL else 1):
            agree_in_all(damaged(data, rng), delimiters, number)


# what the kernel gives up at, and what it must remember


def test_more_than_one_run_of_the_kernel() -> None:
    """A window with more segments or alarms than it takes at once."""
    data = good_file(60)
    assert data.count(b"~") > 34_000
    chunk = 4 * len(data)
    agree(data, "segments", chunk)
    if FULL:
        agree(data.replace(b"~\n", b"*~\n"), "alarms", chunk)
        LINTERS[1].agree(data)


@pytest.mark.parametrize("lines", [49, 50, 51, 401, 30_000 if FULL else 900])
def test_a_claim_with_many_lines(lines: int) -> None:
    segments = segments_of(SOURCES[0])
    at = next(n for n, s in enumerate(segments) if s.startswith(b"LX*"))
    body = [
        s
        for n in range(1, lines + 1)
        for s in (b"LX*%d" % n, b"SV1*HC:99213*1.5*UN*1***1", b"DTP*472*D8*20240229")
    ]
    data = joined([*segments[:at], *body, *segments[-3:]])
    agree(data)
    LINTERS[0].agree(data)
    LINTERS[5].agree(data.replace(b"*1.5*", b"*1.50000*"))


AMOUNTS = (
    "10", "-10", "10.", ".5", "-.5", "0", "-0", "00010", "1.2345", "1.23456", "999999999999", "9999999999999",
    "12345678901234567890", "1" * 41, "-", ".", "", "1E2", "+5", "10 ", "1-2", "1.2.3", "0.00", "1 0",
)  # fmt: skip


@pytest.mark.parametrize("total", AMOUNTS)
def test_sums_of_odd_amounts(total: str) -> None:
    blank = [b"CLM*%d*%s***12:B:1*Y*A*Y*Y" % (n, total.encode()) for n in range(len(AMOUNTS))]
    segments = segments_of(SOURCES[0])
    clm = next(n for n, s in enumerate(segments) if s.startswith(b"CLM*"))
    claims: list[bytes] = []
    for clm_, other in zip(blank, AMOUNTS, strict=True):
        claims += [
            clm_,
            b"HI*ABK:G8918",
            b"LX*1",
            b"SV1*HC:A4306*%s*UN*1***1" % other.encode(),
            b"DTP*472*D8*20240229",
        ]
        claims += [b"LX*2", b"SV1*HC:99213*%s*UN*1***1" % total.encode(), b"DTP*472*D8*20240229"]
        claims += [
            clm_,
            b"HI*ABK:G8918",
            b"LX*1",
            b"SV1*HC:A4223*%s*UN*1***1" % other.encode(),
            b"DTP*472*D8*20240229",
        ]
    LINTERS[0].agree(joined([*segments[:clm], *claims, *segments[-3:]]))


def test_what_was_learnt_from_one_file_changes_nothing_in_the_next() -> None:
    """The same codes are good in one file and bad beside others in the next."""
    both = Both(Settings(phi=Phi.ALL))
    rng = Random(22)
    data = good_file(1)
    values = (
        b"HC:A4306",
        b"HC:99213:25",
        b"HC:99213:25:25",
        b"HC:99213:GA:GZ",
        b"WK:99213",
        b"HC:9921",
        b"ER:X",
    )
    for number in range(150 if FULL else 12):
        lines = data.split(b"SV1*")
        for n in range(1, len(lines)):
            rest = lines[n].split(b"*", 1)[1]
            lines[n] = rng.choice(values) + b"*" + rest
            if rng.random() < 0.2:
                lines[n] = lines[n].replace(
                    b"***1", rng.choice((b"***2", b"***1:1", b"***7", b"***1:2:3")), 1
                )
        changed = b"SV1*".join(lines).replace(
            b"*XX*10", rng.choice((b"*XX*10", b"*ZZ*10", b"*XX*11"))
        )
        changed = changed.replace(
            b"*FX***AC*", rng.choice((b"*FX***AC*", b"*AA***AC*", b"*EL***AC*"))
        )
        changed = changed.replace(b":B:1*", rng.choice((b":B:1*", b":B:7*", b":B:8*")))
        both.agree(changed, number)


@pytest.mark.parametrize("first", range(0, len(VALUES), 1 if FULL else 3))
def test_every_value_in_many_places(first: int) -> None:
    values = VALUES[first : first + (1 if FULL else 3)]
    rng = Random(values[0])
    segments = segments_of(good_file(1))
    for n in range(3, len(segments) - 3):
        parts = segments[n].split(b"*")
        if parts[0] in (b"HL", b"LX") or len(parts) == 1:
            continue
        if rng.random() < (0.3 if FULL else 0.1):
            parts[rng.randrange(1, len(parts))] = rng.choice(values)
            segments[n] = b"*".join(parts)
    agree_in_all(joined(segments), values, first)


# what was wrong once, in its smallest form

THREE = (FIXTURES / "valid" / "three-claims.837").read_bytes()
CLAIM_AT = THREE.index(b"CLM*")
LONG_JUNK = b"NTE*ADD*" + b"X" * 1_060_000 + b"~\n"


@pytest.mark.parametrize(
    "data",
    [
        THREE.replace(b"LX*", b"LX\x00*", 1),
        THREE.replace(b"ST*837*0001*005010X222A1~\n", b"").replace(b"*TE*", b"*TX*"),
        THREE[:CLAIM_AT] + LONG_JUNK + THREE[CLAIM_AT:].replace(b"*UN*", b"*XX*"),
        THREE[:CLAIM_AT] + b"NTE*ADD*" + b"X" * 3_000_000,
        b"X" * 1_500_000 + b"\n" + THREE + b"X" * 3_000_000,
    ],
    ids=["NUL in a tag", "ordinals without ST", "reading on after a gap", "a long gap", "long gaps outside"],
)  # fmt: skip
def test_found_differences(data: bytes) -> None:
    agree_in_all(data)


def test_a_fault_of_lx_is_one_of_its_line_from_the_first_time_on() -> None:
    data = THREE.replace(b"LX*1~", b"LX*1*~", 1)
    for engine in (Engine, compiled.CompiledEngine, Engine):
        moves_of.cache_clear()
        for _ in range(2):
            found = [f for b in engine(io.BytesIO(data)).blocks() for f in b.faults]
            assert [(f.code.name, f.line) for f in found] == [("TRAILING_SEPARATOR", "1")]


def test_a_fault_in_a_later_window_than_its_block() -> None:
    agree(THREE.replace(b"*UN*", b"*XX*"), "", 64)


@pytest.mark.parametrize("at", range(3, 60, 1 if FULL else 8))
def test_gaps_anywhere(at: int) -> None:
    segments = segments_of(THREE.replace(b"*UN*", b"*XX*"))
    agree_in_all(joined(segments[:at]) + LONG_JUNK + joined(segments[at:]), at, at)


# the kernel's judgment of elements


class Acceptor:
    """The kernel's judgment of one kind of segment, apart from where it stands."""

    def __init__(self, node: SegmentNode, guide: str, delimiters: Delimiters) -> None:
        grammar = grammar_for(guide)
        assert grammar is not None
        self.node = node
        self.delimiters = delimiters
        tables = Tables(moves_of(grammar), None)
        self.kernel = tables.kernel = _kernel.Kernel()
        tag = node.spec.tag.encode()
        self.kernel.add_loop(0, 1, 0, False)
        self.kernel.add_tag(tag, 0, 0, False, 0)
        self.kernel.set_node(1, tables._spec(node.spec))
        self.kernel.add_move(1, tag, b"", b"", 1, [], [], 0, 0, [])
        tables.read_with(delimiters)

    def takes(self, raw: bytes) -> bool:
        self.kernel.load(1, [(0, [], False)], b"", (0,) * 9, False, False)
        self.kernel.open_set(b"", b"", b"", False, 1, 0)
        self.kernel.begin(0, 0, 1)
        data = raw + self.delimiters.terminator
        self.kernel.run(data, 0, len(data))
        alarms = self.kernel.blocks[1, 7]
        return self.kernel.result[0] == 1 and alarms == 0

    def is_right(self, raw: bytes) -> bool:
        """Whether the kernel takes the segment; fails where it does so wrongly."""
        taken = self.takes(raw)
        if taken:
            segment = Segment(Window(raw, 0, 1, 0), 0, len(raw), self.delimiters)
            assert check(self.node.spec, segment) == [], raw
        return taken


DELIMITERS = (
    Delimiters(b"*", b":", b"^", b"~"),
    Delimiters(b"\x1d", b"\x1f", b"", b"\n"),
    Delimiters(b"|", b".", b"-", b"!"),
)
GUIDES = ("005010X222A1", "004010X098A1")


def kinds_of_segments(guide: str) -> list[SegmentNode]:
    """A node for each specification of a guide."""
    grammar = grammar_for(guide)
    assert grammar is not None
    return list({id(n.spec): n for n in grammar.segment_nodes()}.values())


@pytest.mark.parametrize("guide", GUIDES)
def test_segments_that_the_kernel_takes_have_no_fault(guide: str) -> None:
    rng = Random(23)
    taken = 0
    for number, node in enumerate(kinds_of_segments(guide)):
        for delimiters in DELIMITERS if FULL else DELIMITERS[number % 3 :][:1]:
            acceptor = Acceptor(node, guide, delimiters)
            for _ in range(400 if FULL else 40):
                taken += acceptor.is_right(likely(node.spec, rng, delimiters))
    assert taken > 500


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_a_segment_that_the_kernel_takes_has_no_fault(data: st.DataObject) -> None:
    guide = data.draw(st.sampled_from(GUIDES))
    node = data.draw(st.sampled_from(kinds_of_segments(guide)))
    delimiters = data.draw(st.sampled_from(DELIMITERS))
    acceptor = Acceptor(node, guide, delimiters)
    element, component = delimiters.element, delimiters.component
    part = st.sampled_from(VALUES) | st.lists(st.sampled_from(ODD_BYTES), max_size=4).map(bytes)
    for _ in range(10):
        raw = likely(node.spec, Random(data.draw(st.integers(0, 1 << 20))), delimiters)
        values = raw.split(element)
        at = data.draw(st.integers(1, len(values)))
        value = data.draw(part).replace(delimiters.terminator, b"").replace(b":", component)
        acceptor.is_right(element.join([*values[:at], value, *values[at + 1 :]]))


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.sampled_from([good_file(1), *SOURCES, *OTHERS, *SETS]),
    st.lists(
        st.tuples(st.integers(106, 1 << 20), st.integers(0, 30), st.binary(max_size=6) | st.sampled_from(VALUES)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([None, 1, 50, 3000]),
)  # fmt: skip
def test_any_damage(data: bytes, edits: list[tuple[int, int, bytes]], chunk: int | None) -> None:
    changed = bytearray(data)
    for at, length, value in edits:
        at = 106 + at % (len(changed) - 106) if len(changed) > 106 else 0
        changed[at : at + length] = value
    agree(bytes(changed), "", chunk)
    LINTERS[1].agree(bytes(changed))
