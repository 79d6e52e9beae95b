"""Rewrites claims of a file through a Jinja template: into a new file of them, or in their place.

Three passes: the first lints the original, finds the claims and renders them (`rendering`), the
second works out the edits around them, the third lints what came out. What is kept between them
are edits, and where claims start.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from edi_lint.claims import Claim
from edi_lint.edits import apply, as_stream
from edi_lint.edits.carving import ChosenClaim, carve
from edi_lint.edits.compare import MAX_SHOWN, FindingComparison, FindingTally
from edi_lint.edits.numbering import Giver, NewNumbers, NoNumber, from_number
from edi_lint.engine import Block, BlockKind, PassedOver, open_engine
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.files.spool import Spool
from edi_lint.findings import Edit, Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import printable
from edi_lint.findings.report import severities
from edi_lint.findings.store import Findings, Kind
from edi_lint.ledger.envelopes import Parties
from edi_lint.run.drive import Linter
from edi_lint.settings import DEFAULT_LEDGER, Settings
from edi_lint.transform import templates
from edi_lint.transform.affected import Affected, affected
from edi_lint.transform.change_log import placed
from edi_lint.transform.choice import Plan
from edi_lint.transform.claim_data import ClaimData, Data, DataProblem, Given, given_data
from edi_lint.transform.limits import Limits
from edi_lint.transform.rendering import (
    KIND,
    Event,
    Rendered,
    RenderingOutcome,
    RewriteError,
    UsedNumbers,
    first_pass,
)
from edi_lint.x12 import NotX12Error

__all__ = ["DEFAULT_TEMPLATE", "NEXT", "Limits", "RewriteError", "Rewriting", "rewrite"]

DEFAULT_TEMPLATE = "replacement"
ROUTE = "PAY002"
"""The rule that says whether the payer takes the claim's frequency."""
NEXT = "next"
"""In place of a control number: those that the ledger gives out."""


class Rewriting:
    """A file with its claims rewritten, not yet written.

    `selected` counts the claims that went through the template, `changed` those that came out
    different. `numbers` are the control numbers (ISA13) that its interchanges were given. `counts`
    says how many findings of each kind the result has, `remaining_errors` how many of them are
    errors, and `remaining` are the errors that are about claims which went through the template, at
    places of the result. `new_errors` and `new_warnings` say how many findings of each code are new
    in it, and `examples` and `warnings` are some of them. `routes` are some of the findings that
    the payer does not take a claim's frequency (PAY002) where its original has them too. `findings`
    are what the rules about rewritten claims (RES) say, at places of the original. A result with
    new errors, or an error among those findings, should not be sent. `log` is the change log, an
    entry for each claim that came out different, if one was wanted. `remark` says which sets of the
    original were skipped, for they are no 837P; it is empty where none was.
    """

    def __init__(self, source: Original, whole: bool) -> None:
        self._source = source
        self._whole = whole
        self._done: Spool[_Done] = Spool()
        self.edits: Spool[Edit] = Spool()
        self.findings = Findings()
        self.log: Spool[dict[str, Any]] = Spool()
        self.selected = self.changed = 0
        self.numbers: list[int] = []
        self.counts: Counter[Kind] = Counter()
        self.remaining = Findings()
        self.new_errors: dict[str, int] = {}
        self.new_warnings: dict[str, int] = {}
        self.examples: list[Finding] = []
        self.warnings: list[Finding] = []
        self.routes: list[Finding] = []
        self.remark = ""

    @property
    def remaining_errors(self) -> int:
        """How many errors the result has."""
        return severities(self.counts)["error"]

    @property
    def is_worse(self) -> bool:
        """Whether the result should not be sent."""
        return bool(self.new_errors) or severities(self.findings.counts)["error"] > 0

    def chunks(self) -> Iterator[bytes]:
        """The result in pieces. Raises RewriteError when the original changes meanwhile."""
        with self._source.open() as stream:
            yield from apply(stream, self.edits)

    def content(self) -> bytes:
        """The result as a whole, for files that fit in memory."""
        return b"".join(self.chunks())

    def _surround(self, numbers: NewNumbers | None) -> None:
        """Work out the edits, those around the claims too."""
        claims = iter(self._done)
        following = next(claims, None)

        starts = array("q", (claim.start for claim in self._done))

        def alike(_: Block, start: int, end: int) -> bool:
            return bisect_left(starts, start) == bisect_left(starts, end)

        def choose(block: Block | PassedOver) -> ChosenClaim | None:
            nonlocal following
            if isinstance(block, PassedOver):
                return ChosenClaim() if self._whole else None
            if following is None or following.start != block.starts[0]:
                return ChosenClaim() if self._whole else None
            chosen = ChosenClaim(following.edits, following.more)
            following = next(claims, None)
            return chosen

        with self._source.open() as stream:
            made = carve(stream, choose, alike=alike, others=self._whole, envelopes=numbers)
            self.edits.extend(made)
        self.numbers = numbers.given if numbers else []

    def claims(self) -> Iterator[Claim]:
        """The claims that went through the template, as they are in the result."""
        engine = open_engine(as_stream(self.chunks()))
        return (Claim(block) for block, _ in self._found(engine.blocks()))

    def _found(self, blocks: Iterable[Block]) -> Iterator[tuple[Block, _Done]]:
        """The blocks of the result that hold the claims which went through the template."""
        claims = enumerate(self._done, start=1)
        number, claim = next(claims, (0, None))
        position, last = 0, (0, 0, 0, 0)
        for block in blocks:
            if block.kind is not BlockKind.CLAIM or block.standing == last:
                continue
            position, last = position + 1, block.standing
            if claim is not None and position == (claim.position if self._whole else number):
                yield block, claim
                number, claim = next(claims, (0, None))

    def _compare(self, before: FindingTally, linter: Linter) -> None:
        """Lint the result, note what is worse than before, and place the change log in it."""
        after = FindingComparison(before)
        found: list[Finding] = []
        errors = Findings()
        about = Affected(lambda finding: finding.severity is Severity.ERROR, errors)

        def counted() -> Iterator[Block]:
            nonlocal found
            for block, found in linter.blocks(as_stream(self.chunks()), FileResult("-")):
                about.take(block, found)
                for finding in found:
                    self.counts[finding.code, finding.name, finding.severity] += 1
                    if finding.severity is not Severity.INFO:
                        after.add(finding)
                yield block

        for block, claim in self._found(counted()):
            routes = (f for f in found if f.code == ROUTE)
            self.routes += [f for f in routes if f not in after.examples[f.severity]]
            if claim.entry is not None:
                self.log.append(placed(claim.entry, block))
        del self.routes[MAX_SHOWN:]
        self.remaining = self._find_remaining(about, errors) if self._whole and errors else errors
        self.new_errors = after.new(Severity.ERROR)
        self.new_warnings = after.new(Severity.WARNING)
        self.examples = after.examples[Severity.ERROR]
        self.warnings = after.examples[Severity.WARNING]

    def _find_remaining(self, about: Affected, errors: Findings) -> Findings:
        """Those of the errors that are about claims which went through the template."""
        engine = open_engine(as_stream(self.chunks()))
        numbers = {
            number
            for block, _ in self._found(engine.blocks())
            for _, number in about.reasons(block)
        }
        return Findings(errors.added(number) for number in sorted(numbers))


