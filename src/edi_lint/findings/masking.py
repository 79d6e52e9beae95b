"""Decides what of a segment may be shown: codes, amounts and positions, no protected data.

Works by what is known to be harmless, never by what looks like a name: a value is shown only where
its place in the guide, its shape and its length all say what it is, in envelopes as everywhere. A
segment without a place in the guide shows its tag alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache

from edi_lint.files.printable import printable as printable
from edi_lint.grammar import ElementSpec, SegmentNode, grammar_for
from edi_lint.x12 import Segment

MASK = "x"
PROCEDURE, MODIFIER, DIAGNOSIS = "234", "1339", "1271"
"""X12's numbers of the data elements of SV101-2, SV101-3 and HI01-2."""


class Phi(StrEnum):
    """How much protected health information output may contain.

    `none`: not even claim numbers. `ids`: the claim numbers (CLM01), which are the provider's own
    account numbers. `all`: everything.
    """

    NONE = "none"
    IDS = "ids"
    ALL = "all"


# Segments about a person's name, address or circumstances: no element of them is shown, save the
# qualifier that says whose they are.
PERSONAL = frozenset({"N3", "N4", "DMG", "PAT", "PER", "NTE", "K3"})

_LONGEST_TAG = 3
_LONGEST_CLAIM_NUMBER = 38
_LONGEST_NAME = 60


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.IGNORECASE | re.DOTALL)


_FIRST_YEAR = 2010
_DAY = r"20[1-9]\d[0-3]\d[0-3]\d"
"""A day as CCYYMMDD, from 2010 on: an older one may be a birth, and is not of a claim."""
_OLD_DAY = _form(r"(1[89]\d\d|200\d)(0\d|1[0-2])([0-2]\d|3[01])")
"""Eight digits that may be a birth; they are not shown even where a number may be."""
_COUNT = _form(r"\d{1,7}")
_LINE = _form(r"\d{1,6}")
_LONG_NUMBER = _form(r"-?\d{8,12}")
_CONTROL_NUMBER = _form(r"\d{1,9}")
_SET_TYPE = _form(r"\d{3}")
_GUIDE = _form(r"\d{6}(X\d{3}(A\d)?)?")
_PARTY = _form(r"[^\x00-\x1f\x7f-\x9f]{0,15}")
_MARK = _form(r".")
_MODIFIER = _form(r"[0-9A-Z]{1,2}")
_NPI = _form(r"[12]\d{9}")
_TAXONOMY = _form(r"\d{3}[0-9A-Z]{6}X")
_PAYER_ID = _form(r"[0-9A-Z]{1,8}")
_DRUG = _form(r"\d{11}")
_PERIOD = _form(rf"{_DAY}(-{_DAY}|[0-2]\d[0-5]\d)?")
"""What a DTP segment says: a day, a period, or a day and a time."""
_SHORT_CODE = _form(r"[0-9A-Z]{1,2}|\d{3}")
"""A code that is not in the guide's list."""

