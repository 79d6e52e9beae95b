"""ICD-10-CM diagnosis codes: which are billable on a day, as far as the releases held tell.

Codes are written as on a claim: upper case, without the dot. The data is CDC/NCHS's, in the public
domain; `scripts/compile_codes.py` says where it was taken from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import NamedTuple

from edi_lint.codes.answers import Days, Reach, Standing
from edi_lint.codes.tables import CodeTableFile, Release, TableSource, loaded, packed, shipped

KIND = "icd10cm"
TITLE = "ICD-10-CM diagnosis codes"
BILLABLE, HEADER, ABSENT = "B", "H", "-"
"""What a release says of a code: it may be sent, it is a category, it is absent."""
_FILED = 4
"""The first characters of a code, under which it is filed: some ten codes lie together."""
_SYMPTOMS = "R"


class KnownDiagnosis(NamedTuple):
    """How an ICD-10-CM code stands on a day.

    `release` is the one that was asked: that of the day, or the nearest where `reach` says that
    none is held for it; what rests on the nearest must be no more than a warning. `first` and
    `last` are the first day of the first and the last day of the last release held in which the
    code is billable; None where that is the oldest or the newest held, as the code may be older
    than the one and outlive the other, and where it is billable in none. `unspecified` tells that
    the title holds that word, `symptom` that the code is of chapter 18 (R00 to R99).
    """

    standing: Standing
    reach: Reach
    release: Release
    first: date | None
    last: date | None
    unspecified: bool
    symptom: bool

    @property
    def sure(self) -> bool:
        """Whether a release held covers the day, so that the standing is a fact."""
        return self.reach is Reach.HELD


def look_up(code: str, day: date | None = None) -> KnownDiagnosis:
    """How a code stands on a day; without a day, whether it is billable in any release held.

    Between two releases a code is valid when it is so in either. Raises TableError when a release
    that the user loaded cannot be read.
    """
    held = _held(loaded(KIND))
    statuses, unspecified = held.statuses(code)
    at, reach = held.place(day)
    first, last = statuses.find(BILLABLE), statuses.rfind(BILLABLE)
    if reach is Reach.NO_DAY and last >= 0:
        at = last
    return KnownDiagnosis(
        standing=_standing(statuses, at, reach),
        reach=reach,
        release=held.releases[at],
        first=held.releases[first].first if first > 0 else None,
        last=held.releases[last].last if 0 <= last < len(statuses) - 1 else None,
        unspecified=unspecified,
        symptom=code.startswith(_SYMPTOMS),
    )


def good_days(code: str) -> Days | None:
    """The days of the last unbroken run of releases in which a code is billable.

    Open where it is billable in the newest release held. None: it is billable in none.
    """
    held = _held(loaded(KIND))
    statuses, _ = held.statuses(code)
    end = statuses.rfind(BILLABLE)
    if end < 0:
        return None
    begin = len(statuses[: end + 1].rstrip(BILLABLE))
    last = held.releases[end].last if end < len(statuses) - 1 else None
    return Days(held.releases[begin].first, last)


def releases() -> tuple[Release, ...]:
    """The releases held, the user's among them, oldest first. Raises TableError."""
    return _held(loaded(KIND)).releases


def _standing(statuses: str, at: int, reach: Reach) -> Standing:
    here = statuses[at]
    if here == BILLABLE or (reach is Reach.BETWEEN and statuses[at + 1] == BILLABLE):
        return Standing.VALID
    if here == HEADER:
        return Standing.HEADER
    if BILLABLE in statuses[at + 1 :]:
        return Standing.NOT_YET
    return Standing.ENDED if BILLABLE in statuses[:at] else Standing.UNKNOWN


class _Releases:
    """The shipped releases and those that the user loaded, as one.

    A loaded release takes the place of a shipped one that begins on the same day.
    """

    def __init__(self, tables: tuple[CodeTableFile, ...]) -> None:
        self._codes = [_CodeTable(table) for table in tables]
        # Where the status of each release is in those of all tables, one after the other.
        named = [release for table in tables for release in table.releases]
        newest = {release.first: i for i, release in enumerate(named)}
        self._order = [newest[first] for first in sorted(newest)]
        self._as_they_are = self._order == list(range(len(named)))
        self.releases = tuple(named[i] for i in self._order)

    def statuses(self, code: str) -> tuple[str, bool]:
        """The code's status in each of `releases`, and whether it is an unspecified one."""
        if self._as_they_are and len(self._codes) == 1:
            return self._codes[0].find(code)
        found = [codes.find(code) for codes in self._codes]
        every = "".join(statuses for statuses, _ in found)
        return "".join([every[i] for i in self._order]), any(flag for _, flag in found)

    def place(self, day: date | None) -> tuple[int, Reach]:
        """The release for a day; the nearest before it, or the oldest, where none is held."""
        newest = len(self.releases) - 1
        if day is None:
            return newest, Reach.NO_DAY
        for i in range(newest, -1, -1):
            if self.releases[i].covers(day):
                return i, Reach.HELD
        earlier = sum(release.last < day for release in self.releases)
        if earlier == 0:
            return 0, Reach.BEFORE
        return earlier - 1, Reach.BETWEEN if earlier <= newest else Reach.AFTER


@cache
def _held(own: tuple[CodeTableFile, ...]) -> _Releases:
    return _Releases((shipped(KIND), *own))


class _CodeTable:
    """The codes of a table. Its lines are `BEGIN:` and, for each code so beginning, `|REST=CLASS`.

    A class says how its codes stand in the table's releases, and whether they are unspecified.
    """

    def __init__(self, table: CodeTableFile) -> None:
        fields = table.text.replace("\n", ":").split(":")
        self._filed = dict(zip(fields[::2], fields[1::2], strict=False))
        self._classes = {
            name: (statuses, bool(unspecified))
            for name, (statuses, unspecified) in table.extra["classes"].items()
        }
        self._none = (ABSENT * len(table.releases), False)

    def find(self, code: str) -> tuple[str, bool]:
        """The code's status in each release of the table, and whether it is unspecified."""
        entries = self._filed.get(code[:_FILED])
        if entries is None:
            return self._none
        wanted = f"|{code[_FILED:]}="
        at = entries.find(wanted)
        return self._none if at < 0 else self._classes[entries[at + len(wanted)]]


def make_table(
    codes: Mapping[str, tuple[str, bool]], releases: list[Release], sources: list[TableSource]
) -> bytes:
    """The file of a table: for each code its status in each release, and whether it is unspecified.

    Raises ValueError for a code that is not written as one, or for too many classes.
    """
    classes = {kind: chr(ord("A") + i) for i, kind in enumerate(sorted(set(codes.values())))}
    if len(classes) > ord("z") - ord("A"):
        raise ValueError(f"{len(classes)} classes of codes, more than a table can hold")
    filed: dict[str, str] = {}
    for code in sorted(codes):
        if not (code.isascii() and code.isalnum()):
            raise ValueError(f"{code!r} is not an ICD-10-CM code")
        begin, rest = code[:_FILED], code[_FILED:]
        filed[begin] = f"{filed.get(begin, '')}|{rest}={classes[codes[code]]}"
    text = "".join(f"{begin}:{entries}\n" for begin, entries in filed.items())
    extra = {"classes": {name: [*kind] for kind, name in classes.items()}}
    return packed(KIND, TITLE, len(codes), text, sources, releases, extra=extra)
