"""Code tables: what ships, how codes stand on a day, and what `edi-lint codes load` takes."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from string import ascii_uppercase

import pytest

from conftest import CORPUS, FIXTURES, ROOT, Cli
from edi_lint.codes import hcpcs, icd10cm, modifiers, tables
from edi_lint.codes.answers import Reach, Standing
from edi_lint.codes.loading import LoadError, read
from edi_lint.codes.patterns import (
    mbi_fault,
    taxonomy_fault,
    zip_fault,
    zip_plus_four_fault,
)
from edi_lint.codes.places import is_place
from edi_lint.codes.states import is_state

KINDS = ("icd10cm", "hcpcs", "modifiers", "places", "states", "noc")
VALID, HEADER, NOT_YET, ENDED, UNKNOWN = Standing


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- what ships -----------------------------------------------------------------------------------
def test_the_tables_are_current() -> None:
    check = [sys.executable, ROOT / "scripts" / "compile_codes.py", "--check"]
    ran = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_what_its_header_says(kind: str) -> None:
    table = tables.shipped(kind)
    assert (table.kind, table.sha256) == (kind, sha256(table.text.encode()).hexdigest())
    assert table.sources and all(len(s.sha256) == 64 for s in table.sources)
    if kind != "icd10cm":
        assert list(table.entries) == sorted(table.entries)
        assert len(table.entries) == table.rows


def test_each_release_of_icd_10_cm_has_more_than_70000_billable_codes() -> None:
    assert [r.name for r in icd10cm.releases()][-2:] == ["FY2026", "FY2027"]
    for release in icd10cm.releases():
        assert release.rows > 70_000


def test_no_table_holds_text_of_others() -> None:
    # Numbers and days are all that is kept, but for the words of ours in the modifiers of level II.
    lines = tables.shipped("icd10cm").text.splitlines()
    assert all(re.fullmatch(r"[A-Z][0-9A-Z]{2,3}:(\|[0-9A-Z]{0,3}=.)+", line) for line in lines)
    cpt = [fields for fields in tables.shipped("modifiers").entries.values() if fields[0] == "1"]
    assert cpt and {fields[3] for fields in cpt} == {"-"}


# --- ICD-10-CM ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "on", "standing"),
    [
        ("A000", "2026-05-01", VALID),
        ("G8918", "2026-06-02", VALID),
        ("E119", "2021-01-01", VALID),
        ("E11", "2026-05-01", HEADER),
        ("S52501", "2026-05-01", HEADER),
        ("S52501A", "2026-05-01", VALID),
        ("QA0013", "2026-05-01", HEADER),
        ("QA00131", "2026-05-01", VALID),
        ("E1199", "2026-05-01", UNKNOWN),
        ("E11.9", "2026-05-01", UNKNOWN),
        ("e119", "2026-05-01", UNKNOWN),
        ("E", "2026-05-01", UNKNOWN),
        ("", "2026-05-01", UNKNOWN),
        ("A00|=", "2026-05-01", UNKNOWN),
        # M72.2 was divided on 2026-10-01; G35 on 2025-10-01.
        ("M722", "2026-09-30", VALID),
        ("M722", "2026-10-01", HEADER),
        ("M7220", "2026-09-30", NOT_YET),
        ("M7220", "2026-10-01", VALID),
        ("G35", "2025-09-30", VALID),
        ("G35", "2025-10-01", HEADER),
        # Deleted on 2026-10-01.
        ("S23420A", "2026-09-30", VALID),
        ("S23420A", "2026-10-01", ENDED),
        ("T528X1", "2026-09-30", HEADER),
        ("T528X1", "2026-10-01", UNKNOWN),
    ],
)
def test_a_diagnosis_on_a_day_in_a_release_held(code: str, on: str, standing: Standing) -> None:
    found = icd10cm.look_up(code, day(on))
    assert (found.standing, found.reach, found.sure) == (standing, Reach.HELD, True)
    assert found.release.covers(day(on))


@pytest.mark.parametrize(
    ("on", "reach", "release"),
    [
        ("2020-12-31", Reach.BEFORE, "January 2021"),
        ("2021-01-01", Reach.HELD, "January 2021"),
        ("2021-09-30", Reach.HELD, "January 2021"),
        ("2021-10-01", Reach.BETWEEN, "January 2021"),
        ("2023-09-30", Reach.BETWEEN, "January 2021"),
        ("2023-10-01", Reach.HELD, "FY2024"),
        ("2027-03-31", Reach.HELD, "FY2027"),
        ("2027-04-01", Reach.AFTER, "FY2027"),
    ],
)
def test_a_day_outside_the_releases_is_told_with_its_side(
    on: str, reach: Reach, release: str
) -> None:
    found = icd10cm.look_up("E119", day(on))
    assert (found.reach, found.release.name, found.standing) == (reach, release, VALID)
    assert found.sure == (reach is Reach.HELD)


def test_between_releases_a_code_of_either_is_valid() -> None:
    gap = day("2022-12-01")
    # B373 was divided, and U099 came, on days that no release held tells.
    old, new = icd10cm.look_up("B373", gap), icd10cm.look_up("U099", gap)
    assert (old.standing, new.standing, new.sure) == (VALID, VALID, False)
    assert icd10cm.look_up("U099", day("2021-05-01")).standing is NOT_YET


def test_the_first_and_last_day_are_told_where_the_releases_tell_them() -> None:
    assert icd10cm.look_up("E119")[3:5] == (None, None)
    assert icd10cm.look_up("M7220")[3:5] == (day("2026-10-01"), None)
    assert icd10cm.look_up("M722")[3:5] == (None, day("2026-09-30"))
    assert icd10cm.look_up("E11")[3:5] == (None, None)


def test_without_a_day_a_code_of_any_release_is_valid() -> None:
    assert icd10cm.look_up("S23420A").standing is VALID
    assert icd10cm.look_up("M722").standing is VALID
    assert icd10cm.look_up("E11").standing is HEADER
    assert icd10cm.look_up("E1199").standing is UNKNOWN
    assert (icd10cm.look_up("E119").reach, icd10cm.look_up("E119").sure) == (Reach.NO_DAY, False)


@pytest.mark.parametrize(
    ("code", "unspecified", "symptom"),
    [
        ("A000", False, False),
        ("A009", True, False),
        ("R110", False, True),
        ("R509", True, True),
        ("M67A09", True, False),
        ("M67A01", False, False),
        ("S52501A", True, False),
    ],
)
def test_symptoms_and_unspecified_codes(code: str, unspecified: bool, symptom: bool) -> None:
    found = icd10cm.look_up(code)
    assert (found.unspecified, found.symptom) == (unspecified, symptom)


# --- HCPCS, modifiers, places, states -------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "on", "standing", "sure"),
    [
        ("A4306", "2026-04-01", VALID, True),
        ("A4306", "2026-04-02", VALID, False),
        ("A4306", "1992-12-31", NOT_YET, True),
        ("A4306", None, VALID, True),
        ("S9326", "2026-04-01", VALID, False),
        ("A4307", "2026-09-30", UNKNOWN, True),
        ("A4307", "2026-10-01", UNKNOWN, False),
        ("J1550", "2016-12-31", UNKNOWN, False),
        ("J2795", "2019-12-31", VALID, True),
        ("J2795", "2020-01-01", VALID, False),
        ("A4466", "2016-12-31", VALID, True),
        ("A4466", "2017-01-01", ENDED, True),
    ],
)
def test_an_hcpcs_code_without_a_loaded_release(
    code: str, on: str | None, standing: Standing, sure: bool
) -> None:
    answer = hcpcs.look_up(code, on and day(on))
    assert (answer.standing, answer.sure) == (standing, sure)
    assert hcpcs.release_for(day("2026-04-01")) is None


@pytest.mark.parametrize(
    ("modifier", "on", "standing", "sure"),
    [
        ("KX", "2026-07-01", VALID, False),
        ("KX", "2026-06-30", VALID, True),
        ("KX", "2002-06-30", NOT_YET, True),
        ("GD", "2019-12-31", VALID, True),
        ("GD", "2020-01-01", ENDED, True),
        ("JG", "2025-01-01", ENDED, True),
        ("AC", "2026-06-30", NOT_YET, True),
        ("AC", "2026-07-01", VALID, False),
        ("59", "2026-07-01", VALID, False),
        ("P3", "2026-07-01", VALID, False),
        ("KX", None, VALID, True),
        ("ZQ", "2026-06-30", UNKNOWN, True),
        ("ZQ", "2026-07-01", UNKNOWN, False),
        ("ZQ", None, UNKNOWN, False),
        ("kx", "2026-06-30", UNKNOWN, True),
    ],
)
def test_a_modifier_without_a_loaded_release(
    modifier: str, on: str | None, standing: Standing, sure: bool
) -> None:
    answer = modifiers.look_up(modifier, on and day(on))
    assert (answer.standing, answer.sure) == (standing, sure)


def test_modifiers_that_no_list_decides() -> None:
    assert modifiers.is_defined_by_states("U1") and modifiers.is_defined_by_states("UD")
    assert not modifiers.is_defined_by_states("UE")
    assert modifiers.is_ambulance_pair("RH") and modifiers.is_ambulance_pair("NN")
    assert not any(map(modifiers.is_ambulance_pair, ("R", "RHS", "RA", "")))


def test_a_modifier_has_a_meaning_in_our_words_where_rules_are_about_it() -> None:
    assert modifiers.meaning("KX") == "requirements of the medical policy met"
    assert [modifiers.meaning(m) for m in ("59", "A1", "ZQ")] == [None, None, None]


def test_places_and_states() -> None:
    assert all(map(is_place, ("12", "02", "10", "27", "99")))
    assert not any(map(is_place, ("00", "35", "2", "")))
    assert all(map(is_state, ("NY", "DC", "PR", "AE", "PW")))
    assert not any(map(is_state, ("ON", "XX", "ny", "")))


# --- patterns -------------------------------------------------------------------------------------
def test_an_mbi_is_judged_character_by_character() -> None:
    assert mbi_fault("1EG4TE5MK73") is None
    assert mbi_fault("9AA0AA0AA00") is None
    for at, wrong in enumerate(("0", "4", "S", "G", "1", "O", "M", "7", "3", "K", "L")):
        mbi = "1EG4TE5MK73"[:at] + wrong + "1EG4TE5MK73"[at + 1 :]
        assert (fault := mbi_fault(mbi)) and f"character {at + 1};" in fault
        assert mbi not in fault


@pytest.mark.parametrize("mbi", ["1EG4-TE5-MK73", "1eg4te5mk73", "", "１EG4TE5MK73"])
def test_what_is_no_mbi(mbi: str) -> None:
    assert mbi_fault(mbi) is not None


def test_taxonomy_and_zip_codes() -> None:
    assert taxonomy_fault("332B00000X") is None
    assert all(map(taxonomy_fault, ("332B00000", "332B000000", "332b00000X", "332B-0000X", "")))
    assert (zip_fault("12345"), zip_fault("123456789")) == (None, None)
    assert all(map(zip_fault, ("1234", "12345-6789", "1234A", "", "1234５")))
    assert zip_plus_four_fault("123456789") is None
    assert all(map(zip_plus_four_fault, ("12345", "12345678", "")))


# --- loading --------------------------------------------------------------------------------------
@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder, which need not be there yet."""
    there = tmp_path / "data"
    monkeypatch.setenv(tables.FOLDER, str(there))
    _forget()
    yield there
    _forget()


