"""Every rule against its own examples, the fixtures, and claims that are damaged at random."""

import json
import random
import re
from pathlib import Path

import pytest

from conftest import linter_for
from edi_lint.findings import Applicability, Finding, Severity
from edi_lint.findings.masking import Phi
from edi_lint.findings.report import Report
from edi_lint.rules import CATALOGUE, FAMILIES, Rule
from edi_lint.rules.answers import read, read_answers
from edi_lint.rules.base import LedgerRule, Speaks
from edi_lint.rules.examples import Example
from edi_lint.rules.resubmission import ResubmissionRule
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings

FIXTURES = Path(__file__).parent / "fixtures"

CHECKED = [r for r in CATALOGUE if not issubclass(r, ResubmissionRule | LedgerRule)]
"""The rules that need a file only; those about rewritten claims and a ledger have own tests."""
VALID = [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in CHECKED
    for number, example in enumerate(rule.valid, 1)
]
INVALID = [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in CHECKED
    for number, example in enumerate(rule.invalid, 1)
]
FIXED = [p for p in INVALID if p.values[1].fixed]
RULES = [pytest.param(rule, id=rule.code) for rule in CATALOGUE]
EVERY_EXAMPLE = [e for rule in CATALOGUE for e in (*rule.valid, *rule.invalid)]


def lint(data: bytes, profile: str = "") -> list[Finding]:
    report = linter_for(profile).check(data)
    assert report.files[0].error == ""
    return report.findings


def codes(data: bytes) -> list[str]:
    return [f.code for f in lint(data)]


ON_EVERY_LINE = ("DOC001", "STR008")
"""What is said of the usual line: it has neither documentation nor a control number."""


def told(data: bytes) -> list[str]:
    """What is found beside what is said of the usual line."""
    return [c for c in codes(data) if c not in ON_EVERY_LINE]


def of(rule: type[Rule], data: bytes, profile: str = "") -> list[Finding]:
    return [f for f in lint(data, profile) if f.code == rule.code]


def apply(finding: Finding, data: bytes) -> bytes:
    assert finding.fix is not None
    for edit in sorted(finding.fix.edits, key=lambda e: e.byte_start, reverse=True):
        text = edit.text.encode("latin-1")
        data = data[: edit.byte_start] + text + data[edit.byte_end :]
    return data


def segment_at(data: bytes, offset: int) -> str:
    """The segment around an offset; examples write one to a line."""
    start = data.rfind(b"~\n", 0, offset) + 2 if b"~\n" in data[:offset] else 0
    return data[start : data.index(b"~", start)].decode("latin-1")


def element_of(segment: str, name: str) -> str:
    """The value of SV101-04 or CLM02 in a segment's text; empty where it is not there."""
    tag, element, component = re.fullmatch(r"([A-Z0-9]{2,3}?)(\d\d)(?:-(\d\d))?", name).groups()
    assert segment.partition("*")[0] == tag
    values = segment.split("*")
    value = values[int(element)] if int(element) < len(values) else ""
    if component is None:
        return value
    parts = value.split(":")
    return parts[int(component) - 1] if int(component) <= len(parts) else ""


# the examples


