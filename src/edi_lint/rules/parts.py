"""The parts that a rule declares: texts of a claim, and what a run knows of it.

A rule names its parts as class attributes; its `judge` takes them by those names. A `Part` is the
text at one place; a `Derived` part is computed from texts and from what the run knows. Everything
that a verdict depends on is one of the two, so that two claims whose parts hold the same texts have
the same verdict.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from datetime import date
from operator import is_not
from typing import TYPE_CHECKING, Any, Protocol, Self

from edi_lint.claims import day
from edi_lint.codes.answers import Days
from edi_lint.codes.patterns import MEMBER
from edi_lint.engine import ABOVE, LINE_LOOP, Shape, Trigger
from edi_lint.engine import TextPart as TextPlace
from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.packs import Pack
from edi_lint.packs.profiles import PayerTexts, Profile

if TYPE_CHECKING:
    from edi_lint.rules.run import Run
    from edi_lint.x12 import Segment

Components = tuple[str, ...]
"""What an element holds, component by component; empty where it is not there."""
Predicate = Callable[[Any], object]
_NUMBERS: dict[Hashable, int] = {}


class TextsOfParts(Protocol):
    """The values of parts, by the part: a mapping, or the reading of a claim or line."""

    def __getitem__(self, part: Part, /) -> Any: ...


class Source:
    """Something that a rule looks at: a `Part`, or a `Derived` part.

    A rule speaks where what it declares with `when` holds in every such part, and is not asked
    where what it declares with `unless` holds in all of those. Who declares neither is asked of
    every combination of texts that its parts hold.
    """

    condition: Predicate | None = None
    """What `when` was told."""
    exemption: Predicate | None = None
    """What `unless` was told."""
    window: Callable[[str], Days | None] | None = None
    """On which days of `day` a text is exempt, as `within` was told."""
    day: Part | None = None
    once: bool = False
    """Whether a text that is there twice is not exempt."""

    def when(self, condition: Predicate) -> Self:
        """The same part; where the condition does not hold of its value, the rule is silent."""
        changed = copy.copy(self)
        changed.condition = condition
        return changed

    def unless(self, exemption: Predicate, *, once: bool = False) -> Self:
        """The same part; where all such parts of a rule are exempt, the rule is not asked.

        It has to be silent there by itself. Of a value with several texts each is asked about by
        itself. With `once` a value in which a text is there twice is not exempt. A part that names
        one segment is never exempt where there are several.
        """
        changed = copy.copy(self)
        changed.exemption = exemption
        changed.once = once
        return changed

    def within(
        self, window: Callable[[str], Days | None], day: Part, *, once: bool = False
    ) -> Self:
        """The same part; exempt as with `unless` where each text is good on every day of service.

        `window` says on which days a text is good: open on a side where a day is None, None for a
        text that is good on none. `day` is read in each line; where none is known, a text that has
        a window is exempt.
        """
        changed = copy.copy(self)
        changed.window, changed.day, changed.once = window, day, once
        return changed

    def is_exempt(self, value: Any) -> bool:
        """Whether a value by itself gives the rule no reason to speak."""
        assert self.exemption is not None
        if isinstance(value, tuple):
            filled = [item for item in value if item] if self.once else ()
            return len(set(filled)) == len(filled) and all(map(self.is_exempt, value))
        return bool(self.exemption(value))

    def bases(self, run: Run) -> tuple[Part, ...]:
        """The texts that the value depends on, and nothing else."""
        raise NotImplementedError

    def value(self, run: Run, texts: TextsOfParts) -> Any:
        """What `judge` is given, by the values of the `bases`."""
        raise NotImplementedError


class Part(Source):
    """The text at one place of a claim: an element, or some of its components.

    `loop` and `tag` say in which segment: of loop 2300 or 2400, of a loop inside them, or of one
    above the claim (HEADER, 2000A, 2010AA, 2000B, 2010BA, 2010BB, 2000C, 2010CA; GS for the group's
    header). With a `qualifier` the segment is one that has it in element 01, or in its first
    component: `472`, or several as in `ABK|BK`. Of several segments the first counts.

    The value is text: the element, or its component where `first` equals `last`. With a range of
    components it is a tuple of texts without the empty ones at its end. Element 0 stands for every
    element of the segment: a tuple of the component `first` (0: the first one) of each. What is not
    there is empty. A `shape` says that less than the text counts, such as its first eight bytes.

    `every=True` makes it a tuple with one value for each segment, `only=True` leaves it empty where
    there are several. With `each="2320"` it is a tuple with one value for each of these loops, read
    in the loop and those inside it: parts of the same `each` belong together. A part of a service
    line is a tuple with one value for each line wherever the rule is about a claim, or
    `each_line=True`.
    """

    def __init__(
        self,
        loop: str,
        tag: str,
        element: int,
        first: int = 0,
        last: int = 0,
        qualifier: str = "",
        shape: Shape = Shape.TEXT,
        *,
        every: bool = False,
        only: bool = False,
        each: str = "",
        each_line: bool = False,
    ) -> None:
        self.place = TextPlace(loop, tag, element, first, last, qualifier, shape)
        self.every = every
        self.only = only
        self.each = each
        self.each_line = each_line
        self.key: Hashable = (self.place, every, only, each, each_line)
        self._hash = hash(self.key)
        self.number = _NUMBERS.setdefault(self.key, len(_NUMBERS))
        """The same for all parts that are equal, and for no other one."""
        self.segment = _NUMBERS.setdefault((loop, tag, qualifier), len(_NUMBERS))
        """The same for all parts that stand in the same segments, and for no other one."""
        self.is_several = element == 0 or first != last
        """Whether the value of one segment is a tuple."""
        self.of_line = loop[:2] == LINE_LOOP[:2]
        """Whether it is in a service line, its inner loops included."""
        self.above = loop in ABOVE
        self.nothing: Any = () if self.is_several else ""
        """The value where no segment is there."""

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Part) and self.key == other.key)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Part({', '.join(map(str, filter(None, self.place)))})"

    def read(self, segment: Segment) -> Any:
        """The value in one segment."""
        place, values = self.place, segment.values
        separator = segment.delimiters.texts[1]
        if self.is_several or place.shape is not Shape.TEXT:
            return self.of_segment(place.texts(values, separator))
        value = values[place.element] if place.element < len(values) else ""
        if not place.first:
            return value if separator == ":" else value.replace(separator, ":")
        components = value.split(separator, place.first)
        return components[place.first - 1] if place.first <= len(components) else ""

    def of_segment(self, components: Components) -> Any:
        """The value, by what the place holds in one segment."""
        if not self.is_several:
            return ":".join(components)
        while components and not components[-1]:
            components = components[:-1]
        return components

    def bases(self, run: Run) -> tuple[Part, ...]:
        return (self,)

    def value(self, run: Run, texts: TextsOfParts) -> Any:
        return texts[self]


class ByLine(tuple[Any, ...]):
    """One value for each line of a claim. Each line has the same one, so its hash is computed once.

    Without that, asking a rule of every line would take time by the square of their number.
    """

    _hash: int | None = None

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = super().__hash__()
        return self._hash


class Noticed(Source):
    """What an engine notices by adding up amounts or comparing lines; it has no value.

    A rule with one is asked where it goes off, besides where its other parts are not exempt.
    """

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger

    def bases(self, run: Run) -> tuple[Part, ...]:
        return ()


class Derived(Source):
    """A part that is computed from texts, and from what the run knows: payer, day, pack.

    `compute` is given the run and the values of `parts`; nothing else may decide.
    """

    def __init__(self, compute: Callable[..., Any], *parts: Source) -> None:
        self._compute = compute
        self._parts = parts
        self._latest: tuple[Run, tuple[Any, ...], Any] | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Derived) or type(other) is not type(self):
            return False
        return (self._compute, self._parts) == (other._compute, other._parts)

    def __hash__(self) -> int:
        return hash((self._compute, self._parts))

    def parts(self, run: Run) -> tuple[Source, ...]:
        """What it is computed from in this run."""
        del run
        return self._parts

    def bases(self, run: Run) -> tuple[Part, ...]:
        return tuple(dict.fromkeys(base for part in self.parts(run) for base in part.bases(run)))

    def value(self, run: Run, texts: TextsOfParts) -> Any:
        values = tuple([part.value(run, texts) for part in self.parts(run)])
        latest = self._latest
        # what belongs to a claim is the same object for each of its lines
        if latest is None or latest[0] is not run or any(map(is_not, latest[1], values)):
            latest = self._latest = (run, values, self._compute(run, *values))
        return latest[2]


class _ByProfile(Derived):
    """What the claim's payer profile decides; by the days of service only where profiles do."""

    def parts(self, run: Run) -> tuple[Source, ...]:
        return (*self._parts, *SERVICE_DAYS) if run.profiles.is_dated else self._parts


