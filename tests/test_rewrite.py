"""`edi-lint rewrite` changes what its template says and no other byte, or it writes nothing."""

import io
import re
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi_lint.claims import Claim
from edi_lint.cli import main
from edi_lint.crosscheck.pyx12_answers import pyx12_answers
from edi_lint.edits import EditConflict, apply
from edi_lint.findings import Edit
from edi_lint.findings.masking import Phi
from edi_lint.run.read_claims import claims
from edi_lint.settings import Settings
from edi_lint.transform import rewrite as rewriting
from edi_lint.transform.choice import Plan
from edi_lint.transform.claim_data import DataProblem, read_data
from edi_lint.transform.rendering import Event, RenderingOutcome, first_pass
from edi_lint.transform.rewrite import Limits, RewriteError, Rewriting
from edi_lint.transform.segments import DataFields, Sheet
from edi_lint.transform.templates import TemplateSource, environment

TESTS = Path(__file__).parent
VALID = TESTS / "fixtures" / "valid"
FAULTY = TESTS / "fixtures" / "faulty"
EXAMPLES = TESTS.parent / "examples"
MANY = VALID.joinpath("many.837").read_bytes()
MINIMAL = VALID.joinpath("minimal.837").read_bytes()
NUMBER = "payer_claim_control_number"
NAMES = re.findall(r"CLM\*([^*]+)", MANY.decode())

# Element, component and repetition separator, terminator, what follows it.
LAYOUTS = [
    b"*:^~\n",
    b"*:^~",
    b"*:^~\r\n",
    b"|>!\x1d",
    b"+<!'\n",
    b"*:^\n",
    b"*:^\r\n",
    b"\x1c\x1f\x1e\x1d  \n",
]


def rewrite(*arguments: Any, **options: Any) -> Rewriting:
    """Rewrites claims where they stand, so that a result can be held against its original."""
    return rewriting.rewrite(*arguments, **{"whole": True} | options)


def laid_out(data: bytes, layout: bytes) -> bytes:
    """A file that has the delimiters `*:^~` and a line for each segment, written another way."""
    one_line = data.replace(b"\n", b"").translate(bytes.maketrans(b"*:^~", layout[:4]))
    return one_line.replace(layout[3:4], layout[3:])


def replaced(lines: list[str], numbers: dict[str, str]) -> list[str]:
    """The replacement of claims worked out on lines of text: the answer to compare with."""
    out: list[str] = []
    number = ""
    in_claim = False
    started = 0
    for line in lines:
        if line.startswith("ST*"):
            started = len(out)
        if line.startswith("CLM*"):
            number = numbers.get(line.split("*")[1], "")
            in_claim = True
            if number:
                line = re.sub(r"^((?:[^*]*\*){5}[^*:]*:[^*:]*:).", r"\g<1>7", line)
        elif in_claim and line.startswith("REF*F8*"):
            line = f"REF*F8*{number}" if number else line
            number = ""
        elif in_claim and not line.startswith(("DTP*", "PWK*", "CN1*", "AMT*", "REF*")):
            in_claim = False
            if number:
                out.append(f"REF*F8*{number}")
        if line.startswith("SE*"):
            line = f"SE*{len(out) - started + 1}*{line.split('*')[2]}"
        out.append(line)
    return out


def segments(data: bytes) -> list[str]:
    """The segments of a file with the usual delimiters."""
    return [s.strip() for s in data.decode().split("~") if s.strip()]


def changed(before: bytes, after: bytes) -> tuple[list[str], list[str]]:
    """The segments that went, and those that came."""
    old, new = segments(before), segments(after)
    return [s for s in old if s not in new], [s for s in new if s not in old]


def one(source: bytes, number: str = "PAYER1", **kwargs: object) -> bytes:
    """A file of one claim through the replacement template."""
    return rewrite(source, values={NUMBER: number}, **kwargs).content()  # type: ignore[arg-type]


# what changes, and what does not


@given(
    numbers=st.dictionaries(
        st.sampled_from(NAMES), st.text("ABCXYZ0123456789-", min_size=1, max_size=30), min_size=1
    ),
    layout=st.sampled_from(LAYOUTS),
)
@settings(deadline=None, max_examples=40)
def test_only_clm_f8_and_se_change_in_any_layout(numbers: dict[str, str], layout: bytes) -> None:
    expected = "".join(f"{s}~\n" for s in replaced(segments(MANY), numbers)).encode()
    result = rewrite(laid_out(MANY, layout), data=numbers, claims=list(numbers))
    assert result.content() == laid_out(expected, layout)
    assert result.selected == len(numbers)


@pytest.mark.parametrize("name", ["minimal", "dependent", "cob", "one-line", "crlf", "4010"])
def test_pyx12_has_nothing_to_say_about_the_result(name: str) -> None:
    result = rewrite(VALID / f"{name}.837", values={NUMBER: "PAYER1"})
    report = pyx12_answers(result.content())
    assert (report.answers, report.other) == (frozenset(), ())
    assert result.new_errors == {}


