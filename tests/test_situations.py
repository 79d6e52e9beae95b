"""Rules about balances and situations where an example of one claim cannot show it."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from edi_lint.engine import Repeated
from edi_lint.findings import Applicability, Finding, Severity
from edi_lint.packs import Profiles
from edi_lint.packs.profiles import Listed, Match, Profile
from edi_lint.rules.examples import DATE, LINE, Example
from edi_lint.rules.run import Run
from edi_lint.rules.runner import Question, Reading
from edi_lint.rules.service_lines import DuplicateLine
from edi_lint.rules.situational import Frequency
from edi_lint.run.drive import Linter
from edi_lint.run.read_claims import claims
from edi_lint.settings import Settings

LINTER = Linter()
PAYER = (
    "OI***Y***Y",
    "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
    "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*",
)


def found(code: str, example: Example, linter: Linter = LINTER) -> list[Finding]:
    return [f for f in linter.check(example.file()).findings if f.code == code]


def judged(*claim: str, line: tuple[str, ...] = LINE) -> list[tuple[str, str]]:
    """Where BAL004 speaks of a claim with another payer, and on which line."""
    example = Example(claim=("HI*ABK:G8918", *claim), line=line)
    return [(f.location.element, f.location.service_line) for f in found("BAL004", example)]


def other(*amounts: str, id_: str = "PAYER2") -> tuple[str, ...]:
    """Loop 2320 of another payer, with these CAS and AMT."""
    return ("SBR*S*18*******CI", *amounts, *PAYER[:-1], PAYER[-1] + id_)


def lines(*adjudications: tuple[str, ...]) -> tuple[str, ...]:
    """A service line of 60 for each tuple of SVD and CAS segments."""
    out: list[str] = []
    for number, segments in enumerate(adjudications, 1):
        out += [f"LX*{number}", "SV1*HC:A4223*60*UN*1***1", DATE, *segments]
    return tuple(out[1:])


# coordination of benefits


def test_several_adjudications_of_one_line_by_one_payer_count_together() -> None:
    line = (*LINE, DATE)
    unbundled = (
        *("SVD*PAYER2*50*HC:A4306**1", "CAS*CO*45*10", "DTP*573*D8*20260108"),
        *("SVD*PAYER2*40*HC:A4223**1", "CAS*CO*45*20", "DTP*573*D8*20260108"),
    )
    assert judged(*other("AMT*D*90"), line=line + unbundled) == []
    assert judged(*other("AMT*D*90"), line=line + unbundled[:3]) == [("SVD02", "1")]


def test_each_payer_adds_up_by_itself() -> None:
    both = (*other("AMT*D*100"), *other("CAS*CO*45*110", "AMT*D*10", id_="PAYER3"))
    paid = ("SVD*PAYER2*100*HC:A4306**1", "CAS*CO*45*20", "DTP*573*D8*20260108")
    assert judged(*both, line=(*LINE, DATE, *paid)) == []
    wrong = ("SVD*PAYER2*100*HC:A4306**1", "CAS*CO*45*21", "DTP*573*D8*20260108")
    assert judged(*both, line=(*LINE, DATE, *wrong)) == [("SVD02", "1")]


def test_a_reversed_adjustment_is_negative() -> None:
    paid = ("SVD*PAYER2*125*HC:A4306**1", "CAS*CO*94*-5", "DTP*573*D8*20260108")
    assert judged(*other("AMT*D*125"), line=(*LINE, DATE, *paid)) == []


def test_a_line_that_the_payer_left_out_is_not_judged() -> None:
    paid = ("SVD*PAYER2*40*HC:A4223**1", "CAS*PR*2*20", "DTP*573*D8*20260108")
    assert judged(*other("AMT*D*40"), line=lines(paid, ())) == []


def test_while_a_line_does_not_add_up_the_payment_of_the_claim_is_not_judged() -> None:
    good = ("SVD*PAYER2*40*HC:A4223**1", "CAS*PR*2*20", "DTP*573*D8*20260108")
    bad = ("SVD*PAYER2*4*HC:A4223**1", "CAS*PR*2*20", "DTP*573*D8*20260108")
    assert judged(*other("AMT*D*80"), line=lines(good, bad)) == [("SVD02", "2")]
    assert judged(*other("AMT*D*81"), line=lines(good, good)) == [("AMT02", "")]


@pytest.mark.parametrize(
    "claim",
    [
        (*other("AMT*D*1", id_="PAYER2"), *other("AMT*D*2", id_="PAYER2")),
        other("CAS*CO*45*7"),
        other("AMT*EAF*7"),
    ],
    ids=["two payers of one id", "no payment", "another amount"],
)
def test_nothing_is_said_where_it_is_open_what_belongs_together(claim: tuple[str, ...]) -> None:
    paid = ("SVD*PAYER2*100*HC:A4306**1", "CAS*CO*45*1", "DTP*573*D8*20260108")
    assert judged(*claim, line=(*LINE, DATE, *paid)) == []


def test_a_line_under_the_id_of_no_payer_is_told_where_amounts_are_off() -> None:
    stray = ("SVD*PAYER9*40*HC:A4223**1", "CAS*PR*2*20", "DTP*573*D8*20260108")
    good = ("SVD*PAYER2*40*HC:A4223**1", "CAS*PR*2*20", "DTP*573*D8*20260108")
    assert judged(*other("AMT*D*80"), line=lines(good, stray)) == [("SVD01", "2")]


def test_a_total_that_is_not_the_sum_of_its_lines_is_one_fault() -> None:
    claim = ("HI*ABK:G8918", *other("CAS*CO*45*20", "AMT*D*100"))
    example = Example(claim=claim, clm="CLM*EX-1*130***12:B:1*Y*A*Y*Y")
    assert found("BAL004", example) == []
    assert len(found("BAL001", example)) == 1


@pytest.mark.parametrize("amount", ["", "x", "1e2", "1.2.3"])
def test_an_amount_that_cannot_be_read_is_not_added(amount: str) -> None:
    assert judged(*other(f"CAS*CO*45*{amount}", "AMT*D*7")) == []
    assert judged(*other("CAS*CO*45*7", f"AMT*D*{amount}")) == []


# frequencies

TAKES_6 = Profile(
    "takes-6",
    "A payer that takes corrected claims",
    (Match(payer_ids=frozenset({"PAYER1"})),),
    frequencies=Listed(frozenset({"6", "7"}), "its guide"),
)


@pytest.mark.parametrize(
    ("frequency", "severity"),
    [("1", Severity.ERROR), ("6", None), ("7", None), ("8", Severity.ERROR), ("", None)],
)
def test_a_profile_decides_which_frequencies_are_taken(
    frequency: str, severity: Severity | None
) -> None:
    run = Run({}, Profiles((TAKES_6,), ()))
    question = Question(Frequency(run), run)
    (claim,) = claims(Example(clm=f"CLM*EX-1*120***12:B:{frequency}*Y*A*Y*Y").file())
    hits = question.hits(Reading(claim))
    assert [hit.severity for hit in hits] == ([severity] if severity else [])
    (call,) = question.calls
    assert call.concerns(((frequency,), ("CI",))) or not severity


# duplicate lines


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_say_the_same_hold_the_same_texts_in_the_parts_of_the_trigger(seed: int) -> None:
    rng = Random(seed)
    run, duplicates = Run({}, Profiles((), ())), 0
    question, trigger = Question(DuplicateLine(run), run), DuplicateLine.same.trigger
    assert isinstance(trigger, Repeated)
    for _ in range(100):
        segments: list[str] = []
        for number in range(1, 5):
            code = rng.choice(["A4223", "A4223:", "A4223:SC", "A4223::SC", "A4223:SC:::PUMP", ""])
            dates = rng.choice(["D8*20260105", "RD8*20260105-20260105", "D8*"])
            segments += [f"LX*{number}", f"SV1*HC:{code}*{rng.choice(['30', '30.0'])}*UN*1***1"]
            segments += [f"DTP*472*{dates}"] if rng.random() < 0.9 else []
        (claim,) = claims(Example(line=tuple(segments[1:])).file())
        texts = [
            tuple(
                part.texts(s.values, ":") for part in trigger.parts for s in line.own(part.tag)[:1]
            )
            for line in claim.lines
        ]
        for hit in question.hits(Reading(claim)):
            index = [line.number for line in claim.lines].index(hit.line)
            assert texts[index] in texts[:index]
            assert len(texts[index]) == len(trigger.parts) and all(texts[index])
            duplicates += 1
    assert duplicates > 10


# dates


def test_a_date_of_service_is_judged_against_the_day_that_is_asked_for() -> None:
    early, late = (Linter(Settings(as_of=date(2026, 1, day))) for day in (4, 5))
    assert len(found("SIT009", Example(), early)) == 1
    assert found("SIT009", Example(), late) == []


# who the patient is


def test_a_dependents_level_behind_the_subscribers_own_claim_is_no_contradiction() -> None:
    second = "\n".join(s + "~" for s in Example(clm="CLM*EX-2*120***12:B:1*Y*A*Y*Y").segments())
    level = (
        "HL*3*2*23*0~\nPAT*19~\nNM1*QC*1*EXAMPLE*CHILD~\nN3*2 EXAMPLE WAY~\n"
        "N4*EXAMPLE CITY*OH*43215~\nDMG*D8*20100101*F~\n"
    )
    example = Example(
        change=(("HL*2*1*22*0", "HL*2*1*22*1"), ("SE*23*", f"{level}{second}\nSE*34*"))
    )
    assert LINTER.check(example.file()).files[0].claims == 2
    assert found("SIT012", example) == []


def test_who_the_patient_is_is_asked_once_for_all_claims_of_a_subscriber() -> None:
    second = "\n".join(s + "~" for s in Example(clm="CLM*EX-2*120***12:B:1*Y*A*Y*Y").segments())
    example = Example(change=(("SBR*P*18*", "SBR*P**"), ("SE*23*", f"{second}\nSE*28*")))
    assert len(found("SIT012", example)) == 1


# fixes


def test_a_suggested_removal_takes_the_line_break_along() -> None:
    line = ("SV1*HC:E0781*120*UN*1***1", "CR3*I*MO*12", DATE)
    data = Example(line=line, filing="MB").file().replace(b"~\n", b"~\r\n")
    (finding,) = [f for f in LINTER.check(data).findings if f.code == "SIT014"]
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.SUGGESTED
    (edit,) = finding.fix.edits
    assert data[edit.byte_start : edit.byte_end] == b"CR3*I*MO*12~\r\n"


def test_a_stray_segment_in_a_line_takes_the_next_line_no_control_number() -> None:
    """The line after it is still a line, and can be given its own number."""
    stray = ("SBR*S*18*******CI", "LIN**N4*99999027010", "LX*2", "SV1*HC:A4306*60*UN*1***1", DATE)
    (finding,) = found("STR008", Example(line=("SV1*HC:J2795*60*UN*1***1", DATE, *stray)))
    assert finding.location.service_line == "2"
    assert finding.fix is not None
    assert finding.fix.edits[0].text == "~\nREF*6R*0001-1-2"
