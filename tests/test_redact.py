"""`edi-lint redact`: nothing protected is left, nothing moves, and every finding is as before."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import edi_lint
import edi_lint.transform.redact as redact_module
from conftest import (
    FIXTURES,
    ROOT,
    Cli,
    corpus_files,
    faulty_fixtures,
    linter_for,
    small_corpus_files,
    valid_fixtures,
)
from edi_lint.codes.npi import npi_fault
from edi_lint.codes.patterns import mbi_fault
from edi_lint.engine.elements import is_date
from edi_lint.rules import CATALOGUE
from edi_lint.rules.examples import Example
from edi_lint.run.drive import Linter
from edi_lint.settings import Settings
from edi_lint.transform.redact import RedactError, Redaction
from edi_lint.transform.redact.calendar import Calendar
from edi_lint.transform.redact.invent import Inventor
from edi_lint.transform.redact.reading import KnownWords
from edi_lint.x12 import NotX12Error
from edi_lint.x12.reader import pieces, runs
from mutants import KINDS, mutants

KEY = "a key that nobody guesses"
READING = KnownWords(Settings())
INVENTOR = Inventor(b"k" * 32, READING.words, READING.modifiers, "*:^~")
OUTBOUND = (ROOT / "examples" / "outbound.837").read_bytes()
SOURCES = {p.name: p.read_bytes() for p in valid_fixtures() if p.stat().st_size < 20_000}
EVERY = 7
"""Of seven kinds of mutants each file has one, and the next file the next one."""


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are made slow on purpose; what is invented under them is not what they are slow for."""
    monkeypatch.setattr(redact_module, "_ITERATIONS", 1)


@pytest.fixture
def run(commands: Callable[[str], Cli]) -> Cli:
    return commands("redact")


def redacted(data: bytes, key: str = KEY, settings: Settings | None = None) -> bytes:
    return edi_lint.redact(data, key, settings).content()


def verdicts(data: bytes, settings: Settings | None = None) -> list[tuple[object, ...]]:
    """What is found, by rule, severity and place; in what order rules speak of a byte is theirs."""
    found = []
    linter = Linter(settings) if settings else linter_for("")
    for finding in linter.check(data).json()["findings"]:
        place = finding["location"]
        where = (place.get(n, "") for n in ("byte_start", "byte_end", "segment", "element", "loop"))
        found.append((*where, finding["code"], finding["severity"]))
    return sorted(found, key=str)


def kept_verdicts(data: bytes, result: Redaction) -> bool:
    """Whether the findings are the same; the redaction must say so by itself."""
    same = verdicts(data) == verdicts(result.content())
    assert same is not bool(result.changed)
    return same


OUT_OF_PLACE = {"ENV001"}
"""Bytes outside of all segments have no places: all words among them are replaced."""


def out_of_place(data: bytes) -> bool:
    """Whether the redactor may change findings of the file; `kept_verdicts` sees that it says so."""
    return not OUT_OF_PLACE.isdisjoint(f.code for f in Linter().check(data).findings)


# what is protected: a list that knows nothing of the redactor's own tables

PROTECTED = {
    "ISA": (6, 8),
    "GS": (2, 3),
    "BHT": (3,),
    "NM1": (3, 4, 5, 7, 9),
    "PER": (2, 4, 6, 8),
    "N3": (1, 2),
    "N4": (1, 3),
    "DMG": (2,),
    "PAT": (6,),
    "SBR": (3, 4),
    "CLM": (1,),
    "REF": (2,),
    "PWK": (6,),
    "NTE": (2,),
    "K3": (1,),
    "DTP": (3,),
}
IN_OTHER_SETS = {"N1": (2, 4), "CLP": (1, 7), "TRN": (2, 3)}
KNOWN_PAYERS = frozenset({"MEDICARE", "AMERIGROUP", "ANTHEM", "UNICARE"})
"""Words by which built-in profiles know payers."""
KEPT = re.compile(r"(00|000|0000|99| )*|[1-7YN]|\d{6}X\d{3}\w*")
"""Figures that are nobody's and have no like, codes of one character in REF02, and guides."""


