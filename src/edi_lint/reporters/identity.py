"""Tells findings apart by what they are, so that a tool knows one again where its line has moved.

No offset, line or ordinal is in an identity. Findings that are equal in everything else are
numbered in their order. With a key the claim counts too; without one it does not, because
whoever sees a fingerprint without a secret in it can test guesses of the claim number.
"""

from __future__ import annotations

import os
from array import array

from edi_lint.findings import Finding
from edi_lint.findings.fingerprints import fingerprint

KEY_VARIABLE = "EDI_LINT_FINGERPRINT_KEY"
"""The environment variable with the key: a secret that stays the same from run to run."""
VERSION = "v1"

_BUCKETS = 1 << 18
"""Equal findings are counted in so many counters, so that memory stays bounded. Where two kinds
of finding share one, their numbers have gaps and are still told apart."""


class Identities:
    """Fingerprints of the findings of one input, each of them once."""

    def __init__(self, *scope: str) -> None:
        """`scope` is what else tells the findings apart, such as the path of the file."""
        self._key = os.environ.get(KEY_VARIABLE, "").encode("utf-8", "surrogateescape")
        self._scope = scope
        self._counts = array("L")

    def of(self, finding: Finding) -> str:
        """16 hexadecimal digits; of two equal findings the second has other ones."""
        place = finding.location
        what = fingerprint(
            self._key,
            *self._scope,
            finding.code,
            place.segment,
            place.element,
            place.loop,
            place.claim if self._key else "",
            finding.message,
        )
        return fingerprint(self._key, what, str(self._number(what)))

    def _number(self, what: str) -> int:
        if not self._counts:
            self._counts = array("L", bytes(_BUCKETS * self._counts.itemsize))
        bucket = int(what, 16) % _BUCKETS
        self._counts[bucket] += 1
        return self._counts[bucket]
