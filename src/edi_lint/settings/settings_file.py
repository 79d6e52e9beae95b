"""Reads a settings file: edi-lint.toml, or the table [tool.edi-lint] of a pyproject.toml.

The shape is that of `schemas/settings.schema.json`. Paths are as seen from the folder of the file
and stay in it: a settings file that came with somebody's data opens nothing else. The URL of a
database, and that all protected data is shown, are taken only from a file that the user has named.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any

from edi_lint.files.paths import is_file, is_there
from edi_lint.findings.masking import Phi, printable
from edi_lint.packs.users import names_file
from edi_lint.settings import (
    DEFAULT_LEDGER,
    LARGEST_FILE,
    SHARED_FILE,
    SQLITE_ENDINGS,
    Settings,
    SettingsError,
    SettingsFile,
    Suppression,
    iso_date,
    nearest,
    rule_codes,
)

if TYPE_CHECKING:
    from edi_lint.rules import Rule

KEYS = (
    "select", "ignore", "level", "fail-on", "output-format", "phi", "as-of", "profile", "profiles",
    "packs", "rules", "baseline", "ledger", "suppressions",
)  # fmt: skip
"""The keys of a settings file."""

SUPPRESSION_KEYS = (
    "rule", "reason", "expires", "payer", "submitter", "claim", "claim-fingerprint", "path",
)  # fmt: skip
"""The keys of a suppression."""

_DATE = "a date such as 2026-12-31"
_SHAPES = {
    "as-of": _DATE,
    "expires": _DATE,
    "ignore": "a list of rule codes or their beginnings",
    "ledger": "default, a path, or the URL of a database",
    "packs": "a list of paths",
    "path": "a pattern for paths below the folder of this file",
    "profiles": "a list of paths",
    "reason": "a text that says why",
    "rule": "a rule's code or its beginning",
    "rules": "a list of paths",
    "select": "a list of rule codes or their beginnings",
    "suppressions": "tables that begin with [[suppressions]]",
}
"""What is expected of a key, where that is more than a text."""

_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[\w-]+)[ \t]*\.[ \t]*){16}"""
)
"""A key of more than 16 parts. tomllib needs time by the square of their number."""


def load(path: Path, found: bool = False) -> SettingsFile:
    """What a settings file says. Raises SettingsError.

    A file called pyproject.toml must have a table for us, any other holds the keys themselves.
    `found` is for a file that the user has not named: it may neither name a database nor ask for
    all protected data.
    """
    data = _toml(path)
    if path.name == SHARED_FILE:
        tools = data.get("tool")
        data = tools.get("edi-lint") if isinstance(tools, dict) else None
        if data is None:
            raise SettingsError(f"{path}: has no table [tool.edi-lint]")
    return _settings(_SettingsTable(data, path, KEYS), found)


