"""What is looked at in claims while they are read, so that most of them need no further look.

A consumer says beforehand what matters to it: single values (`ValuePlace`), segments wherever they
stand (`SegmentPlace`), and triggers on what a claim or a line holds. An engine that understands it
tells with each block which of them went off; one that does not leaves `Block.alarms` at None, which
means: look yourself.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, NamedTuple, Protocol

CLAIM_LOOP, LINE_LOOP = "2300", "2400"

Together = tuple[tuple[str, ...], ...]
"""Texts that decide together, part by part, each part as its components."""

_EVERY = bytes(range(256))
_DIGITS = b"0123456789"
_UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ByteClasses = tuple[tuple[bytes, bytes], ...]
"""Bytes, and the byte that each of them is read as."""


class Shape:
    """What of a text counts. The text itself, or something that far fewer texts differ in.

    A rule that asks for a shape must judge texts of one shape alike. A shape is made of classes of
    bytes, each with the byte it is read as; the rest stays, or becomes `others`. `first` are
    classes for the first byte of a text, where those differ. Only the first `longest` bytes count,
    and of a run of `folded` one is kept. There are few: an engine has room for fifteen.
    """

    TEXT: ClassVar[Shape]
    """The text as it stands."""
    FILLED: ClassVar[Shape]
    """Only whether there is anything, and whether it is more than blanks."""
    LENGTH: ClassVar[Shape]
    """Only how long it is."""
    FORM: ClassVar[Shape]
    """Digits as 9, letters as A or a, anything else as it stands."""
    AMOUNT: ClassVar[Shape]
    """Whether any digit is not 0: those are 9, and zeros with the decimal point one point."""
    DAY: ClassVar[Shape]
    """The first day of a date or a range of dates (D8, RD8)."""
    FIGURES: ClassVar[Shape]
    """Digits and the marks that phone numbers, dates and the like have; a run of all else is one
    blank."""

    def __init__(
        self,
        classes: ByteClasses = (),
        *,
        others: bytes = b"",
        first: ByteClasses = (),
        longest: int = 1_000_000,
        folded: str = "",
    ) -> None:
        self.rest = _table(classes, others)
        self.first = _table((*classes, *first), others)
        self.longest = longest
        self.folded = folded

    def __repr__(self) -> str:
        return next((name for name, shape in vars(Shape).items() if shape is self), "a shape")

    def of(self, text: str) -> str:
        """The text in this shape."""
        if self is Shape.TEXT:
            return text
        data = text[: self.longest].encode("latin-1", "replace")
        shaped = (data[:1].translate(self.first) + data[1:].translate(self.rest)).decode("latin-1")
        if self.folded:
            while 2 * self.folded in shaped:
                shaped = shaped.replace(2 * self.folded, self.folded)
        return shaped


def _table(classes: ByteClasses, others: bytes) -> bytes:
    """A table for `bytes.translate`."""
    table = bytearray(others * 256 if others else _EVERY)
    for members, one in classes:
        for member in members:
            table[member] = one[0]
    return bytes(table)


FORM_CLASSES: ByteClasses = ((_DIGITS, b"9"), (_UPPER, b"A"), (_UPPER.lower(), b"a"))
"""Those of the shape `FORM`."""
Shape.TEXT = Shape()
Shape.FILLED = Shape(((b" ", b" "),), others=b"x", folded="x")
Shape.LENGTH = Shape(others=b"x")
Shape.FORM = Shape(FORM_CLASSES)
Shape.AMOUNT = Shape(((b"123456789", b"9"), (b"0", b".")), folded=".")
Shape.DAY = Shape(longest=8)
Shape.FIGURES = Shape(((_DIGITS, b"9"), (b"-/.()+#:", b"-")), others=b" ", folded=" ")


class ValuePlace(NamedTuple):
    """Where a value stands: tag, element, component, and what another place must hold.

    `loops` are the loops that it is in, none: any. `shape` says what of it counts. With a
    `qualifier` the segment has a place of its own in the guide, as for `Part`.
    """

    tag: str
    element: int
    component: int = 0
    when_element: int = 0
    when_component: int = 0
    when_value: str = ""
    loops: tuple[str, ...] = ()
    shape: Shape = Shape.TEXT
    qualifier: str = ""


class SegmentPlace(NamedTuple):
    """Segments of a tag in some loops (none: any), and what of their elements counts.

    The text of those `read`, the form of those `formed`, of those `filled` whether they are, and of
    those `shaped` what their shape makes of them.
    """

    tag: str
    loops: tuple[str, ...] = ()
    read: tuple[int, ...] = ()
    formed: tuple[int, ...] = ()
    filled: tuple[int, ...] = ()
    shaped: tuple[tuple[int, Shape], ...] = ()

    @property
    def looks(self) -> tuple[tuple[int, Shape | None], ...]:
        """Each element that counts, and its shape; None: only whether it is filled."""
        return (
            *((n, Shape.TEXT) for n in self.read),
            *((n, Shape.FORM) for n in self.formed),
            *((n, None) for n in self.filled),
            *self.shaped,
        )


class TextPart(NamedTuple):
    """The components `first` to `last` of an element, in the one segment of `tag` in `loop`.

    `loop` is 2300, 2400, or a loop of the claim outside of its lines, not what is nested in it; or
    a loop above the claim: HEADER, 2000A, 2010AA, 2000B, 2010BA, 2010BB, 2000C or 2010CA. `first` 0
    is all of the components. Element 0 is the component `first` (0: 1) of every element: of an HI,
    say, the qualifiers or the codes alone. With a `qualifier`, or several as in ABK|BK, only the
    segment counts that has it first in element 01, for which the guide must have a place of its own
    (DTP 472, REF 6R).
    """

    loop: str
    tag: str
    element: int
    first: int = 0
    last: int = 0
    qualifier: str = ""
    shape: Shape = Shape.TEXT

    def texts(self, values: list[str], separator: str) -> tuple[str, ...]:
        """The part of a segment's values; empty where the element is not there."""
        if not self.element:
            number = max(self.first, 1) - 1
            cut = [v.split(separator) for v in values[1:]]
            return tuple(v[number] if number < len(v) else "" for v in cut)
        value = values[self.element] if self.element < len(values) else ""
        if not value:
            return ()
        parts = value.split(separator)
        parts = parts[self.first - 1 : self.last] if self.first else parts
        if self.shape is Shape.TEXT:
            return tuple(parts)
        return tuple(self.shape.of(p) for p in parts)

    @property
    def qualifiers(self) -> list[str]:
        """The values of element 01, or of its first component, that the segment may have."""
        return self.qualifier.split("|")

    @property
    def above(self) -> bool:
        """Whether it stands above the claim."""
        return self.loop in ABOVE


