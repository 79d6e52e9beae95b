"""`edi-lint edit` sets the elements that are named and no other byte, or it sets nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint.edits.element_place import ElementPlace, WrongPlace
from edi_lint.findings import Applicability

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()


@pytest.fixture
def run(commands: Callable[[str], Cli]) -> Cli:
    return commands("edit")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "out.837"
    path.write_bytes(OUTBOUND)
    return path


def edited(data: bytes, **values: str) -> bytes:
    """The bytes with elements of set 0001 set, each named `e100_PWK05`."""
    places = {f"0001#{k[1:].replace('_', ':')}": v for k, v in values.items()}
    return edi_lint.edit(data, places).content()


def refusal(data: bytes, place: str, value: str) -> str:
    with pytest.raises(edi_lint.EditError) as refused:
        edi_lint.edit(data, {place: value})
    assert value == "" or len(value) < 3 or value not in str(refused.value)
    return str(refused.value)


def test_one_value_is_set_and_every_other_byte_stays() -> None:
    result = edi_lint.edit(OUTBOUND, {"0001#79:CLM02": "455"})
    assert result.content() == OUTBOUND.replace(b"HI-26-0614*480*", b"HI-26-0614*455*")
    assert (result.gone, result.new, result.still) == ({"BAL001": 1}, {}, [])
    assert result.is_changed
    assert not result.is_worse


def test_an_element_behind_the_end_comes_with_its_separators() -> None:
    assert b"PWK*B3*FX***AC*A-1~" in edited(OUTBOUND, e100_PWK05="AC", e100_PWK06="A-1")
    assert b"SV1*HC:A4306:SC:SC::X*415" in edited(
        OUTBOUND.replace(b":SC:SC*415", b":SC:SC*415"), **{"e83_SV101-06": "X"}
    )


def test_what_is_emptied_leaves_no_separators_at_the_end() -> None:
    whole = OUTBOUND.replace(b"PWK*B3*FX~", b"PWK*B3*FX***AC*A-1~")
    assert b"PWK*B3*FX***AC~" in edi_lint.edit(whole, {"0001#100:PWK06": ""}).content()
    both = edi_lint.edit(whole, {"0001#100:PWK05": "", "0001#100:PWK06": ""})
    assert both.content() == OUTBOUND
    assert both.gone == {}
    assert b"HC:A4306:SC*415" in edited(OUTBOUND, **{"e83_SV101-04": ""})
    assert b"HC:A4306::SC*415" in edited(OUTBOUND, **{"e83_SV101-03": ""})


def test_places_are_those_of_the_input_whatever_else_is_set() -> None:
    result = edi_lint.edit(OUTBOUND, {"0001#83:SV101-04": "", "0001#83:SV107-02": "2"})
    assert b"SV1*HC:A4306:SC*415*UN*1***1:2~" in result.content()
    assert set(result.gone) == {"MOD005", "SIT001"}


def test_a_value_that_is_there_changes_nothing() -> None:
    result = edi_lint.edit(OUTBOUND, {"0001#79:CLM02": "480"})
    assert not result.is_changed
    assert result.content() == OUTBOUND


def test_the_element_is_named_where_it_is_still_at_fault() -> None:
    result = edi_lint.edit(OUTBOUND, {"0001#103:NM109": "1002513421"})
    assert [finding.code for finding in result.still] == ["COD005"]


def test_a_result_with_more_errors_is_said_to_be_worse() -> None:
    assert edi_lint.edit(OUTBOUND, {"0001#79:CLM02": "455", "0001#19:CLM02": "1"}).new_errors == {
        "BAL001": 1
    }


# envelopes


def test_isa_keeps_its_widths() -> None:
    result = edi_lint.edit(OUTBOUND, {"000000416:ISA06": "SENDER"})
    assert b"*ZZ*SENDER         *ZZ*" in result.content()
    assert len(result.content()) == len(OUTBOUND)
    assert "ISA06 has at most 15 characters" in refusal(OUTBOUND, "000000416:ISA06", "S" * 16)
    assert "ISA13 has exactly 9 characters" in refusal(OUTBOUND, "000000416:ISA13", "417")
    assert "a delimiter of the whole interchange" in refusal(OUTBOUND, "000000416:ISA16", "!")


def test_a_control_number_changes_in_header_and_trailer_together() -> None:
    alone = edi_lint.edit(OUTBOUND, {"000000416:ISA13": "000000417"})
    assert alone.new_errors == {"ENV002": 1}
    numbers = {"000000416:ISA13": "000000417", "000000416:IEA02": "000000417"}
    both = edi_lint.edit(OUTBOUND, numbers)
    assert (both.new_errors, both.new, both.gone) == ({}, {}, {})


def test_a_count_that_is_made_wrong_is_worse() -> None:
    assert edi_lint.edit(OUTBOUND, {"0001#115:SE01": "9"}).new_errors == {"ENV005": 1}
    assert edi_lint.edit(OUTBOUND, {"416:GE01": "2"}).new_errors == {"ENV005": 1}


# places and values that are not possible


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("0009#33:DTP03", "1", "the file has no set 0009"),
        ("0001#999:DTP03", "1", "set 0001 has no segment 999"),
        ("0001#79:SV102", "1", "segment 79 is CLM, not SV1"),
        ("0001#79:CLM21", "1", "in the guide CLM has 20 elements"),
        ("0001#79:CLM02-01", "1", "in the guide CLM02 has no components"),
        ("0001#79:CLM05-04", "1", "in the guide CLM05 has 3 components"),
        ("0001#79:CLM05", "11", "CLM05 has 3 components; name one, such as CLM05-02"),
        ("0001#79:CLM02", "4*5", "contains '*', the element separator of this interchange"),
        ("0001#79:CLM02", "4~5", "contains '~', the segment terminator of this interchange"),
        ("0001#79:CLM02", "4^5", "contains '^', the repetition separator of this interchange"),
        ("0001#79:CLM05-01", "1:B", "set one component at a time"),
        ("0001#79:CLM02", "45\n5", "contains a line break or a control character"),
        ("0001#79:CLM02", "45€5", "contains a character that X12 has no byte for"),
        ("000000999:ISA06", "X", "the file has no interchange 000000999"),
        ("9:GS02", "X", "the file has no group 9"),
        ("0001#83", "X", "such as 0001#33:DTP03"),
        ("416#1:GS02", "X", "such as 0001#33:DTP03"),
        ("0001:CLM02", "X", "such as 0001#33:DTP03"),
        ("0001#0:CLM02", "X", "count from 1"),
        ("0001#79:CLM00", "X", "count from 1"),
    ],
)
def test_what_is_not_possible_is_refused_with_place_and_remedy(
    place: str, value: str, said: str
) -> None:
    words = refusal(OUTBOUND, place, value)
    assert words.startswith(f"{place}: ")
    assert said in words


def test_a_number_that_several_sets_have_is_refused_with_their_names() -> None:
    twice = OUTBOUND + OUTBOUND.replace(b"000000416", b"000000417")
    words = refusal(twice, "0001#79:CLM02", "455")
    assert words == (
        "0001#79:CLM02: 2 sets have this number; name one: 000000416/416/0001#79:CLM02 or "
        "000000417/416/0001#79:CLM02"
    )
    second = edi_lint.edit(twice, {"000000417/416/0001#79:CLM02": "455"})
    assert second.content().startswith(OUTBOUND)
    assert second.gone == {"BAL001": 1}


def test_numbers_that_tell_nothing_apart_are_refused() -> None:
    words = refusal(OUTBOUND + OUTBOUND, "0001#79:CLM02", "455")
    assert "2 sets of the file have this number and no other number tells them apart" in words


def test_a_number_that_is_none_is_not_repeated_in_what_is_said() -> None:
    named = OUTBOUND.replace(
        b"GS*HC*HARBORINFUSION*CLEARBRIDGE*20260626*1730*416", b"GS*HC*A*B*20260626*1730*DOE"
    )
    words = refusal(OUTBOUND + named, "0001#79:CLM02", "455")
    assert "no other number tells them apart" in words
    assert "DOE" not in words


def test_one_place_twice_is_refused() -> None:
    with pytest.raises(edi_lint.EditError, match="is also 0001#79:CLM02; give one value"):
        edi_lint.edit(OUTBOUND, {"0001#79:CLM02": "1", "416/0001#79:CLM02": "2"})


def test_a_segment_loses_its_last_element_to_no_edit() -> None:
    data = OUTBOUND.replace(b"PWK*B3*FX~", b"PWK*B3~")
    assert "PWK would have no element left" in refusal(data, "0001#100:PWK01", "")


def test_a_segment_whose_elements_are_not_in_their_places_is_refused() -> None:
    data = OUTBOUND.replace(b"DTP*472*D8*20260615", b"DTP*472**D8*20260615", 1)
    (finding,) = (f for f in edi_lint.check(data).findings if f.location.segment == "DTP")
    place = f"0001#{finding.location.segment_ordinal}:DTP03"
    said = "a separator is missing in this segment, or one too many"
    assert said in refusal(data, place, "20260609")


def test_a_file_of_several_bytes_a_character_is_refused_with_what_to_do() -> None:
    data = OUTBOUND.decode().encode("utf-16")
    with pytest.raises(edi_lint.EditError, match=r"UTF-16 .* fix writes such a file"):
        edi_lint.edit(data, {"0001#79:CLM02": "455"})


def test_bytes_above_ascii_stay_as_they_are() -> None:
    data = OUTBOUND.replace(b"HARBOR", "HÄRBÖR".encode(), 1)
    result = edi_lint.edit(data, {"0001#79:CLM02": "455"})
    assert result.content() == data.replace(b"HI-26-0614*480*", b"HI-26-0614*455*")


def test_other_delimiters_and_line_breaks_inside_stay() -> None:
    data = OUTBOUND.replace(b"~\n", b"\r").replace(b"*", b"|").replace(b":", b">")
    result = edi_lint.edit(data, {"0001#83:SV101-04": "", "0001#79:CLM02": "455"})
    wanted = data.replace(b">SC>SC|415", b">SC|415").replace(b"0614|480|", b"0614|455|")
    assert result.content() == wanted


# what findings print


FAULTY = sorted((FIXTURES / "faulty").glob("*.837"))
REFUSED = ("no element left", "one too many", "have this number", "not an 837P")


def can_be_set(data: bytes, place: ElementPlace) -> bool:
    """Whether a place is one of the file, or is refused for a reason that is not the place."""
    try:
        edi_lint.edit(data, {str(place): ""})
    except edi_lint.EditError as problem:
        return any(reason in str(problem) for reason in REFUSED)
    return True


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_a_finding_about_an_element_names_a_place_that_can_be_set(path: Path) -> None:
    data = path.read_bytes()
    places = {ElementPlace.of(f.location) for f in edi_lint.check(data).findings}
    for place in filter(None, places):
        assert place.tag == "ISA" or can_be_set(data, place), place


def test_a_suggested_value_set_by_hand_is_what_the_fix_makes() -> None:
    finding = next(f for f in edi_lint.check(OUTBOUND).findings if f.code == "MOD005")
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.AUTOMATIC
    by_hand = edi_lint.edit(OUTBOUND, {str(ElementPlace.of(finding.location)): ""})
    settings = edi_lint.Settings(select=("MOD005",))
    assert by_hand.content() == edi_lint.fix(OUTBOUND, settings).content()


@pytest.mark.parametrize(
    "text", ["0001#33:DTP03", "1/0001#33:SV101-04", "1:GS03", "000000905:ISA06"]
)
def test_a_place_is_written_as_it_is_read(text: str) -> None:
    assert str(ElementPlace.read(text)) == text


def test_what_is_no_place_says_how_one_is_written() -> None:
    with pytest.raises(WrongPlace, match=r"0001#33:SV101-04"):
        ElementPlace.read("line 3")


def test_full_text_prints_the_command_to_paste(
    commands: Callable[[str], Cli], source: Path, tmp_path: Path
) -> None:
    full = commands("check")(source, "--output-format", "full").out
    printed = [line.partition(" = edit: ")[2] for line in full.splitlines() if " = edit: " in line]
    assert f"edi-lint edit --diff {source} --at 0001#79:CLM02 --value VALUE" in printed
    both = tmp_path / "both.837"
    both.write_bytes(OUTBOUND + OUTBOUND.replace(b"000000416", b"000000417"))
    full = commands("check")(both, "--output-format", "full").out
    assert f"{both} --at 000000417/416/0001#79:CLM02 --value VALUE" in full


# the command


def test_it_writes_the_result_and_says_what_is_gone(run: Cli, source: Path, tmp_path: Path) -> None:
    target = tmp_path / "edited.837"
    ran = run(source, "--at", "0001#79:CLM02", "--value", "455", "-o", target)
    assert (ran.status, ran.out) == (0, "")
    assert "1 value set\n  findings that are gone: BAL001 (1)\n" in ran.err
    assert target.read_bytes() == OUTBOUND.replace(b"HI-26-0614*480*", b"HI-26-0614*455*")
    assert source.read_bytes() == OUTBOUND


def test_diff_shows_and_writes_nothing(run: Cli, source: Path) -> None:
    ran = run(source, "--at", "0001#79:CLM02", "--value", "455", "--diff")
    assert ran.status == 1
    assert "-CLM*HI-26-0614*480*" in ran.out
    assert "+CLM*HI-26-0614*455*" in ran.out
    assert source.read_bytes() == OUTBOUND
    assert run(source, "--at", "0001#79:CLM02", "--value", "480", "--diff").status == 0


def test_a_worse_result_is_refused_unless_it_is_forced(run: Cli, source: Path) -> None:
    asked = (source, "--at", "0001#19:CLM02", "--value", "1", "--in-place")
    ran = run(*asked)
    assert (ran.status, source.read_bytes()) == (2, OUTBOUND)
    assert "refused: the result has more errors than the original" in ran.err
    assert "new errors: BAL001 (1)" in ran.err
    assert run(*asked, "--force").status == 0
    assert source.read_bytes() != OUTBOUND


def test_options_that_do_not_go_together_are_refused(run: Cli, source: Path) -> None:
    one = ("--at", "0001#79:CLM02", "--value", "455")
    assert "0 places (--at) and 0 values" in run(source).err
    assert "2 places (--at) and 1 value " in run(source, *one, "--at", "0001#19:CLM02").err
    assert "is given twice" in run(source, *one, *one).err
    assert "does not go with --diff" in run(source, *one, "--in-place", "--diff").err
    assert "does not go with --output" in run(source, *one, "--in-place", "-o", "x").err
    assert "--in-place overwrites it" in run(source, *one, "-o", source).err
    assert "standard input cannot be written" in run("-", *one, "--in-place").err
    assert source.read_bytes() == OUTBOUND


def test_no_name_or_id_is_in_what_it_says(run: Cli, source: Path) -> None:
    """The place of a name is named, never the name."""
    ran = run(source, "--at", "0001#103:NM103", "--value", "VERYRARENAME", "--diff")
    assert "VERYRARENAME" not in ran.out + ran.err
    ran = run(source, "--at", "0001#103:NM103", "--value", "VERYRARE*NAME", "--diff")
    assert "VERYRARE" not in ran.out + ran.err
