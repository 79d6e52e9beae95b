"""Makes a failing input smaller while it fails in the same way."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable


def failure(check: Callable[[bytes], None], data: bytes) -> str:
    """How an input fails: the kind of exception and where in this project; empty if it does not."""
    try:
        check(data)
    except Exception as problem:
        frames = traceback.extract_tb(sys.exc_info()[2])
        return f"{type(problem).__name__} at {frames[-1].filename}:{frames[-1].lineno}"
    return ""


def smallest(check: Callable[[bytes], None], data: bytes) -> bytes:
    """Leave out segments, then bytes, in ever smaller stretches, for as long as it fails."""
    how = failure(check, data)
    terminator = data[105:106] or b"~"
    for cut in (terminator, b""):
        parts = data.split(cut) if cut else [bytes((byte,)) for byte in data]
        length = max(len(parts) // 2, 1)
        while True:
            at, fewer = 0, False
            while at < len(parts):
                rest = parts[:at] + parts[at + length :]
                if failure(check, cut.join(rest)) == how:
                    parts, fewer = rest, True
                else:
                    at += length
            if length == 1 and not fewer:
                break
            length = max(length // 2, 1)
        data = cut.join(parts)
    return data
