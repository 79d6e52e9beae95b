"""A template of the user's runs confined: bounded, and with nothing of this process in reach."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from conftest import FIXTURES, ROOT, Cli
from edi_lint.settings import Settings
from edi_lint.transform import confined
from edi_lint.transform.confined import Stopped
from edi_lint.transform.confined_annotation import annotated
from edi_lint.transform.limits import MB, Limits
from edi_lint.transform.rewrite import RewriteError, rewrite
from edi_lint.transform.templates import TemplateSource
from envelopes import file, one_set

MINIMAL = FIXTURES / "valid" / "minimal.837"
OUTBOUND = ROOT / "examples" / "outbound.837"
SMALL = Limits(seconds=4, whole=8, memory=96 * MB, output=MB)
TINY = Limits(seconds=1, whole=2, memory=96 * MB, output=MB)
"""For what may end at no limit but that of time: all of it is spent."""
linux = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")


def annotate(text: str, limits: Limits = SMALL, source: bytes = b"", escape: bool = False) -> str:
    template = TemplateSource("mine.txt.j2", "mine.txt.j2", text, shipped=False)
    stream = io.BytesIO(source or OUTBOUND.read_bytes())
    pieces = annotated(stream, "in.837", template, Settings(), autoescape=escape, limits=limits)
    return "".join(pieces)


def rewritten(text: str, tmp_path: Path, limits: Limits = SMALL, source: bytes = b"") -> bytes:
    path = tmp_path / "mine.x12.j2"
    path.write_text(text)
    data = source or OUTBOUND.read_bytes()
    return rewrite(data, str(path), whole=True, limits=limits).content()


# what a template prints is what it prints in this process


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
@pytest.mark.parametrize(
    "source", [OUTBOUND, FIXTURES / "valid" / "many.837"], ids=lambda p: p.stem
)
def test_a_copy_of_a_shipped_template_prints_the_same(
    commands: Callable[[str], Cli], tmp_path: Path, name: str, source: Path
) -> None:
    (shipped,) = (ROOT / "templates" / "annotate").glob(f"{name}.*.j2")
    mine = tmp_path / shipped.name
    text = shipped.read_text("utf-8")
    mine.write_text(text)
    ours = commands("annotate")(source, "--template", name)
    if "{% include" in text:
        pytest.skip("it includes files of ours")
    own = commands("annotate")(source, "--template", mine)
    assert own == ours
    assert own.status == 0


def test_the_settings_hold_there_too(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt.j2"
    mine.write_text("{% for f in findings %}{{ f.code }}/{{ f.claim }} {% endfor %}")
    run = commands("annotate")
    assert run(OUTBOUND, "--template", mine, "--select", "BAL", "--phi", "none").out == "BAL001/ "
    assert run(OUTBOUND, "--template", mine, "--select", "BAL").out == "BAL001/HI-26-0614 "


@pytest.mark.parametrize("command", ["annotate", "rewrite"])
def test_a_profile_is_found_from_the_folder_that_the_user_is_in(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_bytes((ROOT / "examples" / "lakeshore.profile.yaml").read_bytes())
    Path("edi-lint.toml").write_text('profile = "mine.yaml"\n')
    text = (
        "{% for f in findings %}{{ f.code }} {% endfor %}"
        if command == "annotate"
        else "{{ segments }}"
    )
    Path("mine.j2").write_text(text)
    more = ("--whole",) if command == "rewrite" else ()
    source = ROOT / "examples" / "resubmit.837"
    ran = commands(command)(source, "--template", "./mine.j2", *more)
    assert ran.status == 0
    assert command == "rewrite" or "PAY004" in ran.out


@pytest.mark.parametrize("command", ["annotate", "rewrite"])
def test_a_profile_that_is_not_there_is_told_as_everywhere(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("edi-lint.toml").write_text('profile = "none.yaml"\n')
    Path("mine.j2").write_text("{{ segments }}" if command == "rewrite" else "x")
    ran = commands(command)(OUTBOUND, "--template", "./mine.j2")
    assert (ran.status, ran.out) == (2, "")
    assert "none.yaml: " in ran.err
    assert "internal error" not in ran.err


@pytest.mark.parametrize("command", ["annotate", "rewrite"])
def test_standard_input_gives_what_a_file_gives(
    commands: Callable[[str], Cli], tmp_path: Path, command: str
) -> None:
    mine = tmp_path / "mine.j2"
    mine.write_text("{{ segments }}" if command == "rewrite" else "{{ summary.error }}")
    more = ("--whole",) if command == "rewrite" else ()
    run = commands(command)
    there = run(OUTBOUND, "--template", mine, *more)
    assert run("-", "--template", mine, *more, stdin=OUTBOUND.read_bytes()) == there
    assert (there.status, bool(there.out)) == (0, True)


def test_half_a_character_is_told() -> None:
    with pytest.raises(Stopped, match=r"mine\.txt\.j2: prints half of a character"):
        annotate("{{ '\\ud800' }}")


# bounds

BOMBS = {
    "a loop": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "words": "{{ lipsum(n=1000000) }}",
    "a text": "{{ 'x' * 10**10 }}",
    "a text of a variable": "{% set n = 10**9 %}{% for i in range(9) %}{{ 'x' * n }}{% endfor %}",
    "doubling": "{% set n = namespace(x='x') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}"
    "{% endfor %}{{ n.x }}",
    "a doubling list": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}"
    "{% set n.x = n.x + n.x %}{% endfor %}",
    "justified": "{{ 'a'.rjust(4000000000) }}",
    "wide": "{{ '%04000000000d' % 1 }}",
    "centred": "{{ 'a' | center(4000000000) }}",
    "indented": "{{ ('a\n' * 100000) | indent(100000) }}",
    "joined": "{{ (['x' * 60000] * 60000) | join }}",
    "powers": "{% set n = namespace(x=9) %}{% for i in range(40) %}{% set n.x = n.x ** 9 %}{% endfor %}",
    "much output": "{% for i in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxx' * 9000 }}{% endfor %}",
    "recursion": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "deep": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "a batch": "{{ [1] | batch(1000000000, 0) | list }}",
    "sums": "{{ ([[1] * 99999] * 99999) | sum(start=[]) }}",
    "a constant": "{{ 10 ** (10 ** 10) }}",
}
BOUND = (
    r"mine\.\w+\.j2.*("
    r"not done after \d+ seconds|needs more than 96 MB of memory|prints more than \d+ MB|"
    r"was ended .*96 MB|nested too deep|RecursionError|OverflowError|no segment)"
)


@pytest.mark.parametrize(
    ("bomb", "command"), [*zip(BOMBS, cycle(("annotate", "rewrite")), strict=False)]
)
def test_a_bomb_ends_with_an_error_that_names_the_template_and_the_limit(
    tmp_path: Path, command: str, bomb: str
) -> None:
    begun = time.monotonic()
    run = annotate if command == "annotate" else partial(rewritten, tmp_path=tmp_path)
    with pytest.raises((Stopped, RewriteError), match=BOUND) as caught:
        run(BOMBS[bomb], limits=TINY)
    assert "internal error" not in str(caught.value)
    assert time.monotonic() - begun < 60


def test_what_is_printed_is_bounded_by_the_size_of_the_file() -> None:
    text = "{{ 'x' * 700000 }}"
    assert len(annotate(text)) == 700_000
    with pytest.raises(Stopped, match=r"mine\.txt\.j2: prints more than 1 MB"):
        annotate(text * 2)
    grows = Limits(output=0, growth=100)
    size = OUTBOUND.stat().st_size
    assert len(annotate(f"{{{{ 'x' * {100 * size} }}}}", grows)) == 100 * size
    with pytest.raises(Stopped, match="prints more than"):
        annotate(f"{{{{ 'x' * {100 * size + 1} }}}}", grows)


def test_bytes_count_not_characters() -> None:
    with pytest.raises(Stopped, match="prints more than 1 MB"):
        annotate("{{ 'é' * 700000 }}")


def test_a_claim_has_a_bound_of_what_is_printed(tmp_path: Path) -> None:
    text = '{{ segments | place("NTE", "ADD", "x" * %d) }}'
    with pytest.raises(RewriteError, match=r"mine\.x12\.j2: prints more than 1 MB for a claim"):
        rewritten(text % (MB + 1), tmp_path)


def test_the_whole_file_has_a_bound_of_time_in_rewrite(tmp_path: Path) -> None:
    source = file(one_set(*(f"C{n}" for n in range(60))))
    slow = "{% for i in range(99999) %}{% if i == 5 %}{% endif %}{% endfor %}{{ segments }}"
    assert rewritten("{{ segments }}", tmp_path, Limits(whole=20, each=0), source) == source
    with pytest.raises(RewriteError, match=r"claim C\d+ .*not done after 0\.1 seconds in all"):
        rewritten(slow, tmp_path, Limits(whole=0.1, each=0), source)


def test_the_bound_of_the_whole_file_grows_with_the_claims(tmp_path: Path) -> None:
    source = file(one_set(*(f"C{n}" for n in range(20))))
    assert rewritten("{{ segments }}", tmp_path, Limits(whole=0, each=5), source) == source


def test_the_whole_file_has_a_bound_of_time_in_annotate() -> None:
    """It goes on and on through the findings: never silent, and never done."""
    text = "{% for i in range(99999) %}{% for f in findings %}{% endfor %}{% endfor %}"
    with pytest.raises(Stopped, match=r"mine\.txt\.j2: not done after 2\.\d+ seconds in all"):
        annotate(text, Limits(whole=2.1))


def test_what_is_done_with_the_output_does_not_count() -> None:
    template = TemplateSource(
        "mine.txt.j2", "mine.txt.j2", "{% for i in range(40) %}{{ 'x' * 65536 }}{% endfor %}", False
    )
    stream = io.BytesIO(OUTBOUND.read_bytes())
    limits = Limits(seconds=1, whole=1.5)
    count = 0
    for piece in annotated(stream, "-", template, Settings(), autoescape=False, limits=limits):
        count += len(piece)
        time.sleep(0.1)
    assert count == 40 * 65536


# what a process has of this one


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The processes that are started."""
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(confined.subprocess, "Popen", Recorded)
    return started


