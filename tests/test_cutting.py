"""Claims cut out of a file: the smallest file that shows what is found of them."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, valid_fixtures
from edi_lint.files.original import Original
from edi_lint.findings.masking import Phi
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.cutting import CutError, cut
from edi_lint.transform.redact import RedactError

OUTBOUND = ROOT / "examples" / "outbound.837"
LINTER = Linter()


def cut_out(source: Path | bytes, *claims: str) -> bytes:
    return cut(Original(source), claims, LINTER)


def found(source: Path | bytes, claim: str = "") -> Counter[tuple[str, str]]:
    report = LINTER.check(source)
    assert report.file.error == ""
    return Counter(
        (f.code, f.location.element) for f in report.findings if claim in ("", f.location.claim)
    )


@pytest.mark.parametrize("claim", [f"HI-26-061{n}" for n in range(1, 6)])
def test_the_findings_of_the_claim_stay_and_nothing_else(claim: str) -> None:
    small = cut_out(OUTBOUND, claim)
    assert found(small) == found(OUTBOUND, claim)
    assert [c.id for c in edi_lint.read(small)] == [claim]
    assert len(small) < len(OUTBOUND.read_bytes()) / 2


def test_no_further_segment_could_go() -> None:
    small = cut_out(OUTBOUND, "HI-26-0614")
    wanted = found(small)
    lines = small.decode().splitlines(keepends=True)
    for n, line in enumerate(lines):
        if line[:3] in ("ISA", "GS*", "ST*", "SE*", "GE*", "IEA", "BHT", "CLM") or line[:2] == "HL":
            continue
        fewer = "".join(lines[:n] + lines[n + 1 :])
        count = len(lines) - 4
        fewer = fewer.replace(f"SE*{count}*", f"SE*{count - 1}*")
        assert found(fewer.encode()) != wanted


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.stem)
def test_every_claim_of_the_fixtures_shows_what_it_did(path: Path) -> None:
    claims = Counter(c.id for c in edi_lint.read(path))
    for claim in (c for c, times in claims.items() if c and times == 1):
        gone = found(path, claim) - found(cut_out(path, claim))
        assert {code for code, _ in gone} <= {"ENV005", "ENV007"}


def test_what_takes_two_claims_needs_both_named() -> None:
    source = FIXTURES / "faulty" / "duplicate-clm01.837"
    assert found(cut_out(source, "0001/1", "0001/2")) >= Counter({("SIT017", "CLM01"): 1})
    assert not found(cut_out(source, "0001/2"))["SIT017", "CLM01"]


@pytest.mark.parametrize(
    ("source", "claim", "reason"),
    [
        (OUTBOUND, "HI-9", "claim HI-9: no claim in this file has that number"),
        (FIXTURES / "faulty" / "duplicate-clm01.837", "HI-10011", "HI-10011 names 2 claims"),
        (FIXTURES / "other" / "835.edi", "HI-9", "contains no 837P claim"),
        (b"no X12", "HI-9", "no ISA segment"),
    ],
)
def test_a_claim_that_cannot_be_cut_out_is_told(
    source: Path | bytes, claim: str, reason: str
) -> None:
    with pytest.raises(CutError, match=reason):
        cut_out(source, claim)
    with pytest.raises(RedactError, match=reason):
        edi_lint.redact(source, claims=[claim])


def test_a_message_names_no_claim_where_none_may_be_named() -> None:
    with pytest.raises(RedactError, match="a claim in --claims: no claim"):
        edi_lint.redact(OUTBOUND, settings=Settings(phi=Phi.NONE), claims=["HI-9"])


def test_the_command_redacts_what_it_cuts_out(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    output = tmp_path / "one.837"
    ran = commands("redact")(OUTBOUND, "--claims", "HI-26-0612", "-o", output)
    assert (ran.status, ran.out) == (0, "")
    assert found(output) == found(OUTBOUND, "HI-26-0612")
    assert b"HI-26-0612" not in output.read_bytes()
    assert commands("redact")(OUTBOUND, "--claims", ",", "-o", output).status == 2
