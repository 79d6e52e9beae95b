"""Claims, service lines, payers and providers as typed objects over segments.

Text values are empty where the file has none; amounts, units and dates are None where the file
has none or something that cannot be read as one (a fault of its own, reported elsewhere).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from datetime import date
from decimal import Context, Decimal, InvalidOperation
from functools import cache, lru_cache
from itertools import count, repeat
from typing import NamedTuple, TypeVar, cast

from edi_lint.claims.lazy import lazy
from edi_lint.claims.loops import Loop, loop_tree
from edi_lint.engine import (
    ABOVE,
    CLAIM_LOOP,
    Block,
    BlockKind,
    FunctionalGroup,
    Interchange,
    TransactionSet,
    plain_number,
)
from edi_lint.grammar import Grammar
from edi_lint.x12 import Segment

_T = TypeVar("_T")


class Diagnosis(NamedTuple):
    """One HI component: ABK or BK is the principal one. `position` counts from 1 within HI."""

    qualifier: str
    code: str
    position: int
    segment: Segment


class Dates(NamedTuple):
    """Date or range of a DTP, or of nothing. Both ends are the same for a single day."""

    first: date | None = None
    last: date | None = None
    segment: Segment | None = None

    def meets(self, other: Dates) -> bool | None:
        """Whether both have a day in common; None where a date of theirs cannot be read."""
        if not (self.first and self.last and other.first and other.last):
            return None
        return self.first <= other.last and other.first <= self.last


class Paperwork(NamedTuple):
    """PWK: PWK01 report type, PWK02 transmission, PWK06 attachment control number."""

    report_type: str
    transmission: str
    control_number: str
    segment: Segment


class Note(NamedTuple):
    """NTE: NTE01 reference code and NTE02 text. The text is PHI."""

    code: str
    text: str
    segment: Segment


class Reference(NamedTuple):
    """REF: qualifier and number; `payer` is REF04-2 where REF04-1 is 2U (another payer's)."""

    qualifier: str
    number: str
    payer: str
    segment: Segment


class Condition(NamedTuple):
    """CRC: category, Y/N indicator and up to five condition codes."""

    category: str
    applies: bool
    codes: tuple[str, ...]
    segment: Segment


class Form(NamedTuple):
    """LQ with its FRM answers: a certificate of medical necessity or the like (loop 2440)."""

    qualifier: str
    code: str
    answers: tuple[Segment, ...]
    segment: Segment


class Drug(NamedTuple):
    """LIN and CTP of loop 2410: the drug's code, quantity and unit."""

    qualifier: str
    code: str
    quantity: Decimal | None
    unit: str
    segment: Segment


class Provider(NamedTuple):
    """A provider loop. `npi` is NM109 where NM108 is XX. The name is PHI for a person."""

    loop: Loop
    segment: Segment
    prv: Segment | None

    @property
    def role(self) -> str:
        return self.segment.value(1)

    @property
    def is_person(self) -> bool:
        return self.segment.value(2) == "1"

    @property
    def npi(self) -> str:
        return self.segment.value(9) if self.segment.value(8) == "XX" else ""

    @property
    def name(self) -> str:
        return _name(self.segment)

    @property
    def taxonomy(self) -> str:
        """PRV03. The billing provider's PRV is in 2000A, the others' in their own loop."""
        return self.prv.value(3) if self.prv else ""


class Payer(NamedTuple):
    """A payer of the claim, the destination payer (2010BB) or another one (2330B).

    `responsibility` is SBR01, `filing_indicator` SBR09 of the SBR it belongs to.
    """

    loop: Loop | None
    sbr: Segment | None
    segment: Segment | None

    @property
    def name(self) -> str:
        return self.segment.value(3) if self.segment else ""

    @property
    def id(self) -> str:
        return self.segment.value(9) if self.segment else ""

    @property
    def responsibility(self) -> str:
        return self.sbr.value(1) if self.sbr else ""

    @property
    def filing_indicator(self) -> str:
        return self.sbr.value(9) if self.sbr else ""


class Person(NamedTuple):
    """The subscriber or patient named in a loop. Everything here is PHI."""

    loop: Loop
    segment: Segment

    @property
    def name(self) -> str:
        return _name(self.segment)

    @property
    def member_id(self) -> str:
        return self.segment.value(9)

    @property
    def birth_date(self) -> date | None:
        dmg = self.loop.first("DMG")
        return day(dmg.value(2)) if dmg and dmg.value(1) == "D8" else None


class Subscriber(NamedTuple):
    """Loop 2000B: SBR and the subscriber named in 2010BA."""

    loop: Loop
    sbr: Segment | None
    person: Person | None

    @property
    def is_patient(self) -> bool:
        """Whether SBR02 says that the subscriber is the patient."""
        return self.sbr is not None and self.sbr.value(2) == "18"


_MOST_DIAGNOSES = 12
"""The elements of HI; what is behind them is too much, and nothing points to it."""


class ServiceLine:
    """One 2400 loop. `number` is LX01."""

    def __init__(self, claim: Claim, index: int, lx: int = -1, sv1: int = -1) -> None:
        """`index` counts the claim's lines; `lx` and `sv1` those segments, -1 where in doubt."""
        self.claim = claim
        self._index = index
        self._lx = lx
        self._sv1 = sv1

    @property
    def index(self) -> int:
        """The position of the line among those of its claim, from 0."""
        return self._index

    @lazy
    def loop(self) -> Loop:
        return self.claim.line_loops[self._index]

    @lazy
    def lx(self) -> Segment | None:
        return self.claim.block.segment(self._lx) if self._lx >= 0 else self.loop.first("LX")

    @property
    def number(self) -> str:
        return self.lx.value(1) if self.lx else ""

    @lazy
    def sv1(self) -> Segment | None:
        return self.claim.block.segment(self._sv1) if self._sv1 >= 0 else self.loop.first("SV1")

    def own(self, tag: str) -> list[Segment]:
        """The segments of a tag that stand in the line itself, in none of the loops inside it."""
        if tag == "SV1" and self._sv1 >= 0:
            return [self.claim.block.segment(self._sv1)]
        return list(self.loop.all(tag))

    @lazy
    def _procedure(self) -> list[str]:
        return self.sv1.components(1) if self.sv1 else [""]

    @property
    def qualifier(self) -> str:
        """SV101-1; HC for HCPCS and CPT."""
        return self._procedure[0]

    @property
    def code(self) -> str:
        """SV101-2."""
        return self._procedure[1] if len(self._procedure) > 1 else ""

    @lazy
    def modifiers(self) -> tuple[str, ...]:
        """SV101-3 to SV101-6 up to the last one filled; an empty slot between is empty text."""
        slots = self._procedure[2:6]
        while slots and not slots[-1]:
            slots.pop()
        return tuple(slots)

    @property
    def description(self) -> str:
        return self._procedure[6] if len(self._procedure) > 6 else ""

    @property
    def charge(self) -> Decimal | None:
        return amount(self.sv1.value(2)) if self.sv1 else None

    @property
    def unit_basis(self) -> str:
        return self.sv1.value(3) if self.sv1 else ""

    @property
    def units(self) -> Decimal | None:
        return amount(self.sv1.value(4)) if self.sv1 else None

    @property
    def place_of_service(self) -> str:
        """SV105, or the claim's CLM05-1 where the line has none of its own."""
        return (self.sv1.value(5) if self.sv1 else "") or self.claim.place_of_service

    @lazy
    def pointers(self) -> tuple[str, ...]:
        """SV107: the diagnosis pointers, numbers without leading zeros."""
        stated = self.sv1.components(7) if self.sv1 else []
        return tuple(plain_number(p) for p in stated if p)

    @lazy
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The diagnoses that the pointers name; a pointer to none is left out."""
        known = {str(d.position): d for d in self.claim.diagnoses}
        return tuple(known[p] for p in self.pointers if p in known)

    @lazy
    def service_dates(self) -> Dates:
        return _dates(self.loop.first("DTP", "472"))

    def date(self, qualifier: str) -> Dates:
        """Another date of the line by DTP01, such as 463, begin of therapy."""
        return _dates(self.loop.first("DTP", qualifier))

    @lazy
    def paperwork(self) -> tuple[Paperwork, ...]:
        return _paperwork(self.loop)

    @lazy
    def notes(self) -> tuple[Note, ...]:
        return _notes(self.loop)

    def references(self, *qualifiers: str) -> tuple[Reference, ...]:
        return _references(self.loop, *qualifiers)

    @property
    def prior_authorizations(self) -> tuple[Reference, ...]:
        """REF*G1 for the destination payer: of the line, or of the claim if the line has none."""
        own = tuple(r for r in self.references("G1") if not r.payer)
        return own or self.claim.prior_authorizations

    @property
    def certification(self) -> Segment | None:
        """CR3: durable medical equipment certification."""
        return self.loop.first("CR3")

    @lazy
    def conditions(self) -> tuple[Condition, ...]:
        return _conditions(self.loop)

    @lazy
    def forms(self) -> tuple[Form, ...]:
        return tuple(
            Form(lq.value(1), lq.value(2), tuple(loop.all("FRM")), lq)
            for loop in self.loop.inner("2440")
            if (lq := loop.first("LQ"))
        )

    @lazy
    def drug(self) -> Drug | None:
        for loop in self.loop.inner("2410"):
            if lin := loop.first("LIN"):
                ctp = loop.first("CTP")
                quantity = amount(ctp.value(4)) if ctp else None
                unit = ctp.value(5, 1) if ctp else ""
                return Drug(lin.value(2), lin.value(3), quantity, unit, lin)
        return None

    @property
    def ordering_provider(self) -> Provider | None:
        return _provider(self.loop, "2420E")

    @property
    def rendering_provider(self) -> Provider | None:
        return _provider(self.loop, "2420A") or self.claim.rendering_provider

    @property
    def supervising_provider(self) -> Provider | None:
        return _provider(self.loop, "2420D") or self.claim.supervising_provider

    @property
    def service_facility(self) -> Provider | None:
        return _provider(self.loop, "2420C") or self.claim.service_facility

    @property
    def referring_providers(self) -> tuple[Provider, ...]:
        return tuple(_providers(self.loop, "2420F")) or self.claim.referring_providers

    @property
    def byte_range(self) -> tuple[int, int]:
        """From the first byte of the line's first segment to the last of its last, half-open."""
        first, last = self.loop.span()
        return self.claim.block.starts[first], self.claim.block.ends[last]


class Claim:
    """One 2300 loop with the envelopes and hierarchical levels around it.

    Of a claim that is too long for one block each block has such a view: its lines are those of the
    block, and what belongs to the claim itself is read of its first block (`head`).
    """

    def __init__(self, block: Block) -> None:
        if block.kind is not BlockKind.CLAIM or block.context.interchange is None:
            raise ValueError("the block holds no claim")
        self.block = block
        self.head = self if block.rest_of is None else Claim(block.rest_of)
        self._of_tag: dict[str, list[Segment]] = {}
        self._own: dict[str, list[Segment]] = {}
        self._once: dict[Hashable, object] = {}

    def once(self, about: Hashable, compute: Callable[[], _T]) -> _T:
        """What `compute` returns, computed once for the claim; `about` tells what it is.

        A rule asked of each service line must not look at all of them each time.
        """
        if about not in self._once:
            self._once[about] = compute()
        return cast("_T", self._once[about])

    @lazy
    def loop(self) -> Loop:
        loop = loop_tree(self.block)
        assert loop is not None, "a claim begins with a segment that has a place"
        return loop

    # where the claim stands

    @property
    def interchange(self) -> Interchange:
        assert self.block.context.interchange is not None
        return self.block.context.interchange

    @property
    def group(self) -> FunctionalGroup:
        assert self.block.context.group is not None
        return self.block.context.group

    @property
    def transaction(self) -> TransactionSet:
        assert self.block.context.transaction is not None
        return self.block.context.transaction

    @lazy
    def created(self) -> date | None:
        """BHT04: the day on which the transaction set was made."""
        bht = next(iter(self.above("HEADER", "BHT")), None)
        return day(bht.value(4)) if bht else None

    @property
    def group_date(self) -> date | None:
        """GS04: the day on which the functional group was made."""
        return day(self.group.header.value(4)) if self.group.header else None

    def above(self, loop: str, tag: str) -> list[Segment]:
        """The segments of a tag in a loop above the claim, HEADER or one of 2000A to 2010CA."""
        block, grammar = self._level(loop), self.transaction.grammar
        assert grammar is not None
        if block is None:
            return []
        return [block.segment(index) for index in block.of_nodes(_nodes_of(grammar, loop, tag))]

    def is_placed(self, loop: str) -> bool:
        """Whether every segment of the level that holds a loop above the claim has a place."""
        block = self._level(loop)
        return block is None or not block.of_nodes(_NOWHERE)

    def _level(self, loop: str) -> Block | None:
        block: Block | None = getattr(self.block.context, ABOVE[loop])
        return block

    @property
    def number(self) -> int:
        """The claim's number within its transaction set, from 1."""
        return self.block.claim.number if self.block.claim else 0

    @property
    def segments(self) -> list[Segment]:
        """Every segment of the claim, its lines included, in file order."""
        return self.block.segments

    def all(self, tag: str) -> list[Segment]:
        """Every segment of that tag in the claim, its lines included, with a place or without."""
        found = self._of_tag.get(tag)
        if found is None:
            block, grammar = self.block, self.transaction.grammar
            assert grammar is not None
            nodes = grammar.by_tag.get(tag, frozenset())
            found = self._of_tag[tag] = [
                block.segment(index)
                for index, node in enumerate(block.nodes)
                if node in nodes
                or (not node and index not in block.apart and block.segment(index).tag == tag)
            ]
        return found

    def placed(self, tag: str) -> list[Segment]:
        """Every segment of that tag in the claim, its lines included, that has a place."""
        return [s for s in self.all(tag) if s.node]

    def standing(self, tag: str, loops: tuple[str, ...]) -> list[Segment]:
        """The segments of a tag in the claim that have a place in some loops; no loops: any."""
        if not loops:
            return self.all(tag)
        grammar = self.transaction.grammar
        assert grammar is not None

        def in_loops() -> list[Segment]:
            placed = ((s, grammar.segment_node(s.node)) for s in self.all(tag))
            return [s for s, node in placed if node and node.loop.id in loops]

        return self.once((tag, loops), in_loops)

    def count(self, tag: str) -> int:
        """How many segments of that tag with a place the claim has, its lines included."""
        grammar = self.transaction.grammar
        assert grammar is not None
        return sum(map(self.block.nodes.count, grammar.by_tag[tag]))

    def own(self, tag: str) -> list[Segment]:
        """The segments of a tag that stand in the claim itself, or have no place at all."""
        found = self._own.get(tag)
        if found is None:
            grammar = self.transaction.grammar
            assert grammar is not None
            placed = ((s, grammar.segment_node(s.node)) for s in self.all(tag))
            found = [s for s, n in placed if n is None or n.loop.id == CLAIM_LOOP]
            self._own[tag] = found
        return found

    @property
    def byte_range(self) -> tuple[int, int]:
        return self.block.starts[0], self.block.ends[-1]

    # CLM

    @lazy
    def clm(self) -> Segment | None:
        return next(iter(self.head.placed("CLM")), None)

    @property
    def id(self) -> str:
        """CLM01, the provider's account number for the patient."""
        return self.clm.value(1) if self.clm else ""

    @property
    def charge(self) -> Decimal | None:
        return amount(self.clm.value(2)) if self.clm else None

    @property
    def place_of_service(self) -> str:
        return self.clm.value(5, 1) if self.clm else ""

    @property
    def frequency(self) -> str:
        """CLM05-3: 1 original, 7 replacement, 8 void."""
        return self.clm.value(5, 3) if self.clm else ""

    @property
    def delay_reason(self) -> str:
        return self.clm.value(20) if self.clm else ""

    # what belongs to the claim

    @lazy
    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The diagnoses of the HI segment that names the principal one (ABK or BK)."""
        for hi in self.head.all("HI"):
            if hi.value(1, 1) in ("ABK", "BK", "ABF", "BF"):
                return tuple(
                    Diagnosis(hi.value(n, 1), hi.value(n, 2), n, hi)
                    for n in range(1, min(len(hi.values), _MOST_DIAGNOSES + 1))
                    if hi.value(n)
                )
        return ()

    @lazy
    def paperwork(self) -> tuple[Paperwork, ...]:
        return _paperwork(self.head.loop)

    @lazy
    def notes(self) -> tuple[Note, ...]:
        return _notes(self.head.loop)

    def references(self, *qualifiers: str) -> tuple[Reference, ...]:
        return self.once(("REF", qualifiers), lambda: _references(self.head.loop, *qualifiers))

    @lazy
    def conditions(self) -> tuple[Condition, ...]:
        return _conditions(self.head.loop)

    def date(self, qualifier: str) -> Dates:
        """A date of the claim by DTP01, such as 431, onset."""
        return _dates(self.head.loop.first("DTP", qualifier))

    @lazy
    def prior_authorizations(self) -> tuple[Reference, ...]:
        """REF*G1 of the claim itself for the destination payer."""
        return tuple(r for r in self.references("G1") if not r.payer)

    @lazy
    def line_loops(self) -> tuple[Loop, ...]:
        """The loops 2400."""
        return tuple(self.loop.inner("2400"))

    @lazy
    def lines(self) -> tuple[ServiceLine, ...]:
        grammar = self.transaction.grammar
        assert grammar is not None
        lxs, sv1s = (self.block.of_nodes(grammar.by_tag[tag]) for tag in ("LX", "SV1"))
        if not _alternate(lxs, sv1s):
            return tuple(ServiceLine(self, n) for n, _ in enumerate(self.line_loops))
        return tuple(map(ServiceLine, repeat(self), count(), lxs, sv1s))

    # who

    @lazy
    def rendering_provider(self) -> Provider | None:
        return _provider(self.head.loop, "2310B")

    @lazy
    def supervising_provider(self) -> Provider | None:
        return _provider(self.head.loop, "2310D")

    @lazy
    def service_facility(self) -> Provider | None:
        return _provider(self.head.loop, "2310C")

    @lazy
    def referring_providers(self) -> tuple[Provider, ...]:
        return tuple(_providers(self.head.loop, "2310A"))

    @lazy
    def billing_provider(self) -> Provider | None:
        block = self.block.context.billing
        level = loop_tree(block) if block else None
        return _provider(level, "2010AA") if level else None

    @lazy
    def subscriber(self) -> Subscriber | None:
        block = self.block.context.subscriber
        level = loop_tree(block) if block else None
        if level is None:
            return None
        return Subscriber(level, level.first("SBR"), _person(level, "2010BA"))

    @lazy
    def patient(self) -> Person | None:
        """The patient: 2010CA, or the subscriber without a patient level."""
        block = self.block.context.patient
        level = loop_tree(block) if block else None
        if level is not None:
            return _person(level, "2010CA")
        return self.subscriber.person if self.subscriber else None

    @lazy
    def payer(self) -> Payer:
        """The destination payer: 2010BB with the SBR of its 2000B."""
        level = self.subscriber.loop if self.subscriber else None
        inner = next(level.inner("2010BB"), None) if level else None
        sbr = self.subscriber.sbr if self.subscriber else None
        return Payer(inner, sbr, inner.first("NM1") if inner else None)

    @lazy
    def other_payers(self) -> tuple[Payer, ...]:
        """The other payers: each 2320 with its 2330B."""
        found = []
        for loop in self.head.loop.inner("2320"):
            inner = next(loop.inner("2330B"), None)
            found.append(Payer(loop, loop.first("SBR"), inner.first("NM1") if inner else None))
        return tuple(found)


_NOWHERE = frozenset({0})


@cache
def _nodes_of(grammar: Grammar, loop: str, tag: str) -> frozenset[int]:
    """The nodes of a tag in loops of an id."""
    placed = ((index, grammar.segment_node(index)) for index in grammar.by_tag[tag])
    return frozenset(index for index, node in placed if node and node.loop.id == loop)


def _alternate(lxs: list[int], sv1s: list[int]) -> bool:
    """Whether each LX has one SV1 behind it: the lines can be told without the tree of loops."""
    both = [index for pair in zip(lxs, sv1s, strict=False) for index in pair]
    return len(lxs) == len(sv1s) and both == sorted(both)


EXACT = Context(prec=80)
"""Adds amounts up to the last digit, however many `amount` has read: by default 28 are kept."""


def amount(text: str) -> Decimal | None:
    """A monetary amount or quantity as the file has it, None when it is not a number.

    Decimal itself would also read spaces, underscores, exponents and a plus sign.
    """
    if not text or len(text) > 40 or text.strip("0123456789.-"):
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


@lru_cache(maxsize=1024)
def day(text: str) -> date | None:
    """A date as CCYYMMDD, None for anything else."""
    if len(text) != 8 or not text.isdecimal():
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def _dates(dtp: Segment | None) -> Dates:
    if dtp is None:
        return Dates()
    return dates_of(dtp.value(3))._replace(segment=dtp)


def dates_of(text: str) -> Dates:
    """A date or a range of dates as DTP03 has it (D8, RD8), without its segment."""
    first, _, last = text.partition("-")
    return Dates(day(first), day(last or first))


def _name(nm1: Segment) -> str:
    return ", ".join(v for v in (nm1.value(3), " ".join(filter(None, nm1.values[4:6]))) if v)


def _paperwork(loop: Loop) -> tuple[Paperwork, ...]:
    return tuple(Paperwork(s.value(1), s.value(2), s.value(6), s) for s in loop.all("PWK"))


def _notes(loop: Loop) -> tuple[Note, ...]:
    return tuple(Note(s.value(1), s.value(2), s) for s in loop.all("NTE"))


def _references(loop: Loop, *qualifiers: str) -> tuple[Reference, ...]:
    return tuple(
        Reference(s.value(1), s.value(2), s.value(4, 2) if s.value(4, 1) == "2U" else "", s)
        for s in loop.all("REF", *qualifiers)
    )


def _conditions(loop: Loop) -> tuple[Condition, ...]:
    return tuple(
        Condition(s.value(1), s.value(2) == "Y", tuple(v for v in s.values[3:8] if v), s)
        for s in loop.all("CRC")
    )


def _providers(loop: Loop, id_: str) -> Iterator[Provider]:
    for inner in loop.inner(id_):
        nm1 = inner.first("NM1")
        if nm1 is not None:
            yield Provider(inner, nm1, inner.first("PRV") or loop.first("PRV"))


def _provider(loop: Loop, id_: str) -> Provider | None:
    return next(_providers(loop, id_), None)


def _person(level: Loop, id_: str) -> Person | None:
    inner = next(level.inner(id_), None)
    nm1 = inner.first("NM1") if inner else None
    return Person(inner, nm1) if inner and nm1 else None
