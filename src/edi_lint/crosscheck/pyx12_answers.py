"""Runs pyx12's own validator on a file and returns what it reports as data that can be compared.

Nothing here judges a file: the answers are pyx12's, including where pyx12 is wrong. Importing this
module imports pyx12, so import it only to cross-check.

Where an answer can stand at another segment than its cause:
- The reader's remarks on a segment that pyx12 finds no place for (IK304 1 for an invalid segment ID
  or a leading space, HL1, HL2, LX, SEG1) wait for the next segment that has one, and stand there.
- A missing segment is at the segment that showed it missing; if that is SE, one before it.
- A segment without a place between SE and GE is in the transaction set before it.

How the answers are taken: `_Pyx12Run` is the driver loop of `pyx12.x12n_document.x12n_document`
written again with pyx12's own reader, maps, walker and error tree, and the tree is read directly.
The ways around that are less exact. The 999 and 997 writers need an interchange with a group, raise
where either is missing, and leave the document out; the JSON writer skips element errors of ISA,
GS, ST and their trailers; and `x12n_document` parses the XML maps again at each call (0.2 s and
more).
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from types import TracebackType
from typing import Any, Final, NamedTuple

from pyx12.error_handler import err_handler
from pyx12.map_if import load_map_file
from pyx12.map_if._segment import apply_segment_errors
from pyx12.map_index import map_index
from pyx12.map_walker import apply_walk_errors, walk_tree
from pyx12.params import ParamsBase
from pyx12.x12file import X12Reader

_ISA: Final = "/ISA_LOOP/ISA"
_GS_LOOP: Final = "/ISA_LOOP/GS_LOOP"

# The maps pyx12 4.0.0 has for 837P, by what its map index calls them.
_GUIDES: Final = {
    "837.5010.X222.A1.xml": "005010X222A1",
    "837.4010.X098.A1.xml": "004010X098A1",
}

# IK304 values pyx12's 999 writer lets through, of those that its walker and reader produce.
_SEGMENT_CODES: Final = frozenset("12345678")
_DATA_ELEMENT_ERRORS: Final = "8"

# The start of a message of pyx12, and the same without the data that follows in pyx12's own.
_REASONS: Final = {
    "First line does not begin with": "the file does not begin with ISA",
    "ISA line is only": "the file is shorter than an ISA segment of 106 characters",
    "ISA Interchange Control Version": "ISA12 is neither 00401 nor 00501 where pyx12 looks for it",
    "The ISA segment must have": "an ISA segment does not have 16 elements",
}


@dataclass(frozen=True, slots=True, order=True)
class Pyx12Answer:
    """One line of a 999 (or 997) as data: which segment, and what is wrong with it.

    transaction -- ordinals of interchange, functional group within it and transaction set within
                   that, each from 1: "1/1/1"
    ordinal     -- IK302, the segment's place in the transaction set, ST being 1
    segment     -- IK301, the segment ID
    ik304       -- what is wrong with the segment; "8" where an element is
    element     -- "" for the segment itself, else "03", or "05-2" for a component
    ik403       -- what is wrong with the element; "" for the segment itself
    """

    transaction: str
    ordinal: int
    segment: str
    ik304: str
    element: str
    ik403: str


class Remark(NamedTuple):
    """Something pyx12 reports that never becomes an IK3 or IK4 line.

    kind    -- "isa", "gs", "st": an error of that envelope (code as in TA105, AK905, IK502);
               "seg": the reader's own remark on a body segment, code HL1, HL2, LX or SEG1;
               an element such as "SE01": an error of a header or trailer (code as in IK403);
               "lost": a segment error (code as in IK304) that pyx12's error tree drops, as it is
               on a header or trailer, or comes before the first transaction set
    ordinal -- as in `Pyx12Answer` for "seg", else None
    """

    kind: str
    code: str
    ordinal: int | None


@dataclass(frozen=True, slots=True)
class Pyx12Report:
    """All that pyx12 says of one file: what IK3 and IK4 lines can carry, and what they cannot."""

    answers: frozenset[Pyx12Answer]
    other: tuple[Remark, ...]
    guides: dict[str, str]
    """The guide by which each transaction set was read, by its number: 1/1/2."""


class Pyx12Refused(Exception):
    """pyx12 cannot read this file; `str()` says why and holds nothing of the file's data."""