def _toml(path: Path) -> Any:
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST_FILE + 1)
    except OSError as problem:
        raise SettingsError(f"{path}: cannot read the settings: {problem.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise SettingsError(f"{path}: expected settings, found more than {LARGEST_FILE >> 20} MB")
    try:
        text = content.decode("utf-8-sig")
        if _DEEP_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: is not TOML: not UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise SettingsError(f"{path}: is not TOML: {problem}") from None
    except RecursionError:
        raise SettingsError(f"{path}: is nested too deeply") from None


def _settings(table: _SettingsTable, found: bool) -> SettingsFile:
    suppressions = table.tables("suppressions", "suppression", SUPPRESSION_KEYS)
    if rules := table.paths("rules"):
        known = Settings(rules=rules).catalogue()
        for one in (table, *suppressions):
            one.catalogue = known
    return SettingsFile(
        table.file,
        Settings(
            select=table.rules("select"),
            ignore=table.rules("ignore"),
            level=table.number("level", 1, 7) or 7,
            phi=table.phi("phi", found),
            as_of=table.date("as-of"),
            profile=table.profile("profile"),
            profiles=table.paths("profiles"),
            packs=table.paths("packs"),
            rules=table.paths("rules"),
            baseline=table.path("baseline"),
            ledger=table.ledger("ledger", found),
            suppressions=tuple(map(_suppression, suppressions)),
            root=table.file.parent.resolve(),
        ),
        table.text("fail-on"),
        table.text("output-format"),
        frozenset(table.data),
    )


def _suppression(table: _SettingsTable) -> Suppression:
    for key in ("rule", "reason", "expires"):
        if key not in table.data:
            raise table.fault(key, f"expected {_SHAPES[key]}", "found nothing")
    expires = table.date("expires")
    assert expires is not None, "it is there, and would be refused if it were no date"
    made = Suppression(
        rule=table.rule("rule", table.text("rule")),
        reason=table.text("reason"),
        expires=expires,
        payer=table.text("payer"),
        submitter=table.text("submitter"),
        claim=table.text("claim"),
        claim_fingerprint=table.text("claim-fingerprint"),
        path=table.pattern("path"),
    )
    if made.claim and made.claim_fingerprint:
        raise table.fault("claim-fingerprint", "expected it or claim", "found both")
    if made.claim_fingerprint:
        from edi_lint.findings.fingerprints import CLAIM_FINGERPRINT

        if not CLAIM_FINGERPRINT.fullmatch(made.claim_fingerprint):
            expected = "expected what edi-lint fingerprint prints"
            raise table.fault("claim-fingerprint", expected, "found another text")
    return made


class _SettingsTable:
    """A table of the file, asked for its keys; a fault is named by file and key.

    It names what was found instead by its type only: a value may be a claim number. `name` is what
    messages call the table, empty for the outermost.
    """

    def __init__(self, data: Any, file: Path, known: tuple[str, ...], name: str = "") -> None:
        self.file = file
        self.name = name
        if not isinstance(data, dict):
            raise self.fault("", "expected a table of keys with values", f"found {_kind(data)}")
        for key in data:
            if key not in known:
                near = nearest(key.replace("_", "-"), known)
                hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
                raise self.fault(printable(key), "unknown key", hint)
        self.data = data
        self.catalogue: tuple[type[Rule], ...] = ()
        """The rules that codes may name, where the file adds some; empty: those that ship."""

    def fault(self, key: str, expected: str, found: str) -> SettingsError:
        where = ": ".join(part for part in (str(self.file), self.name, key) if part)
        return SettingsError(f"{where}: {expected}; {found}")

    def text(self, key: str) -> str:
        """The text of a key that is not there is empty; one that is there must say something."""
        value = self.data.get(key, "")
        if not isinstance(value, str) or (key in self.data and not value.strip()):
            raise self._fault(key, value)
        return value

    def choice(self, key: str, choices: list[str]) -> str:
        value = self.data.get(key, "")
        if value not in choices and key in self.data:
            raise self.fault(key, f"expected one of {', '.join(choices)}", f"found {_kind(value)}")
        return str(value)

    def phi(self, key: str, found: bool) -> Phi:
        """How much protected data is shown; all of it only where the user has named the file."""
        phi = Phi(self.choice(key, [p.value for p in Phi]) or Phi.IDS)
        if found and phi is Phi.ALL:
            said = (
                "found all, which is taken only from --phi, or from a settings file that is named "
                "with --config"
            )
            raise self.fault(key, f"expected {Phi.NONE} or {Phi.IDS}", said)
        return phi

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number; 0 where there is none."""
        value = self.data.get(key, 0)
        if type(value) is not int or (key in self.data and not least <= value <= most):
            found = "another number" if type(value) is int else _kind(value)
            expected = f"expected a whole number from {least} to {most}"
            raise self.fault(key, expected, f"found {found}")
        return value

    def date(self, key: str) -> date | None:
        value = self.data.get(key)
        if value is None or type(value) is date:
            return value
        try:
            return iso_date(value)
        except (TypeError, ValueError):
            raise self._fault(key, value) from None

    def rule(self, key: str, code: str) -> str:
        try:
            return rule_codes([code], self.catalogue)[0]
        except SettingsError as problem:
            raise self.fault(key, "expected a rule's code or its beginning", str(problem)) from None

    def rules(self, key: str) -> tuple[str, ...]:
        return tuple(self.rule(key, code) for code in self._texts(key))

    def path(self, key: str) -> Path | None:
        value = self.text(key)
        return self._inside(key, value) if value else None

    def paths(self, key: str) -> tuple[Path, ...]:
        return tuple(self._inside(key, value) for value in self._texts(key))

    def profile(self, key: str) -> str:
        """The name of a profile, or a path inside the file's folder."""
        value = self.text(key)
        here = value and is_there(self.file.parent / value)
        if here or _is_url(value) or names_file(value):
            return str(self._inside(key, value))
        return value

    def ledger(self, key: str, found: bool) -> str:
        """`default`, or a path inside the file's folder; in a file that the user has named also the
        URL of a database that is not a file."""
        value = self.text(key)
        if not value or value == DEFAULT_LEDGER:
            return value
        if not _is_url(value):
            for ending in SQLITE_ENDINGS:
                self._inside(key, value + ending)
            return str(self.file.parent / value)
        if value.lower().startswith("sqlite"):
            expected = "expected the path of a SQLite file, as seen from the folder of this file"
            raise self.fault(key, expected, "found a URL of one")
        if found:
            expected = "expected default, or the path of a SQLite file"
            said = (
                "found the URL of a database, which is taken only from --ledger, from "
                "EDI_LINT_LEDGER, or from a settings file that is named with --config"
            )
            raise self.fault(key, expected, said)
        return value

    def pattern(self, key: str) -> str:
        value = self.text(key)
        if value and _leaves(value):
            raise self.fault(key, f"expected {_SHAPES[key]}", _OUTSIDE)
        return value

    def tables(self, key: str, each: str, known: tuple[str, ...]) -> list[_SettingsTable]:
        values = self._list(key)
        return [_SettingsTable(v, self.file, known, f"{each} {n}") for n, v in enumerate(values, 1)]

    def _texts(self, key: str) -> list[str]:
        values = self._list(key)
        for value in values:
            if not isinstance(value, str) or not value.strip():
                raise self._fault(key, value)
        return values

    def _list(self, key: str) -> list[Any]:
        values = self.data.get(key, [])
        if not isinstance(values, list):
            raise self._fault(key, values)
        return values

    def _inside(self, key: str, value: str) -> Path:
        """The path as seen from the file's folder, which it may not leave, nor by a link."""
        folder = self.file.parent
        if _is_url(value):
            raise self.fault(key, "expected a path inside the folder of this file", "found a URL")
        if _leaves(value) or not (folder / value).resolve().is_relative_to(folder.resolve()):
            raise self.fault(key, "expected a path inside the folder of this file", _OUTSIDE)
        if is_there(folder / value) and not is_file(folder / value):
            raise self.fault(key, "expected the path of a file", "found one of something else")
        return folder / value

    def _fault(self, key: str, value: object) -> SettingsError:
        found = f"found {_kind(value)}"
        if key not in _SHAPES and found == "found a number":
            found += "; put it in quotes"
        return self.fault(key, f"expected {_SHAPES.get(key, 'a text')}", found)


_OUTSIDE = "found one that leads out of it (on the command line any path may be given)"


def _is_url(value: str) -> bool:
    return "://" in value


def _leaves(value: str) -> bool:
    """Whether a path begins at the root, or goes up anywhere; by the rules of any system."""
    windows = PureWindowsPath(value)
    return bool(windows.anchor) or ".." in windows.parts or "\0" in value


def _kind(value: object) -> str:
    """What a value is, without its content."""
    if isinstance(value, str):
        return "another text" if value.strip() else "an empty text"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    return "a date or time"
