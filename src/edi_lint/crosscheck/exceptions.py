"""Where edi-lint and pyx12 4.0.0 answer differently on purpose, and why ours is right.

Each exception says which side gives the answer, when it applies, and the reason. The differential
test fails on a difference that no exception covers, and on an exception that nothing needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edi_lint.crosscheck.pyx12_answers import Pyx12Answer
from edi_lint.crosscheck.sides import Sides
from edi_lint.engine import FaultCode

Condition = Callable[[Pyx12Answer, Sides], bool]

_PLACEMENT = frozenset({"1", "2", "3", "4", "5", "7"})
_QUALIFIED = frozenset({"01", "01-1", "03"})
_TAG = "00"
"""The element of an answer about a tag."""
_NUMBERED = {"HL": frozenset({"01", "02", "04"}), "LX": frozenset({"01"})}


@dataclass(frozen=True, slots=True)
class Exemption:
    """One reason for a difference. `ours`: we give the answer and pyx12 does not."""

    name: str
    ours: bool
    reason: str
    applies: Condition


def _answers(sides: Sides, ordinal: int, ours: bool) -> list[Pyx12Answer]:
    return list(sides.at(ordinal, ours))


def _same_element(answer: Pyx12Answer, sides: Sides, ours: bool) -> bool:
    """Whether the other side finds something in the same element, or in the composite around it."""
    whole = answer.element.partition("-")[0]
    return bool(answer.element) and any(
        a.element in (answer.element, whole) or a.element.partition("-")[0] == answer.element
        for a in sides.at(answer.ordinal, ours)
    )


def _code_of_not_used(answer: Pyx12Answer, sides: Sides) -> bool:
    return answer.ik403 == "10" and any(
        a.element == answer.element and a.ik403 == "I10" for a in sides.at(answer.ordinal, True)
    )


def _not_used(answer: Pyx12Answer, sides: Sides) -> bool:
    return answer.ik403 == "I10" and any(
        a.ik304 == "8" and (a.element == answer.element or not a.element)
        for a in sides.at(answer.ordinal, False)
    )


def _element_lost(answer: Pyx12Answer, sides: Sides) -> bool:
    """pyx12 says that the segment has element errors and not which."""
    return (answer.ik304, answer.element) == ("8", "") and any(
        a.ik304 == "8" and a.element for a in sides.at(answer.ordinal, True)
    )


def _element_named(answer: Pyx12Answer, sides: Sides) -> bool:
    return answer.ik403 in ("1", "2", "3", "10", "13") and any(
        a.ik304 == "8" and not a.element for a in sides.at(answer.ordinal, False)
    )


def _second_finding(answer: Pyx12Answer, sides: Sides) -> bool:
    return _same_element(answer, sides, ours=True)


def _other_code(answer: Pyx12Answer, sides: Sides) -> bool:
    return _same_element(answer, sides, ours=False)


def _refused_by_both(answer: Pyx12Answer, sides: Sides) -> bool:
    """pyx12 has no place for a segment that we find a fault in too."""
    return answer.ik304 == "1" and any(
        a.ik304 in _PLACEMENT or a.element in _QUALIFIED for a in sides.at(answer.ordinal, True)
    )


def _element_of_refused(answer: Pyx12Answer, sides: Sides) -> bool:
    return answer.ik304 == "8" and _refuses(sides, answer.ordinal)


def _placement_of_refused(answer: Pyx12Answer, sides: Sides) -> bool:
    return answer.ik304 in _PLACEMENT and _refuses(sides, answer.ordinal)


def _after_lost_place(answer: Pyx12Answer, sides: Sides) -> bool:
    """pyx12 has lost its place at or before this segment, where we reported the one fault."""
    return _lost(answer.ordinal, sides) is not None


def _lost(ordinal: int, sides: Sides) -> int | None:
    """The first ordinal up to `ordinal` at which pyx12 loses its place."""
    for earlier in sorted({a.ordinal for a in (*sides.ours, *sides.theirs)}):
        if earlier > ordinal:
            return None
        misplaced = any(
            a.ik304 in _PLACEMENT or a.element in _QUALIFIED or a.element == _TAG
            for a in sides.at(earlier, True)
        )
        indented = any(_indented(a, sides) for a in sides.at(earlier, False))
        if (misplaced or indented) and any(
            a.ik304 in _PLACEMENT and a.ordinal >= earlier for a in sides.theirs
        ):
            return earlier
    return None


def _numbering(answer: Pyx12Answer, sides: Sides) -> bool:
    del sides
    return answer.ik403 == "7" and answer.element in _NUMBERED.get(answer.segment, ())


def _trailing(answer: Pyx12Answer, sides: Sides) -> bool:
    return sides.is_of(answer, FaultCode.TRAILING_SEPARATOR)


def _line_break(answer: Pyx12Answer, sides: Sides) -> bool:
    return sides.is_of(answer, FaultCode.LINE_BREAK) and _refuses(sides, answer.ordinal)


def _line_break_refused(answer: Pyx12Answer, sides: Sides) -> bool:
    """A segment that pyx12 cannot place, with a line break in it."""
    return answer.ik304 == "1" and any(
        sides.is_of(a, FaultCode.LINE_BREAK) for a in sides.at(answer.ordinal, True)
    )


def _repetition(answer: Pyx12Answer, sides: Sides) -> bool:
    del sides
    return answer.ik403 == "12"


def _reversed_range(answer: Pyx12Answer, sides: Sides) -> bool:
    del sides
    return answer.ik403 == "8" and answer.segment == "DTP" and answer.element == "03"


def _first_component(answer: Pyx12Answer, sides: Sides) -> bool:
    del sides
    return answer.ik403 == "1" and answer.element.endswith("-1")


def _duplicate(answer: Pyx12Answer, sides: Sides) -> bool:
    """A loop's first segment twice in a row."""
    at = answer.ordinal
    if answer.ik304 == "2":
        return _alike(sides, at, at - 1) or _alike(sides, at, at + 1)
    return answer.ik304 == "5" and _alike(sides, at, at - 1)


