"""What the guide requires, lists, forbids and counts: STR001 to STR010 and STR013.

The engine finds most of these faults, and the classes here say what they mean. What receivers ask
for beyond the guide (STR007, STR008, STR010) is looked for as other rules do.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from edi_lint.claims import Claim, ServiceLine
from edi_lint.engine import Repeated, Shape, TextPart, ValuePlace
from edi_lint.findings import Fix, Response, Severity
from edi_lint.findings.masking import shown_line
from edi_lint.rules.base import Hit, LineRule, Rule, ValueRule
from edi_lint.rules.examples import DATE, Example
from edi_lint.rules.parts import PACK, Noticed, Part, Spot
from edi_lint.rules.segment_edits import add_segment
from edi_lint.x12 import Segment

ACCOUNT_NUMBER, ACCOUNT_NUMBER_ELEMENT = 20, 38
"""Characters of CLM01 that receivers keep, and that the element takes."""
CONTROL = "6R"
"""REF01 of a service line's control number."""
LINE_CONTROL_NUMBER, LINE_CONTROL_ELEMENT = 30, 50
"""Characters of a line's REF*6R that a clearinghouse takes, and that the element takes."""
A_FEW_WORDS = 3
_SUBSCRIBER_ALONE = (
    "HL*3*1*22*0",
    "SBR*P*18*******CI",
    "NM1*IL*1*EXAMPLE*SECOND****MI*MEMBER0002",
    "N3*2 EXAMPLE WAY",
    "N4*EXAMPLE CITY*OH*43215",
    "DMG*D8*19610101*F",
    "NM1*PR*2*EXAMPLE PAYER*****PI*PAYER1",
)

_BEFORE = frozenset(
    {"LX", "SV1", "SV5", "PWK", "CR1", "CR3", "CRC", "DTP", "QTY", "MEA", "CN1", "REF"}
)
"""Segments of loop 2400 that its REF stand behind, and REF itself."""

_WORD = r"(?<![A-Za-z0-9])[A-Za-z]{2,}(?![A-Za-z0-9])"


class Required(Rule):
    """Everything that the guide requires is there: loops, segments, elements, and their pairs.

    A 999 names the missing segment (IK304 3) or element (IK403 1, or 2 where another element
    makes it necessary), and the transaction set is rejected.
    """

    code = "STR001"
    name = "required-missing"
    fault = "Required loop, segment or element missing"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: usage R, and the segments' syntax notes"
    help = "Add what is missing, at the place that the finding points to."
    valid = (Example(),)
    invalid = (
        Example(claim=(), at=""),
        Example(line=("SV1*HC:A4306*120**1***1",), at="SV103"),
        Example(claim=("PWK*OZ*BM***AC", "HI*ABK:G8918"), at="PWK06"),
    )


class Codes(Rule):
    """A coded element contains one of the codes that the guide lists for it.

    A 999 answers with IK403 7; where the code tells segments of one tag apart, the segment cannot
    be understood at all. A code that differs from a listed one in case or spaces alone is
    suggested. Of places of service COD007 speaks, of states of the US COD008.
    """

    code = "STR002"
    name = "code-not-listed"
    fault = "Code not in the guide's list"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: code lists, place of service, state and country lists"
    help = "Use a code of the list that the guide gives for this element."
    valid = (Example(claim=("PWK*OZ*EL***AC*ACN1", "HI*ABK:G8918")),)
    invalid = (
        Example(claim=("PWK*ZZ*EL***AC*ACN1", "HI*ABK:G8918"), at="PWK01"),
        Example(line=("SV1*HC:A4306*120*XX*1***1",), at="SV103"),
        Example(
            claim=("PWK*03*el***AC*ACN1", "HI*ABK:G8918"),
            at="PWK02",
            fixed=(("PWK*03*el***AC*ACN1", "PWK*03*EL***AC*ACN1"),),
        ),
    )


