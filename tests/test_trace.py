"""Answers are traced to the claim, the segment and the rule, and to the file that goes next."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import jsonschema
import pytest

import edi_lint
from conftest import ROOT, Cli
from edi_lint.files.resources import schema
from edi_lint.findings.masking import Phi
from edi_lint.tracing.model import Confidence, Status, Trace, TracedClaim

OUTBOUND = ROOT / "examples" / "outbound.837"
SETTINGS = edi_lint.Settings(as_of=date(2026, 7, 1))
SCHEMA = json.loads(schema("trace.schema.json"))
ISA = (
    "ISA*00*          *00*          *ZZ*CLEARBRIDGE    *ZZ*HARBORINFUSION *260628*0800*^*00501*"
    "000009001*0*P*:~"
)


def answer(*segments: str, kind: str = "HN", guide: str = "005010X214") -> bytes:
    """An interchange with one set of these segments, from the receiver of the examples."""
    gs = f"GS*{kind}*CLEARBRIDGE*HARBORINFUSION*20260628*0800*9001*X*{guide}~"
    st = f"ST*{'277' if kind == 'HN' else '999'}*0001*{guide}~"
    se = f"SE*{len(segments) + 2}*0001~GE*1*9001~IEA*1*000009001~"
    return "\n".join((ISA, gs, st, *(f"{s}~" for s in segments), se)).encode()


BATCH = (
    "BHT*0085*08*CA1*20260628*0800*TH",
    "HL*1**20*1",
    "NM1*PR*2*LAKESHORE MUTUAL HEALTH*****PI*LKSH1",
    "TRN*1*X1",
    "HL*2*1*21*1",
    "NM1*41*2*HARBOR INFUSION SUPPLY*****46*HIS4420",
    "TRN*2*HI20260626A",
    "STC*A1:19:PR*20260628*WQ*2314",
    "HL*3*2*19*1",
    "NM1*85*2*HARBOR INFUSION SUPPLY*****XX*1002456386",
)


def patient(
    claim: str, *stc: str, member: str = "", day: str = "", more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The segments about one claim."""
    return (
        "HL*4*3*PT",
        f"NM1*QC*1*SOMEONE*ELSE****MI*{member}",
        f"TRN*2*{claim}",
        *(f"STC*{one}" for one in stc),
        *((f"DTP*472*D8*{day}",) if day else ()),
        *more,
    )


def status_answer(*patients: tuple[str, ...]) -> bytes:
    return answer(*BATCH, *(segment for one in patients for segment in one))


REJECTED = patient("HI-26-0615", "A7:562:82*20260628*U*429", member="LKH441207733", day="20260618")
ACCEPTED = patient("HI-26-0611", "A2:20:PR*20260628*WQ*609.5", more=("REF*1K*PAYERNO1",))


def acknowledgment(*errors: str, status: str = "R*5", group: str = "416") -> bytes:
    return answer(
        f"AK1*HC*{group}*005010X222A1",
        "AK2*837*0001*005010X222A1",
        *errors,
        f"IK5*{status}",
        f"AK9*{status[0]}*1*1*0",
        kind="FA",
        guide="005010X231A1",
    )


NPI = ("IK3*NM1*103*2310*8", "CTX*CLM01:HI-26-0615", "IK4*9*67*7")


def traced(*answers: bytes, sent: tuple[Path, ...] = (OUTBOUND,), **options: object) -> Trace:
    return edi_lint.trace(answers, sent, SETTINGS, **options)  # type: ignore[arg-type]


def the(trace: Trace, name: str) -> TracedClaim:
    (found,) = (claim for claim in trace.claims if claim.sent.id == name)
    return found


# 277CA


