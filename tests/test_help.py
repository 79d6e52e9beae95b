"""What `--help` shows as examples works as it stands."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT
from documents import environment, fences, furnish, run, run_here
from edi_lint.cli.app import Commands
from edi_lint.cli.lazy import command
from test_codes import hcpcs_file
from test_watch import until

EXAMPLES = ROOT / "examples"


def examples(name: str) -> list[str]:
    _, marker, lines = (command(name).help or "").partition("Examples:\n")
    assert marker, f"{name} --help has no examples"
    return [line.strip() for line in lines.splitlines() if line.strip()]


LINES = [line for name in Commands.names for line in examples(name)]


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the examples name, also stand-ins of programs that they call."""
    place = furnish(tmp_path_factory.mktemp("furnished"))
    for name, shown in {"gpg": 'cat "$2"', "less": "cat"}.items():
        (place / "bin" / name).write_text(f"#!/bin/sh\nexec {shown}\n")
        (place / "bin" / name).chmod(0o755)
    for folder in ("outbound", "incoming"):
        shutil.copytree(EXAMPLES, place / folder, ignore=shutil.ignore_patterns("*.[!8]*"))
    for name in ("outbound", "rejected", "held"):
        shutil.copy(EXAMPLES / "outbound.837", place / f"{name}.837")
    shutil.copy(EXAMPLES / "outbound.837", place / "batch.837.gpg")
    page = (ROOT / "docs" / "how-to" / "situations.md").read_text("utf-8")
    rows = page.partition('```yaml title="house-rules.yaml"\n')[2].partition("```")[0]
    (place / "house-rules.yaml").write_text(rows, "utf-8")
    shutil.copy(EXAMPLES / "resubmit.837", place / "adjudicated.837")
    shutil.copy(EXAMPLES / "resubmit.csv", place / "numbers.csv")
    (place / "claims.csv").write_text("HI-26-0612,395\nHI-26-0614,480\n")
    situations = fences((ROOT / "docs" / "how-to" / "situations.md").read_text("utf-8"))
    (house_rules,) = (fence for fence in situations if fence.title == "house-rules.yaml")
    (place / "house-rules.yaml").write_text(house_rules.text, "utf-8")
    for name in ("277ca.txt", "999.txt"):
        shutil.move(place / "answers" / name, place / name)
    shutil.copy(place / "999.txt", place / "answers" / "999.txt")
    (place / "other").mkdir()
    (place / "other" / "edi-lint.toml").write_text('fail-on = "warning"\n')
    release = hcpcs_file(place, "HCPC2027_JAN_ANWEB.txt")
    with zipfile.ZipFile(release.with_suffix(".zip"), "w") as archive:
        archive.write(release, release.name)
    recorded = run("edi-lint check --ledger sent.db --record --fail-on never outbound.837", place)
    assert recorded.returncode == 0
    assert run("edi-lint report outbound --output reports/yesterday", place).returncode == 1
    return place


@pytest.fixture
def place(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the furnished folder."""
    monkeypatch.setenv("EDI_LINT_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    return shutil.copytree(furnished, tmp_path / "place")


@pytest.mark.parametrize("line", [line for line in LINES if "--watch" not in line])
def test_an_example_does_what_it_says(line: str, place: Path) -> None:
    outputs = re.findall(r"(?:-o|--output|--log|--clean|--held|--report|--resubmit) (\S+)", line)
    for output in outputs:
        (place / output).unlink(missing_ok=True)
    result = run(f"set -o pipefail; {line}", place) if "|" in line else run_here(line, place)
    if re.search(r"\b(check|trace|(fix|edit) --diff|split|report)\b", line):
        assert result.returncode in (0, 1), result.stderr
    else:
        assert result.returncode == 0, result.stderr
    assert all((place / output).exists() for output in outputs)
    assert outputs or result.stdout or result.stderr


def test_the_example_of_a_watch_moves_what_comes(place: Path) -> None:
    (line,) = (line for line in LINES if "--watch" in line)
    with subprocess.Popen(
        ["bash", "-c", f"exec {line}"],
        cwd=place,
        env=environment(place),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as watch:
        until(lambda: watch.poll() is not None or not any((place / "incoming").glob("*.837")))
        watch.send_signal(signal.SIGTERM)
        assert watch.wait(60) == 0
    came = sorted(path.name for path in EXAMPLES.glob("*.837"))
    assert sorted(path.name for path in (place / "done" / "original").iterdir()) == came
    assert (place / "done" / "held" / "outbound.837").exists()
