"""Write the generated pages of `docs/`: the rules, and each rule pack.

Run `python scripts/write_docs.py` after a change of a rule or a pack, and commit what it writes;
`--check` writes nothing and exits 1 when a committed page is stale. The pages are what
`edi-lint rule --format markdown` and `edi-lint rule --pack NAME --format markdown` print.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edi_lint.packs import packs
from edi_lint.reporters.document import as_markdown
from edi_lint.reporters.pack_page import pack_page
from edi_lint.reporters.rule_page import markdown_catalogue
from edi_lint.rules import CATALOGUE

DOCS = Path(__file__).resolve().parent.parent / "docs"


def pages() -> dict[str, str]:
    """The text of each generated page by its file's name."""
    written = {"rules.md": markdown_catalogue(CATALOGUE)}
    for pack in packs():
        written[f"pack-{pack.name}.md"] = as_markdown(pack_page(pack))
    return written


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args().check
    stale = False
    for name, text in pages().items():
        path = DOCS / name
        if not check:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            print(f"docs/{name} is out of date: run python scripts/write_docs.py", file=sys.stderr)
            stale = True
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
