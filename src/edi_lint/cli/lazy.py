"""What keeps the start short: a command is imported when it is called, a plain value taken as is.

typer 0.29 converts every value of a command line with pydantic, whose import takes longer than
linting a small file. Most values need no conversion: defaults, texts, names of choices. Those are
taken here, and everything else, above all what is wrong, goes to typer, whose words stay the same.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from importlib import import_module
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption


@cache
def command(name: str) -> Any:
    """The command of that name, out of the module and the function that are called so too."""
    single = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    function = getattr(import_module(f"edi_lint.cli.{name}"), name)
    single.command(name, cls=_Command)(function)
    return typer.main.get_command(single)


class LazyGroup(TyperGroup):
    """A group that imports a command when it is called, completed or listed with its help."""

    names: tuple[str, ...] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        nothing_yet: dict[str, Any] = dict.fromkeys(self.names)
        self.commands = nothing_yet

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return command(cmd_name) if cmd_name in self.names else None

    def get_params(self, ctx: Any) -> list[Any]:
        return _quick(super().get_params(ctx))


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return _quick(super().get_params(ctx))


class _Option(TyperOption):
    def process_value(self, ctx: Any, value: Any) -> Any:
        try:
            value = _plain(self, value)
        except ValueError:
            return super().process_value(ctx, value)
        return self.callback(ctx, self, value) if self.callback else value


class _Argument(TyperArgument):
    def display_type_rich(self, ctx: Any) -> str:
        """In the help an argument has its name; the type that Python takes it for says nothing."""
        del ctx
        return ""

    def process_value(self, ctx: Any, value: Any) -> Any:
        try:
            value = _plain(self, value)
        except ValueError:
            return super().process_value(ctx, value)
        return self.callback(ctx, self, value) if self.callback else value


def _quick(params: list[Any]) -> list[Any]:
    """The same parameters, which typer made, taking plain values as they are from now on."""
    for param in params:
        if type(param) is TyperOption:
            param.__class__ = _Option
        elif type(param) is TyperArgument:
            param.__class__ = _Argument
    return params


def _plain(param: Any, value: Any) -> Any:
    """The value as the command gets it. Raises ValueError for one that typer must look at."""
    # typer before 0.29 has no such attribute, and no pydantic either
    declared = getattr(param, "type_descriptor", None)
    if declared is None or declared.parameter_info.parser is not None:
        raise ValueError
    if param.required and param.value_is_missing(value):
        raise ValueError
    if value is None:
        return None
    if isinstance(value, str) and int in (declared.annotation, *get_args(declared.annotation)):
        return _number(declared.parameter_info, value)
    return _converted(declared.annotation, value)


def _number(info: Any, text: str) -> int:
    """A whole number within the limits of its parameter. Raises ValueError for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
    if number < (info.min or 0) or (info.max is not None and number > info.max):
        raise ValueError
    return number


def _converted(annotation: Any, value: Any) -> Any:
    if get_origin(annotation) is list and isinstance(value, list | tuple):
        (inner,) = get_args(annotation)
        return [_converted(inner, v) for v in value]
    if get_origin(annotation) is UnionType:
        (inner,) = (kind for kind in get_args(annotation) if kind is not NoneType)
        return _converted(inner, value)
    if isinstance(annotation, type):
        if isinstance(value, annotation):
            return value
        if issubclass(annotation, Enum):
            return annotation(value)
    raise ValueError
