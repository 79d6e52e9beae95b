"""A hostile folder that was cloned and is linted: its settings, its files' names, its values."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT, Cli
from edi_lint.files import leftovers
from edi_lint.findings.masking import Phi
from edi_lint.ledger.database import Ledger
from edi_lint.settings import LedgerError, SettingsError, find
from edi_lint.settings.settings_file import load
from test_watch import watch

BALANCE = next((FIXTURES / "faulty").glob("*balance*.837"))
URL = "postgresql+psycopg://u:secret@db.example/x"


@pytest.fixture
def cloned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a claim file, which the command runs in."""
    place = tmp_path / "cloned"
    place.mkdir()
    (place / "a.837").write_bytes(BALANCE.read_bytes())
    monkeypatch.chdir(place)
    monkeypatch.delenv("EDI_LINT_LEDGER", raising=False)
    return place


# settings that were found


@pytest.mark.parametrize(
    "line",
    [
        f'ledger = "{URL}"',
        'ledger = "mysql+pymysql://u:p@127.0.0.1:1/x?local_infile=1"',
        'ledger = "sqlite:////tmp/x.db"',
        'ledger = "https://host/x"',
        'ledger = "/tmp/x.db"',
        'ledger = "../x.db"',
        'profile = "https://host/x.yaml"',
        'profile = "/etc/passwd"',
        'profile = "../../../../etc/passwd"',
        'profile = "link"',
        'profile = "link.yaml"',
        'profile = "fifo"',
        'profile = "./fifo"',
        'profiles = ["fifo"]',
        'profiles = ["file:///etc/passwd"]',
        'packs = ["fifo"]',
        'packs = ["s3://bucket/x"]',
        'baseline = "fifo"',
        'baseline = "http://host/x"',
        'ledger = "fifo"',
    ],
)
@pytest.mark.parametrize("name", ["edi-lint.toml", "pyproject.toml"])
def test_found_settings_open_nothing_but_files_of_their_folder(
    cloned: Path,
    commands: Callable[[str], Cli],
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    name: str,
) -> None:
    def connect(*_: object) -> None:
        raise AssertionError("connects")

    monkeypatch.setattr(socket.socket, "connect", connect)
    os.mkfifo(cloned / "fifo")
    for link in ("link", "link.yaml"):
        (cloned / link).symlink_to("/etc/passwd")
    head = "" if name == "edi-lint.toml" else "[tool.edi-lint]\n"
    (cloned / name).write_text(head + line)
    before = sorted(path.name for path in cloned.iterdir())
    for command in ("check", "fix", "annotate", "config"):
        ran = commands(command)(*([] if command == "config" else ["a.837"]))
        assert (ran.status, ran.out) == (2, "")
        assert ran.err.startswith(f"edi-lint: {name}: {line.partition(' ')[0]}")
        assert "secret" not in ran.err
    assert sorted(path.name for path in cloned.iterdir()) == before


@pytest.mark.parametrize("part", ["a", "'a b'", '"a"', r'"\""', '""'])
@pytest.mark.parametrize("text", ["{} = 1", "[{}]", "[[{}]]", "x = {{ {} = 1 }}"])
def test_a_key_of_many_parts_takes_no_time(tmp_path: Path, part: str, text: str) -> None:
    path = tmp_path / "edi-lint.toml"
    path.write_text(text.format(" . ".join([part] * 40_000)))
    before = time.process_time()
    with pytest.raises(SettingsError, match="is nested too deeply"):
        load(path)
    assert time.process_time() - before < 1


def test_a_text_may_have_many_points_and_letters(tmp_path: Path) -> None:
    path = tmp_path / "edi-lint.toml"
    path.write_text(f'baseline = "{"a" * 200_000}.json"  # {"a.b " * 1000} 1.2.3.4 {"." * 1000}')
    assert load(path).keys == {"baseline"}


