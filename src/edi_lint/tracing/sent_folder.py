"""Scans the sent files for what answers name: their sets, and the claims that may be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from typing import BinaryIO, NamedTuple

from edi_lint.files.printable import printable
from edi_lint.ledger.keys import SHORTEST_CUT, WantedClaims, normal
from edi_lint.ledger.sent_index import (
    IndexedFile,
    SentIndex,
    StaleEntryError,
    read_claim,
    read_set,
)
from edi_lint.ledger.sent_sets import SentClaim, SentSet, claims_of, sent_sets
from edi_lint.tracing.claim_spans import claim_spans
from edi_lint.tracing.matching import Candidate, is_sent_again
from edi_lint.tracing.sent_values import sent_values
from edi_lint.x12 import NotX12Error
from edi_lint.x12.encoding import Encoding, SingleBytes, single_bytes

Opener = Callable[[str], AbstractContextManager[BinaryIO]]
"""Opens a sent file by its path, to be read from its start. Raises OSError."""


class WantedSets(NamedTuple):
    """Of which sets answers speak, by numbers without leading zeros.

    Every claim of a set is wanted where its interchange, its group and set, or its BHT03 is among
    the `whole_` ones: all of them were rejected.
    """

    interchanges: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    references: frozenset[str] = frozenset()
    whole_interchanges: frozenset[str] = frozenset()
    whole_sets: frozenset[tuple[str, str]] = frozenset()
    whole_references: frozenset[str] = frozenset()

    def has(self, sent: SentSet) -> bool:
        return (
            number_of(sent.interchange.value(13)) in self.interchanges
            or number_of(sent.group.value(6)) in self.groups
            or sent.reference in self.references
        )

    def has_whole(self, sent: SentSet) -> bool:
        group = number_of(sent.group.value(6))
        return (
            number_of(sent.interchange.value(13)) in self.whole_interchanges
            or (group, sent.control_number) in self.whole_sets
            or (group, "") in self.whole_sets
            or (bool(sent.reference) and sent.reference in self.whole_references)
        )


def number_of(text: str) -> str:
    """A control number without leading zeros, as some receivers return it."""
    return text.strip().lstrip("0")


class SentFolder:
    """What of the sent files answers may mean. `problems` say which could not be read."""

    def __init__(self, opener: Opener, index: SentIndex | None = None) -> None:
        self.opener = opener
        self._index = index
        self.sets: list[SentSet] = []
        self.problems: list[str] = []
        self.without: list[str] = []
        """Files in which no 837 was found."""
        self.of_one_set: set[str] = set()
        """Files that are known to have one set alone."""
        self._encodings: dict[str, Encoding] = {}
        self._claims: dict[str, list[SentClaim]] = {}
        self._of_set: dict[SentSet, list[SentClaim]] = {}
        self._lengths: list[int] = []
        self._cut: dict[str, list[SentClaim]] = {}

    def scan(
        self,
        paths: Iterable[str],
        claims: Sequence[str],
        wanted: WantedSets,
        every: Callable[[SentClaim], None] | None = None,
    ) -> None:
        """Read the files; `every` is given each claim of them, and without it few are looked at.

        Files that the index has are not read as a whole, unless a claim is asked for that it does
        not have under its number: that may be one that was cut.
        """
        paths = list(paths)
        known = self._index.known(paths) if self._index and every is None else {}
        self._lengths = sorted({n for c in claims if (n := len(c.strip())) >= SHORTEST_CUT})
        if known and self._index:
            stale = self._look_up(self._index, list(known.values()), claims, wanted)
            known = {path: one for path, one in known.items() if path not in stale}
        others = [path for path in paths if path not in known]
        self._read(others, WantedClaims(claims), wanted, every)
        self._note_cut()
        lost = [c for c in claims if len(c.strip()) >= SHORTEST_CUT and not self.meant_by(c)]
        if known and lost:
            self._read(list(known), WantedClaims(lost), WantedSets(), None)
            self._note_cut()

    def _note_cut(self) -> None:
        """File the claims also under what is left of their numbers where those come back cut."""
        self._cut.clear()
        for claim in [c for some in self._claims.values() for c in some]:
            upper = claim.id.strip().upper()
            for length in self._lengths:
                if length < len(upper):
                    self._cut.setdefault(upper[:length].rstrip(), []).append(claim)

    def _look_up(
        self,
        index: SentIndex,
        files: Sequence[IndexedFile],
        claims: Sequence[str],
        wanted: WantedSets,
    ) -> set[str]:
        """Note what the index knows of the files; which of them are not what it says."""
        numbers = wanted.interchanges, wanted.groups, wanted.references
        sets = index.sets(files, *numbers) if any(numbers) else {}
        rows = index.claims(files, map(normal, claims))
        stale = set()
        for file in files:
            if file.id not in sets and file.id not in rows:
                continue
            made: dict[int, SentSet] = {}
            found: list[SentClaim] = []
            whole: dict[SentSet, list[SentClaim]] = {}
            try:
                with self.opener(file.path) as stream:
                    for row in sets.get(file.id, ()):
                        of = made[row.id] = read_set(stream, file.path, row)
                        if wanted.has_whole(of):
                            whole[of] = list(claims_of(stream, of))
                    for row, of_row in rows.get(file.id, ()):
                        if row.set not in made:
                            made[row.set] = read_set(stream, file.path, of_row)
                        found.append(read_claim(stream, made[row.set], row))
            except (OSError, StaleEntryError):
                stale.add(file.path)
                continue
            self.sets += [made[row.id] for row in sets.get(file.id, ())]
            self._of_set |= whole
            for claim in found:
                self._claims.setdefault(normal(claim.id), []).append(claim)
        return stale

    def _read(
        self,
        paths: Iterable[str],
        names: WantedClaims,
        wanted: WantedSets,
        every: Callable[[SentClaim], None] | None,
    ) -> None:
        asked: tuple[SentSet | None, bool] = (None, False)

        def is_wanted(of: SentSet, number: bytes) -> bool:
            nonlocal asked
            if asked[0] is not of:
                asked = (of, wanted.has_whole(of))
            return asked[1] or every is not None or names.may_be(number)

        for path in paths:
            try:
                with self.opener(path) as stream:
                    read = single_bytes(stream)
                    if isinstance(read, SingleBytes):
                        self._encodings[path] = read.encoding
                    found = sent_sets(read, path, is_wanted)
                    if not self._scan(found, names, wanted, every):
                        self.without.append(path)
            except OSError as problem:
                reason = problem.strerror or type(problem).__name__
                self.problems.append(f"{printable(path)}: {reason}")
            except NotX12Error as problem:
                self.problems.append(f"{printable(path)}: {problem}")

    def _scan(
        self,
        found: Iterable[SentSet | SentClaim],
        names: WantedClaims,
        wanted: WantedSets,
        every: Callable[[SentClaim], None] | None,
    ) -> bool:
        """Note what is wanted; whether there is any set."""
        last: SentSet | None = None
        sets = 0
        for one in found:
            if isinstance(one, SentSet):
                if last is not None and wanted.has(last):
                    self.sets.append(last)
                last, sets = one, sets + 1
                continue
            if every is not None:
                every(one)
            if names.may_be(one.id.encode("latin-1", "replace")):
                self._claims.setdefault(normal(one.id), []).append(one)
            if wanted.has_whole(one.set):
                self._of_set.setdefault(one.set, []).append(one)
        if last is not None and wanted.has(last):
            self.sets.append(last)
        if last is not None and sets == 1:
            self.of_one_set.add(last.path)
        return last is not None

    def sent_after(
        self, paths: Iterable[str], claims: Mapping[str, Sequence[tuple[SentClaim, str]]]
    ) -> set[SentClaim]:
        """Which of the claims, by their numbers and each with the day of an answer, were sent again
        after that."""
        names = {number.encode("latin-1", "replace") for number in claims}
        found: set[SentClaim] = set()
        paths = list(paths)
        known = self._index.known(paths) if self._index else {}
        if known and self._index:
            again = SentFolder(self.opener, self._index)
            stale = again._look_up(self._index, list(known.values()), list(claims), WantedSets())
            known = {path: one for path, one in known.items() if path not in stale}
            for copy in (c for some in again._claims.values() for c in some):
                found |= _sent_after(copy, claims)
        for path in paths:
            if path in known:
                continue
            with suppress(OSError, NotX12Error), self.opener(path) as stream:
                read = sent_sets(single_bytes(stream), path, lambda _, number: number in names)
                for one in read:
                    if isinstance(one, SentClaim):
                        found |= _sent_after(one, claims)
        return found

    def in_file(self, claim: SentClaim) -> tuple[int, int]:
        """The byte range of a claim's CLM in its file, whatever the encoding of that is."""
        encoding = self._encodings.get(claim.set.path)
        if encoding is None:
            return claim.start, claim.end
        return encoding.original(claim.start), encoding.original(claim.end)

    def claims_of(self, of: SentSet) -> list[SentClaim]:
        """All claims of a set of which every claim was wanted."""
        return self._of_set.get(of, [])

    def meant_by(self, answered: str) -> list[SentClaim]:
        """The claims whose number an answer may repeat."""
        found = list(self._claims.get(normal(answered), ()))
        upper = answered.strip().upper()
        if len(upper) >= SHORTEST_CUT:
            found += [c for c in self._cut.get(upper, ()) if c not in found]
        return found

    def valued(
        self, claims: Iterable[SentClaim], *, with_lines: bool = False
    ) -> dict[SentClaim, Candidate]:
        """The claims with what they say, read from their files; lines only if they are wanted."""
        by_path: dict[str, dict[SentSet, dict[int, SentClaim]]] = {}
        for claim in claims:
            in_set = by_path.setdefault(claim.set.path, {}).setdefault(claim.set, {})
            in_set[claim.start] = claim
        found: dict[SentClaim, Candidate] = {}
        for path, sets in by_path.items():
            try:
                with self.opener(path) as stream:
                    read = single_bytes(stream)
                    for of, starts in sets.items():
                        for spans in claim_spans(read, of, list(starts)):
                            claim = starts[spans.start]
                            values = sent_values(read, claim, spans)
                            values = values if with_lines else values._replace(lines=())
                            found[claim] = Candidate(claim, values)
            except OSError as problem:
                reason = problem.strerror or type(problem).__name__
                self.problems.append(f"{printable(path)}: {reason}")
        return found

    def tags(self, of: SentSet, ordinals: Iterable[int]) -> dict[int, str]:
        """The tags of segments of a set, by their ordinals; those that are not there left out."""
        wanted = set(ordinals)
        found: dict[int, str] = {}
        if not wanted:
            return found
        try:
            with self.opener(of.path) as stream:
                for ordinal, tag in _tags(single_bytes(stream), of, max(wanted)):
                    if ordinal in wanted:
                        found[ordinal] = tag
        except OSError:
            return found
        return found


