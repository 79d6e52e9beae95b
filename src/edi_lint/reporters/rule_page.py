"""A rule's page and the catalogue of rules, for `edi-lint rule` and for `docs/rules/`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from edi_lint.reporters.document import (
    NARROWEST,
    Block,
    Code,
    Paragraph,
    Terms,
    TextDocument,
    TextSection,
    as_markdown,
    as_text,
    escaped,
)
from edi_lint.reporters.source_links import links_of
from edi_lint.rules.answers import sent_by
from edi_lint.rules.base import Rule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.situations import OTHERS, SILENT, Situation

COLUMN = " " * 8

_FAMILIES = {
    "ENV": "Envelopes and syntax",
    "STR": "Structure: what the guide requires, lists and counts",
    "BAL": "Balancing",
    "SIT": "Situations between segments",
    "COD": "Codes and identifiers",
    "MOD": "Modifiers",
    "DOC": "Documentation",
    "SVC": "Services",
    "PAY": "Payers",
    "RES": "Resubmission",
}
_LEVELS = {
    1: "syntax",
    2: "implementation guide",
    3: "balancing",
    4: "situations between segments",
    5: "external code sets",
    6: "line of service",
    7: "payer",
}
_SPEAKS = {
    Speaks.TO_ALL: "",
    Speaks.SOFTER_ELSEWHERE: ", warning for payers other than Medicare",
    Speaks.MEDICARE_ONLY: ", for Medicare only",
    Speaks.BY_PROFILE: ", only where a payer profile says so",
}
_OUTSIDE_CLAIMS = frozenset({"ISA", "GS", "ST", "HL", "SE", "GE", "IEA"})
_PREFACE = (
    "Generated from the rules themselves. `edi-lint rule CODE` prints one rule, `edi-lint rule "
    "--response ANSWER` the rules that lead to a receiver's answer."
)


def page(rule: type[Rule], width: int = 80) -> str:
    """Everything that is known of a rule, wrapped to `width` characters; examples never are."""
    return as_text(document(rule), width)


def markdown_page(rule: type[Rule], level: int = 1) -> str:
    """The same in Markdown, the rule's code and name a heading of `level`."""
    return as_markdown(document(rule), level)


def catalogue(rules: Iterable[type[Rule]], width: int = 80) -> str:
    """For each rule code, severity, name, whether it has an automatic fix, and what it finds."""
    return "\n".join(_entry(rule, max(width, NARROWEST)) for rule in rules)


def markdown_catalogue(rules: Iterable[type[Rule]]) -> str:
    """One page: a table for each family, then every rule's own page."""
    families = list(_families(rules))
    parts = ["# Rules\n"]
    for code, members in families:
        parts += [f"**{_title(code)}**\n", _table(members, "#{code}-{name}")]
    for code, members in families:
        parts.append(f"## {_title(code)}\n")
        parts += (markdown_page(rule, level=3) for rule in members)
    return "\n".join(parts)


def markdown_pages(rules: Iterable[type[Rule]]) -> dict[str, str]:
    """Pages for the docs, by their file's name: an index, one for each family and each rule."""
    index = ["# Rules\n", f"{_PREFACE}\n"]
    pages = {}
    for code, members in _families(rules):
        page = f"{code.lower()}.md"
        index += [f"## {_title(code)}\n", _table(members)]
        pages[page] = f"# {_title(code)}\n\n{_table(members)}"
        pages |= {f"{rule.code}.md": markdown_page(rule) for rule in members}
    return {"index.md": "\n".join(index), **pages}


def _families(rules: Iterable[type[Rule]]) -> Iterator[tuple[str, list[type[Rule]]]]:
    return ((code, list(members)) for code, members in groupby(rules, _family))


def _title(family: str) -> str:
    return f"{_FAMILIES.get(family, family)} ({family})"


def _family(rule: type[Rule]) -> str:
    return rule.code[:3]


def _table(rules: Iterable[type[Rule]], target: str = "") -> str:
    """The rules of a family, each with a link to its page, or to its heading on the same page."""
    rows = ["| Rule | Severity | SNIP | Fix | Finds |", "|---|---|---|---|---|"]
    for rule in rules:
        heading = target.format(code=rule.code.lower(), name=rule.name)
        link = f"[{rule.code}]({heading or f'{rule.code}.md'})"
        fix = "automatic" if rule.fix_safety else ""
        severity = _severity(rule)
        rows.append(f"| {link} | {severity} | {rule.level} | {fix} | {escaped(rule.fault)} |")
    return "\n".join(rows) + "\n"


def _entry(rule: type[Rule], width: int) -> str:
    fixable = "  (automatic fix)" if rule.fix_safety else ""
    head = f"{rule.code:<8}{rule.severity.value:<9}{rule.name}{fixable}\n"
    title = textwrap.fill(rule.fault, width, initial_indent=COLUMN, subsequent_indent=COLUMN)
    return f"{head}{title}\n"


