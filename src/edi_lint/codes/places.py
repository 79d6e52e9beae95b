"""Place of service codes: CMS's two digits, as the grammar of the 837P lists them."""

from __future__ import annotations

from edi_lint.codes.tables import shipped

KIND = "places"
TITLE = "place of service codes"


def is_place(code: str) -> bool:
    """Whether a code is one of the list, on any day."""
    return code in shipped(KIND).entries
