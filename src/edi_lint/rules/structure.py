"""What the guide requires, lists, forbids and counts: STR001 to STR006 and STR013.

The engine finds these faults; the classes here say what they mean.
"""

from __future__ import annotations

from edi_lint.findings import Severity
from edi_lint.rules.base import Rule
from edi_lint.rules.examples import Example


class Required(Rule):
    """Everything that the guide requires is there: loops, segments, elements, and their pairs.

    A 999 names the missing segment (IK304 3) or element (IK403 1, or 2 where another element
    makes it necessary), and the transaction set is rejected.
    """

    code = "STR001"
    name = "required-missing"
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
    """A coded element holds one of the codes that the guide lists for it.

    A 999 answers with IK403 7; where the code tells segments of one tag apart, the segment cannot
    be understood at all.
    """

    code = "STR002"
    name = "code-not-listed"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: code lists, place of service, state and country lists"
    help = "Use a code of the list that the guide gives for this element."
    valid = (Example(claim=("PWK*OZ*EL***AC*ACN1", "HI*ABK:G8918")),)
    invalid = (
        Example(claim=("PWK*ZZ*EL***AC*ACN1", "HI*ABK:G8918"), at="PWK01"),
        Example(line=("SV1*HC:A4306*120*XX*1***1",), at="SV103"),
    )


class NotUsed(Rule):
    """Elements that the guide does not use are empty, and no segment has more than it defines.

    A 999 answers with IK403 I10, or 3 and 13 for elements and components beyond the last.
    """

    code = "STR003"
    name = "not-used-filled"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: usage N"
    help = "Leave the element empty; if its content matters, the guide has another place for it."
    valid = (Example(claim=("PWK*OZ*EL***AC*ACN1", "HI*ABK:G8918")),)
    invalid = (Example(claim=("PWK*OZ*EL*1**AC*ACN1", "HI*ABK:G8918"), at="PWK03"),)


class Repeats(Rule):
    """No loop, segment or element stands more often than the guide allows.

    At most 50 service lines, 10 paperwork segments, one note: a 999 answers with IK304 4 or 5.
    """

    code = "STR004"
    name = "too-many"
    level = 2
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps: repeat counts"
    help = "Remove the extra one, or divide the claim."
    valid = (Example(),)
    invalid = (Example(claim=("NTE*ADD*ONE", "NTE*ADD*TWO", "HI*ABK:G8918"), at=""),)


class LineNumbers(Rule):
    """LX01 numbers a claim's service lines 1, 2, 3 and so on.

    Responses name a line by this number; a gap or a repetition is rejected.
    """

    code = "STR005"
    name = "line-numbers"
    level = 2
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0"
    help = "Number the service lines of each claim from 1 without a gap."
    fix_safety = "LX01 only counts the lines; what each line says stays as it is."
    valid = (Example(),)
    invalid = (
        Example(line=("SV1*HC:A4306*60*UN*1***1", "LX*3", "SV1*HC:A4223*60*UN*1***1"), at="LX01"),
    )


class Hierarchy(Rule):
    """HL01 counts the levels, HL02 names the level above, HL04 says whether one follows below.

    A receiver builds provider, subscriber and patient from these numbers; a wrong one puts claims
    under the wrong subscriber, or rejects the transaction set.
    """

    code = "STR006"
    name = "hierarchy"
    level = 2
    severity = Severity.ERROR
    source = "X12's HL segment; HL01 and HL02 tested with pyx12 4.0.0, which misses HL04"
    help = "Number HL01 from 1, write in HL02 the HL01 of the level above, in HL04 1 or 0."
    valid = (Example(),)
    invalid = (
        Example(change=(("HL*2*1*22*0", "HL*3*1*22*0"),), at="HL01"),
        Example(change=(("HL*2*1*22*0", "HL*2*9*22*0"),), at="HL02"),
        Example(change=(("HL*2*1*22*0", "HL*2*1*22*1"),), at="HL04"),
    )


class ValidDates(Rule):
    """Dates and times exist, have the format that they announce, and ranges end after they begin.

    A date that cannot be read is IK403 8; service dates come back as status 187.
    """

    code = "STR013"
    name = "valid-dates"
    level = 2
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0, which misses reversed ranges; status 187 (CEDI)"
    help = "Write CCYYMMDD (D8), or CCYYMMDD-CCYYMMDD with the earlier day first (RD8)."
    valid = (Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*RD8*20260105-20260106")),)
    invalid = (
        Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260230"), at="DTP03"),
        Example(line=("SV1*HC:A4306*120*UN*1***1", "DTP*472*RD8*20260106-20260105"), at="DTP03"),
    )


RULES: tuple[type[Rule], ...] = (
    Required,
    Codes,
    NotUsed,
    Repeats,
    LineNumbers,
    Hierarchy,
    ValidDates,
)
