"""What other tools read of this repository: pre-commit's hook, GitHub's action, shells' completion."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import FIXTURES, ROOT, Cli
from edi_lint.cli.formats import FindingsFormat
from edi_lint.files.folders import _ANYTHING, ENDINGS

BALANCE = FIXTURES / "faulty" / "balance.837"
MINIMAL = FIXTURES / "valid" / "minimal.837"
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an `edi-lint` in `bin` that notes its arguments and does its work."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "edi-lint"
    script.write_text(
        f"#!{sys.executable}\nimport json, sys\n"
        f"open({str(tmp_path / 'arguments')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        "from edi_lint.cli import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    return tmp_path


def environment(place: Path, **variables: str) -> dict[str, str]:
    return os.environ | {"PATH": f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"} | variables


# pre-commit


@pytest.mark.parametrize(("path", "status"), [(BALANCE, 1), (MINIMAL, 0)])
def test_the_hook_is_a_command_that_takes_files(place: Path, path: Path, status: int) -> None:
    command = [*shlex.split(HOOK["entry"]), *HOOK["args"], str(path)]
    ran = subprocess.run(
        command, env=environment(place), capture_output=True, cwd=place, check=False
    )
    assert (ran.returncode, ran.stderr) == (status, b"")
    assert (b"BAL001" in ran.stdout) is (status == 1)


def test_the_hook_gets_the_files_that_a_folder_is_searched_for() -> None:
    for ending in ENDINGS:
        for name in (f"out/a{ending}", f"A{ending.upper()}"):
            assert bool(re.search(HOOK["files"], name)) is (ending not in _ANYTHING)
    assert not re.search(HOOK["files"], "a.837.txt")


# GitHub's action


def lint(place: Path, **inputs: str) -> tuple[int, str, list[str]]:
    """Run the action's step as a runner does: its status, output, and edi-lint's arguments."""
    step = ACTION["runs"]["steps"][1]
    expressions = {f"${{{{ inputs.{n} }}}}": i["default"] for n, i in ACTION["inputs"].items()}
    expressions |= {f"${{{{ inputs.{n.replace('_', '-')} }}}}": v for n, v in inputs.items()}
    variables = {name: expressions[value] for name, value in step["env"].items()}
    ran = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env=environment(place, **variables),
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, json.loads((place / "arguments").read_text())


def test_the_action_annotates_and_fails_as_check_does(place: Path) -> None:
    (place / "a b.837").write_bytes(BALANCE.read_bytes())
    status, out, arguments = lint(place)
    assert arguments == ["check", "--output-format", "github", "--", "."]
    assert status == 1
    assert re.search(r"^::error file=a b.837,line=21,.*title=BAL001", out, re.MULTILINE)
    status, out, _ = lint(place, options="--fail-on=never\n\n--select=BAL\n", paths="a b.837\n")
    assert (status, out.count("\n")) == (0, 1)


def test_the_action_writes_sarif_for_the_step_that_uploads_it(place: Path) -> None:
    (place / "a.837").write_bytes(BALANCE.read_bytes())
    keyed = []
    for key in ("", "a secret"):
        lint(place, sarif="out.sarif", fingerprint_key=key)
        (run,) = json.loads((place / "out.sarif").read_text())["runs"]
        keyed.append(run["results"][0]["partialFingerprints"])
    assert keyed[0] != keyed[1]


def test_what_a_workflow_hands_in_is_no_script(place: Path) -> None:
    hostile = '$(touch hacked); "`touch hacked`" \'; touch hacked #'
    _, _, arguments = lint(place, paths=hostile, options="--select=BAL")
    assert arguments[-1] == hostile
    assert not (place / "hacked").exists()
    assert all("${{" not in step["run"] for step in ACTION["runs"]["steps"])


def test_the_action_installs_itself() -> None:
    step: dict[str, Any] = ACTION["runs"]["steps"][0]
    assert step["env"] == {"SOURCE": "${{ github.action_path }}"}
    for line in (
        '--require-hashes --only-binary :all: -r "$SOURCE/requirements-action.txt"',
        '--no-index --no-deps --no-build-isolation "$SOURCE"',
    ):
        assert f'"${{install[@]}}" {line}\n' in step["run"]
    assert step["run"].count("pip install") == 1
    checked = ["bash", "-n", "-c", step["run"]]
    assert subprocess.run(checked, check=False).returncode == 0


# shells and help


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["ch"], ["check"]),
        (["check", "--output-format", ""], [f.value for f in FindingsFormat]),
        (["check", "--output-format", "j"], ["json", "jsonl", "junit"]),
        (["check", "--fail-on", "w"], ["warning"]),
        (["extract", "--format", "p"], ["parquet"]),
    ],
)
def test_a_shell_completes_commands_options_and_formats(
    words: list[str], completed: list[str]
) -> None:
    line = " ".join(["edi-lint", *words])
    variables = {
        "_EDI_LINT_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words)),
    }
    code = "import sys; from edi_lint.cli import main; sys.argv = ['edi-lint']; sys.exit(main())"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.split() == completed


def test_the_help_of_check_names_every_format_and_the_exit_status(
    commands: Callable[[str], Cli],
) -> None:
    words = " ".join(commands("check")("--help").out.split())
    for format_ in FindingsFormat:
        assert re.search(rf"\b{format_}\b", words)
    assert "Exit status: 0" in words
    assert "none in sarif, junit, github and gitlab" in words
