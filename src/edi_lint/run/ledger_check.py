"""Asks the ledger about the interchanges of a run, and records those that may be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import BinaryIO

from edi_lint.files.rereadable import rereadable
from edi_lint.files.sources import Source, is_path, opened, stream_of
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.report import Report
from edi_lint.ledger.database import Ledger
from edi_lint.ledger.envelopes import InputInterchange, interchanges
from edi_lint.ledger.sent_index import SentIndex
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import LedgerRule, ReusedNumber
from edi_lint.run.check_file import Opener, unread
from edi_lint.run.drive import Linter, suppressor_of
from edi_lint.run.judge import BlockJudge
from edi_lint.run.words import Words
from edi_lint.settings import Settings

_TOGETHER = 100
"""So many interchanges are recorded at once: the ledger makes sure of each time on the disk."""


def lint_with_ledger(source: Source, linter: Linter) -> Report:
    """Lint one input as `linter.lint` does, and ask the ledger of its settings about it."""

    def again(_: str) -> AbstractContextManager[BinaryIO]:
        if is_path(source):
            return opened(source)
        stream.seek(0)
        return nullcontext(stream)

    if is_path(source):
        report = linter.lint(source)
    else:
        stream = rereadable(stream_of(source))
        report = linter.lint(stream)
    LedgerCheck(linter.settings, again).add(report)
    return report


class Changed(OSError):
    """An input is not what it was when it was linted."""

    def __init__(self) -> None:
        super().__init__(0, "the file was changed while it was read; lint it again")


class LedgerCheck:
    """Follows the reports of a run; the inputs are opened once more, and read for their envelopes.

    Raises LedgerError, here and on the way.
    """

    def __init__(self, settings: Settings, opener: Opener, make: bool = True) -> None:
        """Only with `make` a ledger that is not there is made."""
        self._ledger = Ledger(settings.ledger, make=make)
        self._opener = opener
        self._judge = _SentJudge(settings)
        self._recorded = self._known = self._clashing = self._held = 0

    def add_known(self, reports: Iterable[Report]) -> Iterator[Report]:
        """The same reports, with what the ledger knows of their interchanges."""
        for report in reports:
            try:
                self.add(report)
            except OSError as problem:
                yield unread(report.file.path, problem)
                continue
            yield report

    def add(self, report: Report) -> None:
        """Add to a report what the ledger knows. Raises OSError where the input cannot be read."""
        if not self._judge or report.file.error:
            return
        for interchange in self._read(report.file):
            sent = interchange.sent
            earlier = self._ledger.seen(sent) if sent else None
            if earlier and not earlier.same:
                found = self._judge.findings(interchange, earlier.recorded, 0, report.file)
                report.findings.extend(found)

    def record_sent(
        self, reports: Iterable[Report], passes: Callable[[Report], bool]
    ) -> Iterator[Report]:
        """The same reports; what is in an input that passes is recorded after its report."""
        for report in reports:
            yield report
            try:
                if report.file.error or not passes(report):
                    self._held += 1
                else:
                    self._record(report.file)
            except OSError:
                self._held += 1

    def _record(self, file: FileResult) -> None:
        every = (sent for one in self._read(file) if (sent := one.sent))
        while together := list(islice(every, _TOGETHER)):
            noted = self._ledger.record(together)
            self._recorded += noted.count(None)
            self._known += sum(earlier.same for earlier in noted if earlier)
            self._clashing += sum(not earlier.same for earlier in noted if earlier)
        with self._opener(file.path) as stream:
            SentIndex(self._ledger).record(file.path, stream)

    def summary(self) -> str:
        """A line for people, on what was recorded."""
        count = "1 interchange" if self._recorded == 1 else f"{self._recorded} interchanges"
        others = {
            "already recorded": self._known,
            "not recorded, as their number is with other content": self._clashing,
            "of the inputs held back": self._held,
        }
        parts = [f"{count} recorded as sent", *(f"{n} {what}" for what, n in others.items() if n)]
        return f"{self._ledger.shown}: {', '.join(parts)}"

    def _read(self, file: FileResult) -> Iterator[InputInterchange]:
        """The interchanges of an input. Raises OSError where it cannot be read as it was before."""
        with self._opener(file.path) as stream:
            yield from interchanges(stream)
            if stream.tell() != file.bytes:
                raise Changed


def renumbered(stream: BinaryIO, settings: Settings, reserve: bool) -> Iterator[Finding]:
    """What is found of interchanges that were sent before with other content, each with a fix that
    gives it a new number.

    With `reserve` the ledger gives the numbers out, else it only tells them. A ledger that is not
    there knows of nothing, and is not made. Raises LedgerError.
    """
    judge = _SentJudge(settings)
    if not judge:
        return
    ledger = Ledger(settings.ledger, make=False)
    result = FileResult("-")
    last = 0
    for interchange in interchanges(stream):
        sent = interchange.sent
        earlier = ledger.seen(sent) if sent else None
        if sent and earlier and not earlier.same:
            above = sent.number if reserve else max(sent.number, last)
            number = last = ledger.next_number(*sent[:3], above=above, reserve=reserve)
            yield from judge.findings(interchange, earlier.recorded, number, result)


class _SentJudge:
    """Finds what is wrong with interchanges that were sent before with other content."""

    def __init__(self, settings: Settings) -> None:
        codes = [r.code for r in CATALOGUE if issubclass(r, LedgerRule)]
        wanted = tuple(c for c in codes if settings.wants(c, 1))
        alone = replace(settings, select=wanted, profile="", profiles=(), packs=())
        self._rules = BlockJudge(alone).ledger_rules if wanted else []
        self._words = Words(settings)
        self._suppressor = suppressor_of(settings)

    def __bool__(self) -> bool:
        return bool(self._rules)

    def findings(
        self, interchange: InputInterchange, recorded: date, number: int, result: FileResult
    ) -> list[Finding]:
        """The findings of one; `number` is a new one for it, 0 where none was asked for."""
        reused = ReusedNumber(interchange.header, interchange.trailer, recorded, number)
        block = interchange.block
        found = [
            self._words.of_hit(rule, hit, hit.severity or rule.severity, block, result.path)
            for rule in self._rules
            for hit in rule.check(reused)
        ]
        if self._suppressor:
            return self._suppressor.drop(found, block, result.path, result.suppressed)
        return found
