"""`edi-lint annotate`: every finding once and where it belongs, nothing protected, nothing unescaped."""

from __future__ import annotations

import io
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from conftest import FIXTURES, LARGE_SAMPLE, ROOT, Cli, Ran, faulty_fixtures, valid_fixtures
from edi_lint.findings.masking import Phi
from edi_lint.rules import CATALOGUE
from edi_lint.rules.modifiers import DuplicateModifier
from edi_lint.rules.sources import pages_of
from edi_lint.run import unchecked
from edi_lint.run.drive import Linter
from edi_lint.run.unchecked import CODE, is_answer_file
from edi_lint.settings import Settings
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation
from edi_lint.transform.views import ChangeView, Element, FindingView, RowView
from edi_lint.x12 import NotX12Error, Segment, pieces

MINIMAL = FIXTURES / "valid" / "minimal.837"
OUTBOUND = ROOT / "examples" / "outbound.837"
ALL_FIXTURES = [*valid_fixtures(), *faulty_fixtures(), *sorted((FIXTURES / "other").iterdir())]
SCRIPT = (ROOT / "templates" / "annotate" / "page.js").read_text("utf-8")
SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.fixture
def cli(commands: Callable[[str], Cli]) -> Cli:
    return commands("annotate")


def annotation(data: bytes | Path, phi: Phi = Phi.IDS, name: str = "a.837") -> Annotation:
    data = data if isinstance(data, bytes) else data.read_bytes()
    return Annotation(io.BytesIO(data), name, Settings(phi=phi))


def rows(data: bytes | Path, phi: Phi = Phi.IDS) -> list[RowView]:
    with annotation(data, phi) as made:
        return list(made.rows())


def rendered(data: bytes | Path, template: str, phi: Phi = Phi.IDS, name: str = "a.837") -> str:
    compiled, path = templates.load("annotate", template)
    with annotation(data, phi, name) as made:
        return "".join(made.render(compiled, path))


def changed(old: str, new: str, source: Path = MINIMAL) -> bytes:
    data = source.read_bytes()
    assert data.count(old.encode()) == 1, old
    return data.replace(old.encode(), new.encode())


def row(data: bytes | Path, tag: str, number: int = 0, phi: Phi = Phi.IDS) -> RowView:
    return [r for r in rows(data, phi) if r.tag == tag][number]


def element(of: RowView, designator: str) -> Element:
    (found,) = [
        e for one in of.elements for e in (one, *one.components) if e.designator == designator
    ]
    return found


def codes(findings: list[FindingView]) -> list[str]:
    return [f.code for f in findings]


# every finding, once, where it belongs


def lost_or_doubled(data: bytes) -> Counter[tuple[str, int, int, str]]:
    """What of the linter's findings is not in exactly one row, and what is there besides."""
    report = Linter(Settings()).check(data)
    found = [f for f in report.findings if not (f.code == CODE and is_answer_file(report.file))]
    if is_answer_file(report.file):
        found += unchecked.findings(report.file, is_found=True)
    wanted = Counter((f.code, f.location.byte_start, f.location.byte_end, f.message) for f in found)
    shown = Counter(
        (f.code, f.byte_start, f.byte_end, f.message) for r in rows(data) for f in r.all_findings
    )
    wanted.subtract(shown)
    return Counter({finding: n for finding, n in wanted.items() if n})


@pytest.mark.parametrize("path", ALL_FIXTURES, ids=lambda p: p.name)
def test_every_finding_stands_in_exactly_one_row(path: Path) -> None:
    data = path.read_bytes()
    if path.name == "not-x12.txt":
        with pytest.raises(NotX12Error):
            rows(data)
        return
    assert not lost_or_doubled(data)


def test_every_finding_of_the_public_files_stands_in_exactly_one_row(corpus: list[Path]) -> None:
    read = 0
    for path in corpus[::4]:
        if path.stat().st_size >= LARGE_SAMPLE:
            continue
        data = path.read_bytes()
        try:
            assert not lost_or_doubled(data), path.name
        except NotX12Error:
            continue
        read += 1
        for template in ("text", "html"):
            assert rendered(data, template)
    assert read > 20


