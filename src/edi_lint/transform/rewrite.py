"""Rewrites claims of a file through a Jinja template into byte edits on that file.

Two passes: the first lints the original, finds the claims and renders them, the second copies the
file with the edits in it. What is kept between them are the edits and the names of claims.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import jinja2

from edi_lint.claims import Claim
from edi_lint.edits import apply, as_stream, recount
from edi_lint.edits.compare import Tally, tally
from edi_lint.engine import Block, BlockKind, TransactionSet
from edi_lint.findings import Edit, Finding
from edi_lint.linting import FileResult, Linter, severities
from edi_lint.original import Original
from edi_lint.privacy import Phi, printable, visible_values
from edi_lint.rules.resubmission import Resubmission
from edi_lint.settings import Settings
from edi_lint.store import Findings
from edi_lint.transform import templates
from edi_lint.transform.claim_data import ClaimData, Data, DataProblem, given_data
from edi_lint.transform.segments import (
    ClaimSegment,
    Fields,
    MissingValue,
    Sheet,
    ValueRefused,
    filters,
)
from edi_lint.x12 import NotX12Error, Segment

KIND = "rewrite"
DEFAULT_TEMPLATE = "replacement"
MAX_SHOWN = 10


class RewriteError(Exception):
    """Nothing was rewritten; `problems` say why, each in a line. They hold no protected data."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user's own template may use: seconds for one claim, bytes of memory over all."""

    seconds: float = 10.0
    memory: int = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """Which claims are rewritten and with what data.

    `claims` are names (empty: those in `data`, or every claim where `data` is None). `values` are
    fields for one claim, the only one chosen; they go before the same fields in `data`. `log`
    says whether a change log is wanted.
    """

    claims: tuple[str, ...] = ()
    data: Data | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    log: bool = False