def test_pyx12_has_nothing_to_say_about_many_claims_at_once() -> None:
    result = rewrite(MANY, data={name: f"P{n}" for n, name in enumerate(NAMES)})
    report = pyx12_answers(result.content())
    assert (report.answers, report.other) == (frozenset(), ())
    assert result.selected == len(NAMES)


def test_the_number_goes_behind_the_other_references_of_the_claim() -> None:
    source = MINIMAL.replace(
        b"HI*ABK", b"REF*G1*AUTH~\nREF*EA*RECORD~\nK3*FIXED~\nNTE*ADD*NOTE~\nHI*ABK"
    ).replace(b"SE*28", b"SE*32")
    found = segments(one(source))
    at = found.index("REF*F8*PAYER1")
    assert (found[at - 1], found[at + 1]) == ("REF*EA*RECORD", "K3*FIXED")
    assert found[-3] == "SE*33*0001"


def test_the_number_goes_behind_clm_where_nothing_else_comes_before_it() -> None:
    source = MINIMAL.replace(b"PWK*B3*FX***AC*HI10001B3~\n", b"").replace(b"SE*28", b"SE*27")
    found = segments(one(source))
    assert found[found.index("REF*F8*PAYER1") - 1].startswith("CLM*HI-10001*385***12:B:7*")


def test_a_number_that_is_there_is_replaced_and_nothing_counted() -> None:
    source = VALID.joinpath("replacement.837").read_bytes()
    result = rewrite(source, values={NUMBER: "OTHER9"})
    assert result.content() == source.replace(b"LKS2616800731", b"OTHER9")


def test_the_number_of_another_payer_stays() -> None:
    source = VALID.joinpath("cob.837").read_bytes()
    found = segments(one(source))
    assert "REF*F8*NGB26180004417" in found
    assert found.index("REF*F8*PAYER1") < found.index("REF*F8*NGB26180004417")


def test_a_claim_that_is_already_so_is_no_change() -> None:
    source = VALID.joinpath("replacement.837").read_bytes()
    result = rewrite(source, values={NUMBER: "LKS2616800731"})
    assert (len(result.edits), result.selected, result.changed) == (0, 1, 0)
    assert result.content() == source


def test_line_breaks_inside_segments_stay() -> None:
    flat = MINIMAL.replace(b"\n", b"")
    wrapped = b"\n".join(flat[n : n + 80] for n in range(0, len(flat), 80))
    expected = "".join(f"{s}~" for s in replaced(segments(MINIMAL), {"HI-10001": "PAYER1"}))
    result = one(wrapped)
    assert result.replace(b"\n", b"") == expected.encode()
    assert result.count(b"\n") == wrapped.count(b"\n")


@pytest.mark.parametrize("broken", [b":B:\n1*Y", b":B:1\r\n*Y"])
def test_a_line_break_beside_the_value_stays_where_it_was(broken: bytes) -> None:
    result = one(MINIMAL.replace(b":B:1*Y", broken))
    assert broken.replace(b"1", b"7") in result


def test_a_wrong_count_is_left_alone_unless_segments_came() -> None:
    source = VALID.joinpath("replacement.837").read_bytes().replace(b"SE*30*", b"SE*99*")
    assert b"SE*99*" in one(source)
    assert b"SE*29*" in one(MINIMAL.replace(b"SE*28*", b"SE*99*"))


def test_a_file_without_line_ends_at_its_end_keeps_its_end() -> None:
    assert one(MINIMAL.rstrip(b"~\n")).endswith(b"IEA*1*000000101")


# data


DATA = {
    "data.csv": f"\ufeffclaim,{NUMBER},adjudicated\r\nHI-10001,00123,\r\n\r\n",
    "other.csv": f"CLM01,{NUMBER}\n HI-10001 , 00123 \n",
    "tabs.tsv": f"claim\t{NUMBER}\nHI-10001\t00123\n",
    "scalar.json": '{"HI-10001": "00123"}',
    "object.json": f'{{"HI-10001": {{"{NUMBER}": "00123"}}}}',
    "scalar.yaml": "HI-10001: 00123\n",
    "object.yml": f"HI-10001:\n  {NUMBER}: 00123\n  adjudicated: null\n",
}


@pytest.mark.parametrize("name", DATA)
def test_values_are_text_as_they_are_written(tmp_path: Path, name: str) -> None:
    tmp_path.joinpath(name).write_text(DATA[name], encoding="utf-8", newline="")
    data = read_data(tmp_path / name)
    assert data["HI-10001"].fields == {NUMBER: "00123"}
    assert b"REF*F8*00123~" in rewrite(MINIMAL, data=data).content()


