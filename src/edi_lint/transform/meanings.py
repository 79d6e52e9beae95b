"""What code values mean, in our own words, for those that a reader of a claim meets all the time.

X12's, the AMA's and NUCC's texts may not be shipped, so none are here: names of places of service
are CMS's, descriptors of A4306 and its like come from the rule packs, those of modifiers from the
modifier table, and the rest is said in words of this project. A code that is not listed has no
meaning to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from edi_lint.codes import modifiers
from edi_lint.codes.tables import shipped
from edi_lint.packs import packs
from edi_lint.rules import answers

PROCEDURE, MODIFIER, REPORT_TYPE = "234", "1339", "755"
"""Data elements whose meanings come from tables and packs: SV101-2, SV101-3 and PWK01."""

_PLACES = """
01 pharmacy;02 telehealth, not at home;03 school;04 homeless shelter;09 prison;10 telehealth at home
11 office;12 home;13 assisted living;14 group home;15 mobile unit;16 temporary lodging
17 walk-in retail clinic;18 place of employment;19 off-campus outpatient hospital;20 urgent care
21 inpatient hospital;22 on-campus outpatient hospital;23 hospital emergency room
24 ambulatory surgical center;25 birthing center;26 military treatment facility
31 skilled nursing facility;32 nursing facility;33 custodial care facility;34 hospice
41 ambulance, land;42 ambulance, air or water;49 independent clinic
50 federally qualified health center;51 inpatient psychiatric facility
52 psychiatric partial hospitalization;53 community mental health center
54 intermediate care facility;55 residential substance abuse facility
56 psychiatric residential center;57 outpatient substance abuse facility;58 opioid treatment
60 mass immunization center;61 inpatient rehabilitation;62 outpatient rehabilitation
65 end-stage renal disease facility;66 PACE center;71 public health clinic;72 rural health clinic
81 independent laboratory;99 other place
"""
_WORDS = {
    "1331": _PLACES,
    "1325": "1 original claim;6 corrected claim;7 replaces an earlier claim"
    ";8 voids an earlier claim",
    "1138": "P pays first;S pays second;T pays third;A pays fourth;U payer order unknown",
    "1069": "01 spouse;18 the subscriber is the patient;19 child;20 employee;G8 other relationship",
    "1032": "11 other federal program;12 PPO;13 POS plan;14 EPO;15 indemnity plan;16 Medicare HMO"
    ";17 dental HMO;AM automobile medical;BL Blue Cross Blue Shield;CH TRICARE;CI commercial"
    ";DS disability;FI federal employees program;HM HMO;LM liability;MA Medicare Part A"
    ";MB Medicare Part B;MC Medicaid;OF other federal program;TV title V;VA Veterans Affairs"
    ";WC workers' compensation;ZZ not said",
    "1065": "1 a person;2 an organization",
    "1068": "F female;M male;U unknown",
    "1073": "Y yes;N no;W not applicable",
    "1359": "A accepts assignment;B accepts it for laboratory services only;C does not accept it",
    "1363": "Y signed release on file;I informed consent, no signature on file",
    "1033": "CO contractual obligation;OA other adjustment;PI payer's reduction"
    ";PR patient's responsibility;CR correction",
    "1250": "D8 one day, YYYYMMDD;RD8 first and last day, YYYYMMDD-YYYYMMDD",
    "1270": "ABK principal diagnosis, ICD-10-CM;ABF further diagnosis, ICD-10-CM"
    ";BK principal diagnosis, ICD-9-CM;BF further diagnosis, ICD-9-CM",
    "235": "HC HCPCS or CPT;N4 national drug code",
    "355": "UN units;MJ minutes;F2 international units;GR grams;ME milligrams;ML milliliters"
    ";LB pounds;DA days;MO months;DH miles",
    "365": "TE telephone;FX fax;EM e-mail;EX extension;ED electronic access",
    "363": "ADD additional information;CER certification narrative;DCP goals or plans"
    ";DGN diagnosis;TPO third-party organization notes",
    "374": "472 day of service;471 prescription;431 onset of the illness;435 admission"
    ";096 discharge;439 accident;454 begin of treatment;304 last visit;463 begin of therapy"
    ";461 last certification;607 recertification or revision;573 day the claim was paid"
    ";050 received;009 processed",
    "128": "EI employer's tax number;SY social security number;F8 payer's claim control number"
    ";G1 prior authorization;9F referral;6R line item control number;D9 clearinghouse trace"
    ";EA medical record number;G2 provider number of the payer;2U payer number;PXC taxonomy"
    ";1K payer's claim control number;FJ line item control number;BLT type of bill"
    ";X4 CLIA number;0B state license;1G UPIN;LU location number",
    "66": "XX NPI;MI member id;PI payer id;XV national plan id;46 electronic id number"
    ";II unique patient id;AC attachment control number;FI tax number",
    "98": "AY clearinghouse"
    ";41 submitter;40 receiver;85 billing provider;87 pay-to address;PE pay-to plan;IL insured"
    ";QC patient;PR payer;DN referring provider;P3 primary care provider;82 rendering provider"
    ";77 service location;DQ supervising provider;DK ordering provider;QB purchased service"
    ";PW ambulance pick-up;45 ambulance drop-off",
    "1221": "BI billing;PE performing",
    "735": "20 outermost level"
    ";21 receiver of the answer;19 billing provider;22 subscriber;23 patient;PT patient",
    "736": "0 no level below;1 levels below",
    "756": "AA available on request;BM by mail;EL electronically;EM by e-mail;FT by file transfer"
    ";FX by fax",
    "353": "00 original;18 sent again",
    "640": "CH chargeable claims;RP reporting only",
    "143": "837 health care claim",
    "522": "YU total accepted;YY total rejected"
    ";D payer paid;EAF left to pay;A8 not covered;F5 patient paid;F4 postage claimed;T tax",
    "306": "WQ accepted;U rejected",
    "673": "90 claims accepted;AA claims rejected;QA claims accepted;QC claims rejected",
    "I14": "P production;T test",
    "I13": "0 no acknowledgment asked for;1 acknowledgment asked for",
    "I05": "ZZ agreed between the two;01 D-U-N-S number;30 tax number;27 carrier number of CMS"
    ";28 fiscal intermediary number of CMS;29 Medicare provider number;33 NAIC company code"
    ";20 health industry number;14 D-U-N-S with suffix",
}


CLAIM_STATUS = "C043"
"""The composite of an STC that has category, status and entity."""
CATEGORY, STATUS = "C043-1", "C043-2"
"""Its first two components: X12 gives both the number of every industry code."""
_ANSWERED = {
    STATUS: "STATUS",
    "715": "AK901",
    "716": "AK905",
    "717": "IK501",
    "618": "IK502",
    "620": "IK304",
    "621": "IK403",
    "I17": "TA104",
    "I18": "TA105",
}
"""Data elements of answers, with the name of their place in `edi_lint.rules.answers`."""


def _answered(place: str) -> Mapping[str, str]:
    """What each code of a place means, and what to do."""
    found = (e for e in answers.book().entries if e.answer.kind.name == place and not e.beside)
    return {e.answer.value: f"{e.means} {e.do}".strip() for e in found}


_GOES_ON = frozenset({"A0", "A1", "A2", "A5"})
"""Categories of claims that are not rejected; the status of such a claim is only information."""


@lru_cache(maxsize=1000)
def of_status(values: tuple[str, ...]) -> tuple[str, str]:
    """What the category and the status of an STC mean, and what to do; empty if unknown.

    `values` are those two and the entity, which may be missing.
    """
    category, status = (*values, "", "")[:2]
    known = answers.book().categories.get(category)
    is_asked = status and category not in _GOES_ON
    try:
        asked = answers.read_answers(":".join(filter(None, values))) if is_asked else []
    except answers.AnswerError:
        asked = []
    entries = answers.read(asked, ()).entries
    words = f"{entries[0].means} {entries[0].do}".strip() if entries else ""
    return (f"{known.means}. {known.route}" if known else ""), words


def meaning(data_element: str, value: str) -> str:
    """What a value of a data element (X12's number, as 1331) stands for; empty if unknown."""
    return table(data_element).get(value, "")


@cache
def table(data_element: str) -> Mapping[str, str]:
    """Every value of a data element that has a meaning here."""
    if data_element == PROCEDURE:
        return {code: words for pack in packs() for code, words in pack.descriptors.items()}
    if data_element == REPORT_TYPE:
        return {code: name for p in packs() for code, name in p.report_type_names.items()}
    if data_element == MODIFIER:
        found = ((m, modifiers.meaning(m)) for m in shipped(modifiers.KIND).entries)
        return {modifier: words for modifier, words in found if words}
    if data_element == CATEGORY:
        return {category: of_status((category,))[0] for category in answers.book().categories}
    if data_element in _ANSWERED:
        return _answered(_ANSWERED[data_element])
    pairs = _WORDS.get(data_element, "").replace("\n", ";").split(";")
    return {code: words for code, _, words in (p.strip().partition(" ") for p in pairs) if code}
