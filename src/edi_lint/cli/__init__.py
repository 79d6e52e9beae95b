"""The command line: one module for each command, thin over the package."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the exit status is 0, 1 (findings) or 2 (could not be done)."""
    from edi_lint.cli.app import app
    from edi_lint.cli.output import Failure

    try:
        app()
    except Failure as failure:
        print(f"edi-lint: {failure}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        print(_internal(problem), file=sys.stderr)
        return 2
    return 0


def _internal(problem: Exception) -> str:
    """Names our own mistake by its kind and place: an exception's text may hold a file's data."""
    frame = problem.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_name}, line {frame.tb_lineno}" if frame else "unknown"
    return f"edi-lint: internal error: {type(problem).__name__} in {where}; please report it"
