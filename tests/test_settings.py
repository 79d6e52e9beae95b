"""Settings files: which one counts, what may stand in it, and how a mistake in it is told."""

from __future__ import annotations

import json
import pickle
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conftest import FIXTURES, ROOT, Cli
from edi_lint.cli.check import Threshold
from edi_lint.cli.formats import FindingsFormat
from edi_lint.findings.masking import Phi
from edi_lint.settings import Settings, SettingsError, SettingsFile, Suppression, find
from edi_lint.settings.settings_file import KEYS, SUPPRESSION_KEYS, load
from test_house import MODULES
from test_startup import run

BALANCE = FIXTURES / "faulty" / "balance.837"
SCHEMA = json.loads((ROOT / "schemas" / "settings.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FULL = """
select = ["MOD", "BAL001"]
ignore = ["MOD005"]
level = 6
fail-on = "warning"
output-format = "json"
phi = "none"
as-of = 2026-06-30
profile = "medicare-dme"
profiles = ["profiles/ours.yaml"]
packs = ["packs/a4305.yaml", "packs/e0781.yaml"]
baseline = "accepted.json"
ledger = "sent.db"
sent = ["out", "archive/old.837"]

[[suppressions]]
rule = "MOD001"
reason = "the supplier is asked"
expires = 2026-12-31
payer = "MDCRB"
submitter = "HARBORINFUSION"
claim = "HI-26-0612"
path = "out/*.837"

[[suppressions]]
rule = "DOC"
reason = "known"
expires = "2026-12-31"
claim-fingerprint = "0d5b4039c9a6658f:4395d61450d09e66"
"""


def written(folder: Path, text: str, name: str = "edi-lint.toml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str) -> SettingsFile:
    return load(written(folder, text))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


# which file


def test_the_nearest_file_is_found_upwards(tmp_path: Path) -> None:
    outer = written(tmp_path, "")
    inner = written(tmp_path / "a" / "b", "")
    (tmp_path / "a" / "b" / "c").mkdir()
    assert find(tmp_path / "a" / "b" / "c") == inner
    assert find(tmp_path / "a") == outer


def test_in_one_folder_edi_lint_toml_wins(tmp_path: Path) -> None:
    shared = written(tmp_path, "[tool.edi-lint]", "pyproject.toml")
    assert find(tmp_path) == shared
    own = written(tmp_path, "")
    assert find(tmp_path) == own


def test_a_nearer_pyproject_wins_over_a_farther_edi_lint_toml(tmp_path: Path) -> None:
    written(tmp_path, "")
    shared = written(tmp_path / "a", "[tool.edi-lint]", "pyproject.toml")
    assert find(tmp_path / "a") == shared


@pytest.mark.parametrize("text", ["[tool.ruff]", "", "[project]\nname = 'edi-lint'"])
def test_a_pyproject_without_our_table_is_passed_over(tmp_path: Path, text: str) -> None:
    outer = written(tmp_path, "")
    written(tmp_path / "a", text, "pyproject.toml")
    assert find(tmp_path / "a") == outer


@pytest.mark.parametrize("name", ["tool.edi-lint", 'tool."edi-lint"', "tool.'edi-lint'"])
def test_our_table_of_a_pyproject_is_read(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, f"[project]\nlevel = 'x'\n[{name}]\nlevel = 3\n", "pyproject.toml")
    assert find(tmp_path) == path
    assert load(path).settings.level == 3


def test_the_settings_of_the_current_folder_apply_and_those_named_win(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    check = commands("check")
    assert check(BALANCE).status == 1
    written(here.parent, 'ignore = ["BAL"]')
    assert check(BALANCE).status == 0
    other = written(here, 'fail-on = "never"', "other.toml")
    ran = check(BALANCE, "--config", other)
    assert (ran.status, "BAL001" in ran.out) == (0, True)


def test_a_folder_that_was_removed_has_no_settings(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    here.rmdir()
    assert commands("check")(BALANCE).status == 1


# what it says


def test_every_key_is_read(tmp_path: Path) -> None:
    read = loaded(tmp_path, FULL)
    first, second = read.settings.suppressions
    assert read == SettingsFile(
        tmp_path / "edi-lint.toml",
        Settings(
            select=("MOD", "BAL001"),
            ignore=("MOD005",),
            level=6,
            phi=Phi.NONE,
            as_of=date(2026, 6, 30),
            profile="medicare-dme",
            profiles=(tmp_path / "profiles" / "ours.yaml",),
            packs=(tmp_path / "packs" / "a4305.yaml", tmp_path / "packs" / "e0781.yaml"),
            baseline=tmp_path / "accepted.json",
            ledger=str(tmp_path / "sent.db"),
            sent=(tmp_path / "out", tmp_path / "archive" / "old.837"),
            suppressions=(first, second),
            root=tmp_path,
        ),
        "warning",
        "json",
        frozenset(KEYS) - {"rules"},  # tests/test_situation_rows.py reads those
    )
    assert first == Suppression(
        rule="MOD001",
        reason="the supplier is asked",
        expires=date(2026, 12, 31),
        payer="MDCRB",
        submitter="HARBORINFUSION",
        claim="HI-26-0612",
        path="out/*.837",
    )
    assert second.expires == date(2026, 12, 31)
    assert second.claim_fingerprint == "0d5b4039c9a6658f:4395d61450d09e66"


def test_an_empty_file_says_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    assert load(path) == SettingsFile(path, Settings(root=tmp_path))


def test_settings_go_to_other_processes(tmp_path: Path) -> None:
    settings = loaded(tmp_path, FULL).settings
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_settings_do_not_show_the_claims_that_they_name(tmp_path: Path) -> None:
    assert "HI-26-0612" not in repr(loaded(tmp_path, FULL).settings)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "edi-lint.toml"
    path.write_bytes(b"\xef\xbb\xbflevel = 2\r\n")
    assert load(path).settings.level == 2


# the command line wins


@pytest.mark.parametrize(
    ("text", "options", "status", "told"),
    [
        ('select = ["MOD"]', [], 0, "No findings"),
        ('select = ["MOD"]', ["--select", "BAL"], 1, "BAL001"),
        ('ignore = ["BAL"]', [], 0, "No findings"),
        ('ignore = ["BAL"]', ["--ignore", "MOD"], 1, "BAL001"),
        ("level = 2", [], 0, "No findings"),
        ("level = 2", ["--level", "3"], 1, "BAL001"),
        ('fail-on = "never"', [], 0, "BAL001"),
        ('fail-on = "never"', ["--fail-on", "error"], 1, "BAL001"),
        ('output-format = "json"', [], 1, '"code": "BAL001"'),
        ('output-format = "json"', ["--output-format", "text"], 1, "error[BAL001]"),
        ('phi = "none"', [], 1, "claim 0001/1\n"),
        ('phi = "none"', ["--phi", "ids"], 1, "claim HI-"),
    ],
)
def test_an_option_wins_over_the_file(
    here: Path,
    commands: Callable[[str], Cli],
    text: str,
    options: list[str],
    status: int,
    told: str,
) -> None:
    written(here, text)
    ran = commands("check")(BALANCE, *options)
    assert (ran.status, told in ran.out) == (status, True), ran


def test_options_that_fill_the_settings(
    monkeypatch: pytest.MonkeyPatch, commands: Callable[[str], Cli], here: Path
) -> None:
    got: list[Settings] = []
    written(here, 'as-of = 2020-01-01\nprofile = "a"\npacks = ["a.yaml"]\nprofiles = ["p.yaml"]')
    monkeypatch.setattr(
        "edi_lint.run.check_files.check_files", lambda *given: got.append(given[1]) or iter(())
    )
    check = commands("check")
    check(BALANCE)
    check(BALANCE, "--as-of", "2026-06-30", "--profile", "b", "--pack", "/x/b.yaml", "--pack", "c")
    before, after = got
    assert (before.as_of, before.profile, before.packs) == (
        date(2020, 1, 1),
        "a",
        (Path("a.yaml"),),
    )
    assert (after.as_of, after.profile) == (date(2026, 6, 30), "b")
    assert after.packs == (Path("/x/b.yaml"), Path("c"))
    assert after.profiles == (Path("p.yaml"),)


@pytest.mark.parametrize("text", ["2026-02-30", "20260630", "tomorrow"])
def test_a_date_that_is_none_is_refused(commands: Callable[[str], Cli], text: str) -> None:
    ran = commands("check")(BALANCE, "--as-of", text)
    assert (ran.status, ran.err) == (
        2,
        f"edi-lint: --as-of {text}: not a date; write it as 2026-12-31\n",
    )


# every command that lints


def test_annotate_and_rewrite_and_extract_take_them_too(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    annotate, extract, rewrite = commands("annotate"), commands("extract"), commands("rewrite")
    options = (ROOT / "examples" / "resubmit.837", "--data", ROOT / "examples" / "resubmit.csv")
    assert "BAL001" in annotate(BALANCE).out
    claims = extract(BALANCE).out
    written(here, 'ignore = ["BAL"]\nphi = "none"')
    assert "BAL001" not in annotate(BALANCE).out
    assert "BAL001" in annotate(BALANCE, "--ignore", "MOD").out
    assert "HI-" in claims and "HI-" not in extract(BALANCE, "--format", "csv").out
    assert rewrite(*options).status == 0
    wrong = written(here, "levle = 3", "wrong.toml")
    for ran in (
        annotate(BALANCE, "--config", wrong),
        extract(BALANCE, "--config", wrong),
        rewrite(*options, "--config", wrong),
    ):
        assert (ran.status, ran.out) == (2, "")
        assert "did you mean level?" in ran.err


def test_a_user_template_is_linted_by_the_same_settings(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    template = (ROOT / "templates" / "rewrite" / "replacement.x12.j2").read_text()
    mine = written(here, template, "mine.x12.j2")
    written(here, "level = 6\nas-of = 2026-06-30\n" + FULL[FULL.index("[[") :])
    options = ("--data", ROOT / "examples" / "resubmit.csv", "--template", mine)
    ran = commands("rewrite")(ROOT / "examples" / "resubmit.837", *options)
    assert ran.status == 0, ran.err


# mistakes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("levle = 3", "levle: unknown key; did you mean level?"),
        ("fail_on = 'error'", "fail_on: unknown key; did you mean fail-on?"),
        ("zzz = 3", f"zzz: unknown key; known are {', '.join(KEYS)}"),
        ("level = 8", "level: expected a whole number from 1 to 7; found another number"),
        ("level = '3'", "level: expected a whole number from 1 to 7; found another text"),
        ("level = true", "level: expected a whole number from 1 to 7; found true or false"),
        ("phi = 'some'", "phi: expected one of none, ids, all; found another text"),
        ("phi = []", "phi: expected one of none, ids, all; found a list"),
        ("select = 'MOD'", "select: expected a list of rule codes or their beginnings; found an"),
        ("select = [1]", "select: expected a list of rule codes or their beginnings; found a num"),
        ("ignore = ['']", "ignore: expected a list of rule codes or their beginnings; found an em"),
        ("select = ['MOD01X']", "select: expected a rule's code or its beginning; MOD01X: no rule"),
        ("as-of = '2026-02-30'", "as-of: expected a date such as 2026-12-31; found another text"),
        ("as-of = 2026-02-03T04:05:06", "as-of: expected a date such as 2026-12-31; found a date"),
        ("as-of = 20260203", "as-of: expected a date such as 2026-12-31; found a number"),
        ("profile = 7", "profile: expected a text; found a number; put it in quotes"),
        ("fail-on = ''", "fail-on: expected a text; found an empty text"),
        ("packs = 'a'", "packs: expected a list of paths; found another text"),
        ("suppressions = {}", "suppressions: expected tables that begin with [[suppressions]]; "),
        ("suppressions = [1]", "suppression 1: expected a table of keys with values; found a num"),
    ],
)
def test_a_mistake_is_told_by_file_and_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as told:
        loaded(tmp_path, text)
    assert str(told.value).startswith(f"{tmp_path / 'edi-lint.toml'}: {message}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rule": None}, "rule: expected a rule's code or its beginning; found nothing"),
        ({"reason": None}, "reason: expected a text that says why; found nothing"),
        ({"expires": None}, "expires: expected a date such as 2026-12-31; found nothing"),
        ({"rule": "MODX"}, "rule: expected a rule's code or its beginning; MODX: no rule's code"),
        ({"rule": ""}, "rule: expected a rule's code or its beginning; found an empty text"),
        ({"reason": " "}, "reason: expected a text that says why; found an empty text"),
        ({"expires": "soon"}, "expires: expected a date such as 2026-12-31; found another text"),
        ({"claim": 26463774}, "claim: expected a text; found a number; put it in quotes"),
        ({"payor": "X"}, "payor: unknown key; did you mean payer?"),
        ({"claim-fingerprint": "HI-1"}, "claim-fingerprint: expected what edi-lint fingerprint"),
        (
            {"claim": "A", "claim-fingerprint": "0d5b4039c9a6658f:4395d61450d09e66"},
            "claim-fingerprint: expected it or claim; found both",
        ),
        ({"path": "../*.837"}, "path: expected a pattern for paths below the folder of this file"),
    ],
)
def test_a_mistake_in_a_suppression_is_told_by_its_number(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    keys = {"rule": "MOD", "reason": "known", "expires": "2026-12-31"} | change
    lines = [f"{k} = {json.dumps(v)}" for k, v in keys.items() if v is not None]
    good = '[[suppressions]]\nrule = "MOD"\nreason = "known"\nexpires = 2026-12-31\n'
    with pytest.raises(SettingsError) as told:
        loaded(tmp_path, good + "[[suppressions]]\n" + "\n".join(lines))
    assert str(told.value).startswith(f"{tmp_path / 'edi-lint.toml'}: suppression 2: {message}")
    assert "26463774" not in str(told.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"level = ", "is not TOML: Invalid value (at end of document)"),
        (b"level = 3\nlevel = 4", "is not TOML: Cannot overwrite a value (at end of document)"),
        (b"a = '\xff'", "is not TOML: not UTF-8"),
        (b"a = " + b"[" * 100_000, "is nested too deeply"),
        (b"# " + b"x" * 1024 * 1024, "expected settings, found more than 1 MB"),
    ],
)
def test_a_broken_file_is_one_clear_error(
    here: Path, commands: Callable[[str], Cli], content: bytes, message: str
) -> None:
    (here / "edi-lint.toml").write_bytes(content)
    ran = commands("check")(BALANCE)
    assert ran == (2, "", f"edi-lint: edi-lint.toml: {message}\n")


@pytest.mark.parametrize("key", ["output-format", "fail-on"])
def test_a_choice_of_check_that_is_none_is_told(
    here: Path, commands: Callable[[str], Cli], key: str
) -> None:
    written(here, f"{key} = 'yaml'")
    ran = commands("check")(BALANCE)
    assert ran.status == 2
    assert ran.err.startswith(f"edi-lint: edi-lint.toml: {key}: expected one of ")
    assert ran.err.endswith("; found yaml\n")


def test_a_file_that_is_not_there_or_has_no_table_is_told(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    check = commands("check")
    ran = check(BALANCE, "--config", "no.toml")
    assert ran == (
        2,
        "",
        "edi-lint: no.toml: cannot read the settings: No such file or directory\n",
    )
    written(here, "[tool.ruff]", "pyproject.toml")
    ran = check(BALANCE, "--config", "pyproject.toml")
    assert ran == (2, "", "edi-lint: pyproject.toml: has no table [tool.edi-lint]\n")


# paths stay in the folder


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../b.json", "a/../../b.json", "C:\\b.json", "\\\\host\\b", "a\0b"]
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: str) -> None:
    for text in (f"baseline = {json.dumps(path)}", f"packs = [{json.dumps(path)}]"):
        with pytest.raises(SettingsError, match="expected a path inside the folder of this file"):
            loaded(tmp_path, text)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "link").symlink_to(tmp_path)
    with pytest.raises(SettingsError, match="expected a path inside the folder of this file"):
        loaded(tmp_path / "a", 'baseline = "link/b.json"')


def test_a_path_is_seen_from_the_folder_of_the_file(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    written(here.parent, 'baseline = "accepted.json"')
    check = commands("check")
    assert check(BALANCE, "--write-baseline", here.parent / "accepted.json").status == 0
    assert check(BALANCE).status == 0


# the schema says the same


def as_json(text: str) -> Any:
    return json.loads(json.dumps(tomllib.loads(text), default=lambda day: day.isoformat()))


def test_the_schema_knows_the_same_keys_and_choices() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    properties = SCHEMA["properties"]
    assert set(properties) == set(KEYS)
    assert set(SCHEMA["$defs"]["suppression"]["properties"]) == set(SUPPRESSION_KEYS)
    assert properties["output-format"]["enum"] == [f.value for f in FindingsFormat]
    assert properties["fail-on"]["enum"] == [t.value for t in Threshold]
    assert properties["phi"]["enum"] == [p.value for p in Phi]


def test_the_schema_takes_what_the_loader_takes(tmp_path: Path) -> None:
    both = FULL.replace("as-of = 2026-06-30", 'as-of = "2026-06-30"')
    for text in (
        "",
        FULL,
        both,
        'packs = ["a..b/c.yaml", ".hidden"]',
        "suppressions = []",
        *LEDGERS,
    ):
        loaded(tmp_path, text)
        VALIDATOR.validate(as_json(text))


LEDGERS = ('ledger = "default"', 'ledger = "postgresql://h/d"', 'ledger = "a/b.db"')
GOOD = {"rule": "MOD", "reason": "known", "expires": "2026-12-31"}


@pytest.mark.parametrize(
    "data",
    [
        {"levle": 3},
        {"level": 0},
        {"level": "3"},
        {"phi": "some"},
        {"select": "MOD"},
        {"select": [""]},
        {"select": ["mod"]},
        {"ignore": [1]},
        {"as-of": "June"},
        {"as-of": 20260203},
        {"profile": ""},
        {"packs": ["/a"]},
        {"packs": [""]},
        {"profiles": ["a/../b"]},
        {"baseline": "C:\\a"},
        {"baseline": "../a"},
        {"ledger": ""},
        {"ledger": "../a"},
        {"ledger": "sqlite:///a"},
        {"suppressions": {}},
        {"suppressions": [{**GOOD, "reason": ""}]},
        {"suppressions": [{"rule": "MOD", "reason": "known"}]},
        {"suppressions": [{"rule": "MOD", "expires": "2026-12-31"}]},
        {"suppressions": [{"reason": "known", "expires": "2026-12-31"}]},
        {"suppressions": [{**GOOD, "claim": 1}]},
        {"suppressions": [{**GOOD, "claim": ""}]},
        {"suppressions": [{**GOOD, "payor": "X"}]},
        {"suppressions": [{**GOOD, "path": "/a/*"}]},
        {"suppressions": [{**GOOD, "claim-fingerprint": "0"}]},
        {
            "suppressions": [
                {**GOOD, "claim": "A", "claim-fingerprint": "0d5b4039c9a6658f:4395d61450d09e66"}
            ]
        },
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(tmp_path: Path, data: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid(data)
    (key, value) = next(iter(data.items()))
    with pytest.raises(SettingsError):
        loaded(tmp_path, f"{key} = {toml(value)}")


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


# starting stays short


def test_a_check_without_settings_reads_no_toml(here: Path) -> None:
    written(here, "[tool.ruff]", "pyproject.toml")
    imported, _ = run("check", BALANCE)
    unwanted = {"settings_file", "suppressions", "hidden", "baseline"}
    assert {f"edi_lint.settings.{name}" for name in unwanted} <= MODULES.keys()
    unwanted = {
        *(f"edi_lint.settings.{name}" for name in unwanted),
        "edi_lint.findings.fingerprints",
    }
    assert imported & {"tomllib", "hmac", *unwanted} == set()


def test_settings_without_suppressions_import_only_what_reads_them(here: Path) -> None:
    written(here, "level = 6")
    imported, _ = run("check", BALANCE)
    assert "tomllib" in imported
    unwanted = {"hmac", "pydantic", "edi_lint.settings.hidden", "edi_lint.settings.baseline"}
    assert imported & unwanted == set()
