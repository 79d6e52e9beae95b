"""`edi-lint schema`: the JSON schemas of what edi-lint reads and writes."""

from __future__ import annotations

from typing import Annotated

import typer

from edi_lint.cli.options import Output
from edi_lint.cli.output import Failure, write
from edi_lint.settings import nearest

SCHEMAS = {
    "answers": "the answers of receivers, as rules and packs name them",
    "baseline": "a baseline, as check --write-baseline writes it",
    "batch-report": "report.json, as report writes it",
    "change-log": "the lines of --log of fix and rewrite",
    "extract": "the lines of extract --format jsonl",
    "findings": "the findings, as check --output-format json and jsonl print them",
    "held-report": "the report of split, in a file that ends in .json",
    "held-reports": "the same for several inputs",
    "pack": "a rule pack",
    "profile": "a payer profile",
    "situations": "a file of situations, which adds rules",
    "trace": "what was answered, as trace --output-format json and jsonl print it",
    "settings": "edi-lint.toml, and [tool.edi-lint] in pyproject.toml",
}
"""The schemas by name, each with what it describes."""


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Which one: findings, settings, pack and so on."),
    ] = None,
    output: Output = None,
) -> None:
    """Print the JSON schema of what edi-lint reads or writes.

    Without NAME all of them are listed.

    Exit status: 0 printed, 2 when no schema has that name.

    \b
    Examples:
      edi-lint schema
      edi-lint schema findings -o findings.schema.json
    """
    from edi_lint.files import resources

    if name is None:
        width = max(map(len, SCHEMAS))
        lines = (f"{one:{width}}  {what}\n" for one, what in SCHEMAS.items())
        write("".join(lines).encode(), output)
        return
    key = name.removesuffix(".json").removesuffix(".schema")
    if key not in SCHEMAS:
        near = nearest(key, SCHEMAS)
        hint = f"; did you mean {near}?" if near else ""
        raise Failure(f"no schema is called {name}{hint} (edi-lint schema lists them)")
    write(resources.schema(f"{key}.schema.json"), output)
