"""Marked names, days and ids stand at every element of every segment, in wrong places, under wrong
tags and behind lost terminators; nothing that a command prints or writes contains one.

Shown by design, and left out below: the claim number (CLM01) where claim numbers may be shown, who
sends and receives an envelope (ISA06, ISA08, GS02, GS03 of a whole header), what a payer is called by (NM103 of PR),
and what is a claim file itself (the outputs of fix, split and rewrite).
"""

from __future__ import annotations

import io
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conftest import FIXTURES, Cli
from edi_lint import redact
from edi_lint.findings.masking import Phi
from edi_lint.reporters import (
    concise,
    findings_csv,
    findings_jsonl,
    full,
    github,
    gitlab,
    grouped,
    junit,
    sarif,
)
from edi_lint.reporters.reporter import Asked
from edi_lint.reporters.tally import Tally
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation

MARKS = ("ZQXSURNAME", "ZQX RHIAN", "19610417", "ZQI164184", "LKH205518840")
"""A name, a name of two words, a day of birth and two ids: none is what any element is for."""
BY_DESIGN = {("ISA", 6), ("ISA", 8), ("GS", 2), ("GS", 3)}
FILES = ("cob.837", "drug-lin.837", "certificate.837", "dependent.837", "replacement.837")
TAGS = ("GS", "GE", "IEA", "TA1", "ST", "SE", "HL", "LX", "SV1", "CLM", "REF", "NM1", "DTP", "AMT",
        "PWK", "HI", "PRV", "CAS", "SBR", "N3", "DMG", "K3", "QTY", "XYZ")  # fmt: skip
REPORTERS = (
    grouped.Grouped, full.Full, concise.Concise, findings_csv.Csv, findings_jsonl.JsonLines, sarif.Sarif,
    junit.Junit, github.Github, gitlab.Gitlab,
)  # fmt: skip


def segments(name: str) -> list[str]:
    data = (FIXTURES / "valid" / name).read_text("latin-1")
    return [s.strip("\r\n") for s in data.split("~")][:-1]


def file(parts: list[str]) -> bytes:
    return "".join(f"{part}~\n" for part in parts).encode("latin-1")


def marked() -> Iterator[tuple[str, bytes]]:
    """A mark and a file that contains it at one place."""
    for name in FILES:
        parts = segments(name)
        for index, part in enumerate(parts):
            values = part.split("*")
            for element in range(len(values) + 2):
                for mark in MARKS:
                    if (values[0], element) in {*BY_DESIGN, ("ISA", 0)}:
                        continue
                    if is_payer_name(values, element):
                        continue
                    for changed in put(values, element, mark):
                        yield mark, file([*parts[:index], changed, *parts[index + 1 :]])


def is_payer_name(values: list[str], element: int) -> bool:
    return values[:3] == ["NM1", "PR", "2"] and element == 3


def put(values: list[str], element: int, mark: str) -> Iterator[str]:
    """The segment with the mark as an element, and as each component of a composite one."""
    padded = [*values, *[""] * (element - len(values) + 1)]
    yield "*".join([*padded[:element], mark, *padded[element + 1 :]])
    if ":" in padded[element] and values[0] != "ISA":
        inner = padded[element].split(":")
        for place in range(len(inner) + 1):
            made = [*inner[:place], mark, *inner[place + 1 :]]
            yield "*".join([*padded[:element], ":".join(made), *padded[element + 1 :]])


def misplaced() -> Iterator[tuple[str, bytes]]:
    """A mark and a file in which whole segments are where they do not belong."""
    person = ["IL", "1", "ZQXSURNAME", "ZQXRHIAN", "", "", "", "XX", "ZQI164184", "ZQX RHIAN"]
    numbers = ["19610417"] * 16
    for name in FILES[:2]:
        parts = segments(name)
        for index in range(1, len(parts) - 1):
            tag = TAGS[index % len(TAGS)]
            for elements in (person, numbers, ["ZQXSURNAME", *numbers], ["1", *person]):
                wrong = "*".join([tag, *elements])
                yield "ZQ", file([*parts[:index], wrong, *parts[index:]])
        for index in range(2, len(parts)):
            whose = [*parts]
            whose.insert(index, "NM1*IL*1*ZQXSURNAME*ZQXRHIAN*K***MI*ZQI164184")
            whose.insert(index + 1, "N3*ZQX AVE 19610417")
            whose.insert(index + 2, "DMG*D8*19610417*F")
            glued = "*".join(whose[index - 1 : index + 3])
            yield "ZQ", file([*whose[: index - 1], glued, *whose[index + 3 :]])
        whose = [*parts[:12], "NM1*IL*1*ZQXSURNAME*ZQXRHIAN*K***MI*ZQI164184", *parts[12:]]
        yield "ZQ", f"{parts[0]}~\n{chr(10).join(whose[1:])}".encode("latin-1")


