"""Typed views say what the file says, under the field's names, line level over claim level."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import edi_lint
from conftest import FIXTURES
from edi_lint.claims import Claim, ServiceLine
from edi_lint.claims.views import amount
from edi_lint.rules.examples import Example


def claim(file: str, number: str) -> Claim:
    found = edi_lint.read(FIXTURES / "valid" / f"{file}.837")
    return next(c for c in found if c.id == number)


def line(file: str, number: str, lx: str = "1") -> ServiceLine:
    return next(n for n in claim(file, number).lines if n.number == lx)


def test_a_claim_says_what_clm_says() -> None:
    found = claim("many", "HI-30004")
    assert (found.frequency, found.charge, found.place_of_service) == ("8", Decimal(410), "12")
    assert found.delay_reason == ""
    assert [(r.qualifier, r.number) for r in found.references("F8")] == [("F8", "NGB26150009921")]
    assert [(p.report_type, p.transmission) for p in found.paperwork] == [("B3", "FX")]


def test_envelopes_are_around_a_claim() -> None:
    found = claim("many", "HI-30008")
    assert found.interchange.control_number == "000000108"
    assert (found.group.ordinal, found.group.control_number) == (2, "202")
    assert (found.transaction.control_number, found.number) == ("0001", 1)


def test_the_destination_payer_and_the_others() -> None:
    found = claim("many", "HI-30008")
    payer = (found.payer.id, found.payer.responsibility, found.payer.filing_indicator)
    assert payer == ("LKSH1", "S", "CI")
    others = [(p.id, p.responsibility, p.filing_indicator) for p in found.other_payers]
    assert others == [("MDCRB", "P", "MB")]


def test_the_patient_is_the_subscriber_or_a_dependent() -> None:
    own = claim("many", "HI-30001")
    assert own.subscriber
    assert own.subscriber.is_patient
    assert own.patient
    assert own.patient.member_id == "LKH205518840"
    assert own.patient.birth_date == date(1971, 6, 25)
    dependent = claim("dependent", "HI-10002")
    assert dependent.subscriber
    assert not dependent.subscriber.is_patient
    assert dependent.patient
    assert dependent.patient.birth_date == date(2007, 11, 30)


def test_providers_of_the_line_come_before_those_of_the_claim() -> None:
    first, second = claim("many", "RF-50002").lines
    assert first.rendering_provider
    assert second.rendering_provider
    assert first.rendering_provider.npi == "1002513426"
    assert second.rendering_provider.npi == "1001299324"
    assert first.supervising_provider
    assert second.supervising_provider
    assert first.supervising_provider.npi == "1001663610"
    assert second.supervising_provider.npi == "1002354508"
    assert [p.npi for p in first.referring_providers] == ["1002516668"]
    assert [p.npi for p in second.referring_providers] == ["1001304843"]
    assert first.service_facility
    assert second.service_facility
    assert first.service_facility.npi == "1002637605"
    assert second.service_facility.npi == "1001643661"
    assert first.ordering_provider is None
    assert second.ordering_provider
    assert second.ordering_provider.role == "DK"
    assert second.ordering_provider.is_person


def test_taxonomies_stand_with_their_provider() -> None:
    found = claim("many", "RF-50002")
    assert found.billing_provider
    assert found.rendering_provider
    assert found.billing_provider.taxonomy == "193200000X"
    assert not found.billing_provider.is_person
    assert found.rendering_provider.taxonomy == "207X00000X"


def test_a_line_says_what_sv1_says() -> None:
    found = line("many", "RF-50002", "2")
    assert (found.qualifier, found.code, found.modifiers) == ("HC", "72148", ("TC",))
    assert (found.charge, found.units, found.unit_basis) == (Decimal(1050), Decimal(1), "UN")
    assert found.place_of_service == "49"
    assert line("many", "RF-50002", "1").place_of_service == "11"
    assert found.service_dates.first == found.service_dates.last == date(2026, 6, 22)


def test_pointers_are_resolved_to_diagnoses() -> None:
    found = line("many", "HI-30006")
    assert found.pointers == ("1", "2", "3")
    assert [d.code for d in found.diagnoses] == ["G90521", "G894", "M5416"]
    assert found.diagnoses[0].qualifier == "ABK"


def test_a_range_of_dates_has_two_ends() -> None:
    dates = line("many", "HI-30006").service_dates
    assert (dates.first, dates.last) == (date(2026, 6, 8), date(2026, 6, 11))


def test_documentation_of_a_line() -> None:
    found = line("many", "HI-30003")
    assert [(p.report_type, p.control_number) for p in found.paperwork] == [("OD", "HI30003OD")]
    assert [n.code for n in found.notes] == ["ADD", "TPO"]
    certified = line("many", "HI-30010")
    assert certified.certification
    assert certified.certification.value(3) == "12"
    assert [(c.category, c.applies, c.codes) for c in certified.conditions] == [
        ("09", False, ("38",))
    ]
    assert [(f.qualifier, f.code, len(f.answers)) for f in certified.forms] == [("UT", "484.3", 3)]
    assert certified.date("463").first == date(2026, 6, 1)


def test_an_authorization_for_another_payer_is_not_the_destination_payers() -> None:
    found = line("many", "HI-30008")
    assert [(r.number, r.payer) for r in found.references("G1")] == [
        ("PA4472204", ""),
        ("AUTH55120", "MDCRB"),
    ]
    assert [r.number for r in found.prior_authorizations] == ["PA4472204"]
    assert [r.number for r in line("many", "HI-30001", "2").prior_authorizations] == ["PA4471971"]


def test_the_drug_of_a_line() -> None:
    drug = line("drug-lin", "HI-10004").drug
    assert drug
    assert (drug.qualifier, drug.code, drug.quantity, drug.unit) == (
        "N4",
        "99999027010",
        Decimal(300),
        "ML",
    )
    assert line("drug-lin", "HI-10004", "2").drug is None


def test_a_line_knows_its_bytes() -> None:
    data = (FIXTURES / "valid" / "many.837").read_bytes()
    for found in edi_lint.read(data):
        for own in found.lines:
            start, end = own.byte_range
            assert data[start:end].startswith(b"LX*" + own.number.encode())
            assert data[start:end].count(b"LX*") == 1
        start, end = found.byte_range
        assert data[start:end].startswith(b"CLM*" + found.id.encode())


def test_a_modifier_slot_left_empty_stays_empty() -> None:
    data = Example(line=("SV1*HC:A4306:KX::GA*120*UN*1***1",)).file()
    assert next(edi_lint.read(data)).lines[0].modifiers == ("KX", "", "GA")


def test_a_payer_named_too_late_leaves_the_claim_as_it_is() -> None:
    text = Example().file().decode()
    payer = "NM1*PR*2*EXAMPLE PAYER*****PI*PAYER1~"
    clm, _, _ = text[text.index("CLM*") :].partition("~")
    late = text.replace(payer, "").replace(f"{clm}~", f"{clm}~{payer}")
    (found,) = edi_lint.read(late.encode())
    assert [r.id for r in found.loop.inner("2400")] == ["2400"]
    assert [(n.number, n.service_dates.first is not None) for n in found.lines] == [("1", True)]


@pytest.mark.parametrize("text", ["", "abc", "1E5", "1_000", " 5", "+5", "1.2.3", "9" * 60])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert amount(text) is None


@pytest.mark.parametrize("text", ["0", "12", "-3.5", ".75", "609.50"])
def test_an_amount_is_exact(text: str) -> None:
    assert amount(text) == Decimal(text)
