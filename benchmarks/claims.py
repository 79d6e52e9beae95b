"""Writes claims of a subscriber or patient, segment by segment, as text with the delimiters *:~.

Every claim satisfies the whole rule catalogue: what its parts must agree on is decided before the
first segment is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from benchmarks import values
from benchmarks.population import DAYS, SENT, Population, address, mbi

A4306 = "A4306"
_KINSHIP = ("19", "19", "01", "G8")
_FILINGS = [
    filing
    for filing, weight in (
        *(("CI", 40), ("BL", 20), ("MB", 18), ("MC", 9)),
        *(("HM", 5), ("16", 4), ("12", 4)),
    )
    for _ in range(weight)
]
_DRUGS = ("ROPIVACAINE 0.2 PCT", "BUPIVACAINE 0.125 PCT", "BUPIVACAINE 0.25 PCT")
_NOTES = (
    "RECORDS HELD AT THE PRACTICE CHART",
    "SERVICE REPEATED AFTER REVIEW CASE",
    "PATIENT SEEN WITH INTERPRETER VISIT",
    "SUPPLIES DELIVERED BY OWN DRIVER RUN",
)
_TRANSMISSIONS = ("BM", "FX", "EL")
_REPORTS = ("B3", "OB", "OZ", "M1", "PY", "P5")
_LINE_MODIFIERS = ("59", "RT", "LT", "76", "XS", "GP", "51")
_WHOLE_DOLLARS = 0.45


@dataclass(slots=True)
class _Line:
    """A service line that is decided but not written: amounts are in cents."""

    number: int
    procedure: str
    charge: int
    units: int
    pointers: str


@dataclass(slots=True)
class Coverage:
    """What the claims of one subscriber share.

    filing -- claim filing indicator of the destination payer (SBR09)
    home   -- whether the services are supplies and equipment sent to the patient's home
    second -- whether the destination payer pays after another one
    """

    filing: str
    home: bool
    second: bool
    dependent: bool
    payer: tuple[str, str]


def money(cents: int) -> str:
    """An amount as X12 writes it, without zeros that say nothing."""
    return str(cents // 100) if cents % 100 == 0 else f"{cents / 100:.2f}".rstrip("0")


class ClaimWriter:
    """Draws claims from a population; each call appends the segments of one part to a list."""

    def __init__(self, population: Population, first_claim: int) -> None:
        self.people = population
        self.rng = population.rng
        self.number = first_claim
        self._drugs = frozenset(values.DRUGS)
        self._visits = frozenset(values.VISITS)
        self._office = values.VISITS + values.PROCEDURES + values.DRUGS
        self._home = values.SUPPLIES + values.EQUIPMENT

    def coverage(self) -> Coverage:
        random, people = self.rng.random, self.people
        filing = _FILINGS[int(random() * len(_FILINGS))]
        home = random() < 0.15
        if filing == "MB":
            payers = people.dme if home else people.part_b
        else:
            payers = people.payers[filing]
        return Coverage(
            filing=filing,
            home=home,
            second=random() < 0.05,
            dependent=filing not in ("MB", "MC", "16") and random() < 0.2,
            payer=payers[int(random() * len(payers))],
        )

    def subscriber(self, cover: Coverage, add: list[str]) -> None:
        """Loops 2010BA and 2010BB with the SBR before them."""
        rng, random, people = self.rng, self.rng.random, self.people
        order = "S" if cover.second else "P"
        relation = "" if cover.dependent else "18"
        group = "" if cover.filing == "MB" or random() < 0.4 else f"G{int(random() * 10**6):06}"
        # Medicare that pays second says why: working aged, or disabled under a large plan.
        reason = ("12" if random() < 0.8 else "43") if cover.filing == "MB" and cover.second else ""
        add.append(f"SBR*{order}*{relation}*{group}**{reason}****{cover.filing}")
        surnames, given = people.surnames, people.given
        surname = surnames[int(random() * len(surnames))]
        middle = "ABCDEFGHJKLM"[int(random() * 12)] if random() < 0.4 else ""
        member = mbi(rng) if cover.filing == "MB" else self._member()
        first = given[int(random() * len(given))]
        add.append(f"NM1*IL*1*{surname}*{first}*{middle}***MI*{member}")
        if not cover.dependent:
            self._where_and_when_born(add, 1932 if cover.filing in ("MB", "16") else 1950)
        add.append(f"NM1*PR*2*{cover.payer[0]}*****PI*{cover.payer[1]}")

    def patient(self, add: list[str]) -> None:
        """Loop 2000C without its HL: a patient who is not the subscriber."""
        random, people = self.rng.random, self.people
        surname = people.surnames[int(random() * len(people.surnames))]
        add.append(f"PAT*{_KINSHIP[int(random() * len(_KINSHIP))]}")
        add.append(f"NM1*QC*1*{surname}*{people.given[int(random() * len(people.given))]}")
        self._where_and_when_born(add, 1985)

    def claim(self, cover: Coverage, add: list[str]) -> None:
        """Loop 2300 with everything below it."""
        random, people = self.rng.random, self.people
        self.number += 1
        claim_id = f"C{self.number}"
        infusion = cover.home and random() < 0.36
        medicare = cover.filing == "MB"
        day = 12 + int(random() * (SENT - 24))
        lines, diagnoses = self._decide(cover, infusion)
        total = sum(line.charge for line in lines)
        if cover.home:
            place = values.HOME
        elif random() < 0.65:
            place = values.OFFICE_PLACES[int(random() * len(values.OFFICE_PLACES))]
        else:
            place = values.FACILITY_PLACES[int(random() * len(values.FACILITY_PLACES))]
        frequency = "7" if not medicare and random() < 0.02 else "1"
        signature = "*P" if random() < 0.3 else ""
        add.append(f"CLM*{claim_id}*{money(total)}***{place}:B:{frequency}*Y*A*Y*Y{signature}")
        codes = [line.procedure[:5] for line in lines if medicare]
        self._claim_references(add, cover, claim_id, day, place, frequency, infusion, codes)
        add.append(diagnoses)
        refers = any(segment.startswith("REF*9F*") for segment in add[-12:])
        if refers or (not cover.home and random() < 0.42):
            add.append(people.referring[int(random() * len(people.referring))])
        if not cover.home and random() < 0.9:
            add.extend(people.rendering[int(random() * len(people.rendering))])
        if place in values.FACILITY_PLACES and random() < 0.8:
            add.extend(people.facilities[int(random() * len(people.facilities))])
        paid: list[int] = []
        other = ""
        if cover.second or random() < 0.04:
            other, paid = self._other_payer(add, cover, lines, total, day)
        when = f"D8*{DAYS[day]}"
        if random() < 0.1:
            when = f"RD8*{DAYS[day]}-{DAYS[day + 1 + int(random() * 8)]}"
        for line in lines:
            self._service_line(add, line, claim_id, when, cover, infusion)
            if paid:
                self._adjudicated(add, line, paid[line.number - 1], other, day)

    def _decide(self, cover: Coverage, infusion: bool) -> tuple[list[_Line], str]:
        """The service lines and the HI segment: codes all differ within a claim."""
        random = self.rng.random
        diagnoses, codes = self.people.diagnoses, self._home if cover.home else self._office
        count = min(8, 1 + int(-1.7 * log(1 - random())))
        at = int(random() * len(diagnoses))
        text = f"HI*ABK:{diagnoses[at]}"
        if infusion:
            pain = values.PAIN_DIAGNOSES
            text = f"HI*ABK:{pain[int(random() * len(pain))]}"
        for _ in range(count - 1):
            at = (at + 1 + int(random() * 50)) % len(diagnoses)
            text += f"*ABF:{diagnoses[at]}"
        lines: list[_Line] = []
        at = int(random() * len(codes))
        for number in range(1, 2 + min(8, int(-2.45 * log(1 - random())))):
            pointers = "1"
            if count > 1 and random() < 0.5:
                pointers = ":".join("1234"[: 2 + int(random() * (min(count, 4) - 1))])
            if infusion and number == 1:
                lines.append(self._infusion_line(cover, pointers))
                continue
            at = (at + 1 + int(random() * 9)) % len(codes)
            code = codes[at]
            charge = int(2500 * 60 ** random())
            if random() < _WHOLE_DOLLARS:
                charge -= charge % 100
            units = 1 if random() < 0.75 else 2 + int(random() * 10)
            lines.append(_Line(number, self._procedure(code, cover), charge, units, pointers))
        return lines, text

    def _infusion_line(self, cover: Coverage, pointers: str) -> _Line:
        random = self.rng.random
        if cover.filing == "MB":
            modifiers = ":GY" if random() < 0.6 else ":GX:GY"
        else:
            modifiers = ":SC" if random() < 0.3 else ""
        charge = 33000 + int(random() * 30000)
        return _Line(1, A4306 + modifiers, charge, 1 if random() < 0.85 else 2, pointers)

    def _procedure(self, code: str, cover: Coverage) -> str:
        """SV101 without its qualifier: a code, with a modifier where the code takes one."""
        random = self.rng.random
        if code[0] == "E":
            return f"{code}:NU"
        if code in self._visits:
            return f"{code}:25" if random() < 0.3 else code
        if code in self._drugs:
            return f"{code}:JZ" if cover.filing == "MB" else code
        if cover.home or random() < 0.72:
            return code
        return f"{code}:{_LINE_MODIFIERS[int(random() * len(_LINE_MODIFIERS))]}"

    def _claim_references(
        self,
        add: list[str],
        cover: Coverage,
        claim_id: str,
        day: int,
        place: str,
        frequency: str,
        infusion: bool,
        codes: list[str],
    ) -> None:
        """What is between CLM and HI: dates, paperwork, amounts, numbers and a note.

        For some of the codes Medicare wants a laboratory's or a mammography site's number.
        """
        random = self.rng.random
        if random() < 0.1:
            add.append(f"DTP*431*D8*{DAYS[day - int(random() * 12)]}")
        if place == "21":
            add.append(f"DTP*435*D8*{DAYS[day - int(random() * 3)]}")
        if random() < (0.6 if infusion else 0.04):
            add.append(self._paperwork(cover, f"{claim_id}D"))
        if random() < 0.04:
            add.append(f"AMT*F5*{money(1000 + int(random() * 4000))}")
        if random() < 0.03:
            add.append(f"REF*9F*RF{int(random() * 10**8):08}")
        if (infusion and cover.filing != "MB") or random() < 0.1:
            add.append(f"REF*G1*PA{int(random() * 10**9):09}")
        if frequency == "7":
            add.append(f"REF*F8*{int(random() * 10**11):011}")
        if random() < 0.75:
            add.append(f"REF*D9*{int(random() * 10**17):017}")
        if any("80047" <= code <= "89398" for code in codes):
            add.append(f"REF*X4*{int(random() * 100):02}D{int(random() * 10**7):07}")
        if any("77065" <= code <= "77067" for code in codes):
            add.append(f"REF*EW*{int(random() * 10**6):06}")
        if random() < 0.12:
            add.append(f"REF*EA*MR{int(random() * 10**7):07}")
        if not infusion and random() < 0.05:
            note = _NOTES[int(random() * len(_NOTES))]
            add.append(f"NTE*ADD*{note} {1 + int(random() * 9999)}")

    def _other_payer(
        self, add: list[str], cover: Coverage, lines: list[_Line], total: int, day: int
    ) -> tuple[str, list[int]]:
        """Loop 2320 with 2330A and 2330B: the payer's identifier, and what it paid for each line.

        The second part is empty where it paid for the claim as a whole, or has not judged it yet.
        """
        rng, random, people = self.rng, self.rng.random, self.people
        name, payer = people.others[int(random() * len(people.others))]
        filing = "CI"
        if cover.second and cover.filing in ("CI", "BL") and random() < 0.3:
            name, payer = people.part_b[int(random() * len(people.part_b))]
            filing = "MB"
        order = "P" if cover.second else "S"
        group = "" if filing == "MB" else f"G{int(random() * 10**6):06}"
        add.append(f"SBR*{order}*18*{group}******{filing}")
        by_line: list[int] = []
        whole = cover.second and random() < 0.5
        if cover.second and not whole:
            by_line = [line.charge * (3 + int(random() * 6)) // 10 for line in lines]
            add.append(f"AMT*D*{money(sum(by_line))}")
        elif whole:
            share = total * (3 + int(random() * 5)) // 10
            copay = min(2000, total - share)
            if copay:
                add.append(f"CAS*PR*3*{money(copay)}")
            if total - share - copay:
                add.append(f"CAS*CO*45*{money(total - share - copay)}")
            add.append(f"AMT*D*{money(share)}")
        add.append("OI***Y***Y")
        surname = people.surnames[int(random() * len(people.surnames))]
        member = mbi(rng) if filing == "MB" else self._member()
        first = people.given[int(random() * len(people.given))]
        add.append(f"NM1*IL*1*{surname}*{first}****MI*{member}")
        add.append(f"NM1*PR*2*{name}*****PI*{payer}")
        if whole:
            add.append(f"DTP*573*D8*{DAYS[day + 8 + int(random() * 4)]}")
        return payer, by_line

    def _service_line(
        self,
        add: list[str],
        line: _Line,
        claim_id: str,
        when: str,
        cover: Coverage,
        infusion: bool,
    ) -> None:
        """Loop 2400 without what another payer said of the line."""
        random, people = self.rng.random, self.people
        add.append(f"LX*{line.number}")
        add.append(
            f"SV1*HC:{line.procedure}*{money(line.charge)}*UN*{line.units}***{line.pointers}"
        )
        pump = infusion and line.number == 1
        if pump and random() < 0.4:
            add.append(self._paperwork(cover, f"{claim_id}L{line.number}"))
        add.append(f"DTP*472*{when}")
        if pump or random() < 0.75:
            add.append(f"REF*6R*{claim_id}{line.number:02}")
        if pump:
            drug = _DRUGS[int(random() * 3)]
            rate, hours = 2 + int(random() * 9), 24 + int(random() * 73)
            add.append(f"NTE*ADD*{drug} {rate} ML/HR {hours} HR PER ORDER, TRIAL IN RECORD")
            add.append(people.ordering[int(random() * len(people.ordering))])
        elif line.procedure[:5] in self._drugs:
            add.append(f"LIN**N4*{int(random() * 10**11):011}")
            add.append(f"CTP****{1 + int(random() * 40)}*{'ML' if random() < 0.7 else 'UN'}")
        elif not cover.home and random() < 0.03:
            add.extend(people.rendering[int(random() * len(people.rendering))])
        if cover.home and not pump:
            add.append(people.ordering[int(random() * len(people.ordering))])

    def _adjudicated(self, add: list[str], line: _Line, paid: int, payer: str, day: int) -> None:
        """Loop 2430: what the other payer paid for a line, and why not all of it."""
        add.append(f"SVD*{payer}*{money(paid)}*HC:{line.procedure}**{line.units}")
        if line.charge > paid:
            add.append(f"CAS*CO*45*{money(line.charge - paid)}")
        add.append(f"DTP*573*D8*{DAYS[day + 10]}")

    def _paperwork(self, cover: Coverage, control_number: str) -> str:
        """PWK: on request to some, otherwise under a number that no other claim has."""
        random = self.rng.random
        report = _REPORTS[int(random() * len(_REPORTS))]
        if cover.filing != "MB" and random() < 0.1:
            return f"PWK*{report}*AA"
        ways = 2 if cover.filing == "MB" else 3
        return f"PWK*{report}*{_TRANSMISSIONS[int(random() * ways)]}***AC*{control_number}"

    def _member(self) -> str:
        random = self.rng.random
        return f"{'WXYZ'[int(random() * 4)]}{int(random() * 10**9):09}"

    def _where_and_when_born(self, add: list[str], from_year: int) -> None:
        """N3, N4 and DMG of whoever is the patient."""
        random, people = self.rng.random, self.people
        add.append(address(self.rng))
        city = people.cities[int(random() * len(people.cities))]
        add.append(city + people.zip4() if random() < 0.3 else city)
        year, month = from_year + int(random() * 28), 1 + int(random() * 12)
        born = f"{year}{month:02}{1 + int(random() * 28):02}"
        add.append(f"DMG*D8*{born}*{'FM'[int(random() * 2)]}")
