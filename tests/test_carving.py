"""Leaving claims out: what stays is byte for byte the same, and the file that is left is valid."""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import FIXTURES, ROOT, faulty_fixtures, small_corpus_files, valid_fixtures
from edi_lint import rewrite
from edi_lint.crosscheck.pyx12_answers import pyx12_answers
from edi_lint.edits import apply
from edi_lint.edits.carving import ChosenClaim, carve
from edi_lint.engine import Block, BlockKind, PassedOver, open_engine
from edi_lint.findings import Edit, Severity
from edi_lint.run.drive import Linter
from edi_lint.x12 import NotX12Error
from envelopes import (
    Claim,
    Interchange,
    Patient,
    Provider,
    Subscriber,
    file,
    split_up,
    written,
)  # fmt: skip

LINTER = Linter()


def carved(
    data: bytes, keep: Callable[[int], bool], others: bool = False, runs: bool = True
) -> bytes:
    """The file with the claims, numbered from 0, that `keep` says yes to.

    Without `runs` each claim is looked at by itself.
    """
    seen: list[object] = []
    starts = claim_starts(data) if runs else []

    def inside(start: int, end: int) -> range:
        return range(bisect_left(starts, start), bisect_left(starts, end))

    def alike(_: Block, start: int, end: int) -> bool:
        return len({keep(n) for n in inside(start, end)}) == 1 and keep(0) == keep(
            inside(start, end)[0]
        )

    def choose(block: Block | PassedOver) -> ChosenClaim | None:
        if isinstance(block, PassedOver):
            seen.extend(object() for _ in inside(block.start, block.end))
            return ChosenClaim() if keep(0) else None
        here = (block.context.transaction, block.claim)
        if not seen or seen[-1] != here:
            seen.append(here)
        return ChosenClaim() if keep(len(seen) - 1) else None

    edits = carve(io.BytesIO(data), choose, alike=alike if runs else None, others=others)
    return b"".join(apply(io.BytesIO(data), edits))


def claim_starts(data: bytes) -> list[int]:
    """Where each claim begins."""
    starts: list[int] = []
    last: object = None
    for block in open_engine(io.BytesIO(data)).blocks():
        here = (block.context.transaction, block.claim)
        if block.kind is BlockKind.CLAIM and here != last:
            last = here
            starts.append(block.starts[0])
    return starts


def claim_bytes(data: bytes) -> list[bytes]:
    """The bytes of each claim, from its first segment to its last."""
    found: list[bytes] = []
    before: object = None
    try:
        for block in open_engine(io.BytesIO(data)).blocks():
            if block.kind is BlockKind.CLAIM:
                here = (block.context.transaction, block.claim)
                own = data[block.starts[0] : block.ends[-1]]
                if here == before:
                    found[-1] += own
                else:
                    found.append(own)
                before = here
    except NotX12Error:
        return []
    return found


def error_codes(data: bytes) -> set[str]:
    found = LINTER.check(data).findings
    return {f.code for f in found if f.severity is Severity.ERROR}


# against a plain implementation


def plainly(data: bytes, keep: Callable[[int], bool], others: bool = False) -> bytes:
    """The same by lists of text, for files that `envelopes.file` has made."""
    return written(_Plain(keep, others).file(split_up(data)))


