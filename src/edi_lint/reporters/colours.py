"""Colours and links for a terminal: their escape sequences."""

from __future__ import annotations

from edi_lint.findings import Severity

RED, GREEN, YELLOW, BLUE, CYAN = "31", "32", "33", "34", "36"
BOLD, DIM = "1", "2"

OF_SEVERITY = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.INFO: CYAN}


class Paint:
    """Puts text into colours, or leaves it as it is where none are wanted."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.on and codes else text

    def severity(self, severity: Severity, code: str) -> str:
        """`error[MOD001]`, in the colour of the severity."""
        return self(f"{severity.value}[{code}]", BOLD, OF_SEVERITY[severity])
