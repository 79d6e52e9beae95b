"""What a release is made of: one version, one address, pinned actions, an image without rights."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import edi_lint
from conftest import ROOT
from edi_lint.files.version import REPOSITORY

SCRIPT = ROOT / "scripts" / "set_repository.py"
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
NOBODY = 65532


def test_there_is_one_version() -> None:
    version = PROJECT["project"]["version"]
    assert edi_lint.__version__ == version
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert re.search(rf"^## \[{re.escape(version)}\]", changes, re.MULTILINE)


def test_no_page_names_a_tag_that_does_not_exist() -> None:
    tags: set[str] = set()
    if (ROOT / ".git").exists():
        command = ["git", "tag", "--list"]
        tags = set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.split())
    named = set()
    for page in (ROOT / "README.md", ROOT / "action.yml", *(ROOT / "docs").rglob("*.md")):
        text = page.read_text("utf-8")
        named |= set(re.findall(r"rev: +(v[\d.]+)", text))
        named |= set(re.findall(r"/edi-lint(?:@|:|/tree/|/releases/tag/)(v?\d[\w.]*)", text))
    assert named <= tags


def copy(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.c")
    for name in ("docs", "src", "scripts", ".github"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    for name in ("README.md", "CONTRIBUTING.md", "action.yml"):
        shutil.copy(ROOT / name, place / name)
    return place


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/set_repository.py", *arguments]
    environment = os.environ | {"PYTHONPATH": str(place / "src")}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True)


def test_every_page_names_the_repository_of_the_setting() -> None:
    ran = run(ROOT, "--check")
    wrong = [line for line in ran.stderr.splitlines() if "still the placeholder" not in line]
    assert wrong == []
    assert ran.returncode == (1 if "/OWNER/" in REPOSITORY else 0)


def test_one_command_sets_the_repository_everywhere(tmp_path: Path) -> None:
    place = copy(tmp_path)
    ran = run(place, "https://github.com/acme/edi-lint")
    assert (ran.returncode, ran.stderr) == (0, "")
    vendor = (place / "docs" / "tutorials" / "vendor.md").read_text("utf-8")
    assert "repo: https://github.com/acme/edi-lint\n" in vendor
    assert "uses: acme/edi-lint@" in vendor
    assert run(place, "--check").returncode == 0
    vendor = vendor.replace("repo: https://github.com/acme", "repo: https://github.com/other")
    (place / "docs" / "tutorials" / "vendor.md").write_text(vendor, "utf-8")
    ran = run(place, "--check")
    assert (ran.returncode, ran.stderr) == (1, "docs/tutorials/vendor.md: other/edi-lint\n")
    assert run(place, "somewhere").returncode == 2


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_a_workflow_has_few_rights_and_pinned_actions(path: Path) -> None:
    text = path.read_text("utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "write" not in job["permissions"].get("contents", "")
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"])
            # what a tag is called comes as an environment variable, never as text of a script
            assert "${{" not in step.get("run", "")
    assert re.findall(r"uses: \S+(?! # v[\d.]+)$", text, re.MULTILINE) == []


def test_a_release_is_refused_while_its_address_is_a_placeholder() -> None:
    (release,) = [yaml.safe_load(p.read_text("utf-8")) for p in WORKFLOWS if p.stem == "release"]
    commands = " ".join(s.get("run", "") for s in release["jobs"]["sdist"]["steps"])
    assert "scripts/set_repository.py --check" in commands
    for name in ("pypi", "image"):
        assert set(release["jobs"][name]["needs"]) == {"sdist", "wheels"}
    built = PROJECT["tool"]["cibuildwheel"]
    supported = {c[-4:] for c in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", c)}
    assert {f"3.{b[3:5]}" for b in built["build"]} == supported


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", DOCKERFILE)
    lines = [line for line in joined.splitlines() if line and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def test_the_image_runs_without_rights() -> None:
    last = max(n for n, (word, _) in enumerate(instructions()) if word == "FROM")
    final = instructions()[last:]
    assert [rest for word, rest in final if word == "USER"] == [f"{NOBODY}:{NOBODY}"]
    after = final[[word for word, _ in final].index("USER") :]
    assert {word for word, _ in after} == {"USER", "ENTRYPOINT", "CMD"}
    assert ("ENTRYPOINT", '["edi-lint"]') in final
    assert not [word for word, _ in instructions() if word == "ADD"]
    assert {rest.split()[0] for word, rest in instructions() if word == "FROM"} == {
        "python:3.13-slim"
    }


def test_the_image_gets_all_that_the_build_needs_and_no_claim_file() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    kept = {line[1:] for line in lines if line.startswith("!")}
    project = PROJECT["project"]
    needed = {"pyproject.toml", "setup.py", "src", project["readme"], *project["license-files"]}
    needed |= {
        Path(file).parts[0]
        for files in PROJECT["tool"]["setuptools"]["data-files"].values()
        for file in files
    }
    needed |= {"schemas", "templates"}  # OUTSIDE_SRC of setup.py
    assert needed <= kept
    for name in kept:
        found = [ROOT / name, *(ROOT / name).rglob("*")]
        assert not [path for path in found if path.suffix in {".837", ".edi", ".x12"}]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can change")
def test_a_user_without_a_home_can_check_in_a_folder_that_is_read_only() -> None:
    def check(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd="/",
            env={
                "PATH": os.environ["PATH"],
                "HOME": "/nonexistent",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            capture_output=True,
            text=True,
        )

    example = ROOT / "examples" / "outbound.837"
    try:
        is_readable = check("-c", f"open({str(example)!r}); import edi_lint").returncode == 0
    except PermissionError:
        is_readable = False
    if not is_readable:
        pytest.skip("this Python, or this tree, is not readable for others")
    ran = check("-m", "edi_lint", "check", str(example))
    assert (ran.returncode, "Traceback" in ran.stderr) == (1, False), ran.stderr
    for command in ("annotate", "fix", "redact"):
        ran = check("-m", "edi_lint", command, str(example))
        assert "Traceback" not in ran.stderr
        assert ran.returncode == 0, (command, ran.stderr)
