"""From a receiver's answer to the rules that lead there: TA1, 999, 277CA and 835 codes.

What rules' own findings name comes from the rules; what else is known of an answer is data: in
`answer_codes.txt` a line for each code, in `answers.yaml` (`schemas/answers.schema.json`) what
leads to rules or needs a second answer beside it. Without a catalogue `read` says what answers
mean, who acts and what to do: `read(read_answers("A7:562:82"), ()).entries`; the route of a 277CA's
category is `book().categories[answer.category]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from pkgutil import get_data
from typing import Any, NamedTuple

from edi_lint.findings import Response
from edi_lint.rules.base import Rule
from edi_lint.rules.situations import Situation, response_of
from edi_lint.rules.structural import answered
from edi_lint.x12.errors import EdiLintError

FORMS = (
    "A7:453, A7:453:85 or status 453 (277CA); IK304=3, IK403=7, IK501=R, IK502=4, AK901=P, AK905=4 "
    "(999); TA104=R, TA105=024 (TA1); CARC 16, CO-16, N519, MA130 or CO-16+MA130 (835)"
)
"""The accepted forms of an answer, for help and messages."""


class AnswerError(EdiLintError, ValueError):
    """A text is not an answer; the message says what one looks like."""


class Kind(StrEnum):
    """Where an answer stands: report and element. A NUMBER may be a STATUS or a CARC."""

    TA104 = "TA1, TA104"
    TA105 = "TA1, TA105"
    AK901 = "999, AK901"
    AK905 = "999, AK905"
    IK501 = "999, IK501"
    IK502 = "999, IK502"
    IK304 = "999, IK304"
    IK403 = "999, IK403"
    STC = "277CA, category and status"
    STATUS = "277CA, status"
    CARC = "835, CARC"
    RARC = "835, RARC"
    NUMBER = "277CA status or 835 CARC"


class Answer(NamedTuple):
    """One code of a receiver's report; of STC `value` is category and status, as in A7:453.

    `entity` is STC01-3 and `group` CAS01, both empty where they were not given.
    """

    kind: Kind
    value: str
    entity: str = ""
    group: str = ""

    @property
    def label(self) -> str:
        """As people write it."""
        if self.kind is Kind.STC:
            return f"{self.value}:{self.entity}" if self.entity else self.value
        if self.kind is Kind.CARC:
            return f"{self.group or 'CARC'} {self.value}"
        if self.kind is Kind.STATUS:
            return f"status {self.value}"
        if self.kind in (Kind.RARC, Kind.NUMBER):
            return self.value
        return f"{self.kind.name} {self.value}"

    @property
    def category(self) -> str:
        """STC01-1; empty where this is not an STC."""
        return self.value.partition(":")[0] if self.kind is Kind.STC else ""

    @property
    def status(self) -> str:
        """STC01-2, or what may be one; empty where this is none."""
        if self.kind is Kind.STC:
            return self.value.partition(":")[2]
        return self.value if self.kind in (Kind.STATUS, Kind.NUMBER) else ""


class SentAnswers(NamedTuple):
    """Answers that come together for a rule's fault, and which kinds of fault get them.

    `kinds` are empty where the rule knows one. `of_envelope`: see `structural.Answered`.
    """

    answers: tuple[Answer, ...]
    kinds: tuple[str, ...] = ()
    of_envelope: bool = False


class AnswerEntry(NamedTuple):
    """What is known of an answer, or of it with one of `beside`; `rules` say why they lead there.

    `who` acts is biller, payer, eligibility, enrollment or nobody; whether the file `shows` the
    cause is yes, in part or no. `confidence` is official, secondary or general knowledge.
    """

    answer: Answer
    beside: tuple[Answer, ...]
    means: str
    do: str
    rules: dict[str, str]
    source: str
    confidence: str
    who: str
    shows: str


class Category(NamedTuple):
    """What a category of a 277CA says of the claim, and which way the claim takes from there."""

    means: str
    route: str


class Lead(NamedTuple):
    """A rule that leads to what was asked, with the answers it leads to and why, for each."""

    rule: type[Rule]
    reasons: dict[Answer, str]


class AnswerReading(NamedTuple):
    """What is known of the answers that were asked for.

    `entries` speak of them; `hints` would, with another answer beside. `leads` are the rules, those
    first that lead to most of the answers and to little else.
    """

    asked: tuple[Answer, ...]
    entries: tuple[AnswerEntry, ...]
    hints: tuple[AnswerEntry, ...]
    leads: tuple[Lead, ...]


# what is asked

_SEPARATED = r"[ =:*/-]+"
_FORMS: tuple[tuple[re.Pattern[str], Kind], ...] = tuple(
    (re.compile(pattern, re.ASCII), kind)
    for pattern, kind in (
        (rf"TA1(?:04)?{_SEPARATED}(?P<value>[AER])", Kind.TA104),
        (rf"TA1(?:05)?{_SEPARATED}(?P<value>\d{{3}})", Kind.TA105),
        (r"(?P<value>0\d\d)", Kind.TA105),
        (rf"AK9(?:01)?{_SEPARATED}(?P<value>[AEMPRWX])", Kind.AK901),
        (rf"[IA]K5(?:01)?{_SEPARATED}(?P<value>[AEMRWX])", Kind.IK501),
        (rf"AK905{_SEPARATED}(?P<value>\d\d?)", Kind.AK905),
        (rf"[IA]K502{_SEPARATED}(?P<value>I?\d\d?)", Kind.IK502),
        (rf"[IA]K304{_SEPARATED}(?P<value>I?\d\d?)", Kind.IK304),
        (rf"[IA]K403{_SEPARATED}(?P<value>I?\d\d?)", Kind.IK403),
        (rf"STATUS{_SEPARATED}(?P<value>\d{{1,3}})", Kind.STATUS),
        (rf"CARC(?:{_SEPARATED})?(?P<value>[A-Z]?\d{{1,3}})", Kind.CARC),
        (rf"(?P<group>CO|CR|OA|PI|PR)(?:{_SEPARATED})?(?P<value>[A-Z]?\d{{1,3}})", Kind.CARC),
        (rf"RARC{_SEPARATED}(?P<value>(?:MA?|N)\d{{1,3}})", Kind.RARC),
        (r"(?P<value>(?:MA?|N)\d{1,3})", Kind.RARC),
        (r"(?P<value>\d{1,3})", Kind.NUMBER),
    )
)
_STC = re.compile(
    rf"(?:STC(?:01)?{_SEPARATED})?([A-Z]\d\d?){_SEPARATED}(\d{{1,3}})"
    rf"(?:{_SEPARATED}([A-Z0-9]{{2,3}}))?",
    re.ASCII,
)
_CATEGORY = re.compile(r"[A-Z]\d\d?", re.ASCII)


_REPORT = re.compile(r"(277CA|999|835)\s+(?=\S)", re.IGNORECASE)
"""The report that an answer came in, as findings print it before the answer."""


def read_answers(text: str) -> tuple[Answer, ...]:
    """The answers in a text: one, or several joined by + or a comma. Raises AnswerError.

    A number that a remark code was joined to is a CARC.
    """
    parts = [_REPORT.sub("", part.strip()) for part in re.split(r"[+,;]", text)]
    answers = tuple(_read_answer(part, text) for part in parts)
    if any(a.kind is Kind.RARC for a in answers):
        return tuple(a._replace(kind=Kind.CARC) if a.kind is Kind.NUMBER else a for a in answers)
    return answers


def _read_answer(part: str, text: str) -> Answer:
    wanted = " ".join(part.upper().split())
    if stc := _STC.fullmatch(wanted):
        category, status, entity = stc.groups()
        return Answer(Kind.STC, f"{category}:{int(status)}", entity or "")
    for form, kind in _FORMS:
        if match := form.fullmatch(wanted):
            found = match.groupdict()
            value = found["value"]
            short = value if kind is Kind.TA105 else value.lstrip("0") or "0"
            return Answer(kind, short, group=found.get("group", ""))
    hint = ""
    if _CATEGORY.fullmatch(wanted):
        hint = (
            f"{wanted} alone may be a category or a CARC: write {wanted}:STATUS or CARC {wanted}; "
        )
    raise AnswerError(f"{text!r} is not an answer of a receiver: {hint}one looks like {FORMS}")


# what rules send


def sent_by(rule: type[Rule]) -> list[SentAnswers]:
    """What receivers answer to the rule's faults: what the rule names, then by kind of fault."""
    own = dict.fromkeys(answer for r in _responses(rule) for answer in _answers(r))
    return [*([SentAnswers(tuple(own))] if own else []), *_structural().get(rule, ())]


