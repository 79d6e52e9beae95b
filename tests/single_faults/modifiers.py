"""Modifiers that exclude, miss or disorder each other: MOD001 to MOD012."""

from __future__ import annotations

from single_faults.bases import DEPENDENT, MEDICAID, MEDICARE, ODD, PART_B
from single_faults.model import Case, Found, error, fault, warning


def _no_order(name: str, modifiers: str, *found: Found, why: str = "") -> Case:
    """A4306 alone in a claim for the Medicare DME contractor, with other modifiers than EY, GA."""
    old, new = "SV1*HC:A4306:EY:GA*395", f"SV1*HC:A4306{modifiers}*395"
    return fault(name, MEDICARE, old, new, *found, why=why)


def _rental(name: str, modifiers: str, *found: Found, why: str = "") -> Case:
    """A rented wheelchair alone in a claim for the Medicare DME contractor."""
    old, new = "SV1*HC:K0001:RR:KX:CG*60", f"SV1*HC:K0001{modifiers}*60"
    return fault(name, MEDICARE, old, new, *found, why=why)


def _commercial(name: str, modifiers: str, *found: Found) -> Case:
    """A4306 for a commercial payer."""
    old = "SV1*HC:A4306:SC*410*UN*1***1:2"
    return fault(name, DEPENDENT, old, f"SV1*HC:A4306{modifiers}*410*UN*1***1:2", *found)


