"""What is read in the free text of notes and descriptions: COD002, DOC003 and DOC004."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from edi_lint.engine import Shape
from edi_lint.findings import Applicability, Edit, Fix, Severity
from edi_lint.findings.masking import is_amount, safe_amount
from edi_lint.packs import FlowRateLimit, Pack
from edi_lint.rules.base import ClaimRule, PackRule, Rule
from edi_lint.rules.examples import Example
from edi_lint.rules.flow_rates import FlowRate, flow_rates, rates
from edi_lint.rules.parts import (
    CODES,
    LEADS,
    LINE_INDEX,
    PACK,
    At,
    Derived,
    Part,
    Remedy,
    Said,
    Spot,
)
from edi_lint.rules.run import Run
from edi_lint.x12 import Segment

DESCRIPTION = 7
"""The component of SV101 that describes the item in words."""


def _described(text: str, code: str = "A4306") -> tuple[str, ...]:
    """The segment of an example's line with a description."""
    return (f"SV1*HC:{code}:::::{text}*120*UN*1***1",)


def _noted(text: str) -> tuple[str, ...]:
    """The segments of an example's line with a note."""
    return ("SV1*HC:A4306*120*UN*1***1", "DTP*472*D8*20260105", f"NTE*ADD*{text}")


_WITH_RATES = frozenset({"sibling", "other-pump", "inclusive", "insulin", "facility"})
"""Relations of a neighbouring code that make it an infusion with a rate."""


def _is_alone(run: Run, pack: Pack | None, codes: tuple[str, ...]) -> bool:
    """Whether no line of the claim but those of one code of a pack may have a rate of its own."""
    del run
    if pack is None:
        return False
    every = {code.upper() for code in codes}
    near = (pack.neighbours[code] for code in every - pack.codes if code in pack.neighbours)
    return len(every & pack.codes) == 1 and not any(n.relation in _WITH_RATES for n in near)


