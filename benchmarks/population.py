"""The invented people, practices, facilities and payers that claims are drawn from."""

from __future__ import annotations

import datetime as dt
from random import Random

from benchmarks import values

FIRST_DAY = dt.date(2025, 10, 1)
SENT = 254
"""The day of creation (BHT04), counted from FIRST_DAY: every date of service lies before it."""
DAYS = tuple((FIRST_DAY + dt.timedelta(n)).strftime("%Y%m%d") for n in range(SENT + 1))

_MBI_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_NUMERIC = "0123456789"
_EITHER = _NUMERIC + _MBI_LETTERS
_MBI = (
    *("123456789", _MBI_LETTERS, _EITHER, _NUMERIC),
    *(_MBI_LETTERS, _EITHER, _NUMERIC),
    *(_MBI_LETTERS, _MBI_LETTERS, _NUMERIC, _NUMERIC),
)


def npi(rng: Random) -> str:
    """A random national provider identifier with its check digit."""
    digits = f"1{rng.randrange(10**8):08}"
    doubled = sum(sum(divmod(2 * int(d), 10)) for d in digits[::-2])
    plain = sum(int(d) for d in digits[-2::-2])
    return f"{digits}{-(24 + doubled + plain) % 10}"


def mbi(rng: Random) -> str:
    """A random Medicare beneficiary identifier: its form is fixed position by position."""
    return "".join([form[int(rng.random() * len(form))] for form in _MBI])


def address(rng: Random) -> str:
    """An N3 segment."""
    random, streets, kinds = rng.random, values.STREETS, values.STREET_KINDS
    street = streets[int(random() * len(streets))]
    return f"N3*{1 + int(random() * 9998)} {street} {kinds[int(random() * len(kinds))]}"


class Population:
    """Pools of ready segments and parts of segments, the same ones for the same seed."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.surnames = [self._name(2, 3) for _ in range(6000)]
        self.given = [self._name(1, 2) for _ in range(1500)]
        self.cities = [self._city() for _ in range(1200)]
        self.rendering = [self._rendering() for _ in range(1200)]
        self.referring = [f"NM1*DN*1*{self._person()}" for _ in range(800)]
        self.ordering = [f"NM1*DK*1*{self._person()}" for _ in range(800)]
        self.billing = [self._billing() for _ in range(400)]
        self.facilities = [self._facility() for _ in range(300)]
        self.payers = {
            filing: [self._payer(ending, prefix) for _ in range(12)]
            for prefix, (filing, ending) in enumerate(values.PLANS.items(), start=1)
        }
        states = list(values.ZIP_PREFIXES)
        self.part_b = [(f"MEDICARE PART B {s}", f"0{n:04}") for n, s in enumerate(states, 8101)]
        self.dme = [(f"MEDICARE DME MAC {r}", f"1{n:04}") for n, r in enumerate("ABCD", 9003)]
        self.others = [self._payer(" SUPPLEMENTAL", 9) for _ in range(40)]
        self.diagnoses = list(values.DIAGNOSES)
        rng.shuffle(self.diagnoses)

    def zip4(self) -> str:
        return f"{101 + int(self.rng.random() * 9600):04}"

    def _name(self, fewest: int, most: int) -> str:
        return "".join(self.rng.choices(values.SYLLABLES, k=self.rng.randint(fewest, most)))

    def _city(self) -> str:
        rng = self.rng
        state = rng.choice(list(values.ZIP_PREFIXES))
        name = self._name(1, 2) + rng.choice(values.CITY_ENDINGS)
        prefix = rng.choice(values.ZIP_PREFIXES[state])
        return f"N4*{name}*{state}*{prefix}{rng.randrange(1, 100):02}"

    def _person(self) -> str:
        rng = self.rng
        return f"{rng.choice(self.surnames)}*{rng.choice(self.given)}****XX*{npi(rng)}"

    def _rendering(self) -> tuple[str, str]:
        taxonomy = self.rng.choice(values.TAXONOMIES)
        return f"NM1*82*1*{self._person()}", f"PRV*PE*PXC*{taxonomy}"

    def _billing(self) -> tuple[list[str], list[str]]:
        rng = self.rng
        name = self._name(2, 3) + rng.choice(values.PRACTICES)
        provider = [
            f"NM1*85*2*{name}*****XX*{npi(rng)}",
            address(rng),
            rng.choice(self.cities) + self.zip4(),
            f"REF*EI*{rng.randrange(10**8, 10**9)}",
        ]
        if rng.random() < 0.3:
            telephone = f"{rng.randrange(201, 990)}555{rng.randrange(10**4):04}"
            provider.append(f"PER*IC*BILLING OFFICE*TE*{telephone}")
        taxonomy = [f"PRV*BI*PXC*{rng.choice(values.GROUP_TAXONOMIES)}"]
        return taxonomy if rng.random() < 0.6 else [], provider

    def _facility(self) -> tuple[str, str, str]:
        rng = self.rng
        name = self._name(2, 3) + rng.choice(values.FACILITIES)
        city = rng.choice(self.cities) + self.zip4()
        return f"NM1*77*2*{name}*****XX*{npi(rng)}", address(rng), city

    def _payer(self, ending: str, prefix: int) -> tuple[str, str]:
        """Name and identifier; the prefix keeps payers of different kinds apart."""
        return self._name(2, 3) + ending, f"{prefix}{self.rng.randrange(10**4):04}"