def _alike(sides: Sides, first: int, second: int) -> bool:
    """Whether two segments may open the same loop: by tag, and by qualifier where it has one."""
    one, other = sides.segments.get(first), sides.segments.get(second)
    if one is None or other is None or one.tag != other.tag:
        return False
    return one.tag in _COUNTED or one.value(1) == other.value(1)


def _before_its_turn(answer: Pyx12Answer, sides: Sides) -> bool:
    """A segment that we say came too early, where pyx12 refuses what comes behind it."""
    return answer.ik304 == "2" and any(
        a.ik304 in _PLACEMENT and 0 < a.ordinal - answer.ordinal <= _SOON for a in sides.theirs
    )


_COUNTED = frozenset({"HL", "CLM", "LX"})
"""Segments that open a loop and are told apart by their numbers alone."""
_SOON = 12
"""Segments within which a segment that came too early is followed by the ones it came before."""


def _entered_early(answer: Pyx12Answer, sides: Sides) -> bool:
    """A segment out of place with which pyx12 enters a loop."""
    return answer.ik304 in ("2", "7") and any(
        a.ik304 == "3" for a in sides.at(answer.ordinal, False)
    )


def _duplicate_as_loop(answer: Pyx12Answer, sides: Sides) -> bool:
    return answer.ik304 == "4" and any(a.ik304 == "5" for a in sides.at(answer.ordinal, True))


def _at_end(answer: Pyx12Answer, sides: Sides) -> bool:
    """Noticed at SE, which pyx12 numbers as the segment before it."""
    return (
        answer.ik304 == "3"
        and sides.tag(answer.ordinal + 1) == "SE"
        and any(a.ik304 == "3" for a in sides.at(answer.ordinal + 1, True))
    )


def _at_end_ours(answer: Pyx12Answer, sides: Sides) -> bool:
    return (
        answer.ik304 == "3"
        and answer.segment == "SE"
        and any(a.ik304 == "3" for a in sides.at(answer.ordinal - 1, False))
    )


def _swapped(answer: Pyx12Answer, sides: Sides) -> bool:
    """pyx12 calls missing what comes later, out of order."""
    return answer.ik304 == "3" and any(
        a.ik304 == "7" and a.ordinal >= answer.ordinal for a in sides.ours
    )


def _behind_empty(answer: Pyx12Answer, sides: Sides) -> bool:
    return sides.unread is not None and answer.ordinal >= sides.unread


def _late_opener(answer: Pyx12Answer, sides: Sides) -> bool:
    """A loop was entered before its first segment, which comes a little later."""
    return answer.ik304 == "7" and _refuses(sides, answer.ordinal - 1)


