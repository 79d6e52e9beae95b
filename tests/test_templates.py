"""The shipped rewrite templates: each changes what it says, at the place the guide wants it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli, valid_fixtures
from damage import grown
from edi_lint.claims import Claim
from edi_lint.edits import apply
from edi_lint.settings import Settings
from edi_lint.transform.choice import Plan
from edi_lint.transform.claim_data import MAX_DATA
from edi_lint.transform.limits import FOR_ANNOTATE, MB, Limits
from edi_lint.transform.rendering import Rendered, first_pass
from edi_lint.transform.rewrite import RewriteError, Rewriting, rewrite
from edi_lint.transform.segments import filters
from edi_lint.transform.segments import tests as jinja_tests
from edi_lint.transform.templates import TemplateSource
from test_fix import statements
from test_new_files import said_by_pyx12
from test_rewrite import LAYOUTS, MINIMAL, NUMBER, changed, laid_out, segments

OF_CLAIM = {"report_type": "B3", "transmission": "FX", "control_number": "ACN1"}
ON_REQUEST = {"report_type": "OZ", "transmission": "AA"}
OF_LINE = {"report_type": "OB", "transmission": "BM", "control_number": "ACN2", "line": "1"}
NOTE = "ROPIVACAINE 0.2 PCT 6 ML/HR 60 HR"
DATA: dict[str, Any] = {
    "replacement": {NUMBER: "PAYER1"},
    "void": {NUMBER: "PAYER1"},
    "new-claim": {"adjudicated": "no"},
    "add-attachments": [OF_CLAIM, ON_REQUEST, OF_LINE],
    "resend": {},
    "starter": {"note": NOTE},
}


@cache
def fixtures() -> dict[str, bytes]:
    return {p.stem: p.read_bytes() for p in valid_fixtures()}


USUAL = sorted(
    n
    for n, data in fixtures().items()
    if data.count(b"*:~") == data.count(b"ISA*") and b"\r" not in data
)
"""Those with the usual delimiters and a line for each segment, or one line for all."""


def names(data: bytes) -> list[str]:
    """Each claim of a file by its CLM01, or as ST02/n where that stands twice."""
    claims = [(c.id, f"{c.transaction.control_number}/{c.number}") for c in edi_lint.read(data)]
    ids = [id_ for id_, _ in claims]
    return [id_ if ids.count(id_) == 1 else place for id_, place in claims]


def made(template: str, data: bytes, **options: Any) -> Rewriting:
    """What a template makes of every claim, where they stand."""
    rows = DATA[template]
    if template == "add-attachments" and data.find(b"004010X098") > 0:
        rows = [row for row in rows if "line" not in row]  # that guide has no such place
    given = dict.fromkeys(names(data), rows)
    return rewrite(data, template, given, **{"whole": True} | options)


@cache
def whole(template: str, name: str) -> bytes:
    """A fixture of which each claim has gone through a template."""
    return made(template, fixtures()[name]).content()


def holds(template: str, claim: Claim) -> None:
    """Whether a claim is what the template says it makes."""
    numbers = [r.number for r in claim.references("F8")]
    frequency = claim.clm.value(5, 3) if claim.clm else ""
    if template in ("replacement", "void"):
        assert (frequency, numbers) == ({"replacement": "7", "void": "8"}[template], ["PAYER1"])
    elif template == "new-claim":
        assert (frequency, numbers) == ("1", [])
    elif template == "add-attachments":
        announced = [(p.report_type, p.transmission, p.control_number) for p in claim.paperwork]
        assert {("B3", "FX", "ACN1"), ("OZ", "AA", "")} <= set(announced)
    elif template == "starter":
        for line in claim.lines:
            notes = [n.text for n in line.notes]
            assert (NOTE in notes) == (line.code == "A4306")


@pytest.mark.parametrize("name", sorted(fixtures()))
@pytest.mark.parametrize("template", DATA)
def test_a_shipped_template_makes_what_it_says_and_a_second_time_nothing(
    template: str, name: str
) -> None:
    source = fixtures()[name]
    result = made(template, source)
    content = result.content()
    assert (result.new_errors, result.findings.counts.keys() - {NO_LOG}) == ({}, set())
    for claim in edi_lint.read(content):
        holds(template, claim)
    again = made(template, content)
    assert (again.changed, again.content()) == (0, content)
    assert said_by_pyx12(content) <= said_by_pyx12(source)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("template", DATA)
def test_a_shipped_template_makes_the_same_in_any_layout(template: str, layout: bytes) -> None:
    turn = [*DATA].index(template) + LAYOUTS.index(layout)
    for name in ("three-claims", "cob", "replacement", "4010")[turn % 2 :: 2]:
        source = fixtures()[name]
        expected = laid_out(whole(template, name), layout)
        assert made(template, laid_out(source, layout)).content() == expected


NO_LOG = next(iter(made("void", MINIMAL).findings.counts))
"""That no change log was asked for, which is told of every claim that came out different."""


@pytest.mark.parametrize("template", DATA)
def test_a_new_file_of_a_shipped_template_is_what_it_makes_in_the_whole_file(template: str) -> None:
    for name, source in fixtures().items():
        inside = whole(template, name)
        alone = made(template, source, whole=False, control_number=403).content()
        assert [inside[slice(*c.byte_range)] for c in edi_lint.read(inside)] == [
            alone[slice(*c.byte_range)] for c in edi_lint.read(alone)
        ]
        assert said_by_pyx12(alone) <= said_by_pyx12(source)


CHANGES = {
    "replacement": (["CLM*HI-10001*385***12:B:1*Y*A*Y*Y"], ["CLM*HI-10001*385***12:B:7*Y*A*Y*Y"]),
    "void": (["CLM*HI-10001*385***12:B:1*Y*A*Y*Y"], ["CLM*HI-10001*385***12:B:8*Y*A*Y*Y"]),
    "new-claim": ([], []),
    "add-attachments": ([], ["PWK*B3*FX***AC*ACN1", "PWK*OZ*AA", "PWK*OB*BM***AC*ACN2"]),
    "resend": ([], []),
    "starter": (
        ["NTE*ADD*ROPIVACAINE 0.2 PCT 5 ML/HR 60 HR PER ORDER, DRUG TRIAL SEE RECORDS"],
        [f"NTE*ADD*{NOTE}"],
    ),
}


@pytest.mark.parametrize("template", DATA)
def test_a_shipped_template_changes_nothing_else(template: str) -> None:
    went, came = changed(MINIMAL, made(template, MINIMAL).content())
    gone, come = CHANGES[template]
    assert [s for s in went if not s.startswith("SE*")] == gone
    assert [s for s in came if not s.startswith(("SE*", "REF*F8"))] == come


def test_attachments_stand_behind_those_that_are_there_and_before_what_the_guide_wants_behind() -> (
    None
):
    found = segments(made("add-attachments", MINIMAL).content())
    at = found.index("PWK*B3*FX***AC*HI10001B3")
    assert found[at + 1 : at + 3] == ["PWK*B3*FX***AC*ACN1", "PWK*OZ*AA"]
    sv1 = next(n for n, s in enumerate(found) if s.startswith("SV1"))
    assert found[sv1 + 1] == "PWK*OB*BM***AC*ACN2"


def test_a_line_that_is_not_there_gets_no_attachment() -> None:
    with pytest.raises(RewriteError, match="the claim has no service line 9"):
        rewrite(MINIMAL, "add-attachments", {"HI-10001": [OF_LINE | {"line": "9"}]}, whole=True)


def test_no_more_attachments_than_the_guide_allows() -> None:
    rows = [OF_CLAIM | {"control_number": f"ACN{n}"} for n in range(10)]
    with pytest.raises(RewriteError, match="as many as the guide allows"):
        rewrite(MINIMAL, "add-attachments", {"HI-10001": rows}, whole=True)


def test_the_guide_of_2000_has_no_place_for_an_attachment_of_a_line() -> None:
    source = fixtures()["4010"]
    with pytest.raises(RewriteError, match="has no place for this PWK"):
        rewrite(source, "add-attachments", {names(source)[0]: [OF_LINE]}, whole=True)


def test_an_attachment_without_a_control_number_is_refused() -> None:
    row = {"report_type": "B3", "transmission": "FX"}
    with pytest.raises(RewriteError, match="no value for control_number"):
        rewrite(MINIMAL, "add-attachments", {"HI-10001": [row]}, whole=True)


def test_a_template_for_one_row_refuses_several() -> None:
    rows = [{NUMBER: "A"}, {NUMBER: "B"}]
    with pytest.raises(RewriteError, match="the data has 2 rows for the claim"):
        rewrite(MINIMAL, "replacement", {"HI-10001": rows}, whole=True)


@pytest.mark.parametrize("template", DATA)
@pytest.mark.parametrize("modifiers", ["KX:GY", "GA:GX", "GZ", "EY:KX", "GY:GY:KX:GA"])
def test_no_shipped_template_adds_or_removes_a_statement(template: str, modifiers: str) -> None:
    """The claims of all fixtures, in one file for each guide."""
    current = grown([fixtures()[name] for name in USUAL if name != "4010"], 1)
    for file, least in ((current, 20), (fixtures()["4010"], 1)):
        data = file.replace(b"SV1*HC:A4306*", f"SV1*HC:A4306:{modifiers}*".encode())
        assert sum(map(bool, statements(data))) >= least
        assert statements(made(template, data).content()) == statements(data)


# which route is whose


@pytest.fixture
def run(commands: Callable[[str], Cli], tmp_path: Path) -> Cli:
    """`edi-lint rewrite` to out.837."""
    return lambda *given, **more: commands("rewrite")(
        "--control-number", 403, "-o", tmp_path / "out.837", *given, **more
    )


SET = ("--set", f"{NUMBER}=PAYER1")
MEDICARE = FIXTURES / "valid" / "medicare-gy.837"
REPLACED = FIXTURES / "faulty" / "medicare-frequency-7.837"


@pytest.mark.parametrize("source", [MEDICARE, REPLACED])
@pytest.mark.parametrize("template", ["replacement", "void"])
def test_medicare_with_7_or_8_is_warned_of(run: Cli, source: Path, template: str) -> None:
    result = run(source, "--template", template, *SET)
    assert result.status == 0
    told, _, summary = result.err.partition("edi-lint: 1 claim")
    assert "edi-lint: before this is sent:" in told
    assert "PAY002 claim HI-1" in told
    assert summary


def test_an_adjudicated_medicare_claim_sent_again_as_new_is_warned_of(run: Cli) -> None:
    more = ("--template", "new-claim", "--set", "adjudicated=yes")
    assert "RES001 adjudicated-again" in run(MEDICARE, *more).err
    assert "before this is sent" not in run(FIXTURES / "valid" / "minimal.837", *more).err
    assert "before this is sent" not in run(MEDICARE, "--template", "new-claim").err


def test_the_right_route_is_not_warned_of(run: Cli) -> None:
    for template in ("replacement", "void"):
        result = run(FIXTURES / "valid" / "minimal.837", "--template", template, *SET)
        assert (result.status, "before this is sent" in result.err) == (0, False)


# the list


def test_the_list_names_every_template_and_what_it_does(commands: Callable[[str], Cli]) -> None:
    result = commands("rewrite")("--list")
    assert (result.status, result.err) == (0, "")
    listed = dict(re.fullmatch(r"(\S+) +(\S.*)", s).groups() for s in result.out.splitlines())  # type: ignore[union-attr]
    files = ROOT.glob("templates/rewrite/*.j2")
    assert sorted(listed) == sorted(f.name.split(".")[0] for f in files) == sorted(DATA)


@pytest.mark.parametrize("template", DATA)
def test_the_first_comment_of_a_template_tells_every_field_that_it_takes(template: str) -> None:
    text = ROOT.joinpath("templates", "rewrite", f"{template}.x12.j2").read_text()
    comment, _, code = text.partition("#}")
    for field in re.findall(r"\b((?:data|row)\.\w+)", code):
        assert f"  {field} " in comment


# the page about templates

PAGE = (ROOT / "docs" / "templates.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```jinja\n(.*?)```\n```diff\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("template", "diff"), EXAMPLES)
def test_an_example_of_the_page_changes_what_it_says(template: str, diff: str) -> None:
    source = (ROOT / "examples" / "resubmit.837").read_bytes()
    fields = {"note": "SEE ORDER", "number": "ACN1"}
    plan = Plan(
        ("HI-26-0588",), values={f: v for f, v in fields.items() if f"data.{f}" in template}
    )
    own = TemplateSource("own.x12.j2", "own.x12.j2", template, shipped=False)
    events = list(first_pass(io.BytesIO(source), own, plan, Settings()))
    (rendered,) = (event for event in events if isinstance(event, Rendered))
    went, came = changed(source, b"".join(apply(io.BytesIO(source), rendered.edits)))
    lines = diff.splitlines()
    assert went == [line[1:] for line in lines if line.startswith("-")]
    assert came == [line[1:] for line in lines if line.startswith("+")]


def test_the_page_has_an_example_for_every_filter_and_test() -> None:
    assert len(EXAMPLES) == PAGE.count("```jinja")
    code = "".join(template for template, _ in EXAMPLES)
    for name in (*filters(), *jinja_tests(), "segment"):
        assert re.search(rf"\b{name}\(", code)
        assert f"**`{name}`**" in PAGE


def test_the_page_names_every_template_and_the_limits_that_hold() -> None:
    for name in DATA:
        assert f"| `{name}` |" in PAGE
    limits = Limits()
    assert f"{limits.seconds:g} seconds" in PAGE
    assert (limits.whole, limits.each, limits.output) == (60, 0.05, 16 * MB)
    assert "a minute, and 50 milliseconds more for each claim" in PAGE
    assert "16 MB for a claim" in PAGE
    memory = f"{limits.memory // MB} MB"
    assert f"| memory, beyond what edi-lint itself needs | {memory} | {memory} |" in PAGE
    annotate = FOR_ANNOTATE
    assert (annotate.seconds, annotate.memory) == (limits.seconds, limits.memory)
    assert (annotate.whole, annotate.each, annotate.output) == (60, 30, 64 * MB)
    assert "a minute, and 30 seconds more for each megabyte of the file" in PAGE
    assert f"64 MB and {annotate.growth} times the size of the file" in PAGE
    assert f"{MAX_DATA // 2**20} MB" in PAGE
