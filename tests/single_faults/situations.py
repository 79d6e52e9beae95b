"""What one segment of a claim makes necessary, or forbids, in another: SIT001 to SIT019."""

from __future__ import annotations

from single_faults.bases import (
    COB,
    COMMERCIAL,
    DEPENDENT,
    DRUG,
    LINES,
    MEDICAID,
    MEDICARE,
    ODD,
    PART_B,
    REPLACEMENT,
)
from single_faults.model import Case, error, fault, info, warning

_ORDERING = (
    "NM1*DK*1*VALLECAMP*IDRIS****XX*1001299324\nN3*2200 MARSHFIELD PIKE\nN4*FAIRMEAD*OH*450990015\n"
)
_TP3004_NOTE = "REF*6R*TP3004L1\nNTE*ADD*MORPHINE 2 ML/HR 72 HR PER ORDER, ORAL OPIOIDS FAILED\n"

CASES: tuple[Case, ...] = (
    # SIT001
    fault(
        "pointer-to-an-absent-diagnosis",
        COMMERCIAL,
        "SV1*HC:A4223*90*UN*3***1",
        "SV1*HC:A4223*90*UN*3***3",
        error("SIT001", "SV107-01", "SV1*HC:A4223*90*UN*3***«3»"),
    ),
    fault(
        "second-pointer-to-an-absent-diagnosis",
        DEPENDENT,
        "A4306:SC*410*UN*1***1:2",
        "A4306:SC*410*UN*1***1:4",
        error("SIT001", "SV107-02", "A4306:SC*410*UN*1***1:«4»"),
    ),
    fault(
        "pointer-repeated",
        DEPENDENT,
        "A4306:SC*410*UN*1***1:2",
        "A4306:SC*410*UN*1***1:1",
        error("SIT001", "SV107-02", "A4306:SC*410*UN*1***1:«1»"),
    ),
    fault(
        "diagnosis-taken-away",
        PART_B,
        "HI*ABK:G8918*ABF:M75121",
        "HI*ABK:G8918",
        error("SIT001", "SV107-02", "SV1*HC:A4306:GY*320*UN*1***1:«2»"),
    ),
    fault(
        "pointer-to-an-absent-diagnosis-in-odd-delimiters",
        ODD,
        "SV1*HC:A4223*90*UN*3***1",
        "SV1*HC:A4223*90*UN*3***1:12",
        error("SIT001", "SV107-02", "SV1*HC:A4223*90*UN*3***1:«12»"),
    ),
    # SIT002
    fault(
        "fax-without-a-control-number",
        COMMERCIAL,
        "PWK*B3*FX***AC*TP1001B3",
        "PWK*B3*FX",
        error("SIT002", "PWK06", "PWK*B3*FX«»\n"),
    ),
    fault(
        "mail-without-a-control-number",
        MEDICAID,
        "PWK*M1*BM***AC*TP6001M1",
        "PWK*M1*BM",
        error("SIT002", "PWK06", "PWK*M1*BM«»\n"),
    ),
    fault(
        "electronic-without-a-control-number",
        DEPENDENT,
        "PWK*OD*EL***AC*TP2001OD",
        "PWK*OD*EL",
        error("SIT002", "PWK06", "PWK*OD*EL«»\n"),
    ),
    fault(
        "e-mail-without-a-control-number",
        DEPENDENT,
        "PWK*M1*AA",
        "PWK*M1*EM",
        error("SIT002", "PWK06", "PWK*M1*EM«»\n"),
    ),
    fault(
        "file-transfer-without-a-control-number",
        DEPENDENT,
        "PWK*M1*AA",
        "PWK*M1*FT",
        error("SIT002", "PWK06", "PWK*M1*FT«»\n"),
    ),
    # SIT003
    fault(
        "on-request-with-a-control-number",
        COMMERCIAL,
        "PWK*B3*FX***AC*TP1001B3",
        "PWK*B3*AA***AC*TP1001B3",
        warning("SIT003", "PWK06", "PWK*B3*AA***AC*«TP1001B3»"),
    ),
    fault(
        "line-document-on-request-with-a-control-number",
        DEPENDENT,
        "PWK*OD*EL***AC*TP2001OD",
        "PWK*OD*AA***AC*TP2001OD",
        warning("SIT003", "PWK06", "PWK*OD*AA***AC*«TP2001OD»"),
    ),
    # SIT004
    fault(
        "control-number-of-51-characters",
        COMMERCIAL,
        "PWK*B3*FX***AC*TP1001B3",
        "PWK*B3*FX***AC*" + "C" * 51,
        error("SIT004", "PWK06", "PWK*B3*FX***AC*«" + "C" * 51 + "»"),
    ),
    fault(
        "line-control-number-of-80-characters",
        DEPENDENT,
        "PWK*OD*EL***AC*TP2001OD",
        "PWK*OD*EL***AC*" + "C" * 80,
        error("SIT004", "PWK06", "PWK*OD*EL***AC*«" + "C" * 80 + "»"),
    ),
    fault(
        "control-number-of-another-claim",
        REPLACEMENT,
        "PWK*B3*FX***AC*TP7002B3",
        "PWK*B3*FX***AC*TP7001B3",
        error("SIT004", "PWK06", "B:8*Y*A*Y*Y\nPWK*B3*FX***AC*«TP7001B3»", place="expected"),
    ),
    fault(
        "control-number-of-another-patients-claim",
        DEPENDENT,
        "PWK*B3*FX***AC*TP2003B3",
        "PWK*B3*FX***AC*TP2001OD",
        error("SIT004", "PWK06", "PWK*B3*FX***AC*«TP2001OD»", place="expected"),
    ),
    # SIT005
    fault(
        "medicare-second-claim-paperwork",
        MEDICARE,
        "PWK*OD*FX***AC*TP3001OD\n",
        "PWK*OD*FX***AC*TP3001OD\nPWK*M1*FX***AC*TP3001M1\n",
        warning("SIT005", "", "«PWK»*M1*FX", place="expected"),
    ),
    fault(
        "medicare-second-line-paperwork",
        MEDICARE,
        "PWK*B3*FX***AC*TP3001B3\n",
        "PWK*B3*FX***AC*TP3001B3\nPWK*M1*FX***AC*TP3001M1\n",
        warning("SIT005", "", "«PWK»*M1*FX", place="expected"),
    ),
    # SIT006
    fault(
        "replacement-without-the-payers-number",
        REPLACEMENT,
        "REF*F8*LKS2616800731\n",
        "",
        error("SIT006", "CLM05-03", "CLM*TP-7001*385***12:B:«7»"),
    ),
    fault(
        "void-without-the-payers-number",
        REPLACEMENT,
        "REF*F8*LKS2616800944\n",
        "",
        error("SIT006", "CLM05-03", "CLM*TP-7002*385***12:B:«8»"),
    ),
    fault(
        "original-turned-replacement",
        COMMERCIAL,
        "CLM*TP-1002*475***12:B:1",
        "CLM*TP-1002*475***12:B:7",
        error("SIT006", "CLM05-03", "CLM*TP-1002*475***12:B:«7»"),
    ),
    fault(
        "only-another-payer-has-a-number",
        COB,
        "CLM*TP-5001*500***12:B:1",
        "CLM*TP-5001*500***12:B:7",
        error("SIT006", "CLM05-03", "CLM*TP-5001*500***12:B:«7»"),
    ),
    fault(
        "void-without-the-payers-number-in-odd-delimiters",
        ODD,
        "CLM*TP-1001*565***12:B:1",
        "CLM*TP-1001*565***12:B:8",
        error("SIT006", "CLM05-03", "CLM*TP-1001*565***12:B:«8»"),
    ),
    # SIT007
    fault(
        "original-with-the-payers-number",
        COMMERCIAL,
        "REF*G1*PA4471971\n",
        "REF*G1*PA4471971\nREF*F8*LKS2616800731\n",
        warning("SIT007", "CLM05-03", "CLM*TP-1001*565***12:B:«1»"),
    ),
    fault(
        "replacement-turned-original",
        REPLACEMENT,
        "CLM*TP-7001*385***12:B:7",
        "CLM*TP-7001*385***12:B:1",
        warning("SIT007", "CLM05-03", "CLM*TP-7001*385***12:B:«1»"),
    ),
    # SIT008
    fault(
        "frequency-6",
        COMMERCIAL,
        "CLM*TP-1001*565***12:B:1",
        "CLM*TP-1001*565***12:B:6",
        warning("SIT008", "CLM05-03", "CLM*TP-1001*565***12:B:«6»"),
    ),
    fault(
        "frequency-2",
        MEDICAID,
        "CLM*TP-6001*370***12:B:1",
        "CLM*TP-6001*370***12:B:2",
        warning("SIT008", "CLM05-03", "CLM*TP-6001*370***12:B:«2»"),
    ),
    fault(
        "frequency-is-a-letter",
        LINES,
        "CLM*TP-1001*565***12:B:1",
        "CLM*TP-1001*565***12:B:A",
        warning("SIT008", "CLM05-03", "CLM*TP-1001*565***12:B:«A»"),
    ),
    fault(
        "frequency-6-for-medicare",
        MEDICARE,
        "CLM*TP-3002*60***12:B:1",
        "CLM*TP-3002*60***12:B:6",
        warning("SIT008", "CLM05-03", "CLM*TP-3002*60***12:B:«6»"),
    ),
    # SIT009
    fault(
        "service-after-the-file-was-made",
        COMMERCIAL,
        "DTP*472*D8*20260609\n",
        "DTP*472*D8*20260616\n",
        error("SIT009", "DTP03", "DTP*472*D8*«20260616»"),
    ),
    fault(
        "span-begins-after-the-file-was-made",
        COMMERCIAL,
        "RD8*20260610-20260612",
        "RD8*20260616-20260618",
        error("SIT009", "DTP03", "RD8*«20260616-20260618»"),
    ),
    fault(
        "next-months-service",
        MEDICARE,
        "DTP*472*D8*20260609",
        "DTP*472*D8*20260709",
        error("SIT009", "DTP03", "DTP*472*D8*«20260709»"),
    ),
    fault(
        "file-made-before-a-service",
        DRUG,
        "BHT*0019*00*TP20260615-308-0002*20260615",
        "BHT*0019*00*TP20260615-308-0002*20260604",
        warning("SIT009", "DTP03", "SV1*HC:A4452*90*UN*2***1\nDTP*472*D8*«20260605»"),
    ),
    fault(
        "a4306-before-the-code-was-added",
        COMMERCIAL,
        "DTP*472*D8*20260610\nREF*6R*TP1002L1",
        "DTP*472*D8*19921231\nREF*6R*TP1002L1",
        error("SIT009", "DTP03", "DTP*472*D8*«19921231»", place="expected"),
        why="COD001 would say of the code what SIT009 says of the date",
    ),
    # SIT010
    fault(
        "authorization-equals-referral",
        COMMERCIAL,
        "REF*G1*PA4471971",
        "REF*G1*RFL6620018",
        warning("SIT010", "REF02", "REF*9F*«RFL6620018»"),
    ),
    fault(
        "two-authorizations-on-a-line",
        DEPENDENT,
        "REF*G1*NGA5530399\n",
        "REF*G1*NGA5530399\nREF*G1*NGA5530400\n",
        warning("SIT010", "", "«REF»*G1*NGA5530400"),
    ),
    fault(
        "two-authorizations-of-another-payer-on-a-line",
        COB,
        "REF*G1*QYA30077**2U:QYSB3\n",
        "REF*G1*QYA30077**2U:QYSB3\nREF*G1*QYA30078**2U:QYSB3\n",
        warning("SIT010", "", "«REF»*G1*QYA30078**2U"),
    ),
    fault(
        "two-referrals-on-a-line",
        DEPENDENT,
        "REF*G1*NGA5530399\nREF*6R*TP2001L1\n",
        "REF*G1*NGA5530399\nREF*6R*TP2001L1\nREF*9F*RF10\nREF*9F*RF11\n",
        warning("SIT010", "", "«REF»*9F*RF11"),
    ),
    # SIT011
    fault(
        "line-repeated-on-its-day",
        COMMERCIAL,
        "DTP*472*D8*20260609\n",
        "DTP*472*D8*20260608\n",
        warning("SIT011", "", "LX*3\n«SV1»*HC:A4452*90"),
    ),
    fault(
        "drug-line-repeated-from-one-package",
        DRUG,
        "LIN**N4*99999027020",
        "LIN**N4*99999027010",
        warning("SIT011", "", "LX*2\n«SV1»*HC:J2795:JZ"),
    ),
    fault(
        "line-repeated-on-its-day-in-odd-delimiters",
        ODD,
        "DTP*472*D8*20260609\n",
        "DTP*472*D8*20260608\n",
        warning("SIT011", "", "LX*3\n«SV1»*HC:A4452*90"),
    ),
    # SIT012
    fault(
        "subscriber-is-the-patient-and-a-patient-follows",
        DEPENDENT,
        "SBR*P**GRP33108",
        "SBR*P*18*GRP33108",
        warning("SIT012", "SBR02", "SBR*P*«18»*GRP33108", place="expected"),
        info("SIT037", "", "«HL»*3*2*23*0", place="expected"),
        info("SIT037", "", "«HL»*4*2*23*0", place="expected"),
        why="a family member's level belongs below a subscriber who is no patient",
    ),
    fault(
        "neither-self-nor-a-patient",
        COMMERCIAL,
        "SBR*P*18*GRP20417",
        "SBR*P**GRP20417",
        warning("SIT012", "SBR02", "SBR*P*«»*GRP20417", place="expected"),
    ),
    fault(
        "neither-self-nor-a-patient-for-medicaid",
        MEDICAID,
        "SBR*P*18*******MC",
        "SBR*P********MC",
        warning("SIT012", "SBR02", "SBR*P*«»*******MC", place="expected"),
    ),
    # SIT013
    fault(
        "rental-terms-on-a4306",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*385*UN*1***1:2\nSV5*HC:A4306*DA*3*40*385*4\nDTP*472*D8*20260610",
        warning("SIT013", "", "«SV5»*HC:A4306", place="expected"),
    ),
    fault(
        "rental-terms-of-another-code",
        MEDICARE,
        "SV5*HC:K0001*DA",
        "SV5*HC:K0004*DA",
        warning("SIT013", "SV501-02", "SV5*HC:«K0004»*DA", place="expected"),
    ),
    # SIT014
    fault(
        "certificate-form-after-2022",
        MEDICARE,
        "CLM*TP-3003*130",
        "LQ*UT*04.04C\nFRM*1*Y\nCLM*TP-3003*130",
        error("SIT014", "", "«LQ»*UT*04.04C"),
    ),
    fault(
        "certificate-indicator-after-2022",
        MEDICARE,
        "SV5*HC:K0001*DA*30*60*500*4\n",
        "SV5*HC:K0001*DA*30*60*500*4\nPWK*CT*AD\n",
        warning("SIT014", "", "«PWK»*CT*AD"),
    ),
    fault(
        "certification-after-2022",
        MEDICARE,
        "SV5*HC:K0001*DA*30*60*500*4\n",
        "SV5*HC:K0001*DA*30*60*500*4\nCR3*I*MO*12\n",
        warning("SIT014", "", "«CR3»*I*MO*12", place="expected"),
    ),
    # SIT015
    fault(
        "no-ordering-provider",
        MEDICARE,
        "SV1*HC:A4306:EY:GA*395*UN*1***1\nDTP*472*D8*20260609\n" + _TP3004_NOTE + _ORDERING,
        "SV1*HC:A4306:EY:GA*395*UN*1***1\nDTP*472*D8*20260609\n" + _TP3004_NOTE,
        error("SIT015", "SV101-02", "SV1*HC:«A4306»:EY:GA*395", place="expected"),
    ),
    fault(
        "ordering-provider-without-npi",
        MEDICARE,
        _TP3004_NOTE + "NM1*DK*1*VALLECAMP*IDRIS****XX*1001299324\n",
        _TP3004_NOTE + "NM1*DK*1*VALLECAMP*IDRIS\n",
        error("SIT015", "NM109", "NM1*DK*1*VALLECAMP*IDRIS«»\n", place="expected"),
    ),
    # SIT016
    fault(
        "referring-provider-only-on-the-line",
        COMMERCIAL,
        "REF*6R*TP1002L2\n",
        "REF*6R*TP1002L2\nNM1*DN*1*LANGDALE*OMER****XX*1002516668\n",
        warning("SIT016", "", "REF*6R*TP1002L2\n«NM1»*DN*1"),
    ),
    fault(
        "adjudication-date-at-claim-and-line",
        COB,
        "NM1*PR*2*NORTHGATE BLUE*****PI*NGBL2\nREF*F8",
        "NM1*PR*2*NORTHGATE BLUE*****PI*NGBL2\nDTP*573*D8*20260506\nREF*F8",
        warning("SIT016", "", "«DTP»*573*D8*20260506\nREF*F8"),
    ),
    fault(
        "adjudication-date-at-claim-and-line-of-the-second-payer",
        COB,
        "NM1*PR*2*QUAYSIDE BENEFIT*****PI*QYSB3\n",
        "NM1*PR*2*QUAYSIDE BENEFIT*****PI*QYSB3\nDTP*573*D8*20260520\n",
        warning("SIT016", "", "*PI*QYSB3\n«DTP»*573*D8*20260520"),
    ),
    # SIT017
    fault(
        "claim-number-twice",
        COMMERCIAL,
        "CLM*TP-1002*",
        "CLM*TP-1001*",
        warning("SIT017", "CLM01", "CLM*«TP-1001»*475", place="expected"),
    ),
    fault(
        "claim-number-of-another-patient-of-the-payer",
        DEPENDENT,
        "CLM*TP-2003*",
        "CLM*TP-2002*",
        warning("SIT017", "CLM01", "CLM*«TP-2002»*410", place="expected"),
    ),
    fault(
        "claim-number-of-another-set",
        DRUG,
        "CLM*TP-8002*",
        "CLM*TP-8001*",
        warning("SIT017", "CLM01", "CLM*«TP-8001»*90", place="expected"),
    ),
    fault(
        "service-in-two-claims",
        COMMERCIAL,
        "DTP*472*D8*20260610\nREF*6R*TP1002L1",
        "DTP*472*D8*20260608\nREF*6R*TP1002L1",
        warning("SIT017", "SV101-02", "M1711\nLX*1\nSV1*HC:«A4306»*385", place="expected"),
    ),
    fault(
        "medicare-service-in-two-claims",
        MEDICARE,
        "SV1*HC:K0001:RR:KX:CG*60*UN*1***1\nSV5*HC:K0001*DA*30*60*500*4\nDTP*472*D8*20260603",
        "SV1*HC:K0001:RR:GA*70*UN*1***1\nDTP*472*D8*20260604",
        warning("SIT017", "SV101-02", "M1712\nLX*1\nSV1*HC:«K0001»:RR:GA*70", place="expected"),
        and_=(("CLM*TP-3002*60*", "CLM*TP-3002*70*"),),
        why="the first claim becomes a copy of the second's first line, its total goes along",
    ),
    # SIT018
    fault(
        "no-primary-payer",
        COMMERCIAL,
        "HL*2*1*22*0\nSBR*P*18",
        "HL*2*1*22*0\nSBR*S*18",
        warning("SIT018", "SBR01", "HL*2*1*22*0\nSBR*«S»*18"),
    ),
    fault(
        "two-primary-payers",
        COB,
        "HL*2*1*22*0\nSBR*S*18",
        "HL*2*1*22*0\nSBR*P*18",
        warning("SIT018", "SBR01", "ABF:Z96651\nSBR*«P»*18"),
    ),
    fault(
        "two-secondary-payers",
        COB,
        "SBR*T*18*GRP20417",
        "SBR*S*18*GRP20417",
        warning("SIT018", "SBR01", "PI*NGBL2\nSBR*«S»*18*QY7781"),
    ),
    # SIT019
    fault(
        "no-filing-indicator",
        COMMERCIAL,
        "HL*2*1*22*0\nSBR*P*18*GRP20417******CI",
        "HL*2*1*22*0\nSBR*P*18*GRP20417",
        error("SIT019", "SBR09", "HL*2*1*22*0\nSBR*P*18*GRP20417«»\n"),
    ),
    fault(
        "no-filing-indicator-of-another-payer",
        COB,
        "SBR*S*18*QY7781******CI",
        "SBR*S*18*QY7781",
        error("SIT019", "SBR09", "SBR*S*18*QY7781«»\n"),
    ),
    # SIT023
    fault(
        "insured-person-without-a-first-name",
        COMMERCIAL,
        "NM1*IL*1*OSTERVANG*LINNEA*R*",
        "NM1*IL*1*OSTERVANG***",
        warning("SIT023", "NM104", "NM1*IL*1*OSTERVANG*«»**"),
    ),
    # COD014
    fault(
        "laboratory-number-without-its-letter",
        COMMERCIAL,
        "REF*G1*PA4471971\n",
        "REF*G1*PA4471971\nREF*X4*3600123456\n",
        warning("COD014", "REF02", "REF*X4*«3600123456»\n"),
    ),
    # COD015
    fault(
        "reason-of-an-adjustment-as-remark-code",
        COB,
        "OI***Y***Y\nNM1*IL*1*DRUMGOLE*PETRA****MI*NGB120557834\n",
        "OI***Y***Y\nMOA***CO45\nNM1*IL*1*DRUMGOLE*PETRA****MI*NGB120557834\n",
        warning("COD015", "MOA03", "MOA***«CO45»\n"),
    ),
    # COD016
    fault(
        "empty-element-between-diagnoses",
        COB,
        "HI*ABK:G8918*ABF:Z96651",
        "HI*ABK:G8918*ABF:Z96651**ABF:M25511",
        warning("COD016", "HI03", "HI*ABK:G8918*ABF:Z96651*«»*"),
    ),
)
