"""The ledger's index of sent files: it finds what a scan finds, and never what is there no more."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import ROOT, Cli
from edi_lint.files.sources import opened
from edi_lint.ledger.database import Ledger
from edi_lint.ledger.keys import normal
from edi_lint.ledger.sent_index import SentIndex
from edi_lint.tracing.sent_folder import SentFolder, WantedSets

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
LONG = "A-NUMBER-OF-MORE-THAN-20-CHARACTERS"
SETS = WantedSets(
    frozenset({"416"}), frozenset({"416"}), frozenset({"HI20260626A"}), frozenset({"416"})
)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "sent.837"
    path.write_bytes(OUTBOUND.replace(b"HI-26-0614", LONG.encode()))
    return path


@pytest.fixture
def index(tmp_path: Path, sent: Path) -> SentIndex:
    made = SentIndex(Ledger(str(tmp_path / "ledger.db")))
    with sent.open("rb") as stream:
        assert made.record(str(sent), stream) == 5
    return made


def scanned(path: Path, numbers: list[str], index: SentIndex | None) -> tuple[object, ...]:
    """What a scan gives, with an index or without, as plain values."""
    folder = SentFolder(opened, index)
    folder.scan([str(path)], numbers, SETS)
    claims = [[c[1:] for c in folder.meant_by(number)] for number in numbers]
    sets = [(s.header, s.group, s.begin.values, s.stop) for s in folder.sets]
    return claims, sets, [[c[1:] for c in folder.claims_of(s)] for s in folder.sets]


@pytest.mark.parametrize("number", ["HI-26-0611", "hi-26-0611", LONG[:20], LONG[:12], "NOSUCH"])
def test_the_index_finds_what_a_scan_finds(number: str, sent: Path, index: SentIndex) -> None:
    assert scanned(sent, [number], index) == scanned(sent, [number], None)


def test_a_file_that_is_in_the_index_is_not_scanned(
    sent: Path, index: SentIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_lint.tracing.sent_folder.sent_sets", lambda *_: pytest.fail("scanned"))
    assert len(scanned(sent, ["HI-26-0611"], index)[0][0]) == 1  # type: ignore[index]


def test_a_changed_file_is_scanned_again(sent: Path, index: SentIndex) -> None:
    sent.write_bytes(OUTBOUND[:-400] + b" " * 500)
    assert index.known([str(sent)]) == {}
    assert scanned(sent, ["HI-26-0611"], index) == scanned(sent, ["HI-26-0611"], None)


def test_what_the_index_says_wrongly_is_noticed(
    sent: Path, index: SentIndex, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE edi_lint_sent_claim SET start = start + 3")
    assert scanned(sent, ["HI-26-0611"], index) == scanned(sent, ["HI-26-0611"], None)


def test_a_file_is_in_the_index_once(sent: Path, index: SentIndex, tmp_path: Path) -> None:
    with sent.open("rb") as stream:
        index.record(str(sent), stream)
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        (claims,) = connection.execute("SELECT count(*) FROM edi_lint_sent_claim").fetchone()
        (sets,) = connection.execute("SELECT count(*) FROM edi_lint_sent_set").fetchone()
    assert (claims, sets) == (6, 1)  # the long number is in it cut, too


def test_the_index_has_no_number_in_clear(tmp_path: Path, index: SentIndex) -> None:
    content = (tmp_path / "ledger.db").read_bytes()
    for text in (b"HI-26", LONG.encode(), b"HARBOR", b"HI20260626A", b"LKH205518840"):
        assert text not in content
    assert normal("HI-26-0611")


def test_a_ledger_of_the_first_version_is_made_a_later_one(tmp_path: Path, sent: Path) -> None:
    path = tmp_path / "old.db"
    ledger = Ledger(str(path))
    assert ledger.next_number("ZZ*A", "ZZ*B", "P") == 1
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE name LIKE 'edi_lint_sent__%' AND type = 'table'"
        ).fetchall():
            connection.execute(f"DROP TABLE {name}")
        connection.execute("UPDATE edi_lint_ledger SET version = 1")
    old = Ledger(str(path))
    assert old.next_number("ZZ*A", "ZZ*B", "P") == 2
    index = SentIndex(old)
    assert index.known([str(sent)]) == {}
    with sent.open("rb") as stream:
        index.record(str(sent), stream)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT version FROM edi_lint_ledger").fetchone() == (2,)
    assert list(SentIndex(Ledger(str(path))).known([str(sent)])) == [str(sent)]


def test_check_and_trace_record_what_was_sent(
    commands: Callable[[str], Cli], sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = commands("check")("--ledger", "l.db", "--record", "--fail-on", "never", sent)
    assert ran.status == 0
    assert list(SentIndex(Ledger("l.db")).known([str(sent)])) == [str(sent)]
    answer = ROOT / "answers" / "999.txt"
    commands("trace")(answer, "--sent", sent, "--ledger", "other.db", "--record")
    assert list(SentIndex(Ledger("other.db")).known([str(sent)])) == [str(sent)]
    assert commands("trace")(answer, "--sent", sent, "--record").status == 2
