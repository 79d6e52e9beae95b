"""`edi-lint fix` mends what its fixes say and no other byte, and it writes all of it or nothing."""

from __future__ import annotations

import errno
import io
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import edi_lint
import edi_lint.files.outputs as output_module
from conftest import FIXTURES, ROOT, Cli, faulty_fixtures, linter_for, valid_fixtures
from edi_lint.edits import apply
from edi_lint.edits import fixing as fixing_module
from edi_lint.edits.compare import compare_fixed
from edi_lint.edits.fixing import FixError, Fixing, fix, selected
from edi_lint.engine import EngineError, engine_class
from edi_lint.findings import Applicability, Edit, Finding, Fix, Location, Severity
from edi_lint.findings.masking import Phi
from edi_lint.findings.store import Findings
from edi_lint.reporters import segment_diff
from edi_lint.rules import CATALOGUE
from edi_lint.rules.base import Rule
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from mutants import mutants

STATEMENTS = frozenset({"KX", "GA", "GX", "GY", "GZ", "EY"})
"""Modifiers that are the supplier's own statements: no tool adds or removes one."""

SOURCES = {p.name: p.read_bytes() for p in valid_fixtures() if p.stat().st_size < 20_000}
USUAL = sorted(name for name, data in SOURCES.items() if data[103:106].endswith(b"~"))
"""Those with the usual delimiters."""

DATED = ("DTP*472*D8*20260105", "REF*6R*EX1L1")
DUPLICATE = Example(line=("SV1*HC:A4306:GY:GY*120*UN*1***1", *DATED), filing="MB").file()
FIXED = DUPLICATE.replace(b":GY:GY*", b":GY*")


