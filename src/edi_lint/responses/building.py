"""Builds typed answers of the segments of a set, by the place of each in its guide."""

from __future__ import annotations

from abc import ABC, abstractmethod

from edi_lint.grammar import SegmentNode
from edi_lint.responses.model import (
    AnswerInterchange,
    AnswerStatus,
    AnswerTotal,
    BatchAnswer,
    ClaimAnswer,
    ElementError,
    ErrorContext,
    GroupAnswer,
    LineAnswer,
    ProviderAnswer,
    SegmentError,
    SetAnswer,
)

_CODES_OF_STATUS = 3
"""Components of STC01 that are codes; the fourth names their list."""
_SOURCES = {"PR": "payer", "AY": "clearinghouse"}
"""NM101 of 2100A."""


class SetBuilder(ABC):
    """Takes the segments of a set one after the other, each with its elements from index 1."""

    @abstractmethod
    def add(self, node: SegmentNode, start: int, end: int, values: list[str], sep: str) -> None:
        """Take a segment that is at a node; `sep` is the component separator."""


class GroupBuilder(SetBuilder):
    """Builds what a 999 or 997 says. What a lost segment would have opened is opened empty."""

    def __init__(self, interchange: AnswerInterchange, parties: tuple[str, str]) -> None:
        self._interchange = interchange
        self._parties = parties
        self._group: GroupAnswer | None = None
        self._set: SetAnswer | None = None
        self._error: SegmentError | None = None

    def add(self, node: SegmentNode, start: int, end: int, values: list[str], sep: str) -> None:
        tag = node.tag
        if tag == "AK1":
            self._open_group(start, end, values)
        elif tag == "AK2":
            self._open_set(start, end, values)
        elif tag == "IK3":
            self._open_error(start, end, values)
        elif tag == "CTX":
            error = self._error or self._open_error(start, end, [""] * 5)
            error.contexts.append(_context(start, end, values, sep))
        elif tag == "IK4":
            error = self._error or self._open_error(start, end, [""] * 5)
            place = _position(values[1], sep)
            error.elements.append(ElementError(start, end, *place, values[2], values[3]))
        elif tag == "IK5":
            of_set = self._set or self._open_set(start, end, [""] * 4)
            of_set.status, of_set.codes = values[1], _filled(values[2:7])
            self._set = self._error = None
        elif tag == "AK9":
            group = self._group or self._open_group(start, end, [""] * 4)
            group.status, group.codes = values[1], _filled(values[5:10])
            group.sent, group.received, group.accepted = map(_number, values[2:5])
            self._set = self._error = None

    def _open_group(self, start: int, end: int, values: list[str]) -> GroupAnswer:
        self._group = GroupAnswer(start, end, values[1], values[2], values[3])
        self._group.sender, self._group.receiver = self._parties
        self._interchange.groups.append(self._group)
        self._set = self._error = None
        return self._group

    def _open_set(self, start: int, end: int, values: list[str]) -> SetAnswer:
        group = self._group or self._open_group(start, end, [""] * 4)
        self._set, self._error = SetAnswer(start, end, values[1], values[2], values[3]), None
        group.sets.append(self._set)
        return self._set

    def _open_error(self, start: int, end: int, values: list[str]) -> SegmentError:
        of_set = self._set or self._open_set(start, end, [""] * 4)
        ordinal = _number(values[2])
        self._error = SegmentError(start, end, values[1], ordinal, values[3], values[4])
        of_set.errors.append(self._error)
        return self._error


