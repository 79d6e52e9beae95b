"""`edi-lint ledger`: what was recorded is listed, found and forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import ROOT, Cli

FILE = ROOT / "examples" / "outbound.837"
OTHER = ROOT / "examples" / "resubmit.837"


@pytest.fixture
def ledger(commands: Callable[[str], Cli], tmp_path: Path) -> Cli:
    """`edi-lint ledger` on a ledger with both files."""
    name = ("--ledger", tmp_path / "ledger.db")
    recorded = commands("check")(FILE, OTHER, *name, "--record", "--fail-on", "never")
    assert "2 interchanges recorded" in recorded.err
    return lambda *arguments, **more: commands("ledger")(*arguments, *name, **more)


def test_entries_are_listed_without_names(ledger: Cli) -> None:
    for ran in (ledger(), ledger("list")):
        head, *rows = ran.out.splitlines()
        assert head.split() == ["number", "usage", "recorded", "(UTC)", "between"]
        numbers = [
            re.fullmatch(r"(\d{9})  P      [-\d]{10} \d\d:\d\d  [0-9a-f]{8}", r) for r in rows
        ]
        assert [found and found[1] for found in numbers] == ["000000402", "000000416"]
        assert ran.status == 0


@pytest.mark.parametrize("what", ["416", "000000416"])
def test_a_number_is_found_and_forgotten(ledger: Cli, what: str) -> None:
    assert "000000416  P" in ledger("find", what).out
    assert ledger("forget", what).err == "edi-lint: 1 interchange forgotten\n"
    assert (ledger("find", what).status, ledger("forget", what).status) == (1, 1)
    assert "000000402" in ledger().out


def test_the_interchanges_of_a_file_are_found_and_forgotten(ledger: Cli, tmp_path: Path) -> None:
    changed = tmp_path / "changed.837"
    changed.write_bytes(FILE.read_bytes().replace(b"*480*", b"*481*"))
    assert re.fullmatch(r"000000416: recorded \S+ with this content\n", ledger("find", FILE).out)
    assert "with other content" in ledger("find", changed).out
    assert "with this content" in ledger("find", "-", stdin=FILE.read_bytes()).out
    assert ledger("forget", changed).status == 0
    ran = ledger("find", FILE)
    assert (ran.status, ran.out) == (1, "000000416: not recorded\n")


def test_what_was_forgotten_may_be_sent_again_but_is_not_given_out(
    ledger: Cli, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    name = ("--ledger", tmp_path / "ledger.db")
    changed = tmp_path / "changed.837"
    changed.write_bytes(FILE.read_bytes().replace(b"*480*", b"*481*"))
    assert "[ENV010]" in commands("check")(changed, *name).out
    assert ledger("forget", FILE).status == 0
    assert "[ENV010]" not in commands("check")(changed, *name).out
    ran = commands("rewrite")(FILE, "--template", "resend", *name, "-o", tmp_path / "a.837")
    assert "control number 000000417" in ran.err


def test_a_number_of_two_receivers_is_not_forgotten_at_once(
    ledger: Cli, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    other = tmp_path / "other.837"
    other.write_bytes(FILE.read_bytes().replace(b"CLEARBRIDGE ", b"CLEARBROOK  "))
    name = ("--ledger", tmp_path / "ledger.db")
    commands("check")(other, *name, "--record", "--fail-on", "never")
    ran = ledger("forget", "416")
    assert (ran.status, "several receivers" in ran.err) == (2, True)
    assert ledger().out.count("000000416") == 2
    assert ledger("forget", other).status == 0
    assert ledger("forget", "416").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["find"], "take a control number or a file"),
        (["list", "416"], "take a control number or a file"),
        (
            ["forgot", "416"],
            "ACTION forgot: is not one of list, find, forget; did you mean forget?",
        ),
        (["find", "none.837"], "none.837: No such file or directory"),
        (["find", ROOT / "README.md"], "no ISA segment"),
    ],
)
def test_mistakes(ledger: Cli, arguments: list[object], said: str) -> None:
    ran = ledger(*arguments)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert said in ran.err


def test_an_empty_ledger_is_not_made(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    ran = commands("ledger")("--ledger", tmp_path / "none.db")
    assert (ran.status, ran.out) == (0, "")
    assert "nothing is recorded" in ran.err
    assert not (tmp_path / "none.db").exists()
