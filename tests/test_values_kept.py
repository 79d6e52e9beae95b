"""`fix`, also with --unsafe, loses no value, but for one that a finding is about."""

from __future__ import annotations

import re
from random import Random

import pytest

from edi_lint.edits.fixing import Fixing, fix
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.x12 import pieces
from single_faults import CASES
from single_faults.bases import COMMERCIAL, DEPENDENT, DRUG, ODD_COB
from single_faults.model import Base, Case, edited, file_of
from test_shifts import spoilt

WHOLE_SEGMENTS = {"SIT013", "SIT014", "SIT016"}
"""Rules about segments that should not be there, whose fix takes these segments out."""
SYNTAX = [c for c in CASES if any(f.code.startswith(("ENV", "STR")) for f in c.found)]


def words(data: bytes) -> set[bytes]:
    """The texts between delimiters, line breaks and spaces."""
    found: set[bytes] = set()
    for piece in pieces(data):
        if piece.delimiters is not None:
            d = piece.delimiters
            apart = re.escape(d.element + d.component + d.repetition + b"\r\n ")
            found |= set(re.split(b"[" + apart + b"]+", piece.raw))
    return found


def lost(data: bytes, fixing: Fixing) -> set[bytes]:
    """The words that a fix has lost though none of the findings that it was for is about them."""
    places = [(f.location.byte_start, f.location.byte_end) for f in fixing.applied]
    own = b" ".join(data[start:end] for start, end in places)
    counts = {b"%d" % n for n in range(1000)}
    gone = words(data) - words(fixing.content()) - counts
    return {word for word in gone if word not in own}


@pytest.mark.parametrize("unsafe", [False, True])
@pytest.mark.parametrize("case", SYNTAX[::2], ids=lambda case: case.name)
def test_no_fix_of_a_single_fault_loses_another_value(case: Case, unsafe: bool) -> None:
    data, _ = edited(case)
    fixing = fix(data, unsafe=unsafe)
    if not any(f.code in WHOLE_SEGMENTS for f in fixing.applied):
        assert lost(data, fixing) == set()


@pytest.mark.parametrize("more", [True, False])
@pytest.mark.parametrize("base", [DRUG, ODD_COB], ids=lambda base: base.name)
def test_no_fix_of_a_shifted_segment_loses_a_value(base: Base, more: bool) -> None:
    for segment, data in list(spoilt(base, more))[::5]:
        fixing = fix(data, unsafe=True)
        assert words(data) - words(fixing.content()) <= {b""}, segment


@pytest.mark.parametrize("seed", range(12))
def test_no_fix_of_several_stray_separators_loses_a_value(seed: int) -> None:
    """Separators go into two segments at random; what is told of them is theirs."""
    random = Random(seed)
    data = file_of(random.choice((COMMERCIAL, DEPENDENT, DRUG)))
    end = data.index(b"\nST")
    for _ in range(3):
        places = [m.start() for m in re.finditer(rb"\*", data) if m.start() > end]
        at = random.choice(places)
        data = data[:at] + b"*" + data[at:]
    assert lost(data, fix(data, unsafe=True)) == set()


def test_an_id_under_a_wrong_qualifier_is_one_finding() -> None:
    for id_ in ("1234567893", "MEMBER0001"):
        data = Example(change=(("MI*MEMBER0001", f"XX*{id_}"),)).file()
        found = [
            f.location.element for f in Linter().check(data).findings if f.severity.value == "error"
        ]
        assert found == ["NM108"]


@pytest.mark.parametrize("base", [DEPENDENT, ODD_COB], ids=lambda base: base.name)
def test_no_value_is_written_into_the_one_before_its_place(base: Base) -> None:
    """Segments of envelopes and levels that end before some of their elements."""
    original = file_of(base)
    for segment in pieces(original):
        if segment.delimiters is None:
            continue
        separator = segment.delimiters.element
        tag, *values = segment.raw.split(separator)
        if tag not in {b"GS", b"ST", b"BHT", b"HL", b"LX", b"SE", b"GE", b"IEA"}:
            continue
        for kept in range(len(values)):
            short = separator.join([tag, *values[:kept]])
            data = original[: segment.start] + short + original[segment.end :]
            fixed = fix(data, unsafe=True).content()
            assert fixed[: segment.start] == data[: segment.start], short
            after = fixed[segment.start :].split(segment.delimiters.terminator)[0]
            said = short.rstrip(separator).split(separator)
            assert after.split(separator)[: len(said)] == said, after


@pytest.mark.parametrize("spoilt_level", ["HL*2*122*0", "HL*21*22*0", "HL2*1*22*0", "HL*2*1*220"])
def test_no_level_is_numbered_anew_whose_separator_is_lost(spoilt_level: str) -> None:
    """The number that is wrong there contains the value of another element: the separator is put in,
    if it is clear where, and no number is written over.
    """
    data = file_of(COMMERCIAL)
    level = re.search(rb"HL\*2\*1\*22\*0", data)
    assert level is not None
    broken = data.replace(level[0], spoilt_level.encode(), 1)
    result = fix(broken, unsafe=True).content()
    levels = re.findall(rb"HL[^~]*", result)
    assert levels in (re.findall(rb"HL[^~]*", broken), re.findall(rb"HL[^~]*", data))


@pytest.mark.parametrize(
    "st", [b"ST*837*0001005010X222A1", b"ST*8370001*005010X222A1", b"ST837*0001*005010X222A1"]
)
def test_a_lost_separator_in_st_does_not_keep_fix_from_its_end(st: bytes) -> None:
    data = file_of(COMMERCIAL)
    whole = re.search(rb"ST\*837\*[^~]*", data)
    assert whole is not None
    broken = data.replace(whole[0], st, 1)
    result = fix(broken, unsafe=True).content()
    assert fix(result, unsafe=True).content() == result
    assert words(broken) - words(result) <= {st.split(b"*")[0], st.split(b"*")[1]}
