"""What the user asked for, and which findings that hides: settings, suppressions, baselines."""

from edi_lint.settings.model import (
    DEFAULT_LEDGER,
    LARGEST_FILE,
    OWN_FILE,
    SHARED_FILE,
    LedgerError,
    Settings,
    SettingsError,
    SettingsFile,
    find,
    iso_date,
    nearest,
    rule_codes,
    severity,
)

__all__ = [
    "DEFAULT_LEDGER",
    "LARGEST_FILE",
    "OWN_FILE",
    "SHARED_FILE",
    "LedgerError",
    "Settings",
    "SettingsError",
    "SettingsFile",
    "find",
    "iso_date",
    "nearest",
    "rule_codes",
    "severity",
]
