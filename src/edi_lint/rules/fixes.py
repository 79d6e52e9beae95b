"""What to write in the place of a structural fault.

Automatic is what the file itself decides: counts, the number in a trailer, nothing after the data.
Suggested is what most likely was meant, or leaves something out. Where neither the file nor the
guide says what belongs there, the fault has no fix.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from edi_lint.engine import Context, Fault, FaultCode
from edi_lint.engine.elements import characters, check, date_fault, is_date
from edi_lint.engine.identity import kind_of_guide
from edi_lint.engine.shifts import TEXTS
from edi_lint.findings import Applicability, Edit, Fix
from edi_lint.findings.masking import PERSONAL
from edi_lint.grammar import ElementSpec, SegmentNode
from edi_lint.rules.segment_edits import remove_segments
from edi_lint.x12 import Segment

_AUTOMATIC, _SUGGESTED = Applicability.AUTOMATIC, Applicability.SUGGESTED

_PADDING = (FaultCode.TRAILING_SEPARATOR, FaultCode.TRAILING_SPACE)
NOTE = ("NTE", 2)
"""The one element whose text may be cut: what is lost are words, not an identifier."""


class FixContext(NamedTuple):
    """What a fix goes by: the fault, what stands around it, and what the guide says of it."""

    fault: Fault
    context: Context
    node: SegmentNode | None
    spec: ElementSpec | None

    @property
    def is_alone(self) -> bool:
        """Whether nothing else is wrong with the elements of the segment."""
        if self.node is None:
            return True
        found = check(self.node.spec, self.segment)
        return sum(f.code not in _PADDING for f in found) <= 1

    @property
    def is_level(self) -> bool:
        """Whether the segment is an HL with the code of a level in HL03, where the guide has it.

        Where it is not, the numbers may be those of another element: a separator may be lost.
        """
        return self.segment.value(3) in ("20", "22", "23")

    @property
    def segment(self) -> Segment:
        return self.fault.segment

    @property
    def value(self) -> str:
        value = self.segment.value(self.fault.element)
        if self.fault.repeat:
            repetition = self.segment.delimiters.texts[2]
            value = value.split(repetition)[self.fault.repeat - 1]
        if self.fault.component:
            parts = value.split(self.segment.delimiters.texts[1])
            value = parts[self.fault.component - 1] if self.fault.component <= len(parts) else ""
        return value

    @property
    def is_unfolded(self) -> bool:
        """Whether no line breaks stand in the value, so that its characters are its bytes."""
        fault = self.fault
        start, end = self.segment.span(fault.element, fault.component, fault.repeat)
        return end - start == len(self.value)

    def part(self, start: int, end: int, text: str) -> Edit:
        """Replaces characters of an unfolded value."""
        fault = self.fault
        first, _ = self.segment.span(fault.element, fault.component, fault.repeat)
        return Edit(first + start, first + end, text)

    def write(self, text: str, message: str, applicability: Applicability) -> Fix:
        """The fix that puts `text` where the fault is, behind the separators lacking there."""
        fault = self.fault
        start, end = self.segment.span(fault.element, fault.component, fault.repeat)
        lacking = self.segment.separators_before(fault.element, fault.component)
        return Fix(applicability, message, (Edit(start, end, lacking + text),))


def fix_of(place: FixContext) -> Fix | None:
    """The fix of a structural fault, None where there is none."""
    make = _FIXES.get(place.fault.code)
    return make(place) if make else None


# envelopes and numbering


def _counted(place: FixContext) -> Fix:
    message = "write the count that the file has"
    return place.write(str(place.fault.number), message, _AUTOMATIC)


def _interchange_number(place: FixContext) -> Fix | None:
    interchange = place.context.interchange
    return _header_number(place, interchange and interchange.control_number, "ISA13")


def _group_number(place: FixContext) -> Fix | None:
    group = place.context.group
    return _header_number(place, group and group.control_number, "GS06")


def _set_number(place: FixContext) -> Fix | None:
    transaction = place.context.transaction
    return _header_number(place, transaction and transaction.control_number, "ST02")


def _header_number(place: FixContext, number: str | None, header: str) -> Fix | None:
    return place.write(number, f"write the number of {header}", _AUTOMATIC) if number else None


def _isa_end(place: FixContext) -> Fix | None:
    start, _ = place.segment.span(16)
    width = len(place.value) - len(place.value.rstrip())
    if place.segment.end - width <= start:
        return None
    edit = Edit(place.segment.end - width, place.segment.end, "")
    return Fix(_SUGGESTED, "remove the blanks after ISA16", (edit,))


def _without_mark(place: FixContext) -> Fix:
    edit = Edit(place.segment.start, place.segment.end, "")
    return Fix(_AUTOMATIC, "remove the byte order mark", (edit,))


def _in_single_bytes(place: FixContext) -> Fix:
    """No edit says it: all of the file is written anew."""
    del place
    return Fix(_AUTOMATIC, "write one byte for each character", ())


def _component(place: FixContext) -> Fix:
    used = place.segment.delimiters.texts[1]
    return place.write(used, "write the separator that the segments use", _SUGGESTED)


def _terminator(place: FixContext) -> Fix:
    """The terminator in the place of what is there, or before the next segment."""
    segment = place.segment
    at = segment.end - segment.window.base
    follows = segment.window.data[at : at + 2].isalnum()
    edit = Edit(segment.end, segment.end + (not follows), segment.delimiters.texts[3])
    return Fix(_SUGGESTED, "write the terminator that the other segments have", (edit,))


def _tag(tag: str) -> Callable[[FixContext], Fix | None]:
    def fix(place: FixContext) -> Fix | None:
        start, end = place.segment.span()
        return Fix(_SUGGESTED, f"write {tag}", (Edit(start, end, tag),))

    return fix


def _type_837(place: FixContext) -> Fix:
    return place.write("837", "write 837", _SUGGESTED)


def _group_code(place: FixContext) -> Fix:
    return place.write("HC", "write HC, the code of claims", _SUGGESTED)


def _guide(place: FixContext) -> Fix | None:
    """The guide that the set follows, as another label of it has it."""
    transaction, group = place.context.transaction, place.context.group
    if transaction is None or transaction.grammar is None:
        return None
    in_group, own = group.guide if group and group.header else "", transaction.guide
    others = (in_group,) if place.fault.element == 3 else (own, transaction.named)
    known = transaction.grammar.answers
    guide = next((g for g in others if g in known), transaction.grammar.guide)
    return place.write(guide, f"write {guide}", _SUGGESTED)


def _guide_of_other(place: FixContext) -> Fix | None:
    """The guide of a set that is not an 837P, in its ST03, where GS08 has it.

    GS08 is left as it is: other sets of the group may be those that it names.
    """
    transaction = place.context.transaction
    if transaction is None or place.fault.element != 3:
        return None
    if kind_of_guide(transaction.guide) != transaction.kind:
        return None
    return place.write(transaction.guide, f"write {transaction.guide}", _SUGGESTED)


def _line_number(place: FixContext) -> Fix:
    return place.write(str(place.fault.number), "number the service lines 1, 2, 3 …", _AUTOMATIC)


def _level_number(place: FixContext) -> Fix | None:
    """The next number, for a level that no HL02 can refer to because nothing is below it."""
    if place.segment.value(4) != "0" or not place.is_level:
        return None
    return place.write(str(place.fault.number), "write the number that comes next", _SUGGESTED)


def _level_above(place: FixContext) -> Fix | None:
    if not place.fault.number or not place.is_level:
        return None
    message = "write the number of the level above this one"
    return place.write(str(place.fault.number), message, _SUGGESTED)


def _child_flag(place: FixContext) -> Fix:
    right = "1" if place.segment.value(4) == "0" else "0"
    return place.write(right, f"write {right}, as the levels are in the file", _SUGGESTED)


# what stands too much


def _trailing_spaces(place: FixContext) -> Fix:
    fault, segment = place.fault, place.segment
    _, end = segment.span(fault.element, fault.component, fault.repeat)
    width = len(place.value) - len(place.value.rstrip(" "))
    edit = Edit(end - width, end, "")
    return Fix(_AUTOMATIC, "remove the spaces after the value", (edit,))


def _trailing_separators(place: FixContext) -> Fix | None:
    if place.fault.component:
        return None
    segment = place.segment
    kept = segment.raw.rstrip(segment.delimiters.element + segment.delimiters.line_breaks)
    edit = Edit(segment.start + len(kept), segment.end, "")
    return Fix(_AUTOMATIC, "remove the separators after the data", (edit,))


def _emptied(place: FixContext) -> Fix | None:
    """Leaves a value out that the guide does not use, where nothing else is wrong in its segment.

    Otherwise the value may be another element's, and nobody knows which.
    """
    fault = place.fault
    if fault.repeat or not place.is_alone:
        return None
    edit = _without(place.segment, fault.element, fault.component)
    if edit.byte_start == place.segment.span()[1]:  # nothing but the tag would be left
        return remove_segments([place.segment], "leave the segment out, which has nothing else")
    return Fix(_SUGGESTED, "leave it empty", (edit,))


def _beyond_elements(place: FixContext) -> Fix | None:
    """A space for each separator in a text; without a text, the one value too many goes."""
    segment, first = place.segment, place.fault.element
    beyond = [v for v in segment.values[first:] if v]
    if not place.is_alone or segment.shift is not None:
        return None
    if place.node is not None and place.node.spec.elements[-1].number in TEXTS:
        spec = place.node.spec.elements[-1]
        text = " ".join(v for v in segment.values[first - 1 :] if v)
        if len(text) > spec.longest or not segment.value(first - 1):
            return None
        return _joined(segment, first - 1)
    if len(beyond) > 1:
        return None
    return Fix(_SUGGESTED, "remove what is beyond the last element", (_cut(segment, first),))


def _joined(segment: Segment, element: int) -> Fix:
    """Everything from an element on as its text, with a space for each separator."""
    edits: list[Edit] = []
    last = max(n for n, value in enumerate(segment.values) if value)
    text = segment.value(element)
    for n in range(element, last):
        (_, at), following = segment.span_as_written(n), segment.value(n + 1)
        space = "" if text.endswith(" ") or following.startswith(" ") else " "
        edits.append(Edit(at, at + 1, space))
        text += space + following
    end = segment.span(last)[1]
    if end < segment.end:
        edits.append(Edit(end, segment.end, ""))
    return Fix(_SUGGESTED, "write a space for each separator in the text", tuple(edits))


def _beyond_components(place: FixContext) -> Fix | None:
    """One component too many goes."""
    fault = place.fault
    beyond = [v for v in place.segment.components(fault.element)[fault.component - 1 :] if v]
    if fault.repeat or len(beyond) > 1 or not place.is_alone:
        return None
    edit = _cut_composite(place.segment, fault.element, fault.component)
    return Fix(_SUGGESTED, "remove what follows the last component", (edit,))


def _without(segment: Segment, element: int, component: int) -> Edit:
    """Takes a value out, with the separators that would then trail."""
    if component and any(segment.components(element)[: component - 1]):
        if any(segment.components(element)[component:]):
            return Edit(*segment.span(element, component), "")
        return _cut_composite(segment, element, component)
    if component and any(segment.components(element)[component:]):
        return Edit(*segment.span(element, component), "")
    if any(segment.values[element + 1 :]):
        return Edit(*segment.span(element), "")
    return _cut(segment, element)


def _cut(segment: Segment, element: int) -> Edit:
    """Ends a segment at the last value before an element."""
    last = max(n for n, value in enumerate(segment.values[:element]) if value or n == 0)
    return Edit(segment.span(last)[1], segment.end, "")


def _cut_composite(segment: Segment, element: int, component: int) -> Edit:
    """Ends a composite at the last value before a component."""
    parts = segment.components(element)[: component - 1]
    last = max(n for n, value in enumerate(parts, start=1) if value or n == 1)
    return Edit(segment.span(element, last)[1], segment.span(element)[1], "")


# values

_FORMATTED = r"\+?\$?(-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|-?[0-9]+(?:\.[0-9]+)?)"
_DASHED_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PUNCTUATION = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\t": " "}
)
_SET_NUMBER = "329"
"""The data element of ST02 and SE02."""


def _listed(place: FixContext) -> Fix | None:
    """The code that differs from the value in case or in spaces alone.

    None in a segment about a person, of which nothing may be shown.
    """
    if place.spec is None or not place.spec.codes or place.segment.tag in PERSONAL:
        return None
    meant = place.value.strip(" ").upper()
    if meant not in place.spec.codes:
        return None
    return place.write(meant, f"write {meant}", _SUGGESTED)


_PADDED = (6, 8)
"""Elements of ISA that are filled up with blanks to their width: the ids."""


def _padded(place: FixContext) -> Fix | None:
    """An id of ISA with as many blanks behind it as its width asks for."""
    if place.segment.tag != "ISA" or place.fault.element not in _PADDED or not place.is_unfolded:
        return None
    kept, width = place.value.rstrip(" "), place.fault.number
    if not 0 < len(kept) <= width:
        return None
    edit = place.part(len(kept), len(place.value), " " * (width - len(kept)))
    return Fix(_AUTOMATIC, f"pad it with blanks to {width} characters", (edit,))


def _longer(place: FixContext) -> Fix | None:
    """A set's control number with leading zeros, if both its ends have the same.

    Any other value lacks what nobody knows, save the padding of an id in ISA.
    """
    if place.segment.tag == "ISA":
        return _padded(place)
    transaction, width = place.context.transaction, place.fault.number
    if place.spec is None or place.spec.number != _SET_NUMBER or transaction is None:
        return None
    number = place.value.zfill(width)
    if not number.isdecimal() or number != transaction.control_number.zfill(width):
        return None
    return place.write(number, "write leading zeros", _SUGGESTED)


def _shorter(place: FixContext) -> Fix | None:
    """A note cut to its length; what else is too long cannot lose a part and stay what it is."""
    if place.segment.tag == "ISA":
        return _padded(place)
    if (place.segment.tag, place.fault.element) != NOTE or not place.is_unfolded:
        return None
    most = place.fault.number
    kept = place.value[:most].rstrip(" ")
    edit = place.part(len(kept), len(place.value), "")
    return Fix(_SUGGESTED, f"keep the first {most} characters of the note", (edit,))


def _terminated(place: FixContext) -> Fix:
    """The terminator, behind the last value of the segment before.

    A blank right behind the ISA, which has a fixed width, is in its place.
    """
    segment = place.segment
    before = segment.window.data[: segment.start - segment.window.base]
    at = segment.window.base + len(before.rstrip(segment.delimiters.padding))
    behind = before[at - segment.window.base :][:1]
    is_blank = segment.tag == "GS" and behind in (b" ", b"\t")
    edit = Edit(at, at + is_blank, segment.delimiters.texts[3])
    return Fix(_SUGGESTED, "put the terminator in", (edit,))


def _unshifted(place: FixContext) -> Fix | None:
    """Takes the stray separator out, or puts the lost one in, where it is clear which one it is."""
    shift, segment = place.segment.shift, place.segment
    if shift is None or not place.fault.number:
        return None
    separator = segment.delimiters.texts[0]
    if shift.by < 0:
        at = segment.cut_at() if shift.cut else segment.span_as_written(shift.at)[0]
        return Fix(_SUGGESTED, "put the lost separator in", (Edit(at, at, separator),))
    _, at = segment.span_as_written(shift.at)
    return Fix(_SUGGESTED, "take the stray separator out", (Edit(at, at + 1, shift.glue),))


def _unbroken(place: FixContext) -> Fix | None:
    """The value on one line: a space for a line break between the words of a text, else nothing."""
    fault, segment = place.fault, place.segment
    breaks = segment.breaks(fault.element, fault.component, fault.repeat)
    start, end = segment.span(fault.element, fault.component, fault.repeat)
    raw, offset = segment.raw, segment.start
    is_text = place.spec is not None and place.spec.number in TEXTS
    room = place.spec.longest - len(place.value) if place.spec and is_text else 0
    edits = []
    for first, last in breaks:
        around = raw[first - offset - 1 : first - offset] + raw[last - offset : last - offset + 1]
        between = start < first and last < end and b" " not in around
        text = " " if between and room > 0 else ""
        room -= len(text)
        edits.append(Edit(first, last, text))
    return Fix(_SUGGESTED, "write the value on one line", tuple(edits)) if edits else None


def _writable(place: FixContext) -> Fix | None:
    """A number without what people put around it; a text in the characters that X12 has."""
    spec = place.spec
    if spec is None or spec.is_composite:
        return None
    if spec.kind == "R" and place.segment.tag not in PERSONAL:
        found = re.fullmatch(_FORMATTED, place.value.strip(" "))
        if found is None:
            return None
        return place.write(found[1].replace(",", ""), "write the number alone", _SUGGESTED)
    return _plain(place, spec) if spec.kind in ("AN", "ID") else None


def _plain(place: FixContext, spec: ElementSpec) -> Fix | None:
    """Each stretch of characters that X12 does not have in those that stand for it.

    Nothing else of the value is written: a fix is shown where the value may not be.
    """
    allowed = characters(place.segment.delimiters)
    outside = re.compile("[^" + re.escape("".join(allowed)) + "]+")
    edits: list[Edit] = []
    result, end = "", 0
    for found in outside.finditer(place.value):
        text = _folded(found[0])
        if found.end() == len(place.value) or not found.start():
            text = text.strip(" ")
        if not set(allowed).issuperset(text):
            return None
        edits.append(place.part(*found.span(), text))
        result += place.value[end : found.start()] + text
        end = found.end()
    result += place.value[end:]
    fits = spec.shortest <= len(result) <= spec.longest and result in (spec.codes or {result})
    if not (edits and fits and place.is_unfolded):
        return None
    return Fix(_SUGGESTED, "write it in the characters that X12 has", tuple(edits))


def _folded(text: str) -> str:
    """Letters without accents and typewriter punctuation, of UTF-8 bytes or of Latin-1."""
    import unicodedata

    try:
        text = text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        text = text.encode("latin-1").decode("cp1252", "replace")
    parts = unicodedata.normalize("NFD", text.translate(_PUNCTUATION))
    return "".join(c for c in parts if not unicodedata.combining(c))


def _readable_date(place: FixContext) -> Fix | None:
    """A date without its dashes, or the qualifier of the format that the value has."""
    value, fault = place.value, place.fault
    if re.fullmatch(_DASHED_DATE, value) and is_date(value.replace("-", "")) and place.is_unfolded:
        edits = place.part(4, 5, ""), place.part(7, 8, "")
        return Fix(_SUGGESTED, "write the date without dashes", edits)
    element = fault.element - 1
    if fault.component or place.node is None or element < 1:
        return None
    qualifier = place.node.spec.elements[element - 1]
    for format_ in ("D8", "RD8"):
        listed = qualifier.number == "1250" and format_ in (qualifier.codes or ())
        if listed and date_fault(format_, value) is None:
            edit = Edit(*place.segment.span(element), format_)
            return Fix(_SUGGESTED, f"write {format_}, the format that it has", (edit,))
    return None


def _range_turned(place: FixContext) -> Fix:
    first, _, last = place.value.partition("-")
    return place.write(f"{last}-{first}", "put the earlier day first", _SUGGESTED)


_FIXES: dict[FaultCode, Callable[[FixContext], Fix | None]] = {
    FaultCode.ISA_END: _isa_end,
    FaultCode.IEA_COUNT: _counted,
    FaultCode.GE_COUNT: _counted,
    FaultCode.SE_COUNT: _counted,
    FaultCode.IEA_NUMBER: _interchange_number,
    FaultCode.GE_NUMBER: _group_number,
    FaultCode.SE_NUMBER: _set_number,
    FaultCode.BYTE_ORDER_MARK: _without_mark,
    FaultCode.ENCODING: _in_single_bytes,
    FaultCode.ISA_COMPONENT: _component,
    FaultCode.ISA_TERMINATOR: _terminator,
    FaultCode.GS_DAMAGED: _tag("GS"),
    FaultCode.ST_DAMAGED: _tag("ST"),
    FaultCode.GROUP_NOT_HC: _group_code,
    FaultCode.TYPE_NOT_837: _type_837,
    FaultCode.GUIDE_DIFFERS: _guide,
    FaultCode.GUIDE_UNNAMED: _guide,
    FaultCode.LABEL_OF_OTHER_KIND: _guide_of_other,
    FaultCode.LX_NUMBER: _line_number,
    FaultCode.HL_NUMBER: _level_number,
    FaultCode.HL_PARENT: _level_above,
    FaultCode.HL_CHILD: _child_flag,
    FaultCode.TRAILING_SPACE: _trailing_spaces,
    FaultCode.TRAILING_SEPARATOR: _trailing_separators,
    FaultCode.NOT_USED: _emptied,
    FaultCode.TOO_MANY_ELEMENTS: _beyond_elements,
    FaultCode.TOO_MANY_COMPONENTS: _beyond_components,
    FaultCode.BAD_CODE: _listed,
    FaultCode.TOO_SHORT: _longer,
    FaultCode.TOO_LONG: _shorter,
    FaultCode.BAD_CHARACTER: _writable,
    FaultCode.BAD_DATE: _readable_date,
    FaultCode.DATE_RANGE_REVERSED: _range_turned,
    FaultCode.LINE_BREAK: _unbroken,
    FaultCode.SHIFTED: _unshifted,
    FaultCode.TERMINATOR_MISSING: _terminated,
}
