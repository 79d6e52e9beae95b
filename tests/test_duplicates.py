"""Claims that stand twice in one input are found, in any order, amount and way of reading."""

from __future__ import annotations

import io
from array import array
from pathlib import Path
from random import Random

import pytest

from benchmarks.generate import Shape, generate
from edi_lint.cli.inputs import STANDARD_INPUT, opened
from edi_lint.engine import Engine, engine_class
from edi_lint.findings import Finding
from edi_lint.rules.examples import Example
from edi_lint.run import check_files, claim_hashes, parallel
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

ONLY = Settings(select=("SIT017",))


def found(data: bytes) -> list[tuple[str, str, str]]:
    report = Linter(ONLY).check(data)
    assert report.file.error == ""
    return [(f.location.claim, f.location.element, f.message) for f in report.findings]


def claim(
    number: str, charge: str = "120", day: str = "20260105", code: str = "A4306"
) -> tuple[str, ...]:
    return (
        f"CLM*{number}*{charge}***12:B:1*Y*A*Y*Y",
        "HI*ABK:G8918",
        "LX*1",
        f"SV1*HC:{code}*{charge}*UN*1***1",
        f"DTP*472*D8*{day}",
    )


def patient(level: int, name: str, born: str) -> tuple[str, ...]:
    return (
        f"HL*{level}*2*23*0",
        "PAT*19",
        f"NM1*QC*1*EXAMPLE*{name}",
        "N3*2 EXAMPLE WAY",
        "N4*EXAMPLE CITY*OH*43215",
        f"DMG*D8*{born}*F",
    )


def test_a_number_is_told_with_the_claim_that_had_it_first() -> None:
    data = Example(more=(*claim("EX-2", "90"), *claim("EX-1", "95"), *claim("EX-1", "97"))).file()
    message = "CLM01 is also that of claim 1 of set 0001, to the same payer"
    assert found(data) == [("EX-1", "CLM01", message), ("EX-1", "CLM01", message)]


def test_a_service_under_another_number_is_told_once_for_each_claim() -> None:
    twice = (*claim("EX-2", "240"), "LX*2", "SV1*HC:A4223*5*UN*1***1", "DTP*472*D8*20260105")
    data = Example(
        clm="CLM*EX-1*245***12:B:1*Y*A*Y*Y",
        line=("SV1*HC:A4306*240*UN*1***1", "LX*2", "SV1*HC:A4223*5*UN*1***1"),
        more=twice,
    ).file()
    assert [(number, element) for number, element, _ in found(data)] == [("EX-2", "SV101-02")]


@pytest.mark.parametrize(
    "other",
    [
        claim("EX-2", "121"),
        claim("EX-2", day="20260106"),
        claim("EX-2", code="A4306:SC"),
        claim("EX-2", code="A4305"),
    ],
    ids=["charge", "date", "modifier", "code"],
)
def test_a_service_that_differs_in_one_thing_is_another(other: tuple[str, ...]) -> None:
    assert found(Example(more=other).file()) == []


def dependents(second: str, born: str) -> bytes:
    """A claim for one patient below the subscriber, and the same one for another."""
    example = Example(
        change=(
            ("HL*2*1*22*0", "HL*2*1*22*1"),
            ("SBR*P*18*", "SBR*P**"),
            ("CLM*", "~\n".join(patient(3, "PIP", "20150909")) + "~\nCLM*"),
        ),
        more=(*patient(4, second, born), *claim("EX-2")),
    )
    return example.file()


@pytest.mark.parametrize(
    ("second", "born", "count"), [("PIP", "20150909", 1), ("POP", "20150909", 0)]
)
def test_patients_of_one_subscriber_are_told_apart(second: str, born: str, count: int) -> None:
    assert len(found(dependents(second, born))) == count


