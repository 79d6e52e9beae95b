"""The rules about rewritten claims: their examples, and what `edi-lint rewrite` makes of them."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edi_lint.findings import Finding, Severity
from edi_lint.findings.masking import Phi
from edi_lint.rules import CATALOGUE
from edi_lint.rules.examples import Example
from edi_lint.rules.resubmission import ResubmissionRule
from edi_lint.run.drive import Linter
from edi_lint.run.read_claims import claims
from edi_lint.settings import Settings
from edi_lint.transform import rewrite as rewriting
from edi_lint.transform.rendering import judge_rewriting, resubmission
from edi_lint.transform.rewrite import Rewriting
from edi_lint.transform.segments import ClaimSegment, Sheet
from test_rules import element_of, segment_at

RULES = [rule for rule in CATALOGUE if issubclass(rule, ResubmissionRule)]
VALID = [(rule, example) for rule in RULES for example in rule.valid]
INVALID = [(rule, example) for rule in RULES for example in rule.invalid]

LINES = ("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4223*60*UN*1***1")
TWO_LINES = Example(
    clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y", claim=("REF*F8*OLD1", "HI*ABK:G8918"), line=LINES
).file()
CHANGES_NOTHING = "{{ segments }}"
DROPS_A_LINE = """
{%- for s in segments %}{% if loop.index < 7 %}{{ s }}{% endif %}{% endfor -%}
"""
CHANGES_A_DIAGNOSIS = """
{%- for s in segments -%}
{{ s | set_element("HI01-2", "M75121") if s.tag == "HI" else s }}
{%- endfor -%}
"""
NUMBER = {"payer_claim_control_number": "SECRET1"}


def rewrite(*arguments: Any, **options: Any) -> Rewriting:
    """Rewrites claims where they stand, so that a result can be held against its original."""
    return rewriting.rewrite(*arguments, **{"whole": True} | options)


def printed(sheet: Sheet, example: Example) -> list[ClaimSegment]:
    """The segments that a template would have printed to rewrite the example's claim so."""
    becomes = dict(example.rewritten)
    made = []
    for segment in sheet.segments:
        text = segment.view.raw.decode("latin-1")
        after = becomes.pop(text, text)
        if after == text:
            made.append(segment)
        elif after:
            view = sheet._view(after.encode("latin-1"), segment.view.node)
            made.append(ClaimSegment(sheet, view, segment.origin))
    assert not becomes, "the example rewrites a segment that its claim has not"
    return made


def found(example: Example) -> list[Finding]:
    """What is said of an example's claim, rewritten as the example says."""
    (claim,) = claims(io.BytesIO(example.file()))
    sheet = Sheet(claim)
    segments = printed(sheet, example)
    changed = bool(sheet.edits(segments))
    made = resubmission(claim, segments, dict(example.data), changed, example.logged)
    return judge_rewriting(Linter(), made)


def test_there_are_three() -> None:
    assert [rule.code for rule in RULES] == ["RES001", "RES002", "RES003"]


@pytest.mark.parametrize(("rule", "example"), VALID)
def test_a_valid_example_is_passed(rule: type[ResubmissionRule], example: Example) -> None:
    assert [f for f in found(example) if f.code == rule.code] == []


@pytest.mark.parametrize(("rule", "example"), INVALID)
def test_an_invalid_example_is_found_where_it_says(
    rule: type[ResubmissionRule], example: Example
) -> None:
    (finding,) = [f for f in found(example) if f.code == rule.code]
    data, place = example.file(), finding.location
    assert place.element == example.at
    pointed = data[place.byte_start : place.byte_end].decode()
    assert pointed == element_of(segment_at(data, place.byte_start), example.at)
    others = [f for f in found(example) if f.code != rule.code]
    assert [f for f in others if f.severity is Severity.ERROR] == []


def test_a_line_made_anew_is_not_dropped() -> None:
    (claim,) = claims(io.BytesIO(TWO_LINES))
    sheet = Sheet(claim)
    kept = [s for s in sheet.segments if s.view.start < claim.lines[1].byte_range[0]]
    assert resubmission(claim, kept, {}, True, True).dropped == (claim.lines[1],)
    anew = [*kept, sheet.new("LX", 2), sheet.new("SV1", ["HC", "A4222"], 60, "UN", 1)]
    assert resubmission(claim, anew, {}, True, True).dropped == ()


@pytest.mark.parametrize(("word", "times"), [("yes", 1), ("Y", 1), ("paid", 1), ("1, 2", 2)])
def test_what_is_adjudicated_may_be_said_in_words_or_lines(word: str, times: int) -> None:
    example = Example(filing="MB", line=LINES, data=(("adjudicated", word),))
    assert [f.code for f in found(example)] == ["RES001"] * times


def test_check_never_runs_them() -> None:
    report = Linter(Settings(select=("RES",))).check(TWO_LINES)
    assert list(report.findings) == []