def _responses(rule: type[Rule]) -> Iterator[Response]:
    """What the rule names, and each case of a situation where it has a response of its own."""
    yield from (rule.response, *rule.other_responses)
    row: Situation | None = getattr(rule, "situation", None)
    for case in row.cases if row else ():
        if case.response:
            yield response_of(case.response)


def _answers(response: Response) -> Iterator[Answer]:
    for kind in (Kind.TA105, Kind.AK905, Kind.IK502, Kind.IK304, Kind.IK403):
        if value := getattr(response, kind.name.lower()):
            yield Answer(kind, value)
    if response.stc:
        yield Answer(Kind.STC, ":".join(response.stc[:2]), *response.stc[2:])
    if response.carc:
        yield Answer(Kind.CARC, response.carc)
    for code in response.rarc:
        yield Answer(Kind.RARC, code)


@cache
def _structural() -> dict[type[Rule], list[SentAnswers]]:
    """What is answered to the engine's faults, by their rules."""
    kinds: dict[tuple[type[Rule], tuple[Answer, ...], bool], list[str]] = {}
    for one in answered():
        key = (one.rule, tuple(_answers(one.response)), one.of_envelope)
        kinds.setdefault(key, []).append(one.kind)
    out: dict[type[Rule], list[SentAnswers]] = {}
    for (rule, answers, of_envelope), named in kinds.items():
        out.setdefault(rule, []).append(SentAnswers(answers, tuple(named), of_envelope))
    return out


