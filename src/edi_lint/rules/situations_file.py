"""Reads files of situations: the user's rows, and those that ship where they are compiled.

msgspec checks the shape, which `schemas/situations.schema.json` describes too; what a schema cannot
say is checked here: that parts are named, that comparisons can be made, that examples are there.
Imported only where such a file is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import msgspec
import yaml

from edi_lint.files.printable import each_text, printable_lines
from edi_lint.files.yaml_text import YamlFault, read_yaml
from edi_lint.findings.masking import may_be_shown
from edi_lint.packs.load import nearest
from edi_lint.rules.parts import Part
from edi_lint.rules.situations import (
    OTHERS,
    PAYER_CLASSES,
    SENT_DAY,
    SILENT,
    Situation,
    part_of,
    situation,
    slots,
)
from edi_lint.x12.errors import EdiLintError

_LARGEST = 1024 * 1024
_MOST_ROWS = 1_000
"""Rows that the files of one run may have together; each is asked about each claim."""
_TESTS = (
    "is",
    "is_not",
    "in",
    "not_in",
    "none_in",
    "filled",
    "before",
    "after",
    "more_than",
    "less_than",
    "longer_than",
    "contains",
)
_COMPARES_DAYS = ("before", "after")
_RANGE = re.compile(r"([A-Z0-9]+)\.\.([A-Z0-9]+)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class SituationError(EdiLintError, ValueError):
    """A file of situations that cannot be used; the message names file, line, row and remedy."""


Code = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}[0-9]{3}$")]
Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]*$", max_length=60)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Grade = Literal["error", "warning", "info", "silent"]
Texts = Annotated[list[Text], msgspec.Meta(min_length=1, max_length=2000)]


class _SituationShape(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    pass


class ConditionKeys(_SituationShape):
    part: str | None = None
    payer: Texts | None = None
    not_payer: Texts | None = None
    pack: Texts | None = None
    not_pack: Texts | None = None
    is_: str | None = msgspec.field(default=None, name="is")
    is_not: str | None = None
    in_: Texts | None = msgspec.field(default=None, name="in")
    not_in: Texts | None = None
    none_in: Texts | None = None
    filled: bool | None = None
    before: Text | None = None
    after: Text | None = None
    more_than: Text | int | float | None = None
    less_than: Text | int | float | None = None
    longer_than: Annotated[int, msgspec.Meta(ge=0)] | None = None
    contains: Annotated[str, msgspec.Meta(min_length=1, max_length=100)] | None = None
    any: Annotated[list[ConditionKeys], msgspec.Meta(min_length=2, max_length=50)] | None = None


class FixKeys(_SituationShape):
    words: Text
    write: Text | None = None
    remove: Texts | None = None


class ResponseKeys(_SituationShape):
    ta105: str = ""
    ak905: str = ""
    ik502: str = ""
    ik304: str = ""
    ik403: str = ""
    stc: list[str] = []
    carc: str = ""
    rarc: list[str] = []


class ExampleKeys(_SituationShape):
    line: list[str] | None = None
    claim: list[str] | None = None
    clm: str | None = None
    more: list[str] | None = None
    filing: str | None = None
    change: list[tuple[str, str]] | None = None
    at: str | None = None
    fixed: list[tuple[str, str]] | None = None
    profile: list[str] | None = None


class ExamplesKeys(_SituationShape):
    pass_: Annotated[list[ExampleKeys], msgspec.Meta(min_length=1)] = msgspec.field(name="pass")
    fail: Annotated[list[ExampleKeys], msgspec.Meta(min_length=1)]


class CaseKeys(_SituationShape):
    message: Text
    when: list[ConditionKeys] = []
    require: list[ConditionKeys] = []
    forbid: list[ConditionKeys] = []
    at: str = ""
    also: str = ""
    severity: Grade | dict[str, Grade] = {}
    response: ResponseKeys | None = None
    fix: FixKeys | None = None


class SituationKeys(_SituationShape):
    code: Code
    name: Name
    fault: Text
    checks: Text
    level: Annotated[int, msgspec.Meta(ge=1, le=7)]
    severity: Grade | dict[str, Grade]
    source: Text
    parts: Annotated[
        dict[Annotated[str, msgspec.Meta(pattern="^[a-z][a-z_]*$")], str],
        msgspec.Meta(min_length=1, max_length=20),
    ]
    cases: Annotated[list[CaseKeys], msgspec.Meta(min_length=1, max_length=50)]
    help: Text
    examples: ExamplesKeys
    why: str = ""
    addresses: list[Annotated[str, msgspec.Meta(pattern="^https?://")]] = []
    when: list[ConditionKeys] = []
    response: ResponseKeys = msgspec.field(default_factory=ResponseKeys)
    no_status: str = ""
    conflict: str = ""


class SituationsFile(_SituationShape):
    version: Literal[1]
    situations: Annotated[list[SituationKeys], msgspec.Meta(min_length=1, max_length=_MOST_ROWS)]


def read_situations(
    paths: Sequence[Path], taken: Collection[str], prefixes: Collection[str]
) -> tuple[Situation, ...]:
    """The rows of files. Raises SituationError.

    `taken` are the codes of other rules, `prefixes` the beginnings that are not a user's to use.
    """
    rows: dict[str, Situation] = {}
    for path in paths:
        for row, fault in _rows(_text(path), str(path)):
            if row.code[:3] in prefixes:
                fault(".code", f"{row.code[:3]} is for rules of edi-lint: choose other letters")
            if row.code in rows or row.code in taken:
                fault(".code", f"another row has the code {row.code} already")
            rows[row.code] = row
            if len(rows) > _MOST_ROWS:
                fault("", f"there are more than {_MOST_ROWS} rows")
    return tuple(rows.values())


def read_rows(text: str, file: str) -> list[dict[str, Any]]:
    """The rows of a file's text, checked, as mappings. Raises SituationError."""
    rows = [(keys, situation(keys)) for keys in _checked(text, file)[0]]
    return [keys for keys, _ in rows]


