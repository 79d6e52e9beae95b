"""A rule's trigger goes off wherever the rule has something to say."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest

from conftest import corpus_files, faulty_fixtures, run_for, valid_fixtures
from edi_lint.claims import Claim
from edi_lint.findings.report import Not837PError
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import ClaimRule, Hit, LineRule, Rule
from edi_lint.rules.calls import Calls
from edi_lint.rules.examples import Example
from edi_lint.rules.runner import Question, Reading
from edi_lint.run.read_claims import claims
from edi_lint.x12 import NotX12Error
from mutants import mutants


@cache
def asked(profile: str) -> tuple[list[Question], Calls]:
    """The rules with triggers and what calls them, where a payer profile is in force."""
    run = run_for(profile)
    rules = [r(run) for r in CATALOGUE if issubclass(r, ClaimRule | LineRule)]
    return [Question(rule, run) for rule in rules], Calls([*rules], run)


def spoken(rule: Rule, hit: Hit) -> tuple[str, int, int, int, str]:
    return rule.code, hit.segment.start, hit.element, hit.component, hit.message


def asked_everywhere(claim: Claim, profile: str) -> list[tuple[str, int, int, int, str]]:
    """What the rules find when nothing keeps them from looking."""
    questions, calls = asked(profile)
    found = []
    reading = Reading(claim)
    for question in questions:
        lines = claim.lines if question.of_line else (None,)
        for line in lines:
            of_line = reading.of_line(line) if line else reading
            found += calls.found_by(question.rule, question.hits_anyway(of_line), claim)
    return sorted(spoken(rule, hit) for rule, hit, _ in found)


def triggered(claim: Claim, profile: str) -> list[tuple[str, int, int, int, str]]:
    _, calls = asked(profile)
    hits = [*calls.on_claim(claim), *calls.on_lines(claim, claim.lines)]
    return sorted(spoken(rule, hit) for rule, hit, _ in hits)


def agree(data: bytes, profile: str = "") -> int:
    """Compare both on every claim of a file; returns how many hits there were."""
    count = 0
    try:
        for claim in claims(data):
            found = asked_everywhere(claim, profile)
            assert triggered(claim, profile) == found
            count += len(found)
    except (NotX12Error, Not837PError):
        pass
    return count


def test_on_the_examples_of_all_rules() -> None:
    examples = [e for rule in CATALOGUE for e in (*rule.valid, *rule.invalid)]
    assert sum(agree(e.file(), e.profile_file) for e in examples) > 20


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.name)
def test_on_the_fixtures(path: Path) -> None:
    agree(path.read_bytes())


def test_on_the_corpus(corpus: list[Path]) -> None:
    assert sum(agree(path.read_bytes()) for path in corpus_files()) > 20


@pytest.mark.parametrize("path", valid_fixtures()[:6], ids=lambda p: p.name)
def test_on_mutants(path: Path) -> None:
    for mutant in mutants(path.name, path.read_bytes(), 40, 11):
        agree(mutant.data)


DEMANDING = """
name: demanding
title: a demanding plan
match: {}
sources: [a test]
severities: {STR013: warning, PAY002: error, DOC001: silent}
policies:
  A4306: &all
    verdict: review
    reason: it is so
    citation: a test
    authorization: {citation: a test}
    elsewhere: {places: ["12", "11"], payer: another, citation: a test}
    units_per_day: {limit: 1, citation: a test}
    suppliers: {accepted: ["1002167124"], citation: a test}
    report_types: {accepted: [M1], citation: a test}
  "99213": *all
