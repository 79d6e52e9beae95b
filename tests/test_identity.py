"""What a transaction set is: by its segments, then by GS08, ST03, ST01 and GS01."""

from __future__ import annotations

import io
from itertools import product

import pytest

from edi_lint.edits.apply import apply
from edi_lint.edits.fixing import fix
from edi_lint.engine import BlockKind, open_engine
from edi_lint.findings import Finding
from edi_lint.findings.file_result import FileResult
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

P, I, D = "005010X222A1", "005010X223A2", "005010X224A2"  # noqa: E741
REMITTANCE, STATUS = "005010X221A1", "005010X214"
KNOWN_ERROR = "MOD005"
LINTER = Linter()

_FILE = Example(line=("SV1*HC:A4306:GY:GY*120*UN*1***1",)).file().decode()
HEAD, PROFESSIONAL = _FILE.split("ST*837*0001*005010X222A1~\n")
HEAD = HEAD.split("GS*")[0]
PROFESSIONAL = PROFESSIONAL.split("SE*")[0]
BODIES = {
    P: PROFESSIONAL,
    I: PROFESSIONAL.replace("SV1*HC:A4306:GY:GY*120*UN*1***1", "SV2*0250*HC:J1885*120*UN*1"),
    D: PROFESSIONAL.replace("SV1*HC:A4306:GY:GY*120*UN*1***1", "SV3*AD:D2150*120****1"),
    REMITTANCE: "BPR*I*0*C*NON************20260110~\nTRN*1*1*1~\nLX*1~\nCLP*1*1*1*1~\nSVC*HC:99213*1~\n",
    STATUS: "BHT*0085*08*1*20260110*1200*TH~\nHL*1**20*1~\nNM1*PR*2*PAYER*****PI*1~\n"
    "STC*A1:19:PR*20260110*WQ*1~\n",
}
KINDS = {P: "837", I: "837", D: "837", REMITTANCE: "835", STATUS: "277"}


def set_of(body: str, number: int = 1, type_: str = "837", guide: str = P) -> str:
    count = body.count("~") + 2
    header = f"ST*{type_}*{number:04}*{guide}".rstrip("*")
    return f"{header}~\n{body}SE*{count}*{number:04}~\n"


def file_of(*sets: str, code: str = "HC", guide: str = P) -> bytes:
    group = f"GS*{code}*SUBMITTER*RECEIVER*20260110*1200*1*X*{guide}~\n"
    text = f"{HEAD}{group}{''.join(sets)}GE*{len(sets)}*1~\nIEA*1*000000001~\n"
    return text.encode()


def lint(data: bytes) -> tuple[FileResult, list[Finding]]:
    report = LINTER.lint(data)
    assert not report.file.error
    return report.file, list(report.findings)


def labels(findings: list[Finding]) -> list[str]:
    return [f.location.element for f in findings if f.code == "ENV006"]


def codes(findings: list[Finding]) -> set[str]:
    return {f.code for f in findings}


@pytest.mark.parametrize("element", ["", "835", "830", "873", "83", "8377", "837 ", "999", "abc"])
def test_a_wrong_st01_never_skips_a_set(element: str) -> None:
    file, found = lint(file_of(set_of(BODIES[P], type_=element)))
    assert labels(found) == ["ST01"]
    assert KNOWN_ERROR in codes(found)
    assert file.claims == 1 and not file.skipped


WRONG_GUIDES = [
    P + " ", " " + P, P[:-1], P + "1", "005010X222A3", "006020X222A1", "005O10X222A1", "5010", "x",
    "005010x222a1", I, D, REMITTANCE, STATUS, "005010X298", "004010X096A1", "999999X999X9",
]  # fmt: skip


@pytest.mark.parametrize("guide", WRONG_GUIDES)
def test_a_wrong_guide_in_one_place_is_found_there(guide: str) -> None:
    for data, place in (
        (file_of(set_of(BODIES[P], guide=guide)), "ST03"),
        (file_of(set_of(BODIES[P]), guide=guide), "GS08"),
    ):
        file, found = lint(data)
        assert labels(found) == [place], guide
        assert KNOWN_ERROR in codes(found)
        assert not file.skipped
        (finding,) = (f for f in found if f.code == "ENV006")
        assert finding.severity.value == "error"
        assert finding.fix is not None
        fixed = b"".join(apply(io.BytesIO(data), finding.fix.edits))
        assert fixed == file_of(set_of(BODIES[P]))