@pytest.mark.parametrize("path", [*faulty_fixtures(), OUTBOUND], ids=lambda p: p.name)
def test_a_finding_about_an_element_stands_at_that_element(path: Path) -> None:
    for one in rows(path):
        for at in [e for outer in one.elements for e in (outer, *outer.components)]:
            assert {f.element for f in at.findings} <= {at.designator}
        assert not any(f.element.startswith(one.tag) for f in one.findings if one.tag)


def test_a_finding_about_a_component_stands_at_that_component() -> None:
    line = row(FIXTURES / "faulty" / "duplicate-modifier.837", "SV1")
    (modifier,) = [e for e in line.elements[0].components if "MOD005" in codes(e.findings)]
    assert modifier.name.startswith("Procedure Modifier")
    assert line.text.split("*")[1].split(":")[int(modifier.position[-1]) - 1] == modifier.value


def test_what_is_missing_has_a_place_of_its_own() -> None:
    paperwork = row(FIXTURES / "faulty" / "pwk06-missing.837", "PWK")
    missing = element(paperwork, "PWK06")
    assert (missing.name, missing.value) == ("Attachment Control Number", "")
    assert missing.findings
    assert [e.position for e in paperwork.elements] == ["01", "02", "05", "06"]


def test_a_finding_made_after_its_level_still_stands_at_it() -> None:
    data = changed("SBR*P*", "SBR*?*", FIXTURES / "faulty" / "hl-wrong-child-flag.837")
    assert codes(element(row(data, "HL", 1), "HL04").findings) == ["STR006"]
    assert element(row(data, "SBR"), "SBR01").findings


def test_what_breaks_off_is_said_at_the_end() -> None:
    last = rows(FIXTURES / "faulty" / "missing-iea.837")[-1]
    assert (last.kind, codes(last.findings)) == ("end", ["ENV005"])


def test_findings_are_numbered_in_the_order_of_the_file() -> None:
    with annotation(OUTBOUND) as made:
        listed = list(made.findings)
        assert [f.number for f in listed] == list(range(1, len(listed) + 1))
        assert [f.byte_start for f in listed] == sorted(f.byte_start for f in listed)
        assert sum(made.counts.values()) == len(listed) > 0
        assert list(made.findings) == listed


def test_each_answer_of_a_receiver_is_named() -> None:
    answers = {a for r in rows(OUTBOUND) for f in r.all_findings for a in f.answers}
    assert {"STC A7:453", "CARC 4"} <= answers


def test_settings_choose_the_findings() -> None:
    settings = Settings(select=("MOD",))
    with Annotation(io.BytesIO(OUTBOUND.read_bytes()), "a.837", settings) as made:
        assert {f.code[:3] for f in made.findings} == {"MOD"}


# what a row says


def test_segments_elements_and_loops_are_named() -> None:
    claim = row(MINIMAL, "CLM")
    assert (claim.line, claim.ordinal, claim.name) == (21, 19, "Claim Information")
    assert (claim.loop, claim.loop_name, claim.depth) == ("2300", "Claim Information", 3)
    (opened,) = claim.opens
    assert (opened.id, opened.claim, opened.claim_number) == ("2300", "HI-10001", 1)
    place = element(claim, "CLM05-01")
    assert (place.name, place.value) == ("Place of Service Code", "12")
    assert MINIMAL.read_bytes()[claim.byte_start : claim.byte_end].startswith(b"CLM*HI-10001*")


def test_empty_elements_are_left_out() -> None:
    assert [e.position for e in row(MINIMAL, "CLM").elements] == [
        "01", "02", "05", "06", "07", "08", "09",
    ]  # fmt: skip


def test_a_code_that_a_pack_describes_has_its_meaning() -> None:
    line = row(MINIMAL, "SV1")
    assert element(line, "SV101-02").meaning.startswith("Disposable drug delivery system")
    assert element(line, "SV104").meaning == ""