@dataclass(slots=True)
class Outcome:
    """What the first pass found. `problems` are the reasons why nothing can be written."""

    before: Tally = field(default_factory=Tally)
    selected: int = 0
    changed: int = 0
    recounted: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Started:
    """A claim, by the name that messages have for it, is about to be rendered."""

    claim: str


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules about rewritten claims say of one, and its entry in the change log."""

    findings: list[Finding]
    entry: dict[str, Any] | None


Event = Started | Judged | list[Edit] | Outcome
"""What the first pass tells as it goes; empty lists of edits say that it is alive."""


class Rewriting:
    """A file with its claims rewritten, not yet written.

    `selected` counts the claims that went through the template, `changed` those that came out
    different, `recounted` the transaction sets whose SE01 was set. `remaining_errors` counts the
    findings of severity error in the result; `new_errors` and `new_warnings`
    say how many findings of each code there are more than in the original; `examples` are some of
    the new errors. `findings` are what the rules about rewritten claims (RES) say, at places of
    the original. A result with new errors, or an error among those findings, should not be sent.
    `log` is the change log, an entry for each claim that came out different, if one was wanted.
    """

    def __init__(
        self,
        source: Original,
        edits: list[Edit],
        findings: Findings,
        log: list[dict[str, Any]],
        outcome: Outcome,
    ) -> None:
        self._source = source
        self.edits = edits
        self.findings = findings
        self.log = log
        self.selected = outcome.selected
        self.changed = outcome.changed
        self.recounted = outcome.recounted
        self.remaining_errors = sum(outcome.before.errors.values())
        self.new_errors: dict[str, int] = {}
        self.new_warnings: dict[str, int] = {}
        self.examples: list[Finding] = []

    @property
    def is_worse(self) -> bool:
        """Whether the result should not be sent."""
        return bool(self.new_errors) or severities(self.findings.counts)["error"] > 0

    def chunks(self) -> Iterator[bytes]:
        """The result in pieces. Raises RewriteError when the original changes meanwhile."""
        with self._source.open() as stream:
            yield from apply(stream, self.edits)

    def content(self) -> bytes:
        """The result as a whole, for files that fit in memory."""
        return b"".join(self.chunks())

    def compare(self, before: Tally, linter: Linter) -> None:
        """Lint the result and note what is worse than before."""
        after = tally(as_stream(self.chunks()), linter, before)
        self.remaining_errors = sum(after.errors.values())
        self.new_errors = after.new_errors(before)
        self.new_warnings = after.new_warnings(before)
        self.examples = [f for code in self.new_errors for f in after.unknown[code]][:MAX_SHOWN]


def rewrite(
    source: str | Path | bytes | BinaryIO,
    template: str = DEFAULT_TEMPLATE,
    data: Data | Mapping[str, str | Mapping[str, str]] | None = None,
    *,
    claims: Sequence[str] = (),
    values: Mapping[str, str] | None = None,
    settings: Settings | None = None,
    limits: Limits | None = None,
    log: bool = False,
) -> Rewriting:
    """Put claims of a file through a template; all other bytes stay as they are.

    `template` is the name of a shipped one or the path of the user's. `data` holds fields by
    claim, from `read_data` or as a mapping of claim to fields (or to the payer's claim control
    number). `claims` narrows; without it the claims in `data` are rewritten, which must be all
    that the file has, and without `data` every claim. `values` are fields for a single claim.
    A claim is named by CLM01 or by ST02/n, the n-th claim of that transaction set. `log` asks for
    a change log.

    The result is linted: see `Rewriting.new_errors` and `findings`. What is suppressed in a check,
    or is in its baseline, counts here, before and after. Raises RewriteError, and then nothing was
    rewritten.
    """
    settings = replace(settings or Settings(), suppressions=(), baseline=None)
    try:
        found = templates.find(KIND, template)
        plan = Plan(tuple(dict.fromkeys(claims)), _data(data), _filled(values), log)
    except (templates.TemplateProblem, DataProblem) as problem:
        raise RewriteError(str(problem)) from None
    original = Original(source, RewriteError)
    edits: list[Edit] = []
    findings = Findings()
    entries: list[dict[str, Any]] = []
    outcome: Outcome | None = None
    with original.open() as stream:
        for event in _first_pass(stream, found, plan, settings, limits or Limits()):
            if isinstance(event, Outcome):
                outcome = event
            elif isinstance(event, Judged):
                findings.extend(event.findings)
                entries += [event.entry] if event.entry else []
            elif isinstance(event, list):
                edits += event
    assert outcome is not None
    if outcome.problems:
        raise RewriteError(*outcome.problems)
    result = Rewriting(original, edits, findings, entries, outcome)
    if edits:
        result.compare(outcome.before, Linter(settings))
    return result


def _first_pass(
    stream: BinaryIO, template: templates.Source, plan: Plan, settings: Settings, limits: Limits
) -> Iterator[Event]:
    """In this process for our templates, in a confined one for others."""
    if template.shipped:
        return first_pass(stream, template, plan, settings)
    from edi_lint.transform.confined import confined

    return confined(stream, template, plan, settings, limits)


def first_pass(
    stream: BinaryIO, template: templates.Source, plan: Plan, settings: Settings
) -> Iterator[Event]:
    """Lint a file, find its claims, render those that are meant. Ends with the Outcome.

    Raises RewriteError for what no other claim could do better: a template that cannot run, an
    input that is no X12.
    """
    linter = Linter(settings)
    try:
        run = _Run(template, plan, linter)
    except templates.TemplateProblem as problem:
        raise RewriteError(str(problem)) from None
    alive = 0
    try:
        for block, findings in linter.blocks(stream, FileResult("-")):
            run.outcome.before.add(findings)
            yield from run.block(block)
            alive += 1
            if alive % _ALIVE_AFTER == 0:
                yield []
    except NotX12Error as problem:
        raise RewriteError(str(problem)) from None
    run.end()
    yield run.outcome


class _Run:
    """The first pass over one file."""

    def __init__(self, template: templates.Source, plan: Plan, linter: Linter) -> None:
        self.outcome = Outcome()
        self.linter = linter
        phi = linter.settings.phi
        self.template = _compiled(template)
        self.path = template.name if template.shipped else template.path
        self.phi = phi
        self.choice = _Choice(plan, phi)
        self.values = plan.values
        self.log = plan.log
        self.failed = 0
        self._set: TransactionSet | None = None
        self._more = 0

    def block(self, block: Block) -> Iterator[Event]:
        transaction = block.context.transaction
        if transaction is not self._set:
            self._set, self._more = transaction, 0
        if block.kind is BlockKind.CLAIM:
            yield from self._claim(block)
        elif block.kind is BlockKind.TRAILER and self._more and len(block):
            trailer = block.segment(0)
            if trailer.tag == "SE":
                yield [recount(trailer, trailer.ordinal + self._more)]
                self.outcome.recounted += 1

    def _claim(self, block: Block) -> Iterator[Event]:
        assert block.claim is not None
        assert block.context.transaction is not None
        place = f"{block.context.transaction.control_number}/{block.claim.number}"
        fields = self.choice.fields(block.claim.id, place)
        if fields is None:
            return
        self.outcome.selected += 1
        name = _label(block.claim.id, place, self.phi)
        yield Started(name)
        claim = Claim(block)
        sheet = Sheet(claim)
        given = {**fields, **self.values}
        variables = {
            "claim": claim,
            "segments": sheet.segments,
            "data": Fields(given),
            "segment": sheet.new,
        }
        try:
            printed = sheet.printed(self.template.render(variables))
        except (MissingValue, ValueRefused) as problem:
            self.failed += 1
            if self.failed <= MAX_SHOWN:
                self.outcome.problems.append(f"claim {name}: {self._explained(problem)}")
            return
        except MemoryError as problem:
            reason = "needs more memory than a template may use"
            raise RewriteError(f"claim {name}: {self._explained(problem)}: {reason}") from None
        except Exception as problem:
            raise RewriteError(f"claim {name}: {self._explained(problem)}") from None
        edits = sheet.edits(printed)
        made = resubmission(claim, printed, given, bool(edits), self.log)
        entry = _entry(claim, sheet, printed, self.path, self.phi) if edits and self.log else None
        findings = self.linter.judge_rewriting(made, "-")
        if findings or entry:
            yield Judged(findings, entry)
        if edits:
            self.outcome.changed += 1
            self._more += len(printed) - len(sheet.originals)
            yield edits

    def _explained(self, problem: Exception) -> str:
        """The template's line and the reason; raises again what is a mistake of our own."""
        explained = templates.explain(problem, self.path)
        if explained is not None:
            return str(explained)
        if isinstance(problem, jinja2.TemplateError):
            return f"{self.path}: {problem.message}"
        raise problem

    def end(self) -> None:
        problems = self.outcome.problems
        if self.failed > MAX_SHOWN:
            problems.append(f"and {self.failed - MAX_SHOWN} more claims")
        problems[:0] = self.choice.problems()


