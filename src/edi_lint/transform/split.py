"""Splits a file: claims that may be sent go to one file, claims that are held to another.

Two passes over the original: one lints it, the other copies each claim to where it belongs. Then
both files are linted. Memory holds no more than what stands around one claim.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import BinaryIO, NamedTuple

from edi_lint.claims import Claim
from edi_lint.claims.views import EXACT, amount
from edi_lint.edits.apply import Copy
from edi_lint.edits.carving import Carving, ChosenClaim
from edi_lint.edits.compare import MAX_SHOWN, FindingComparison, FindingTally, in_part
from edi_lint.engine import Block, BlockKind, PassedOver, TransactionSet, open_engine
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.files.spool import Spool, StoreError, temporary_file
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult, remark
from edi_lint.findings.masking import is_charge, printable, shown_claim, shown_code, shown_number
from edi_lint.findings.store import Findings, Kind
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.settings.hidden import Hidden, hidden_by
from edi_lint.transform.affected import Affected, Scope, affected
from edi_lint.x12 import NotX12Error
from edi_lint.x12.errors import EdiLintError

MAX_REASONS = 50
"""So many findings are named for one claim, its own first; all are counted."""


def money(amount: Decimal) -> str:
    """An amount with two decimal places, or as many as it has."""
    exponent = amount.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{amount:.{places}f}"


class SplitError(EdiLintError):
    """Nothing was split; the message says why and what to do. It contains no protected data."""


@dataclass(slots=True)
class SplitPart:
    """What a file holds. `charges` is the sum of CLM02, `unread` counts the claims without one
    that can be read; `transactions` counts sets of any kind, `size` bytes.
    """

    claims: int = 0
    service_lines: int = 0
    charges: Decimal = Decimal(0)
    unread: int = 0
    transactions: int = 0
    size: int = 0

    def add_charge(self, charge: Decimal | None) -> None:
        """Add a claim's CLM02; None where it cannot be read."""
        if charge is None:
            self.unread += 1
        else:
            self.charges = EXACT.add(self.charges, charge)


class Reason(NamedTuple):
    """Why a claim is held: a finding, and what it is about."""

    scope: Scope
    finding: Finding


class HeldClaim(NamedTuple):
    """A claim that is held, and why.

    `id` is CLM01, `number` counts from 1 in its transaction set. `payer_id` is NM109 of the
    destination payer, empty where it is not one that may be shown. `findings` counts what holds the
    claim, of which at most MAX_REASONS are among the reasons.
    """

    id: str
    transaction: str
    number: int
    charge: Decimal | None
    payer_id: str
    findings: int
    reasons: tuple[Reason, ...]

    @property
    def position(self) -> str:
        """ST02/n, the name of the n-th claim of a set."""
        return f"{self.transaction}/{self.number}"


class RuleTotal(NamedTuple):
    """How many claims are held by a rule, and how many findings of it there are."""

    code: str
    name: str
    severity: Severity
    claims: int
    findings: int


class _StoredClaim(NamedTuple):
    """A held claim as it waits: all but its reasons, how many these are, and some of them."""

    names: tuple[str, str, int, Decimal | None, str]
    findings: int
    reasons: tuple[tuple[Scope, int], ...]


