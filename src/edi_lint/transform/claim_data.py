"""Reads what a user gives for claims: a CSV, JSON or YAML file keyed by claim.

Values stay text as it is written, so that a number keeps its leading zeros.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from edi_lint.files.yaml_text import YamlFault, read_nodes
from edi_lint.findings.masking import printable
from edi_lint.x12.errors import EdiLintError

MAX_DATA = 256 * 1024 * 1024
"""A longer file is taken for something else named by mistake."""

SCALAR_FIELD = "payer_claim_control_number"
"""What a JSON or YAML value is that is not an object but a text or number by itself."""

CLAIM_COLUMNS = frozenset({"claim", "clm01"})
_MISSING = frozenset({"", "nan", "null", "none", "#n/a"})
_SHORTENED = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)


class DataProblem(EdiLintError):
    """A data file that cannot be used; the message says where and why, and quotes no value."""


class DataRow(NamedTuple):
    """Fields of a claim that have a value, the place they stand, and the names of the others."""

    fields: Mapping[str, str]
    where: str
    empty: tuple[str, ...] = ()


class ClaimData(NamedTuple):
    """What is given for one claim: a row of fields, or several."""

    rows: tuple[DataRow, ...]

    @property
    def where(self) -> str:
        """The place that the first row is at."""
        return self.rows[0].where

    @property
    def fields(self) -> dict[str, str]:
        """The fields of all rows; of the same field in several rows it is the last one's."""
        return {name: value for row in self.rows for name, value in row.fields.items()}


Data = dict[str, ClaimData]
Given = str | Mapping[str, str] | Sequence[Mapping[str, str]]
"""What a program gives for a claim: a text, fields, or several rows of fields."""


def read_data(path: Path, show_claims: bool = True) -> Data:
    """The fields of each claim in a file, by the claim's name. Raises DataProblem.

    `show_claims` says whether a problem may name the claim, beside the line it stands on.

    CSV has a header; its column `claim` (or CLM01) names the claim, the others are its fields. A
    claim may have several rows, such as one for each attachment. JSON and YAML hold an object of
    claims, each an object of fields, a list of such objects, or one scalar: the payer's claim
    control number.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DataProblem(f"{path}: the name of a data file ends in {', '.join(sorted(_READERS))}")
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_DATA + 1)
        if len(content) > MAX_DATA:
            raise DataProblem(f"{path}: longer than {MAX_DATA} bytes, so not a data file")
        text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig").read()
    except OSError as problem:
        raise DataProblem(f"{path}: cannot read the data: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise DataProblem(f"{path}: a data file must be UTF-8 text") from None
    return _keyed(reader(text, path), path, show_claims)


def given_data(data: Mapping[str, Given], where: str = "data") -> Data:
    """Data that a program gives, in the shape of a JSON file's. Raises DataProblem."""
    rows = ((claim, _rows(value, where)) for claim, value in data.items())
    return _keyed(rows, where, show_claims=False)


Entry = tuple[str, list[DataRow]]
"""A claim's name, and its rows as they are written; there is at least one."""


def _keyed(entries: Iterable[Entry], path: Path | str, show_claims: bool) -> Data:
    data: Data = {}
    for claim, rows in entries:
        name, where = claim.strip(), rows[0].where
        if not name:
            raise DataProblem(f"{where}: no claim is named")
        if _SHORTENED.fullmatch(name):
            raise DataProblem(_shortened(where, "claim"))
        if name in data:
            which = f"claim {printable(name)}" if show_claims else "the claim"
            raise DataProblem(f"{where}: {which} appears twice, first in {data[name].where}")
        data[name] = ClaimData(tuple(_filled(row) for row in rows))
    if not data:
        raise DataProblem(f"{path}: no claim is named")
    return data


def _filled(row: DataRow) -> DataRow:
    every = {name.strip(): text.strip() for name, text in row.fields.items()}
    fields = {name: text for name, text in every.items() if text}
    for name, text in fields.items():
        if _SHORTENED.fullmatch(text):
            raise DataProblem(_shortened(row.where, name))
    return DataRow(fields, row.where, tuple(name for name in every if name not in fields))


def _shortened(where: str, field: str) -> str:
    return (
        f"{where}: {field} is a number that a spreadsheet shortened (such as 2.6E+13): "
        "format the column as text and enter it again"
    )


