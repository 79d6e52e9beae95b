"""The house: which folders there are, in which order they may import, and that nothing is a circle.

Every import counts, those inside functions and those for type checkers too: an import that runs
late is still one that a reader has to follow.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "edi_lint"

FOLDERS = (
    "x12",
    "files",
    "grammar",
    "engine",
    "claims",
    "codes",
    "packs",
    "findings",
    "rules",
    "crosscheck",  # another judge beside rules: needs the engine and the findings, none of what follows
    "settings",
    "ledger",
    "run",
    "edits",
    "responses",
    "transform",
    "tracing",
    "batch_report",  # adds up what run and transform say of many files; pages are made of it
    "reporters",
    "watching",
    "cli",
)
"""Each imports only from those before it."""


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name, the compiled one too."""
    found = {}
    for path in (*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyx")):
        parts = ("edi_lint", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports_of(text: str) -> set[str]:
    """The modules of the package that a text imports, wherever in it that stands."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole module"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add(whole if whole in MODULES else str(node.module))
    return found & MODULES.keys()


@cache
def imports() -> dict[str, set[str]]:
    """What each module imports of the package."""
    return {
        name: imports_of(path.read_text(encoding="utf-8")) if path.suffix == ".py" else set()
        for name, path in MODULES.items()
    }


def folder(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def test_only_the_package_itself_and_its_command_stand_loose() -> None:
    assert {path.name for path in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_the_folders_are_those_of_the_design() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == {*FOLDERS}


def test_a_folder_imports_only_from_those_before_it() -> None:
    floor = {name: number for number, name in enumerate(FOLDERS)}
    upward = [
        f"{name} imports {used}"
        for name, every in sorted(imports().items())
        for used in sorted(every)
        if name not in ("edi_lint", "edi_lint.__main__")
        if floor.get(folder(used), len(FOLDERS)) > floor[folder(name)]
    ]
    assert upward == []


def test_no_import_is_part_of_a_circle() -> None:
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as problem:
        pytest.fail(" imports ".join(reversed(problem.args[1])))


def test_an_import_is_seen_wherever_it_stands() -> None:
    text = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from edi_lint.x12 import Segment\n"
        "def f():\n    import edi_lint.run.drive\n    from edi_lint.rules import notes\n"
    )
    seen = {"edi_lint.x12", "edi_lint.run.drive", "edi_lint.rules.notes"}
    assert imports_of(text) == seen & MODULES.keys() == seen


# names


def classes() -> Iterator[tuple[str, str]]:
    """The name of every class, without underscores before it, and its module."""
    for name, path in MODULES.items():
        if path.suffix == ".py":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    yield node.name.lstrip("_"), name


def test_the_name_of_a_class_is_unique_in_the_package() -> None:
    found: dict[str, list[str]] = {}
    for name, module in classes():
        found.setdefault(name, []).append(module)
    assert len(found) > 400
    assert {name: places for name, places in found.items() if places[1:]} == {}
