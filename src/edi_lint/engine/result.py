"""What an engine returns: blocks of placed segments, and faults of structure.

A block is a run of segments that belong together: an ISA, a GS, a transaction set header, one
hierarchical level, one claim with everything in it, a trailer. Blocks come out in file order, so a
reader holds one claim at a time. A fault names a grammar node, an element, a code and a place; the
words for it are made elsewhere (`edi_lint.rules.structural`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from edi_lint.engine.triggers import Alarms
from edi_lint.grammar import Grammar
from edi_lint.x12 import Delimiters, Segment, Window

LONGEST_BLOCK = 10_000
LARGEST_BLOCK = 1_000_000
"""Segments and bytes of a block. What is longer goes on in a further block, so that memory is
bounded; rules do not look at that one as a claim."""


class FaultCode(Enum):
    """Every kind of structural fault. Names follow X12's own list of error codes."""

    # interchange and group
    BYTES_OUTSIDE = auto()
    BYTE_ORDER_MARK = auto()
    ENCODING = auto()
    ISA_MISSING = auto()
    ISA_DAMAGED = auto()
    ISA_COMPONENT = auto()
    ISA_TERMINATOR = auto()
    GS_DAMAGED = auto()
    ST_DAMAGED = auto()
    PADDING_BEHIND = auto()
    ISA_LENGTH = auto()
    ISA_END = auto()
    ISA_DELIMITERS = auto()
    ISA_REPETITION = auto()
    LINE_BREAK_INSIDE = auto()
    SPACE_BEFORE_SEGMENT = auto()
    UNTERMINATED = auto()
    LAST_TERMINATOR = auto()
    ISA_NUMBER_REPEATED = auto()
    IEA_NUMBER = auto()
    IEA_COUNT = auto()
    IEA_MISSING = auto()
    GS_MISSING = auto()
    GS_NUMBER_REPEATED = auto()
    GE_NUMBER = auto()
    GE_COUNT = auto()
    GE_MISSING = auto()
    GROUP_NOT_HC = auto()
    TYPE_NOT_837 = auto()
    LABEL_OF_OTHER_KIND = auto()
    GROUP_OF_OTHER_KIND = auto()
    GUIDE_DIFFERS = auto()
    GUIDE_UNNAMED = auto()
    GUIDE_VARIANT = auto()
    GUIDE_OLD = auto()
    # transaction set
    ST_MISSING = auto()
    ST_NUMBER_REPEATED = auto()
    SE_NUMBER = auto()
    SE_COUNT = auto()
    SE_MISSING = auto()
    # segments and loops
    EMPTY_SEGMENT = auto()
    TERMINATOR_MISSING = auto()
    SEGMENT_UNRECOGNIZED = auto()
    SEGMENT_UNEXPECTED = auto()
    SEGMENT_MISSING = auto()
    SEGMENT_REPEATS = auto()
    SEGMENT_ORDER = auto()
    LOOP_MISSING = auto()
    LOOP_REPEATS = auto()
    BLOCK_TOO_LONG = auto()
    # elements
    ELEMENT_MISSING = auto()
    CONDITION_MISSING = auto()
    CONDITION_EXCLUDED = auto()
    TOO_MANY_ELEMENTS = auto()
    TOO_MANY_COMPONENTS = auto()
    TOO_MANY_REPETITIONS = auto()
    TOO_SHORT = auto()
    TOO_LONG = auto()
    BAD_CHARACTER = auto()
    BAD_CODE = auto()
    BAD_DATE = auto()
    BAD_TIME = auto()
    BAD_PATTERN = auto()
    NOT_USED = auto()
    TRAILING_SPACE = auto()
    TRAILING_SEPARATOR = auto()
    DATE_RANGE_REVERSED = auto()
    LINE_BREAK = auto()
    SHIFTED = auto()
    # numbering
    HL_NUMBER = auto()
    HL_PARENT = auto()
    HL_CHILD = auto()
    CLAIM_OF_LEVEL = auto()
    CLAIM_OF_SET = auto()
    SET_OF_GROUP = auto()
    GROUP_OF_INTERCHANGE = auto()
    LX_NUMBER = auto()


OUTSIDE = frozenset({FaultCode.BYTES_OUTSIDE, FaultCode.PADDING_BEHIND})
"""Faults about bytes that belong to no segment."""

