"""Runs the engine and the rules over an input, and turns what they find into findings."""

from __future__ import annotations

import io
import sys
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from edi_lint import __version__
from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import (
    Block,
    BlockKind,
    Engine,
    FaultCode,
    Watch,
    engine_class,
    open_engine,
    watching,
)
from edi_lint.engine.reference import CURRENT_GUIDE, OLD_GUIDE
from edi_lint.engine.slices import NotResumedError, Numbers, NumberWatch, Seen, resume, snapshot
from edi_lint.engine.survey import Cut
from edi_lint.findings import Finding, Location, Severity
from edi_lint.grammar import Grammar, envelope_node
from edi_lint.keys import Keys
from edi_lint.packs import packs, profiles
from edi_lint.packs.profiles import Profiles
from edi_lint.privacy import Phi, shown_number, shown_tag, visible_values
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import Hit, Rule
from edi_lint.rules.calls import Calls, Found, Judges
from edi_lint.rules.run import Run
from edi_lint.rules.sharing import Comparison, Sharing
from edi_lint.rules.structural import Described, describe
from edi_lint.settings import Settings
from edi_lint.store import Findings, Kind, rereadable
from edi_lint.x12 import NotX12Error, Segment


@dataclass(frozen=True, slots=True)
class Skipped:
    """Transaction sets that are no 837P: ST01, the guide they name, and how many."""

    type: str
    guide: str
    count: int


_COUNTED = (
    "interchanges", "groups", "transactions", "claims", "service_lines", "matched_lines"
)  # fmt: skip


@dataclass(slots=True)
class FileResult:
    """What was read of one input. `error` says why it could not be read, empty if it could."""

    path: str
    bytes: int = 0
    interchanges: int = 0
    groups: int = 0
    transactions: int = 0
    claims: int = 0
    service_lines: int = 0
    matched_lines: int = 0
    skipped: dict[tuple[str, str], int] = field(default_factory=dict)
    error: str = ""

    def add(self, other: FileResult) -> None:
        """Count what was read of another part of the input."""
        for name in ("bytes", *_COUNTED):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for key, count in other.skipped.items():
            self.skipped[key] = self.skipped.get(key, 0) + count

    def skipped_sets(self) -> list[Skipped]:
        return [Skipped(type_, guide, n) for (type_, guide), n in self.skipped.items()]

    def json(self) -> dict[str, Any]:
        out: dict[str, Any] = {n: getattr(self, n) for n in ("path", "bytes", *_COUNTED)}
        if self.skipped:
            out["skipped"] = [
                {"type": s.type, "guide": s.guide, "count": s.count} for s in self.skipped_sets()
            ]
        if self.error:
            out["error"] = self.error
        return out


@dataclass(slots=True)
class Report:
    """The outcome of a run over one input."""

    file: FileResult
    findings: Findings = field(default_factory=Findings)

    @property
    def files(self) -> list[FileResult]:
        """As in the findings document, which may tell of several inputs."""
        return [self.file]

    def summary(self) -> dict[str, int]:
        """How many findings of each severity."""
        return severities(self.findings.counts)

    def json(self, phi: Phi = Phi.IDS) -> dict[str, Any]:
        """The findings document, version 1 (`schemas/findings.schema.json`)."""
        return {
            **document_head(),
            "files": [self.file.json()],
            "findings": [f.json(with_claim=phi is not Phi.NONE) for f in self.findings],
            "summary": self.summary(),
        }


def document_head() -> dict[str, Any]:
    """What a findings document begins with."""
    tool = {"name": "edi-lint", "version": __version__, "engine": engine_class().name}
    return {"version": 1, "tool": tool}


def severities(counts: Counter[Kind]) -> dict[str, int]:
    """How many findings of each severity, by how many of each kind."""
    found = {s.value: 0 for s in Severity}
    for (_, _, severity), count in counts.items():
        found[severity.value] += count
    return found


class Slice(NamedTuple):
    """What was found between two cuts of an input, in the order in which it was found.

    `before` and `after` tell the state of the engine at its ends: None where it could not begin
    at the cut, or has gone on to the end of the input. `keys` are what its claims may share with
    those of other slices.
    """

    result: FileResult
    findings: Findings | list[Finding]
    before: tuple[Any, ...] | None
    after: tuple[Any, ...] | None
    numbers: Numbers
    keys: array[int]

    def follows(self, other: Slice, seen: Seen) -> bool:
        """Whether it has begun as the other has ended, with no control number met before."""
        return (
            self.before is not None
            and self.before == other.after
            and not (self.numbers.clash(seen))
        )


