"""JSON that is safe to print: ASCII, and no command for a workflow in it."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import Any


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON. ##[, with which a command for GitHub begins, is escaped.

    With an `indent` each value of an object or array has a line of its own.
    """
    text = json.dumps(value) if indent is None else _indented(value, "\n", " " * indent)
    return text.replace("##[", "##\\u005b")


def _indented(value: Any, line: str, step: str) -> str:
    """What `json.dumps` makes of a value with an indent, for which CPython has no fast encoder."""
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if not value or not isinstance(value, dict | list | tuple):
        return json.dumps(value)
    inner = line + step
    if isinstance(value, dict):
        pairs = [
            f"{encode_basestring_ascii(key)}: {_indented(item, inner, step)}"
            for key, item in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(pairs)}{line}}}"
    return f"[{inner}{f',{inner}'.join([_indented(item, inner, step) for item in value])}{line}]"
