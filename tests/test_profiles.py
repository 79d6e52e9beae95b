"""Payer profiles: which claims they are for, what they change, and the user's own files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml

from conftest import FIXTURES, Cli
from edi_lint.claims import Claim
from edi_lint.codes.workdays import is_holiday, next_workday
from edi_lint.files import resources
from edi_lint.findings import Finding
from edi_lint.packs import PackError, Profiles, profiles
from edi_lint.packs.profiles import NO_PROFILE, Filing, Profile
from edi_lint.packs.users import read_profile
from edi_lint.rules.examples import Example
from edi_lint.rules.payers import PAYER
from edi_lint.run.drive import Linter
from edi_lint.run.read_claims import claims
from edi_lint.settings import Settings


def profile(name: str = "mine", **facts: object) -> Profile:
    return read_profile(text(name, **facts), "mine.yaml")


def text(name: str = "mine", **facts: object) -> str:
    return yaml.safe_dump(
        {"name": name, "title": name, "match": {}, "sources": ["a contract"], **facts}
    )


def claim(
    filing: str = "CI", payer: str = "EXAMPLE PAYER", id_: str = "PAYER1", day: str = "20260105"
) -> Claim:
    example = Example(
        line=("SV1*HC:A4306*120*UN*1***1", f"DTP*472*D8*{day}"),
        filing=filing,
        change=((f"{PAYER}****PI*PAYER1", f"NM1*PR*2*{payer}*****PI*{id_}"),),
    )
    (found,) = claims(example.file())
    return found


def chosen(users: list[Profile], found: Claim) -> str:
    return Profiles(users, profiles()).of(found).name


# which claims a profile is for


@pytest.mark.parametrize(
    ("filing", "payer", "name"),
    [
        ("MB", "MEDICARE", "medicare"),
        ("MB", "MEDICARE DME MAC A", "medicare-dme"),
        ("MB", "DMERC CARRIER", "medicare-dme"),
        ("MB", "Medicare Part B Maryland", "medicare-part-b"),
        ("MB", "MEDICARE B", "medicare-part-b"),
        ("MB", "MEDICARE BY ANTHEM", "medicare"),
        ("MC", "STATE MEDICAID", "medicaid"),
        ("MC", "AMERIGROUP/MDGA MANAGED CARE", "anthem"),
        ("BL", "ANTHEM BLUE CROSS", "anthem"),
        ("BL", "HEALTHY BLUE NC", "anthem"),
        ("CI", "UNICARE LIFE", "anthem"),
        ("BL", "INDEPENDENCE BLUE CROSS", "independence-blue-cross"),
        ("BL", "BLUE CROSS", "commercial"),
        *((filing, "A PLAN", "commercial") for filing in ("12", "13", "14", "15", "CI", "HM")),
        ("16", "ANTHEM ADVANTAGE", "none"),
        ("WC", "A FUND", "none"),
        ("", "MEDICARE", "none"),
    ],
)
def test_built_in_profiles_are_chosen_by_filing_indicator_and_name(
    filing: str, payer: str, name: str
) -> None:
    assert chosen([], claim(filing, payer)) == name


def test_a_payers_id_counts_more_than_its_name_and_that_more_than_the_rest() -> None:
    users = [
        profile("all"),
        profile("kind", match={"filing_indicators": ["CI"], "first": "2026-01-01"}),
        profile("name", match={"payer_names": ["lake*"]}),
        profile("id", match={"payer_ids": ["LKSH1"]}),
    ]
    assert chosen(users, claim(payer="LAKESHORE", id_="LKSH1")) == "id"
    assert chosen(users, claim(payer="LAKESHORE")) == "name"
    assert chosen(users, claim()) == "kind"
    assert chosen(users, claim("MB")) == "all"


def test_a_users_profile_stands_before_a_more_particular_built_in_one() -> None:
    assert chosen([profile()], claim("MB", "MEDICARE DME MAC A")) == "mine"


def test_a_profile_is_for_the_days_that_it_names_both_included() -> None:
    year = profile(match={"first": "2026-01-01", "last": "2026-12-31"})
    days = ("20251231", "20260101", "20261231", "20270101", "2026")
    assert [chosen([year], claim(day=day)) for day in days] == [
        "commercial", "mine", "mine", "commercial", "commercial",
    ]  # fmt: skip


def test_a_users_profile_takes_the_place_of_the_built_in_one_with_its_name() -> None:
    mine = profile("anthem", match={"payer_ids": ["OTHER"]})
    assert chosen([mine], claim(payer="ANTHEM")) == "commercial"


def test_a_forced_profile_is_for_every_claim() -> None:
    forced = Profiles([], profiles(), profile())
    assert forced.of(claim("MB", "MEDICARE DME MAC A")).name == "mine"
    assert [p.name for p in forced.all] == ["mine"]
    assert NO_PROFILE not in Profiles([], profiles()).all


# what a profile changes


def found(
    example: Example, *files: Path, forced: str = "", select: tuple[str, ...] = ()
) -> list[Finding]:
    settings = Settings(select=select, profile=forced, profiles=files)
    return list(Linter(settings).check(example.file()).findings)


def told(findings: list[Finding]) -> list[tuple[str, str]]:
    """What is found, but for the control number that the usual line does not have."""
    return [(f.code, f.severity.value) for f in findings if f.code != "STR008"]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a profile of the user's and gives its path."""

    def write(name: str = "mine", **facts: object) -> Path:
        path = tmp_path / f"{name}.yaml"
        path.write_text(text(name, **facts), encoding="utf-8")
        return path

    return write