def test_a_database_is_taken_from_what_the_user_names(
    cloned: Path, commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = cloned.parent / "own.toml"
    own.write_text(f'ledger = "{URL}"')
    assert load(own).settings.ledger == URL
    with pytest.raises(SettingsError, match="URL of a database, which is taken only from --ledger"):
        load(own, found=True)
    told = "u:***@db.example/x: the Python package psycopg is not there"
    assert told in commands("check")("a.837", "--config", own).err
    assert told in commands("check")("a.837", "--ledger", URL).err
    monkeypatch.setenv("EDI_LINT_LEDGER", URL)
    assert told in commands("check")("a.837").err
    (cloned / "edi-lint.toml").write_text('ledger = "sent.db"')
    assert told in commands("check")("a.837").err


@pytest.mark.parametrize("ledger", ["sent.db", "default"])
def test_check_makes_no_file_for_found_settings(
    cloned: Path, commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch, ledger: str
) -> None:
    monkeypatch.setenv("EDI_LINT_DATA", str(cloned / "data"))
    (cloned / "edi-lint.toml").write_text(f'ledger = "{ledger}"')
    assert commands("check")("a.837").status == 1
    assert sorted(path.name for path in cloned.iterdir()) == ["a.837", "edi-lint.toml"]
    assert "recorded" in commands("check")("a.837", "--record", "--fail-on", "never").err
    made = cloned / ("sent.db" if ledger == "sent.db" else "data/ledger.sqlite3")
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    if ledger == "default":
        assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("ledger", ["sent.db", "default"])
@pytest.mark.parametrize(
    "command",
    [
        ("fix", "a.837", "-o", "o"),
        ("fix", "a.837", "--in-place"),
        ("split", "a.837", "--held", "o"),
        ("annotate", "a.837", "-o", "o"),
        ("extract", "a.837", "-o", "o"),
        ("redact", "a.837", "-o", "o"),
        ("ledger", "list"),
        ("config",),
    ],
)
def test_only_what_gives_numbers_makes_a_ledger(
    cloned: Path,
    commands: Callable[[str], Cli],
    monkeypatch: pytest.MonkeyPatch,
    ledger: str,
    command: tuple[str, ...],
) -> None:
    monkeypatch.setenv("EDI_LINT_DATA", str(cloned / "data"))
    (cloned / "edi-lint.toml").write_text(f'ledger = "{ledger}"')
    name, *options = command
    assert commands(name)(*options).status in (0, 1)
    assert {path.name for path in cloned.iterdir()} <= {"a.837", "edi-lint.toml", "o"}


def test_the_search_for_settings_ends_at_a_repository_and_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "a" / "b" / "c"
    inner.mkdir(parents=True)
    outer = tmp_path / "edi-lint.toml"
    outer.write_text("")
    assert find(inner) == outer
    monkeypatch.setenv("HOME", str(tmp_path / "a"))
    assert find(inner) is None
    own = tmp_path / "a" / "edi-lint.toml"
    own.write_text("")
    assert find(inner) == own
    (tmp_path / "a" / "b" / ".git").write_text("gitdir: elsewhere")
    assert find(inner) is None
    (tmp_path / "a" / "b" / "pyproject.toml").write_text("[tool.edi-lint]")
    assert find(inner) == tmp_path / "a" / "b" / "pyproject.toml"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["edi-lint.toml", "pyproject.toml"])
def test_settings_that_anybody_may_have_put_there_are_refused(
    cloned: Path, commands: Callable[[str], Cli], name: str
) -> None:
    path = cloned.parent / name
    path.write_text(
        '[tool.edi-lint]\nselect = ["ENV001"]' if name[0] == "p" else 'select = ["ENV001"]'
    )
    os.chown(path, 65534, 65534)
    assert commands("check")("a.837").status == 0
    cloned.parent.chmod(0o1777)
    ran = commands("check")("a.837")
    assert (ran.status, ran.out) == (2, "")
    assert f"{name}: belongs to somebody else, in a folder that everybody may write to" in ran.err
    assert commands("check")("a.837", "--config", path).status == 0
    os.chown(path, 0, 0)
    assert commands("check")("a.837").status == 0


def test_settings_of_another_folder_are_named(cloned: Path, commands: Callable[[str], Cli]) -> None:
    path = cloned.parent / "edi-lint.toml"
    path.write_text('ignore = ["BAL"]')
    told = "edi-lint: settings of ../edi-lint.toml\n"
    for command in ("check", "annotate", "extract", "fix"):
        assert commands(command)("a.837").err.startswith(told)
    assert told not in commands("check")("a.837", "--config", path).err
    (cloned / "edi-lint.toml").write_text("")
    assert "settings of" not in commands("check")("a.837").err


@pytest.mark.parametrize("name", ["edi-lint.toml", "pyproject.toml"])
def test_found_settings_do_not_ask_for_all_protected_data(
    cloned: Path, commands: Callable[[str], Cli], name: str
) -> None:
    head = "" if name == "edi-lint.toml" else "[tool.edi-lint]\n"
    path = cloned / name
    path.write_text(f'{head}phi = "all"')
    for command in ("check", "extract", "annotate", "fix", "split", "rewrite", "report", "config"):
        options = {"config": [], "report": ["a.837", "-o", "r"]}.get(command, ["a.837"])
        ran = commands(command)(*options)
        assert (ran.status, ran.out) == (2, "")
        assert f"{name}: phi: expected none or ids; found all, which is taken only from" in ran.err
    assert commands("check")("a.837", "--config", path).status == 1
    assert load(path).settings.phi is Phi.ALL
    path.write_text(f'{head}phi = "none"')
    assert commands("check")("a.837", "--phi", "all").status == 1


