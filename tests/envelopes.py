"""Builds claim files for tests from what stands in what: interchanges down to claims.

People, addresses and numbers are invented. Every file is valid; a test breaks what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edi_lint.rules.examples import DATE, HEAD, SUBSCRIBER

ISA, GS = HEAD[:2]


class Claim(NamedTuple):
    """A claim by its CLM01, from which its amount follows; no two should be alike."""

    name: str

    @property
    def charge(self) -> str:
        return str(100 + int.from_bytes(self.name.encode()) % 9000)

    def segments(self) -> list[str]:
        return [
            f"CLM*{self.name}*{self.charge}***12:B:1*Y*A*Y*Y",
            f"PWK*OB*EL***AC*ORDER{self.name}",
            "HI*ABK:G8918",
            "LX*1",
            f"SV1*HC:A4306*{self.charge}*UN*1***1",
            DATE,
            f"REF*6R*{self.name}",
        ]


class Patient(NamedTuple):
    """A dependent with claims."""

    claims: tuple[Claim, ...]


class Subscriber(NamedTuple):
    """A subscriber with claims of their own, and dependents."""

    claims: tuple[Claim, ...] = ()
    patients: tuple[Patient, ...] = ()


class Provider(NamedTuple):
    """A billing provider."""

    subscribers: tuple[Subscriber, ...]


Set = tuple[Provider, ...]
Group = tuple[Set, ...]
Interchange = tuple[Group, ...]


def claims(*names: str) -> tuple[Claim, ...]:
    return tuple(map(Claim, names))


def one_set(*names: str) -> Interchange:
    """An interchange with one set, in which each claim has its own subscriber."""
    return ((single(*names),),)


def single(*names: str) -> Set:
    """A set with one billing provider, in which each claim has its own subscriber."""
    return (Provider(tuple(Subscriber(claims(name)) for name in names)),)


def file(*interchanges: Interchange) -> bytes:
    """The file, one segment a line."""
    return written(s for n, one in enumerate(interchanges, 1) for s in interchange_segments(one, n))


def written(segments: Iterable[str]) -> bytes:
    return "".join(f"{s}~\n" for s in segments).encode()


def recounted(data: bytes) -> bytes:
    """The same file with SE01 right."""
    segments, start = split_up(data), 0
    for n, segment in enumerate(segments):
        if segment.startswith("ST*"):
            start = n
        elif segment.startswith("SE*"):
            segments[n] = f"SE*{n - start + 1}*{segment.split('*')[2]}"
    return written(segments)


def split_up(data: bytes) -> list[str]:
    """The segments of a file that `file` has made."""
    return data.decode().replace("\n", "").split("~")[:-1]


def interchange_segments(groups: Interchange, number: int) -> Iterator[str]:
    yield ISA.replace("*000000001*", f"*{number:09}*")
    for n, sets in enumerate(groups, 1):
        yield GS.replace("*1200*1*", f"*1200*{n}*")
        for m, providers in enumerate(sets, 1):
            yield from set_segments(providers, m)
        yield f"GE*{len(sets)}*{n}"
    yield f"IEA*{len(groups)}*{number:09}"


def set_segments(providers: Set, number: int) -> Iterator[str]:
    body = [f"ST*837*{number:04}*005010X222A1", *HEAD[3:7]]
    level = 0
    for provider in providers:
        level += 1
        billing = level
        body += [f"HL*{billing}**20*1", *HEAD[8:12]]
        for subscriber in provider.subscribers:
            level += 1
            parent = level
            body.append(f"HL*{parent}*{billing}*22*{int(bool(subscriber.patients))}")
            body.append(f"SBR*P*{'18' if subscriber.claims else ''}*******CI")
            body += SUBSCRIBER
            body += [s for claim in subscriber.claims for s in claim.segments()]
            for patient in subscriber.patients:
                level += 1
                body += [f"HL*{level}*{parent}*23*0", "PAT*19"]
                body += ["NM1*QC*1*EXAMPLE*CHILD", *SUBSCRIBER[1:3], "DMG*D8*20100101*M"]
                body += [s for claim in patient.claims for s in claim.segments()]
    yield from body
    yield f"SE*{len(body) + 1}*{number:04}"