def test_loops_open_where_they_begin() -> None:
    opened = [(o.kind, o.id, r.tag) for r in rows(MINIMAL) for o in r.opens]
    assert opened == [
        ("interchange", "000000101", "ISA"),
        ("group", "101", "GS"),
        ("set", "0001", "ST"),
        ("loop", "1000A", "NM1"),
        ("loop", "1000B", "NM1"),
        ("loop", "2000A", "HL"),
        ("loop", "2010AA", "NM1"),
        ("loop", "2000B", "HL"),
        ("loop", "2010BA", "NM1"),
        ("loop", "2010BB", "NM1"),
        ("loop", "2300", "CLM"),
        ("loop", "2400", "LX"),
        ("loop", "2420E", "NM1"),
    ]


def test_every_segment_of_a_file_has_its_row() -> None:
    for path in [*valid_fixtures(), FIXTURES / "other" / "mixed.837"]:
        data = path.read_bytes()
        there = [(p.start, p.end) for p in pieces(data) if p.delimiters]
        assert [(r.byte_start, r.byte_end) for r in rows(data)] == there, path.name


def test_physical_lines_are_those_of_the_segments() -> None:
    for name in ("two-interchanges.837", "crlf.837", "odd-delimiters.837", "many.837"):
        data = (FIXTURES / "valid" / name).read_bytes()
        for one in rows(data):
            assert one.line == data.count(b"\n", 0, one.byte_start) + 1, name


def test_both_interchanges_are_shown() -> None:
    kinds = [o.kind for r in rows(FIXTURES / "valid" / "two-interchanges.837") for o in r.opens]
    assert kinds.count("interchange") == 2


def test_the_older_guide_names_its_own_elements() -> None:
    shown = rows(FIXTURES / "valid" / "4010.837")
    assert all(r.name for r in shown)
    assert any(o.note.endswith("004010X098A1") for r in shown for o in r.opens)


def test_any_bytes_may_be_delimiters() -> None:
    odd, plain = rows(FIXTURES / "valid" / "odd-delimiters.837"), rows(MINIMAL)
    assert element(next(r for r in odd if r.tag == "SV1"), "SV101-02").value == "A4306"
    assert {r.name for r in plain} <= {r.name for r in odd}


def test_a_set_that_is_no_837p_is_shown_without_names_and_said_to_be_skipped() -> None:
    shown = [r for r in rows(FIXTURES / "other" / "mixed.837") if r.is_skipped]
    assert [o.note for r in shown for o in r.opens] == [
        "835 005010X221A1, skipped: this is not an 837P"
    ]
    assert {r.name for r in shown if r.tag not in ("ST", "SE")} == {""}
    text = rendered(FIXTURES / "other" / "mixed.837", "text")
    assert "BPR*x*xxx*x*xxx************xxxxxxxx" in text
    assert "1 transaction set 835 005010X221A1" in text


def test_bytes_outside_interchanges_are_counted_and_not_shown() -> None:
    path = FIXTURES / "faulty" / "junk-before-isa.837"
    first = rows(path)[0]
    assert (first.kind, first.byte_start, first.byte_end) == ("outside", 0, 15)
    assert codes(first.findings) == ["ENV001"]
    with Annotation(
        io.BytesIO(path.read_bytes()), "a.837", Settings(ignore=("ENV001",), phi=Phi.ALL)
    ) as made:
        assert next(made.rows()).kind == "outside"
    for template in ("text", "html"):
        assert "15 bytes outside every interchange" in rendered(path, template)
        assert "BATCH EXPORT" not in rendered(path, template, Phi.ALL)


def verdict(data: bytes | Path) -> str:
    (said,) = re.findall(r'<p class="verdict[^>]*>(.*)</p>', rendered(data, "html"))
    return str(said)


def test_the_first_sentence_says_how_many_claims_are_wrong_and_what_they_charge() -> None:
    assert verdict(OUTBOUND) == "4 of 5 claims have errors, $1,723.00."
    assert verdict(MINIMAL) == (
        "Nothing was found: 1 claim, $385.00, passed every rule that was checked."
    )
    warned = changed("HC:A4306", "HC:A4306:SC:SC")
    assert verdict(warned) == "1 of 1 claim has warnings, and none has errors, $385.00."
    assert verdict(changed("CLM*HI-10001*385*", "CLM*HI-10001*3B5*")).endswith(
        "$0.00. 1 charge cannot be read."
    )
    outside = changed("IEA*1*", "IEA*2*")
    assert (
        verdict(outside) == "Nothing was found in the 1 claim, $385.00; the findings are around it."
    )


