"""Claims that appear twice in one input: SIT017."""

from __future__ import annotations

from edi_lint.engine import Shared, SharedParts, TextPart
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import safe_number
from edi_lint.rules.base import EarlierClaim, Rule, SharedRule
from edi_lint.rules.examples import DATE, Example

_PAYER = TextPart("2010BB", "NM1", 9)
SAME_NUMBER = SharedParts((TextPart("2300", "CLM", 1), _PAYER), needed=1)
"""The provider's claim number, to one destination payer."""
_PERSON = (("NM1", 3), ("NM1", 4), ("NM1", 5), ("NM1", 7), ("DMG", 2), ("DMG", 3))
"""Name, middle name, suffix, birth date and sex, which distinguish one person from another."""
SAME_SERVICE = SharedParts(
    (
        TextPart("2400", "SV1", 1, 2, 6),
        TextPart("2400", "DTP", 3, qualifier="472"),
        TextPart("2010BA", "NM1", 9),
        TextPart("2010CA", "NM1", 3),
        TextPart("2010CA", "NM1", 4),
        TextPart("2010CA", "DMG", 2),
        _PAYER,
        TextPart("2400", "SV1", 2),
        TextPart("2300", "CLM", 5, 3, 3),
    ),
    needed=2,
    confirming=tuple(TextPart(loop, *what) for loop in ("2010BA", "2010CA") for what in _PERSON),
)
"""Code and modifiers for one patient, on the same dates, at the same charge, to one payer, in
claims of one frequency: a void and the claim that follows it are no duplicates."""

_SECOND = ("HI*ABK:G8918", "LX*1", "SV1*HC:A4306*120*UN*1***1", DATE)
_OTHER = ("HI*ABK:G8918", "LX*1", "SV1*HC:A4306*90*UN*1***1", DATE)


class DuplicateClaim(SharedRule):
    """No claim appears twice in a file: neither its number (CLM01) nor a service of its patient.

    Responses name a claim by CLM01 alone, so that of two claims with one number to the same
    payer nobody can tell which was answered. A service line that repeats one of another claim for
    the same patient (2010CA, else 2010BA), payer, code, modifiers, dates and charge is denied as
    an exact duplicate; claims of another frequency replace or void, and are not compared. The
    finding is made at the later claim, once for each claim. For a claim that repeats a number the
    rule does not also report that its lines repeat. The member's identifier and name, middle name,
    suffix, birth date and sex of the member and of a patient below distinguish patients: twins, and
    a family with one identifier, are several.
    """

    needs = frozenset({"2010BA NM1", "2010CA NM1", "2300 CLM", "2400 DTP 472", "2400 SV1"})
    code = "SIT017"
    name = "duplicate-claim"
    fault = "Claim repeated"
    level = 4
    severity = Severity.WARNING
    response = Response(carc="18")
    source = (
        "pyx12 4.0.0 maps: CLM01 comes back in 277CA TRN02 and 835 CLP01; CARC 18 is general "
        "knowledge"
    )
    help = (
        "If it is the same claim, send it once; a payer that has it wants a replacement (frequency "
        "7). If it is another one, give it a number of its own."
    )
    valid = (
        Example(more=("CLM*EX-2*90***12:B:1*Y*A*Y*Y", *_OTHER)),
        Example(
            more=(
                "CLM*EX-2*120***12:B:1*Y*A*Y*Y",
                *_SECOND[:3],
                "DTP*472*D8*20260106",
            )
        ),
        Example(
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
        ),
    )
    invalid = (
        Example(more=("CLM*EX-1*90***12:B:1*Y*A*Y*Y", *_OTHER), at="CLM01"),
        Example(more=("CLM*EX-1*120***12:B:1*Y*A*Y*Y", *_SECOND), at="CLM01"),
        Example(more=("CLM*EX-2*120***12:B:1*Y*A*Y*Y", *_SECOND), at="SV101-02"),
    )
    shares = (SAME_NUMBER, SAME_SERVICE)

    def shared(self, share: Shared, earlier: EarlierClaim) -> str:
        where = f"claim {earlier.number} of set {safe_number(earlier.transaction)}"
        if share == SAME_NUMBER:
            return f"CLM01 is also that of {where}, to the same payer"
        line = f"line {earlier.line}" if earlier.line else "a line"
        return f"{line} of {where} has the same patient, payer, code, modifiers, dates and charge"


RULES: tuple[type[Rule], ...] = (DuplicateClaim,)
