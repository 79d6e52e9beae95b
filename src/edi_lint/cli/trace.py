"""`edi-lint trace`: what receivers answered, at its place in what was sent, and what goes next."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from edi_lint.cli.inputs import Inputs, Reopened, collect_garbage, expand
from edi_lint.cli.options import (
    LEDGER,
    LEDGER_VARIABLE,
    OUTPUT,
    AsOf,
    Config,
    Output,
    PhiOption,
    Profile,
    Situations,
    Threshold,
    listed,
    settings_file,
    settings_of,
    unknown_claims,
)
from edi_lint.cli.output import Failure, destinations, overwrites, tell, write_as_private_as
from edi_lint.cli.terminal import wants_colour, wants_links, width
from edi_lint.findings.masking import printable
from edi_lint.ledger.ledger_files import files_of
from edi_lint.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from edi_lint.findings.masking import Phi
    from edi_lint.ledger.sent_index import SentIndex
    from edi_lint.responses.model import Answers
    from edi_lint.settings import Settings
    from edi_lint.tracing.model import Trace

NEXT = "The next file"
"""A heading of the help."""


class TraceFormat(StrEnum):
    """How a trace is printed."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"
    SARIF = "sarif"
    HTML = "html"


def trace(
    answers: Annotated[
        list[str],
        typer.Argument(
            metavar="ANSWERS", help="Files, folders or globs of answers; - is standard input."
        ),
    ],
    sent: Annotated[
        list[str] | None,
        typer.Option(
            "--sent",
            metavar="PATHS",
            help="What was sent: a file, a folder or a glob; may be given several times.  "
            "[default: the settings' sent]",
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="LIST",
            help="Show only claims that are rejected, accepted, received or forwarded.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    claims: Annotated[
        list[str] | None,
        typer.Option(
            "--claims",
            metavar="ID,…",
            help="Show only these claims, by CLM01 or ST02/n (n-th claim of a set).",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    hcpcs: Annotated[
        list[str] | None,
        typer.Option(
            "--hcpcs",
            metavar="CODE,…",
            help="Show only claims with a service line of one of these procedure codes.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    resubmit: Annotated[
        Path | None,
        typer.Option(
            "--resubmit",
            metavar="FILE",
            help="Write the claims that may go again now; a folder gets a file for each "
            "interchange.",
            rich_help_panel=NEXT,
        ),
    ] = None,
    held: Annotated[
        Path | None,
        typer.Option(
            "--held",
            metavar="FILE",
            help="Write the claims that must be fixed first.",
            rich_help_panel=NEXT,
        ),
    ] = None,
    log: Annotated[
        Path | None,
        typer.Option(
            "--log",
            metavar="FILE",
            help="Write a line of JSON for each claim: where it is, why, and what was changed.",
            rich_help_panel=NEXT,
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FILE",
            help="Values that fix rejected claims: a CSV, JSON or YAML file with the fields claim, "
            "at (a place, such as 0001#33:DTP03) and value.",
            rich_help_panel=NEXT,
        ),
    ] = None,
    control_number: Annotated[
        int | None,
        typer.Option(
            "--control-number",
            min=1,
            max=999_999_999,
            metavar="N",
            help="Count the interchanges of --resubmit from this number on.  [default: the "
            "ledger's next]",
            rich_help_panel=NEXT,
        ),
    ] = None,
    likely: Annotated[
        bool,
        typer.Option(
            "--likely",
            help="Write also claims of which the match with the answer is only likely.",
            rich_help_panel=NEXT,
        ),
    ] = False,
    unanswered: Annotated[
        int | None,
        typer.Option(
            "--unanswered",
            min=0,
            metavar="DAYS",
            help="List also claims that nobody has answered for so many days.",
        ),
    ] = None,
    scores: Annotated[
        bool,
        typer.Option(
            "--scores", help="Count for each rule how often receivers agreed with its findings."
        ),
    ] = False,
    ledger: Annotated[
        str | None,
        typer.Option(
            envvar=LEDGER_VARIABLE,
            metavar="default|FILE|URL",
            help="The ledger that knows which answers were acted on, and gives control numbers.  "
            "[default: the settings']",
            rich_help_panel=LEDGER,
        ),
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Remember in the ledger where the sets and claims of the sent files are, so that "
            "the next trace need not read them again.",
            rich_help_panel=LEDGER,
        ),
    ] = False,
    output_format: Annotated[
        list[str] | None,
        typer.Option(
            "--output-format",
            metavar="FORMAT[=FILE]",
            help="Print text, json (one document), jsonl (a line each), csv or xlsx (a row for "
            "each answer), sarif or html (one page). Several at once: html=trace.html writes to "
            "that file.  [default: text]",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Output = None,
    fail_on: Annotated[
        Threshold,
        typer.Option(
            "--fail-on",
            help="Exit with 1 if something is of this severity or worse: rejected is an error, "
            "unmatched or contradictory a warning.",
        ),
    ] = Threshold.ERROR,
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Print no summary.", rich_help_panel=OUTPUT),
    ] = False,
    phi: PhiOption = None,
    profile: Profile = None,
    rules: Situations = None,
    as_of: AsOf = None,
    config: Config = None,
) -> None:
    """Trace answers (TA1, 997, 999, 277CA) to the claims that were sent, and to what to do.

    Answers are told apart by their content. For each rejection, trace shows the segment of the
    sent 837P, what the answer means, the rule that finds it and the route of the claim. A match is
    exact, likely, ambiguous or none; only exact ones are written to --resubmit and --held.

    Every claim that was rejected is written once or listed. It goes to --resubmit only when its
    fault is gone; claims of a rejected set that no error names go again as they are.

    Exit status: 0 nothing at or above --fail-on; 1 something is; 2 the work could not be done, or
    an answer file could not be read.

    \b
    Examples:
      edi-lint trace 277ca.txt --sent outbound/
      edi-lint trace answers/ --sent outbound/ --resubmit again.837 --held fix-first.837
      edi-lint trace 999.txt --sent outbound.837 --output-format json
    """
    from edi_lint.files.spool import StoreError
    from edi_lint.tracing.model import narrowed
    from edi_lint.tracing.trace import TraceWishes
    from edi_lint.tracing.trace import trace as traced
    from edi_lint.x12.errors import EdiLintError

    file = settings_file(config)
    settings = settings_of(file, rules=rules, profile=profile, as_of=as_of, phi=phi, ledger=ledger)
    if record and not settings.ledger:
        raise Failure("--record goes with --ledger, such as --ledger default")
    given = sent or [str(path) for path in settings.sent]
    if not given:
        raise Failure("--sent is missing: name the file or the folder with what was sent")
    chosen = _statuses(status)
    names = listed(claims, "--claims") if claims else []
    codes = tuple(code.upper() for code in listed(hcpcs, "--hcpcs")) if hcpcs else ()
    inputs, sent_files = expand(answers), _sent_files(given)
    taken = [*inputs, *sent_files, *files_of(settings.ledger), *([str(data)] if data else [])]
    outputs = _outputs(output_format or ["text"], output, taken)
    write_as_private_as([*inputs, *sent_files, *([str(data)] if data else [])])
    collect_garbage()
    opener = Reopened()
    wishes = TraceWishes(unanswered, scores, codes)
    try:
        read = _AnswerFiles(inputs, opener)
        index = _index(settings.ledger, sent_files, opener, record)
        result = traced(read, sent_files, opener, settings, wishes, index)
        said = _next(result, settings, (resubmit, held, log), data, control_number, likely, taken)
    except StoreError as problem:
        raise Failure(str(problem)) from None
    except EdiLintError as problem:
        raise Failure(*str(problem).splitlines()) from None
    shown, unknown = narrowed(result, chosen, names, codes)
    if unknown:
        raise Failure(*unknown_claims(unknown, settings.phi))
    is_part = bool(chosen or names or codes)
    shows_claims = phi is not None or "phi" in file.keys
    try:
        _print(shown, outputs, settings, opener, is_part, quiet, shows_claims)
    except EdiLintError as problem:
        raise Failure(str(problem)) from None
    for line in (*result.problems, *result.skipped, *said):
        tell(line)
    if read.refused or result.problems:
        raise typer.Exit(2)
    worst = fail_on.severity
    if worst is not None and any(
        n for s, n in result.severities().items() if n and type(worst)(s).rank <= worst.rank
    ):
        raise typer.Exit(1)


def _statuses(given: list[str] | None) -> frozenset[str]:
    """The statuses that --status names. Raises Failure."""
    if not given:
        return frozenset()
    from edi_lint.tracing.model import Status

    known = [status.value for status in Status]
    for name in (names := listed(given, "--status")):
        if name not in known:
            near = nearest(name, known, 0.6)
            hint = f"; did you mean {near}?" if near else ""
            raise Failure(f"--status {printable(name)}: is not one of {', '.join(known)}{hint}")
    return frozenset(names)


def _sent_files(paths: list[str]) -> Inputs:
    """The sent files that paths mean. Raises Failure for a folder without any."""
    files = expand(paths)
    for path in files:
        if path in paths and Path(path).is_dir():
            raise Failure(f"{path}: no file in this folder is an 837; name what was sent")
    return files


def _index(ledger: str, sent: Sequence[str], opener: Reopened, record: bool) -> SentIndex | None:
    """The ledger's index of sent files, with those that it lacks if they are to be recorded."""
    if not ledger:
        return None
    from edi_lint.ledger.database import Ledger
    from edi_lint.ledger.sent_index import SentIndex

    index = SentIndex(Ledger(ledger, make=record))
    if record:
        known = index.known(sent)
        for path in sent:
            if path not in known:
                with suppress(OSError), opener(path) as stream:  # reading it again says why
                    index.record(path, stream)
    return index


class _AnswerFiles:
    """The answer files, read one after the other; `refused` says that one could not be read."""

    def __init__(self, inputs: Inputs, opener: Reopened) -> None:
        self._inputs = inputs
        self._opener = opener
        self.refused = False

    def __iter__(self) -> Iterator[Answers]:
        from edi_lint.responses.reading import read_answers

        for path in self._inputs:
            try:
                with self._opener(path) as stream:
                    answers = read_answers(stream, path)
            except OSError as problem:
                tell(f"{path}: {problem.strerror or type(problem).__name__}")
                self.refused = True
                continue
            for said in answers.problems:
                tell(f"{path}: {said}")
                self.refused = self.refused or path not in self._inputs.found
            yield answers


def _outputs(
    given: Sequence[str], output: Path | None, taken: Sequence[str]
) -> list[tuple[TraceFormat, Path | None]]:
    """The formats, each with the file that it goes to. Raises Failure."""
    found: list[tuple[TraceFormat, Path | None]] = []
    for text in given:
        name, equals, path = text.partition("=")
        if name not in list(TraceFormat):
            near = nearest(name, list(TraceFormat), 0.6)
            hint = f"; did you mean {near}?" if near else ""
            choices = ", ".join(TraceFormat)
            raise Failure(f"--output-format {printable(name)}: is not one of {choices}{hint}")
        if equals and not path:
            raise Failure(f"--output-format {text}: name a file after the equals sign")
        found.append((TraceFormat(name), Path(path) if path else output))
    places = [path for _, path in found]
    if len(set(places)) < len(places):
        raise Failure("--output-format: two formats go to the same place; name a file for each")
    for one, place in found:
        if one is TraceFormat.XLSX and place is None:
            raise Failure("--output-format xlsx: name a file, as in xlsx=trace.xlsx")
        if one is TraceFormat.XLSX and find_spec("openpyxl") is None:
            raise Failure("--output-format xlsx needs openpyxl: pip install 'edi-lint[xlsx]'")
    for place in filter(None, places):
        if overwrites(place, taken):
            raise Failure(f"{place}: is one of the inputs or a ledger; name another file")
    return found


def _print(
    result: Trace,
    outputs: Sequence[tuple[TraceFormat, Path | None]],
    settings: Settings,
    opener: Reopened,
    is_part: bool,
    quiet: bool,
    shows_claims: bool,
) -> None:
    """Print each format; SARIF, which is posted elsewhere, without claim numbers unless
    `shows_claims`."""
    with destinations([path for _, path in outputs]) as writers:
        for (one, path), write in zip(outputs, writers, strict=True):
            if one is TraceFormat.SARIF and not shows_claims:
                from edi_lint.findings.masking import Phi
                from edi_lint.reporters import trace_sarif

                write(trace_sarif.pieces(result, Phi.NONE))
            elif one is TraceFormat.HTML:
                from edi_lint.reporters import trace_page

                write(trace_page.pieces(result, settings.phi, opener))
            else:
                write(_pieces(one, result, settings, path, is_part, quiet))


def _pieces(
    one: TraceFormat,
    result: Trace,
    settings: Settings,
    path: Path | None,
    is_part: bool,
    quiet: bool,
) -> Iterator[bytes]:
    if make := _maker(one):
        yield from make(result, settings.phi)
        return
    import sys

    from edi_lint.reporters.reporter import Asked
    from edi_lint.reporters.tally import Tally
    from edi_lint.reporters.trace_text import TraceText

    terminal: dict[str, Any] = {}
    if path is None:
        out = sys.stdout
        terminal = {"colour": wants_colour(out), "links": wants_links(out), "width": width(out)}
    asked = Asked(settings.phi, Tally(), quiet=quiet, **terminal)
    yield from TraceText(asked, result, is_part).pieces()


def _maker(one: TraceFormat) -> Callable[[Trace, Phi], Iterator[bytes]] | None:
    """What makes a format that is the same on a terminal and in a file."""
    from edi_lint.reporters import trace_csv, trace_json, trace_sarif, trace_xlsx

    return {
        TraceFormat.JSON: trace_json.document,
        TraceFormat.JSONL: trace_json.lines,
        TraceFormat.CSV: trace_csv.pieces,
        TraceFormat.XLSX: trace_xlsx.pieces,
        TraceFormat.SARIF: trace_sarif.pieces,
    }.get(one)


def _next(
    result: Trace,
    settings: Settings,
    wanted: tuple[Path | None, Path | None, Path | None],
    data: Path | None,
    control_number: int | None,
    likely: bool,
    taken: Sequence[str],
) -> list[str]:
    """Write what goes next; what standard error says of it."""
    if not any(wanted):
        if data is not None or control_number is not None:
            raise Failure("--data and --control-number go with --resubmit, --held or --log")
        return []
    from dataclasses import replace

    from edi_lint.cli.resubmitting import NextOutputs
    from edi_lint.cli.resubmitting import resubmit as written
    from edi_lint.findings.masking import Phi
    from edi_lint.ledger.database import in_use
    from edi_lint.tracing.next_claims import (
        answered_claims,
        counted_rejections,
        listed_rejections,
        names_of,
    )
    from edi_lint.transform.claim_data import read_data

    settings = replace(settings, ledger=in_use(settings.ledger))
    said = []
    if not settings.ledger:
        said.append(
            "no ledger is in use: whether a claim was sent again before is judged by the sent "
            "files alone (--ledger remembers it)"
        )
    given = read_data(data, settings.phi is not Phi.NONE) if data else None
    made = written(
        answered_claims(result, likely),
        NextOutputs(*wanted),
        settings,
        unmatched=listed_rejections(result, settings.phi),
        data=given,
        names=names_of(result),
        control_number=control_number,
        inputs=taken,
    )
    return [*said, *counted_rejections(result), *made.said]
