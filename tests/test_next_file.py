"""The file that goes next: what may go goes, what must be fixed waits, each claim exactly once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest

import edi_lint
from conftest import ROOT
from edi_lint.claims import Claim
from edi_lint.cli.output import Failure
from edi_lint.cli.resubmitting import NextOutputs, resubmit
from edi_lint.files.resources import schema
from edi_lint.findings.masking import Phi
from edi_lint.transform.claim_data import given_data, read_data
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
SETTINGS = edi_lint.Settings(as_of=date(2026, 7, 1))
CLAIMS = {claim.id: claim for claim in edi_lint.read(OUTBOUND)}
NPI = "0001#103:NM109"
"""The rendering provider's NPI of the fifth claim, which has a wrong digit."""
PAPERWORK = {"0001#100:PWK05": "AC", "0001#100:PWK06": "A-1"}
FIXED = {NPI: "1002513426", **PAPERWORK}
"""What fixes that claim."""


def start_of(claim: Claim) -> int:
    return claim.head.block.starts[0]


def answered(name: str, route: str = NEW_CLAIM, **more: object) -> AnsweredClaim:
    return AnsweredClaim(start_of(CLAIMS[name]), route, **more)  # type: ignore[arg-type]


def made(*claims: AnsweredClaim, data: bytes = OUTBOUND, **values: str) -> NextFiles:
    return next_files(data, claims, values, control_number=500, settings=SETTINGS)


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
    result = made(rejected, **FIXED)
    assert (claims_in(result.ready), result.held) == (["HI-26-0615"], [])
    assert not edi_lint.check(result.ready[0].content()).findings


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


def test_what_would_be_too_late_today_waits() -> None:
    old = OUTBOUND.replace(b"2026", b"2024")
    claims = [answered(name, RESEND) for name in CLAIMS]
    result = next_files(old, claims, control_number=500)
    late = {claim.id: claim.codes for claim in result.claims if claim.written is Written.HELD}
    assert late
    assert set(late.values()) == {("PAY003",)}
    assert sorted([*claims_in(result.ready), *late]) == sorted(CLAIMS)
    assert claims_in(result.held) == list(late)
    reasons = {claim.reason for claim in result.claims if claim.id in late}
    assert reasons == {"as it would be sent today: PAY003"}


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
    assert {f.code for f in report.findings} == {"MOD001", "SIT002", "COD005"}


def test_values_with_new_errors_and_claims_that_are_not_there_are_refused() -> None:
    with pytest.raises(NextFileError, match="BAL001; correct the values"):
        made(answered("HI-26-0611"), **{"0001#19:CLM02": "1"})
    with pytest.raises(NextFileError, match="no claim starts at 1 of the places"):
        made(AnsweredClaim(7, RESEND))


# what is written


@pytest.fixture
def sent(tmp_path: Path) -> str:
    path = tmp_path / "sent.837"
    path.write_bytes(OUTBOUND)
    return str(path)


@pytest.fixture
def wanted(tmp_path: Path) -> NextOutputs:
    return NextOutputs(tmp_path / "again.837", tmp_path / "fix-first.837", tmp_path / "log.jsonl")


REJECTED = (
    answered("HI-26-0611", RESEND, key="a999 1"),
    answered("HI-26-0613", rules=("SIT006",), key="a277 1"),
    answered("HI-26-0615", rules=("COD005",), key="a277 2"),
)


def ids(path: Path | None) -> list[str]:
    assert path is not None
    return [claim.id for claim in edi_lint.read(path)] if path.exists() else []


def test_each_file_has_its_claims_and_the_log_has_all(sent: str, wanted: NextOutputs) -> None:
    result = resubmit({sent: REJECTED}, wanted, SETTINGS, control_number=500)
    assert (ids(wanted.ready), ids(wanted.held)) == (["HI-26-0611", "HI-26-0613"], ["HI-26-0615"])
    assert result.said[0] == f"2 claims to be sent again ({wanted.ready})"
    assert result.said[1] == f"1 claim to be fixed first ({wanted.held})"
    assert result.said[2] == "control number 000000500"
    assert wanted.log is not None
    entries = [json.loads(line) for line in wanted.log.read_text().splitlines()]
    rules = json.loads(schema("change-log.schema.json"))
    for entry in entries:
        jsonschema.validate(entry, rules)
    assert [(e["claim"], e["written"]) for e in entries] == [
        ("HI-26-0611", "ready"),
        ("HI-26-0613", "ready"),
        ("HI-26-0615", "held"),
    ]
    (change,) = entries[1]["changes"]
    assert change["before"]["text"] == "CLM*HI-26-0613*395***12:B:7*Y*A*Y*Y"
    assert change["after"]["text"] == "CLM*HI-26-0613*395***12:B:1*Y*A*Y*Y"
    assert Path(sent).read_bytes() == OUTBOUND


