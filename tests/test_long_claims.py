"""Claims that are too long for one block: no command loses, doubles or cuts one."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import edi_lint
from agreement import running
from benchmarks.shapes import SHAPES
from conftest import FIXTURES
from edi_lint import ClaimTooLongError, RewriteError, Settings
from edi_lint.batch_report.assessment import assess
from edi_lint.engine import result
from edi_lint.findings.masking import Phi
from edi_lint.run.drive import Linter
from edi_lint.transform.annotate import Annotation
from edi_lint.transform.extract import extract
from edi_lint.transform.rewrite import rewrite
from edi_lint.transform.sections import Glossary
from edi_lint.transform.split import split
from edi_lint.transform.views import Branch
from test_limits import ENGINES

HEAD, _, REST = (FIXTURES / "valid" / "minimal.837").read_bytes().partition(b"CLM*")
REST = REST[REST.index(b"SE*") :]
STRUCTURE = Settings(select=("ENV", "STR"), ignore=("STR004",))
LINES = 12
BOUNDS = [20, 21, 22, 23, 24, 62]
"""A claim here has 3 segments before its lines, and 5 for each: so blocks end at each of them."""


def claim(name: str, lines: int, wrong: int = 0) -> bytes:
    """A claim; the line that is `wrong` (from 1) has a date that does not exist."""
    text = f"CLM*{name}*{10 * lines}***12:B:1*Y*A*Y*Y~PWK*B3*FX***AC*{name}~HI*ABK:G8918~"
    for n in range(1, lines + 1):
        code, day = ("A4306", "A4221")[n % 2], "20261305" if n == wrong else "20260605"
        text += f"LX*{n}~SV1*HC:{code}*10*UN*1***1~DTP*472*D8*{day}~REF*6R*{name}{n}~"
        text += "NTE*ADD*ROPIVACAINE 0.2 PCT 5 ML/HR 60 HR PER ORDER~"
    return text.encode()


def of(*claims: bytes, level: bytes = b"") -> bytes:
    inside = HEAD[HEAD.index(b"ST*") :] + level + b"".join(claims)
    count = inside.count(b"~") + 1
    _, rest = REST.split(b"*", 2)[1:]
    return HEAD + level + b"".join(claims) + b"SE*%d*" % count + rest


LONG = claim("B2", LINES)
WHOLE = of(claim("A1", 2), LONG, claim("C3", 3))
WRONG = of(claim("A1", 2), claim("B2", LINES, wrong=11), claim("C3", 3))


@pytest.fixture(params=BOUNDS)
def bound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A lower limit of segments, at once in force."""
    monkeypatch.setattr(result, "LONGEST_BLOCK", request.param)
    return int(request.param)


EXTRACTED = [list(extract(data, phi=Phi.ALL)) for data in (WHOLE, WRONG)]
SPLIT = [split(data, STRUCTURE) for data in (WHOLE, WRONG)]
PARTS = [(s.clean_content(), s.held_content()) for s in SPLIT]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_line_is_extracted_with_what_its_claim_says(engine: str, bound: int) -> None:
    with running(engine):
        assert [list(extract(data, phi=Phi.ALL)) for data in (WHOLE, WRONG)] == EXTRACTED
    assert len(EXTRACTED[0]) == 1 + LINES // 2 + 1


