"""What is in the tree must arrive where edi-lint is installed.

Building and installing for real takes longer: scripts/check_packaging.sh does that.
"""

import ast
import importlib.metadata
import importlib.resources
import re
import tomllib
from pathlib import Path

import pytest

import edi_lint

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = {
    "edi_lint": ROOT / "src" / "edi_lint",
    "edi_lint.schemas": ROOT / "schemas",
    "edi_lint.templates": ROOT / "templates",
}
# What Python runs, the sources of the compiled kernel, and what building it leaves; not data.
CODE = {".py", ".pyc", ".pyx", ".pxd", ".c", ".so", ".pyd"}


def files_below(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def normalized(requirement: str) -> str:
    """The name in a requirement, as package indexes compare names."""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert match, requirement
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def test_every_folder_with_code_is_a_package() -> None:
    # setup.py finds packages by their __init__.py; a folder without one would be left out silently.
    folders = {path.parent for path in files_below(PACKAGES["edi_lint"]) if path.suffix == ".py"}
    assert folders
    assert [str(f.relative_to(ROOT)) for f in folders if not (f / "__init__.py").is_file()] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_data_file_is_declared(package: str) -> None:
    folder = PACKAGES[package]
    patterns = PROJECT["tool"]["setuptools"]["package-data"][package]
    declared = {path for pattern in patterns for path in folder.glob(pattern)}
    data = [path for path in files_below(folder) if path.suffix not in CODE]
    assert [str(p.relative_to(ROOT)) for p in data if p not in declared] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_is_found_through_importlib_resources(package: str) -> None:
    installed = importlib.resources.files(package)
    for path in files_below(PACKAGES[package]):
        if path.suffix not in CODE - {".py"}:
            resource = installed.joinpath(*path.relative_to(PACKAGES[package]).parts)
            assert resource.is_file(), f"{package}: {path.relative_to(ROOT)}"


def test_the_sources_of_every_extension_are_in_the_tree() -> None:
    # setuptools packs the sources that setup.py names, and no other .pyx, into the sdist.
    tree = ast.parse(ROOT.joinpath("setup.py").read_text("utf-8"))
    extensions = [
        call.args
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Extension"
    ]
    named = {ast.literal_eval(name): ast.literal_eval(sources) for name, sources in extensions}
    there = {
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts): [
            path.relative_to(ROOT).as_posix()
        ]
        for path in files_below(PACKAGES["edi_lint"])
        if path.suffix == ".pyx"
    }
    assert there
    assert named == there


def test_every_extension_has_types() -> None:
    compiled = [path for path in files_below(PACKAGES["edi_lint"]) if path.suffix == ".pyx"]
    assert [path.name for path in compiled if not path.with_suffix(".pyi").is_file()] == []


def test_command_resolves() -> None:
    (command,) = importlib.metadata.entry_points(group="console_scripts", name="edi-lint")
    assert callable(command.load())


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert (edi_lint.__version__, importlib.metadata.version("edi-lint")) == (version, version)


def test_lock_pins_every_dependency_and_names_no_place() -> None:
    text = ROOT.joinpath("requirements-dev.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[^\s@/]+", line)] == []

    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *extras["dev"], *extras["docs"]]
    wanted.remove("edi-lint[docs]")
    assert {normalized(w) for w in wanted} - {normalized(line) for line in lines} == set()
