"""What a run is about: the day, the rule packs, and what each claim's payer wants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from edi_lint.claims import Claim
from edi_lint.findings import Severity
from edi_lint.packs import Pack
from edi_lint.packs.profiles import MEDICARE, NO_PROFILE, PayerTexts, Profile, Profiles


class Run:
    """What rules may ask that does not stand in the claim.

    `as_of` is the day against which dates are judged; None: each transaction set's own BHT04.
    `packs` are by procedure code.
    """

    def __init__(
        self, packs: Mapping[str, Pack], profiles: Profiles, as_of: date | None = None
    ) -> None:
        self.packs = packs
        self.profiles = profiles
        self.as_of = as_of
        self._latest: tuple[Claim | None, Profile] = (None, NO_PROFILE)

    def profile(self, claim: Claim) -> Profile:
        """The payer profile that a claim is judged by."""
        if self._latest[0] is not claim:
            self._latest = (claim, self.profiles.of(claim))
        return self._latest[1]

    def graded(self, code: str, severity: Severity | None, claim: Claim) -> Severity | None:
        """The severity that a rule has for a claim's payer; None where nothing is to be said.

        `severity` is the one where the payer's profile says nothing of the rule.
        """
        if code not in self.profiles.graded:
            return severity
        said = self.profile(claim).severities
        if code not in said:
            return severity
        name = said[code]
        return Severity(name) if name else None

    def is_medicare(self, claim: Claim) -> bool:
        """Whether the destination payer is Medicare fee-for-service."""
        said = self.profile(claim).medicare
        return self.profiles.filing(PayerTexts.of(claim)) == MEDICARE if said is None else said

    def sent(self, claim: Claim) -> date | None:
        """The day on which the claim was sent, for rules about dates: none reads the clock."""
        return self.as_of or claim.created
