"""Applies the fixes of an input's findings, pass by pass, until there is nothing more to fix.

Each pass lints what the pass before has made, and takes of its fixes, in file order, those whose
edits keep clear of each other; the others wait. What a pass makes goes to a temporary file, and of
its edits no more than those of one claim are held, so that memory stays flat.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, groupby, islice
from typing import NamedTuple

from edi_lint.edits.apply import CHUNK
from edi_lint.edits.edited_file import EditedFile
from edi_lint.edits.fix_log import FixLog
from edi_lint.files.original import Original
from edi_lint.files.sources import Source
from edi_lint.findings import Applicability, Edit, Finding, Fix
from edi_lint.findings.file_result import NOWHERE, FileResult, remark
from edi_lint.findings.store import Findings
from edi_lint.rules.envelope import OneByteEach as EncodingRule
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.x12.encoding import Encoding
from edi_lint.x12.errors import EdiLintError

MOST_PASSES = 25
"""No input is known that takes more than a third of these; more would never end."""

_COUNTS = "ENV005"
"""The rule about SE01, GE01 and IEA01."""

_MOST_HELD = 5_000


class FixError(EdiLintError):
    """Nothing was fixed; the message says why and what to do. It contains no protected data."""


class Fixing(EditedFile):
    """A file with fixes applied, not yet written.

    `applied` are the findings whose fixes were: those of the first of the `passes` at places of the
    original, those of later ones at places of what the pass before made. `suggestions` counts the
    findings that remain and have a fix that was not asked for. `recounted` counts the trailers that
    were set because segments went or came, though no fix of the rule about them (ENV005) was to be
    applied. `renumbered` are the findings of interchanges that got a new control number, at places
    of the result. `log` is the change log, an entry for each fix that was applied.
    """

    error = FixError

    def __init__(self, original: Original) -> None:
        super().__init__(original)
        self.applied = Findings()
        self.suggestions = 0
        self.passes = 0
        self.recounted = 0
        self.renumbered: list[Finding] = []
        self.log = FixLog()

    def _apply(self, finding: Finding) -> None:
        self.applied.append(finding)
        self.log.add(finding)

    def _in_single_bytes(self) -> None:
        """Write what is in another encoding in single bytes, for that is what edits are of."""
        encoding = self._original.encoding
        if encoding is None:
            return
        with self._original.open() as stream:
            self._write(iter(lambda: stream.read(CHUNK), b""))
        finding = _of_encoding(encoding, self.file)
        self.applied.append(finding)
        self.log.transcode(finding, encoding)
        self.passes += 1

    def _take(self, edits: Iterable[Edit]) -> bool:
        """Apply a pass's edits to what there is; False where there are none."""
        edits = self.log.listen(edits)
        first = next(edits, None)
        if first is None:
            return False
        self._edit(chain([first], edits))
        return True


def fix(
    source: Source,
    settings: Settings | None = None,
    *,
    unsafe: bool = False,
    reserve: bool = True,
) -> Fixing:
    """Apply the automatic fixes of an input, with `unsafe` the suggested ones too.

    `settings` say which rules are in force, and so which fixes; what they suppress is left as it
    is, and a baseline does not matter. Where they name a ledger, an interchange whose number was
    sent before with other content gets its next one; without `reserve` that is not given out, for
    a look at what would be done. Errors of all rules count in `Fixing.new_errors`. Raises FixError,
    and then nothing was fixed, StoreError where temporary files cannot be written, and
    LedgerError.
    """
    settings = replace(settings or Settings(), baseline=None)
    original = Original(source, FixError)
    harmful: frozenset[str] = frozenset()
    while True:
        fixing = _fixed(original, settings, unsafe, harmful)
        more = _harmful(fixing) - harmful
        if not more:
            break
        harmful |= more
    if settings.ledger:
        _renumber(fixing, settings, reserve)
    return fixing


def _harmful(fixing: Fixing) -> set[str]:
    """The rules of which suggested fixes were applied, and of which there are more errors now.

    What repairs one set may be wrong for another one, such as the guide of their group.
    """
    return {
        code
        for code, _, _ in fixing.applied.counts
        if code in fixing.new_errors
        and any(
            f.code == code and f.fix and f.fix.applicability is Applicability.SUGGESTED
            for f in fixing.applied
        )
    }


def _fixed(original: Original, settings: Settings, unsafe: bool, harmful: frozenset[str]) -> Fixing:
    """Apply the fixes, but no suggested one of the rules that are `harmful`."""
    fixing = Fixing(original)
    linter = Linter(settings)
    found = first = fixing._lint(linter)
    fixing._in_single_bytes()
    if not fixing.file.checked:
        raise FixError(remark(fixing.file))
    while fixing._take(_pass(fixing, found, unsafe, harmful)):
        fixing.passes += 1
        if fixing.passes == MOST_PASSES:
            raise FixError(_endless(fixing))
        found = fixing._lint(linter)
    if fixing.is_changed and _recount(fixing):
        found = fixing._lint(linter)
    fixing.remaining = found
    if fixing.is_changed:
        fixing._judge(settings, first)
    return fixing