class _Plain:
    def __init__(self, keep: Callable[[int], bool], others: bool) -> None:
        self.keep = keep
        self.others = others
        self.claims = 0

    def file(self, segments: list[str]) -> list[str]:
        out: list[str] = []
        for body in _cut(segments, "ISA*"):
            sub = [self.group(g) for g in _cut(body[1:-1], "GS*")]
            kept = [g for g in sub if g]
            if kept or (self.others and not any(s.startswith("CLM*") for s in body)):
                trailer = body[-1].split("*")
                trailer[1] = str(len(kept))
                out += [body[0], *(s for g in kept for s in g), "*".join(trailer)]
        return out

    def group(self, segments: list[str]) -> list[str]:
        sets = [made for s in _cut(segments[1:-1], "ST*") if (made := self.set(s))]
        if not sets and not (self.others and not any(s.startswith("CLM*") for s in segments)):
            return []
        number = segments[-1].split("*")[2]
        return [segments[0], *(s for made in sets for s in made), f"GE*{len(sets)}*{number}"]

    def set(self, segments: list[str]) -> list[str]:
        start = next((n for n, s in enumerate(segments) if s.startswith("HL*")), len(segments) - 1)
        levels = [self.level(level) for level in _cut(segments[start:-1], "HL*")]
        wanted: set[str] = set()
        for head, _, kept, had in reversed(levels):
            _, number, parent, *_ = head.split("*")
            if kept or number in wanted or (self.others and not had and not _below(levels, number)):
                wanted |= {number, parent}
        if not wanted and not (self.others and not levels):
            return []
        out = segments[:start]
        numbers: dict[str, str] = {}
        for head, own, kept, _ in levels:
            parts = head.split("*")
            if parts[1] not in wanted:
                continue
            numbers[parts[1]] = str(len(numbers) + 1)
            children = [h for h, *_ in levels if h.split("*")[2] == parts[1]]
            left = [h for h in children if h.split("*")[1] in wanted]
            if parts[3] == "22" and children and not left:
                parts[4] = "0"
            parts[1] = numbers[parts[1]]
            parts[2] = numbers.get(parts[2], "")
            out += ["*".join(parts), *own, *kept]
        return [*out, f"SE*{len(out) + 1}*{segments[-1].split('*')[2]}"]

    def level(self, segments: list[str]) -> tuple[str, list[str], list[str], bool]:
        """HL, the rest of the level itself, the claims kept under it, whether it had any."""
        start = next((n for n, s in enumerate(segments) if s.startswith("CLM*")), len(segments))
        kept: list[str] = []
        found = list(_cut(segments[start:], "CLM*"))
        for claim in found:
            kept += claim if self.keep(self.claims) else []
            self.claims += 1
        return segments[0], segments[1:start], kept, bool(found)


def _below(levels: list[tuple[str, list[str], list[str], bool]], number: str) -> bool:
    """Whether a level has claims below it, however deep."""
    children = [(h.split("*")[1], had) for h, _, _, had in levels if h.split("*")[2] == number]
    return any(had or _below(levels, child) for child, had in children)


def _cut(segments: list[str], start: str) -> Iterator[list[str]]:
    """Runs of segments that begin with one that starts so."""
    begins = [n for n, s in enumerate(segments) if s.startswith(start)]
    for begin, end in zip(begins, [*begins, len(segments)][1:], strict=True):
        yield segments[begin:end]


NAMES = [f"{letter}{number}" for letter in "ABCDEFGHJK" for number in range(30)]


@st.composite
def interchanges(draw: st.DrawFn) -> list[Interchange]:
    names = iter(NAMES)
    few = st.integers(0, 2)

    def some(least: int = 0) -> tuple[Claim, ...]:
        return tuple(Claim(next(names)) for _ in range(max(least, draw(few))))

    def subscriber() -> Subscriber:
        patients = tuple(Patient(some(1)) for _ in range(draw(few)))
        return Subscriber(some(0 if patients else 1), patients)

    def provider() -> Provider:
        return Provider(tuple(subscriber() for _ in range(draw(st.integers(1, 3)))))

    return [
        tuple(
            tuple(
                tuple(provider() for _ in range(draw(st.integers(1, 2))))
                for _ in range(draw(st.integers(1, 2)))
            )
            for _ in range(draw(st.integers(1, 2)))
        )
        for _ in range(draw(st.integers(1, 2)))
    ]


@given(
    interchanges(),
    st.randoms(use_true_random=False),
    st.booleans(),
    st.sampled_from([0.1, 0.5, 0.9]),
)
@settings(deadline=None, max_examples=60)
def test_carving_is_as_a_plain_implementation_does_it(
    made: list[Interchange], random: Random, others: bool, share: float
) -> None:
    data = file(*made)
    chosen = [random.random() < share for _ in NAMES]
    plain = plainly(data, chosen.__getitem__, others)
    assert carved(data, chosen.__getitem__, others) == plain
    assert carved(data, chosen.__getitem__, others, runs=False) == plain


