"""Whether the totals of a 277CA add up: a difference is said, never repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from edi_lint.responses.model import AnswerTotal, BatchAnswer, ClaimAnswer
from edi_lint.tracing.model import Status
from edi_lint.tracing.routes import status_of
from edi_lint.tracing.sent_values import amount

_COUNTS = {"90": False, "QA": False, "AA": True, "QC": True}
"""QTY01 in 2200B and 2200C: whether it counts the rejected claims, or the accepted ones."""
_AMOUNTS = {"YU": False, "YY": True}
"""AMT01, in the same way."""


def differences(batch: BatchAnswer) -> Iterator[str]:
    """What a 277CA says of numbers and amounts that its own claims do not add up to.

    Nothing is said of a level without claims: there the totals are all there is.
    """
    every = [claim for provider in batch.providers for claim in provider.claims]
    yield from _of_level("the batch (2200B)", batch.totals, every)
    for number, provider in enumerate(batch.providers, start=1):
        where = f"billing provider {number} (2200C)"
        yield from _of_level(where, provider.totals, provider.claims)


def total_of_claims(batch: BatchAnswer) -> int:
    """How many claims the totals of 2200B count, accepted and rejected."""
    counts = {one.kind: one.value for one in batch.totals if one.kind in _COUNTS}
    numbers = (int(text) for text in counts.values() if text.isascii() and text.isdecimal())
    return sum(numbers)


def _of_level(
    where: str, totals: Sequence[AnswerTotal], claims: Sequence[ClaimAnswer]
) -> Iterator[str]:
    if not claims:
        return
    for one in totals:
        if one.kind in _COUNTS:
            is_rejected = _COUNTS[one.kind]
            found = Decimal(sum(_is_rejected(claim) is is_rejected for claim in claims))
            what = "claims"
        elif one.kind in _AMOUNTS:
            is_rejected = _AMOUNTS[one.kind]
            charges = [amount(c.charge) for c in claims if _is_rejected(c) is is_rejected]
            if None in charges:
                continue
            found, what = sum((c for c in charges if c is not None), Decimal(0)), "charges"
        else:
            continue
        said = amount(one.value)
        if said is not None and said != found:
            kind = "rejected" if is_rejected else "accepted"
            yield (
                f"the totals of {where} do not add up: {one.kind} says {said:f}, and the {kind} "
                f"{what} in it are {found:f}"
            )


def _is_rejected(claim: ClaimAnswer) -> bool:
    statuses = (*claim.statuses, *(s for line in claim.lines for s in line.statuses))
    categories = (code.partition(":")[0] for s in statuses for code in s.codes[:1])
    return any(status_of("277CA", category) is Status.REJECTED for category in categories)
