"""Says whether a file whose faults were fixed lints worse than before, in bounded memory.

A fix may bring to light what the fault has hidden: a diagnosis without its dot turns out to be
none. So one error may take another's place in a claim; a claim may not have more of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edi_lint.findings import Finding, Severity

MAX_SHOWN = 10

_BUCKETS = 1 << 18
"""Claims are told apart by so many buckets; two that share one are weighed together."""


class Worse(NamedTuple):
    """New errors of claims that have more than before, or of an envelope: by code, and some."""

    counts: dict[str, int]
    examples: list[Finding]


def worse(before: Iterable[Finding], after: Iterable[Finding]) -> Worse:
    """Compare the findings of a file before and after; both are gone through several times."""
    more = Counter(bucket for bucket, _ in _errors(after))
    more -= Counter(bucket for bucket, _ in _errors(before))
    known = Counter(_mark(f) for bucket, f in _errors(before) if more[bucket])
    found = Worse({}, [])
    for bucket, finding in _errors(after):
        if not more[bucket]:
            continue
        mark = _mark(finding)
        if known[mark]:
            known[mark] -= 1
            continue
        found.counts[finding.code] = found.counts.get(finding.code, 0) + 1
        if len(found.examples) < MAX_SHOWN:
            found.examples.append(finding)
    return found


def _errors(findings: Iterable[Finding]) -> Iterator[tuple[int, Finding]]:
    """The errors, each with the bucket of its claim, or of the envelope that it is in."""
    for finding in findings:
        if finding.severity is Severity.ERROR:
            yield _bucket(finding), finding


def _bucket(finding: Finding) -> int:
    """Leading zeros apart, which a fix may write into a set's control number."""
    place = finding.location
    transaction = place.transaction.lstrip("0")
    return hash((place.interchange, place.group, transaction, place.claim_number)) % _BUCKETS


def _mark(finding: Finding) -> tuple[object, ...]:
    """The same for a finding wherever its bytes have moved to, and its line number with them."""
    place = finding.location
    return (_bucket(finding), finding.code, place.segment, place.element, finding.message)
