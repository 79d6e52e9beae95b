"""Interchange, group and set envelopes, and the syntax of elements: ENV001 to ENV011.

The engine finds most of these faults, and the classes say what they mean. ENV010 needs a ledger,
and ENV011 is made when an input was read (`edi_lint.run.unchecked`).
"""

from __future__ import annotations

from collections.abc import Iterator

from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.rules.base import Hit, LedgerRule, ReusedNumber, Rule
from edi_lint.rules.examples import DATE, HEAD, MEMBER, SEGMENTS, SUBSCRIBER, TAIL, Example

ISA, IEA = HEAD[0], TAIL[-1]

_TRAILER_SAFETY = (
    "The {header} is kept, and no claim says anything else. The fix is only suggested where "
    "segments of the {envelope} may be lost, since the trailer may then be right: where a segment "
    "is missing or out of place (ENV007, STR001), where half an envelope is, where SE01 is off by "
    "more than two segments, and where GE01 or IEA01 counts more than there is. What is missing or "
    "repeated has no fix."
)


class IsaHeader(Rule):
    """The interchange header is 106 bytes with four distinct delimiters; nothing is outside.

    Receivers find the delimiters by counting bytes in ISA: a header of another length, a delimiter
    that is also data, bytes before the header or a missing end make the whole interchange
    unreadable, and a TA1 rejects it before any claim is seen. NUL bytes behind IEA, with which some
    transfers fill a block, are a warning; white space and DOS's end-of-file mark (Ctrl-Z) are none.
    """

    code = "ENV001"
    name = "isa-header"
    fault = "Interchange header damaged, or bytes outside the interchange"
    level = 1
    severity = Severity.ERROR
    source = "X12.5 interchange control structures; general knowledge"
    help = (
        "Write ISA with every element at its fixed width (106 bytes with the terminator), choose "
        "delimiters that no value contains, and send nothing before ISA or after IEA."
    )
    fix_safety = (
        "The ids of sender and receiver (ISA06, ISA08) get the blanks after them that their width "
        "asks for, which are not part of them. No other element of ISA is changed unasked."
    )
    valid = (Example(),)
    invalid = (
        Example(
            change=(("SUBMITTER      *ZZ", "SUBMITTER     *ZZ"),),
            at="ISA06",
            fixed=((ISA.replace("SUBMITTER      *ZZ", "SUBMITTER     *ZZ"), ISA),),
        ),
        Example(change=(("ISA*00", "BATCH 17\nISA*00"),), at=""),
    )


class InterchangeNumber(Rule):
    """ISA13 and IEA02 are the same number of nine digits, new in each interchange.

    The trailer's number tells a receiver that the interchange arrived whole; a repeated number
    reads as the same interchange sent twice. Where segments of the interchange are missing or out
    of place, its trailer may belong to another one.
    """

    code = "ENV002"
    name = "interchange-control-number"
    fault = "Interchange control number wrong or repeated"
    level = 1
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0, which enforces it; TA105 001 and 025"
    help = "Write the number of ISA13 in IEA02, and a new number for every interchange."
    fix_safety = _TRAILER_SAFETY.format(header="number of ISA13", envelope="interchange")
    valid = (Example(),)
    invalid = (
        Example(
            change=(("IEA*1*000000001", "IEA*1*000000002"),),
            at="IEA02",
            fixed=(("IEA*1*000000002", "IEA*1*000000001"),),
        ),
    )


class GroupNumber(Rule):
    """GS06 and GE02 are the same, no group number repeats, and each group has both ends.

    Where they differ the receiver rejects the functional group with every claim in it. They are
    numbers (N0): 0416 is 416. Where segments of the group are missing or out of place, its trailer
    may belong to another one.
    """

    code = "ENV003"
    name = "group-control-number"
    fault = "Group control number wrong, or group incomplete"
    level = 1
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0, which enforces it; AK905 3, 4 and 19"
    help = "Write the number of GS06 in GE02, a new one for each group, and a GE for each GS."
    fix_safety = _TRAILER_SAFETY.format(header="number of GS06", envelope="group")
    valid = (Example(), Example(change=(("GE*1*1", "GE*1*0001"),)))
    invalid = (Example(change=(("GE*1*1", "GE*1*7"),), at="GE02", fixed=(("GE*1*7", "GE*1*1"),)),)


