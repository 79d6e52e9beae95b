"""Finds the service lines with given procedure codes, each with the context of its claim.

Reads; judges nothing. How lines are printed is the business of `edi_lint.reporters`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Literal

from edi_lint.claims import Claim, LinesOfBlocks, ServiceLine
from edi_lint.engine import Block, BlockKind, open_engine
from edi_lint.files.sources import Source, name_of, opened
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.masking import (
    MASK,
    Phi,
    is_amount,
    is_code,
    is_npi,
    is_service_day,
    shown_claim,
    shown_line,
    shown_number,
    visible_values,
)
from edi_lint.packs import packs
from edi_lint.x12 import Segment
from edi_lint.x12.encoding import single_bytes

Level = Literal["claim", "line"]
"""Where something stands: on the claim (loop 2300) or on the service line (loop 2400)."""

REFERENCES = ("G1", "9F", "EA")
"""REF01: prior authorization, referral, medical record number."""

DATES = ("461", "463", "471", "607")
"""DTP01 of a line: last certification, begin of therapy, prescription, recertification."""

CERTIFICATION = "09"
"""CRC01 of a line: conditions of a durable medical equipment certificate."""

DESCRIPTION = "SV101-7"
"""The qualifier of a DocumentationReference to the line's own description."""

MOST_DOCUMENTED = 20
"""So many PWK, so many NTE and so many REF of a claim or line are shown with the line; no guide has
more, and each line of a claim repeats what the claim has."""

_NOTES = frozenset({"ADD", "CER", "DCP", "DGN", "PMT", "TPO"})
"""NTE01 of claims and lines."""


@dataclass(frozen=True, slots=True)
class DocumentationReference:
    """One place of a claim or line that documents it or points to documentation.

    `segment` is the tag; `qualifier` what tells segments of the tag apart: PWK01/PWK02 as `B3/FX`,
    NTE01, REF01 (`G1/2U` where the number is another payer's), CRC01, LQ01, DTP01, `SV101-7` for
    the line's description, empty for CR3. `byte_start` is the file offset at which the segment
    starts, for SV101-7 the description itself. `value` is the attachment control number, the
    reference number, the note's or the description's text: empty where there is none, None where
    it is withheld.
    """

    segment: str
    qualifier: str
    level: Level
    byte_start: int
    value: str | None = None

    @property
    def what(self) -> str:
        """For people: `PWK B3/FX`, `CR3`, `description (SV101-7)`."""
        if self.qualifier == DESCRIPTION:
            return f"description ({DESCRIPTION})"
        return " ".join(filter(None, (self.segment, self.qualifier)))


@dataclass(frozen=True, slots=True)
class ExtractedLine:
    """One service line and what its claim says about it.

    Text is empty, and amounts and dates are None, where the file has none or nothing that can be
    read as one. `file` is the input as named, `-` for standard input. `claim` is CLM01, `position`
    the claim's place as ST02/n, the n-th claim of that transaction set from 1. `line` is LX01.
    `payer`, `payer_id` and `filing_indicator` (SBR09) are the destination payer's. `code` and
    `modifiers` are SV101-2 and SV101-3 to -6 (an empty slot between filled ones is empty text),
    `units` and `charge` SV104 and SV102 with the digits of the file, `unit_basis` SV103.
    `first_date` and `last_date` are those of DTP 472, the same for a single day. `place_of_service`
    is SV105 or the claim's; `diagnoses` the codes pointed to, in pointer order.
    `prior_authorization` says where a REF G1 for the destination payer stands; the line's goes
    before the claim's. The byte range is of the file, half-open, from LX to the terminator of the
    line's last segment, which it leaves out.

    The last four are protected: None unless asked for with `Phi.ALL`. `claim` is None with
    `Phi.NONE`. Below `Phi.ALL` a value that does not look like what its element is for (a code, a
    line number, an NPI) is masked with x, its length kept.
    """

    file: str
    claim: str | None
    position: str
    line: str
    payer: str
    payer_id: str
    filing_indicator: str
    frequency: str
    code: str
    modifiers: tuple[str, ...]
    units: Decimal | None
    unit_basis: str
    charge: Decimal | None
    first_date: date | None
    last_date: date | None
    place_of_service: str
    diagnoses: tuple[str, ...]
    documentation: tuple[DocumentationReference, ...]
    prior_authorization: Level | None
    ordering_provider_npi: str
    byte_start: int
    byte_end: int
    patient_name: str | None = None
    member_id: str | None = None
    birth_date: date | None = None
    prior_authorization_numbers: tuple[str, ...] | None = None


