"""Chooses the engine: the compiled one where it is installed, unless EDI_LINT_ENGINE names one."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

from edi_lint.engine.reference import Engine
from edi_lint.engine.triggers import TriggerSet
from edi_lint.x12.errors import EdiLintError

if TYPE_CHECKING:
    from edi_lint.engine.compiled import Pool

VARIABLE = "EDI_LINT_ENGINE"
"""The environment variable that forces an engine: `python` or `kernel`."""


class EngineError(EdiLintError, RuntimeError):
    """The engine that was asked for does not exist or is not installed."""


@cache
def _chosen(name: str) -> type[Engine]:
    if name not in ("", "python", "kernel"):
        raise EngineError(f"{VARIABLE} is {name}; it can be python or kernel")
    if name == "python":
        return Engine
    try:
        from edi_lint.engine.compiled import CompiledEngine
    except ImportError as problem:
        if name:
            raise EngineError(
                f"{VARIABLE} is kernel, and the compiled kernel is not installed or was built for "
                "another Python or platform; install edi-lint from a wheel for this one or where "
                f"there is a C compiler, or unset {VARIABLE}"
            ) from problem
        return Engine
    return CompiledEngine


def engine_class() -> type[Engine]:
    """The engine that runs. Raises EngineError where the one asked for is not to be had."""
    return _chosen(os.environ.get(VARIABLE, ""))


def make_pool(watches: Mapping[str, TriggerSet], wanted_keys: Collection[int] = ()) -> Pool | None:
    """What `open_engine` takes to watch claims by the guide they follow; None: it cannot.

    With `wanted_keys` claims are told that have one of these keys, instead of bringing them out.
    """
    if engine_class() is Engine:
        return None
    from edi_lint.engine.compiled import Pool

    pool = Pool(dict(watches), wanted_keys)
    return pool if pool.has_room() else None


def open_engine(stream: BinaryIO, pool: Pool | None = None, *, lenient: bool = False) -> Engine:
    """An engine on a stream. With a `pool` only blocks that are worth a look come out.

    `lenient`: read interchanges whose ISA is damaged or missing, too. Who writes a file from one
    does without, since nothing valid comes of them.
    """
    chosen = engine_class()
    if chosen is Engine:
        return Engine(stream, lenient=lenient)
    from edi_lint.engine.compiled import CompiledEngine

    return CompiledEngine(stream, pool=pool, lenient=lenient)
