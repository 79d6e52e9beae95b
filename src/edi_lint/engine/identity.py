"""Says what a transaction set is, whatever its labels say.

Four labels name the kind and the guide of a set: GS01, GS08, ST01 and ST03. Any of them may be
damaged, so what decides is the content: service lines and claims first, then GS08, then ST03, then
ST01 and GS01. A set is another one than an 837P only where that is what it contains, or where it
contains nothing that tells and its labels say so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from edi_lint.grammar import Grammar, grammar_for
from edi_lint.x12 import Delimiters

CURRENT_GUIDE = "005010X222A1"
OLD_GUIDE = "004010X098A1"

PROFESSIONAL, INSTITUTIONAL, DENTAL = "837P", "837I", "837D"
REPORTED = "837 post-adjudicated"
"""Claims reported to a data warehouse: the segments of a claim set under guides of their own."""

AHEAD = 32 * 1024
"""How many bytes of a set are looked at, at most. Its first service line is much nearer."""


class Labels(NamedTuple):
    """GS01, GS08, ST01 and ST03 as they are written; None where the segment is missing."""

    group_code: str | None
    group_guide: str | None
    type: str | None
    guide: str | None


class Identity(NamedTuple):
    """What a set is.

    `kind` is 837P, 837I, 837D, or ST01 of another set (empty: nobody can say). `grammar` is what
    reads it, None where it is not an 837P. `named` is the guide that its first segments name
    (REF*87 of the 4010 guide), empty where they name none.
    """

    kind: str
    grammar: Grammar | None
    named: str = ""


class Signs:
    """What the first segments of a set tell of it."""

    def __init__(self) -> None:
        self.lines: Counter[str] = Counter()
        """Service lines by the kind of the set that has such ones."""
        self.others: Counter[str] = Counter()
        """Segments that only other sets have, by the type of these sets; one may be a mistake."""
        self.claims = 0
        self.is_claim_set = False
        self.facility_codes: Counter[str] = Counter()
        """CLM05-02 of the claims: A in an 837I, B in a 5010 837P or 837D, empty in 4010."""
        self.named = ""

    def see(self, raw: bytes, delimiters: Delimiters) -> None:
        """Take in one segment."""
        separator = delimiters.element
        tag, _, rest = raw.partition(separator)
        if tag in _LINES:
            kind, form = _LINES[tag]
            if form.match(rest):
                self.lines[kind] += 1
        elif tag == b"CLM":
            self.claims += 1
            found = _FACILITY.match(b"".join(raw.split(separator, 6)[5:6]))
            if found:
                self.facility_codes[found[1].decode("latin-1")] += 1
        elif tag == b"BHT":
            structure = rest.partition(separator)[0]
            self.is_claim_set = self.is_claim_set or structure == b"0019"
            self.others.update(_STRUCTURES.get(structure, ()))
        elif tag == b"REF" and rest.startswith(b"87" + separator) and not self.named:
            self.named = rest.split(separator)[1].strip().decode("latin-1")
        elif tag in _OTHER_SETS:
            self.others[_OTHER_SETS[tag]] += 1

    @property
    def kind(self) -> str:
        """The kind that the segments tell: 837 where it is a claim set, empty for no sign."""
        if not self.claims and self.others:
            kind, most = self.others.most_common(1)[0]
            if most > 1:
                return kind
        if self.lines:
            (kind, most), *rest = self.lines.most_common(2)
            return kind if not rest or rest[0][1] < most else "837"
        return "837" if self.claims or self.is_claim_set else ""


def identify(
    labels: Labels, segments: Iterable[bytes], delimiters: Delimiters, version: str
) -> Identity:
    """What the set is that has these labels and goes on with these segments.

    `segments` are read no further than is needed to be sure. `version` is ISA12.
    """
    group, own = kind_of_guide(labels.group_guide), kind_of_guide(labels.guide)
    expected = _only(group, own, labels)
    if expected == REPORTED:
        return Identity(REPORTED, None)
    signs = Signs()
    for raw in segments:
        tag = raw.partition(delimiters.element)[0]
        if tag in _ENDS:
            break
        signs.see(raw, delimiters)
        if expected and (signs.lines[expected] or signs.others[expected]):
            return Identity(expected, _grammar(expected, labels, signs, version))
    kind = signs.kind
    if kind in ("", "837"):
        said = (group, own, _kind_of_type(labels.type), _kind_of_group(labels.group_code))
        kind = next((k for k in said if k and k.startswith(kind)), kind)
    if kind == "837":
        most = signs.facility_codes.most_common(1)
        kind = INSTITUTIONAL if most and most[0][0] == "A" else PROFESSIONAL
    return Identity(kind, _grammar(kind, labels, signs, version), signs.named)


def _only(group: str, own: str, labels: Labels) -> str:
    """The kind that GS08 and ST03 agree on; empty where one of them is damaged or they differ."""
    if not labels.group_guide:
        return own
    return group if own == group or not labels.guide else ""


def kind_of_guide(guide: str | None) -> str:
    """The kind of set that GS08 or ST03 names; empty where it names none that is known."""
    found = _GUIDE.fullmatch(guide or "")
    return _KINDS.get(found[1], "") if found else ""


def contradictions(labels: Labels, kind: str) -> frozenset[str]:
    """The labels by which a set of this kind is another kind of claim set, or claims are another
    set: GS01, GS08, ST01, ST03. What names nothing that is known contradicts nothing.
    """
    says = {
        "GS01": _kind_of_group(labels.group_code),
        "GS08": kind_of_guide(labels.group_guide),
        "ST01": _kind_of_type(labels.type),
        "ST03": kind_of_guide(labels.guide),
    }
    return frozenset(
        name
        for name, said in says.items()
        if kind and said and "837" in (kind[:3], said[:3]) and not _goes_with(said, kind)
    )


def _goes_with(said: str, kind: str) -> bool:
    return said == kind or said == kind[:3]


def written_as(labels: Labels, kind: str) -> tuple[str, str]:
    """Type and guide of a set of this kind: as its labels have them, if these do not contradict."""
    wrong = contradictions(labels, kind)
    type_ = labels.type or ""
    if kind and (not _kind_of_type(type_) or "ST01" in wrong):
        type_ = kind[:3]
    guides = (("ST03", labels.guide), ("GS08", labels.group_guide))
    fitting = [guide for name, guide in guides if guide and name not in wrong]
    named = [guide for guide in fitting if kind_of_guide(guide)]
    return type_, next(iter(named or fitting), "")


def _kind_of_type(type_: str | None) -> str:
    return type_ if type_ in _TYPES else ""


def _kind_of_group(code: str | None) -> str:
    return _GROUPS.get(code or "", "")


def _grammar(kind: str, labels: Labels, signs: Signs, version: str) -> Grammar | None:
    """The grammar of the guide that an 837P follows: 4010 or 5010."""
    if kind != PROFESSIONAL:
        return None
    by_group, by_own = grammar_for(labels.group_guide or ""), grammar_for(labels.guide or "")
    if by_group and by_own is by_group:
        return by_group
    by_name = grammar_for(signs.named)
    if by_name:
        return by_name
    if by_group and not labels.guide:
        return by_group
    if not by_group or not by_own:
        found = by_group or by_own
        if found:
            return found
    most = signs.facility_codes.most_common(1)
    old = not most[0][0] if most else version < "00402"
    return grammar_for(OLD_GUIDE if old else CURRENT_GUIDE)


_GUIDE = re.compile(r"\d{6}X(\d{3})(?:A\d)?")
_KINDS = {
    "222": PROFESSIONAL, "098": PROFESSIONAL, "323": PROFESSIONAL,
    "223": INSTITUTIONAL, "096": INSTITUTIONAL, "324": INSTITUTIONAL,
    "224": DENTAL, "097": DENTAL, "325": DENTAL,
    "298": REPORTED, "299": REPORTED, "300": REPORTED,
    "221": "835", "091": "835", "322": "835",
    "212": "276/277", "093": "276/277", "214": "277", "213": "277", "228": "277", "364": "277",
    "279": "270/271", "092": "270/271",
    "217": "278", "094": "278",
    "218": "820", "061": "820", "306": "820",
    "220": "834", "095": "834",
    "186": "824", "230": "997", "231": "999",
}  # fmt: skip
"""The kind of a set by the number of its implementation guide, in whatever version."""
_GROUPS = {
    "HC": "837", "HP": "835", "HN": "277", "HR": "276", "HS": "270", "HB": "271", "HI": "278",
    "FA": "997/999", "RA": "820", "BE": "834", "AG": "824",
}  # fmt: skip
_TYPES = frozenset(
    {"837", "835", "276", "277", "270", "271", "278", "820", "834", "824", "997", "999", "275"}
)
_LINES = {
    b"SV1": (PROFESSIONAL, re.compile(rb"(?!AD)[A-Z]{2}[^A-Za-z0-9]")),
    b"SV2": (INSTITUTIONAL, re.compile(rb"[0-9]{3,4}[^A-Za-z0-9]")),
    b"SV3": (DENTAL, re.compile(rb"AD[^A-Za-z0-9]")),
}
"""Service lines in the form that only this kind of a set has: a mistyped tag is not a sign."""
_FACILITY = re.compile(rb"\w{1,2}[^A-Za-z0-9]([AB]?)(?:[^A-Za-z0-9]|$)")
_OTHER_SETS = {
    b"CLP": "835", b"SVC": "835", b"BPR": "835", b"PLB": "835",
    b"STC": "277", b"EQ": "270", b"EB": "271", b"UM": "278", b"RMR": "820", b"INS": "834",
    b"AK1": "999", b"AK2": "999", b"IK5": "999", b"AK5": "999", b"AK9": "999", b"OTI": "824",
}  # fmt: skip
KINDS = (PROFESSIONAL, *sorted({*_KINDS.values(), *_GROUPS.values(), *_TYPES} - {PROFESSIONAL}))
"""Every kind, in an order that its number in a fault goes by."""
_STRUCTURES = {
    b"0007": ("278",),
    b"0010": ("276", "277"),
    b"0022": ("270", "271"),
    b"0085": ("277",),
}
"""The sets that a structure code in BHT01 may open."""
_ENDS = frozenset({b"SE", b"ST", b"GE", b"GS", b"IEA", b"ISA"})