def pyx12_answers(data: bytes) -> Pyx12Report:
    """What pyx12 reports of a file of 837P claims, 005010X222A1 or 004010X098A1.

    Bytes are read as pyx12 reads a file (CR LF and CR become LF), except that those above 0x7F,
    at which pyx12 stops, are taken as Latin-1.

    The 999 says IK304 8 for a segment with trailing element separators; here that is the remark
    SEG1, as such a segment has no data element error.

    Raises Pyx12Refused where pyx12 raises anything or has no 837P map for a functional group.
    """
    logging.getLogger("pyx12").setLevel(logging.CRITICAL + 1)  # it logs values, also to stderr
    try:
        run = _Pyx12Run(data)
        run.validate()
    except Pyx12Refused:
        raise
    except Exception as error:
        raise Pyx12Refused(f"{type(error).__name__}: {_reason(error)}") from None
    return run.report()


def _reason(error: Exception) -> str:
    """Why pyx12 gave up: a fixed text, or the function that raised. Its own message quotes data."""
    message = str(error)
    for start, reason in _REASONS.items():
        if message.startswith(start):
            return reason
    return f"raised in {_origin(error.__traceback__)}"


def _origin(traceback: TracebackType | None) -> str:
    """Module and function of the innermost frame."""
    origin = "an unknown place"
    while traceback is not None:
        frame = traceback.tb_frame
        origin = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"
        traceback = traceback.tb_next
    return origin


@cache
def _map(file_name: str) -> Any:
    """One of pyx12's maps. Validating leaves a map as it was, so all runs share it."""
    return load_map_file(file_name, ParamsBase())


@lru_cache(maxsize=1)
def _index() -> Any:
    """pyx12's index from ISA12, GS01 and GS08 to the name of a map."""
    return map_index()


class _Pyx12Run:
    """One pass of pyx12's validator over one file."""

    __slots__ = (
        "_control",
        "_guide",
        "_guides",
        "_handler",
        "_node",
        "_other",
        "_reader",
        "_version",
        "_walker",
    )

    def __init__(self, data: bytes) -> None:
        self._reader: Any = X12Reader(io.TextIOWrapper(io.BytesIO(data), encoding="latin-1"))
        version = "00501" if self._reader.icvn == "00501" else "00401"
        self._control: Any = _map(f"x12.control.{version}.xml")
        self._guide: Any = None
        self._guides: dict[tuple[int, int], str] = {}
        self._version: str | None = None
        self._walker: Any = walk_tree()
        self._node: Any = self._control.getnodebypath(_ISA)
        self._other: list[Remark] = []
        self._handler: Any = _handler(self._other)

    def validate(self) -> None:
        """Reads the file to its end; afterwards the error tree is complete."""
        for segment in self._reader:
            node = self._find(segment)
            if node is not None:
                self._node = self._file(node, segment)
                apply_segment_errors(self._node, segment, self._handler)
        self._reader.cleanup()
        self._handler.handle_errors(self._reader.pop_errors())

    def report(self) -> Pyx12Report:
        """The error tree as data."""
        answers: set[Pyx12Answer] = set()
        guides: dict[str, str] = {}
        other = list(self._other)
        for isa_ordinal, isa in enumerate(self._handler.children, 1):
            other += _remarks("isa", isa)
            for gs_ordinal, gs in enumerate(isa.children, 1):
                other += _remarks("gs", gs)
                for st_ordinal, st in enumerate(gs.children, 1):
                    other += _remarks("st", st)
                    other += _reader_remarks(st)
                    number = f"{isa_ordinal}/{gs_ordinal}/{st_ordinal}"
                    answers.update(_answers(number, st))
                    guides[number] = self._guides[isa_ordinal, gs_ordinal]
        return Pyx12Report(frozenset(answers), tuple(other), guides)

    def _find(self, segment: Any) -> Any:
        """The map node of a segment, or None. Errors met on the way to it go to the tree."""
        tag = segment.get_seg_id()
        if tag == "ISA":
            self._walker.forceWalkCounterToLoopStart("/ISA_LOOP", _ISA)
            return self._control.getnodebypath(_ISA)
        if tag == "GS":
            self._walker.forceWalkCounterToLoopStart(_GS_LOOP, f"{_GS_LOOP}/GS")
            return self._control.getnodebypath(f"{_GS_LOOP}/GS")
        node, _, _, errors = self._walker.walk_errors(self._node, segment, *self._place())
        apply_walk_errors(self._handler, errors)
        return node

    def _file(self, node: Any, segment: Any) -> Any:
        """Opens the segment in the error tree; returns the node to validate it with."""
        handler, reader = self._handler, self._reader
        tag = segment.get_seg_id()
        if tag == "GS":
            node = self._enter_guide(segment)
        openers = {
            "ISA": handler.add_isa_loop,
            "GS": handler.add_gs_loop,
            "ST": handler.add_st_loop,
        }
        closers = {
            "SE": handler.close_st_loop,
            "GE": handler.close_gs_loop,
            "IEA": handler.close_isa_loop,
        }
        if tag in closers:
            handler.handle_errors(reader.pop_errors())
            closers[tag](node, segment, reader)
            return node
        if tag in openers:
            openers[tag](segment, reader)
        else:
            handler.add_seg(node, segment, *self._place())
        if tag == "ISA":
            self._version = segment.get_value("ISA12")
        handler.handle_errors(reader.pop_errors())
        return node

    def _enter_guide(self, gs: Any) -> Any:
        """The GS node of the guide that GS names; Pyx12Refused where it is none of 837P."""
        name = _index().get_filename(self._version, gs.get_value("GS08"), gs.get_value("GS01"))
        if name not in _GUIDES:
            raise Pyx12Refused("pyx12 has no 837P map for this ISA12, GS01 and GS08")
        self._guide = _map(name)
        isa = self._handler.children[-1] if self._handler.children else None
        groups = len(isa.children) + 1 if isa is not None else 1
        self._guides[len(self._handler.children), groups] = _GUIDES[name]
        self._reader.check_837_lx = self._guide.id == "837"
        return self._guide.getnodebypath(f"{_GS_LOOP}/GS")

    def _place(self) -> tuple[int, int, str | None]:
        """Where the reader is: segment ordinal (ST = 1), line of the file, LS loop."""
        reader = self._reader
        return (reader.get_seg_count(), reader.get_cur_line(), reader.get_ls_id())


