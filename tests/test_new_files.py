"""`edi-lint rewrite` makes a new file of the chosen claims, with numbers that nobody had before."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import IO
from unittest.mock import patch

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import edi_lint
from conftest import FIXTURES, ROOT, Cli, valid_fixtures
from edi_lint.crosscheck.pyx12_answers import Pyx12Refused, pyx12_answers
from edi_lint.findings import Severity
from edi_lint.ledger.database import Ledger
from edi_lint.settings import Settings
from edi_lint.transform.rewrite import RewriteError, Rewriting, rewrite
from envelopes import Claim, Patient, Provider, Subscriber, file, single
from mutants import mutants
from test_rewrite import LAYOUTS, MANY, MINIMAL, NAMES, NUMBER, laid_out, segments

LOG_SCHEMA = json.loads((ROOT / "schemas" / "change-log.schema.json").read_text())
NOW = datetime(2026, 7, 1, 9, 5, 7)
FIRST = 403
SENDER, RECEIVER = "ZZ*HARBORINFUSION", "ZZ*CLEARBRIDGE"


class Clock(datetime):
    @classmethod
    def now(cls, tz: object = None) -> Clock:
        return cls(*NOW.timetuple()[:6])


def new_file(source: bytes, template: str = "new-claim", **options: object) -> Rewriting:
    """A new file, made at NOW, whose numbers count from FIRST."""
    with patch("edi_lint.transform.rewrite.datetime", Clock):
        return rewrite(source, template, **{"control_number": FIRST} | options)  # type: ignore[arg-type]


# the answer to compare with, worked out on lists of segments

RANKS = {
    "ISA": 0,
    "GS": 1,
    "ST": 2,
    "20": 3,
    "22": 4,
    "23": 5,
    "CLM": 6,
    "SE": 2,
    "GE": 1,
    "IEA": 0,
}
TRAILERS = ("SE", "GE", "IEA")


class Run:
    """A header, a level, a claim or a trailer: segments up to where the next one begins."""

    def __init__(self, first: list[str]) -> None:
        self.tag = first[0]
        self.rank = RANKS[first[3] if self.tag == "HL" else self.tag]
        self.segments = [first]
        self.kept = False


def runs_of(texts: list[str]) -> list[Run]:
    runs: list[Run] = []
    for segment in (text.split("*") for text in texts):
        if segment[0] in RANKS or segment[0] == "HL":
            runs.append(Run(segment))
        else:
            runs[-1].segments.append(segment)
    return runs


def new(claim: list[list[str]]) -> list[list[str]]:
    """A claim as `new-claim` makes it."""
    clm = claim[0]
    clm[5] = ":".join([*clm[5].split(":")[:2], "1"])
    end = next(n for n, s in enumerate(claim) if s[0] in ("HI", "NM1", "SBR", "LX"))
    return [s for n, s in enumerate(claim) if n > end or s[:2] != ["REF", "F8"]]


def answer(texts: list[str], chosen: set[int], numbers: Iterator[int]) -> list[str]:
    """The segments of the new file of the claims that are chosen by their position, from 0."""
    runs = runs_of(texts)
    open_: list[Run] = []
    position = 0
    for run in runs:
        while open_ and open_[-1].rank > run.rank - (run.tag not in TRAILERS):
            open_.pop()
        if run.tag in TRAILERS:
            run.kept = open_.pop().kept
            continue
        open_.append(run)
        if run.tag == "CLM":
            for around in open_:
                around.kept = around.kept or position in chosen
            run.kept = position in chosen
            position += 1
    return list(numbered([run for run in runs if run.kept], numbers))


def numbered(runs: list[Run], numbers: Iterator[int]) -> Iterator[str]:
    isa = group = ""
    groups = sets = count = level = 0
    parents = {3: "", 4: "", 5: ""}
    for n, run in enumerate(runs):
        lines = new(run.segments) if run.tag == "CLM" else run.segments
        head = lines[0]
        following = runs[n + 1].rank if n + 1 < len(runs) else 0
        if run.tag == "ISA":
            isa, groups = f"{next(numbers):09}", 0
            head[9:11] = NOW.strftime("%y%m%d %H%M").split()
            head[13] = isa
        elif run.tag == "GS":
            groups, sets = groups + 1, 0
            group = str(int(isa) if groups == 1 else next(numbers))
            head[4:7] = [*NOW.strftime("%Y%m%d %H%M").split(), group]
        elif run.tag == "ST":
            sets, count, level = sets + 1, 0, 0
            head[2] = f"{sets:04}"
            bht = lines[1]
            bht[3:6] = [
                isa + (f"{groups:02}" if groups > 1 else "") + head[2],
                *NOW.strftime("%Y%m%d %H%M").split(),
            ]
        elif run.tag == "HL":
            level += 1
            parents[run.rank] = head[1] = str(level)
            head[2] = parents[run.rank - 1] if run.rank > 3 else ""
            if run.rank == 4:
                following = max((r.rank for r in level_below(runs[n + 1 :], 4)), default=0)
                head[4] = str(int(following == 5))
        count += len(lines)
        if run.tag == "SE":
            head[1:] = [str(count), f"{sets:04}"]
        elif run.tag == "GE":
            head[1:] = [str(sets), group]
        elif run.tag == "IEA":
            head[1:] = [str(groups), isa]
        yield from ("*".join(line) for line in lines)


def level_below(runs: list[Run], rank: int) -> Iterator[Run]:
    """The levels of the hierarchy inside the one that these runs come behind."""
    for run in runs:
        if run.rank <= rank:
            return
        if run.rank < RANKS["CLM"]:
            yield run


# any claims of any file


def standard(data: bytes) -> list[str]:
    """The segments of a file of one pair of delimiters, with `*:^~` instead, each claim's CLM01
    another."""
    old = bytes([data[3], data[104], data[82] if data[84:89] == b"00501" else 94, data[105]])
    flat = data.translate(bytes.maketrans(old, b"*:^~"), b"\r\n")
    found = flat.decode().split("~")[:-1]
    return [re.sub(r"^CLM\*[^*]+", f"CLM*C{n}", s) for n, s in enumerate(found)]


ONE_PAIR = {
    f.stem: standard(f.read_bytes()) for f in valid_fixtures() if f.stem != "two-interchanges"
}
CLAIM_NAMES = iter(f"N{n}" for n in range(10**9))


@st.composite
def built(draw: st.DrawFn) -> list[str]:
    """Interchanges of groups of sets of providers of subscribers and dependents, with claims."""

    def some(most: int, least: int = 1) -> range:
        return range(draw(st.integers(least, most)))

    def some_claims(least: int) -> tuple[Claim, ...]:
        return tuple(Claim(next(CLAIM_NAMES)) for _ in some(2, least))

    def subscriber() -> Subscriber:
        patients = tuple(Patient(some_claims(1)) for _ in some(2, 0))
        return Subscriber(some_claims(0 if patients else 1), patients)

    def provider() -> Provider:
        return Provider(tuple(subscriber() for _ in some(2)))

    made = tuple(
        tuple(tuple(tuple(provider() for _ in some(2)) for _ in some(2)) for _ in some(2))
        for _ in some(2)
    )
    return segments(file(*made))


def is_claim(text: str) -> bool:
    return text.startswith("CLM*")


@given(
    parts=st.lists(
        st.tuples(
            st.one_of(built(), st.sampled_from(list(ONE_PAIR.values()))), st.sampled_from(LAYOUTS)
        ),
        min_size=1,
        max_size=2,
    ),
    draw=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_any_claims_of_any_file_make_a_file_of_them_alone(
    parts: list[tuple[list[str], bytes]], draw: st.DataObject
) -> None:
    names: list[list[str]] = []
    whole: list[tuple[list[str], bytes]] = []
    for n, (texts, layout) in enumerate(parts):
        named = [re.sub(r"^CLM\*", f"CLM*P{n}", text) for text in texts]
        names.append([text.split("*")[1] for text in named if is_claim(text)])
        whole.append((named, layout))
    every = [name for part in names for name in part]
    chosen = draw.draw(st.sets(st.sampled_from(every), min_size=1))
    numbers = iter(range(FIRST, 10**9))
    pairs = []
    for (texts, layout), part in zip(whole, names, strict=True):
        positions = {n for n, name in enumerate(part) if name in chosen}
        expected = written(answer(texts, positions, numbers))
        pairs.append((laid_out(written(texts), layout), laid_out(expected, layout)))
    result = new_file(b"".join(before for before, _ in pairs), claims=sorted(chosen))
    assert result.content() == b"".join(after for _, after in pairs)
    assert (result.selected, result.new_errors) == (len(chosen), {})
    for before, after in pairs:  # apart, for pyx12 reads a file by one guide
        assert not after or said_by_pyx12(after) <= said_by_pyx12(before)


@lru_cache(maxsize=100)
def said_by_pyx12(data: bytes) -> Counter[tuple[str, ...]]:
    """What pyx12 finds, wherever it stands; one thing alone where it has no map for the file."""
    try:
        report = pyx12_answers(data)
    except Pyx12Refused:
        return Counter([("refused",)])
    said = [(a.segment, a.element, a.ik304, a.ik403) for a in report.answers]
    return Counter([*said, *map(str, report.other)])  # type: ignore[list-item]


def written(texts: list[str]) -> bytes:
    return "".join(f"{text}~\n" for text in texts).encode()


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda p: p.stem)
def test_every_claim_of_a_valid_fixture_is_a_valid_file_by_itself(path: Path) -> None:
    source = path.read_bytes()
    for claim in edi_lint.read(source):
        start, end = claim.byte_range
        at = f"{claim.transaction.control_number}/{claim.number}"
        name = claim.id if source.count(b"*" + claim.id.encode() + b"*") == 1 else at
        result = new_file(source, claims=[name])
        made = result.content()
        (alone,) = edi_lint.read(made)
        if not result.changed:
            assert made[slice(*alone.byte_range)] == source[start:end]
        assert [f for f in edi_lint.check(made).findings if f.severity is Severity.ERROR] == []
        assert said_by_pyx12(made) <= said_by_pyx12(source)


FAULTY = [p for p in sorted(FIXTURES.glob("faulty/*.837")) if p.stem != "missing-clm"]


@pytest.mark.parametrize("path", FAULTY, ids=lambda p: p.stem)
def test_what_is_wrong_with_a_file_becomes_no_worse(path: Path) -> None:
    source = path.read_bytes()
    result = new_file(source)
    made = result.content()
    assert result.new_errors == {}
    before = [source[slice(*c.byte_range)] for c in edi_lint.read(source)]
    after = [made[slice(*c.byte_range)] for c in edi_lint.read(made)]
    assert len(before) == len(after)
    assert before == after or result.changed


def test_a_claim_without_clm_is_refused() -> None:
    with pytest.raises(RewriteError, match="no CLM segment"):
        new_file(FIXTURES.joinpath("faulty", "missing-clm.837").read_bytes())


def test_counts_that_were_wrong_are_right_in_a_new_file() -> None:
    source = MINIMAL.replace(b"SE*28*", b"SE*99*").replace(b"GE*1*", b"GE*4*")
    found = segments(new_file(source.replace(b"IEA*1*", b"IEA*7*")).content())
    assert found[-3:] == ["SE*28*0001", "GE*1*403", "IEA*1*000000403"]


def test_a_header_that_stands_twice_is_changed_alike() -> None:
    bht = next(s for s in segments(MINIMAL) if s.startswith("BHT")).encode()
    source = MINIMAL.replace(bht, bht + b"~\n" + bht).replace(b"SE*28", b"SE*29")
    result = new_file(source)
    assert result.new_errors == {}
    assert len({s for s in segments(result.content()) if s.startswith("BHT")}) == 1


# numbers, date and time


def test_a_new_file_has_new_numbers_and_todays_date_and_time() -> None:
    found = segments(new_file(MINIMAL).content())
    assert found[0].split("*")[9:14] == ["260701", "0905", "^", "00501", "000000403"]
    assert found[1].split("*")[4:7] == ["20260701", "0905", "403"]
    assert found[2:4] == [
        "ST*837*0001*005010X222A1",
        "BHT*0019*00*0000004030001*20260701*0905*CH",
    ]
    assert found[-3:] == ["SE*28*0001", "GE*1*403", "IEA*1*000000403"]


@pytest.mark.parametrize(
    ("old", "expected"),
    [("*1030*", "*0905*"), ("*103015*", "*090507*"), ("*10301500*", "*09050700*")],
)
def test_a_time_is_as_long_as_it_was(old: str, expected: str) -> None:
    time_ = segments(MINIMAL)[1].split("*")[5]
    source = MINIMAL.replace(f"*{time_}*101*".encode(), f"{old}101*".encode())
    assert source != MINIMAL or old == f"*{time_}*"
    assert expected in segments(new_file(source).content())[1]


def test_every_group_has_a_number_of_its_own_and_sets_count_in_their_group() -> None:
    two = (single("A"), single("B"))
    source = file(((two), (single("C"),)), ((single("D"),),))
    found = segments(new_file(source).content())
    assert [s.split("*")[6] for s in found if s.startswith("GS")] == ["403", "404", "405"]
    assert [s.split("*")[13] for s in found if s.startswith("ISA")] == ["000000403", "000000405"]
    assert [s.split("*")[2] for s in found if s.startswith("ST")] == [
        "0001",
        "0002",
        "0001",
        "0001",
    ]
    batches = [s.split("*")[3] for s in found if s.startswith("BHT")]
    assert len(set(batches)) == 4
    assert new_file(source).numbers == [403, 405]


def test_the_ledger_gives_each_number_once(tmp_path: Path) -> None:
    chosen = Settings(ledger=str(tmp_path / "ledger.db"))
    numbers = [rewrite(MINIMAL, "new-claim", settings=chosen).numbers[0] for _ in range(3)]
    assert numbers == [102, 103, 104]


def test_test_interchanges_count_apart(tmp_path: Path) -> None:
    chosen = Settings(ledger=str(tmp_path / "ledger.db"))
    production = MINIMAL.replace(b"*T*:~", b"*P*:~").replace(b"000000101", b"000000007")
    assert rewrite(MINIMAL, "new-claim", settings=chosen).numbers == [102]
    assert rewrite(production, "new-claim", settings=chosen).numbers == [8]
    assert rewrite(MINIMAL, "new-claim", settings=chosen).numbers == [103]


def test_the_whole_file_keeps_its_numbers_unless_new_ones_are_asked_for() -> None:
    kept = segments(rewrite(MINIMAL, "new-claim", whole=True).content())
    assert kept == segments(MINIMAL)
    numbered_ = new_file(MINIMAL, whole=True)
    assert segments(numbered_.content())[-1] == "IEA*1*000000403"


def test_other_sets_stay_in_the_whole_file_and_not_in_a_new_one() -> None:
    mixed = FIXTURES.joinpath("other", "mixed.837").read_bytes()
    others = [s for s in segments(mixed) if s.startswith("ST*") and not s.startswith("ST*837")]
    assert others
    whole = segments(new_file(mixed, whole=True).content())
    alone = segments(new_file(mixed).content())
    assert [s.split("*")[1] for s in whole if s.startswith("ST*")] == [
        s.split("*")[1] for s in segments(mixed) if s.startswith("ST*")
    ]
    assert {s.split("*")[1] for s in alone if s.startswith("ST*")} == {"837"}


ASK = """
import sys
from edi_lint.cli import main
sys.argv = ["edi-lint", "rewrite", *sys.argv[1:]]
while True:
    try:
        main()
    except SystemExit:
        pass
    if {once}:
        break
