"""What practice rejects: pairs of files, of which one has a fault that receivers reject.

`fixtures/practice/` has `…_bad.837` and `…_good.837` for each reason of contractors' lists,
clearinghouses' published edits and billing software's help pages that can be decided from a file.
The bad twin has the finding below at its element; the good twin nothing but information.
"""

from __future__ import annotations

from functools import cache

import pytest

from conftest import FIXTURES
from edi_lint.findings import Severity
from edi_lint.run.drive import Linter

PRACTICE = FIXTURES / "practice"

EXPECTED = {
    "01_mbi_letter_o": "COD009 NM109",
    "04_subscriber_first_name_absent": "SIT023 NM104",
    "05_dob_after_transaction": "SIT024 DMG02",
    "06_dob_after_service": "SIT024 DMG02",
    "07_dmg_absent_self": "SIT020 NM1",
    "08_address_absent_self": "SIT020 NM1",
    "09_patient_relation_absent": "STR001 PAT01",
    "13_hcpcs_four_chars": "STR011 SV101-02",
    "15_modifier_unknown": "COD003 SV101-03",
    "17_noc_no_description": "SVC004 SV101-07",
    "18_noc_commercial_A4649": "SVC004 SV101-07",
    "19_anesthesia_units_UN": "SVC006 SV103",
    "20_units_zero": "BAL006 SV104",
    "21_units_negative": "BAL006 SV104",
    "24_npi_referring_check_digit": "COD005 NM109",
    "25_npi_referring_absent_medicare": "SIT026 NM109",
    "26_npi_rendering_absent": "SIT026 NM109",
    "28_taxonomy_9_chars": "COD006 PRV03",
    "30_zip5_billing": "COD008 N403",
    "32_pobox_billing": "COD008 N301",
    "34_street_absent_billing": "STR001 N3",
    "38_phone_with_dashes": "COD011 PER04",
    "40_rendering_same_as_billing": "SIT027 NM109",
    "41_supervising_is_rendering": "SIT027 NM109",
    "42_filing_indicator_09": "STR002 SBR09",
    "43_filing_indicator_absent": "SIT019 SBR09",
    "44_msp_type_absent": "SIT022 SBR05",
    "46_payer_id_absent": "STR001 NM109",
    "48_bht02_18_medicare": "SIT025 BHT02",
    "49_dx_not_billable": "COD004 HI01-02",
    "50_dx_deleted_2025": "COD004 HI02-02",
    "54_dx_icd9_qualifier": "COD004 HI01-01",
    "56_pointer_none": "STR001 SV107",
    "58_dos_future": "SIT009 DTP03",
    "59_dos_from_after_to": "STR013 DTP03",
    "60_accident_date_absent": "SIT028 CLM11",
    "62_accident_after_service": "SIT028 DTP03",
    "64_timely_filing_medicare": "PAY003 DTP03",
    "65_claim_total_wrong": "BAL001 CLM02",
    "68_cob_no_amt_d": "SIT033 SBR",
    "69_cob_no_adjudication_date": "STR001 DTP",
    "70_cob_svd_unknown_payer": "BAL004 SVD01",
    "71_payer_order_two_primary": "SIT018 SBR01",
    "72_freq7_no_f8": "SIT006 CLM05-03",
    "74_duplicate_claim": "SIT017 CLM01",
    "78_ndc_10_digits": "COD012 LIN03",
    "79_ndc_no_unit": "STR001 CTP05",
    "80_ndc_unit_MG": "STR002 CTP05-01",
    "82_clia_absent": "SIT051 SV101-02",
    "85_wc_no_claim_number": "SIT034 SBR09",
    "86_mammography_no_cert": "SIT050 SV101-02",
    "87_dme_cmn_2026": "SIT014 LQ",
    "88_dme_no_ordering": "SIT015 SV101-02",
    "89_dme_E0781_no_ordering": "SIT015 SV101-02",
    "90_dme_kx_gy": "MOD001 SV101-03",
    "91_dme_ga_gz": "MOD002 SV101-03",
    "92_eip_no_kx_ga_gz": "MOD013 SV101-02",
    "94_pwk_aa_acn": "SIT003 PWK06",
    "97_a4306_pos_asc": "SVC002 CLM05-01",
    "99_line_charges_51_lines": "STR004 LX",
    "101_cob_claim_level_no_date": "SIT033 NM1",
    "103_zip_outside_us": "COD008 N403",
    "104_pos_invalid_in_line": "COD007 SV105",
    "108_wrong_contractor_pos11": "PAY001 SV101-02",
}
"""The code of the rule and the element, or the segment, that its finding points to."""

OF_THE_PAYER = {
    "03_member_id_not_on_file": "whether a member id is on file",
    "27_submitter_npi_link": "whether a submitter may send for a provider",
}
"""What only the payer's or the contractor's own records decide: nothing is said of either twin."""

PAIRS = [path.stem.removesuffix("_bad") for path in sorted(PRACTICE.glob("*_bad.837"))]


@cache
def linter() -> Linter:
    return Linter()


def found(name: str) -> list[tuple[str, Severity]]:
    findings = linter().check((PRACTICE / f"{name}.837").read_bytes()).findings
    places = ((f, f.location.element or f.location.segment) for f in findings)
    return [(f"{f.code} {place}", f.severity) for f, place in places]


def test_each_pair_is_listed_once() -> None:
    listed = [*EXPECTED, *OF_THE_PAYER]
    assert sorted(listed) == sorted(PAIRS)


@pytest.mark.parametrize("name", EXPECTED)
def test_the_bad_twin_has_a_finding_that_the_good_one_has_not(name: str) -> None:
    assert EXPECTED[name] in {place for place, _ in found(f"{name}_bad")}
    assert EXPECTED[name] not in {place for place, _ in found(f"{name}_good")}


@pytest.mark.parametrize("name", PAIRS)
def test_the_good_twin_has_nothing_but_information(name: str) -> None:
    assert [said for said in found(f"{name}_good") if said[1] is not Severity.INFO] == []


@pytest.mark.parametrize("name", OF_THE_PAYER)
def test_what_is_not_known_is_not_said(name: str) -> None:
    assert [said for said in found(f"{name}_bad") if said[1] is not Severity.INFO] == []
