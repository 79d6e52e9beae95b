"""Makes text from outside safe to be shown: it does not steer a terminal or command GitHub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def printable(text: str) -> str:
    """Text from outside, safe for a terminal and for the log of a workflow, its length kept.

    What does not print becomes a middle dot: line breaks, control characters, those that change
    the direction of writing. So does what makes a command for GitHub: :: in front, ##[ anywhere.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else "·" for c in text)
    if "::" in text and text.lstrip().startswith("::"):
        text = text.replace(":", "·", 1)
    return text.replace("##[", "##·")


def printable_lines(text: str) -> str:
    """The text with each of its lines printable."""
    return "\n".join(map(printable, text.split("\n")))


def in_one_line(text: str) -> str:
    """The text with blanks for its line breaks, printable."""
    return printable(" ".join(text.split("\n")).strip(" "))


def each_text(data: Any, change: Callable[[str], str]) -> Any:
    """Data of a user's file with each text in it changed."""
    if isinstance(data, dict):
        return {each_text(key, change): each_text(value, change) for key, value in data.items()}
    if isinstance(data, list):
        return [each_text(value, change) for value in data]
    return change(data) if isinstance(data, str) else data
