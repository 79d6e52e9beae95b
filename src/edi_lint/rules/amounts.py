"""The form of amounts and quantities wherever they stand: BAL005."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edi_lint.engine import SegmentPlace, Shape
from edi_lint.findings import Applicability, Edit, Fix, Response, Severity
from edi_lint.rules.balancing import DATED, SECONDARY
from edi_lint.rules.base import Look, Rule, SegmentRule
from edi_lint.rules.examples import DATE, Example
from edi_lint.rules.parts import At, Remedy, Said, Spot

_FIGURES = Shape(((b"123456789", b"9"),))
"""An amount with every digit but 0 as 9: how long it is, and where it has more than zeros."""
_CENTS, _UNITS = 2, 3
_MOST_DIGITS = 10
_STEDI = "https://www.stedi.com/changelog/"


class _CutZeros(Remedy):
    """Takes zeros off the end of the finding's number, and a decimal point that they leave."""

    def __init__(self, count: int) -> None:
        self.count = count

    def fix(self, spot: Spot, find: Callable[[At], Spot | None]) -> Fix | None:
        start, end = spot.segment.span(spot.element, spot.component)
        if end - start != len(spot.segment.value(spot.element, spot.component)):
            return None
        edit = Edit(end - self.count, end, "")
        return Fix(Applicability.AUTOMATIC, "leave out the zeros at the end", (edit,))


def _judge_number(at: str, shape: str, decimals: int) -> Iterator[Said]:
    """What is wrong with the form of one number; `decimals` is how many it may have."""
    whole, _, fraction = shape.rstrip(" ").partition(".")
    if fraction.strip("09") or whole.strip("-90"):
        return  # not a number, which the guide's own checks report
    surplus = fraction[decimals:]
    if "9" in surplus:
        yield At(at), f"{at} has more than {decimals} digits behind the decimal point"
    elif surplus:
        remove = len(fraction) - len(fraction.rstrip("0"))
        count = remove + (remove == len(fraction))
        message = f"{at} has zeros behind digit {decimals} of its fraction"
        yield At(at, fix=_CutZeros(count), severity=Severity.WARNING), message
    if decimals == _CENTS and len(whole.lstrip("-")) + len(fraction[:decimals]) > _MOST_DIGITS:
        message = f"{at} has more than {_MOST_DIGITS} digits"
        yield At(at, severity=Severity.WARNING), message


def _look(tag: str, *elements: int, decimals: int = _CENTS) -> Look:
    """Looks at numbers of a segment, in whichever loop it is."""

    def judge(*shapes: str) -> Iterator[Said]:
        for element, shape in zip(elements, shapes, strict=True):
            if shape:
                yield from _judge_number(f"{tag}{element:02}", shape, decimals)

    return Look(SegmentPlace(tag, shaped=tuple((n, _FIGURES) for n in elements)), judge)


class AmountForm(SegmentRule):
    """An amount has at most two digits behind the decimal point and ten in all; units have three.

    A clearinghouse rejects an amount with a digit other than zero behind the second one. Zeros
    there say nothing: they are a warning, and the fix takes them out. More than ten digits rest on
    the guide's notes, hence a warning.
    """

    code = "BAL005"
    name = "amount-form"
    fault = "Amount with too many digits"
    level = 3
    severity = Severity.ERROR
    response = Response(stc=("A7", "178"))
    fix_safety = "The amount stays the same: zeros at the end of a fraction say nothing."
    source = (
        "a clearinghouse's published edits (STEDI, 2026-11-19); the guide's notes on lengths, as "
        "stupidedi has them"
    )
    addresses = (
        _STEDI + "claim-edit-monetary-amounts-with-a-non-zero-digit-after-the-second-decimal-place",
        "https://github.com/kputnam/stupidedi",
    )
    help = "Round the amount to cents, and check that lines and claim still add up."
    valid = (
        Example(),
        Example(clm="CLM*EX-1*120.5***12:B:1*Y*A*Y*Y", line=("SV1*HC:A4306*120.50*UN*1***1",)),
        Example(line=("SV1*HC:J2795*120*UN*1.125***1",)),
    )
    invalid = (
        Example(claim=("AMT*F5*20.125", "HI*ABK:G8918"), at="AMT02"),
        Example(
            clm="CLM*EX-1*120.5***12:B:1*Y*A*Y*Y",
            line=("SV1*HC:A4306*120.500*UN*1***1",),
            at="SV102",
            fixed=(("SV1*HC:A4306*120.500*UN*1***1", "SV1*HC:A4306*120.5*UN*1***1"),),
        ),
        Example(
            line=("SV1*HC:A4306*120.000*UN*1***1",),
            at="SV102",
            fixed=(("SV1*HC:A4306*120.000*UN*1***1", "SV1*HC:A4306*120*UN*1***1"),),
        ),
        Example(line=("SV1*HC:J2795*120*UN*1.1255***1",), at="SV104"),
        Example(
            claim=(
                *("HI*ABK:G8918", "SBR*P*18*******CI", "AMT*D*100", "OI***Y***Y"),
                "NM1*IL*1*EXAMPLE*PERSON****MI*MEMBER0002",
                "NM1*PR*2*OTHER EXAMPLE PAYER*****PI*PAYER2",
            ),
            line=(
                *("SV1*HC:A4306*120*UN*1***1", DATE, "SVD*PAYER2*100.001*HC:A4306**1"),
                *("CAS*CO*45*20", DATED),
            ),
            change=SECONDARY,
            at="SVD02",
        ),
    )
    looks = (
        _look("CLM", 2),
        _look("AMT", 2),
        _look("SV1", 2),
        _look("SV1", 4, decimals=_UNITS),
        _look("SVD", 2),
        _look("CAS", 3, 6, 9, 12, 15, 18),
    )


RULES: tuple[type[Rule], ...] = (AmountForm,)