def test_found_settings_that_show_claim_numbers_where_they_are_posted_are_named(
    cloned: Path, commands: Callable[[str], Cli]
) -> None:
    path = cloned / "edi-lint.toml"
    path.write_text('phi = "ids"')
    said = 'edi-lint: claim numbers are in sarif, github: edi-lint.toml has phi = "ids"\n'
    formats = (
        "--output-format",
        "sarif=s",
        "--output-format",
        "github",
        "--output-format",
        "json=j",
    )
    assert said in commands("check")("a.837", *formats).err
    assert said not in commands("check")("a.837", *formats, "--phi", "ids").err
    assert said not in commands("check")("a.837", *formats, "--config", path).err
    assert said not in commands("check")("a.837").err
    path.write_text('phi = "none"')
    assert said not in commands("check")("a.837", *formats).err


# databases


@pytest.mark.parametrize("command", ["check", "rewrite"])
@pytest.mark.parametrize("ledger", ["e.db", "link.db"])
def test_the_journal_of_a_ledger_removes_no_other_file(
    cloned: Path, commands: Callable[[str], Cli], command: str, ledger: str
) -> None:
    """SQLite removes the file that a journal names as the one of several databases."""
    other = cloned.parent / "other"
    other.write_text("precious")
    Ledger(str(cloned / "e.db"))
    (cloned / "link.db").symlink_to("e.db")
    magic = bytes.fromhex("d9d505f920a163d7")
    pages = (cloned / "e.db").stat().st_size // 4096
    head = magic + struct.pack(">5I", 0, 1, pages, 512, 4096)
    name = bytes(other)
    tail = (
        struct.pack(">I", 0x40000000 // 4096 + 1) + name + struct.pack(">2I", len(name), sum(name))
    )
    (cloned / "e.db-journal").write_bytes(head.ljust(512, b"\0") + tail + magic)
    (cloned / "edi-lint.toml").write_text(f'ledger = "{ledger}"')
    options = [] if command == "check" else ["--template", "resend"]
    ran = commands(command)("a.837", *options)
    assert (ran.status, "journal beside it is not a ledger's" in ran.err) == (2, True)
    assert other.read_text() == "precious"


@pytest.mark.parametrize("ending", ["-journal", "-wal", "-shm"])
def test_no_file_beside_a_found_ledger_leads_out_of_the_folder(
    cloned: Path, commands: Callable[[str], Cli], ending: str
) -> None:
    (cloned.parent / "other").write_text("precious")
    (cloned / f"l.db{ending}").symlink_to("../other")
    (cloned / "edi-lint.toml").write_text('ledger = "l.db"')
    ran = commands("check")("a.837")
    assert (ran.status, "one that leads out of it" in ran.err) == (2, True)


_ENDLESS = "WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r) SELECT"


@pytest.mark.parametrize(
    "statement",
    [
        f"CREATE VIEW EDI_LINT_LEDGER AS {_ENDLESS} i AS id, 1 AS version, 2 AS key FROM r WHERE i<0",
        f"CREATE VIEW edi_lint_sent AS {_ENDLESS} i AS number FROM r WHERE i < 0",
        "CREATE TABLE edi_lint_ledger (id, version, key AS (zeroblob(900000000)))",
        "CREATE VIRTUAL TABLE edi_lint_given USING fts5(a)",
        "CREATE TABLE edi_lint_given (a);"
        f"CREATE TRIGGER t AFTER INSERT ON edi_lint_given BEGIN {_ENDLESS} i FROM r WHERE i<0; END",
    ],
)
def test_a_ledger_has_nothing_that_works_without_end(
    cloned: Path, commands: Callable[[str], Cli], statement: str
) -> None:
    if "edi_lint_ledger" not in statement.lower():
        Ledger(str(cloned / "l.db"))
    with closing(sqlite3.connect(cloned / "l.db")) as database:
        for table in ("edi_lint_sent", "edi_lint_given"):
            if f"{table} " in statement:
                database.execute(f"DROP TABLE IF EXISTS {table}")
        database.executescript(statement)
    (cloned / "edi-lint.toml").write_text('ledger = "l.db"')
    for command, *options in (
        ("check", "--record", "--fail-on", "never"),
        ("rewrite", "--template", "resend", "--control-number", "next"),
    ):
        ran = commands(command)("a.837", *options)
        assert (ran.status, "has more than the tables of a ledger" in ran.err) == (2, True), ran


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql+pymysql://u:p@h/x?local_infile=1", "local_infile may not be in its URL"),
        ("mysql+pymysql://u:p@h/x?read_default_file=/a", "read_default_file may not be in"),
        ("postgresql+psycopg://h/x?service=a", "service may not be in its URL"),
        ("postgresql+psycopg://h/x?passfile=a", "passfile may not be in its URL"),
        ("postgresql+psycopg://h/x?plugin=a", "plugin may not be in its URL"),
        ("sqlite:////tmp/x?uri=true", "uri may not be in its URL"),
        ("mssql+pyodbc://h/x?odbc_connect=a", "SQLAlchemy knows no such database, or a ledger"),
        ("access+pyodbc://h/x", "SQLAlchemy knows no such database, or a ledger cannot be in it"),
    ],
)
def test_only_known_databases_and_parameters_are_taken(url: str, told: str) -> None:
    with pytest.raises(LedgerError, match=re.escape(told)):
        Ledger(url)


