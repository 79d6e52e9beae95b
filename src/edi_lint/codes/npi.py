"""The national provider identifier (NPI): ten digits that carry their own check digit.

Checks the number alone; whether it was ever given to a provider is not known here.
"""

from __future__ import annotations

PREFIX = "80840"
"""Health applications (80) and the United States (840), put before an NPI for its check digit."""


def npi_fault(npi: str) -> str | None:
    """What is wrong with an NPI, in words that follow «the NPI»; None when it holds.

    Ten digits, the first 1 or 2, and the Luhn sum over 80840 and the NPI (CMS, 2004).
    """
    if len(npi) != 10:
        return f"has {len(npi)} characters; it must have 10 digits"
    if not (npi.isascii() and npi.isdigit()):
        return "holds something other than digits"
    if npi[0] not in "12":
        return f"begins with {npi[0]}; it must begin with 1 or 2"
    if not _luhn_holds(PREFIX + npi):
        return "fails its check digit: a digit is wrong or two changed places"
    return None


def check_digit(first_nine: str) -> int:
    """The digit that an NPI ends with, from the nine digits before it."""
    return -_luhn_sum(PREFIX + first_nine + "0") % 10


_DOUBLED = str.maketrans("0123456789", "0246813579")
"""Each digit doubled, with the digits of the result added up."""


def _luhn_holds(digits: str) -> bool:
    """Every second digit from the right doubled, digits of all results summed: a multiple of 10."""
    return _luhn_sum(digits) % 10 == 0


def _luhn_sum(digits: str) -> int:
    single, doubled = digits[-1::-2], digits[-2::-2].translate(_DOUBLED)
    return sum(map(int, single + doubled))
