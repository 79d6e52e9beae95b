"""The command line: one module for each command, thin over the package."""

from __future__ import annotations

import atexit
import gc
import sys

# At its end the interpreter looks for garbage in everything that was imported, which takes as long
# as reading a small file, and gives nothing back that the end of the process does not.
atexit.register(gc.freeze)


def main() -> int:
    """Run the command line; the exit status is 0, 1 (findings) or 2 (could not be done)."""
    from edi_lint.cli.app import app
    from edi_lint.cli.output import Failure, internal

    try:
        app()
    except Failure as failure:
        print(f"edi-lint: {failure}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        print(f"edi-lint: {internal(problem)}", file=sys.stderr)
        return 2
    return 0