# what leads to an answer

_NAMED, _KNOWN, _NEAR, _HINTED = 4, 3, 2, 1
"""How much a reason says: named by a finding, known, named in passing, with another beside."""


def read(asked: Iterable[Answer], catalogue: Iterable[type[Rule]]) -> AnswerReading:
    """What is known of the answers, and the rules of the catalogue that lead to them."""
    asked = tuple(dict.fromkeys(asked))
    entries, hints = _speaking(asked)
    leads = []
    for position, rule in enumerate(catalogue):
        reasons = _reasons(rule, asked, entries, hints)
        if reasons:
            weight = sum(w for w, _ in reasons.values())
            breadth = sum(len(sent.answers) for sent in sent_by(rule))
            lead = Lead(rule, {answer: why for answer, (_, why) in reasons.items()})
            leads.append(((-len(reasons), -weight, breadth, position), lead))
    leads.sort(key=lambda pair: pair[0])
    return AnswerReading(asked, entries, hints, tuple(lead for _, lead in leads))


def _same(asked: Answer, known: Answer) -> bool:
    """Whether what was asked for is, or may be, the known answer."""
    if asked.value == known.value and asked.kind is known.kind:
        return True
    if asked.kind is Kind.NUMBER and known.kind is Kind.CARC:
        return asked.value == known.value
    return asked.kind is not known.kind and asked.status != "" and asked.status == known.status


