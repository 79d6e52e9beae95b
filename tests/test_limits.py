"""Files in which one thing is repeated very often: work grows as the file does, memory is bounded."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from contextlib import nullcontext
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

import edi_lint
from agreement import running
from benchmarks.__main__ import main as benchmark
from benchmarks.shapes import SHAPES
from conftest import FIXTURES, faulty_fixtures, valid_fixtures
from edi_lint.batch_report.assessment import assess
from edi_lint.engine import BlockKind, open_engine, result
from edi_lint.findings import Severity
from edi_lint.rules import structural
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.annotate import Annotation
from edi_lint.transform.extract import extract
from edi_lint.transform.sections import Glossary
from edi_lint.transform.split import split

try:
    from fuzz.engines import check
except ImportError:
    check = None
    ENGINES = ["python"]
else:
    ENGINES = ["python", "kernel"]
COUNTS = (40, 60, 160)
"""Repetitions; so few show already what grows with the square."""
LATER = {
    **dict.fromkeys(("lines with A4306", "lines, other codes", "lines, other days"), (60, 80, 160)),
    **dict.fromkeys(
        ("claims", "claims, one number", "empty segments", "segments of blanks"), (110, 130, 210)
    ),
}
"""More where the guide allows 50 lines or 100 claims, or a hundred faults of a kind are listed.