ABSENT = frozenset({FaultCode.SEGMENT_MISSING, FaultCode.LOOP_MISSING})
MISPLACED = frozenset(
    {
        FaultCode.SEGMENT_UNEXPECTED,
        FaultCode.SEGMENT_REPEATS,
        FaultCode.SEGMENT_ORDER,
    }
)
NEAR = 8
"""By how many segments one may be out of its place and still be looked for there."""
OF_SUBSCRIBER = frozenset({FaultCode.HL_CHILD, FaultCode.CLAIM_OF_LEVEL, FaultCode.CLAIM_OF_SET})
"""Faults of the subscriber before, which are known once its level ends."""
PLACEMENT = ABSENT | MISPLACED | {FaultCode.SEGMENT_UNRECOGNIZED, FaultCode.LOOP_REPEATS}
"""Faults by which the structure of a claim or level is in doubt."""


class ClaimMark(NamedTuple):
    """Names a claim: `number` counts from 1 within its transaction set, `id` is CLM01."""

    number: int
    id: str


class Interchange(NamedTuple):
    """An ISA and what it says. `ordinal` counts interchanges of the file from 1.

    `header` is None where the ISA is missing, or so damaged that it cannot be relied on.
    """

    ordinal: int
    control_number: str
    header: Segment | None
    start: int
    """The file offset at which it begins."""


class FunctionalGroup(NamedTuple):
    """A GS. `header` is None where the GS is missing. `ordinal` counts within the interchange."""

    ordinal: int
    control_number: str
    guide: str
    header: Segment | None


class TransactionSet(NamedTuple):
    """An ST. `grammar` is None where this is not an 837P. `ordinal` counts within the group.

    `type` and `guide` are ST01 and ST03; of a set that is not an 837P, what it is by its segments.
    `kind` is its kind (`identity`); `named` the guide that a segment of it names.
    """

    ordinal: int
    control_number: str
    type: str
    guide: str
    grammar: Grammar | None
    header: Segment | None
    kind: str = ""
    named: str = ""


class Context(NamedTuple):
    """Where a block stands: the envelopes, the set's header, and the levels open around it."""

    interchange: Interchange | None = None
    group: FunctionalGroup | None = None
    transaction: TransactionSet | None = None
    header: Block | None = None
    billing: Block | None = None
    subscriber: Block | None = None
    patient: Block | None = None


class BlockKind(Enum):
    """What a block holds."""

    INTERCHANGE = auto()
    GROUP = auto()
    TRANSACTION = auto()
    BILLING = auto()
    SUBSCRIBER = auto()
    PATIENT = auto()
    CLAIM = auto()
    TRAILER = auto()
    SKIPPED = auto()


