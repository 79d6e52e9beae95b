"""A rule's page and the catalogue of rules as plain text, for `edi-lint rule`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from edi_lint.findings import Response
from edi_lint.rules.base import Rule, Speaks
from edi_lint.rules.examples import Example

NARROWEST = 40
"""No page is wrapped to less: examples and codes would fall apart."""
INDENT = "    "
COLUMN = " " * 8

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
}
_OUTSIDE_CLAIMS = frozenset({"ISA", "GS", "ST", "HL", "SE", "GE", "IEA"})
_RESPONSES = {
    "ta105": "TA1, TA105",
    "ak905": "999, AK905",
    "ik502": "999, IK502",
    "ik304": "999, IK304",
    "ik403": "999, IK403",
    "stc": "277CA, category and status",
    "carc": "835, CARC",
    "rarc": "835, RARC",
}


def page(rule: type[Rule], width: int = 80) -> str:
    """Everything that is known of a rule, wrapped to `width` characters; examples never are."""
    width = max(width, NARROWEST)
    blocks = [
        f"{rule.code} {rule.name}\n",
        _wrapped(rule.title(), width),
        _facts(rule, width),
        *(_wrapped(part, width) for part in rule.why().split("\n\n") if part),
        _section("How to fix", rule.help, width),
    ]
    if rule.fix_safety:
        blocks.append(_section("Fix safety", rule.fix_safety, width))
    blocks.append(_section("Source", rule.source, width))
    blocks.append(_examples("Passes", rule, rule.valid))
    blocks.append(_examples("Fails", rule, rule.invalid))
    return "\n".join(block for block in blocks if block)


def catalogue(rules: Iterable[type[Rule]], width: int = 80) -> str:
    """For each rule code, severity, name, whether it has an automatic fix, and what it checks."""
    return "\n".join(_entry(rule, max(width, NARROWEST)) for rule in rules)


def _entry(rule: type[Rule], width: int) -> str:
    fixable = "  (automatic fix)" if rule.fix_safety else ""
    head = f"{rule.code:<8}{rule.severity.value:<9}{rule.name}{fixable}\n"
    title = textwrap.fill(rule.title(), width, initial_indent=COLUMN, subsequent_indent=COLUMN)
    return f"{head}{title}\n"


def _facts(rule: type[Rule], width: int) -> str:
    """Severity, SNIP level, fix and responses, a line each."""
    facts = [
        ("Severity", rule.severity.value + _SPEAKS[rule.speaks]),
        ("SNIP level", f"{rule.level} ({_LEVELS[rule.level]})"),
        ("Fix", _fix(rule)),
        *(("Answered", answer) for answer in _answers(rule.response)),
    ]
    return "".join(
        textwrap.fill(f"{label + ':':<12}{text}", width, subsequent_indent=" " * 12) + "\n"
        for label, text in facts
    )


def _fix(rule: type[Rule]) -> str:
    if rule.fix_safety:
        return "automatic"
    return "suggested" if any(e.fixed for e in rule.invalid) else "none that is automatic"


def _answers(response: Response) -> Iterator[str]:
    for key, value in response.json().items():
        codes = (":" if key == "stc" else ", ").join(value) if isinstance(value, list) else value
        yield f"{codes} ({_RESPONSES[key]})"


def _section(title: str, text: str, width: int) -> str:
    indented = textwrap.fill(
        text, width, initial_indent=INDENT, subsequent_indent=INDENT, break_long_words=False
    )
    return f"{title}\n{indented}\n"


def _wrapped(text: str, width: int) -> str:
    return textwrap.fill(" ".join(text.split()), width, break_long_words=False) + "\n"


# examples


def _examples(title: str, rule: type[Rule], examples: tuple[Example, ...]) -> str:
    tags = _telling_tags(rule)
    shown = ["".join(f"{INDENT}{line}\n" for line in _example(rule, tags, e)) for e in examples]
    return f"{title}\n" + "\n".join(shown)


def _telling_tags(rule: type[Rule]) -> set[str]:
    """Tags of the segments that a reader of the rule's examples has to see.

    Those that the findings point to, and those that differ from the usual claim in any example.
    """
    usual = set(Example().segments())
    tags = {e.at[:3].rstrip("0123456789") for e in rule.invalid}
    for example in (*rule.valid, *rule.invalid):
        tags |= {_tag(s) for s in example.segments() if s not in usual}
    return tags


def _example(rule: type[Rule], tags: set[str], example: Example) -> Iterator[str]:
    """The segments that matter, where the finding points, and what the fix makes of them."""
    yield from _telling(rule, tags, example) or ["(the usual claim)"]
    if not example.claim:
        yield f"(without {Example().claim[0]})"
    yield from (f"data: {field} is {value}" for field, value in example.data)
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
