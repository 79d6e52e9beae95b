"""Puts the engine's faults into words: the rule each belongs to, message, and the codes answered.

The one place that does so, whichever engine found the fault.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from edi_lint.engine import OUTSIDE, Context, Fault, FaultCode
from edi_lint.engine.identity import KINDS
from edi_lint.engine.result import LONGEST_BLOCK
from edi_lint.findings import Applicability, Fix, Response, Severity
from edi_lint.findings.masking import shown_code, shown_tag
from edi_lint.grammar import ElementSpec, Grammar, LoopNode, SegmentNode, envelope_node
from edi_lint.rules import envelope, structure
from edi_lint.rules.base import Rule


class Described(NamedTuple):
    """A fault in words. `whole` places it on the segment though an element was counted."""

    fault: Fault
    rule: type[Rule]
    message: str
    severity: Severity
    response: Response
    help: str
    whole: bool = False
    no_excerpt: bool = False
    fix: Fix | None = None


NO_RESPONSE = Response()
_WARNING = Severity.WARNING


class FaultWords(NamedTuple):
    """How one kind of fault is reported."""

    rule: type[Rule]
    message: Callable[[Fault, Grammar | None], str]
    response: Response = NO_RESPONSE
    severity: Severity | None = None
    help: str = ""
    """What to do, where the rule's own help speaks of something else."""


# TA105 by element of ISA, as X12 numbers its interchange note codes.
_ISA_NOTES = {
    1: "010", 2: "011", 3: "012", 4: "013", 5: "005", 6: "006", 7: "007", 8: "008",
    9: "014", 10: "015", 11: "026", 12: "017", 13: "018", 14: "019", 15: "020", 16: "027",
}  # fmt: skip
_IEA_NOTES = {1: "021", 2: "018"}
# AK905 by element of GS and GE; other elements have no code of their own there.
_GROUP_NOTES = {("GS", 6): "6", ("GE", 2): "6", ("GS", 8): "2"}
_OUTSIDE_SETS = frozenset({"ISA", "IEA", "GS", "GE", "TA1"})


def describe(fault: Fault, context: Context, lost: bool = False) -> Described:
    """The fault as a finding's words.

    `context` is that of its block; `lost` says that segments may be lost in the envelope that a
    trailer closes, so that its fix is a suggestion.
    """
    grammar = _grammar(context)
    words = _words(fault)
    response = words.response
    tag = fault.segment.tag
    rule = words.rule
    if tag in _OUTSIDE_SETS and not fault.node and (response.ik304 or response.ik403):
        response = _envelope_response(tag, fault.element)
        if tag == "ISA" and fault.code is not FaultCode.LINE_BREAK_INSIDE:
            rule = envelope.IsaHeader
    return Described(
        fault,
        rule,
        words.message(fault, grammar),
        words.severity or rule.severity,
        response,
        words.help or rule.help,
        whole=fault.code in _ON_THE_SEGMENT,
        no_excerpt=fault.code in _WITHOUT_EXCERPT,
        fix=_fix(fault, context, lost),
    )


class Answered(NamedTuple):
    """What a receiver answers to one kind of fault, and the rule whose finding names it.

    `of_envelope` tells faults that many rules share: those of an element of GS, GE or IEA.
    """

    rule: type[Rule]
    response: Response
    kind: str
    of_envelope: bool = False


def answered() -> Iterator[Answered]:
    """Every kind of fault that is answered with its answers, in the order of the kinds."""
    for code, words in (*_WORDS.items(), *_OF_NOTES.items()):
        if words.response != NO_RESPONSE:
            yield Answered(words.rule, words.response, _kind(code))
    for element, note in _ISA_NOTES.items():
        yield Answered(envelope.IsaHeader, Response(ta105=note), f"ISA{element:02}")
    misplaced = _WORDS[FaultCode.SEGMENT_UNEXPECTED].rule
    for tag, elements in _ENVELOPE_ELEMENTS.items():
        yield Answered(misplaced, _envelope_response(tag, 0), f"{tag} out of place", True)
        for number in range(1, elements + 1):
            for rule in dict.fromkeys(_WORDS[code].rule for code in _OF_ENVELOPE_ELEMENTS):
                yield Answered(rule, _envelope_response(tag, number), f"{tag}{number:02}", True)