class NotUsed(Rule):
    """Elements that the guide does not use are empty, and no segment has more than it defines.

    A 999 answers with IK403 I10, or 3 and 13 for elements and components beyond the last. To leave
    the element empty is only suggested, since something gets lost.
    """

    code = "STR003"
    name = "not-used-filled"
    fault = "Value in an element that the guide does not use"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: usage N"
    help = "Leave the element empty; if its content matters, the guide has another place for it."
    valid = (Example(claim=("PWK*OZ*EL***AC*ACN1", "HI*ABK:G8918")),)
    invalid = (
        Example(
            claim=("PWK*OZ*EL*1**AC*ACN1", "HI*ABK:G8918"),
            at="PWK03",
            fixed=(("PWK*OZ*EL*1**AC*ACN1", "PWK*OZ*EL***AC*ACN1"),),
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1*2",),
            at="SV108",
            fixed=(("SV1*HC:A4306*120*UN*1***1*2", "SV1*HC:A4306*120*UN*1***1"),),
        ),
        Example(
            claim=("HI*ABK:G8918::::::::X",),
            at="HI01-10",
            fixed=(("HI*ABK:G8918::::::::X", "HI*ABK:G8918"),),
        ),
    )


class Repeats(Rule):
    """No loop, segment or element appears more often than the guide allows.

    At most 50 service lines, 10 paperwork segments, one note: a 999 answers with IK304 4 or 5.
    Where there are very many, the first ones are reported one by one, then all others once with
    their number.

    The guide does not allow a claim of more than 10,000 segments or a million bytes. edi-lint reads
    it to its end and checks each segment by itself. Rules that need the whole claim do not look at
    it; rules about service lines look only at the lines before the limit. One finding says so. The
    same is true of a level of the hierarchy. So time and memory stay bounded.
    """

    code = "STR004"
    name = "too-many"
    fault = "Loop, segment or element repeated too often"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: repeat counts"
    help = "Remove the extra one, or divide the claim."
    valid = (Example(),)
    invalid = (Example(claim=("NTE*ADD*ONE", "NTE*ADD*TWO", "HI*ABK:G8918"), at=""),)


class LineNumbers(Rule):
    """LX01 numbers a claim's service lines 1, 2, 3 and so on.

    Responses name a line by this number; a gap or a repetition is rejected. It is a number (N0), so
    that leading zeros say nothing.
    """

    code = "STR005"
    name = "line-numbers"
    fault = "Service lines misnumbered"
    level = 2
    severity = Severity.ERROR
    source = (
        "tested with pyx12 4.0.0; that zeros may lead: X12 RFI 1750 as quoted in xlate/staedi#526"
    )
    help = "Number the service lines of each claim from 1 without a gap."
    fix_safety = "LX01 only counts the lines; what each line says stays as it is."
    valid = (
        Example(),
        Example(line=("SV1*HC:A4306*60*UN*1***1", "LX*02", "SV1*HC:A4223*60*UN*1***1")),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*60*UN*1***1", "LX*3", "SV1*HC:A4223*60*UN*1***1"),
            at="LX01",
            fixed=(("LX*3", "LX*2"),),
        ),
    )


class Hierarchy(Rule):
    """HL01 counts the levels, HL02 names the level above, HL04 says whether one follows below.

    A receiver builds provider, subscriber and patient from these numbers; a wrong one puts claims
    under the wrong subscriber, or rejects the transaction set. HL02 chooses the subscriber, so that
    no number is written unasked; HL01 is suggested where no other level refers to it.
    """

    code = "STR006"
    name = "hierarchy"
    fault = "Hierarchical levels misnumbered"
    level = 2
    severity = Severity.ERROR
    source = "X12's HL segment; HL01 and HL02 tested with pyx12 4.0.0, which misses HL04"
    help = "Number HL01 from 1, write in HL02 the HL01 of the level above, in HL04 1 or 0."
    valid = (Example(),)
    invalid = (
        Example(
            change=(("HL*2*1*22*0", "HL*3*1*22*0"),),
            at="HL01",
            fixed=(("HL*3*1*22*0", "HL*2*1*22*0"),),
        ),
        Example(
            change=(("HL*2*1*22*0", "HL*2*9*22*0"),),
            at="HL02",
            fixed=(("HL*2*9*22*0", "HL*2*1*22*0"),),
        ),
        Example(
            change=(("HL*2*1*22*0", "HL*2*1*22*1"),),
            at="HL04",
            fixed=(("HL*2*1*22*1", "HL*2*1*22*0"),),
        ),
    )


