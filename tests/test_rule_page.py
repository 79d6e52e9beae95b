"""`edi-lint rule`: a rule's page, the catalogue, and rules that are not there."""

import inspect
import re
import subprocess
import sys

import pytest

from conftest import ROOT
from edi_lint.cli.output import Failure
from edi_lint.cli.rule import PageFormat
from edi_lint.cli.rule import rule as command
from edi_lint.packs import packs, profiles
from edi_lint.reporters import document, rule_page
from edi_lint.rules import CATALOGUE, FAMILIES, Rule, sources
from edi_lint.rules.answers import book
from edi_lint.rules.modifier_use import UnclearLiability
from edi_lint.rules.modifiers import DuplicateModifier
from edi_lint.rules.sources import NO_ADDRESS, pages_of
from edi_lint.rules.structure import Required

RULES = [pytest.param(rule, id=rule.code) for rule in CATALOGUE]

PAGE = f"""\
MOD005 duplicate-modifier

Modifier repeated on one line

Severity:   error, warning for payers other than Medicare
SNIP level: 6 (line of service)
Fix:        automatic
Answered:   A7:453 (277CA, category and status)

No modifier appears twice on one line.

Medicare's front end for medical equipment rejects the claim (edit
X222.351.2400.SV101-3.040).

How to fix
    Send each modifier once.

Fix safety
    The same modifier twice says what it says once; the others keep their order,
    and the description in SV101-7 its place.

Source
    CEDI, top ten edits of August 2019

    {DuplicateModifier.addresses[0]} (read 2026-11-30)

Passes
    SBR*P*18*******MB
    SV1*HC:A4306:GX:GY*120*UN*1***1

Fails
    SBR*P*18*******MB
    SV1*HC:A4306:GY:GY*120*UN*1***1
    found at SV101-04
    after the fix:
    SV1*HC:A4306:GY*120*UN*1***1

    SBR*P*18*******CI
    SV1*HC:A4306:SC:SC:CG::ELASTOMERIC PUMP*120*UN*1***1
    found at SV101-04
    after the fix:
    SV1*HC:A4306:SC:CG:::ELASTOMERIC PUMP*120*UN*1***1
"""


def test_a_page_says_everything_that_is_known_of_a_rule() -> None:
    assert rule_page.page(DuplicateModifier) == PAGE


def test_a_page_says_for_whom_a_rule_speaks_and_that_there_is_no_fix() -> None:
    page = rule_page.page(UnclearLiability)
    assert "Severity:   warning, for Medicare only\n" in page
    assert "Fix:        none that is automatic\n" in page
    assert "Fix safety" not in page


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_page_keeps_to_its_width_but_for_examples(rule: type[Rule], width: int) -> None:
    words, _, _ = rule_page.page(rule, width).partition("\nPasses\n")
    long = {line.strip() for line in words.splitlines() if len(line) > width}
    pages = pages_of(rule.source, rule.addresses)
    printed = {f"{page.address} ({page.words})" for page in pages}
    assert long <= printed, "an address is printed whole, nothing else is too long"


@pytest.mark.parametrize("rule", RULES)
def test_a_page_names_every_address_of_its_source_and_when_it_was_read(rule: type[Rule]) -> None:
    lines = {line.strip() for line in rule_page.page(rule, 60).splitlines()}
    markdown = rule_page.markdown_page(rule)
    pages = pages_of(rule.source, rule.addresses)
    assert pages or NO_ADDRESS in " ".join(rule_page.page(rule, 1000).split())
    assert pages or NONE_FOR.search(rule.source), rule.source
    for address, _ in pages:
        assert document.is_followed(address)
    for page in pages:
        assert f"{page.address} ({page.words})" in lines
        assert f"\n- <{page.address}> ({page.words})" in markdown