_FORMS = {
    "234": _form(r"[A-Z]?\d{3,5}[A-Z]?|[0-9A-Z]{1,2}"),
    "1271": _form(r"[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?|\d{1,5}|[0-9A-Z]{1,2}"),
    "1339": _MODIFIER,
    "1325": _MODIFIER,
    "628": _COUNT,
    "734": _COUNT,
    "554": _LINE,
    "9999": _form(
        r"CLM01|TRN02|ENT01|NM109|SITUATIONAL TRIGGER|(SUBSCRIBER|PATIENT) [A-Z]+ [A-Z]+\d\d"
    ),
    "721": _form(r"[A-Z][A-Z0-9]{1,2}"),
    "447": _form(r"\d{4}[A-Z]{0,2}"),
    "329": _form(r"\d{4,9}"),
    "28": _CONTROL_NUMBER,
    "I12": _form(r"\d{9}"),
    "I08": _form(r"\d{6}"),
    "479": _form(r"[A-Z]{2}"),
    "480": _GUIDE,
    "1705": _GUIDE,
    "I06": _PARTY,
    "I07": _PARTY,
    "142": _PARTY,
    "124": _PARTY,
    "I65": _MARK,
    "I15": _MARK,
}
"""The form of data elements for which the guide lists no values, by X12's number: procedures,
diagnoses, modifiers, frequency, levels, lines, segments and loops, control numbers, the guide's own
name, sender and receiver of an envelope, and its delimiters."""
_FORMS_OF_KINDS = {
    "R": _form(r"-?\d{0,7}(\.\d{0,4})?"),
    "N": _COUNT,
    "D": _form(_DAY),
    "T": _form(r"\d{4}(\d\d)?"),
}
"""The form of X12's data types, by their first letter."""
_PARTIES = frozenset({"I06", "I07", "142", "124"})
_VERSION = _form(r"\d{5,6}(X.*)?")
_PARTS = _form(r"[^0-9A-Z.]+")
_HARMLESS = _form(
    rf"[0-9A-Z]{{0,3}}|\d{{0,9}}(\.\d{{0,4}})?|{_DAY}(\d{{4}})?|[A-Z]?\d{{3,5}}[A-Z]?"
    r"|[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?|\d{3}[0-9A-Z]{6}X|\d{6}X\d{3}(A\d)?"
)
_ANSWER = re.compile(
    r"[A-Z]\d{1,2}(:\d{0,4}(:[0-9A-Z]{1,3})?)?|(IK|AK|TA)\d{3}=[0-9A-Z]{1,3}", re.ASCII
)
_CLAIM_NUMBER = "1028"
_CLAIM_STATUS = "2200D"
"""The loop of a 277CA whose TRN02 is a claim number."""
_OLD_TAGS = {"AK3": "IK3", "AK4": "IK4", "AK5": "IK5"}
"""Segments of a 997 that a 999 calls otherwise; the guide's place is that of the 999."""
_CLAIM_CONTEXT = "CLM01"
"""The name in a CTX with which a claim number comes."""
_PAYER_IDS = ("PI", "XV")
_PROVIDERS = frozenset({"77", "82", "85", "87", "DK", "DN", "DQ", "FA", "LI", "P3", "QB", "TL"})
"""NM101 of those who provide care; their NPI is public."""


def shown_tag(segment: Segment) -> str:
    """A segment's tag, empty where what is in its place does not look like one."""
    return segment.tag if is_tag(segment.tag) else ""


def is_tag(text: str) -> bool:
    """Whether what is in the place of a tag looks like one."""
    return len(text) <= _LONGEST_TAG and text.isascii() and text.isalnum()


def visible_values(segment: Segment, node: SegmentNode | None, phi: Phi) -> list[str]:
    """Tag and elements of a segment with everything protected masked, lengths kept."""
    values = segment.values
    if phi is Phi.ALL:
        return list(values)
    tag = values[0]
    if node is None or node.tag not in (tag, _OLD_TAGS.get(tag)):
        return [shown_tag(segment) or _mask(tag, segment), *(_mask(v, segment) for v in values[1:])]
    out = [tag]
    specs = node.spec.elements
    for position, value in enumerate(values[1:], start=1):
        spec = specs[position - 1] if position <= len(specs) else None
        if spec is None:
            out.append(_mask(value, segment))
        elif spec.is_composite:
            component = segment.delimiters.component.decode("latin-1")
            parts = value.split(component)
            is_claim = tag == "CTX" and parts[0] == _CLAIM_CONTEXT and len(parts) == 2
            shown = [
                p
                if n < len(spec.components)
                and (
                    _shows(spec.components[n], p, phi) or (is_claim and n and _shows_claim(p, phi))
                )
                else _mask(p, segment)
                for n, p in enumerate(parts)
            ]
            out.append(component.join(shown))
        elif _shows_element(tag, position, spec, values, node, phi):
            out.append(value)
        else:
            out.append(_mask(value, segment))
    return out


def _shows_element(
    tag: str, position: int, spec: ElementSpec, values: list[str], node: SegmentNode, phi: Phi
) -> bool:
    value = values[position]
    if tag in PERSONAL:
        return (position == 1 or tag == "PER") and value in (spec.codes or ())
    if tag == "NM1" and position in (3, 9):
        return _shows_name(position, values, node)
    if spec.number in _PARTIES and not _is_header(values, node):
        return False
    if tag == "TRN" and position == 2 and node.loop.id == _CLAIM_STATUS:
        return _shows_claim(value, phi)
    if tag == "PRV" and position == 3:
        return values[2] == "PXC" and _has(_TAXONOMY, value)
    if tag == "DTP" and position == 3:
        return _has(_PERIOD, value)
    if tag == "LIN" and position == 3 and values[2] == "N4":
        return _has(_DRUG, value)
    return _shows(spec, value, phi)


