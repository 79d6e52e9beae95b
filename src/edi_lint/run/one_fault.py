"""One fault, one finding: where rule and structure speak of one element, one of them stays."""

from __future__ import annotations

from edi_lint.findings import Finding, Severity
from edi_lint.x12 import Segment

Structural = list[tuple[Finding, Segment | None]]


def merge(found: list[Finding], structural: Structural) -> list[Finding]:
    """What is to be said of a block: of rules and of its structure, by place and code.

    Beside each finding of the structure stands the segment whose trailing separators it is about;
    it goes where a rule speaks of one of the empty elements that they make.
    """
    empty = {f.location.byte_start for f in found if _is_of_nothing(f)}
    of_structure = [
        f
        for f, trailing in structural
        if trailing is None or empty.isdisjoint(_trailing_places(trailing))
    ]
    if found and of_structure:
        found, of_structure = _of_each_fault(found, of_structure)
    return sorted([*found, *of_structure], key=lambda f: (f.location.byte_start, f.code))


def _is_of_nothing(finding: Finding) -> bool:
    """Whether a finding is about an element that is empty."""
    place = finding.location
    return bool(place.element) and place.byte_start == place.byte_end


def _trailing_places(segment: Segment) -> range:
    """The file offsets of the empty elements at the end of a segment."""
    content = segment.raw.rstrip(segment.delimiters.element + segment.delimiters.line_breaks)
    return range(segment.start + len(content) + 1, segment.end + 1)


def _of_each_fault(
    found: list[Finding], structural: list[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """One fault, one finding: of two about the same element a rule's stays, unless it is milder.

    An id whose qualifier is wrong is not judged by what the qualifier calls it.
    """
    wrong = {f.location.byte_end for f in structural if f.location.element == _ID_QUALIFIER}
    found = [f for f in found if f.location.byte_start - 1 not in wrong]
    by_rules, by_structure = _worst(found), _worst(structural)
    mildest = len(Severity)
    return (
        [f for f in found if by_structure.get(_element(f), mildest) >= f.severity.rank],
        [f for f in structural if by_rules.get(_element(f), mildest) > f.severity.rank],
    )


_ID_QUALIFIER = "NM108"


def _worst(findings: list[Finding]) -> dict[tuple[int, int, str], int]:
    """The rank of the worst finding of each element; findings of whole segments are left out."""
    ranks: dict[tuple[int, int, str], int] = {}
    for finding in findings:
        if finding.location.element:
            rank = min(finding.severity.rank, ranks.get(_element(finding), len(Severity)))
            ranks[_element(finding)] = rank
    return ranks


def _element(finding: Finding) -> tuple[int, int, str]:
    place = finding.location
    return place.byte_start, place.byte_end, place.element
