"""Findings for people: the segment with a caret under the element, as a compiler shows code."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TextIO

from edi_lint.findings import Finding, Severity
from edi_lint.linting import FileResult, Report, severities
from edi_lint.packs import packs
from edi_lint.privacy import Phi, printable
from edi_lint.reporters.tally import Tally
from edi_lint.store import Kind

WIDTH = 96
"""Characters of a segment that are shown; a longer one is cut around the caret."""

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}
_SUMMARY = (
    ("interchanges", "interchange"),
    ("transactions", "transaction set"),
    ("claims", "claim"),
    ("service_lines", "service line"),
)


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour what is written there: on a terminal, unless NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def render(
    reports: Iterable[Report],
    phi: Phi,
    tally: Tally,
    colour: bool = False,
    statistics: bool = False,
    quiet: bool = False,
) -> Iterator[str]:
    """All findings, then for each file what was read, then the totals.

    `tally` is of the reports passed on.
    """
    paint = _Paint(colour)
    apart = ""
    for report in tally.count(reports):
        for finding in report.findings:
            yield apart + _finding(finding, phi, paint)
            apart = "\n"
    ends = [_statistics(tally.counts, paint)] if statistics else []
    ends += [] if quiet else [_summary(tally, paint)]
    for end in filter(None, ends):
        yield apart + end
        apart = "\n"


def _finding(finding: Finding, phi: Phi, paint: _Paint) -> str:
    place = finding.location
    severity = paint(f"{finding.severity.value}[{finding.code}]", _COLOURS[finding.severity])
    head = f"{printable(finding.path)}:{place.line}:{place.column}: {severity} {finding.message}"
    gutter = " " * len(str(place.line))
    bar = paint("|", "34")
    lines = [paint(head, "1") if not paint.on else head]
    lines.append(f"{gutter} {paint('-->', '34')} {_context(finding, phi)}")
    if finding.excerpt:
        text, start, end = _window(printable(finding.excerpt), *finding.caret)
        caret = " " * start + "^" * max(1, end - start)
        lines.append(f"{paint(str(place.line), '34')} {bar} {text}")
        lines.append(f"{gutter} {bar} {paint(caret, _COLOURS[finding.severity])}")
    lines.append(f"{gutter} = help: {finding.help}")
    answer = _answer(finding)
    if answer:
        lines.append(f"{gutter} = receiver: {answer}")
    if finding.fix:
        lines.append(f"{gutter} = fix ({finding.fix.applicability.value}): {finding.fix.message}")
    return "\n".join(lines) + "\n"


def _context(finding: Finding, phi: Phi) -> str:
    """Where: «claim 26463774, line 2, SV101-04 in loop 2400, segment 33 of set 0001»."""
    place = finding.location
    parts = []
    if place.claim and phi is not Phi.NONE:
        parts.append(f"claim {printable(place.claim)}")
    if place.service_line:
        parts.append(f"line {printable(place.service_line)}")
    where = place.element or place.segment
    if where:
        parts.append(printable(where) + (f" in loop {place.loop}" if place.loop else ""))
    if place.segment_ordinal:
        parts.append(f"segment {place.segment_ordinal} of set {printable(place.transaction)}")
    elif place.interchange:
        parts.append(f"interchange {printable(place.interchange)}")
    parts.append(f"bytes {place.byte_start}–{place.byte_end}")
    return ", ".join(parts)


def _answer(finding: Finding) -> str:
    """The codes that a receiver would send, named by the element that holds them."""
    response = finding.response
    parts = [
        f"{label} {value}"
        for label, value in (
            ("TA105", response.ta105),
            ("AK905", response.ak905),
            ("IK502", response.ik502),
            ("IK304", response.ik304),
            ("IK403", response.ik403),
            ("277CA", ":".join(response.stc)),
            ("CARC", response.carc),
            ("RARC", ", ".join(response.rarc)),
        )
        if value
    ]
    return ", ".join(parts)


def _window(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The part of a long segment around the caret, and the caret in it."""
    if len(text) <= WIDTH:
        return text, start, end
    left = max(0, min(start - WIDTH // 3, len(text) - WIDTH))
    right = min(len(text), left + WIDTH)
    cut = ("…" if left else "") + text[left:right] + ("…" if right < len(text) else "")
    shift = left - (1 if left else 0)
    return cut, start - shift, min(end, right) - shift


def _statistics(counts: Counter[Kind], paint: _Paint) -> str:
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0][0]))
    width = len(str(rows[0][1])) if rows else 1
    return "".join(
        f"{count:>{width}}  {code}  {paint(severity.value, _COLOURS[severity])}  {name}\n"
        for (code, name, severity), count in rows
    )


def _summary(tally: Tally, paint: _Paint) -> str:
    lines = [_file(f) for f in tally.files if not f.error]
    counts = severities(tally.counts)
    if any(counts.values()):
        found = ", ".join(_many(n, s) for s, n in counts.items() if n)
        tone = _COLOURS[Severity.ERROR if counts["error"] else Severity.WARNING]
        lines.append(paint(f"Found {found}.", tone))
    elif lines:
        lines.append(paint("No findings.", "32"))
    return "\n".join(lines) + "\n" if lines else ""


def _file(file: FileResult) -> str:
    parts = [_many(getattr(file, name), word) for name, word in _SUMMARY]
    codes = " or ".join(sorted(c for pack in packs() for c in pack.codes))
    text = f"{printable(file.path)}: {', '.join(parts)}, {file.matched_lines} of them {codes}"
    for skipped in file.skipped_sets():
        kind = " ".join(filter(None, (printable(skipped.type), printable(skipped.guide))))
        text += f"; skipped {_many(skipped.count, 'transaction set')}, no 837P: {kind}"
    return text


def _many(count: int, word: str) -> str:
    plural = word if count == 1 or word == "info" else word + "s"
    return f"{count} {plural}"


class _Paint:
    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on else text
