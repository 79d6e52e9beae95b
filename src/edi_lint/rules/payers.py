"""What particular payers want, as their profiles say (`packs/*.profile.yaml`): PAY001 to PAY007."""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.claims import Claim
from edi_lint.findings import Severity
from edi_lint.rules.base import FREQUENCY, ClaimRule, Hit, Rule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.situational import RESUBMISSIONS


class MedicareFrequency(ClaimRule):
    """Medicare takes no replacement (frequency 7) and no void (8) of a professional claim.

    A Medicare claim that was rejected is corrected and sent again as new; one that was adjudicated
    goes the way of a reopening or an appeal. That the front end rejects the two frequencies is
    general knowledge, borne out by contractors' pages that never offer them, hence a warning.
    """

    code = "PAY002"
    name = "medicare-frequency"
    level = 7
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    source = "general knowledge; Noridian, reopening and redetermination pages"
    help = (
        "If Medicare rejected the claim or found it unprocessable, send it as new: frequency 1, no "
        "REF*F8. If it was adjudicated, ask for a reopening or appeal."
    )
    valid = (
        Example(clm="CLM*EX-1*120***12:B:1*Y*A*Y*Y", filing="MB"),
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="16",
        ),
    )
    invalid = (
        Example(
            clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="MB",
            at="CLM05-03",
        ),
        Example(
            clm="CLM*EX-1*120***12:B:8*Y*A*Y*Y",
            claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
            filing="MB",
            at="CLM05-03",
        ),
    )

    trigger = FREQUENCY

    def concerns(self, *texts: tuple[str, ...]) -> bool:
        return not RESUBMISSIONS.isdisjoint(texts[0])

    def check(self, claim: Claim) -> Iterator[Hit]:
        if claim.clm is None or claim.frequency not in RESUBMISSIONS:
            return
        message = f"frequency {claim.frequency} to Medicare, which replaces and voids no claims"
        yield Hit(claim.clm, 5, 3, message)


RULES: tuple[type[Rule], ...] = (MedicareFrequency,)
