"""What the user asked for, the same for every command and for the Python interface.

Files with settings are found here; `edi_lint.settings.settings_file` reads them, and is imported
only then.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from edi_lint.files.paths import is_file, is_there
from edi_lint.findings.masking import Phi
from edi_lint.x12.errors import EdiLintError

if TYPE_CHECKING:
    from edi_lint.findings import Severity
    from edi_lint.rules import Rule

OWN_FILE = "edi-lint.toml"
SHARED_FILE = "pyproject.toml"
LARGEST_FILE = 1024 * 1024
"""So many bytes of a settings file are read."""
DEFAULT_LEDGER = "default"
"""What names the ledger in the user's data folder."""
SQLITE_ENDINGS = ("", "-journal", "-wal", "-shm")
"""What SQLite puts behind a database's name: nothing, or for a file that it makes beside it."""

_REPOSITORY = (".git", ".hg", ".svn", ".jj")
"""One of these is in the root of a repository."""
_TABLE = (b"tool.edi-lint", b'tool."edi-lint"', b"tool.'edi-lint'")
"""One of these is in a pyproject.toml that has settings for us."""


class SettingsError(EdiLintError, ValueError):
    """Settings that cannot be used; the message names the file, the key and what was expected."""


class LedgerError(EdiLintError, RuntimeError):
    """The ledger cannot be used; the message names it, without a password, and the remedy."""


class Suppression(NamedTuple):
    """Hides the findings of a rule to which everything applies that is not empty.

    `rule` is a code or its beginning; `expires` the last day on which it hides anything.
    `payer` is NM109 of the destination payer (2010BB), `submitter` ISA06 without its padding, or
    GS02; `claim` is CLM01, `claim_fingerprint` what `edi_lint.findings.fingerprints` makes of it.
    `path` is a pattern for the path of the file, in which * stands for any characters, / among
    them.
    """

    rule: str
    reason: str
    expires: date
    payer: str = ""
    submitter: str = ""
    claim: str = ""
    claim_fingerprint: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """`select` and `ignore` hold rule codes or their beginnings (MOD, MOD005); an empty `select`
    is every rule. `level` is the highest SNIP level (1 to 7) that is checked.

    `as_of` is the day that dates are judged against, None for the day each transaction set was
    made. `profile` is the payer profile that every claim is judged by, its name or its file; empty:
    the one that each claim matches. `profiles` and `packs` are files of the user's, which stand
    before those that ship; `rules` are files of situations, which add rules. `baseline` is a file
    of accepted findings. `ledger` knows what was sent: `default`, a path, or a database's URL;
    empty: none is asked. `suppressions` hide findings; the paths in them are seen from the folder
    `root`, None for the current one. They may name claims, and a URL a password, so settings have
    no text that shows them. With `parties` findings know payer and submitter. `sent` are files and
    folders with what was sent, for `trace`.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    level: int = 7
    phi: Phi = Phi.IDS
    as_of: date | None = None
    profile: str = ""
    profiles: tuple[Path, ...] = ()
    packs: tuple[Path, ...] = ()
    rules: tuple[Path, ...] = ()
    baseline: Path | None = None
    ledger: str = ""
    suppressions: tuple[Suppression, ...] = ()
    root: Path | None = None
    parties: bool = False
    sent: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for name in ("select", "ignore"):
            if isinstance(given := getattr(self, name), str):
                raise SettingsError(f'{name}: expected a tuple of codes, such as ("{given}",)')

    def wants(self, code: str, level: int) -> bool:
        """Whether a rule is in force. The longer, more particular choice wins."""
        if level > self.level:
            return False
        chosen = max((len(s) for s in self.select if code.startswith(s)), default=0)
        ignored = max((len(i) for i in self.ignore if code.startswith(i)), default=0)
        if self.select and not chosen:
            return False
        return ignored == 0 or chosen > ignored

    def catalogue(self) -> tuple[type[Rule], ...]:
        """The rules that ship and those of the user's files. Raises SituationError, PackError."""
        from edi_lint.rules import CATALOGUE

        if not (self.rules or self.profiles or self.packs or self.profile):
            return CATALOGUE
        from edi_lint.packs.users import names_file
        from edi_lint.rules.catalogue import catalogue

        named = (Path(self.profile),) if self.profile and names_file(self.profile) else ()
        return catalogue(self.rules, (*self.profiles, *named), self.packs)

    def today(self) -> date:
        """The day on which suppressions and baselines expire or not: `as_of`, else by the clock.

        Nothing else reads the clock: no finding about a claim depends on the day of the run.
        """
        return self.as_of or date.today()