def values(data: bytes) -> Iterator[tuple[str, int, str]]:
    """Tag, position and text of every element, cut with the delimiters of the first ISA."""
    start = data.find(b"ISA")
    separator, terminator = data[start + 3 : start + 4], data[start + 105 : start + 106]
    for segment in data.split(terminator):
        tag, *elements = segment.strip(b"\r\n ").split(separator)
        for position, element in enumerate(elements, 1):
            yield tag.decode("latin-1"), position, element.decode("latin-1")


def survivors(data: bytes, made: bytes) -> list[str]:
    """Protected values that stand where they stood, and long words of them that stand anywhere."""
    places = PROTECTED | IN_OTHER_SETS
    left, secret, public = [], set(), set()
    for (tag, n, before), (_, _, after) in zip(values(data), values(made), strict=True):
        words = set(re.findall("[A-Za-z0-9]{5,}", before))
        if n not in places.get(tag, ()):
            public |= words
            continue
        if tag in ("NTE", "K3", "NM1", "N3"):
            words = {w for w in words if w.upper() not in READING.words | KNOWN_PAYERS}
        elif before == after and re.search("[A-Za-z0-9]", before) and not KEPT.fullmatch(before):
            left.append(f"{tag}{n:02}")
        secret |= {word for word in words if not KEPT.fullmatch(word)}
    for word in {w for w in secret - public if w.upper() not in KNOWN_PAYERS}:
        if re.search(rf"(?<![A-Za-z0-9]){word}(?![A-Za-z0-9])".encode(), made):
            left.append(f"a word of {len(word)} characters")
    return left


# whole files


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.name)
def test_a_fixture_keeps_its_findings_and_nothing_protected(path: Path) -> None:
    data = path.read_bytes()
    result = edi_lint.redact(data, KEY)
    made = result.content()
    assert len(made) == len(data)
    assert kept_verdicts(data, result)
    assert result.is_dated
    if data.startswith(b"ISA") and path.name not in ("isa-too-short.837", "swapped-n3-n4.837"):
        assert survivors(data, made) == []


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("SV1*HC:A4306:KX:GY*395", "SV1**HC:A4306:KX:GY*395", "ENV012"),
        ("***12:B:7*Y*A", "**12:B:7*Y*A", "ENV012"),
        ("~\nLX*1", "\nLX*1", "ENV013"),
        ("~\nHI*", "\nHI*", "ENV013"),
    ],
)
def test_what_is_meant_is_what_is_kept(old: str, new: str, code: str) -> None:
    text = OUTBOUND.decode()
    assert old in text
    data = text.replace(old, new, 1).encode()
    assert code in {f.code for f in Linter().check(data).findings}
    result = edi_lint.redact(data, KEY)
    assert kept_verdicts(data, result) and not result.changed
    assert len(result.content()) == len(data) and survivors(data, result.content()) == []


@pytest.mark.parametrize("name", ["outbound.837", "resubmit.837"])
def test_an_example_can_be_redacted_twice(name: str) -> None:
    data = (ROOT / "examples" / name).read_bytes()
    once = redacted(data)
    twice = edi_lint.redact(once, "another key of mine")
    assert kept_verdicts(once, twice)
    assert survivors(data, once) == survivors(once, twice.content()) == []


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
def test_every_example_of_a_rule_keeps_its_findings(rule: type, tmp_path: Path) -> None:
    profile = tmp_path / "example.yaml"
    for example in (*rule.valid, *rule.invalid):  # type: ignore[attr-defined]
        profile.write_text(example.profile_file, encoding="utf-8")
        settings = Settings(profile=str(profile) if example.profile else "")
        data = example.file()
        if not linter_for("").check(data).file.checked:
            with pytest.raises(RedactError, match="ENV011"):
                edi_lint.redact(data, KEY, settings)
            continue
        assert not edi_lint.redact(data, KEY, settings).changed or out_of_place(data)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_mutant_keeps_its_findings(name: str) -> None:
    made = mutants(name, SOURCES[name], len(KINDS), seed=23)
    for mutant in islice(made, sorted(SOURCES).index(name) % EVERY, None, EVERY):
        result = edi_lint.redact(mutant.data, KEY)
        assert len(result.content()) == len(mutant.data)
        assert kept_verdicts(mutant.data, result), f"{mutant.kind}: {mutant.detail}"


