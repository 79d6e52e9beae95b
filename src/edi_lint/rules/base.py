"""What a rule is: its page, its examples, what it looks at, and the hits it yields.

A rule is a class in its family's module. Its docstring is its page: the first line says what it
checks, the rest why. Subclass the kind that looks at what the rule needs: `ValueRule` one value,
`ClaimRule` a claim, `LineRule` a service line, `PackRule` a line with a code of a rule pack.
Rules see typed views, yield hits, and neither print nor change anything.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from edi_lint.claims import Claim, ServiceLine
from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.packs import Pack
from edi_lint.rules.examples import Example
from edi_lint.x12 import Segment


class Speaks(Enum):
    """To which payers' claims a rule applies; packs/payers.yaml says who is Medicare."""

    TO_ALL = auto()
    SOFTER_ELSEWHERE = auto()
    """An error for Medicare becomes a warning for everyone else."""
    MEDICARE_ONLY = auto()


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule found something, by segment, element and component (from 1)."""

    segment: Segment
    element: int
    component: int
    message: str
    fix: Fix | None = None
    line: str = ""


class Rule(ABC):
    """What all rules have. `level` is the SNIP level; `response` what a receiver answers."""

    code: ClassVar[str]
    name: ClassVar[str]
    level: ClassVar[int]
    severity: ClassVar[Severity]
    source: ClassVar[str]
    help: ClassVar[str]
    speaks: ClassVar[Speaks] = Speaks.TO_ALL
    response: ClassVar[Response] = Response()
    fix_safety: ClassVar[str] = ""
    """Why the fix leaves the claim saying what it said; empty where there is no automatic fix."""
    valid: ClassVar[tuple[Example, ...]]
    invalid: ClassVar[tuple[Example, ...]]

    @property
    def medicare_only(self) -> bool:
        """Whether the rule is silent for every other payer."""
        return self.speaks is Speaks.MEDICARE_ONLY

    @classmethod
    def title(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[0]

    @classmethod
    def why(cls) -> str:
        return inspect.cleandoc(cls.__doc__ or "").partition("\n")[2].strip()


class ClaimRule(Rule):
    """Looks at claims that have a segment of one of the `tags` (empty: at every claim)."""

    tags: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def check(self, claim: Claim) -> Iterator[Hit]:
        """The hits in one claim."""


class LineRule(Rule):
    """Looks at service lines that have at least so many `modifiers` (0: at every line)."""

    modifiers: ClassVar[int] = 0

    @abstractmethod
    def check(self, line: ServiceLine) -> Iterator[Hit]:
        """The hits on one service line."""


class PackRule(Rule):
    """Looks at service lines whose code belongs to a rule pack, with what the pack says of it."""

    @abstractmethod
    def check(self, line: ServiceLine, pack: Pack) -> Iterator[Hit]:
        """The hits on one service line."""


@dataclass(frozen=True, slots=True)
class ValuePlace:
    """Where a value stands: tag, element, component, and what another place must hold."""

    tag: str
    element: int
    component: int = 0
    when_element: int = 0
    when_component: int = 0
    when_value: str = ""


class ValueRule(Rule):
    """Judges one value wherever it stands; each distinct value is judged once in a run."""

    places: ClassVar[tuple[ValuePlace, ...]]

    @abstractmethod
    def judge(self, value: str) -> str | None:
        """What is wrong with the value, as the message of the finding; None when it is good."""

    def mend(self, value: str) -> str | None:
        """The value that was meant, where that is beyond doubt."""
        del value
        return None


def replace_value(segment: Segment, element: int, component: int, text: str, message: str) -> Fix:
    """The automatic fix that puts `text` in the place of one element or component."""
    start, end = segment.span(element, component)
    return Fix(Applicability.AUTOMATIC, message, (Edit(start, end, text),))
