"""JSON that is safe to print: ASCII, and no command for a workflow in it."""

from __future__ import annotations

import json
from typing import Any


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON. ##[, with which a command for GitHub begins, is escaped."""
    return json.dumps(value, indent=indent).replace("##[", "##\\u005b")