@pytest.mark.parametrize("path", small_corpus_files(), ids=lambda p: p.name)
def test_a_public_file_keeps_its_findings_and_nothing_protected(path: Path) -> None:
    data = path.read_bytes()
    try:
        result = edi_lint.redact(data, KEY)
    except RedactError:
        assert not Linter().check(data).file.checked
        return
    assert kept_verdicts(data, result) or out_of_place(data)
    if data.startswith(b"ISA") and len(data.split(data[105:106])[0]) == 105:
        assert survivors(data, result.content()) == []


def test_the_public_files_are_there_or_the_reason_is_told(corpus: list[Path]) -> None:
    assert corpus == corpus_files()


def test_where_the_first_weeks_fit_the_file_is_gone_through_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passes: list[int] = []
    made = redact_module.redacted

    def counted(*arguments: Any, **named: Any) -> Iterator[bytes]:
        passes.append(1)
        return made(*arguments, **named)

    monkeypatch.setattr(redact_module, "redacted", counted)
    assert edi_lint.redact(OUTBOUND, KEY).is_same
    assert len(passes) == 1


@pytest.mark.parametrize("path", [*valid_fixtures(), *faulty_fixtures()], ids=lambda p: p.name)
def test_a_run_of_segments_is_cut_like_single_ones(path: Path) -> None:
    data = path.read_bytes()
    try:
        single = [p for p in pieces(data) if p.delimiters is not None]
    except NotX12Error:
        return
    together = list(runs(io.BytesIO(data)))
    assert b"".join(p.data for p in together) == data
    cut = [
        raw.lstrip(p.delimiters.padding)
        for p in together
        if p.delimiters is not None
        for raw in ([p.raw] if p.raw[:3] == b"ISA" else p.raw.split(p.delimiters.terminator))
    ]
    assert cut == [p.raw for p in single]


# one value, one other


def test_one_value_is_the_same_wherever_it_stands() -> None:
    other: dict[str, str] = {}
    for (_, _, before), (_, _, after) in zip(
        values(OUTBOUND), values(redacted(OUTBOUND)), strict=True
    ):
        if before.isalpha() and len(before) > 5 and before != after:
            assert other.setdefault(before, after) == after
    assert other["BRANNOCK"] != other["VALLECAMP"]
    assert len(set(other.values())) == len(other)


def test_a_name_in_a_note_is_the_name_elsewhere() -> None:
    data = Example(
        claim=("NTE*ADD*SEEN BY DR VALLECAMP, MEMBER LKH205518840", "HI*ABK:G8918"),
        change=(("NM1*IL*1*EXAMPLE*PERSON", "NM1*IL*1*VALLECAMP*LKH205518840"),),
    ).file()
    made = {(tag, n): text for tag, n, text in values(redacted(data)) if tag in ("NTE", "NM1")}
    *_, name, _, member = made["NTE", 2].replace(",", "").split(" ")
    people = [text for tag, n, text in values(redacted(data)) if tag == "NM1" and n in (3, 4)]
    assert name in people and member in people
    assert made["NTE", 2].endswith(f"DR {name}, {made['NTE', 2].split(' ')[-2]} {member}")


def test_the_same_key_invents_the_same_and_another_key_another() -> None:
    assert redacted(OUTBOUND) == redacted(OUTBOUND)
    assert redacted(OUTBOUND) != redacted(OUTBOUND, "another key of mine")
    assert edi_lint.redact(OUTBOUND).content() != edi_lint.redact(OUTBOUND).content()


@pytest.mark.parametrize("key", ["", "short"])
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(RedactError, match=r"at least 8"):
        edi_lint.redact(OUTBOUND, key)


# words


@pytest.mark.parametrize(
    ("alphabet", "length"),
    [("0123456789", 1), ("0123456789", 3), ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1), ("abcxyz019", 3)],
)
def test_no_two_words_become_one(alphabet: str, length: int) -> None:
    words = ["".join(w) for w in product(alphabet, repeat=length)]
    assert len({INVENTOR.word(w) for w in words}) == len(words)