def _is_header(values: list[str], node: SegmentNode) -> bool:
    """Whether an ISA or GS is a whole one: as long as the guide has it, with version or guide."""
    version = values[12:13] if values[0] == "ISA" else values[8:9]
    return len(values) == len(node.spec.elements) + 1 and bool(_VERSION.fullmatch(version[0]))


def _shows_name(position: int, values: list[str], node: SegmentNode) -> bool:
    """Whether NM103 or NM109 may be shown: what a payer is called by, and a provider's NPI."""
    who, value = values[1], values[position]
    if who not in (node.spec.elements[0].codes or ()):
        return False
    if who == "PR" and values[2] == "2":
        if position == 3:
            return len(value) <= _LONGEST_NAME
        return values[8] in _PAYER_IDS and _has(_PAYER_ID, value)
    return who in _PROVIDERS and position == 9 and values[8] == "XX" and _has(_NPI, value)


def _shows(spec: ElementSpec, value: str, phi: Phi) -> bool:
    """Whether a value may be shown: only while it looks like what its element is for."""
    if spec.number == _CLAIM_NUMBER:
        return _shows_claim(value, phi)
    if value in (spec.codes or ()):
        return True
    form = _FORMS.get(spec.number) or _FORMS_OF_KINDS.get(spec.kind[:1])
    if form is None and spec.codes:
        form = _SHORT_CODE
    return form is not None and _has(form, value)


def _shows_claim(value: str, phi: Phi) -> bool:
    return phi is Phi.IDS and is_claim_number(value)


def _has(form: re.Pattern[str], value: str) -> bool:
    return form.fullmatch(value) is not None and not _OLD_DAY.fullmatch(value)


def shown_number(text: str) -> str:
    """The control number of an envelope; empty where what is there looks like anything else."""
    return text if _has(_CONTROL_NUMBER, text) else ""


def shown_line(text: str) -> str:
    """The number of a service line; empty where what is there looks like anything else."""
    return text if _has(_LINE, text) else ""


def shown_type(text: str) -> str:
    """The type of a transaction set, 837; empty where what is there looks like anything else."""
    return text if _has(_SET_TYPE, text) else ""


def shown_guide(text: str) -> str:
    """The name of a guide, 005010X222A1; empty where what is there looks like anything else."""
    return text if _has(_GUIDE, text) else ""


def is_claim_number(text: str) -> bool:
    """Whether a claim number (CLM01) is no longer than X12 lets it be."""
    return len(text) <= _LONGEST_CLAIM_NUMBER


def shown_claim(text: str) -> str:
    """A claim number (CLM01), safe for a terminal; empty where it is longer than X12 lets it be.

    Only for output in which claim numbers may be.
    """
    return printable(text) if is_claim_number(text) else ""


def shown_party(text: str) -> str:
    """Who sends or receives an envelope (ISA06, GS02); empty where it does not look like that."""
    return printable(text) if _has(_PARTY, text) else ""


def is_code(number: str, text: str) -> bool:
    """Whether a value has the form of a data element, by X12's number: a short code by default."""
    return not text or _has(_FORMS.get(number, _SHORT_CODE), text)


def is_npi(text: str) -> bool:
    """Whether a value has the form of a National Provider Identifier."""
    return not text or _has(_NPI, text)


def is_amount(amount: Decimal | None) -> bool:
    """Whether a number has the form of an amount; a longer one may be a birth, or an id."""
    return amount is None or _has(_FORMS_OF_KINDS["R"], f"{amount:f}")


def is_charge(charge: Decimal | None) -> bool:
    """Whether a charge of a claim may be shown, also in sums: whole millions may be a birth or an
    id in the place of one."""
    return charge is None or not _LONG_NUMBER.fullmatch(f"{charge:f}")


def is_service_day(day: date | None) -> bool:
    """Whether a day may be one of a claim; an older one may be a birth."""
    return day is None or day.year >= _FIRST_YEAR