def _before_late_opener(answer: Pyx12Answer, sides: Sides) -> bool:
    """A segment that pyx12 refuses, of a loop whose opener comes too late."""
    return answer.ik304 == "1" and any(
        a.ik304 == "7" and a.ordinal > answer.ordinal for a in sides.ours
    )


def _refuses(sides: Sides, ordinal: int) -> bool:
    """Whether pyx12 finds no place for a segment."""
    return any(a.ik304 == "1" for a in sides.at(ordinal, False))


def _shifted(answer: Pyx12Answer, sides: Sides) -> bool:
    return sides.is_of(answer, FaultCode.SHIFTED)


def _elements_of_shifted(answer: Pyx12Answer, sides: Sides) -> bool:
    """An element of a segment that has a separator too many or too few."""
    return bool(answer.element) and any(_shifted(a, sides) for a in sides.at(answer.ordinal, True))


def _header_or_trailer(answer: Pyx12Answer, sides: Sides) -> bool:
    del sides
    return answer.segment in ("ST", "SE") and answer.ik304 in ("5", "8")


def _cmn_indicator(answer: Pyx12Answer, sides: Sides) -> bool:
    del sides
    return (answer.segment, answer.element, answer.ik403) == ("PWK", "02", "7")


def _member_of_organization(answer: Pyx12Answer, sides: Sides) -> bool:
    """A subscriber that is an organization, without an identifier."""
    segment = sides.segments.get(answer.ordinal)
    return (
        segment is not None
        and segment.values[:3] == ["NM1", "IL", "2"]
        and (answer.element, answer.ik403) in (("08", "1"), ("09", "1"))
        and not sides.value(answer)
    )


def _subrogation(answer: Pyx12Answer, sides: Sides) -> bool:
    return (answer.segment, answer.element) == ("BHT", "06") and sides.value(answer) == "31"


def _listed_reference(answer: Pyx12Answer, sides: Sides) -> bool:
    segment = sides.segments.get(answer.ordinal)
    qualifier = segment.value(1) if segment is not None else ""
    own = (answer.segment, answer.element, answer.ik403) == ("REF", "02", "7")
    return own and qualifier in ("4N", "F5", "T4")


def _leading_zero(answer: Pyx12Answer, sides: Sides) -> bool:
    """A pointer to a diagnosis with a leading zero."""
    pointer = answer.segment == "SV1" and answer.element.startswith("07-")
    return pointer and answer.ik403 == "7" and sides.value(answer)[:1] == "0"


def _any_order(answer: Pyx12Answer, sides: Sides) -> bool:
    """A loop refused, or missed, where we find no fault of place in the whole set."""
    return (
        sides.loops.get(answer.ordinal, "") in _OF_ONE_POSITION
        and answer.ik304 in ("1", "3", "5")
        and not any(
            a.ik304 in _PLACEMENT or a.element in _QUALIFIED or a.element == _TAG
            for a in sides.ours
        )
    )


_OF_ONE_POSITION = frozenset(
    {
        *("2010AB", "2010AC", "2010BA", "2010BB"),
        *(f"2310{letter}" for letter in "ABCDEF"),
        *(f"2330{letter}" for letter in "ABCDEFG"),
        *(f"2420{letter}" for letter in "ABCDEFGH"),
    }
)
"""Loops that share a position of X12's with others, in which they may come in any order."""


def _indented(answer: Pyx12Answer, sides: Sides) -> bool:
    """A segment with a blank before its tag."""
    segment = sides.segments.get(answer.ordinal)
    if segment is None or answer.ik304 != "1":
        return False
    at = segment.start - segment.window.base
    return segment.window.data[max(at - 1, 0) : at] in (b" ", b"\t")


def _spaces_alone(answer: Pyx12Answer, sides: Sides) -> bool:
    value = sides.value(answer)
    return sides.is_of(answer, FaultCode.TRAILING_SPACE, FaultCode.ELEMENT_MISSING) and (
        value != "" and not value.strip(" ")
    )


def _missing_trailer(answer: Pyx12Answer, sides: Sides) -> bool:
    """What is missing at the end of a set that has no SE."""
    last = max(sides.segments, default=0)
    breaks_off = sides.tag(last) != "SE"
    at_end = answer.segment == "SE" or answer.ordinal >= last
    return answer.ik304 == "3" and breaks_off and at_end


