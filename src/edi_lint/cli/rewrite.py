"""`edi-lint rewrite`."""

from __future__ import annotations


def rewrite() -> None:
    """Being written."""
