"""What pyx12 answered to the files of tests/test_differential.py, so that it is not asked each time.

`tests/snapshots/pyx12.jsonl` has a line for each file that pyx12 was asked about, by the file's
digest. The first line names the version of pyx12 and the code that asks it: where either is
another one, the record counts for nothing and pyx12 is asked about every file. It is also asked
about files without a line, and about a sample of those with one, which fails on a stale line.

`EDI_LINT_PYX12=ask` asks about every file and compares; `EDI_LINT_PYX12=record` writes the record
anew and needs one process (`-n 0`) and the whole of tests/test_differential.py.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

from edi_lint.crosscheck import pyx12_answers
from edi_lint.crosscheck.pyx12_answers import Pyx12Answer, Pyx12Refused, Pyx12Report

RECORD = Path(__file__).parent / "snapshots" / "pyx12.jsonl"
MODE = os.environ.get("EDI_LINT_PYX12", "")
SAMPLE = ("00", "40", "80", "c0")
"""About the files whose digest begins so, pyx12 is asked in any case: one in 64."""


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()[:16]


class Recorded:
    """Answers as pyx12 gives them: those of the record, and of pyx12 where there are none."""

    def __init__(self, ask: Callable[[bytes], Pyx12Report], mode: str = MODE) -> None:
        """Reads the record, unless `mode` says to make it anew."""
        self._ask = ask
        self.mode = mode
        self.asked: dict[str, Any] = {}
        """What pyx12 answered in this run, as the record has it, by the file's digest."""
        source = inspect.getsource(pyx12_answers).encode()
        self.made_by = {"pyx12": version("pyx12"), "code": digest(source)}
        self.known: dict[str, Any] = {}
        self.witnesses: dict[str, str] = {}
        """Of each exception of the comparison a file that needs it, by its digest."""
        if mode != "record" and RECORD.exists():
            head, *lines = map(json.loads, RECORD.read_text(encoding="utf-8").splitlines())
            self.witnesses = head.pop("witnesses")
            if head == self.made_by:
                self.known = dict(lines)

    def __call__(self, data: bytes) -> Pyx12Report:
        """Raise Pyx12Refused where pyx12 did; AssertionError where it answers otherwise now."""
        name = digest(data)
        known = self.known.get(name)
        if known is None or self.mode == "ask" or name.startswith(SAMPLE):
            answer = self.asked[name] = self._answer(data)
            assert known in (None, answer), f"{RECORD.name} has another answer to {name}"
            known = answer
        if "refused" in known:
            raise Pyx12Refused(known["refused"])
        return Pyx12Report(frozenset(_answers(known["answers"])), (), known["guides"])

    def write(self, needed_by: dict[str, str]) -> None:
        """Replace the record by what pyx12 answered in this run."""
        head = {**self.made_by, "witnesses": dict(sorted(needed_by.items()))}
        lines = [
            json.dumps(line, separators=(",", ":")) + "\n"
            for line in (head, *sorted(self.asked.items()))
        ]
        RECORD.write_text("".join(lines), encoding="utf-8")

    def _answer(self, data: bytes) -> Any:
        try:
            report = self._ask(data)
        except Pyx12Refused as refusal:
            return {"refused": str(refusal)}
        return {"answers": _written(report.answers), "guides": report.guides}


def _written(answers: Iterable[Pyx12Answer]) -> dict[str, list[list[Any]]]:
    """Of each transaction set its segments, as ordinal, ID and `IK304:element:IK403 ...`."""
    sets: dict[str, list[list[Any]]] = {}
    for (name, ordinal, tag), of_segment in groupby(sorted(answers), _segment):
        said = " ".join(f"{a.ik304}:{a.element}:{a.ik403}" for a in of_segment)
        sets.setdefault(name, []).append([ordinal, tag, said])
    return sets


def _answers(written: dict[str, list[list[Any]]]) -> Iterator[Pyx12Answer]:
    for name, segments in written.items():
        for ordinal, tag, said in segments:
            for answer in said.split(" "):
                yield Pyx12Answer(name, ordinal, tag, *answer.split(":"))


def _segment(answer: Pyx12Answer) -> tuple[str, int, str]:
    return answer.transaction, answer.ordinal, answer.segment
