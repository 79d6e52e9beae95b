"""What receivers' answers mean and which rules lead to them, for `edi-lint rule --response`."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.reporters.document import Block, Paragraph, Terms, TextDocument, TextSection
from edi_lint.rules.answers import Answer, AnswerEntry, AnswerReading, Kind, Lead, book

_KNOWN = "What is known of it"
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
    return TextSection(title, (Terms(rows),))


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
