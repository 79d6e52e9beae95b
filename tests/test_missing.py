"""What is missing belongs to its own claim or level, in the findings, in every format and in split."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import junitparser
import pytest

import edi_lint
from conftest import Cli, valid_fixtures
from edi_lint.engine import BlockKind, Engine, open_engine
from edi_lint.findings import Finding
from edi_lint.run.drive import Linter

MISSING = "STR001"
LINTER = Linter()
FILES = [pytest.param(p.read_bytes(), id=p.stem) for p in valid_fixtures() if p.stem != "crlf"]
CLAIMS = {p.stem: p.read_bytes() for p in valid_fixtures()}
_OUTSIDE = (BlockKind.INTERCHANGE, BlockKind.GROUP, BlockKind.TRAILER)


class Segment(NamedTuple):
    """A segment of a file: where it is, what claim and line it is in, and its loop."""

    start: int
    stop: int
    tag: str
    loop: str
    claim: str
    number: int
    line: str


def segments(data: bytes) -> Iterator[Segment]:
    for block in Engine(io.BytesIO(data)).blocks():
        transaction = block.context.transaction
        if block.kind in _OUTSIDE or transaction is None or transaction.grammar is None:
            continue
        line = ""
        for segment in block.segments:
            node = transaction.grammar.segment_node(segment.node)
            assert node is not None
            if segment.tag == "LX":
                line = segment.value(1)
            yield Segment(
                segment.start,
                segment.end + 1,
                segment.tag,
                node.loop.id,
                block.claim.id if block.claim else "",
                block.claim.number if block.claim else 0,
                line if node.loop.id.startswith("24") else "",
            )


def without(data: bytes, segment: Segment) -> bytes:
    return data[: segment.start] + data[segment.stop :].lstrip(b"\r\n")


def recounted(data: bytes) -> bytes:
    """The file with its SE01 as the segments are."""
    sets = re.split(rb"(?=ST\*837)", data)
    for n, part in enumerate(sets):
        if part.startswith(b"ST*"):
            count = part.partition(b"\nSE*")[0].count(b"~") + 1
            sets[n] = re.sub(rb"\nSE\*\d+\*", b"\nSE*%d*" % count, part, count=1)
    return b"".join(sets)


def missing(data: bytes) -> list[Finding]:
    return [f for f in LINTER.lint(data).findings if f.code == MISSING and "missing" in f.message]


@pytest.mark.parametrize("data", FILES)
def test_what_is_missing_is_found_in_its_own_claim_line_and_loop(data: bytes) -> None:
    usual = {f.message for f in missing(data)}
    found = 0
    for segment in segments(data):
        for finding in missing(without(data, segment)):
            if finding.message in usual:
                continue
            found += 1
            place = finding.location
            # a claim without its CLM has no name, nor a line without its LX a number
            claim = "" if segment.tag == "CLM" else segment.claim
            line = "" if segment.tag == "LX" else segment.line
            loop = "" if finding.message.startswith("the NM1 before this") else segment.loop
            expected = (segment.tag, loop, claim, segment.number, line)
            here = (place.segment, place.loop, place.claim, place.claim_number, place.service_line)
            assert here == expected, finding.message
    assert found >= 10


def held(data: bytes) -> list[str]:
    return [claim.position for claim in edi_lint.split(data).held_claims()]


def below(data: bytes, level: Segment) -> list[str]:
    """The claims below a level, up to the next of its kind or above."""
    ranks = {"2000A": 1, "2000B": 2, "2000C": 3}
    found, inside = [], False
    for block in open_engine(io.BytesIO(data)).blocks():
        if not len(block):
            continue
        if block.starts[0] == level.start:
            inside = True
        elif inside and block.kind is not BlockKind.CLAIM:
            kinds = {BlockKind.BILLING: 1, BlockKind.SUBSCRIBER: 2, BlockKind.PATIENT: 3}
            if kinds.get(block.kind, 0) <= ranks[level.loop]:
                break
        if inside and block.claim:
            assert block.context.transaction is not None
            found.append(f"{block.context.transaction.control_number}/{block.claim.number}")
    return found


@pytest.mark.parametrize("name", ["three-claims", "many", "family"])
def test_split_holds_the_claims_that_it_is_missing_from(name: str) -> None:
    data = CLAIMS[name]
    assert held(data) == []
    tried = 0
    for segment in segments(data):
        if segment.tag == "CLM":
            transaction = next(
                s for s in re.findall(rb"ST\*837\*(\d+)", data[: segment.start])[::-1]
            ).decode()
            expected = [f"{transaction}/{segment.number}"]
        elif segment.tag == "HL" and segment.loop == "2000B" and segment.start > data.find(b"CLM*"):
            expected = below(data, segment)
        else:
            continue
        changed = recounted(without(data, segment))
        if not missing(changed):
            continue
        tried += 1
        found = held(changed)
        assert set(found) >= set(expected), segment
        others = {f.code for f in LINTER.lint(changed).findings if f.severity == "error"}
        if others == {MISSING}:
            assert found == expected, segment
    assert tried >= 3


@pytest.fixture
def unnamed(tmp_path: Path) -> Path:
    """A file whose second claim has no CLM."""
    data = CLAIMS["three-claims"]
    second = [s for s in segments(data) if s.tag == "CLM"][1]
    path = tmp_path / "a.837"
    path.write_bytes(recounted(without(data, second)))
    return path


def test_every_format_names_the_claim(
    unnamed: Path, commands: Callable[[str], Cli], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(unnamed.parent)
    check = commands("check")
    options = ("--select", MISSING, "a.837")
    where = "claim 0001/2, CLM in loop 2300"
    assert where in check("--output-format", "concise", *options).out
    assert where in check("--output-format", "github", *options).out
    text = check("--output-format", "full", *options).out
    assert text.startswith("claim 0001/2\n") and "outside of claims" not in text
    assert "place: CLM in loop 2300" in text
    (entry,) = json.loads(check("--output-format", "gitlab", *options).out)
    assert where in entry["description"]
    (row,) = csv.DictReader(io.StringIO(check("--output-format", "csv", *options).out))
    assert (row["position"], row["segment"], row["loop"]) == ("0001/2", "CLM", "2300")
    (finding,) = map(json.loads, check("--output-format", "jsonl", *options).out.splitlines())
    assert finding["location"]["loop"] == "2300" and finding["location"]["segment"] == "CLM"
    (run,) = json.loads(check("--output-format", "sarif", *options).out)["runs"]
    (place,) = run["results"][0]["locations"][0]["logicalLocations"]
    assert place["fullyQualifiedName"] == "claim 0001/2 / loop 2300 / CLM"
    junit = junitparser.JUnitXml.fromstring(
        check("--output-format", "junit", *options).out.encode()
    )
    (case,) = (case for case in next(iter(junit)) if case.result)
    assert case.name == "claim 0001/2"
    assert where in case.result[0].text
