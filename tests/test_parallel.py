"""Several jobs find what one finds: whole files, and slices of a large one."""

from __future__ import annotations

import io
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.generate import Shape, generate
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, small_corpus_files, valid_fixtures
from edi_lint.cli.inputs import STANDARD_INPUT, opened
from edi_lint.engine import Engine, engine_class, open_engine
from edi_lint.engine.control_numbers import ControlNumbers
from edi_lint.engine.slices import Seen, resume, snapshot
from edi_lint.engine.survey import Cut, Survey, survey
from edi_lint.files import spool
from edi_lint.findings.report import Report
from edi_lint.run import check_files, parallel
from edi_lint.run.slices import Slice
from edi_lint.settings import Settings
from edi_lint.x12.delimiters import Delimiters, read_isa

SIZE = 120_000
SHAPES = {
    "plain": Shape(SIZE),
    "faulty": Shape(SIZE, faults=0.2),
    "broken after segments": Shape(SIZE, line_breaks="segment", crlf=True),
    "wrapped": Shape(SIZE, line_breaks="wrapped", faults=0.05),
    "a claim in each set": Shape(SIZE, claims_per_set=1),
    "small sets": Shape(SIZE, claims_per_set=7, faults=0.05),
    "several interchanges": Shape(SIZE, interchanges=4),
    "other delimiters": Shape(SIZE, delimiters="|>!\n"),
}


def made(shape: Shape) -> bytes:
    stream = io.BytesIO()
    generate(stream, shape)
    return stream.getvalue()


@pytest.fixture(scope="module", params=SHAPES)
def data(request: pytest.FixtureRequest) -> bytes:
    return made(SHAPES[request.param])


def delimiters_of(data: bytes) -> Delimiters:
    isa = read_isa(data, data.index(b"ISA"))
    assert isa is not None
    return isa[0]


def cuts_of(data: bytes, step: int, window: int = 10_000) -> list[Cut]:
    """Every cut that a survey finds, reading in windows as a file is read."""
    found, wanted = [], step
    surveyed = survey(delimiters_of(data))
    for end in range(window, len(data) + window, window):
        base = surveyed.position
        while (cut := surveyed.find(data[base:end], base, wanted)) is not None:
            found.append(cut)
            wanted = cut.at + step
            assert surveyed.position == cut.at
    return found


# the survey, and beginning at a cut


def test_both_surveys_find_the_same_cuts(data: bytes) -> None:
    if engine_class() is Engine:
        pytest.skip("the compiled kernel is not installed, or not chosen")
    plain, wanted = Survey(delimiters_of(data)), 1
    for cut in cuts_of(data, 1, 777):
        assert plain.find(data, 0, wanted) == cut
        wanted = cut.at + 1
    assert plain.find(data, 0, wanted) is None


def test_a_cut_is_where_something_opens(data: bytes) -> None:
    cuts = cuts_of(data, 1)
    assert len(cuts) > 100
    for cut in cuts:
        head = data[cut.at : cut.at + 8].lstrip(b"\r\n").replace(b"\r\n", b"").replace(b"\n", b"")
        assert head[:2] in (b"ST", b"HL", b"CL")


@pytest.mark.parametrize("name", [n for n in SHAPES if not SHAPES[n].faults])
def test_an_engine_begins_at_a_cut_as_one_comes_there(name: str) -> None:
    data = made(SHAPES[name])
    through = open_engine(io.BytesIO(data))
    for cut in cuts_of(data, 2_000):
        through.stop_at = cut.at
        for _ in through.blocks():
            pass
        begun = open_engine(io.BytesIO(data))
        resume(begun, cut, Seen.nothing())
        assert snapshot(begun) == snapshot(through)


def test_a_snapshot_does_not_change_when_the_engine_reads_on() -> None:
    """A stray segment is noted, then found to be the one that is missing further on."""
    data = (ROOT / "fuzz" / "found" / "slices-with-a-stray-that-is-found-later.837").read_bytes()
    for cut in cuts_of(data, 1):
        engine = open_engine(io.BytesIO(data))
        resume(engine, cut, Seen.nothing())
        before = snapshot(engine)
        noted = pickle.dumps(before)
        engine.stop_at = len(data)
        for _ in engine.blocks():
            pass
        assert pickle.dumps(before) == noted


# control numbers


