"""A missing segment terminator: one finding, and what follows is read as if it were there."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from agreement import Both
from conftest import linter_for
from edi_lint.edits.apply import apply
from edi_lint.edits.fixing import fix
from edi_lint.findings import Finding
from edi_lint.rules.examples import Example
from edi_lint.settings import Settings
from edi_lint.transform.split import split
from single_faults.bases import COB, DEPENDENT, DRUG, ODD_COB
from single_faults.model import Base, file_of
from test_affected import TWO_SETS

LEFT = ("", "\n", "\r\n", " ")
"""What may be left between two segments that no terminator parts."""


UNSEEN = 2
"""NM1*QC takes one more value: N3 behind a patient's name, with no line break, looks like a name."""


BOTH = Both(Settings())


def of(data: bytes) -> list[Finding]:
    return list(linter_for("").check(data).findings)


def after(data: bytes, finding: Finding) -> bytes:
    """The file with what the finding proposes."""
    assert finding.fix
    return b"".join(apply(io.BytesIO(data), finding.fix.edits))


def fused(base: Base, left: str) -> Iterator[tuple[str, bytes]]:
    """The base without the terminator of each segment but the last, and the tag of the next one.

    Two of the four things that may be left are at one segment, the other two at the next.
    """
    layout = base.layout
    end = layout.terminator + layout.after
    segments = file_of(base).decode("latin-1").removesuffix(end).split(end)
    for number in range(1 + LEFT.index(left) % 2, len(segments) - 1, 2):
        first, rest = segments[: number + 1], segments[number + 1 :]
        text = end.join(first) + left + end.join(rest) + end
        yield rest[0].partition(layout.element)[0], text.encode("latin-1")


@pytest.mark.parametrize("left", LEFT)
@pytest.mark.parametrize("base", [COB, DEPENDENT, DRUG, ODD_COB], ids=lambda base: base.name)
def test_it_is_one_finding_before_any_segment(base: Base, left: str) -> None:
    known = {(f.code, f.message) for f in of(file_of(base))}
    blank = b"".join(b.encode() for b in " \r\n" if b != base.layout.terminator)
    whole = file_of(base).translate(None, blank)
    wrong = []
    total = 0
    for tag, data in fused(base, left):
        found = [f for f in of(data) if (f.code, f.message) not in known]
        total += 1
        if [f.code for f in found] != ["ENV013"] or not found[0].message.endswith(f" {tag}"):
            wrong.append((tag, [(f.code, f.message) for f in found]))
            continue
        assert after(data, found[0]).translate(None, blank) == whole
        if total % 4 == len(left):
            fixing = fix(data, Settings(select=("ENV013",)), unsafe=True)
            assert fixing.content().translate(None, blank) == whole
    assert [w for w in wrong if left in ("\n", "\r\n") or w[0] != "N3"] == []
    assert len(wrong) <= UNSEEN
    assert total > 15


@pytest.mark.parametrize("left", LEFT)
def test_both_engines_say_the_same(left: str) -> None:
    for tag, data in fused(ODD_COB, left):
        BOTH.agree(data, tag)


def test_several_in_a_row_are_told_each() -> None:
    data = Example().file()
    for joint in (b"G8918~\nLX", b"LX*1~\nSV1", b"***1~\nDTP"):
        assert data.count(joint) == 1
        data = data.replace(joint, joint.replace(b"~\n", b""))
    found = [f.location.segment for f in of(data) if f.severity.value == "error"]
    assert found == ["LX", "SV1", "DTP"]


def test_what_follows_is_judged() -> None:
    data = Example(line=("SV1*HC:A4306*12X*UN*1***1",)).file().replace(b"LX*1~\n", b"LX*1\n")
    found = [(f.code, f.location.element) for f in of(data) if f.severity.value == "error"]
    assert found == [("ENV013", ""), ("ENV008", "SV102")]


@pytest.mark.parametrize(
    "segment", ["N3*1 EAST*WEST ST", "NM1*85*2*NURSE*LEX****XX*1234567893", "REF*EI*69000PWK"]
)
def test_a_value_that_ends_like_a_tag_is_none(segment: str) -> None:
    lines = Example().file().decode().split("~\n")
    at = next(n for n, line in enumerate(lines) if line.startswith(segment[:6]))
    lines[at] = segment
    assert "ENV013" not in {f.code for f in of("~\n".join(lines).encode())}


@pytest.mark.parametrize("left", LEFT)
def test_split_damages_no_claim(left: str) -> None:
    """Both claims at a missing terminator are held; no clean one is cut."""
    end = TWO_SETS.index(b"~", TWO_SETS.index(b"REF*6R*P1"))
    begin = TWO_SETS.index(b"CLM*P2")
    data = TWO_SETS[:end] + left.encode() + TWO_SETS[begin:]
    parts = split(data)
    held = [claim.id for claim in parts.held_claims()]
    assert "P1" in held
    clean = parts.clean_content()
    assert [f for f in of(clean) if f.severity.value == "error"] == []
    assert b"CLM*P1*" not in clean


@pytest.mark.parametrize("left", ["", "\n", "\r\n"])
@pytest.mark.parametrize("after", ["\n", ""])
def test_that_of_isa_is_learnt_from_gs(left: str, after: str) -> None:
    whole = Example().file().decode().replace("\n", after)
    data = whole.replace(f"*P*:~{after}", f"*P*:{left}").encode()
    found = [(f.code, f.location.segment) for f in of(data) if f.severity.value == "error"]
    assert found == [("ENV013", "GS")]
    after_fix = fix(data, Settings(select=("ENV013",)), unsafe=True).content()
    assert after_fix.replace(b"\r", b"").replace(b"\n", b"") == whole.replace("\n", "").encode()
