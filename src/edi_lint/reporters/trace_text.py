"""A trace for people: claim by claim what was answered, where that is in the sent file, and what
to do.

What went well is counted, not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edi_lint.findings import Finding, Location, Severity
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import printable
from edi_lint.reporters.colours import BOLD, CYAN, GREEN, RED, YELLOW
from edi_lint.reporters.full import Full
from edi_lint.reporters.reporter import Asked
from edi_lint.reporters.words import count
from edi_lint.tracing.model import Confidence, Trace, TracedClaim, TracedEvent, TracedSet

MOST_LISTED = 50
"""So many claims without an answer, and so many answers without a claim, are listed."""
ROUTES = {
    "resend": "send it again as it is, with new control numbers",
    "new-claim": "correct it, and send it as a new claim without REF*F8",
    "wait": "wait for the next answer",
    "none": "nothing to do",
    "look": "read the answer; a person has to decide",
    "already-resent": "nothing: it was sent again after this answer",
}
_ABOUT_SETS = {"TA1": "interchange", "999": "transaction set", "277CA": "batch"}


class TraceText(Full):
    """Shows a trace's events as `check` shows findings, with what was answered in the place of the
    message and the rules behind it below.
    """

    def __init__(self, asked: Asked, trace: Trace, shows_all: bool = False) -> None:
        """With `shows_all` claims with good news are shown too: somebody has asked for them."""
        super().__init__(asked)
        self._trace = trace
        self._shows_all = shows_all

    def pieces(self) -> Iterator[bytes]:
        """The text, in pieces."""
        for part in self._parts():
            yield part.encode()

    def _parts(self) -> Iterator[str]:
        trace, apart = self._trace, ""
        for of in (*trace.interchanges, *trace.sets):
            if of.severity is not Severity.INFO:
                yield apart + self._set(of)
                apart = "\n"
        for claim in trace.claims:
            if self._shows_all or self._is_shown(claim):
                yield apart + self._claim(claim)
                apart = "\n"
        for lines in (self._unmatched(), self._unanswered(), self._scores(), self._remarks()):
            text = "".join(f"{line}\n" for line in lines)
            if text:
                yield apart + text
                apart = "\n"
        if not self.asked.quiet:
            yield apart + "".join(f"{line}\n" for line in self._end())

    def _is_shown(self, claim: TracedClaim) -> bool:
        """Whether something is said of the claim itself that is not good news."""
        return claim.severity is not Severity.INFO and any(
            e.is_direct and e.severity is not Severity.INFO for e in claim.events
        )

    def _set(self, of: TracedSet) -> str:
        kind = "interchange" if of.is_interchange else "transaction set"
        number = printable(of.header.value(13 if of.is_interchange else 2))
        lines = [self._paint(f"{kind} {number}: {of.status.value}", BOLD, CYAN) + "\n"]
        lines += [
            self._event(e, of.sent.path) for e in of.events if e.severity is not Severity.INFO
        ]
        return "".join(lines)

    def _claim(self, claim: TracedClaim) -> str:
        self._helped.clear()
        shown = claim.shown(self.asked.phi)
        place = f" ({claim.position})" if shown != claim.position else ""
        head = f"claim {printable(shown)}{printable(place)}: {claim.status.value}"
        if claim.match.confidence is not Confidence.EXACT:
            head += f", match {claim.match.confidence.value}"
        text = self._paint(head, BOLD, CYAN) + "\n"
        for event in claim.events:
            if event.is_direct and (self._shows_all or event.severity is not Severity.INFO):
                text += self._event(event, claim.sent.set.path)
        route = "already-resent" if claim.is_resent else claim.route
        words = ROUTES.get(route, route)
        return text + "\n".join(self._note("", "route", f"{route}: {words}")) + "\n"

    def _event(self, event: TracedEvent, path: str) -> str:
        place = event.place
        self._file = counted_file(self._trace, path)
        answer = self._trace.answers[event.answer]
        finding = as_finding(event, path)
        if place is None:
            text = "\n".join(self._head(finding)) + "\n"
            gutter = ""
        else:
            text = self.finding(finding)
            gutter = " " * len(str(place.location.line))
        notes = [("rule", rules_in_words(event)), ("note", event.message)]
        source = f", {answer.source}" if answer.source else ""
        day = f", {day_in_words(event.date)}" if event.date else ""
        span = f"bytes {event.byte_start}–{event.byte_end}"
        notes.append(("answer", f"{printable(answer.path)}, {event.segment}, {span}{source}{day}"))
        lines = [line for label, said in notes if said for line in self._note(gutter, label, said)]
        return text + "\n".join(lines) + "\n"

    def _unmatched(self) -> Iterator[str]:
        for one in self._trace.unmatched[:MOST_LISTED]:
            path = printable(self._trace.answers[one.answer].path)
            what = f"{one.segment} at bytes {one.byte_start}–{one.byte_end} of {path}"
            if one.candidates:
                said = f"may be about {one.candidates} of what was sent"
                if one.places:
                    said += f" ({', '.join(map(printable, one.places))})"
            else:
                said = "is about nothing in the sent files"
            kind = "a rejection" if one.is_rejection else "an answer"
            if name := one.json(self.asked.phi).get("claim"):
                kind += f" of claim {name}"
            head = self._paint.severity(Severity.WARNING, "no match")
            yield f"{head}: {kind}, {what}, {said}"
        yield from _more(self._trace.unmatched)

    def _unanswered(self) -> Iterator[str]:
        phi = self.asked.phi
        for one in self._trace.unanswered[:MOST_LISTED]:
            name = one.json(phi).get("claim") or printable(one.position)
            yield f"no answer for {count(one.days, 'day')}: claim {name} in {printable(one.path)}"
        yield from _more(self._trace.unanswered)

    def _scores(self) -> Iterator[str]:
        if self._trace.scores:
            yield f"{'rule':<8} {'hit':>5} {'missed':>7} {'false':>6}"
        for one in self._trace.scores:
            yield f"{one.rule:<8} {one.hit:>5} {one.missed:>7} {one.false:>6}"

    def _remarks(self) -> Iterator[str]:
        for remark in self._trace.remarks:
            yield f"{self._paint.severity(Severity.WARNING, 'answer')}: {printable(remark)}"

    def _end(self) -> Iterator[str]:
        """What was read, and how many claims stand where and go where."""
        trace = self._trace
        kinds: dict[str, int] = {}
        for answer in trace.answers:
            kinds[answer.type] = kinds.get(answer.type, 0) + 1
        read = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        yield f"Read {read or 'no answer'}."
        if trace.claims:
            stand = ", ".join(f"{n} {status}" for status, n in trace.statuses().items())
            routes: dict[str, int] = {}
            for claim in trace.claims:
                route = "already-resent" if claim.is_resent else claim.route
                routes[route] = routes.get(route, 0) + 1
            go = ", ".join(f"{n} {route}" for route, n in routes.items())
            yield f"{count(len(trace.claims), 'claim')}: {stand}; routes: {go}."
        counts = trace.severities()
        said = [count(n, s) for s, n in counts.items() if n and s != Severity.INFO.value]
        if said:
            colour = RED if counts["error"] else YELLOW
            yield self._paint(f"Found {', '.join(said)}.", BOLD, colour)
        elif trace.answers:
            yield self._paint("Nothing was rejected.", BOLD, GREEN)


def counted_file(trace: Trace, path: str) -> FileResult:
    """A sent file, of which it is known only whether it has more than one set."""
    sets = 1 if path in trace.of_one_set else 2
    return FileResult(path, interchanges=sets, groups=sets, transactions=sets)


def as_finding(event: TracedEvent, path: str) -> Finding:
    """What was answered as a finding about the sent file, whose code is the answer's."""
    place = event.place
    codes = ", ".join(map(printable, event.codes)) or event.code
    message = event.means or f"{_ABOUT_SETS.get(event.kind, 'claim')}: {event.status.value}"
    return Finding(
        f"{event.kind} {codes}".strip(),
        "",
        event.severity,
        0,
        printable(message),
        printable(event.do),
        path,
        place.location if place else Location(0, 0, 0, 0),
        excerpt=place.excerpt if place else "",
        caret=place.caret if place else (0, 0),
    )


def rules_in_words(event: TracedEvent) -> str:
    """Which rules find what was answered, or may lead to it; empty for good news."""
    found = [rule.code for rule in event.rules if rule.found]
    if found:
        return f"{', '.join(found)}: edi-lint check finds it there"
    others = [rule.code for rule in event.rules]
    if others:
        return f"{', '.join(others)}: may lead to this answer, but finds nothing there"
    is_of_claim = event.segment in ("STC", "IK3", "IK4")
    if is_of_claim and event.severity is Severity.ERROR:
        return "none: this is an edit of the receiver"
    return ""


def day_in_words(text: str) -> str:
    """CCYYMMDD as people write it; as it is where it is none."""
    is_day = len(text) == 8 and text.isdecimal()
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if is_day else printable(text)


def _more(listed: Iterable[object]) -> Iterator[str]:
    more = len(list(listed)) - MOST_LISTED
    if more > 0:
        yield f"and {more} more"