def begun(command: str) -> Iterator[Any]:
    """A template that does not end, at the point where it has begun."""
    from edi_lint.transform.choice import Plan
    from edi_lint.transform.confined_rewriting import confined as rewriting

    name = "mine.x12.j2"
    template = TemplateSource(name, name, BOMBS["a loop"], shipped=False)
    stream = io.BytesIO(MINIMAL.read_bytes())
    if command == "rewrite":
        events = rewriting(stream, template, Plan(), Settings(), Limits())
        while type(next(events)).__name__ != "Started":
            pass
        return events
    job = {"path": "in.837", "autoescape": False, "settings": confined.settings_as_json(Settings())}
    answers = confined.run("confined_annotation", template, job, stream, Limits())
    while "begin" not in next(answers):
        pass
    return answers


def files_of(place: Path) -> list[str]:
    """The open files of a process, pipes left out."""
    opened = []
    for link in place.joinpath("fd").iterdir():
        with suppress(FileNotFoundError):
            opened.append(str(link.readlink()))
    return [name for name in opened if not name.startswith(("pipe:", "/dev/null"))]


@linux
@pytest.mark.parametrize("command", ["annotate", "rewrite"])
def test_its_environment_and_folder_are_empty_and_it_has_no_file_of_ours(
    command: str, children: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_LINT_KEY", "a secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a secret")
    with MINIMAL.open("rb") as inherited:
        os.set_inheritable(inherited.fileno(), True)
        events = begun(command)
        place = Path(f"/proc/{children[0].pid}")
        environment = place.joinpath("environ").read_bytes().decode().split("\0")
        names = {entry.partition("=")[0] for entry in environment if entry}
        folder = place.joinpath("cwd").readlink()
        for _ in range(50):  # it may be reading a file of ours just now
            named = [n for n in files_of(place) if not n.startswith(str(folder))]
            if not named:
                break
            time.sleep(0.1)
        limits = place.joinpath("limits").read_text()
        held = list(folder.iterdir())
        mode = folder.stat().st_mode & 0o777
        events.close()  # type: ignore[attr-defined]
    assert names <= {
        "PYTHONPATH", "TMPDIR", "TEMP", "TMP", "EDI_LINT_DATA", "EDI_LINT_ENGINE", "LC_CTYPE",
        "LD_LIBRARY_PATH", "PYTHONHOME",
    }  # fmt: skip
    assert not any("a secret" in entry for entry in environment)
    assert (held, mode) == ([], 0o700)
    assert not folder.exists()
    assert named == []
    assert "Max file size             0" in limits
    assert "Max processes             0" in limits
    assert "Max core file size        0" in limits
    assert children[0].poll() is not None


def test_no_process_and_no_folder_is_left_when_the_output_is_not_wanted_any_more(
    children: list[subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    template = TemplateSource("m", "m", BOMBS["much output"], shipped=False)
    stream = io.BytesIO(MINIMAL.read_bytes())
    pieces = annotated(stream, "-", template, Settings(), autoescape=False, limits=Limits())
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert children[0].poll() is not None
    assert list(tmp_path.iterdir()) == []


# what is wrong otherwise


def test_what_is_no_x12_is_told_as_with_our_templates(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    mine, source = tmp_path / "mine.txt.j2", tmp_path / "in.837"
    mine.write_text("{{ file.name }}")
    source.write_bytes(b"no X12")
    own = commands("annotate")(source, "--template", mine)
    assert own == commands("annotate")(source, "--template", "text")
    assert own.status == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% if %}", "line 1: Expected an expression"),
        ("\n{{ nothing }}", "line 2: 'nothing' is undefined"),
        ("{{ findings.__class__ }}", "line 1: .*unsafe"),
        ("{{ file.name.__class__ }}", "line 1: .*unsafe"),
        ("{% include '/etc/passwd' %}", "line 1: no shipped template is called"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_nothing_is_written(
    commands: Callable[[str], Cli], tmp_path: Path, text: str, reason: str
) -> None:
    mine, output = tmp_path / "mine.txt.j2", tmp_path / "out.txt"
    mine.write_text(text)
    ran = commands("annotate")(OUTBOUND, "--template", mine, "-o", output)
    assert (ran.status, output.exists()) == (2, False)
    assert re.search(rf"mine\.txt\.j2, {reason}", ran.err)


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(Stopped, match="cannot start a process for mine"):
        annotate("x")


def test_a_process_that_is_killed_is_told(children: list[subprocess.Popen[bytes]]) -> None:
    events = begun("annotate")
    children[0].kill()
    with pytest.raises(Stopped, match=r"mine\.x12\.j2: the process .* was ended \(status -9\)"):
        next(events)
