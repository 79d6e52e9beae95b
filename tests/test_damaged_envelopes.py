"""Whatever happens to a byte of ISA, GS, ST or BHT, or before them, what is known stays found."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from conftest import Cli
from edi_lint.edits.apply import apply
from edi_lint.findings import Applicability, Finding
from edi_lint.findings.report import Report
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

FULL = os.environ.get("EDI_LINT_ENGINES") == "full"
KNOWN = "MOD005"
LINTER = Linter()
PLAIN = Example(line=("SV1*HC:A4306:GY:GY*120*UN*1***1",)).file()
LAYOUTS = {
    "a segment to a line": PLAIN,
    "on one line": PLAIN.replace(b"\n", b""),
    "CR and LF": PLAIN.replace(b"\n", b"\r\n"),
    "line feeds end segments": PLAIN.replace(b"~", b""),
    "other delimiters": PLAIN.translate(bytes.maketrans(b"*:~", b"|>\x1d")).replace(b"\n", b""),
}
BYTES = b" 09AZa*:^~\n>|"
MARK = b"\xef\xbb\xbf"


def lint(data: bytes) -> Report:
    report = LINTER.check(data)
    assert not report.file.error, report.file.error
    return report


def codes(report: Report) -> list[str]:
    return [f.code for f in report.findings]


def one(report: Report, code: str) -> Finding:
    (found,) = (f for f in report.findings if f.code == code)
    return found


def changes(layout: str) -> Iterator[tuple[int, str, bytes]]:
    """One byte replaced, taken out or put in before NM1*41.

    Unless all are asked for, one of the other bytes at each place, and another in each layout.
    """
    data = LAYOUTS[layout]
    end = data.index(b"NM1")
    rotation = islice(cycle(BYTES), 2 * list(LAYOUTS).index(layout), None)
    for at in range(end):
        some = BYTES if FULL else bytes(islice(rotation, 1))
        for byte in some:
            if data[at] != byte:
                yield at, "replaced", data[:at] + bytes([byte]) + data[at + 1 :]
            yield at, "put in", data[:at] + bytes([byte]) + data[at:]
        yield at, "taken out", data[:at] + data[at + 1 :]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_byte_of_the_envelope_hides_nothing(layout: str) -> None:
    for at, what, data in changes(layout):
        report = lint(data)
        explained = [
            f
            for f in report.findings
            if f.severity.value == "error" and f.location.byte_start - 3 <= at
            and at <= f.location.byte_end + 3
        ]  # fmt: skip
        assert KNOWN in codes(report) or explained, (at, what, data[max(at - 8, 0) : at + 8])
        if KNOWN not in codes(report):
            assert report.file.claims == 1, (at, what)


def test_both_engines_say_the_same_of_them() -> None:
    agreement = pytest.importorskip("agreement")
    both = agreement.Both(Settings())
    for number, layout in enumerate(LAYOUTS):
        for at, what, data in islice(changes(layout), number, None, 1 if FULL else 17):
            both.agree(data, (at, what))
            agreement.agree(data, (at, what), 64)
    for data in (SET, GROUP, MARK + SET, PLAIN + SET, SET + PLAIN, b"IXA" + PLAIN[3:]):
        both.agree(data, data)


SET = PLAIN[PLAIN.index(b"ST*") : PLAIN.index(b"GE*")]
GROUP = PLAIN[PLAIN.index(b"GS*") : PLAIN.index(b"IEA*")]


def in_delimiters(data: bytes, delimiters: bytes) -> bytes:
    return data.replace(b"\n", b"").translate(bytes.maketrans(b"*:~", delimiters))


@pytest.mark.parametrize("delimiters", [b"*:~", b"|>!", b"~:\n", b"+<\x1c", b"*\\'"])
@pytest.mark.parametrize("part", [SET, GROUP, PLAIN[PLAIN.index(b"ST*") :]])
@pytest.mark.parametrize("before", [b"", MARK, b"\r\n\r\n"])
def test_a_file_without_isa_is_linted(part: bytes, delimiters: bytes, before: bytes) -> None:
    data = before + in_delimiters(part, delimiters)
    report = lint(data)
    missing = one(report, "ENV001")
    assert missing.message.startswith("ISA is" if part == GROUP else "ISA and GS are missing")
    assert missing.location.byte_start == len(before)
    assert (
        {"ENV001", KNOWN} <= set(codes(report)) <= {"ENV001", "ENV014", KNOWN, "DOC001", "STR008"}
    )
    found = one(report, KNOWN).location
    assert data[found.byte_start : found.byte_end] == b"GY"
    assert report.file.claims == 1


def test_a_set_after_an_interchange_lacks_its_own() -> None:
    report = lint(PLAIN + SET)
    assert one(report, "ENV001").location.byte_start == len(PLAIN)
    assert codes(report).count(KNOWN) == 2
    report = lint(SET + PLAIN)
    assert one(report, "ENV001").location.byte_start == 0
    assert codes(report).count(KNOWN) == 2


@pytest.mark.parametrize("start", [b"IXA*00", b"SA*00", b"isa*00", b"ISA00", b"I*A*00", b"XISA 00"])
def test_a_damaged_isa_is_read_by_the_rest_of_it(start: bytes) -> None:
    for data in (start + PLAIN[6:], PLAIN + start + PLAIN[6:]):
        report = lint(data)
        found = one(report, "ENV001")
        assert found.severity.value == "error"
        assert data[found.location.byte_start :].startswith(start[:2])
        assert codes(report).count(KNOWN) == data.count(b"GY:GY")


def fixed(data: bytes, finding: Finding) -> bytes:
    assert finding.fix is not None
    return b"".join(apply(io.BytesIO(data), finding.fix.edits))


@pytest.mark.parametrize(
    "damaged",
    [
        PLAIN.replace(b"*P*:~", b"*P*>~"),
        PLAIN.replace(b"*P*:~", b"*P*:!"),
        PLAIN.replace(b"*P*:~", b"*P*:A"),
    ],
)
def test_a_delimiter_that_only_isa_has_is_an_error_there(damaged: bytes) -> None:
    report = lint(damaged)
    assert KNOWN in codes(report)
    found = one(report, "ENV001")
    assert found.location.element == "ISA16"
    assert fixed(damaged, found).replace(b"\n", b"") == PLAIN.replace(b"\n", b"")


@pytest.mark.parametrize("layout", ["a segment to a line", "on one line", "CR and LF"])
def test_a_missing_terminator_of_isa_is_an_error_before_gs(layout: str) -> None:
    """As any other missing terminator is: one finding, where the segment behind it begins."""
    sound = LAYOUTS[layout]
    damaged = sound.replace(b"*P*:~", b"*P*:")
    report = lint(damaged)
    assert KNOWN in codes(report)
    assert [c for c in codes(report) if c.startswith("ENV")] == ["ENV013"]
    found = one(report, "ENV013")
    assert damaged[found.location.byte_start :].startswith(b"GS*")
    assert fixed(damaged, found) == sound


@pytest.mark.parametrize("tag", [b"S", b"SX", b"TS", b"st", b"SE", b"S1", b"STT", b"GT"])
def test_a_damaged_tag_of_st_is_one_finding(tag: bytes) -> None:
    data = PLAIN.replace(b"ST*", tag + b"*", 1)
    report = lint(data)
    found = one(report, "ENV007")
    assert "in the place of ST" in found.message
    assert "ENV004" not in codes(report) and KNOWN in codes(report)
    assert fixed(data, found) == PLAIN


@pytest.mark.parametrize("tag", [b"G", b"GX", b"SG", b"gs", b"GE", b"GSS"])
def test_a_damaged_tag_of_gs_is_one_finding(tag: bytes) -> None:
    data = PLAIN.replace(b"GS*", tag + b"*", 1)
    report = lint(data)
    found = one(report, "ENV007")
    assert "in the place of GS" in found.message
    assert "ENV003" not in codes(report) and KNOWN in codes(report)
    assert fixed(data, found) == PLAIN


def test_a_byte_order_mark_is_named_and_removed() -> None:
    for before, after in ((b"", b""), (b"\r\n", b"\r\n"), (PLAIN, b"\n")):
        data = before + MARK + after + PLAIN
        report = lint(data)
        found = one(report, "ENV014")
        assert found.severity.value == "warning" and found.location.byte_start == len(before)
        assert found.fix and found.fix.applicability is Applicability.AUTOMATIC
        assert fixed(data, found) == before + after + PLAIN
        assert "ENV001" not in codes(report)
    report = lint(MARK + b"BATCH 17\n" + PLAIN)
    assert {"ENV001", "ENV014"} <= set(codes(report))


def test_text_that_is_no_x12_is_none() -> None:
    for data in (
        b"ST*837",
        b"GS1 is a barcode. ST*x",
        b"STATION*837*0001",
        MARK,
    ):
        assert LINTER.check(data).file.error


@pytest.mark.parametrize(
    "data", [SET, GROUP, b"IXA" + PLAIN[3:]], ids=["no ISA, no GS", "no ISA", "damaged ISA"]
)
def test_no_file_is_made_of_one_without_isa(
    data: bytes, commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    path, out = tmp_path / "in.837", tmp_path / "out"
    path.write_bytes(data)
    for command, arguments in (
        ("split", ("--clean", out, "--held", tmp_path / "held")),
        ("rewrite", ("--template", "resend", "-o", out)),
    ):
        ran = commands(command)(path, *arguments)
        assert ran.status == 2, command
        assert "no ISA segment: the " in ran.err
        assert [p.name for p in tmp_path.iterdir()] == ["in.837"]
    for command in ("extract", "annotate", "fix", "redact"):
        ran = commands(command)(path)
        assert ran.status in (0, 1), (command, ran.err)
        assert "A4306" in ran.out


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_slip_around_isa_is_one_finding(layout: str) -> None:
    """A blank in the place of its terminator, a doubled ISA16, a line break in its tag."""
    data = LAYOUTS[layout]
    known = codes(lint(data))
    if layout != "line feeds end segments":
        found = lint(data[:105] + b" " + data[106:])
        assert sorted(codes(found)) == sorted([*known, "ENV013"])
        (edit,) = one(found, "ENV013").fix.edits
        assert (edit.byte_start, edit.byte_end, edit.text) == (105, 106, data[105:106].decode())
        doubled = data[:105] + data[104:105] + data[105:]
        assert sorted(codes(lint(doubled))) == sorted([*known, "ENV001"])
    for at in (1, 2):
        broken = data[:at] + b"\n" + data[at:]
        assert sorted(codes(lint(broken))) == sorted([*known, "ENV001"])


def test_a_file_in_lower_case_is_told_of_once() -> None:
    report = LINTER.check(PLAIN[:106] + PLAIN[106:].lower())
    assert codes(report) == ["ENV011", "ENV007", "ENV005"]
    assert "capital letters" in one(report, "ENV007").message
