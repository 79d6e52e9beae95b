"""Renders claims of a file through a Jinja template: the first of the two passes of a rewriting.

It lints the file as it goes, and yields for each claim that is meant what its template made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, BinaryIO, NamedTuple

import jinja2

from edi_lint.claims import Claim
from edi_lint.edits.compare import FindingTally, in_new_envelopes
from edi_lint.engine import Block, BlockKind, Interchange, open_engine
from edi_lint.engine.result import LONGEST_BLOCK
from edi_lint.findings import Edit, Finding, Severity
from edi_lint.findings.file_result import FileResult, remark
from edi_lint.findings.masking import printable
from edi_lint.ledger.envelopes import LARGEST, Parties, parties
from edi_lint.rules.resubmission import Resubmission
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.change_log import entry
from edi_lint.transform.choice import MAX_SHOWN, Choice, Plan, label
from edi_lint.transform.fields import fields_of, unread
from edi_lint.transform.segments import (
    ClaimSegment,
    DataFields,
    MissingValue,
    Sheet,
    ValueRefused,
    filters,
    tests,
)
from edi_lint.x12 import NotX12Error
from edi_lint.x12.errors import EdiLintError

KIND = "rewrite"

UsedNumbers = dict[Parties | None, set[int]]
"""The control numbers (ISA13) of an input's interchanges, by who sends them to whom; None where an
ISA does not say.
"""

_ALIVE_AFTER = 100
"""Blocks after which the first pass tells that it goes on."""


class RewriteError(EdiLintError):
    """Nothing was rewritten; `problems` say why, each in a line. They hold no protected data."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class RewriteMemoryError(RewriteError):
    """A template needs more memory than there is for it."""


@dataclass(slots=True)
class RenderingOutcome:
    """What the first pass found. `problems` are the reasons why nothing can be written.

    `before` counts errors and warnings, `numbers` are those that the input's interchanges have.
    `remark` says which sets of the input were skipped; it is empty where none was.
    """

    before: FindingTally = field(default_factory=lambda: FindingTally(in_new_envelopes))
    selected: int = 0
    changed: int = 0
    problems: list[str] = field(default_factory=list)
    numbers: UsedNumbers = field(default_factory=dict)
    remark: str = ""


class Alive(NamedTuple):
    """The first pass goes on."""


class Started(NamedTuple):
    """A claim, by the name that messages have for it, is about to be rendered."""

    claim: str


class Rendered(NamedTuple):
    """A claim that is meant, by the file offset it starts at, and what became of it.

    `position` says which of the file's claims it is, from 1. `edits` are empty where it came out as
    it was; by them it has `more` segments. `findings` are what the rules about rewritten claims
    say, `entry` is for the change log.
    """

    start: int
    position: int
    edits: list[Edit]
    more: int
    findings: list[Finding]
    entry: dict[str, Any] | None


Event = Alive | Started | Rendered | RenderingOutcome
"""What the first pass tells as it goes."""


def first_pass(
    stream: BinaryIO,
    template: templates.TemplateSource,
    plan: Plan,
    settings: Settings,
    name: str = "-",
    *,
    judged: bool = True,
) -> Iterator[Event]:
    """Lint a file, find its claims, render those that are meant. Ends with the RenderingOutcome.

    `name` is what messages call the file. Unless it is to be `judged` the file is not linted, and
    the outcome counts no findings. Raises RewriteError for what no other claim could do
    better: a template that cannot run, an input that is not X12.
    """
    linter = Linter(settings)
    try:
        run = _Rendering(template, plan, linter)
    except templates.TemplateProblem as problem:
        raise RewriteError(str(problem)) from None
    file, alive = FileResult("-"), 0
    try:
        blocks = linter.blocks(stream, file) if judged else _unjudged(stream, file)
        for block, findings in blocks:
            for finding in findings:
                if finding.severity is not Severity.INFO:
                    run.outcome.before.add(finding)
            run.note_number(block)
            if block.kind is BlockKind.CLAIM:
                yield from run.claim(block)
            alive += 1
            if alive % _ALIVE_AFTER == 0:
                yield Alive()
    except NotX12Error as problem:
        raise RewriteError(f"{printable(name)}: {problem}") from None
    run.outcome.remark = remark(replace(file, path=name))
    if not file.checked:
        raise RewriteError(run.outcome.remark)
    run.end()
    yield run.outcome


def note_number(used: UsedNumbers, interchange: Interchange | None) -> None:
    """Add the control number of an interchange to those that are in use."""
    header = interchange.header if interchange is not None else None
    number = header.value(13) if header is not None else ""
    if header is not None and number.isdecimal() and len(number) <= len(str(LARGEST)):
        used.setdefault(parties(header), set()).add(int(number))


def _unjudged(stream: BinaryIO, file: FileResult) -> Iterator[tuple[Block, list[Finding]]]:
    """Every block of a file, counted, and nothing found in it."""
    for block in open_engine(stream, lenient=True).blocks():
        file.count(block)
        yield block, []


