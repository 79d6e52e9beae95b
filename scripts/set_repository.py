"""Say where this repository is published: everything that names it follows.

    python scripts/set_repository.py https://github.com/acme/edi-lint
    python scripts/set_repository.py --check

`REPOSITORY` in `src/edi_lint/files/version.py` is the one setting. The first form changes it, and
what the pages and workflows say of it. `--check` exits 1 while it is the placeholder `OWNER`, or
where a page says something else; a release asks for it.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from edi_lint.files.version import REPOSITORY

ROOT = Path(__file__).resolve().parent.parent
SETTING = ROOT / "src" / "edi_lint" / "files" / "version.py"
PLACEHOLDER = "OWNER"
_ADDRESS = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")


def named(repository: str) -> str:
    """Owner and name, as an action is named. Raises ValueError for any other address."""
    found = _ADDRESS.fullmatch(repository)
    if not found:
        raise ValueError(f"{repository}: is not like https://github.com/owner/edi-lint")
    return found[1]


def pages() -> Iterator[Path]:
    """The files that may name the repository."""
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "action.yml"))
    yield from sorted((ROOT / "docs").rglob("*.md"))
    yield from sorted((ROOT / ".github").rglob("*.yml"))


def differing() -> list[str]:
    """Mentions of this project's repository or action that are not those of the setting."""
    own = named(REPOSITORY)
    found = []
    for page in pages():
        text = page.read_text("utf-8")
        said = re.findall(r"github\.com/([\w.-]+/edi-lint)\b", text)
        said += re.findall(r"uses: +([\w.-]+/edi-lint)@", text)
        said += re.findall(r"URL-OF-[A-Z-]+", text)
        found += [f"{page.relative_to(ROOT)}: {one}" for one in said if one != own]
    return found


def change(repository: str) -> None:
    """Set the repository everywhere."""
    old, new = named(REPOSITORY), named(repository)
    for page in (SETTING, *pages()):
        text = page.read_text("utf-8")
        changed = text.replace(REPOSITORY, repository).replace(f"{old}@", f"{new}@")
        if changed != text:
            page.write_text(changed, "utf-8", newline="")
            print(page.relative_to(ROOT))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("repository", nargs="?", help="its address, https://github.com/owner/name")
    chosen.add_argument("--check", action="store_true", help="write nothing; 1 where it is not set")
    options = parser.parse_args(arguments)
    try:
        if options.check:
            wrong = differing()
            if named(REPOSITORY).startswith(f"{PLACEHOLDER}/"):
                wrong.append(f"{SETTING.relative_to(ROOT)}: REPOSITORY is still the placeholder")
            print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
            return 1 if wrong else 0
        change(options.repository)
    except ValueError as problem:
        print(f"set_repository: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