def _kind(code: FaultCode) -> str:
    """«segment missing», «SE count»."""
    words = code.name.split("_")
    return " ".join(w if w in _TAGS_IN_KINDS else w.lower() for w in words)


def _words(fault: Fault) -> FaultWords:
    """How the fault is reported; a note's own rule speaks of a note."""
    own = fault.segment.tag == "NTE" and fault.element == 2 and fault.node
    return _OF_NOTES.get(fault.code, _WORDS[fault.code]) if own else _WORDS[fault.code]


def _envelope_response(tag: str, element: int) -> Response:
    if tag == "ISA":
        return Response(ta105=_ISA_NOTES.get(element, "024"))
    if tag == "IEA":
        return Response(ta105=_IEA_NOTES.get(element, "024"))
    if tag == "TA1":
        return Response(ta105="024")
    return Response(ak905=_GROUP_NOTES.get((tag, element), "1" if tag == "GS" else "5"))


def _fix(fault: Fault, context: Context, lost: bool) -> Fix | None:
    from edi_lint.rules.fixes import FixContext, fix_of

    if fault.unsure:
        return None
    grammar = _grammar(context)
    node = _node(fault, grammar)
    placed = node if isinstance(node, SegmentNode) else None
    fix = fix_of(FixContext(fault, context, placed, _spec(fault, grammar)))
    return fix._replace(applicability=Applicability.SUGGESTED) if fix and lost else fix


def _grammar(context: Context) -> Grammar | None:
    return context.transaction.grammar if context.transaction else None


# words


def _node(fault: Fault, grammar: Grammar | None) -> SegmentNode | LoopNode | None:
    return grammar.nodes[fault.node] if grammar and fault.node else None


def _where(node: SegmentNode | LoopNode | None) -> str:
    """«NM1 (2010AA Billing Provider Name)», or a loop's own words."""
    if isinstance(node, LoopNode):
        opener = _opener(node)
        if not node.id[:1].isdigit():  # a table of the map, which is not a loop of the guide
            return _where(opener if opener.loop is node else opener.loop)
        return f"loop {node.id} ({node.name}, opened by {_tag_with_key(opener)})"
    if node is None:
        return "the segment"
    return f"{_tag_with_key(node)} ({node.name}, loop {node.loop.id})"


def _opener(node: LoopNode) -> SegmentNode:
    first = node.children[0]
    return _opener(first) if isinstance(first, LoopNode) else first


def _tag_with_key(node: SegmentNode) -> str:
    """NM1*85 where one qualifier tells the node, NM1 otherwise; HL*20 for a level code."""
    if node.key and len(node.key_codes) == 1:
        return f"{node.tag} {next(iter(node.key_codes))}"
    return node.tag


def _spec(fault: Fault, grammar: Grammar | None) -> ElementSpec | None:
    node = _node(fault, grammar)
    if node is None and fault.segment.tag in _OUTSIDE_SETS:
        node = envelope_node(fault.segment.tag)
    if not isinstance(node, SegmentNode) or not 0 < fault.element <= len(node.spec.elements):
        return None
    spec = node.spec.elements[fault.element - 1]
    if fault.component and fault.component <= len(spec.components):
        return spec.components[fault.component - 1]
    return None if fault.component else spec


def _name(fault: Fault, grammar: Grammar | None) -> str:
    """«SV101-04 (Procedure Modifier 2)»."""
    component = f"-{fault.component:02}" if fault.component else ""
    refdes = f"{shown_tag(fault.segment)}{fault.element:02}{component}"
    spec = _spec(fault, grammar)
    return f"{refdes} ({spec.name})" if spec else refdes


def _length(fault: Fault) -> int:
    value = fault.segment.value(fault.element, fault.component)
    if fault.repeat:
        repetition = fault.segment.delimiters.repetition.decode("latin-1")
        value = fault.segment.value(fault.element).split(repetition)[fault.repeat - 1]
    return len(value)


def _says(text: str) -> Callable[[Fault, Grammar | None], str]:
    return lambda fault, grammar: text