@cache
def linter(phi: Phi) -> Linter:
    return Linter(Settings(phi=phi, parties=True))


def shown(data: bytes, phi: Phi) -> Iterator[tuple[str, str]]:
    """What formats and annotations show of a file, each with its name."""
    settings = Settings(phi=phi, parties=True)
    report = linter(phi).check(data)
    yield "json", json.dumps(report.json(phi))
    for kind in REPORTERS:
        asked = Asked(phi, Tally(), None, None, True, False)
        reporter = kind(asked)
        list(asked.tally.count(iter([report])))
        made = [*reporter.begin(), *reporter.add(report), *reporter.end()]
        yield kind.__name__, b"".join(made).decode()
    compiled, path = templates.load("annotate", "text")
    with Annotation(io.BytesIO(data), "marked.837", settings) as annotation:
        yield "annotate", "".join(annotation.render(compiled, path))


def leaks(mark: str, data: bytes, phi: Phi) -> list[str]:
    days = {"19610417", "1961-04-17", "17.04.1961"}
    wanted = days if mark in days else {mark, *(days if mark == "ZQ" else ())}
    told = ((name, said.replace("ZQZQ", "")) for name, said in shown(data, phi))
    return [f"{name}: {one}" for name, said in told for one in wanted if one in said]


def sample(files: Iterator[tuple[str, bytes]], number: int) -> list[tuple[str, bytes]]:
    every = list(files)
    return Random(len(every)).sample(every, min(number, len(every)))


@pytest.mark.parametrize(("mark", "data"), sample(marked(), 250))
def test_no_mark_is_shown_at_any_element(mark: str, data: bytes) -> None:
    phi = Phi.IDS if not data.count(f"CLM*{mark}".encode()) else Phi.NONE
    assert leaks(mark, data, phi) == []


@pytest.mark.parametrize(("mark", "data"), sample(misplaced(), 120))
def test_no_mark_is_shown_in_the_wrong_place(mark: str, data: bytes) -> None:
    assert leaks(mark, data, Phi.NONE) == []


SLOTS = {
    "place": "2300 CLM05", "frequency": "2300 CLM05-3", "charge": "2300 CLM02", "filing": "2000B SBR09",
    "procedure": "2400 SV101-2", "modifiers": "2400 SV101-3..6", "units": "2400 SV104",
    "day": "2400 DTP[472]03", "diagnosis": "2300 HI[ABK]01-2", "kind": "2300 PWK01",
    "subscriber": "2000B HL01", "level": "2000B HL03", "line": "2400 LX01", "of": "2010BA NM101",
}  # fmt: skip
"""Places whose values the message of a user's own row may show, in their form."""


def row_with_slots() -> str:
    """A user's own row that says all that it may of each claim."""
    from test_situation_rows import ROW

    parts = "".join(
        f"      {name}: {place}\n" for name, place in SLOTS.items() if name != "procedure"
    )
    shown = " ".join(f"{{{name}}}" for name in SLOTS)
    text = ROW.replace("      charge: 2400 SV102\n      note: 2300 NTE02\n", parts)
    text = text.replace('"{procedure} for {charge}"', f'"{shown}"').replace(
        "at: SV102", "at: CLM05"
    )
    text = text.replace("{part: procedure, is: A4306}", "{part: frequency, filled: true}")
    return text.replace("{part: charge, more_than: 100}", "{part: place, filled: true}")


@pytest.mark.parametrize(("mark", "data"), sample(marked(), 60) + sample(misplaced(), 20))
def test_no_mark_is_in_a_message_of_a_users_row(tmp_path: Path, mark: str, data: bytes) -> None:
    (tmp_path / "rows.yaml").write_text(row_with_slots())
    report = Linter(Settings(rules=(tmp_path / "rows.yaml",), phi=Phi.NONE)).check(data)
    said = json.dumps(report.json(Phi.NONE))
    assert [w for w in ("ZQX", "ZQI", "19610417", "1961-04-17", "LKH205518840") if w in said] == []


