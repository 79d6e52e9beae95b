"""What looks like a fault and is none: nothing may be found."""

from __future__ import annotations

from single_faults.bases import (
    COB,
    COMMERCIAL,
    CRLF,
    DEPENDENT,
    DRUG,
    MEDICAID,
    MEDICARE,
    PART_B,
    REPLACEMENT,
)
from single_faults.model import Case, clean

_RENTAL = "SV5*HC:K0001*DA*30*60*500*4\nDTP*472*"
_RENTAL_CLAIM = "CLM*TP-3002*60***12:B:1*Y*A*Y*Y\n"
_DELAYED = "CLM*TP-3002*60***12:B:1*Y*A*Y*Y" + "*" * 11 + "11\n"
_SAME_DAY = ("DTP*472*D8*20260609\n", "DTP*472*D8*20260608\n")
_THIRD_LINE = "LX*3\nSV1*HC:A4452*90*UN*2***1\n"
_NOT_MEDICARE = "the rule speaks to Medicare fee-for-service only"
_NOTE = "NTE*ADD*BUPIVACAINE 4 ML/HR 50 HR PER ORDER, DRUG TRIAL SEE RECORDS"
_FIRST_A4306 = "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260608"
_SECOND_A4306 = "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610"
_DK = "NM1*DK*1*BRANNOCK*TESSALY****XX*1002167124\n"


def _medicare(name: str, modifiers: str, why: str) -> Case:
    """A4306 alone in a claim for the Medicare DME contractor."""
    edit = ("SV1*HC:A4306:EY:GA*395", f"SV1*HC:A4306:{modifiers}*395")
    return clean(name, MEDICARE, edit, why=why)


def _commercial(name: str, modifiers: str) -> Case:
    """A4306 for a commercial payer with what only Medicare minds."""
    edit = (_SECOND_A4306, _SECOND_A4306.replace("A4306", f"A4306:{modifiers}"))
    return clean(name, COMMERCIAL, edit, why=_NOT_MEDICARE)


def _note(name: str, text: str, why: str) -> Case:
    return clean(name, COMMERCIAL, ("BUPIVACAINE 4 ML/HR 50 HR", text), why=why)


