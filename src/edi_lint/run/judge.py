"""Judges blocks: which rules find what in them. How that is said, and where, is for `words`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import Block, BlockKind, FaultCode, TriggerSet, make_pool
from edi_lint.engine.identity import CURRENT_GUIDE, OLD_GUIDE
from edi_lint.findings import Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.packs import packs, profiles
from edi_lint.packs.profiles import Profiles
from edi_lint.rules.base import LedgerRule
from edi_lint.rules.calls import Calls, Found, Judges
from edi_lint.rules.doubt import doubt_of
from edi_lint.rules.losses import Losses
from edi_lint.rules.resubmission import Resubmission
from edi_lint.rules.run import Run
from edi_lint.rules.sharing import ClaimComparison, Sharing
from edi_lint.rules.structural import Described, describe
from edi_lint.run.masked_segments import grammar_of
from edi_lint.settings import Settings

if TYPE_CHECKING:
    from edi_lint.engine.compiled import Pool


class BlockJudge:
    """The rules that the settings ask for, each called only where what it looks at occurs.

    Raises PackError for a pack or profile in the settings that cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._about = run_of(settings)
        chosen = (r for r in settings.catalogue() if settings.wants(r.code, r.level))
        wanted = [rule(self._about) for rule in chosen]
        self.ledger_rules = [r for r in wanted if isinstance(r, LedgerRule)]
        self.sharing = Sharing(wanted)
        self._values = Judges(wanted)
        self._calls = Calls(wanted, self._about, self.sharing.shares)
        self._old_calls = Calls([], self._about)

    @property
    def unjudged(self) -> set[str]:
        """The codes met so far that a rule cannot judge for want of a release."""
        return self._values.unjudged

    def make_pool(self) -> Pool | None:
        """What an engine takes so that only blocks come out of it that rules may speak of."""
        return make_pool(
            {
                CURRENT_GUIDE: TriggerSet(
                    self._values.places,
                    self._calls.triggers,
                    _Verdicts(self._values, self._calls),
                ),
                OLD_GUIDE: TriggerSet(
                    (), self._old_calls.triggers, _Verdicts(self._values, self._old_calls)
                ),
            }
        )

    def make_comparing_pool(self, repeated: Collection[int]) -> Pool | None:
        """The same for claims that share one of these keys with another one."""
        shares = TriggerSet((), self.sharing.shares)
        return make_pool({CURRENT_GUIDE: shares, OLD_GUIDE: TriggerSet((), ())}, repeated)

    def faults(
        self, block: Block, claim: Claim | None, losses: Losses
    ) -> Iterator[tuple[Described, Severity]]:
        """The faults of a block's structure that the settings want to hear of."""
        for fault in block.faults:
            described = describe(fault, block.context, losses.around(fault))
            rule = described.rule
            severity = self._graded(rule.code, described.severity, claim)
            if severity and self._settings.wants(rule.code, rule.level):
                yield described, severity

    def hits(self, block: Block, claim: Claim | None, result: FileResult) -> Iterator[Found]:
        """What the rules find in a block; its service lines are counted in `result`."""
        if not is_current(block):
            if claim:
                self._lines(claim, self._old_calls, result)
            return
        doubt = doubt_of(block)
        for rule, hit, severity in self._of_rules(block, claim, result):
            if doubt is None or not doubt.silences(rule, hit):
                yield rule, hit, severity

    def compared(self, block: Block, comparison: ClaimComparison) -> Iterator[Found]:
        """What the claim of a block shares with earlier ones that it should not."""
        if not is_whole_claim(block):
            return
        claim = Claim(block)
        doubt = doubt_of(block)
        for rule, hit in comparison.hits(claim):
            for found in self._calls.found_by(rule, (hit,), claim):
                if doubt is None or not doubt.silences(rule, hit):
                    yield found

    def resubmission(self, made: Resubmission) -> Iterator[Found]:
        """What is wrong with a claim that was rewritten; places are those of the original."""
        return self._calls.on_resubmission(made)

    def _graded(self, code: str, severity: Severity, claim: Claim | None) -> Severity | None:
        """The severity that a finding inside a claim has for the claim's payer; None: silence."""
        return severity if claim is None else self._about.graded(code, severity, claim)

    def _of_rules(self, block: Block, claim: Claim | None, result: FileResult) -> Iterator[Found]:
        """What the rules find in a block; each is called only where what it looks at occurs."""
        cut = breaks_off(block)
        broken = cut and not block.is_part
        of_values = self._values.hits(block, len(block) - 1 if broken else len(block))
        for rule, hit in of_values:
            severity = self._graded(rule.code, hit.severity or rule.severity, claim)
            if severity:
                yield rule, hit, severity
        if claim is None:
            return
        lines = self._lines(claim, self._calls, result)
        if cut and block.rest_of is None:
            yield from self._calls.on_lines(claim, lines[:-1])
        elif cut:
            return
        elif block.alarms is not None:
            yield from self._calls.alarmed(claim, block.alarms)
        else:
            yield from self._calls.on_claim(claim)
            yield from self._calls.on_lines(claim, lines)

    def _lines(self, claim: Claim, calls: Calls, result: FileResult) -> tuple[ServiceLine, ...]:
        if claim.block.is_part:
            # it may begin or end in the middle of a line
            result.service_lines += claim.count("LX")
            result.matched_lines += calls.matches_of(claim.placed("SV1"))
            return claim.lines if claim.block.rest_of is None else ()
        result.service_lines += len(claim.lines)
        result.matched_lines += calls.matches(claim)
        return claim.lines


class _Verdicts:
    """What an engine asks about texts that it meets for the first time in a run."""

    def __init__(self, judges: Judges, calls: Calls) -> None:
        self.of_value = judges.verdict
        self.of_trigger = calls.verdict


def run_of(settings: Settings) -> Run:
    """What the rules may ask, by the settings. Raises PackError."""
    codes = {code: pack for pack in packs() for code in pack.codes}
    in_force = Profiles((), profiles())
    if settings.profile or settings.profiles or settings.packs:
        from edi_lint.packs.users import users_packs, users_profiles

        rules = [rule.code for rule in settings.catalogue()]
        in_force = users_profiles(settings.profiles, settings.profile, rules)
        codes |= users_packs(settings.packs)
    return Run(codes, in_force, settings.as_of)


def is_current(block: Block) -> bool:
    """Whether the block is in a set of the guide that the rules are about."""
    grammar = grammar_of(block)
    return grammar is not None and grammar.guide == CURRENT_GUIDE


def breaks_off(block: Block) -> bool:
    """Whether the block holds a part of a claim only, so that rules would judge half of it."""
    return block.is_part or any(f.code is FaultCode.UNTERMINATED for f in block.faults)


def is_whole_claim(block: Block) -> bool:
    """Whether the block holds a claim of the current guide, and all of it."""
    return block.kind is BlockKind.CLAIM and is_current(block) and not breaks_off(block)
