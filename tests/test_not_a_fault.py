"""What looks like a fault and is none, and what of the same kind is one, with either engine."""

from __future__ import annotations

import pytest

from agreement import Both, running
from edi_lint.crosscheck.compare import compare
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

BOTH = Both(Settings())
TWO_LINES = (
    "SV1*HC:A4223*60*UN*1***1",
    "DTP*472*D8*20260105",
    "LX*2",
    "SV1*HC:A4223*60*UN*1***1:2",
)
TWO = Example(claim=("HI*ABK:G8918*ABF:M75121",), line=(*TWO_LINES, "DTP*472*D8*20260106"))


def found(data: bytes) -> list[tuple[str, str, str]]:
    """Code, severity and element of what both engines find above info."""
    BOTH.agree(data)
    with running("python"):
        findings = BOTH.python.check(data).findings
    return [
        (f.code, f.severity.value, f.location.element or f.location.segment)
        for f in findings
        if f.severity.value != "info"
    ]


def changed(example: Example, *changes: tuple[str, str]) -> bytes:
    text = example.file().decode("latin-1")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode("latin-1")


def test_the_file_that_is_changed_has_nothing_wrong() -> None:
    assert found(TWO.file()) == []


# numbers (N0) with leading zeros


@pytest.mark.parametrize(
    "changes",
    [
        (("LX*1~", "LX*01~"),),
        (("LX*1~", "LX*000001~"), ("LX*2~", "LX*000002~")),
        (("LX*2~", "LX*02~"),),
        (("***1:2~", "***01:02~"),),
        (("***1:2~", "***1:02~"),),
        (("GE*1*1~", "GE*1*000000001~"),),
        (("*1200*1*X*", "*1200*0001*X*"),),
        (("*1200*1*X*", "*1200*007*X*"), ("GE*1*1~", "GE*01*07~")),
        (("SE*26*", "SE*0000000026*"),),
        (("IEA*1*", "IEA*01*"),),
    ],
)
def test_leading_zeros_of_a_number_say_nothing(changes: tuple[tuple[str, str], ...]) -> None:
    assert found(changed(TWO, *changes)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((("LX*2~", "LX*03~"),), ("STR005", "error", "LX01")),
        ((("LX*2~", "LX*01~"),), ("STR005", "error", "LX01")),
        ((("LX*1~", "LX*00~"),), ("STR005", "error", "LX01")),
        ((("LX*1~", "LX*0000001~"),), ("ENV008", "error", "LX01")),
        ((("***1:2~", "***1:03~"),), ("SIT001", "error", "SV107-02")),
        ((("***1:2~", "***1:01~"),), ("SIT001", "error", "SV107-02")),
        ((("***1:2~", "***01:1~"),), ("SIT001", "error", "SV107-02")),
        ((("***1:2~", "***1:00~"),), ("STR002", "error", "SV107-02")),
        ((("***1:2~", "***1:0~"),), ("STR002", "error", "SV107-02")),
        ((("***1:2~", "***1:002~"),), ("ENV008", "error", "SV107-02")),
        ((("GE*1*1~", "GE*1*01x~"),), ("ENV008", "error", "GE02")),
        ((("GE*1*1~", "GE*1*0010~"),), ("ENV003", "error", "GE02")),
        ((("GE*1*1~", "GE*1*00~"),), ("ENV003", "error", "GE02")),
        ((("HL*2*1*22", "HL*02*1*22"),), ("STR006", "error", "HL01")),
        ((("HL*2*1*22", "HL*2*01*22"),), ("STR006", "error", "HL02")),
        ((("SE*26*0001", "SE*26*1"),), ("ENV008", "error", "SE02")),
    ],
)
def test_a_wrong_number_with_leading_zeros_is_wrong(
    changes: tuple[tuple[str, str], ...], expected: tuple[str, str, str]
) -> None:
    assert found(changed(TWO, *changes)) == [expected]


def test_one_group_number_written_in_two_ways_stands_twice() -> None:
    text = TWO.file().decode()
    head, _, rest = text.partition("GS*")
    group, _, tail = rest.partition("IEA*")
    again = group.replace("*1200*1*X*", "*1200*001*X*").replace("GE*1*1~", "GE*1*01~")
    again = again.replace("CLM*EX-1*", "CLM*EX-2*").replace("D8*2026", "D8*2025")
    data = f"{head}GS*{group}GS*{again}IEA*{tail.replace('1*', '2*', 1)}".encode()
    assert found(data) == [("ENV003", "error", "GS06")]


# the subscriber that is an organization, BHT06, and the listed REF


def test_an_employer_as_subscriber_has_no_identifier() -> None:
    patient = (
        ("HL*2*1*22*0~", "HL*2*1*22*1~"),
        ("SBR*P*18*******CI~", "SBR*P********WC~"),
        ("NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0001~\nN3*2 EXAMPLE WAY~\nN4*EXAMPLE CITY*OH*43215~\n"
         "DMG*D8*19600101*F~\n", "NM1*IL*2*EXAMPLE EMPLOYER~\n"),
        ("CLM*EX-1*", "HL*3*2*23*0~\nPAT*20~\nNM1*QC*1*EXAMPLE*PERSON~\nN3*2 EXAMPLE WAY~\n"
         "N4*EXAMPLE CITY*OH*43215~\nDMG*D8*19600101*F~\nREF*Y4*CASE1~\nCLM*EX-1*"),
        ("SE*26*", "SE*30*"),
    )  # fmt: skip
    data = changed(TWO, *patient)
    assert found(data) == []
    assert [d.exception and d.exception.name for d in compare(data).differences] == [
        "organization-without-id"
    ] * 2
    identified = data.replace(b"EXAMPLE EMPLOYER~", b"EXAMPLE EMPLOYER*****MI*MEMBER0001~")
    assert found(identified) == []
    half = data.replace(b"EXAMPLE EMPLOYER~", b"EXAMPLE EMPLOYER*****MI~")
    assert found(half) == [("STR001", "error", "NM109")]
    half = data.replace(b"EXAMPLE EMPLOYER~", b"EXAMPLE EMPLOYER******MEMBER0001~")
    assert found(half) == [("STR001", "error", "NM108")]


