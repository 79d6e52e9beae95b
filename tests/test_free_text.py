"""What rules read in notes and descriptions, and what they leave alone."""

import pytest

from edi_lint.rules.examples import Example
from edi_lint.rules.flow_rates import flow_rates
from edi_lint.run.drive import Linter

LINTER = Linter()


def codes(example: Example) -> list[str]:
    return [f.code for f in LINTER.check(example.file()).findings]


def noted(text: str, modifiers: str = "", code: str = "A4306") -> Example:
    """A Medicare claim whose line has a note."""
    procedure = ":".join(filter(None, ("HC", code, modifiers)))
    line = (f"SV1*{procedure}*120*UN*1***1", "DTP*472*D8*20260105", f"NTE*ADD*{text}")
    return Example(line=line, filing="MB")


@pytest.mark.parametrize(
    "text",
    [
        "60 ML/HR",
        "60ML/H",
        "60ML PER HOUR",
        "RATE 75 ML/H",
        "100 CC/HR",
        "100 CC AN HOUR",
        "75.5 MLS/HR",
        "50 ML HR",
        "60 mlhr",
        "FLOW RATE=60 MILLILITERS PER 1 HR",
        "60-100 ML/HR",
        "60 ML/HR THEN 80 ML/HR",
        "250ML OVER 90 MIN",
        "250 ML OVER 90 MINUTES",
        "250 ML IN 90 MIN",
        "250 ML/90 MIN",
        "250 CC OVER 1.5 HOURS",
        "250 ML OVER 1 HR 30 MIN",
        "250 ML OVER 1 1/2 HR",
        "500ML OVER AN HOUR",
        "100 ML OVER HALF AN HOUR",
        "100 ML OVER 30-60 MIN",
        "1,000 ML OVER 8 HRS",
        "1 L NS OVER 8 HOURS",
        "250 ML NORMAL SALINE OVER 90 MIN",
        "250 ML D5W TO RUN OVER 2 HR",
        "250 ML OVER A 90 MIN PERIOD",
        "250 ml over approx. 90 min",
        "400 ML OVER 4 HOURS",
        "1 ML/MIN",
        "60 ML Q1H",
        "RATE > 60 ML/HR",
        "60 ML/HR NTE 300 ML",
        "KNEE LT, 60 ML/HR",
    ],
)
def test_a_rate_of_fifty_and_more_is_found(text: str) -> None:
    assert "COD002" in codes(noted(text))


@pytest.mark.parametrize(
    "text",
    [
        "400 ML",
        "400 ML 4 HR",
        "400 ML/24 HR",
        "400 ML HOME INFUSION",
        "5 ML/HR",
        "49.9 ML/HR",
        "0.60 ML/HR",
        "2-60 ML/HR",
        "5 TO 60 ML/HR",
        "<50 ML/HR",
        "LESS THAN 50 ML PER HOUR",
        "UP TO 50 ML/HR",
        "MAX 60 ML/HR",
        "50 ML/HR OR LESS",
        "60 MG/HR",
        "60 MCG/HR 5 ML/HR",
        "LT 50 ML PER HR",
        "RATE LT50ML/HR",
        "lt 50 ml per hr",
        "UNDER 50 ML/HR",
        "BELOW 60 ML PER HOUR",
        "LESS THAN OR EQUAL TO 50 ML/HR",
        "NOT TO EXCEED A RATE OF 60 ML/HR",
        "MAXIMUM FLOW RATE OF 60 ML/HR",
        "NTE 60 ML/HR",
        "<=50 ML PER HR",
        "< 60 ML/H",
        "50 ML OR LESS PER HOUR",
        "50 OR LESS ML/HR",
        "60 ML/HR (MAX)",
        "60 ML PER HOUR MAXIMUM",
        "60 ML/HR NTE",
        "UP TO 250 ML OVER 90 MIN",
        "250 ML OVER AT LEAST 90 MIN",
        "400 ML OVER 3 DAYS",
        "100 ML OVER 30 MIN THEN 5 ML/HR",
        "5 ML/HR MAX 60 ML/HR",
        "FLUSH WITH 10 ML NS OVER 1 MIN",
        "5 ML BOLUS Q30MIN",
        "400 ML. PAIN OVER 4 HOURS",
        "OXYGEN 2 L/MIN",
        "60 ML OVER 0 MIN",
    ],
)
def test_what_is_no_such_rate_is_left_alone(text: str) -> None:
    assert "COD002" not in codes(noted(text))


@pytest.mark.parametrize(
    ("text", "stated"),
    [("250ML OVER 90 MIN", "167"), ("RATE 75.5 ML/HR", "75.5"), ("1 ML/MIN", "60")],
)
def test_the_rate_is_said_by_the_hour(text: str, stated: str) -> None:
    found = [f for f in LINTER.check(noted(text).file()).findings if f.code == "COD002"]
    assert [f.message.partition(" ")[0] for f in found] == [stated]


@pytest.mark.parametrize("digits", [7, 10, 11, 40, 400])
def test_a_number_of_any_length_is_read(digits: int) -> None:
    for text in (f"{'9' * digits} ML OVER 7 MIN", f"9 ML OVER {'9' * digits} MIN", "9 ML/0.0 HR"):
        assert all(str(rate) for rate in flow_rates(text))


def test_a_long_text_is_read_in_one_pass() -> None:
    for part in ("1 ML OVER ", "ML ", "1 ML MAX ", "< - ", "1 ML OVER : ~ ", "1 TO "):
        text = part * 20_000
        assert sum(1 for _ in flow_rates(text)) <= 20_000