def test_a_rejection_is_shown_where_a_rule_finds_it() -> None:
    trace = traced(status_answer(REJECTED, ACCEPTED))
    claim = the(trace, "HI-26-0615")
    assert (claim.status, claim.route, claim.position) == (Status.REJECTED, "new-claim", "0001/5")
    assert claim.match.confidence is Confidence.EXACT
    assert claim.match.by == ("claim", "charge", "dates", "member", "provider", "payer", "batch")
    (event,) = claim.events
    assert event.place is not None
    place = event.place.location
    assert (place.element, place.segment_ordinal, place.loop) == ("NM109", 103, "2310B")
    assert OUTBOUND.read_bytes()[place.byte_start : place.byte_end] == b"1002513427"
    assert [(rule.code, rule.found) for rule in event.rules] == [("COD005", True)]
    accepted = the(trace, "HI-26-0611")
    assert (accepted.status, accepted.route) == (Status.ACCEPTED, "wait")
    assert accepted.payer_claim_number == "PAYERNO1"


def test_places_are_those_of_the_file_whatever_its_encoding(tmp_path: Path) -> None:
    wide = tmp_path / "sent.837"
    wide.write_bytes(OUTBOUND.read_text("ascii").encode("utf-16"))
    for path, encoding in ((OUTBOUND, "ascii"), (wide, "utf-16-le")):
        claim = the(traced(status_answer(REJECTED), sent=(path,)), "HI-26-0615")
        (event,) = claim.events
        assert event.place is not None
        place, data = event.place.location, path.read_bytes()
        assert data[place.byte_start : place.byte_end].decode(encoding) == "1002513427"
        segment = data[claim.start : claim.end].decode(encoding)
        assert segment == "CLM*HI-26-0615*429***12:B:1*Y*A*Y*Y"


def test_an_answer_about_a_group_is_about_all_its_sets() -> None:
    group = ("AK1*HC*416*005010X222A1", "AK9*R*1*1*0*1")
    data = answer(*group, kind="FA", guide="005010X231A1")
    trace = traced(data)
    assert {claim.route for claim in trace.claims} == {"resend"}
    assert len(trace.claims) == 5


def test_a_group_number_in_two_files_is_ambiguous(tmp_path: Path) -> None:
    other = tmp_path / "other.837"
    other.write_bytes(OUTBOUND.read_bytes().replace(b"000000416", b"000000999"))
    group = ("AK1*HC*416*005010X222A1", "AK9*R*1*1*0*1")
    data = answer(*group, kind="FA", guide="005010X231A1")
    trace = traced(data, sent=(OUTBOUND, other))
    assert (trace.claims, [one.candidates for one in trace.unmatched]) == ([], [2])


def test_a_rejection_that_no_rule_finds_says_so() -> None:
    trace = traced(status_answer(patient("HI-26-0611", "A7:562:85*20260628*U*609.5")))
    (event,) = the(trace, "HI-26-0611").events
    assert event.rules
    assert not any(rule.found for rule in event.rules)
    assert event.place is not None
    assert event.place.location.loop == "2010AA"


def test_a_line_is_found_by_its_control_number_or_its_procedure() -> None:
    for line in (
        ("SVC*HC:X*1", "STC*A7:454**U*1", "REF*FJ*HI260615L2"),
        ("SVC*HC:A4223*24", "STC*A7:454**U*24"),
    ):
        trace = traced(status_answer((*REJECTED, *line)))
        event = the(trace, "HI-26-0615").events[-1]
        assert event.service_line == "2"
        assert event.place is not None
        assert event.place.location.segment == "SV1"


def test_the_category_decides_and_a_contradiction_is_said() -> None:
    contradictory = patient("HI-26-0615", "A7:562:82*20260628*WQ*429", more=("REF*1K*NO1",))
    claim = the(traced(status_answer(contradictory)), "HI-26-0615")
    assert claim.status is Status.REJECTED
    assert "STC03" in claim.events[0].message
    assert "REF*1K" in claim.events[0].message


def test_what_is_about_nothing_that_was_sent_is_listed() -> None:
    other = patient("HI-26-0615", "A7:562:82*20260628*U*1", member="NOBODY", day="20250101")
    trace = traced(status_answer(other, patient("NOSUCH", "A7:21**U*1")))
    assert trace.claims == []
    assert [(one.claim, one.candidates) for one in trace.unmatched] == [
        ("HI-26-0615", 0),
        ("NOSUCH", 0),
    ]
    assert all(one.is_rejection for one in trace.unmatched)


