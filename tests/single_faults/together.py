"""Several faults in one claim or file: what is found is what each of them gives alone."""

from __future__ import annotations

from single_faults.bases import COB, COMMERCIAL, DEPENDENT, DRUG, MEDICARE, ODD, PART_B, REPLACEMENT
from single_faults.model import Case, error, info, several, warning

_TWO_A4306 = "LX*1\nSV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610"

CASES: tuple[Case, ...] = (
    several(
        "total-and-pointer",
        COMMERCIAL,
        (
            ("CLM*TP-1002*475", "CLM*TP-1002*457"),
            ("SV1*HC:A4223*90*UN*3***1", "SV1*HC:A4223*90*UN*3***5"),
        ),
        error("BAL001", "CLM02", "CLM*TP-1002*«457»*"),
        error("SIT001", "SV107-01", "SV1*HC:A4223*90*UN*3***«5»"),
    ),
    several(
        "modifiers-that-contradict-in-two-ways",
        MEDICARE,
        (("SV1*HC:A4306:EY:GA*395", "SV1*HC:A4306:KX:GA:GZ*395"),),
        error("MOD001", "SV101-03", "A4306:«KX»:GA:GZ*395"),
        error("MOD002", "SV101-04", "A4306:KX:«GA»:GZ*395"),
    ),
    several(
        "gx-with-two-others-that-exclude-each-other",
        MEDICARE,
        (("SV1*HC:A4306:EY:GA*395", "SV1*HC:A4306:GX:GA:GZ*395"),),
        error("MOD004", "SV101-03", "A4306:«GX»:GA:GZ*395"),
        error("MOD002", "SV101-04", "A4306:GX:«GA»:GZ*395"),
    ),
    several(
        "kx-twice",
        MEDICARE,
        (("SV1*HC:A4306:EY:GA*395", "SV1*HC:A4306:KX:KX*395"),),
        warning("MOD011", "SV101-03", "A4306:«KX»:KX*395"),
        error("MOD005", "SV101-04", "A4306:KX:«KX»*395"),
    ),
    several(
        "medicare-replacement-without-a-number",
        MEDICARE,
        (("CLM*TP-3002*60***12:B:1", "CLM*TP-3002*60***12:B:7"),),
        error("SIT006", "CLM05-03", "CLM*TP-3002*60***12:B:«7»"),
        warning("PAY002", "CLM05-03", "CLM*TP-3002*60***12:B:«7»"),
    ),
    several(
        "code-modifier-units-and-note-of-one-line",
        MEDICARE,
        (
            ("SV1*HC:A4306:EY:GA*395*UN*1", "SV1*HC:A4306:EY:GA:EY*395*UN*0"),
            ("REF*6R*TP3004L1\nNTE*ADD*MORPHINE 2 ML", "REF*6R*TP3004L1\nNTE*ADD*MORPHINE 80 ML"),
        ),
        error("MOD005", "SV101-05", "A4306:EY:GA:«EY»*395"),
        error("BAL003", "SV104", "A4306:EY:GA:EY*395*UN*«0»***", place="expected"),
        warning(
            "COD002",
            "NTE02",
            "REF*6R*TP3004L1\nNTE*ADD*«MORPHINE 80 ML/HR 72 HR PER ORDER, ORAL OPIOIDS FAILED»",
        ),
    ),
    several(
        "paperwork-diagnosis-and-provider",
        COMMERCIAL,
        (
            ("PWK*B3*FX***AC*TP1001B3", "PWK*DA*AA***AC*TP1001B3"),
            ("HI*ABK:G8918*ABF:M75121*ABF:M25519", "HI*ABK:G8918*ABF:M75.121*ABF:M25519"),
            ("*XX*1002516668", "*XX*1002516686"),
        ),
        warning("DOC002", "PWK01", "PWK*«DA»*AA"),
        warning("SIT003", "PWK06", "PWK*DA*AA***AC*«TP1001B3»"),
        error("COD004", "HI02-02", "ABF:«M75.121»*"),
        error("COD005", "NM109", "*XX*«1002516686»"),
    ),
    several(
        "envelope-and-claim",
        ODD,
        (
            ("IEA*1*000000309", "IEA*2*000000309"),
            ("CLM*TP-1001*565***12:B:1", "CLM*TP-1001*565***12:B:8"),
            ("SV1*HC:A4223*90", "SV1*HC:a4223*90"),
        ),
        error("ENV005", "IEA01", "IEA*«2»*000000309"),
        error("SIT006", "CLM05-03", "CLM*TP-1001*565***12:B:«8»"),
        error("STR011", "SV101-02", "SV1*HC:«a4223»*90"),
    ),
    several(
        "two-patients-each-with-a-fault",
        DEPENDENT,
        (
            ("HL*4*2*23*0", "HL*4*1*23*0"),
            ("PWK*OD*EL***AC*TP2001OD", "PWK*OD*EL"),
            ("SV1*HC:A4452*40*UN*4***1", "SV1*HC:A4452*40*UN*4***2"),
        ),
        error("STR006", "HL02", "HL*4*«1»*23*0"),
        error("SIT002", "PWK06", "PWK*OD*EL«»\n"),
        error("SIT001", "SV107-01", "SV1*HC:A4452*40*UN*4***«2»"),
    ),
    several(
        "two-other-payers-each-out-of-balance",
        COB,
        (("AMT*D*200\n", "AMT*D*210\n"), ("CAS*OA*23*200\n", "CAS*OA*23*20\n")),
        warning("BAL004", "AMT02", "AMT*D*«210»\n", place="expected"),
        warning("BAL004", "SVD02", "SVD*QYSB3*«30»*HC:A4306", place="expected"),
    ),
    several(
        "replacement-and-void-both-without-numbers",
        REPLACEMENT,
        (("REF*F8*LKS2616800731\n", ""), ("REF*F8*LKS2616800944\n", "")),
        error("SIT006", "CLM05-03", "CLM*TP-7001*385***12:B:«7»"),
        error("SIT006", "CLM05-03", "CLM*TP-7002*385***12:B:«8»"),
    ),
    several(
        "a-fault-in-each-of-two-sets",
        DRUG,
        (
            ("CLM*TP-8001*834.9*", "CLM*TP-8001*849.3*"),
            ("HI*ABK:M1712", "HI*ABK:M171"),
            ("GE*2*308", "GE*3*308"),
        ),
        error("BAL001", "CLM02", "CLM*TP-8001*«849.3»*"),
        error("COD004", "HI01-02", "HI*ABK:«M171»\n"),
        error("ENV005", "GE01", "GE*«3»*308"),
    ),
    several(
        "addresses-and-numbers-of-a-practice",
        PART_B,
        (
            ("N3*2200 MARSHFIELD PIKE*SUITE 300", "N3*PO BOX 300"),
            ("N4*FAIRMEAD*OH*450990860", "N4*FAIRMEAD*OH*45096"),
            ("*MI*7HN3VA9KD24", "*MI*7HN3VA9KD2"),
            ("PRV*PE*PXC*207X00000X", "PRV*PE*PXC*207X00000"),
        ),
        error("COD008", "N301", "N3*«PO BOX 300»"),
        error("COD008", "N403", "N4*FAIRMEAD*OH*«45096»"),
        error("COD009", "NM109", "*MI*«7HN3VA9KD2»\n"),
        warning("COD006", "PRV03", "PRV*PE*PXC*«207X00000»"),
    ),
    several(
        "documentation-and-control-number-of-one-line",
        COMMERCIAL,
        (
            (
                "REF*6R*TP1002L1\n"
                "NTE*ADD*BUPIVACAINE 4 ML/HR 50 HR PER ORDER, DRUG TRIAL SEE RECORDS\n",
                "",
            ),
        ),
        info("DOC001", "SV101-02", _TWO_A4306.replace("A4306", "«A4306»")),
        info("STR008", "SV101-02", _TWO_A4306.replace("A4306", "«A4306»"), place="expected"),
    ),
    several(
        "a-late-line-and-one-from-the-future",
        MEDICARE,
        (
            ("DTP*472*D8*20260609", "DTP*472*D8*20260709"),
            (
                "500*4\nDTP*472*D8*20260603",
                "500*4\nDTP*472*D8*20240603",
            ),
        ),
        error("SIT009", "DTP03", "DTP*472*D8*«20260709»"),
        error("PAY003", "DTP03", "DTP*472*D8*«20240603»"),
    ),
    several(
        "symptom-and-thin-note",
        COMMERCIAL,
        (
            (_TWO_A4306, _TWO_A4306.replace("***1:2", "***2")),
            ("HI*ABK:G8918*ABF:M1711", "HI*ABK:G8918*ABF:R52"),
            ("BUPIVACAINE 4 ML/HR 50 HR", "BUPIVACAINE 4 ML/HR"),
        ),
        info("DOC005", "SV107", "SV1*HC:A4306*385*UN*1***«2»", place="expected"),
        info("DOC003", "NTE02", "NTE*ADD*«BUPIVACAINE 4 ML/HR PER ORDER, DRUG TRIAL SEE RECORDS»"),
    ),
)
