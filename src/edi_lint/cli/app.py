"""Puts the commands together."""

from __future__ import annotations

from typing import Annotated

import typer

from edi_lint.cli.lazy import LazyGroup
from edi_lint.files.version import VERSION


class Commands(LazyGroup):
    """The commands in the order of the help, each in the module of its name."""

    names = (
        *("check", "fix", "extract", "annotate", "rewrite", "split", "redact", "report"),
        *("rule", "init", "config", "codes", "fingerprint"),
    )


app = typer.Typer(
    name="edi-lint",
    cls=Commands,
    help="Lint X12 837P claim files, fix, explain and split them, rewrite them for resubmission.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
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
            "--version", callback=_version, is_eager=True, help="Show version and engine."
        ),
    ] = False,
) -> None:
    """Lint X12 837P claim files, fix, explain and split them, rewrite them for resubmission."""
