"""Remembers in which of the open envelopes something is missing or out of place.

A trailer that does not agree with what was read is then not simply wrong: it may be the right one,
and tell of what was lost. So its fix is a suggestion there.
"""

from __future__ import annotations

from collections.abc import Iterable

from edi_lint.engine import Block, Context, Fault
from edi_lint.findings import Applicability, Finding
from edi_lint.rules.structural import TRAILERS, is_loss

Flags = tuple[bool, bool, bool]
"""Whether something is lost in the interchange, the group and the set that are open."""

NOTHING_LOST: Flags = (False, False, False)


class Losses:
    """What is lost in the envelopes that are open, as far as the blocks seen tell.

    Reading may begin in the middle of a file. What is not known of the part before it is found
    out when the two are joined, by `settled`.
    """

    def __init__(self, context: Context, before: Flags | None = NOTHING_LOST) -> None:
        """`context` is what is open at first, and `before` what was lost in it; None: unknown."""
        self._open = _ordinals(context)
        self._lost = list(before or NOTHING_LOST)
        self._unknown = [before is None and ordinal > 0 for ordinal in self._open]
        self._undecided: dict[tuple[str, int], int] = {}
        """Findings by code and place, and the level of the envelope that they hang on."""

    def see(self, block: Block) -> None:
        """Take in a block, before its faults are described."""
        self.enter(block.context)
        if any(is_loss(fault) for fault in block.faults):
            pairs = zip(self._lost, self._open, strict=True)
            self._lost = [lost or ordinal > 0 for lost, ordinal in pairs]

    def enter(self, context: Context) -> None:
        """Take in which envelopes are open; nothing is lost yet in those that are new."""
        now = _ordinals(context)
        for level, (ordinal, before) in enumerate(zip(now, self._open, strict=True)):
            if ordinal != before:
                self._lost[level:] = self._unknown[level:] = [False] * (len(now) - level)
                break
        self._open = now

    def around(self, fault: Fault) -> bool:
        """Whether something is lost in the envelope that a trailer's fault is about."""
        level = TRAILERS.get(fault.code)
        return level is not None and self._lost[level]

    def note(self, fault: Fault, finding: Finding) -> None:
        """Remember a finding whose fix hangs on what is not known."""
        level = TRAILERS.get(fault.code)
        if level is None or finding.fix is None:
            return
        if self._unknown[level] and not self._lost[level]:
            self._undecided[_key(finding)] = level

    def settled(self, findings: Iterable[Finding], before: Flags) -> Iterable[Finding]:
        """The findings, now that it is known what was lost before the first block seen."""
        doubtful = {key for key, level in self._undecided.items() if before[level]}
        if not doubtful:
            return findings
        return (_suggested(f) if _key(f) in doubtful else f for f in findings)

    def after(self, before: Flags) -> Flags:
        """What is lost in what is open now, if `before` was at first."""
        interchange, group, set_ = (
            lost or (unknown and was)
            for lost, unknown, was in zip(self._lost, self._unknown, before, strict=True)
        )
        return interchange, group, set_


def _ordinals(context: Context) -> tuple[int, int, int]:
    interchange, group, transaction = context[:3]
    return (
        interchange.ordinal if interchange else 0,
        group.ordinal if group else 0,
        transaction.ordinal if transaction else 0,
    )


def _key(finding: Finding) -> tuple[str, int]:
    return finding.code, finding.location.byte_start


def _suggested(finding: Finding) -> Finding:
    assert finding.fix is not None
    return finding._replace(fix=finding.fix._replace(applicability=Applicability.SUGGESTED))
