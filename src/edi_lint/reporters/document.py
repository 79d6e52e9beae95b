"""A page of words as plain text, as Markdown or as HTML; knows nothing of what it says."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from html import escape
from typing import NamedTuple

NARROWEST = 40
"""No page is wrapped to less: examples and codes would fall apart."""
INDENT = "    "
WIDEST_LABEL = 12
"""A label may take this much, or a third of the width; below a longer one its text begins."""

_FOLLOWED = re.compile(
    r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?(?:[/?#][\w.~:/?#@!$&()*+,;=%-]*)?", re.ASCII
)
_MARKUP = re.compile(r"[\\`*_<>\[\]|]")


class Paragraph(NamedTuple):
    """Running text; white space in it means nothing."""

    text: str


class Bullets(NamedTuple):
    """Items of a list; a line break in one is kept."""

    items: tuple[str, ...]


class Terms(NamedTuple):
    """Labels and what is said of each; a line break in the saying is kept."""

    rows: tuple[tuple[str, str], ...]


class Links(NamedTuple):
    """Addresses with words behind each; only those that `is_followed` allows become links."""

    pages: tuple[tuple[str, str], ...]


class Code(NamedTuple):
    """Lines that are printed as they are, such as segments."""

    lines: tuple[str, ...]


class TextSection(NamedTuple):
    """A heading and what stands under it, indented where the page is plain text."""

    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Bullets | Terms | Links | Code | TextSection


class TextDocument(NamedTuple):
    """A title and the blocks under it."""

    title: str
    blocks: tuple[Block, ...]


def as_text(document: TextDocument, width: int = 80) -> str:
    """Plain text wrapped to `width` characters; code and addresses never are."""
    width = max(width, NARROWEST)
    parts = [_wrapped(document.title, width), *(_text(block, width) for block in document.blocks)]
    return "\n".join(_lines(part) for part in parts if part)


def as_markdown(document: TextDocument, level: int = 1) -> str:
    """Markdown, the title a heading of `level`; a paragraph is one line."""
    return "\n\n".join(_markdown(TextSection(document.title, document.blocks), level)) + "\n"


def as_html(document: TextDocument, level: int = 2) -> str:
    """HTML, the title a heading of `level`; all text is escaped."""
    return "\n".join(_html(TextSection(document.title, document.blocks), level))


def escaped(text: str) -> str:
    """Text that Markdown prints as it is: segments and comparisons are full of its marks.

    Not every dialect takes a backslash before <.
    """
    return _MARKUP.sub(_mark, " ".join(text.split()))


def is_followed(address: str) -> bool:
    """Whether pages may link an address: of the web, and without a character that ends a link.

    Rows and profiles of users name addresses too, and a page must not run what they say.
    """
    return _FOLLOWED.fullmatch(address) is not None


def _mark(found: re.Match[str]) -> str:
    return "&lt;" if found[0] == "<" else rf"\{found[0]}"


# plain text


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _text(block: Block, width: int) -> list[str]:
    match block:
        case Paragraph(text):
            return _wrapped(text, width)
        case Bullets(items):
            return [line for item in items for line in _hanging("- ", item, 2, width)]
        case Terms(rows):
            widest = max((_column(label) for label, _ in rows), default=0)
            column = min(widest, max(width // 3, WIDEST_LABEL))
            return [line for label, text in rows for line in _hanging(label, text, column, width)]
        case Links(pages):
            return [" ".join(f"{address} {_said(words)}".split()) for address, words in pages]
        case Code(lines):
            return list(lines)
        case TextSection(title, blocks):
            return [*_wrapped(title, width), *_below(blocks, width)]


def _below(blocks: tuple[Block, ...], width: int) -> Iterator[str]:
    """The blocks of a section, indented, an empty line between two."""
    for position, block in enumerate(blocks):
        if position:
            yield ""
        for line in _text(block, width - len(INDENT)):
            yield INDENT + line if line else ""


def _column(label: str) -> int:
    """Where the text beside a label may begin."""
    return len(label) + (1 if label.endswith(":") else 2)


def _hanging(label: str, text: str, column: int, width: int) -> Iterator[str]:
    """A label with its text in a column beside it."""
    lead = label.ljust(column)
    if len(lead) > column:
        yield label
        lead = " " * column
    for part in text.split("\n"):
        for line in _wrapped(part, width - column):
            yield lead + line
            lead = " " * column


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(" ".join(text.split()), width, break_long_words=False)


# Markdown


def _markdown(block: Block, level: int) -> Iterator[str]:
    """The parts of a block, to be put apart by empty lines."""
    match block:
        case Paragraph(text):
            yield escaped(text)
        case Bullets(items):
            yield "\n".join(f"- {_item(item)}" for item in items)
        case Terms(rows):
            yield "\n".join(f"- **{escaped(label.rstrip(':'))}**: {_item(t)}" for label, t in rows)
        case Links(pages):
            yield "\n".join(
                f"- {f'<{address}>' if is_followed(address) else escaped(address)} {_said(words)}"
                for address, words in pages
            )
        case Code(lines):
            yield "\n".join(("```", *lines, "```"))
        case TextSection(title, blocks):
            yield f"{'#' * level} {escaped(title)}"
            for inner in blocks:
                yield from _markdown(inner, level + 1)


def _item(text: str) -> str:
    return "  \n  ".join(escaped(part) for part in text.split("\n"))


# HTML


def _html(block: Block, level: int) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield f"<p>{escape(' '.join(text.split()))}</p>"
        case Bullets(items):
            yield f"<ul>{''.join(f'<li>{_broken(item)}</li>' for item in items)}</ul>"
        case Terms(rows):
            terms = (f"<dt>{escape(label)}</dt><dd>{_broken(text)}</dd>" for label, text in rows)
            yield f"<dl>{''.join(terms)}</dl>"
        case Links(pages):
            linked = (f"<li>{_link(a)} {escape(_said(words))}</li>" for a, words in pages)
            yield f"<ul>{''.join(linked)}</ul>"
        case Code(lines):
            yield f"<pre>{escape(chr(10).join(lines))}</pre>"
        case TextSection(title, blocks):
            yield f"<h{level}>{escape(title)}</h{level}>"
            for inner in blocks:
                yield from _html(inner, level + 1)


def _said(words: str) -> str:
    return f"({words})" if words else ""


def _link(address: str) -> str:
    shown = escape(address)
    if not is_followed(address):
        return shown
    return f'<a href="{shown}" rel="noopener noreferrer">{shown}</a>'


def _broken(text: str) -> str:
    return "<br>".join(escape(part) for part in text.split("\n"))
