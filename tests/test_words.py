"""Plain English: what users read names who acts, and says a thing as a native reader would."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT

SOURCE = ROOT / "src" / "edi_lint"
READ = (
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "NOTICE", "examples/README.md", "action.yml"),
    *("docs/**/*.md", "man/*", "examples/*.toml", "examples/*.yaml"),
    *("templates/**/*.j2", "templates/**/*.js", "templates/**/*.toml", "schemas/*.schema.json"),
    *("src/edi_lint/rules/*.yaml", "src/edi_lint/packs/*.yaml"),
)
"""What users read that is not in a string of the code, as patterns below the project's folder."""
INSTEAD = {
    r"\bmend(s|ed|ing)?\b": "fix, correct, repair",
    r"\bstands (in|at|there|here|twice|behind|before)\b": "is, appears",
    r"\bis no (?!longer\b)[0-9a-z]+\b": "is not, there is no",
    r"\ball the same\b": "anyway",
    r"\blest\b": "so that … not",
    r"\bis told\b": "edi-lint says",
}
"""What no text says, and what it says in its place."""


def faults(text: str) -> list[str]:
    """Each refused phrase in a text, with a few words around it; a line break is a space."""
    text = " ".join(text.split())
    found = []
    for pattern, better in INSTEAD.items():
        for match in re.finditer(pattern, text, re.IGNORECASE):
            around = text[max(match.start() - 40, 0) : match.end() + 30]
            found.append(f"{match[0]!r} (say {better}): …{around}…")
    return found


def pages() -> list[Path]:
    return [path for pattern in READ for path in sorted(ROOT.glob(pattern))]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Each string of a module, docstrings among them, and its line; of an f-string its words."""
    tree = ast.parse(path.read_text("utf-8"))
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(p.value if isinstance(p, ast.Constant) else "0" for p in node.values),
            )
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.lineno, node.value


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_is_in_plain_english(path: Path) -> None:
    assert not faults(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE))
)
def test_the_strings_of_a_module_are_in_plain_english(path: Path) -> None:
    assert not [f"line {line}: {fault}" for line, text in strings(path) for fault in faults(text)]


@pytest.mark.parametrize(
    "text",
    [
        "left to mend by hand",
        "modifier SC stands twice",
        "what is no 837P",
        "It is no\n  837P.",
        "writes them all the same",
        "lest it be rejected",
        "and is told on standard error",
    ],
)
def test_what_is_refused(text: str) -> None:
    assert len(faults(text)) == 1


@pytest.mark.parametrize(
    "text",
    ["the rule is no longer asked", "recommended", "the amendment", "it stands for", "lesser"],
)
def test_what_is_not_refused(text: str) -> None:
    assert not faults(text)
