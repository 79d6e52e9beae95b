"""HCPCS codes that are not otherwise classified, of CMS's list of 2019."""

from __future__ import annotations

from edi_lint.codes.tables import shipped

KIND = "noc"
TITLE = "HCPCS codes not otherwise classified"


def is_not_classified(code: str) -> bool:
    """Whether the code is used for what has no code of its own, so that words must describe it."""
    return code in shipped(KIND).entries