def test_a_json_number_is_taken_as_it_is_written(tmp_path: Path) -> None:
    tmp_path.joinpath("d.json").write_text('{"A": 12.50, "B": 26166003580000000000}')
    assert [d.fields[NUMBER] for d in read_data(tmp_path / "d.json").values()] == [
        "12.50",
        "26166003580000000000",
    ]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("d.txt", "", "ends in .csv, .json"),
        ("d.csv", "", "line 1: the header must have one column claim"),
        ("d.csv", "id,x\nA,1\n", "line 1: the header must have one column claim"),
        ("d.csv", "claim,x,x\nA,1,2\n", "two columns have the same name"),
        ("d.csv", "claim,x\nA,1,2\n", "line 2: more cells than the header"),
        ("d.csv", "claim,x\n,1\n", "line 2: no claim is named"),
        ("d.csv", "claim,x\nA,2.6166E+13\n", "line 2: x is a number that a spreadsheet shortened"),
        ("d.csv", 'claim,x\nA,"1\n', "line 2: "),
        ("d.csv", "claim,x\n", "no claim is named"),
        ("d.json", "{", "line 1: "),
        ("d.json", "[1]", "an object of claims is expected"),
        ("d.json", '{"A": [1]}', "entry 1: a list is expected to hold objects"),
        ("d.json", '{"A": true}', "entry 1: .* is neither text nor a number"),
        ("d.json", '{"A": "1", "A": "2"}', "entry 2: claim A appears twice"),
        ("d.json", '{"A": {"x": "1", "x": "2"}}', "entry 1: a field appears twice"),
        ("d.json", "[" * 100_000, "nested too deep"),
        ("d.yaml", "A: 1\nA: 2\n", "line 2: claim A appears twice"),
        ("d.yaml", "A: [1]\n", "line 1: a list is expected to hold objects"),
        ("d.yaml", "- A\n", "an object of claims is expected"),
        ("d.yaml", "A: 'x\n", "is not YAML"),
    ],
)
def test_data_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, name: str, text: str, reason: str
) -> None:
    tmp_path.joinpath(name).write_text(text)
    with pytest.raises(DataProblem, match=reason):
        read_data(tmp_path / name)


@pytest.mark.parametrize("cell", ["", " ", "NaN", "null", "#N/A"])
def test_an_empty_cell_is_a_missing_value(tmp_path: Path, cell: str) -> None:
    tmp_path.joinpath("d.csv").write_text(f"claim,{NUMBER}\nHI-10001,{cell}\n")
    with pytest.raises(RewriteError, match=rf"claim HI-10001 \(0001/1\): .*no value for {NUMBER}"):
        rewrite(MINIMAL, data=read_data(tmp_path / "d.csv"))


# names


def test_a_claim_without_data_is_named() -> None:
    numbers = dict.fromkeys(NAMES, "1")
    del numbers["HI-30003"]
    with pytest.raises(RewriteError, match=r"no data for claim HI-30003 \(0001/3\); --claims"):
        rewrite(MANY, data=numbers)


def test_data_for_a_claim_that_is_not_there_is_refused() -> None:
    with pytest.raises(RewriteError, match="claim HI-9: no claim in this file has that number"):
        rewrite(MINIMAL, data={"HI-10001": "1", "HI-9": "2"})


def test_with_claims_named_data_for_others_does_not_matter() -> None:
    assert rewrite(MINIMAL, data={"HI-10001": "1", "HI-9": "2"}, claims=["0001/1"]).changed == 1


def test_a_claim_number_that_stands_twice_is_refused_and_st02_n_tells_them_apart() -> None:
    source = FAULTY.joinpath("duplicate-clm01.837").read_bytes()
    with pytest.raises(RewriteError, match=r"HI-10011 names 2 claims .*0001/1 or 0001/2"):
        rewrite(source, data={"HI-10011": "1", "HI-10013": "2"})
    with pytest.raises(RewriteError, match=r"HI-10011 names 2 claims .*0001/1 or 0001/2"):
        rewrite(source, values={NUMBER: "1"}, claims=["HI-10011"])
    result = rewrite(source, data={"0001/2": "SECOND"}, claims=["0001/2"]).content()
    assert result.index(b"REF*F8*SECOND") > result.rindex(b"CLM*HI-10011")
    assert result.count(b"REF*F8*") == 1


def test_st02_n_that_stands_twice_is_refused() -> None:
    with pytest.raises(RewriteError, match=r"0001/1 names 2 claims .*that is meant by CLM01"):
        rewrite(MANY, values={NUMBER: "1"}, claims=["0001/1"])


def test_names_that_cannot_be_told_apart_are_said_to_be() -> None:
    two = MINIMAL + MINIMAL.replace(b"000000101", b"000000102")
    with pytest.raises(RewriteError, match=r"HI-10001 names 2 claims .*does not tell them apart"):
        rewrite(two, values={NUMBER: "1"}, claims=["HI-10001"])


def test_data_under_both_names_of_a_claim_is_refused() -> None:
    with pytest.raises(RewriteError, match=r"data by CLM01 and by ST02/n for claim HI-10001"):
        rewrite(MINIMAL, data={"HI-10001": "1", "0001/1": "2"})