class SetNumber(Rule):
    """ST02 and SE02 are the same, unique in the group, and each transaction set has both ends.

    Where they differ the receiver rejects the transaction set with every claim in it. Where
    segments of the set are missing or out of place, its trailer may belong to another one.
    """

    code = "ENV004"
    name = "set-control-number"
    fault = "Transaction set control number wrong, or set incomplete"
    level = 1
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0, which enforces it; IK502 2, 3 and 23"
    help = "Write the number of ST02 in SE02, a new one for each set of a group, an SE for each ST."
    fix_safety = _TRAILER_SAFETY.format(header="number of ST02", envelope="set")
    valid = (Example(),)
    invalid = (
        Example(
            change=(("*0001~\nGE", "*0002~\nGE"),),
            at="SE02",
            fixed=((f"SE*{SEGMENTS}*0002", f"SE*{SEGMENTS}*0001"),),
        ),
    )


class Counts(Rule):
    """SE01, GE01 and IEA01 count the segments, transaction sets and groups, and IEA is there.

    The counts tell a receiver that nothing was lost on the way; a wrong one rejects the set, the
    group or the interchange. Where segments are missing or out of place, the count may be the one
    thing that is right.
    """

    code = "ENV005"
    name = "envelope-counts"
    fault = "Envelope count wrong"
    level = 1
    severity = Severity.ERROR
    source = "tested with pyx12 4.0.0, which enforces it; IK502 4, AK905 5, TA105 021"
    help = "Count again: SE01 counts every segment from ST to SE, both included."
    fix_safety = _TRAILER_SAFETY.format(header="content of the file", envelope="counted envelope")
    valid = (Example(),)
    invalid = (
        Example(
            change=((f"SE*{SEGMENTS}*", f"SE*{SEGMENTS - 1}*"),),
            at="SE01",
            fixed=((f"SE*{SEGMENTS - 1}*0001", f"SE*{SEGMENTS}*0001"),),
        ),
        Example(
            change=((f"SE*{SEGMENTS}*", "SE*99*"),),
            at="SE01",
            fixed=(("SE*99*0001", f"SE*{SEGMENTS}*0001"),),
        ),
        Example(change=(("GE*1*1", "GE*2*1"),), at="GE01", fixed=(("GE*2*1", "GE*1*1"),)),
        Example(
            change=(("IEA*1*", "IEA*3*"),),
            at="IEA01",
            fixed=(("IEA*3*000000001", "IEA*1*000000001"),),
        ),
    )


class Guide(Rule):
    """GS01, GS08, ST01 and ST03 say what the set is: HC, 837 and 005010X222A1 for an 837P.

    Receivers choose their map by these labels: a wrong one, or two that differ, fails or goes to
    the wrong place. Whether a set is an 837P is decided by its segments (SV1 of professional, SV2
    of institutional, SV3 of dental claims, or those of other sets), then by GS08, then by ST03.
    So a set with a wrong label is linted, and the label is reported. Only a set that is another
    one is skipped. The guide's other two names (005010X222, 005010X222A2) read the same and are
    only warned of, as is a 4010 file. Where GS08 is not known, REF*87 tells a 4010 file.
    """

    code = "ENV006"
    name = "guide-version"
    fault = "Wrong guide or kind of transaction set"
    level = 1
    severity = Severity.ERROR
    source = "pyx12 4.0.0 has no map for other names; X12's ST03 is to equal GS08"
    help = "Write HC in GS01, 837 in ST01, and 005010X222A1 in GS08 and in ST03."
    valid = (Example(),)
    invalid = (
        Example(
            change=(("ST*837*0001*005010X222A1", "ST*837*0001*005010X222A2"),),
            at="ST03",
            fixed=(("ST*837*0001*005010X222A2", "ST*837*0001*005010X222A1"),),
        ),
        Example(
            change=(("ST*837*0001*005010X222A1~", "ST*837*0001*005010X222A1 ~"),),
            at="ST03",
            fixed=(("ST*837*0001*005010X222A1 ", "ST*837*0001*005010X222A1"),),
        ),
        Example(
            change=(("ST*837*0001", "ST*830*0001"),),
            at="ST01",
            fixed=(("ST*830*0001*005010X222A1", "ST*837*0001*005010X222A1"),),
        ),
        Example(change=(("*X*005010X222A1", "*X*005010X223A2"),), at="GS08"),
        Example(change=(("GS*HC*", "GS*HP*"),), at="GS01"),
    )