class RateContradictsCode(PackRule):
    """A flow rate that is written beside A4306 is less than 50 ml per hour.

    The descriptor's limit is a rate, whatever the system holds: at 50 ml per hour and more the
    code is A4305, and beside A4305 it is the other way round. Looked at are the line's description
    (SV101-7) and its notes, and the claim's notes as long as no other line could be meant by them.
    A rate is a number of milliliters (or cc) in an hour or a minute, or a volume over some minutes,
    hours or days (250 ML OVER 90 MIN). A limit before or behind the number (LT, less than, up to,
    max, NTE, or less) is none, and neither is what is given at once (bolus, flush). Where a text
    also names a rate that fits, nothing is said.
    """

    code = "COD002"
    name = "rate-contradicts-code"
    fault = "Flow rate does not fit A4306"
    level = 5
    severity = Severity.WARNING
    source = "CMS 2019 and 2020 HCPCS files: the long descriptors of A4305 and A4306"
    conflict = (
        "The short descriptor of A4306 says 50 ml or less, without an hour, so that exactly 50 "
        "would still be its own; the long descriptors give 50 ml per hour to A4305, and they are "
        "followed."
    )
    help = "Compare with the order: correct the code (A4305 from 50 ml per hour on) or the text."
    valid = (
        Example(line=_described("PUMP 400 ML AT 5 ML/HR")),
        Example(line=_described("RATE LESS THAN 50 ML PER HOUR")),
        Example(line=_described("2-60 ML/HR SELECTABLE")),
        Example(line=_noted("RATE LT 50 ML PER HR")),
        Example(line=_noted("400 ML OVER 3 DAYS")),
        Example(line=_noted("5 ML/HR, BOLUS 60 ML/HR")),
        Example(line=_described("RATE 75 ML/HR", "A4305")),
        Example(line=_described("5 ML/HR, THEN 40-60 ML/HR", "A4305")),
        Example(
            claim=("NTE*ADD*RATE 75 ML/HR", "HI*ABK:G8918"),
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4305*60*UN*1***1"),
        ),
    )
    invalid = (
        Example(line=_described("PUMP 60 ML/HR"), at="SV101-07"),
        Example(line=_noted("60ML PER HOUR PER ORDER"), at="NTE02"),
        Example(line=_described("PUMP 5 ML/HR", "A4305"), at="SV101-07"),
        Example(line=_noted("RATE 50 ML/H"), at="NTE02"),
        Example(line=_noted("250ML OVER 90 MIN"), at="NTE02"),
        Example(claim=("NTE*ADD*100 CC/HR", "HI*ABK:G8918"), at="NTE02"),
        Example(
            claim=("NTE*ADD*RATE 75.5 MLHR", "HI*ABK:G8918"),
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
            at="NTE02",
        ),
    )

    leads = LEADS
    is_alone = Derived(_is_alone, PACK, CODES)
    description = Part("2400", "SV1", 1, DESCRIPTION, DESCRIPTION)
    authors, notes = Part("2400", "NTE", 1, every=True), Part("2400", "NTE", 2, every=True)
    authors_of_claim = Part("2300", "NTE", 1, every=True)
    notes_of_claim = Part("2300", "NTE", 2, every=True)

    def judge(
        self,
        pack: Pack,
        procedure: str,
        leads: bool,
        is_alone: bool,
        description: str,
        authors: tuple[str, ...],
        notes: tuple[str, ...],
        authors_of_claim: tuple[str, ...],
        notes_of_claim: tuple[str, ...],
    ) -> Iterator[Said]:
        limit = pack.flow_rate
        if limit is None:
            return
        texts = [(At("description"), description)]
        texts += [(At("notes", n), notes[n]) for n in _provided(pack, authors)]
        if leads and is_alone:
            provided = _provided(pack, authors_of_claim)
            texts += [(At("notes_of_claim", n), notes_of_claim[n]) for n in provided]
        for place, text in texts:
            wrong = _wrong_rate(limit, rates(text), is_upper=procedure == limit.otherwise)
            if wrong is not None:
                rate = str(wrong) if is_amount(wrong.rounded) else safe_amount(wrong.rounded)
                reach, other = (
                    (f"{limit.below} and more, and below that the code is", pack.code)
                    if procedure == limit.otherwise
                    else (
                        f"less than {limit.below}, and from there on the code is",
                        limit.otherwise,
                    )
                )
                place.also = At("procedure")
                yield (
                    place,
                    f"{rate} ml per hour is written here; {procedure} is for {reach} {other}",
                )


def _wrong_rate(limit: FlowRateLimit, found: list[FlowRate], is_upper: bool) -> FlowRate | None:
    """The rate of a text that belongs to the other code; None where one of its rates fits."""
    if not found:
        return None
    if is_upper:
        most = max(found, key=lambda rate: rate.most)
        return most if most.most < limit.below else None
    least = min(found, key=lambda rate: rate.number)
    return least if least.number >= limit.below else None


_READ = 20
"""Notes of a claim that are read with each of its lines; the guide has room for one."""


def _provided(pack: Pack, authors: tuple[str, ...]) -> list[int]:
    """The indexes of the notes that the provider wrote, by NTE01."""
    return [n for n, author in enumerate(authors) if author in pack.notes]


def _first_without_note(
    run: Run, pack: Pack | None, codes: tuple[str, ...], authors: tuple[tuple[str, ...], ...]
) -> int:
    """The index of the first line with a code of the pack that has no note of its own, or -1."""
    del run
    for line, code in enumerate(codes):
        if pack and code.upper() in pack.codes and not _provided(pack, authors[line]):
            return line
    return -1


