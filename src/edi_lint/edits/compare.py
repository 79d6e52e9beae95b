"""Says whether a file lints worse than the one it was made from, in bounded memory.

What is made of a file has its bytes and claims at other positions, among other neighbours, in other
envelopes. So findings are counted by what stays the same of them, their mark, which depends on what
was made.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import Any

from edi_lint.findings import Finding, Severity

_BUCKETS = 1 << 20
"""Marks are told apart by so many buckets, four bytes each; two of them may share one."""
MAX_SHOWN = 10

Mark = Callable[[Finding], tuple[object, ...]]


def in_part(finding: Finding) -> tuple[object, ...]:
    """What stays the same in a file that claims were left out of, each claim as it was.

    A segment that is missing shows at another one.
    """
    place = finding.location
    return finding.code, place.interchange, place.group, place.transaction, place.claim


def in_new_envelopes(finding: Finding) -> tuple[object, ...]:
    """What stays the same where envelopes have new numbers: the claim, and all that is said."""
    place = finding.location
    within = (place.claim, place.service_line, place.segment, place.element)
    return (finding.code, *within, finding.message)


def in_fixed(finding: Finding) -> tuple[object, ...]:
    """What stays the same where faults were fixed: bytes and line numbers may have moved."""
    place = finding.location
    return (*claim_of(finding), finding.code, place.segment, place.element, finding.message)


def claim_of(finding: Finding) -> tuple[object, ...]:
    """The claim of a finding, or the envelope that it is in.

    Leading zeros apart, which a fix may write into a set's control number.
    """
    place = finding.location
    transaction = place.transaction.lstrip("0")
    return place.interchange, place.group, transaction, place.claim_number


class FindingTally:
    """How many findings a file has, by what `mark` says of them, and by severity and code."""

    def __init__(self, mark: Mark, findings: Iterable[Finding] = ()) -> None:
        self.mark = mark
        self.counts = array("I", (0,)) * _BUCKETS
        self.totals: Counter[tuple[str, str]] = Counter()
        for finding in findings:
            self.add(finding)

    def add(self, finding: Finding) -> None:
        self.counts[_bucket(self.mark(finding))] += 1
        self.totals[finding.severity, finding.code] += 1

    def json(self) -> dict[str, Any]:
        """What `read` makes the tally of again, in another process."""
        counts = [(bucket, count) for bucket, count in enumerate(self.counts) if count]
        return {"counts": counts, "totals": [(*kind, n) for kind, n in self.totals.items()]}

    @classmethod
    def read(cls, mark: Mark, answer: Mapping[str, Any]) -> FindingTally:
        tally = cls(mark)
        for bucket, count in answer["counts"]:
            tally.counts[int(bucket)] = int(count)
        for severity, code, count in answer["totals"]:
            tally.totals[str(severity), str(code)] = int(count)
        return tally


class FindingComparison:
    """The findings of a file, held against those of the one that it was made from.

    `examples` are some that are new, by severity.
    """

    def __init__(self, before: FindingTally) -> None:
        self._before = before
        self._remaining = before.counts[:]
        self._totals: Counter[tuple[str, str]] = Counter()
        self._new: Counter[tuple[str, str]] = Counter()
        self.examples: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}

    def add(self, finding: Finding) -> None:
        """A finding of the file."""
        kind = finding.severity, finding.code
        self._totals[kind] += 1
        bucket = _bucket(self._before.mark(finding))
        if self._remaining[bucket]:
            self._remaining[bucket] -= 1
            return
        self._new[kind] += 1
        if len(self.examples[finding.severity]) < MAX_SHOWN:
            self.examples[finding.severity].append(finding)

    def new(self, severity: Severity) -> dict[str, int]:
        """How many findings of a severity are new, by code; at least by how many there are more."""
        new = self._new | (self._totals - self._before.totals)
        return {code: n for (of, code), n in sorted(new.items()) if of == severity}


def compare_fixed(before: Iterable[Finding], after: Iterable[Finding]) -> FindingComparison:
    """The errors of a file whose faults were fixed, in claims and envelopes with more than before.

    A fix may bring to light what the fault has hidden: a diagnosis without its dot turns out to be
    none. So one error may take another's place in a claim; a claim may not have more of them.
    Both rows are gone through several times.
    """
    earlier = FindingTally(claim_of, filter(_is_error, before)).counts
    later = FindingTally(claim_of, filter(_is_error, after)).counts

    def has_more(finding: Finding) -> bool:
        bucket = _bucket(claim_of(finding))
        return _is_error(finding) and later[bucket] > earlier[bucket]

    comparison = FindingComparison(FindingTally(in_fixed, filter(has_more, before)))
    for finding in filter(has_more, after):
        comparison.add(finding)
    return comparison


def _is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _bucket(mark: tuple[object, ...]) -> int:
    digest = blake2b("\n".join(map(str, mark)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _BUCKETS