def resubmission(
    claim: Claim,
    printed: Sequence[ClaimSegment],
    data: Mapping[str, str],
    changed: bool,
    logged: bool,
) -> Resubmission:
    """What became of a claim whose template printed these segments."""
    clm = next((s for s in printed if s.tag == "CLM"), None)
    kept = {s.origin for s in printed}
    standing = {s.start for n, s in enumerate(claim.segments) if n in kept}
    dropped = [
        line
        for line in claim.lines
        if not any(s is not None and s.start in standing for s in (line.lx, line.sv1))
    ]
    made_anew = sum(s.tag == "SV1" and s.origin is None for s in printed)
    return Resubmission(
        claim,
        clm.value(5, 3) if clm else "",
        () if made_anew >= len(dropped) else tuple(dropped),
        data,
        changed,
        logged,
    )


def _entry(
    claim: Claim, sheet: Sheet, printed: Sequence[ClaimSegment], template: str, phi: Phi
) -> dict[str, Any]:
    """The claim's entry in the change log: each segment that went, came or is another now.

    A new segment has the empty byte range of the place behind the one it follows.
    """
    changes: list[dict[str, Any]] = []
    kept = {s.origin for s in printed if s.origin is not None}
    at = sheet.originals[0].start
    for n, original in enumerate(sheet.originals):
        if n not in kept:
            changes.append(_change(sheet, original.start, original.end, original, None, phi))
    seen: set[int] = set()
    for segment in printed:
        origin = segment.origin
        if origin is None or origin in seen:
            changes.append(_change(sheet, at, at, None, segment.view, phi))
            continue
        seen.add(origin)
        before = sheet.originals[origin]
        at = before.end
        if segment.view.raw != before.raw:
            changes.append(_change(sheet, before.start, before.end, before, segment.view, phi))
    changes.sort(key=lambda change: (change["byte_start"], change["byte_end"]))
    entry: dict[str, Any] = {"claim": claim.id} if phi is not Phi.NONE else {}
    entry |= {
        "transaction": claim.transaction.control_number,
        "claim_number": claim.number,
        "template": template,
        "changes": changes,
    }
    return entry


def _change(
    sheet: Sheet, start: int, end: int, before: Segment | None, after: Segment | None, phi: Phi
) -> dict[str, Any]:
    shown = {
        name: sheet.delimiters.texts[0].join(
            visible_values(segment, sheet.grammar.segment_node(segment.node), phi)
        )
        for name, segment in (("before", before), ("after", after))
        if segment is not None
    }
    return {"byte_start": start, "byte_end": end, **shown}