def test_the_worst_claims_come_first_with_payer_charge_and_worst_finding() -> None:
    with annotation(OUTBOUND) as made:
        worst = made.overview().worst
    assert [(c.id, c.dollars, c.worst.code, c.fixes) for c in worst] == [
        ("HI-26-0614", "$480.00", "BAL001", 1),
        ("HI-26-0615", "$429.00", "SIT002", 0),
        ("HI-26-0612", "$419.00", "MOD001", 0),
        ("HI-26-0613", "$395.00", "SIT006", 0),
    ]
    assert worst[0].payer == "NORTHGATE BLUE (NGBL2)"
    with annotation(OUTBOUND, Phi.NONE) as made:
        assert {c.id for c in made.overview().worst} == {""}


def test_the_service_lines_of_the_pack_are_listed() -> None:
    with annotation(OUTBOUND) as made:
        lines = list(made.lines)
        assert len(lines) == made.file.matched_lines
    assert {line.code for line in lines} == {"A4306"}
    assert ("HI-26-0614", ("SC", "SC"), "415") in [(n.claim, n.modifiers, n.charge) for n in lines]
    begins = {r.byte_start: r.tag for r in rows(OUTBOUND)}
    assert {begins[line.byte_start] for line in lines} == {"LX"}


# protected data


def protected(path: Path) -> Iterator[str]:
    """Names, addresses, birth dates, member ids, telephone numbers and notes of a file."""
    places = {"N3": (1, 2), "N4": (1, 3), "DMG": (2,), "PER": (2, 4, 6), "NTE": (2,)}
    for piece in pieces(path.read_bytes()):
        if piece.delimiters is None:
            continue
        values = piece.raw.decode().split(piece.delimiters.element.decode())
        wanted = places.get(values[0], ())
        if values[0] == "NM1" and values[1] != "PR":
            wanted = (3, 4) if values[8:9] == ["XX"] else (3, 4, 9)
        yield from (values[n] for n in wanted if n < len(values) and len(values[n]) > 3)


@pytest.mark.parametrize("template", ["text", "html"])
@pytest.mark.parametrize(
    "path",
    [MINIMAL, OUTBOUND, FIXTURES / "valid" / "dependent.837", FIXTURES / "valid" / "cob.837"],
    ids=lambda p: p.name,
)
def test_protected_data_is_shown_only_when_asked_for(template: str, path: Path) -> None:
    values = set(protected(path))
    assert len(values) > 10
    for phi in (Phi.NONE, Phi.IDS):
        shown = rendered(path, template, phi)
        assert not [v for v in values if v in shown]
    everything = rendered(path, template, Phi.ALL)
    assert not [v for v in values if v not in everything]


@pytest.mark.parametrize("template", ["text", "html"])
def test_claim_numbers_follow_phi(template: str) -> None:
    assert "HI-26-0614" in rendered(OUTBOUND, template, Phi.IDS)
    assert "HI-26" not in rendered(OUTBOUND, template, Phi.NONE)


def test_a_masked_value_says_that_it_is_masked() -> None:
    name, qualifier = row(MINIMAL, "NM1", 3).elements[2], row(MINIMAL, "NM1", 3).elements[0]
    assert (name.value, name.is_masked) == ("x" * len("OKONMARA"), True)
    assert (qualifier.value, qualifier.is_masked) == ("IL", False)


def test_control_characters_do_not_reach_a_terminal() -> None:
    data = changed("CLM*HI-10001", "CLM*HI\x1b[2J\x9b31m1")
    shown = rendered(data, "text", Phi.ALL)
    assert "HI·[2J" in shown
    assert not [c for c in shown if not c.isprintable() and c != "\n"]


# the page