class SettingsFile(NamedTuple):
    """What a settings file says; `path` is None where there is none.

    `fail_on` and `output_format` are for `check` alone, and empty where nothing is said. `keys` are
    those that stand in the file.
    """

    path: Path | None = None
    settings: Settings = Settings()
    fail_on: str = ""
    output_format: str = ""
    keys: frozenset[str] = frozenset()


def find(folder: Path) -> Path | None:
    """The nearest settings file, in a folder or in those above it, up to the root of a repository
    or the user's home.

    In one folder edi-lint.toml wins; a pyproject.toml without a table for us does not count.
    Raises SettingsError for a pyproject.toml that cannot be read, for what has one of these names
    and is not a file, and for a file that somebody else may have put there.
    """
    home = _home()
    for place in (folder, *folder.parents):
        if _is_readable(own := place / OWN_FILE):
            return _trusted(own)
        if _is_readable(shared := place / SHARED_FILE) and _has_table(shared):
            return _trusted(shared)
        if place == home or any(is_there(place / name) for name in _REPOSITORY):
            return None
    return None


def _is_readable(path: Path) -> bool:
    """Whether a file is there. Raises SettingsError where something else is, such as a folder, a
    pipe or a link that leads nowhere: whoever put it there expects that it counts."""
    if is_file(path) or not os.path.lexists(path):
        return is_file(path)
    raise SettingsError(f"{path}: is not a file; remove it, or name the settings with --config")


def _home() -> Path | None:
    """The user's home; None for a user without one."""
    try:
        return Path(os.path.realpath(Path.home()))
    except RuntimeError:
        return None


def _trusted(path: Path) -> Path:
    """The same path. Raises SettingsError for a link out of the folder, and where everybody may
    write to the folder and the file is neither the user's nor root's."""
    try:
        folder = os.path.realpath(path.parent)
        leads_out = not Path(os.path.realpath(path)).is_relative_to(folder)
        is_open = bool(path.parent.stat().st_mode & stat.S_IWOTH)
        owners = {path.stat().st_uid, path.lstat().st_uid}
        trusted = {os.geteuid(), 0} if hasattr(os, "geteuid") else owners
    except OSError as problem:
        raise SettingsError(f"{path}: cannot read it: {problem.strerror}") from None
    if leads_out:
        raise SettingsError(
            f"{path}: is a link out of its folder; name the file with --config to use it anyway, "
            "or remove the link"
        )
    if is_open and not owners <= trusted:
        raise SettingsError(
            f"{path}: belongs to somebody else, in a folder that everybody may write to; name it "
            "with --config to use it anyway, or remove it"
        )
    return path


def _has_table(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST_FILE)
    except OSError as problem:
        raise SettingsError(f"{path}: cannot read it: {problem.strerror}") from None
    return any(name in data for name in _TABLE)


def rule_codes(given: Iterable[str], catalogue: Iterable[type[Rule]] = ()) -> tuple[str, ...]:
    """The same codes or beginnings of codes, of rules that ship or of a catalogue.

    Raises SettingsError for one that begins no rule's.
    """
    from edi_lint.rules import CATALOGUE

    codes = [r.code for r in catalogue or CATALOGUE]
    chosen = tuple(given)
    for code in chosen:
        if not code or not any(known.startswith(code) for known in codes):
            near = nearest(code, codes)
            hint = f"; did you mean {near}?" if near else ""
            raise SettingsError(
                f"{code}: no rule's code begins like this{hint} (edi-lint rule lists them)"
            )
    return chosen


def severity(name: str | None) -> Severity | None:
    """The severity of that name; None for None, the name of no threshold. Raises SettingsError."""
    from edi_lint.findings import Severity

    if name is None:
        return None
    try:
        return Severity(name)
    except ValueError:
        choices = ", ".join(Severity)
        raise SettingsError(f"fail_on: expected None or one of {choices}; found {name!r}") from None


def iso_date(text: str) -> date:
    """The day that YYYY-MM-DD names. Raises ValueError for any other text."""
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(text)
    return day


def nearest(word: str, known: Iterable[str], alike: float = 0.4) -> str:
    """The known word that is most like one that is not known; empty where none is.

    `alike` says how much it has to be, from 0 to 1.
    """
    import difflib

    words = list(known)
    looks_so = [one for one in words if _as_it_looks(one) == _as_it_looks(word)]
    return next(iter(looks_so or difflib.get_close_matches(word, words, 1, alike)), "")


def _as_it_looks(word: str) -> str:
    """The word in one case, with letters that look like digits as digits: MOD0O1 is MOD001."""
    return word.upper().translate(_ALIKE)


_ALIKE = str.maketrans("OIL_", "011-")
