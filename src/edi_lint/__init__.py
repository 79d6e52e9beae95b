"""edi-lint: a linter and transformer for X12 837P claim files.

`check` lints, `read` gives the claims as typed objects, `rewrite` makes a file to send again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from edi_lint.claims import Claim
    from edi_lint.linting import Report
    from edi_lint.settings import Settings

__version__ = "0.1.0"
__all__ = ["__version__", "check", "read"]


def check(source: str | Path | bytes | BinaryIO, settings: Settings | None = None) -> Report:
    """Lint one input: a path, its bytes, or a binary stream.

    The report holds the findings in file order. An input that cannot be read, or is no X12, is
    told in `report.files[0].error` and raises nothing.
    """
    from edi_lint.linting import Linter

    return Linter(settings).check(source)


def read(source: str | Path | bytes | BinaryIO) -> Iterator[Claim]:
    """The claims of an input, one after the other; memory holds one claim at a time.

    Raises OSError for a file that cannot be read and `edi_lint.x12.NotX12Error` for an input
    without any interchange.
    """
    from edi_lint.claims import claims

    return claims(source)