def document(rule: type[Rule]) -> TextDocument:
    """Everything that is known of a rule."""
    blocks: list[Block] = [Paragraph(rule.fault), _facts(rule)]
    blocks += (Paragraph(part) for part in (rule.title(), *rule.why().split("\n\n")) if part)
    links = links_of(rule.source, rule.addresses)
    sections: dict[str, tuple[str, tuple[Block, ...]]] = {
        "How to fix": (rule.help, ()),
        "Fix safety": (rule.fix_safety, ()),
        "Source": (rule.source, (links,)),
        "Where sources differ": (rule.conflict, ()),
    }
    for title, (text, more) in sections.items():
        if text or more:
            said = (Paragraph(text),) if text else ()
            blocks.append(TextSection(title, (*said, *more)))
    blocks.append(_examples("Passes", rule, rule.valid))
    blocks.append(_examples("Fails", rule, rule.invalid))
    return TextDocument(f"{rule.code} {rule.name}", tuple(blocks))


def _facts(rule: type[Rule]) -> Terms:
    """Severity, SNIP level, fix and responses, a row each."""
    facts = [
        ("Severity:", _severity(rule)),
        ("SNIP level:", f"{rule.level} ({_LEVELS[rule.level]})"),
        ("Fix:", _fix(rule)),
    ]
    if answers := "\n".join(_answers(rule)):
        facts.append(("Answered:", answers))
    if rule.no_status:
        facts.append(("In a 277CA:", f"no status. {rule.no_status}"))
    return Terms(tuple(facts))


def _severity(rule: type[Rule]) -> str:
    """The severity, and for which payers it is another one."""
    row: Situation | None = getattr(rule, "situation", None)
    if row is None or rule.speaks is not Speaks.TO_ALL or set(row.severity) == {OTHERS}:
        return rule.severity.value + _SPEAKS[rule.speaks]
    elsewhere = row.severity.get(OTHERS, SILENT)
    graded = [f"{grade} for {name}" for name, grade in row.severity.items() if name != OTHERS]
    return ", ".join((*graded, f"{elsewhere} for other payers"))


def _fix(rule: type[Rule]) -> str:
    if rule.fix_safety:
        return "automatic"
    return "suggested" if any(e.fixed for e in rule.invalid) else "none that is automatic"


def _answers(rule: type[Rule]) -> Iterator[str]:
    """Each answer to the rule's fault, with the kinds of fault where it has several.

    What many rules share, faults in the elements of an envelope, is left out.
    """
    for sent in sent_by(rule):
        answers = [f"{answer.value} ({answer.kind.value})" for answer in sent.answers]
        if sent.of_envelope:
            continue
        if sent.kinds:
            yield f"{' with '.join(answers)}: {', '.join(sent.kinds)}"
        else:
            yield from answers


# examples


def _examples(title: str, rule: type[Rule], examples: tuple[Example, ...]) -> TextSection:
    tags = _telling_tags(rule)
    return TextSection(title, tuple(Code(tuple(_example(rule, tags, e))) for e in examples))


def _telling_tags(rule: type[Rule]) -> set[str]:
    """Tags of the segments that a reader of the rule's examples has to see.

    Those that the findings point to, and those that differ from the usual claim in any example.
    """
    usual = set(Example().segments())
    tags = {e.at[:3].rstrip("0123456789") for e in rule.invalid}
    for example in (*rule.valid, *rule.invalid):
        tags |= {_tag(s) for s in example.segments() if s not in usual}
    return tags


def _absent(example: Example) -> list[str]:
    """The usual claim's segments that the example does not have."""
    there = set(example.file().decode("latin-1").split("~\n"))
    usual = Example().file().decode("latin-1").split("~\n")
    if len(usual) <= len(there):
        return []
    return [f"(without {s})" for s in usual if s not in there and not s.startswith("SE*")]


def _example(rule: type[Rule], tags: set[str], example: Example) -> Iterator[str]:
    """The segments that matter, where the finding points, and what the fix makes of them."""
    yield from _telling(rule, tags, example) or _absent(example) or ["(the usual claim)"]
    if example.profile:
        yield "judged by a payer profile with:"
        yield from example.profile
    if not example.claim:
        yield f"(without {Example().claim[0]})"
    yield from (f"data: {field} = {value}" for field, value in example.data)
    yield from (f"sent before with {old} in the place of {new}" for new, old in example.sent)
    if example.rewritten:
        yield "rewritten:"
        for before, after in example.rewritten:
            yield f"{before} becomes {after}" if after else f"{before} is gone"
    if example.at:
        yield f"found at {example.at}"
    if example.fixed:
        yield "after the fix:"
        yield from (after or f"({before} is gone)" for before, after in example.fixed)


def _telling(rule: type[Rule], tags: set[str], example: Example) -> list[str]:
    """Segments with a telling tag, of the claim or an envelope; from elsewhere what is unusual."""
    usual = set(_segments(Example(filing=example.filing)))
    of_claim = set(example.segments())
    if not any(_tag(s) == "LX" for s in example.line):
        tags = tags - {"LX"}
    return [
        s
        for s in _segments(example)
        if (_tag(s) in tags and (s in of_claim or _tag(s) in _OUTSIDE_CLAIMS))
        or (s not in usual and _tag(s) != "SE")
        or (rule.speaks is not Speaks.TO_ALL and s == example.sbr)
    ]


def _tag(segment: str) -> str:
    return segment.partition("*")[0]


def _segments(example: Example) -> list[str]:
    return example.file().decode("latin-1").replace("~\n", "~").replace("\n", " ").split("~")[:-1]
