"""`edi-lint init` and `edi-lint config`: a settings file to start from, and what is in force."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from conftest import ROOT, Cli
from edi_lint.settings.settings_file import KEYS, SUPPRESSION_KEYS, load
from test_settings import FULL

TEMPLATE = (ROOT / "templates" / "settings" / "edi-lint.toml").read_text()
EXAMPLE = re.compile(r"^# (?=[a-z-]+ = |\[\[)", re.MULTILINE)
"""A line that is in force once its # is taken away."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("EDI_LINT_ENGINE", "EDI_LINT_FINGERPRINT_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_init_writes_settings_that_change_nothing(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    assert commands("init")().status == 0
    file = load(here / "edi-lint.toml")
    assert file.keys == frozenset()


def test_every_key_is_explained_with_a_value_that_can_be_taken(here: Path) -> None:
    path = here / "edi-lint.toml"
    path.write_text(EXAMPLE.sub("", TEMPLATE))
    page = (ROOT / "docs" / "how-to" / "situations.md").read_text("utf-8")
    rows = page.partition('title="house-rules.yaml"\n')[2].partition("```")[0]
    (here / "payers").mkdir()
    (here / "payers" / "house-rules.yaml").write_text(rows, "utf-8")
    file = load(path)
    assert file.keys == set(KEYS)
    (suppression,) = tomllib.loads(path.read_text())["suppressions"]
    assert set(SUPPRESSION_KEYS) - set(suppression) == {"claim", "claim-fingerprint"}
    assert "claim-fingerprint" in TEMPLATE


def test_init_overwrites_nothing_unasked(here: Path, commands: Callable[[str], Cli]) -> None:
    (here / "edi-lint.toml").write_text("level = 3\n")
    ran = commands("init")()
    assert (ran.status, ran.out) == (2, "")
    assert "is there already" in ran.err
    assert (here / "edi-lint.toml").read_text() == "level = 3\n"
    assert commands("init")("--force").status == 0
    assert (here / "edi-lint.toml").read_text() == TEMPLATE


def test_init_takes_a_folder_another_name_and_standard_output(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    (here / "sub").mkdir()
    assert commands("init")("sub").status == 0
    assert commands("init")("other.toml").status == 0
    assert (here / "sub" / "edi-lint.toml").read_text() == TEMPLATE
    assert (here / "other.toml").read_text() == TEMPLATE
    assert commands("init")("-").out == TEMPLATE
    assert commands("init")("none/edi-lint.toml").status == 2


def test_config_without_a_file_shows_defaults(here: Path, commands: Callable[[str], Cli]) -> None:
    out = commands("config")().out
    assert out.startswith("# no settings file in this folder or above it")
    assert tomllib.loads(out) == {"level": 7, "fail-on": "error", "output-format": "text"}
    for key in KEYS:
        assert re.search(rf"^(# )?{key}(:| =).*# default$", out, re.MULTILINE), key


def test_config_says_where_each_value_came_from(
    here: Path, commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "edi-lint.toml").write_text('level = 3\nselect = ["MOD"]\n')
    monkeypatch.setenv("EDI_LINT_ENGINE", "python")
    monkeypatch.setenv("EDI_LINT_FINGERPRINT_KEY", "secret")
    (here / "sub").mkdir()
    monkeypatch.chdir(here / "sub")
    out = commands("config")().out
    assert re.search(r"^level = 3 +# \.\./edi-lint\.toml$", out, re.MULTILINE)
    assert re.search(r'^select = \["MOD"\] +# \.\./edi-lint\.toml$', out, re.MULTILINE)
    assert re.search(r'^fail-on = "error" +# default$', out, re.MULTILINE)
    assert re.search(r"^# engine: python +# EDI_LINT_ENGINE$", out, re.MULTILINE)
    assert "is set" in out
    assert "secret" not in out


def test_what_config_prints_can_be_settings_and_hides_no_more(
    here: Path, commands: Callable[[str], Cli]
) -> None:
    path = here / "edi-lint.toml"
    path.write_text(FULL.replace('claim = "HI-26-0612"', ""))
    before = load(path)
    assert any(one.claim_fingerprint for one in before.settings.suppressions)
    path.write_text(commands("config")().out)
    after = load(path)
    kept = tuple(one for one in before.settings.suppressions if not one.claim_fingerprint)
    assert after == before._replace(settings=replace(before.settings, suppressions=kept))


def test_config_names_no_claim_and_no_password(here: Path, commands: Callable[[str], Cli]) -> None:
    path = here / "edi-lint.toml"
    text = FULL.replace(
        '"sent.db"', '"postgresql://lint:hunter2@db.example/ledger?password=hunter2"'
    )
    path.write_text(text)
    out = commands("config")("--config", path).out
    assert "db.example" in out
    for secret in ("hunter2", "HI-26-0612", "0d5b4039c9a6658f"):
        assert secret not in out
    assert out.count("# and for one claim") == 2


def test_config_tells_of_expired_suppressions(here: Path, commands: Callable[[str], Cli]) -> None:
    suppression = '[[suppressions]]\nrule = "MOD001"\nreason = "x"\nexpires = 2026-06-30\n'
    for day, told in (("2026-06-30", False), ("2026-07-01", True)):
        (here / "edi-lint.toml").write_text(f"as-of = {day}\n{suppression}")
        assert ("expired: hides nothing" in commands("config")().out) is told


def test_config_refuses_what_check_refuses(here: Path, commands: Callable[[str], Cli]) -> None:
    (here / "edi-lint.toml").write_text('output-format = "yaml"\n')
    ran = commands("config")()
    assert (ran.status, ran.out) == (2, "")
    assert "expected one of text, grouped" in ran.err