def levels(*persons: tuple[str, str, str], born: bool = True) -> bytes:
    """The same claim, under a number of its own, for each person as a subscriber of one id.

    A person is the elements from NM103 to NM107, birth date and sex.
    """
    text = Example().file().decode("latin-1")
    head, _, rest = text.partition("HL*2*1*22*0")
    body, _, tail = rest.partition("SE*")
    out = []
    for number, (name, day, sex) in enumerate(persons, 1):
        level = f"HL*{number + 1}*1*22*0{body}".replace("EX-1", f"EX-{number}")
        level = level.replace("NM1*IL*1*EXAMPLE*PERSON****MI", f"NM1*IL*1*{name}*MI")
        level = level.replace("DMG*D8*19600101*F~\n", f"DMG*D8*{day}*{sex}~\n" if born else "")
        out.append(level)
    count = sum(level.count("~") for level in out) + head.count("~") - 2 + 1
    return f"{head}{''.join(out)}SE*{count}{tail[tail.index('*') :]}".encode("latin-1")


RHIAN = ("BELLAMONT*RHIAN*K**", "19710625", "F")


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (RHIAN, 1),
        (("BELLAMONT*RHYS*K**", "19710625", "F"), 0),
        (("ELLERY*RHIAN*K**", "19710625", "F"), 0),
        (("BELLAMONT*RHIAN*L**", "19710625", "F"), 0),
        (("BELLAMONT*RHIAN***", "19710625", "F"), 0),
        (("BELLAMONT*RHIAN*K**JR", "19710625", "F"), 0),
        (("BELLAMONT*RHIAN*K**", "19710626", "F"), 0),
        (("BELLAMONT*RHIAN*K**", "19710625", "M"), 0),
        (("BELLAMONT*RHYS***", "20010625", "M"), 0),
    ],
)
@pytest.mark.parametrize("engine", ["python", "kernel"])
def test_members_of_one_id_are_told_apart(
    other: tuple[str, str, str], count: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_LINT_ENGINE", engine)
    assert len(found(levels(RHIAN, other))) == count
    assert len(found(levels(other, RHIAN))) == count
    assert len(found(levels(RHIAN, other, RHIAN))) == count + 1


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [
        ("NM1*QC*1*EXAMPLE*BABYGIRL*A", "NM1*QC*1*EXAMPLE*BABYGIRL*B", 0),
        ("NM1*QC*1*EXAMPLE*BABYGIRL", "NM1*QC*1*EXAMPLE*BABYGIRL*B", 0),
        ("NM1*QC*1*EXAMPLE*BABY***I", "NM1*QC*1*EXAMPLE*BABY***II", 0),
        ("NM1*QC*1*EXAMPLE*BABYGIRL*A", "NM1*QC*1*EXAMPLE*BABYGIRL*A", 1),
    ],
)
@pytest.mark.parametrize("engine", ["python", "kernel"])
def test_twins_are_told_apart(
    first: str, second: str, count: int, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_LINT_ENGINE", engine)
    data = dependents("PIP", "20150909").replace(b"NM1*QC*1*EXAMPLE*PIP", first.encode(), 1)
    data = data.replace(b"NM1*QC*1*EXAMPLE*PIP", second.encode(), 1)
    assert len(found(data)) == count
    sexes = data.replace(b"DMG*D8*20150909*F", b"DMG*D8*20150909*M", 1)
    assert found(sexes) == []


def test_members_without_an_id_are_told_apart_by_the_rest() -> None:
    def anonymous(*persons: tuple[str, str, str]) -> bytes:
        return levels(*persons).replace(b"*MI*MEMBER0001", b"")

    assert len(found(anonymous(RHIAN, RHIAN))) == 1
    assert found(anonymous(RHIAN, ("BELLAMONT*RHYS*K**", "19710625", "F"))) == []


def test_of_a_patient_of_whom_nothing_is_known_nothing_is_said() -> None:
    nobody = ("***" + "*", "", "")
    assert found(levels(nobody, nobody, born=False)) == []


def test_the_same_number_to_another_payer_is_none() -> None:
    one = Example().file()
    body = one[one.index(b"HL*2*1*22*0") : one.index(b"SE*")]
    other = body.replace(b"HL*2*1*", b"HL*3*1*").replace(b"PAYER1", b"PAYER2")
    same = body.replace(b"HL*2*1*", b"HL*3*1*")
    at = one.index(b"SE*")
    assert found(one[:at] + other + one[at:]) == []
    assert len(found(one[:at] + same + one[at:])) == 1


def test_a_line_twice_in_one_claim_is_not_two_claims() -> None:
    data = Example(line=("SV1*HC:A4306*60*UN*1***1", "LX*2", "SV1*HC:A4306*60*UN*1***1")).file()
    assert found(data) == []


def repeated(size: int, copies: int) -> bytes:
    """A file in which some claims come again: sets are copied under other control numbers."""
    stream = io.BytesIO()
    generate(stream, Shape(size, claims_per_set=9))
    data = stream.getvalue()
    start, end = data.index(b"~ST*") + 1, data.index(b"~GE*") + 1
    first = data[start : data.index(b"~ST*", start) + 1]
    number = first[len(b"ST*837*") :].split(b"*")[0]
    more = [first.replace(b"*" + number, b"*%09d" % (900_000_000 + n)) for n in range(copies)]
    sets = data.count(b"~SE*")
    trailer = data[end:].replace(b"GE*%d*" % sets, b"GE*%d*" % (sets + copies))
    return data[:end] + b"".join(more) + trailer


def as_seen(findings: list[Finding]) -> list[tuple[object, ...]]:
    return [(f.code, f.location, f.message, f.excerpt) for f in findings]


def test_each_engine_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = repeated(60_000, 2)
    monkeypatch.setenv("EDI_LINT_ENGINE", "python")
    expected = as_seen(Linter().check(data).findings)
    monkeypatch.delenv("EDI_LINT_ENGINE")
    assert as_seen(Linter().check(data).findings) == expected
    assert sum(code == "SIT017" for code, *_ in expected) == 18


def test_several_jobs_find_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "claims.837"
    path.write_bytes(repeated(120_000, 3))
    monkeypatch.setattr(check_files, "LARGE", 50_000)
    monkeypatch.setattr(parallel, "LARGE", 50_000)
    monkeypatch.setattr(check_files, "_WORTH_IT", 1)
    monkeypatch.setattr(parallel, "_SMALLEST", 10_000)
    monkeypatch.setattr(parallel, "_LARGEST", 20_000)
    one, several = (
        list(check_files.check_files([str(path)], Settings(), jobs, opened, STANDARD_INPUT))
        for jobs in (1, 3)
    )
    assert as_seen(several[0].findings) == as_seen(one[0].findings)
    assert one[0].findings.counts == several[0].findings.counts
    assert any(f.code == "SIT017" for f in one[0].findings)


def test_an_input_that_can_be_read_once_is_compared_too() -> None:
    data = Example(more=claim("EX-1", "90")).file()

    class Once(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    assert [f.code for f in Linter(ONLY).check(Once(data)).findings] == ["SIT017"]


# the keys


def test_keys_that_wait_in_a_file_are_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim_hashes, "IN_MEMORY", 100)
    rng = Random(5)
    given = [rng.getrandbits(64) | 1 for _ in range(1000)]
    again = given[3], given[500], given[999]
    held = claim_hashes.Keys()
    for n in range(0, 1000, 30):
        held.extend(given[n : n + 30])
    held.extend([*again, again[0]])
    assert held.repeated() == set(again)


def test_both_engines_divide_and_find_keys_alike() -> None:
    if engine_class() is Engine:
        pytest.skip("the compiled kernel is not installed")
    rng = Random(7)
    given = array("Q", (rng.getrandbits(64) | 1 for _ in range(500)))
    given.extend(given[:20])
    assert engine_class().divided(given) == Engine.divided(given)
    assert set(engine_class().repeated(given)) == set(Engine.repeated(given)) == set(given[:20])
    assert engine_class().repeated(array("Q")) == []
