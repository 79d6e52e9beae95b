"""Says of an input, or of a part of it, that it is not an 837P, so that nobody takes it for clean.

The finding (ENV011) is made when a report is complete: neither a choice of rules nor a suppression
nor a baseline hides it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import (
    CODE,
    NOWHERE,
    FileResult,
    ShownPlace,
    Skipped,
    is_refused,
    refusal,
    remark,
)
from edi_lint.findings.masking import printable
from edi_lint.findings.store import Kind
from edi_lint.grammar import answer_kind
from edi_lint.rules.envelope import NotProfessional

ANSWERS = frozenset({"277", "835", "997", "999"})
"""The transaction sets (ST01) with which receivers answer an 837P."""

if TYPE_CHECKING:
    from edi_lint.findings.report import Report


def findings(file: FileResult, is_found: bool = False, strict: bool = False) -> Iterator[Finding]:
    """What is to be said of what was not checked in an input; nothing where all of it was.

    An input without any 837P that was named is an error. One that was found in a folder or by a
    glob (`is_found`), and a set beside others, is only mentioned; with `strict` it is an error.
    """
    severity = Severity.ERROR if is_refused(file, is_found, strict) else Severity.INFO
    if not file.checked:
        message = refusal(file)
        if severity is Severity.INFO:
            message = f"skipped, because only an 837P is checked: {file.instead()}"
        yield _finding(file.path, severity, message, _beginning(file), _help(file))
        return
    for sets in file.skipped_sets():
        message = f"{sets.words()}: skipped, because only an 837P is checked"
        help_ = _trace(file.path) if is_answer(sets) else NotProfessional.help
        yield _finding(file.path, severity, message, sets.first, help_)


def is_answer(sets: Skipped) -> bool:
    """Whether sets are answers that `edi-lint trace` reads."""
    return bool(answer_kind(sets.type, sets.guide))


def is_answer_file(file: FileResult) -> bool:
    """Whether all that an input has instead of an 837P are answers that `edi-lint trace` reads."""
    has_answers = bool(file.skipped or file.acknowledgments)
    return (
        not file.error
        and not file.checked
        and has_answers
        and all(map(is_answer, file.skipped_sets()))
    )


def note_unchecked(
    reports: Iterable[Report], found: Collection[str] = (), strict: bool = False
) -> Iterator[Report]:
    """The same reports, with these findings; `found` are the paths that nobody named."""
    for report in reports:
        for finding in findings(report.file, report.file.path in found, strict):
            report.findings.append(finding)
        yield report


def refused(report: Report) -> str:
    """What is to be said of a report that makes the run end with status 2; else nothing."""
    return remark(report.file) if any_refused(report.findings.counts) else ""


def any_refused(counts: Iterable[Kind]) -> bool:
    """Whether one of these kinds of findings says that something could not be checked."""
    return any(code == CODE and severity is Severity.ERROR for code, _, severity in counts)


def _beginning(file: FileResult) -> ShownPlace:
    if file.error:
        return NOWHERE
    first = next(file.skipped_sets(), None)
    return first.first if first else file.opening or NOWHERE


def _help(file: FileResult) -> str:
    """What to do about an input in which nothing was checked."""
    if file.error:
        return "Correct the path or the file, or leave it out."
    if file.acknowledgments or any(map(is_answer, file.skipped_sets())):
        return f"{_trace(file.path)} To check claims, name the file that has them."
    if any(sets.type in ANSWERS for sets in file.skipped_sets()):
        return (
            "To look up what it answers: edi-lint rule --response CODE. To check claims, name the "
            "file that has them."
        )
    return NotProfessional.help


def _trace(path: str) -> str:
    """The command that finds the claims that an answer file is about."""
    import shlex

    command = f"edi-lint trace {shlex.quote(printable(path))} --sent PATHS"
    return f"To find the claims that it answers, and what to do: {command} (PATHS: what was sent)."


def _finding(
    path: str,
    severity: Severity,
    message: str,
    place: ShownPlace,
    help_: str = NotProfessional.help,
) -> Finding:
    rule = NotProfessional
    return Finding(
        rule.code,
        rule.name,
        severity,
        rule.level,
        message,
        help_,
        path,
        place.location,
        excerpt=place.excerpt,
        caret=place.caret,
    )
