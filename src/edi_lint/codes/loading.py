"""Reads the files that CMS and CDC publish, and makes of them releases for the user's data folder.

What it reads: CMS's quarterly alpha-numeric HCPCS file, as the zip, as the text or the workbook in
it, or as that workbook saved as CSV; and the order file of ICD-10-CM, as text or in its zip. Codes
of CPT and CDT are left out, and so is every text. Nothing of a line is ever repeated in a message:
the file may be another one than the user thinks.

The layout of CMS's text is in HCPC<year>_recordlayout.txt of its zip: code 1-5 (of a modifier 4-5),
sequence 6-10, record 11 (3 code, 7 modifier, 4 and 8 their continuations), day added 269-276, last
day 285-292, days as YYYYMMDD. That of the order file: code 7-13, billable 15, long title from 78.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from edi_lint.codes import hcpcs, icd10cm
from edi_lint.codes.tables import Release, TableSource, loaded_name, packed
from edi_lint.x12.errors import EdiLintError

LARGEST = 128 * 1024 * 1024
"""No file of these comes near this many bytes, unpacked."""
FEWEST_CODES = 5_000
FEWEST_MODIFIERS = 300
FEWEST_DIAGNOSES = 70_000
"""A file with less is not a whole release: valid codes would become unknown."""
LETTERS_OF_HCPCS = frozenset("AV")
LETTERS_OF_DIAGNOSES = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
"""With these begin codes of any whole release: one that is cut off lacks the last of them."""


class LoadError(EdiLintError, ValueError):
    """A file cannot be loaded; the message says what was expected, what is there and the remedy."""


class Loaded(NamedTuple):
    """A release as a table: its file's name in the data folder, its bytes, and what it holds.

    `summary` says in words what is in it and what was left out.
    """

    name: str
    content: bytes
    title: str
    release: Release
    summary: str


def read(file: Path, first: date | None = None) -> Loaded:
    """The release in a file; `first`, its first day, where the file's name does not tell it.

    Raises LoadError, and OSError when the file cannot be read.
    """
    with file.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise LoadError(f"{file}: larger than any file of codes; {_WANTED}")
    origin = TableSource(file.name, sha256(content).hexdigest())
    names = [file.name]
    if zipfile.is_zipfile(BytesIO(content)) and not _is_workbook(content):
        member, content = _unpacked(file, content)
        names.insert(0, member)
    if _is_workbook(content):
        with warnings.catch_warnings(action="ignore"):  # of headers and footers for printing
            rows = list(_of_workbook(file, content))
        return _hcpcs(file, iter(rows), names, first, origin)
    # Only ASCII matters of the text, and CMS's is not always UTF-8.
    text = content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    lines = _without_disclaimers([line.rstrip("\r") for line in text.split("\n")])
    beginning = next((line for line in lines if line.strip()), "")
    if _ORDER_LINE.match(beginning):
        return _diagnoses(file, lines, names, first, origin)
    if _HCPCS_LINE.match(beginning):
        return _hcpcs(file, _fixed_width(file, lines), names, first, origin)
    if _is_header(beginning):
        return _hcpcs(file, _comma_separated(file, lines), names, first, origin)
    raise LoadError(f"{file}: {_WANTED}; this is neither")


_DISCLAIMERS = "***Disclaimers"
_MOST_DISCLAIMERS = 100


def _without_disclaimers(lines: list[str]) -> list[str]:
    """The lines with those blank that come before the first record of CMS's file, where it begins
    with disclaimers, as the files of 2018 and 2019 do. The numbers of the lines stay."""
    if not lines[0].startswith(_DISCLAIMERS):
        return lines
    for number, line in enumerate(lines[:_MOST_DISCLAIMERS]):
        if _HCPCS_LINE.match(line):
            return [""] * number + lines[number:]
    return lines


_WANTED = (
    "expected CMS's quarterly HCPCS file (HCPC2026_OCT_ANWEB.txt, its zip, or its workbook saved "
    "as CSV) or the order file of ICD-10-CM (icd10cm-order-2027.txt or its zip)"
)
_MEMBER = re.compile(r"anweb(?!.*transaction).*\.txt|icd10cm[-_ ]?order(?!.*addend).*\.txt", re.I)
_WORKBOOK = re.compile(r"anweb(?!.*trans).*\.xlsx", re.I)


def _unpacked(file: Path, content: bytes) -> tuple[str, bytes]:
    """The file of codes in a zip: its name and bytes."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = _members(archive, _MEMBER) or _members(archive, _WORKBOOK)
            if len(members) != 1:
                raise LoadError(
                    f"{file}: {_WANTED}; this zip holds {len(members) or 'none'} of them"
                    + ("; unpack it and load one" if members else "")
                )
            if members[0].file_size > LARGEST:
                raise LoadError(f"{file}: unpacks to more than any file of codes; {_WANTED}")
            return members[0].filename.rpartition("/")[2], archive.read(members[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        raise LoadError(f"{file}: the zip is damaged or encrypted; download it again") from None


def _members(archive: zipfile.ZipFile, named: re.Pattern[str]) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    return [one for one in members if named.search(one.filename.rpartition("/")[2])]


# --- HCPCS ----------------------------------------------------------------------------------------
class _TableRow(NamedTuple):
    """A code or modifier; first and last day as the file has them, YYYYMMDD."""

    line: int
    code: str
    first: str
    last: str


_HCPCS_LINE = re.compile(r"(?=.{11,})[A-Z0-9 ]{3}[A-Z0-9]{2}[ 0-9]{5}[3478]")
_RECORDS = {"3": slice(0, 5), "7": slice(3, 5)}
_CONTINUATIONS = ("4", "8")
_COLUMNS = ("HCPC", "RECID", "ADD DT", "TERM DT")
_LEVEL_II = re.compile(r"[A-Z]\d{4}|[A-Z0-9]{2}")
_CPT_OR_CDT = re.compile(r"\d{4}[0-9A-Z]|D\d{4}|\d\d")
"""Codes of CPT and CDT, and modifiers of CPT."""


def _fixed_width(file: Path, lines: list[str]) -> Iterator[_TableRow]:
    for number, line in enumerate(lines, 1):
        record = line[10:11]
        if not line.strip() or record in _CONTINUATIONS:
            continue
        if record not in _RECORDS or len(line) < 276:
            raise LoadError(
                f"{file}, line {number}: not in the layout of CMS's HCPCS file; download it again"
            )
        yield _TableRow(number, line[_RECORDS[record]].strip(), line[268:276], line[284:292])


def _is_header(line: str) -> bool:
    try:
        return set(_COLUMNS) <= set(_header(next(csv.reader([line]), [])))
    except csv.Error:
        return False


def _header(names: Iterable[str]) -> list[str]:
    """The names of the columns; programs that save a workbook write some with `_` for the space."""
    return [name.strip().upper().replace("_", " ") for name in names]


def _comma_separated(file: Path, lines: list[str]) -> Iterator[_TableRow]:
    rows = csv.reader(StringIO("\n".join(lines)))
    try:
        names = _header(next(row for row in rows if any(row)))
        for row in _of_rows(names, rows):
            yield row._replace(line=rows.line_num)
    except (csv.Error, IndexError):
        raise LoadError(
            f"{file}, line {rows.line_num}: not a row of CMS's HCPCS workbook; save it as CSV again"
        ) from None


def _is_workbook(content: bytes) -> bool:
    """Whether bytes are a workbook of Excel, which is a zip too."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:
        return False


def _of_workbook(file: Path, content: bytes) -> Iterator[_TableRow]:
    """The rows of CMS's workbook, of its first sheet that has them."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise LoadError(
            f"{file}: reading a workbook needs openpyxl: pip install 'edi-lint[xlsx]', or save the "
            "workbook as CSV"
        ) from None
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST:
            raise LoadError(f"{file}: unpacks to more than any file of codes; {_WANTED}")
    try:
        for sheet in load_workbook(BytesIO(content), read_only=True, data_only=True).worksheets:
            rows = ([_cell(cell) for cell in row] for row in sheet.iter_rows(values_only=True))
            header = next((row for row in islice(rows, _MOST_DISCLAIMERS) if _has_columns(row)), [])
            if header:
                yield from _of_rows(_header(header), rows)
                return
    except (ValueError, KeyError, IndexError, zipfile.BadZipFile, zlib.error, SyntaxError):
        raise LoadError(f"{file}: not a row of CMS's HCPCS workbook; download it again") from None
    raise LoadError(f"{file}: {_WANTED}; this workbook has no sheet with {', '.join(_COLUMNS)}")


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _has_columns(row: list[str]) -> bool:
    return set(_COLUMNS) <= set(_header(row))


def _of_rows(names: list[str], rows: Iterable[list[str]]) -> Iterator[_TableRow]:
    """Raises IndexError for a row that is not one of the workbook."""
    code, record, first, last = (names.index(name) for name in _COLUMNS)
    for number, row in enumerate(rows, 1):
        if not any(row) or row[record] in _CONTINUATIONS:
            continue
        if row[record] not in _RECORDS:
            raise IndexError
        yield _TableRow(number, row[code].strip(), row[first], row[last])


def _hcpcs(
    file: Path, rows: Iterator[_TableRow], names: list[str], first: date | None, origin: TableSource
) -> Loaded:
    entries: dict[str, str] = {}
    newest, left_out = "", 0
    for row in rows:
        if _CPT_OR_CDT.fullmatch(row.code):
            left_out += 1
            continue
        if not _LEVEL_II.fullmatch(row.code) or row.code in entries:
            raise LoadError(
                f"{file}, line {row.line}: not a code of HCPCS, or one that appears twice; "
                "download the file again"
            )
        added, ended = (_day(file, row.line, text) for text in (row.first, row.last))
        newest = max(newest, added)
        entries[row.code] = f"{added}\t{ended}"
    modifiers = sum(len(code) == 2 for code in entries)
    codes = len(entries) - modifiers
    letters = {code[0] for code in entries if len(code) > 2}
    if codes < FEWEST_CODES or modifiers < FEWEST_MODIFIERS or not letters >= LETTERS_OF_HCPCS:
        raise LoadError(
            f"{file}: expected a whole release, with codes from A to V, more than "
            f"{FEWEST_CODES:,}, and more than {FEWEST_MODIFIERS} modifiers, found {codes:,} and "
            f"{modifiers}; download it again"
        )
    begin = _first_day(file, names, first, _quarter_in, (1, 4, 7, 10))
    release = Release(f"{begin:%B %Y}", begin, _day_before_next(begin, (1, 4, 7, 10)), codes)
    # a file of a whole year also has codes that are added in its later quarters
    is_annual = any(map(_ANNUAL.search, names))
    if newest > str(date(begin.year, 12, 31) if is_annual else release.last):
        raise LoadError(
            f"{file}: holds codes that begin on {newest}, after the quarter from {begin}; name the "
            "first day of the file's quarter with --release"
        )
    text = "".join(f"{code}\t{entries[code]}\n" for code in sorted(entries))
    return Loaded(
        loaded_name(hcpcs.KIND, begin),
        packed(hcpcs.KIND, hcpcs.TITLE, len(entries), text, [origin], [release]),
        hcpcs.TITLE,
        release,
        f"{codes:,} codes and {modifiers} modifiers; {left_out:,} of CPT and CDT left out",
    )


def _day(file: Path, number: int, text: str) -> str:
    """A day as tables write it; - for none, which CMS writes as blanks or zeros."""
    digits = text.strip()
    if not digits.strip("0"):
        return "-"
    try:
        if len(digits) != 8 or not digits.isascii():
            raise ValueError
        return str(date(int(digits[:4]), int(digits[4:6]), int(digits[6:])))
    except ValueError:
        raise LoadError(
            f"{file}, line {number}: expected days as YYYYMMDD; download the file again, and save "
            "a workbook as CSV without changing its cells"
        ) from None


# --- ICD-10-CM ------------------------------------------------------------------------------------
_ORDER_LINE = re.compile(r"\d{5} ([A-Z][0-9A-Z]{2,6}) +([01]) ")
_TITLE = slice(77, None)
_UNSPECIFIED = "unspecified"


def _diagnoses(
    file: Path, lines: list[str], names: list[str], first: date | None, origin: TableSource
) -> Loaded:
    codes: dict[str, tuple[str, bool]] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _ORDER_LINE.match(line)
        if not found or found.end() != 16 or found[1] in codes:
            raise LoadError(
                f"{file}, line {number}: not in the layout of the order file of ICD-10-CM, or a "
                "code appears twice; download it again"
            )
        status = icd10cm.BILLABLE if found[2] == "1" else icd10cm.HEADER
        codes[found[1]] = (status, _UNSPECIFIED in line[_TITLE].lower())
    billable = sum(status == icd10cm.BILLABLE for status, _ in codes.values())
    letters = {code[0] for code in codes}
    if billable < FEWEST_DIAGNOSES or not letters >= LETTERS_OF_DIAGNOSES:
        raise LoadError(
            f"{file}: expected a whole release, with more than {FEWEST_DIAGNOSES:,} billable "
            f"codes from A to Z, found {billable:,}; download it again"
        )
    begin = _first_day(file, names, first, _fiscal_year_in, (4, 10))
    name = f"FY{begin.year + 1}" if begin.month == 10 else f"FY{begin.year}, April"
    release = Release(name, begin, _day_before_next(begin, (4, 10)), billable)
    return Loaded(
        loaded_name(icd10cm.KIND, begin),
        icd10cm.make_table(codes, [release], [origin]),
        icd10cm.TITLE,
        release,
        f"{billable:,} billable codes and {len(codes) - billable:,} categories",
    )


# --- the release ----------------------------------------------------------------------------------
_MONTHS = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
_QUARTER = re.compile(
    r"(?P<a>20\d\d)[-_ ]?(?P<b>jan|apr|jul|oct)|(?P<c>jan|apr|jul|oct)[a-z]*[-_ ]?(?P<d>20\d\d)",
    re.I,
)
_ANNUAL = re.compile(r"hcpc(?:20)?(?P<year>\d\d)_contr_anweb", re.I)
_YEAR = re.compile(r"20\d\d")


def _quarter_in(name: str) -> date | None:
    """The quarter in the name of a file of CMS: HCPC2026_OCT_ANWEB, october-2026-alpha-numeric.

    The files of a whole year, up to 2019, are those of its January: HCPC2019_CONTR_ANWEB.
    """
    if annual := _ANNUAL.search(name):
        return date(2000 + int(annual["year"]), 1, 1)
    found = _QUARTER.search(name)
    if not found:
        return None
    year, month = found["a"] or found["d"], found["b"] or found["c"]
    return date(int(year), _MONTHS[month.lower()], 1)


def _fiscal_year_in(name: str) -> date | None:
    """The release in the name of an order file: its fiscal year begins in October before."""
    found = _YEAR.search(name)
    if not found or re.search("jan|jul", name, re.I):
        return None
    year = int(found[0])
    return date(year, 4, 1) if re.search("apr", name, re.I) else date(year - 1, 10, 1)


def _first_day(
    file: Path,
    names: list[str],
    given: date | None,
    named: Callable[[str], date | None],
    months: tuple[int, ...],
) -> date:
    """The first day of the release: as the user says, else as the file's name tells."""
    found = next((day for name in names if (day := named(name))), None)
    begin = given or found
    if begin is None:
        raise LoadError(
            f"{file}: its name does not tell the release; name its first day, "
            "--release 2026-10-01 for example"
        )
    if begin.day != 1 or begin.month not in months:
        days = ", ".join(f"{month:02}-01" for month in months)
        raise LoadError(f"{file}: its releases begin on {days} of a year, not on {begin}")
    return begin


def _day_before_next(begin: date, months: tuple[int, ...]) -> date:
    """The last day before the next release can come."""
    later = [date(begin.year, month, 1) for month in months if month > begin.month]
    return (later[0] if later else date(begin.year + 1, months[0], 1)) - timedelta(days=1)
