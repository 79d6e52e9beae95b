"""The change log of `edi-lint fix`: each fix with its place before and after."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint.edits.fix_log import FixLog
from edi_lint.findings import Applicability, Edit, Finding, Fix, Location, Severity
from edi_lint.findings.masking import Phi
from mutants import mutants

SCHEMA = Draft202012Validator(
    json.loads((ROOT / "schemas" / "change-log.schema.json").read_text(encoding="utf-8"))
)
SOURCE = FIXTURES / "faulty" / "duplicate-modifier.837"


def test_an_entry_names_rule_and_both_places() -> None:
    result = edi_lint.fix(SOURCE)
    before, after = SOURCE.read_bytes(), result.content()
    (entry,) = result.log.entries(Phi.IDS)
    assert (entry["rule"], entry["segment"]) == ("MOD005", "SV1")
    assert {"claim", "transaction", "claim_number", "fix", "segment_ordinal"} <= entry.keys()
    old, new = entry["before"], entry["after"]
    cut = before[: old["byte_start"]] + before[old["byte_end"] :]
    assert cut == after
    assert new == {"byte_start": old["byte_start"], "byte_end": old["byte_start"]}
    assert "claim" not in next(iter(result.log.entries(Phi.NONE)))


@pytest.mark.parametrize("seed", range(40))
def test_places_of_several_passes_lead_from_the_original_to_the_result(seed: int) -> None:
    """Letters stand for bytes that nothing touches: what is between two places is the same."""
    choose = random.Random(seed)
    original = text = "".join(chr(0x100 + n) for n in range(80))
    log = FixLog()
    ranges = []
    for _ in range(3):
        cuts = sorted(choose.sample(range(len(text)), 8))
        edits = [
            Edit(a, b, "-" * choose.randrange(3))
            for a, b in zip(cuts[::2], cuts[1::2], strict=True)
        ]
        for edit in edits:
            log.add(_finding(edit))
            ranges.append(edit)
        out, at = "", 0
        for edit in log.listen(edits):
            out += text[at : edit.byte_start] + edit.text
            at = edit.byte_end
        text = out + text[at:]
    entries = list(log.entries(Phi.IDS))
    assert len(entries) == len(ranges)
    for entry in entries:
        old, new = entry["before"], entry["after"]
        assert 0 <= old["byte_start"] <= old["byte_end"] <= len(original)
        assert 0 <= new["byte_start"] <= new["byte_end"] <= len(text)
        kept = [c for c in text if c != "-"]
        outside = [c for c in original[: old["byte_start"]] if c in kept]
        assert [c for c in text[: new["byte_start"]] if c != "-"] == outside
        behind = [c for c in original[old["byte_end"] :] if c in kept]
        assert [c for c in text[new["byte_end"] :] if c != "-"] == behind


def _finding(edit: Edit) -> Finding:
    fix = Fix(Applicability.AUTOMATIC, "", (edit,))
    place = Location(1, 1, edit.byte_start, edit.byte_end)
    return Finding("XXX001", "x", Severity.ERROR, 1, "", "", "-", place, fix=fix)


def test_every_fix_of_a_mutant_is_logged() -> None:
    for mutant in mutants("duplicate", SOURCE.read_bytes(), 60, seed=5):
        result = edi_lint.fix(mutant.data, unsafe=True)
        entries = list(result.log.entries(Phi.NONE))
        assert len(entries) == len(result.applied) + result.recounted
        for entry in entries:
            SCHEMA.validate(entry)


def test_the_command_writes_it(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    run = commands("fix")
    log = tmp_path / "log.jsonl"
    ran = run(SOURCE, "-o", tmp_path / "out.837", "--log", log)
    assert ran.status == 0
    (entry,) = map(json.loads, log.read_text().splitlines())
    assert entry["rule"] == "MOD005"
    for wrong in (["--log", SOURCE], ["--log", log, "--diff"], ["--log", log, "-o", log]):
        log.unlink(missing_ok=True)
        assert (run(SOURCE, *wrong).status, log.exists()) == (2, False)