def _unrecognized(fault: Fault, grammar: Grammar | None) -> str:
    text = "no segment of this guide has this tag"
    tag = fault.segment.tag
    return text if tag == tag.upper() else f"{text}; tags are written in capital letters"


def _bad_character(fault: Fault, grammar: Grammar | None) -> str:
    spec = _spec(fault, grammar)
    if spec and (spec.kind == "R" or spec.kind[:1] == "N"):
        return f"{_name(fault, grammar)} must be a number"
    return f"{_name(fault, grammar)} contains a character that X12 does not allow there"


def _bad_code(fault: Fault, grammar: Grammar | None) -> str:
    spec = _spec(fault, grammar)
    if spec is None or not spec.codes:
        return f"{_name(fault, grammar)} contains a code that no {fault.segment.tag} takes here"
    codes = sorted(spec.codes)
    listed = ": " + ", ".join(codes) if len(codes) <= _FEW else ""
    node = _node(fault, grammar)
    segment_node = node if isinstance(node, SegmentNode) else None
    value = shown_code(fault.segment, segment_node, fault.element, fault.component)
    if value:
        return f"{_name(fault, grammar)} is {value}, which is not in the guide's list{listed}"
    return f"{_name(fault, grammar)} contains a code that is not in the guide's list{listed}"


def _repeats(fault: Fault, grammar: Grammar | None) -> str:
    node = _node(fault, grammar)
    limit = "once" if fault.number == 1 else f"{fault.number} times"
    more = (
        f"; {fault.count:,} more, up to this one, are not listed one by one" if fault.count else ""
    )
    return f"{_where(node)} may appear at most {limit} here{more}"


def _count(what: str) -> Callable[[Fault, Grammar | None], str]:
    def message(fault: Fault, grammar: Grammar | None) -> str:
        del grammar
        says = f"{fault.segment.tag}01 is not the number of {what}: the file has {fault.number}"
        stated = stated_count(fault)
        if stated is None:
            return says
        difference = fault.number - stated
        return f"{says}, {abs(difference)} {'more' if difference > 0 else 'fewer'}"

    return message


def stated_count(fault: Fault) -> int | None:
    """The count that a trailer states, by the fault about it; no more than its first 12 digits.
    None where it states no number."""
    text = fault.segment.value(1)[:_LONGEST_COUNT] or "0"
    return int(text) if text.isascii() and text.removeprefix("-").isdecimal() else None


def is_loss(fault: Fault) -> bool:
    """Whether a fault shows that segments may be lost in the envelopes that are open.

    A count that is far off, or that counts sets or groups that are not there, shows it as well.
    """
    if fault.code in LOSSES:
        return True
    if fault.code not in (FaultCode.SE_COUNT, FaultCode.GE_COUNT, FaultCode.IEA_COUNT):
        return False
    stated = stated_count(fault)
    if stated is None:
        return True
    difference = fault.number - stated
    if fault.code is FaultCode.SE_COUNT:
        return abs(difference) > NEAR
    return not 0 < difference <= NEAR


NEAR = 2
"""How far a count may be off that is corrected unasked: so many segments are miscounted, more are
lost."""
_LONGEST_COUNT = 12


def _kind_named(fault: Fault) -> str:
    """«an 837I», «an 835»."""
    kind = KINDS[fault.number]
    return f"{'an' if kind.startswith('8') else 'a'} {kind}"


def _missing_segment(fault: Fault, grammar: Grammar | None) -> str:
    """What is missing, or what it may be where several segments would do."""
    if not fault.others or grammar is None:
        return f"{_where(_node(fault, grammar))} is missing"
    nodes = [n for i in (fault.node, *fault.others) if (n := grammar.segment_node(i))]
    *first, last = [f"{_tag_with_key(n)} ({n.name}, loop {n.loop.id})" for n in nodes]
    return f"the {nodes[0].tag} before this is missing: {', '.join(first)} or {last}"


def _in_loop(node: SegmentNode | LoopNode | None) -> str:
    """«in loop 2400 (Service Line Number)», «here» where the guide gives no loop a number."""
    if not isinstance(node, LoopNode) or not node.id[:1].isdigit():
        return "here"
    return f"in loop {node.id} ({node.name})"


