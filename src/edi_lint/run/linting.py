"""Runs the engine and the rules over an input, and turns what they find into findings."""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import (
    Block,
    BlockKind,
    ClaimMark,
    Context,
    Engine,
    Fault,
    FaultCode,
    TriggerSet,
    engine_class,
    make_pool,
    open_engine,
)
from edi_lint.engine.identity import CURRENT_GUIDE, OLD_GUIDE
from edi_lint.engine.moves import first_segment
from edi_lint.engine.result import ABSENT
from edi_lint.engine.slices import NotResumedError, Numbers, NumberWatch, Seen, resume, snapshot
from edi_lint.engine.survey import Cut
from edi_lint.files.sources import Source, name_of, opened
from edi_lint.files.spool import rereadable
from edi_lint.files.version import VERSION
from edi_lint.findings import Finding, Location, Severity
from edi_lint.findings.file_result import FileResult, Place
from edi_lint.findings.masking import (
    Phi,
    is_claim_number,
    shown_line,
    shown_number,
    shown_party,
    shown_tag,
    visible_values,
)
from edi_lint.findings.store import Findings, Kind
from edi_lint.grammar import Grammar, SegmentNode, envelope_node, grammar_for
from edi_lint.packs import packs, profiles
from edi_lint.packs.profiles import Profiles
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import Hit, LedgerRule, Rule, SentBefore
from edi_lint.rules.calls import Calls, Found, Judges
from edi_lint.rules.doubt import doubt_of
from edi_lint.rules.losses import Flags, Losses
from edi_lint.rules.resubmission import Resubmission
from edi_lint.rules.run import Run
from edi_lint.rules.sharing import Comparison, Sharing
from edi_lint.rules.structural import Described, describe
from edi_lint.run import unchecked
from edi_lint.run.claim_hashes import Keys
from edi_lint.settings import Settings, rule_codes
from edi_lint.x12 import NotX12Error, Segment
from edi_lint.x12.encoding import Encoding, SingleBytes, single_bytes

if TYPE_CHECKING:
    from datetime import date

    from edi_lint.ledger.envelopes import Interchange
    from edi_lint.settings.hidden import Hidden
    from edi_lint.settings.suppressions import Suppressor


@dataclass(slots=True)
class Report:
    """The outcome of a run over one input; `hidden` is what the settings keep out of it.

    `fail_on` is the mildest severity that the input should not have; None: it may have any.
    """

    file: FileResult
    findings: Findings = field(default_factory=Findings)
    hidden: Hidden | None = None
    fail_on: Severity | None = Severity.ERROR

    @property
    def ok(self) -> bool:
        """Whether all of the input was checked, and nothing as bad as `fail_on` was found.

        False where a transaction set was skipped because it is not an 837P.
        """
        return self.file.is_whole and not reaches(self.findings.counts, self.fail_on)

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
            "findings": [f.json(phi is not Phi.NONE, phi) for f in self.findings],
            "summary": self.summary() | (self.hidden.summary() if self.hidden else {}),
            **(self.hidden.json() if self.hidden else {}),
        }


def document_head() -> dict[str, Any]:
    """What a findings document begins with."""
    tool = {"name": "edi-lint", "version": VERSION, "engine": engine_class().name}
    return {"version": 1, "tool": tool}


