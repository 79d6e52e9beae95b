"""The fuzz target on its seeds, on what fuzzing has found, and on some mutations of them."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from conftest import FIXTURES, ROOT, faulty_fixtures, valid_fixtures
from edi_lint.engine import Engine, moves
from edi_lint.grammar import grammar_for

compiled = pytest.importorskip(
    "edi_lint.engine.compiled", reason="the compiled kernel is not installed"
)
from agreement import told  # noqa: E402
from edi_lint.engine import _kernel  # noqa: E402
from edi_lint.transform.redact import Redaction  # noqa: E402
from fuzz.__main__ import main as fuzz  # noqa: E402
from fuzz.__main__ import run  # noqa: E402
from fuzz.commands import TARGETS, check_command  # noqa: E402
from fuzz.engines import check, check_all  # noqa: E402
from fuzz.mutations import cross, dictionary, mutate  # noqa: E402
from fuzz.smallest import smallest  # noqa: E402

FOUND = sorted((ROOT / "fuzz" / "found").glob("*.837"))
OTHERS = sorted((FIXTURES / "other").iterdir())
MINIMAL = (FIXTURES / "valid" / "minimal.837").read_bytes()


@pytest.mark.parametrize("path", FOUND, ids=lambda p: p.stem)
def test_what_was_found(path: Path) -> None:
    check_all(path.read_bytes())


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures(), *OTHERS], ids=lambda p: p.stem)  # fmt: skip
def test_seeds(path: Path) -> None:
    check(path.read_bytes())


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda p: p.stem)
def test_mutations_of_seeds(path: Path) -> None:
    data = path.read_bytes()
    for seed in range(4):
        changed = mutate(cross(data, data, 8000, seed), 8000, seed)
        assert changed == mutate(cross(data, data, 8000, seed), 8000, seed)
        check(changed)


@pytest.mark.parametrize("data", [b"", b"I", b"ISA*", b"~" * 3000, bytes(5000), b"ISA" * 900])
def test_bytes_that_are_no_file(data: bytes) -> None:
    check_all(data)


ISA, (BEFORE, AFTER) = MINIMAL[:106], MINIMAL.split(b"HI*", 1)


@pytest.mark.parametrize(
    "data",
    [
        ISA + b"~" * 5000,
        ISA + bytes(5000),
        MINIMAL + b"~" * 5000 + MINIMAL,
        MINIMAL.replace(b"~", b"~" + b"\n" * 3000),
        MINIMAL.replace(b"~", b"\x00~"),
        *(BEFORE + b"K3*" + b"X" * n + b"~HI*" + AFTER for n in (2044, 2045, 2046)),
        *(BEFORE + b"K3" + b"*X" * n + b"~HI*" + AFTER for n in (38, 39, 40, 41, 3000)),
        *(BEFORE + b"K3*X~" * n + b"HI*" + AFTER for n in (10, 11, 200)),
        *(MINIMAL.replace(b"LX*1~", b"LX*%d~" % n) for n in (999999999, 1 << 31, 1 << 63, 1 << 64)),
        *(MINIMAL.replace(b"HL*1*", b"HL*%d*" % n) for n in (999999999, 1 << 31, 1 << 63, 1 << 64)),
        *(MINIMAL.replace(b"*385", b"*" + b"9" * n + b".9999") for n in (11, 12, 13, 19, 20)),
        MINIMAL.replace(b"*385", b"*-" + b"9" * 12).replace(b"LX*1", b"LX*1~SV1*HC:1*-%s" % (b"9" * 12)),
    ],
    ids=lambda data: f"{len(data)} bytes",
)  # fmt: skip
def test_limits(data: bytes) -> None:
    check_all(data)


def test_a_segment_of_a_megabyte() -> None:
    for turn in (1, 2, 17, 384, 385):
        check(BEFORE + b"K3*" + b"X" * (1 << 20) + b"~HI*" + AFTER, turn)


def test_tables_of_the_kernel_end_full_and_not_in_a_loop() -> None:
    kernel = _kernel.Kernel()
    for number in range(8192):
        kernel.add_move(1, b"K3", b"%d" % number, b"", 1, [], [], 0, 0, [])
    with pytest.raises(_kernel.TableFull):
        kernel.add_move(1, b"K3", b"8192", b"", 1, [], [], 0, 0, [])


@pytest.mark.parametrize("name", TARGETS)
def test_commands_on_mutations(name: str) -> None:
    counts, failures = run([name], 3, time.monotonic() + 30, most=7)
    assert counts[name] > 0
    assert not failures, {kind: data[:60] for kind, (_, data) in failures.items()}


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("path", FOUND, ids=lambda p: p.stem)
def test_commands_on_what_was_found(name: str, path: Path) -> None:
    check_command(name, path.read_bytes())


def test_a_failure_is_counted_by_its_kind_and_goes_to_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(data: bytes, turn: int) -> list[bytes]:
        del turn
        if b"A4306" in data:
            raise LookupError
        return [data]

    monkeypatch.setitem(TARGETS, "fix", broken)
    arguments = ["--minutes", "0.03", "--targets", "fix", "--folder", str(tmp_path)]
    assert fuzz(arguments) == 1
    (found,) = tmp_path.iterdir()
    assert b"A4306" in found.read_bytes()
    assert "fix: LookupError at" in capsys.readouterr().out


def test_a_command_that_loses_bytes_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Redaction, "content", lambda self: b"".join(self.chunks())[:-1])
    with pytest.raises(AssertionError, match="another length"):
        check_command("redact", MINIMAL)


def test_the_target_sees_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "KINDS", dict.fromkeys(compiled.KINDS, compiled.BlockKind.CLAIM))
    with pytest.raises(AssertionError):
        check_all(MINIMAL)


def test_a_failing_input_is_made_smaller() -> None:

    def fails(data: bytes) -> None:
        assert b"ROPI" not in data

    assert smallest(fails, MINIMAL) == b"ROPI"


def test_dictionary_has_tags_and_qualifiers() -> None:
    lines = dictionary().splitlines()
    for word in (b"CLM*", b"ABK", b"HC", b"005010X222A1"):
        assert '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' in lines


# what reading the code for the target has found


def test_an_engine_that_has_passed_its_stop_reads_no_further() -> None:
    """A slice of another interchange's delimiters may stop inside a segment."""
    three = (FIXTURES / "valid" / "three-claims.837").read_bytes()
    data = three.replace(b"HI*", b"K3*ABC~\nK3*ABD~\nK3*ABD~\nHI*")
    expected = _up_to(Engine, data, len(data))
    first = data.index(b"K3*")
    for stop in range(first - 40, first + 60):
        for engine in (Engine, compiled.CompiledEngine):
            assert _up_to(engine, data, stop) == expected, (engine, stop)


def _up_to(engine: type[Engine], data: bytes, stop: int) -> list[object]:
    """What an engine yields that stops once on its way."""
    found: list[object] = []
    running = engine(io.BytesIO(data))
    for running.stop_at in (stop, len(data) + 1):
        for block in running.blocks():
            found.append((block.kind, block.starts, block.nodes, [told(f) for f in block.faults]))
    return found


def test_moves_that_a_hostile_file_makes_up_are_not_all_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PWK02 decides where some PWK belong, and elsewhere may be any text."""
    monkeypatch.setattr(moves, "_MOVES_KEPT", 50)
    grammar = grammar_for("005010X222A1")
    assert grammar is not None
    made = moves.Moves(grammar)
    clm = next(n for n in grammar.segment_nodes() if n.tag == "CLM")
    assert made.find(clm, b"PWK", b"B3\n" + b"X" * 1000) is not None
    assert len(made.known) == 0
    for number in range(60):
        assert made.find(clm, b"PWK", b"B3\n%d" % number) is not None
    assert len(made.known) == len(made.quick) == 50
