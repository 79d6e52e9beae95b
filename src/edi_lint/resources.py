"""Finds the data files that ship with the package: grammars and JSON Schemas, templates, packs."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable


def schema(name: str) -> Traversable:
    """A file of the top-level folder `schemas/`, wherever it was installed."""
    return files("edi_lint.schemas").joinpath(name)


def templates(kind: str) -> Traversable:
    """The folder `templates/KIND`: `annotate` or `rewrite`."""
    return files("edi_lint.templates").joinpath(kind)


def pack(name: str) -> Traversable:
    """A rule pack or payer file of `edi_lint.packs`."""
    return files("edi_lint.packs").joinpath(name)