def default_codes() -> frozenset[str]:
    """The codes that lead the rule packs."""
    return frozenset(pack.code for pack in packs())


def extract(
    source: Source,
    codes: Iterable[str] | None = None,
    *,
    path: str = "",
    phi: Phi = Phi.IDS,
    file: FileResult | None = None,
) -> Iterator[ExtractedLine]:
    """The lines of an input whose SV101-2 is one of the codes, in file order.

    `source` is a path, the bytes themselves or a binary stream; `path` names it in the results.
    Without `codes` (ASCII) those of the rule packs are looked for. Case and SV101-1 do not matter.
    What was read is counted in `file`: its `checked` is 0 at the end for an input without any 837P.
    One claim at a time is in memory. Raises OSError, and NotX12Error for an input without an ISA.
    """
    name = path or name_of(source)
    wanted = frozenset(c.upper() for c in codes) if codes is not None else default_codes()
    with opened(source) as stream:
        yield from _from_stream(single_bytes(stream), wanted, name, phi, file)


def _from_stream(
    stream: BinaryIO, wanted: frozenset[str], path: str, phi: Phi, file: FileResult | None
) -> Iterator[ExtractedLine]:
    sought = [code.encode("ascii") for code in wanted]
    file = file or FileResult(path)
    lines = LinesOfBlocks()
    for block in open_engine(stream, lenient=True).blocks():
        file.count(block)
        if block.kind is BlockKind.CLAIM and (block.is_part or _may_hold(block, sought)):
            for line in lines.take(block):
                if line.code.strip().upper() in wanted:
                    yield _extracted(line, path, phi)


def _may_hold(block: Block, sought: list[bytes]) -> bool:
    """Whether one of the codes, in upper case, occurs anywhere in the block's bytes.

    Line breaks may stand inside a segment, and so inside a code.
    """
    base = block.window.base
    data = block.window.data[block.starts[0] - base : block.ends[-1] - base]
    data = data.translate(None, b"\r\n").upper()
    return any(code in data for code in sought)


def _extracted(line: ServiceLine, path: str, phi: Phi) -> ExtractedLine:
    claim, dates = line.claim, line.service_dates
    ordering = line.ordering_provider
    authorized, numbers = _prior_authorization(line)
    start, end = line.byte_range
    payer, payer_id = _payer(claim, phi)
    return ExtractedLine(
        file=path,
        claim=None if phi is Phi.NONE else claim.id if phi is Phi.ALL else shown_claim(claim.id),
        position=_position(claim, phi),
        line=_shown(line.number, phi, bool(shown_line(line.number))),
        payer=payer,
        payer_id=payer_id,
        filing_indicator=_code(claim.payer.filing_indicator, phi),
        frequency=_code(claim.frequency, phi, "1325"),
        code=line.code,
        modifiers=tuple(_code(m, phi, "1339") for m in line.modifiers),
        units=_amount(line.units, phi),
        unit_basis=_code(line.unit_basis, phi),
        charge=_amount(line.charge, phi),
        first_date=_day(dates.first, phi),
        last_date=_day(dates.last, phi),
        place_of_service=_code(line.place_of_service, phi),
        diagnoses=tuple(_code(d.code, phi, "1271") for d in line.diagnoses),
        documentation=tuple(sorted(_documentation(line, phi), key=lambda d: d.byte_start)),
        prior_authorization=authorized,
        ordering_provider_npi=_npi(ordering.npi, phi) if ordering else "",
        byte_start=start,
        byte_end=end,
        patient_name=_patient_name(claim) if phi is Phi.ALL else None,
        member_id=_member_id(claim) if phi is Phi.ALL else None,
        birth_date=_birth_date(claim) if phi is Phi.ALL else None,
        prior_authorization_numbers=numbers if phi is Phi.ALL else None,
    )


# documentation