def to_payer(name: str) -> Example:
    return Example(change=((PAYER, f"NM1*PR*2*{name}*"),))


def test_opposite_policies_give_opposite_findings_each_with_its_citation() -> None:
    (against,) = found(to_payer("AMERIGROUP"), select=("PAY",))
    (for_it,) = found(to_payer("INDEPENDENCE BLUE CROSS"), select=("PAY",))
    assert told([against, for_it]) == [("PAY005", "warning"), ("PAY005", "info")]
    assert "speaks against A4306" in against.message
    assert "operative sites by an elastomeric pump is not medically necessary" in against.message
    assert "Anthem CG-DME-09" in against.message
    assert "speaks for A4306" in for_it.message
    assert "operative sites by an elastomeric pump is medically necessary" in for_it.message
    assert "01.00.09c" in for_it.message


@pytest.mark.parametrize(
    ("verdict", "severity"), [("never", "warning"), ("covered", "info"), ("review", "info")]
)
def test_two_profiles_of_the_user_judge_the_same_line_each_by_its_own_verdict(
    written: Callable[..., Path], verdict: str, severity: str
) -> None:
    policy = {"verdict": verdict, "reason": "it is so", "citation": f"policy {verdict}"}
    path = written(policies={"A4306": policy})
    (finding,) = found(Example(), path, select=("PAY",))
    assert told([finding]) == [("PAY005", severity)]
    assert f"it is so (policy {verdict})" in finding.message


def test_a_policy_works_for_a_code_that_no_pack_is_for(written: Callable[..., Path]) -> None:
    said = {"verdict": "review", "reason": "it is so", "citation": "policy 1"}
    manual = {"citation": "manual, page 40"}
    path = written(policies={"99213": {**said, "authorization": manual}})
    example = Example(line=("SV1*HC:99213*120*UN*1***1",))
    assert told(found(example, path)) == [("PAY004", "error"), ("PAY005", "info")]
    other = Example(line=("SV1*WK:99213*120*UN*1***1",))
    assert told(found(other, path, select=("PAY",))) == []