class BatchBuilder(SetBuilder):
    """Builds what a 277CA says of a batch, its billing providers, their claims and lines.

    A status without a receiver's level (HL03 21) before it is a claim's: skeletons have that form.
    """

    def __init__(self, batch: BatchAnswer) -> None:
        self._batch = batch
        self._provider: ProviderAnswer | None = None
        self._claim: ClaimAnswer | None = None
        self._line: LineAnswer | None = None
        self._member = ""
        self._has_receiver = False

    def add(self, node: SegmentNode, start: int, end: int, values: list[str], sep: str) -> None:
        loop, tag = node.loop.id, node.tag
        if loop == "2220D":
            self._add_to_line(tag, start, end, values, sep)
        elif loop == "2200D":
            self._add_to_claim(tag, start, end, values, sep)
        elif tag == "HL":
            self._open_level(loop, start, end)
        elif loop == "2100D":
            self._member = values[9]
        elif loop == "2100C":
            self._provider_at(start, end).npi = values[9]
        elif loop == "2200C":
            self._add_to_provider(tag, start, end, values, sep)
        elif loop == "2200B" and (self._has_receiver or tag in ("QTY", "AMT")):
            self._add_to_batch(tag, start, end, values, sep)
        elif loop == "2200B":
            self._add_to_claim(tag, start, end, values, sep)
        elif loop == "2100A":
            self._batch.source, self._batch.payer = _SOURCES.get(values[1], ""), values[9]
        elif tag == "BHT":
            self._batch.reference, self._batch.date = values[3], values[4]

    def _open_level(self, loop: str, start: int, end: int) -> None:
        self._claim = self._line = None
        self._member = ""
        self._has_receiver = self._has_receiver or loop != "2000A"
        if loop == "2000C":
            self._provider = None
            self._provider_at(start, end)

    def _provider_at(self, start: int, end: int) -> ProviderAnswer:
        if self._provider is None:
            self._provider = ProviderAnswer(start, end)
            self._batch.providers.append(self._provider)
        return self._provider

    def _add_to_batch(self, tag: str, start: int, end: int, values: list[str], sep: str) -> None:
        if tag == "TRN":
            self._batch.batch = values[2]
        elif tag == "STC":
            self._batch.statuses.append(_status(start, end, values, sep))
        else:
            self._batch.totals.append(AnswerTotal(start, end, values[1], values[2]))

    def _add_to_provider(self, tag: str, start: int, end: int, values: list[str], sep: str) -> None:
        provider = self._provider_at(start, end)
        if tag == "TRN":
            provider.reference = values[2]
        elif tag == "STC":
            provider.statuses.append(_status(start, end, values, sep))
        elif tag in ("QTY", "AMT"):
            provider.totals.append(AnswerTotal(start, end, values[1], values[2]))

    def _open_claim(self, start: int, end: int, number: str) -> ClaimAnswer:
        provider = self._provider_at(start, end)
        self._claim = ClaimAnswer(start, end, number, member_id=self._member)
        self._line = None
        provider.claims.append(self._claim)
        return self._claim

    def _add_to_claim(self, tag: str, start: int, end: int, values: list[str], sep: str) -> None:
        if tag == "TRN":
            self._open_claim(start, end, values[2])
            return
        claim = self._claim or self._open_claim(start, end, "")
        if tag == "STC":
            claim.statuses.append(_status(start, end, values, sep))
            claim.charge = claim.charge or values[4]
        elif tag == "REF" and values[1] == "1K":
            claim.payer_claim_number = values[2]
        elif tag == "REF" and values[1] == "D9":
            claim.clearinghouse_number = values[2]
        elif tag == "DTP":
            claim.dates += (values[3],)

    def _add_to_line(self, tag: str, start: int, end: int, values: list[str], sep: str) -> None:
        claim = self._claim or self._open_claim(start, end, "")
        if tag == "SVC" or self._line is None:
            self._line = LineAnswer(start, end)
            claim.lines.append(self._line)
        line = self._line
        if tag == "SVC":
            parts = [*values[1].split(sep), *[""] * 6]
            line.procedure, line.modifiers = parts[1], _filled(parts[2:6])
            line.charge, line.revenue, line.units = values[2], values[4], values[7]
        elif tag == "STC":
            line.statuses.append(_status(start, end, values, sep))
        elif tag == "REF" and values[1] == "FJ":
            line.reference = values[2]
        elif tag == "DTP":
            line.dates += (values[3],)


def _status(start: int, end: int, values: list[str], sep: str) -> AnswerStatus:
    codes = (
        ":".join(values[n].split(sep)[:_CODES_OF_STATUS]).rstrip(":")
        for n in (1, 10, 11)
        if values[n]
    )
    return AnswerStatus(start, end, tuple(codes), values[2], values[3], values[4])


def _context(start: int, end: int, values: list[str], sep: str) -> ErrorContext:
    name, _, value = values[1].partition(sep)
    return ErrorContext(
        start,
        end,
        name,
        value,
        values[2],
        _number(values[3]),
        values[4],
        *_position(values[5], sep),
    )


def _position(text: str, sep: str) -> tuple[int, int, int]:
    """The element, component and repeat of a composite; 0 where it has none."""
    element, component, repeat, *_ = [*map(_number, text.split(sep)), 0, 0]
    return element, component, repeat


def _number(text: str) -> int:
    """A count or a position; 0 where the text is not one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else 0


_MOST_DIGITS = 9


def _filled(values: list[str]) -> tuple[str, ...]:
    return tuple(value for value in values if value)
