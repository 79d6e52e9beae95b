"""edi-lint: a linter and transformer for X12 837P claim files.

`check` lints, `fix` repairs what needs no decision, `edit` sets single elements, `read` gives the
claims as typed objects, `rewrite` makes a file to resubmit, `split` separates clean claims from
held ones, `redact` makes a file without protected data, `report` says what is at risk in many
files, `answers` reads what receivers answered, and `trace` says what that is about and what goes
next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edi_lint.files.version import VERSION as __version__

if TYPE_CHECKING:
    from threading import Event

    from edi_lint.batch_report.report import BatchReport, PreviousError
    from edi_lint.claims import Claim
    from edi_lint.codes.loading import LoadError
    from edi_lint.codes.tables import TableError
    from edi_lint.edits.editing import EditError, Editing
    from edi_lint.edits.fixing import FixError, Fixing
    from edi_lint.engine import EngineError
    from edi_lint.files.outputs import OutputError
    from edi_lint.files.sources import ReadError, Source
    from edi_lint.files.spool import StoreError
    from edi_lint.findings.file_result import ClaimTooLongError
    from edi_lint.findings.report import Not837PError, Report
    from edi_lint.packs import PackError
    from edi_lint.reporters.trace_xlsx import WorkbookError
    from edi_lint.responses import Answers
    from edi_lint.responses.reading import NoAnswersError
    from edi_lint.rules.answers import AnswerError
    from edi_lint.rules.situations_file import SituationError
    from edi_lint.run.check_file import WorkerError
    from edi_lint.settings import LedgerError, Settings, SettingsError
    from edi_lint.settings.baseline import BaselineError
    from edi_lint.tracing.model import Trace
    from edi_lint.transform.claim_data import DataProblem, Given
    from edi_lint.transform.next_file import NextFileError
    from edi_lint.transform.redact import RedactError, Redaction
    from edi_lint.transform.rendering import RewriteMemoryError
    from edi_lint.transform.rewrite import RewriteError, Rewriting
    from edi_lint.transform.split import SplitError, Splitting
    from edi_lint.transform.templates import TemplateMemoryError, TemplateProblem
    from edi_lint.watching.service import WatchError
    from edi_lint.x12 import NotX12Error
    from edi_lint.x12.errors import EdiLintError


_DEFINED_IN = {
    "AnswerError": "rules.answers",
    "BaselineError": "settings.baseline",
    "ClaimTooLongError": "findings.file_result",
    "DataProblem": "transform.claim_data",
    "EdiLintError": "x12.errors",
    "EditError": "edits.editing",
    "EngineError": "engine",
    "FixError": "edits.fixing",
    "LedgerError": "settings",
    "LoadError": "codes.loading",
    "NextFileError": "transform.next_file",
    "NoAnswersError": "responses.reading",
    "Not837PError": "findings.report",
    "NotX12Error": "x12",
    "OutputError": "files.outputs",
    "PackError": "packs",
    "PreviousError": "batch_report.report",
    "ReadError": "files.sources",
    "RedactError": "transform.redact",
    "RewriteError": "transform.rewrite",
    "RewriteMemoryError": "transform.rendering",
    "Settings": "settings",
    "SettingsError": "settings",
    "SituationError": "rules.situations_file",
    "SplitError": "transform.split",
    "StoreError": "files.spool",
    "TableError": "codes.tables",
    "TemplateMemoryError": "transform.templates",
    "TemplateProblem": "transform.templates",
    "WatchError": "watching.service",
    "WorkbookError": "reporters.trace_xlsx",
    "WorkerError": "run.check_file",
}
"""Where each public class is defined; it is imported when it is first asked for."""

__all__ = [
    "AnswerError",
    "BaselineError",
    "ClaimTooLongError",
    "DataProblem",
    "EdiLintError",
    "EditError",
    "EngineError",
    "FixError",
    "LedgerError",
    "LoadError",
    "NextFileError",
    "NoAnswersError",
    "Not837PError",
    "NotX12Error",
    "OutputError",
    "PackError",
    "PreviousError",
    "ReadError",
    "RedactError",
    "RewriteError",
    "RewriteMemoryError",
    "Settings",
    "SettingsError",
    "SituationError",
    "SplitError",
    "StoreError",
    "TableError",
    "TemplateMemoryError",
    "TemplateProblem",
    "WatchError",
    "WorkbookError",
    "WorkerError",
    "__version__",
    "answers",
    "check",
    "edit",
    "fix",
    "read",
    "redact",
    "report",
    "rewrite",
    "split",
    "trace",
    "watch",
]


def __getattr__(name: str) -> Any:
    if name not in _DEFINED_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_DEFINED_IN[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__


def answers(source: Source) -> Answers:
    """What a receiver's answer file says: TA1, 999, 997 and 277CA, told apart by their content.

    The objects have the byte ranges of the segments that say it. What could not be read of a file
    is in `problems` and `unplaced`. Raises NoAnswersError for an input without any answer, and
    OSError, as ReadError, for one that cannot be read.
    """
    from edi_lint.responses.reading import NoAnswersError, read_answers

    found = read_answers(source)
    if not found.kinds:
        raise NoAnswersError("; ".join(found.problems))
    return found


def check(
    source: Source,
    settings: Settings | None = None,
    *,
    fail_on: str | None = "error",
) -> Report:
    """Lint one input: a path, its bytes, or a binary stream.

    The report has the findings in file order. `report.ok` is true only when all of the input was
    checked and nothing as bad as `fail_on` (error, warning or info; None: nothing is) was found.
    What the settings suppress, or have in a baseline, is not among the findings: `report.hidden`
    says what it was. A transaction set that is not an 837P, beside others that are, is skipped: the
    report says so (ENV011), and is not ok. Where the settings name a ledger it is asked, and
    nothing is recorded in it.

    Raises, each an `EdiLintError`: ReadError for an input that cannot be read, NotX12Error for one
    that is empty or not X12, Not837PError for one without any 837P (its `report` has what else was
    found); SettingsError for settings that cannot be used and BaselineError for their baseline,
    PackError for their rule packs and profiles, LedgerError for their ledger; TableError for a code
    table that is broken, StoreError where temporary files cannot be written, EngineError where
    EDI_LINT_ENGINE asks for an engine that is not there.
    """
    from edi_lint.run.checking import check as checked

    return checked(source, settings, fail_on)


def edit(
    source: Source,
    values: Mapping[str, str],
    settings: Settings | None = None,
) -> Editing:
    """Set elements of an input to values; every other byte stays as it is.

    `values` map places to values. A place is the set's number (ST02), `#` and the segment's number
    in it (ST is 1), `:` and the element, such as `0001#33:DTP03` or `0001#33:SV101-04`; where
    several sets have that number, with the interchange and the group before it,
    `000000905/1/0001#33:DTP03`. An envelope is named by its own number: `000000905:ISA06`,
    `1:GS03`. An empty value takes the value away. Places are those of the input, whatever else is
    set.

    `content()` of the result is the new file and `chunks()` the same in pieces; `gone` and `new`
    count the findings, by code, that only the original has, and only the new file; `still` are the
    findings at elements that were set. `new_errors` says what is worse in it than before, which
    should be nothing. Raises EditError where nothing could be set, such as for a place that the
    input does not have, a value that contains a delimiter, or an input that cannot be read, is not
    X12 or has no 837P; and whatever `check` raises for settings.
    """
    from edi_lint.edits.editing import edit as edited

    return edited(source, values, settings)


def fix(
    source: Source,
    settings: Settings | None = None,
    *,
    unsafe: bool = False,
    reserve: bool = True,
) -> Fixing:
    """Apply the automatic fixes of an input; every other byte stays as it is.

    With `unsafe` the suggested ones too, which change what a claim says. `content()` of the result
    is the new file and `chunks()` the same in pieces; `applied` are the findings that were fixed,
    `remaining` those that the new file has. `new_errors` says what is worse in it than before,
    which should be nothing. Where the settings name a ledger, an interchange whose control number
    was sent before with other content gets the next one; without `reserve` that is not given out.
    Raises FixError where nothing could be fixed, such as for an input that cannot be read, is not
    X12 or has no 837P; LedgerError, and whatever `check` raises for settings.
    """
    from edi_lint.edits.fixing import fix as fixed

    return fixed(source, settings, unsafe=unsafe, reserve=reserve)


def read(source: Source) -> Iterator[Claim]:
    """The claims of an input, one after the other; memory has one claim at a time.

    Raises, when it is iterated over, ReadError for an input that cannot be read, NotX12Error for
    one that is empty or not X12, ClaimTooLongError for a claim that is too long to be in memory as
    a whole, and at its end Not837PError for one without any 837P.
    """
    from edi_lint.run.read_claims import claims

    return claims(source)


def redact(
    source: Source,
    key: str | None = None,
    settings: Settings | None = None,
    *,
    claims: Sequence[str] = (),
) -> Redaction:
    """Replace what is protected in an input by invented values; findings stay what they were.

    The same value is always replaced by the same one, in all inputs that are redacted under one
    `key`; without a key under one that nobody knows. `content()` of the result is the new file, as
    long as the input and with everything in its place; `is_same` says whether it lints the same,
    `changed` and `examples` what does not. With `claims` (CLM01, or ST02/n) it is the smallest file
    of these claims alone that shows what is found of them. Raises
    `edi_lint.transform.redact.RedactError` where nothing could be redacted, such as for an input
    that is not X12, and PackError as `check` does.
    """
    from edi_lint.transform.redact import redact as redacted

    return redacted(source, key, settings, claims=claims)


def report(
    paths: Sequence[str | Path],
    settings: Settings | None = None,
    *,
    fail_on: str | None = "error",
    previous: str | Path | None = None,
    jobs: int = 1,
) -> BatchReport:
    """Lint files, and add up claims, charges and what of them is at risk, in whole and by rule,
    payer, submitter and day of the interchange (ISA09).

    At risk are the claims that `split` would hold. `total`, `rules`, `payers`, `submitters`, `days`
    and `files` of the result have the numbers, `json()` the document of
    `schemas/batch-report.schema.json`. `previous` is the `report.json` of an earlier one, or its
    folder, which `history` goes on from. One file that cannot be read, or has no 837P, does not
    stop the others: `file.error` and `file.checked` of its assessment say so, and `ok` of the
    result is false. Raises PreviousError for an earlier report that cannot be read, WorkerError
    where a process was ended from outside, and whatever `check` raises for settings.
    """
    from edi_lint.batch_report.assessment import note_unchecked
    from edi_lint.batch_report.pool import assess_files
    from edi_lint.batch_report.report import BatchReport, history, now
    from edi_lint.settings import Settings, severity

    threshold = severity(fail_on)
    made = BatchReport(threshold, now(), history(Path(previous)) if previous else [])
    names = [str(path) for path in paths]
    for one in assess_files(names, settings or Settings(), threshold, jobs):
        note_unchecked(one)
        made.add(one)
    return made


def rewrite(
    source: Source,
    template: str = "replacement",
    data: Mapping[str, Given] | None = None,
    *,
    claims: Sequence[str] = (),
    having: Sequence[str] = (),
    hcpcs: Sequence[str] = (),
    whole: bool = False,
    control_number: int | str | None = None,
    settings: Settings | None = None,
    log: bool = False,
) -> Rewriting:
    """Put claims through a Jinja template; every byte without a reason to change stays.

    `template` is a shipped one's name or a path. `data` maps a claim (CLM01, or ST02/n) to its
    fields, to several rows of fields, or to the payer's claim control number alone. `claims` (by
    name), `having` (rules of which the claim has a finding) and `hcpcs` (procedure codes of a line)
    narrow. The result is a new file of these claims, with the control numbers that the ledger of
    the settings (by default the one in the user's data folder) gives out, or counted on from
    `control_number`; with `whole` it is the whole file with these claims changed, which keeps its
    numbers unless `control_number` is a number or `next`.

    `content()` of the result is the new file; `new_errors` says what is worse in it than before,
    which should be nothing, `remaining` which errors its claims still have, and `findings` what the
    rules about rewritten claims say. A field in `data` that the template does not read is refused,
    so is a `control_number` that the input has or the ledger gave out. With `log` its `log` tells
    what was changed. Raises RewriteError where nothing could be rewritten, such as for an input
    that cannot be read, is not X12 or has no 837P, a template or data that cannot be used, or a
    claim that is not there; LedgerError, and whatever `check` raises for settings.
    """
    from edi_lint.transform import rewrite as rewriting

    return rewriting.rewrite(
        source,
        template,
        data,
        claims=claims,
        having=having,
        hcpcs=hcpcs,
        whole=whole,
        control_number=control_number,
        settings=settings,
        log=log,
    )


def split(
    source: Source,
    settings: Settings | None = None,
    *,
    fail_on: str | None = "error",
) -> Splitting:
    """Split an input into the claims that may be sent and those that are held.

    Held are claims with a finding as bad as `fail_on` (error, warning or info) or worse, of their
    own, of a level that they are under, or of their envelopes; None holds nothing.
    `clean_content()` and `held_content()` of the result are the two files, `whole`, `clean` and
    `held` say what is in them, `held_claims()` why. Where `is_worse` they should not be used.
    Raises SplitError for an input that cannot be read, is not X12 or has no 837P, and whatever
    `check` raises for settings.
    """
    from edi_lint.settings import severity
    from edi_lint.transform import split as splitting

    return splitting.split(source, settings, fail_on=severity(fail_on))


def trace(
    answers: Sequence[Source],
    sent: Sequence[str | Path],
    settings: Settings | None = None,
    *,
    unanswered: int | None = None,
    scores: bool = False,
) -> Trace:
    """Trace answers (TA1, 997, 999, 277CA) to the claims, sets and interchanges that were sent.

    `answers` are paths, bytes or streams; `sent` are the files in which they are looked for. The
    `claims` of the result have what was answered about each, its place in the sent file, the rules
    that find it, status and route; `unmatched` are answers about nothing, or about one of several.
    `problems` says what could not be read. With `unanswered` claims without an answer for so many
    days are listed, with `scores` it is counted how often receivers agreed with each rule.
    `json()` is the document of `schemas/trace.schema.json`.

    Raises ReadError for answers that cannot be opened, and whatever `check` raises for settings.
    """
    from edi_lint.files.sources import opened
    from edi_lint.findings.file_result import unreadable
    from edi_lint.responses.reading import read_answers
    from edi_lint.settings import Settings
    from edi_lint.tracing import trace as tracing

    try:
        read = [read_answers(one) for one in answers]
    except OSError as problem:
        raise unreadable(problem) from None
    wishes = tracing.TraceWishes(unanswered, scores)
    result = tracing.trace(read, [str(p) for p in sent], opened, settings or Settings(), wishes)
    result.problems += [f"{one.path}: {said}" for one in read for said in one.problems]
    return result


def watch(
    folder: str | Path,
    settings: Settings | None = None,
    *,
    split_to: str | Path | None = None,
    fail_on: str | None = "error",
    settle: float = 2.0,
    stop: Event | None = None,
    record: bool = False,
) -> Iterator[Report]:
    """Lint the files of a folder, and each that comes, when it is complete.

    A file that ends with an IEA is complete when it has not changed for `settle` seconds, any other
    after a minute. Gives a report for each, as `check` does, but with what could not be read among
    its findings (ENV011), until `stop` is set, from any thread. With `split_to` each file is moved
    on when the next report is asked for: its clean claims to the folder `clean` in it, those that
    are held by a finding as bad as `fail_on` to `held`, itself to `original` or `failed`. With
    `record` the ledger of the settings records files without such a finding as sent. What goes
    wrong with one file is logged as a warning by the logger `edi_lint`, and tried again.

    Raises WatchError where the folder cannot be watched or `split_to` cannot be used, LedgerError,
    and whatever `check` raises for settings.
    """
    from edi_lint.settings import Settings, severity
    from edi_lint.watching import service

    return service.watch(
        Path(folder),
        settings or Settings(),
        split_to=Path(split_to) if split_to is not None else None,
        fail_on=severity(fail_on),
        settled=settle,
        stop=stop,
        records=record,
    )
