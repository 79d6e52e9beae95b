"""Compares the claims of one input with each other: what may stand in one of them only.

It takes two rounds, since an input is not held in memory. In the first, every claim gives keys, as
hashed numbers; in the second, only claims with a key that came more than once are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import Shared, SharedParts, SharedValues, TextPart, key_of
from edi_lint.rules.base import EarlierClaim, Hit, Rule, SharedRule
from edi_lint.rules.calls import holding, standing, value_at
from edi_lint.x12 import Segment


class SharedKey(NamedTuple):
    """A key of a claim, and what it was made of. `whole` also holds what an engine does not see."""

    key: bytes
    whole: bytes
    rule: SharedRule
    share: Shared
    segment: Segment
    element: int
    component: int
    line: str


class Sharing:
    """What the rules compare between claims; `shares` are to be the first triggers of a watch."""

    def __init__(self, rules: list[Rule]) -> None:
        pairs = [(s, r) for r in rules if isinstance(r, SharedRule) for s in r.shares]
        pairs.sort(key=lambda pair: _order(pair[0]))
        self._pairs = pairs
        self.shares = tuple(share for share, _ in pairs)

    def held(self, claim: Claim) -> Iterator[SharedKey]:
        """The keys of a claim: its own, then those of its lines, then single values."""
        for number, (share, rule) in enumerate(self._pairs):
            if isinstance(share, SharedValues):
                yield from _values(number, share, rule, claim)
            elif share.of_line:
                for line in claim.lines:
                    yield from _parts(number, share, rule, claim, line)
            else:
                yield from _parts(number, share, rule, claim, None)


class ClaimComparison:
    """The second round over an input: which claims hold what an earlier one held."""

    def __init__(
        self, sharing: Sharing, repeated: Collection[int], key_hash: Callable[[bytes], int]
    ) -> None:
        self.repeated = repeated
        self._sharing = sharing
        self._hash = key_hash
        self._first: dict[bytes, EarlierClaim] = {}

    def hits(self, claim: Claim) -> Iterator[tuple[Rule, Hit]]:
        """What a claim shares with earlier ones. One that comes again as a whole is one fault."""
        start = claim.block.starts[0]
        told: set[tuple[str, Shared]] = set()
        for held in self._sharing.held(claim):
            if self._hash(held.key) not in self.repeated:
                continue
            set_number = claim.transaction.control_number
            here = EarlierClaim(start, set_number, claim.number, held.line)
            earlier = self._first.setdefault(held.whole, here)
            about = (held.rule.code, held.share)
            if earlier.start == start or (held.line and about in told):
                continue
            told.add(about)
            message = held.rule.shared(held.share, earlier)
            yield (
                held.rule,
                Hit(held.segment, held.element, held.component, message, line=held.line),
            )
            if not _order(held.share):
                return


def _order(share: Shared) -> int:
    if isinstance(share, SharedValues):
        return 2
    return 1 if share.of_line else 0


def _values(
    number: int, share: SharedValues, rule: SharedRule, claim: Claim
) -> Iterator[SharedKey]:
    for place in share.places:
        for segment in standing(claim, place):
            value = value_at(place, segment)
            if value:
                key = bytes((number,)) + key_of(((place.shape.of(value),),))
                yield SharedKey(key, key, rule, share, segment, place.element, place.component, "")


def _parts(
    number: int, share: SharedParts, rule: SharedRule, claim: Claim, line: ServiceLine | None
) -> Iterator[SharedKey]:
    texts = _texts(share.parts, claim, line)
    first, place = next(iter(holding(share.parts[0], claim, line)), None), share.parts[0]
    if first is None or not all(texts[: share.needed]):
        return
    confirming = _texts(share.confirming, claim, line)
    if share.confirming and not any(confirming):
        return
    key = bytes((number,)) + key_of(texts)
    own = line.number if line else ""
    whole = key + key_of(confirming)
    yield SharedKey(key, whole, rule, share, first, place.element, place.first, own)


def _texts(
    parts: tuple[TextPart, ...], claim: Claim, line: ServiceLine | None
) -> tuple[tuple[str, ...], ...]:
    """The texts of parts; of several segments that one may be in, the first counts."""
    separator = claim.block.delimiters.texts[1]
    segments = (next(iter(holding(part, claim, line)), None) for part in parts)
    return tuple(
        part.texts(segment.values, separator) if segment else ()
        for part, segment in zip(parts, segments, strict=True)
    )
