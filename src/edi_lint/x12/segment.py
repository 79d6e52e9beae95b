"""A segment as a view on the bytes it was read from: values as text, places as byte ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from edi_lint.x12.delimiters import Delimiters


@dataclass(slots=True)
class Window:
    """A stretch of the file that is in memory.

    `base` is the file offset of `data[0]`; `line` the physical line (from 1) it is on, and
    `line_start` the file offset at which that line begins.
    """

    data: bytes
    base: int
    line: int
    line_start: int
    _seen: tuple[int, int, int] = (0, 0, 0)
    """The last place asked for: index into `data`, lines before it, and where its line starts."""

    def locate(self, offset: int) -> tuple[int, int]:
        """Physical line and column, both from 1 and the column in bytes, of a file offset."""
        end = offset - self.base
        index, lines, start = self._seen
        if end < index:
            # back from there, which is mostly near
            lines -= self.data.count(b"\n", end, index)
            start = self.data.rfind(b"\n", 0, end) + 1 if lines else 0
        elif (newline := self.data.rfind(b"\n", index, end)) >= 0:
            lines += self.data.count(b"\n", index, end)
            start = newline + 1
        self._seen = (end, lines, start)
        begins = self.base + start if lines else self.line_start
        return self.line + lines, offset - begins + 1

    def moved(self, start: int, end: int, line: int, column: int) -> tuple[int, int]:
        """Line and column of the file offset `end`, from those of an earlier offset near to it."""
        first, last = start - self.base, end - self.base
        newline = self.data.rfind(b"\n", first, last)
        if newline < 0:
            return line, column + end - start
        return line + self.data.count(b"\n", first, last), last - newline


class Shift(NamedTuple):
    """How the elements of a segment are read that has one separator too many, or too few.

    `by` is 1 for one too many: the element `at`, as written, goes on in the next one, and `glue`
    is read between the two. It is -1 for one too few: an empty element is missing before `at`, or,
    with a `cut`, the element `at`, as written, is the first `cut` characters of what it contains,
    and the rest is the next one.
    """

    at: int
    by: int
    glue: str = ""
    cut: int = 0

    def read(self, values: list[str]) -> list[str]:
        """Tag and elements as they are meant, of those as written."""
        if self.cut:
            both = values[self.at]
            return [*values[: self.at], both[: self.cut], both[self.cut :], *values[self.at + 1 :]]
        if self.by < 0:
            return [*values[: self.at], "", *values[self.at :]]
        joined = self.glue.join((values[self.at], values[self.at + 1]))
        return [*values[: self.at], joined, *values[self.at + 2 :]]

    def written(self, meant: list[str], values: list[str]) -> list[str]:
        """The elements as written, `values`, with what those that are meant say now.

        Each says as many characters as before.
        """
        if self.cut:
            both = "".join(meant[self.at : self.at + 2])
            return [*meant[: self.at], both, *meant[self.at + 2 :]]
        if self.by < 0:
            return [*meant[: self.at], *meant[self.at + 1 :]]
        joined, first = meant[self.at], len(values[self.at])
        parts = joined[:first], joined[first + len(self.glue) :]
        return [*meant[: self.at], *parts, *meant[self.at + 1 :]]

    def as_written(self, element: int) -> int:
        """The position as written of an element as it is meant; of two, that of the second."""
        return (
            element + self.by
            if element > self.at or (element == self.at and self.by > 0)
            else element
        )

    def as_meant(self, element: int) -> int:
        """The position as it is meant of an element as written."""
        if self.by < 0:
            return element + 1 if element >= self.at + bool(self.cut) else element
        return element - 1 if element > self.at else element


class Segment:
    """One segment: tag, elements and components by position from 1, and where each one stands.

    With a `shift` the elements are those that are meant, at their places as written.
    `start` and `end` are file offsets, half-open, without the terminator. `ordinal` counts from
    ST = 1, as IK302 of a 999 does; it is 0 outside a transaction set. `node` is the index of the
    segment's place in the grammar, 0 where it has none.
    """

    __slots__ = ("_shift", "_values", "delimiters", "end", "node", "ordinal", "start", "window")

    def __init__(
        self,
        window: Window,
        start: int,
        end: int,
        delimiters: Delimiters,
        node: int = 0,
        ordinal: int = 0,
    ) -> None:
        self.window = window
        self.start = start
        self.end = end
        self.delimiters = delimiters
        self.node = node
        self.ordinal = ordinal
        self._values: list[str] | None = None
        self._shift: Shift | None = None

    @property
    def shift(self) -> Shift | None:
        """How the elements are read that are one place off; None where they are not."""
        return self._shift

    @shift.setter
    def shift(self, shift: Shift | None) -> None:
        self._shift, self._values = shift, None

    @property
    def raw(self) -> bytes:
        """The segment's bytes as they stand in the file, line breaks inside it included."""
        base = self.window.base
        return self.window.data[self.start - base : self.end - base]

    @property
    def values(self) -> list[str]:
        """Tag and elements as text, line breaks removed. Bytes above 0x7F read as Latin-1."""
        if self._values is None:
            written = self.written
            self._values = self._shift.read(written) if self._shift else written
        return self._values

    @property
    def written(self) -> list[str]:
        """`values` as they are written, whatever the `shift`."""
        data = self.raw
        if b"\n" in data or b"\r" in data:
            data = data.translate(None, self.delimiters.line_breaks)
        return data.decode("latin-1").split(self.delimiters.texts[0])

    @property
    def tag(self) -> str:
        if self._values is None:
            tag = self.raw.partition(self.delimiters.element)[0]
            if tag.isalnum():
                return tag.decode("latin-1")
        return self.values[0]

    def value(self, element: int, component: int = 0) -> str:
        """An element, or one component of it; empty where there is none."""
        values = self._values or self.values
        if element >= len(values):
            return ""
        if component == 0:
            return values[element]
        parts = values[element].split(self.delimiters.texts[1])
        return parts[component - 1] if component <= len(parts) else ""

    def components(self, element: int) -> list[str]:
        """The components of an element; a simple element is one component."""
        return self.value(element).split(self.delimiters.texts[1])

    def span(self, element: int = 0, component: int = 0, repeat: int = 0) -> tuple[int, int]:
        """File offsets, half-open, of an element, a component, or one repetition (from 1).

        Element 0 is the tag. What is missing has the empty range at which it would stand.
        """
        raw = self.raw
        start, end = self._range(raw, element, component, repeat)
        breaks = self.delimiters.line_breaks
        while start < end and raw[start] in breaks:
            start += 1
        while end > start and raw[end - 1] in breaks:
            end -= 1
        return self.start + start, self.start + end

    def breaks(
        self, element: int = 0, component: int = 0, repeat: int = 0
    ) -> list[tuple[int, int]]:
        """The line breaks in an element, or in a part of it as in `span`: file offsets, half-open.

        Those at its ends, which are not in its span, count too.
        """
        raw = self.raw
        start, end = self._range(raw, element, component, repeat)
        line_breaks = self.delimiters.line_breaks
        found: list[tuple[int, int]] = []
        for at in range(start, end):
            if raw[at] not in line_breaks:
                continue
            if found and found[-1][1] == self.start + at:
                found[-1] = (found[-1][0], self.start + at + 1)
            else:
                found.append((self.start + at, self.start + at + 1))
        return found

    def _range(self, raw: bytes, element: int, component: int, repeat: int) -> tuple[int, int]:
        """The range of a part in the raw bytes, with the line breaks at its ends."""
        start, end = self._element(raw, element)
        if repeat and self.delimiters.repetition:
            start, end = _part(raw, start, end, self.delimiters.repetition, repeat - 1)
        if component:
            start, end = _part(raw, start, end, self.delimiters.component, component - 1)
        return start, end

    def _element(self, raw: bytes, element: int) -> tuple[int, int]:
        separator, shift = self.delimiters.element, self._shift
        if shift is None:
            return _part(raw, 0, len(raw), separator, element)
        start, end = _part(raw, 0, len(raw), separator, shift.as_written(element))
        if shift.cut and element in (shift.at, shift.at + 1):
            middle = self._after(raw, start, end, shift.cut)
            return (start, middle) if element == shift.at else (middle, end)
        if element != shift.at:
            return start, end
        if shift.by < 0:
            start, _ = _part(raw, 0, len(raw), separator, element)
            return start, start
        first, stop = _part(raw, 0, len(raw), separator, element)
        if first == stop:
            return start, end
        return (first, stop) if start == end else (first, end)

    def _after(self, raw: bytes, start: int, end: int, count: int) -> int:
        """The index behind so many bytes of raw[start:end], line breaks not counted."""
        breaks = self.delimiters.line_breaks
        while start < end and (count or raw[start] in breaks):
            count -= raw[start] not in breaks
            start += 1
        return start

    def cut_at(self) -> int:
        """The file offset at which a separator is missing in an element, by the `shift`."""
        assert self._shift is not None
        return self.span(self._shift.at + 1)[0]

    def span_as_written(self, element: int) -> tuple[int, int]:
        """`span` of an element as it is written, whatever the `shift`, line breaks at its ends too.

        The separator after it is at its end.
        """
        raw = self.raw
        start, end = _part(raw, 0, len(raw), self.delimiters.element, element)
        return self.start + start, self.start + end

    def separators_before(self, element: int, component: int = 0) -> str:
        """What has to be written before a value at a place that the segment ends before.

        It is empty where the element is there, and may be empty.
        """
        lacking = element + 1 - len(self.written)
        if lacking <= 0 or self._shift is not None:
            return ""
        return self.delimiters.texts[0] * lacking + self.delimiters.texts[1] * (component - 1)

    def replaced(self, element: int, component: int, value: str) -> bytes:
        """The segment's bytes as written, with one element or component (0: the whole element)
        replaced, all others as they are.

        Separators come as far as they are needed, and go where nothing comes after them. The value
        has no delimiter in it.
        """
        delimiters = self.delimiters
        elements = self.raw.split(delimiters.element)
        is_last = element >= len(elements) - 1
        elements += [b""] * (element + 1 - len(elements))
        parts = elements[element].split(delimiters.component) if component else [elements[element]]
        index = max(component - 1, 0)
        is_last_part = index >= len(parts) - 1
        parts += [b""] * (index + 1 - len(parts))
        core = parts[index].strip(delimiters.line_breaks)
        before, _, after = parts[index].partition(core) if core else (b"", b"", parts[index])
        parts[index] = before + value.encode("latin-1") + after
        while is_last_part and len(parts) > 1 and not parts[-1]:
            parts.pop()
        elements[element] = delimiters.component.join(parts)
        while is_last and not elements[-1]:
            elements.pop()
        return delimiters.element.join(elements)

    def with_bytes(self, raw: bytes) -> Segment:
        """A segment of other bytes at the place of this one in the guide, alone in its window."""
        return Segment(Window(raw, 0, 1, 0), 0, len(raw), self.delimiters, self.node, self.ordinal)

    def locate(self) -> tuple[int, int]:
        """Physical line and column of the tag, both from 1."""
        return self.window.locate(self.start)

    def __repr__(self) -> str:
        return f"Segment({self.tag} at {self.start}:{self.end})"


def _part(raw: bytes, start: int, end: int, delimiter: bytes, index: int) -> tuple[int, int]:
    """The range of the index-th part (from 0) of raw[start:end], or the empty range at its end."""
    for _ in range(index):
        start = raw.find(delimiter, start, end) + 1
        if start == 0:
            return end, end
    stop = raw.find(delimiter, start, end)
    return start, end if stop < 0 else stop