def _forget() -> None:
    tables.loaded.cache_clear()


@pytest.fixture
def codes(commands: Callable[[str], Cli]) -> Cli:
    return commands("codes")


Row = tuple[str, str, str, str]
"""A row of CMS's file: record, code, day added, last day."""
MORE = [("3", f"E{n:04}", "20010101", "") for n in range(5000)]
"""Enough invented codes and modifiers to pass for a whole release."""
MORE += [("7", f"{a}{b}", "20010101", "") for a in "MNOPQR" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
MORE += [("7", f"{a}{b}", "20010101", "") for a in "STUVWX" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
ROWS: list[Row] = [
    ("7", "KX", "20020701", ""),
    ("7", "GD", "20080101", "20191231"),
    ("3", "A4305", "19930101", "00000000"),
    ("3", "A4306", "19930101", "20261115"),
    ("3", "C9999", "20261001", ""),
    ("3", "V5364", "20010101", ""),
    ("3", "D0120", "20000101", ""),
    ("3", "99213", "20000101", ""),
    ("3", "0001U", "20000101", ""),
    ("7", "59", "20000101", ""),
    *MORE,
]


def fixed(rows: list[Row]) -> str:
    """As CMS's text has it: a first line and a continuation for each row."""
    lines = []
    for record, code, first, last in rows:
        text = f"{code:>5}00100{record}{'Words of CMS':<80}{'Words':<28}"
        lines.append(f"{text:<268}{first:<8}{first:<8}{last:<8}N")
        more = "that go on\x85"  # an ellipsis of Windows, which Python takes for the end of a line
        lines.append(f"{code:>5}00200{int(record) + 1}{more:<80}")
    return "\r\n".join(lines) + "\r\n"


def hcpcs_file(to: Path, name: str = "HCPC2026_OCT_ANWEB_v2.txt", rows: list[Row] = ROWS) -> Path:
    file = to / name
    file.write_bytes(fixed(rows).encode("latin-1"))
    return file


def hcpcs_csv(to: Path, rows: list[Row] = ROWS) -> Path:
    file = to / "HCPC2026_OCT_ANWEB.csv"
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "ADD DT", "ACT EFF DT", "TERM DT"]
        )
        for record, code, first, last in rows:
            writer.writerow(
                [f"{code:>5}", "0010", record, 'Words,\n"and" words', first, first, last]
            )
    return file