def _profile(
    run: Run, stated: str, id_: str, name: str, member: str, days: tuple[str, ...] = ()
) -> Profile:
    return run.profiles.of_payer(PayerTexts(stated, id_, name, member), first_of(days))


def _is_medicare(
    run: Run, stated: str, id_: str, name: str, member: str, days: tuple[str, ...] = ()
) -> bool:
    return run.profiles.is_medicare_payer(PayerTexts(stated, id_, name, member), first_of(days))


def _filing(run: Run, stated: str, id_: str, name: str, member: str) -> str:
    return run.profiles.filing(PayerTexts(stated, id_, name, member))


def first_of(days: tuple[str, ...]) -> date | None:
    """The first day of some dates and ranges of dates (D8, RD8); None where none can be read."""
    read = (day(text.partition("-")[0]) for text in days)
    return min((d for d in read if d is not None), default=None)


def _sent(run: Run, made: str) -> date | None:
    return run.as_of or day(made)


_TAKE_ENCOUNTERS = frozenset({"80881", "80882"})


def _is_encounter(run: Run, purpose: str, payer: str) -> bool:
    del run
    return purpose == "RP" or payer in _TAKE_ENCOUNTERS


def _pack(run: Run, code: str) -> Pack | None:
    return run.packs.get(code.upper())


