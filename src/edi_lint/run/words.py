"""Turns what the judge found in a block into findings: its place in the file, and what is shown."""

from __future__ import annotations

from dataclasses import replace

from edi_lint.claims import Claim, parties
from edi_lint.engine import Block, BlockKind, ClaimMark, FaultCode
from edi_lint.engine.result import ABSENT
from edi_lint.findings import Finding, Location, Severity
from edi_lint.findings.file_result import ShownPlace
from edi_lint.findings.masking import is_charge, shown_party
from edi_lint.rules.base import Hit, Rule
from edi_lint.rules.parts import Spot
from edi_lint.rules.structural import Described
from edi_lint.run.locating import Target, caret_of, locate, locate_missing
from edi_lint.run.masked_segments import payer_shown, values_as_written
from edi_lint.settings import Settings
from edi_lint.x12 import Segment


class Words:
    """Makes findings of hits and faults; the settings say what of a claim may be shown."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._payer_of: Block | None = None
        self._payer = ""
        self._shown_of: Segment | None = None
        self._shown: list[str] = []
        self._charge_of: Block | None = None
        self._charge = ""

    def of_hit(self, rule: Rule, hit: Hit, severity: Severity, block: Block, path: str) -> Finding:
        """A hit of a rule on a block of the input `path`, with the severity that it has there."""
        target = Target(hit.segment, hit.element, hit.component)
        excerpt, caret = self._excerpt(target, block)
        return Finding(
            rule.code,
            rule.name,
            severity,
            rule.level,
            hit.message,
            rule.help,
            path,
            self._location(target, block, _claim_of(hit, block), hit.line),
            hit.response or rule.response,
            hit.fix,
            excerpt,
            caret,
            self._related(hit.also, block) if hit.also else None,
        )

    def _related(self, spot: Spot, block: Block) -> Location:
        """The second place of a finding."""
        target = Target(spot.segment, spot.element, spot.component)
        inside = spot.segment.start >= block.starts[0]
        return self._location(target, block, block.claim if inside else None, spot.line)

    def of_fault(
        self, described: Described, severity: Severity, block: Block, path: str
    ) -> Finding:
        """A fault of the structure, as `rules.structural` describes it."""
        fault, rule = described.fault, described.rule
        shifted = fault.code is FaultCode.SHIFTED
        target = Target(fault.segment, fault.element, fault.component, fault.repeat, shifted)
        if described.whole:
            target = Target(fault.segment, 0, 0)
        excerpt, caret = self._excerpt(target, block)
        location = self._location(target, block, fault.claim, fault.line)
        if fault.code in ABSENT:
            location = locate_missing(location, fault, block)
        if described.no_excerpt:
            end = max(fault.segment.end, location.byte_start)
            excerpt, caret = "", (0, 0)
            row, column = fault.segment.window.moved(
                location.byte_start, end, location.line, location.column
            )
            location = replace(location, segment="", byte_end=end, end_line=row, end_column=column)
        return Finding(
            rule.code,
            rule.name,
            severity,
            rule.level,
            described.message,
            described.help,
            path,
            location,
            described.response,
            described.fix,
            excerpt,
            caret,
        )

    def beginning(self, block: Block) -> ShownPlace:
        """The first segment of a block."""
        target = Target(block.segment(0), 0, 0)
        return ShownPlace(locate(target, block, None, ""), *self._excerpt(target, block))

    def _location(
        self, target: Target, block: Block, claim: ClaimMark | None, line: str
    ) -> Location:
        charge = self._charge_in(block) if claim else ""
        location = locate(target, block, claim, line, charge)
        if self._settings.parties:
            location = self._with_parties(location, block)
        if location.claim or self._settings.baseline is None:
            return location
        from edi_lint.findings.fingerprints import digest

        return replace(location, content=digest(target.segment.raw))

    def _charge_in(self, block: Block) -> str:
        """The charge of a block's claim; empty where it cannot be read, or may not be shown."""
        if block is not self._charge_of:
            charge = Claim(block).charge if block.kind is BlockKind.CLAIM else None
            is_shown = charge is not None and is_charge(charge)
            self._charge_of, self._charge = block, str(charge) if is_shown else ""
        return self._charge

    def _with_parties(self, location: Location, block: Block) -> Location:
        level = parties.subscriber(block)
        if level is None or level is not self._payer_of:
            self._payer_of = level
            self._payer = payer_shown(block)
        sent_by = shown_party(next(iter(parties.submitters(block)), ""))
        return replace(location, payer=self._payer, submitter=sent_by)

    def _excerpt(self, target: Target, block: Block) -> tuple[str, tuple[int, int]]:
        segment = target.segment
        if segment is not self._shown_of:
            self._shown_of = segment
            self._shown = values_as_written(segment, block, self._settings.phi)
        values = self._shown
        if segment.shift is not None and not target.as_written:
            target = replace(target, element=segment.shift.as_written(target.element))
        separator = segment.delimiters.element.decode("latin-1")
        text = separator.join(values)
        return text, caret_of(values, target, segment)


def _claim_of(hit: Hit, block: Block) -> ClaimMark | None:
    """The claim that a hit is in; None above claims."""
    return block.claim if block.claim and hit.segment.start >= block.starts[0] else None
