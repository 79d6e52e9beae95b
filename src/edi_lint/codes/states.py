"""States, territories and military mail regions of the United States: two letters of the USPS."""

from __future__ import annotations

from edi_lint.codes.tables import shipped

KIND = "states"
TITLE = "states, territories and military mail regions"


def is_state(code: str) -> bool:
    """Whether it is a state or the like; provinces of other countries are not."""
    return code in shipped(KIND).entries
