"""What stands beside A4306 and what its payer takes: SVC001, SVC002, PAY001 to PAY003."""

from __future__ import annotations

from single_faults.bases import COMMERCIAL, MEDICARE, ODD, PART_B
from single_faults.model import Base, Case, error, fault, info, warning


def _beside(name: str, code: str, base: Base = COMMERCIAL) -> Case:
    """Another item on the day of the first commercial claim's A4306."""
    day = "DTP*472*D8*20260608\nREF*6R*TP1001L2"
    at = warning(
        "SVC001",
        "SV101-02",
        "LX*1\nSV1*HC:«A4306»*385*UN*1***1:2\nDTP*472*D8*20260608",
        place="expected",
    )
    old, new = f"SV1*HC:A4452*90*UN*2***1\n{day}", f"SV1*HC:{code}*90*UN*2***1\n{day}"
    return fault(name, base, old, new, at)


def _place(name: str, code: str) -> Case:
    """The place of service of the physician's claim for Medicare Part B."""
    at = warning("SVC002", "CLM05-01", f"CLM*RF-4001*438***«{code}»:B", place="expected")
    found = [at]
    if code == "21":
        found.append(info("SIT029", "CLM05-01", f"CLM*RF-4001*438***«{code}»:B", place="expected"))
    return fault(
        name, PART_B, "CLM*RF-4001*438***11:B", f"CLM*RF-4001*438***{code}:B", *found, why=_ADMITTED
    )


_ADMITTED = "an inpatient's claim also needs the day of admission"
_RENTAL = "SV5*HC:K0001*DA*30*60*500*4\nDTP*472*"

CASES: tuple[Case, ...] = (
    # SVC001
    _beside("beside-a-mechanical-pump-of-eight-hours", "E0779:RR"),
    _beside("beside-a-mechanical-pump", "E0780:NU"),
    _beside("beside-an-electric-pump", "E0781:RR"),
    _beside("beside-an-implantable-pump", "E0783:NU"),
    _beside("beside-a-stationary-pump", "E0791:RR"),
    _beside("beside-pump-supplies", "A4222"),
    _beside("beside-a-per-diem-continuous", "S9326"),
    _beside("beside-a-per-diem-intermittent", "S9327"),
    _beside("beside-a-per-diem-implanted", "S9328"),
    _beside("beside-a-per-diem-in-odd-delimiters", "S9326", ODD),
    fault(
        "beside-pump-supplies-of-several-days",
        COMMERCIAL,
        "SV1*HC:A4223*90",
        "SV1*HC:A4222*90",
        warning(
            "SVC001",
            "SV101-02",
            "LX*1\nSV1*HC:«A4306»*385*UN*1***1:2\nDTP*472*D8*20260610",
            place="expected",
        ),
        why="the range of the supplies begins on the day of A4306",
    ),
    # SVC002
    _place("off-campus-outpatient-hospital", "19"),
    _place("inpatient-hospital", "21"),
    _place("outpatient-hospital", "22"),
    _place("ambulatory-surgical-center", "24"),
    fault(
        "outpatient-hospital-for-a-commercial-payer",
        COMMERCIAL,
        "CLM*TP-1002*475***12:B",
        "CLM*TP-1002*475***22:B",
        warning("SVC002", "CLM05-01", "CLM*TP-1002*475***«22»:B", place="expected"),
    ),
    fault(
        "ambulatory-surgical-center-by-line",
        COMMERCIAL,
        "SV1*HC:A4306*385*UN*1***1:2\nDTP*472*D8*20260610",
        "SV1*HC:A4306*385*UN*1*24**1:2\nDTP*472*D8*20260610",
        warning("SVC002", "SV105", "SV1*HC:A4306*385*UN*1*«24»**1:2", place="expected"),
    ),
    # PAY001
    fault(
        "home-to-part-b",
        PART_B,
        "CLM*RF-4001*438***11:B",
        "CLM*RF-4001*438***12:B",
        warning("PAY001", "SV101-02", "SV1*HC:«A4306»:GY*320"),
    ),
    fault(
        "home-to-part-b-by-line",
        PART_B,
        "SV1*HC:A4306:GY*320*UN*1***1:2",
        "SV1*HC:A4306:GY*320*UN*1*12**1:2",
        warning("PAY001", "SV105", "SV1*HC:A4306:GY*320*UN*1*«12»**1:2", place="expected"),
    ),
    fault(
        "office-to-the-dme-contractor",
        MEDICARE,
        "CLM*TP-3004*395***12:B",
        "CLM*TP-3004*395***11:B",
        warning("PAY001", "SV101-02", "SV1*HC:«A4306»:EY:GA*395"),
    ),
    # PAY002
    fault(
        "replacement-to-medicare",
        MEDICARE,
        "CLM*TP-3002*60***12:B:1*Y*A*Y*Y\n",
        "CLM*TP-3002*60***12:B:7*Y*A*Y*Y\nREF*F8*2616000117\n",
        warning("PAY002", "CLM05-03", "CLM*TP-3002*60***12:B:«7»"),
    ),
    fault(
        "void-to-medicare",
        MEDICARE,
        "CLM*TP-3004*395***12:B:1*Y*A*Y*Y\n",
        "CLM*TP-3004*395***12:B:8*Y*A*Y*Y\nREF*F8*2616000118\n",
        warning("PAY002", "CLM05-03", "CLM*TP-3004*395***12:B:«8»"),
    ),
    fault(
        "replacement-to-part-b",
        PART_B,
        "CLM*RF-4001*438***11:B:1*Y*A*Y*Y\n",
        "CLM*RF-4001*438***11:B:7*Y*A*Y*Y\nREF*F8*2616000119\n",
        warning("PAY002", "CLM05-03", "CLM*RF-4001*438***11:B:«7»"),
    ),
    # PAY003
    fault(
        "three-days-late",
        MEDICARE,
        _RENTAL + "D8*20260603",
        _RENTAL + "D8*20250612",
        error("PAY003", "DTP03", "D8*«20250612»"),
        why="12 June 2026 is a Friday; the file is of the Monday after",
    ),
    fault(
        "span-begins-too-early",
        MEDICARE,
        _RENTAL + "D8*20260603",
        _RENTAL + "RD8*20250612-20250712",
        error("PAY003", "DTP03", "RD8*«20250612-20250712»"),
        why="the From date counts",
    ),
    fault(
        "two-years-late-for-part-b",
        PART_B,
        "DTP*472*D8*20260602\nREF*6R*RF4001L2",
        "DTP*472*D8*20240603\nREF*6R*RF4001L2",
        error("PAY003", "DTP03", "D8*«20240603»"),
    ),
    fault(
        "a4306-late",
        MEDICARE,
        "DTP*472*D8*20260609",
        "DTP*472*D8*20250609",
        error("PAY003", "DTP03", "D8*«20250609»"),
    ),
)
