"""Says whether data from a user's file has the shape that is expected, and where it first has not.

Imported only where such a file is read, since it takes msgspec.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_args, get_origin

import msgspec


class FileShape(msgspec.Struct, forbid_unknown_fields=True):
    """The keys that a table, a mapping or an object of a file may have, and what they hold."""


class ShapeFault(NamedTuple):
    """The first thing in data that does not have its shape.

    `path` are the keys and indexes, from 0, that lead there. `is_missing` and `is_unknown` are
    about the last key in it: it should be there, or should not be; then `known` are the keys that
    may stand in its place. Otherwise `value` is what was found, `expected` what msgspec says of it,
    such as "Expected `str`". `choices` are the texts that it may be, where they are few, `pattern`
    is the regular expression that it does not match.
    """

    path: tuple[str | int, ...]
    is_missing: bool = False
    is_unknown: bool = False
    known: tuple[str, ...] = ()
    value: object = None
    expected: str = ""
    choices: tuple[str, ...] = ()
    pattern: str = ""


def fault_in(data: object, shape: Any) -> ShapeFault | None:
    """The first fault of data by a shape: a `FileShape`, or another type that msgspec knows."""
    try:
        msgspec.convert(data, shape, strict=True)
    except msgspec.ValidationError as problem:
        return _fault(str(problem), data, shape)
    return None


_KEY = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*)`")


def _fault(message: str, data: object, shape: Any) -> ShapeFault:
    words, _, place = message.rpartition(" - at ")
    if not words:
        words, place = message, ""
    path: tuple[str | int, ...] = tuple(
        key or int(index) for key, index in _KEY.findall(place.strip("`"))
    )
    if field := _FIELD.match(words):
        (mapping,) = _shapes_in(_type_at(shape, path))
        known = tuple(f.encode_name for f in msgspec.structs.fields(mapping))
        is_missing = field[1] == "missing required"
        return ShapeFault((*path, field[2]), is_missing, not is_missing, known)
    value: Any = data
    for key in path:
        value = value[key]
    kinds = list(_types_in(_type_at(shape, path)))
    choices = [choice for t in kinds if get_origin(t) is Literal for choice in get_args(t)]
    patterns = [t.pattern or "" for t in kinds if isinstance(t, msgspec.Meta)]
    pattern = "".join(patterns) if "matching regex" in words else ""
    return ShapeFault(path, False, False, (), value, words, tuple(choices), pattern)


def _type_at(shape: Any, path: tuple[str | int, ...]) -> Any:
    """The type of what is at a path; the members of a list have the type of the list."""
    for key in path:
        if isinstance(key, str):
            (found,) = _shapes_in(shape)
            (shape,) = (f.type for f in msgspec.structs.fields(found) if f.encode_name == key)
    return shape


def _types_in(kind: Any) -> Iterator[Any]:
    """A type, and those in it, such as in `list[FileShape] | None`."""
    yield kind
    if get_origin(kind) is not Literal:
        for one in get_args(kind):
            yield from _types_in(one)


def _shapes_in(kind: Any) -> Iterator[type[FileShape]]:
    found = (t for t in _types_in(kind) if isinstance(t, type) and issubclass(t, FileShape))
    yield from dict.fromkeys(found)
