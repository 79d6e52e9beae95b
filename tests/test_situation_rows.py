"""Situations: rows of data that are rules, shipped ones and a user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from conftest import Cli
from edi_lint import check
from edi_lint.cli.inputs import opened
from edi_lint.rules import CATALOGUE, Rule
from edi_lint.rules.catalogue import catalogue
from edi_lint.rules.examples import Example
from edi_lint.rules.runner import Question
from edi_lint.rules.situations import PAYER_CLASSES, part_of, shipped
from edi_lint.rules.situations_file import SituationError, read_rows
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

ROW = """\
version: 1
situations:
  - code: HSE001
    name: no-such-line
    fault: A line that we do not bill
    checks: No line is for A4306.
    level: 7
    severity: error
    source: our own contract
    parts:
      procedure: 2400 SV101-2
      charge: 2400 SV102
      note: 2300 NTE02
    when:
      - {part: procedure, is: A4306}
    cases:
      - forbid:
          - {part: charge, more_than: 100}
        message: "{procedure} for {charge}"
    help: Do not bill it.
    examples:
      pass:
        - line: ["SV1*HC:A4306*100*UN*1***1"]
          clm: CLM*EX-1*100***12:B:1*Y*A*Y*Y
      fail:
        - at: SV102
"""


def findings(tmp_path: Path, text: str, example: Example, **settings: object) -> list[str]:
    path = tmp_path / "rows.yaml"
    path.write_text(text)
    asked = Settings(select=("HSE",), rules=(path,), **settings)  # type: ignore[arg-type]
    return [
        f"{f.severity} {f.location.element} {f.message}"
        for f in check(example.file(), asked).findings
    ]


def test_a_row_of_the_users_is_a_rule(tmp_path: Path) -> None:
    assert findings(tmp_path, ROW, Example()) == ["error SV102 A4306 for 120"]
    cheap = Example(line=("SV1*HC:A4306*99*UN*1***1",), clm="CLM*EX-1*99***12:B:1*Y*A*Y*Y")
    assert findings(tmp_path, ROW, cheap) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_every_process_knows_the_users_rows(tmp_path: Path, workers: int) -> None:
    from edi_lint.run.check_files import check_files

    rows = tmp_path / "rows.yaml"
    rows.write_text(ROW)
    names = []
    for number in range(4):
        name = tmp_path / f"{number}.837"
        name.write_bytes(Example().file())
        names.append(str(name))
    reports = list(
        check_files(names, Settings(select=("HSE",), rules=(rows,)), workers, opened, "-")
    )
    assert [len(list(r.findings)) for r in reports] == [1] * 4


CHANGES = {
    "unknown key": ("fault:", "falt:", "line 5: HSE001: the key falt is not known here"),
    "missing key": ("    level: 7\n", "", "line 3: HSE001: missing the key level"),
    "wrong kind": ("level: 7", "level: high", "line 7: HSE001: level: expected"),
    "level": ("level: 7", "level: 9", "line 7: HSE001: level:"),
    "own letters": ("HSE001", "SIT900", "SIT is for rules of edi-lint"),
    "unknown part": ("part: charge", "part: charges", "line 18: HSE001: charges is not a part"),
    "no place": ("2400 SV102", "SV1-02", "line 12: HSE001: 'SV1-02' names no place"),
    "no test": ("{part: charge, more_than: 100}", "{part: charge}", "line 18: HSE001: needs one"),
    "two tests": ("more_than: 100", "more_than: 100, is: x", "line 18: HSE001: needs one test"),
    "no number": ("more_than: 100", "more_than: much", "much is not a number or a part"),
    "no range": ("is: A4306", "in: [A4307..A4305]", "A4307..A4305 is not a range"),
    "no payer": ("part: procedure, is: A4306", "payer: [Medi Care]", "is not a payer class"),
    "personal": ("{procedure} for {charge}", "{note}", "is never shown"),
    "silent": ("severity: error", "severity: silent", "silent for every payer"),
    "not said": ("        - at: SV102\n", "        - filing: CI\n", "at must say where"),
    "not YAML": ("version: 1", "version: [", "is not YAML"),
    "alias": ("version: 1", "version: 1\na: &a [*a]", "an alias (*name) is of what it is in"),
    "no day": ("more_than: 100", 'before: "2026-02-30"', "2026-02-30 is not a day"),
    "no list": ("situations:", "situations: !!set {a}\nx:", "line"),
    "version": ("version: 1", "version: 2", "line 1: version:"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_bad_row_is_one_error_with_its_line(change: tuple[str, str, str], tmp_path: Path) -> None:
    old, new, message = change
    assert old in ROW
    path = tmp_path / "rows.yaml"
    path.write_text(ROW.replace(old, new, 1))
    with pytest.raises(SituationError) as caught:
        catalogue([path])
    text = str(caught.value)
    assert message in text
    assert text.startswith(str(path))
    assert "\n" not in text


def test_two_rows_of_one_code_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.yaml"
    path.write_text(ROW)
    with pytest.raises(SituationError, match="another row has the code HSE001"):
        catalogue([path, path])


def test_severity_is_by_payer_class(tmp_path: Path) -> None:
    graded = ROW.replace("severity: error", "severity: {medicare: error, commercial: info}")
    for filing, expected in (("MB", ["error"]), ("CI", ["info"]), ("WC", [])):
        found = findings(tmp_path, graded, Example(filing=filing))
        assert [f.split()[0] for f in found] == expected


def test_a_profile_names_rows_for_its_own_claims(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(ROW)
    profile = tmp_path / "ours.profile.yaml"
    profile.write_text(
        "name: ours\ntitle: ours\nmatch: {filing_indicators: [CI]}\nsources: [x]\n"
        "rules: [rows.yaml]\n"
    )
    for filing, count in (("CI", 1), ("BL", 0)):
        settings = Settings(select=("HSE",), profiles=(profile,))
        assert len(list(check(Example(filing=filing).file(), settings).findings)) == count
    profile.write_text(profile.read_text().replace("rows.yaml", "../rows.yaml"))
    with pytest.raises(Exception, match="inside the folder"):
        check(Example().file(), Settings(profiles=(profile,)))


def test_a_settings_file_names_rows_and_selects_them(
    tmp_path: Path, commands: Callable[[str], Cli]
) -> None:
    (tmp_path / "rows.yaml").write_text(ROW)
    (tmp_path / "claims.837").write_bytes(Example().file())
    config = tmp_path / "edi-lint.toml"
    config.write_text('rules = ["rows.yaml"]\nselect = ["HSE001"]\n')
    for form in ("concise", "sarif", "json", "junit"):
        shape = ("--output-format", form) if form != "concise" else ()
        done = commands("check")("--config", config, *shape, tmp_path / "claims.837")
        assert done.status == 1
        assert "HSE001" in done.out
    done = commands("annotate")("--config", config, tmp_path / "claims.837")
    assert "A4306 for 120" in done.out
    config.write_text('rules = ["rows.yaml"]\nselect = ["HSE002"]\n')
    done = commands("check")("--config", config, tmp_path / "claims.837")
    assert done.status == 2
    assert "HSE002" in done.err


def test_the_examples_of_a_file_are_tried(tmp_path: Path, commands: Callable[[str], Cli]) -> None:
    path = tmp_path / "rows.yaml"
    path.write_text(ROW)
    rule = commands("rule")
    done = rule("--test", path)
    assert (done.status, done.out) == (0, "1 rule, 2 examples: as expected\n")
    path.write_text(ROW.replace("at: SV102", "at: SV104"))
    done = rule("--test", path)
    assert done.status == 1
    assert "HSE001: fail 1 reports SV102, not SV104" in done.out


def test_a_message_masks_what_does_not_look_like_its_place(tmp_path: Path) -> None:
    named = Example(line=("SV1*HC:A4306*SMITH JOHN*UN*1***1",))
    other = ROW.replace("{part: charge, more_than: 100}", "{part: charge, filled: true}")
    (found,) = findings(tmp_path, other, named)
    assert "SMITH" not in found
    assert "xxxxx" in found


def test_rows_look_at_every_segment_by_itself(tmp_path: Path) -> None:
    text = (
        ROW.replace(
            "charge: 2400 SV102", "sent_by: every 2400 PWK02\n      number: every 2400 PWK06"
        )
        .replace("{part: charge, more_than: 100}", "{part: number, filled: true}")
        .replace("      - forbid:", "      - when: [{part: sent_by, is: AA}]\n        forbid:")
        .replace("{procedure} for {charge}", "{sent_by}")
        .replace("      note: 2300 NTE02\n", "")
    )
    line = ("SV1*HC:A4306*120*UN*1***1", "PWK*B3*FX***AC*1", "PWK*B3*AA***AC*2", "PWK*B3*AA")
    assert findings(tmp_path, text, Example(line=line)) == ["error PWK06 AA"]


def test_places_as_they_are_written() -> None:
    assert part_of("2300 CLM05-3").place[:5] == ("2300", "CLM", 5, 3, 3)
    assert part_of("2300 HI[ABK|BK]01-2").place[:6] == ("2300", "HI", 1, 2, 2, "ABK|BK")
    assert part_of("2400 SV101-3..6").place[:5] == ("2400", "SV1", 1, 3, 6)
    assert part_of("every 2010BA N301").every
    for wrong in ("CLM05", "2300 CLM5", "2300CLM05", "2300 CLM05-", "2300 clm05", ""):
        with pytest.raises(ValueError):
            part_of(wrong)


def test_the_shipped_rows_are_rules_of_the_catalogue() -> None:
    codes = {rule.code for rule in shipped()}
    assert len(codes) >= 12
    assert codes <= {rule.code for rule in CATALOGUE}


def test_the_schema_takes_the_shipped_rows() -> None:
    import json

    import jsonschema

    root = Path(__file__).parent.parent
    schema = json.loads((root / "schemas" / "situations.schema.json").read_text())
    files = sorted((root / "src" / "edi_lint" / "rules" / "rows").glob("*.yaml"))
    for text in [path.read_text() for path in files]:
        jsonschema.validate(yaml.safe_load(text), schema)
        assert read_rows(text, "rows.yaml")
    assert files
    assert "medicare" in PAYER_CLASSES


@pytest.mark.parametrize("rule", shipped(), ids=lambda rule: rule.code)
def test_a_shipped_row_is_not_asked_about_every_claim(rule: type[Rule]) -> None:
    """Each claim that a rule is asked about costs a hundred times what the others cost."""
    usual = b"".join(
        Example(
            clm=f"CLM*EX-{n}*120***12:B:1*Y*A*Y*Y",
            line=(f"SV1*HC:9{n:04}*120*UN*1***1",),
            filing="MB",
            change=(("PI*PAYER1", f"PI*PAYER{n}"), ("*000000001", f"*{n:09}")),
        )
        .file()
        .replace(b"IEA*1*000000001", b"IEA*1*%09d" % n)
        for n in range(1, 41)
    )
    linter = Linter(Settings(select=(rule.code,)))
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Question, "hits", lambda self, reading: asked.append(reading) or [])
        linter.check(usual)
    assert len(asked) <= 2


@pytest.mark.parametrize(
    ("group", "count"), [("GROUP-1 A", 0), ("GROUP#1", 1), ("G@1&2", 1), ("", 0)]
)
def test_a_row_finds_characters(tmp_path: Path, group: str, count: int) -> None:
    row = (
        ROW.replace("charge: 2400 SV102", "charge: 2000B SBR03")
        .replace("more_than: 100", 'contains: "&#@"')
        .replace("{procedure} for {charge}", "a character that no group number has")
    )
    example = Example(change=(("SBR*P*18*", f"SBR*P*18*{group}"),))
    assert len(findings(tmp_path, row, example)) == count
    letters = row.replace("&#@", "#G")
    assert len(findings(tmp_path, letters, example)) == bool(group)
    by_length = row.replace('contains: "&#@"', "longer_than: 6")
    assert len(findings(tmp_path, by_length, example)) == (len(group) > 6)