def test_every_line_of_the_sources_is_used() -> None:
    texts = [rule.source for rule in CATALOGUE]
    texts += [entry.source for entry in book().entries]
    for pack in packs():
        texts += [*pack.sources, *(n.source for n in pack.neighbours.values())]
        texts += [s.source for s in (*pack.documentation_advice, *pack.common_errors)]
        texts += [
            p.source for p in (*pack.facility_places.values(), *pack.pointless_modifiers.values())
        ]
        texts += [s.source for s in pack.descriptor_notes]
    for profile in profiles():
        texts += [*profile.sources, *(policy.citation for policy in profile.policies.values())]
    unused = [words for words, _ in sources.named() if not any(words in text for text in texts)]
    assert unused == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "https://",
        "https://example.org/\njavascript:alert(1)",
        "https://example.org/><script>",
        'https://example.org/" onclick="alert(1)',
        " https://example.org/",
    ],
)
def test_an_address_that_is_not_plain_is_never_a_link(address: str) -> None:
    blocks = (document.Links(((address, "read"),)),)
    page = document.TextDocument("x", blocks)
    assert not document.is_followed(address)
    assert "<a " not in document.as_html(page)
    assert "<script" not in document.as_html(page)
    assert f"<{address}>" not in document.as_markdown(page)


def test_a_safe_address_is_a_link() -> None:
    address = "https://example.org/a?b=c&d=%20#e"
    page = document.TextDocument("x", (document.Links(((address, ""),)),))
    assert 'href="https://example.org/a?b=c&amp;d=%20#e"' in document.as_html(page)
    assert f"- <{address}>" in document.as_markdown(page)


@pytest.mark.parametrize("rule", RULES)
def test_every_example_shows_a_segment(rule: type[Rule]) -> None:
    _, _, examples = rule_page.page(rule).partition("\nPasses\n")
    shown = [e for e in examples.replace("\nFails\n", "\n").split("\n\n") if e.strip()]
    assert len(shown) == len(rule.valid) + len(rule.invalid)
    _, _, failing = examples.partition("\nFails\n")
    assert "(the usual claim)" not in failing


def test_the_catalogue_lists_every_rule_in_columns() -> None:
    heads = [e.splitlines()[0] for e in rule_page.catalogue(CATALOGUE).split("\n\n")]
    assert [h[:6] for h in heads] == [r.code for r in CATALOGUE]
    assert {h[6:8] for h in heads} == {"  "}
    assert {h[8:17].strip() for h in heads} == {"error", "warning", "info"}
    assert [h[17:].split()[0] for h in heads] == [r.name for r in CATALOGUE]


