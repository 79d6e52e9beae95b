"""Decides what of a segment may be shown: codes, amounts and positions, no protected data.

Works by what is known to be harmless, never by what looks like a name: a segment without a place
in the guide shows its tag alone.
"""

from __future__ import annotations

import re
from enum import StrEnum

from edi_lint.grammar import ElementSpec, SegmentNode
from edi_lint.x12 import Segment

MASK = "x"


class Phi(StrEnum):
    """How much protected health information output may hold.

    `none`: not even claim numbers. `ids`: the claim numbers (CLM01), which are the provider's own
    account numbers. `all`: everything.
    """

    NONE = "none"
    IDS = "ids"
    ALL = "all"


# Segments about a person's name, address or circumstances: no element of them is shown, save the
# qualifier that says whose they are.
PERSONAL = frozenset({"N3", "N4", "DMG", "PAT", "PER", "NTE", "K3"})
_ENVELOPE = frozenset({"ISA", "GS", "GE", "IEA", "TA1"})
_SECRETS = frozenset({("ISA", 2), ("ISA", 4)})
# Data elements that hold codes though the guide lists no values: procedures, diagnoses, modifiers,
# frequency, set control numbers, levels and the guide's own name.
_CODED = frozenset({"234", "1271", "1339", "329", "1705", "480", "1325", "628", "734"})
_PAYER_IDS = ("PI", "XV")
_CLAIM_NUMBER = "1028"
_LONGEST_CODE = 12
_LONGEST_TAG = 3
_TAXONOMY = 10
_LONGEST_NUMBER = 18


def printable(text: str) -> str:
    """Text from a file, safe for a terminal: what does not print becomes a middle dot."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "·" for c in text)


def shown_tag(segment: Segment) -> str:
    """A segment's tag, empty where what stands in its place does not look like one."""
    return segment.tag if is_tag(segment.tag) else ""


def is_tag(text: str) -> bool:
    """Whether what stands in the place of a tag looks like one."""
    return len(text) <= _LONGEST_TAG and text.isascii() and text.isalnum()


def visible_values(segment: Segment, node: SegmentNode | None, phi: Phi) -> list[str]:
    """Tag and elements of a segment with everything protected masked, lengths kept."""
    values = segment.values
    if phi is Phi.ALL:
        return list(values)
    tag = values[0]
    if node is None:
        return [shown_tag(segment) or _mask(tag, segment), *(_mask(v, segment) for v in values[1:])]
    if tag in _ENVELOPE:
        return [_mask(v, segment) if (tag, n) in _SECRETS else v for n, v in enumerate(values)]
    out = [tag]
    for position, value in enumerate(values[1:], start=1):
        specs = node.spec.elements
        spec = specs[position - 1] if position <= len(specs) else None
        if spec is None:
            out.append(_mask(value, segment))
        elif spec.is_composite:
            component = segment.delimiters.component.decode("latin-1")
            parts = value.split(component)
            shown = [
                p
                if n < len(spec.components) and _shows(spec.components[n], p, phi)
                else _mask(p, segment)
                for n, p in enumerate(parts)
            ]
            out.append(component.join(shown))
        elif _shows_element(tag, position, spec, values, phi):
            out.append(value)
        else:
            out.append(_mask(value, segment))
    return out


def _shows_element(tag: str, position: int, spec: ElementSpec, values: list[str], phi: Phi) -> bool:
    value = values[position]
    if tag in PERSONAL:
        return (position == 1 or tag == "PER") and value in (spec.codes or ())
    if tag == "PRV" and position == 3:
        return values[2] == "PXC" and _is_code(value, _TAXONOMY)
    if tag == "NM1" and position in (3, 9):
        is_npi = position == 9 and values[8] == "XX" and value.isdecimal()
        return is_npi or (values[1:3] == ["PR", "2"] and (position == 3 or values[8] in _PAYER_IDS))
    return _shows(spec, value, phi) or (tag == "DTP" and position == 3 and _is_number(value))


def _shows(spec: ElementSpec, value: str, phi: Phi) -> bool:
    """Whether a value may be shown: only while it looks like what its element is for."""
    if spec.number == _CLAIM_NUMBER:
        return phi is Phi.IDS
    if spec.kind in ("R", "DT", "TM") or spec.kind[:1] == "N":
        return _is_number(value)
    if value in (spec.codes or ()):
        return True
    if spec.number in _CODED:
        return _is_code(value, _LONGEST_CODE) and (len(value) <= 2 or _has_digit(value))
    return (
        bool(spec.codes) and _is_code(value, spec.longest) and (len(value) <= 2 or value.isdigit())
    )


def shown_number(text: str) -> str:
    """A control number or line number; empty where what stands there looks like anything else."""
    return text if _is_code(text, _LONGEST_NUMBER) and _has_digit(text) else ""


def shown_code(segment: Segment, node: SegmentNode | None, element: int, component: int) -> str:
    """A value for a message; empty where it is not one that may be shown."""
    visible = visible_values(segment, node, Phi.IDS)
    if node is None or element >= len(visible) or visible[element] != segment.value(element):
        return ""
    return segment.value(element, component)


def _has_digit(value: str) -> bool:
    return any(c.isdigit() for c in value)


def _is_number(value: str) -> bool:
    return all(c in "0123456789.-" for c in value) and len(value) <= _LONGEST_NUMBER


def _is_code(value: str, longest: int) -> bool:
    return value.isascii() and value.isalnum() and len(value) <= longest


def _mask(value: str, segment: Segment) -> str:
    """The value's length in mask characters; separators stay, so that parts can be counted."""
    keep = re.escape(segment.delimiters.texts[1] + segment.delimiters.texts[2])
    return re.sub(f"[^{keep}]", MASK, value)


def internal_error(problem: Exception) -> str:
    """Names our own mistake by its kind and place: an exception's text may hold a file's data."""
    frame, where = problem.__traceback__, "unknown"
    while frame is not None:
        module = str(frame.tb_frame.f_globals.get("__name__", ""))
        if module.startswith("edi_lint."):
            where = f"{module}.{frame.tb_frame.f_code.co_name}, line {frame.tb_lineno}"
        frame = frame.tb_next
    return f"internal error: {type(problem).__name__} in {where}; please report it"