@pytest.mark.parametrize(
    "text",
    [
        "SC",
        "SC CG",
        "99 SC CR",
        "99SCCR",
        "SCCG",
        "SCCG RENTAL",
        "RR,KH,LT,SC",
        "RRKHLTSC",
        "MODIFIERS SC/CG",
        "OVERFLOW MODS SC",
        "sc",
        "PUMP RENTED, SC PER ORDER",
        "MODIFIERS MS AS",
        "99 AS 59",
        "AS 59",
        "RAGA FOR THE PUMP",
        "59 RT SHOULDER",
        "24 HR RENTAL SC",
    ],
)
def test_a_note_that_may_list_modifiers_is_enough_for_99(text: str) -> None:
    assert "MOD006" not in codes(noted(text, "RR:KH:LT:99", "E0781"))


@pytest.mark.parametrize(
    "text",
    [
        "ELASTOMERIC",
        "99",
        "MODIFIERS",
        "RR KH LT 99",
        "RRKHLT99",
        "MORPHINE",
        "MORPHINE 2 ML HR",
        "PUMP RENTED ON ORDER",
        "CATHETER",
        "HOME CARE",
        "MODIFIERS ATTACHED",
        "DR SMITH MD",
        "PA AT HOME",
        "24 HR",
        "50 CC",
        "50 MG PO QD",
        "AS ORDERED BY DR",
        "5 ML/HR PER RN",
        "LIDOCAINE",
        "THAT PATIENT",
        "ER VISIT",
    ],
)
def test_a_note_that_cannot_list_more_modifiers_is_not_enough(text: str) -> None:
    assert codes(noted(text, "RR:KH:LT:99", "E0781")) == ["MOD006"]


@pytest.mark.parametrize(
    "text", ["MODIFIERS SC CG", "ADDITIONAL MODIFIERS = SC,CG.", "99 SC CR", "SCCG", "KB SC", "SC"]
)
def test_a_list_without_99_is_found_where_the_slots_are_full(text: str) -> None:
    assert codes(noted(text, "RR:KH:KX:LT", "E0781")) == ["MOD006"]
    assert codes(noted(text, "RR:KH:KX", "E0781")) == []


@pytest.mark.parametrize(
    "text",
    [
        "MODIFIERS RR KH KX LT",
        "MODIFIERS",
        "MODIFIERS NEEDED",
        "MODIFIER KX ON FILE",
        "NO MODIFIER GA ON RECORD",
        "PUMP",
        "SC PER ORDER",
        "DRUG PER ORDER",
        "CATHETER",
        "CASE RATE",
        "HOME",
        "24 HR",
        "50 CC",
        "MD",
        "99 24 HR",
        "MODIFIERS ATTACHED",
    ],
)
def test_free_text_is_no_list(text: str) -> None:
    assert codes(noted(text, "RR:KH:KX:LT", "E0781")) == []


@pytest.mark.parametrize(
    "text",
    [
        "123-45-6789",
        "SSN 123456789",
        "SSN NO. 123 45 6789",
        "SS# 123-45-6789",
        "SOCIAL SECURITY NUMBER 123456789",
        "DOB 01/15/1960",
        "DOB 1-5-60",
        "D.O.B. 19600115",
        "BORN ON 1960-01-15",
        "DATE OF BIRTH 01.15.1960",
        "CALL 555-555-0100",
        "(555) 555-0100",
        "(555)555-0100",
        "1-555-555-0100",
        "TEL 5555550100",
        "phone 555 555 0100",
    ],
)
def test_personal_data_in_a_note_is_found(text: str) -> None:
    assert "DOC004" in codes(noted(text, code="A4223"))
    k3 = Example(claim=(f"K3*{text}", "HI*ABK:G8918"), line=("SV1*HC:A4223*120*UN*1***1",))
    assert "DOC004" in codes(k3)


@pytest.mark.parametrize(
    "text",
    [
        "ORDER 01/05/2026",
        "NDC 12345-6789-01",
        "NDC 1234-5678-90",
        "NPI 1234567893",
        "LOT 123456789",
        "ICD 123-45-678",
        "000-12-3456",
        "987-65-4321",
        "5 ML/HR 400 ML 0.2 PCT",
        "BIRTH WEIGHT 3500",
        "PO 100-200-3000",
        "MODEL 123-555-0100-2",
        "20260105-20260107",
    ],
)
def test_other_numbers_in_a_note_are_left_alone(text: str) -> None:
    assert "DOC004" not in codes(noted(text, code="A4223"))


def test_what_is_cut_out_of_a_note_is_never_shown_and_leaves_the_rest() -> None:
    data = noted("PUMP, DOB 1/5/60 SSN 123-45-6789", code="A4223").file()
    (finding,) = [f for f in LINTER.check(data).findings if f.code == "DOC004"]
    assert "Social Security number and a birth date" in finding.message
    assert finding.fix is not None
    assert all(edit.text == "" for edit in finding.fix.edits)
    for edit in sorted(finding.fix.edits, reverse=True):
        data = data[: edit.byte_start] + data[edit.byte_end :]
    assert b"NTE*ADD*PUMP~" in data


def test_a_note_of_nothing_else_has_no_fix() -> None:
    (finding,) = [
        f
        for f in LINTER.check(noted("DOB 1/5/60, 123-45-6789", code="A4223").file()).findings
        if f.code == "DOC004"
    ]
    assert finding.fix is None


def test_the_line_of_a_note_is_named() -> None:
    (finding,) = [
        f
        for f in LINTER.check(noted("123-45-6789", code="A4223").file()).findings
        if f.code == "DOC004"
    ]
    assert (finding.location.loop, finding.location.service_line) == ("2400", "1")