class SegmentsInPlace(Rule):
    """Every segment is one that the guide has, where the guide has it.

    A receiver answers with the segment's position in a 999 and rejects the transaction set.
    """

    code = "ENV007"
    name = "segment-place"
    fault = "Segment unknown or out of place"
    level = 1
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps; 999 code list IK304: 1 unrecognized, 2 unexpected, 7 out of order"
    help = (
        "Remove the segment, correct its tag or qualifier, or move it to its place. A segment "
        "that belongs to a loop needs the segment that opens the loop before it: a name its NM1, a "
        "claim its CLM."
    )
    valid = (Example(),)
    invalid = (
        Example(claim=("HI*ABK:G8918", "ZZZ*1"), at=""),
        Example(claim=("HI*ABK:G8918", "REF*G1*PA100"), at=""),
    )


class ElementSyntax(Rule):
    """Elements keep to their length, their type and X12's characters.

    A value that is too long is cut or refused; a letter where a number belongs cannot be read. The
    text of a note (NTE02) is STR009's. What is suggested: a number without a currency sign and
    thousands separators, letters without accents, a set control number with leading zeros.

    A line break in a value is an error at each such value; the suggestion writes the value on one
    line. A file that is wrapped at a fixed column gets one warning: its line breaks are read as if
    they were not there.
    """

    code = "ENV008"
    name = "element-syntax"
    fault = "Element too long, too short or malformed"
    level = 1
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps; 999 code list IK403: 4 too short, 5 too long, 6 character"
    help = "Bring the value to the length and type that the guide's data element has."
    valid = (Example(),)
    invalid = (
        Example(line=("SV1*HC:A4306*12X*UN*1***1",), at="SV102"),
        Example(claim=("REF*EA*" + "9" * 51, "HI*ABK:G8918"), at="REF02"),
        Example(
            clm="CLM*EX-1*1200***12:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*$1,200.00*UN*1***1",),
            at="SV102",
            fixed=(("SV1*HC:A4306*$1,200.00*UN*1***1", "SV1*HC:A4306*1200.00*UN*1***1"),),
        ),
        Example(
            change=(("PER*IC*EXAMPLE DESK", "PER*IC*EXAMPL\xc9 DESK"),),
            at="PER02",
            fixed=(("PER*IC*EXAMPL\xc9 DESK*TE*5555550100", "PER*IC*EXAMPLE DESK*TE*5555550100"),),
        ),
        Example(
            claim=("NTE*ADD*PUMP REFILLED\nAT HOME", "HI*ABK:G8918"),
            at="NTE02",
            fixed=(("NTE*ADD*PUMP REFILLED\nAT HOME", "NTE*ADD*PUMP REFILLED AT HOME"),),
        ),
        Example(
            change=((f"SE*{SEGMENTS}*0001", f"SE*{SEGMENTS}*1"),),
            at="SE02",
            fixed=((f"SE*{SEGMENTS}*1", f"SE*{SEGMENTS}*0001"),),
        ),
    )