def test_values_for_one_claim_need_one_claim() -> None:
    with pytest.raises(RewriteError, match="--set is for one claim, and 13 are chosen"):
        rewrite(MANY, values={NUMBER: "1"})
    assert rewrite(MANY, values={NUMBER: "1"}, claims=["HI-30003"]).changed == 1


# values


@pytest.mark.parametrize(
    ("layout", "value", "reason"),
    [
        (b"*:^~\n", "A*B", r"'\*', the element separator"),
        (b"*:^~\n", "A:B", "':', the component separator"),
        (b"*:^~\n", "A^B", r"'\^', the repetition separator"),
        (b"*:^~\n", "A~B", "'~', the segment terminator"),
        (b"|>!\x1d", "A|B", r"'\|', the element separator"),
        (b"|>!\x1d", "A>B", "'>', the component separator"),
        (b"*:^~\n", "A\nB", "line break"),
        (b"*:^~\n", "A\x00B", "control character"),
        (b"*:^~\n", "A→B", "no byte for"),
    ],
)
def test_a_value_that_would_break_the_segment_is_refused(
    layout: bytes, value: str, reason: str
) -> None:
    expected = rf"claim HI-10001 .*line \d+: {NUMBER} for REF02 contains .*{reason}"
    with pytest.raises(RewriteError, match=expected) as caught:
        one(laid_out(MINIMAL, layout), value)
    assert value not in str(caught.value)


def test_what_is_a_delimiter_elsewhere_is_data_here() -> None:
    assert b"REF|F8|A*B" in one(laid_out(MINIMAL, b"|>!\x1d"), "A*B")


# templates of users


@pytest.fixture
def template(tmp_path: Path) -> Callable[[str], str]:
    """Writes a template and returns its path."""

    def write(text: str) -> str:
        path = tmp_path / "mine.x12.j2"
        path.write_text(text)
        return str(path)

    return write


Template = Callable[[str], str]


def test_a_copy_of_the_shipped_template_does_the_same(template: Template) -> None:
    shipped = TESTS.parent.joinpath("templates", "rewrite", "replacement.x12.j2").read_text()
    data = {name: f"P{n}" for n, name in enumerate(NAMES)}
    copy = rewrite(MANY, template(shipped), data)
    ours = rewrite(MANY, data=data)
    assert copy.content() == ours.content()
    assert (copy.selected, copy.changed) == (13, 13)


def test_a_template_that_prints_all_segments_changes_nothing(template: Template) -> None:
    path = template("{% for s in segments %}\n  {{ s }}\n{% endfor %}\n")
    assert len(rewrite(MANY, path).edits) == 0


EDITS = {
    "one in a loop": (
        "{% for s in segments %}"
        "{{ s | set_element('REF02', 'X1') if s.tag == 'REF' and s.loop == '2400' else s }}"
        "{% endfor %}",
        ["REF*6R*HI10001L1"],
        ["REF*6R*X1"],
    ),
    "new segments": (
        "{% for s in segments %}{{ s }}{% if s.tag == 'SV1' %}"
        "{{ segment('PWK', 'OZ', 'BM', '', '', 'AC', claim.id) }}{% endif %}{% endfor %}",
        ["SE*28*0001"],
        ["PWK*OZ*BM***AC*HI-10001", "SE*29*0001"],
    ),
    "dropped": (
        "{{ segments | drop('PWK') }}",
        ["PWK*B3*FX***AC*HI10001B3", "SE*28*0001"],
        ["SE*27*0001"],
    ),
    "element beyond the last": (
        "{{ segments | set_element('CLM20', '7') }}",
        ["CLM*HI-10001*385***12:B:1*Y*A*Y*Y"],
        ["CLM*HI-10001*385***12:B:1*Y*A*Y*Y***********7"],
    ),
    "component beyond the last": (
        "{{ segments | set_element('SV101-3', 'RT') }}",
        ["SV1*HC:A4306*385*UN*1***1:2"],
        ["SV1*HC:A4306:RT*385*UN*1***1:2"],
    ),
    "component cleared": (
        "{{ segments | set_element('SV107-2', '') }}",
        ["SV1*HC:A4306*385*UN*1***1:2"],
        ["SV1*HC:A4306*385*UN*1***1"],
    ),
    "element cleared in the middle": (
        "{{ segments | set_element('SV105', '') | set_element('SV103', '') }}",
        ["SV1*HC:A4306*385*UN*1***1:2"],
        ["SV1*HC:A4306*385**1***1:2"],
    ),
    "as last": (
        "{{ segments }}{{ segment('NM1', 'DQ', 1, ['A'], '') }}",
        ["SE*28*0001"],
        ["NM1*DQ*1*A", "SE*29*0001"],
    ),
    "last one dropped": (
        "{% for s in segments if s.value(1) != 'DK' %}{{ s }}{% endfor %}",
        ["NM1*DK*1*BRANNOCK*TESSALY****XX*1002167124", "SE*28*0001"],
        ["SE*27*0001"],
    ),
    "data that may be there": (
        "{{ segments | place('NTE', 'ADD', data.note if data.note is defined else 'NONE') }}",
        ["SE*28*0001"],
        ["NTE*ADD*NONE", "SE*29*0001"],
    ),
}


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("ending", [b"\n", b"", b"\r\n"])
def test_what_templates_can_do(
    template: Template, name: str, ending: bytes, request: pytest.FixtureRequest
) -> None:
    # how lines end is nothing to the process of a template's own
    if ending != b"\n" or [*EDITS].index(name) % 3:
        request.getfixturevalue("templates_run_here")
    text, went, came = EDITS[name]
    source = MINIMAL.replace(b"\n", ending)
    result = rewrite(source, template(text)).content()
    assert changed(source, result) == (went, came)
    assert result.count(b"~" + ending) == len(segments(result))
    assert result.count(b"\n") == (len(segments(result)) if ending else 0)