CASES: tuple[Case, ...] = (
    # MOD001
    _no_order("kx-with-ga", ":KX:GA", error("MOD001", "SV101-03", "A4306:«KX»:GA*395")),
    _no_order("kx-with-gy", ":KX:GY", error("MOD001", "SV101-03", "A4306:«KX»:GY*395")),
    _no_order("kx-with-gz", ":KX:GZ", error("MOD001", "SV101-03", "A4306:«KX»:GZ*395")),
    _rental("kx-with-ga-on-a-rental", ":RR:KX:GA", error("MOD001", "SV101-04", "RR:«KX»:GA*60")),
    _commercial("kx-with-gy-elsewhere", ":KX:GY", warning("MOD001", "SV101-03", ":«KX»:GY*410")),
    fault(
        "kx-with-gz-for-medicaid",
        MEDICAID,
        "A4306:U1*370",
        "A4306:KX:GZ*370",
        warning("MOD001", "SV101-03", "A4306:«KX»:GZ*370"),
    ),
    # MOD002
    _no_order("ga-with-gz", ":GA:GZ", error("MOD002", "SV101-03", "A4306:«GA»:GZ*395")),
    _rental("gz-before-ga", ":RR:GZ:GA", error("MOD002", "SV101-05", "RR:GZ:«GA»*60")),
    _commercial("ga-with-gz-elsewhere", ":GA:GZ", warning("MOD002", "SV101-03", "A4306:«GA»:GZ")),
    # MOD003
    _no_order("gy-with-gz", ":GY:GZ", error("MOD003", "SV101-03", "A4306:«GY»:GZ*395")),
    _no_order("ga-before-gy", ":GA:GY", error("MOD003", "SV101-04", "A4306:GA:«GY»*395")),
    fault(
        "gy-with-gz-for-part-b",
        PART_B,
        "SV1*HC:A4306:GY*320",
        "SV1*HC:A4306:GY:GZ*320",
        error("MOD003", "SV101-03", "A4306:«GY»:GZ*320"),
    ),
    _commercial("gy-with-ga-elsewhere", ":GY:GA", warning("MOD003", "SV101-03", ":«GY»:GA*410")),
    # MOD004
    _no_order("gx-with-ga", ":GX:GA", error("MOD004", "SV101-03", "A4306:«GX»:GA*395")),
    _no_order("gx-with-gz", ":GX:GZ", error("MOD004", "SV101-03", "A4306:«GX»:GZ*395")),
    _no_order("gl-before-gx", ":GL:GX", error("MOD004", "SV101-04", "A4306:GL:«GX»*395")),
    _no_order("gx-with-ey", ":EY:GX", error("MOD004", "SV101-04", "A4306:EY:«GX»*395")),
    _commercial("gx-with-gl-elsewhere", ":GX:GL", warning("MOD004", "SV101-03", ":«GX»:GL*410")),
    # MOD005
    _no_order("gy-twice", ":GY:GY", error("MOD005", "SV101-04", "A4306:GY:«GY»*395")),
    _no_order("gx-twice", ":GX:GY:GX", error("MOD005", "SV101-05", "A4306:GX:GY:«GX»*395")),
    _rental("rr-twice", ":RR:RR:KX", error("MOD005", "SV101-04", "K0001:RR:«RR»:KX*60")),
    _commercial("sc-twice-elsewhere", ":SC:SC", warning("MOD005", "SV101-04", ":SC:«SC»*410")),
    fault(
        "modifier-twice-in-odd-delimiters",
        ODD,
        "SV1*HC:A4223*90",
        "SV1*HC:A4223:SC:SC*90",
        warning("MOD005", "SV101-04", "A4223:SC:«SC»*90"),
    ),
    # MOD006
    _rental(
        "overflow-in-the-third-slot",
        ":RR:KX:99",
        error("MOD006", "SV101-05", "RR:KX:«99»*60", place="expected"),
    ),
    _rental(
        "overflow-without-a-list",
        ":RR:KX:CG:99",
        error("MOD006", "SV101-06", "RR:KX:CG:«99»*60", place="expected"),
    ),
    _rental(
        "upgrade-overflow-without-a-list",
        ":RR:GA:CG:KB",
        error("MOD006", "SV101-06", "RR:GA:CG:«KB»*60", place="expected"),
    ),
    # MOD007
    _rental(
        "requirements-met-before-the-pricing",
        ":KX:RR:CG",
        warning("MOD007", "SV101-04", "K0001:KX:«RR»:CG*60", place="expected"),
    ),
    _rental(
        "requirements-met-behind-the-informational",
        ":RR:CG:KX",
        warning("MOD007", "SV101-05", "K0001:RR:CG:«KX»*60", place="expected"),
    ),
    _rental(
        "pricing-behind-the-informational",
        ":CG:RR",
        warning("MOD007", "SV101-04", "K0001:CG:«RR»*60", place="expected"),
    ),
    # MOD008
    _no_order("a4306-new", ":NU:GY", warning("MOD008", "SV101-03", "A4306:«NU»:GY*395")),
    _no_order("a4306-rented", ":RR:GY", warning("MOD008", "SV101-03", "A4306:«RR»:GY*395")),
    _no_order("a4306-used", ":UE:GY", warning("MOD008", "SV101-03", "A4306:«UE»:GY*395")),
    _no_order("a4306-first-month", ":KH:GY", warning("MOD008", "SV101-03", "A4306:«KH»:GY*395")),
    _no_order("a4306-second-month", ":KI:GY", warning("MOD008", "SV101-03", "A4306:«KI»:GY*395")),
    _no_order("a4306-later-month", ":KJ:GY", warning("MOD008", "SV101-03", "A4306:«KJ»:GY*395")),
    _no_order("a4306-right-side", ":GY:RT", warning("MOD008", "SV101-04", "A4306:GY:«RT»*395")),
    _no_order("a4306-left-side", ":GY:LT", warning("MOD008", "SV101-04", "A4306:GY:«LT»*395")),
    _no_order("a4306-intravenous", ":GY:JA", warning("MOD008", "SV101-04", "A4306:GY:«JA»*395")),
    _no_order("a4306-subcutaneous", ":GY:JB", warning("MOD008", "SV101-04", "A4306:GY:«JB»*395")),
    # MOD009
    fault(
        "one-line-of-two-without-an-order",
        MEDICARE,
        "SV1*HC:K0001:RR:GA*70",
        "SV1*HC:K0001:RR:GA:EY*70",
        error("MOD009", "SV101-05", "K0001:RR:GA:«EY»*70", place="expected"),
    ),
    fault(
        "second-line-of-two-without-an-order",
        MEDICARE,
        "SV1*HC:K0001:RR:GK*60",
        "SV1*HC:K0001:RR:GK:EY*60",
        error("MOD009", "SV101-05", "K0001:RR:GK:«EY»*60", place="expected"),
    ),
    # MOD010
    fault(
        "upgrade-line-lost-its-partner",
        MEDICARE,
        "SV1*HC:K0001:RR:GA*70",
        "SV1*HC:K0001:RR*70",
        warning("MOD010", "SV101-04", "K0001:RR:«GK»*60"),
    ),
    _rental(
        "gk-alone-in-a-claim",
        ":RR:GK",
        warning("MOD010", "SV101-04", "K0001:RR:«GK»*60*UN*1***1\nSV5"),
    ),
    # MOD011
    _no_order("kx-alone", ":KX", warning("MOD011", "SV101-03", "A4306:«KX»*395")),
    _no_order("kx-with-cg", ":KX:CG", warning("MOD011", "SV101-03", "A4306:«KX»:CG*395")),
    fault(
        "kx-alone-for-part-b",
        PART_B,
        "SV1*HC:A4306:GY*320",
        "SV1*HC:A4306:KX*320",
        warning("MOD011", "SV101-03", "A4306:«KX»*320"),
    ),
    # MOD012
    _no_order("no-liability-modifier", "", warning("MOD012", "SV101-02", "HC:«A4306»*395")),
    _no_order("only-cg", ":CG", warning("MOD012", "SV101-02", "HC:«A4306»:CG*395")),
    _no_order("only-gl", ":GL", warning("MOD012", "SV101-02", "HC:«A4306»:GL*395")),
)
