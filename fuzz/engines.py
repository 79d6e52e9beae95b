"""The fuzz target: what must hold for any bytes, whatever they are. Knows nothing of atheris.

The reader gives every byte back; both engines find the same blocks and findings; a file linted in
slices has the findings of the whole; both surveys find the same places to cut it at; an engine that
was stopped goes on as if it had not been.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, BinaryIO
from zlib import crc32

from agreement import Both, agree, cut, running, seen
from edi_lint.engine import Block, Engine
from edi_lint.engine.compiled import CompiledEngine
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.run import parallel, unchecked
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.x12 import Delimiters, NotX12Error
from edi_lint.x12.reader import pieces

CHUNKS = (None, 1, 7, 64, 500, 4000)
"""How much the engines read at once; None is as much as they like."""
STEPS = (1, 100, 700, 3000)
"""How far cuts are from each other at least."""
WINDOWS = (1, 50, 1000, 1024 * 1024)
"""How much a survey reads at once."""
STOPS = (1, 13, 90, 1000)
"""How far an engine reads until it is stopped and goes on."""
SELECTIONS = (
    Settings(phi=Phi.ALL),
    Settings(),
    Settings(select=("ENV", "STR"), phi=Phi.ALL),
    Settings(select=("BAL", "SIT"), phi=Phi.ALL),
)

_LINTERS = [Both(settings) for settings in SELECTIONS]


def check(data: bytes, turn: int | None = None) -> None:
    """Raise AssertionError where something does not hold, or whatever else goes wrong.

    `turn` chooses sizes, settings, and what is compared; by default the bytes do.
    """
    turn = crc32(data) if turn is None else turn
    chunk, both = CHUNKS[turn // 2 % len(CHUNKS)], _LINTERS[turn // 7 % len(_LINTERS)]
    step, window = STEPS[turn // 31 % len(STEPS)], WINDOWS[turn // 127 % len(WINDOWS)]
    every_byte(data)
    if turn % 2:
        both.agree(data)
    else:
        agree(data, "", chunk)
    if turn % 5 == 0:
        same_with_stops(data, chunk, STOPS[turn // 5 % len(STOPS)])
    if turn % 3 == 0:
        same_cuts(data, step, window)
        with running("kernel"):
            same_in_slices(data, both.kernel, step)
    if turn % 16 == 1:
        with running("python"):
            same_in_slices(data, both.python, step)


def check_all(data: bytes) -> None:
    """Compare everything, under each size and each settings at least once.

    Which sizes and settings meet is for the bytes to choose; a long run of `fuzz` makes all meet.
    """
    every_byte(data)
    agree(data, "", *CHUNKS)
    for both in _LINTERS:
        both.agree(data)
    turn = crc32(data)
    for number, (linters, stop) in enumerate(zip(_LINTERS, STOPS, strict=True), turn):
        step = STEPS[(turn // 31 - number) % len(STEPS)]
        same_with_stops(data, CHUNKS[number % len(CHUNKS)], stop)
        same_cuts(data, step, WINDOWS[number % len(WINDOWS)])
        for name in ("python", "kernel"):
            with running(name):
                same_in_slices(data, getattr(linters, name), step)


def every_byte(data: bytes) -> None:
    """The reader's pieces, joined, are the input."""
    joined = bytearray()
    try:
        for piece in pieces(data):
            assert piece.begin <= piece.start <= piece.end <= piece.stop
            joined += piece.data
    except NotX12Error:
        assert b"ISA" not in data or not joined or joined == data
        return
    assert joined == data


# stops, cuts and slices


def same_with_stops(data: bytes, chunk: int | None, step: int) -> None:
    """An engine that is stopped again and again finds what one does that reads on."""
    expected = cut(data, Engine, chunk)
    for engine in (Engine, CompiledEngine):
        assert cut(data, _stopping(engine, step), chunk) == expected


def _stopping(engine: type[Engine], step: int) -> type[Engine]:
    class Stopping(engine):  # type: ignore[misc, valid-type]
        ended = False

        def blocks(self) -> Iterator[Block]:
            while not self.ended:
                self.stop_at = self.reader.position + step
                yield from super().blocks()

        def _end_of_input(self) -> Iterator[Block]:
            self.ended = True
            return super()._end_of_input()

    return Stopping


@contextmanager
def sizes(**names: int) -> Iterator[None]:
    """Gives other values to what `parallel` reads or cuts at once."""
    before = {name: getattr(parallel, name) for name in names}
    vars(parallel).update(names)
    try:
        yield
    finally:
        vars(parallel).update(before)


def same_cuts(data: bytes, step: int, window: int) -> None:
    """The compiled survey finds the cuts of the one in Python."""
    delimiters = parallel._delimiters(data[: parallel._HEAD])
    if delimiters is None:
        return
    found = []
    for name in ("python", "kernel"):
        with running(name), sizes(_WINDOW=window):
            found.append(list(parallel._cuts(io.BytesIO(data), delimiters, step)))
    assert found[0] == found[1]


class _Now:
    """Does at once and in this process what a pool of processes would do."""

    def submit(self, function: Callable[..., Any], *arguments: object) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(function(*arguments))
        return done


def same_in_slices(data: bytes, linter: Linter, step: int) -> None:
    """A report made of slices is that of the whole."""
    delimiters = parallel._delimiters(data[: parallel._HEAD])
    if delimiters is not None:
        with sizes(_SMALLEST=step, _LARGEST=step):
            assert seen(_in_slices(data, linter, delimiters)) == seen(linter.check(data))


def _in_slices(data: bytes, linter: Linter, delimiters: Delimiters) -> Report:
    @contextmanager
    def opened(path: str) -> Iterator[BinaryIO]:
        del path
        yield io.BytesIO(data)

    pool: Any = _Now()
    parallel._LINTER, parallel._OPENER = linter, opened
    crew = parallel._Crew(pool, 1, linter, opened, "", lambda _: None)
    report = crew._joined("-", len(data), io.BytesIO(data), delimiters)
    report.findings.extend(unchecked.findings(report.file))
    return report
