"""Payer profiles: which claims they are for, and what their payers want.

A profile is data (`*.profile.yaml`, described by `schemas/profile.schema.json`): built-in ones ship
with the package, a user's own stand before them. Everything in it that can lead to a finding
carries a citation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import NamedTuple

from edi_lint.claims import Claim

MEDICARE = "MB"
"""SBR09 of the destination payer: Medicare Part B, fee-for-service (RULES: Medicare Advantage
sends 16, HM or CI and is not Medicare)."""


class Match(NamedTuple):
    """Which claims a profile is for: all that is given must hold, of several values one.

    `payer_names` are patterns with * and ?, compared without regard to case; `first` and `last`
    bound the claim's first date of service, both included.
    """

    filing_indicators: frozenset[str] = frozenset()
    payer_ids: frozenset[str] = frozenset()
    payer_names: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None

    @property
    def particulars(self) -> int:
        """How particular it is: a payer's id counts more than its name, that more than the rest."""
        return (
            8 * bool(self.payer_ids)
            + 4 * bool(self.payer_names)
            + 2 * bool(self.filing_indicators)
            + bool(self.first or self.last)
        )

    def takes(self, claim: Claim) -> bool:
        """Whether a claim is one of these."""
        payer = claim.payer
        if self.filing_indicators and payer.filing_indicator not in self.filing_indicators:
            return False
        if self.payer_ids and payer.id not in self.payer_ids:
            return False
        name = payer.name.upper()
        if self.payer_names and not any(fnmatchcase(name, p.upper()) for p in self.payer_names):
            return False
        if self.first is None and self.last is None:
            return True
        day = first_day(claim)
        if day is None:
            return False
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class Listed(NamedTuple):
    """Values that a payer takes, and where it says so."""

    values: frozenset[str]
    citation: str


class Limit(NamedTuple):
    """A number that a payer sets, and where it says so."""

    number: Decimal
    citation: str


class Policy(NamedTuple):
    """What a payer's policy says of a procedure code.

    `verdict` is covered, never, review or empty, `reason` its words for it. `authorization` says
    where prior authorization (REF*G1) is demanded; empty where it is not.
    """

    verdict: str = ""
    reason: str = ""
    citation: str = ""
    authorization: str = ""
    units_per_day: Limit | None = None
    suppliers: Listed | None = None
    """NPIs of the billing providers that the payer takes for the code."""
    report_types: Listed | None = None
    """PWK01 that the payer takes for the code."""


class Filing(NamedTuple):
    """How long after the service a claim may be sent: months, or days where `months` is 0."""

    months: int
    days: int
    citation: str


class Profile(NamedTuple):
    """What the payers of some claims want.

    `medicare` says whether they are Medicare fee-for-service; None: SBR09 does. `severities` maps
    a rule's code to the severity it has for these payers, None for silence. `overflow` says what
    the note lists beside modifier 99 or KB: `rest` (those that found no room) or `all`.
    """

    name: str
    title: str
    match: Match = Match()
    medicare: bool | None = None
    severities: Mapping[str, str | None] = {}
    policies: Mapping[str, Policy] = {}
    transmissions: Listed | None = None
    """PWK02 that the payer takes."""
    frequencies: Listed | None = None
    """CLM05-3 that the payer takes."""
    filing: Filing | None = None
    overflow: str = "rest"
    sources: tuple[str, ...] = ()


NO_PROFILE = Profile("none", "No profile is for this claim")


class Profiles:
    """The profiles of a run: the user's, then the built-in ones."""

    def __init__(self, users: Sequence[Profile], built_in: Sequence[Profile]) -> None:
        self._ordered = (*_particular_first(users), *_particular_first(built_in))
        self._forced: Profile | None = None

    @property
    def all(self) -> tuple[Profile, ...]:
        """Every profile that some claim might get."""
        return (self._forced,) if self._forced else self._ordered

    def force(self, name: str) -> None:
        """Use one profile for every claim. Raises KeyError where none has the name."""
        self._forced = {p.name: p for p in reversed(self._ordered)}[name]

    def of(self, claim: Claim) -> Profile:
        """The profile for a claim; `NO_PROFILE` where none is for it."""
        if self._forced is not None:
            return self._forced
        return next((p for p in self._ordered if p.match.takes(claim)), NO_PROFILE)


def first_day(claim: Claim) -> date | None:
    """A claim's first date of service (DTP 472 of its lines)."""
    days = (line.service_dates.first for line in claim.lines)
    return min((day for day in days if day is not None), default=None)


def _particular_first(profiles: Sequence[Profile]) -> list[Profile]:
    return sorted(profiles, key=lambda p: -p.match.particulars)
