"""Payer profiles: which claims they are for, and what their payers want.

A profile is data (`*.profile.yaml`, described by `schemas/profile.schema.json`): built-in ones ship
with the package, a user's own stand before them. Everything in it that can lead to a finding
carries a citation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import cache
from typing import NamedTuple

from edi_lint.claims import Claim
from edi_lint.codes.patterns import mbi_fault
from edi_lint.codes.workdays import next_workday
from edi_lint.grammar import grammar_for

MEDICARE = "MB"
"""SBR09 of the destination payer: Medicare Part B, fee-for-service (RULES: Medicare Advantage
sends 16, HM or CI and is not Medicare)."""

NAMES_MEDICARE = re.compile(r"\bMEDICARE\b", re.ASCII)
NAMES_ANOTHER = re.compile(r"\b(?:ADVANTAGE|HMO|PPO|PLANS?|SUPPLEMENT(?:S|AL|ARY)?)\b", re.ASCII)
"""What a payer's name says that sells plans beside Medicare, or in its place."""


@cache
def _filing_indicators() -> frozenset[str]:
    """The guide's claim filing indicators (SBR09)."""
    grammar = grammar_for("005010X222A1")
    assert grammar is not None
    nodes = (node for node in grammar.segment_nodes() if node.tag == "SBR")
    return next(node.spec.elements[8].codes for node in nodes) or frozenset()


def stated_filing(text: str) -> str:
    """The claim filing indicator that SBR09 states, spaces and lower case forgiven; empty for none.

    What is in no list of the guide states none.
    """
    if text in _filing_indicators():
        return text
    plain = "".join(c for c in text.upper() if c.isalnum())
    return plain if plain in _filing_indicators() else ""


def says_medicare(name: str) -> bool:
    """Whether a payer's name says that it is Medicare, and not a plan in its place or beside it."""
    upper = name.upper()
    return bool(NAMES_MEDICARE.search(upper)) and not NAMES_ANOTHER.search(upper)


class PayerTexts(NamedTuple):
    """By what the destination payer of a claim is known, as the claim has it.

    `stated` is SBR09, `id` and `name` are NM109 and NM103 of 2010BB; of the member id (NM109 of
    2010BA) it is enough to know its shape (`codes.patterns.MEMBER`).
    """

    stated: str
    id: str
    name: str
    member: str

    @classmethod
    def of(cls, claim: Claim) -> PayerTexts:
        payer = claim.payer
        person = claim.subscriber.person if claim.subscriber else None
        member = person.member_id if person else ""
        return cls(payer.filing_indicator, payer.id, payer.name, member)


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

    def takes(self, payer: PayerTexts, filing: str, day: date | None) -> bool:
        """Whether a claim is one of these: its payer, the claim filing indicator that it is judged
        by, and its first date of service.
        """
        if self.filing_indicators and filing not in self.filing_indicators:
            return False
        if self.payer_ids and payer.id not in self.payer_ids:
            return False
        name = payer.name.upper()
        if self.payer_names and not any(fnmatchcase(name, p.upper()) for p in self.payer_names):
            return False
        if self.first is None and self.last is None:
            return True
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


class Elsewhere(NamedTuple):
    """Places of service whose lines are for `payer` instead, and where that is said."""

    places: frozenset[str]
    payer: str
    citation: str


class Use(NamedTuple):
    """What in a claim tells of the use that a policy is about: diagnoses, words of its notes."""

    diagnoses: frozenset[str]
    words: tuple[str, ...]


class Policy(NamedTuple):
    """What a payer's policy says of a procedure code.

    `verdict` is covered, never, review or empty; `reason` says what the policy is about and what
    it finds; `use` tells that the line is for it (None: every line is). `authorization` says where
    prior authorization (REF*G1) is demanded; empty where it is not.
    """

    verdict: str = ""
    reason: str = ""
    citation: str = ""
    authorization: str = ""
    elsewhere: Elsewhere | None = None
    units_per_day: Limit | None = None
    suppliers: Listed | None = None
    """NPIs of the billing providers that the payer takes for the code."""
    report_types: Listed | None = None
    """PWK01 that the payer takes for the code."""
    use: Use | None = None


class Filing(NamedTuple):
    """How long after the service a claim may be sent: months, or days where `months` is 0.

    `rolls` says whether a last day on a weekend or federal holiday becomes the next workday.
    """

    months: int
    days: int
    rolls: bool
    citation: str

    def last_day(self, service: date) -> date:
        """The last day on which a claim for a service of that day may be sent.

        Some months on it is the day of the same number, or the last of a shorter month.
        """
        if service.year > _LAST_YEAR:
            return date.max
        if self.months:
            last = _months_later(service, self.months)
        else:
            last = service + timedelta(days=self.days)
        return next_workday(last) if self.rolls else last

    def __str__(self) -> str:
        return f"{self.months} months" if self.months else f"{self.days} days"


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    following = divmod(day.month + months, 12)
    end = date(day.year + following[0], following[1] + 1, 1) - timedelta(days=1)
    return date(day.year + years, month + 1, min(day.day, end.day))


_LAST_YEAR = 9900
"""A later date of service is none; the calendar ends soon after."""


class PayerRoute(NamedTuple):
    """Which way a claim takes after a 277CA of these categories (STC01-1), by this citation."""

    categories: frozenset[str]
    route: str
    citation: str


