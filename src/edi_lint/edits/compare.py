"""Says which findings a file has that the one it was made from had not, in fixed memory.

What is made of a file has its claims at other positions, among other neighbours, in other
envelopes. So findings are counted by what stays the same of them, which depends on what was made.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from edi_lint.findings import Finding, Severity

_BUCKETS = 1 << 20
"""Findings are told apart by so many buckets, four bytes each; two kinds may share one."""
MAX_SHOWN = 10

Mark = Callable[[Finding], tuple[str, ...]]


def in_part(finding: Finding) -> tuple[str, ...]:
    """What stays the same in a file that claims were left out of, each claim as it was.

    A segment that is missing shows at another one.
    """
    place = finding.location
    return finding.code, place.interchange, place.group, place.transaction, place.claim


def in_new_envelopes(finding: Finding) -> tuple[str, ...]:
    """What stays the same where envelopes have new numbers: the claim, and all that is said."""
    place = finding.location
    within = (place.claim, place.service_line, place.segment, place.element)
    return (finding.code, *within, finding.message)


class Tally:
    """How many findings a file has, by what `mark` says of them, and by severity and code."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.counts = array("I", (0,)) * _BUCKETS
        self.totals: Counter[tuple[str, str]] = Counter()

    def add(self, finding: Finding) -> None:
        self.counts[_bucket(self.mark(finding))] += 1
        self.totals[finding.severity, finding.code] += 1

    def json(self) -> dict[str, Any]:
        """What `read` makes the tally of again, in another process."""
        counts = [(bucket, count) for bucket, count in enumerate(self.counts) if count]
        return {"counts": counts, "totals": [(*kind, n) for kind, n in self.totals.items()]}

    @classmethod
    def read(cls, mark: Mark, answer: Mapping[str, Any]) -> Tally:
        tally = cls(mark)
        for bucket, count in answer["counts"]:
            tally.counts[int(bucket)] = int(count)
        for severity, code, count in answer["totals"]:
            tally.totals[str(severity), str(code)] = int(count)
        return tally


class Comparison:
    """The findings of a file, held against those of the one that it was made from.

    `examples` are some that are new, by severity.
    """

    def __init__(self, before: Tally) -> None:
        self._before = before
        self._left = before.counts[:]
        self._totals: Counter[tuple[str, str]] = Counter()
        self._new: Counter[tuple[str, str]] = Counter()
        self.examples: dict[Severity, list[Finding]] = {severity: [] for severity in Severity}

    def add(self, finding: Finding) -> None:
        """A finding of the file."""
        kind = finding.severity, finding.code
        self._totals[kind] += 1
        bucket = _bucket(self._before.mark(finding))
        if self._left[bucket]:
            self._left[bucket] -= 1
            return
        self._new[kind] += 1
        if len(self.examples[finding.severity]) < MAX_SHOWN:
            self.examples[finding.severity].append(finding)

    def new(self, severity: Severity) -> dict[str, int]:
        """How many findings of a severity are new, by code; at least by how many there are more."""
        new = self._new | (self._totals - self._before.totals)
        return {code: n for (of, code), n in sorted(new.items()) if of == severity}


def _bucket(mark: tuple[str, ...]) -> int:
    digest = blake2b("\n".join(mark).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _BUCKETS
