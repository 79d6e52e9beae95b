"""Puts the commands together."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, ClassVar

import typer

from edi_lint.cli.lazy import GENERAL, LazyGroup, context_settings
from edi_lint.files.version import VERSION


class Commands(LazyGroup):
    """The commands in the order of the help, each in the module of its name."""

    panels: ClassVar = {
        "Find and explain": ("check", "trace", "annotate", "report", "extract", "rule"),
        "Write a new file": ("fix", "edit", "rewrite", "split", "redact"),
        "Set up": ("init", "config", "codes", "ledger", "schema", "fingerprint"),
    }
    names = tuple(chain.from_iterable(panels.values()))
    aliases: ClassVar = {"explain": "rule"}


app = typer.Typer(
    name="edi-lint",
    cls=Commands,
    help="Lint X12 837P claim files, fix, explain and split them, rewrite them for resubmission.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=context_settings(),
)


def _version(wanted: bool) -> None:
    if wanted:
        from edi_lint.engine import engine_class

        typer.echo(f"edi-lint {VERSION} (engine: {engine_class().name})")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            callback=_version,
            is_eager=True,
            help="Show version and engine.",
            rich_help_panel=GENERAL,
        ),
    ] = False,
) -> None:
    """Lint X12 837P claim files, fix, explain and split them, rewrite them for resubmission."""
