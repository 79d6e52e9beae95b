"""Compares what is found in a file before and after: nothing has moved, so places compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from edi_lint.findings import Finding, Location


class FindingDifference(NamedTuple):
    """A finding that only one of the two files has; `is_new` says that it is the redacted one."""

    is_new: bool
    finding: Finding


def differences(before: Iterable[Finding], after: Iterable[Finding]) -> Iterator[FindingDifference]:
    """The findings that differ in rule, severity or place, in file order; messages do not count."""
    left, right = _by_place(before), _by_place(after)
    ours, theirs = next(left, None), next(right, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours[0] < theirs[0]):
            assert ours is not None
            yield from (FindingDifference(False, finding) for finding in ours[1])
            ours = next(left, None)
        elif ours is None or theirs[0] < ours[0]:
            yield from (FindingDifference(True, finding) for finding in theirs[1])
            theirs = next(right, None)
        else:
            yield from (FindingDifference(False, f) for f in _without(ours[1], theirs[1]))
            yield from (FindingDifference(True, f) for f in _without(theirs[1], ours[1]))
            ours, theirs = next(left, None), next(right, None)


def _by_place(findings: Iterable[Finding]) -> Iterator[tuple[int, list[Finding]]]:
    """The findings that begin at one byte, byte by byte; they come in this order."""
    for start, group in groupby(findings, key=lambda f: f.location.byte_start):
        yield start, list(group)


def _without(findings: list[Finding], others: list[Finding]) -> Iterator[Finding]:
    """Those findings that have no like among the others."""
    known = Counter(map(mark, others))
    for finding in findings:
        if known[mark(finding)]:
            known[mark(finding)] -= 1
        else:
            yield finding


def mark(finding: Finding) -> tuple[object, ...]:
    """What must be the same before and after."""
    place: Location = finding.location
    return (
        finding.code,
        finding.severity,
        place.byte_start,
        place.byte_end,
        place.line,
        place.column,
        place.segment_ordinal,
        place.element,
        place.loop,
        place.claim_number,
    )
