"""What a template of `edi-lint annotate` sees of a file: plain data, masked and safe to print.

The contract of all of it is in `edi_lint.transform.annotate`; names are only ever added.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from edi_lint.claims.money import dollars
from edi_lint.findings.file_result import Skipped


@dataclass(frozen=True, slots=True)
class FileView:
    """The file as a whole. `skipped` are the transaction sets that are no 837P.

    `lines` is the physical line of the last segment: 1 for a file without line breaks.
    """

    name: str
    bytes: int
    interchanges: int
    groups: int
    transactions: int
    claims: int
    service_lines: int
    matched_lines: int
    skipped: tuple[Skipped, ...]
    lines: int


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding. `number` counts from 1 in the order of the file, for anchors and references.

    `element` is a reference designator (SV101-04), empty for the segment as a whole. `claim` is
    empty where `phi` hides it; `claim_number` counts the claims of the transaction set from 1 and
    is 0 outside of claims. `fix` says what a fix would do and `applicability` whether it may
    be done unasked; both are empty without one. `answers` are the codes that a receiver would send,
    as texts such as `IK304 8`. `changes` are the segments that the fix is about, before and after
    it: only in rows and sections, where the segments are at hand. `see_also` says in words where a
    second place is that the finding is about; empty without one.
    """

    number: int
    code: str
    name: str
    severity: str
    level: int
    message: str
    help: str
    fix: str
    applicability: str
    answers: tuple[str, ...]
    line: int
    column: int
    byte_start: int
    byte_end: int
    ordinal: int
    segment: str
    element: str
    loop: str
    transaction: str
    claim: str
    claim_number: int
    service_line: str
    see_also: str = ""
    changes: tuple[ChangeView, ...] = ()

    @property
    def bytes(self) -> str:
        """The bytes in words, first and last, as the text of `check` has them."""
        return in_words(self.byte_start, self.byte_end)