def _documentation(line: ServiceLine, phi: Phi) -> Iterator[DocumentationReference]:
    yield from _on_level(line.claim, "claim", phi)
    yield from _on_level(line, "line", phi)
    if line.sv1 is not None and line.description:
        start = line.sv1.span(1, 7)[0]
        yield DocumentationReference(
            "SV1", DESCRIPTION, "line", start, line.description if phi is Phi.ALL else None
        )
    if line.certification is not None:
        yield _reference(line.certification, "", "line", "", phi)
    for condition in line.conditions:
        if condition.category == CERTIFICATION:
            yield _reference(condition.segment, condition.category, "line", "", phi)
    for form in line.forms:
        yield _reference(form.segment, _code(form.qualifier, phi), "line", "", phi)
    for qualifier in DATES:
        dtp = line.date(qualifier).segment
        if dtp is not None:
            yield _reference(dtp, qualifier, "line", "", phi)


def _on_level(
    owner: Claim | ServiceLine, level: Level, phi: Phi
) -> Iterator[DocumentationReference]:
    """What a claim and a line can both carry: PWK, NTE and REF."""
    for pwk in owner.paperwork[:MOST_DOCUMENTED]:
        how = (pwk.report_type, pwk.transmission)
        qualifier = "/".join(_code(c, phi) for c in how if c)
        yield _reference(pwk.segment, qualifier, level, pwk.control_number, phi)
    for note in owner.notes[:MOST_DOCUMENTED]:
        yield _reference(note.segment, _note(note.code, phi), level, note.text, phi)
    for ref in owner.references(*REFERENCES)[:MOST_DOCUMENTED]:
        qualifier = f"{ref.qualifier}/2U" if ref.payer else ref.qualifier
        yield _reference(ref.segment, qualifier, level, ref.number, phi)


def _reference(
    segment: Segment, qualifier: str, level: Level, value: str, phi: Phi
) -> DocumentationReference:
    shown = value if phi is Phi.ALL else None
    return DocumentationReference(segment.tag, qualifier, level, segment.start, shown)


def _prior_authorization(line: ServiceLine) -> tuple[Level | None, tuple[str, ...]]:
    """Where the destination payer's authorization stands, and its numbers."""
    levels: tuple[tuple[Level, ServiceLine | Claim], ...] = (("line", line), ("claim", line.claim))
    for level, owner in levels:
        numbers = tuple(r.number for r in owner.references("G1") if not r.payer)
        if numbers:
            return level, numbers
    return None, ()


# what may be shown


def _shown(text: str, phi: Phi, harmless: bool) -> str:
    return text if harmless or phi is Phi.ALL else MASK * len(text)


def _code(text: str, phi: Phi, number: str = "") -> str:
    """A code of X12's data element of that number, or of any that takes short ones."""
    return _shown(text, phi, is_code(number, text))


def _note(text: str, phi: Phi) -> str:
    return _shown(text, phi, text in _NOTES or is_code("", text))


def _npi(text: str, phi: Phi) -> str:
    return _shown(text, phi, is_npi(text))


def _amount(amount: Decimal | None, phi: Phi) -> Decimal | None:
    return amount if phi is Phi.ALL or is_amount(amount) else None


def _day(day: date | None, phi: Phi) -> date | None:
    return day if phi is Phi.ALL or is_service_day(day) else None


def _position(claim: Claim, phi: Phi) -> str:
    """The claim as ST02/n."""
    number = claim.transaction.control_number
    return f"{_shown(number, phi, bool(shown_number(number)))}/{claim.number}"


def _payer(claim: Claim, phi: Phi) -> tuple[str, str]:
    """Name and id of the destination payer."""
    segment, grammar = claim.payer.segment, claim.transaction.grammar
    if segment is None or grammar is None:
        return "", ""
    values = [*visible_values(segment, grammar.segment_node(segment.node), phi), *[""] * 10]
    return values[3], values[9]


def _patient_name(claim: Claim) -> str:
    return claim.patient.name if claim.patient else ""


def _member_id(claim: Claim) -> str:
    """The subscriber's: a dependent is known by it unless it has one of its own."""
    subscriber = claim.subscriber.person if claim.subscriber else None
    of_subscriber = subscriber.member_id if subscriber else ""
    return of_subscriber or (claim.patient.member_id if claim.patient else "")


def _birth_date(claim: Claim) -> date | None:
    return claim.patient.birth_date if claim.patient else None
