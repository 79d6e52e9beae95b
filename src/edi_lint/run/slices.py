"""Lints an input from one cut to another, so that several processes can share a large one."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from typing import Any, BinaryIO, NamedTuple

from edi_lint.engine import Context
from edi_lint.engine.slices import NotResumedError, Numbers, NumberWatch, Seen, resume, snapshot
from edi_lint.engine.survey import Cut
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.store import Findings
from edi_lint.rules.losses import Flags, Losses
from edi_lint.run.claim_hashes import Keys
from edi_lint.run.drive import Linter


class Slice(NamedTuple):
    """What was found between two cuts of an input, in the order in which it was found.

    `before` and `after` tell the state of the engine at its ends: None where it could not begin
    at the cut, or has gone on to the end of the input. `keys` are what its claims may share with
    those of other slices. `losses` settles which fixes are automatic once it is known what was lost
    before the slice.
    """

    result: FileResult
    findings: Findings | list[Finding]
    before: tuple[Any, ...] | None
    after: tuple[Any, ...] | None
    numbers: Numbers
    keys: array[int]
    losses: Losses

    def settled(self, lost: Flags) -> Iterable[Finding]:
        """What was found, now that it is known what was lost before the slice."""
        return self.losses.settled(self.findings, lost)

    def follows(self, other: Slice, seen: Seen) -> bool:
        """Whether it has begun as the other has ended, with no control number met before."""
        return (
            self.before is not None
            and self.before == other.after
            and not (self.numbers.clash(seen))
        )


def check_slice(
    linter: Linter,
    stream: BinaryIO,
    path: str,
    cut: Cut | None,
    stop: int | None,
    seen: Seen,
    findings: Findings | list[Finding],
    keys: Keys | array[int],
    lost: Flags | None = None,
) -> Slice:
    """Lint from a cut (None: the beginning) to the file offset of another (None: the end).

    What is found is added to `findings`, what claims may share to `keys`. `lost` says what was
    lost before the cut, None where that is not known.
    """
    result = FileResult(path)
    engine = linter.open_engine(stream)
    before = None
    if cut is not None:
        try:
            resume(engine, cut, seen)
            before = snapshot(engine)
        except NotResumedError:
            numbers = NumberWatch(engine).numbers()
            losses = Losses(Context())
            return Slice(result, findings, None, None, numbers, array("Q"), losses)
    watch = NumberWatch(engine)
    losses = Losses(engine.context, lost)
    engine.stop_at = sys.maxsize if stop is None else stop
    del engine.keys[:]
    for _, found in linter.read(engine, result, keys, losses):
        findings.extend(found)
    # a block that is not complete yet may be the first one of its set
    losses.enter(engine.context)
    after = None if stop is None else snapshot(engine)
    own = keys if isinstance(keys, array) else array("Q")
    return Slice(result, findings, before, after, watch.numbers(), own, losses)
