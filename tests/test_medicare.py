"""Medicare's rules are on for Medicare's claims, whatever is wrong with SBR09."""

from __future__ import annotations

import pytest

import edi_lint
from agreement import Both
from edi_lint.packs import Profiles, profiles
from edi_lint.packs.profiles import PayerTexts, says_medicare, stated_filing
from edi_lint.packs.users import read_profile
from edi_lint.rules import CATALOGUE
from edi_lint.rules.examples import LINE, MEDICARE_MEMBER, Example
from edi_lint.rules.payers import PAYER
from edi_lint.run.read_claims import claims
from edi_lint.settings import Settings

BOTH = Both(Settings())
GY_WITH_GZ = Example(line=("SV1*HC:A4306:GY:GZ*120*UN*1***1",), filing="MB")
ABOUT_SBR09 = frozenset({"SIT019", "SIT038", "STR002", "ENV009"})


def medicare(
    sbr09: str, name: str = "EXAMPLE PAYER", id_: str = "PAYER1", member: str = ""
) -> bytes:
    """A claim with GY and GZ to this payer, whose SBR ends with this SBR09."""
    text = GY_WITH_GZ.file().decode()
    sbr = f"SBR*P*18*******{sbr09}".rstrip("*") if not sbr09 else f"SBR*P*18*******{sbr09}"
    changes = (
        ("SBR*P*18*******MB", sbr),
        (f"{PAYER}****PI*PAYER1", f"NM1*PR*2*{name}*****PI*{id_}"),
        (MEDICARE_MEMBER, member or MEDICARE_MEMBER),
    )
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text.encode()


def severity(data: bytes, code: str = "MOD003") -> str:
    """The severity of the rule's finding with both engines: an error for Medicare alone."""
    (found,) = (f for f in BOTH.agree(data).findings if f.code == code)
    return found.severity.value


DME, PART_B = "16013", "13202"


@pytest.mark.parametrize(
    ("sbr09", "name", "id_", "member", "expected"),
    [
        # SBR09 decides where it states a code, written as it may be
        ("MB", "LAKESHORE", "LKSH1", "MEMBER0001", "error"),
        ("mb", "LAKESHORE", "LKSH1", "MEMBER0001", "error"),
        ("M B", "LAKESHORE", "LKSH1", "MEMBER0001", "error"),
        (" MB", "LAKESHORE", "LKSH1", "MEMBER0001", "error"),
        ("MB ", "LAKESHORE", "LKSH1", "MEMBER0001", "error"),
        ("CI", "MEDICARE PART B", PART_B, "", "warning"),
        ("ci", "MEDICARE PART B", PART_B, "", "warning"),
        ("16", "MEDICARE", DME, "", "warning"),
        ("MC", "MEDICARE", "10234", "", "warning"),
        # without one a contractor's id
        *(
            (sbr09, "LAKESHORE", id_, "MEMBER0001", "error")
            for sbr09 in ("", "XX", "B", "MBX", "??", "  ")
            for id_ in (DME, "17013", "18003", "19003", PART_B, "10112", "01182", "15202")
        ),
        ("", "MEDICARE ADVANTAGE HMO", DME, "MEMBER0001", "error"),
        # or the name together with the form of the member id
        ("", "MEDICARE", "10234", "", "error"),
        ("", "MEDICARE DME REGION B", "MDCRB", "", "error"),
        ("XX", "Medicare Part B Maryland", "C12345", "", "error"),
        ("", "NORIDIAN-MEDICARE", "NOR", "", "error"),
        ("", "MEDICARE", "10234", "MEMBER0001", "warning"),
        ("", "MEDICARE", "10234", "1SG4TE5MK73", "warning"),
        ("", "LAKESHORE", "10234", "", "warning"),
        ("", "MEDICAREPLUS", "10234", "", "warning"),
        ("", "MEDICAID", "10234", "", "warning"),
        ("", "LAKESHORE MEDICARE ADVANTAGE", "10234", "", "warning"),
        ("", "Medicare Advantage", "10234", "", "warning"),
        ("", "MEDICARE HMO", "10234", "", "warning"),
        ("", "MEDICARE PPO BLUE", "10234", "", "warning"),
        ("", "MEDICARE PLAN A", "10234", "", "warning"),
        ("", "MEDICARE PLANS OF OHIO", "10234", "", "warning"),
        ("", "MEDICARE SUPPLEMENT", "10234", "", "warning"),
        ("", "MEDICARE-SUPPLEMENTAL", "10234", "", "warning"),
        ("", "MEDICARE PLANNING OFFICE", "10234", "", "error"),
        ("", "LAKESHORE", "160130", "", "warning"),
    ],
)
def test_who_is_medicare(sbr09: str, name: str, id_: str, member: str, expected: str) -> None:
    assert severity(medicare(sbr09, name, id_, member)) == expected


def test_a_segment_that_is_missing_states_nothing() -> None:
    data = medicare("", id_=DME).replace(b"SBR*P*18~\n", b"")
    assert severity(data) == "error"