@pytest.fixture
def run(commands: Callable[[str], Cli]) -> Cli:
    return commands("fix")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file with one fault that has an automatic fix, alone in its folder."""
    path = tmp_path / "in.837"
    path.write_bytes(DUPLICATE)
    return path


def spoiled(data: bytes, seed: int) -> bytes:
    """A file with several faults at a time, each of which has an automatic or a suggested fix."""
    random = Random(seed)
    segments = data.split(b"~")
    for _ in range(random.randrange(1, 8)):
        n = random.randrange(2, len(segments) - 3)
        spoil = random.choice(SPOILS)
        segments[n] = spoil(segments[n], random)
    return b"~".join(segments)


def _repeated_modifier(segment: bytes, random: Random) -> bytes:
    modifier = random.choice([b"GY", b"SC", b"gy", b"", b"KX"])
    return re.sub(rb"(SV1\*HC:\w+)", rb"\1:%s:GY:%s" % (modifier, modifier), segment)


SPOILS: list[Callable[[bytes, Random], bytes]] = [
    lambda segment, _: segment + b"**",
    lambda segment, _: segment + b"  ",
    lambda segment, _: re.sub(rb"(LX\*)\d+", rb"\g<1>7", segment),
    lambda segment, _: re.sub(rb"(ABK:\w)(\w\w)", rb"\1\2.", segment),
    lambda segment, _: re.sub(rb"(SE\*)\d+", rb"\g<1>99", segment),
    lambda segment, _: segment.replace(b"A4306", b"a4306"),
    lambda segment, _: re.sub(rb"(N4\*[^*]*\*[^*]*\*\d{5})(\d{4})", rb"\1-\2", segment),
    lambda segment, _: re.sub(rb"(PWK(?:\*[^*]*){2})\*\*", rb"\1*1*X", segment),
    lambda segment, _: re.sub(rb"(DTP\*472\*D8\*\d{4})(\d\d)", rb"\1-\2-", segment),
    _repeated_modifier,
]


def counted(findings: Findings) -> Counter[tuple[object, ...]]:
    """The findings by rule, claim and message."""
    return Counter(
        (f.code, f.location.transaction, f.location.claim_number, f.message) for f in findings
    )


def statements(data: bytes) -> list[tuple[str, ...]]:
    """Of each service line the modifiers that are statements, each once, whatever their case."""
    return [
        tuple(sorted({m.strip().upper() for m in line.modifiers} & STATEMENTS))
        for claim in edi_lint.read(data)
        for line in claim.lines
    ]


def replaced(data: bytes, edits: list[Edit]) -> bytes:
    """The edits made one by one, from the end: the answer to compare with."""
    for edit in reversed(edits):
        data = data[: edit.byte_start] + edit.text.encode("latin-1") + data[edit.byte_end :]
    return data


def mended(data: bytes, settings: Settings | None = None, unsafe: bool = False) -> Fixing:
    """A fixed file of which all that a fixed file must be has been tried."""
    result = fix(data, settings, unsafe=unsafe)
    content = result.content()
    assert result.is_changed == (content != data) == bool(result.applied)
    assert not [f for f in result.remaining if is_wanted(f, unsafe)]
    if content != data:  # else it would be the same once more
        assert fix(content, settings, unsafe=unsafe).content() == content
        assert statements(content) == statements(data)
    return result


def is_wanted(finding: Finding, unsafe: bool) -> bool:
    return finding.fix is not None and (
        unsafe or finding.fix.applicability is Applicability.AUTOMATIC
    )


# which fixes go together, and what they leave alone


@given(st.sampled_from(USUAL), st.integers(0, 10_000))
@hypothesis_settings(deadline=None, max_examples=60)
def test_any_subset_of_fixes_mends_its_findings_and_touches_no_other_byte(
    name: str, seed: int
) -> None:
    data = spoiled(SOURCES[name], seed)
    random = Random(seed)
    before = linter_for("").check(data).findings
    taken: list[Finding] = []
    edits = list(selected(before, lambda f: f.fix if random.random() < 0.6 else None, taken.append))
    result = b"".join(apply(io.BytesIO(data), edits))
    assert result == replaced(data, edits)
    assert Counter(edits) == Counter(e for f in taken if f.fix for e in f.fix.edits)
    after = linter_for("").check(result)
    assert after.file.error == ""
    remaining = counted(after.findings)
    of_taken = counted(Findings(taken))
    for key, number in counted(before).items():
        assert remaining[key] <= number - of_taken[key], (key, seed)


@given(st.sampled_from(USUAL), st.integers(0, 10_000), st.booleans(), st.booleans())
@hypothesis_settings(deadline=None, max_examples=30)
def test_fixing_ends_with_right_counts_and_a_second_time_changes_nothing(
    name: str, seed: int, unsafe: bool, some: bool
) -> None:
    data = spoiled(SOURCES[name], seed)
    random = Random(seed)
    codes = tuple(r.code for r in CATALOGUE if not some or random.random() < 0.4)
    result = mended(data, Settings(select=codes), unsafe)
    assert not result.is_worse, (result.new_errors, seed)
    counts = Linter(Settings(select=("ENV005",)))
    known = counted(counts.check(data).findings)
    assert not counted(counts.check(result.content()).findings) - known


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.stem)
@pytest.mark.parametrize("unsafe", [False, True])
def test_every_fixture_can_be_fixed(path: Path, unsafe: bool) -> None:
    result = mended(path.read_bytes(), unsafe=unsafe)
    assert not result.is_worse


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_mutants_can_be_fixed(name: str) -> None:
    for mutant in mutants(name, SOURCES[name], 10, seed=11):
        mended(mutant.data, unsafe=True)


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda r: r.code)
def test_no_fix_of_a_rules_examples_adds_or_removes_a_statement(
    rule: type[Rule], tmp_path: Path
) -> None:
    """Where all fixes are automatic, `unsafe` would do the same once more.

    STR008 has a fix in nearly every example, the same one: it is tried where others are, or alone.
    """
    for example in rule.invalid:
        if not linter_for("").check(example.file()).file.checked:
            continue
        settings = Settings()
        if example.profile_file:
            profile = tmp_path / "example.yaml"
            profile.write_text(example.profile_file, encoding="utf-8")
            settings = Settings(profile=str(profile))
        data = example.file()
        found = linter_for(example.profile_file).check(data).findings
        others = (f for f in found if f.fix and f.code != "STR008" != rule.code)
        fixes = {f.fix.applicability for f in others if f.fix}
        if rule.code == "STR008" or Applicability.AUTOMATIC in fixes:
            mended(data, settings)
        if fixes - {Applicability.AUTOMATIC}:
            mended(data, settings, unsafe=True)


AUTOMATIC = {
    "ENV002", "ENV003", "ENV004", "ENV005", "ENV009", "STR005", "STR011", "STR012", "MOD005",
    "COD004", "STR008",
}  # fmt: skip
"""Rules with an automatic fix."""


@pytest.mark.parametrize(
    "rule", [r for r in CATALOGUE if r.code in AUTOMATIC], ids=lambda r: r.code
)
def test_a_rule_that_can_be_mended_unasked_is(rule: type[Rule]) -> None:
    fixed = [fix(example.file()).applied for example in rule.invalid]
    assert any(f.code == rule.code for found in fixed for f in found)


def test_a_rule_says_why_its_fix_is_safe_where_it_is_applied_unasked() -> None:
    assert {r.code for r in CATALOGUE if r.fix_safety} >= AUTOMATIC


def finding(start: int, *edits: tuple[int, int, str], claim: int = 1) -> Finding:
    made = Fix(Applicability.AUTOMATIC, "", tuple(Edit(*edit) for edit in edits))
    place = Location(1, start + 1, start, start + 1, transaction="0001", claim_number=claim)
    return Finding("XXX001", "x", Severity.ERROR, 1, "", "", "-", place, fix=made)


@pytest.mark.parametrize(
    ("findings", "starts"),
    [
        ([finding(5, (5, 8, "")), finding(7, (7, 9, ""))], [5]),
        ([finding(5, (5, 8, "")), finding(8, (8, 9, ""))], [5]),
        ([finding(5, (5, 8, "")), finding(9, (9, 9, "x"))], [5, 9]),
        ([finding(5, (9, 12, "")), finding(6, (6, 7, "")), finding(8, (11, 13, ""))], [6, 9]),
        ([finding(5, (5, 6, ""), (20, 25, "")), finding(7, (22, 23, ""))], [5, 20]),
        ([finding(5, (5, 6, "")), finding(7, (3, 4, ""), (6, 7, ""))], [3, 6]),
        ([finding(5, (5, 30, "")), finding(7, (20, 22, ""), claim=2)], [5]),
        ([finding(5, (30, 30, "a"), (30, 30, "b"))], [30, 30]),
    ],
)
def test_of_two_fixes_that_overlap_or_touch_the_first_is_taken(
    findings: list[Finding], starts: list[int]
) -> None:
    edits = list(selected(findings, lambda f: f.fix, lambda _: None))
    assert [edit.byte_start for edit in edits] == starts


def test_fixes_that_stand_in_each_others_way_take_several_passes() -> None:
    line = "SV1*HC:A4306::gy::GY:PUMP*120*UN*1***1**"
    result = mended(Example(line=(line, *DATED), filing="MB").file())
    assert b"~\nSV1*HC:A4306:GY::::PUMP*120*UN*1***1~\n" in result.content()
    assert result.passes > 1
    assert {f.code for f in result.applied} == {"STR012", "MOD005", "ENV009"}


def test_fixes_without_an_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixing_module, "MOST_PASSES", 1)
    with pytest.raises(FixError, match=r"still something to fix, at last of MOD005; .* --ignore"):
        fix(DUPLICATE)


def test_what_a_fix_leaves_is_told() -> None:
    data = Example(line=("SV1*HC:A4306:SC:SC*120*UN*1***1", *DATED), claim=("HI*ABK:g8918",)).file()
    result = fix(data)
    assert [f.code for f in result.applied] == ["MOD005"]
    assert "COD004" in {f.code for f in result.remaining}
    assert result.suggestions == 1
    assert fix(data, unsafe=True).suggestions == 0


@pytest.mark.parametrize(("select", "recounted"), [((), 0), (("SIT014",), 1)])
def test_where_segments_go_their_set_is_counted_again(
    select: tuple[str, ...], recounted: int
) -> None:
    line = ("SV1*HC:A4306:GY*120*UN*1***1", "PWK*CT*AD", *DATED)
    data = Example(line=line, filing="MB").file()
    count = data.count(b"~") - 4
    assert b"~\nSE*%d*" % count in data
    result = mended(data, Settings(select=select), unsafe=True)
    assert b"PWK" not in result.content()
    assert b"~\nSE*%d*" % (count - 1) in result.content()
    assert result.recounted == recounted


def test_a_count_that_was_wrong_before_stays_where_nothing_came_or_went() -> None:
    data = DUPLICATE.replace(b"~\nSE*", b"~\nSE*9")
    result = mended(data, Settings(select=("MOD005",)), unsafe=True)
    assert result.content() == data.replace(b":GY:GY*", b":GY*")


def test_suppressed_findings_are_left_alone(tmp_path: Path, run: Cli, source: Path) -> None:
    settings = tmp_path / "edi-lint.toml"
    settings.write_text('[[suppressions]]\nrule = "MOD005"\nreason = "x"\nexpires = 2099-01-01\n')
    assert run(source, "--config", settings).out.encode() == DUPLICATE


@pytest.mark.parametrize("name", ["many.837", "minimal.837"])
def test_both_engines_fix_the_same(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    results = []
    for engine in ("python", "kernel"):
        monkeypatch.setenv("EDI_LINT_ENGINE", engine)
        try:
            engine_class()
        except EngineError:
            pytest.skip("there is no kernel here")
        for seed in range(10):
            data = spoiled((FIXTURES / "valid" / name).read_bytes(), seed)
            result = fix(data, unsafe=seed % 2 == 0)
            results.append((result.content(), list(result.applied), list(result.remaining)))
    assert results[:10] == results[10:]


# what is worse


def test_a_new_error_takes_the_place_of_another() -> None:
    def error(message: str, claim: int) -> Finding:
        return finding(1, claim=claim)._replace(message=message)

    before = [error("a", 1), error("b", 2)]

    def new(after: list[Finding]) -> dict[str, int]:
        return compare_fixed(before, after).new(Severity.ERROR)

    assert new([error("c", 1), error("b", 2)]) == {}
    assert new([]) == {}
    assert new([error("c", 1), error("d", 1)]) == {"XXX001": 2}
    found = compare_fixed(before, [*before, error("e", 2)])
    assert found.new(Severity.ERROR) == {"XXX001": 1}
    assert [f.message for f in found.examples[Severity.ERROR]] == ["e"]


def test_a_result_that_lints_worse_is_refused_unless_forced(run: Cli, tmp_path: Path) -> None:
    path, output = tmp_path / "in.837", tmp_path / "out.837"
    line = ("SV1*HC:A4306:ga:KX:GX*120*UN*1***1", *DATED)
    path.write_bytes(Example(line=line, filing="MB").file())
    ran = run(path, "-o", output)
    assert (ran.status, ran.out, output.exists()) == (2, "", False)
    assert "refused: the result has more errors" in ran.err
    assert re.search(r"\n  MOD00\d claim EX-1, SV101-0\d: ", ran.err)
    assert run(path, "--in-place").status == 2
    ran = run(path, "--diff")
    assert (ran.status, "+SV1*HC:A4306:GA:KX" in ran.out) == (2, True)
    ran = run(path, "-o", output, "--force")
    assert (ran.status, b":GA:KX:" in output.read_bytes()) == (0, True)
    assert "errors that the original does not have: MOD00" in ran.err


# the command


def test_the_result_goes_to_standard_output(run: Cli, source: Path) -> None:
    ran = run(source)
    assert (ran.status, ran.out.encode()) == (0, FIXED)
    assert "1 finding fixed\n  MOD005 Modifier repeated on one line (1)\n" in ran.err
    assert run("-", stdin=DUPLICATE).out.encode() == FIXED
    assert source.read_bytes() == DUPLICATE


def test_the_result_goes_to_a_file(run: Cli, source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.837"
    ran = run(source, "--output", output)
    assert (ran.status, ran.out, output.read_bytes()) == (0, "", FIXED)


def test_rules_are_chosen(run: Cli, source: Path) -> None:
    assert run(source, "--ignore", "MOD").out.encode() == DUPLICATE
    assert run(source, "--select", "ENV").out.encode() == DUPLICATE
    assert run(source, "--level", 5).out.encode() == DUPLICATE
    assert run(source, "--select", "MOD005").out.encode() == FIXED


def test_in_place_keeps_the_mode_and_follows_a_link(run: Cli, source: Path, tmp_path: Path) -> None:
    source.chmod(0o640)
    link = tmp_path / "link.837"
    link.symlink_to(source)
    ran = run(link, "--in-place")
    assert (ran.status, ran.out, source.read_bytes()) == (0, "", FIXED)
    assert link.is_symlink()
    assert stat.S_IMODE(source.stat().st_mode) == 0o640
    before = source.stat()
    assert run(source, "--in-place").status == 0
    assert source.stat() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.837", "link.837"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["in.837", "-o", "in.837"], "in.837: is the input; --in-place overwrites it"),
        (["in.837", "-o", "link.837"], "link.837: is the input"),
        (["in.837", "-o", "no/out.837"], "no/out.837: cannot write there: No such file"),
        (["in.837", "-o", "."], "in.837: is the input; --in-place overwrites it"),
        (["in.837", "-o", "/dev/full"], "/dev/full: cannot write: No space left"),
        (["in.837", "--in-place", "-o", "out.837"], "--in-place does not go with --output"),
        (["in.837", "--in-place", "--diff"], "--in-place does not go with --diff"),
        (["-", "--in-place"], "standard input cannot be written to"),
        (["fifo", "--in-place"], "fifo: not a file; --in-place needs one"),
        (["none.837"], "none.837: cannot read: No such file"),
        (["."], "2 inputs: name a folder for the results with --output, or use --in-place"),
        (["text"], "text: no ISA segment"),
        (["in.837", "--select", "XYZ"], "XYZ: no rule's code begins like this"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(
    run: Cli,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("link.837").symlink_to(source)
    Path("text").write_text("no claims here")
    os.mkfifo("fifo")
    there = set(tmp_path.iterdir())
    ran = run(*arguments)
    assert (ran.status, ran.out, set(tmp_path.iterdir())) == (2, "", there)
    assert reason in ran.err
    assert ran.err.count("\n") == 1
    assert source.read_bytes() == DUPLICATE


# the diff


def test_the_diff_shows_what_would_change_and_writes_nothing(run: Cli, source: Path) -> None:
    ran = run(source, "--diff")
    assert ran.status == 1
    assert f"--- {source}\n+++ {source} (fixed)\n@@ -" in ran.out
    assert "\n-SV1*HC:A4306:GY:GY*120*UN*1***1\n+SV1*HC:A4306:GY*120*UN*1***1\n" in ran.out
    assert "1 finding to be fixed" in ran.err
    assert source.read_bytes() == DUPLICATE
    source.write_bytes(FIXED)
    ran = run(source, "--diff")
    assert (ran.status, ran.out) == (0, "")


def test_the_diff_hides_what_is_protected(run: Cli, tmp_path: Path) -> None:
    path = tmp_path / "in.837"
    path.write_bytes(DUPLICATE.replace(b"*EXAMPLE*PERSON*", b"*ZEBEDEE *QUILLON *"))
    for phi, claim in (("none", "EX-1"), ("ids", "EX1")):
        ran = run(path, "--diff", "--phi", phi)
        assert "\n+NM1*IL*1*xxxxxxx*xxxxxxx*" in ran.out
        assert not re.search(rf"ZEBEDEE|QUILLON|1EG4TE5MK73|1960|EXAMPLE WAY|\*{claim}", ran.out)
        assert "ZEBEDEE" not in ran.err
    assert "+NM1*IL*1*ZEBEDEE*QUILLON*" in run(path, "--diff", "--phi", "all").out


def shown(data: bytes) -> list[str]:
    """The segments of a file, a line each."""
    return [s.strip().decode("latin-1") for s in data.split(b"~") if s.strip()]


def patched(lines: list[str], diff: str) -> list[str]:
    """What a unified diff makes of a file."""
    out: list[str] = []
    at = 0
    for line in diff.splitlines()[2:]:
        if head := re.fullmatch(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", line):
            first, number, second, other = map(int, head.groups())
            start = first - 1 if number else first
            out += lines[at:start]
            at = start
            assert len(out) == (second - 1 if other else second)
            continue
        mark, text = line[0], line[1:]
        if mark != "+":
            assert lines[at] == text
            at += 1
        if mark != "-":
            out.append(text)
    return out + lines[at:]


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(2, 12))
@hypothesis_settings(deadline=None, max_examples=60)
def test_the_diff_leads_from_the_one_file_to_the_other(seed: int, number: int, ahead: int) -> None:
    random = Random(seed)
    data = (FIXTURES / "valid" / "many.837").read_bytes()
    segments = data.split(b"~\n")
    for _ in range(number):
        n = random.randrange(20, len(segments) - 4)
        change = random.choice(["drop", "add", "change"])
        if change == "drop":
            del segments[n]
        elif change == "add":
            segments.insert(n, b"NTE*ADD*NEW%d" % random.randrange(9))
        else:
            segments[n] += b"*X"
    other = b"~\n".join(segments)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment_diff, "_AHEAD", ahead)
        patch.setattr(segment_diff, "_LONGEST", 20)
        pieces = segment_diff.render(io.BytesIO(data), io.BytesIO(other), "x", Phi.ALL)
        diff = "".join(pieces)
    assert patched(shown(data), diff) == shown(other)


# all or nothing

KILLED = """
import os, signal, sys, tempfile
from pathlib import Path