def in_words(start: int, end: int) -> str:
    """A half-open range of bytes, with its first and last byte."""
    return f"byte {start}" if end - start <= 1 else f"bytes {start} to {end - 1}"


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a fix makes of one segment, both masked: empty before is added, empty after removed.

    `is_hidden`: the two differ in protected data alone, and so look the same.
    """

    before: str
    after: str
    is_hidden: bool = False

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """What both begin with, what only the one before and after it has, what both end with."""
        start = _common(self.before, self.after)
        end = _common(self.before[start:][::-1], self.after[start:][::-1])
        old, new = (text[start : len(text) - end] for text in (self.before, self.after))
        return self.before[:start], old, new, self.before[len(self.before) - end :]


def _common(left: str, right: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = zip(left, right, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule that something was found by: how often by severity, and its page in short.

    `fault` names what is wrong, `title` says what holds when all is well. `first` is the number of
    its first finding. `why` is in paragraphs. `addresses` say where the source can be read: a row
    of the user may name any, so a page links only those that begin with https:// or http://.
    """

    code: str
    name: str
    fault: str
    title: str
    why: tuple[str, ...]
    source: str
    addresses: tuple[str, ...]
    conflict: str
    fix_safety: str
    help: str
    severity: str
    count: int
    first: int


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim in which something was found.

    `place` counts the claims of the file from 1, `claim_number` those of the transaction set. `id`
    is CLM01, empty where `phi` hides it. `payer` is the payer's name and id. `charge` is CLM02 in
    dollars, None where it is not an amount. `counts` says how many findings of each severity it
    has, `worst` is the first of the worst ones, `fixes` how many have an automatic fix.
    """

    place: int
    id: str
    claim_number: int
    transaction: str
    payer: str
    charge: Decimal | None
    counts: tuple[tuple[str, int], ...]
    worst: FindingView
    fixes: int

    @property
    def dollars(self) -> str:
        """The charge with its currency, empty where it cannot be read."""
        return dollars(self.charge) if self.charge is not None else ""


@dataclass(frozen=True, slots=True)
class LineView:
    """A service line whose code belongs to a rule pack, which calls the code `descriptor`.

    `number` is LX01, `claim` CLM01 (empty where `phi` hides it), `claim_number` counts the claims
    of the transaction set from 1, `place` those of the file. `line` is the physical line of its
    first segment, `byte_start` where in the file that begins, `index` which one of the claim's
    section it is, from 0.
    """

    code: str
    descriptor: str
    modifiers: tuple[str, ...]
    charge: str
    units: str
    number: str
    claim: str
    claim_number: int
    transaction: str
    line: int
    byte_start: int
    place: int
    index: int


@dataclass(frozen=True, slots=True)
class Opening:
    """An envelope or a loop that begins. `kind` is interchange, group, set or loop.

    `id` is the control number or the loop's id. A claim's loop has `claim`, CLM01 (empty where
    `phi` hides it), and `claim_number`, which counts from 1 within the transaction set and is 0
    for every other loop; a service line's has `service_line`, LX01. `note` is what else there is
    to say: the guide of a transaction set, and that it is skipped.
    """

    kind: str
    id: str
    name: str
    depth: int
    claim: str = ""
    claim_number: int = 0
    service_line: str = ""
    note: str = ""


@dataclass(slots=True)
class Element:
    """An element, or one component of a composite: one that holds something or has a finding.

    `position` is `01` or `01-04`, `designator` SV101-04. `name` is the guide's, empty where it has
    none. `value` is masked as `phi` wants, and `is_masked` says so. `meaning` is what the value
    stands for where edi-lint has words for it. A composite has its components in `components` and
    no value of its own.
    """

    position: str
    designator: str
    name: str
    value: str = ""
    is_masked: bool = False
    meaning: str = ""
    components: list[Element] = field(default_factory=list)
    findings: list[FindingView] = field(default_factory=list)


@dataclass(slots=True)
class RowView:
    """One segment, or bytes that are none.

    `kind` is `segment`; `outside` for bytes outside every interchange, of which only the range is
    given; `end` for what was found at the end of the file. `line` is the physical line, `ordinal`
    counts from ST = 1 (0 outside a transaction set), byte ranges are half-open. `name` is the
    segment's in the guide, empty where it has no place there; `text` the whole segment, masked.
    `loop` and `loop_name` say where it stands, `depth` how deep, 0 for envelopes. `opens` lists
    what begins with it, outermost first. `is_skipped`: it belongs to a transaction set that is not
    an 837P, whose elements have no names.
    """

    kind: str
    line: int
    ordinal: int
    byte_start: int
    byte_end: int
    tag: str = ""
    name: str = ""
    text: str = ""
    loop: str = ""
    loop_name: str = ""
    depth: int = 0
    opens: tuple[Opening, ...] = ()
    is_skipped: bool = False
    elements: list[Element] = field(default_factory=list)
    findings: list[FindingView] = field(default_factory=list)

    @property
    def all_findings(self) -> list[FindingView]:
        """Those of the row and of its elements, in the order in which they are shown."""
        found = list(self.findings)
        for element in self.elements:
            found += element.findings
            for component in element.components:
                found += component.findings
        return found


@dataclass(slots=True)
class Section:
    """A claim with everything in it, or what stands between claims. `number` counts from 1.

    `place` counts the claims of the file from 1 and is 0 for what is not a claim. `opens` are the
    envelopes that begin with it. A section is either a list of `rows`, or short: then `text` has
    its segments, masked, a line for each, `nodes` says for each its number in the glossary (0:
    no place in the guide), and `findings` have the index of their segment in the section.
    `first_line` is the physical line of the first segment, `lines` how many further each next one
    is, a single number where that is always the same. `separators` are those of elements and
    components.
    """

    number: int
    place: int = 0
    claim: str = ""
    claim_number: int = 0
    transaction: str = ""
    opens: tuple[Opening, ...] = ()
    rows: list[RowView] = field(default_factory=list)
    text: str = ""
    nodes: str = ""
    first_line: int = 0
    first_ordinal: int = 0
    lines: str = ""
    separators: tuple[str, str] = ("", "")
    findings: list[tuple[int, FindingView]] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    """Some sections that are shown together; a small file is a single page.

    `number` counts from 1. `claims` are the first and the last claim, as places in the file (0: it
    has none), `found` the numbers of its first and last finding (0: it has none).
    """

    number: int
    sections: list[Section] = field(default_factory=list)

    @property
    def claims(self) -> tuple[int, int]:
        places = [s.place for s in self.sections if s.place] or [0]
        return places[0], places[-1]

    @property
    def found(self) -> tuple[int, int]:
        numbers = [f.number for s in self.sections for _, f in s.findings]
        numbers += [f.number for s in self.sections for r in s.rows for f in r.all_findings]
        return (min(numbers), max(numbers)) if numbers else (0, 0)


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of the tree: an interchange, group, set, page or claim, and what is in it.

    `id` is the control number, or a claim's CLM01 (empty where `phi` hides it). `place` counts
    interchanges, groups, sets, pages or claims from 1. `counts` are how many findings of each
    severity a page or a claim has. `section` is where a claim or an envelope begins. `lines`
    are a claim's service lines: LX01, procedure code, and the index of the first segment in the
    claim's section. Walk `inside` in order, once.
    """

    kind: str
    id: str
    place: int
    section: int
    note: str = ""
    claim_number: int = 0
    counts: tuple[tuple[str, int], ...] = ()
    lines: tuple[tuple[str, str, int], ...] = ()
    inside: Iterator[Branch] = field(default_factory=lambda: iter(()), repr=False)