def test_segments_in_another_order_are_written_in_that_order(template: Template) -> None:
    path = template(
        "{% for s in segments if s.tag != 'PWK' %}{{ s }}{% if s.tag == 'HI' %}"
        "{% for p in segments if p.tag == 'PWK' %}{{ p }}{% endfor %}{% endif %}{% endfor %}"
    )
    result = rewrite(MINIMAL, path)
    pwk = b"PWK*B3*FX***AC*HI10001B3~\n"
    hi = b"HI*ABK:G8918*ABF:M75121~\n"
    assert result.content() == MINIMAL.replace(pwk + hi, hi + pwk)


MISTAKES = {
    "undefined": ("{{ nothing }}", "line 1: 'nothing' is undefined"),
    "line": ("\n\n{{ segments | set_element('CLM05-3', data.absent) }}", "line 3: no value for ab"),
    "text": ("{{ segments }}\nREF*F8*1~", "prints text that is not a segment"),
    "value": ("{{ segments }}{{ claim.id }}", "prints text that is not a segment"),
    "nothing": ("", "must print the claim's CLM segment first"),
    "no CLM": ("{{ segments | reject('equalto', segments[0]) | join }}", "CLM segment first"),
    "CLM twice": ("{{ segments }}{{ segments[0] }}", "CLM segment first, and only once"),
    "forged mark": ("\x02999\x03{{ segments }}", "stands for no segment"),
    "place": ("{{ segments | set_element('05-3', '7') }}", "written as REF02 or"),
    "several": ("{{ segments | set_element('DTP03', '1') | place('HI') }}", "HI has no element"),
    "choice": ("{{ segments | set_element('REF09', '1') }}{{ segments | set_element('HL01', 1) }}", "no HL"),
    "wrong tag": ("{{ segments[1] | set_element('CLM05-3', '7') }}", "a PWK segment has no element"),
    "envelope": ("{{ segments }}{{ segment('SE', 1) }}", "no segment of a claim is called SE"),
    "no place": ("{{ segments | place('REF', 'ZZ', 'X') }}", "has no place for this REF"),
    "no list": ("{{ claim.id | place('REF', 'F8', 'X') }}", "place works on segments"),
    "type": ("{{ segments | set_element('CLM02', 1.5) }}", "neither text nor a whole"),
    "syntax": ("{% for %}", "line 1: "),
    "escape": ("{{ segments.__class__.__mro__ }}", "is unsafe"),
    "file": ("{% include 'mine.x12.j2' %}", "no shipped template is called"),
}  # fmt: skip


IN_ITS_OWN_PROCESS = ("undefined", "line", "text", "syntax", "escape", "file")
"""Of each kind of mistake one: a value, a place, what is printed, the template, the sandbox."""


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_templates_name_place_and_claim(
    template: Template, name: str, request: pytest.FixtureRequest
) -> None:
    if name not in IN_ITS_OWN_PROCESS:
        request.getfixturevalue("templates_run_here")
    text, reason = MISTAKES[name]
    with pytest.raises(RewriteError, match=r"mine\.x12\.j2") as caught:
        rewrite(MINIMAL, template(text))
    assert reason in str(caught.value)
    assert "claim HI-10001 (0001/1): " in str(caught.value) or name == "syntax"


def test_decimal_values_are_text(template: Template) -> None:
    path = template("{{ segments | set_element('CLM02', claim.charge * 2) }}")
    assert b"CLM*HI-10001*770*" in rewrite(MINIMAL, path).content()