@pytest.mark.parametrize("engine", ENGINES)
def test_split_keeps_a_claim_together(engine: str, bound: int) -> None:
    with running(engine):
        for data, parts in zip((WHOLE, WRONG), PARTS, strict=True):
            divided = split(data, STRUCTURE)
            assert (divided.clean_content(), divided.held_content()) == parts
            assert divided.adds_up and not divided.is_worse
        assert b"B2" not in parts[0] and b"B2" in parts[1]
        told = split(WHOLE)
    assert (told.whole.claims, told.whole.service_lines) == (3, 5 + LINES)
    held = {h.id: [r.finding.code for r in h.reasons] for h in told.held_claims()}
    assert "STR004" in held["B2"]
    assert LONG in told.held_content() and told.adds_up and not told.is_worse


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_wrong_in_the_rest_of_a_level_holds_its_claims(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    level = b"REF*SY*123456789~" * 30 + b"REF*Y4*A\tB~"
    data = of(claim("A1", 2), level=level)
    monkeypatch.setattr(result, "LONGEST_BLOCK", 12)
    with running(engine):
        divided = split(data, STRUCTURE)
    assert [h.id for h in divided.held_claims()] == ["A1"]
    assert divided.held_content() == data


@pytest.mark.parametrize("engine", ENGINES)
def test_fix_and_redact_keep_every_segment(engine: str, bound: int) -> None:
    padded = WHOLE.replace(b"REF*6R*B2", b"REF*6R*  B2")
    with running(engine):
        for data in (WHOLE, WRONG, padded):
            fixed = edi_lint.fix(data)
            assert fixed.content().count(b"~") == data.count(b"~")
            assert not fixed.is_worse
            assert not edi_lint.fix(fixed.content()).is_changed
        redacted = edi_lint.redact(WHOLE, "a key of ours")
    assert redacted.is_same and len(redacted.content()) == len(WHOLE)
    assert b"B21~" not in redacted.content()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_template_gets_no_part_of_a_claim(engine: str, bound: int, tmp_path: Path) -> None:
    settings = Settings(ledger=str(tmp_path / "ledger.sqlite3"))
    other = replace(settings, select=STRUCTURE.select)
    with running(engine):
        for chosen in ({}, {"claims": ["B2"]}, {"hcpcs": ["A4221"]}):
            with pytest.raises(RewriteError, match=r"B2 \(.*is longer than 10,000 segments"):
                rewrite(WHOLE, "resend", settings=settings, **chosen)  # type: ignore[arg-type]
        made = rewrite(WHOLE, "resend", claims=["A1", "C3"], settings=other)
        content = made.content()
        assert b"B2" not in content and content.count(b"LX*") == 5 and not made.new_errors
        data = {"A1": "X1", "C3": "X2"}
        made = rewrite(WHOLE, "replacement", data, claims=list(data), whole=True, settings=other)
        assert LONG in made.content() and made.changed == 2 and not made.new_errors


def test_a_line_in_the_rest_of_a_claim_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    long = LONG.replace(b"A4221", b"A4306", LINES // 2 - 1)
    data = of(claim("A1", 2).replace(b"A4221", b"A4306"), long)
    with pytest.raises(RewriteError, match="none has a line"):
        rewrite(data, "resend", hcpcs=["E0781"])
    monkeypatch.setattr(result, "LONGEST_BLOCK", 20)
    with pytest.raises(RewriteError) as told:
        rewrite(data, "resend", hcpcs=["A4221"])
    assert len(told.value.problems) == 1 and "is longer than" in str(told.value)


def numbers(branches: Iterable[Branch]) -> Iterator[str]:
    """The service lines of a tree, which can be walked once."""
    for branch in branches:
        yield from (number for number, *_ in branch.lines)
        yield from numbers(branch.inside)


def annotated(data: bytes) -> list[list[Any]]:
    with Annotation(io.BytesIO(data), "-", Settings()) as annotation:
        rows = [row.byte_start for row in annotation.rows()]
        pages = list(annotation.pages(Glossary()))
        lines = [(v.number, v.code, v.byte_start, v.place) for v in annotation.lines]
        claims = list(numbers(annotation.outline()))
    shown = [row.byte_start for page in pages for section in page.sections for row in section.rows]
    return [rows, shown, lines, claims]


@pytest.mark.parametrize("engine", ENGINES)
def test_every_segment_and_line_is_annotated_once(engine: str, bound: int) -> None:
    with running(engine):
        found = annotated(WHOLE)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(result, "LONGEST_BLOCK", 10_000)
            assert found == annotated(WHOLE)
    assert found[0] == found[1] and len(found[3]) == 5 + LINES


@pytest.mark.parametrize("engine", ENGINES)
def test_a_report_counts_a_claim_once(engine: str, bound: int) -> None:
    with running(engine):
        made = assess(Linter(Settings()), "-", lambda _: io.BytesIO(WHOLE), None)
    assert not made.file.error
    assert made.file.claims == made.total.claims == 3


def test_the_claims_of_an_input_are_whole_or_an_error(bound: int) -> None:
    with pytest.raises(ClaimTooLongError, match="/2 is longer than"):
        list(edi_lint.read(WHOLE))


def test_a_claim_beyond_the_real_limit() -> None:
    """Each line has five segments, so the claim is in two blocks."""
    out = io.BytesIO()
    SHAPES["lines with A4306"].write(out, result.LONGEST_BLOCK // 5 + 20)
    data = out.getvalue()
    lines = [line.line for line in extract(data)]
    assert lines == [str(n + 1) for n in range(result.LONGEST_BLOCK // 5 + 20)]
    divided = split(data, STRUCTURE)
    assert divided.adds_up and divided.whole.claims == 1
    with pytest.raises(RewriteError, match="is longer than"):
        rewrite(data, "resend")