@pytest.mark.parametrize("problem", [TypeError, KeyError, AttributeError, IndexError, OSError])
def test_an_odd_answer_of_a_server_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: type[Exception]
) -> None:
    ledger = Ledger(str(tmp_path / "a.db"))

    def answer(*_: object) -> None:
        raise problem("secret")

    monkeypatch.setattr(Ledger, "_next", answer)
    with pytest.raises(LedgerError, match=problem.__name__) as raised:
        ledger.next_number("a", "b", "T")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("key", ["NULL", "5", "'short'", "x'00'"])
def test_a_ledger_whose_key_is_none_is_told(tmp_path: Path, key: str) -> None:
    path = tmp_path / "a.db"
    Ledger(str(path))
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE other AS SELECT id, version FROM edi_lint_ledger")
        database.execute("DROP TABLE edi_lint_ledger")
        database.execute("CREATE TABLE edi_lint_ledger (id INTEGER, version INTEGER, key BLOB)")
        database.execute(f"INSERT INTO edi_lint_ledger SELECT id, version, {key} FROM other")
    with pytest.raises(LedgerError):
        Ledger(str(path))


# names and values in what is printed

NAMES = (
    "x\n::stop-commands::tok\n.837",
    "\x1b[31mred.837",
    "::error::x.837",
    "a##[error]b.837",
    "\u202egnp.837",
    "\x9b31m.837",
    "--no\nsuch\x1b[31m.837",
)
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|(^|\n)\\s*::(?!error |warning |notice )|##\\["
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"no X12 at all", BALANCE.read_bytes()])
def test_no_name_steers_a_terminal_or_a_workflow(
    cloned: Path, commands: Callable[[str], Cli], name: str, content: bytes
) -> None:
    (cloned / name).write_bytes(content)
    runs = [
        ("check", name),
        ("check", "--output-format", "concise", name),
        ("check", "--output-format", "github", name),
        ("check", "--output-format", "csv", name),
        ("check", "--output-format", "json", name),
        ("check", "--output-format", "junit", name),
        ("check", "--output-format", "gitlab", name),
        ("check", "--output-format", "sarif", name),
        ("check", "--statistics", "."),
        ("check", "--cross-check", "."),
        ("fix", "--diff", name),
        ("annotate", name),
        ("annotate", "--template", "markdown", name),
        ("redact", name),
        ("split", name, "--clean", "c", "--report", "/dev/stdout"),
        ("rewrite", name, "--template", name),
        ("rewrite", name, "--data", name),
        ("extract", name),
        ("extract", "--format", "table", "."),
        ("report", name, "-o", "r", "-j", "1"),
        ("check", name, "--config", name),
        ("check", name, "--profile", name),
        ("check", name, "--pack", name),
        ("check", name, "--baseline", name),
        ("check", name, "--ledger", name),
        ("codes", "load", name),
        ("check", name, "-o", f"none/{name}"),
    ]
    for command, *options in runs:
        ran = commands(command)(*options)
        unsafe = _UNSAFE.search(ran.err) or (
            (command not in ("fix", "redact", "rewrite") or "--diff" in options)
            and _UNSAFE.search(ran.out)
        )
        assert not unsafe, (command, options, unsafe)
        assert "internal error" not in ran.err
        lines = ran.err.splitlines()
        assert all(re.match(r"edi-lint: |  |Usage: |Try |Error: |$", line) for line in lines), lines