def _of_encoding(encoding: Encoding, file: FileResult) -> Finding:
    """What is found of an input that is not one byte a character; its edit is of all of it."""
    rule = EncodingRule
    whole = (Edit(0, encoding.original(file.bytes), ""),)
    fix = Fix(Applicability.AUTOMATIC, "write one byte for each character", whole)
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        rule.level,
        f"the file is in {encoding.words}",
        rule.help,
        file.path,
        NOWHERE.location,
        fix=fix,
    )


def _pass(
    fixing: Fixing, found: Iterable[Finding], unsafe: bool, harmful: frozenset[str]
) -> Iterator[Edit]:
    """The edits of one pass; notes which fixes they are of, and how many are only suggested."""
    fixing.suggestions = 0

    def wanted(finding: Finding) -> Fix | None:
        if finding.fix is None:
            return None
        if finding.fix.applicability is Applicability.AUTOMATIC:
            return finding.fix
        if unsafe and finding.code not in harmful:
            return finding.fix
        fixing.suggestions += 1
        return None

    return selected(found, wanted, fixing._apply)


def _recount(fixing: Fixing) -> bool:
    """Set the counts in trailers that were right before the fixes.

    One that was wrong stays, unless a fix of the rule about counts was applied to it: it may tell
    of what was lost.
    """
    linter = Linter(Settings(select=(_COUNTS,)))
    applied = {_envelope(f) for f in fixing.applied if f.code == _COUNTS}
    with fixing.before() as stream:
        wrong = {_envelope(f) for f in linter.lint(stream).findings} - applied
    found = (f for f in fixing._lint(linter) if _envelope(f) not in wrong)

    def take(finding: Finding) -> None:
        fixing.recounted += 1
        fixing.log.add(finding)

    return fixing._take(selected(found, lambda f: f.fix, take))


def _renumber(fixing: Fixing, settings: Settings, reserve: bool) -> None:
    """Give new control numbers where the ledger knows those of the result with other content."""
    from edi_lint.run.ledger_check import renumbered

    with fixing.after() as stream:
        fixing.renumbered = list(renumbered(stream, settings, reserve))
    for finding in fixing.renumbered:
        fixing.log.add(finding)
    fixing._take(edit for found in fixing.renumbered if found.fix for edit in found.fix.edits)


def _envelope(finding: Finding) -> tuple[str, str, str, str]:
    """Which trailer a finding about a count is of."""
    place = finding.location
    return place.segment, place.interchange, place.group, place.transaction


def _endless(fixing: Fixing) -> str:
    last = ", ".join(sorted({f.code for f in fixing.applied[-_MOST_ENDLESS:]}))
    return (
        f"after {MOST_PASSES} passes there was still something to fix, at last of {last}; leave "
        "such a rule out with --ignore, and report it"
    )


_MOST_ENDLESS = 10


# which fixes go together


class _ChosenEdits(NamedTuple):
    """The edits chosen in one claim, in order, and where each of them starts and ends."""

    edits: list[Edit]
    starts: list[int]
    ends: list[int]

    def is_clear(self, edit: Edit) -> bool:
        """Whether an edit neither overlaps nor touches one of them."""
        at = bisect_left(self.starts, edit.byte_start)
        follows = at == 0 or self.ends[at - 1] < edit.byte_start
        return follows and (at == len(self.starts) or edit.byte_end < self.starts[at])

    def add(self, edit: Edit) -> None:
        """Put an edit behind those that start before it or where it does."""
        at = bisect_left(self.starts, edit.byte_start)
        while at < len(self.starts) and self.starts[at] == edit.byte_start:
            at += 1
        self.edits.insert(at, edit)
        self.starts.insert(at, edit.byte_start)
        self.ends.insert(at, edit.byte_end)


def selected(
    findings: Iterable[Finding],
    wanted: Callable[[Finding], Fix | None],
    take: Callable[[Finding], None],
) -> Iterator[Edit]:
    """The edits, in order, of the fixes that go together; `take` hears whose they are.

    Findings come in file order. A fix is applied whole or not at all; of two that overlap or touch
    the one that begins first is taken.
    """
    end = -1
    for group in _by_claim(findings):
        fixes = [(fix, f) for f in group if (fix := wanted(f)) is not None and fix.edits]
        fixes.sort(key=lambda pair: min(edit.byte_start for edit in pair[0].edits))
        held = _ChosenEdits([], [], [])
        for fix, finding in fixes:
            if all(e.byte_start > end and held.is_clear(e) for e in fix.edits):
                for edit in sorted(fix.edits, key=lambda e: (e.byte_start, e.byte_end)):
                    held.add(edit)
                take(finding)
        yield from held.edits
        end = max(held.ends, default=end)


def _by_claim(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Findings of one claim together, for their edits may come in another order than they do."""
    for _, group in groupby(
        findings, key=lambda f: (f.location.transaction, f.location.claim_number)
    ):
        while held := list(islice(group, _MOST_HELD)):
            yield held
