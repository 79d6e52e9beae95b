"""What is not an 837P never passes for a clean file: ENV011 in every format and every command."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import junitparser
import pytest

import edi_lint
from conftest import FIXTURES, ROOT, Cli
from edi_lint.cli.formats import FindingsFormat
from edi_lint.findings.file_result import CODE, MOST_KINDS
from edi_lint.rules.envelope import NotProfessional
from edi_lint.run.drive import Linter
from edi_lint.run.parallel import check_files
from edi_lint.settings import Settings

CLEAN = (FIXTURES / "valid" / "minimal.837").read_bytes()
MIXED = (FIXTURES / "other" / "mixed.837").read_bytes()
ISA = CLEAN[: CLEAN.index(b"GS*")]


def interchange(inside: str, groups: int = 1) -> bytes:
    number = ISA.split(b"*")[13].decode()
    return ISA + f"{inside}IEA*{groups}*{number}~\n".encode()


def group(kind: str, guide: str, *sets: str, number: int = 1) -> str:
    head = f"GS*{kind}*SENDER*TARGET*20260110*1215*{number}*X*{guide}~\n"
    return f"{head}{''.join(sets)}GE*{len(sets)}*{number}~\n"


def transaction(type_: str, guide: str, *segments: str, number: int = 1) -> str:
    body = "".join(f"{segment}~\n" for segment in segments)
    return f"ST*{type_}*{number:04}*{guide}~\n{body}SE*{len(segments) + 2}*{number:04}~\n"


def ack(number: int = 1) -> str:
    return transaction("999", "005010X231A1", "AK1*HC*1", "AK9*A*1*1*1", number=number)


OTHERS = {
    "999": (
        interchange(group("FA", "005010X231A1", ack())),
        "1 transaction set 999 (implementation acknowledgment, 005010X231A1)",
    ),
    "two 999": (
        interchange(group("FA", "005010X231A1", ack(), ack(2))),
        "2 transaction sets 999 (implementation acknowledgment, 005010X231A1)",
    ),
    "277CA": (
        interchange(
            group("HN", "005010X214", transaction("277", "005010X214", "BHT*0085*08*1", "HL*1**20*1"))
        ),
        "1 transaction set 277 (claim acknowledgment, 277CA, 005010X214)",
    ),
    "835": (
        (FIXTURES / "other" / "835.edi").read_bytes(),
        "1 transaction set 835 (claim payment, remittance advice, 005010X221A1)",
    ),
    "837I": (
        interchange(
            group(
                "HC",
                "005010X223A2",
                transaction("837", "005010X223A2", "BHT*0019*00*1*20260110*1200*CH", "SV2*0300"),
            )
        ),
        "1 transaction set 837 (institutional claims, 837I, 005010X223A2)",
    ),
    "TA1": (
        interchange("TA1*000000019*260110*1200*A*000~\n", 0),
        "a TA1 (interchange acknowledgment) and no transaction set",
    ),
    "empty interchange": (interchange("", 0), "an interchange without any transaction set"),
    "empty group": (
        interchange(group("HC", "005010X222A1")),
        "an interchange without any transaction set",
    ),
    "two kinds": (
        interchange(
            group("FA", "005010X231A1", ack())
            + group("HP", "005010X221A1", transaction("835", "", "BPR*I*1"), number=2),
            2,
        ),
        "1 transaction set 999 (implementation acknowledgment, 005010X231A1), "
        "1 transaction set 835 (claim payment, remittance advice, 005010X221A1)",
    ),
}  # fmt: skip
"""Inputs that are X12 and have no 837P, and what is said of each."""
EXPLAINED = [OTHERS[name][1] for name in ("999", "two 999", "277CA", "TA1")]
"""Answers, which `annotate` explains."""
UNREADABLE = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \r\n\n", "no ISA segment"),
    "text": (b"these are no claims\n", "no ISA segment"),
    "binary": (bytes(range(256)) * 40, "no ISA segment"),
    "zip": (b"PK\x03\x04" + b"\x00" * 200, "a ZIP archive"),
}
EVERY = OTHERS | UNREADABLE
CASES = [pytest.param(data, said, id=name) for name, (data, said) in EVERY.items()]


@pytest.fixture
def check(commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    for variable in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    return commands("check")


def shown(format_: FindingsFormat, text: str) -> Iterator[tuple[str, str]]:
    """Severity and message of each ENV011 in what a format has printed."""
    match format_:
        case FindingsFormat.TEXT | FindingsFormat.GROUPED | FindingsFormat.FULL:
            for line in text.splitlines():
                if f"[{CODE}]" in line:
                    severity, _, message = line.partition(f"[{CODE}]: ")
                    yield severity, message
        case FindingsFormat.CONCISE:
            for line in text.splitlines():
                if f"[{CODE}]" in line:
                    before, _, message = line.partition(f"[{CODE}] ")
                    yield before.rpartition(" ")[2], message
        case FindingsFormat.JSON:
            found = json.loads(text)["findings"]
            yield from ((f["severity"], f["message"]) for f in found if f["code"] == CODE)
        case FindingsFormat.JSONL:
            found = map(json.loads, text.splitlines())
            yield from ((f["severity"], f["message"]) for f in found if f["code"] == CODE)
        case FindingsFormat.CSV:
            for row in csv.DictReader(io.StringIO(text)):
                if row["code"] == CODE:
                    yield row["severity"], row["message"]
        case FindingsFormat.SARIF:
            (run,) = json.loads(text)["runs"]
            levels = {"error": "error", "note": "info"}
            for result in run["results"]:
                if result["ruleId"] == CODE:
                    yield levels[result["level"]], result["message"]["text"]
        case FindingsFormat.JUNIT:
            for suite in junitparser.JUnitXml.fromstring(text.encode()):
                for case in suite:
                    for result in case.result if case.name.startswith(CODE) else ():
                        kinds = {junitparser.Error: "error", junitparser.Skipped: "info"}
                        yield kinds[type(result)], result.message
        case FindingsFormat.GITHUB:
            for line in text.splitlines():
                if f"title={CODE}" in line:
                    command, _, message = line.removeprefix("::").partition("::")
                    words = {"error": "error", "notice": "info"}
                    yield words[command.partition(" ")[0]], message
        case FindingsFormat.GITLAB:
            words = {"critical": "error", "info": "info"}
            for entry in json.loads(text):
                if entry["check_name"] == CODE:
                    yield words[entry["severity"]], entry["description"]


# a file that was named


@pytest.mark.parametrize("format_", FindingsFormat)
@pytest.mark.parametrize(("data", "said"), CASES)
def test_a_named_file_without_an_837p_is_an_error_in_every_format(
    data: bytes, said: str, format_: FindingsFormat, check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.edi").write_bytes(data)
    ran = check("--output-format", format_, "a.edi")
    assert ran.status == 2
    ((severity, message),) = shown(format_, ran.out)
    assert severity == "error"
    assert "no 837P could be checked: " in message and said in message
    assert "No findings" not in ran.out
    assert said in ran.err


HIDING: dict[str, tuple[str, ...]] = {
    "never": ("--fail-on", "never"),
    "select": ("--select", "MOD"),
    "ignore": ("--ignore", CODE),
    "family": ("--ignore", "ENV"),
    "level": ("--level", "1"),
    "quiet": ("--quiet",),
    "phi": ("--phi", "none"),
}


@pytest.mark.parametrize("options", HIDING.values(), ids=HIDING)
@pytest.mark.parametrize(("data", "said"), CASES)
def test_no_option_hides_it(
    data: bytes, said: str, options: tuple[str, ...], check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.edi").write_bytes(data)
    ran = check("--output-format", "jsonl", *options, "a.edi")
    assert ran.status == 2
    ((severity, message),) = shown(FindingsFormat.JSONL, ran.out)
    assert severity == "error" and said in message


def test_neither_a_suppression_nor_a_baseline_hides_it(check: Cli, tmp_path: Path) -> None:
    (tmp_path / "edi-lint.toml").write_text(
        f'[[suppressions]]\nrule = "{CODE}"\nreason = "no"\nexpires = 2999-01-01\n'
    )
    for name in ("835", "TA1", "empty"):
        (tmp_path / "a.edi").write_bytes(EVERY[name][0])
        ran = check("--output-format", "jsonl", "a.edi")
        assert ran.status == 2
        assert [*shown(FindingsFormat.JSONL, ran.out)]
        assert check("--write-baseline", "baseline.json", "a.edi").status == 2
        assert not (tmp_path / "baseline.json").exists()
    (tmp_path / "mixed.837").write_bytes(MIXED)
    assert check("--write-baseline", "baseline.json", "mixed.837").status == 0
    assert CODE not in (tmp_path / "baseline.json").read_text()
    ran = check("--baseline", "baseline.json", "--output-format", "jsonl", "mixed.837")
    assert [severity for severity, _ in shown(FindingsFormat.JSONL, ran.out)] == ["info"]


def test_it_stands_at_what_the_file_has_instead(check: Cli, tmp_path: Path) -> None:
    for name, tag in (("999", "ST"), ("two kinds", "ST"), ("TA1", "TA1"), ("empty group", "ISA")):
        data = OTHERS[name][0]
        (finding,) = (f for f in Linter().check(data).findings if f.code == CODE)
        place = finding.location
        assert place.segment == tag
        assert data[place.byte_start :].startswith(tag.encode() + b"*")
        line = data.split(b"\n")[place.line - 1]
        assert line.startswith(tag.encode() + b"*")


@pytest.mark.parametrize(("data", "said"), CASES)
def test_a_comparison_with_pyx12_does_not_pass_over_it(
    data: bytes, said: str, check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.edi").write_bytes(data)
    ran = check("--cross-check", "a.edi")
    assert ran.status == 2
    assert f"a.edi: {'ENV011: no 837P' if data.startswith(b'ISA') else ''}" in ran.err
    assert said in ran.err


def test_a_comparison_with_pyx12_goes_on_after_what_cannot_be_read(
    check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.edi").write_bytes(OTHERS["999"][0])
    assert check("--cross-check", "in").status == 2
    (tmp_path / "in" / "b.837").write_bytes(CLEAN)
    assert check("--cross-check", "in").status == 0
    assert check("--cross-check", "--strict", "in").status == 2
    ran = check("--cross-check", "none.837", "in/b.837")
    assert ran.status == 2
    assert "none.837: No such file or directory" in ran.err
    assert "in/b.837: 0 answers agree, 0 differ" in ran.out


def test_standard_input_is_named(check: Cli) -> None:
    assert check("-", stdin=OTHERS["999"][0]).status == 2
    assert check("-", stdin=b"").status == 2
    assert check("-", stdin=CLEAN).status == 0


def test_one_that_is_named_beside_claims_is_an_error_too(check: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.837").write_bytes(CLEAN)
    (tmp_path / "b.edi").write_bytes(OTHERS["999"][0])
    assert check("a.837", "b.edi").status == 2
    assert check(".").status == 0
    assert check(".", "b.edi").status == 2


# folders and globs


@pytest.mark.parametrize("format_", FindingsFormat)
def test_in_a_folder_it_is_listed_as_skipped(
    format_: FindingsFormat, check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.837").write_bytes(CLEAN)
    for number, (data, _) in enumerate(OTHERS.values()):
        (tmp_path / f"b{number}.edi").write_bytes(data)
    for paths in (".", "*"):
        ran = check("--output-format", format_, paths)
        assert ran.status == 0, ran.err
        found = [*shown(format_, ran.out)]
        assert [severity for severity, _ in found] == ["info"] * len(OTHERS)
        for (_, message), (_, said) in zip(found, OTHERS.values(), strict=True):
            assert "skipped" in message and said in message
    assert check("--strict", ".").status == 2
    assert check("--fail-on", "info", ".").status == 1


@pytest.mark.parametrize("paths", [".", "*.edi"])
def test_a_run_that_checked_nothing_at_all_ends_with_2(
    paths: str, check: Cli, tmp_path: Path
) -> None:
    for number, (data, _) in enumerate(OTHERS.values()):
        (tmp_path / f"b{number}.edi").write_bytes(data)
    ran = check(paths, "--fail-on", "never")
    assert ran.status == 2
    assert ran.err == "edi-lint: nothing was checked, because no input contains an 837P\n"
    assert "Nothing was checked" in ran.out and "No findings" not in ran.out
    run = json.loads(check("--output-format", "sarif", paths).out)["runs"][0]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_what_cannot_be_read_in_a_folder_is_an_error(check: Cli, tmp_path: Path) -> None:
    """A file of claims that came as something else must not be taken for an acknowledgment."""
    (tmp_path / "a.837").write_bytes(CLEAN)
    for name, (data, said) in UNREADABLE.items():
        (tmp_path / "b.837").write_bytes(data)
        ran = check("--output-format", "jsonl", ".")
        assert ran.status == 2, name
        ((severity, message),) = shown(FindingsFormat.JSONL, ran.out)
        assert severity == "error" and said in message


# a set beside others


@pytest.mark.parametrize("format_", FindingsFormat)
def test_a_set_that_is_skipped_shows_in_every_format(
    format_: FindingsFormat, check: Cli, tmp_path: Path
) -> None:
    (tmp_path / "a.837").write_bytes(MIXED)
    for strict, expected in (((), "info"), (("--strict",), "error")):
        ran = check("--output-format", format_, "a.837", "--select", "BAL", *strict)
        assert ran.status == (2 if strict else 0)
        ((severity, message),) = shown(format_, ran.out)
        assert severity == expected
        assert "1 transaction set 835" in message and "skipped" in message


def many_kinds(count: int) -> bytes:
    sets = (transaction(str(900 + n), "X", "A*1", number=n + 1) for n in range(count))
    other = group("ZZ", "NONE", *sets)
    return CLEAN.replace(b"IEA*1*", other.encode() + b"IEA*2*")


def test_each_kind_is_said_once_and_not_more_kinds_than_fit() -> None:
    for count in (1, 7, MOST_KINDS, MOST_KINDS + 30):
        report = Linter().check(many_kinds(count))
        told = [f for f in report.findings if f.code == CODE]
        assert len(told) == min(count, MOST_KINDS + 1)
        assert sum(s.count for s in report.file.skipped_sets()) == count
        assert report.file.checked == 1
    assert "30 transaction sets of another kind" in "".join(f.message for f in told)


def test_it_is_the_same_with_any_number_of_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edi_lint.run import parallel

    path = tmp_path / "a.837"
    path.write_bytes(MIXED * 40 + interchange("TA1*000000019*260110*1200*A*000~\n", 0))
    alone = Linter().lint(path).file
    monkeypatch.setattr(parallel, "LARGE", 1000)
    monkeypatch.setattr(parallel, "_SMALLEST", 2000)
    linter = Linter(Settings())
    size = path.stat().st_size
    (report,) = check_files([str(path)], [size], linter, 2, batch_opener, "-")
    assert report.file == alone
    assert alone.acknowledgments == 1 and alone.checked == 40


def batch_opener(path: str) -> Any:
    return Path(path).open("rb")


# other commands


@pytest.mark.parametrize(("data", "said"), CASES)
@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("fix", ()),
        ("fix", ("--diff",)),
        ("edit", ("--at", "0001#2:BHT06", "--value", "CH")),
        ("redact", ()),
        ("split", ("--clean", "clean", "--held", "held")),
        ("rewrite", ("--control-number", "7")),
        ("extract", ()),
        ("report", ("-o", "out")),
        ("annotate", ()),
    ],
)
def test_no_command_takes_it_for_claims(
    command: str,
    options: tuple[str, ...],
    data: bytes,
    said: str,
    commands: Callable[[str], Cli],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.edi").write_bytes(data)
    ran = commands(command)("a.edi", *options)
    if command == "annotate" and said in EXPLAINED:
        assert ran.status == 0
        assert CODE in ran.out
        return
    assert ran.status == 2
    assert said in ran.err
    assert "a.edi: " in ran.err
    is_x12 = data.startswith(b"ISA")
    assert (f"{CODE}: no 837P could be checked" in ran.err) == is_x12
    if command not in ("report", "annotate", "extract"):
        assert ran.out == ""
        assert [p.name for p in tmp_path.iterdir()] == ["a.edi"]
    if command == "annotate" and is_x12:
        assert CODE in ran.out
    if command == "report":
        document = json.loads((tmp_path / "out" / "report.json").read_text())
        assert [(r["code"], r["severity"]) for r in document["rules"] if r["code"] == CODE]


def test_commands_say_what_they_skipped_beside_claims(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.837").write_bytes(MIXED)
    (tmp_path / "own.x12.j2").write_text("{% for s in segments %}{{ s }}\n{% endfor %}")
    for command, options in (
        ("fix", ()),
        ("redact", ()),
        ("split", ("--clean", "clean", "--held", "held")),
        ("extract", ()),
        ("rewrite", ("--control-number", "7", "--template", "resend", "-o", "again")),
        ("rewrite", ("--control-number", "8", "--template", "own.x12.j2", "-o", "again")),
    ):
        ran = commands(command)("a.837", *options)
        assert ran.status in (0, 1), ran.err
        assert f"a.837: {CODE}: skipped 1 transaction set 835" in ran.err
    assert CODE in commands("annotate")("a.837").out
    commands("report")("a.837", "-o", "out")
    document = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {(r["code"], r["severity"]) for r in document["rules"]} >= {(CODE, "info")}
    page = (tmp_path / "out" / "index.html").read_text()
    assert "skipped: 1 transaction set 835" in page


@pytest.mark.parametrize("command", ["extract", "report"])
def test_commands_over_folders_end_as_check_does(
    command: str, commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ("-o", "out") if command == "report" else ()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.edi").write_bytes(OTHERS["999"][0])
    assert commands(command)("in", *options).status == 2
    (tmp_path / "in" / "b.837").write_bytes(CLEAN)
    ran = commands(command)("in", *options)
    assert ran.status == 0
    assert command == "report" or f"in/a.edi: {CODE}: " in ran.err
    (tmp_path / "in" / "c.837").write_bytes(b"")
    assert commands(command)("in", *options).status == 2


def test_nothing_of_it_is_recorded_as_sent(check: Cli, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.edi").write_bytes(OTHERS["999"][0])
    (tmp_path / "in" / "b.837").write_bytes(CLEAN)
    ran = check("--ledger", "sent.db", "--record", "in")
    assert ran.status == 0
    assert "1 interchange recorded as sent, 1 of the inputs held back" in ran.err


# the rule and the document


def test_the_code_is_the_rules() -> None:
    assert NotProfessional.code == CODE


@pytest.mark.parametrize(("data", "said"), CASES)
def test_the_document_follows_its_schema(data: bytes, said: str) -> None:
    import jsonschema

    document = Linter().check(data).json()
    schema = json.loads((ROOT / "schemas" / "findings.schema.json").read_text())
    jsonschema.validate(document, schema)
    (file,) = document["files"]
    assert said in (file.get("error") or file["instead"])


def test_python_has_the_rest_of_what_was_found() -> None:
    data = OTHERS["999"][0].replace(b"IEA*1*", b"IEA*3*")
    with pytest.raises(edi_lint.Not837PError) as raised:
        edi_lint.check(data)
    report = raised.value.report
    assert report is not None and not report.ok
    assert [f.code for f in report.findings] == [CODE, "ENV005"]
