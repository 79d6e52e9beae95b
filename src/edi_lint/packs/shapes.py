"""The shapes of a user's rule packs and payer profiles, and what is said where one has another.

They are those of `schemas/pack.schema.json` and `profile.schema.json`. Imported only where such a
file is read: what ships is compiled, and its shape is tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, NoReturn

import msgspec
from msgspec import UNSET, UnsetType

from edi_lint.files.shape import FileShape, ShapeFault, fault_in
from edi_lint.packs.load import RELATIONS, PackError, nearest

_LONGEST = {"months": 120, "days": 3660}

_FORMS = {
    (_NAME := r"^[a-z0-9][a-z0-9-]*\Z"): "lower-case letters, digits and hyphens",
    (_HCPCS := r"^[A-Z0-9]{5}\Z"): "a HCPCS code, such as A4306",
    (_MODIFIER := r"^[A-Z0-9][A-Z0-9]\Z"): "a modifier, such as KX",
    (_FILING_INDICATOR := r"^[A-Z0-9]{2}\Z"): "a value of SBR09, such as MB",
    (_TRANSMISSION := r"^(AA|BM|EL|EM|FT|FX)\Z"): "a value of PWK02: AA, BM, EL, EM, FT or FX",
    (_FREQUENCY := r"^[A-Z0-9]\Z"): "a value of CLM05-3, such as 1",
    (_REPORT_TYPE := r"^([A-Z0-9]{2})\Z"): "a value of PWK01, such as B3",
    (_REFERENCE := r"^[A-Z0-9]{2,3}\Z"): "a value of REF01, such as F8",
    (_NOTE := r"^[A-Z]{3}\Z"): "a value of NTE01, such as ADD",
    (_FORM := r"^[A-Z0-9]{1,3}\Z"): "a value of LQ01, such as UT",
    (_PLACE := r"^[0-9]{2}\Z"): "a place of service, such as 12",
    (_CATEGORY := r"^[A-Z][0-9]{1,2}\Z"): "a category of a 277CA, such as A3",
    (_NPI := r"^[0-9]{10}\Z"): "an NPI, ten digits",
    (_WORDS := r"^[A-Z0-9][A-Z0-9/ .-]*\Z"): "words in upper case",
}
"""What a text must look like, as the schemas have it, and in words."""
_RULE = (re.compile("[A-Z]{3}[0-9]{3}"), "a rule's code, such as DOC001")
_CODE = (re.compile(_HCPCS), _FORMS[_HCPCS])

Text = Annotated[str, msgspec.Meta(min_length=1)]
Some = Annotated[list[Text], msgspec.Meta(min_length=1)]


def _text(form: str) -> Any:
    """A text of a form."""
    return Annotated[str, msgspec.Meta(pattern=form)]


def _some(form: str, least: int = 1) -> Any:
    """A list of at least one text of a form, or of at least so many."""
    text = _text(form)
    return Annotated[list[text], msgspec.Meta(min_length=least)]  # type: ignore[valid-type]


# packs


class StatementShape(FileShape):
    text: Text
    source: Text


class CommonErrorShape(FileShape):
    statement: Text
    correction: Text
    source: Text


class FlowRateShape(FileShape):
    below: Annotated[int, msgspec.Meta(ge=1)]
    otherwise: _text(_HCPCS)  # type: ignore[valid-type]
    source: Text


class UnitsShape(FileShape):
    basis: Literal["UN", "MJ"]
    meaning: Text
    source: Text


class NeighbourShape(FileShape):
    code: _text(_HCPCS)  # type: ignore[valid-type]
    descriptor: Text
    relation: Literal[tuple(RELATIONS)]  # type: ignore[valid-type]
    meaning: Text
    source: Text


class FacilityPlacesShape(FileShape):
    places: _some(_PLACE)  # type: ignore[valid-type]
    meaning: Text
    source: Text


class ModifierMeaningShape(FileShape):
    modifier: _text(_MODIFIER)  # type: ignore[valid-type]
    meaning: Text


class PointlessModifiersShape(FileShape):
    modifiers: _some(_MODIFIER)  # type: ignore[valid-type]
    reason: Text
    source: Text


class ModifiersShape(FileShape):
    liability: _some(_MODIFIER, 0)  # type: ignore[valid-type]
    attesting: _some(_MODIFIER, 0)  # type: ignore[valid-type]
    order: _some(_MODIFIER, 0)  # type: ignore[valid-type]
    meanings: list[ModifierMeaningShape]
    pointless: list[PointlessModifiersShape]


class ReportTypeNameShape(FileShape):
    type: _text(_REPORT_TYPE)  # type: ignore[valid-type]
    name: Text


class NoteTopicShape(FileShape):
    topic: Text
    words: _some(_WORDS)  # type: ignore[valid-type]
    only_with: _some(_WORDS, 0) = ()  # type: ignore[valid-type]


class DocumentationShape(FileShape):
    report_types: _some(_REPORT_TYPE, 0)  # type: ignore[valid-type]
    report_type_names: list[ReportTypeNameShape]
    references: _some(_REFERENCE, 0)  # type: ignore[valid-type]
    notes: _some(_NOTE, 0)  # type: ignore[valid-type]
    forms: _some(_FORM, 0)  # type: ignore[valid-type]
    note_contents: list[NoteTopicShape]
    advice: list[StatementShape]


class PackShape(FileShape):
    name: _text(_NAME)  # type: ignore[valid-type]
    codes: _some(_HCPCS)  # type: ignore[valid-type]
    descriptor: Text
    descriptor_notes: list[StatementShape]
    common_errors: list[CommonErrorShape]
    flow_rate: FlowRateShape | None
    units: UnitsShape
    neighbours: list[NeighbourShape]
    facility_places: list[FacilityPlacesShape]
    added: date | None
    modifiers: ModifiersShape
    documentation: DocumentationShape
    diagnosis: list[StatementShape]
    sources: Some
    rules: Some | UnsetType = UNSET
    descriptors: dict[_text(_HCPCS), Text] | UnsetType = UNSET  # type: ignore[valid-type]


# profiles


class CitedShape(FileShape):
    citation: Text


class SuppliersShape(FileShape):
    accepted: _some(_NPI)  # type: ignore[valid-type]
    citation: Text


class ReportTypesShape(FileShape):
    accepted: _some(_REPORT_TYPE)  # type: ignore[valid-type]
    citation: Text


class TransmissionsShape(FileShape):
    accepted: _some(_TRANSMISSION)  # type: ignore[valid-type]
    citation: Text


class FrequenciesShape(FileShape):
    accepted: _some(_FREQUENCY)  # type: ignore[valid-type]
    citation: Text


class ElsewhereShape(FileShape):
    places: _some(_PLACE)  # type: ignore[valid-type]
    payer: Text
    citation: Text


class LimitShape(FileShape):
    limit: Annotated[float, msgspec.Meta(gt=0)]
    citation: Text


class UseShape(FileShape):
    diagnoses: Some
    words: _some(_WORDS)  # type: ignore[valid-type]


class PolicyShape(FileShape):
    verdict: Literal["covered", "never", "review"] | UnsetType = UNSET
    reason: Text | UnsetType = UNSET
    citation: Text | UnsetType = UNSET
    use: UseShape | UnsetType = UNSET
    authorization: CitedShape | UnsetType = UNSET
    elsewhere: ElsewhereShape | UnsetType = UNSET
    units_per_day: LimitShape | UnsetType = UNSET
    suppliers: SuppliersShape | UnsetType = UNSET
    report_types: ReportTypesShape | UnsetType = UNSET


class MatchShape(FileShape):
    filing_indicators: _some(_FILING_INDICATOR) | UnsetType = UNSET  # type: ignore[valid-type]
    payer_ids: Some | UnsetType = UNSET
    payer_names: Some | UnsetType = UNSET
    first: date | UnsetType = UNSET
    last: date | UnsetType = UNSET


class FilingShape(FileShape):
    citation: Text
    months: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST["months"])] | UnsetType = UNSET
    days: Annotated[int, msgspec.Meta(ge=1, le=_LONGEST["days"])] | UnsetType = UNSET
    rolls_to_workday: bool = False


class OverflowShape(FileShape):
    lists: Literal["rest", "all"]
    citation: Text


class PayerRouteShape(FileShape):
    categories: _some(_CATEGORY)  # type: ignore[valid-type]
    route: Literal["new-claim", "wait", "none", "look"]
    citation: Text


class ProfileShape(FileShape):
    name: _text(_NAME)  # type: ignore[valid-type]
    title: Text
    match: MatchShape | Annotated[list[MatchShape], msgspec.Meta(min_length=1)]
    sources: Some
    extends: str | UnsetType = UNSET
    medicare: bool | UnsetType = UNSET
    severities: dict[str, Any] | UnsetType = UNSET
    policies: dict[str, Any] | UnsetType = UNSET
    transmissions: TransmissionsShape | UnsetType = UNSET
    frequencies: FrequenciesShape | UnsetType = UNSET
    filing: FilingShape | UnsetType = UNSET
    routes: Annotated[list[PayerRouteShape], msgspec.Meta(min_length=1)] | UnsetType = UNSET
    overflow: OverflowShape | UnsetType = UNSET
    rules: Some | UnsetType = UNSET


Grade = Literal["error", "warning", "info", "silent"]


def check_pack(data: Any, file: str) -> None:
    """Raise PackError where a pack does not have its shape."""
    _check(data, PackShape, file)


def check_profile(data: Any, file: str) -> None:
    """Raise PackError where a profile does not have its shape."""
    _check(data, ProfileShape, file)
    for rule, grade in _entries(data, "severities", _RULE, file):
        _check(grade, Grade, file, f"severities.{rule}")
    for code, policy in _entries(data, "policies", _CODE, file):
        path = f"policies.{code}"
        _check(policy, PolicyShape, file, path)
        needed = ("verdict", "reason", "citation")
        given = [key for key in needed if key in policy]
        if given and given[0] != "verdict":
            _refuse(file, f"{path}.{given[0]} goes with a verdict, which is missing")
        for key in needed if given else ():
            if key not in given:
                _refuse(file, f"{path}.{key} is missing")
    several = isinstance(data["match"], list)
    for number, match in enumerate(data["match"] if several else [data["match"]], 1):
        first, last = (str(match.get(key) or "") for key in ("first", "last"))
        if first and last and last < first:
            _refuse(file, f"match{f'[{number}]' * several}.last must not be before first")
    if "filing" in data and ("months" in data["filing"]) == ("days" in data["filing"]):
        _refuse(file, "filing must give months or days, one of them")


def _entries(
    data: Any, key: str, form: tuple[re.Pattern[str], str], file: str
) -> Iterable[tuple[str, Any]]:
    """The entries of a mapping whose keys are no names of ours."""
    pattern, words = form
    for name, value in (data.get(key) or {}).items():
        if not pattern.fullmatch(name):
            _refuse(file, f"{key}.{name} is a key that must be {words}")
        yield name, value


def _check(data: Any, shape: Any, file: str, path: str = "") -> None:
    _check_keys(data, file, path)
    if fault := fault_in(data, shape):
        _refuse(file, _words(fault, path))


def _check_keys(data: Any, file: str, path: str) -> None:
    """Raise PackError for a key that is not a text: YAML reads 03 as a number, and NO as false."""
    waiting = [(data, path)]
    while waiting:
        value, where = waiting.pop()
        if isinstance(value, dict):
            for key, inner in value.items():
                if not isinstance(key, str):
                    _refuse(
                        file, f"{where} has the key {key}, which must be text{_hint(key)}".strip()
                    )
                waiting.append((inner, f"{where}.{key}".lstrip(".")))
        elif isinstance(value, list):
            waiting += [(inner, f"{where}[{n}]") for n, inner in enumerate(value, 1)]


def _words(fault: ShapeFault, above: str) -> str:
    """What is wrong, with the place; entries of a list are counted from 1."""
    *path, last = fault.path or [""]
    expected = fault.expected
    is_entry = isinstance(last, int) and not expected.startswith("Expected `object")
    name = _name([above, *path] if is_entry else [above, *path, last])
    if fault.is_missing:
        return f"{name} is missing"
    if fault.is_unknown:
        return f"{name} is not known here{nearest(str(last), fault.known)}"
    if fault.pattern and is_entry:
        return f"{name} holds {fault.value}, which must be {_FORMS[fault.pattern]}"
    return f"{name} must {_demand(fault, is_entry)}".lstrip()


def _demand(fault: ShapeFault, is_entry: bool) -> str:
    expected = fault.expected.partition(", got ")[0]
    if fault.pattern:
        return f"be {_FORMS[fault.pattern]}"
    if fault.choices and isinstance(fault.value, str):
        return f"be one of {', '.join(fault.choices)}"
    if "date" in expected:
        return "be a date, YYYY-MM-DD"
    if "`array` of length" in expected:
        return "hold at least 1"
    if expected.startswith("Expected `array"):
        return "be a list"
    if expected.startswith("Expected `object"):
        return "hold keys with values"
    if "`bool" in expected:
        return "be true or false"
    if "`float" in expected:
        return "be a number above 0"
    if "`int" in expected:
        return _demand_number(fault)
    texts = "be a list of texts" if is_entry else "be text"
    return texts + _hint(fault.value)


def _demand_number(fault: ShapeFault) -> str:
    most = _LONGEST.get(str(fault.path[-1]))
    if most and isinstance(fault.value, int) and not isinstance(fault.value, bool):
        return f"be from 1 to {most}"
    return "be a whole number" if most else "be a whole number from 1"


def _name(path: Iterable[str | int]) -> str:
    """A path as it is written in messages: documentation.advice[1].source."""
    steps = (f"[{key + 1}]" if isinstance(key, int) else f".{key}" for key in path if key != "")
    return "".join(steps).lstrip(".")


def _hint(value: object) -> str:
    """What YAML made of a value that was meant as text: 03 and NO need quotes."""
    if isinstance(value, bool | int | float):
        return f": put {str(value).lower()} in quotes, as the code list has it"
    return ""


def _refuse(file: str, words: str) -> NoReturn:
    raise PackError(f"{file}: {words}")