class _Done(NamedTuple):
    """A claim that went through the template: where it starts, which of the file's claims it is
    (from 1), its edits, by how many segments it grows, and its entry in the change log.
    """

    start: int
    position: int
    edits: list[Edit]
    more: int
    entry: dict[str, Any] | None


def rewrite(
    source: Source,
    template: str = DEFAULT_TEMPLATE,
    data: Data | Mapping[str, Given] | None = None,
    *,
    claims: Sequence[str] = (),
    having: Sequence[str] = (),
    hcpcs: Sequence[str] = (),
    values: Mapping[str, str] | None = None,
    whole: bool = False,
    control_number: int | str | None = None,
    settings: Settings | None = None,
    limits: Limits | None = None,
    log: bool = False,
) -> Rewriting:
    """Put claims of a file through a template; what is kept of it stays as it is.

    `template` is the name of a shipped one or the path of the user's. `data` holds fields by
    claim, from `read_data` or as a mapping of claim to fields (or to the payer's claim control
    number). Without more the claims in `data` are rewritten, which must be all that the file has,
    and without `data` every claim. What is given of these narrows: `claims` are names, `having`
    rules (codes or their beginnings) of which the claim must have a finding, `hcpcs` procedure
    codes of which it must have a line. `values` are fields for a single claim. A claim is named by
    CLM01 or by ST02/n, the n-th claim of that transaction set. `log` asks for a change log.

    The result is a file of the chosen claims alone, with new control numbers, or with `whole` the
    whole file with those claims changed and its own numbers. `control_number` is the first number,
    or `next` for those that the ledger gives out: that of the settings, else the one in the user's
    data folder.

    The result is linted: see `Rewriting.new_errors` and `findings`. What is suppressed in a check,
    or is in its baseline, counts here, before and after. Raises RewriteError, and then nothing was
    rewritten; and LedgerError.
    """
    settings = replace(settings or Settings(), suppressions=(), baseline=None)
    original = Original(source, RewriteError)
    try:
        found = templates.find(KIND, template)
        given = _data(data)
    except (templates.TemplateProblem, DataProblem) as problem:
        raise RewriteError(str(problem)) from None
    linter = Linter(settings)
    among = _affected(original, linter, having) if having else None
    names, codes = tuple(dict.fromkeys(claims)), tuple(code.upper() for code in hcpcs)
    plan = Plan(names, among, codes, given, _filled(values), log)
    result = Rewriting(original, whole)
    outcome: RenderingOutcome | None = None
    with original.open() as stream:
        for event in _first_pass(stream, found, plan, settings, limits or Limits(), original.name):
            if isinstance(event, RenderingOutcome):
                outcome = event
            elif isinstance(event, Rendered):
                result.findings.extend(event.findings)
                result._done.append(_Done(*event[:4], event.entry))
    assert outcome is not None
    if outcome.problems:
        raise RewriteError(*outcome.problems)
    result.selected, result.changed = outcome.selected, outcome.changed
    result.remark = outcome.remark
    numbers = new_numbers(control_number or (None if whole else NEXT), settings, outcome.numbers)
    if numbers or result.changed or not whole:
        try:
            result._surround(numbers)
        except NoNumber as problem:
            raise RewriteError(str(problem)) from None
    result._compare(outcome.before, linter)
    return result