@pytest.mark.parametrize("guide", [g for g in WRONG_GUIDES if g != "005010X298"])
def test_a_wrong_guide_in_both_places_is_found_in_both(guide: str) -> None:
    file, found = lint(file_of(set_of(BODIES[P], guide=guide), guide=guide))
    assert labels(found) == ["GS08", "ST03"]
    assert KNOWN_ERROR in codes(found)
    assert not file.skipped


@pytest.mark.parametrize(("content", "name"), [(I, "837I"), (D, "837D"), (REMITTANCE, "835")])
def test_a_set_of_another_kind_is_skipped_and_wrong_labels_of_it_are_found(
    content: str, name: str
) -> None:
    body, type_ = BODIES[content], KINDS[content]
    right = {"type_": type_, "guide": content}
    code = "HC" if type_ == "837" else "HP"
    file, found = lint(file_of(set_of(body, **right), code=code, guide=content))
    assert not labels(found)
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {(type_, content): 1}

    file, found = lint(file_of(set_of(body, type_=type_, guide=P), code=code, guide=content))
    assert labels(found) == ["ST03"]
    assert f"{name}; the set is skipped" in found[0].message
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {
        (type_, content): 1
    } and not file.claims

    file, found = lint(file_of(set_of(body, **right), code=code, guide=P))
    assert labels(found) == ["GS08"]
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {(type_, content): 1}

    file, found = lint(file_of(set_of(body)))
    assert {"GS08", "ST03"} <= set(labels(found))
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {
        (type_, ""): 1
    } and not file.claims


def test_post_adjudicated_claims_are_another_set() -> None:
    guide = "005010X298"
    file, found = lint(file_of(set_of(BODIES[P], guide=guide), guide=guide))
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {("837", guide): 1}
    assert not found


def test_one_mistyped_line_makes_no_other_set() -> None:
    body = BODIES[P].replace("SV1*", "SV2*")
    file, found = lint(file_of(set_of(body)))
    assert not file.skipped
    assert "ENV007" in codes(found)


def test_a_set_of_another_kind_in_a_group_of_claims_is_found_at_the_set() -> None:
    sets = [
        set_of(BODIES[P], 1),
        set_of(BODIES[I], 2, guide=I),
        set_of(BODIES[P], 3),
        set_of(BODIES[D], 4),
    ]
    file, found = lint(file_of(*sets))
    assert labels(found) == ["ST03", "ST03"]
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {
        ("837", I): 1,
        ("837", ""): 1,
    }
    assert file.claims == 2
    assert [f.code for f in found].count(KNOWN_ERROR) == 2


def test_a_wrong_group_is_found_once() -> None:
    sets = [set_of(BODIES[P], n) for n in range(1, 6)]
    _, found = lint(file_of(*sets, code="HP", guide=I))
    assert labels(found) == ["GS01", "GS08"]
    assert [f.code for f in found].count(KNOWN_ERROR) == 5


def test_each_wrong_set_header_is_found() -> None:
    sets = [set_of(BODIES[P], n, type_="830") for n in range(1, 6)]
    _, found = lint(file_of(*sets))
    assert labels(found) == ["ST01"] * 5


OLD = "004010X098A1"
OLD_BODY = BODIES[P].replace("12:B:1", "12::1").replace("HI*ABK:G8918", "HI*BK:33818")
NAMED = OLD_BODY.replace("CH~\n", f"CH~\nREF*87*{OLD}~\n", 1)


@pytest.mark.parametrize(
    ("body", "guide", "own", "read_as"),
    [
        (NAMED, "999999X999X9", "", OLD),
        (NAMED, "", "", OLD),
        (OLD_BODY, "999999X999X9", "", OLD),
        (NAMED, OLD, "", OLD),
        (BODIES[P], "999999X999X9", "", P),
        (BODIES[P], "999999X999X9", P, P),
        (BODIES[P], OLD, P, P),
        (NAMED, P, OLD, OLD),
    ],
)
def test_an_unknown_gs08_leaves_the_guide_to_the_segments(
    body: str, guide: str, own: str, read_as: str
) -> None:
    data = file_of(set_of(body, guide=own), guide=guide)
    blocks = list(open_engine(io.BytesIO(data)).blocks())
    headers = [b for b in blocks if b.kind is BlockKind.TRANSACTION]
    (transaction,) = {b.context.transaction for b in headers}
    assert transaction is not None and transaction.grammar is not None
    assert transaction.grammar.guide == read_as
    _, found = lint(data)
    errors = [f for f in found if f.code == "ENV006" and f.severity.value == "error"]
    assert bool(errors) == (guide != OLD or own == P)