def _nothing_there(answer: Pyx12Answer, sides: Sides) -> bool:
    """A segment without any data, which pyx12 says as well (8, without element)."""
    ours = _answers(sides, answer.ordinal, True)
    theirs = sides.at(answer.ordinal, False)
    return (
        answer.ik403 == "1"
        and len(ours) == 1
        and ours[0].ik403 == "1"
        and any(a.ik304 == "8" and not a.element for a in theirs)
    )


EXCEPTIONS: tuple[Exemption, ...] = (
    Exemption(
        "indented",
        False,
        "A blank before a segment's tag is not part of the tag, and is said once (ENV009); pyx12 "
        "refuses every such segment.",
        _indented,
    ),
    Exemption(
        "line-break",
        True,
        "A line break in a tag or a qualifier is not part of it; pyx12 takes it for one, and does "
        "not know the segment.",
        _line_break,
    ),
    Exemption(
        "line-break-theirs",
        False,
        "The same from pyx12's side: the segment that it does not know.",
        _line_break_refused,
    ),
    Exemption(
        "spaces-alone",
        True,
        "An element of nothing but spaces says nothing; pyx12 passes over spaces where the rest "
        "without them is too short.",
        _spaces_alone,
    ),
    Exemption(
        "not-used-code",
        False,
        "X12 has a code of its own, I10, for an element that the guide does not use; pyx12 "
        "answers 10, which says that two elements exclude each other.",
        _code_of_not_used,
    ),
    Exemption(
        "not-used-code-ours",
        True,
        "The same from our side: I10 where pyx12 answers 10, or no element at all for a composite.",
        _not_used,
    ),
    Exemption(
        "element-lost",
        False,
        "pyx12 files broken syntax notes, too many elements and empty composites on the segment "
        "and loses the element; we name it.",
        _element_lost,
    ),
    Exemption(
        "element-named",
        True,
        "The same from our side: the element that pyx12 does not name.",
        _element_named,
    ),
    Exemption(
        "one-finding-an-element",
        False,
        "pyx12 reports every check that a value fails (length and code and date); we report the "
        "one that explains the others.",
        _second_finding,
    ),
    Exemption(
        "telling-code",
        True,
        "The same from our side: pyx12 finds the same element wrong under another code.",
        _other_code,
    ),
    Exemption(
        "no-place-code",
        False,
        "pyx12 answers 1, unrecognized, for every segment that it cannot place; we answer 2 "
        "(unexpected), 7 (out of order), 5 (one too many), 3 (its opener is missing), or 8 with "
        "the wrong qualifier, as X12's list of codes distinguishes them.",
        _refused_by_both,
    ),
    Exemption(
        "no-place-code-ours",
        True,
        "The same from our side: 2, 3, 5 or 7 where pyx12 answers 1 to the same segment.",
        _placement_of_refused,
    ),
    Exemption(
        "elements-of-refused",
        True,
        "pyx12 does not look into a segment that it cannot place; we place it by what is right "
        "about it and report what is wrong.",
        _element_of_refused,
    ),
    Exemption(
        "duplicate-as-loop",
        False,
        "The same segment twice in a row is one segment too many (5); pyx12 reads a second loop "
        "and reports that (4).",
        _duplicate_as_loop,
    ),
    Exemption(
        "duplicate",
        True,
        "The same from our side: 5, or 2 where one of the two opens nothing, where pyx12 reads a "
        "second loop, which it accepts where the "
        "loop may repeat, though the first one is left without what it requires.",
        _duplicate,
    ),
    Exemption(
        "swapped",
        False,
        "pyx12 reports a segment as missing and again as unplaced when it comes too late; we "
        "report once, that it is out of order.",
        _swapped,
    ),
    Exemption(
        "noticed-at-end",
        False,
        "What is found missing at SE is there; pyx12 does not count SE and names the segment "
        "before it.",
        _at_end,
    ),
    Exemption(
        "noticed-at-end-ours",
        True,
        "The same from our side.",
        _at_end_ours,
    ),
    Exemption(
        "late-opener",
        True,
        "Where the segment that opens a loop comes after others of the loop, it is the one out of "
        "order (7); pyx12 refuses the others and finds nothing wrong with it.",
        _late_opener,
    ),
    Exemption(
        "late-opener-theirs",
        False,
        "The same from pyx12's side: what comes before the late opener, refused.",
        _before_late_opener,
    ),
    Exemption(
        "entered-early",
        True,
        "A segment that opens a loop is where it may not be: it is the one out of place (2 or 7); "
        "pyx12 enters the loop and finds missing what it has passed over.",
        _entered_early,
    ),
    Exemption(
        "shifted",
        True,
        "A segment with one element separator too many or too few is one finding (ENV012).",
        _shifted,
    ),
    Exemption(
        "elements-of-shifted",
        False,
        "A segment with one element separator too many or too few is read as it is meant; pyx12 "
        "checks each element where it is.",
        _elements_of_shifted,
    ),
    Exemption(
        "header-trailer",
        True,
        "pyx12 keeps faults of ST and SE and their elements out of its IK3 and IK4 answers.",
        _header_or_trailer,
    ),
    Exemption(
        "cmn-indicator",
        False,
        "PWK*CT with AB, AD, AF, AG or NS is the guide's certificate of medical necessity "
        "indicator; pyx12 takes it for the general PWK of the line, which lists CT too, and "
        "refuses PWK02 (see schemas/grammar-overlay.yaml).",
        _cmn_indicator,
    ),
    Exemption(
        "organization-without-id",
        False,
        "A subscriber that is an organization (NM102 = 2), an employer in workers' compensation, "
        "needs no identifier; pyx12's map of 5010 837P asks everybody for one (see "
        "schemas/grammar-overlay.yaml).",
        _member_of_organization,
    ),
    Exemption(
        "subrogation",
        False,
        "BHT06 may be 31 (subrogation demand); pyx12's map lacks it (see "
        "schemas/grammar-overlay.yaml).",
        _subrogation,
    ),
    Exemption(
        "listed-reference",
        True,
        "REF*4N, REF*F5 and REF*T4 have lists of codes, which pyx12 has in its map of 4010 only "
        "(see schemas/grammar-overlay.yaml).",
        _listed_reference,
    ),
    Exemption(
        "leading-zeros",
        False,
        "SV107 is a number, which may have leading zeros; pyx12 compares it with its list as text.",
        _leading_zero,
    ),
    Exemption(
        "missing-trailer",
        False,
        "A set without SE is answered in IK5 (IK502 2): an IK3 has no segment to name. We "
        "say that the set breaks off; pyx12 says all that it lacks behind its last segment.",
        _missing_trailer,
    ),
    Exemption(
        "nothing-there",
        False,
        "A segment without any data: we report the first thing that it lacks, pyx12 all of them.",
        _nothing_there,
    ),
    Exemption(
        "lost-place",
        False,
        "After a fault of place pyx12 stays where it was: it refuses what follows and misses what "
        "it refused. We recover, so that one fault gives one finding.",
        _after_lost_place,
    ),
    Exemption(
        "loops-of-one-position",
        False,
        "Loops to which X12 gives one position may come in any order; pyx12 wants some of them in "
        "the order of its map, which numbers 2330D to 2330G and 2420G and 2420H upwards "
        "(see schemas/grammar-overlay.yaml).",
        _any_order,
    ),
    Exemption(
        "numbering",
        True,
        "pyx12 finds HL and LX numbers wrong too (HL1, HL2, LX), but has no 999 code for them and "
        "misses HL04 and a parent of the wrong kind; a receiver's 999 has 8 with element code 7.",
        _numbering,
    ),
    Exemption(
        "trailing-separators",
        True,
        "Separators after the last value: pyx12 keeps its remark (SEG1) out of its answers, and "
        "has none for components.",
        _trailing,
    ),
    Exemption(
        "repetition-separator",
        True,
        "The repetition separator inside an element that does not repeat makes two occurrences; "
        "pyx12 never divides at it.",
        _repetition,
    ),
    Exemption(
        "reversed-range",
        True,
        "A range of dates that ends before it begins: pyx12 looks at each date by itself.",
        _reversed_range,
    ),
    Exemption(
        "first-component",
        True,
        "The first component of a situational composite is required once the composite is used; "
        "pyx12 excuses it.",
        _first_component,
    ),
    Exemption(
        "stopped-reading",
        True,
        "pyx12 takes two terminators in a row for the end of the file and reads no further.",
        _behind_empty,
    ),
    Exemption(
        "before-its-turn",
        True,
        "A segment that came too early is reported at itself (2); pyx12 takes it, and refuses the "
        "segments behind it whose place it had passed.",
        _before_its_turn,
    ),
)
