"""`edi-lint check --watch` lints what comes to a folder, and moves each claim on exactly once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any
from unittest.mock import patch

import jsonschema
import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, valid_fixtures
from edi_lint.cli.output import tell
from edi_lint.cli.watch import _say
from edi_lint.files import resources
from edi_lint.files.folders import is_input
from edi_lint.findings.report import Report
from edi_lint.settings import Settings
from edi_lint.watching import handover
from edi_lint.watching.arrivals import Settling, ends_well, waiting
from edi_lint.watching.handover import Handover
from edi_lint.watching.service import FolderWatcher, WatchError
from test_annotate import protected

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
RESUBMIT = (ROOT / "examples" / "resubmit.837").read_bytes()
MINIMAL = (FIXTURES / "valid" / "minimal.837").read_bytes()
HELD = json.loads(resources.schema("held-report.schema.json"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an empty one to watch in it."""
    (tmp_path / "in").mkdir()
    return tmp_path


class Idle:
    """In the place of the event that stops a watch: it stops after so many looks."""

    def __init__(self, looks: int) -> None:
        self._left = looks

    def is_set(self) -> bool:
        return self._left <= 0

    def wait(self, _: float) -> None:
        self._left -= 1

    def set(self) -> None:
        self._left = 0


def watcher(place: Path, looks: int = 1, move: bool = True, settled: float = 0) -> FolderWatcher:
    target = place / "out" if move else None
    made = FolderWatcher(
        place / "in", Settings(), target=target, settled=settled, say=_say, warn=tell
    )
    made._stop = Idle(looks)  # type: ignore[assignment]
    return made


def watch(place: Path, looks: int = 1, move: bool = True) -> list[Report]:
    return list(watcher(place, looks, move).reports())


def content(place: Path) -> dict[str, bytes]:
    """What was moved on, by its place, and nothing else is left in work."""
    out = place / "out"
    found = {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    assert not [name for name in found if name.startswith("work/")]
    return found


def claims(*files: Path) -> Counter[str]:
    return Counter(claim.id for file in files for claim in edi_lint.read(file))


def moved_on(out: Path) -> Counter[str]:
    sides = [p for side in ("clean", "held") for p in (out / side).glob("*.837")]
    return claims(*sides)


# one file after another


def test_clean_claims_and_held_ones_are_moved_on(place: Path, capfd: Any) -> None:
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    (place / "in" / "b.837").write_bytes(RESUBMIT)
    reports = watch(place)
    assert [r.file.path for r in reports] == [str(place / "in" / n) for n in ("a.837", "b.837")]
    found = content(place)
    assert list(found) == [
        *("clean/a.837", "clean/b.837", "held/a.837", "held/a.837.json"),
        *("original/a.837", "original/b.837"),
    ]
    assert found["clean/b.837"] == RESUBMIT
    assert found["original/a.837"] == OUTBOUND
    divided = edi_lint.split(OUTBOUND)
    assert found["clean/a.837"] == divided.clean_content()
    assert found["held/a.837"] == divided.held_content()
    reasons = json.loads(found["held/a.837.json"])
    jsonschema.validate(reasons, HELD)
    assert reasons["path"] == str(place / "in" / "a.837")
    assert list((place / "in").iterdir()) == []
    told = capfd.readouterr().err
    assert "a.837: 4 of 5 claims held: " in told
    assert "b.837: 2 claims, none held: " in told
    assert "stopped; 2 files linted" in told


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.name)
def test_no_claim_is_lost_and_a_clean_file_stays_what_it_is(
    place: Path, path: Path, capfd: Any
) -> None:
    (place / "in" / "a.837").write_bytes(path.read_bytes())
    made = watcher(place)
    made._settling = Settling(0, 0)
    list(made.reports())
    found = content(place)
    if "failed/a.837" in found:
        assert found["failed/a.837"] == path.read_bytes()
        assert found["failed/a.837.reason"]
        return
    assert found["original/a.837"] == path.read_bytes()
    if "held/a.837" not in found and "outside of segments" not in capfd.readouterr().err:
        assert found["clean/a.837"] == path.read_bytes()
    parts = [place / "out" / side / "a.837" for side in ("clean", "held")]
    assert claims(*(p for p in parts if p.exists())) == claims(path)


