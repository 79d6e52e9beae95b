"""Colours and links for a terminal: their escape sequences."""

from __future__ import annotations

from edi_lint.findings import Severity

RED, GREEN, YELLOW, CYAN = "31", "32", "33", "36"
GUTTER = "94"
"""Bright blue: the dark one can hardly be read on black."""
BOLD, DIM = "1", "2"

OF_SEVERITY = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.INFO: CYAN}


class Paint:
    """Puts text into colours, or leaves it as it is where none are wanted."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.on and codes else text

    def link(self, text: str, url: str) -> str:
        """The text as a hyperlink (OSC 8) for terminals that know them; others show the text."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"

    def severity(self, severity: Severity, code: str) -> str:
        """`error[MOD001]`, in the colour of the severity."""
        return self(f"{severity.value}[{code}]", BOLD, OF_SEVERITY[severity])