def test_an_endless_template_is_stopped(template: Template) -> None:
    path = template(
        "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    )
    with pytest.raises(RewriteError, match=r"HI-10001 .*not done after 3 seconds"):
        rewrite(MINIMAL, path, limits=Limits(seconds=3))


def test_an_endless_constant_is_stopped_before_any_claim(template: Template) -> None:
    with pytest.raises(RewriteError, match=r"mine\.x12\.j2: not done after 2 seconds"):
        rewrite(MINIMAL, template("{{ 10 ** (10 ** 10) }}"), limits=Limits(seconds=2))


@pytest.mark.parametrize("text", ["{{ ' ' * 3000000000 }}", "{{ claim.id * 300000000 }}"])
def test_a_giant_string_is_stopped(template: Template, text: str) -> None:
    with pytest.raises(RewriteError, match=r"mine\.x12\.j2.*(memory|MB)"):
        rewrite(MINIMAL, template(text))


def test_no_template_of_that_name() -> None:
    with pytest.raises(RewriteError, match=r"no template is called 'replacment'.*replacement"):
        rewrite(MINIMAL, "replacment")


# what a template cannot do


def rendered(text: str, phi: Phi = Phi.IDS) -> list[Event]:
    """The first pass with a template of the user's, in this process."""
    source = TemplateSource("mine.x12.j2", "mine.x12.j2", text, shipped=False)
    return list(first_pass(io.BytesIO(MINIMAL), source, Plan(), Settings(phi=phi)))


WAYS_OUT = [
    "{{ segments | attr('__class__') }}",
    "{{ claim['__class__'] }}",
    "{{ claim.above.__func__ }}",
    "{{ segment.__func__.__globals__ }}",
    "{{ segments.count.__self__ }}",
    "{{ ().__class__.__bases__[0].__subclasses__() }}",
    "{{ '{0.__class__.__mro__}'.format(claim) }}",
    "{{ '{x.__class__}'.format_map({'x': claim}) }}",
    "{{ ('{0.__class__}' | attr('format'))(claim) }}",
    "{{ [claim] | map(attribute='__init__.__globals__') | list }}",
    "{{ [claim] | sum(attribute='__class__') }}",
    "{{ [claim, claim] | sort(attribute='__class__') }}",
    "{{ [claim] | selectattr('__class__') | list }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ joiner.__init__.__globals__['os'] }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'].popen('id') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ nothing.__class__ }}",
    "{{ (segments | map('string')).gi_frame }}",
    "{% for s in segments %}{{ loop._iterable }}{% endfor %}",
    "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "{{ segments[0]._sheet }}",
    "{{ claim.segments.append(1) }}",
    "{{ claim.block.window.data }}",
    "{{ segments[0].view.window.data }}",
    "{{ claim.transaction.grammar }}",
    "{{ claim.transaction[4].by_tag }}",
]


@pytest.mark.parametrize("text", WAYS_OUT)
def test_a_template_does_not_get_at_the_interpreter_nor_at_what_lies_under_a_claim(
    text: str,
) -> None:
    with pytest.raises(RewriteError, match=r"claim HI-10001 .*mine\.x12\.j2, line 1: .*is unsafe"):
        rendered(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% include '/etc/passwd' %}",
        "{% include '../../pyproject.toml' %}",
        "{% import 'os' as os %}{{ os.environ }}",
        "{% from 'os' import environ %}",
        "{% extends '/etc/passwd' %}",
    ],
)
def test_a_template_reads_no_file_and_no_module(text: str) -> None:
    with pytest.raises(RewriteError, match="line 1: no shipped template is called"):
        rendered(text)


@pytest.mark.parametrize(
    "name", ["open", "os", "sys", "environ", "__import__", "__builtins__", "eval", "config"]
)
def test_a_template_has_no_such_name(name: str) -> None:
    with pytest.raises(RewriteError, match=f"line 1: '{name}' is undefined"):
        rendered(f"{{{{ {name} }}}}")


@pytest.mark.parametrize("text", ["{% do claim.clear() %}", "{% debug %}"])
def test_a_template_has_no_such_tag(text: str) -> None:
    with pytest.raises(RewriteError, match="line 1: Encountered unknown tag"):
        rendered(text)


@pytest.mark.parametrize(
    "text",
    [
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% macro f(s) %}{{ f(s | drop('PWK')) }}{% endmacro %}{{ f(segments) }}",
    ],
)
def test_recursion_without_an_end_is_an_error_of_the_template(text: str) -> None:
    with pytest.raises(RewriteError, match=r"HI-10001 .*line 1: RecursionError: what it calls"):
        rendered(text)


@pytest.mark.parametrize(
    "text",
    ["{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "{% if 1 %}" * 500 + "{% endif %}" * 500],
)
def test_a_template_that_is_nested_too_deep_is_told(text: str) -> None:
    with pytest.raises(RewriteError, match=r"mine\.x12\.j2: nested too deep"):
        rendered(text)


GREEDY = {
    "a list that doubles": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}"
    "{% set n.x = n.x + n.x %}{% endfor %}",
    "a text that doubles": "{% set n = namespace(x=claim.id) %}{% for i in range(60) %}"
    "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "a wide format": "{{ '%01000000000d' | format(claim.number) }}",
    "a long batch": "{{ [claim.id] | batch(1000000000, 0) | list }}",
    "a giant element": "{{ segments | set_element('CLM01', claim.id * 80000000) }}",
}