@pytest.mark.parametrize(
    "asked", ["MOD005", "mod005", "duplicate-modifier", " Duplicate-Modifier "]
)
def test_a_rule_is_found_by_code_or_name(
    asked: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    command([asked])
    assert capfdbinary.readouterr().out == PAGE.encode()


def test_a_page_says_where_sources_differ() -> None:
    class Conflicting(DuplicateModifier):
        """No modifier appears twice on one line."""

        conflict = "One says so, the other does not; the rule follows the newer one."

    assert (
        "\nWhere sources differ\n    One says so, the other does not; the rule follows the newer one.\n"
        in rule_page.page(Conflicting)
    )
    assert "Where sources differ" not in rule_page.page(DuplicateModifier)


def test_a_page_names_the_answers_to_each_kind_of_fault() -> None:
    page = rule_page.page(Required, 120)
    assert "Answered:   3 (999, IK304): segment missing, loop missing\n" in page
    assert "            8 (999, IK304) with 1 (999, IK403): element missing\n" in page
    assert "AK905" not in page, "what every rule about elements shares is left out"


@pytest.mark.parametrize("rule", RULES)
def test_nothing_of_a_rule_is_left_to_fill_in(rule: type[Rule]) -> None:
    row = getattr(rule, "situation", None)
    written = str(row) if row else inspect.getsource(rule)
    assert "FILL IN" not in written, "scripts/new_rule.py wrote it; say it in words"


# Markdown

MARKDOWN = """\
# MOD005 duplicate-modifier

Modifier repeated on one line

- **Severity**: error, warning for payers other than Medicare
- **SNIP level**: 6 (line of service)
- **Fix**: automatic
- **Answered**: A7:453 (277CA, category and status)
"""


def test_a_page_in_markdown_has_headings_lists_and_code(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    page = rule_page.markdown_page(DuplicateModifier)
    assert page.startswith(MARKDOWN)
    assert "\n## How to fix\n\nSend each modifier once.\n" in page
    assert "\n```\nSBR*P*18*******MB\nSV1*HC:A4306:GX:GY*120*UN*1***1\n```\n" in page
    command(["MOD005"], format_=PageFormat.MARKDOWN)
    assert capfdbinary.readouterr().out == page.encode()


def test_segments_in_running_text_are_no_markup() -> None:
    assert document.escaped("REF*F8 <= [a_b] | `x`") == r"REF\*F8 &lt;= \[a\_b\] \| \`x\`"


def test_the_catalogue_in_markdown_links_every_rule_to_its_page() -> None:
    text = rule_page.markdown_catalogue(CATALOGUE)
    headings = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    assert headings == [f"{r.code} {r.name}" for r in CATALOGUE]
    links = re.findall(r"^\| \[(\w+)\]\(#([\w-]+)\)", text, re.MULTILINE)
    assert links == [(r.code, f"{r.code.lower()}-{r.name}") for r in CATALOGUE]
    for family in FAMILIES:
        assert re.search(rf"^## .+ \({family}\)$", text, re.MULTILINE), family


def test_the_generated_pages_of_the_docs_are_current() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "scripts" / "write_docs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_without_a_code_the_catalogue_is_printed(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    command(None)
    assert capfdbinary.readouterr().out == rule_page.catalogue(CATALOGUE).encode()


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("MOD05", "MOD005 (duplicate-modifier)"),
        ("duplicate-modifer", "MOD005 (duplicate-modifier)"),
        ("", "edi-lint rule lists all"),
        ("what is qqqq", "edi-lint rule lists all"),
    ],
)
def test_an_unknown_rule_is_refused_with_the_nearest(asked: str, hint: str) -> None:
    with pytest.raises(Failure) as refused:
        command([asked])
    assert hint in str(refused.value)


NONE_FOR = re.compile(
    r"general knowledge|X12|the guide|this project|this product|payer.s profile|payer profile's|"
    r"999 code list|CMS, 2004|newsletter|compliance|Noridian|NGS|FCSO",
)
"""What a source names that has no page: what is sold or known, and pages that are gone."""

# titles

OF_FAULTS = re.compile(
    r"\b(not|nothing|no|without|missing|lack|wrong|damaged|mis\w+|mal\w+|impossible|incomplete|unspecific|unclear|unknown|"
    r"repeated|several|shared|extra|unneeded|too|more|above|exceeded|outside|already|again|ended|unwanted|"
    r"with|beside|together|twice|two|many|zero|less|smaller|cannot|before|after|at|another|differs?|negative|contradicts?|personal|sent|does|empty)\b",
    re.IGNORECASE,
)
"""Words with which a title says that something is as it should not be."""


@pytest.mark.parametrize("rule", RULES)
def test_a_title_names_the_fault(rule: type[Rule]) -> None:
    assert re.fullmatch(r"[A-Z].{4,66}[^.]", rule.fault)
    assert rule.fault.lower() != rule.title().lower().rstrip(".")
    assert OF_FAULTS.search(rule.fault) or rule.code == "PAY005", rule.fault


def test_every_rule_has_a_title_of_its_own() -> None:
    assert len({rule.fault for rule in CATALOGUE}) == len(CATALOGUE)


def test_no_list_says_what_holds_when_all_is_well() -> None:
    pages = rule_page.markdown_pages(CATALOGUE)
    for text in (rule_page.catalogue(CATALOGUE, 400), pages["index.md"]):
        for rule in CATALOGUE:
            assert document.escaped(rule.fault) in text or rule.fault in text
            assert document.escaped(rule.title()) not in text
            assert rule.title() not in text