def test_a_rejected_batch_is_one_of_all_its_claims() -> None:
    segments = [s.replace("STC*A1:19:PR", "STC*A3:21") for s in BATCH[:8]]
    trace = traced(answer(*segments))
    assert {claim.sent.id for claim in trace.claims} == {f"HI-26-061{n}" for n in range(1, 6)}
    assert {claim.status for claim in trace.claims} == {Status.REJECTED}
    provider = traced(answer(*BATCH, "STC*A7:562:85*20260628*U*2314"))
    assert len(provider.claims) == 5


def test_the_later_answer_counts_and_a_payer_s_over_a_clearinghouse_s() -> None:
    first = status_answer(patient("HI-26-0615", "A7:562:82*20260628*U*429"))
    payer = status_answer(patient("HI-26-0615", "A2:20*20260630*WQ*429")).replace(
        b"*260628*", b"*260630*"
    )
    claim = the(traced(payer, first), "HI-26-0615")
    assert (claim.status, [e.codes for e in claim.events]) == (
        Status.ACCEPTED,
        [("A7:562:82",), ("A2:20",)],
    )
    clearinghouse = first.replace(b"NM1*PR*2*", b"NM1*AY*2*").replace(b"*260628*", b"*260702*")
    assert the(traced(payer, clearinghouse), "HI-26-0615").status is Status.ACCEPTED


# 999 and TA1


def test_a_999_names_the_segment_the_element_and_the_rule() -> None:
    trace = traced(acknowledgment(*NPI))
    claim = the(trace, "HI-26-0615")
    assert (claim.status, claim.route) == (Status.REJECTED, "new-claim")
    event = claim.events[-1]
    assert event.place is not None
    assert event.place.location.element == "NM109"
    assert [rule.code for rule in event.rules] == ["COD005"]
    others = [claim for claim in trace.claims if claim.sent.id != "HI-26-0615"]
    assert {claim.route for claim in others} == {"resend"}
    assert len(others) == 4


def test_a_missing_segment_has_a_place_of_no_width() -> None:
    trace = traced(acknowledgment("IK3*DTP*107*2400*3"))
    event = the(trace, "HI-26-0615").events[-1]
    assert event.place is not None
    place = event.place.location
    assert (place.segment, place.element, place.segment_ordinal) == ("DTP", "", 107)
    assert place.byte_start == place.byte_end


def test_a_segment_that_is_another_one_there_refutes_the_file() -> None:
    trace = traced(acknowledgment("IK3*DTP*103*2310*8", "IK4*3*1251*7"))
    assert (trace.claims, trace.sets) == ([], [])
    assert len(trace.unmatched) == 1
    assert len(traced(acknowledgment(group="417")).unmatched) == 1


def test_a_receiver_that_counts_segments_otherwise_is_understood_by_its_claim() -> None:
    errors = ("IK3*NM1*104*2310*8", "CTX*CLM01:HI-26-0615", "IK4*9*67*7")
    trace = traced(acknowledgment(*errors))
    claim = the(trace, "HI-26-0615")
    assert claim.match.confidence is Confidence.LIKELY
    event = claim.events[-1]
    assert event.place is not None
    assert (event.place.location.element, event.place.location.segment_ordinal) == ("NM109", 103)
    assert [rule.code for rule in event.rules] == ["COD005"]
    elsewhere = traced(acknowledgment(*(e.replace("0615", "9999") for e in errors)))
    assert (elsewhere.claims, len(elsewhere.unmatched)) == ([], 1)


def test_an_error_above_the_claims_is_about_all_below_it() -> None:
    trace = traced(acknowledgment("IK3*N4*10*2010*8", "IK4*2*156*7"))
    assert {claim.route for claim in trace.claims} == {"new-claim"}
    assert len(trace.claims) == 5


def test_a_set_accepted_with_errors_is_a_warning_and_rejects_nothing() -> None:
    trace = traced(acknowledgment(*NPI, status="E*5"))
    claim = the(trace, "HI-26-0615")
    assert (claim.status, claim.severity.value) == (Status.RECEIVED, "warning")
    assert [of.severity.value for of in trace.sets] == ["warning"]