class Page(HTMLParser):
    """Collects what the tests ask about, and fails on an element that is not closed properly."""

    VOID = frozenset({"meta", "input"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.text = ""
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attributes:
            if name == "id":
                self.ids[value or ""] += 1
            if name in ("src", "href", "action", "srcset", "data", "poster"):
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts.append(data)
        else:
            self.text += data


def page(data: bytes | Path, phi: Phi = Phi.IDS, name: str = "a.837") -> Page:
    parser = Page()
    parser.feed(rendered(data, "html", phi, name))
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize(
    "path", [p for p in (*ALL_FIXTURES, OUTBOUND) if p.suffix != ".txt"], ids=lambda p: p.name
)
def test_the_page_is_well_formed_and_loads_nothing(path: Path) -> None:
    parsed = page(path)
    assert not parsed.tags.keys() & {"link", "img", "iframe", "object"}
    assert parsed.tags["script"] == len(parsed.scripts) == 3
    assert parsed.scripts[2] == SCRIPT
    assert all(json.loads(block) is not None for block in parsed.scripts[:2])
    outside = {link for link in parsed.links if not link.startswith("#")}
    pages = (page for rule in CATALOGUE for page in pages_of(rule.source, rule.addresses))
    assert outside <= {page.address for page in pages}
    assert {link[1:] for link in parsed.links if link not in outside} <= parsed.ids.keys()
    assert max(parsed.ids.values()) == 1
    text = re.sub(r'<ul class="addresses">.*?</ul>', "", rendered(path, "html"), flags=re.DOTALL)
    assert not re.search(r"https?:|@import|url\(", text)


def test_the_page_links_no_address_but_those_of_the_web(monkeypatch: pytest.MonkeyPatch) -> None:
    good = "https://example.org/a?b=c&d=e"
    hostile = (
        "javascript:alert(1)",
        'https://example.org/"><b onclick="x">',
    )
    monkeypatch.setattr(DuplicateModifier, "addresses", (good, *hostile))
    shown = page(OUTBOUND)
    links = {link for link in shown.links if "example.org" in link or "javascript" in link}
    assert links == {good, hostile[-1]}
    assert all(address in shown.text for address in (good, *hostile))


def test_the_page_links_every_finding() -> None:
    parsed = page(OUTBOUND)
    with annotation(OUTBOUND) as made:
        numbers = [f.number for f in made.findings]
    assert {f"f{n}" for n in numbers} <= parsed.ids.keys()
    assert {f"#f{n}" for n in numbers} <= set(parsed.links)


@pytest.mark.parametrize(
    "data",
    [
        changed("ROPIVACAINE 0.2", "<script>alert(1)</script>"),
        changed("CLM*HI-10001", 'CLM*"><script>alert(1)</script>'),
        changed("OKONMARA", "<img src=q onerror=alert(1)>"),
        changed("PWK*B3", "<script>alert(1)</script>~PWK*B3"),
        changed("ST*837*0001*", "ST*837*<script>*"),
    ],
    ids=["note", "claim number", "name", "tag", "control number"],
)
def test_markup_in_the_data_stays_text(data: bytes) -> None:
    for phi in Phi:
        parsed = page(data, phi)
        assert (parsed.tags["script"], parsed.tags["img"]) == (3, 0)
    shown = page(data, Phi.ALL)
    assert "<script>" in shown.text or "<img src=q" in shown.text


def test_markup_in_the_name_of_the_file_stays_text() -> None:
    assert page(MINIMAL, name="<script>alert(1)</script>.837").tags["script"] == 3


# the text


def test_the_text_of_a_file_is_as_it_was() -> None:
    shown = rendered(MINIMAL, "text", name="minimal.837")
    snapshot = SNAPSHOTS / "annotate-minimal.txt"
    if os.environ.get("EDI_LINT_RENEW_SNAPSHOTS"):
        snapshot.write_text(shown, "utf-8")
    assert shown == snapshot.read_text("utf-8")


def test_a_finding_stands_below_its_element_in_the_text() -> None:
    lines = rendered(OUTBOUND, "text").splitlines()
    at = next(n for n, line in enumerate(lines) if "! warning MOD005:" in line)
    assert lines[at - 2].split() == ["01-04", "Procedure", "Modifier", "2", "SC"]
    assert lines[at - 1].split() == ["=", "medically", "necessary", "service", "or", "supply"]


def test_no_line_of_the_text_ends_in_spaces() -> None:
    for path in (MINIMAL, OUTBOUND, FIXTURES / "other" / "mixed.837"):
        assert not [n for n in rendered(path, "text").splitlines() if n != n.rstrip()]


# Markdown


def test_the_markdown_shows_each_finding_with_its_fix() -> None:
    shown = rendered(OUTBOUND, "markdown")
    with annotation(OUTBOUND) as made:
        assert shown.count("\n### ") == sum(made.counts.values())
    assert "| 1 | error MOD001 | KX with a denial modifier |" in shown
    at = shown.index("warning MOD005: modifier SC appears twice on this line")
    told = shown[at : shown.index("### ", at)].splitlines()
    assert told[2] == (
        "claim `HI-26-0614`, service line 1, SV101-04 in loop 2400, segment 83 of set 0001, line 85"
    )
    assert told[4:8] == [
        "```diff", "- SV1*HC:A4306:SC:SC*415*UN*1***1:3", "+ SV1*HC:A4306:SC*415*UN*1***1:3", "```",
    ]  # fmt: skip
    assert any(line.startswith("- **Source:** ") for line in told)


def test_markup_in_the_data_stays_text_in_markdown() -> None:
    data = changed("CLM*HI-10001*385", "CLM*`</code><img src=q>`*386")
    shown = rendered(data, "markdown", Phi.ALL)
    assert "claim `'</code><img src=q>'`" in shown


# what a fix makes of a segment


def fixed(name: str, phi: Phi = Phi.IDS) -> list[ChangeView]:
    return [
        c for r in rows(FIXTURES / "faulty" / name, phi) for f in r.all_findings for c in f.changes
    ]


def test_a_change_shows_the_segment_before_and_after() -> None:
    (change,) = fixed("wrong-se01.837")
    assert change.before.startswith("SE*")
    assert change.parts[0] == "SE*"
    assert change.before != change.after


def test_what_a_fix_adds_and_removes_is_shown() -> None:
    data = changed("REF*6R*HI10001L1~\n", "")
    added = [c for r in rows(data) for f in r.all_findings for c in f.changes if not c.before]
    assert [c.after[:7] for c in added] == ["REF*6R*"]
    assert added[0].after[7:].strip("x") == ""


# templates of the user's own


def test_a_template_of_the_users_own(tmp_path: Path, cli: Cli) -> None:
    own = tmp_path / "own.txt.j2"
    own.write_text("{% for r in rows if r.tag == 'SV1' %}{{ r.text }} & {{ phi }}\n{% endfor %}")
    assert cli(MINIMAL, "--template", own) == Ran(0, "SV1*HC:A4306*385*UN*1***1:2 & ids\n", "")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("own.html.j2", "{{ file.name }}"),
        ("own.htm", "{{ file.name }}"),
        ("own.j2", "<p>{{ file.name }}"),
    ],
)
def test_a_template_that_makes_markup_escapes(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert "&lt;i&gt;" in rendered(MINIMAL, str(tmp_path / name), name="<i>")


def test_a_template_that_makes_text_does_not_escape(tmp_path: Path) -> None:
    (tmp_path / "own.j2").write_text("{{ file.name }}")
    assert rendered(MINIMAL, str(tmp_path / "own.j2"), name="<i>") == "<i>"


def test_an_output_that_is_html_is_escaped_whatever_the_template(tmp_path: Path, cli: Cli) -> None:
    own, out = tmp_path / "own.j2", tmp_path / "out.html"
    own.write_text("{% for r in rows if r.tag == 'NTE' %}{{ r.elements[1].value }}{% endfor %}")
    data = changed("ROPIVACAINE 0.2", "<script>")
    assert cli("-", "--template", own, "-o", out, "--phi", "all", stdin=data).status == 0
    assert out.read_text().startswith("&lt;script&gt;")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one\ntwo {{ file.nmae }}\n", "line 2: 'FileView' has no attribute 'nmae'"),
        ("{{ nothing }}", "line 1: 'nothing' is undefined"),
        ("{% for r in rows %}\n{{ r.naem }}\n{% endfor %}", "line 2: 'RowView' has no attribute"),
        ("a\n\n{% for %}", "line 3: "),
        ("{{ 1 + 'a' }}", "line 1: TypeError: unsupported operand"),
        ("{{ ''.__class__.__mro__ }}", "line 1: access to attribute '__class__'"),
        ("{{ rows.gi_frame }}", "line 1: access to attribute 'gi_frame'"),
        ("{{ summary.clear() }}", "line 1: "),
        ("{% include '/etc/hosts' %}", "line 1: no shipped template is called '/etc/hosts'"),
    ],
)
def test_a_broken_template_is_named_with_its_line(
    tmp_path: Path, cli: Cli, text: str, words: str
) -> None:
    own, out = tmp_path / "own.j2", tmp_path / "out.txt"
    own.write_text(text)
    ran = cli(MINIMAL, "--template", own, "-o", out)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"edi-lint: {own}, ")
    assert words in ran.err
    assert list(tmp_path.iterdir()) == [own]


