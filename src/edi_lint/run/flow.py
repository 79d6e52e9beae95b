"""What a check does with the reports of its inputs, one after the other, before they are shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from edi_lint.findings import Severity
from edi_lint.findings.report import Report, reaches
from edi_lint.run.check_file import Opener
from edi_lint.run.unchecked import note_unchecked
from edi_lint.settings import Settings


class CheckFlow:
    """Asks the ledger, drops what the settings hide, records what may be sent, and notes what was
    not checked.

    `ledger` is what asks, None without one; `hidden` what is dropped, None where that is nothing.
    Raises LedgerError, and BaselineError for a baseline that cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        opener: Opener,
        *,
        fail_on: Severity | None = Severity.ERROR,
        strict: bool = False,
        records: bool = False,
        makes_ledger: bool = True,
        hides: bool = True,
    ) -> None:
        """`opener` opens an input once more by its name. With `records` the interchanges of inputs
        without a finding as bad as `fail_on` are recorded as sent. Only with `makes_ledger` a
        ledger that is not there is made. With `strict` a set that is not an 837P is an error.
        """
        self._fail_on = fail_on
        self._strict = strict
        self._records = records
        self.ledger = None
        self.hidden = None
        if settings.ledger:
            from edi_lint.run.ledger_check import LedgerCheck

            self.ledger = LedgerCheck(settings, opener, makes_ledger)
        if hides and (settings.suppressions or settings.baseline):
            from edi_lint.settings.hidden import Hidden

            self.hidden = Hidden(settings)

    def follow(self, reports: Iterable[Report], found: Collection[str] = ()) -> Iterator[Report]:
        """The reports as they are to be shown; `found` are paths that nobody named.

        What is recorded is so after its report was dealt with. Raises LedgerError.
        """
        if self.ledger:
            reports = self.ledger.add_known(reports)
        if self.hidden:
            reports = self.hidden.drop(reports)
        if self.ledger and self._records:
            reports = self.ledger.record_sent(reports, self._passes)
        return note_unchecked(reports, found, self._strict)

    def _passes(self, report: Report) -> bool:
        """Whether an input is one that may be recorded as sent."""
        file = report.file
        if file.error or not file.checked or (self._strict and file.skipped):
            return False
        return not reaches(report.findings.counts, self._fail_on)
