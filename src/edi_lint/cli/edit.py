"""`edi-lint edit`: the file with single elements set to values."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, collect_garbage
from edi_lint.cli.many import refuse_folder, refuse_in_place
from edi_lint.cli.options import (
    OUTPUT,
    AsOf,
    Config,
    File,
    PhiOption,
    Profile,
    Situations,
    settings_file,
    settings_of,
)
from edi_lint.cli.output import (
    Failure,
    Together,
    destination,
    failure,
    overwrites,
    tell,
    warn_of_terminal,
    write_as_private_as,
)
from edi_lint.cli.progress import working
from edi_lint.findings.file_result import remark
from edi_lint.findings.masking import Phi
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.words import count, counts, shown, why_more_errors

if TYPE_CHECKING:
    from edi_lint.edits.editing import Editing


def edit(
    file: File,
    at: Annotated[
        list[str] | None,
        typer.Option(
            "--at",
            metavar="PLACE",
            help="The element to set, as check prints places: set, # and segment, : and element, "
            "such as 0001#33:DTP03 or 0001#33:SV101-04. May be given several times.",
        ),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(
            "--value",
            metavar="TEXT",
            help='The value for the --at of the same rank; "" takes the value away.',
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write to this file; it appears complete or not at all.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    in_place: Annotated[
        bool,
        typer.Option(
            "--in-place", help="Write the result to the file itself.", rich_help_panel=OUTPUT
        ),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", help="Print what would change, and write nothing.", rich_help_panel=OUTPUT
        ),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Write the result even if it has more errors than the input.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    profile: Profile = None,
    rules: Situations = None,
    as_of: AsOf = None,
    phi: PhiOption = None,
    config: Config = None,
) -> None:
    """Set elements to values; all other bytes stay as they are.

    A place is the set's number (ST02), # and the segment's number in it (ST is 1), : and the
    element. Where several sets have that number, write the interchange and the group before it:
    000000905/1/0001#33:DTP03. An envelope is named by its own number: 000000905:ISA06, 1:GS03.
    Elements missing at the end of a segment are added with their separators.

    edit checks the file before and after, and writes the result only if it has no new errors.
    The shell may keep a value in its history, and other users may see it while edit runs.

    Exit status: 0 done; 1 with --diff when something would change; 2 if the result was refused or
    a place or value is not possible, and then nothing is written.

    \b
    Examples:
      edi-lint edit --diff outbound.837 --at 0001#79:CLM02 --value 455
      edi-lint edit outbound.837 --at 0001#79:CLM02 --value 455 -o edited.837
      edi-lint edit outbound.837 --at 0001#83:SV101-04 --value "" --in-place
    """
    from edi_lint.edits.editing import EditError
    from edi_lint.edits.editing import edit as edited
    from edi_lint.files.spool import StoreError

    values = _paired(at or [], value or [])
    refuse_folder(file, "edit")
    if in_place:
        refuse_in_place(file)
        if output is not None or diff:
            raise Failure(f"--in-place does not go with {'--diff' if diff else '--output'}")
    settings = settings_of(
        settings_file(config), rules=rules, profile=profile, as_of=as_of, phi=phi
    )
    target = Path(file) if in_place else output
    if output is not None and overwrites(output, [file]):
        raise Failure(f"{output}: is the input; --in-place overwrites it")
    if target is not None and overwrites(target, files_of(settings.ledger)):
        raise Failure(f"{target}: is a ledger; name another file")
    if not in_place and not diff:
        warn_of_terminal(output)
    write_as_private_as([file])
    collect_garbage()
    try:
        source = sys.stdin.buffer if file == STANDARD_INPUT else file
        with working("editing"):
            result = edited(source, values, settings)
        if diff:
            _show(result, file, output, settings.phi)
        if result.is_worse and not force:
            raise Failure(*why_more_errors(result.new_errors, result.examples, settings.phi))
        if not diff and (result.is_changed or not in_place):
            with Together() as outputs:
                outputs.stream(target).writelines(result.chunks())
    except (EditError, StoreError) as problem:
        raise failure(problem) from None
    tell(*_summary(result, diff, settings.phi))
    if said := remark(result.file):
        tell(said)
    if diff and result.is_changed:
        raise typer.Exit(1)


def _paired(places: list[str], values: list[str]) -> dict[str, str]:
    """Each place with its value. Raises Failure."""
    if not places or len(places) != len(values):
        raise Failure(
            f"{count(len(places), 'place')} (--at) and {count(len(values), 'value')} (--value): "
            'give a value for each place; --value "" takes a value away'
        )
    if len(set(places)) < len(places):
        raise Failure("a place (--at) is given twice; give one value for it")
    return dict(zip(places, values, strict=True))


def _show(result: Editing, file: str, output: Path | None, phi: Phi) -> None:
    from edi_lint.reporters import segment_diff

    with result.before() as before, result.after() as after, destination(output) as stream:
        for piece in segment_diff.render(before, after, file, phi, "edited"):
            stream.write(piece.encode())


def _summary(result: Editing, diff: bool, phi: Phi) -> list[str]:
    """How many values were set, which findings went and came, and what is left there."""
    number = count(len(result.places), "value")
    if not result.is_changed:
        return [f"nothing to change: {number} already there"]
    lines = [f"{number} {'to be set' if diff else 'set'}"]
    if result.gone:
        lines.append(f"findings that are gone: {counts(result.gone)}")
    if result.new:
        lines.append(f"findings that the original does not have: {counts(result.new)}")
    if result.still:
        lines.append("still found where a value was set:")
        lines += [f"  {shown(finding, phi)}" for finding in result.still]
    return lines
