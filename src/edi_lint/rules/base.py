"""What a rule is: its page, its examples, what it looks at, and the hits it yields.

A rule is a class in its family's module. Its docstring is its page: the first line says what it
checks, the rest why. Subclass the kind that looks at what the rule needs: `ValueRule` one value,
`SegmentRule` one segment, `ClaimRule` a claim, `LineRule` a service line, `PackRule` a line with a
code of a rule pack, `SharedRule` what two claims share, `LedgerRule` an interchange whose number
the ledger knows (and `ResubmissionRule`, in its own module, a rewritten claim). Rules declare what
they look at, judge it, and neither print nor change anything; what the user asked for and what the
payer wants is declared too.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import Enum, auto
from functools import cache
from typing import ClassVar, NamedTuple

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import SegmentPlace, Shared, ValuePlace
from edi_lint.findings import Applicability, Fix, Response, Severity
from edi_lint.rules.examples import Example
from edi_lint.rules.parts import CODE, PACK, Said, Source, Spot
from edi_lint.rules.run import Run
from edi_lint.x12 import Segment


class Speaks(Enum):
    """To which payers' claims a rule applies, unless a payer profile says otherwise."""

    TO_ALL = auto()
    SOFTER_ELSEWHERE = auto()
    """An error for Medicare becomes a warning for everyone else."""
    MEDICARE_ONLY = auto()
    BY_PROFILE = auto()
    """Only to payers whose profile gives the rule a severity."""


class Hit(NamedTuple):
    """One place where a rule found something, by segment, element and component (from 1).

    `severity` and `response` are those of this finding where they are not the rule's own.
    """

    segment: Segment
    element: int
    component: int
    message: str
    fix: Fix | None = None
    line: str = ""
    severity: Severity | None = None
    response: Response | None = None
    also: Spot | None = None
    """A second place that the finding shows beside its own."""


class Rule(ABC):
    """What all rules have. `level` is the SNIP level; `response` what a receiver answers."""

    code: ClassVar[str]
    name: ClassVar[str]
    fault: ClassVar[str]
    """The title: what is wrong where it finds something, as in "Modifier repeated on one line"."""
    level: ClassVar[int]
    severity: ClassVar[Severity]
    source: ClassVar[str]
    addresses: ClassVar[tuple[str, ...]] = ()
    """Where the source can be read."""
    help: ClassVar[str]
    speaks: ClassVar[Speaks] = Speaks.TO_ALL
    response: ClassVar[Response] = Response()
    other_responses: ClassVar[tuple[Response, ...]] = ()
    """Those that some of its findings name in place of `response`."""
    unjudged: ClassVar[tuple[ValuePlace, Callable[[str], bool]] | None] = None
    """Where values come from that the rule cannot judge for want of data, and which they are."""
    no_status: ClassVar[str] = ""
    """Why no 277CA answers its findings; empty where `response` has a status, or below an error."""
    fix_safety: ClassVar[str] = ""
    """Why the fix leaves the claim saying what it said; empty without an automatic fix."""
    conflict: ClassVar[str] = ""
    """Where sources differ: what each says, and which of them the rule follows."""
    valid: ClassVar[tuple[Example, ...]]
    invalid: ClassVar[tuple[Example, ...]]
    needs: ClassVar[frozenset[str]] = frozenset()
    """The segments, as loop, tag and qualifier, that have to be in their places for it to speak.

    Those of which it says that they are absent, or that it adds up or compares: see `doubt`.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @classmethod
    def title(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]

    @classmethod
    def why(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[2].strip()


class JudgingRule(Rule):
    """A rule that judges the parts which it declares as class attributes.

    `judge` takes them by their names, and yields places with messages. It is a pure function:
    nothing but its arguments decides. What is declared and not taken may be named as a place, or
    says by `when` and `unless` where the rule is asked. Where the rule looks, and what is
    remembered of its verdicts, follows from the parts.
    """

    judge: Callable[..., Iterator[Said]]
    whole_claim: ClassVar[str] = ""
    """Why the rule needs more than parts can give, and has `check` in place of `judge`.

    Its parts, with `when` and `unless`, say where it is asked.
    """

    @classmethod
    def declared(cls) -> Mapping[str, Source]:
        """The parts by their names, those of base classes first."""
        return _declared(cls)

    @property
    def parts(self) -> Mapping[str, Source]:
        """What the rule looks at."""
        return self.declared()

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of the parts that `judge` takes, in its order."""
        if self.whole_claim:
            return ()
        code = self.judge.__code__
        names: tuple[str, ...] = code.co_varnames[1 : code.co_argcount]
        return names