@pytest.mark.parametrize("value", ["\\u001b[31mX", "X\\n::stop-commands::t", "\\u202eX"])
def test_no_settings_value_steers_a_terminal(
    cloned: Path, commands: Callable[[str], Cli], value: str
) -> None:
    for line in (
        f'select = ["{value}"]', f'fail-on = "{value}"', f'"{value}" = 1', f'profile = "{value}"',
        f'output-format = "{value}"', f'as-of = "{value}"', f'packs = ["{value}"]',
        f'[[suppressions]]\nrule = "BAL"\nreason = "{value}"\nexpires = 2099-01-01',
    ):  # fmt: skip
        (cloned / "edi-lint.toml").write_text(line)
        for command in ("check", "config"):
            ran = commands(command)(*(["a.837"] if command == "check" else []))
            assert not _UNSAFE.search(ran.err + ran.out), line


@pytest.mark.parametrize("value", ["\x1b[31mX", "\x00\x07X", "\x9bX", "##[error]X", "=1+1"])
def test_no_value_of_a_claim_steers_a_terminal(
    cloned: Path, commands: Callable[[str], Cli], value: str
) -> None:
    data = (FIXTURES / "valid" / "minimal.837").read_bytes().decode("latin-1")
    claim = re.search(r"CLM\*([^*]+)\*", data)
    payer = re.search(r"NM1\*PR\*2\*([^*]+)\*", data)
    assert claim and payer
    for found in (claim, payer):
        place = slice(*found.span(1))
        changed = data[: place.start] + value + data[place.stop :]
        (cloned / "a.837").write_bytes(changed.encode("latin-1"))
        for command, *options in (
            ("check", "--statistics"), ("check", "--output-format", "github", "--phi", "ids"),
            ("extract", "--format", "csv"), ("extract", "--format", "csv", "--phi", "all"),
            ("extract", "--format", "jsonl"), ("extract", "--format", "table"), ("annotate",),
            ("split", "--clean", "c", "--report", "/dev/stdout"), ("report", "-o", "r", "-j", "1"),
        ):  # fmt: skip
            ran = commands(command)("a.837", *options)
            assert not _UNSAFE.search(ran.err + ran.out), (command, options)


# modes, leftovers, ledgers


@pytest.fixture
def private(cloned: Path) -> Iterator[Path]:
    """The folder, whose claim file is the user's alone, under a mask that hides nothing."""
    (cloned / "a.837").chmod(0o600)
    (cloned / "b.837").write_bytes(BALANCE.read_bytes())
    (cloned / "b.837").chmod(0o644)
    before = os.umask(0o022)
    yield cloned
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


WRITTEN = (
    (("fix", "-o", "o", "--log", "l"), ("o", "l")),
    (("split", "--clean", "c", "--held", "o", "--report", "l"), ("o", "l")),
    (("rewrite", "--template", "resend", "-o", "o", "--log", "l", "--force", "--paperwork", "p"),
     ("o", "l")),
    (("annotate", "-o", "o"), ("o",)),
    (("redact", "-o", "o"), ("o",)),
    (("extract", "-o", "o"), ("o",)),
    (("check", "-o", "o", "--output-format", "json", "--output-format", "csv=l"), ("o", "l")),
    (("check", "--write-baseline", "o"), ("o",)),
    (("report", "-o", "r", "-j", "1"), ("r", "r/index.html", "r/report.json", "r/pages", "r/pages/*")),
)  # fmt: skip


