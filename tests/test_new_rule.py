"""scripts/new_rule.py: a skeleton of each kind runs, fails where it is to be filled in, then passes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

RULES = Path("src") / "edi_lint" / "rules"
KINDS = {"line": "SIT901", "claim": "SIT902", "pack": "DOC903", "value": "COD904"}


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a copy of the tree, with the copy's package."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=place,
        env=os.environ | {"PYTHONPATH": str(place / "src"), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def new_rule(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(place, "scripts/new_rule.py", *arguments)


def failing(place: Path) -> set[str]:
    """Tests of the new rules that fail, as name[CODE]."""
    chosen = " or ".join(KINDS.values())
    files = ("tests/test_rules.py", "tests/test_rule_page.py")
    result = run(place, "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, "-k", chosen)
    assert result.returncode in (0, 1), result.stdout + result.stderr
    return set(
        re.findall(r"^FAILED .*::test_(.*?)(?:-1)?\](?: - .*)?$", result.stdout, re.MULTILINE)
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("clone")
    unneeded = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.c")
    for folder in ("src", "scripts", "tests", "schemas", "templates", "docs"):
        shutil.copytree(ROOT / folder, place / folder, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


def test_a_skeleton_fails_where_it_is_to_be_filled_in_and_passes_when_it_is(clone: Path) -> None:
    for kind, code in KINDS.items():
        result = new_rule(clone, code, f"skeleton-of-a-{kind}", "--kind", kind)
        assert result.returncode == 0, result.stderr
        assert f"{code} is in src/edi_lint/rules/" in result.stdout
    for check in (["check"], ["format", "--check"]):
        assert run(clone, "-m", "ruff", *check, str(RULES)).returncode == 0
    unfinished = {f"nothing_of_a_rule_is_left_to_fill_in[{code}" for code in KINDS.values()}
    unfinished |= {
        f"an_invalid_example_is_found_once_and_nothing_else_is_an_error[{code}"
        for code in KINDS.values()
    }
    assert failing(clone) >= unfinished
    for module in ("situational", "documentation", "identifiers"):
        fill_in(clone / RULES / f"{module}.py")
    assert failing(clone) == set()


def fill_in(module: Path) -> None:
    """Make of the skeletons rules that look for what no other rule minds: code A4452, delay 99."""
    text = module.read_text("utf-8")
    text = text.replace(
        '(Example(at="SV101-02"),)', '(Example(line=(LOOKED_FOR,), at="SV101-02"),)'
    )
    text = text.replace('(Example(at="CLM05-03"),)', '(Example(clm=DELAYED, at="CLM05-03"),)')
    text = text.replace(
        "    def judge(self, pack: Pack, procedure: str) -> Iterator[Said]:\n"
        '        if pack.name == "FILL IN"',
        '    charge = Part("2400", "SV1", 2)\n\n'
        "    def judge(self, charge: str) -> Iterator[Said]:\n"
        '        if charge == "119.99"',
    )
    text = text.replace("rules.parts import At, Said", "rules.parts import At, Part, Said")
    text = text.replace('frequency == "FILL IN"', 'frequency == "9"')
    text = text.replace('== "FILL IN"', '== "A4452"')
    text = re.sub(r'(    name = "(.*)"\n    fault = )".*"', r'\1"Wrong \2"', text)
    text = text.replace("FILL IN", "It")
    constants = [
        f'LOOKED_FOR = "SV1*HC:{"A4306*119.99" if "DOC903" in text else "A4452*120"}*UN*1***1"',
        'DELAYED = "CLM*EX-1*120***12:B:9*Y*A*Y*Y"',
    ]
    if "DOC903" in text:
        text = text.replace(
            "Example(line=(LOOKED_FOR,)",
            'Example(clm="CLM*EX-1*119.99***12:B:1*Y*A*Y*Y", line=(LOOKED_FOR,)',
        )
    first = text.index("\nclass ")
    module.write_text(text[:first] + "\n".join(constants) + "\n\n" + text[first:], "utf-8")


def test_a_skeleton_can_be_looked_at_without_being_written(clone: Path) -> None:
    before = (clone / RULES / "modifiers.py").read_text("utf-8")
    result = new_rule(clone, "MOD909", "looked-at", "--print")
    assert result.stdout.startswith("class LookedAt(LineRule):\n")
    assert (clone / RULES / "modifiers.py").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("code", "name", "message"),
    [
        ("SIT1", "a-rule", "'SIT1' is not a code of a rule: ENV, STR"),
        ("XYZ001", "a-rule", "'XYZ001' is not a code of a rule: ENV, STR"),
        ("SIT909", "A Rule", "'A Rule' is not a name of a rule: words in lower case"),
        ("MOD005", "a-rule", "there is a rule MOD005 duplicate-modifier already"),
        ("MOD909", "duplicate-modifier", "there is a rule MOD005 duplicate-modifier already"),
    ],
)
def test_what_can_be_no_new_rule_is_refused(
    clone: Path, code: str, name: str, message: str
) -> None:
    result = new_rule(clone, code, name)
    assert result.returncode == 2
    assert result.stderr.startswith(f"new_rule.py: {message}")
