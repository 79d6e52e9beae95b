"""Looks a code up in every table that may have it, and says in words how it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from edi_lint.codes import hcpcs, icd10cm, modifiers, noc, places, states
from edi_lint.codes.answers import CodeStanding, Standing

_LEVEL_II = re.compile(r"[A-CE-V]\d{4}", re.ASCII)
_CPT = re.compile(r"\d{5}|\d{4}[AFMTU]", re.ASCII)
_CDT = re.compile(r"D\d{4}", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_PLACE = re.compile(r"\d{2}", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z]\d[A-Z0-9](?:\.?[A-Z0-9]{1,4})?", re.ASCII)
_NOT_HELD = "not held, because these codes are not free to ship"
_STANDINGS = {
    Standing.VALID: "listed",
    Standing.HEADER: "not billable: a category that has longer codes",
    Standing.NOT_YET: "not valid yet",
    Standing.ENDED: "no longer valid",
    Standing.UNKNOWN: "not listed",
}


class CodeMeaning(NamedTuple):
    """What a code is in one code set, and in words how it is listed there.

    `is_good` is False where it is not listed, or not valid on the day.
    """

    kind: str
    words: str
    is_good: bool


def find(code: str, day: date | None = None) -> list[CodeMeaning]:
    """What a code, in upper case, may be; without a day, whether it is listed at all."""
    found = list(_meanings(code, day))
    listed = [one for one in found if one.is_good]
    words = "no code of HCPCS, ICD-10-CM, places of service or states has this form"
    return listed or found or [CodeMeaning("unknown", words, False)]


def _meanings(code: str, day: date | None) -> Iterator[CodeMeaning]:
    if _CPT.fullmatch(code):
        yield CodeMeaning("CPT", _NOT_HELD, True)
    elif _CDT.fullmatch(code):
        yield CodeMeaning("CDT", _NOT_HELD, True)
    elif _LEVEL_II.fullmatch(code):
        yield _procedure(code, day)
    if _MODIFIER.fullmatch(code):
        yield _standing("modifier", modifiers.look_up(code, day), modifiers.meaning(code) or "")
    if _PLACE.fullmatch(code) and places.is_place(code):
        yield CodeMeaning("place of service", "listed (undated)", True)
    if states.is_state(code):
        yield CodeMeaning("state", "listed (undated)", True)
    if _DIAGNOSIS.fullmatch(code):
        yield _diagnosis(code.replace(".", ""), day)


def _procedure(code: str, day: date | None) -> CodeMeaning:
    answer = hcpcs.look_up(code, day)
    more = "not otherwise classified" if noc.is_not_classified(code) else ""
    one = _standing("HCPCS Level II", answer, more)
    if answer.standing is Standing.UNKNOWN and not answer.sure:
        days = f"from {hcpcs.COMPLETE_FROM} to {hcpcs.COMPLETE_UNTIL}"
        return one._replace(words=f"not listed {days}, nor in a loaded release")
    if hcpcs.needs_release(code):
        words = (
            f"{one.words}; whether it ended after 2019 is not known without a release: edi-lint "
            "codes load takes one"
        )
        return one._replace(words=words)
    return one


def _standing(kind: str, answer: CodeStanding, more: str = "") -> CodeMeaning:
    words = "; ".join(filter(None, (_STANDINGS[answer.standing], _days(answer), more)))
    return CodeMeaning(kind, words, answer.standing is Standing.VALID)


def _days(answer: CodeStanding) -> str:
    """The first and the last day on which a code is valid, as far as they are known."""
    days = (("from", answer.first), ("to", answer.last))
    known = " ".join(f"{word} {day}" for word, day in days if day)
    return f"valid {known}" if known else ""


def _diagnosis(code: str, day: date | None) -> CodeMeaning:
    answer = icd10cm.look_up(code, day)
    is_good = answer.standing is Standing.VALID
    words = "billable" if is_good else _STANDINGS[answer.standing]
    ended = f"valid to {answer.last}" if answer.last else ""
    more = [ended, f"by the release {answer.release.name}"]
    more += ["its title says unspecified"] if answer.unspecified else []
    more += ["a symptom (R00 to R99)"] if answer.symptom else []
    return CodeMeaning("ICD-10-CM", "; ".join(filter(None, (words, *more))), is_good)
