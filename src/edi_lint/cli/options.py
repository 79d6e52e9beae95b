"""Options that several commands have, each declared once."""

from __future__ import annotations

import os
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from edi_lint.cli.output import Failure, tell
from edi_lint.findings.masking import Phi, printable
from edi_lint.settings import (
    Settings,
    SettingsError,
    SettingsFile,
    find,
    rule_codes,
)

if TYPE_CHECKING:
    from datetime import date

    from edi_lint.findings import Severity

Chosen = TypeVar("Chosen", bound=StrEnum)


LEDGER_VARIABLE = "EDI_LINT_LEDGER"
"""The environment variable that a ledger can be in; a command line can be seen by others."""


RULES = "Which rules, and how they judge"
OUTPUT = "Output"
BASELINE = "Baseline"
LEDGER = "Ledger"
WATCH = "Watch a folder"
"""Headings of the help."""


class Threshold(StrEnum):
    """From which severity on findings make the exit status 1, or hold a claim."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"

    @property
    def severity(self) -> Severity | None:
        """The mildest severity that counts; None where no finding does."""
        from edi_lint.findings import Severity

        return None if self is Threshold.NEVER else Severity(self.value)


FailOnLeft = Annotated[
    Threshold | None,
    typer.Option(
        "--fail-on",
        help="Exit with 1 when the result has a finding of this severity or worse; it is written "
        "nevertheless. The settings' fail-on does not count here.  [default: never]",
        rich_help_panel=OUTPUT,
    ),
]
Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATHS", help="Files, folders or globs; - is standard input."),
]
File = Annotated[str, typer.Argument(metavar="FILE", help="The 837P file; - is standard input.")]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select",
        metavar="CODES",
        help="Only these rules: codes or their first letters, such as MOD,BAL001.",
        rich_help_panel=RULES,
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(
        "--ignore",
        metavar="CODES",
        help="Not these rules; if --select names one too, the longer code wins.",
        rich_help_panel=RULES,
    ),
]
Claims = Annotated[
    list[str] | None,
    typer.Option(
        "--claims",
        metavar="ID,…",
        help="Only these claims, by CLM01 or ST02/n (n-th claim of a set).",
        rich_help_panel=RULES,
    ),
]
Level = Annotated[
    int | None,
    typer.Option(
        "--level",
        metavar="N",
        min=1,
        max=7,
        help="Check up to this SNIP level, 1 to 7.  [default: 7]",
        rich_help_panel=RULES,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to this file; it appears complete or not at all.",
        rich_help_panel=OUTPUT,
    ),
]
PhiOption = Annotated[
    Phi | None,
    typer.Option(
        "--phi",
        help="Protected data in the output: none, ids (claim numbers), or all.  [default: ids]",
        rich_help_panel=OUTPUT,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Take the settings from this file.  [default: the nearest edi-lint.toml or "
        "pyproject.toml, from the current folder upwards]",
    ),
]


Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME|FILE",
        help="Apply this payer profile to every claim: a built-in one, or a file of your own."
        "  [default: the one that each claim matches]",
        rich_help_panel=RULES,
    ),
]
Situations = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="A file of situations of your own, which adds rules; may be given several times.",
        rich_help_panel=RULES,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Judge dates as on this day, YYYY-MM-DD; also whether a suppression has expired.",
        rich_help_panel=RULES,
    ),
]
Ledger = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        envvar=LEDGER_VARIABLE,
        metavar="default|FILE|URL",
        help="The ledger that gives control numbers and knows what was sent: the one in your data "
        "folder, a SQLite file, or a database's URL.  [default: the settings', else default]",
        rich_help_panel=LEDGER,
    ),
]


def settings_file(config: Path | None) -> SettingsFile:
    """The settings in the file that is named, or in the nearest. Raises Failure."""
    try:
        if config is None:
            return _nearest()
        from edi_lint.settings.settings_file import load

        return load(config)
    except SettingsError as problem:
        raise Failure(str(problem)) from None


def _nearest() -> SettingsFile:
    """The settings in the nearest file, which is named where it is not in the current folder."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the folder was removed
        return SettingsFile()
    found = find(here)
    if found is None:
        return SettingsFile()
    from edi_lint.settings.settings_file import load

    path = Path(os.path.relpath(found, here))
    if found.parent != here:
        tell(f"settings of {path}")
    return load(path, found=True)


def settings_of(
    file: SettingsFile,
    *,
    rules: list[Path] | None = None,
    select: list[str] | None = None,
    ignore: list[str] | None = None,
    as_of: str | None = None,
    **options: object,
) -> Settings:
    """The settings of a file with the options in their place that were given: are not None, nor
    empty. `options` are named as in `Settings`. Raises Failure for one that cannot be used.
    """
    base = replace(file.settings, rules=tuple(rules)) if rules else file.settings
    options |= {
        "select": rule_choice(select, base),
        "ignore": rule_choice(ignore, base),
        "as_of": day(as_of, "--as-of"),
    }
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return replace(base, **given) if given else base  # type: ignore[arg-type]


def unknown_claims(names: list[str], phi: Phi) -> list[str]:
    """What is said of names that no claim has; with `Phi.NONE` they are only counted."""
    if phi is Phi.NONE:
        return [f"--claims: {len(names)} of the names are of no claim in the input"]
    shown = [f"claim {name}: no claim in the input has that number" for name in names[:MOST_NAMES]]
    more = len(names) - MOST_NAMES
    return shown + ([f"and {more} more"] if more > 0 else [])


MOST_NAMES = 10
"""So many names are said."""


def repeated(**options: object) -> tuple[str, ...]:
    """Options with their values, as a command line has them; those that were not given left out."""
    words: list[str] = []
    for name, given in options.items():
        for value in given if isinstance(given, list) else [given]:
            if value is not None:
                words += [f"--{name.replace('_', '-')}", str(value)]
    return tuple(words)


def choice(
    option: Chosen | None, file: SettingsFile, key: str, said: str, default: Chosen
) -> Chosen:
    """What the option says, else the settings file in that key, else the default. Raises Failure
    for what the file says where that is not one of the choices.
    """
    if option is not None or not said:
        return option or default
    kind = type(default)
    if said not in list(kind):
        choices = ", ".join(kind)
        raise Failure(f"{file.path}: {key}: expected one of {choices}; found {printable(said)}")
    return kind(said)


def listed(given: list[str] | None, option: str) -> list[str]:
    """What an option names that repeats or holds several with commas."""
    names = [name.strip() for part in given or [] for name in part.split(",")]
    names = [name for name in names if name]
    if given and not names:
        raise Failure(f"{option} names nothing")
    return names


def day(text: str | None, option: str) -> date | None:
    """The day that an option names; None where it was not given. Raises Failure."""
    if text is None:
        return None
    from edi_lint.settings import iso_date

    try:
        return iso_date(text)
    except ValueError:
        raise Failure(f"{option} {text}: not a date; write it as 2026-12-31") from None


def rule_choice(given: list[str] | None, settings: Settings | None = None) -> tuple[str, ...]:
    """Rule codes from options that repeat or contain several codes with commas.

    Raises Failure for one that begins no code of a rule: of one that ships, or that the settings
    add.
    """
    codes = [c.strip().upper() for part in given or [] for c in part.split(",") if c.strip()]
    if given and not codes:
        raise Failure("a choice of rules is empty; name codes or their beginnings, such as MOD,BAL")
    try:
        return rule_codes(codes, settings.catalogue() if settings and codes else ())
    except SettingsError as problem:
        raise Failure(str(problem)) from None
