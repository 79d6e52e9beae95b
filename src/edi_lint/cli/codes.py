"""`edi-lint codes`: the code tables held, and loading newer releases of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.output import Failure, write

if TYPE_CHECKING:
    from edi_lint.codes.tables import CodeTableFile


class CodesAction(StrEnum):
    """What to do with the tables."""

    LIST = "list"
    LOAD = "load"


def codes(
    action: Annotated[
        CodesAction,
        typer.Argument(
            metavar="list|load",
            help="What to do, list by default; load takes a release from a file of CMS or CDC.",
            show_default=False,
        ),
    ] = CodesAction.LIST,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The HCPCS file (txt, zip, csv) or the ICD-10-CM order file (txt, zip).",
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(
            "--release",
            help="The first day of the release, if the file's name does not say it.",
            metavar="YYYY-MM-DD",
        ),
    ] = None,
) -> None:
    """Print the code tables, or load a newer release.

    Printed are rows, releases and sources.

    Exit status: 0 printed or loaded, 2 when the file cannot be used.

    \b
    Examples:
      edi-lint codes
      edi-lint codes load HCPC2027_JAN_ANWEB.zip
    """
    from edi_lint.codes.tables import TableError

    is_list = action is CodesAction.LIST
    if is_list != (file is None) or (is_list and release is not None):
        raise Failure(
            "edi-lint codes load takes a FILE, and --release goes with it; edi-lint codes lists "
            "the tables"
        )
    try:
        text = _listed() if file is None else _load(file, _day(release))
    except TableError as problem:
        raise Failure(str(problem)) from None
    write(text.encode(), None)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Failure(f"--release {text!r}: expected a day as YYYY-MM-DD") from None


def _load(file: Path, first: date | None) -> str:
    """Put the release in a file into the data folder; what is said of it."""
    from edi_lint.codes import loading, tables

    try:
        read = loading.read(file, first)
    except loading.LoadError as problem:
        raise Failure(str(problem)) from None
    except OSError as problem:
        raise Failure(f"{file}: cannot be read: {problem.strerror}") from None
    folder = tables.data_folder()
    try:
        tables.make_data_folder(folder)
    except tables.TableError as problem:
        raise Failure(str(problem)) from None
    write(read.content, folder / read.name)
    tables.loaded.cache_clear()
    release = read.release
    return (
        f"{read.title}, {release.name}, for {release.first} to {release.last}: {read.summary}\n"
        f"kept in {folder / read.name}\n"
    )


def _listed() -> str:
    from edi_lint.codes import hcpcs, icd10cm, modifiers, noc, places, states, tables

    kinds = (icd10cm.KIND, hcpcs.KIND, modifiers.KIND, places.KIND, states.KIND, noc.KIND)
    own = [table for kind in kinds for table in tables.loaded(kind)]
    blocks = [_block(tables.shipped(kind)) for kind in kinds]
    folder = tables.data_folder()
    if own:
        blocks += [f"loaded, in {folder}:\n", *(_block(table) for table in own)]
    else:
        blocks.append(
            f"nothing loaded in {folder}: edi-lint codes load FILE takes CMS's quarterly HCPCS "
            "file\nor the order file of an ICD-10-CM release\n"
        )
    return "\n".join(blocks)


def _block(table: CodeTableFile) -> str:
    return "\n".join(_lines(table)) + "\n"


def _lines(table: CodeTableFile) -> Iterator[str]:
    yield f"{table.kind}: {table.title}, {table.rows:,} rows" + (
        f"; {table.note}" if table.note else ""
    )
    yield f"  sha256 {table.sha256}"
    for release in table.releases:
        yield f"  {release.name}: {release.rows:,} codes, {release.first} to {release.last}"
    for source in table.sources:
        yield f"  from {source.name}"
        yield f"    sha256 {source.sha256}"
