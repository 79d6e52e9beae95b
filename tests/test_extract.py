"""`edi-lint extract`: the service lines with given codes, in every format, with and without PHI."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conftest import FIXTURES, ROOT, Cli
from edi_lint.claims import Claim
from edi_lint.engine import Block
from edi_lint.files import resources
from edi_lint.findings.masking import Phi
from edi_lint.reporters import lines_csv, lines_jsonl, lines_table
from edi_lint.transform.extract import DocumentationReference, ExtractedLine, extract
from edi_lint.x12 import NotX12Error

VALID = FIXTURES / "valid"
OUTBOUND = ROOT / "examples" / "outbound.837"
NOTE = "ROPIVACAINE 0.2 PCT 5 ML/HR 60 HR PER ORDER, DRUG TRIAL SEE RECORDS"


@pytest.fixture
def cli(commands: Callable[[str], Cli]) -> Cli:
    return commands("extract")


def only(source: Path | bytes, *codes: str, phi: Phi = Phi.IDS) -> ExtractedLine:
    (line,) = extract(source, codes or None, phi=phi)
    return line


def changed(old: str, new: str, source: Path = VALID / "minimal.837") -> bytes:
    data = source.read_bytes()
    assert data.count(old.encode()) == 1, old
    return data.replace(old.encode(), new.encode())


def labels(line: ExtractedLine) -> list[str]:
    return [f"{d.what} {d.level}" for d in line.documentation]


def rendered(source: Path | bytes, format_: str, phi: Phi) -> str:
    lines = extract(source, phi=phi, path="a.837")
    if format_ == "csv":
        return "".join(lines_csv.render(lines, phi))
    if format_ == "jsonl":
        return "".join(lines_jsonl.render(lines, phi))
    return "".join(lines_table.render(lines, phi, 400, colour=False))


# what a line holds


def test_every_column_of_a_medicare_line() -> None:
    path = VALID / "medicare-gy.837"
    data = path.read_bytes()
    start, end = data.index(b"LX*1~"), data.index(b"~\nSE*")
    assert only(path) == ExtractedLine(
        file=str(path),
        claim="HI-10005",
        position="0001/1",
        line="1",
        payer="MEDICARE DME REGION B",
        payer_id="MDCRB",
        filing_indicator="MB",
        frequency="1",
        code="A4306",
        modifiers=("GY",),
        units=Decimal(1),
        unit_basis="UN",
        charge=Decimal(395),
        first_date=date(2026, 6, 3),
        last_date=date(2026, 6, 3),
        place_of_service="12",
        diagnoses=("G893", "C7951"),
        documentation=(
            DocumentationReference("PWK", "B3/FX", "line", data.index(b"PWK*B3")),
            DocumentationReference("NTE", "ADD", "line", data.index(b"NTE*ADD")),
        ),
        prior_authorization=None,
        ordering_provider_npi="1001299324",
        byte_start=start,
        byte_end=end,
    )


def test_the_protected_columns_of_a_medicare_line() -> None:
    line = only(VALID / "medicare-gy.837", phi=Phi.ALL)
    assert (line.patient_name, line.member_id) == ("HALVORSTEN, INGRID M", "4XK8RT2WN56")
    assert (line.birth_date, line.prior_authorization_numbers) == (date(1948, 5, 17), ())
    assert [d.value for d in line.documentation] == [
        "HI10005B3",
        "MORPHINE 2 ML/HR 72 HR PER ORDER, ORAL OPIOIDS FAILED",
    ]


# Claim, place in its set, line, payer, filing indicator, frequency, modifiers, units, charge,
# dates, diagnoses, where an authorization stands, ordering provider. All at place of service 12.
MANY: list[tuple[str, ...]] = [
    ("HI-30001", "0001/1", "2", "LKSH1", "CI", "1", "", "1", "385", "2026-06-15", "2026-06-15", "G8918:M75121", "claim", "1002167124"),
    ("HI-30003", "0001/3", "1", "NGBL2", "BL", "1", "SC", "1", "410", "2026-06-16", "2026-06-16", "G8918:K4090", "line", "1002167124"),
    ("HI-30004", "0001/4", "1", "NGBL2", "BL", "8", "", "1", "410", "2026-05-18", "2026-05-18", "G8918", "", "1002167124"),
    ("HI-30005", "0002/1", "1", "OVMCD", "MC", "1", "", "1", "370", "2026-06-10", "2026-06-10", "G8928:M5416", "claim", "1001299324"),
    ("HI-30006", "0002/2", "1", "USEST", "CH", "1", "", "2", "760", "2026-06-08", "2026-06-11", "G90521:G894:M5416", "", "1001299324"),
    ("HI-30007", "0002/3", "1", "KYCAS", "WC", "1", "", "1", "398", "2026-06-12", "2026-06-12", "G8918:M75121", "", "1002167124"),
    ("HI-30008", "0001/1", "1", "LKSH1", "CI", "1", "GY", "1", "395", "2026-05-11", "2026-05-11", "G893:C7951", "line", "1001299324"),
    ("HI-30009", "0001/2", "1", "MDCRB", "MB", "1", "GX:GY", "1", "395", "2026-05-19", "2026-05-19", "G8918:Z96651", "", "1002167124"),
]  # fmt: skip


def test_every_line_of_a_file_with_several_groups_and_sets() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered(VALID / "many.837", "csv", Phi.IDS))))
    columns = [
        "claim",
        "position",
        "line",
        "payer_id",
        "claim_filing_indicator",
        "frequency",
        "modifiers",
        "units",
        "charge",
        "first_date",
        "last_date",
        "diagnoses",
        "prior_authorization",
        "ordering_provider_npi",
    ]
    assert [tuple(row[c] for c in columns) for row in rows] == MANY
    assert {(r["code"], r["unit_basis"], r["place_of_service"]) for r in rows} == {
        ("A4306", "UN", "12")
    }


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("HI-30001", ["PWK B3/FX claim", "PWK OB/EL claim", "REF 9F claim", "REF G1 claim", "REF EA claim", "NTE ADD claim", "NTE ADD line"]),
        ("HI-30003", ["PWK OD/EL line", "DTP 471 line", "REF G1 line", "NTE ADD line", "NTE TPO line"]),
        ("HI-30004", ["PWK B3/FX claim", "NTE ADD line"]),
        ("HI-30005", ["PWK M1/BM claim", "REF G1 claim", "NTE ADD line"]),
        ("HI-30008", ["PWK EB/EL claim", "PWK B3/EL claim", "REF G1 line", "REF G1/2U line", "NTE ADD line"]),
    ],
)  # fmt: skip
def test_documentation_is_listed_in_file_order_with_its_level(
    claim: str, expected: list[str]
) -> None:
    line = next(x for x in extract(VALID / "many.837") if x.claim == claim)
    assert labels(line) == expected


def test_certificate_segments_of_equipment_are_documentation() -> None:
    line = only(VALID / "certificate.837", "E0431")
    assert (line.modifiers, line.charge) == (("RR",), Decimal(180))
    assert labels(line) == [
        "PWK CT/AD line",
        "CR3 line",
        "CRC 09 line",
        "DTP 463 line",
        "DTP 461 line",
        "LQ UT line",
    ]


def test_a_description_is_documentation_and_its_text_protected() -> None:
    data = changed("SV1*HC:A4306*", "SV1*HC:A4306:::::PAIN PUMP*")
    line = only(data)
    (described,) = [d for d in line.documentation if d.qualifier == "SV101-7"]
    assert (described.what, described.level) == ("description (SV101-7)", "line")
    assert data[described.byte_start :].startswith(b"PAIN PUMP*")
    assert described.value is None
    assert "PAIN PUMP" in [d.value for d in only(data, phi=Phi.ALL).documentation]


def test_a_line_beside_its_drug() -> None:
    device = only(VALID / "drug-lin.837")
    assert (device.line, device.charge, device.diagnoses) == ("2", Decimal(385), ("G8918",))
    assert labels(device) == ["PWK OD/FX claim", "NTE ADD line"]
    drug = only(VALID / "drug-lin.837", "J2795")
    assert (drug.line, drug.units, str(drug.charge)) == ("1", Decimal(600), "247.4")
    assert drug.ordering_provider_npi == "1002167124"


def test_a_dependent_has_its_own_name_and_the_subscribers_member_id() -> None:
    line = only(VALID / "dependent.837", phi=Phi.ALL)
    assert (line.claim, line.payer, line.filing_indicator) == ("HI-10002", "NORTHGATE BLUE", "BL")
    assert (line.patient_name, line.member_id) == ("FENWRIGHT, SUNNIVA", "NGB440917265")
    assert line.birth_date == date(2007, 11, 30)
    assert (line.prior_authorization, line.prior_authorization_numbers) == (
        "claim",
        ("NGA5530271",),
    )
    assert labels(line) == ["REF G1 claim", "PWK OB/EL line", "NTE ADD line"]


def test_the_payer_is_the_destination_payer_and_not_the_other_one() -> None:
    line = only(VALID / "cob.837", phi=Phi.ALL)
    assert (line.payer, line.payer_id) == ("LAKESHORE MUTUAL HEALTH", "LKSH1")
    assert (line.filing_indicator, line.member_id) == ("CI", "LKH660381127")
    assert (line.charge, line.diagnoses) == (Decimal(400), ("G8918", "Z96651"))
    data = (VALID / "cob.837").read_bytes()
    assert data[line.byte_start : line.byte_end].endswith(b"~\nDTP*573*D8*20260706")


def test_an_authorization_of_another_payer_does_not_hide_the_claims() -> None:
    data = (VALID / "replacement.837").read_bytes()
    data = data.replace(b"REF*6R*HI10006L1~", b"REF*G1*OTHER1**2U:NGBL2~\nREF*6R*HI10006L1~")
    line = only(data, phi=Phi.ALL)
    assert line.frequency == "7"
    assert (line.prior_authorization, line.prior_authorization_numbers) == ("claim", ("PA4471966",))
    assert "REF G1/2U line" in labels(line)


def test_delimiters_may_be_any_byte() -> None:
    line, usual = only(VALID / "odd-delimiters.837"), only(VALID / "minimal.837")
    same = [
        "claim",
        "position",
        "line",
        "payer",
        "payer_id",
        "filing_indicator",
        "frequency",
        "code",
        "modifiers",
        "units",
        "charge",
        "first_date",
        "last_date",
        "place_of_service",
        "diagnoses",
        "ordering_provider_npi",
    ]
    assert [getattr(line, n) for n in same] == [getattr(usual, n) for n in same]
    assert labels(line) == labels(usual) == ["PWK B3/FX claim", "NTE ADD line"]
    assert (line.claim, line.diagnoses) == ("HI-10001", ("G8918", "M75121"))


def test_the_older_guide_is_read_too() -> None:
    line = only(VALID / "4010.837", phi=Phi.ALL)
    assert (line.claim, line.position, line.charge) == ("HI-04001", "0001/1", Decimal(350))
    assert (line.payer, line.place_of_service) == ("LAKESHORE MUTUAL HEALTH", "12")
    assert (line.first_date, line.diagnoses) == (date(2011, 6, 15), ("33818",))
    assert (line.ordering_provider_npi, labels(line)) == ("", ["PWK B3/FX claim"])
    assert (line.patient_name, line.member_id) == ("OKONMARA, MIRELA T", "LKH770214903")


def test_the_lines_of_the_example() -> None:
    found = [
        (x.claim, x.line, ":".join(x.modifiers), str(x.charge), x.frequency, x.diagnoses, labels(x))
        for x in extract(OUTBOUND)
    ]
    assert found == [
        ("HI-26-0611", "1", "", "385", "1", ("G8918", "M75121"), ["PWK B3/FX claim", "REF G1 claim", "NTE ADD line"]),
        ("HI-26-0612", "1", "KX:GY", "395", "1", ("G893", "C7951"), []),
        ("HI-26-0613", "1", "GY", "395", "7", ("G8918", "Z96651"), ["PWK B3/FX line", "NTE ADD line"]),
        ("HI-26-0614", "1", "SC:SC", "415", "1", ("G8918",), ["PWK OB/EL claim", "NTE ADD line"]),
        ("HI-26-0615", "1", "", "405", "1", ("G8918", "Z96651"), ["PWK B3/FX claim", "REF G1 claim", "NTE ADD line"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [*sorted(VALID.glob("*.837")), OUTBOUND, FIXTURES / "faulty" / "missing-clm.837"],
    ids=lambda p: p.name,
)
def test_a_byte_range_is_one_line_from_its_lx_on(path: Path) -> None:
    data = path.read_bytes()
    codes = ["A4306", "A4223", "A4452", "J2795", "E0431", "99213", "99214", "72148"]
    ranges = [(x.byte_start, x.byte_end) for x in extract(path, codes)]
    assert ranges
    for start, end in ranges:
        isa = data.rindex(b"ISA", 0, start)
        element, terminator = data[isa + 3 : isa + 4], data[isa + 105 : isa + 106]
        segments = [s.strip(b"\r\n") for s in data[start:end].split(terminator)]
        assert [s.split(element)[0] for s in segments][:2] == [b"LX", b"SV1"]
        assert sum(s.startswith(b"LX" + element) for s in segments) == 1
        assert data[end : end + 1] == terminator
        following = data[end + 1 :].lstrip(b"\r\n").split(element)[0]
        assert following in (b"LX", b"CLM", b"HL", b"SE")


# codes


def test_codes_are_found_whatever_their_case() -> None:
    assert only(FIXTURES / "faulty" / "lower-case-hcpcs.837").code == "a4306"
    assert [x.code for x in extract(OUTBOUND, ["a4223", "a4452"])] == ["A4223", "A4452", "A4223"]


def test_only_the_procedure_counts_and_not_the_bytes_elsewhere() -> None:
    data = changed("DRUG TRIAL SEE RECORDS", "SEE A4223 TOO")
    assert list(extract(data, ["A4223"])) == []


def test_a_code_broken_over_two_lines_is_found() -> None:
    assert only(changed("HC:A4306", "HC:A4\r\n306")).code == "A4306"


def test_claims_without_the_code_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[Block] = []

    def counted(block: Block) -> Claim:
        built.append(block)
        return Claim(block)

    monkeypatch.setattr("edi_lint.claims.parts.Claim", counted)
    assert len(list(extract(VALID / "many.837"))) == len(built) == 8


def test_lines_come_while_the_input_is_still_being_read() -> None:
    data = (VALID / "three-claims.837").read_bytes() * 300
    stream = io.BytesIO(data)
    next(extract(stream))
    assert stream.tell() < len(data)


# faulty input


def test_a_line_without_a_clm_has_an_empty_claim() -> None:
    line = only(FIXTURES / "faulty" / "missing-clm.837")
    assert (line.claim, line.frequency, line.code) == ("", "", "A4306")
    assert (line.position, line.charge) == ("0001/1", Decimal(385))


@pytest.mark.parametrize("day", ["20261399", "FENWRIGHT", "", "2026-06-0"])
def test_a_malformed_date_is_empty(day: str) -> None:
    data = changed("DTP*472*D8*20260605", f"DTP*472*D8*{day}")
    line = only(data)
    assert (line.first_date, line.last_date) == (None, None)
    assert day == "" or day not in rendered(data, "csv", Phi.IDS)


@pytest.mark.parametrize("charge", ["", "ABC", "1_0", "NaN"])
def test_a_charge_that_is_no_number_is_empty(charge: str) -> None:
    assert only(changed("A4306*385*UN", f"A4306*{charge}*UN")).charge is None


def test_amounts_keep_the_digits_of_the_file() -> None:
    data = changed("A4306*385*UN*1*", "A4306*385.00*UN*1.50*")
    record = json.loads(rendered(data, "jsonl", Phi.IDS))
    assert (record["charge"], record["units"]) == ("385.00", "1.50")


@pytest.mark.parametrize("source", [b"", b"no X12", FIXTURES / "other" / "not-x12.txt"])
def test_what_is_no_x12_raises(source: Path | bytes) -> None:
    with pytest.raises(NotX12Error):
        list(extract(source))


# privacy


def protected(data: bytes) -> Iterator[str]:
    """Every name, address, identifier, birth date, note and number of a file that is protected."""
    element, terminator = data[3:4].decode("latin-1"), data[105:106].decode("latin-1")
    for text in data.decode("latin-1").split(terminator):
        tag, *values = text.strip("\r\n").split(element)
        if tag == "NM1" and values[0] != "PR":
            yield from values[2:5]
            yield values[8] if len(values) > 8 and values[7] != "XX" else ""
        elif tag in ("N3", "N4", "PER", "K3", "FRM"):
            yield from values
        elif tag == "NTE":
            yield from re.findall(r"[A-Z]{6,}", values[1])
        elif tag == "DMG":
            yield values[1]
            yield f"{values[1][:4]}-{values[1][4:6]}-{values[1][6:]}"
        elif tag == "REF" and values[0] not in ("2U", "F8", "87"):
            yield values[1]
        elif tag == "PWK" and len(values) > 5:
            yield values[5]
        elif tag == "SBR":
            yield from values[2:4]


FORMATS = ("table", "csv", "jsonl")
SHOWN = [*sorted(VALID.glob("*.837")), OUTBOUND]


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("path", SHOWN, ids=lambda p: p.name)
def test_nothing_protected_is_shown_unasked(path: Path, format_: str) -> None:
    data = path.read_bytes()
    secrets = {s for s in protected(data) if len(s) > 3}
    assert len(secrets) > 10
    for phi in (Phi.IDS, Phi.NONE):
        text = rendered(data, format_, phi)
        assert [s for s in secrets if s in text] == []


@pytest.mark.parametrize("format_", FORMATS)
def test_claim_numbers_are_withheld_with_none(format_: str) -> None:
    assert "HI-30009" in rendered(VALID / "many.837", format_, Phi.IDS)
    text = rendered(VALID / "many.837", format_, Phi.NONE)
    assert "HI-300" not in text
    assert "0002/3" in text


@pytest.mark.parametrize("format_", FORMATS)
def test_everything_is_shown_when_asked_for(format_: str) -> None:
    text = " ".join(rendered(VALID / "replacement.837", format_, Phi.ALL).split())
    for value in ("QUILLORAN, BASTIEN", "LKH902266418", "1981-09-26", "HI10006B3", "PA4471966"):
        assert value in text
    assert NOTE in text or format_ == "table"
    assert "ROPIVACAINE" in text


def test_what_does_not_look_like_a_code_is_masked() -> None:
    data = changed("SV1*HC:A4306*", "SV1*HC:A4306:DRUMGOLE PETRA*")
    data = data.replace(b"XX*1002167124", b"XX*123456789").replace(b"LX*1~", b"LX*PETRA~")
    line = only(data)
    assert line.modifiers == ("x" * len("DRUMGOLE PETRA"),)
    assert (line.ordering_provider_npi, line.line) == ("x" * 9, "x" * 5)
    assert only(data, phi=Phi.ALL).modifiers == ("DRUMGOLE PETRA",)


def test_a_person_in_the_payers_place_is_masked() -> None:
    data = changed("NM1*PR*2*LAKESHORE MUTUAL HEALTH*****PI*", "NM1*PR*1*DRUMGOLE*****MI*")
    assert (only(data).payer, only(data).payer_id) == ("x" * 8, "x" * 5)


# formats


@pytest.mark.parametrize("phi", Phi)
def test_json_lines_follow_their_schema(phi: Phi) -> None:
    schema = json.loads(resources.schema("extract.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    files = [*SHOWN, *sorted((FIXTURES / "faulty").glob("*.837"))]
    records: list[dict[str, Any]] = [
        json.loads(text)
        for path in files
        for text in lines_jsonl.render(extract(path, ["A4306", "E0431", "J2795"], phi=phi), phi)
    ]
    assert len(records) > 50
    for record in records:
        validator.validate(record)
        assert record.keys() <= schema["properties"].keys()
    assert ("patient_name" in records[0]) == (phi is Phi.ALL)
    assert all("value" in d for r in records for d in r["documentation"]) == (phi is Phi.ALL)


def test_json_lines_hold_lists_and_byte_offsets() -> None:
    record = json.loads(rendered(VALID / "medicare-gy.837", "jsonl", Phi.IDS))
    data = (VALID / "medicare-gy.837").read_bytes()
    assert (record["file"], record["modifiers"]) == ("a.837", ["GY"])
    assert record["documentation"][0] == {
        "segment": "PWK",
        "qualifier": "B3/FX",
        "level": "line",
        "byte_start": data.index(b"PWK*B3"),
    }


def test_csv_joins_lists() -> None:
    rows = list(csv.DictReader(io.StringIO(rendered(VALID / "many.837", "csv", Phi.ALL))))
    assert rows[1]["documentation"] == (
        "PWK OD/EL line; DTP 471 line; REF G1 line; NTE ADD line; NTE TPO line"
    )
    assert rows[1]["reference_numbers"] == "G1 NGA5530399"
    assert rows[0]["attachment_control_numbers"] == "HI30001B3; HI30001OB"
    assert rows[6]["reference_numbers"] == "G1 PA4472204; G1/2U AUTH55120"
    assert rows[6]["prior_authorization_numbers"] == "PA4472204"
    assert rows[1]["notes"].endswith("RECORDS; REVIEWED BY CLEARBRIDGE")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_text_in_csv_is_never_a_formula(start: str) -> None:
    data = changed("CLM*HI-10001*", f"CLM*{start}CMD*").replace(b"A4306*385*", b"A4306*-385*")
    data = data.replace(b"LAKESHORE MUTUAL", start.encode() + b"LAKESHORE MUTUAL")
    data = data.replace(b"IL*1*OKONMARA", b"IL*1*" + start.encode() + b"OKONMARA")
    (row,) = csv.DictReader(io.StringIO(rendered(data, "csv", Phi.ALL)))
    assert row["claim"] == f"'{start}CMD"
    assert row["payer"] == f"'{start}LAKESHORE MUTUAL HEALTH"
    assert row["patient_name"] == f"'{start}OKONMARA, MIRELA T"
    assert row["charge"] == "-385"


@pytest.mark.parametrize("width", [30, 80, 100, 140, 200])
@pytest.mark.parametrize("phi", Phi)
def test_a_table_never_passes_its_width(width: int, phi: Phi) -> None:
    lines = extract(VALID / "many.837", phi=phi, path="a.837")
    text = "".join(lines_table.render(lines, phi, width, colour=False))
    assert max(map(len, text.splitlines())) <= width
    assert "A4306" in text


def test_a_table_of_80_columns() -> None:
    lines = list(extract(OUTBOUND, path="out.837"))
    text = "".join(lines_table.render([lines[1], lines[4]], Phi.IDS, 80, colour=False))
    assert text == (
        "Claim       Line  Filing  Code         Charge  Date        Documentation\n"
        "──────────  ────  ──────  ───────────  ──────  ──────────  ─────────────────────\n"
        "out.837\n"
        "HI-26-0612     1  MB      A4306:KX:GY     395  2026-06-16  none\n"
        "HI-26-0615     1  CI      A4306           405  2026-06-18  claim: PWK B3/FX,\n"
        "                                                             REF G1\n"
        "                                                           line: NTE ADD\n"
        "\n"
        "2 service lines. No room in 80 columns for Payer, Freq, Units, POS, Diagnoses,\n"
        "Auth, Ordering NPI, Bytes; --format csv has them.\n"
    )


def test_a_table_keeps_its_columns_past_the_lines_it_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines_table, "MEASURED", 1)
    text = rendered(VALID / "many.837", "table", Phi.IDS)
    assert [t.index("A4306") for t in text.splitlines() if "A4306" in t] == [
        text.splitlines()[0].index("Code")
    ] * 8


def test_a_table_is_safe_for_a_terminal() -> None:
    text = rendered(changed("CLM*HI-10001*", "CLM*[red]\x1b[31mX*"), "table", Phi.IDS)
    assert "[red]·[31mX" in text
    assert "\x1b" not in text


# the command


def test_the_default_is_csv_where_there_is_no_terminal(cli: Cli) -> None:
    ran = cli(VALID / "minimal.837")
    assert (ran.status, ran.err) == (0, "")
    (row,) = csv.DictReader(io.StringIO(ran.out))
    assert (row["file"], row["claim"]) == (str(VALID / "minimal.837"), "HI-10001")


@pytest.mark.parametrize("no_color", [False, True])
def test_the_default_is_a_table_on_a_terminal(no_color: bool) -> None:
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    environment.pop("NO_COLOR", None)
    if no_color:
        environment["NO_COLOR"] = "1"
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "edi_lint", "extract", str(VALID / "minimal.837")]
    subprocess.run(command, stdout=end, env=environment, check=True)
    os.close(end)
    text = os.read(terminal, 65536).decode()
    os.close(terminal)
    assert "Documentation" in text
    assert ("\x1b[" in text) != no_color


def test_other_codes_replace_the_default(cli: Cli) -> None:
    ran = cli(VALID / "many.837", "--hcpcs", "a4223", "--hcpcs", "J2795", "--format", "jsonl")
    assert [json.loads(t)["code"] for t in ran.out.splitlines()] == ["J2795", "A4223"]


def test_several_codes_in_one_option_are_refused(cli: Cli) -> None:
    ran = cli(VALID / "many.837", "--hcpcs", "A4223,J2795")
    assert ran.status == 2
    assert "several times" in ran.err


def test_standard_input_is_a_dash(cli: Cli) -> None:
    ran = cli("-", "--format", "jsonl", stdin=(VALID / "minimal.837").read_bytes())
    assert (ran.status, json.loads(ran.out)["file"]) == (0, "-")


def test_a_folder_and_a_glob(cli: Cli) -> None:
    by_folder = cli(VALID, "--format", "csv")
    assert by_folder.status == 0
    assert cli(f"{VALID}/*.837", "--format", "csv").out == by_folder.out
    assert len(by_folder.out.splitlines()) == 1 + sum(len(list(extract(p))) for p in SHOWN[:-1])


def test_an_input_that_cannot_be_read_does_not_stop_the_others(cli: Cli, tmp_path: Path) -> None:
    missing, text = tmp_path / "missing.837", FIXTURES / "other" / "not-x12.txt"
    ran = cli(missing, text, VALID / "minimal.837", "--format", "jsonl")
    assert ran.status == 2
    assert [json.loads(t)["claim"] for t in ran.out.splitlines()] == ["HI-10001"]
    first, second = ran.err.splitlines()
    assert first == f"edi-lint: {missing}: No such file or directory"
    assert second.startswith(f"edi-lint: {text}: no ISA segment")


def test_no_line_is_no_failure_but_is_said(cli: Cli) -> None:
    ran = cli(VALID / "certificate.837")
    assert (ran.status, ran.err) == (0, "edi-lint: no service line has A4306\n")
    assert len(ran.out.splitlines()) == 1


def test_output_goes_to_a_file_and_never_over_an_input(cli: Cli, tmp_path: Path) -> None:
    source = tmp_path / "in.837"
    source.write_bytes((VALID / "minimal.837").read_bytes())
    ran = cli(source, "--format", "table", "-o", tmp_path / "out.txt")
    assert (ran.status, ran.out) == (0, "")
    assert "HI-10001" in (tmp_path / "out.txt").read_text("utf-8")
    assert cli(source, "-o", source).status == 2
    assert source.read_bytes() == (VALID / "minimal.837").read_bytes()


def test_phi_is_asked_for_by_its_option(cli: Cli) -> None:
    assert "OKONMARA" not in cli(VALID / "minimal.837").out
    assert "OKONMARA, MIRELA T" in cli(VALID / "minimal.837", "--phi", "all").out
    assert "HI-10001" not in cli(VALID / "minimal.837", "--phi", "none").out
