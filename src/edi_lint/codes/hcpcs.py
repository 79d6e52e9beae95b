"""HCPCS Level II codes: what CMS's files prove of them, and whole releases of the user's.

The shipped table has every code that was listed from 2017 to July 2026. A code that it lacks did
not exist from COMPLETE_FROM to COMPLETE_UNTIL. Last days are known up to 2019 only: that a code is
listed proves nothing of a later day, unless it is near A4306 (`scripts/codes/hcpcs.tsv`). For the
rest the user loads a release. The codes are CMS's, in the public domain; neither CPT nor CDT codes
are held, nor any text.
"""

from __future__ import annotations

from datetime import date

from edi_lint.codes.answers import CodeStanding, Standing, days
from edi_lint.codes.tables import CodeTableFile, Release, loaded, shipped

KIND = "hcpcs"
TITLE = "HCPCS Level II codes"
COMPLETE_FROM, COMPLETE_UNTIL = date(2017, 1, 1), date(2026, 9, 30)
"""The days on which a code that the shipped table lacks surely was none: the file of 2017 has all
codes of its time, and the list of July 2026 all that came up to the next one. Codes that ended
before are in neither: X12's own examples have J1550 and J7051."""
_DATED_UNTIL = "2019-12-31"
"""The last day for which the shipped table knows which of all codes had ended."""


def look_up(code: str, day: date | None = None) -> CodeStanding:
    """How a code stands on a day; without a day, whether it is listed.

    That a code is unknown is sure where a whole release covers the day, or up to COMPLETE_UNTIL;
    that it is valid, up to the end of the newest release, or the day of the official file that the
    shipped table has it from. Raises TableError when a release that the user loaded cannot be read.
    """
    answer = loaded_answer(code, day)
    if answer is not None and (answer.sure or answer.standing is not Standing.UNKNOWN):
        return answer
    entry = shipped(KIND).entries.get(code)
    if entry is None:
        is_covered = day is not None and COMPLETE_FROM <= day <= COMPLETE_UNTIL
        return CodeStanding(Standing.UNKNOWN, sure=is_covered)
    first, last, seen = entry
    valid = days(first, last)
    standing = valid.standing(day)
    is_seen = seen != "-" and (day is None or day <= date.fromisoformat(seen))
    return CodeStanding(standing, standing is not Standing.VALID or is_seen, *valid)


def needs_release(code: str) -> bool:
    """Whether a listed code may have ended without the shipped table knowing, and no release of the
    user's says so. Raises TableError.
    """
    entry = None if loaded(KIND) else shipped(KIND).entries.get(code)
    if entry is None:
        return False
    _, last, seen = entry
    return last == "-" and (seen == "-" or seen <= _DATED_UNTIL)


def release_for(day: date) -> Release | None:
    """The whole release that the user loaded for a day, None without one. Raises TableError."""
    covering = (table.release_for(day) for table in loaded(KIND))
    return next((release for release in covering if release is not None), None)


def loaded_answer(code: str, day: date | None) -> CodeStanding | None:
    """What the user's releases say of a Level II code or modifier; None where there are none.

    The release of the day answers, else the newest before it, else the oldest.
    """
    tables = loaded(KIND)
    if not tables:
        return None
    table = _nearest(tables, day)
    (release,) = table.releases
    entry = table.entries.get(code)
    if entry is None:
        return CodeStanding(Standing.UNKNOWN, sure=day is not None and release.covers(day))
    valid = days(*entry)
    standing = valid.standing(day)
    sure = standing is not Standing.VALID or day is None or day <= release.last
    return CodeStanding(standing, sure, *valid)


def _nearest(tables: tuple[CodeTableFile, ...], day: date | None) -> CodeTableFile:
    """Tables come oldest first."""
    begun = [table for table in tables if day is None or table.releases[0].first <= day]
    return begun[-1] if begun else tables[0]
