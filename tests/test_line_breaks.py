"""Line breaks inside segments: an error at each value that contains one, unless the file is wrapped."""

from __future__ import annotations

import pytest

from edi_lint.edits.fixing import fix
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.split import split
from test_affected import TWO_SETS

PLAIN = Example(claim=("NTE*ADD*PUMP REFILLED AT HOME", "HI*ABK:G8918")).file()
SYNTAX = Settings(select=("ENV008",))
ONE_LINE = PLAIN.replace(b"\n", b"")


def found(data: bytes) -> list[tuple[str, str, str]]:
    """Severity, code and element of each finding that PLAIN does not have."""
    known = {(f.code, f.message) for f in Linter().check(PLAIN).findings}
    return [
        (f.severity.value, f.code, f.location.element)
        for f in Linter().check(data).findings
        if (f.code, f.message) not in known
    ]


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize(
    ("value", "broken", "element", "mended"),
    [
        (b"REFILLED AT", b"REFILLED|AT", "NTE02", b"REFILLED AT"),
        (b"REFILLED AT", b"REFILLED |AT", "NTE02", b"REFILLED AT"),
        (b"AT HOME~", b"AT HOME|~", "NTE02", b"AT HOME~"),
        (b"*PUMP", b"*|PUMP", "NTE02", b"*PUMP"),
        (b"EXAMPLE*PERSON", b"EXAMPLE*PER|SON", "NM104", b"EXAMPLE*PER SON"),
        (b"CLM*EX-1", b"CLM*EX|-1", "CLM01", b"CLM*EX-1"),
        (b"HC:A4306", b"HC:A4|306", "SV101-02", b"HC:A4306"),
        (b"ST*837*0001", b"ST*837*00|01", "ST02", b"ST*837*0001"),
        (b"*005010X222A1~\nST", b"*005010|X222A1~\nST", "GS08", b"*005010X222A1~\nST"),
        (b"\nDMG*", b"\nDM|G*", "", b"\nDMG*"),
        (b"\nSV1*", b"\nS|V1*", "", b"\nSV1*"),
        (b"\nSBR*", b"\nS|BR*", "", b"\nSBR*"),
    ],
)
def test_a_value_with_a_line_break_is_an_error_there(
    line_break: bytes, value: bytes, broken: bytes, element: str, mended: bytes
) -> None:
    assert PLAIN.count(value) == 1
    data = PLAIN.replace(value, broken.replace(b"|", line_break))
    assert found(data) == [("error", "ENV008", element)]
    assert fix(data, SYNTAX).content() == data
    assert fix(data, SYNTAX, unsafe=True).content() == PLAIN.replace(value, mended)


def test_each_value_is_told_for_itself() -> None:
    data = PLAIN.replace(b"PUMP REFILLED", b"PUMP\nREFILLED").replace(
        b"EXAMPLE*PERSON", b"EXA\nMPLE*PER\nSON"
    )
    expected = ["NM103", "NM104", "NTE02"]
    assert found(data) == [("error", "ENV008", element) for element in expected]


def test_it_is_told_in_a_file_on_one_line() -> None:
    assert found(ONE_LINE.replace(b"REFILLED AT", b"REFILLED\nAT")) == [
        ("error", "ENV008", "NTE02")
    ]
    several = ONE_LINE.replace(b"REFILLED AT", b"REFILLED\nAT").replace(
        b"EXAMPLE*PERSON", b"EXAM\nPLE*PERSON"
    )
    assert [f[2] for f in found(several)] == ["NM103", "NTE02"]


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
@pytest.mark.parametrize("width", [40, 72, 80, 81, 105, 106, 107, 128, 200])
def test_a_wrapped_file_gets_one_warning(width: int, line_break: bytes) -> None:
    lines = (ONE_LINE[at : at + width] for at in range(0, len(ONE_LINE), width))
    assert found(line_break.join(lines) + line_break) == [("warning", "ENV008", "")]


def test_carriage_returns_before_lf_terminators_are_line_ends() -> None:
    data = PLAIN.replace(b"~\n", b"\n")
    head, _, rest = data.partition(b"\n")
    assert found(head + b"\n" + rest.replace(b"\n", b"\r\n")) == [("warning", "ENV008", "")]


@pytest.mark.parametrize("engine", ["python", "kernel"])
@pytest.mark.parametrize(("broken", "holder"), [("HI*ABK:G8\n918", "P2"), ("CLM*P\n2", "P2")])
def test_split_holds_the_claim_alone(
    engine: str, broken: str, holder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_LINT_ENGINE", engine)
    head, mark, rest = TWO_SETS.partition(b"CLM*P2")
    old = broken.replace("\n", "").encode()
    data = head + (mark + rest).replace(old, broken.encode(), 1)
    assert [claim.id for claim in split(data).held_claims()] == [holder]


def test_both_engines_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = TWO_SETS.replace(b"HI*ABK:G8918", b"HI*ABK:G8\n918").replace(
        b"HC:A4306", b"HC:A\n4306", 3
    )
    results = []
    for engine in ("python", "kernel"):
        monkeypatch.setenv("EDI_LINT_ENGINE", engine)
        results.append(list(Linter().check(data).findings))
    assert results[0] == results[1]
    assert sum(f.code == "ENV008" for f in results[0]) == data.count(b"HI*ABK") + 3


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("before", range(1, 5))
def test_separators_at_the_end_of_a_segment_go_where_a_file_is_wrapped(
    before: int, line_break: str
) -> None:
    """Also those behind the column at which the line ends; the fix comes to an end."""
    segment, ended = b"*HC:A4306*120*UN*1***1~", b"*HC:A4306*120*UN*1***1****~"
    flat = ONE_LINE.replace(segment, ended).decode()
    width = next(w for w in range(40, 132) if (flat.index("1****~") + 1 + before) % w == 0)
    lines = [flat[n : n + width] for n in range(0, len(flat), width)]
    data = line_break.join(lines).encode()
    fixing = fix(data, Settings(select=("ENV009",)))
    whole = fixing.content().replace(line_break.encode(), b"")
    assert whole == ONE_LINE
    assert [f.code for f in fixing.applied] == ["ENV009"]
