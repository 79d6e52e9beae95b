"""What a claim for A4306 says about its documentation: DOC001 to DOC005."""

from __future__ import annotations

from single_faults.bases import COMMERCIAL, DEPENDENT, MEDICAID, MEDICARE, ODD
from single_faults.model import Case, fault, info, warning

_NOTE = "NTE*ADD*BUPIVACAINE 4 ML/HR 50 HR PER ORDER, DRUG TRIAL SEE RECORDS\n"
_UNDOCUMENTED = "M1711\nLX*1\nSV1*HC:«A4306»*385"


def _note(name: str, text: str) -> Case:
    """The second commercial claim's note says less than it did."""
    at = info("DOC003", "NTE02", f"NTE*ADD*«{text}»\n")
    return fault(name, COMMERCIAL, _NOTE, f"NTE*ADD*{text}\n", at)


def _private(name: str, text: str) -> Case:
    """The note of a claim without A4306 says too much."""
    note = f"DELIVERED TO THE HOME {text}"
    at = warning("DOC004", "NTE02", f"NTE*ADD*«{note}»\n")
    return fault(name, DEPENDENT, "NTE*ADD*DELIVERED TO THE HOME\n", f"NTE*ADD*{note}\n", at)


CASES: tuple[Case, ...] = (
    # DOC001
    fault("no-documentation", COMMERCIAL, _NOTE, "", info("DOC001", "SV101-02", _UNDOCUMENTED)),
    fault(
        "only-another-organizations-note",
        COMMERCIAL,
        _NOTE,
        "NTE*TPO*REVIEWED BY THE EXCHANGE\n",
        info("DOC001", "SV101-02", _UNDOCUMENTED),
    ),
    fault(
        "only-a-medical-record-number",
        COMMERCIAL,
        "HI*ABK:G8918*ABF:M1711\n",
        "REF*EA*MR0044812\nHI*ABK:G8918*ABF:M1711\n",
        info("DOC001", "SV101-02", _UNDOCUMENTED),
        and_=((_NOTE, ""),),
        why="the note is replaced by a record number, which names no document",
    ),
    fault(
        "no-documentation-for-medicare",
        MEDICARE,
        "REF*6R*TP3004L1\nNTE*ADD*MORPHINE 2 ML/HR 72 HR PER ORDER, ORAL OPIOIDS FAILED\n",
        "REF*6R*TP3004L1\n",
        info("DOC001", "SV101-02", "SV1*HC:«A4306»:EY:GA*395"),
    ),
    fault(
        "no-documentation-in-odd-delimiters",
        ODD,
        _NOTE,
        "",
        info("DOC001", "SV101-02", _UNDOCUMENTED),
    ),
    # DOC002
    fault(
        "dental-models-for-a-pump",
        COMMERCIAL,
        "PWK*B3*FX***AC*TP1001B3",
        "PWK*DA*FX***AC*TP1001B3",
        warning("DOC002", "PWK01", "PWK*«DA»*FX"),
    ),
    fault(
        "ambulance-report-for-a-pump",
        DEPENDENT,
        "PWK*OD*EL***AC*TP2001OD",
        "PWK*AM*EL***AC*TP2001OD",
        warning("DOC002", "PWK01", "PWK*«AM»*EL"),
    ),
    fault(
        "diagnostic-report-for-medicaid",
        MEDICAID,
        "PWK*M1*BM***AC*TP6001M1",
        "PWK*DG*BM***AC*TP6001M1",
        warning("DOC002", "PWK01", "PWK*«DG»*BM"),
    ),
    # DOC003
    _note("note-without-a-drug", "PUMP 4 ML/HR 50 HR PER ORDER, ORAL TABLETS FAILED"),
    _note("note-without-a-rate", "BUPIVACAINE 50 HR PER ORDER, DRUG TRIAL SEE RECORDS"),
    _note("note-without-a-duration", "BUPIVACAINE 4 ML/HR PER ORDER, DRUG TRIAL SEE RECORDS"),
    _note("note-without-an-order", "BUPIVACAINE 4 ML/HR 50 HR, DRUG TRIAL SEE RECORDS"),
    _note("note-without-earlier-treatment", "BUPIVACAINE 4 ML/HR 50 HR PER ORDER"),
    fault(
        "note-that-says-nothing",
        COMMERCIAL,
        _NOTE,
        "NTE*ADD*DELIVERED TO THE HOME\n",
        info("DOC001", "SV101-02", _UNDOCUMENTED),
    ),
    # DOC004
    _private("note-with-a-social-security-number", "SSN 690-10-0142"),
    _private("note-with-a-birth-date", "DOB 11/30/2007"),
    _private("note-with-a-telephone-number", "CALL 614-555-0142"),
    fault(
        "a4306-note-with-a-telephone-number",
        COMMERCIAL,
        _NOTE,
        _NOTE[:-1] + " TEL 614-555-0142\n",
        warning("DOC004", "NTE02", "NTE*ADD*«" + _NOTE[8:-1] + " TEL 614-555-0142»"),
    ),
    fault(
        "k3-with-a-social-security-number",
        DEPENDENT,
        "CLM*TP-2002*64***12:B:1*Y*A*Y*Y\n",
        "CLM*TP-2002*64***12:B:1*Y*A*Y*Y\nK3*PATIENT SSN 690-10-0142\n",
        warning("DOC004", "K301", "K3*«PATIENT SSN 690-10-0142»"),
        why="that a free note stands in K3 is one fault, what it says another",
    ),
    # DOC005
    fault(
        "only-an-unspecified-diagnosis",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260608",
        "SV1*HC:A4306*385*UN*1***3\nDTP*472*D8*20260608",
        info("DOC005", "SV107", "SV1*HC:A4306*385*UN*1***«3»", place="expected"),
    ),
    fault(
        "only-a-symptom",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260608",
        "SV1*HC:A4306*385*UN*1***4\nDTP*472*D8*20260608",
        info("DOC005", "SV107", "SV1*HC:A4306*385*UN*1***«4»", place="expected"),
    ),
    fault(
        "only-an-unspecified-diagnosis-and-a-symptom",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260608",
        "SV1*HC:A4306*385*UN*1***3:4\nDTP*472*D8*20260608",
        info("DOC005", "SV107", "SV1*HC:A4306*385*UN*1***«3:4»", place="expected"),
    ),
    fault(
        "patients-only-diagnosis-is-a-symptom",
        DEPENDENT,
        "PWK*B3*FX***AC*TP2003B3\nHI*ABK:G8918",
        "PWK*B3*FX***AC*TP2003B3\nHI*ABK:R262",
        info(
            "DOC005",
            "SV107",
            "R262*ABF:M75121\nLX*1\nSV1*HC:A4306:SC*410*UN*1***«1»",
            place="expected",
        ),
    ),
)