FAULTY = Example(
    clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
    claim=("REF*F8*PAYERCLAIM1", "HI*ABK:G8918"),
    line=(
        "SV1*HC:A4306*120*UN*1***1*",
        "DTP*472*D8*20260132",
        "NM1*82*1*EXAMPLE*PROVIDER****XX*1234567890",
    ),
)


def test_a_profile_sets_the_severity_of_any_rule(written: Callable[..., Path]) -> None:
    usual = {"COD005": "error", "DOC001": "info", "ENV009": "warning", "STR013": "error"}
    assert dict(told(found(FAULTY))) == usual
    wanted = {"COD005": "info", "DOC001": "silent", "ENV009": "error", "STR013": "warning"}
    path = written(severities={**wanted, "PAY002": "error"})
    set_ = {"COD005": "info", "ENV009": "error", "PAY002": "error", "STR013": "warning"}
    assert dict(told(found(FAULTY, path))) == set_


def test_severities_are_for_the_claims_of_their_payer_only(written: Callable[..., Path]) -> None:
    path = written(match={"payer_ids": ["OTHER"]}, severities={"STR013": "silent"})
    assert told(found(FAULTY, path)) == told(found(FAULTY))


def test_what_is_wrong_above_claims_is_no_payers_to_judge(written: Callable[..., Path]) -> None:
    path = written(severities={"STR001": "silent"})
    example = Example(change=(("N4*EXAMPLE CITY*OH*432151234~\n", ""),))
    assert "STR001" in dict(told(found(example, path)))


def test_a_profile_may_say_that_a_payer_is_medicare(written: Callable[..., Path]) -> None:
    path = written(medicare=True)
    assert "MOD012" in dict(told(found(Example(), path)))
    assert "MOD012" not in dict(told(found(Example(filing="MB"), written(medicare=False))))


# filing


@pytest.mark.parametrize(
    ("service", "last"),
    [
        (date(2025, 1, 5), date(2026, 1, 5)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 1, 3), date(2026, 1, 5)),  # a Saturday
        (date(2025, 1, 17), date(2026, 1, 20)),  # a Saturday before a holiday on Monday
        (date(2024, 12, 25), date(2025, 12, 26)),
        (date(9999, 12, 31), date.max),
    ],
)
def test_medicare_has_twelve_months_to_the_next_workday(service: date, last: date) -> None:
    filing = Profiles([], profiles()).of(claim("MB")).filing
    assert filing is not None
    assert filing.last_day(service) == last


def test_a_limit_in_days_ends_where_it_ends_unless_it_rolls() -> None:
    assert Filing(0, 90, False, "").last_day(date(2026, 1, 10)) == date(2026, 4, 10)
    assert Filing(0, 91, False, "").last_day(date(2026, 1, 10)) == date(2026, 4, 11)
    assert Filing(0, 91, True, "").last_day(date(2026, 1, 10)) == date(2026, 4, 13)
    assert Filing(6, 0, False, "").last_day(date(2025, 8, 31)) == date(2026, 2, 28)


def test_federal_holidays_are_kept_on_workdays() -> None:
    kept = [day for day in every_day(2026) if is_holiday(day)]
    assert [f"{day:%m-%d}" for day in kept] == [
        "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26",
        "12-25",
    ]  # fmt: skip
    assert is_holiday(date(2021, 12, 31)), "the new year of 2022 is a Saturday"
    assert is_holiday(date(2023, 1, 2)), "the new year of 2023 is a Sunday"
    assert not is_holiday(date(2020, 6, 19))
    assert next_workday(date(2026, 7, 3)) == date(2026, 7, 6)


def every_day(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + n) for n in range(365)]


# the user's files


MINIMAL = FIXTURES / "valid" / "minimal.837"


@pytest.fixture
def check(commands: Callable[[str], Cli]) -> Cli:
    return commands("check")