def json_schema() -> dict[str, Any]:
    """The JSON schema of a file of situations, for editors."""
    schema: dict[str, Any] = msgspec.json.schema(SituationsFile)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Situations: rules of your own for edi-lint",
        **schema,
    }


Fault = Callable[[str, str], NoReturn]
"""Raises SituationError for a key of a row."""


def _rows(text: str, file: str) -> Iterator[tuple[Situation, Fault]]:
    keys, faults = _checked(text, file)
    for row, fault in zip(keys, faults, strict=True):
        yield situation(row), fault


def _checked(text: str, file: str) -> tuple[list[dict[str, Any]], list[Fault]]:
    """The rows of a file as mappings, and how to raise a fault of each."""
    try:
        root, data = read_yaml(text)
    except YamlFault as problem:
        raise SituationError(problem.of(file)) from None
    data = each_text(_plain(data), printable_lines)
    try:
        read = msgspec.convert(data, SituationsFile, strict=True)
    except msgspec.ValidationError as problem:
        raise _misshapen(problem, root, file, data) from None
    made: list[dict[str, Any]] = msgspec.to_builtins(read.situations)
    faults = [_fault_of(root, file, n, row["code"]) for n, row in enumerate(made)]
    for row, fault in zip(made, faults, strict=True):
        _check_row(row, fault)
    return made, faults


def _plain(data: Any) -> Any:
    """Dates as the texts that they were written as."""
    if isinstance(data, dict):
        return {key: _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_plain(value) for value in data]
    return data.isoformat() if hasattr(data, "isoformat") else data


