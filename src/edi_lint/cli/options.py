"""Options that several commands have, each declared once."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from edi_lint.cli.output import Failure
from edi_lint.privacy import Phi

Paths = Annotated[list[str], typer.Argument(help="Files, folders or globs; - is standard input.")]
Select = Annotated[
    list[str] | None,
    typer.Option("--select", help="Only these rules: codes or their beginnings, MOD,BAL001."),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", help="Not these rules; the longer code wins over --select."),
]
Level = Annotated[
    int,
    typer.Option("--level", min=1, max=7, help="Check up to this SNIP level, 1 to 7."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write to this file; it appears whole or not at all."),
]
PhiOption = Annotated[
    Phi,
    typer.Option("--phi", help="Protected data in the output: none, ids (claim numbers), or all."),
]


def rule_choice(given: list[str] | None) -> tuple[str, ...]:
    """Rule codes from options that repeat or hold several codes with commas.

    Raises Failure for one that begins no rule's code.
    """
    from edi_lint.rules import CATALOGUE

    codes = [r.code for r in CATALOGUE]
    chosen = [c.strip().upper() for part in given or [] for c in part.split(",") if c.strip()]
    for code in chosen:
        if not any(known.startswith(code) for known in codes):
            near = difflib.get_close_matches(code, codes, 1, 0.4)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise Failure(f"{code}: no rule's code begins so{hint} (edi-lint rule lists them)")
    return tuple(chosen)
