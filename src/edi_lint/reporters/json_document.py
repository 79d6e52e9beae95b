"""The findings document as JSON (`schemas/findings.schema.json`)."""

from __future__ import annotations

import json

from edi_lint.linting import Report
from edi_lint.privacy import Phi


def render(report: Report, phi: Phi) -> bytes:
    """The document, indented, with a line feed at its end."""
    return (json.dumps(report.json(phi), indent=1, ensure_ascii=True) + "\n").encode()