class NoteLacks(PackRule):
    """The note for a line of A4306 names the drug, its rate, how long and the order.

    Where a note is all that documents the line, it says what a reviewer looks for: the drug, the
    flow rate, the duration, who ordered it and, with pain drugs, the earlier treatment that failed.
    Eighty characters are enough. Looked for are words of a list; a note may say the same in others,
    hence this is for information. Nothing is said where a PWK announces documents, and without any
    note or with one that says nothing of this: that is DOC001's. TPO notes are another
    organization's.
    """

    needs = frozenset({"2300 NTE", "2400 NTE"})
    code = "DOC003"
    name = "note-lacks"
    fault = "Note incomplete"
    level = 6
    severity = Severity.INFO
    source = (
        "general knowledge: published reasons of denial of A4306 name these as missing; the words "
        "are a choice of this rule's pack"
    )
    help = (
        "Say in few words what the order says: the drug, its rate, for how long, and who ordered "
        "it. Write only what the record says."
    )
    valid = (
        Example(line=_noted("ROPIVACAINE 5ML/HR 3 DAYS PER ORDER, TRIAL IN RECORD")),
        Example(line=_noted("BUPIVACAINE 5 ML/HR 80 HR PER ORDER, TRIAL IN RECORD")),
        Example(claim=("NTE*ADD*DRUG RATE DURATION ORDER TRIAL", "HI*ABK:G8918")),
        Example(
            claim=("NTE*ADD*ROPIVACAINE 5ML/HR PER ORDER", "HI*ABK:G8918"),
            line=_noted("3 DAYS, TRIAL IN RECORD"),
        ),
        Example(claim=("PWK*B3*AA", "NTE*ADD*SEE THE ORDER", "HI*ABK:G8918")),
        Example(line=("SV1*HC:A4306*120*UN*1***1",)),
        Example(line=("SV1*HC:A4223*120*UN*1***1", "DTP*472*D8*20260105", "NTE*ADD*SUPPLIES")),
    )
    invalid = (
        Example(line=_noted("ROPIVACAINE 5ML/HR"), at="NTE02"),
        Example(line=_noted("ROPIVACAINE 5ML/HR PER ORDER"), at="NTE02"),
        Example(
            claim=("NTE*ADD*DRUG AND RATE PER ORDER", "HI*ABK:G8918"),
            line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1"),
            at="NTE02",
        ),
    )

    paperwork = Part("2400", "PWK", 1, every=True)
    paperwork_of_claim = Part("2300", "PWK", 1, every=True)
    authors, notes = Part("2400", "NTE", 1, every=True), Part("2400", "NTE", 2, every=True)
    authors_of_claim = Part("2300", "NTE", 1, every=True)
    notes_of_claim = Part("2300", "NTE", 2, every=True)
    line = LINE_INDEX
    first_without_note = Derived(
        _first_without_note, PACK, CODES, Part("2400", "NTE", 1, every=True, each_line=True)
    )

    def judge(
        self,
        pack: Pack,
        paperwork: tuple[str, ...],
        paperwork_of_claim: tuple[str, ...],
        authors: tuple[str, ...],
        notes: tuple[str, ...],
        authors_of_claim: tuple[str, ...],
        notes_of_claim: tuple[str, ...],
        line: int,
        first_without_note: int,
    ) -> Iterator[Said]:
        if paperwork or paperwork_of_claim:
            return
        own = _provided(pack, authors)
        of_claim = _provided(pack, authors_of_claim[:_READ])
        if not own and not (of_claim and line == first_without_note):
            return
        read = [*(notes[n] for n in own), *(notes_of_claim[n] for n in of_claim)]
        text = "\n".join(read).upper()
        missing = topics_missing(text, pack)
        if missing and says_something(text, pack):
            message = f"the note does not speak of: {', '.join(missing)}"
            yield At("notes", own[0]) if own else At("notes_of_claim", of_claim[0]), message


_FIGURES = re.compile("999[- ]?99[- ]?9999|999[- ]{0,2}999[- ]?9999|99?-99?-99|9{6}")
"""Shapes in which one of the personal data may stand."""


def _figures(loop: str, tag: str, element: int) -> Part:
    """The figures of free texts, which are exempt where they are no personal data."""
    part = Part(loop, tag, element, shape=Shape.FIGURES, every=True)
    return part.unless(lambda text: not _FIGURES.search(text))


