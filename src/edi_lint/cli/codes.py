"""`edi-lint codes`: the code tables held, and loading newer releases of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.output import Failure, write
from edi_lint.findings.masking import printable

if TYPE_CHECKING:
    from edi_lint.codes.tables import CodeTableFile


_LIST, _LOAD = "list", "load"


def codes(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[list | load FILE | CODE...]",
            help="What to do: list the tables, which is the default; load a release from a file of "
            "CMS or CDC (HCPCS: txt, zip, csv or xlsx; ICD-10-CM order file: txt or zip); or look "
            "codes up.",
            show_default=False,
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(
            "--release",
            help="With load: the first day of the release, if the file's name does not say it.",
            metavar="YYYY-MM-DD",
        ),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on",
            help="With codes: the day of service on which they are looked up.",
            metavar="YYYY-MM-DD",
        ),
    ] = None,
) -> None:
    """Print the code tables, load a newer release, or look codes up.

    Printed are rows, releases and sources. Of a code you look up: what it is, how it stands, since
    when and until when as far as that is known, and how far the answer can be relied on. HCPCS
    Level II codes, modifiers, ICD-10-CM codes, places of service and states are known; CPT and CDT
    codes are not, because they are not free to ship.

    Exit status: 0 printed or loaded, 1 when a code that you look up is not listed or not valid on
    the day, 2 when the file cannot be used.

    \b
    Examples:
      edi-lint codes
      edi-lint codes A4306 J2795 G8918 GY
      edi-lint codes --on 2026-06-05 A4306
      edi-lint codes load HCPC2027_JAN_ANWEB.zip
    """
    from edi_lint.codes.tables import TableError
    from edi_lint.packs.load import nearest

    first, *rest = what or [_LIST]
    is_lookup = first not in (_LIST, _LOAD)
    if is_lookup and first.isalpha() and len(first) > len("XX"):
        raise Failure(f"{first!r} is neither list, load nor a code{nearest(first, (_LIST, _LOAD))}")
    is_wrong = len(rest) != (first == _LOAD) and not is_lookup
    if is_wrong or (release is not None and first != _LOAD):
        raise Failure(
            "edi-lint codes load takes a FILE, and --release goes with it; edi-lint codes lists "
            "the tables, and edi-lint codes CODE... looks codes up"
        )
    if on is not None and not is_lookup:
        raise Failure("--on goes with codes to look up")
    is_good = True
    try:
        if is_lookup:
            text, is_good = _found([first, *rest], _day(on, "--on"))
        elif first == _LOAD:
            text = _load(Path(rest[0]), _day(release, "--release"))
        else:
            text = _listed()
    except TableError as problem:
        raise Failure(str(problem)) from None
    write(text.encode(), None)
    if not is_good:
        raise typer.Exit(1)


def _found(asked: list[str], day: date | None) -> tuple[str, bool]:
    """What is known of codes, a paragraph each, and whether all are listed and valid."""
    from edi_lint.codes.finding import find

    blocks, is_good = [], True
    for text in asked:
        meanings = find(text.strip().upper(), day)
        is_good = is_good and any(one.is_good for one in meanings)
        lines = [f"{one.kind}: {one.words}" for one in meanings]
        blocks.append("\n  ".join((printable(text), *lines)) + "\n")
    return "\n".join(blocks), is_good


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Failure(f"{option} {text!r}: expected a day as YYYY-MM-DD") from None


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
