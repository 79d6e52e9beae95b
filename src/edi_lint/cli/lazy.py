"""The commands as typer has them, with what all of them share, and a short start.

A command is imported when it is called. Values are converted here: typer 0.29 does so with
pydantic, whose import takes longer than linting a small file, and whose messages are not for users.
Every command has `-h` and `--color`; its help has a section for each panel of its options and is as
wide as the terminal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, get_args, get_origin

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from edi_lint.cli.terminal import When, choose_colour, page_width

HELP_NAMES = ["-h", "--help"]


def context_settings() -> dict[str, Any]:
    """What every command's context has: the names of --help, and the width of its text."""
    return {"help_option_names": HELP_NAMES, "max_content_width": page_width()}


@cache
def command(name: str) -> Any:
    """The command of that name, out of the module and the function that are called so too."""
    single = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    function = getattr(import_module(f"edi_lint.cli.{name}"), name)
    single.command(name, cls=_Command, context_settings=context_settings())(function)
    return typer.main.get_command(single)


class LazyGroup(TyperGroup):
    """A group that imports a command when it is called, completed or listed with its help."""

    panels: ClassVar[Mapping[str, Sequence[str]]] = {}
    """The names of the commands, by the headings that they have in the help."""
    aliases: ClassVar[Mapping[str, str]] = {}
    """Other names of commands, which the help does not list."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        nothing_yet: dict[str, Any] = dict.fromkeys(chain.from_iterable(self.panels.values()))
        self.commands = nothing_yet

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        name = self.aliases.get(cmd_name, cmd_name)
        return command(name) if name in self.commands else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called; `help NAME` calls its help."""
        name, *rest = args
        if name == "help":
            if not rest:
                from edi_lint.cli.misuse import WrongUse

                raise WrongUse(ctx.get_help(), is_help=True)
            name, rest = rest[0], ["--help"]
        if self.get_command(ctx, name) is None and not ctx.resilient_parsing:
            from edi_lint.cli.misuse import not_found

            raise not_found(name, rest, self.commands)
        return super().resolve_command(ctx, [name, *rest])

    def get_params(self, ctx: Any) -> list[Any]:
        return _all_params(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        with _named(ctx):
            return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        longest = max(map(len, self.commands))
        for panel, names in self.panels.items():
            limit = formatter.width - 6 - longest
            rows = [(n.ljust(longest), command(n).get_short_help_str(limit)) for n in names]
            with formatter.section(panel):
                formatter.write_dl(rows)
        _write_options(self.get_params(ctx), ctx, formatter)


class _Command(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return _all_params(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        with _named(ctx):
            return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        _write_options(self.get_params(ctx), ctx, formatter)


@contextmanager
def _named(ctx: Any) -> Iterator[None]:
    """Let every complaint about a command line know which command it is about."""
    try:
        yield
    except Exception as problem:
        if getattr(problem, "ctx", ctx) is None:
            problem.ctx = ctx  # type: ignore[attr-defined]
        raise


def _all_params(own: list[Any]) -> list[Any]:
    """The parameters of a command, the last of which is --help, with those that all have."""
    return _quick([*own[:-1], _colour_option(), *own[-1:]])


def _write_options(params: list[Any], ctx: Any, formatter: Any) -> None:
    for panel, found in by_panel(params).items():
        records = [record for p in found if (record := p.get_help_record(ctx)) is not None]
        if records:
            with formatter.section(panel):
                formatter.write_dl(records)


GENERAL = "General options"
"""The heading of what all commands have; it comes last."""


def by_panel(params: list[Any]) -> dict[str, list[Any]]:
    """Parameters by the headings that they have in the help: arguments first."""
    panels: dict[str, list[Any]] = {"Arguments": [], "Options": []}
    for param in params:
        default = "Arguments" if param.param_type_name == "argument" else "Options"
        named = getattr(param, "rich_help_panel", None)
        panel = GENERAL if param.name == "help" else named or default
        panels.setdefault(panel, []).append(param)
    panels[GENERAL] = panels.pop(GENERAL, [])
    return {name: found for name, found in panels.items() if found}


@cache
def _colour_option() -> Any:
    """`--color`, which every command has; its value goes to no command but to the terminal's
    settings."""

    def options(
        color: Annotated[
            When,
            typer.Option(
                "--color",
                help="Color the output: auto does so on a terminal, unless NO_COLOR is set, and "
                "elsewhere if FORCE_COLOR is.",
                rich_help_panel=GENERAL,
            ),
        ] = When.AUTO,
    ) -> None:
        del color

    single = typer.Typer(add_completion=False, rich_markup_mode=None)
    single.command()(options)
    (option, *_) = typer.main.get_command(single).params
    option.expose_value = False
    option.callback = lambda ctx, param, value: _choose(ctx, value)
    return option


def _choose(ctx: Any, value: str) -> When:
    """Take the choice of a command, or of the group before it; the command's wins.

    Older releases of typer give the text, newer ones the member.
    """
    when = When(value)
    if not ctx.resilient_parsing and (ctx.parent is None or when is not When.AUTO):
        choose_colour(when)
    return when


class _Option(TyperOption):
    def process_value(self, ctx: Any, value: Any) -> Any:
        return _processed(self, ctx, value, super().process_value)


class _Argument(TyperArgument):
    def display_type_rich(self, ctx: Any) -> str:
        """In the help an argument has its name; the type that Python takes it for says nothing."""
        del ctx
        return ""

    def process_value(self, ctx: Any, value: Any) -> Any:
        return _processed(self, ctx, value, super().process_value)


def _processed(param: Any, ctx: Any, value: Any, process: Callable[[Any, Any], Any]) -> Any:
    """The value of a parameter as the command takes it. Raises WrongUse.

    `process` is what typer does; versions before 0.29 do not say what a parameter's type is, and
    need no pydantic for it.
    """
    declared = getattr(param, "type_descriptor", None)
    if declared is None:
        return process(ctx, value)
    if param.required and param.value_is_missing(value):
        from edi_lint.cli.misuse import missing

        raise missing(param, ctx.command)
    if value is not None:
        value = _converted(declared.annotation, value, param)
    return param.callback(ctx, param, value) if param.callback else value


def _quick(params: list[Any]) -> list[Any]:
    """The same parameters, which typer made, taking plain values as they are from now on."""
    for param in params:
        if type(param) is TyperOption:
            param.__class__ = _Option
        elif type(param) is TyperArgument:
            param.__class__ = _Argument
    return params


def _converted(annotation: Any, value: Any, param: Any) -> Any:
    """A value of a command line as the command takes it. Raises WrongUse."""
    if get_origin(annotation) is list:
        (inner,) = get_args(annotation)
        return [_converted(inner, v, param) for v in value]
    if get_origin(annotation) is UnionType:
        (inner,) = (kind for kind in get_args(annotation) if kind is not NoneType)
        return _converted(inner, value, param)
    if isinstance(value, annotation):
        return value
    if annotation is Path:
        return Path(value)
    if issubclass(annotation, Enum):
        choices = [str(one.value) for one in annotation]
        if value not in choices:
            from edi_lint.cli.misuse import WrongUse

            raise WrongUse.choice(param, value, choices)
        return annotation(value)
    info = param.type_descriptor.parameter_info
    number = _number(annotation, str(value))
    if not (info.min or 0) <= number <= (math.inf if info.max is None else info.max):
        from edi_lint.cli.misuse import WrongUse

        raise WrongUse.number(param, value, info.min or 0, info.max, annotation is int)
    return number


def _number(kind: type, text: str) -> Any:
    """The number that a text is, NaN where it is none; there are few digits in a whole one."""
    if kind is int:
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else math.nan
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
