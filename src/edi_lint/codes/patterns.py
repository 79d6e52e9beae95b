"""How identifiers without a list must be written: MBI, taxonomy, ZIP code, remark code.

Each function says in words what is wrong, without repeating the value: a member id is protected.
"""

from __future__ import annotations

import re

from edi_lint.engine.triggers import FORM_CLASSES, Shape

_LETTERS = frozenset("ACDEFGHJKMNPQRTUVWXY")
"""Letters of an MBI: all but S, L, O, I, B and Z, which look like digits."""
_DIGITS = frozenset("0123456789")
_MBI = (
    ("a digit from 1 to 9", _DIGITS - {"0"}),
    *(
        {
            "A": ("a letter other than S, L, O, I, B and Z", _LETTERS),
            "N": ("a digit", _DIGITS),
            "E": ("a digit, or a letter other than S, L, O, I, B and Z", _DIGITS | _LETTERS),
        }[kind]
        for kind in "AENAENAANN"
    ),
)
"""What each of the characters may be: C A AN N A AN N A A N N."""

REMARK = re.compile(r"(?:MA|M|N)\d{1,4}", re.ASCII)
"""A remittance advice remark code; which ones exist is not known."""

NO_ZIP = "000"
"""What no ZIP code begins with: the lowest is 00501 (general knowledge)."""

MEMBER = Shape(
    (*FORM_CLASSES, (b"SLIOBZ", b"S"), (b"sliobz", b"s")),
    first=((b"0", b"0"),),
)
"""Of a member id: digits as 9, letters as A or a, but those that no Medicare number has as S or s;
a 0 at the beginning, which none has either, stays."""


def mbi_fault(identifier: str) -> str | None:
    """What is wrong with a Medicare beneficiary identifier, in words that follow «the MBI».

    None when it has the format of 11 characters (CEDI edit X222.121.2010BA.NM109.020).
    """
    if len(identifier) != len(_MBI):
        return f"has {len(identifier)} characters; it must have {len(_MBI)}, without dashes"
    for number, (character, (words, allowed)) in enumerate(zip(identifier, _MBI, strict=True), 1):
        if character not in allowed:
            return f"has a wrong character {number}; it must be {words}"
    return None


def taxonomy_fault(code: str) -> str | None:
    """What is wrong with a provider taxonomy code, in words that follow «the taxonomy code».

    None when it has ten letters and digits and ends with X; whether NUCC lists it is not known.
    """
    if len(code) != 10:
        return f"has {len(code)} characters; it must have 10"
    if not (code.isascii() and code.isalnum() and code == code.upper()):
        return "holds something other than digits and upper-case letters"
    return None if code.endswith("X") else "must end with X"


def zip_fault(code: str) -> str | None:
    """What is wrong with a ZIP code of five or nine digits, in words that follow «the ZIP code»."""
    if not (code.isascii() and code.isdigit()):
        return "holds something other than digits"
    if len(code) not in (5, 9):
        return f"has {len(code)} digits; it must have 5 or 9"
    return None


def zip_plus_four_fault(code: str) -> str | None:
    """What is wrong where ZIP+4 is required, in words that follow «the ZIP code»."""
    fault = zip_fault(code)
    if fault is None and len(code) == 5:
        return "has 5 digits; it must have 9 here (ZIP+4)"
    return fault