def safe_code(number: str, text: str) -> str:
    """A value for a message, masked unless it has the form of X12's data element of that number."""
    return text if is_code(number, text) else MASK * len(text)


def safe_answer(text: str) -> str:
    """What a receiver answers (`A7:562:82`, `IK403=7`), masked unless it has one of these forms."""
    return text if _ANSWER.fullmatch(text) else MASK * len(text)


def safe_number(text: str) -> str:
    """The control number of an envelope for a message, masked unless it has that form."""
    return shown_number(text) or MASK * len(text)


def safe_amount(amount: Decimal) -> str:
    """An amount for a message, as the file has it."""
    return f"{amount:f}" if is_amount(amount) else "a number too long to be shown"


def safe_day(day: date) -> str:
    """A day of a claim for a message, as YYYY-MM-DD."""
    return day.isoformat() if is_service_day(day) else f"a day before {_FIRST_YEAR}"


def is_harmless(text: str) -> bool:
    """Whether what a fix writes may be shown: codes, numbers and days, with separators."""
    return all(_HARMLESS.fullmatch(p) and not _OLD_DAY.fullmatch(p) for p in _PARTS.split(text))


def may_be_shown(loop: str, tag: str, element: int, component: int) -> bool:
    """Whether a value at a place of the guide may appear in a message, where it has its form."""
    return _spec_at(loop, tag, element, component) is not None


def is_listed(loop: str, tag: str, element: int, component: int) -> bool:
    """Whether the guide lists the values of a place."""
    return any(spec.codes for spec in _specs_at(loop, tag, element, component))


def shown_text(loop: str, tag: str, element: int, component: int, text: str) -> str:
    """A value at a place of the guide for a message, masked unless it has the form of its place."""
    spec = _spec_at(loop, tag, element, component)
    if (tag, element) == _PERIODS:
        shows = _has(_PERIOD, text)
    else:
        shows = spec is not None and _shows(spec, text, Phi.NONE)
    return text if shows else MASK * len(text)


@cache
def _spec_at(loop: str, tag: str, element: int, component: int) -> ElementSpec | None:
    """What the guide says of a place; None where what is there is never shown."""
    if (tag in PERSONAL or tag == "NM1") and element > 1:
        return None
    for spec in _specs_at(loop, tag, element, component):
        by_form = spec.number in _FORMS and spec.number not in _PARTIES
        if spec.codes or by_form or spec.kind[:1] in _FORMS_OF_KINDS or (tag, element) == _PERIODS:
            return spec
    return None


def _specs_at(loop: str, tag: str, element: int, component: int) -> Iterator[ElementSpec]:
    """What the guide says of a place, for each segment of the tag in the loop."""
    guide = grammar_for("005010X222A1")
    assert guide is not None
    for node in map(guide.segment_node, guide.by_tag.get(tag, ())):
        if node is not None and node.loop.id == loop and element <= len(node.spec.elements):
            spec = node.spec.elements[element - 1]
            yield spec.components[max(component, 1) - 1] if spec.is_composite else spec


_PERIODS = ("DTP", 3)


def shown_code(segment: Segment, node: SegmentNode | None, element: int, component: int) -> str:
    """A value for a message; empty where it is not one that may be shown."""
    visible = visible_values(segment, node, Phi.IDS)
    if node is None or element >= len(visible) or visible[element] != segment.value(element):
        return ""
    return segment.value(element, component)


def _mask(value: str, segment: Segment) -> str:
    """The value's length in mask characters; separators stay, so that parts can be counted."""
    keep = re.escape(segment.delimiters.texts[1] + segment.delimiters.texts[2])
    return re.sub(f"[^{keep}]", MASK, value, flags=re.DOTALL)


def internal_error(problem: Exception) -> str:
    """Names our own mistake by its kind and place: an exception's text may hold a file's data."""
    frame, where = problem.__traceback__, "unknown"
    while frame is not None:
        module = str(frame.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("edi_lint."):
            where = f"{module}.{frame.tb_frame.f_code.co_name}, line {frame.tb_lineno}"
        frame = frame.tb_next
    return f"internal error: {type(problem).__name__} in {where}; please report it"
