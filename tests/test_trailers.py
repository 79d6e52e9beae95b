"""Fixes of trailers: automatic, unless something may be lost in the envelope that they close."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from edi_lint.findings import Applicability, Finding
from edi_lint.linting import Linter
from edi_lint.rules.examples import HEAD, TAIL, Example
from edi_lint.rules.losses import Flags, Losses
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
    assert {f.severity.value for f in findings} == {"warning"}
    assert TAIL[1] == "IEA*1*000000001"


@pytest.mark.parametrize("lost", [MISPLACED, LACKING])
@pytest.mark.parametrize(
    ("code", "trailer", "ge", "iea"),
    [
        ("ENV004", {"trailer": "0009"}, "", ""),
        ("ENV005", {"count": 77}, "", ""),
        ("ENV003", {}, "GE*2*9", ""),
        ("ENV005", {}, "GE*7*1", ""),
        ("ENV002", {}, "", "IEA*2*000000009"),
        ("ENV005", {}, "", "IEA*7*000000001"),
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
    assert applicability(file([lost, set_(2, count=77)]), "ENV005") == AUTOMATIC
    assert applicability(file([set_(2, count=77), lost]), "ENV005") == AUTOMATIC
    assert applicability(file([set_(2)], [lost], ge="GE*7*1"), "ENV005") == AUTOMATIC
    assert applicability(file([lost], [set_(2)], ge="GE*7*1"), "ENV005") == SUGGESTED


def test_an_unasked_rule_still_tells_of_what_is_lost() -> None:
    data = file([set_(1, lost=MISPLACED, count=77)])
    found = Linter(Settings(select=("ENV005",))).check(data).findings
    assert [f.fix and f.fix.applicability for f in found] == SUGGESTED


def test_half_an_envelope_tells_of_what_is_lost() -> None:
    data = file([set_(1), set_(2)], iea="IEA*7*000000001").replace(b"GE*2*1~\n", b"")
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
            [set_(1, 60, lost=lost, count=7), set_(2, 60, count=7), set_(3, 60, trailer="0009")],
            [set_(4, 30, count=7)],
            ge="GE*3*9",
            iea="IEA*9*000000009",
        )
    )
    (alone,) = reports([path], 1)
    (sliced,) = reports([path], 4)
    assert outcome(sliced) == outcome(alone)
    trailers = [f for f in alone.findings if f.location.segment in ("SE", "GE", "IEA")]
    found = "".join(f.fix.applicability.value[0] for f in trailers if f.fix)
    assert found == ("saasass" if lost else "aaaaaaa")
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