@pytest.mark.parametrize("name", GREEDY)
def test_what_takes_too_much_memory_is_stopped_and_told_with_its_line(
    template: Callable[[str], str], name: str
) -> None:
    with pytest.raises(RewriteError, match=r"HI-10001 .*mine\.x12\.j2.*(line 1: Memory|MB)"):
        rewrite(MINIMAL, template(GREEDY[name]))


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in range(99999) %}{% for j in range(99999) %}{{ segments }}{% endfor %}{% endfor %}",
        "{% set n = namespace(x=9) %}{% for i in range(40) %}{% set n.x = n.x ** 9 %}{% endfor %}",
        "{{ lipsum(n=99999) }}",
    ],
)
def test_what_takes_too_long_is_stopped(template: Callable[[str], str], text: str) -> None:
    limits = Limits(seconds=1, memory=4 * 2**30)
    with pytest.raises(RewriteError, match=r"mine\.x12\.j2: not done after 1 seconds"):
        rewrite(MINIMAL, template(text), limits=limits)


def test_a_range_has_an_end() -> None:
    with pytest.raises(RewriteError, match="line 1: OverflowError"):
        rendered("{{ range(1000000000) }}")


NAMED_BY_A_VALUE = [
    "{{ claim[claim.patient.name] }}",
    "{{ claim | attr(claim.patient.name) }}",
    "{{ {}[claim.patient.name] }}",
    "{{ data[claim.patient.name] ~ '' }}",
    "{{ [claim] | map(claim.patient.name) | list }}",
    "{{ [claim] | select(claim.patient.name) | list }}",
    "{% include claim.patient.name %}",
    "{{ segment(**{claim.patient.name: 1}) }}",
    "{{ segment(claim.patient.name, 1) }}",
    "{{ segments | set_element(claim.patient.name, 1) }}",
    "{{ segments[0].value(claim.patient.name) }}",
    "{{ '%d' | format(claim.patient.name) }}",
    "{{ claim.patient.name() }}",
    "{{ '{x}'.format(**{claim.patient.name: 1}) }}",
]


@pytest.mark.parametrize("text", NAMED_BY_A_VALUE)
def test_a_problem_does_not_repeat_what_a_template_took_from_a_value(text: str) -> None:
    with pytest.raises(RewriteError, match="mine") as caught:
        raise RewriteError(*told(rendered(text, Phi.NONE)))
    for secret in ("OKONMARA", "MIRELA", "HI-10001"):
        assert secret not in str(caught.value)


def told(events: list[Event]) -> list[str]:
    """The problems that a first pass ended with."""
    outcome = events[-1]
    assert isinstance(outcome, RenderingOutcome)
    return outcome.problems


def test_no_module_file_or_function_can_be_reached_from_what_a_template_sees() -> None:
    (claim,) = claims(io.BytesIO(MINIMAL))
    sheet = Sheet(claim)
    env = environment("rewrite", autoescape=False)
    todo: list[Any] = [claim, sheet.segments, sheet.new, DataFields({"x": "1"})]
    seen: dict[int, Any] = {}
    while todo:
        reached = todo.pop()
        if id(reached) in seen or isinstance(reached, str | bytes | int | Decimal | date):
            continue
        seen[id(reached)] = reached
        for name in dir(reached):
            value = getattr(reached, name, None)
            if env.is_safe_attribute(reached, name, value):
                todo.append(value)
        if isinstance(reached, list | tuple):
            todo += [env.getitem(reached, n) for n in range(len(reached))]
    kinds = {type(one) for one in seen.values()}
    named = {kind for kind in kinds if kind.__module__.startswith("edi_lint.")}
    assert Claim in named
    assert {kind.__name__ for kind in kinds - named} <= {
        "NoneType", "StrictUndefined", "builtin_function_or_method", "dict", "frozenset", "list",
        "method", "timedelta", "tuple",
    }  # fmt: skip


