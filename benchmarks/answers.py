"""Writes what receivers might answer to an 837P, and which claim each answer is about.

`python -m benchmarks.answers SENT.837 --out FOLDER` writes a 999 and 277CAs with every damage that
receivers do to claim numbers, and `truth.jsonl`: for each answer its claim's number as answered and
the file offset of its CLM. Nothing of edi-lint's matching is used here, so that it can be measured.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from edi_lint.x12.reader import pieces

REJECTIONS = ("A3:21", "A6:126:IL", "A7:187", "A7:453", "A7:507", "A7:562:82", "A8:306")
ACCEPTED = "A2:20"
FORWARDED = "A1:19"
DAMAGES: dict[str, Callable[[str], str]] = {
    "none": str,
    "cut-20": lambda number: number[:20],
    "cut-17": lambda number: number[:17],
    "upper": str.upper,
    "zeros": lambda number: number.lstrip("0") or number,
}
"""What receivers do to CLM01."""


class SentLine(NamedTuple):
    """A service line: its segment's ordinal in the set, SV101 with colons, SV102 and REF*6R."""

    ordinal: int
    procedure: str
    charge: str
    day: str
    reference: str


@dataclass(slots=True)
class SentSetOfClaims:
    """A set that was sent, by what receivers repeat of it."""

    group: str
    number: str
    reference: str
    sent: str
    segments: int = 0
    claims: list[ClaimOfSet] = field(default_factory=list)


@dataclass(slots=True)
class ClaimOfSet:
    """A claim that was sent: the offset and ordinal of its CLM and what receivers repeat."""

    start: int
    ordinal: int
    number: str
    charge: str
    member: str
    patient: str
    npi: str
    payer: str
    lines: list[SentLine] = field(default_factory=list)


class TrueAnswer(NamedTuple):
    """An answer and the claim that it is about: CLM01 as answered, the offset of its CLM."""

    kind: str
    claim: str
    start: int
    damage: str
    codes: tuple[str, ...]


def sent_sets(data: bytes) -> list[SentSetOfClaims]:
    """The sets of an 837P with their claims, read by tags alone."""
    sets: list[SentSetOfClaims] = []
    group = npi = member = patient = payer = ""
    claim: ClaimOfSet | None = None
    for piece in pieces(data):
        if piece.delimiters is None:
            continue
        element, component = piece.delimiters.texts[:2]
        values = [*piece.raw.decode("latin-1").split(element), *[""] * 10]
        tag = values[0].strip()
        if tag == "GS":
            group = values[6]
        elif tag == "ST":
            sets.append(SentSetOfClaims(group, values[2], "", ""))
        if not sets:
            continue
        sets[-1].segments += 1
        ordinal = sets[-1].segments
        if tag == "BHT":
            sets[-1].reference, sets[-1].sent = values[3], values[4]
        elif tag == "HL":
            claim = None
        elif tag == "NM1" and values[1] == "85":
            npi = values[9]
        elif tag == "NM1" and values[1] == "IL" and claim is None:
            member = values[9]
            patient = values[3]
        elif tag == "NM1" and values[1] == "QC":
            patient = values[3]
        elif tag == "NM1" and values[1] == "PR" and claim is None:
            payer = values[9]
        elif tag == "CLM":
            claim = ClaimOfSet(
                piece.start, ordinal, values[1], values[2], member, patient, npi, payer
            )
            sets[-1].claims.append(claim)
        elif tag == "SV1" and claim:
            procedure = values[1].replace(component, ":")
            claim.lines.append(SentLine(ordinal, procedure, values[2], "", ""))
        elif tag == "DTP" and values[1] == "472" and claim and claim.lines:
            claim.lines[-1] = claim.lines[-1]._replace(day=values[3])
        elif tag == "REF" and values[1] == "6R" and claim and claim.lines:
            claim.lines[-1] = claim.lines[-1]._replace(reference=values[2])
    return sets


_CLM01 = re.compile(rb"(?<=~CLM\*)[^*]*")


def renumbered(data: bytes, seed: int, taken: Sequence[bytes] = ()) -> bytes:
    """An 837P whose CLM01s are as senders write them: long, with zeros first, in mixed case.

    Some share their first 17 or 20 characters, and one in twenty is of `taken`, so that two files
    have claims of one number.
    """
    rng = Random(seed)
    count = 0

    def another(match: re.Match[bytes]) -> bytes:
        nonlocal count
        del match
        count += 1
        if taken and rng.random() < 0.05:
            return rng.choice(taken)
        number = f"{count:05}{rng.randrange(1000):03}"
        forms = (
            f"0000{number}",
            f"acct-{number}",
            f"HI-26-{number}",
            f"PRACTICE-0042-2026-{number}",
        )
        return rng.choice((*forms, f"X{number}")).encode()

    return _CLM01.sub(another, data)