def _text(path: Path) -> str:
    """The text of a file. Raises SituationError."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SituationError(f"{path}: is larger than 1 MB, too large for situations")
        return content.decode("utf-8-sig")
    except OSError as problem:
        raise SituationError(f"{path}: {problem.strerror or type(problem).__name__}") from None
    except UnicodeDecodeError:
        raise SituationError(f"{path}: is not UTF-8 text") from None


# --- where a fault is -----------------------------------------------------------------------------


def _line_at(root: yaml.Node | None, path: str) -> int:
    """The line, from 1, of what a path such as $.situations[0].when names, or is nearest to it."""
    node = root
    line = 1
    for key, index in re.findall(r"\.([^.\[\]]+)|\[([^\]]*)\]", path):
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode) and key:
            for name, value in node.value:
                if getattr(name, "value", None) == key:
                    found, line = value, name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and index.isdigit():
            found = next(iter(node.value[int(index) :]), None)
            line = found.start_mark.line + 1 if found is not None else line
        if found is None:
            break
        node = found
    return line


def _fault_of(root: yaml.Node | None, file: str, number: int, code: str) -> Fault:
    def fault(path: str, message: str) -> NoReturn:
        line = _line_at(root, f"$.situations[{number}]{path}")
        raise SituationError(f"{file}, line {line}: {code}: {message}")

    return fault


def _misshapen(
    problem: msgspec.ValidationError, root: yaml.Node | None, file: str, data: Any
) -> SituationError:
    """The error for what does not have the shape, with the line and the nearest known key."""
    words, _, path = str(problem).partition(" - at `")
    path = path.rstrip("`")
    words = words[:1].lower() + words[1:]
    unknown = re.search(r"unknown field `(.*)`", words)
    hint = ""
    if unknown:
        shape = _shape_at(path)
        words = f"the key {unknown[1]} is not known here"
        hint = nearest(unknown[1], [f.encode_name for f in msgspec.structs.fields(shape)])
        path = f"{path}.{unknown[1]}"
    elif "missing required field" in words:
        words = words.replace("object missing required field", "missing the key").replace("`", "")
    number = re.match(r"\$\.situations\[(\d+)\]", path)
    code = ""
    if number and isinstance(data, dict):
        rows = data["situations"]
        row = rows[int(number[1])] if isinstance(rows, list) else None
        said = row.get("code") if isinstance(row, dict) else None
        code = (
            f"{said}: " if isinstance(said, str) and re.fullmatch("[A-Z]{3}[0-9]{3}", said) else ""
        )
    key = re.sub(r"^\$\.?(situations\[\d+\]\.?)?", "", path)
    where = f"{key}: " if key and not unknown else ""
    return SituationError(f"{file}, line {_line_at(root, path)}: {code}{where}{words}{hint}")


def _shape_at(path: str) -> type[_SituationShape]:
    last = re.sub(r"\[[^\]]*\]", "", path).rpartition(".")[2]
    if last in ("when", "require", "forbid", "any"):
        return ConditionKeys
    if last in ("pass", "fail"):
        return ExampleKeys
    shapes: Mapping[str, type[_SituationShape]] = {
        "situations": SituationKeys,
        "cases": CaseKeys,
        "fix": FixKeys,
        "response": ResponseKeys,
        "examples": ExamplesKeys,
    }
    return shapes.get(last, SituationsFile)


# --- what a schema cannot say ---------------------------------------------------------------------


def _check_row(row: Mapping[str, Any], fault: Fault) -> None:
    parts = {}
    for name, text in row["parts"].items():
        if name in ("payer", "pack", SENT_DAY):
            fault(f".parts.{name}", f"{name} is not free as a part's name: choose another one")
        try:
            parts[name] = part_of(text)
        except ValueError:
            fault(
                f".parts.{name}",
                f"{text!r} names no place: write loop, segment and element, as in 2300 CLM05-3, "
                "2300 REF[F8]01, 2400 SV101-3..6 or every 2320 SBR09",
            )
    for number, condition in enumerate(row.get("when", ())):
        _check_condition(condition, f".when[{number}]", parts, fault, True)
    _check_severity(row["severity"], ".severity", fault)
    for number, case in enumerate(row["cases"]):
        _check_case(case, f".cases[{number}]", parts, fault)
    for number, example in enumerate(row["examples"]["fail"]):
        if not example.get("at"):
            fault(f".examples.fail[{number}]", "at must say where the finding is, as in CLM05-03")


def _check_severity(severity: Any, path: str, fault: Fault) -> None:
    grades = {OTHERS: severity} if isinstance(severity, str) else severity
    _check_payers([name for name in grades if name != OTHERS], path, fault)
    if grades and set(grades.values()) == {SILENT}:
        fault(path, "is silent for every payer: nothing would ever be reported")


def _check_case(
    case: Mapping[str, Any], path: str, parts: Mapping[str, Part], fault: Fault
) -> None:
    if not case.get("require") and not case.get("forbid"):
        fault(path, "require or forbid must say what is wrong")
    for key in ("when", "require", "forbid"):
        for number, condition in enumerate(case.get(key, ())):
            _check_condition(condition, f"{path}.{key}[{number}]", parts, fault, key == "when")
    _check_severity(case.get("severity", {}), f"{path}.severity", fault)
    fix = case.get("fix") or {}
    named = [(".at", name.removesuffix(" segment")) for name in [case.get("at", "")] if name]
    named += [(".also", name) for name in [case.get("also", "")] if name]
    named += [(".fix.remove", name) for name in fix.get("remove", ())]
    for key, name in named:
        if name not in parts:
            fault(f"{path}{key}", f"{name} is not a part of this row{nearest(name, parts)}")
    if fix and ("write" in fix) == ("remove" in fix):
        fault(f"{path}.fix", "needs one of write and remove")
    for key, message in ((".message", case["message"]), (".fix.words", fix.get("words", ""))):
        for name in slots(message):
            if name not in parts:
                fault(f"{path}{key}", f"{{{name}}} is not a part of this row{nearest(name, parts)}")
            if not _may_be_shown(parts[name]):
                fault(
                    f"{path}{key}",
                    f"{{{name}}} may contain what identifies a person, and is never shown: leave "
                    "it out",
                )
    if (name := fix.get("write", "")) in parts and not _may_be_shown(parts[name]):
        fault(
            f"{path}.fix.write",
            f"{name} may contain what identifies a person, and is never shown: write a value",
        )


def _may_be_shown(part: Part) -> bool:
    place = part.place
    return may_be_shown(place.loop, place.tag, place.element, place.first)


def _check_condition(
    condition: Mapping[str, Any],
    path: str,
    parts: Mapping[str, Part],
    fault: Fault,
    in_when: bool,
) -> None:
    if "any" in condition:
        if len(condition) > 1:
            fault(path, "any stands alone: put the other keys into its conditions")
        for number, one in enumerate(condition["any"]):
            if "any" in one:
                fault(path, "any may not contain any: list all conditions in one")
            _check_condition(one, f"{path}.any[{number}]", parts, fault, in_when)
        return
    about = [k for k in ("part", "payer", "not_payer", "pack", "not_pack") if k in condition]
    tests = [test for test in _TESTS if test in condition]
    if len(about) != 1:
        fault(path, "a condition is about one of part, payer, not_payer, pack and not_pack")
    if about != ["part"]:
        if tests:
            fault(path, f"{tests[0]} is a test of a part, not of a payer or pack")
        if not in_when:
            fault(path, f"{about[0]} says when a row speaks: put it into when")
        if about[0].endswith("payer"):
            _check_payers(condition[about[0]], f"{path}.{about[0]}", fault)
        return
    name = condition["part"]
    if name not in parts:
        fault(f"{path}.part", f"{name} is not a part of this row{nearest(name, parts)}")
    if len(tests) != 1:
        fault(path, f"needs one test: {', '.join(_TESTS)}")
    _check_operand(tests[0], condition[tests[0]], f"{path}.{tests[0]}", parts, fault)


def _is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _check_payers(names: Sequence[str], path: str, fault: Fault) -> None:
    for name in names:
        if name == OTHERS or not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            hint = nearest(name, PAYER_CLASSES)
            fault(path, f"{name} is not a payer class or the name of a profile{hint}")


def _check_operand(
    test: str, operand: Any, path: str, parts: Mapping[str, Part], fault: Fault
) -> None:
    if test in ("in", "not_in", "none_in"):
        for one in operand:
            if ".." not in one:
                continue
            found = _RANGE.fullmatch(one)
            if not found or len(found[1]) != len(found[2]) or found[1] > found[2]:
                fault(path, f"{one} is not a range: two codes of one length, as in A0425..A0436")
    elif test in _COMPARES_DAYS:
        known = (*parts, SENT_DAY)
        if operand not in known and not _is_day(operand):
            fault(path, f"{operand} is not a day (2026-01-31), a part or {SENT_DAY}")
    elif test in ("more_than", "less_than"):
        is_number = re.fullmatch(r"-?\d+(\.\d+)?", str(operand))
        if not is_number and operand not in parts:
            hint = nearest(str(operand), parts)
            fault(path, f"{operand} is not a number or a part of this row{hint}")