def test_a_file_that_cannot_be_split_is_put_aside_with_the_reason(place: Path, capfd: Any) -> None:
    (place / "in" / "a.837").write_bytes(b"no claims")
    made = watcher(place)
    made._settling = Settling(0, 0)
    (report,) = made.reports()
    assert report.file.error
    found = content(place)
    assert found["failed/a.837"] == b"no claims"
    assert b"no ISA segment" in found["failed/a.837.reason"]
    assert str(place / "in" / "a.837") in found["failed/a.837.reason"].decode()
    assert "not split: " in capfd.readouterr().err


def test_a_name_that_comes_again_overwrites_nothing(place: Path) -> None:
    for data in (OUTBOUND, RESUBMIT, MINIMAL):
        (place / "in" / "a.b.837").write_bytes(data)
        watch(place)
    found = content(place)
    originals = [found[f"original/{name}"] for name in ("a.b.837", "a.b-2.837", "a.b-3.837")]
    assert originals == [OUTBOUND, RESUBMIT, MINIMAL]
    (place / "out" / "original" / "a.b.837").unlink()
    (place / "in" / "a.b.837").write_bytes(MINIMAL)
    watch(place)  # what it was split into is still there
    assert (place / "out" / "held" / "a.b.837").read_bytes() == found["held/a.b.837"]


def test_without_a_place_to_move_to_files_stay_and_are_linted_again_when_they_change(
    place: Path,
) -> None:
    file = place / "in" / "a.837"
    file.write_bytes(RESUBMIT)
    made = watcher(place, looks=3, move=False)
    reports = made.reports()
    assert next(reports).findings.counts.total() == 0
    file.write_bytes(OUTBOUND)
    assert next(reports).findings.counts.total() > 0
    assert list(reports) == []
    assert sorted(p.name for p in place.rglob("*")) == ["a.837", "in"]


def test_other_files_and_folders_are_left_alone(place: Path) -> None:
    for name in (".a.837", "a.837.part", "a.pdf", "notes.txt", "README"):
        (place / "in" / name).write_bytes(b"notes" if name in ("notes.txt", "README") else OUTBOUND)
    (place / "in" / "deeper").mkdir()
    (place / "in" / "deeper" / "a.837").write_bytes(OUTBOUND)
    (place / "in" / "folder.837").mkdir()
    assert watch(place) == []
    assert content(place) == {}


def test_the_folder_that_is_moved_to_may_stand_in_the_one_that_is_watched(place: Path) -> None:
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    made = FolderWatcher(place / "in", Settings(), target=place / "in", settled=0, warn=tell)
    made._stop = Idle(3)  # type: ignore[assignment]
    assert len(list(made.reports())) == 1
    assert moved_on(place / "in").total() == 5


# files that are not complete


def test_a_file_is_complete_when_it_ends_well_and_rests(tmp_path: Path) -> None:
    clock = [0.0]
    settling = Settling(2, 60, lambda: clock[0])
    file = tmp_path / "a.837"
    file.write_bytes(OUTBOUND[:1000])
    assert not settling.is_complete(file)
    clock[0] = 59
    assert not settling.is_complete(file)
    file.write_bytes(OUTBOUND)
    assert not settling.is_complete(file)
    clock[0] = 60.9
    assert not settling.is_complete(file)
    clock[0] = 61
    assert settling.is_complete(file)
    file.write_bytes(OUTBOUND[:1000])
    assert not settling.is_complete(file)
    clock[0] = 121
    assert settling.is_complete(file)
    settling.delay(file, 30)
    clock[0] = 200
    assert not settling.is_complete(file)
    clock[0] = 211
    assert settling.is_complete(file)


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda p: p.name)
def test_a_whole_file_ends_well(path: Path) -> None:
    assert ends_well(path)


def test_a_part_of_a_file_does_not_end_well(tmp_path: Path) -> None:
    file = tmp_path / "a.837"
    for size in range(len(OUTBOUND.rstrip())):
        file.write_bytes(OUTBOUND[:size])
        assert not ends_well(file)


@pytest.mark.parametrize("end", [b"~", b"~\r\n", b"\n", b"~\n\n  \n", b"'", b"\x1c"])
def test_any_terminator_ends_a_file(tmp_path: Path, end: bytes) -> None:
    file = tmp_path / "a.837"
    file.write_bytes(b"GE|1|7" + end + b"IEA|1|000000007" + end)
    assert ends_well(file)


