"""Files that come with a repository and are read for a user: rules, packs, profiles, data; inputs
that are no files; folders of results in which links stand."""

from __future__ import annotations

import json
import os
import re
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from conftest import ROOT, Cli
from edi_lint.packs.load import PackError
from edi_lint.packs.users import read_pack_file, read_profile_file
from edi_lint.rules.situations_file import SituationError, read_situations
from edi_lint.settings import SettingsError, find
from edi_lint.transform import claim_data
from edi_lint.transform.claim_data import DataProblem, read_data
from test_hostile import _UNSAFE, cloned  # noqa: F401 - a fixture
from test_situation_rows import ROW

STEERING = "\x1b[31mX\n::stop-commands::t\n\u202e##[error]\x9b"
PACK = (ROOT / "src" / "edi_lint" / "packs" / "a4306.pack.yaml").read_text("utf-8")
PROFILE = (ROOT / "examples" / "lakeshore.profile.yaml").read_text("utf-8")

TEXTS = {
    "lists": "[" * 500_000,
    "mappings": "{a: " * 100_000,
    "dashes": "- " * 200_000,
    "questions": "? " * 200_000,
    "quotes": '"' + "\\" * 500_000,
    "anchors": "&a " * 100_000,
    "documents": "---\n" * 100_000,
    "directives": "%YAML 1.1\n" * 100_000,
    "a long number": "version: " + "9" * 900_000,
    "a number by sixties": "version: " + "1:" * 400_000 + "1",
    "a number with a point by sixties": "version: " + "1:" * 400_000 + "1.5",
    "aliases of lists": "a: &a [1, 1, 1]\n"
    + "".join(f"b{n}: &b{n} [*{f'b{n - 1}' if n else 'a'}, *a]\n" for n in range(60)),
    "merged mappings": "a: &a {x: 1}\nb:\n" + "  <<: *a\n" * 50_000,
    "itself": "&a [*a]",
    "a set": "version: 1\nsituations: !!set {a, b}",
    "pairs": "version: 1\nsituations: !!omap [a: {b: c}]",
    "Python": "!!python/object/apply:os.system ['touch made']",
    "bytes": "version: !!binary " + "A" * 500_000,
    "nothing": "\0" * 1000,
    "no text": "\udcff",
}
READERS: dict[str, Callable[[Path], object]] = {
    "rules": lambda path: read_situations([path], (), ()),
    "pack": read_pack_file,
    "profile": read_profile_file,
    "data": read_data,
}


TAKEN = {
    "a long number",
    "a number by sixties",
    "a number with a point by sixties",
    "bytes",
    "a set",
}
"""Data of claims are texts, whatever they look like."""


