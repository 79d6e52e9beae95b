"""A finding: what is wrong, where to the byte, why, what a receiver would answer, and the fix.

What is only made and read is a named tuple: against a frozen dataclass it takes a tenth of the time
to define, at each start, and half of the time to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from edi_lint.findings.masking import Phi, is_harmless, printable


class Severity(StrEnum):
    """How bad a finding is. An error will be rejected; a warning is likely to be denied."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for error, then upwards."""
        return list(Severity).index(self)


class Applicability(StrEnum):
    """Whether a fix may be applied unasked."""

    AUTOMATIC = "automatic"
    SUGGESTED = "suggested"


class Edit(NamedTuple):
    """Replace the bytes `byte_start:byte_end` of the original by `text`."""

    byte_start: int
    byte_end: int
    text: str

    def json(self) -> dict[str, Any]:
        return {"byte_start": self.byte_start, "byte_end": self.byte_end, "text": self.text}


class Fix(NamedTuple):
    """Edits that repair a finding. An automatic one leaves the claim saying what it said."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]

    def json(self) -> dict[str, Any]:
        return {
            "applicability": self.applicability.value,
            "message": self.message,
            "edits": [e.json() for e in self.edits],
        }


class Response(NamedTuple):
    """Codes that a receiver would answer with.

    `ta105` of a TA1; `ik304`, `ik403` and `ik502` of a 999's segment, element and set lines;
    `ak905` of its group line; `stc` category and status of a 277CA; `carc` and `rarc` of an 835.
    """

    ta105: str = ""
    ak905: str = ""
    ik502: str = ""
    ik304: str = ""
    ik403: str = ""
    stc: tuple[str, ...] = ()
    carc: str = ""
    rarc: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """Only what is there."""
        values = {name: getattr(self, name) for name in self._fields}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v}


@dataclass(frozen=True, slots=True)
class Location:
    """Where a finding is. Line, column and service line count from 1; byte ranges are half-open.

    Everything after `byte_end` is empty (ordinal: 0) where it does not apply. `end_line` and
    `end_column` are those of the byte at `byte_end`. `claim_number` counts the claims of the
    transaction set. `payer` (name and id in 2010BB) and `submitter` (ISA06) are there where the
    settings ask for them. `charge` is CLM02 of the claim as a decimal number, empty where it cannot
    be read or shown. `content` is never printed: a digest of the segment, for a finding outside of
    claims where a baseline is in use.
    """

    line: int
    column: int
    byte_start: int
    byte_end: int
    interchange: str = ""
    group: str = ""
    transaction: str = ""
    segment_ordinal: int = 0
    segment: str = ""
    element: str = ""
    loop: str = ""
    claim: str = ""
    claim_number: int = field(default=0, repr=False)
    service_line: str = ""
    content: str = field(default="", repr=False)
    end_line: int = field(default=0, repr=False)
    end_column: int = field(default=0, repr=False)
    payer: str = field(default="", repr=False)
    submitter: str = field(default="", repr=False)
    charge: str = field(default="", repr=False)

    def __reduce__(self) -> tuple[type[Location], tuple[Any, ...]]:
        # what dataclasses do by themselves is slow, and findings wait pickled in a file
        return Location, _values_of(self)

    def json(self, with_claim: bool = True) -> dict[str, Any]:
        names = ("interchange", "group", "transaction", "segment_ordinal", "segment", "element")
        out: dict[str, Any] = {
            "line": self.line,
            "column": self.column,
            "byte_start": self.byte_start,
            "byte_end": self.byte_end,
        }
        out |= {n: getattr(self, n) for n in names if getattr(self, n)}
        out |= {"loop": self.loop} if self.loop else {}
        out |= {"claim": self.claim} if self.claim and with_claim else {}
        out |= {"claim_number": self.claim_number} if self.claim_number else {}
        out |= {"service_line": self.service_line} if self.service_line else {}
        return out


_values_of = attrgetter(*(field.name for field in fields(Location)))


class Finding(NamedTuple):
    """One thing that is wrong. `excerpt` is the segment as it may be shown: PHI masked.

    `caret` is where in the excerpt the finding points, as a half-open range of characters.
    `related` is a second place that the finding is about: of a pointer, the diagnoses.
    """

    code: str
    name: str
    severity: Severity
    level: int
    message: str
    help: str
    path: str
    location: Location
    response: Response = Response()
    fix: Fix | None = None
    excerpt: str = ""
    caret: tuple[int, int] = (0, 0)
    related: Location | None = None

    def json(self, with_claim: bool = True, phi: Phi = Phi.IDS) -> dict[str, Any]:
        """The finding as `schemas/findings.schema.json` describes it.

        Unless `phi` is all, a fix that writes what may not be shown is left out.
        """
        out: dict[str, Any] = {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "level": self.level,
            "message": self.message,
            "help": self.help,
            "path": self.path,
            "location": self.location.json(with_claim),
        }
        if self.related:
            out["related"] = self.related.json(with_claim)
        if response := self.response.json():
            out["response"] = response
        if fix := self.shown_fix(phi):
            out["fix"] = fix.json()
        return out

    @property
    def see_also(self) -> str:
        """Where the second place is: `line 2, SV107-01 in loop 2400, at 12:3`; empty without."""
        place = self.related
        if place is None:
            return ""
        element = printable(place.element or place.segment)
        parts = (
            f"line {printable(place.service_line)}" if place.service_line else "",
            f"{element} in loop {place.loop}" if place.loop else element,
            f"at {place.line}:{place.column}",
        )
        return ", ".join(filter(None, parts))

    def shown_fix(self, phi: Phi) -> Fix | None:
        """The fix; None where there is none, where it writes what may not be shown, and where no
        edits say it.
        """
        if (
            self.fix
            and self.fix.edits
            and (phi is Phi.ALL or all(is_harmless(e.text) for e in self.fix.edits))
        ):
            return self.fix
        return None
