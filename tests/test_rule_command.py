"""`edi-lint rule --response` and `--pack`: from an answer to rules, and a code's page for billers."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from conftest import ROOT, Cli
from edi_lint.cli.output import Failure
from edi_lint.cli.rule import PageFormat
from edi_lint.cli.rule import rule as command
from edi_lint.files import resources
from edi_lint.packs import packs
from edi_lint.reporters.answer_page import answer_page, markdown_pages
from edi_lint.reporters.document import as_markdown, as_text
from edi_lint.reporters.pack_page import pack_page
from edi_lint.rules import CATALOGUE, answers
from edi_lint.rules.answers import Answer, AnswerError, Kind, book, read, read_answers
from edi_lint.run.drive import Linter

(A4306,) = packs()
ANSWERS = Path(answers.__file__).with_suffix(".yaml")


def asked(*texts: str) -> answers.AnswerReading:
    return read([a for text in texts for a in read_answers(text)], CATALOGUE)


def codes(*texts: str) -> list[str]:
    return [lead.rule.code for lead in asked(*texts).leads]


def page(*texts: str) -> str:
    return as_text(answer_page(asked(*texts)))


# what an answer looks like


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("A7:453", Answer(Kind.STC, "A7:453")),
        ("A7/453", Answer(Kind.STC, "A7:453")),
        ("a7 453", Answer(Kind.STC, "A7:453")),
        ("STC*A7:453:85", Answer(Kind.STC, "A7:453", entity="85")),
        ("A7:164:IL", Answer(Kind.STC, "A7:164", entity="IL")),
        ("A7:021", Answer(Kind.STC, "A7:21")),
        ("status 453", Answer(Kind.STATUS, "453")),
        ("453", Answer(Kind.NUMBER, "453")),
        ("IK304=3", Answer(Kind.IK304, "3")),
        ("ik304 I6", Answer(Kind.IK304, "I6")),
        ("IK403=I10", Answer(Kind.IK403, "I10")),
        ("IK502=4", Answer(Kind.IK502, "4")),
        ("AK905:19", Answer(Kind.AK905, "19")),
        ("TA105=024", Answer(Kind.TA105, "024")),
        ("TA1 024", Answer(Kind.TA105, "024")),
        ("024", Answer(Kind.TA105, "024")),
        ("CARC 4", Answer(Kind.CARC, "4")),
        ("CARC4", Answer(Kind.CARC, "4")),
        ("carc=B7", Answer(Kind.CARC, "B7")),
        ("CO-4", Answer(Kind.CARC, "4", group="CO")),
        ("CO 16", Answer(Kind.CARC, "16", group="CO")),
        ("pr50", Answer(Kind.CARC, "50", group="PR")),
        ("RARC N519", Answer(Kind.RARC, "N519")),
        ("N519", Answer(Kind.RARC, "N519")),
        (" ma130 ", Answer(Kind.RARC, "MA130")),
        ("M51", Answer(Kind.RARC, "M51")),
    ],
)
def test_an_answer_is_read_as_people_write_it(text: str, answer: Answer) -> None:
    assert read_answers(text) == (answer,)


def test_answers_that_were_sent_together_may_be_given_together() -> None:
    assert read_answers("CO-16+MA130, N264") == (
        Answer(Kind.CARC, "16", group="CO"),
        Answer(Kind.RARC, "MA130"),
        Answer(Kind.RARC, "N264"),
    )
    assert read_answers("109+N104")[0] == Answer(Kind.CARC, "109")
    assert read_answers(" + ".join(["A8:562:85", "A8:128:85"]))[1].status == "128"


@pytest.mark.parametrize(
    "text", ["", "denied", "A7", "IK304", "IK501=Q", "TA1", "CARC", "1234", "+"]
)
def test_what_is_no_answer_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(AnswerError, match=re.escape(answers.FORMS)):
        read_answers(text)
    with pytest.raises(Failure, match="is not an answer of a receiver"):
        command(response=[text])


def test_a_category_alone_is_refused_with_what_it_lacks() -> None:
    with pytest.raises(AnswerError, match=r"A7 alone .* write A7:STATUS or CARC A7"):
        read_answers("A7")


@pytest.mark.parametrize("form", re.split(r"[;,] | or ", re.sub(r" \(\w+\)", "", answers.FORMS)))
def test_every_form_that_a_message_names_is_read(form: str) -> None:
    assert read_answers(form)


# from answers to rules


def test_the_answer_in_a_finding_leads_back_to_its_rule() -> None:
    linter = Linter()
    seen = set()
    for rule in CATALOGUE:
        for example in rule.invalid:
            for finding in linter.check(example.file()).findings:
                for answer in answers._answers(finding.response):
                    seen.add((finding.code, answer))
    assert len({code for code, _ in seen}) > 15
    lost = [
        (code, a.label)
        for code, a in seen
        if code not in [x.rule.code for x in read([a], CATALOGUE).leads]
    ]
    assert lost == []


def test_every_example_form_of_the_first_step_of_debugging_has_rules() -> None:
    assert {"MOD005", "STR012"} <= set(codes("A7:453"))
    assert codes("IK304=3") == ["STR001"]
    assert {"MOD001", "MOD002", "MOD003", "MOD004"} <= set(codes("CARC 4"))
    assert "MOD001" in codes("N519")
    assert codes("TA105=025") == ["ENV010", "ENV002"]
    assert codes("IK502=4") == ["ENV005"]
    assert codes("AK905=4") == ["ENV003"]


def test_the_rule_that_answers_with_little_else_comes_first() -> None:
    assert codes("AK905=2")[0] == "ENV006"
    assert codes("IK403=7")[-1] == "STR002"
    assert codes("TA105=012") == ["ENV001"]


def test_of_several_answers_the_rule_that_leads_to_most_comes_first() -> None:
    both = asked("IK304=8", "IK403=I10")
    assert both.leads[0].rule.code == "STR003"
    assert set(both.leads[0].reasons) == set(both.asked)
    assert codes("A7:562", "A7:453") == codes("A7:453", "A7:562")


def test_the_same_status_under_another_category_leads_there_too() -> None:
    leads = {lead.rule.code: [*lead.reasons.values()] for lead in asked("A8:562:85").leads}
    assert leads["COD005"] == ["its findings name the status under A7"]
    assert "(loop 2010AA)" in page("A8:562:85")


def test_a_number_alone_is_a_status_or_a_carc() -> None:
    assert set(codes("453")) == set(codes("status 453"))
    assert set(codes("50")) >= set(codes("CARC 50"))
    assert "Write status 50 or CARC 50" in page("50")


def test_reasons_say_which_fault_is_meant() -> None:
    assert "Why: its findings name it for: segment missing, loop missing." in page("IK304=3")


@pytest.mark.parametrize("answer", ["IK304=3", "IK403=13", "TA105=025"])
def test_an_answer_alone_is_the_heading_and_no_other(answer: str) -> None:
    lines = page(answer).splitlines()
    assert lines.count(lines[0]) == 1
    assert "What it says:" in page(answer)


# what is known beyond the rules


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A3:247", "Look at the STC of the service lines"),
        ("CARC 18", "Stop. Change a paid or denied claim by replacement"),
        ("29+N211", "cannot be appealed"),
        ("109+N104", "Another Medicare contractor is responsible"),
        ("CARC 197", "put its number into REF*G1"),
        ("MA130", "send a new claim, frequency 1, without REF*F8"),
        ("A6:21", "send it again as new, frequency 1, without REF*F8"),
        ("A7:698", "Take loop 2440 out"),
        ("PR-96", "the patient bears it"),
    ],
)
def test_an_answer_says_what_to_do_whether_a_rule_leads_there_or_not(text: str, said: str) -> None:
    assert said in " ".join(page(text).split())


def test_without_its_remark_an_answer_shows_what_the_remarks_would_say() -> None:
    alone, together = page("CARC 16"), page("CARC 16", "N264")
    assert "If N264, N575, N265 or N276 stands beside CARC 16\n" in alone
    assert "CARC 16 with N264, N575, N265 or N276\n" in together
    assert "If " not in together


def test_an_answer_without_a_rule_says_so() -> None:
    assert "No single rule looks for this; what to do is above." in page("A3:247")
    assert "Nothing is known of this here" in page("CARC 999")


def schema() -> Any:
    return json.loads(resources.schema("answers.schema.json"))


def test_what_is_known_of_answers_has_the_shape_of_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    data = yaml.safe_load(ANSWERS.read_text("utf-8"))
    jsonschema.Draft202012Validator(schema()).validate(data)


def test_what_is_known_of_answers_names_rules_that_are_there() -> None:
    named = {code for entry in book().entries for code in entry.rules}
    assert named <= {rule.code for rule in CATALOGUE}


def test_nothing_is_said_twice_of_one_answer() -> None:
    said = [(e.answer, e.beside) for e in book().entries]
    assert len(set(said)) == len(said)


SEEN = (
    "TA105=000 TA105=001 TA105=016 TA105=024 IK304=1 IK304=3 IK304=8 IK403=1 IK403=6 IK403=7 "
    "IK502=3 IK502=5 A1:19 A1:20 A2:20 A2:19 A7:21 A7:562 R4:294 CARC-1 CARC-2 CARC-3 CARC-16 "
    "CARC-23 CARC-27 CARC-29 CARC-32 CARC-42 CARC-45 CARC-94 CARC-96 CARC-101 CARC-251 CARC-A2 "
    "CARC-A7 MA02 N4 N14 N30 N142 N206"
)
"""The codes of the public samples, without those that no code list has."""
EVERYDAY = (
    "TA105=022 TA105=025 IK502=5 IK502=I5 IK304=6 IK304=I7 A3:33 A3:97 A3:116 A7:26 A7:500 A7:249 "
    "A7:488 A7:510 A7:286 A3:448 A6:454 A7:718 A7:127 A7:128 A6:173 A7:480 A7:481 A8:505 A8:562 "
    "A2:20 A3:23 A3:247 CO-22 CO-11 CO-167 CO-45 CO-29 CO-18 CO-50 CO-96 CO-204 PR-1 PR-2 PR-3 "
    "OA-23 N290 M76 MA114 MA130 N382"
)
"""Those that clearinghouses and payers send most, and that our notes name."""
SENT = sorted({a.label for r in CATALOGUE for sent in answers.sent_by(r) for a in sent.answers})


@pytest.mark.parametrize("text", sorted({*SEEN.split(), *EVERYDAY.split(), *SENT}))
def test_every_answer_that_is_sent_has_words(text: str) -> None:
    (answer,) = read_answers(text)
    entries = [e for e in read([answer], ()).entries if not e.beside]
    assert entries, f"{text}: a line in answer_codes.txt says what it means"
    assert all(e.means and e.do for e in entries)
    assert not answer.category or answer.category in book().categories


@pytest.mark.parametrize("line", answers._code_lines())
def test_every_line_of_the_codes_says_who_acts_and_what_a_file_shows(line: str) -> None:
    answer, who, shows, *words = answers._fields(line)
    assert who in ("biller", "payer", "eligibility", "enrollment", "nobody")
    assert shows in ("yes", "in part", "no")
    assert all(word.endswith(".") for word in words)
    assert len(words) in (0, 2)
    assert any(e.answer == answer and not e.beside for e in book().entries), "no words"


def test_every_answer_with_words_has_a_heading_in_the_docs() -> None:
    pages = markdown_pages(CATALOGUE)
    headings = [
        line[3:] for text in pages.values() for line in text.splitlines() if line[:3] == "## "
    ]
    assert sorted({e.answer.label for e in book().entries} | {"Categories"}) == sorted(headings)
    assert "[MOD005 duplicate-modifier](../rules/MOD005.md)" in pages["277ca.md"]
    assert "### CARC 16 with N264" in pages["835.md"]


def test_a_997_is_read_as_a_999() -> None:
    for text in ("K304=8", "K403=7", "K502=5"):
        assert read_answers(f"A{text}") == read_answers(f"I{text}")


def test_an_answer_says_who_acts() -> None:
    shown = page("A3:33")
    assert "Who acts:      eligibility\n" in shown
    assert "File shows it: no\n" in shown


# a code's page


def test_a_packs_page_says_all_that_the_pack_does() -> None:
    text = " ".join(as_text(pack_page(A4306), 1000).split())
    wanted = [
        *A4306.descriptors.values(),
        *A4306.neighbours,
        *A4306.pointless_modifiers,
        *A4306.sources,
    ]
    wanted += [*A4306.modifier_meanings.values(), *A4306.report_type_names.values()]
    for statements in (A4306.descriptor_notes, A4306.documentation_advice, A4306.diagnosis_hints):
        wanted += [part for statement in statements for part in statement]
    wanted += [part for error in A4306.common_errors for part in error]
    wanted += [n.meaning for n in A4306.neighbours.values()]
    assert [w for w in wanted if " ".join(w.split()) not in text] == []
    assert "KX not with GA, GY or GZ (MOD001)" in text


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_packs_page_keeps_to_its_width(width: int) -> None:
    lines = as_text(pack_page(A4306), width).splitlines()
    long = [line for line in lines if len(line) > width]
    assert [line for line in long if not line.strip().startswith("http")] == []


@pytest.mark.parametrize("given", ["a4306", "A4306", " a4306 "])
def test_a_pack_is_found_by_name_or_code(
    given: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    command(pack=given)
    assert capfdbinary.readouterr().out == as_text(pack_page(A4306)).encode()


def test_a_packs_page_comes_in_markdown_too(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    command(pack="a4306", format_=PageFormat.MARKDOWN)
    out = capfdbinary.readouterr().out.decode()
    assert out == as_markdown(pack_page(A4306))
    assert out.startswith("# A4306: Disposable drug delivery system")
    assert "\n- **A4305**: disposable drug delivery system, 50 ml per hour or more  \n" in out


@pytest.mark.parametrize("given", ["a4360", "zzz", ""])
def test_an_unknown_pack_is_refused_with_those_there_are(given: str) -> None:
    with pytest.raises(Failure, match=f"no rule pack is called '{given}': there are a4306"):
        command(pack=given)


@pytest.mark.parametrize(
    "given",
    [
        {"words": ["MOD005"], "pack": "a4306"},
        {"words": ["MOD005"], "response": ["A7:453"]},
        {"pack": "a4306", "response": ["A7:453"]},
    ],
)
def test_one_thing_is_asked_at_a_time(given: dict[str, Any]) -> None:
    with pytest.raises(Failure, match="give one of CODE, --response, --pack and --test"):
        command(**given)


def test_several_answers_come_as_one_page(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    command(response=["CO-16", "MA130"])
    assert capfdbinary.readouterr().out.startswith(b"CO 16 + MA130\n\nCO 16  835, CARC\n")
    command(response=["IK304=3"], format_=PageFormat.MARKDOWN)
    assert b"\n- **STR001**: required-missing: " in capfdbinary.readouterr().out


@pytest.mark.parametrize(
    ("words", "found", "others"),
    [
        (["kx"], {"MOD001"}, {"BAL001"}),
        (["KX", "medicare"], {"MOD011"}, {"MOD005", "BAL001"}),
        (["attachment control"], {"SIT004"}, {"MOD001"}),
        (["bal"], {"BAL001"}, {"MOD001"}),
        (["modifiers"], {"MOD005", "STR012"}, {"BAL001"}),
    ],
)
def test_words_search_the_rules(
    commands: Callable[[str], Cli], words: list[str], found: set[str], others: set[str]
) -> None:
    for name in ("rule", "explain"):
        ran = commands(name)(*words)
        listed = {line.split()[0] for line in ran.out.splitlines() if line[:1].isalpha()}
        assert ran.status == 0 and found <= listed and not others & listed


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("A7:562", "to look it up: edi-lint rule --response A7:562"),
        ("MOD0O1", "the nearest is MOD001"),
        ("mod-order", "the nearest is MOD007 (modifier-order)"),
        ("qqqqq", "edi-lint rule lists all of them"),
        ("", "edi-lint rule lists all of them"),
    ],
)
def test_what_is_not_found_has_a_remedy(
    commands: Callable[[str], Cli], asked: str, said: str
) -> None:
    ran = commands("rule")(asked)
    assert (ran.status, said in ran.err) == (2, True)


def test_every_schema_is_printed_and_listed(commands: Callable[[str], Cli], tmp_path: Path) -> None:
    from edi_lint.cli.schema import SCHEMAS

    shipped = {path.name.partition(".")[0] for path in (ROOT / "schemas").glob("*.schema.json")}
    assert set(SCHEMAS) == shipped
    listed = commands("schema")().out
    for name in SCHEMAS:
        assert f"{name} " in listed
        text = (ROOT / "schemas" / f"{name}.schema.json").read_text("utf-8")
        assert commands("schema")(name).out == text
        assert commands("schema")(f"{name}.schema.json").out == text
    ran = commands("schema")("finding")
    assert (ran.status, "did you mean findings?" in ran.err) == (2, True)


def test_a_shipped_template_is_shown_to_begin_from(
    commands: Callable[[str], Cli], tmp_path: Path
) -> None:
    from edi_lint.transform.templates import names

    for name in names("rewrite"):
        own = tmp_path / f"{name}.x12.j2"
        assert commands("rewrite")("--show", name, "-o", own).status == 0
        assert own.read_bytes() == (ROOT / "templates" / "rewrite" / own.name).read_bytes()
    ran = commands("rewrite")("--show", "startr")
    assert (ran.status, "did you mean starter?" in ran.err) == (2, True)