@dataclass(slots=True)
class Splitting:
    """A file split in two, both linted.

    `whole`, `clean` and `held` say what each file holds. `new_errors` counts by code the errors of
    the parts that the file had not, `remaining` the findings of the clean part that should hold a
    claim; `examples` are some of both. `stray` counts bytes outside of segments that are in neither
    file, since the held one would have held nothing else. `hidden` is what the settings keep from
    holding claims, None where they keep nothing. `file` says what was read of the file.
    """

    name: str
    fail_on: Severity | None
    whole: SplitPart = field(default_factory=SplitPart)
    clean: SplitPart = field(default_factory=SplitPart)
    held: SplitPart = field(default_factory=SplitPart)
    sets_in_both: int = 0
    stray: int = 0
    new_errors: dict[str, int] = field(default_factory=dict)
    remaining: dict[str, int] = field(default_factory=dict)
    examples: list[Finding] = field(default_factory=list)
    findings: Findings = field(default_factory=Findings)
    claims_by_rule: Counter[Kind] = field(default_factory=Counter)
    stored: Spool[_StoredClaim] = field(default_factory=Spool)
    files: tuple[BinaryIO, ...] = ()
    hidden: Hidden | None = None
    file: FileResult = field(default_factory=lambda: FileResult("-"))

    @property
    def adds_up(self) -> bool:
        """Whether claims, service lines, sets and charges of the parts are those of the file."""
        parts = (self.clean, self.held)
        return (
            self.whole.claims == sum(p.claims for p in parts)
            and self.whole.service_lines == sum(p.service_lines for p in parts)
            and self.whole.charges == EXACT.add(self.clean.charges, self.held.charges)
            and self.whole.unread == sum(p.unread for p in parts)
            and self.whole.transactions + self.sets_in_both == sum(p.transactions for p in parts)
        )

    @property
    def is_worse(self) -> bool:
        """Whether the parts should not be used: see `new_errors`, `remaining` and `adds_up`."""
        return bool(self.new_errors or self.remaining) or not self.adds_up

    def held_claims(self) -> Iterator[HeldClaim]:
        """The claims that are held, in file order."""
        for names, findings, reasons in self.stored:
            found = (Reason(scope, self.findings.added(n)) for scope, n in reasons)
            yield HeldClaim(*names, findings, tuple(found))

    def rules(self) -> list[RuleTotal]:
        """What holds claims, by rule and severity."""
        counts = self.findings.counts
        return [
            RuleTotal(*kind, claims, counts[kind])
            for kind, claims in sorted(self.claims_by_rule.items())
        ]

    def clean_content(self) -> bytes:
        """The clean file; empty where no claim is clean."""
        return _content(self.files[0])

    def held_content(self) -> bytes:
        """The file of the held claims, and of what has no claim; empty where there is nothing."""
        return _content(self.files[1])


def split(
    source: Source,
    settings: Settings | None = None,
    *,
    fail_on: Severity | None = Severity.ERROR,
    clean: BinaryIO | None = None,
    held: BinaryIO | None = None,
    name: str = "",
) -> Splitting:
    """Split a file into the claims without and with a finding as bad as `fail_on` or worse.

    None holds no claim. A claim is held by its own findings, by those of the levels that it is
    under, and by those of its envelopes. What has no claim at all goes with the held ones: sets
    that are no 837P, TA1. `clean` and `held` are streams to write to, and to read again; without
    them temporary files are taken. What is suppressed, or is in the baseline, holds nothing.
    `name` is what the file is called, where that is not its path.

    Raises SplitError, and StoreError where temporary files cannot be written; what the streams
    raise goes through. Like `edi_lint.check` it raises PackError and SettingsError.
    """
    settings = settings or Settings()
    files = (clean or temporary_file(), held or temporary_file())
    original = Original(source, SplitError)
    original.name = name or original.name
    return _Splitter(original, settings, fail_on, files).run()