def test_a_template_may_build_on_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("mine\n{% include 'text' %}")
    assert rendered(MINIMAL, str(tmp_path / "own.txt")) == "mine\n" + rendered(MINIMAL, "text")


def test_an_unknown_template_is_answered_with_the_known_ones(cli: Cli) -> None:
    ran = cli(MINIMAL, "--template", "txt")
    assert ran.status == 2
    assert (
        "no template is called 'txt': name one of html, markdown, text, or the path of a file"
        in ran.err
    )


def test_a_fault_of_our_own_is_not_laid_on_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Segment) -> list[str]:
        raise TypeError("ours")

    compiled, path = templates.load("annotate", "text")
    with annotation(MINIMAL) as made:
        monkeypatch.setattr(Segment, "values", property(broken))
        with pytest.raises(TypeError, match="ours"):
            "".join(made.render(compiled, path))


def test_the_environment_is_strict_and_sandboxed() -> None:
    env = templates.environment("annotate", autoescape=True)
    assert env.sandboxed
    assert env.undefined is jinja2.StrictUndefined


# the command


def test_findings_do_not_change_the_exit_status(cli: Cli) -> None:
    assert cli(OUTBOUND).status == 0


def test_standard_input_and_a_file_give_the_same(cli: Cli) -> None:
    from_file = cli(OUTBOUND).out.replace(str(OUTBOUND), "-")
    assert cli("-", stdin=OUTBOUND.read_bytes()).out == from_file


