"""The findings of an input, many of them in a temporary file."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from edi_lint.files.spool import Spool
from edi_lint.findings.finding import Finding, Severity

_SHOWN = 500

Kind = tuple[str, str, Severity]
"""Code and name of a rule, and a severity of its findings."""


class Findings(Sequence[Finding]):
    """The findings of one input by place and code, those of the same place as they were added.

    Many of them wait in a temporary file.
    """

    def __init__(self, found: Iterable[Finding] = ()) -> None:
        self.counts: Counter[Kind] = Counter()
        self._starts = array("q")
        self._codes = array("H")
        self._known: dict[str, int] = {}
        self._spool: Spool[Finding] = Spool()
        self._order: Sequence[int] | None = None
        self._in_order = True
        self._last_code = ""
        self.extend(found)

    def extend(self, found: Iterable[Finding]) -> None:
        for finding in found:
            self.append(finding)

    def append(self, finding: Finding) -> None:
        start, code = finding.location.byte_start, finding.code
        if self._starts and (start, code) < (self._starts[-1], self._last_code):
            self._in_order = False
        self._last_code = code
        self._starts.append(start)
        self._codes.append(self._known.setdefault(code, len(self._known)))
        self.counts[code, finding.name, finding.severity] += 1
        self._spool.append(finding)

    def added(self, index: int) -> Finding:
        """The finding that was added after so many others."""
        return self._spool[index]

    def _ordered(self) -> Sequence[int]:
        """Numbers of the findings, as they were added, in their order."""
        if self._in_order:
            return range(len(self))
        if self._order is None or len(self._order) != len(self):
            codes = sorted(self._known)
            places = zip(self._starts, self._codes, strict=True)
            ranks = [codes.index(code) for code in self._known]
            keys = ((s, ranks[c], n) for n, (s, c) in enumerate(places))
            self._order = array("q", (n for _, _, n in sorted(keys)))
        return self._order

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Finding]:
        return (self.added(n) for n in self._ordered())

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> list[Finding]: ...
    def __getitem__(self, index: int | slice) -> Finding | list[Finding]:
        if isinstance(index, slice):
            return [self.added(n) for n in self._ordered()[index]]
        return self.added(self._ordered()[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Findings({list(self)!r})" if len(self) <= _SHOWN else f"<{len(self)} findings>"