def _sent_after(
    copy: SentClaim, claims: Mapping[str, Sequence[tuple[SentClaim, str]]]
) -> set[SentClaim]:
    """The claims of which this is a copy that was sent after an answer of that day."""
    return {
        claim
        for claim, day in claims.get(copy.id, ())
        if is_sent_again(copy.set, claim.set, day) and not _is_same(copy, claim)
    }


def _is_same(one: SentClaim, other: SentClaim) -> bool:
    """Whether two claims are one: read again, or in a copy of the file."""
    ours, theirs = one.set, other.set
    return (ours.interchange.values, ours.header.values, one.number) == (
        theirs.interchange.values,
        theirs.header.values,
        other.number,
    )


_PIECE = 256 * 1024


def _tags(stream: BinaryIO, of: SentSet, last: int) -> Iterator[tuple[int, str]]:
    """The tags of a set's segments up to an ordinal, ST being 1."""
    terminator, separator = of.delimiters.terminator, of.delimiters.element
    stream.seek(of.header.at)
    rest, ordinal, at = b"", 0, of.header.at
    while ordinal < last:
        more = stream.read(min(_PIECE, of.stop - at))
        if not more:
            return
        at += len(more)
        *whole, rest = (rest + more).split(terminator)
        for raw in whole:
            text = raw.translate(None, of.delimiters.line_breaks).lstrip(of.delimiters.padding)
            if text:
                ordinal += 1
                yield ordinal, text.partition(separator)[0].decode("latin-1")
