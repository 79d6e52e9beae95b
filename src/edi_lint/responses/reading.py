"""Reads answer files: a TA1, 999, 997 or 277CA is known by its content, never by its file's name.

Reading is lenient where linting is strict. Segments go to the nearest place of their tag, a level
that a 277CA calls 22 or 23 is a patient's, a TA1 may come before a group or alone, AK3 to AK5 may
be in a 999, and an ISA may be damaged or missing. What has no place is counted and never dropped in
silence.
"""

from __future__ import annotations

import re

from edi_lint.files.sources import Source, name_of, opened
from edi_lint.grammar import answer_kind, response_grammar
from edi_lint.responses.building import BatchBuilder, GroupBuilder, SetBuilder
from edi_lint.responses.model import (
    AnswerInterchange,
    Answers,
    BatchAnswer,
    InterchangeAnswer,
    SkippedSet,
)
from edi_lint.responses.placing import Placing
from edi_lint.x12 import Delimiters
from edi_lint.x12.encoding import single_bytes
from edi_lint.x12.errors import EdiLintError
from edi_lint.x12.reader import Reader

_ACKNOWLEDGMENTS = frozenset({"999", "997"})
_AFTER_ST = {b"AK1": "999", b"BHT": "277"}
"""Segments that begin what a set says, and the ST01 of the set."""
_YYMMDD = re.compile(r"\d{6}", re.ASCII)
_TYPE = re.compile(r"\d{3}", re.ASCII)
_GUIDE = re.compile(r"\d{6}X\d{3}(?:[A-Z]\d)?", re.ASCII)
_VALUES = 24
"""So many elements a segment has at least, those that it does not have being empty."""


class NoAnswersError(EdiLintError, ValueError):
    """An input contains no answer that is read; the message says what it contains instead."""


def read_answers(source: Source, path: str = "") -> Answers:
    """What an answer file says.

    `path` is what the file is called where `source` is bytes or a stream. A file without any
    answer, and an interchange of which no header could be read, are in `problems`, in words that
    contain nothing of the file. Raises OSError where the source cannot be read.
    """
    answers = Answers(path or name_of(source))
    with opened(source) as stream:
        _AnswerReader(answers).read(Reader(single_bytes(stream), lenient=True))
    return answers


class _AnswerReader:
    """One pass over a file."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.placings: dict[str, Placing] = {}
        self.interchange: AnswerInterchange | None = None
        self.group: list[str] = []
        """The elements of the GS."""
        self.builder: SetBuilder | None = None
        self.placing: Placing | None = None
        self.is_set = False
        """Whether an ST was read whose SE was not."""

    def read(self, reader: Reader) -> None:
        seen = False
        for start, end, _, raw in reader:
            delimiters = reader.delimiters
            if raw is None or delimiters is None:
                continue
            seen = True
            if reader.missing and self.interchange is None:
                self._begin_without_isa(start, end)
            self._segment(start, end, raw.translate(None, delimiters.line_breaks), delimiters)
            reader.keep_from = end
        self._end_set()
        answers = self.answers
        if not seen:
            answers.problems.append("no ISA segment: this is not an X12 interchange")
        elif not answers.kinds:
            types = dict.fromkeys(map(_shown, answers.skipped))
            contents = ", ".join(types) or "no transaction set"
            answers.problems.append(f"no TA1, 999, 997 or 277CA is in this file, but {contents}")

    def _segment(self, start: int, end: int, raw: bytes, delimiters: Delimiters) -> None:
        tag = raw.split(delimiters.element, 1)[0]
        if tag == b"ISA":
            self._end_set()
            self._isa(start, end, _values(raw, delimiters))
        elif tag == b"TA1":
            self._ta1(start, end, _values(raw, delimiters))
        elif tag == b"GS":
            self._end_set()
            self.group = _values(raw, delimiters)
        elif tag == b"ST":
            self._end_set()
            self._st(start, end, _values(raw, delimiters))
        elif tag in (b"SE", b"GE", b"IEA"):
            self._end_set()
        elif self.builder is not None or (not self.is_set and self._begin_without_st(tag, start)):
            self._inside(start, end, raw, delimiters)
        elif not self.is_set:
            self.answers.unplaced += 1

    def _isa(self, start: int, end: int, values: list[str]) -> None:
        day = values[9]
        self.group = []
        self.interchange = AnswerInterchange(
            start, end, values[13], values[6], values[8], _with_century(day), values[10]
        )
        self.answers.interchanges.append(self.interchange)

    def _begin_without_isa(self, start: int, end: int) -> None:
        self.answers.problems.append(
            "the ISA is missing or damaged: who answers, and when, is not known"
        )
        self.interchange = AnswerInterchange(start, end, "", "", "")
        self.answers.interchanges.append(self.interchange)

    def _ta1(self, start: int, end: int, values: list[str]) -> None:
        assert self.interchange is not None
        self._note("TA1")
        self.interchange.acknowledgments.append(InterchangeAnswer(start, end, *values[1:6]))

    def _st(self, start: int, end: int, values: list[str]) -> None:
        assert self.interchange is not None
        self.is_set = True
        type_, number = values[1], values[2]
        guide = values[3] or (self.group[8] if self.group else "")
        kind = answer_kind(type_, guide)
        if not kind:
            self.answers.skipped.append(SkippedSet(start, end, type_, guide, number))
            return
        if kind not in self.placings:
            self.placings[kind] = Placing(response_grammar(kind))
        self.placing = self.placings[kind]
        self.placing.begin()
        parties = (self.group[2], self.group[3]) if self.group else ("", "")
        if type_ in _ACKNOWLEDGMENTS:
            self._note(type_)
            self.builder = GroupBuilder(self.interchange, parties)
        else:
            self._note("277CA")
            batch = BatchAnswer(start, end, number, guide)
            self.interchange.batches.append(batch)
            self.builder = BatchBuilder(batch)

    def _begin_without_st(self, tag: bytes, start: int) -> bool:
        """Begin a set whose ST is lost, at the segment that comes after it."""
        type_ = _AFTER_ST.get(tag)
        if type_ is None:
            return False
        self._st(start, start, [*("ST", type_), *[""] * _VALUES])
        return self.builder is not None

    def _inside(self, start: int, end: int, raw: bytes, delimiters: Delimiters) -> None:
        assert self.placing is not None
        assert self.builder is not None
        node = self.placing.next(raw, delimiters)
        if node is None:
            self.answers.unplaced += 1
            return
        self.builder.add(node, start, end, _values(raw, delimiters), delimiters.texts[1])

    def _end_set(self) -> None:
        self.builder = self.placing = None
        self.is_set = False

    def _note(self, kind: str) -> None:
        if kind not in self.answers.kinds:
            self.answers.kinds.append(kind)


def _values(raw: bytes, delimiters: Delimiters) -> list[str]:
    """A segment's tag and elements without blanks around them."""
    values = [v.strip() for v in raw.decode("latin-1").split(delimiters.texts[0])]
    return values + [""] * (_VALUES - len(values))


def _with_century(day: str) -> str:
    """The day of ISA09 with its century: X12 and HIPAA are of this one."""
    return f"20{day}" if _YYMMDD.fullmatch(day) else ""


def _shown(skipped: SkippedSet) -> str:
    """A set that is not read, by what is known not to be data."""
    type_ = skipped.type if _TYPE.fullmatch(skipped.type) else "another set"
    return f"{type_} {skipped.guide}" if _GUIDE.fullmatch(skipped.guide) else type_
