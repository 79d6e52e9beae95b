"""Suppressions: what they hide, until when, and what is told of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import edi_lint
from benchmarks.generate import Shape, generate
from conftest import FIXTURES, ROOT, Cli
from edi_lint.cli.inputs import STANDARD_INPUT, opened
from edi_lint.findings.file_result import FileResult
from edi_lint.findings.fingerprints import claim_fingerprint
from edi_lint.run import check_files, parallel
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings, Suppression, suppressions
from edi_lint.settings.suppressions import State

OUTBOUND = ROOT / "examples" / "outbound.837"
SCHEMA = json.loads((ROOT / "schemas" / "findings.schema.json").read_text())
FAR = date(9999, 12, 31)


def suppressing(*given: Suppression, **others: Any) -> Settings:
    return Settings(suppressions=given, root=ROOT, **others)


def one(rule: str = "MOD", expires: date = FAR, **about: str) -> Suppression:
    return Suppression(rule, "the supplier is asked", expires, **about)


def codes(source: Path | bytes, *given: Suppression, **others: Any) -> list[str]:
    return [f.code for f in edi_lint.check(source, suppressing(*given, **others)).findings]


def states(source: Path | bytes, *given: Suppression, **others: Any) -> list[tuple[State, int]]:
    hidden = edi_lint.check(source, suppressing(*given, **others)).hidden
    assert hidden is not None
    return [(o.state, o.matched) for o in hidden.outcomes()]


ALL = codes(OUTBOUND)


# what one hides


def test_a_rule_or_a_family_is_hidden() -> None:
    assert codes(OUTBOUND, one("MOD001")) == [c for c in ALL if c != "MOD001"]
    assert codes(OUTBOUND, one("MOD")) == [c for c in ALL if not c.startswith("MOD")]


@pytest.mark.parametrize(
    ("about", "hides"),
    [
        ({"payer": "MDCRB"}, True),
        ({"payer": "LKSH1"}, False),
        ({"payer": "MDCR"}, False),
        ({"submitter": "HARBORINFUSION"}, True),
        ({"submitter": "HARBOR"}, False),
        ({"claim": "HI-26-0612"}, True),
        ({"claim": "HI-26-061"}, False),
        ({"claim_fingerprint": claim_fingerprint("HI-26-0612")}, True),
        ({"claim_fingerprint": claim_fingerprint("HI-26-0613")}, False),
        ({"path": "examples/*.837"}, True),
        ({"path": "*.837"}, True),
        ({"path": "examples/outbound"}, False),
        ({"payer": "MDCRB", "claim": "HI-26-0612", "submitter": "HARBORINFUSION"}, True),
        ({"payer": "MDCRB", "claim": "HI-26-0613"}, False),
    ],
)
def test_what_it_is_about_must_be_so_exactly(about: dict[str, str], hides: bool) -> None:
    assert ("MOD001" in codes(OUTBOUND, one("MOD001", **about))) is not hides


def test_a_payer_is_that_of_the_claim_and_of_its_subscriber() -> None:
    data = OUTBOUND.read_bytes()
    # the claims' payers: LKSH1, MDCRB, MDCRB, others; a fault in the second subscriber's level
    spoilt = data.replace(b"SBR*P*18*******MB~", b"SBR*P*18*******XX~", 1)
    assert "STR002" in codes(spoilt)
    assert "STR002" not in codes(spoilt, one("STR002", payer="MDCRB"))
    assert "STR002" in codes(spoilt, one("STR002", payer="LKSH1"))


def test_a_payer_is_known_below_a_patient_level() -> None:
    data = (FIXTURES / "valid" / "dependent.837").read_bytes()
    spoilt = data.replace(b"PAT*", b"PAT*ZZ", 1)
    payer = next(edi_lint.read(data)).payer.id
    found = codes(spoilt)
    assert found
    assert codes(spoilt, *(one(code, payer=payer) for code in set(found))) == []


def test_a_submitter_is_isa06_or_gs02() -> None:
    data = OUTBOUND.read_bytes().replace(b"GS*HC*HARBORINFUSION*", b"GS*HC*HARBOR01*")
    assert "MOD001" not in codes(data, one(submitter="HARBORINFUSION"))
    assert "MOD001" not in codes(data, one(submitter="HARBOR01"))
    assert "MOD001" in codes(data, one(submitter="HARBORINFUSION "))


def test_a_finding_of_an_envelope_has_a_submitter_but_no_payer_and_no_claim() -> None:
    data = (FIXTURES / "faulty" / "wrong-iea02.837").read_bytes()
    assert codes(data) == ["ENV002"]
    assert codes(data, one("ENV", submitter="HARBORINFUSION")) == []
    for about in ({"payer": "LKSH1"}, {"claim_fingerprint": claim_fingerprint("")}):
        assert codes(data, one("ENV", **about)) == ["ENV002"]


def test_the_first_that_matches_has_hidden_it() -> None:
    assert states(OUTBOUND, one("MOD001"), one("MOD")) == [(State.MATCHED, 1), (State.MATCHED, 1)]
    assert states(OUTBOUND, one("MOD"), one("MOD001")) == [(State.MATCHED, 2), (State.UNMATCHED, 0)]


def test_a_path_is_seen_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    copy = tmp_path / "out" / "a.837"
    copy.parent.mkdir()
    copy.write_bytes(OUTBOUND.read_bytes())
    for root, pattern, hides in (
        (tmp_path, "out/*", True),
        (tmp_path / "out", "out/*", False),
        (tmp_path / "out", "a.837", True),
        (None, "out/*", False),
    ):
        settings = Settings(suppressions=(one("MOD", path=pattern),), root=root)
        found = {f.code for f in edi_lint.check(copy, settings).findings}
        assert ("MOD001" in found) is not hides


def test_a_path_on_another_drive_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(*_: object) -> str:
        raise ValueError

    monkeypatch.setattr("os.path.relpath", other_drive)
    assert suppressions.is_of_path("*.837", "D:/a.837", None)


# until when


def test_it_hides_on_its_last_day_and_not_after() -> None:
    today = date.today()
    assert "MOD001" not in codes(OUTBOUND, one(expires=today))
    assert "MOD001" in codes(OUTBOUND, one(expires=today - timedelta(1)))
    assert states(OUTBOUND, one(expires=today - timedelta(1))) == [(State.EXPIRED, 0)]


def test_as_of_takes_the_place_of_today() -> None:
    last = date(2026, 6, 30)
    assert "MOD001" not in codes(OUTBOUND, one(expires=last), as_of=last)
    assert "MOD001" in codes(OUTBOUND, one(expires=last), as_of=last + timedelta(1))


# what is told


SETTINGS = """
[[suppressions]]
rule = "MOD001"
reason = "the supplier is asked"
expires = 2026-12-31
claim = "HI-26-0612"