ABOVE = {
    "HEADER": "header",
    "2000A": "billing",
    "2010AA": "billing",
    "2000B": "subscriber",
    "2010BA": "subscriber",
    "2010BB": "subscriber",
    "2000C": "patient",
    "2010CA": "patient",
}
"""Loops above the claim that parts may stand in, and the field of a `Context` with their block."""


class Segments(NamedTuple):
    """Goes off for a claim with a segment of the place whose texts are not known to be harmless.

    The texts of the parts `beside`, which stand above the claim, count with those of each segment.
    """

    place: SegmentPlace
    beside: tuple[TextPart, ...] = ()

    @property
    def of_line(self) -> bool:
        return False

    def texts(self, values: list[str], separator: str) -> tuple[tuple[str, ...], ...]:
        """What of a segment's values is looked at: components, or a plus for what is filled."""
        found: list[tuple[str, ...]] = []
        for element, shape in self.place.looks:
            value = values[element] if element < len(values) else ""
            if not value:
                found.append(())
            elif shape is None:
                found.append(("+",))
            else:
                found.append(tuple(shape.of(v) for v in value.split(separator)))
        return tuple(found)


class Values(NamedTuple):
    """Goes off for a claim in which one of the places holds a value not known to be harmless."""

    places: tuple[ValuePlace, ...]

    @property
    def of_line(self) -> bool:
        return False


class Texts(NamedTuple):
    """Goes off for a claim or a line whose parts hold texts that are not known to be harmless."""

    parts: tuple[TextPart, ...]

    @property
    def of_line(self) -> bool:
        """Whether it is asked for each service line, not once for a claim."""
        return any(part.loop == LINE_LOOP for part in self.parts)


class Repeated(NamedTuple):
    """Goes off for a claim in which two lines hold the same in all of these parts, not nothing."""

    parts: tuple[TextPart, ...]

    @property
    def of_line(self) -> bool:
        return False


class Twice(NamedTuple):
    """Goes off for a claim in which a value appears twice at these places."""

    places: tuple[ValuePlace, ...]

    @property
    def of_line(self) -> bool:
        return False


