"""The compiled kernel and the reference engine differ in nothing."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, ROOT, valid_fixtures
from damage import LINE_BREAKS, SETS_OF_DELIMITERS, damages, grown, segments_of, with_delimiters
from edi_lint.engine import Block, Engine, EngineError, Fault, engine_class
from edi_lint.linting import Linter, Report
from edi_lint.privacy import Phi
from edi_lint.settings import Settings
from edi_lint.x12 import NotX12Error
from mutants import mutants

compiled = pytest.importorskip(
    "edi_lint.engine.compiled", reason="the compiled kernel is not installed"
)
FULL = os.environ.get("EDI_LINT_ENGINES") == "full"
"""Whether to compare for many minutes; CONTRIBUTING.md has the command."""

SOURCES = [p.read_bytes() for p in valid_fixtures() if p.stem not in ("4010", "odd-delimiters")]
SELECTIONS = (
    Settings(),
    Settings(phi=Phi.ALL),
    Settings(select=("ENV", "STR"), phi=Phi.ALL),
    Settings(ignore=("MOD", "STR011", "COD"), phi=Phi.NONE),
    Settings(level=2, phi=Phi.ALL),
    Settings(select=("BAL", "SIT"), phi=Phi.ALL),
)


@contextmanager
def running(name: str) -> Iterator[None]:
    """Makes one engine the one that runs."""
    before = os.environ.get("EDI_LINT_ENGINE")
    os.environ["EDI_LINT_ENGINE"] = name
    try:
        yield
    finally:
        if before is None:
            del os.environ["EDI_LINT_ENGINE"]
        else:
            os.environ["EDI_LINT_ENGINE"] = before


class Both:
    """A linter on each engine, used for one file after the other."""

    def __init__(self, settings: Settings) -> None:
        with running("python"):
            self.python = Linter(settings)
        with running("kernel"):
            self.kernel = Linter(settings)

    def agree(self, data: bytes, what: object = "") -> None:
        """Fail where a report differs in anything but the engine's name."""
        with running("python"):
            expected = seen(self.python.check(data))
        with running("kernel"):
            found = seen(self.kernel.check(data))
        assert found == expected, what


def seen(report: Report) -> dict[str, Any]:
    """All that can be seen of a report."""
    document = report.json(Phi.ALL)
    engine = document["tool"].pop("engine")
    assert engine == engine_class().name
    return {
        "file": astuple(report.files[0]),
        "findings": [(f, repr(f)) for f in report.findings],
        "text": json.dumps(document),
    }


LINTERS = [Both(settings) for settings in SELECTIONS]


def told(fault: Fault) -> tuple[object, ...]:
    """All that can be seen of a fault."""
    segment = fault.segment
    return (
        fault.code.name, segment.start, segment.end, segment.raw, segment.node, segment.ordinal,
        segment.delimiters, segment.locate(), fault.node, fault.element, fault.component,
        fault.repeat, fault.number, fault.claim, fault.line,
    )  # fmt: skip


def place(block: Block) -> tuple[object, ...]:
    """Where a block stands; levels by their byte ranges."""
    context = block.context
    levels = (context.billing, context.subscriber, context.patient)
    return (
        context.interchange and (context.interchange.ordinal, context.interchange.control_number),
        context.group and astuple_without_header(context.group),
        context.transaction and astuple_without_header(context.transaction),
        *((b.kind, tuple(b.starts), tuple(b.ends), tuple(b.nodes)) if b else None for b in levels),
    )


def astuple_without_header(envelope: Any) -> tuple[object, ...]:
    names = (n for n in envelope.__slots__ if n != "header")
    return tuple(getattr(envelope, n) for n in names)


def cut(data: bytes, engine: type[Engine], chunk: int | None = None) -> list[object]:
    """All that can be seen of an input's blocks, and how reading it failed."""
    found: list[object] = []
    whole = []
    try:
        for block in engine(io.BytesIO(data), chunk).blocks():
            whole.append(block)
            base = block.window.base
            for start, end in zip(block.starts, block.ends, strict=True):
                assert block.window.data[start - base : end - base] == data[start:end]
            found.append([told(f) for f in block.faults])
            assert block.alarms is None
            found.append([(s.ordinal, s.values) for s in block.segments])
    except NotX12Error as problem:
        found.append(str(problem))
    for block in whole:
        found.append(
            (
                block.kind,
                place(block),
                block.delimiters,
                block.first_ordinal,
                block.claim,
                tuple(block.starts),
                tuple(block.ends),
                tuple(block.nodes),
            )
        )
    return found


def agree(data: bytes, what: object = "", chunk: int | None = None) -> None:
    """Fail where the engines' blocks differ."""
    assert cut(data, compiled.CompiledEngine, chunk) == cut(data, Engine), what


def agree_in_all(data: bytes, what: object = "", number: int = 0, all_: bool = False) -> None:
    """Compare blocks, and reports under one selection of rules or all of them."""
    agree(data, what)
    agree(data, what, (1, 7, 64, 1000)[number % 4])
    LINTERS[1].agree(data, what)
    for both in LINTERS if all_ else (LINTERS[number % len(LINTERS)],):
        both.agree(data, what)


# whole files


def project_files() -> list[Path]:
    return [p for folder in (FIXTURES, ROOT / "examples") for p in sorted(folder.glob("**/*.*"))]


@pytest.mark.parametrize("path", project_files(), ids=lambda p: p.name)
def test_files_of_the_project(path: Path) -> None:
    if path.suffix in (".837", ".edi", ".txt"):
        agree_in_all(path.read_bytes(), all_=True)


def test_the_corpus(corpus: list[Path]) -> None:
    for number, path in enumerate(corpus):
        agree_in_all(path.read_bytes(), path.name, number, all_=FULL)