def test_a_users_row_says_what_it_may(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(row_with_slots())
    data = file(segments("drug-lin.837"))
    report = Linter(Settings(rules=(tmp_path / "rows.yaml",), select=("HSE",))).check(data)
    (message, *_) = [finding.message for finding in report.findings]
    assert "632.4 CI J2795 A4306" in message and "G8918" in message


COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", "--output-format", "text", "--output-format", "csv=out/1.csv", "--output-format",
     "sarif=out/2.sarif", "--output-format", "junit=out/3.xml", "--output-format", "json=out/4",
     "--statistics", "--ledger", "sent.db", "--record", "--fail-on", "never"),
    ("check", "--output-format", "full", "--output-format", "jsonl=out/jsonl", "--output-format",
     "github=out/github", "--output-format", "gitlab=out/gitlab", "--output-format",
     "concise=out/concise", "--rules", "rows.yaml", "--fail-on", "never"),
    ("extract", "--format", "csv"),
    ("report", ".", "-o", "out/folder", "-j", "1", "--rules", "rows.yaml"),
    ("annotate", "-o", "out/5.html"),
    ("annotate", "--template", "markdown"),
    ("extract", "--format", "jsonl", "--hcpcs", "A4306", "--hcpcs", "J2795"),
    ("extract", "--format", "table"),
    ("split", "--clean", "files/c.837", "--held", "files/h.837", "--report", "out/6.json", "--force"),
    ("split", "--held", "files/h.837", "--report", "out/7.txt", "--force"),
    ("fix", "--diff", "--unsafe"),
    ("fix", "--unsafe", "--force", "-o", "files/f.837", "--log", "out/8.jsonl"),
    ("rewrite", "--template", "resend", "--force", "-o", "files/r.837", "--log", "out/9.jsonl",
     "--ledger", "sent.db"),
    ("rewrite", "--template", "void", "--force", "--whole", "-o", "files/r.837"),
    ("redact", "-o", "files/red.837"),
    ("edit", "--at", "0001#2:BHT06", "--value", "RP", "--diff"),
    ("report", "-o", "out/report", "-j", "1"),
)  # fmt: skip


@pytest.mark.parametrize(("mark", "data"), sample(misplaced(), 20) + sample(marked(), 40))
def test_what_redact_writes_has_no_mark(mark: str, data: bytes) -> None:
    made = redact(data, "a key of these tests").content().decode("latin-1")
    assert [w for w in (*MARKS, "ZQXRHIAN") if w in made] == []


@pytest.mark.parametrize("phi", [Phi.NONE, Phi.IDS])
@pytest.mark.parametrize(("mark", "data"), sample(misplaced(), 4) + sample(marked(), 4))
def test_no_command_tells_or_keeps_a_mark(
    phi: Phi,
    mark: str,
    data: bytes,
    commands: Callable[[str], Cli],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    for name in ("out", "files", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "a.837").write_bytes(data)
    (tmp_path / "rows.yaml").write_text(row_with_slots())
    wanted = ["ZQX", "ZQI", "19610417", "1961-04-17", "LKH205518840"]
    if b"CLM*" + mark.encode() in data:
        phi = Phi.NONE
    for command, *options in COMMANDS:
        told = () if command == "redact" else ("--phi", phi)
        ran = commands(command)("a.837", *options, *told)
        assert "internal error" not in ran.err
        assert [w for w in wanted if w in ran.out + ran.err] == [], command
    kept = [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    assert kept
    for path in [*kept, tmp_path / "sent.db"]:
        if path.exists():
            said = path.read_bytes().decode("latin-1")
            assert [w for w in wanted if w in said] == [], path
    assert list((tmp_path / "tmp").iterdir()) == []


def test_temporary_files_have_no_name_and_only_copies_of_claim_files_contain_a_mark(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What temporary files contain by design: an input that can be read only once, what fix, split
    and redact have made so far, all of them claim files; findings as they may be shown."""
    made: list[int] = []
    real = tempfile.TemporaryFile

    def temporary(*arguments: Any, **named: Any) -> Any:
        file = real(*arguments, **named)
        made.append(os.dup(file.fileno()))
        return file

    monkeypatch.setattr(tempfile, "TemporaryFile", temporary)
    monkeypatch.setattr("edi_lint.files.spool.IN_MEMORY", 4)
    monkeypatch.setattr("edi_lint.files.spool._PIECE", 2)
    monkeypatch.chdir(tmp_path)
    for name in ("out", "files", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    kept = 0
    for mark, data in sample(misplaced(), 3) + sample(marked(), 5):
        for command, *options in COMMANDS:
            told = () if command == "redact" else ("--phi", Phi.NONE)
            commands(command)("-", *options, *told, stdin=data)
            while made:
                handle = made.pop()
                found = os.fstat(handle)
                assert found.st_nlink == 0 and not stat.S_IMODE(found.st_mode) & 0o077
                content = os.pread(handle, found.st_size, 0)
                os.close(handle)
                kept += bool(content)
                is_claim_file = (
                    content.lstrip()[:4] in (b"ISA*", b"GS*H", b"ST*8") or b"~" in content
                )
                assert is_claim_file or mark.encode() not in content, (command, mark)
            assert list((tmp_path / "tmp").iterdir()) == []
    assert kept


def test_what_is_shown_by_design_is_shown() -> None:
    parts = segments("drug-lin.837")
    said = dict(shown(file(parts), Phi.IDS))["annotate"]
    assert "HARBORINFUSION" in said and "HI-1" in said