class WithoutClaim(Rule):
    """A set has a claim, a group a set, an interchange a group, and each subscriber a claim.

    A subscriber without claims says nothing, and a set without any cannot be answered claim by
    claim: receivers reject it. A subscriber without a claim or a patient level below, beside others
    that have claims, is a warning, and so is a group or an interchange that is empty; an
    interchange may contain nothing but a TA1. A patient level without a claim is STR001's, an
    announced patient level (HL04 1) that does not follow STR006's. Where a segment below the
    subscriber is missing or misplaced, that is reported.
    """

    code = "SIT031"
    name = "without-claim"
    fault = "Subscriber, set, group or interchange without a claim"
    level = 4
    severity = Severity.ERROR
    no_status = "A 277CA answers claims, and here there is none: the set is answered by the 999."
    source = (
        "stupidedi issue 144, on sets and subscribers without a claim; X12, request for "
        "interpretation 1496, on what a subscriber's level is for"
    )
    addresses = (
        "https://github.com/kputnam/stupidedi/issues/144",
        "http://rfi.x12.org/Request/Details/1496?stateViewModel=WPC.RFI.Models.ViewModels."
        "RequestViewModel",
    )
    help = "Add the claim, or leave out what is empty."
    valid = (Example(),)
    invalid = (Example(more=(*_SUBSCRIBER_ALONE,), at="HL"),)


class ValidDates(Rule):
    """Dates and times exist, have the format that they announce, and ranges end after they begin.

    A date that cannot be read is IK403 8; service dates come back as status 187. A reversed range
    is suggested the other way round, which says what it said only if nothing but the order is
    wrong.
    """

    code = "STR013"
    name = "valid-dates"
    fault = "Date or time impossible"
    level = 2
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0, which misses reversed ranges; status 187 (CEDI)"
    help = "Write CCYYMMDD (D8), or CCYYMMDD-CCYYMMDD with the earlier day first (RD8)."
    valid = (Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*RD8*20260105-20260106")),)
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260230"), at="DTP03"),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*RD8*20260106-20260105"),
            at="DTP03",
            fixed=(("DTP*472*RD8*20260106-20260105", "DTP*472*RD8*20260105-20260106"),),
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260105-20260106"),
            at="DTP03",
            fixed=(("DTP*472*D8*20260105-20260106", "DTP*472*RD8*20260105-20260106"),),
        ),
        Example(
            line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*2026-01-05"),
            at="DTP03",
            fixed=(("DTP*472*D8*2026-01-05", "DTP*472*D8*20260105"),),
        ),
    )


class AccountNumber(ValueRule):
    """The claim's number (CLM01) has at most 20 characters.

    The guide's element takes 38, but HIPAA asks receivers to keep 20 only. A longer number comes
    back cut off in the 277CA and the 835, and what was meant to match a response to its claim no
    longer does. One that is longer than the element takes is ENV008's.
    """

    code = "STR007"
    name = "account-number-length"
    fault = "Claim number too long"
    level = 2
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI); the guide's note on CLM01; pyx12 4.0.0 misses "
        "it (tested)"
    )
    help = "Give the claim a number of at most 20 characters, unique among those you send."
    valid = (Example(clm=f"CLM*{'9' * ACCOUNT_NUMBER}*120***12:B:1*Y*A*Y*Y"),)
    invalid = (Example(clm=f"CLM*{'9' * 21}*120***12:B:1*Y*A*Y*Y", at="CLM01"),)
    places = (ValuePlace("CLM", 1, shape=Shape.LENGTH),)

    def judge(self, value: str) -> str | None:
        if len(value) <= ACCOUNT_NUMBER or len(value) > ACCOUNT_NUMBER_ELEMENT:
            return None
        return (
            f"CLM01 has {len(value)} characters; receivers need to keep no more than "
            f"{ACCOUNT_NUMBER}"
        )