class Linter:
    """Lints inputs one after the other; what was learnt about values serves the next one too."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        codes = {code: pack for pack in packs() for code in pack.codes}
        run = Run(codes, Profiles((), profiles()), self.settings.as_of)
        chosen = (r for r in CATALOGUE if self.settings.wants(r.code, r.level))
        wanted = [made for r in chosen for made in r.made(run)]
        self._judges = Judges(wanted)
        self._sharing = Sharing(wanted)
        self._calls = Calls(wanted, run, self._sharing.shares)
        self._old_calls = Calls([], run)
        self._pool = watching(
            {
                CURRENT_GUIDE: Watch(self._judges.places, self._calls.triggers),
                OLD_GUIDE: Watch((), self._old_calls.triggers),
            }
        )

    def check(self, source: str | Path | bytes | BinaryIO, path: str = "") -> Report:
        """Lint one input: a path, its bytes, or a binary stream.

        An input that is no X12, or a file that cannot be read, is reported in `files[0].error`.
        """
        result = FileResult(path or (str(source) if isinstance(source, str | Path) else "-"))
        findings = Findings()
        try:
            if isinstance(source, bytes):
                self._check(io.BytesIO(source), result, findings)
            elif isinstance(source, str | Path):
                with Path(source).open("rb") as stream:
                    self._check(stream, result, findings)
            else:
                self._check(source, result, findings)
        except NotX12Error as problem:
            findings = Findings()
            result.error = str(problem)
        except OSError as problem:
            result.error = problem.strerror or type(problem).__name__
        return Report(result, findings)

    def _check(self, stream: BinaryIO, result: FileResult, findings: Findings) -> None:
        """Lint a stream, which is read again where its claims have to be compared."""
        again = rereadable(stream) if self._sharing.shares else stream
        keys = Keys()
        self._collect(self._engine(again), result, findings, keys)
        self.compare(again, keys, result.path, findings)

    def _engine(self, stream: BinaryIO) -> Engine:
        return open_engine(stream, self._pool)

    def compare(self, stream: BinaryIO, keys: Keys, path: str, findings: Findings) -> None:
        """Add what claims of an input share that they should not; `keys` are those of all of it."""
        repeated = keys.repeated()
        if not repeated:
            return
        stream.seek(0)
        pool = watching(
            {CURRENT_GUIDE: Watch((), self._sharing.shares), OLD_GUIDE: Watch((), ())}, repeated
        )
        engine = open_engine(stream, pool)
        comparison = Comparison(self._sharing, repeated, engine.key_hash)
        for block in engine.blocks():
            findings.extend(self._compared(block, comparison, path))

    def _compared(self, block: Block, comparison: Comparison, path: str) -> list[Finding]:
        """What a claim shares with earlier ones."""
        if block.kind is not BlockKind.CLAIM or not _is_current(block) or _breaks_off(block):
            return []
        claim = Claim(block)
        return [
            self._finding(*found, block, path)
            for rule, hit in comparison.hits(claim)
            for found in self._calls.heard(rule, (hit,), claim, None)
        ]

    def _collect(
        self,
        engine: Engine,
        result: FileResult,
        findings: Findings | list[Finding],
        keys: Keys | array[int],
    ) -> None:
        for block, found in self._run(engine, result):
            findings.extend(found)
            if block.alarms is None and self._sharing.shares:
                self._take_keys(block, engine)
            if engine.keys:
                keys.extend(engine.keys)
                del engine.keys[:]
        keys.extend(engine.keys)
        result.transactions += engine.silent_sets
        result.claims += engine.silent_claims
        result.service_lines += engine.silent_lines
        result.matched_lines += engine.silent_matches

    def _take_keys(self, block: Block, engine: Engine) -> None:
        """Add to the engine's keys those of a claim that was not read ahead."""
        if block.kind is BlockKind.CLAIM and _is_current(block) and not _breaks_off(block):
            hash_ = engine.key_hash
            engine.keys.extend(hash_(held.key) for held in self._sharing.held(Claim(block)))

    def check_slice(
        self,
        stream: BinaryIO,
        path: str,
        cut: Cut | None,
        stop: int | None,
        seen: Seen,
        findings: Findings | list[Finding],
        keys: Keys | array[int],
    ) -> Slice:
        """Lint from a cut (None: the beginning) to the file offset of another (None: the end).

        What is found is added to `findings`, what claims may share to `keys`.
        """
        result = FileResult(path)
        engine = self._engine(stream)
        before = None
        if cut is not None:
            try:
                resume(engine, cut, seen)
                before = snapshot(engine)
            except NotResumedError:
                numbers = NumberWatch(engine).numbers()
                return Slice(result, findings, None, None, numbers, array("Q"))
        watch = NumberWatch(engine)
        engine.stop_at = sys.maxsize if stop is None else stop
        del engine.keys[:]
        self._collect(engine, result, findings, keys)
        after = None if stop is None else snapshot(engine)
        own = keys if isinstance(keys, array) else array("Q")
        return Slice(result, findings, before, after, watch.numbers(), own)

    def blocks(self, stream: BinaryIO, result: FileResult) -> Iterator[tuple[Block, list[Finding]]]:
        """Every block of an input with what was found in it, counted in `result` as it goes."""
        comparison = None
        if self._sharing.shares:
            keys = Keys()
            self._collect(self._engine(stream), FileResult(result.path), [], keys)
            stream.seek(0)
            comparison = Comparison(self._sharing, keys.repeated(), engine_class().key_hash)
        for block, findings in self._run(open_engine(stream), result):
            if comparison is not None and comparison.repeated:
                findings += self._compared(block, comparison, result.path)
                findings.sort(key=lambda f: (f.location.byte_start, f.code))
            yield block, findings

    def _run(self, engine: Engine, result: FileResult) -> Iterator[tuple[Block, list[Finding]]]:
        try:
            for block in engine.blocks():
                self._count(block, result)
                yield block, self._findings(block, engine, result)
        finally:
            result.bytes = engine.reader.bytes_read

    # one block

    def _count(self, block: Block, result: FileResult) -> None:
        kind, context = block.kind, block.context
        if kind is BlockKind.INTERCHANGE and block.segment(0).tag == "ISA":
            result.interchanges += 1
        elif kind is BlockKind.GROUP:
            result.groups += 1
        elif kind is BlockKind.TRANSACTION and context.transaction is not None:
            result.transactions += 1
        elif kind is BlockKind.CLAIM:
            result.claims += 1
        elif kind is BlockKind.SKIPPED and block.first_ordinal == 1:
            assert context.transaction is not None
            result.transactions += 1
            guide = context.transaction.guide or _group_guide(block)
            key = (shown_number(context.transaction.type), shown_number(guide))
            result.skipped[key] = result.skipped.get(key, 0) + 1

    def _findings(self, block: Block, engine: Engine, result: FileResult) -> list[Finding]:
        described = (describe(fault, _grammar(block)) for fault in block.faults)
        structural = [
            self._structural(d, block, result.path)
            for d in described
            if self.settings.wants(d.rule.code, d.rule.level)
        ]
        found: list[Finding] = []
        if _is_current(block):
            found = [
                self._finding(r, h, severity, block, result.path)
                for r, h, severity in self._hits(block, engine, result)
            ]
        elif block.kind is BlockKind.CLAIM:
            self._lines(Claim(block), self._old_calls, result)
        if found and structural:
            found, structural = _of_each_fault(found, structural)
        found += structural
        found.sort(key=lambda f: (f.location.byte_start, f.code))
        return found

    def _hits(self, block: Block, engine: Engine, result: FileResult) -> Iterator[Found]:
        """What the rules find in a block; each is called only where what it looks at occurs."""
        cut = _breaks_off(block)
        of_values = self._judges.hits(block, engine, len(block) - 1 if cut else len(block))
        yield from ((rule, hit, hit.severity or rule.severity) for rule, hit in of_values)
        if block.kind is not BlockKind.CLAIM:
            return
        claim = Claim(block)
        lines = self._lines(claim, self._calls, result)
        if cut:
            yield from self._calls.on_lines(claim, lines[:-1])
        elif block.alarms is not None:
            yield from self._calls.alarmed(claim, engine, block.alarms)
        else:
            yield from self._calls.on_claim(claim)
            yield from self._calls.on_lines(claim, lines)

    def _lines(self, claim: Claim, calls: Calls, result: FileResult) -> tuple[ServiceLine, ...]:
        result.service_lines += len(claim.lines)
        result.matched_lines += calls.matches(claim)
        return claim.lines

    # findings

    def _finding(
        self, rule: Rule, hit: Hit, severity: Severity, block: Block, path: str
    ) -> Finding:
        place = _Place(hit.segment, hit.element, hit.component)
        excerpt, caret = self._excerpt(place, block)
        return Finding(
            rule.code,
            rule.name,
            severity,
            rule.level,
            hit.message,
            rule.help,
            path,
            _location(place, block, _claim_of(hit, block), hit.line),
            hit.response or rule.response,
            hit.fix,
            excerpt,
            caret,
        )

    def _structural(self, described: Described, block: Block, path: str) -> Finding:
        fault, rule = described.fault, described.rule
        place = _Place(fault.segment, fault.element, fault.component, fault.repeat)
        if described.whole:
            place.element = 0
        excerpt, caret = self._excerpt(place, block)
        claim = fault.claim.id if fault.claim else ""
        location = _location(place, block, claim, fault.line)
        if described.no_excerpt:
            end = max(fault.segment.end, location.byte_start)
            excerpt, caret = "", (0, 0)
            location = replace(location, segment="", byte_end=end)
        return Finding(
            rule.code,
            rule.name,
            described.severity,
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

    def _excerpt(self, place: _Place, block: Block) -> tuple[str, tuple[int, int]]:
        segment = place.segment
        grammar = _grammar(block)
        node = grammar.segment_node(segment.node) if grammar and segment.node else None
        if segment.node == 0 and segment.tag in _ENVELOPE_TAGS:
            node = envelope_node(segment.tag)
        values = visible_values(segment, node, self.settings.phi)
        separator = segment.delimiters.element.decode("latin-1")
        text = separator.join(values)
        return text, _caret(values, place, segment)


@dataclass(slots=True)
class _Place:
    """A segment and what of it is meant."""

    segment: Segment
    element: int
    component: int
    repeat: int = 0

    @property
    def name(self) -> str:
        """SV101-04; empty for the segment as a whole."""
        if not self.element:
            return ""
        component = f"-{self.component:02}" if self.component else ""
        return f"{shown_tag(self.segment)}{self.element:02}{component}"


_ENVELOPE_TAGS = frozenset({"ISA", "GS", "GE", "IEA", "TA1", "ST", "SE"})


def _is_current(block: Block) -> bool:
    """Whether the block is in a set of the guide that the rules are about."""
    grammar = _grammar(block)
    return grammar is not None and grammar.guide == CURRENT_GUIDE


def _breaks_off(block: Block) -> bool:
    """Whether the file ends in the middle of the block, so that rules would judge half a claim."""
    return any(fault.code is FaultCode.UNTERMINATED for fault in block.faults)


def _of_each_fault(
    found: list[Finding], structural: list[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """One fault, one finding: of two about the same element a rule's stays, unless it is milder."""
    by_rules, by_structure = _worst(found), _worst(structural)
    mildest = len(Severity)
    return (
        [f for f in found if by_structure.get(_element(f), mildest) >= f.severity.rank],
        [f for f in structural if by_rules.get(_element(f), mildest) > f.severity.rank],
    )


def _worst(findings: list[Finding]) -> dict[tuple[int, int, str], int]:
    """The rank of the worst finding of each element; findings of whole segments are left out."""
    ranks: dict[tuple[int, int, str], int] = {}
    for finding in findings:
        if finding.location.element:
            rank = min(finding.severity.rank, ranks.get(_element(finding), len(Severity)))
            ranks[_element(finding)] = rank
    return ranks


def _element(finding: Finding) -> tuple[int, int, str]:
    place = finding.location
    return place.byte_start, place.byte_end, place.element


def _claim_of(hit: Hit, block: Block) -> str:
    """The claim that a hit is in; empty above claims."""
    return block.claim.id if block.claim and hit.segment.start >= block.starts[0] else ""


def _grammar(block: Block) -> Grammar | None:
    return block.context.transaction.grammar if block.context.transaction else None


def _group_guide(block: Block) -> str:
    return block.context.group.guide if block.context.group else ""


def _location(place: _Place, block: Block, claim: str, line: str) -> Location:
    segment, context = place.segment, block.context
    start, end = segment.span(place.element, place.component, place.repeat)
    if not place.element and not segment.raw:
        start = end = segment.start
    row, column = segment.window.locate(start)
    grammar = _grammar(block)
    node = grammar.segment_node(segment.node) if grammar else None
    return Location(
        row,
        column,
        start,
        end,
        shown_number(context.interchange.control_number) if context.interchange else "",
        shown_number(context.group.control_number) if context.group else "",
        shown_number(context.transaction.control_number) if context.transaction else "",
        segment.ordinal,
        shown_tag(segment),
        place.name,
        node.loop.id if node and node.tag not in _ENVELOPE_TAGS else "",
        claim,
        block.claim.number if block.claim else 0,
        shown_number(line),
    )


def _caret(values: list[str], place: _Place, segment: Segment) -> tuple[int, int]:
    """Where the place is in the segment's text, as characters."""
    if place.element == 0:
        return 0, len(values[0])
    start = sum(len(v) + 1 for v in values[: place.element])
    if place.element >= len(values):
        end = sum(len(v) + 1 for v in values) - 1
        return end, end
    end = start + len(values[place.element])
    if place.component:
        separator = segment.delimiters.component.decode("latin-1")
        parts = values[place.element].split(separator)
        start += sum(len(p) + 1 for p in parts[: place.component - 1])
        if place.component > len(parts):
            return end, end
        end = start + len(parts[place.component - 1])
    return start, end
