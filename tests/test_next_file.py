"""The file that goes next: what may go goes, what must be fixed waits, each claim exactly once."""

from __future__ import annotations

import re

import pytest

import edi_lint
from conftest import ROOT
from edi_lint.claims import Claim
from edi_lint.transform.next_file import (
    NEW_CLAIM,
    RESEND,
    AnsweredClaim,
    FilePart,
    NextFileError,
    NextFiles,
    Written,
    next_files,
)

OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
CLAIMS = {claim.id: claim for claim in edi_lint.read(OUTBOUND)}
NPI = "0001#103:NM109"
"""The rendering provider's NPI of the fifth claim, which has a wrong digit."""
PAPERWORK = {"0001#100:PWK05": "AC", "0001#100:PWK06": "A-1"}


def start_of(claim: Claim) -> int:
    return claim.head.block.starts[0]


def answered(name: str, route: str = NEW_CLAIM, **more: object) -> AnsweredClaim:
    return AnsweredClaim(start_of(CLAIMS[name]), route, **more)  # type: ignore[arg-type]


def made(*claims: AnsweredClaim, data: bytes = OUTBOUND, **values: str) -> NextFiles:
    return next_files(data, claims, values, control_number=500)


def claims_in(parts: list[FilePart]) -> list[str]:
    return [claim.id for part in parts for claim in edi_lint.read(part.content())]


def verdicts(result: NextFiles) -> dict[str, tuple[Written, str]]:
    return {claim.id: (claim.written, claim.reason) for claim in result.claims}


def test_of_a_rejected_set_the_claims_without_fault_go_at_once() -> None:
    faulty = answered("HI-26-0615", rules=("COD005",), elements=("NM109",))
    others = [answered(name, RESEND) for name in CLAIMS if name != "HI-26-0615"]
    result = made(faulty, *others)
    assert claims_in(result.ready) == ["HI-26-0611", "HI-26-0612", "HI-26-0613", "HI-26-0614"]
    assert claims_in(result.held) == ["HI-26-0615"]
    assert result.numbers == [500]
    assert not result.is_worse
    assert verdicts(result)["HI-26-0615"] == (
        Written.HELD,
        "to be fixed first: SIT002, COD005",
    )
    assert verdicts(result)["HI-26-0611"] == (Written.READY, "goes again as it is")


def test_a_claim_that_goes_as_it_is_keeps_its_bytes() -> None:
    result = made(*(answered(name, RESEND) for name in CLAIMS))
    (part,) = result.ready
    one, other = (
        re.sub(rb"(?m)^(ISA|GS|ST|BHT|SE|GE|IEA)\*.*\n", b"", data)
        for data in (part.content(), OUTBOUND)
    )
    assert one == other
    assert result.held == []


def test_an_automatic_fix_lets_a_claim_go() -> None:
    """MOD005 is all that the answer is about once the total and the pointer are right."""
    values = {"0001#79:CLM02": "455", "0001#83:SV107-02": "2"}
    result = made(answered("HI-26-0614", rules=("MOD005",)), **values)
    assert claims_in(result.ready) == ["HI-26-0614"]
    assert verdicts(result)["HI-26-0614"] == (Written.READY, "its fault is gone")
    (part,) = result.ready
    assert b"SV1*HC:A4306:SC*415*UN*1***1:2~" in part.content()
    assert [f.code for f in edi_lint.check(part.content()).findings] == []


def test_the_template_makes_a_new_claim_of_what_the_payer_never_had() -> None:
    result = made(answered("HI-26-0613", rules=("SIT006", "PAY002")))
    (part,) = result.ready
    assert b"CLM*HI-26-0613*395***12:B:1*" in part.content()


def test_a_value_lets_a_claim_go_once_no_error_is_left() -> None:
    rejected = answered("HI-26-0615", rules=("COD005",))
    assert claims_in(made(rejected, **{NPI: "1002513428"}).held) == ["HI-26-0615"]
    valid = next(n for n in (f"100251342{d}" for d in range(10)) if not faults(n))
    result = made(rejected, **{NPI: valid}, **PAPERWORK)
    assert (claims_in(result.ready), result.held) == (["HI-26-0615"], [])
    assert not edi_lint.check(result.ready[0].content()).findings


def faults(npi: str) -> bool:
    found = edi_lint.edit(OUTBOUND, {NPI: npi}).remaining
    return any(f.code == "COD005" for f in found)


def test_a_rejection_that_no_rule_explains_needs_a_value() -> None:
    rejected = answered("HI-26-0611")
    result = made(rejected)
    assert (result.ready, claims_in(result.held)) == ([], ["HI-26-0611"])
    assert verdicts(result)["HI-26-0611"][1] == (
        "no rule explains the answer; set the value that it is about"
    )
    (clm,) = (s for s in CLAIMS["HI-26-0611"].segments if s.tag == "CLM")
    same = made(rejected, **{f"0001#{clm.ordinal}:CLM01": "HI-26-0611"})
    assert verdicts(same)["HI-26-0611"] == (
        Written.HELD,
        "it is what was sent; set the value that the answer is about",
    )
    other = made(rejected, **{f"0001#{clm.ordinal}:CLM01": "HI-26-0611R"})
    assert claims_in(other.ready) == ["HI-26-0611R"]


def test_what_was_resent_and_what_waits_is_listed() -> None:
    result = made(
        answered("HI-26-0611", RESEND, is_resent=True),
        answered("HI-26-0613", is_resent=True),
        answered("HI-26-0614", "wait"),
    )
    assert (result.ready, result.held) == ([], [])
    assert verdicts(result) == {
        "HI-26-0611": (Written.LISTED, "already-resent"),
        "HI-26-0613": (Written.LISTED, "already-resent"),
        "HI-26-0614": (Written.LISTED, "wait"),
    }


@pytest.mark.parametrize("route", [RESEND, NEW_CLAIM])
def test_each_claim_is_in_one_place(route: str) -> None:
    result = made(*(answered(name, route) for name in CLAIMS))
    everywhere = claims_in(result.ready) + claims_in(result.held)
    assert sorted(everywhere) == sorted(CLAIMS)
    assert [claim.id for claim in result.claims] == list(CLAIMS)


def test_a_file_for_each_interchange_that_goes_again() -> None:
    twice = OUTBOUND + OUTBOUND.replace(b"000000416", b"000000417").replace(b"*416", b"*417")
    second = len(OUTBOUND) + start_of(CLAIMS["HI-26-0611"])
    result = made(answered("HI-26-0612", RESEND), AnsweredClaim(second, RESEND), data=twice)
    assert [claims_in([part]) for part in result.ready] == [["HI-26-0612"], ["HI-26-0611"]]
    assert result.numbers == [500, 501]
    for part in result.ready:
        content = part.content()
        assert content.count(b"ISA*") == content.count(b"IEA*") == 1


def test_the_held_file_is_valid_and_can_be_edited() -> None:
    result = made(answered("HI-26-0615", rules=("COD005",)), answered("HI-26-0612"))
    (part,) = result.held
    report = edi_lint.check(part.content())
    assert report.file.claims == 2
    assert {f.code for f in report.findings} == {"DOC001", "MOD001", "SIT002", "COD005"}


def test_values_with_new_errors_and_claims_that_are_not_there_are_refused() -> None:
    with pytest.raises(NextFileError, match="BAL001; correct the values"):
        made(answered("HI-26-0611"), **{"0001#19:CLM02": "1"})
    with pytest.raises(NextFileError, match="no claim starts at 1 of the places"):
        made(AnsweredClaim(7, RESEND))
