"""Findings for people in full: segment and caret, place, help, answer, fix."""

from __future__ import annotations

from edi_lint.findings import Finding
from edi_lint.findings.masking import printable
from edi_lint.reporters import places
from edi_lint.reporters.claim_by_claim import ClaimByClaim
from edi_lint.reporters.colours import BOLD, GUTTER, OF_SEVERITY


class Full(ClaimByClaim):
    """Everything that is known of a finding, an empty line between two."""

    between = "\n"

    def finding(self, finding: Finding) -> str:
        line, paint = finding.location.line, self._paint
        gutter = " " * len(str(line))
        bar = paint("|", GUTTER)
        lines = self._head(finding)
        lines.append(f"{gutter} {paint('-->', GUTTER)} {self._at(finding)}")
        if finding.excerpt:
            text, start, end = self._window(finding, len(gutter) + 3)
            caret = " " * start + "^" * max(1, end - start)
            lines.append(f"{paint(str(line), GUTTER)} {bar} {text}")
            lines.append(f"{gutter} {bar} {paint(caret, BOLD, OF_SEVERITY[finding.severity])}")
        fix = finding.fix
        notes = {
            "place": _place(finding),
            "see also": finding.see_also,
            "help": finding.help if finding.help not in self._helped else "",
            "receiver": places.answer(finding),
            f"fix ({fix.applicability.value})" if fix else "fix": fix.message if fix else "",
        }
        for label, said in notes.items():
            if said:
                lines += self._note(gutter, label, said)
        if fix is None and (command := places.edit_command(finding, self._file)):
            lines.append(f"{gutter} {paint('=', GUTTER)} {paint('edit:', BOLD)} {command}")
        self._helped.add(finding.help)
        return "\n".join(lines) + "\n"


def _place(finding: Finding) -> str:
    """«service line 2, SV101-04 in loop 2400, segment 33 of set 0001, bytes 120–122»."""
    place = finding.location
    line = places.service_line(place)
    parts = [f"service {line}" if line else "", places.element(place)]
    if place.segment_ordinal:
        parts.append(f"segment {place.segment_ordinal} of set {printable(place.transaction)}")
    elif place.interchange:
        parts.append(f"interchange {printable(place.interchange)}")
    start, end = place.byte_start, place.byte_end
    parts.append(f"bytes {start}–{end}" if end > start else f"byte {start}")
    return ", ".join(filter(None, parts))
