"""Fixes of trailers: automatic, unless something may be lost in the envelope that they close."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from edi_lint.edits.fixing import fix
from edi_lint.findings import Applicability, Finding
from edi_lint.rules.examples import HEAD, SEGMENTS, TAIL, Example
from edi_lint.rules.losses import Flags, Losses
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from test_parallel import here, outcome, reports, small_slices  # noqa: F401 - fixtures

ISA, GS = HEAD[:2]
MISPLACED, LACKING = "ZZZ*1", "HI*ABK:G8918"


def set_(number: int, claims: int = 1, lost: str = "", count: int = 0, trailer: str = "") -> str:
    """A transaction set; `lost` is put behind its first claim, MISPLACED, or LACKING taken out."""
    whole = Example().file().decode().replace("\n", "").split("~")
    start, end = whole.index(HEAD[2]), next(n for n, s in enumerate(whole) if s[:3] == "SE*")
    head, claim = whole[start:end], Example().segments()
    head = head[: len(head) - len(claim)]
    body = head + [s for n in range(claims) for s in (claim if n or not lost else faulty(lost))]
    body = [s.replace("*0001*", f"*{number:04}*") if s[:3] == "ST*" else s for s in body]
    se = f"SE*{count or len(body) + 1}*{trailer or f'{number:04}'}"
    return "~\n".join([*body, se])


def short(number: int, claims: int, lost: str = "") -> str:
    """A set that states one segment less than it has."""
    whole = set_(number, claims, lost)
    return set_(number, claims, lost, count=len(whole.split("\n")) - 1)


def faulty(lost: str) -> list[str]:
    claim = Example().segments()
    if lost == LACKING:
        return [s for s in claim if s != LACKING]
    return [*claim, lost]


def file(*groups: list[str], ge: str = "", iea: str = "") -> bytes:
    """An interchange of groups of sets; `ge` replaces the first group's trailer, `iea` the interchange's."""
    parts = [ISA]
    for number, sets in enumerate(groups, start=1):
        parts.append(GS.replace("*1200*1*", f"*1200*{number}*"))
        parts += sets
        parts.append(ge if ge and number == 1 else f"GE*{len(sets)}*{number}")
    parts.append(iea or f"IEA*{len(groups)}*000000001")
    return ("~\n".join(parts) + "~\n").encode()


def applicability(data: bytes, code: str) -> list[Applicability | None]:
    found = Linter().check(data).findings
    return [f.fix and f.fix.applicability for f in found if f.code == code]


AUTOMATIC, SUGGESTED = [Applicability.AUTOMATIC], [Applicability.SUGGESTED]


def test_the_helpers_make_good_files() -> None:
    findings = Linter().check(file([set_(1, 2), set_(2)], [set_(3)])).findings
    assert {f.severity.value for f in findings} == {"info", "warning"}
    assert TAIL[1] == "IEA*1*000000001"


@pytest.mark.parametrize("lost", [MISPLACED, LACKING])
@pytest.mark.parametrize(
    ("code", "trailer", "ge", "iea"),
    [
        ("ENV004", {"trailer": "0009"}, "", ""),
        ("ENV005", {"count": SEGMENTS + 2}, "", ""),
        ("ENV005", {"count": SEGMENTS - 2}, "", ""),
        ("ENV003", {}, "GE*2*9", ""),
        ("ENV005", {}, "GE*1*1", ""),
        ("ENV002", {}, "", "IEA*2*000000009"),
        ("ENV005", {}, "", "IEA*1*000000001"),
    ],
)
def test_a_trailer_is_mended_unless_something_is_lost(
    lost: str, code: str, trailer: dict[str, object], ge: str, iea: str
) -> None:
    whole = file([set_(1), set_(2, **trailer)], [set_(3)], ge=ge, iea=iea)
    assert applicability(whole, code) == AUTOMATIC
    broken = file([set_(1), set_(2, lost=lost, **trailer)], [set_(3)], ge=ge, iea=iea)
    assert applicability(broken, code) == SUGGESTED


def test_what_is_lost_in_another_envelope_changes_nothing() -> None:
    lost = set_(1, lost=MISPLACED)
    off = set_(2, count=SEGMENTS + 1)
    assert applicability(file([lost, off]), "ENV005") == AUTOMATIC
    assert applicability(file([off, lost]), "ENV005") == AUTOMATIC
    assert applicability(file([set_(2), set_(3)], [lost], ge="GE*1*1"), "ENV005") == AUTOMATIC
    assert applicability(file([lost, set_(3)], [set_(2)], ge="GE*1*1"), "ENV005") == SUGGESTED


@pytest.mark.parametrize(
    ("stated", "expected", "words"),
    [
        (SEGMENTS - 3, SUGGESTED, "3 more"),
        (SEGMENTS - 2, AUTOMATIC, "2 more"),
        (SEGMENTS - 1, AUTOMATIC, "1 more"),
        (SEGMENTS + 1, AUTOMATIC, "1 fewer"),
        (SEGMENTS + 2, AUTOMATIC, "2 fewer"),
        (SEGMENTS + 3, SUGGESTED, "3 fewer"),
        (10**9, SUGGESTED, f"{10**9 - SEGMENTS} fewer"),
    ],
)
def test_a_count_is_corrected_unasked_if_it_is_off_by_one_or_two_segments(
    stated: int, expected: list[Applicability], words: str
) -> None:
    data = file([set_(1, count=stated)])
    assert applicability(data, "ENV005") == expected
    (found,) = (f for f in Linter().check(data).findings if f.code == "ENV005")
    assert found.message.endswith(f"the file has {SEGMENTS}, {words}")


@pytest.mark.parametrize(
    ("ge", "iea", "expected"),
    [("GE*1*1", "", AUTOMATIC), ("GE*3*1", "", SUGGESTED), ("", "IEA*2*000000001", SUGGESTED)],
)
def test_a_set_or_group_that_is_not_there_may_be_lost(
    ge: str, iea: str, expected: list[Applicability]
) -> None:
    assert applicability(file([set_(1), set_(2)], ge=ge, iea=iea), "ENV005") == expected


def test_numbers_of_trailers_whose_count_is_far_off_are_not_corrected_unasked() -> None:
    """The head of one set and the tail of another: what was between them is lost."""
    data = file([set_(1, count=SEGMENTS + 40, trailer="0002")], ge="GE*1*7", iea="IEA*1*000000009")
    for code in ("ENV002", "ENV003", "ENV004"):
        assert applicability(data, code) == SUGGESTED


@pytest.mark.parametrize("select", [(), ("ENV009",)])
def test_a_truncated_set_keeps_its_count_when_other_things_are_fixed(select: tuple[str]) -> None:
    data = file([set_(1, count=SEGMENTS + 12)]).replace(b"HI*ABK:G8918~", b"HI*ABK:G8918**~")
    fixing = fix(data, Settings(select=select))
    assert fixing.is_changed
    assert b"SE*%d*0001~" % (SEGMENTS + 12) in fixing.content()


def test_an_unasked_rule_still_tells_of_what_is_lost() -> None:
    data = file([set_(1, lost=MISPLACED, count=SEGMENTS)])
    found = Linter(Settings(select=("ENV005",))).check(data).findings
    assert [f.fix and f.fix.applicability for f in found] == SUGGESTED


def test_half_an_envelope_tells_of_what_is_lost() -> None:
    data = file([set_(1), set_(2)], [set_(3)], iea="IEA*1*000000001").replace(b"GE*2*1~\n", b"")
    assert applicability(data, "ENV005") == SUGGESTED


def test_what_is_missing_has_no_fix() -> None:
    data = file([set_(1)])
    for segment in (b"GE*1*1~\n", b"IEA*1*000000001~\n"):
        found = Linter().check(data.replace(segment, b"")).findings
        assert all(f.fix is None for f in found if f.code[:3] == "ENV")


@pytest.mark.parametrize("lost", ["", MISPLACED, LACKING])
def test_slices_agree_with_the_whole(
    lost: str,
    here: None,  # noqa: F811
    settled: list[Flags],
    tmp_path: Path,
) -> None:
    path = tmp_path / "many.837"
    path.write_bytes(
        file(
            [short(1, 60, lost), short(2, 60), set_(3, 60, trailer="0009")],
            [short(4, 30)],
            ge="GE*2*9",
            iea="IEA*1*000000009",
        )
    )
    (alone,) = reports([path], 1)
    (sliced,) = reports([path], 4)
    assert outcome(sliced) == outcome(alone)
    trailers = [f for f in alone.findings if f.location.segment in ("SE", "GE", "IEA")]
    found = "".join(f.fix.applicability.value[0] for f in trailers if f.fix)
    assert found == ("saassass" if lost else "aaaaaaaa")
    assert any(any(known) for known in settled) == bool(lost)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> list[Flags]:
    """What was lost before each slice, as it was joined."""
    known: list[Flags] = []
    settle = Losses.settled

    def watched(self: Losses, findings: Iterable[Finding], before: Flags) -> Iterable[Finding]:
        known.append(before)
        return settle(self, findings, before)

    monkeypatch.setattr(Losses, "settled", watched)
    return known


@pytest.mark.parametrize("stated", ["BEF", "", "²", "-3", "1_0", "+1", " 12", "9" * 30])
@pytest.mark.parametrize("kind", ["837", "835"])
def test_a_trailer_that_states_no_number_is_told(stated: str, kind: str) -> None:
    whole = set_(1).replace("ST*837*", f"ST*{kind}*")
    count = next(s for s in whole.split("~\n") if s.startswith("SE*")).split("*")[1]
    data = file([set_(2), whole.replace(f"SE*{count}*", f"SE*{stated}*")])
    found = Linter().check(data).findings
    assert any(f.location.element == "SE01" for f in found)
    assert all("internal error" not in f.message for f in found)
