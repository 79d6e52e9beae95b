"""HCPCS codes that are not otherwise classified, of CMS's list of 2019."""

from __future__ import annotations

from edi_lint.codes.tables import shipped

KIND = "noc"
TITLE = "HCPCS codes not otherwise classified"


def is_not_classified(code: str) -> bool:
    """Whether the code says only that there is no code, so that words must say what it was."""
    return code in shipped(KIND).entries
