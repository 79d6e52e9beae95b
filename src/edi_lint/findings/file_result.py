"""What was read of an input: how many of everything, and what was no 837P."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

from edi_lint.codes.sets import set_name
from edi_lint.engine import Block, BlockKind, open_engine
from edi_lint.files.sources import ReadError
from edi_lint.findings import Location
from edi_lint.findings.masking import printable, shown_guide, shown_type
from edi_lint.x12.errors import EdiLintError

CODE = "ENV011"
"""The rule about what could not be checked (`edi_lint.rules.envelope.NotProfessional`)."""
MOST_KINDS = 50
"""So many kinds of skipped sets are told apart; further ones count as one kind without a name."""
_OTHERS = ("", "", "")
_MOST_SHOWN = 4

_COUNTED = (
    "interchanges", "groups", "transactions", "claims", "service_lines", "matched_lines"
)  # fmt: skip


class ClaimTooLongError(EdiLintError):
    """A claim is too long to be read as one; the message names its place as ST02/n."""


def unreadable(problem: OSError) -> ReadError:
    """The same problem as an error of ours."""
    return ReadError(problem.errno, problem.strerror or type(problem).__name__, problem.filename)


def is_refused(file: FileResult, is_found: bool = False, strict: bool = False) -> bool:
    """Whether what was not checked in an input makes a run end with status 2.

    `is_found`: it is of a folder or a glob, and nobody named it.
    """
    return bool(file.error or (strict and not file.is_whole) or not (file.checked or is_found))


def refusal(file: FileResult) -> str:
    """Why nothing could be checked in an input, and what it is instead."""
    return f"no 837P could be checked: {printable(file.instead())}"


def remark(file: FileResult) -> str:
    """What standard error says of what was not checked in an input; nothing where all of it was."""
    path = printable(file.path)
    if file.error:
        return f"{path}: {printable(file.error)}"
    if not file.checked:
        return f"{path}: {CODE}: {refusal(file)}"
    return f"{path}: {CODE}: skipped {file.skipped_words()}" if file.skipped else ""


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """Where something begins, and the segment there as it may be shown."""

    location: Location
    excerpt: str = ""
    caret: tuple[int, int] = (0, 0)


NOWHERE = ShownPlace(Location(1, 1, 0, 0, end_line=1, end_column=1))
"""The beginning of an input of which nothing was read."""


def nowhere(block: Block) -> ShownPlace:
    """Where somebody begins who does not want to know."""
    del block
    return NOWHERE


@dataclass(frozen=True, slots=True)
class Skipped:
    """Transaction sets that are not an 837P: ST01, the guide they name, how many, and the first.

    `kind` is what their segments say they are, such as 837I. `type` and `guide` are empty where
    the file has nothing there that may be shown.
    """

    type: str
    guide: str
    count: int
    first: ShownPlace
    kind: str = ""

    def words(self) -> str:
        """`2 transaction sets 999 (implementation acknowledgment, 005010X231A1)`."""
        many = "1 transaction set" if self.count == 1 else f"{self.count} transaction sets"
        name = set_name(self.type, self.guide, self.kind)
        known = ", ".join(filter(None, (name, printable(self.guide))))
        kind = printable(self.type) if self.type else "of another kind"
        return f"{many} {kind}" + (f" ({known})" if known else "")


@dataclass(slots=True)
class FileResult:
    """What was read of one input. `error` says why it could not be read, empty if it could.

    `suppressed` counts the findings that a suppression has hidden, by its index in the settings.
    `unjudged` are the HCPCS codes that the run has not judged for want of a release, so far, those
    of inputs that were read before with them. `opening` is the first TA1, without one
    the first ISA. `acknowledgments` counts TA1 segments.
    """

    path: str
    bytes: int = 0
    interchanges: int = 0
    groups: int = 0
    transactions: int = 0
    claims: int = 0
    service_lines: int = 0
    matched_lines: int = 0
    skipped: dict[tuple[str, str, str], Skipped] = field(default_factory=dict)
    error: str = ""
    suppressed: dict[int, int] = field(default_factory=dict)
    acknowledgments: int = 0
    unjudged: set[str] = field(default_factory=set, compare=False)
    opening: ShownPlace | None = None

    @property
    def checked(self) -> int:
        """How many transaction sets were checked: those that are an 837P."""
        return self.transactions - sum(s.count for s in self.skipped.values())

    @property
    def is_whole(self) -> bool:
        """Whether all of the input was read, and every transaction set of it was checked."""
        return not self.error and not self.skipped and self.checked > 0

    def count(self, block: Block, begins: Callable[[Block], ShownPlace] = nowhere) -> None:
        """Count a block of the input; `begins` says where one begins that nothing is checked of."""
        kind, context = block.kind, block.context
        if kind is BlockKind.INTERCHANGE:
            self._open(block, begins)
        elif block.lacks_isa:
            self.interchanges += 1
        elif kind is BlockKind.GROUP:
            self.groups += 1
        elif kind is BlockKind.TRANSACTION and context.transaction is not None:
            self.transactions += 1
        elif kind is BlockKind.CLAIM:
            self.claims += block.rest_of is None
        elif kind is BlockKind.SKIPPED and block.first_ordinal == 1:
            assert context.transaction is not None
            self.transactions += 1
            transaction = context.transaction
            type_, guide = shown_type(transaction.type), shown_guide(transaction.guide)
            key = (type_, guide, transaction.kind)
            known = self.skipped.get(key) or self.skipped.get(_OTHERS)
            first = begins(block) if known is None else known.first
            self._skip(Skipped(type_, guide, 1, first, transaction.kind))

    def _open(self, block: Block, begins: Callable[[Block], ShownPlace]) -> None:
        """An interchange begins, or is acknowledged."""
        is_ta1 = block.segment(0).tag != "ISA"
        self.interchanges += not is_ta1
        if self.opening is None or (is_ta1 and not self.acknowledgments):
            self.opening = begins(block)
        self.acknowledgments += is_ta1

    def _skip(self, sets: Skipped) -> None:
        key = (sets.type, sets.guide, sets.kind)
        if key not in self.skipped and len(self.skipped) >= MOST_KINDS:
            key, sets = _OTHERS, replace(sets, type="", guide="", kind="")
        known = self.skipped.get(key)
        self.skipped[key] = replace(known, count=known.count + sets.count) if known else sets

    def add(self, other: FileResult) -> None:
        """Count what was read of another part of the input, which comes behind this one."""
        for name in ("bytes", *_COUNTED):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for sets in other.skipped.values():
            self._skip(sets)
        for number, count in other.suppressed.items():
            self.suppressed[number] = self.suppressed.get(number, 0) + count
        if other.opening is not None and (
            self.opening is None or (other.acknowledgments and not self.acknowledgments)
        ):
            self.opening = other.opening
        self.acknowledgments += other.acknowledgments
        self.unjudged |= other.unjudged

    def skipped_sets(self) -> Iterator[Skipped]:
        """The sets that were skipped, by kind, in the order of the first of each kind."""
        yield from self.skipped.values()

    def skipped_words(self) -> str:
        """The sets that were skipped, in words; empty where none was."""
        return ", ".join(sets.words() for sets in self.skipped_sets())

    def instead(self) -> str:
        """What an input is in which nothing was checked, or why it could not be read."""
        if self.error:
            return self.error
        kinds = [*self.skipped_sets()]
        if kinds:
            shown = ", ".join(sets.words() for sets in kinds[:_MOST_SHOWN])
            more = len(kinds) - _MOST_SHOWN
            return f"the file has {shown}" + (f", and {more} kinds more" if more > 0 else "")
        if self.acknowledgments:
            many = "a TA1" if self.acknowledgments == 1 else f"{self.acknowledgments} TA1"
            return f"the file has {many} (interchange acknowledgment) and no transaction set"
        return "the file has an interchange without any transaction set"

    def json(self) -> dict[str, Any]:
        """As `schemas/findings.schema.json` describes a file."""
        out: dict[str, Any] = {n: getattr(self, n) for n in ("path", "bytes", *_COUNTED)}
        if self.skipped:
            out["skipped"] = [
                {"type": s.type, "guide": s.guide, "count": s.count} for s in self.skipped_sets()
            ]
        if self.error:
            out["error"] = self.error
        elif not self.checked:
            out["instead"] = self.instead()
        return out


def read_to_claims(stream: BinaryIO, path: str) -> FileResult:
    """What is read of an input up to its first 837P; `checked` is 0 where it has none."""
    file = FileResult(path)
    stream.seek(0)
    for block in open_engine(stream, lenient=True).blocks():
        file.count(block)
        if file.checked:
            break
    return file