@pytest.mark.parametrize(
    ("sbr09", "name", "id_", "profile"),
    [
        ("", "LAKESHORE", DME, "medicare-dme"),
        ("", "LAKESHORE", PART_B, "medicare-part-b"),
        ("MB", "LAKESHORE", DME, "medicare-dme"),
        ("mb", "LAKESHORE", PART_B, "medicare-part-b"),
        ("MB", "MEDICARE PART B", DME, "medicare-dme"),
        ("MB", "MEDICARE DME MAC A", PART_B, "medicare-part-b"),
        ("", "MEDICARE DME MAC A", "X1", "medicare-dme"),
        ("", "MEDICARE PART B", "X1", "medicare-part-b"),
        ("", "MEDICARE", "X1", "medicare"),
        ("XX", "MEDICARE", "X1", "medicare"),
        ("ci", "LAKESHORE", "X1", "commercial"),
        ("", "LAKESHORE", "X1", "none"),
        ("CI", "LAKESHORE", DME, "commercial"),
    ],
)
def test_profiles_follow(sbr09: str, name: str, id_: str, profile: str) -> None:
    (claim,) = claims(medicare(sbr09, name, id_))
    assert Profiles([], profiles()).of(claim).name == profile


def test_a_contractors_id_counts_whatever_profile_is_forced() -> None:
    text = "name: mine\ntitle: mine\nmatch: {}\nsources: [a contract]\n"
    (claim,) = claims(medicare("", id_=DME))
    forced = Profiles([], profiles(), read_profile(text, "mine.yaml"))
    assert forced.filing(PayerTexts.of(claim)) == "MB"
    assert forced.is_medicare("") == {True, False}
    assert forced.is_medicare("CI") == {False}
    decided = Profiles([], profiles(), read_profile(text + "medicare: true\n", "mine.yaml"))
    assert decided.is_medicare("CI") == {True}


def test_a_users_profile_of_medicare_adds_its_ids() -> None:
    text = "name: mine\ntitle: mine\nmatch: {payer_ids: [MDCRB]}\nmedicare: true\nsources: [us]\n"
    (claim,) = claims(medicare("", "LAKESHORE", "MDCRB"))
    assert Profiles([], profiles()).filing(PayerTexts.of(claim)) == ""
    assert (
        Profiles([read_profile(text, "mine.yaml")], profiles()).filing(PayerTexts.of(claim)) == "MB"
    )


EXAMPLES = [e for rule in CATALOGUE for e in (*rule.valid, *rule.invalid) if e.filing == "MB"]


def found(data: bytes) -> list[tuple[str, str, str, str]]:
    return [
        (f.code, f.severity.value, f.location.element, f.location.service_line)
        for f in BOTH.agree(data).findings
        if f.code not in ABOUT_SBR09
    ]


@pytest.mark.parametrize("id_", [DME, PART_B])
def test_without_sbr09_a_contractor_hears_what_it_would_hear_with_it(id_: str) -> None:
    compared = 0
    for example in EXAMPLES:
        text = example.file().decode("latin-1")
        if text.count("*******MB~") != 1 or "*PI*PAYER1~" not in text or example.profile:
            continue
        text = text.replace("*PI*PAYER1~", f"*PI*{id_}~")
        expected = found(text.encode("latin-1"))
        for sbr09 in ("~", "*******XX~", "*******mb~", "*******M B~"):
            changed = text.replace("*******MB~", sbr09)
            assert found(changed.encode("latin-1")) == expected, changed
        compared += bool(expected)
    assert compared > 40


def test_another_payer_that_is_medicare_by_its_id_has_medicares_member_ids() -> None:
    def other(sbr09: str, id_: str, member: str) -> list[str]:
        segments = (
            f"SBR*S*18*******{sbr09}".rstrip("*"),
            "OI***Y***Y",
            f"NM1*IL*1*EXAMPLE*PERSON****MI*{member}",
            f"NM1*PR*2*OTHER EXAMPLE PAYER*****PI*{id_}",
        )
        example = Example(claim=("HI*ABK:G8918", *segments), line=LINE)
        return [code for code, *_ in found(example.file())]

    assert "COD009" in other("MB", "X1", "MEMBER0002")
    assert "COD009" in other("mb", "X1", "MEMBER0002")
    assert "COD009" in other("", DME, "MEMBER0002")
    assert "COD009" not in other("", DME, MEDICARE_MEMBER)
    assert "COD009" not in other("", "X1", "MEMBER0002")
    assert "COD009" not in other("CI", DME, "MEMBER0002")


@pytest.mark.parametrize(
    ("text", "stated"),
    [("MB", "MB"), ("mb", "MB"), ("M-B", "MB"), ("", ""), ("ZZ", "ZZ"), ("XX", ""), ("MBMB", "")],
)
def test_what_sbr09_states(text: str, stated: str) -> None:
    assert stated_filing(text) == stated


@pytest.mark.parametrize(
    "name", ["MEDICARE", "MEDICARE ADVANTAGE OF OHIO", "Supplement to Medicare", "MEDICARE DME MAC"]
)
def test_redaction_keeps_whether_a_payer_is_medicare(name: str) -> None:
    data = medicare("", name, "X1")
    redaction = edi_lint.redact(data, "a key that nobody guesses", Settings())
    assert not redaction.changed
    (claim,) = claims(redaction.content())
    assert says_medicare(claim.payer.name) == says_medicare(name)