def other_payer(stated: str) -> str:
    """The id of the other payer that a REF is for, by REF04; empty: the destination payer."""
    qualifier, _, payer = stated.partition(":")
    return payer.partition(":")[0] if qualifier == "2U" else ""


SERVICE_DAYS = (Part("2400", "DTP", 3, qualifier="472", each_line=True),)
FILING_TEXT = Part("2000B", "SBR", 9)
"""The claim filing indicator of the destination payer, as the claim has it."""
_PAYER = (
    FILING_TEXT,
    Part("2010BB", "NM1", 9),
    Part("2010BB", "NM1", 3),
    Part("2010BA", "NM1", 9, shape=MEMBER),
)
"""By what a claim's payer is known: SBR09, its id and name, and the form of the member's id."""

PROFILE = _ByProfile(_profile, *_PAYER)
"""The payer profile that the claim is judged by."""
FILING = Derived(_filing, *_PAYER)
"""The claim filing indicator that the claim is judged by; empty where it is not known."""
IS_MEDICARE = _ByProfile(_is_medicare, *_PAYER)
"""Whether the destination payer is Medicare fee-for-service."""
CODE = Part("2400", "SV1", 1, 2, 2)
"""The procedure code of a line, SV101-2."""
CODES = Part("2400", "SV1", 1, 2, 2, each_line=True)
"""The procedure codes of all lines of the claim, also for a rule about a line."""
PACK = Derived(_pack, CODE)
"""The rule pack of a line's code; None where no pack has it."""
ENCOUNTER = Derived(_is_encounter, Part("HEADER", "BHT", 6), Part("2010BB", "NM1", 9))
"""Whether a plan reports a service that it paid itself (BHT06 RP, or Medicare's ids for encounters
of Medicare Advantage plans: general knowledge), so that nobody decides on payment."""
SENT = Derived(_sent, Part("HEADER", "BHT", 4))
"""The day on which the claim was sent: --as-of, else BHT04; None where it cannot be read."""


