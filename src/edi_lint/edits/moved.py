"""Says whether a part of a file has errors that the file had not, in fixed memory.

In a part claims have other bytes, positions and neighbours than in the whole, and a segment that is
missing shows at another one. So errors are counted by rule, envelopes and CLM01, and nothing else.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b

from edi_lint.findings import Finding, Severity

_BUCKETS = 1 << 20
"""Errors are told apart by so many buckets, four bytes each; two kinds may share one."""
MAX_SHOWN = 10


class Errors:
    """How many errors a file has, by what stays the same of them in its parts."""

    def __init__(self) -> None:
        self._counts = array("I", bytes(4 * _BUCKETS))

    def add(self, finding: Finding) -> int:
        """Count a finding, if it is an error; returns how many of its kind there are by now."""
        if finding.severity is not Severity.ERROR:
            return 0
        bucket = _bucket(finding)
        self._counts[bucket] += 1
        return self._counts[bucket]

    def of_kind(self, finding: Finding) -> int:
        """How many errors there are of the kind of a finding."""
        return self._counts[_bucket(finding)]


class PartErrors:
    """The errors of a part: `new` counts by code those that the whole has not, of which `examples`
    are some.
    """

    def __init__(self, whole: Errors) -> None:
        self._whole = whole
        self._own = Errors()
        self.new: dict[str, int] = {}
        self.examples: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """A finding of the part."""
        if self._own.add(finding) > self._whole.of_kind(finding):
            self.new[finding.code] = self.new.get(finding.code, 0) + 1
            if len(self.examples) < MAX_SHOWN:
                self.examples.append(finding)


def _bucket(finding: Finding) -> int:
    place = finding.location
    parts = (finding.code, place.interchange, place.group, place.transaction, place.claim)
    digest = blake2b("\n".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _BUCKETS
