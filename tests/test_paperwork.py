"""Cover sheets: one for each document that goes by fax or mail, with what the payer matches it by."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, valid_fixtures
from edi_lint.rules.examples import Example
from edi_lint.run.read_claims import claims
from edi_lint.transform.paperwork import CoverSheet, CoverSheets
from test_rewrite import MINIMAL

RESUBMIT = ROOT / "examples" / "resubmit.837"


def sheets(data: bytes) -> list[CoverSheet]:
    return list(CoverSheets().of(claims(io.BytesIO(data))))


def with_paperwork(*claim: str, line: tuple[str, ...] = ()) -> bytes:
    """A file of one claim with these PWK."""
    service = ("SV1*HC:A4306*120*UN*1***1", *line)
    return Example(claim=(*claim, "HI*ABK:G8918"), line=service).file()


def rows(sheet: CoverSheet) -> list[tuple[str, str]]:
    """The rows of a sheet's tables: heading and content."""
    return re.findall(
        r'<tr><th scope="row">(.*?)</th><td>\s*(.*?)</td></tr>', sheet.html, re.DOTALL
    )


def test_a_sheet_has_what_the_payer_matches_the_document_by() -> None:
    (sheet,) = sheets(MINIMAL)
    assert sheet.name == "HI10001B3.html"
    assert "Documentation for a claim, by fax" in sheet.html
    assert "LAKESHORE MUTUAL HEALTH (payer id LKSH1)" in sheet.html
    assert "Attachment control number <b>HI10001B3</b>" in sheet.html
    told = rows(sheet)
    assert told[:-1] == [
        ("Provider's claim number", "HI-10001"),
        ("Dates of service", "2026-06-05"),
        ("Total charge", "385"),
        ("Name", "OKONMARA, MIRELA T"),
        ("Date of birth", "1968-02-14"),
        ("Member id", "LKH770214903"),
        ("Name", "HARBOR INFUSION SUPPLY"),
        ("NPI", "1002456386"),
        ("Tax id", "697100142"),
    ]
    document, about = told[-1]
    assert document.startswith("B3 ")
    assert about == "for the whole claim"


def test_the_payers_own_number_is_on_the_sheet_of_a_replacement(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    result = commands("rewrite")(
        RESUBMIT, "--data", ROOT / "examples" / "resubmit.csv", "--control-number", 403,
        "--paperwork", tmp_path / "a" / "sheets", "-o", tmp_path / "out.837",
    )  # fmt: skip
    assert result.status == 0
    assert f"1 cover sheet in {tmp_path / 'a' / 'sheets'}" in result.err
    (written,) = (tmp_path / "a" / "sheets").iterdir()
    assert written.name == "HI260588B3.html"
    assert "LKS2616600358" in written.read_text()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(("way", "named"), [("FX", "fax"), ("BM", "mail")])
def test_fax_and_mail_have_a_sheet(way: str, named: str) -> None:
    (sheet,) = sheets(with_paperwork(f"PWK*OB*{way}***AC*A1"))
    assert f"by {named}" in sheet.html


@pytest.mark.parametrize("pwk", ["PWK*OB*EL***AC*A1", "PWK*OB*EM***AC*A1", "PWK*OB*AA"])
def test_what_goes_another_way_has_none(pwk: str) -> None:
    assert sheets(with_paperwork(pwk)) == []


def test_documents_with_one_number_share_a_sheet_and_others_have_their_own() -> None:
    data = with_paperwork(
        "PWK*OB*FX***AC*A1", "PWK*B3*FX***AC*A1", "PWK*M1*FX***AC*A2", "PWK*M1*BM***AC*A2"
    )
    assert [sheet.name for sheet in sheets(data)] == ["A1.html", "A2.html", "A2-2.html"]
    first = sheets(data)[0].html
    assert "OB" in first
    assert "B3" in first
    assert first.count("for the whole claim") == 2


def test_a_document_of_a_line_names_the_line() -> None:
    (sheet,) = sheets(with_paperwork(line=("PWK*OB*FX***AC*A1",)))
    assert "for service line 1: A4306, 2026-01-05" in sheet.html


def test_no_two_claims_share_a_sheet() -> None:
    two = MINIMAL + MINIMAL.replace(b"000000101", b"000000102").replace(b"HI-10001", b"HI-10002")
    found = sheets(two)
    assert [sheet.name for sheet in found] == ["HI10001B3.html", "HI10001B3-2.html"]
    assert ["HI-10002" in sheet.html for sheet in found] == [False, True]


def test_a_document_without_a_number_has_no_sheet_and_is_counted() -> None:
    made = CoverSheets()
    assert list(made.of(claims(io.BytesIO(with_paperwork("PWK*OB*FX"))))) == []
    assert made.unnumbered == 1


def test_a_document_without_a_number_is_told(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    result = commands("rewrite")(
        FIXTURES / "faulty" / "fx-without-acn.837", "--template", "new-claim",
        "--control-number", 403, "--paperwork", tmp_path, "-o", tmp_path / "out.837",
    )  # fmt: skip
    assert "0 cover sheets" in result.err
    assert "none for 1 document without a control number" in result.err


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("../../etc/passwd", "etc_passwd.html"),
        ("..", "document.html"),
        ("a b/c", "a_b_c.html"),
        (".hidden", "hidden.html"),
        ("CON|x", "CON_x.html"),
        ("N" * 80, "N" * 80 + ".html"),
    ],
)
def test_a_file_is_named_by_the_number_and_stays_in_the_folder(number: str, name: str) -> None:
    (sheet,) = sheets(with_paperwork(f"PWK*OB*FX***AC*{number}"))
    assert sheet.name == name