@pytest.mark.parametrize(
    ("code", "claims", "route"), [("R*010", 5, "resend"), ("E*019", 0, ""), ("A*000", 0, "")]
)
def test_a_ta1_is_about_the_interchange(code: str, claims: int, route: str) -> None:
    data = f"{ISA}\nTA1*000000416*260626*1730*{code}~\nIEA*0*000009001~".encode()
    trace = traced(data)
    (of,) = trace.interchanges
    assert of.match.confidence is Confidence.EXACT
    assert len(trace.claims) == claims
    assert {claim.route for claim in trace.claims} == ({route} if route else set())


def test_totals_that_do_not_add_up_are_said_and_nothing_else() -> None:
    totals = ("QTY*90*1", "QTY*AA*1", "AMT*YU*609.5", "AMT*YY*429")
    whole = (*BATCH[:8], *totals, *BATCH[8:])
    patients = (*REJECTED, *ACCEPTED)
    assert traced(answer(*whole, *patients)).remarks == []
    wrong = [s.replace("QTY*90*1", "QTY*90*7").replace("YY*429", "YY*400") for s in whole]
    trace = traced(answer(*wrong, *patients))
    assert len(trace.claims) == 2
    assert sorted(said.removeprefix("-: ") for said in trace.remarks) == [
        "the totals of the batch (2200B) count 8 claims, and the set that it answers has 5",
        "the totals of the batch (2200B) do not add up: 90 says 7, and the accepted claims in it "
        "are 1",
        "the totals of the batch (2200B) do not add up: YY says 400, and the rejected charges in "
        "it are 429",
    ]


def test_an_interchange_that_the_ledger_knows_did_arrive(
    trace_in: Callable[..., tuple[int, str, str]], commands: Callable[[str], Cli]
) -> None:
    data = f"{ISA}\nTA1*000000416*260626*1730*R*025~\nIEA*0*000009001~".encode()
    _, out, _ = trace_in(data, "--output-format", "json", "--ledger", "l.db")
    assert {claim["route"] for claim in json.loads(out)["claims"]} == {"resend"}
    commands("check")("--ledger", "l.db", "--record", "--fail-on", "never", "sent.837")
    _, out, _ = trace_in(data, "--output-format", "json", "--ledger", "l.db")
    assert {claim["route"] for claim in json.loads(out)["claims"]} == {"none"}


def test_a_payer_s_profile_may_say_another_route(tmp_path: Path) -> None:
    profile = tmp_path / "lakeshore.profile.yaml"
    profile.write_text(
        """
name: lakeshore-portal
title: Lakeshore Mutual Health
match: {payer_ids: [LKSH1]}
routes:
  - categories: [A7]
    route: look
    citation: "Lakeshore companion guide 2026, page 9: correct rejected claims in the portal"
sources: ["Lakeshore companion guide 2026"]
"""
    )
    other = patient("HI-26-0614", "A7:400*20260628*U*480")
    data = status_answer(REJECTED, other)
    settings = edi_lint.Settings(as_of=date(2026, 7, 1), profiles=(profile,))
    trace = edi_lint.trace([data], [OUTBOUND], settings)
    assert the(trace, "HI-26-0615").route == "look"
    assert the(trace, "HI-26-0614").route == "new-claim"


# the next file


@pytest.fixture
def trace_in(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command in a folder with the sent file and an answer."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDI_LINT_DATA", str(tmp_path / "data"))
    (tmp_path / "sent.837").write_bytes(OUTBOUND.read_bytes())

    def run(data: bytes, *options: object) -> tuple[int, str, str]:
        (tmp_path / "answer.txt").write_bytes(data)
        given = ("answer.txt", "--sent", "sent.837", "--as-of", "2026-07-01", *options)
        return commands("trace")(*given)

    return run


WRITES = ("--resubmit", "again.837", "--held", "held.837", "--log", "log.jsonl")


def claims_in(path: Path) -> list[str]:
    return [claim.id for claim in edi_lint.read(path)] if path.exists() else []