class _Choice:
    """Finds out which claims are meant, and remembers what is wrong with how they are named."""

    def __init__(self, plan: Plan, phi: Phi) -> None:
        self.data = plan.data
        self.one_only = bool(plan.values)
        self.phi = phi
        self.claims = plan.claims
        self.selected = 0
        self.total = 0
        self._named = {name: _Few() for name in plan.claims}
        self._keyed = {name: _Few() for name in plan.data or ()}
        self._used: set[str] = set()
        self._without = _Few()
        self._twice = _Few()

    def fields(self, claim: str, place: str) -> dict[str, str] | None:
        """The data of a claim that is meant, None where it is not or where it has none."""
        self.total += 1
        names = [claim, place] if claim and claim != place else [place]
        for known in (self._named, self._keyed):
            for name in names:
                if name in known:
                    known[name].add(place)
        if self.claims and not any(name in self._named for name in names):
            return None
        self.selected += 1
        if self.data is None:
            return {}
        keys = [name for name in names if name in self.data]
        if not keys:
            self._without.add(_label(claim, place, self.phi))
            return None
        if len(keys) > 1:
            self._twice.add(_label(claim, place, self.phi))
        self._used.update(keys)
        return dict(self.data[keys[0]].fields)

    def problems(self) -> list[str]:
        """What is wrong with the names, each with what to do about it."""
        problems = []
        if not self.total:
            problems.append("the file holds no 837P claim")
            return problems
        unknown = [
            self._shown(n, "--claims") for n, places in self._named.items() if not places.count
        ]
        problems += [f"{name}: no claim of the file is called so" for name in unknown[:MAX_SHOWN]]
        if not self.claims:
            absent = [n for n, places in self._keyed.items() if not places.count]
            problems += [
                f"{self._shown(n)}: no claim of the file is called so" for n in absent[:MAX_SHOWN]
            ]
            unknown += absent
        if len(unknown) > MAX_SHOWN:
            problems.append(f"{len(unknown)} names in all that no claim of the file has")
        several = {n: p for n, p in self._named.items() if p.count > 1}
        several |= {n: p for n, p in self._keyed.items() if p.count > 1 and n in self._used}
        problems += [self._ambiguous(n, p) for n, p in list(several.items())[:MAX_SHOWN]]
        if self._without.count:
            problems.append(
                f"no data for claim {self._without.joined(', ')}; --claims leaves claims out"
            )
        if self._twice.count:
            problems.append(
                f"data by CLM01 and by ST02/n for claim {self._twice.joined(', ')}: keep one"
            )
        if self.one_only and self.selected != 1 and not problems:
            problems.append(
                f"--set is for one claim, and {self.selected} are chosen: name one with --claims"
            )
        return problems

    def _ambiguous(self, name: str, places: _Few) -> str:
        found = f"{self._shown(name)} names {places.count} claims of the file"
        if len(set(places.names)) == len(places.names):
            return f"{found}: name the one that is meant, {places.joined(' or ')}"
        repeated = "ST02 is not unique in the file"
        if all(name == place for place in places.names):
            return f"{found}, for {repeated}: name the one that is meant by CLM01"
        return f"{found}, and ST02/n does not tell them apart, for {repeated}"

    def _shown(self, name: str, option: str = "") -> str:
        """A name that the user gave; with --phi none where it was given."""
        if self.phi is not Phi.NONE:
            return f"claim {printable(name)}"
        if self.data is not None and name in self.data:
            return f"the claim in {self.data[name].where}"
        return f"a claim in {option or '--claims'}"


class _Few:
    """A list of names of which the first are kept and all are counted."""

    __slots__ = ("count", "names")

    def __init__(self) -> None:
        self.count = 0
        self.names: list[str] = []

    def add(self, name: str) -> None:
        self.count += 1
        if self.count <= MAX_SHOWN:
            self.names.append(name)

    def joined(self, between: str) -> str:
        more = f" and {self.count - len(self.names)} more" if self.count > MAX_SHOWN else ""
        return f"{between.join(self.names)}{more}"


def _compiled(template: templates.Source) -> jinja2.Template:
    """The compiled template, ours named by its name alone. Raises TemplateProblem.

    Compiling computes the constants in a template, so it is confined as running it is.
    """
    named = replace(template, path=template.name) if template.shipped else template
    env = templates.environment(KIND, autoescape=False)
    env.filters.update(filters())
    return templates.compiled(env, named)


def _data(data: Data | Mapping[str, Any] | None) -> Data | None:
    if data is None:
        return None
    read = {name: value for name, value in data.items() if isinstance(value, ClaimData)}
    given = {name: value for name, value in data.items() if not isinstance(value, ClaimData)}
    return read if read and not given else given_data(given)


def _filled(values: Mapping[str, str] | None) -> dict[str, str]:
    """Values without those that are empty, which count as missing."""
    return {name: value.strip() for name, value in (values or {}).items() if value.strip()}


def _label(claim: str, place: str, phi: Phi) -> str:
    """How messages name a claim of the file."""
    return place if phi is Phi.NONE or not claim else f"{printable(claim)} ({place})"


_ALIVE_AFTER = 100
