"""Explains a file segment by segment, with what was found in it, through a Jinja template.

The file is read three times: to lint it, to see where everything begins, and to show it. Findings
and service lines of a rule pack wait in a temporary file, so memory holds one claim at a time,
however large the file is. Every finding is known before the first segment is shown, so each appears
where it belongs, even one that the linter could only make much later (a wrong HL04, say).

What a template sees (the contract; names are only ever added):

`file`      a `FileView`: name, size and what was counted in it.
`summary`   how many findings of each severity: `summary.error`, `.warning`, `.info`.
`findings`  every finding, in the order of the file, as `FindingView`.
`lines`     every service line whose code belongs to a rule pack (A4306), as `LineView`.
`rows`      the file from start to end as `RowView`, one for each segment and each stretch of bytes
            outside every interchange. Every finding is in exactly one row: at an element of it, or
            at the row as a whole.
`pages`     the same file as `Page`, each a list of `Section`. A file of at most 96 KB is one page
            of rows; sections of a larger one have their segments as text. Walk `rows` or `pages`.
`rules`     the rules that something was found by, as `RuleView`: errors first, then the most often.
`overview`  what the claims come to, as `edi_lint.transform.overview.Overview`: how many have an
            error, what they charge, and the worst of them as `ClaimView`.
`outline`   the tree of interchanges, groups, sets, pages and claims, as `Branch`.
`shell`     what the shipped page needs besides: see `edi_lint.transform.shell`.
`phi`       what is shown of protected data: `none`, `ids` or `all`.
`version`   of edi-lint.

`findings`, `lines` and `outline` can be walked as often as wanted, `rows` and `pages` once, and
`outline` not while another walk goes on. Do not ask for their length: `summary` and `file` know it.
All text is safe for a terminal, and is escaped where the template makes HTML. Values are masked by
`phi` before a template sees them.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain, groupby
from typing import Any, BinaryIO, TypeVar

import jinja2

from edi_lint.claims import LinesOfBlocks
from edi_lint.claims.naming import NamedClaims
from edi_lint.engine import Block, BlockKind, open_engine
from edi_lint.files.version import VERSION
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import Phi, printable
from edi_lint.packs import packs
from edi_lint.rules.catalogue import rule_named
from edi_lint.rules.sources import pages_of
from edi_lint.run import unchecked
from edi_lint.run.drive import Linter
from edi_lint.run.masked_segments import payer_shown
from edi_lint.settings import Settings
from edi_lint.transform import stored, templates
from edi_lint.transform.changes import changes
from edi_lint.transform.overview import Overview, overview
from edi_lint.transform.rows import Rows, in_order
from edi_lint.transform.sections import (
    Cutter,
    Glossary,
    Short,
    ShownTexts,
    begin,
    first_byte,
)
from edi_lint.transform.shell import Shell
from edi_lint.transform.stored import Found, Stored, Views
from edi_lint.transform.views import (
    Branch,
    FileView,
    FindingView,
    LineView,
    Page,
    RowView,
    RuleView,
    Section,
)

Passed = TypeVar("Passed")

KIND = "annotate"
LEVELS = ("interchange", "group", "set", "page")
"""What the branches of the tree are, from the outside; within a page they are claims."""


class Annotation:
    """A file that has been linted and can be shown. `stream` must be seekable.

    Of its claims only those in `claims` are shown, by CLM01 or ST02/n; empty: all.
    `unknown_claims` are the names that no claim has.
    `goes_on` is called often while it is read. Use it as a context manager, or call `close`: it
    keeps temporary files.
    Raises NotX12Error for an input without any interchange, OSError for one that cannot be read.
    """

    def __init__(
        self,
        stream: BinaryIO,
        path: str,
        settings: Settings,
        goes_on: Callable[[], None] = lambda: None,
        claims: Iterable[str] = (),
    ) -> None:
        self._named = NamedClaims(claims)
        self._goes_on = goes_on
        self.phi = settings.phi
        self.counts = dict.fromkeys((s.value for s in Severity), 0)
        self._stream = stream
        self._size = stream.seek(0, os.SEEK_END)
        self._findings = Stored(stored.found)
        self._lines = Stored(stored.line_view)
        self._tree = Stored(lambda _, data: data)
        self._by_rule: Counter[tuple[str, str]] = Counter()
        self._page_starts = array("q")
        self._last_line = 1
        self._line_blocks = LinesOfBlocks()
        self._result = FileResult(path)
        try:
            self._lint(Linter(settings))
            self._survey()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Annotation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the temporary files."""
        for store in (self._findings, self._lines, self._tree):
            store.close()

    def render(self, template: jinja2.Template, path: str) -> Iterator[str]:
        """The template's output in pieces. Raises templates.TemplateProblem."""
        glossary = Glossary()
        variables = {
            "file": self.file,
            "summary": dict(self.counts),
            "findings": self.findings,
            "lines": self.lines,
            "rows": self.rows(),
            "pages": self.pages(glossary),
            "rules": self.rules(),
            "overview": self.overview(),
            "outline": Views(self.outline),
            "shell": Shell(len(self._page_starts) > 1, glossary),
            "phi": self.phi.value,
            "version": VERSION,
        }
        return templates.generate(template, path, variables)

    @property
    def file(self) -> FileView:
        """What was counted in the file."""
        result = self._result
        return FileView(
            printable(result.path),
            result.bytes,
            result.interchanges,
            result.groups,
            result.transactions,
            result.claims,
            result.service_lines,
            result.matched_lines,
            tuple(s for s in result.skipped_sets() if not unchecked.is_answer(s)),
            self._last_line,
        )

    @property
    def findings(self) -> Views[FindingView]:
        """Every finding in the order of the file."""
        return Views(lambda: (found.view for found in self._told_of(self._findings.walk())))

    @property
    def lines(self) -> Views[LineView]:
        """Every service line whose code belongs to a rule pack."""
        return Views(lambda: self._told_of(self._lines.walk()))

    def rows(self) -> Iterator[RowView]:
        """The file from start to end. Two such walks cannot go on at the same time."""
        queue, rows = _Queue(self._findings.walk(), self.phi), Rows(self.phi)
        for block in self._blocks():
            yield from _block_rows(block, rows, queue)
        yield from self._end(queue)

    def pages(self, glossary: Glossary) -> Iterator[Page]:
        """The file from start to end in pages, as `rows`; fills the glossary as it goes."""
        queue, rows = _Queue(self._findings.walk(), self.phi), Rows(self.phi)
        cutter = self._cutter()
        page, section, place = Page(0), Section(0), 0
        standing: tuple[int, ...] = ()
        short, shown = Short(section), ShownTexts(self.phi)
        for block in self._blocks():
            if cutter.see(block):
                short.close()
                if page.number and cutter.page != page.number:
                    yield page
                if cutter.page != page.number:
                    page = Page(cutter.page)
                if block.kind is BlockKind.CLAIM:
                    place += block.standing != standing
                    standing = block.standing
                section = begin(cutter.section, block, place, self.phi)
                short = Short(section)
                page.sections.append(section)
            if cutter.is_short:
                for segment in short.add(block, rows, glossary, shown):
                    found = queue.take(segment.end + 1, block)
                    section.findings += [(short.last, finding) for finding in found]
            else:
                section.rows += _block_rows(block, rows, queue)
        short.close()
        section.rows += self._end(queue)
        if page.number:
            yield page

    def rules(self) -> list[RuleView]:
        """The rules that something was found by: errors first, then the most often."""
        first: dict[tuple[str, str], int] = {}
        if self._by_rule:
            for finding in self.findings:
                first.setdefault((finding.code, finding.severity), finding.number)
        views = []
        for (code, severity), count in self._by_rule.items():
            rule = rule_named(code)
            assert rule is not None
            why = tuple(" ".join(part.split()) for part in rule.why().split("\n\n") if part)
            texts = (rule.code, rule.name, rule.fault, rule.title(), why)
            place = (severity, count, first[code, severity])
            pages = tuple(page.address for page in pages_of(rule.source, rule.addresses))
            more = (rule.source, pages, rule.conflict, rule.fix_safety, rule.help)
            views.append(RuleView(*texts, *more, *place))
        return sorted(views, key=lambda v: (Severity(v.severity).rank, -v.count, v.code))

    def overview(self) -> Overview:
        """How many claims have findings, what they charge, and the worst of them."""
        entries = (e for e in self._tree.walk() if e["kind"] == "claim")
        return overview(entries, iter(self.findings))

    def outline(self) -> Iterator[Branch]:
        """The tree, from the outside to the inside."""
        counts = [Counter[str]() for _ in self._page_starts]
        for finding in self.findings:
            page = max(0, bisect_right(self._page_starts, finding.byte_start) - 1)
            counts[page][finding.severity] += 1
        return self._branches(
            self._told_of(self._tree.walk()), 0, counts, _Queue(self._findings.walk(), self.phi)
        )

    def _branches(
        self,
        entries: Iterator[dict[str, Any]],
        level: int,
        counts: list[Counter[str]],
        queue: _Queue,
    ) -> Iterator[Branch]:
        if level == len(LEVELS):
            yield from (_claim_branch(entry, queue) for entry in entries)
            return
        for path, members in groupby(entries, key=lambda e: e["path"][: level + 1]):
            yield self._branch(members, level, path[-1], counts, queue)

    def _branch(
        self,
        entries: Iterator[dict[str, Any]],
        level: int,
        place: int,
        counts: list[Counter[str]],
        queue: _Queue,
    ) -> Branch:
        """A branch of which the first entry may tell; the others are inside of it."""
        head, kind = next(entries), LEVELS[level]
        own = head if head["kind"] == kind else {"id": "", "note": "", "section": head["section"]}
        rest = entries if own is head else chain([head], entries)
        return Branch(
            kind,
            own["id"],
            place,
            own["section"],
            own["note"],
            counts=_counted(counts[place - 1]) if kind == "page" else (),
            inside=self._branches(rest, level + 1, counts, queue),
        )

    @property
    def unknown_claims(self) -> list[str]:
        return self._named.unknown

    def _blocks(self) -> Iterator[Block]:
        self._stream.seek(0)
        blocks = self._told_of(open_engine(self._stream, lenient=True).blocks())
        return filter(self._named.takes, blocks)

    def _told_of(self, walk: Iterator[Passed]) -> Iterator[Passed]:
        """The same walk, which goes on."""
        for one in walk:
            self._goes_on()
            yield one

    def _cutter(self) -> Cutter:
        return Cutter(self._size)

    def _end(self, queue: _Queue) -> Iterator[RowView]:
        """The row of what was found at the end of the file, if anything was."""
        rest = queue.take(self._result.bytes + 1, None)
        if rest:
            yield RowView(
                "end", rest[0].line, 0, rest[0].byte_start, rest[0].byte_start, findings=rest
            )

    def _lint(self, linter: Linter) -> None:
        """The first reading: put aside what is found."""
        self._stream.seek(0)
        judged = self._told_of(linter.judged_blocks(self._stream, self._result))
        for block, findings in judged:
            if self._named.takes(block):
                for finding in findings:
                    self._add(finding)
        is_explained = unchecked.is_answer_file(self._result)
        for finding in unchecked.findings(self._result, is_found=is_explained):
            self._add(finding)

    def _survey(self) -> None:
        """The second reading: put aside where everything begins."""
        cutter, rows, place, before = self._cutter(), Rows(self.phi), 0, 0
        standing: tuple[int, ...] = ()
        claim: tuple[int, dict[str, Any]] | None = None
        payers = _Payers()
        for block in self._blocks():
            begins = cutter.see(block)
            if cutter.page > len(self._page_starts):
                self._page_starts.append(first_byte(block))
            for opening in rows.envelopes_opened(block):
                path = _path(block, LEVELS.index(opening.kind) + 1, 0)
                self._tree.add(*stored.envelope(opening, block, path, cutter.section))
            if len(block):
                self._last_line = block.window.locate(block.starts[-1])[0]
            if block.kind is BlockKind.CLAIM:
                place += block.standing != standing
                standing = block.standing
                before = 0 if begins else before
                lines = self._survey_lines(block, place, before)
                before += len(block)
                if claim is not None and claim[1]["place"] == place:
                    claim[1]["end"] = block.ends[-1]  # it goes on in a further block
                    claim[1]["lines"] += lines
                else:
                    self._add_claim(claim)
                    where = (_path(block, 3, cutter.page), cutter.section, place)
                    claim = stored.claim(block, *where, lines, payers.of(block), self.phi)
        self._add_claim(claim)

    def _add_claim(self, claim: tuple[int, dict[str, Any]] | None) -> None:
        if claim is not None:
            self._tree.add(*claim)

    def _add(self, finding: Finding) -> None:
        self.counts[finding.severity.value] += 1
        self._by_rule[finding.code, finding.severity.value] += 1
        self._findings.add(
            finding.location.byte_start, stored.finding(finding, self.phi), finding.code
        )

    def _survey_lines(self, block: Block, place: int, before: int) -> list[tuple[str, str, int]]:
        """The service lines that end in a claim's block, for the tree; those of a rule pack are put
        aside.

        `before` are the segments of the claim's section in earlier blocks.
        """
        found = []
        for line in self._line_blocks.take(block):
            start, data = stored.line(line, block, place, before, self.phi)
            found.append((data["number"], data["code"], data["index"]))
            pack = next((p for p in packs() if line.code in p.codes), None)
            if pack is not None:
                self._lines.add(
                    start, data | {"code": line.code, "descriptor": pack.descriptors[line.code]}
                )
        return found