CASES: tuple[Case, ...] = (
    # the envelope
    clean("a-test-file", COMMERCIAL, ("*0*P*:", "*0*T*:"), why="ISA15 changes no finding"),
    clean(
        "acknowledgment-asked-for",
        CRLF,
        ("*000000311*0*P", "*000000311*1*P"),
        why="ISA14 is the sender's choice",
    ),
    # form
    clean(
        "claim-number-of-20-characters",
        COMMERCIAL,
        ("CLM*TP-1001*", "CLM*TP-1001-ABCDEFGHIJKL*"),
        why="20 characters are taken",
    ),
    clean(
        "line-control-number-of-30-characters",
        COMMERCIAL,
        ("REF*6R*TP1002L1\n", "REF*6R*TP1002L1-ABCDEFGHIJKLMNOPQRSTU\n"),
        why="30 characters are taken",
    ),
    clean(
        "line-control-number-of-another-claim",
        COMMERCIAL,
        ("REF*6R*TP1002L1\n", "REF*6R*TP1001L1\n"),
        why="it is unique inside a claim",
    ),
    clean(
        "no-line-control-number-on-other-codes",
        COMMERCIAL,
        ("REF*6R*TP1001L2\n", ""),
        why="only A4306 lines need one",
    ),
    clean(
        "note-of-80-characters",
        COMMERCIAL,
        (_NOTE, _NOTE + ", " + "X" * (80 - len(_NOTE) + 6)),
        why="80 characters are taken",
    ),
    clean(
        "attachment-number-of-50-characters",
        COMMERCIAL,
        ("PWK*B3*FX***AC*TP1001B3", "PWK*B3*FX***AC*" + "C" * 50),
        why="50 characters are taken",
    ),
    clean(
        "range-of-one-day",
        COMMERCIAL,
        ("RD8*20260610-20260612", "RD8*20260610-20260610"),
        why="a range may begin and end on one day",
    ),
    clean(
        "description-without-modifiers",
        COMMERCIAL,
        (_SECOND_A4306, _SECOND_A4306.replace("A4306", "A4306:::::ELASTOMERIC PUMP 270 ML")),
        why="empty slots before a description are no gap, and a volume is no rate",
    ),
    clean(
        "february-29-of-a-leap-year",
        DEPENDENT,
        ("DMG*D8*19830907*F\nCLM", "DMG*D8*19840229*F\nCLM"),
        why="the day exists",
    ),
    # amounts
    clean(
        "total-with-decimals",
        COMMERCIAL,
        ("CLM*TP-1001*565*", "CLM*TP-1001*565.00*"),
        why="565.00 is 565",
    ),
    clean(
        "line-for-nothing",
        COMMERCIAL,
        ("SV1*HC:A4223*90", "SV1*HC:A4223*0"),
        ("CLM*TP-1002*475", "CLM*TP-1002*385"),
        why="a line may cost nothing where the claim does not",
    ),
    clean(
        "encounter-for-nothing",
        DRUG,
        ("308-0002*20260615*0915*CH", "308-0002*20260615*0915*RP"),
        ("CLM*TP-8002*90", "CLM*TP-8002*0"),
        ("SV1*HC:A4452*90", "SV1*HC:A4452*0"),
        why="BHT06 RP reports an encounter",
    ),
    clean(
        "fraction-of-a-drugs-unit",
        DRUG,
        (
            "UN*500***1\nDTP*472*D8*20260605\nREF*6R*TP8001L1",
            "UN*499.5***1\nDTP*472*D8*20260605\nREF*6R*TP8001L1",
        ),
        why="only A4306 is counted in whole units",
    ),
    clean(
        "minutes-of-anesthesia",
        PART_B,
        ("SV1*HC:99213:25*118*UN*1", "SV1*HC:01610:AA*118*MJ*60"),
        why="anesthesia is counted in minutes",
    ),
    clean(
        "several-systems",
        COMMERCIAL,
        (_SECOND_A4306, _SECOND_A4306.replace("UN*1*", "UN*2*")),
        why="no limit is known unless a payer states one",
    ),
    clean(
        "other-payer-paid-nothing",
        COB,
        ("CAS*PR*2*75\nCAS*CO*45*25\nAMT*D*300", "CAS*PR*2*375\nCAS*CO*45*25\nAMT*D*0"),
        why="400 is 0 paid and 400 adjusted",
    ),
    clean(
        "several-adjustments-in-one-segment",
        COB,
        ("CAS*CO*45*100\nCAS*PR*2*60\n", "CAS*CO*45*100\nCAS*PR*2*40**1*20\n"),
        why="each triplet of CAS counts",
    ),
    clean(
        "adjustment-with-decimals",
        COB,
        ("CAS*CO*45*20\n", "CAS*CO*45*19.5**96*.5\n"),
        why="19.5 and .5 are 20",
    ),
    # situations
    clean(
        "pointers-in-another-order",
        DEPENDENT,
        ("A4306:SC*410*UN*1***1:2", "A4306:SC*410*UN*1***2:1"),
        why="each pointer names a diagnosis",
    ),
    clean(
        "one-attachment-number-for-claim-and-line",
        MEDICARE,
        ("PWK*B3*FX***AC*TP3001B3", "PWK*B3*FX***AC*TP3001OD"),
        why="inside a claim a control number may repeat",
    ),
    clean(
        "two-paperworks-for-a-commercial-payer",
        COMMERCIAL,
        ("PWK*B3*FX***AC*TP1001B3\n", "PWK*B3*FX***AC*TP1001B3\nPWK*OB*FX***AC*TP1001OB\n"),
        why=_NOT_MEDICARE,
    ),
    clean(
        "replacement-for-medicaid",
        MEDICAID,
        ("12:B:1*Y*A*Y*Y\n", "12:B:7*Y*A*Y*Y\n"),
        ("REF*G1*OV77120045\n", "REF*G1*OV77120045\nREF*F8*OV2616000044\n"),
        why="Medicaid replaces claims",
    ),
    clean(
        "void-becomes-replacement",
        REPLACEMENT,
        ("CLM*TP-7002*385***12:B:8", "CLM*TP-7002*385***12:B:7"),
        why="both name the payer's claim",
    ),
    clean(
        "replacement-after-medicare",
        COB,
        (
            "CLM*TP-5002*400***12:B:1*Y*A*Y*Y\nPWK*EB*FX***AC*TP5002EB\n",
            "CLM*TP-5002*400***12:B:7*Y*A*Y*Y\nPWK*EB*FX***AC*TP5002EB\nREF*F8*LKS2616800001\n",
        ),
        why="Medicare is another payer here, and the destination replaces claims",
    ),
    clean(
        "other-payers-claim-number-removed",
        COB,
        ("REF*F8*NGB26180004417\n", ""),
        why="nothing demands another payer's claim number",
    ),
    clean(
        "span-ends-after-the-file-was-made",
        COMMERCIAL,
        ("RD8*20260610-20260612", "RD8*20260610-20260712"),
        why="only its first day is judged",
    ),
    clean(
        "service-on-the-day-of-the-file",
        COMMERCIAL,
        ("DTP*472*D8*20260609\n", "DTP*472*D8*20260615\n"),
        why="the day itself is not after it",
    ),
    clean(
        "authorization-of-two-payers-is-the-same",
        COB,
        ("REF*G1*QYA30077**2U:QYSB3", "REF*G1*PA8812004**2U:QYSB3"),
        why="each payer has one",
    ),
    clean(
        "lines-differ-in-a-modifier",
        COMMERCIAL,
        _SAME_DAY,
        (_THIRD_LINE, _THIRD_LINE.replace("A4452", "A4452:SC")),
        why="a duplicate is equal in its modifiers",
    ),
    clean(
        "lines-differ-in-their-code",
        COMMERCIAL,
        _SAME_DAY,
        (_THIRD_LINE, _THIRD_LINE.replace("A4452", "A4223")),
        why="a duplicate is equal in its code",
    ),
    clean(
        "lines-differ-in-their-charge",
        COMMERCIAL,
        _SAME_DAY,
        (_THIRD_LINE, _THIRD_LINE.replace("90", "80")),
        ("CLM*TP-1001*565", "CLM*TP-1001*555"),
        why="a duplicate is equal in its charge",
    ),
    clean(
        "lines-differ-in-their-place",
        COMMERCIAL,
        _SAME_DAY,
        (_THIRD_LINE, _THIRD_LINE.replace("UN*2***1", "UN*2*11**1")),
        why="a duplicate is equal in its place of service",
    ),
    clean(
        "lines-differ-in-their-description",
        COMMERCIAL,
        _SAME_DAY,
        (_THIRD_LINE, _THIRD_LINE.replace("A4452", "A4452:::::SECOND DRESSING")),
        why="a duplicate is equal in its description",
    ),
    clean(
        "lines-differ-in-their-provider",
        COMMERCIAL,
        _SAME_DAY,
        ("REF*6R*TP1001L3\n", "REF*6R*TP1001L3\nNM1*82*1*ARDREY*COLM****XX*1002513426\n"),
        why="a duplicate is equal in its rendering provider",
    ),
    clean(
        "referring-provider-on-claim-and-line",
        COMMERCIAL,
        ("REF*6R*TP1001L2\n", "REF*6R*TP1001L2\nNM1*DN*1*LANGDALE*OMER****XX*1002516668\n"),
        why="the claim names one too",
    ),
    clean(
        "certificate-before-2023",
        MEDICARE,
        (_RENTAL_CLAIM, _DELAYED),
        (_RENTAL + "D8*20260603", _RENTAL.replace("DTP", "PWK*CT*AD\nDTP") + "D8*20221103"),
        why="certificates ended with services of 2023; CLM20 excuses the delay",
    ),
    clean(
        "form-before-2023",
        MEDICARE,
        (_RENTAL_CLAIM, _DELAYED),
        (_RENTAL + "D8*20260603", _RENTAL + "D8*20221103"),
        ("CLM*TP-3003*130", "LQ*UT*04.04C\nFRM*1*Y\nCLM*TP-3003*130"),
        why="certificates ended with services of 2023; CLM20 excuses the delay",
    ),
    clean(
        "certificate-for-a-commercial-payer",
        COMMERCIAL,
        ("SV1*HC:A4223*90*UN*3***1\n", "SV1*HC:A4223*90*UN*3***1\nPWK*CT*AD\n"),
        why=_NOT_MEDICARE,
    ),
    clean(
        "form-for-a-commercial-payer",
        COMMERCIAL,
        ("REF*6R*TP1002L2\n", "REF*6R*TP1002L2\nLQ*UT*04.04C\nFRM*1*Y\n"),
        why=_NOT_MEDICARE,
    ),
    clean(
        "no-ordering-provider-for-medicaid",
        MEDICAID,
        ("NM1*DK*1*VALLECAMP*IDRIS****XX*1001299324\n", ""),
        why=_NOT_MEDICARE,
    ),
    clean(
        "claim-number-of-another-payer",
        DEPENDENT,
        ("CLM*TP-2004*", "CLM*TP-2003*"),
        why="each payer sees the number once",
    ),
    clean(
        "service-in-two-claims-at-another-charge",
        COMMERCIAL,
        (
            "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
            "SV1*HC:A4306*384*UN*1***1:2\nDTP*472*D8*20260608",
        ),
        ("CLM*TP-1002*475", "CLM*TP-1002*474"),
        why="a duplicate is equal in its charge",
    ),
    clean(
        "service-in-two-claims-with-another-modifier",
        COMMERCIAL,
        (_SECOND_A4306, _FIRST_A4306.replace("A4306", "A4306:SC")),
        why="a duplicate is equal in its modifiers",
    ),
    # codes
    _note("rate-just-below-50", "BUPIVACAINE 49.9 ML/HR 50 HR", "49.9 is less than 50"),
    _note("volume-and-rate", "BUPIVACAINE 400 ML AT 4 ML/HR 50 HR", "400 ML is a volume"),
    _note("volume-of-exactly-50", "BUPIVACAINE 50 ML 4 ML/HR 12 HR", "50 ML is a volume"),
    _note("rate-below-one", "BUPIVACAINE 0.5 ML/HR 50 HR", "0.5 is less than 50"),
    clean(
        "the-sibling-with-its-rate",
        COMMERCIAL,
        (_SECOND_A4306, _SECOND_A4306.replace("A4306", "A4305")),
        ("BUPIVACAINE 4 ML/HR", "BUPIVACAINE 60 ML/HR"),
        why="A4305 is the code of 50 ML/HR and more",
    ),
    clean(
        "ambulance-origin-and-destination",
        COMMERCIAL,
        ("SV1*HC:A4223*90", "SV1*HC:A0998:RH*90"),
        why="pairs of places on A0xxx are never judged",
    ),
    clean(
        "a-states-own-modifier",
        MEDICAID,
        ("A4306:U1*370", "A4306:UD*370"),
        why="U1 to UD are never judged",
    ),
    clean(
        "a-procedure-modifier",
        COMMERCIAL,
        ("SV1*HC:A4223*90", "SV1*HC:A4223:59*90"),
        why="59 is known",
    ),
    clean(
        "place-of-service-27",
        DEPENDENT,
        ("CLM*TP-2002*64***12:B", "CLM*TP-2002*64***27:B"),
        why="27 is in the list",
    ),
    clean(
        "billing-address-on-a-rural-route",
        COMMERCIAL,
        ("N3*72 COOPERAGE RD", "N3*RR 2 BOX 152"),
        why="a rural route is no post office box",
    ),
    clean(
        "billing-address-on-boxwood-lane",
        COMMERCIAL,
        ("N3*72 COOPERAGE RD", "N3*12 PO BOXWOOD LN"),
        why="only whole words count",
    ),
    clean(
        "patients-post-office-box",
        COMMERCIAL,
        ("N3*15 SANDERLING CT", "N3*PO BOX 15"),
        why="only the billing provider may have none",
    ),
    clean(
        "pay-to-lockbox",
        PART_B,
        ("N3*PO BOX 7310", "N3*LOCKBOX 7310"),
        why="only the billing provider may have none",
    ),
    clean(
        "patient-in-canada",
        COMMERCIAL,
        ("N4*FAIRMEAD*OH*450990337", "N4*TORONTO*ON*M5H2N2*CA"),
        why="only addresses in the United States are judged",
    ),
    clean(
        "billing-provider-in-canada",
        COMMERCIAL,
        ("N4*FAIRMEAD*OH*450990158", "N4*TORONTO*ON*M5H2N2*CA"),
        why="only addresses in the United States are judged",
    ),
    clean(
        "ordering-providers-zip-of-five",
        PART_B,
        ("N4*FAIRMEAD*OH*450990015\nLX*2", "N4*FAIRMEAD*OH*45099\nLX*2"),
        why="nine digits are asked of billing and facility addresses",
    ),
    clean(
        "no-taxonomy",
        COMMERCIAL,
        ("PRV*BI*PXC*332B00000X\n", ""),
        why="the segment is situational",
    ),
    clean(
        "provider-known-by-name-alone",
        COMMERCIAL,
        (
            "REF*6R*TP1002L1\n" + _NOTE + "\n" + _DK,
            "REF*6R*TP1002L1\n" + _NOTE + "\nNM1*DK*1*BRANNOCK*TESSALY\n",
        ),
        why="without NM108 XX there is no NPI to judge",
    ),
    clean(
        "medicare-advantage-number",
        MEDICARE,
        ("SBR*P*18*******MB", "SBR*P*18*******16"),
        ("*MI*4XK8RT2WN56", "*MI*HMO55012"),
        why="a Medicare Advantage plan has numbers of its own",
    ),
    # modifiers
    _medicare("gy-alone", "GY", "the line says who pays"),
    _medicare("gz-alone", "GZ", "the line says who pays"),
    _medicare("gx-alone", "GX", "GX is one of the four"),
    _medicare("gy-with-cg", "GY:CG", "CG contradicts nothing"),
    _medicare("gx-with-gy", "GX:GY", "the voluntary notice goes with GY"),
    _medicare("ey-alone", "EY", "MOD012 is silent with EY"),
    _medicare("ey-with-gy", "EY:GY", "a missing order may meet a statutory exclusion"),
    clean(
        "no-order-on-both-lines",
        MEDICARE,
        ("K0001:RR:GA*70", "K0001:RR:GA:EY*70"),
        ("K0001:RR:GK*60", "K0001:RR:GK:EY*60"),
        why="all lines of the claim are without an order",
    ),
    clean(
        "upgrade-without-a-notice",
        MEDICARE,
        ("K0001:RR:GA*70", "K0001:RR:GZ*70"),
        why="GK goes with GZ too",
    ),
    clean(
        "pricing-of-the-first-month",
        MEDICARE,
        ("K0001:RR:KX:CG*60", "K0001:RR:KH:KX*60"),
        why="pricing, then KX",
    ),
    _commercial("kx-for-a-commercial-payer", "KX"),
    _commercial("a4306-new-for-a-commercial-payer", "NU"),
    _commercial("gk-alone-for-a-commercial-payer", "GK"),
    _commercial("one-line-without-an-order-for-a-commercial-payer", "EY"),
    _commercial("overflow-in-the-first-slot-for-a-commercial-payer", "99"),
    clean(
        "medicare-advantage-does-not-ask-who-pays",
        PART_B,
        ("SBR*P*18*******MB", "SBR*P*18*******HM"),
        ("SV1*HC:A4306:GY*320", "SV1*HC:A4306*320"),
        why=_NOT_MEDICARE,
    ),
    clean(
        "kx-for-medicaid",
        MEDICAID,
        ("A4306:U1*370", "A4306:KX*370"),
        why=_NOT_MEDICARE,
    ),
    # documentation
    clean(
        "a-symptom-beside-a-specific-diagnosis",
        COMMERCIAL,
        (_FIRST_A4306, _FIRST_A4306.replace("***1:2", "***4:1")),
        why="one specific diagnosis is enough",
    ),
    clean(
        "only-a-symptom-for-another-code",
        COMMERCIAL,
        ("LX*2\nSV1*HC:A4452*90*UN*2***1", "LX*2\nSV1*HC:A4452*90*UN*2***4"),
        why="the rule is about A4306",
    ),
    clean(
        "paperwork-of-another-kind-without-a4306",
        MEDICARE,
        ("B:1*Y*A*Y*Y\nHI*ABK:M1711", "B:1*Y*A*Y*Y\nPWK*DA*FX***AC*TP0001DA\nHI*ABK:M1711"),
        why="the list of report types is A4306's",
    ),
    # services and payers
    clean(
        "pump-on-another-day",
        COMMERCIAL,
        (_THIRD_LINE, _THIRD_LINE.replace("A4452", "E0781:RR")),
        why="unbundling is of one day",
    ),
    clean(
        "infusion-supplies-on-its-day",
        COMMERCIAL,
        ("LX*2\nSV1*HC:A4452*90", "LX*2\nSV1*HC:A4223*90"),
        why="A4223 is not used with an external pump",
    ),
    clean(
        "outpatient-hospital-without-a4306",
        DEPENDENT,
        ("CLM*TP-2002*64***12:B", "CLM*TP-2002*64***22:B"),
        why="the rule is about A4306",
    ),
    clean(
        "filed-on-the-last-day",
        MEDICARE,
        (_RENTAL + "D8*20260603", _RENTAL + "D8*20250615"),
        why="twelve months end on 15 June 2026",
    ),
    clean(
        "last-day-on-a-saturday",
        MEDICARE,
        (_RENTAL + "D8*20260603", _RENTAL + "D8*20250613"),
        why="13 June 2026 is a Saturday: the limit rolls to Monday",
    ),
    clean(
        "last-day-on-a-sunday",
        MEDICARE,
        (_RENTAL + "D8*20260603", _RENTAL + "RD8*20250614-20250714"),
        why="14 June 2026 is a Sunday: the limit rolls to Monday",
    ),
    clean(
        "late-with-a-reason",
        MEDICARE,
        (_RENTAL_CLAIM, _DELAYED),
        (_RENTAL + "D8*20260603", _RENTAL + "D8*20240603"),
        why="CLM20 gives the reason for the delay",
    ),
    clean(
        "late-for-a-commercial-payer",
        COMMERCIAL,
        ("DTP*472*D8*20260609\n", "DTP*472*D8*20250211\n"),
        why="no limit is known unless a payer states one",
    ),
)