def test_a_second_run_sends_nothing_twice(sent: str, wanted: NextOutputs, tmp_path: Path) -> None:
    settings = replace(SETTINGS, ledger=str(tmp_path / "sent.db"))
    resubmit({sent: REJECTED}, wanted, settings)
    assert ids(wanted.ready) == ["HI-26-0611", "HI-26-0613"]
    assert wanted.ready is not None
    with pytest.raises(Failure, match="is there from before"):
        resubmit({sent: REJECTED}, wanted, settings)
    assert ids(wanted.ready) == ["HI-26-0611", "HI-26-0613"]
    wanted.ready.unlink()
    again = resubmit({sent: REJECTED}, wanted, settings)
    assert (ids(wanted.ready), ids(wanted.held)) == ([], ["HI-26-0615"])
    assert not wanted.ready.exists()
    assert "2 claims not written: already-resent" in again.said
    values = given_data({"HI-26-0615": [{"at": k, "value": v} for k, v in FIXED.items()]})
    names = {"HI-26-0615": [sent]}
    resubmit({sent: REJECTED}, wanted, settings, data=values, names=names)
    assert (ids(wanted.ready), ids(wanted.held)) == (["HI-26-0615"], [])
    wanted.ready.unlink()
    resubmit({sent: REJECTED}, wanted, settings, data=values, names=names)
    assert (ids(wanted.ready), ids(wanted.held)) == ([], [])


def test_a_run_that_is_ended_while_it_writes_leaves_what_was_there(
    sent: str, wanted: NextOutputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(SETTINGS, ledger=str(tmp_path / "sent.db"))
    assert wanted.ready is not None
    assert wanted.held is not None
    wanted.held.write_text("old too")

    def ended(part: FilePart) -> Iterator[bytes]:
        yield part.content()[:100]
        if b"HI-26-0611" in part.content():
            raise KeyboardInterrupt

    monkeypatch.setattr(FilePart, "chunks", ended)
    monkeypatch.setattr(FilePart, "content", lambda part: _bytes_of(part))
    with pytest.raises(KeyboardInterrupt):
        resubmit({sent: REJECTED}, wanted, settings)
    assert (wanted.ready.exists(), wanted.held.read_text()) == (False, "old too")
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".837") == [
        "fix-first.837",
        "sent.837",
    ]
    monkeypatch.undo()
    resubmit({sent: REJECTED}, wanted, settings)
    assert ids(wanted.ready) == ["HI-26-0611", "HI-26-0613"]


def _bytes_of(part: FilePart) -> bytes:
    part.stream.seek(part.start)
    return part.stream.read(part.end - part.start)


def test_several_interchanges_need_a_folder(sent: str, tmp_path: Path) -> None:
    other = tmp_path / "other.837"
    other.write_bytes(OUTBOUND.replace(b"000000416", b"000000417"))
    claims = [answered("HI-26-0612", RESEND)]
    both = {sent: claims, str(other): claims}
    with pytest.raises(Failure, match="claims of 2 interchanges"):
        resubmit(both, NextOutputs(tmp_path / "again.837"), SETTINGS, control_number=7)
    assert not (tmp_path / "again.837").exists()
    folder = tmp_path / "again"
    result = resubmit(both, NextOutputs(folder), SETTINGS, control_number=7)
    assert sorted(path.name for path in folder.iterdir()) == ["other.837", "sent.837"]
    assert [edi_lint.check(path).ok for path in result.ready] == [False, False]
    numbers = [path.read_bytes().split(b"*")[13] for path in result.ready]
    assert numbers == [b"000000007", b"000000008"]


def test_outputs_that_overwrite_are_refused(sent: str, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is one of the inputs"):
        resubmit({sent: REJECTED}, NextOutputs(Path(sent)), SETTINGS, control_number=7)
    one = tmp_path / "one.837"
    with pytest.raises(Failure, match="is named twice"):
        resubmit({sent: REJECTED}, NextOutputs(one, one), SETTINGS, control_number=7)


def test_without_a_file_to_send_no_number_is_given_out(sent: str, tmp_path: Path) -> None:
    settings = replace(SETTINGS, ledger=str(tmp_path / "sent.db"))
    resubmit({sent: REJECTED}, NextOutputs(held=tmp_path / "held.837"), settings)
    result = resubmit({sent: REJECTED}, NextOutputs(ready=tmp_path / "again.837"), settings)
    assert "control number 000000417" in result.said


def test_the_log_has_no_claim_numbers_where_none_are_asked_for(
    sent: str, wanted: NextOutputs
) -> None:
    resubmit({sent: REJECTED}, wanted, replace(SETTINGS, phi=Phi.NONE), control_number=7)
    assert wanted.log is not None
    assert "HI-26" not in wanted.log.read_text()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("claim,at\nHI-26-0615,0001#103:NM109\n", "has the fields at"),
        ("claim,at,value,why\nHI-26-0615,0001#103:NM109,1,x\n", "why is not one of them"),
        ("claim,at,value\nHI-26-0615,line 3,1\n", "0001#33:DTP03"),
        ("claim,at,value\nHI-26-0001,0001#103:NM109,1\n", "no answer is about the claim"),
        (
            "claim,at,value\nHI-26-0615,0001#19:CLM01,HI-9\n",
            "not in the claim that the value is for",
        ),
        ("claim,at,value\nHI-26-0615,0001#103:NM109,1*2\n", "contains '*'"),
    ],
)
def test_data_that_cannot_be_used_is_refused(
    rows: str, said: str, sent: str, wanted: NextOutputs, tmp_path: Path
) -> None:
    file = tmp_path / "values.csv"
    file.write_text(rows)
    names = {"HI-26-0615": [sent]}
    rejected, data = [answered("HI-26-0611"), REJECTED[2]], read_data(file)
    with pytest.raises(Failure) as refused:
        resubmit({sent: rejected}, wanted, SETTINGS, data=data, names=names)
    assert said in " ".join(refused.value.lines)
    assert not wanted.ready.exists() if wanted.ready else False
