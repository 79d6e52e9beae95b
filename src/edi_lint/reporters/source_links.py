"""Where a source can be read, as a block of a page."""

from __future__ import annotations

from collections.abc import Iterable

from edi_lint.reporters.document import Block, Links, Paragraph
from edi_lint.rules.sources import NO_ADDRESS, pages_of


def links_of(source: str, addresses: Iterable[str] = ()) -> Block:
    """The pages that a source names and when they were read, or that there are none."""
    pages = pages_of(source, addresses)
    if not pages:
        return Paragraph(NO_ADDRESS)
    return Links(tuple((page.address, page.words) for page in pages))