@cache
def _declared(cls: type[JudgingRule]) -> Mapping[str, Source]:
    kinds = reversed(cls.__mro__)
    found = {n: v for k in kinds for n, v in vars(k).items() if isinstance(v, Source)}
    return {name: part for name, part in found.items() if getattr(cls, name) is part}


class ClaimRule(JudgingRule):
    """Judges claims by their parts; those of service lines come as one value for each line."""

    def check(self, claim: Claim) -> Iterator[Hit]:
        """The hits in one claim, of a rule that needs a whole claim."""
        raise NotImplementedError


class LineRule(JudgingRule):
    """Judges service lines by their parts and those of their claim."""

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        """The hits on one service line, of a rule that needs a whole claim."""
        raise NotImplementedError


class EarlierClaim(NamedTuple):
    """A claim that came before: its file offset, its set (ST02), its number there, and LX01.

    `line` is empty where the whole claim is meant.
    """

    start: int
    transaction: str
    number: int
    line: str


class SharedRule(Rule):
    """Compares the claims of one input: nothing of its `shares` may stand in two of them.

    It points to the first part or the value of the share in the later claim.
    """

    shares: ClassVar[tuple[Shared, ...]]

    @abstractmethod
    def shared(self, share: Shared, earlier: EarlierClaim) -> str:
        """The message for a claim that holds what an earlier one held."""


class PackRule(LineRule):
    """Judges service lines whose code belongs to a rule pack, by what the pack says of it too."""

    pack = PACK.when(bool)
    procedure = CODE
    """The procedure code, the place of what is said of the line as such."""


class Look(NamedTuple):
    """Segments wherever they stand, and what judges each by the texts that the place names.

    `judge` takes these texts, in the order of `SegmentPlace.looks`, and nothing else decides. It
    yields places as elements of the segment, such as `At("N403")`, with messages.
    """

    place: SegmentPlace
    judge: Callable[..., Iterator[Said]]


class SegmentRule(Rule):
    """Judges segments wherever they stand, also above claims, by the texts in each."""

    looks: ClassVar[tuple[Look, ...]]


class ReusedNumber(NamedTuple):
    """An interchange whose number the ledger knows with other content: its ISA and IEA.

    `recorded` is the day on which the ledger took the other one, `number` a new one for this one
    (0: it was not asked for any).
    """

    header: Segment
    trailer: Segment | None
    recorded: date
    number: int


class LedgerRule(Rule):
    """Looks at an interchange whose number was sent before with other content, by the ledger."""

    @abstractmethod
    def check(self, sent: ReusedNumber) -> Iterator[Hit]:
        """The hits in its ISA."""


class ValueRule(Rule):
    """Judges one value wherever it stands; each distinct value is judged once in a run.

    At a place with a shape it is each distinct shape that is judged once: what is said of a value
    may then hang on its shape alone.
    """

    places: ClassVar[tuple[ValuePlace, ...]]

    applicability: ClassVar[Applicability] = Applicability.AUTOMATIC
    """Whether what `corrected` says is written unasked."""

    @abstractmethod
    def judge(self, value: str) -> str | None:
        """What is wrong with the value, as the message of the finding; None when it is good."""

    def corrected(self, value: str) -> str | None:
        """The value that was meant, where that is beyond doubt."""
        del value
        return None
