"""One separator too many or too few: one finding, nothing lost, and the fix where it is clear."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agreement import Both
from conftest import linter_for
from edi_lint.edits.fixing import fix
from edi_lint.findings import Finding
from edi_lint.rules.examples import Example
from edi_lint.settings import Settings
from single_faults.bases import DEPENDENT, DRUG, ODD_COB
from single_faults.model import Base, file_of

UNSEEN = ("HI", "NM1*QC")
"""Where an empty element says nothing: between diagnoses, and before a middle name."""


def of(data: bytes) -> list[Finding]:
    return list(linter_for("").check(data).findings)


def spoilt(base: Base, more: bool) -> Iterator[tuple[str, bytes]]:
    """The base with one separator more or less, in every segment at each place."""
    layout = base.layout
    separator, end = layout.element, layout.terminator + layout.after
    segments = file_of(base).decode("latin-1").split(end)
    seen: set[str] = set()
    for number, segment in enumerate(segments):
        for at in (n for n, c in enumerate(segment) if c == separator and number):
            around = segment[at - 1 : at] + segment[at + 1 : at + 2]
            if not more and separator not in around:
                continue
            made = segment[:at] + (separator if more else "") + segment[at + (not more) :]
            plain = made.replace(separator, "*")
            if made not in seen and not plain.startswith(UNSEEN):
                seen.add(made)
                text = end.join([*segments[:number], made, *segments[number + 1 :]])
                yield plain, text.encode("latin-1")


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("base", [DEPENDENT, DRUG, ODD_COB], ids=lambda base: base.name)
def test_a_separator_more_or_less_is_one_finding(base: Base, more: bool) -> None:
    known = {(f.code, f.message) for f in of(file_of(base))}
    total = restored = 0
    for segment, data in spoilt(base, more):
        found = [f for f in of(data) if (f.code, f.message) not in known]
        assert [f.code for f in found] == ["ENV012"], segment
        total += 1
        if found[0].fix:
            (edit,) = found[0].fix.edits
            mended = data[: edit.byte_start] + edit.text.encode() + data[edit.byte_end :]
            assert mended == file_of(base), segment
            restored += 1
    assert total > (100 if more else 10)
    assert restored >= total * (0.98 if more else 0.95)


@pytest.mark.parametrize("base", [DEPENDENT, ODD_COB], ids=lambda base: base.name)
def test_both_engines_say_the_same(base: Base) -> None:
    both = Both(Settings())
    for segment, data in list(spoilt(base, True))[::3]:
        both.agree(data, segment)


def example(old: str, new: str) -> bytes:
    return Example(change=((old, new),)).file()


SEGMENTS = [
    ("N4*EXAMPLE CITY*OH*43215~", "N4*EXAMPLE *CITY*OH*43215~", "N4*EXAMPLE CITY*OH*43215~"),
    ("N4*EXAMPLE CITY*OH*43215~", "N4*EXAMPLE*CITY*OH*43215~", "N4*EXAMPLE CITY*OH*43215~"),
    ("D8*20260105", "D8*2026*0105", "D8*20260105"),
]


@pytest.mark.parametrize(("old", "new", "mended"), SEGMENTS)
def test_a_separator_in_a_value_is_one_finding(old: str, new: str, mended: str) -> None:
    data = example(old, new)
    found = [f for f in of(data) if f.severity.value == "error"]
    assert [f.code for f in found] == ["ENV012"]
    after = fix(data, Settings(select=("ENV012",)), unsafe=True).content()
    assert after == data.replace(new.encode(), mended.encode())


GLUED = [
    ("NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0001", "NM1*IL1*EXAMPLE*PERSON****MI*MEMBER0001"),
    ("HL*2*1*22*0", "HL*2*1*220"),
    ("HL*2*1*22*0", "HL*21*22*0"),
    ("DTP*472*D8*20260105", "DTP*472*D820260105"),
]


@pytest.mark.parametrize(("sound", "glued"), GLUED)
def test_two_values_without_a_separator_are_one_finding(
    sound: str, glued: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Example().file()
    assert sound.encode() in whole
    data = whole.replace(sound.encode(), glued.encode())
    found = []
    for engine in ("python", "kernel"):
        monkeypatch.setenv("EDI_LINT_ENGINE", engine)
        found.append([f for f in of(data) if f.severity.value == "error"])
    assert found[0] == found[1]
    assert [f.code for f in found[0]] == ["ENV012"]
    assert "contains the value of" in found[0][0].message
    assert fix(data, Settings(select=("ENV012",)), unsafe=True).content() == whole


def test_a_composite_and_an_amount_without_a_separator_are_one_finding() -> None:
    sound = Example(line=("SV1*HC:A0429:RH*400*UN*1***1",)).file()
    data = Example(line=("SV1*HC:A0429:RH400*UN*1***1",)).file()
    known = {(f.code, f.message) for f in of(sound)}
    assert [f.code for f in of(data) if (f.code, f.message) not in known] == ["ENV012"]
    assert fix(data, Settings(select=("ENV012",)), unsafe=True).content() == sound


def test_where_two_readings_fit_there_is_no_fix() -> None:
    data = example("SBR*P*18*******CI", "SBR*P***GRP1******CI")
    (found,) = (f for f in of(data) if f.code == "ENV012")
    assert found.fix is None


def test_another_fault_of_the_segment_is_told_at_its_element() -> None:
    data = Example(line=("SV1*HC:A4306**120*XX*1***1",)).file()
    found = [(f.code, f.location.element) for f in of(data) if f.severity.value == "error"]
    assert found == [("ENV012", "SV102"), ("STR002", "SV103")]


def test_rules_read_the_elements_as_they_are_meant() -> None:
    data = Example(clm="CLM**EX-1*77***12:B:1*Y*A*Y*Y").file()
    found = {f.code: f for f in of(data)}
    assert found["BAL001"].location.element == "CLM02"
    assert data[found["BAL001"].location.byte_start :].startswith(b"77*")
    assert found["ENV012"].location.claim == "EX-1"


@pytest.mark.parametrize(
    ("note", "mended"),
    [
        ("DOSE 5*2 ML", "DOSE 5 2 ML"),
        ("DOSE 5 *2 ML", "DOSE 5 2 ML"),
        ("5*2*1", "5 2 1"),
        ("5**2", "5 2"),
        ("5*2*", "5 2"),
    ],
)
def test_a_note_keeps_what_is_behind_a_separator(note: str, mended: str) -> None:
    data = Example(claim=(f"NTE*ADD*{note}", "HI*ABK:G8918")).file()
    after = fix(data, Settings(select=("STR003", "ENV009")), unsafe=True).content()
    assert f"NTE*ADD*{mended}~".encode() in after


def test_nothing_is_left_out_where_more_is_wrong() -> None:
    """A value that no element takes may belong to one that lacks its own."""
    for segment in ("NM1*IL*2*EXAMPLE**X*Y**QQ*MEMBER0001*01", "DTP*472*D8**20260105*20260106*X"):
        old = "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0001"
        data = example(old, segment) if "IL" in segment else example("DTP*472*D8*20260105", segment)
        after = fix(data, unsafe=True).content()
        for value in segment.split("*"):
            assert value.encode() in after
