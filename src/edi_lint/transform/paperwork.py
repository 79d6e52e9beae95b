"""Cover sheets for the documents that claims announce (PWK) and that go by fax or mail.

A sheet has what the payer needs to match a document with its claim; it is protected throughout.
Its template (`templates/paperwork/cover-sheet.html.j2`) sees `control_number` (PWK06), `way` (fax
or mail), `payer` (name, id), `claim_number` (CLM01), `payer_claim_number` (REF*F8), `dates`,
`charge`, `patient` (name, birth_date, member_id, is_subscriber), `provider` (name, npi, tax_id) and
`documents`, each with report_type (PWK01), meaning, and line, code and dates where it is about a
service line; what the claim does not say is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from edi_lint.claims import Claim, Dates, Paperwork, ServiceLine
from edi_lint.packs import packs
from edi_lint.transform import templates

KIND = "paperwork"
TEMPLATE = "cover-sheet"

_WAYS = {"FX": "fax", "BM": "mail"}
_NO_FILE = re.compile("[^A-Za-z0-9._-]+")
_LONGEST = 80


class CoverSheet(NamedTuple):
    """A cover sheet: the name of its file, without a folder, and its text."""

    name: str
    html: str


class CoverSheets:
    """Makes the sheets of claims. `unnumbered` counts the documents without a control number, for
    which no sheet is made.
    """

    def __init__(self) -> None:
        self.unnumbered = 0
        self._template, _ = templates.load(KIND, TEMPLATE)
        self._names: set[str] = set()
        self._meanings = {
            type_: name for pack in packs() for type_, name in pack.report_type_names.items()
        }

    def of(self, claims: Iterable[Claim]) -> Iterator[CoverSheet]:
        """A sheet for each claim, way and control number; files are named by that number."""
        for claim in claims:
            sheets: dict[tuple[str, str], list[dict[str, str]]] = {}
            for paperwork, line in _announced(claim):
                if not paperwork.control_number.strip():
                    self.unnumbered += 1
                    continue
                key = (paperwork.transmission, paperwork.control_number)
                sheets.setdefault(key, []).append(self._document(paperwork, line))
            for (transmission, number), documents in sheets.items():
                facts = _facts(claim) | {
                    "control_number": number,
                    "way": _WAYS[transmission],
                    "documents": documents,
                }
                yield CoverSheet(self._name(number), self._template.render(facts))

    def _document(self, paperwork: Paperwork, line: ServiceLine | None) -> dict[str, str]:
        return {
            "report_type": paperwork.report_type,
            "meaning": self._meanings.get(paperwork.report_type, ""),
            "line": line.number if line else "",
            "code": line.code if line else "",
            "dates": _days(line.service_dates) if line else "",
        }

    def _name(self, number: str) -> str:
        """A file's name that no other sheet has."""
        base = name = _NO_FILE.sub("_", number).strip("._")[:_LONGEST] or "document"
        further = 1
        while name.lower() in self._names:
            further += 1
            name = f"{base}-{further}"
        self._names.add(name.lower())
        return f"{name}.html"


def _announced(claim: Claim) -> Iterator[tuple[Paperwork, ServiceLine | None]]:
    """The documents of a claim that go by fax or mail, with the line that each is about."""
    yield from ((p, None) for p in claim.paperwork if p.transmission in _WAYS)
    for line in claim.lines:
        yield from ((p, line) for p in line.paperwork if p.transmission in _WAYS)


def _facts(claim: Claim) -> dict[str, Any]:
    patient, subscriber = claim.patient, claim.subscriber
    provider = claim.billing_provider
    member = subscriber.person if subscriber else None
    number = next(iter(claim.references("F8")), None)
    return {
        "payer": claim.payer,
        "claim_number": claim.id,
        "payer_claim_number": number.number if number else "",
        "dates": _days(*(line.service_dates for line in claim.lines)),
        "charge": claim.clm.value(2) if claim.clm else "",
        "patient": {
            "name": patient.name if patient else "",
            "birth_date": patient.birth_date if patient else None,
            "member_id": member.member_id if member else "",
            "is_subscriber": patient is not None and patient == member,
        },
        "provider": {
            "name": provider.name if provider else "",
            "npi": provider.npi if provider else "",
            "tax_id": _tax_id(claim),
        },
    }


def _tax_id(claim: Claim) -> str:
    """REF*EI or REF*SY of the billing provider (2010AA)."""
    references = claim.above("2010AA", "REF")
    return next((r.value(2) for r in references if r.value(1) in ("EI", "SY")), "")


def _days(*dates: Dates) -> str:
    """The first and the last of some days, as 2026-06-04 or 2026-06-04 to 2026-06-06."""
    days = [day for known in dates for day in (known.first, known.last) if day]
    if not days:
        return ""
    first, last = min(days), max(days)
    return f"{first}" if first == last else f"{first} to {last}"
