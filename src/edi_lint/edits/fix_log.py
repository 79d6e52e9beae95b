"""The change log of a fixing: for each fix that was applied its rule, and its place before and
after.

A fix may have been applied to what earlier fixes had made; both places are worked out from the
edits of every pass.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any

from edi_lint.files.spool import Spool
from edi_lint.findings import Edit, Finding
from edi_lint.findings.masking import Phi
from edi_lint.x12.encoding import Encoding


class FixLog:
    """Listens while fixes are applied, pass by pass."""

    def __init__(self) -> None:
        self._passes: list[_Shifts | _Transcoding] = []
        self._applied: Spool[tuple[int, Finding]] = Spool()

    def add(self, finding: Finding) -> None:
        """The fix of this finding is applied in the pass that goes on."""
        self._applied.append((len(self._passes), finding))

    def listen(self, edits: Iterable[Edit]) -> Iterator[Edit]:
        """The edits of a pass, which ends with them."""
        shifts = _Shifts()
        for edit in edits:
            shifts.add(edit)
            yield edit
        self._passes.append(shifts)

    def transcode(self, finding: Finding, encoding: Encoding) -> None:
        """A pass in which the whole file is written in single bytes."""
        self.add(finding)
        self._passes.append(_Transcoding(encoding))

    def entries(self, phi: Phi) -> Iterator[dict[str, Any]]:
        """An entry for each fix (`schemas/change-log.schema.json`), in the order of applying."""
        for number, finding in self._applied:
            assert finding.fix is not None
            place = finding.location
            start = min(edit.byte_start for edit in finding.fix.edits)
            end = max(edit.byte_end for edit in finding.fix.edits)
            entry: dict[str, Any] = {"claim": place.claim} if place.claim and phi != "none" else {}
            entry |= {"transaction": place.transaction} if place.transaction else {}
            entry |= {"claim_number": place.claim_number} if place.claim_number else {}
            yield entry | {
                "rule": finding.code,
                "fix": finding.fix.message,
                "segment": place.segment,
                "segment_ordinal": place.segment_ordinal,
                "before": self._range(start, end, range(number - 1, -1, -1), back=True),
                "after": self._range(start, end, range(number, len(self._passes)), back=False),
            }

    def _range(self, start: int, end: int, passes: Iterable[int], back: bool) -> dict[str, int]:
        for number in passes:
            shifts = self._passes[number]
            if back:
                start, end = shifts.back(start, after=False), shifts.back(end, after=True)
            else:
                start, end = shifts.on(start, after=False), shifts.on(end, after=True)
        return {"byte_start": start, "byte_end": end}


class _Transcoding:
    """Single bytes in place of several for each character."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding

    def on(self, at: int, after: bool) -> int:
        """Where an offset is after the pass."""
        del after
        return self._encoding.single(at)

    def back(self, at: int, after: bool) -> int:
        """Where an offset was before the pass."""
        del after
        return self._encoding.original(at)


class _Shifts:
    """By how much the edits of a pass move what is behind them."""

    def __init__(self) -> None:
        self._starts, self._ends = array("q"), array("q")
        self._new_starts, self._new_ends = array("q"), array("q")

    def add(self, edit: Edit) -> None:
        moved = self._new_ends[-1] - self._ends[-1] if self._ends else 0
        self._starts.append(edit.byte_start)
        self._ends.append(edit.byte_end)
        self._new_starts.append(edit.byte_start + moved)
        self._new_ends.append(edit.byte_start + moved + len(edit.text))

    def on(self, at: int, after: bool) -> int:
        """Where an offset is after the pass; inside an edit, where that starts or ends."""
        return _moved(at, after, self._starts, self._ends, self._new_starts, self._new_ends)

    def back(self, at: int, after: bool) -> int:
        """Where an offset was before the pass."""
        return _moved(at, after, self._new_starts, self._new_ends, self._starts, self._ends)


def _moved(
    at: int,
    after: bool,
    starts: array[int],
    ends: array[int],
    new_starts: array[int],
    new_ends: array[int],
) -> int:
    index = bisect_right(starts, at) - 1
    if not after:
        while index > 0 and starts[index - 1] == at:
            index -= 1
    if index < 0:
        return at
    if at < ends[index] or (at == ends[index] and at == starts[index]):
        return new_ends[index] if after else new_starts[index]
    if at == ends[index] and not after:
        return new_ends[index]
    return new_ends[index] + at - ends[index]