[[suppressions]]
rule = "SIT006"
reason = "mended\x1b in June"
expires = 2026-06-30

[[suppressions]]
rule = "BAL001"
reason = "rounding"
expires = 2027-12-31
claim = "HI-26-9999"
""".replace("\x1b", "\\u001b")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with settings and a file."""
    (tmp_path / "edi-lint.toml").write_text(SETTINGS)
    (tmp_path / "a.837").write_bytes(OUTBOUND.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_counts_expiry_and_what_matched_nothing_are_told(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    ran = commands("check")("a.837", "--as-of", "2026-07-01")
    assert ran.status == 1
    assert "MOD001" not in ran.out and "SIT006" in ran.out
    assert ran.err.splitlines() == [
        "edi-lint: findings not shown: 1 suppressed",
        "edi-lint: warning: edi-lint.toml: suppression 2 (SIT006, mended· in June) expired on "
        "2026-06-30 and hides nothing any more; fix what it hid and remove it, or give it a "
        "later date",
        "edi-lint: warning: edi-lint.toml: suppression 3 (BAL001, rounding) matched nothing in "
        "the 1 file of this run; remove it, unless it is for others (a path says for which)",
        "edi-lint: 2 HCPCS codes not judged for want of a release (COD001): edi-lint codes load "
        "takes one",
    ]


def test_quiet_leaves_what_has_expired(folder: Path, commands: Callable[[str], Cli]) -> None:
    ran = commands("check")("a.837", "--as-of", "2026-07-01", "--quiet")
    assert [line.split(" ")[4] for line in ran.err.splitlines()] == ["2"]
    assert "expired" in ran.err


def test_nothing_that_is_told_changes_the_exit_status(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    options = ("--select", "MOD001,BAL001", "--ignore", "BAL001", "--fail-on", "info")
    assert commands("check")("a.837", "--as-of", "2026-07-01", *options).status == 0


def test_the_document_tells_the_same(folder: Path, commands: Callable[[str], Cli]) -> None:
    ran = commands("check")("a.837", "--as-of", "2026-07-01", "--output-format", "json")
    document = json.loads(ran.out)
    jsonschema.validate(document, SCHEMA)
    assert document["summary"]["suppressed"] == 1
    assert [(s["rule"], s["matched"], s["state"]) for s in document["suppressions"]] == [
        ("MOD001", 1, "matched"),
        ("SIT006", 0, "expired"),
        ("BAL001", 0, "unmatched"),
    ]
    assert document["suppressions"][0]["reason"] == "the supplier is asked"
    assert document["suppressions"][0]["expires"] == "2026-12-31"
    assert "MOD001" not in {f["code"] for f in document["findings"]}


def test_no_claim_number_of_the_settings_is_told(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    for options in ((), ("--output-format", "json"), ("--phi", "none")):
        ran = commands("check")("a.837", *options)
        assert "HI-26-9999" not in ran.out + ran.err
        assert "HI-26-0612" not in ran.err


def test_the_report_of_the_python_interface_is_that_document(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    from edi_lint.settings.settings_file import load

    printed = commands("check")("a.837", "--output-format", "json").out
    settings = load(Path("edi-lint.toml")).settings
    assert edi_lint.check("a.837", settings).json() == json.loads(printed)


def test_without_suppressions_the_document_is_as_ever(commands: Callable[[str], Cli]) -> None:
    document = json.loads(commands("check")(OUTBOUND, "--output-format", "json").out)
    assert set(document) == {"version", "tool", "files", "findings", "summary"}
    assert set(document["summary"]) == {"error", "warning", "info", "hcpcs_not_judged"}


# whether one that matched nothing says so


def test_it_is_not_judged_where_its_rule_was_not_asked() -> None:
    unmatched, not_judged = [(State.UNMATCHED, 0)], [(State.NOT_JUDGED, 0)]
    assert states(OUTBOUND, one("STR")) == unmatched
    assert states(OUTBOUND, one("STR"), select=("MOD",)) == not_judged
    assert states(OUTBOUND, one("STR"), ignore=("STR",)) == not_judged
    assert states(OUTBOUND, one("STR"), level=1) == not_judged
    assert states(OUTBOUND, one("STR"), ignore=("STR001",)) == unmatched


def test_it_is_not_judged_where_no_file_of_its_path_was_linted() -> None:
    assert states(OUTBOUND, one("STR", path="other/*")) == [(State.NOT_JUDGED, 0)]
    assert states(OUTBOUND, one("STR", path="examples/*")) == [(State.UNMATCHED, 0)]


def test_it_is_not_judged_where_a_file_could_not_be_read(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    ran = commands("check")("a.837", "no.837")
    assert ran.status == 2
    assert "matched nothing" not in ran.err


# the other commands, and several jobs


def test_annotate_leaves_out_what_is_suppressed(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    assert "MOD001" not in commands("annotate")("a.837").out
    (folder / "edi-lint.toml").unlink()
    assert "MOD001" in commands("annotate")("a.837").out


def test_a_rewriting_that_makes_a_suppressed_error_is_refused_all_the_same(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    (folder / "edi-lint.toml").write_text(
        '[[suppressions]]\nrule = "SIT006"\nreason = "x"\nexpires = 9999-12-31\n'
    )
    (folder / "mine.x12.j2").write_text('{{ segments | set_element("CLM05-3", "7") }}')
    source = ROOT / "examples" / "resubmit.837"
    ran = commands("rewrite")(source, "--template", "mine.x12.j2", "-o", "new.837")
    assert (ran.status, "SIT006" in ran.err) == (2, True), ran.err


def test_any_number_of_jobs_hides_and_counts_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_files, "LARGE", 4_000)
    monkeypatch.setattr(parallel, "LARGE", 4_000)
    monkeypatch.setattr(check_files, "_WORTH_IT", 0)
    monkeypatch.setattr(parallel, "_SMALLEST", 30_000)
    stream = io.BytesIO()
    generate(stream, Shape(200_000, faults=0.3))
    large = tmp_path / "large.837"
    large.write_bytes(stream.getvalue())
    small = tmp_path / "small.837"
    small.write_bytes(OUTBOUND.read_bytes())
    payers = {claim.id: claim.payer.id for claim in edi_lint.read(large)}
    found = edi_lint.check(large).findings
    payer = next(payers[f.location.claim] for f in found if f.code.startswith("SIT"))
    given = (
        one("MOD", payer="MDCRB"),
        one("SIT", payer=payer),
        one("COD", submitter="CEDARGATE"),
        one("BAL", path="large*"),
        one("DOC", expires=date(2020, 1, 1)),
    )
    settings = Settings(suppressions=given, root=tmp_path)

    def linted(jobs: int) -> list[tuple[FileResult, list[Any]]]:
        paths = [str(large), str(small)]
        reports = check_files.check_files(paths, settings, jobs, opened, STANDARD_INPUT)
        return [(r.file, list(r.findings)) for r in reports]

    alone = linted(1)
    assert all(alone[0][0].suppressed.get(n) for n in (1, 2, 3))
    assert alone[1][0].suppressed == {0: 1}
    assert linted(2) == alone


def test_a_fingerprint_is_compared_once_for_a_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def compared(made: str, claim: str) -> bool:
        asked.append(claim)
        return False

    monkeypatch.setattr("edi_lint.findings.fingerprints.is_of_claim", compared)
    given = one("", claim_fingerprint=claim_fingerprint("A"))
    linter = Linter(suppressing(given))
    claims = [f.location.claim for f in linter.check(OUTBOUND).findings]
    assert asked == list(dict.fromkeys(claims))
    assert len(claims) > len(asked)


# making a fingerprint


def test_the_command_prints_what_a_suppression_takes(
    folder: Path, commands: Callable[[str], Cli]
) -> None:
    ran = commands("fingerprint")("HI-26-0612")
    assert ran.status == 0 and "HI-26-0612" not in ran.out
    keys = 'rule = "MOD001"\nreason = "asked"\nexpires = 9999-12-31\n'
    (folder / "edi-lint.toml").write_text(f"[[suppressions]]\n{keys}{ran.out}")
    assert "MOD001" not in commands("check")("a.837").out


def test_the_command_reads_standard_input_and_never_prints_the_same_twice(
    commands: Callable[[str], Cli],
) -> None:
    fingerprint = commands("fingerprint")
    lines = fingerprint("-", stdin=b"HI-1\n\nHI-1\r\n").out.splitlines()
    assert len(set(lines)) == 2
    assert fingerprint(" ") == (2, "", "edi-lint: a claim number is empty\n")