# the command


Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `edi-lint rewrite --whole`: exit status, standard output, standard error."""

    def rewrite_command(*arguments: object) -> tuple[int, bytes, str]:
        given = ["--whole", *map(str, arguments)]
        monkeypatch.setattr(sys, "argv", ["edi-lint", "rewrite", *given])
        try:
            status = main()
        except SystemExit as stop:
            status = int(stop.code or 0)
        out, err = capsysbinary.readouterr()
        return status, out, err.decode()

    return rewrite_command


def test_the_example_of_the_readme(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "again.837"
    source = EXAMPLES / "resubmit.837"
    data = EXAMPLES / "resubmit.csv"
    status, out, err = run(source, "--template", "replacement", "--data", data, "-o", output)
    assert (status, out) == (0, b"")
    assert "2 claims rewritten\n" in err
    went, came = changed(source.read_bytes(), output.read_bytes())
    assert [s.split("*")[0] for s in went] == ["CLM", "CLM", "SE"]
    assert [s for s in came if s.startswith("REF")] == [
        "REF*F8*LKS2616600358",
        "REF*F8*NGB26171004482",
    ]
    report = pyx12_answers(output.read_bytes())
    assert (report.answers, report.other) == (frozenset(), ())
    status, out, err = run(output, "--data", data)
    assert (status, out) == (0, output.read_bytes())
    assert "0 claims rewritten, 2 copied unchanged" in err


def test_standard_input_gives_what_a_file_gives(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MINIMAL)))
    status, out, _ = run("-", "--set", f"{NUMBER}=PAYER1")
    assert (status, out) == (0, one(MINIMAL))


def test_a_result_that_lints_worse_is_refused_unless_forced(
    run: Run, template: Template, tmp_path: Path
) -> None:
    path = template("{% for s in segments if s.tag != 'SV1' %}{{ s }}{% endfor %}")
    output = tmp_path / "out.837"
    source = VALID / "minimal.837"
    status, out, err = run(source, "--template", path, "-o", output)
    assert (status, out, output.exists()) == (2, b"", False)
    assert "refused: the result has more errors" in err
    assert re.search(r"STR\d+ claim HI-10001, ", err)
    status, _, err = run(source, "--template", path, "-o", output, "--force")
    assert (status, output.exists()) == (0, True)
    assert "errors that the original does not have: " in err


def test_a_result_with_the_faults_of_its_original_is_written(run: Run) -> None:
    status, _, err = run(FAULTY / "npi-check-digit.837", "--set", f"{NUMBER}=1")
    assert (status, "1 claim rewritten" in err) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], f"no value for {NUMBER}"),
        (["--set", "x"], "--set takes NAME=VALUE"),
        (["--set", f"{NUMBER}="], "the value is missing"),
        (["--set", "x=1", "--set", "x=2"], "given twice"),
        (["--claims", ","], "names nothing"),
        (["--data", "none.csv"], "none.csv: cannot read the data"),
        (["--template", "./none.j2"], "none.j2: cannot read the template"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(
    run: Run, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    output = tmp_path / "out.837"
    status, out, err = run(VALID / "minimal.837", *arguments, "-o", output)
    assert (status, out, list(tmp_path.iterdir())) == (2, b"", [])
    assert reason in err
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [b"", b"no claims here", b"ST*837*0001~SE*2*0001~"])
def test_what_is_no_x12_is_refused(run: Run, tmp_path: Path, content: bytes) -> None:
    tmp_path.joinpath("in.837").write_bytes(content)
    status, out, err = run(tmp_path / "in.837", "--set", f"{NUMBER}=1")
    assert (status, out) == (2, b"")
    assert err.count("\n") == 1


def test_a_file_without_claims_is_refused(run: Run) -> None:
    status, out, err = run(TESTS / "fixtures" / "other" / "835.edi", "--set", f"{NUMBER}=1")
    assert (status, out) == (2, b"")
    assert "no 837P could be checked" in err


def test_an_input_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.837"
    source.write_bytes(MINIMAL)
    status, _, err = run(source, "--set", f"{NUMBER}=1", "-o", source)
    assert (status, source.read_bytes()) == (2, MINIMAL)
    assert "would overwrite an input" in err


def test_an_input_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    source = tmp_path / "in.837"
    source.write_bytes(MINIMAL)
    result = rewrite(source, values={NUMBER: "1"})
    source.write_bytes(MINIMAL + b"\n")
    with pytest.raises(RewriteError, match="changed while it was read"):
        result.content()


def test_messages_hold_no_names_and_with_phi_none_no_claim_numbers(
    run: Run, template: Template
) -> None:
    path = template("{{ segments | set_element('CLM02', claim.patient.name ~ '*') }}")
    dynamic = template("{{ data[claim.patient.name] ~ '' }}")
    for arguments in (
        ["--template", path],
        ["--template", dynamic],
        ["--claims", "HI-10001", "--set", f"{NUMBER}=A*B"],
        ["--claims", "HI-10001,OKONMARA-1", "--set", f"{NUMBER}=A"],
    ):
        status, _, err = run(VALID / "minimal.837", *arguments, "--phi", "none")
        assert (status, err[:10]) == (2, "edi-lint: ")
        for secret in ("OKONMARA", "MIRELA", "HI-10001", "LKH770214903"):
            assert secret not in err


# edits


@given(st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=8), st.data())
def test_edits_change_their_ranges_and_nothing_else(
    data: bytes, cuts: list[int], choose: st.DataObject
) -> None:
    cuts = sorted(min(c, len(data)) for c in cuts)
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit(a, b, choose.draw(st.text("xyz\xff", max_size=3))) for a, b in ranges]
    expected = data
    for edit in reversed(edits):
        text = edit.text.encode("latin-1")
        expected = expected[: edit.byte_start] + text + expected[edit.byte_end :]
    assert b"".join(apply(io.BytesIO(data), edits)) == expected


@pytest.mark.parametrize(
    "edits", [[Edit(2, 4, ""), Edit(3, 5, "")], [Edit(4, 3, "")], [Edit(9, 11, "")]]
)
def test_edits_that_conflict_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(EditConflict):
        b"".join(apply(io.BytesIO(b"0123456789"), edits))
