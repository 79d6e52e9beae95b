"""One cause, one finding: of several that say the same in other words only the nearest is given."""

from __future__ import annotations

import pytest

import whole_guide
from conftest import ROOT, linter_for
from edi_lint.edits.fixing import fix
from edi_lint.findings import Severity
from edi_lint.run.drive import Linter
from test_trailers import file, set_

BASES = {
    "subscriber": whole_guide.segments_of_subscriber(),
    "patient": whole_guide.segments_of_patient(),
}
ADDRESSES = [
    (base, index)
    for base, segments in BASES.items()
    for index, segment in enumerate(segments)
    if segment.startswith("N4*")
]
PRICED = {"2010AA", "2310C", "2420C"}


def told(segments: list[str]) -> list[tuple[str, str, Severity, str]]:
    """Code, element, severity and loop of each finding."""
    every = linter_for("").check(whole_guide.data(segments)).findings
    found = [f for f in every if f.code != whole_guide.CONTRADICTS_ITSELF]
    return [(f.code, f.location.element, f.severity, f.location.loop) for f in found]


def with_address(base: str, index: int, n4: str) -> list[str]:
    segments = list(BASES[base])
    segments[index] = n4
    return segments


def test_every_loop_with_an_address_is_tried() -> None:
    loops = {
        found[3]
        for base, index in ADDRESSES
        for found in told(with_address(base, index, "N4*FAIRMEAD*OH*ABCDE"))
    }
    assert loops >= PRICED | {"2010AB", "2010AC", "2010BA", "2010BB", "2010CA", "2310E", "2310F"}
    assert loops >= {"2330A", "2330B", "2420E", "2420G", "2420H"}


@pytest.mark.parametrize("country", ["", "*US"])
@pytest.mark.parametrize("zip_", [None, "", "  "])
@pytest.mark.parametrize(("base", "index"), ADDRESSES)
def test_a_state_without_a_zip_code_is_told_once(
    base: str, index: int, zip_: str | None, country: str
) -> None:
    """Also where the empty element is behind a last separator, which ENV009 is about."""
    n4 = (
        "N4*FAIRMEAD*OH"
        if zip_ is None and not country
        else f"N4*FAIRMEAD*OH*{zip_ or ''}{country}"
    )
    found = told(with_address(base, index, n4))
    assert [(code, element) for code, element, _, _ in found] == [("COD008", "N403")]
    _, _, severity, loop = found[0]
    assert severity is (Severity.ERROR if loop in PRICED else Severity.WARNING)


@pytest.mark.parametrize(("zip_", "fault"), [("4321", True), ("ABCDE", True), ("43215", False)])
@pytest.mark.parametrize(("base", "index"), ADDRESSES)
def test_a_zip_code_of_another_form_is_told_once(
    base: str, index: int, zip_: str, fault: bool
) -> None:
    found = told(with_address(base, index, f"N4*FAIRMEAD*OH*{zip_}"))
    if fault or found:
        assert [(code, element) for code, element, _, _ in found] == [("COD008", "N403")]
    assert fault or not found or found[0][3] in PRICED


@pytest.mark.parametrize("n4", ["N4*FAIRMEAD*ON*K1A0B1*CA", "N4*FAIRMEAD*ON**CA", "N4*LYON***FR"])
@pytest.mark.parametrize(("base", "index"), ADDRESSES[::3])
def test_an_address_in_another_country_needs_no_zip_code_of_the_us(
    base: str, index: int, n4: str
) -> None:
    assert told(with_address(base, index, n4)) == []


def test_trailing_separators_behind_another_fault_are_still_told() -> None:
    """N402 is empty in the middle of the segment: the separators at its end are another fault."""
    base, index = ADDRESSES[1]
    found = told(with_address(base, index, "N4*FAIRMEAD**43215**"))
    assert sorted(code for code, *_ in found) == ["COD008", "ENV009"]


@pytest.mark.parametrize("number", ["1", "12A", "0000000001"])
def test_a_set_number_of_a_wrong_length_is_told_at_st02(number: str) -> None:
    """SE02 repeats it; where SE02 is another one, it is judged by itself."""
    se, st = BASES["subscriber"][-1], "ST*837*0001*"
    data = whole_guide.data([*BASES["subscriber"][:-1], se]).replace(
        st.encode(), f"ST*837*{number}*".encode()
    )
    same = data.replace(b"*0001~\nGE", f"*{number}~\nGE".encode())
    other = data.replace(b"*0001~\nGE", b"*22~\nGE")
    assert places(same) == [("ENV008", "ST02")]
    assert places(other) == [("ENV008", "ST02"), ("ENV008", "SE02")]


def places(data: bytes) -> list[tuple[str, str]]:
    """Code and element of each finding about an envelope."""
    found = linter_for("").check(data).findings
    return [(f.code, f.location.element) for f in found if f.code.startswith("ENV")]


def test_a_set_number_of_a_wrong_length_hides_no_wrong_trailer_of_a_later_set() -> None:
    data = file([set_(7), set_(2, trailer="0003")]).replace(b"ST*837*0007*", b"ST*837*7*")
    data = data.replace(b"*0007~", b"*7~")
    assert places(data) == [("ENV008", "ST02"), ("ENV004", "SE02")]


def test_spaces_behind_both_numbers_of_a_set_are_two_places_to_correct() -> None:
    data = (
        file([set_(1)])
        .replace(b"ST*837*0001*", b"ST*837*0001 *")
        .replace(b"*0001~\nGE", b"*0001 ~\nGE")
    )
    assert places(data) == [("ENV009", "ST02"), ("ENV009", "SE02")]
    assert places(fix(data).content()) == []


def test_a_claim_without_its_clm_has_its_position_in_the_document() -> None:
    data = (ROOT / "examples" / "outbound.837").read_bytes()
    data = b"".join(s for s in data.splitlines(True) if not s.startswith(b"CLM*HI-26-0614"))
    places = [f.json()["location"] for f in Linter().check(data).findings]
    (missing,) = (p for p in places if p["segment"] == "CLM" and "claim" not in p)
    assert missing["claim_number"] == 4
    assert {(p.get("claim", ""), p.get("claim_number")) for p in places} >= {
        ("HI-26-0613", 3), ("", 4), ("HI-26-0615", 5), ("", None)
    }  # fmt: skip
