"""The command line: one module for each command, thin over the package."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line; the exit status is 0, 1 (findings) or 2 (could not be done)."""
    from edi_lint.cli.app import app
    from edi_lint.cli.output import Failure

    try:
        app(standalone_mode=False)
    except Failure as failure:
        print(f"edi-lint: {failure}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except Exception as problem:
        return _usage_or_internal(problem)
    return 0


def _usage_or_internal(problem: Exception) -> int:
    """Bad usage in click's words; anything else is our fault and named without any data."""
    import click

    if isinstance(problem, click.exceptions.Exit):
        return problem.exit_code
    if isinstance(problem, click.ClickException):
        problem.show()
        return 2
    frame = problem.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{frame.tb_frame.f_code.co_name}, line {frame.tb_lineno}" if frame else "unknown"
    name = type(problem).__name__
    print(f"edi-lint: internal error: {name} in {where}; please report it", file=sys.stderr)
    return 2