"""


def test_ten_processes_on_one_ledger_never_get_the_same_number_also_when_one_is_killed(
    tmp_path: Path,
) -> None:
    source = tmp_path / "in.837"
    source.write_bytes(MINIMAL)
    common = ["--ledger", str(tmp_path / "ledger.db"), "--template", "new-claim", str(source)]

    def start(once: bool, stderr: IO[bytes], *more: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-c", ASK.format(once=once), *common, *more],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )

    def told_by_victim() -> list[int]:
        """The numbers of whole messages: the last one may be cut off by the kill."""
        return [int(n) for n in re.findall(r"control number (\d+).*\n", told.read_text())]

    told = tmp_path / "told"
    with told.open("wb") as messages, told.with_suffix(".others").open("wb") as rest:
        victim = start(False, messages, "-o", str(tmp_path / "victim.837"))
        others = [start(True, rest, "-o", str(tmp_path / f"{n}.837")) for n in range(10)]
    until = time.monotonic() + 60
    while not told_by_victim():  # its file alone may be there before it says so
        assert victim.poll() is None and time.monotonic() < until, told.read_text()
        time.sleep(0.01)
    victim.kill()
    victim.wait(60)
    for process in others:
        assert process.wait(120) == 0
    given_ = told_by_victim()
    for n in range(10):
        made = segments((tmp_path / f"{n}.837").read_bytes())
        given_.append(int(made[0].split("*")[13]))
        assert made[-1] == f"IEA*1*{given_[-1]:09}"
    assert len(given_) == len(set(given_)) > 10
    last = segments((tmp_path / "victim.837").read_bytes())
    assert int(last[-1].split("*")[2]) == int(last[0].split("*")[13])
    assert Ledger(str(tmp_path / "ledger.db")).next_number(SENDER, RECEIVER, "T") > max(given_)


# which claims


@pytest.fixture
def run(commands: Callable[[str], Cli]) -> Cli:
    """`edi-lint rewrite --template new-claim` with numbers from 403."""
    return lambda *given_, **more: commands("rewrite")(
        "--template", "new-claim", "--control-number", FIRST, *given_, **more
    )


def chosen(out: str) -> list[str]:
    return re.findall(r"CLM\*([^*]+)", out)


def test_claims_are_chosen_by_name(run: Cli) -> None:
    result = run(FIXTURES / "valid" / "many.837", "--claims", f"{NAMES[3]},{NAMES[1]}")
    assert chosen(result.out) == [NAMES[1], NAMES[3]]


def test_claims_are_chosen_by_their_findings(run: Cli) -> None:
    outbound = ROOT / "examples" / "outbound.837"
    assert chosen(run(outbound, "--with", "MOD001").out) == ["HI-26-0612"]
    assert chosen(run(outbound, "--with", "MOD001,MOD005").out) == ["HI-26-0612", "HI-26-0614"]
    assert chosen(run(outbound, "--with", "MOD").out) == ["HI-26-0612", "HI-26-0614"]


def test_claims_are_chosen_by_procedure_code(run: Cli) -> None:
    many = FIXTURES / "valid" / "many.837"
    with_pumps = [c.id for c in edi_lint.read(many) if any(i.code == "A4306" for i in c.lines)]
    assert 0 < len(with_pumps) < len(NAMES)
    assert chosen(run(many, "--hcpcs", "a4306").out) == with_pumps


def test_what_is_asked_of_claims_narrows(run: Cli) -> None:
    outbound = ROOT / "examples" / "outbound.837"
    named = ("--claims", "HI-26-0612,HI-26-0613")
    assert chosen(run(outbound, "--with", "MOD", *named).out) == ["HI-26-0612"]
    result = run(outbound, "--with", "MOD", "--hcpcs", "J9999")
    assert (result.status, result.out) == (2, "")
    assert "no claim is chosen: none has such a finding and has a line with J9999" in result.err


def test_a_finding_above_the_claims_is_about_every_claim_below(run: Cli) -> None:
    found = run(FIXTURES / "faulty" / "missing-n4-billing.837", "--with", "STR")
    assert len(chosen(found.out)) == 1


def test_a_rule_that_is_not_there_is_refused(run: Cli) -> None:
    result = run(FIXTURES / "valid" / "minimal.837", "--with", "NOPE")
    assert (result.status, result.out) == (2, "")
    assert "NOPE" in result.err


# the command


def test_the_summary_names_the_control_numbers(run: Cli) -> None:
    result = run(FIXTURES / "valid" / "minimal.837")
    assert result.status == 0
    assert "0 claims rewritten, 1 copied unchanged; control number 000000403" in result.err


def test_standard_input_is_read(run: Cli) -> None:
    result = run("-", stdin=MINIMAL)
    assert (result.status, chosen(result.out)) == (0, ["HI-10001"])


@pytest.mark.parametrize("number", ["0", "-1", "1000000000", "x", "٣", "1.5", ""])
def test_a_control_number_has_one_to_nine_digits(run: Cli, number: str) -> None:
    result = run(FIXTURES / "valid" / "minimal.837", f"--control-number={number}")
    assert (result.status, result.out) == (2, "")
    assert "--control-number takes next, or a number from 1 to 999999999" in result.err


def test_when_the_numbers_end_nothing_is_written(run: Cli, tmp_path: Path) -> None:
    source, out = tmp_path / "in.837", tmp_path / "out.837"
    source.write_bytes(file(((single("A"),), (single("B"),))))
    result = run(source, "--control-number", "999999999", "-o", out)
    assert (result.status, out.exists()) == (2, False)
    assert "end at 999999999" in result.err


def test_a_sender_that_the_ledger_cannot_count_for_is_told(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    source = tmp_path / "in.837"
    source.write_bytes(MINIMAL.replace(b"*T*:~", b"*X*:~"))
    more = ("--template", "new-claim", "--ledger", tmp_path / "ledger.db")
    result = commands("rewrite")(source, *more)
    assert (result.status, result.out) == (2, "")
    assert "--control-number" in result.err


def test_a_new_file_that_was_sent_is_known_to_the_ledger(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    ledger = ("--ledger", tmp_path / "ledger.db")
    out, other = tmp_path / "out.837", tmp_path / "other.837"
    made = commands("rewrite")(
        FIXTURES / "valid" / "minimal.837", *ledger, "--template", "new-claim", "-o", out
    )
    assert made.status == 0
    check = commands("check")
    assert check(out, *ledger, "--record", "--fail-on", "never").status == 0
    assert "ENV010" not in check(out, *ledger).out
    other.write_bytes(out.read_bytes().replace(b"HI-10001*385", b"HI-10002*385"))
    assert "ENV010" in check(other, *ledger).out


def test_the_change_log_follows_its_schema_and_its_places_are_those_of_the_files(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    out, log, data = (tmp_path / n for n in ("out.837", "log.jsonl", "data.csv"))
    chosen_ = NAMES[1::3]
    rows = "".join(f"{name},P{n}\n" for n, name in enumerate(chosen_))
    data.write_text(f"claim,{NUMBER}\n{rows}")
    for whole in ("--whole", "--only"):
        result = commands("rewrite")(
            FIXTURES / "valid" / "many.837", "--data", data, "--claims", ",".join(chosen_),
            "--control-number", FIRST, whole, "-o", out, "--log", log, "--phi", "all",
        )  # fmt: skip
        assert result.status == 0, result.err
        made = out.read_bytes()
        entries = [json.loads(line) for line in log.read_text().splitlines()]
        assert [entry["claim"] for entry in entries] == chosen_
        for entry in entries:
            jsonschema.validate(entry, LOG_SCHEMA)
            holds(entry, MANY, made)


def holds(entry: dict, before: bytes, after: bytes) -> None:  # type: ignore[type-arg]
    """Whether an entry of the log says what stands in the two files."""
    for change in entry["changes"]:
        for side, data in (("before", before), ("after", after)):
            if side in change:
                place = change[side]
                start, end = place["byte_start"], place["byte_end"]
                assert data[start:end].decode() == place["text"]
                opening = data.rindex(b"\nST*", 0, start) + 1
                assert data.count(b"~", opening, start) + 1 == place["segment_ordinal"]
    result = entry["result"]
    at = after.index(f"CLM*{entry['claim']}*".encode())
    st_ = after.rindex(b"\nST*", 0, at) + 1
    assert after[st_:at].count(b"\nCLM*") + 1 == result["claim_number"]
    assert after[st_:].split(b"*")[2].decode() == result["transaction"]
    isa = after.rindex(b"ISA*", 0, at)
    assert after[isa:].split(b"*")[13].decode() == result["interchange"]


SECRETS = ("OKONMARA", "MIRELA", "LKH770214903", "THISTLEDOWN")


@pytest.mark.parametrize("phi", ["none", "ids"])
def test_nothing_protected_is_told_or_logged(
    commands: Callable[[str], Cli], tmp_path: Path, phi: str
) -> None:
    log, data = tmp_path / "log.jsonl", tmp_path / "data.csv"
    data.write_text(f"claim,{NUMBER}\nHI-10001,PAYERNUMBER1\n")
    result = commands("rewrite")(
        FIXTURES / "valid" / "minimal.837", "--data", data, "--control-number", FIRST,
        "--log", log, "--phi", phi, "--paperwork", tmp_path / "sheets", "-o", tmp_path / "o.837",
    )  # fmt: skip
    assert result.status == 0
    told = result.err + result.out + log.read_text()
    for secret in (*SECRETS, "PAYERNUMBER1"):
        assert secret not in told
    assert ("HI-10001" in told) == (phi == "ids")
    jsonschema.validate(json.loads(log.read_text()), LOG_SCHEMA)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (("--claims", "NOBODY"), "no claim in this file has that number"),
        (("--log", "no-folder/log.jsonl"), "cannot write there"),
        (("--output", "no-folder/out.837"), "cannot write there"),
        (("--paperwork", "taken"), "taken"),
        (("--ledger", "taken", "--control-number", "next"), "ledger"),
    ],
)
def test_when_something_fails_nothing_is_written(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, ...], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_bytes(b"something else")
    given_ = ("-o", "out.837", "--log", "log.jsonl", "--paperwork", "sheets", *more)
    result = run(FIXTURES / "valid" / "minimal.837", *given_)
    assert (result.status, result.out) == (2, "")
    assert reason in result.err
    assert "Traceback" not in result.err
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
    assert Path("taken").read_bytes() == b"something else"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_when_standard_output_is_full_no_sheet_and_no_log_is_written(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edi_lint", "rewrite", FIXTURES / "valid" / "minimal.837"]
    more = ["--template", "new-claim", "--control-number", "7", "--log", "log", "--paperwork", "p"]
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONUNBUFFERED"}
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [*command, *more], stdout=full, cwd=tmp_path, env=environment, check=False
        )
    assert (result.returncode, list(tmp_path.iterdir())) == (2, [])


def test_the_ledger_is_not_overwritten(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    Ledger(str(ledger)).next_number(SENDER, RECEIVER, "P")
    before = ledger.read_bytes()
    for option in ("-o", "--log"):
        result = commands("rewrite")(
            FIXTURES / "valid" / "minimal.837", "--template", "new-claim", "--ledger", ledger,
            option, ledger,
        )  # fmt: skip
        assert (result.status, result.out, ledger.read_bytes()) == (2, "", before)


def test_killed_while_it_writes_there_is_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    source, out = tmp_path / "in.837", tmp_path / "out.837"
    source.write_bytes(MINIMAL)
    command = [sys.executable, "-c", ASK.format(once=False), "--template", "new-claim"]
    with subprocess.Popen(
        [*command, "--control-number", "403", str(source), "-o", str(out)],
        stderr=subprocess.DEVNULL,
    ) as process:
        until = time.monotonic() + 60
        while not out.exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.05)
        process.kill()
    assert out.read_bytes().endswith(b"IEA*1*000000403~\n")


@pytest.mark.parametrize("name", ["three-claims.837", "two-interchanges.837", "dependent.837"])
def test_a_damaged_file_is_rewritten_or_refused(name: str) -> None:
    source = FIXTURES.joinpath("valid", name).read_bytes()
    for mutant in mutants(name, source, 12, seed=7):
        with suppress(RewriteError):
            assert new_file(mutant.data).content()