class Padding(Rule):
    """No separators after the last value, no spaces after a value or before a segment.

    X12 asks for both to be left out; most receivers bear them and some parsers do not.
    """

    code = "ENV009"
    name = "padding"
    fault = "Unneeded separators or spaces"
    level = 1
    severity = Severity.WARNING
    source = "a clearinghouse's published repairs (STEDI); X12.6; pyx12 4.0.0 reports both"
    help = "End each segment at its last value and each value at its last character."
    fix_safety = "Separators and spaces after the data carry no meaning in X12."
    valid = (Example(),)
    invalid = (
        Example(
            line=("SV1*HC:A4306*120*UN*1***1**",),
            at="",
            fixed=(("SV1*HC:A4306*120*UN*1***1**", "SV1*HC:A4306*120*UN*1***1"),),
        ),
        Example(
            claim=("REF*EA*MR100 ", "HI*ABK:G8918"),
            at="REF02",
            fixed=(("REF*EA*MR100 ", "REF*EA*MR100"),),
        ),
    )


class NumberSent(LedgerRule):
    """An interchange control number is sent once; the ledger knows no other content for it.

    A receiver rejects an interchange whose number it has had from the sender as a duplicate,
    whatever is in it. Asked only where a ledger is in use (edi-lint check --ledger, or ledger in
    the settings), which knows what was recorded there. The same interchange again is not a finding,
    also with other line breaks: it may be sent twice on purpose, after a transmission that failed.
    Production and test interchanges (ISA15) count apart.
    """

    code = "ENV010"
    name = "control-number-sent-before"
    fault = "Control number already sent with other content"
    level = 1
    severity = Severity.WARNING
    response = Response(ta105="025")
    source = "receivers reject a number that they have had (TA105 025); general knowledge"
    help = (
        "Give the interchange a new number, in ISA13 and in IEA02: `edi-lint fix --ledger` takes "
        "the ledger's next one. If the other one was recorded and never reached the receiver, the "
        "number can stay."
    )
    fix_safety = (
        "No claim says anything else, and the ledger gives every number out once. GS06, ST02 and "
        "BHT03 stay; edi-lint rewrite makes those anew too."
    )
    valid = (Example(), Example(sent=(("*P*:", "*T*:"),)))
    invalid = (
        Example(
            sent=(("HI*ABK:G8918", "HI*ABK:M75121"),),
            at="ISA13",
            fixed=((ISA, ISA.replace("*000000001*", "*000000002*")), (IEA, "IEA*1*000000002")),
        ),
    )

    def check(self, sent: ReusedNumber) -> Iterator[Hit]:
        header, trailer = sent.header, sent.trailer
        message = f"control number sent before with other content (recorded {sent.recorded})"
        fix = None
        if sent.number:
            number = f"{sent.number:09}"
            edits = [Edit(*header.span(13), number)]
            if trailer is not None and trailer.value(2) == header.value(13):
                edits.append(Edit(*trailer.span(2), number))
            what = f"give it the number {number}"
            fix = Fix(Applicability.AUTOMATIC, what, tuple(edits))
        yield Hit(header, 13, 0, message, fix=fix)


_CLAIMS = Example().file().decode("latin-1").partition("GS*")[2].partition("IEA*")[0]
_ACKNOWLEDGMENT = """FA*RECEIVER*SUBMITTER*20260110*1215*1*X*005010X231A1~
ST*999*0001*005010X231A1~
AK1*HC*1*005010X222A1~
AK9*A*1*1*1~
SE*4*0001~
GE*1*1~
"""


class NotProfessional(Rule):
    """The input has professional claims (837P); what is anything else was not checked.

    Without this an acknowledgment (TA1, 999, 277CA), a remittance advice (835) or institutional
    claims (837I) among the claims would pass as a file without findings. An input that was named,
    and in which nothing could be checked, is an error and ends the run with status 2, whatever
    --fail-on says. The same in a folder or a glob is an info, and so is a set that was skipped
    beside others; with --strict both are errors, and the status is 2. The finding says what the
    input is instead, or why it could not be read. Neither --select and --ignore nor a suppression
    nor a baseline hides it.
    """

    code = "ENV011"
    name = "not-an-837p"
    fault = "Not checked: not an 837P"
    level = 1
    severity = Severity.ERROR
    source = "what this product is for: it checks 005010X222A1 and 004010X098A1"
    help = (
        "Only an 837P is checked: name the file with the claims. Where this should be claims, look "
        "whether the transfer was complete and whether the file is packed or encrypted."
    )
    valid = (Example(),)
    invalid = (Example(change=((_CLAIMS, _ACKNOWLEDGMENT),), at="ST"),)