@pytest.mark.parametrize(("rule", "example"), VALID)
def test_a_valid_example_is_passed(rule: type[Rule], example: Example) -> None:
    findings = lint(example.file(), example.profile_file)
    assert [f for f in findings if f.code == rule.code] == []
    assert [f for f in findings if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize(("rule", "example"), INVALID)
def test_an_invalid_example_is_found_once_and_nothing_else_is_an_error(
    rule: type[Rule], example: Example
) -> None:
    findings = lint(example.file(), example.profile_file)
    found = len([f for f in findings if f.code == rule.code])
    assert found == 1, f"{rule.code} finds {found} faults, not 1, in {example.segments()}"
    assert [f for f in findings if f.severity is Severity.ERROR and f.code != rule.code] == []


@pytest.mark.parametrize(("rule", "example"), [p for p in INVALID if p.values[1].at])
def test_a_finding_points_to_the_bytes_that_its_example_names(
    rule: type[Rule], example: Example
) -> None:
    data = example.file()
    (finding,) = of(rule, data, example.profile_file)
    place = finding.location
    assert (place.element or place.segment) == example.at
    if place.element:
        segment = segment_at(data, place.byte_start)
        pointed = data[place.byte_start : place.byte_end].decode("latin-1")
        assert pointed == element_of(segment, example.at)


def recounted(data: bytes) -> bytes:
    """The file with its SE01 as it is after a fix: whoever applies fixes counts segments again."""
    body = data[data.index(b"~\nST*") : data.index(b"~\nSE*")]
    return re.sub(rb"\nSE\*\d+\*", b"\nSE*%d*" % (body.count(b"~\n") + 1), data)


def as_fixed(example: Example) -> bytes:
    """The example's file with the segments that its fix changes as they are then."""
    data = example.file()
    for before, after in example.fixed:
        old, new = (f"{s}~\n".encode("latin-1") if s else b"" for s in (before, after))
        assert data.count(old) == 1
        data = data.replace(old, new)
    return data


@pytest.mark.parametrize(("rule", "example"), FIXED)
def test_a_fix_makes_of_the_line_what_its_example_says(rule: type[Rule], example: Example) -> None:
    data = example.file()
    (finding,) = of(rule, data, example.profile_file)
    assert finding.fix is not None
    fixed = apply(finding, data)
    assert fixed == as_fixed(example)
    if len(fixed.split(b"~")) != len(data.split(b"~")):
        fixed = recounted(fixed)
    assert of(rule, fixed, example.profile_file) == []
    assert [f for f in lint(fixed, example.profile_file) if f.severity is Severity.ERROR] == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_a_complete_page(rule: type[Rule]) -> None:
    assert re.fullmatch(r"[A-Z]{3}\d{3}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert 1 <= rule.level <= 7
    assert rule.title().endswith(".")
    assert rule.why()
    assert rule.source
    assert rule.help.endswith(".")
    assert rule.valid
    assert rule.invalid


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_says_why_its_fix_is_safe_when_it_has_one(rule: type[Rule]) -> None:
    fixes = [f for e in rule.invalid for f in of(rule, e.file(), e.profile_file) if f.fix]
    automatic = [f for f in fixes if f.fix.applicability is Applicability.AUTOMATIC]
    by_ledger = issubclass(rule, LedgerRule) and any(e.fixed for e in rule.invalid)
    assert bool(rule.fix_safety) == (bool(automatic) or by_ledger)


def test_the_catalogue_is_in_order_and_names_no_rule_twice() -> None:
    assert [r.code for r in CATALOGUE] == sorted(
        {r.code for r in CATALOGUE}, key=lambda code: (FAMILIES.index(code[:3]), code)
    )
    assert len({r.name for r in CATALOGUE}) == len(CATALOGUE)


# who is Medicare

SOFTER = [p for p in INVALID if p.values[0].speaks is Speaks.SOFTER_ELSEWHERE]
MEDICARE_ONLY = [p for p in INVALID if p.values[0].speaks is Speaks.MEDICARE_ONLY]


@pytest.mark.parametrize(("rule", "example"), SOFTER)
@pytest.mark.parametrize("filing", ["CI", "16", "HM", "MC", "WC", ""])
def test_an_error_for_medicare_is_a_warning_elsewhere(
    rule: type[Rule], example: Example, filing: str
) -> None:
    (medicare,) = of(rule, example._replace(filing="MB").file())
    (elsewhere,) = of(rule, example._replace(filing=filing).file())
    assert (medicare.severity, elsewhere.severity) == (Severity.ERROR, Severity.WARNING)


@pytest.mark.parametrize(("rule", "example"), MEDICARE_ONLY)
@pytest.mark.parametrize("filing", ["CI", "16", "HM", "MC", "WC", ""])
def test_a_rule_for_medicare_is_silent_elsewhere(
    rule: type[Rule], example: Example, filing: str
) -> None:
    assert len(of(rule, example._replace(filing="MB").file())) == 1
    assert of(rule, example._replace(filing=filing).file()) == []


def test_medicare_as_another_payer_of_the_claim_does_not_make_it_medicare() -> None:
    other = (
        "HI*ABK:G8918",
        "SBR*S*18***12****MB",
        "OI***Y***Y",
        "NM1*IL*1*EXAMPLE*PERSON****MI*4XK8RT2WN56",
        "NM1*PR*2*MEDICARE*****PI*MDCRB",
    )
    assert told(Example(claim=other, filing="CI").file()) == []


# one fault, one finding


def modified(modifiers: str, filing: str = "MB") -> list[str]:
    """Codes found on a line with these modifiers; its missing documentation left out."""
    line = f"SV1*HC:A4306:{modifiers}*120*UN*1***1"
    return told(Example(line=(line,), filing=filing).file())


@pytest.mark.parametrize(
    ("modifiers", "found"),
    [
        ("KX:GA:GZ", ["MOD001", "MOD002"]),
        ("KX:GY:GZ", ["MOD001", "MOD003"]),
        ("GY:GZ:GA", ["MOD003", "MOD002"]),
        ("GX:GA:GZ:EY", ["MOD004", "MOD002"]),
        ("KX:GX:GY", ["MOD001"]),
        ("GX:GY", []),
        ("EY:GA", []),
        ("KX:GX", ["MOD011"]),
        ("KX:KX", ["MOD011", "MOD005"]),
    ],
)
def test_each_contradiction_is_named_by_one_rule(modifiers: str, found: list[str]) -> None:
    assert modified(modifiers) == found


def test_a_modifier_that_is_no_modifier_is_one_finding() -> None:
    assert modified("GY:G") == ["STR012"]
    assert modified("GY:GYY") == ["STR012"]


def test_spaces_after_a_value_are_the_padding_rules_alone() -> None:
    assert modified("GY ", filing="CI") == ["ENV009"]
    line = ("SV1*HC:A4223 *120*UN*1***1", "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567893 ")
    assert codes(Example(line=line).file()) == ["ENV009", "ENV009"]


def test_an_unlisted_report_type_is_the_guides_error_not_a_packs_warning() -> None:
    assert told(Example(claim=("PWK*ZZ*AA", "HI*ABK:G8918")).file()) == ["STR002"]


def test_diagnoses_in_a_second_segment_are_one_fault_whatever_points_to_them() -> None:
    scattered = Example(
        claim=("HI*ABK:G8918", "HI*ABF:M75121"), line=("SV1*HC:A4223*120*UN*1***1:2",)
    )
    assert codes(scattered.file()) == ["STR002"]


@pytest.mark.parametrize(
    "line",
    [
        ("SV1*HC:A4223*60*UN*1***1", "LX*2", "DTP*472*D8*20260105"),
        ("SV1*HC:A4223*60*UN*1***1", "LX*2", "SV1*HC:A4223**UN*1***1"),
        ("SV1*HC:A4223*60*UN*1***1", "LX*2", "SV1*HC:A4223*6O*UN*1***1"),
    ],
)
def test_a_total_is_not_judged_by_charges_that_cannot_be_read(line: tuple[str, ...]) -> None:
    assert "BAL001" not in codes(Example(line=line).file())


def test_a_claims_own_paperwork_belongs_to_no_line() -> None:
    claim = Example(
        claim=("PWK*DA*AA", "HI*ABK:G8918"),
        line=("SV1*HC:A4306*70*UN*1***1", "LX*2", "SV1*HC:A4306*50*UN*1***1", "PWK*DA*AA"),
    )
    findings = [f for f in lint(claim.file()) if f.code not in ON_EVERY_LINE]
    found = [(f.code, f.location.loop, f.location.service_line) for f in findings]
    assert found == [("DOC002", "2300", ""), ("DOC002", "2400", "2")]


def test_half_a_claim_is_not_judged() -> None:
    data = Example().file()
    assert codes(data[: data.index(b"A4306") + 3]) == ["ENV001"]


# fixes


def test_fixes_of_one_line_end_with_a_line_that_has_none() -> None:
    line = "SV1*HC:A4306::gy::GY:PUMP*120*UN*1***1"
    data = Example(line=(line,), filing="MB").file()
    for _ in range(5):
        fixable = [f for f in lint(data) if f.fix]
        if not fixable:
            break
        data = apply(fixable[0], data)
    assert b"SV1*HC:A4306:GY::::PUMP*120*UN*1***1~" in data
    assert told(data) == []


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n"])
def test_a_fix_leaves_a_folded_segment_whole(line_break: bytes) -> None:
    data = Example(line=("SV1*HC:A4306:GY:GY:SC*120*UN*1***1",), filing="MB").file()
    folded = data.replace(b":GY:GY:", b":GY:" + line_break + b"GY:")
    (finding,) = [f for f in lint(folded) if f.code == "MOD005"]
    assert b"SV1*HC:A4306:GY:SC*120*UN*1***1~" in apply(finding, folded)


# garbage

RICH = Example(
    clm="CLM*EX-1*120***12:B:7*Y*A*Y*Y",
    claim=(
        "PWK*B3*FX***AC*EX1B3",
        "REF*F8*PAYERCLAIM1",
        "NTE*ADD*DRUG AND RATE PER ORDER",
        "HI*ABK:G8918*ABF:M75121",
        "SBR*S*18*******CI",
        "OI***Y***Y",
        "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
        "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
    ),
    line=(
        "SV1*HC:A4306:GX:GY:::PUMP*60*UN*1***1:2",
        "PWK*CT*AD",
        "DTP*472*D8*20260105",
        "REF*G1*AUTH1",
        "NM1*DK*1*EXAMPLE*PROVIDER****XX*1234567893",
        "LQ*UT*484.3",
        "FRM*4*Y",
        "LX*2",
        "SV1*HC:A4306:KX*60*UN*1***1",
    ),
    filing="MB",
)
GARBAGE = ("", " ", ":::::::::", "0", "-1", "1E9999999999", "9" * 60, "x", "é", "^", "*", "²")


def damaged() -> list[bytes]:
    """A rich claim with each segment dropped, doubled, cut short, and each value replaced."""
    segments = RICH.file().decode("latin-1").split("~\n")
    out = []
    for n, segment in enumerate(segments[3:-4], 3):
        values = segment.split("*")
        variants = ["", segment + "~\n" + segment, values[0], values[0] + "*"]
        for element, garbage in random.Random(n).choices(
            [(e, g) for e in range(1, len(values)) for g in GARBAGE], k=14
        ):
            variants.append("*".join([*values[:element], garbage, *values[element + 1 :]]))
        for variant in variants:
            changed = [*segments[:n], *([variant] if variant else []), *segments[n + 1 :]]
            out.append("~\n".join(changed).encode("latin-1"))
    return out


def test_no_rule_stumbles_over_garbage() -> None:
    for data in damaged():
        lint(data)


# what may be shown

SECRETS = (
    "PERSON",
    "PROVIDER",
    "EXAMPLE INFUSION SUPPLY",
    "EXAMPLE DESK",
    "MEMBER0001",
    "MEMBER0002",
    "19600101",
    "EXAMPLE WAY",
    "EXAMPLE CITY",
    "432151234",
    "5555550100",
    "690000001",
    "DRUG AND RATE",
    "RATE PER ORDER",
    "NNN",
    "REVIEWED",
    "ELASTOMERIC",
    "PAYERCLAIM",
    "AUTH1",
    "AUTH2",
    "REFERRAL1",
    "RECORD1",
    "EX1B3",
    "EX1DA",
    "MR100",
)


def shown(report: Report, phi: Phi) -> str:
    """Everything that a reporter can print of a run, the fixed words of rules left out."""
    findings = [{**f.json(phi is not Phi.NONE), "help": "", "name": ""} for f in report.findings]
    excerpts = [f.excerpt for f in report.findings]
    return json.dumps([findings, excerpts, [f.message for f in report.findings]])


@pytest.mark.parametrize("phi", [Phi.NONE, Phi.IDS])
def test_nothing_protected_is_shown(phi: Phi) -> None:
    linter = Linter(Settings(phi=phi))
    for data in [*(e.file() for e in EVERY_EXAMPLE), *damaged()]:
        text = shown(linter.check(data), phi)
        assert [s for s in SECRETS if s in text] == []
        if phi is Phi.NONE:
            assert "EX-1" not in text


# the fixtures

EXPECTED = {
    "aa-with-acn": ["SIT003"],
    "bad-date": ["STR013"],
    "balance": ["BAL001"],
    "duplicate-clm01": ["SIT017"],
    "duplicate-modifier": ["MOD005"],
    "frequency-7-without-f8": ["SIT006"],
    "fx-without-acn": ["SIT002"],
    "ga-with-gz": ["MOD002"],
    "gx-with-ga": ["MOD004"],
    "gy-with-gz": ["MOD003"],
    "hl-wrong-child-flag": ["STR006"],
    "hl-wrong-count": ["STR006"],
    "hl-wrong-parent": ["STR006"],
    "isa-too-short": ["ENV001"],
    "junk-before-isa": ["ENV001"],
    "kx-on-medicare-a4306": ["MOD011"],
    "kx-with-gy": ["MOD001"],
    "lower-case-hcpcs": ["STR011"],
    "lx-out-of-order": ["STR005"],
    "medicare-frequency-7": ["PAY002"],
    "missing-bht": ["STR001"],
    "missing-clm": ["STR001"],
    "missing-ge": ["ENV003"],
    "missing-hi": ["STR001"],
    "missing-iea": ["ENV005"],
    "missing-lx": ["STR001"],
    "missing-n4-billing": ["STR001"],
    "missing-nm1-85": ["STR001"],
    "missing-se": ["ENV004"],
    "missing-sv1": ["STR001"],
    "misspelt-tag": ["ENV007"],
    "modifier-gap": ["STR012"],
    "no-documentation": ["DOC001"],
    "no-liability-modifier-medicare": ["MOD012"],
    "not-used-pwk03": ["STR003"],
    "npi-check-digit": ["COD005"],
    "one-char-modifier": ["STR012"],
    "pointer-to-absent-diagnosis": ["SIT001"],
    "pwk06-missing": ["STR001"],
    "reversed-rd8": ["STR013"],
    "st03-differs-gs08": ["ENV006"],
    "sv105-bad-pos": ["COD007"],
    "swapped-n3-n4": ["ENV007"],
    "too-long-nte": ["STR009"],
    "too-many-pwk": ["STR004"],
    "truncated-mid-segment": ["ENV001"],
    "two-faulty-claims": ["BAL001", "SIT001"],
    "unknown-pwk01": ["STR002"],
    "unknown-segment": ["ENV007"],
    "wrong-ge02": ["ENV003"],
    "wrong-iea01": ["ENV005"],
    "wrong-iea02": ["ENV002"],
    "wrong-pos": ["COD007"],
    "wrong-pwk01-for-a4306": ["DOC002"],
    "wrong-se01": ["ENV005"],
    "wrong-st-se": ["ENV004"],
}
WARNED = {
    "many": ["PAY005"],
    "4010": ["ENV006"],
    "x222": ["ENV006"],
    "x222a2": ["ENV006"],
    "family": ["SIT037", "SIT037"],
}
"""What is said of valid files, each justified: another name of the guide, or its forerunner; a
subscriber's own claim above the levels of two family members, and a policy that reviews, which are
information."""


@pytest.mark.parametrize(
    "path", sorted((FIXTURES / "faulty").glob("*.837")), ids=lambda path: path.stem
)
def test_a_faulty_file_yields_what_is_wrong_with_it_and_nothing_else(path: Path) -> None:
    assert codes(path.read_bytes()) == EXPECTED[path.stem]


@pytest.mark.parametrize(
    "path", sorted((FIXTURES / "valid").glob("*.837")), ids=lambda path: path.stem
)
def test_a_valid_file_yields_no_error(path: Path) -> None:
    findings = lint(path.read_bytes())
    assert [f.code for f in findings if f.severity is Severity.ERROR] == []
    assert [f.code for f in findings] == WARNED.get(path.stem, [])


@pytest.mark.parametrize(
    "rule",
    [r for r in CATALOGUE if r.severity is Severity.ERROR and r.level >= 3],
    ids=lambda rule: rule.code,
)
def test_an_error_of_content_has_the_status_of_a_277ca_or_says_why_not(rule: type[Rule]) -> None:
    answers = (rule.response, *rule.other_responses)
    has_status = any(answer.stc for answer in answers)
    assert has_status != bool(rule.no_status)
    assert all(read(read_answers(":".join(a.stc)), ()).entries for a in answers if a.stc)
