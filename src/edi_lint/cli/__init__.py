"""The command line: one module for each command, thin over the package."""

from __future__ import annotations

import atexit
import gc
import signal
import sys
import threading
from typing import Any


def main() -> int:
    """Run the command line; the exit status is 0, 1 (findings) or 2 (could not be done)."""
    _collect_less()
    _unwind_when_terminated()
    from edi_lint.cli.app import app
    from edi_lint.cli.output import Failure, tell, write_as_private_as

    write_as_private_as([])
    try:
        status = app(standalone_mode=False)
    except Failure as failure:
        tell(*failure.lines)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        if hasattr(problem, "exit_code") and hasattr(problem, "message"):
            return _misused(problem)
        from edi_lint.findings.masking import internal_error
        from edi_lint.x12.errors import EdiLintError

        tell(str(problem) if isinstance(problem, EdiLintError) else internal_error(problem))
        return 2
    sys.exit(status if isinstance(status, int) else 0)


def _misused(problem: Any) -> int:
    """Tell of a command line that cannot be understood, and give the exit status."""
    from edi_lint.cli.misuse import WrongUse, explained
    from edi_lint.cli.output import tell

    if isinstance(problem, WrongUse):
        if problem.is_help:
            print(problem)
            return 0
        tell(str(problem))
    elif type(problem).__name__ in ("NoArgsIsHelpError", "NoArgsIsHelp"):
        problem.show()
    else:
        tell(explained(problem))
    return 2


def _unwind_when_terminated() -> None:
    """Let a SIGTERM end the run as an exception does, so that no half-written file stays."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def _collect_less() -> None:
    """Let a short run end before it looks for garbage, of which starting makes none.

    Collections at the start and at the interpreter's end go through everything that was imported,
    which takes a sixth of the time of a small check. `inputs.opened` undoes it for larger inputs,
    whose windows would otherwise wait in memory to be collected.
    """
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
