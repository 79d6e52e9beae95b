"""What receivers' answers mean and which rules lead to them: `rule --response`, `docs/answers/`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edi_lint.reporters.document import (
    Block,
    Paragraph,
    Terms,
    TextDocument,
    TextSection,
    as_markdown,
    escaped,
)
from edi_lint.reporters.source_links import links_of
from edi_lint.rules.answers import Answer, AnswerEntry, AnswerReading, Kind, Lead, book, read
from edi_lint.rules.base import Rule
from edi_lint.rules.sources import pages_of

_KNOWN = "What is known of it"
_REPORTS = {
    "ta1.md": ("TA1: the interchange", (Kind.TA104, Kind.TA105)),
    "999.md": (
        "999: sets, segments and elements",
        (Kind.AK901, Kind.AK905, Kind.IK501, Kind.IK502, Kind.IK304, Kind.IK403),
    ),
    "277ca.md": ("277CA: claims at the front end", (Kind.STC, Kind.STATUS)),
    "835.md": ("835: payment and denial", (Kind.CARC, Kind.RARC)),
}
"""The pages of the docs: file, title, and the kinds of answers on it."""
_PREFACE = (
    "Generated from the data that `edi-lint rule --response` reads. In our own words: the code "
    "lists themselves are X12's."
)
_NO_RULE = "No single rule looks for this; what to do is above."
_UNKNOWN = (
    "Nothing is known of this here, and no rule leads to it: see the receiver's companion guide, "
    "or the code lists at x12.org."
)


def answer_page(reading: AnswerReading) -> TextDocument:
    """The answers, what is known of them, then the rules, the most telling first."""
    title = " + ".join(a.label for a in reading.asked)
    alone = [_title(e, "") for e in reading.entries] == [title]
    blocks: list[Block] = [Terms(tuple(_rows(reading.asked)))]
    blocks += (_entry(e, _KNOWN if alone else _title(e, "")) for e in reading.entries)
    if reading.leads:
        rows = tuple((lead.rule.code, _lead(lead, reading)) for lead in reading.leads)
        blocks.append(TextSection("Rules that lead to it", (Terms(rows),)))
    else:
        blocks.append(Paragraph(_NO_RULE if reading.entries else _UNKNOWN))
    blocks += (_entry(e, _title(e, "If ")) for e in reading.hints)
    if reading.leads:
        blocks.append(Paragraph("edi-lint rule CODE prints a rule's page."))
    return TextDocument(title, tuple(blocks))


def markdown_pages(catalogue: Iterable[type[Rule]]) -> dict[str, str]:
    """Pages for the docs, by their file's name: a heading for each answer that has words."""
    rules = list(catalogue)
    known: dict[Answer, list[AnswerEntry]] = {}
    for entry in book().entries:
        known.setdefault(entry.answer, []).append(entry)
    pages = {}
    for name, (title, kinds) in _REPORTS.items():
        parts = [f"# {title}", _PREFACE]
        if Kind.STC in kinds:
            parts += ["## Categories", _categories()]
        for kind in kinds:
            for answer in sorted((a for a in known if a.kind is kind), key=_by_number):
                parts += [f"## {answer.label}", *_on_page(answer, known[answer], rules)]
        pages[name] = "\n\n".join(parts) + "\n"
    return pages


def _by_number(answer: Answer) -> tuple[str, int, str]:
    """Letters first, then the number: N4 before N14."""
    letters = answer.value.rstrip("0123456789")
    digits = answer.value[len(letters) :]
    return letters, int(digits or 0), answer.value


def _categories() -> str:
    said = book().categories.items()
    return "\n".join(f"- **{code}**: {escaped(f'{c.means}. {c.route}')}" for code, c in said)


def _on_page(answer: Answer, entries: list[AnswerEntry], rules: list[type[Rule]]) -> Iterator[str]:
    """What is known of an answer, then what is known of it beside others, then its rules."""
    for entry in sorted(entries, key=lambda e: bool(e.beside)):
        section = _entry(entry, _title(entry, ""))
        page = as_markdown(TextDocument(section.title, section.blocks), 3).rstrip()
        yield page if entry.beside else page.partition("\n\n")[2]
    links = [
        f"[{r.code} {r.name}](../rules/{r.code}.md)"
        for r in (lead.rule for lead in read([answer], rules).leads)
    ]
    if links:
        yield f"Rules that lead to it: {', '.join(links)}"


def _rows(asked: tuple[Answer, ...]) -> Iterator[tuple[str, str]]:
    """Where each answer stands, and the words of its parts. One alone is in the title already."""
    for answer in asked:
        label = answer.label if len(asked) > 1 else "Appears in:"
        which = ""
        if answer.kind is Kind.NUMBER:
            which = f"\nWrite status {answer.value} or CARC {answer.value} for one of the two."
        yield label, answer.kind.value + which
        if answer.category in book().categories:
            category = book().categories[answer.category]
            yield answer.category, f"{category.means}. {category.route}"
        if answer.entity:
            yield answer.entity, book().entities.get(answer.entity, "an entity of the claim")
        if answer.group in book().groups:
            yield answer.group, book().groups[answer.group]


def _title(entry: AnswerEntry, lead: str) -> str:
    """«CARC 16», «CARC 16 with N264 or N575», «If N264 stands beside CARC 16»."""
    remarks = [a.label for a in entry.beside]
    if not remarks:
        return entry.answer.label
    named = " or ".join([*([", ".join(remarks[:-1])] if remarks[1:] else []), remarks[-1]])
    if lead:
        return f"{lead}{named} stands beside {entry.answer.label}"
    return f"{entry.answer.label} with {named}"


def _entry(entry: AnswerEntry, title: str) -> TextSection:
    source = f"{entry.source} ({entry.confidence})"
    if entry.source == entry.confidence:
        source = entry.source
    rows = (
        ("What it says:", entry.means),
        ("Who acts:", entry.who),
        ("What to do:", entry.do),
        ("File shows it:", entry.shows),
        ("Source:", source),
    )
    return TextSection(title, (Terms(rows), *_links(entry.source)))


def _links(source: str) -> tuple[Block, ...]:
    """Where the source of an answer can be read; nothing for general knowledge, which says so."""
    return (links_of(source),) if pages_of(source) else ()


def _lead(lead: Lead, reading: AnswerReading) -> str:
    """Name and title of the rule, and why it is here; of several answers, for which."""
    by_reason: dict[str, list[str]] = {}
    for answer, why in lead.reasons.items():
        by_reason.setdefault(why, []).append(answer.label)
    if len(reading.asked) == 1:
        reasons = "; ".join(by_reason)
    else:
        reasons = "; ".join(f"{', '.join(a)}: {why}" for why, a in by_reason.items())
    return f"{lead.rule.name}: {lead.rule.fault}\nWhy: {reasons}."
