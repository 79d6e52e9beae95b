"""Findings for people, claim by claim: what the styles of text have in common."""

from __future__ import annotations

import textwrap
from abc import abstractmethod
from collections.abc import Iterator
from decimal import Decimal

from edi_lint.claims.money import dollars
from edi_lint.claims.views import EXACT
from edi_lint.findings import Applicability, Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import printable
from edi_lint.findings.report import Report, severities
from edi_lint.packs import packs
from edi_lint.reporters import places
from edi_lint.reporters.colours import BOLD, CYAN, GREEN, GUTTER, RED, YELLOW, Paint
from edi_lint.reporters.reporter import Asked, Reporter
from edi_lint.reporters.statistics import Statistics

WIDTH = 96
"""Characters of a segment that are shown without a terminal; a longer one is cut."""
NARROWEST = 30
"""No segment is cut to less, and no help wrapped to less."""
MOST_FILES = 20
"""Of so many files the text says what was read of each."""

_SUMMARY = (
    ("interchanges", "interchange"),
    ("transactions", "transaction set"),
    ("claims", "claim"),
    ("service_lines", "service line"),
)

_Group = tuple[str, str, int, str]
"""What has a heading of its own: file, transaction set, the claim's place in it, its number."""


class ClaimByClaim(Reporter):
    """All findings, then for each file what was read, then the totals.

    A claim's number appears once, above its findings; help that two findings of a claim share
    appears with the first.
    """

    between = ""
    """What comes between two findings of a claim."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked)
        self._paint = Paint(asked.colour)
        self._statistics = Statistics(self._paint) if asked.statistics else None
        self._file = FileResult("")
        """What the findings are about, and was read of it."""
        self._group: _Group | None = None
        self._helped: set[str] = set()
        self._apart = ""
        self._fixable = 0
        self._fixable_file = ""
        self._are_several_fixable = False
        self._claims_with_findings = 0
        self._charges = Decimal(0)
        """What the claims with findings charge."""

    @abstractmethod
    def finding(self, finding: Finding) -> str:
        """A finding in lines of their own."""

    def add(self, report: Report) -> Iterator[bytes]:
        self._file = report.file
        for finding in report.findings:
            before = self._group
            heading = self._heading(finding)
            apart = self._apart if self._group != before else self.between
            yield f"{apart}{heading}{self.finding(finding)}".encode()
            self._apart = "\n"
            if finding.fix and finding.fix.applicability is Applicability.AUTOMATIC:
                self._fixable += 1
                known = self._fixable_file or finding.path
                self._are_several_fixable |= known != finding.path
                self._fixable_file = known
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
            found = "Found " + ", ".join(_many(n, s) for s, n in counts.items() if n)
            if self.asked.is_part:
                found += " in the claims that were named"
            elif self._claims_with_findings:
                claims = sum(file.claims for file in read)
                found += f"; claims with findings: {self._claims_with_findings} of {claims}"
                found += f", {dollars(self._charges)}"
            colour = RED if counts["error"] else YELLOW
            yield from (paint(part, BOLD, colour) for part in self._wrapped(f"{found}.", 0))
        elif read:
            part = " in the claims that were named" if self.asked.is_part else ""
            yield paint(f"No findings{part}.", BOLD, GREEN)
        if not tally.checked:
            nothing = tally.nothing_checked()
            yield paint(f"{nothing[:1].upper()}{nothing[1:]}.", BOLD, RED)
        if self._fixable:
            what = "has an automatic fix" if self._fixable == 1 else "have automatic fixes"
            yield from self._hint(f"{self._fixable} {what}; to see what would change:", self._fix())

    def _hint(self, said: str, command: str) -> Iterator[str]:
        """What can be done next. The command is never wrapped, so that it can be pasted."""
        if self.asked.width and len(said) + len(command) + 1 > self.asked.width:
            yield from self._wrapped(said, 0)
            yield f"  {command}"
        else:
            yield f"{said} {command}"

    def _fix(self) -> str:
        """The command that shows the automatic fixes of the inputs that have some."""
        asked = self.asked
        paths = asked.paths if self._are_several_fixable else (self._fixable_file,)
        if any(printable(path) != path for path in paths) or not paths:
            paths = ("FILE",)
        behind = (
            ("--",) if any(p.startswith("-") and p != places.STANDARD_INPUT for p in paths) else ()
        )
        import shlex

        return shlex.join(("edi-lint", "fix", "--diff", *asked.choices, *behind, *paths))

    def _heading(self, finding: Finding) -> str:
        """The claim, where it is another one than that of the finding before."""
        place = finding.location
        group = (finding.path, place.transaction, place.claim_number, place.claim)
        if group == self._group:
            return ""
        before, self._group = self._group, group
        self._helped.clear()
        if place.claim_number:
            self._claims_with_findings += 1
            self._charges = EXACT.add(self._charges, Decimal(place.charge or 0))
        claim = places.claim(place, self.asked.phi)
        if not claim:
            was_claim = before is not None and before[2]
            outside = self._paint("outside of claims", BOLD) + "\n" + self.between
            return outside if was_claim else ""
        position = places.position(place)
        said = f"{claim} ({position})" if position and position not in claim else claim
        return self._paint(said, BOLD, CYAN) + "\n" + self.between

    def _at(self, finding: Finding) -> str:
        """`outbound.837:85:17`, which leads to the file where links are wanted."""
        at = self._plain_at(finding)
        if not self.asked.links or finding.path == places.STANDARD_INPUT:
            return at
        return self._paint.link(at, places.file_url(finding.path))

    def _plain_at(self, finding: Finding) -> str:
        place = finding.location
        return f"{printable(finding.path)}:{place.line}:{place.column}"

    def _head(self, finding: Finding) -> list[str]:
        """`error[MOD001]: …`, wrapped to the terminal."""
        severity = self._paint.severity(finding.severity, finding.code)
        if self.asked.links and (url := places.rule_url(finding.code)):
            severity = self._paint.link(severity, url)
        indent = len(f"{finding.severity.value}[{finding.code}]: ")
        first, *more = self._wrapped(finding.message, indent)
        lines = [f"{severity}: {self._paint(first, BOLD)}"]
        return lines + [" " * indent + self._paint(line, BOLD) for line in more]

    def _note(self, gutter: str, label: str, said: str) -> list[str]:
        """`= help: …`, wrapped to the terminal."""
        lead = f"{gutter} {self._paint('=', GUTTER)} {self._paint(f'{label}:', BOLD)} "
        indent = len(gutter) + len(label) + 5
        first, *more = self._wrapped(said, indent)
        return [lead + first, *(" " * indent + line for line in more)]

    def _wrapped(self, text: str, indent: int) -> list[str]:
        """The text in lines that fit behind an indent; in one without a terminal."""
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


def _read(files: list[FileResult]) -> Iterator[str]:
    """What was read of each file, and the sum; of many only the sum, and those with something else
    in them."""
    is_few = len(files) <= MOST_FILES
    if is_few:
        yield from (_file(file, printable(file.path)) for file in files)
    if len(files) < 2:
        return
    total = FileResult("")
    for file in files:
        total.add(file)
    total.skipped.clear()
    yield _file(total, f"{len(files)} files")
    if not is_few:
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
