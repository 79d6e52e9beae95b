"""What a single fault is: a clean base, a textual edit of it, and the findings that must follow.

A base is written one segment a line with the usual delimiters (`*`, `:`, `^`); edits and places are
written the same way and laid out with the base's own delimiters afterwards. `SE*0*` stands for the
right count, so that an edit which adds or removes segments stays a single fault.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from edi_lint.findings import Finding

OPEN, CLOSE = "«", "»"
"""They enclose, in a place, the text that a finding points to."""


class CaseError(Exception):
    """A case is written wrongly: its edit or place does not stand exactly once in the base."""


class Layout(NamedTuple):
    """The delimiters of a file, and what follows each segment terminator."""

    element: str = "*"
    component: str = ":"
    repetition: str = "^"
    terminator: str = "~"
    after: str = "\n"

    def write(self, text: str) -> str:
        """Text of the usual notation in this layout."""
        end = self.terminator + self.after
        table = {"*": self.element, ":": self.component, "^": self.repetition, "\n": end}
        return text.translate(str.maketrans(table))


class Base(NamedTuple):
    """A file without a fault: `text` in the usual notation, a line break behind each segment."""

    name: str
    text: str
    layout: Layout = Layout()


class Profile(NamedTuple):
    """What a payer states beyond the defaults, for the rules that speak only when it does."""

    units_a_day: int = 0
    prior_authorization: bool = False
    verdict: str = ""
    transmission_codes: tuple[str, ...] = ()
    report_types: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()
    frequency_codes: tuple[str, ...] = ()
    timely_filing_days: int = 0

    def file(self) -> str:
        """As a user writes it: YAML, with a citation beside each fact; empty without any."""
        if not any(self):
            return ""
        policy: dict[str, object] = {}
        if self.verdict:
            policy |= {"verdict": self.verdict, "reason": "an example", **_CITED}
        if self.units_a_day:
            policy["units_per_day"] = {"limit": self.units_a_day, **_CITED}
        if self.prior_authorization:
            policy["authorization"] = _CITED
        for key, values in (("suppliers", self.suppliers), ("report_types", self.report_types)):
            if values:
                policy[key] = {"accepted": list(values), **_CITED}
        facts: dict[str, object] = {"policies": {"A4306": policy}} if policy else {}
        for key, values in (
            ("transmissions", self.transmission_codes),
            ("frequencies", self.frequency_codes),
        ):
            if values:
                facts[key] = {"accepted": list(values), **_CITED}
        if self.timely_filing_days:
            facts["filing"] = {"days": self.timely_filing_days, **_CITED}
        head = {"name": "example", "title": "an example plan", "match": {}, "sources": ["example"]}
        return json.dumps(head | facts)


_CITED = {"citation": "an example's manual"}


class Found(NamedTuple):
    """A finding that must be there.

    `element` is SV101-03, PWK06, or empty for a whole segment. `at` is text that stands once in
    the edited file, with « and » around what the finding points to. `place` is "expected" where the
    rule catalogue leaves open to which element of the fault its rule points.
    """

    code: str
    severity: str
    element: str
    at: str
    place: str = "certain"


class Edit(NamedTuple):
    """Replace `old`, which stands exactly once, by `new`."""

    old: str
    new: str


class Case(NamedTuple):
    """A base, its edits and exactly what is found then; `found` is empty for what is no fault.

    A fault is one edit. More than one make a single fault where the others keep a sum or a pair
    right, as `why` says, or several faults of one claim. `raw` edits the laid out file.
    """

    name: str
    base: Base
    edits: tuple[Edit, ...]
    found: tuple[Found, ...]
    why: str = ""
    raw: bool = False
    profile: Profile | None = None


class Seen(NamedTuple):
    """A finding as a case describes it: what is compared, and printed where it differs."""

    code: str
    severity: str
    element: str
    start: int
    text: str


def error(code: str, element: str, at: str, place: str = "certain") -> Found:
    return Found(code, "error", element, at, place)


def warning(code: str, element: str, at: str, place: str = "certain") -> Found:
    return Found(code, "warning", element, at, place)


def info(code: str, element: str, at: str, place: str = "certain") -> Found:
    return Found(code, "info", element, at, place)


def fault(
    name: str,
    base: Base,
    old: str,
    new: str,
    *found: Found,
    and_: tuple[tuple[str, str], ...] = (),
    why: str = "",
    raw: bool = False,
    profile: Profile | None = None,
) -> Case:
    """One fault; `and_` holds what must change along with it, `why` says why."""
    edits = (Edit(old, new), *(Edit(*e) for e in and_))
    return Case(name, base, edits, found, why, raw, profile)


def clean(name: str, base: Base, *edits: tuple[str, str], why: str) -> Case:
    """What looks wrong and is not, and why it is not."""
    return Case(name, base, tuple(Edit(*e) for e in edits), (), why)


def several(name: str, base: Base, edits: tuple[tuple[str, str], ...], *found: Found) -> Case:
    """Several faults of one claim: what is found is what each of them gives."""
    return Case(name, base, tuple(Edit(*e) for e in edits), found)


def edited(case: Case) -> tuple[bytes, tuple[Seen, ...]]:
    """The file with the case's edits, and the findings expected in it.

    Raises CaseError where an edit or a place does not stand exactly once.
    """
    text = case.base.layout.write(counted(case.base.text)) if case.raw else case.base.text
    for edit in case.edits:
        if text.count(edit.old) != 1:
            raise CaseError(f"{edit.old!r} stands {text.count(edit.old)} times in the base")
        text = text.replace(edit.old, edit.new)
    layout = Layout(after="", terminator="\n") if case.raw else case.base.layout
    text = text if case.raw else counted(text)
    expected = tuple(_placed(found, text, layout) for found in case.found)
    return layout.write(text).encode("latin-1"), expected


def file_of(base: Base) -> bytes:
    """The base as it is, without a fault."""
    return base.layout.write(counted(base.text)).encode("latin-1")


def seen(finding: Finding, data: bytes) -> Seen:
    """A finding of the linter in the terms of a case."""
    place = finding.location
    text = data[place.byte_start : place.byte_end].decode("latin-1")
    severity = finding.severity.value
    return Seen(finding.code, severity, place.element, place.byte_start, text)


def counted(text: str) -> str:
    """The text with each `SE*0*` filled in: the number of segments from ST to SE."""
    segments, start = text.split("\n"), 0
    for position, segment in enumerate(segments):
        if segment.startswith("ST*"):
            start = position
        elif segment.startswith("SE*0*"):
            segments[position] = f"SE*{position - start + 1}*{segment[5:]}"
    return "\n".join(segments)


def _placed(found: Found, text: str, layout: Layout) -> Seen:
    before, _, rest = found.at.partition(OPEN)
    pointed, closed, after = rest.partition(CLOSE)
    context = before + pointed + after
    if not closed or text.count(context) != 1:
        raise CaseError(f"{found.at!r} stands {text.count(context)} times in the edited file")
    start = text.index(context) + len(before)
    written = layout.write(pointed)
    return Seen(found.code, found.severity, found.element, len(layout.write(text[:start])), written)