# through a template, which runs in another process


def template(tmp_path: Path, text: str) -> str:
    path = tmp_path / "own.x12.j2"
    path.write_text(text)
    return str(path)


def test_findings_come_back_from_the_other_process(tmp_path: Path) -> None:
    own = template(tmp_path, DROPS_A_LINE)
    result = rewrite(TWO_LINES, own, settings=Settings(phi=Phi.ALL))
    assert [f.code for f in result.findings] == ["RES003", "RES002"]
    assert result.is_worse
    finding = result.findings[1]
    start = TWO_LINES.index(b"12:B:7") + len("12:B:")
    assert (finding.location.byte_start, finding.name) == (start, "lines-dropped")
    assert finding.message.endswith("1 of the 2 service lines of the original: 2")


def test_the_log_has_an_entry_for_each_claim_that_changed(tmp_path: Path) -> None:
    own = template(tmp_path, CHANGES_A_DIAGNOSIS)
    result = rewrite(TWO_LINES, own, log=True)
    at = TWO_LINES.index(b"HI*")
    ordinal = TWO_LINES.count(b"~", TWO_LINES.index(b"ST*"), at) + 1
    assert list(result.log) == [
        {
            "claim": "EX-1",
            "transaction": "0001",
            "claim_number": 1,
            "template": own,
            "changes": [
                {
                    "segment": "HI",
                    "before": {
                        "byte_start": at,
                        "byte_end": at + len("HI*ABK:G8918"),
                        "segment_ordinal": ordinal,
                        "text": "HI*ABK:G8918",
                    },
                    "after": {
                        "byte_start": at,
                        "byte_end": at + len("HI*ABK:M75121"),
                        "segment_ordinal": ordinal,
                        "text": "HI*ABK:M75121",
                    },
                }
            ],
            "result": {"interchange": "000000001", "transaction": "0001", "claim_number": 1},
        }
    ]
    assert list(result.findings) == []
    assert len(rewrite(TWO_LINES, template(tmp_path, CHANGES_NOTHING), log=True).log) == 0


def test_the_log_shows_what_may_be_shown() -> None:
    source = TWO_LINES.replace(b"REF*F8*OLD1~\n", b"").replace(b"SE*28", b"SE*27")
    masked = rewrite(source, values=NUMBER, log=True)
    (change,) = next(iter(masked.log))["changes"]
    assert change["after"]["text"] == "REF*F8*xxxxxxx"
    assert "before" not in change
    assert change["after"]["byte_start"] == masked.content().index(b"REF*F8*")
    plain = rewrite(source, values=NUMBER, log=True, settings=Settings(phi=Phi.ALL))
    assert next(iter(plain.log))["changes"][0]["after"]["text"] == "REF*F8*SECRET1"
    nameless = rewrite(source, values=NUMBER, log=True, settings=Settings(phi=Phi.NONE))
    assert "EX-1" not in json.dumps(list(nameless.log))


def test_the_log_tells_of_what_was_dropped(tmp_path: Path) -> None:
    result = rewrite(TWO_LINES, template(tmp_path, DROPS_A_LINE), log=True)
    changes = next(iter(result.log))["changes"]
    assert [c["before"]["text"] for c in changes] == [
        "LX*2",
        "SV1*HC:A4223*60*UN*1***1",
        "DTP*472*D8*20260105",
    ]
    assert not any("after" in c for c in changes)


# the command


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edi_lint", "rewrite", "--whole", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_replacement_without_a_line_is_not_written_unless_forced(tmp_path: Path) -> None:
    source, target = tmp_path / "two.837", tmp_path / "out.837"
    source.write_bytes(TWO_LINES)
    own = template(tmp_path, DROPS_A_LINE)
    refused = run(str(source), "--template", own, "-o", str(target))
    assert (refused.returncode, target.exists()) == (2, False)
    assert "RES002 claim EX-1, CLM05-03: the replacement leaves out" in refused.stderr
    forced = run(str(source), "--template", own, "-o", str(target), "--force")
    assert (forced.returncode, target.exists()) == (0, True)
    assert "RES002" in forced.stderr


def test_the_log_is_written_beside_the_result(tmp_path: Path) -> None:
    source, target, log = (tmp_path / n for n in ("two.837", "out.837", "log.jsonl"))
    source.write_bytes(TWO_LINES)
    number = ("--set", "payer_claim_control_number=P1")
    unlogged = run(str(source), *number, "-o", str(target))
    assert "info RES003 no-change-log (1)" in unlogged.stderr
    logged = run(str(source), *number, "-o", str(target), "--log", str(log))
    assert "RES003" not in logged.stderr
    (entry,) = (json.loads(line) for line in log.read_text().splitlines())
    assert entry["claim"] == "EX-1"
    assert run(str(source), *number, "-o", str(log), "--log", str(log)).returncode == 2
    assert run(str(source), *number, "-o", str(target), "--log", str(source)).returncode == 2
