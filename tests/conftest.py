"""What several tests need: the fixtures of this project, and the public corpus where it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
CORPUS = Path(os.environ.get("EDI_LINT_CORPUS") or ROOT.parent / "shared" / "corpus")


def corpus_files() -> list[Path]:
    """The public sample files, sorted; empty where the corpus is not on this machine."""
    return sorted(f for f in CORPUS.glob("*/*") if f.is_file())


@pytest.fixture
def corpus() -> list[Path]:
    """The public sample files; the test is skipped without them."""
    files = corpus_files()
    if not files:
        pytest.skip("the public corpus is not beside this checkout (set EDI_LINT_CORPUS)")
    return files


def valid_fixtures() -> list[Path]:
    return sorted((FIXTURES / "valid").glob("*.837"))


def faulty_fixtures() -> list[Path]:
    return sorted((FIXTURES / "faulty").glob("*.837"))
