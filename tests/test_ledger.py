"""The ledger of control numbers: what it gives out, what it knows again, and what it holds."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import pickle
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli, valid_fixtures
from edi_lint.cli.inputs import Reopened
from edi_lint.findings import Finding, Severity
from edi_lint.ledger.database import Ledger
from edi_lint.ledger.envelopes import LARGEST, SentInterchange, interchanges
from edi_lint.rules import CATALOGUE, Rule
from edi_lint.rules.base import LedgerRule
from edi_lint.rules.examples import Example
from edi_lint.settings import LedgerError, Settings, SettingsError
from edi_lint.settings.settings_file import load
from test_rules import element_of, segment_at

FILE = ROOT / "examples" / "outbound.837"
SENDER, RECEIVER = "ZZ*HARBORINFUSION", "ZZ*CLEARBRIDGE"
ENDING_IN_TILDES = [p for p in valid_fixtures() if p.read_bytes()[105:106] == b"~"]
URL = os.environ.get("EDI_LINT_LEDGER_URL", "")
"""An empty database that is no SQLite file, for those who have one."""
ONLY_WITH_URL = pytest.mark.skipif(not URL, reason="EDI_LINT_LEDGER_URL names no database")
RULES = [rule for rule in CATALOGUE if issubclass(rule, LedgerRule)]
VALID = [(rule, example) for rule in RULES for example in rule.valid]
INVALID = [(rule, example) for rule in RULES for example in rule.invalid]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def check(commands: Callable[[str], Cli], path: Path) -> Cli:
    """`edi-lint check` for ENV010 with a ledger that is new."""
    return lambda *given, **more: commands("check")(
        "--ledger", path, "--select", "ENV", *given, **more
    )


def sent(
    number: int, content: bytes = b"a", usage: str = "P", sender: str = SENDER
) -> SentInterchange:
    return SentInterchange(sender, RECEIVER, usage, number, content)


def contents(data: bytes) -> list[bytes]:
    return [one.content for one in interchanges(io.BytesIO(data))]


# the rule's examples


def sent_before(example: Example) -> bytes | None:
    """The file that the ledger knows before the example's is linted."""
    text = example.file().decode("latin-1")
    for new, old in example.sent:
        assert new in text
        text = text.replace(new, old, 1)
    return text.encode("latin-1") if example.sent else None


def found(example: Example, path: Path) -> list[Finding]:
    ledger = Ledger(str(path))
    if before := sent_before(example):
        (interchange,) = interchanges(io.BytesIO(before))
        assert interchange.sent
        ledger.record([interchange.sent])
    return list(edi_lint.check(example.file(), Settings(ledger=str(path))).findings)


@pytest.mark.parametrize(("rule", "example"), VALID)
def test_a_valid_example_is_passed(rule: type[Rule], example: Example, path: Path) -> None:
    assert [f for f in found(example, path) if f.code == rule.code] == []


