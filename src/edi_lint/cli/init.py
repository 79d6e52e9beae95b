"""`edi-lint init`: a settings file in which every key is explained and none is set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT
from edi_lint.cli.output import Failure, tell, write
from edi_lint.files.paths import is_folder, is_there
from edi_lint.settings import OWN_FILE


def init(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="The file to write, or the folder for it; - is standard output.",
            show_default=False,
        ),
    ] = Path(OWN_FILE),
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write edi-lint.toml, with every key explained and none set.

    It goes into this folder by default.

    Exit status: 0 when it was written, 2 when not.

    \b
    Examples:
      edi-lint init
      edi-lint init - | less
    """
    from edi_lint.files.resources import templates

    content = templates("settings").joinpath(OWN_FILE).read_bytes()
    if str(path) == STANDARD_INPUT:
        write(content, None)
        return
    target = path / OWN_FILE if is_folder(path) else path
    if is_there(target) and not force:
        raise Failure(f"{target}: is there already; --force overwrites it")
    write(content, target)
    tell(f"{target} written; edi-lint config shows what is in force")
