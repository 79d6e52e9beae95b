"""Says in one line what is wrong with a command line, and what to write instead."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from edi_lint.files.folders import ENDINGS
from edi_lint.files.paths import is_there
from edi_lint.settings import nearest

_MEANT = {
    "lint": "check",
    "validate": "check",
    "verify": "check",
    "format": "fix",
    "repair": "fix",
    "correct": "fix",
    "diff": "fix --diff",
    "set": "edit",
    "change": "edit",
    "explore": "annotate",
    "html": "annotate",
    "show": "annotate",
    "view": "annotate",
    "anonymize": "redact",
    "deidentify": "redact",
    "mask": "redact",
    "resubmit": "rewrite",
    "replace": "rewrite",
    "void": "rewrite --template void",
    "hold": "split",
    "rules": "rule",
    "catalogue": "rule",
    "search": "rule",
    "settings": "config",
    "schemas": "schema",
    "version": "--version",
    "watch": "check --watch",
    "baseline": "check --write-baseline FILE",
}
"""What people call things, and what does it here."""

_FORMATS = ("json", "jsonl", "csv", "sarif", "junit", "github", "gitlab", "parquet", "table")
_MEANT_OPTIONS: dict[str, tuple[str, ...]] = {
    **{f"--{name}": (f"--output-format {name}", f"--format {name}") for name in _FORMATS},
    "--format": ("--output-format",),
    "-f": ("--output-format", "--format", "--force"),
    "--html": ("--template html", "edi-lint annotate"),
    "--severity": ("--fail-on",),
    "--min-severity": ("--fail-on",),
    "--exit-zero": ("--fail-on never",),
    "--rule": ("--select",),
    "--exclude": ("--ignore",),
    "--skip": ("--ignore",),
    "--disable": ("--ignore",),
    "--claim": ("--claims",),
    "--dry-run": ("--diff", "edi-lint fix --diff"),
    "--fix": ("edi-lint fix",),
    "--diff": ("edi-lint fix --diff",),
    "-i": ("--in-place",),
    "--inplace": ("--in-place",),
    "--out": ("--output",),
    "--out-dir": ("--output",),
    "--output-dir": ("--output",),
    "--verbose": ("--output-format full",),
    "-v": ("--output-format full",),
    "--mask": ("--phi none",),
    "--no-phi": ("--phi none",),
    "--workers": ("--jobs",),
    "--threads": ("--jobs",),
    "--control-numbers": ("--control-number",),
}
"""What people call options, and what is meant: the first of these that the command has."""


class WrongUse(Exception):
    """A command line that cannot be understood; the message says what to write instead.

    With `is_help` it is nothing but the help that was asked for.
    """

    exit_code = 2

    def __init__(self, message: str, is_help: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.is_help = is_help

    @classmethod
    def choice(cls, param: Any, value: object, choices: list[str]) -> Self:
        """A value that is not one of a few."""
        near = nearest(str(value), choices)
        hint = f"; did you mean {near}?" if near else ""
        return cls(f"{called(param)} {value}: is not one of {', '.join(choices)}{hint}")

    @classmethod
    def number(
        cls, param: Any, value: object, low: float, high: float | None, is_whole: bool
    ) -> Self:
        """A value that is not a number within its limits."""
        kind = "whole number" if is_whole else "number"
        limits = f"from {low:g} to {high:g}" if high is not None else f"of at least {low:g}"
        return cls(f"{called(param)} {value}: expected a {kind} {limits}")


def called(param: Any) -> str:
    """A parameter as the user writes it: an option's long name, an argument's name."""
    if param.param_type_name == "argument":
        name = str(param.metavar or param.name)
        return str(param.name).upper() if "|" in name else name
    return str(max(param.opts, key=len))


def missing(param: Any, command: Any) -> WrongUse:
    """A parameter that has to be given was not."""
    metavar = param.metavar or param.name.upper()
    name = metavar if param.param_type_name == "argument" else f"{called(param)} {metavar}"
    described = str(param.help or "").partition("  [")[0]
    described = f" ({described[:1].lower()}{described[1:].rstrip('.')})" if described else ""
    return WrongUse(f"{command.name}: {name} is missing{described}; {_help_of(command.name)}")


def not_found(name: str, rest: list[str], commands: Iterable[str]) -> WrongUse:
    """A command that does not exist: a file was named, or a word that is like a command's."""
    if name.startswith("-"):
        return WrongUse(f"{name} is not an option here; {_help_of('')}")
    is_file = Path(name).suffix.lower() in ENDINGS or "/" in name or is_there(name)
    if is_file or any(mark in name for mark in "*?["):
        line = shlex.join(["edi-lint", "check", name, *rest])
        return WrongUse(f"{name} is not a command; to check this file: {line}")
    meant = _MEANT.get(name.lower()) or nearest(name, commands, 0.6)
    hint = f"did you mean edi-lint {meant}? " if meant else ""
    return WrongUse(f"{name} is not a command; {hint}{_help_of('')}")


def explained(problem: Any) -> str:
    """What the library that reads command lines says, as one line with a remedy.

    It has its own words for an option that does not exist, one whose value is missing, one that
    takes none, and an argument too many.
    """
    context = problem.ctx
    command = context.command.name if context is not None and context.parent is not None else ""
    where = f"{command}: " if command else ""
    kind = type(problem).__name__
    options = {name: param for param in _params(context) for name in param.opts}
    if kind == "NoSuchOption":
        meant = _option_meant(problem.option_name, options)
        hint = f"did you mean {meant}? " if meant else ""
        return f"{where}unknown option {problem.option_name}; {hint}{_help_of(command)}"
    param = options.get(getattr(problem, "option_name", ""))
    if kind == "BadOptionUsage" and param is not None:
        if param.is_flag:
            return f"{where}{called(param)} takes no value; leave out what follows the equals sign"
        value = param.metavar or param.name.upper()
        return f"{where}{called(param)} needs a value: {called(param)} {value}; {_help_of(command)}"
    message = str(problem.format_message()).rstrip(".")
    extra = re.fullmatch(r"Got unexpected extra argument\S* \((.*)\)", message, re.DOTALL)
    if extra is not None:
        return f"{where}too many arguments: {extra[1]}; {_help_of(command)}"
    return f"{where}{message[:1].lower()}{message[1:]}; {_help_of(command)}"


def _option_meant(name: str, options: Iterable[str]) -> str:
    """What was meant by an option that the command does not have; empty where nothing is like it.

    Only names that begin alike count as misspelt: nobody who writes --csv means --hcpcs.
    """
    known = [*options]
    meanings = {
        name: meant
        for name, several in _MEANT_OPTIONS.items()
        for meant in reversed(several)
        if meant.startswith("edi-lint ") or meant.split()[0] in known
    }
    if name in meanings or not name.startswith("--"):
        return meanings.get(name, "")
    near = nearest(name, (one for one in (*known, *meanings) if one[:3] == name[:3]), 0.6)
    return meanings.get(near, near)


def _params(context: Any) -> list[Any]:
    return [] if context is None else list(context.command.get_params(context))


def _help_of(command: str) -> str:
    return f"see {' '.join(filter(None, ('edi-lint', command, '--help')))}"
