"""Which claims a finding is about: its own, or all that stand in what it was found in."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pytest

from conftest import FIXTURES, faulty_fixtures, valid_fixtures
from edi_lint.engine import BlockKind, open_engine
from edi_lint.findings import Finding, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.store import Findings
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.affected import Affected, Scope, affected
from envelopes import (
    Claim,
    Patient,
    Provider,
    Subscriber,
    claims,
    file,
    one_set,
    recounted,
    single,
    split_up,
    written,
)  # fmt: skip

LINTER = Linter(Settings())


def is_error(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def is_warning(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO


def run(data: bytes, wanted: object = is_error) -> tuple[Affected, FileResult]:
    result = FileResult("-")
    return affected(LINTER, io.BytesIO(data), result, wanted, Findings()), result  # type: ignore[arg-type]


def names(data: bytes, wanted: object = is_error) -> list[str]:
    """The claims that findings are about, in file order."""
    found, _ = run(data, wanted)
    blocks = open_engine(io.BytesIO(data)).blocks()
    held = {}
    for block in blocks:
        if block.kind is BlockKind.CLAIM and block.claim is not None:
            held.setdefault((block.claim, block.context.transaction), found.is_affected(block))
    return [mark.id for (mark, _), is_held in held.items() if is_held]


def changed(data: bytes, *changes: tuple[str, str]) -> bytes:
    for old, new in changes:
        assert data.count(old.encode()) == 1, f"{old} stands {data.count(old.encode())} times"
        data = data.replace(old.encode(), new.encode())
    return data


FAMILY = (
    Provider(
        (
            Subscriber(claims("S1", "S2"), (Patient(claims("P1", "P2")), Patient(claims("Q1")))),
            Subscriber(claims("T1")),
        )
    ),
    Provider((Subscriber((), (Patient(claims("U1")),)),)),
)
TWO_SETS = file(((FAMILY, single("V1", "V2")), (single("W1"),)), one_set("X1"))
FIRST_SET = ["S1", "S2", "P1", "P2", "Q1", "T1", "U1"]
GROUP = [*FIRST_SET, "V1", "V2"]
INTERCHANGE = [*GROUP, "W1"]


def test_a_clean_file_has_no_claim_that_anything_is_about() -> None:
    assert names(TWO_SETS) == []


def at(data: bytes, number: int, old: str, new: str) -> bytes:
    """The file with the n-th such text replaced, counting from 1."""
    parts = data.split(old.encode())
    assert len(parts) > number
    return old.encode().join(parts[:number]) + new.encode() + old.encode().join(parts[number:])


def clm(name: str, charge: str) -> tuple[str, str]:
    """The change that makes CLM02 another amount."""
    return f"CLM*{name}*{Claim(name).charge}*", f"CLM*{name}*{charge}*"


def without(data: bytes, name: str, *tags: str) -> bytes:
    """The file without the segments of a claim that have these tags, SE01 right."""
    kept, here = [], False
    for segment in split_up(data):
        tag = segment.split("*")[0]
        here = segment.startswith(f"CLM*{name}*") or (here and tag not in ("CLM", "HL", "SE"))
        if not here or tag not in tags:
            kept.append(segment)
    return recounted(written(kept))


CASES = {
    "a claim's sum": (changed(TWO_SETS, clm("P1", "1")), ["P1"]),
    "a claim's last line is missing, told at the next claim": (
        without(TWO_SETS, "P1", "LX", "SV1", "DTP", "REF"),
        ["P1"],
    ),
    "a claim's line is missing, told at the next level": (
        without(TWO_SETS, "S2", "LX", "SV1", "DTP", "REF"),
        ["S2"],
    ),
    "a claim's line is missing, told at SE": (
        without(TWO_SETS, "V2", "LX", "SV1", "DTP", "REF"),
        ["V2"],
    ),
    "a claim's bad character": (changed(TWO_SETS, ("REF*6R*Q1", "REF*6R*Q\x01")), ["Q1"]),
    "a segment that no guide has, in a claim": (
        recounted(changed(TWO_SETS, ("REF*6R*T1", "ZZZ*1~\nREF*6R*T1"))),
        ["T1"],
    ),
    "an empty segment in a claim": (changed(TWO_SETS, ("REF*6R*T1~", "REF*6R*T1~~")), ["T1"]),
    "a patient": (at(TWO_SETS, 1, "DMG*D8*20100101*M", "DMG*D8*20101301*M"), ["P1", "P2"]),
    "a subscriber": (
        at(TWO_SETS, 1, "DMG*D8*19600101*F", "DMG*D8*19601301*F"),
        ["S1", "S2", "P1", "P2", "Q1"],
    ),
    "a billing provider": (
        at(TWO_SETS, 1, "NM1*85*2*EXAMPLE INFUSION SUPPLY*****XX*1234567893", "NM1*85*2*X*****XX*1"),
        FIRST_SET[:-1],
    ),
    "a subscriber's child flag, told at the next subscriber": (
        at(TWO_SETS, 3, "*22*0", "*22*1"),
        ["V2"],
    ),
    "BHT": (at(TWO_SETS, 1, "BHT*0019*00*", "BHT*0019*99*"), FIRST_SET),
    "SE01": (at(TWO_SETS, 1, "SE*", "SE*9"), FIRST_SET),
    "SE02": (changed(TWO_SETS, ("*0001~\nST*837*0002", "*0009~\nST*837*0002")), FIRST_SET),
    "SE is missing": (
        written(s for s in split_up(TWO_SETS) if s[:3] != "SE*" or s[-5:] != "*0002"),
        ["V1", "V2"],
    ),
    "ST is missing": (at(TWO_SETS, 1, "ST*837*0002*005010X222A1~\n", ""), ["V1", "V2"]),
    "ST03 names another guide": (
        at(TWO_SETS, 1, "ST*837*0002*005010X222A1", "ST*837*0002*005010X222A2"),
        ["V1", "V2"],
    ),
    "GE01": (changed(TWO_SETS, ("GE*2*1", "GE*3*1")), GROUP),
    "GS01, told in the first set": (at(TWO_SETS, 1, "GS*HC", "GS*HX"), GROUP),
    "GE is missing": (changed(TWO_SETS, ("GE*2*1~\n", "")), GROUP),
    "GS is missing": (
        changed(TWO_SETS, ("GS*HC*SUBMITTER*RECEIVER*20260110*1200*2*X*005010X222A1~\n", "")),
        INTERCHANGE,
    ),
    "IEA01": (changed(TWO_SETS, ("IEA*2*", "IEA*3*")), INTERCHANGE),
    "ISA13 comes again": (
        changed(TWO_SETS, ("*000000002*0*P", "*000000001*0*P"), ("IEA*1*000000002", "IEA*1*000000001")),
        ["X1"],
    ),
    "the interchange has no IEA": (changed(TWO_SETS, ("IEA*2*000000001~\n", "")), INTERCHANGE),
    "the file breaks off in a later set": (TWO_SETS[: TWO_SETS.index(b"CLM*W1") + 40], INTERCHANGE),
    "bytes that are no segments between two interchanges": (
        changed(TWO_SETS, ("IEA*2*000000001~\n", "IEA*2*000000001~\nstray bytes ")),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CASES)
def test_what_is_found_is_about_the_claims_that_it_stands_with(what: str) -> None:
    data, expected = CASES[what]
    assert names(data) == expected


def test_of_two_claims_that_are_the_same_the_later_one_is_affected() -> None:
    again = changed(TWO_SETS, ("CLM*X1*", "CLM*T1*"))
    held = run(again, is_warning)[0]
    blocks = [b for b in open_engine(io.BytesIO(again)).blocks() if b.claim and b.claim.id == "T1"]
    assert [held.is_affected(block) for block in blocks] == [False, True]


def parted(before: str, data: bytes = TWO_SETS) -> bytes:
    """The file with bytes before a segment that are too many for one."""
    place = data.index(before.encode())
    return data[:place] + b"\x00" * 2_500_000 + b"~\n" + data[place:]


def test_bytes_amid_the_segments_of_a_claim_are_about_its_set() -> None:
    assert names(parted("REF*6R*V1")) == ["V1", "V2"]


def is_of_codes(finding: Finding) -> bool:
    return is_error(finding) and finding.code.startswith("COD")


def test_of_a_claim_or_level_in_two_parts_a_fault_in_one_is_about_the_whole() -> None:
    claim = changed(TWO_SETS, ("REF*6R*S1", "NM1*82*1*DOE*JO****XX*1002513427~\nREF*6R*S1"))
    assert names(claim, is_of_codes) == ["S1"]
    assert names(parted("LX*1~\nSV1", claim), is_of_codes) == ["S1"]
    assert names(parted("NM1*82", claim), is_of_codes) == ["S1"]
    level = at(TWO_SETS, 1, "*XX*1234567893", "*XX*1002513427")
    assert names(level, is_of_codes) == FIRST_SET[:-1]
    assert names(parted("N3*1 EXAMPLE WAY", level), is_of_codes) == FIRST_SET[:-1]
    assert names(parted("NM1*85*2", level), is_of_codes) == FIRST_SET[:-1]


def test_what_is_told_once_is_about_the_whole_interchange() -> None:
    data = at(TWO_SETS, 1, "~\nHI*ABK", "~\n HI*ABK")
    assert names(data) == []
    assert names(data, is_warning) == INTERCHANGE


def test_a_line_break_inside_a_value_is_about_its_claim_alone() -> None:
    assert names(at(TWO_SETS, 1, "REF*6R*S1~", "REF*6\nR*S1~")) == ["S1"]


def test_an_old_guide_is_told_once_and_is_about_every_set_that_follows_it() -> None:
    data = (FIXTURES / "valid" / "4010.837").read_bytes()
    claims = len(names(data, lambda finding: True))
    twice = data + data.replace(b"ISA", b"ISA", 1)
    assert claims > 0
    assert len(names(twice, lambda finding: finding.code == "ENV006")) == 2 * claims


def test_the_reasons_are_the_claims_own_first_and_then_those_around_it() -> None:
    data = changed(
        at(TWO_SETS, 1, "DMG*D8*20100101*M", "DMG*D8*20101301*M"),
        clm("P2", "1"),
        ("GE*2*1", "GE*3*1"),
    )
    kept = Findings()
    found = affected(LINTER, io.BytesIO(data), FileResult("-"), is_error, kept)
    blocks = open_engine(io.BytesIO(data)).blocks()
    told = {
        block.claim.id: [(scope, kept.added(n).code) for scope, n in found.reasons(block)]
        for block in blocks
        if block.claim is not None
    }
    group = (Scope.GROUP, "ENV005")
    patient = (Scope.PATIENT, told["P1"][0][1])
    assert told["P1"] == [patient, group]
    assert [scope for scope, _ in told["P2"]] == [Scope.CLAIM, Scope.PATIENT, Scope.GROUP]
    assert told["V1"] == [group]
    assert told["X1"] == []


def fixture_files() -> Iterable[bytes]:
    return [path.read_bytes() for path in (*valid_fixtures(), *faulty_fixtures())]


def test_the_findings_and_counts_are_those_of_a_check() -> None:
    for data in fixture_files():
        report = LINTER.check(data)
        result, kept = FileResult("-"), Findings()
        if report.file.error:
            continue
        affected(LINTER, io.BytesIO(data), result, lambda finding: True, kept)
        assert result == report.file
        assert kept == report.findings


def test_without_the_findings_the_same_claims_are_affected() -> None:
    for data in (*fixture_files(), *(case for case, _ in CASES.values())):
        if LINTER.check(data).file.error:
            continue
        kept, _ = run(data, lambda finding: True)
        bare = affected(LINTER, io.BytesIO(data), FileResult("-"), lambda finding: True)
        for block in open_engine(io.BytesIO(data)).blocks():
            if block.kind is BlockKind.CLAIM:
                assert bare.is_affected(block) == kept.is_affected(block)
                assert kept.is_affected(block) == any(kept.reasons(block))


def test_every_finding_in_a_claim_is_about_that_claim_at_least() -> None:
    """Whatever the rule says of the rest, a claim that `check` names is affected."""
    for data in fixture_files():
        report = LINTER.check(data)
        if report.file.error:
            continue
        found, _ = run(data, lambda finding: True)
        held = set()
        for block in open_engine(io.BytesIO(data)).blocks():
            if block.claim is not None and found.is_affected(block):
                held.add(block.claim.id)
        assert {f.location.claim for f in report.findings if f.location.claim} <= held


def test_the_builder_makes_valid_files() -> None:
    findings = LINTER.check(TWO_SETS).findings
    assert {f.code for f in findings if f.severity is not Severity.INFO} == {"SIT021"}