@dataclass(frozen=True)
class AnswerChoices:
    """How a receiver answers: shares of claims from 0 to 1, and what it leaves out."""

    rejected: float = 0.3
    damage: str = "none"
    has_dates: bool = True
    has_member: bool = True
    has_charge: bool = True
    has_references: bool = True
    has_context: bool = True
    has_loop: bool = True
    source: str = "payer"
    days: int = 2


class AnswerWriter:
    """Writes answers to the sets of one file, each in an interchange of its own."""

    def __init__(self, sets: Sequence[SentSetOfClaims], seed: int) -> None:
        self.sets = sets
        self.rng = Random(seed)
        self.interchanges = 0

    def status_of_claims(self, choices: AnswerChoices) -> tuple[bytes, list[TrueAnswer]]:
        """A 277CA: a set for each set that was sent, an answer for each of its claims."""
        day = self._day(choices)
        truth: list[TrueAnswer] = []
        sets = []
        for number, one in enumerate(self.sets, start=1):
            segments = list(self._batch(one, choices, day, truth))
            sets.append(self._set("277", f"{number:04}", "005010X214", segments))
        return self._interchange("HN", "005010X214", sets, day), truth

    def _batch(
        self, one: SentSetOfClaims, choices: AnswerChoices, day: str, truth: list[TrueAnswer]
    ) -> Iterator[str]:
        name = "PR" if choices.source == "payer" else "AY"
        yield f"BHT*0085*08*A{self.rng.randrange(10**6)}*{day}*0915*TH"
        yield from ("HL*1**20*1", f"NM1*{name}*2*SOURCE*****PI*SRC01", "TRN*1*T1")
        yield from (f"DTP*050*D8*{day}", f"DTP*009*D8*{day}")
        yield from ("HL*2*1*21*1", "NM1*41*2*SUBMITTER*****46*SUB01", f"TRN*2*{one.reference}")
        yield f"STC*A1:19:PR*{day}*WQ*0"
        level, npi = 2, None
        parent = 0
        for claim in one.claims:
            if claim.npi != npi:
                level, npi = level + 1, claim.npi
                parent = level
                yield from (f"HL*{level}*2*19*1", f"NM1*85*2*BILLING*****XX*{npi}", "TRN*1*0")
            level += 1
            yield f"HL*{level}*{parent}*PT"
            yield from self._claim(claim, choices, day, truth)

    def _claim(
        self, claim: ClaimOfSet, choices: AnswerChoices, day: str, truth: list[TrueAnswer]
    ) -> Iterator[str]:
        rng = self.rng
        number = DAMAGES[choices.damage](claim.number)
        is_rejected = rng.random() < choices.rejected
        code = rng.choice(REJECTIONS) if is_rejected else ACCEPTED
        if not is_rejected and choices.source != "payer":
            code = FORWARDED
        member = f"****MI*{claim.member}" if choices.has_member else ""
        yield f"NM1*QC*1*{claim.patient}*X{member}"
        yield f"TRN*2*{number}"
        amount = f"*{claim.charge}" if choices.has_charge else ""
        line = rng.choice(claim.lines) if claim.lines and is_rejected else None
        of_line = line is not None and rng.random() < 0.5
        of_claim = "A3:247" if of_line else code
        yield f"STC*{of_claim}*{day}*{'U' if is_rejected else 'WQ'}{amount}".rstrip("*")
        if not is_rejected:
            yield f"REF*1K*PCN{rng.randrange(10**9)}"
        days = sorted(line.day for line in claim.lines if line.day)
        if choices.has_dates and days:
            first, last = days[0][:8], days[-1][-8:]
            span = f"D8*{first}" if first == last else f"RD8*{first}-{last}"
            yield f"DTP*472*{span}"
        if of_line and line is not None:
            yield f"SVC*{line.procedure}*{line.charge}"
            yield f"STC*{code}*{day}*U"
            if choices.has_references and line.reference:
                yield f"REF*FJ*{line.reference}"
            if line.day:
                yield f"DTP*472*{'RD8' if '-' in line.day else 'D8'}*{line.day}"
        codes = (of_claim, code) if of_line else (code,)
        truth.append(TrueAnswer("277CA", number, claim.start, choices.damage, codes))

    def acknowledgment(self, choices: AnswerChoices) -> tuple[bytes, list[TrueAnswer]]:
        """A 999: for each group its sets; a set with a faulty claim is rejected as a whole."""
        day = self._day(choices)
        truth: list[TrueAnswer] = []
        groups: dict[str, list[SentSetOfClaims]] = {}
        for one in self.sets:
            groups.setdefault(one.group, []).append(one)
        sets = []
        for number, (group, members) in enumerate(groups.items(), start=1):
            segments = [f"AK1*HC*{group}*005010X222A1"]
            rejected = 0
            for one in members:
                errors = list(self._errors(one, choices, truth))
                rejected += bool(errors)
                segments += [f"AK2*837*{one.number}*005010X222A1", *errors]
                segments.append("IK5*R*I5" if errors else "IK5*A")
            taken = len(members) - rejected
            state = "A" if not rejected else "P" if taken else "R"
            segments.append(f"AK9*{state}*{len(members)}*{len(members)}*{taken}")
            sets.append(self._set("999", f"{number:04}", "005010X231A1", segments))
        return self._interchange("FA", "005010X231A1", sets, day), truth

    def _errors(
        self, one: SentSetOfClaims, choices: AnswerChoices, truth: list[TrueAnswer]
    ) -> Iterator[str]:
        for claim in one.claims:
            if not claim.lines or self.rng.random() >= choices.rejected:
                continue
            line = self.rng.choice(claim.lines)
            loop = "2400" if choices.has_loop else ""
            yield f"IK3*SV1*{line.ordinal}*{loop}*8"
            if choices.has_context:
                yield f"CTX*CLM01:{DAMAGES[choices.damage](claim.number)}"
            yield "IK4*2*782*6"
            codes = ("IK304=8", "IK403=6")
            truth.append(TrueAnswer("999", claim.number, claim.start, choices.damage, codes))

    def _day(self, choices: AnswerChoices) -> str:
        """The day of the answer, so many after the last set was made."""
        last = max((one.sent for one in self.sets), default="20260101")
        moment = datetime.strptime(last, "%Y%m%d") + timedelta(days=choices.days)
        return f"{moment:%Y%m%d}"

    @staticmethod
    def _set(type_: str, number: str, guide: str, segments: list[str]) -> list[str]:
        count = len(segments) + 2
        return [f"ST*{type_}*{number}*{guide}", *segments, f"SE*{count}*{number}"]

    def _interchange(self, function: str, guide: str, sets: list[list[str]], day: str) -> bytes:
        self.interchanges += 1
        number = f"{self.interchanges:09}"
        header = (
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{'RECEIVER':15}*ZZ*{'SENDER':15}*{day[2:]}*0915*^*00501*"
            f"{number}*0*P*:"
        )
        group = f"GS*{function}*RECEIVER*SENDER*{day}*0915*{self.interchanges}*X*{guide}"
        body = [segment for one in sets for segment in one]
        trailers = [f"GE*{len(sets)}*{self.interchanges}", f"IEA*1*{number}"]
        return ("~".join((header, group, *body, *trailers)) + "~").encode("latin-1")


