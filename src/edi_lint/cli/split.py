"""`edi-lint split`: clean claims to one file, held claims to another, and why they are held."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, NamedTuple

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, Inputs, collect_garbage, expand
from edi_lint.cli.many import is_many, is_other, names, ready, refuse_nothing, results, single
from edi_lint.cli.options import (
    OUTPUT,
    AsOf,
    Config,
    Ignore,
    Level,
    Paths,
    PhiOption,
    Profile,
    Select,
    Situations,
    Threshold,
    choice,
    settings_file,
    settings_of,
)
from edi_lint.cli.output import (
    Failure,
    Together,
    destination,
    overwrites,
    same_target,
    tell,
    write_as_private_as,
)
from edi_lint.cli.progress import working
from edi_lint.files.paths import is_file, is_folder, is_there
from edi_lint.findings import Severity
from edi_lint.findings.file_result import remark
from edi_lint.findings.masking import Phi
from edi_lint.ledger.ledger_files import files_of
from edi_lint.reporters.words import count, why_worse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from edi_lint.settings import Settings
    from edi_lint.transform.split import SplitPart, Splitting


def split(
    paths: Paths,
    clean: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Write the claims that may be sent to this file, or for several inputs to files "
            "in this folder.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    held: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="The same for the claims that are held, and for what has no claim.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a report of what went where and why: JSON in a file that ends in .json, "
            "CSV in .csv, otherwise text. One report for all inputs.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    fail_on: Annotated[
        Threshold | None,
        typer.Option(
            help="Hold claims with a finding of this severity or worse.  [default: error]"
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Write the files even if they have more errors than the input.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    select: Select = None,
    ignore: Ignore = None,
    level: Level = None,
    profile: Profile = None,
    rules: Situations = None,
    as_of: AsOf = None,
    phi: PhiOption = None,
    config: Config = None,
) -> None:
    """Split a file into claims to send and claims to hold.

    Both files are valid, and every claim is in one of them, unchanged. A claim is held by a finding
    in the claim, in a level above it, or in its envelopes. Name a file with --clean, --held or
    both. All files appear, or none.

    For several inputs, a folder or a glob, name folders: each result has the name of its input. The
    two results of an input appear together. split names each file that it cannot split, writes
    nothing of it, and goes on with the others. In a folder or a glob it skips files without an
    837P.

    Exit status: 0 no claim is held, 1 claims are held, 2 if a file was refused or could not be
    split, and then nothing of it is written.

    \b
    Examples:
      edi-lint split outbound.837 --clean clean.837 --held held.837 --report held.json
      edi-lint split outbound.837 --clean clean.837 --fail-on warning
      edi-lint split outbound/ --clean clean/ --held held/ --report held.csv
    """
    from edi_lint.files.spool import StoreError
    from edi_lint.settings import SettingsError
    from edi_lint.transform.split import SplitError

    found = settings_file(config)
    settings = settings_of(
        found,
        rules=rules,
        select=select,
        ignore=ignore,
        level=level,
        profile=profile,
        as_of=as_of,
        phi=phi,
    )
    chosen = choice(fail_on, found, "fail-on", found.fail_on, Threshold.ERROR)
    outputs = [path for path in (clean, held, report) if path is not None]
    if clean is None and held is None:
        raise Failure("there is nothing to write: name a file with --clean, --held, or both")
    inputs = expand(paths)
    if is_many(inputs):
        taken = _taken(inputs, found.path, settings)
        many = _Many(paths, inputs, settings, chosen.severity, force, str(found.path))
        _split_all(many, clean, held, report, taken)
        return
    (file,) = inputs
    if is_folder(file):
        refuse_nothing(file)
    clean, held = single(clean, file), single(held, file)
    outputs = [path for path in (clean, held, report) if path is not None]
    _refuse_same(outputs, _taken([file], found.path, settings))
    write_as_private_as([file])
    collect_garbage()
    threshold = chosen.severity
    try:
        result = _written(file, settings, threshold, clean, held, report, force)
    except (SplitError, StoreError, SettingsError) as problem:
        raise Failure(str(problem)) from None
    tell(*_summary(result, clean, held))
    if said := remark(result.file):
        tell(said)
    for line in result.hidden.lines(str(found.path)) if result.hidden else ():
        tell(line)
    if result.held.claims:
        raise typer.Exit(1)


class _Many(NamedTuple):
    """Several inputs, and how they are split."""

    paths: list[str]
    inputs: Inputs
    settings: Settings
    threshold: Severity | None
    force: bool
    source: str
    """Where the settings are from."""


def _split_all(
    many: _Many, clean: Path | None, held: Path | None, report: Path | None, taken: list[str]
) -> None:
    """Split each input, and report and pass over what cannot be split. Raises Failure and Exit."""
    from edi_lint.files.spool import StoreError
    from edi_lint.reporters.held_batch import HeldBatch
    from edi_lint.settings import SettingsError
    from edi_lint.transform.split import SplitError

    paths, inputs, settings, threshold, force, source = many
    remarks: Counter[str] = Counter()
    named = names(paths)
    cleans = results(clean, "--clean", paths, named) if clean else {}
    helds = results(held, "--held", paths, named) if held else {}
    if clean and held and same_target(clean, held):
        raise Failure(f"{held}: is named twice; each output needs a folder of its own")
    if report is not None:
        _refuse_same([report], [*taken, *map(str, (*cleans.values(), *helds.values()))])
    batch = HeldBatch(report.suffix if report else "", settings.phi)
    skipped = 0
    collect_garbage()
    with Together() as whole:
        write = (lambda pieces: None) if report is None else _encoded(whole.stream(report))
        write(batch.begin())
        for file in named:
            write_as_private_as([file])
            if is_other(file, inputs):
                skipped += 1
                continue
            try:
                one, other = (ready(t[file]) if t else None for t in (cleans, helds))
                result = _written(file, settings, threshold, one, other, None, force)
            except (Failure, SplitError, StoreError, SettingsError) as problem:
                lines = problem.lines if isinstance(problem, Failure) else (str(problem),)
                tell(*lines)
                batch.fail(file, lines[0])
                continue
            if said := remark(result.file):
                tell(said)
            remarks.update(result.hidden.lines(source) if result.hidden else ())
            tell(f"{file}: {result.held.claims} of {count(result.whole.claims, 'claim')} held")
            for piece in batch.add(result):
                write([piece])
        write(batch.end())
        write_as_private_as(inputs)
    total = batch.total()
    total += [f"{batch.failed} not split"] if batch.failed else []
    total += [f"{skipped} skipped, as they have no 837P"] if skipped else []
    tell(*total)
    for line, number in remarks.items():
        if number == batch.files:  # what is so for one file only may not be for all of them
            tell(line)
    if batch.failed or not batch.files:
        raise typer.Exit(2)
    if batch.held:
        raise typer.Exit(1)


def _encoded(stream: BinaryIO) -> Callable[[Iterable[str]], None]:
    """What writes texts to a stream."""
    return lambda pieces: stream.writelines(piece.encode() for piece in pieces)


def _taken(files: Sequence[str], source: Path | None, settings: Settings) -> list[str]:
    """The files that are read, and so are not to be written."""
    read = (
        source,
        settings.baseline,
        settings.profile,
        *settings.packs,
        *settings.profiles,
        *settings.rules,
    )
    ledgers = files_of(settings.ledger)
    return [*files, *(str(path) for path in read if path), *ledgers]


def _refuse_same(outputs: list[Path], taken: list[str]) -> None:
    """Raises Failure where an output would overwrite an input, or another output."""
    for n, output in enumerate(outputs):
        if overwrites(output, taken):
            raise Failure(f"{output}: is one of the inputs; name another file")
        if overwrites(output, outputs[:n]):
            raise Failure(f"{output}: is named twice; each output needs a file of its own")


def _written(
    file: str,
    settings: Settings,
    threshold: Severity | None,
    clean: Path | None,
    held: Path | None,
    report: Path | None,
    force: bool,
) -> Splitting:
    """Split, and write it all. The clean file appears last: never without its counterpart."""
    from edi_lint.transform.split import split as divided

    with Together() as outputs:
        held_stream = outputs.open(held) if held else None
        report_stream = _opened(report, outputs)
        clean_stream = outputs.open(clean) if clean else None
        with working("splitting"):
            result = divided(
                sys.stdin.buffer if file == STANDARD_INPUT else file,
                settings,
                fail_on=threshold,
                clean=clean_stream,
                held=held_stream,
            )
        if result.is_worse and not force:
            raise Failure(*why_worse(result, settings.phi))
        for part, stream in ((result.clean, clean_stream), (result.held, held_stream)):
            if stream is not None and not part.size:
                outputs.leave_out(stream)
        if report is not None:
            pieces = (piece.encode() for piece in _rendered(result, report, settings.phi))
            if report_stream is not None:
                report_stream.writelines(pieces)
            else:
                with destination(report) as stream:
                    stream.writelines(pieces)
    return result


def _opened(report: Path | None, outputs: Together) -> BinaryIO | None:
    """The report as a file that appears with the others; a device or a pipe cannot be one."""
    if report is None or (is_there(report) and not is_file(report)):
        return None
    return outputs.open(report)


def _rendered(result: Splitting, report: Path, phi: Phi) -> Iterator[str]:
    if report.suffix.lower() == ".json":
        from edi_lint.reporters import held_json

        return held_json.render(result, phi)
    if report.suffix.lower() == ".csv":
        from edi_lint.reporters import held_csv

        return held_csv.render(result, phi)
    from edi_lint.reporters import held_text

    return held_text.render(result, phi)


def _summary(result: Splitting, clean: Path | None, held: Path | None) -> list[str]:
    """What went where, and what to do with it."""
    from edi_lint.rules.catalogue import fault_of

    lines = [f"{result.held.claims} of {count(result.whole.claims, 'claim')} held"]
    for name, part, output in (("clean", result.clean, clean), ("held", result.held, held)):
        if part.size:
            where = str(output) if output else "not written"
            lines.append(f"{name}: {_contents(part)} ({where})")
        elif output:
            lines.append(f"{name}: nothing, so {output} is not written")
    if result.stray:
        lines.append(
            f"in neither file: {count(result.stray, 'byte')} outside of segments, with which no "
            "claim is held"
        )
    lines.append(f"input: {_contents(result.whole)}")
    lines += [
        f"{r.code} {fault_of(r.code, r.name)} ({count(r.claims, 'claim')})" for r in result.rules()
    ]
    if result.is_worse:
        lines.append("written although it is worse than the input (--force)")
    if clean and held and result.clean.size and result.held.size:
        lines.append(
            f"{clean} and {held} share a control number. After fixing {held}, run: "
            f"edi-lint rewrite {held} --template resend"
        )
    return lines


def _contents(part: SplitPart) -> str:
    from edi_lint.claims.money import dollars

    claims, lines = count(part.claims, "claim"), count(part.service_lines, "service line")
    return f"{claims}, {lines}, {dollars(part.charges)}"