def _shifted(fault: Fault, grammar: Grammar | None) -> str:
    del grammar
    shift = fault.segment.shift
    assert shift is not None
    tag = shown_tag(fault.segment) or "the segment"
    if shift.cut:
        return (
            f"{tag} has one element separator too few: {tag}{shift.at:02} contains the value of "
            f"{tag}{shift.at + 1:02}, too"
        )
    if shift.by < 0:
        return (
            f"{tag} has one element separator too few: {tag}{shift.at:02} and what follows belong "
            "one place further on"
        )
    return (
        f"{tag} has one element separator too many: what follows {tag}{shift.at:02} belongs one "
        "place further to the front"
    )


_FEW = 12
_LONGEST_SEGMENT = 1_000_000
_SEGMENT_LEVEL = Response(ik304="8")


def _element_response(ik403: str, stc: tuple[str, ...] = ()) -> Response:
    return Response(ik304="8", ik403=ik403, stc=stc)


_E, _S = envelope, structure
_WORDS: dict[FaultCode, FaultWords] = {
    FaultCode.BYTES_OUTSIDE: FaultWords(
        _E.IsaHeader,
        lambda f, g: (
            f"bytes stand outside every interchange: {f.number}"
            if f.number < _LONGEST_SEGMENT
            else "no segment terminator follows for over a million bytes"
        ),
        Response(ta105="024"),
        help="Remove the bytes, or find out what they were: every byte belongs to an interchange.",
    ),
    FaultCode.PADDING_BEHIND: FaultWords(
        _E.IsaHeader,
        lambda f, g: (
            f"{f.number if f.number < _LONGEST_SEGMENT else 'over a million'} bytes of padding "
            "(NUL) behind IEA"
        ),
        severity=Severity.WARNING,
        help="Cut the file off behind the terminator of IEA; a transfer in fixed blocks pads it.",
    ),
    FaultCode.BYTE_ORDER_MARK: FaultWords(
        _E.OneByteEach, _says("a byte order mark comes before the interchange"), severity=_WARNING
    ),
    FaultCode.ENCODING: FaultWords(
        _E.OneByteEach,
        lambda f, g: (
            f"the file is in UTF-{f.number}, {f.number // 8} bytes for each character; "
            "receivers expect one"
        ),
        help="Save the file as ASCII; edi-lint fix does.",
    ),
    FaultCode.ISA_MISSING: FaultWords(
        _E.IsaHeader,
        lambda f, g: (
            "ISA and GS are missing: an ST begins the interchange"
            if f.segment.tag == "ST"
            else "ISA is missing: a GS begins the interchange"
        ),
        Response(ta105="024"),
        help="Put ISA, GS, GE and IEA around the set: nobody can receive it as it is.",
    ),
    FaultCode.ISA_DAMAGED: FaultWords(
        _E.IsaHeader,
        _says("this ISA does not begin with ISA and two digits; the rest of it is there"),
        Response(ta105="024"),
    ),
    FaultCode.ISA_COMPONENT: FaultWords(
        _E.IsaHeader,
        _says(
            "ISA16 is not the component separator that the segments use; they are read with "
            "the one that they use"
        ),
        Response(ta105="027"),
        help="Write in ISA16 the separator that the composites of the file have.",
    ),
    FaultCode.ISA_TERMINATOR: FaultWords(
        _E.IsaHeader,
        _says("ISA does not end with the segment terminator that the other segments have"),
        Response(ta105="023"),
        help="End ISA as all other segments end, at byte 106.",
    ),
    FaultCode.GS_DAMAGED: FaultWords(
        _E.SegmentsInPlace,
        _says("the tag of this segment is damaged: it is in the place of GS"),
        Response(ik304="1"),
        help="Write GS as the tag of the segment.",
    ),
    FaultCode.ST_DAMAGED: FaultWords(
        _E.SegmentsInPlace,
        _says("the tag of this segment is damaged: it is in the place of ST"),
        Response(ik304="1"),
        help="Write ST as the tag of the segment.",
    ),
    FaultCode.ISA_LENGTH: FaultWords(
        _E.IsaHeader,
        lambda f, g: f"ISA has {f.number} bytes with its terminator; it must have 106",
        Response(ta105="024"),
    ),
    FaultCode.ISA_END: FaultWords(
        _E.IsaHeader,
        _says("blanks come after ISA16; the segment terminator must come next"),
        Response(ta105="027"),
        help="Write the segment terminator directly after ISA16: it is byte 106 of the header.",
    ),
    FaultCode.ISA_DELIMITERS: FaultWords(
        _E.IsaHeader,
        _says("the delimiters are not four different characters that data cannot hold"),
        Response(ta105="027"),
    ),
    FaultCode.ISA_REPETITION: FaultWords(
        _E.IsaHeader,
        _says("ISA11 is a letter or digit; from version 00402 on it is the repetition separator"),
        Response(ta105="026"),
        Severity.WARNING,
        "Name in ISA11 a repetition separator that no value contains, usually ^.",
    ),
    FaultCode.LINE_BREAK_INSIDE: FaultWords(
        _E.ElementSyntax,
        _says("line breaks are inside segments; they are read as if they were not there"),
        _SEGMENT_LEVEL,
        Severity.WARNING,
    ),
    FaultCode.SPACE_BEFORE_SEGMENT: FaultWords(
        _E.Padding,
        _says("spaces stand before segments; they are read as if they were not there"),
        Response(ik304="1"),
    ),
    FaultCode.UNTERMINATED: FaultWords(
        _E.IsaHeader,
        _says("the file breaks off in the middle of an interchange: its end is missing"),
        Response(ta105="023"),
        help="Get the whole file: what follows here, down to IEA, was lost on the way.",
    ),
    FaultCode.LAST_TERMINATOR: FaultWords(
        _E.IsaHeader,
        _says("IEA has no segment terminator behind it"),
        Response(ta105="023"),
        Severity.WARNING,
        "End the last segment like all others; some receivers do not read it otherwise.",
    ),
    FaultCode.ISA_NUMBER_REPEATED: FaultWords(
        _E.InterchangeNumber,
        _says("ISA13 repeats the control number of an earlier interchange of this file"),
        Response(ta105="025"),
    ),
    FaultCode.IEA_NUMBER: FaultWords(
        _E.InterchangeNumber, _says("IEA02 differs from ISA13"), Response(ta105="001")
    ),
    FaultCode.IEA_COUNT: FaultWords(_E.Counts, _count("functional groups"), Response(ta105="021")),
    FaultCode.IEA_MISSING: FaultWords(
        _E.Counts,
        _says("the interchange has no IEA"),
        Response(ta105="023"),
        help="Add the IEA; if the file was cut off here, get the whole file.",
    ),
    FaultCode.GS_MISSING: FaultWords(
        _E.GroupNumber,
        _says("this has no GS before it"),
        Response(ta105="024"),
        help="Add the GS that opens the functional group.",
    ),
    FaultCode.GS_NUMBER_REPEATED: FaultWords(
        _E.GroupNumber,
        _says("GS06 repeats the control number of an earlier group of this interchange"),
        Response(ak905="19"),
    ),
    FaultCode.GE_NUMBER: FaultWords(
        _E.GroupNumber, _says("GE02 differs from GS06"), Response(ak905="4")
    ),
    FaultCode.GE_COUNT: FaultWords(_E.Counts, _count("transaction sets"), Response(ak905="5")),
    FaultCode.GE_MISSING: FaultWords(
        _E.GroupNumber,
        _says("the functional group has no GE"),
        Response(ak905="3"),
        help="Add the GE; if the file was cut off here, get the whole file.",
    ),
    FaultCode.GROUP_NOT_HC: FaultWords(
        _E.Guide, _says("GS01 is not HC, the code of claims"), Response(ak905="1")
    ),
    FaultCode.GUIDE_DIFFERS: FaultWords(
        _E.Guide,
        lambda f, g: (
            "ST03 differs from GS08"
            if f.segment.tag == "ST" and g and f.segment.value(3) in g.answers
            else f"{f.segment.tag}0{f.element} does not name the guide that this set of "
            "professional claims follows"
        ),
        Response(ak905="2", ik502="I6"),
    ),
    FaultCode.TYPE_NOT_837: FaultWords(
        _E.Guide,
        _says("ST01 is not 837; by its segments this is a set of professional claims"),
        Response(ik502="6"),
    ),
    FaultCode.LABEL_OF_OTHER_KIND: FaultWords(
        _E.Guide,
        lambda f, g: (
            f"{f.segment.tag}0{f.element} does not say what this set is: {_kind_named(f)}; "
            "the set is skipped"
        ),
        Response(ak905="2", ik502="I6"),
        help="Send the set under the guide and in the group of its own kind.",
    ),
    FaultCode.GROUP_OF_OTHER_KIND: FaultWords(
        _E.Guide,
        lambda f, g: (
            f"this set is {_kind_named(f)}, and its group (GS08) is one of other sets; "
            "the set is skipped"
        ),
        Response(ak905="2", ik502="I6"),
        help="Send the set in a group of its own kind: a group follows one guide.",
    ),
    FaultCode.GUIDE_UNNAMED: FaultWords(
        _E.Guide,
        _says("ST03 is empty; it names the guide, as GS08 does"),
        Response(ik502="I6"),
        Severity.WARNING,
    ),
    FaultCode.GUIDE_VARIANT: FaultWords(
        _E.Guide,
        _says("GS08 names 005010X222 or 005010X222A2; receivers expect 005010X222A1"),
        Response(ak905="2"),
        Severity.WARNING,
    ),
    FaultCode.GUIDE_OLD: FaultWords(
        _E.Guide,
        _says(
            "this is a 4010 file, which HIPAA ended in 2012: only its envelope and structure "
            "are checked"
        ),
        Response(ak905="2"),
        Severity.WARNING,
    ),
    FaultCode.ST_MISSING: FaultWords(
        _E.SetNumber,
        _says("this has no ST before it"),
        Response(ak905="5", ik304="2"),
        help="Add the ST that opens the transaction set.",
    ),
    FaultCode.ST_NUMBER_REPEATED: FaultWords(
        _E.SetNumber,
        _says("ST02 repeats the control number of an earlier set of this group"),
        Response(ik502="23"),
    ),
    FaultCode.SE_NUMBER: FaultWords(
        _E.SetNumber, _says("SE02 differs from ST02"), Response(ik502="3")
    ),
    FaultCode.SE_COUNT: FaultWords(
        _E.Counts, _count("segments from ST to SE"), Response(ik502="4")
    ),
    FaultCode.SE_MISSING: FaultWords(
        _E.SetNumber,
        _says("the transaction set has no SE"),
        Response(ik502="2"),
        help="Add the SE; if the file was cut off here, get the whole file.",
    ),
    FaultCode.EMPTY_SEGMENT: FaultWords(
        _E.SegmentsInPlace,
        _says("two segment terminators stand in a row: a segment without anything in it"),
        Response(ik304="1"),
    ),
    FaultCode.TERMINATOR_MISSING: FaultWords(
        _E.TerminatorMissing,
        lambda f, g: f"the segment terminator is missing before {shown_tag(f.segment)}",
        Response(ik304="8"),
    ),
    FaultCode.SEGMENT_UNRECOGNIZED: FaultWords(
        _E.SegmentsInPlace, _unrecognized, Response(ik304="1")
    ),
    FaultCode.SEGMENT_UNEXPECTED: FaultWords(
        _E.SegmentsInPlace,
        lambda f, g: (
            f"{shown_tag(f.segment) or 'this segment'} has no place {_in_loop(_node(f, g))}"
        ),
        Response(ik304="2"),
    ),
    FaultCode.SEGMENT_ORDER: FaultWords(
        _E.SegmentsInPlace,
        lambda f, g: (
            f"{_where(_node(f, g))} appears too early: its place is further down"
            if f.number
            else f"{_where(_node(f, g))} appears too late: its place is further up"
        ),
        Response(ik304="7"),
    ),
    FaultCode.SEGMENT_MISSING: FaultWords(_S.Required, _missing_segment, Response(ik304="3")),
    FaultCode.LOOP_MISSING: FaultWords(_S.Required, _missing_segment, Response(ik304="3")),
    FaultCode.SEGMENT_REPEATS: FaultWords(_S.Repeats, _repeats, Response(ik304="5")),
    FaultCode.LOOP_REPEATS: FaultWords(_S.Repeats, _repeats, Response(ik304="4")),
    FaultCode.BLOCK_TOO_LONG: FaultWords(
        _S.Repeats,
        lambda f, g: (
            f"{'this claim' if f.claim else 'this level'} is longer than {LONGEST_BLOCK:,} "
            "segments or a million bytes: from here on rules look only at single segments"
        ),
        help="Divide the claim; if a CLM or an HL is missing, add it where the next one begins.",
    ),
    FaultCode.ELEMENT_MISSING: FaultWords(
        _S.Required, lambda f, g: f"{_name(f, g)} is missing", _element_response("1")
    ),
    FaultCode.CONDITION_MISSING: FaultWords(
        _S.Required,
        lambda f, g: f"{_name(f, g)} is missing beside what this segment contains",
        _element_response("2"),
    ),
    FaultCode.CONDITION_EXCLUDED: FaultWords(
        _S.NotUsed,
        lambda f, g: f"{_name(f, g)} may not appear beside what this segment contains",
        _element_response("10"),
    ),
    FaultCode.TOO_MANY_ELEMENTS: FaultWords(
        _S.NotUsed,
        lambda f, g: f"{f.segment.tag} has elements beyond {f.segment.tag}{f.element - 1:02}",
        _element_response("3"),
    ),
    FaultCode.TOO_MANY_COMPONENTS: FaultWords(
        _S.NotUsed,
        lambda f, g: (
            f"{f.segment.tag}{f.element:02} has more than its {f.component - 1} components"
        ),
        _element_response("13"),
    ),
    FaultCode.TOO_MANY_REPETITIONS: FaultWords(
        _S.Repeats,
        lambda f, g: (
            f"{_name(f, g)} contains the repetition separator and may occur "
            f"{'only once' if f.number == 1 else f'{f.number} times'}"
        ),
        _element_response("12"),
    ),
    FaultCode.TOO_SHORT: FaultWords(
        _E.ElementSyntax,
        lambda f, g: f"{_name(f, g)} has {_length(f)} characters; the least is {f.number}",
        _element_response("4"),
    ),
    FaultCode.TOO_LONG: FaultWords(
        _E.ElementSyntax,
        lambda f, g: f"{_name(f, g)} has {_length(f)} characters; the most is {f.number}",
        _element_response("5"),
    ),
    FaultCode.BAD_CHARACTER: FaultWords(_E.ElementSyntax, _bad_character, _element_response("6")),
    FaultCode.BAD_CODE: FaultWords(_S.Codes, _bad_code, _element_response("7")),
    FaultCode.BAD_DATE: FaultWords(
        _S.ValidDates,
        lambda f, g: f"{_name(f, g)} is not a date that exists, in the format it says",
        _element_response("8", ("A7", "187")),
    ),
    FaultCode.BAD_TIME: FaultWords(
        _S.ValidDates, lambda f, g: f"{_name(f, g)} is not a time", _element_response("9")
    ),
    FaultCode.DATE_RANGE_REVERSED: FaultWords(
        _S.ValidDates,
        lambda f, g: f"{_name(f, g)} is a range that ends before it begins",
        _element_response("8", ("A7", "187")),
    ),
    FaultCode.BAD_PATTERN: FaultWords(
        _S.Codes,
        lambda f, g: f"{_name(f, g)} does not have the form that the guide asks for",
        _element_response("I12"),
    ),
    FaultCode.LINE_BREAK: FaultWords(
        _E.ElementSyntax,
        lambda f, g: f"{_name(f, g) if f.element else 'the segment tag'} contains a line break",
        _element_response("6"),
        help="Take line breaks out of notes and names before the file is written.",
    ),
    FaultCode.SHIFTED: FaultWords(_E.Shifted, _shifted, _SEGMENT_LEVEL),
    FaultCode.NOT_USED: FaultWords(
        _S.NotUsed,
        lambda f, g: f"{_name(f, g)} is not used in this guide and must stay empty",
        _element_response("I10"),
    ),
    FaultCode.TRAILING_SPACE: FaultWords(
        _E.Padding,
        lambda f, g: f"{_name(f, g)} has spaces after its value",
        _element_response("6"),
    ),
    FaultCode.TRAILING_SEPARATOR: FaultWords(
        _E.Padding, _says("separators stand after the last value"), _SEGMENT_LEVEL
    ),
    FaultCode.HL_NUMBER: FaultWords(
        _S.Hierarchy,
        lambda f, g: f"HL01 breaks the count of levels: {f.number} comes next",
        _element_response("7"),
    ),
    FaultCode.HL_PARENT: FaultWords(
        _S.Hierarchy,
        _says("HL02 does not name the level that this one belongs to"),
        _element_response("7"),
    ),
    FaultCode.HL_CHILD: FaultWords(
        _S.Hierarchy,
        lambda f, g: (
            "HL04 says that no level follows below this one, and one does"
            if f.segment.value(4) == "0"
            else "HL04 says that a level follows below this one, and none does"
        ),
        _element_response("7"),
    ),
    FaultCode.CLAIM_OF_LEVEL: FaultWords(
        _S.WithoutClaim,
        _says("neither a claim (CLM) nor a patient level (2000C) is below this subscriber"),
        severity=Severity.WARNING,
    ),
    FaultCode.CLAIM_OF_SET: FaultWords(_S.WithoutClaim, _says("the set has no claim (CLM)")),
    FaultCode.SET_OF_GROUP: FaultWords(
        _S.WithoutClaim, _says("the group has no transaction set"), severity=Severity.WARNING
    ),
    FaultCode.GROUP_OF_INTERCHANGE: FaultWords(
        _S.WithoutClaim, _says("the interchange has no group"), severity=Severity.WARNING
    ),
    FaultCode.LX_NUMBER: FaultWords(
        _S.LineNumbers,
        lambda f, g: f"LX01 breaks the count of service lines: {f.number} comes next",
        _element_response("7"),
    ),
}

