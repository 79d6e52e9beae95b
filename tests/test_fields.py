"""`rewrite` takes no field that its template does not read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT, Cli
from edi_lint.transform import templates
from edi_lint.transform.claim_data import given_data, read_data
from edi_lint.transform.fields import fields_of
from edi_lint.transform.rendering import KIND
from edi_lint.transform.rewrite import RewriteError, rewrite

MINIMAL = FIXTURES / "valid" / "minimal.837"
NUMBER = "payer_claim_control_number"


def read(text: str) -> tuple[set[str], bool]:
    """The fields that a template reads, and whether there may be others."""
    env = templates.environment(KIND, autoescape=False)
    source = templates.TemplateSource("mine", "mine", text, shipped=False)
    found = fields_of(env, source, partial(templates.text, KIND))
    return found.names, found.and_others


# what a template reads

READ: dict[str, set[str]] = {
    "{{ data.note }}": {"note"},
    "{{ data['a name'] }}{{ data.other }}": {"a name", "other"},
    "{{ data | attr('note') }}": {"note"},
    "{% if 'note' in data %}x{% endif %}": {"note"},
    "{% if 'note' not in data %}x{% endif %}": {"note"},
    "{{ data.note if data.note is defined else claim.id }}": {"note"},
    "{{ data.note | default('x') | upper }}": {"note"},
    "{{ data.note.strip() }}": {"note"},
    "{% set d = data %}{{ d.note }}": {"note"},
    "{% set d = data %}{% set e = d %}{{ e.note }}": {"note"},
    "{% with d = data %}{{ d.note }}{% endwith %}": {"note"},
    "{% for row in rows %}{{ row.note }}{% endfor %}": {"note"},
    "{% for r in rows if r.line == '1' %}{{ r.note }}{% endfor %}": {"note", "line"},
    "{% for r in rows | list | reverse %}{{ r.note }}{% endfor %}": {"note"},
    "{% for r in rows[1:] %}{{ r.note }}{% endfor %}": {"note"},
    "{% set all = rows %}{% for r in all %}{{ r.note }}{% endfor %}": {"note"},
    "{% for r in rows | selectattr('line', 'defined') %}{{ r.note }}{% endfor %}": {"note", "line"},
    "{{ rows[0].note }}": {"note"},
    "{{ (rows | first).note }}": {"note"},
    "{{ rows | length }}{{ segments }}": set(),
    "{% if rows %}{% if data %}{% endif %}{% endif %}{{ claim.id }}": set(),
    "{{ segments }}{{ claim.charge }}": set(),
    "{% include 'replacement' %}": {NUMBER},
    "{% extends 'replacement' %}": {NUMBER},
    "{% macro m() %}{{ data.note }}{% endmacro %}{{ m() }}": {"note"},
    "{% block b %}{{ data.note }}{% endblock %}": {"note"},
    "{% if claim.id == '1' %}{{ data.note }}{% endif %}": {"note"},
}


@pytest.mark.parametrize("text", READ)
def test_the_fields_that_a_template_reads_are_known(text: str) -> None:
    assert read(text) == (READ[text], False)


@pytest.mark.parametrize(
    "text",
    [
        "{% macro m(row) %}{{ row.note }}{% endmacro %}{{ m(data) }}",
        "{% macro m(all) %}{% for r in all %}{{ r['note'] }}{% endfor %}{% endmacro %}{{ m(rows) }}",
        "{% for name, r in [('x', data)] %}{{ r.note }}{% endfor %}",
        "{{ rows | map(attribute='note') | join }}",
        "{% for k, some in rows | groupby('note') %}{% endfor %}",
        "{% set n = namespace(row=data) %}{{ n.row.note }}",
    ],
)
def test_what_is_handed_on_may_be_asked_for_every_name_in_the_text(text: str) -> None:
    names, others = read(text)
    assert "note" in names
    assert "foo" not in names
    assert not others


@pytest.mark.parametrize(
    "text", ["{{ data['note' ~ 1] }}", "{{ data[claim.id] }}", "{% include claim.id %}"]
)
def test_what_is_worked_out_may_be_any_name_unless_the_template_declares_its_fields(
    text: str,
) -> None:
    assert read(text)[1]
    assert read("{# data.note1   the note #}" + text) == ({"note1"}, False)


@pytest.mark.parametrize("name", templates.names(KIND))
def test_a_shipped_template_reads_what_it_declares(name: str) -> None:
    source = templates.find(KIND, name)
    comment, _, code = source.text.partition("#}")
    names, others = read(source.text)
    assert not others
    assert names - read(code)[0] <= {"adjudicated"}
    assert all(f".{field} " in comment for field in names)


# what is refused


def refused(source: Path, template: str, **options: object) -> str:
    with pytest.raises(RewriteError) as caught:
        rewrite(source, template, whole=True, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_name_that_is_nearly_one_is_told() -> None:
    problem = refused(MINIMAL, "replacement", values={"payer_claim_number": "1", NUMBER: "2"})
    assert problem == (
        "--set payer_claim_number: the template replacement reads no such field; "
        f"did you mean {NUMBER}?"
    )


def test_a_name_like_none_is_refused_with_those_that_there_are() -> None:
    problem = refused(MINIMAL, "replacement", values={"zzz": "1", NUMBER: "2"})
    assert problem == f"--set zzz: the template replacement reads no such field; it reads {NUMBER}"


def test_a_template_without_fields_says_so() -> None:
    problem = refused(MINIMAL, "resend", values={"zzz": "1"})
    assert problem == "--set zzz: the template resend reads no field"


def test_what_the_rules_read_is_known_with_every_template(tmp_path: Path) -> None:
    mine = tmp_path / "mine.x12.j2"
    mine.write_text("{{ segments }}")
    for template in ("resend", "new-claim", str(mine)):
        assert rewrite(MINIMAL, template, values={"adjudicated": "no"}, whole=True).selected == 1
        problem = refused(MINIMAL, template, values={"ajudicated": "yes"})
        assert problem.endswith("did you mean adjudicated?")


DATA = {
    "d.csv": (f"claim,{NUMBER},colour\nHI-10001,P1,red\n", "d.csv, line 2: colour: "),
    "empty.csv": (f"claim,{NUMBER},colour\nHI-10001,P1,\n", "empty.csv, line 2: colour: "),
    "d.json": (f'{{"HI-10001": {{"{NUMBER}": "P1", "colour": "red"}}}}', "d.json, entry 1: colour"),
    "rows.json": (f'{{"HI-10001": [{{"{NUMBER}": "P1"}}, {{"colour": ""}}]}}', "entry 1: colour"),
    "d.yaml": (f"HI-10001:\n  {NUMBER}: P1\n  colour: red\n", "d.yaml, line 2: colour: "),
}


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("name", DATA)
def test_a_column_that_the_template_does_not_read_is_refused_with_its_place(
    tmp_path: Path, name: str, own: bool
) -> None:
    text, place = DATA[name]
    (tmp_path / name).write_text(text)
    template = "replacement"
    if own:
        template = str(tmp_path / "mine.x12.j2")
        shipped = ROOT / "templates" / "rewrite" / "replacement.x12.j2"
        Path(template).write_text(shipped.read_text())
    problem = refused(MINIMAL, template, data=read_data(tmp_path / name))
    assert place in problem
    assert "reads no such field" in problem
    assert "red" not in problem.replace("read", "")


def test_data_of_a_program_is_judged_alike() -> None:
    given = {"HI-10001": {NUMBER: "P1", "color": "red"}}
    assert "data: color: the template" in refused(MINIMAL, "replacement", data=given_data(given))
    with pytest.raises(RewriteError, match="data: color: "):
        rewrite(MINIMAL, data=given)


def test_many_unknown_names_are_counted_and_no_value_is_told() -> None:
    given = {f"name{n}x": f"SECRET{n}" for n in range(25)}
    problem = refused(MINIMAL, "resend", values=given)
    assert len(problem.splitlines()) == 11
    assert problem.endswith("25 names in all that the template does not read")
    assert "SECRET" not in problem


def test_the_command_refuses_and_writes_nothing(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    output = tmp_path / "out.837"
    ran = commands("rewrite")(
        MINIMAL, "--set", "payr_claim_control_number=P1", "--control-number", 7, "-o", output
    )
    assert (ran.status, ran.out, output.exists()) == (2, "", False)
    assert f"did you mean {NUMBER}?" in ran.err
