"""What is in a file, and what of it is at risk: claims and charges by day, party and rule.

A claim is at risk by the findings that hold it in `edi_lint.split`: its own, those of the levels
that it is under, and those of its envelopes, as bad as a threshold or worse.
"""

from __future__ import annotations

from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import BinaryIO, NamedTuple

from edi_lint.claims import Claim, parties
from edi_lint.claims.views import EXACT
from edi_lint.engine import Block, BlockKind, Interchange, TransactionSet, open_engine
from edi_lint.files.rereadable import rereadable
from edi_lint.files.spool import StoreError
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import internal_error, is_charge, printable, shown_party
from edi_lint.findings.store import Kind
from edi_lint.run import unchecked
from edi_lint.run.check_file import Opener
from edi_lint.run.drive import Linter
from edi_lint.run.masked_segments import payer_shown
from edi_lint.settings.hidden import hidden_by
from edi_lint.transform.affected import affected
from edi_lint.x12 import NotX12Error
from edi_lint.x12.encoding import SingleBytes, single_bytes


class Group(NamedTuple):
    """What claims have in common: the day of their interchange (ISA09), ISA06, and their payer.

    The day is as 2026-06-15; each is empty where the file does not say. The payer is name and id of
    2010BB, as far as they may be shown.
    """

    day: str
    submitter: str
    payer: str


@dataclass(slots=True)
class Sum:
    """Claims and their charges (CLM02), and how many and much of them is at risk.

    `unread` counts the claims without a charge that can be read.
    """

    claims: int = 0
    charges: Decimal = Decimal(0)
    unread: int = 0
    claims_at_risk: int = 0
    charges_at_risk: Decimal = Decimal(0)

    def count(self, charge: Decimal | None, is_at_risk: bool) -> None:
        """One claim more; a charge of None could not be read."""
        self.claims += 1
        self.unread += charge is None
        self.charges = EXACT.add(self.charges, charge or 0)
        if is_at_risk:
            self.claims_at_risk += 1
            self.charges_at_risk = EXACT.add(self.charges_at_risk, charge or 0)

    def add(self, other: Sum) -> None:
        self.claims += other.claims
        self.charges = EXACT.add(self.charges, other.charges)
        self.unread += other.unread
        self.claims_at_risk += other.claims_at_risk
        self.charges_at_risk = EXACT.add(self.charges_at_risk, other.charges_at_risk)


MOST_PAYERS = 1000
"""So many payers are counted for each rule; claims of further ones count as those of `OTHERS`."""
OTHERS = "other payers"


@dataclass(slots=True)
class RuleSum:
    """Findings of a rule, the claims that they are about, and what these charge.

    `payers` counts the claims and adds up the charges by payer.
    """

    findings: int = 0
    claims: int = 0
    charges: Decimal = Decimal(0)
    payers: dict[str, tuple[int, Decimal]] = field(default_factory=dict)

    def count(self, payer: str, charge: Decimal) -> None:
        """One claim more."""
        self.claims += 1
        self.charges = EXACT.add(self.charges, charge)
        self._add_payer(payer, 1, charge)

    def add(self, other: RuleSum) -> None:
        self.findings += other.findings
        self.claims += other.claims
        self.charges = EXACT.add(self.charges, other.charges)
        for payer, (claims, charges) in other.payers.items():
            self._add_payer(payer, claims, charges)

    def _add_payer(self, payer: str, claims: int, charges: Decimal) -> None:
        if payer not in self.payers and len(self.payers) >= MOST_PAYERS:
            payer = OTHERS
        known = self.payers.get(payer, (0, Decimal(0)))
        self.payers[payer] = known[0] + claims, EXACT.add(known[1], charges)


@dataclass(slots=True)
class Assessment:
    """What was read and found of one input. `accepted` counts findings that a baseline has.

    `page` is the file name of its annotated page, empty where it has none.
    """

    file: FileResult
    total: Sum = field(default_factory=Sum)
    groups: dict[Group, Sum] = field(default_factory=dict)
    rules: dict[Kind, RuleSum] = field(default_factory=dict)
    accepted: int = 0
    page: str = ""

    def findings(self) -> dict[str, int]:
        """How many findings of each severity."""
        found = {s.value: 0 for s in Severity}
        for (_, _, severity), rule in self.rules.items():
            found[severity.value] += rule.findings
        return found


