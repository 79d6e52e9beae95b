"""Codes, identifiers and addresses that are wrong in themselves: COD002 to COD009.

COD001 has no case: for A4306 it says no more than SIT009, and other codes are judged only with a
release of the whole code set, which is the user's to load.
"""

from __future__ import annotations

from single_faults.bases import COB, COMMERCIAL, DEPENDENT, DRUG, MEDICARE, ODD, PART_B
from single_faults.model import Case, Found, error, fault, warning


def _rate(name: str, rate: str) -> Case:
    """The rate in the note of the second commercial claim becomes another one."""
    note = f"BUPIVACAINE {rate} 50 HR PER ORDER, DRUG TRIAL SEE RECORDS"
    at = warning("COD002", "NTE02", f"NTE*ADD*«{note}»")
    return fault(name, COMMERCIAL, "BUPIVACAINE 4 ML/HR 50", f"BUPIVACAINE {rate} 50", at)


def _diagnosis(name: str, old: str, new: str, found: Found) -> Case:
    """The diagnoses of the second commercial claim."""
    return fault(name, COMMERCIAL, f"HI*{old}", f"HI*{new}", found)


_ORDERED = (
    "REF*6R*TP3001L1\n"
    "NTE*ADD*MORPHINE 2 ML/HR 72 HR PER ORDER, ORAL OPIOIDS FAILED\n"
    "NM1*DK*1*VALLECAMP*IDRIS****XX*1001299324"
)
_BOTH = "ABK:G8918*ABF:M1711"

