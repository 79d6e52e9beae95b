"""Findings for people, four lines each: what, where, the segment, and a caret with what to do."""

from __future__ import annotations

import re

from edi_lint.findings import Applicability, Finding
from edi_lint.reporters import places
from edi_lint.reporters.claim_by_claim import ClaimByClaim
from edi_lint.reporters.colours import BOLD, GUTTER, OF_SEVERITY


class Grouped(ClaimByClaim):
    """The findings of a claim are together; what to do is beside the caret, or below it where the
    terminal is too narrow for that.
    """

    def finding(self, finding: Finding) -> str:
        line, paint = str(finding.location.line), self._paint
        gutter = " " * len(line)
        lines = [*self._head(finding), *self._where(finding, gutter)]
        advice = "" if finding.help in self._helped and not finding.fix else _advice(finding)
        self._helped.add(finding.help)
        if finding.excerpt:
            bar = paint("|", GUTTER)
            text, start, end = self._window(finding, len(gutter) + 3)
            end = max(start + 1, end)
            caret = paint("^" * (end - start), BOLD, OF_SEVERITY[finding.severity])
            lines.append(f"{paint(line, GUTTER)} {bar} {text}")
            beside = f"{gutter} {bar} {' ' * start}{caret}"
            if advice and self._fits(len(gutter) + 3 + end + 1 + len(advice)):
                beside, advice = f"{beside} {advice}", ""
            lines.append(beside)
        if advice:
            label, _, said = advice.partition(": ")
            lines += self._note(gutter, label, said)
        return "\n".join(lines) + "\n"

    def _where(self, finding: Finding, gutter: str) -> list[str]:
        """`--> outbound.837:85:17 · line 1 · SV101-04 · …`, in two lines where one is too long."""
        at, place = self._at(finding), " · ".join(filter(None, _place(finding)))
        lead = f"{gutter} {self._paint('-->', GUTTER)} "
        indent = " " * (len(gutter) + len(" --> "))
        if place and self._fits(len(f"{indent}{self._plain_at(finding)} · {place}")):
            return [f"{lead}{at} · {place}"]
        more = self._wrapped(place, len(indent)) if place else []
        return [lead + at, *(indent + line for line in more)]

    def _fits(self, columns: int) -> bool:
        return not self.asked.width or columns <= self.asked.width


def _place(finding: Finding) -> tuple[str, ...]:
    """«line 1», «SV101-04», «loop 2400», «segment 83»: as a 999 would count it.

    A second place of the finding is named where it is in another segment than the one shown.
    """
    place = finding.location
    ordinal = f"segment {place.segment_ordinal}" if place.segment_ordinal else ""
    loop = f"loop {place.loop}" if place.loop else ""
    elsewhere = finding.related and finding.related.segment_ordinal != place.segment_ordinal
    also = f"see {finding.see_also}" if elsewhere else ""
    return (places.service_line(place), place.element or place.segment, loop, ordinal, also)


def _advice(finding: Finding) -> str:
    """What to do, in one sentence: the fix where there is one, else how the help begins."""
    fix = finding.fix
    if fix is None:
        first, *_ = re.split(r"(?<=[.!?])\s", finding.help, maxsplit=1)
        return f"help: {first}" if first else ""
    kind = "fix" if fix.applicability is Applicability.AUTOMATIC else "suggested fix"
    return f"{kind}: {fix.message}"