def test_what_may_go_goes_and_what_must_be_fixed_waits(
    trace_in: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    status, _, err = trace_in(acknowledgment(*NPI), *WRITES, "--control-number", 500)
    assert status == 1
    assert claims_in(tmp_path / "again.837") == [f"HI-26-061{n}" for n in range(1, 5)]
    assert claims_in(tmp_path / "held.837") == ["HI-26-0615"]
    assert "no ledger is in use" in err
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert len(log) == 5
    log_schema = json.loads(schema("change-log.schema.json"))
    for entry in log:
        jsonschema.validate(entry, log_schema)


def test_the_log_lists_a_rejection_of_nothing_that_is_known_or_of_one_of_several(
    trace_in: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    other = OUTBOUND.read_bytes().replace(b"000000416", b"000000999")
    (tmp_path / "other.837").write_bytes(other)
    group = ("AK1*HC*416*005010X222A1", "AK9*R*1*1*0*1")
    data = status_answer(patient("NOSUCH", "A7:21**U*1"), ACCEPTED)
    data += b"\n" + answer(*group, kind="FA", guide="005010X231A1")
    for phi in ("ids", "none"):
        _, _, err = trace_in(data, *WRITES, "--sent", "other.837", "--phi", phi)
        log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
        for entry in log:
            jsonschema.validate(entry, json.loads(schema("change-log.schema.json")))
        rejections = [entry for entry in log if "answer" in entry]
        found = [
            (e["route"], e["segment"], e.get("claim", ""), e["candidates"]) for e in rejections
        ]
        nosuch = "NOSUCH" if phi == "ids" else ""
        assert sorted(found) == [("ambiguous", "AK1", "", 2), ("unmatched", "TRN", nosuch, 0)]
        for entry in rejections:
            assert entry["answer"] == "answer.txt"
            assert data[entry["byte_start"] :].startswith(entry["segment"].encode())
        assert "1 not written: rejections of nothing that is in the sent files" in err


def test_nothing_is_sent_twice(
    trace_in: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """By the ledger, and without one by a copy among the sent files."""
    data = acknowledgment(*NPI)
    trace_in(data, *WRITES, "--ledger", "sent.db")
    first = claims_in(tmp_path / "again.837")
    status, _, err = trace_in(data, *WRITES, "--ledger", "sent.db")
    assert status == 2
    assert "is there from before" in err
    assert claims_in(tmp_path / "again.837") == first
    (tmp_path / "again.837").rename(tmp_path / "copy.837")
    _, _, err = trace_in(data, *WRITES, "--ledger", "sent.db")
    assert len(first) == 4
    assert claims_in(tmp_path / "again.837") == []
    assert claims_in(tmp_path / "held.837") == ["HI-26-0615"]
    assert "4 claims not written: already-resent" in err
    _, out, err = trace_in(data, *WRITES, "--sent", "copy.837", "--control-number", 900)
    assert "4 claims not written: already-resent" in err
    assert "4 already-resent" in out
    assert claims_in(tmp_path / "again.837") == []


def test_a_value_fixes_a_rejected_claim(
    trace_in: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    places = {"0001#103:NM109": "1002513426", "0001#100:PWK05": "AC", "0001#100:PWK06": "A-1"}
    rows = [f"HI-26-0615,{place},{value}" for place, value in places.items()]
    (tmp_path / "fix.csv").write_text("\n".join(["claim,at,value", *rows]))
    data = status_answer(REJECTED, ACCEPTED)
    trace_in(data, *WRITES, "--data", "fix.csv", "--control-number", 500)
    assert claims_in(tmp_path / "again.837") == ["HI-26-0615"]
    assert not edi_lint.check(tmp_path / "again.837").findings
    assert not (tmp_path / "held.837").exists()


def test_a_likely_match_is_written_only_if_asked_for(
    trace_in: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    data = status_answer(patient("hi-26-0615", "A7:562:82*20260628*U*429", day="20260618"))
    _, _, err = trace_in(data, *WRITES)
    assert claims_in(tmp_path / "held.837") == []
    assert "match only likely" in err
    trace_in(data, *WRITES, "--likely")
    assert claims_in(tmp_path / "held.837") == ["HI-26-0615"]


def test_data_without_an_output_is_refused(trace_in: Callable[..., tuple[int, str, str]]) -> None:
    status, _, err = trace_in(acknowledgment(), "--control-number", 5)
    assert (status, "go with --resubmit" in err) == (2, True)


# what people see


def test_the_document_has_its_schema(trace_in: Callable[..., tuple[int, str, str]]) -> None:
    data = acknowledgment(*NPI) + b"\n" + status_answer(REJECTED, patient("NOSUCH", "A7:21**U*1"))
    status, out, _ = trace_in(data, "--output-format", "json", "--scores", "--unanswered", 3)
    document = json.loads(out)
    jsonschema.validate(document, SCHEMA)
    assert status == 1
    assert [answer["type"] for answer in document["answers"]] == ["999", "277CA"]
    assert document["scores"][0] == {"rule": "COD005", "hit": 1, "missed": 0, "false": 0}
    _, out, _ = trace_in(data, "--output-format", "jsonl")
    kinds = [json.loads(line)["kind"] for line in out.splitlines()]
    assert kinds == ["trace", *["claim"] * 5, "set", "unmatched"]


def test_text_shows_the_segment_the_rule_and_what_to_do(
    trace_in: Callable[..., tuple[int, str, str]],
) -> None:
    _, out, _ = trace_in(status_answer(REJECTED, ACCEPTED))
    assert "claim HI-26-0615 (0001/5): rejected" in out
    assert "NM1*82*1*xxxxxx*xxxx****XX*1002513427\n" in out
    assert "                            ^^^^^^^^^^\n" in out
    assert "COD005: edi-lint check finds it there" in out
    assert "edi-lint edit --diff sent.837 --at 0001#103:NM109 --value VALUE" in out
    assert "HI-26-0611" not in out  # good news is counted
    _, out, _ = trace_in(status_answer(REJECTED, ACCEPTED), "--status", "accepted")
    assert "claim HI-26-0611 (0001/1): accepted" in out
    assert "HI-26-0615" not in out


def test_claims_and_procedures_narrow_what_is_shown(
    trace_in: Callable[..., tuple[int, str, str]],
) -> None:
    data = acknowledgment(*NPI)
    _, out, _ = trace_in(data, "--hcpcs", "J2795", "--output-format", "json")
    assert [claim["claim"] for claim in json.loads(out)["claims"]] == ["HI-26-0611"]
    _, out, _ = trace_in(data, "--claims", "0001/2", "--output-format", "json")
    assert [claim["claim"] for claim in json.loads(out)["claims"]] == ["HI-26-0612"]
    status, _, err = trace_in(data, "--claims", "NOSUCH")
    assert (status, "no claim in the input has that number" in err) == (2, True)


@pytest.mark.parametrize(
    ("options", "status"),
    [((), 1), (("--fail-on", "never"), 0), (("--fail-on", "warning"), 1)],
)
def test_the_exit_status(
    options: tuple[str, ...], status: int, trace_in: Callable[..., tuple[int, str, str]]
) -> None:
    assert trace_in(status_answer(REJECTED), *options)[0] == status
    assert trace_in(status_answer(ACCEPTED), *options)[0] == 0


def test_what_cannot_be_read_ends_with_two(trace_in: Callable[..., tuple[int, str, str]]) -> None:
    status, _, err = trace_in(b"not X12 at all")
    assert (status, "not an X12 interchange" in err) == (2, True)
    status, _, err = trace_in(OUTBOUND.read_bytes())
    assert (status, "no TA1, 999, 997 or 277CA is in this file" in err) == (2, True)
    status, _, err = trace_in(status_answer(REJECTED), "--sent", "nowhere.837")
    assert (status, "nowhere.837: No such file" in err) == (2, True)


def test_without_anything_sent_it_says_what_is_missing(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_bytes(status_answer(REJECTED))
    ran = commands("trace")("a.txt")
    assert (ran.status, "--sent is missing" in ran.err) == (2, True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "sent.837").write_bytes(OUTBOUND.read_bytes())
    (tmp_path / "edi-lint.toml").write_text('sent = ["out"]')
    ran = commands("trace")("a.txt")
    assert (ran.status, "HI-26-0615" in ran.out) == (1, True)


PROTECTED = re.compile(
    "BELLAMONT|RHIAN|STRANDGREN|EWAN|PLOVER|19630830|LKH441207733|LKH205518840|SOMEONE|PAYERNO1"
)


def test_no_output_has_protected_data(
    trace_in: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    data = status_answer(REJECTED, ACCEPTED) + acknowledgment("IK3*DMG*97*2010*8", "IK4*2*1251*8")
    for form in ("text", "json", "jsonl"):
        (tmp_path / "again.837").unlink(missing_ok=True)
        _, out, err = trace_in(
            data, "--output-format", form, *WRITES, "--ledger", "l.db", "--scores"
        )
        shown = out + err + (tmp_path / "log.jsonl").read_text()
        shown += (tmp_path / "l.db").read_bytes().decode("latin-1")
        assert PROTECTED.findall(shown) == []
    _, out, err = trace_in(data, "--phi", "none", "--output-format", "json")
    assert "HI-26" not in out + err


def test_a_code_that_looks_like_none_is_not_shown(
    trace_in: Callable[..., tuple[int, str, str]],
) -> None:
    names = [s.replace("HI20260626A", "SMITHJOHN") for s in BATCH]
    hostile = patient("HI-26-0615", "SMITH:JOHN*19630830*U*19630830")
    errors = ("IK3*NM1*103*SMITH*SMITH", "IK4*9*67*SMITH")
    data = answer(*names, *hostile) + acknowledgment(*errors, status="R*SMITH")
    for form in ("text", "json"):
        _, out, err = trace_in(data, "--output-format", form)
        assert "HI-26-0615" in out
        assert not re.search("SMITH|JOHN|19630830", out + err)


def test_many_answers_about_one_set_are_read_in_linear_time() -> None:
    """Tags of a set are read once, whatever number of answers names it."""
    sets = ("AK2*837*0001", "IK3*NM1*103*2310*8", "IK4*9*67*7", "IK5*R*5") * 500
    data = answer("AK1*HC*416*005010X222A1", *sets, "AK9*R*1*1*0", kind="FA", guide="005010X231A1")
    trace = traced(data)
    assert len(the(trace, "HI-26-0615").events) <= 700
    assert any("left out" in said for said in trace.remarks)


def test_damaged_answers_give_no_traceback() -> None:
    whole = status_answer(REJECTED, ACCEPTED) + b"\n" + acknowledgment(*NPI)
    for cut in range(0, len(whole), 37):
        for data in (whole[:cut], whole[cut:], whole[:cut] + b"*~\x00\xff*" + whole[cut + 9 :]):
            trace = traced(data)
            trace.json(Phi.IDS)


def test_the_public_claim_number_that_is_in_several_files_is_ambiguous(corpus: list[Path]) -> None:
    sent = [path for path in corpus if path.parent.name == "837p"]
    trace = traced(
        answer("BHT*0085*08*X*20261001*0800*TH", *patient("26463774", "A7:21**U*100")),
        sent=tuple(sent),
    )
    assert trace.claims == []
    assert [one.candidates for one in trace.unmatched] == [5]


def test_the_public_pair_of_a_claim_and_its_answers(corpus: list[Path]) -> None:
    pair = {
        path.parent.name: path
        for path in corpus
        if "revcycle" in path.name.lower() and "__valid" in path.name
    }
    trace = edi_lint.trace([pair["277ca"], pair["999"]], [pair["837p"]], SETTINGS)
    claim = the(trace, "CLM001")
    assert (claim.status, claim.match.confidence) == (Status.RECEIVED, Confidence.EXACT)
    assert [of.status for of in trace.sets] == [Status.RECEIVED]


def test_every_public_answer_is_read_or_refused(corpus: list[Path]) -> None:
    answers = [path for path in corpus if path.parent.name in ("277ca", "999", "ta1")]
    sent = [path for path in corpus if path.parent.name == "837p"]
    trace = edi_lint.trace(answers, sent, SETTINGS, unanswered=1)
    jsonschema.validate(trace.json(), SCHEMA)
    assert len(answers) == 35
    read = {answer.path for answer in trace.answers}
    refused = {said.partition(": ")[0] for said in (*trace.problems, *trace.remarks)}
    assert {str(path) for path in answers} <= read | refused