@given(st.text("ABCXYZabcxyz0189\xe9\xc9", min_size=1, max_size=40))
def test_a_word_keeps_its_shape_and_is_another(word: str) -> None:
    def shape(text: str) -> str:
        text = re.sub("[A-Z]", "A", re.sub("[a-z]", "a", re.sub("[0-9]", "9", text)))
        return re.sub("[\xdf-\xff]", "\xe9", re.sub("[\xc0-\xde]", "\xc9", text))

    made = INVENTOR.word(word)
    assert shape(made) == shape(word)
    assert made != word or KEPT.fullmatch(word)


@given(st.text("0123456789", min_size=10, max_size=10))
def test_an_npi_is_as_good_as_it_was(number: str) -> None:
    before, after = (npi_fault(n) or "" for n in (number, INVENTOR.word(number)))
    assert re.sub(r"\d", "", before) == re.sub(r"\d", "", after)
    assert INVENTOR.word(number) != number


@given(
    st.from_regex(
        "[1-9][ACDEFGHJKMNPQRTUVWXYS][AC-HJ0-9][0-9][A-Z][A-Z0-9][0-9][A-Z]{2}[0-9]{2}",
        fullmatch=True,
    )
)
def test_a_medicare_number_is_as_good_as_it_was(number: str) -> None:
    assert (mbi_fault(INVENTOR.word(number)) is None) == (mbi_fault(number) is None)


def test_bytes_of_utf_8_stay_utf_8() -> None:
    word = "JOSÉ-ÑANDÚ".encode().decode("latin-1")
    made = INVENTOR.all_of(word)
    assert made.encode("latin-1").decode("utf-8") != "JOSÉ-ÑANDÚ"
    assert len(made) == len(word)


def test_no_word_holds_a_delimiter() -> None:
    inventor = Inventor(b"k" * 32, delimiters="*XA~")
    made = {inventor.all_of(word) for word in ("BXB", "XAX", "B0B0", "bxab")}
    assert all(
        [c in "XAxa" for c in m] == [c in "XAxa" for c in w]
        for m, w in zip(
            map(inventor.all_of, ("BXB", "XAX", "B0B0", "bxab")),
            ("BXB", "XAX", "B0B0", "bxab"),
            strict=True,
        )
    )
    assert len(made) == 4


# dates


@given(st.dates(date(1850, 1, 1), date(2100, 1, 1)), st.dates(date(1850, 1, 1), date(2100, 1, 1)))
def test_dates_move_together(first: date, second: date) -> None:
    calendar = Calendar(INVENTOR, -63, -63)
    moved = calendar.element(f"{first:%Y%m%d}-{second:%Y%m%d}", False, False)
    assert moved == f"{first - timedelta(63):%Y%m%d}-{second - timedelta(63):%Y%m%d}"


@given(st.text("0123456789", min_size=1, max_size=14))
def test_a_date_exists_if_it_did(figures: str) -> None:
    for days in (-63, 42):
        made = Calendar(INVENTOR, days, days).element(figures, False, False)
        assert is_date(made) == is_date(figures)
        assert len(made) == len(figures)


@pytest.mark.parametrize(
    ("value", "moved"),
    [("2026-01-15", "2026-01-08"), ("202601151230", "202601081230"), ("260101", "251225"),
     ("20260115-", "20260108-"), ("00010101", "00010101"), ("1230", "1230")],
)  # fmt: skip
def test_a_date_keeps_its_form(value: str, moved: str) -> None:
    assert Calendar(INVENTOR, -7, -7).element(value, value == "1230", False) == moved


def test_dates_that_no_shift_keeps_stay_and_births_move(run: Cli, tmp_path: Path) -> None:
    """ICD-10-CM replaced ICD-9-CM on the day between the two claims."""
    data = Example(
        line=("SV1*HC:E0781*120*UN*1***1", "DTP*472*D8*20151001"),
        more=(
            *("CLM*EX-2*90***12:B:1*Y*A*Y*Y", "HI*BK:7194", "LX*1"),
            *("SV1*HC:E0781*90*UN*1***1", "DTP*472*D8*20150930"),
        ),
    ).file()
    source = tmp_path / "in.837"
    source.write_bytes(data)
    ran = run(source, "--key", KEY)
    before, after = (dict_of(values(d)) for d in (data, ran.out.encode()))
    assert before["DTP", 3] == after["DTP", 3]
    assert before["DMG", 2] != after["DMG", 2]
    assert ran.status == 1
    assert ran.err.endswith("dates stay as they were, births apart: no shift keeps the findings\n")
    assert verdicts(data) == verdicts(ran.out.encode())


