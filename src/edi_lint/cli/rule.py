"""`edi-lint rule`: rules, receivers' answers and rule packs as pages to read."""

from __future__ import annotations

import difflib
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.output import Failure, write
from edi_lint.cli.terminal import page_width

if TYPE_CHECKING:
    from edi_lint.packs import Pack
    from edi_lint.reporters.document import Document
    from edi_lint.rules import Rule
    from edi_lint.rules.answers import Answer


class Format(StrEnum):
    """How a page is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"


def rule(
    code: Annotated[
        str | None,
        typer.Argument(help="A rule by code or name: MOD005, duplicate-modifier.", metavar="CODE"),
    ] = None,
    response: Annotated[
        list[str] | None,
        typer.Option(
            "--response",
            metavar="ANSWER",
            help="Which rules lead to a receiver's answer: A7:453, IK304=3, TA105=024, CARC 16, "
            "MA130. Several: repeat the option, or join them with +.",
        ),
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option("--pack", metavar="NAME", help="What is true of a code: a4306."),
    ] = None,
    format_: Annotated[
        Format,
        typer.Option("--format", help="markdown without CODE is the whole catalogue as a page."),
    ] = Format.TEXT,
) -> None:
    """Print what a rule checks, why, its source and examples.

    Without CODE every rule is listed. With --response or --pack print what is known of a receiver's
    answer or of a HCPCS code.

    Exit status: 0 printed, 2 when nothing of that name is known.

    \b
    Examples:
      edi-lint rule
      edi-lint rule MOD001
      edi-lint rule --response A7:453
      edi-lint rule --pack a4306 --format markdown
    """
    if sum((code is not None, bool(response), pack is not None)) > 1:
        raise Failure("give one of CODE, --response and --pack")
    if response:
        text = _rendered(_answers(response), format_)
    elif pack is not None:
        from edi_lint.reporters.pack_page import pack_page

        text = _rendered(pack_page(_find_pack(pack)), format_)
    else:
        text = _rules(code, format_)
    write(text.encode(), None)


def _rules(code: str | None, format_: Format) -> str:
    from edi_lint.reporters import rule_page
    from edi_lint.rules import CATALOGUE

    if format_ is Format.MARKDOWN:
        if code is None:
            return rule_page.markdown_catalogue(CATALOGUE)
        return rule_page.markdown_page(_find(code, CATALOGUE))
    if code is None:
        return rule_page.catalogue(CATALOGUE, page_width())
    return rule_page.page(_find(code, CATALOGUE), page_width())


def _answers(given: list[str]) -> Document:
    """The page of one or several answers. Raises Failure for a text that is none."""
    from edi_lint.reporters.answer_page import answer_page
    from edi_lint.rules import CATALOGUE
    from edi_lint.rules.answers import AnswerError, read, read_answers

    asked: list[Answer] = []
    try:
        for text in given:
            asked += read_answers(text)
    except AnswerError as problem:
        raise Failure(str(problem)) from None
    return answer_page(read(asked, CATALOGUE))


def _rendered(document: Document, format_: Format) -> str:
    from edi_lint.reporters.document import as_markdown, as_text

    return as_markdown(document) if format_ is Format.MARKDOWN else as_text(document, page_width())


def _find_pack(asked: str) -> Pack:
    """The pack of that name or code. Raises Failure with the nearest name where there is none."""
    from edi_lint.packs import packs

    known = {pack.name: pack for pack in packs()}
    by_code = {code.lower(): pack for pack in packs() for code in pack.codes}
    key = asked.strip().lower()
    if pack := known.get(key) or by_code.get(key):
        return pack
    near = difflib.get_close_matches(key, known, n=1, cutoff=0)
    raise Failure(f"no rule pack is called {asked!r}: the nearest is {near[0]}")


def _find(asked: str, catalogue: tuple[type[Rule], ...]) -> type[Rule]:
    """The rule of that code or name. Raises Failure with the nearest one where there is none."""
    rules = {r.code.lower(): r for r in catalogue} | {r.name: r for r in catalogue}
    key = asked.strip().lower()
    if key in rules:
        return rules[key]
    near = difflib.get_close_matches(key, rules, n=1, cutoff=0.5)
    hint = ""
    if near:
        nearest = rules[near[0]]
        hint = f"the nearest is {nearest.code} ({nearest.name}); "
    raise Failure(f"no rule is called {asked!r}: {hint}edi-lint rule lists all of them")