at, seen = int(sys.argv.pop(1)), 0

def step():
    global seen
    seen += 1
    if seen == at:
        os.kill(os.getpid(), signal.SIGKILL)

def stepwise(owner, name):
    real = getattr(owner, name)
    def call(*arguments, **named):
        step()
        result = real(*arguments, **named)
        step()
        return result
    setattr(owner, name, call)

class Stream:
    def __init__(self, handle, mode):
        self.handle = handle
    def __enter__(self):
        return self
    def __exit__(self, *_):
        os.close(self.handle)
    def close(self):
        pass
    def fileno(self):
        return self.handle
    def flush(self):
        pass
    def writelines(self, pieces):
        for piece in pieces:
            for half in (piece[: len(piece) // 2], piece[len(piece) // 2 :]):
                os.write(self.handle, half)
                step()

for owner, name in ((tempfile, "mkstemp"), (os, "fsync"), (Path, "chmod"), (Path, "replace")):
    stepwise(owner, name)
os.fdopen = Stream
import edi_lint.edits.fixing
edi_lint.edits.fixing.CHUNK = 800
from edi_lint.cli import main
sys.exit(main())
"""


@pytest.mark.parametrize("arguments", [["--in-place"], ["-o", "out.837"], ["-o", "there.837"]])
def test_killed_at_any_write_the_output_is_whole_or_what_it_was(
    arguments: list[str], source: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there.837"
    target = source if arguments == ["--in-place"] else tmp_path / arguments[1]
    steps = 0
    while True:
        steps += 1
        source.write_bytes(DUPLICATE)
        there.write_bytes(b"what was there")
        tmp_path.joinpath("out.837").unlink(missing_ok=True)
        before = target.read_bytes() if target.exists() else None
        command = [sys.executable, "-c", KILLED, str(steps), "fix", "in.837", *arguments]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
        after = target.read_bytes() if target.exists() else None
        assert after in (before, FIXED)
        assert source.read_bytes() in (DUPLICATE, FIXED if target == source else DUPLICATE)
        if ran.returncode != -signal.SIGKILL:
            break
    assert (ran.returncode, after) == (0, FIXED)
    assert steps >= 10


@pytest.mark.parametrize("step", ["mkstemp", "write", "fsync", "chmod", "replace"])
@pytest.mark.parametrize("in_place", [True, False])
def test_a_write_that_fails_is_told_and_leaves_everything_as_it_was(
    step: str, in_place: bool, run: Cli, source: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class Failing(output_module._NamedFile):
        def write(self, _: object) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    owners: dict[str, tuple[object, str, object]] = {
        "mkstemp": (tempfile, "mkstemp", fails),
        "write": (output_module, "_NamedFile", Failing),
        "fsync": (os, "fsync", fails),
        "chmod": (Path, "chmod", fails),
        "replace": (Path, "replace", fails),
    }
    monkeypatch.setattr(*owners[step])  # type: ignore[call-overload]
    arguments = ["--in-place"] if in_place else ["-o", tmp_path / "out.837"]
    ran = run(source, *arguments)
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert re.search(r"(in|out)\.837: cannot write( there)?: No space left on device", ran.err)
    assert (source.read_bytes(), list(tmp_path.iterdir())) == (DUPLICATE, [source])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only_is_told(run: Cli, source: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    ran = run(source, "--in-place")
    tmp_path.chmod(0o700)
    assert (ran.status, source.read_bytes()) == (2, DUPLICATE)
    assert "cannot write there: Permission denied" in ran.err


def test_a_full_disk_for_temporary_files_is_told(
    run: Cli, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: open("/dev/full", "wb"))  # noqa: PTH123, SIM115
    ran = run(source, "--in-place")
    assert (ran.status, source.read_bytes()) == (2, DUPLICATE)
    assert "No space left on device; make room, or name another folder in TMPDIR" in ran.err


def test_an_input_that_changes_meanwhile_is_noticed(
    source: Path, run: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = fix(source)
    source.write_bytes(DUPLICATE + b"\n")
    with pytest.raises(FixError, match="changed while it was read"):
        result.content()
    real = Fixing._judge

    def changed(fixing: Fixing, settings: Settings, before: Findings) -> None:
        source.write_bytes(DUPLICATE + b"\n\n")
        real(fixing, settings, before)

    monkeypatch.setattr(Fixing, "_judge", changed)
    ran = run(source, "--in-place")
    assert (ran.status, source.read_bytes()) == (2, DUPLICATE + b"\n\n")
    assert ran.err.endswith("in.837: the file changed while it was read; try again\n")


def test_a_segment_of_another_level_stays_where_no_fix_knows_which_is_right() -> None:
    good = (ROOT / "examples" / "resubmit.837").read_bytes()
    at = good.index(b"~\n", good.index(b"SBR*")) + 2
    bad = (good[:at] + b"PAT*01~\n" + good[at:]).replace(b"SE*52*", b"SE*53*")
    (finding,) = edi_lint.check(bad).findings
    assert (finding.code, finding.location.segment) == ("ENV007", "PAT")
    assert edi_lint.fix(bad, unsafe=True).content() == bad
