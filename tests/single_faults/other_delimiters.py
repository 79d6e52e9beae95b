"""Faults of COB, patient loops and Medicare claims that are written with other delimiters."""

from __future__ import annotations

from single_faults.bases import ODD_COB, ODD_DEPENDENT, ODD_MEDICARE
from single_faults.model import Case, error, fault, warning

CASES: tuple[Case, ...] = (
    # other payers
    fault(
        "cob-total-in-other-delimiters",
        ODD_COB,
        "CLM*TP-5001*500",
        "CLM*TP-5001*505",
        error("BAL001", "CLM02", "CLM*TP-5001*«505»"),
    ),
    fault(
        "cob-line-adjustment-in-other-delimiters",
        ODD_COB,
        "CAS*CO*45*100\n",
        "CAS*CO*45*10\n",
        warning("BAL004", "SVD02", "SVD*NGBL2*«240»*HC:A4306", place="expected"),
    ),
    fault(
        "cob-payer-total-in-other-delimiters",
        ODD_COB,
        "AMT*D*30\n",
        "AMT*D*300\n",
        warning("BAL004", "AMT02", "AMT*D*«300»\nOI***Y***Y\nNM1*IL*1*AVERLEIGH", place="expected"),
    ),
    fault(
        "cob-mbi-in-other-delimiters",
        ODD_COB,
        "*MI*7HN3VA9KD24",
        "*MI*7HN3VA9KO24",
        error("COD009", "NM109", "*MI*«7HN3VA9KO24»"),
    ),
    fault(
        "cob-replacement-in-other-delimiters",
        ODD_COB,
        "CLM*TP-5001*500***12:B:1",
        "CLM*TP-5001*500***12:B:7",
        error("SIT006", "CLM05-03", "CLM*TP-5001*500***12:B:«7»"),
    ),
    fault(
        "cob-adjudication-date-in-other-delimiters",
        ODD_COB,
        "NM1*PR*2*QUAYSIDE BENEFIT*****PI*QYSB3\n",
        "NM1*PR*2*QUAYSIDE BENEFIT*****PI*QYSB3\nDTP*573*D8*20260521\n",
        warning("SIT016", "", "*PI*QYSB3\n«DTP»*573*D8*20260521"),
    ),
    fault(
        "cob-pointer-in-other-delimiters",
        ODD_COB,
        "SV1*HC:A4452*100*UN*2***1",
        "SV1*HC:A4452*100*UN*2***3",
        error("SIT001", "SV107-01", "SV1*HC:A4452*100*UN*2***«3»"),
    ),
    # patients
    fault(
        "patients-parent-in-control-characters",
        ODD_DEPENDENT,
        "HL*3*2*23*0",
        "HL*3*1*23*0",
        error("STR006", "HL02", "HL*3*«1»*23*0"),
    ),
    fault(
        "patients-document-in-control-characters",
        ODD_DEPENDENT,
        "PWK*OD*EL***AC*TP2001OD",
        "PWK*OD*EL",
        error("SIT002", "PWK06", "PWK*OD*EL«»\n"),
    ),
    fault(
        "patients-modifier-twice-in-control-characters",
        ODD_DEPENDENT,
        "A4306:SC*410*UN*1***1:2",
        "A4306:SC:SC*410*UN*1***1:2",
        warning("MOD005", "SV101-04", "A4306:SC:«SC»*410"),
    ),
    fault(
        "patients-diagnosis-in-control-characters",
        ODD_DEPENDENT,
        "HI*ABK:Z4789",
        "HI*ABK:Z47",
        error("COD004", "HI01-02", "HI*ABK:«Z47»\n"),
    ),
    fault(
        "patients-claim-number-twice-in-control-characters",
        ODD_DEPENDENT,
        "CLM*TP-2003*",
        "CLM*TP-2001*",
        warning("SIT017", "CLM01", "CLM*«TP-2001»*410***12:B:1*Y*A*Y*Y\nPWK", place="expected"),
    ),
    # Medicare
    fault(
        "medicare-modifiers-in-other-delimiters",
        ODD_MEDICARE,
        "A4306:GX:GY*395",
        "A4306:GX:GY:KX*395",
        error("MOD001", "SV101-05", "A4306:GX:GY:«KX»*395"),
    ),
    fault(
        "medicare-no-liability-in-other-delimiters",
        ODD_MEDICARE,
        "A4306:EY:GA*395",
        "A4306*395",
        warning("MOD012", "SV101-02", "HC:«A4306»*395"),
    ),
    fault(
        "medicare-late-in-other-delimiters",
        ODD_MEDICARE,
        "DTP*472*D8*20260609",
        "DTP*472*D8*20250602",
        error("PAY003", "DTP03", "D8*«20250602»"),
    ),
    fault(
        "medicare-certificate-in-other-delimiters",
        ODD_MEDICARE,
        "CLM*TP-3003*130",
        "LQ*UT*04.04C\nFRM*1*Y\nCLM*TP-3003*130",
        error("SIT014", "", "«LQ»*UT*04.04C"),
    ),
    fault(
        "medicare-paperwork-in-other-delimiters",
        ODD_MEDICARE,
        "PWK*B3*FX***AC*TP3001B3\n",
        "PWK*B3*FX***AC*TP3001B3\nPWK*PY*FX***AC*TP3001PY\n",
        warning("SIT005", "", "«PWK»*PY*FX", place="expected"),
    ),
)
