"""The formats that findings come in, and where each of them goes: `--output-format FORMAT=PATH`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from edi_lint.cli.output import Failure, destinations, overwrites, same_target
from edi_lint.cli.terminal import wants_colour, wants_links, width
from edi_lint.findings.masking import Phi, printable
from edi_lint.settings import nearest

if TYPE_CHECKING:
    from edi_lint.findings.report import Report
    from edi_lint.reporters.reporter import Asked, Reporter


class FindingsFormat(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    GROUPED = "grouped"
    FULL = "full"
    CONCISE = "concise"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"

    @property
    def phi(self) -> Phi:
        """What is shown unless something else is asked for: none where it is posted elsewhere."""
        return Phi.NONE if self in _POSTED else Phi.IDS

    def reporter(self, asked: Asked) -> Reporter:
        """What makes the format; only its own module is imported."""
        module, name = _MADE_BY[self]
        made: Reporter = getattr(import_module(f"edi_lint.reporters.{module}"), name)(asked)
        return made


_MADE_BY = {
    FindingsFormat.TEXT: ("grouped", "Grouped"),
    FindingsFormat.GROUPED: ("grouped", "Grouped"),
    FindingsFormat.FULL: ("full", "Full"),
    FindingsFormat.CONCISE: ("concise", "Concise"),
    FindingsFormat.JSON: ("json_document", "JsonDocument"),
    FindingsFormat.JSONL: ("findings_jsonl", "JsonLines"),
    FindingsFormat.CSV: ("findings_csv", "Csv"),
    FindingsFormat.SARIF: ("sarif", "Sarif"),
    FindingsFormat.JUNIT: ("junit", "Junit"),
    FindingsFormat.GITHUB: ("github", "Github"),
    FindingsFormat.GITLAB: ("gitlab", "Gitlab"),
}
_POSTED = frozenset(
    {FindingsFormat.SARIF, FindingsFormat.JUNIT, FindingsFormat.GITHUB, FindingsFormat.GITLAB}
)


class Wanted(NamedTuple):
    """A format and the file it goes to; None is standard output."""

    format: FindingsFormat
    path: Path | None


def wanted(given: Sequence[str], output: Path | None, taken: Sequence[str]) -> list[Wanted]:
    """The formats that the options name; the one without a path goes to `output`.

    Raises Failure for a format that is none, for two that go to the same place, and for a path
    that is one of `taken`: the inputs and what else is read.
    """
    chosen = [_one(text) for text in given]
    unplaced = [one.format for one in chosen if one.path is None]
    if len(unplaced) > 1:
        raise Failure(
            f"--output-format {unplaced[0]} and {unplaced[1]} both go to "
            f"{output or 'standard output'}; name a file for one of them: {unplaced[1]}=FILE"
        )
    if output is not None and not unplaced:
        raise Failure("--output is for a format without a file; leave one of the two out")
    placed = [one if one.path else Wanted(one.format, output) for one in chosen]
    paths = [one.path for one in placed if one.path]
    for number, path in enumerate(paths):
        if overwrites(path, taken):
            raise Failure(f"{path}: is one of the inputs; name another file for --output")
        if any(same_target(path, other) for other in paths[:number]):
            raise Failure(f"{path}: two formats go to this file; name another one")
    return placed


def print_reports(
    reports: Iterable[Report], outputs: Sequence[Wanted], asked: Asked, phi: Phi | None
) -> None:
    """Give each report to all formats, and write what they make of it.

    `phi` is what was asked for, None where each format is left to its own. Raises Failure.
    """
    from edi_lint.files.spool import StoreError

    with destinations([one.path for one in outputs]) as writers:
        made = []
        for one, write in zip(outputs, writers, strict=True):
            its = asked._replace(phi=phi or one.format.phi, **_terminal(one.path))
            made.append((one.format.reporter(its), write))
        try:
            for reporter, write in made:
                write(reporter.begin())
            for report in reports:
                for reporter, write in made:
                    write(reporter.add(report))
            for reporter, write in made:
                write(reporter.end())
        except StoreError as problem:
            raise Failure(str(problem)) from None


def _terminal(path: Path | None) -> dict[str, Any]:
    """What a format is to know of the terminal that its text goes to; nothing of a file."""
    if path is not None:
        return {}
    out = sys.stdout
    return {"colour": wants_colour(out), "links": wants_links(out), "width": width(out)}


def completed(incomplete: str) -> Iterator[str]:
    """The formats that begin so, for a shell that completes a command line."""
    return (name.value for name in FindingsFormat if name.startswith(incomplete))


def _one(text: str) -> Wanted:
    name, equals, path = text.partition("=")
    if name not in list(FindingsFormat):
        choices, near = ", ".join(FindingsFormat), nearest(name, list(FindingsFormat), 0.6)
        hint = f"; did you mean {near}?" if near else ""
        raise Failure(f"--output-format {printable(name)}: is not one of {choices}{hint}")
    if equals and not path:
        raise Failure(f"--output-format {text}: name a file after the equals sign")
    return Wanted(FindingsFormat(name), Path(path) if path else None)