Each one beyond is reported, or counted, and costs more.
"""
LINES = (8, 14, 36)
"""Service lines of one claim for the other commands."""


def shape(name: str, count: int) -> bytes:
    out = io.BytesIO()
    SHAPES[name].write(out, count)
    return out.getvalue()


def lines_run(work: Callable[[bytes], object], data: bytes) -> int:
    """How many lines of Python run to do this: work, whatever else the machine does."""
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        return step

    def step(frame: FrameType, event: str, arg: object) -> None:
        """Called for each line of a function and for its end; as fast as can be."""
        nonlocal count
        count += 1

    sys.settrace(trace)
    try:
        work(data)
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("name", SHAPES)
def test_each_repetition_is_as_much_work_as_the_one_before(name: str) -> None:
    """What grows with the square would be more than twice as much for the later ones."""
    with running(ENGINES[-1]):
        linter = Linter()
        counts = LATER.get(name, COUNTS)
        linter.check(shape(name, counts[-1]))
        work = [lines_run(linter.check, shape(name, count)) for count in counts]
    grows_evenly(counts, work)


def grows_evenly(counts: tuple[int, ...], work: list[int]) -> None:
    (first, second, third), (few, some, many) = counts, work
    early, late = (some - few) / (second - first), (many - some) / (third - second)
    assert late <= 1.1 * early + 20, f"{early:.0f} lines for each of the first, then {late:.0f}"


def attached(count: int) -> bytes:
    """A claim with many notes and references, in turn so that each has a place, and many lines."""
    own = b"NTE*ADD*PUMP~REF*EA*MRN1~" * (4 * count)
    return shape("lines with A4306", count).replace(b"HI*ABK", own + b"HI*ABK")


def annotated(data: bytes) -> int:
    with Annotation(io.BytesIO(data), "-", Settings()) as annotation:
        return sum(1 for _ in annotation.rows()) + sum(1 for _ in annotation.pages(Glossary()))


COMMANDS: dict[str, Callable[[bytes], object]] = {
    "extract": lambda data: list(extract(data)),
    "split": split,
    "fix": edi_lint.fix,
    "annotate": annotated,
    "redact": lambda data: edi_lint.redact(data, "a key of the test").content(),
    "rewrite": lambda data: edi_lint.rewrite(data, "resend", whole=True).content(),
    "report": lambda data: assess(
        Linter(), "-", lambda _: nullcontext(io.BytesIO(data)), Severity.ERROR
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_other_commands_work_as_much_for_each_repetition(command: str) -> None:
    """Each line shows what its claim has: what the guide allows of it, not all that there is."""
    with running(ENGINES[-1]):
        COMMANDS[command](attached(LINES[-1]))
        grows_evenly(LINES, [lines_run(COMMANDS[command], attached(count)) for count in LINES])


def test_a_line_repeats_of_its_claim_what_the_guide_allows() -> None:
    """What a claim has would else be shown with each of its lines, as often as it is there."""
    few, many = (next(extract(attached(count))).documentation for count in (10, 20))
    assert len(few) == len(many)


def linted(data: bytes, engine: str) -> tuple[Any, list[Any]]:
    with running(engine):
        report = Linter().check(data)
    return report.file, [(f.code, f.location.segment_ordinal, f.message) for f in report.findings]


MINIMAL = (FIXTURES / "valid" / "minimal.837").read_bytes()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_claim_that_is_too_long_is_said_to_be_and_counted_to_its_end(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """tests/test_long_claims.py has a claim beyond the real limit."""
    for module in (result, structural):
        monkeypatch.setattr(module, "LONGEST_BLOCK", 1_000)
    count = result.LONGEST_BLOCK
    file, findings = linted(shape("lines with A4306", count), engine)
    assert (file.claims, file.service_lines, file.matched_lines) == (1, count, count)
    long = [f for f in findings if "is longer than" in f[2]]
    # 18 segments stand before the claim
    assert long == [
        (
            "STR004",
            19 + count,
            "this claim is longer than 1,000 segments or a million bytes: from here on rules look "
            "only at single segments",
        )
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_needs_the_whole_claim_is_silent_about_a_part(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BAL001 would else find that the lines before the cut are less than the claim's charge."""
    data = shape("lines, other codes", 20)
    assert "BAL001" in {code for code, *_ in linted(data, engine)[1]}
    monkeypatch.setattr(result, "LONGEST_BLOCK", 30)
    file, findings = linted(data, engine)
    assert (file.claims, file.service_lines) == (1, 20)
    assert "BAL001" not in {code for code, *_ in findings}
    assert sum("is longer than" in message for *_, message in findings) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_level_that_is_too_long_is_known_by_its_beginning(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The payer of the claims is that of the level, which stands before the cut."""
    monkeypatch.setattr(result, "LONGEST_BLOCK", 1_000)
    data = shape("NM1 of a subscriber", result.LONGEST_BLOCK)
    with running(engine):
        lines = list(extract(data))
    assert [line.payer for line in lines] == ["LAKESHORE MUTUAL HEALTH"]
    assert sum("this level is longer" in f[2] for f in linted(data, engine)[1]) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_blocks_are_bounded_in_segments_and_bytes(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "LARGEST_BLOCK", 5_000)
    data = shape("lines, other codes", 400)
    with running(engine):
        blocks = list(open_engine(io.BytesIO(data)).blocks())
    claims = [b for b in blocks if b.kind is BlockKind.CLAIM]
    assert len(claims) > 5
    assert all(b.ends[-1] - b.starts[0] < 5_100 for b in claims)
    assert [b.rest_of is claims[0] for b in claims] == [False] + [True] * (len(claims) - 1)
    assert all(one.ends[-1] + 1 == other.starts[0] for one, other in pairwise(claims))
    assert len({b.standing for b in claims}) == 1
    monkeypatch.setattr(result, "LONGEST_BLOCK", 100)
    with running(engine):
        blocks = list(open_engine(io.BytesIO(data)).blocks())
    assert max(map(len, blocks)) == 100
    assert sum(map(len, blocks)) == data.count(b"~")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["ST, the same", "TA1 of a claim", "empty segments of a claim"])
def test_faults_about_what_is_in_no_block_are_bounded(
    name: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "LONGEST_BLOCK", 100)
    repeated = {"TA1 of a claim": b"TA1*000000100*260610*0915*A*000~", "ST, the same": b""}
    if repeated.get(name) == b"":
        data = shape(name, 1000)
    else:
        data = MINIMAL.replace(b"HI*", repeated.get(name, b"~X*1~") * 1000 + b"HI*")
    with running(engine):
        blocks = list(open_engine(io.BytesIO(data)).blocks())
    assert max(len(b.faults) for b in blocks) <= 202
    assert sum(len(b.faults) for b in blocks) > 1000


@pytest.mark.parametrize("engine", ENGINES)
def test_what_stands_too_often_is_reported_ten_times_and_then_counted(engine: str) -> None:
    _, findings = linted(shape("NTE", 5_000), engine)
    found = [f for f in findings if f[0] == "STR004" and "NTE" in f[2]]
    assert len(found) == 11
    assert found[-1][2].endswith("; 4,990 more, up to this one, are not listed one by one")


@pytest.mark.parametrize("engine", ENGINES)
def test_each_claim_that_is_too_many_is_reported(engine: str) -> None:
    """It may be sent without the others."""
    _, findings = linted(shape("claims", 150), engine)
    assert sum(f[0] == "STR004" for f in findings) == 51


@pytest.mark.skipif(check is None, reason="the compiled kernel is not installed")
@pytest.mark.parametrize("longest", [1, 2, 5, 13])
def test_both_engines_agree_wherever_blocks_end(
    longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "LONGEST_BLOCK", longest)
    paths = [*valid_fixtures(), *faulty_fixtures()][longest % 4 :: 4]
    for number, path in enumerate(paths):
        for turn in ((6, 15), (45, 97))[number % 2]:
            check(path.read_bytes(), turn)


@pytest.mark.skipif(check is None, reason="the compiled kernel is not installed")
@pytest.mark.parametrize("name", SHAPES)
def test_both_engines_agree_on_shapes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each comparison once for each shape; its sizes and settings change from shape to shape."""
    monkeypatch.setattr(result, "LONGEST_BLOCK", 17)
    turn = 30 * list(SHAPES).index(name)
    for number in (turn, turn + 15):  # one compares blocks, one reports; both stop, cut and slice
        check(shape(name, 40), number)


def test_the_table_of_shapes_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--shapes", "HI", "--count", "5", "--commands", "check,extract"]
    benchmark([*words, "--engines", "python"])
    table = capsys.readouterr().out
    assert "peak MB" in table
    assert table.count(" python ") >= 2  # once more where a row is beyond a limit
    assert "2 rows, " in table