@pytest.mark.parametrize(("command", "outputs"), WRITTEN)
def test_what_is_written_is_as_private_as_its_input(
    private: Path,
    commands: Callable[[str], Cli],
    command: tuple[str, ...],
    outputs: tuple[str, ...],
) -> None:
    name, *options = command
    for file, most in (("a.837", 0o600), ("b.837", 0o644)):
        assert commands(name)(file, *options).status in (0, 1)
        for output in outputs:
            (made, *_) = private.glob(output)
            folder = most | (most & 0o444) >> 2 | 0o700
            assert mode(made) == (folder if made.is_dir() else most), (file, output)
        for path in private.iterdir():
            if path.name not in ("a.837", "b.837"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_an_output_that_is_there_gets_no_more_readable(
    private: Path, commands: Callable[[str], Cli]
) -> None:
    (private / "o").write_text("")
    (private / "o").chmod(0o644)
    commands("fix")("a.837", "-o", "o")
    assert mode(private / "o") == 0o600
    (private / "a.837").chmod(0o400)
    commands("annotate")("a.837", "-o", "n")
    assert mode(private / "n") == 0o600


def test_what_a_watch_moves_on_is_as_private_as_what_came(private: Path) -> None:
    incoming = private / "in"
    incoming.mkdir(mode=0o700)
    for name in ("a.837", "b.837"):
        (private / name).rename(incoming / name)
    assert len(watch(private)) == 2
    made = {str(p.relative_to(private / "out")): mode(p) for p in (private / "out").rglob("*")}
    assert {n: m for n, m in made.items() if n.endswith(("a.837", "a.837.json"))} == {
        "held/a.837": 0o600, "held/a.837.json": 0o600, "original/a.837": 0o600
    }  # fmt: skip
    assert made["held/b.837"] == 0o644
    assert {mode(p) for p in (private / "out").iterdir()} == {0o700}


def test_outputs_of_several_inputs_are_as_private_as_the_most_private(
    private: Path, commands: Callable[[str], Cli]
) -> None:
    commands("extract")("b.837", "a.837", "-o", "o")
    assert mode(private / "o") == 0o600


_KILLED = """
import os, signal, sys
from pathlib import Path
from edi_lint.cli import output
def killed(*_): os.kill(os.getpid(), signal.SIGKILL)
setattr({owner}, {name!r}, killed)
sys.argv = ["edi-lint", *{arguments!r}]
from edi_lint.cli import main
main()
"""


@pytest.mark.parametrize(
    ("owner", "name", "arguments"),
    [
        ("output._Beside", "appear", ["fix", "a.837", "-o", "o"]),
        ("output._Beside", "finish", ["annotate", "a.837", "-o", "o"]),
        ("Path", "replace", ["report", "a.837", "-o", "r", "-j", "1"]),
    ],
)
def test_what_a_killed_run_left_goes_with_the_next(
    cloned: Path, commands: Callable[[str], Cli], owner: str, name: str, arguments: list[str]
) -> None:
    code = _KILLED.format(owner=owner, name=name, arguments=arguments)
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, cwd=cloned, check=False, timeout=120).returncode == -9
    left = [path for path in cloned.iterdir() if path.name.startswith(".")]
    assert left
    others = (".o.swp", ".o.abcdefgh", ".edi-lint.toml", ".x.edi-lint", "o.abcdefgh.edi-lint")
    for other in others:
        (cloned / other).write_text("mine")
    (cloned / ".z.abcdefgh.edi-lint").symlink_to(cloned / "a.837")
    leftovers._swept.clear()
    assert commands("extract")("a.837", "-o", "x").status == 0
    assert [path for path in left if path.exists()] == []
    assert all((cloned / other).exists() for other in others)
    assert (cloned / "a.837").exists() and (cloned / ".z.abcdefgh.edi-lint").is_symlink()


