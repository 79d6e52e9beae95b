"""Typical mistakes at the prompt: one line on standard error that says what to do, and status 2."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT, Cli

MISTAKES = [
    # commands and options
    ("outbound.837", "to check this file: edi-lint check outbound.837"),
    ("'my file.837' --level 2", "edi-lint check 'my file.837' --level 2"),
    ("outbound/*.837", "edi-lint check 'outbound/*.837'"),
    ("chekc outbound.837", "did you mean edi-lint check?"),
    ("lint outbound.837", "did you mean edi-lint check?"),
    ("format outbound.837", "did you mean edi-lint fix?"),
    ("resubmit outbound.837", "did you mean edi-lint rewrite?"),
    ("qqqq", "see edi-lint --help"),
    ("help chekc", "did you mean edi-lint check?"),
    ("--verison", "did you mean --version?"),
    ("check --selct MOD outbound.837", "did you mean --select?"),
    ("check --json outbound.837", "did you mean --output-format json?"),
    ("check --cvs outbound.837", "did you mean --output-format csv?"),
    ("check -f csv outbound.837", "did you mean --output-format?"),
    ("check --severity error outbound.837", "did you mean --fail-on?"),
    ("check --fix outbound.837", "did you mean edi-lint fix?"),
    ("check --verbose outbound.837", "did you mean --output-format full?"),
    ("check --zzz outbound.837", "unknown option --zzz; see edi-lint check --help"),
    ("fix -i outbound.837", "did you mean --in-place?"),
    ("fix --dry-run outbound.837", "did you mean --diff?"),
    ("extract --csv outbound.837", "did you mean --format csv?"),
    ("check --level", "--level needs a value: --level N"),
    ("check --quiet=yes outbound.837", "--quiet takes no value"),
    ("check --level 9 outbound.837", "expected a whole number from 1 to 7"),
    ("check --jobs 0 outbound.837", "expected a whole number of at least 1"),
    ("check --settle soon --watch .", "expected a number of at least 0"),
    ("check --fail-on warn outbound.837", "did you mean warning?"),
    ("check --phi id outbound.837", "did you mean ids?"),
    ("check --color yes outbound.837", "is not one of auto, always, never"),
    ("check --output-format jsn outbound.837", "did you mean json?"),
    ("check --output-format json= outbound.837", "name a file after the equals sign"),
    ("check --output-format json --output-format csv outbound.837", "csv=FILE"),
    ("config outbound.837", "too many arguments: outbound.837; see edi-lint config --help"),
    ("fix", "PATHS is missing"),
    ("annotate", "FILE is missing"),
    ("report outbound.837", "--output FOLDER is missing"),
    ("report outbound.837 -o night.html", "name one, such as night"),
    # inputs
    ("check", "name what to check: - is standard input, . is the current folder"),
    ("check none.837", "none.837: No such file"),
    ("check '*.edii'", "matches no file"),
    ("check empty", "name the files"),
    ("check text.txt", "this is not an X12 interchange"),
    ("check nothing.837", "the file is empty"),
    ("check a.zip", "unpack it first"),
    ("check 835.edi", "claim payment, remittance advice"),
    ("check ''", ". is the current folder"),
    ("annotate .", "is a folder; edi-lint annotate takes one file"),
    ("redact '*.837'", "is a glob; edi-lint redact takes one file"),
    # rules and settings
    ("check --select MOD0O1 outbound.837", "did you mean MOD001?"),
    ("check --select '' outbound.837", "name codes or their beginnings"),
    ("check --as-of 12/31/2026 outbound.837", "write it as 2026-12-31"),
    ("check --profile medcare outbound.837", "did you mean medicare?"),
    ("check --pack a4306 outbound.837", "name a file, with its ending"),
    ("check --config none.toml outbound.837", "cannot read the settings"),
    ("check --config typo.toml outbound.837", "did you mean fail-on?"),
    ("check --config bad.toml outbound.837", "at line 1, column 9"),
    ("check --baseline none.json outbound.837", "make it with --write-baseline none.json"),
    ("check --record outbound.837", "--ledger default"),
    ("check --ledger postgres:host/db outbound.837", "in a URL :// follows"),
    ("rule MOD0O1", "the nearest is MOD001"),
    ("rule A7:562", "edi-lint rule --response A7:562"),
    ("explain --pack a4360", "there are a4306"),
    ("schema findngs", "did you mean findings?"),
    ("codes lod x.zip", "did you mean load?"),
    ("ledger fnd 416", "did you mean find?"),
    ("ledger find", "take a control number or a file"),
    # results
    ("check -o outbound.837 outbound.837", "name another file for --output"),
    ("check -o no/such/out.txt outbound.837", "make its folder first"),
    ("fix .", "name a folder for the results with --output, or use --in-place"),
    ("fix -o outbound.837 outbound.837", "--in-place overwrites it"),
    ("fix --in-place --diff outbound.837", "--in-place does not go with --diff"),
    ("fix --in-place -", "--in-place needs a file"),
    ("rewrite outbound.837 --template replacment", "replacement"),
    ("rewrite outbound.837 --template void --claims NOPE", "claim NOPE: no claim in this file"),
    ("rewrite outbound.837 --set number", "--set takes NAME=VALUE"),
    ("rewrite --show startr", "did you mean starter?"),
    ("split outbound.837", "name a file with --clean, --held, or both"),
    ("split outbound.837 --clean outbound.837", "name another"),
    ("redact --key short outbound.837", "give one of at least 8"),
    ("extract --hcpcs A430 outbound.837", "did you mean A4306?"),
    ("extract --format xls outbound.837", "is not one of table, csv"),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("outbound.837", "my file.837"):
        shutil.copy(ROOT / "examples" / "outbound.837", name)
    shutil.copy(FIXTURES / "other" / "835.edi", "835.edi")
    Path("empty").mkdir()
    Path("text.txt").write_text("no claims here")
    Path("nothing.837").write_text("")
    Path("a.zip").write_bytes(b"PK\x03\x04\x14\x00")
    Path("typo.toml").write_text('fail-onn = "error"\n')
    Path("bad.toml").write_text("level = = 3\n")
    return tmp_path


@pytest.mark.parametrize(("line", "remedy"), MISTAKES, ids=[line for line, _ in MISTAKES])
def test_a_mistake_gets_one_line_with_a_remedy(
    place: Path, commands: Callable[[str], Cli], line: str, remedy: str
) -> None:
    first, *rest = shlex.split(line)
    before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
    ran = commands(first)(*rest)
    assert ran.status == 2
    assert ran.err.startswith("edi-lint: ") and ran.err.count("\n") == 1, ran.err
    assert remedy in ran.err
    for words in ("Value error", "Invalid value for", "Errno", "Traceback", "Input should"):
        assert words not in ran.err
    assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["a\x1b]8;;http://x\x07b.837"],
        ["check", "a\nb\x1b[31m.837"],
        ["check", "--a\x1b[2Jb"],
        ["check", "--fail-on", "\x1b[2J\n"],
        ["fix", "x\ny.837"],
        ["rule", "\x1b[2J"],
    ],
)
def test_what_was_typed_steers_no_terminal(
    place: Path, commands: Callable[[str], Cli], arguments: list[str]
) -> None:
    first, *rest = arguments
    ran = commands(first)(*rest)
    assert (ran.status, ran.err.count("\n"), "\x1b" in ran.err) == (2, 1, False)