def _speaking(asked: tuple[Answer, ...]) -> tuple[tuple[AnswerEntry, ...], tuple[AnswerEntry, ...]]:
    """The entries that speak of the answers, the more particular first, and those that might."""
    meant = [e for e in book().entries if any(_same(a, e.answer) for a in asked)]
    beside = [e for e in book().entries if any(a in e.beside for a in asked)]
    told = {e.answer for e in beside}
    plain = [e for e in meant if not e.beside and e.answer not in told]
    remarked = any(a.kind is Kind.RARC for a in asked)
    hints = [] if remarked else [e for e in meant if e.beside]
    return (*beside, *plain), tuple(hints)


def _reasons(
    rule: type[Rule],
    asked: tuple[Answer, ...],
    entries: Iterable[AnswerEntry],
    hints: Iterable[AnswerEntry],
) -> dict[Answer, tuple[int, str]]:
    """For each answer that the rule leads to, the weightiest reason."""
    out: dict[Answer, tuple[int, str]] = {}
    for answer in asked:
        found = list(_named(rule, answer))
        for weight, known in ((_KNOWN, entries), (_HINTED, hints)):
            for entry in known:
                meant = _same(answer, entry.answer) or answer in entry.beside
                if meant and rule.code in entry.rules:
                    beside = f" (with {entry.beside[0].label})" if weight == _HINTED else ""
                    found.append((weight, entry.rules[rule.code] + beside))
        if found:
            out[answer] = max(found, key=lambda reason: reason[0])
    return out


def _named(rule: type[Rule], answer: Answer) -> Iterator[tuple[int, str]]:
    """Whether the rule's own findings name the answer, and for which kinds of fault."""
    kinds: dict[bool, list[str]] = {False: [], True: []}
    for sent in sent_by(rule):
        if any(_same(answer, other) for other in sent.answers):
            if not sent.kinds:
                yield _NAMED, "its findings name it"
            kinds[sent.of_envelope] += sent.kinds
        for other in sent.answers:
            if answer.status and answer.status == other.status and not _same(answer, other):
                yield _NEAR, f"its findings name the status under {other.category}"
    for of_envelope, named in kinds.items():
        if named:
            weight = _NEAR if of_envelope else _NAMED
            yield weight, f"its findings name it for: {', '.join(named)}"


# what is known of answers


class Book(NamedTuple):
    """The content of answers.yaml and answer_codes.txt; codes to words."""

    categories: dict[str, Category]
    entities: dict[str, str]
    groups: dict[str, str]
    entries: tuple[AnswerEntry, ...]


@cache
def book() -> Book:
    """What the two files say; their shape is checked by tests, not here."""
    import yaml

    data: dict[str, Any] = yaml.safe_load(get_data(__package__, "answers.yaml") or b"")
    lines = [_fields(line) for line in _code_lines()]
    acting = {answer: (who, shows) for answer, who, shows, *_ in lines}
    entries = [_entry(entry, acting) for entry in data["answers"]]
    for answer, who, shows, *words in lines:
        if words:
            means, do = words
            entries.append(AnswerEntry(answer, (), means, do, {}, _COMMON, _COMMON, who, shows))
    return Book(
        {c["code"]: Category(c["means"], c["route"]) for c in data["categories"]},
        {e["code"]: e["means"] for e in data["entities"]},
        {g["code"]: g["means"] for g in data["groups"]},
        tuple(entries),
    )


_COMMON = "general knowledge"


def _code_lines() -> list[str]:
    text = (get_data(__package__, "answer_codes.txt") or b"").decode("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _fields(line: str) -> tuple[Any, ...]:
    """The answer of a line, who acts, whether the file shows it, and two texts if it has them."""
    code, *rest = (part.strip() for part in line.split("|"))
    (answer,) = read_answers(code)
    return (answer, *rest)


def _entry(data: dict[str, Any], acting: dict[Answer, tuple[str, str]]) -> AnswerEntry:
    (answer,) = read_answers(data["answer"])
    return AnswerEntry(
        answer,
        tuple(a for text in data.get("with", ()) for a in read_answers(text)),
        data["means"],
        data["do"],
        {r["code"]: r["because"] for r in data["rules"]},
        data["source"],
        data["confidence"],
        *acting[answer],
    )
