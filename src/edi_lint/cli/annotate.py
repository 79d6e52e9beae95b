"""`edi-lint annotate`."""

from __future__ import annotations


def annotate() -> None:
    """Being written."""