def test_what_a_claim_says_is_no_markup() -> None:
    data = MINIMAL.replace(b"OKONMARA", b"<script>x</script>").replace(b"HI10001B3", b"<b>&\"'")
    (sheet,) = sheets(data)
    assert "<script" not in sheet.html
    assert "&lt;b&gt;&amp;" in sheet.html


def test_a_sheet_loads_nothing() -> None:
    (sheet,) = sheets(MINIMAL)
    assert not re.search(r"https?:|//|src=|@import|url\(|<script|<link", sheet.html)


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.stem)
def test_every_claim_can_have_its_sheets(path: Path) -> None:
    for claim in claims(path):
        ways = [p.transmission for p in claim.paperwork if p.control_number.strip()]
        ways += [
            p.transmission for i in claim.lines for p in i.paperwork if p.control_number.strip()
        ]
        found = list(CoverSheets().of([claim]))
        assert bool(found) == bool({"FX", "BM"} & set(ways))
        assert all(sheet.html.rstrip().endswith("</html>") for sheet in found)


def test_only_chosen_claims_have_sheets_and_other_files_stay(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    tmp_path.joinpath("other.txt").write_text("mine")
    many = FIXTURES / "valid" / "many.837"
    result = commands("rewrite")(
        many, "--template", "new-claim", "--claims", "HI-30001", "--control-number", 403,
        "--paperwork", tmp_path, "-o", tmp_path / "out.837",
    )  # fmt: skip
    assert result.status == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["HI30001B3.html", "other.txt", "out.837"]
    assert tmp_path.joinpath("other.txt").read_text() == "mine"


def test_the_sheet_is_written_for_the_claim_as_it_is_then(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    data = tmp_path / "data.csv"
    data.write_text(
        "claim,report_type,transmission,control_number,line\n"
        "HI-10001,OB,FX,OPNOTE1,\nHI-10001,M1,BM,RECORD1,1\n"
    )
    result = commands("rewrite")(
        FIXTURES / "valid" / "minimal.837", "--template", "add-attachments", "--data", data,
        "--control-number", 403, "--paperwork", tmp_path / "s", "-o", tmp_path / "out.837",
    )  # fmt: skip
    assert result.status == 0, result.err
    names = sorted(p.name for p in (tmp_path / "s").iterdir())
    assert names == ["HI10001B3.html", "OPNOTE1.html", "RECORD1.html"]
