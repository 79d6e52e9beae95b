"""Write what is generated of the docs: rules, answers, packs, commands, settings, `man/`.

Run `python scripts/write_docs.py` after a change of one of these, and commit what it writes;
`--check` writes nothing and exits 1 when a committed page is stale, or nothing makes it any more.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import command_pages
from edi_lint.files.resources import schema
from edi_lint.packs import packs
from edi_lint.reporters import answer_page
from edi_lint.reporters.document import as_markdown
from edi_lint.reporters.pack_page import pack_page
from edi_lint.reporters.rule_page import markdown_pages
from edi_lint.rules import CATALOGUE

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("docs/rules", "docs/answers", "docs/reference/commands", "man")
"""In these nothing is written by hand."""


def pages() -> dict[str, str]:
    """The text of each generated page by its path in the project."""
    written = {f"docs/rules/{name}": text for name, text in markdown_pages(CATALOGUE).items()}
    for name, text in answer_page.markdown_pages(CATALOGUE).items():
        written[f"docs/answers/{name}"] = text
    for pack in packs():
        written[f"docs/pack-{pack.name}.md"] = as_markdown(pack_page(pack))
    written["docs/reference/commands/index.md"] = command_pages.index_page()
    for name, text in command_pages.pages().items():
        written[f"docs/reference/commands/{name}"] = text
    written["docs/reference/settings.md"] = settings_page()
    written["man/edi-lint.1"] = command_pages.manual()
    return written


def settings_page() -> str:
    """The keys of the settings, as the schema describes them."""
    described = json.loads(schema("settings.schema.json"))
    lines = [
        "# Settings",
        "",
        "Generated from `schemas/settings.schema.json`. Settings stand in `edi-lint.toml`, or",
        "under `[tool.edi-lint]` in `pyproject.toml`; the nearest file counts, from the current",
        "folder upwards. `edi-lint init` writes one, `edi-lint config` prints what is in force.",
        "Options of the command line win.",
        "",
        *_keys(described["properties"], described),
        "## A suppression",
        "",
        "A table `[[suppressions]]` for each. All that is given has to fit.",
        "",
        *_keys(described["$defs"]["suppression"]["properties"], described),
    ]
    return "\n".join(lines)


def _keys(properties: dict[str, Any], root: dict[str, Any]) -> list[str]:
    lines = []
    for key, told in properties.items():
        value = _resolved(told, root)
        text = told.get("description") or value.get("description", "")
        more = []
        if choices := value.get("enum"):
            more.append("one of " + ", ".join(f"`{choice}`" for choice in choices))
        if items := value.get("items"):
            inner = _resolved(items, root).get("description", "")
            more.append(f"a list; each: {inner}" if inner else "a list")
        if "default" in value:
            more.append(f"by default `{value['default']}`")
        lines += [f"`{key}`", f":   {'; '.join(filter(None, [text, *more]))}", ""]
    return lines


def _resolved(told: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if reference := told.get("$ref"):
        found: dict[str, Any] = root["$defs"][reference.rpartition("/")[2]]
        return found
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args().check
    made = pages()
    there = [path for folder in FOLDERS for path in (ROOT / folder).glob("*")]
    stale = [str(path.relative_to(ROOT)) for path in there if path.is_file()]
    stale = [name for name in stale if name not in made]
    for name, text in made.items():
        path = ROOT / name
        if check:
            if not path.exists() or path.read_text("utf-8") != text:
                stale.append(name)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    for name in stale:
        if check:
            print(f"{name} is out of date: run python scripts/write_docs.py", file=sys.stderr)
        else:
            (ROOT / name).unlink()
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
