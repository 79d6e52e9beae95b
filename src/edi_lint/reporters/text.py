"""Findings for people, claim by claim: the segment with a caret under the element, and the help."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from edi_lint.findings import Applicability, Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report, severities
from edi_lint.packs import packs
from edi_lint.reporters import places
from edi_lint.reporters.colours import BLUE, BOLD, CYAN, GREEN, OF_SEVERITY, RED, YELLOW, Paint
from edi_lint.reporters.reporter import Asked, Reporter
from edi_lint.reporters.statistics import Statistics

WIDTH = 96
"""Characters of a segment that are shown where there is no terminal; a longer one is cut."""
NARROWEST = 30
"""No segment is cut to less, and no help wrapped to less."""
MOST_FILES = 20
"""Of so many files it is told what was read of each."""

_SUMMARY = (
    ("interchanges", "interchange"),
    ("transactions", "transaction set"),
    ("claims", "claim"),
    ("service_lines", "service line"),
)

_Group = tuple[str, str, int, str]
"""What has a heading of its own: file, transaction set, the claim's place in it, its number."""


class Text(Reporter):
    """All findings, then for each file what was read, then the totals.

    A claim's number stands once, above its findings; what is said of two findings of a claim in
    the same words stands with the first.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._paint = Paint(asked.colour)
        self._statistics = Statistics(self._paint) if asked.statistics else None
        self._group: _Group | None = None
        self._helped: set[str] = set()
        self._apart = ""
        self._fixable = 0

    def add(self, report: Report) -> Iterator[bytes]:
        for finding in report.findings:
            yield f"{self._apart}{self._heading(finding)}{self._finding(finding)}".encode()
            self._apart = "\n"
            if finding.fix and finding.fix.applicability is Applicability.AUTOMATIC:
                self._fixable += 1
            if self._statistics:
                self._statistics.count(finding)

    def end(self) -> Iterator[bytes]:
        ends = [self._statistics.text()] if self._statistics else []
        ends += [] if self.asked.quiet else ["".join(f"{line}\n" for line in self._summary())]
        for end in filter(None, ends):
            yield f"{self._apart}{end}".encode()
            self._apart = "\n"

    def _summary(self) -> Iterator[str]:
        tally, paint = self.asked.tally, self._paint
        read = [file for file in tally.files if not file.error]
        for line in _read(read):
            first, *more = self._wrapped(line, 2)
            yield from (first, *(f"  {part}" for part in more))
        counts = severities(tally.counts)
        if any(counts.values()):
            found = ", ".join(_many(n, s) for s, n in counts.items() if n)
            yield paint(f"Found {found}.", BOLD, RED if counts["error"] else YELLOW)
        elif read:
            yield paint("No findings.", BOLD, GREEN)
        if not tally.checked:
            yield paint("Nothing was checked: there is no 837P.", BOLD, RED)
        if self._fixable:
            what = "has an automatic fix" if self._fixable == 1 else "have automatic fixes"
            hint = "edi-lint fix --diff FILE shows what it would change"
            yield from self._wrapped(f"{self._fixable} {what}: {hint}.", 0)

    def _heading(self, finding: Finding) -> str:
        """The claim, where it is another one than that of the finding before."""
        place = finding.location
        group = (finding.path, place.transaction, place.claim_number, place.claim)
        if group == self._group:
            return ""
        before, self._group = self._group, group
        self._helped.clear()
        claim = places.claim(place, self.asked.phi)
        if not claim:
            was_claim = before is not None and before[2]
            return self._paint("outside of claims", BOLD) + "\n\n" if was_claim else ""
        position = places.position(place)
        said = f"{claim} ({position})" if position and position not in claim else claim
        return self._paint(said, BOLD, CYAN) + "\n\n"

    def _finding(self, finding: Finding) -> str:
        place, paint = finding.location, self._paint
        gutter = " " * len(str(place.line))
        bar = paint("|", BLUE)
        lines = self._head(finding)
        at = f"{printable(finding.path)}:{place.line}:{place.column}"
        lines.append(f"{gutter} {paint('-->', BLUE)} {at}")
        if finding.excerpt:
            text, start, end = self._window(finding, len(gutter) + 3)
            caret = " " * start + "^" * max(1, end - start)
            lines.append(f"{paint(str(place.line), BLUE)} {bar} {text}")
            lines.append(f"{gutter} {bar} {paint(caret, BOLD, OF_SEVERITY[finding.severity])}")
        fix = finding.fix
        notes = {
            "place": _place(finding),
            "help": finding.help if finding.help not in self._helped else "",
            "receiver": places.answer(finding),
            f"fix ({fix.applicability.value})" if fix else "fix": fix.message if fix else "",
        }
        for label, said in notes.items():
            if said:
                lines += self._note(gutter, label, said)
        self._helped.add(finding.help)
        return "\n".join(lines) + "\n"

    def _head(self, finding: Finding) -> list[str]:
        """`error[MOD001]: …`, wrapped to the terminal."""
        severity = self._paint.severity(finding.severity, finding.code)
        indent = len(f"{finding.severity.value}[{finding.code}]: ")
        first, *more = self._wrapped(finding.message, indent)
        lines = [f"{severity}: {self._paint(first, BOLD)}"]
        return lines + [" " * indent + self._paint(line, BOLD) for line in more]

    def _note(self, gutter: str, label: str, said: str) -> list[str]:
        """`= help: …`, wrapped to the terminal."""
        lead = f"{gutter} {self._paint('=', BLUE)} {self._paint(f'{label}:', BOLD)} "
        indent = len(gutter) + len(label) + 5
        first, *more = self._wrapped(said, indent)
        return [lead + first, *(" " * indent + line for line in more)]

    def _wrapped(self, text: str, indent: int) -> list[str]:
        """The text in lines that fit behind an indent; in one where there is no terminal."""
        if not self.asked.width:
            return [text]
        width = max(self.asked.width - indent, NARROWEST)
        return textwrap.wrap(text, width, break_on_hyphens=False) or [""]

    def _window(self, finding: Finding, margin: int) -> tuple[str, int, int]:
        """The part of a long segment around the caret, and the caret in it."""
        text, (start, end) = printable(finding.excerpt), finding.caret
        width = WIDTH
        if self.asked.width:
            width = max(self.asked.width - margin, NARROWEST)
        if len(text) <= width:
            return text, start, end
        width -= 2  # for the marks that something was cut off
        left = max(0, min(start - width // 3, len(text) - width))
        right = min(len(text), left + width)
        cut = ("…" if left else "") + text[left:right] + ("…" if right < len(text) else "")
        shift = left - (1 if left else 0)
        return cut, start - shift, min(end, right) - shift


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


def _read(files: list[FileResult]) -> Iterator[str]:
    """What was read of each file; of many only the sum, and those with something else in them."""
    if len(files) <= MOST_FILES:
        yield from (_file(file, printable(file.path)) for file in files)
        return
    total = FileResult("")
    for file in files:
        total.add(file)
    total.skipped.clear()
    yield _file(total, f"{len(files)} files")
    yield from (_file(file, printable(file.path)) for file in files if not file.is_whole)


def _file(file: FileResult, name: str) -> str:
    parts = [_many(getattr(file, each), word) for each, word in _SUMMARY]
    codes = " or ".join(sorted(c for pack in packs() for c in pack.codes))
    text = f"{name}: {', '.join(parts)}, {file.matched_lines} of them {codes}"
    if file.skipped:
        text += f"; skipped: {file.skipped_words()}"
    elif not file.checked:
        text += f"; skipped: {file.instead()}"
    return text


def _many(count: int, word: str) -> str:
    plural = word if count == 1 or word == "info" else word + "s"
    return f"{count} {plural}"