@pytest.mark.parametrize("member", ["*EXAMPLE*PERSON~", "*EXAMPLE*PERSON*****~", "*EXAMPLE~"])
def test_a_person_as_subscriber_needs_one(member: str) -> None:
    data = changed(TWO, ("*EXAMPLE*PERSON****MI*MEMBER0001~", member))
    assert [f for f in found(data) if f[0] == "STR001"] == [
        ("STR001", "error", "NM108"), ("STR001", "error", "NM109"),
    ]  # fmt: skip


def test_another_subscriber_that_is_an_organization_needs_one_too() -> None:
    other = ("SBR*S*18*******CI", "OI***Y***Y", "NM1*IL*2*EXAMPLE EMPLOYER", "NM1*PR*2*B*****PI*B1")
    data = Example(claim=("HI*ABK:G8918", *other)).file()
    assert ("STR001", "error", "NM108") in found(data)


@pytest.mark.parametrize(("purpose", "good"), [("31", True), ("RP", True), ("32", False)])
def test_the_kind_of_claim_may_be_31(purpose: str, good: bool) -> None:
    data = changed(TWO, ("*1200*CH~", f"*1200*{purpose}~"))
    assert found(data) == ([] if good else [("STR002", "error", "BHT06")])
    assert all(d.exception for d in compare(data).differences)


@pytest.mark.parametrize(
    ("reference", "good"),
    [("4N*1", True), ("4N*7", True), ("4N*8", False), ("4N*EMERGENCY", False), ("F5*Y", True),
     ("F5*N", True), ("F5*X", False)],
)  # fmt: skip
def test_references_with_a_list_of_codes(reference: str, good: bool) -> None:
    data = Example(claim=(f"REF*{reference}", "HI*ABK:G8918"), line=TWO_LINES[:1]).file()
    data = data.replace(b"CLM*EX-1*120", b"CLM*EX-1*60")
    assert found(data) == ([] if good else [("STR002", "error", "REF02")])
    assert all(d.exception for d in compare(data).differences)


@pytest.mark.parametrize(("code", "good"), [("Y", True), ("N", False)])
def test_another_payers_adjustment_indicator_is_y(code: str, good: bool) -> None:
    other = (
        "SBR*S*18*******CI",
        "OI***Y***Y",
        "NM1*IL*1*EXAMPLE*PERSON****MI*M1",
        f"REF*T4*{code}",
    )
    other = (*other[:3], "NM1*PR*2*OTHER EXAMPLE*****PI*B1", other[3])
    data = Example(claim=("HI*ABK:G8918", *other)).file()
    assert [f for f in found(data) if f[2] == "REF02"] == (
        [] if good else [("STR002", "error", "REF02")]
    )


# padding behind the last interchange


@pytest.mark.parametrize(
    "padding",
    [b"\0", b"\0" * 511, b"\x1a" + b"\0" * 40, b"\0\x1a", b"\r\n\0\0\r\n", b"\0" * 3_000_000],
)
def test_nul_behind_the_interchange_is_a_warning(padding: bytes) -> None:
    data = TWO.file()
    assert found(data + padding) == [("ENV001", "warning", "")]
    assert found(data + padding + data.replace(b"000000001", b"000000002"))[0] == (
        "ENV001", "warning", "",
    )  # fmt: skip


@pytest.mark.parametrize("padding", [b"\0" * 40, b"\n\0\0", b"\x1a\0"])
def test_padding_behind_an_iea_without_its_terminator_is_no_part_of_it(padding: bytes) -> None:
    end = TWO.file().rstrip(b"~\n")
    assert found(end + padding) == found(end)
    assert found(end) == [("ENV001", "warning", "IEA")]


@pytest.mark.parametrize("padding", [b"\x1a", b"\r\n\x1a", b"\x1a" * 100, b"\n\n \n"])
def test_the_end_of_file_mark_of_dos_is_nothing(padding: bytes) -> None:
    assert found(TWO.file() + padding) == []


@pytest.mark.parametrize(
    "data",
    [
        TWO.file() + b"\0\0END\0",
        TWO.file() + b"\0" * 2_000_000 + b"\nSUBSCRIBER LIST",
        TWO.file() + b"SUBSCRIBER LIST" + b"\0" * 2_000_000,
        b"\0" * 128 + TWO.file(),
    ],
)
def test_other_bytes_outside_stay_an_error(data: bytes) -> None:
    assert ("ENV001", "error", "") in found(data)


def test_padding_tells_of_no_loss() -> None:
    """A wrong count is corrected unasked though padding stands between interchanges."""
    first = TWO.file() + b"\0" * 20
    data = first + TWO.file().replace(b"000000001", b"000000002").replace(b"SE*26*", b"SE*25*")
    count = next(f for f in Linter().check(data).findings if f.code == "ENV005")
    assert count.fix is not None
    assert count.fix.applicability.value == "automatic"
