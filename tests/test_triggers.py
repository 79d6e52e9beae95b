"""A rule's trigger goes off wherever the rule has something to say."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from conftest import corpus_files, faulty_fixtures, valid_fixtures
from edi_lint.claims import Claim, claims
from edi_lint.packs import Profiles, packs, profiles
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import ClaimRule, Hit, LineRule, Rule
from edi_lint.rules.calls import Calls
from edi_lint.rules.examples import Example
from edi_lint.rules.run import Run
from edi_lint.x12 import NotX12Error
from mutants import mutants

RUN = Run({code: pack for pack in packs() for code in pack.codes}, Profiles((), profiles()))
RULES: list[Rule] = [
    rule for r in CATALOGUE for rule in r.made(RUN) if isinstance(rule, ClaimRule | LineRule)
]
CALLS = Calls(RULES, RUN)


def spoken(rule: Rule, hit: Hit) -> tuple[str, int, int, int, str]:
    return rule.code, hit.segment.start, hit.element, hit.component, hit.message


def asked_everywhere(claim: Claim) -> list[tuple[str, int, int, int, str]]:
    """What the rules find when nothing keeps them from looking."""
    found = []
    for rule in RULES:
        if isinstance(rule, ClaimRule):
            found += CALLS.heard(rule, rule.check(claim), claim, None)
        elif isinstance(rule, LineRule):
            for line in claim.lines:
                found += CALLS.heard(rule, rule.check(line), claim, line)
    return sorted(spoken(rule, hit) for rule, hit, _ in found)


def triggered(claim: Claim) -> list[tuple[str, int, int, int, str]]:
    hits = [*CALLS.on_claim(claim), *CALLS.on_lines(claim, claim.lines)]
    return sorted(spoken(rule, hit) for rule, hit, _ in hits)


def agree(data: bytes) -> int:
    """Compare both on every claim of a file; returns how many hits there were."""
    count = 0
    try:
        for claim in claims(data):
            found = asked_everywhere(claim)
            assert triggered(claim) == found
            count += len(found)
    except NotX12Error:
        pass
    return count


def test_on_the_examples_of_all_rules() -> None:
    examples = [e for rule in CATALOGUE for e in (*rule.valid, *rule.invalid)]
    assert sum(agree(e.file()) for e in examples) > 20


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.name)
def test_on_the_fixtures(path: Path) -> None:
    agree(path.read_bytes())


def test_on_the_corpus(corpus: list[Path]) -> None:
    assert sum(agree(path.read_bytes()) for path in corpus_files()) > 20


@pytest.mark.parametrize("path", valid_fixtures()[:6], ids=lambda p: p.name)
def test_on_mutants(path: Path) -> None:
    for mutant in mutants(path.name, path.read_bytes(), 40, 11):
        agree(mutant.data)


MODIFIERS = ("KX", "GA", "GX", "GY", "GZ", "EY", "GL", "SC", "", "kx", "K", "KX ", "K-X")
POINTERS = ("", "1", "2", "3", "12", "13", "0", "A", "1 ", "01")
DIAGNOSES = ("ABK:G8918", "ABF:M75121", "BG:A1", "ABF:", ":M1", "", "ABJ:R52")


@pytest.mark.parametrize("seed", range(4))
def test_on_lines_made_up(seed: int) -> None:
    rng = Random(seed)
    for _ in range(150):
        modifiers = ":".join(rng.choices(MODIFIERS, k=rng.randrange(6)))
        pointers = ":".join(rng.choices(POINTERS, k=rng.randrange(1, 5)))
        his = [
            "*".join(["HI", *rng.choices(DIAGNOSES, k=rng.randrange(1, 5))])
            for _ in range(rng.choice([0, 1, 1, 1, 2]))
        ]
        number = rng.choice(["", "***AC*EX1", "****EX1", "***AC"])
        pwk = f"PWK*OZ*{rng.choice(['FX', 'AA', 'EL', 'ZZ', ''])}{number}"
        code = ":".join(filter(None, ("HC:A4306", modifiers)))
        amounts = rng.choice(
            [("120", "120"), ("120", "120.00"), ("1e2", "100"), ("", "5"), ("7", "8")]
        )
        example = Example(
            clm=f"CLM*EX-1*{amounts[0]}***12:B:{rng.choice('178')}*Y*A*Y*Y",
            claim=(*([pwk] if rng.random() < 0.4 else []), *his),
            line=(
                f"SV1*{code}*{amounts[1]}*UN*1***{pointers}",
                *([pwk] if rng.random() < 0.4 else []),
            ),
            filing=rng.choice(["MB", "CI"]),
        )
        agree(example.file())