class Shifted(Rule):
    """A segment has neither one element separator too many nor one too few.

    A stray or lost separator moves every element after it one place: a charge lands where a
    frequency belongs, a member id where nothing is read. All that is one fault, and one finding;
    the segment is read as it is meant, so that no other rule speaks of the elements that moved. The
    suggestion takes the separator out, or puts it in, where every element then fits the guide, and
    no other place for it does as well.
    """

    code = "ENV012"
    name = "shifted-segment"
    fault = "Element separator missing or extra"
    level = 1
    severity = Severity.ERROR
    source = "pyx12 4.0.0 maps; general knowledge"
    help = "Take the stray separator out, or put the lost one in, and look at each value after it."
    valid = (Example(),)
    invalid = (
        Example(
            clm="CLM*EX-1**120***12:B:1*Y*A*Y*Y",
            at="CLM02",
            fixed=(("CLM*EX-1**120***12:B:1*Y*A*Y*Y", "CLM*EX-1*120***12:B:1*Y*A*Y*Y"),),
        ),
        Example(
            change=((f"EXAMPLE*PERSON****MI*{MEMBER}", f"EXAMPLE*PERSON***MI*{MEMBER}"),),
            at="NM107",
            fixed=((f"NM1*IL*1*EXAMPLE*PERSON***MI*{MEMBER}", SUBSCRIBER[0]),),
        ),
    )


class TerminatorMissing(Rule):
    """Every segment ends with the segment terminator.

    Without it a receiver takes the next segment for the last values of this one: a service line, a
    claim or a whole level is not read. Where it is clear that one is missing, the file is read on
    as if it were there, so that all that follows is checked and counted.
    """

    code = "ENV013"
    name = "terminator-missing"
    fault = "Segment terminator missing"
    level = 1
    severity = Severity.ERROR
    source = "X12.5 segment terminator; general knowledge"
    help = "End the segment before this one with the segment terminator."
    valid = (Example(),)
    invalid = (
        Example(
            change=(("HI*ABK:G8918~", "HI*ABK:G8918"),),
            fixed=(("HI*ABK:G8918\nLX*1", "HI*ABK:G8918~\nLX*1"),),
        ),
        Example(
            change=((f"{DATE}~\n", DATE),),
        ),
    )


class OneByteEach(Rule):
    """The file has one byte for each character, and no byte order mark before the interchange.

    Some editors put a mark before UTF-8. It is where receivers look for ISA, so that they reject
    the file. Others save as UTF-16 or UTF-32, with two or four bytes for each character: what is
    in the file is checked anyway, but receivers cannot read it.
    """

    code = "ENV014"
    name = "encoding"
    fault = "Wrong encoding, or byte order mark"
    level = 1
    severity = Severity.ERROR
    source = "X12.5: an interchange begins with ISA; X12.6: the basic and extended character sets"
    help = "Save the file as ASCII, or as UTF-8 without a byte order mark."
    fix_safety = "The characters stay the same. A mark is none of them."
    valid = (Example(),)
    invalid = (
        Example(
            change=(("ISA*00", "\xef\xbb\xbfISA*00"),),
            at="",
            fixed=((f"\xef\xbb\xbf{ISA}", ISA),),
        ),
    )


RULES: tuple[type[Rule], ...] = (
    IsaHeader,
    InterchangeNumber,
    GroupNumber,
    SetNumber,
    Counts,
    Guide,
    SegmentsInPlace,
    ElementSyntax,
    Padding,
    NumberSent,
    NotProfessional,
    Shifted,
    TerminatorMissing,
    OneByteEach,
)