CASES: tuple[Case, ...] = (
    # COD002
    _rate("rate-of-exactly-50", "50 ML/HR"),
    _rate("rate-of-100", "100 ML/HR"),
    _rate("rate-with-decimals-above-50", "62.5 ML/HR"),
    _rate("rate-run-into-its-unit", "75ML/HR"),
    fault(
        "rate-in-the-description",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306:::::ELASTOMERIC PUMP 100 ML/HR*385*UN*1***1:2\nDTP*472*D8*20260610",
        warning("COD002", "SV101-07", ":«ELASTOMERIC PUMP 100 ML/HR»*385", place="expected"),
    ),
    fault(
        "rate-in-the-claims-note",
        COMMERCIAL,
        "REF*G1*PA4471971\n",
        "REF*G1*PA4471971\nNTE*ADD*PUMP SET TO 60 ML/HR\n",
        warning("COD002", "NTE02", "NTE*ADD*«PUMP SET TO 60 ML/HR»", place="expected"),
    ),
    fault(
        "rate-for-medicare",
        MEDICARE,
        "REF*6R*TP3001L1\nNTE*ADD*MORPHINE 2 ML/HR",
        "REF*6R*TP3001L1\nNTE*ADD*MORPHINE 52 ML/HR",
        warning("COD002", "NTE02", "«MORPHINE 52 ML/HR 72 HR PER ORDER, ORAL OPIOIDS FAILED»"),
    ),
    fault(
        "rate-in-odd-delimiters",
        ODD,
        "BUPIVACAINE 4 ML/HR",
        "BUPIVACAINE 400 ML/HR",
        warning(
            "COD002",
            "NTE02",
            "«BUPIVACAINE 400 ML/HR 50 HR PER ORDER, DRUG TRIAL SEE RECORDS»",
        ),
    ),
    # COD003
    fault(
        "unknown-modifier-on-medicare-a4306",
        MEDICARE,
        "SV1*HC:A4306:EY:GA*395",
        "SV1*HC:A4306:EY:GA:ZZ*395",
        error("COD003", "SV101-05", "A4306:EY:GA:«ZZ»*395"),
    ),
    fault(
        "unknown-modifier-on-medicare-part-b-a4306",
        PART_B,
        "SV1*HC:A4306:GY*320",
        "SV1*HC:A4306:GY:Y7*320",
        error("COD003", "SV101-04", "A4306:GY:«Y7»*320"),
    ),
    fault(
        "unknown-modifier-on-another-medicare-line",
        MEDICARE,
        "SV1*HC:K0001:RR:KX:CG*60",
        "SV1*HC:K0001:RR:KX:ZZ*60",
        warning("COD003", "SV101-05", "K0001:RR:KX:«ZZ»*60"),
    ),
    fault(
        "unknown-modifier-for-a-commercial-payer",
        DEPENDENT,
        "SV1*HC:A4306:SC*410*UN*1***1:2",
        "SV1*HC:A4306:Z7*410*UN*1***1:2",
        warning("COD003", "SV101-03", "A4306:«Z7»*410"),
    ),
    fault(
        "modifier-before-its-time",
        DRUG,
        "DTP*472*D8*20260605\nREF*6R*TP8001L1",
        "DTP*472*D8*20221205\nREF*6R*TP8001L1",
        warning("COD003", "SV101-03", "LX*1\nSV1*HC:J2795:«JZ»*224.95"),
        why="JZ is of 2023",
    ),
    fault(
        "unknown-modifier-in-odd-delimiters",
        ODD,
        "SV1*HC:A4223*90",
        "SV1*HC:A4223:ZZ*90",
        warning("COD003", "SV101-03", "A4223:«ZZ»*90"),
    ),
    # COD004
    _diagnosis(
        "diagnosis-that-does-not-exist",
        _BOTH,
        "ABK:G8917*ABF:M1711",
        error("COD004", "HI01-02", "HI*ABK:«G8917»*ABF"),
    ),
    _diagnosis(
        "diagnosis-that-is-a-heading",
        _BOTH,
        "ABK:G8918*ABF:M171",
        error("COD004", "HI02-02", "HI*ABK:G8918*ABF:«M171»\n"),
    ),
    _diagnosis(
        "diagnosis-with-its-dot",
        _BOTH,
        "ABK:G8918*ABF:M17.11",
        error("COD004", "HI02-02", "ABF:«M17.11»\n"),
    ),
    _diagnosis(
        "diagnosis-under-the-qualifier-of-icd-9",
        _BOTH,
        "BK:G8918*ABF:M1711",
        error("COD004", "HI01-01", "HI*«BK»:G8918", place="expected"),
    ),
    _diagnosis(
        "second-diagnosis-under-the-qualifier-of-icd-9",
        _BOTH,
        "ABK:G8918*BF:M1711",
        error("COD004", "HI02-01", "HI*ABK:G8918*«BF»:M1711", place="expected"),
    ),
    _diagnosis(
        "diagnosis-repeated",
        _BOTH,
        "ABK:G8918*ABF:G8918",
        error("COD004", "HI02-02", "HI*ABK:G8918*ABF:«G8918»"),
    ),
    fault(
        "third-diagnosis-is-a-heading",
        COMMERCIAL,
        "*ABF:M25519*",
        "*ABF:M2551*",
        error("COD004", "HI03-02", "*ABF:«M2551»*"),
    ),
    fault(
        "diagnosis-with-a-digit-too-many",
        MEDICARE,
        "TP3001OD\nHI*ABK:G893*",
        "TP3001OD\nHI*ABK:G8931*",
        error("COD004", "HI01-02", "HI*ABK:«G8931»*"),
    ),
    fault(
        "diagnosis-that-is-a-heading-in-odd-delimiters",
        ODD,
        "ABF:M1711",
        "ABF:M17",
        error("COD004", "HI02-02", "ABF:«M17»\n"),
    ),
    fault(
        "patients-diagnosis-that-does-not-exist",
        DEPENDENT,
        "HI*ABK:Z4789",
        "HI*ABK:Z4787",
        error("COD004", "HI01-02", "HI*ABK:«Z4787»\n"),
    ),
    # COD005
    fault(
        "billing-npi-mistyped",
        COMMERCIAL,
        "*XX*1002456386",
        "*XX*1002456368",
        error("COD005", "NM109", "*XX*«1002456368»"),
    ),
    fault(
        "ordering-npi-mistyped",
        MEDICARE,
        _ORDERED,
        _ORDERED.replace("1001299324", "1001299325"),
        error("COD005", "NM109", "*XX*«1001299325»"),
        why="the provider has an NPI, a wrong one: SIT015 is silent",
    ),
    fault(
        "npi-of-nine-digits",
        COMMERCIAL,
        "NM1*DN*1*LANGDALE*OMER****XX*1002516668",
        "NM1*DN*1*LANGDALE*OMER****XX*100251666",
        error("COD005", "NM109", "*XX*«100251666»"),
    ),
    fault(
        "npi-that-begins-with-3",
        PART_B,
        "NM1*82*1*ARDREY*COLM****XX*1002513426",
        "NM1*82*1*ARDREY*COLM****XX*3002513422",
        error("COD005", "NM109", "*XX*«3002513422»"),
    ),
    fault(
        "facility-npi-mistyped",
        PART_B,
        "MOSSGATE CLINIC*****XX*1002637605",
        "MOSSGATE CLINIC*****XX*1002637065",
        error("COD005", "NM109", "*XX*«1002637065»"),
    ),
    fault(
        "line-facility-npi-with-a-letter",
        PART_B,
        "SILVERTHORN IMAGING*****XX*1001643661",
        "SILVERTHORN IMAGING*****XX*10O1643661",
        error("COD005", "NM109", "*XX*«10O1643661»"),
    ),
    fault(
        "billing-npi-mistyped-in-odd-delimiters",
        ODD,
        "*XX*1002456386",
        "*XX*1002456387",
        error("COD005", "NM109", "*XX*«1002456387»"),
    ),
    # COD006
    fault(
        "taxonomy-of-nine",
        COMMERCIAL,
        "PRV*BI*PXC*332B00000X",
        "PRV*BI*PXC*332B0000X",
        warning("COD006", "PRV03", "PRV*BI*PXC*«332B0000X»"),
    ),
    fault(
        "taxonomy-without-its-x",
        COMMERCIAL,
        "PRV*BI*PXC*332B00000X",
        "PRV*BI*PXC*332B000000",
        warning("COD006", "PRV03", "PRV*BI*PXC*«332B000000»"),
    ),
    fault(
        "rendering-taxonomy-with-a-hyphen",
        PART_B,
        "PRV*PE*PXC*207X00000X",
        "PRV*PE*PXC*207X0000-X",
        warning("COD006", "PRV03", "PRV*PE*PXC*«207X0000-X»"),
    ),
    # COD007
    fault(
        "place-of-service-unknown",
        COMMERCIAL,
        "CLM*TP-1001*565***12:B",
        "CLM*TP-1001*565***97:B",
        error("COD007", "CLM05-01", "CLM*TP-1001*565***«97»:B", place="expected"),
        why="COD007 is about this very element, STR002 about any list",
    ),
    fault(
        "line-place-of-service-unknown",
        COMMERCIAL,
        "SV1*HC:A4223*90*UN*3***1",
        "SV1*HC:A4223*90*UN*3*88**1",
        error("COD007", "SV105", "SV1*HC:A4223*90*UN*3*«88»**1", place="expected"),
        why="COD007 is about this very element, STR002 about any list",
    ),
    fault(
        "place-of-service-unknown-in-odd-delimiters",
        ODD,
        "CLM*TP-1001*565***12:B",
        "CLM*TP-1001*565***00:B",
        error("COD007", "CLM05-01", "CLM*TP-1001*565***«00»:B", place="expected"),
        why="COD007 is about this very element, STR002 about any list",
    ),
    # COD008
    fault(
        "billing-zip-of-five",
        COMMERCIAL,
        "N4*FAIRMEAD*OH*450990158",
        "N4*FAIRMEAD*OH*45099",
        error("COD008", "N403", "N4*FAIRMEAD*OH*«45099»\n"),
    ),
    fault(
        "billing-zip-of-eight",
        COB,
        "N4*FAIRMEAD*OH*450990158",
        "N4*FAIRMEAD*OH*45099015",
        error("COD008", "N403", "N4*FAIRMEAD*OH*«45099015»\n"),
    ),
    fault(
        "billing-zip-of-five-with-the-country",
        COMMERCIAL,
        "N4*FAIRMEAD*OH*450990158",
        "N4*FAIRMEAD*OH*45099*US",
        error("COD008", "N403", "N4*FAIRMEAD*OH*«45099»*US"),
    ),
    fault(
        "facility-zip-of-five",
        PART_B,
        "N4*FAIRMEAD*OH*450990860",
        "N4*FAIRMEAD*OH*45096",
        error("COD008", "N403", "N4*FAIRMEAD*OH*«45096»"),
    ),
    fault(
        "line-facility-zip-of-five",
        PART_B,
        "N4*FAIRMEAD*OH*450990315",
        "N4*FAIRMEAD*OH*45096",
        error("COD008", "N403", "N4*FAIRMEAD*OH*«45096»"),
    ),
    fault(
        "billing-address-is-a-post-office-box",
        COMMERCIAL,
        "N3*72 COOPERAGE RD",
        "N3*PO BOX 72",
        error("COD008", "N301", "N3*«PO BOX 72»"),
    ),
    fault(
        "billing-address-has-a-post-office-box-behind",
        MEDICARE,
        "N3*72 COOPERAGE RD",
        "N3*72 COOPERAGE RD*PO BOX 7310",
        error("COD008", "N302", "N3*72 COOPERAGE RD*«PO BOX 7310»"),
    ),
    fault(
        "billing-address-is-a-lockbox",
        ODD,
        "N3*72 COOPERAGE RD",
        "N3*LOCKBOX 44120",
        error("COD008", "N301", "N3*«LOCKBOX 44120»"),
    ),
    fault(
        "billing-state-unknown",
        COMMERCIAL,
        "N4*FAIRMEAD*OH*450990158",
        "N4*FAIRMEAD*QZ*450990158",
        error("COD008", "N402", "N4*FAIRMEAD*«QZ»*450990158", place="expected"),
        why="COD008 is about this very element, STR002 about any list",
    ),
    fault(
        "patients-state-unknown",
        DEPENDENT,
        "N4*MILLBROOK FALLS*OH*45097\nDMG*D8*20090212",
        "N4*MILLBROOK FALLS*QZ*45097\nDMG*D8*20090212",
        error("COD008", "N402", "N4*MILLBROOK FALLS*«QZ»*45097", place="expected"),
        why="COD008 is about this very element, STR002 about any list",
    ),
    # COD009
    fault(
        "mbi-with-a-letter-that-is-never-used",
        MEDICARE,
        "*MI*4XK8RT2WN56",
        "*MI*4SK8RT2WN56",
        error("COD009", "NM109", "*MI*«4SK8RT2WN56»"),
    ),
    fault(
        "mbi-of-ten",
        MEDICARE,
        "*MI*4XK8RT2WN56",
        "*MI*4XK8RT2WN5",
        error("COD009", "NM109", "*MI*«4XK8RT2WN5»\n"),
    ),
    fault(
        "mbi-that-begins-with-zero",
        PART_B,
        "*MI*7HN3VA9KD24",
        "*MI*0HN3VA9KD24",
        error("COD009", "NM109", "*MI*«0HN3VA9KD24»"),
    ),
    fault(
        "mbi-with-dashes",
        PART_B,
        "*MI*7HN3VA9KD24",
        "*MI*7HN3-VA9-KD24",
        error("COD009", "NM109", "*MI*«7HN3-VA9-KD24»"),
    ),
    fault(
        "old-medicare-number",
        MEDICARE,
        "*MI*4XK8RT2WN56",
        "*MI*690100142A",
        error("COD009", "NM109", "*MI*«690100142A»"),
    ),
    fault(
        "medicare-as-other-payer-with-a-wrong-mbi",
        COB,
        "*MI*7HN3VA9KD24",
        "*MI*7HN3VA9K224",
        error("COD009", "NM109", "*MI*«7HN3VA9K224»"),
    ),
)