def test_a_profile_is_forced_by_name_or_by_file(
    check: Cli, written: Callable[..., Path], tmp_path: Path
) -> None:
    by_name = check("--select", "PAY005", "--profile", "anthem", MINIMAL)
    assert (by_name.status, "Anthem CG-DME-09" in by_name.out) == (0, True)
    policy = {"verdict": "covered", "reason": "it is so", "citation": "policy 1"}
    path = written(policies={"A4306": policy})
    assert "info[PAY005]" in check("--select", "PAY005", "--profile", path, MINIMAL).out
    as_json = tmp_path / "mine.json"
    as_json.write_text(json.dumps(yaml.safe_load(path.read_text("utf-8"))), "utf-8")
    assert "info[PAY005]" in check("--select", "PAY005", "--profile", as_json, MINIMAL).out


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("medicare-dmee", "medicare-dmee: no payer profile has this name; did you mean medicare-d"),
        (
            "x",
            "x: no payer profile has this name; known: anthem, commercial, independence-blue-cross,",
        ),
        ("none/such.yaml", "none/such.yaml: No such file or directory"),
        (FIXTURES, f"{FIXTURES}: Is a directory"),
    ],
)
def test_a_profile_that_is_not_there_ends_the_run_before_it_begins(
    check: Cli, name: object, message: str
) -> None:
    ran = check("--output-format", "json", "--profile", name, MINIMAL)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"edi-lint: {message}")


def test_what_is_wrong_with_a_users_file_is_told_by_file_and_key(
    check: Cli, written: Callable[..., Path], tmp_path: Path
) -> None:
    path = written(severities={"DOC010": "error"})
    ran = check("--profile", path, MINIMAL)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(
        f"edi-lint: {path}: severities.DOC010: unknown rule; did you mean DOC"
    )
    path = written(filing={"days": 90})
    assert f"{path}: filing.citation is missing" in check("--profile", path, MINIMAL).err
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"name: \xff")
    assert f"{binary}: is not UTF-8 text" in check("--profile", binary, MINIMAL).err
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * (1024 * 1024 + 1))
    assert f"{large}: is larger than 1 MB" in check("--profile", large, MINIMAL).err


def test_two_profiles_of_the_user_with_one_name_are_refused(
    written: Callable[..., Path], tmp_path: Path
) -> None:
    path = written()
    again = tmp_path / "again.yaml"
    again.write_bytes(path.read_bytes())
    with pytest.raises(PackError, match=r"again\.yaml: name: another profile given is called mine"):
        Linter(Settings(profiles=(path, again)))


def pack(folder: Path, **changes: object) -> Path:
    data = {**yaml.safe_load(resources.pack("a4306.pack.yaml")), **changes}
    path = folder / f"{data['name']}.pack.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def test_a_pack_of_the_users_is_for_another_code(check: Cli, tmp_path: Path) -> None:
    example = tmp_path / "claim.837"
    example.write_bytes(Example(line=("SV1*HC:E0781*120*UN*1***1",)).file())
    assert "DOC001" not in check(example).out
    path = pack(tmp_path, name="e0781", codes=["E0781"])
    assert "neither the E0781 line nor its claim" in check("--pack", path, example).out


def test_a_pack_of_the_users_takes_the_place_of_the_built_in_one(tmp_path: Path) -> None:
    example = Example(claim=("PWK*DA*FX***AC*EX1DA", "HI*ABK:G8918"))
    assert told(found(example)) == [("DOC002", "warning")]
    data = yaml.safe_load(resources.pack("a4306.pack.yaml"))
    data["documentation"]["report_types"].append("DA")
    settings = Settings(select=("DOC002",), packs=(pack(tmp_path, **data),))
    assert list(Linter(settings).check(example.file()).findings) == []


def test_two_packs_for_one_code_are_refused(check: Cli, tmp_path: Path) -> None:
    paths = [pack(tmp_path, name=name) for name in ("one", "two")]
    ran = check("--pack", paths[0], "--pack", paths[1], MINIMAL)
    assert ran.status == 2
    assert f"{paths[1]}: codes holds A4305, which another pack given is for" in ran.err