class Profile(NamedTuple):
    """What the payers of some claims want: those that one of its `matches` takes.

    `medicare` says whether they are Medicare fee-for-service; None: SBR09 does. `severities` maps
    a rule's code to the severity it has for these payers, None for silence; `policies` are by
    procedure code. `overflow` says what the note lists beside modifier 99 or KB: `rest` (those
    that found no room) or `all`.
    """

    name: str
    title: str
    matches: tuple[Match, ...] = (Match(),)
    medicare: bool | None = None
    severities: Mapping[str, str | None] = {}
    policies: Mapping[str, Policy] = {}
    transmissions: Listed | None = None
    """PWK02 that the payer takes."""
    frequencies: Listed | None = None
    """CLM05-3 that the payer takes."""
    filing: Filing | None = None
    routes: tuple[PayerRoute, ...] = ()
    """Before those of `edi_lint.tracing.routes`; the first that fits counts."""
    overflow: str = "rest"
    sources: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Files of situations for these payers' claims, beside the profile's own file."""


NO_PROFILE = Profile("none", "No profile is for this claim")


class Profiles:
    """The profiles of a run: the user's, then the built-in ones, the particular ones first.

    A profile of the user's takes the place of the built-in one with its name. Where one is
    `forced`, it is the only one, for every claim. `all` are those that some claim might get,
    `graded` the codes of rules whose severity one of them sets. `is_dated` says whether the dates
    of service decide too.
    """

    def __init__(
        self,
        users: Sequence[Profile],
        built_in: Sequence[Profile],
        forced: Profile | None = None,
    ) -> None:
        names = {p.name for p in users}
        others = [p for p in built_in if p.name not in names]
        ordered = (*_particular_first(users), *_particular_first(others))
        self._forced = forced
        self._ordered = ordered
        self.all = (forced,) if forced else tuple({p.name: p for _, p in ordered}.values())
        self.graded = frozenset(code for p in self.all for code in p.severities)
        self.is_dated = any(match.first or match.last for match, _ in ordered)
        self._medicare_ids = frozenset(
            id_ for match, profile in ordered if profile.medicare for id_ in match.payer_ids
        )
        self._known: dict[tuple[str, str, str], Profile] = {}
        """By what a match looks at in the payer; dates of service differ from claim to claim."""

    def is_medicare_id(self, id_: str) -> bool:
        """Whether a payer's id (NM109) is that of a contractor of Medicare's."""
        return id_ in self._medicare_ids

    def filing(self, payer: PayerTexts) -> str:
        """The claim filing indicator that a claim is judged by; empty where it is not known.

        SBR09 decides. Where it states none, a payer is Medicare that has the id of one of its
        contractors, or that is called so while the member id has the form of Medicare's.
        """
        stated = stated_filing(payer.stated)
        if stated:
            return stated
        return MEDICARE if self.is_medicare_id(payer.id) or _is_named_medicare(payer) else ""

    def for_filing(self, text: str) -> Collection[Profile]:
        """The profiles that a claim with this text in SBR09 might get."""
        if self._forced:
            return self.all
        filings = _possible_filings(text)
        return {
            profile.name: profile
            for match, profile in self._ordered
            if not match.filing_indicators or filings & match.filing_indicators
        }.values()

    def is_medicare(self, text: str) -> set[bool]:
        """What may be said of claims with this text in SBR09: that they are Medicare's, or not."""
        by_filing = {filing == MEDICARE for filing in _possible_filings(text)}
        profiles = self.for_filing(text)
        said = {p.medicare for p in profiles if p.medicare is not None}
        decided = self._forced is not None and self._forced.medicare is not None
        return said if decided else said | by_filing

    def of(self, claim: Claim) -> Profile:
        """The profile for a claim; `NO_PROFILE` where none is for it."""
        if self._forced is not None:
            return self._forced
        return self.of_payer(PayerTexts.of(claim), first_day(claim) if self.is_dated else None)

    def of_payer(self, payer: PayerTexts, day: date | None) -> Profile:
        """The profile for claims of a payer with a first date of service.

        The day decides only where profiles are dated.
        """
        if self._forced is not None:
            return self._forced
        filing = self.filing(payer)
        key = (filing, payer.id, payer.name)
        found = self._known.get(key)
        if found is None:
            taking = (p for match, p in self._ordered if match.takes(payer, filing, day))
            found = next(taking, NO_PROFILE)
            if not self.is_dated and len(self._known) < _REMEMBERED:
                self._known[key] = found
        return found

    def is_medicare_payer(self, payer: PayerTexts, day: date | None) -> bool:
        """Whether the payer of such claims is Medicare fee-for-service."""
        said = self.of_payer(payer, day).medicare
        return self.filing(payer) == MEDICARE if said is None else said


_REMEMBERED = 10_000


def first_day(claim: Claim) -> date | None:
    """A claim's first date of service (DTP 472 of its lines)."""
    days = (line.service_dates.first for line in claim.lines)
    return min((day for day in days if day is not None), default=None)


def _particular_first(profiles: Sequence[Profile]) -> list[tuple[Match, Profile]]:
    """Each match with its profile, the particular ones first."""
    pairs = [(match, profile) for profile in profiles for match in profile.matches]
    return sorted(pairs, key=lambda pair: -pair[0].particulars)


def _possible_filings(text: str) -> frozenset[str]:
    """The indicators that a claim with this text in SBR09 may be judged by."""
    stated = stated_filing(text)
    return frozenset({stated} if stated else {"", MEDICARE})


def _is_named_medicare(payer: PayerTexts) -> bool:
    """Whether the payer is called Medicare while the member id has the form of Medicare's."""
    if not payer.member or not says_medicare(payer.name):
        return False
    return mbi_fault(payer.member.strip().upper()) is None