@pytest.mark.parametrize(("rule", "example"), INVALID)
def test_an_invalid_example_is_found_where_it_says(
    rule: type[Rule], example: Example, path: Path
) -> None:
    findings = found(example, path)
    (finding,) = [f for f in findings if f.code == rule.code]
    data, place = example.file(), finding.location
    assert place.element == example.at
    pointed = data[place.byte_start : place.byte_end].decode()
    assert pointed == element_of(segment_at(data, place.byte_start), example.at)
    assert [f for f in findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize(("rule", "example"), INVALID)
def test_fix_gives_it_the_next_number(rule: type[Rule], example: Example, path: Path) -> None:
    found(example, path)
    expected = example.file()
    for before, after in example.fixed:
        expected = expected.replace(before.encode(), after.encode())
    settings = Settings(ledger=str(path), select=("ENV010",))
    looked = edi_lint.fix(example.file(), settings, reserve=False)
    fixed = edi_lint.fix(example.file(), settings)
    assert looked.content() == fixed.content() == expected != example.file()
    assert [f.code for f in fixed.renumbered] == [rule.code]
    again = edi_lint.fix(fixed.content(), settings)
    assert (again.content(), again.renumbered) == (expected, [])
    assert b"000000003" in edi_lint.fix(example.file(), settings).content()


# giving numbers out


def ask(name: str, times: int, out: Path) -> None:
    """Write the numbers that a ledger gives out to a file, a line each."""
    ledger = Ledger(name)
    with out.open("w") as stream:
        for _ in range(times):
            print(ledger.next_number("ZZ*S", "ZZ*R", "P"), file=stream, flush=True)


@pytest.mark.parametrize("url", ["", pytest.param(URL, marks=ONLY_WITH_URL)], ids=["file", "url"])
def test_ten_processes_at_once_get_different_numbers_also_when_one_is_killed(
    tmp_path: Path, url: str
) -> None:
    name = url or str(tmp_path / "ledger.db")
    outs = [tmp_path / f"{number}.txt" for number in range(11)]
    fork = multiprocessing.get_context("fork")
    victim, *others = (
        fork.Process(target=ask, args=(name, 50 if number else 1_000_000, out))
        for number, out in enumerate(outs)
    )
    for process in (victim, *others):
        process.start()
    while not outs[0].exists() or outs[0].read_text().count("\n") < 5:
        assert victim.is_alive()
        time.sleep(0.001)
    assert victim.pid
    os.kill(victim.pid, signal.SIGKILL)
    for process in (victim, *others):
        process.join(120)
        assert process.exitcode == (-signal.SIGKILL if process is victim else 0)
    # the last line of the one that was killed may be cut off
    given = [[int(n) for n in out.read_text().rpartition("\n")[0].split()] for out in outs]
    assert [len(mine) for mine in given[1:]] == [50] * 10
    assert all(mine == sorted(mine) for mine in given)
    together = [number for mine in given for number in mine]
    assert len(set(together)) == len(together)
    begin = time.monotonic()
    following = Ledger(name).next_number("ZZ*S", "ZZ*R", "P")
    assert time.monotonic() - begin < 30, "the killed process has left no lock"
    assert max(together) < following <= max(together) + 2, "one may be lost with the killed one"


def test_a_process_killed_inside_its_transaction_gives_nothing_out_and_leaves_no_lock(
    path: Path,
) -> None:
    ledger = Ledger(str(path))
    assert ledger.next_number(SENDER, RECEIVER, "P") == 1
    holding = (
        "import sys, time, edi_lint.ledger.database as l\n"
        "x = l.Ledger(sys.argv[1])\n"
        "def hold(c):\n"
        f"    x._given(c, x._parties('{SENDER}', '{RECEIVER}', 'P'), 0)\n"
        "    print('held', flush=True); time.sleep(60)\n"
        "x.write(hold)\n"
    )
    victim = subprocess.Popen([sys.executable, "-c", holding, path], stdout=subprocess.PIPE)
    assert victim.stdout and victim.stdout.readline() == b"held\n"
    victim.kill()
    victim.communicate()
    assert ledger.next_number(SENDER, RECEIVER, "P") == 2


def test_production_and_test_senders_and_receivers_count_apart(path: Path) -> None:
    ledger = Ledger(str(path))
    assert [ledger.next_number(SENDER, RECEIVER, "P") for _ in range(3)] == [1, 2, 3]
    assert ledger.next_number(SENDER, RECEIVER, "T") == 1
    assert ledger.next_number(RECEIVER, SENDER, "P") == 1
    assert ledger.next_number("ZZ*OTHER", RECEIVER, "P") == 1
    assert Ledger(str(path)).next_number(SENDER, RECEIVER, "P") == 4


def test_numbers_that_were_sent_are_not_given_out(path: Path) -> None:
    ledger = Ledger(str(path))
    ledger.record([sent(905)])
    assert ledger.next_number(SENDER, RECEIVER, "P") == 906
    ledger.record(sent(number) for number in (*range(907, 2_107), 2_108))
    assert [ledger.next_number(SENDER, RECEIVER, "P") for _ in range(2)] == [2_107, 2_109]
    assert ledger.next_number(SENDER, RECEIVER, "T") == 1


def test_when_the_numbers_are_used_up_that_is_told(path: Path) -> None:
    ledger = Ledger(str(path))
    ledger.record([sent(LARGEST - 1)])
    assert ledger.next_number(SENDER, RECEIVER, "P") == LARGEST
    with pytest.raises(LedgerError, match=r"up to 999999999 are given out .* begin a new ledger"):
        ledger.next_number(SENDER, RECEIVER, "P")
    full = Ledger(str(path.with_name("full.db")))
    full.record([sent(LARGEST)])
    assert full.next_number(SENDER, RECEIVER, "P") == 1


# knowing again


def test_a_number_is_known_by_sender_receiver_and_usage(path: Path) -> None:
    ledger = Ledger(str(path))
    assert ledger.seen(sent(1)) is None
    assert ledger.record([sent(1)]) == [None]
    same, other = ledger.seen(sent(1)), ledger.seen(sent(1, b"b"))
    assert same and same.same
    assert other and not other.same
    for apart in (sent(2), sent(1, usage="T"), sent(1, sender="01*HARBORINFUSION")):
        assert ledger.seen(apart) is None


@ONLY_WITH_URL
def test_a_database_that_is_no_file_knows_the_same() -> None:
    ledger = Ledger(URL)
    sender = f"ZZ*{os.urandom(8).hex()}"
    assert ledger.record([sent(7, sender=sender)]) == [None]
    twice = (sent(7, sender=sender), sent(7, b"b", sender=sender))
    same, other = ledger.record(twice)
    assert same and same.same and other and not other.same
    assert Ledger(URL).next_number(sender, RECEIVER, "P") == 8


def test_the_first_content_of_a_number_stays(path: Path) -> None:
    ledger = Ledger(str(path))
    ledger.record([sent(1)])
    again, other = ledger.record([sent(1), sent(1, b"b")])
    assert again and again.same
    assert other and not other.same
    still = ledger.seen(sent(1))
    assert still and still.same


@pytest.mark.parametrize("line_break", ["", "\r\n", "\n\n", "\n  "])
@pytest.mark.parametrize("path", ENDING_IN_TILDES, ids=lambda p: p.name)
def test_line_breaks_between_segments_are_no_content(path: Path, line_break: str) -> None:
    data = path.read_bytes()
    broken = re.sub(rb"~[\r\n]*", b"~" + line_break.encode(), data)
    assert contents(broken) == contents(data)


def test_any_other_byte_is_content() -> None:
    data = (FIXTURES / "valid" / "minimal.837").read_bytes()
    assert contents(data.replace(b"*CI~", b"*CI ~")) != contents(data)
    assert contents(data.replace(b"~", b"'")) != contents(data)
    for at in range(3, len(data), 7):
        if data[at : at + 1].isalnum():
            changed = data[:at] + (b"8" if data[at] != ord("8") else b"7") + data[at + 1 :]
            assert contents(changed) != contents(data), at


def test_what_stands_around_an_interchange_is_not_in_it() -> None:
    data = (FIXTURES / "valid" / "minimal.837").read_bytes()
    assert contents(b"\n\nnoise " + data + b"\x1a") == contents(data)
    other = data.replace(b"HI-", b"HJ-")
    assert contents(data + other) == [*contents(data), *contents(other)]
    cut = data[: data.index(b"IEA")]
    assert contents(cut + other) == [*contents(cut), *contents(other)]
    assert contents(b"no X12") == []


def large(data: bytes, times: int) -> bytes:
    """The file with its transaction set so many times."""
    begin, end = data.index(b"\nST*"), data.index(b"\nGE*")
    assert begin < end
    return data[:begin] + data[begin:end] * times + data[end:]


class Trickle(io.BytesIO):
    """Gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size, 700) if size and size > 0 else size)


def test_a_content_does_not_depend_on_how_it_is_read() -> None:
    minimal = (FIXTURES / "valid" / "minimal.837").read_bytes()
    name = minimal.replace(b"NM1*41*2*", b"NM1*41*2*DISAIEA ISA*")
    for data in (large(minimal, 400), name * 50):
        trickled = [one.content for one in interchanges(Trickle(data))]
        assert trickled == contents(data)
        assert trickled == contents(data.replace(b"\n", b"\r\n"))


def test_memory_stays_flat() -> None:
    import tracemalloc

    data = io.BytesIO(large(FILE.read_bytes(), 6_000))
    tracemalloc.start()
    assert len(list(interchanges(data))) == 1
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


# edi-lint check


def changed(folder: Path, old: bytes = b"HI-26-0612", new: bytes = b"HI-26-0699") -> Path:
    """The example with other content under the same number."""
    made = folder / "changed.837"
    data = FILE.read_bytes()
    assert old in data
    made.write_bytes(data.replace(old, new))
    return made


def test_other_content_is_told_and_the_same_again_is_not(check: Cli, tmp_path: Path) -> None:
    recorded = check(FILE, "--record")
    assert (recorded.status, "ENV010" in recorded.out) == (0, False)
    assert "ledger.db: 1 interchange recorded as sent\n" in recorded.err
    again = check(FILE, "--record")
    assert (again.status, "ENV010" in again.out) == (0, False)
    assert "0 interchanges recorded as sent, 1 already recorded" in again.err
    unbroken = tmp_path / "unbroken.837"
    unbroken.write_bytes(FILE.read_bytes().replace(b"\n", b""))
    assert "ENV010" not in check(unbroken).out
    other = check(changed(tmp_path), "--output-format", "full")
    assert other.status == 0
    assert re.search(
        r"warning\[ENV010\]: control number sent before with other content "
        r"\(recorded \d{4}-\d\d-\d\d\)\n +--> .*changed.837:1:91\n.+\n.+\n"
        r" += place: ISA13, interchange 000000416, bytes 90–99",
        other.out,
    )
    assert "= receiver: TA105 025" in other.out
    assert check(changed(tmp_path), "--fail-on", "warning").status == 1


def test_a_test_interchange_is_another(check: Cli, tmp_path: Path) -> None:
    check(FILE, "--record")
    test = changed(tmp_path, b"*0*P*:", b"*0*T*:")
    assert "ENV010" not in check(test, "--record").out
    assert "ENV010" not in check(test).out


def test_linting_alone_records_nothing(check: Cli, tmp_path: Path) -> None:
    check(FILE)
    assert "ENV010" not in check(changed(tmp_path)).out


def test_other_content_is_never_recorded_over_the_first(check: Cli, tmp_path: Path) -> None:
    check(FILE, "--record")
    other = check(changed(tmp_path), "--record")
    assert "1 not recorded, as their number is with other content" in other.err
    assert "ENV010" in check(changed(tmp_path)).out
    assert "ENV010" not in check(FILE).out


def test_what_is_held_back_is_not_recorded(
    check: Cli, commands: Callable[[str], Cli], path: Path, tmp_path: Path
) -> None:
    plain = commands("check")
    held = plain(FILE, tmp_path / "none.837", "--ledger", path, "--record")
    assert held.status == 2
    assert "0 interchanges recorded as sent, 2 of the inputs held back" in held.err
    assert "ENV010" not in check(changed(tmp_path)).out
    passed = plain(FILE, "--ledger", path, "--record", "--fail-on", "never", "--quiet")
    assert (passed.status, passed.err) == (0, "")
    assert "ENV010" in check(changed(tmp_path)).out


def test_what_a_baseline_accepts_is_recorded(
    commands: Callable[[str], Cli], check: Cli, path: Path, tmp_path: Path
) -> None:
    plain, accepted = commands("check"), tmp_path / "accepted.json"
    assert plain(FILE, "--write-baseline", accepted).status == 0
    ran = plain(FILE, "--baseline", accepted, "--ledger", path, "--record")
    assert "1 interchange recorded" in ran.err
    plain(changed(tmp_path), "--select", "ENV", "--ledger", path, "--write-baseline", accepted)
    told = plain(changed(tmp_path), "--select", "ENV", "--ledger", path)
    left = plain(changed(tmp_path), "--select", "ENV", "--ledger", path, "--baseline", accepted)
    assert "ENV010" in told.out and "ENV010" not in left.out


def test_a_suppression_hides_it(check: Cli, tmp_path: Path) -> None:
    check(FILE, "--record")
    settings = tmp_path / "own.toml"
    settings.write_text(
        '[[suppressions]]\nrule = "ENV010"\nsubmitter = "HARBORINFUSION"\n'
        'reason = "known"\nexpires = 2099-12-31\n'
    )
    ran = check(changed(tmp_path), "--config", settings)
    assert "ENV010" not in ran.out
    assert "findings not shown: 1 suppressed" in ran.err and "matched nothing" not in ran.err


@pytest.mark.parametrize("option", [("--ignore", "ENV010"), ("--select", "BAL")])
def test_it_is_silent_where_it_is_not_wanted(
    commands: Callable[[str], Cli], check: Cli, path: Path, tmp_path: Path, option: tuple[str, str]
) -> None:
    check(FILE, "--record")
    ran = commands("check")(changed(tmp_path), "--ledger", path, *option)
    assert "[ENV010]" not in ran.out


def test_several_interchanges_and_files_in_one_run(check: Cli, tmp_path: Path) -> None:
    one = FILE.read_bytes()
    two = one.replace(b"000000416", b"000000417").replace(b"HI-26-06", b"HI-26-07")
    both, other = tmp_path / "a-both.837", tmp_path / "b-other.837"
    both.write_bytes(one + two)
    other.write_bytes(two.replace(b"HI-26-0712", b"HI-26-0799"))
    ran = check(both, other, "--record", "--fail-on", "never", "--output-format", "json")
    (finding,) = (f for f in json.loads(ran.out)["findings"] if f["code"] == "ENV010")
    assert (finding["path"], finding["location"]["interchange"]) == (str(other), "000000417")
    assert "2 interchanges recorded as sent, 1 not recorded" in ran.err
    both.write_bytes(one + other.read_bytes())
    (finding,) = json.loads(check(both, "--output-format", "json").out)["findings"]
    place = finding["location"]
    assert (place["interchange"], place["element"]) == ("000000417", "ISA13")
    assert (place["line"], place["byte_start"]) == (one.count(b"\n") + 1, len(one) + 90)


def test_the_number_of_jobs_makes_no_difference(
    monkeypatch: pytest.MonkeyPatch, check: Cli, tmp_path: Path
) -> None:
    for module in ("check_files", "parallel"):
        monkeypatch.setattr(f"edi_lint.run.{module}.LARGE", 1024 * 1024)
    check(FILE, "--record")
    big = tmp_path / "large.837"
    big.write_bytes(large(FILE.read_bytes(), 800))
    paths = [big, changed(tmp_path), FILE]
    options = ("--ignore", "ENV00", "--output-format", "json")
    one, two = (check(*paths, *options, "--jobs", jobs) for jobs in (1, 2))
    assert one == two
    assert [f["path"] for f in json.loads(one.out)["findings"]] == [str(p) for p in paths[:2]]


def test_standard_input_is_asked_about_too(check: Cli, tmp_path: Path) -> None:
    assert "1 interchange recorded" in check("-", "--record", stdin=FILE.read_bytes()).err
    assert "ENV010" in check("-", stdin=changed(tmp_path).read_bytes()).out
    command = f"cat {changed(tmp_path)} | {sys.executable} -m edi_lint check --select ENV"
    piped = f"{command} --ledger {tmp_path / 'ledger.db'} -"
    ran = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, check=False)
    assert "--> -:1:91 · ISA13" in ran.stdout, ran.stderr


def test_what_opens_inputs_again_can_be_sent_to_another_process() -> None:
    with pickle.loads(pickle.dumps(Reopened()))(str(FILE)) as stream:
        assert stream.read() == FILE.read_bytes()


def test_without_a_number_that_can_be_read_there_is_nothing_to_know(
    check: Cli, tmp_path: Path
) -> None:
    for new in (b"ABC000416", b"         "):
        path = changed(tmp_path, b"000000416", new)
        ran = check(path, "--record", "--fail-on", "never")
        assert "0 interchanges recorded" in ran.err
        assert "ENV010" not in ran.out


def test_a_file_that_changes_while_it_is_read_is_told(
    monkeypatch: pytest.MonkeyPatch, check: Cli, tmp_path: Path
) -> None:
    made = changed(tmp_path)
    opened = Reopened.__call__
    times = []

    def growing(self: Reopened, path: str) -> object:
        times.append(path)
        if len(times) == 2:
            made.write_bytes(made.read_bytes() + b"\n" * 100)
        return opened(self, path)

    monkeypatch.setattr(Reopened, "__call__", growing)
    ran = check(made)
    assert ran.status == 2
    assert "changed.837: the file was changed while it was read; lint it again" in ran.err


def test_from_python_the_ledger_is_asked_and_nothing_is_recorded(check: Cli, path: Path) -> None:
    settings = Settings(ledger=str(path), select=("ENV",))
    data = FILE.read_bytes()
    other = data.replace(b"HI-26-0612", b"HI-26-0699")
    assert list(edi_lint.check(data, settings).findings) == []
    assert list(edi_lint.check(other, settings).findings) == []
    check(FILE, "--record")
    assert list(edi_lint.check(FILE, settings).findings) == []
    for source in (other, io.BytesIO(other), Trickle(other)):
        assert [f.code for f in edi_lint.check(source, settings).findings] == ["ENV010"]


# settings


def test_the_settings_name_a_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: Callable[[str], Cli]
) -> None:
    own = tmp_path / "edi-lint.toml"
    own.write_text('ledger = "sent.db"\nselect = ["ENV"]')
    assert load(own).settings.ledger == str(tmp_path / "sent.db")
    monkeypatch.chdir(tmp_path)
    assert "sent.db: 1 interchange recorded" in commands("check")(FILE, "--record").err
    assert "ENV010" in commands("check")(changed(tmp_path)).out
    other = commands("check")(changed(tmp_path), "--ledger", tmp_path / "other.db")
    assert "ENV010" not in other.out
    url = "postgresql+psycopg://lint@db.example/ledger"
    own.write_text(f'ledger = "{url}"')
    assert load(own).settings.ledger == url


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ('"../sent.db"', "expected a path inside the folder of this file"),
        ('"sqlite:////tmp/sent.db"', "expected the path of a SQLite file"),
        ("1", "expected default, a path, or the URL of a database; found a number"),
    ],
)
def test_a_settings_file_names_no_file_outside_its_folder(
    tmp_path: Path, value: str, told: str
) -> None:
    own = tmp_path / "edi-lint.toml"
    own.write_text(f"ledger = {value}")
    with pytest.raises(SettingsError, match=f"ledger: {re.escape(told)}"):
        load(own)


def test_the_default_ledger_is_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: Callable[[str], Cli]
) -> None:
    monkeypatch.setenv("EDI_LINT_DATA", str(tmp_path / "made" / "data"))
    ran = commands("check")(FILE, "--ledger", "default", "--record", "--select", "ENV")
    file = tmp_path / "made" / "data" / "ledger.sqlite3"
    assert file.is_file()
    assert f"edi-lint: {file}: 1 interchange recorded" in ran.err


# what it holds


def test_nothing_of_a_claim_can_be_read_in_it(check: Cli, path: Path) -> None:
    assert check(FILE, "--record", "--fail-on", "never").status == 0
    Ledger(str(path)).next_number(SENDER, RECEIVER, "P")
    held = path.read_bytes()
    values = {v for s in FILE.read_bytes().split(b"~") for v in re.split(rb"[*:\s]+", s)}
    telling = {v for v in values if len(v) > 4 and not v.isalpha()} | {
        b"HARBORINFUSION", b"CLEARBRIDGE", b"HI-26-0612", b"ISA", b"NM1", b"A4306"
    }  # fmt: skip
    assert len(telling) > 50
    assert [v for v in telling if v in held] == []


def test_two_ledgers_say_different_things_of_the_same(tmp_path: Path) -> None:
    rows = []
    for name in ("a", "b"):
        Ledger(str(tmp_path / name)).record([sent(1)])
        with sqlite3.connect(tmp_path / name) as connection:
            rows.append(connection.execute("SELECT * FROM edi_lint_sent").fetchone())
    assert set(rows[0][:2]).isdisjoint(rows[1][:2])
    assert rows[0][4] != rows[1][4]


# what goes wrong


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that may not be written, also by root: the process is nobody for the time being.

    A claim file is in it, as nobody may not enter every folder that root can.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(FILE, Path(folder, "a.837"))
        Path(folder, "a.837").chmod(0o644)
        Path(folder).chmod(0o555)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            if root:
                os.seteuid(0)
            Path(folder).chmod(0o755)


def test_a_folder_that_cannot_be_written_is_told(
    commands: Callable[[str], Cli], read_only: Path
) -> None:
    ran = commands("check")(read_only / "a.837", "--ledger", read_only / "l.db")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == (
        f"edi-lint: {read_only / 'l.db'}: cannot use this ledger: unable to open database file; "
        "does its folder exist, and may you write there?\n"
    )


def test_an_input_in_a_folder_that_may_not_be_entered_is_told(
    commands: Callable[[str], Cli], read_only: Path
) -> None:
    if os.getuid() == 0:
        os.seteuid(0)
    read_only.chmod(0o600)
    if os.getuid() == 0:
        os.seteuid(65534)
    ran = commands("check")(read_only / "a.837")
    assert ran.status == 2
    assert ran.err == f"edi-lint: {read_only / 'a.837'}: Permission denied\n"


def test_a_ledger_that_may_only_be_read_can_be_asked(tmp_path: Path, read_only: Path) -> None:
    if os.getuid() == 0:
        os.seteuid(0)
    ledger = read_only / "l.db"
    read_only.chmod(0o755)
    Ledger(str(ledger)).record([sent(1)])
    ledger.chmod(0o444)
    read_only.chmod(0o555)
    if os.getuid() == 0:
        os.seteuid(65534)
    asked = Ledger(str(ledger))
    assert asked.seen(sent(1)) and not asked.seen(sent(2))
    with pytest.raises(LedgerError, match="readonly database; make it and its folder writable"):
        asked.record([sent(2)])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("none/ledger.db", "none/ledger.db: cannot use this ledger: unable to open database file"),
        (".", ".: cannot use this ledger: unable to open database file; does its folder exist"),
        ("://", "the ledger's URL cannot be read; expected a path, or a URL such as"),
        ("nosuch://u:secret@host/x", "nosuch://u:***@host/x: SQLAlchemy knows no such database"),
        (
            "postgresql+pg8000://u:secret@h/x?password=secret",
            "postgresql+pg8000://u:***@h/x: the P",
        ),
        ("sqlite:////none/x", "sqlite:////none/x: cannot use this ledger: unable to open"),
    ],
)
def test_a_ledger_that_cannot_be_reached_is_told(
    commands: Callable[[str], Cli],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = commands("check")(FILE, "--ledger", name)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"edi-lint: {told}")
    assert "secret" not in ran.err and ran.err.count("\n") == 1


def test_a_damaged_ledger_is_told(check: Cli, path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    ran = check(FILE)
    assert ran.status == 2
    assert ran.err == (
        f"edi-lint: {path}: cannot use this ledger: file is not a database; it is another file, or "
        "damaged; restore it, or name another ledger\n"
    )
    path.unlink()
    check(FILE, "--record")
    held = path.read_bytes()
    for start in range(0, len(held), 4096):
        path.write_bytes(held[:start] + os.urandom(4096) + held[start + 4096 :])
        ran = check(FILE, "--record")
        assert "Traceback" not in ran.err and ran.status in (0, 2)
    path.write_bytes(held[: len(held) // 2])
    ran = check(FILE)
    assert (ran.status, "restore it" in ran.err) == (2, True)


def test_a_ledger_of_a_later_version_is_refused(check: Cli, path: Path) -> None:
    Ledger(str(path))
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE edi_lint_ledger SET version = 3")
    ran = check(FILE)
    assert ran.status == 2
    assert "expected a ledger of version 2, found 3; use the edi-lint that wrote it" in ran.err


def test_a_ledger_that_others_keep_busy_is_told(
    monkeypatch: pytest.MonkeyPatch, check: Cli, path: Path
) -> None:
    monkeypatch.setattr("edi_lint.ledger.database._WAIT", 0)
    Ledger(str(path))
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        ran = check(FILE)
    assert ran.status == 2
    assert "database is locked; another process keeps it busy" in ran.err


@pytest.mark.parametrize(
    "options",
    [["--record"], ["--ledger", "x", "--record", "--cross-check"],
     ["--ledger", "x", "--record", "--write-baseline", "b"]],
)  # fmt: skip
def test_options_that_do_not_go_together(
    commands: Callable[[str], Cli],
    options: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = commands("check")(FILE, *options)
    assert (ran.status, ran.out) == (2, "")
    assert "--record goes with --ledger" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_the_ledger_is_not_overwritten_by_the_output(check: Cli, path: Path) -> None:
    check(FILE, "--record")
    held = path.read_bytes()
    assert check(FILE, "-o", path).status == 2
    assert path.read_bytes() == held


# numbers of the user's own


def test_a_number_of_the_users_own_is_never_given_out_again(path: Path) -> None:
    settings = Settings(ledger=str(path))
    own = edi_lint.rewrite(FILE, "resend", control_number=500, settings=settings)
    following = edi_lint.rewrite(FILE, "resend", settings=settings)
    assert (own.numbers, following.numbers) == ([500], [501])
    with pytest.raises(LedgerError, match=r"500 is not free .*: numbers up to 501 were given out"):
        edi_lint.rewrite(FILE, "resend", control_number=500, settings=settings)
    with pytest.raises(LedgerError, match=r"417 is not free .*: numbers up to 501"):
        edi_lint.rewrite(FILE, "resend", control_number=417, settings=settings)


def test_a_number_that_was_sent_is_refused(path: Path) -> None:
    ledger = Ledger(str(path))
    sent = [one.sent for one in interchanges(io.BytesIO(FILE.read_bytes())) if one.sent]
    ledger.record([one._replace(number=450) for one in sent])
    with pytest.raises(LedgerError, match=r"450 is not free .*: it was sent before"):
        edi_lint.rewrite(FILE, "resend", control_number=450, settings=Settings(ledger=str(path)))


@pytest.mark.parametrize("command", [("fix",), ("rewrite", "--template", "new-claim")])
def test_where_the_log_cannot_be_written_nothing_is(
    commands: Callable[[str], Cli], tmp_path: Path, command: tuple[str, ...]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full device")
    output = tmp_path / "out.837"
    name, *options = command
    ran = commands(name)(FILE, *options, "-o", output, "--log", "/dev/full")
    assert (ran.status, list(tmp_path.iterdir())) == (2, [])
    assert "/dev/full: cannot write: No space left on device" in ran.err


# answers that were acted on


def test_an_answer_that_was_acted_on_is_known_again(path: Path) -> None:
    ledger = Ledger(str(path))
    names = [f"answer {n}" for n in range(1_200)]
    assert ledger.acted_on(names) == set()
    ledger.act_on(names[:600])
    ledger.act_on([*names[500:700], names[500]])
    assert Ledger(str(path)).acted_on(names) == set(names[:700])
    assert b"answer 1" not in path.read_bytes()


def test_a_ledger_from_before_knows_no_answer_until_one_is_noted(path: Path) -> None:
    Ledger(str(path))
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE edi_lint_acted")
    database.close()
    ledger = Ledger(str(path))
    assert ledger.acted_on(["one"]) == set()
    ledger.act_on(["one"])
    assert ledger.acted_on(["one", "two"]) == {"one"}


def test_a_ledger_that_is_not_there_knows_no_answer(path: Path) -> None:
    assert Ledger(str(path), make=False).acted_on(["one"]) == set()
    assert not path.exists()
