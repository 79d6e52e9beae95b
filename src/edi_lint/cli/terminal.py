"""What a terminal is given: colours, links, and lines of its width."""

from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum
from typing import TextIO

WIDTH_IN_A_PIPE = 80


class When(StrEnum):
    """When something is coloured."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class _Chosen:
    colour = When.AUTO


def choose_colour(when: When) -> None:
    """What `--color` says, for this run."""
    _Chosen.colour = when


def wants_colour(stream: TextIO | None) -> bool:
    """Whether to colour what is written to a stream.

    `--color` decides; else NO_COLOR, then FORCE_COLOR or CLICOLOR_FORCE, where they are set; else
    whether the stream is a terminal that can show colours.
    """
    if _Chosen.colour is not When.AUTO:
        return _Chosen.colour is When.ALWAYS
    if os.environ.get("NO_COLOR"):
        return False
    if any(
        os.environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")
    ):
        return True
    return _is_terminal(stream)


def wants_links(stream: TextIO | None) -> bool:
    """Whether file names and rule codes that are written to a stream are hyperlinks (OSC 8)."""
    return _is_terminal(stream) and wants_colour(stream)


def width(stream: TextIO | None) -> int:
    """Columns of the terminal that a stream goes to; 0 where it goes to none."""
    if stream is None or not stream.isatty():
        return 0
    return shutil.get_terminal_size((WIDTH_IN_A_PIPE, 24)).columns


def page_width(stream: TextIO | None = None) -> int:
    """Columns for text that is wrapped wherever it goes; a pipe gets the usual ones."""
    return width(stream or sys.stdout) or WIDTH_IN_A_PIPE


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"
