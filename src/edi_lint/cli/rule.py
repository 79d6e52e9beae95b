"""`edi-lint rule`: rules, receivers' answers and rule packs as pages to read."""

from __future__ import annotations

import inspect
import re
import shlex
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edi_lint.cli.output import Failure, write
from edi_lint.cli.terminal import page_width
from edi_lint.findings.masking import printable
from edi_lint.settings import nearest

if TYPE_CHECKING:
    from edi_lint.packs import Pack
    from edi_lint.reporters.document import TextDocument
    from edi_lint.rules import Rule
    from edi_lint.rules.answers import Answer


class PageFormat(StrEnum):
    """How a page is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"


def rule(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="A rule by code or name (MOD005, duplicate-modifier), the letters of a family "
            "(MOD), or words to search for in all rules (kx, attachment control).",
            metavar="CODE|WORDS",
        ),
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
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="Show the rules of this file of situations too; may be given several times.",
        ),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(
            "--test",
            metavar="FILE",
            help="Try the examples of a file of situations: each has to pass, or fail, as it says.",
        ),
    ] = None,
    format_: Annotated[
        PageFormat,
        typer.Option("--format", help="markdown without CODE is the whole catalogue as a page."),
    ] = PageFormat.TEXT,
) -> None:
    """Print what a rule checks, why, its source and examples.

    Without CODE every rule is listed, and with words every rule in which all of them occur. With
    --response or --pack print what is known of a receiver's answer or of a HCPCS code.

    Exit status: 0 printed, or every example is as it says; 1 an example is not; 2 when nothing of
    that name is known, or a file cannot be used.

    \b
    Examples:
      edi-lint rule
      edi-lint rule MOD001
      edi-lint explain attachment control
      edi-lint rule --response A7:453
      edi-lint rule --pack a4306 --format markdown
      edi-lint rule --test house-rules.yaml
    """
    if sum((bool(words), bool(response), pack is not None, test is not None)) > 1:
        raise Failure("give one of CODE, --response, --pack and --test")
    if test is not None:
        _try_examples(test)
        return
    if response:
        text = _rendered(_answers(response), format_)
    elif pack is not None:
        from edi_lint.reporters.pack_page import pack_page

        text = _rendered(pack_page(_find_pack(pack)), format_)
    else:
        text = _rules(words or [], format_, rules or [])
    write(text.encode(), None)


def _try_examples(path: Path) -> None:
    """Print which examples are not as they say. Raises typer.Exit with 1 where there are some."""
    from edi_lint.run.examples import try_examples

    tried = list(try_examples(path))
    wrong = [one for one in tried if one.problem]
    lines = [f"{one.code}: {one.kind} {one.number} {one.problem}" for one in wrong]
    rules = len({one.code for one in tried})
    counted = f"{rules} rule{'s' * (rules != 1)}, {len(tried)} examples"
    lines.append(f"{counted}, {len(wrong)} not as expected" if wrong else f"{counted}: as expected")
    write("".join(f"{printable(line)}\n" for line in lines).encode(), None)
    if wrong:
        raise typer.Exit(1)


def _rules(words: list[str], format_: PageFormat, files: list[Path]) -> str:
    from edi_lint.reporters import rule_page
    from edi_lint.rules.catalogue import catalogue

    known = catalogue(files)
    found = _found(words, known) if words else known
    if not isinstance(found, tuple):
        if format_ is PageFormat.MARKDOWN:
            return rule_page.markdown_page(found)
        return rule_page.page(found, page_width())
    if format_ is PageFormat.MARKDOWN:
        return rule_page.markdown_catalogue(found)
    return rule_page.catalogue(found, page_width())


def _answers(given: list[str]) -> TextDocument:
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


def _rendered(document: TextDocument, format_: PageFormat) -> str:
    from edi_lint.reporters.document import as_markdown, as_text

    return (
        as_markdown(document) if format_ is PageFormat.MARKDOWN else as_text(document, page_width())
    )


def _find_pack(asked: str) -> Pack:
    """The pack of that name or code. Raises Failure with the nearest name where there is none."""
    from edi_lint.packs import packs

    known = {pack.name: pack for pack in packs()}
    by_code = {code.lower(): pack for pack in packs() for code in pack.codes}
    key = asked.strip().lower()
    if pack := known.get(key) or by_code.get(key):
        return pack
    raise Failure(f"no rule pack is called {asked!r}: there are {', '.join(known)}")


def _found(
    words: list[str], catalogue: tuple[type[Rule], ...]
) -> type[Rule] | tuple[type[Rule], ...]:
    """The rule of that code or name, or the rules of that family or with those words.

    Raises Failure where there is none: with the command that reads a receiver's answer, or the
    nearest rule.
    """
    asked = " ".join(words).strip()
    key = asked.casefold()
    rules = {r.code.casefold(): r for r in catalogue} | {r.name: r for r in catalogue}
    if key in rules:
        return rules[key]
    family = tuple(r for r in catalogue if key and r.code.casefold().startswith(key))
    parts = key.split()
    found = family or tuple(r for r in catalogue if parts and _has_all(r, parts))
    if found:
        return found
    if _is_answer(asked):
        line = shlex.join(("edi-lint", "rule", "--response", asked))
        raise Failure(f"{asked} is what a receiver answers; to look it up: {line}")
    near = nearest(key, rules, 0.5)
    hint = f"the nearest is {rules[near].code} ({rules[near].name}); " if near else ""
    raise Failure(f"no rule is called {asked!r}: {hint}edi-lint rule lists all of them")


def _has_all(rule: type[Rule], parts: list[str]) -> bool:
    """Whether all of these begin words of what is said of a rule; a plural finds its singular."""
    text = f"{rule.code} {rule.name} {rule.fault} {inspect.getdoc(rule)} {rule.help}".casefold()
    stems = (part.removesuffix("s") if len(part) > 4 else part for part in parts)
    return all(re.search(rf"(?<!\w){re.escape(stem)}", text) for stem in stems)


def _is_answer(text: str) -> bool:
    from edi_lint.rules.answers import AnswerError, read_answers

    try:
        return bool(read_answers(text))
    except AnswerError:
        return False