def test_control_numbers_are_a_set() -> None:
    rng = random.Random(5)
    for _ in range(200):
        numbers, plain = ControlNumbers(), set[str]()
        for _ in range(60):
            text = rng.choice(["%d", "%04d", "X%d", ""]).replace("%d", "%d") or ""
            text = text % rng.randrange(60) if "%" in text else text
            assert (text in numbers) == (text in plain)
            numbers.add(text)
            plain.add(text)
        first = rng.randrange(60)
        numbers.add_run(4, first, first + 9)
        plain |= {f"{n:04}" for n in range(first, first + 10)}
        assert [f"{n:04}" in numbers for n in range(80)] == [f"{n:04}" in plain for n in range(80)]
        for number in range(70):
            last = numbers.room_after(4, number)
            assert not plain & {f"{n:04}" for n in range(number + 1, min(last, 99) + 1)}
            assert last == 9999 or f"{last + 1:04}" in plain
        others = {str(rng.randrange(200)) for _ in range(3)}
        other = ControlNumbers()
        for text in others:
            other.add(text)
        assert other.isdisjoint(numbers) == numbers.isdisjoint(other) == others.isdisjoint(plain)
        assert all(text in numbers.joined(other) for text in plain | others)


# the same findings for any number of jobs


class AtOnce:
    """In the place of a pool of processes: does the work when it is handed in."""

    def __init__(self, jobs: int, context: object, start: Callable[..., None], given: Any) -> None:
        start(*given)

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as problem:
            future.set_exception(problem)
        return future

    def __enter__(self) -> AtOnce:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def shutdown(self, cancel_futures: bool) -> None:
        pass


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of a few kilobytes, so that small files are cut as large ones are."""
    monkeypatch.setattr(check_files, "LARGE", 4_000)
    monkeypatch.setattr(parallel, "LARGE", 4_000)
    monkeypatch.setattr(check_files, "_WORTH_IT", 0)
    monkeypatch.setattr(parallel, "_SMALLEST", 3_000)
    monkeypatch.setattr(parallel, "_WINDOW", 5_000)


@pytest.fixture
def here(small_slices: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work of the processes is done in this one."""
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", AtOnce)


def reports(paths: list[Path], jobs: int) -> list[Report]:
    names = [str(p) for p in paths]
    return list(check_files.check_files(names, Settings(), jobs, opened, STANDARD_INPUT))


def outcome(report: Report) -> tuple[object, ...]:
    document = report.json()
    document["summary"].pop("hcpcs_not_judged", None)  # of all files that the linter has read
    return report.file, list(report.findings), document


def same_for_any_jobs(path: Path, jobs: tuple[int, ...] = (2, 5)) -> None:
    (alone,) = reports([path], 1)
    for number in jobs:
        (report,) = reports([path], number)
        assert outcome(report) == outcome(alone)


