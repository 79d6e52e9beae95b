"""What only a payer's own statement makes a fault: SVC003, PAY003 to PAY007, SIT008.

Each case names what the profile of its payer states; without that statement its file is clean.
"""

from __future__ import annotations

from single_faults.bases import MEDICAID
from single_faults.model import Case, Profile, error, fault, warning

CASES: tuple[Case, ...] = (
    fault(
        "more-units-a-day-than-the-payer-takes",
        MEDICAID,
        "SV1*HC:A4306:U1*370*UN*1",
        "SV1*HC:A4306:U1*370*UN*3",
        warning("SVC003", "SV104", "SV1*HC:A4306:U1*370*UN*«3»"),
        profile=Profile(units_a_day=2),
    ),
    fault(
        "frequency-that-the-payer-does-not-take",
        MEDICAID,
        "CLM*TP-6001*370***12:B:1",
        "CLM*TP-6001*370***12:B:6",
        error("SIT008", "CLM05-03", "CLM*TP-6001*370***12:B:«6»"),
        profile=Profile(frequency_codes=("1", "7", "8")),
    ),
    fault(
        "later-than-the-payers-limit",
        MEDICAID,
        "DTP*472*D8*20260610",
        "DTP*472*D8*20260210",
        error("PAY003", "DTP03", "DTP*472*D8*«20260210»"),
        profile=Profile(timely_filing_days=90),
    ),
    fault(
        "no-authorization-where-the-payer-demands-one",
        MEDICAID,
        "REF*G1*OV77120045\n",
        "",
        error("PAY004", "SV101-02", "SV1*HC:«A4306»:U1*370", place="expected"),
        profile=Profile(prior_authorization=True),
    ),
    fault(
        "never-covered-by-the-payer",
        MEDICAID,
        "SV1*HC:A4306:U1*370",
        "SV1*HC:A4306*370",
        warning("PAY005", "SV101-02", "SV1*HC:«A4306»*370", place="expected"),
        profile=Profile(verdict="never"),
        why="the profile speaks of the code whatever its modifiers",
    ),
    fault(
        "transmission-that-the-payer-does-not-take",
        MEDICAID,
        "PWK*M1*BM***AC*TP6001M1",
        "PWK*M1*EL***AC*TP6001M1",
        error("PAY006", "PWK02", "PWK*M1*«EL»***AC"),
        profile=Profile(transmission_codes=("BM", "FX")),
    ),
    fault(
        "report-type-that-the-payer-does-not-take",
        MEDICAID,
        "PWK*M1*BM***AC*TP6001M1",
        "PWK*OZ*BM***AC*TP6001M1",
        warning("DOC002", "PWK01", "PWK*«OZ»*BM"),
        profile=Profile(report_types=("M1", "OD")),
    ),
    fault(
        "supplier-outside-the-payers-list",
        MEDICAID,
        "*XX*1002456386",
        "*XX*1001678576",
        warning("PAY007", "SV101-02", "SV1*HC:«A4306»:U1*370"),
        profile=Profile(suppliers=("1002456386",)),
    ),
)
