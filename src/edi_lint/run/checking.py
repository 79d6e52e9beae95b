"""Lints one input for a program: what cannot be done raises, what the settings hide goes."""

from __future__ import annotations

from edi_lint.files.sources import Source
from edi_lint.findings.file_result import unreadable
from edi_lint.findings.report import Not837PError, Report
from edi_lint.run import unchecked
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings, severity


def check(source: Source, settings: Settings | None, fail_on: str | None) -> Report:
    """As `edi_lint.check`."""
    settings, threshold = settings or Settings(), severity(fail_on)
    try:
        report = _linted(source, settings)
    except OSError as problem:
        raise unreadable(problem) from None
    if settings.suppressions or settings.baseline:
        from edi_lint.settings.hidden import Hidden

        hidden = Hidden(settings)
        (report,) = hidden.drop([report])
        report.hidden = hidden
    report.fail_on = threshold
    report.findings.extend(unchecked.findings(report.file))
    if not report.file.checked:
        raise Not837PError(report.file, report)
    return report


def _linted(source: Source, settings: Settings) -> Report:
    linter = Linter(settings)
    if not settings.ledger:
        return linter.lint(source)
    from edi_lint.run.ledger_check import lint_with_ledger

    return lint_with_ledger(source, linter)
