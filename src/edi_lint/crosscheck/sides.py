"""Both sides' answers to one transaction set, as the exceptions look at them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edi_lint.crosscheck.pyx12_answers import Answer


@dataclass(slots=True)
class Sides:
    """Both sides' answers to one transaction set, as an exception's condition sees them.

    `tags` maps segment ordinals to tags as the file has them. `unread` is the ordinal from which
    pyx12 stops reading, None where it reads all. `skipped`: the file has a set that is no 837P,
    which pyx12 may file under the set before it.
    """

    ours: frozenset[Answer]
    theirs: frozenset[Answer]
    tags: Mapping[int, str]
    unread: int | None = None
    skipped: bool = False
    by_ordinal: dict[tuple[bool, int], list[Answer]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for mine, answers in ((True, self.ours), (False, self.theirs)):
            for answer in answers:
                self.by_ordinal.setdefault((mine, answer.ordinal), []).append(answer)

    def at(self, ordinal: int, ours: bool) -> Iterable[Answer]:
        """One side's answers to one segment."""
        return self.by_ordinal.get((ours, ordinal), ())