def _first_pass(
    stream: BinaryIO,
    template: templates.TemplateSource,
    plan: Plan,
    settings: Settings,
    limits: Limits,
    name: str,
) -> Iterator[Event]:
    """In this process for our templates, in a confined one for others."""
    if template.shipped:
        return first_pass(stream, template, plan, settings, name)
    from edi_lint.transform.confined_rewriting import confined

    return confined(stream, template, plan, settings, limits, name)


def _affected(original: Original, linter: Linter, having: Sequence[str]) -> array[int]:
    """Where the claims start that a finding of these rules is about."""
    codes = tuple(having)
    starts = array("q")
    try:
        with original.open() as stream:
            found = affected(linter, stream, FileResult("-"), lambda f: f.code.startswith(codes))
        with original.open() as stream:
            last = (0, 0, 0, 0)
            for block in open_engine(stream).blocks():
                if block.kind is BlockKind.CLAIM and block.standing != last:
                    last = block.standing
                    if found.is_affected(block):
                        starts.append(block.starts[0])
    except NotX12Error as problem:
        raise RewriteError(f"{printable(original.name)}: {problem}") from None
    return starts


def new_numbers(
    wanted: int | str | None, settings: Settings, used: UsedNumbers
) -> NewNumbers | None:
    """What gives new control numbers, if any are wanted; none of those that the input uses."""
    if wanted is None:
        return None
    give = _from_ledger(settings, used) if wanted == NEXT else _own(int(wanted), settings, used)
    return NewNumbers(give, datetime.now())


def _own(first: int, settings: Settings, used: UsedNumbers) -> Giver:
    """Numbers of the user's own. The ledger that the settings name, or that the user has, takes
    note of them, and refuses those that it gave out.
    """
    from edi_lint.ledger.database import Ledger, in_use

    numbers = from_number(first)
    name = in_use(settings.ledger)
    ledger = Ledger(name) if name else None

    def give(between: Parties | None, for_interchange: bool) -> int:
        number = numbers(between, for_interchange)
        if for_interchange and number in used.get(between, ()):
            raise NoNumber(
                f"control number {number} is the number of an interchange in the input: the "
                "receiver would refuse the new file as a duplicate (TA1 025); give another "
                "number, or next"
            )
        if ledger is not None and between is not None:
            ledger.take(*between, number)
        return number

    return give


def _from_ledger(settings: Settings, used: UsedNumbers) -> Giver:
    from edi_lint.ledger.database import Ledger

    ledger = Ledger(settings.ledger or DEFAULT_LEDGER)

    def give(between: Parties | None, for_interchange: bool) -> int:
        if between is None:
            raise NoNumber(
                "an ISA names no sender, no receiver, or in ISA15 neither P nor T, by which the "
                "ledger counts; correct it, or give the number with --control-number"
            )
        taken = used.get(between, set())
        number = ledger.next_number(*between, above=max(taken, default=0))
        while for_interchange and number in taken:  # where counting began again at 1
            number = ledger.next_number(*between)
        return number

    return give


def _data(data: Data | Mapping[str, Given] | None) -> Data | None:
    if data is None:
        return None
    read = {name: value for name, value in data.items() if isinstance(value, ClaimData)}
    given = {name: value for name, value in data.items() if not isinstance(value, ClaimData)}
    return read if read and not given else given_data(given)


def _filled(values: Mapping[str, str] | None) -> dict[str, str]:
    """Values without those that are empty, which count as missing."""
    return {name: value.strip() for name, value in (values or {}).items() if value.strip()}
