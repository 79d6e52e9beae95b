"""Compile the rule packs and payer profiles, which are YAML, into the JSON that runs read.

Run `python scripts/compile_packs.py` after a change of a YAML file in `src/edi_lint/packs/`, and
commit what it writes; `--check` writes nothing and exits 1 when the committed file is stale.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import yaml

PACKS = Path(__file__).resolve().parent.parent / "src" / "edi_lint" / "packs"
COMPILED = PACKS / "compiled.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when stale")
    check = parser.parse_args().check
    shipped = {f.name: yaml.safe_load(f.read_text("utf-8")) for f in sorted(PACKS.glob("*.yaml"))}
    text = json.dumps(shipped, indent=1, default=str) + "\n"
    if not check:
        COMPILED.write_text(text, "utf-8")
    elif not COMPILED.exists() or COMPILED.read_text("utf-8") != text:
        print(
            f"{COMPILED.name} is out of date: run python scripts/compile_packs.py", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
