"""Claims by their names: CLM01, or ST02/n for the n-th claim of a transaction set."""

from __future__ import annotations

from collections.abc import Iterable

from edi_lint.claims.views import Claim
from edi_lint.engine import Block, BlockKind


class NamedClaims:
    """Tells which claims are named, and remembers which names no claim had. Empty: all are."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(names)
        self._unknown = set(self._names)

    def __bool__(self) -> bool:
        return bool(self._names)

    @property
    def unknown(self) -> list[str]:
        """The names that no claim had so far."""
        return sorted(self._unknown)

    def has(self, claim_id: str, place: str) -> bool:
        """Whether a claim with this CLM01, at this place (ST02/n), is one of them."""
        found = self._names & {claim_id, place}
        self._unknown -= found
        return bool(found)

    def takes(self, block: Block) -> bool:
        """Whether a block is of a claim that is named, or outside of claims."""
        if not self._names or block.kind is not BlockKind.CLAIM:
            return True
        head = Claim(block).head
        return self.has(head.id, f"{head.transaction.control_number}/{head.number}")
