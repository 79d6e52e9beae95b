"""`edi-lint rule`: what a rule checks and why, or the catalogue of all of them."""

from __future__ import annotations

import difflib
import shutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.output import Failure, write

if TYPE_CHECKING:
    from edi_lint.rules import Rule

WIDTH_IN_A_PIPE = 80


def rule(
    code: Annotated[
        str | None,
        typer.Argument(help="A rule by code or name: MOD005, duplicate-modifier.", metavar="CODE"),
    ] = None,
) -> None:
    """Print what a rule checks, why, its source and examples; without CODE list every rule."""
    from edi_lint.reporters import rule_page
    from edi_lint.rules import CATALOGUE

    if code is None:
        text = rule_page.catalogue(CATALOGUE, _width())
    else:
        text = rule_page.page(_find(code, CATALOGUE), _width())
    write(text.encode(), None)


def _find(asked: str, catalogue: tuple[type[Rule], ...]) -> type[Rule]:
    """The rule of that code or name. Raises Failure with the nearest one where there is none."""
    rules = {r.code.lower(): r for r in catalogue} | {r.name: r for r in catalogue}
    key = asked.strip().lower()
    if key in rules:
        return rules[key]
    near = difflib.get_close_matches(key, rules, n=1, cutoff=0.5)
    hint = ""
    if near:
        nearest = rules[near[0]]
        hint = f"the nearest is {nearest.code} ({nearest.name}); "
    raise Failure(f"no rule is called {asked!r}: {hint}edi-lint rule lists all of them")


def _width() -> int:
    """Columns of the terminal; a pipe has none and gets the usual ones."""
    if not sys.stdout.isatty():
        return WIDTH_IN_A_PIPE
    return shutil.get_terminal_size((WIDTH_IN_A_PIPE, 24)).columns