@pytest.fixture
def follows(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each slice has followed the one before it, as it was asked."""
    asked: list[bool] = []
    ask = Slice.follows

    def follows(self: Slice, other: Slice, seen: Seen) -> bool:
        asked.append(ask(self, other, seen))
        return asked[-1]

    monkeypatch.setattr(Slice, "follows", follows)
    return asked


def test_slices_of_a_sound_file(
    data: bytes, here: None, follows: list[bool], tmp_path: Path
) -> None:
    path = tmp_path / "out.837"
    path.write_bytes(data)
    same_for_any_jobs(path)
    assert len(follows) > 10
    assert follows.count(False) <= len(follows) // 4


def segments_of(data: bytes) -> list[bytes]:
    return data.split(b"~")


def without(segments: list[bytes], tag: bytes, which: int) -> list[bytes]:
    at = [n for n, s in enumerate(segments) if s.startswith(tag)][which]
    return segments[:at] + segments[at + 1 :]


def renumbered(segments: list[bytes]) -> list[bytes]:
    """ST02 0001 again near the end of the file, far from the set that has it."""
    last = max(n for n, s in enumerate(segments) if s.startswith(b"ST*"))
    segments = list(segments)
    segments[last] = segments[last].replace(b"*837*", b"*837*0001*", 1)[:13] + b"*005010X222A1"
    return segments


DAMAGE: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a level's number slips": lambda s: [
        x.replace(b"HL*40*", b"HL*44*", 1) if x.startswith(b"HL*40*") else x for x in s
    ],
    "a level is lost": lambda s: without(s, b"HL*", 60),
    "a trailer is lost": lambda s: without(s, b"SE*", 1),
    "a header is lost": lambda s: without(s, b"ST*", 2),
    "bytes between segments": lambda s: [*s[:900], b"JUNK " * 900, *s[900:]],
    "a strange segment now and then": lambda s: [
        y for n, x in enumerate(s) for y in ((x, b"XYZ*1") if n % 211 == 210 else (x,))
    ],
    "a set number once more": renumbered,
    "an interchange once more": lambda s: [*s[:-1], *s],
    "cut off": lambda s: [*s[:-200], s[-200][:-1]],
    "another kind of claim": lambda s: [x.replace(b"005010X222A1", b"005010X223A2") for x in s],
    "a group that names another guide": lambda s: [
        x.replace(b"*X*005010X222A1", b"*X*005010X223A2") for x in s
    ],
    "ST01 of another set": lambda s: [x.replace(b"ST*837*", b"ST*830*") for x in s],
    "an ST03 here and there that is of another guide": lambda s: [
        x.replace(b"005010X222A1", b"005010X223A2") if b"ST*837" in x and b"3*0" in x else x
        for x in s
    ],
    "ST sets of institutional claims among the others": lambda s: [
        x.replace(b"SV1*HC:", b"SV2*0250*HC:") if 300 < n < 900 else x for n, x in enumerate(s)
    ],
    "nothing but terminators": lambda s: [*s[:700], *([b""] * 3000), *s[700:]],
    "one terminator is lost": lambda s: [*s[:500], s[500] + s[501], *s[502:]],
    "an old guide": lambda s: [x.replace(b"005010X222A1", b"004010X098A1") for x in s],
}


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("claims", [3000, 9])
def test_slices_of_a_damaged_file(name: str, claims: int, here: None, tmp_path: Path) -> None:
    data = made(Shape(60_000, claims_per_set=claims if "ST" not in name else 9, faults=0.02))
    segments = segments_of(data)
    try:
        damaged = DAMAGE[name](segments)
    except IndexError:
        pytest.skip("a file of one set has no other one to lose")
    path = tmp_path / "out.837"
    path.write_bytes(b"~".join(damaged))
    same_for_any_jobs(path, (2 if claims == 9 else 5,))


@pytest.mark.parametrize("seed", range(12))
def test_slices_of_a_file_with_bytes_changed(seed: int, here: None, tmp_path: Path) -> None:
    rng = random.Random(seed)
    data = bytearray(made(Shape(40_000, seed=seed + 1, claims_per_set=rng.choice([3000, 5]))))
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(120, len(data))
        kind = rng.randrange(4)
        if kind == 0:
            data[at] = rng.choice(b"~*:^A1\n \x00\xff")
        elif kind == 1:
            del data[at : at + rng.randrange(1, 400)]
        elif kind == 2:
            data[at:at] = data[at - 300 : at]
        else:
            data[at:at] = rng.choice([b"~", b"IEA*1*1~", b"SE*1*0001~", b"ST*837*0001~", b"HL*9"])
    path = tmp_path / "out.837"
    path.write_bytes(data)
    same_for_any_jobs(path, (3,))


def test_files_come_out_in_their_order(here: None, tmp_path: Path) -> None:
    paths = [*valid_fixtures(), *faulty_fixtures(), FIXTURES / "faulty", tmp_path / "none.837"]
    paths += small_corpus_files()
    alone, together = reports(paths, 1), reports(paths, 4)
    assert [outcome(r) for r in together] == [outcome(r) for r in alone]
    assert [r.file.path for r in together] == [str(p) for p in paths]


def test_processes_of_their_own(small_slices: None, tmp_path: Path) -> None:
    path = tmp_path / "out.837"
    path.write_bytes(made(SHAPES["faulty"]))
    paths = [*faulty_fixtures()[:20], path, tmp_path / "none.837", *valid_fixtures()]
    alone, together = reports(paths, 1), reports(paths, 3)
    assert [outcome(r) for r in together] == [outcome(r) for r in alone]


def test_the_command_says_the_same_for_any_jobs(
    commands: Callable[[str], Cli], small_slices: None, tmp_path: Path
) -> None:
    check = commands("check")
    path = tmp_path / "out.837"
    path.write_bytes(made(SHAPES["faulty"]))
    shown = [check("--jobs", n, path, "-", stdin=path.read_bytes()) for n in (1, 2, 3)]
    assert all(ran == shown[0] for ran in shown)
    assert shown[0].status == 1 and "Found" in shown[0].out
    ran = check("--jobs", 0, path)
    assert ran.status == 2 and "--jobs" in ran.err


def test_more_findings_than_are_held_in_memory(
    small_slices: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "IN_MEMORY", 500)
    bad = made(SHAPES["plain"]).replace(b"*HC:", b"*ZZ:")
    paths = [tmp_path / f"{n}.837" for n in range(3)]
    for path in paths:
        path.write_bytes(bad)
    alone, cut = reports(paths, 1), reports(paths, 2)
    monkeypatch.setattr(parallel, "LARGE", len(bad) + 1)
    in_batches = reports(paths, 2)
    assert len(alone[0].findings) > 500
    for together in (cut, in_batches):
        assert [outcome(r) for r in together] == [outcome(r) for r in alone]


def test_a_file_that_changes_while_it_is_read(
    here: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "out.837", tmp_path / "other.837"
    for one in (path, other):
        one.write_bytes(made(SHAPES["plain"]))
    check_slice = parallel._check_slice

    def changing(name: str, *given: Any) -> Slice:
        if name == str(path):
            path.write_bytes(b"")
        return check_slice(name, *given)

    monkeypatch.setattr(parallel, "_check_slice", changing)
    first, second = reports([path, other], 2)
    assert "changed" in first.file.error and not first.findings
    assert second.file.claims and not second.file.error


def test_a_folder_without_room_is_named(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "out.837"
    path.write_bytes(made(Shape(40_000)).replace(b"*HC:", b"*ZZ:"))
    monkeypatch.setattr(spool, "IN_MEMORY", 100)
    monkeypatch.setattr(spool, "_PIECE", 50)
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    ran = commands("check")("--jobs", 1, path)
    assert ran.status == 2
    assert "TMPDIR" in ran.err and "No space left" in ran.err


def test_files_that_hold_a_long_name_for_their_guide(tmp_path: Path) -> None:
    name = b"X" * 90
    path = tmp_path / "out.837"
    path.write_bytes(made(Shape(20_000, claims_per_set=5)).replace(b"005010X222A1", name))
    (report,) = reports([path], 1)
    assert not report.file.error


def _end(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal here")
def test_a_process_that_is_killed_is_told(
    commands: Callable[[str], Cli],
    small_slices: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "out.837"
    path.write_bytes(made(SHAPES["plain"]))
    monkeypatch.setattr(parallel, "_check_slice", _end)
    ran = commands("check")("--jobs", 2, path)
    assert ran.status == 2
    assert "--jobs 1" in ran.err and "Traceback" not in ran.err


def test_windows_of_a_survey_may_end_anywhere() -> None:
    data = made(Shape(20_000, claims_per_set=5))
    cuts = [cuts_of(data, 500, window) for window in (300, 1_111, 50_000)]
    assert all(a == b for a, b in pairwise(cuts))


@pytest.mark.skipif(os.name != "posix", reason="no such signal here")
def test_a_run_that_is_terminated_leaves_nothing_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "edi_lint", "check", "-o", str(tmp_path / "out.txt"), "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as run:
        for _ in range(600):
            if any(tmp_path.iterdir()):
                break
            time.sleep(0.05)
        assert any(tmp_path.iterdir())
        run.terminate()
        assert run.wait(30) == 128 + signal.SIGTERM
    assert not any(tmp_path.iterdir())


FORKED = """
import os
import pickle
from edi_lint.engine import _kernel

kernel = _kernel.Kernel()
if os.fork() == 0:
    kernel.add_codes([b"%04d" % n for n in range(2000)])
    os._exit(0)
os.wait()
for _ in range(200):
    kernel.add_codes([b"ZZ"])
"""


def test_a_process_that_forks_shares_no_memory_with_its_children() -> None:
    """What a child learns of the guide would else be found, or looked for without an end."""
    if not hasattr(os, "fork"):
        pytest.skip("no process forks here")
    pytest.importorskip("edi_lint.engine._kernel", reason="the compiled kernel is not installed")
    subprocess.run([sys.executable, "-c", FORKED], timeout=20, check=True)
