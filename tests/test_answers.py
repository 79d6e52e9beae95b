"""Every code of a receiver's answer in the public corpus has words, an actor and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import CORPUS
from edi_lint.rules.answers import AnswerError, read, read_answers

INVENTED = {
    *("ETEST-ETEST", "ITEST-ITEST", "IK501=Q", "OA-9999", "PR-909099", "TA104=Z", "ZZZZ"),
    *("TA105=999", "code1", "code2", "grp_code-reason_code"),
}
"""What some samples have in the place of a code, and no list has."""
FOLDERS = ("999", "ta1", "277ca", "835")


def segments(path: Path) -> Iterator[list[str]]:
    text = path.read_bytes().decode("latin-1")
    start = text.find("ISA")
    if start < 0 or len(text) < start + 106:
        return
    element, end = text[start + 3], text[start + 105]
    for segment in text[start:].split(end):
        yield segment.strip().split(element)


def answers(path: Path) -> Iterator[str]:
    """The codes of a file, as `rule --response` takes them."""
    for tag, *values in segments(path):
        values += [""] * 22
        if tag == "TA1":
            yield from (f"TA104={values[3]}", f"TA105={values[4]}")
        elif tag in ("AK9",):
            yield from (f"AK901={values[0]}", *(f"AK905={v}" for v in values[4:9] if v))
        elif tag in ("IK5", "AK5"):
            yield from (f"IK501={values[0]}", *(f"IK502={v}" for v in values[1:6] if v))
        elif tag in ("IK3", "AK3"):
            yield from (f"IK304={v}" for v in values[3:4] if v)
        elif tag in ("IK4", "AK4"):
            yield from (f"IK403={v}" for v in values[2:3] if v)
        elif tag == "STC":
            for composite in (values[0], values[9], values[10]):
                if composite.count(":"):
                    yield ":".join(composite.split(":")[:2])
        elif tag == "CAS":
            yield from (f"{values[0]}-{v}" for v in values[1:19:3] if v)
        elif tag in ("MOA", "MIA"):
            yield from (v for v in values if v[:1] in ("M", "N") and v[1:2])
        elif tag == "LQ" and values[0] == "HE":
            yield values[1]


@pytest.mark.usefixtures("corpus")
def test_every_code_of_the_corpus_is_known() -> None:
    found: dict[str, str] = {}
    for folder in FOLDERS:
        for path in sorted((CORPUS / folder).rglob("*")):
            if path.is_file():
                found |= dict.fromkeys(answers(path), path.name)
    assert len(found) > 60
    unread, unknown = [], []
    for code in sorted(found):
        try:
            reading = read(read_answers(code), ())
        except AnswerError:
            unread.append((code, found[code]))
            continue
        if not reading.entries:
            unknown.append((code, found[code]))
    assert {code for code, _ in unread + unknown} == INVENTED
