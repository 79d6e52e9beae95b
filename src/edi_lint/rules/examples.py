"""Examples of rules: small claims in a complete file, for tests and for a rule's page."""

from __future__ import annotations

from typing import NamedTuple

HEAD = (
    "ISA*00*          *00*          *ZZ*SUBMITTER      *ZZ*RECEIVER       "
    "*260110*1200*^*00501*000000001*0*P*:",
    "GS*HC*SUBMITTER*RECEIVER*20260110*1200*1*X*005010X222A1",
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*EXAMPLE1*20260110*1200*CH",
    "NM1*41*2*EXAMPLE SUBMITTER*****46*SUB01",
    "PER*IC*EXAMPLE DESK*TE*5555550100",
    "NM1*40*2*EXAMPLE RECEIVER*****46*RCV01",
    "HL*1**20*1",
    "NM1*85*2*EXAMPLE INFUSION SUPPLY*****XX*1234567893",
    "N3*1 EXAMPLE WAY",
    "N4*EXAMPLE CITY*OH*432151234",
    "REF*EI*690000001",
    "HL*2*1*22*0",
)
MEMBER, MEDICARE_MEMBER = "MEMBER0001", "1EG4TE5MK73"
SUBSCRIBER = (
    f"NM1*IL*1*EXAMPLE*PERSON****MI*{MEMBER}",
    "N3*2 EXAMPLE WAY",
    "N4*EXAMPLE CITY*OH*43215",
    "DMG*D8*19600101*F",
    "NM1*PR*2*EXAMPLE PAYER*****PI*PAYER1",
)
TAIL = ("GE*1*1", "IEA*1*000000001")
LINE = ("SV1*HC:A4306*120*UN*1***1",)
_BEFORE_ST = 2
DATE = "DTP*472*D8*20260105"


class Example(NamedTuple):
    """A claim, given by what is particular about it.

    `line` holds the segments of service line 1 behind its LX (more lines: give their LX too); a
    service date is added to each line without one. `claim` holds the segments between CLM and LX,
    `clm` the CLM itself, `more` the segments of further claims, `filing` the claim filing indicator
    (SBR09: MB is Medicare). `change` replaces text in the finished file, for faults outside claims.
    `fixed` is what the rule's fix changes: pairs of a segment as it is and as it is then (empty: it
    is gone). `at` is where the finding points: SV101-04, PWK06, or a tag alone. `profile` holds the
    facts of a payer profile that the claim is judged by, in YAML; without one the built-in ones are
    in force.

    For rules that ask the ledger `sent` is what it knows the number of the file from: the same
    file, with each first text replaced by the second; empty: it does not know the number.

    For rules about rewritten claims `data` are the user's fields for the claim, `rewritten` is
    what became of its segments, in pairs as in `fixed`, and `logged` whether a log was asked for.
    """

    line: tuple[str, ...] = LINE
    claim: tuple[str, ...] = ("HI*ABK:G8918",)
    clm: str = "CLM*EX-1*120***12:B:1*Y*A*Y*Y"
    more: tuple[str, ...] = ()
    filing: str = "CI"
    change: tuple[tuple[str, str], ...] = ()
    at: str = ""
    fixed: tuple[tuple[str, str], ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    rewritten: tuple[tuple[str, str], ...] = ()
    logged: bool = False
    profile: tuple[str, ...] = ()
    sent: tuple[tuple[str, str], ...] = ()

    @property
    def profile_file(self) -> str:
        """The whole payer profile, in YAML; empty where there is none."""
        return "\n".join((*_EVERY_PROFILE, *self.profile)) if self.profile else ""

    @property
    def sbr(self) -> str:
        """The SBR of the destination payer."""
        return f"SBR*P*18*******{self.filing}"

    def segments(self) -> list[str]:
        """The segments from CLM to the last of the lines."""
        out = [self.clm, *self.claim, "LX*1"]
        dated = False
        for segment in (*self.line, "LX*"):
            if segment.startswith("DTP*472"):
                dated = True
            if segment.startswith("LX*") and not dated:
                position = max(n for n, s in enumerate(out) if s.startswith(("LX*", "SV1*"))) + 1
                while position < len(out) and out[position][:4] in _BEFORE_DATES:
                    position += 1
                out.insert(position, DATE)
            if segment.startswith("LX*"):
                dated = False
            out.append(segment)
        return [*out[:-1], *self.more]

    def file(self) -> bytes:
        """The whole interchange, a segment to a line."""
        member = MEDICARE_MEMBER if self.filing == "MB" else MEMBER
        subscriber = (s.replace(MEMBER, member) for s in SUBSCRIBER)
        body = [*HEAD, self.sbr, *subscriber, *self.segments()]
        count = len(body) - _BEFORE_ST + 1
        text = "~\n".join([*body, f"SE*{count}*0001", *TAIL]) + "~\n"
        for old, new in self.change:
            if old not in text:
                raise ValueError(f"the example has no {old!r} to change")
            text = text.replace(old, new, 1)
        return text.encode("latin-1")


_EVERY_PROFILE = ("name: example", "title: an example plan", "match: {}", "sources: [an example]")
_BEFORE_DATES = frozenset({"SV5*", "PWK*", "CR1*", "CR3*", "CRC*"})
SEGMENTS = Example().file().count(b"~") - _BEFORE_ST - len(TAIL)
"""How many segments the usual claim's transaction set has, as SE01 counts them."""
