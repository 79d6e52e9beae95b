"""Compile the situations that ship, which are YAML, into the JSON that runs read.

Run `python scripts/compile_situations.py` after a change of a file in `src/edi_lint/rules/rows/`,
or of the shape of rows in `situations_file.py`, and commit what it writes, the JSON schema too. A
code may appear once in all files.
`--check` writes nothing and exits 1 when a committed file is stale. A row that cannot be used is
refused with its line.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from edi_lint.rules.situations import COMPILED
from edi_lint.rules.situations_file import SituationError, json_schema, read_rows

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "src" / "edi_lint" / "rules"
ROWS = RULES / "rows"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args().check
    files = sorted(ROWS.glob("*.yaml"))
    try:
        found = [row for path in files for row in read_rows(path.read_text("utf-8"), path.name)]
    except SituationError as problem:
        print(problem, file=sys.stderr)
        return 1
    rows = sorted(found, key=itemgetter("code"))
    for row, following in pairwise(rows):
        if row["code"] == following["code"]:
            print(f"{row['code']} appears in two files of {ROWS.name}/", file=sys.stderr)
            return 1
    written = {
        RULES / COMPILED: json.dumps(rows, indent=1) + "\n",
        ROOT / "schemas" / "situations.schema.json": json.dumps(json_schema(), indent=2) + "\n",
    }
    for path, text in written.items():
        if not check:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            script = "scripts/compile_situations.py"
            print(f"{path.name} is out of date: run python {script}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