class Lasting(NamedTuple):
    """Goes off for a claim with a value at these places that is not good on all days of service.

    The consumer answers for a value with the days on which it is good (`window`), or with SILENT:
    on all days. `day` begins with the first day of a service, CCYYMMDD. With `of_line` it goes off
    for each line by itself. Where no day is known, a value that has any days is good.
    """

    places: tuple[ValuePlace, ...]
    day: TextPart
    of_line: bool = False


def window(first: date | None, last: date | None) -> int:
    """The verdict on a value that is good on these days, both included; None: open."""
    begins, ends = (day and day.year * 10000 + day.month * 100 + day.day for day in (first, last))
    return (begins or 1) * _WINDOW + (ends or _WINDOW - 1)


_WINDOW = 100_000_000


class SharedParts(NamedTuple):
    """Goes off for a claim that holds what another claim of the input holds in all of these parts.

    Asked once for each service line where one of the parts is there. The first `needed` of
    the parts may not be empty. `confirming` are parts that an engine does not look at: only where
    they are the same too, and not all empty, two claims share what the trigger is about.
    """

    parts: tuple[TextPart, ...]
    needed: int
    confirming: tuple[TextPart, ...] = ()

    @property
    def of_line(self) -> bool:
        return any(part.loop == LINE_LOOP for part in self.parts)


class SharedValues(NamedTuple):
    """Goes off for a claim with a value at these places that another claim has there too."""

    places: tuple[ValuePlace, ...]

    @property
    def of_line(self) -> bool:
        return False


class Balance(NamedTuple):
    """Goes off for a claim in which the total is not the sum of the terms, or may not be."""

    total: TextPart
    terms: TextPart

    @property
    def of_line(self) -> bool:
        return False


class Sums(NamedTuple):
    """Goes off for a claim with something `needed`, unless that surely adds up.

    It does where only one segment `once` is there and `total` is the sum of `needed` and all that
    is `optional`. Where a line has something of `line_needed`, it does where all texts of `same`
    are the same, `needed` and `optional` are the sum of `line_needed` of all lines, and
    `line_total` of each line that has some is the sum of its `line_needed` and `line_optional`.
    """

    once: TextPart
    same: tuple[TextPart, ...]
    total: TextPart
    needed: TextPart
    optional: tuple[TextPart, ...]
    line_total: TextPart
    line_needed: TextPart
    line_optional: tuple[TextPart, ...]

    @property
    def of_line(self) -> bool:
        return False


Shared = SharedParts | SharedValues
Trigger = Segments | Values | Texts | Lasting | Repeated | Twice | Balance | Sums | Shared


SILENT, COUNTED = 1, 2
"""Verdicts on texts: nothing is to be said of them; nothing, but their line has a code of a pack.
Greater numbers are the consumer's own: something may be said."""


class TriggerAnswers(Protocol):
    """Whom an engine asks about texts, once in a run for each; returns a verdict."""

    def of_value(self, number: int, texts: Together) -> int:
        """The verdict on what is at a place, by its index in `TriggerSet.values`.

        The value is the only text of the only part, in the shape of its place.
        """

    def of_trigger(self, number: int, texts: Together) -> int:
        """The verdict on texts that a trigger met, by its index in `TriggerSet.triggers`."""


class TriggerSet(NamedTuple):
    """All that a consumer wants to know of the claims of one guide.

    Without `answers` whatever is at a place may be something to speak of.
    """

    values: tuple[ValuePlace | SegmentPlace, ...]
    triggers: tuple[Trigger, ...]
    answers: TriggerAnswers | None = None


class Alarms(NamedTuple):
    """What went off in a block: indexes of segments that hold a value to be judged, and triggers
    by their index in `TriggerSet.triggers`, with the index of the service line (-1: the claim) and
    the verdict on the texts there (0: they are not known).
    """

    values: tuple[int, ...] = ()
    triggers: tuple[tuple[int, int, int], ...] = ()


def key_of(texts: tuple[tuple[str, ...], ...]) -> bytes:
    """The texts of parts as one: what the kernel remembers them by, and keys of claims."""
    joined = ("".join(item + _ITEM_END for item in part) + _PART_END for part in texts)
    return "".join(joined).encode("latin-1")


def texts_of(key: bytes) -> Together:
    """The texts that a key was made of."""
    parts = key.decode("latin-1").split(_PART_END)
    if not parts[-1]:
        del parts[-1]
    return tuple(tuple(p.removesuffix(_ITEM_END).split(_ITEM_END) if p else ()) for p in parts)


_ITEM_END = "\x1f"
_PART_END = "\x1e"