def _csv(text: str, path: Path) -> Iterator[Entry]:
    found: dict[str, list[DataRow]] = {}
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        keys = [n for n, name in enumerate(header) if name.lower() in CLAIM_COLUMNS]
        if len(keys) != 1:
            raise DataProblem(
                f"{path}, line 1: the header must have one column claim (or CLM01), "
                f"separated from the others by a {'tab' if delimiter != ',' else 'comma'}"
            )
        if len(set(header)) < len(header):
            raise DataProblem(f"{path}, line 1: two columns have the same name")
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            where = f"{path}, line {rows.line_num}"
            if len(row) > len(header):
                raise DataProblem(f"{where}: more cells than the header has columns")
            cells = [*row, *[""] * (len(header) - len(row))]
            fields = {
                name: "" if cell.strip().lower() in _MISSING else cell
                for name, cell in zip(header, cells, strict=True)
                if name and name != header[keys[0]]
            }
            found.setdefault(cells[keys[0]].strip(), []).append(DataRow(fields, where))
    except csv.Error as problem:
        raise DataProblem(f"{path}, line {rows.line_num}: {problem}") from None
    yield from found.items()


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it is written, so that a key that appears twice is seen."""


def _json(text: str, path: Path) -> Iterator[Entry]:
    try:
        document = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=lambda _: None,
        )
    except json.JSONDecodeError as problem:
        raise DataProblem(f"{path}, line {problem.lineno}: {problem.msg}") from None
    except RecursionError:
        raise DataProblem(f"{path}: nested too deep") from None
    if not isinstance(document, _Pairs):
        raise DataProblem(f"{path}: an object of claims is expected")
    for number, (claim, value) in enumerate(document, start=1):
        where = f"{path}, entry {number}"
        yield claim, _rows(value, where)


def _rows(value: Any, where: str) -> list[DataRow]:
    """The rows of a claim: what is given for it is one, or a list of them."""
    if isinstance(value, _Pairs) or not isinstance(value, list | tuple):
        return [DataRow(_fields(value, where), where)]
    if not value or not all(isinstance(row, _Pairs | Mapping) for row in value):
        raise DataProblem(_no_objects(where))
    return [DataRow(_fields(row, where), where) for row in value]


def _no_objects(where: str) -> str:
    return f"{where}: a list is expected to hold objects of fields, and at least one"


def _fields(value: Any, where: str) -> dict[str, str]:
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        if len(set(names)) < len(names):
            raise DataProblem(f"{where}: a field appears twice")
        value = dict(value)
    if not isinstance(value, Mapping):
        value = {SCALAR_FIELD: value}
    fields = {}
    for field, content in value.items():
        if content is not None and not isinstance(content, str):
            raise DataProblem(f"{where}: {field} is neither text nor a number")
        fields[field] = content or ""
    return fields


def _yaml(text: str, path: Path) -> Iterator[Entry]:
    try:
        document = read_nodes(text)
    except YamlFault as fault:
        raise DataProblem(fault.of(path)) from None
    if not isinstance(document, yaml.MappingNode):
        raise DataProblem(f"{path}: an object of claims is expected")
    for key, value in document.value:
        where = f"{path}, line {key.start_mark.line + 1}"
        rows = [value]
        if isinstance(value, yaml.SequenceNode):
            rows = value.value
            if not rows or not all(isinstance(row, yaml.MappingNode) for row in rows):
                raise DataProblem(_no_objects(where))
        yield _scalar(key, where, "claim"), [_yaml_row(row, path) for row in rows]


def _yaml_row(value: yaml.Node, path: Path) -> DataRow:
    where = f"{path}, line {value.start_mark.line + 1}"
    if not isinstance(value, yaml.MappingNode):
        return DataRow({SCALAR_FIELD: _scalar(value, where, SCALAR_FIELD)}, where)
    fields: dict[str, str] = {}
    for key, content in value.value:
        place = f"{path}, line {key.start_mark.line + 1}"
        field = _scalar(key, place, "field")
        if field in fields:
            raise DataProblem(f"{place}: the field appears twice")
        fields[field] = _scalar(content, place, field)
    return DataRow(fields, where)


def _scalar(node: yaml.Node, where: str, what: str) -> str:
    """The text of a scalar as it is written; empty for null."""
    if not isinstance(node, yaml.ScalarNode):
        raise DataProblem(f"{where}: {what} is neither text nor a number")
    return "" if node.tag == "tag:yaml.org,2002:null" else str(node.value)


_READERS = {
    ".csv": _csv,
    ".tsv": _csv,
    ".json": _json,
    ".yaml": _yaml,
    ".yml": _yaml,
}