@dataclass(slots=True)
class Block:
    """A run of segments, in columns: byte range and grammar node of each, and where it stands.

    `starts` and `ends` are file offsets, `nodes` indexes into the grammar (0: not placed),
    `first_ordinal` the ordinal of the first segment (ST = 1, 0 outside a transaction set).
    `alarms` is what went off of a `TriggerSet`; None where the engine has not watched. `apart` are
    the indexes of segments that are misplaced so that they belong to no loop here. `rest_of` is the
    block that this one goes on with, where that was too long for one block; `goes_on` says that a
    further one follows. `robbed` are the grammar nodes of segments that belong to the block and
    come after its end; `strays` the faults of misplaced segments right before it.
    """

    kind: BlockKind
    context: Context
    delimiters: Delimiters
    window: Window
    first_ordinal: int
    claim: ClaimMark | None = None
    starts: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    nodes: array[int] = field(default_factory=lambda: array("H"))
    faults: list[Fault] = field(default_factory=list)
    alarms: Alarms | None = None
    apart: set[int] = field(default_factory=set)
    rest_of: Block | None = None
    goes_on: bool = False
    robbed: tuple[int, ...] = ()
    strays: tuple[Fault, ...] = ()
    loops: object = None
    """Where the views of claims keep the tree of loops they have made of this block."""
    _made: dict[int, Segment] = field(default_factory=dict)
    _of_nodes: dict[frozenset[int], tuple[int, list[int]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.starts)

    def segment(self, index: int) -> Segment:
        """A view of one segment, made once."""
        made = self._made.get(index)
        if made is None:
            made = self._made[index] = Segment(
                self.window,
                self.starts[index],
                self.ends[index],
                self.delimiters,
                self.nodes[index],
                self.first_ordinal + index if self.first_ordinal else 0,
            )
        return made

    def keep(self, index: int, segment: Segment) -> None:
        """Have this view of a segment, which may be read in another way than it is written."""
        self._made[index] = segment

    def made_view(self, index: int) -> Segment | None:
        """The view of a segment that was kept or has been made, if any."""
        return self._made.get(index)

    def set_apart(self, index: int) -> None:
        """A segment that had a place turns out to belong to no loop here."""
        self.apart.add(index)
        self.nodes[index] = 0
        self._of_nodes.clear()
        made = self._made.get(index)
        if made is not None:
            made.node = 0

    def strays_before(self, ordinal: int) -> tuple[Fault, ...]:
        """The faults of misplaced segments at its end, not far before the one of this ordinal.

        So that they may belong to the block that begins there.
        """
        if not self.faults and not self.strays:
            return ()
        return tuple(
            fault
            for fault in (*self.strays, *self.faults)
            if fault.code in MISPLACED and 0 < ordinal - fault.segment.ordinal <= NEAR
        )

    @property
    def standing(self) -> tuple[int, int, int, int]:
        """Interchange, group, set and claim, each counted in what is around it (0: none).

        A claim with bytes in it that are no segments goes on in a further block of this standing.
        """
        interchange, group, transaction = self.context[:3]
        return (
            interchange.ordinal if interchange else 0,
            group.ordinal if group else 0,
            transaction.ordinal if transaction else 0,
            self.claim.number if self.claim else 0,
        )

    @property
    def is_part(self) -> bool:
        """Whether it is a part of something that was too long for one block."""
        return self.goes_on or self.rest_of is not None

    def of_nodes(self, wanted: frozenset[int]) -> list[int]:
        """The indexes of the segments at some grammar nodes, each segment looked at once."""
        seen, found = self._of_nodes.get(wanted, (0, []))
        if seen < len(self.nodes):
            later = enumerate(self.nodes[seen:], seen) if seen else enumerate(self.nodes)
            found.extend([index for index, node in later if node in wanted])
            self._of_nodes[wanted] = len(self.nodes), found
        return found

    @property
    def lacks_isa(self) -> bool:
        """Whether an interchange begins here whose ISA is missing or damaged."""
        return any(f.code in (FaultCode.ISA_MISSING, FaultCode.ISA_DAMAGED) for f in self.faults)

    @property
    def segments(self) -> list[Segment]:
        """Views of all segments."""
        return [self.segment(index) for index in range(len(self.starts))]


class PassedOver(NamedTuple):
    """Whole subscribers below one billing provider, sound in structure, passed over together.

    `start` and `end` are file offsets of its first segment and of the one behind it, `segments`
    counts those in it. `levels` are the HL segments in order, `claims` the CLM segments, each a
    pair of file offsets; every level has a claim below it.
    """

    window: Window
    delimiters: Delimiters
    start: int
    end: int
    segments: int
    levels: list[tuple[int, int]]
    claims: list[tuple[int, int]]

    def viewed(self, places: list[tuple[int, int]]) -> Iterator[Segment]:
        """Views of its `levels` or `claims`."""
        return (Segment(self.window, *place, self.delimiters) for place in places)


@dataclass(slots=True)
class Fault:
    """One structural fault.

    `segment` is where it shows: the faulty segment, or for something missing the segment that
    is in its place. `node` is the grammar node that is missing, repeated or broken (0: none).
    `element`, `component` and `repeat` count from 1 (0: the whole). `number` is a count that the
    message or the fix needs: expected segments, the limit that was passed, the level above.
    `claim` and `line` are the CLM and LX01 that the fault belongs to, which need not be the
    block's own. `others` are nodes that may be missing in the place of `node`. `unsure` says that
    a segment around it is missing or misplaced, so that nobody knows what is right. `count` is
    above 0 where the fault counts so many, the last of which is `segment`. `behind` are the
    nodes of segments that come after `segment` and belong before it.
    """

    code: FaultCode
    segment: Segment
    node: int = 0
    element: int = 0
    component: int = 0
    repeat: int = 0
    number: int = 0
    claim: ClaimMark | None = None
    line: str = ""
    others: tuple[int, ...] = ()
    unsure: bool = False
    count: int = 0
    behind: tuple[int, ...] = ()
