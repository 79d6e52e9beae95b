"""`edi-lint rule`."""

from __future__ import annotations


def rule() -> None:
    """Being written."""
