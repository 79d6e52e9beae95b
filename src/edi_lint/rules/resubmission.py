"""What rewriting made of a claim, against what it was: RES001 to RES003.

These rules see a claim before and after its rewriting, so `edi-lint check` cannot run them;
`edi-lint rewrite` does.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from edi_lint.claims import Claim, ServiceLine
from edi_lint.findings import Response, Severity
from edi_lint.findings.masking import shown_line
from edi_lint.rules.base import Hit, Rule, Speaks
from edi_lint.rules.examples import Example

ADJUDICATED = "adjudicated"
"""The field of the user's data that says what the payer has decided on: yes for the whole claim,
or the numbers (LX01) of the lines."""
ORIGINAL, REPLACEMENT = "1", "7"
"""CLM05-3."""

_NO = frozenset({"", "n", "no", "false", "0"})
_NUMBERS = "[0-9]+(?:[ ,;]+[0-9]+)*"

TWO_LINES = ("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4223*60*UN*1***1")


class Resubmission(NamedTuple):
    """A claim as it was, and what became of it.

    `frequency` is CLM05-3 in the result, `dropped` the lines of the original that it has no
    longer. `data` are the user's fields for the claim. `changed` says whether any byte of it is
    another, `logged` whether a change log is written.
    """

    claim: Claim
    frequency: str
    dropped: tuple[ServiceLine, ...]
    data: Mapping[str, str]
    changed: bool
    logged: bool


class ResubmissionRule(Rule):
    """Looks at a claim that was rewritten."""

    @abstractmethod
    def check(self, made: Resubmission) -> Iterator[Hit]:
        """The hits, which point to places of the original."""


class AdjudicatedAgain(ResubmissionRule):
    """A Medicare claim that was adjudicated is not sent again as a new one (frequency 1).

    Medicare answers it with a duplicate denial (CARC 18). What was adjudicated goes the way of a
    reopening or a redetermination; only what was rejected, or found unprocessable (MA130), is sent
    as new. Only the 835 says which it was, not the claim, so the rule goes by the user's
    data: a field adjudicated that says yes, or the numbers of the service lines (LX01) that were.
    """

    code = "RES001"
    name = "adjudicated-again"
    fault = "Adjudicated claim sent again as new"
    level = 7
    severity = Severity.WARNING
    speaks = Speaks.MEDICARE_ONLY
    response = Response(carc="18")
    source = (
        "Noridian, reopening checklist and redetermination pages; sources differ on claims that "
        "were denied as a whole"
    )
    help = (
        "Ask for a reopening (clerical errors, within a year) or a redetermination (within 120 "
        "days). If the claim was not adjudicated, correct the data."
    )
    valid = (
        Example(filing="MB", rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),)),
        Example(
            filing="MB",
            data=(("adjudicated", "no"),),
            rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),),
        ),
        Example(
            filing="CI",
            data=(("adjudicated", "yes"),),
            rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),),
        ),
        Example(
            filing="MB",
            line=TWO_LINES,
            data=(("adjudicated", "2"),),
            rewritten=(
                ("CLM*EX-1*120***12:B:1*Y*A*Y*Y", "CLM*EX-1*60***12:B:1*Y*A*Y*Y"),
                ("LX*2", ""),
                ("SV1*HC:A4223*60*UN*1***1", ""),
            ),
        ),
    )
    invalid = (
        Example(
            filing="MB",
            data=(("adjudicated", "yes"),),
            rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),),
            at="CLM05-03",
        ),
        Example(
            filing="MB",
            line=TWO_LINES,
            data=(("adjudicated", "2"),),
            rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),),
            at="LX01",
        ),
    )

    def check(self, made: Resubmission) -> Iterator[Hit]:
        said = made.data.get(ADJUDICATED, "").strip().lower()
        if made.frequency != ORIGINAL or said in _NO:
            return
        if not re.fullmatch(_NUMBERS, said):
            if made.claim.clm is not None:
                message = "the claim is sent again as new, and the data says it was adjudicated"
                yield Hit(made.claim.clm, 5, 3, message)
            return
        numbers = {str(int(n)) for n in re.findall("[0-9]+", said)}
        for line in made.claim.lines:
            if line.number in numbers and line not in made.dropped and line.lx is not None:
                message = "the line is sent again as new, and the data says it was adjudicated"
                yield Hit(line.lx, 1, 0, message, line=line.number)


class LinesDropped(ResubmissionRule):
    """A replacement (frequency 7) has every service line of the claim that it replaces.

    The payer puts it in the place of the whole claim: what it does not have is taken back. A line
    that should not have been billed is sent with what is right, or the claim is voided. A file in
    which a line has gone is not written unless --force says so.
    """

    code = "RES002"
    name = "lines-dropped"
    fault = "Service lines missing from a replacement"
    level = 7
    severity = Severity.ERROR
    no_status = (
        "No front end has the original to compare with; the payer replaces all of its lines."
    )
    source = "the guide: a replacement is the whole claim (general knowledge, held by all sources)"
    help = "Let the template print every service line; change a line instead of leaving it out."
    valid = (
        Example(
            line=TWO_LINES,
            rewritten=(("CLM*EX-1*120***12:B:1*Y*A*Y*Y", "CLM*EX-1*120***12:B:7*Y*A*Y*Y"),),
        ),
        Example(
            line=TWO_LINES,
            rewritten=(
                ("CLM*EX-1*120***12:B:1*Y*A*Y*Y", "CLM*EX-1*120***12:B:7*Y*A*Y*Y"),
                ("SV1*HC:A4223*60*UN*1***1", "SV1*HC:A4222*60*UN*1***1"),
            ),
        ),
        Example(
            line=TWO_LINES,
            rewritten=(("LX*2", ""), ("SV1*HC:A4223*60*UN*1***1", "")),
        ),
    )
    invalid = (
        Example(
            line=TWO_LINES,
            rewritten=(
                ("CLM*EX-1*120***12:B:1*Y*A*Y*Y", "CLM*EX-1*60***12:B:7*Y*A*Y*Y"),
                ("LX*2", ""),
                ("SV1*HC:A4223*60*UN*1***1", ""),
            ),
            at="CLM05-03",
        ),
    )

    def check(self, made: Resubmission) -> Iterator[Hit]:
        if made.frequency != REPLACEMENT or not made.dropped or made.claim.clm is None:
            return
        numbers = ", ".join(shown_line(line.number) or "?" for line in made.dropped)
        message = (
            f"the replacement leaves out {len(made.dropped)} of the {len(made.claim.lines)} "
            f"service lines of the original: {numbers}"
        )
        yield Hit(made.claim.clm, 5, 3, message)


class Unlogged(ResubmissionRule):
    """Every claim that was rewritten has its entry in the change log.

    Months later, when an answer comes back, the log says what was sent in the place of what: which
    segments of which claim, by which template. It is written when --log names a file for it.
    """

    code = "RES003"
    name = "no-change-log"
    fault = "Change log missing"
    level = 7
    severity = Severity.INFO
    source = "this project's own design"
    help = "Name a file for the change log with --log."
    valid = (Example(rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),), logged=True), Example())
    invalid = (Example(rewritten=(("HI*ABK:G8918", "HI*ABK:M75121"),), at="CLM01"),)

    def check(self, made: Resubmission) -> Iterator[Hit]:
        if made.changed and not made.logged and made.claim.clm is not None:
            yield Hit(made.claim.clm, 1, 0, "the claim was rewritten, and no change log is written")


RULES: tuple[type[Rule], ...] = (AdjudicatedAgain, LinesDropped, Unlogged)