def zipped(file: Path, *others: str) -> Path:
    archive = file.with_name("october-2026-alpha-numeric-hcpcs-file.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as content:
        content.write(file, f"folder/{file.name}")
        for other in ("HCPC2026_recordlayout.txt", "proc_notes_OCT2026.txt", *others):
            content.writestr(other, "words")
    return archive


DISCLAIMERS = (
    "***Disclaimers\t\t\r\n\r\n-- Codes stay in the file for four years\r\n   after that.\r\n\r\n"
)


@pytest.mark.parametrize("name", ["HCPC2019_CONTR_ANWEB.txt", "HCPC18_CONTR_ANWEB_disc.txt"])
def test_a_file_of_a_whole_year_begins_with_disclaimers(tmp_path: Path, name: str) -> None:
    year = "2019" if "2019" in name else "2018"
    rows = [r for r in ROWS if r[1] not in ("C9999", "A4306")]
    rows.append(("3", "Q5105", f"{year}0701", ""))
    file = hcpcs_file(tmp_path, name, rows)
    file.write_bytes(DISCLAIMERS.encode() + file.read_bytes())
    made = read(file)
    assert (made.release.first, made.release.last) == (
        date(int(year), 1, 1),
        date(int(year), 3, 31),
    )
    spoilt = file.read_bytes().replace(b"A4305001003", b"A430500100X", 1)
    file.write_bytes(spoilt)
    with pytest.raises(LoadError, match="line 10: not in the layout"):
        read(file)


@pytest.mark.parametrize(("year", "codes"), [("2017", 6155), ("2018", 6205), ("2019", 6440)])
def test_the_files_of_cms_are_loaded_as_they_are(year: str, codes: int) -> None:
    archive = CORPUS.parent / "data" / "cms" / f"{year}-Alpha-Numeric-HCPCS-File.zip"
    if not archive.exists():
        pytest.skip("the files of CMS are not here")
    assert read(archive).release.rows == codes


def order_file(to: Path, name: str = "icd10cm-order-2027.txt", without: str = "") -> Path:
    """As CDC's text has it: a category, two codes of it, and enough to pass for a whole release."""
    rows = [
        ("A00", 0, "Cholera"),
        ("A000", 1, "Cholera due to this"),
        ("A009", 1, "Cholera, Unspecified"),
    ]
    rows += [(f"{a}{n:05}", 1, "Invented") for a in ascii_uppercase[1:] for n in range(2850)]
    kept = [row for row in rows if row[0] != without]
    lines = [
        f"{n:05} {c:<7} {flag} {title:<60} {title}\r\n"
        for n, (c, flag, title) in enumerate(kept, 1)
    ]
    file = to / name
    file.write_text("".join(lines), newline="")
    return file


@pytest.mark.parametrize("form", ["text", "zip", "csv"])
def test_a_release_of_hcpcs_is_loaded_and_asked(
    form: str, folder: Path, tmp_path: Path, codes: Cli
) -> None:
    file = hcpcs_csv(tmp_path) if form == "csv" else hcpcs_file(tmp_path)
    file = zipped(file, "HCPC2026_OCT_ANWEB_Transaction Report.txt") if form == "zip" else file
    ran = codes("load", file)
    assert (ran.status, ran.err) == (0, "")
    assert (
        "October 2026, for 2026-10-01 to 2026-12-31: 5,004 codes and 314 modifiers; 4 of" in ran.out
    )
    assert [f.name for f in folder.iterdir()] == ["hcpcs-2026-10-01.table"]
    assert "ords" not in tables.loaded("hcpcs")[0].text
    assert tables.loaded("hcpcs")[0].sources[0].sha256 == sha256(file.read_bytes()).hexdigest()

    release = hcpcs.release_for(day("2026-10-01"))
    assert release and (release.name, release.rows) == ("October 2026", 5004)
    assert hcpcs.release_for(day("2027-01-01")) is None
    for code, on, standing, sure in (
        ("A4305", "2026-12-31", VALID, True),
        ("A4305", "2027-01-01", VALID, False),
        ("A4305", "1992-12-31", NOT_YET, True),
        ("A4306", "2026-11-15", VALID, True),
        ("A4306", "2026-11-16", ENDED, True),
        ("A4306", "2027-06-01", ENDED, True),
        ("C9999", "2026-09-30", NOT_YET, True),
        ("C9999", "2026-10-01", VALID, True),
        ("J9999", "2026-10-01", UNKNOWN, True),
        ("J9999", "2026-09-30", VALID, False),
        ("J9999", "2027-01-01", VALID, False),
        ("A4307", "2027-01-01", UNKNOWN, False),
    ):
        answer = hcpcs.look_up(code, day(on))
        assert (code, on, answer.standing, answer.sure) == (code, on, standing, sure)


def test_a_loaded_release_decides_about_modifiers_of_level_ii_alone(
    folder: Path, tmp_path: Path, codes: Cli
) -> None:
    assert codes("load", hcpcs_file(tmp_path)).status == 0
    on = day("2026-10-01")
    assert modifiers.look_up("KX", on)[:2] == (VALID, True)
    assert modifiers.look_up("GD", on)[:2] == (ENDED, True)
    assert modifiers.look_up("ZQ", on)[:2] == (UNKNOWN, True)
    assert modifiers.look_up("59", on)[:2] == (VALID, False)
    assert modifiers.look_up("P3", on)[:2] == (VALID, False)
    assert modifiers.look_up("98", on)[:2] == (UNKNOWN, False)
    # One that the release leaves out is still known from our own list.
    assert modifiers.look_up("LU", on).standing is VALID


def test_the_release_of_the_day_answers(folder: Path, tmp_path: Path, codes: Cli) -> None:
    later = [row for row in ROWS if row[1] != "A4305"]
    assert codes("load", hcpcs_file(tmp_path)).status == 0
    assert codes("load", hcpcs_file(tmp_path, "HCPC2027_JAN_ANWEB.txt", later)).status == 0
    assert hcpcs.look_up("C9999", day("2027-01-01"))[:2] == (VALID, True)
    assert hcpcs.look_up("E5000", day("2027-01-01"))[:2] == (UNKNOWN, True)
    assert hcpcs.look_up("A4305", day("2027-01-01"))[:2] == (UNKNOWN, True)
    assert hcpcs.look_up("A4305", day("2026-12-31"))[:2] == (VALID, True)
    # Long before the oldest, that answers.
    assert hcpcs.look_up("A4305", day("2020-01-01"))[:2] == (VALID, True)


def test_a_release_of_icd_10_cm_is_loaded_and_takes_its_place(
    folder: Path, tmp_path: Path, codes: Cli
) -> None:
    ran = codes("load", order_file(tmp_path))
    assert (ran.status, ran.err) == (0, "")
    assert "FY2027, for 2026-10-01 to 2027-03-31: 71,252 billable codes and 1 categories" in ran.out
    assert [r.rows for r in icd10cm.releases()][-2:] == [74_719, 71_252]
    assert icd10cm.look_up("E119", day("2026-09-30"))[:2] == (VALID, Reach.HELD)
    assert icd10cm.look_up("E119", day("2026-10-01"))[:2] == (ENDED, Reach.HELD)
    assert icd10cm.look_up("E119")[4] == day("2026-09-30")
    assert icd10cm.look_up("B00007", day("2026-10-01"))[:2] == (VALID, Reach.HELD)
    assert icd10cm.look_up("B00007", day("2026-09-30")).standing is NOT_YET
    assert icd10cm.look_up("A00", day("2026-10-01")).standing is HEADER
    assert icd10cm.look_up("A009", day("2026-10-01")).unspecified


def test_a_newer_release_of_icd_10_cm_goes_on_from_those_that_ship(
    folder: Path, tmp_path: Path, codes: Cli
) -> None:
    file = order_file(tmp_path, "newest.txt", without="A000")
    ran = codes("load", file)
    assert (ran.status, ran.out) == (2, "")
    assert "its name does not tell the release" in ran.err and not folder.exists()
    assert codes("load", file, "--release", "2027-04-01").status == 0
    assert icd10cm.releases()[-1].name == "FY2027, April"
    assert icd10cm.look_up("A000", day("2027-03-31"))[:2] == (VALID, Reach.HELD)
    assert icd10cm.look_up("A000", day("2027-04-01"))[:2] == (ENDED, Reach.HELD)
    assert icd10cm.look_up("A009", day("2027-09-30"))[:2] == (VALID, Reach.HELD)
    assert icd10cm.look_up("A009", day("2027-10-01"))[:2] == (VALID, Reach.AFTER)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("HCPC2026_JUL_ANWEB_06172026.txt", "2026-07-01"),
        ("january-2027-alpha-numeric-hcpcs-file.txt", "2027-01-01"),
        ("HCPC2026_APR_ANWEB.txt", "2026-04-01"),
    ],
)
def test_the_quarter_is_in_the_name(name: str, first: str, tmp_path: Path) -> None:
    rows = [row for row in ROWS if row[1] != "C9999"]
    assert read(hcpcs_file(tmp_path, name, rows)).release.first == day(first)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("icd10cm_order_2028.txt", "2027-10-01"),
        ("icd10cm-order-April-2027.txt", "2027-04-01"),
    ],
)
def test_the_fiscal_year_is_in_the_name(name: str, first: str, tmp_path: Path) -> None:
    assert read(order_file(tmp_path, name)).release.first == day(first)