class PersonalData(ClaimRule):
    """A note (NTE02, K3) contains no Social Security number, birth date or telephone number.

    Notes are printed, copied and read by many who need none of these; the claim has places of its
    own for birth dates and numbers. Seen are numbers in the form of a Social Security number or of
    a telephone number of North America, or behind words that announce one, and dates behind a word
    for birth. Whose they are cannot be seen: the number of an office is found too.
    """

    code = "DOC004"
    name = "personal-data-in-note"
    fault = "Personal data in a note"
    level = 6
    severity = Severity.WARNING
    source = "general knowledge"
    help = "Take it out of the note; birth date and identifiers have their own segments."
    valid = (
        Example(claim=("NTE*ADD*ORDERED 01/05/2026, 400 ML, 5 ML/HR", "HI*ABK:G8918")),
        Example(claim=("NTE*ADD*NDC 12345-678-90 LOT 123456789", "HI*ABK:G8918")),
        Example(claim=("NTE*ADD*ORDER 000-12-3456", "HI*ABK:G8918")),
        Example(claim=("NTE*ADD*NPI 1234567893", "HI*ABK:G8918")),
    )
    invalid = (
        Example(
            claim=("NTE*ADD*PATIENT 123-45-6789 DRUG PER ORDER", "HI*ABK:G8918"),
            at="NTE02",
            fixed=(
                (
                    "NTE*ADD*PATIENT 123-45-6789 DRUG PER ORDER",
                    "NTE*ADD*PATIENT DRUG PER ORDER",
                ),
            ),
        ),
        Example(
            claim=("NTE*ADD*DRUG PER ORDER, SSN 123456789", "HI*ABK:G8918"),
            at="NTE02",
            fixed=(("NTE*ADD*DRUG PER ORDER, SSN 123456789", "NTE*ADD*DRUG PER ORDER"),),
        ),
        Example(line=_noted("DOB 1/1/1960"), at="NTE02"),
        Example(line=_noted("PUMP (555) 555-0100 BORN 19600101"), at="NTE02"),
        Example(claim=("K3*CALL 555.555.0100", "HI*ABK:G8918"), at="K301"),
        Example(claim=("NTE*ADD*PHONE 5555550100", "HI*ABK:G8918"), at="NTE02"),
    )

    figures_of_notes = _figures("2300", "NTE", 2)
    figures_of_lines_notes = _figures("2400", "NTE", 2)
    figures_of_fixed = _figures("2300", "K3", 1)
    figures_of_lines_fixed = _figures("2400", "K3", 1)
    notes = Part("2300", "NTE", 2, every=True)
    notes_of_lines = Part("2400", "NTE", 2, every=True)
    fixed = Part("2300", "K3", 1, every=True)
    fixed_of_lines = Part("2400", "K3", 1, every=True)

    def judge(
        self,
        notes: tuple[str, ...],
        notes_of_lines: tuple[tuple[str, ...], ...],
        fixed: tuple[str, ...],
        fixed_of_lines: tuple[tuple[str, ...], ...],
    ) -> Iterator[Said]:
        yield from _personal("NTE02", "notes", notes)
        for line, texts in enumerate(notes_of_lines):
            yield from _personal("NTE02", "notes_of_lines", texts, line)
        yield from _personal("K301", "fixed", fixed)
        for line, texts in enumerate(fixed_of_lines):
            yield from _personal("K301", "fixed_of_lines", texts, line)


_SOCIAL_SECURITY = re.compile(
    r"\b(?:SSN?|SOCIAL\s+SECURITY)\b\W{0,3}(?:(?:NO|NUM|NUMBER)\b\W{0,3})?"
    r"\d{3}[- ]?\d\d[- ]?\d{4}(?!\d)"
    r"|(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])",
    re.ASCII | re.IGNORECASE,
)
_TELEPHONE = re.compile(
    r"\b(?:PH|PHONE|TEL|TELEPHONE|CELL|MOBILE|FAX)\b\W{0,3}(?:(?:NO|NUM|NUMBER)\b\W{0,3})?"
    r"(?:1[- .]?)?\(?[2-9]\d\d\)?[- .]?[2-9]\d\d[- .]?\d{4}(?!\d)"
    r"|(?<![\d.-])(?:1[- .])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-./])[2-9]\d\d[-.]\d{4}(?![\d-])",
    re.ASCII | re.IGNORECASE,
)
_BIRTH = re.compile(
    r"\b(?:DOB|D\.O\.B|BORN|BIRTH(?:DATE|DAY|\s+DATE)?|DATE\s+OF\s+BIRTH)\b\W{0,3}(?:(?:ON|IS)\s+)?"
    r"(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|\d{8}|\d{6})(?!\d)",
    re.ASCII | re.IGNORECASE,
)