def dict_of(found: Iterator[tuple[str, int, str]]) -> dict[tuple[str, int], list[str]]:
    """Texts by tag and position."""
    places: dict[tuple[str, int], list[str]] = {}
    for tag, position, text in found:
        places.setdefault((tag, position), []).append(text)
    return places


# words that are read


@pytest.mark.parametrize(
    ("note", "kept"),
    [
        ("ROPIVACAINE 0.2% 5ML/HR 3 DAYS PER ORDER, JOE FAILED", r"ROPIVACAINE 0\.2% 5ML/HR 3 DAYS PER ORDER, \w{3} FAILED"),
        ("5-FU 72HRS FOR JONES", r"5-FU 72HRS \w{3} \w{5}"),
        ("RATE LESS THAN 50 ML PER HOUR", "RATE LESS THAN 50 ML PER HOUR"),
        ("CALL JOE 555.555.0100", r"\w{4} \w{3} [2-9]\d\d\.[2-9]\d\d\.\d{4}"),
        ("PHONE 1-555-555-0100", r"PHONE 1-[2-9]\d\d-[2-9]\d\d-\d{4}"),
        ("SSN 123-45-6789 DOB 1/1/1960", r"SSN \d{3}-\d\d-\d{4} DOB \d/\d/\d{4}"),
        ("JOHN JONES MODIFIERS RA GK", r"\w{4} \w{5} MODIFIERS RA GK"),
        ("SEEN 01/15/2026 AT HOME", r"\w{4} 01/08/2026 AT \w{4}"),
    ],
)  # fmt: skip
def test_a_note_keeps_what_rules_read(note: str, kept: str) -> None:
    made = READING.text(note, INVENTOR, Calendar(INVENTOR, -7, -7))
    assert re.fullmatch(kept, made)
    names = {"JOE", "JONES", "JOHN", "555.555.0100", "555-555-0100", "123-45-6789", "1/1/1960"}
    assert not any(name in made for name in names)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("MEDICARE DME REGION B", r"\w{8} DME \w{6} \w"), ("LAKESHORE MUTUAL", r"\w{9} \w{6}"),
     ("Anthemcare of Ohio", r"Anthem\w{4} \w\w \w{4}")],
)  # fmt: skip
def test_a_payers_name_keeps_what_its_profile_asks_for(name: str, kept: str) -> None:
    made = READING.payer(name, INVENTOR)
    assert re.fullmatch(kept, made)
    assert "LAKESHORE" not in made


@pytest.mark.parametrize("street", ["PO BOX 12", "P.O. Box 1234", "SUITE 2 LOCKBOX 12"])
def test_a_box_stays_a_box(street: str) -> None:
    made = READING.street(street, INVENTOR)
    assert re.search("(PO|P.O.) ?BOX|LOCKBOX", made, re.IGNORECASE)
    assert made != street


# what is not understood


@pytest.mark.parametrize(
    "odd",
    [
        "ZZZ*SMITHSON*123456789*1971-06-25",
        "SMITHSON*JONATHAN",
        "NM1*IL*SMITHSON*JONATHAN*1*2*3*4*5*6*7*8*9*SMITHSON",
        "SV1*HC:SMITHSON:JONATHAN*SMITHSON*123456789*6145550142",
        "HI*SMITHSON:JONATHAN:123456789",
        "CLP*SMITHSON*1*2*3**12*123456789",
        "DTP*472*SMITHSON*JONATHAN",
        "SBR*SMITHSON*JONATHAN******123456789",
        "REF*SMITHSON*123456789*JONATHAN*SMITHSON:JONATHAN",
    ],
)
def test_a_name_in_the_wrong_place_is_replaced(odd: str) -> None:
    data = Example(claim=(odd, "HI*ABK:G8918")).file()
    result = edi_lint.redact(data, KEY)
    for secret in (b"SMITHSON", b"JONATHAN", b"123456789", b"6145550142", b"1971-06-25"):
        assert secret not in result.content()
    assert kept_verdicts(data, result)


