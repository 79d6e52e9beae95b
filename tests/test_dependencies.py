"""What edi-lint depends on: lower bounds, and the lock that the action installs from."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import tomllib

import pytest

from conftest import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
PROJECT = tomllib.loads(PYPROJECT)
ACTION_LOCK = (ROOT / "requirements-action.txt").read_text("utf-8")
DEV_LOCK = (ROOT / "requirements-dev.txt").read_text("utf-8")
FIXED = {
    "filelock": (3, 20, 3),
    "jinja2": (3, 1, 6),
    "pyyaml": (5, 4),
    "sqlalchemy": (1, 3),
    "pyarrow": (23, 0, 1),
    "mkdocs-material": (9, 7, 7),
    "pytest": (9, 0, 3),
    "playwright": (1, 56),
    "setuptools": (78, 1, 1),
}
"""The versions with the last security fix that is known."""


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version.split(".post")[0])))


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def every_requirement() -> list[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    return [
        *PROJECT["project"]["dependencies"],
        *PROJECT["build-system"]["requires"],
        *(requirement for extra in extras for requirement in extra),
    ]


def pins(lock: str) -> dict[str, str]:
    return {normal(n): v for n, v in re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.MULTILINE)}


def printed(*options: str) -> list[str]:
    """What scripts/lowest.py prints."""
    script = [sys.executable, ROOT / "scripts" / "lowest.py", *options]
    return subprocess.run(script, capture_output=True, text=True, check=True).stdout.splitlines()


def test_no_lower_bound_is_older_than_a_security_fix() -> None:
    bounded = {}
    for requirement in every_requirement():
        if match := re.match(r"([\w-]+)>=([\d.]+)", requirement):
            bounded.setdefault(match[1], []).append(numbers(match[2]))
    for name, fixed in FIXED.items():
        assert bounded[name]
        assert all(bound >= fixed for bound in bounded[name]), name


def test_each_dependency_has_a_lower_bound_and_a_word_about_advisories() -> None:
    table = PYPROJECT.partition("dependencies = [")[2].partition("]")[0]
    lines = [line for line in table.splitlines() if line.strip()]
    assert len(lines) == len(PROJECT["project"]["dependencies"])
    assert all(re.search(r'">=?|>=[\d.]+", +# (CVE-\d{4}-\d+|none known)', line) for line in lines)


def test_the_lowest_versions_are_those_of_the_project() -> None:
    extra = PROJECT["project"]["optional-dependencies"]["parquet"]
    wanted = [*PROJECT["project"]["dependencies"], *extra]
    assert printed() == [requirement.replace(">=", "==") for requirement in wanted]
    tested = printed("--tests")
    assert tested[: len(wanted)] == printed()
    locked = pins(DEV_LOCK)
    assert all(locked[normal(n)] == v for n, v in (t.split("==") for t in tested[len(wanted) :]))
    assert "pytest" in pins("\n".join(tested))


def test_what_runs_here_is_allowed() -> None:
    for requirement in PROJECT["project"]["dependencies"]:
        name, _, bound = requirement.partition(">=")
        assert numbers(importlib.metadata.version(name)) >= numbers(bound)


def test_the_actions_lock_has_all_that_is_needed_with_hashes_in_the_versions_of_development() -> (
    None
):
    locked, development = pins(ACTION_LOCK), pins(DEV_LOCK)
    wanted = [re.split(r"[>=<]", requirement)[0] for requirement in printed("--action")]
    assert {"setuptools", "cython", "jinja2"} <= set(wanted)
    assert set(map(normal, wanted)) <= set(locked)
    build = {"setuptools", "cython"}
    assert {n: v for n, v in locked.items() if n not in build} == {
        n: development[n] for n in locked if n not in build
    }
    entries = re.split(
        r"^(?=[\w.-]+==)",
        re.sub(r"^#.*\n", "", ACTION_LOCK, flags=re.MULTILINE),
        flags=re.MULTILINE,
    )
    entries = [entry for entry in entries if entry.strip()]
    assert len(entries) == len(locked)
    for entry in entries:
        assert re.fullmatch(
            r"[\w.-]+==[\w.]+( ; [^\\\n]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n?)+", entry
        )


def test_the_actions_lock_has_all_that_a_dependency_needs_in_turn() -> None:
    """What an installed distribution of the lock requires here is in the lock too."""
    locked = pins(ACTION_LOCK)
    asked = 0
    for name in set(locked) - {"setuptools", "cython", "colorama"}:
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        if importlib.metadata.version(name) != locked[name]:
            continue
        asked += 1
        for requirement in required:
            if ";" not in requirement:
                assert normal(re.match(r"[\w.-]+", requirement)[0]) in locked  # type: ignore[index]
    if not asked:
        pytest.skip("none of the lock's versions is installed here")


@pytest.mark.parametrize(
    "page", ["docs/tutorials/vendor.md", "action.yml", ".github/workflows/release.yml"]
)
def test_actions_are_named_by_commit(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    named = re.findall(r"uses: +([\w./-]+)@(\S+)", text)
    assert named or page == "action.yml"
    for action, version in named:
        own = action == "OWNER/edi-lint" and version == "COMMIT"
        assert own or re.fullmatch("[0-9a-f]{40}", version), action
