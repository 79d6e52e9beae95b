"""Which engine runs: as EDI_LINT_ENGINE says, else the compiled kernel where it can be loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import edi_lint
from conftest import FIXTURES
from edi_lint.engine import EngineError

FAULTY = FIXTURES / "faulty" / "two-faulty-claims.837"

COMMAND = "import sys; from edi_lint.cli import main; sys.exit(main())"
NO_KERNEL = f"import sys; sys.modules['edi_lint.engine._kernel'] = None; {COMMAND}"
"""The command where the kernel is not installed: what is None there cannot be imported."""


def run(
    *arguments: object, engine: str = "", code: str = COMMAND
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=os.environ | {"EDI_LINT_ENGINE": engine},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def version(engine: str) -> str:
    return f"edi-lint {edi_lint.__version__} (engine: {engine})\n"


@pytest.fixture
def kernel() -> None:
    """The test is skipped where the kernel is not built; .ci/run makes sure that it is."""
    pytest.importorskip("edi_lint.engine._kernel")


@pytest.fixture
def foreign_kernel(tmp_path: Path) -> str:
    """The command where a kernel is found that this Python cannot load."""
    tmp_path.joinpath(f"_kernel{EXTENSION_SUFFIXES[0]}").write_bytes(b"built for something else")
    return (
        f"import edi_lint.engine; edi_lint.engine.__path__.insert(0, {str(tmp_path)!r}); {COMMAND}"
    )


# the engine in Python


def test_version_names_the_engine_in_python_when_it_is_asked_for() -> None:
    assert run("--version", engine="python").stdout == version("python")


def test_without_the_kernel_the_engine_in_python_runs() -> None:
    assert run("--version", code=NO_KERNEL).stdout == version("python")


def test_beside_a_kernel_that_cannot_be_loaded_the_engine_in_python_runs(
    foreign_kernel: str,
) -> None:
    assert run("--version", code=foreign_kernel).stdout == version("python")


# the kernel


@pytest.mark.usefixtures("kernel")
@pytest.mark.parametrize("asked", ["", "kernel"])
def test_version_names_the_kernel_where_it_is_installed(asked: str) -> None:
    assert run("--version", engine=asked).stdout == version("kernel")


@pytest.mark.usefixtures("kernel")
def test_findings_are_the_same_without_the_kernel() -> None:
    check = ("check", "--output-format", "json", FAULTY)
    compiled, reference = run(*check, engine="kernel"), run(*check, code=NO_KERNEL)
    ours, theirs = json.loads(compiled.stdout), json.loads(reference.stdout)
    assert (ours["tool"].pop("engine"), theirs["tool"].pop("engine")) == ("kernel", "python")
    assert ours == theirs
    assert (compiled.returncode, reference.returncode) == (1, 1)


# what is not there

COMMANDS = [("--version",), ("check", FAULTY), ("extract", FAULTY), ("annotate", FAULTY)]


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_asking_for_a_kernel_that_is_not_there_fails_with_the_remedy(
    arguments: tuple[object, ...],
) -> None:
    ran = run(*arguments, engine="kernel", code=NO_KERNEL)
    assert ran.stderr == (
        "edi-lint: EDI_LINT_ENGINE is kernel, and the compiled kernel is not installed or was "
        "built for another Python or platform; install edi-lint from a wheel for this one or where "
        "there is a C compiler, or unset EDI_LINT_ENGINE\n"
    )
    assert ran.returncode == 2


def test_asking_for_a_kernel_that_cannot_be_loaded_fails_alike(foreign_kernel: str) -> None:
    ran = run("check", FAULTY, engine="kernel", code=foreign_kernel)
    assert ran.stderr.startswith("edi-lint: EDI_LINT_ENGINE is kernel, and ")
    assert (ran.returncode, ran.stdout, "Traceback" in ran.stderr) == (2, "", False)


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: arguments[0])
def test_asking_for_an_unknown_engine_fails(arguments: tuple[object, ...]) -> None:
    ran = run(*arguments, engine="rust")
    assert ran.stderr == "edi-lint: EDI_LINT_ENGINE is rust; it can be python or kernel\n"
    assert ran.returncode == 2


def test_python_code_gets_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDI_LINT_ENGINE", "rust")
    with pytest.raises(EngineError, match="it can be python or kernel"):
        edi_lint.check(FAULTY)
    with pytest.raises(EngineError):
        list(edi_lint.read(FAULTY))
    with pytest.raises(EngineError):
        edi_lint.rewrite(FAULTY, data={"X": "1"})
