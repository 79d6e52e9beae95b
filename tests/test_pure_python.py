"""A file is checked, fixed, redacted and annotated by pure Python with Jinja2 and PyYAML alone.

So it works where there is nothing else, such as in a browser.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import edi_lint
from conftest import FIXTURES
from edi_lint.findings.masking import Phi

FILE = FIXTURES / "faulty" / "wrong-pos.837"

ALONE = """
import importlib.abc, sys

ALLOWED = {"edi_lint", "jinja2", "markupsafe", "yaml", "_yaml", "__main__"}
MISSING = {"_multiprocessing", "curses", "fcntl", "readline", "resource", "sqlite3", "ssl", "termios"}
ABSENT = {"edi_lint.engine._kernel", "markupsafe._speedups", "yaml._yaml"}

class Refusing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        is_known = top in ALLOWED or (top in sys.stdlib_module_names and top not in MISSING)
        if not is_known or name in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r} here", name=name)
        return None

for name in [*sys.modules]:
    if name.partition(".")[0] not in sys.stdlib_module_names | {"__main__"} or name in MISSING:
        del sys.modules[name]
sys.meta_path.insert(0, Refusing())
sys.path.insert(0, sys.argv[2])
import io, json
from pathlib import Path
import edi_lint
from edi_lint import Settings
data = Path(sys.argv[1]).read_bytes()
"""

WORK = {
    "check": "out = edi_lint.check(data).json()",
    "fix": "out = edi_lint.fix(data).content().decode()",
    "redact": "out = edi_lint.redact(data, key='nobody guesses this').content().decode()",
    "annotate": """
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation
source = templates.find("annotate", "html")
with Annotation(io.BytesIO(data), "in.837", Settings()) as annotation:
    made = templates.compiled(templates.environment("annotate", True), source)
    out = "".join(annotation.render(made, source.path))
""",
}


def alone(work: str) -> object:
    """What a program prints as JSON where nothing but what is allowed can be imported."""
    code = f"{ALONE}\n{work}\nprint(json.dumps(out))\n"
    source = str(FIXTURES.parent.parent / "src")
    command = [sys.executable, "-c", code, str(FILE), source]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_check_needs_no_other_package_and_finds_the_same() -> None:
    found = alone(WORK["check"])
    expected = edi_lint.check(FILE.read_bytes()).json(Phi.IDS)
    assert isinstance(found, dict)
    assert found["tool"].pop("engine") == "python"
    del expected["tool"]["engine"]
    assert found == expected
    assert found["findings"]


@pytest.mark.parametrize("name", sorted(WORK.keys() - {"check"}))
def test_what_the_page_in_a_browser_does_needs_no_other_package(name: str) -> None:
    assert len(str(alone(WORK[name]))) > 1000


@pytest.mark.parametrize("name", ["msgspec", "typer", "rich", "pyx12", "sqlalchemy", "filelock"])
def test_the_refusal_works(name: str) -> None:
    with pytest.raises(AssertionError, match="No module named"):
        alone(f"import {name}")