def assess(linter: Linter, path: str, opener: Opener, fail_on: Severity | None) -> Assessment:
    """Lint one input and say what is at risk; what goes wrong is in `file.error`.

    A baseline of the settings counts for each input by itself. Raises StoreError where temporary
    files cannot be written, TableError where a code table is broken.
    """
    result = Assessment(FileResult(path))
    try:
        with opener(path) as stream:
            _assess(linter, rereadable(single_bytes(stream)), result, fail_on)
        return result
    except NotX12Error as problem:
        error = str(problem)
    except OSError as problem:
        error = problem.strerror or type(problem).__name__
    except StoreError:
        raise
    except Exception as problem:
        from edi_lint.codes.tables import TableError

        if isinstance(problem, TableError):
            raise
        error = internal_error(problem)
    return Assessment(FileResult(path, error=error))


def note_unchecked(assessment: Assessment, is_found: bool = False) -> None:
    """Add what was not checked of an input (ENV011); `is_found`: nobody named it."""
    for finding in unchecked.findings(assessment.file, is_found):
        kind = (finding.code, finding.name, finding.severity)
        assessment.rules.setdefault(kind, RuleSum()).findings += 1


def _assess(linter: Linter, stream: BinaryIO, result: Assessment, fail_on: Severity | None) -> None:
    hidden, kinds = hidden_by(linter.settings), _Kinds()

    def wanted(finding: Finding) -> bool:
        is_accepted = hidden is not None and hidden.accepts(finding)
        result.accepted += is_accepted
        return not is_accepted

    found = affected(linter, stream, result.file, wanted, kinds)
    if isinstance(stream, SingleBytes):
        result.file.bytes = stream.encoding.original(result.file.bytes)
    result.rules = kinds.rules
    stream.seek(0)
    grouping = _Grouping()
    was: tuple[TransactionSet | None, int] = (None, 0)
    blocks = 0
    for block in open_engine(stream, lenient=True).blocks():
        if block.kind is not BlockKind.CLAIM or block.claim is None:
            continue
        blocks += block.rest_of is None
        here = (block.context.transaction, block.claim.number)
        if here != was:  # else the claim goes on in a further block
            was = here
            about = {kinds[n] for _, n in found.reasons(block)}
            charge = Claim(block).charge
            charge = charge if is_charge(charge) else None
            _count(charge, about, result, grouping.of(block), fail_on)
    if blocks != result.file.claims:
        raise OSError(0, "the file was changed while it was read; lint it again")


class _Kinds:
    """The kind of each finding, in the order in which they were added, and how many of each."""

    def __init__(self) -> None:
        self.rules: dict[Kind, RuleSum] = {}
        self._known: list[Kind] = []
        self._numbers = array("H")

    def append(self, finding: Finding) -> None:
        kind = (finding.code, finding.name, finding.severity)
        if kind not in self.rules:
            self.rules[kind] = RuleSum()
            self._known.append(kind)
        self.rules[kind].findings += 1
        self._numbers.append(self._known.index(kind))

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, number: int) -> Kind:
        return self._known[self._numbers[number]]


def _count(
    charge: Decimal | None,
    kinds: set[Kind],
    result: Assessment,
    group: Group,
    fail_on: Severity | None,
) -> None:
    """Count a claim where it belongs, and by the rules that found something about it."""
    is_at_risk = fail_on is not None and any(kind[2].rank <= fail_on.rank for kind in kinds)
    for one in (result.total, result.groups.setdefault(group, Sum())):
        one.count(charge, is_at_risk)
    for kind in kinds:
        result.rules[kind].count(group.payer, charge or Decimal(0))


class _Grouping:
    """Says where claims belong; those of one subscriber are in one group."""

    def __init__(self) -> None:
        self._subscriber: Block | None = None
        self._interchange: Interchange | None = None
        self._group = Group("", "", "")
        self._payers: dict[tuple[bytes, object], str] = {}

    def of(self, block: Block) -> Group:
        context = block.context
        if context.interchange is not self._interchange:
            self._interchange, self._subscriber = context.interchange, None
            submitter = next(iter(parties.submitters(block)), "")
            self._group = Group(_day(context.interchange), shown_party(submitter), "")
        if context.subscriber is None or context.subscriber is not self._subscriber:
            self._subscriber = context.subscriber
            self._group = self._group._replace(payer=self._payer(block))
        return self._group

    def _payer(self, block: Block) -> str:
        nm1, transaction = parties.payer(block), block.context.transaction
        key = (nm1.raw if nm1 else b"", transaction and transaction.guide)
        if key not in self._payers:
            self._payers[key] = printable(payer_shown(block))
        return self._payers[key]


def _day(interchange: Interchange | None) -> str:
    """ISA09, which has two digits for the year of this century."""
    text = interchange.header.value(9) if interchange and interchange.header else ""
    with suppress(ValueError):
        if len(text) == 6 and text.isascii() and text.isdigit():
            return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:])).isoformat()
    return ""
