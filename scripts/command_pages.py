"""What the command line says of itself, as pages of the documentation and as a manual page."""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

from edi_lint import __version__
from edi_lint.cli.app import Commands, app
from edi_lint.cli.lazy import by_panel, command


class Part(NamedTuple):
    """A paragraph of a command's description; `is_fixed` keeps its lines."""

    text: str
    is_fixed: bool


class Described(NamedTuple):
    """A command: its usage, its description, and its arguments and options with their help, by the
    headings that they have in it."""

    name: str
    usage: str
    parts: list[Part]
    panels: dict[str, list[tuple[str, str]]]


def described() -> list[Described]:
    """All commands, in the order of the help."""
    return [_described(name) for name in Commands.names]


def _described(name: str) -> Described:
    made = command(name)
    context = made.make_context(f"edi-lint {name}", [], resilient_parsing=True)
    panels: dict[str, list[tuple[str, str]]] = {}
    for panel, params in by_panel(made.get_params(context)).items():
        records = filter(None, (param.get_help_record(context) for param in params))
        panels[panel] = [(names, re.sub(r"\s+", " ", text)) for names, text in records]
    pieces = " ".join(made.collect_usage_pieces(context))
    usage = f"edi-lint {name} {pieces.replace('{', '').replace('}', '')}"
    return Described(name, usage, _parts(made.help), panels)


def _parts(text: str) -> list[Part]:
    """A docstring's paragraphs; typer marks those whose lines stay with a backspace."""
    parts = []
    for block in text.split("\n\n"):
        is_fixed = block.startswith("\b")
        lines = block.removeprefix("\b").strip("\n")
        parts.append(Part(lines if is_fixed else " ".join(lines.split()), is_fixed))
    return parts


# Markdown


def index_page() -> str:
    rows = [f"| [`{c.name}`]({c.name}.md) | {_cell(c.parts[0].text)} |" for c in described()]
    return "\n".join(
        [
            "# Commands",
            "",
            "Generated from the command line itself: `edi-lint COMMAND --help` says the same, and",
            "`man edi-lint` where the manual page was installed.",
            "",
            "| Command | |",
            "|---|---|",
            *rows,
            "",
        ]
    )


def pages() -> dict[str, str]:
    """A page for each command, by its file's name."""
    return {f"{one.name}.md": _page(one) for one in described()}


def _page(one: Described) -> str:
    lines = [f"# edi-lint {one.name}", "", "```text", one.usage, "```", ""]
    for part in one.parts:
        if part.is_fixed:
            title, _, text = part.text.partition("\n")
            lines += [f"## {title.rstrip(':')}", "", "```text", textwrap.dedent(text), "```", ""]
        else:
            lines += [_escaped(part.text), ""]
    for title, told in one.panels.items():
        if told:
            lines += [f"## {title}", ""]
            for names, text in told:
                lines += [f"`{names}`", f":   {_escaped(text)}", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return _escaped(text).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Text as Markdown: what would be markup is not."""
    return re.sub(r"([\\`*_>\[\]#])", r"\\\1", text).replace("<", "&lt;")


# the manual page


def manual() -> str:
    """The manual page in roff, for section 1."""
    lines = [
        f'.TH EDI-LINT 1 "" "edi-lint {__version__}" "User Commands"',
        ".SH NAME",
        f"edi-lint \\- {_roff('lint, fix, explain, split and rewrite X12 837P claim files')}",
        ".SH SYNOPSIS",
        ".B edi-lint",
        r"\fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]",
        ".SH DESCRIPTION",
        _roff(str(app.info.help)),
        ".SH COMMANDS",
    ]
    for one in described():
        lines += _section(one)
    lines += [
        ".SH FILES",
        ".TP",
        r".I edi-lint.toml",
        _roff(
            "Settings, in the current folder or one above it; also [tool.edi-lint] in "
            "pyproject.toml. edi-lint init writes one with every key explained."
        ),
        ".SH ENVIRONMENT",
    ]
    for name, text in _ENVIRONMENT.items():
        lines += [".TP", f".B {name}", _roff(text)]
    return "\n".join([*lines, ""])


_ENVIRONMENT = {
    "EDI_LINT_ENGINE": "kernel or python: the engine to run, where it is there.",
    "EDI_LINT_DATA": "The folder for loaded code tables and the ledger.",
    "EDI_LINT_DOCS": "The address of the documentation, to which rule codes link on a terminal.",
    "EDI_LINT_KEY": "The key of redact.",
    "EDI_LINT_FINGERPRINT_KEY": "A secret by which sarif and gitlab know a claim's findings again.",
    "NO_COLOR": "If it is set, nothing is colored.",
    "FORCE_COLOR": "If it is set, and NO_COLOR is not, output is colored also where it does not go "
    "to a terminal, as in the log of a CI run. CLICOLOR_FORCE does the same.",
}


def _section(one: Described) -> list[str]:
    lines = [f".SS {_roff(one.usage)}"]
    for part in one.parts:
        if part.is_fixed:
            lines += [".PP", ".nf", *(_roff(line) for line in part.text.split("\n")), ".fi"]
        else:
            lines += [".PP", _roff(part.text)]
    for title, told in one.panels.items():
        lines += [".PP", rf"\fI{_roff(title)}\fR"]
        for names, text in told:
            lines += [".TP", rf"\fB{_roff(names)}\fR", _roff(text)]
    return lines


def _roff(text: str) -> str:
    """Text that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)
    return rf"\&{text}" if text.startswith((".", "'")) else text
