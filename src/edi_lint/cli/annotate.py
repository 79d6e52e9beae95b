"""`edi-lint annotate`: explain a file segment by segment, findings in place."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from edi_lint.cli.inputs import STANDARD_INPUT, collect_garbage
from edi_lint.cli.many import refuse_folder
from edi_lint.cli.options import (
    OUTPUT,
    AsOf,
    Claims,
    Config,
    File,
    Ignore,
    Level,
    Output,
    PhiOption,
    Select,
    Situations,
    listed,
    settings_file,
    settings_of,
    unknown_claims,
)
from edi_lint.cli.output import Failure, destination, overwrites, tell, write_as_private_as
from edi_lint.cli.progress import working
from edi_lint.files.rereadable import copy_of
from edi_lint.files.sources import open_input
from edi_lint.findings.file_result import read_to_claims, remark
from edi_lint.ledger.ledger_files import files_of
from edi_lint.run.unchecked import is_answer_file
from edi_lint.x12.encoding import single_bytes

if TYPE_CHECKING:
    from edi_lint.settings import Settings
    from edi_lint.transform.annotate import Annotation
    from edi_lint.transform.templates import TemplateSource

_BY_ENDING = {".html": "html", ".htm": "html", ".md": "markdown"}
"""The template for an output whose name ends so."""


def annotate(
    file: File,
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            metavar="NAME|FILE",
            help="text, html, markdown, or the path of a Jinja template. Without it: html where "
            "--output ends in .html, markdown where it ends in .md, text otherwise.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Output = None,
    claims: Claims = None,
    select: Select = None,
    ignore: Ignore = None,
    level: Level = None,
    rules: Situations = None,
    as_of: AsOf = None,
    phi: PhiOption = None,
    config: Config = None,
) -> None:
    """Explain a file: name every element, and show each finding in its place.

    Answers (TA1, 999, 997, 277CA) are explained too; what they are about, trace finds.
    As text, as one page of HTML, as Markdown, or through a template of your own.

    Exit status: 0 annotated, whatever was found; 2 the work could not be done, or the file has
    neither an 837P nor answers, and is annotated nevertheless.

    \b
    Examples:
      edi-lint annotate outbound.837
      edi-lint annotate outbound.837 -o outbound.html
      edi-lint annotate outbound.837 --claims HI-26-0614
      edi-lint annotate outbound.837 --template markdown --select MOD
    """
    from edi_lint.transform import templates

    refuse_folder(file, "annotate")
    for taken in (file, template or ""):
        if output is not None and overwrites(output, [taken]):
            raise Failure(f"{output}: would overwrite {taken}; name another file for --output")
    settings = settings_of(
        settings_file(config),
        rules=rules,
        select=select,
        ignore=ignore,
        level=level,
        as_of=as_of,
        phi=phi,
    )
    if output is not None and overwrites(output, files_of(settings.ledger)):
        raise Failure(f"{output}: is a ledger; name another file for --output")
    named = tuple(listed(claims, "--claims"))
    write_as_private_as([file])
    by_ending = _BY_ENDING.get(output.suffix.lower(), "text") if output is not None else "text"
    name, is_html = template or by_ending, by_ending == "html"
    try:
        source = templates.find("annotate", name)
        autoescape = is_html or source.is_markup
        rendered = _shipped if source.shipped else _confined
        with (
            _opened(file) as stream,
            working("annotating", printing=output is None),
            closing(rendered(source, stream, file, settings, autoescape, named)) as pieces,
        ):
            first = next(pieces, "")
            with destination(output) as sink:
                for piece in chain([first], pieces):
                    sink.write(piece.encode())
            read = read_to_claims(stream, file)
    except templates.TemplateProblem as problem:
        raise Failure(str(problem)) from None

    if not read.checked and not is_answer_file(read):
        tell(remark(read))
        raise typer.Exit(2)


def _shipped(
    source: TemplateSource,
    stream: BinaryIO,
    file: str,
    settings: Settings,
    autoescape: bool,
    claims: tuple[str, ...],
) -> Generator[str, None, None]:
    """What one of our templates prints."""
    from edi_lint.transform import templates

    compiled = templates.compiled(templates.environment("annotate", autoescape), source)
    with _linted(stream, file, settings, claims) as annotation:
        yield from annotation.render(compiled, source.path)


def _confined(
    source: TemplateSource,
    stream: BinaryIO,
    file: str,
    settings: Settings,
    autoescape: bool,
    claims: tuple[str, ...],
) -> Generator[str, None, None]:
    """What a template of the user's prints, in a process of its own. Raises Failure."""
    from edi_lint.run.drive import Linter
    from edi_lint.transform.confined import Stopped
    from edi_lint.transform.confined_annotation import annotated

    Linter(settings)  # a mistake in a profile or a pack is reported here as everywhere
    try:
        yield from annotated(stream, file, source, settings, autoescape=autoescape, claims=claims)
    except Stopped as problem:
        raise Failure(str(problem)) from None
    except OSError as problem:
        raise Failure(f"{file}: {problem.strerror}") from None


def _linted(stream: BinaryIO, file: str, settings: Settings, claims: tuple[str, ...]) -> Annotation:
    from edi_lint.transform.annotate import Annotation
    from edi_lint.x12 import NotX12Error

    try:
        annotation = Annotation(stream, file, settings, claims=claims)
    except NotX12Error as problem:
        raise Failure(f"{file}: {problem}") from None
    except OSError as problem:
        raise Failure(f"{file}: {problem.strerror}") from None
    if annotation.unknown_claims:
        annotation.close()
        raise Failure(*unknown_claims(annotation.unknown_claims, settings.phi))
    return annotation


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """The input as a stream that can be read twice; what cannot is copied to a temporary file."""
    collect_garbage()
    if file == STANDARD_INPUT:
        yield single_bytes(copy_of(sys.stdin.buffer))
        return
    with ExitStack() as stack:
        try:
            source = stack.enter_context(open_input(file))
        except OSError as problem:
            raise Failure(f"{file}: {problem.strerror}") from None
        yield single_bytes(source if source.seekable() else copy_of(source))