def test_what_a_run_at_work_uses_stays(cloned: Path) -> None:
    path, handle, lock = leftovers.private_file(cloned / "o")
    with leftovers.private_folder(cloned) as folder:
        (folder / "page").write_text("")
        os.close(handle)
        for _ in range(2):
            leftovers._swept.clear()
            leftovers.remove_leftovers(cloned)
        assert path.exists() and (folder / "page").exists()
    assert not folder.exists()
    assert lock is not None
    os.close(lock)
    leftovers._swept.clear()
    leftovers.remove_leftovers(cloned)
    assert not path.exists()


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("ending", ["", "-journal", "-wal"])
@pytest.mark.parametrize(
    "command",
    [
        ("split", "--held", "h", "--report", "L"),
        ("split", "--held", "L"),
        ("rewrite", "--template", "resend", "-o", "L", "--force"),
        ("rewrite", "--template", "resend", "-o", "o", "--log", "L", "--force"),
        ("fix", "-o", "L"),
        ("fix", "-o", "o", "--log", "L"),
        ("annotate", "-o", "L"),
        ("redact", "-o", "L"),
        ("extract", "-o", "L"),
        ("check", "-o", "L", "--record", "--fail-on", "never"),
        ("check", "--output-format", "json=L"),
    ],
)
def test_no_output_replaces_a_ledger(
    cloned: Path, commands: Callable[[str], Cli], there: bool, ending: str, command: tuple[str, ...]
) -> None:
    (cloned / "edi-lint.toml").write_text('ledger = "sent.db"')
    if there:
        Ledger("sent.db").next_number("a", "b", "T")
    before = {path: path.read_bytes() for path in cloned.iterdir()}
    name, *options = command
    arguments = [option.replace("L", f"sent.db{ending}") for option in options]
    ran = commands(name)("a.837", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert {path: path.read_bytes() for path in cloned.iterdir()} == before


def test_no_output_replaces_a_database_that_nothing_names(
    cloned: Path, commands: Callable[[str], Cli]
) -> None:
    Ledger("other.db").next_number("a", "b", "T")
    before = (cloned / "other.db").read_bytes()
    for command in ("annotate", "fix", "redact", "extract"):
        ran = commands(command)("a.837", "-o", "other.db")
        assert ran.status == 2
        assert "other.db: is a database, such as a ledger; name another file" in ran.err
    assert (cloned / "other.db").read_bytes() == before


def test_codes_load_reads_no_more_than_a_file_of_codes_has(
    cloned: Path, commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edi_lint.codes.loading.LARGEST", 1_000_000)
    ran = commands("codes")("load", "/dev/zero")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("edi-lint: /dev/zero: larger than any file of codes")


@pytest.mark.parametrize("terminator", "0123456789ABHNXZaz")
def test_redact_takes_a_letter_or_a_digit_as_terminator(
    cloned: Path, commands: Callable[[str], Cli], terminator: str
) -> None:
    data = (FIXTURES / "valid" / "many.837").read_text("latin-1").replace("\n", "")
    other = "8" if terminator == "7" else "7" if terminator.isdigit() else "Q"
    changed = data.replace(terminator, other).replace("~", terminator)
    changed = data[:105] + terminator + changed[106:]
    (cloned / "t.837").write_text(changed, "latin-1")
    ran = commands("redact")("t.837", "-o", "o", "--key", "a key of ours")
    if "no 837P could be checked" in ran.err:  # every ST is cut by a terminator
        assert (ran.status, (cloned / "o").exists()) == (2, False)
        return
    assert ran.status in (0, 1), ran.err
    made = (cloned / "o").read_text("latin-1")
    assert len(made) == len(changed)
    assert [len(s) for s in made[105:].split(terminator)] == [
        len(s) for s in changed[105:].split(terminator)
    ]


# the folder of settings and of data


def test_settings_that_are_a_link_out_of_their_folder_are_refused(
    cloned: Path, commands: Callable[[str], Cli]
) -> None:
    other = cloned.parent / "other.toml"
    other.write_text('select = ["ENV001"]\n', "utf-8")
    for name, text in (("edi-lint.toml", None), ("pyproject.toml", "[tool.edi-lint]\n")):
        if text:
            other.write_text(text, "utf-8")
        (cloned / name).symlink_to(other)
        result = commands("check")("a.837")
        assert result.status == 2 and "link out of its folder" in result.err
        (cloned / name).unlink()
    (cloned / "settings").write_text('select = ["ENV001"]\n', "utf-8")
    (cloned / "edi-lint.toml").symlink_to("settings")
    assert commands("check")("a.837").status == 0


def test_a_data_folder_that_others_may_enter_is_closed_to_them(
    cloned: Path, commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = cloned / "data"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    monkeypatch.setenv("EDI_LINT_DATA", str(folder))
    (cloned / "b.837").write_bytes((ROOT / "examples" / "resubmit.837").read_bytes())
    assert commands("rewrite")("b.837", "--template", "resend", "-o", "out.837").status == 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices with names")
@pytest.mark.parametrize("ending", [".837", ".txt"])
def test_a_pipe_or_a_device_in_a_folder_is_passed_over(cloned: Path, ending: str) -> None:
    (cloned / f"az{ending}").write_bytes(BALANCE.read_bytes())
    os.mkfifo(cloned / f"pipe{ending}")
    (cloned / f"link{ending}").symlink_to(f"pipe{ending}")
    (cloned / f"zero{ending}").symlink_to("/dev/zero")
    outside = str(cloned.parent / "out")
    runs = [
        ("check", "."), ("extract", "."), ("report", ".", "-o", outside, "-j", "1"),
        ("fix", "--diff", "."), ("fix", ".", "-o", outside), ("check", f"[alpz]*{ending}", "a.837"),
        ("report", ".", "-o", outside, "-j", "2"), ("fix", "--in-place", "."),
    ]  # fmt: skip
    for command in runs if ending == ".837" else runs[::3]:
        run = [sys.executable, "-m", "edi_lint", *command]
        done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode in (0, 1), done.stderr
        for name in ("pipe", "link", "zero"):
            said = f"{name}{ending}: is a pipe or a device, not a file; it was not read\n"
            assert done.stderr.count(said) == 1, (command, done.stderr)
    for command in ("split", "annotate", "redact", "rewrite") if ending == ".837" else ("split",):
        run = [sys.executable, "-m", "edi_lint", command, "."]
        done = subprocess.run(run, capture_output=True, text=True, check=False, timeout=120)
        assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr


HOSTILE_SETTINGS = (
    "", "a pipe", "a folder", "a device", "a loop",
    'phi = "all"', f'ledger = "{URL}"', 'ledger = "made.db"', 'ledger = "../made.db"',
    'output = "made"', 'profile = "../../etc/passwd"', 'profiles = ["https://host/x.yaml"]',
    'packs = ["pipe\\u001b.837"]', 'rules = ["pipe\\u001b.837"]', 'rules = ["/dev/zero"]',
    'baseline = "pipe\\u001b.837"', '"\\u001b[31m" = 1', 'select = ["\\u202e::error::x"]',
)  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices with names")
@pytest.mark.parametrize("settings", HOSTILE_SETTINGS)
def test_a_hostile_repository_can_be_linted(
    cloned: Path,
    commands: Callable[[str], Cli],
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
) -> None:
    (cloned / ".git").mkdir()
    below = cloned / "sub\n::warning::d"
    below.mkdir()
    for path in (below / "b.837", *(cloned / name for name in NAMES)):
        path.write_bytes(BALANCE.read_bytes())
    os.mkfifo(cloned / "pipe\x1b.837")
    found = cloned / "edi-lint.toml"
    if settings == "a pipe":
        os.mkfifo(found)
    elif settings == "a folder":
        found.mkdir()
    elif settings in ("a device", "a loop"):
        found.symlink_to("/dev/zero" if settings == "a device" else found.name)
    elif settings:
        found.write_text(settings)

    def refused(*_: object) -> None:
        pytest.fail("a connection was opened")

    def stalled(*_: object) -> None:
        pytest.fail("the command does not end")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    old = signal.signal(signal.SIGALRM, stalled)
    outside = cloned.parent / "report"
    around = {*cloned.parent.iterdir(), outside}

    def here() -> dict[Path, int]:
        return {path: path.lstat().st_mtime_ns for path in cloned.rglob("*")}

    before = here()
    try:
        for command, *options in (
            ("check", ".", "--output-format", "text"), ("check", ".", "--output-format", "github"),
            ("check", ".", "--output-format", "sarif"), ("check", ".", "--output-format", "json"),
            ("extract", "."), ("fix", "--diff", "."), ("report", ".", "-o", str(outside), "-j", "1"),
        ):  # fmt: skip
            signal.alarm(60)
            ran = commands(command)(*options)
            signal.alarm(0)
            assert ran.status in (0, 1, 2)
            unsafe = _UNSAFE.search(ran.err) or _UNSAFE.search(ran.out)
            assert not unsafe, (command, options, unsafe)
            assert "internal error" not in ran.err
            assert here() == before, (command, options)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)
    assert not any(_UNSAFE.search(path.name) for path in outside.rglob("*"))
    assert {*cloned.parent.iterdir()} <= around


# runs that are killed

KILLED = {
    "fix": ("-o", "out.837"),
    "split": ("--clean", "out.837", "--held", "held.837"),
    "redact": ("-o", "out.837"),
    "annotate": ("-o", "out.837"),
    "rewrite": ("--template", "resend", "--whole", "-o", "out.837"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("command", KILLED)
def test_a_killed_run_leaves_the_old_output_and_the_next_one_removes_what_it_left(
    command: str, cloned: Path
) -> None:
    source = (ROOT / "examples" / "outbound.837").read_text("utf-8")
    (cloned / "a.837").write_text(source * 25, "utf-8")
    out = cloned / "out.837"
    out.write_bytes(b"old")
    run = [sys.executable, "-m", "edi_lint", command, "a.837", *KILLED[command]]
    process = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not _temporaries(cloned):
        time.sleep(0.002)
    process.kill()
    process.wait()
    left = _temporaries(cloned)
    was_killed = process.returncode == -9
    assert out.read_bytes() == b"old" if was_killed else not left
    assert all(not stat.S_IMODE(path.stat().st_mode) & 0o077 for path in left)
    assert subprocess.run(run, capture_output=True, check=False).returncode in (0, 1)
    assert not _temporaries(cloned) and out.read_bytes() != b"old"


def _temporaries(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if ".edi-lint" in path.name]
