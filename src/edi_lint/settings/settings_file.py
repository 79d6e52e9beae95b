"""Reads a settings file: edi-lint.toml, or the table [tool.edi-lint] of a pyproject.toml.

The shape is that of `schemas/settings.schema.json`. Paths are as seen from the folder of the file
and stay in it: a settings file that came with somebody's data opens nothing else. The URL of a
database, and that all protected data is shown, are taken only from a file that the user has named.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from itertools import starmap
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from edi_lint.files.paths import is_file, is_folder, is_there, leads_into
from edi_lint.files.shape import FileShape, ShapeFault, fault_in
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
    nearest,
    rule_codes,
)

if TYPE_CHECKING:
    from edi_lint.rules import Rule

Text = Annotated[str, msgspec.Meta(pattern=r"\S")]


class SuppressionTable(FileShape, rename="kebab"):
    rule: Text
    reason: Text
    expires: date
    payer: Text = ""
    submitter: Text = ""
    claim: Text = ""
    claim_fingerprint: Text = ""
    path: Text = ""


class SettingsTable(FileShape, rename="kebab"):
    select: tuple[Text, ...] = ()
    ignore: tuple[Text, ...] = ()
    level: Annotated[int, msgspec.Meta(ge=1, le=7)] = 7
    fail_on: Text = ""
    output_format: Text = ""
    phi: Literal["none", "ids", "all"] = "ids"
    as_of: date | UnsetType = UNSET
    profile: Text = ""
    profiles: tuple[Text, ...] = ()
    packs: tuple[Text, ...] = ()
    rules: tuple[Text, ...] = ()
    baseline: Text = ""
    ledger: Text = ""
    sent: tuple[Text, ...] = ()
    suppressions: tuple[SuppressionTable, ...] = ()


KEYS = tuple(field.encode_name for field in msgspec.structs.fields(SettingsTable))
"""The keys of a settings file."""
SUPPRESSION_KEYS = tuple(field.encode_name for field in msgspec.structs.fields(SuppressionTable))
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
    "sent": "a list of paths",
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
    return _SettingsReader(data, path, found).read()


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
    except ValueError:
        raise SettingsError(f"{path}: is not TOML: a number is too long") from None
    except RecursionError:
        raise SettingsError(f"{path}: is nested too deeply") from None


class _SettingsReader:
    """A table of settings that is read; a fault is named by file and key.

    What was found instead is named by its type only: a value may be a claim number.
    """

    def __init__(self, data: Any, file: Path, found: bool) -> None:
        self.data = data
        self.file = file
        self.found = found
        self.catalogue: tuple[type[Rule], ...] = ()
        """The rules that codes may name, where the file adds some; empty: those that ship."""

    def read(self) -> SettingsFile:
        if fault := fault_in(self.data, SettingsTable):
            raise self.misshapen(fault)
        table = msgspec.convert(self.data, SettingsTable)
        rules = self.paths("rules", table.rules)
        self.catalogue = Settings(rules=rules).catalogue() if rules else ()
        settings = Settings(
            select=self.rules("select", table.select),
            ignore=self.rules("ignore", table.ignore),
            level=table.level,
            phi=self.phi(Phi(table.phi)),
            as_of=None if table.as_of is UNSET else table.as_of,
            profile=self.profile(table.profile),
            profiles=self.paths("profiles", table.profiles),
            packs=self.paths("packs", table.packs),
            rules=rules,
            baseline=self.inside("baseline", table.baseline) if table.baseline else None,
            ledger=self.ledger(table.ledger),
            sent=tuple(self.inside("sent", value, or_folder=True) for value in table.sent),
            suppressions=tuple(starmap(self.suppression, enumerate(table.suppressions, 1))),
            root=self.file.parent.resolve(),
        )
        keys = frozenset(self.data)
        return SettingsFile(self.file, settings, table.fail_on, table.output_format, keys)

    def fault(self, key: str, expected: str, found: str) -> SettingsError:
        where = ": ".join(part for part in (str(self.file), key) if part)
        return SettingsError(f"{where}: {expected}; {found}")

    def misshapen(self, fault: ShapeFault) -> SettingsError:
        """The error for what does not have the shape of settings."""
        names, last = [str(key) for key in fault.path], ""
        match fault.path:
            case ["suppressions", int(number), *more]:
                names, last = (
                    [f"suppression {number + 1}", *map(str, more)],
                    "".join(map(str, more)),
                )
            case [str(key), *_]:
                names, last = [key], key
        name = ": ".join(printable(name) for name in names if name)
        if fault.is_unknown:
            near = nearest(last.replace("_", "-"), fault.known)
            hint = f"did you mean {near}?" if near else f"known are {', '.join(fault.known)}"
            return self.fault(name, "unknown key", hint)
        if fault.is_missing:
            return self.fault(name, f"expected {_SHAPES[last]}", "found nothing")
        found = f"found {_kind(fault.value)}"
        if fault.expected.startswith("Expected `object"):
            return self.fault(name, "expected a table of keys with values", found)
        if last == "level":
            is_number = isinstance(fault.value, int) and not isinstance(fault.value, bool)
            found = "found another number" if is_number else found
            return self.fault(name, "expected a whole number from 1 to 7", found)
        if last == "phi":
            return self.fault(name, f"expected one of {', '.join(Phi)}", found)
        if last not in _SHAPES and found == "found a number":
            found += "; put it in quotes"
        return self.fault(name, f"expected {_SHAPES.get(last, 'a text')}", found)

    def suppression(self, number: int, table: SuppressionTable) -> Suppression:
        name = f"suppression {number}"
        made = Suppression(
            rule=self.rule(f"{name}: rule", table.rule),
            reason=table.reason,
            expires=table.expires,
            payer=table.payer,
            submitter=table.submitter,
            claim=table.claim,
            claim_fingerprint=table.claim_fingerprint,
            path=table.path,
        )
        if _leaves(made.path):
            raise self.fault(f"{name}: path", f"expected {_SHAPES['path']}", _OUTSIDE)
        if made.claim and made.claim_fingerprint:
            raise self.fault(f"{name}: claim-fingerprint", "expected it or claim", "found both")
        if made.claim_fingerprint:
            from edi_lint.findings.fingerprints import CLAIM_FINGERPRINT

            if not CLAIM_FINGERPRINT.fullmatch(made.claim_fingerprint):
                expected = "expected what edi-lint fingerprint prints"
                raise self.fault(f"{name}: claim-fingerprint", expected, "found another text")
        return made

    def phi(self, phi: Phi) -> Phi:
        """How much protected data is shown; all of it only where the user has named the file."""
        if self.found and phi is Phi.ALL:
            said = (
                "found all, which is taken only from --phi, or from a settings file that is named "
                "with --config"
            )
            raise self.fault("phi", f"expected {Phi.NONE} or {Phi.IDS}", said)
        return phi

    def rule(self, key: str, code: str) -> str:
        try:
            return rule_codes([code], self.catalogue)[0]
        except SettingsError as problem:
            raise self.fault(key, "expected a rule's code or its beginning", str(problem)) from None

    def rules(self, key: str, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.rule(key, code) for code in codes)

    def paths(self, key: str, values: tuple[str, ...]) -> tuple[Path, ...]:
        return tuple(self.inside(key, value) for value in values)

    def profile(self, value: str) -> str:
        """The name of a profile, or a path inside the file's folder."""
        here = value and is_there(self.file.parent / value)
        if value and (here or _is_url(value) or names_file(value)):
            return str(self.inside("profile", value))
        return value

    def ledger(self, value: str) -> str:
        """`default`, or a path inside the file's folder; in a file that the user has named also the
        URL of a database that is not a file."""
        if not value or value == DEFAULT_LEDGER:
            return value
        if not _is_url(value):
            for ending in SQLITE_ENDINGS:
                self.inside("ledger", value + ending)
            return str(self.file.parent / value)
        if value.lower().startswith("sqlite"):
            expected = "expected the path of a SQLite file, as seen from the folder of this file"
            raise self.fault("ledger", expected, "found a URL of one")
        if self.found:
            expected = "expected default, or the path of a SQLite file"
            said = (
                "found the URL of a database, which is taken only from --ledger, from "
                "EDI_LINT_LEDGER, or from a settings file that is named with --config"
            )
            raise self.fault("ledger", expected, said)
        return value

    def inside(self, key: str, value: str, *, or_folder: bool = False) -> Path:
        """The path as seen from the file's folder, which it may not leave, nor by a link.

        It is a file's, or with `or_folder` also a folder's.
        """
        folder = self.file.parent
        if _is_url(value):
            raise self.fault(key, "expected a path inside the folder of this file", "found a URL")
        if _leaves(value) or not leads_into(folder / value, folder):
            raise self.fault(key, "expected a path inside the folder of this file", _OUTSIDE)
        is_right = is_file(folder / value) or (or_folder and is_folder(folder / value))
        if is_there(folder / value) and not is_right:
            raise self.fault(key, "expected the path of a file", "found one of something else")
        return folder / value


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