def test_a_set_without_st_is_known_by_its_segments() -> None:
    data = file_of(set_of(BODIES[P])).replace(b"ST*837*0001*005010X222A1~\n", b"")
    for guide in (P, I, "999999X999X9"):
        file, found = lint(data.replace(P.encode(), guide.encode()))
        assert KNOWN_ERROR in codes(found) and "ENV004" in codes(found)
        assert not file.skipped
    data = file_of(set_of(BODIES[STATUS])).replace(b"ST*837*0001*005010X222A1~\n", b"")
    file, found = lint(data)
    assert {(s.type, s.guide): s.count for s in file.skipped.values()} == {("277", ""): 1}
    assert {"ENV004", "ENV006"} <= codes(found)


def test_both_engines_and_any_window_say_the_same() -> None:
    agreement = pytest.importorskip("agreement")
    bodies = [BODIES[P], BODIES[I], BODIES[REMITTANCE], BODIES[P].replace("SV1*", "SV2*")]
    for first, second, guide in product(bodies, bodies, (P, I, "005010X222A3")):
        sets = [set_of(first, 1), set_of(second, 2), set_of(second, 3), set_of(first, 4)]
        data = file_of(*sets, guide=guide)
        agreement.agree(data, (first, second, guide), None, 1, 64)


@pytest.mark.parametrize("content", [I, D, STATUS])
def test_no_fix_takes_a_group_from_its_other_sets(content: str) -> None:
    other = set_of(BODIES[content], 1, type_=KINDS[content], guide=content)
    for sets in ((other,), (other, set_of(BODIES[P], 2)), (set_of(BODIES[P], 2), other)):
        _, found = lint(file_of(*sets))
        wrong = [f for f in found if f.code == "ENV006"]
        assert wrong and not any(f.fix for f in wrong)
        if len(sets) > 1:
            settled = fix(file_of(*sets), Settings(select=("ENV",)), unsafe=True)
            assert not settled.is_changed and not settled.new_errors


@pytest.mark.parametrize("kept", [1, 2])
def test_the_guide_is_written_behind_the_separators_that_st_lacks(kept: int) -> None:
    data = file_of(set_of(BODIES[P]))
    short = b"*".join(b"ST*837*0001*".split(b"*")[: kept + 1])
    fixing = fix(data.replace(b"ST*837*0001*005010X222A1", short), unsafe=True)
    assert short + b"*" * (3 - kept) + b"005010X222A1~" in fixing.content()


@pytest.mark.parametrize("guide", [I, "004010X098A1", "X"])
def test_a_suggested_guide_that_is_wrong_for_other_sets_stops_no_other_fix(guide: str) -> None:
    data = file_of(set_of(BODIES[P]), set_of(BODIES[I], 2, guide=I), guide=guide)
    result = fix(data, Settings(), unsafe=True)
    assert not result.is_worse and KNOWN_ERROR in {f.code for f in result.applied}
    assert f"*{guide}~".encode() in result.content()


def test_a_4010_set_without_st03_says_its_guide_in_ref() -> None:
    named = BODIES[P].replace("~\n", "~\nREF*87*004010X098A1~\n", 1)
    file, found = lint(file_of(set_of(named, guide="")))
    assert file.claims == 1
    assert any("4010" in f.message for f in found) and "GS08" in labels(found)


@pytest.mark.parametrize(("kind", "name"), [(I, "837I"), (D, "837D")])
@pytest.mark.parametrize("guide", ["", P, "005010X999"])
def test_claims_of_another_kind_are_called_what_they_are(kind: str, name: str, guide: str) -> None:
    file, _ = lint(file_of(set_of(BODIES[kind], guide=guide), guide=guide))
    assert name in file.instead() and "not professional" not in file.instead()