class _Payers:
    """The payers of claims, found once for all claims of a subscriber."""

    def __init__(self) -> None:
        self._subscriber: Block | None = None
        self._shown = ""

    def of(self, block: Block) -> str:
        """Name and id of a claim's payer, what is protected masked; empty without one."""
        subscriber = block.context.subscriber
        if subscriber is None or subscriber is not self._subscriber:
            self._subscriber = subscriber
            self._shown = printable(payer_shown(block))
        return self._shown


class _Queue:
    """Findings in file order, handed out as the walk over the segments reaches them."""

    def __init__(self, findings: Iterator[Found], phi: Phi) -> None:
        self._findings = findings
        self._next = next(findings, None)
        self._phi = phi

    def take(self, before: int, block: Block | None) -> list[FindingView]:
        """Those that begin before a byte of the file and were not yet taken.

        What their fixes change is read from the block.
        """
        taken = []
        while self._next is not None and self._next.view.byte_start < before:
            view, edits = self._next
            if edits and block is not None:
                view = replace(view, changes=changes(edits, block, self._phi))
            taken.append(view)
            self._next = next(self._findings, None)
        return taken


def _block_rows(block: Block, rows: Rows, queue: _Queue) -> Iterator[RowView]:
    for is_outside, segment in in_order(block):
        if is_outside:
            yield rows.outside(segment, queue.take(segment.end, block))
        else:
            yield rows.segment(segment, block, queue.take(segment.end + 1, block))


def _path(block: Block, length: int, page: int) -> list[int]:
    """Where a block is in the tree: interchange, group, set and page, filled up with zeros."""
    return [*block.standing[:length], *[0] * (3 - length), page]


def _claim_branch(entry: dict[str, Any], queue: _Queue) -> Branch:
    queue.take(entry["start"], None)
    counts = Counter(f.severity for f in queue.take(entry["end"] + 1, None))
    return Branch(
        "claim",
        entry["id"],
        entry["place"],
        entry["section"],
        claim_number=entry["claim_number"],
        counts=_counted(counts),
        lines=tuple((number, code, index) for number, code, index in entry["lines"]),
    )


def _counted(counts: Counter[str]) -> tuple[tuple[str, int], ...]:
    """How many of each severity there are, the worst first; what there is none of is left out."""
    return tuple((s.value, counts[s.value]) for s in Severity if counts[s.value])
