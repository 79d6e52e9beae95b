"""The command line: one module for each command, thin over the package."""

from __future__ import annotations

import atexit
import gc
import sys


def main() -> int:
    """Run the command line; the exit status is 0, 1 (findings) or 2 (could not be done)."""
    _collect_less()
    from edi_lint.cli.app import app
    from edi_lint.cli.output import Failure

    try:
        app()
    except Failure as failure:
        print(f"edi-lint: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        print(f"edi-lint: {_told(problem)}", file=sys.stderr)
        return 2
    return 0


def _told(problem: Exception) -> str:
    """What to say of an exception that no command expects."""
    from edi_lint.cli.output import internal

    # Not imported by name: a run that has not loaded the engine did not fail for the want of one.
    choice = sys.modules.get("edi_lint.engine.choice")
    if choice is not None and isinstance(problem, choice.EngineError):
        return str(problem)
    return internal(problem)


def _collect_less() -> None:
    """Let a short run end before it looks for garbage, of which starting makes none.

    Collections at the start and at the interpreter's end go through everything that was imported,
    which takes a sixth of the time of a small check. A long run collects as before, only later.
    """
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
