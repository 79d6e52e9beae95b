"""What is looked at in claims while they are read, so that most of them need no further look.

A consumer says beforehand what matters to it: single values (`ValuePlace`), and triggers on what a
claim or a line holds. An engine that understands it tells with each block which of them went off;
one that does not leaves `Block.alarms` at None, which means: look yourself.
"""

from __future__ import annotations

from typing import NamedTuple

CLAIM_LOOP, LINE_LOOP = "2300", "2400"


class ValuePlace(NamedTuple):
    """Where a value stands: tag, element, component, and what another place must hold."""

    tag: str
    element: int
    component: int = 0
    when_element: int = 0
    when_component: int = 0
    when_value: str = ""


class Part(NamedTuple):
    """The components `first` to `last` of an element, in the one segment of `tag` in `loop`.

    `loop` is 2300 or 2400 itself, not what is nested in it. `first` 0 is all of them. Element 0 is
    the first component of every element: of an HI segment, say, the qualifiers without the codes.
    """

    loop: str
    tag: str
    element: int
    first: int = 0
    last: int = 0

    def texts(self, values: list[str], separator: str) -> tuple[str, ...]:
        """The part of a segment's values; empty where the element is not there."""
        if not self.element:
            return tuple(v.partition(separator)[0] for v in values[1:])
        value = values[self.element] if self.element < len(values) else ""
        if not value:
            return ()
        parts = value.split(separator)
        return tuple(parts[self.first - 1 : self.last] if self.first else parts)


class Segments(NamedTuple):
    """Goes off for a claim with a segment of the tag whose texts are not known to be harmless.

    They are those of the elements `read`, and of the elements `filled` only whether they are.
    """

    tag: str
    read: tuple[int, ...] = ()
    filled: tuple[int, ...] = ()

    @property
    def of_line(self) -> bool:
        return False

    def texts(self, values: list[str], separator: str) -> tuple[tuple[str, ...], ...]:
        """What of a segment's values is looked at: components, or a plus for what is filled."""
        present = [n < len(values) and values[n] != "" for n in (*self.read, *self.filled)]
        read = [tuple(values[n].split(separator)) for n in self.read if n < len(values)]
        read += [()] * (len(self.read) - len(read))
        there = [("+",) if p else () for p in present]
        return (
            *(texts if texts != ("",) else () for texts in read),
            *there[len(self.read) :],
        )


class Texts(NamedTuple):
    """Goes off for a claim or a line whose parts hold texts that are not known to be harmless."""

    parts: tuple[Part, ...]

    @property
    def of_line(self) -> bool:
        """Whether it is asked for each service line, not once for a claim."""
        return any(part.loop == LINE_LOOP for part in self.parts)


class Balance(NamedTuple):
    """Goes off for a claim in which the total is not the sum of the terms, or may not be."""

    total: Part
    terms: Part

    @property
    def of_line(self) -> bool:
        return False


Trigger = Segments | Texts | Balance


class Watch(NamedTuple):
    """All that a consumer wants to know of the claims of one guide."""

    values: tuple[ValuePlace, ...]
    triggers: tuple[Trigger, ...]


class Alarms(NamedTuple):
    """What went off in a block: indexes of segments that hold a value to be judged, and triggers
    by their index in `Watch.triggers`, with the index of the service line (-1: the claim).
    """

    values: tuple[int, ...] = ()
    triggers: tuple[tuple[int, int], ...] = ()
