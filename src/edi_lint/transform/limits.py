"""What a user's own template may use."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a user's own template may use.

    `seconds` for one claim, or without a sign that it goes on. For a whole file `whole` seconds,
    and of these `each` more for a claim (rewrite) or for a megabyte of the file (annotate). Bytes
    of `memory`, beyond what the program itself needs. `output` are the bytes that it may print of
    one claim (rewrite), or of a file, and there `growth` times the file's own more (annotate).
    """

    seconds: float = 10.0
    whole: float = 60.0
    each: float = 0.05
    memory: int = 512 * MB
    output: int = 16 * MB
    growth: int = 0


FOR_ANNOTATE = Limits(each=30.0, output=64 * MB, growth=100)
"""What an annotate template may use."""