transmissions: {accepted: [BM], citation: a test}
frequencies: {accepted: ["1"], citation: a test}
filing: {days: 1, citation: a test}
"""
"""A payer profile of which every claim has something to fear."""


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda p: p.name)
def test_on_mutants_with_a_payer_that_wants_much(path: Path) -> None:
    for mutant in mutants(path.name, path.read_bytes(), 15, 12):
        agree(mutant.data, DEMANDING)


def test_on_examples_with_a_payer_that_wants_much() -> None:
    examples = [e for rule in CATALOGUE for e in (*rule.valid, *rule.invalid)]
    assert sum(agree(e.file(), DEMANDING) for e in examples) > 500
    garbage = Example(claim=("PWK*B3*AA:BM", "PWK*:*:", "HI*ABK:G8918"), line=("SV1*HC*120",))
    assert agree(garbage.file(), DEMANDING) > 0


MODIFIERS = ("KX", "GA", "GX", "GY", "GZ", "EY", "GL", "SC", "", "kx", "K", "KX ", "K-X")
MODIFIERS += ("99", "KB", "GK", "NU", "LT")
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


OF_CLAIM = (
    ("REF*F8*N1", "REF*G1*N1", "REF*9F*N1"),
    ("PWK*B3*FX***AC*N1", "PWK*CT*AD", "PWK*CT*FX***AC*N2"),
    ("NM1*DN*1*EXAMPLE*PROVIDER****XX*1234567893",),
)
OTHER_PAYER = (
    "SBR*S*18*******CI",
    "CAS*CO*45*20",
    "AMT*D*100",
    "AMT*EAF*20",
    "OI***Y***Y",
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
    "DTP*573*D8*20260108",
)
OF_LINE = (
    "SV5*HC:A4306*DA*30*120*900*4",
    "PWK*B3*FX***AC*N1",
    "PWK*M1*AA",
    "PWK*CT*AD",
    "CR3*I*MO*12",
    "DTP*472*D8*20260105",
    "DTP*472*RD8*20260111-20260112",
    "DTP*472*D8*19921231",
    "REF*G1*N1",
    "REF*G1*N2",
    "REF*9F*N1",
    "REF*9F*N1**2U:PAYER2",
    "NM1*DN*1*EXAMPLE*OTHER****XX*1234567893",
    "SVD*PAYER2*100*HC:A4306**1",
    "CAS*CO*45*20",
    "DTP*573*D8*20260108",
    "LQ*UT*09.03",
    "FRM*1*Y",
)


PAYERS = ("PAYER1", "16013", "13202")
NAMES = ("EXAMPLE PAYER", "MEDICARE", "MEDICARE DME MAC", "MEDICARE ADVANTAGE", "MEDICARE PART B")


@pytest.mark.parametrize("seed", range(4))
def test_on_payers_made_up(seed: int) -> None:
    """SBR09 is missing or damaged, and payer and member say who it is."""
    rng = Random(seed)
    for _ in range(120):
        sbr09 = rng.choice(("", "*******XX", "*******mb", "*******M B", "*******MB", "*******CI"))
        payer = f"NM1*PR*2*{rng.choice(NAMES)}*****PI*{rng.choice(PAYERS)}"
        member = rng.choice(("MEMBER0001", "1EG4TE5MK73", ""))
        example = Example(
            clm=f"CLM*EX-1*120***{rng.choice(('11', '12'))}:B:{rng.choice('1678')}*Y*A*Y*Y",
            claim=(
                *(s for s in OF_CLAIM[1] if rng.random() < 0.4),
                "HI*ABK:G8918",
                *(OTHER_PAYER if rng.random() < 0.3 else ()),
            ),
            line=(
                f"SV1*HC:A4306:{rng.choice(('KX:GY', 'GY', 'EY', 'RR:99:LT', 'SC'))}*120*UN*1***1",
                rng.choice(("DTP*472*D8*20260105", "DTP*472*D8*20240105")),
                *(s for s in OF_LINE[1:5] if rng.random() < 0.3),
            ),
            filing="CI",
            change=(
                ("SBR*P*18*******CI", f"SBR*P*18{sbr09}"),
                ("NM1*PR*2*EXAMPLE PAYER*****PI*PAYER1", payer),
                ("*MI*MEMBER0001", f"*MI*{member}"),
            ),
        )
        agree(example.file())
        agree(example.file(), DEMANDING)


@pytest.mark.parametrize("seed", range(4))
def test_on_situations_made_up(seed: int) -> None:
    rng = Random(seed)

    def some(segments: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(s for s in segments if rng.random() < 0.5)

    for _ in range(150):
        charge = rng.choice(["120", "0", "-1", "0.00"])
        agree(
            Example(
                clm=f"CLM*EX-1*{charge}***12:B:{rng.choice('1678')}*Y*A*Y*Y",
                claim=(
                    *(s for kind in OF_CLAIM for s in some(kind)),
                    "HI*ABK:G8918",
                    *(some(OTHER_PAYER) if rng.random() < 0.5 else OTHER_PAYER),
                ),
                line=(f"SV1*HC:{rng.choice(['A4306', 'E0781'])}*{charge}*UN*1***1", *some(OF_LINE)),
                filing=rng.choice(["MB", "CI"]),
            ).file()
        )