class LineControlNumber(LineRule):
    """Every A4306 line has a control number (REF*6R), and every line's is its own and short.

    The 277CA (REF*FJ) and the 835 (REF*6R) give it back, and it is the first thing by which an
    answer finds its line; without it the procedure code and the charge must do, which two lines
    may share: that one is missing is information. A number that appears twice in its claim, or has
    more than the 30 characters that a clearinghouse that publishes its edits takes, tells lines
    apart no better, whatever their code.
    """

    code = "STR008"
    name = "line-control-number"
    fault = "Line control number missing, repeated or too long"
    level = 2
    severity = Severity.WARNING
    source = (
        "a clearinghouse's published edits (STEDI); pyx12 4.0.0 maps of the 277 and the 835 for "
        "where it comes back"
    )
    help = "Give each line a REF*6R of at most 30 characters that no other line of the claim has."
    needs = frozenset({"2400 REF 6R"})
    fix_safety = (
        "The number is the sender's own and says nothing of the service. Where a line has none, it "
        "gets one made of the numbers of its set, claim and line; none that is there is changed."
    )
    valid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260105", "REF*6R*EX1L1")),
        Example(line=("SV1*HC:A4223*120*UN*1***1",)),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*6R*EX1L1",
                "LX*2",
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*6R*EX1L2",
            )
        ),
    )
    invalid = (
        Example(
            line=("SV1*HC:A4306*120*UN*1***1",),
            at="SV101-02",
            fixed=((DATE, f"{DATE}~\nREF*6R*0001-1-1"),),
        ),
        Example(
            line=("SV1*HC:A4223*120*UN*1***1", "DTP*472*D8*20260105", "REF*6R*" + "9" * 31),
            at="REF02",
        ),
        Example(
            line=(
                "SV1*HC:A4223*60*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*6R*EX1L1",
                "LX*2",
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*6R*EX1L1",
            ),
            at="REF02",
        ),
        Example(
            line=(
                "SV1*HC:A4306*60*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*6R*EX1L1",
                "LX*2",
                "SV1*HC:A4223*60*UN*1***1",
                "DTP*472*D8*20260105",
                "REF*6R*EX1L1",
            ),
            at="REF02",
        ),
    )

    whole_claim = (
        "the number that its fix gives a line comes of the numbers of set, claim and line, and "
        "stands where the guide has it"
    )
    pack = PACK.unless(lambda pack: pack is None)
    length = Part("2400", "REF", 2, qualifier=CONTROL, shape=Shape.LENGTH).unless(
        lambda number: not _is_long(number)
    )
    repeated = Noticed(Repeated((TextPart("2400", "REF", 2, qualifier=CONTROL),)))

    def check(self, line: ServiceLine) -> Iterator[Hit]:
        own, claim = _control_number(line), line.claim
        number = own.value(2) if own else ""
        if own is None or not number:
            if line.sv1 is not None and line.code.upper() in self.run.packs:
                message = f"the {line.code} line has no control number (REF*6R)"
                fix = None if own else _numbered(line)
                yield Hit(line.sv1, 1, 2, message, fix, severity=Severity.INFO)
            return
        if _is_long(number):
            message = f"REF*6R has {len(number)} characters; the most is {LINE_CONTROL_NUMBER}"
            yield Hit(own, 2, 0, message)
        first = claim.once(_first_lines, lambda: _first_lines(claim))[number]
        if first is not line:
            which = f"line {shown}" if (shown := shown_line(first.number)) else "another line"
            message = f"{which} of the claim has the same control number"
            also = _control_number(first)
            spot = Spot(also, 2, 0, first.number) if also else None
            yield Hit(own, 2, 0, message, also=spot)


def _is_long(number: str) -> bool:
    """Whether a number is too long for receivers, though not for its element."""
    return LINE_CONTROL_NUMBER < len(number) <= LINE_CONTROL_ELEMENT


def _control_number(line: ServiceLine) -> Segment | None:
    return line.loop.first("REF", CONTROL)


def _first_lines(claim: Claim) -> dict[str, ServiceLine]:
    """The first line with each control number that lines of the claim have."""
    found: dict[str, ServiceLine] = {}
    for line in claim.lines:
        own = _control_number(line)
        found.setdefault(own.value(2) if own else "", line)
    return found