USUAL = AnswerChoices()
KINDS: dict[str, AnswerChoices] = {
    **{damage: replace(USUAL, damage=damage) for damage in DAMAGES},
    "no-dates": replace(USUAL, has_dates=False),
    "no-member": replace(USUAL, has_member=False, has_dates=False),
    "number-alone": replace(USUAL, has_member=False, has_dates=False, has_charge=False),
    "no-references": replace(USUAL, has_references=False, rejected=0.6),
    "clearinghouse": replace(USUAL, source="clearinghouse", rejected=0.1, days=0),
    "part-rejected": replace(USUAL, rejected=0.05),
    "cut-and-bare": replace(USUAL, damage="cut-17", has_member=False),
}
"""Receivers of many kinds."""


def write_answers(data: bytes, seed: int) -> Iterator[tuple[str, bytes, list[TrueAnswer]]]:
    """By kind of receiver: a name, the file, and what is true of it. The sets name claims."""
    sets = sent_sets(data)
    writer = AnswerWriter(sets, seed)
    for name, choices in KINDS.items():
        yield f"277ca-{name}", *writer.status_of_claims(choices)
    for name in ("none", "no-context", "no-loop"):
        choices = replace(
            USUAL, has_context=name != "no-context", has_loop=name != "no-loop", rejected=0.1
        )
        yield f"999-{name}", *writer.acknowledgment(choices)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sent", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "truth.jsonl").open("w") as truth:
        for name, data, answers in write_answers(options.sent.read_bytes(), options.seed):
            (options.out / f"{name}.txt").write_bytes(data)
            for answer in answers:
                truth.write(json.dumps({"file": f"{name}.txt", **answer._asdict()}) + "\n")


if __name__ == "__main__":
    main()
