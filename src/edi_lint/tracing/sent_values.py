"""What a sent claim says that an answer may repeat: amounts, days, ids and service lines."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import BinaryIO, NamedTuple

from edi_lint.ledger.sent_sets import SentClaim
from edi_lint.tracing.claim_spans import ClaimSpans, segments_in

_DAY = re.compile(r"(?:19|20)\d{6}")
_PERIOD = re.compile(r"((?:19|20)\d{6})(?:-((?:19|20)\d{6}))?.*")

Days = tuple[str, str]
"""The first and the last day of a period, CCYYMMDD."""


class SentLine(NamedTuple):
    """A service line as it was sent: LX01, REF*6R, SV101-2, its modifiers, SV102 and the days."""

    number: str
    reference: str
    procedure: str
    modifiers: frozenset[str]
    charge: Decimal | None
    units: str
    days: Days | None


class SentValues(NamedTuple):
    """What of a claim an answer may repeat.

    `days` are the claim's, from the first to the last of its lines. `members` are the ids of the
    subscriber and the patient, `npis` those of the billing provider, `payers` what names the payer.
    """

    charge: Decimal | None
    days: Days | None
    members: frozenset[str]
    npis: frozenset[str]
    payers: frozenset[str]
    lines: tuple[SentLine, ...]


def amount(text: str) -> Decimal | None:
    """A number as X12 writes it; None for what is none."""
    try:
        value = Decimal(text.strip()) if len(text) <= 20 else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def days_of(text: str) -> Days | None:
    """The days of a DTP03: one day, or a period; None where it is neither."""
    match = _PERIOD.fullmatch(text.strip())
    return (match[1], match[2] or match[1]) if match else None


def is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None


def together(days: list[Days]) -> Days | None:
    """From the first to the last day of all."""
    return (min(d[0] for d in days), max(d[1] for d in days)) if days else None


def sent_values(stream: BinaryIO, claim: SentClaim, spans: ClaimSpans) -> SentValues:
    """Read them from the spans of a claim."""
    members: set[str] = set()
    npis: set[str] = set()
    payers: set[str] = set()
    for span in spans.around:
        for values in segments_in(stream, span, claim.set):
            if values[0] == "NM1" and len(values) > 2:
                who, name, number = values[1], _at(values, 3), _at(values, 9)
                if who in ("IL", "QC") and number:
                    members.add(number.upper())
                elif who == "85" and number:
                    npis.add(number)
                elif who == "PR":
                    payers |= {p.upper() for p in (name, number) if p}
    lines, days = _lines(segments_in(stream, spans.claim, claim.set), claim)
    of_lines = [line.days for line in lines if line.days]
    return SentValues(
        amount(claim.charge),
        together(of_lines or ([days] if days else [])),
        frozenset(members),
        frozenset(npis),
        frozenset(payers),
        tuple(lines),
    )


def _lines(segments: list[list[str]], claim: SentClaim) -> tuple[list[SentLine], Days | None]:
    component = claim.set.delimiters.texts[1]
    found: list[SentLine] = []
    own: Days | None = None
    for values in segments:
        tag = values[0]
        if tag == "LX":
            found.append(SentLine(_at(values, 1), "", "", frozenset(), None, "", None))
        elif not found:
            if tag == "DTP" and _at(values, 1) in ("434", "435"):
                own = own or days_of(_at(values, 3))
        elif tag == "SV1":
            parts = _at(values, 1).split(component)
            found[-1] = found[-1]._replace(
                procedure=parts[1].upper() if len(parts) > 1 else "",
                modifiers=frozenset(p.upper() for p in parts[2:6] if p),
                charge=amount(_at(values, 2)),
                units=_at(values, 4),
            )
        elif tag == "DTP" and _at(values, 1) == "472" and not found[-1].days:
            found[-1] = found[-1]._replace(days=days_of(_at(values, 3)))
        elif tag == "REF" and _at(values, 1) == "6R":
            found[-1] = found[-1]._replace(reference=_at(values, 2))
    return found, own


def _at(values: list[str], element: int) -> str:
    return values[element].strip() if element < len(values) else ""
