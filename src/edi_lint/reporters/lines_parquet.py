"""Extracted service lines as Parquet, with the columns of the JSON Lines in types of their own.

Needs pyarrow, which the extra `parquet` installs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from edi_lint.findings.masking import Phi
from edi_lint.reporters.lines_jsonl import record
from edi_lint.transform.extract import ExtractedLine

TOGETHER = 10_000
"""So many lines are held in memory, and stand together in the file."""

_DIGITS, _DECIMALS = 38, 18
_AMOUNT = pa.decimal128(_DIGITS, _DECIMALS)
"""Amounts exactly: X12 has up to 18 digits, before the decimal point or behind it."""
_TEXTS = (
    "file", "claim", "position", "line", "payer", "payer_id", "claim_filing_indicator",
    "frequency", "code",
)  # fmt: skip


def render(lines: Iterable[ExtractedLine], phi: Phi) -> Iterator[bytes]:
    """The file in pieces, a row group after the other."""
    pieces = _Pieces()
    schema = _schema(phi)
    remaining = iter(lines)
    with parquet.ParquetWriter(pa.PythonFile(pieces, mode="w"), schema) as writer:
        while together := list(islice(remaining, TOGETHER)):
            rows = [_row(line, phi) for line in together]
            writer.write_table(pa.Table.from_pylist(rows, schema))
            yield from pieces.taken()
    yield from pieces.taken()


def _row(line: ExtractedLine, phi: Phi) -> dict[str, Any]:
    """The record of JSON Lines, with amounts and days as such."""
    row = record(line, phi) | {
        "units": _exact(line.units),
        "charge": _exact(line.charge),
        "first_date": line.first_date,
        "last_date": line.last_date,
    }
    if phi is Phi.ALL:
        row["birth_date"] = line.birth_date
    return row


def _exact(amount: Decimal | None) -> Decimal | None:
    """The amount, None for one with more digits than X12 has and the column can hold."""
    if amount is None:
        return None
    _, digits, exponent = amount.as_tuple()
    decimals = -int(exponent)
    fits = decimals <= _DECIMALS and len(digits) - decimals <= _DIGITS - _DECIMALS
    return amount if fits else None


def _schema(phi: Phi) -> Any:
    text, texts = pa.string(), pa.list_(pa.string())
    reference = [
        ("segment", text),
        ("qualifier", text),
        ("level", text),
        ("byte_start", pa.int64()),
    ]
    protected = []
    if phi is Phi.ALL:
        reference.append(("value", text))
        protected = [
            ("patient_name", text),
            ("member_id", text),
            ("birth_date", pa.date32()),
            ("prior_authorization_numbers", texts),
        ]
    return pa.schema(
        [
            *((name, text) for name in _TEXTS),
            ("modifiers", texts),
            ("units", _AMOUNT),
            ("unit_basis", text),
            ("charge", _AMOUNT),
            ("first_date", pa.date32()),
            ("last_date", pa.date32()),
            ("place_of_service", text),
            ("diagnoses", texts),
            ("documentation", pa.list_(pa.struct(reference))),
            ("prior_authorization", text),
            ("ordering_provider_npi", text),
            ("byte_start", pa.int64()),
            ("byte_end", pa.int64()),
            *protected,
        ]
    )


class _Pieces:
    """What a writer takes for a file, and what it has written since it was asked last."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces
