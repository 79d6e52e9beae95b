"""Writes sound claims with an A4306 line to six kinds of payer, as they occur in practice.

`python -m benchmarks.sound OUT --claims 10000` writes them; what edi-lint says of such a file is
noise. Each claim is complete for its payer: who is insured, what was ordered, who pays first. The
claims are independent of `benchmarks.claims`, which has other shapes and fewer of these lines.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from benchmarks.claims import money
from benchmarks.population import DAYS, SENT, Population, address, mbi

KINDS = ("medicare-dme", "medicare-part-b", "medicaid", "commercial", "tricare", "workers")
_FILING = {
    "medicare-dme": ("MB",),
    "medicare-part-b": ("MB",),
    "medicaid": ("MC",),
    "commercial": ("CI", "BL", "HM", "12", "14", "15"),
    "tricare": ("CH",),
    "workers": ("WC",),
}
_DME = (
    ("DME MAC A", "16013"),
    ("DME MAC B", "17013"),
    ("DME MAC C", "18003"),
    ("DME MAC D", "19003"),
)
_BESIDE_AT_HOME = ("A4245", "A4927", "A6257", "A6402", "A4452", "A4455")
_DRUGS = ("J2795", "J0665", "J3490")
_SURGERY = ("64416", "64448", "64450", "29827", "27447")
_NOTES = (
    "ROPIVACAINE 0.2 PCT {rate} ML/HR FOR {hours} HR PER WRITTEN ORDER",
    "DISPOSABLE PUMP {rate} ML PER HR, {drug}, ORDER ON FILE DATED {day}",
    "ELASTOMERIC SYSTEM {rate}ML/HR X {hours}H. RX {drug}",
    "BUPIVACAINE 0.125 PCT, FLOW {rate} ML/HR, {hours} HOURS, STANDING ORDER ON FILE",
)
_BODY = ("M25511", "M75121", "M1711", "M1712", "S83511A", "S42201A", "M75122", "M7541")


class SoundClaims:
    """Claims drawn one after the other: each call gives the segments from its HL 22 on."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.people = Population(self.rng)
        self.number = seed * 10**6
        self.level = self.parent = 0

    def provider(self) -> list[str]:
        """Loop 2000A with its HL."""
        taxonomy, segments = self.rng.choice(self.people.billing)
        self.level += 1
        self.parent = self.level
        return [f"HL*{self.level}**20*1", *taxonomy, *segments]

    def claim(self, kind: str) -> list[str]:
        rng, people = self.rng, self.people
        self.number += 1
        filing = rng.choice(_FILING[kind])
        medicare, workers = filing == "MB", kind == "workers"
        dependent = workers or (kind in ("commercial", "tricare") and rng.random() < 0.25)
        second = medicare and rng.random() < 0.15
        home = kind == "medicare-dme" or (kind != "medicare-part-b" and rng.random() < 0.75)
        name, payer = self._payer(kind, filing)
        self.level += 1
        add = [f"HL*{self.level}*{self.parent}*22*{int(dependent)}"]
        group = "" if medicare or rng.random() < 0.5 else f"G{rng.randrange(10**6):06}"
        reason = rng.choice(("12", "43")) if second else ""
        order, relation = "S" if second else "P", "" if dependent else "18"
        add.append(f"SBR*{order}*{relation}*{group}**{reason}****{filing}")
        accident = DAYS[5 + rng.randrange(40)]
        if workers:
            add.append(f"NM1*IL*2*{rng.choice(people.surnames)} BUILDERS")
        else:
            add.append(self._insured(mbi(rng) if medicare else self._member()))
        if not dependent:
            add.extend(self._demographics(1930 if medicare else 1955))
        elif not workers and rng.random() < 0.2:
            add.append(f"REF*SY*{rng.randrange(10**8, 7 * 10**8)}")
        add.append(f"NM1*PR*2*{name}*****PI*{payer}")
        if dependent:
            self.level += 1
            add.append(f"HL*{self.level}*{self.level - 1}*23*0")
            add.append(f"PAT*{'20' if workers else rng.choice(('01', '19', 'G8'))}")
            add.append(f"NM1*QC*1*{rng.choice(people.surnames)}*{rng.choice(people.given)}")
            add.extend(self._demographics(1965))
            if workers:
                add.append(f"REF*Y4*WC{rng.randrange(10**9):09}")
        day = 60 + rng.randrange(SENT - 80)
        return add + self._body(kind, home, second, accident if workers else "", day)

    def _body(self, kind: str, home: bool, second: bool, accident: str, day: int) -> list[str]:
        """Loop 2300 with everything below it."""
        rng, people, claim_id = self.rng, self.people, f"S{self.number}"
        medicare = kind.startswith("medicare")
        place = "12" if home else rng.choice(("11", "11", "49"))
        frequency = "7" if not medicare and rng.random() < 0.03 else "1"
        lines = self._lines(kind, home)
        total = sum(charge for _, charge, _ in lines)
        cause = "*EM" if accident else ""
        add = [
            f"CLM*{claim_id}*{money(total)}***{place}:B:{frequency}*Y*A*Y*Y"
            + (f"**{cause[1:]}" if cause else rng.choice(("", "*P")))
        ]
        if accident:
            add.append(f"DTP*439*D8*{accident}")
        if rng.random() < 0.3:
            add.append(self._paperwork(kind, claim_id))
        if kind in ("medicaid", "commercial") and rng.random() < 0.6:
            add.append(f"REF*G1*PA{rng.randrange(10**9):09}")
        if frequency == "7":
            add.append(f"REF*F8*{rng.randrange(10**11):011}")
        if rng.random() < 0.7:
            add.append(f"REF*D9*{rng.randrange(10**15):015}")
        codes = [rng.choice(("G8918", "G8918", "G8911", "G8928")), rng.choice(_BODY)]
        codes += rng.sample(people.diagnoses[:200], rng.randrange(3))
        kinds = ["ABK"] + ["ABF"] * (len(codes) - 1)
        seen = dict.fromkeys(codes)
        add.append("HI*" + "*".join(f"{k}:{c}" for k, c in zip(kinds, seen, strict=False)))
        if not home:
            if rng.random() < 0.4:
                add.append(rng.choice(people.referring))
            add.extend(rng.choice(people.rendering))
        paid: list[int] = []
        first = ""
        if second:
            paid = [charge * rng.randrange(2, 9) // 10 for _, charge, _ in lines]
            title, first = rng.choice(people.others)
            add += [f"SBR*P*18*G{rng.randrange(10**6):06}******CI", f"AMT*D*{money(sum(paid))}"]
            add += ["OI***Y***Y", self._insured(self._member()), f"NM1*PR*2*{title}*****PI*{first}"]
        for number, (procedure, charge, units) in enumerate(lines, 1):
            add.append(f"LX*{number}")
            add.append(
                f"SV1*HC:{procedure}*{money(charge)}*UN*{units}***1{':2' * (rng.random() < 0.5)}"
            )
            add.append(f"DTP*472*D8*{DAYS[day]}")
            if rng.random() < 0.6:
                add.append(f"REF*6R*{claim_id}{number:02}")
            if procedure[:5] == "A4306" and rng.random() < 0.9:
                add.append(f"NTE*ADD*{self._note(day)}")
            if procedure[0] == "J":
                add.append(f"LIN**N4*{rng.randrange(10**11):011}")
                add.append(
                    f"CTP****{rng.choice(('1', '20', '0.5', '100'))}*{rng.choice(('ML', 'UN'))}"
                )
            if home:
                add.append(rng.choice(people.ordering))
            if second:
                add.append(f"SVD*{first}*{money(paid[number - 1])}*HC:{procedure}**{units}")
                add.append(f"CAS*CO*45*{money(charge - paid[number - 1])}")
                add.append(f"DTP*573*D8*{DAYS[day + 14]}")
        return add

    def _lines(self, kind: str, home: bool) -> list[tuple[str, int, int]]:
        """Procedure with modifiers, charge in cents and units of each line."""
        rng = self.rng
        modifiers = {
            "medicare-dme": (":GY", ":GY", ":GX:GY", ":GY"),
            "medicaid": ("", "", ":U1", ":SC"),
        }.get(kind, ("",))
        own = rng.choice(modifiers)
        lines = [(f"A4306{own}", 20000 + rng.randrange(40000), 1)]
        if home:
            for code in rng.sample(_BESIDE_AT_HOME, rng.choice((0, 0, 1, 2))):
                lines.append((code + own[-3:], 500 + rng.randrange(9000), 1 + rng.randrange(8)))
        else:
            lines.append((rng.choice(_SURGERY), 30000 + rng.randrange(10**6), 1))
            if rng.random() < 0.4:
                drug = rng.choice(_DRUGS[:2])
                lines.append(
                    (
                        drug + (":JZ" if kind.startswith("medicare") else ""),
                        900 + rng.randrange(9000),
                        1 + rng.randrange(300),
                    )
                )
        rng.shuffle(lines)
        return lines

    def _payer(self, kind: str, filing: str) -> tuple[str, str]:
        if kind == "medicare-dme":
            return self.rng.choice(_DME)
        if kind == "medicare-part-b":
            return self.rng.choice(self.people.part_b)
        if kind == "tricare":
            return (
                ("TRICARE EAST", "TREST") if self.rng.random() < 0.5 else ("TRICARE WEST", "99726")
            )
        if kind == "workers":
            return "STATE COMPENSATION FUND", f"WC{self.rng.randrange(40):03}"
        return self.rng.choice(self.people.payers.get(filing) or self.people.payers["CI"])

    def _note(self, day: int) -> str:
        rng = self.rng
        ordered = f"{DAYS[day - 3][4:6]}/{DAYS[day - 3][6:]}/{DAYS[day - 3][:4]}"
        text = rng.choice(_NOTES)
        return text.format(
            rate=rng.choice(("2", "4", "5", "8", "10")), hours=rng.choice((48, 60, 72, 96)),
            drug=rng.choice(("ROPIVACAINE 0.2%", "BUPIVACAINE 0.25%")), day=ordered,
        )  # fmt: skip

    def _paperwork(self, kind: str, claim_id: str) -> str:
        way = self.rng.choice(("FX", "BM", "EL"))
        if not kind.startswith("medicare") and self.rng.random() < 0.3:
            return "PWK*OZ*AA"
        return f"PWK*{self.rng.choice(('OZ', 'B3', 'OB', 'M1'))}*{way}***AC*{claim_id}D"

    def _insured(self, member: str) -> str:
        rng, people = self.rng, self.people
        middle = rng.choice(("", "", "J", "M"))
        surname, given = rng.choice(people.surnames), rng.choice(people.given)
        return f"NM1*IL*1*{surname}*{given}*{middle}***MI*{member}"

    def _member(self) -> str:
        return f"{self.rng.choice('WXYZ')}{self.rng.randrange(10**9):09}"

    def _demographics(self, from_year: int) -> Iterator[str]:
        rng, people = self.rng, self.people
        yield address(rng)
        yield rng.choice(people.cities) + (people.zip4() if rng.random() < 0.4 else "")
        born = f"{from_year + rng.randrange(30)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
        yield f"DMG*D8*{born}*{rng.choice('FMFMU')}"


def sound_file(kinds: Sequence[str], claims: int, seed: int = 1) -> bytes:
    """A file of so many claims, to payers of these kinds in turn."""
    drawn, day = SoundClaims(seed), DAYS[SENT]
    guide = "005010X222A1"
    head = [
        "ISA*00*          *00*          *ZZ*HARBORINFUSION *ZZ*CLEARBRIDGE    "
        f"*{day[2:]}*0915*^*00501*{seed:09}*0*T*:",
        f"GS*HC*HARBORINFUSION*CLEARBRIDGE*{day}*0915*{seed}*X*{guide}",
    ]
    body = [
        f"ST*837*0001*{guide}",
        f"BHT*0019*00*SOUND{seed}*{day}*0915*CH",
        "NM1*41*2*HARBOR INFUSION SUPPLY*****46*HIS4420",
        "PER*IC*BILLING OFFICE*TE*6142550142",
        "NM1*40*2*CLEARBRIDGE EXCHANGE*****46*CLRBRG01",
    ]
    for number in range(claims):
        if number % 60 == 0:
            body += drawn.provider()
        body += drawn.claim(kinds[number % len(kinds)])
    body.append(f"SE*{len(body) + 1}*0001")
    end = [f"GE*1*{seed}", f"IEA*1*{seed:09}"]
    return "".join(f"{segment}~" for segment in (*head, *body, *end)).encode("ascii")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sound", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", default=",".join(KINDS))
    given = parser.parse_args(arguments)
    given.out.write_bytes(sound_file(given.kinds.split(","), given.claims, given.seed))


if __name__ == "__main__":
    main()