def test_what_stands_outside_of_interchanges_is_replaced() -> None:
    data = b"BATCH FOR SMITHSON 123456789\n" + OUTBOUND + b"END SMITHSON\n"
    result = edi_lint.redact(data, KEY)
    assert b"SMITHSON" not in result.content() and b"123456789" not in result.content()
    assert kept_verdicts(data, result)


def test_a_set_that_is_no_837p_keeps_its_tags_alone() -> None:
    data = (FIXTURES / "other" / "mixed.837").read_bytes()
    made = redacted(data)
    assert survivors(data, made) == []
    assert [t for t, n, _ in values(made) if n == 1] == [t for t, n, _ in values(data) if n == 1]


@pytest.mark.parametrize("width", [80, 33])
def test_line_breaks_inside_segments_stay(width: int) -> None:
    bare = OUTBOUND.replace(b"\n", b"")
    wrapped = b"\r\n".join(bare[n : n + width] for n in range(0, len(bare), width))
    result = edi_lint.redact(wrapped, KEY)
    made = result.content()
    assert [n for n, c in enumerate(made) if c in b"\r\n"] == [
        n for n, c in enumerate(wrapped) if c in b"\r\n"
    ]
    if result.is_dated:
        assert made.replace(b"\r\n", b"") == redacted(bare)


@hypothesis_settings(deadline=None, max_examples=40)
@given(st.integers(0, len(OUTBOUND) - 1), st.binary(max_size=12), st.integers(0, 12))
def test_damage_keeps_its_findings(at: int, put: bytes, cut: int) -> None:
    data = OUTBOUND[:at] + put + OUTBOUND[at + cut :]
    try:
        result = edi_lint.redact(data, KEY)
    except RedactError:
        assert not Linter().check(data).file.checked
        return
    assert len(result.content()) == len(data)
    kept_verdicts(data, result)


# the command


def test_the_command_writes_the_file_and_leaves_the_input(run: Cli, tmp_path: Path) -> None:
    source, target = tmp_path / "in.837", tmp_path / "out.837"
    source.write_bytes(OUTBOUND)
    ran = run(source, "-o", target, "--key", KEY)
    assert (ran.status, ran.out) == (0, "")
    assert ran.err == "edi-lint: redacted; findings are those of the original\n"
    assert source.read_bytes() == OUTBOUND
    assert target.read_bytes() == redacted(OUTBOUND)


def test_standard_input_and_a_key_of_the_environment(
    run: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDI_LINT_KEY", KEY)
    ran = run("-", stdin=OUTBOUND)
    assert ran.status == 0
    assert ran.out.encode() == redacted(OUTBOUND)


def test_the_input_is_never_the_output(run: Cli, tmp_path: Path) -> None:
    source = tmp_path / "in.837"
    source.write_bytes(OUTBOUND)
    ran = run(source, "-o", source)
    assert ran.status == 2
    assert "is the input" in ran.err
    assert source.read_bytes() == OUTBOUND


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "empty"), (b"hello", "no ISA"), (None, "cannot read")]
)
def test_what_cannot_be_read_is_told(
    run: Cli, tmp_path: Path, content: bytes | None, told: str
) -> None:
    source, target = tmp_path / "in.837", tmp_path / "out.837"
    if content is not None:
        source.write_bytes(content)
    ran = run(source, "-o", target)
    assert ran.status == 2
    assert told in ran.err
    assert not target.exists()


def test_a_finding_that_could_not_be_kept_is_told_by_its_place(
    run: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Inventor, "_ten_digits", lambda self, word: "1" * 10)
    source = tmp_path / "in.837"
    source.write_bytes(OUTBOUND)
    ran = run(source, "--key", KEY)
    assert ran.status == 1
    assert "findings that differ: " in ran.err
    assert re.search(
        r"\n  [A-Z]{3}\d{3} (error|warning|info) (came|is gone): line \d+, column \d+, ", ran.err
    )
    assert "MEDICARE" not in ran.err and "HALVORSTEN" not in ran.err
