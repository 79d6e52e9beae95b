"""The settings in force as TOML, each with where it came from in a comment."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from edi_lint.codes import tables
from edi_lint.engine import engine_class
from edi_lint.engine.choice import VARIABLE
from edi_lint.findings.masking import printable
from edi_lint.reporters.identity import KEY_VARIABLE
from edi_lint.settings import DEFAULT_LEDGER, SettingsFile
from edi_lint.x12.errors import EdiLintError

_UNSEEN = re.compile(r"[^ -~]")
_COLUMN = 40
"""Where comments begin, unless a value is longer."""


class _SettingRow(NamedTuple):
    """A key, its value as TOML (empty: it has none), and what its having none means."""

    key: str
    value: str
    otherwise: str = ""


def page(file: SettingsFile) -> str:
    """Every key of a settings file, then the suppressions, then what the environment decides."""
    lines = [_head(file)]
    lines += (_line(row, file) for row in _rows(file))
    lines += _suppressions(file)
    lines += ["", *_environment(file)]
    return "".join(f"{line}\n" for line in lines)


def _head(file: SettingsFile) -> str:
    if file.path is None:
        return "# no settings file in this folder or above it; edi-lint init writes one"
    return f"# settings of {printable(str(file.path))}"


def _rows(file: SettingsFile) -> Iterator[_SettingRow]:
    settings = file.settings
    phi = _text(settings.phi.value) if "phi" in file.keys else ""
    yield _SettingRow("select", _list(settings.select), "every rule")
    yield _SettingRow("ignore", _list(settings.ignore), "none")
    yield _SettingRow("level", str(settings.level))
    yield _SettingRow("fail-on", _text(file.fail_on))
    yield _SettingRow("output-format", _text(file.output_format))
    yield _SettingRow("phi", phi, "none where posted, else ids")
    yield _SettingRow("as-of", _day(settings.as_of), "the day each set was made")
    yield _SettingRow("profile", _text(settings.profile), "the one a claim matches")
    yield _SettingRow("profiles", _list(map(str, settings.profiles)), "the built-in ones")
    yield _SettingRow("packs", _list(map(str, settings.packs)), "the built-in ones")
    yield _SettingRow("rules", _list(map(str, settings.rules)), "the built-in ones")
    yield _SettingRow("baseline", _text(str(settings.baseline or "")), "none")
    yield _SettingRow("ledger", _text(_ledger(settings.ledger)), "none is asked")
    yield _SettingRow("sent", _list(map(str, settings.sent)), "trace --sent names it")


def _line(row: _SettingRow, file: SettingsFile) -> str:
    source = printable(str(file.path)) if row.key in file.keys else "default"
    if not row.value:
        return _commented(f"# {row.key}: {row.otherwise}", source)
    return _commented(f"{row.key} = {row.value}", source)


def _suppressions(file: SettingsFile) -> Iterator[str]:
    """Each; one for a single claim behind a #, because without the claim it would hide more."""
    today = file.settings.today()
    if not file.settings.suppressions:
        yield _commented("# suppressions: none", "default")
    for one in file.settings.suppressions:
        source = printable(str(file.path))
        if one.expires < today:
            source += ", expired: hides nothing"
        single = bool(one.claim or one.claim_fingerprint)
        mark = "# " if single else ""
        yield ""
        yield _commented(f"{mark}[[suppressions]]", source)
        for key in ("rule", "reason", "payer", "submitter", "path"):
            if value := getattr(one, key):
                yield f"{mark}{key} = {_text(value)}"
        yield f"{mark}expires = {one.expires}"
        if single:
            yield "# and for one claim, which is not shown"


def _environment(file: SettingsFile) -> Iterator[str]:
    """What no settings file decides."""
    wants = file.settings.wants
    try:
        rules = file.settings.catalogue()
        count = sum(wants(rule.code, rule.level) for rule in rules)
        yield f"# rules in force: {count} of {len(rules)}"
    except EdiLintError as problem:
        yield f"# rules in force: {printable(str(problem))}"
    engine = engine_class().name
    yield _commented(f"# engine: {engine}", _variable(VARIABLE) or "default")
    try:
        folder = str(tables.data_folder())
    except tables.TableError as problem:
        folder = str(problem)
    named = _variable(tables.FOLDER) or "default"
    yield _commented(f"# data folder: {printable(folder)}", named)
    key = _variable(KEY_VARIABLE)
    said = "is set" if key else f"none; {KEY_VARIABLE} gives one"
    yield _commented(f"# fingerprint key: {said}", key or "default")


def _variable(name: str) -> str:
    """The name of an environment variable that is set; empty for one that is not."""
    return name if os.environ.get(name) else ""


def _ledger(name: str) -> str:
    """The ledger without a password."""
    if not name or name == DEFAULT_LEDGER or "://" not in name:
        return name
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(name).set(query={}).render_as_string(hide_password=True)
    except ArgumentError:
        return "a URL that cannot be read"


def _commented(text: str, comment: str) -> str:
    return f"{text:<{_COLUMN}}  # {comment}"


def _text(value: str) -> str:
    """A text as TOML, whose basic strings are JSON's; empty for none."""
    quoted = _UNSEEN.sub(_escaped, json.dumps(value, ensure_ascii=False)) if value else ""
    return quoted.replace("##[", "##\\u005b")  # ##[ is a command for GitHub


def _escaped(found: re.Match[str]) -> str:
    """A character that does not print, as TOML writes it."""
    character = found[0]
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _list(values: Iterable[str]) -> str:
    texts = [_text(value) for value in values]
    return f"[{', '.join(texts)}]" if texts else ""


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