LINE_INDEX = Part("2400", "", 1)
"""The position of the service line among those of its claim, a number from 0."""


def _first_of_pack(run: Run, pack: Pack | None, codes: tuple[str, ...]) -> int:
    del run
    own = pack.codes if pack else ()
    return next((n for n, code in enumerate(codes) if code.upper() in own), -1)


def _leads(run: Run, index: int, first: int) -> bool:
    del run
    return index == first


LEADS = Derived(_leads, LINE_INDEX, Derived(_first_of_pack, PACK, CODES))
"""Whether it is the claim's first line with a code of its pack: one finding for all of them."""
SERVICE = Part("2400", "DTP", 3, qualifier="472")
"""The date or the range of dates of a line's service, as text (`claims.dates_of`)."""
SERVICE_DAY = Part("2400", "DTP", 3, qualifier="472", shape=Shape.DAY)
"""The first day of it."""
MODIFIERS = Part("2400", "SV1", 1, 3, 6)
"""The modifiers of a line, SV101-3 to SV101-6, without the empty slots behind the last one."""


class At:
    """A place, named by a part and, where its value is a tuple, by the indexes of one text in it.

    `At("modifiers", 2)` is the place of `modifiers[2]`, which need not be there. `whole=True` means
    the segment. `also` is a second place that the finding shows beside its own. `fix`, `severity`
    and `response` are those of this finding, where they are not the rule's own.
    """

    __slots__ = ("also", "fix", "part", "path", "response", "severity", "whole")

    def __init__(
        self,
        part: str,
        *path: int,
        whole: bool = False,
        also: str | At = "",
        fix: Remedy | None = None,
        severity: Severity | None = None,
        response: Response | None = None,
    ) -> None:
        self.part = part
        self.path = path
        self.whole = whole
        self.also = At(also) if isinstance(also, str) and also else also or None
        self.fix = fix
        self.severity = severity
        self.response = response


Said = tuple[At, str]
"""What `judge` yields: a place, and the message."""


class Spot:
    """A place in a file: a segment with the element and component (0: the whole) that is meant.

    `line` is the number of its service line, empty outside of one.
    """

    __slots__ = ("component", "element", "line", "segment")

    def __init__(self, segment: Segment, element: int, component: int, line: str = "") -> None:
        self.segment = segment
        self.element = element
        self.component = component
        self.line = line


class Remedy:
    """A fix that names places, and becomes edits when it is shown."""

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        """The fix for a finding at a spot; `find` finds other places. None: there is none here."""
        raise NotImplementedError


class Write(Remedy):
    """Writes a text at the finding's place, unless a delimiter of the file is in it."""

    def __init__(
        self, text: str, words: str, applicability: Applicability = Applicability.AUTOMATIC
    ) -> None:
        self.text = text
        self.words = words
        self.applicability = applicability

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        if any(mark and mark in self.text for mark in spot.segment.delimiters.texts):
            return None
        start, end = spot.segment.span(spot.element, spot.component)
        return Fix(self.applicability, self.words, (Edit(start, end, self.text),))


class Change(Remedy):
    """One edit in the finding's segment, which a function computes from it and some arguments."""

    def __init__(
        self,
        edit: Callable[..., Edit | None],
        *arguments: Any,
        words: str,
        applicability: Applicability = Applicability.AUTOMATIC,
    ) -> None:
        self.edit = edit
        self.arguments = arguments
        self.words = words
        self.applicability = applicability

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        edit = self.edit(spot.segment, *self.arguments)
        return Fix(self.applicability, self.words, (edit,)) if edit else None


class RemoveSegments(Remedy):
    """Takes the finding's segment out, or the segments of other places, as a suggestion."""

    def __init__(self, words: str, *places: At) -> None:
        self.words = words
        self.places = places

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        from edi_lint.rules.segment_edits import remove_segments

        spots = [found for at in self.places if (found := find(at))] if self.places else [spot]
        return remove_segments((s.segment for s in spots), self.words)