class _Rendering:
    """The first pass over one file. Raises TemplateProblem, and RewriteError for data in vain."""

    def __init__(self, template: templates.TemplateSource, plan: Plan, linter: Linter) -> None:
        self.outcome = RenderingOutcome()
        self.linter = linter
        phi = linter.settings.phi
        self.template = _compiled(template)
        if plan.values or plan.data:
            read = fields_of(self.template.environment, template, partial(templates.text, KIND))
            if problems := unread(plan, read, template.name if template.shipped else template.path):
                raise RewriteError(*problems)
        self.path = template.name if template.shipped else template.path
        self.phi = phi
        self.choice = Choice(plan, phi)
        self.values = plan.values
        self.log = plan.log
        self.failed = 0
        self.last = self.last_meant = (0, 0, 0, 0)
        self.interchange: Interchange | None = None

    def note_number(self, block: Block) -> None:
        """Note the control number of the interchange that a block is in."""
        interchange = block.context.interchange
        if interchange is not self.interchange:
            self.interchange = interchange
            note_number(self.outcome.numbers, interchange)

    def claim(self, block: Block) -> Iterator[Event]:
        """What becomes of a claim; nothing where it is not meant."""
        assert block.claim is not None
        assert block.context.transaction is not None
        place = f"{block.context.transaction.control_number}/{block.claim.number}"
        claim = Claim(block)
        name = label(claim.id, place, self.phi)
        if block.standing == self.last:
            if block.rest_of is not None:
                if block.standing != self.last_meant and self.choice.may_mean(claim, place):
                    self.last_meant = block.standing
                    self.choice.selected += 1
                    self._fail(_too_long(name))
            elif block.standing == self.last_meant:
                self._fail(f"claim {name}: it contains bytes that are no segments; fix it first")
            return
        self.last = block.standing
        rows = self.choice.rows(claim, place)
        if rows is None:
            return
        self.last_meant = block.standing
        self.outcome.selected += 1
        if block.goes_on:
            self._fail(_too_long(name))
            return
        yield Started(name)
        sheet = Sheet(claim)
        given = [{**row.fields, **self.values} for row in rows] or [dict(self.values)]
        variables = {
            "claim": claim,
            "segments": sheet.segments,
            "data": DataFields(given[0], len(given)),
            "rows": [DataFields(row) for row in given],
            "segment": sheet.new,
        }
        try:
            printed = sheet.printed(self.template.render(variables))
        except (MissingValue, ValueRefused) as problem:
            self._fail(f"claim {name}: {self._explained(problem)}")
            return
        except MemoryError as problem:
            raise RewriteMemoryError(f"claim {name}: {self._explained(problem)}") from None
        except RecursionError as problem:
            reason = "what it calls calls it again, without an end"
            raise RewriteError(f"claim {name}: {self._explained(problem)}: {reason}") from None
        except Exception as problem:
            raise RewriteError(f"claim {name}: {self._explained(problem)}") from None
        if lacking := _lacking(printed):
            self._fail(f"claim {name}: no payer takes a claim without {lacking}; add it first")
            return
        edits = sheet.edits(printed)
        said = {name: value for row in given for name, value in row.items()}
        made = resubmission(claim, printed, said, bool(edits), self.log)
        findings = judge_rewriting(self.linter, made)
        logged = entry(claim, sheet, printed, self.path, self.phi) if edits and self.log else None
        self.outcome.changed += bool(edits)
        more = len(printed) - len(sheet.originals)
        yield Rendered(block.starts[0], self.choice.total, edits, more, findings, logged)

    def _fail(self, problem: str) -> None:
        self.failed += 1
        if self.failed <= MAX_SHOWN:
            self.outcome.problems.append(problem)

    def _explained(self, problem: Exception) -> str:
        """The template's line and the reason; raises again what is a mistake of our own."""
        explained = templates.explain(problem, self.path, self.template)
        if explained is not None:
            return str(explained)
        if isinstance(problem, jinja2.TemplateError):
            return f"{self.path}: {problem.message}"
        if isinstance(problem, MemoryError):
            return self.path
        raise problem

    def end(self) -> None:
        problems = self.outcome.problems
        if self.failed > MAX_SHOWN:
            problems.append(f"and {self.failed - MAX_SHOWN} more claims")
        problems[:0] = self.choice.problems()


def _too_long(name: str) -> str:
    return (
        f"claim {name}: it is longer than {LONGEST_BLOCK:,} segments or a million bytes, and a "
        "template gets whole claims only; leave it out with --claims"
    )


def _lacking(printed: Sequence[ClaimSegment]) -> str:
    """What is missing of CLM05, the place of service and the frequency; empty where nothing is."""
    clm = next((s for s in printed if s.tag == "CLM"), None)
    if clm is None:
        return ""
    missing = [n for n in (1, 3) if not clm.value(5, n)]
    if not clm.value(5) or len(missing) == 2:
        return "CLM05"
    return f"CLM05-{missing[0]:02}" if missing else ""


def resubmission(
    claim: Claim,
    printed: Sequence[ClaimSegment],
    data: Mapping[str, str],
    changed: bool,
    logged: bool,
) -> Resubmission:
    """What became of a claim whose template printed these segments."""
    clm = next((s for s in printed if s.tag == "CLM"), None)
    origins = {s.origin for s in printed}
    standing = {s.start for n, s in enumerate(claim.segments) if n in origins}
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


def _compiled(template: templates.TemplateSource) -> jinja2.Template:
    """The compiled template, ours named by its name alone. Raises TemplateProblem.

    Compiling computes the constants in a template, so it is confined as running it is.
    """
    named = replace(template, path=template.name) if template.shipped else template
    env = templates.environment(KIND, autoescape=False)
    env.filters.update(filters())
    env.tests.update(tests())
    return templates.compiled(env, named)


def judge_rewriting(linter: Linter, made: Resubmission) -> list[Finding]:
    """What is wrong with a claim that was rewritten; places are those of the original."""
    block = made.claim.block
    return [linter.words.of_hit(*found, block, "-") for found in linter.judge.resubmission(made)]