def reaches(counts: Iterable[Kind], threshold: Severity | None) -> bool:
    """Whether one of these kinds of findings is as bad as a threshold, or worse; None: no."""
    if threshold is None:
        return False
    return any(severity.rank <= threshold.rank for _, _, severity in counts)


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
    those of other slices. `losses` settles which fixes are automatic once it is known what was lost
    before the slice.
    """

    result: FileResult
    findings: Findings | list[Finding]
    before: tuple[Any, ...] | None
    after: tuple[Any, ...] | None
    numbers: Numbers
    keys: array[int]
    losses: Losses

    def settled(self, lost: Flags) -> Iterable[Finding]:
        """What was found, now that it is known what was lost before the slice."""
        return self.losses.settled(self.findings, lost)

    def follows(self, other: Slice, seen: Seen) -> bool:
        """Whether it has begun as the other has ended, with no control number met before."""
        return (
            self.before is not None
            and self.before == other.after
            and not (self.numbers.clash(seen))
        )


class Linter:
    """Lints inputs one after the other; what was learnt about values serves the next one too.

    Raises PackError for a pack or profile in the settings that cannot be used, SettingsError for a
    choice of rules that do not exist.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        rule_codes((*self.settings.select, *self.settings.ignore))
        self._about = run_of(self.settings)
        chosen = (r for r in CATALOGUE if self.settings.wants(r.code, r.level))
        wanted = [made for r in chosen for made in r.made(self._about)]
        self._ledger_rules = [r for r in wanted if isinstance(r, LedgerRule)]
        self._judges = Judges(wanted)
        self._sharing = Sharing(wanted)
        self._calls = Calls(wanted, self._about, self._sharing.shares)
        self._old_calls = Calls([], self._about)
        self._suppressor = _suppressor(self.settings)
        self._payer_of: Block | None = None
        self._payer = ""
        self._pool = make_pool(
            {
                CURRENT_GUIDE: TriggerSet(self._judges.places, self._calls.triggers),
                OLD_GUIDE: TriggerSet((), self._old_calls.triggers),
            }
        )

    def check(self, source: Source, path: str = "") -> Report:
        """Lint one input: a path, its bytes, or a binary stream.

        What could not be checked of it is among the findings (ENV011): an input that cannot be
        read, is not X12 or has no 837P, and each kind of set that was skipped. `file.error` says
        why an input could not be read.
        """
        name = path or name_of(source)
        try:
            report = self.lint(source, name)
        except NotX12Error as problem:
            report = Report(FileResult(name, error=str(problem)))
        except OSError as problem:
            report = Report(FileResult(name, error=problem.strerror or type(problem).__name__))
        report.findings.extend(unchecked.findings(report.file))
        return report

    def lint(self, source: Source, path: str = "") -> Report:
        """The same, without a finding on what could not be checked.

        Raises NotX12Error for an input that is not X12, OSError for one that cannot be read.
        """
        report = Report(FileResult(path or name_of(source)))
        with opened(source) as stream:
            self._check(single_bytes(stream), report.file, report.findings)
        return report

    def _check(self, stream: BinaryIO, result: FileResult, findings: Findings) -> None:
        encoding = stream.encoding if isinstance(stream, SingleBytes) else None
        for _, found in self.blocks_told_of(stream, result):
            findings.extend(found if encoding is None else (_in_file(f, encoding) for f in found))
        if encoding is not None:
            result.bytes = encoding.original(result.bytes)

    def blocks_told_of(
        self, stream: BinaryIO, result: FileResult
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """The blocks of which something is said, and some more, each with what is said of it.

        They come in file order, then once more those with claims that have to be compared, for
        which the stream is read again. What nothing is said of is only counted in `result`, which
        is complete at the end. Raises NotX12Error for an input that holds no interchange.
        """
        again = rereadable(stream) if self._sharing.shares else stream
        keys = Keys()
        yield from self._read(self._engine(again), result, keys)
        yield from self._shared(again, keys, result)

    def _engine(self, stream: BinaryIO) -> Engine:
        return open_engine(stream, self._pool, lenient=True)

    def compare(self, stream: BinaryIO, keys: Keys, result: FileResult, findings: Findings) -> None:
        """Add what claims of an input share that they should not; `keys` are those of all of it."""
        for _, found in self._shared(stream, keys, result):
            findings.extend(found)

    def _shared(
        self, stream: BinaryIO, keys: Keys, result: FileResult
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """What claims share with earlier ones, by the keys of all claims of an input."""
        repeated = keys.repeated()
        if not repeated:
            return
        stream.seek(0)
        pool = make_pool(
            {CURRENT_GUIDE: TriggerSet((), self._sharing.shares), OLD_GUIDE: TriggerSet((), ())},
            repeated,
        )
        engine = open_engine(stream, pool, lenient=True)
        comparison = Comparison(self._sharing, repeated, engine.key_hash)
        for block in engine.blocks():
            yield block, self._compared(block, comparison, result)

    def _compared(self, block: Block, comparison: Comparison, result: FileResult) -> list[Finding]:
        """What a claim shares with earlier ones."""
        if block.kind is not BlockKind.CLAIM or not _is_current(block) or _breaks_off(block):
            return []
        claim = Claim(block)
        doubt = doubt_of(block)
        found = [
            self._finding(*heard, block, result.path)
            for rule, hit in comparison.hits(claim)
            for heard in self._calls.heard(rule, (hit,), claim, None)
            if doubt is None or not doubt.silences(rule, hit)
        ]
        return self._left(found, block, result)

    def _read(
        self,
        engine: Engine,
        result: FileResult,
        keys: Keys | array[int],
        losses: Losses | None = None,
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """Every block that comes out of an engine with what is found in it; adds to `keys` what
        the claims may share.
        """
        for block, found in self._run(engine, result, losses):
            yield block, found
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
        lost: Flags | None = None,
    ) -> Slice:
        """Lint from a cut (None: the beginning) to the file offset of another (None: the end).

        What is found is added to `findings`, what claims may share to `keys`. `lost` says what was
        lost before the cut, None where that is not known.
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
                losses = Losses(Context())
                return Slice(result, findings, None, None, numbers, array("Q"), losses)
        watch = NumberWatch(engine)
        losses = Losses(engine.context, lost)
        engine.stop_at = sys.maxsize if stop is None else stop
        del engine.keys[:]
        for _, found in self._read(engine, result, keys, losses):
            findings.extend(found)
        # a block that is not complete yet may be the first one of its set
        losses.enter(engine.context)
        after = None if stop is None else snapshot(engine)
        own = keys if isinstance(keys, array) else array("Q")
        return Slice(result, findings, before, after, watch.numbers(), own, losses)

    def blocks(
        self, stream: BinaryIO, result: FileResult, lenient: bool = False
    ) -> Iterator[tuple[Block, list[Finding]]]:
        """Every block of an input with what was found in it, counted in `result` as it goes.

        Claims are compared with each other where the input can be read twice. `lenient`: an ISA may
        be damaged or missing. Raises NotX12Error for an input that holds no interchange.
        """
        comparison = None
        if self._sharing.shares and stream.seekable():
            keys = Keys()
            for _ in self._read(self._engine(stream), FileResult(result.path), keys):
                pass
            stream.seek(0)
            comparison = Comparison(self._sharing, keys.repeated(), engine_class().key_hash)
        for block, findings in self._run(open_engine(stream, lenient=lenient), result):
            if comparison is not None and comparison.repeated:
                findings += self._compared(block, comparison, result)
                findings.sort(key=lambda f: (f.location.byte_start, f.code))
            yield block, findings

    def judge_rewriting(self, made: Resubmission, path: str) -> list[Finding]:
        """What is to be said of a claim that was rewritten; places are those of the original."""
        found = self._calls.on_resubmission(made)
        return [self._finding(r, h, severity, made.claim.block, path) for r, h, severity in found]

    def judge_sent(
        self, interchange: Interchange, recorded: date, number: int, result: FileResult
    ) -> list[Finding]:
        """What is to be said of an interchange that was sent before with other content.

        `number` is a new one that it may have, 0 where none was asked for.
        """
        block = interchange.block
        sent = SentBefore(interchange.header, interchange.trailer, recorded, number)
        found = [
            self._finding(rule, hit, hit.severity or rule.severity, block, result.path)
            for rule in self._ledger_rules
            for hit in rule.check(sent)
        ]
        return self._left(found, block, result)

    def _run(
        self, engine: Engine, result: FileResult, losses: Losses | None = None
    ) -> Iterator[tuple[Block, list[Finding]]]:
        losses = losses or Losses(engine.context)
        try:
            for block in engine.blocks():
                result.count(block, self._begins)
                losses.see(block)
                yield block, self._findings(block, engine, result, losses)
        finally:
            result.bytes = engine.reader.bytes_read

    # one block

    def _begins(self, block: Block) -> Place:
        """The first segment of a block."""
        place = _Place(block.segment(0), 0, 0)
        return Place(_location(place, block, None, ""), *self._excerpt(place, block))

    def _findings(
        self, block: Block, engine: Engine, result: FileResult, losses: Losses
    ) -> list[Finding]:
        claim = Claim(block) if block.kind is BlockKind.CLAIM else None
        structural: list[Finding] = []
        trailing: dict[int, Segment] = {}
        for fault in block.faults:
            described = describe(fault, block.context, losses.around(fault))
            rule = described.rule
            severity = self._graded(rule.code, described.severity, claim)
            if severity and self.settings.wants(rule.code, rule.level):
                finding = self._structural(described, severity, block, result.path)
                losses.note(fault, finding)
                structural.append(finding)
                if fault.code is FaultCode.TRAILING_SEPARATOR:
                    trailing[id(finding)] = fault.segment
        found: list[Finding] = []
        if _is_current(block):
            doubt = doubt_of(block)
            found = [
                self._finding(r, h, severity, block, result.path)
                for r, h, severity in self._hits(block, claim, engine, result)
                if doubt is None or not doubt.silences(r, h)
            ]
        elif claim:
            self._lines(claim, self._old_calls, result)
        if found and structural:
            empty = {f.location.byte_start for f in found if _is_of_nothing(f)}
            structural = [
                f
                for f in structural
                if id(f) not in trailing or empty.isdisjoint(_trailing_places(trailing[id(f)]))
            ]
            found, structural = _of_each_fault(found, structural)
        found += structural
        found.sort(key=lambda f: (f.location.byte_start, f.code))
        return self._left(found, block, result)

    def _left(self, found: list[Finding], block: Block, result: FileResult) -> list[Finding]:
        """The findings of a block that the user has not suppressed."""
        if found and self._suppressor:
            return self._suppressor.left(found, block, result.path, result.suppressed)
        return found

    def _graded(self, code: str, severity: Severity, claim: Claim | None) -> Severity | None:
        """The severity that a finding inside a claim has for the claim's payer; None: silence."""
        return severity if claim is None else self._about.graded(code, severity, claim)

    def _hits(
        self, block: Block, claim: Claim | None, engine: Engine, result: FileResult
    ) -> Iterator[Found]:
        """What the rules find in a block; each is called only where what it looks at occurs."""
        cut = _breaks_off(block)
        broken = cut and not block.is_part
        of_values = self._judges.hits(block, engine, len(block) - 1 if broken else len(block))
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
            yield from self._calls.alarmed(claim, engine, block.alarms)
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
            self._location(place, block, _claim_of(hit, block), hit.line),
            hit.response or rule.response,
            hit.fix,
            excerpt,
            caret,
        )

    def _structural(
        self, described: Described, severity: Severity, block: Block, path: str
    ) -> Finding:
        fault, rule = described.fault, described.rule
        shifted = fault.code is FaultCode.SHIFTED
        place = _Place(fault.segment, fault.element, fault.component, fault.repeat, shifted)
        if described.whole:
            place = _Place(fault.segment, 0, 0)
        excerpt, caret = self._excerpt(place, block)
        location = self._location(place, block, fault.claim, fault.line)
        if fault.code in ABSENT:
            location = _of_missing(location, fault, block)
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

    def _location(
        self, place: _Place, block: Block, claim: ClaimMark | None, line: str
    ) -> Location:
        location = _location(place, block, claim, line)
        if self.settings.parties:
            location = self._with_parties(location, block)
        if location.claim or self.settings.baseline is None:
            return location
        from edi_lint.findings.fingerprints import digest

        return replace(location, content=digest(place.segment.raw))

    def _with_parties(self, location: Location, block: Block) -> Location:
        from edi_lint.claims import parties

        level = parties.subscriber(block)
        if level is None or level is not self._payer_of:
            self._payer_of = level
            self._payer = payer_shown(block)
        sent_by = shown_party(next(iter(parties.submitters(block)), ""))
        return replace(location, payer=self._payer, submitter=sent_by)

    def _excerpt(self, place: _Place, block: Block) -> tuple[str, tuple[int, int]]:
        segment = place.segment
        values = values_as_written(segment, block, self.settings.phi)
        if segment.shift is not None and not place.as_written:
            place = replace(place, element=segment.shift.as_written(place.element))
        separator = segment.delimiters.element.decode("latin-1")
        text = separator.join(values)
        return text, _caret(values, place, segment)


def _in_file(finding: Finding, encoding: Encoding) -> Finding:
    """A finding in single bytes with the byte ranges that it has in the file."""
    place, fix = finding.location, finding.fix
    start, end = encoding.original(place.byte_start), encoding.original(place.byte_end)
    if fix is not None:
        edits = (
            e._replace(
                byte_start=encoding.original(e.byte_start), byte_end=encoding.original(e.byte_end)
            )
            for e in fix.edits
        )
        fix = fix._replace(edits=tuple(edits))
    return finding._replace(location=replace(place, byte_start=start, byte_end=end), fix=fix)


def payer_shown(block: Block) -> str:
    """Name and id of a claim's payer (2010BB), what is protected masked; empty without one."""
    from edi_lint.claims import parties

    nm1 = parties.payer(block)
    shown = [*(shown_values(nm1, block, Phi.IDS) if nm1 else ()), *[""] * 10]
    name, number = shown[3], shown[9]
    return f"{name} ({number})" if number else name


def shown_values(segment: Segment, block: Block, phi: Phi) -> list[str]:
    """Tag and elements of a segment of a block with everything protected masked."""
    grammar = _grammar(block)
    node = grammar.segment_node(segment.node) if grammar and segment.node else None
    if segment.node == 0 and segment.tag in _ENVELOPE_TAGS:
        node = envelope_node(segment.tag) or _st_node(segment)
    return visible_values(segment, node, phi)


def values_as_written(segment: Segment, block: Block, phi: Phi) -> list[str]:
    """`shown_values` of a segment at the places as they are written, whatever its `shift`."""
    values = shown_values(segment, block, phi)
    shift = segment.shift
    if shift is None:
        return values
    if shift.by < 0:
        return [*values[: shift.at], *values[shift.at + 1 :]]
    joined, first = values[shift.at], len(segment.written[shift.at])
    parts = joined[:first], joined[first + len(shift.glue) :]
    return [*values[: shift.at], *parts, *values[shift.at + 1 :]]


def _st_node(segment: Segment) -> SegmentNode | None:
    """What an ST may show in a set that follows no guide of ours."""
    current = grammar_for(CURRENT_GUIDE)
    assert current is not None
    return current.transaction.opener if segment.tag == "ST" else None


def run_of(settings: Settings) -> Run:
    """What the rules may ask, by the settings. Raises PackError."""
    codes = {code: pack for pack in packs() for code in pack.codes}
    in_force = Profiles((), profiles())
    if settings.profile or settings.profiles or settings.packs:
        from edi_lint.packs.users import users_packs, users_profiles

        rules = [rule.code for rule in CATALOGUE]
        in_force = users_profiles(settings.profiles, settings.profile, rules)
        codes |= users_packs(settings.packs)
    return Run(codes, in_force, settings.as_of)


@dataclass(slots=True)
class _Place:
    """A segment and what of it is meant."""

    segment: Segment
    element: int
    component: int
    repeat: int = 0
    as_written: bool = False
    """Whether the element counts as it is written, whatever the segment's shift."""

    @property
    def span(self) -> tuple[int, int]:
        """Where it is, as file offsets."""
        if self.as_written:
            return self.segment.span_as_written(self.element)
        return self.segment.span(self.element, self.component, self.repeat)

    @property
    def name(self) -> str:
        """SV101-04; empty for the segment as a whole."""
        if not self.element:
            return ""
        component = f"-{self.component:02}" if self.component else ""
        return f"{shown_tag(self.segment)}{self.element:02}{component}"


def _suppressor(settings: Settings) -> Suppressor | None:
    if not settings.suppressions:
        return None
    from edi_lint.settings.suppressions import Suppressor

    return Suppressor(settings)


_ENVELOPE_TAGS = frozenset({"ISA", "GS", "GE", "IEA", "TA1", "ST", "SE"})


def _is_current(block: Block) -> bool:
    """Whether the block is in a set of the guide that the rules are about."""
    grammar = _grammar(block)
    return grammar is not None and grammar.guide == CURRENT_GUIDE


def _breaks_off(block: Block) -> bool:
    """Whether the block holds a part of a claim only, so that rules would judge half of it."""
    return block.is_part or any(f.code is FaultCode.UNTERMINATED for f in block.faults)


def _is_of_nothing(finding: Finding) -> bool:
    """Whether a finding is about an element that is empty."""
    place = finding.location
    return bool(place.element) and place.byte_start == place.byte_end


def _trailing_places(segment: Segment) -> range:
    """The file offsets of the empty elements at the end of a segment."""
    kept = segment.raw.rstrip(segment.delimiters.element + segment.delimiters.line_breaks)
    return range(segment.start + len(kept) + 1, segment.end + 1)


def _of_each_fault(
    found: list[Finding], structural: list[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """One fault, one finding: of two about the same element a rule's stays, unless it is milder.

    An id whose qualifier is wrong is not judged by what the qualifier calls it.
    """
    wrong = {f.location.byte_end for f in structural if f.location.element == _ID_QUALIFIER}
    found = [f for f in found if f.location.byte_start - 1 not in wrong]
    by_rules, by_structure = _worst(found), _worst(structural)
    mildest = len(Severity)
    return (
        [f for f in found if by_structure.get(_element(f), mildest) >= f.severity.rank],
        [f for f in structural if by_rules.get(_element(f), mildest) > f.severity.rank],
    )


_ID_QUALIFIER = "NM108"


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


def _claim_of(hit: Hit, block: Block) -> ClaimMark | None:
    """The claim that a hit is in; None above claims."""
    return block.claim if block.claim and hit.segment.start >= block.starts[0] else None


def _of_missing(location: Location, fault: Fault, block: Block) -> Location:
    """Where a segment or loop is missing: in its own loop, though another segment is there.

    So a 999 names it too, in IK301 and IK303. The loop stays empty where it may be one of several.
    """
    grammar = _grammar(block)
    node = grammar.nodes[fault.node] if grammar else None
    if node is None:
        return location
    segment = first_segment(node)
    loop = "" if fault.others else segment.loop.id
    return replace(location, segment=segment.tag, loop=loop)


def _grammar(block: Block) -> Grammar | None:
    return block.context.transaction.grammar if block.context.transaction else None


def _location(place: _Place, block: Block, claim: ClaimMark | None, line: str) -> Location:
    segment, context = place.segment, block.context
    start, end = place.span
    if not place.element and not segment.raw:
        start = end = segment.start
    row, column = segment.window.locate(start)
    end_row, end_column = segment.window.moved(start, end, row, column)
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
        claim.id if claim and is_claim_number(claim.id) else "",
        claim.number if claim else 0,
        shown_line(line),
        end_line=end_row,
        end_column=end_column,
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
