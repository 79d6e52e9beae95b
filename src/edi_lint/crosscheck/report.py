"""Prints a comparison with pyx12 for a reader: each difference and what it is put down to."""

from __future__ import annotations

from edi_lint.crosscheck.compare import AnswerComparison, AnswerDifference
from edi_lint.findings.masking import printable


def render(path: str, comparison: AnswerComparison) -> str:
    """The comparison of one file, a line for each difference."""
    path = printable(path)
    if comparison.refused:
        return f"{path}: pyx12 cannot read this file ({comparison.refused}): nothing to compare\n"
    count = len(comparison.differences)
    lines = [f"{path}: {comparison.agreed} answers agree, {count} differ"]
    if comparison.repaired:
        lines.append(
            f"  pyx12 cannot read this file as it is ({comparison.repaired}); each 837P was "
            "compared in a copy with a new envelope"
        )
    lines += [_line(d) for d in comparison.differences]
    reasons = {d.exception.name: d.exception.reason for d in comparison.differences if d.exception}
    lines += [f"  {name}: {reason}" for name, reason in sorted(reasons.items())]
    return "\n".join(lines) + "\n"


def _tag(segment: str) -> str:
    """A tag, or nothing: a segment without separators is all tag, and may hold anything."""
    return segment if segment.isalnum() and len(segment) <= 3 else "?"


def _line(difference: AnswerDifference) -> str:
    answer = difference.answer
    side = "edi-lint" if difference.ours else "pyx12   "
    element = f", element {answer.element} IK403 {answer.ik403}" if answer.element else ""
    why = difference.exception.name if difference.exception else "NOT EXPLAINED"
    return (
        f"  only {side} set {answer.transaction}, segment {answer.ordinal} {_tag(answer.segment)}: "
        f"IK304 {answer.ik304}{element} [{why}]"
    )
