"""Which claims of a file a rewriting means, by name, data, findings and procedure codes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from edi_lint.claims import Claim
from edi_lint.findings.masking import Phi, printable, shown_claim
from edi_lint.transform.claim_data import Data, DataRow

MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """Which claims are rewritten and with what data; what is given of these narrows.

    `claims` are names (empty: those in `data`, or every claim where `data` is None). `among` holds
    where claims start, in file order, and no other claim is meant; None for any. `hcpcs` are
    procedure codes of which a line of the claim has one. `values` are fields for one claim, the
    only one chosen; they go before the same fields in `data`. `log` says whether a change log is
    wanted.
    """

    claims: tuple[str, ...] = ()
    among: array[int] | None = None
    hcpcs: tuple[str, ...] = ()
    data: Data | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    log: bool = False


class Choice:
    """Finds out which claims are meant, and remembers what is wrong with how they are named."""

    def __init__(self, plan: Plan, phi: Phi) -> None:
        self.data = plan.data
        self.one_only = bool(plan.values)
        self.phi = phi
        self.claims = plan.claims
        self.among = plan.among
        self.hcpcs = frozenset(plan.hcpcs)
        self.selected = 0
        self.total = 0
        self._named = {name: _Few() for name in plan.claims}
        self._keyed = {name: _Few() for name in plan.data or ()}
        self._used: set[str] = set()
        self._without = _Few()
        self._twice = _Few()

    def rows(self, claim: Claim, place: str) -> tuple[DataRow, ...] | None:
        """The data of a claim that is meant, None where it is not or where it has none.

        `place` is its name as ST02/n.
        """
        self.total += 1
        names = [claim.id, place] if claim.id and claim.id != place else [place]
        for known in (self._named, self._keyed):
            for name in names:
                if name in known:
                    known[name].add(place)
        if self.claims and not any(name in self._named for name in names):
            return None
        if not self._has_what_is_asked(claim):
            return None
        self.selected += 1
        if self.data is None:
            return ()
        keys = [name for name in names if name in self.data]
        if not keys:
            self._without.add(label(claim.id, place, self.phi))
            return None
        if len(keys) > 1:
            self._twice.add(label(claim.id, place, self.phi))
        self._used.update(keys)
        return self.data[keys[0]].rows

    def may_mean(self, rest: Claim, place: str) -> bool:
        """Whether a claim that is too long for one block would be meant for what its rest has.

        `rest` is the view of a further block of it, and `rows` was asked of the first.
        """
        names = (rest.id, place)
        if not self.hcpcs or (self.claims and not any(name in self._named for name in names)):
            return False
        codes = {sv1.value(1, 2) for sv1 in rest.placed("SV1")}
        return self._is_among(rest) and not self.hcpcs.isdisjoint(codes)

    def _has_what_is_asked(self, claim: Claim) -> bool:
        """Whether the findings and the procedures are there that narrow the choice."""
        if not self._is_among(claim):
            return False
        return not self.hcpcs or any(line.code in self.hcpcs for line in claim.lines)

    def _is_among(self, claim: Claim) -> bool:
        """Whether a finding is about the claim, where that is asked."""
        if self.among is None:
            return True
        start = claim.head.block.starts[0]
        at = bisect_left(self.among, start)
        return at < len(self.among) and self.among[at] == start

    def problems(self) -> list[str]:
        """What is wrong with the names, each with what to do about it."""
        problems = []
        if not self.total:
            problems.append("the file contains no 837P claim")
            return problems
        unknown = [
            self._shown(n, "--claims") for n, places in self._named.items() if not places.count
        ]
        problems += [
            f"{name}: no claim in this file has that number" for name in unknown[:MAX_SHOWN]
        ]
        if not self.claims:
            absent = [n for n, places in self._keyed.items() if not places.count]
            problems += [
                f"{self._shown(n)}: no claim in this file has that number"
                for n in absent[:MAX_SHOWN]
            ]
            unknown += absent
        if len(unknown) > MAX_SHOWN:
            problems.append(f"{len(unknown)} numbers in all that no claim in this file has")
        several = {n: p for n, p in self._named.items() if p.count > 1}
        several |= {n: p for n, p in self._keyed.items() if p.count > 1 and n in self._used}
        problems += [self._ambiguous(n, p) for n, p in list(several.items())[:MAX_SHOWN]]
        if self._without.count:
            problems.append(
                f"no data for claim {self._without.joined(', ')}; --claims leaves claims out"
            )
        if self._twice.count:
            problems.append(
                f"data by CLM01 and by ST02/n for claim {self._twice.joined(', ')}: keep one"
            )
        if not self.selected and not problems:
            problems.append(f"no claim is chosen: none {self._asked()}")
        elif self.one_only and self.selected != 1 and not problems:
            problems.append(
                f"--set is for one claim, and {self.selected} are chosen: name one with --claims"
            )
        return problems

    def _asked(self) -> str:
        """What a claim would have to have, in words."""
        codes = ", ".join(printable(code) for code in sorted(self.hcpcs))
        asked = ["has such a finding"] if self.among is not None else []
        asked += [f"has a line with {codes}"] if codes else []
        return " and ".join(asked)

    def _ambiguous(self, name: str, places: _Few) -> str:
        found = f"{self._shown(name)} names {places.count} claims of the file"
        if len(set(places.names)) == len(places.names):
            return f"{found}: name the one that is meant, {places.joined(' or ')}"
        repeated = "ST02 is not unique in the file"
        if all(name == place for place in places.names):
            return f"{found}, for {repeated}: name the one that is meant by CLM01"
        return f"{found}, and ST02/n does not tell them apart, for {repeated}"

    def _shown(self, name: str, option: str = "") -> str:
        """A name that the user gave; with --phi none where it was given."""
        if self.phi is not Phi.NONE:
            return f"claim {printable(name)}"
        if self.data is not None and name in self.data:
            return f"the claim in {self.data[name].where}"
        return f"a claim in {option or '--claims'}"


class _Few:
    """A list of names of which the first are kept and all are counted."""

    __slots__ = ("count", "names")

    def __init__(self) -> None:
        self.count = 0
        self.names: list[str] = []

    def add(self, name: str) -> None:
        self.count += 1
        if self.count <= MAX_SHOWN:
            self.names.append(name)

    def joined(self, between: str) -> str:
        more = f" and {self.count - len(self.names)} more" if self.count > MAX_SHOWN else ""
        return f"{between.join(self.names)}{more}"


def label(claim: str, place: str, phi: Phi) -> str:
    """How messages name a claim of the file."""
    return place if phi is Phi.NONE or not claim else f"{shown_claim(claim)} ({place})"