def _numbered(line: ServiceLine) -> Fix | None:
    """The fix that gives a line a control number; None where it would not be its own."""
    claim = line.claim
    numbers = (claim.transaction.control_number, str(claim.number), line.number)
    number = "-".join(numbers)
    held = claim.once(_first_lines, lambda: _first_lines(claim))
    if not all(map(shown_line, numbers)) or len(number) > LINE_CONTROL_NUMBER or number in held:
        return None
    grammar, (start, end) = claim.transaction.grammar, line.byte_range
    assert grammar is not None
    starts = claim.block.starts
    indexes = range(bisect_left(starts, start), bisect_left(starts, end))
    of_line = (s for s in map(claim.block.segment, indexes) if s.node)
    placed = [(s, grammar.segment_node(s.node)) for s in of_line]
    behind = [s for s, node in placed if node and node.loop.id == "2400" and node.tag in _BEFORE]
    if not behind:
        return None
    separator = behind[-1].delimiters.texts[0]
    text = separator.join(("REF", CONTROL, number))
    return add_segment(behind[-1], text, "give the line a control number (REF*6R)")


class NoteText(Rule):
    """The text of a note (NTE02) has at most 80 characters, all of them X12's.

    A longer note is a syntax error that rejects the transaction set, not one that is cut off by
    the receiver; so is a note with a letter that X12 does not have. That the first 80 characters
    are kept is only suggested: what matters may stand at the end.
    """

    code = "STR009"
    name = "note-text"
    fault = "Note text too long, or with characters outside X12"
    level = 2
    severity = Severity.ERROR
    response = Response(ik304="8", ik403="5")
    source = "pyx12 4.0.0 maps and tests; 999 code list IK403: 5 too long, 6 character"
    help = "Say it in 80 characters of X12's set, or announce a document with PWK instead."
    valid = (Example(claim=("NTE*ADD*" + "N" * 80, "HI*ABK:G8918")),)
    invalid = (
        Example(
            claim=("NTE*ADD*" + "N" * 81, "HI*ABK:G8918"),
            at="NTE02",
            fixed=(("NTE*ADD*" + "N" * 81, "NTE*ADD*" + "N" * 80),),
        ),
        Example(
            claim=("NTE*ADD*RATE 2\t4 ML PER HOUR", "HI*ABK:G8918"),
            at="NTE02",
            fixed=(("NTE*ADD*RATE 2\t4 ML PER HOUR", "NTE*ADD*RATE 2 4 ML PER HOUR"),),
        ),
        Example(line=("SV1*HC:A4306*120*UN*1***1", DATE, "NTE*ADD*2 \xb5L"), at="NTE02"),
    )


class FixedFormat(ValueRule):
    """K3 contains one of the fixed formats that X12 has approved, not a note.

    K3 is for data that the standard has no place for, each in a format that X12 publishes; a
    clearinghouse that publishes its edits rejects a claim with anything else in it. Which formats
    there are cannot be seen here, so only a text that reads like words is pointed at.
    """

    code = "STR010"
    name = "fixed-format-note"
    fault = "K3 without an approved format"
    level = 2
    severity = Severity.INFO
    source = "a clearinghouse's published edits (STEDI); the guide's note on K3"
    help = "Move the text to NTE, or say it with the element or the code that there is for it."
    valid = (
        Example(claim=("K3*STATEDATA120260105", "HI*ABK:G8918")),
        Example(claim=("K3*OH 20260105 A B C", "HI*ABK:G8918")),
    )
    invalid = (
        Example(claim=("K3*DRUG AND RATE PER ORDER", "HI*ABK:G8918"), at="K301"),
        Example(line=("SV1*HC:A4306*120*UN*1***1", DATE, "K3*Pump, reviewed at home"), at="K301"),
    )
    places = (ValuePlace("K3", 1, shape=Shape.FORM),)

    def judge(self, value: str) -> str | None:
        if len(re.findall(_WORD, value)) < A_FEW_WORDS:
            return None
        return "K301 reads like a note; K3 takes only fixed formats that X12 has approved"


RULES: tuple[type[Rule], ...] = (
    Required,
    Codes,
    NotUsed,
    Repeats,
    LineNumbers,
    Hierarchy,
    WithoutClaim,
    AccountNumber,
    LineControlNumber,
    NoteText,
    FixedFormat,
    ValidDates,
)