@pytest.mark.parametrize(
    ("reader", "text"), [(r, t) for r in READERS for t in TEXTS if r != "data" or t not in TAKEN]
)
def test_a_strange_text_is_one_error_soon(tmp_path: Path, reader: str, text: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(TEXTS[text].encode("utf-8", "surrogateescape"))
    before = time.process_time()
    with pytest.raises((SituationError, PackError, DataProblem)) as raised:
        READERS[reader](path)
    assert time.process_time() - before < 10
    assert str(raised.value).startswith(str(path)) and len(str(raised.value)) < 600


def test_an_alias_of_a_text_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    citation = '"Lakeshore provider manual 2026"'
    assert citation in PROFILE
    path.write_text(PROFILE.replace(f"- {citation}", f"- &manual {citation}\n  - *manual"))
    assert read_profile_file(path).name == "lakeshore"


# texts that are shown


def steering(text: str, keys: str) -> str:
    return re.sub(rf"({keys}): (?!\S*$).*", lambda m: f"{m[1]}: {json.dumps(STEERING)}", text)


SETTINGS = {
    'rules = ["r.yaml"]': steering(ROW, "fault|checks|source|help").replace(
        'message: "{procedure} for {charge}"',
        f"message: {json.dumps(STEERING + '{procedure}')}\n"
        f'        fix: {{words: {json.dumps(STEERING)}, write: "1"}}',
    ),
    'packs = ["r.yaml"]': steering(PACK, "descriptor|meaning|statement|correction|text|source"),
    'profiles = ["r.yaml"]': steering(PROFILE, "title|reason|citation"),
}


@pytest.mark.parametrize("line", SETTINGS)
def test_no_text_of_a_users_file_steers_a_terminal(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
    line: str,
) -> None:
    (cloned / "edi-lint.toml").write_text(line)
    (cloned / "r.yaml").write_text(SETTINGS[line])
    (cloned / "a.837").write_bytes((ROOT / "examples" / "outbound.837").read_bytes())
    formats = (
        "text",
        "full",
        "concise",
        "json",
        "jsonl",
        "csv",
        "sarif",
        "junit",
        "github",
        "gitlab",
    )
    runs: list[tuple[str, ...]] = [
        ("check", "a.837", "--output-format", one, "--phi", "none") for one in formats
    ]
    runs += [
        ("check", "a.837", "--statistics"), ("annotate", "a.837"), ("fix", "--diff", "a.837"),
        ("annotate", "--template", "markdown", "a.837"), ("rule",), ("rule", "HSE001"),
        ("rule", "A4306"), ("config",), ("report", "a.837", "-o", "r", "-j", "1"),
        ("split", "a.837", "--clean", "c", "--report", "/dev/stdout", "--force"),
    ]  # fmt: skip
    for command, *options in runs:
        ran = commands(command)(*options)
        assert ran.status in (0, 1, 2) and "internal error" not in ran.err
        for said in (ran.err, ran.out):
            found = _UNSAFE.search(said)
            assert not found, (command, options, said[found.start() - 60 :][:120])
    for page in (cloned / "r").rglob("*"):
        assert page.is_dir() or not re.search("[\x1b\x9b\u202e]|##\\[", page.read_text("utf-8"))


@pytest.mark.parametrize(
    ("fix", "said"),
    [
        ("{words: write it, write: note}", "note may contain what identifies a person"),
        ("{words: 'write {note}', write: '1'}", r"\{note\} may contain what identifies a person"),
        ("{words: 'write {other}', write: '1'}", r"\{other\} is not a part of this row"),
    ],
)
def test_a_fix_of_a_row_copies_nothing_that_identifies_a_person(
    tmp_path: Path, fix: str, said: str
) -> None:
    path = tmp_path / "a.yaml"
    message = '        message: "{procedure} for {charge}"\n'
    path.write_text(ROW.replace(message, f"{message}        fix: {fix}\n"))
    with pytest.raises(SituationError, match=said):
        read_situations([path], (), ())


@pytest.mark.parametrize("written", ["9*9", "9:9", "9~NM1*IL", "9^9"])
def test_a_fix_of_a_row_writes_no_delimiter(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
    written: str,
) -> None:
    message = '        message: "{procedure} for {charge}"\n'
    fix = f"        fix: {{words: write it, write: '{written}'}}\n"
    (cloned / "r.yaml").write_text(ROW.replace(message, message + fix))
    (cloned / "a.837").write_bytes((ROOT / "examples" / "outbound.837").read_bytes())
    ran = commands("check")(
        "a.837", "--rules", "r.yaml", "--select", "HSE", "--output-format", "json"
    )
    findings = json.loads(ran.out)["findings"]
    assert findings and all("fix" not in one for one in findings)


# files that are none

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pipes and devices with names")


def edi_lint(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (60, 60))

    run = [sys.executable, "-m", "edi_lint", *arguments]
    with TemporaryDirectory() as data_folder:
        return subprocess.run(
            run,
            cwd=cwd,
            env={**os.environ, "EDI_LINT_DATA": data_folder},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            preexec_fn=limited,
        )


COMMANDS = (
    ("check",), ("check", "--cross-check"), ("fix",), ("fix", "--diff"), ("extract",), ("annotate",),
    ("rewrite", "--template", "resend", "--force"), ("redact", "--key", "a key of ours"),
    ("split", "--clean", "c", "--held", "h", "--force"), ("report", "-o", "r", "-j", "1"),
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_pipe_that_is_named_is_read_as_a_file_is(
    cloned: Path,  # noqa: F811
    command: tuple[str, ...],
) -> None:
    def fill() -> None:
        with (cloned / "pipe").open("wb") as pipe:
            pipe.write((cloned / "a.837").read_bytes())

    os.mkfifo(cloned / "pipe")
    name, *options = command
    expected = edi_lint(name, "a.837", *options, cwd=cloned)
    writer = threading.Thread(target=fill)
    writer.start()
    found = edi_lint(name, "pipe", *options, cwd=cloned)
    writer.join(60)
    assert found.returncode == expected.returncode in (0, 1)
    times = re.compile(r"BHT\*[^~]*|\d{6,8}\*\d{4,8}")
    assert times.sub("", found.stdout.replace("pipe", "a.837")) == times.sub("", expected.stdout)
    assert found.stderr.startswith("edi-lint: pipe: is a pipe; reading what is written to it\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_device_or_a_socket_that_is_named_is_not_read(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
    command: tuple[str, ...],
) -> None:
    with socket.socket(socket.AF_UNIX) as served:
        served.bind("socket")
        (cloned / "zero").symlink_to("/dev/zero")
        (cloned / "null").symlink_to("/dev/null")
        name, *options = command
        for path, said in (
            ("zero", "is a device, not a file; it may never end"),
            ("socket", "is a socket, not a file"),
            ("null", "the file is empty"),
        ):
            ran = commands(name)(path, *options)
            assert ran.status == 2
            assert re.search(f"^edi-lint: {path}: (cannot read: )?{said}$", ran.err, re.MULTILINE)


def test_a_pipe_that_a_pack_or_profile_names_is_not_waited_for(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
) -> None:
    os.mkfifo(cloned / "pipe.yaml")
    (cloned / "zero.yaml").symlink_to("/dev/zero")
    (cloned / "loop.yaml").symlink_to("loop.yaml")
    for key, text in (("packs", PACK), ("profiles", PROFILE)):
        for name in (
            "pipe.yaml",
            "zero.yaml",
            "loop.yaml",
            "/dev/zero",
            "../up.yaml",
            "https://host/x",
        ):
            (cloned / "edi-lint.toml").write_text(f'{key} = ["p.yaml"]')
            (cloned / "p.yaml").write_text(f"{text}\nrules: [{name}]\n")
            ran = commands("check")("a.837")
            assert (ran.status, ran.out) == (2, "")
            loops = name == "loop.yaml" and "loop.yaml: Too many levels" in ran.err
            assert loops or ran.err.startswith("edi-lint: p.yaml: rules: expected paths")


def test_no_more_is_read_than_a_data_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claim_data, "MAX_DATA", 1_000_000)
    (tmp_path / "a.csv").symlink_to("/dev/zero")
    with pytest.raises(DataProblem, match="longer than 1000000 bytes"):
        read_data(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["edi-lint.toml", "pyproject.toml"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "nowhere", "itself", "/dev/zero"])
def test_settings_that_are_no_file_are_an_error(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
    name: str,
    kind: str,
) -> None:
    path = cloned / name
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(path.name if kind == "itself" else kind)
    with pytest.raises(SettingsError, match="is not a file; remove it, or name the settings"):
        find(cloned)
    for command in ("check", "fix", "annotate", "extract", "split", "rewrite", "redact", "report"):
        options = {"split": ["--clean", "c"], "report": ["-o", "r"]}.get(command, [])
        ran = commands(command)("a.837", *options)
        assert (ran.status, ran.out) == (2, "")
        assert f"{name}: is not a file" in ran.err
    other = cloned / "other.toml"
    other.write_text("")
    assert commands("check")("a.837", "--config", other).status == 1


# folders of results


def test_no_result_leaves_its_folder_by_a_link(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
) -> None:
    precious = cloned.parent / "precious"
    precious.write_text("precious")
    (cloned / "b.837").write_bytes((cloned / "a.837").read_bytes())
    for folder, link in (("one", "a.837"), ("two", "b.837")):
        (cloned / folder).mkdir()
        (cloned / folder / link).symlink_to(precious)
        for command in (("fix", "-o"), ("split", "--clean"), ("split", "--held")):
            name, option = command
            ran = commands(name)("a.837", "b.837", option, folder)
            assert ran.status == 2
            assert f"{folder}/{link}: leads out of {folder} by a link; remove the link" in ran.err
            assert precious.read_text() == "precious"
            assert [path.name for path in (cloned / folder).iterdir()] == [link]


def test_a_report_removes_and_writes_no_page_elsewhere(
    cloned: Path,  # noqa: F811
    commands: Callable[[str], Cli],
) -> None:
    other = cloned.parent / "other"
    other.mkdir()
    (other / "precious").write_text("precious")
    folder = cloned / "r"
    folder.mkdir()
    (folder / "pages").symlink_to(other)
    known = {"tool": {"name": "edi-lint"}, "files": [{"page": "precious"}]}
    (folder / "report.json").write_text(json.dumps(known))
    ran = commands("report")("a.837", "-o", "r", "-j", "1")
    assert (ran.status, "r/pages: is a link; remove it" in ran.err) == (2, True)
    assert [path.name for path in other.iterdir()] == ["precious"]
    (folder / "pages").unlink()
    (folder / "report.json").unlink()
    os.mkfifo(folder / "report.json")
    assert commands("report")("a.837", "-o", "r", "-j", "1").status == 1
    assert (folder / "report.json").is_file()
