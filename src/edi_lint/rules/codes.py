"""Values that carry a form of their own, judged without their claim: STR011 and COD005."""

from __future__ import annotations

import re

from edi_lint.codes.npi import npi_fault
from edi_lint.engine import ValuePlace
from edi_lint.findings import Response, Severity
from edi_lint.rules.base import Rule, ValueRule
from edi_lint.rules.examples import Example

_PROCEDURE = re.compile(r"[A-Z0-9]{5}", re.ASCII)


class ProcedureCode(ValueRule):
    """A HCPCS or CPT code (SV101-2 where SV101-1 is HC) is five upper-case letters and digits.

    Medicare's front end for medical equipment (edit X222.351.2400.SV101-2.020) and a clearinghouse
    that publishes its edits reject anything else. Whether the code exists is another question.
    Spaces after the code are ENV009's.
    """

    code = "STR011"
    name = "procedure-code-form"
    level = 2
    severity = Severity.ERROR
    response = Response(stc=("A7", "507"))
    source = "CEDI, published lists of its top edits; a clearinghouse's published edits (STEDI)"
    help = "Write the code in SV101-2 as published, and modifiers in SV101-3 to SV101-6."
    fix_safety = "Codes are published in upper case; no other code differs from it in case alone."
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1",)),
        Example(line=("SV1*HC:99213*120*UN*1***1",)),
        Example(line=("SV1*WK:1234-5678-90*120*UN*1***1",)),
    )
    invalid = (
        Example(
            line=("SV1*HC:a4306*120*UN*1***1",),
            at="SV101-02",
            fixed=(("SV1*HC:a4306*120*UN*1***1", "SV1*HC:A4306*120*UN*1***1"),),
        ),
        Example(line=("SV1*HC:A4306GY*120*UN*1***1",), at="SV101-02"),
        Example(line=("SV1*HC:A43-6*120*UN*1***1",), at="SV101-02"),
    )
    places = (ValuePlace("SV1", 1, 2, when_element=1, when_component=1, when_value="HC"),)

    def judge(self, value: str) -> str | None:
        if _PROCEDURE.fullmatch(value.rstrip(" ")):
            return None
        if self.mend(value):
            return f"procedure code {value} is not in upper case"
        if len(value) != 5:
            return f"the procedure code has {len(value)} characters; it must have 5"
        return "the procedure code holds something other than letters and digits"

    def mend(self, value: str) -> str | None:
        upper = value.upper() if value.isascii() else ""
        return upper if upper != value and _PROCEDURE.fullmatch(upper) else None


class ProviderIdentifier(ValueRule):
    """A provider's NPI (NM109 where NM108 is XX) has ten digits, begins with 1 or 2 and checks.

    The last digit is computed from the others, so that a mistyped number is seen before anyone
    looks it up. Receivers answer with status 562. The number is judged in every loop that names a
    provider; whether it belongs to that provider cannot be seen in the file.
    """

    code = "COD005"
    name = "npi"
    level = 5
    severity = Severity.ERROR
    response = Response(stc=("A7", "562"))
    source = (
        "CMS, 2004: the Luhn sum over 80840 and the NPI; CEDI for status 562; pyx12 4.0.0 misses "
        "it (tested)"
    )
    help = "Look the provider's number up in the NPI registry; compare digit by digit."
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567893")),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER")),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567898"),
            at="NM109",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*123456789"),
            at="NM109",
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*9234567893"),
            at="NM109",
        ),
        Example(change=(("*XX*1234567893", "*XX*1234567839"),), at="NM109"),
    )
    places = (ValuePlace("NM1", 9, when_element=8, when_value="XX"),)

    def judge(self, value: str) -> str | None:
        fault = npi_fault(value.rstrip(" "))
        return f"the NPI {fault}" if fault else None


RULES: tuple[type[Rule], ...] = (ProcedureCode, ProviderIdentifier)