_TAGS_IN_KINDS = frozenset({"ISA", "IEA", "GS", "GE", "HC", "ST", "SE", "HL", "LX"})
_ENVELOPE_ELEMENTS = {"GS": 8, "GE": 2, "IEA": 2}
_OF_ENVELOPE_ELEMENTS = (
    FaultCode.ELEMENT_MISSING,
    FaultCode.TOO_MANY_ELEMENTS,
    FaultCode.TOO_SHORT,
    FaultCode.TOO_LONG,
    FaultCode.BAD_CHARACTER,
    FaultCode.BAD_CODE,
    FaultCode.BAD_DATE,
    FaultCode.BAD_TIME,
)
_OF_NOTES = {
    code: _WORDS[code]._replace(rule=_S.NoteText)
    for code in (FaultCode.TOO_LONG, FaultCode.TOO_SHORT, FaultCode.BAD_CHARACTER)
}
"""What is said of the text of a note (NTE02)."""

TRAILERS = {
    FaultCode.IEA_NUMBER: 0, FaultCode.IEA_COUNT: 0,
    FaultCode.GE_NUMBER: 1, FaultCode.GE_COUNT: 1,
    FaultCode.SE_NUMBER: 2, FaultCode.SE_COUNT: 2,
}  # fmt: skip
"""Faults in which a trailer disagrees with what was read, by the level of its envelope: 0 the
interchange, 1 the functional group, 2 the transaction set."""

LOSSES = frozenset(
    {code for code, words in _WORDS.items() if words.rule in (_E.SegmentsInPlace, _S.Required)}
    | {
        FaultCode.GS_MISSING, FaultCode.GE_MISSING, FaultCode.ST_MISSING, FaultCode.SE_MISSING,
        FaultCode.BYTES_OUTSIDE,
    }
)  # fmt: skip
"""Faults that show that segments may be lost: those of ENV007 and STR001, half an envelope, and
bytes that are no segment."""

_ON_THE_SEGMENT = frozenset({FaultCode.TRAILING_SEPARATOR})
_WITHOUT_EXCERPT = frozenset(
    {
        *OUTSIDE,
        FaultCode.UNTERMINATED,
        FaultCode.LINE_BREAK_INSIDE,
        FaultCode.EMPTY_SEGMENT,
    }
)
