"""What the user asked for, and which findings that hides: settings, suppressions, baselines."""

from edi_lint.settings.model import (
    DEFAULT_LEDGER,
    LARGEST_FILE,
    OWN_FILE,
    SHARED_FILE,
    SQLITE_ENDINGS,
    LedgerError,
    Settings,
    SettingsError,
    SettingsFile,
    Suppression,
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
    "SQLITE_ENDINGS",
    "LedgerError",
    "Settings",
    "SettingsError",
    "SettingsFile",
    "Suppression",
    "find",
    "iso_date",
    "nearest",
    "rule_codes",
    "severity",
]
