"""Tries the examples of files of situations, as `edi-lint rule --test FILE` does."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from edi_lint.findings import Finding
from edi_lint.rules import Rule
from edi_lint.rules.catalogue import catalogue
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings


class TriedExample(NamedTuple):
    """An example of a row: `kind` is pass or fail, `number` counts from 1 within the kind.

    `problem` says what came of it in place of what was expected; empty: it is as expected.
    """

    code: str
    kind: str
    number: int
    problem: str


def try_examples(path: Path) -> Iterator[TriedExample]:
    """Every example of every row of a file, tried. Raises SituationError."""
    for rule in catalogue((path,)):
        if getattr(rule, "situation", None) is None or rule in catalogue():
            continue
        for number, example in enumerate(rule.valid, 1):
            yield TriedExample(rule.code, "pass", number, _passing(rule, example, path))
        for number, example in enumerate(rule.invalid, 1):
            yield TriedExample(rule.code, "fail", number, _failing(rule, example, path))


def _passing(rule: type[Rule], example: Example, path: Path) -> str:
    own, others = _findings(rule, example, path)
    return f"reports {_where(own[0])}: {own[0].message}" if own else _disturbed(others)


def _failing(rule: type[Rule], example: Example, path: Path) -> str:
    own, others = _findings(rule, example, path)
    if not own:
        return "reports nothing"
    if len(own) > 1:
        return f"reports {len(own)} findings, not one: at {', '.join(map(_where, own))}"
    if _where(own[0]) != example.at:
        return f"reports {_where(own[0])}, not {example.at}"
    return _disturbed(others)


def _disturbed(others: list[Finding]) -> str:
    """What is wrong with the example itself."""
    if not others:
        return ""
    first = others[0]
    return f"is not a valid claim otherwise: {first.code} at {_where(first)}: {first.message}"


def _where(finding: Finding) -> str:
    return finding.location.element or finding.location.segment


def _findings(
    rule: type[Rule], example: Example, path: Path
) -> tuple[list[Finding], list[Finding]]:
    """The rule's own findings in an example, and the errors of levels 1 and 2."""
    try:
        data = example.file()
    except ValueError as problem:
        from edi_lint.rules.situations_file import SituationError

        raise SituationError(f"{path}: {rule.code}: {problem}") from None
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(select=(rule.code, "ENV", "STR"), rules=(path,))
        if example.profile:
            profile = Path(folder) / "example.yaml"
            profile.write_text(example.profile_file, "utf-8")
            settings = Settings(select=settings.select, rules=(path,), profile=str(profile))
        found = list(Linter(settings).check(data).findings)
    own = [f for f in found if f.code == rule.code]
    return own, [f for f in found if f.code != rule.code and f.severity == "error"]
