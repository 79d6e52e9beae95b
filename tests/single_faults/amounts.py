"""Amounts and units that must agree with each other: BAL001 to BAL004."""

from __future__ import annotations

from single_faults.bases import COB, COMMERCIAL, DEPENDENT, DRUG, MEDICARE, ODD
from single_faults.model import Case, error, fault, warning

_TOTAL = "the claim's total goes along, so that BAL001 has nothing to say"

CASES: tuple[Case, ...] = (
    # BAL001
    fault(
        "total-too-high",
        COMMERCIAL,
        "CLM*TP-1001*565",
        "CLM*TP-1001*656",
        error("BAL001", "CLM02", "CLM*TP-1001*«656»*"),
    ),
    fault(
        "line-charge-changed",
        COMMERCIAL,
        "SV1*HC:A4223*90",
        "SV1*HC:A4223*91",
        error("BAL001", "CLM02", "CLM*TP-1002*«475»*"),
    ),
    fault(
        "total-off-by-a-cent",
        DRUG,
        "CLM*TP-8001*834.9*",
        "CLM*TP-8001*834.89*",
        error("BAL001", "CLM02", "CLM*TP-8001*«834.89»*"),
    ),
    fault(
        "line-lost",
        DEPENDENT,
        "LX*2\nSV1*HC:A4223*24*UN*2***1\nDTP*472*D8*20260605\nREF*6R*TP2002L2\n",
        "",
        error("BAL001", "CLM02", "CLM*TP-2002*«64»*"),
    ),
    fault(
        "total-too-low-in-odd-delimiters",
        ODD,
        "CLM*TP-1001*565",
        "CLM*TP-1001*56.5",
        error("BAL001", "CLM02", "CLM*TP-1001*«56.5»*"),
    ),
    # BAL002
    fault(
        "line-charge-negative",
        COMMERCIAL,
        "SV1*HC:A4223*90",
        "SV1*HC:A4223*-90",
        error("BAL002", "SV102", "SV1*HC:A4223*«-90»*UN"),
        and_=(("CLM*TP-1002*475", "CLM*TP-1002*295"),),
        why=_TOTAL,
    ),
    fault(
        "a4306-charge-negative",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*-5*UN*1***1:2\nDTP*472*D8*20260610",
        error("BAL002", "SV102", "SV1*HC:A4306*«-5»*UN"),
        and_=(("CLM*TP-1002*475", "CLM*TP-1002*85"),),
        why=_TOTAL,
    ),
    fault(
        "claim-for-nothing",
        DRUG,
        "SV1*HC:A4452*90",
        "SV1*HC:A4452*0",
        warning("BAL002", "CLM02", "CLM*TP-8002*«0»*"),
        and_=(("CLM*TP-8002*90", "CLM*TP-8002*0"),),
        why=_TOTAL,
    ),
    # BAL003
    fault(
        "a4306-in-minutes",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*385*MJ*1***1:2\nDTP*472*D8*20260610",
        error("BAL003", "SV103", "SV1*HC:A4306*385*«MJ»*1", place="expected"),
    ),
    fault(
        "a4306-no-units",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*385*UN*0***1:2\nDTP*472*D8*20260610",
        error("BAL003", "SV104", "SV1*HC:A4306*385*UN*«0»***", place="expected"),
    ),
    fault(
        "a4306-half-a-unit",
        MEDICARE,
        "SV1*HC:A4306:EY:GA*395*UN*1",
        "SV1*HC:A4306:EY:GA*395*UN*0.5",
        error("BAL003", "SV104", "SV1*HC:A4306:EY:GA*395*UN*«0.5»", place="expected"),
    ),
    fault(
        "a4306-one-and-a-half-units",
        ODD,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*385*UN*1.5***1:2\nDTP*472*D8*20260610",
        error("BAL003", "SV104", "SV1*HC:A4306*385*UN*«1.5»***", place="expected"),
    ),
    fault(
        "a4306-units-negative",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*385*UN*-1***1:2\nDTP*472*D8*20260610",
        error("BAL003", "SV104", "SV1*HC:A4306*385*UN*«-1»***", place="expected"),
    ),
    # BAL004
    fault(
        "line-adjustment-of-another-payer-off",
        COB,
        "CAS*CO*45*20\n",
        "CAS*CO*45*30\n",
        warning("BAL004", "SVD02", "SVD*NGBL2*«80»*HC:A4452", place="expected"),
    ),
    fault(
        "line-adjustment-of-another-payer-missing",
        COB,
        "CAS*PR*2*60\n",
        "",
        warning("BAL004", "SVD02", "SVD*NGBL2*«240»*HC:A4306", place="expected"),
    ),
    fault(
        "line-charge-and-adjustments-differ",
        COB,
        "SV1*HC:A4452*100*UN",
        "SV1*HC:A4452*110*UN",
        warning("BAL004", "SVD02", "SVD*NGBL2*«80»*HC:A4452", place="expected"),
        and_=(("CLM*TP-5001*500", "CLM*TP-5001*510"),),
        why=_TOTAL,
    ),
    fault(
        "line-payment-and-adjustments-differ",
        COB,
        "SVD*NGBL2*80*HC:A4452",
        "SVD*NGBL2*70*HC:A4452",
        warning("BAL004", "SVD02", "SVD*NGBL2*«70»*HC:A4452", place="expected"),
        and_=(("AMT*D*300\nAMT*EAF*80", "AMT*D*290\nAMT*EAF*80"),),
        why="the payer's total goes along, so that only the line is out of balance",
    ),
    fault(
        "payments-of-another-payer-differ-from-its-total",
        COB,
        "AMT*D*300\nAMT*EAF*80",
        "AMT*D*320\nAMT*EAF*80",
        warning("BAL004", "AMT02", "AMT*D*«320»\nAMT*EAF", place="expected"),
    ),
    fault(
        "claim-adjustment-of-another-payer-left-out-of-its-total",
        COB,
        "CAS*PR*1*20\n",
        "CAS*PR*1*25\n",
        warning("BAL004", "AMT02", "AMT*D*«300»\nAMT*EAF", place="expected"),
    ),
    fault(
        "claim-adjudication-of-another-payer-off",
        COB,
        "CAS*PR*2*75\n",
        "CAS*PR*2*57\n",
        warning("BAL004", "AMT02", "CAS*CO*45*25\nAMT*D*«300»\nOI", place="expected"),
    ),
    fault(
        "claim-payment-of-another-payer-off",
        COB,
        "CAS*CO*45*25\nAMT*D*300",
        "CAS*CO*45*25\nAMT*D*301",
        warning("BAL004", "AMT02", "CAS*CO*45*25\nAMT*D*«301»\nOI", place="expected"),
    ),
    fault(
        "total-of-the-second-of-two-other-payers",
        COB,
        "AMT*D*30\n",
        "AMT*D*35\n",
        warning("BAL004", "AMT02", "AMT*D*«35»\n", place="expected"),
    ),
    fault(
        "line-adjustment-of-the-second-of-two-other-payers",
        COB,
        "CAS*OA*23*200\n",
        "CAS*OA*23*20\n",
        warning("BAL004", "SVD02", "SVD*QYSB3*«30»*HC:A4306", place="expected"),
    ),
)
