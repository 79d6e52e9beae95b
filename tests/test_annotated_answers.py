"""`edi-lint annotate` and `check` of a receiver's answer: explained in words, nothing protected."""

from __future__ import annotations

import html
import io
import random
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import edi_lint
from conftest import Cli
from edi_lint.transform import templates
from edi_lint.transform.annotate import Annotation
from test_responses import ACK, CLAIMS, ISA, TA1

IEA = "IEA*1*000000021~"
PROTECTED = ("DOE", "JANE", "ROE", "RICHARD", "MEMBER77", "MEMBER78", "PCN1", "2026061*")
OLD = (
    "GS*FA*PAYER*SENDER*20260615*0915*1*X*004010~ST*997*0001~AK1*HC*17~AK2*837*0001~"
    "AK3*NM1*9*2010*8~AK4*9*67*7*MEMBER77~AK5*R*5~AK9*R*1*1*0~SE*8*0001~GE*1*1~"
)
PATIENT = CLAIMS[CLAIMS.index("HL*5*3*PT") : CLAIMS.index("SE*38")]
LONG = CLAIMS.replace(PATIENT, PATIENT * 400)


@pytest.fixture
def annotate(
    commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Cli:
    monkeypatch.chdir(tmp_path)
    return commands("annotate")


def words(text: str) -> str:
    """The text without line breaks and markup."""
    return " ".join(html.unescape(re.sub("<[^>]*>", "", text)).split())


@pytest.mark.parametrize("name", ["a.txt", "a.html"])
def test_an_answer_is_explained_in_words(annotate: Cli, tmp_path: Path, name: str) -> None:
    (tmp_path / "answer").write_text(ISA + TA1 + ACK + CLAIMS + IEA)
    ran = annotate("answer", "-o", name)
    assert ran.status == 0, ran.err
    text = words((tmp_path / name).read_text())
    for said in (
        "Claim Status Tracking Number",
        "HI-26-0614",
        "The NPI of the entity is malformed",
        "Correct it and send it again as new",
        "Interchange Note Code",
        "Segment Position in Transaction Set",
        "SITUATIONAL TRIGGER",
        "edi-lint trace answer --sent PATHS",
    ):
        assert said in text, said
    assert name != "a.txt" or "no place in the guide" not in text
    assert "kipped, because not an 837P" not in text


def test_a_long_answer_has_its_words_in_the_page(annotate: Cli, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(ISA + LONG + IEA)
    assert annotate("answer", "-o", "a.html").status == 0
    page = (tmp_path / "a.html").read_text()
    assert "The NPI of the entity is malformed" in page
    assert "rejected because a value is invalid" in page


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.md"])
@pytest.mark.parametrize("data", [ACK, CLAIMS, LONG, OLD], ids=["999", "277CA", "long", "997"])
def test_an_answer_shows_nothing_protected(
    annotate: Cli, tmp_path: Path, data: str, name: str
) -> None:
    (tmp_path / "answer").write_text(ISA + data + IEA)
    assert annotate("answer", "-o", name).status == 0
    shown = (tmp_path / name).read_text()
    assert not [value for value in PROTECTED if value in shown]
    assert annotate("answer", "-o", name, "--phi", "none").status == 0
    assert "HI-26-06" not in (tmp_path / name).read_text()


def test_a_segment_of_a_997_is_named_as_in_a_999(annotate: Cli, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(ISA + OLD + IEA)
    text = words(annotate("answer").out)
    assert "AK4 Implementation Data Element Note" in text
    assert "no place in the guide" not in text
    assert "The value is none of the codes that are valid there." in text


def test_what_has_no_place_in_an_answer_shows_its_tag(annotate: Cli, tmp_path: Path) -> None:
    (tmp_path / "answer").write_text(ISA + CLAIMS.replace("REF*1K*PCN1~", "N3*1 ELM ST~") + IEA)
    text = annotate("answer").out
    assert "N3  (no place in the guide)" in text
    assert "ELM" not in text


def test_an_answer_of_another_guide_is_not_explained(annotate: Cli, tmp_path: Path) -> None:
    data = CLAIMS.replace("005010X214", "005010X212")
    (tmp_path / "answer").write_text(ISA + data + IEA)
    ran = annotate("answer")
    assert ran.status == 2
    assert "no 837P could be checked" in ran.err
    assert "edi-lint trace" not in ran.out


@pytest.mark.parametrize("data", [TA1, ACK, CLAIMS, OLD], ids=["TA1", "999", "277CA", "997"])
def test_check_names_the_command_that_reads_an_answer(
    data: str, commands: Callable[[str], Cli], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "an answer").write_text(ISA + data + IEA)
    ran = commands("check")("an answer")
    assert ran.status == 2
    assert "edi-lint trace 'an answer' --sent PATHS" in words(ran.out)


def test_damaged_answers_are_explained_without_what_is_protected() -> None:
    """Cut, with bytes changed, and with segments out of their places."""
    chance = random.Random(18)
    whole = ISA + TA1 + ACK + CLAIMS + IEA
    compiled, path = templates.load("annotate", "text")
    for _ in range(60):
        data = list(whole[: chance.randrange(len(ISA), len(whole))])
        for _ in range(chance.randrange(6)):
            data[chance.randrange(len(ISA), len(data))] = chance.choice("~*:^A9\x00")
        segments = "".join(data).split("~")
        some = segments[1:]
        chance.shuffle(some)
        moved = "~".join([segments[0], *(some if chance.random() < 0.3 else segments[1:])])
        stream = io.BytesIO(moved.encode("latin-1"))
        with Annotation(stream, "a", edi_lint.Settings(as_of=date(2026, 7, 1))) as annotation:
            shown = "".join(annotation.render(compiled, path))
        assert not [value for value in PROTECTED[:-1] if value in shown]


def test_every_answer_of_the_corpus_is_explained_or_refused(
    annotate: Cli, corpus: list[Path]
) -> None:
    explained = 0
    for path in corpus:
        if path.parent.name in ("999", "277ca", "ta1"):
            ran = annotate(str(path))
            assert ran.status == 0 or path.name in ran.err, path
            assert "internal error" not in ran.err
            explained += ran.status == 0
    assert explained >= 20
