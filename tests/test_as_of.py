"""Every command that judges dates judges them as on the day of --as-of."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT, Cli

MINIMAL = FIXTURES / "valid" / "minimal.837"
BEFORE, AFTER = "2026-06-04", "2026-06-05"
"""The service of the fixture is on the second of these days (SIT009)."""


def test_fix_tells_what_is_left_as_on_the_day(commands: Callable[[str], Cli]) -> None:
    assert "left: 1 error" in commands("fix")(MINIMAL, "--as-of", BEFORE).err
    assert "left" not in commands("fix")(MINIMAL, "--as-of", AFTER).err


def test_the_day_is_named_for_what_it_is(commands: Callable[[str], Cli]) -> None:
    told = commands("check")(MINIMAL, "--as-of", BEFORE).out
    assert "after 2026-06-04, the day of --as-of" in told


def test_annotate_shows_findings_as_on_the_day(commands: Callable[[str], Cli]) -> None:
    assert "SIT009" in commands("annotate")(MINIMAL, "--as-of", BEFORE).out
    assert "SIT009" not in commands("annotate")(MINIMAL, "--as-of", AFTER).out


def test_annotate_through_a_template_of_the_users_does_so_too(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    template = tmp_path / "list.txt.j2"
    template.write_text("{% for f in findings %}{{ f.code }} {% endfor %}")
    run = commands("annotate")
    assert run(MINIMAL, "--template", template, "--as-of", BEFORE).out == "SIT009 "
    assert run(MINIMAL, "--template", template, "--as-of", AFTER).out == ""


@pytest.mark.parametrize("template", ["resend", "mine.x12.j2"])
def test_rewrite_chooses_claims_as_on_the_day(
    commands: Callable[[str], Cli], tmp_path: Path, template: str
) -> None:
    if template != "resend":
        (tmp_path / template).write_text("{{ segments }}")
        template = str(tmp_path / template)
    run = commands("rewrite")
    options = (MINIMAL, "--template", template, "--whole", "--with", "SIT009")
    assert run(*options, "--as-of", BEFORE).status == 0
    ran = run(*options, "--as-of", AFTER)
    assert (ran.status, "no claim is chosen" in ran.err) == (2, True)


def test_redact_compares_findings_as_on_the_day(commands: Callable[[str], Cli]) -> None:
    """Where the service lies in the future by a day, no shift of the dates may bring it back."""
    key = ("--key", "a key for this test")
    ran = commands("redact")(MINIMAL, *key, "--as-of", BEFORE)
    served = re.findall(r"DTP\*472\*D8\*(\d{8})", ran.out)
    assert ran.status in (0, 1)
    assert served and (min(served) > "20260604" or "findings that differ: SIT009" in ran.err)


@pytest.mark.parametrize(
    "command", ["check", "fix", "split", "redact", "rewrite", "annotate", "report"]
)
def test_what_is_no_day_is_refused(commands: Callable[[str], Cli], command: str) -> None:
    output = {"split": ("--clean", "x"), "report": ("-o", "x")}.get(command, ())
    ran = commands(command)(MINIMAL, *output, "--as-of", "2026-02-30")
    assert ran.status == 2
    assert "--as-of 2026-02-30: not a date" in ran.err


def test_the_page_of_each_of_these_commands_has_the_option() -> None:
    pages = ROOT / "docs" / "reference" / "commands"
    having = {
        page.stem for page in pages.glob("*.md") if "`--as-of DATE`" in page.read_text("utf-8")
    }
    lint = {"check", "edit", "fix", "split", "redact", "rewrite", "annotate", "report", "trace"}
    assert having == lint
