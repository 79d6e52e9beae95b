"""Leaves of reports what is about claims that are named, and makes sure that these are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edi_lint.claims.naming import NamedClaims
from edi_lint.engine import open_engine
from edi_lint.findings.file_result import CODE
from edi_lint.findings.report import Report
from edi_lint.findings.store import Findings
from edi_lint.run.check_file import Opener
from edi_lint.x12 import NotX12Error
from edi_lint.x12.encoding import single_bytes


def only_claims(reports: Iterable[Report], named: NamedClaims, opener: Opener) -> Iterator[Report]:
    """The same reports with the findings of these claims alone, and what was not checked (ENV011).

    An input is read once more where a name was not found among its findings: a claim without
    findings is one that is there.
    """
    for report in reports:
        chosen = Findings()
        for finding in report.findings:
            place = finding.location
            is_named = place.claim_number and named.has(
                place.claim, f"{place.transaction}/{place.claim_number}"
            )
            if is_named or finding.code == CODE:
                chosen.append(finding)
        report.findings = chosen
        if named.unknown and not report.file.error:
            _look_for(report, named, opener)
        yield report


def _look_for(report: Report, named: NamedClaims, opener: Opener) -> None:
    """Look for the names among all claims of an input."""
    try:
        with opener(report.file.path) as stream:
            for block in open_engine(single_bytes(stream), lenient=True).blocks():
                named.takes(block)
                if not named.unknown:
                    return
    except (OSError, NotX12Error):
        return  # its report says what is wrong with it
