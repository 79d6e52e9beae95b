"""Reads the values that fix rejected claims: for each claim places and what is to be there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from edi_lint.edits.element_place import ElementPlace, WrongPlace
from edi_lint.findings.masking import printable
from edi_lint.transform.claim_data import Data, DataProblem, DataRow

AT, VALUE = "at", "value"
"""The fields of a row: a place, as edit names it, and the value; an empty one takes it away."""


class FixedValue(NamedTuple):
    """A value for a place, the claim that it is for, and where in the data it is."""

    place: str
    value: str
    claim: str
    where: str


def fixed_values(data: Data) -> dict[str, tuple[FixedValue, ...]]:
    """The values by the claim's name, of data with the fields `at` and `value`.

    Raises DataProblem for a row with other fields, or without a place.
    """
    return {
        claim: tuple(_fixed_value(claim, row) for row in given.rows)
        for claim, given in data.items()
    }


def _fixed_value(claim: str, row: DataRow) -> FixedValue:
    fields = {*row.fields, *row.empty}
    if fields != {AT, VALUE}:
        unknown = ", ".join(sorted(map(printable, fields - {AT, VALUE})))
        more = f"; {unknown} is not one of them" if unknown else ""
        raise DataProblem(
            f"{row.where}: a value that fixes a claim has the fields {AT} (a place, such as "
            f"0001#33:DTP03) and {VALUE}{more}"
        )
    try:
        place = ElementPlace.read(row.fields.get(AT, ""))
    except WrongPlace as problem:
        raise DataProblem(f"{row.where}: {problem}") from None
    return FixedValue(str(place), row.fields.get(VALUE, ""), claim, row.where)


def by_file(
    values: Mapping[str, Sequence[FixedValue]], claims: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, FixedValue]]:
    """The values by place for each sent file; `claims` say in which files each claim was sent.

    A claim is named by CLM01 or by ST02/n. Raises DataProblem for a claim that no answer is about,
    or that is in several files, and for a place that is given twice.
    """
    found: dict[str, dict[str, FixedValue]] = {}
    for name, given in values.items():
        files = sorted(set(claims.get(name, ())))
        where = given[0].where
        if not files:
            raise DataProblem(f"{where}: no answer is about the claim of this row")
        if len(files) > 1:
            raise DataProblem(
                f"{where}: the claim of this row was sent in {len(files)} files; correct it with "
                "edit in the one that is meant"
            )
        of_file = found.setdefault(files[0], {})
        for one in given:
            if one.place in of_file:
                raise DataProblem(f"{one.where}: a place is given twice; give one value for it")
            of_file[one.place] = one
    return found