def test_the_template_follows_the_ending_of_the_output(tmp_path: Path, cli: Cli) -> None:
    page_, text = tmp_path / "a.html", tmp_path / "a.txt"
    assert cli(MINIMAL, "-o", page_) == Ran(0, "", "")
    assert cli(MINIMAL, "-o", text) == Ran(0, "", "")
    assert page_.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "<!DOCTYPE html>" not in text.read_text("utf-8")
    assert cli(MINIMAL, "--template", "html").out.startswith("<!DOCTYPE html>")


def test_rules_are_chosen_as_check_has_them(cli: Cli) -> None:
    assert "BAL001" in cli(OUTBOUND).out
    assert "BAL001" not in cli(OUTBOUND, "--ignore", "BAL001,MOD").out
    only = cli(OUTBOUND, "--select", "BAL", "--select", "MOD005").out
    assert "BAL001" in only
    assert "COD005" not in only
    assert "BAL001" not in cli(OUTBOUND, "--level", "1").out


@pytest.mark.parametrize("name", ["other/not-x12.txt", "absent.837", "valid"])
def test_what_cannot_be_read_is_an_error(name: str, cli: Cli, tmp_path: Path) -> None:
    path, out = FIXTURES / name, tmp_path / "out.html"
    ran = cli(path, "-o", out)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith(f"edi-lint: {path}: ")
    assert not out.exists()


def test_the_input_is_never_overwritten(tmp_path: Path, cli: Cli) -> None:
    copy = tmp_path / "a.837"
    copy.write_bytes(MINIMAL.read_bytes())
    ran = cli(copy, "-o", copy)
    assert ran.status == 2
    assert "would overwrite" in ran.err
    assert copy.read_bytes() == MINIMAL.read_bytes()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path, cli: Cli) -> None:
    ran = cli(MINIMAL, "-o", tmp_path / "no" / "a.txt")
    assert ran.status == 2
    assert "cannot write there" in ran.err