def test_a_file_that_changes_while_it_is_worked_on_is_done_again(place: Path, capfd: Any) -> None:
    """A writer that still has the file open writes on, wherever the file was moved to."""
    file = place / "in" / "a.837"
    two = OUTBOUND + RESUBMIT.replace(b"000000402", b"000000777").replace(b"*402~", b"*777~")
    with file.open("wb") as stream:
        stream.write(OUTBOUND)
        stream.flush()
        reports = watcher(place, looks=4).reports()
        next(reports)
        stream.write(two[len(OUTBOUND) :])
    assert [r.file.claims for r in reports] == [7]
    assert content(place)["original/a.837"] == two
    assert moved_on(place / "out") == claims(place / "out" / "original" / "a.837")
    assert "was changed while it was read; it is linted again" in capfd.readouterr().err


def test_the_file_that_came_first_is_first(tmp_path: Path) -> None:
    for n, name in enumerate(("c.837", "a.837", "b.837")):
        (tmp_path / name).write_bytes(OUTBOUND)
        os.utime(tmp_path / name, (n, n))
    assert [p.name for p in waiting(tmp_path, is_input)] == ["c.837", "a.837", "b.837"]


# broken off


class Crash(BaseException):
    """The process is gone."""


@contextmanager
def crash_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Whatever changes a folder is broken off: the one after so many, and all that follow."""
    done = [0]

    def breaking(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Path, *args: Any, **options: Any) -> Any:
            if "out" in self.parts or "in" in self.parts:
                if done[0] >= step:
                    raise Crash
                done[0] += 1
            return method(self, *args, **options)

        return call

    with monkeypatch.context() as patched:
        for name in ("rename", "mkdir", "rmdir", "unlink"):
            patched.setattr(Path, name, breaking(getattr(Path, name)))
        yield done


@pytest.mark.parametrize("takes", [False, True], ids=["", "what is moved on is taken at once"])
@pytest.mark.parametrize(
    "data", [OUTBOUND, RESUBMIT, b"no claims"], ids=["held", "clean", "failed"]
)
def test_wherever_the_work_is_broken_off_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, takes: bool
) -> None:
    whole = tmp_path / "whole"
    for step in range(200):
        place = tmp_path / str(step)
        (place / "in").mkdir(parents=True)
        (place / "in" / "a.837").write_bytes(data)
        sent: dict[str, bytes] = {}
        crashed = False
        with crash_at(step, monkeypatch) as done:
            try:
                made = watcher(place)
                made._settling = Settling(0, 0)
                list(made.reports())
            except Crash:
                crashed = True
        if takes:
            sent |= take(place)
        for _ in range(2):
            made = watcher(place, looks=2)
            made._settling = Settling(0, 0)
            list(made.reports())
            if takes:
                now = take(place)
                assert not set(sent) & set(now)
                sent |= now
        found = sent if takes else content(place)
        if step == 0:
            whole = place
            expected = found
        assert found == {
            k: v.replace(str(whole).encode(), str(place).encode()) for k, v in expected.items()
        }
        assert list((place / "in").iterdir()) == []
        assert list((place / "out" / "work").iterdir()) == []
        if not crashed:
            break
    assert step > 8
    assert done[0] == step


def take(place: Path) -> dict[str, bytes]:
    """What a next stage takes away."""
    out = place / "out"
    taken = {}
    for folder in ("clean", "held", "original", "failed"):
        for file in sorted((out / folder).glob("*")):
            taken[str(file.relative_to(out))] = file.read_bytes()
            file.unlink()
    return taken


def test_what_is_left_in_work_is_gone_on_with_when_it_has_settled(place: Path) -> None:
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    first = watcher(place).reports()
    next(first)
    first.close()  # its worker has ended
    made = watcher(place, looks=5)
    clock = iter(range(100))
    made._settling = Settling(3, 60, lambda: float(next(clock)))
    assert len(list(made.reports())) == 1
    assert moved_on(place / "out").total() == 5


def test_trouble_is_told_once_and_the_work_is_tried_again(
    place: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    monkeypatch.setattr("edi_lint.watching.service._LATER", 0)
    made = watcher(place, looks=6)
    full = OSError(28, "No space left on device")

    def fails(*_: Any, **__: Any) -> None:
        raise full

    with monkeypatch.context() as patched:
        patched.setattr(handover, "_to_disk", fails)
        made._stop._left = 3  # type: ignore[attr-defined]
        list(made.reports())
    told = capfd.readouterr().err
    assert told.count("a.837: No space left on device; tried again later") == 1
    assert not (place / "out" / "clean").exists()
    watch(place, looks=2)
    assert moved_on(place / "out").total() == 5


def test_what_another_watcher_works_on_is_left_to_it(place: Path) -> None:
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    first = watcher(place).reports()
    next(first)
    assert watch(place, looks=3) == []
    assert list(first) == []
    assert moved_on(place / "out").total() == 5


def test_a_name_is_nobody_elses_until_its_work_is_done(place: Path) -> None:
    file = place / "in" / "a.837"
    file.write_bytes(OUTBOUND)
    one, two = Handover(place / "out"), Handover(place / "out")
    with one.take(file) as item:
        assert item is not None
        with two.take(file) as nothing:  # it has gone already
            assert nothing is None
        file.write_bytes(RESUBMIT)
        with two.take(file) as other:
            assert other is not None
            assert (item.name, other.name) == ("a.837", "a-2.837")
    assert one.in_work() == ["a-2.837", "a.837"]


def test_a_file_that_another_is_about_to_take_keeps_its_name(place: Path) -> None:
    file = place / "in" / "a.837"
    file.write_bytes(OUTBOUND)
    made = Handover(place / "out")
    (place / "out" / "work" / "a.837").mkdir()
    with made.take(file) as item:
        assert item is None
    watch(place, looks=2)  # nobody was: what is left of it is removed
    assert list((place / "out" / "original").iterdir()) == [place / "out" / "original" / "a.837"]


# odd names, links, and folders within each other


@pytest.mark.parametrize("below", ["clean", "held", "original", "failed", "work", "clean/deeper"])
def test_what_it_moves_on_never_comes_in_again(place: Path, below: str) -> None:
    own = place / "out" / below
    own.mkdir(parents=True)
    with pytest.raises(WatchError, match="would come in again"):
        FolderWatcher(own, Settings(), target=place / "out", settled=0)


def test_a_name_that_is_no_text_ends_no_watch(place: Path, capfd: Any) -> None:
    odd = place / "in" / os.fsdecode(b"a\xff\x1b[31m.837")
    try:
        odd.write_bytes(b"no claims")
    except OSError:
        pytest.skip("this file system takes no such name")
    (place / "in" / "b.837").write_bytes(RESUBMIT)
    reports = list(watcher(place, looks=2).reports())
    assert len(reports) == 1  # the other one does not end as a file should, and may still come
    made = watcher(place, looks=2)
    made._settling._given_up = 0
    list(made.reports())
    assert (place / "out" / "failed" / odd.name).read_bytes() == b"no claims"
    assert "not split: " in (told := capfd.readouterr().err)
    assert "\x1b" not in told


def test_a_long_name_is_cut_short(place: Path) -> None:
    name = "n" * 251 + ".837"
    (place / "in" / name).write_bytes(OUTBOUND)
    watch(place)
    found = content(place)
    assert len(found) == 4
    assert found[f"original/{name[-230:]}"] == OUTBOUND
    (place / "in" / name).write_bytes(RESUBMIT)
    watch(place)
    assert content(place)[f"clean/{name[-230:-4]}-2.837"] == RESUBMIT


def test_a_link_is_not_taken_and_said_so_once(place: Path, capfd: Any) -> None:
    (place / "real.837").write_bytes(OUTBOUND)
    (place / "in" / "a.837").symlink_to("../real.837")
    (place / "in" / "b.837").write_bytes(RESUBMIT)
    assert len(watch(place, looks=3)) == 1
    assert (place / "in" / "a.837").is_symlink()
    assert capfd.readouterr().err.count("a.837: is a link") == 1


def test_a_fault_of_ours_ends_no_watch(place: Path, capfd: Any) -> None:
    for name in ("a.837", "b.837"):
        (place / "in" / name).write_bytes(RESUBMIT)
    with patch("edi_lint.watching.service.Item.stage", side_effect=RuntimeError("x")):
        reports = watch(place, looks=4)
    assert len(reports) == 2, "neither is linted again at each look"
    told = capfd.readouterr().err
    assert told.count("a.837: internal error: RuntimeError") == 1
    assert told.count("b.837: internal error: RuntimeError") == 1
    watch(place)
    assert moved_on(place / "out").total() == 4


# real processes


def start(place: Path, *more: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "edi_lint",
        "check",
        "--watch",
        place / "in",
        "--settle",
        "0.2",
    ]
    return subprocess.Popen(
        [*command, "--split-to", place / "out", "--output-format", "concise", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def listens(process: subprocess.Popen[str]) -> None:
    """Wait until it watches, and so may be told to stop; what it says then is read, and lost."""
    assert process.stderr is not None
    said = b""
    while not said.endswith(b"\n"):
        piece = os.read(process.stderr.fileno(), 1)
        assert piece, said
        said += piece
    assert b"watching " in said


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing came of it"
        time.sleep(0.05)


def is_idle(place: Path) -> bool:
    work = place / "out" / "work"
    return not any((place / "in").iterdir()) and work.exists() and not any(work.iterdir())


def numbered(n: int) -> bytes:
    """A file of five claims with names of its own."""
    return OUTBOUND.replace(b"HI-26-06", f"HI-{n:02d}-06".encode())


def test_two_watchers_share_the_work(place: Path) -> None:
    processes = [start(place), start(place)]
    for process in processes:
        listens(process)
    for n in range(30):
        (place / "in" / f"{n}.837").write_bytes(numbered(n))
        time.sleep(0.02)
    until(lambda: len(list((place / "out" / "original").glob("*"))) == 30)
    until(lambda: is_idle(place))
    for process in processes:
        process.send_signal(signal.SIGTERM)
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert set(moved_on(place / "out").values()) == {1}
    assert moved_on(place / "out").total() == 150
    told = "".join(err for _, err in outputs)
    assert sum(f"{n}.837: 4 of 5 claims held" in told for n in range(30)) == 30
    assert sum(out.count("error[MOD001]") for out, _ in outputs) == 30
    assert "Traceback" not in told


def test_a_watcher_that_is_killed_again_and_again_loses_nothing(place: Path) -> None:
    chance = random.Random(7)
    for n in range(12):
        (place / "in" / f"{n}.837").write_bytes(numbered(n))
    for _ in range(8):
        process = start(place)
        listens(process)
        time.sleep(chance.random() / 2)
        process.kill()
        process.communicate()
    process = start(place)
    listens(process)
    until(lambda: is_idle(place))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "stopped; " in err
    assert moved_on(place / "out").total() == 60
    assert set(moved_on(place / "out").values()) == {1}


def test_a_file_that_comes_in_pieces_is_linted_once_and_whole(place: Path) -> None:
    process = start(place)
    with (place / "in" / "a.837").open("wb") as stream:
        for at in range(0, len(OUTBOUND), 400):
            stream.write(OUTBOUND[at : at + 400])
            stream.flush()
            time.sleep(0.15)
    until(lambda: (place / "out" / "original" / "a.837").exists())
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert (place / "out" / "original" / "a.837").read_bytes() == OUTBOUND
    assert out.count("error[MOD001]") == 1
    assert err.count("a.837: ") == 1


def test_it_ends_quietly_when_nobody_reads_any_more(place: Path) -> None:
    process = start(place)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stderr.readline()
    process.stdout.close()
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    assert process.wait(timeout=30) == 0
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()


# the command


@pytest.fixture
def check(commands: Callable[[str], Cli]) -> Cli:
    return commands("check")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--watch", "{in}", "{in}"), "name one folder to watch"),
        (("--watch", "{file}"), "name one folder to watch"),
        (("--watch", "-"), "name one folder to watch"),
        (("--watch", "{none}"), "name one folder to watch"),
        (("--split-to", "{out}", "{in}"), "--split-to goes with --watch"),
        (("--watch", "{in}", "--split-to", "{file}"), "/file: "),
        (("--watch", "{in}", "--cross-check"), "neither with --write-baseline nor"),
        (("--watch", "{in}", "--write-baseline", "{out}"), "neither with --write-baseline nor"),
    ],
)
def test_what_makes_no_sense_is_refused(
    check: Cli, place: Path, options: tuple[str, ...], why: str
) -> None:
    (place / "file").write_bytes(OUTBOUND)
    paths = {name: place / name for name in ("in", "file", "none", "out")}
    ran = check(*(option.format_map(paths) for option in options))
    assert ran.status == 2
    assert why in ran.err


def test_a_target_on_another_file_system_is_refused(place: Path) -> None:
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == place.stat().st_dev:
        pytest.skip("no other file system to write to here")
    target = other / f"edi-lint-test-{os.getpid()}"
    try:
        with pytest.raises(WatchError, match="another file system"):
            FolderWatcher(place / "in", Settings(), target=target, settled=0)
    finally:
        shutil.rmtree(target)


def test_nothing_protected_is_told(place: Path, capfd: Any) -> None:
    for path in valid_fixtures():
        shutil.copy(path, place / "in")
    (place / "in" / "a.837").write_bytes(OUTBOUND)
    watch(place, looks=2)
    told = "".join(capfd.readouterr()) + "".join(
        p.read_text() for p in (place / "out").rglob("*.json")
    )
    for path in [*valid_fixtures(), ROOT / "examples" / "outbound.837"]:
        assert not [value for value in protected(path) if value in told]


def test_a_ledger_is_asked_about_what_comes(place: Path) -> None:
    ledger = place / "sent.db"
    (place / "in" / "a.837").write_bytes(RESUBMIT)
    process = start(place, "--ledger", str(ledger), "--record")
    until(lambda: (place / "out" / "original" / "a.837").exists())
    (place / "in" / "b.837").write_bytes(RESUBMIT.replace(b"HI-26-0588", b"HI-26-0599"))
    until(lambda: (place / "out" / "original" / "b.837").exists())
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=120)
    assert "warning[ENV010]" in out
    assert "Traceback" not in err


# from Python


def test_python_watches_a_folder(place: Path) -> None:
    for name, data in (("a.837", OUTBOUND), ("b.837", RESUBMIT)):
        (place / "in" / name).write_bytes(data)
    stop, seen = Event(), {}
    for report in edi_lint.watch(
        place / "in", split_to=place / "out", fail_on="warning", settle=0, stop=stop
    ):
        seen[report.file.path] = report.ok
        if len(seen) == 2:
            stop.set()
    assert seen == {str(place / "in" / "a.837"): False, str(place / "in" / "b.837"): True}
    divided = edi_lint.split(OUTBOUND, fail_on="warning")
    assert content(place)["clean/a.837"] == divided.clean_content()


def test_python_asks_and_keeps_the_ledger_as_files_come(place: Path) -> None:
    settings = Settings(ledger=str(place / "ledger.db"), ignore=("MOD", "COD"))
    stop, codes = Event(), []
    for report in edi_lint.watch(
        place / "in",
        settings,
        fail_on=None,
        settle=0,
        stop=_Fed(stop, place / "in", [RESUBMIT, RESUBMIT.replace(b"*UN*", b"*MJ*")]),
        record=True,
    ):
        codes.append([f.code for f in report.findings if f.code == "ENV010"])
        if len(codes) == 2:
            stop.set()
    assert codes == [[], ["ENV010"]]


class _Fed(Event):
    """Stops as another event does; before each look at the folder a file comes to it."""

    def __init__(self, other: Event, folder: Path, files: list[bytes]) -> None:
        super().__init__()
        self._other = other
        self._folder = folder
        self._files = files

    def is_set(self) -> bool:
        return self._other.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        if self._files:
            data = self._files.pop(0)
            (self._folder / f"{len(self._files)}.837").write_bytes(data)
        return self.is_set()


def test_a_folder_that_is_none_and_a_target_inside_are_refused(place: Path) -> None:
    with pytest.raises(edi_lint.WatchError, match="name one"):
        edi_lint.watch(place / "nothing")
    (place / "clean").mkdir()
    with pytest.raises(edi_lint.WatchError, match="would come in again"):
        edi_lint.watch(place / "clean", split_to=place)
    with pytest.raises(edi_lint.SettingsError):
        edi_lint.watch(place / "in", fail_on="severe")