def changed(rows: list[Row], at: int, row: Row) -> list[Row]:
    return [*rows[:at], row, *rows[at + 1 :]]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (ROWS[:3], "expected a whole release"),
        ([row for row in ROWS if row[1] != "V5364"], "expected a whole release"),
        (changed(ROWS, 2, ("3", "A43 5", "19930101", "")), "line 5: not a code of HCPCS"),
        (changed(ROWS, 2, ("3", "A4306", "19930101", "")), "line 7: not a code of HCPCS"),
        (changed(ROWS, 2, ("3", "A4305", "1993-01-", "")), "line 5: expected days as YYYYMMDD"),
        (changed(ROWS, 2, ("3", "A4305", "19930101", "20261340")), "line 5: expected days"),
        (changed(ROWS, 2, ("5", "A4305", "19930101", "")), "line 5: not in the layout"),
        (changed(ROWS, 2, ("3", "A4305", "20270101", "")), "after the quarter from 2026-10-01"),
    ],
)
def test_a_file_of_hcpcs_that_is_not_right_is_refused(
    rows: list[Row], told: str, folder: Path, tmp_path: Path, codes: Cli
) -> None:
    ran = codes("load", hcpcs_file(tmp_path, rows=rows))
    assert (ran.status, ran.out) == (2, "")
    assert told in ran.err and not folder.exists()


