"""What two engines have to agree in, and how a difference is found.

Nothing here needs pytest: `fuzz/` compares with it too.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, replace
from typing import Any

from edi_lint.engine import Block, Engine, Fault, engine_class
from edi_lint.engine.compiled import CompiledEngine
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.x12 import NotX12Error


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

    def agree(self, data: bytes, what: object = "") -> Report:
        """The report of both. Fail where one differs in anything but the engine's name."""
        with running("python"):
            expected = seen(self.python.check(data))
        with running("kernel"):
            report = self.kernel.check(data)
            found = seen(report)
        assert found == expected, what
        return report


def seen(report: Report) -> dict[str, Any]:
    """All that can be seen of a report."""
    document = report.json(Phi.ALL)
    document["summary"].pop("hcpcs_not_judged", None)  # of all files that the linter has read
    engine = document["tool"].pop("engine")
    assert engine == engine_class().name
    return {
        "file": astuple(replace(report.files[0], unjudged=set())),
        "findings": [(f, repr(f)) for f in report.findings],
        "text": json.dumps(document),
    }


def told(fault: Fault) -> tuple[object, ...]:
    """All that can be seen of a fault."""
    segment = fault.segment
    return (
        fault.code.name, segment.start, segment.end, segment.raw, segment.node, segment.ordinal,
        segment.delimiters, segment.locate(), fault.node, fault.element, fault.component,
        fault.repeat, fault.number, fault.claim, fault.line, fault.count,
    )  # fmt: skip


def place(block: Block) -> tuple[object, ...]:
    """Where a block stands; levels by their byte ranges."""
    context = block.context
    levels = (context.billing, context.subscriber, context.patient)
    return (
        context.interchange and (context.interchange.ordinal, context.interchange.control_number),
        context.group and without_header(context.group),
        context.transaction and without_header(context.transaction),
        *((b.kind, b.starts[0], b.ends[-1], len(b)) if b else None for b in levels),
    )


def without_header(envelope: Any) -> tuple[object, ...]:
    names = (n for n in envelope.__slots__ if n != "header")
    return tuple(getattr(envelope, n) for n in names)


def cut(data: bytes, engine: type[Engine], chunk: int | None = None) -> list[object]:
    """All that can be seen of an input's blocks, and how reading it failed."""
    found: list[object] = []
    blocks = []
    try:
        for block in engine(io.BytesIO(data), chunk).blocks():
            blocks.append(block)
            found.append([told(f) for f in block.faults])
            assert block.alarms is None
            if len(block):
                start, end, base = block.starts[0], block.ends[-1], block.window.base
                assert block.window.data[start - base : end - base] == data[start:end]
    except NotX12Error as problem:
        found.append(str(problem))
    for block in blocks:
        found.append((block.kind, block.delimiters, block.first_ordinal, block.claim))
        found.append((block.starts, block.ends, block.nodes, place(block)))
        found.append(block.rest_of and (block.rest_of.starts[0], block.is_part))
    return found


def agree(data: bytes, what: object = "", *chunks: int | None) -> None:
    """Fail where the engines' blocks differ, whatever the kernel's chunks."""
    expected = cut(data, Engine)
    for chunk in chunks or (None,):
        assert cut(data, CompiledEngine, chunk) == expected, (what, chunk)