@given(interchanges(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_what_is_left_of_a_valid_file_is_valid(made: list[Interchange], random: Random) -> None:
    data = file(*made)
    chosen = [random.random() < 0.5 for _ in NAMES]
    total = len(claim_bytes(data))
    for keep in (chosen.__getitem__, lambda n: not chosen[n]):
        part = carved(data, keep)
        if part:
            assert error_codes(part) == set()
        else:
            assert not any(keep(n) for n in range(total))


# files as they are


def files() -> list[Path]:
    return [*valid_fixtures(), *faulty_fixtures(), *small_corpus_files()]


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_every_claim_is_in_one_part_as_it_was_and_in_order(path: Path) -> None:
    data = path.read_bytes()
    claims = claim_bytes(data)
    random = Random(path.name)
    try:
        for share in (0.0, 0.5):
            chosen = [random.random() < share for _ in range(len(claims))]
            part = carved(data, lambda n: chosen[n])  # noqa: B023 - used at once
            assert part == carved(data, lambda n: chosen[n], runs=False)  # noqa: B023
            rest = carved(data, lambda n: not chosen[n], others=True)  # noqa: B023
            assert claim_bytes(part) == [
                c for c, is_in in zip(claims, chosen, strict=True) if is_in
            ]
            assert claim_bytes(rest) == [
                c for c, is_in in zip(claims, chosen, strict=True) if not is_in
            ]
    except NotX12Error:
        assert not claims


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name)
def test_keeping_every_claim_and_all_others_changes_no_byte(path: Path) -> None:
    data = path.read_bytes()
    try:
        assert carved(data, lambda _: True, others=True) == data
    except NotX12Error:
        assert not claim_bytes(data)


@pytest.mark.parametrize("path", valid_fixtures(), ids=lambda path: path.name)
def test_parts_of_the_valid_fixtures_have_no_error(path: Path) -> None:
    data = path.read_bytes()
    number = len(claim_bytes(data))
    before = error_codes(data)
    for n in range(number):
        for part in (carved(data, lambda k: k == n), carved(data, lambda k: k != n)):  # noqa: B023
            assert error_codes(part) <= before if part else number == 1


@pytest.mark.parametrize("name", ["many", "odd-delimiters", "crlf", "one-line", "family"])
def test_the_bytes_of_a_part_are_those_of_the_file_but_for_numbers(name: str) -> None:
    """Of what is left no segment is another but HL, SE, GE and IEA."""
    path = next(p for p in valid_fixtures() if p.stem == name)
    data = path.read_bytes()
    delimiters = next(iter(open_engine(io.BytesIO(data)).blocks())).delimiters
    ends = delimiters.terminator
    before = set(data.split(ends))
    for keep in (lambda n: n % 2 == 0, lambda n: n % 2 == 1):
        part = carved(data, keep)
        for segment in part.split(ends):
            tag = segment.strip().split(delimiters.element)[0]
            assert segment in before or tag in (b"", b"HL", b"SE", b"GE", b"IEA"), segment


# edits in what is kept


def test_edits_of_a_kept_claim_are_made_and_counted() -> None:
    data = file((((Provider((Subscriber((Claim("A1"), Claim("A2"))),)),),),))

    def choose(block: Block | PassedOver) -> ChosenClaim | None:
        assert isinstance(block, Block)
        assert block.claim is not None
        if block.claim.id == "A1":
            return None
        at = block.ends[0] + 1
        return ChosenClaim([Edit(at, at, "\nREF*G1*PA100~")], 1)

    part = b"".join(apply(io.BytesIO(data), carve(io.BytesIO(data), choose)))
    segments = split_up(part)
    start = next(n for n, s in enumerate(segments) if s.startswith("ST*"))
    end = next(n for n, s in enumerate(segments) if s.startswith("SE*"))
    assert segments[end] == f"SE*{end - start + 1}*0001"
    assert "REF*G1*PA100" in segments


def test_a_subscribers_child_flag_falls_when_no_patient_is_left() -> None:
    family = Subscriber((Claim("S1"),), (Patient((Claim("P1"),)), Patient((Claim("P2"),))))
    data = file((((Provider((family,)),),),))
    assert b"HL*2*1*22*1" in carved(data, lambda n: n in (0, 2))
    assert b"HL*2*1*22*0" in carved(data, lambda n: n == 0)
    assert b"HL*3*2*23*0" in carved(data, lambda n: n == 2)


@pytest.mark.parametrize("number", range(3))
def test_pyx12_has_nothing_to_say_about_parts_of_a_family(number: int) -> None:
    """A subscriber with a claim and two dependents: each claim by itself, and all but it."""
    data = (FIXTURES / "valid" / "family.837").read_bytes()
    for part in (carved(data, lambda n: n == number), carved(data, lambda n: n != number)):
        report = pyx12_answers(part)
        assert (report.answers, report.other) == (frozenset(), ())


@pytest.mark.parametrize("trailer", ["SE~", "SE*~", "SE**~", "GE~", "IEA~"])
def test_a_trailer_without_elements_gets_both(trailer: str) -> None:
    data = (ROOT / "examples" / "resubmit.837").read_text()
    tag = trailer.strip("*~")
    made = rewrite(
        re.sub(rf"\n{tag}\*.*~", f"\n{trailer}", data).encode(), "resend", control_number=77
    )
    usual = rewrite(data.encode(), "resend", control_number=77).content().decode()
    expected = re.search(rf"\n{tag}\*.*~", usual)
    assert expected and expected[0] in made.content().decode()