def test_a_workbook_with_changed_days_is_refused(folder: Path, tmp_path: Path, codes: Cli) -> None:
    rows = changed(ROWS, 0, ("7", "KX", "7/1/2002", ""))
    assert "expected days as YYYYMMDD" in codes("load", hcpcs_csv(tmp_path, rows)).err
    rows = changed(ROWS, 0, ("x", "KX", "20020701", ""))
    assert "not a row of CMS's HCPCS workbook" in codes("load", hcpcs_csv(tmp_path, rows)).err
    assert not folder.exists()


def test_a_truncated_order_file_is_refused(folder: Path, tmp_path: Path, codes: Cli) -> None:
    file = order_file(tmp_path)
    whole = file.read_text()
    for content, told in (
        (whole[: len(whole) // 2], "expected a whole release"),
        (whole[: whole.index(" Z")], "not in the layout"),
        (whole[: whole.index(" Z") - 5], "expected a whole release"),
        (whole + whole[:200], "a code appears twice"),
    ):
        file.write_text(content)
        ran = codes("load", file)
        assert (ran.status, told in ran.err) == (2, True), ran.err
    assert not folder.exists()


def test_another_file_is_refused_without_a_word_of_it(
    folder: Path, tmp_path: Path, codes: Cli
) -> None:
    for name in ("claim.837", "empty.txt", "broken.zip", "other.zip"):
        file = tmp_path / name
        if name == "claim.837":
            file.write_bytes((FIXTURES / "valid" / "minimal.837").read_bytes())
        elif name == "other.zip":
            with zipfile.ZipFile(file, "w") as archive:
                archive.writestr("words.txt", "words")
        else:
            file.write_bytes(b"PK\x03\x04" if name == "broken.zip" else b"")
        ran = codes("load", file)
        assert (ran.status, ran.out) == (2, "")
        assert "expected CMS's quarterly HCPCS file" in ran.err
        assert "ISA" not in ran.err and "Traceback" not in ran.err
    assert not folder.exists()


def test_a_damaged_or_encrypted_zip_is_told(folder: Path, tmp_path: Path, codes: Cli) -> None:
    file = zipped(hcpcs_file(tmp_path))
    content = bytearray(file.read_bytes())
    content[200:260] = bytes(60)
    file.write_bytes(content)
    assert "the zip is damaged or encrypted" in codes("load", file).err
    assert not folder.exists()


def test_a_zip_of_two_releases_is_told(folder: Path, tmp_path: Path, codes: Cli) -> None:
    file = zipped(hcpcs_file(tmp_path), "HCPC2026_JUL_ANWEB.txt")
    assert "holds 2 of them; unpack it" in codes("load", file).err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["load"], "edi-lint codes load takes a FILE"),
        (["--release", "2026-10-01"], "edi-lint codes load takes a FILE"),
        (["load", "{file}", "--release", "2026-10-02"], "not on 2026-10-02"),
        (["load", "{file}", "--release", "2026-11-01"], "releases begin on 01-01, 04-01"),
        (["load", "{file}", "--release", "October"], "expected a day as YYYY-MM-DD"),
        (["load", "/no/such/file"], "cannot be read"),
        (["lod", "{file}"], "lod"),
    ],
)
def test_a_wrong_call_is_told(
    arguments: list[str], told: str, folder: Path, tmp_path: Path, codes: Cli
) -> None:
    file = str(hcpcs_file(tmp_path))
    ran = codes(*(argument.replace("{file}", file) for argument in arguments))
    assert (ran.status, ran.out, told in ran.err) == (2, "", True), ran.err
    assert not folder.exists()


