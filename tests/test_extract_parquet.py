"""Extracted lines as Parquet, read back by pyarrow: the columns and values of the JSON Lines."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from conftest import FIXTURES, ROOT, Cli
from edi_lint.findings.masking import Phi
from edi_lint.reporters import lines_parquet
from edi_lint.transform.extract import extract

OUTBOUND = ROOT / "examples" / "outbound.837"
CODES = ["A4306", "E0431", "J2795"]


def told(value: Any) -> Any:
    """A value as JSON Lines have it."""
    if isinstance(value, Decimal):
        return str(value.normalize() + 0) if value else "0"
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("phi", ["none", "ids", "all"])
def test_parquet_holds_what_json_lines_hold(
    phi: str, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    paths = sorted((FIXTURES / "valid").glob("*.837"))
    options = [o for code in CODES for o in ("--hcpcs", code)]
    lines = commands("extract")(*paths, *options, "--phi", phi, "--format", "jsonl").out
    target = tmp_path / "lines.parquet"
    ran = commands("extract")(*paths, *options, "--phi", phi, "--format", "parquet", "-o", target)
    assert (ran.status, ran.out) == (0, "")
    rows = parquet.read_table(target).to_pylist()
    expected = [json.loads(line) for line in lines.splitlines()]
    assert len(rows) > 20
    for row, line in zip(rows, expected, strict=True):
        for name in ("units", "charge"):
            line[name] = told(Decimal(line[name])) if line[name] else line[name]
        assert {name: told(value) for name, value in row.items()} == line


def test_amounts_days_and_lists_have_types() -> None:
    schema = lines_parquet._schema(Phi.IDS)
    assert schema.field("charge").type == pa.decimal128(38, 18)
    assert schema.field("first_date").type == pa.date32()
    assert schema.field("modifiers").type == pa.list_(pa.string())


@pytest.mark.parametrize("amount", [b"999999999999999999", b"0.12345678901234567", b"-0.5"])
def test_no_digit_of_an_amount_is_lost(amount: bytes) -> None:
    data = OUTBOUND.read_bytes().replace(b"SV1*HC:A4306:KX:GY*395*", b"SV1*HC:A4306:KX:GY*" + amount + b"*")  # fmt: skip
    made = b"".join(lines_parquet.render(extract(data, phi=Phi.ALL), Phi.ALL))
    charges = parquet.read_table(io.BytesIO(made)).column("charge").to_pylist()
    assert Decimal(amount.decode()) in charges


@pytest.mark.parametrize("amount", [b"9" * 21, b"0." + b"1" * 19, b"9" * 39])
def test_an_amount_that_x12_does_not_have_is_null(amount: bytes) -> None:
    data = OUTBOUND.read_bytes().replace(b"A4306:KX:GY*395*", b"A4306:KX:GY*" + amount + b"*")
    made = b"".join(lines_parquet.render(extract(data), Phi.IDS))
    charges = parquet.read_table(io.BytesIO(made)).column("charge").to_pylist()
    assert charges.count(None) == 1


def test_lines_are_written_a_group_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_parquet, "TOGETHER", 2)
    seen = 0

    def lines() -> Any:
        nonlocal seen
        for line in extract(OUTBOUND):
            seen += 1
            yield line

    pieces = lines_parquet.render(lines(), Phi.IDS)
    made = next(pieces)
    assert seen == 2
    made += b"".join(pieces)
    file = parquet.ParquetFile(io.BytesIO(made))
    assert (file.num_row_groups, file.metadata.num_rows) == (3, 5)


def test_without_lines_there_are_columns(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    target = tmp_path / "none.parquet"
    assert commands("extract")(OUTBOUND, "--hcpcs", "Z9999", "--format", "parquet", "-o", target).status == 0  # fmt: skip
    table = parquet.read_table(target)
    assert (table.num_rows, table.column_names[0]) == (0, "file")


def test_without_pyarrow_it_is_told_how_to_get_it(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "edi_lint.reporters.lines_parquet", raising=False)
    monkeypatch.delattr("edi_lint.reporters.lines_parquet", raising=False)
    target = tmp_path / "lines.parquet"
    ran = commands("extract")(OUTBOUND, "--format", "parquet", "-o", target)
    assert ran.status == 2
    assert "pip install 'edi-lint[parquet]'" in ran.err
    assert not target.exists()