class _Splitter:
    """Splits one file."""

    def __init__(
        self,
        original: Original,
        settings: Settings,
        fail_on: Severity | None,
        files: tuple[BinaryIO, BinaryIO],
    ) -> None:
        self._original = original
        self._settings = settings
        self._files = files
        self._linter = Linter(settings)
        every = replace(settings, select=(), ignore=(), level=7, suppressions=(), baseline=None)
        is_every = every == replace(settings, baseline=None)
        self._every = self._linter if is_every else Linter(every)
        self._errors = FindingTally(in_part)
        """The errors of the original, by every rule."""
        self._result = Splitting(original.name, fail_on, files=files, hidden=hidden_by(settings))

    def run(self) -> Splitting:
        with self._opened() as stream:
            found = self._lint(stream)
        if self._every is not self._linter:
            with self._opened() as stream:
                for _, findings in self._every.judged_blocks(stream, self._file()):
                    for finding in findings:
                        self._count(finding)
        self._divide(found)
        self._judge()
        return self._result

    # the first pass

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        """The original. Raises SplitError for one that is not X12, or has changed."""
        try:
            with self._original.open() as stream:
                yield stream
        except NotX12Error as problem:
            raise SplitError(f"{self._original.name}: {problem}") from None

    def _count(self, finding: Finding) -> None:
        if finding.severity is Severity.ERROR:
            self._errors.add(finding)

    def _file(self) -> FileResult:
        """What counts; its path is the original's, which suppressions may be for."""
        return FileResult(self._original.name)

    def _lint(self, stream: BinaryIO) -> Affected:
        """Find out which claims are held."""
        file, hidden = self._file(), self._result.hidden
        wanted = self._wanted(hidden)

        def judged(finding: Finding) -> bool:
            if self._every is self._linter:
                self._count(finding)
            return wanted(finding)

        found = affected(self._linter, stream, file, judged, self._result.findings)
        if not file.checked:
            raise SplitError(remark(file))
        self._result.file = file
        _read(self._result.whole, file)
        if hidden:
            hidden.count(file)
        return found

    def _wanted(self, hidden: Hidden | None) -> Callable[[Finding], bool]:
        """Whether a finding of a file holds claims, given what is hidden of that file."""
        fail_on = self._result.fail_on

        def wanted(finding: Finding) -> bool:
            accepted = hidden is not None and hidden.accepts(finding)
            bad = fail_on is not None and finding.severity.rank <= fail_on.rank
            return bad and not accepted

        return wanted

    # the second pass

    def _divide(self, found: Affected) -> None:
        """Copy each claim to one of the files."""
        clean, held = self._files
        with self._opened() as stream, self._opened() as one, self._opened() as other:
            sides = _Side(clean, one, others=False), _Side(held, other, others=True)
            engine = open_engine(stream)
            was: tuple[TransactionSet | None, int] = (None, 0)
            is_held = False
            for block in engine.blocks_and_runs(found.is_clear):
                if isinstance(block, PassedOver):
                    self._clear(block)
                    sides[0].take(block, True)
                    sides[1].take(block, False)
                    continue
                if block.kind is BlockKind.CLAIM and block.claim is not None:
                    here = (block.context.transaction, block.claim.number)
                    if here != was:  # else the claim goes on in a further block
                        was, is_held = here, found.is_affected(block)
                        self._claim(block, is_held, found)
                sides[0].take(block, not is_held)
                sides[1].take(block, is_held)
            for side in sides:
                side.end(engine.reader.bytes_read)

    def _clear(self, run: PassedOver) -> None:
        """Count what the claims of a run charge, of which none is held."""
        for clm in run.viewed(run.claims):
            charge = _charge(amount(clm.value(2)))
            self._result.whole.add_charge(charge)
            self._result.clean.add_charge(charge)

    def _claim(self, block: Block, is_held: bool, found: Affected) -> None:
        """Count what a claim charges, and remember why it is held."""
        result, claim = self._result, Claim(block)
        charge = _charge(claim.charge)
        for part in (result.whole, result.held if is_held else result.clean):
            part.add_charge(charge)
        if not is_held:
            return
        reasons = tuple(found.reasons(block))
        result.claims_by_rule.update({_kind(result.findings.added(n)) for _, n in reasons})
        number = shown_number(claim.transaction.control_number)
        names = (shown_claim(claim.id), number, claim.number, charge, _payer_id(claim))
        result.stored.append(_StoredClaim(names, len(reasons), reasons[:MAX_REASONS]))

    # what came out

    def _judge(self) -> None:
        """Lint both files by every rule; what they hold is counted as it is read of them."""
        result, (clean, held) = self._result, self._files
        remaining = self._left_in_clean()
        if self._every is not self._linter:
            self._lint_part(clean, self._linter, remaining)
            remaining = _ignored
        self._compare(result.clean, clean, remaining)
        self._compare(result.held, held, _ignored)
        both = result.clean.transactions + result.held.transactions
        result.sets_in_both = both - result.whole.transactions

    def _compare(self, part: SplitPart, file: BinaryIO, hear: Callable[[Finding], object]) -> None:
        """Lint one of the files, and note the errors that the original had not."""
        errors = FindingComparison(self._errors)

        def compared(finding: Finding) -> None:
            if finding.severity is Severity.ERROR:
                errors.add(finding)

        _read(part, self._lint_part(file, self._every, compared, hear))
        result = self._result
        for code, number in errors.new(Severity.ERROR).items():
            result.new_errors[code] = result.new_errors.get(code, 0) + number
        known = set(result.examples)
        more = [f for f in errors.examples[Severity.ERROR] if f not in known]
        result.examples = [*result.examples, *more][:MAX_SHOWN]

    def _lint_part(
        self, file: BinaryIO, linter: Linter, *hear: Callable[[Finding], object]
    ) -> FileResult:
        """Lint one of the files, and let each finding be heard.

        What holds no interchange, but only stray bytes, is not written: it is emptied.
        """
        counted, size = self._file(), file.seek(0, 2)
        if not size:
            return counted
        file.seek(0)
        try:
            for _, findings in linter.judged_blocks(file, counted):
                for finding in findings:
                    for one in hear:
                        one(finding)
        except NotX12Error:
            file.truncate(0)
            self._result.stray = size
            return self._file()
        return counted

    def _left_in_clean(self) -> Callable[[Finding], object]:
        """Notes what should not be found in the clean file."""
        wanted, result = self._wanted(hidden_by(self._settings)), self._result

        def count_remaining(finding: Finding) -> None:
            if wanted(finding):
                result.remaining[finding.code] = result.remaining.get(finding.code, 0) + 1
                result.examples += [finding] if len(result.examples) < MAX_SHOWN else []

        return count_remaining


class _Side:
    """One of the files as it is made."""

    def __init__(self, file: BinaryIO, original: BinaryIO, others: bool) -> None:
        self._file = file
        self._carving = Carving(others)
        self._copy = Copy(original)

    def take(self, block: Block | PassedOver, keep: bool) -> None:
        """The next block; `keep` is for its claims."""
        self._write(self._copy.take(self._carving.take(block, _CHOSEN if keep else None)))

    def end(self, size: int) -> None:
        """The original, of so many bytes, is at its end."""
        self._write(self._copy.take(self._carving.end(size)))
        self._write(self._copy.rest())
        self._write([], flush=True)

    def _write(self, pieces: Iterable[bytes], flush: bool = False) -> None:
        for piece in pieces:
            try:
                self._file.write(piece)
            except OSError as problem:
                raise StoreError(problem) from None
        if flush:
            try:
                self._file.flush()
            except OSError as problem:
                raise StoreError(problem) from None


_CHOSEN = ChosenClaim()


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()


def _read(part: SplitPart, file: FileResult) -> None:
    part.claims = file.claims
    part.service_lines = file.service_lines
    part.transactions = file.transactions
    part.size = file.bytes


def _kind(finding: Finding) -> Kind:
    return finding.code, finding.name, finding.severity


def _ignored(finding: Finding) -> None:
    """Hears nothing."""


def _charge(charge: Decimal | None) -> Decimal | None:
    """A charge (CLM02) that may be shown; what looks like a day or an id is as good as unread."""
    return charge if is_charge(charge) else None


def _payer_id(claim: Claim) -> str:
    """NM109 of the destination payer, where it is one that may be shown."""
    segment, grammar = claim.payer.segment, claim.transaction.grammar
    if segment is None or grammar is None:
        return ""
    return printable(shown_code(segment, grammar.segment_node(segment.node), 9, 0))
