"""Finds the data files that ship with the package: grammars, schemas, templates, packs, codes."""

from __future__ import annotations

from pkgutil import get_data
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def schema(name: str) -> bytes:
    """A file of the top-level folder `schemas/`, wherever it was installed."""
    return _content("edi_lint.schemas", name)


def pack(name: str) -> bytes:
    """A rule pack or payer file of `edi_lint.packs`."""
    return _content("edi_lint.packs", name)


def situations(name: str) -> bytes:
    """A file of rules that are data, by its name."""
    return _content("edi_lint.rules", name)


def codes(name: str) -> bytes:
    """A code table of `edi_lint.codes`."""
    return _content("edi_lint.codes", name)


def templates(kind: str) -> Traversable:
    """The folder `templates/KIND`, such as `templates/annotate`."""
    from importlib.resources import files

    return files("edi_lint.templates").joinpath(kind)


def _content(package: str, name: str) -> bytes:
    """A file's bytes. `importlib.resources` finds it as well, but takes 5 ms to be imported."""
    data = get_data(package, name)
    if data is None:
        raise FileNotFoundError(f"{name} is missing in {package}")
    return data