def _handler(other: list[Remark]) -> Any:
    """pyx12's error tree, which also notes in `other` what it would lose or not place.

    Errors of an element of a header or trailer share one list in the tree (ST with SE), and a
    segment error with no open body segment is dropped there.
    """
    handler = err_handler()
    file_segment_error, file_element_error = handler.seg_error, handler.ele_error

    def segment_error(code: str, message: str, value: Any = None, line: Any = None) -> None:
        if handler.cur_st_node is None or handler.cur_seg_node.id != "SEG":
            other.append(Remark("lost", code, None))
        file_segment_error(code, message, value, line)

    def element_error(code: str, message: str, value: Any, refdes: Any = None) -> None:
        if handler.cur_seg_node.id != "SEG":
            other.append(Remark(str(refdes), code, None))
        file_element_error(code, message, value, refdes)

    handler.seg_error, handler.ele_error = segment_error, element_error
    return handler


def _remarks(kind: str, envelope: Any) -> Iterator[Remark]:
    """Errors of an interchange, functional group or transaction set as such."""
    for code, _ in envelope.errors:
        yield Remark(kind, code, None)


def _reader_remarks(st: Any) -> Iterator[Remark]:
    """What the reader says of body segments in codes that are no IK304."""
    for segment in st.children:
        for code, _, _ in segment.errors:
            if code not in _SEGMENT_CODES:
                yield Remark("seg", code, segment.seg_count)


def _answers(transaction: str, st: Any) -> Iterator[Pyx12Answer]:
    """The IK3 and IK4 lines of one transaction set."""
    for segment in st.children:
        place = (transaction, segment.seg_count, segment.seg_id or "")
        for code, _, _ in segment.errors:
            if code in _SEGMENT_CODES:
                yield Pyx12Answer(*place, code, "", "")
        for element in segment.elements:
            position = f"{element.ele_pos:02d}"
            if element.subele_pos:
                position += f"-{element.subele_pos}"
            for code, _, _ in element.errors:
                yield Pyx12Answer(*place, _DATA_ELEMENT_ERRORS, position, code)