def test_loading_again_replaces(folder: Path, tmp_path: Path, codes: Cli) -> None:
    assert codes("load", hcpcs_file(tmp_path)).status == 0
    rows = changed(ROWS, 2, ("3", "A4304", "19930101", ""))
    assert codes("load", hcpcs_file(tmp_path, rows=rows)).status == 0
    assert [f.name for f in folder.iterdir()] == ["hcpcs-2026-10-01.table"]
    assert hcpcs.look_up("A4304", day("2026-10-01"))[:2] == (VALID, True)


@pytest.mark.parametrize("damage", ["empty", "text", "cut"])
def test_a_damaged_table_is_told_with_its_remedy(
    damage: str, folder: Path, tmp_path: Path, codes: Cli
) -> None:
    assert codes("load", hcpcs_file(tmp_path)).status == 0
    file = folder / "hcpcs-2026-10-01.table"
    content = file.read_bytes()
    file.write_bytes({"empty": b"", "text": b"[]\n", "cut": content[: len(content) // 2]}[damage])
    _forget()
    with pytest.raises(tables.TableError, match="load the release again"):
        hcpcs.look_up("A4305", day("2026-10-01"))


def test_the_data_folder_follows_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tables.FOLDER)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    assert tables.data_folder() == Path("/elsewhere/edi-lint")
    for unset in ("", "relative"):
        monkeypatch.setenv("XDG_DATA_HOME", unset)
        assert tables.data_folder() == Path("/home/somebody/.local/share/edi-lint")


def test_a_user_without_a_home_can_look_up_and_is_told_when_loading(
    folder: Path, tmp_path: Path, codes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(tables.FOLDER)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", nowhere)
    assert icd10cm.look_up("E119", day("2026-05-01")).standing is VALID
    ran = codes("load", hcpcs_file(tmp_path))
    assert (ran.status, "name a folder with EDI_LINT_DATA" in ran.err) == (2, True)


# --- the command ----------------------------------------------------------------------------------
def test_codes_lists_every_table_with_rows_releases_and_hashes(folder: Path, codes: Cli) -> None:
    ran = codes()
    assert (ran.status, ran.err) == (0, "")
    for kind in KINDS:
        table = tables.shipped(kind)
        assert f"{kind}: {table.title}, {table.rows:,} rows" in ran.out
        assert f"sha256 {table.sha256}" in ran.out
        assert all(f"from {s.name}\n    sha256 {s.sha256}" in ran.out for s in table.sources)
    assert "FY2026: 74,719 codes, 2025-10-01 to 2026-09-30" in ran.out
    assert f"nothing loaded in {folder}" in ran.out


def test_codes_lists_what_was_loaded(folder: Path, tmp_path: Path, codes: Cli) -> None:
    assert codes("load", hcpcs_file(tmp_path)).status == 0
    ran = codes()
    assert f"loaded, in {folder}:" in ran.out
    assert "October 2026: 5,004 codes, 2026-10-01 to 2026-12-31" in ran.out
    (folder / "hcpcs-2026-10-01.table").write_bytes(b"")
    _forget()
    ran = codes()
    assert (ran.status, ran.out) == (2, "") and "load the release again" in ran.err


def test_a_read_only_folder_is_told(
    folder: Path, tmp_path: Path, codes: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(tables.FOLDER, str(tmp_path / "file"))
    ran = codes("load", hcpcs_file(tmp_path))
    assert (ran.status, "cannot be made" in ran.err) == (2, True)


def test_an_error_of_reading_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("words\n")
    with pytest.raises(LoadError, match=r"words\.txt: expected"):
        read(file)


# --- looking codes up -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "on", "words", "is_good"),
    [
        ("A4306", None, "HCPCS Level II: listed; valid from 1993-01-01", True),
        ("A4306", "1992-12-31", "HCPCS Level II: not valid yet; valid from 1993-01-01", False),
        ("J2795", None, "whether it ended after 2019 is not known without a release", True),
        ("A4466", "2026-06-05", "no longer valid; valid from 2010-01-01 to 2016-12-31", False),
        ("A9998", None, "not listed from 2017-01-01 to 2026-09-30", False),
        ("A9998", "2026-09-30", "HCPCS Level II: not listed", False),
        ("A9999", None, "not otherwise classified", True),
        ("GY", None, "modifier: listed; valid from 2002-01-01", True),
        ("M54.50", None, "its title says unspecified", True),
        ("M545", None, "valid to 2021-09-30", True),
        ("M54", None, "not billable: a category that has longer codes", False),
        ("R52", None, "a symptom", True),
        ("99213", None, "CPT: not held", True),
        ("D0120", None, "CDT: not held", True),
        ("12", None, "place of service: listed", True),
        ("OH", None, "state: listed", True),
        ("@@", None, "has this form", False),
    ],
)
def test_a_code_is_looked_up(
    codes: Cli, asked: str, on: str | None, words: str, is_good: bool
) -> None:
    ran = codes(*(("--on", on) if on else ()), asked)
    assert ran.out.startswith(f"{asked}\n  ")
    assert words in ran.out
    assert (ran.status, ran.err) == (0 if is_good else 1, "")


@pytest.mark.usefixtures("folder")
def test_a_workbook_alone_is_loaded(codes: Cli, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["***Disclaimers"])
    book.active.append([])
    book.active.append(["HCPC", "SEQNUM", "RECID", "ADD DT", "TERM DT"])
    rows = [(f"{letter}{n:04}", "3") for letter in "AJV" for n in range(1, 1800)]
    rows += [(f"   {a}{b}", "7") for a in "ABCEFGHJKLMNPQ" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    for code, record in rows:
        book.active.append([code, "0010", record, "20200101", None])
    book.active.append(["A0001", "0020", "4", None, None])
    path = tmp_path / "HCPC2027_JAN_ANWEB.xlsx"
    book.save(path)
    ran = codes("load", path)
    assert (ran.status, ran.err) == (0, "")
    assert "January 2027, for 2027-01-01 to 2027-03-31: 5,397 codes and 364 modifiers" in ran.out
    assert hcpcs.look_up("J0001", day("2027-02-01")).sure
    damaged = tmp_path / "HCPC2027_APR_ANWEB.xlsx"
    data = path.read_bytes()
    damaged.write_bytes(data[: len(data) // 2] + bytes(40) + data[len(data) // 2 + 40 :])
    ran = codes("load", damaged)
    assert ran.status == 2
    assert "Traceback" not in ran.err