def _personal(name: str, part: str, texts: tuple[str, ...], *line: int) -> Iterator[Said]:
    """What reads like personal data in some texts of a claim or a line."""
    for n, text in enumerate(texts):
        if not _FIGURES.search(Shape.FIGURES.of(text)):
            continue
        found = [(what, m.span()) for what, form in PERSONAL for m in form.finditer(text)]
        if found:
            kinds = " and ".join(dict.fromkeys(what for what, _ in found))
            fix = _CutSpans([span for _, span in found])
            yield At(part, *line, n, fix=fix), f"{name} holds what reads like {kinds}"


class _CutSpans(Remedy):
    """Takes spans out of the text at the finding's place, where something of it would remain."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self.spans = spans

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        return _cut(spot.segment, spot.element, self.spans)


PERSONAL = (
    ("a Social Security number", _SOCIAL_SECURITY),
    ("a birth date", _BIRTH),
    ("a telephone number", _TELEPHONE),
)


_RATE = "rate"
"""The topic for which figures count as words do."""


def says_something(text: str, pack: Pack) -> bool:
    """Whether a text, in upper case, speaks of a topic of the pack's at all."""
    topics = pack.note_contents.items()
    return any(
        _any_of(words).search(text) or _names_rate(topic, text, pack) for topic, words in topics
    )


def _names_rate(topic: str, text: str, pack: Pack) -> bool:
    """Whether a topic is the flow rate that a pack judges, and a text names one in figures."""
    return topic == _RATE and pack.flow_rate is not None and any(True for _ in flow_rates(text))


def topics_missing(text: str, pack: Pack) -> list[str]:
    """The topics that a text does not speak of. A word counts for the first that has it.

    Of a topic that the pack asks for with some words only nothing is said without those.
    """
    missing = []
    whole = text
    for topic, words in pack.note_contents.items():
        condition = pack.note_conditions.get(topic)
        if condition and not _any_of(condition).search(whole):
            continue
        names_rate = _names_rate(topic, whole, pack)
        text, found = _any_of(words).subn(" ", text)
        if not found and not names_rate:
            missing.append(topic)
    return missing


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Finds one of the words, in upper case, with no letter beside it."""
    return re.compile(rf"(?<![A-Z])(?:{'|'.join(map(re.escape, words))})(?![A-Z])")


def _cut(segment: Segment, element: int, spans: list[tuple[int, int]]) -> Fix | None:
    """The fix that takes spans out of a text; None where nothing would be left of it.

    A segment that is folded over lines has no fix: its bytes are not those of its value.
    """
    text = segment.value(element)
    start, end = segment.span(element)
    if end - start != len(text):
        return None
    joined = _joined(text, sorted(spans))
    kept = list(text)
    for first, last in joined:
        kept[first:last] = " " * (last - first)
    if not any(c.isalnum() for c in kept):
        return None
    edits = tuple(Edit(start + first, start + last, "") for first, last in joined)
    return Fix(Applicability.SUGGESTED, "take it out of the note", edits)


def _joined(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans with the blanks behind them, or before the last if it ends the text; none touch."""
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        while last < len(text) and text[last] in _BETWEEN:
            last += 1
        if joined and first <= joined[-1][1]:
            first = joined.pop()[0]
        joined.append((first, last))
    first, last = joined.pop()
    while last == len(text) and first > 0 and text[first - 1] in _BETWEEN:
        first -= 1
    return [*joined, (first, last)]


_BETWEEN = " ,;"


RULES: tuple[type[Rule], ...] = (RateContradictsCode, NoteLacks, PersonalData)
