"""Checks the numbers that a transaction set gives its levels and lines: HL01, HL02, HL04, LX01."""

from __future__ import annotations

import re

from edi_lint.engine.result import Fault, FaultCode
from edi_lint.x12 import Segment

# What is a number, if a wrong one, and what at least is text: the rest is a fault of the element.
_WHOLE = re.compile("-?[0-9]{1,6}")
_WORD = re.compile("[A-Za-z0-9-]{1,12}")


class Numbering:
    """HL01, HL02, HL04 and LX01 of one transaction set.

    A number is right when it is the next after the one before, or the true count: so one slip is
    one fault, whether the numbers after it go on from the slip or as if it had not been. LX01 is a
    number (N0), which may have leading zeros; HL01 is text, and 01 is not 1.
    """

    def __init__(self) -> None:
        self.levels = 0
        self.last_level = 0
        self.unsure = 0
        self.misplaced = False
        self.lines = 0
        self.last_line = 0
        self.unsure_lines = 0
        self.may_restart = False
        self.ids: dict[str, frozenset[str]] = {}
        self.subscriber: Segment | None = None
        self.children = False
        self.claims_before = 0
        """How many claims of the set came before the last subscriber."""
        self.doubtful = False
        """Whether a segment since the last subscriber is missing or misplaced."""

    def lost_level(self, loop: str) -> None:
        """A level whose HL is missing or spoilt: the numbers after it may count it or not."""
        self.levels += 1
        self.unsure += 1
        if loop == "2000C":
            self.children = True
        else:
            self.subscriber, self.children = None, False
        self.ids.pop(loop, None)

    def begin_claim(self) -> None:
        self.lines = self.last_line = self.unsure_lines = 0
        self.may_restart = False

    def lost_line(self) -> None:
        """A service line whose LX is missing: the numbers after it may count it or not."""
        self.lines += 1
        self.unsure_lines += 1

    def stray_of_claim(self) -> None:
        """A segment of a claim stands among its lines: another claim may begin there, from 1."""
        self.may_restart = self.lines > 0

    def is_next(self, segment: Segment) -> bool:
        """Whether the number of an HL or LX is the one that comes next."""
        value = segment.value(1)
        number = int(value) if _is_count(value) else 0
        if segment.tag == "HL":
            return _is_next(number, self.levels + 1, self.unsure, self.last_level)
        return _is_next(number, self.lines + 1, self.unsure_lines, self.last_line)

    def line(self, segment: Segment, misplaced: bool = False) -> list[Fault]:
        """Check an LX; the number of one that is `misplaced` is that of another place."""
        value = segment.value(1)
        if self.may_restart and value == "1":
            self.begin_claim()
        self.lines += 1
        self.unsure_lines += misplaced
        number = int(value) if _is_count(value) else 0
        good = _is_next(number, self.lines, self.unsure_lines, self.last_line)
        self.last_line = number or self.lines
        if good or misplaced or not _WHOLE.fullmatch(value):
            return []
        fault = Fault(FaultCode.LX_NUMBER, segment, segment.node, 1, number=self.lines)
        fault.unsure = bool(self.unsure_lines) or self.may_restart
        return [fault]

    def level(
        self, segment: Segment, loop: str, misplaced: bool = False, claims: int = 0
    ) -> list[Fault]:
        """Check an HL; `loop` is the level it opens, empty where it has no place.

        `claims` counts those of the set so far.
        Of one that is `misplaced` the numbers are those of another place, and the levels around it
        may say that they have more or fewer below them than they seem to.
        """
        faults = []
        self.levels += 1
        if misplaced:
            self.unsure += 1
            self.misplaced = True
        value = segment.value(1)
        number = int(value) if _is_count(value) else 0
        good = value == str(number) and _is_next(number, self.levels, self.unsure, self.last_level)
        self.last_level = number or self.levels
        if loop == "":
            self.unsure += 1
            return []
        if not good and not misplaced and _WORD.fullmatch(value):
            fault = Fault(FaultCode.HL_NUMBER, segment, segment.node, 1, number=self.levels)
            fault.unsure = bool(self.unsure)
            faults.append(fault)
        parent = {"2000B": "2000A", "2000C": "2000B"}.get(loop)
        known = self.ids.get(parent or "", frozenset())
        above = segment.value(2)
        astray = misplaced or not (parent and known)
        if not astray and _WORD.fullmatch(above) and above not in known:
            only = next(iter(known)) if len(known) == 1 else ""
            number = int(only) if _is_count(only) else 0
            fault = Fault(FaultCode.HL_PARENT, segment, segment.node, 2, number=number)
            fault.unsure = bool(self.unsure)
            faults.append(fault)
        self.ids[loop] = frozenset({value, str(self.levels)})
        if loop == "2000A":
            self.ids.pop("2000B", None)
        if loop == "2000C":
            self.children = True
            said = self.subscriber is not None and self.subscriber.value(4) == "0"
            if said and not self.misplaced:
                faults.append(self.child_fault())
            if said:
                self.subscriber = None
        else:
            faults += self.end(claims)
            self.subscriber = segment if loop == "2000B" else None
            self.claims_before = claims
        return faults

    def end(self, claims: int, is_last: bool = False) -> list[Fault]:
        """No more levels below the last subscriber: did it say that there would be some?

        Is there a claim, where it did not? `claims` counts those of the set so far, and `is_last`
        says that no more will come.
        """
        faults = []
        if self.subscriber is not None and not self.children and not self.misplaced:
            if self.subscriber.value(4) == "1":
                faults.append(self.child_fault())
            elif claims == self.claims_before and not self.doubtful:
                code = FaultCode.CLAIM_OF_LEVEL
                if is_last and not claims:
                    code = FaultCode.CLAIM_OF_SET
                faults.append(Fault(code, self.subscriber, self.subscriber.node))
        self.subscriber, self.children, self.doubtful = None, False, False
        return faults

    def child_fault(self) -> Fault:
        assert self.subscriber is not None
        fault = Fault(FaultCode.HL_CHILD, self.subscriber, self.subscriber.node, 4)
        fault.unsure = bool(self.unsure)
        return fault


def _is_next(number: int, count: int, unsure: int, last: int) -> bool:
    """Whether a number fits: one of the counts that are possible, or the one after the last."""
    return number > 0 and (count - unsure <= number <= count or number == last + 1)


def plain_number(text: str) -> str:
    """A number (N0) without leading zeros, which say nothing; other text as it is."""
    return text.lstrip("0") or text


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) < 10
